"""A view for a named recipient, and the answer to "why is this item in, or out?"."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from demur.corpus.explain import explain_item, row_of
from demur.corpus.export import ExportFormat, ExportResult, export
from demur.corpus.reading_errors import ExportExistsError, ItemUnknownError, StaleRemovalsError
from demur.exchange.errors import DocumentAlteredError
from demur.keys.subjects import item_key
from demur.sources.open import open_source
from demur.testing.small_history import SmallHistory, write_small_history
from demur.testing.small_platform import NOW


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> SmallHistory:
    """Build a corpus and take somebody out of it."""
    history = write_small_history(tmp_path_factory.mktemp("built"))
    history.file_objection(history.accounts_with_rows()[0])
    history.apply()
    return history


@pytest.fixture
def history(built, tmp_path) -> SmallHistory:
    return built.copy(tmp_path)


def read_view(path: Path) -> list[tuple[int, str]]:
    if path.suffix == ".parquet":
        return pl.read_parquet(path).rows()
    return [(line["row"], line["text"]) for line in map(json.loads, path.read_text("utf-8").splitlines())]


def ask(history: SmallHistory, key: bytes):
    specs = history.platform.plan().sources
    sources = {spec.name: open_source(spec, keyring=history.keyring, root=history.folder) for spec in specs}
    return explain_item(
        history.corpus,
        key,
        trust=history.keyring.trusted_keys(),
        ruleset=history.platform.plan().ruleset,
        sources=sources,
    )


def read_lineage(history: SmallHistory) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in sorted((history.corpus / "lineage").iterdir())])


def read_decisions(history: SmallHistory) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in sorted((history.corpus / "decisions").iterdir())])


def key_of_row(history: SmallHistory, row: int) -> bytes:
    return read_lineage(history).filter(pl.col("row") == row)["item_key"].item()


# --------------------------------------------------------------------------------------------------------------- export


@pytest.mark.parametrize("form", list(ExportFormat))
def test_a_view_holds_the_rows_that_may_be_read_and_a_record_of_what_it_reflects(history, tmp_path, form):
    corpus = history.open()
    expected = [(row, text) for row, text in enumerate(corpus.texts(range(corpus.rows))) if text is not None]
    target = tmp_path / f"view.{form.value}"
    result = export(corpus, target, form=form, recipient="Example Lab")
    assert read_view(target) == expected
    record = tmp_path / f"{target.name}.record.json"
    assert result == ExportResult(rows=len(expected), removals_version=1, record=record)
    assert json.loads(record.read_bytes()) == {
        "v": 1,
        "kind": "export-record",
        "corpus_id": corpus.corpus_id.hex(),
        "manifest": corpus.manifest_digest,
        "removals_version": 1,
        "log_size": corpus.log_size,
        "recipient": "Example Lab",
        "rows": len(expected),
        "preferences": "Rows that later versions of Removals name must be deleted by the recipient.",
    }


def test_a_view_never_overwrites(history, tmp_path):
    (tmp_path / "view.jsonl").write_text("mine")
    with pytest.raises(ExportExistsError, match=r"^view\.jsonl exists already$"):
        export(history.open(), tmp_path / "view.jsonl", form=ExportFormat.JSONL, recipient="Example Lab")
    assert (tmp_path / "view.jsonl").read_text() == "mine"


class SlowCorpus:
    """Passes a corpus on, and lets something happen after its first batch."""

    def __init__(self, corpus, happening):
        self.corpus = corpus
        self.happening = happening

    def __getattr__(self, name):
        return getattr(self.corpus, name)

    def batches(self):
        for number, batch in enumerate(self.corpus.batches()):
            yield batch
            if number == 0:
                self.happening()


def test_removals_that_come_while_a_view_is_written_are_after_the_version_that_it_names(history, tmp_path):
    account = history.accounts_with_rows()[1]

    def object_now() -> None:
        history.file_objection(account)
        history.apply()

    slow = SlowCorpus(history.open(), object_now)
    result = export(slow, tmp_path / "view.jsonl", form=ExportFormat.JSONL, recipient="Example Lab")
    written = {row for row, _ in read_view(tmp_path / "view.jsonl")}
    assert (result.removals_version, slow.removals_version) == (1, 2)
    assert written & set(history.rows_of(account)) != set(history.rows_of(account))


def test_a_view_of_a_corpus_that_goes_stale_is_not_written_at_all(history, tmp_path):
    def stop_confirming() -> None:
        (history.corpus / "removals" / "heartbeat").unlink()

    slow = SlowCorpus(history.open(), stop_confirming)
    with pytest.raises(StaleRemovalsError):
        export(slow, tmp_path / "out" / "view.jsonl", form=ExportFormat.JSONL, recipient="Example Lab")
    assert list((tmp_path / "out").iterdir()) == []


# -------------------------------------------------------------------------------------------------------------- explain


def test_an_item_that_is_in_is_explained_with_its_row(history):
    texts = history.open().texts(range(history.open().rows))
    answers = ((row, ask(history, key_of_row(history, row))) for row, text in enumerate(texts) if text is not None)
    row, found = next((row, answer) for row, answer in answers if answer.decision == "include")
    assert (found.decision, found.reason, found.row, found.removed_by, found.removal_reason) == (
        "include",
        "eligible",
        row,
        None,
        None,
    )
    assert found.now is not None
    assert (found.now.decision, found.now.reason, found.now.as_of) == ("include", "eligible", NOW)
    assert row_of(history.corpus, key_of_row(history, row), trust=history.keyring.trusted_keys()) == (row, None)


def test_an_item_that_was_taken_out_is_explained_with_version_and_reason(history):
    row = history.rows_of(history.objected[0])[0]
    found = ask(history, key_of_row(history, row))
    assert (found.decision, found.reason, found.row, found.removed_by, found.removal_reason) == (
        "include",
        "eligible",
        row,
        1,
        "own_objection",
    )
    assert found.now is not None
    assert (found.now.decision, found.now.reason) == ("exclude", "own_objection")
    assert row_of(history.corpus, key_of_row(history, row), trust=history.keyring.trusted_keys()) == (row, 1)


def test_every_reason_of_the_build_is_the_reason_that_is_explained(history):
    decisions = read_decisions(history)
    by_content = {"duplicate", "nothing_left", "image_unfiltered"}
    for key, decision, reason, source, split, line in decisions.unique("reason").rows():
        found = ask(history, key)
        assert (found.decision, found.reason, found.source, found.split, found.line) == (
            decision,
            reason,
            source,
            split,
            line,
        )
        if reason not in by_content and found.removed_by is None:
            assert found.now is not None
            assert found.now.reason == reason


def test_an_item_that_nobody_read_is_unknown(history):
    with pytest.raises(ItemUnknownError, match="no item with this id was read"):
        ask(history, item_key(history.keyring, "i999999"))


def test_nothing_is_said_about_now_when_the_line_holds_another_item_today(history):
    found = ask(history, key_of_row(history, 0))
    path = history.folder / found.split
    if path.suffix == ".parquet":
        pl.read_parquet(path).reverse().write_parquet(path)
    else:
        path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    again = ask(history, key_of_row(history, 0))
    assert (found.now is not None, again) == (True, replace(found, now=None))


@pytest.mark.parametrize("damage", ["missing", "no file of this form", "short"])
def test_nothing_is_said_about_now_when_the_source_cannot_be_read(history, damage):
    found = ask(history, key_of_row(history, 0))
    path = history.folder / found.split
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "short" else b"{")
    assert ask(history, key_of_row(history, 0)) == replace(found, now=None)


@pytest.mark.parametrize("folder", ["decisions", "lineage", "removals"])
def test_an_explanation_never_rests_on_an_altered_file(history, folder):
    key = key_of_row(history, history.rows_of(history.objected[0])[0])
    for path in (history.corpus / folder).glob("*.parquet"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    with pytest.raises(DocumentAlteredError, match=rf"^{folder}/.*\.parquet was altered"):
        ask(history, key)
