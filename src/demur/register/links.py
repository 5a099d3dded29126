"""Accounts that belong together: an objection covers all of them, and linking spreads it.

Accounts share an accounts centre or a contact that was verified (`Tie`). Past links count like present ones: leaving
never undoes an objection.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from demur.kernel.clock import timestamp
from demur.kernel.words import EffectKind, LinkEvent, RecordKind, Tie
from demur.keys.encoding import encode_base64, encode_json
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, proof_key, proof_key_commitment
from demur.register.batch import Batch, Covered, Outcome, day_of, idempotency_key
from demur.register.connection import Connection
from demur.register.effects import owe
from demur.register.kept import find_closed
from demur.register.schema import instant_of
from demur.register.store import Register

# Everyone who can be reached over present and past links of either tie, the person included.
COMPONENT = """
    WITH RECURSIVE member (subject) AS (
        VALUES (?)
        UNION
        SELECT other.subject FROM member
        JOIN account_link AS own ON own.subject = member.subject
        JOIN account_link AS other ON other.centre = own.centre
    )
    SELECT subject FROM member
"""
_ENDED = "SELECT received_at FROM withdrawal WHERE subject {among}"
_LINKED = "SELECT DISTINCT subject FROM account_link WHERE subject {among}"
_IS_OBJECTING = """
    SELECT 1 FROM objection AS made WHERE made.subject = ? AND made.idx > COALESCE(
        (SELECT MAX(ended.idx) FROM withdrawal AS ended
         WHERE ended.subject = made.subject AND ended.purpose = made.purpose), -1)
"""
_ANY_OBJECTION = "SELECT 1 WHERE EXISTS (SELECT 1 FROM objection) OR EXISTS (SELECT 1 FROM placeholder)"
_STANDS_FOR_OBJECTION = "SELECT 1 FROM placeholder WHERE subject = ? AND purpose IS NOT NULL AND ended_at IS NULL"
_LAST_EVENT = """
    SELECT event FROM account_link WHERE subject = ? AND centre = ? AND at <= ? ORDER BY at DESC, id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """One account joins or leaves what it shares with others.

    `centre` is a keyed digest: of the id of an accounts centre (`group_key`), or of a verified contact (`contact_key`).
    """

    subject: SubjectKey
    centre: bytes
    event: LinkEvent
    tie: Tie = Tie.CENTRE


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSummary:
    """What recording links did: events that were new, and events that changed nothing."""

    recorded: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class AskedLinks:
    """The unit of work for some links, at an instant."""

    links: tuple[AccountLink, ...]
    at: datetime

    def __call__(self, batch: Batch) -> Outcome:
        """Record those that change something."""
        return Outcome(rows=write_links(batch, self.links, at=self.at))


def record_links(register: Register, links: Sequence[AccountLink], *, at: datetime) -> LinkSummary:
    """Record that accounts join or leave what they share; an objection spreads to whoever joins, and the log says so.

    An event that changes nothing is not recorded again. Returns only after everything is on disk.
    """
    recorded = register.sequencer.submit(AskedLinks(tuple(links), at)).rows
    return LinkSummary(recorded=recorded, unchanged=len(links) - recorded)


def write_links(batch: Batch, links: Iterable[AccountLink], *, at: datetime) -> int:
    """Insert the events that change something, and log where an objection spreads; return how many were inserted."""
    instant = instant_of(at)
    insert = "INSERT INTO account_link (subject, centre, event, at, tie) VALUES (?, ?, ?, ?, ?) RETURNING id"
    joined: dict[SubjectKey, int] = {}
    inserted = 0
    for link in _of_open(batch, list(links)):
        found = batch.connection.execute(_LAST_EVENT, (link.subject, link.centre, instant)).fetchone()
        if link.event == (LinkEvent.UNLINKED if found is None else found[0]):
            continue
        counted = max([instant, *_withdrawn_at(batch.connection, link)])
        event = (link.subject, link.centre, link.event.value, counted, link.tie.value)
        (row,) = batch.connection.execute(insert, event).fetchone()
        inserted += 1
        if link.event is LinkEvent.LINKED:
            joined[link.subject] = row
    _log_relinks(batch, joined, at=at)
    return inserted


def _of_open(batch: Batch, links: Sequence[AccountLink]) -> Sequence[AccountLink]:
    """Leave out the links of accounts that were erased and stay out: they tell nothing that decides anything."""
    closed = find_closed(batch.connection, batch.keyring, [link.subject for link in links])
    return [link for link in links if link.subject not in closed] if closed else links


def _withdrawn_at(connection: Connection, link: AccountLink) -> list[int]:
    """Return when those whom a link brings together withdrew: the log holds that already, whatever the clock says."""
    if link.event is LinkEvent.UNLINKED or connection.execute("SELECT 1 FROM withdrawal LIMIT 1").fetchone() is None:
        return []
    sharing = connection.execute("SELECT DISTINCT subject FROM account_link WHERE centre = ?", (link.centre,))
    joined = {link.subject, *(SubjectKey(subject) for (subject,) in sharing.fetchall())}
    members = frozenset().union(*(find_component(connection, subject) for subject in joined))
    return [at for (at,) in connection.select_among(_ENDED, sorted(members))]


def find_linked(connection: Connection, subjects: Sequence[bytes]) -> frozenset[bytes]:
    """Return which of some subjects share anything with anybody, now or in the past."""
    return frozenset(subject for (subject,) in connection.select_among(_LINKED, subjects))


def find_component(connection: Connection, subject: SubjectKey) -> frozenset[SubjectKey]:
    """Return everyone whom an objection of one subject covers, that subject included."""
    # Most accounts share nothing with anybody, and asking that is cheaper.
    if connection.execute("SELECT 1 FROM account_link WHERE subject = ? LIMIT 1", (subject,)).fetchone() is None:
        return frozenset((subject,))
    return frozenset(SubjectKey(member) for (member,) in connection.execute(COMPONENT, (subject,)))


def find_covered(connection: Connection, subject: SubjectKey) -> frozenset[SubjectKey]:
    """Return everyone whom a new objection of one subject covers: those of its component who were not erased."""
    members = find_component(connection, subject)
    if len(members) == 1:
        return members
    erased = connection.select_among("SELECT DISTINCT subject FROM placeholder WHERE subject {among}", sorted(members))
    return members - {SubjectKey(name) for (name,) in erased}


def is_objecting(connection: Connection, member: SubjectKey) -> bool:
    """Tell whether an objection of an account, or of one that was erased and has a placeholder, is in force."""
    statements = (_IS_OBJECTING, _STANDS_FOR_OBJECTION)
    return any(connection.execute(statement, (member,)).fetchone() is not None for statement in statements)


def order_covered(keyring: Keyring, subjects: Iterable[SubjectKey]) -> tuple[Covered, list[dict[str, str]]]:
    """Return subjects in the order of a record, and the record's ``subjects``.

    The record commits to the proof key of each, so that the platform cannot later hand over another one. They are
    sorted by this commitment, which tells nothing about who asked.
    """
    keyed = [(subject, proof_key(keyring, subject)) for subject in subjects]
    named = sorted([(proof_key_commitment(key), subject, key) for subject, key in keyed])
    covered = Covered(subjects=tuple([name[1] for name in named]), proof_keys=tuple([name[2] for name in named]))
    return covered, [{"proof_key_commitment": encode_base64(name[0])} for name in named]


def _log_relinks(batch: Batch, joined: dict[SubjectKey, int], *, at: datetime) -> None:
    """Add one entry for each group of linked accounts that grew while one of them objects."""
    if batch.connection.execute(_ANY_OBJECTION).fetchone() is None:
        return
    seen: set[SubjectKey] = set()
    for subject, row in joined.items():
        if subject in seen:
            continue
        members = find_component(batch.connection, subject)
        seen |= members
        if any(is_objecting(batch.connection, member) for member in members):
            covered, subjects = order_covered(batch.keyring, find_covered(batch.connection, subject))
            record = encode_json({"v": 1, "linked_at": timestamp(at), "subjects": subjects})
            key = idempotency_key("relink", row)
            index = batch.append_record(RecordKind.RELINK, day_of(at), record, covered=covered, key=key)
            owe(batch, EffectKind.APPLY, index, due_at=at, at=at)
