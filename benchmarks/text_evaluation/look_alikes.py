"""Numbers and words that look like identifiers and are none: what a clean post is made of."""

import random
import string
from collections.abc import Callable

from stdnum import ean, isbn

from text_evaluation.addresses import draw_town
from text_evaluation.dates import draw_day
from text_evaluation.numbering import draw_digits

# Some are names of people as well: a filter must tell the maker from the person.
_BRANDS = (
    "Nokia",
    "Dacia",
    "Mercedes",
    "Philips",
    "Škoda",
    "Spotify",
    "Lidl",
    "Fujifilm",
    "Bosch",
    "Moulinex",
    "Braun",
    "Siemens",
)
# Two capitals in a row, some of them made of names: the trap for whoever takes each such pair for a person.
_THINGS = (
    *(
        "Black Friday",
        "Star Wars",
        "Real Madrid",
        "Crystal Palace",
        "Champions League",
        "Final Fantasy",
        "Kinder Bueno",
    ),
    *(
        "Red Bull",
        "Aston Martin",
        "Harley Davidson",
        "Jack Daniel's",
        "Ben Nevis",
        "Rolls Royce",
        "Galaxy Buds",
        "Gran Canaria",
    ),
    *(
        "Mario Kart",
        "Dolce Vita",
        "Baba Ganoush",
        "Creme Brulee",
        "Windows Server",
        "Burger King",
        "Sankt Moritz",
        "Santa Cruz",
    ),
)
_CARRIERS = ("LH", "AF", "KL", "BT", "LO", "SK", "TP", "FR")
_MOVES = ("e4 e5 Nf3 Nc6", "Qxf7+", "O-O-O", "d4 Nf6 c4 e6", "Rxd8+", "Bb5 a6 Ba4", "e8=Q+", "Nbd7")
# Of member states; those that begin with 4 look like cards of thirteen digits.
_GS1_PREFIXES = ("30", "37", "40", "44", "50", "54", "57", "59", "64", "73", "80", "84", "87", "90")
TAILS = (
    *("1920x1080 @ 60 fps", "3 @ 2,50", "node.js 20.11", "README.md", "24/7", "16:9", "M8x40", "A4 80 g/m²", "12/24 V"),
    *(
        "90-60-90",
        "2+2=4",
        "08:00-17:00",
        "50%+1",
        "C# .NET 8.0.1",
        "#1",
        "5G/4G",
        "v2.0.1-rc3",
        "10^6",
        "H2O",
        "3,14159",
    ),
    *("1:0, 2:1, 3:3", "s/n ?", "etc.", "p. 12-14", "ISO 9001:2015", "IPv6", "E10/E5", "1.000.000", "4x4", "$_GET"),
)


def _order(draw: random.Random, _language: str, _country: str) -> str:
    year, digits = draw.randint(2018, 2026), draw_digits(draw, draw.randint(7, 12))
    forms = (
        digits,
        f"#{digits[:6]}",
        f"{year}-{digits[:6]}",
        f"INV-{year}-{digits[:4]}",
        f"{digits[:3]}-{digits[3:]}",
        f"W{digits}",
    )
    return draw.choice(forms)


def _tracking(draw: random.Random, _language: str, country: str) -> str:
    letters = "".join(draw.choices(string.ascii_uppercase, k=2))
    forms = (
        f"R{letters[0]}{draw_digits(draw, 9)}{country}",
        f"00340{draw_digits(draw, 15)}",
        f"1Z{letters}{draw_digits(draw, 14)}",
    )
    return draw.choice((*forms, f"JJD{draw_digits(draw, 18)}"))


def _price(draw: random.Random, _language: str, _country: str) -> str:
    whole, cents = draw.randint(1, 4999), draw.randint(0, 99)
    return draw.choice(
        (
            f"{whole},{cents:02d} €",
            f"€{whole}.{cents:02d}",
            f"{whole} euro",
            f"{whole}€",
            f"1.{whole % 900 + 99},{cents:02d} €",
        )
    )


def _version(draw: random.Random, _language: str, _country: str) -> str:
    one, two, three = draw.randint(1, 19), draw.randint(0, 30), draw.randint(0, 9)
    return draw.choice(
        (
            f"{one}.{two}.{three}",
            f"v{one}.{two}",
            f"v{one}.{two}.{three}.{draw.randint(1000, 30000)}",
            f"{one}.{two}-beta.{three}",
        )
    )


def _ean_code(draw: random.Random, _language: str, _country: str) -> str:
    head = draw.choice(_GS1_PREFIXES) + draw_digits(draw, 10)
    return head + ean.calc_check_digit(head)


def _isbn_code(draw: random.Random, _language: str, _country: str) -> str:
    head = f"978{draw.choice('0123')}{draw_digits(draw, 8)}"
    number = head + ean.calc_check_digit(head)
    return draw.choice((number, isbn.format(number), isbn.to_isbn10(number)))


def _article(draw: random.Random, _language: str, _country: str) -> str:
    letters = "".join(draw.choices("ABDEFGHKLMNPRSTX", k=2))
    forms = (
        f"{letters}-{draw_digits(draw, 4)}",
        f"{letters[0]}{draw_digits(draw, 3)}.{draw_digits(draw, 3)}.{draw_digits(draw, 2)}",
    )
    return draw.choice(
        (
            *forms,
            f"{draw_digits(draw, 3)}.{draw_digits(draw, 3)}.{draw_digits(draw, 2)}",
            f"{letters}{draw_digits(draw, 3)}/{letters[0]}",
        )
    )


def _room(draw: random.Random, _language: str, _country: str) -> str:
    return draw.choice(
        (
            f"{draw.randint(1, 4)}.{draw.randint(1, 60):02d}",
            f"{draw.choice('ABC')}{draw.randint(100, 460)}",
            f"{draw.randint(100, 499)}",
        )
    )


def _amount(draw: random.Random, _language: str, _country: str) -> str:
    number = f"{draw.randint(10_000, 99_999_999):,}"
    return number.replace(",", draw.choice(". ,'"))


LOOK_ALIKES: dict[str, Callable[[random.Random, str, str], str]] = {
    "amount": _amount,
    "brand": lambda draw, _language, _country: draw.choice(_BRANDS),
    "chess": lambda draw, _language, _country: draw.choice(_MOVES),
    "city": lambda draw, _language, country: draw_town(draw, country),
    "date": lambda draw, language, _country: draw_day(draw, language),
    "ean": _ean_code,
    "flight": lambda draw, _language, _country: (
        f"{draw.choice(_CARRIERS)}{draw.choice(('', ' '))}{draw.randint(100, 9999)}"
    ),
    "isbn": _isbn_code,
    "n": lambda draw, _language, _country: str(draw.randint(2, 99)),
    "order": _order,
    "price": _price,
    "room": _room,
    "score": lambda draw, _language, _country: f"{draw.randint(0, 9)}{draw.choice(':-')}{draw.randint(0, 9)}",
    "sku": _article,
    "thing": lambda draw, _language, _country: draw.choice(_THINGS),
    "time": lambda draw, _language, _country: (
        f"{draw.randint(6, 22)}{draw.choice(':.')}{draw.choice(('00', '15', '30', '45'))}"
    ),
    "tracking": _tracking,
    "version": _version,
    "year": lambda draw, _language, _country: str(draw.randint(1950, 2025)),
}
"""The slots of clean carriers: each draws a text for a language and a country."""
