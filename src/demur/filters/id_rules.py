"""The arithmetic of identity numbers, as data: shape, forbidden fields, birth date and check digits of every kind.

A rule has one layout or several (lengths, centuries); a number keeps the rule if it fits one of them. Everything that
the check of a country does is a sum over its characters: a column says for each place what each of the 36 characters
adds. `demur.filters.id_kernel` compiles these tables into arrays. Sources stand beside the ways of writing in
`demur.filters.identity_numbers`.
"""

from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Final, TypeAlias

BORN_FROM: Final = 1900
BORN_UNTIL: Final = 2035
"""Nobody who is alive was born before; a fixed end, since a clock must not change what is cut."""

CHARACTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
Column: TypeAlias = tuple[int, ...]
"""What each of the 36 characters adds to a sum at one place."""


class IdRule(IntEnum):
    """Which arithmetic an identity number keeps; `FORM` says that the way of writing is all there is."""

    FORM = 0
    AT_INSURANCE = auto()
    BE_REGISTER = auto()
    BE_BIS = auto()
    BE_CARD = auto()
    BG_CITIZEN = auto()
    BG_FOREIGNER = auto()
    CH_INSURANCE = auto()
    CY_TAX = auto()
    CZ_BIRTH = auto()
    DE_CARD = auto()
    DE_HEALTH = auto()
    DE_PENSION = auto()
    DE_TAX = auto()
    DK_PERSON = auto()
    EE_PERSON = auto()
    ES_CITIZEN = auto()
    ES_FOREIGNER = auto()
    ES_INSURANCE = auto()
    FI_PERSON = auto()
    FR_REGISTER = auto()
    FR_REGISTER_BARE = auto()
    FR_TAX = auto()
    GR_INSURANCE = auto()
    GR_TAX = auto()
    HR_PERSON = auto()
    HU_INSURANCE = auto()
    HU_PERSON = auto()
    HU_TAX = auto()
    IE_PERSON = auto()
    IT_TAX = auto()
    LT_UNDATED = auto()
    LU_PERSON = auto()
    LV_DATED = auto()
    LV_UNDATED = auto()
    NL_PERSON = auto()
    NO_PERSON = auto()
    PL_CARD = auto()
    PL_PERSON = auto()
    PL_TAX = auto()
    PT_CARD = auto()
    PT_INSURANCE = auto()
    PT_TAX = auto()
    RO_PERSON = auto()
    SE_PERSON = auto()
    SI_PERSON = auto()
    SI_TAX = auto()


class Extra(IntEnum):
    """A check that is no sum."""

    NONE = 0
    MOD_11_10 = 1
    MOD_11_10_REPEATED = 2
    VERHOEFF = 3


class Months(IntEnum):
    """What is added to the month of birth: nothing, 50 for women, 20 or 40 for a century; or a letter stands for it."""

    PLAIN = 0
    WOMEN = 1
    POLISH = 2
    BULGARIAN = 3
    NORWEGIAN = 4
    LETTER = 5


class Days(IntEnum):
    """What may be added to the day of birth."""

    PLAIN = 0
    FORTY = 1
    SIXTY = 2


class Century(IntEnum):
    """How a character tells the century of a two-digit year."""

    EITHER = 0
    NINETEENTH = 1
    CZECH = 2
    BALTIC = 3
    LATVIAN = 4
    DANISH = 5
    NORWEGIAN = 6
    ROMANIAN = 7
    HUNGARIAN = 8
    MONTH_POLISH = 9
    MONTH_BULGARIAN = 10
    YEAR_DIGIT = 11
    FINNISH = 12


_NOBODY: Final = (0, 0)
_OLD: Final = (0, 1)
_NEW: Final = (100, 0)
_BOTH: Final = (-1, 1)
ADDED_TO_MONTH: Final = {
    Months.PLAIN: (0,),
    Months.WOMEN: (0, 20, 50, 70),
    Months.POLISH: (0, 20),
    Months.BULGARIAN: (0, 40),
    Months.NORWEGIAN: (0, 40),
}
MONTH_LETTERS: Final = "abcdehlmprst"
OMOCODIA: Final = "lmnpqrstuv"
"""The letters that stand for 0 to 9 where two Italians would share a number."""
ADDED_TO_DAY: Final = {Days.PLAIN: (0,), Days.FORTY: (0, 40), Days.SIXTY: (0, 60)}

# Century: which characters mean what. A pair is (years below it belong to the 2000s, 1 if the others are of the 1900s);
# a bound of -1 says that both centuries are possible.
CENTURIES: Final = {
    Century.EITHER: {CHARACTERS: _BOTH},
    Century.NINETEENTH: {CHARACTERS: _OLD},
    Century.CZECH: {CHARACTERS: (54, 1)},
    Century.BALTIC: {"34": _OLD, "56": _NEW},
    Century.LATVIAN: {"1": _OLD, "2": _NEW},
    Century.DANISH: {"0123": _OLD, "49": (37, 1), "5678": (58, 0)},
    Century.NORWEGIAN: {"01234": _OLD, "5678": (40, 0), "9": (40, 1)},
    Century.ROMANIAN: {"12": _OLD, "56": _NEW, "789": _BOTH},
    Century.HUNGARIAN: {"1256": _OLD, "3478": _NEW},
    Century.MONTH_POLISH: {"01": _OLD, "23": _NEW},
    Century.MONTH_BULGARIAN: {"01": _OLD, "45": _NEW},
    Century.YEAR_DIGIT: {"9": _OLD, "0": _NEW},
    Century.FINNISH: {"uvwxy": _OLD, "abcdef": _NEW},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Born:
    """Where the birth date stands: places of the first digit of year (two digits), month and day, and the century."""

    year: int
    month: int
    day: int
    century: Century = Century.EITHER
    century_at: int = 0
    months: Months = Months.PLAIN
    days: Days = Days.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A sum modulo a number.

    `answers` names the character that each remainder asks for at `place` (``-`` none, ``*`` any); without answers the
    remainder must be 0.
    """

    columns: tuple[Column, ...]
    modulus: int
    answers: str = ""
    place: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One form of a rule.

    `shape` has a sign for each character: ``9`` a digit, ``a`` a letter, ``*`` either, ``o`` a digit or the letter
    that stands for it in Italy. `refused` lists fields as (place, width, lowest, highest).
    """

    rule: IdRule
    shape: str
    refused: tuple[tuple[int, int, int, int], ...] = ()
    born: Born | None = None
    checks: tuple[Check, ...] = ()
    extra: Extra = Extra.NONE


_SILENT: Final[Column] = (0,) * 36
_DIGITS, _ELEVEN, _ELEVEN_ZERO = "0123456789", "0123456789-", "01234567890"


def _weighted(*weights: int) -> tuple[Column, ...]:
    """Weigh the value of a character: digits as they are, letters from 10 (ICAO Doc 9303)."""
    return tuple(tuple(weight * value for value in range(36)) for weight in weights)


def _powers(digits: int, modulus: int, *, sign: int = 1) -> tuple[Column, ...]:
    """Read digits as one number, modulo."""
    return _weighted(*(sign * pow(10, digits - 1 - place, modulus) for place in range(digits)))


def _cross_sum(value: int) -> int:
    return sum(divmod(value, 10))


def _crossed(*weights: int) -> tuple[Column, ...]:
    return tuple(tuple(_cross_sum(weight * value) for value in range(10)) + (0,) * 26 for weight in weights)


def _crossed_letter(tens: int, ones: int) -> Column:
    """Count a letter as the two digits of its place in the alphabet."""
    numbers = [divmod(number, 10) for number in range(1, 27)]
    return (0,) * 10 + tuple(_cross_sum(tens * first) + _cross_sum(ones * second) for first, second in numbers)


def _luhn(places: int) -> tuple[Column, ...]:
    """Double every second value from the right and take 9 off what exceeds it (ISO/IEC 7812-1)."""
    doubled = tuple(2 * value - 9 * (2 * value >= len(_DIGITS)) for value in range(36))
    return tuple(doubled if (places - place) % 2 == 0 else tuple(range(36)) for place in range(places))


def _letters(values: dict[str, int], weight: int) -> Column:
    """Give some letters a value of their own; digits keep theirs."""
    return tuple(weight * values.get(character, value) for value, character in enumerate(CHARACTERS))


_SPANISH, _IRISH = "trwagmyfpdxbnjzsqvhlcke", "wabcdefghijklmnopqrstuv"
_FINNISH = "0123456789abcdefhjklmnprstuvwxy"
_NO_KEY_ABOVE_97 = ((0, 0), (98, 99))

# Decree of the Minister of Finance of 23 December 1976, art. 12: what characters at odd places add.
_ITALIAN_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ITALIAN_COLUMNS = tuple(
    tuple(_ITALIAN_ODD[:10]) + _ITALIAN_ODD if place % 2 == 0 else (*range(10), *range(26)) for place in range(15)
)
_CYPRIOT = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, *((0,) * 26))

_BELGIAN = (*_powers(9, 97), *_weighted(10, 1))
_BELGIAN_CENTURY = 2 * pow(10, 9, 97)
_KEY_9 = tuple((9, 2, low, high) for low, high in _NO_KEY_ABOVE_97)
_REGISTER_MONTHS = ((2, 2, 13, 99), (4, 2, 32, 99))
_BIS_MONTHS = ((2, 2, 0, 19), (2, 2, 33, 39), (2, 2, 53, 99), (4, 2, 32, 99))
_TWENTY_FIRST = ((0, 2, BORN_UNTIL - 2000 + 1, 99),)

_BALTIC_FIRST = _weighted(1, 2, 3, 4, 5, 6, 7, 8, 9, 1)
_BALTIC_SECOND = _weighted(3, 4, 5, 6, 7, 8, 9, 1, 2, 3)
_BALTIC_CHECKS = (
    (Check(columns=_BALTIC_FIRST, modulus=11, answers=_ELEVEN, place=10),),
    (
        Check(columns=_BALTIC_FIRST, modulus=11, answers="----------*", place=10),
        Check(columns=_BALTIC_SECOND, modulus=11, answers=_ELEVEN_ZERO, place=10),
    ),
)
_BALTIC_BORN = Born(year=1, month=3, day=5, century=Century.BALTIC, century_at=0)

# The departments 2A and 2B count as 19 and 18.
_CORSICA = _letters({"a": -1, "b": -2}, pow(10, 6, 97))
_NIR = (*_powers(13, 97)[:6], _CORSICA, *_powers(6, 97), *_weighted(10, 1))
# Months of birth beyond the calendar stand for incomplete records (INSEE, instruction on the RNIPP).
_NIR_MONTHS = ((3, 2, 0, 0), (3, 2, 13, 19), (3, 2, 21, 29), (3, 2, 43, 49))
_NIR_PLACES = ((5, 2, 0, 0),)

_YEARS = ((0, 2, 0, 18), (0, 2, 21, 99))

LAYOUTS: Final[tuple[Layout, ...]] = (
    Layout(
        rule=IdRule.AT_INSURANCE,
        shape="9" * 10,
        # Months 13 to 15 are used once the serial numbers of a day are exhausted.
        refused=((0, 1, 0, 0), (4, 2, 0, 0), (4, 2, 32, 99), (6, 2, 0, 0), (6, 2, 16, 99)),
        checks=(Check(columns=_weighted(3, 7, 9, 0, 5, 8, 4, 2, 1, 6), modulus=11, answers=_ELEVEN, place=3),),
    ),
    Layout(
        rule=IdRule.BE_REGISTER,
        shape="9" * 11,
        refused=(*_KEY_9, *_REGISTER_MONTHS),
        checks=(Check(columns=_BELGIAN, modulus=97),),
    ),
    Layout(
        rule=IdRule.BE_REGISTER,
        shape="9" * 11,
        refused=(*_KEY_9, *_REGISTER_MONTHS, *_TWENTY_FIRST),
        checks=(Check(columns=_BELGIAN, modulus=97, offset=_BELGIAN_CENTURY),),
    ),
    Layout(
        rule=IdRule.BE_BIS,
        shape="9" * 11,
        refused=(*_KEY_9, *_BIS_MONTHS),
        checks=(Check(columns=_BELGIAN, modulus=97),),
    ),
    Layout(
        rule=IdRule.BE_BIS,
        shape="9" * 11,
        refused=(*_KEY_9, *_BIS_MONTHS, *_TWENTY_FIRST),
        checks=(Check(columns=_BELGIAN, modulus=97, offset=_BELGIAN_CENTURY),),
    ),
    Layout(
        rule=IdRule.BE_CARD,
        shape="9" * 12,
        refused=tuple((10, 2, low, high) for low, high in _NO_KEY_ABOVE_97),
        checks=(Check(columns=(*_powers(10, 97), *_weighted(-10, -1)), modulus=97),),
    ),
    Layout(
        rule=IdRule.BG_CITIZEN,
        shape="9" * 10,
        born=Born(year=0, month=2, day=4, months=Months.BULGARIAN, century=Century.MONTH_BULGARIAN, century_at=2),
        checks=(Check(columns=_weighted(2, 4, 8, 5, 10, 9, 7, 3, 6), modulus=11, answers=_ELEVEN_ZERO, place=9),),
    ),
    Layout(
        rule=IdRule.BG_FOREIGNER,
        shape="9" * 10,
        checks=(Check(columns=_weighted(21, 19, 17, 13, 11, 9, 7, 3, 1), modulus=10, answers=_DIGITS, place=9),),
    ),
    Layout(
        rule=IdRule.CH_INSURANCE,
        shape="9" * 13,
        refused=((0, 3, 0, 755), (0, 3, 757, 999)),
        checks=(Check(columns=_weighted(1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1), modulus=10),),
    ),
    Layout(
        rule=IdRule.CY_TAX,
        shape="99999999a",
        refused=((0, 2, 12, 12),),
        checks=(
            Check(columns=(_CYPRIOT, *_weighted(1)) * 4, modulus=26, answers="abcdefghijklmnopqrstuvwxyz", place=8),
        ),
    ),
    Layout(
        rule=IdRule.CZ_BIRTH,
        shape="9" * 10,
        born=Born(year=0, month=2, day=4, months=Months.WOMEN, century=Century.CZECH),
        checks=(Check(columns=_powers(9, 11), modulus=11, answers=_ELEVEN_ZERO, place=9),),
    ),
    Layout(
        rule=IdRule.CZ_BIRTH,
        shape="9" * 9,
        refused=((0, 2, 54, 99),),
        born=Born(year=0, month=2, day=4, months=Months.WOMEN, century=Century.NINETEENTH),
    ),
    Layout(
        rule=IdRule.DE_CARD,
        shape="*********9",
        checks=(Check(columns=_weighted(7, 3, 1, 7, 3, 1, 7, 3, 1), modulus=10, answers=_DIGITS, place=9),),
    ),
    Layout(
        rule=IdRule.DE_HEALTH,
        shape="a999999999",
        checks=(
            Check(
                columns=(_crossed_letter(1, 2), *_crossed(1, 2, 1, 2, 1, 2, 1, 2)),
                modulus=10,
                answers=_DIGITS,
                place=9,
            ),
        ),
    ),
    Layout(
        rule=IdRule.DE_PENSION,
        shape="99999999a999",
        refused=((0, 2, 0, 1), (0, 2, 90, 99), (4, 2, 13, 99)),
        checks=(
            Check(
                columns=(*_crossed(2, 1, 2, 5, 7, 1, 2, 1), _crossed_letter(2, 1), *_crossed(2, 1)),
                modulus=10,
                answers=_DIGITS,
                place=11,
            ),
        ),
    ),
    Layout(rule=IdRule.DE_TAX, shape="9" * 11, refused=((0, 1, 0, 0),), extra=Extra.MOD_11_10_REPEATED),
    Layout(
        rule=IdRule.DK_PERSON,
        shape="9" * 10,
        born=Born(day=0, month=2, year=4, century=Century.DANISH, century_at=6),
    ),
    *(Layout(rule=IdRule.EE_PERSON, shape="9" * 11, born=_BALTIC_BORN, checks=checks) for checks in _BALTIC_CHECKS),
    Layout(
        rule=IdRule.ES_CITIZEN,
        shape="99999999a",
        checks=(Check(columns=_powers(8, 23), modulus=23, answers=_SPANISH, place=8),),
    ),
    Layout(
        rule=IdRule.ES_FOREIGNER,
        shape="a9999999a",
        checks=(
            Check(
                columns=(_letters({"x": 0, "y": 1, "z": 2}, pow(10, 7, 23)), *_powers(7, 23)),
                modulus=23,
                answers=_SPANISH,
                place=8,
            ),
        ),
    ),
    Layout(
        rule=IdRule.ES_INSURANCE,
        shape="9" * 12,
        refused=((0, 2, 0, 0), (2, 1, 0, 0), (10, 2, 97, 99)),
        checks=(Check(columns=(*_powers(10, 97), *_weighted(-10, -1)), modulus=97),),
    ),
    Layout(
        rule=IdRule.ES_INSURANCE,
        shape="9" * 12,
        refused=((0, 2, 0, 0), (2, 1, 1, 9), (10, 2, 97, 99)),
        # A serial number that begins with 0 is read without it.
        checks=(Check(columns=(*_powers(9, 97)[:2], _SILENT, *_powers(7, 97), *_weighted(-10, -1)), modulus=97),),
    ),
    Layout(
        rule=IdRule.FI_PERSON,
        shape="999999999*",
        refused=((6, 3, 0, 1), (6, 3, 900, 999)),
        born=Born(day=0, month=2, year=4, century=Century.NINETEENTH),
        checks=(Check(columns=_powers(9, 31), modulus=31, answers=_FINNISH, place=9),),
    ),
    Layout(
        rule=IdRule.FI_PERSON,
        shape="999999a999*",
        refused=((7, 3, 0, 1), (7, 3, 900, 999)),
        born=Born(day=0, month=2, year=4, century=Century.FINNISH, century_at=6),
        checks=(
            Check(columns=(*_powers(9, 31)[:6], _SILENT, *_powers(3, 31)), modulus=31, answers=_FINNISH, place=10),
        ),
    ),
    Layout(
        rule=IdRule.FR_REGISTER,
        shape="999999*99999999",
        refused=(
            *((0, 1, low, high) for low, high in ((0, 0), (5, 6), (9, 9))),
            *_NIR_MONTHS,
            *_NIR_PLACES,
            *((13, 2, low, high) for low, high in _NO_KEY_ABOVE_97),
        ),
        checks=(Check(columns=_NIR, modulus=97),),
    ),
    Layout(
        rule=IdRule.FR_REGISTER_BARE,
        shape="999999*999999",
        refused=((0, 1, 0, 0), (0, 1, 3, 9), *_NIR_MONTHS, *_NIR_PLACES),
    ),
    Layout(
        rule=IdRule.FR_TAX,
        shape="9" * 13,
        refused=((0, 1, 4, 9), (10, 3, 511, 999)),
        checks=(Check(columns=(*_powers(10, 511), *_weighted(-100, -10, -1)), modulus=511),),
    ),
    Layout(
        rule=IdRule.GR_INSURANCE,
        shape="9" * 11,
        born=Born(day=0, month=2, year=4),
        checks=(Check(columns=_luhn(11), modulus=10),),
    ),
    Layout(
        rule=IdRule.GR_TAX,
        shape="9" * 9,
        checks=(
            Check(
                columns=_weighted(*(2**power for power in range(8, 0, -1))), modulus=11, answers=_ELEVEN_ZERO, place=8
            ),
        ),
    ),
    Layout(rule=IdRule.HR_PERSON, shape="9" * 11, extra=Extra.MOD_11_10),
    Layout(
        rule=IdRule.HU_INSURANCE,
        shape="9" * 9,
        checks=(Check(columns=_weighted(3, 7, 3, 7, 3, 7, 3, 7), modulus=10, answers=_DIGITS, place=8),),
    ),
    # Ascending weights for births before 1997, descending since; both are met on either side of that day.
    *(
        Layout(
            rule=IdRule.HU_PERSON,
            shape="9" * 11,
            born=Born(year=1, month=3, day=5, century=Century.HUNGARIAN, century_at=0),
            checks=(Check(columns=_weighted(*weights), modulus=11, answers=_ELEVEN, place=10),),
        )
        for weights in (range(1, 11), range(10, 0, -1))
    ),
    Layout(
        rule=IdRule.HU_TAX,
        shape="9" * 10,
        refused=((0, 1, 0, 7), (0, 1, 9, 9)),
        checks=(Check(columns=_weighted(*range(1, 10)), modulus=11, answers=_ELEVEN, place=9),),
    ),
    Layout(
        rule=IdRule.IE_PERSON,
        shape="9999999a",
        checks=(Check(columns=_weighted(*range(8, 1, -1)), modulus=23, answers=_IRISH, place=7),),
    ),
    Layout(
        rule=IdRule.IE_PERSON,
        shape="9999999aa",
        # The second letter counts, but for W, T and X of married women's old numbers.
        checks=(
            Check(
                columns=(
                    *_weighted(*range(8, 1, -1)),
                    _SILENT,
                    _letters({letter: _IRISH.find(letter) % 23 * (letter not in "wtx") for letter in CHARACTERS}, 9),
                ),
                modulus=23,
                answers=_IRISH,
                place=7,
            ),
        ),
    ),
    Layout(
        rule=IdRule.IT_TAX,
        shape="aaaaaaooaooaoooa",
        born=Born(year=6, month=8, day=9, months=Months.LETTER, days=Days.FORTY),
        checks=(Check(columns=_ITALIAN_COLUMNS, modulus=26, answers="abcdefghijklmnopqrstuvwxyz", place=15),),
    ),
    *(
        Layout(rule=IdRule.LT_UNDATED, shape="9" * 11, refused=((0, 1, 0, 8),), checks=checks)
        for checks in _BALTIC_CHECKS
    ),
    Layout(
        rule=IdRule.LU_PERSON,
        shape="9" * 13,
        refused=_YEARS,
        born=Born(year=2, month=4, day=6, century=Century.YEAR_DIGIT, century_at=1),
        checks=(Check(columns=_luhn(12), modulus=10),),
        extra=Extra.VERHOEFF,
    ),
    Layout(
        rule=IdRule.LV_DATED,
        shape="9" * 11,
        born=Born(day=0, month=2, year=4, century=Century.LATVIAN, century_at=6),
        checks=(
            Check(
                columns=_weighted(10, 5, 8, 4, 2, 1, 6, 3, 7, 9),
                modulus=11,
                answers=_ELEVEN_ZERO,
                place=10,
                offset=1,
            ),
        ),
    ),
    Layout(rule=IdRule.LV_UNDATED, shape="9" * 11, refused=((0, 2, 0, 31), (0, 2, 33, 99))),
    Layout(
        rule=IdRule.NL_PERSON,
        shape="9" * 9,
        checks=(Check(columns=_weighted(9, 8, 7, 6, 5, 4, 3, 2, -1), modulus=11),),
    ),
    Layout(
        rule=IdRule.NL_PERSON,
        shape="9" * 8,
        checks=(Check(columns=_weighted(8, 7, 6, 5, 4, 3, 2, -1), modulus=11),),
    ),
    Layout(
        rule=IdRule.NO_PERSON,
        shape="9" * 11,
        born=Born(
            day=0,
            month=2,
            year=4,
            months=Months.NORWEGIAN,
            days=Days.FORTY,
            century=Century.NORWEGIAN,
            century_at=6,
        ),
        checks=(
            Check(columns=_weighted(-3, -7, -6, -1, -8, -9, -4, -5, -2), modulus=11, answers=_ELEVEN, place=9),
            Check(columns=_weighted(-5, -4, -3, -2, -7, -6, -5, -4, -3, -2), modulus=11, answers=_ELEVEN, place=10),
        ),
    ),
    Layout(
        rule=IdRule.PL_CARD,
        shape="aaa999999",
        checks=(Check(columns=_weighted(7, 3, 1, 0, 7, 3, 1, 7, 3), modulus=10, answers=_DIGITS, place=3),),
    ),
    Layout(
        rule=IdRule.PL_PERSON,
        shape="9" * 11,
        born=Born(year=0, month=2, day=4, months=Months.POLISH, century=Century.MONTH_POLISH, century_at=2),
        checks=(
            Check(columns=_weighted(-1, -3, -7, -9, -1, -3, -7, -9, -1, -3), modulus=10, answers=_DIGITS, place=10),
        ),
    ),
    Layout(
        rule=IdRule.PL_TAX,
        shape="9" * 10,
        checks=(Check(columns=_weighted(6, 5, 7, 2, 3, 4, 5, 6, 7, -1), modulus=11),),
    ),
    Layout(rule=IdRule.PT_CARD, shape="999999999**9", checks=(Check(columns=_luhn(12), modulus=10),)),
    Layout(
        rule=IdRule.PT_INSURANCE,
        shape="9" * 11,
        refused=((0, 1, 0, 0), (0, 1, 3, 9)),
        checks=(
            Check(
                columns=_weighted(-29, -23, -19, -17, -13, -11, -7, -5, -3, -2),
                modulus=10,
                answers=_DIGITS,
                place=10,
                offset=9,
            ),
        ),
    ),
    Layout(
        rule=IdRule.PT_TAX,
        shape="9" * 9,
        refused=((0, 1, 0, 0),),
        checks=(Check(columns=_weighted(*range(-9, -1)), modulus=11, answers=_ELEVEN_ZERO, place=8),),
    ),
    Layout(
        rule=IdRule.RO_PERSON,
        shape="9" * 13,
        # The counties' codes leave gaps.
        refused=tuple((7, 2, low, high) for low, high in ((0, 0), (49, 50), (53, 69), (71, 79), (84, 99))),
        born=Born(year=1, month=3, day=5, century=Century.ROMANIAN, century_at=0),
        checks=(
            Check(columns=_weighted(2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), modulus=11, answers="01234567891", place=12),
        ),
    ),
    Layout(
        rule=IdRule.SE_PERSON,
        shape="9" * 10,
        born=Born(year=0, month=2, day=4, days=Days.SIXTY),
        checks=(Check(columns=_luhn(10), modulus=10),),
    ),
    Layout(
        rule=IdRule.SE_PERSON,
        shape="9" * 12,
        refused=_YEARS,
        born=Born(year=2, month=4, day=6, days=Days.SIXTY, century=Century.YEAR_DIGIT, century_at=1),
        checks=(Check(columns=(_SILENT, _SILENT, *_luhn(10)), modulus=10),),
    ),
    Layout(
        rule=IdRule.SI_PERSON,
        shape="9" * 13,
        born=Born(day=0, month=2, year=5, century=Century.YEAR_DIGIT, century_at=4),
        checks=(
            Check(
                columns=_weighted(-7, -6, -5, -4, -3, -2, -7, -6, -5, -4, -3, -2),
                modulus=11,
                answers=_ELEVEN_ZERO,
                place=12,
            ),
        ),
    ),
    Layout(
        rule=IdRule.SI_TAX,
        shape="9" * 8,
        refused=((0, 1, 0, 0),),
        checks=(Check(columns=_weighted(8, 7, 6, 5, 4, 3, 2), modulus=11, answers="-0987654321", place=7),),
    ),
)
