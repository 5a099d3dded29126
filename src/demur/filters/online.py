"""What people write to be reached online, as patterns: links, e-mail addresses with their signs spelled out, addresses.

The patterns are read by the automata of `automata`; `online_kernel` holds the loops around them. What belongs to a
pattern is judged by its beginning alone, so that a line of any content takes time in proportion to its length (dolma
issue 123).
"""

from enum import IntEnum
from typing import Final

from demur.filters.automata import Automaton, compile_patterns, literally
from demur.filters.folding import folded_words

_LISTED_DOMAINS = (
    "com net org edu gov int info biz name pro eu io me co app dev ai xyz online site shop blog club store tech "
    "link live news space social media cloud email page world life today art cat gal bzh wien berlin hamburg "
    "bayern koeln paris brussels vlaanderen amsterdam at be bg cy cz de dk ee es fi fr gr hr hu ie it lt lu lv mt "
    "nl pl pt ro se si sk uk gb ch li no is al ad ba by mc md mk rs sm tr ua va xk us ca mx br ar cl jp kr cn in "
    "au nz za ru tv cc ly gl gg to fm am im ws бг ευ ею ελ"
)
TOP_LEVEL_DOMAINS = tuple(folded_words(_LISTED_DOMAINS.split()))
_PROVIDERS = (
    "gmail|googlemail|yahoo|hotmail|outlook|live|msn|icloud|aol|proton|protonmail|gmx|web|t-online|freenet|posteo"
    "|wanadoo|sfr|laposte|libero|virgilio|tiscali|wp|onet|o2|interia|seznam|centrum|azet|zoznam|abv|mail|citromail"
    "|freemail|telenet|skynet|ziggo|kpnmail|xs4all|sapo|ukr|inbox|tutanota|mailbox"
)

_AT_WORDS = (
    *("arroba", "arobase", "arobas", "arrobase", "chiocciola", "apenstaartje", "klammeraffe", "małpa", "zavináč"),
    *("kukac", "snabel-a", "snabela", "alfakrøll", "miukumauku", "miuku-mauku", "ät-merkki", "at-merkki", "afna"),
    *(
        "majmun",
        "кльомба",
        "маймунка",
        "маймунско а",
        "miuku",
        "alfa krøll",
        "małpka",
        "zavinac",
        "arrobá",
        "arond",
        "a rond",
        "coadă de maimuță",
        "παπάκι",
        "ätmärk",
        "at-märk",
        "kurica",
    ),
)
_AT_SHORT = ("at", "ät", "ätt", "ett", "eta", "et", "a", "ad", "ag", "en", "@", "ατ", "ат", "atsign", "at sign")
_DOT_WORDS = (
    *(
        "dot",
        "punkt",
        "kropka",
        "tečka",
        "tocka",
        "točka",
        "точка",
        "τελεία",
        "taškas",
        "punkts",
        "punct",
        "ponc",
        "pocc",
        "punktum",
        "tačka",
    ),
)
_DOT_FOREIGN = ("bodka", "pont", "piste", "prik", "prick", "pika", "tikka")
_DOT_AMBIGUOUS = ("point", "punto", "ponto", "punt", *_DOT_FOREIGN)
# Domains that are no word beside a "point" in a sentence: "at this point it is".
_LISTED_CLEAR = "com net org eu info io dk fi cz hu bg gr lt lv mt nl fr uk ie pl pt ro sk lu hr cy"
_CLEAR_DOMAINS = tuple(_LISTED_CLEAR.split())


def _words(*groups: tuple[str, ...]) -> str:
    return "|".join(literally(word) for word in folded_words([word for group in groups for word in group]))


# ---------------------------------------------------------------------------------------------------------------- links
_TOP = _words(TOP_LEVEL_DOMAINS)
_TAIL = r"[^ \n<>\"]"
_IN_BRACKETS = r"(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\))"
_HOST_DOT = rf"(?:\.|{_IN_BRACKETS})"
LINK = (rf"(?:h(?:tt|xx)ps?|ftps?) ?: ?//{_TAIL}", rf"www\d?{_HOST_DOT}{_TAIL}")
BARE_LINK = (
    rf"(?:[\w_\-]+{_HOST_DOT})+(?:{_TOP})(?::\d{{2,5}})?/",
    rf"(?:[\w_\-]+{_HOST_DOT})*[\w_\-]+{_IN_BRACKETS}(?:{_TOP})",
)
TOP_LEVEL = (_TOP, r"xn--[\w\-]+")

# --------------------------------------------------------------------------------------------------- spelled-out mails
_OPEN, _CLOSE = r" {0,2}[\[({<|*_~\-]{1,2} {0,2}", r" {0,2}[\])}>|*_~\-]{1,2} {0,2}"
_DOTS = _words(_DOT_WORDS, _DOT_AMBIGUOUS)
_DOT = rf"(?:{_OPEN}(?:{_DOTS}|\.){_CLOSE}| {{1,3}}(?:{_DOTS}) {{1,3}}| \. |\.)"
_LABEL = r"\w[\w\-]*"
_PROVIDER = rf"(?:{_PROVIDERS})(?: ?\. ?[a-z]{{2,3}}){{1,2}}"
AT = (
    rf"{_OPEN}(?:{_words(_AT_SHORT, _AT_WORDS)}){_CLOSE}| {{1,3}}(?:{_words(_AT_WORDS)}|@) {{1,3}}|@",
    r" {1,3}(?:at|ag|@) {1,3}|@ {1,2}| {1,2}@",
)
"""What stands for the sign: first what means nothing else, then what is common in ordinary speech."""
WORDED_DOMAIN = (rf"{_LABEL}(?:{_DOT}{_LABEL})*{_DOT}(?:{_TOP})",)
_SAID = rf"(?:\.| {{1,3}}(?:{_words(_DOT_AMBIGUOUS)}) {{1,3}})"
PLAIN_DOMAIN = (
    rf"{_LABEL}(?: {{1,3}}(?:{_words(_DOT_WORDS)}) {{1,3}}{_LABEL})* {{1,3}}(?:{_words(_DOT_WORDS)}) {{1,3}}(?:{_TOP})",
    rf"{_LABEL}(?:{_SAID}{_LABEL})* {{1,3}}(?:{_words(_DOT_AMBIGUOUS)}) {{1,3}}(?:{_words(_CLEAR_DOMAINS)})",
    rf"{_LABEL}(?:{_SAID}{_LABEL})* {{1,3}}(?:{_words(_DOT_FOREIGN)}) {{1,3}}(?:{_TOP})",
    rf"{_LABEL} {{1,3}}punto {{1,3}}(?:it|es)",
    _PROVIDER,
)
WORDED_LOCAL = (rf"[\w_%+'\-]+(?:{_DOT}[\w_%+'\-]+){{0,4}}",)

# ------------------------------------------------------------------------------------------------------- spoken digits
_ZERO: Final = "zero null nul noll nolla zéro cero nulle nulis nula nulla нула μηδέν náid nič żero oh"
_ONE: Final = (
    "one eins un uno um een één en et ett yksi üks viens vienas jeden jedna ena jedan egy unu una едно един една "
    "ένα aon wieħed jedno"
)
_TWO: Final = (
    "two zwei zwo deux dos due dois duas twee to två kaksi kaks divi divas du dwa dva dvě dve dvije kettő két doi "
    "două две два δύο δυο dó tnejn"
)
_THREE: Final = "three drei trois tres tre três drie kolme kolm trīs trys trzy tři tri három trei три τρία trí tlieta"
_FOUR: Final = (
    "four vier quatre cuatro quattro quatro fire fyra neljä neli četri keturi cztery čtyři štyri štiri četiri négy "
    "patru четири τέσσερα ceathair erbgħa"
)
_FIVE: Final = (
    "five fünf cinq cinco cinque vijf fem viisi viis pieci penki pięć pět päť pet öt cinci пет πέντε cúig ħamsa"
)
_SIX: Final = "six sechs seis sei meia zes seks sex kuusi kuus seši šeši sześć šest šesť hat șase шест έξι sé sitta"
_SEVEN: Final = (
    "seven sieben sept siete sette sete zeven syv sju seitsemän seitse septiņi septyni siedem sedm sedem sedam hét "
    "șapte седем επτά εφτά seacht sebgħa"
)
_EIGHT: Final = (
    "eight acht huit ocho otto oito otte åtta kahdeksan kaheksa astoņi aštuoni osiem osm osem osam nyolc opt осем "
    "οκτώ οχτώ ocht tmienja"
)
_NINE: Final = (
    "nine neun neuf nueve nove negen ni nio yhdeksän üheksa deviņi devyni dziewięć devět deväť devet kilenc nouă "
    "девет εννέα εννιά naoi disgħa"
)
DIGIT_NAMES: tuple[str, ...] = (_ZERO, _ONE, _TWO, _THREE, _FOUR, _FIVE, _SIX, _SEVEN, _EIGHT, _NINE)
"""How the 24 languages say the digits from zero to nine."""


def digit_automaton() -> Automaton:
    """Compile the names of digits; the number of a pattern is the digit."""
    return compile_patterns([_words(tuple(names.split())) for names in DIGIT_NAMES])


# -------------------------------------------------------------------------------------------- handles and IP addresses
_NETWORKS = (
    *("insta", "instagram", "ig", "tiktok", "tik tok", "twitter", "snapchat", "snap", "telegram", "discord", "reddit"),
    *("mastodon", "twitch", "threads", "bluesky", "bsky", "facebook", "fb", "kik", "skype", "steam", "psn", "youtube"),
    *("linkedin", "pinterest", "onlyfans", "signal", "vinted", "badoo", "tinder", "strava", "github", "vk", "tumblr"),
)
_ACCOUNTS = (
    *(
        "account",
        "name",
        "user",
        "username",
        "handle",
        "nick",
        "nickname",
        "profil",
        "profile",
        "konto",
        "id",
        "compte",
    ),
    *("pseudo", "cuenta", "usuario", "conta", "profilo", "perfil", "nutzername", "felhasználó", "профил", "προφίλ"),
)
_LINKING = (
    *(
        "is",
        "i'm",
        "im",
        "i am",
        "as",
        "under",
        "ist",
        "heißt",
        "bin ich",
        "ich bin",
        "unter",
        "als",
        "est",
        "c'est",
        "je suis",
    ),
    *(
        "es",
        "soy",
        "me llamo",
        "è",
        "sono",
        "é",
        "sou",
        "o meu é",
        "jest",
        "to",
        "jako",
        "jestem",
        "je",
        "jsem",
        "som",
        "sem",
    ),
    *(
        "sam",
        "kao",
        "kot",
        "ako",
        "er",
        "er jeg",
        "jeg er",
        "är",
        "heter",
        "heter jag",
        "jag är",
        "jag heter",
        "hedder",
        "on",
    ),
    *(
        "olen",
        "nimi on",
        "mu on",
        "ma olen",
        "ir",
        "esmu",
        "yra",
        "esu",
        "este",
        "e",
        "sunt",
        "eu sunt",
        "vagyok",
        "a nevem",
    ),
    *(
        "είναι",
        "είμαι",
        "το",
        "με λένε",
        "е",
        "съм",
        "аз съм",
        "is é",
        "is mé",
        "tá",
        "mé",
        "jien",
        "hu",
        "huwa",
        "ben ik",
    ),
    *("ik ben", "heet ik", "heet", "mint", "τον", "στο", "ως"),
)
_MINE = (
    *("my", "mein", "meine", "mon", "mi", "il mio", "mio", "o meu", "meu", "mijn", "min", "mitt", "mit", "mój", "můj"),
    *("môj", "moj", "mano", "mans", "manu", "mu", "minu", "mun", "minun", "az én", "моят", "мой", "ο", "το", "mo"),
    *("insta-m", "tiegħi", "contul meu de", "this is my", "follow my"),
)


class Trigger(IntEnum):
    """What a word announces: a link, a network, a spoken digit, a sign of a mail address."""

    LINK = 0
    NETWORK = 1
    DIGIT = 2
    AT = 3
    SHORT_AT = 4


TRIGGERS = (
    r"h(?:tt|xx)ps?|ftps?|www\d?",
    _words(_NETWORKS),
    "|".join(_words(tuple(names.split())) for names in DIGIT_NAMES),
    f"{_words(_AT_WORDS)}|at|ag",
    _words(tuple(word for word in _AT_SHORT if word != "@")),
)
"""One pattern for each `Trigger`."""
PROFILE = (
    rf"(?:{_words(_NETWORKS)})\l{{0,3}}(?: (?:{_words(_ACCOUNTS)}))?(?: ?[:=>]{{1,2}} ?| - )",
    rf"(?:{_words(_NETWORKS)})\l{{0,3}}(?: (?:{_words(_ACCOUNTS)}))?(?: (?:{_words(_LINKING)})){{1,2}} ",
    rf"(?:{_words(_MINE)}) (?:{_words(_NETWORKS)})\l{{0,3}} ",
)
"""What leads to a name without its sign: a colon, a verb, or "my"."""
MEASURE = (r"\d+(?:[.,\-]\d+)*[a-z]{0,3}",)
"""A price or a time, which is no handle."""
_OCTET_DOT = r"(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))"
FOUR_OCTETS = (rf"\d{{1,3}}(?:{_OCTET_DOT}\d{{1,3}}){{3}}",)


def online_automata() -> dict[str, Automaton]:
    """Compile the patterns, each under its name in `demur.filters.places.Part`."""
    return {
        "LINK": compile_patterns(LINK),
        "BARE_LINK": compile_patterns(BARE_LINK),
        "TOP_LEVEL": compile_patterns(TOP_LEVEL),
        "AT": compile_patterns(AT),
        "WORDED_DOMAIN": compile_patterns(WORDED_DOMAIN),
        "PLAIN_DOMAIN": compile_patterns(PLAIN_DOMAIN),
        "WORDED_LOCAL": compile_patterns(WORDED_LOCAL, is_backward=True),
        "MEASURE": compile_patterns(MEASURE),
        "FOUR_OCTETS": compile_patterns(FOUR_OCTETS),
        "TRIGGERS": compile_patterns(TRIGGERS),
        "PROFILE": compile_patterns(PROFILE),
        "DIGIT_NAMES": digit_automaton(),
    }
