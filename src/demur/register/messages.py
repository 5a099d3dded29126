"""What crosses the socket of a sequencer, as frames of msgpack: objections, requests, reads, and what came of them.

A frame is four bytes of length, most significant first, and so many bytes. An unknown field or tag is an error.
"""

import struct
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

import msgspec

from demur.kernel.errors import ConfigurationError, DemurError, InputError, IntegrityError, TransientError
from demur.kernel.words import ObjectionScope, Purpose
from demur.keys.subjects import SubjectKey
from demur.ledger.openings import parse_opening
from demur.ledger.receipt import parse_tlog_proof
from demur.register import errors
from demur.register.accesses import NotedAccess, Reader
from demur.register.batch import AskAgain, Committed, JointUnit, Unit
from demur.register.intake import AskedWithdrawal, Authentication, WithdrawalForm
from demur.register.objecting import AskedObjection, ObjectionForm, objection_of_anybody, objection_of_known
from demur.register.requests import AskedRequest, TakenSteps
from demur.register.requests_searching import AskedSearch
from demur.register.requests_terms import OpenedTerms

LENGTH = struct.Struct(">I")
MAX_FRAME_BYTES = 1 << 20

_Key: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
# One without a time zone cannot be compared with those of the register, which would stop the sequencer for everybody.
_Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


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


class _Withdrawal(msgspec.Struct, frozen=True, tag="withdrawal", forbid_unknown_fields=True):
    subject: _Key
    purpose: Purpose
    received_at: _Instant
    at: _Instant
    authenticated_by: Authentication
    idempotency_key: str | None


class _Again(msgspec.Struct, frozen=True, tag="again", forbid_unknown_fields=True):
    index: Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]


class _Access(msgspec.Struct, frozen=True, tag="access", forbid_unknown_fields=True):
    subjects: tuple[_Key, ...]
    entry: Annotated[int, msgspec.Meta(ge=0, le=1 << 62)] | None
    at: datetime
    role: str
    name: str
    act: str
    reason: str | None


class _Done(msgspec.Struct, frozen=True, tag="done", forbid_unknown_fields=True):
    rows: int
    content: bytes = b""


class _Receipt(msgspec.Struct, frozen=True, tag="receipt", forbid_unknown_fields=True):
    proof: str
    covered: tuple[bytes, ...]


class _Refusal(msgspec.Struct, frozen=True, tag="refusal", forbid_unknown_fields=True):
    code: str
    message: str
    hint: str | None


# Units of work that are messages as they are.
_PLAIN = (AskedRequest, TakenSteps, OpenedTerms, AskedSearch)
_requests = msgspec.msgpack.Decoder(
    _Objection | _Withdrawal | _Again | _Access | AskedRequest | TakenSteps | OpenedTerms | AskedSearch
)
_answers = msgspec.msgpack.Decoder(_Receipt | _Done | _Refusal)
_encoder = msgspec.msgpack.Encoder()
_ERRORS: dict[str, type[DemurError]] = {
    error.code: error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, DemurError) and hasattr(error, "code")
} | {error.code: error for error in (InputError, ConfigurationError, TransientError, IntegrityError, FrameError)}


def encode_request(unit: Unit) -> bytes:
    """Return the frame of an objection, a withdrawal, the wish for a receipt that was given, or a read.

    Raises:
        TypeError: the unit is none of these; it needs a sequencer in its own process.
    """
    if isinstance(unit, AskedWithdrawal):
        form = unit.form
        return _frame(
            _Withdrawal(
                subject=form.subject,
                purpose=form.purpose,
                received_at=form.received_at,
                at=unit.at,
                authenticated_by=form.authenticated_by,
                idempotency_key=form.idempotency_key,
            )
        )
    if isinstance(unit, JointUnit) and isinstance(unit.about, AskedObjection):
        return _frame(_objection_of(unit.about))
    if isinstance(unit, AskAgain):
        return _frame(_Again(index=unit.index))
    if isinstance(unit, NotedAccess):
        return _frame(_access_of(unit))
    if isinstance(unit, _PLAIN):
        return _frame(unit)
    message = f"a {type(unit).__name__} cannot be sent to a sequencer in another process"
    raise TypeError(message)


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
    if isinstance(asked, _PLAIN):
        return asked
    if isinstance(asked, _Again):
        return AskAgain(asked.index)
    if isinstance(asked, _Access):
        reader = Reader(role=asked.role, name=asked.name, act=asked.act, reason=asked.reason)
        subjects = tuple(map(SubjectKey, asked.subjects))
        return NotedAccess(reader=reader, at=asked.at, subjects=subjects, entry=asked.entry)
    if isinstance(asked, _Withdrawal):
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
    form = ObjectionForm(
        subjects=tuple(map(SubjectKey, asked.subjects)),
        purpose=asked.purpose,
        received_at=_in_utc(asked.received_at),
        idempotency_key=asked.idempotency_key,
        scope=asked.scope,
        in_public_role=asked.in_public_role,
        targets=asked.targets,
    )
    return (objection_of_known if asked.must_be_known else objection_of_anybody)(form, at=_in_utc(asked.at))


def encode_committed(committed: Committed) -> bytes:
    """Return the frame of what was committed."""
    if committed.proof is None:
        return _frame(_Done(rows=committed.rows, content=committed.content))
    return _frame(_Receipt(proof=committed.entry().encode(), covered=committed.covered))


def encode_refusal(error: DemurError) -> bytes:
    """Return the frame of why nothing was committed."""
    return _frame(_Refusal(code=error.code, message=str(error), hint=error.hint))


def decode_answer(content: bytes) -> Committed:
    """Return what was committed, or raise why nothing was.

    Raises:
        FrameError: the content is no answer.
        DemurError: what the sequencer raised, of the same class where it is one of the register's.
    """
    try:
        answer = _answers.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"an answer of the sequencer cannot be read: {error}"
        raise FrameError(message) from error
    if isinstance(answer, _Refusal):
        raise _ERRORS.get(answer.code, errors.RegisterUnavailableError)(answer.message, hint=answer.hint)
    if isinstance(answer, _Done):
        return Committed(rows=answer.rows, content=answer.content)
    proof = parse_tlog_proof(answer.proof)
    opening = None if proof.extra is None else parse_opening(proof.extra)
    return Committed(proof=proof, opening=opening, covered=tuple(map(SubjectKey, answer.covered)))


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
    )


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
