"""Comparing two rulesets on a corpus counts what two builds would decide otherwise, and leaves nothing behind."""

from collections import Counter
from dataclasses import replace

import polars as pl
import pytest

from demur.corpus.compare import ComparisonPlan, compare_rulesets
from demur.corpus.errors import NothingToReadError
from demur.corpus.plan import BuildPlan
from demur.engines.local import LocalEngine
from demur.policy.ruleset import load_ruleset
from demur.testing.small_history import SmallHistory, begin_history
from demur.testing.small_platform import (
    SmallPlatform,
    ignore_progress,
    read_decisions,
    read_tree,
    write_small_platform,
)

EU_2025, ANNOUNCED = load_ruleset("eu-2025"), load_ruleset("announced-2025")
PEOPLE, ITEMS = 20, 120
REPEATS = 7  # every seventh item repeats the text of another one


def drop_repeats(platform: SmallPlatform) -> None:
    """Leave no text that stands twice: near duplicates are what a comparison does not look for."""
    for path in sorted((platform.folder / "content").glob("*.parquet")):
        rows = pl.read_parquet(path)
        number = pl.col("item").str.strip_prefix("i").cast(pl.Int64)
        rows.filter(number % REPEATS != REPEATS - 1).filter(pl.col("kind") == "post").write_parquet(path)
    (platform.folder / "content" / "comments-1.jsonl").unlink()


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> SmallHistory:
    platform = write_small_platform(tmp_path_factory.mktemp("compared"), people=PEOPLE, items=ITEMS)
    drop_repeats(platform)
    return begin_history(platform, partitions=2)


@pytest.fixture(scope="module")
def found(once):
    """Return what the two rulesets of the package differ in, with two examples each."""
    return compare(once, examples=2)


@pytest.fixture
def history(once, tmp_path) -> SmallHistory:
    return once.copy(tmp_path)


def compare(history, *, first=EU_2025, second=ANNOUNCED, examples=3, progress=ignore_progress):
    plan = ComparisonPlan(
        corpus=history.corpus,
        first=first,
        second=second,
        root=history.folder,
        sources=history.platform.plan().sources,
        examples=examples,
    )
    return compare_rulesets(plan, keyring=history.keyring, engine=LocalEngine(), progress=progress)


def build_by(history, ruleset) -> dict[bytes, tuple[str, str]]:
    """Return what a build by some rules decides."""
    plan: BuildPlan = replace(history.platform.plan(), name="other", ruleset=ruleset)
    return read_decisions(history.platform.build(plan, LocalEngine(), progress=ignore_progress).folder)


def test_the_counts_are_those_of_two_builds(history, found):
    ours, theirs = read_decisions(history.corpus), build_by(history, ANNOUNCED)
    moved = Counter((ours[key], theirs[key]) for key in ours if ours[key] != theirs[key])
    told = {((c.first.decision, c.first.reason), (c.second.decision, c.second.reason)): c.items for c in found.changes}
    assert told == moved
    assert found.items == len(ours) == len(theirs)
    assert found.changed == sum(ours[key][0] != theirs[key][0] for key in ours) > 0
    assert found.let_in == sum(ours[key][0] in {"hold", "exclude"} and theirs[key][0] == "include" for key in ours) > 0
    assert found.kept_out == 0
    assert found.changed + found.other_reason == sum(moved.values())


def test_the_other_way_round_is_the_mirror_image(history, found):
    back = compare(history, first=ANNOUNCED, second=EU_2025, examples=2)
    assert {replace(change, first=change.second, second=change.first) for change in back.changes} == set(found.changes)
    assert (back.let_in, back.kept_out) == (found.kept_out, found.let_in)


def test_a_ruleset_compared_with_itself_changes_nothing(history):
    found = compare(history, second=EU_2025)
    assert (found.changes, found.changed, found.other_reason) == ((), 0, 0)
    assert found.items == len(read_decisions(history.corpus))


def test_examples_are_the_first_places_of_each_change(found):
    assert [change for change in found.changes if len(change.examples) != min(2, change.items)] == []
    assert {example.kind for change in found.changes for example in change.examples} == {"post"}
    for change in found.changes:
        places = [(example.source, example.split, example.line) for example in change.examples]
        assert places == sorted(places)


def test_no_example_is_named_when_none_is_asked_for(history, found):
    bare = tuple(replace(change, examples=()) for change in found.changes)
    assert compare(history, examples=0).changes == bare


def test_changes_of_the_decision_come_first_and_the_most_frequent_of_them(found):
    order = [(change.first.decision == change.second.decision, -change.items) for change in found.changes]
    assert order == sorted(order)


def test_partitions_change_nothing(found, tmp_path):
    other = write_small_platform(tmp_path / "other", people=PEOPLE, items=ITEMS)
    drop_repeats(other)
    assert compare(begin_history(other, partitions=1), examples=2) == found


def test_the_facts_are_those_that_the_corpus_reflects_now(history):
    late = EU_2025.with_settings({"late_objection": "later_content"})
    account = history.accounts_with_rows()[0]
    before = compare(history, second=late)
    history.file_objection(account)
    history.apply()
    after = compare(history, second=late)
    assert after.let_in - before.let_in == len(history.rows_of(account)) > 0
    assert (after.log_size, after.as_of) > (before.log_size, before.as_of)


def test_a_comparison_leaves_the_corpus_as_it_is_and_nothing_beside_it(history):
    left = history.corpus.parent / ".first.comparing" / "read"
    left.mkdir(parents=True)
    before = read_tree(history.corpus)
    compare(history)
    assert read_tree(history.corpus) == before
    assert sorted(path.name for path in history.corpus.parent.iterdir()) == [".first.comparing.lock", "first"]


def test_a_comparison_that_is_stopped_leaves_no_text_behind(history):
    def stop(event):
        if event.stage == "B: judge":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(history, progress=stop)
    assert sorted(path.name for path in history.corpus.parent.iterdir()) == [".first.comparing.lock", "first"]


def test_progress_tells_whose_rules_are_at_work(history):
    stages = []
    compare(history, progress=lambda event: stages.append(event.stage))
    by_rules = ["people", "lineage", "origins", "fingerprints", "copies", "filter", "secrets", "judge"]
    both = [f"{name}: {stage}" for name in "AB" for stage in by_rules]
    assert list(dict.fromkeys(stages)) == ["read", "repeats", *both, "compare"]


def test_a_file_that_was_changed_or_added_since_the_build_is_left_out(history):
    first, second = sorted((history.folder / "content").iterdir())
    second.with_name("posts-3.parquet").write_bytes(second.read_bytes())
    second.write_bytes(first.read_bytes())
    found = compare(history, second=EU_2025)
    assert found.left_out == ("content/posts-2.parquet",)
    assert found.items == pl.read_parquet(first).height


def test_a_corpus_whose_files_are_all_changed_cannot_be_compared(history):
    for path in (history.folder / "content").iterdir():
        pl.read_parquet(path).head(1).write_parquet(path)
    with pytest.raises(NothingToReadError, match="none of the 2 files that first was built from is there unchanged"):
        compare(history)
