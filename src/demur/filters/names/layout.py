"""The numbers that kernel, plain reference, weights file and training share: classes, columns, tags and languages.

Whatever stands here is part of the model: another value asks for weights that were trained with it.
"""

from enum import IntEnum
from typing import Final

LANGUAGES: Final = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
    *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
)
"""The official languages of the Union; a row's language id is 1 + the place here, and 0 means unknown."""

SEQUENCE_BYTES: Final = 2000
"""Bytes that are read as one sequence at most: what makes the time linear in the length of a row."""
TOKEN_BYTES: Final = 120
LONGEST_PLACEHOLDER: Final = 12
"""Capitals between brackets that are read as one token, as a handle is: what other filters left there."""

TABLE_END: Final = 0x2200
"""Code points from here on are signs, each alone."""


class Kind(IntEnum):
    """What a code point is to the tokeniser."""

    SIGN = 0
    LOWER = 1
    UPPER = 2
    LETTER = 3  # without case
    DIGIT = 4
    MARK = 5  # joins a word and leaves no trace in its hashes
    SPACE = 6
    NEWLINE = 7


class Case(IntEnum):
    """How a token is written."""

    SIGN = 0
    LOWER = 1
    TITLE = 2
    CAPITALS = 3
    INITIAL = 4  # one capital letter
    MIXED = 5
    CASELESS = 6
    NUMBER = 7
    WITH_DIGITS = 8
    HANDLE = 9  # or a placeholder
    LINK = 10
    OUTSIDE = 15  # before the first and after the last token


class Evidence(IntEnum):
    """What lists say of a token; each has its own number that is added to OUTSIDE."""

    LISTED = 0  # in a list of names
    UNLISTED = 1
    WORD = 2  # in none, and in the list of words of the language that is told or guessed


class Profile(IntEnum):
    """How the words of a whole sequence are written."""

    NO_CAPITALS = 0
    MOSTLY_CAPITALS = 1
    TITLE_CASE = 2
    MIXED = 3
    ONE_CAPITAL = 4


class Atom(IntEnum):
    """The columns of the array of atoms; one row is one token."""

    WORD = 0  # hash of the word in lower case
    PLAIN = 1  # the same without accents
    PREFIX_3 = 2
    PREFIX_4 = 3
    SUFFIX_1 = 4
    SUFFIX_2 = 5
    SUFFIX_3 = 6
    SUFFIX_4 = 7
    SHAPE = 8
    CASE = 9  # `Case`
    START = 10  # 0 within a sentence, 1 first in the sequence, 2 first after the end of a sentence
    LISTS = 11  # bits of `Listed`
    COARSE_CLASS = 12  # which of 511 classes of alike words it is in; 0 is none
    FINE_CLASS = 13  # the same of 4095 classes
    KNOWN = 14  # `Known`


ATOMS: Final = len(Atom)


HASHTAG_PARTS: Final = 3
"""A hashtag of a given name and a surname is a person's; one more name may stand between them."""
CERTAIN: Final = 1 << 20
"""The margin of what lists alone decide."""


class Known(IntEnum):
    """What is known of a word that says that it is none of a name; a mask."""

    COMMON = 1  # no name of the training texts holds it
    VOCABULARY = 2  # it is in the list of words of the language that is told or guessed


class Listed(IntEnum):
    """Which lists a word is in; a mask of eight bits."""

    GIVEN = 1
    SURNAME = 2
    TOWN = 4
    COUNTRY = 8
    COMMON_GIVEN = 16
    COMMON_SURNAME = 32
    CUE = 64  # stands before names: salutations, relatives, titles
    BRAND = 128  # or a word of one of two words


COARSE_PLACE, FINE_PLACE = 8, 17
"""An entry of the lexicon: eight bits of lists, nine of the coarse class, twelve of the fine one."""
COARSE_SHIFT: Final = 5
"""Fine classes are numbered so that those with the same higher bits are alike."""


class Tag(IntEnum):
    """Tags of tokens; a row of weights has eight places, the last of which is not used."""

    OUTSIDE = 0
    BEGIN_PERSON = 1
    IN_PERSON = 2
    BEGIN_LOCATION = 3
    IN_LOCATION = 4
    BEGIN_ORGANISATION = 5
    IN_ORGANISATION = 6


TAGS, ROW = len(Tag), 8

FNV_PRIME: Final = 16777619
FNV_START: Final = 2166136261
MASK_32: Final = 0xFFFFFFFF
MASK_64: Final = 0xFFFFFFFFFFFFFFFF
GOLDEN: Final = 0x9E3779B97F4A7C15
GOLDEN_32: Final = 0x9E3779B1
MIX: Final = 0xBF58476D1CE4E5B9
EMPTY_WORD: Final = 7

WIDE: Final = 4096
"""What one value is multiplied by where two share a number."""


class Part(IntEnum):
    """What features are made of, beside the atoms of five tokens: numbers put together from several atoms."""

    NOTHING = 75
    CASE_START = 76
    CASE_STYLE = 77  # case, start and profile
    THREE_CASES = 78
    CASES_BEFORE = 79
    CASES_AFTER = 80
    LISTS_BEFORE = 81
    LISTS_AFTER = 82
    THREE_LISTS = 83
    FINE_BEFORE = 84
    FINE_AFTER = 85
    COARSE_FINE = 86
    FINE_COARSE = 87
    COARSE_BEFORE = 88
    COARSE_AFTER = 89
    LANGUAGE = 90
    LANGUAGE_CASE = 91
    LISTS_CASE = 92
    GROUPS_AFTER = 93
    GROUPS_BEFORE = 94
    STYLE_AFTER = 95
    STYLE_BEFORE = 96
    FINE_CASE = 97
    WORDS = 98  # which of three tokens stand in the list of words of the language
    LISTS_WORD = 99  # lists, and whether the token stands in the list of words
    FIVE_WORDS = 100  # the same of five tokens
    WORD_CASE = 101  # case, and whether the token stands in the list of words


PARTS: Final = 102
COLUMNS: Final = len(Atom)


def _at(distance: int, atom: Atom) -> int:
    """Return the part that is an atom of the token at a distance of -2 to 2."""
    return (distance + 2) * COLUMNS + atom


_WORD, _BEFORE, _AFTER = _at(0, Atom.WORD), _at(-1, Atom.WORD), _at(1, Atom.WORD)
_CASE, _START, _LISTS = _at(0, Atom.CASE), _at(0, Atom.START), _at(0, Atom.LISTS)
_SUFFIX_2, _SUFFIX_3, _SHAPE = _at(0, Atom.SUFFIX_2), _at(0, Atom.SUFFIX_3), _at(0, Atom.SHAPE)
_COARSE_BEFORE, _COARSE_AFTER = _at(-1, Atom.COARSE_CLASS), _at(1, Atom.COARSE_CLASS)

FEATURE_PARTS: Final = (
    *((Part.NOTHING, Part.NOTHING), (_WORD, Part.NOTHING), (_at(0, Atom.PLAIN), Part.NOTHING), (_WORD, _CASE)),
    *((_at(0, Atom.PREFIX_3), Part.NOTHING), (_at(0, Atom.PREFIX_4), Part.NOTHING), (_at(0, Atom.SUFFIX_1), _CASE)),
    *((_SUFFIX_2, _CASE), (_SUFFIX_3, Part.NOTHING), (_at(0, Atom.SUFFIX_4), Part.NOTHING), (_SUFFIX_3, _CASE)),
    *((_at(0, Atom.PREFIX_3), _CASE), (_SHAPE, _START), (Part.CASE_STYLE, Part.NOTHING), (_LISTS, _CASE)),
    *((_LISTS, Part.CASE_STYLE), (_at(0, Atom.COARSE_CLASS), Part.NOTHING), (_at(0, Atom.FINE_CLASS), Part.NOTHING)),
    *((_at(0, Atom.FINE_CLASS), _CASE), (_at(0, Atom.COARSE_CLASS), Part.CASE_START)),
    *((_BEFORE, Part.NOTHING), (_AFTER, Part.NOTHING), (_BEFORE, _CASE), (_AFTER, _CASE)),
    *((_at(-2, Atom.WORD), _CASE), (_at(2, Atom.WORD), _CASE), (_BEFORE, _WORD), (_WORD, _AFTER)),
    *((_at(-2, Atom.WORD), _BEFORE), (_AFTER, _at(2, Atom.WORD)), (Part.THREE_CASES, _START)),
    *((Part.CASES_BEFORE, _CASE), (Part.CASES_AFTER, _at(2, Atom.CASE)), (Part.LISTS_BEFORE, _CASE)),
    *((Part.LISTS_AFTER, _CASE), (Part.THREE_LISTS, Part.NOTHING), (_COARSE_BEFORE, _CASE), (_COARSE_AFTER, _CASE)),
    *((_COARSE_BEFORE, _LISTS), (_COARSE_AFTER, _LISTS), (Part.FINE_BEFORE, _CASE), (Part.FINE_AFTER, _CASE)),
    *((Part.COARSE_FINE, _CASE), (Part.FINE_COARSE, _CASE), (Part.COARSE_BEFORE, _CASE), (Part.COARSE_AFTER, _CASE)),
    *((_at(-1, Atom.SUFFIX_3), _CASE), (_at(1, Atom.SUFFIX_3), _CASE), (_at(-1, Atom.SUFFIX_2), _SUFFIX_2)),
    *((_SUFFIX_2, _at(1, Atom.SUFFIX_2)), (_at(-1, Atom.SHAPE), _SHAPE), (_SHAPE, _at(1, Atom.SHAPE))),
    *((Part.LANGUAGE, Part.CASE_STYLE), (_SUFFIX_3, Part.LANGUAGE_CASE), (_LISTS, Part.LANGUAGE_CASE)),
    *((_BEFORE, Part.LISTS_CASE), (_AFTER, Part.LISTS_CASE), (Part.GROUPS_AFTER, Part.THREE_CASES)),
    *((Part.GROUPS_BEFORE, Part.THREE_CASES), (_BEFORE, Part.STYLE_AFTER), (_AFTER, Part.STYLE_BEFORE)),
    *((_at(-1, Atom.PLAIN), Part.FINE_CASE), (Part.WORDS, Part.CASE_STYLE), (Part.WORDS, Part.THREE_CASES)),
    *((Part.LISTS_WORD, Part.LANGUAGE_CASE), (Part.LISTS_WORD, Part.CASE_STYLE)),
    *((Part.FIVE_WORDS, Part.THREE_CASES), (_SUFFIX_3, Part.WORD_CASE), (_at(0, Atom.PREFIX_3), Part.WORD_CASE)),
    *((_BEFORE, Part.WORD_CASE), (_AFTER, Part.WORD_CASE), (Part.COARSE_BEFORE, Part.WORD_CASE)),
)
"""The two parts that each feature is hashed from; its place in this list is hashed as well."""
FEATURES: Final = len(FEATURE_PARTS)

NETWORK_HASHED: Final = (Atom.SUFFIX_4, Atom.SUFFIX_3, Atom.PREFIX_3, Atom.PREFIX_4, Atom.WORD)
NETWORK_CLASSES, NETWORK_HASHES = 4096, 2048
NETWORK_SECTIONS: Final = (NETWORK_CLASSES, *(NETWORK_HASHES,) * len(NETWORK_HASHED), 48, 8, 256, 4)
"""Rows of the network for a fine class; for what is hashed; for case with start, profile, lists, and known words."""
NETWORK_INPUTS: Final = len(NETWORK_SECTIONS)
NETWORK_WIDTH: Final = 48
"""Numbers that stand for a token within the network: 0 to `NETWORK_TOP`."""
NETWORK_TOP: Final = 255
NETWORK_STEPS: Final = (1, 2)
"""For each layer, how far the neighbours are that it reads."""
NETWORK_TOKENS: Final = 128
"""Longer sequences are not read by the network: it is for posts, and a line without end must not take longer."""
NETWORK_SHIFT: Final = 16


GUESSED_WORDS: Final = 16
"""Words in lower case by which the language of a sequence is guessed where it is not known: the first ones."""
GUESS_LEAD: Final = 1
"""How many more of them the list of the guessed language must hold than any other."""
GUESS_ENGLISH: Final = 3
"""What a word of the network counts more for English, whose words stand in the lists of all languages."""
ENGLISH: Final = 1 + LANGUAGES.index("en")


class Number(IntEnum):
    """Numbers of the network: what its sums are multiplied by, over 65,536, and below which margin it is asked."""

    INPUT = 0
    FIRST_LAYER = 1
    SECOND_LAYER = 2
    TAGS = 3
    DOUBT = 4


class Asked(IntEnum):
    """In which languages the network is asked."""

    NEVER = 0
    ALWAYS = 1
    WITH_WORD = 2  # where a word of its language stands in the post
