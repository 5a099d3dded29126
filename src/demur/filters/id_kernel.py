"""Compiled checks of identity numbers: birth date, forbidden fields and check digits, driven by tables.

Imports numba, and is imported only when there is something to do. No call allocates: the characters of a number are
packed into two integers, six bits each.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import uint64

from demur.filters.compiling import inner
from demur.filters.id_rules import (
    ADDED_TO_DAY,
    ADDED_TO_MONTH,
    BORN_FROM,
    BORN_UNTIL,
    CENTURIES,
    CHARACTERS,
    LAYOUTS,
    MONTH_LETTERS,
    OMOCODIA,
    Extra,
    IdRule,
    Months,
)

Symbols: TypeAlias = npt.NDArray[np.uint8]
Packed: TypeAlias = tuple[np.uint64, np.uint64]

_NOTHING = 255
_MOST, _IN_FIRST = 16, 10
_MOST_CHECKS, _MOST_ANSWERS = 2, 31
_ANY_ANSWER, _NO_ANSWER = 254, 255
_DIGIT, _LETTER, _EITHER, _OMOCODE = range(4)
_SHAPES = {"9": _DIGIT, "a": _LETTER, "*": _EITHER, "o": _OMOCODE}
_FORM = int(IdRule.FORM)
_MOD_11_10, _MOD_11_10_REPEATED, _VERHOEFF = (
    int(extra) for extra in (Extra.MOD_11_10, Extra.MOD_11_10_REPEATED, Extra.VERHOEFF)
)
_SIX, _LOW_SIX = uint64(6), uint64(63)


def _symbol_values() -> npt.NDArray[np.uint8]:
    values = np.full(256, _NOTHING, dtype=np.uint8)
    for value, character in enumerate(CHARACTERS):
        values[[ord(character), ord(character.upper())]] = value
    return values


def _first_layouts() -> npt.NDArray[np.int16]:
    """Say where the layouts of each rule begin; they stand together, in the order of the rules' names."""
    firsts = [next((place for place, one in enumerate(_ORDERED) if one.rule >= rule), len(_ORDERED)) for rule in IdRule]
    return np.array([*firsts, len(_ORDERED)], dtype=np.int16)


def _shapes() -> npt.NDArray[np.uint8]:
    shapes = np.zeros((len(_ORDERED), _MOST), dtype=np.uint8)
    for row, layout in enumerate(_ORDERED):
        shapes[row, : len(layout.shape)] = [_SHAPES[sign] for sign in layout.shape]
    return shapes


def _born() -> npt.NDArray[np.int8]:
    """Lay out the places of dates; a layout without a date has a negative day."""
    rows = []
    for layout in _ORDERED:
        born = layout.born
        if born is None:
            rows.append((-1,) * 7)
        else:
            rows.append((born.day, born.days, born.month, born.months, born.year, born.century, born.century_at))
    return np.array(rows, dtype=np.int8)


def _added(shifts: dict[int, tuple[int, ...]], highest: int, kinds: int) -> npt.NDArray[np.int8]:
    """Undo what is added to a month or a day: 0 for what is none."""
    table = np.zeros((kinds, 100), dtype=np.int8)
    for kind, amounts in shifts.items():
        for amount in amounts:
            table[kind, amount + 1 : amount + 1 + highest] = range(1, highest + 1)
    return table


def _months() -> npt.NDArray[np.int8]:
    table = _added({int(kind): amounts for kind, amounts in ADDED_TO_MONTH.items()}, 12, len(Months))
    for month, letter in enumerate(MONTH_LETTERS, start=1):
        table[Months.LETTER, CHARACTERS.index(letter)] = month
    return table


def _centuries() -> npt.NDArray[np.int8]:
    table = np.zeros((len(CENTURIES), 64, 2), dtype=np.int8)
    for century, meanings in CENTURIES.items():
        for characters, meaning in meanings.items():
            for character in characters:
                table[century, CHARACTERS.index(character)] = meaning
    return table


def _digits() -> npt.NDArray[np.uint8]:
    """Read a character as a digit: a letter of the omocodia as what it stands for."""
    table = np.zeros(64, dtype=np.uint8)
    table[:10] = range(10)
    for digit, letter in enumerate(OMOCODIA):
        table[CHARACTERS.index(letter)] = digit
    return table


def _answers() -> npt.NDArray[np.uint8]:
    table = np.full((len(_ORDERED), _MOST_CHECKS, _MOST_ANSWERS), _NO_ANSWER, dtype=np.uint8)
    for row, layout in enumerate(_ORDERED):
        for index, check in enumerate(layout.checks):
            for remainder, sign in enumerate(check.answers):
                table[row, index, remainder] = (
                    _ANY_ANSWER if sign == "*" else _NO_ANSWER if sign == "-" else CHARACTERS.index(sign)
                )
    return table


def _columns() -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Store each column once: the columns, and for layout, check and place which one counts."""
    known: dict[tuple[int, ...], int] = {(0,) * len(CHARACTERS): 0}
    chosen = np.zeros((len(_ORDERED), _MOST_CHECKS, _MOST), dtype=np.int16)
    for row, layout in enumerate(_ORDERED):
        for index, check in enumerate(layout.checks):
            for place, column in enumerate(check.columns):
                chosen[row, index, place] = known.setdefault(column, len(known))
    return np.array(list(known), dtype=np.int16), chosen


def _sums() -> npt.NDArray[np.int32]:
    """List for every check its modulus (0: no check), offset, place of the answer, and whether it has answers."""
    table = np.zeros((len(_ORDERED), _MOST_CHECKS, 4), dtype=np.int32)
    for row, layout in enumerate(_ORDERED):
        for index, check in enumerate(layout.checks):
            table[row, index] = check.modulus, check.offset, check.place, bool(check.answers)
    return table


def _verhoeff() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Make the dihedral group of order ten and the powers of Verhoeff's permutation (1969)."""
    product = np.zeros((10, 10), dtype=np.uint8)
    for left in range(10):
        for right in range(10):
            is_turned, other_is_turned = left // 5 == 1, right // 5 == 1
            turn = -(right % 5) if is_turned else right % 5
            product[left, right] = (left + turn) % 5 + 5 * (is_turned != other_is_turned)
    powers = np.zeros((8, 10), dtype=np.uint8)
    powers[0] = range(10)
    for power in range(1, 8):
        powers[power] = np.array((1, 5, 7, 6, 2, 8, 3, 0, 9, 4), dtype=np.uint8)[powers[power - 1]]
    return product, powers


_ORDERED = sorted(LAYOUTS, key=lambda layout: layout.rule)
_VALUES, _DIGITS = _symbol_values(), _digits()
_FIRST = _first_layouts()
_LENGTHS = np.array([len(layout.shape) for layout in _ORDERED], dtype=np.int8)
_SHAPE, _BORN = _shapes(), _born()
_MONTHS, _DAYS = (
    _months(),
    _added({int(kind): amounts for kind, amounts in ADDED_TO_DAY.items()}, 31, len(ADDED_TO_DAY)),
)
_CENTURIES = _centuries()
_COLUMNS, _COLUMN_OF = _columns()
_SUMS, _ANSWERS = _sums(), _answers()
_REFUSED = np.array([field for layout in _ORDERED for field in layout.refused], dtype=np.int16)
_FIRST_REFUSED = np.cumsum([0, *(len(layout.refused) for layout in _ORDERED)]).astype(np.int16)
_EXTRA = np.array([layout.extra for layout in _ORDERED], dtype=np.int8)
_PRODUCT, _POWERS = _verhoeff()
_MONTH_LENGTHS = np.array((0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), dtype=np.int8)
_LETTER_MONTHS = int(Months.LETTER)


@inner
def _at(packed: Packed, place: int) -> np.int64:
    if place < _IN_FIRST:
        return np.int64((packed[0] >> (_SIX * uint64(place))) & _LOW_SIX)
    return np.int64((packed[1] >> (_SIX * uint64(place - _IN_FIRST))) & _LOW_SIX)


@inner
def _field(packed: Packed, place: int, width: int) -> int:
    number = 0
    for index in range(place, place + width):
        number = 10 * number + _DIGITS[_at(packed, index)]
    return number


_OMOCODE_ZERO = CHARACTERS.index(OMOCODIA[0])


@inner
def _has_shape(row: int, packed: Packed, length: int) -> bool:
    for place in range(length):
        value, kind = _at(packed, place), _SHAPE[row, place]
        is_letter = value > 9  # noqa: PLR2004 -- digits are their own values
        if (kind == _DIGIT and is_letter) or (kind == _LETTER and not is_letter):
            return False
        if kind == _OMOCODE and is_letter and _DIGITS[value] == 0 and value != _OMOCODE_ZERO:
            return False
    return True


@inner
def _is_refused(row: int, packed: Packed) -> bool:
    for index in range(_FIRST_REFUSED[row], _FIRST_REFUSED[row + 1]):
        number = _field(packed, _REFUSED[index, 0], _REFUSED[index, 1])
        if _REFUSED[index, 2] <= number <= _REFUSED[index, 3]:
            return True
    return False


@inner
def _adds_up(row: int, packed: Packed, length: int) -> bool:
    for check in range(_MOST_CHECKS):
        modulus = _SUMS[row, check, 0]
        if modulus == 0:
            break
        total = np.int64(_SUMS[row, check, 1])
        for place in range(length):
            total += _COLUMNS[_COLUMN_OF[row, check, place], _at(packed, place)]
        remainder = total % modulus
        if _SUMS[row, check, 3] == 0:
            if remainder != 0:
                return False
            continue
        answer = _ANSWERS[row, check, remainder]
        if answer != _ANY_ANSWER and answer != _at(packed, _SUMS[row, check, 2]):
            return False
    return True


@inner
def _is_day(year: int, month: int, day: int) -> bool:
    if not BORN_FROM <= year <= BORN_UNTIL:
        return False
    is_leap = month == 2 and year % 4 == 0 and year != BORN_FROM  # noqa: PLR2004 -- February; 1900 was no leap year
    return bool(day <= _MONTH_LENGTHS[month] + is_leap)


@inner
def _has_birth_date(row: int, packed: Packed) -> bool:
    if _BORN[row, 0] < 0:
        return True
    day = _DAYS[_BORN[row, 1], _field(packed, _BORN[row, 0], 2)]
    if _BORN[row, 3] == _LETTER_MONTHS:
        month = _MONTHS[_LETTER_MONTHS, _at(packed, _BORN[row, 2])]
    else:
        month = _MONTHS[_BORN[row, 3], _field(packed, _BORN[row, 2], 2)]
    if day == 0 or month == 0:
        return False
    year = _field(packed, _BORN[row, 4], 2)
    sign = _at(packed, _BORN[row, 6])
    until, is_old = _CENTURIES[_BORN[row, 5], sign, 0], _CENTURIES[_BORN[row, 5], sign, 1]
    if until < 0:
        return _is_day(1900 + year, month, day) or _is_day(2000 + year, month, day)
    if year < until:
        return _is_day(2000 + year, month, day)
    return bool(is_old == 1) and _is_day(1900 + year, month, day)


@inner
def _mod_11_10(packed: Packed, length: int) -> bool:
    """Check ISO/IEC 7064 MOD 11,10, the check digit last."""
    product = np.int64(10)
    for place in range(length - 1):
        total = (_at(packed, place) + product) % 10
        product = 2 * np.int64(10 if total == 0 else total) % 11
    return bool((product + _at(packed, length - 1)) % 10 == 1)


@inner
def _repeats_one_digit(packed: Packed) -> bool:
    """Tell whether among the first ten digits exactly one stands twice or three times, the others once at most."""
    counts = uint64(0)
    for place in range(10):
        counts += uint64(1) << (uint64(4) * uint64(_at(packed, place)))
    repeated, most = 0, uint64(0)
    for digit in range(10):
        count = (counts >> (uint64(4) * uint64(digit))) & uint64(15)
        if count > uint64(1):
            repeated += 1
            most = count
    return repeated == 1 and bool(most <= uint64(3))


@inner
def _verhoeff_holds(packed: Packed, length: int) -> bool:
    """Check Verhoeff's digit, the last one, over all digits but the one before it."""
    state = np.int64(_POWERS[0, _at(packed, length - 1)])
    for index in range(1, length - 1):
        state = np.int64(_PRODUCT[state, _POWERS[index % 8, _at(packed, length - 2 - index)]])
    return bool(state == 0)


@inner
def _passes_extra(row: int, packed: Packed, length: int) -> bool:
    extra = _EXTRA[row]
    if extra == _MOD_11_10:
        return _mod_11_10(packed, length)
    if extra == _MOD_11_10_REPEATED:
        return _repeats_one_digit(packed) and _mod_11_10(packed, length)
    if extra == _VERHOEFF:
        return _verhoeff_holds(packed, length)
    return True


@inner
def read_id(symbols: Symbols, start: int, end: int) -> tuple[np.uint64, np.uint64, int]:
    """Pack the letters and digits of ``symbols[start:end]``; return both words and how many there are.

    `symbols` holds one byte a character, folded, in lower case; what is neither ``0-9`` nor ``a-z`` is skipped. More
    than sixteen characters are no number: the length is then -1.
    """
    first, second, length = uint64(0), uint64(0), 0
    for place in range(start, end):
        value = _VALUES[symbols[place]]
        if value == _NOTHING:
            continue
        if length < _IN_FIRST:
            first |= uint64(value) << (_SIX * uint64(length))
        elif length < _MOST:
            second |= uint64(value) << (_SIX * uint64(length - _IN_FIRST))
        else:
            return first, second, -1
        length += 1
    return first, second, length


@inner
def keeps_rule(rule: int, packed: Packed, length: int) -> bool:
    """Tell whether a number that `read_id` has packed keeps a rule (`IdRule`); nothing but zeros never does.

    The text must be written as the number's `NationalId.written` says: which letters stand where is not asked again.
    """
    if rule == _FORM:
        return True
    if packed[0] == uint64(0) and packed[1] == uint64(0):
        return False
    for row in range(_FIRST[rule], _FIRST[rule + 1]):
        if (
            _LENGTHS[row] == length
            and _has_birth_date(row, packed)
            and not _is_refused(row, packed)
            and _adds_up(row, packed, length)
            and _passes_extra(row, packed, length)
            and _has_shape(row, packed, length)
        ):
            return True
    return False


@inner
def is_valid_id(rule: int, symbols: Symbols, start: int, end: int) -> bool:
    """Tell whether the letters and digits of ``symbols[start:end]`` keep a rule; see `read_id` and `keeps_rule`."""
    first, second, length = read_id(symbols, start, end)
    return keeps_rule(rule, (first, second), length)
