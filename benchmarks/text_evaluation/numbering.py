"""Numbers that identify a person: telephones, cards, accounts and national ids, with their check digits.

Every number is random and valid by the published rule: phones by libphonenumber's plans, the others by the sources
named at each rule. Nobody is looked up: that one of them belongs to somebody is chance.
"""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum import iban, luhn, verhoeff
from stdnum.at import vnr
from stdnum.bg import egn
from stdnum.cy import vat as cypriot_tax
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.ee import ik
from stdnum.es import ccc, dni, nie
from stdnum.fr import nir
from stdnum.gr import vat as afm
from stdnum.hr import oib
from stdnum.ie import pps
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ro import cnp
from stdnum.si import emso

from text_evaluation.posts import Label, Value

_MOST_DRAWS = 400


def draw_digits(draw: random.Random, count: int) -> str:
    """Draw digits; the first may be a zero."""
    return "".join(draw.choices(string.digits, k=count))


def _first_valid(make: Callable[[], str], is_valid: Callable[[str], bool]) -> str:
    """Draw until the rule accepts: for rules that forbid some numbers beside the check digit."""
    return next(number for number in (make() for _ in range(_MOST_DRAWS)) if is_valid(number))


def blocks(text: str, *sizes: int, by: str = " ") -> str:
    """Write a number in blocks of these sizes; the last size repeats."""
    pieces, start, sizes_left = [], 0, list(sizes)
    while start < len(text):
        size = sizes_left.pop(0) if len(sizes_left) > 1 else sizes_left[0]
        pieces.append(text[start : start + size])
        start += size
    return by.join(pieces)


# --------------------------------------------------------------------------------------------------------------- phones
@cache
def _examples(region: str) -> tuple[tuple[int, str], ...]:
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
    found = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    return tuple(
        (number.country_code or 0, phonenumbers.national_significant_number(number))
        for number in found
        if number is not None
    )


def draw_phone_number(draw: random.Random, region: str) -> phonenumbers.PhoneNumber:
    """Draw a valid mobile or fixed-line number of the region."""
    code, example = draw.choice(_examples(region))
    for kept in (2, 3, 4, len(example) - 3):
        for _ in range(20):
            national = example[:kept] + draw_digits(draw, len(example) - kept)
            number = phonenumbers.parse(f"+{code}{national}")
            if phonenumbers.is_valid_number_for_region(number, region):
                return number
    return phonenumbers.parse(f"+{code}{example}")


def draw_phone(draw: random.Random, region: str, *, at_home: bool) -> Value:
    """Draw a number as written at home (national or international) or abroad (international alone)."""
    number = draw_phone_number(draw, region)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    written = [international, international.replace(" ", ""), f"00{international.replace(' ', '')[1:]}"]
    written += [international.replace(" ", draw.choice("-.")), f"00{international[1:]}"]
    code, _, rest = international.partition(" ")
    solid = "".join(filter(str.isdigit, national))
    if solid == f"0{phonenumbers.national_significant_number(number)}":
        written.append(f"{code} (0){draw.choice(('', ' '))}{rest}")
    if at_home:
        bare = national.replace("(", "").replace(")", "")
        head, _, tail = bare.partition(" ")
        written += [national, bare, solid, bare.replace(" ", draw.choice("-./")), blocks(solid, 2)]
        written += [blocks(solid, 3), f"{head}/{tail.replace(' ', '')}" if tail else solid]
        if head.isdigit() and tail:
            written.append(f"({head}) {tail}")
    return Value(text=draw.choice(written), label=Label.PHONE)


# ---------------------------------------------------------------------------------------------------------------- cards
# ISO/IEC 7812 ranges of the schemes, and the lengths that they issue.
_SCHEMES: tuple[tuple[tuple[int, int], tuple[int, ...]], ...] = (
    ((4, 4), (16, 16, 16, 19)),
    *(((51, 55), (16,)), ((2221, 2720), (16,)), ((2221, 2720), (16,))),
    *(((34, 34), (15,)), ((37, 37), (15,)), ((300, 305), (14,)), ((36, 36), (14,))),
    *(((6011, 6011), (16,)), ((650, 659), (16,)), ((3528, 3589), (16,)), ((62, 62), (16, 19))),
    *(((6304, 6304), (16, 18)), ((6759, 6759), (12, 16, 16, 19)), ((5018, 5018), (13, 16, 16)), ((5600, 5899), (16,))),
)


def draw_card(draw: random.Random) -> Value:
    """Draw a card number of any scheme, its last digit by Luhn, solid or in the groups printed on the card."""
    (lowest, highest), lengths = draw.choice(_SCHEMES)
    prefix = str(draw.randint(lowest, highest))
    length = draw.choice(lengths)
    body = prefix + draw_digits(draw, length - len(prefix) - 1)
    number = body + luhn.calc_check_digit(body)
    sizes = (4, 6, 5) if len(number) in {14, 15} else (4,)
    written = (number, blocks(number, *sizes), blocks(number, *sizes), blocks(number, *sizes, by="-"))
    return Value(text=draw.choice(written), label=Label.CREDIT_CARD)


# ------------------------------------------------------------------------------------------------------------- accounts
# The SWIFT registry's basic account numbers: n digits, a capital letters, c either.
IBAN_STRUCTURES = {
    "AT": "16n", "BE": "12n", "BG": "4a6n8c", "CY": "8n16c", "CZ": "20n", "DE": "18n", "DK": "14n", "EE": "16n",
    "ES": "20n", "FI": "14n", "FR": "10n11c2n", "GR": "7n16c", "HR": "17n", "HU": "24n", "IE": "4a14n",
    "IT": "1a10n12c", "LT": "16n", "LU": "3n13c", "LV": "4a13c", "MT": "4a5n18c", "NL": "4a10n", "PL": "24n",
    "PT": "21n", "RO": "4a16c", "SE": "20n", "SI": "15n", "SK": "20n",
}  # fmt: skip


def draw_iban_number(draw: random.Random, country: str) -> str:
    """Draw a valid IBAN of the country, solid; Belgian ones are of a bank that exists."""
    return _first_valid(lambda: _any_iban_number(draw, country), iban.is_valid)


def _any_iban_number(draw: random.Random, country: str) -> str:
    """Draw an account by its structure; Belgian and Spanish ones have check digits of their own as well."""
    account, count = "", ""
    for sign in IBAN_STRUCTURES[country]:
        if sign.isdigit():
            count += sign
            continue
        letters = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits * 3 + string.ascii_uppercase}
        account += "".join(draw.choices(letters[sign], k=int(count)))
        count = ""
    if country == "BE":
        account = account[:10] + f"{int(account[:10]) % 97 or 97:02d}"
    if country == "ES":
        account = account[:8] + ccc.calc_check_digits(account) + account[10:]
    return country + iban.calc_check_digits(f"{country}00{account}") + account


def draw_iban(draw: random.Random, country: str) -> Value:
    """Draw an IBAN in blocks of four, solid, or with hyphens."""
    number = draw_iban_number(draw, country)
    written = (number, blocks(number, 4), blocks(number, 4), blocks(number, 4, by="-"))
    return Value(text=draw.choice(written), label=Label.IBAN)


# --------------------------------------------------------------------------------------------------------- national ids
def _day(draw: random.Random) -> tuple[int, int, int]:
    return draw.randint(1935, 2007), draw.randint(1, 12), draw.randint(1, 28)


def _birth(draw: random.Random, written: str) -> str:
    year, month, day = _day(draw)
    return written.format(yyyy=f"{year:04d}", yy=f"{year % 100:02d}", mm=f"{month:02d}", dd=f"{day:02d}")


def _austrian(draw: random.Random) -> str:
    def make() -> str:
        number = f"{draw.randint(1, 9)}{draw_digits(draw, 2)}0{_birth(draw, '{dd}{mm}{yy}')}"
        return number[:3] + vnr.calc_check_digit(number) + number[4:]

    return _first_valid(make, vnr.is_valid)


def _belgian(draw: random.Random) -> str:
    year, month, day = _day(draw)
    head = f"{year % 100:02d}{month:02d}{day:02d}{draw.randint(1, 997):03d}"
    # Royal decree of 3 April 1984: the number modulo 97, with a 2 before it for those born from 2000 on.
    return head + f"{97 - int(('2' if year >= 2000 else '') + head) % 97:02d}"


def _bulgarian(draw: random.Random) -> str:
    year, month, day = _day(draw)
    head = f"{year % 100:02d}{month + (40 if year >= 2000 else 0):02d}{day:02d}{draw_digits(draw, 3)}"
    return head + egn.calc_check_digit(head)


def _czech(draw: random.Random) -> str:
    def make() -> str:
        year, month, day = draw.randint(1955, 2007), draw.randint(1, 12), draw.randint(1, 28)
        head = f"{year % 100:02d}{month + draw.choice((0, 50)):02d}{day:02d}{draw_digits(draw, 3)}"
        return head + str(int(head) % 11 % 10)

    return _first_valid(make, rc.is_valid)


def _danish(draw: random.Random) -> str:
    # Since 2007 the last digit need not fit modulo 11 (Danish civil registration office).
    return _birth(draw, "{dd}{mm}{yy}") + f"{draw.randint(0, 3)}{draw_digits(draw, 3)}"


def _estonian(draw: random.Random) -> str:
    year, month, day = _day(draw)
    century = (3 if year < 2000 else 5) + draw.randint(0, 1)
    head = f"{century}{year % 100:02d}{month:02d}{day:02d}{draw_digits(draw, 3)}"
    return head + ik.calc_check_digit(f"{head}?")


def _finnish(draw: random.Random) -> str:
    year, month, day = _day(draw)
    head = f"{day:02d}{month:02d}{year % 100:02d}"
    number = f"{draw.randint(2, 899):03d}"
    sign = "-" if year < 2000 else "A"
    return head + sign + number + "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(head + number) % 31]


def _french(draw: random.Random) -> str:
    year, month, _ = _day(draw)
    head = f"{draw.randint(1, 2)}{year % 100:02d}{month:02d}{draw.randint(10, 19):02d}{draw.randint(1, 400):03d}"
    head += f"{draw.randint(1, 999):03d}"
    return head + nir.calc_check_digits(head)


def _german(draw: random.Random) -> str:
    def make() -> str:
        head = str(draw.randint(1, 9)) + draw_digits(draw, 9)
        for last in string.digits:
            if idnr.is_valid(head + last):
                return head + last
        return ""

    return _first_valid(make, idnr.is_valid)


def _greek_tax(draw: random.Random) -> str:
    head = draw_digits(draw, 8)
    return head + afm.calc_check_digit(head)


def _greek_insurance(draw: random.Random) -> str:
    head = _birth(draw, "{dd}{mm}{yy}") + draw_digits(draw, 4)
    return head + luhn.calc_check_digit(head)


def _hungarian_insurance(draw: random.Random) -> str:
    """Draw a TAJ number (Act LXXX of 1997)."""
    head = draw_digits(draw, 8)
    return head + str(sum(int(digit) * (3, 7)[place % 2] for place, digit in enumerate(head)) % 10)


def _hungarian(draw: random.Random) -> str:
    """Draw a személyi azonosító (Act XX of 1996)."""
    while True:
        year, month, day = _day(draw)
        sex = draw.randint(1, 2) + (0 if year < 2000 else 2)
        head = f"{sex}{year % 100:02d}{month:02d}{day:02d}{draw_digits(draw, 3)}"
        # Born before 1997: weights 1 to 10; later: 10 to 1.
        weights = range(1, 11) if year < 1997 else range(10, 0, -1)
        check = sum(int(digit) * weight for digit, weight in zip(head, weights, strict=True)) % 11
        # There is no such digit as 10: a number that would need it is not given.
        if check <= 9:
            return head + str(check)


def _italian(draw: random.Random) -> str:
    year, month, day = _day(draw)
    consonants = "BCDFGLMNPRSTVZ"
    head = "".join(draw.choices(consonants, k=6)) + f"{year % 100:02d}{'ABCDEHLMPRST'[month - 1]}"
    head += f"{day + draw.choice((0, 40)):02d}{draw.choice('ABCDEFGHIL')}{draw.randint(100, 999)}"
    return head + codicefiscale.calc_check_digit(head)


def _luxembourgish(draw: random.Random) -> str:
    """Draw a national identification number: Luhn, then Verhoeff, both over the first eleven digits (act of 2013)."""
    head = _birth(draw, "{yyyy}{mm}{dd}") + draw_digits(draw, 3)
    return head + luhn.calc_check_digit(head) + verhoeff.calc_check_digit(head)


def _latvian(draw: random.Random) -> str:
    """Draw a personas kods: of the old kind, with the date of birth, or of the kind of 2017 that begins with 32."""
    old = _birth(draw, "{dd}{mm}{yy}") + draw.choice("12") + draw_digits(draw, 3)
    head = f"32{draw_digits(draw, 8)}" if draw.random() < 0.2 else old
    weights = (10, 5, 8, 4, 2, 1, 6, 3, 7, 9)
    check = 1 + sum(int(digit) * weight for digit, weight in zip(head, weights, strict=True))
    return head + str(check % 11 % 10)


def _dutch(draw: random.Random) -> str:
    return _first_valid(lambda: str(draw.randint(1, 9)) + draw_digits(draw, 8), bsn.is_valid)


def _polish(draw: random.Random) -> str:
    year, month, day = _day(draw)
    head = f"{year % 100:02d}{month + (20 if year >= 2000 else 0):02d}{day:02d}{draw_digits(draw, 4)}"
    return head + pesel.calc_check_digit(head)


def _romanian(draw: random.Random) -> str:
    def make() -> str:
        year, month, day = _day(draw)
        sex = draw.randint(1, 2) + (0 if year < 2000 else 4)
        head = f"{sex}{year % 100:02d}{month:02d}{day:02d}{draw.randint(1, 40):02d}{draw.randint(1, 999):03d}"
        return head + cnp.calc_check_digit(head)

    return _first_valid(make, cnp.is_valid)


def _slovene(draw: random.Random) -> str:
    def make() -> str:
        year, month, day = _day(draw)
        head = f"{day:02d}{month:02d}{year % 1000:03d}50{draw_digits(draw, 3)}"
        return head + emso.calc_check_digit(head)

    return _first_valid(make, emso.is_valid)


def _spanish(draw: random.Random) -> str:
    head = draw_digits(draw, 8)
    return head + dni.calc_check_digit(head)


def _foreigner_in_spain(draw: random.Random) -> str:
    head = draw.choice("XYZ") + draw_digits(draw, 7)
    return head + nie.calc_check_digit(head)


def _swedish(draw: random.Random) -> str:
    head = _birth(draw, "{yy}{mm}{dd}") + draw_digits(draw, 3)
    return head + luhn.calc_check_digit(head)


def _cypriot(draw: random.Random) -> str:
    def make() -> str:
        head = draw.choice("01359") + draw_digits(draw, 7)
        return head + cypriot_tax.calc_check_digit(head)

    return _first_valid(make, cypriot_tax.is_valid)


def _irish(draw: random.Random) -> str:
    head = draw_digits(draw, 7)
    second = draw.choice(("", "A", "W"))
    return next(number for letter in string.ascii_uppercase if pps.is_valid(number := head + letter + second))


def _croatian(draw: random.Random) -> str:
    head = str(draw.randint(1, 9)) + draw_digits(draw, 9)
    return head + next(last for last in string.digits if oib.is_valid(head + last))


def _portuguese(draw: random.Random) -> str:
    head = draw.choice("123") + draw_digits(draw, 7)
    return head + nif.calc_check_digit(head)


def _maltese(draw: random.Random) -> str:
    # Identity Card Act: a running number of the year and a letter; there is no check digit.
    return draw_digits(draw, 7) + draw.choice("MGAPLHBZ")


def _solid(number: str) -> tuple[str, ...]:
    return (number,)


Writer: TypeAlias = Callable[[str], tuple[str, ...]]


def _grouped(*sizes: int, by: str = " ") -> Writer:
    return lambda number: (number, blocks(number, *sizes, by=by))


def _belgian_forms(number: str) -> tuple[str, ...]:
    date, rest, check = blocks(number[:6], 2, by="."), number[6:9], number[9:]
    return (number, f"{date}-{rest}.{check}", f"{date}-{rest}.{check}", f"{number[:6]}-{rest}-{check}")


def _french_forms(number: str) -> tuple[str, ...]:
    spaced = f"{number[0]} {blocks(number[1:5], 2)} {number[5:7]} {blocks(number[7:13], 3)} {number[13:]}"
    return (number, spaced, spaced)


def _hungarian_forms(number: str) -> tuple[str, ...]:
    return (number, f"{number[0]}-{number[1:7]}-{number[7:]}", f"{number[0]} {number[1:7]} {number[7:]}")


def _spanish_forms(number: str) -> tuple[str, ...]:
    return (number, number, f"{number[:-1]}-{number[-1]}", f"{number[:-1]} {number[-1]}")


def _swedish_forms(number: str) -> tuple[str, ...]:
    century = "20" if number[:2] < "08" else "19"
    return (f"{number[:6]}-{number[6:]}", f"{century}{number}", f"{century}{number[:6]}-{number[6:]}", number)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityNumber:
    """A kind of personal number: how it is drawn and written, and what people call it."""

    make: Callable[[random.Random], str]
    write: Writer
    cues: tuple[str, ...]


def _number(make: Callable[[random.Random], str], write: Writer, cues: str) -> IdentityNumber:
    return IdentityNumber(make=make, write=write, cues=tuple(cues.split("|")))


NATIONAL_IDS: dict[str, tuple[IdentityNumber, ...]] = {
    "AT": (_number(_austrian, _grouped(4, 6), "SVNR|Sozialversicherungsnummer|SV-Nummer"),),
    "BE": (_number(_belgian, _belgian_forms, "rijksregisternummer|NISS|INSZ|numéro national"),),
    "BG": (_number(_bulgarian, _solid, "ЕГН|егн"),),
    "CY": (_number(_cypriot, _solid, "ΑΦΜ|TIC"),),
    "CZ": (_number(_czech, _grouped(6, 4, by="/"), "rodné číslo|RČ|rč"),),
    "DE": (_number(_german, _grouped(2, 3), "Steuer-ID|IdNr|steuerid|Identifikationsnummer"),),
    "DK": (_number(_danish, _grouped(6, 4, by="-"), "CPR|cpr-nummer|CPR-nr."),),
    "EE": (_number(_estonian, _solid, "isikukood|isikukoodi"),),
    "ES": (_number(_spanish, _spanish_forms, "DNI|dni|NIF"), _number(_foreigner_in_spain, _spanish_forms, "NIE|nie")),
    "FI": (_number(_finnish, _solid, "hetu|henkilötunnus|HETU"),),
    "FR": (_number(_french, _french_forms, "numéro de sécu|NIR|n° de sécurité sociale"),),
    "GR": (_number(_greek_tax, _solid, "ΑΦΜ|αφμ"), _number(_greek_insurance, _solid, "ΑΜΚΑ|αμκα")),
    "HR": (_number(_croatian, _solid, "OIB|oib"),),
    "HU": (
        _number(_hungarian, _hungarian_forms, "személyi szám|személyi azonosító"),
        _number(_hungarian_insurance, _grouped(3), "TAJ|taj szám"),
    ),
    "IE": (_number(_irish, _solid, "PPS|PPSN|pps number"),),
    "IT": (_number(_italian, _grouped(3, 3, 5, 5), "codice fiscale|CF|cod. fisc."),),
    "LT": (_number(_estonian, _solid, "asmens kodas|asmens kodą"),),
    "LU": (_number(_luxembourgish, _grouped(8, 5), "matricule|Matricule"),),
    "LV": (_number(_latvian, _grouped(6, 5, by="-"), "personas kods|personas kodu"),),
    "MT": (_number(_maltese, _solid, "ID card|karta tal-identità"),),
    "NL": (_number(_dutch, _grouped(4, 2, 3, by="."), "BSN|bsn|BSN-nummer"),),
    "PL": (_number(_polish, _solid, "PESEL|pesel"),),
    "PT": (_number(_portuguese, _grouped(3), "NIF|contribuinte|nif"),),
    "RO": (_number(_romanian, _solid, "CNP|cnp"),),
    "SE": (_number(_swedish, _swedish_forms, "personnummer|pnr"),),
    "SI": (_number(_slovene, _solid, "EMŠO|emšo"),),
    "SK": (_number(_czech, _grouped(6, 4, by="/"), "rodné číslo|RČ"),),
}


def draw_national_id(draw: random.Random, country: str) -> tuple[str, Value]:
    """Draw a personal number of the country in one of the ways that it is written there, and what people call it."""
    kind = draw.choice(NATIONAL_IDS[country])
    return draw.choice(kind.cues), Value(text=draw.choice(kind.write(kind.make(draw))), label=Label.NATIONAL_ID)
