"""What is learnt of a mailing after it was handed over: delivered, bounced, shown; and recording all of it as events.

Events wait in a table of their own until some are recorded together, since each recording is an entry of the log
(ADR-0021); a mailing that was shown or delivered is not sent any more.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from demur.kernel.words import MailingState, NoticeChannel, NoticeEvent
from demur.keys.subjects import SubjectKey
from demur.register.batch import Aside, Batch, Outcome
from demur.register.mailing import NOTE_EVENT
from demur.register.mailing_work import advance, reach
from demur.register.notices import NoticeRow, name_event, write_events
from demur.register.schema import campaign, instant_of, mailing, mailing_event
from demur.register.store import Register

_RECORDED_AT_ONCE = 25_000
_BOUNCE = "bounced"
_FIND = "SELECT plan, state FROM mailing WHERE id = ?"
_OF_SUBJECT = "SELECT id, plan FROM mailing WHERE subject = ? AND version = ?"
_EVENTS = """
    SELECT mailing, subject, version, mailing_event.channel, language, event, at
    FROM mailing_event JOIN mailing ON mailing.id = mailing_event.mailing
    ORDER BY at, mailing LIMIT ?
"""
_RECORDED = "DELETE FROM mailing_event WHERE mailing = ? AND channel = ? AND event = ?"
_IN_APP = f"/{NoticeChannel.IN_APP.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """The notice that a person is to be shown in the app: which version, in which language."""

    version: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedShowing(Aside):
    """The unit of work that writes down that somebody was shown a version in the app."""

    subject: SubjectKey
    version: str
    at: datetime

    def __call__(self, batch: Batch) -> Outcome:
        """Write it; somebody to whom the version was not to be brought stays as they are."""
        found = batch.connection.execute(_OF_SUBJECT, (self.subject, self.version)).fetchone()
        if found is None:
            return Outcome()
        name, plan = found
        reach(batch.connection, name, plan, state=MailingState.INFORMED)
        shown = (name, NoticeChannel.IN_APP.value, NoticeEvent.SHOWN.value, instant_of(self.at))
        batch.connection.execute(NOTE_EVENT, shown)
        return Outcome(rows=1)


def find_due_notice(register: Register, subject: SubjectKey) -> DueNotice | None:
    """Return the notice that a person is to be shown at this visit; None where nothing is to be shown.

    It is the newest version that was to be brought to them, unless it is proven that they have it; whatever another
    channel is doing meanwhile. Nobody may be told that somebody was looked up: None says nothing of an account.
    """
    kept = mailing.c
    query = (
        sa.select(kept.version, kept.language, kept.state, kept.plan)
        .join(campaign, campaign.c.version == kept.version)
        .where(kept.subject == subject)
        .order_by(campaign.c.started_at.desc(), kept.version.desc())
        .limit(1)
    )
    with register.reading() as connection:
        found = connection.execute(query).first()
    if found is None or found.state == MailingState.INFORMED.value or _IN_APP not in found.plan:
        return None
    return DueNotice(version=found.version, language=found.language)


def note_shown(register: Register, subject: SubjectKey, version: str, *, at: datetime) -> bool:
    """Write down that a person was shown a version in the app; tell whether it was one that was to be brought to them.

    Returns only after it is on disk.

    Raises:
        RegisterUnavailableError, QueueFullError: it is not written down; show it again.
    """
    return register.sequencer.submit(NotedShowing(subject=subject, version=version, at=at)).rows > 0


def note_report(register: Register, mailing_id: bytes, event: NoticeEvent, *, at: datetime) -> bool:
    """Write down what the mail system reports of a mailing; tell whether there is such a mailing.

    A bounce gives it to the next channel, a delivery informs the person. A bounce of what has gone on since is kept as
    an event, and changes nothing else.

    Args:
        event: `DELIVERED` or `BOUNCED`.

    Raises:
        RegisterUnavailableError, QueueFullError: it is not written down; report it again.
    """

    def write(batch: Batch) -> Outcome:
        found = batch.connection.execute(_FIND, (mailing_id,)).fetchone()
        if found is None:
            return Outcome()
        plan, state = found
        noted = (mailing_id, NoticeChannel.EMAIL.value, event.value, instant_of(at))
        batch.connection.execute(NOTE_EVENT, noted)
        if event is NoticeEvent.DELIVERED:
            reach(batch.connection, mailing_id, plan, state=MailingState.INFORMED)
        elif state in {MailingState.SENT, MailingState.SENDING}:
            advance(batch.connection, mailing_id, plan, failure=_BOUNCE, at=at)
        return Outcome(rows=1)

    return register.sequencer.submit(write).rows > 0


def record_mailing_events(register: Register, *, at: datetime) -> int:
    """Record what happened to mailings as events of notices, with one entry of the log for up to 25,000 of them.

    Returns how many were recorded; stopped half-way, the next call goes on, and records none twice.

    Raises:
        RegisterUnavailableError, QueueFullError: record the rest by the next call.
    """
    count = 0
    while _is_any(register):

        def write(batch: Batch) -> Outcome:
            rows = batch.connection.execute(_EVENTS, (_RECORDED_AT_ONCE,)).fetchall()
            events: list[NoticeRow] = [
                (bytes(subject), version, channel, language, event, instant, 1, 0, None)
                for _, subject, version, channel, language, event, instant in rows
            ]
            write_events(batch, {name_event(event): event for event in events}, at=at)
            batch.connection.executemany(_RECORDED, [(row[0], row[3], row[5]) for row in rows])
            return Outcome(rows=len(rows))

        count += register.sequencer.submit(write).rows
    return count


def _is_any(register: Register) -> bool:
    with register.reading() as connection:
        return connection.execute(sa.select(mailing_event.c.mailing).limit(1)).first() is not None
