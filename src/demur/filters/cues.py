"""Cue words: what people write beside a number tells what the number is.

A phone number or an identity number without a strong check digit looks like any order number; the nearest cue decides.
The words cover the 24 official languages of the European Union, folded like the texts they are looked for in. The
context of a candidate ends at a line break, at a placeholder and at a span already found, so that cutting one span
never changes what is said about another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters import devices, plates
from demur.filters.automata import Automaton, compile_patterns, literally
from demur.filters.dates import BIRTH_STEMS, BIRTH_WORDS
from demur.filters.folding import folded_words

NO_CUE: Final = 0
PHONE_CUE: Final = 1
CARD_CUE: Final = 2
IDENTITY_CUE: Final = 3
OTHER_CUE: Final = 4
BIRTH_CUE: Final = 5
PLATE_CUE: Final = 6
VEHICLE_CUE: Final = 7
NO_PLATE_CUE: Final = 8
DEVICE_CUE: Final = 9
PLACE_CUE: Final = 10
WHOLE_WORD: Final = 0x40
"""Added to the kind of a cue that must be a word of its own; others may be the beginning of one."""
ANYWHERE: Final = 0x80
"""Added to the kind of a cue that needs no word's beginning: a sign."""


_PHONE_STEMS = (
    *("telef", "téléph", "mobil", "handy", "whatsapp", "cellul", "celular", "telemóvel", "telemov", "móvil"),
    *("komórk", "zadzwoń", "dzwoń", "zavolej", "volejte", "volať", "hívj", "hívás", "puhelin", "soita", "soittaa"),
    *("tālrun", "zvaniet", "skambin", "helista", "pokliči", "nazovi", "ċempel", "glaoigh", "guthán", "gutháin"),
    *("τηλ", "κιν", "καλέστε", "тел", "моб", "обад", "звън", "rufnummer", "anruf", "appelle", "llama", "chiama"),
    *("ligue para", "bellen", "ringe", "sună", "apelați", "τηλέφωνο"),
    # "My new number", as those write who change theirs.
    *("new number", "neue nummer", "neuen nummer", "nouveau numéro", "nouveau num", "nuevo número", "número nuevo"),
    *("nuevo numero", "numero nuevo", "nuovo numero", "numero nuovo", "novo número", "número novo", "nieuw nummer"),
    *("nieuwe nummer", "nytt nummer", "nya nummer", "nyt nummer", "nye nummer", "uusi numero", "uuden numero"),
    *("uus number", "uut numbrit", "jauns numurs", "jauno numuru", "jaunais numurs", "naujas numeris", "naują numerį"),
    *("nowy numer", "nowego numeru", "nové číslo", "nove cislo", "nova številka", "novo številko", "novi broj"),
    *("nov broj", "új szám", "új telefonszám", "număr nou", "numărul nou", "noul număr", "noul meu număr"),
    *("нов номер", "новия номер", "новият номер", "νέος αριθμός", "νέο αριθμό", "καινούριο αριθμό", "uimhir nua"),
    *("numru ġdid", "numru gdid", "in-numru l-ġdid"),
    # "Call", "ring", "write to", in the moods in which people ask for it.
    *("zavol", "zazvon", "brnkn", "prezvoň", "volaj", "zadzwo", "przedzwo", "dzwon", "oddzwo", "rufe", "ruft an"),
    *("anzuruf", "durchruf", "ruf einfach", "ruf durch", "appelez", "appeler", "rappel", "téléphone", "llámame"),
    *("llámeme", "llamar al", "llame al", "llámanos", "chiamami", "chiamate", "chiamare", "telefonare", "ligar para"),
    *(
        "liga-me",
        "liga para",
        "ligue-me",
        "ligue",
        "ligar ao",
        "telefona",
        "ring mig",
        "ring meg",
        "ring til",
        "ring på",
    ),
    *("ringa", "opkald", "bel me", "bel mij", "bel naar", "belt u", "telefoneer", "soittak", "soitel", "kilauta"),
    *("helist", "kõne", "zvani", "piezvan", "skambin", "paskamb", "nazov", "zovi", "javi se na", "pokliči", "kliči"),
    *("kliknite na tel", "hívd", "hívja", "hívh", "keress a", "csörög", "sunați", "suna-", "suna ", "sunati"),
    *("звъни", "обади", "позвън", "τηλεφών", "πάρε με", "πάρτε", "κάλεσ", "καλέστε", "ċempil", "ċempl", "cempel"),
    *("glaoch", "scairt", "cuir glao", "glaoigí", "telegram no", "signal no"),
    *(
        "contact",
        "kontakt",
        "contatt",
        "contato",
        "ota yhteyttä",
        "yhteystie",
        "susisiek",
        "sazin",
        "επικοινων",
        "свърж",
    ),
    *("ühendust", "teagmháil", "kuntatt", "elérhet", "dosažitel", "reach me", "erreichbar", "joignable", "bereikbaar"),
    *("kellem", "kellmu", "avisad", "avisar a", "avisen a", "avvisa", "falem com", "fala com", "melde dich bei"),
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
    *("iban", "visa", "mastercard", "maestro", "amex", "american express", "kreditkart", "credit card", "debit card"),
    *("kaart",),
    *("carte bancaire", "carte bleue", "carte de crédit", "tarjeta", "carta di credito", "cartão", "kreditkort"),
    *("bankkort", "karta płatnicz", "karta kredyt", "kartą", "kreditní kart", "platební kart", "kártya", "luottokort"),
    *("cardul", "κάρτα", "карта", "kartic", "kortel", "kredītkart", "krediitkaart", "cárta", "card number"),
    *("ma carte", "sa carte", "ta carte", "carte visa", "karty", "kartę", "moja karta", "moje karta", "mojí kart"),
    *("maksukort", "pankkikort", "korttini", "korttia", "mitt kort", "mit kort", "kortet", "mana karte", "manu karti"),
    *("manas kartes", "mijn pas", "bankpas", "meine karte", "meiner karte", "bankkarte", "mia carta", "carta visa"),
    *("chárta", "gcárta", "kartas bankarj", "il-karta", "bank card", "my card", "pangakaar", "карти", "картата"),
    *("κάρτας", "bankkártya", "moja kartic", "mojo kartic", "cardului", "cartea de credit"),
)

_IDENTITY_STEMS = (
    *("personnummer", "personnr", "pesel", "burgerservice", "sofinummer", "rijksregister", "registre national"),
    *(
        "numéro national",
        "steuer-id",
        "steueridentif",
        "steuerid",
        "steuernummer",
        "identifikationsnummer",
        "sozialversicherung",
    ),
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
    *("cpr-", "personlig kod", "numéro fiscal", "número fiscal", "número de contribuinte", "numero fiscale"),
    *("tajszám", "szem. szám", "személyi ig", "személyi", "идентификацион", "лнч", "αριθμό ταυτότητ", "αρ. ταυτ"),
    *("isikukood", "isikukoodi", "asmens kodas", "personas kods", "personas kodu", "rodným čís", "rodného čís"),
    *("burgerservicenummer", "insurance number", "versicherungsnummer", "steuernummer", "steuer-id", "karta tal-id"),
    *("numru tal-id", "uimhir pearsanta", "matični broj", "matična", "davčna štev", "davčno štev", "číslo op"),
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
    # Goods and their numbers.
    *("varenummer", "varenr", "varunummer", "vare nr", "artikl", "artnr", "art.nr", "art.-nr", "produit", "produs"),
    *("product", "tuotenumero", "tuote", "tootekood", "toode", "toote", "prece", "preču", "prekė", "prekės", "prekes"),
    *("termék", "cikkszám", "izdel", "proizvod", "výrob", "zboží", "tovar", "towar", "katalog", "catalog", "προϊόν"),
    *("προιόν", "κωδικός προϊόντ", "продукт", "артикул", "стока", "táirge", "prodott", "item no", "item number"),
    *("part no", "part number", "numéro de série", "número de serie", "numero di serie", "sériové", "sarjanumero"),
    *("gyári szám", "гледан", "прегледа", "επισκέψ", "προβολ"),
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


@dataclass(frozen=True, slots=True)
class CueWords:
    """Words that say the same; a stem may be the beginning of a word, a sign may stand anywhere."""

    kind: int
    stems: Sequence[str]
    words: Sequence[str] = ()
    signs: Sequence[str] = ()


CUES: tuple[CueWords, ...] = (
    CueWords(PHONE_CUE, _PHONE_STEMS, _PHONE_WORDS, _PHONE_SIGNS),
    CueWords(CARD_CUE, _CARD_STEMS),
    CueWords(IDENTITY_CUE, _IDENTITY_STEMS, _IDENTITY_WORDS),
    CueWords(OTHER_CUE, _OTHER_STEMS, _OTHER_WORDS),
    CueWords(BIRTH_CUE, BIRTH_STEMS, BIRTH_WORDS),
    CueWords(PLATE_CUE, plates.PLATE_STEMS, plates.PLATE_WORDS),
    CueWords(VEHICLE_CUE, plates.VEHICLE_STEMS, plates.VEHICLE_WORDS),
    CueWords(NO_PLATE_CUE, plates.OTHER_STEMS, plates.OTHER_WORDS),
    CueWords(DEVICE_CUE, devices.DEVICE_STEMS, devices.DEVICE_WORDS),
    CueWords(PLACE_CUE, devices.PLACE_STEMS, devices.PLACE_WORDS),
)


def _by_pattern() -> dict[str, int]:
    """Name the kind of each word; of two that fold to the same one the first list wins."""
    found: dict[str, int] = {}
    for one in CUES:
        for words, how in ((one.stems, 0), (one.words, WHOLE_WORD), (one.signs, ANYWHERE)):
            for word in words:
                found.setdefault(literally(word), one.kind | how)
    return found


def cue_kinds() -> npt.NDArray[np.uint8]:
    """Return the kinds of the patterns of the automaton, in their order."""
    return np.array(list(_by_pattern().values()), dtype=np.uint8)


def cue_automaton() -> Automaton:
    """Compile the cue words of all languages."""
    return compile_patterns(list(_by_pattern()))


# What a great number counts: views, readers, people, stars.
_COUNTED: Final = (
    *("гледан", "преглед", "души", "zhlédnut", "zhliadnut", "shlédnut", "lidí", "ľudí", "visning", "aufruf", "mal ges"),
    *("menschen", "leute", "προβολ", "άτομα", "people", "subscriber", "abonn", "vues", "personnes", "reproduc"),
    *("visualiz", "visualis", "vistas", "personas", "persone", "pessoas", "seguidor", "vaatamis", "inimest", "näyttök"),
    *("katselu", "ihmist", "duine", "amharc", "pregled", "ogled", "ljudi", "megtekint", "ember", "peržiūr", "žmon"),
    *("skatīj", "cilvēk", "weergav", "mensen", "kijkers", "wyświetl", "odsłon", "ludzi", "vizualiz", "oameni"),
    *("människor", "mennesker", "persuna", "nies", "steps", "schritte", "pasos", "kroków", "points", "punkte"),
)
# An amount is no phone number, whatever its grouping.
_UNITS: Final = (
    "eur|euro|euros|usd|gbp|chf|pln|czk|kc|huf|ft|ron|lei|leu|bgn|lv|лв|sek|dkk|kr|hrk|kn|mio|mrd|million|milion"
    "|millionen|km|kg|m2|m|cm|mm|kb|mb|gb|tb|kwh|ppm|views|likes|followers"
)
UNIT_AFTER: Final = (
    rf"[ .,\-]{{0,2}}(?:[€%‰°]|$|zł|(?:{_UNITS}))",
    r"[ .,\-]{1,2}(?:" + "|".join(literally(word) for word in folded_words(_COUNTED)) + r")\l*",
)
AMOUNT_BEFORE: Final = r"(?:[€$#§=~<>^*]|eur|usd|gbp|chf) ?"
