"""Compiled loops that read statements about persons: which words stand near which, sentence by sentence.

A row is read once for the words that choose it. Only in the languages of those words it is read again, into a short
list of words a sentence, in which every term looks at most a dozen words around: time is linear in the length of a
row. Imports numba; integers only; the interpreter's lock is released.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.automata import DEAD, START
from demur.filters.compiling import inner, outer
from demur.filters.special_places import (
    CAPITAL,
    CLASS_MASK,
    CODES_EACH,
    GOES_MASK,
    GOES_SHIFT,
    KIND_MASK,
    KIND_SHIFT,
    MARKED,
    PLAIN,
    STEM,
    THING,
    WHOSE_MASK,
    WHOSE_SHIFT,
    WORD_KINDS,
    Goes,
    Part,
    Whose,
    Word,
)
from demur.filters.symbol_kernel import SYMBOL, Bytes, Origins, Places, Tables, Text, end_state, ends_of, step
from demur.filters.symbols import BARRIER, CAPITAL_KIND, DIGIT_KIND, WORD_KIND

Words: TypeAlias = npt.NDArray[np.int64]
"""The words of a sentence: an array of `WORD_FIELDS` columns, that is `BEGIN`, `END`, `FLAGS`, `NUMBER` and codes."""

BEGIN, END, FLAGS, NUMBER, CODES = range(5)
WORD_FIELDS: Final = CODES + CODES_EACH
MOST_WORDS: Final = 1024
# What stands before a word, and how it is written.
_COMMA, _OPEN, _UPPER, _SHORT_NUMBER = 1, 2, 4, 8

_SELF, _MINE, _PERSON, _THEY = int(Word.SELF), int(Word.MINE), int(Word.PERSON), int(Word.THEY)
_THEIRS, _NOBODY, _TOPIC, _LINK, _TERM = (
    int(Word.THEIRS),
    int(Word.NOBODY),
    int(Word.TOPIC),
    int(Word.LINK),
    int(Word.TERM),
)
_CHILD, _SCHOOL, _YEARS, _NAMED = int(Word.CHILD), int(Word.SCHOOL), int(Word.YEARS), int(Word.NAMED)
_FIRST_PERSON, _THIRD_PERSON = int(Whose.FIRST), int(Whose.THIRD)
_NO_VERB, _EITHER = -1, 3
_BE, _HAVE, _JOIN, _ALONE = int(Goes.BE), int(Goes.HAVE), int(Goes.JOIN), int(Goes.ALONE)
_ANY_VERB = _BE | _HAVE | _JOIN

_UNDECIDED, _NEITHER, _OWN, _OTHERS = -2, -1, 0, 1
_BEFORE_TERM, _AFTER_TERM, _BEFORE_LINK, _BEHIND = 6, 2, 7, 3
_NEWLINE, _BLANK, _DOT, _QUESTION, _EXCLAMATION, _SEMICOLON = 10, ord(" "), ord("."), ord("?"), ord("!"), ord(";")
_COMMA_SIGN, _OPEN_SIGN, _BRACKET, _SLASH, _AT_SIGN = ord(","), ord("("), ord("["), ord("/"), ord("@")
_ASCII = 0x80
_MOST_DIGITS = 3
# The letters of a school and its name that are one word, and the fewest of each.
_MOST_LETTERS, _FEWEST_LETTERS = 32, 3
_ADULT = 18
_NAME_WORDS, _SCHOOL_WORDS = 2, 4
_NAME, _AGE_OR_SCHOOL = 1, 2


@outer
def judge_rows(
    data: Bytes,
    text: Text,
    origins: Origins,
    starts: Places,
    languages: Places,
    tables: Tables,
    found: npt.NDArray[np.int64],
) -> None:
    """Note the kinds of data that rows tell of their authors (column 0) and of others (column 1), as bits.

    `languages` are the languages that a row may be in, as bits; `data` begins where `origins` count from.
    """
    words = np.zeros((MOST_WORDS, WORD_FIELDS), np.int64)
    for row in range(starts.size - 1):
        low, high = starts[row], starts[row + 1] - 1
        chosen = _chosen(text, low, high, tables, Part.STEM_LANGUAGES, Part.WHOLE_LANGUAGES) & languages[row]
        language = 0
        while chosen >> language:
            if chosen >> language & 1:
                place = low
                while place < high:
                    place, count = _read_sentence(data, text, origins, tables, language, place, high, words)
                    _judge_sentence(words, count, found[row])
            language += 1


@inner
def _chosen(text: Text, low: int, high: int, tables: Tables, stem_part: int, whole_part: int) -> int:
    """Return the languages, as bits, in which a row holds a word that chooses it."""
    base = np.int64(tables[Part.CHOOSER])
    stems, wholes = np.int64(tables[stem_part]), np.int64(tables[whole_part])
    languages = np.int64(0)
    place = low
    while place < high:
        if not _is_word(text, tables, place):
            place += 1
            continue
        state, at = np.int64(START), place
        while True:
            state = step(tables, base, state, text[SYMBOL, at])
            if state == DEAD:
                break
            at += 1
            first, last = ends_of(tables, base, state)
            for index in range(first, last):
                number = np.int64(tables[index])
                languages |= np.int64(tables[stems + number])
                if not _is_word(text, tables, at):
                    languages |= np.int64(tables[wholes + number])
        while _is_word(text, tables, place):
            place += 1
    return languages


@inner
def _is_word(text: Text, tables: Tables, place: int) -> bool:
    return tables[WORD_KINDS + text[SYMBOL, place]] & WORD_KIND != 0


# -------------------------------------------------------------------------------------------------------------- reading
@inner
def _read_sentence(
    data: Bytes, text: Text, origins: Origins, tables: Tables, language: int, place: int, high: int, words: Words
) -> tuple[int, int]:
    """Read the words of one sentence of a row; return where the next one begins, and how many words this one has."""
    base = np.int64(tables[Part.FIRST_LANGUAGE + 2 * language])
    listed = np.int64(tables[Part.FIRST_LANGUAGE + 2 * language + 1])
    count, before = 0, 0
    while place < high and count < MOST_WORDS:
        symbol = text[SYMBOL, place]
        if _is_word(text, tables, place) or symbol == _BRACKET:
            end = _read_word(data, text, origins, tables, base, listed, place, words[count])
            if end > place:
                words[count, FLAGS] |= before
                count, before, place = count + 1, 0, end
                continue
        elif symbol == _AT_SIGN:
            # A handle is a name; "@ Boston" is where somebody is.
            before |= _UPPER if _is_word(text, tables, place + 1) else _COMMA
        elif symbol in (_COMMA_SIGN, _SLASH):
            before |= _COMMA
        elif symbol == _OPEN_SIGN:
            before |= _OPEN
        elif _ends_sentence(text, tables, place):
            return place + 1, count
        place += 1
    return place, count


@inner
def _ends_sentence(text: Text, tables: Tables, place: int) -> bool:
    symbol = text[SYMBOL, place]
    if symbol == _DOT:
        return not _is_word(text, tables, place + 1) and not _is_ordinal(text, tables, place)
    return symbol in (_NEWLINE, _QUESTION, _EXCLAMATION, _SEMICOLON, BARRIER)


@inner
def _is_ordinal(text: Text, tables: Tables, place: int) -> bool:
    """Tell whether a full stop is that of "3. school": a digit before, a blank and a small letter behind."""
    after = tables[WORD_KINDS + text[SYMBOL, place + 2]]
    return (
        tables[WORD_KINDS + text[SYMBOL, place - 1]] & DIGIT_KIND != 0
        and text[SYMBOL, place + 1] == _BLANK
        and after & WORD_KIND != 0
        and after & CAPITAL_KIND == 0
    )


@inner
def _read_word(
    data: Bytes, text: Text, origins: Origins, tables: Tables, base: int, listed: int, place: int, word: Words
) -> int:
    """Read the longest listed word or words at a place, or one word that is not listed; return where it ends."""
    word[:] = 0
    state, at, end = np.int64(START), place, place
    while True:
        state = step(tables, base, state, text[SYMBOL, at])
        if state == DEAD:
            break
        at += 1
        first, last = ends_of(tables, base, state)
        if last > first and _take_codes(
            data, text, origins, tables, listed + tables[first] * CODES_EACH, place, at, word
        ):
            end = at
    if end == place and text[SYMBOL, place] == _BRACKET:
        return place
    kinds = np.int64(tables[WORD_KINDS + text[SYMBOL, place]])
    # "7yo" is two words.
    part = DIGIT_KIND if kinds & DIGIT_KIND and end == place else WORD_KIND
    at = max(end, place)
    while tables[WORD_KINDS + text[SYMBOL, at]] & part:
        at += 1
    word[BEGIN], word[END] = place, at
    if kinds & CAPITAL_KIND:
        word[FLAGS] |= _UPPER
    elif kinds & DIGIT_KIND:
        _read_number(text, tables, place, at, word)
    return at


@inner
def _take_codes(
    data: Bytes, text: Text, origins: Origins, tables: Tables, listed: int, place: int, end: int, word: Words
) -> bool:
    """Put the codes of a listed word that fit as it is written here in place of those of a shorter one."""
    taken = 0
    for index in range(CODES_EACH):
        code = np.int64(tables[listed + index])
        if code == 0 or not _fits(data, text, origins, tables, code, place, end):
            continue
        if taken == 0:
            word[CODES : CODES + CODES_EACH] = 0
        word[CODES + taken] = code
        taken += 1
    return taken > 0


@inner
def _fits(data: Bytes, text: Text, origins: Origins, tables: Tables, code: int, place: int, end: int) -> bool:
    if code & STEM == 0 and _is_word(text, tables, end):
        return False
    if code & CAPITAL and tables[WORD_KINDS + text[SYMBOL, place]] & CAPITAL_KIND == 0:
        return False
    if code & (MARKED | PLAIN):
        return (data[origins[place]] >= _ASCII) == (code & MARKED != 0)
    return True


@inner
def _read_number(text: Text, tables: Tables, place: int, end: int, word: Words) -> None:
    number, digits = 0, 0
    while place < end and tables[WORD_KINDS + text[SYMBOL, place]] & DIGIT_KIND:
        number = number * 10 + np.int64(text[SYMBOL, place]) - ord("0")
        digits, place = digits + 1, place + 1
        if digits > _MOST_DIGITS:
            return
    if place == end:
        word[NUMBER] = number
        word[FLAGS] |= _SHORT_NUMBER


# -------------------------------------------------------------------------------------------------------------- judging
@inner
def _code_of(words: Words, place: int, wanted: int) -> int:
    """Return the code by which a word is of a class, 0 when it is not."""
    for index in range(CODES, CODES + CODES_EACH):
        code = words[place, index]
        if code & CLASS_MASK == wanted and code != 0:
            return code
    return np.int64(0)


@inner
def _link_of(words: Words, place: int, goes: int) -> int:
    """Return whose a verb is that goes with a term, `_EITHER` when two persons share its form, or `_NO_VERB`."""
    whose = np.int64(_NO_VERB)
    for index in range(CODES, CODES + CODES_EACH):
        code = words[place, index]
        if code & CLASS_MASK == _LINK and code >> GOES_SHIFT & goes:
            one = code >> WHOSE_SHIFT & WHOSE_MASK
            whose = one if whose in (_NO_VERB, one) else np.int64(_EITHER)
    return whose


@inner
def _is_person(words: Words, place: int) -> bool:
    return _code_of(words, place, _PERSON) != 0 or _code_of(words, place, _CHILD) != 0


@inner
def _is_unlisted_name(words: Words, place: int) -> bool:
    """Tell whether a word may be a name: a capital, and in no list."""
    return words[place, CODES] == 0 and words[place, FLAGS] & _UPPER != 0


@inner
def _judge_sentence(words: Words, count: int, found: npt.NDArray[np.int64]) -> None:
    for place in range(count):
        for index in range(CODES, CODES + CODES_EACH):
            code = words[place, index]
            if code & CLASS_MASK == _TERM and code != 0:
                whose = _judge_term(words, count, place, code)
                if whose != _NEITHER:
                    found[whose] |= 1 << (code >> KIND_SHIFT & KIND_MASK)


@inner
def _judge_term(words: Words, count: int, place: int, code: int) -> int:
    """Say of whom a term is said: of the author, of somebody else, of nobody."""
    goes = code >> GOES_SHIFT & GOES_MASK
    if goes & _ALONE:
        return _subject(words, count, place, place, code >> WHOSE_SHIFT & WHOSE_MASK, code)
    if _is_topic_beside(words, count, place, goes):
        return _NEITHER
    whose = _by_link_before(words, count, place, code, goes)
    if whose == _NEITHER:
        whose = _by_link_after(words, count, place, goes)
    if whose == _NEITHER:
        whose = _by_neighbour(words, count, place, goes)
    if whose == _NEITHER and code & THING == 0 and goes & (_BE | _HAVE):
        whose = _by_person_before(words, place)
    return whose


@inner
def _is_topic_beside(words: Words, count: int, place: int, goes: int) -> bool:
    """Tell whether a mention is general: "cancer research", "the museum of Jewish life"."""
    if place + 1 < count and _code_of(words, place + 1, _TOPIC):
        return True
    # Who votes "for" somebody names no topic by it, though the word stands before topics in many languages.
    if goes & _JOIN or place == 0:
        return False
    if _code_of(words, place - 1, _TOPIC):
        return True
    return place > 1 and _link_of(words, place - 1, _ANY_VERB) == _NO_VERB and _code_of(words, place - 2, _TOPIC) != 0


@inner
def _by_link_before(words: Words, count: int, place: int, code: int, goes: int) -> int:
    is_of_other = False
    for at in range(place - 1, max(place - 1 - _BEFORE_TERM, -1), -1):
        if _code_of(words, at, _NOBODY) or (_code_of(words, at, _TOPIC) and goes & _JOIN == 0):
            return _NEITHER
        whose = _link_of(words, at, goes)
        if whose != _NO_VERB:
            return _OTHERS if is_of_other else _subject(words, count, at, place, whose, code)
        is_of_other = is_of_other or _is_person(words, at)
    return _NEITHER


@inner
def _by_link_after(words: Words, count: int, place: int, goes: int) -> int:
    for at in range(place + 1, min(place + 1 + _AFTER_TERM, count)):
        whose = _link_of(words, at, goes)
        if whose == _FIRST_PERSON:
            return _OWN
        if whose != _NO_VERB:
            return _named_before(words, place, whose)
    return _NEITHER


@inner
def _by_person_before(words: Words, place: int) -> int:
    """Take a person in the same sentence for the one that a term is said of: in doubt it is."""
    for at in range(place - 1, max(place - 1 - _BEFORE_TERM, -1), -1):
        if _code_of(words, at, _NOBODY) or _code_of(words, at, _TOPIC):
            return _NEITHER
        if _is_person(words, at):
            return _OTHERS
    return _NEITHER


@inner
def _named_before(words: Words, place: int, whose: int) -> int:
    for at in range(place - 1, max(place - 1 - _BEFORE_TERM, -1), -1):
        if _code_of(words, at, _NOBODY):
            return _NEITHER
        if _is_person(words, at) or _code_of(words, at, _THEY):
            return _OTHERS
        if whose != _THIRD_PERSON and _code_of(words, at, _SELF):
            return _OWN
    return _NEITHER


@inner
def _by_neighbour(words: Words, count: int, place: int, goes: int) -> int:
    """Judge a term without a verb: "my gay brother", "my sister with cancer", "my depression"."""
    for at in range(max(place - 2, 0), min(place + 3, count)):
        is_between = at > place or goes & (_HAVE | _BE)
        if is_between and at != place and _is_person(words, at):
            return _OTHERS
        if at == place - 1 and goes & _BE and (_code_of(words, at, _THEY) or _code_of(words, at, _SELF)):
            return _OTHERS if _code_of(words, at, _THEY) else _OWN
    return _by_possessive(words, count, place) if goes & _HAVE else _NEITHER


@inner
def _by_possessive(words: Words, count: int, place: int) -> int:
    for at in (place - 1, place - 2, place + 1):
        if 0 <= at < count and not (at == place - 2 and words[place - 1, CODES] != 0):
            if _code_of(words, at, _MINE):
                return _OWN
            if _code_of(words, at, _THEIRS):
                return _OTHERS
    return _NEITHER


@inner
def _subject(words: Words, count: int, link: int, term: int, whose: int, code: int) -> int:
    """Find whom a verb is about: the nearest person before it, else between it and the term, else soon after."""
    if whose == _FIRST_PERSON:
        return _OWN
    if link > 0 and term > link and _code_of(words, link - 1, _TOPIC):
        return _NEITHER
    found = _subject_before(words, link, whose, code)
    if found == _UNDECIDED:
        found = _subject_after(words, count, link, term, whose)
    if found != _UNDECIDED:
        return found
    return _NEITHER if code & THING else _left_out(words, link, whose)


@inner
def _subject_after(words: Words, count: int, link: int, term: int, whose: int) -> int:
    for at in range(link + 1, min(max(term, link) + 1 + _BEHIND, count)):
        if _code_of(words, at, _NOBODY):
            return _NEITHER
        if _is_person(words, at) or _code_of(words, at, _THEY):
            return _OTHERS
        if whose != _THIRD_PERSON and _code_of(words, at, _SELF):
            return _OWN
    return _UNDECIDED


@inner
def _left_out(words: Words, link: int, whose: int) -> int:
    """Say whom a verb is about whose subject is left out: "Diagnosed with diabetes last year" is said of oneself."""
    if whose == _THIRD_PERSON:
        return _OTHERS
    return _OWN if whose == _EITHER or _is_without_subject(words, link) else _NEITHER


@inner
def _subject_before(words: Words, link: int, whose: int, code: int) -> int:
    for at in range(link - 1, max(link - 1 - _BEFORE_LINK, -1), -1):
        if _is_person(words, at) or _code_of(words, at, _THEY):
            return _OTHERS
        if _code_of(words, at, _NOBODY):
            return _NEITHER
        # "Sono iscritta al sindacato": the verb of another word says who it is.
        is_self = _code_of(words, at, _SELF) or _link_of(words, at, _ANY_VERB) == _FIRST_PERSON
        if whose != _THIRD_PERSON and is_self:
            return _OWN
    is_named = link > 0 and _is_unlisted_name(words, link - 1)
    is_wholly = is_named and link > 1 and _is_unlisted_name(words, link - 2)
    return _OTHERS if is_wholly or (is_named and code & THING == 0) else _UNDECIDED


@inner
def _is_without_subject(words: Words, link: int) -> bool:
    """Tell whether a sentence begins with a verb, or nearly."""
    if link > _BEHIND:
        return False
    for at in range(link):
        if words[at, CODES] == 0 and (words[at, FLAGS] & _UPPER or at == 0):
            return False
        if words[at, CODES] and _link_of(words, at, _ANY_VERB) == _NO_VERB:
            return False
    return True


# ------------------------------------------------------------------------------------------------------------- children
@outer
def mark_children(
    data: Bytes,
    text: Text,
    origins: Origins,
    starts: Places,
    languages: Places,
    tables: Tables,
    marks: Bytes,
) -> None:
    """Mark the symbols of names (1), ages and schools (2) of children."""
    words = np.zeros((MOST_WORDS, WORD_FIELDS), np.int64)
    for row in range(starts.size - 1):
        low, high = starts[row], starts[row + 1] - 1
        chosen = _chosen(text, low, high, tables, Part.CHILD_STEM_LANGUAGES, Part.CHILD_WHOLE_LANGUAGES)
        chosen &= languages[row]
        language = 0
        while chosen >> language:
            if chosen >> language & 1:
                is_near, place = False, low
                while place < high:
                    place, count = _read_sentence(data, text, origins, tables, language, place, high, words)
                    is_near = _mark_child(words, count, is_near, marks)
                    if is_near:
                        _mark_compounds(text, tables, language, words, count, marks)
            language += 1


@inner
def _mark_child(words: Words, count: int, is_near: bool, marks: Bytes) -> bool:  # noqa: FBT001 -- compiled
    """Mark what a sentence says of a child; `is_near` tells whether one was spoken of before, and is handed on."""
    for at in range(count):
        is_near = (
            is_near or _code_of(words, at, _CHILD) != 0 or (_is_age(words, count, at) and _is_after_name(words, at))
        )
    if not is_near:
        return False
    for at in range(count):
        if _code_of(words, at, _CHILD):
            _mark_names(words, count, at, marks)
        if _is_age(words, count, at):
            end = at + 1 if at + 1 < count and _code_of(words, at + 1, _YEARS) else at
            _mark(marks, words, at, end, _AGE_OR_SCHOOL)
            if _is_after_name(words, at):
                _mark_names_before(words, at, marks)
        if _code_of(words, at, _SCHOOL):
            _mark_school(words, count, at, marks)
    return True


@inner
def _mark_compounds(text: Text, tables: Tables, language: int, words: Words, count: int, marks: Bytes) -> None:
    """Mark schools that are one word with their name: "Björkskolan"."""
    base = np.int64(tables[Part.FIRST_LANGUAGE + 2 * language])
    listed = np.int64(tables[Part.FIRST_LANGUAGE + 2 * language + 1])
    for at in range(count):
        begin, end = words[at, BEGIN], words[at, END]
        if not _is_unlisted_name(words, at) or end - begin > _MOST_LETTERS:
            continue
        for place in range(begin + _FEWEST_LETTERS, end - _FEWEST_LETTERS):
            state = end_state(tables, base, text, place, end)
            if state != DEAD and _is_school(tables, base, listed, state):
                _mark(marks, words, at, at, _AGE_OR_SCHOOL)
                break


@inner
def _is_school(tables: Tables, base: int, listed: int, state: int) -> bool:
    first, _ = ends_of(tables, base, state)
    for index in range(CODES_EACH):
        if tables[listed + tables[first] * CODES_EACH + index] & CLASS_MASK == _SCHOOL:
            return True
    return False


@inner
def _mark(marks: Bytes, words: Words, first: int, last: int, label: int) -> None:
    for place in range(words[first, BEGIN], words[last, END]):
        marks[place] = max(marks[place], label)


@inner
def _is_age(words: Words, count: int, at: int) -> bool:
    """Tell whether a number is an age below 18: its unit stands beside it, or it stands alone behind a person."""
    if words[at, FLAGS] & _SHORT_NUMBER == 0 or words[at, NUMBER] >= _ADULT:
        return False
    if at + 1 < count and _code_of(words, at + 1, _YEARS):
        return True
    if words[at, FLAGS] & (_OPEN | _COMMA) and at > 0 and _is_alone(words, count, at):
        return _is_unlisted_name(words, at - 1) or _is_person(words, at - 1)
    return at > 0 and _code_of(words, at - 1, _YEARS) != 0 and _is_year_before(words, at)


@inner
def _is_alone(words: Words, count: int, at: int) -> bool:
    """Tell whether a word stands between commas or brackets: "Anna, 7, likes horses"."""
    return words[at, FLAGS] & _OPEN != 0 or at + 1 == count or words[at + 1, FLAGS] & (_COMMA | _OPEN) != 0


@inner
def _is_year_before(words: Words, at: int) -> bool:
    """Tell whether the word of age stands by itself before the number: "aged 7"."""
    return at <= 1 or words[at - 2, FLAGS] & _SHORT_NUMBER == 0


@inner
def _is_after_name(words: Words, at: int) -> bool:
    return at > 0 and words[at, FLAGS] & (_COMMA | _OPEN) != 0 and _is_unlisted_name(words, at - 1)


@inner
def _mark_names(words: Words, count: int, child: int, marks: Bytes) -> None:
    """Mark the name that stands behind a child, or before it with a comma between."""
    at = child + 1
    while at < count and at <= child + _BEHIND and (_code_of(words, at, _NAMED) or _code_of(words, at, _MINE)):
        at += 1
    end = at
    while end < count and end < at + _NAME_WORDS and _is_unlisted_name(words, end):
        if end > at and words[end, FLAGS] & (_COMMA | _OPEN):
            break
        end += 1
    if end > at:
        _mark(marks, words, at, end - 1, _NAME)
    first = child
    while first > 0 and first > child - 2 and _code_of(words, first - 1, _MINE):
        first -= 1
    if first > 0 and words[first, FLAGS] & (_COMMA | _OPEN) and _is_unlisted_name(words, first - 1):
        _mark_names_before(words, first, marks)


@inner
def _mark_names_before(words: Words, at: int, marks: Bytes) -> None:
    first = at - 1
    if first > 0 and _is_unlisted_name(words, first - 1) and words[first, FLAGS] & (_COMMA | _OPEN) == 0:
        first -= 1
    _mark(marks, words, first, at - 1, _NAME)


@inner
def _mark_school(words: Words, count: int, at: int, marks: Bytes) -> None:
    """Mark a school with the name that stands around it."""
    first, end = at, at + 1
    while first > 1 and first > at - _SCHOOL_WORDS and words[first, FLAGS] & (_COMMA | _OPEN) == 0:
        if not _is_unlisted_name(words, first - 1) and words[first - 1, FLAGS] & _SHORT_NUMBER == 0:
            break
        first -= 1
    reach = end
    while reach < count and reach <= at + _SCHOOL_WORDS and words[reach, FLAGS] & (_COMMA | _OPEN) == 0:
        if _is_unlisted_name(words, reach) or words[reach, FLAGS] & _SHORT_NUMBER:
            end = reach + 1
        elif reach >= end + 2 or words[reach, CODES] != 0:
            break
        reach += 1
    # Many go to school: only a named one tells which.
    if end > first + 1:
        _mark(marks, words, first, end - 1, _AGE_OR_SCHOOL)
