"""Compiled finders of numbers with letters, and of dates: bank accounts, identity numbers, plates, dates of birth.

Each reads the symbols of one row and writes down what it found, from left to right. Imports numba.
"""

import numpy as np

from demur.filters.automata import DEAD, START
from demur.filters.compiling import inner
from demur.filters.cue_kernel import NUMBER_CUES, nearest_cue
from demur.filters.cues import BIRTH_CUE, IDENTITY_CUE, NO_CUE, NO_PLATE_CUE, OTHER_CUE, PLATE_CUE, VEHICLE_CUE
from demur.filters.id_kernel import is_valid_id
from demur.filters.places import KINDS, Label, Part
from demur.filters.survey_kernel import FAR, next_word
from demur.filters.symbol_kernel import (
    CUE_END,
    CUE_START,
    DIGIT_IN,
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
    step,
)
from demur.filters.symbols import BARRIER, CAPITAL_KIND, DIGIT_KIND, LETTER_KIND, WORD_KIND

_SPACE, _NEWLINE, _DOT, _HYPHEN, _SLASH, _UNDERSCORE, _ASTERISK, _PLUS, _APOSTROPHE, _ZERO, _A, _Z = (
    ord(sign) for sign in " \n.-/_*+'0az"
)
_SMALL = 0x20
# The most symbols before the first digit: of a month's name, of a plate, of an identity number that is spelled out.
_MONTH_LENGTH, _LETTERS_OF_PLATE, _LETTERS_OF_ID = 24, 14, 14


@inner
def _starts_word(text: Text, tables: Tables, place: int) -> bool:
    before = text[SYMBOL, place - 1]
    is_inside = tables[KINDS + before] & WORD_KIND != 0 or before == _UNDERSCORE
    return tables[KINDS + text[SYMBOL, place]] & WORD_KIND != 0 and not is_inside


# ---------------------------------------------------------------------------------------------------------------- dates
@inner
def find_birth_dates(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find dates beside a word that says that somebody was born, or behind an asterisk."""
    place = row[LOW]
    while place < row[HIGH]:
        end = np.int64(-1)
        if text[DIGIT_IN, place] < _MONTH_LENGTH and _starts_word(text, tables, place):
            end = date_end(text, tables, np.int64(tables[Part.BIRTH_DATES]), place)
        if end > 0 and not _goes_on_as_number(text, tables, end) and _is_birth(text, tables, place, end):
            add_span(row, spans, place, end, Label.DATE_OF_BIRTH)
        else:
            end = np.int64(-1)
        place = next_word(text, place, end)


@inner
def _goes_on_as_number(text: Text, tables: Tables, end: int) -> bool:
    """Tell whether a date is the beginning of a word, or of more groups of two digits."""
    if tables[KINDS + text[SYMBOL, end]] & WORD_KIND != 0:
        return True
    is_spaced = text[SYMBOL, end - 3] == _SPACE and text[SYMBOL, end] == _SPACE
    return is_spaced and tables[KINDS + text[SYMBOL, end + 1]] & DIGIT_KIND != 0


@inner
def _is_birth(text: Text, tables: Tables, start: int, end: int) -> bool:
    before = start - 2 if text[SYMBOL, start - 1] == _SPACE else start - 1
    # An asterisk at the beginning of a line makes a list.
    is_star = text[SYMBOL, before] == _ASTERISK and text[SYMBOL, before - 1] not in (BARRIER, _NEWLINE)
    return is_star or nearest_cue(text, tables, start, end, np.int64(1 << BIRTH_CUE)) != NO_CUE


@inner
def hide_dates(text: Text, row: Row, tables: Tables) -> None:
    """Put a separator of no number over every date, so that no number is made of one."""
    place = row[LOW]
    while place < row[HIGH]:
        end = np.int64(-1)
        if tables[KINDS + text[SYMBOL, place]] & DIGIT_KIND != 0 and not _is_torn(text, tables, place):
            end = date_end(text, tables, np.int64(tables[Part.DATES]), place)
        if end > 0:
            text[SYMBOL, place:end] = ord(";")
        place = next_word(text, place, end)


@inner
def _is_torn(text: Text, tables: Tables, place: int) -> bool:
    """Tell whether digits go on to the left."""
    before = text[SYMBOL, place - 1]
    is_joined = before in (_DOT, _SLASH, _HYPHEN) and tables[KINDS + text[SYMBOL, place - 2]] & DIGIT_KIND != 0
    return is_joined or before == _PLUS or tables[KINDS + before] & DIGIT_KIND != 0


@inner
def date_end(text: Text, tables: Tables, base: int, place: int) -> int:
    """Return where the longest date ends that no digits go on; -1 for none."""
    state, end = np.int64(START), np.int64(-1)
    while True:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            return end
        place += 1
        after = text[SYMBOL, place + 1] if text[SYMBOL, place] in (_DOT, _SLASH, _HYPHEN) else text[SYMBOL, place]
        if is_end(tables, base, state) and tables[KINDS + after] & DIGIT_KIND == 0:
            end = place


# --------------------------------------------------------------------------------------------------------------- plates
_PLATE_CUES = 1 << PLATE_CUE | 1 << VEHICLE_CUE | 1 << NO_PLATE_CUE | NUMBER_CUES
_IN_CAPITALS = 1
_VOWELS = tuple(ord(sign) for sign in "aeiouy")
_BY_FORM, _BY_COUNTRY, _EVIDENCE_BITS = 0, 1, 2


@inner
def find_plates(text: Text, row: Row, tables: Tables, cues: int, spans: Spans) -> None:
    """Find licence plates, by as much evidence as their form needs; `cues` are the kinds that occur in the row."""
    has_vehicle = cues & (1 << PLATE_CUE | 1 << VEHICLE_CUE) != 0
    place = row[LOW]
    while place < row[HIGH]:
        end = np.int64(-1)
        if text[DIGIT_IN, place] < _LETTERS_OF_PLATE and _starts_word(text, tables, place):
            end = _plate_end(text, tables, place, row[LANGUAGE])
            if has_vehicle:
                end = max(end, _loose_plate_end(text, tables, place))
        if end > 0:
            add_span(row, spans, place, end, Label.PLATE)
        place = next_word(text, place, end)


@inner
def _plate_end(text: Text, tables: Tables, start: int, language: int) -> int:
    base = np.int64(tables[Part.PLATES])
    state, place, end, cue = np.int64(START), start, np.int64(-1), np.int64(-1)
    is_capital = is_small = True
    while True:
        symbol = text[SYMBOL, place]
        state = step(tables, base, state, symbol)
        if state == DEAD:
            return end
        kind = tables[KINDS + symbol]
        is_capital = is_capital and (kind & LETTER_KIND == 0 or kind & CAPITAL_KIND != 0)
        # A keyboard writes the first letter of a sentence large.
        is_small = is_small and (place == start or kind & CAPITAL_KIND == 0)
        if not is_capital and not is_small:
            return end
        place += 1
        if not is_end(tables, base, state) or _goes_on(text, tables, place):
            continue
        if cue < 0:
            cue = nearest_cue(text, tables, start, place, np.int64(_PLATE_CUES))
            # A vowel before a blank is an article or a preposition in most languages, whatever stands beside it.
            if cue == PLATE_CUE and text[SYMBOL, start + 1] == _SPACE and _is_vowel(text[SYMBOL, start]):
                cue = np.int64(NO_CUE)
        if _is_plate(tables, state, is_capital, cue, language):
            end = place


@inner
def _is_vowel(symbol: int) -> bool:
    return symbol | _SMALL in _VOWELS


@inner
def _loose_plate_end(text: Text, tables: Tables, start: int) -> int:
    """Return where a plate of any country ends, written in any way, beside a word about vehicles; -1 for none."""
    base = np.int64(tables[Part.LOOSE_PLATES])
    state, place, end, cue = np.int64(START), start, np.int64(-1), np.int64(-1)
    is_capital = is_small = True
    while True:
        symbol = text[SYMBOL, place]
        state = step(tables, base, state, symbol)
        if state == DEAD:
            return end
        kind = tables[KINDS + symbol]
        is_capital = is_capital and (kind & LETTER_KIND == 0 or kind & CAPITAL_KIND != 0)
        is_small = is_small and (place == start or kind & CAPITAL_KIND == 0)
        if not is_capital and not is_small:
            return end
        place += 1
        first, last = ends_of(tables, base, state)
        if last == first or (not is_capital and tables[first] == _IN_CAPITALS) or _goes_on(text, tables, place):
            continue
        if cue < 0:
            cue = nearest_cue(text, tables, start, place, np.int64(_PLATE_CUES))
        if cue in (PLATE_CUE, VEHICLE_CUE):
            end = place


@inner
def _goes_on(text: Text, tables: Tables, place: int) -> bool:
    after = text[SYMBOL, place]
    is_joined = after in (_HYPHEN, _SLASH, _APOSTROPHE) and tables[KINDS + text[SYMBOL, place + 1]] & WORD_KIND != 0
    return is_joined or after == _UNDERSCORE or tables[KINDS + after] & WORD_KIND != 0


@inner
def _is_plate(tables: Tables, state: int, is_capital: bool, cue: int, language: int) -> bool:  # noqa: FBT001 -- compiled
    if cue == PLATE_CUE:
        return True
    if cue not in (NO_CUE, VEHICLE_CUE):
        return False
    first, last = ends_of(tables, np.int64(tables[Part.PLATES]), state)
    for index in range(first, last):
        number = np.int64(tables[index])
        evidence = tables[tables[Part.PLATE_EVIDENCE] + number]
        needed = evidence >> _EVIDENCE_BITS if is_capital else evidence & (1 << _EVIDENCE_BITS) - 1
        is_at_home = _is_spoken(tables, np.int64(tables[Part.PLATE_LANGUAGES] + number), language)
        most = _BY_COUNTRY if is_at_home else _BY_FORM
        # At home, capitals beside a word about vehicles make a plate of what needs a word for plates otherwise.
        if needed <= most or (is_at_home and is_capital and cue == VEHICLE_CUE):
            return True
    return False


@inner
def _is_spoken(tables: Tables, place: int, language: int) -> bool:
    """Tell whether a language is among those whose bits lie at a place."""
    return language >= 0 and np.int64(tables[place]) >> language & 1 != 0


# -------------------------------------------------------------------------------------------------------- bank accounts
_COUNTRY_LETTERS, _HEAD, _MODULUS, _HEAD_WEIGHT, _MANY_DIGITS = 2, 4, 97, 1_000_000, 10


@inner
def find_ibans(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find IBANs of every country in the registry, spaced or not (ISO 13616, remainder 1 modulo 97)."""
    place = row[LOW]
    while place < row[HIGH]:
        end = start = np.int64(-1)
        if text[DIGIT_IN, place] < FAR:
            start, end = _iban_in_word(text, tables, place)
        if end > 0:
            add_span(row, spans, start, end, Label.IBAN)
        place = next_word(text, place, end)


@inner
def _iban_in_word(text: Text, tables: Tables, place: int) -> tuple[int, int]:
    """Return where an IBAN begins and ends that begins a word, or follows a cue without a gap: ``ibande89...``."""
    before = text[SYMBOL, place - 1]
    is_inside = tables[KINDS + before] & WORD_KIND != 0
    has_cue = text[CUE_START, place] != NO_CUE
    while _is_basic_letter(text[SYMBOL, place]):
        if not is_inside or text[CUE_END, place] != NO_CUE:
            end = _iban_end(text, tables, place)
            if end > 0:
                return np.int64(place), end
        if not has_cue:
            break
        is_inside = True
        place += 1
    return np.int64(-1), np.int64(-1)


@inner
def _is_basic_letter(symbol: int) -> bool:
    return _A <= symbol | _SMALL <= _Z


@inner
def _iban_end(text: Text, tables: Tables, place: int) -> int:
    """Return where an IBAN ends that starts here; its first four characters are moved to the end and read modulo 97."""
    count = gap = length = country = digits = 0
    is_in_fours = is_spelled = True
    remainder = head = np.int64(0)
    while True:
        symbol = np.int64(text[SYMBOL, place])
        is_letter = _is_basic_letter(symbol)
        place += 1
        if not is_letter and tables[KINDS + symbol] & DIGIT_KIND == 0:
            gap += 1
            if symbol not in (_SPACE, _DOT, _HYPHEN, _UNDERSCORE) or gap > (len(" - ") if count >= _HEAD else 1):
                return np.int64(-1)
            continue
        is_in_fours = is_in_fours and (gap == 0 or count % _HEAD == 0)
        is_spelled = is_spelled and (gap == 1 or count == 0)
        digits += not is_letter
        gap = 0
        if is_letter != (count < _COUNTRY_LETTERS) and count < _HEAD:
            return np.int64(-1)
        value = (symbol | _SMALL) - _A + 10 if is_letter else symbol - _ZERO
        weight = 100 if is_letter else 10
        if count < _HEAD:
            country = country * 26 + value - 10 if is_letter else country
            head = head * weight + value
        else:
            remainder = (remainder * weight + value) % _MODULUS
        count += 1
        if count == _HEAD:
            length = np.int64(tables[tables[Part.IBAN_LENGTHS] + country])
            if length == 0:
                return np.int64(-1)
        if count == length:
            # Two letters of the country and two digits: six digits. Words of a sentence are not grouped in fours.
            is_valid = (remainder * _HEAD_WEIGHT + head) % _MODULUS == 1
            return place if is_valid and (is_in_fours or is_spelled or digits >= _MANY_DIGITS) else np.int64(-1)


# ------------------------------------------------------------------------------------------------- identity numbers
NO_ID, VALID_ID, TRUSTED_ID = 0, 1, 2


@inner
def find_lettered_ids(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find identity numbers that hold a letter."""
    place = row[LOW]
    while place < row[HIGH]:
        end = np.int64(-1)
        if text[DIGIT_IN, place] < _LETTERS_OF_ID and _starts_word(text, tables, place):
            end = _lettered_end(text, tables, place, row[LANGUAGE])
        if end > 0:
            add_span(row, spans, place, end, Label.NATIONAL_ID)
        place = next_word(text, place, end)


@inner
def _lettered_end(text: Text, tables: Tables, start: int, language: int) -> int:
    base = np.int64(tables[Part.IDS])
    state, place, end = np.int64(START), start, np.int64(-1)
    has_letter = False
    while True:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            return end
        has_letter = has_letter or tables[KINDS + text[SYMBOL, place]] & LETTER_KIND != 0
        place += 1
        if not has_letter or not is_end(tables, base, state) or _goes_on(text, tables, place):
            continue
        trust = trust_in_id(text, tables, start, place, state, language)
        if trust == NO_ID:
            continue
        cue = nearest_cue(text, tables, start, place, np.int64(NUMBER_CUES))
        if cue == IDENTITY_CUE or (trust == TRUSTED_ID and cue != OTHER_CUE):
            end = place


@inner
def trust_in_id(text: Text, tables: Tables, start: int, end: int, state: int, language: int) -> int:
    """Say whether a number in one of the forms is valid, and whether that is evidence enough without a cue word."""
    grouped = end_state(tables, np.int64(tables[Part.GROUPED_IDS]), text, start, end)
    best = np.int64(NO_ID)
    first, last = ends_of(tables, np.int64(tables[Part.IDS]), state)
    for index in range(first, last):
        number = np.int64(tables[index])
        if not is_valid_id(np.int64(tables[tables[Part.ID_RULES] + number]), text[SYMBOL], start, end):
            continue
        is_at_home = _is_spoken(tables, np.int64(tables[Part.ID_LANGUAGES] + number), language)
        is_alone = tables[tables[Part.ID_IS_ALONE] + number] != 0
        if is_alone or is_at_home or holds_pattern(tables, np.int64(tables[Part.GROUPED_IDS]), grouped, number):
            return np.int64(TRUSTED_ID)
        best = np.int64(VALID_ID)
    return best
