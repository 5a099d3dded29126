"""Law: every document survives a round trip, and one flipped bit in any of its files fails with the file's name."""

import tempfile
import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.evidence.container import decode_container, encode_container
from demur.exchange.columns import Facts
from demur.exchange.documents import Document, encode_document, read_document, write_document
from demur.exchange.manifest import CorpusManifest
from demur.exchange.removals import Heartbeat, Removals, open_heartbeat, sign_heartbeat
from demur.exchange.runs import AuditReport, RunRecord
from demur.exchange.snapshot import SNAPSHOT_TABLES, RegisterSnapshot, read_snapshot, write_snapshot
from demur.kernel.errors import DemurError, IntegrityError
from demur.keys.notes import Signer
from demur.testing.facts import make_facts

SIGNER = Signer("agora.example/demur/documents", bytes(range(32)))
GOLDEN = Path(__file__).parent.parent / "golden" / "exchange"
FORMS = (RegisterSnapshot, CorpusManifest, Removals, RunRecord, AuditReport)

INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- as above
KEYS = st.binary(min_size=16, max_size=16)
HEX = st.binary(min_size=32, max_size=32).map(bytes.hex)


def values_of(kind: object) -> st.SearchStrategy[object]:
    """Make values of a type as documents use them: numbers, texts, lists, maps, one of several, and structs."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {types.UnionType, typing.Union}:
        return st.one_of(*(values_of(one) for one in inner))
    if origin is list:
        return st.lists(values_of(inner[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(values_of(inner[0]), values_of(inner[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return structs_of(kind)
    return {int: INTEGERS, str: TEXTS, type(None): st.none()}[kind]


def structs_of(form: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    fixed = {"kind": st.just(form.KIND), "v": st.just(1)} if issubclass(form, Document) else {}
    chosen = {
        field.name: fixed[field.name] if field.name in fixed else values_of(field.type)
        for field in msgspec.structs.fields(form)
    }
    return st.builds(form, **chosen)


def one_bit_flipped(content: bytes, *, every: int = 1) -> Iterator[bytes]:
    """Yield the bytes with one bit flipped, once in every so many bytes; which bit follows from the place."""
    for place in range(0, len(content), every):
        yield content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_document_survives_a_round_trip(form):
    @settings(max_examples=25)
    @given(structs_of(form))
    def survives(document):
        with tempfile.TemporaryDirectory() as folder:
            write_document(Path(folder) / "document", document, SIGNER)
            again = read_document(Path(folder) / "document", form, SIGNER.verifier)
        assert (again, encode_document(again)) == (document, encode_document(document))

    survives()


@settings(max_examples=50)
@given(
    st.builds(
        Heartbeat, corpus_id=HEX, version=st.integers(0, 2**53), digest=HEX, log_size=st.integers(0, 2**53), at=INSTANTS
    )
)
def test_every_heartbeat_survives_a_round_trip(heartbeat):
    assert open_heartbeat(sign_heartbeat(heartbeat, SIGNER).encode(), SIGNER.verifier) == heartbeat


def values(kind):
    """Draw values of a column, at times none."""
    if kind == pl.Binary:
        return KEYS
    if kind == pl.Boolean:
        return st.booleans() | st.none()
    if kind == pl.Date:
        return st.dates() | st.none()
    return (TEXTS if kind == pl.String else INSTANTS) | st.none()


def tables(schema):
    row = st.fixed_dictionaries({name: values(kind) for name, kind in schema.items()})
    return st.lists(row, max_size=3).map(lambda rows: pl.DataFrame(rows, schema=schema))


@settings(max_examples=15)
@given(st.fixed_dictionaries({name: tables(schema) for name, schema in SNAPSHOT_TABLES.items()}), INSTANTS)
def test_every_snapshot_survives_a_round_trip(frames, as_of):
    facts = Facts(**frames, as_of=as_of, log_size=0)
    with tempfile.TemporaryDirectory() as folder:
        written = write_snapshot(Path(folder), facts, platform="agora.example", checkpoint="", signer=SIGNER)
        snapshot, again = read_snapshot(Path(folder), SIGNER.verifier)
    assert (snapshot, again.as_of, again.log_size) == (written, as_of, 0)
    for name in SNAPSHOT_TABLES:
        assert getattr(again, name).equals(getattr(facts, name), null_equal=True)


@settings(max_examples=50)
@given(st.dictionaries(TEXTS.filter(bool), st.binary(max_size=20), max_size=4))
def test_every_container_survives_a_round_trip(members):
    names = [name for name in members if "\0" not in name]
    chosen = {name: members[name] for name in names}
    assert decode_container(encode_container(chosen)) == chosen


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("suffix", [".json", ".note"])
def test_one_flipped_bit_in_a_document_fails_with_the_name_of_a_file_of_it(tmp_path, form, suffix):
    name = form.KIND.value
    for other in (".json", ".note"):
        (tmp_path / f"{name}{other}").write_bytes((GOLDEN / f"{name}{other}").read_bytes())
    trusted = Signer(SIGNER.name, bytes(range(32, 64))).verifier
    read_document(tmp_path / name, form, trusted)
    path = tmp_path / f"{name}{suffix}"
    for flipped in one_bit_flipped(path.read_bytes()):
        path.write_bytes(flipped)
        with pytest.raises(IntegrityError, match=rf"^{name}\.(json|note)"):
            read_document(tmp_path / name, form, trusted)


def test_one_flipped_bit_in_a_heartbeat_fails_with_its_name():
    trusted = Signer(SIGNER.name, bytes(range(32, 64))).verifier
    note = (GOLDEN / "heartbeat.note").read_bytes()
    open_heartbeat(note, trusted)
    for flipped in one_bit_flipped(note):
        with pytest.raises(IntegrityError, match=r"heartbeat"):
            open_heartbeat(flipped, trusted)


@pytest.mark.parametrize("name", sorted(SNAPSHOT_TABLES))
def test_one_flipped_bit_in_a_table_fails_with_its_name(tmp_path, name):
    rows = [{"subject_key": bytes([number]) * 16, "country": "DE", "state": "active"} for number in range(3)]
    facts = make_facts({"subjects": rows}, as_of=datetime(2025, 5, 27, tzinfo=UTC))
    write_snapshot(tmp_path, facts, platform="agora.example", checkpoint="", signer=SIGNER)
    path = tmp_path / f"{name}.parquet"
    for flipped in one_bit_flipped(path.read_bytes(), every=25):
        path.write_bytes(flipped)
        with pytest.raises(IntegrityError, match=rf"/{name}\.parquet was altered or truncated"):
            read_snapshot(tmp_path, SIGNER.verifier)


def test_one_flipped_bit_in_a_container_fails():
    content = (GOLDEN / "container.zip").read_bytes()
    decode_container(content)
    for flipped in one_bit_flipped(content):
        with pytest.raises(DemurError, match=r"^the container "):
            decode_container(flipped)
