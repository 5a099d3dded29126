"""Compiled finders of what people write to be reached online: links, e-mail addresses, handles, IP addresses.

Each reads the symbols of one row and writes down what it found, from left to right. Every symbol is looked at a bounded
number of times, whatever the row says. Imports numba.
"""

import numpy as np

from demur.filters.automata import DEAD, START
from demur.filters.compiling import inner
from demur.filters.cue_kernel import NUMBER_CUES, nearest_cue
from demur.filters.cues import NO_CUE, OTHER_CUE, PHONE_CUE
from demur.filters.places import KINDS, Label, Part
from demur.filters.survey_kernel import next_word
from demur.filters.symbol_kernel import (
    HIGH,
    LOW,
    SYMBOL,
    Row,
    Spans,
    Tables,
    Text,
    add_span,
    end_state,
    ends_of,
    longest_end,
    longest_start,
    step,
)
from demur.filters.symbols import (
    BARRIER,
    CAPITAL_KIND,
    DIGIT_KIND,
    HEX_KIND,
    HOST_KIND,
    LETTER_KIND,
    LOCAL_KIND,
    SIGN,
    WORD_KIND,
)

_AT, _DOT, _COLON, _SPACE, _NEWLINE, _PERCENT, _UNDERSCORE, _PLUS, _HYPHEN, _COMMA, _ZERO = (
    ord(sign) for sign in "@.: \n%_+-,0"
)
_BRACKET, _OPEN, _BRACE = (ord(sign) for sign in "[({")
_QUOTE, _LESS, _GREATER = ord('"'), ord("<"), ord(">")
_TRAILING = tuple(ord(sign) for sign in ".,;:!?'*)]}")
_SMALL = 0x20
_MOST_LOCAL = 80


# ---------------------------------------------------------------------------------------------------------------- links
@inner
def find_links(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find links with a scheme or ``www.``, to the next space, without the punctuation behind."""
    place = row[LOW]
    while place < row[HIGH]:
        end = np.int64(-1)
        is_inside = tables[KINDS + text[SYMBOL, place - 1]] & WORD_KIND != 0
        if tables[KINDS + text[SYMBOL, place]] & WORD_KIND != 0 and not is_inside:
            end = _link_end(text, tables, np.int64(tables[Part.LINK]), place)
        if end > 0:
            add_span(row, spans, place, end, Label.URL)
        place = next_word(text, place, end)


@inner
def find_bare_links(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find links without a scheme; what a host could be made of is read once."""
    place = row[LOW]
    while place < row[HIGH]:
        if tables[KINDS + text[SYMBOL, place]] & (WORD_KIND | HOST_KIND) == 0:
            place += 1
            continue
        end = place
        while tables[KINDS + text[SYMBOL, end]] & (WORD_KIND | HOST_KIND) != 0:
            end += 1
        is_host = text[SYMBOL, end] in (_DOT, _BRACKET, _OPEN, _BRACE) and text[SYMBOL, place - 1] not in (_DOT, _AT)
        link_end = _link_end(text, tables, np.int64(tables[Part.BARE_LINK]), place) if is_host else np.int64(-1)
        if link_end > 0:
            add_span(row, spans, place, link_end, Label.URL)
        place = max(end, link_end)
        while tables[KINDS + text[SYMBOL, place]] & (WORD_KIND | HOST_KIND) != 0 or text[SYMBOL, place] in (_DOT, _AT):
            place += 1


@inner
def _link_end(text: Text, tables: Tables, base: int, place: int) -> int:
    begin = longest_end(tables, base, text, place)
    if begin < 0:
        return begin
    end = begin
    while text[SYMBOL, end] not in (BARRIER, _SPACE, _NEWLINE, _QUOTE, _LESS, _GREATER, SIGN):
        end += 1
    while end > begin and text[SYMBOL, end - 1] in _TRAILING:
        end -= 1
    return end


# ---------------------------------------------------------------------------------------------------------------- mails
@inner
def find_mails(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find e-mail addresses in their usual form, in any script (RFC 6532)."""
    done = row[LOW]
    for place in range(row[LOW], row[HIGH]):
        if text[SYMBOL, place] != _AT or place < done:
            continue
        start = place
        while start > done and tables[KINDS + text[SYMBOL, start - 1]] & (WORD_KIND | LOCAL_KIND) != 0:
            start -= 1
        while start < place and not _starts_local(text, tables, start):
            start += 1
        end = _domain_end(text, tables, place + 1)
        if start < place and end > 0 and text[SYMBOL, start - 1] != _AT:
            add_span(row, spans, start, end, Label.EMAIL)
            done = end


@inner
def _starts_local(text: Text, tables: Tables, place: int) -> bool:
    symbol = text[SYMBOL, place]
    return tables[KINDS + symbol] & WORD_KIND != 0 or symbol in (_UNDERSCORE, _PERCENT, _PLUS)


@inner
def _domain_end(text: Text, tables: Tables, place: int) -> int:
    """Return where a domain ends: behind the last label of letters that has another one before it; -1 for none."""
    end, labels = np.int64(-1), 0
    while True:
        begin = place
        is_lettered = True
        while tables[KINDS + text[SYMBOL, place]] & (WORD_KIND | HOST_KIND) != 0:
            is_lettered = is_lettered and tables[KINDS + text[SYMBOL, place]] & LETTER_KIND != 0
            place += 1
        if place == begin:
            return end
        is_last = is_lettered and place - begin > 1
        if labels > 0 and (is_last or end_state(tables, np.int64(tables[Part.TOP_LEVEL]), text, begin, place) != DEAD):
            end = place
        labels += 1
        if text[SYMBOL, place] != _DOT:
            return end
        place += 1


@inner
def find_worded_mails(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find addresses that spell out the signs: ``anna [at] example (dot) org``, ``juan arroba ejemplo punto es``."""
    done = row[LOW]
    place = row[LOW] + 1
    while place < row[HIGH]:
        symbol = text[SYMBOL, place]
        start = end = np.int64(-1)
        if symbol != BARRIER and tables[KINDS + symbol] & WORD_KIND == 0:
            end = _worded_end(text, tables, place)
        if end > 0:
            lowest = max(done, place - _MOST_LOCAL)
            start = longest_start(tables, np.int64(tables[Part.WORDED_LOCAL]), text, place, lowest)
        # A sign before it makes it a handle that names its server.
        if start >= 0 and text[SYMBOL, start - 1] != _AT:
            add_span(row, spans, start, end, Label.EMAIL)
            done = end
            place = end
        place += 1


@inner
def _worded_end(text: Text, tables: Tables, place: int) -> int:
    """Return where an address ends whose sign begins here: clear, or common in speech before a plain domain."""
    base = np.int64(tables[Part.AT])
    state, clear, plain = np.int64(START), np.int64(-1), np.int64(-1)
    while True:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            break
        place += 1
        first, last = ends_of(tables, base, state)
        for index in range(first, last):
            if tables[index] == 0:
                clear = place
            else:
                plain = place
    end = np.int64(-1)
    if clear > 0:
        end = _whole_end(text, tables, np.int64(tables[Part.WORDED_DOMAIN]), clear)
    if end < 0 and plain > 0:
        end = _whole_end(text, tables, np.int64(tables[Part.PLAIN_DOMAIN]), plain)
    return end


@inner
def _whole_end(text: Text, tables: Tables, base: int, place: int) -> int:
    """Return the longest end of a match, -1 if a word goes on there."""
    end = longest_end(tables, base, text, place)
    return np.int64(-1) if end > 0 and tables[KINDS + text[SYMBOL, end]] & WORD_KIND != 0 else end


# -------------------------------------------------------------------------------------------------------------- handles
@inner
def find_handles(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find ``@name`` and ``@name@host``; a price or a time after the sign is none."""
    place = row[LOW]
    while place < row[HIGH]:
        before = text[SYMBOL, place - 1]
        is_inside = tables[KINDS + before] & WORD_KIND != 0 or before == _UNDERSCORE
        end = np.int64(-1)
        if text[SYMBOL, place] == _AT and not is_inside:
            end = _handle_end(text, tables, place + 1)
        if end > 0:
            add_span(row, spans, place, end, Label.HANDLE)
        place = max(end, place + 1)


@inner
def _handle_end(text: Text, tables: Tables, place: int) -> int:
    end = _name_end(text, tables, place)
    if end == place or end_state(tables, np.int64(tables[Part.MEASURE]), text, place, end) != DEAD:
        return np.int64(-1)
    if text[SYMBOL, end] == _AT:
        host = _name_end(text, tables, end + 1)
        for inside in range(end + 1, host):
            if text[SYMBOL, inside] == _DOT:
                return host
    return end


@inner
def _name_end(text: Text, tables: Tables, place: int) -> int:
    """Return where a name ends: words that single dots and hyphens join."""
    while True:
        begin = place
        while tables[KINDS + text[SYMBOL, place]] & WORD_KIND != 0 or text[SYMBOL, place] == _UNDERSCORE:
            place += 1
        if place == begin:
            return place
        after = text[SYMBOL, place + 1] if text[SYMBOL, place] in (_DOT, _HYPHEN) else np.uint8(BARRIER)
        if tables[KINDS + after] & WORD_KIND == 0 and after != _UNDERSCORE:
            return place
        place += 1


_SHORTEST_NAME, _LONGEST_NAME, _SHORTEST_PLAIN = 4, 30, 5


@inner
def find_bare_handles(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find names without their sign behind the name of a network: ``insta: anna.lynx``, ``mon insta c'est luc_92``."""
    place = row[LOW]
    while place < row[HIGH]:
        begin = end = np.int64(-1)
        if _starts_word(text, tables, place):
            begin, with_colon = _profile_end(text, tables, place)
            if begin > 0:
                end = _bare_handle_end(text, tables, begin, with_colon)
        if end > 0:
            add_span(row, spans, begin, end, Label.HANDLE)
        place = next_word(text, place, end)


@inner
def _starts_word(text: Text, tables: Tables, place: int) -> bool:
    is_inside = tables[KINDS + text[SYMBOL, place - 1]] & WORD_KIND != 0
    return tables[KINDS + text[SYMBOL, place]] & LETTER_KIND != 0 and not is_inside


@inner
def _profile_end(text: Text, tables: Tables, place: int) -> tuple[int, bool]:
    """Return where a name may begin behind that of a network, -1 for nowhere, and whether a colon leads to it."""
    base = np.int64(tables[Part.PROFILE])
    state, end, with_colon = np.int64(START), np.int64(-1), False
    while True:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            return end, with_colon
        place += 1
        first, last = ends_of(tables, base, state)
        if last > first:
            end, with_colon = place, tables[first] == 0


@inner
def _bare_handle_end(text: Text, tables: Tables, start: int, with_colon: bool) -> int:  # noqa: FBT001 -- compiled
    """Return where a name ends that no word looks like: with a digit, a sign or a capital inside; -1 for none.

    Behind a colon a word in small letters will do that ends the clause.
    """
    end = _name_end(text, tables, start)
    if not _SHORTEST_NAME <= end - start <= _LONGEST_NAME or text[SYMBOL, end] == _AT:
        return np.int64(-1)
    letters, is_marked, is_small = 0, False, True
    for place in range(start, end):
        kind = tables[KINDS + text[SYMBOL, place]]
        if kind & LETTER_KIND == 0:
            is_marked = True
            continue
        letters += 1
        is_small = is_small and kind & CAPITAL_KIND == 0
        is_after_small = (
            place > start and tables[KINDS + text[SYMBOL, place - 1]] & (LETTER_KIND | CAPITAL_KIND) == LETTER_KIND
        )
        is_marked = is_marked or (kind & CAPITAL_KIND != 0 and is_after_small)
    if letters < _SHORTEST_NAME - 1 or tables[KINDS + text[SYMBOL, start]] & DIGIT_KIND != 0:
        return np.int64(-1)
    is_last = text[SYMBOL, end] != _SPACE and text[SYMBOL, end] != _HYPHEN
    is_plain = with_colon and is_small and is_last and end - start >= _SHORTEST_PLAIN
    return end if is_marked or is_plain else np.int64(-1)


# ------------------------------------------------------------------------------------------------------- spoken digits
FEWEST_SPOKEN, _MOST_SPOKEN, _WIDEST_GAP = 7, 16, 2


@inner
def find_spoken_numbers(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find phone numbers whose digits are written as words, but not somebody who counts."""
    place = row[LOW]
    while place < row[HIGH]:
        end = np.int64(-1)
        if _starts_word(text, tables, place):
            digit, end = _spoken_digit(text, tables, place)
            if digit >= 0:
                end, is_number = _spoken_end(text, tables, digit, end)
                if is_number:
                    add_span(row, spans, place, end, Label.PHONE)
        place = next_word(text, place, end)


@inner
def _spoken_digit(text: Text, tables: Tables, place: int) -> tuple[int, int]:
    """Return the digit that a word names and where the word ends; -1 for none."""
    base = np.int64(tables[Part.DIGIT_NAMES])
    state = np.int64(START)
    while tables[KINDS + text[SYMBOL, place]] & LETTER_KIND != 0:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            return np.int64(-1), np.int64(-1)
        place += 1
    first, last = ends_of(tables, base, state)
    return (np.int64(tables[first]), np.int64(place)) if last > first else (np.int64(-1), np.int64(-1))


@inner
def _spoken_end(text: Text, tables: Tables, digit: int, end: int) -> tuple[int, bool]:
    """Return where the digits end whose first one is given, and whether they are a phone number's."""
    count, ascents = 1, 0
    while True:
        place = end
        while place - end < _WIDEST_GAP and text[SYMBOL, place] in (_SPACE, _HYPHEN, _COMMA):
            place += 1
        following, after = np.int64(-1), np.int64(-1)
        if place > end:
            following, after = _spoken_digit(text, tables, place)
        if following < 0:
            break
        ascents += following == digit + 1
        digit, end, count = following, after, count + 1
    return end, FEWEST_SPOKEN <= count <= _MOST_SPOKEN and ascents + 2 < count


# --------------------------------------------------------------------------------------------------------- IP addresses
_MAPPED = tuple(ord(sign) for sign in "::ffff:")
_OCTETS, _OCTET_DIGITS, _OCTET_MAXIMUM, _VERSION_MAXIMUM = 4, 3, 255, 99
_GROUPS, _GROUP_DIGITS, _FEWEST_GROUPS = 8, 4, 3


@inner
def find_ip_addresses(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find IPv4 addresses; four small numbers after a word such as "version" or "phone" are none."""
    place = row[LOW]
    while place < row[HIGH]:
        end = np.int64(-1)
        if _may_start_octets(text, tables, place):
            end = longest_end(tables, np.int64(tables[Part.FOUR_OCTETS]), text, place)
        if end < 0 or _goes_on_as_word(text, tables, end):
            place = next_word(text, place, np.int64(-1))
            continue
        greatest = _greatest_octet(text, tables, place, end)
        start = place - len(_MAPPED) if _is_mapped(text, place) else place
        cue = np.int64(NO_CUE)
        if greatest <= _VERSION_MAXIMUM:
            cue = nearest_cue(text, tables, place, end, np.int64(NUMBER_CUES))
        if greatest <= _OCTET_MAXIMUM and cue not in (OTHER_CUE, PHONE_CUE):
            add_span(row, spans, start, end, Label.IP)
        place = next_word(text, place, end)


@inner
def _is_mapped(text: Text, place: int) -> bool:
    """Tell whether octets are the end of an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2)."""
    for index in range(len(_MAPPED)):
        if text[SYMBOL, place - len(_MAPPED) + index] | _SMALL != _MAPPED[index] | _SMALL:
            return False
    return True


@inner
def _may_start_octets(text: Text, tables: Tables, place: int) -> bool:
    before = text[SYMBOL, place - 1]
    if tables[KINDS + text[SYMBOL, place]] & DIGIT_KIND == 0 or tables[KINDS + before] & WORD_KIND != 0:
        return False
    is_torn = before in (_COMMA, _HYPHEN) and tables[KINDS + text[SYMBOL, place - 2]] & DIGIT_KIND != 0
    return before not in (_DOT, _UNDERSCORE) and not is_torn


@inner
def _goes_on_as_word(text: Text, tables: Tables, end: int) -> bool:
    after = text[SYMBOL, end]
    is_part = after == _DOT and tables[KINDS + text[SYMBOL, end + 1]] & DIGIT_KIND != 0
    return is_part or tables[KINDS + after] & WORD_KIND != 0 or after == _UNDERSCORE


@inner
def _greatest_octet(text: Text, tables: Tables, start: int, end: int) -> int:
    """Return the greatest of four numbers; one that is padded with a zero is none of an address (RFC 6943 3.1.1)."""
    greatest = value = np.int64(0)
    for place in range(start, end):
        is_digit = tables[KINDS + text[SYMBOL, place]] & DIGIT_KIND != 0
        is_padded = (
            is_digit and text[SYMBOL, place] == _ZERO and tables[KINDS + text[SYMBOL, place - 1]] & DIGIT_KIND == 0
        )
        if is_padded and tables[KINDS + text[SYMBOL, place + 1]] & DIGIT_KIND != 0:
            return np.int64(_OCTET_MAXIMUM + 1)
        value = value * 10 + text[SYMBOL, place] - _ZERO if is_digit else np.int64(0)
        greatest = max(greatest, value)
    return greatest


@inner
def find_ipv6_addresses(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find IPv6 addresses in any of the forms of RFC 4291; short ones only under a prefix that networks use."""
    place = row[LOW]
    while place < row[HIGH]:
        start = end = place
        if text[SYMBOL, place - 1] == _COLON and text[SYMBOL, place - 2] == _COLON:
            start = end = max(place - 2, row[LOW])
        before = text[SYMBOL, start - 1]
        is_inside = tables[KINDS + before] & WORD_KIND != 0 or before in (_COLON, _DOT, _UNDERSCORE)
        if is_inside or tables[KINDS + text[SYMBOL, place]] & HEX_KIND == 0:
            place = next_word(text, place, np.int64(-1))
            continue
        while text[SYMBOL, end] in (_COLON, _DOT) or tables[KINDS + text[SYMBOL, end]] & HEX_KIND != 0:
            end += 1
        after = end
        while end > start and text[SYMBOL, end - 1] == _DOT:
            end -= 1
        if text[SYMBOL, end - 1] == _COLON and text[SYMBOL, end - 2] != _COLON:
            end -= 1
        if tables[KINDS + text[SYMBOL, end]] & WORD_KIND == 0 and _is_ipv6(text, tables, start, end):
            end = _zone_end(text, tables, end)
            add_span(row, spans, start, end, Label.IP)
        place = next_word(text, place, max(after, end))


@inner
def _zone_end(text: Text, tables: Tables, end: int) -> int:
    """Return where an address ends with the zone that may follow it (RFC 6874)."""
    if text[SYMBOL, end] == _PERCENT:
        end += 1
        while tables[KINDS + text[SYMBOL, end]] & WORD_KIND != 0:
            end += 1
    return end


@inner
def _is_ipv6(text: Text, tables: Tables, start: int, end: int) -> bool:
    """Tell whether symbols are an address of RFC 4291 that could stand in a text without being meant otherwise."""
    groups = gaps = written = 0
    has_digit = False
    place = start
    if end - start < _FEWEST_GROUPS or (text[SYMBOL, start] == _COLON and text[SYMBOL, start + 1] != _COLON):
        return False
    while place < end:
        colons = _run_of(text, place, end)
        if colons > 0:
            gaps += colons - 1
            if colons > len("::"):
                return False
            place += colons
            continue
        begin = place
        while place < end and tables[KINDS + text[SYMBOL, place]] & HEX_KIND != 0:
            has_digit = has_digit or tables[KINDS + text[SYMBOL, place]] & DIGIT_KIND != 0
            place += 1
        if place < end and text[SYMBOL, place] == _DOT:
            if not _is_ipv4(text, tables, begin, end):
                return False
            groups, written, place = groups + 2, written + 2, end
        elif place - begin > _GROUP_DIGITS or place == begin:
            return False
        else:
            groups, written = groups + 1, written + 1
    is_whole = groups == _GROUPS if gaps == 0 else gaps == 1 and groups < _GROUPS
    return is_whole and has_digit and (written >= _FEWEST_GROUPS or _is_global(text, tables, start))


@inner
def _run_of(text: Text, place: int, end: int) -> int:
    """Return how many colons stand here."""
    begin = place
    while place < end and text[SYMBOL, place] == _COLON:
        place += 1
    return place - begin


@inner
def _is_global(text: Text, tables: Tables, start: int) -> bool:
    """Tell whether an address begins with a group of four that begins with 2, 3, fe, fc or fd."""
    for place in range(start, start + _GROUP_DIGITS):
        if tables[KINDS + text[SYMBOL, place]] & HEX_KIND == 0:
            return False
    first, second = text[SYMBOL, start] | _SMALL, text[SYMBOL, start + 1] | _SMALL
    return first in (ord("2"), ord("3")) or (first == ord("f") and second in (ord("e"), ord("c"), ord("d")))


@inner
def _is_ipv4(text: Text, tables: Tables, start: int, end: int) -> bool:
    parts = digits = 0
    value = np.int64(0)
    for place in range(start, end + 1):
        if place < end and tables[KINDS + text[SYMBOL, place]] & DIGIT_KIND != 0:
            value, digits = value * 10 + text[SYMBOL, place] - _ZERO, digits + 1
            if value > _OCTET_MAXIMUM or digits > _OCTET_DIGITS:
                return False
        elif digits > 0 and (place == end or text[SYMBOL, place] == _DOT):
            parts, value, digits = parts + 1, np.int64(0), 0
        else:
            return False
    return parts == _OCTETS
