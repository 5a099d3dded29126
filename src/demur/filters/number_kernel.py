"""Compiled finders of numbers that name a person: cards, identity numbers, phone numbers.

A run of digit groups is read once; windows of a few neighbouring groups are tried, the longest first, and each is
judged by check digits, by its grouping and by the nearest cue word. A window has at most nineteen digits, so the work
for one text grows with its length and no faster. Imports numba.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.automata import DEAD, START
from demur.filters.code_kernel import NO_ID, TRUSTED_ID, trust_in_id
from demur.filters.compiling import inner
from demur.filters.cue_kernel import NUMBER_CUES, cue_after, cue_before
from demur.filters.cues import CARD_CUE, IDENTITY_CUE, NO_CUE, OTHER_CUE, PHONE_CUE
from demur.filters.places import KINDS, Label, Part
from demur.filters.survey_kernel import next_word
from demur.filters.symbol_kernel import (
    HIGH,
    LANGUAGE,
    LOW,
    SYMBOL,
    Row,
    Spans,
    Tables,
    Text,
    add_span,
    end_state,
    ends_of,
    holds_pattern,
    is_end,
    longest_end,
    longest_start,
    step,
)
from demur.filters.symbols import DIGIT_KIND, LETTER_KIND, WORD_KIND

Groups: TypeAlias = npt.NDArray[np.int64]
"""The places of the groups of digits of a run, an array of (start, end)."""
Window: TypeAlias = npt.NDArray[np.int64]
"""Some neighbouring groups: where they begin and end in the row, the first group and the one after the last, the number
of digits, whether they are the whole run, and what the nearest cue says."""

BEGIN, END, FIRST, LAST, DIGITS, IS_WHOLE, CUE, WINDOW_SIZE = range(8)

_SPACE, _DOT, _HYPHEN, _SLASH, _OPEN, _CLOSE, _APOSTROPHE, _PLUS, _UNDERSCORE, _BACKSLASH, _COMMA, _COLON, _ZERO = (
    ord(sign) for sign in " .-/()'+_\\,:0"
)
_LETTER_O, _SMALL = ord("o"), 0x20
_SEPARATORS = (_SPACE, _DOT, _HYPHEN, _SLASH, _OPEN, _CLOSE, _APOSTROPHE, _UNDERSCORE)
_SHORTEST, _LONGEST, _MOST_GROUPS, _LONG, _MOST_BETWEEN = 7, 19, 8, 5, 4


@inner
def find_numbers(text: Text, row: Row, tables: Tables, groups: Groups, window: Window, spans: Spans) -> None:
    """Find cards, identity numbers and phone numbers in every run of digits."""
    place = row[LOW]
    while place < row[HIGH]:
        if tables[KINDS + text[SYMBOL, place]] & DIGIT_KIND == 0:
            place += 1
            continue
        amount = _read_groups(text, tables, place, groups)
        start = _run_start(text, place)
        place = groups[amount - 1, 1]
        if place - start >= _SHORTEST:
            _read_run(text, row, tables, groups[:amount], window, start, spans)


@inner
def read_letter_o(text: Text, row: Row, tables: Tables) -> None:
    """Write a zero for each letter O that stands among digits: in a word with them, or as a capital behind a number."""
    place = row[LOW]
    while place < row[HIGH]:
        end, digits, letters = place, 0, 0
        if tables[KINDS + text[SYMBOL, place - 1]] & WORD_KIND == 0:
            while text[SYMBOL, end] | _SMALL == _LETTER_O or tables[KINDS + text[SYMBOL, end]] & DIGIT_KIND != 0:
                digits += tables[KINDS + text[SYMBOL, end]] & DIGIT_KIND != 0
                letters += text[SYMBOL, end] | _SMALL == _LETTER_O
                end += 1
        if letters > 0 and tables[KINDS + text[SYMBOL, end]] & LETTER_KIND == 0:
            is_behind = text[SYMBOL, place] == _LETTER_O - _SMALL and _is_behind_digit(text, tables, place)
            if digits > 0 or is_behind:
                for at in range(place, end):
                    text[SYMBOL, at] = _ZERO if text[SYMBOL, at] | _SMALL == _LETTER_O else text[SYMBOL, at]
        place = next_word(text, place, end)


@inner
def _is_behind_digit(text: Text, tables: Tables, place: int) -> bool:
    begin = place
    while begin - place < _MOST_BETWEEN and text[SYMBOL, place - 1] in _SEPARATORS:
        place -= 1
    return place < begin and tables[KINDS + text[SYMBOL, place - 1]] & DIGIT_KIND != 0


@inner
def _read_groups(text: Text, tables: Tables, place: int, groups: Groups) -> int:
    """Write down the groups of digits of a run that starts here; return how many there are."""
    count = np.int64(0)
    while True:
        groups[count, 0] = place
        while tables[KINDS + text[SYMBOL, place]] & DIGIT_KIND != 0:
            place += 1
        groups[count, 1] = place
        count += 1
        after = place
        while after - place < _MOST_BETWEEN and text[SYMBOL, after] in _SEPARATORS:
            after += 1
        if after == place or tables[KINDS + text[SYMBOL, after]] & DIGIT_KIND == 0:
            return count
        place = after


@inner
def _run_start(text: Text, place: int) -> int:
    """Return where a run begins whose first digit is given: with the signs that people put before a number."""
    if text[SYMBOL, place - 1] == _PLUS:
        place -= 1
    if text[SYMBOL, place - 1] == _OPEN:
        place -= 1
    if text[SYMBOL, place - 1] == _PLUS:
        return place - 1
    return place - 2 if text[SYMBOL, place - 1] == _SPACE and text[SYMBOL, place - 2] == _PLUS else place


@inner
def _read_run(text: Text, row: Row, tables: Tables, groups: Groups, window: Window, start: int, spans: Spans) -> None:
    before, after = np.int64(-1), np.int64(NO_CUE)
    first_long, last_long = _long_groups(groups)
    first = np.int64(0)
    while first < len(groups):
        step_by = np.int64(1)
        last, lowest = _widest_window(groups, first)
        while last > lowest:
            window[FIRST], window[LAST] = first, last
            if _place_window(text, tables, groups, window, start):
                if before < 0:
                    before = cue_before(text, tables, start, np.int64(NUMBER_CUES))
                    after = cue_after(text, tables, groups[len(groups) - 1, 1], np.int64(NUMBER_CUES))
                window[CUE] = before if first <= first_long else NO_CUE
                if window[CUE] == NO_CUE and last >= last_long:
                    window[CUE] = after
                if window[CUE] == PHONE_CUE and _is_asked_for_id(text, tables, window, start):
                    window[CUE] = IDENTITY_CUE
                label = _judge(text, tables, groups, window, row[LANGUAGE])
                if label >= 0:
                    add_span(row, spans, window[BEGIN], window[END], label)
                    step_by = last - first
                    break
            last -= 1
        first += step_by


@inner
def _is_asked_for_id(text: Text, tables: Tables, window: Window, start: int) -> bool:
    """Tell whether a word for an identity number stands farther before one than that for phones: asked for by phone."""
    if end_state(tables, np.int64(tables[Part.IDS]), text, window[BEGIN], window[END]) == DEAD:
        return False
    return cue_before(text, tables, start, np.int64(1 << IDENTITY_CUE)) == IDENTITY_CUE


@inner
def _long_groups(groups: Groups) -> tuple[int, int]:
    """Return the first long group, and the one after the last."""
    first, last = np.int64(len(groups)), np.int64(0)
    for index in range(len(groups)):
        if groups[index, 1] - groups[index, 0] >= _LONG:
            first, last = min(first, index), np.int64(index + 1)
    return first, last


@inner
def _widest_window(groups: Groups, first: int) -> tuple[int, int]:
    """Return the widest end of windows that begin with a group, and the end that is too narrow."""
    spelled = first
    while spelled < len(groups) and spelled - first <= _LONGEST and _is_single(groups, spelled):
        spelled += 1
    if spelled - first >= _SHORTEST:
        # A number that is spelled out digit by digit is one number or none.
        is_one = spelled - first <= _LONGEST and not (first > 0 and _is_single(groups, first - 1))
        return (spelled, spelled - 1) if is_one else (first, first)
    total, last, lowest = np.int64(0), first, first
    while last < len(groups) and last - first < _MOST_GROUPS:
        total += groups[last, 1] - groups[last, 0]
        if total > _LONGEST:
            break
        last += 1
        if total < _SHORTEST:
            lowest = last
    return last, lowest


@inner
def _is_single(groups: Groups, index: int) -> bool:
    return groups[index, 1] - groups[index, 0] == 1


@inner
def _place_window(text: Text, tables: Tables, groups: Groups, window: Window, run_start: int) -> bool:
    """Say where a window begins and ends; False if it would tear something that belongs together."""
    first, last = window[FIRST], window[LAST]
    start = run_start if first == 0 else groups[first, 0] - (text[SYMBOL, groups[first, 0] - 1] == _OPEN)
    end = groups[last - 1, 1]
    if first > 0 and not _has_space(text, groups[first - 1, 1], start):
        return False
    if last < len(groups) and not _has_space(text, end, groups[last, 0]):
        return False
    if (first == 0 and _is_glued(text, tables, start)) or (last == len(groups) and _goes_on(text, tables, end)):
        return False
    digits = np.int64(0)
    for index in range(first, last):
        digits += groups[index, 1] - groups[index, 0]
    window[BEGIN], window[END], window[DIGITS] = start, end, digits
    window[IS_WHOLE] = first == 0 and last == len(groups)
    return True


@inner
def _has_space(text: Text, start: int, end: int) -> bool:
    is_found = False
    for place in range(start, end):
        is_found = is_found or text[SYMBOL, place] == _SPACE
    return is_found


@inner
def _is_glued(text: Text, tables: Tables, start: int) -> bool:
    before = text[SYMBOL, start - 1]
    is_joined = before == _HYPHEN and tables[KINDS + text[SYMBOL, start - 2]] & WORD_KIND != 0
    return is_joined or tables[KINDS + before] & WORD_KIND != 0 or before in (_UNDERSCORE, _BACKSLASH)


@inner
def _goes_on(text: Text, tables: Tables, end: int) -> bool:
    after = text[SYMBOL, end]
    if tables[KINDS + after] & WORD_KIND != 0 or after == _UNDERSCORE:
        return True
    if after == _HYPHEN:
        return tables[KINDS + text[SYMBOL, end + 1]] & LETTER_KIND != 0
    if after not in (_COMMA, _COLON) or tables[KINDS + text[SYMBOL, end + 1]] & DIGIT_KIND == 0:
        return False
    # One or two digits after a comma or a colon: a price or a time.
    length = 2 if tables[KINDS + text[SYMBOL, end + 2]] & DIGIT_KIND != 0 else 1
    return tables[KINDS + text[SYMBOL, end + 1 + length]] & DIGIT_KIND == 0


@inner
def _judge(text: Text, tables: Tables, groups: Groups, window: Window, language: int) -> int:
    """Return the label of a window, -1 for none."""
    digits, cue = window[DIGITS], window[CUE]
    if digits >= _SHORTEST_CARD and _is_card(text, tables, groups, window):
        # Prefix, length and check digit agree: one order number in a thousand does, and in doubt it is cut.
        return np.int64(Label.CREDIT_CARD)
    if cue != PHONE_CUE:
        start, end = window[BEGIN], window[END]
        state = end_state(tables, np.int64(tables[Part.IDS]), text, start, end)
        trust = trust_in_id(text, tables, start, end, state, language) if state != DEAD else np.int64(NO_ID)
        if trust != NO_ID and (cue == IDENTITY_CUE or (trust == TRUSTED_ID and cue != OTHER_CUE)):
            return np.int64(Label.NATIONAL_ID)
    if digits <= _LONGEST_PHONE and _is_phone(text, tables, groups, window, language):
        return np.int64(Label.PHONE)
    return np.int64(-1)


# ---------------------------------------------------------------------------------------------------------------- cards
_SHORTEST_CARD, _SHORTEST_BARE_CARD, _CARD_GROUP, _NINE = 12, 14, 4, 9
# The uneven ways to group a card, as decimal digits: 4-6-5 and 4-6-4 of American Express and Diners, 6-10, 6-13.
_CARD_GROUPS = (465, 464, 70, 73)


@inner
def _is_card(text: Text, tables: Tables, groups: Groups, window: Window) -> bool:
    """Tell whether digits have an issuer's prefix and length, an even grouping and a right check digit (ISO 7812)."""
    # Old cards are as short as article numbers, which have a check digit too.
    is_short = window[DIGITS] < _SHORTEST_BARE_CARD and window[CUE] != CARD_CUE
    if not _has_card_groups(groups, window) or (is_short and not _is_in_fours(groups, window)):
        return False
    if _digit_state(text, tables, np.int64(tables[Part.ISSUERS]), groups, window) == DEAD:
        return False
    total, is_doubled, is_varied = np.int64(0), False, False
    one = text[SYMBOL, groups[window[FIRST], 0]]
    for index in range(window[LAST] - 1, window[FIRST] - 1, -1):
        for place in range(groups[index, 1] - 1, groups[index, 0] - 1, -1):
            value = np.int64(text[SYMBOL, place]) - _ZERO
            is_varied = is_varied or text[SYMBOL, place] != one
            value = value * 2 if is_doubled else value
            total += value - _NINE if value > _NINE else value
            is_doubled = not is_doubled
    return is_varied and total % 10 == 0


@inner
def _is_in_fours(groups: Groups, window: Window) -> bool:
    first = window[FIRST]
    return window[LAST] - first > 1 and groups[first, 1] - groups[first, 0] == _CARD_GROUP


@inner
def _has_card_groups(groups: Groups, window: Window) -> bool:
    first, last = window[FIRST], window[LAST]
    size = groups[first, 1] - groups[first, 0]
    is_even = groups[last - 1, 1] - groups[last - 1, 0] <= size
    written = np.int64(0)
    for index in range(first, last):
        is_even = is_even and (index == last - 1 or groups[index, 1] - groups[index, 0] == size)
        written = written * 10 + groups[index, 1] - groups[index, 0]
    return is_even or written in _CARD_GROUPS


@inner
def _digit_state(text: Text, tables: Tables, base: int, groups: Groups, window: Window) -> int:
    """Read the digits of a window; return the state if a pattern ends there, else `DEAD`."""
    state = np.int64(START)
    for index in range(window[FIRST], window[LAST]):
        for place in range(groups[index, 0], groups[index, 1]):
            state = step(tables, base, state, text[SYMBOL, place])
    return state if is_end(tables, base, state) else np.int64(DEAD)


# --------------------------------------------------------------------------------------------------------------- phones
_LONGEST_PHONE, _LONGEST_AT_HOME, _SHORTEST_ABROAD, _SHORTEST_BARE, _LONGEST_CODE, _FURTHEST_UNIT = 15, 12, 9, 9, 3, 8


@inner
def _is_phone(text: Text, tables: Tables, groups: Groups, window: Window, language: int) -> bool:
    cue, is_whole = window[CUE], window[IS_WHOLE] != 0
    first_digit = groups[window[FIRST], 0]
    is_zeroed = text[SYMBOL, first_digit] == _ZERO
    has_plus = _has_plus(text, window[BEGIN], first_digit)
    if has_plus or (is_zeroed and _second_digit(text, groups, window) == _ZERO):
        return _is_from_abroad(text, tables, groups, window, np.int64(0 if has_plus else len("00")))
    if not is_zeroed and not is_whole and cue != PHONE_CUE:
        return False
    anywhere, mobile = _regions_of(tables, _digit_state(text, tables, np.int64(tables[Part.AT_HOME]), groups, window))
    if cue == PHONE_CUE:
        is_counted = _is_sum(text, tables, window) or _counts_something(text, tables, window[END])
        is_plausible = is_zeroed and is_whole and window[DIGITS] <= _LONGEST_AT_HOME
        return not is_counted and (anywhere != 0 or is_plausible)
    regions = np.int64(tables[tables[Part.REGIONS] + language + 1])
    is_assigned = cue == NO_CUE and anywhere & regions != 0
    if not is_assigned or _is_amount(text, tables, window) or not _is_tidy(text, tables, window):
        return False
    if is_zeroed:
        return _is_dialled_at_home(window)
    return language >= 0 and _is_without_trunk(text, tables, window, mobile & regions)


@inner
def _is_dialled_at_home(window: Window) -> bool:
    """Tell whether digits that begin with a zero are long or grouped enough; what follows may be another number."""
    is_grouped = window[IS_WHOLE] != 0 and window[LAST] - window[FIRST] > 1
    return is_grouped or window[DIGITS] >= _SHORTEST_BARE


@inner
def _is_without_trunk(text: Text, tables: Tables, window: Window, mobile: int) -> bool:
    """Tell whether digits without a zero before them are grouped, but not as a sum is, or those of a mobile phone."""
    is_sum = end_state(tables, np.int64(tables[Part.AMOUNT]), text, window[BEGIN], window[END]) != DEAD
    is_grouped = window[LAST] - window[FIRST] > 1 and not is_sum
    return window[IS_WHOLE] != 0 and (is_grouped or (window[DIGITS] >= _SHORTEST_BARE and mobile != 0))


@inner
def _has_plus(text: Text, start: int, end: int) -> bool:
    is_found = False
    for place in range(start, end):
        is_found = is_found or text[SYMBOL, place] == _PLUS
    return is_found


@inner
def _second_digit(text: Text, groups: Groups, window: Window) -> int:
    first = window[FIRST]
    place = groups[first, 0] + 1 if groups[first, 1] - groups[first, 0] > 1 else groups[first + 1, 0]
    return np.int64(text[SYMBOL, place])


@inner
def _regions_of(tables: Tables, state: int) -> tuple[int, int]:
    """Return the regions whose numbering plan ends in a state, as bits, and those whose mobile phones do."""
    assigned = mobile = np.int64(0)
    first, last = ends_of(tables, np.int64(tables[Part.AT_HOME]), state)
    for index in range(first, last):
        region = np.int64(1) << np.int64(tables[index] >> 1)
        if tables[index] & 1:
            mobile |= region
        else:
            assigned |= region
    return assigned, mobile


@inner
def _is_from_abroad(text: Text, tables: Tables, groups: Groups, window: Window, skip: int) -> bool:
    """Tell whether digits behind a plus or 00 are a calling code and a number that its region assigns (ITU-T E.164)."""
    base = np.int64(tables[Part.ABROAD])
    state, count, code = np.int64(START), np.int64(0), np.int64(0)
    has_plus, has_code = skip == 0, False
    for index in range(window[FIRST], window[LAST]):
        if index > window[FIRST] and _is_trunk(text, groups[index, 0], groups[index, 1]):
            continue
        for place in range(groups[index, 0], groups[index, 1]):
            if skip > 0:
                skip -= 1
                continue
            state = step(tables, base, state, text[SYMBOL, place])
            count += 1
            if count <= _LONGEST_CODE:
                code = code * 10 + text[SYMBOL, place] - _ZERO
                has_code = has_code or tables[tables[Part.CALLING_CODES] + code] != 0
    is_plausible = has_plus and window[IS_WHOLE] != 0 and count >= _SHORTEST_ABROAD and has_code
    return is_plausible or is_end(tables, base, state)


@inner
def _is_trunk(text: Text, start: int, end: int) -> bool:
    """Tell whether a group is a zero in brackets, which is dialled at home only."""
    if end - start != 1 or text[SYMBOL, start] != _ZERO:
        return False
    start -= text[SYMBOL, start - 1] == _SPACE
    end += text[SYMBOL, end] == _SPACE
    return text[SYMBOL, start - 1] == _OPEN and text[SYMBOL, end] == _CLOSE


@inner
def _is_amount(text: Text, tables: Tables, window: Window) -> bool:
    """Tell whether a unit or a currency stands beside a number: an amount is no phone number."""
    start, end = window[BEGIN], window[END]
    begin = longest_start(tables, np.int64(tables[Part.AMOUNT_BEFORE]), text, start, start - _FURTHEST_UNIT)
    if begin >= 0 and not _is_within_word(text, tables, begin):
        return True
    after = longest_end(tables, np.int64(tables[Part.UNIT_AFTER]), text, end)
    return after > 0 and not _is_within_word(text, tables, after)


@inner
def _is_sum(text: Text, tables: Tables, window: Window) -> bool:
    base = np.int64(tables[Part.DATE_LIKE])
    return holds_pattern(tables, base, end_state(tables, base, text, window[BEGIN], window[END]), np.int64(0))


@inner
def _counts_something(text: Text, tables: Tables, end: int) -> bool:
    """Tell whether the word behind a number is what it counts: views, people."""
    base = np.int64(tables[Part.UNIT_AFTER])
    after = longest_end(tables, base, text, end)
    if after < 0:
        return False
    return holds_pattern(tables, base, end_state(tables, base, text, end, after), np.int64(1))


@inner
def _is_within_word(text: Text, tables: Tables, place: int) -> bool:
    """Tell whether letters stand on both sides of a place."""
    before, after = tables[KINDS + text[SYMBOL, place - 1]], tables[KINDS + text[SYMBOL, place]]
    return before & LETTER_KIND != 0 and after & LETTER_KIND != 0


@inner
def _is_tidy(text: Text, tables: Tables, window: Window) -> bool:
    """Tell whether digits are grouped as phone numbers are, and are no date."""
    start, end = window[BEGIN], window[END]
    is_date = end_state(tables, np.int64(tables[Part.DATE_LIKE]), text, start, end) != DEAD
    return not is_date and end_state(tables, np.int64(tables[Part.TIDY]), text, start, end) != DEAD
