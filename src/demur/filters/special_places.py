"""What the words of the special-category filter are, as numbers that its compiled loops read, and where tables lie.

A word has a code: its class, and for a verb or a term also whose it is, what it goes with and which kind of data it
tells of. Numbers are only ever added: what was compiled by an earlier version may be cached.
"""

from enum import IntEnum, IntFlag
from typing import Final


class Word(IntEnum):
    """What a word is in a statement about a person."""

    SELF = 1
    """The author: I, me, we."""
    MINE = 2
    """What is the author's: my, our."""
    PERSON = 3
    """Somebody near the author: neighbour, sister, boss; or a name that was cut."""
    THEY = 4
    """Somebody spoken of: he, she."""
    THEIRS = 5
    """What is somebody's: his, her."""
    NOBODY = 6
    """Nobody in particular: people, patients, you; or no human being: dog, film, city."""
    TOPIC = 7
    """What makes a mention general: research, museum, article, day."""
    LINK = 8
    """The verb between a person and a term: am, has, voted for."""
    TERM = 9
    """What tells of a special category."""
    CHILD = 10
    """A child of somebody: daughter, nephew, pupil; a person as well."""
    SCHOOL = 11
    """A school or nursery."""
    YEARS = 12
    """The unit of an age."""
    NAMED = 13
    """What stands between a child and its name: called, named."""
    CUT = 14
    """A placeholder: no word of its own."""


class Whose(IntEnum):
    """Of which person a verb is."""

    ANY = 0
    FIRST = 1
    THIRD = 2


class Goes(IntFlag):
    """What joins a term to a person; `ALONE` is a term that holds its verb."""

    BE = 1
    HAVE = 2
    JOIN = 4
    ALONE = 8


class Kind(IntEnum):
    """The kinds of data of GDPR Art. 9(1) and 10 that words can tell; names as detectors write them in findings."""

    HEALTH = 0
    RELIGION = 1
    POLITICS = 2
    UNION = 3
    SEXUALITY = 4
    ETHNICITY = 5
    CRIME = 6
    GENETICS = 7


CLASS_MASK: Final = 0x0F
WHOSE_SHIFT, WHOSE_MASK = 4, 0x03
GOES_SHIFT, GOES_MASK = 6, 0x0F
KIND_SHIFT, KIND_MASK = 10, 0x0F
STEM: Final = 1 << 14
"""The word may go on after what is listed."""
CAPITAL: Final = 1 << 15
"""The word counts only with a capital: it is a common word without."""
THING: Final = 1 << 16
"""The term may be said of things too, so that it needs a person: a catholic school, a green roof."""
MARKED: Final = 1 << 17
"""One letter that counts only with its accent."""
PLAIN: Final = 1 << 18
"""One letter that counts only without an accent."""
CODES_EACH: Final = 3
"""The most codes that one word of a language may have."""


class Part(IntEnum):
    """The parts of the table: first the words by which a row is chosen, then two parts for each language."""

    CHOOSER = 0
    STEM_LANGUAGES = 1
    WHOLE_LANGUAGES = 2
    CHILD_STEM_LANGUAGES = 3
    CHILD_WHOLE_LANGUAGES = 4
    FIRST_LANGUAGE = 5


WORD_KINDS: Final = 64
"""Where the kinds of the symbols lie, behind the places of the parts."""
FIRST: Final = WORD_KINDS + 256
"""Where the first part lies."""

LANGUAGES: Final = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
    *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
)
"""The languages whose words are known, the official ones of the Union, in the order of their bits."""
