"""Where things lie in the text filter's one table of integers, which its compiled loops read.

The table begins with the places of its parts, so that ``table[Part.AT]`` is where the automaton (`automata`) or the
list of that name begins. Numbers are only ever added: what was compiled by an earlier version may be cached.
"""

from enum import IntEnum
from typing import Final


class Part(IntEnum):
    """The parts of the table."""

    LINK = 0
    BARE_LINK = 1
    TOP_LEVEL = 2
    AT = 3
    WORDED_DOMAIN = 4
    PLAIN_DOMAIN = 5
    WORDED_LOCAL = 6
    MEASURE = 7
    FOUR_OCTETS = 8
    DATES = 9
    ISSUERS = 10
    TIDY = 11
    AMOUNT = 12
    DATE_LIKE = 13
    UNIT_AFTER = 14
    AMOUNT_BEFORE = 15
    AT_HOME = 16
    ABROAD = 17
    CUES = 18
    PLACEHOLDERS = 19
    IDS = 20
    GROUPED_IDS = 21
    IBAN_LENGTHS = 22
    CALLING_CODES = 23
    CUE_KINDS = 24
    REGIONS = 25
    ID_RULES = 26
    ID_LANGUAGES = 27
    ID_IS_ALONE = 28
    BIRTH_DATES = 29
    PLATES = 30
    PLATE_LANGUAGES = 31
    PLATE_EVIDENCE = 32
    PROFILE = 33
    DIGIT_NAMES = 34
    DEVICES = 35
    DEVICE_SIGNS = 36
    LOOSE_PLATES = 37
    TRIGGERS = 38
    ADDRESS_WORDS = 39
    ADDRESS_WORD_KINDS = 40
    ADDRESS_WORD_LANGUAGES = 41
    ADDRESS_ENDINGS = 42
    ADDRESS_ENDING_KINDS = 43
    ADDRESS_ENDING_LANGUAGES = 44
    POSTCODES = 45
    ADDRESS_SIEVE = 46


KINDS: Final = 64
"""Where the kinds of the symbols lie (`demur.filters.symbols.KINDS`): behind the places of the parts."""
FIRST: Final = KINDS + 256
"""Where the first part lies."""


class Label(IntEnum):
    """The numbers that the loops write for the classes of `demur.filters.identifiers`."""

    CREDIT_CARD = 0
    EMAIL = 1
    HANDLE = 2
    IBAN = 3
    IP = 4
    NATIONAL_ID = 5
    PHONE = 6
    URL = 7
    PLATE = 8
    DATE_OF_BIRTH = 9
    PERSON = 10
    ADDRESS = 11
    LOCATION = 12
    OTHER = 13
