"""The verbs about people without an account: a request comes in, is asked about, decided, and put off in time.

Every request is an objection from its receipt on: an entry of the log, in force before anybody looks at it (GDPR
Art. 21(1)). What a decision may be, and who must answer for it, is the database's to refuse (REQUIREMENTS OBJ-8).
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, TypeAlias

import msgspec

from demur.filters.suppressions import hash_term
from demur.kernel.words import Purpose, Way
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, item_key, page_key, request_key, subject_key
from demur.policy.handling import (
    FOLLOWING,
    ExtensionReason,
    RequestKind,
    RequestState,
    TermKind,
    begin_request,
    extend_answer,
)
from demur.policy.requests import ControllerClaim, Ground, Lead
from demur.policy.settings import Settings
from demur.register.batch import Batch, Outcome
from demur.register.errors import RefusalUnfoundedError, RequestStepError
from demur.register.intake import Receipt, receipt_of
from demur.register.objecting import FormVersion, ObjectionForm, objection_of_anybody
from demur.register.requests_terms import Given, Instant, Number, Term, check_instants, find_reference, store_given
from demur.register.schema import datetime_of, instant_of
from demur.register.store import Register

# An answer that was put off is due after three months; one more is for what the person says to it.
TERMS_KEPT = timedelta(days=120)
_CODE_LABEL = b"demur/v1/request-code\0"
_CODE_BYTES = 10
_GROUP = 4
_AT_ONCE = 500
_MASKED = frozenset({TermKind.NAME, TermKind.HANDLE, TermKind.ADDRESS})
_MISREAD = str.maketrans("018", "OIB")  # base32 has none of the three

_KNOWN = "SELECT idx FROM request WHERE reference = ?"
_INSERT = """
    INSERT INTO request (reference, kind, language, received_at, idx, claim, form_version)
    VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number
"""
_STEP = """
    INSERT INTO request_step
    (request, step, state, came_from, at, due_at, decided_by, ground, remedies_told, extension)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SPAN = "INSERT INTO request_span (request, digest, hash, words, subject) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_LAST = """
    SELECT step, state, due_at, received_at,
    (SELECT COUNT(*) FROM request_step asked WHERE asked.request = number AND asked.state = 'asked')
    FROM request JOIN request_step ON request = number WHERE number = ? ORDER BY step DESC LIMIT 1
"""
_ERASE = "DELETE FROM request_term WHERE request = ?"

_Key: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]


class RequestForm(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was received.

    Attributes:
        code: what the person holds to ask about it (`make_code`); the same code is the same request.
        language: the language of the page, in which it is answered.
        form_version: which version of which form was sent.
    """

    code: str
    kind: RequestKind
    given: Given
    language: str
    received_at: datetime
    form_version: str | None = None


class AskedSpan(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One span to look for, as keyed hashes, and the account that was named by it."""

    digest: _Key
    hash: Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
    words: Annotated[int, msgspec.Meta(ge=1, le=5)]
    subject: _Key | None


class AskedRequest(msgspec.Struct, frozen=True, kw_only=True, tag="request", forbid_unknown_fields=True):
    """The unit of work that records a request; recorded before, it is answered by its first receipt."""

    reference: _Key
    kind: RequestKind
    language: str
    received_at: Instant
    at: Instant
    state: RequestState
    due_at: Instant
    targets: tuple[_Key, ...]
    claims: tuple[_Key, ...]
    spans: tuple[AskedSpan, ...]
    given: Given
    form_version: FormVersion | None = None

    def __post_init__(self) -> None:
        """Refuse instants that can be none."""
        check_instants(self.received_at, self.at, self.due_at)

    def __call__(self, batch: Batch) -> Outcome:
        """Write the objection, the claim on accounts as one of its own, and the request."""
        known = batch.connection.execute(_KNOWN, (self.reference,)).fetchone()
        if known is not None:
            return Outcome(index=known[0])
        # The reference is a target, too: no two requests are ever one entry, so nobody learns of another's.
        way = Way.AGENT if self.kind is RequestKind.AGENT else Way.FORM
        index = self._object(batch, (), (*self.targets, self.reference), way=way)
        # An entry of its own, whose receipt nobody gets: it would tell of the account, and of those linked with it.
        claim = self._object(batch, self.claims, (self.reference,)) if self.claims else None
        batch.flush()
        said = (self.reference, self.kind.value, self.language, instant_of(self.received_at))
        row = (*said, index, claim, self.form_version)
        (number,) = batch.connection.execute(_INSERT, row).fetchone()
        _write_step(batch, number, 0, self.state, came_from=None, at=self.at, due_at=self.due_at)
        store_given(batch, number, self.reference, self.given, erase_after=self.at + TERMS_KEPT)
        for span in self.spans:
            batch.connection.execute(_SPAN, (number, span.digest, span.hash, span.words, span.subject))
        return Outcome(index=index)

    def _object(
        self, batch: Batch, subjects: Sequence[bytes], targets: Sequence[bytes], *, way: Way | None = None
    ) -> int | None:
        form = ObjectionForm(
            subjects=tuple(SubjectKey(subject) for subject in subjects),
            purpose=Purpose.TRAIN_GENERATIVE_MODELS,
            received_at=self.received_at,
            targets=tuple(targets),
            form_version=self.form_version,
            way=way,
        )
        return objection_of_anybody(form, at=self.at)(batch).index


class TakenSteps(msgspec.Struct, frozen=True, kw_only=True, tag="request_steps", forbid_unknown_fields=True):
    """The unit of work that takes one step with each of some requests; it leaves alone those that cannot take it.

    A step to the state where a request stands is a longer term for the answer. Accepting may name items that were
    found, which are then objected to as if the person had pointed at them.
    """

    numbers: tuple[Number, ...]
    state: RequestState | None
    at: Instant
    decided_by: str | None = None
    ground: Ground | None = None
    remedies_told: bool = False
    extension: ExtensionReason | None = None
    items: tuple[_Key, ...] = ()
    given: Given | None = None

    def __post_init__(self) -> None:
        """Refuse an instant that can be none."""
        check_instants(self.at)

    def __call__(self, batch: Batch) -> Outcome:
        """Tell how many requests took the step."""
        return Outcome(rows=sum(self._take(batch, number) for number in dict.fromkeys(self.numbers)))

    def _take(self, batch: Batch, number: int) -> bool:
        last = batch.connection.execute(_LAST, (number,)).fetchone()
        if last is None:
            return False
        step, now, due_at, received_at, asked = last
        before = RequestState(now)
        after = self.state or before
        due = datetime_of(due_at) if self.extension is None else self._put_off(received_at, due_at)
        is_second_question = after is RequestState.ASKED and self.extension is None and asked > 0
        is_still = after is before and self.extension is None
        if due is None or after not in FOLLOWING[before] or is_second_question or is_still:
            return False
        _write_step(batch, number, step + 1, after, came_from=before, at=self.at, due_at=due, taken=self)
        self._follow(batch, number, after, datetime_of(received_at))
        return True

    def _put_off(self, received_at: int, due_at: int) -> datetime | None:
        extended = extend_answer(datetime_of(received_at), announced_at=self.at)
        return extended if extended is not None and instant_of(extended) > due_at else None

    def _follow(self, batch: Batch, number: int, after: RequestState, received_at: datetime) -> None:
        if self.given is not None:
            reference = find_reference(batch, number)
            store_given(batch, number, reference, self.given, erase_after=received_at + TERMS_KEPT)
        if self.items:
            form = ObjectionForm(
                subjects=(),
                purpose=Purpose.TRAIN_GENERATIVE_MODELS,
                received_at=received_at,
                targets=(*self.items, find_reference(batch, number)),
            )
            objection_of_anybody(form, at=self.at)(batch)
            batch.flush()
        if after in {RequestState.ACCEPTED, RequestState.CUT}:
            batch.connection.execute(_ERASE, (number,))


def make_code(keyring: Keyring, once: str, content: bytes) -> str:
    """Return the code of a request that came by one showing of a form: the same showing and content, the same code.

    So a form that is sent twice is one request, and nobody can guess the code of another's: 80 bits under a key.
    """
    label = _CODE_LABEL + len(once.encode()).to_bytes(4, "big") + once.encode()
    digest = hmac.digest(keyring.proof_key, label + content, "sha256")[:_CODE_BYTES]
    text = base64.b32encode(digest).decode("ascii")
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def plain_code(entered: str) -> str:
    """Return one spelling of a code as somebody typed it."""
    letters = "".join(letter for letter in entered.upper() if letter.isascii() and letter.isalnum())
    text = letters.translate(_MISREAD)
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def receive_request(register: Register, form: RequestForm, *, at: datetime, settings: Settings) -> Receipt:
    """Record a request and return the proof of its objection; the same code again gets the same receipt.

    Returns only after it is on disk; from then on it is in force.

    Raises:
        EmptyIdError, SuppressionTermError: a term holds nothing that could be looked for.
        RegisterUnavailableError, QueueFullError: nothing was stored; try again.
    """
    keyring, terms = register.keyring, form.given.terms
    kinds = {term.kind for term in terms}
    is_name_alone = kinds == {TermKind.NAME} and not form.given.hint
    begun = begin_request(
        form.kind, Lead.NAME if is_name_alone else Lead.CONTENT, received_at=form.received_at, settings=settings
    )
    unit = AskedRequest(
        reference=request_key(keyring, form.code),
        kind=form.kind,
        language=form.language,
        received_at=form.received_at,
        at=at,
        state=begun.state,
        due_at=begun.due_at,
        targets=tuple(dict.fromkeys(target for term in terms for target in _targets(keyring, term))),
        claims=tuple(dict.fromkeys(claim for term in terms if (claim := _claim(keyring, term)) is not None)),
        spans=tuple(span for term in terms for span in _spans(keyring, term)),
        given=form.given,
        form_version=form.form_version,
    )
    return receipt_of(register.sequencer.submit(unit))


def answer_question(register: Register, number: int, hint: str, *, at: datetime) -> bool:
    """Add the hint that was asked for; tell whether one was still awaited."""
    given = Given(hint=hint)
    return _take(register, TakenSteps(numbers=(number,), state=RequestState.PROVISIONAL, at=at, given=given))


def ask_question(register: Register, number: int, *, asked_by: str, at: datetime) -> None:
    """Ask the one optional question: what tells this person apart from others of the name.

    Raises:
        RequestStepError: it was asked before, or is decided.
    """
    _require(_take(register, TakenSteps(numbers=(number,), state=RequestState.ASKED, at=at, decided_by=asked_by)))


def accept_requests(
    register: Register, numbers: Sequence[int], *, decided_by: str, at: datetime, items: Sequence[bytes] = ()
) -> int:
    """Accept requests: what they point at stays out, and so do the items that were found; return how many."""
    steps = TakenSteps(
        numbers=tuple(numbers), state=RequestState.ACCEPTED, at=at, decided_by=decided_by, items=tuple(items)
    )
    return _take_all(register, steps)


def cut_requests(register: Register, numbers: Sequence[int], *, decided_by: str, at: datetime) -> int:
    """Accept requests by cutting what they name out of texts, whose rest stays; return how many it was."""
    steps = TakenSteps(numbers=tuple(numbers), state=RequestState.CUT, at=at, decided_by=decided_by)
    return _take_all(register, steps)


def refuse_request(register: Register, number: int, claim: ControllerClaim, *, at: datetime) -> None:
    """Refuse a request, which a named human answers for, on a ground of GDPR Art. 21(1), telling what Art. 12(4) says.

    Raises:
        RefusalUnfoundedError: one of the three is missing.
        RequestStepError: it is decided already.
    """
    if not claim.may_refuse:
        message = "a refusal needs a named human, a ground of Art. 21(1) and the information of Art. 12(4)"
        raise RefusalUnfoundedError(message, hint="Accept it, cut it, or name all three.")
    _require(
        _take(
            register,
            TakenSteps(
                numbers=(number,),
                state=RequestState.REFUSED,
                at=at,
                decided_by=claim.decided_by.strip(),
                ground=claim.ground,
                remedies_told=claim.remedies_told,
            ),
        )
    )


def put_off_answers(
    register: Register, numbers: Sequence[int], *, reason: ExtensionReason, decided_by: str, at: datetime
) -> int:
    """Put answers off by two months, which their pages say from now on; return how many it still was early enough for.

    GDPR Art. 12(3): the person is told within the first month, with the reason.
    """
    steps = TakenSteps(numbers=tuple(numbers), state=None, at=at, decided_by=decided_by, extension=reason)
    return _take_all(register, steps)


def _take_all(register: Register, steps: TakenSteps) -> int:
    """Take a step with any number of requests, some at a time, so that objections need not wait for all of them."""
    numbers = steps.numbers
    some = (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))
    return sum(register.sequencer.submit(msgspec.structs.replace(steps, numbers=each)).rows for each in some)


def _take(register: Register, steps: TakenSteps) -> bool:
    return register.sequencer.submit(steps).rows > 0


def _require(is_taken: bool) -> None:  # noqa: FBT001 -- what the name says
    if not is_taken:
        message = "the request does not stand where this step begins"
        raise RequestStepError(message, hint="Look at its history: somebody may have decided meanwhile.")


def _write_step(
    batch: Batch,
    number: int,
    step: int,
    state: RequestState,
    *,
    came_from: RequestState | None,
    at: datetime,
    due_at: datetime,
    taken: TakenSteps | None = None,
) -> None:
    said: tuple[str | int | None, ...] = (None, None, None, None)
    if taken is not None:
        told = 1 if taken.remedies_told else None
        said = (taken.decided_by, taken.ground and taken.ground.value, told, taken.extension and taken.extension.value)
    came = came_from and came_from.value
    row = (number, step, state.value, came, instant_of(at), instant_of(due_at), *said)
    batch.connection.execute(_STEP, row)


def _targets(keyring: Keyring, term: Term) -> tuple[bytes, ...]:
    if term.kind is TermKind.LINK:
        return (page_key(keyring, term.text),)
    if term.kind not in {TermKind.ITEM, TermKind.HANDLE}:
        return ()
    # A handle may be the number of a post or, with a dot, the name of a site as well: in doubt, all of them.
    site = (page_key(keyring, term.text),) if "." in term.text.strip(".") else ()
    return (item_key(keyring, term.text), *site)


def _claim(keyring: Keyring, term: Term) -> SubjectKey | None:
    """Return the account that a handle claims; a name is nobody's account (GDPR Art. 11(2), REQUIREMENTS SCO-11)."""
    name = term.text.removeprefix("@").strip()
    return subject_key(keyring, name) if term.kind is TermKind.HANDLE and name else None


def _spans(keyring: Keyring, term: Term) -> list[AskedSpan]:
    if term.kind not in _MASKED:
        return []
    claim = _claim(keyring, term)
    return [
        AskedSpan(digest=span.digest, hash=span.hash, words=span.words, subject=claim)
        for span in hash_term(term.text, keyring.suppression_key)
    ]
