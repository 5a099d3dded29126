"""The command that forgets a person: corpora stay without them, and whoever verifies still can."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from demur.keys.keyring import load_keyring
from demur.keys.subjects import subject_key
from demur.ledger.erasures import find_erased
from demur.ledger.leaves import parse_leaf
from demur.ledger.tiles import TileStore

OWN = "own_objection"


@pytest.fixture(scope="module")
def platform(demur, built, tmp_path_factory) -> Path:
    """Return a platform where an author objected and was erased, and whose accounts were imported again since."""
    folder = Path(shutil.copytree(built, tmp_path_factory.mktemp("erased") / "platform"))
    account = find_author(folder)
    (folder / "author.txt").write_text(account, "utf-8")
    for command in (
        f"register object {account} --out receipt.tlog-proof",
        f"register erase {account}",
        "register import accounts.csv notices.csv",
        "register snapshot",
        "apply sample",
        "build again",
    ):
        ended = demur(folder, *command.split())
        assert (ended.status, command) == (0, command), ended.err
    return folder


def find_author(folder: Path) -> str:
    """Return the account of the author of most rows, who has not objected."""
    index = pl.read_parquet(folder / "corpora/sample/index/subjects.parquet").filter("is_author")
    keyring = load_keyring(folder / "keys/keyring.json")
    accounts = pl.read_csv(folder / "accounts.csv", infer_schema=False)["account"]
    named = {subject_key(keyring, account): account for account in accounts}
    counted = index.group_by("subject_key").len().sort("len", "subject_key", descending=True)
    return next(named[subject] for subject in counted["subject_key"] if subject in named)


def rows_of(folder: Path, corpus: str) -> int:
    index = pl.read_parquet(folder / f"corpora/{corpus}/index/subjects.parquet").filter("is_author")
    keyring = load_keyring(folder / "keys/keyring.json")
    key = subject_key(keyring, (folder / "author.txt").read_text("utf-8"))
    return index.filter(pl.col("subject_key") == key).height


def test_the_items_of_the_erased_are_taken_out_and_stay_out_for_their_objection(platform):
    assert (rows_of(platform, "sample") > 0, rows_of(platform, "again")) == (True, 0)
    removed = pl.read_parquet(platform / "corpora/sample/removals/00000001.decisions.parquet")
    assert set(removed.filter(pl.col("reason") == OWN)["decision"]) == {"exclude"}
    manifest = json.loads((platform / "corpora/again/manifest.json").read_text("utf-8"))
    before = json.loads((platform / "corpora/sample/manifest.json").read_text("utf-8"))
    assert manifest["reasons"][OWN] >= before["reasons"].get(OWN, 0) + rows_of(platform, "sample")


def test_an_item_of_the_erased_is_explained_by_their_objection(demur, platform):
    account = (platform / "author.txt").read_text("utf-8")
    posts = pl.concat(
        [pl.read_parquet(path, columns=["id", "author_id"]) for path in sorted((platform / "content").glob("posts-*"))]
    )
    item = posts.filter(pl.col("author_id") == account)["id"][0]
    ended = demur(platform, "explain", item, "--corpus", "sample", "--json")
    assert ended.status == 0, ended.err
    assert json.loads(ended.out)["now"]["reason"] == OWN


def test_a_pack_and_a_receipt_still_verify_and_the_pack_tells_of_the_erasure(demur, platform):
    assert demur(platform, "evidence", "pack", "--out", "pack.zip").status == 0
    ended = demur(platform, "evidence", "verify", "pack.zip", "--receipt", "receipt.tlog-proof", "--json")
    assert ended.status == 0, ended.err
    told = [check["statement"] for check in json.loads(ended.out)["checks"] if check["subject"] == "log"]
    assert any("tell of erasures; entries that only a receipt opens now:" in statement for statement in told)


def test_the_published_log_tells_which_entry_was_erased_and_nothing_else(platform):
    store = TileStore(platform / "register/log")
    leaves = [parse_leaf(entry) for entry in store.read_entries(0, store.size())]
    told = {index: leaf.commitment for index, leaf in enumerate(leaves) if leaf.kind == "erasure"}
    keyring = load_keyring(platform / "keys/keyring.json")
    (erased,) = find_erased(keyring.log_signer.name, told).values()
    assert leaves[erased].kind == "objection"


def test_the_command_tells_what_stays(demur, platform):
    account = (platform / "author.txt").read_text("utf-8")
    ended = demur(platform, "register", "erase", account)
    assert ended.status == 0
    first, second, *_ = ended.out.splitlines()
    assert (first.partition(": ")[2], second.startswith("  stays: a keyed name that keeps out everything")) == (
        "reads 1",  # of before; what goes with an erasure is told
        True,
    )
    assert account not in ended.out
    status = json.loads(demur(platform, "register", "status", account, "--json").out)
    assert (status["known"], status["objection"], status["erased"]) == (False, "own", True)
