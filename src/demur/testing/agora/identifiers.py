"""Identifiers that belong to nobody: documentation ranges, test numbers, invented banks, people born before 1900.

The classes have the names of ``demur.filters.IdentifierClass``; a test compares them.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from demur.testing.agora.dice import Dice

# RFC 2606 sections 2 and 3: names that nobody can register.
RESERVED_DOMAINS = ("example.org", "example.com", "example.net", "post.invalid", "mail.example.org")
SYLLABLES = (
    *("ba", "bel", "bo", "da", "del", "do", "fa", "fen", "go", "ka", "kal", "ko", "la", "len", "li"),
    *("lo", "lu", "ma", "mel", "mi", "na", "nel", "no", "ra", "ren", "ri", "ro", "sa", "sel", "ta"),
)

_EXAMPLE_SITES = ("https://example.org", "https://www.example.com", "http://example.net", "https://blog.example.org")

# Numbers for films and books: BNetzA (DE), Arcep (FR), PTS (SE); the last digits, after these, are free.
_FICTITIOUS_PHONES = (
    ("+49 30 23125 ", 3),
    ("+49 69 90009 ", 3),
    ("+49 40 66969 ", 3),
    ("+33 1 99 00 12 ", 2),
    ("+33 2 61 91 44 ", 2),
    ("+46 8 465 004 ", 2),
    ("+46 31 390 06 ", 2),
)
# Without the country's code they are written by its own people only.
_NATIONAL_PHONES: Mapping[str, tuple[tuple[str, int], ...]] = MappingProxyType(
    {
        "de": (("030 23125", 3), ("089 99998", 3)),
        "fr": (("01 99 00 35 ", 2), ("02 61 91 20 ", 2)),
        "sv": (("08-465 004 ", 2), ("031-390 06 ", 2)),
    }
)
# Published by card networks and payment services for tests; the check digit (Luhn) holds.
_TEST_CARDS = (
    "4111 1111 1111 1111",
    "4242 4242 4242 4242",
    "4012 8888 8888 1881",
    "5555 5555 5555 4444",
    "5105 1051 0510 5100",
    "2223 0031 2200 3222",
    "6011 1111 1111 1117",
    "3530 1113 3330 0000",
)
# Country, bank code of no bank, digits of the account.
_INVENTED_BANKS = (
    ("DE", "99990011", 10),
    ("AT", "99987", 11),
    ("NL", "AGRA", 10),
    ("LT", "99987", 11),
    ("LV", "AGRA", 13),
    ("LU", "999", 13),
    ("RO", "AGRA", 16),
    ("MT", "AGRA99987", 18),
)
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FINNISH_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_UPPER_CASE_SHARE = 0.1


def invent_name(dice: Dice) -> str:
    """Return a word of two or three syllables."""
    return "".join(dice.pick(SYLLABLES) for _ in range(dice.between(2, 3)))


def invent_email(dice: Dice, _language: str) -> str:
    """Return an address at a domain that is reserved for examples."""
    address = f"{invent_name(dice)}.{invent_name(dice)}{dice.below(100)}@{dice.pick(RESERVED_DOMAINS)}"
    return address.upper() if dice.share() < _UPPER_CASE_SHARE else address


def invent_phone(dice: Dice, language: str) -> str:
    """Return a number from a range that regulators keep for films and books."""
    prefix, digits = dice.pick(_FICTITIOUS_PHONES + _NATIONAL_PHONES.get(language, ()))
    return prefix + dice.digits(digits)


def invent_iban(dice: Dice, _language: str) -> str:
    """Return an account number with valid check digits at a bank that does not exist (ISO 13616)."""
    country, bank, digits = dice.pick(_INVENTED_BANKS)
    rest = bank + dice.digits(digits)
    numeric = "".join(str(int(letter, 36)) for letter in f"{rest}{country}00")  # A is 10, B is 11 and so on
    iban = f"{country}{98 - int(numeric) % 97:02d}{rest}"
    return iban if dice.share() < 1 / 2 else " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def invent_card(dice: Dice, _language: str) -> str:
    """Return a card number that is published for tests."""
    return dice.pick(_TEST_CARDS).replace(" ", dice.pick((" ", "-", "")))


def invent_ip(dice: Dice, _language: str) -> str:
    """Return an address of the documentation ranges (RFC 5737, RFC 3849)."""
    if dice.share() < 1 / 4:
        return f"2001:db8:{dice.between(1, 0xFFFF):x}::{dice.between(1, 0xFFFF):x}"
    return f"{dice.pick(('192.0.2', '198.51.100', '203.0.113'))}.{dice.between(1, 254)}"


def invent_handle(dice: Dice, _language: str) -> str:
    """Return a handle made of syllables."""
    return f"@{invent_name(dice)}.{invent_name(dice)}{dice.below(100)}"


def invent_url(dice: Dice, _language: str) -> str:
    """Return an address under a domain that is reserved for examples."""
    return f"{dice.pick(_EXAMPLE_SITES)}/{invent_name(dice)}/{dice.below(10_000)}"


def invent_national_id(dice: Dice, language: str) -> str:
    """Return a number with valid check digits that nobody alive can hold."""
    return _NATIONAL_IDS[language](dice)


def _born_in_the_1800s(dice: Dice) -> tuple[int, int, int]:
    return dice.between(60, 98), dice.between(1, 12), dice.between(1, 28)


def _weighted(number: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))


def _polish(dice: Dice) -> str:
    year, month, day = _born_in_the_1800s(dice)
    number = f"{year:02d}{month + 80:02d}{day:02d}{dice.digits(4)}"  # the century is in the month
    return number + str(-_weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def _bulgarian(dice: Dice) -> str:
    year, month, day = _born_in_the_1800s(dice)
    number = f"{year:02d}{month + 20:02d}{day:02d}{dice.digits(3)}"
    return number + str(_weighted(number, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10)


def _baltic(dice: Dice) -> str:
    """Make the code that Estonia and Lithuania share; a first digit 1 or 2 means born in the 1800s."""
    year, month, day = _born_in_the_1800s(dice)
    number = f"{dice.between(1, 2)}{year:02d}{month:02d}{day:02d}{dice.digits(3)}"
    check = _weighted(number, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check > 9:  # noqa: PLR2004 -- no digit: the second row of weights decides
        check = _weighted(number, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11
    return number + str(check % 10)


def _romanian(dice: Dice) -> str:
    year, month, day = _born_in_the_1800s(dice)
    number = f"{dice.between(3, 4)}{year:02d}{month:02d}{day:02d}{dice.between(1, 39):02d}{dice.between(1, 999):03d}"
    check = _weighted(number, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return number + str(1 if check > 9 else check)  # noqa: PLR2004 -- ten is written as one


def _finnish(dice: Dice) -> str:
    year, month, day = _born_in_the_1800s(dice)
    date, serial = f"{day:02d}{month:02d}{year:02d}", f"{dice.between(2, 899):03d}"
    return f"{date}+{serial}{_FINNISH_LETTERS[int(date + serial) % 31]}"  # + means born in the 1800s


def _dutch(dice: Dice) -> str:
    """Make a number of the block 99999, which the authorities use for tests."""
    while True:
        number = "99999" + dice.digits(3)
        check = _weighted(number, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
        if check < 10:  # noqa: PLR2004 -- ten is no digit: such a number does not exist
            return number + str(check)


def _spanish(dice: Dice) -> str:
    number = 99_999_000 + dice.below(1_000)
    return f"{number}{_SPANISH_LETTERS[number % 23]}"


_NATIONAL_IDS: Mapping[str, Callable[[Dice], str]] = MappingProxyType(
    {
        "bg": _bulgarian,
        "es": _spanish,
        "et": _baltic,
        "fi": _finnish,
        "lt": _baltic,
        "nl": _dutch,
        "pl": _polish,
        "ro": _romanian,
    }
)
NATIONAL_ID_LANGUAGES = tuple(_NATIONAL_IDS)

# class, carrier sentences that suit it, inventor
INVENTORS: tuple[tuple[str, str, Callable[[Dice, str], str]], ...] = (
    ("email", "contact", invent_email),
    ("phone", "contact", invent_phone),
    ("handle", "contact", invent_handle),
    ("iban", "iban", invent_iban),
    ("credit_card", "card", invent_card),
    ("ip", "network", invent_ip),
    ("url", "link", invent_url),
    ("national_id", "identity", invent_national_id),
)
