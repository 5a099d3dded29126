"""Compare the compiled checks of identity numbers with python-stdnum, and with published numbers that it lacks."""

import random
import re
from collections.abc import Callable, Iterator
from re import _constants as code
from re import _parser as regex

import numpy as np
import pytest
from stdnum import luhn, verhoeff
from stdnum.at import vnr
from stdnum.be import bis, eid, nn
from stdnum.bg import egn, pnf
from stdnum.ch import ssn
from stdnum.cy import vat as cypriot
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu
from stdnum.fr import nif as french
from stdnum.fr import nir
from stdnum.gr import amka
from stdnum.gr import vat as greek
from stdnum.hr import oib
from stdnum.ie import pps
from stdnum.it import codicefiscale
from stdnum.lt import asmens
from stdnum.lv import pvn
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import nip, pesel
from stdnum.pt import cc
from stdnum.pt import nif as portuguese
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.si import ddv, emso

from demur.filters.compiling import outer
from demur.filters.id_kernel import Symbols, is_valid_id
from demur.filters.id_rules import BORN_FROM, BORN_UNTIL, IdRule
from demur.filters.identity_numbers import NATIONAL_IDS, NationalId


def keeps(rule: IdRule, number: str) -> bool:
    symbols = np.frombuffer(number.lower().encode("ascii"), dtype=np.uint8)
    return bool(_is_valid(int(rule), symbols))


@outer
def _is_valid(rule: int, symbols: Symbols) -> bool:
    return is_valid_id(rule, symbols, 0, len(symbols))


def written_like(pattern: str, chance: random.Random) -> str:
    """Write a random text that a pattern of our subset matches."""
    return "".join(_draw(regex.parse(pattern), chance))


def _draw(parts: object, chance: random.Random) -> Iterator[str]:
    for kind, argument in parts:  # type: ignore[attr-defined]
        if kind is code.LITERAL:
            yield chr(argument)
        elif kind is code.IN:
            yield chance.choice("".join(_members(argument)))
        elif kind is code.SUBPATTERN:
            yield from _draw(argument[-1], chance)
        elif kind is code.BRANCH:
            yield from _draw(chance.choice(argument[1]), chance)
        elif kind is code.MAX_REPEAT:
            least, most, inner = argument
            for _ in range(chance.randint(least, most)):
                yield from _draw(inner, chance)
        else:
            raise AssertionError(kind)


def _members(argument: object) -> Iterator[str]:
    for kind, value in argument:  # type: ignore[attr-defined]
        if kind is code.CATEGORY:
            yield "0123456789"
        elif kind is code.RANGE:
            yield "".join(map(chr, range(value[0], value[1] + 1)))
        else:
            yield chr(value)


def is_among_the_living(year: int) -> bool:
    return BORN_FROM <= year <= BORN_UNTIL


def born(module: object) -> Callable[[str], bool]:
    """Ask stdnum for the number and for the year of birth."""
    return lambda number: module.is_valid(number) and is_among_the_living(module.get_birth_date(number).year)  # type: ignore[attr-defined]


def is_belgian(number: str) -> bool:
    if int(number[4:6]) > 31 or 28 <= int(number[:2]) <= 35:  # stdnum asks the clock for the century
        return keeps(IdRule.BE_REGISTER, number)
    return nn.is_valid(number)


def is_bis(number: str) -> bool:
    if int(number[4:6]) > 31 or 28 <= int(number[:2]) <= 35:  # stdnum asks the clock for the century
        return keeps(IdRule.BE_BIS, number)
    return bis.is_valid(number)


def is_austrian(number: str) -> bool:
    return vnr.is_valid(number) and 1 <= int(number[4:6]) <= 31 and 1 <= int(number[6:8]) <= 15


def is_czech(number: str) -> bool:
    month = int(number[2:4]) % 50
    is_known = month <= 12 or 21 <= month <= 32  # stdnum also lets 41 to 49 pass
    return rc.is_valid(number) and is_known and is_among_the_living(rc.get_birth_date(number).year)


def is_danish(number: str) -> bool:
    try:
        return is_among_the_living(cpr.get_birth_date(number).year)
    except ValidationError:
        return False


def is_baltic(module: object) -> Callable[[str], bool]:
    return lambda number: module.is_valid(number) and is_among_the_living(ik.get_birth_date(number).year)  # type: ignore[attr-defined]


def is_finnish(number: str) -> bool:
    return hetu.is_valid(number) and (number[6] not in "abcdef" or int(number[4:6]) <= BORN_UNTIL % 100)


def is_french(number: str) -> bool:
    month = int(number[3:5])
    is_month = 1 <= month <= 12 or month == 20 or 30 <= month <= 42 or month >= 50
    return nir.is_valid(number) and is_month and number[5:7] != "00" and number[0] in "123478"


def is_italian(number: str) -> bool:
    try:
        day = int(re.sub("[LMNPQRSTUV]", lambda letter: str("LMNPQRSTUV".index(letter[0])), number.upper()[9:11]))
    except ValueError:
        return False
    return codicefiscale.is_valid(number) and day <= 71  # stdnum also lets 81 to 99 pass


def is_latvian(number: str) -> bool:
    return number[0] <= "3" and pvn.is_valid(number) and is_among_the_living(pvn.get_birth_date(number).year)


def is_luxembourgish(number: str) -> bool:
    """Write the two check digits down from their definitions: the first eleven digits by Luhn and by Verhoeff."""
    if not is_among_the_living(int(number[:4])) or not luhn.is_valid(number[:12]):
        return False
    month, day = int(number[4:6]), int(number[6:8])
    is_day = 1 <= month <= 12 and 1 <= day <= 28  # the numbers drawn below end the month at 28
    return is_day and verhoeff.is_valid(number[:11] + number[12])


def is_norwegian(number: str) -> bool:
    return number[:2] <= "71" and born(fodselsnummer)(number)


def is_romanian(number: str) -> bool:
    is_of_time = number[0] in "12789" or (number[0] in "56" and int(number[1:3]) <= BORN_UNTIL % 100)
    return cnp.is_valid(number) and is_of_time


def is_swedish(number: str) -> bool:
    day = int(number[-6:-4])
    usual = f"{number[:-6]}{day - 60:02}{number[-4:]}" if day > 60 else number  # coordination numbers
    with_year = usual if len(usual) == 12 else f"20{usual}"
    try:
        birth = personnummer.get_birth_date(f"{with_year[:-4]}-{with_year[-4:]}")
        return luhn.is_valid(number[-10:]) and (len(number) == 10 or is_among_the_living(birth.year))
    except ValidationError:
        return False


_YYMMDD = r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DDMMYY = r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d"
_YEARLY = r"(?:19\d\d|20[012]\d)(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])"

# Rule, what a likely number looks like (so that enough of them are right), and what stdnum says of it.
ORACLES = (
    (IdRule.AT_INSURANCE, rf"[1-9]\d{{3}}{_DDMMYY}", is_austrian),
    (IdRule.BE_REGISTER, rf"{_YYMMDD}\d{{5}}", is_belgian),
    (IdRule.BE_BIS, r"\d\d[2-5]\d[0-3]\d{6}", is_bis),
    (IdRule.BE_CARD, r"\d{12}", eid.is_valid),
    (IdRule.BG_CITIZEN, r"\d\d(?:[04][1-9]|[15][0-2])[0-2]\d{5}", born(egn)),
    (IdRule.BG_FOREIGNER, r"\d{10}", pnf.is_valid),
    (IdRule.CH_INSURANCE, r"75[5-7]\d{10}", ssn.is_valid),
    (IdRule.CY_TAX, r"[0-24]\d{7}[a-z]", cypriot.is_valid),
    (IdRule.CZ_BIRTH, r"\d\d[0-9][0-9][0-3]\d{4}\d?", is_czech),
    (IdRule.DE_TAX, r"[1-4][2-5][3-7][6-9]0[1-3][8][4-5][5-9]\d{2}", idnr.is_valid),
    (IdRule.DK_PERSON, rf"{_DDMMYY}\d{{4}}", is_danish),
    (IdRule.EE_PERSON, rf"[1-8]{_YYMMDD}\d{{4}}", is_baltic(ik)),
    (IdRule.EE_PERSON, rf"[1-8]{_YYMMDD}\d{{4}}", is_baltic(asmens)),
    (IdRule.LT_UNDATED, r"9\d{10}", asmens.is_valid),
    (IdRule.ES_CITIZEN, r"\d{8}[a-z]", dni.is_valid),
    (IdRule.ES_FOREIGNER, r"[xyz]\d{7}[a-z]", nie.is_valid),
    (IdRule.FI_PERSON, rf"{_DDMMYY}[-a-fu-y]\d{{3}}[0-9a-fhj-npr-y]", is_finnish),
    (IdRule.FR_REGISTER, r"[0-9]\d\d[0-9]\d(?:\d\d|2[ab])\d{8}", is_french),
    (IdRule.FR_TAX, r"[0-4]\d{9}[0-5]\d\d", french.is_valid),
    (IdRule.GR_INSURANCE, rf"{_DDMMYY}\d{{5}}", amka.is_valid),
    (IdRule.GR_TAX, r"\d{9}", greek.is_valid),
    (IdRule.HR_PERSON, r"\d{11}", oib.is_valid),
    (IdRule.IE_PERSON, r"\d{7}[a-w][abhwtx]?", pps.is_valid),
    (IdRule.IT_TAX, r"[a-z]{6}[0-9lmnp-v]{2}[abcdehlmprst][0-7lmnp-v][0-9lmnp-v][a-z][0-9lmnp-v]{3}[a-z]", is_italian),
    (IdRule.LU_PERSON, rf"{_YEARLY}\d{{5}}", is_luxembourgish),
    (IdRule.LV_DATED, rf"{_DDMMYY}[0-2]\d{{4}}", is_latvian),
    (IdRule.NL_PERSON, r"\d{8,9}", bsn.is_valid),
    (IdRule.NO_PERSON, r"[0-7]\d[0145]\d\d\d\d{5}", is_norwegian),
    (IdRule.PL_PERSON, r"\d\d(?:[02][1-9]|[13][0-2]|\d\d)[0-3]\d{6}", born(pesel)),
    (IdRule.PL_TAX, r"\d{10}", nip.is_valid),
    (IdRule.PT_CARD, r"\d{9}[a-z][a-z0-9]\d", cc.is_valid),
    (IdRule.PT_TAX, r"\d{9}", portuguese.is_valid),
    (IdRule.RO_PERSON, rf"[1-9]{_YYMMDD}[0-5]\d{{5}}", is_romanian),
    (IdRule.SE_PERSON, r"(?:19|20)?\d\d(?:0[1-9]|1[0-2])\d\d\d{4}", is_swedish),
    (IdRule.SI_PERSON, r"[0-3]\d(?:0[1-9]|1[0-2])[09]\d{8}", born(emso)),
    (IdRule.SI_TAX, r"\d{8}", ddv.is_valid),
)


@pytest.mark.parametrize(("rule", "likely", "is_right"), ORACLES, ids=[rule.name for rule, *_ in ORACLES])
def test_every_check_agrees_with_stdnum_on_likely_random_and_mutated_numbers(rule, likely, is_right):
    chance = random.Random(int(rule))
    right = []
    for _ in range(150):
        number = written_like(likely, chance)
        verdict = keeps(rule, number)
        assert verdict == is_right(number), number
        if verdict:
            right.append(number)
    number = right[0] if right else _completed(rule, likely, chance)
    for place, character in enumerate(number):
        if character.isdigit():
            mutated = f"{number[:place]}{(int(character) + 1) % 10}{number[place + 1 :]}"
            assert keeps(rule, mutated) == is_right(mutated), mutated
    assert keeps(rule, number)


def _completed(rule: IdRule, likely: str, chance: random.Random) -> str:
    while True:
        number = written_like(likely, chance)
        if keeps(rule, number):
            return number


# Published numbers, or numbers worked out by hand from the published rule, and what must not pass.
PUBLISHED = (
    # VKVV, annex 1: the example of the Deutsche Rentenversicherung.
    (IdRule.DE_PENSION, "15 070649 C 103", "15 070649 C 104"),
    # GKV-Spitzenverband, the example of the guideline.
    (IdRule.DE_HEALTH, "A123456780", "A123456781"),
    # Bundesdruckerei, specimen of the identity card with the machine-readable check digit.
    (IdRule.DE_CARD, "L01X00T471", "L01X00T472"),
    (IdRule.DE_CARD, "T220001293", "T220001294"),
    # Act XX of 1996: 1 800101 001, weights 1 to 10: 1+16+0+0+5+0+7+0+0+10 = 39, remainder 6.
    (IdRule.HU_PERSON, "1-800101-0016", "1-800101-0017"),
    # Born in 1997 or later: 3 050607 123 downwards: 30+0+40+0+36+0+28+3+4+3 = 144, remainder 1.
    (IdRule.HU_PERSON, "3 050607 1231", "3 050607 1232"),
    # Nemzeti Adó- és Vámhivatal, form example 8 3 2 8 2 5 6 1 1: 8+6+6+32+10+30+42+8+9 = 151, remainder 8.
    (IdRule.HU_TAX, "8328256118", "8328256119"),
    # 1 2 3 4 5 6 7 8 by 3, 7: 3+14+9+28+15+42+21+56 = 188, remainder 8.
    (IdRule.HU_INSURANCE, "123 456 788", "123 456 789"),
    # TGSS: 28 and 12345678 as one number: 2812345678 = 97 * 28993254 + 40.
    (IdRule.ES_INSURANCE, "28/12345678/40", "28/12345678/41"),
    # A serial number that begins with 0: 28 and 0123456 make 280123456 and the key is the remainder of 280123456.
    (IdRule.ES_INSURANCE, "28 00123456 66", "28 00123456 67"),
    # Weighted by primes the digits make 447, and 9 less 7 is 2.
    (IdRule.PT_INSURANCE, "12345678902", "12345678903"),
    # A = 10, B = 11: 70+33+10 = 113, the digits add nothing, remainder 3.
    (IdRule.PL_CARD, "ABA300000", "ABA400000"),
    (IdRule.LV_UNDATED, "321234-56789", "331234-56789"),
    (IdRule.FR_REGISTER_BARE, "1 85 05 78 006 084", "1 85 15 78 006 084"),
)


@pytest.mark.parametrize(("rule", "right", "wrong"), PUBLISHED, ids=[rule.name for rule, *_ in PUBLISHED])
def test_numbers_worked_out_from_the_published_rule_pass_and_their_neighbours_do_not(rule, right, wrong):
    assert (keeps(rule, right), keeps(rule, wrong)) == (True, False)


def name_of(one: NationalId) -> str:
    return f"{one.country} {one.name}"


@pytest.mark.parametrize("one", NATIONAL_IDS, ids=name_of)
def test_the_stated_chance_of_a_random_number_holds(one):
    chance, draws = random.Random(one.name), 300
    parsed = regex.parse(one.written)
    passed = sum(keeps(one.rule, "".join(_draw(parsed, chance))) for _ in range(draws))
    spread = 4 * (draws * one.chance * (1 - one.chance)) ** 0.5 + 3
    assert abs(passed - draws * one.chance) <= spread


def test_what_stands_alone_is_rarely_met_by_chance():
    lenient = [
        name_of(one)
        for one in NATIONAL_IDS
        if one.stands_alone and one.chance > (0.05 if re.search("[a-z]", one.written.replace(r"\d", "")) else 0.001)
    ]
    assert lenient == []


def test_every_member_state_has_a_number_and_every_rule_a_number():
    states = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    assert set(states.split()) - {one.country for one in NATIONAL_IDS} == set()
    assert set(IdRule) - {one.rule for one in NATIONAL_IDS} == set()


def test_what_is_grouped_is_also_written():
    chance = random.Random(1)
    for one in NATIONAL_IDS:
        for _ in range(20 if one.grouped else 0):
            text = written_like(one.grouped or "", chance)
            assert re.fullmatch(one.written, text), (one.name, text)


def test_separators_and_case_do_not_matter_and_rubbish_never_passes():
    assert keeps(IdRule.BE_REGISTER, "85.07.30-033.28")
    assert keeps(IdRule.IT_TAX, "RcC mNL 83s18 d969h")
    rubbish = ("", "-", "0" * 9, "9" * 200, "\x00\xff".encode("latin-1").decode("ascii", "replace")[:0], "e" * 11)
    assert [keeps(rule, text) for rule in IdRule if rule for text in rubbish] == [False] * 6 * (len(IdRule) - 1)
