"""What is published holds only what it must, and a stolen database without its keys names nobody."""

import base64
import hashlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from demur.keys.keyring import load_keyring
from demur.keys.subjects import contact_key, subject_key
from demur.ledger.leaves import parse_leaf
from demur.ledger.tiles import TileStore, tile_path
from demur.ledger.tree import hash_leaf

LOG = "register/log"
ADDRESSES = ("ada.lovelace@example.org", "bo@example.org", "+49 30 1234567")
PREFIX_BYTES = 8
# Every field that a published file may have; what is not here was not thought about.
LEAF_FIELDS = ["c", "d", "t", "v"]
STATEMENT_FIELDS = {
    "corpus-manifest": (
        *("as_of", "authors", "corpus_id", "cuts", "decision_files", "decisions", "filters", "index", "items", "kind"),
        *("lineage", "log_size", "name", "partitions", "pictures_left_out", "platform", "reasons", "rows_decided"),
        *("rows_read", "rows_rejected", "ruleset", "shards", "snapshot", "sources", "supersedes", "v", "version"),
    ),
    "removals": (
        *("as_of", "authors", "corpus_id", "decisions", "kind", "log_size", "previous", "reasons", "removed"),
        *("removed_before", "rows", "snapshot", "v", "version"),
    ),
}
INNER_FIELDS = {
    *("count", "digest", "first_row", "k", "listing", "name", "path", "root", "rows", "rows_read", "rows_rejected"),
    *("sha256", "source", "split", "version", "copies", "duplicates", "suppressions", "text"),
}
# Their fields are words of the domain, or names of shards; their values are counts, or positions in a shard.
COUNTERS = {"cuts", "decisions", "reasons", "rows"}
CHECKPOINT = re.compile(r"agora/demur/log\n[0-9]+\n[0-9A-Za-z+/]{43}=\n\n(— agora/demur/log [0-9A-Za-z+/]+=*\n)+")


@pytest.fixture(scope="module")
def platform(demur, built, tmp_path_factory) -> Path:
    """Return a platform where people objected, withdrew, verified addresses and were erased, its corpus up to date."""
    folder = Path(shutil.copytree(built, tmp_path_factory.mktemp("published") / "platform"))
    accounts = read_ids(folder, "accounts.csv", "account")
    for account, address in zip(accounts, ADDRESSES, strict=False):
        assert demur(folder, "register", "link", account, address, "--tie", "contact").status == 0
    index = pl.read_parquet(folder / "corpora/sample/index/subjects.parquet").filter("is_author")
    keyring = load_keyring(folder / "keys/keyring.json")
    there = [account for account in accounts if subject_key(keyring, account) in set(index["subject_key"])]
    assert demur(folder, "register", "object", there[0]).status == 0
    assert demur(folder, "register", "import", "targets.csv", "hijacks.csv").status == 0
    (folder / "erased.txt").write_text(next(account for account in accounts[3:] if account != there[0]), "utf-8")
    assert demur(folder, "register", "erase", (folder / "erased.txt").read_text("utf-8")).status == 0
    assert demur(folder, "apply", "sample").status == 0
    return folder


def read_ids(folder: Path, file: str, *columns: str) -> list[str]:
    table = pl.read_csv(folder / file, infer_schema=False)
    return [value for column in columns for value in table[column].drop_nulls().unique(maintain_order=True)]


# ---------------------------------------------------------------------------------------------- what the files may hold


def test_the_folder_of_the_log_holds_entries_hashes_and_a_checkpoint_and_nothing_else(platform):
    store = TileStore(platform / LOG)
    entries = list(store.read_entries(0, store.size()))
    hashes = [hash_leaf(entry) for entry in entries]
    framed = b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
    files = {path.relative_to(store.folder).as_posix() for path in store.folder.rglob("*") if path.is_file()}
    sizes = {int(path.rpartition("/")[2]) for path in files if path.startswith("tile/")}
    kinds = ("0", "entries")
    assert files == {"checkpoint", *(tile_path(kind, 0, size) for kind in kinds for size in sizes)}
    assert max(sizes) == len(entries) < 256
    for size in sizes:
        assert (store.folder / tile_path("0", 0, size)).read_bytes() == b"".join(hashes[:size])
        assert framed.startswith((store.folder / tile_path("entries", 0, size)).read_bytes())
    assert CHECKPOINT.fullmatch(store.checkpoint_note())


def test_an_entry_of_the_log_holds_a_kind_a_day_and_32_bytes(platform):
    store = TileStore(platform / LOG)
    entries = list(store.read_entries(0, store.size()))
    assert {tuple(sorted(json.loads(entry))) for entry in entries} == {tuple(LEAF_FIELDS)}
    leaves = [parse_leaf(entry) for entry in entries]
    kinds = {leaf.kind.value for leaf in leaves}
    assert {"objection", "withdrawal", "register", "corpus", "removals", "erasure"} <= kinds
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", json.loads(entry)["d"]) for entry in entries)


def fields_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(fields_of(inner) for name, inner in value.items() if name not in COUNTERS))
    return set().union(*map(fields_of, value)) if isinstance(value, list) else set()


def test_published_statements_hold_only_fields_that_were_thought_about(platform):
    corpus = platform / "corpora/sample"
    statements = [json.loads(path.read_bytes()) for path in (corpus / "manifest.json", *corpus.glob("removals/*.json"))]
    assert [statement["kind"] for statement in statements] == ["corpus-manifest", "removals"]
    for statement in statements:
        allowed = STATEMENT_FIELDS[statement["kind"]]
        assert tuple(sorted(statement)) == tuple(sorted(allowed))
        assert fields_of(statement) - set(allowed) <= INNER_FIELDS


# ------------------------------------------------------------------------------------------------ what may not be there


def forms_of(name: str) -> set[bytes]:
    """Return a name as itself and as everything that somebody without a key could make of it."""
    contents = {name.encode(), name.lower().encode(), name.upper().encode()}
    raw = set(contents)
    for content in contents:
        raw |= {hashlib.new(algorithm, content).digest() for algorithm in ("md5", "sha1", "sha256", "sha512")}
        raw |= {hashlib.blake2b(content, digest_size=size).digest() for size in (16, 20, 32, 64)}
    hexadecimal = {content.hex().encode() for content in raw}
    return {
        *raw,
        *hexadecimal,
        *(content.upper() for content in hexadecimal),
        *(base64.b64encode(content).rstrip(b"=") for content in raw),
        *(base64.urlsafe_b64encode(content).rstrip(b"=") for content in raw),
        *(base64.b32encode(content).rstrip(b"=") for content in raw),
    }


def find(needles: Iterable[bytes], content: bytes) -> set[bytes]:
    """Return what begins somewhere in the content, for at least the first bytes: keys are cut to a part of a digest."""
    short = {needle[:PREFIX_BYTES] for needle in needles}
    found = {needle for needle in short if len(needle) < PREFIX_BYTES and needle in content}
    whole = sorted(needle for needle in short if len(needle) == PREFIX_BYTES)
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(content, dtype=np.uint8), PREFIX_BYTES)
    numbers = np.ascontiguousarray(windows).view(">u8").ravel()
    wanted = np.array([int.from_bytes(needle, "big") for needle in whole], dtype=np.uint64)
    is_there = np.isin(wanted, numbers.astype(np.uint64))
    return found | {needle for needle, hit in zip(whole, is_there, strict=True) if hit}


def dump_register(folder: Path) -> bytes:
    """Return every byte of the register's files, and every value in its tables once more."""
    values: list[bytes] = []
    with closing(sqlite3.connect(folder / "register/register.db")) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f"SELECT * FROM {table}"):
                values += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    files = [path.read_bytes() for path in sorted((folder / "register").glob("register.db*"))]
    return b"\n".join([*files, *values])


@pytest.fixture(scope="module")
def names(platform) -> list[str]:
    """Return everything by which the platform knows its people: accounts, centres, contacts, handles, addresses."""
    known = read_ids(platform, "accounts.csv", "account", "centre", "contact")
    handles = read_ids(platform, "content/handles.csv", "handle")
    return [*known, *handles, *read_ids(platform, "targets.csv", "item", "page"), *ADDRESSES]


def test_a_database_without_its_keys_names_nobody(platform, names):
    dumped = dump_register(platform)
    needles = set().union(*map(forms_of, names))
    assert len(needles) > 10_000
    assert find(needles, dumped) == set()
    # The same search finds each form once it is there, and finds the people by their keys.
    assert find(needles, dumped + b"\n".join(needles)) == {needle[:PREFIX_BYTES] for needle in needles}
    keyring = load_keyring(platform / "keys/keyring.json")
    keyed = {subject_key(keyring, account) for account in read_ids(platform, "accounts.csv", "account")}
    erased = {subject_key(keyring, (platform / "erased.txt").read_text("utf-8"))}
    assert len(find(keyed - erased, dumped)) == len(keyed) - 1
    # With all keys nobody finds the one who was erased, in tables, files or write-ahead log.
    assert find(erased, dumped) == set()
    assert find({contact_key(keyring, ADDRESSES[0])}, dumped)


def test_the_published_files_name_nobody_and_hold_no_key_of_anybody(platform, names):
    corpus = platform / "corpora/sample"
    paths = [path for path in (platform / LOG).rglob("*") if path.is_file()]
    paths += [*corpus.glob("manifest.*"), *corpus.glob("removals/0*.[jnt]*"), platform / "keys/public.json"]
    published = b"\n".join(path.read_bytes() for path in paths)
    keyring = load_keyring(platform / "keys/keyring.json")
    keys = {subject_key(keyring, account) for account in read_ids(platform, "accounts.csv", "account")}
    encoded = {*(key.hex().encode() for key in keys), *(base64.b64encode(key).rstrip(b"=") for key in keys)}
    needles = {*keys, *encoded}.union(*map(forms_of, names))
    assert find(needles, published) == set()
    assert len(paths) > 8
