"""The verb of whoever asks to be forgotten: everything held of an account goes, and what keeps it out stays.

Of each entry of the log that covers the account the record and what opens it are destroyed: from then on nobody can
test the entry against a list of people, the platform included. The objection is honoured further by a keyed name that
meets nothing else (GDPR Art. 17(1), 17(3)(b), 21(3); ADR-0018).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from demur.exchange.columns import INSTANT, Schema
from demur.kernel.words import Basis, ObjectionScope
from demur.keys.subjects import SubjectKey, suppression_names
from demur.policy.registers import RegisterDecision, RegisterRequest, RegisterRequestKind, decide_register
from demur.policy.scope import PLACEHOLDER_COLUMNS, end_objections, spread_objections
from demur.register.batch import Batch, Outcome, day_of, idempotency_key
from demur.register.connection import Connection
from demur.register.erasing_entries import (
    ErasedEntry,
    erase_requests,
    forget_key,
    log_erasures,
    note_erasures,
    shred,
)
from demur.register.frames import make_frame
from demur.register.history import find_hand_overs
from demur.register.links import find_component, is_objecting
from demur.register.queries import LINKS, OBJECTIONS, WITHDRAWALS
from demur.register.schema import KEY_BYTES
from demur.register.sealing import read_opening
from demur.register.store import Register

_HAND_OVERS: Schema = {"subject_key": pl.Binary, "at": INSTANT}
_KEPT_COLUMNS = ("basis", "purpose", "scope", "in_public_role", "covers_until")
_BASES = [basis.value for basis in Basis]
# What is held of an account, by the word that tells it.
HELD = {
    "facts": "account_fact",
    "links": "account_link",
    "notices": "notice",
    "mailings": "mailing",
    "hijacks": "hijack",
    "reads": "access",
    "objections": "objection",
    "withdrawals": "withdrawal",
}
_OBJECTIONS = "SELECT subject, purpose, received_at, scope, in_public_role FROM objection WHERE subject {among}"
_LINKS = "SELECT subject, centre, tie, event, at FROM account_link WHERE subject {among}"
_WITHDRAWALS = "SELECT subject, received_at FROM withdrawal WHERE subject {among}"
_PLACEHOLDERS = """
    SELECT subject, purpose, scope, in_public_role, received_at, ended_at FROM placeholder WHERE subject {among}
"""
_SUPPRESSED = "SELECT basis, purpose, scope, in_public_role, covers_until FROM suppression WHERE name = ?"
_OBJECTED = "SELECT idx FROM objection WHERE subject {among}"
_WITHDREW = "SELECT idx FROM withdrawal WHERE subject {among}"
_OBJECTORS = "SELECT subject FROM objection WHERE idx {among}"
_WITHDRAWERS = "SELECT subject FROM withdrawal WHERE idx {among}"
_RELINKS = "SELECT idx, key, data FROM leaf WHERE kind = 'relink'"
_LINK_ROWS = "SELECT id FROM account_link WHERE subject {among}"
_BEGIN = "INSERT INTO erasing (subject, never) VALUES (?, 0) ON CONFLICT (subject) DO NOTHING"
_KEEP = """
    INSERT INTO suppression (name, basis, purpose, scope, in_public_role, covers_until) VALUES (?, ?, ?, ?, ?, ?)
"""
_FORGET_CLAIM = "UPDATE request_span SET subject = NULL WHERE subject = ?"
_STAND_IN = "UPDATE account_link SET subject = ? WHERE subject = ?"
_ADD_PLACEHOLDER = """
    INSERT INTO placeholder (subject, purpose, scope, in_public_role, received_at, ended_at) VALUES (?, ?, ?, ?, ?, ?)
"""
_ARE_PLACEHOLDERS = "SELECT DISTINCT subject FROM placeholder WHERE subject {among}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntry:
    """What keeps an account out after its erasure: why (`Basis`), for which purpose, and for how much of it."""

    basis: str
    purpose: str
    scope: str
    in_public_role: bool
    covers_until: int | None = field(default=None, repr=False)

    @property
    def row(self) -> tuple[str, str, str, int, int | None]:
        """Return it as the database stores it, after the name."""
        return self.basis, self.purpose, self.scope, int(self.in_public_role), self.covers_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased of one account and what stays: what the person is told.

    Attributes:
        on: the day, in UTC.
        held: how much was held of the account, by kind, and is held no more; empty when nothing was.
        entries: the entries of the log that nobody can open any more, in their order.
        kept: what stays, so that the account's content stays out.
        ruling: why that stays, or why nothing does.
    """

    on: date
    held: Mapping[str, int]
    entries: tuple[ErasedEntry, ...]
    kept: tuple[KeptEntry, ...]
    ruling: RegisterDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What is held of one account before its erasure.

    Attributes:
        members: everybody who is linked with the account, itself included.
        covering: the entries of the log that cover it.
        made: what it objected to, with when it was ended (`end_objections`).
    """

    subject: SubjectKey
    members: frozenset[SubjectKey]
    held: Mapping[str, int]
    covering: tuple[int, ...]
    made: pl.DataFrame
    kept: tuple[KeptEntry, ...]


@dataclass(slots=True, kw_only=True)
class EraseAccounts:
    """The unit of work that erases accounts; `erased` tells what its last run did, the one that was committed."""

    subjects: Sequence[SubjectKey]
    at: datetime
    erased: tuple[Erasure, ...] = ()

    def __call__(self, batch: Batch) -> Outcome:
        """Erase them, all of them or none."""
        batch.flush()
        found = [_find(batch, subject) for subject in dict.fromkeys(self.subjects)]
        held = [each for each in found if each.held]
        erased_by: dict[int | None, int] = {}
        if held:
            erased_by = log_erasures(batch, _list_erased(held), at=self.at)
            _destroy(batch, held)
            batch.forget_keys()
        self.erased = tuple(_tell(each, erased_by, at=self.at) for each in found)
        return Outcome(index=min(erased_by.values(), default=None), rows=sum(sum(each.held.values()) for each in held))


def erase(register: Register, subjects: Sequence[SubjectKey], *, at: datetime) -> tuple[Erasure, ...]:
    """Erase everything that is held of some accounts, and return what each person is told; doing it twice does no harm.

    Whatever keeps their content out stays, under a name that meets nothing else; so does what keeps out those who are
    linked with them. Accounts that are erased together blend in the log: nobody sees which entries were whose.
    Returns only after it is on disk.

    Raises:
        RegisterUnavailableError, QueueFullError: nothing was erased; try again.
    """
    unit = EraseAccounts(subjects=subjects, at=at)
    register.sequencer.submit(unit)
    return unit.erased


def erase_as_logged(batch: Batch, logged: Mapping[int | None, int]) -> None:
    """Erase what entries of the log say was erased, where it came back from an older copy of the register.

    The log does not say whose an entry was. Erased are all those whom no entry covers that is left: linked accounts may
    share all their entries, and then both are, because of the two only the one who asked must be. Nobody comes in by
    it (`ERASED_COLUMNS`). Whoever has an entry of their own that is left stays as they are.

    Args:
        logged: for each entry that was erased the entry that says so, which this transaction adds.
    """
    batch.flush()
    note_erasures(batch, logged)
    erased = {index for (index,) in batch.connection.execute("SELECT erased FROM erasure").fetchall()}
    entries = sorted(index for index in logged if index is not None)
    found = [_find(batch, subject) for subject in _find_named(batch, entries)]
    held = [each for each in found if erased.issuperset(each.covering)]
    erase_requests(batch, {index: logged[index] for index in entries})
    if held:
        _destroy(batch, held)
    for index in entries:
        shred(batch, index)
    batch.forget_keys()


def _find_named(batch: Batch, entries: Sequence[int]) -> list[SubjectKey]:
    """Return everybody whom entries cover, as far as the register knows."""
    named: set[SubjectKey] = set()
    for index in entries:
        opened = read_opening(batch.connection, batch.keyring, index)
        named |= set() if opened is None else set(opened[1])
    for select in (_OBJECTORS, _WITHDRAWERS):
        named |= {SubjectKey(subject) for (subject,) in batch.connection.select_among(select, entries)}
    return sorted(named)


def _find(batch: Batch, subject: SubjectKey) -> _Found:
    connection = batch.connection
    members = find_component(connection, subject)
    covering = _find_covering(batch, subject, members)
    held = {name: _count(connection, table, subject) for name, table in HELD.items()}
    made, kept = _find_objections(batch, subject, sorted(members))
    return _Found(
        subject=subject,
        members=members,
        held={name: count for name, count in {**held, "entries": len(covering)}.items() if count},
        covering=covering,
        made=made,
        kept=kept,
    )


def _count(connection: Connection, table: str, subject: SubjectKey) -> int:
    select = f"SELECT COUNT(*) FROM {table} WHERE subject = ?"  # noqa: S608 -- a table of our schema
    (count,) = connection.execute(select, (subject,)).fetchone()
    return int(count)


def _find_covering(batch: Batch, subject: SubjectKey, members: frozenset[SubjectKey]) -> tuple[int, ...]:
    """Return the entries that cover a subject: its own, and those of others whose record names it."""
    connection = batch.connection
    own = {index for select in (_OBJECTED, _WITHDREW) for (index,) in connection.select_among(select, [subject])}
    others = {index for (index,) in connection.select_among(_OBJECTED, sorted(members))} - own
    others |= _find_relinks(connection, members)
    named = {index for index in others if _names(batch, index, subject)}
    return tuple(sorted(own | named))


def _find_relinks(connection: Connection, members: frozenset[SubjectKey]) -> set[int]:
    """Return the relinks that linked accounts brought about, and those that a recovery wrote, whosever they are."""
    rows = connection.select_among(_LINK_ROWS, sorted(members))
    if not rows:
        return set()
    keys = {idempotency_key("relink", row) for (row,) in rows}
    found = connection.execute(_RELINKS).fetchall()
    return {index for index, key, data in found if key in keys or key == idempotency_key("recovered", index, data)}


def _names(batch: Batch, index: int, subject: SubjectKey) -> bool:
    opened = read_opening(batch.connection, batch.keyring, index)
    return opened is not None and subject in opened[1]


def _find_objections(
    batch: Batch, subject: SubjectKey, members: Sequence[SubjectKey]
) -> tuple[pl.DataFrame, tuple[KeptEntry, ...]]:
    """Return what a subject objected to, and the least that keeps it out for everything that covers it."""
    connection = batch.connection
    objections = make_frame(connection.select_among(_OBJECTIONS, members), OBJECTIONS)
    links = make_frame(connection.select_among(_LINKS, members), LINKS)
    withdrawals = make_frame(connection.select_among(_WITHDRAWALS, members), WITHDRAWALS)
    changed = [(member, at) for member in members for at in find_hand_overs(connection, member)]
    hand_overs = make_frame(changed, _HAND_OVERS)
    placeholders = make_frame(connection.select_among(_PLACEHOLDERS, members), PLACEHOLDER_COLUMNS)
    covered = spread_objections(objections, links, withdrawals, hand_overs, placeholders)
    made = end_objections(objections, withdrawals, hand_overs)
    rows = _own(covered, subject).select(
        *_KEPT_COLUMNS[:-1], pl.col("covers_until").dt.epoch("us").alias("covers_until")
    )
    (name,) = suppression_names(batch.keyring, [subject])
    earlier = connection.execute(_SUPPRESSED, (name,)).fetchall()
    return _own(made, subject), _keep_least([*rows.rows(), *earlier])


def _own(table: pl.DataFrame, subject: SubjectKey) -> pl.DataFrame:
    return table.filter(pl.col("subject_key") == pl.lit(subject, dtype=pl.Binary))


def _keep_least(rows: Iterable[tuple[Any, ...]]) -> tuple[KeptEntry, ...]:
    """Leave out what says no more than an entry that covers as much for a stronger reason."""
    entries = {
        KeptEntry(basis=basis, purpose=purpose, scope=scope, in_public_role=bool(role), covers_until=until)
        for basis, purpose, scope, role, until in rows
    }
    least: list[KeptEntry] = []
    for entry in sorted(entries, key=_strength):
        if not any(_says_as_much(kept, entry) for kept in least):
            least.append(entry)
    return tuple(least)


def _strength(entry: KeptEntry) -> tuple[bool, int, bool, float, bool, str]:
    until = float("-inf") if entry.covers_until is None else -entry.covers_until
    narrow = entry.scope != ObjectionScope.ALL.value
    return entry.covers_until is not None, _BASES.index(entry.basis), narrow, until, entry.in_public_role, entry.purpose


def _says_as_much(kept: KeptEntry, entry: KeptEntry) -> bool:
    same = (kept.purpose, kept.in_public_role) == (entry.purpose, entry.in_public_role)
    same &= _BASES.index(kept.basis) <= _BASES.index(entry.basis)
    # One row of a kind: of two that both end, the later one covers the other.
    is_whole = kept.covers_until is None and kept.scope in {entry.scope, ObjectionScope.ALL.value}
    return same and (is_whole or (kept.basis, kept.scope) == (entry.basis, entry.scope))


def _list_erased(found: Sequence[_Found]) -> set[int | None]:
    """Return the entries that are to be erased; None is an account that no entry covers."""
    entries: set[int | None] = {index for each in found for index in each.covering}
    return entries | ({None} if any(not each.covering for each in found) else set())


def _destroy(batch: Batch, found: Sequence[_Found]) -> None:
    connection = batch.connection
    subjects = [each.subject for each in found]
    for subject in subjects:
        connection.execute(_BEGIN, (subject,))
    for index in sorted({index for each in found for index in each.covering}):
        shred(batch, index)
    names = [name for each in found if (name := _erase_rows(batch, each)) is not None]
    for name in names:
        _drop_lonely(connection, name)
    connection.execute("DELETE FROM erasing")


def _erase_rows(batch: Batch, found: _Found) -> SubjectKey | None:
    """Put what stays in the place of everything that is held of an account; return its placeholder, if it needs one."""
    _keep_out(batch, found)
    name = _stand_in(batch, found)
    for table in HELD.values():
        statement = f"DELETE FROM {table} WHERE subject = ?"  # noqa: S608 -- a table of our schema
        batch.connection.execute(statement, (found.subject,))
    batch.connection.execute(_FORGET_CLAIM, (found.subject,))
    return name


def _keep_out(batch: Batch, found: _Found) -> None:
    (name,) = suppression_names(batch.keyring, [found.subject])
    batch.connection.execute("DELETE FROM suppression WHERE name = ?", (name,))
    for kept in found.kept:
        batch.connection.execute(_KEEP, (name, *kept.row))


def _stand_in(batch: Batch, found: _Found) -> SubjectKey | None:
    """Leave a placeholder in the links, so that whoever is linked stays as they are; return its name, drawn at random.

    None where nobody is linked, and nobody who is linked later would be covered.
    """
    connection = batch.connection
    if len(found.members) == 1 and found.made["ended_at"].null_count() == 0:
        return None
    name = SubjectKey(idempotency_key("placeholder", batch.draw(32), found.subject)[:KEY_BYTES])
    if connection.execute(_STAND_IN, (name, found.subject)).rowcount == 0:
        return None
    others = sorted(found.members - {found.subject})
    known = [at for *_, at in connection.select_among(_LINKS, [*others, name])]
    known += [at for _, at in connection.select_among(_WITHDRAWALS, others)]
    rows: list[tuple[object, ...]] = [
        (name, purpose, scope, int(role), _blur(received_at, known), None if ended is None else _blur(ended, known))
        for purpose, scope, role, received_at, ended in _instants(found.made)
    ]
    for row in rows or [(name, None, None, None, None, None)]:
        connection.execute(_ADD_PLACEHOLDER, row)
    # By which entry a withdrawal of theirs followed is in its key.
    for (index,) in connection.select_among(_WITHDREW, others):
        forget_key(batch, index)
    return name


def _instants(made: pl.DataFrame) -> list[tuple[str, str, bool, int, int | None]]:
    instants = [pl.col(name).dt.epoch("us") for name in ("received_at", "ended_at")]
    return made.select("purpose", "scope", "in_public_role", *instants).rows()


def _blur(instant: int, known: Sequence[int]) -> int:
    """Return the earliest instant that comes after the same events: no finer one is needed, and it names no entry."""
    return max((at for at in known if at <= instant), default=0)


def _drop_lonely(connection: Connection, name: SubjectKey) -> None:
    """Drop placeholders that cover nobody, now or later: everybody was erased, and no objection is in force."""
    members = sorted(find_component(connection, name))
    standing = connection.select_among(_ARE_PLACEHOLDERS, members)
    if len(standing) < len(members) or any(is_objecting(connection, member) for member in members):
        return
    for member in members:
        connection.execute(_BEGIN, (member,))
        connection.execute("DELETE FROM account_link WHERE subject = ?", (member,))
        connection.execute("DELETE FROM placeholder WHERE subject = ?", (member,))


def _tell(found: _Found, erased_by: Mapping[int | None, int], *, at: datetime) -> Erasure:
    named: Sequence[int | None] = found.covering or ([None] if found.held else [])
    return Erasure(
        on=day_of(at),
        held=found.held,
        entries=tuple(ErasedEntry(index=index, erased_by=erased_by[index]) for index in named),
        kept=found.kept,
        ruling=decide_register(
            RegisterRequest(kind=RegisterRequestKind.ERASURE, has_objection_in_force=bool(found.kept))
        ),
    )
