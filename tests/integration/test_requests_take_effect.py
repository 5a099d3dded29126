"""What somebody without an account names is cut out of new corpora and leaves those that are there."""

import shutil
from pathlib import Path

import polars as pl

from demur.cli.configuration import load_configuration
from demur.cli.workspace import Workspace
from demur.corpus.gate import open_corpus
from demur.kernel.clock import SystemClock
from demur.policy.handling import RequestKind, TermKind
from demur.register.requests import RequestForm, make_code, receive_request
from demur.register.requests_terms import Given, Term

# Two words that stand for a name here: some texts of the sample platform hold them, in several spellings.
NAME = "Wooden\u200b CHAÏR"


def texts_of(folder: Path, name: str) -> pl.Series:
    return pl.concat(open_corpus(folder / "corpora" / name, trust=folder / "keys" / "public.json").batches())["text"]


def name_somebody(folder: Path) -> None:
    loaded = load_configuration(folder / "demur.toml")
    workspace = Workspace(loaded.root, loaded.configuration, SystemClock())
    at = workspace.clock.now()
    with workspace.open_register() as register:
        form = RequestForm(
            code=make_code(register.keyring, "once", b""),
            kind=RequestKind.ABOUT_ME,
            given=Given(terms=(Term(kind=TermKind.NAME, text=NAME),), hint="the one in the market"),
            language="en",
            received_at=at,
        )
        receive_request(register, form, at=at, settings=workspace.ruleset.settings)


def test_a_name_leaves_the_old_corpus_and_is_cut_in_the_new_one(built, demur, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(built, folder)
    assert demur(folder, "apply", "sample").status == 0
    before = texts_of(folder, "sample")
    named = before.str.to_lowercase().str.contains("wooden chair", literal=True)
    assert 0 < named.sum() < before.len()

    name_somebody(folder)
    assert demur(folder, "apply", "sample").status == 0
    assert texts_of(folder, "sample").sort().to_list() == before.filter(~named).sort().to_list()
    assert demur(folder, "apply", "sample").status == 0  # and nothing more leaves it
    assert texts_of(folder, "sample").len() == before.len() - named.sum()

    assert demur(folder, "register", "snapshot").status == 0
    assert demur(folder, "build", "next").status == 0
    assert demur(folder, "apply", "next").status == 0
    after = texts_of(folder, "next")
    cut = after.str.contains("[SUPPRESSED]", literal=True)
    assert (after.str.to_lowercase().str.contains("wooden chair", literal=True).sum(), cut.sum() > 0) == (0, True)
    # Removals for this reason are proven like any other.
    packed = demur(folder, "evidence", "pack", "--out", "pack.zip"), demur(folder, "evidence", "verify", "pack.zip")
    assert [ended.status for ended in packed] == [0, 0]
