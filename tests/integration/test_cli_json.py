"""With ``--json`` a command prints one JSON object and nothing else, also when something was left out."""

import base64
import json
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from demur.cli.app import make_app
from demur.cli.roles import PERMISSIONS
from demur.exchange.snapshot import SNAPSHOT_TABLES
from demur.keys.keyring import load_keyring
from demur.keys.notes import Signer
from demur.keys.subjects import subject_key

# Those that train or read a model are asked in the story. Others serve until Ctrl-C, or need a witness, an authority
# for time stamps, a key of an agent or a lost register: they have tests of their own.
ELSEWHERE = {
    *("train", "model used", "audit run", "serve", "init", "witness serve", "notice listen"),
    *("staff add", "staff list", "staff remove"),
    *("register cosign", "register timestamp", "register timestamps", "register restore", "keys api add-agent"),
}
# In an order in which each finds what it needs; the status of one that reports a difference is 1.
STEPS = (
    (
        "filter posts.txt",
        0,
        {
            "out",
            "columns",
            "rows",
            "cut_rows",
            "left_out",
            "broken",
            "counts",
            "megabytes",
            "megabytes_per_second",
            "filter",
        },
    ),
    ("sample --out elsewhere --people 48 --items 240", 0, {"out", "people", "accounts", "items"}),
    ("keys show", 0, {"keys", "log", "documents"}),
    ("keys create --config elsewhere/demur.toml", 0, {"keys", "log", "documents"}),
    ("register import accounts.csv notices.csv", 0, {"files"}),
    ("register import objections.csv twice.csv", 1, {"files"}),
    ("register link SOMEBODY centre", 0, {"recorded", "unchanged"}),
    ("register object SOMEBODY", 0, {"index", "received_at", "covered", "receipt"}),
    ("portal link SOMEBODY", 0, {"link"}),
    ("portal reference SOMEBODY", 0, {"reference"}),
    ("register withdraw SOMEBODY --authenticated-by login", 0, {"index", "received_at", "covered", "receipt"}),
    (
        "register status SOMEBODY",
        0,
        {"known", "objection", "scope", "covered_since", "erased", "objections", "withdrawals", "linked_accounts"},
    ),
    ("register accesses SOMEBODY", 0, {"accesses"}),
    ("register notices --out told", 0, {"entries"}),
    ("register notices SOMEBODY --out told", 0, {"subject", "events", "entries"}),
    ("notice check 2026-01", 0, {"version", "languages", "findings", "unchecked"}),
    ("notice publish 2026-01", 0, {"version", "index", "digest", "published_at", "languages"}),
    ("notice show", 0, {"versions"}),
    ("campaign start 2026-01", 0, {"version", "started_at", "is_stopped", "states", "counts", "queued", "left_out"}),
    ("campaign stop 2026-01", 0, {"version", "started_at", "is_stopped", "states", "counts"}),
    ("campaign resume 2026-01", 0, {"version", "started_at", "is_stopped", "states", "counts"}),
    ("campaign status 2026-01", 0, {"version", "started_at", "is_stopped", "states", "counts"}),
    ("notice receive --maildir box", 0, {"read"}),
    ("notice replies", 0, {"replies"}),
    ("register suspend --country PT", 0, {"suspension"}),
    ("register lift 1", 0, {"lifted"}),
    ("register undertake --since 2014-01-01T00:00:00Z --until 2014-02-01T00:00:00Z", 0, {"recorded"}),
    (
        "register status",
        0,
        {
            "accounts",
            "linked_accounts",
            "notice_events",
            "objections",
            "withdrawals",
            "targets",
            "hijacked_accounts",
            "undertakings",
            "suspensions",
            "log_size",
            "log_root",
        },
    ),
    ("register snapshot", 0, {"snapshot", "as_of", "log_size", *SNAPSHOT_TABLES}),
    ("suppressions make terms.txt --out terms.table", 0, {"suppressions", "spans", "digest"}),
    (
        "build other",
        0,
        {
            "corpus",
            "rows_read",
            "rows_decided",
            "rows_rejected",
            "rejected_splits",
            "decisions",
            "reasons",
            "cuts",
            "pictures_left_out",
            "shards",
            "manifest",
            "log_size",
        },
    ),
    ("apply other", 0, {"corpus", "removals_version", "removed", "reasons", "removed_in_all", "log_size"}),
    ("watch --once", 0, {"applied", "left_behind", "effects_done", "effects_dead"}),
    ("status", 0, {"at", "effects", "time_to_effect", "corpora", "recipients"}),
    ("effectiveness", 0, {"at", "metrics"}),
    ("register effects dead", 0, {"dead"}),
    ("register effects retry", 0, {"revived"}),
    ("purge other", 0, {"corpus", "manifest_version", "rows_purged", "shards_rewritten"}),
    (
        "explain ITEM --corpus other",
        0,
        {"decision", "reason", "split", "line", "row", "removed_by", "removal_reason", "now"},
    ),
    (
        "explain --objection SOMEBODY",
        0,
        {
            "known",
            "basis",
            "scope",
            "covered_since",
            "erased",
            "objections",
            "standing",
            "withdrawals",
            "linked_accounts",
            "request",
        },
    ),
    ("export other --to jsonl --out view.jsonl --recipient Lab", 0, {"rows", "removals_version", "record"}),
    ("policy list", 0, {"rulesets"}),
    ("policy show", 0, {"name", "version", "digest", "settings", "choices", "rules"}),
    ("policy test cases.jsonl", 1, {"agree", "differ", "leaks", "unsupported", "by_group"}),
    (
        "policy diff eu-2025 configured --corpus other",
        0,
        {
            "corpus",
            "a",
            "b",
            "as_of",
            "log_size",
            "items",
            "changed",
            "let_in_by_a",
            "let_in_by_b",
            "other_reason",
            "changes",
            "left_out",
            "duplicates_compared",
        },
    ),
    (
        "verify golden.tlog-proof --vkey LOG_KEY",
        0,
        {
            "holds",
            "kind",
            "day",
            "purpose",
            "received_at",
            "scope",
            "accounts",
            "targets",
            "index",
            "size",
            "root",
            "log",
            "signed_by",
            "cosigned_by",
            "not_cosigned_by",
            "not_checked",
        },
    ),
    ("keys api add partner --role builder", 0, {"name", "roles", "key"}),
    ("keys api list", 0, {"keys"}),
    ("keys api revoke partner", 0, {"revoked"}),
    ("witness create seer --name authority.example/witness", 0, {"witness"}),
    ("register erase SOMEBODY", 0, {"erased", "is_swept"}),
    ("register retention", 0, {"decision", "reason", "keepers", "held", "erased", "is_swept"}),
    ("register backup saved.demur", 0, {"backup", "database", "log_size", "size_bytes", "sha256", "taken_at"}),
    ("keys rotate documents", 0, {"role", "key", "both_sign"}),
    ("keys retire documents", 0, {"role", "key", "both_sign"}),
    ("keys split", 0, {"files"}),
    ("keys rotate envelope", 0, {"role", "key", "earlier"}),
    ("register rewrap", 0, {"key", "rewrapped"}),
    ("keys retire envelope", 0, {"role", "key", "earlier"}),
    ("evidence pack --out pack.zip", 0, {"pack", "members", "bytes", "log_size"}),
    ("evidence verify pack.zip", 0, {"holds", "platform", "log_size", "checks"}),
)


def commands(app, words=()):
    for name in app:
        if not name.startswith("-"):
            yield from commands(app[name], (*words, name))
    if app.default_command is not None and words:
        yield " ".join(words), [argument.name for argument in app.assemble_argument_collection()]


@pytest.fixture
def platform(built, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    (folder / "box/new").mkdir(parents=True)
    (folder / "posts.txt").write_text("mail bo@example.org\n", "utf-8")
    (folder / "terms.txt").write_text("Sofia Example\n", "utf-8")
    (folder / "twice.csv").write_text((folder / "accounts.csv").read_text("utf-8") + ",,,,,,,\n", "utf-8")
    return folder


def read_case(root: Path) -> str:
    """Return a case that is decided otherwise than it expects."""
    case = json.loads((root / "tests/cases/selection.jsonl").read_text("utf-8").splitlines()[0])
    return json.dumps({**case, "expected": {**case["expected"], "reason": "not_public"}})


def test_every_command_with_json_is_tried():
    with_json = {words for words, names in commands(make_app()) if "--json" in names}
    tried = {words for words in with_json for step, *_ in STEPS if f"{step} ".startswith(f"{words} ")}
    assert with_json - tried == ELSEWHERE


def test_the_table_of_permissions_names_every_command_that_opens_an_installation_and_no_other():
    ways = {act for act in PERMISSIONS if any(word.isupper() or word.startswith("--") for word in act.split())}
    assert set(PERMISSIONS) - ways == {words for words, names in commands(make_app()) if "--config" in names}


def objectors(folder: Path) -> list[str]:
    """Return every account that objects, by its id and by its subject key as hexadecimal and as base64."""
    accounts = pl.read_csv(folder / "objections.csv", infer_schema=False)["account"].unique()
    keyring = load_keyring(folder / "keys/keyring.json")
    keys = [subject_key(keyring, account) for account in accounts]
    forms = (
        bytes.hex,
        lambda key: base64.b64encode(key).decode()[:20],
        lambda key: base64.urlsafe_b64encode(key).decode()[:20],
    )
    return [*accounts, *(form(key) for key in keys for form in forms)]


def free_ports() -> list[int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return [server.getsockname()[1] for server in (one, other)]


def test_the_portal_tells_where_it_listens_as_one_json_object_and_ends_with_ctrl_c(platform):
    pages, door = free_ports()
    words = f"serve door portal --port {pages} --door-port {door} --contact help@example.org --json".split()
    command, pipe = [sys.executable, "-m", "demur", *words], subprocess.PIPE
    with subprocess.Popen(command, cwd=platform, stdout=pipe, stderr=pipe, text=True) as process:
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert told == {"door": f"http://127.0.0.1:{door}", "portal": f"http://127.0.0.1:{pages}"}
    assert (process.returncode, out) == (0, ""), err


def test_each_command_prints_one_json_object_and_nothing_else(demur, platform):
    somebody = (platform / "late_objection.txt").read_text("utf-8").strip()
    item = json.loads((platform / "planted.jsonl").read_text("utf-8").splitlines()[0])["item"]
    (platform / "cases.jsonl").write_text(read_case(Path(__file__).parents[2]), "utf-8")
    shutil.copy(
        Path(__file__).parents[1] / "golden" / "ledger" / "objection.tlog-proof", platform / "golden.tlog-proof"
    )
    log_key = Signer("agora.example/demur/log", bytes(range(32))).vkey
    printed = []
    for step, status, names in STEPS:
        words = step.replace("SOMEBODY", somebody).replace("ITEM", item).replace("LOG_KEY", log_key).split()
        ended = demur(platform, *words, "--json")
        assert (step, ended.status, ended.out.count("\n")) == (step, status, 1), ended.err
        assert (step, set(json.loads(ended.out))) == (step, names)
        assert [line for line in ended.err.splitlines() if "/" not in line] == []
        printed += [ended.out, ended.err]
    everything = "\n".join(printed).replace(somebody, "")
    named = objectors(platform)
    assert len(named) > 5
    assert [name for name in named if name in everything] == []
