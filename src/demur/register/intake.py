"""The verbs of the data subject: object, and withdraw an objection.

Objecting is easy, since a wrong objection harms nobody; withdrawing is strict (GDPR Art. 12(6), 21(1), 25(2)).
"""

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from demur.kernel.clock import timestamp
from demur.kernel.words import EffectKind, Purpose, RecordKind
from demur.keys.encoding import encode_json
from demur.keys.subjects import SubjectKey, suppression_names
from demur.ledger.openings import Opening
from demur.register.batch import Batch, Committed, Outcome, chosen_key, day_of, idempotency_key
from demur.register.effects import owe
from demur.register.errors import (
    NothingToWithdrawError,
    RegisterAlteredError,
    UnknownAccountError,
    WithdrawalRefusedError,
)
from demur.register.history import find_hand_overs
from demur.register.kept import find_suppressed
from demur.register.links import find_component, order_covered
from demur.register.objecting import ObjectionForm, objection_of_anybody, objection_of_known
from demur.register.schema import datetime_of, instant_of, withdrawal
from demur.register.store import Register

_TICK = timedelta(microseconds=1)
_OF_PLACEHOLDERS = "SELECT purpose, received_at FROM placeholder WHERE subject {among}"
_ERASED = -1  # comes before every entry of the log


class Authentication(StrEnum):
    """How somebody showed who they are when they asked for a withdrawal."""

    LOGIN = "login"
    NOTICE_LINK = "notice_link"
    FORM = "form"
    TERMS = "terms"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalForm:
    """A wish to end one's objection, for one account: a withdrawal is narrow (GDPR Art. 25(2))."""

    subject: SubjectKey
    authenticated_by: Authentication
    received_at: datetime
    purpose: Purpose = Purpose.TRAIN_GENERATIVE_MODELS
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWithdrawal:
    """The unit of work for a withdrawal, at an instant."""

    form: WithdrawalForm
    at: datetime

    def __call__(self, batch: Batch) -> Outcome:
        """Write it; raises what `withdraw` raises."""
        if not _was_erased(batch, self.form.subject):
            _require_known(batch, (self.form.subject,))
        return _write_withdrawal(batch, self.form, at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Withdrawn:
    """What a withdrawal ends: the key that names it, and the newest event that it comes after."""

    own_key: bytes
    newest: datetime


class _Record(msgspec.Struct):
    """What a receipt tells of a record."""

    received_at: datetime


_records = msgspec.json.Decoder(_Record)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a person gets: a proof (C2SP tlog-proof) that anyone can check offline.

    Attributes:
        text: the proof; write it to a file that ends in ``.tlog-proof``.
        index: the position in the log; it orders events, whatever clocks say.
        subjects: every account that is covered, linked ones included.
        received_at: from when it counts.
    """

    text: str
    index: int
    subjects: tuple[SubjectKey, ...]
    received_at: datetime


def file_objection(register: Register, form: ObjectionForm, *, at: datetime) -> Receipt:
    """Record that a known account objects and return the proof; objecting twice returns the first receipt.

    Covers every linked account, and holds from the first time it was made (GDPR Art. 21(1)). Returns only after the
    objection and its log entry are on disk. A form for the public uses `receive_objection`, which tells nobody
    whether an account exists.

    Raises:
        NoSubjectError: the form names no account and points at nothing.
        UnknownAccountError: an account is not in the register.
        RegisterUnavailableError, QueueFullError: nothing was stored; try again.
    """
    return receipt_of(register.sequencer.submit(objection_of_known(form, at=at)))


def receive_objection(register: Register, form: ObjectionForm, *, at: datetime) -> Receipt:
    """Record that somebody objects, whether the accounts are known or not; otherwise as `file_objection`.

    An unknown account's objection is kept, and covers the account's items like any other.
    """
    return receipt_of(enqueue_objection(register, form, at=at).result())


def enqueue_objection(register: Register, form: ObjectionForm, *, at: datetime) -> "Future[Committed]":
    """Hand over an objection without waiting, for callers with an event loop; otherwise as `receive_objection`.

    The future is done when the objection is on disk; `receipt_of` makes the receipt of its result.

    Raises:
        QueueFullError: too many requests wait; nothing was taken.
    """
    return register.sequencer.enqueue(objection_of_anybody(form, at=at))


def withdraw(register: Register, form: WithdrawalForm, *, at: datetime) -> Receipt:
    """Record that a person ends their objection for one account; asking twice returns the first receipt.

    Linked accounts stay covered, and a later objection counts anew.

    Raises:
        WithdrawalRefusedError: the person was not logged in.
        UnknownAccountError: the account is not in the register.
        NothingToWithdrawError: no objection covers this account.
        RegisterUnavailableError, QueueFullError: nothing was stored; try again.
    """
    if form.authenticated_by is not Authentication.LOGIN:
        message = f"a withdrawal needs a login, this one came by {form.authenticated_by}"
        raise WithdrawalRefusedError(message, hint="Ask the person to log in; the objection stays in force.")

    return receipt_of(register.sequencer.submit(AskedWithdrawal(form=form, at=at)))


def receipt_of(committed: Committed) -> Receipt:
    """Make the receipt of an objection or a withdrawal that was committed.

    Raises:
        RegisterAlteredError: the record of the entry is gone, so that the first receipt cannot be given again.
    """
    proof, opening = committed.entry(), committed.opening
    if opening is None:
        raise record_is_gone(proof.index)
    received_at = received_at_of(opening)
    return Receipt(text=proof.encode(), index=proof.index, subjects=committed.covered, received_at=received_at)


def received_at_of(opening: Opening) -> datetime:
    """Return from when an objection or a withdrawal counts, by its record."""
    return _records.decode(opening.record).received_at


def record_is_gone(index: int) -> RegisterAlteredError:
    """Return the error which says that the receipt of an entry cannot be given again."""
    message = f"the record of entry {index} is gone, the receipt cannot be given again"
    return RegisterAlteredError(message, hint="Ask the person for the receipt that they were given.")


def own_key_of_withdrawal(batch: Batch, subject: SubjectKey, purpose: Purpose) -> bytes:
    """Return the key by which the register knows a withdrawal again, at this point of its history.

    Raises:
        NothingToWithdrawError: no objection covers this account.
    """
    return _find_withdrawn(batch, subject, purpose).own_key


def end_suppression(batch: Batch, subject: SubjectKey, purpose: Purpose) -> None:
    """Let an account in again that was erased and stayed out, in the transaction of its withdrawal."""
    if find_suppressed(batch.connection, batch.keyring, [subject]):
        batch.flush()  # the entry first, without which nothing may be deleted
        (name,) = suppression_names(batch.keyring, [subject])
        delete = "DELETE FROM suppression WHERE name = ? AND purpose = ?"
        batch.connection.execute(delete, (name, purpose.value))


def _write_withdrawal(batch: Batch, form: WithdrawalForm, *, at: datetime) -> Outcome:
    withdrawn = _find_withdrawn(batch, form.subject, form.purpose)
    chosen = chosen_key("withdrawal", form.purpose, form.idempotency_key, [form.subject])
    index = batch.find_earlier(withdrawn.own_key, chosen)
    if index is None:
        received_at = max(min(form.received_at, at), withdrawn.newest + _TICK)
        index = _append_withdrawal(batch, form, withdrawn.own_key, received_at)
        end_suppression(batch, form.subject, form.purpose)
        owe(batch, EffectKind.APPLY, index, due_at=at, at=at)
        batch.remember(chosen, index)
    return Outcome(index=index)


def _find_withdrawn(batch: Batch, subject: SubjectKey, purpose: Purpose) -> _Withdrawn:
    members = find_component(batch.connection, subject)
    changed = find_hand_overs(batch.connection, subject)
    since = {subject: changed[-1]} if changed else {}  # whoever has the account now ends no former holder's wish
    made = [_last_objection(batch, member, purpose, since=since.get(member)) for member in members]
    objections = [found for found in made if found is not None]
    objections += _erased_objections(batch, subject, purpose, members)
    link, linked_at = _last_link(batch, members)
    last_objection = max((index for index, _ in objections), default=_ERASED)
    # While nothing new covers the account, a second withdrawal is the first one again.
    own_key = idempotency_key("withdrawal", purpose, subject, last_objection, link)
    if not objections and batch.find_entry(own_key) is None:
        message = "no objection covers this account"
        raise NothingToWithdrawError(message, hint="Nothing needs to be done.")
    # What it withdraws is in the log before it, whatever the clocks say.
    newest = datetime_of(max([linked_at, *(received_at for _, received_at in objections)]))
    return _Withdrawn(own_key=own_key, newest=newest)


def _was_erased(batch: Batch, subject: SubjectKey) -> bool:
    """Tell whether an account was erased, and stays out or has withdrawn since: nothing else need be held of it."""
    if find_suppressed(batch.connection, batch.keyring, [subject]):
        return True
    return batch.connection.execute("SELECT 1 FROM withdrawal WHERE subject = ?", (subject,)).fetchone() is not None


def _erased_objections(
    batch: Batch, subject: SubjectKey, purpose: Purpose, members: Collection[SubjectKey]
) -> list[tuple[int, int]]:
    """Return objections whose entries were erased: the subject's own, and those of accounts linked with it.

    They come before every entry that is known.
    """
    rows = batch.connection.select_among(_OF_PLACEHOLDERS, sorted(members))
    found = [(_ERASED, at) for objected_to, at in rows if objected_to == purpose.value]
    return [*found, (_ERASED, 0)] if find_suppressed(batch.connection, batch.keyring, [subject]) else found


def _append_withdrawal(batch: Batch, form: WithdrawalForm, key: bytes, received_at: datetime) -> int:
    covered, commitments = order_covered(batch.keyring, [form.subject])
    record = encode_json(
        {"v": 1, "purpose": form.purpose.value, "received_at": timestamp(received_at), "subjects": commitments}
    )
    index = batch.append_record(RecordKind.WITHDRAWAL, day_of(received_at), record, covered=covered, key=key)
    row = (form.subject, index, form.purpose.value, instant_of(received_at), form.authenticated_by.value)
    batch.insert(withdrawal, row)
    return index


def _require_known(batch: Batch, subjects: Sequence[SubjectKey]) -> None:
    select = "SELECT 1 FROM account_fact WHERE subject = ? LIMIT 1"
    unknown = sum(batch.connection.execute(select, (subject,)).fetchone() is None for subject in set(subjects))
    if unknown:
        message = f"{unknown} of {len(set(subjects))} accounts not found in the register"
        raise UnknownAccountError(message, hint="Check the account id, or import the accounts first.")


def _last_objection(
    batch: Batch, subject: SubjectKey, purpose: Purpose, *, since: int | None
) -> tuple[int, int] | None:
    select = """
        SELECT MAX(idx), MAX(received_at) FROM objection
        WHERE subject = :subject AND purpose = :purpose AND (CAST(:since AS BIGINT) IS NULL OR received_at >= :since)
    """
    asked = {"subject": subject, "purpose": purpose.value, "since": since}
    index, received_at = batch.connection.execute(select, asked).fetchone()
    return None if index is None else (index, received_at)


def _last_link(batch: Batch, members: frozenset[SubjectKey]) -> tuple[int, int]:
    """Return the last row and the last instant at which one of some accounts was linked; zeros when none ever was."""
    select = "SELECT MAX(id), MAX(at) FROM account_link WHERE subject = ? AND event = 'linked'"
    found = [batch.connection.execute(select, (member,)).fetchone() for member in members]
    return max(row or 0 for row, _ in found), max(at or 0 for _, at in found)
