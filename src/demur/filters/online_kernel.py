"""Compiled finders of what people write to be reached online: links, e-mail addresses, handles, IP addresses.

Each reads the symbols of one row between two places and writes what it found, from left to right. Every symbol is
looked at a bounded number of times, whatever the row says. Imports numba.
"""

import numpy as np

from demur.filters.automata import DEAD, START
from demur.filters.places import Label, Part
from demur.filters.symbol_kernel import (
    Bytes,
    Places,
    Spans,
    Tables,
    end_state,
    ends_of,
    inner,
    longest_end,
    longest_start,
    step,
)
from demur.filters.symbols import BARRIER, DIGIT_KIND, HEX_KIND, HOST_KIND, LETTER_KIND, LOCAL_KIND, WORD_KIND


_AT, _DOT, _COLON, _SLASH, _SPACE, _NEWLINE, _PERCENT = ord("@"), ord("."), ord(":"), ord("/"), ord(" "), ord("\n"), ord("%")
_LOWER_G, _LOWER_T, _ZERO = ord("g"), ord("t"), ord("0")
_MOST_LOCAL = 80
_SMALL = 0x20


@inner
def _add(spans: Spans, count: int, start: int, end: int, label: int) -> int:
    spans[count, 0] = start
    spans[count, 1] = end
    spans[count, 2] = label
    return count + 1


# ---------------------------------------------------------------------------------------------------------------- links
@inner
def _ends_link(symbol: int) -> bool:
    return symbol in (BARRIER, _SPACE, _NEWLINE, ord('"'), ord("<"), ord(">"))


@inner
def _trails_link(symbol: int) -> bool:
    return symbol in (
        ord("."), ord(","), ord(";"), ord(":"), ord("!"), ord("?"), ord("'"), ord("*"), ord(")"), ord("]"), ord("}")
    )


@inner
def find_links(
    symbols: Bytes, kinds: Bytes, low: int, high: int, tables: Tables, base: int, spans: Spans, count: int
) -> int:
    """Find links: where a prefix of the automaton begins, to the next space, without the punctuation behind."""
    place = low
    while place < high:
        if kinds[symbols[place]] & WORD_KIND == 0 or kinds[symbols[place - 1]] & WORD_KIND != 0:
            place += 1
            continue
        end = _link_end(symbols, place, tables, base)
        if end > 0:
            count = _add(spans, count, place, end, Label.URL)
        place = max(end, place + 1)
    return count


@inner
def find_bare_links(
    symbols: Bytes, kinds: Bytes, low: int, high: int, tables: Tables, base: int, spans: Spans, count: int
) -> int:
    """Find links without a scheme; what a host could be made of is read once."""
    place = low
    while place < high:
        if kinds[symbols[place]] & (WORD_KIND | HOST_KIND) == 0:
            place += 1
            continue
        end = -1 if symbols[place - 1] in (_DOT, _AT) else _link_end(symbols, place, tables, base)
        if end > 0:
            count = _add(spans, count, place, end, Label.URL)
            place = end
        while kinds[symbols[place]] & (WORD_KIND | HOST_KIND) != 0 or symbols[place] in (_DOT, _AT):
            place += 1
    return count


@inner
def _link_end(symbols: Bytes, place: int, tables: Tables, base: int) -> int:
    begin = longest_end(tables, base, symbols, place)
    if begin < 0:
        return -1
    end = begin
    while not _ends_link(symbols[end]):
        end += 1
    while end > begin and _trails_link(symbols[end - 1]):
        end -= 1
    return end


# ---------------------------------------------------------------------------------------------------------------- mails
@inner
def find_mails(
    symbols: Bytes, kinds: Bytes, low: int, high: int, tables: Tables, base: int, spans: Spans, count: int
) -> int:
    """Find e-mail addresses in their usual form, in any script (RFC 6532)."""
    done = low
    for place in range(low, high):
        if symbols[place] != _AT or place < done:
            continue
        start = place
        while start > done and kinds[symbols[start - 1]] & (WORD_KIND | LOCAL_KIND) != 0:
            start -= 1
        while start < place and not _starts_local(kinds, symbols[start]):
            start += 1
        end = _domain_end(symbols, kinds, place + 1, tables, base)
        if start < place and end > 0 and symbols[start - 1] != _AT:
            count = _add(spans, count, start, end, Label.EMAIL)
            done = end
    return count


@inner
def _starts_local(kinds: Bytes, symbol: int) -> bool:
    return kinds[symbol] & WORD_KIND != 0 or symbol in (ord("_"), ord("%"), ord("+"))


@inner
def _domain_end(symbols: Bytes, kinds: Bytes, place: int, tables: Tables, base: int) -> int:
    """Return where a domain ends: behind the last label of letters that has another one before it; -1 for none."""
    end, labels = -1, 0
    while True:
        begin = place
        letters = True
        while kinds[symbols[place]] & (WORD_KIND | HOST_KIND) != 0:
            letters = letters and kinds[symbols[place]] & LETTER_KIND != 0
            place += 1
        if place == begin:
            return end
        labels += 1
        if labels > 1 and ((letters and place - begin > 1) or end_state(tables, base, symbols, begin, place) != DEAD):
            end = place
        if symbols[place] != _DOT:
            return end
        place += 1


@inner
def find_worded_mails(
    symbols: Bytes, kinds: Bytes, low: int, high: int, tables: Tables, where: Places, spans: Spans, count: int
) -> int:
    """Find addresses that spell out the signs: ``anna [at] example (dot) org``, ``juan arroba ejemplo punto es``."""
    done = low
    place = low + 1
    while place < high:
        if kinds[symbols[place]] & WORD_KIND != 0 or symbols[place] == BARRIER:
            place += 1
            continue
        clear, plain = _at_ends(symbols, place, tables, where[Part.AT])
        end = _worded_end(symbols, kinds, clear, tables, where[Part.WORDED_DOMAIN]) if clear > 0 else -1
        if end < 0 and plain > 0:
            end = _worded_end(symbols, kinds, plain, tables, where[Part.PLAIN_DOMAIN])
        start = -1
        if end > 0:
            lowest = max(done, place - _MOST_LOCAL)
            start = longest_start(tables, where[Part.WORDED_LOCAL], symbols, place, lowest)
        if start >= 0:
            count = _add(spans, count, start, end, Label.EMAIL)
            done = end
            place = end
        place += 1
    return count


@inner
def _at_ends(symbols: Bytes, place: int, tables: Tables, base: int) -> tuple[int, int]:
    """Return the longest end of a clear sign, and of one that is common in speech; -1 for none."""
    state, clear, plain = np.int64(START), -1, -1
    while True:
        state = step(tables, base, state, symbols[place])
        if state == DEAD:
            return clear, plain
        place += 1
        first, last = ends_of(tables, base, state)
        for index in range(first, last):
            if tables[index] == 0:
                clear = place
            else:
                plain = place


@inner
def _worded_end(symbols: Bytes, kinds: Bytes, place: int, tables: Tables, base: int) -> int:
    end = longest_end(tables, base, symbols, place)
    return -1 if end > 0 and kinds[symbols[end]] & WORD_KIND != 0 else end


# -------------------------------------------------------------------------------------------------------------- handles
@inner
def find_handles(
    symbols: Bytes, kinds: Bytes, low: int, high: int, tables: Tables, base: int, spans: Spans, count: int
) -> int:
    """Find ``@name`` and ``@name@host``; a price or a time after the sign is none."""
    place = low
    while place < high:
        if symbols[place] != _AT or kinds[symbols[place - 1]] & WORD_KIND != 0 or symbols[place - 1] == ord("_"):
            place += 1
            continue
        end = _name_end(symbols, kinds, place + 1)
        if end == place + 1 or end_state(tables, base, symbols, place + 1, end) != DEAD:
            place += 1
            continue
        if symbols[end] == _AT:
            host = _name_end(symbols, kinds, end + 1)
            for inner in range(end + 1, host):
                if symbols[inner] == _DOT:
                    end = host
                    break
        count = _add(spans, count, place, end, Label.HANDLE)
        place = end
    return count


@inner
def _name_end(symbols: Bytes, kinds: Bytes, place: int) -> int:
    """Return where a name ends: words that single dots and hyphens join."""
    while True:
        begin = place
        while kinds[symbols[place]] & WORD_KIND != 0 or symbols[place] == ord("_"):
            place += 1
        if place == begin:
            return place
        after = symbols[place + 1] if symbols[place] in (_DOT, ord("-")) else BARRIER
        if not (kinds[after] & WORD_KIND != 0 or after == ord("_")):
            return place
        place += 1


# --------------------------------------------------------------------------------------------------------- IP addresses
@inner
def find_ipv6_addresses(symbols: Bytes, kinds: Bytes, low: int, high: int, spans: Spans, count: int) -> int:
    """Find IPv6 addresses in any of the forms of RFC 4291; short ones only under a prefix that networks use."""
    place = low
    while place < high:
        before = symbols[place - 1]
        is_start = symbols[place] == _COLON or kinds[symbols[place]] & HEX_KIND != 0
        if not is_start or kinds[before] & WORD_KIND != 0 or before in (_COLON, _DOT, ord("_")):
            place += 1
            continue
        end = place
        while symbols[end] in (_COLON, _DOT) or kinds[symbols[end]] & HEX_KIND != 0:
            end += 1
        after = end
        while end > place and symbols[end - 1] == _DOT:
            end -= 1
        if symbols[end - 1] == _COLON and symbols[end - 2] != _COLON:
            end -= 1
        if kinds[symbols[end]] & WORD_KIND == 0 and _is_ipv6(symbols, kinds, place, end):
            if symbols[end] == _PERCENT:
                end += 1
                while kinds[symbols[end]] & WORD_KIND != 0:
                    end += 1
            count = _add(spans, count, place, end, Label.IP)
            after = max(after, end)
        place = max(after, place + 1)
    return count


@inner
def _is_ipv6(symbols: Bytes, kinds: Bytes, start: int, end: int) -> bool:
    """Tell whether symbols are an address of RFC 4291 that could stand in a text without being meant otherwise."""
    groups, gaps, written, has_digit = 0, 0, 0, False
    place = start
    if end - start < 3 or symbols[start] == _COLON and symbols[start + 1] != _COLON:
        return False
    first = np.int64(0)
    while place < end:
        if symbols[place] == _COLON:
            if place + 1 < end and symbols[place + 1] == _COLON:
                gaps += 1
                place += 2
                if place < end and symbols[place] == _COLON:
                    return False
            else:
                place += 1
            continue
        begin = place
        while place < end and kinds[symbols[place]] & HEX_KIND != 0:
            has_digit = has_digit or kinds[symbols[place]] & DIGIT_KIND != 0
            place += 1
        if place < end and symbols[place] == _DOT:
            if not _is_ipv4(symbols, kinds, begin, end):
                return False
            groups, written, place = groups + 2, written + 1, end
            break
        if place - begin > 4 or place == begin:
            return False
        if groups == 0 and gaps == 0:
            first = np.int64(place - begin) << 16 | np.int64(symbols[begin] | _SMALL) << 8 | (symbols[begin + 1] | _SMALL)
        groups, written = groups + 1, written + 1
    if gaps > 1 or groups > 8 or (gaps == 0 and groups != 8) or (gaps == 1 and groups > 7) or not has_digit:
        return False
    return written >= 3 or _is_global(first)


@inner
def _is_global(first: int) -> bool:
    """Tell whether a first group of four digits begins with 2, 3, fe8 to feb, fc or fd."""
    if first >> 16 != 4:
        return False
    high, low = first >> 8 & 0xFF, first & 0xFF
    return high in (ord("2"), ord("3")) or (high == ord("f") and low in (ord("e"), ord("c"), ord("d")))


@inner
def _is_ipv4(symbols: Bytes, kinds: Bytes, start: int, end: int) -> bool:
    parts, value, digits = 0, 0, 0
    for place in range(start, end + 1):
        if place < end and kinds[symbols[place]] & DIGIT_KIND != 0:
            value, digits = value * 10 + symbols[place] - _ZERO, digits + 1
            if value > 255 or digits > 3:
                return False
        elif place == end or symbols[place] == _DOT:
            if digits == 0:
                return False
            parts, value, digits = parts + 1, 0, 0
        else:
            return False
    return parts == 4


@inner
def greatest_octet(symbols: Bytes, kinds: Bytes, start: int, end: int) -> int:
    """Return the greatest number between two places, however it is separated."""
    greatest = value = np.int64(0)
    for place in range(start, end):
        if kinds[symbols[place]] & DIGIT_KIND != 0:
            value = value * 10 + symbols[place] - _ZERO
            greatest = max(greatest, value)
        else:
            value = np.int64(0)
    return greatest
