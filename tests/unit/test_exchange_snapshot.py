"""A snapshot is a signed document and the tables that it names, all of them and no other."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from demur.exchange.documents import file_digest, write_document
from demur.exchange.errors import (
    DocumentAlteredError,
    DocumentMalformedError,
    DocumentMissingError,
    TableUnreadableError,
)
from demur.exchange.snapshot import SNAPSHOT_TABLES, RegisterSnapshot, read_snapshot, write_snapshot
from demur.exchange.tables import read_table, write_table
from demur.keys.notes import Signer
from demur.testing.facts import make_facts

SIGNER = Signer("agora.example/demur/documents", bytes(range(32, 64)))
AS_OF = datetime(2025, 5, 27, 6, tzinfo=UTC)
KEYS = [bytes([number]) * 16 for number in range(3)]
FACTS = make_facts(
    {
        "subjects": [
            {
                "subject_key": key,
                "born_from": date(1980, 2, 29),
                "born_by": date(1980, 2, 29),
                "zone": "Europe/Berlin",
                "country": "DE",
                "language": "de",
                "visibility": "public",
                "state": "active",
                "last_seen_at": AS_OF,
            }
            for key in KEYS
        ],
        "notices": [
            {
                "subject_key": KEYS[0],
                "version": "2025-04",
                "channel": "email",
                "language": "de",
                "states_right": True,
                "proven_at": AS_OF,
            },
            {"subject_key": KEYS[1]},
        ],
        "targets": [{"target_key": KEYS[2], "effective_at": AS_OF, "in_public_role": False}],
    },
    as_of=AS_OF,
)


@pytest.fixture
def folder(tmp_path) -> Path:
    write_snapshot(tmp_path, FACTS, platform="agora.example", checkpoint="", signer=SIGNER)
    return tmp_path


def sign_again(folder: Path, **changes: object) -> None:
    """Change the document and sign it: what only the platform itself can do."""
    snapshot, _ = read_snapshot(folder, SIGNER.verifier)
    write_document(folder / "snapshot", msgspec.structs.replace(snapshot, **changes), SIGNER)


def test_facts_survive_a_snapshot(folder):
    snapshot, facts = read_snapshot(folder, SIGNER.verifier)
    for name in SNAPSHOT_TABLES:
        assert_frame_equal(getattr(facts, name), getattr(FACTS, name))
    rows = {**dict.fromkeys(SNAPSHOT_TABLES, 0), "notices": 2, "subjects": 3, "targets": 1}
    assert (facts.as_of, facts.log_size, snapshot.rows) == (AS_OF, 0, rows)


def test_equal_facts_are_equal_bytes(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    write_snapshot(other, FACTS, platform="agora.example", checkpoint="", signer=SIGNER)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([*(f"{table}.parquet" for table in SNAPSHOT_TABLES), "snapshot.json", "snapshot.note"])
    assert [(folder / name).read_bytes() for name in names] == [(other / name).read_bytes() for name in names]


@pytest.mark.parametrize("name", sorted(SNAPSHOT_TABLES))
def test_a_missing_table_is_named(folder, name):
    (folder / f"{name}.parquet").unlink()
    with pytest.raises(DocumentMissingError, match=rf"^{name}\.parquet"):
        read_snapshot(folder, SIGNER.verifier)


@pytest.mark.parametrize("name", sorted(SNAPSHOT_TABLES))
def test_a_truncated_table_is_named(folder, name):
    path = folder / f"{name}.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DocumentAlteredError, match=rf"/{name}\.parquet was altered or truncated"):
        read_snapshot(folder, SIGNER.verifier)


def test_a_snapshot_that_does_not_sign_every_table_is_refused(folder):
    digests = read_snapshot(folder, SIGNER.verifier)[0].tables
    sign_again(folder, tables={name: digest for name, digest in digests.items() if name != "objections"})
    with pytest.raises(DocumentMalformedError, match=r"names the tables \['hijacks', 'notices', 'subjects', "):
        read_snapshot(folder, SIGNER.verifier)


def test_a_snapshot_that_miscounts_a_table_is_refused(folder):
    rows = read_snapshot(folder, SIGNER.verifier)[0].rows
    sign_again(folder, rows={**rows, "objections": 1})
    with pytest.raises(DocumentMalformedError, match=r"^objections\.parquet has 0 rows, the snapshot says 1$"):
        read_snapshot(folder, SIGNER.verifier)


def test_a_snapshot_of_no_instant_is_refused(folder):
    sign_again(folder, as_of="yesterday")
    with pytest.raises(DocumentMalformedError, match=r"^snapshot\.json names no instant"):
        read_snapshot(folder, SIGNER.verifier)


def test_a_signed_table_with_other_columns_is_refused(folder):
    path = folder / "subjects.parquet"
    write_table(path, FACTS.subjects.rename({"country": "nation"}))
    snapshot = msgspec.json.decode((folder / "snapshot.json").read_bytes(), type=RegisterSnapshot)
    tables = {**snapshot.tables, "subjects": file_digest(path)}
    write_document(folder / "snapshot", msgspec.structs.replace(snapshot, tables=tables), SIGNER)
    with pytest.raises(TableUnreadableError, match=r"^subjects\.parquet has the columns .*nation String"):
        read_snapshot(folder, SIGNER.verifier)


def test_a_table_of_another_type_is_refused(tmp_path):
    write_table(tmp_path / "t.parquet", pl.DataFrame({"row": [1]}, schema={"row": pl.Int64}))
    with pytest.raises(TableUnreadableError, match=r"^t\.parquet has the columns row Int64; expected row UInt64$"):
        read_table(tmp_path / "t.parquet", {"row": pl.UInt64})


@pytest.mark.parametrize("content", [None, b"", b"PAR1", b"no Parquet at all"])
def test_a_table_that_cannot_be_read_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(TableUnreadableError, match=r"^t\.parquet cannot be read as Parquet"):
        read_table(tmp_path / "t.parquet", {"row": pl.UInt64})


def footer_of(path: Path) -> bytes:
    """Return the metadata of a Parquet file: its length stands before the last four bytes."""
    content = path.read_bytes()
    return content[-8 - int.from_bytes(content[-8:-4], "little") : -8]


def test_the_footer_of_a_table_repeats_no_value_that_would_outlive_a_purge(tmp_path):
    frame = pl.DataFrame({"text": ["a secret"]})
    frame.write_parquet(tmp_path / "usual.parquet", statistics=True)
    write_table(tmp_path / "ours.parquet", frame)
    found = {name: b"a secret" in footer_of(tmp_path / f"{name}.parquet") for name in ("usual", "ours")}
    assert found == {"usual": True, "ours": False}
