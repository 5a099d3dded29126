"""Writing objections, many in one go: a few look-ups and inserts for all of them, whatever their number.

What an objection is depends on withdrawals, hand-overs and links, which no objection changes, and on the objections
before it, which are remembered while the others are written. So each gets what it would get alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Annotated, TypeAlias

import msgspec

from demur.kernel.clock import timestamp
from demur.kernel.errors import DemurError
from demur.kernel.words import ObjectionScope, Purpose, RecordKind, Way
from demur.keys.encoding import encode_base64
from demur.keys.subjects import SubjectKey, target_commitment
from demur.register.batch import (
    Batch,
    JointUnit,
    Outcome,
    Question,
    Result,
    Unit,
    chosen_key,
    day_of,
    idempotency_key,
)
from demur.register.connection import Connection, Row
from demur.register.counting import count_ways
from demur.register.effects import owe_objection
from demur.register.errors import NoSubjectError, UnknownAccountError
from demur.register.history import find_all_hand_overs
from demur.register.kept import find_suppressed
from demur.register.links import find_covered, find_linked, order_covered
from demur.register.schema import datetime_of, instant_of, objection, target

_WITHDRAWALS = """
    SELECT subject, purpose, COUNT(*), MAX(received_at) FROM withdrawal WHERE subject {among} GROUP BY subject, purpose
"""
_FIRST_PERIOD = "0"
# Names a form and which of its versions was sent, such as `link-1`; nothing of a person.
FORM_VERSION = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
FormVersion: TypeAlias = Annotated[str, msgspec.Meta(pattern=FORM_VERSION)]
# Names in order, no spaces: for the ASCII texts, flags and numbers of a record the bytes of `encode_json`, much sooner.
_canonical = msgspec.json.Encoder(order="sorted")
_EVENTFUL = """
    SELECT subject FROM account_link WHERE subject {among}
    UNION SELECT subject FROM withdrawal WHERE subject {among}
    UNION SELECT subject FROM account_fact WHERE subject {among} AND holder IS NOT NULL
"""
_KNOWN = "SELECT DISTINCT subject FROM account_fact WHERE subject {among}"


class ObjectionForm(msgspec.Struct, frozen=True, kw_only=True):
    """An objection as it was received: by whom, against what, when.

    Attributes:
        subjects: the accounts that the person names; linked ones are covered without being named.
        received_at: when it arrived, for a letter the day of the letter-box; never later than it is recorded.
        idempotency_key: chosen by a client that may have to ask again; the same request with it is the same objection.
        scope: what of those accounts it is about; where that is not clear, everything (REQUIREMENTS OBJ-16).
        in_public_role: it is about what others publish on the person's public role.
        targets: item and page keys that the person points at, whoever published them; then `subjects` may be empty.
        form_version: which version of which form was sent (`FORM_VERSION`); None for a letter and what else has none.
            An objection is the same by whatever form it came, so that nobody has to repeat it on a newer one.
        way: on which it came, which is counted when it is new; None is counted on none.
    """

    subjects: tuple[SubjectKey, ...]
    purpose: Purpose
    received_at: datetime
    idempotency_key: str | None = None
    scope: ObjectionScope = ObjectionScope.ALL
    in_public_role: bool = False
    targets: tuple[bytes, ...] = ()
    form_version: str | None = None
    way: Way | None = None


class AskedObjection(msgspec.Struct, frozen=True, kw_only=True):
    """An objection to write, at an instant; `must_be_known` refuses it when an account is not in the register."""

    form: ObjectionForm
    at: datetime
    must_be_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the register knew of the subjects of some objections before them.

    Attributes:
        circles: for each subject that shares something with others, everyone whom it is linked with, and itself.
        eventful: those that are linked, withdrew or changed hands; most people did none of it.
    """

    accounts: frozenset[bytes]
    circles: dict[bytes, frozenset[SubjectKey]]
    withdrawals: dict[tuple[bytes, str], tuple[int, int]]
    hand_overs: dict[bytes, list[int]]
    eventful: frozenset[bytes]

    def members(self, subjects: Iterable[SubjectKey]) -> frozenset[SubjectKey]:
        """Return everyone whom an objection of some subjects covers."""
        if self.eventful.isdisjoint(subjects):
            return frozenset(subjects)
        return frozenset().union(*(self.circles.get(subject, (subject,)) for subject in subjects))


class _Keyed(msgspec.Struct, frozen=True, kw_only=True):
    """An objection, from when it counts, when it is recorded, and the idempotency keys that name it.

    They are the register's own, and a client's.
    """

    form: ObjectionForm
    received_at: datetime
    at: datetime
    own_key: bytes
    chosen_key: bytes | None


def objection_of_anybody(form: ObjectionForm, *, at: datetime) -> Unit:
    """Return the unit of work for an objection, whether its accounts are known or not."""
    return JointUnit(_write_all, AskedObjection(form=form, at=at, must_be_known=False))


def objection_of_known(form: ObjectionForm, *, at: datetime) -> Unit:
    """Return the unit of work for an objection of accounts that must be in the register."""
    return JointUnit(_write_all, AskedObjection(form=form, at=at, must_be_known=True))


def own_key_of(connection: Connection, form: ObjectionForm) -> bytes:
    """Return the key by which the register knows an objection again, at this point of its history.

    Raises:
        NoSubjectError: the form names no account and points at nothing.
    """
    # As if it were a letter: then its instant is that of the form, also after a change of hands.
    asked = AskedObjection(form=form, at=form.received_at + timedelta(microseconds=1), must_be_known=False)
    eventful = connection.select_among(_EVENTFUL, _subjects_of([asked]))
    keyed = _key(asked, _look_up(connection, [asked], eventful))
    if isinstance(keyed, DemurError):
        raise keyed
    return keyed.own_key


def _write_all(batch: Batch, units: Sequence[AskedObjection]) -> list[Result]:
    """Write objections in their order; return for each its entry, or why it was refused."""
    # First as if nothing had ever happened to anybody, which holds for most: then one way to the database is enough.
    subjects = _subjects_of(units)
    known = _Known(accounts=frozenset(subjects), circles={}, withdrawals={}, hand_overs={}, eventful=frozenset())
    keyed = [_key(unit, known) for unit in units]
    eventful = _expect(batch, keyed, beside=(_EVENTFUL, subjects))
    if eventful or any(unit.must_be_known for unit in units):
        known = _with_erased(batch, _look_up(batch.connection, units, eventful), units)
        keyed = [_key(unit, known) for unit in units]
        _expect(batch, keyed)
    new: list[_Keyed] = []
    written = [_write(batch, each, known, new) if isinstance(each, _Keyed) else each for each in keyed]
    count_ways(batch, [(each.form.way, each.at) for each in new if each.form.way is not None])
    return written


def _subjects_of(units: Sequence[AskedObjection]) -> list[SubjectKey]:
    return sorted({subject for unit in units for subject in unit.form.subjects})


def _expect(batch: Batch, keyed: Sequence[_Keyed | DemurError], beside: Question = ("", ())) -> list[Row]:
    asked = [each for each in keyed if isinstance(each, _Keyed)]
    chosen = [each.chosen_key for each in asked if each.chosen_key is not None]
    return batch.expect(entries=[each.own_key for each in asked], retries=chosen, beside=beside)


def _look_up(connection: Connection, units: Sequence[AskedObjection], eventful_rows: Sequence[Row]) -> _Known:
    """Look up what is rare: only those of whom there is something, as `_EVENTFUL` says, are looked for."""
    named = sorted({one for unit in units if unit.must_be_known for one in unit.form.subjects})
    eventful = sorted(subject for (subject,) in eventful_rows)
    linked = find_linked(connection, eventful)
    circles = {subject: find_covered(connection, SubjectKey(subject)) for subject in linked}
    counted = connection.select_among(_WITHDRAWALS, sorted({*eventful, *chain.from_iterable(circles.values())}))
    withdrawals = {(subject, purpose): (count, last) for subject, purpose, count, last in counted}
    hand_overs = find_all_hand_overs(connection, eventful)
    return _Known(
        accounts=frozenset(subject for (subject,) in connection.select_among(_KNOWN, named)),
        circles=circles,
        withdrawals=withdrawals,
        hand_overs=hand_overs,
        eventful=frozenset((*circles, *hand_overs, *(subject for subject, _ in withdrawals))),
    )


def _with_erased(batch: Batch, known: _Known, units: Sequence[AskedObjection]) -> _Known:
    """Count accounts that were erased and stay out as known: nothing else is held of them, and they may object anew."""
    missing = {one for unit in units if unit.must_be_known for one in unit.form.subjects} - known.accounts
    if not missing:
        return known
    return replace(known, accounts=known.accounts | find_suppressed(batch.connection, batch.keyring, missing))


def _key(unit: AskedObjection, known: _Known) -> _Keyed | DemurError:
    form = unit.form
    subjects, targets = sorted(set(form.subjects)), sorted(set(form.targets))
    if not subjects and not targets:
        message = "an objection names no account and no item or page; name at least 1"
        return NoSubjectError(message)
    unknown = [subject for subject in subjects if subject not in known.accounts] if unit.must_be_known else []
    if unknown:
        message = f"{len(unknown)} of {len(subjects)} accounts not found in the register"
        return UnknownAccountError(message, hint="Check the account id, or import the accounts first.")
    received_at, periods = _place_in_history(unit, subjects, known)
    kind = _kind(form, targets)
    # Whoever points at something is not known, so another instant is another objection: nobody may learn from their
    # receipt that somebody else was there before.
    instant = [] if subjects else [timestamp(received_at)]
    return _Keyed(
        form=form,
        received_at=received_at,
        at=unit.at,
        own_key=idempotency_key("objection", form.purpose, *periods, *instant, *kind),
        chosen_key=chosen_key("objection", form.purpose, form.idempotency_key, [*subjects, *kind]),
    )


def _place_in_history(
    unit: AskedObjection, subjects: Sequence[SubjectKey], known: _Known
) -> tuple[datetime, list[str | bytes]]:
    """Return from when an objection counts, and its subjects, each with the period of the account that it belongs to.

    After a withdrawal, and of another holder of the account, the same objection is a new one.
    """
    form = unit.form
    if known.eventful.isdisjoint(subjects):
        return min(form.received_at, unit.at), [part for subject in subjects for part in (subject, _FIRST_PERIOD)]
    hand_overs = [known.hand_overs.get(subject, []) for subject in subjects]
    withdrawals = [known.withdrawals.get((subject, form.purpose.value), (0, None)) for subject in subjects]
    # What the log holds already, of anybody whom this covers, is earlier.
    ended = [known.withdrawals.get((member, form.purpose.value), (0, None))[1] for member in known.members(subjects)]
    received_at = _objected_at(form, ended, hand_overs, at=unit.at)
    states = [_state(count, held, received_at) for (count, _), held in zip(withdrawals, hand_overs, strict=True)]
    return received_at, [part for pair in zip(subjects, states, strict=True) for part in pair]


def _write(batch: Batch, keyed: _Keyed, known: _Known, new: list[_Keyed]) -> Outcome:
    index = batch.find_earlier(keyed.own_key, keyed.chosen_key)
    if index is None:
        index = _append(batch, keyed, known)
        batch.remember(keyed.chosen_key, index)
        new.append(keyed)
    return Outcome(index=index)


def _append(batch: Batch, keyed: _Keyed, known: _Known) -> int:
    form, received_at = keyed.form, keyed.received_at
    covered, commitments = order_covered(batch.keyring, known.members(form.subjects))
    record = _record(form, received_at, commitments)
    index = batch.append_record(RecordKind.OBJECTION, day_of(received_at), record, covered=covered, key=keyed.own_key)
    instant, in_role = instant_of(received_at), int(form.in_public_role)
    for subject in set(form.subjects):
        row = (subject, index, form.purpose.value, instant, form.scope.value, in_role, form.form_version)
        batch.insert(objection, row)
    for pointed_at in set(form.targets):
        batch.insert(target, (pointed_at, index, instant, in_role))
    owe_objection(batch, index, received_at=received_at, at=keyed.at)
    return index


def _state(withdrawals: int, hand_overs: Sequence[int], received_at: datetime) -> str:
    """Tell one period of an account from another: how often it was withdrawn, and which of its holders objects."""
    holder = sum(changed <= instant_of(received_at) for changed in hand_overs)
    return f"{withdrawals} of holder {holder}" if holder else f"{withdrawals}"


def _kind(form: ObjectionForm, targets: Sequence[bytes]) -> list[str | bytes]:
    """Tell an objection of one kind from another; one about everything has no parts here, as it never had."""
    narrowed = [] if form.scope is ObjectionScope.ALL else [form.scope.value]
    return [*narrowed, *["in public role"] * form.in_public_role, *targets]


def _record(form: ObjectionForm, received_at: datetime, subjects: Sequence[dict[str, str]]) -> bytes:
    """Return the record of an objection; what goes beyond an objection about everything is named only where it is."""
    further: dict[str, object] = {}
    if form.scope is not ObjectionScope.ALL:
        further["scope"] = form.scope.value
    if form.in_public_role:
        further["in_public_role"] = True
    if form.targets:
        further["targets"] = sorted(encode_base64(target_commitment(target)) for target in set(form.targets))
    # The encoder writes an instant of UTC in the same form, much sooner, unless it falls on a whole second.
    is_written_alike = received_at.tzinfo is UTC and received_at.microsecond > 0
    instant = received_at if is_written_alike else timestamp(received_at)
    usual = {"v": 1, "purpose": form.purpose.value, "received_at": instant, "subjects": subjects}
    return _canonical.encode({**usual, **further})


def _objected_at(
    form: ObjectionForm, withdrawals: Sequence[int | None], hand_overs: Sequence[Sequence[int]], *, at: datetime
) -> datetime:
    """Date an objection: never in the future, and never before a withdrawal that the log holds already.

    The log orders events and clocks only date them: a clock that was set back must not hide this objection behind an
    earlier withdrawal, nor make it that of a former holder. A letter keeps its day: its sender may be the former one.
    A tie goes to the person.
    """
    is_letter = form.received_at < at
    changed = [] if is_letter else [held[-1] for held in hand_overs if held]
    floors = [datetime_of(last) for last in (*withdrawals, *changed) if last is not None]
    return max([min(form.received_at, at), *floors])
