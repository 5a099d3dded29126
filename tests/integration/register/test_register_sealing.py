"""What opens an entry is sealed: nothing in the database tells it, and replacing the envelope key changes no answer."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from demur.exchange.snapshot import SNAPSHOT_TABLES
from demur.kernel.words import LinkEvent, Purpose, RecordKind
from demur.keys.envelope import EnvelopeKeyMissingError, SealBrokenError
from demur.keys.keyring import Keyring
from demur.keys.subjects import group_key, subject_key
from demur.ledger.leaves import commit, personal_leaf
from demur.register import envelopes
from demur.register.backup import back_up
from demur.register.database import Database, open_database, upgrade
from demur.register.envelopes import give_up, rewrap, take_into_use
from demur.register.errors import EnvelopeKeyInUseError, RegisterAlteredError
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.queries import subject_status
from demur.register.restoring import put_back
from demur.register.schema import UNSEALED, account_fact, instant_of, leaf, metadata, opening
from demur.register.sealing import OpenedRow, read_opening, read_openings
from demur.register.snapshot import read_facts
from demur.register.store import Register, open_register

ACCOUNTS = ("ada@example.org", "bo-1984", "cy.example", "dee")
DAY = timedelta(days=1)


def form_of(keyring: Keyring, at, account: str) -> ObjectionForm:
    subject = subject_key(keyring, account)
    return ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)


def fill(register: Register, at) -> None:
    """Play objections, a link that spreads one, and a withdrawal: an entry of each personal kind."""
    keyring = register.keyring
    with register.database.writing() as connection:
        known = {"subject": subject_key(keyring, ACCOUNTS[1]), "at": instant_of(at)}
        connection.execute(sa.insert(account_fact), known)
    for account in ACCOUNTS[:3]:
        receive_objection(register, form_of(keyring, at, account), at=at)
    centre = group_key(keyring, "north")
    linked = [
        AccountLink(subject=subject_key(keyring, account), centre=centre, event=LinkEvent.LINKED)
        for account in ACCOUNTS[2:]
    ]
    record_links(register, linked, at=at)
    form = WithdrawalForm(
        subject=subject_key(keyring, ACCOUNTS[1]), authenticated_by=Authentication.LOGIN, received_at=at
    )
    withdraw(register, form, at=at)


def answers_of(register: Register, at) -> dict[str, object]:
    """Return everything that the register says of the people whom `fill` plays."""
    keyring = register.keyring
    with register.reading() as connection:
        facts, _ = read_facts(connection, at=at + DAY)
        openings = list(read_openings(connection, keyring))
    return {
        "snapshot": {name: getattr(facts, name).rows() for name in SNAPSHOT_TABLES},
        "status": [subject_status(register, subject_key(keyring, account), at=at + DAY) for account in ACCOUNTS],
        "receipts": [
            receive_objection(register, form_of(keyring, at, who), at=at + DAY).text for who in ACCOUNTS[:3:2]
        ],
        "openings": openings,
    }


def rows_of(database: Database) -> list[sa.Row]:
    with database.reading() as connection:
        return connection.execute(sa.select(opening).order_by(opening.c.idx)).all()


def rotated(keyring: Keyring, secret: bytes = b"n" * 32) -> Keyring:
    return replace(keyring, envelope=keyring.envelope_keys.rotate(secret))


def rewrap_all(register: Register, pause: Callable[[], None] = lambda: None) -> int:
    return rewrap(register.database, register.keyring.envelope_keys, pause=pause, progress=lambda *_: None)


def test_a_stolen_database_tells_nobody_what_an_entry_is_about(register, url, at):
    fill(register, at)
    with register.reading() as connection:
        told = [content for row in read_openings(connection, register.keyring) for content in (row.record, row.r)]
        dump = [row for table in metadata.tables.values() for row in connection.execute(table.select())]
    assert len(told) == 10
    content = b"".join(value if isinstance(value, bytes) else str(value).encode() for row in dump for value in row)
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        content += b"".join(file.read_bytes() for file in folder.glob("register.db*"))
    names = [account.encode() for account in ACCOUNTS]
    assert [secret for secret in (*told, *names) if secret in content] == []


def test_a_row_opens_only_where_it_stands(register, at):
    fill(register, at)
    index = register.append_document(RecordKind.CORPUS, bytes(32), at=at).index
    with closing(register.database.connect_writer()) as connection:
        copy = "INSERT INTO opening SELECT ?, key_id, wrapped_key, sealed FROM opening WHERE idx = 0"
        connection.execute(copy, (index,))
        with pytest.raises(SealBrokenError):
            read_opening(connection, register.keyring, index)
        assert read_opening(connection, register.keyring, 0) is not None


def test_a_new_envelope_key_leaves_every_answer_as_it_was(register, url, keyring, at):
    fill(register, at)
    before, rows = answers_of(register, at), rows_of(register.database)
    register.close()
    with open_register(url, keyring=rotated(keyring), log_folder=register.tiles.folder) as opened:
        assert answers_of(opened, at) == before
        assert (rewrap_all(opened), rewrap_all(opened)) == (len(rows), 0)
        give_up(opened.database, opened.keyring.envelope_keys)
        after = rows_of(opened.database)
    retired = replace(keyring, envelope=rotated(keyring).envelope_keys.retire())
    with open_register(url, keyring=retired, log_folder=register.tiles.folder) as opened:
        assert answers_of(opened, at) == before
    assert [(row.idx, row.sealed) for row in after] == [(row.idx, row.sealed) for row in rows]
    assert {row.key_id for row in after} == {retired.envelope_keys.current.key_id}
    with pytest.raises(EnvelopeKeyMissingError):
        open_register(url, keyring=keyring, log_folder=register.tiles.folder)


def test_people_object_while_rows_are_wrapped_anew(register, url, keyring, at, monkeypatch):
    fill(register, at)
    first = receive_objection(register, form_of(keyring, at, ACCOUNTS[0]), at=at).text
    register.close()
    monkeypatch.setattr(envelopes, "_AT_ONCE", 2)
    with open_register(url, keyring=rotated(keyring), log_folder=register.tiles.folder) as opened:
        names = iter(f"late-{number}" for number in range(10))

        def object_meanwhile() -> None:
            receive_objection(opened, form_of(keyring, at, next(names)), at=at)
            assert receive_objection(opened, form_of(keyring, at, ACCOUNTS[0]), at=at).text == first

        assert rewrap_all(opened, object_meanwhile) == 5
        give_up(opened.database, opened.keyring.envelope_keys)
        assert len(rows_of(opened.database)) == 5 + 3


def test_a_key_that_rows_use_does_not_retire_and_a_retired_one_takes_no_objection(register, url, keyring, at):
    fill(register, at)
    newer = rotated(keyring)
    with open_register(url, keyring=newer, log_folder=register.tiles.folder) as opened:
        with pytest.raises(EnvelopeKeyInUseError, match="5 rows of the register are still under an earlier"):
            give_up(opened.database, newer.envelope_keys)
        # The first process still runs with the key of then.
        receive_objection(register, form_of(keyring, at, "somebody"), at=at)
        assert rewrap_all(opened) == 6
        with pytest.raises(EnvelopeKeyMissingError, match="which the keyring does not hold"):
            receive_objection(register, form_of(keyring, at, "somebody"), at=at)
        give_up(opened.database, newer.envelope_keys)
        with pytest.raises(RegisterAlteredError):
            receive_objection(register, form_of(keyring, at, "late"), at=at)
        assert register.append_document(RecordKind.CORPUS, bytes(32), at=at).index == 6
        assert receive_objection(opened, form_of(keyring, at, "late"), at=at).index == 7


def test_a_rewrap_that_is_killed_goes_on_where_it_was(register, url, keyring, at, monkeypatch):
    fill(register, at)
    before = answers_of(register, at)
    register.close()
    monkeypatch.setattr(envelopes, "_AT_ONCE", 2)
    newer = rotated(keyring)

    def run() -> None:
        with open_register(url, keyring=newer, log_folder=register.tiles.folder) as opened:
            rewrap_all(opened, kill_oneself)

    killed(run)
    with open_register(url, keyring=newer, log_folder=register.tiles.folder) as opened:
        assert rewrap_all(opened) == 3
        assert answers_of(opened, at) == before


def test_a_backup_opens_with_the_envelope_keys_of_its_time(register, url, keyring, at, tmp_path, request):
    fill(register, at)
    before, backup = answers_of(register, at), tmp_path / "backups" / "one"
    register.close()
    back_up(url, backup, keyring=keyring, at=at)
    new = (
        f"sqlite:///{tmp_path}/new.db"
        if url.startswith("sqlite")
        else request.getfixturevalue("postgres").new_database()
    )
    put_back(backup, url=new, verifier=keyring.public.documents, at=at, may_replace=False)
    with pytest.raises(EnvelopeKeyMissingError, match=keyring.envelope_keys.current.key_id.hex()):
        open_register(
            new, keyring=replace(keyring, envelope=rotated(keyring).envelope_keys.retire()), log_folder=tmp_path
        )
    with open_register(new, keyring=keyring, log_folder=register.tiles.folder) as opened:
        assert answers_of(opened, at) == before


@dataclass(frozen=True, slots=True)
class Dying:
    """A database whose process is killed in the transaction after some."""

    database: Database
    left: Iterator[int]

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        with self.database.writing() as connection:
            yield connection
            if next(self.left, None) is None:
                kill_oneself()

    def __getattr__(self, name: str) -> object:
        return getattr(self.database, name)


@pytest.mark.parametrize("steps", [2, 4])
def test_sealing_what_was_in_clear_goes_on_after_a_kill(url, keyring, at, steps, monkeypatch):
    monkeypatch.setattr(envelopes, "_AT_ONCE", 1)
    rows = fill_0003(url)
    killed(lambda: take_into_use(Dying(open_database(url), iter(range(steps))), keyring.envelope_keys))
    database = open_database(url)
    take_into_use(database, keyring.envelope_keys)
    with closing(database), database.reading() as connection:
        assert list(read_openings(connection, keyring)) == rows
        assert not sa.inspect(connection).has_table(UNSEALED.name)


def fill_0003(url: str) -> list[OpenedRow]:
    """Make the tables of revision 0003 with three entries in clear, and return what opens them."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    rows = [
        OpenedRow(
            index=index,
            kind=RecordKind.OBJECTION,
            r=bytes([index]) * 32,
            covered=(bytes(16), b"c" * 16)[:index],
            record=b"%d" % index,
        )
        for index in range(3)
    ]
    with engine.begin() as connection:
        upgrade(connection, "0003")
        for row in rows:
            commitment = commit(RecordKind.OBJECTION, row.record, row.r)
            data = personal_leaf(RecordKind.OBJECTION, date(2025, 5, 27), commitment)
            entry = {"idx": row.index, "kind": "objection", "key": row.r, "data": data}
            connection.execute(sa.insert(leaf), entry)
            old = sa.Table(
                "opening", sa.MetaData(), *(sa.Column(column.name, column.type) for column in UNSEALED.columns)
            )
            plain = {"idx": row.index, "record": row.record, "r": row.r, "covered": b"".join(row.covered)}
            connection.execute(sa.insert(old), plain)
    engine.dispose()
    return rows


def kill_oneself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(run: Callable[[], None]) -> None:
    """Run something in a process of its own that is killed meanwhile."""
    child = os.fork()
    if child == 0:
        try:
            run()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
