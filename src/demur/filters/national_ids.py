"""The personal identity numbers of the member states of the European Union, as data.

Check digits come from python-stdnum; what it lacks (Hungary, Luxembourg, Latvia, the German insurance number, identity
cards) is written here from the published rules. A number whose check digit lets one random number in ten pass needs a
cue word, the grouping that people know it by, or a text in a language of its country.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from stdnum import luhn, verhoeff
from stdnum.at import vnr
from stdnum.be import bis, nn
from stdnum.bg import egn
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu
from stdnum.fr import nif as fr_nif
from stdnum.fr import nir
from stdnum.gr import amka
from stdnum.gr import vat as afm
from stdnum.hr import oib
from stdnum.ie import pps
from stdnum.it import codicefiscale
from stdnum.lt import asmens
from stdnum.nl import bsn
from stdnum.pl import nip, pesel
from stdnum.pt import cc
from stdnum.pt import nif as pt_nif
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.si import emso


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalId:
    """One kind of identity number: how it is written and how its check digit is verified.

    `grouped` is a way of writing that is evidence enough; `stands_alone` says that bare digits are, too.
    """

    country: str
    lengths: tuple[int, ...] = ()
    languages: tuple[str, ...]
    written: re.Pattern[str]
    grouped: re.Pattern[str] | None = None
    is_valid: Callable[[str], bool]
    stands_alone: bool = False

    def is_trusted(self, number: str, language: str | None) -> bool:
        """Tell whether the way of writing, the check digit or the language is evidence enough without a cue word."""
        if self.stands_alone or language in self.languages:
            return True
        return self.grouped is not None and self.grouped.fullmatch(number) is not None


_NINE, _ELEVEN = 9, 11


def _weighted(number: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def is_hungarian_personal_id(number: str) -> bool:
    """Check the eleven digits of the személyi azonosító: century, birth date, sum modulo 11 (Act XX of 1996)."""
    digits = re.sub(r"\D", "", number)
    if len(digits) != _ELEVEN or digits[0] == "0" or not _is_day(2000, int(digits[3:5]), int(digits[5:7])):
        return False
    ascending = _weighted(digits[:10], tuple(range(1, 11))) % 11
    descending = _weighted(digits[:10], tuple(range(10, 0, -1))) % 11
    return int(digits[10]) in {ascending, descending}


def is_hungarian_tax_id(number: str) -> bool:
    """Check the ten digits of the adóazonosító jel: it starts with 8, sum modulo 11."""
    return number[0] == "8" and _weighted(number[:9], tuple(range(1, 10))) % 11 == int(number[9])


def is_hungarian_insurance_id(number: str) -> bool:
    """Check the nine digits of the TAJ number: weights 3 and 7, sum modulo 10."""
    digits = re.sub(r"\D", "", number)
    return len(digits) == _NINE and _weighted(digits[:8], (3, 7) * 4) % 10 == int(digits[8])


def is_luxembourgish_id(number: str) -> bool:
    """Check the thirteen digits of the matricule: birth date, a Luhn and a Verhoeff digit over the first eleven."""
    is_date = _is_day(int(number[:4]), int(number[4:6]), int(number[6:8]))
    return is_date and luhn.is_valid(number[:12]) and verhoeff.is_valid(number[:11] + number[12])


def is_latvian_id(number: str) -> bool:
    """Check the personas kods: the form since 2017 (32...) has no check digit, the older one holds the birth date."""
    digits = re.sub(r"\D", "", number)
    if len(digits) != _ELEVEN:
        return False
    if digits.startswith("32"):
        return True
    weights = (10, 5, 8, 4, 2, 1, 6, 3, 7, 9)
    is_date = _is_day(2000, int(digits[2:4]), int(digits[:2]))
    return is_date and (1 + _weighted(digits[:10], weights)) % 11 % 10 == int(digits[10])


def is_german_insurance_id(number: str) -> bool:
    """Check the Rentenversicherungsnummer: area, birth date, initial as two digits, cross sum modulo 10 (VKVV 2)."""
    plain = re.sub(r"[\W_]", "", number).upper()
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", plain):
        return False
    digits = f"{plain[:8]}{ord(plain[8]) - 64:02d}{plain[9:11]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(digits, weights, strict=True))
    return total % 10 == int(plain[11])


def is_identity_card(number: str) -> bool:
    """Check a machine-readable document number with its digit at the end: weights 7, 3, 1 (ICAO Doc 9303)."""
    values = [int(character, 36) for character in re.sub(r"[\W_]", "", number)]
    return sum(value * (7, 3, 1)[index % 3] for index, value in enumerate(values[:-1])) % 10 == values[-1]


def is_polish_identity_card(number: str) -> bool:
    """Check a dowód osobisty: three letters and six digits of which the first is the check digit."""
    plain = re.sub(r"[\W_]", "", number)
    values = [int(character, 36) for character in plain]
    rest = values[:3] + values[4:]
    return sum(value * weight for value, weight in zip(rest, (7, 3, 1, 7, 3, 1, 7, 3), strict=True)) % 10 == values[3]


def _is_dated_cpr(number: str) -> bool:
    """Check the date only: Denmark issues numbers without a valid check digit since 2007."""
    try:
        cpr.get_birth_date(cpr.compact(number))
    except (ValidationError, ValueError):
        return False
    return True


def _is_personnummer(number: str) -> bool:
    compact = re.sub(r"[ ]", "", number)
    return personnummer.is_valid(compact if re.search(r"[-+]", compact) else f"{compact[:-4]}-{compact[-4:]}")


def _accept(number: str) -> bool:
    """Accept a number that has no check digit."""
    return bool(number)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_NINE_DIGITS, _TEN_DIGITS, _ELEVEN_DIGITS, _THIRTEEN_DIGITS = (
    _pattern(rf"\d{{{length}}}") for length in (9, 10, 11, 13)
)

# The numbers that are digits with separators only.
NUMERIC_IDS: tuple[NationalId, ...] = (
    NationalId(
        country="BE",
        lengths=(11,),
        languages=("nl", "fr", "de"),
        written=_pattern(r"\d{2}\.?\d{2}\.?\d{2}[ -]?\d{3}[ .-]?\d{2}"),
        is_valid=lambda number: nn.is_valid(number) or bis.is_valid(number),
        stands_alone=True,
    ),
    NationalId(country="BG", lengths=(10,), languages=("bg",), written=_TEN_DIGITS, is_valid=egn.is_valid),
    NationalId(
        country="CZ",
        lengths=(9, 10),
        languages=("cs", "sk"),
        written=_pattern(r"\d{6}[ /]{0,3}\d{3,4}"),
        grouped=_pattern(r"\d{6} ?/ ?\d{3,4}"),
        is_valid=rc.is_valid,
    ),
    NationalId(
        country="DK",
        lengths=(10,),
        languages=(),
        written=_pattern(r"\d{6}[ -]{0,3}\d{4}"),
        grouped=_pattern(r"\d{6} ?- ?\d{4}"),
        is_valid=_is_dated_cpr,
    ),
    NationalId(
        country="DE",
        lengths=(11,),
        languages=("de",),
        written=_pattern(r"\d{11}|\d{2} \d{3} \d{3} \d{3}"),
        grouped=_pattern(r"\d{2} \d{3} \d{3} \d{3}"),
        is_valid=idnr.is_valid,
    ),
    NationalId(
        country="EE", lengths=(11,), languages=("et",), written=_ELEVEN_DIGITS, is_valid=ik.is_valid, stands_alone=True
    ),
    NationalId(
        country="LT",
        lengths=(11,),
        languages=("lt",),
        written=_ELEVEN_DIGITS,
        is_valid=asmens.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="FR",
        lengths=(13,),
        languages=(),
        written=_pattern(r"\d{13}|\d{2}( \d{2}|( \d{3}){3}){1,4}"),
        is_valid=fr_nif.is_valid,
    ),
    NationalId(
        country="FR",
        lengths=(15,),
        languages=("fr",),
        written=_pattern(r"[1-478] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?[ /|-]{0,3}\d{2}"),
        is_valid=nir.is_valid,
        stands_alone=True,
    ),
    NationalId(country="GR", lengths=(11,), languages=("el",), written=_ELEVEN_DIGITS, is_valid=amka.is_valid),
    NationalId(country="GR", lengths=(9,), languages=(), written=_NINE_DIGITS, is_valid=afm.is_valid),
    NationalId(country="HR", lengths=(11,), languages=("hr",), written=_ELEVEN_DIGITS, is_valid=oib.is_valid),
    NationalId(
        country="HU",
        lengths=(11,),
        languages=("hu",),
        written=_pattern(r"\d[ -]?\d{6}[ -]?\d{4}"),
        grouped=_pattern(r"\d[ -]\d{6}[ -]\d{4}"),
        is_valid=is_hungarian_personal_id,
    ),
    NationalId(country="HU", lengths=(10,), languages=("hu",), written=_TEN_DIGITS, is_valid=is_hungarian_tax_id),
    NationalId(
        country="HU",
        lengths=(9,),
        languages=(),
        written=_pattern(r"\d{3}[ -]?\d{3}[ -]?\d{3}"),
        is_valid=is_hungarian_insurance_id,
    ),
    NationalId(
        country="LU",
        lengths=(13,),
        languages=("lb",),
        written=_THIRTEEN_DIGITS,
        is_valid=is_luxembourgish_id,
        stands_alone=True,
    ),
    NationalId(
        country="LV",
        lengths=(11,),
        languages=("lv",),
        written=_pattern(r"\d{6}[ -]{0,3}\d{5}"),
        grouped=_pattern(r"\d{6} ?- ?\d{5}"),
        is_valid=is_latvian_id,
    ),
    NationalId(
        country="NL",
        lengths=(8, 9),
        languages=(),
        written=_pattern(r"\d{4}[. ]?\d{2}[. ]?\d{3}|\d{8}|\d{3} \d{3} \d{3}"),
        is_valid=bsn.is_valid,
    ),
    NationalId(
        country="PL",
        lengths=(11,),
        languages=("pl",),
        written=_ELEVEN_DIGITS,
        is_valid=pesel.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="PL",
        lengths=(10,),
        languages=(),
        written=_pattern(r"\d{3}[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}|\d{10}"),
        is_valid=nip.is_valid,
    ),
    NationalId(
        country="PT", lengths=(9,), languages=(), written=_pattern(r"\d{3} ?\d{3} ?\d{3}"), is_valid=pt_nif.is_valid
    ),
    NationalId(
        country="RO",
        lengths=(13,),
        languages=("ro",),
        written=_THIRTEEN_DIGITS,
        is_valid=cnp.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="SI",
        lengths=(13,),
        languages=("sl", "hr"),
        written=_THIRTEEN_DIGITS,
        is_valid=emso.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="AT",
        lengths=(10,),
        languages=(),
        written=_pattern(r"\d{4} ?\d{6}"),
        grouped=_pattern(r"\d{4} \d{6}"),
        is_valid=vnr.is_valid,
    ),
    NationalId(
        country="SE",
        lengths=(10, 12),
        languages=("sv", "fi"),
        written=_pattern(r"(?:\d{2})?\d{6} ?[-+]? ?\d{4}"),
        grouped=_pattern(r"(?:\d{2})?\d{6} ?[-+] ?\d{4}|(?:19|20)\d{10}"),
        is_valid=_is_personnummer,
    ),
)


# The numbers that hold a letter, which makes their form evidence by itself.
LETTERED_IDS: tuple[NationalId, ...] = (
    NationalId(
        country="IT",
        languages=("it",),
        written=_pattern(
            r"(?:[A-Z] ?){6}(?:[0-9LMNP-V] ?){2}[A-Z] ?(?:[0-9LMNP-V] ?){2}[A-Z] ?(?:[0-9LMNP-V] ?){3}[A-Z]"
        ),
        is_valid=lambda number: codicefiscale.is_valid(number.replace(" ", "")),
        stands_alone=True,
    ),
    NationalId(
        country="ES",
        languages=("es",),
        written=_pattern(r"\d{2}\.?\d{3}\.?\d{3}[ -]?[A-Z]"),
        is_valid=dni.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="ES",
        languages=("es",),
        written=_pattern(r"[XYZ][ -]?\d\.?\d{3}\.?\d{3}[ -]?[A-Z]"),
        is_valid=nie.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="IE",
        languages=("en", "ga"),
        written=_pattern(r"\d{7} ?[A-W][A-IWTX]?"),
        is_valid=pps.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="FI",
        languages=("fi", "sv"),
        written=_pattern(r"\d{6} ?[-+A-FU-Y] ?\d{3}[0-9A-Y]"),
        is_valid=hetu.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="FR",
        languages=("fr",),
        written=_pattern(r"[12] ?\d{2} ?\d{2} ?2[AB] ?\d{3} ?\d{3} ?\d{2}"),
        is_valid=lambda number: nir.is_valid(number.upper()),
        stands_alone=True,
    ),
    NationalId(
        country="PT",
        languages=("pt",),
        written=_pattern(r"\d{8} ?\d ?[A-Z]{2}\d"),
        is_valid=cc.is_valid,
        stands_alone=True,
    ),
    NationalId(
        country="DE",
        languages=("de",),
        written=_pattern(r"\d{2} ?\d{6} ?[A-Z] ?\d{3}"),
        is_valid=is_german_insurance_id,
        stands_alone=True,
    ),
    NationalId(
        country="DE",
        languages=(),
        written=_pattern(r"[CFGHJ-NPRTV-Z][0-9CFGHJ-NPRTV-Z]{8}\d"),
        is_valid=is_identity_card,
    ),
    NationalId(country="PL", languages=(), written=_pattern(r"[A-Z]{3} ?\d{6}"), is_valid=is_polish_identity_card),
    NationalId(country="BG", languages=(), written=_pattern(r"[A-Z]{2} ?\d{7}"), is_valid=_accept),
    NationalId(country="MT", languages=(), written=_pattern(r"\d{5,7} ?[MGAPLHBZ]"), is_valid=_accept),
    NationalId(country="CY", languages=(), written=_pattern(r"[0-9]{8} ?[A-Z]"), is_valid=_accept),
    NationalId(
        country="IT", languages=(), written=_pattern(r"[A-Z]{2} ?\d{5} ?[A-Z]{2}|[A-Z]{2} ?\d{7}"), is_valid=_accept
    ),
    NationalId(country="GR", languages=(), written=_pattern(r"[A-Z]{1,2} ?-?\d{6}"), is_valid=_accept),
    NationalId(country="FR", languages=(), written=_pattern(r"\d{2}[A-Z]{2}\d{5}"), is_valid=_accept),
)


PATTERNS = tuple(one.written for one in (*NUMERIC_IDS, *LETTERED_IDS)) + tuple(
    one.grouped for one in NUMERIC_IDS if one.grouped is not None
)
