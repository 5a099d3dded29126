"""Compiled finder of postal addresses: reads the words of one row and walks from words for streets and house numbers.

Every walk is bounded, so that time is linear in the length of a row. What a word may be is told in `addresses`. Imports
numba.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.addresses import (
    ADJECTIVE,
    AFTER,
    AT_HOME,
    BARE,
    BEFORE,
    BESIDE,
    BOX,
    CAPITAL,
    COMMON,
    COMPOUND,
    COUNTRY,
    DIGIT,
    DOTTED,
    FLOOR,
    HOME,
    MONTH,
    NO_NAME,
    NO_STREET,
    NUMBER_FIRST,
    NUMBER_WORD,
    PARTICLE,
    PLAIN_POSTCODE,
    QUANTITY,
    REPEATED,
    SHOUTED,
    SIDE,
    SIEVE_FACTOR,
    SIEVE_SIZE,
    SMALL_POSTCODE,
    SURE_POSTCODE,
    TOWN,
    TOWN_PREFIX,
    UNIT,
    WEAK,
    WEAK_AFTER,
    WORDLIKE,
)
from demur.filters.automata import DEAD, START
from demur.filters.compiling import inner
from demur.filters.places import KINDS as SYMBOL_KINDS
from demur.filters.places import Label, Part
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
    ends_of,
    is_end,
    step,
)
from demur.filters.symbols import CAPITAL_KIND, CURRENCY, DIGIT_KIND, LETTER_KIND, SIGN, WORD_KIND
from demur.filters.tables import LANGUAGES

Tokens: TypeAlias = npt.NDArray[np.int32]
"""The words and numbers of a row: where each begins and ends, what it may be, and what parts it from the next one."""
BEGIN, END, KINDS, GAP = range(4)
TOKEN_SIZE = 4

# What stands between two tokens.
_BREAK, _GLUED, _SPACE, _COMMA, _HYPHEN, _DASH, _DOT, _SLASH, _APOSTROPHE, _LINE, _COLON, _SIGN = range(12)
_GAPS_OF_SIGNS = (
    (ord(","), _COMMA),
    (ord("-"), _HYPHEN),
    (ord("."), _DOT),
    (ord("/"), _SLASH),
    (ord("'"), _APOSTROPHE),
    (ord("\n"), _LINE),
    (ord(":"), _COLON),
    (SIGN, _SIGN),
)
_IN_NAME = 1 << _SPACE | 1 << _HYPHEN | 1 << _APOSTROPHE
_BEFORE_NUMBER = 1 << _SPACE | 1 << _COMMA
_BEFORE_TAIL = 1 << _SPACE | 1 << _COMMA | 1 << _LINE | 1 << _DASH | 1 << _DOT
_GOES_ON = 1 << _SPACE | 1 << _HYPHEN | 1 << _SLASH | 1 << _GLUED | 1 << _APOSTROPHE

_BLANK, _ZERO, _A, _B, _F, _G, _O, _T, _R, _PERCENT, _DOLLAR, _FULL_STOP, _FOREIGN = (
    *(ord(sign) for sign in " 0abfgotr%$."),
    0x80,
)
_SMALL = 0x20
_SHORTEST_ENDING, _MOST_DIGITS, _SHORT, _PAIR, _TRIPLE = 5, 4, 4, 2, 3
_SYMBOLS, _SIEVE_MASK = 256, (SIEVE_SIZE << 5) - 1
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_MOST_NAME, _MOST_TOWN, _MOST_UNITS = 5, 4, 6
_HAS_POSTCODE, _HAS_TOWN, _HAS_KNOWN_TOWN = 1, 2, 4
_NO_NAME_KINDS = COMMON | QUANTITY | HOME | NO_NAME
_DE, _LB, _NL, _DA, _HU, _BG, _RO = (LANGUAGES.index(one) for one in ("de", "lb", "nl", "da", "hu", "bg", "ro"))
_CAPITALS_IN_SENTENCES = 1 << _DE | 1 << _LB
_TOWN_FIRST = 1 << _HU | 1 << _BG | 1 << _RO


@inner
def find_addresses(text: Text, row: Row, tables: Tables, tokens: Tokens, spans: Spans) -> None:
    """Find addresses: a word for a street with a name and a number, or a name and a number before a postcode."""
    if not _has_house(text, row, tables):
        return
    count = _read_tokens(text, row, tables, tokens)
    at, floor = np.int64(0), np.int64(0)
    while at < count:
        first, last, street = _address_at(text, row, tables, tokens, at, floor)
        if last > 0:
            first = _lead_start(text, row, tables, tokens, first, floor)
            end = np.int64(tokens[last - 1, END])
            is_dotted = street & DOTTED != 0 and _is(tokens, last - 1, DIGIT) and text[SYMBOL, end] == _FULL_STOP
            if is_dotted or (first < last - 1 and _is_enclosed(text, tokens, last - 1)):
                end += 1
            add_span(row, spans, np.int64(tokens[first, BEGIN]), end, Label.ADDRESS)
            floor = at = last
        else:
            at += 1


# --------------------------------------------------------------------------------------------------------------- tokens
@inner
def _has_house(text: Text, row: Row, tables: Tables) -> bool:
    """Tell quickly whether a row has what may be a house number: a few digits, and hardly a letter behind them."""
    place = row[LOW]
    while place < row[HIGH]:
        if tables[SYMBOL_KINDS + text[SYMBOL, place]] & DIGIT_KIND == 0:
            place += 1
            continue
        end = _run_end(text, tables, place, np.int64(DIGIT_KIND))
        if end - place <= _MOST_DIGITS and text[SYMBOL, place] != _ZERO:
            return True
        place = end
    return False


@inner
def _read_tokens(text: Text, row: Row, tables: Tables, tokens: Tokens) -> int:
    """Write down the words of a row; return how many there are."""
    place, count = row[LOW], np.int64(0)
    while place < row[HIGH]:
        kind = tables[SYMBOL_KINDS + text[SYMBOL, place]]
        if kind & WORD_KIND == 0:
            place += 1
            continue
        if kind & DIGIT_KIND != 0:
            end, kinds = _run_end(text, tables, place, np.int64(WORD_KIND)), np.int64(DIGIT)
        else:
            end, kinds = _read_word(text, row, tables, place)
        tokens[count, BEGIN], tokens[count, END], tokens[count, KINDS] = place, end, kinds
        if count > 0:
            tokens[count - 1, GAP] = _gap(text, np.int64(tokens[count - 1, END]), place)
        count += 1
        place = end
    tokens[count, BEGIN] = tokens[count, END] = row[HIGH]
    tokens[count, KINDS], tokens[count, GAP] = 0, _BREAK
    if count > 0:
        tokens[count - 1, GAP] = _BREAK
    return count


@inner
def _run_end(text: Text, tables: Tables, place: int, kind: int) -> int:
    while tables[SYMBOL_KINDS + text[SYMBOL, place]] & kind != 0:
        place += 1
    return place


@inner
def _read_word(text: Text, row: Row, tables: Tables, start: int) -> tuple[int, int]:
    """Return where a word ends, or the words of the list that begin with it, and what it may be."""
    run_end, bit = start, np.int64(0)
    sieve = np.int64(tables[Part.ADDRESS_SIEVE])
    while tables[SYMBOL_KINDS + text[SYMBOL, run_end]] & LETTER_KIND != 0:
        bit = (bit * SIEVE_FACTOR + tables[sieve + text[SYMBOL, run_end]]) & _SIEVE_MASK
        run_end += 1
    if tables[sieve + _SYMBOLS + (bit >> 5)] >> (bit & 31) & 1 == 0:
        kinds = np.int64(0)
        if run_end - start >= _SHORTEST_ENDING:
            kinds = _ending_kinds(text, tables, start, run_end, row[LANGUAGE])
        return run_end, kinds | _case_kinds(text, tables, start)
    base = np.int64(tables[Part.ADDRESS_WORDS])
    state, place, end, best = np.int64(START), start, run_end, np.int64(DEAD)
    while True:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            break
        place += 1
        is_inside = tables[SYMBOL_KINDS + text[SYMBOL, place]] & tables[SYMBOL_KINDS + text[SYMBOL, place - 1]]
        if place >= run_end and is_inside & LETTER_KIND == 0 and is_end(tables, base, state):
            end, best = place, state
    kinds = _kinds_of(tables, base, best, np.int64(Part.ADDRESS_WORD_KINDS), row[LANGUAGE])
    if end == run_end and end - start >= _SHORTEST_ENDING and kinds & (NO_STREET | TOWN) == 0:
        kinds |= _ending_kinds(text, tables, start, end, row[LANGUAGE])
    return end, kinds | _case_kinds(text, tables, start)


@inner
def _case_kinds(text: Text, tables: Tables, start: int) -> int:
    if tables[SYMBOL_KINDS + text[SYMBOL, start]] & CAPITAL_KIND == 0:
        return np.int64(0)
    is_shouted = tables[SYMBOL_KINDS + text[SYMBOL, start + 1]] & CAPITAL_KIND != 0
    return CAPITAL | SHOUTED if is_shouted else CAPITAL


@inner
def _ending_kinds(text: Text, tables: Tables, start: int, end: int, language: int) -> int:
    base = np.int64(tables[Part.ADDRESS_ENDINGS])
    state, best = np.int64(START), np.int64(DEAD)
    for place in range(end - 1, start + 1, -1):
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            break
        if is_end(tables, base, state):
            best = state
    return _kinds_of(tables, base, best, np.int64(Part.ADDRESS_ENDING_KINDS), language)


@inner
def _kinds_of(tables: Tables, base: int, state: int, part: int, language: int) -> int:
    """Join the kinds of the entries that end in a state; an unmistakable word for a street outweighs a weak one."""
    if state == DEAD:
        return np.int64(0)
    kinds, strong = np.int64(0), np.int64(0)
    first, last = ends_of(tables, base, state)
    for index in range(first, last):
        number = np.int64(tables[index])
        found = np.int64(tables[tables[part] + number])
        languages = np.int64(tables[tables[part + 1] + number])
        is_at_home = language >= 0 and languages >> language & 1 != 0
        if found & (BEFORE | AFTER | COMPOUND) != 0:
            if found & WEAK != 0 and language >= 0 and not is_at_home:
                continue
            if found & WEAK == 0:
                strong |= found
            if language >= 0 and not is_at_home:
                found &= ~DOTTED
            kinds |= found & ~WEAK | (AT_HOME if is_at_home else 0)
        elif languages == 0 or language < 0 or is_at_home:
            kinds |= found
    if kinds & BEFORE != 0 and strong & BEFORE == 0:
        kinds |= WEAK
    if kinds & (AFTER | COMPOUND) != 0 and strong & (AFTER | COMPOUND) == 0:
        kinds |= WEAK_AFTER
    return kinds


@inner
def _gap(text: Text, place: int, end: int) -> int:
    """Name what stands between two tokens."""
    if place == end:
        return _GLUED
    gap, blanks = np.int64(_GLUED), 0
    for at in range(place, end):
        symbol = text[SYMBOL, at]
        if symbol == _BLANK:
            blanks += 1
            continue
        this = _gap_of(np.int64(symbol))
        if gap == _GLUED or (gap == this and this != _DOT):
            gap = this
        elif this == _LINE and gap in (_COMMA, _DASH, _HYPHEN, _DOT):
            gap = np.int64(_LINE)
        elif gap == _DOT and this == _COMMA:
            gap = np.int64(_COMMA)
        else:
            return _BREAK
    if gap == _GLUED:
        return _SPACE
    return _DASH if gap == _HYPHEN and blanks > 0 else gap


@inner
def _gap_of(symbol: int) -> int:
    for sign, gap in _GAPS_OF_SIGNS:
        if symbol == sign:
            return np.int64(gap)
    return np.int64(_BREAK)


@inner
def _is_gap(tokens: Tokens, at: int, gaps: int) -> bool:
    """Tell whether one of some gaps, as bits, stands before a token."""
    return at > 0 and gaps >> np.int64(tokens[at - 1, GAP]) & 1 != 0


@inner
def _speaks(row: Row, languages: int) -> bool:
    """Tell whether a row is in one of some languages, as bits."""
    return row[LANGUAGE] >= 0 and languages >> row[LANGUAGE] & 1 != 0


@inner
def _size(tokens: Tokens, at: int) -> int:
    return np.int64(tokens[at, END]) - np.int64(tokens[at, BEGIN])


@inner
def _is(tokens: Tokens, at: int, kinds: int) -> bool:
    return tokens[at, KINDS] & kinds != 0


@inner
def _is_closed(tokens: Tokens, at: int) -> bool:
    """Tell whether nothing goes on before a token: a sign or the end."""
    return _GOES_ON >> np.int64(tokens[at - 1, GAP]) & 1 == 0


# -------------------------------------------------------------------------------------------------------- house numbers
@inner
def _digits(text: Text, tables: Tables, tokens: Tokens, at: int) -> int:
    """Count the digits that a token begins with."""
    begin = np.int64(tokens[at, BEGIN])
    return _run_end(text, tables, begin, np.int64(DIGIT_KIND)) - begin


@inner
def _is_house_letter(symbol: int) -> bool:
    """Tell whether a letter may follow a house number: any capital, and the small ones that are no unit."""
    is_capital = symbol & _SMALL == 0 and symbol < _FOREIGN
    return is_capital or _A <= symbol <= _G or _FOREIGN <= symbol < CURRENCY


@inner
def _is_house(text: Text, tables: Tables, tokens: Tokens, at: int) -> bool:
    """Tell whether a token may be a house number: up to four digits, perhaps with a letter, or bis, or ter."""
    if not _is(tokens, at, DIGIT):
        return False
    begin, end = np.int64(tokens[at, BEGIN]), np.int64(tokens[at, END])
    digits = _digits(text, tables, tokens, at)
    if digits > _MOST_DIGITS or text[SYMBOL, begin] == _ZERO:
        return False
    rest = end - begin - digits
    if rest == 0:
        return True
    first = text[SYMBOL, begin + digits] | _SMALL
    if rest == 1:
        return _is_house_letter(np.int64(text[SYMBOL, begin + digits]))
    return rest == _TRIPLE and (
        (first == ord("b") and text[SYMBOL, end - 1] | _SMALL == ord("s"))
        or (first == ord("t") and text[SYMBOL, end - 1] | _SMALL == ord("r"))
    )


@inner
def _house_end(text: Text, tables: Tables, tokens: Tokens, at: int) -> int:
    """Return the token after the house number that begins at a token, -1 for none: 12a, 12-14, 7/12, 3 bis, 5 A 12."""
    if not _is_house(text, tables, tokens, at):
        return np.int64(-1)
    at = _joined_end(text, tables, tokens, at + 1)
    is_joined = _is_gap(tokens, at, np.int64(1 << _HYPHEN | 1 << _SLASH | 1 << _DASH))
    if is_joined and _is(tokens, at, DIGIT) and _size(tokens, at) <= _MOST_DIGITS:
        return np.int64(-1)
    if not _is_house_letter_token(text, tables, tokens, at):
        return at
    is_capital = _is(tokens, at, CAPITAL)
    at = _joined_end(text, tables, tokens, at + 1)
    is_flat = _is_gap(tokens, at, np.int64(1 << _SPACE | 1 << _GLUED | 1 << _HYPHEN)) and _is(tokens, at, DIGIT)
    is_followed = _is_closed(tokens, at + 1) or _is(tokens, at + 1, CAPITAL | DIGIT | TOWN)
    is_sure = is_followed if is_capital else _is_closed(tokens, at + 1)
    return at + 1 if is_flat and is_sure and _size(tokens, at) < _SHORT else at


@inner
def _joined_end(text: Text, tables: Tables, tokens: Tokens, at: int) -> int:
    """Return the token after what is joined to a house number: 12-14, 7/12/3, 3 bis."""
    for _ in range(2):
        is_joined = _is_gap(tokens, at, np.int64(1 << _HYPHEN | 1 << _SLASH | 1 << _DASH))
        is_repeated = _is(tokens, at, REPEATED) and _is_gap(tokens, at, np.int64(1 << _SPACE))
        if not (is_repeated or (is_joined and _is_house(text, tables, tokens, at))):
            break
        at += 1
    return at


@inner
def _is_house_letter_token(text: Text, tables: Tables, tokens: Tokens, at: int) -> bool:
    """Tell whether a token is the letter of the house number before it: 4 B, 12-a, 7/b."""
    if _size(tokens, at) != 1 or not _is_gap(tokens, at, np.int64(1 << _SPACE | 1 << _HYPHEN | 1 << _SLASH)):
        return False
    symbol = np.int64(text[SYMBOL, tokens[at, BEGIN]])
    if tables[SYMBOL_KINDS + symbol] & LETTER_KIND == 0:
        return False
    if not _is_gap(tokens, at, np.int64(1 << _SPACE)):
        return True
    small = symbol | _SMALL if symbol < _FOREIGN else symbol
    if symbol < _FOREIGN and not _A <= small <= ord("h"):
        return False
    after = at + 1
    if _is_closed(tokens, after) or _is(tokens, after, DIGIT | UNIT | TOWN | NUMBER_FIRST) or small in (_B, _F, _G):
        return True
    is_capital = _is(tokens, at, CAPITAL) or _is(tokens, after, CAPITAL)
    return is_capital and small != _A and not _is(tokens, after, COMMON)


@inner
def _is_amount(text: Text, tables: Tables, tokens: Tokens, after: int) -> bool:
    """Tell whether the number before a token is no house number: an amount, a time, a date."""
    place = np.int64(tokens[after - 1, END])
    sign = text[SYMBOL, place]
    if sign in (_FULL_STOP, ord(","), ord(":")) and tables[SYMBOL_KINDS + text[SYMBOL, place + 1]] & DIGIT_KIND != 0:
        return not _is_ordinal(text, tables, tokens, after)
    if sign == _BLANK:
        sign = text[SYMBOL, place + 1]
    if sign in (_PERCENT, _DOLLAR, CURRENCY):
        return True
    is_beside = _is_gap(tokens, after, np.int64(1 << _SPACE | 1 << _HYPHEN | 1 << _DOT | 1 << _GLUED))
    if tokens[after, GAP] == _HYPHEN and _is(tokens, after + 1, DIGIT):
        return False
    return is_beside and _is(tokens, after, QUANTITY | MONTH) and _unit_end(text, tables, tokens, after) < 0


@inner
def _is_year(text: Text, tables: Tables, tokens: Tokens, at: int) -> bool:
    if _size(tokens, at) != _MOST_DIGITS or _digits(text, tables, tokens, at) != _MOST_DIGITS:
        return False
    year = np.int64(0)
    for place in range(tokens[at, BEGIN], tokens[at, END]):
        year = year * 10 + text[SYMBOL, place] - _ZERO
    return _FIRST_YEAR <= year <= _LAST_YEAR


# ------------------------------------------------------------------------------------------------------ parts of houses
@inner
def _is_ordinal(text: Text, tables: Tables, tokens: Tokens, at: int) -> bool:
    """Tell whether a token is an ordinal as floors have them: 3º, 2ª."""
    digits = _digits(text, tables, tokens, at)
    if not _is(tokens, at, DIGIT) or digits > _PAIR or _size(tokens, at) != digits + 1:
        return False
    return text[SYMBOL, tokens[at, END] - 1] | _SMALL in (_O, _A)


@inner
def _code_end(tokens: Tokens, at: int) -> int:
    """Return the token after what names a part of a house: a short number, a letter or two, a letter and a number."""
    size = _size(tokens, at)
    if _is(tokens, at, DIGIT):
        at = at + 1 if size <= _SHORT + 1 else np.int64(-1)
        if at > 0 and _is_gap(tokens, at, np.int64(1 << _SLASH | 1 << _HYPHEN)) and _size(tokens, at) < _SHORT:
            at += 1
        return at
    if not 0 < size < _SHORT or (size > 1 and not _is(tokens, at, CAPITAL)):
        return np.int64(-1)
    is_numbered = tokens[at, GAP] == _GLUED and _is(tokens, at + 1, DIGIT)
    return at + 2 if is_numbered else at + 1


@inner
def _unit_end(text: Text, tables: Tables, tokens: Tokens, at: int) -> int:
    """Return the token after one part of a house that begins at a token, -1 for none: apt. 3, 2. tv, 3º B, bajo."""
    gaps = _BEFORE_TAIL | 1 << _SLASH | 1 << _HYPHEN | 1 << _GLUED
    if not _is_gap(tokens, at, np.int64(gaps)):
        return np.int64(-1)
    if _is(tokens, at, UNIT):
        end = _named_unit_end(tokens, at + 1)
        if end > 0:
            return end
    if _is_roman(text, tokens, at):
        is_numbered = _is_gap(tokens, at + 1, np.int64(1 << _SLASH)) and _is(tokens, at + 1, DIGIT)
        return at + 2 if is_numbered else _side_end(tokens, at + 1)
    if _is(tokens, at, FLOOR):
        return _side_end(tokens, at + 1)
    return _counted_floor_end(text, tables, tokens, at)


@inner
def _named_unit_end(tokens: Tokens, at: int) -> int:
    """Return the token after the number behind a word for a part of a house, -1 for none."""
    if _is(tokens, at, NUMBER_WORD) and _is_gap(tokens, at, np.int64(1 << _SPACE)):
        at += 1
    gaps = 1 << _SPACE | 1 << _DOT | 1 << _GLUED | 1 << _HYPHEN | 1 << _SIGN
    return _code_end(tokens, at) if _is_gap(tokens, at, np.int64(gaps)) else np.int64(-1)


@inner
def _counted_floor_end(text: Text, tables: Tables, tokens: Tokens, at: int) -> int:
    """Return the token after a floor whose number comes first, -1 for none: 2. tv, 3. em. 12, 3º B, 2.º esq."""
    after = at + 1
    if not _is(tokens, at, DIGIT) or _digits(text, tables, tokens, at) > _PAIR:
        return np.int64(-1)
    is_beside = _is_gap(tokens, after, np.int64(1 << _SPACE | 1 << _DOT | 1 << _GLUED))
    if is_beside and _is(tokens, after, FLOOR) and _size(tokens, at) <= _TRIPLE:
        after += 1
        is_door = _is(tokens, after, DIGIT) and _size(tokens, after) < _SHORT and _is_closed(tokens, after + 1)
        is_door = is_door and _is_gap(tokens, after, np.int64(1 << _SPACE | 1 << _DOT))
        return after + 1 if is_door else _side_end(tokens, after)
    is_ordinal = _size(tokens, after) == 1 and text[SYMBOL, tokens[after, BEGIN]] | _SMALL in (_O, _A)
    if is_ordinal and is_beside and tokens[after, BEGIN] == tokens[at, END] + 1:
        return _side_end(tokens, after + 1)
    return _side_end(tokens, after) if _is_ordinal(text, tables, tokens, at) else np.int64(-1)


@inner
def _is_roman(text: Text, tokens: Tokens, at: int) -> bool:
    """Tell whether a token is the number of a floor in capitals: II."""
    begin, end = np.int64(tokens[at, BEGIN]), np.int64(tokens[at, END])
    is_parted = _is_closed(tokens, at + 1) or _is_gap(tokens, at + 1, np.int64(1 << _SLASH))
    if not 0 < end - begin < _SHORT or (end - begin == 1 and not is_parted):
        return False
    is_roman = True
    for place in range(begin, end):
        is_roman = is_roman and text[SYMBOL, place] in (ord("I"), ord("V"))
    return is_roman


@inner
def _side_end(tokens: Tokens, at: int) -> int:
    """Return the token after the side of a floor, if one stands at a token: izda., B, th."""
    is_beside = _is_gap(tokens, at, np.int64(1 << _SPACE | 1 << _DOT | 1 << _COMMA))
    is_letter = _size(tokens, at) == 1 and _is(tokens, at, CAPITAL) and _is_closed(tokens, at + 1)
    return at + 1 if is_beside and (is_letter or _is(tokens, at, FLOOR)) else at


@inner
def _units_end(text: Text, tables: Tables, tokens: Tokens, at: int) -> int:
    for _ in range(_MOST_UNITS):
        end = _unit_end(text, tables, tokens, at)
        if end < 0:
            break
        at = end
    return at


# ---------------------------------------------------------------------------------------------------- postcode and town
@inner
def _postcode_end(text: Text, row: Row, tables: Tables, tokens: Tokens, at: int) -> tuple[int, int]:
    """Return the token after the postcode that begins at a token, -1 for none, and its kind."""
    base = np.int64(tables[Part.POSTCODES])
    state, place = np.int64(START), np.int64(tokens[at, BEGIN])
    end, kind = np.int64(-1), np.int64(-1)
    while True:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            break
        place += 1
        if tables[SYMBOL_KINDS + text[SYMBOL, place]] & WORD_KIND != 0 or not is_end(tables, base, state):
            continue
        first, _ = ends_of(tables, base, state)
        found = np.int64(tables[first])
        is_dutch = row[LANGUAGE] == _NL or (row[LANGUAGE] < 0 and not _is(tokens, at + 1, COMMON | PARTICLE))
        if found != SMALL_POSTCODE or is_dutch:
            end, kind = place, found
    if end < 0:
        return np.int64(-1), kind
    while tokens[at, END] < end:
        at += 1
    return (at + 1, kind) if tokens[at, END] == end else (np.int64(-1), kind)


@inner
def _tail_end(text: Text, row: Row, tables: Tables, tokens: Tokens, at: int) -> tuple[int, int]:
    """Return the token after postcode, town and country, and what was among them."""
    seen = np.int64(0)
    for turn in range(3):
        end, found = _locality_end(text, row, tables, tokens, at, seen)
        if end < 0 or (turn > 0 and found & (_HAS_POSTCODE | _HAS_KNOWN_TOWN) == 0):
            break
        at, seen = end, seen | found
    if seen != 0 and _is(tokens, at, COUNTRY) and _is_gap(tokens, at, np.int64(_BEFORE_TAIL)):
        return at + 1, seen
    is_province = _is(tokens, at, COUNTRY) or (_size(tokens, at) == _PAIR and _is(tokens, at, SHOUTED))
    is_enclosed = _is_enclosed(text, tokens, at) and tokens[at, BEGIN] - tokens[at - 1, END] <= _PAIR
    return (at + 1, seen) if seen != 0 and is_province and is_enclosed else (at, seen)


@inner
def _is_enclosed(text: Text, tokens: Tokens, at: int) -> bool:
    return text[SYMBOL, tokens[at, BEGIN] - 1] == ord("(") and text[SYMBOL, tokens[at, END]] == ord(")")


@inner
def _locality_end(text: Text, row: Row, tables: Tables, tokens: Tokens, at: int, seen: int) -> tuple[int, int]:
    """Return the token after a postcode with its town, or after a town, -1 for none, and what it is."""
    end, found = np.int64(-1), np.int64(0)
    if not _is_gap(tokens, at, np.int64(_BEFORE_TAIL)):
        return end, found
    after, kind = _postcode_end(text, row, tables, tokens, at)
    if after > 0 and seen & _HAS_POSTCODE == 0:
        end, found = _coded_end(text, row, tables, tokens, at, after, seen, kind)
    if end < 0 and (seen & _HAS_KNOWN_TOWN == 0 or _is(tokens, at, TOWN_PREFIX)):
        end, found = _bare_town_end(text, row, tables, tokens, at)
    return end, found


@inner
def _coded_end(
    text: Text, row: Row, tables: Tables, tokens: Tokens, at: int, after: int, seen: int, kind: int
) -> tuple[int, int]:
    """Return the token after a postcode, and after its town, -1 if it is more likely another number, and what it is."""
    is_apart = _is_gap(tokens, at, np.int64(1 << _COMMA | 1 << _LINE | 1 << _DASH))
    is_long = _digits(text, tables, tokens, at) > _MOST_DIGITS
    is_year = _is_year(text, tables, tokens, at)
    if _is_gap(tokens, after, np.int64(_BEFORE_TAIL)) and seen & _HAS_TOWN == 0:
        is_likely = kind == SURE_POSTCODE or is_long or (is_apart and not is_year)
        town = _town_end(row, tokens, after, is_likely, after > 0)
        if town > 0:
            known = np.int64(_HAS_KNOWN_TOWN) if _is(tokens, after, TOWN) else np.int64(0)
            return town, _HAS_POSTCODE | _HAS_TOWN | known
    is_closed = _is_closed(tokens, after)
    is_plain = (is_apart or seen & _HAS_TOWN != 0) and is_closed and not is_year
    if kind != PLAIN_POSTCODE or (is_closed and is_long) or is_plain:
        return after, np.int64(_HAS_POSTCODE)
    return np.int64(-1), np.int64(0)


@inner
def _bare_town_end(text: Text, row: Row, tables: Tables, tokens: Tokens, at: int) -> tuple[int, int]:
    """Return the token after a town without a postcode before it, -1 for none, and whether it is a known one."""
    is_apart = _is_gap(tokens, at, np.int64(1 << _COMMA | 1 << _LINE | 1 << _DASH))
    is_capital = _is(tokens, at, CAPITAL)
    end = _town_end(row, tokens, at, is_apart, _size(tokens, at) < 0)
    after, kind = _postcode_end(text, row, tables, tokens, at + 1 if end < 0 else end)
    is_coded = after > 0 and kind == SURE_POSTCODE
    if end < 0 and is_coded and is_apart and _is_name(tokens, at):
        end = at + 1
    if end < 0:
        return end, np.int64(0)
    is_plain = is_capital or not _is(tokens, at, WORDLIKE)
    if _is(tokens, at, TOWN) and (is_apart or is_plain or _is_closed(tokens, end)):
        return end, np.int64(_HAS_TOWN | _HAS_KNOWN_TOWN)
    is_parted = is_coded or (_is_closed(tokens, end) and not _is_gap(tokens, end, np.int64(1 << _COLON)))
    is_german = row[LANGUAGE] < 0 or _speaks(row, np.int64(_CAPITALS_IN_SENTENCES))
    is_town = (is_apart and (is_capital or is_coded)) or (is_capital and not is_german)
    return (end, np.int64(_HAS_TOWN)) if is_parted and is_town else (np.int64(-1), np.int64(0))


@inner
def _is_name(tokens: Tokens, at: int) -> bool:
    """Tell whether a token is a word that a name may begin with."""
    return _size(tokens, at) > 0 and not _is(tokens, at, DIGIT | _NO_NAME_KINDS | MONTH)


@inner
def _town_end(row: Row, tokens: Tokens, at: int, is_sure: bool, is_coded: bool) -> int:  # noqa: FBT001 -- compiled
    """Return the token after a town, -1 for none; behind a postcode it need not be written with a capital."""
    if not _is(tokens, at, TOWN) and not _may_be_town(tokens, at, is_sure, is_coded):
        return np.int64(-1)
    first = at
    at += 1
    for _ in range(_MOST_TOWN):
        longer = _longer_town(row, tokens, first, at, is_coded)
        if longer < 0:
            break
        at = longer
    return at


@inner
def _may_be_town(tokens: Tokens, at: int, is_sure: bool, is_coded: bool) -> bool:  # noqa: FBT001 -- compiled
    """Tell whether a word that is no known town may be one."""
    is_capital = _is(tokens, at, CAPITAL)
    is_prefix = _is(tokens, at, TOWN_PREFIX | PARTICLE)
    is_elided = tokens[at, GAP] == _APOSTROPHE and not _is(tokens, at, DIGIT)
    is_name = _is_name(tokens, at) or (is_prefix and is_capital)
    if not is_elided and (not is_name or _size(tokens, at) < _PAIR):
        return False
    if not is_prefix and not is_coded and _is(tokens, at, BEFORE | AFTER | COMPOUND | UNIT | BOX):
        return False
    is_followed = is_sure or _is_closed(tokens, at + 1) or _is(tokens, at + 1, COMMON)
    return is_capital or (is_coded and _size(tokens, at) > _PAIR and is_followed)


@inner
def _longer_town(row: Row, tokens: Tokens, first: int, at: int, is_coded: bool) -> int:  # noqa: FBT001 -- compiled
    """Return the token after the next word of a town, -1 if the town has ended."""
    is_letters = not _is(tokens, at, DIGIT) and _size(tokens, at) > 0
    is_after_prefix = _is(tokens, at - 1, TOWN_PREFIX)
    is_cut_short = is_after_prefix and _size(tokens, at - 1) < _SHORT and _is_gap(tokens, at, np.int64(1 << _DOT))
    if is_letters and (is_cut_short or _is_gap(tokens, at, np.int64(1 << _HYPHEN | 1 << _APOSTROPHE))):
        return at + 1
    if not _is_gap(tokens, at, np.int64(1 << _SPACE)):
        return np.int64(-1)
    if is_letters and _is(tokens, at, PARTICLE) and not _is(tokens, at, CAPITAL):
        return _joined_town_end(tokens, first, at)
    if is_letters and is_after_prefix and (is_coded or _is(tokens, at, CAPITAL)) and _is_name(tokens, at):
        return at + 1
    if _is_district(row, tokens, first, at, is_coded):
        return at + 1
    is_second = is_coded and at == first + 1 and _is(tokens, first, CAPITAL) and not _is(tokens, first, TOWN)
    is_german = _speaks(row, np.int64(_CAPITALS_IN_SENTENCES))
    is_name = is_letters and _is(tokens, at, CAPITAL) and _is_name(tokens, at)
    return at + 1 if is_second and is_name and not is_german else np.int64(-1)


@inner
def _joined_town_end(tokens: Tokens, first: int, at: int) -> int:
    """Return the token after a town that goes on after a particle or two, -1 for none: Frankfurt an der Oder."""
    after = at + 1 if not _is(tokens, at + 1, PARTICLE) else at + 2
    is_joined = _is_gap(tokens, at + 1, np.int64(_IN_NAME)) and _is_gap(tokens, after, np.int64(_IN_NAME))
    is_town = _is(tokens, after, CAPITAL) and not _is(tokens, after, DIGIT) and not _is(tokens, first, TOWN)
    return after + 1 if is_joined and is_town else np.int64(-1)


@inner
def _is_district(row: Row, tokens: Tokens, first: int, at: int, is_coded: bool) -> bool:  # noqa: FBT001 -- compiled
    """Tell whether a token names a part of a known town: Praha 2, København K."""
    is_danish = is_coded and _speaks(row, np.int64(1 << _DA))
    is_marked = _is(tokens, at, CAPITAL) or is_danish or (_is(tokens, at, DIGIT) and at == first + 1)
    is_short = 0 < _size(tokens, at) <= _PAIR
    return is_marked and is_short and _is(tokens, first, TOWN) and _is_closed(tokens, at + 1)


@inner
def _lead_start(text: Text, row: Row, tables: Tables, tokens: Tokens, first: int, floor: int) -> int:
    """Return the token that an address begins with: a postcode and a town may stand before the street."""
    for begin in range(first - 2, max(first - 5, floor - 1), -1):
        if not _is_gap(tokens, begin + 1, np.int64(_BEFORE_TAIL | 1 << _HYPHEN)):
            break
        after, kind = _postcode_end(text, row, tables, tokens, begin)
        if after < 0 or after >= first:
            continue
        is_sure = kind != PLAIN_POSTCODE or _digits(text, tables, tokens, begin) > _MOST_DIGITS
        town = _town_end(row, tokens, after, is_sure, after > 0)
        is_apart = _is_gap(tokens, first, np.int64(1 << _COMMA | 1 << _LINE | 1 << _SPACE | 1 << _DASH))
        if town == first and is_apart:
            return np.int64(begin)
    town = first - 1
    is_lead = town >= floor and _is(tokens, town, TOWN) and _is_gap(tokens, first, np.int64(1 << _COMMA | 1 << _LINE))
    return town if is_lead and _speaks(row, np.int64(_TOWN_FIRST)) else first


# ------------------------------------------------------------------------------------------------------------ addresses
@inner
def _address_at(text: Text, row: Row, tables: Tables, tokens: Tokens, at: int, floor: int) -> tuple[int, int, int]:
    """Return the first token of the address at a token, the token after it, -1 for none, and its word for a street."""
    first, last, street = np.int64(at), np.int64(-1), np.int64(tokens[at, KINDS])
    if street & DIGIT != 0:
        return _numbered_at(text, row, tables, tokens, at, floor)
    if street & NO_STREET != 0:
        return first, last, street
    is_initial = _size(tokens, at) == 1 and _is_gap(tokens, at, np.int64(1 << _DOT))
    if street & BEFORE != 0 and not is_initial:
        last = _named_after(text, row, tables, tokens, at)
    if last < 0 and street & (AFTER | COMPOUND) != 0:
        first, last = _named_before(text, row, tables, tokens, at, floor)
    if last < 0 and street & BOX != 0:
        first, last = np.int64(at), _box_end(text, row, tables, tokens, at)
    return first, last, street


@inner
def _is_said_home(tokens: Tokens, first: int) -> bool:
    """Tell whether somebody says before a token that this is where he lives."""
    for at in range(first - 1, max(first - 4, -1), -1):
        if tokens[at, GAP] == _BREAK:
            return False
        if _is(tokens, at, HOME):
            return True
    return False


@inner
def _marked(street: int, has_capital: bool) -> int:  # noqa: FBT001 -- compiled
    """Let a word for a street say whether the name of the street, not the word, is written with a capital."""
    return street | CAPITAL if has_capital else street & ~CAPITAL


@inner
def _judge(row: Row, tokens: Tokens, first: int, after: int, street: int, seen: int) -> bool:
    """Tell whether a street and a number are an address, by the kind of its word and by what stands beside them."""
    if seen & (_HAS_POSTCODE | _HAS_KNOWN_TOWN) != 0 or _is_said_home(tokens, first):
        return True
    has_capital = street & CAPITAL != 0
    is_parted = _is_closed(tokens, after) or _is(tokens, after, COMMON | UNIT | FLOOR)
    if street & WEAK == 0:
        # In English more often the words after the number are counted: the street 5 shops are in.
        return has_capital or is_parted or (street & NUMBER_FIRST == 0 or street & BEFORE != 0)
    if street & AT_HOME != 0:
        return has_capital or (is_parted if street & BEFORE != 0 else _is_closed(tokens, after))
    return row[LANGUAGE] < 0 and has_capital and is_parted


@inner
def _address_end(
    text: Text, row: Row, tables: Tables, tokens: Tokens, first: int, number: int, after: int, street: int
) -> int:
    """Return the token after an address whose street and house number end before a token, -1 if it is none.

    `number` is the token of the house number, `street` what is `_marked` of its word; a number that is none ends at -1.
    """
    if after < 0 or _is_amount(text, tables, tokens, after):
        return np.int64(-1)
    units = _units_end(text, tables, tokens, after)
    last, seen = _tail_end(text, row, tables, tokens, units)
    is_sure = seen & (_HAS_POSTCODE | _HAS_KNOWN_TOWN) != 0
    if not is_sure and _is_year(text, tables, tokens, number):
        return np.int64(-1)
    return last if _judge(row, tokens, first, units, street, seen) else np.int64(-1)


@inner
def _number_at(text: Text, tables: Tables, tokens: Tokens, at: int) -> int:
    """Return the token of the house number that begins at a token or behind a word for numbers, -1 for none."""
    if _is(tokens, at, NUMBER_WORD) and _is_gap(
        tokens, at + 1, np.int64(1 << _SPACE | 1 << _DOT | 1 << _GLUED | 1 << _SIGN)
    ):
        at += 1
    return at if _is_house(text, tables, tokens, at) else np.int64(-1)


@inner
def _named_after(text: Text, row: Row, tables: Tables, tokens: Tokens, street: int) -> int:
    """Return the token after an address that begins with a word for a street, -1 for none: rue de la Paix 12."""
    at, words, kinds = np.int64(street + 1), np.int64(0), np.int64(tokens[street, KINDS])
    has_capital = words > 0
    if _size(tokens, street) == 1 and _is_gap(tokens, at, np.int64(1 << _SLASH)):
        # c/ Mayor
        kinds &= ~WEAK
    elif not _is_gap(tokens, at, np.int64(1 << _SPACE | 1 << _DOT | 1 << _GLUED)):
        return np.int64(-1)
    for _ in range(_MOST_NAME * 2):
        is_dated = _is_dated_name(tokens, at)
        number = _number_at(text, tables, tokens, at) if words > 0 and not is_dated else np.int64(-1)
        if number > 0:
            after = _house_end(text, tables, tokens, number)
            return _address_end(text, row, tables, tokens, street, number, after, _marked(kinds, has_capital))
        if words > 0 and _is(tokens, at, UNIT) and _unit_end(text, tables, tokens, at) > 0:
            return _address_end(text, row, tables, tokens, street, at, at, _marked(kinds, has_capital))
        if is_dated:
            has_capital = has_capital or _is(tokens, at + 1, CAPITAL)
            at += 1
        elif _is(tokens, at, DIGIT) or not _goes_on_name(tokens, at, words):
            return np.int64(-1)
        if not _is(tokens, at, PARTICLE) or _is(tokens, at, CAPITAL):
            words += 1
            has_capital = has_capital or _is(tokens, at, CAPITAL)
        at += 1
        is_before_number = _is_gap(tokens, at, np.int64(1 << _COMMA)) and _is(tokens, at, DIGIT | NUMBER_WORD | UNIT)
        if words > _MOST_NAME or not (_is_within_name(tokens, at) or is_before_number):
            return np.int64(-1)
    return np.int64(-1)


@inner
def _goes_on_name(tokens: Tokens, at: int, words: int) -> bool:
    """Tell whether a token may belong to the name of a street, behind so many words of it."""
    if _size(tokens, at) == 0:
        return False
    if _is(tokens, at, PARTICLE):
        return True
    if _is(tokens, at, NO_NAME) and not _is(tokens, at, CAPITAL):
        return False
    if _is(tokens, at, COMMON | HOME):
        # A word of a sentence that is a name as well, in capitals: Rue Sous-Bois.
        return words == 0 and _is(tokens, at, CAPITAL)
    return _is(tokens, at, CAPITAL) or not _is(tokens, at, QUANTITY)


@inner
def _is_dated_name(tokens: Tokens, at: int) -> bool:
    """Tell whether a day begins at a token that a street is named after: 3 Maja, 25 de Abril."""
    if not _is(tokens, at, DIGIT) or _size(tokens, at) > _PAIR:
        return False
    after = at + 1
    if _is(tokens, after, PARTICLE):
        after += 1
    is_beside = _is_gap(tokens, after, np.int64(1 << _SPACE | 1 << _DOT)) and _is_gap(
        tokens, at + 1, np.int64(1 << _SPACE | 1 << _DOT)
    )
    return is_beside and _is(tokens, after, MONTH)


@inner
def _named_before(text: Text, row: Row, tables: Tables, tokens: Tokens, street: int, floor: int) -> tuple[int, int]:
    """Return the first token of an address whose street ends with its word, and the token after it, -1 for none."""
    kinds, after = _behind_name(tokens, street), np.int64(street + 1)
    none = (np.int64(street), np.int64(-1))
    is_abbreviated = _is_gap(tokens, after, np.int64(1 << _DOT)) and (
        _size(tokens, street) <= _SHORT or _is_cut_short(text, tokens, street)
    )
    if not (is_abbreviated or _is_gap(tokens, after, np.int64(_BEFORE_NUMBER))):
        return none
    if _is(tokens, after, SIDE):
        after += 1
    number = _number_at(text, tables, tokens, after)
    if number < 0:
        return none
    first, has_capital = _name_start(row, tokens, street, floor)
    if kinds & COMPOUND == 0 and first == street:
        return none
    has_capital = has_capital or (kinds & COMPOUND != 0 and kinds & CAPITAL != 0)
    end = _house_end(text, tables, tokens, number)
    return first, _address_end(text, row, tables, tokens, first, number, end, _marked(kinds, has_capital))


@inner
def _is_cut_short(text: Text, tokens: Tokens, at: int) -> bool:
    """Tell whether a word ends as abbreviated streets do: Hauptstr."""
    end = np.int64(tokens[at, END])
    return text[SYMBOL, end - 1] | _SMALL == _R and text[SYMBOL, end - 2] | _SMALL == _T


@inner
def _behind_name(tokens: Tokens, at: int) -> int:
    """Return what a word for a street is that stands behind the name."""
    kinds = np.int64(tokens[at, KINDS]) & ~WEAK
    return kinds | WEAK if kinds & WEAK_AFTER != 0 else kinds


@inner
def _name_start(row: Row, tokens: Tokens, street: int, floor: int) -> tuple[int, bool]:
    """Return the first token of the name before a word for a street, and whether it is written with a capital."""
    is_compound = tokens[street, KINDS] & COMPOUND != 0
    first, at, words = np.int64(street), np.int64(street - 1), np.int64(0)
    has_capital = is_compound and _is(tokens, street, CAPITAL)
    while at >= floor and words < _SHORT:
        is_capital = _is(tokens, at, CAPITAL)
        is_joined = _is_gap(tokens, at + 1, np.int64(1 << _HYPHEN | 1 << _APOSTROPHE))
        is_initial = is_capital and _size(tokens, at) <= _SHORT and _is_gap(tokens, at + 1, np.int64(1 << _DOT))
        if not (is_joined or is_initial or _is_gap(tokens, at + 1, np.int64(1 << _SPACE))):
            break
        if _is(tokens, at, PARTICLE) and not is_capital and not is_joined:
            # Only between words of the name.
            at = _before_particles(tokens, at, floor) if has_capital else np.int64(-1)
            continue
        if not (is_joined or is_initial) and not _goes_before(row, tokens, at, street, words, has_capital):
            break
        if _is(tokens, at, DIGIT | HOME) or (_is(tokens, at, NUMBER_WORD) and not is_initial):
            break
        has_capital = has_capital or is_capital
        first = at
        words += 1
        at -= 1
    if not has_capital and not is_compound and words == 1:
        first = _small_name_start(tokens, first, floor)
    return first, has_capital


@inner
def _before_particles(tokens: Tokens, at: int, floor: int) -> int:
    """Return the token of a name before one or two particles, -1 if there is none: Jan van der."""
    if at <= floor:
        return np.int64(-1)
    at -= 2 if _is(tokens, at - 1, PARTICLE) and not _is(tokens, at - 1, CAPITAL) else 1
    is_name = at >= floor and _is(tokens, at, CAPITAL) and not _is(tokens, at, DIGIT | HOME)
    is_joined = _is_gap(tokens, at + 1, np.int64(_IN_NAME)) and _is_gap(tokens, at + 2, np.int64(_IN_NAME))
    return at if is_name and is_joined else np.int64(-1)


@inner
def _goes_before(row: Row, tokens: Tokens, at: int, street: int, words: int, has_capital: bool) -> bool:  # noqa: FBT001 -- compiled
    """Tell whether a word belongs to the name of a street that ends behind it, after so many words of it."""
    is_capital, is_compound = _is(tokens, at, CAPITAL), _is(tokens, street, COMPOUND)
    if _is(tokens, at, COMMON | QUANTITY):
        is_preposition = has_capital and is_capital and _is(tokens, at, BESIDE) and not _is(tokens, at, SHOUTED)
        return is_preposition and not is_compound
    if _is(tokens, at, ADJECTIVE) and (words > 0 or is_compound):
        return True
    if is_compound:
        return (_is(tokens, at, PARTICLE) and is_capital) or _is_before_compound(row, tokens, at)
    return words == 0 or (is_capital and has_capital and not _speaks(row, np.int64(_CAPITALS_IN_SENTENCES)))


@inner
def _small_name_start(tokens: Tokens, first: int, floor: int) -> int:
    """Return the first token of a name in lower case: two words, where it is plain that no third belongs to it."""
    before = first - 1
    is_word = before >= floor and _is_name(tokens, before) and not _is(tokens, before, PARTICLE | BESIDE | DIGIT)
    if not is_word or not _is_gap(tokens, first, np.int64(1 << _SPACE)):
        return first
    is_apart = before == floor or _is_closed(tokens, before) or _is_said_home(tokens, before)
    return before if is_apart else first


@inner
def _is_before_compound(row: Row, tokens: Tokens, at: int) -> bool:
    """Tell whether a capital before a street in one word is a part of its name: Erik Dahlbergsgatan."""
    is_german = row[LANGUAGE] < 0 or _speaks(row, np.int64(_CAPITALS_IN_SENTENCES))
    return not is_german and _is(tokens, at, CAPITAL)


@inner
def _numbered_at(text: Text, row: Row, tables: Tables, tokens: Tokens, at: int, floor: int) -> tuple[int, int, int]:
    """Return the address in which a house number comes first, or whose street has no word for it."""
    first, last, street = np.int64(at), np.int64(-1), np.int64(0)
    is_grouped = _is(tokens, at + 1, DIGIT) and _is_gap(tokens, at + 1, np.int64(1 << _SPACE | 1 << _DOT))
    if is_grouped and (at == floor or _is(tokens, at - 1, DIGIT)):
        return first, last, street
    end = _house_end(text, tables, tokens, at)
    if end < 0:
        return first, last, street
    if _is_gap(tokens, end, np.int64(1 << _SPACE | 1 << _COMMA)) and not _is_amount(text, tables, tokens, end):
        last, street = _numbered_street(text, row, tables, tokens, at, end)
    if last > 0:
        return _unit_start(tokens, first, floor), last, street
    first, last = _bare_at(text, row, tables, tokens, at, end, floor)
    return first, last, street


@inner
def _unit_start(tokens: Tokens, first: int, floor: int) -> int:
    """Return the token of a flat that stands before the house number, if there is one: Flat 3, 12 High Street."""
    begin = first - 2
    is_flat = (
        begin >= floor and _is(tokens, begin, UNIT) and _is_gap(tokens, first, np.int64(_BEFORE_NUMBER | 1 << _LINE))
    )
    return begin if is_flat and _code_end(tokens, first - 1) == first else first


@inner
def _numbered_street(text: Text, row: Row, tables: Tables, tokens: Tokens, number: int, at: int) -> tuple[int, int]:
    """Return the token after an address whose number was read, -1 for none, and its word for a street."""
    kinds = np.int64(tokens[at, KINDS])
    if kinds & BEFORE != 0 and kinds & NUMBER_FIRST != 0:
        after, has_capital = _free_name_end(text, row, tables, tokens, at)
        if after > 0 and not _is_amount(text, tables, tokens, after):
            kinds = _marked(kinds, has_capital)
            end = _address_end(text, row, tables, tokens, number, number, after, kinds)
            if end > 0:
                return end, kinds
    return _number_name_street(text, row, tables, tokens, number, at)


@inner
def _number_name_street(text: Text, row: Row, tables: Tables, tokens: Tokens, number: int, at: int) -> tuple[int, int]:
    """Return the token after an address with the number first and the word for a street last: 12 Abbey Road."""
    words, after, street = np.int64(0), np.int64(-1), np.int64(0)
    has_capital, is_whole = words > 0, words == 0
    for _ in range(_MOST_NAME + 1):
        kinds = np.int64(tokens[at, KINDS])
        is_the = kinds & PARTICLE != 0 and kinds & CAPITAL != 0
        is_named = words > 0 or (is_whole and has_capital and kinds & CAPITAL != 0)
        if is_named and kinds & AFTER != 0 and kinds & NUMBER_FIRST != 0:
            after, street = at + 1, _behind_name(tokens, at) & ~BEFORE
        elif after > 0 or kinds & DIGIT != 0 or not (_goes_on_name(tokens, at, words) or is_the):
            break
        words += kinds & PARTICLE == 0
        has_capital = has_capital or kinds & CAPITAL != 0
        is_whole = is_whole and kinds & (CAPITAL | PARTICLE) != 0
        at += 1
        if words > _SHORT or not _is_within_name(tokens, at):
            break
    if after < 0:
        return after, street
    if _is(tokens, after, SIDE) and _is_gap(tokens, after, np.int64(1 << _SPACE)):
        after += 1
    return _address_end(text, row, tables, tokens, number, number, after, _marked(street, is_whole)), street


@inner
def _is_within_name(tokens: Tokens, at: int) -> bool:
    """Tell whether a name may go on before a token: after a space, a hyphen, an apostrophe, or an abbreviation."""
    is_short = _size(tokens, at - 1) <= _SHORT and _is_gap(tokens, at, np.int64(1 << _DOT))
    return is_short or _is_gap(tokens, at, np.int64(_IN_NAME))


@inner
def _free_name_end(text: Text, row: Row, tables: Tables, tokens: Tokens, street: int) -> tuple[int, bool]:
    """Return the token after a name that no number ends, -1 for none, and whether it has a capital: rue de la Paix."""
    at, end, words = np.int64(street + 1), np.int64(-1), np.int64(0)
    has_capital = words > 0
    if not _is_gap(tokens, at, np.int64(1 << _SPACE | 1 << _DOT)):
        return end, has_capital
    for _ in range(_MOST_NAME * 2):
        if _is_dated_name(tokens, at):
            at += 1
        elif _is(tokens, at, DIGIT) or not _goes_on_name(tokens, at, words):
            break
        is_capital = _is(tokens, at, CAPITAL)
        if words > 0 and _ends_name(text, row, tables, tokens, at, has_capital):
            break
        if is_capital or not _is(tokens, at, PARTICLE):
            words += 1
            has_capital = has_capital or is_capital
            end = at + 1
        at += 1
        if words > _SHORT or not _is_within_name(tokens, at):
            break
    # A year behind a day: rue du 8 mai 1945.
    if end > 0 and _is(tokens, end - 1, MONTH) and _is_year(text, tables, tokens, end):
        end += 1
    return end, has_capital


@inner
def _ends_name(text: Text, row: Row, tables: Tables, tokens: Tokens, at: int, has_capital: bool) -> bool:  # noqa: FBT001 -- compiled
    """Tell whether a name that no number ends has ended before a token: a town, a postcode, a small word."""
    is_spaced = _is_gap(tokens, at, np.int64(1 << _SPACE | 1 << _DOT))
    if is_spaced and _is(tokens, at, TOWN) and not _is(tokens, at - 1, PARTICLE):
        return True
    is_small = not _is(tokens, at, CAPITAL | PARTICLE)
    after, kind = _postcode_end(text, row, tables, tokens, at)
    return (is_spaced and has_capital and is_small) or (after > 0 and kind == SURE_POSTCODE)


@inner
def _bare_at(
    text: Text, row: Row, tables: Tables, tokens: Tokens, number: int, after: int, floor: int
) -> tuple[int, int]:
    """Return the first token of an address without a word for a street, and the token after it, -1 for none.

    It takes a postcode and a town, or a word that somebody lives there: Lipová 12, 602 00 Brno.
    """
    none = (np.int64(number), np.int64(-1))
    name = np.int64(number - 1)
    if name < floor or _is_amount(text, tables, tokens, after):
        return none
    if _is(tokens, name, NUMBER_WORD) and name > floor and _is_gap(tokens, number, np.int64(1 << _SPACE | 1 << _DOT)):
        name -= 1
    if not _is_gap(tokens, name + 1, np.int64(1 << _SPACE)) or not _is_bare_name(tokens, name):
        return none
    has_capital = _is(tokens, name, CAPITAL)
    first = _bare_start(row, tokens, name, floor)
    units = _units_end(text, tables, tokens, after)
    last, seen = _tail_end(text, row, tables, tokens, units)
    # A number of several groups is none of a house: the postcode must stand apart, or have its town.
    is_apart = _is_gap(tokens, units, np.int64(1 << _COMMA | 1 << _LINE | 1 << _DASH)) or seen & _HAS_KNOWN_TOWN != 0
    is_located = seen & _HAS_POSTCODE != 0 and seen & _HAS_TOWN != 0 and (is_apart or _size(tokens, number) < _SHORT)
    is_written = has_capital or seen & _HAS_KNOWN_TOWN != 0 or _is_said_home(tokens, first)
    if is_located and is_written and (is_apart or _is(tokens, last - 1, CAPITAL)):
        return first, last
    if _is_year(text, tables, tokens, number):
        return none
    is_street = has_capital and (_is(tokens, name, BARE) or _is(tokens, first, BESIDE))
    if is_street and (seen & _HAS_KNOWN_TOWN != 0 or _is_alone(tokens, first, units, floor)):
        return first, last
    is_home = _is_said_home(tokens, first)
    is_parted = _is_closed(tokens, units) or seen & _HAS_KNOWN_TOWN != 0 or (first > 0 and _is(tokens, first - 1, HOME))
    return (first, last) if is_home and (has_capital or is_parted) else none


@inner
def _is_alone(tokens: Tokens, first: int, after: int, floor: int) -> bool:
    """Tell whether nothing goes on on either side of a street and a number."""
    return _is_closed(tokens, after) and (
        first <= floor or _is_closed(tokens, first) or _is(tokens, first - 1, COMMON | BESIDE)
    )


@inner
def _bare_start(row: Row, tokens: Tokens, name: int, floor: int) -> int:
    """Return the first token of a name that ends with a token and has no word for a street."""
    first, has_capital = name, _is(tokens, name, CAPITAL)
    for _ in range(0 if _speaks(row, np.int64(_CAPITALS_IN_SENTENCES)) else 2):
        is_joined = _is_gap(tokens, first, np.int64(1 << _HYPHEN | 1 << _APOSTROPHE))
        is_next = has_capital and _is_gap(tokens, first, np.int64(1 << _SPACE)) and _is(tokens, first - 1, CAPITAL)
        if first <= floor or not (is_joined or is_next) or not _is_bare_name(tokens, first - 1):
            break
        first -= 1
    if first <= floor or not _is_gap(tokens, first, np.int64(1 << _SPACE)):
        return first
    before = first - 1
    is_written = _is(tokens, before, CAPITAL) and not _is(tokens, before, SHOUTED)
    is_leading = is_written and has_capital and _is(tokens, before, BESIDE | ADJECTIVE)
    return before if is_leading or (_is(tokens, before, BESIDE) and not has_capital) else first


@inner
def _is_bare_name(tokens: Tokens, at: int) -> bool:
    is_other = _is(tokens, at, UNIT | FLOOR | NUMBER_WORD | BOX | COUNTRY | PARTICLE)
    return _is_name(tokens, at) and (not is_other or _size(tokens, at) > _SHORT) and _size(tokens, at) > _PAIR


@inner
def _box_end(text: Text, row: Row, tables: Tables, tokens: Tokens, box: int) -> int:
    """Return the token after a post-office box with its number, -1 for none; short words for it need a postcode."""
    at = np.int64(box + 1)
    if _is(tokens, at, NUMBER_WORD):
        at += 1
    gaps = 1 << _SPACE | 1 << _DOT | 1 << _COLON | 1 << _GLUED
    if not _is(tokens, at, DIGIT) or not _is_gap(tokens, at, np.int64(gaps)):
        return np.int64(-1)
    for _ in range(3):
        at += 1
        is_group = _is(tokens, at, DIGIT) and _size(tokens, at) <= _PAIR and _is_gap(tokens, at, np.int64(1 << _SPACE))
        if not is_group:
            break
    last, seen = _tail_end(text, row, tables, tokens, at)
    is_long = _size(tokens, box) > _SHORT + 1
    return last if is_long or seen & _HAS_POSTCODE != 0 else np.int64(-1)
