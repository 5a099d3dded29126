"""What somebody without an account names is cut out of new corpora and leaves those that are there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl

from demur.cli.configuration import load_configuration
from demur.cli.workspace import Workspace
from demur.corpus.gate import open_corpus
from demur.kernel.clock import SystemClock
from demur.policy.handling import RequestKind, TermKind
from demur.policy.ruleset import load_ruleset
from demur.register.requests import RequestForm, accept_requests, make_code, receive_request
from demur.register.requests_searching import ask_search, read_search
from demur.register.requests_terms import Given, Term
from demur.register.store import Register

# Two words that stand for a name here: some texts of the sample platform hold them, in several spellings.
NAME = "Wooden\u200b CHAÏR"


def texts_of(folder: Path, name: str) -> pl.Series:
    return pl.concat(open_corpus(folder / "corpora" / name, trust=folder / "keys" / "public.json").batches())["text"]


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Register, datetime]]:
    loaded = load_configuration(folder / "demur.toml")
    workspace = Workspace(loaded.root, loaded.configuration, SystemClock())
    with workspace.open_register() as register:
        yield register, workspace.clock.now()


def name_somebody(folder: Path, name: str = NAME) -> None:
    with opened(folder) as (register, at):
        form = RequestForm(
            code=make_code(register.keyring, "once", name.encode()),
            kind=RequestKind.ABOUT_ME,
            given=Given(terms=(Term(kind=TermKind.NAME, text=name),), hint="the one in the market"),
            language="en",
            received_at=at,
        )
        receive_request(register, form, at=at, settings=load_ruleset("eu-2025").settings)


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


def test_a_word_of_every_day_takes_nothing_out_until_a_human_accepts_it(built, demur, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(built, folder)
    assert demur(folder, "apply", "sample").status == 0
    before = texts_of(folder, "sample")
    words = before.str.to_lowercase().str.extract_all(r"[a-z]{2,}").list.unique().explode().value_counts(sort=True)
    word, rows = words.row(0)
    assert rows > max(20, before.len() // 50)

    name_somebody(folder, word)
    name_somebody(folder)
    assert demur(folder, "apply", "sample").status == 0
    named = before.str.to_lowercase().str.contains("wooden chair", literal=True).sum()
    assert texts_of(folder, "sample").len() == before.len() - named

    with opened(folder) as (register, at):
        accept_requests(register, [1], decided_by="ines", at=at)
    assert demur(folder, "apply", "sample").status == 0
    assert texts_of(folder, "sample").len() <= before.len() - rows


def test_a_round_of_watching_counts_the_public_texts_that_name_somebody(registered, demur, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(registered, folder)
    with opened(folder) as (register, at):
        ask_search(register, "CODE", [Term(kind=TermKind.NAME, text=NAME)], at=at)
    (folder / "content" / "photos.csv").unlink()  # a source that is not at hand is left out, and stops nobody
    assert demur(folder, "watch", "--once").status == 0
    with opened(folder) as (register, _):
        found = read_search(register, "CODE").counts
    posts = pl.concat([pl.read_parquet(path) for path in sorted((folder / "content").glob("posts-*.parquet"))])
    names = posts["body"].str.to_lowercase().str.contains("wooden chair", literal=True)
    public = names & posts["audience"].is_in(["public", "everyone"])
    assert (found["posts"], found["posts"] > 0) == (public.sum(), True)


def test_a_list_leaves_the_old_corpus_once_it_is_named_in_the_configuration(built, demur, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(built, folder)
    assert demur(folder, "apply", "sample").status == 0
    before = texts_of(folder, "sample")
    named = before.str.to_lowercase().str.contains("wooden chair", literal=True)

    (folder / "terms.txt").write_text(f"{NAME}\n", encoding="utf-8")
    assert demur(folder, "suppressions", "make", "terms.txt", "--out", "suppressions.bin").status == 0
    settings = (folder / "demur.toml").read_text("utf-8")
    (folder / "demur.toml").write_text(settings.replace("[build]", '[build]\nsuppressions = "suppressions.bin"', 1))
    assert demur(folder, "apply", "sample").status == 0
    after = texts_of(folder, "sample").sort().to_list()
    assert (named.sum() > 0, after) == (True, before.filter(~named).sort().to_list())
    assert demur(folder, "apply", "sample").status == 0
    assert texts_of(folder, "sample").sort().to_list() == after
