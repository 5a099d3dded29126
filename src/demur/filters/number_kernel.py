"""Compiled finders of numbers that name a person: bank accounts, cards, identity numbers, phone numbers.

A run of digit groups is read once; windows of a few neighbouring groups are tried, the longest first, and each is
judged by check digits, by its grouping and by the nearest cue word. A window has at most nineteen digits, so the work
for one text grows with its length and no faster. Imports numba.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.automata import DEAD, START
from demur.filters.cues import (
    BIRTH_CUE,
    CARD_CUE,
    IDENTITY_CUE,
    NO_CUE,
    NO_PLATE_CUE,
    OTHER_CUE,
    PHONE_CUE,
    PLATE_CUE,
    VEHICLE_CUE,
)
from demur.filters.id_kernel import is_valid_id
from demur.filters.places import Label, Part
from demur.filters.symbol_kernel import (
    Bytes,
    Places,
    Spans,
    Tables,
    end_state,
    ends_of,
    inner,
    is_end,
    longest_end,
    longest_start,
    step,
)
from demur.filters.symbols import BARRIER, CAPITAL_KIND, DIGIT_KIND, LETTER_KIND, WORD_KIND

Groups: TypeAlias = npt.NDArray[np.int64]
"""The places of groups of digits, an array of (start, end)."""


_ZERO, _SPACE, _NEWLINE, _PLUS, _OPEN, _CLOSE = ord("0"), ord(" "), ord("\n"), ord("+"), ord("("), ord(")")
_DOT, _HYPHEN, _UNDERSCORE, _COLON, _COMMA, _SLASH, _BACKSLASH = (ord(sign) for sign in ".-_:,/\\")
_SMALL, _ASTERISK = 0x20, ord("*")
_CONTEXT, _LONG_NUMBER = 48, 5
_SHORTEST, _LONGEST, _MOST_GROUPS, _LONG, _MOST_BETWEEN = 7, 19, 8, 5, 4


@inner
def _add(spans: Spans, count: int, start: int, end: int, label: int) -> int:
    spans[count, 0] = start
    spans[count, 1] = end
    spans[count, 2] = label
    return count + 1


# ----------------------------------------------------------------------------------------------------------------- cues
NUMBER_CUES = 1 << PHONE_CUE | 1 << CARD_CUE | 1 << IDENTITY_CUE | 1 << OTHER_CUE
"""The kinds of cues, as bits, that say something about a number."""


@inner
def cue_before(symbols: Bytes, kinds: Bytes, cue_ends: Bytes, place: int, wanted: int) -> int:
    """Say what the last cue word before a place says, of the wanted kinds.

    Words beyond a long number, a barrier or a line belong elsewhere.
    """
    digits = 0
    for at in range(place, place - _CONTEXT, -1):
        cue = np.int64(cue_ends[at])
        if cue != NO_CUE and wanted >> cue & 1:
            return cue
        before = symbols[at - 1]
        digits = digits + 1 if kinds[before] & DIGIT_KIND != 0 else 0
        if before in (BARRIER, _NEWLINE) or digits == _LONG_NUMBER:
            break
    return np.int64(NO_CUE)


@inner
def cue_after(symbols: Bytes, kinds: Bytes, cue_starts: Bytes, place: int, wanted: int) -> int:
    """Say what the first cue word after a place says, of the wanted kinds."""
    digits = 0
    for at in range(place, place + _CONTEXT // 2):
        if symbols[at] in (BARRIER, _NEWLINE):
            break
        cue = np.int64(cue_starts[at])
        if cue != NO_CUE and wanted >> cue & 1:
            return cue
        digits = digits + 1 if kinds[symbols[at]] & DIGIT_KIND != 0 else 0
        if digits == _LONG_NUMBER:
            break
    return np.int64(NO_CUE)


@inner
def nearest_cue(symbols: Bytes, kinds: Bytes, cue_starts: Bytes, cue_ends: Bytes, start: int, end: int, wanted: int) -> int:
    """Say what the cue word nearest to a number says it is; words before it count first."""
    cue = cue_before(symbols, kinds, cue_ends, start, wanted)
    return cue if cue != NO_CUE else cue_after(symbols, kinds, cue_starts, end, wanted)


# --------------------------------------------------------------------------------------------------------- birth dates
_BIRTH_CUES = 1 << BIRTH_CUE


@inner
def find_birth_dates(
    symbols: Bytes,
    low: int,
    high: int,
    cue_starts: Bytes,
    cue_ends: Bytes,
    kinds: Bytes,
    tables: Tables,
    base: int,
    spans: Spans,
    count: int,
) -> int:
    """Find dates beside a word that says that somebody was born, or behind an asterisk."""
    place = low
    while place < high:
        if kinds[symbols[place]] & WORD_KIND == 0 or kinds[symbols[place - 1]] & WORD_KIND != 0:
            place += 1
            continue
        end = _date_end(symbols, kinds, place, tables, base)
        if end > 0 and kinds[symbols[end]] & WORD_KIND == 0:
            is_starred = symbols[place - 1] == _ASTERISK or (symbols[place - 1] == _SPACE and symbols[place - 2] == _ASTERISK)
            if is_starred or nearest_cue(symbols, kinds, cue_starts, cue_ends, place, end, _BIRTH_CUES) != NO_CUE:
                count = _add(spans, count, place, end, Label.DATE_OF_BIRTH)
                place = end
        place += 1
    return count


# -------------------------------------------------------------------------------------------------------------- plates
_PLATE_CUES = 1 << PLATE_CUE | 1 << VEHICLE_CUE | 1 << NO_PLATE_CUE | NUMBER_CUES
_FORM, _COUNTRY, _CUE = 0, 1, 2


@inner
def find_plates(
    symbols: Bytes,
    low: int,
    high: int,
    cue_starts: Bytes,
    cue_ends: Bytes,
    kinds: Bytes,
    tables: Tables,
    where: Places,
    language: int,
    spans: Spans,
    count: int,
) -> int:
    """Find licence plates, by as much evidence as their form needs."""
    place = low
    while place < high:
        before = symbols[place - 1]
        if kinds[symbols[place]] & WORD_KIND == 0 or kinds[before] & WORD_KIND != 0 or before == _UNDERSCORE:
            place += 1
            continue
        end = _plate_end(symbols, place, cue_starts, cue_ends, kinds, tables, where, language)
        if end > 0:
            count = _add(spans, count, place, end, Label.PLATE)
        place = max(end, place + 1)
    return count


@inner
def _plate_end(
    symbols: Bytes, start: int, cue_starts: Bytes, cue_ends: Bytes, kinds: Bytes, tables: Tables, where: Places, language: int
) -> int:
    base = where[Part.PLATES]
    state, place, end = np.int64(START), start, -1
    is_capital = True
    cue = np.int64(-1)
    while True:
        symbol = symbols[place]
        state = step(tables, base, state, symbol)
        if state == DEAD:
            return end
        is_capital = is_capital and (kinds[symbol] & LETTER_KIND == 0 or kinds[symbol] & CAPITAL_KIND != 0)
        place += 1
        if not is_end(tables, base, state) or kinds[symbols[place]] & WORD_KIND != 0 or symbols[place] == _UNDERSCORE:
            continue
        if symbols[place] in (_HYPHEN, _SLASH) and kinds[symbols[place + 1]] & WORD_KIND != 0:
            continue
        if cue < 0:
            cue = nearest_cue(symbols, kinds, cue_starts, cue_ends, start, place, _PLATE_CUES)
        if _is_plate(state, is_capital, cue, tables, where, language):
            end = place


@inner
def _is_plate(state: int, is_capital: bool, cue: int, tables: Tables, where: Places, language: int) -> bool:
    if cue == PLATE_CUE:
        return True
    if cue not in (NO_CUE, VEHICLE_CUE):
        return False
    first, last = ends_of(tables, where[Part.PLATES], state)
    for index in range(first, last):
        number = np.int64(tables[index])
        evidence = np.int64(tables[where[Part.PLATE_EVIDENCE] + number])
        needed = evidence >> 2 if is_capital else evidence & 3
        is_at_home = language >= 0 and tables[where[Part.PLATE_LANGUAGES] + number] >> language & 1 != 0
        if needed == _FORM or (cue == VEHICLE_CUE and is_at_home) or (needed == _COUNTRY and is_at_home):
            return True
    return False


# -------------------------------------------------------------------------------------------------------- bank accounts
@inner
def find_ibans(
    symbols: Bytes,
    kinds: Bytes,
    tables: Tables,
    lengths: int,
    cue_ends: Bytes,
    low: int,
    high: int,
    spans: Spans,
    count: int,
) -> int:
    """Find IBANs of every country in the registry, spaced or not (ISO 13616, remainder 1 modulo 97)."""
    place = low
    while place < high:
        is_start = _is_ascii_letter(symbols[place]) and (
            kinds[symbols[place - 1]] & WORD_KIND == 0 or cue_ends[place] != NO_CUE
        )
        end = _iban_end(symbols, kinds, tables, lengths, place) if is_start else -1
        if end > 0:
            count = _add(spans, count, place, end, Label.IBAN)
        place = max(end, place + 1)
    return count


@inner
def _is_ascii_letter(symbol: int) -> bool:
    return ord("a") <= symbol | _SMALL <= ord("z")


@inner
def _iban_end(symbols: Bytes, kinds: Bytes, tables: Tables, lengths: int, start: int) -> int:
    """Return where an IBAN ends that starts here; the first four characters are moved to the end and read modulo 97."""
    length = count = gap = 0
    remainder = head = np.int64(0)
    place = start
    country = 0
    while True:
        symbol = symbols[place]
        if not (_is_ascii_letter(symbol) or kinds[symbol] & DIGIT_KIND != 0):
            gap += 1
            if symbol not in (_SPACE, _DOT, _HYPHEN) or gap > (2 if count >= 4 else 1):
                return -1
            place += 1
            continue
        gap = 0
        is_letter = _is_ascii_letter(symbol)
        value = np.int64(symbol | _SMALL) - (ord("a") - 10) if is_letter else np.int64(symbol) - _ZERO
        if count < 2:
            if not is_letter:
                return -1
            country = country * 26 + value - 10
        elif count < 4 and is_letter:
            return -1
        if count == 2:
            length = tables[lengths + country]
            if length == 0:
                return -1
        if count < 4:
            head = (head * (100 if is_letter else 10) + value)
        else:
            remainder = (remainder * (100 if is_letter else 10) + value) % 97
        count += 1
        place += 1
        if count == length and count > 4:
            # Two letters of the country and two digits: six digits.
            return place if (remainder * 1_000_000 + head) % 97 == 1 else -1


# ------------------------------------------------------------------------------------------------- numbers with letters
@inner
def find_lettered_ids(
    symbols: Bytes,
    low: int,
    high: int,
    cue_starts: Bytes,
    cue_ends: Bytes,
    kinds: Bytes,
    tables: Tables,
    where: Places,
    language: int,
    spans: Spans,
    count: int,
) -> int:
    """Find identity numbers that hold a letter."""
    place = low
    while place < high:
        if kinds[symbols[place]] & WORD_KIND == 0 or kinds[symbols[place - 1]] & WORD_KIND != 0:
            place += 1
            continue
        end = _lettered_end(symbols, place, cue_starts, cue_ends, kinds, tables, where, language)
        if end > 0:
            count = _add(spans, count, place, end, Label.NATIONAL_ID)
        place = max(end, place + 1)
    return count


@inner
def _lettered_end(
    symbols: Bytes, start: int, cue_starts: Bytes, cue_ends: Bytes, kinds: Bytes, tables: Tables, where: Places, language: int
) -> int:
    base = where[Part.IDS]
    state, place, end = np.int64(START), start, -1
    has_letter = False
    while True:
        state = step(tables, base, state, symbols[place])
        if state == DEAD:
            return end
        has_letter = has_letter or kinds[symbols[place]] & LETTER_KIND != 0
        place += 1
        if not has_letter or not is_end(tables, base, state) or kinds[symbols[place]] & WORD_KIND != 0:
            continue
        trust = _trust(symbols, start, place, state, tables, where, language)
        if trust == _NO_ID:
            continue
        cue = nearest_cue(symbols, kinds, cue_starts, cue_ends, start, place, NUMBER_CUES)
        if cue == IDENTITY_CUE or (trust == _TRUSTED and cue != OTHER_CUE):
            end = place


_NO_ID, _VALID, _TRUSTED = 0, 1, 2


@inner
def _trust(symbols: Bytes, start: int, end: int, state: int, tables: Tables, where: Places, language: int) -> int:
    """Say whether a number in one of the forms is valid, and whether that is evidence enough without a cue word."""
    grouped = end_state(tables, where[Part.GROUPED_IDS], symbols, start, end)
    best = _NO_ID
    first, last = ends_of(tables, where[Part.IDS], state)
    for index in range(first, last):
        number = np.int64(tables[index])
        if not is_valid_id(np.int64(tables[where[Part.ID_RULES] + number]), symbols, start, end):
            continue
        is_at_home = language >= 0 and tables[where[Part.ID_LANGUAGES] + number] >> language & 1 != 0
        is_alone = tables[where[Part.ID_IS_ALONE] + number] != 0
        if is_alone or is_at_home or _is_among(tables, where[Part.GROUPED_IDS], grouped, number):
            return _TRUSTED
        best = _VALID
    return best


@inner
def _is_among(tables: Tables, base: int, state: int, number: int) -> bool:
    first, last = ends_of(tables, base, state)
    for index in range(first, last):
        if tables[index] == number:
            return True
    return False


# ------------------------------------------------------------------------------------------------------- runs of digits
@inner
def hide_dates(symbols: Bytes, kinds: Bytes, low: int, high: int, tables: Tables, base: int) -> None:
    """Put a separator of no number over every date, so that no number is made of one."""
    place = low
    while place < high:
        if kinds[symbols[place]] & DIGIT_KIND == 0 or kinds[symbols[place - 1]] & DIGIT_KIND != 0:
            place += 1
            continue
        before = symbols[place - 1]
        is_torn = before == _PLUS or (
            before in (_DOT, _SLASH, _HYPHEN) and kinds[symbols[place - 2]] & DIGIT_KIND != 0
        )
        end = -1 if is_torn else _date_end(symbols, kinds, place, tables, base)
        if end > 0:
            symbols[place:end] = ord(";")
        place = max(end, place + 1)


@inner
def _date_end(symbols: Bytes, kinds: Bytes, start: int, tables: Tables, base: int) -> int:
    state, place, end = np.int64(START), start, -1
    while True:
        state = step(tables, base, state, symbols[place])
        if state == DEAD:
            return end
        place += 1
        if is_end(tables, base, state) and not _digit_follows(symbols, kinds, place):
            end = place


@inner
def _digit_follows(symbols: Bytes, kinds: Bytes, place: int) -> bool:
    after = symbols[place + 1] if symbols[place] in (_DOT, _SLASH, _HYPHEN) else symbols[place]
    return kinds[after] & DIGIT_KIND != 0


@inner
def _separates(symbol: int) -> bool:
    return symbol in (_SPACE, _DOT, _HYPHEN, _SLASH, _OPEN, _CLOSE, ord("'"))


@inner
def _read_groups(symbols: Bytes, kinds: Bytes, place: int, groups: Groups) -> int:
    """Write down the groups of digits of a run that starts here; return how many there are."""
    count = 0
    while True:
        groups[count, 0] = place
        while kinds[symbols[place]] & DIGIT_KIND != 0:
            place += 1
        groups[count, 1] = place
        count += 1
        after = place
        while after - place < _MOST_BETWEEN and _separates(symbols[after]):
            after += 1
        if after == place or kinds[symbols[after]] & DIGIT_KIND == 0:
            return count
        place = after


@inner
def _run_start(symbols: Bytes, place: int) -> int:
    """Return where a run begins whose first digit is given: with the signs that people put before a number."""
    if symbols[place - 1] == _PLUS:
        place -= 1
    if symbols[place - 1] == _OPEN:
        place -= 1
    if symbols[place - 1] == _PLUS:
        return place - 1
    return place - 2 if symbols[place - 1] == _SPACE and symbols[place - 2] == _PLUS else place


@inner
def find_numbers(
    symbols: Bytes,
    low: int,
    high: int,
    cue_starts: Bytes,
    cue_ends: Bytes,
    kinds: Bytes, tables: Tables, where: Places,
    language: int,
    groups: Groups,
    spans: Spans,
    count: int,
) -> int:
    """Find cards, identity numbers and phone numbers in every run of digits."""
    place = low
    while place < high:
        if kinds[symbols[place]] & DIGIT_KIND == 0:
            place += 1
            continue
        amount = _read_groups(symbols, kinds, place, groups)
        start = _run_start(symbols, place)
        place = groups[amount - 1, 1]
        if place - start >= _SHORTEST:
            count = _read_run(
                symbols, start, groups, amount, cue_starts, cue_ends, kinds, tables, where, language, spans, count
            )
    return count


@inner
def _read_run(
    symbols: Bytes,
    start: int,
    groups: Groups,
    amount: int,
    cue_starts: Bytes,
    cue_ends: Bytes,
    kinds: Bytes, tables: Tables, where: Places,
    language: int,
    spans: Spans,
    count: int,
) -> int:
    before = after = first_long = last_long = -1
    first = np.int64(0)
    while first < amount:
        step = 1
        last, lowest = _widest_window(groups, amount, first)
        while last > lowest:
            begin, end = _window(symbols, kinds, start, groups, amount, first, last)
            if end > 0:
                if before < 0:
                    before = cue_before(symbols, kinds, cue_ends, start, NUMBER_CUES)
                    after = cue_after(
                        symbols, kinds, cue_starts, groups[amount - 1, 1], NUMBER_CUES
                    )
                    first_long, last_long = _long_groups(groups, amount)
                cue = before if first <= first_long else NO_CUE
                if cue == NO_CUE and last >= last_long:
                    cue = after
                is_whole = first == 0 and last == amount
                label = _judge(
                    symbols, begin, end, groups, first, last, is_whole, cue, kinds, tables, where, language
                )
                if label >= 0:
                    count = _add(spans, count, begin, end, label)
                    step = last - first
                    break
            last -= 1
        first += step
    return count


@inner
def _long_groups(groups: Groups, amount: int) -> tuple[int, int]:
    """Return the first long group, and the one after the last."""
    first, last = amount, 0
    for index in range(amount):
        if groups[index, 1] - groups[index, 0] >= _LONG:
            first, last = min(first, index), index + 1
    return first, last


@inner
def _widest_window(groups: Groups, amount: int, first: int) -> tuple[int, int]:
    """Return the widest end of windows that begin with a group, and the end that is too narrow."""
    if _is_single(groups, amount, first) and _is_single(groups, amount, first + 1):
        spelled = first
        while spelled < amount and spelled - first <= _LONGEST and _is_single(groups, amount, spelled):
            spelled += 1
        if spelled - first >= _SHORTEST:
            is_one = spelled - first <= _LONGEST and not _is_single(groups, amount, first - 1)
            return (spelled, spelled - 1) if is_one else (first, first)
    total, last, lowest = 0, first, first
    while last < amount and last - first < _MOST_GROUPS:
        size = groups[last, 1] - groups[last, 0]
        if total + size > _LONGEST:
            break
        total += size
        last += 1
        if total < _SHORTEST:
            lowest = last
    return last, lowest


@inner
def _is_single(groups: Groups, amount: int, index: int) -> bool:
    return 0 <= index < amount and groups[index, 1] - groups[index, 0] == 1


@inner
def _window(
    symbols: Bytes, kinds: Bytes, run_start: int, groups: Groups, amount: int, first: int, last: int
) -> tuple[int, int]:
    """Cut a window out of a run; (-1, -1) if it would tear something that belongs together."""
    start = run_start if first == 0 else groups[first, 0] - (symbols[groups[first, 0] - 1] == _OPEN)
    end = groups[last - 1, 1]
    is_glued = _has_no_space(symbols, groups[first - 1, 1], start) if first > 0 else _is_glued_left(symbols, kinds, start)
    if not is_glued:
        is_glued = _has_no_space(symbols, end, groups[last, 0]) if last < amount else _goes_on(symbols, kinds, end)
    return (-1, -1) if is_glued else (start, end)


@inner
def _has_no_space(symbols: Bytes, start: int, end: int) -> bool:
    for place in range(start, end):
        if symbols[place] == _SPACE:
            return False
    return True


@inner
def _is_glued_left(symbols: Bytes, kinds: Bytes, start: int) -> bool:
    before = symbols[start - 1]
    if kinds[before] & WORD_KIND != 0 or before in (_UNDERSCORE, _BACKSLASH):
        return True
    return before == _HYPHEN and kinds[symbols[start - 2]] & WORD_KIND != 0


@inner
def _goes_on(symbols: Bytes, kinds: Bytes, end: int) -> bool:
    after = symbols[end]
    if kinds[after] & WORD_KIND != 0 or after == _UNDERSCORE:
        return True
    if after == _HYPHEN:
        return kinds[symbols[end + 1]] & LETTER_KIND != 0
    if after not in (_COMMA, _COLON) or kinds[symbols[end + 1]] & DIGIT_KIND == 0:
        return False
    # One or two digits after a comma or a colon: a price or a time.
    length = 2 if kinds[symbols[end + 2]] & DIGIT_KIND != 0 else 1
    return kinds[symbols[end + 1 + length]] & DIGIT_KIND == 0


@inner
def _digits_of(groups: Groups, first: int, last: int) -> int:
    total = 0
    for index in range(first, last):
        total += groups[index, 1] - groups[index, 0]
    return total


@inner
def _judge(
    symbols: Bytes,
    start: int,
    end: int,
    groups: Groups,
    first: int,
    last: int,
    is_whole: bool,
    cue: int,
    kinds: Bytes, tables: Tables, where: Places,
    language: int,
) -> int:
    """Return the label of a window, -1 for none."""
    digits = _digits_of(groups, first, last)
    if digits >= _SHORTEST_CARD and _is_card(symbols, groups, first, last, tables, where[Part.ISSUERS]):
        # Prefix, length and check digit agree: one order number in a thousand does, and in doubt it is cut.
        return Label.CARD
    if cue != PHONE_CUE or digits > _LONGEST_PHONE:
        state = end_state(tables, where[Part.IDS], symbols, start, end)
        trust = _trust(symbols, start, end, state, tables, where, language) if state != DEAD else _NO_ID
        if trust != _NO_ID and (cue == IDENTITY_CUE or (trust == _TRUSTED and cue != OTHER_CUE)):
            return Label.NATIONAL_ID
    if digits <= _LONGEST_PHONE and _is_phone(
        symbols, start, end, groups, first, last, digits, is_whole, cue, kinds, tables, where, language
    ):
        return Label.PHONE
    return -1


# ---------------------------------------------------------------------------------------------------------------- cards
_SHORTEST_CARD = 13


@inner
def _is_card(symbols: Bytes, groups: Groups, first: int, last: int, tables: Tables, issuers: int) -> bool:
    """Tell whether digits have an issuer's prefix and length, an even grouping and a right check digit (ISO/IEC 7812)."""
    if not _has_card_groups(groups, first, last):
        return False
    if _digit_state(tables, issuers, symbols, groups, first, last) == DEAD:
        return False
    total, doubled, is_varied = 0, False, False
    one = symbols[groups[first, 0]]
    for index in range(last - 1, first - 1, -1):
        for place in range(groups[index, 1] - 1, groups[index, 0] - 1, -1):
            value = np.int64(symbols[place]) - _ZERO
            is_varied = is_varied or symbols[place] != one
            value = value * 2 if doubled else value
            total += value - 9 if value > 9 else value
            doubled = not doubled
    return is_varied and total % 10 == 0


@inner
def _has_card_groups(groups: Groups, first: int, last: int) -> bool:
    size = groups[first, 1] - groups[first, 0]
    tail = groups[last - 1, 1] - groups[last - 1, 0]
    is_even = tail <= size
    for index in range(first, last - 1):
        is_even = is_even and groups[index, 1] - groups[index, 0] == size
    if is_even:
        return True
    second = groups[first + 1, 1] - groups[first + 1, 0]
    if last - first == 3:
        return size == 4 and second == 6 and tail in (4, 5)
    return last - first == 2 and size == 6 and tail in (10, 13)


@inner
def _digit_state(tables: Tables, base: int, symbols: Bytes, groups: Groups, first: int, last: int) -> int:
    """Read the digits of groups; return the state if a pattern ends there, else `DEAD`."""
    state = np.int64(START)
    for index in range(first, last):
        for place in range(groups[index, 0], groups[index, 1]):
            state = step(tables, base, state, symbols[place])
            if state == DEAD:
                return DEAD
    return state if is_end(tables, base, state) else DEAD


# --------------------------------------------------------------------------------------------------------------- phones
_LONGEST_PHONE, _LONGEST_AT_HOME, _SHORTEST_ABROAD, _SHORTEST_BARE = 15, 12, 9, 9


@inner
def _regions_of(tables: Tables, base: int, state: int) -> tuple[int, int]:
    """Return the regions whose numbering plan ends in a state, as bits, and those whose mobile phones do."""
    assigned = mobile = np.int64(0)
    first, last = ends_of(tables, base, state)
    for index in range(first, last):
        region = np.int64(1) << (tables[index] >> 1)
        if tables[index] & 1:
            mobile |= region
        else:
            assigned |= region
    return assigned, mobile


@inner
def _is_phone(
    symbols: Bytes,
    start: int,
    end: int,
    groups: Groups,
    first: int,
    last: int,
    digits: int,
    is_whole: bool,
    cue: int,
    kinds: Bytes, tables: Tables, where: Places,
    language: int,
) -> bool:
    is_zeroed = symbols[groups[first, 0]] == _ZERO
    if _holds(symbols, start, groups[first, 0], _PLUS) or (is_zeroed and _second_digit(symbols, groups, first) == _ZERO):
        return _is_from_abroad(symbols, start, groups, first, last, is_whole, tables, where)
    if not is_zeroed and not is_whole and cue != PHONE_CUE:
        return False
    state = _digit_state(tables, where[Part.AT_HOME], symbols, groups, first, last)
    anywhere, mobile = _regions_of(tables, where[Part.AT_HOME], state) if state != DEAD else (0, 0)
    if cue == PHONE_CUE:
        is_listed = is_zeroed or anywhere != 0
        return is_listed and ((is_whole and digits <= _LONGEST_AT_HOME) or anywhere != 0)
    if cue != NO_CUE or _is_amount(symbols, start, end, kinds, tables, where):
        return False
    regions = tables[where[Part.REGIONS] + language + 1]
    is_assigned, is_mobile = anywhere & regions != 0, mobile & regions != 0
    return _has_phone_form(
        symbols, start, end, last - first, digits, is_whole, is_zeroed, is_assigned, is_mobile, tables, where, language
    )


@inner
def _holds(symbols: Bytes, start: int, end: int, symbol: int) -> bool:
    for place in range(start, end):
        if symbols[place] == symbol:
            return True
    return False


@inner
def _second_digit(symbols: Bytes, groups: Groups, first: int) -> int:
    is_longer = groups[first, 1] - groups[first, 0] > 1
    return symbols[groups[first, 0] + 1] if is_longer else symbols[groups[first + 1, 0]]


@inner
def _is_from_abroad(
    symbols: Bytes, start: int, groups: Groups, first: int, last: int, is_whole: bool, tables: Tables, where: Places
) -> bool:
    """Tell whether digits behind a plus or 00 are a calling code and a number that its region assigns (ITU-T E.164)."""
    has_plus = _holds(symbols, start, groups[first, 0], _PLUS)
    skip = 0 if has_plus else 2
    state, count, code = np.int64(START), 0, 0
    base = where[Part.ABROAD]
    has_code = False
    for index in range(first, last):
        # A trunk zero in brackets is dialled at home only.
        is_trunk = index > first and groups[index, 1] - groups[index, 0] == 1 and symbols[groups[index, 0]] == _ZERO
        if is_trunk and symbols[groups[index, 1]] in (_CLOSE, _SPACE) and _is_bracketed(symbols, groups[index, 0], groups[index, 1]):
            continue
        for place in range(groups[index, 0], groups[index, 1]):
            if skip > 0:
                skip -= 1
                continue
            state = step(tables, base, state, symbols[place])
            count += 1
            if count <= 3:
                code = code * 10 + np.int64(symbols[place]) - _ZERO
                has_code = has_code or tables[where[Part.CALLING_CODES] + code] != 0
    if is_end(tables, base, state):
        return True
    return has_plus and is_whole and count >= _SHORTEST_ABROAD and has_code


@inner
def _is_bracketed(symbols: Bytes, start: int, end: int) -> bool:
    start -= symbols[start - 1] == _SPACE
    end += symbols[end] == _SPACE
    return symbols[start - 1] == _OPEN and symbols[end] == _CLOSE


@inner
def _is_amount(symbols: Bytes, start: int, end: int, kinds: Bytes, tables: Tables, where: Places) -> bool:
    """Tell whether a unit or a currency stands beside a number: an amount is no phone number."""
    begin = longest_start(tables, where[Part.AMOUNT_BEFORE], symbols, start, start - 8)
    if begin >= 0 and not (kinds[symbols[begin]] & LETTER_KIND != 0 and kinds[symbols[begin - 1]] & WORD_KIND != 0):
        return True
    after = longest_end(tables, where[Part.UNIT_AFTER], symbols, end)
    return after > 0 and not (
        kinds[symbols[after - 1]] & LETTER_KIND != 0 and kinds[symbols[after]] & WORD_KIND != 0
    )


@inner
def _has_phone_form(
    symbols: Bytes,
    start: int,
    end: int,
    amount: int,
    digits: int,
    is_whole: bool,
    is_zeroed: bool,
    is_assigned: bool,
    is_mobile: bool,
    tables: Tables,
    where: Places,
    language: int,
) -> bool:
    """Tell whether digits without any cue are written the way phone numbers are."""
    if end_state(tables, where[Part.TIDY], symbols, start, end) == DEAD:
        return False
    if end_state(tables, where[Part.DATE_LIKE], symbols, start, end) != DEAD:
        return False
    if not is_whole or not is_assigned:
        # The beginning of a run may be a phone number that other numbers follow.
        return is_zeroed and not is_whole and digits >= _SHORTEST_BARE and is_assigned
    if is_zeroed:
        return amount > 1 or digits >= _SHORTEST_BARE
    if language < 0:
        return False
    if amount > 1 and end_state(tables, where[Part.AMOUNT], symbols, start, end) == DEAD:
        return True
    return digits >= _SHORTEST_BARE and is_mobile
