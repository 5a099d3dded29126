"""Postal addresses as people write them in the 24 official languages of the European Union, as data.

A word for a street (rue, -straße, utca) and a house number beside its name make an address; flat, postcode and town go
with what they follow. Without such a word it takes a postcode and a town, or somebody who says that he lives there.
`address_kernel` reads the words of a row one after the other; what each may be is told here. Words are compared folded,
so that case, accents and look-alike letters do not matter; an underscore stands for a space or a hyphen.

Street words, units and abbreviations are those of the national addressing guides that the Universal Postal Union
collects, and of common usage; postcode forms are those of its "Postal addressing systems in member countries".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters.automata import Automaton, compile_patterns, literally
from demur.filters.symbols import CAPITALS, LETTERS, symbols

# What a word may be, as bits. All are of one type: numba compiles a function anew for each plain number it is given.
BEFORE: Final = np.int64(1 << 0)
"""A word for a street that stands before its name: rue, ulica."""
AFTER: Final = np.int64(1 << 1)
"""A word for a street that stands behind its name: utca, Road."""
COMPOUND: Final = np.int64(1 << 2)
"""The name and the word in one: Hauptstraße."""
WEAK: Final = np.int64(1 << 3)
"""Added to a word for a street that means other things too."""
NUMBER_FIRST: Final = np.int64(1 << 4)
"""Added to a word for a street before which, or before whose name, the house number may stand."""
PARTICLE: Final = np.int64(1 << 5)
NUMBER_WORD: Final = np.int64(1 << 6)
UNIT: Final = np.int64(1 << 7)
"""What a part of a house is called, before its number: apt., lgh."""
FLOOR: Final = np.int64(1 << 8)
"""The same, behind its number or alone: 2. tv, bajo."""
TOWN: Final = np.int64(1 << 9)
COUNTRY: Final = np.int64(1 << 10)
QUANTITY: Final = np.int64(1 << 11)
"""What makes the number before it an amount: minutes, shops, May."""
COMMON: Final = np.int64(1 << 12)
"""A word of sentences, which no name of a street holds."""
HOME: Final = np.int64(1 << 13)
"""A word after which people say where they live."""
REPEATED: Final = np.int64(1 << 14)
"""Written behind a house number: bis, ter."""
BOX: Final = np.int64(1 << 15)
ADJECTIVE: Final = np.int64(1 << 16)
"""Belongs to the name of a street: old, great."""
TOWN_PREFIX: Final = np.int64(1 << 17)
"""Goes on in a second word: San, Bad."""
MONTH: Final = np.int64(1 << 18)
DOTTED: Final = np.int64(1 << 19)
"""A word for a street behind whose house numbers a full stop is written (Hungarian)."""
NO_STREET: Final = np.int64(1 << 20)
"""Ends as streets do and is none: Arbeitsplatz."""
BESIDE: Final = np.int64(1 << 21)
"""Begins the name of a street that has no word for it: Am, Unter."""
AT_HOME: Final = np.int64(1 << 22)
"""Set by the loops where a word for a street is one of the row's language."""
DIGIT: Final = np.int64(1 << 23)
CAPITAL: Final = np.int64(1 << 24)
SIDE: Final = np.int64(1 << 25)
"""Behind the word for a street: North, Lower."""
NO_NAME: Final = np.int64(1 << 26)
"""Never the name of a street in lower case."""
WEAK_AFTER: Final = np.int64(1 << 27)
"""What `WEAK` is to `BEFORE`, to `AFTER` and `COMPOUND`; set by the loops."""
WORDLIKE: Final = np.int64(1 << 28)
"""Added to a town that is a word as well."""
BARE: Final = np.int64(1 << 29)
"""Ends as the names of streets do that have no word for them: Vinohradská."""
SHOUTED: Final = np.int64(1 << 30)
"""Set by the loops on words whose second letter is a capital too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words that are of the same kinds; without languages they count in every text."""

    kinds: np.int64
    words: tuple[str, ...]
    languages: tuple[str, ...] = ()


def _words(kinds: np.int64, words: str, languages: str = "") -> Words:
    return Words(kinds=kinds, words=tuple(words.split()), languages=tuple(languages.split()))


# ---------------------------------------------------------------------------------------------------- words for streets
_STREETS: Final = (
    _words(
        BEFORE | NUMBER_FIRST,
        "rue ruelle avenue av boulevard bd bvd blvd allée allées impasse imp",
        "fr lb",
    ),
    _words(
        BEFORE | NUMBER_FIRST | WEAK,
        "ave place pl chemin ch quai route rte chaussée cours crs square sq passage pass sentier villa cité esplanade"
        " promenade résidence rés lotissement lot hameau faubourg fbg rond_point montée côte venelle clos traverse"
        " voie parvis mail",
        "fr lb",
    ),
    _words(
        BEFORE | NUMBER_FIRST,
        "triq sqaq vjal misraħ pjazza dawret telgħet wesgħa",
        "mt",
    ),
    _words(
        BEFORE | NUMBER_FIRST | WEAK,
        "trejqet daħla xatt",
        "mt",
    ),
    _words(
        BEFORE | NUMBER_FIRST,
        "sráid bóthar ascaill cearnóg lána corrán ardán",
        "ga",
    ),
    _words(
        BEFORE | NUMBER_FIRST | WEAK,
        "plás cosán gairdíní páirc céide bealach an_tsráid",
        "ga",
    ),
    _words(
        BEFORE,
        "calle avenida avda avd plaza pza plza paseo carretera ctra travesía callejón glorieta",
        "es",
    ),
    _words(
        BEFORE | WEAK,
        "c cl av ave camino cno ronda rambla vía pasaje psje cuesta barrio bo urbanización urb polígono po p.o"
        " costanilla carrer passeig plaça rúa",
        "es",
    ),
    _words(
        BEFORE,
        "rua avenida travessa praça alameda praceta calçada azinhaga beco rotunda",
        "pt",
    ),
    _words(
        BEFORE | WEAK,
        "r av tv trav largo lg estrada estr bairro urbanização urb quinta qta rampa ladeira caminho pc pct pç al pátio",
        "pt",
    ),
    _words(
        BEFORE,
        "viale piazza piazzale vicolo lungomare lungarno lungotevere v.le p.za p.zza p.le c.so piazzetta",
        "it",
    ),
    _words(
        BEFORE | WEAK,
        "via v strada corso largo salita località loc borgo frazione fraz contrada c.da campo rione galleria"
        " fondamenta",
        "it",
    ),
    _words(
        BEFORE,
        "strada str bulevardul bd b_dul bdul bulevard aleea șoseaua șos splaiul fundătura prelungirea",
        "ro",
    ),
    _words(
        BEFORE | WEAK,
        "calea piața intrarea al cartier cart drumul stradela pasajul",
        "ro",
    ),
    _words(
        BEFORE,
        "ul ulica ulicy ulicę aleja alei aleje plac placu osiedle osiedlu skwer",
        "pl",
    ),
    _words(
        BEFORE | WEAK,
        "al pl os rondo bulwar szosa",
        "pl",
    ),
    _words(
        BEFORE,
        "ulice ulici ul náměstí nám třída třídě nábřeží",
        "cs",
    ),
    _words(
        BEFORE | WEAK,
        "tř nábř sídliště alej",
        "cs",
    ),
    _words(
        BEFORE,
        "ulica ulici ulicy ul námestie nám námestí trieda triede nábrežie",
        "sk",
    ),
    _words(
        BEFORE | WEAK,
        "sídlisko tr cesta",
        "sk",
    ),
    _words(
        BEFORE,
        "ulica ulici ul trg trgu avenija šetalište",
        "hr sl",
    ),
    _words(
        BEFORE | WEAK,
        "cesta cesti put prilaz aleja obala park naselje stube odvojak",
        "hr sl",
    ),
    _words(
        BEFORE,
        "ул улица бул булевард площад",
        "bg",
    ),
    _words(
        BEFORE | WEAK,
        "пл кв жк ж.к квартал алея шосе",
        "bg",
    ),
    _words(
        BEFORE,
        "οδός οδό οδού λεωφόρος λεωφόρο λεωφόρου λεωφ πλατεία πλατείας",
        "el",
    ),
    _words(
        BEFORE | WEAK,
        "οδ πλ λ πάροδος λεωφ/ρος",
        "el",
    ),
    _words(
        BEFORE | WEAK,
        "laan plein straße platz allee weg",
        "nl de",
    ),
    _words(
        AFTER,
        "straße strasse str",
        "de lb",
    ),
    _words(
        AFTER | WEAK,
        "platz weg allee ring gasse damm ufer chaussee steig markt",
        "de lb",
    ),
    _words(
        AFTER | NUMBER_FIRST,
        "street road avenue lane terrace crescent",
        "en ga mt",
    ),
    _words(
        AFTER | NUMBER_FIRST | WEAK,
        "st rd ave ln dr drive close court ct square sq way park gardens gdns place pl hill grove quay mews row walk"
        " green heights boulevard blvd cres rise parade villas drove cottages estate lawn manor wharf embankment",
        "en ga mt",
    ),
    _words(
        AFTER,
        "tänav tänaval tänavas puiestee puiesteel maantee maanteel põik",
        "et",
    ),
    _words(
        AFTER | WEAK,
        "tn pst mnt tee teel väljak plats allee",
        "et",
    ),
    _words(
        AFTER,
        "iela ielā ielas prospekts prospektā bulvāris bulvārī gatve gatvē",
        "lv",
    ),
    _words(
        AFTER | WEAK,
        "pr bulv ceļš dambis krastmala līnija laukums šoseja šķērsiela",
        "lv",
    ),
    _words(
        AFTER,
        "gatvė gatvėje gatvės prospektas prospekte alėja aikštė skersgatvis",
        "lt",
    ),
    _words(
        AFTER | WEAK,
        "g pr al pl a plentas kelias takas skg",
        "lt",
    ),
    _words(
        AFTER | DOTTED,
        "utca utcában körút körúton sétány fasor rakpart útja",
        "hu",
    ),
    _words(
        AFTER | DOTTED | WEAK,
        "u út úton krt tér tere téren köz sor liget lakótelep dűlő sugárút",
        "hu",
    ),
    _words(
        AFTER,
        "ulica ulici cesta cesti",
        "hr sl",
    ),
    _words(
        AFTER | WEAK,
        "pot put trg steza prilaz naselje nabrežje ul drevored",
        "hr sl",
    ),
    _words(
        AFTER,
        "ulice třída ulica trieda ul",
        "cs sk hr sl",
    ),
    _words(
        AFTER | WEAK,
        "náměstí nábřeží námestie nábrežie cesta ul",
        "cs sk",
    ),
    _words(
        AFTER,
        "gata gatan väg vägen gade vej stræde",
        "sv da",
    ),
    _words(
        AFTER | WEAK,
        "plan torg gränd backe stig allé plads boulevard torv park",
        "sv da",
    ),
    _words(
        AFTER,
        "katu kadulla katua",
        "fi",
    ),
    _words(
        AFTER | WEAK,
        "tie tiellä kuja polku tori aukio ranta kaari rinne",
        "fi",
    ),
    _words(
        AFTER,
        "straat",
        "nl",
    ),
    _words(
        AFTER | WEAK,
        "weg laan plein kade gracht singel dijk hof pad",
        "nl",
    ),
)
_ENDINGS: Final = (
    _words(
        COMPOUND,
        "straße strasse str gasse gässchen allee platz weg chaussee damm stiege",
        "de lb",
    ),
    _words(
        COMPOUND | WEAK,
        "ring ufer steig zeile graben markt hof berg wall kamp garten park",
        "de lb",
    ),
    _words(
        COMPOUND,
        "straat straatweg laan plein gracht kade steeg singel dreef weg",
        "nl",
    ),
    _words(
        COMPOUND | WEAK,
        "dijk pad hof park markt lei baan wal plaats str",
        "nl",
    ),
    _words(
        COMPOUND,
        "gatan gata vägen väg torget gränd stigen allén",
        "sv",
    ),
    _words(
        COMPOUND | WEAK,
        "backen plan parken leden liden stranden kajen esplanaden",
        "sv",
    ),
    _words(
        COMPOUND,
        "gade vej vænget vænge stræde plads torv",
        "da",
    ),
    _words(
        COMPOUND | WEAK,
        "allé have parken bakken toften lunden marken stien krogen haven skrænten engen",
        "da",
    ),
    _words(
        COMPOUND,
        "katu kadulla kuja kujalla polku polulla raitti",
        "fi",
    ),
    _words(
        COMPOUND | WEAK,
        "tie tiellä kaari rinne ranta tori torilla aukio väylä penger rannantie",
        "fi",
    ),
    _words(
        COMPOUND | DOTTED,
        "utca",
        "hu",
    ),
    _words(
        BARE,
        "ska cka zka",
        "cs sk hr sl",
    ),
)
_NO_STREETS: Final = _words(
    NO_STREET,
    "arbeitsplatz parkplatz spielplatz sitzplatz stellplatz tabellenplatz listenplatz startplatz stehplatz steckplatz"
    " campingplatz sportplatz tennisplatz fußballplatz bauplatz ausbildungsplatz studienplatz kitaplatz schlafplatz"
    " bolzplatz golfplatz zeltplatz speicherplatz flugplatz stammplatz podestplatz medaillenplatz dritterplatz heimweg"
    " umweg ausweg gehweg radweg fußweg schulweg rückweg hinweg unterweg wanderweg rundweg arbeitsweg einbahnstraße"
    " bundesstraße autobahn datenautobahn wasserstraße milchstraße sackgasse onderweg snelweg autoweg slaan verslaan"
    " afslaan overslaan toeslaan opslaan gaan staan brigade renegade dekade decade arkade blockade palisade barrikade"
    " string spring during boring herring hering ipad notepad joypad launchpad keypad supermarkt arbeitsmarkt"
    " weihnachtsmarkt flohmarkt baumarkt wochenmarkt aktienmarkt bahnhof hauptbahnhof friedhof flughafen bauernhof"
    " schulhof innenhof marathonstrecke riksväg motorväg omväg riksvägen motorvägen motorvej rautatie moottoritie"
    " valtatie",
)

# ---------------------------------------------------------------------------------------- what stands within an address
_PARTICLES: Final = _words(
    PARTICLE,
    "de du des d del della delle degli dei dello dell dal dalla la le les l las los lo da do das dos di e y et und"
    " van von vom zu zum zur der den dem ter ten te t op am an im in auf aan of the il tal ta tas san sant santa na"
    " nad pod u sv św svetog svätého i a al el els o os ha na_hÉireann",
)
_NUMBER_WORDS: Final = (
    _words(
        NUMBER_WORD,
        "nr no num nº n° n núm número numéro numero nummer numer nro č čp č.p br št αρ αριθ № n.o čís číslo",
    ),
    _words(
        NUMBER_WORD,
        "numărul bl_nr broj številka номер н numru uimhir dom",
    ),
)
_UNITS: Final = (
    _words(
        UNIT,
        "apt appt apartment apartament appartement apartamento ap appartamento flat unit suite ste",
    ),
    _words(
        UNIT,
        "wohnung whg top tür stiege stg haus aufgang eingang hinterhaus hh",
        "de lb",
    ),
    _words(
        UNIT,
        "bte boîte bât bâtiment esc escalier étage ét porte appart rés lot hall bus",
        "fr nl lb",
    ),
    _words(
        UNIT,
        "piso puerta pta esc escalera bloque blq bl portal planta bajo local",
        "es",
    ),
    _words(
        UNIT,
        "andar fração bloco bl lote lt porta loja sala piso",
        "pt",
    ),
    _words(
        UNIT,
        "int interno scala sc piano p edificio pal palazzina",
        "it",
    ),
    _words(
        UNIT,
        "bl bloc blocul sc scara et etaj etajul ap apart cam corp sector sectorul sect",
        "ro",
    ),
    _words(
        UNIT,
        "m mieszkania mieszkanie lok lokal kl klatka piętro bud bl blok",
        "pl",
    ),
    _words(
        UNIT,
        "byt patro vchod blok č",
        "cs sk",
    ),
    _words(
        UNIT,
        "stan kat ulaz stanovanje vhod",
        "hr sl",
    ),
    _words(
        UNIT,
        "ап апартамент вх вход ет етаж бл блок офис",
        "bg",
    ),
    _words(
        UNIT,
        "όροφος όρ διαμ διαμέρισμα ορ κτίριο",
        "el",
    ),
    _words(
        UNIT,
        "lgh lägenhet trappa tr vån bv uppgång port",
        "sv",
    ),
    _words(
        UNIT,
        "as asunto rappu bost",
        "fi",
    ),
    _words(
        UNIT,
        "etage opgang lejl dør vær",
        "da",
    ),
    _words(
        UNIT,
        "krt korter",
        "et",
    ),
    _words(
        UNIT,
        "dz dzīvoklis korpuss",
        "lv",
    ),
    _words(
        UNIT,
        "bt butas korp k",
        "lt",
    ),
    _words(
        UNIT,
        "ajtó ép épület lph lépcsőház em emelet fszt földszint",
        "hu",
    ),
    _words(
        UNIT,
        "árasán floor block blokk flett fl",
        "en ga mt",
    ),
    _words(
        FLOOR,
        "tv th mf st_tv st_th st_mf stuen kl kld sal",
        "da",
    ),
    _words(
        FLOOR,
        "izda izq izqda dcha dch drcha bajo bajos ático principal entlo entresuelo",
        "es",
    ),
    _words(
        FLOOR,
        "esq dto dir drt dt frt frente r/c rc cave",
        "pt",
    ),
    _words(
        FLOOR,
        "og eg dg ug stock obergeschoss erdgeschoss hinterhaus vorderhaus seitenflügel links rechts",
        "de lb",
    ),
    _words(
        FLOOR,
        "étage etage ét rdc gauche droite",
        "fr lb nl",
    ),
    _words(
        FLOOR,
        "em emelet emeleten ajtó fszt földszint félem kerület",
        "hu",
    ),
    _words(
        FLOOR,
        "όροφος ορ όρ ος_όροφος ισόγειο",
        "el",
    ),
    _words(
        FLOOR,
        "krs kerros",
        "fi",
    ),
    _words(
        FLOOR,
        "tr vån",
        "sv",
    ),
    _words(
        FLOOR,
        "hs huis hoog",
        "nl",
    ),
    _words(
        FLOOR,
        "floor",
        "en ga mt",
    ),
    _words(
        FLOOR,
        "parter piętro",
        "pl ro",
    ),
    _words(
        FLOOR,
        "patro poschodie kat",
        "cs sk hr",
    ),
    _words(
        REPEATED,
        "bis ter quater",
        "fr it nl",
    ),
    _words(
        BOX,
        "postfach",
    ),
    _words(
        BOX,
        "p.o_box po_box pobox p.o.box po.box boîte_postale bp b.p postbus apartado apdo apartado_de_correos",
    ),
    _words(
        BOX,
        "casella_postale c.p cp skrytka_pocztowa p.o.b skr_poczt poštovní_schránka p.o._box postboks box_nr",
    ),
    _words(
        BOX,
        "poštanski_pretinac p.p poštni_predal pf postafiók pk pašto_dėžutė p.d abonenta_kastīte pastkast",
    ),
    _words(
        BOX,
        "пощенска_кутия п.к ταχ_θυρίδα τ.θ τθ bosca_poist kaxxa_postali căsuța_poștală",
    ),
)
_SIDES: Final = _words(
    SIDE,
    "north south east west lower upper extension middle",
    "en ga mt",
)
_ADJECTIVES: Final = _words(
    ADJECTIVE,
    "alte alter altes neue neuer große großer kleine kleiner lange langer kurze kurzer hohe hoher obere untere oberer"
    " unterer breite breiter schmale oude nieuwe grote korte hoge lage eerste tweede derde noorder zuider gamla nya"
    " stora lilla södra norra västra östra övre nedre sankt gammel gamle ny nye store lille gl nørre sønder vester"
    " øster vestre østre søndre nordre vanha uusi iso pieni great old new little upper lower north south east west st"
    " saint",
)
_BESIDE: Final = (
    _words(
        BESIDE,
        "am an_der an_den im in_der in_den unter_den zum zur auf_der auf_dem hinter_der hinter_dem vor_dem beim"
        " bei_der",
        "de lb",
    ),
    _words(
        BESIDE,
        "na pod u v ve nad k ke za při pri mezi pred před",
        "cs sk sl hr pl",
    ),
    _words(
        BESIDE,
        "aan_de aan_het op_de op_het achter_de bij_de",
        "nl",
    ),
)
_TOWN_PREFIXES: Final = _words(
    TOWN_PREFIX,
    "san santa santo sant saint sainte st ste sankt bad são los las la le les el den new nova nové nový novo novi"
    " velké velika veliki stara stará stare staré nowy nowa nowe stary castel villa vila vil monte porto puerto port"
    " nieuw oud noord zuid west sint velký malá mala hradec karlovy ústí mladá banská banska slavonski reggio palma"
    " κάτω άνω νέα νέο νέος αγία άγιος αγίου велико стара нови нова горна долна cluj baia satu râmnicu târgu piatra"
    " drobeta dún baile cill",
)
_COUNTIES: Final = _words(
    TOWN | TOWN_PREFIX,
    "co county contae",
    "en ga",
)
_MONTHS: Final = (
    _words(
        MONTH,
        "maja maj mai mayo maio maggio mei may května máj mája svibnja maijs gegužės майо мая μαΐου majs",
    ),
    _words(
        MONTH,
        "listopada stycznia juni juin juillet julio junho junio giugno luglio settembre novembre aprile abril",
    ),
    _words(
        MONTH,
        "outubro octubre novembre août listopadu října novembra oktobra augusta decembra vasario марта",
    ),
    _words(
        MONTH,
        "marți martie decembrie august september oktober november december januar februar märz april",
    ),
    _words(
        MONTH,
        "януари февруари март април юни юли август септември октомври ноември декември",
    ),
    _words(
        MONTH,
        "ιανουαρίου φεβρουαρίου μαρτίου απριλίου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου",
    ),
    _words(
        MONTH,
        "δεκεμβρίου january february march june july october janvier février mars avril septembre octobre décembre",
    ),
    _words(
        MONTH,
        "gennaio febbraio marzo giugno luglio agosto ottobre dicembre enero febrero septiembre setiembre",
    ),
    _words(
        MONTH,
        "noviembre diciembre janeiro fevereiro março julho setembro dezembro lutego marca kwietnia czerwca lipca",
    ),
    _words(
        MONTH,
        "sierpnia września października grudnia ledna února března dubna června července srpna září prosince",
    ),
    _words(
        MONTH,
        "január február március április június július augusztus október januari februari maart juni juli augustus",
    ),
    _words(
        MONTH,
        "ianuarie februarie aprilie iunie iulie septembrie octombrie noiembrie jan feb mar apr jun jul aug sep sept",
    ),
    _words(
        MONTH,
        "okt oct nov dec dez veljače ožujka travnja lipnja srpnja kolovoza rujna studenoga prosinca januarja",
    ),
    _words(
        MONTH,
        "februarja aprila junija julija septembra decembra tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta",
    ),
    _words(
        MONTH,
        "kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta jaanuar veebruar märts aprill",
    ),
    _words(
        MONTH,
        "juuni juuli jaanuaril janvāris februāris martā aprīlī maijā jūnijā jūlijā augustā septembrī oktobrī",
    ),
    _words(
        MONTH,
        "sausio kovo balandžio birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio ta_mejju ta_april",
    ),
)

# --------------------------------------------------------------------------------------- what makes a number an amount
_QUANTITIES: Final = (
    _words(
        QUANTITY,
        "min mins minute minutes minuten minuti minutos minut minuty minuta minuutti minuuttia minuter minutter"
        " minutė minuteja minutit perc percre percig minūtes minučių λεπτά минути минутa second seconds sekunden h hr"
        " hrs hour hours stunde stunden heure heures hora horas ore ora uur godzin godziny hodin hodiny óra órakor"
        " tunti tuntia timmar timer tundi stundas val valandų ώρες ώρα часа час uhr kl pm am day days tage tagen jours"
        " jour días dias giorni dagen dage dagar dni dnů päivää päeva nap dienas dienų zile ημέρες дни jiem week weeks"
        " wochen woche semaines semanas settimane weken uger veckor tygodni týdny hét viikkoa year years jahre jahren"
        " ans años anos anni jaar år let lat év vuotta aastat gadi metų ani χρόνια години snin bliana months monate"
        " mois meses mesi maanden",
    ),
    _words(
        QUANTITY,
        "km m cm mm kg g gr mg ml l cl kw kwh mb gb tb mph kmh kilometer kilometers kilometre kilometres kilometri"
        " kilometrů metros meter meters metres metri metara metrů méter metriä meetrit metrus μέτρα метра miles mile"
        " meilen euro euros eur eurot eura eiro eurų ευρώ евро usd dollars zł zloty kč ft huf ron lei lv лв kr kronor"
        " kroner cent cents percent prozent pour_cent por_ciento per_cento procent procenta mal times fois veces vezes"
        " volte keer gange gånger razy krát alkalommal kertaa korda reizes kartus ori φορές пъти stück pcs pieces"
        " pièces",
    ),
    _words(
        QUANTITY,
        "people lidí ľudí ludzi persons personen personnes personas pessoas persone personer osób osoby ljudi ember"
        " ihmistä inimest cilvēki žmonių persoane άτομα души shops shop cars car autos voitures coches carros auto"
        " biler bilar samochody aut autót houses häuser rooms zimmer stars sterne étoiles estrellas points punkte"
        " punti puntos pontos punten poeng poäng punktów bodů pont pistettä episodes episode season seasons staffel"
        " saison temporada stagione tracks songs accidents unfälle bus buses bars restaurants cafés pubs trees bäume"
        " arbres lampen läden geschäfte bäckereien baustellen kids kinder enfants niños new neue neuen nouveaux nuevos"
        " nuovi more weitere autres otros stops stationen stations stazioni paradas players spieler euros guys girls"
        " men women dogs cats years lanes",
    ),
)

# --------------------------------------------------------------------------------------------------- words of sentences
_SENTENCE_WORDS: Final = (
    _words(
        COMMON,
        "is are was were be been has have had will would can could should must do does did not no and or but if then"
        " than that this these those there here when where why how what who which my your his her our their its it he"
        " she we you they i me him us them on at by for from with to about into over after before near behind between"
        " because so very just only also still again now today tomorrow yesterday tonight away please thanks thank hi"
        " hello hey ok okay lol got get go going gone come came see saw meet meeting met open opens opened closed"
        " closes closing until till every each all any some many much most more less few both either same other"
        " another",
        "en",
    ),
    _words(
        COMMON,
        "am an auf im in zum zur ist sind war waren sein bin bist hat habe haben hatte wird werden wurde kann können"
        " muss müssen soll nicht kein keine und oder aber wenn dann dass das dies diese dieser dieses hier dort wo wie"
        " was wer warum ich du er sie es wir ihr mein meine dein deine unser bei nach von mit aus für über unter"
        " zwischen vor hinter neben seit bis um gegen ohne durch noch schon nur auch sehr heute morgen gestern jetzt"
        " bitte danke hallo gesperrt offen geschlossen ab etwa circa ca jede jeder alle gibt treffen komm kommt steht"
        " liegt ein eine einen einem einer",
        "de lb",
    ),
    _words(
        COMMON,
        "est sont était étaient être ai as a avons avez ont avait sera seront peut pas plus ne ni et ou mais si que"
        " qui quoi où quand comment pourquoi ce cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur"
        " leurs je tu il elle on nous vous ils elles à dans sur sous avec sans pour par entre depuis vers chez après"
        " avant pendant très aussi encore déjà ici là aujourd hier demain maintenant merci bonjour salut svp stp"
        " barrée fermée ouverte fermé c un une au aux en",
        "fr lb",
    ),
    _words(
        COMMON,
        "es son era eran ser estar está están estaba soy he has ha hemos han había hay será puede no ni y o pero si"
        " que quien cuando donde cómo porque este esta estos estas ese esa mi mis tu tus su sus nuestro yo él ella"
        " nosotros ellos me te se nos a en con sin para por entre desde hasta hacia sobre muy también ya aquí allí hoy"
        " ayer mañana ahora gracias hola favor cortada cerrada abierta un una unos unas más menos cada todos",
        "es",
    ),
    _words(
        COMMON,
        "è sono era erano essere ho hai ha abbiamo hanno sarà può non né o ma se che chi quando dove come perché"
        " questo questa questi queste mio mia tuo tua suo sua nostro io tu lui lei noi voi loro mi ti si ci vi a con"
        " su per tra fra molto citofono citofonare suonare anche ancora già qui lì oggi ieri domani ora grazie ciao"
        " prego chiusa chiuso aperta aperto un una uno più meno ogni tutti c alle alla dalle dalla nel nella",
        "it",
    ),
    _words(
        COMMON,
        "é são era eram ser estar está estão estava sou tenho tem temos têm havia há será pode não nem ou mas se que"
        " quem quando onde como porque este esta estes estas esse essa meu minha teu tua seu sua nosso eu tu ele ela"
        " nós vocês eles me te nos em com sem para por entre desde até sobre muito também já aqui ali hoje ontem"
        " amanhã agora obrigado olá fechada aberta cortada um uma uns umas mais menos cada todos à às no na",
        "pt",
    ),
    _words(
        COMMON,
        "op aan in is zijn was waren ben bent heb heeft hebben had wordt worden kan kunnen moet moeten zal niet geen"
        " en of maar als dan dat dit deze die hier daar waar hoe wat wie waarom ik jij je hij zij ze wij we jullie"
        " mijn jouw haar ons onze bij naar met uit voor over onder tussen achter naast sinds tot om tegen zonder door"
        " nog al alleen ook heel vandaag morgen gisteren nu dank hallo hoi afgesloten dicht open elke alle een er"
        " tegenover",
        "nl",
    ),
    _words(
        COMMON,
        "är var vara har hade blir blev kan kunde måste ska inte ingen och eller men om så att det detta dessa den"
        " här där vad vem varför jag du han hon vi ni de min mitt din ditt vår vid till från med av för över under"
        " mellan bakom sedan utan genom än redan bara också mycket idag imorgon igår nu tack hej stängd öppen varje"
        " alla en ett på i hos er og ikke jeg hun os dig mig jer fra ved mod uden gennem allerede kun også meget dag"
        " morgen går tak lukket åben hver et bliver skal vil blive hvor hvad hvem hvorfor til af",
        "sv da",
    ),
    _words(
        COMMON,
        "jest są był była było być mam masz ma mamy mają będzie może nie i lub albo ale jeśli że to ten ta te tego"
        " tej gdzie kiedy jak kto co dlaczego ja ty on ona my wy oni mój moja twój jego jej nasz w we z ze na do od po"
        " przy przez dla bez pod nad między przed za o u już jeszcze tylko też bardzo dziś dzisiaj jutro wczoraj teraz"
        " dzięki cześć proszę zamknięta otwarta każdy wszystkie się",
        "pl",
    ),
    _words(
        COMMON,
        "je jsou byl byla bylo být mám máš má máme mají bude může není a nebo ale jestli že to ten ta tato toto kde"
        " kdy jak kdo co proč já ty on ona my vy oni můj moje tvůj jeho její náš v ve z ze na do od po při přes pro"
        " bez pod nad mezi před za o u už ještě jen taky velmi dnes zítra včera teď díky ahoj prosím zavřená otevřená"
        " každý se som si sú bol bola bolo byť majú môže nie alebo ak kedy ako kto čo prečo môj tvoj cez pre medzi"
        " pred ešte len tiež veľmi zajtra teraz vďaka sa",
        "cs sk",
    ),
    _words(
        COMMON,
        "je su bio bila bilo biti imam imaš ima imamo imaju bit će može nije i ili ali ako da to taj ta ovo gdje kada"
        " kako tko što zašto ja ti on ona mi vi oni moj moja tvoj njegov naš u iz na do od po pri kroz za bez pod nad"
        " između pred o već još samo također vrlo danas sutra jučer sada hvala bok molim zatvorena otvorena svaki se"
        " sem si so bil imajo bo lahko ni in ampak če kje kdaj kdo kaj zakaj jaz v skozi brez med že še tudi zelo"
        " danes jutri včeraj zdaj živjo prosim",
        "hr sl",
    ),
    _words(
        COMMON,
        "este sunt era erau fi am ai are avem au va poate nu și sau dar dacă că acest această aceste unde când cum"
        " cine ce de_ce eu tu el ea noi voi ei meu mea tău lui nostru la în din pe cu fără pentru prin între sub peste"
        " după înainte foarte deja încă aici acolo azi ieri mâine acum mulțumesc salut închisă deschisă un o fiecare"
        " toate mă se",
        "ro",
    ),
    _words(
        COMMON,
        "van volt lesz lenni nem és vagy de ha hogy ez az ezt azt itt ott hol mikor hogyan ki mi miért én te ő ti ők"
        " a egy nagyon is már még csak ma holnap tegnap most köszönöm köszi szia kérem zárva nyitva minden -n -ban"
        " -ben alatt felett mellett között előtt után szerint felé találkozzunk gyere",
        "hu",
    ),
    _words(
        COMMON,
        "on ovat oli olivat olla olen olet minulla sinulla voi ei ja tai mutta jos että tämä tuo nämä täällä siellä"
        " missä milloin miten kuka mikä miksi minä sinä hän me te he minun sinun meidän hyvin myös jo vielä vain"
        " tänään huomenna eilen nyt kiitos moi hei suljettu auki joka kaikki kanssa ilman",
        "fi",
    ),
    _words(
        COMMON,
        "on oli olid olla olen oled mul sul võib ei ja või aga kui et see too need siin seal kus millal kuidas kes"
        " mis miks mina sina tema meie teie nad minu sinu väga ka juba veel ainult täna homme eile nüüd tänan aitäh"
        " tere suletud avatud iga kõik ilma koos",
        "et",
    ),
    _words(
        COMMON,
        "ir bija būt esmu esi man tev var nav un vai bet ja ka šis šī tas tā šeit tur kur kad kā kas kāpēc es tu viņš"
        " viņa mēs jūs viņi mans mana tavs mūsu uz no ar pie pa līdz bez caur zem virs starp pirms pēc ļoti arī jau"
        " vēl tikai šodien rīt vakar tagad paldies sveiki lūdzu slēgta katrs visi",
        "lv",
    ),
    _words(
        COMMON,
        "yra buvo būti esu esi turiu turi gali nėra ir ar arba bet jei kad šis ši tas ta čia ten kur kada kaip kas"
        " kodėl aš tu jis ji mes jūs jie mano tavo mūsų į iš su prie per iki be po virš tarp prieš labai taip_pat jau"
        " dar tik šiandien rytoj vakar dabar ačiū labas prašau uždaryta kiekvienas visi",
        "lt",
    ),
    _words(
        COMMON,
        "е са беше бяха бъде съм си имам имаш има може не и или но ако че това този тази тези къде кога как кой какво"
        " защо аз ти той тя ние вие те мой моя твой наш в във от на до по при през за без под над между пред с със"
        " вече още само също много днес утре вчера сега благодаря здравей моля затворена всеки всички се",
        "bg",
    ),
    _words(
        COMMON,
        "είναι ήταν έχω έχεις έχει έχουν θα να μπορεί δεν και ή αλλά αν ότι αυτό αυτή αυτός εδώ εκεί πού πότε πώς"
        " ποιος τι γιατί εγώ εσύ μου σου του της μας σας στο στη στην στον από με χωρίς για προς μετά πριν πολύ επίσης"
        " ήδη ακόμα μόνο σήμερα αύριο χθες τώρα ευχαριστώ γεια κλειστή κάθε όλα",
        "el",
    ),
    _words(
        COMMON,
        "tá níl bhí agus nó ach má go seo sin anseo ansin cá cathain conas cé cad mé tú sé sí muid sibh siad mo do ár"
        " ag ar as chuig le ó faoi idir roimh inniu amárach inné anois dia dúnta gach huwa hija kien kienet għandi"
        " għandek jista ma u jew imma jekk li dan din hawn hemm fejn meta kif min x'inhu għaliex jien int aħna intom"
        " tiegħi tiegħek fi fuq taħt minn ma' bla għal bejn wara qabel ħafna ukoll diġà biss illum għada lbieraħ issa"
        " grazzi bonġu magħluqa",
        "ga mt",
    ),
    _words(
        NO_NAME,
        "mail email web internet sms telefono whatsapp posta satellite pec fax streaming zoom libera treno aereo mare"
        " terra aria app skype telegram nazionale statale provinciale maestra legale lattea d'uscita d'accesso",
        "it",
    ),
    _words(
        NO_NAME,
        "parking stationnement garage concert cinéma théâtre assise debout nationale départementale",
        "fr lb",
    ),
    _words(
        NO_NAME,
        "nacional garaje aparcamiento",
        "es pt",
    ),
    _words(
        NO_NAME,
        "way lane star stars bedroom storey story hour minute minutes mile block blocks man dead dirt busy quiet car",
        "en ga mt",
    ),
)
_HOME_WORDS: Final = (
    _words(
        HOME,
        "address addr adress adresse adresa adresą adres adrese adresā adresin adressen adressa",
    ),
    _words(
        HOME,
        "live lives living wohne wohnt wohnen wohnhaft anschrift lieferadresse habite habitez habitons domicilié",
    ),
    _words(
        HOME,
        "demeurant vivo vive vivimos dirección direccion domicilio abito abita abitiamo indirizzo residente moro",
    ),
    _words(
        HOME,
        "mora moramos morada endereço reside woon woont wonen adresse bor boende adressen bopæl mieszkam mieszka",
    ),
    _words(
        HOME,
        "mieszkamy zamieszkały adres bydlím bydlí bydlíme bytem adresa bývam býva bytom stanujem stanuje živim živi",
    ),
    _words(
        HOME,
        "naslov lakom lakik lakunk lakcím lakcímem cím címem címe asun asuu asumme osoite osoitteeni osoitteessa elan",
    ),
    _words(
        HOME,
        "elab aadress dzīvoju dzīvo adrese gyvenu gyvena gyvename adresas locuiesc locuiește stau adresa живея живее",
    ),
    _words(
        HOME,
        "адрес адресът μένω μένει διεύθυνση διεύθυνσή seoladh cónaí chónaí mo_sheoladh indirizz noqgħod joqgħod",
    ),
    _words(
        HOME,
        "toqgħod ship deliver send visit we're_at we_are_at i'm_at at_mine my_place our_place bei_uns bei_mir",
    ),
    _words(
        HOME,
        "chez_nous chez_moi en_mi_casa a_casa_mia da_noi em_casa u_nas u_nás u_mnie u_mě u_mňa kod_mene kod_nas"
        " pri_nas",
    ),
    _words(
        HOME,
        "pri_meni hos_oss hos_mig hos_os nálunk nálam meillä mun_osoite meie_juures pie_mums pas_mus la_noi la_mine",
    ),
    _words(
        HOME,
        "у_нас при_нас σπίτι_μας σε_μας σε_εμάς bij_ons bij_mij thuis zu_hause doma domov domu otthon kotona casa_mea"
        " sa_teach sa_bhaile għandna_d-dar",
    ),
)

# -------------------------------------------------------------------------------------------------- towns and countries
# Capitals, and the towns that people name most, in their own language and in those of their neighbours.
_TOWNS: Final = _words(
    TOWN,
    "wien vienna vienne graz linz salzburg innsbruck klagenfurt villach wels dornbirn bruxelles brussel brussels"
    " brüssel antwerpen anvers antwerp gent gand brugge bruges liège luik namur namen charleroi mons bergen leuven"
    " louvain mechelen hasselt oostende kortrijk софия пловдив варна бургас русе плевен сливен добрич шумен перник"
    " хасково ямбол пазарджик благоевград враца габрово стара_загора велико_търново sofia plovdiv varna burgas ruse"
    " zagreb split rijeka osijek zadar pula karlovac sisak varaždin šibenik dubrovnik bjelovar slavonski_brod"
    " velika_gorica λευκωσία λεμεσός λάρνακα πάφος nicosia limassol larnaca paphos praha prague prag brno ostrava"
    " plzeň liberec olomouc české_budějovice hradec_králové pardubice ústí_nad_labem zlín havlíčkův_brod kladno most"
    " opava jihlava karlovy_vary københavn copenhagen kopenhagen köbenhavn aarhus århus odense aalborg ålborg esbjerg"
    " randers kolding horsens vejle roskilde helsingør silkeborg næstved frederiksberg herning hillerød tallinn tartu"
    " narva pärnu viljandi rakvere kuressaare haapsalu võru helsinki helsingfors espoo esbo tampere tammerfors vantaa"
    " oulu uleåborg turku åbo jyväskylä lahti kuopio pori kouvola joensuu lappeenranta hämeenlinna vaasa rovaniemi"
    " seinäjoki mikkeli kotka salo porvoo paris marseille lyon toulouse nice nantes montpellier strasbourg bordeaux"
    " lille rennes reims toulon saint_étienne le_havre grenoble dijon angers nîmes villeurbanne clermont_ferrand"
    " le_mans aix_en_provence brest tours amiens limoges annecy perpignan metz besançon orléans rouen mulhouse caen"
    " nancy argenteuil montreuil saint_denis avignon poitiers versailles pau la_rochelle cannes antibes calais colmar"
    " bourges quimper vannes lorient valence troyes chambéry bayonne biarritz berlin hamburg münchen muenchen munich"
    " köln koeln cologne frankfurt frankfurt_am_main stuttgart düsseldorf duesseldorf leipzig dortmund essen bremen"
    " dresden hannover hanover nürnberg nuernberg duisburg bochum wuppertal bielefeld bonn münster muenster mannheim"
    " karlsruhe augsburg wiesbaden mönchengladbach gelsenkirchen aachen braunschweig chemnitz kiel krefeld halle"
    " magdeburg freiburg oberhausen lübeck erfurt mainz rostock kassel hagen potsdam saarbrücken hamm ludwigshafen"
    " oldenburg osnabrück leverkusen heidelberg darmstadt regensburg würzburg wuerzburg ingolstadt ulm heilbronn"
    " pforzheim wolfsburg göttingen reutlingen koblenz erlangen trier jena cottbus siegen gera hildesheim konstanz"
    " tübingen bamberg bayreuth passau αθήνα θεσσαλονίκη πάτρα πειραιάς ηράκλειο λάρισα βόλος ιωάννινα χανιά ρόδος"
    " καλαμάτα καβάλα σέρρες athina athens athen thessaloniki patra budapest debrecen szeged miskolc pécs győr"
    " nyíregyháza kecskemét székesfehérvár szombathely szolnok érd tatabánya kaposvár veszprém békéscsaba zalaegerszeg"
    " sopron eger nagykanizsa dublin cork corcaigh galway gaillimh limerick luimneach waterford port_láirge"
    " baile_átha_cliath drogheda dundalk swords bray navan kilkenny cill_chainnigh ennis tralee trá_lí sligo sligeach"
    " carlow athlone letterkenny roma rome rom milano milan mailand napoli torino palermo genova bologna firenze bari"
    " catania venezia verona messina padova trieste brescia taranto prato parma modena reggio_calabria reggio_emilia"
    " perugia livorno ravenna cagliari foggia rimini salerno ferrara sassari latina monza siracusa bergamo pescara"
    " trento forlì vicenza terni bolzano novara piacenza ancona udine arezzo cesena lecce pesaro la_spezia pisa lucca"
    " como varese cremona siena rīga riga daugavpils liepāja jelgava jūrmala ventspils rēzekne valmiera ogre vilnius"
    " kaunas klaipėda šiauliai panevėžys alytus marijampolė mažeikiai jonava utena luxembourg lëtzebuerg luxemburg"
    " esch_sur_alzette differdange dudelange valletta il_belt birkirkara mosta qormi sliema tas_sliema san_ġiljan"
    " st_julians naxxar żabbar rabat victoria msida gżira attard ħamrun swieqi żejtun amsterdam rotterdam den_haag"
    " utrecht eindhoven groningen tilburg almere breda nijmegen apeldoorn haarlem arnhem enschede amersfoort zaandam"
    " den_bosch hertogenbosch zwolle leiden maastricht dordrecht zoetermeer deventer delft alkmaar venlo leeuwarden"
    " hilversum hengelo gouda middelburg warszawa warschau warsaw warszawie kraków krakau krakow krakowie łódź wrocław"
    " wrocławiu poznań poznaniu gdańsk gdańsku szczecin bydgoszcz lublin białystok katowice gdynia częstochowa radom"
    " toruń sosnowiec rzeszów kielce gliwice zabrze olsztyn bielsko_biała bytom zielona_góra rybnik opole tychy"
    " gorzów_wielkopolski elbląg płock tarnów chorzów koszalin kalisz legnica nowy_sącz sopot zakopane lisboa lisbon"
    " porto oporto braga coimbra setúbal funchal aveiro évora faro leiria guimarães viseu vila_nova_de_gaia amadora"
    " almada sintra cascais matosinhos portimão santarém beja bragança vila_real bucurești bucharest cluj cluj_napoca"
    " timișoara iași constanța craiova brașov galați ploiești oradea brăila arad pitești sibiu bacău târgu_mureș"
    " baia_mare buzău botoșani satu_mare râmnicu_vâlcea suceava piatra_neamț drobeta_turnu_severin focșani tulcea"
    " târgoviște alba_iulia deva bratislava košice prešov žilina nitra banská_bystrica trnava martin trenčín poprad"
    " prievidza zvolen považská_bystrica michalovce ljubljana maribor celje kranj velenje koper novo_mesto ptuj"
    " trbovlje kamnik nova_gorica murska_sobota domžale madrid barcelona valencia sevilla zaragoza málaga malaga"
    " murcia palma palma_de_mallorca bilbao alicante córdoba valladolid vigo gijón granada vitoria a_coruña la_coruña"
    " elche oviedo cartagena badalona jerez móstoles sabadell alcalá_de_henares pamplona almería san_sebastián"
    " donostia burgos santander albacete castellón getafe leganés logroño badajoz salamanca huelva lleida tarragona"
    " león cádiz jaén ourense girona lugo cáceres toledo marbella las_palmas santiago_de_compostela stockholm göteborg"
    " goteborg gothenburg malmö malmo uppsala västerås örebro linköping helsingborg jönköping norrköping lund umeå"
    " gävle borås södertälje eskilstuna halmstad växjö karlstad sundsvall östersund trollhättan kalmar luleå falun"
    " kiruna ribe svendborg viborg holstebro slagelse køge hjørring nyborg skanderborg farum lyngby hellerup gentofte"
    " hvidovre cēsis sigulda salaspils tukums kuldīga krāslava bauska olaine saldus talsi krems steyr leoben baden"
    " mödling bregenz feldkirch wiener_neustadt st_pölten eisenstadt tulln amstetten kufstein mellieħa marsaskala"
    " fgura paola tarxien żurrieq san_pawl_il-baħar san_ġwann birżebbuġa siġġiewi mdina tournai verviers mouscron"
    " roeselare aalst genk turnhout waterloo nivelles wavre arlon bastogne tongeren lier halle_saale hanau gießen"
    " fulda marburg wetzlar lüneburg celle stade emden wilhelmshaven flensburg neumünster stralsund greifswald wismar"
    " schwerin dessau wittenberg görlitz zwickau plauen suhl weimar eisenach worms speyer landau kaiserslautern"
    " offenbach offenburg baden_baden lörrach ravensburg friedrichshafen kempten rosenheim landshut straubing neuss"
    " ratingen moers dinslaken recklinghausen herne bottrop paderborn gütersloh minden detmold lens arras dunkerque"
    " cherbourg le_puy albi castres tarbes béziers narbonne sète arles aubagne fréjus hyères menton grasse gap"
    " bourg_en_bresse mâcon nevers auxerre dole belfort épinal évry créteil nanterre boulogne_billancourt saint_malo"
    " saint_nazaire niort cholet laval alençon évreux beauvais alcorcón torrejón parla alcobendas reus mataró terrassa"
    " hospitalet torrevieja benidorm gandía lorca ceuta melilla ibiza ávila segovia soria zamora palencia cuenca"
    " guadalajara teruel huesca pontevedra ferrol avilés mérida algeciras asti cuneo savona imperia sanremo"
    " alessandria biella verbania lodi crema mantova rovigo treviso belluno gorizia pistoia grosseto viterbo rieti"
    " l'aquila chieti teramo campobasso benevento avellino caserta matera potenza brindisi barletta trani cosenza"
    " crotone trapani agrigento ragusa nuoro oristano olbia haugesund barreiro seixal loures oeiras odivelas maia"
    " gondomar póvoa espinho ovar tomar lagos loulé tavira pombal torres_vedras caldas_da_rainha ede veenendaal"
    " roosendaal bergen_op_zoom oss helmond weert roermond sittard heerlen kerkrade doetinchem zutphen assen emmen"
    " hoogeveen drachten heerenveen sneek hoorn purmerend heemskerk beverwijk hoofddorp amstelveen zeist nieuwegein"
    " houten culemborg tiel vlissingen goes terneuzen piła leszno konin gniezno inowrocław grudziądz włocławek słupsk"
    " ełk suwałki łomża siedlce pruszków piaseczno legionowo wałbrzych jelenia_góra lubin nysa chełm zamość przemyśl"
    " krosno mielec puławy skierniewice pabianice zgierz tczew chomutov teplice děčín třebíč znojmo přerov prostějov"
    " frýdek_místek karviná orlová havířov mladá_boleslav kolín písek tábor strakonice cheb sokolov beroun příbram"
    " levice komárno humenné bardejov piešťany pezinok senec malacky skalica senica lučenec ružomberok vinkovci"
    " vukovar đakovo požega čakovec koprivnica virovitica samobor zaprešić makarska gospić opatija jesenice"
    " škofja_loka krško brežice izola piran portorož bled vác gödöllő szentendre dunaújváros cegléd baja"
    " hódmezővásárhely makó orosháza gyula pápa ajka esztergom keszthely siófok mosonmagyaróvár hunedoara bistrița"
    " zalău reșița slatina giurgiu călărași slobozia vaslui bârlad roman onești turda mediaș făgăraș кърджали казанлък"
    " асеновград кюстендил монтана видин търговище разград силистра ловеч смолян самоков дупница τρίπολη κόρινθος"
    " λαμία χαλκίδα κατερίνη τρίκαλα καρδίτσα ξάνθη κομοτηνή αλεξανδρούπολη δράμα κοζάνη καστοριά φλώρινα κέρκυρα"
    " ρέθυμνο γλυφάδα μαρούσι καλλιθέα περιστέρι νίκαια αιγάλεω χαλάνδρι ταύρος borgå lohja hyvinkää järvenpää kerava"
    " tuusula rauma kajaani savonlinna imatra varkaus iisalmi kemi tornio raisio kaarina naantali nokia ylöjärvi"
    " kangasala raahe skövde borlänge trelleborg landskrona lidköping motala nyköping uddevalla varberg kristianstad"
    " karlskrona örnsköldsvik piteå skellefteå visby västervik solna nacka täby jõhvi sillamäe valga põlva jõgeva"
    " paide rapla keila maardu sillamae telšiai tauragė kretinga palanga plungė visaginas radviliškis rokiškis biržai"
    " druskininkai kėdainiai ballina castlebar cavan clonmel wexford wicklow greystones maynooth naas newbridge"
    " tullamore portlaoise mullingar longford roscommon monaghan dún_laoghaire blanchardstown tallaght malahide cobh"
    " mallow killarney nenagh thurles manchester birmingham london leeds glasgow edinburgh belfast zürich geneva"
    " genève oslo",
)
_WORDLIKE_TOWNS: Final = _words(
    WORDLIKE,
    "nice split most bray tours pau como martin essen cork hamm deva mons halle gent lund ogre salo porto siegen"
    " hagen swords navan",
)
_COUNTRIES: Final = (
    _words(
        COUNTRY,
        "österreich austria autriche oostenrijk rakousko belgien belgique belgië belgium belgio bélgica belgia",
    ),
    _words(
        COUNTRY,
        "българия bulgaria bulgarien hrvatska croatia kroatien κύπρος cyprus zypern česko česká_republika czechia",
    ),
    _words(
        COUNTRY,
        "czech_republic tschechien danmark denmark dänemark dania eesti estonia estland suomi finland finnland",
    ),
    _words(
        COUNTRY,
        "finlandia france frankreich francia frankrijk frança francja francie franciaország deutschland germany",
    ),
    _words(
        COUNTRY,
        "allemagne alemania germania duitsland niemcy německo németország ελλάδα greece griechenland grèce",
    ),
    _words(
        COUNTRY,
        "magyarország hungary ungarn ireland irland éire irlande italia italy italien italie włochy latvija latvia",
    ),
    _words(
        COUNTRY,
        "lettland lietuva lithuania litauen luxembourg luxemburg lëtzebuerg malta nederland netherlands"
        " the_netherlands",
    ),
    _words(
        COUNTRY,
        "niederlande pays_bas holland polska poland polen pologne portugal românia romania rumänien slovensko",
    ),
    _words(
        COUNTRY,
        "slovakia slowakei slovenija slovenia slowenien españa spain spanien espagne spagna sverige sweden schweden",
    ),
    _words(
        COUNTRY,
        "suède uk united_kingdom großbritannien schweiz suisse norge norway",
    ),
)

WORDS: Final = (
    *_STREETS,
    _NO_STREETS,
    _PARTICLES,
    *_NUMBER_WORDS,
    *_UNITS,
    _SIDES,
    _ADJECTIVES,
    *_BESIDE,
    _TOWN_PREFIXES,
    _COUNTIES,
    *_MONTHS,
    *_QUANTITIES,
    *_SENTENCE_WORDS,
    *_HOME_WORDS,
    _TOWNS,
    _WORDLIKE_TOWNS,
    *_COUNTRIES,
)
ENDINGS: Final = _ENDINGS

# ------------------------------------------------------------------------------------------------------------ postcodes
PLAIN_POSTCODE, SURE_POSTCODE, SMALL_POSTCODE = range(3)
_COUNTRY_CODES: Final = (
    "a|at|b|be|bg|ch|cy|cz|d|de|dk|ee|es|e|f|fi|fin|fr|gr|hr|hu|h|i|it|l|lt|lu|lv|md|mt|nl|pl|pt|p|ro|s|se|si|sk"
)
_GROUPED: Final = r"\d{3} \d{2}|\d{2}\-\d{3}|\d{4}\-\d{3}"
_LETTERED: Final = r"\d{4} ?\u\u|\l\d[\dw] ?\w{4}|\l{3} ?\d{4}|\l{1,2}\d[\d\l]? \d\l\l"
POSTCODES: Final = (
    # Digits alone, which a year or a price may look like.
    r"\d{4,6}|\d{2} \d{3}",
    # What the form itself tells: a country before it, groups, or letters (Dutch, Irish, Maltese, British).
    rf"(?:{_COUNTRY_CODES})[\- ]?(?:\d{{4,6}}|\d{{3}} \d{{2}})|{_GROUPED}|{_LETTERED}",
    # Dutch letters in lower case, which a word may look like.
    r"\d{4} ?\l\l",
)


def _alternatives(words: Sequence[str]) -> str:
    spelled = sorted({literally(word).replace("_", r"(?:\.? |\-|\.)") for word in words})
    return f"(?:{'|'.join(spelled)})"


def word_automaton() -> Automaton:
    """Compile the words, one pattern for each entry of `WORDS`."""
    return compile_patterns([_alternatives(one.words) for one in WORDS])


SIEVE_SIZE: Final = 1 << 11
"""How many integers of 32 bits the sieve has: some thirty bits for each word."""
SIEVE_FACTOR: Final = 31


def word_sieve() -> npt.NDArray[np.int32]:
    """Return the small letter of each symbol, then bits: where the bit of a word is not set, no list has it.

    Most words of a text need no automaton then. The bit is a polynomial of the word's first letters.
    """
    small = np.arange(256, dtype=np.int64)
    for letter, capital in CAPITALS.items():
        small[capital] = letter
    bits = np.zeros(SIEVE_SIZE * 32, dtype=np.uint8)
    for word in (word for one in WORDS for word in one.words):
        letters = word.replace("_", " ")
        bits[_sieve_bit(symbols(letters))] = 1
    words = np.packbits(bits, bitorder="little").view("<i4")
    return np.concatenate([small, words]).astype(np.int32)


def _sieve_bit(word: bytes) -> int:
    bit = 0
    for symbol in word:
        if symbol not in LETTERS:
            break
        bit = (bit * SIEVE_FACTOR + symbol) % (SIEVE_SIZE * 32)
    return bit


def ending_automaton() -> Automaton:
    """Compile the endings of streets in one word, one pattern for each entry of `ENDINGS`, to be read backwards."""
    return compile_patterns([_alternatives(one.words) for one in ENDINGS], is_backward=True)


def postcode_automaton() -> Automaton:
    """Compile the forms of postcodes: `PLAIN_POSTCODE`, `SURE_POSTCODE`, `SMALL_POSTCODE`."""
    return compile_patterns(POSTCODES)


def kinds(entries: Sequence[Words]) -> npt.NDArray[np.int32]:
    """Return the kinds of each entry."""
    return np.array([one.kinds for one in entries], dtype=np.int32)
