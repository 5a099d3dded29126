"""What a build writes is what the rules, the sources and the keys say, and nothing else."""

import dataclasses
import hashlib
from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from demur.corpus.gate import open_corpus
from demur.corpus.judging import item_pseudonym
from demur.engines.local import LocalEngine
from demur.engines.processes import ProcessEngine
from demur.exchange.documents import file_digest, read_document
from demur.exchange.manifest import CorpusManifest
from demur.exchange.removals import Heartbeat, open_heartbeat
from demur.exchange.snapshot import SNAPSHOT_TABLES, read_snapshot, write_snapshot
from demur.filters.detector_loading import DetectorPlan
from demur.filters.suppressions import build_suppressions
from demur.filters.trail import PLACEHOLDERS
from demur.kernel.clock import FixedClock
from demur.kernel.words import Decision, ReasonCode, RecordKind
from demur.keys.subjects import corpus_pseudonyms
from demur.ledger.buckets import build_buckets, open_buckets, verify_absence, verify_presence
from demur.ledger.leaves import public_leaf
from demur.ledger.receipt import parse_tlog_proof, verify_entry
from demur.policy.conditions import CONTENT_CONDITIONS
from demur.policy.decide import decide_facts
from demur.policy.relations import refer_to_items, relate
from demur.sources.open import open_source
from demur.testing.small_platform import (
    AS_OF,
    NOW,
    PLATFORM,
    ignore_progress,
    make_small_facts,
    read_decisions,
    read_rows,
    read_tree,
    write_parquet_split,
    write_small_platform,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    return write_small_platform(tmp_path_factory.mktemp("platform"), people=40, items=600)


@pytest.fixture(scope="module")
def result(platform):
    return platform.build(platform.plan(), LocalEngine(), progress=ignore_progress)


@pytest.fixture(scope="module")
def items(platform):
    """Read every item as the sources give it."""
    frames = []
    for spec in platform.plan().sources:
        source = open_source(spec, keyring=platform.keyring, root=platform.folder)
        frames += [batch.frame for split in source.splits() for batch in source.batches(split)]
    return pl.concat(frames)


@pytest.fixture(scope="module")
def rows(result):
    return read_rows(result.folder)


def test_every_item_has_the_decision_that_the_policy_gives_it_without_any_partition(platform, result, items):
    _, facts = read_snapshot(platform.folder / "snapshot", platform.keyring.document_signer.verifier)
    ruleset = platform.plan().ruleset
    relations = relate(items, facts, ruleset, at=AS_OF, references=refer_to_items(items))
    decided = decide_facts(items, facts, ruleset, at=AS_OF, relations=relations)
    by_facts = {row[0]: row[1:] for row in decided.select("item_key", "decision", "reason").iter_rows()}
    built = read_decisions(result.folder)
    by_content = {condition.key for condition in CONTENT_CONDITIONS}
    assert built.keys() == by_facts.keys()
    assert {
        key: (Decision.INCLUDE, ReasonCode.ELIGIBLE) if built[key][::-1] in by_content else built[key] for key in built
    } == by_facts


def test_the_sample_shows_the_reasons_that_a_build_must_get_right(result):
    assert {
        ReasonCode.OWN_OBJECTION,
        ReasonCode.LINKED_ACCOUNT_OBJECTION,
        ReasonCode.PRODUCT_OUT_OF_SCOPE,
        ReasonCode.DELETED,
        ReasonCode.NOT_PUBLIC,
        ReasonCode.AUTHOR_NOT_PUBLIC,
        ReasonCode.AGE_UNKNOWN,
        ReasonCode.AUTHOR_MINOR,
        ReasonCode.NOTICE_MISSING,
        ReasonCode.NOTICE_PERIOD_RUNNING,
        ReasonCode.IMAGE_UNFILTERED,
        ReasonCode.NOTHING_LEFT,
        ReasonCode.DUPLICATE,
        ReasonCode.DEPICTS_MINOR,
        ReasonCode.CONTAINS_OBJECTED_CONTENT,
        ReasonCode.MENTIONS_OBJECTOR,
        ReasonCode.ELIGIBLE,
    } <= result.manifest.reasons.keys()


def test_the_rows_are_the_eligible_items_each_once(result, rows):
    kept = (Decision.INCLUDE, Decision.REDACT)
    eligible = {key for key, (decision, _) in read_decisions(result.folder).items() if decision in kept}
    assert sorted(rows["item_key"]) == sorted(eligible)
    assert rows["row"].to_list() == list(range(len(eligible)))


def test_no_text_of_an_excluded_item_is_in_the_corpus_but_as_an_equal_text_of_another(result, rows, items):
    kept = items.join(rows.select("item_key"), on="item_key", how="semi")
    left_out = items.join(rows.select("item_key"), on="item_key", how="anti")["text"].drop_nulls()
    assert set(rows["text"]) & set(left_out) <= set(kept["text"])
    assert left_out.len() > 0


def test_no_two_neighbours_are_of_one_author(rows):
    authors = rows["subject_key"].to_list()
    assert [pair for pair in pairwise(authors) if pair[0] == pair[1]] == []


def test_identifiers_are_cut_and_counted_by_row_and_by_class(result, rows):
    assert rows["text"].str.contains(r"mail\.example|moss\.example|7946").any() is False
    assert result.manifest.cuts["email"] == rows["text"].str.count_matches(r"\[EMAIL\]").sum() > 0
    assert sum(result.manifest.cuts.values()) == rows["cuts"].list.len().sum()


def test_the_lineage_alone_says_which_pieces_of_the_published_texts_were_cut(result, rows, items):
    published = dict(items.select("item_key", "text").iter_rows())
    assert rows["cuts"].list.len().max() > 0
    for item, text, cuts in rows.select("item_key", "text", "cuts").iter_rows():
        rest = published[item]
        for cut in reversed(cuts):
            rest = f"{rest[: cut['start']]}{PLACEHOLDERS[cut['label']]}{rest[cut['end'] :]}"
        assert rest == text
    assert all(
        pl.read_parquet(result.folder / shard.path).columns == ["row", "text"] for shard in result.manifest.shards
    )


def test_pictures_of_included_items_stay_out_and_are_counted(result, rows):
    assert result.manifest.pictures_left_out == rows["media"].is_not_null().sum() > 0


def test_near_duplicates_have_one_keeper_which_has_the_smallest_key(rows):
    grouped = rows.filter(pl.col("duplicate_group").is_not_null())
    assert grouped.height > 0
    assert grouped["duplicate_group"].to_list() == grouped["item_key"].to_list()


def test_the_index_names_the_rows_of_every_subject_in_order(result, rows):
    index = pl.read_parquet(result.folder / "index" / "subjects.parquet")
    authors = index.filter("is_author").drop("is_author")
    assert authors.equals(rows.select("subject_key", "row").sort("subject_key", "row"))
    whose = pl.col("sources").list.eval(pl.element().struct.field("subject_key"))
    named = rows.select(
        pl.concat_list(pl.col("mentions", "tags").fill_null([]), whose.fill_null([])).alias("who"), "row"
    ).explode("who")
    others = named.drop_nulls().select(pl.col("who").alias("subject_key"), "row").unique()
    assert others.join(index, on=["subject_key", "row"], how="anti").is_empty()
    assert index.height == pl.concat([others, authors]).n_unique()
    assert index.equals(index.sort("subject_key", "row"))


def test_the_author_tree_is_that_of_the_pseudonyms_of_all_authors_who_have_a_row(platform, result, rows):
    corpus_id = bytes.fromhex(result.manifest.corpus_id)
    names = corpus_pseudonyms(platform.keyring, rows["subject_key"].unique(), corpus_id)
    tree = build_buckets(names)
    assert (result.manifest.authors.k, result.manifest.authors.count, result.manifest.authors.root) == (
        tree.bits,
        tree.count,
        tree.root.hex(),
    )
    assert (result.folder / "proof" / "authors.bin").read_bytes() == tree.to_bytes()


def test_absence_is_proven_of_who_objected_and_presence_of_who_is_in(platform, result, rows):
    _, facts = read_snapshot(platform.folder / "snapshot", platform.keyring.document_signer.verifier)
    corpus_id, entry = bytes.fromhex(result.manifest.corpus_id), result.manifest.authors
    tree = open_buckets((result.folder / "proof" / "authors.bin").read_bytes())
    for name in corpus_pseudonyms(platform.keyring, facts.objections["subject_key"], corpus_id):
        verify_absence(tree.prove(name), name, entry.k, bytes.fromhex(entry.root))
    for name in corpus_pseudonyms(platform.keyring, rows["subject_key"].unique(), corpus_id):
        verify_presence(tree.prove(name), name, entry.k, bytes.fromhex(entry.root))


def test_the_item_tree_is_over_the_texts_as_they_were_published(result, rows, items):
    corpus_id = bytes.fromhex(result.manifest.corpus_id)
    texts = items.join(rows.select("item_key"), on="item_key", how="semi")["text"]
    tree = build_buckets({item_pseudonym(text.encode(), corpus_id) for text in texts})
    assert (result.manifest.items.k, result.manifest.items.count, result.manifest.items.root) == (
        tree.bits,
        tree.count,
        tree.root.hex(),
    )


def test_every_file_is_named_by_the_manifest_with_its_digest_or_is_a_document_of_its_own(result):
    manifest = result.manifest
    listed = [*manifest.shards, *manifest.lineage, *manifest.decision_files, manifest.index]
    assert [file_digest(result.folder / entry.path) for entry in listed] == [entry.sha256 for entry in listed]
    snapshot = {"snapshot.json", "snapshot.note", *(f"{table}.parquet" for table in SNAPSHOT_TABLES)}
    assert set(read_tree(result.folder)) - {entry.path for entry in listed} == {
        *(f"register/{name}" for name in snapshot),
        *(f"proof/{name}" for name in ("authors.bin", "items.bin")),
        *("manifest.json", "manifest.note", "manifest.tlog-proof", "rejected.jsonl", "removals/heartbeat"),
    }


def test_the_manifest_is_signed_and_in_the_log(platform, result):
    signers = platform.keyring
    assert (
        read_document(result.folder / "manifest", CorpusManifest, signers.document_signer.verifier) == result.manifest
    )
    proof = parse_tlog_proof((result.folder / "manifest.tlog-proof").read_text())
    digest = hashlib.sha256((result.folder / "manifest.json").read_bytes()).digest()
    assert digest == result.digest
    leaf = public_leaf(RecordKind.CORPUS, NOW.date(), digest)
    assert verify_entry(proof, leaf, signers.log_signer.verifier).size == 1


def test_the_first_heartbeat_claims_no_more_than_the_snapshot(platform, result):
    note = (result.folder / "removals" / "heartbeat").read_bytes()
    assert open_heartbeat(note, platform.keyring.document_signer.verifier) == Heartbeat(
        corpus_id=result.manifest.corpus_id, version=0, digest=result.digest.hex(), log_size=0, at=AS_OF
    )


def test_the_gate_hands_out_exactly_the_rows(platform, result, rows):
    corpus = open_corpus(
        result.folder, trust=platform.keyring.trusted_keys(), clock=FixedClock(AS_OF + timedelta(seconds=30))
    )
    assert pl.concat(corpus.batches()).equals(rows.select("row", "text"))
    assert not np.any(corpus.removed())


def test_no_account_item_id_or_key_of_the_platform_is_in_a_shard_or_the_manifest(result):
    manifest = (result.folder / "manifest.json").read_text()
    for path in (result.folder / "shards").iterdir():
        assert pl.read_parquet(path).columns == ["row", "text"]
    assert '"a1"' not in manifest
    assert "subject_key" not in manifest


def test_a_build_in_which_nothing_is_in_is_a_corpus_without_rows(tmp_path):
    empty = write_small_platform(tmp_path, items=30)
    signer = empty.keyring.document_signer
    write_snapshot(
        tmp_path / "snapshot", make_small_facts(empty.keyring, 0), platform=PLATFORM, checkpoint="", signer=signer
    )
    manifest = empty.build(empty.plan(), LocalEngine(), progress=ignore_progress).manifest
    found = (manifest.rows_decided, manifest.shards, manifest.lineage, manifest.index.rows, manifest.authors.count)
    assert found == (30, [], [], 0, 0)


def test_a_copy_is_cut_where_it_stands_beside_what_was_cut_before_it(tmp_path):
    small = write_small_platform(tmp_path, items=30)
    copied = "seven copper lanterns hung over the harbour while every ribbon on the bridge was still wet"
    item = {"kind": "post", "product": "social", "visibility": "public", "language": "en", "mentions": [], "tags": []}
    written = [("i900", "a3", copied, 20), ("i901", "a0", f"my daughter Edda, 7, read this: {copied}, and left", 10)]
    rows = [
        {**item, "item": name, "account": account, "text": text, "created_at": AS_OF - timedelta(days=days)}
        for name, account, text, days in written
    ]
    write_parquet_split(tmp_path / "content" / "posts-3.parquet", rows)
    built = small.build(small.plan(), LocalEngine(), progress=ignore_progress)
    (text,) = (text for text in read_rows(built.folder)["text"] if "[QUOTED]" in text)
    assert text == "my daughter [NAME], [OTHER], read this: [QUOTED], and left"


def test_a_suppressed_term_is_a_mention_whatever_cuts_it_and_whatever_somebody_wrote_beside_it(tmp_path):
    small = write_small_platform(tmp_path, items=30)
    item = {"kind": "post", "product": "social", "visibility": "public", "language": "en", "mentions": [], "tags": []}
    row = {**item, "item": "i900", "account": "a0", "text": "[SUPPRESSED] or Quill Larkspur", "created_at": AS_OF - DAY}
    write_parquet_split(tmp_path / "content" / "posts-3.parquet", [row])
    table = build_suppressions(["Quill Larkspur"], small.keyring.suppression_key)
    plan = dataclasses.replace(small.plan(), suppressions=table)
    built = small.build(plan, LocalEngine(), progress=ignore_progress)
    assert read_rows(built.folder)["text"].str.contains("Quill|Larkspur").any() is False
    assert built.manifest.reasons[ReasonCode.MENTIONS_OBJECTOR] == 1


def test_suppressed_terms_are_cut_and_counted(tmp_path):
    small = write_small_platform(tmp_path, items=200)
    table = build_suppressions(["Lantern  Gravel", "orchard"], small.keyring.suppression_key)
    plan = dataclasses.replace(small.plan(), suppressions=table)
    with ProcessEngine(2) as engine:
        built = small.build(plan, engine, progress=ignore_progress)
    texts = read_rows(built.folder)["text"]
    assert texts.str.contains("orchard|lantern gravel").any() is False
    assert built.manifest.cuts["suppressed"] == texts.str.count_matches("[SUPPRESSED]", literal=True).sum() > 0
    assert built.manifest.filters.suppressions == table.digest()


DETECTOR = """
from dataclasses import dataclass
import re

@dataclass
class Orchards:
    name: str = "orchards"
    version: str = "2"
    examples: tuple = (("an orchard", None),)

    def detect(self, text, language):
        return [(*found.span(), "LOCATION") for found in re.finditer("(?i)orchar", text)]

def open_orchards(settings, *, root):
    return Orchards(**settings)
"""


def test_what_a_detector_finds_is_cut_and_counted_and_the_manifest_names_it(tmp_path, monkeypatch):
    extension = tmp_path / "extension"
    (extension / "invented-1.0.dist-info").mkdir(parents=True)
    (extension / "invented-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: invented\nVersion: 1.0\n")
    points = "[demur.detectors]\norchards = invented_orchards:open_orchards\n"
    (extension / "invented-1.0.dist-info/entry_points.txt").write_text(points)
    (extension / "invented_orchards.py").write_text(DETECTOR)
    monkeypatch.syspath_prepend(extension)
    small = write_small_platform(tmp_path / "small", items=200)
    without = small.build(small.plan(), LocalEngine(), progress=ignore_progress).manifest
    detectors = DetectorPlan(names=("orchards",), settings='{"orchards": {"version": "3"}}')
    plan = dataclasses.replace(small.plan(), name="second", detectors=detectors)
    built = small.build(plan, LocalEngine(), progress=ignore_progress)
    texts = read_rows(built.folder)["text"]
    assert texts.str.contains("(?i)orchard").any() is False
    found = texts.str.count_matches("[LOCATION]", literal=True).sum()
    assert (without.cuts["location"], built.manifest.cuts["location"] == found > 0) == (0, True)
    assert built.manifest.filters.text == f"{without.filters.text} orchards=3"
