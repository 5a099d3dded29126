"""Cue words: what people write beside a number tells what the number is.

A phone number or an identity number without a strong check digit looks like any order number; the nearest cue decides.
The words cover the 24 official languages of the European Union, folded like the texts they are looked for in. The
context of a candidate ends at a line break, at a placeholder and at a span already found, so that cutting one span
never changes what is said about another.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby

from demur.filters.folding import folded_words

BARRIER = "\x00"
CONTEXT_LENGTH = 48
_EDGE = re.compile(r"[\x00\n]")
_LONG_NUMBER = re.compile(r"\d{5,}")


class Cue(StrEnum):
    """What the nearest cue word says a number is."""

    PHONE = "phone"
    CARD = "card"
    IDENTITY = "identity"
    OTHER = "other"


_PHONE_STEMS = (
    *("telef", "telép", "téléph", "mobil", "handy", "whatsapp", "cellul", "celular", "telemóvel", "telemov", "móvil"),
    *("komórk", "zadzwoń", "dzwoń", "zavolej", "volejte", "volať", "hívj", "hívás", "puhelin", "soita", "soittaa"),
    *("tālrun", "zvaniet", "skambin", "helista", "pokliči", "nazovi", "ċempel", "glaoigh", "guthán", "gutháin"),
    *("τηλ", "κιν", "καλέστε", "тел", "моб", "обад", "звън", "rufnummer", "anruf", "appelle", "llama", "chiama"),
    *("ligue para", "bellen", "ringe", "sună", "apelați", "τηλέφωνο"),
)
_PHONE_WORDS = (
    *(
        "tel",
        "tél",
        "tlf",
        "tfn",
        "tfno",
        "puh",
        "phone",
        "phones",
        "call",
        "cell",
        "gsm",
        "fax",
        "sms",
        "mob",
        "viber",
    ),
    *("signal", "text me", "ring", "bel", "ruf", "my number", "mein nummer", "meine nummer", "mon numéro"),
    *("mi número", "il mio numero", "min nummer", "mijn nummer", "mój numer", "meu número", "mit nummer", "moje číslo"),
    *("numărul meu", "mi numero", "moj broj", "moja številka", "minu number", "numeroni", "номерът ми", "моят номер"),
    *("ο αριθμός μου", "a számom", "mano numeris", "mans numurs", "in-numru tiegħi", "m'uimhir"),
)
_PHONE_SIGNS = ("☎", "✆", "📞", "📱", "📲", "☏", "🤙")

_CARD_STEMS = (
    *("visa", "mastercard", "maestro", "amex", "american express", "kreditkart", "credit card", "debit card", "kaart"),
    *("carte bancaire", "carte bleue", "carte de crédit", "tarjeta", "carta di credito", "cartão", "kreditkort"),
    *("bankkort", "karta płatnicz", "karta kredyt", "kartą", "kreditní kart", "platební kart", "kártya", "luottokort"),
    *("cardul", "κάρτα", "карта", "kartic", "kortel", "kredītkart", "krediitkaart", "cárta", "card number"),
)

_IDENTITY_STEMS = (
    *("personnummer", "personnr", "pesel", "burgerservice", "sofinummer", "rijksregister", "registre national"),
    *("numéro national", "steuer-id", "steueridentif", "steuernummer", "identifikationsnummer", "sozialversicherung"),
    *("sécurité sociale", "sécu", "seguridad social", "codice fiscale", "codfisc", "contribuinte", "rodné", "rodne"),
    *("isikukood", "asmens kod", "personas kod", "cod numeric", "cpr-n", "cpr n", "henkilötunnus", "hetu", "sotu"),
    *("személyi szám", "személyi azonos", "adóazonos", "adószám", "taj szám", "taj-szám", "tajszám", "emšo", "emso"),
    *("osobni identif", "егн", "единен граждански", "αμκα", "α.μ.κ.α", "αφμ", "α.φ.μ", "ταυτότητα", "αδτ", "matricule"),
    *("uimhir psp", "ppsn", "ppsuimhir", "identity card", "identity number", "national id", "id card", "id number"),
    *("karta tal-identit", "carta d'identità", "carte d'identité", "ausweis", "documento de identidad", "dowód osob"),
    *("dowodu osob", "občansk", "osobna iskaznica", "osebna izkaznica", "passport", "passeport", "pasaporte"),
    *(
        "passaporto",
        "passaporte",
        "reisepass",
        "paszport",
        "útlevél",
        "паспорт",
        "лична карта",
        "διαβατήριο",
        "pass-nr",
    ),
    *("social security", "tax id", "tax number", "bürgerkarte", "cartão de cidadão", "svnr", "sv-nummer", "nino"),
)
_IDENTITY_WORDS = (
    *("bsn", "dni", "nif", "nir", "niss", "insz", "nrn", "oib", "egn", "cnp", "cpr", "taj", "pps", "amka", "afm"),
    *("idnr", "id-nr", "tin", "nip", "pnr", "rč", "r.č", "cin", "my id", "id no", "tic"),
)

_OTHER_STEMS = (
    *("order", "ordre", "ordin", "orden", "bestell", "beställ", "invoice", "rechnung", "faktur", "factur", "fattur"),
    *("fatura", "facture", "commande", "colis", "pedido", "encomenda", "objednáv", "objednav", "zamówien", "zamowien"),
    *(
        "rendelés",
        "rendeles",
        "számla",
        "comand",
        "поръчк",
        "фактур",
        "παραγγελ",
        "τιμολόγ",
        "tilau",
        "lasku",
        "tellimu",
    ),
    *("arve", "pasūtīj", "rēķin", "užsak", "sąskait", "narudžb", "naročil", "račun", "ordni", "fattura", "ordú"),
    *("tracking", "sendung", "paket", "parcel", "suivi", "envío", "spedizion", "przesył", "zásilk", "csomag", "ticket"),
    *("isbn", "issn", "ean", "gtin", "barcode", "strichcode", "version", "versión", "versione", "wersja", "verze"),
    *("serial", "serien", "série", "artikel", "artículo", "articolo", "kunden", "client n", "customer", "reference"),
    *(
        "référence",
        "referenz",
        "referencia",
        "riferimento",
        "commit",
        "build",
        "release",
        "firmware",
        "kernel",
        "patent",
    ),
    *("arxiv", "doi", "score", "population", "einwohner", "habitants", "habitantes", "abitanti", "views", "followers"),
    *(
        "chapter",
        "section",
        "kapitel",
        "abschnitt",
        "chapitre",
        "capítulo",
        "capitolo",
        "rozdział",
        "vorgang",
        "booking",
    ),
    *("buchung", "réservation", "reserva", "prenotazione", "rezerwac", "flight", "zählernummer", "model", "produkt"),
    *(
        "versi",
        "verzi",
        "wersj",
        "верси",
        "έκδοσ",
        "leagan",
        "produto",
        "producto",
        "prodotto",
        "beleg",
        "aktenzeichen",
    ),
)
_OTHER_WORDS = ("ref", "sku", "v", "ver", "art", "case", "isrc", "vs", "bug", "issue", "pr", "rfc", "iso", "§")


def _alternatives(words: Sequence[str]) -> str:
    """Write words as a pattern that shares their beginnings: one step per letter, however many words there are."""
    branches = []
    for first, group in groupby(sorted(set(words)), key=lambda word: word[:1]):
        rest = [word[1:] for word in group]
        if first:
            branches.append(re.escape(first) + (f"(?:{_alternatives(rest)})" if rest != [""] else ""))
    return "|".join([*branches, ""] if "" in words else branches)


def _cue_pattern(stems: Sequence[str], words: Sequence[str] = (), signs: Sequence[str] = ()) -> re.Pattern[str]:
    branches = [rf"(?<![^\W_])(?:{_alternatives(folded_words(stems))})"]
    if words:
        branches.append(rf"(?<![^\W_])(?:{_alternatives(folded_words(words))})(?![^\W_])")
    if signs:
        branches.append(_alternatives(folded_words(signs)))
    return re.compile("|".join(branches))


_CUES = {
    Cue.PHONE: _cue_pattern(_PHONE_STEMS, _PHONE_WORDS, _PHONE_SIGNS),
    Cue.CARD: _cue_pattern(_CARD_STEMS),
    Cue.IDENTITY: _cue_pattern(_IDENTITY_STEMS, _IDENTITY_WORDS),
    Cue.OTHER: _cue_pattern(_OTHER_STEMS, _OTHER_WORDS),
}
CUE_PATTERNS = tuple(_CUES.values())

# An amount is no phone number, whatever its grouping.
_UNIT = (
    r"(?:€|\$|£|%|‰|°|zł|(?:eur|euro|euros|usd|gbp|chf|pln|czk|kc|kč|huf|ft|ron|lei|leu|bgn|lv|лв|sek|dkk|kr|hrk|kn"
    r"|mio|mrd|million|milion|millionen|km|kg|m2|m|cm|mm|kb|mb|gb|tb|kwh|ppm|views|likes|followers)(?![^\W_]))"
)
UNIT_AFTER = re.compile(rf"[ .,\-]{{0,2}}{_UNIT}", re.IGNORECASE)
AMOUNT_BEFORE = re.compile(r"(?:[€$£#§=~<>^*]|(?<![^\W_])(?:eur|usd|gbp|chf)) ?\Z", re.IGNORECASE)


def context_before(text: str, start: int) -> str:
    """Return what stands before a place, up to the nearest line break, placeholder or span already found."""
    return _EDGE.split(text[max(0, start - CONTEXT_LENGTH) : start])[-1]


def context_after(text: str, end: int) -> str:
    """Return what stands after a place, up to the nearest line break, placeholder or span already found."""
    return _EDGE.split(text[end : end + CONTEXT_LENGTH // 2], maxsplit=1)[0]


def nearest_cue(text: str, start: int, end: int) -> Cue | None:
    """Say what the cue word nearest to a number says it is; words before it count first."""
    return cue_before(text, start) or cue_after(text, end)


def cue_before(text: str, start: int) -> Cue | None:
    """Say what the last cue word before a number says; words beyond another long number belong to that one."""
    before = _LONG_NUMBER.split(context_before(text, start))[-1].lower()
    found = [(*place, cue) for cue, pattern in _CUES.items() if (place := _last(pattern, before)) is not None]
    return max(found)[-1] if found else None


def cue_after(text: str, end: int) -> Cue | None:
    """Say what the first cue word after a number says; words beyond another long number belong to that one."""
    after = _LONG_NUMBER.split(context_after(text, end), maxsplit=1)[0].lower()
    found = [(-match.start(), cue) for cue, pattern in _CUES.items() if (match := pattern.search(after))]
    return max(found)[-1] if found else None


def _last(pattern: re.Pattern[str], text: str) -> tuple[int, int] | None:
    """Return where the last match ends and how long it is: of two cues that end together the longer one speaks."""
    last = None
    for match in pattern.finditer(text):
        last = (match.end(), match.end() - match.start())
    return last
