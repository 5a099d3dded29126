"""What crosses the socket of a sequencer, as frames of msgpack: what door, pages and staff want, and the answers.

A frame is four bytes of length, most significant first, and so many bytes. An unknown field or tag is an error.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias, cast

import msgspec

from demur.kernel.errors import ConfigurationError, DemurError, InputError, IntegrityError, TransientError
from demur.kernel.words import LinkEvent, ObjectionScope, Purpose, RecordKind, Tie, Way
from demur.keys.subjects import SubjectKey
from demur.ledger.openings import parse_opening
from demur.ledger.receipt import parse_tlog_proof
from demur.register import errors
from demur.register.accesses import NotedAccess, Reader
from demur.register.accounts import AskedAccounts
from demur.register.batch import AskAgain, Committed, JointUnit, Unit
from demur.register.counting import CountedForms
from demur.register.intake import (
    AskedWithdrawal,
    Authentication,
    Receipt,
    WithdrawalForm,
    received_at_of,
    record_is_gone,
)
from demur.register.links import AccountLink, AskedLinks
from demur.register.mailing_reports import NotedShowing
from demur.register.notices import AskedNotices
from demur.register.objecting import (
    AskedObjection,
    FormVersion,
    ObjectionForm,
    objection_of_anybody,
    objection_of_known,
)
from demur.register.proposals import AskedRelaunch, DecidedRelaunch
from demur.register.requests import AskedRequest, TakenSteps
from demur.register.requests_searching import AskedSearch
from demur.register.requests_terms import OpenedTerms
from demur.register.suspensions import AskedSuspension

LENGTH = struct.Struct(">I")
MAX_FRAME_BYTES = 1 << 25  # a block of a feed, as rows
_RECEIVED = frozenset({RecordKind.OBJECTION, RecordKind.WITHDRAWAL})

_Key: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
# One without a time zone cannot be compared with those of the register, which would stop the sequencer for everybody.
_Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]

_Index: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]


class FrameError(InputError):
    """What came over the socket of a sequencer is no message of ours."""

    code = "frame"


class _Objection(msgspec.Struct, frozen=True, tag="objection", forbid_unknown_fields=True):
    subjects: tuple[_Key, ...]
    purpose: Purpose
    received_at: _Instant
    at: _Instant
    must_be_known: bool
    idempotency_key: str | None
    scope: ObjectionScope
    in_public_role: bool
    targets: tuple[_Key, ...]
    form_version: FormVersion | None = None
    way: Way | None = None


class _Withdrawal(msgspec.Struct, frozen=True, tag="withdrawal", forbid_unknown_fields=True):
    subject: _Key
    purpose: Purpose
    received_at: _Instant
    at: _Instant
    authenticated_by: Authentication
    idempotency_key: str | None


class _Again(msgspec.Struct, frozen=True, tag="again", forbid_unknown_fields=True):
    index: _Index


class _Access(msgspec.Struct, frozen=True, tag="access", forbid_unknown_fields=True):
    subjects: tuple[_Key, ...]
    entry: _Index | None
    at: _Instant
    role: str
    name: str
    act: str
    reason: str | None


_Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-(1 << 62), le=1 << 62)]
_Flag: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1)] | None
_Text: TypeAlias = str | None
# In the order of the columns that `demur.register.accounts` and `demur.register.notices` write.
_Account: TypeAlias = tuple[
    _Key,
    _Key | None,
    _Key | None,
    _Text,
    _Text,
    _Text,
    _Text,
    _Text,
    _Text,
    _Key | None,
    _Number | None,
    _Flag,
    _Flag,
    _Flag,
    _Flag,
]
_Notice: TypeAlias = tuple[_Key | None, str, str, _Text, str, _Number, _Flag, _Flag, _Text]


class _Accounts(msgspec.Struct, frozen=True, tag="accounts", forbid_unknown_fields=True):
    rows: Sequence[_Account]
    absent: frozenset[str]
    at: _Instant


class _Notices(msgspec.Struct, frozen=True, tag="notices", forbid_unknown_fields=True):
    events: tuple[tuple[_Key, _Notice], ...]
    at: _Instant


class _Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    subject: _Key
    centre: _Key
    event: LinkEvent
    tie: Tie


class _Links(msgspec.Struct, frozen=True, tag="links", forbid_unknown_fields=True):
    links: tuple[_Link, ...]
    at: _Instant


class _Shown(msgspec.Struct, frozen=True, tag="shown", forbid_unknown_fields=True):
    subject: _Key
    version: str
    at: _Instant


class _Done(msgspec.Struct, frozen=True, tag="done", forbid_unknown_fields=True):
    rows: int
    content: bytes = b""


class _Receipt(msgspec.Struct, frozen=True, tag="receipt", forbid_unknown_fields=True):
    proof: str
    index: int
    covered: tuple[bytes, ...]
    received_at: datetime | None


class _Refusal(msgspec.Struct, frozen=True, tag="refusal", forbid_unknown_fields=True):
    code: str
    message: str
    hint: str | None


# Units of work that are messages as they are: acts of staff, requests, and counts.
_Plain: TypeAlias = (
    AskedSuspension
    | AskedRelaunch
    | DecidedRelaunch
    | AskedRequest
    | TakenSteps
    | OpenedTerms
    | AskedSearch
    | CountedForms
)
_requests = msgspec.msgpack.Decoder(
    _Objection | _Withdrawal | _Again | _Access | _Accounts | _Notices | _Links | _Shown | _Plain
)
_answers = msgspec.msgpack.Decoder(_Receipt | _Done | _Refusal)
_encoder = msgspec.msgpack.Encoder()
_ERRORS: dict[str, type[DemurError]] = {
    error.code: error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, DemurError) and hasattr(error, "code")
} | {error.code: error for error in (InputError, ConfigurationError, TransientError, IntegrityError, FrameError)}


def encode_request(unit: Unit) -> bytes:
    """Return the frame of an objection, a withdrawal, a receipt asked for again, a read, rows of a feed, or an act.

    Raises:
        TypeError: the unit is none of these; it needs a sequencer in its own process.
    """
    return _frame(_message_of(unit))


def _message_of(unit: Unit) -> msgspec.Struct:
    if isinstance(unit, _Plain):
        return unit
    if isinstance(unit, JointUnit) and isinstance(unit.about, AskedObjection):
        return _objection_of(unit.about)
    write = _WRITERS.get(type(unit))
    if write is None:
        message = f"a {type(unit).__name__} cannot be sent to a sequencer in another process"
        raise TypeError(message)
    return write(unit)


def _again_of(unit: AskAgain) -> msgspec.Struct:
    return _Again(index=unit.index)


def _showing_of(unit: NotedShowing) -> msgspec.Struct:
    return _Shown(subject=unit.subject, version=unit.version, at=unit.at)


def _rows_of(unit: AskedLinks | AskedAccounts | AskedNotices) -> msgspec.Struct:
    if isinstance(unit, AskedLinks):
        links = tuple(_Link(link.subject, link.centre, link.event, link.tie) for link in unit.links)
        return _Links(links=links, at=unit.at)
    if isinstance(unit, AskedAccounts):
        return _Accounts(rows=cast("Sequence[_Account]", unit.rows), absent=unit.absent, at=unit.at)
    events = cast("Iterable[tuple[bytes, _Notice]]", unit.events.items())
    return _Notices(events=tuple(events), at=unit.at)


def decode_request(content: bytes) -> Unit:
    """Return the unit of work of a frame's content.

    Raises:
        FrameError: it is none.
    """
    try:
        asked = _requests.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"a request to the sequencer cannot be read: {error}"
        raise FrameError(message) from error
    if isinstance(asked, _Plain):
        return asked
    return _READERS[type(asked)](asked)


def encode_committed(committed: Committed) -> bytes:
    """Return the frame of what was committed."""
    if committed.proof is None:
        return _frame(_Done(rows=committed.rows, content=committed.content))
    proof, opening = committed.proof, committed.opening
    received_at = received_at_of(opening) if opening is not None and opening.kind in _RECEIVED else None
    return _frame(_Receipt(proof=proof.encode(), index=proof.index, covered=committed.covered, received_at=received_at))


def encode_refusal(error: DemurError) -> bytes:
    """Return the frame of why nothing was committed."""
    return _frame(_Refusal(code=error.code, message=str(error), hint=error.hint))


def decode_answer(content: bytes) -> Committed:
    """Return what was committed, or raise why nothing was.

    Raises:
        FrameError: the content is no answer.
        DemurError: what the sequencer raised, of the same class where it is one of the register's.
    """
    answer = _decode_answer(content)
    if isinstance(answer, _Done):
        return Committed(rows=answer.rows, content=answer.content)
    proof = parse_tlog_proof(answer.proof)
    opening = None if proof.extra is None else parse_opening(proof.extra)
    return Committed(proof=proof, opening=opening, covered=tuple(map(SubjectKey, answer.covered)))


def decode_receipt(content: bytes) -> Receipt:
    """Return the receipt of a personal entry as the sequencer wrote it, unread; raises as `decode_answer`.

    Raises:
        RegisterAlteredError: the record of the entry is gone.
    """
    answer = _decode_answer(content)
    if isinstance(answer, _Done):
        message = "the sequencer answered without an entry"
        raise FrameError(message)
    if answer.received_at is None:
        raise record_is_gone(answer.index)
    return Receipt(
        text=answer.proof,
        index=answer.index,
        subjects=tuple(map(SubjectKey, answer.covered)),
        received_at=answer.received_at,
    )


def take_frames(received: bytearray) -> Iterator[bytes]:
    """Take the content of each whole frame from the front of what was received.

    Raises:
        FrameError: a frame is longer than any of ours.
    """
    begin = 0
    try:
        while len(received) - begin >= LENGTH.size:
            (length,) = LENGTH.unpack_from(received, begin)
            if length > MAX_FRAME_BYTES:
                message = f"a message of {length:,} bytes"
                raise FrameError(message)
            end = begin + LENGTH.size + length
            if len(received) < end:
                break
            yield bytes(received[begin + LENGTH.size : end])
            begin = end
    finally:
        del received[:begin]


def _decode_answer(content: bytes) -> _Receipt | _Done:
    try:
        answer: _Receipt | _Done | _Refusal = _answers.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"an answer of the sequencer cannot be read: {error}"
        raise FrameError(message) from error
    if isinstance(answer, _Refusal):
        raise _ERRORS.get(answer.code, errors.RegisterUnavailableError)(answer.message, hint=answer.hint)
    return answer


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        message = "a request to the sequencer names an instant before the year 1 or after 9999"
        raise FrameError(message) from error


def _objection_of(asked: AskedObjection) -> _Objection:
    form = asked.form
    return _Objection(
        subjects=tuple(form.subjects),
        purpose=form.purpose,
        received_at=form.received_at,
        at=asked.at,
        must_be_known=asked.must_be_known,
        idempotency_key=form.idempotency_key,
        scope=form.scope,
        in_public_role=form.in_public_role,
        targets=tuple(form.targets),
        form_version=form.form_version,
        way=form.way,
    )


def _withdrawal_of(asked: AskedWithdrawal) -> _Withdrawal:
    form = asked.form
    return _Withdrawal(
        subject=form.subject,
        purpose=form.purpose,
        received_at=form.received_at,
        at=asked.at,
        authenticated_by=form.authenticated_by,
        idempotency_key=form.idempotency_key,
    )


def _read_rows(asked: _Links | _Accounts | _Notices) -> Unit:
    at = _in_utc(asked.at)
    if isinstance(asked, _Accounts):
        return AskedAccounts(asked.rows, asked.absent, at)
    if isinstance(asked, _Notices):
        return AskedNotices(dict(asked.events), at)
    links = (
        AccountLink(subject=SubjectKey(link.subject), centre=link.centre, event=link.event, tie=link.tie)
        for link in asked.links
    )
    return AskedLinks(tuple(links), at)


def _read_objection(asked: _Objection) -> Unit:
    form = ObjectionForm(
        subjects=tuple(map(SubjectKey, asked.subjects)),
        purpose=asked.purpose,
        received_at=_in_utc(asked.received_at),
        idempotency_key=asked.idempotency_key,
        scope=asked.scope,
        in_public_role=asked.in_public_role,
        targets=asked.targets,
        form_version=asked.form_version,
        way=asked.way,
    )
    return (objection_of_known if asked.must_be_known else objection_of_anybody)(form, at=_in_utc(asked.at))


def _read_withdrawal(asked: _Withdrawal) -> Unit:
    return AskedWithdrawal(
        form=WithdrawalForm(
            subject=SubjectKey(asked.subject),
            authenticated_by=asked.authenticated_by,
            received_at=_in_utc(asked.received_at),
            purpose=asked.purpose,
            idempotency_key=asked.idempotency_key,
        ),
        at=_in_utc(asked.at),
    )


def _read_access(asked: _Access) -> Unit:
    reader = Reader(role=asked.role, name=asked.name, act=asked.act, reason=asked.reason)
    subjects = tuple(map(SubjectKey, asked.subjects))
    return NotedAccess(reader=reader, at=_in_utc(asked.at), subjects=subjects, entry=asked.entry)


def _read_again(asked: _Again) -> Unit:
    return AskAgain(asked.index)


def _read_showing(asked: _Shown) -> Unit:
    return NotedShowing(subject=SubjectKey(asked.subject), version=asked.version, at=_in_utc(asked.at))


def _access_of(noted: NotedAccess) -> _Access:
    reader = noted.reader
    return _Access(
        subjects=tuple(noted.subjects),
        entry=noted.entry,
        at=noted.at,
        role=reader.role,
        name=reader.name,
        act=reader.act,
        reason=reader.reason,
    )


def _frame(message: msgspec.Struct) -> bytes:
    content = _encoder.encode(message)
    return LENGTH.pack(len(content)) + content


# How each unit becomes a message, and each message a unit again.
_WRITERS: dict[type, Callable[[Any], msgspec.Struct]] = {
    AskedWithdrawal: _withdrawal_of,
    AskAgain: _again_of,
    NotedAccess: _access_of,
    NotedShowing: _showing_of,
    AskedLinks: _rows_of,
    AskedAccounts: _rows_of,
    AskedNotices: _rows_of,
}
_READERS: dict[type[msgspec.Struct], Callable[[Any], Unit]] = {
    _Objection: _read_objection,
    _Withdrawal: _read_withdrawal,
    _Again: _read_again,
    _Access: _read_access,
    _Shown: _read_showing,
    _Links: _read_rows,
    _Accounts: _read_rows,
    _Notices: _read_rows,
}
