"""What the identifier filter cuts, and what it leaves. All values are invented; check digits are right on purpose."""

import unicodedata

import phonenumbers
import polars as pl
import pytest

from demur.filters import text as text_filter
from demur.filters.identifiers import IdentifierClass, Span
from demur.filters.phones import EUROPEAN_REGIONS, REGIONS_BY_LANGUAGE
from demur.filters.symbols import alphabet_source
from demur.filters.text import FILTER_VERSION, redact, spans

FOUND = (
    # language, text with one identifier between « and », placeholder
    ("en", "Write to «anna.lynx@example.org» today", "[EMAIL]"),
    ("de", "Mail: «ANNA.LUCHS+POST@EXAMPLE.ORG»!", "[EMAIL]"),
    ("el", "Γράψε στο «μαρία@παράδειγμα.ελ».", "[EMAIL]"),
    ("bg", "пиши на «ivan@example.bg», моля", "[EMAIL]"),
    ("en", "mail «anna [at] example [dot] org» please", "[EMAIL]"),
    ("en", "mail «anna(AT)example.org» please", "[EMAIL]"),
    ("en", "mail «anna at example dot org» please", "[EMAIL]"),
    ("en", "mail «anna.lynx at gmail.com» please", "[EMAIL]"),
    ("de", "schreib an «anna (ät) beispiel (punkt) de»", "[EMAIL]"),
    ("es", "escribe a «juan arroba ejemplo punto es» ya", "[EMAIL]"),
    ("pt", "fala com «rita arroba exemplo ponto pt»", "[EMAIL]"),
    ("fr", "écris à «luc arobase exemple point fr»", "[EMAIL]"),
    ("it", "scrivi a «ugo chiocciola esempio punto it»", "[EMAIL]"),
    ("nl", "mail «piet apenstaartje voorbeeld punt nl»", "[EMAIL]"),
    ("pl", "pisz: «ola małpa przyklad kropka pl»", "[EMAIL]"),
    ("cs", "piš na «jan zavináč priklad tečka cz»", "[EMAIL]"),
    ("hu", "írj: «eva kukac pelda pont hu»", "[EMAIL]"),
    ("da", "skriv til «bo snabel-a eksempel punkt dk»", "[EMAIL]"),
    ("en", "mail «jаne＠ｅxample．com» please", "[EMAIL]"),
    ("en", "mail «ja\u200bne@exam\u200bple.com» please", "[EMAIL]"),
    ("en", "call «+44 7400 123456» please", "[PHONE]"),
    ("de", "ruf an: «+49 (0)171 1234567»", "[PHONE]"),
    ("de", "Tel. «0171/1234567», abends", "[PHONE]"),
    ("fr", "mon 06 c'est le «06 12 34 56 78» bisous", "[PHONE]"),
    ("fr", "appelle «０６１２３４５６７８» vite", "[PHONE]"),
    ("fr", "«0️⃣6️⃣ 1️⃣2️⃣ 3️⃣4️⃣ 5️⃣6️⃣ 7️⃣8️⃣»", "[PHONE]"),
    ("fr", "tél : «0 6 1 2 3 4 5 6 7 8»", "[PHONE]"),
    ("es", "llámame al «612 34 56 78» porfa", "[PHONE]"),
    ("pl", "zadzwoń «512 345 678» wieczorem", "[PHONE]"),
    ("bg", "тел. «0888 123 456»", "[PHONE]"),
    ("el", "τηλ «691 234 5678»", "[PHONE]"),
    ("hu", "hívj: «06 20 123 4567»", "[PHONE]"),
    ("sv", "ring «070-123 45 67» ikväll", "[PHONE]"),
    ("da", "tlf. «32 12 34 56»", "[PHONE]"),
    ("en", "card «4111 1111 1111 1111» exp 12/27", "[CARD]"),
    ("de", "Karte «5555555555554444»", "[CARD]"),
    ("fr", "ma carte «2221-0000-0000-0009»", "[CARD]"),
    ("it", "amex «3782 822463 10005»", "[CARD]"),
    ("es", "tarjeta «4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1»", "[CARD]"),
    ("de", "IBAN «DE89 3704 0044 0532 0130 00» danke", "[IBAN]"),
    ("de", "«de89370400440532013000»", "[IBAN]"),
    ("nl", "rekening «NL91 ABNA 0417 1643 00»", "[IBAN]"),
    ("fr", "«FR14 2004 1010 0505 0001 3M02 606»", "[IBAN]"),
    ("mt", "«MT84 MALT 0110 0001 2345 MTLC AST0 01S»", "[IBAN]"),
    ("el", "λογαριασμός «GR16 0110 1250 0000 0001 2300 695»", "[IBAN]"),
    ("bg", "сметка «ВG80 ВNBG 9661 1020 3456 78»", "[IBAN]"),
    ("en", "server «192.168.1.77» is down", "[IP]"),
    ("en", "server «192[.]168[.]1[.]77» is down", "[IP]"),
    ("en", "addr «2001:db8::ff00:42:8329» is down", "[IP]"),
    ("en", "addr «fe80::1ff:fe23:4567:890a» is down", "[IP]"),
    ("nl", "rijksregisternummer «85.07.30-033.28»", "[ID]"),
    ("bg", "ЕГН «7523169263»", "[ID]"),
    ("cs", "rodné číslo «710319/2745»", "[ID]"),
    ("da", "mit CPR «211062-0629»", "[ID]"),
    ("de", "Steuer-ID «36 574 261 809»", "[ID]"),
    ("et", "isikukood «36805280109»", "[ID]"),
    ("lt", "asmens kodas «33309240064»", "[ID]"),
    ("lv", "personas kods «161175-19997»", "[ID]"),
    ("fr", "sécu «2 95 10 99 126 111 93»", "[ID]"),
    ("el", "ΑΜΚΑ «01013099997»", "[ID]"),
    ("hr", "OIB «33392005961»", "[ID]"),
    ("hu", "TAJ szám: «123 456 788»", "[ID]"),
    ("en", "my PPS is «6433435F» ok", "[ID]"),
    ("it", "CF «rccmnl83s18d969h»", "[ID]"),
    ("es", "DNI «54362315-K»", "[ID]"),
    ("es", "«X-2482300W»", "[ID]"),
    ("fi", "hetu «131052-308T»", "[ID]"),
    ("pl", "PESEL «44051401359»", "[ID]"),
    ("pt", "NIF «501964843»", "[ID]"),
    ("pt", "cartão «00000000 0 ZZ4»", "[ID]"),
    ("ro", "CNP «1630615123457»", "[ID]"),
    ("sl", "EMŠO «0101006500006»", "[ID]"),
    ("sv", "personnummer «880320-0016»", "[ID]"),
    ("nl", "BSN «111222333»", "[ID]"),
    ("de", "SVNR «1237 010180» (AT)", "[ID]"),
    ("mt", "karta tal-identità «0012345M»", "[ID]"),
    ("en", "thanks «@quiet.lynx», see you", "[HANDLE]"),
    ("en", "follow «@lynx@agora.example» there", "[HANDLE]"),
    ("bg", "виж «@тихата_рис»", "[HANDLE]"),
    ("en", "see «https://example.org/a?b=1».", "[URL]"),
    ("en", "see «hxxp://example.org/a» now", "[URL]"),
    ("de", "auf «www.beispiel.de/anna» steht", "[URL]"),
    ("en", "my page «example.com/quiet.lynx» ok", "[URL]"),
)

CLEAN = (
    ("en", "Order number 4512345678 shipped on 2024-05-12 at 14:30."),
    ("en", "Version 1.2.3.4 fixes issue #12345678, build 20240512."),
    ("en", "Flight at 3pm @ 5th avenue, 2 for 1 @3pm, £1,299.00 or 1.299,00 €"),
    ("en", "ISBN 978-3-16-148410-0, UUID 550e8400-e29b-41d4-a716-446655440000"),
    ("en", "look at this dot on the map, meet me at example.com"),
    ("en", "score 10-12, ratio 3:2:1, 1/2 cup, 100% of 12 345 678 people"),
    ("en", "std::cout and a::b, 12:30:45, Matthew 5:3-12, 16:9"),
    ("en", "1 2 3 4 5 6 7 8 9 10 11 12 13"),
    ("de", "Bestellnummer 0123456789, Rechnung 2024-000123 vom 12.05.2024"),
    ("de", "Die Stadt hat 1.234.567 Einwohner; 12 345 678 km; von 2010-2015"),
    ("de", "Sendungsnummer 00340434161094042557 und Artikel 4006381333931"),
    ("fr", "commande 12345678901, le 12/05/2024, 1 299,50 €, 75001 Paris"),
    ("fr", "au bout de la rue des Lilas, population 67 391 582 habitants"),
    ("es", "pedido 612345678, factura 2024/000123, 12.345.678 €"),
    ("es", "entre 1995 y 2020, capítulo 3.2.1.4"),
    ("it", "ordine 3123456789 del 12/05/2024, 1.234.567 euro"),
    ("pl", "zamówienie 501234567 z 12.05.2024, kwota 12 345 678 zł"),
    ("cs", "objednávka 601123456, cena 12 345 678 Kč"),
    ("hu", "rendelés 201234567, ára 12 345 678 Ft"),
    ("sv", "beställning 7012345678, pris 12 345 678 kr"),
    ("fi", "tilaus 0412345678, hinta 1 234 567 €"),
    ("nl", "bestelling 0612345678, versie 10.0.19.41"),
    ("bg", "поръчка 0888123456, цена 1 234 567 лв"),
    ("el", "παραγγελία 6912345678, τιμή 1.234.567 €"),
    ("pt", "encomenda 912345678, de 12-05-2024"),
    ("ro", "comanda 0712034567 din 12.05.2024"),
    ("da", "ordre 20123456 den 12. 5. 2024"),
    ("mt", "ordni 21001234"),
    (None, "1234567890123456 and 0000000000000000"),
    (None, "email me (at) any time. point taken. [ID] [EMAIL] [PHONE] 😀"),
)


def _unmarked(text: str) -> str:
    return text.replace("«", "").replace("»", "")


@pytest.mark.parametrize(("language", "text", "placeholder"), FOUND)
def test_an_identifier_is_replaced_whole_by_its_placeholder(language, text, placeholder):
    before, rest = text.split("«")
    after = rest.split("»")[1]
    redacted = redact(pl.Series([_unmarked(text)]), pl.Series([language]))
    assert (redacted.texts[0], redacted.cuts[0]) == (f"{before}{placeholder}{after}", 1)


@pytest.mark.parametrize(("language", "text"), CLEAN)
def test_a_harmless_number_stays(language, text):
    # Names have tests of their own: weights that are trained anew move them.
    found = spans(pl.Series([text]), pl.Series([language], dtype=pl.String))[0]
    assert [span.label for span in found if span.label != IdentifierClass.PERSON] == []


@pytest.mark.parametrize("region", EUROPEAN_REGIONS)
def test_a_phone_number_of_every_region_is_found_beside_a_cue_and_abroad(region):
    language = next(language for language, regions in REGIONS_BY_LANGUAGE.items() if region in regions)
    numbers = [phonenumbers.example_number_for_type(region, kind) for kind in (0, 1)]
    home = [phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL) for number in numbers]
    abroad = [phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL) for number in numbers]
    texts = [*(f"tel. {number}" for number in home), *abroad]
    redacted = redact(pl.Series(texts), pl.Series([language] * 4))
    assert redacted.texts.to_list() == ["tel. [PHONE]", "tel. [PHONE]", "[PHONE]", "[PHONE]"]


def test_an_iban_a_phone_and_an_identity_number_in_one_line_are_three_cuts():
    text = "IBAN DE89 3704 0044 0532 0130 00, Tel. 0171 1234567, PESEL 44051401359, Bestellung 4512345678"
    redacted = redact(pl.Series([text]), pl.Series(["de"]))
    assert redacted.texts[0] == "IBAN [IBAN], Tel. [PHONE], PESEL [ID], Bestellung 4512345678"


def test_spans_lead_back_to_the_original_text():
    text = pl.Series(["😀 jаne＠ｅxample．com\u200b, ☎ 0️⃣1️⃣7️⃣1️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣"])
    email = Span(start=2, end=19, label=IdentifierClass.EMAIL)
    phone = Span(start=23, end=56, label=IdentifierClass.PHONE)
    assert spans(text, pl.Series(["de"])) == [[email, phone]]


COUNTED = {
    "address": "[ADDRESS]",
    "credit_card": "[CARD]",
    "date_of_birth": "[BIRTH]",
    "email": "[EMAIL]",
    "handle": "[HANDLE]",
    "iban": "[IBAN]",
    "ip": "[IP]",
    "location": "[LOCATION]",
    "national_id": "[ID]",
    "other": "[OTHER]",
    "person": "[NAME]",
    "phone": "[PHONE]",
    "plate": "[PLATE]",
    "url": "[URL]",
}


def test_counts_name_every_class_and_cuts_count_per_row():
    redacted = redact(pl.Series(["a@example.org b@example.org", None, "@lynx", "nothing"]))
    assert redacted.texts.to_list() == ["[EMAIL] [EMAIL]", None, "[HANDLE]", "nothing"]
    assert redacted.counts == {**dict.fromkeys(COUNTED, 0), "email": 2, "handle": 1}
    assert (redacted.cuts.to_list(), redacted.cuts.dtype) == ([2, 0, 1, 0], pl.UInt32)


def test_a_placeholder_tells_nothing_but_the_class():
    assert {label.counted_as: label.placeholder for label in IdentifierClass} == COUNTED


def test_an_empty_column_stays_empty():
    redacted = redact(pl.Series([], dtype=pl.String))
    assert (redacted.texts.to_list(), redacted.cuts.to_list()) == ([], [])


def test_the_version_names_the_patterns_by_a_digest():
    name, digest = FILTER_VERSION.split("+")
    assert (name, len(digest), int(digest, 16) > 0) == ("identifiers-4", 16, True)


@pytest.mark.parametrize("card", ["read_card", "read_network_card"])
def test_the_version_changes_with_each_file_of_the_names_tier(monkeypatch, card):
    monkeypatch.setattr(text_filter, card, dict)
    assert text_filter._version() != FILTER_VERSION  # noqa: SLF001 -- the constant is made once, at the import


def test_the_version_knows_the_edition_of_unicode_that_folding_depends_on():
    assert unicodedata.unidata_version in alphabet_source()
