"""Which postal addresses the identifier filter cuts, whole, and what it leaves; all of them are invented or public."""

import polars as pl
import pytest

from demur.filters.addresses import ending_automaton, word_automaton
from demur.filters.automata import longest_match
from demur.filters.identifiers import IdentifierClass
from demur.filters.text import redact, spans

FOUND = (
    # language, text with one address between « and »
    ("fr", "j'habite «12 rue de la Paix, 75002 Paris» depuis hier"),
    ("fr", "rdv «5 bis avenue Jules Vallès, 94200 Ivry-sur-Seine»"),
    ("fr", "colis à livrer «3, impasse des Lilas, bât. B, appt 12, 69003 Lyon» svp"),
    ("fr", "«27 bd voltaire paris»"),
    ("fr", "on est au «14 rue victor hugo», venez"),
    ("fr", "adresse : «8 place Saint-Michel\n33000 Bordeaux»"),
    ("fr", "«18 chemin du Moulin 38100 Grenoble» sonnez"),
    ("fr", "«BP 123, 67000 Strasbourg»"),
    ("fr", "chez moi c'est «44 quai de Jemmapes, 75010 Paris, France» !"),
    ("fr", "«12 RUE DU GÉNÉRAL DE GAULLE 59000 LILLE»"),
    ("fr", "j'habite au «7 rue du 8 mai 1945, 93100 Montreuil»"),
    ("fr", "«avenue Louise 149 bte 4, 1050 Bruxelles»"),
    ("fr", "«Rue de la Loi 16, 1000 Bruxelles»"),
    ("fr", "habite «12, route d'Arlon, L-1140 Luxembourg»"),
    ("de", "Ich wohne in der «Hauptstraße 5, 10115 Berlin»"),
    ("de", "komm in die «lindenstr. 12a» heute abend"),
    ("de", "Adresse: «Karl-Marx-Allee 93 A, 10243 Berlin»"),
    ("de", "«Unter den Linden 77, 10117 Berlin»"),
    ("de", "wohne «Am Markt 3, 99084 Erfurt»"),
    ("de", "Paket an «Goethestr. 7\n60313 Frankfurt am Main»"),
    ("de", "«Berliner Straße 48, 2. OG links, 13507 Berlin»"),
    ("de", "bin jetzt «Schillerplatz 4/12, 1010 Wien»"),
    ("de", "Party: «mariahilfer straße 88 top 5, 1070 wien»"),
    ("de", "«Straße des 17. Juni 135, 10623 Berlin»"),
    ("de", "«Postfach 10 15 20, 50455 Köln»"),
    ("de", "«Alte Gasse 12-14»"),
    ("de", "treffen uns bei «Am Hang 9, D-72070 Tübingen»"),
    ("de", "«BAHNHOFSTRASSE 17, 8001 ZÜRICH»"),
    ("en", "I live at «10 Downing Street, London SW1A 2AA»"),
    ("en", "send it to «Flat 3, 12 Abbey Road, London NW8 9AY»"),
    ("en", "my place: «42 Main Street, Swords, Co. Dublin, K67 X285»"),
    ("en", "«221b baker street», come over"),
    ("en", "«15 The Green, Dublin 24»"),
    ("en", "visit us at «7 O'Connell St, Limerick»"),
    ("en", "we moved to «23 Merrion Square North, Dublin 2, D02 X285»"),
    ("en", "«P.O. Box 1234, Cork»"),
    ("en", "im at «5 park road» now"),
    ("en", "meet at «High Street 12»?"),
    ("en", "«Apt 4B, 17 St. Paul Street, Valletta VLT 1211, Malta»"),
    ("en", "«12 Martin Luther King Drive»"),
    ("es", "vivo en «Calle Mayor 5, 3º B, 28013 Madrid»"),
    ("es", "«C/ Alcalá, 45, 2º izda, 28014 Madrid»"),
    ("es", "mándalo a «c/ del olmo 7 bajo, 41003 sevilla»"),
    ("es", "«Avda. de la Constitución nº 12, 46001 Valencia»"),
    ("es", "«Pza. España, 3»"),
    ("es", "mi dirección es «paseo de gracia 92, 4º 1ª, 08008 barcelona»"),
    ("es", "estamos en «calle luna 14»"),
    ("es", "«Plaza 2 de Mayo 4, Madrid»"),
    ("es", "«Ctra. de Cádiz 33, 29004 Málaga»"),
    ("es", "«Gran Vía 28, 28013 Madrid»"),
    ("es", "«Apartado 234, 36200 Vigo»"),
    ("it", "abito in «Via Roma 3, 20121 Milano»"),
    ("it", "«via garibaldi 15, torino»"),
    ("it", "ci vediamo in «Piazza San Marco 12/B, 30124 Venezia»"),
    ("it", "«Corso Vittorio Emanuele II, 45, scala B, int. 5, 00186 Roma»"),
    ("it", "spedire a «V.le dei Mille n. 8»"),
    ("it", "«Via XX Settembre 20, 16121 Genova (GE)»"),
    ("it", "«via XXV aprile 6», ore 8"),
    ("it", "«largo Augusto 1/A, 20122 Milano MI»"),
    ("it", "«Vicolo del Forno, 7»"),
    ("it", "«via dante alighieri 10» citofono rossi"),
    ("pt", "moro na «Rua Augusta 25, 3.º Esq., 1100-048 Lisboa»"),
    ("pt", "«Av. da Liberdade, 110, 1250-146 Lisboa»"),
    ("pt", "«Rua 25 de Abril, n.º 14, 2800-301 Almada»"),
    ("pt", "«travessa do carmo 8 r/c dto»"),
    ("pt", "«Praceta das Flores 5, 2.º D, 2675-001 Odivelas»"),
    ("pt", "envia para «R. de Santa Catarina 312, 4000-443 Porto»"),
    ("pt", "«Largo do Rossio 4, Aveiro»"),
    ("nl", "ik woon op «Kerkstraat 12a, 1017 GC Amsterdam»"),
    ("nl", "«Prinsengracht 263-267, 1016 GV Amsterdam»"),
    ("nl", "kom naar «dorpsstraat 5, 1234ab hilversum»"),
    ("nl", "«Laan van Meerdervoort 312, 2563 AL Den Haag»"),
    ("nl", "«Van der Helststraat 9-II»"),
    ("nl", "«Meir 50 bus 3, 2000 Antwerpen»"),
    ("nl", "«Eerste Jan van der Heijdenstraat 14 hs, 1072 TV Amsterdam»"),
    ("nl", "«Postbus 20011, 2500 EA Den Haag»"),
    ("nl", "pakje naar «Grote Markt 1, 9000 Gent»"),
    ("nl", "«Wibautstraat 131 D»"),
    ("pl", "mieszkam na «ul. Długiej 7/12, 00-950 Warszawa»"),
    ("pl", "«ul. Marszałkowska 10 m. 4, 00-590 Warszawa»"),
    ("pl", "«al. Jana Pawła II 22, 31-864 Kraków»"),
    ("pl", "adres: «os. Tysiąclecia 15/30, 31-610 Kraków»"),
    ("pl", "paczka na «ul.kwiatowa 3a, 61-001 poznań»"),
    ("pl", "«ul. 3 Maja 5, Katowice»"),
    ("pl", "«plac Grunwaldzki 12 lok. 8»"),
    ("pl", "«Aleje Jerozolimskie 65/79»"),
    ("pl", "«ul. św. Marcin 80/82, 61-809 Poznań»"),
    ("pl", "«Lipowa 8, 05-123 Chotomów»"),
    ("cs", "bydlím na «Vinohradská 12, 120 00 Praha 2»"),
    ("cs", "«Lipová 12, 602 00 Brno»"),
    ("cs", "«nám. Míru 820/9, 120 00 Praha 2»"),
    ("cs", "«ulice Dlouhá 5»"),
    ("cs", "pošli to na «tř. Kpt. Jaroše 19, 602 00 Brno»"),
    ("cs", "«Na Příkopě 15, 110 00 Praha 1»"),
    ("cs", "adresa «husova 8, 370 01 české budějovice»"),
    ("cs", "«Nádražní 123/4, 702 00 Ostrava»"),
    ("sk", "bývam «Hlavná 15, 040 01 Košice»"),
    ("sk", "«Námestie SNP 3, 811 06 Bratislava»"),
    ("sk", "«ul. Mlynské nivy 44/A, Bratislava»"),
    ("sk", "adresa: «Štúrova 7, 949 01 Nitra»"),
    ("sl", "živim na «Slovenska cesta 12, 1000 Ljubljana»"),
    ("sl", "«Trubarjeva ulica 5, 2000 Maribor»"),
    ("sl", "«Trg republike 3»"),
    ("sl", "naslov: «Prešernova 8, 4000 Kranj»"),
    ("sl", "«Cesta na Brdo 49b, Ljubljana»"),
    ("hr", "stanujem u «Ulica kralja Zvonimira 5, 10000 Zagreb»"),
    ("hr", "«Vukovarska 12, 21000 Split»"),
    ("hr", "«Trg bana Jelačića 3, Zagreb»"),
    ("hr", "adresa: «Ilica 242, 10 000 Zagreb»"),
    ("hr", "«ul. Ivana Gundulića 15/2, Osijek»"),
    ("hu", "«1052 Budapest, Petőfi utca 3.»"),
    ("hu", "lakom: «Kossuth Lajos utca 14/B, 6720 Szeged»"),
    ("hu", "«Budapest, Váci út 45. 3. em. 12.»"),
    ("hu", "a címem «rákóczi u. 12», gyere"),
    ("hu", "«Szent István krt. 22. II/5.»"),
    ("hu", "«Deák tér 5»"),
    ("ro", "stau pe «str. Lalelelor nr. 5, bl. A3, sc. 2, et. 4, ap. 15, București»"),
    ("ro", "«Bulevardul Unirii 12, 030167 București»"),
    ("ro", "«Str. Avram Iancu, nr. 10, Cluj-Napoca 400083»"),
    ("ro", "locuiesc pe «strada florilor 7, brașov»"),
    ("ro", "«Calea Victoriei 120»"),
    ("ro", "«Aleea Rozelor nr. 3, Timișoara»"),
    ("bg", "живея на «ул. Витоша 12, 1000 София»"),
    ("bg", "«бул. Цар Освободител 15, ет. 3, ап. 8, София»"),
    ("bg", "«ж.к. Младост 1, бл. 54, вх. 3, ап. 12»"),
    ("bg", "«ул. граф игнатиев 7а, пловдив»"),
    ("bg", "адрес: «жк Люлин бл. 511 вх. Б»"),
    ("bg", "«пл. Славейков 4»"),
    ("el", "μένω «οδός Ερμού 15, 105 63 Αθήνα»"),
    ("el", "«Ερμού 15, 105 63 Αθήνα»"),
    ("el", "«Λεωφ. Κηφισίας 100, Μαρούσι 151 25»"),
    ("el", "«λεωφόρος συγγρού 45, αθήνα»"),
    ("el", "«Πλατεία Συντάγματος 3»"),
    ("el", "διεύθυνση: «Τσιμισκή 52, Θεσσαλονίκη»"),
    ("el", "«Αγίου Δημητρίου 7, 3ος όροφος, 546 31 Θεσσαλονίκη»"),
    ("sv", "jag bor på «Storgatan 4 B, 111 22 Stockholm»"),
    ("sv", "«Erik Dahlbergsgatan 12, 411 26 Göteborg»"),
    ("sv", "skicka till «kungsgatan 7 lgh 1102, 903 25 umeå»"),
    ("sv", "«Södra vägen 8, Malmö»"),
    ("sv", "«Sveavägen 44»"),
    ("da", "jeg bor «Strandvejen 10, 2. tv, 2900 Hellerup»"),
    ("da", "«Nørregade 12, st. th., 1165 København K»"),
    ("da", "kom forbi «vestergade 3, 8000 aarhus c»"),
    ("da", "«H.C. Andersens Boulevard 27, 1553 København V»"),
    ("da", "«Ny Vej 5A, 5000 Odense C»"),
    ("fi", "asun «Mannerheimintie 5 A 12, 00100 Helsinki»"),
    ("fi", "«Hämeenkatu 3 B 7, 33100 Tampere»"),
    ("fi", "osoite on «aleksis kiven katu 15, 33100 tampere»"),
    ("fi", "«Pihlajatie 8 as. 5»"),
    ("fi", "tule «Koivukuja 4»"),
    ("et", "elan «Pärna tn 5, 10115 Tallinn»"),
    ("et", "«Narva mnt 7-12, Tallinn»"),
    ("et", "«Vabaduse puiestee 22»"),
    ("et", "aadress: «pikk tänav 3, tartu»"),
    ("lv", "dzīvoju «Brīvības ielā 12-3, Rīga, LV-1010»"),
    ("lv", "«Krišjāņa Barona iela 44, Rīga»"),
    ("lv", "«liepu iela 5, jelgava»"),
    ("lv", "«Raiņa bulvāris 19, LV-1586»"),
    ("lt", "gyvenu «Gedimino g. 9, Kaunas»"),
    ("lt", "«Laisvės al. 53-4, LT-44309 Kaunas»"),
    ("lt", "«Konstitucijos pr. 7, 09308 Vilnius»"),
    ("lt", "«vilniaus gatvė 22»"),
    ("mt", "noqgħod «12, Triq il-Kbira, Ħ'Attard ATD 1024»"),
    ("mt", "«25, Triq San Pawl, Valletta VLT 1117»"),
    ("mt", "«flat 2, 8, triq ir-repubblika, il-belt»"),
    ("ga", "tá mé i mo chónaí ag «14 Sráid Mhór, Gaillimh»"),
    ("ga", "«3 Bóthar na Trá, Gaillimh H91 X2P4»"),
    ("ga", "seoladh: «22 Main Street, Corcaigh»"),
    ("de", "wohne in der «Bahnhofstr.5», klingel bei Meier"),
    ("de", "«Kirchgasse 3, 55116 Mainz, Deutschland»"),
    ("de", "«Sonnenallee 120, Hinterhaus»"),
    ("en", "«29 St. James's Place, London»"),
    ("en", "parcel for «88 North Circular Rd, Dublin 7»"),
    ("es", "«Calle de Alcalá 20 – 28014 Madrid»"),
    ("pl", "«ul. Piłsudskiego 5b/3, Gdynia»"),
    ("sv", "«Västra Hamngatan 5, Göteborg»"),
    ("nl", "«Nieuwezijds Voorburgwal 147, 1012 RJ Amsterdam»"),
    ("fi", "«Iso Roobertinkatu 20-22, 00120 Helsinki»"),
    ("lt", "«Vilniaus g. 25-3, LT-01402 Vilnius, Lietuva»"),
    ("et", "«Tartu mnt 50a-3»"),
    ("pt", "«Rua do Ouro 8 4050-123 Porto»"),
    ("ro", "«Șos. Ștefan cel Mare 12, sector 2, București»"),
    ("el", "«Οδός Πατησίων 76, Αθήνα 104 34»"),
    ("bg", "«ул. Шипка № 34, София»"),
)

CLEAN = (
    ("fr", "on part de la rue de la Paix, c'est fermé"),
    ("fr", "la rue est barrée 3 jours, prenez l'avenue"),
    ("fr", "il reste 2 places dans la voiture et 1 place de parking"),
    ("fr", "route 66, quai 9, voie 3"),
    ("fr", "rendez-vous place Bellecour à 18h"),
    ("fr", "avenue 5 minutes à pied"),
    ("fr", "la rue de la soif 3 fois par semaine, non merci"),
    ("fr", "un cours de piano 25 euros"),
    ("fr", "chemin de compostelle 2024 c'était bien"),
    ("fr", "en 2019 rue de Rivoli est devenue piétonne"),
    ("fr", "3 rues plus loin, à 200 m du boulevard"),
    ("fr", "place 3 mai prochain"),
    ("de", "Platz 3 in der Tabelle, Weg 5 ist gesperrt"),
    ("de", "Arbeitsplatz 4 ist frei, Parkplatz 12 auch"),
    ("de", "auf der Hauptstraße 2 Unfälle heute"),
    ("de", "die Straße 5 Minuten weiter"),
    ("de", "Gleis 9, Halle 3, Stand B 12"),
    ("de", "Bundesstraße 5 und Autobahn 7 gesperrt"),
    ("de", "Am Montag 3 Termine, Im Januar 2024 wieder"),
    ("de", "Kapitel 4, Seite 12, Version 10 Berlin"),
    ("de", "seit 2020 Straße gebaut, 100 neue Straßen"),
    ("de", "Kino: Sonnenallee 19 Uhr, Eintritt 5 Euro"),
    ("en", "the street 5 minutes away, route 66, platform 9"),
    ("en", "2024 street food festival, 100 new street lights"),
    ("en", "5 star road trip, a 2 way street, 24 hour drive"),
    ("en", "Via 3, room 12, bus 42, gate 7"),
    ("en", "I walked 3 miles down the road and 5 streets"),
    ("en", "chapter 5 place your order, 20 square metres"),
    ("en", "1984 was wild, Wall Street crashed in 1987"),
    ("en", "main street 5 shops closed"),
    ("en", "8 Mile, 30 Rock, Area 51"),
    ("en", "the 2nd place 3 times, 4 court cases"),
    ("es", "la calle 13 es un grupo, calle cortada 3 días"),
    ("es", "plaza de garaje 12000 euros"),
    ("es", "camino de santiago 800 km"),
    ("es", "a 5 minutos de la plaza, 2 calles más abajo"),
    ("it", "via libera, 3 volte via mail 2 giorni fa"),
    ("it", "corso di inglese 30 ore, via treno 5 ore"),
    ("it", "piazza piena alle 5, strada chiusa 2 giorni"),
    ("it", "la via lattea 3D, vado via 3 giorni"),
    ("pt", "a rua está cortada 3 dias, praça 5 estrelas"),
    ("pt", "largo 2 metros, estrada nacional 125"),
    ("nl", "onderweg 5 min, plaats 3 in de stand"),
    ("nl", "de straat 5 huizen verder, plein vol om 8 uur"),
    ("pl", "ulica 5 minut stąd, plac zabaw 3 razy"),
    ("pl", "miejsce 7, peron 3, sala 12"),
    ("cs", "ulice je zavřená 3 dny, náměstí plné 500 lidí"),
    ("cs", "místo 5, kolo 12, Praha 2"),
    ("hu", "utca 5 perc, út 200 km, tér tele"),
    ("hu", "az utca 3 napig zárva"),
    ("ro", "strada e închisă 3 zile, locul 5"),
    ("bg", "улица затворена 3 дни, място 5"),
    ("el", "ο δρόμος 5 λεπτά, θέση 3"),
    ("sv", "gatan 5 minuter bort, plats 3, plan 2"),
    ("da", "vejen er lukket 3 dage, plads 12"),
    ("fi", "tie 5 kilometriä, katu suljettu 3 päivää"),
    ("et", "tänav suletud 3 päeva, koht 5"),
    ("lv", "iela slēgta 3 dienas, vieta 5"),
    ("lt", "gatvė uždaryta 3 dienas, vieta 5"),
    ("mt", "it-triq magħluqa 3 ijiem"),
    ("ga", "tá an tsráid dúnta 3 lá"),
    ("en", "iPad 5, string 7, spring 2024, during 3 games"),
    ("da", "brigade 5, facade 3"),
)


def _found(text, language):
    """Return what is found beside names, which have tests of their own: weights that are trained anew move them."""
    found = spans([text], [language])[0]
    return [(text[span.start : span.end], span.label) for span in found if span.label != IdentifierClass.PERSON]


def _unmarked(text):
    return text.replace("«", "").replace("»", "")


@pytest.mark.parametrize(("language", "text"), FOUND)
def test_an_address_is_found_whole(language, text):
    assert _found(_unmarked(text), language) == [(text.split("«")[1].split("»")[0], "ADDRESS")]


@pytest.mark.parametrize(("language", "text"), CLEAN)
def test_a_street_without_a_number_and_a_number_without_a_street_stay(language, text):
    assert _found(text, language) == []


def test_most_addresses_are_found_though_the_language_is_unknown():
    found = spans([_unmarked(text) for _, text in FOUND])
    wholes = [
        any(text[span.start : span.end] == marked.split("«")[1].split("»")[0] for span in each)
        for (_, marked), each, text in zip(FOUND, found, (_unmarked(text) for _, text in FOUND), strict=True)
    ]
    assert sum(wholes) >= 0.85 * len(FOUND)


def test_no_language_is_without_examples():
    assert len({language for language, _ in FOUND}) == 24


def test_an_address_cut_twice_is_cut_once():
    texts = pl.Series([_unmarked(text) for _, text in FOUND])
    once = redact(texts)
    assert int(redact(once.texts).cuts.sum()) == 0


def test_phones_mails_and_accounts_beside_an_address_stay_their_own():
    text = "Hauptstraße 5, 10115 Berlin, Tel. 0171/1234567, anna@example.org, DE89 3704 0044 0532 0130 00"
    assert redact([text], ["de"]).texts[0] == "[ADDRESS], Tel. [PHONE], [EMAIL], [IBAN]"


@pytest.mark.parametrize("text", ["HAUPTSTRASSE 5", "ＨａｕｐｔＳｔｒａßｅ ５", "Haupt\u200bstraße 5", "Hаuptstraße 5"])
def test_an_address_in_disguise_is_found(text):
    assert redact([text], ["de"]).texts[0] == "[ADDRESS]"


def test_an_underscore_in_a_word_stands_for_a_space_a_hyphen_or_a_full_stop():
    lengths = [longest_match(word_automaton(), text)[0] for text in ("clermont ferrand", "clermont-ferrand", "st. th")]
    assert lengths == [16, 16, 6]


def test_an_ending_is_read_backwards():
    assert longest_match(ending_automaton(), "acuo")[0] == 0
    assert longest_match(ending_automaton(), "actu")[0] == len("utca")
