"""Dates as people write them, and the words that make one a date of birth.

A date alone names nobody; beside "born on" it does. Month names are those of Unicode's CLDR 48 in the 24 official
languages of the European Union, in full and short, with and without inflection.
"""

from typing import Final

from demur.filters.automata import Automaton, compile_patterns, literally
from demur.filters.folding import folded_words

MONTHS: Final = (
    "януари яну февруари фев март април апр май юни юли август авг септември сеп октомври окт ноември ное декември "
    "дек ledna leden února únor března březen dubna duben května květen června červen července červenec srpna srpen "
    "září října říjen listopadu listopad prosince prosinec januar jan februar feb marts mar april apr maj juni jun "
    "jänner juli jul august aug september sep sept oktober okt november nov december dec märz mai dezember dez feber "
    "ιανουαρίου ιανουάριος ιαν φεβρουαρίου φεβρουάριος φεβ μαρτίου μάρτιος μαρ απριλίου απρίλιος απρ μαΐου μάιος μαΐ "
    "ιουνίου ιούνιος ιουν ιουλίου ιούλιος ιουλ αυγούστου αύγουστος αυγ σεπτεμβρίου σεπτέμβριος σεπ οκτωβρίου "
    "οκτώβριος οκτ νοεμβρίου νοέμβριος νοε δεκεμβρίου δεκέμβριος δεκ january february march may june july october oct "
    "enero ene febrero marzo abril abr mayo junio julio agosto ago septiembre octubre noviembre diciembre dic jaanuar "
    "jaan veebruar veebr märts aprill juuni juuli oktoober detsember dets tammikuuta tammikuu helmikuuta helmikuu "
    "maaliskuuta maaliskuu huhtikuuta huhtikuu toukokuuta toukokuu kesäkuuta kesäkuu heinäkuuta heinäkuu elokuuta "
    "elokuu syyskuuta syyskuu lokakuuta lokakuu marraskuuta marraskuu joulukuuta joulukuu janvier janv février févr "
    "mars avril avr juin juillet juil août septembre octobre novembre décembre déc eanáir feabhra márta aibreán "
    "bealtaine meitheamh meithimh iúil lúnasa samhain samhna nollaig nollag siječnja siječanj veljače veljača ožujka "
    "ožujak travnja travanj svibnja svibanj lipnja lipanj srpnja srpanj kolovoza kolovoz rujna rujan listopada "
    "studenoga studenog studeni prosinca prosinac január február febr március márc április ápr május máj június jún "
    "július júl augusztus szeptember szept október gennaio gen febbraio aprile maggio mag giugno giu luglio lug "
    "settembre set ottobre ott dicembre sausio sausis vasario vasaris kovo kovas balandžio balandis gegužės gegužė "
    "birželio birželis liepos liepa rugpjūčio rugpjūtis rugsėjo rugsėjis spalio spalis lapkričio lapkritis gruodžio "
    "gruodis janvāris janvārī februāris februārī martā aprīlis aprīlī maijs maijā jūnijs jūnijā jūlijs jūlijā augusts "
    "augustā septembris septembrī oktobris oktobrī novembris novembrī decembris decembrī jannar frar marzu mejju "
    "ġunju lulju awwissu settembru ottubru novembru diċembru januari februari maart mrt mei augustus stycznia styczeń "
    "lutego luty marca marzec kwietnia kwiecień maja czerwca czerwiec lipca lipiec sierpnia sierpień września "
    "wrzesień października październik grudnia grudzień janeiro fevereiro fev março maio junho julho setembro outubro "
    "out novembro dezembro ianuarie ian februarie martie aprilie iunie iun iulie iul septembrie octombrie noiembrie "
    "decembrie januára februára marec apríla apríl mája júna júla augusta septembra októbra novembra decembra junij "
    "julij avgust avg"
)
_IN_TWO_WORDS: Final = ("meán fómhair", "mheán fómhair", "deireadh fómhair", "dheireadh fómhair")
_NAMED = "|".join(literally(word) for word in folded_words([*sorted(set(MONTHS.split())), *_IN_TWO_WORDS]))
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[89]|20)\d\d"
_SHORT = rf"(?:{_YEAR}|'?\d\d)"
_NTH = r"(?:\.|-?(?:st|nd|rd|th|er|e|a|o|º|ª|ro|an|en|ú))?"
_OF = r"[ .,\-/]{1,2}(?:(?:de|del|of|d'|ta'|di|the|a) ?)?"
BIRTH_DATES: Final = (
    *(rf"{_DAY} ?{sign} ?{_MONTH} ?{sign} ?{_SHORT}" for sign in (r"\.", "/", r"\-", " ")),
    *(rf"{_MONTH} ?{sign} ?{_DAY} ?{sign} ?{_YEAR}" for sign in (r"\.", "/", r"\-")),
    *(rf"{_YEAR} ?{sign} ?{_MONTH} ?{sign} ?{_DAY}" for sign in (r"\.", "/", r"\-", " ")),
    rf"{_DAY}{_NTH}{_OF}(?:{_NAMED})\.?{_OF}{_SHORT}(?: ?г)?",
    rf"(?:{_NAMED})\.? {_DAY}{_NTH},? {_YEAR}",
    rf"{_YEAR}(?: ?m\.|\.)? (?:gada |metų )?(?:{_NAMED}) {_DAY}(?: ?d)?",
    rf"{_YEAR}\. gada {_DAY}\. (?:{_NAMED})",
)

_STEMS: Final = (
    *("geboren", "geburtsdatum", "geburtstag", "geburtsdat", "geb. am", "geb.am", "birth", "born", "date de naissance"),
    *("naissance", "né le", "née le", "né en", "née en", "né(e)", "né à", "née à", "je suis né", "nacido", "nacida"),
    *(
        "nací",
        "nació",
        "nacimiento",
        "cumpleaños",
        "nascido",
        "nascida",
        "nasci",
        "nasceu",
        "nascimento",
        "aniversário",
    ),
    *("nato il", "nata il", "nato/a", "nato nel", "nata nel", "sono nat", "nascita", "compleanno", "geboortedat"),
    *(
        "geboorte",
        "verjaardag",
        "født",
        "fødselsd",
        "fødedato",
        "född",
        "födelse",
        "födds",
        "syntym",
        "syntyn",
        "synnyin",
    ),
    *(
        "sünnip",
        "sündin",
        "sündinud",
        "sünniaeg",
        "sünnikuup",
        "sünd. ",
        "dzimš",
        "dzimis",
        "dzimusi",
        "dzimu",
        "dzim. ",
    ),
    *("gimim", "gimė", "gimęs", "gimiau", "gimusi", "gimtadien", "urodz", "ur. ", "narozen", "narodil", "narod. "),
    *(
        "naroden",
        "narodený",
        "narodená",
        "nar. ",
        "rođen",
        "rođendan",
        "rojen",
        "rojst",
        "született",
        "szület",
        "szül.",
    ),
    *("născut", "născ", "naștere", "nașterii", "nascut", "nastere", "nasterii", "роден", "рожден", "рожд", "раждане"),
    *("родих", "родил", "γεννή", "γεννημ", "γέννηση", "γενέθλι", "γεννηθ", "twelid", "twieldet", "twelidt", "rugadh"),
    *("breithe", "bhreithe", "breithlá", "dáta breithe", "lá breithe", "miesto narodenia", "datum narození"),
    *("dátum narodenia", "datum rođenja", "datum rojstva", "data urodzenia"),
)
_WORDS: Final = (
    *("dob", "d.o.b", "geb", "geb.", "ddn", "f.nac", "f. nac", "nac.", "fecha nac", "nat le", "nasc", "f.", "synt."),
    *("dz.", "szül", "d.n", "twieled", "imwieled", "imwielda", "bday", "b-day"),
)
BIRTH_STEMS, BIRTH_WORDS = tuple(folded_words(_STEMS)), tuple(folded_words(_WORDS))


def birth_date_automaton() -> Automaton:
    """Compile the ways to write a date of birth."""
    return compile_patterns(BIRTH_DATES)
