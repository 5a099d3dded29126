"""What a worker does with mailings: take some that are due, hand them over, and say what became of each.

Settling what is done and taking what is next is one transaction, so a worker that is killed leaves at most the mails in
doubt that it had in hand. Whether the mail server took such a one, nobody can know (RFC 5321 6.1), so it is never given
to that channel again: the person is told by the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from demur.kernel.words import MailingState, NoticeChannel, NoticeEvent
from demur.keys.envelope import EnvelopeKeys
from demur.keys.subjects import SubjectKey
from demur.register.batch import Batch, Outcome
from demur.register.connection import Connection
from demur.register.mailing import NOTE_EVENT, first_step, needs_address, rest_of
from demur.register.mailing_addresses import Contact, open_contact
from demur.register.outbox import PATIENCE, Patience
from demur.register.schema import datetime_of, instant_of, mailing
from demur.register.store import Register

UNCERTAIN = "handover-uncertain"
EXPIRED = "expired"
_SOME = 1_000
_LOST = """
    SELECT id, plan FROM mailing WHERE version = :version AND state = 'sending' AND lease_until <= :at LIMIT :limit
"""
_OLD = """
    SELECT id, plan, state FROM mailing WHERE expires_at <= :at AND sealed IS NOT NULL AND state <> 'sending'
    LIMIT :limit
"""
_TAKE = """
    UPDATE mailing SET state = 'sending', attempts = attempts + 1, lease_until = :until WHERE id IN (
        SELECT id FROM mailing WHERE version = :version AND state = 'waiting' AND due_at <= :at
        ORDER BY due_at, id LIMIT :limit
    ) AND EXISTS (SELECT 1 FROM campaign WHERE version = :version AND stopped_at IS NULL)
    RETURNING id, subject, language, plan, attempts, key_id, wrapped_key, sealed
"""
_IN_HAND = "SELECT plan FROM mailing WHERE id = ? AND state = 'sending' AND attempts = ?"
_AGAIN = "UPDATE mailing SET state = 'waiting', lease_until = NULL, due_at = ?, failure = ? WHERE id = ?"
_NEXT = """
    UPDATE mailing SET state = ?, plan = ?, attempts = 0, lease_until = NULL, due_at = ?, failure = ? WHERE id = ?
"""
_REACH = "UPDATE mailing SET state = ?, lease_until = NULL, failure = NULL WHERE id = ?"
_FORGET = "UPDATE mailing SET key_id = NULL, wrapped_key = NULL, sealed = NULL WHERE id = ?"
_STATES = {
    NoticeEvent.QUEUED: MailingState.DUE,
    NoticeEvent.SENT: MailingState.SENT,
    NoticeEvent.DELIVERED: MailingState.INFORMED,
    NoticeEvent.SHOWN: MailingState.INFORMED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenMailing:
    """One mailing that a worker holds: to whom, in which language, by which channel, and which attempt this is."""

    id: bytes
    subject: SubjectKey
    language: str
    channel: str
    attempts: int
    contact: Contact = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """A mailing that its channel took, and what is certain of it."""

    id: bytes
    attempts: int
    channel: str
    medium: NoticeChannel
    event: NoticeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHandedOver:
    """A mailing that its channel did not take, or may have taken.

    Attributes:
        code: of the error.
        is_final: the channel can never reach this person, or may have done it: the next one is tried.
        is_refused: the address is none; recorded as a bounce.
    """

    id: bytes
    attempts: int
    channel: str
    medium: NoticeChannel
    code: str
    is_final: bool
    is_refused: bool = False


Settled = HandedOver | NotHandedOver


def take_next(
    register: Register,
    version: str,
    settled: Sequence[Settled],
    *,
    most: int,
    at: datetime,
    patience: Patience = PATIENCE,
) -> list[TakenMailing]:
    """Say what became of the mailings in hand, and take at most so many that are due; nobody else holds them meanwhile.

    What another worker had in hand when it died is given to the next channel. A campaign that is stopped gives none.

    Raises:
        RegisterUnavailableError, QueueFullError: nothing was settled; settle the same again.
        SealBrokenError, EnvelopeKeyMissingError: an address does not open; somebody has to look.
    """
    unit = _TakeNext(version=version, settled=settled, most=most, at=at, patience=patience)
    register.sequencer.submit(unit)
    envelope = register.keyring.envelope_keys
    return [_open(envelope, row) for row in unit.rows]


def next_due(register: Register, version: str) -> datetime | None:
    """Return when a worker has something to do for a campaign again; None when nothing is left."""
    kept = mailing.c
    # Written out: the indices are of rows in one state, and a parameter could be any.
    waits = sa.select(sa.func.min(kept.due_at)).where(kept.version == version, sa.text("state = 'waiting'"))
    sends = sa.select(sa.func.min(kept.lease_until)).where(kept.version == version, sa.text("state = 'sending'"))
    with register.reading() as connection:
        found = [connection.execute(query).scalar() for query in (waits, sends)]
    return min((datetime_of(instant) for instant in found if instant is not None), default=None)


def forget_addresses(register: Register, *, at: datetime) -> int:
    """Destroy every address whose time is over, and have the next channel tried; return how many there were.

    Raises:
        RegisterUnavailableError, QueueFullError: the rest is destroyed by the next call.
    """
    kept = mailing.c
    old = sa.select(kept.id).where(kept.expires_at <= instant_of(at), kept.sealed.is_not(None), kept.state != "sending")

    def write(batch: Batch) -> Outcome:
        return Outcome(rows=_expire(batch.connection, at))

    count = 0
    while _is_any(register, old):
        count += register.sequencer.submit(write).rows
    return count


def advance(connection: Connection, name: bytes, plan: str, *, failure: str, at: datetime) -> None:
    """Have the next channel of a plan tried; without one the person is not reached, and stays held."""
    rest = rest_of(plan)
    state = MailingState.WAITING if rest else MailingState.FAILED
    connection.execute(_NEXT, (state.value, rest or plan, instant_of(at), failure, name))
    if not needs_address(rest):
        connection.execute(_FORGET, (name,))


def reach(connection: Connection, name: bytes, plan: str, *, state: MailingState) -> None:
    """Write down that a channel took a mailing; the address goes when no further way needs it."""
    connection.execute(_REACH, (state.value, name))
    if state is MailingState.INFORMED or not needs_address(rest_of(plan)):
        connection.execute(_FORGET, (name,))


@dataclass(slots=True, kw_only=True)
class _TakeNext:
    """The unit of work of `take_next`; `rows` are those that its last run took, the one that was committed."""

    version: str
    settled: Sequence[Settled]
    most: int
    at: datetime
    patience: Patience
    rows: list[Any] = field(default_factory=list)

    def __call__(self, batch: Batch) -> Outcome:
        connection = batch.connection
        for one in self.settled:
            self._settle(connection, one)
        asked = {"version": self.version, "at": instant_of(self.at), "limit": _SOME}
        for name, plan in connection.execute(_LOST, asked).fetchall():
            advance(connection, name, plan, failure=UNCERTAIN, at=self.at)
        _expire(connection, self.at)
        until = instant_of(self.at + self.patience.lease)
        self.rows = connection.execute(_TAKE, {**asked, "limit": self.most, "until": until}).fetchall()
        return Outcome(rows=len(self.rows))

    def _settle(self, connection: Connection, one: Settled) -> None:
        found = connection.execute(_IN_HAND, (one.id, one.attempts)).fetchone()
        # Another worker may have taken it for lost, and hold it for the next channel; or a report came first.
        if found is None or first_step(found[0]) != one.channel:
            return
        (plan,) = found
        instant = instant_of(self.at)
        if isinstance(one, HandedOver):
            reach(connection, one.id, plan, state=_STATES[one.event])
            connection.execute(NOTE_EVENT, (one.id, one.medium.value, one.event.value, instant))
            return
        if one.is_refused:
            connection.execute(NOTE_EVENT, (one.id, one.medium.value, NoticeEvent.BOUNCED.value, instant))
        if one.is_final or one.attempts >= self.patience.attempts:
            advance(connection, one.id, plan, failure=one.code, at=self.at)
            return
        due = instant_of(self.at + self.patience.pause(one.attempts))
        connection.execute(_AGAIN, (due, one.code, one.id))


def _expire(connection: Connection, at: datetime) -> int:
    """Destroy some addresses whose time is over; whoever waited for a channel that needs one gets the next."""
    rows = connection.execute(_OLD, {"at": instant_of(at), "limit": _SOME}).fetchall()
    for name, plan, state in rows:
        if state == MailingState.WAITING.value and needs_address(plan.partition(" ")[0]):
            advance(connection, name, plan, failure=EXPIRED, at=at)
        connection.execute(_FORGET, (name,))
    return len(rows)


def _is_any(register: Register, query: sa.Select[Any]) -> bool:
    with register.reading() as connection:
        return connection.execute(query.limit(1)).first() is not None


def _open(envelope: EnvelopeKeys, row: Any) -> TakenMailing:  # noqa: ANN401 -- a row of the driver
    name, subject, language, plan, attempts, *sealed = row
    key_id, wrapped_key, content = sealed
    return TakenMailing(
        id=bytes(name),
        subject=SubjectKey(bytes(subject)),
        language=language,
        channel=first_step(plan),
        attempts=attempts,
        contact=open_contact(envelope, (key_id, wrapped_key, content), mailing=bytes(name)),
    )
