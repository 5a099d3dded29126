"""Numbers that name a person, as patterns and tables: bank accounts, cards, dates, ways to write phones.

`number_kernel` reads runs of digits with them.
"""

import numpy as np
import numpy.typing as npt

from demur.filters.automata import Automaton, compile_patterns
from demur.filters.cues import AMOUNT_BEFORE, UNIT_AFTER

# ISO 13616 registry: country and length of its IBAN.
_IBAN_REGISTRY = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 "
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
IBAN_LENGTHS = {part[:2]: int(part[2:]) for part in _IBAN_REGISTRY.split()}


def iban_lengths() -> npt.NDArray[np.int32]:
    """Return the length of an IBAN of each country, at 26 times its first letter plus its second; 0 for none."""
    lengths = np.zeros(26 * 26, dtype=np.int32)
    for country, length in IBAN_LENGTHS.items():
        lengths[26 * (ord(country[0]) - ord("A")) + ord(country[1]) - ord("A")] = length
    return lengths


_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[6-9]|20|21)\d\d"
DATES = (
    *(rf"{_DAY} ?{sign} ?{_MONTH} ?{sign} ?(?:{_YEAR}|\d\d)" for sign in (r"\.", "/", r"\-")),
    *(rf"{_MONTH} ?{sign} ?{_DAY} ?{sign} ?{_YEAR}" for sign in (r"\.", "/", r"\-")),
    *(rf"{_YEAR}{sign}{_MONTH}{sign}{_DAY}" for sign in (r"\.", "/", r"\-")),
    rf"{_YEAR} ?[\-/] ?{_YEAR}",
)
# Issuer ranges (ISO/IEC 7812): Visa, Mastercard with its 2-series, American Express, Diners, Discover, JCB, UnionPay
# and Maestro.
ISSUERS = (
    r"4(?:\d{12}|\d{15}|\d{18})",
    r"5[1-5]\d{14}",
    r"2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}",
    r"3[47]\d{13}",
    r"3(?:0[0-5]|095|[689]\d)\d{11,16}",
    r"6(?:011|5\d\d|4[4-9]\d)\d{12,15}",
    r"35(?:2[89]|[3-8]\d)\d{12,15}",
    r"62\d{14,17}",
    r"(?:50|5[6-8]|6[0-9])(?:\d{10,11}|\d{14,17})",
)
AMOUNT = (r"\d{1,3}(?:[ .']\d{3})+",)
TIDY = (r"(?:\(\d+(?:[ \-]\d+)?\)|\d+)(?:(?: {1,2}|[\-./_]| - | / |)(?:\(\d+\)|\d+))*",)
# A round sum, an order of a year; dates; the ways in which goods are numbered.
DATE_LIKE = (
    r"\d(?:[.']\d{3}){2,3}|20[12]\d-\d{5,7}",
    *(rf"\d\d?{sign}\d\d?{sign}\d{{4}}" for sign in (r"\.", "/", r"\-")),
    r"[0-3]?\d [01]?\d (?:19|20)\d\d",
    r"\d{3}\.\d{3}\.\d{2}",
    # Numbers of acts, ranges, substances.
    r"(?:\d{1,5}/){1,2}(?:19|20)\d\d|(?:19|20)\d\d/\d{1,5}",
    r"\d{2,3}0 ?- ?\d{2,3}0|\d{1,3} 000 ?- ?\d{1,3} 000|(?:1\d|20)\d\d ?- ?(?:1\d|20)\d\d",
    r"\d{2,7}-\d\d-\d",
)


def number_automata() -> dict[str, Automaton]:
    """Compile the patterns, each under its name in `demur.filters.places.Part`."""
    return {
        "DATES": compile_patterns(DATES),
        "ISSUERS": compile_patterns(ISSUERS),
        "TIDY": compile_patterns(TIDY),
        "AMOUNT": compile_patterns(AMOUNT),
        "DATE_LIKE": compile_patterns(DATE_LIKE),
        "UNIT_AFTER": compile_patterns(UNIT_AFTER),
        "AMOUNT_BEFORE": compile_patterns([AMOUNT_BEFORE], is_backward=True),
    }
