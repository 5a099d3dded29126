"""The values of the evaluation pass rules that the generator did not use, and names come from one half of the lists."""

import importlib
import ipaddress
import random
import re

import phonenumbers
import pytest
from stdnum import iban, luhn, verhoeff
from text_evaluation import names, numbering, online
from text_evaluation.addresses import STYLES, draw_address
from text_evaluation.carriers import LANGUAGES, SLOT, carriers_of
from text_evaluation.generator import HOMES, generate
from text_evaluation.look_alikes import LOOK_ALIKES
from text_evaluation.names import Half, half_of
from text_evaluation.obfuscation import WAYS, hide
from text_evaluation.plates import PATTERNS, draw_plate
from text_evaluation.posts import Label, Value

STATES = re.findall(r"\w+", "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK")
RULES = {
    "AT": "at.vnr", "BE": "be.nn", "BG": "bg.egn", "CY": "cy.vat", "CZ": "cz.rc", "DE": "de.idnr", "DK": "dk.cpr",
    "EE": "ee.ik", "ES": "es.dni es.nie", "FI": "fi.hetu", "FR": "fr.nir", "GR": "gr.vat gr.amka", "HR": "hr.oib",
    "IE": "ie.pps", "IT": "it.codicefiscale", "LT": "lt.asmens", "LV": "lv.pvn", "NL": "nl.bsn", "PL": "pl.pesel",
    "PT": "pt.nif", "RO": "ro.cnp", "SE": "se.personnummer", "SI": "si.emso", "SK": "cz.rc",
}  # fmt: skip


def is_hungarian(text):
    digits = [int(sign) for sign in text if sign.isdigit()]
    if len(digits) == 9:
        return (3 * sum(digits[:8:2]) + 7 * sum(digits[1:8:2])) % 10 == digits[8]
    forward = sum(place * digit for place, digit in enumerate(digits[:10], start=1)) % 11
    backward = sum((11 - place) * digit for place, digit in enumerate(digits[:10], start=1)) % 11
    return len(digits) == 11 and digits[10] in {forward, backward}


def is_luxembourgish(text):
    digits = text.replace(" ", "")
    return len(digits) == 13 and luhn.is_valid(digits[:12]) and verhoeff.is_valid(digits[:11] + digits[12])


OWN_RULES = {"HU": is_hungarian, "LU": is_luxembourgish, "MT": re.compile(r"\d{7}[MGAPLHBZ]").fullmatch}


def is_national_id(country, text):
    if country in OWN_RULES:
        return bool(OWN_RULES[country](text))
    return any(importlib.import_module(f"stdnum.{name}").is_valid(text) for name in RULES[country].split())


def test_the_rules_of_our_own_accept_published_examples():
    assert is_luxembourgish("1893120105732")
    assert is_hungarian("111 111 110")
    assert not is_luxembourgish("1893120105733")
    assert not is_hungarian("111 111 111")


@pytest.mark.parametrize("country", STATES)
def test_every_state_has_valid_ids_accounts_phones_plates_and_addresses(country):
    draw = random.Random(country)
    for _ in range(8):
        assert is_national_id(country, numbering.draw_national_id(draw, country)[1].text)
        account = numbering.draw_iban(draw, country).text
        assert iban.is_valid(account)
        assert account.startswith(country)
        phone = numbering.draw_phone(draw, country, at_home=True).text
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone, country))
        abroad = numbering.draw_phone(draw, country, at_home=False).text
        assert phonenumbers.is_valid_number(
            phonenumbers.parse(abroad.replace("(0)", ""), "US" if "+" in abroad else "DE")
        )
        assert re.fullmatch(r"[A-ZÄÖÜŠŽ0-9][A-ZÄÖÜŠŽ0-9 .:-]{3,11}", draw_plate(draw, country).text)
        assert re.search(r"\d", draw_address(draw, country).text)


def test_the_tables_cover_the_27_states_and_the_24_languages():
    assert sorted(STYLES) == sorted(PATTERNS) == sorted(numbering.NATIONAL_IDS) == STATES
    assert sorted(numbering.IBAN_STRUCTURES) == STATES
    assert sorted(HOMES) == sorted(names.LOCALES) == list(LANGUAGES)
    assert len(LANGUAGES) == 24


def test_cards_pass_luhn_and_those_of_the_2_series_are_among_them():
    draw = random.Random(1)
    cards = [re.sub(r"\D", "", numbering.draw_card(draw).text) for _ in range(300)]
    assert all(map(luhn.is_valid, cards))
    assert any(2221 <= int(card[:4]) <= 2720 for card in cards)
    assert {len(card) for card in cards} == {12, 13, 14, 15, 16, 18, 19}


def test_ip_addresses_are_read_by_the_standard_library():
    draw = random.Random(1)
    versions = {ipaddress.ip_address(online.draw_ip(draw).text).version for _ in range(100)}
    assert versions == {4, 6}


def test_mail_addresses_stand_at_invented_or_reserved_domains():
    posts = generate(240, seed=5)
    mails = [p.text[s.start : s.end] for p in posts for s in p.spans if s.label is Label.EMAIL and s.form == "plain"]
    hosts = "|".join((*online.MAIL_HOSTS, "example"))
    assert mails
    assert [mail for mail in mails if not re.search(rf"@(?:\w+\.)?(?:{hosts})\.[a-z.]+$", mail, re.IGNORECASE)] == []


def test_names_of_the_evaluation_are_none_of_the_training():
    for language in LANGUAGES:
        for evaluated, trained in zip(
            names.name_lists(language, Half.EVALUATION), names.name_lists(language, Half.TRAINING), strict=True
        ):
            assert min(map(len, (evaluated.given, evaluated.family, trained.given, trained.family))) >= 4
            assert {half_of(name) for name in (*evaluated.given, *evaluated.family)} == {Half.EVALUATION}
            assert {half_of(name) for name in (*trained.given, *trained.family)} == {Half.TRAINING}


def test_the_half_of_a_name_is_the_first_byte_of_its_hash():
    # As sha256sum says of the lower-case names: 55, d9 and 19, but 02 and 94.
    evaluated = ("Anna", "ANNA", "José", "Jose\u0301", "Jürgen")
    assert {half_of(name) for name in evaluated} == {Half.EVALUATION}
    assert {half_of(name) for name in ("Peter", "maria")} == {Half.TRAINING}


@pytest.mark.parametrize(
    ("language", "first", "second", "is_woman", "written"),
    [
        ("pl", "Anna", "Kowalska", True, "Anną Kowalską"),
        ("pl", "Jan", "Nowak", False, None),
        ("pl", "Adam", "Sawicki", False, "Adamem Sawickim"),
        ("cs", "Jana", "Nováková", True, "Janou Novákovou"),
        ("fi", "Anna", "Virtanen", True, "Annan Virtasen"),
        ("hu", "Nagy", "Péter", False, "Nagy Péternek"),
        ("hu", "Kis", "Anna", True, "Kis Annának"),
        ("lt", "Jonas", "Petraitis", False, "Jono Petraičio"),
        ("hr", "Ana", "Horvat", True, "Anom Horvat"),
        ("el", "Νίκος", "Μαρής", False, "Νίκου Μαρή"),
    ],
)
def test_names_take_the_case_that_a_carrier_asks_for(language, first, second, is_woman, written):
    assert names.inflect(language, first, second, is_woman=is_woman) == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_carriers_for_every_slot_and_words_for_every_digit(language):
    carriers = carriers_of(language)
    slots = {slot.partition("~")[0] for sentence in carriers.personal for slot in SLOT.findall(sentence)}
    expected = {"PERSON", "FIRST", "LAST", "HANDLE", "PHONE", "EMAIL", "CARD", "IBAN", "IDCUE", "ID", "IP", "ADDRESS"}
    assert slots == expected | {"PLATE", "URL", "BORN", "PLACE", "DEVICE"}
    assert len(set(carriers.personal)) >= 30
    assert len(set(carriers.clean)) >= 24
    assert {slot for sentence in carriers.clean for slot in SLOT.findall(sentence)} <= set(LOOK_ALIKES)
    assert len(carriers.words.digits) == 10


def test_no_sentence_is_in_two_languages():
    sentences = [
        sentence for each in LANGUAGES for sentence in carriers_of(each).personal if not sentence.startswith("{")
    ]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("label", WAYS)
def test_what_is_hidden_is_written_anew_and_says_how(label):
    values = {
        Label.IP: "192.0.2.7",
        Label.URL: "https://example.org/a",
        Label.PLATE: "KS-AB 1203",
        Label.EMAIL: "a.b@example.org",
    }
    text = values.get(label, "Kap 10 203")
    words = carriers_of("de").words
    written = {hide(random.Random(seed), words, Value(text=text, label=label)) for seed in range(60)}
    assert {value.form for value in written} <= set(WAYS[label])
    assert all(value.hidden and value.text != text for value in written)


def test_numbers_and_addresses_can_be_hidden_in_words():
    words = carriers_of("de").words
    ways = WAYS[Label.PHONE] | WAYS[Label.EMAIL]
    assert ways["number words"](random.Random(1), words, "+49 17") == "vier neun eins sieben"
    assert ways["keycaps"](random.Random(1), words, "17") == "1\ufe0f\u20e37\ufe0f\u20e3"
    assert ways["words"](random.Random(3), words, "a@b.de") in {
        f"a {at} b {dot} de" for at in words.at for dot in words.dot
    }
