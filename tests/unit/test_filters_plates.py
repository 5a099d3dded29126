"""Read invented plates of every member state, and what only looks like one, with plain regular expressions."""

import re

import pytest

from demur.filters.folding import fold, folded_words
from demur.filters.plates import (
    AUSTRIAN,
    GERMAN,
    LANGUAGES,
    OTHER_STEMS,
    OTHER_WORDS,
    PLATE_STEMS,
    PLATE_WORDS,
    PLATES,
    POLISH,
    VEHICLE_STEMS,
    VEHICLE_WORDS,
    Evidence,
)

PATTERNS = tuple((plate, re.compile(plate.written)) for plate in PLATES)
RANKS = (Evidence.FORM, Evidence.COUNTRY, Evidence.CUE)


def needs(text: str, language: str | None = None) -> Evidence | None:
    """Say what a text that is wholly a plate needs at least; with a language only its countries' forms count."""
    letters = [character for character in text if character.isalpha()]
    folded, in_capitals = fold(text).lower(), bool(letters) and all(letter.isupper() for letter in letters)
    found = {
        plate.in_capitals if in_capitals else plate.evidence
        for plate, pattern in PATTERNS
        if pattern.fullmatch(folded) and (language is None or language in plate.languages or not plate.languages)
    }
    return next((rank for rank in RANKS if rank in found), None)


FORM, COUNTRY, CUE = RANKS
# Plate, language, what it needs in capitals, what it needs in lower case.
PLATES_READ = (
    ("M-AB 1234", "de", FORM, FORM),
    ("HH - XY 12E", "de", FORM, FORM),
    ("FÜ-K 803H", "de", FORM, FORM),
    ("HH-X 12", "de", COUNTRY, CUE),
    ("SÜW·TR 451", "de", COUNTRY, CUE),
    ("B AB 1234", "de", COUNTRY, CUE),
    ("BAB1234", "de", CUE, CUE),
    ("W-12345 A", "de", FORM, COUNTRY),
    ("GU-123 AB", "de", FORM, COUNTRY),
    ("GÜ 123 AB", "de", COUNTRY, CUE),
    ("LL-KURT 1", "de", COUNTRY, CUE),
    ("1-ABC-123", "nl", FORM, FORM),
    ("2 XYZ 987", "fr", COUNTRY, CUE),
    ("ABC-123", "fr", COUNTRY, CUE),
    ("СВ 1234 АВ", "bg", FORM, COUNTRY),
    ("CB1234AB", "bg", COUNTRY, COUNTRY),
    ("KLM 123", "el", COUNTRY, CUE),
    ("1AB 2345", "cs", COUNTRY, CUE),
    ("ABA 12-34", "cs", CUE, CUE),
    ("AB 12 345", "da", COUNTRY, CUE),
    ("123 ABC", "et", COUNTRY, CUE),
    ("1234 BCD", "es", COUNTRY, COUNTRY),
    ("M-1234-AB", "es", FORM, FORM),
    ("M 1234 AB", "es", COUNTRY, CUE),
    ("ABC-123", "fi", COUNTRY, COUNTRY),
    ("AB-123-CD", "fr", FORM, FORM),
    ("AB 123 CD", "fr", COUNTRY, CUE),
    ("1234-AB-75", "fr", COUNTRY, COUNTRY),
    ("1234 AB 2A", "fr", CUE, CUE),
    ("AB12 CDE", "en", COUNTRY, CUE),
    ("ΥΖΒ-1234", "el", COUNTRY, COUNTRY),
    ("ΥΒ 1234", "el", COUNTRY, CUE),
    ("ZG 1234-AB", "hr", FORM, FORM),
    ("ŠI 123 AB", "hr", COUNTRY, CUE),
    ("AA BC-123", "hu", FORM, COUNTRY),
    ("ABC-123", "hu", COUNTRY, COUNTRY),
    ("ABC 123", "hu", CUE, CUE),
    ("231-D-12345", "en", FORM, FORM),
    ("231 D 12345", "ga", COUNTRY, CUE),
    ("AB 123 CD", "it", COUNTRY, COUNTRY),
    ("QI123OU", "it", COUNTRY, COUNTRY),
    ("AB123CD", "it", COUNTRY, COUNTRY),
    ("ABC 123", "lt", COUNTRY, CUE),
    ("AB 1234", "lb", CUE, CUE),
    ("AB-1234", "lv", COUNTRY, CUE),
    ("ABC 123", "mt", COUNTRY, CUE),
    ("TX-12-RB", "nl", FORM, FORM),
    ("12-XRB-3", "nl", FORM, FORM),
    ("G-123-BB", "nl", FORM, FORM),
    ("X-999-XX", "nl", FORM, FORM),
    ("7-XTA-91", "nl", FORM, COUNTRY),
    ("AB 12 CD", "nl", CUE, CUE),
    ("WA 1234A", "pl", FORM, COUNTRY),
    ("WX 12345", "pl", COUNTRY, CUE),
    ("WPI 12AB", "pl", COUNTRY, CUE),
    ("KR1A234", "pl", CUE, CUE),
    ("AA-01-BB", "pt", FORM, COUNTRY),
    ("01·AB·23", "pt", CUE, CUE),
    ("B 123 ABC", "ro", FORM, CUE),
    ("CJ-12-XYZ", "ro", FORM, FORM),
    ("ABC 123", "sv", COUNTRY, CUE),
    ("ABC 12D", "sv", COUNTRY, CUE),
    ("LJ AB-123", "sl", FORM, FORM),
    ("MB 12-ABC", "sl", FORM, FORM),
    ("BA-123AB", "sk", FORM, COUNTRY),
    ("BA123AB", "sk", COUNTRY, CUE),
    ("AA 123 BB", "sk", COUNTRY, CUE),
)


@pytest.mark.parametrize(("text", "language", "in_capitals", "in_lower_case"), PLATES_READ)
def test_a_plate_needs_the_evidence_that_its_form_lacks(text, language, in_capitals, in_lower_case):
    assert (needs(text.upper(), language), needs(text.lower(), language)) == (in_capitals, in_lower_case)


# Flights, roads, models, prices, dates, paper, norms: never a plate without a cue word, whatever the language.
LOOK_ALIKES = (
    *("LH 1234", "A 81", "E45", "PS5", "iPhone 12", "B 737", "COVID-19", "ISO 9001", "DIN 476", "F-16", "MiG-29"),
    *("ab 100 km", "an 12 345", "in 200 ml", "is 12 mai", "a 2000 km", "100 eur", "500 kwh", "2024", "1st 2024"),
    *("100 EUR", "250 USD", "500 KWH", "12 MAI 2024", "5-MRT-24", "1-JAN-24", "2000 RPM", "1000 MHZ", "B2B", "4K"),
    *("RTX 3080", "GTX1080", "BMW 320", "AB", "12345", "12-12-2024", "3.5 l", "T 100", "24 h", "R2D2", "C-64"),
    *("x100", "v 1.2.3", "MP3", "A4 80 g", "U2", "S 21", "RE 4711", "ICE 577", "es um 10", "er am 12", "so in 20"),
    *("P - C-10", "de- a 31", "III-344"),
)


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_what_only_looks_like_a_plate_needs_a_cue(text):
    assert needs(text) in {None, CUE}


def test_every_member_state_has_a_current_form():
    states = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    assert set(states.split()) - {plate.country for plate in PLATES} == set()
    assert set(LANGUAGES) == {plate.country for plate in PLATES}


def test_districts_are_listed_once_and_have_one_to_three_letters():
    for codes, longest in ((GERMAN, 3), (AUSTRIAN, 2), (POLISH, 3)):
        listed = codes.split()
        assert len(listed) == len(set(listed))
        assert {len(code) for code in listed} <= set(range(1, longest + 1))
    assert len(GERMAN.split()) > 700


def test_forms_use_no_look_around_reference_or_endless_repetition():
    for plate in PLATES:
        assert re.search(r"\(\?[^:]|\\[1-9bBwWsSAZ]|[*+](?!\])", plate.written) is None, plate


def test_capitals_never_need_more_evidence_than_lower_case():
    assert [plate for plate in PLATES if RANKS.index(plate.in_capitals) > RANKS.index(plate.evidence)] == []


CUES = {
    "bg": "регистрационен номер",
    "cs": "registrační značka",
    "da": "nummerplade",
    "de": "Kennzeichen",
    "el": "πινακίδα",
    "en": "licence plate",
    "es": "matrícula",
    "et": "numbrimärk",
    "fi": "rekisterinumero",
    "fr": "plaque",
    "ga": "uimhirphláta",
    "hr": "registarske oznake",
    "hu": "rendszám",
    "it": "targa",
    "lt": "valstybinis numeris",
    "lv": "reģistrācijas numurs",
    "mt": "numru tar-reġistrazzjoni",
    "nl": "kenteken",
    "pl": "tablica rejestracyjna",
    "pt": "matrícula",
    "ro": "număr de înmatriculare",
    "sk": "evidenčné číslo",
    "sl": "registrska tablica",
    "sv": "registreringsnummer",
}


def test_cue_words_name_a_plate_in_every_official_language():
    unnamed = [
        language for language, cue in CUES.items() if not any(stem in folded_words([cue])[0] for stem in PLATE_STEMS)
    ]
    assert (len(CUES), unnamed) == (24, [])


def test_cue_words_are_folded_and_say_one_thing():
    plate, vehicle, other = (
        {*PLATE_STEMS, *PLATE_WORDS},
        {*VEHICLE_STEMS, *VEHICLE_WORDS},
        {*OTHER_STEMS, *OTHER_WORDS},
    )
    assert (plate & vehicle, plate & other, vehicle & other) == (set(), set(), set())
    assert {word for word in plate | vehicle | other if fold(word).lower() != word} == set()


def test_no_form_begins_or_ends_with_a_space_or_sign():
    for text in ("M-AB 1234 ", " M-AB 1234", "M-AB 1234-", "B 123 ABC ", "AB-123-CD "):
        assert needs(text) is None, text
