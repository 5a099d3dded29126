"""Invented postal addresses of the 27 member states, in the order and with the words of each.

Streets are made of a kind and a name; postcodes have the shape of the country's, the towns are real ones. Beside the
whole address people write the street with the town, or the street and number alone: all are one span.
"""

import random
from dataclasses import dataclass

from text_evaluation.posts import Label, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressStyle:
    """How a country writes addresses: kinds and names of streets, order, postcodes (# is a digit), towns, flats.

    `street` and `line` have the fields kind, name and street, number; `place` has the fields postcode and town.
    """

    street: str
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    line: str
    postcode: str
    towns: tuple[str, ...]
    flats: tuple[str, ...] = ()
    place: str = "{postcode} {town}"


def _style(street: str, kinds: str, names: str, line: str, places: str, flats: str = "") -> AddressStyle:
    """Read a style from strings with `|` between the members; the first of `places` is the postcode."""
    postcode, *towns = places.split("|")
    return AddressStyle(
        street=street,
        kinds=tuple(kinds.split("|")),
        names=tuple(names.split("|")),
        line=line,
        postcode=postcode,
        towns=tuple(towns),
        flats=tuple(flats.split("|")) if flats else (),
        place="{town} {postcode}" if postcode.startswith("<") else "{postcode} {town}",
    )


_S_N, _N_S, _SN = "{street} {number}", "{number} {street}", "{name}{kind}"
_KN, _NK = "{kind} {name}", "{name} {kind}"
STYLES: dict[str, AddressStyle] = {
    "AT": _style(
        _SN, "gasse|straße|weg|platz|str.", "Lerchen|Hasel|Kirsch|Sonnleiten|Mühl|Auer", _S_N,
        "####|Graz|Villach|Wels|Bregenz|Krems", "/2/14|/7|, Top 3",
    ),
    "BE": _style(
        _KN, "Rue|rue|Avenue|Chaussée|Av.", "des Tilleuls|du Moulin|de la Source|des Alouettes|Saint-Martin", _S_N,
        "####|Namur|Liège|Mons|Tournai|Arlon", " bte 4| boîte 12",
    ),
    "BG": _style(
        _KN, "ул.|бул.|улица|ул", "Здравец|Тинтява|Черни връх|Бреза|Оборище|Люлин", "{street} {number}",
        "####|Пловдив|Русе|Варна|Плевен|Бургас", ", ет. 3, ап. 12|, вх. Б, ап. 7",
    ),
    "CY": _style(
        _KN, "Οδός|Λεωφόρος|Λεωφ.", "Ελαιών|Κυκλάμινων|Αγίου Ανδρέα|Αμαθούντος", _S_N, "####|Λεμεσός|Λάρνακα|Πάφος",
        ", Διαμ. 4",
    ),
    "CZ": _style(
        "{name}{kind}", "|| ul.", "Lipová|Na Výsluní|Polní|Zahradní|Pod Lesem|Husova|Krátká", _S_N,
        "### ##|Brno|Olomouc|Plzeň|Jihlava|Zlín", "/12|/3a",
    ),
    "DE": _style(
        _SN, "weg|straße|str.|allee|gasse|strasse|ring", "Wacholder|Drossel|Mühlbach|Kastanien|Schlehen|Ulmen", _S_N,
        "#####|Kassel|Erfurt|Bremen|Ulm|Trier|Passau", ", 3. OG|, Hinterhaus",
    ),
    "DK": _style(
        _SN, "vej|gade|allé|stræde|vænget", "Kirsebær|Skov|Møllebak|Strand|Lærke|Engdrag", _S_N,
        "####|Odense|Aalborg|Vejle|Horsens|Ribe", ", 2. tv|, 1. th|, st. mf",
    ),
    "EE": _style(
        "{name} {kind}", "tänav|tn|tee|pst|puiestee", "Pärna|Toome|Kase|Sireli|Männi|Kastani", _S_N,
        "#####|Tartu|Pärnu|Narva|Viljandi|Rakvere", "-12|-4",
    ),
    "ES": _style(
        _KN, "Calle|calle|C/|Avda.|Avenida|Plaza|Paseo", "del Olmo|de la Fuente|Almendros|San Telmo|del Molino|Jazmín",
        "{street}, {number}", "#####|Murcia|Vigo|Burgos|Cádiz|Lugo", ", 3º B|, 1º izda|, bajo",
    ),
    "FI": _style(
        _SN, "katu|tie|kuja|polku|raitti", "Pihlaja|Mänty|Kello|Kuusi|Ranta|Lehto", _S_N,
        "#####|Tampere|Turku|Oulu|Kuopio|Lahti", " A 12| B 3| as. 7",
    ),
    "FR": _style(
        _KN, "rue|Rue|avenue|av.|bd|chemin|impasse|allée|place",
        "des Acacias|du Lavoir|des Peupliers|de la Fontaine|Jules Vallès|du Vieux Puits", "{number} {street}",
        "#####|Angers|Limoges|Metz|Brest|Pau|Troyes", ", bât. C|, apt 12",
    ),
    "GR": _style(
        _KN, "Οδός|οδός|Λεωφόρος|Λεωφ.", "Αγίας Λαύρας|Δελφών|Μυρτιάς|Κανάρη|Ηπείρου", _S_N,
        "### ##|Πάτρα|Βόλος|Λάρισα|Χανιά|Καβάλα", ", 2ος όροφος",
    ),
    "HR": _style(
        _NK, "ulica|ul.|put|cesta", "Lipova|Vrtna|Školska|Vinogradska|Primorska|Maslinova", _S_N,
        "#####|Split|Rijeka|Osijek|Zadar|Sisak", "/2|, kat 3",
    ),
    "HU": _style(
        _NK, "utca|u.|út|tér|köz|fasor", "Akácfa|Hársfa|Gesztenye|Malom|Szőlő|Orgona", "{street} {number}.",
        "####|Szeged|Pécs|Győr|Eger|Miskolc", " 2. em. 5.| fszt. 1.",
    ),
    "IE": _style(
        _NK, "Road|Street|Lane|Terrace|Avenue|Park|Rd|St", "Glenview|Hawthorn|Millbrook|Abbey|Seapoint|Orchard", _N_S,
        "<&## &#&#|Cork|Galway|Sligo|Tralee|Ennis", ", Apt 4|, Flat 2",
    ),
    "IT": _style(
        _KN, "Via|via|Viale|V.le|Corso|Piazza|Largo", "dei Mille|delle Rose|del Pozzo|Solferino|dei Gelsi|Carducci",
        "{street} {number}", "#####|Bari|Parma|Udine|Pisa|Lecce", ", int. 5|, scala B",
    ),
    "LT": _style(
        _NK, "g.|gatvė|pr.|al.|gatve", "Liepų|Ąžuolų|Vytenio|Pušų|Alyvų|Klevų", _S_N,
        "LT-#####|Kaunas|Klaipėda|Šiauliai|Alytus|Utena", "-12|-3",
    ),
    "LU": _style(
        _KN, "rue|Rue|route|avenue", "de la Gare|des Prés|du Moulin|d'Arlon|des Champs", "{number}, {street}",
        "L-####|Esch-sur-Alzette|Differdange|Wiltz|Ettelbruck",
    ),
    "LV": _style(
        _NK, "iela|ielā|prospekts|gatve", "Liepu|Ozolu|Bērzu|Skolas|Ceriņu|Kalna", _S_N,
        "LV-####|Liepāja|Jelgava|Valmiera|Cēsis|Ventspils", "-15|, dz. 4",
    ),
    "MT": _style(
        _KN, "Triq|triq|Sqaq|Pjazza", "San Ġużepp|Santa Marija|Ħarruba|il-Ward|San Pawl", "{number}, {street}",
        "<&&& ####|Mosta|Żabbar|Rabat|Mellieħa|Gżira", ", Flat 3",
    ),
    "NL": _style(
        _SN, "straat|weg|laan|plein|singel|kade|str.", "Meidoorn|Linden|Molen|Kerkuil|Haver|Vlier", _S_N,
        "#### &&|Zwolle|Breda|Arnhem|Delft|Leiden", "-2|bis| III",
    ),
    "PL": _style(
        _KN, "ul.|ulica|al.|os.|pl.", "Lipowa|Kwiatowa|Akacjowa|Brzozowa|Młyńska|Wierzbowa", _S_N,
        "##-###|Lublin|Opole|Toruń|Rzeszów|Kielce", "/12| m. 4|/3a",
    ),
    "PT": _style(
        _KN, "Rua|rua|R.|Avenida|Av.|Travessa|Largo", "das Oliveiras|da Fonte|do Moinho|dos Loureiros|da Boavista",
        "{street}, {number}", "####-###|Braga|Évora|Faro|Aveiro|Leiria", ", 2.º Esq.|, 3º Dto|, r/c",
    ),
    "RO": _style(
        _KN, "Str.|str|Strada|Bd.|Aleea|Calea", "Teiului|Salcâmilor|Zorilor|Morii|Livezilor|Crinului",
        "{street} nr. {number}", "######|Cluj-Napoca|Iași|Sibiu|Oradea|Brașov", ", bl. A3, sc. 2, ap. 14|, ap. 5",
    ),
    "SE": _style(
        _SN, "gatan|vägen|stigen|gränd|allén", "Björk|Ek|Rönn|Kvarn|Skol|Solros", _S_N,
        "### ##|Umeå|Växjö|Lund|Kalmar|Gävle", " lgh 1102| B, 2 tr",
    ),
    "SI": _style(
        _NK, "ulica|ul.|cesta|pot", "Cvetlična|Vrtna|Gozdna|Mlinska|Lipova|Travniška", _S_N,
        "####|Maribor|Celje|Kranj|Koper|Ptuj", "/2| a",
    ),
    "SK": _style(
        "{name}{kind}", "|| ulica| ul.", "Lipová|Záhradná|Poľná|Mlynská|Jarná|Krátka", _S_N,
        "### ##|Žilina|Nitra|Trnava|Prešov|Košice", "/12|/4",
    ),
}  # fmt: skip


def draw_address(draw: random.Random, country: str) -> Value:
    """Draw an address of the country: whole, street with town, or street and number alone."""
    style = STYLES[country]
    street = style.street.format(kind=draw.choice(style.kinds), name=draw.choice(style.names)).strip()
    line = style.line.format(street=street, number=_number(draw))
    if style.flats and draw.random() < 0.15:
        line += draw.choice(style.flats)
    way = draw.random()
    if way < 0.35:
        return _address(line, "street")
    town = draw.choice(style.towns)
    if way < 0.55:
        return _address(f"{line}{draw.choice((', ', ' '))}{town}", "street and town")
    place = style.place.format(postcode=_postcode(draw, style.postcode), town=town)
    return _address(f"{line}{draw.choice((', ', ', ', ' ', chr(10)))}{place}", "whole")


def draw_town(draw: random.Random, country: str) -> str:
    """Draw a town: no identifier by itself."""
    return draw.choice(STYLES[country].towns)


def _address(text: str, form: str) -> Value:
    # A full stop at the end is the sentence's as well.
    return Value(text=text.rstrip("."), label=Label.ADDRESS, form=form)


def _number(draw: random.Random) -> str:
    number = draw.randint(1, 180)
    letter = draw.choice("abc")
    return draw.choices(
        (f"{number}", f"{number}{letter}", f"{number} {letter}", f"{number}-{number + 2}"), (8, 2, 1, 1)
    )[0]


def _postcode(draw: random.Random, pattern: str) -> str:
    """Fill the shape of a postcode: # is a digit, & a letter; the first digit is no zero."""
    written, first = [], True
    for sign in pattern.lstrip("<"):
        if sign == "#":
            written.append(str(draw.randint(1 if first else 0, 9)))
            first = False
        else:
            written.append(draw.choice("ABCDEFHKNPRTVWXY") if sign == "&" else sign)
    return "".join(written)
