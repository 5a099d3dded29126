"""Law: what the portal tells a person is what the builder decided, at the build and after every `apply`."""

import dataclasses
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from demur.corpus.apply import apply_register
from demur.corpus.purge import purge
from demur.engines.local import LocalEngine
from demur.exchange.columns import OBJECTION_COLUMNS, SUBJECT_COLUMNS
from demur.exchange.snapshot import write_snapshot
from demur.kernel.clock import FixedClock
from demur.kernel.words import Decision, ReasonCode
from demur.keys.subjects import subject_key
from demur.policy.conditions import CONTENT_CONDITIONS
from demur.policy.decide import decide_facts
from demur.policy.relations import refer_to_items, relate
from demur.policy.ruleset import load_ruleset
from demur.sources.open import open_source
from demur.testing.facts import make_table
from demur.testing.small_history import own_objection
from demur.testing.small_platform import (
    AS_OF,
    NOW,
    PLATFORM,
    ignore_progress,
    make_small_facts,
    read_decisions,
    write_small_platform,
)
from demur.web.explanations import explain_to_subject

PEOPLE, ITEMS = 20, 140
KEPT = {Decision.INCLUDE, Decision.REDACT}
BY_CONTENT = {condition.reason for condition in CONTENT_CONDITIONS}
SHOWN = {
    ReasonCode.OWN_OBJECTION,
    ReasonCode.LINKED_ACCOUNT_OBJECTION,
    ReasonCode.NOT_PUBLIC,
    ReasonCode.NOTICE_MISSING,
    ReasonCode.IMAGE_UNFILTERED,
    ReasonCode.DUPLICATE,
    ReasonCode.ELIGIBLE,
}
EU_2025 = load_ruleset("eu-2025")


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    return write_small_platform(tmp_path_factory.mktemp("platform"), people=PEOPLE, items=ITEMS)


@pytest.fixture(scope="module")
def corpus(platform):
    return platform.build(platform.plan(partitions=2), LocalEngine(), progress=ignore_progress).folder


@pytest.fixture(scope="module")
def sources(platform):
    specs = platform.plan().sources
    return {spec.name: open_source(spec, keyring=platform.keyring, root=platform.folder) for spec in specs}


@pytest.fixture(scope="module")
def items(sources):
    """Return every item whose author is known, as the sources give it."""
    frames = [
        batch.frame for source in sources.values() for split in source.splits() for batch in source.batches(split)
    ]
    return pl.concat(frames).filter(pl.col("subject_key").is_not_null())


@pytest.fixture(scope="module")
def tell(platform, sources, items):
    """Return a function that asks the portal about items, each as its author, and gives what was said by item."""
    trust = platform.keyring.trusted_keys()

    def ask(folder, item, author):
        return explain_to_subject(folder, item, subject=author, trust=trust, ruleset=EU_2025, sources=sources)

    def ask_all(folder, places):
        asked = items[sorted(places)].select("item_key", "subject_key")
        return {item: ask(folder, item, author) for item, author in asked.iter_rows()}

    return ask_all


def decide(items, facts):
    relations = relate(items, facts, EU_2025, at=facts.as_of, references=refer_to_items(items))
    decided = decide_facts(items, facts, EU_2025, at=facts.as_of, relations=relations)
    return {
        item: (decision, reason) for item, decision, reason in decided.select("item_key", "decision", "reason").rows()
    }


def pair(decided):
    return decided.decision, decided.reason


def change(keyring, objecting, hidden):
    """Return the facts of an hour later: some people objected, some made their account private."""
    facts = make_small_facts(keyring, PEOPLE)
    as_of = AS_OF + timedelta(hours=1)
    new = [subject_key(keyring, f"a{number}") for number in sorted(objecting)]
    rows = make_table([own_objection(key, as_of) for key in new], OBJECTION_COLUMNS)
    before = facts.objections.filter(~pl.col("subject_key").is_in(new))
    private = [subject_key(keyring, f"a{number}") for number in hidden]
    visibility = pl.when(pl.col("subject_key").is_in(private)).then(pl.lit("private")).otherwise(pl.col("visibility"))
    return dataclasses.replace(
        facts,
        subjects=facts.subjects.with_columns(visibility=visibility).select(*SUBJECT_COLUMNS),
        objections=pl.concat([before, rows]).sort(list(OBJECTION_COLUMNS)),
        as_of=as_of,
        log_size=facts.log_size + rows.height,
    )


def apply_facts(platform, corpus, facts, snapshot):
    signer = platform.keyring.document_signer
    write_snapshot(snapshot, facts, platform=PLATFORM, checkpoint="", signer=signer)
    clock = FixedClock(NOW + timedelta(hours=1))
    apply_register(corpus, snapshot=snapshot, ruleset=EU_2025, keyring=platform.keyring, log=platform.log, clock=clock)


def expected_now(built, by_facts):
    """Say what holds for an item: what left the corpus is out for the reason of now, what was out stays out."""
    return by_facts if built[0] in KEPT and by_facts[0] not in KEPT else built


def expected_today(built, by_facts):
    """Say what the rules give today: the facts of now first, then what the filters found when the text was read."""
    return built if by_facts[0] in KEPT and built[1] in BY_CONTENT else by_facts


def test_at_the_build_the_portal_tells_the_builders_decision(platform, corpus, items, tell):
    built = read_decisions(corpus)
    told = tell(corpus, range(items.height))
    assert {item: pair(said.built) for item, said in told.items()} == {item: built[item] for item in told}
    assert {item: pair(said.current) for item, said in told.items()} == {item: built[item] for item in told}
    by_facts = decide(items, make_small_facts(platform.keyring, PEOPLE))
    assert {item: pair(said.today.decided) for item, said in told.items()} == {
        item: expected_today(built[item], by_facts[item]) for item in told
    }
    assert {said.built.reason for said in told.values()} >= SHOWN


@settings(max_examples=4, phases=[Phase.explicit, Phase.generate])  # an example takes half a second: no shrinking
@given(
    objecting=st.sets(st.integers(0, PEOPLE - 1), max_size=6),
    hidden=st.sets(st.integers(0, PEOPLE - 1), max_size=4),
    asked=st.sets(st.integers(0, ITEMS - 10), min_size=16, max_size=24),
)
def test_after_apply_the_portal_tells_the_decision_that_holds_now(
    platform, corpus, items, tell, objecting, hidden, asked
):
    facts = change(platform.keyring, objecting, hidden)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "first"
        shutil.copytree(corpus, copy)
        apply_facts(platform, copy, facts, Path(folder) / "snapshot")
        told = tell(copy, asked)
    built, by_facts = read_decisions(corpus), decide(items, facts)
    assert {item: pair(said.built) for item, said in told.items()} == {item: built[item] for item in told}
    assert {item: pair(said.current) for item, said in told.items()} == {
        item: expected_now(built[item], by_facts[item]) for item in told
    }
    assert {item: pair(said.today.decided) for item, said in told.items()} == {
        item: expected_today(built[item], by_facts[item]) for item in told
    }


def test_a_purge_changes_nothing_of_what_the_portal_tells(platform, corpus, tell, tmp_path):
    copy = tmp_path / "first"
    shutil.copytree(corpus, copy)
    apply_facts(platform, copy, change(platform.keyring, {0, 1, 8}, {2}), tmp_path / "snapshot")
    before = tell(copy, range(0, ITEMS - 10, 6))
    assert any(said.current != said.built for said in before.values())
    purge(copy, keyring=platform.keyring, log=platform.log, clock=FixedClock(NOW + timedelta(hours=2)))
    assert tell(copy, range(0, ITEMS - 10, 6)) == before
