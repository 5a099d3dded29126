"""Each command for its roles; nobody lists objectors; few people are counted for no data role; reads can be told of."""

import ast
import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import polars as pl
import pytest

from demur.cli.errors import RoleRefusedError
from demur.cli.roles import PERMISSIONS, Role, check_role

SOURCE = Path(__file__).parents[2] / "src" / "demur"
# What a command takes that cannot be left out; nothing of it is there, because a refusal comes first.
WORDS = {
    "keys rotate": "log",
    "keys retire": "log",
    "keys api add": "x --role builder",
    "keys api add-agent": "x --key x",
    "keys api revoke": "x",
    "register object": "x",
    "register withdraw": "x --authenticated-by login",
    "register import": "x.csv",
    "register link": "x y",
    "register lift": "1",
    "register undertake": "--since 2025-01-01T00:00:00Z",
    "register status ACCOUNT": "x",
    "register accesses": "x",
    "register notices ACCOUNT": "x",
    "register backup": "x",
    "serve": "--contact x",
    "staff add": "x --role dpo",
    "staff remove": "x",
    "portal link": "x",
    "portal reference": "x",
    "register erase": "x",
    "notice check": "x",
    "notice publish": "x",
    "campaign start": "x",
    "campaign resume": "x",
    "campaign stop": "x",
    "suppressions make": "x --out y",
    "build": "x",
    "apply": "x",
    "purge": "x",
    "explain ITEM": "x --corpus y",
    "explain --objection": "x",
    "explain --run": "x",
    "export": "x --to jsonl --out y --recipient z",
    "train": "x --out y",
    "model used": "x --run y --corpus z",
    "audit run": "x --corpus y",
    "policy diff": "eu-2025 configured --corpus x",
    "policy test": "x",
    "evidence pack": "--out x",
}
# It imports torch before it can refuse; the check is the same line for all.
HEAVY = {"model used"}


@pytest.fixture
def folder(registered, tmp_path):
    return Path(shutil.copytree(registered, tmp_path / "platform"))


def command_line(act):
    """Return the words that ask for an act: ways to ask are no words of a command."""
    command = " ".join(word for word in act.split() if not word.isupper())
    return [*command.split(), *WORDS.get(act, "").split()]


def test_every_command_that_is_not_for_a_data_role_is_refused_to_it_and_tells_nothing(demur, folder):
    refused = [act for act, roles in PERMISSIONS.items() if Role.DATA not in roles and act not in HEAVY]
    ended = {act: demur(folder, *command_line(act), "--as", "data") for act in refused}
    assert len(refused) > 20
    assert {act: (one.status, "[role-refused]" in one.err, one.out) for act, one in ended.items()} == dict.fromkeys(
        refused, (2, True, "")
    )


@pytest.mark.parametrize("role", Role)
def test_the_table_decides_what_a_role_may_ask_and_what_is_not_in_it_is_the_operators(role):
    def is_refused(act):
        try:
            check_role(role, act)
        except RoleRefusedError:
            return True
        return False

    assert {act: is_refused(act) for act in PERMISSIONS} == {act: role not in may for act, may in PERMISSIONS.items()}
    assert [is_refused(act) for act in ("", "register list")] == [role is not Role.OPERATOR] * 2


def test_the_configuration_names_a_role_that_nobody_leaves(demur, folder, monkeypatch):
    (folder / "demur.toml").open("a").write('\n[access]\nrole = "data"\n')
    assert demur(folder, "register", "backup", "x").status == 2
    assert demur(folder, "register", "status", "--as", "operator").status == 2
    monkeypatch.setenv("DEMUR_ROLE", "dpo")
    assert "[role-refused]" in demur(folder, "register", "status").err
    monkeypatch.setenv("DEMUR_ROLE", "data")
    assert demur(folder, "register", "status").status == 0


def test_an_operator_may_take_another_role(demur, folder, monkeypatch):
    (folder / "demur.toml").open("a").write('\n[access]\nrole = "operator"\n')
    monkeypatch.setenv("DEMUR_ROLE", "data")
    assert (demur(folder, "register", "backup", "x").status, demur(folder, "register", "status").status) == (2, 0)


def test_a_data_role_sees_no_count_about_people_below_ten(demur, folder):
    whole = json.loads(demur(folder, "register", "status", "--json").out)
    told = json.loads(demur(folder, "register", "status", "--json", "--as", "data").out)
    apart = {"suspensions", "log_size", "log_root"}
    counts = {name: count for name, count in whole.items() if name not in apart}
    assert (0 < counts["objections"] < 10, counts["accounts"] >= 10) == (True, True)
    assert told == whole | {name: None for name, count in counts.items() if count < 10}
    text = demur(folder, "register", "status", "--as", "data").out
    assert (text.count("<10"), f" {counts['objections']} " in text) == (
        sum(count < 10 for count in counts.values()),
        False,
    )


def test_a_data_role_learns_from_a_build_and_its_upkeep_no_small_count_and_no_sum_that_tells_one(
    demur, built, tmp_path
):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    manifest = json.loads((folder / "corpora/sample/manifest.json").read_text("utf-8"))
    late = (folder / "late_objection.txt").read_text("utf-8").strip()
    again = json.loads(demur(folder, "build", "other", "--json", "--as", "data").out)
    shown = {reason: count for reason, count in again["reasons"].items() if count is not None}
    expected = {r: n for r, n in manifest["reasons"].items() if n >= 10 and r != "eligible"}
    assert (again["rows_read"], again["rows_decided"], shown) == (None, None, expected)
    let_in = manifest["decisions"]["include"] + manifest["decisions"].get("redact", 0)
    assert again["decisions"] == {"let_in": let_in}
    demur(folder, "register", "object", late)
    applied = json.loads(demur(folder, "apply", "sample", "--json", "--as", "data").out)
    assert (applied["removed"], applied["removed_in_all"], set(applied["reasons"].values())) == (None, None, {None})
    standing = json.loads(demur(folder, "status", "--json", "--as", "data").out)
    assert {count for kind in standing["effects"].values() for count in kind.values()} == {None}
    assert set(standing["time_to_effect"].values()) == {None}
    texts = [demur(folder, *words, "--as", "data").out for words in (("apply", "sample"), ("status",))]
    assert all("<10" in text or "(withheld)" in text for text in texts)


def test_reading_one_persons_record_is_noted_with_who_what_and_why(demur, built, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    account, item = pl.read_parquet(next((folder / "content").glob("posts-*.parquet"))).select("author_id", "id").row(0)
    demur(folder, "register", "status", account, "--reason", "a letter", "--as", "dpo")
    demur(folder, "explain", "--objection", account)
    demur(folder, "explain", item, "--corpus", "sample")
    demur(folder, "register", "status")
    told = json.loads(demur(folder, "register", "accesses", account, "--json", "--as", "dpo").out)["accesses"]
    assert [(one["role"], one["act"], one["reason"]) for one in told] == [
        ("dpo", "demur register status ACCOUNT", "a letter"),
        ("operator", "demur explain --objection", None),
        ("operator", "demur explain ITEM", None),
        ("dpo", "demur register accesses", None),
    ]
    assert len({one["reader"] for one in told}) == 1
    text = demur(folder, "register", "accesses", account, "--reason", "\x1b[2Jwhy").out
    assert (text.count("a letter"), text.count("?[2Jwhy"), "\x1b" in text) == (1, 1, False)


def test_a_read_that_cannot_be_noted_is_refused_and_tells_nothing(demur, built, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    account, item = pl.read_parquet(next((folder / "content").glob("posts-*.parquet"))).select("author_id", "id").row(0)
    with contextlib.closing(sqlite3.connect(folder / "register/register.db")) as connection:
        connection.execute("ALTER TABLE access RENAME TO gone")
    asked = (
        ("register", "status", account),
        ("explain", "--objection", account),
        ("explain", item, "--corpus", "sample"),
        ("register", "accesses", account),
    )
    ended = [demur(folder, *words) for words in asked]
    assert [(one.status, one.out) for one in ended] == [(4, "")] * 4


def names_of(module: Path) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Name)}


def test_no_command_and_no_page_reads_a_record_but_by_what_notes_it():
    """Whoever looks a person up outside the register goes through `demur.register.accesses`."""
    modules = [path for arm in ("cli", "web") for path in (SOURCE / arm).rglob("*.py")]
    around = {path.name for path in modules if names_of(path) & {"subject_status", "covered_accounts", "read_opening"}}
    by_entry = {path.name for path in modules if "AskAgain" in names_of(path)}
    assert (around, by_entry) == (set(), {"receipts.py"})
