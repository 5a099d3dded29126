r"""Finders of numbers that name a person: bank accounts, cards, identity numbers, phone numbers.

A run of digit groups is read once; windows of a few neighbouring groups are tried, the longest first, and each is
judged by check digits, by its grouping and by the nearest cue word. A window has at most nineteen digits, so the work
for one text grows with its length and no faster.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from stdnum import luhn

from demur.filters import phones
from demur.filters.cues import (
    AMOUNT_BEFORE,
    UNIT_AFTER,
    Cue,
    context_after,
    context_before,
    cue_after,
    cue_before,
    nearest_cue,
)
from demur.filters.identifiers import IdentifierClass
from demur.filters.national_ids import LETTERED_IDS, NUMERIC_IDS, NationalId
from demur.filters.online import Place

# -------------------------------------------------------------------------------------------------------- bank accounts
# ISO 13616 registry: country and length of its IBAN.
_IBAN_REGISTRY = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 "
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
IBAN_LENGTHS = {part[:2]: int(part[2:]) for part in _IBAN_REGISTRY.split()}
_IBAN = re.compile(r"(?:(?<![^\W_])|(?<=iban))([a-z] ?[a-z]) ?\d ?\d(?:[ .-]{0,2}[a-z0-9]){11,34}+", re.IGNORECASE)
_ALNUM = re.compile(r"[a-z0-9]", re.IGNORECASE)


def find_ibans(text: str) -> Iterator[Place]:
    """Find IBANs of every country in the registry, spaced or not, in any case (ISO 13616, remainder 1 modulo 97)."""
    place = 0
    while match := _IBAN.search(text, place):
        end = _iban_end(match)
        if end is not None:
            yield match.start(), end
        place = end if end is not None else match.end(1)


def _iban_end(match: re.Match[str]) -> int | None:
    length = IBAN_LENGTHS.get(match[1].replace(" ", "").upper())
    characters = list(_ALNUM.finditer(match[0]))
    if length is None or len(characters) < length:
        return None
    plain = "".join(character[0] for character in characters[:length])
    value = int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4]))
    return match.start() + characters[length - 1].end() if value % 97 == 1 else None


# ------------------------------------------------------------------------------------------------- numbers with letters
_LETTERED_HINT = re.compile(r"(?<![^\W_])(?=(?:[A-Z0-9][ .+-]{0,1}){4,24})(?=[A-Z .+-]{0,10}\d)[A-Z0-9]", re.IGNORECASE)
_LETTERED = tuple(
    (one, re.compile(rf"{one.written.pattern}(?![^\W_])", re.IGNORECASE))  # a longer word is another thing
    for one in LETTERED_IDS
)


def find_lettered_ids(text: str, language: str | None) -> Iterator[Place]:
    """Find identity numbers that hold a letter."""
    done = 0
    for hint in _LETTERED_HINT.finditer(text):
        start = hint.start()
        if start >= done and (end := _lettered_end(text, start, language)) is not None:
            yield start, end
            done = end


def _lettered_end(text: str, start: int, language: str | None) -> int | None:
    for one, pattern in _LETTERED:
        match = pattern.match(text, start)
        if match is None or not one.is_valid(match[0]):
            continue
        cue = nearest_cue(text, start, match.end())
        if cue is Cue.IDENTITY or (cue is not Cue.OTHER and one.is_trusted(match[0], language)):
            return match.end()
    return None


# ------------------------------------------------------------------------------------------------------- runs of digits
_SEPARATOR = r"[ .\-/()']"
_RUN = re.compile(rf"(?<!\d)(?:\+ ?)?\(?\+?\d++(?:{_SEPARATOR}{{1,4}}+\d++)*+")
_GROUP = re.compile(r"\d+")
_HYPHENATED = re.compile(r"[^\W_]-\Z")
_GOES_ON = re.compile(r"\w|-[^\W\d_]|[,:]\d{1,2}(?!\d)")
_SHORTEST, _LONGEST, _MOST_GROUPS, _LONG = 7, 19, 8, 5

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[6-9]|20|21)\d\d"
_FREE_LEFT, _FREE_RIGHT = r"(?<![\d+])(?<!\d[./-])", r"(?![./-]?\d)"
_DATE = re.compile(
    rf"{_FREE_LEFT}(?:{_DAY} ?([./-]) ?{_MONTH} ?\1 ?(?:{_YEAR}|\d\d)|{_MONTH} ?([./-]) ?{_DAY} ?\2 ?{_YEAR}"
    rf"|{_YEAR}([./-]){_MONTH}\3{_DAY}|{_YEAR} ?[-/] ?{_YEAR}){_FREE_RIGHT}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some neighbouring groups of digits, with what may touch them."""

    start: int
    end: int
    text: str
    digits: str
    sizes: tuple[int, ...]
    is_whole: bool


class Run:
    """A run of digit groups. Cue words stand around it, never in it, so they are looked up once, and only if asked."""

    def __init__(self, text: str, start: int, end: int) -> None:
        """Read the groups."""
        self.text = text
        self.start = start
        self.end = end
        self.groups: list[Place] = [match.span() for match in _GROUP.finditer(text, start, end)]
        sizes = [right - left for left, right in self.groups]
        self._first_long = next((index for index, size in enumerate(sizes) if size >= _LONG), len(sizes))
        self._last_long = next((len(sizes) - index for index, size in enumerate(sizes[::-1]) if size >= _LONG), 0)

    def cue(self, first: int, last: int) -> Cue | None:
        """Say what the cue word nearest to a window says, unless another long number stands between."""
        before = self._before if first <= self._first_long else None
        return before or (self._after if last >= self._last_long else None)

    @cached_property
    def _before(self) -> Cue | None:
        return cue_before(self.text, self.start)

    @cached_property
    def _after(self) -> Cue | None:
        return cue_after(self.text, self.end)


def find_numbers(text: str, language: str | None) -> Iterator[tuple[int, int, IdentifierClass]]:
    """Find cards, identity numbers and phone numbers in every run of digits."""
    undated = _DATE.sub(lambda match: ";" * len(match[0]), text)
    for match in _RUN.finditer(undated):
        if match.end() - match.start() >= _SHORTEST:
            yield from _read_run(Run(undated, *match.span()), language)


def _read_run(run: Run, language: str | None) -> Iterator[tuple[int, int, IdentifierClass]]:
    first = 0
    while first < len(run.groups):
        step = 1
        for last in _window_ends(run.groups, first):
            window = _window(run, first, last)
            label = None if window is None else _judge(run, first, last, window, language)
            if window is not None and label is not None:
                yield window.start, window.end, label
                step = last - first
                break
        first += step


def _window_ends(groups: list[Place], first: int) -> list[int]:
    """List where windows that begin with a group may end, the longest first."""
    if _is_single(groups, first) and _is_single(groups, first + 1):
        spelled = _spelled_out(groups, first)
        if spelled - first >= _SHORTEST:
            return [spelled] if spelled - first <= _LONGEST and not _is_single(groups, first - 1) else []
    ends, total = [], 0
    for last in range(first, min(first + _MOST_GROUPS, len(groups))):
        total += groups[last][1] - groups[last][0]
        if total > _LONGEST:
            break
        if total >= _SHORTEST:
            ends.append(last + 1)
    return ends[::-1]


def _spelled_out(groups: list[Place], first: int) -> int:
    last = first
    while last < len(groups) and last - first <= _LONGEST and _is_single(groups, last):
        last += 1
    return last


def _is_single(groups: list[Place], index: int) -> bool:
    return 0 <= index < len(groups) and groups[index][1] - groups[index][0] == 1


def _window(run: Run, first: int, last: int) -> Window | None:
    """Cut a window out of a run; None if it would tear something that belongs together."""
    text, groups = run.text, run.groups
    start = run.start if first == 0 else groups[first][0] - (text[groups[first][0] - 1] == "(")
    end = groups[last - 1][1]
    if _is_glued_left(run, first, start) or _is_glued_right(run, last, end):
        return None
    return Window(
        start=start,
        end=end,
        text=text[start:end],
        digits="".join(text[left:right] for left, right in groups[first:last]),
        sizes=tuple(right - left for left, right in groups[first:last]),
        is_whole=first == 0 and last == len(groups),
    )


def _is_glued_left(run: Run, first: int, start: int) -> bool:
    if first > 0:
        return " " not in run.text[run.groups[first - 1][1] : start]
    before = run.text[max(0, start - 2) : start]
    return before[-1:].isalnum() or before[-1:] in ("_", "\\") or _HYPHENATED.search(before) is not None


def _is_glued_right(run: Run, last: int, end: int) -> bool:
    if last < len(run.groups):
        return " " not in run.text[end : run.groups[last][0]]
    return _GOES_ON.match(run.text, end, end + 5) is not None


def _judge(run: Run, first: int, last: int, window: Window, language: str | None) -> IdentifierClass | None:
    may_be_card = _is_card(window)
    may_be_phone = _may_be_phone(run, window, first, last, language)
    ids = [one for one in _ids_of_length(len(window.digits)) if _is_id(one, window)]
    if not (may_be_card or may_be_phone or ids):
        return None
    if may_be_card:
        # Prefix, length and check digit agree: one order number in a thousand does, and in doubt it is cut.
        return IdentifierClass.CARD
    cue = run.cue(first, last)
    if cue is Cue.IDENTITY and ids:
        return IdentifierClass.NATIONAL_ID
    if cue not in {Cue.OTHER, Cue.PHONE} and any(one.is_trusted(window.text, language) for one in ids):
        return IdentifierClass.NATIONAL_ID
    if may_be_phone and _is_phone(run.text, window, language, cue):
        return IdentifierClass.PHONE
    return None


@cache
def _ids_of_length(length: int) -> tuple[NationalId, ...]:
    return tuple(one for one in NUMERIC_IDS if length in one.lengths)


def _is_id(one: NationalId, window: Window) -> bool:
    return one.written.fullmatch(window.text) is not None and one.is_valid(_for_check(window))


_SERIAL_LENGTH = 4


def _for_check(window: Window) -> str:
    """Return the digits, with the hyphen that carries meaning in Sweden and Denmark."""
    is_dated = "-" in window.text and len(window.digits) in {10, 12} and window.sizes[-1] == _SERIAL_LENGTH
    return f"{window.digits[:-4]}-{window.digits[-4:]}" if is_dated else window.digits


# ---------------------------------------------------------------------------------------------------------------- cards
# Issuer ranges (ISO/IEC 7812): Visa, Mastercard with its 2-series, American Express, Diners, Discover, JCB, UnionPay
# and Maestro.
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|095|[689]\d)\d{11,16}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}"
    r"|(?:50|5[6-8]|6[0-9])\d{14,17}",
)
_CARD_GROUPS = frozenset({(4, 6, 5), (4, 6, 4), (4, 4, 4, 1), (4, 4, 4, 4, 3), (8, 8), (6, 10), (6, 13)})


_SHORTEST_CARD = 13


def _is_card(window: Window) -> bool:
    sizes = window.sizes
    is_even = len(set(sizes[:-1])) <= 1 and sizes[-1] <= sizes[0] if len(sizes) > 1 else True
    return (
        len(window.digits) >= _SHORTEST_CARD
        and (is_even or sizes in _CARD_GROUPS)
        and _ISSUERS.fullmatch(window.digits) is not None
        and len(set(window.digits)) > 1
        and luhn.is_valid(window.digits)
    )


# --------------------------------------------------------------------------------------------------------------- phones
_AMOUNT = re.compile(r"\d{1,3}(?:[ .']\d{3})+")
_TIDY = re.compile(r"(?:\(\d++(?:[ -]\d++)?\)|\d++)(?:(?: |[-./]| - | / |)(?:\(\d++\)|\d++))*+")
_DATE_LIKE = re.compile(r"\d\d?([./-])\d\d?\1\d{4}")
_TRUNK_AFTER_CODE = re.compile(r"\( ?0 ?\)")
_LONGEST_PHONE, _LONGEST_AT_HOME, _SHORTEST_ABROAD, _SHORTEST_BARE = 15, 12, 9, 9


def _may_be_phone(run: Run, window: Window, first: int, last: int, language: str | None) -> bool:
    if len(window.digits) > _LONGEST_PHONE:
        return False
    if window.text.lstrip("( ").startswith(("+", "0")):
        return True
    # Asking every numbering plan is the dearest question here: only where the answer can matter.
    can_matter = window.is_whole or run.cue(first, last) is Cue.PHONE
    return can_matter and any(phones.is_assigned(window.digits, regions) for regions in _regions(language))


def _is_phone(text: str, window: Window, language: str | None, cue: Cue | None) -> bool:
    if "+" in window.text or window.digits.startswith("00"):
        return _is_from_abroad(window)
    if cue is Cue.PHONE:
        is_plausible = window.is_whole and len(window.digits) <= _LONGEST_AT_HOME
        return is_plausible or phones.is_assigned(window.digits, phones.EUROPEAN_REGIONS)
    if cue is not None or AMOUNT_BEFORE.search(context_before(text, window.start)):
        return False
    if UNIT_AFTER.match(context_after(text, window.end)):
        return False
    return _has_phone_form(window, language)


def _is_from_abroad(window: Window) -> bool:
    plain = _TRUNK_AFTER_CODE.sub("", window.text)
    digits = "".join(_GROUP.findall(plain))
    if "+" not in plain:
        return phones.is_international(digits[2:])
    is_plausible = window.is_whole and len(digits) >= _SHORTEST_ABROAD and phones.has_calling_code(digits)
    return phones.is_international(digits) or is_plausible


def _regions(language: str | None) -> tuple[tuple[str, ...], ...]:
    """List the regions to ask: those of the language first, then all, for a cue word may tell of a number abroad."""
    at_home = phones.REGIONS_BY_LANGUAGE.get(language or "")
    return (phones.EUROPEAN_REGIONS,) if at_home is None else (at_home, phones.EUROPEAN_REGIONS)


def _has_phone_form(window: Window, language: str | None) -> bool:
    """Tell whether digits without any cue are written the way phone numbers are."""
    if not _TIDY.fullmatch(window.text) or _DATE_LIKE.fullmatch(window.text):
        return False
    regions = _regions(language)[0]
    if not window.is_whole or not phones.is_assigned(window.digits, regions):
        return window.digits.startswith("0") and _is_torn_phone(window, regions)
    is_grouped = len(window.sizes) > 1
    if window.digits.startswith("0"):
        return is_grouped or len(window.digits) >= _SHORTEST_BARE
    if language not in phones.REGIONS_BY_LANGUAGE:
        return False
    if is_grouped and not _AMOUNT.fullmatch(window.text):
        return True
    return len(window.digits) >= _SHORTEST_BARE and phones.is_mobile(window.digits, regions)


def _is_torn_phone(window: Window, regions: tuple[str, ...]) -> bool:
    """Tell whether a part of a longer run is a phone number that other numbers follow."""
    is_long = len(window.digits) >= _SHORTEST_BARE
    return not window.is_whole and is_long and phones.is_assigned(window.digits, regions)


PATTERNS = (
    _IBAN,
    _LETTERED_HINT,
    _RUN,
    _DATE,
    _ISSUERS,
    _AMOUNT,
    _TIDY,
    _DATE_LIKE,
    *(pattern for _, pattern in _LETTERED),
)
