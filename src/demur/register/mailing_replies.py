"""Answers to notices: whoever says no has objected from that moment on, and a human looks where it is unclear.

Nothing of an answer's words is kept. What a human finds can make nothing undone: only the person, logged in, can end
an objection (GDPR Art. 12(6)), so a reply never withdraws.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from demur.kernel.words import Purpose, Way
from demur.keys.subjects import SubjectKey
from demur.register.batch import Batch, Outcome
from demur.register.errors import CheckMissingError
from demur.register.intake import Receipt, receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.schema import datetime_of, instant_of, mailing, reply_check
from demur.register.store import Register

UNMATCHED = "unmatched"
_NOTICE = "notice"
_INSERT = "INSERT INTO reply_check (mailing, verdict, idx, at) VALUES (?, ?, ?, ?)"
_CHECKED = "UPDATE reply_check SET checked_at = ? WHERE id = ? AND checked_at IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a notice went to, and which version of it."""

    subject: SubjectKey
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCheck:
    """An answer that a human has to look at.

    Attributes:
        number: names it.
        mailing: the notice that was answered; None where the answer names none.
        verdict: what it was taken for: ``doubtful`` counts as an objection, ``agreement`` and ``unmatched`` as none.
        entry: the entry of the objection that was recorded for it; None where none was.
    """

    number: int
    mailing: bytes | None
    verdict: str
    entry: int | None
    at: datetime


def find_recipient(register: Register, mailing_id: bytes) -> Recipient | None:
    """Return whom a notice went to; None where there is no such notice, or its person was erased."""
    query = sa.select(mailing.c.subject, mailing.c.version).where(mailing.c.id == mailing_id)
    with register.reading() as connection:
        found = connection.execute(query).first()
    return None if found is None else Recipient(subject=SubjectKey(bytes(found.subject)), version=found.version)


def object_by_reply(register: Register, recipient: Recipient, *, received_at: datetime, at: datetime) -> Receipt:
    """Record that a person objects by their answer to a notice; answering twice returns the first receipt.

    The form that was sent is the notice that was answered (``notice-2026-01``).

    Raises:
        RegisterUnavailableError, QueueFullError: nothing was stored; the answer must be read again.
    """
    form = ObjectionForm(
        subjects=(recipient.subject,),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=min(received_at, at),
        form_version=f"{_NOTICE}-{recipient.version}",
        way=Way.REPLY,
    )
    return receive_objection(register, form, at=at)


def ask_for_check(
    register: Register, mailing_id: bytes | None, verdict: str, *, entry: int | None, at: datetime
) -> None:
    """Have a human look at an answer.

    Raises:
        RegisterUnavailableError, QueueFullError: nobody is asked; the answer must be read again.
    """

    def write(batch: Batch) -> Outcome:
        batch.connection.execute(_INSERT, (mailing_id, verdict, entry, instant_of(at)))
        return Outcome(rows=1)

    register.sequencer.submit(write)


def list_checks(register: Register) -> tuple[ReplyCheck, ...]:
    """Return the answers that a human has not looked at yet, the oldest first."""
    kept = reply_check.c
    query = sa.select(reply_check).where(kept.checked_at.is_(None)).order_by(kept.at, kept.id)
    with register.reading() as connection:
        return tuple(
            ReplyCheck(
                number=row.id,
                mailing=None if row.mailing is None else bytes(row.mailing),
                verdict=row.verdict,
                entry=row.idx,
                at=datetime_of(row.at),
            )
            for row in connection.execute(query)
        )


def close_check(register: Register, number: int, *, at: datetime) -> None:
    """Write down that a human looked at an answer; what was recorded for it stays.

    Raises:
        CheckMissingError: there is none of that number, or somebody looked at it before.
    """

    def write(batch: Batch) -> Outcome:
        return Outcome(rows=batch.connection.execute(_CHECKED, (instant_of(at), number)).rowcount)

    if not register.sequencer.submit(write).rows:
        message = f"no answer with number {number} waits for a human"
        raise CheckMissingError(message, hint="`demur notice replies` lists those that wait.")
