"""What people write to be reached online, as patterns: links, e-mail addresses with their signs spelled out, addresses.

The patterns are read by the automata of `automata`; `online_kernel` holds the loops around them. What belongs to a
pattern is judged by its beginning alone, so that a line of any content takes time in proportion to its length (dolma
issue 123).
"""

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
        "маймунско а",
        "arond",
        "a rond",
        "coadă de maimuță",
        "παπάκι",
        "ätmärk",
        "at-märk",
        "kurica",
    ),
)
_AT_SHORT = ("at", "ät", "ett", "eta", "et", "a", "ad", "en", "@", "ατ", "ат")
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
    ),
)
_DOT_AMBIGUOUS = ("point", "punto", "ponto", "punt", "bodka", "pont", "piste", "prik", "pika", "tikka")


def _words(*groups: tuple[str, ...]) -> str:
    return "|".join(literally(word) for word in folded_words([word for group in groups for word in group]))


# ---------------------------------------------------------------------------------------------------------------- links
_TOP = _words(TOP_LEVEL_DOMAINS)
_TAIL = r"[^ \n<>\"]"
LINK = (rf"(?:h(?:tt|xx)ps?|ftps?) ?: ?//{_TAIL}", rf"www\d?\.{_TAIL}")
BARE_LINK = (rf"(?:[\w_\-]+\.)+(?:{_TOP})(?::\d{{2,5}})?/",)
TOP_LEVEL = (_TOP, r"xn--[\w\-]+")

# --------------------------------------------------------------------------------------------------- spelled-out mails
_OPEN, _CLOSE = r" {0,2}[\[({<|*_~\-]{1,2} {0,2}", r" {0,2}[\])}>|*_~\-]{1,2} {0,2}"
_DOTS = _words(_DOT_WORDS, _DOT_AMBIGUOUS)
_DOT = rf"(?:{_OPEN}(?:{_DOTS}|\.){_CLOSE}| {{1,3}}(?:{_DOTS}) {{1,3}}|\.)"
_LABEL = r"\w[\w\-]*"
_PROVIDER = rf"(?:{_PROVIDERS})(?: ?\. ?[a-z]{{2,3}}){{1,2}}"
AT = (
    rf"{_OPEN}(?:{_words(_AT_SHORT, _AT_WORDS)}){_CLOSE}| {{1,3}}(?:{_words(_AT_WORDS)}) {{1,3}}",
    r" {1,3}(?:at|@) {1,3}|@ {1,2}| {1,2}@",
)
"""What stands for the sign: first what means nothing else, then what is common in ordinary speech."""
WORDED_DOMAIN = (rf"{_LABEL}(?:{_DOT}{_LABEL})*{_DOT}(?:{_TOP})",)
PLAIN_DOMAIN = (
    rf"{_LABEL}(?: {{1,3}}(?:{_words(_DOT_WORDS)}) {{1,3}}{_LABEL})* {{1,3}}(?:{_words(_DOT_WORDS)}) {{1,3}}(?:{_TOP})",
    _PROVIDER,
)
WORDED_LOCAL = (rf"[\w_%+'\-]+(?:{_DOT}[\w_%+'\-]+){{0,4}}",)

# -------------------------------------------------------------------------------------------- handles and IP addresses
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
    }
