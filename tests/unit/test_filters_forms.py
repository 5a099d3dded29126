"""Forms in which people write identifiers carelessly or on purpose, and what only looks like them; all are invented."""

import pytest

from demur.filters.identifiers import IdentifierClass
from demur.filters.text import spans

FOUND = (
    # language, text with one identifier between « and », label
    ("en", "silver Fiesta, «LR19 XKD», no insurance", "PLATE"),
    ("de", "blauer Golf «K AB 1234» hat mich geschnitten", "PLATE"),
    ("de", "Kennzeichen «m-xy 123» wurde gestohlen", "PLATE"),
    ("de", "schwarzer Audi, kennzeichen «ka.lm.452»", "PLATE"),
    ("fr", "ma plaque : «fg 458 kl» volée hier", "PLATE"),
    ("es", "han rayado el coche «4821klm»", "PLATE"),
    ("it", "la macchina «ga482km» è sempre in doppia fila", "PLATE"),
    ("nl", "mijn auto («gt482k») is weg", "PLATE"),
    ("ro", "Dacia neagră, «cj 48 abc»", "PLATE"),
    ("fi", "auto «KLM-482» jäi valot päälle", "PLATE"),
    ("sv", "vem äger bilen «B 1604 BT»", "PLATE"),
    ("lv", "mašīna «KL-482» stāv pagalmā", "PLATE"),
    ("hr", "vozilo «ZG  482  KL» blokira ulaz", "PLATE"),
    ("de", "ruf an: «null eins sieben sechs drei zwei eins vier fünf»", "PHONE"),
    ("pl", "zadzwoń «pięć zero jeden dwa zero trzy cztery zero osiem»", "PHONE"),
    ("fr", "mon tel «O6 12 34 O6 7O»", "PHONE"),
    ("hu", "hívj: «06_20_123_45_67»", "PHONE"),
    ("fr", "nouveau numéro : «(06)  12  34  56  78»", "PHONE"),
    ("da", "ring til mig på «34.33.76.87»", "PHONE"),
    ("es", "mi móvil «612345678» 🔥🔥", "PHONE"),
    ("sv", "de ville ha mitt personnummer på telefon, så jag sa «900101-0017»", "NATIONAL_ID"),
    ("fi", "hetu on «0 1 0 1 9 0 1 2 3 0»", "NATIONAL_ID"),
    ("en", "charged twice on «5018 0000 0009»", "CREDIT_CARD"),
    ("de", "«DE89 - 3704 - 0044 - 0532 - 0130 - 00»", "IBAN"),
    ("en", "blocked «::ffff:203[.]0[.]113[.]7»", "IP"),
    ("en", "blocked «2001:db8::7» today 🙈", "IP"),
    ("en", "see «evil-shop[.]example[.]com/login» first", "URL"),
    ("en", "mail «anna . lynx @ example . org» please", "EMAIL"),
    ("en", "mail «anna at example dot org» please", "EMAIL"),
    ("hu", "írj: «eva at pelda pont hu» címre", "EMAIL"),
    ("en", "mail «anna@example(dot)org»", "EMAIL"),
    ("en", "insta: «anna.lynx»", "HANDLE"),
    ("fr", "mon insta c'est «luc_92»", "HANDLE"),
    ("lt", "mano insta «NordLina»", "HANDLE"),
    ("en", "follow «@anna.lynx@social.example»", "HANDLE"),
    ("es", "nací el «14 de agosto de 1937»", "DATE_OF_BIRTH"),
    ("ro", "data nașterii «1955-10-23»", "DATE_OF_BIRTH"),
    ("ga", "rugadh mé «2 Deireadh Fómhair 1969»", "DATE_OF_BIRTH"),
    ("en", "the hut is at «48.13743, 11.57549»", "LOCATION"),
    ("de", "Treffpunkt «48°08'14.6\"N 11°34'31.8\"E»", "LOCATION"),
    ("sv", "stugan ligger vid «N 59.32938 E 18.06871»", "LOCATION"),
    ("fr", "coordonnées gps : «48.85, 2.29»", "LOCATION"),
    ("en", "«geo:48.2010,16.3695»", "LOCATION"),
    ("en", "stolen, «00:1A:2B:3C:4D:5E», share please", "OTHER"),
    ("en", "router «001a.2b3c.4d5e» is gone", "OTHER"),
    ("pl", "IMEI «490154203237518»", "OTHER"),
    ("en", "my IDFA is «6D92078A-8246-4BA4-AE5B-76104861E7DC»", "OTHER"),
)

CLEAN = (
    ("de", "Mein Auto hat 150 PS und 1600 ccm"),
    ("de", "ab 100 Euro bin ich dabei, Auto inklusive"),
    ("en", "Golf GTI 2019 with 45000 km, BMW 320"),
    ("fr", "le 150 de chez Peugeot, 308 SW"),
    ("sv", "flyg LH 6901 är försenat, bilen står kvar"),
    ("hu", "a 622.841.09 termék elfogyott"),
    ("lv", "prece MN-9823 visur izpirkta"),
    ("el", "η συνάντηση στις 24 11 2020"),
    ("lt", "pamiršau savo telefono numerį! 33 079 893 peržiūrų per naktį"),
    ("en", "one two three four five six seven eight, off we go"),
    ("en", "meet me at example.com, at this point it is fine"),
    ("en", "ratios 0.98231 0.97345 over epochs; EUR/USD 1.0842, 1.0901"),
    ("en", "request 550e8400-e29b-41d4-a716-446655440000 failed"),
    ("en", "insta is down again, my insta story was 10/10"),
    ("sv", "när kommer 2024-05-12?"),
    ("fr", "ce n'est pas le 12.05.2024"),
)


def _found(text: str, language: str) -> list[tuple[str, str]]:
    """Return what is found beside names, which have tests of their own: weights that are trained anew move them."""
    found = spans([text], [language])[0]
    return [(text[span.start : span.end], str(span.label)) for span in found if span.label != IdentifierClass.PERSON]


def _marked(text: str) -> tuple[str, str]:
    before, _, rest = text.partition("«")
    value, _, after = rest.partition("»")
    return before + value + after, value


@pytest.mark.parametrize(("language", "text", "label"), FOUND)
def test_a_careless_form_is_found(language, text, label):
    whole, value = _marked(text)
    assert _found(whole, language) == [(value, label)]


@pytest.mark.parametrize(("language", "text"), CLEAN)
def test_what_only_looks_like_one_stays(language, text):
    assert _found(text, language) == []


def test_an_emoji_behind_a_number_is_no_unit_and_no_word():
    assert [len(found) for found in spans(["612345678🔥", "612345678 § 3", "8.8.8.8 🙈"], ["es"] * 3)] == [1, 0, 1]


def test_a_line_of_spoken_digits_takes_time_in_proportion_to_its_length():
    assert spans(["one " * 100_000], ["en"]) == [[]]
