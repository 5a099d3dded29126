"""Law: applying twice equals applying once, in whatever steps the register moved, and nothing ever comes back."""

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.corpus.layout import CorpusLayout
from demur.corpus.removed import read_chain, read_manifests, rows_gone
from demur.exchange.columns import OBJECTION_COLUMNS, Facts
from demur.keys.subjects import subject_key
from demur.testing.facts import make_table
from demur.testing.small_history import SmallHistory, own_objection, write_small_history
from demur.testing.small_platform import NOW, read_tree

SECOND = timedelta(seconds=1)
# What may happen to a person between two snapshots; each is a change of one row of one table.
CHANGES = st.lists(
    st.tuples(st.sampled_from(["objects", "private", "deleted", "no notice", "vanishes"]), st.integers(0, 23)),
    max_size=4,
)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> SmallHistory:
    return write_small_history(tmp_path_factory.mktemp("built"), items=120)


def change(facts: Facts, keyring, changes: list[tuple[str, int]]) -> Facts:
    """Return the facts after some changes."""
    for what, number in changes:
        key = subject_key(keyring, f"a{number}")
        is_theirs = pl.col("subject_key") == key
        if what == "objects" and facts.objections.filter(is_theirs).is_empty():
            made = make_table([own_objection(key, NOW)], OBJECTION_COLUMNS)
            facts = replace(facts, objections=pl.concat([facts.objections, made]))
        if what in {"private", "deleted"}:
            column, value = ("visibility", "private") if what == "private" else ("state", "deleted")
            changed = pl.when(is_theirs).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
            facts = replace(facts, subjects=facts.subjects.with_columns(changed))
        if what == "no notice":
            facts = replace(facts, notices=facts.notices.filter(~is_theirs))
        if what == "vanishes":
            facts = replace(facts, subjects=facts.subjects.filter(~is_theirs))
    return facts


def read_gone(history: SmallHistory) -> list[int]:
    layout, verifier = CorpusLayout(history.corpus), history.keyring.document_signer.verifier
    manifests = read_manifests(layout, verifier)
    return rows_gone(read_chain(layout, manifests[0], verifier), manifests[-1]).tolist()


def read_authors_now(history: SmallHistory) -> bytes:
    layout, verifier = CorpusLayout(history.corpus), history.keyring.document_signer.verifier
    chain = read_chain(layout, read_manifests(layout, verifier)[0], verifier)
    return layout.authors(len(chain.versions)).read_bytes()


@settings(max_examples=6)
@given(CHANGES)
def test_applying_a_snapshot_twice_changes_no_byte(built, changes):
    with tempfile.TemporaryDirectory() as folder:
        history = built.copy(Path(folder))
        snapshot = history.write_state(change(history.facts(), history.keyring, changes), at=NOW)
        first = history.apply(snapshot)
        once = read_tree(history.corpus)
        second = history.apply(snapshot)
        assert (read_tree(history.corpus), second.version) == (once, first.version)
        assert (second.removed, second.removed_in_all) == (0, first.removed)


@settings(max_examples=5)
@given(CHANGES, CHANGES)
def test_applying_in_two_steps_removes_what_applying_at_once_removes(built, before, after):
    gone, authors = [], []
    for steps in ([before, before + after], [before + after]):
        with tempfile.TemporaryDirectory() as folder:
            history = built.copy(Path(folder))
            for number, changes in enumerate(steps):
                at = NOW + number * SECOND
                history.apply(history.write_state(change(history.facts(), history.keyring, changes), at=at), at=at)
            gone.append(read_gone(history))
            authors.append(read_authors_now(history))
    assert (gone[0], authors[0]) == (gone[1], authors[1])


@settings(max_examples=6)
@given(CHANGES)
def test_following_the_change_removes_what_deciding_every_row_again_removes(built, changes):
    with tempfile.TemporaryDirectory() as folder:
        history = built.copy(Path(folder))
        snapshot = history.write_state(change(history.facts(), history.keyring, changes), at=NOW)
        history.apply(snapshot)
        gone = read_gone(history)
        CorpusLayout(history.corpus).heartbeat.unlink()  # nothing says any more what the corpus reflects
        assert (history.apply(snapshot).removed, read_gone(history)) == (0, gone)


def test_what_was_taken_out_does_not_come_back_when_the_reason_goes(built, tmp_path):
    history = built.copy(tmp_path)
    account = history.accounts_with_rows()[0]
    history.file_objection(account)
    history.apply()
    history.objected.clear()  # withdrawn
    result = history.apply(at=NOW + SECOND)
    assert (result.version, result.removed) == (1, 0)
    assert read_gone(history) == history.rows_of(account)
    assert np.flatnonzero(history.open(at=NOW + SECOND).removed()).tolist() == history.rows_of(account)
