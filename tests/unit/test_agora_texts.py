"""The texts of the sample platform: correct slots, enough variety, and identifiers that belong to nobody."""

import ipaddress
import re

import phonenumbers
import pytest
from stdnum import iban, luhn
from stdnum.bg import egn
from stdnum.ee import ik
from stdnum.es import dni
from stdnum.fi import hetu
from stdnum.lt import asmens
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.ro import cnp

from demur.filters.identifiers import IdentifierClass
from demur.policy.content import IDENTIFIER_KINDS
from demur.testing.agora.composing import Composer, Planted, Text, join_texts
from demur.testing.agora.dice import Dice
from demur.testing.agora.identifiers import INVENTORS, NATIONAL_ID_LANGUAGES
from demur.testing.agora.phrases import LANGUAGES, Template, fill, read_phrases, read_sensitive

INVENT = {label: invent for label, _, invent in INVENTORS}
RESERVED_MAIL = re.compile(r"[a-z]+\.[a-z]+\d+@((mail\.)?example\.(org|com|net)|[a-z]+\.invalid)", re.IGNORECASE)
RESERVED_SITE = re.compile(r"https?://([a-z]+\.)?example\.(org|com|net)/[a-z]+/\d+")
DOCUMENTATION = tuple(
    ipaddress.ip_network(network) for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
# Slots that a form may use; what quotes and answers hold comes from outside.
SLOTS = frozenset(
    {
        *("place", "place2", "thing", "thing2", "food", "food2", "time"),
        *("title", "clock", "clock2", "score", "n", "t"),
    }
)
FORMS = ("openers", "closers", "sentences", "questions", "comments", "captions", "shares", "quotes", "answers")
# National formats are read with the region of their language, the others name their country themselves.
REGIONS = {"de": "DE", "fr": "FR", "sv": "SE"}
# Codes by which a person was born in the 1800s, or numbers that an authority keeps for tests.
NOBODY = {
    "bg": r"\d\d(2[1-9]|3[0-2])\d{6}",
    "es": r"99999\d{3}[A-Z]",
    "et": r"[12]\d{10}",
    "fi": r"\d{6}\+\d{3}[0-9A-Z]",
    "lt": r"[12]\d{10}",
    "nl": r"99999\d{4}",
    "pl": r"\d\d(8[1-9]|9[0-2])\d{7}",
    "ro": r"[34]\d{12}",
}
VALIDATORS = {"bg": egn, "es": dni, "et": ik, "fi": hetu, "lt": asmens, "nl": bsn, "pl": pesel, "ro": cnp}


def drawn(label: str, language: str = "en", count: int = 300) -> list[str]:
    dice = Dice(1, f"test {label} {language}")
    return [INVENT[label](dice, language) for _ in range(count)]


def slots_of(template: Template) -> set[str]:
    return {slot for _, slot in template if slot}


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + 3]) for at in range(max(1, len(words) - 2))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_enough_forms_and_words(language):
    phrases = read_phrases(language)
    least = (4, 4, 14, 3, 3, 3, 3, 1, 2)
    assert all(len(getattr(phrases, form)) >= count for form, count in zip(FORMS, least, strict=True))
    assert {name: len(words) >= 8 for name, words in phrases.words.items()} == dict.fromkeys(
        ("time", "place", "food", "thing", "title"), True
    )
    assert sum(len(carriers) for carriers in phrases.carriers.values()) >= 3
    assert set(phrases.carriers) == {"contact", "iban", "card", "identity", "network", "link"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_of_a_language_use_known_slots_only(language):
    phrases = read_phrases(language)
    used = {form: set().union(*map(slots_of, getattr(phrases, form))) for form in FORMS}
    assert used["quotes"] == {"quote"}
    assert used["answers"] == {"value"}
    assert all(used[form] <= SLOTS for form in FORMS[:-2])
    assert all("value" in slots_of(carrier) for carriers in phrases.carriers.values() for carrier in carriers)
    varying = (*phrases.sentences, *phrases.questions, *phrases.comments, *phrases.captions)
    assert all(slots_of(template) for template in varying)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_filled_sentence_starts_with_a_capital_and_ends_as_a_sentence(language):
    phrases, dice = read_phrases(language), Dice(3, language)
    texts = [fill(t, phrases, dice).text for form in FORMS[:-2] for t in getattr(phrases, form) for _ in range(5)]
    assert [text for text in texts if text.lstrip("¿¡")[0].islower()] == []
    assert [text for text in texts if text[-1] not in ".!?;"] == []
    assert [text for text in texts if any(after.islower() for after in re.findall(r"[!?] (\w)", text))] == []


def test_the_value_stands_where_the_sentence_says():
    phrases, dice = read_phrases("de"), Dice(3, "value")
    sentence = fill(phrases.carriers["contact"][0], phrases, dice, "anna@example.org")
    assert (sentence.text, sentence.value_at) == ("Schreibt mir bitte an anna@example.org.", 22)


@pytest.mark.parametrize("language", LANGUAGES)
def test_few_texts_of_a_language_are_near_copies_by_chance(language):
    dice = Dice(5, language)
    texts = []
    for _ in range(120):
        composer = Composer(dice, language)
        composer.chat()
        texts.append(shingles(composer.text().body))
    near = sum(
        any(len(text & other) / len(text | other) >= 0.72 for other in texts[:at]) for at, text in enumerate(texts)
    )
    assert near <= 3


@pytest.mark.parametrize("language", read_sensitive())
def test_sensitive_sentences_are_sentences_of_kinds_that_the_law_names(language):
    phrases, dice = read_sensitive()[language], Dice(3, language)
    forms = (*phrases.somebody, *phrases.oneself)
    assert {form.kind for form in forms}.isdisjoint(IDENTIFIER_KINDS)
    assert [slots_of(form.template) for form in phrases.somebody] == [{"value"}] * len(phrases.somebody)
    assert [slots_of(form.template) for form in phrases.oneself] == [set()] * len(phrases.oneself)
    templates = (*(form.template for form in forms), *phrases.child_sentences)
    texts = [fill(template, read_phrases(language), dice, "Kalbo").text for template in templates]
    assert [text for text in texts if text[0].islower() or text[-1] != "."] == []


@pytest.mark.parametrize("language", read_sensitive())
def test_what_is_said_of_a_child_names_it_and_its_age(language):
    phrases = read_sensitive()[language]
    described = [child.format(name="Kalbo", age=9) for child in phrases.children]
    assert [text for text in described if not re.search(r"Kalbo\b.*\b9\b.*\w{4}", text)] == []
    assert all(slots_of(template) == {"value"} for template in phrases.child_sentences)


def test_joined_texts_keep_what_was_planted_in_its_place():
    first = Text(body="Hello @ana.", planted=(Planted(label="handle", start=6, end=10, value="@ana"),))
    joined = join_texts(first, Text(body="@bo!", planted=(Planted(label="handle", start=0, end=3, value="@bo"),)))
    assert joined.body == "Hello @ana. @bo!"
    assert [joined.body[one.start : one.end] for one in joined.planted] == ["@ana", "@bo"]
    assert join_texts(Text(body=""), first) == first


def test_what_is_planted_is_of_classes_that_the_filter_knows():
    assert set(INVENT) < {label.counted_as for label in IdentifierClass}


def test_every_mail_address_and_link_is_at_a_reserved_name():
    assert [address for address in drawn("email") if not RESERVED_MAIL.fullmatch(address)] == []
    assert [link for link in drawn("url") if not RESERVED_SITE.fullmatch(link)] == []


def test_internet_addresses_are_of_the_documentation_ranges():
    addresses = [ipaddress.ip_address(address) for address in drawn("ip")]
    assert {address.version for address in addresses} == {4, 6}
    assert [address for address in addresses if not any(address in network for network in DOCUMENTATION)] == []


def test_bank_accounts_and_cards_have_valid_check_digits():
    assert [number for number in drawn("iban") if not iban.is_valid(number)] == []
    assert [number for number in drawn("credit_card") if not luhn.is_valid(re.sub(r"\D", "", number))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_phone_numbers_are_well_formed_where_they_are_written(language):
    numbers = [phonenumbers.parse(number, REGIONS.get(language)) for number in drawn("phone", language, 60)]
    assert [number for number in numbers if not phonenumbers.is_valid_number(number)] == []


@pytest.mark.parametrize("language", NATIONAL_ID_LANGUAGES)
def test_national_ids_are_valid_and_nobody_alive_can_hold_one(language):
    ids = drawn("national_id", language)
    assert [number for number in ids if not VALIDATORS[language].is_valid(number)] == []
    assert [number for number in ids if not re.fullmatch(NOBODY[language], number)] == []
