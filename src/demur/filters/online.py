r"""Finders of what people write to be reached online: links, e-mail addresses, handles, IP addresses.

Every finder reads folded text, where ``\x00`` is a barrier that nothing may cross, and yields the places it found from
left to right. The patterns take linear time: a token starts only where no token character stands before it, and
every unbounded repeat is possessive, so that no character is looked at again for another start (dolma issue 123).
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import TypeAlias

from demur.filters.cues import Cue, nearest_cue
from demur.filters.folding import folded_words

Place: TypeAlias = tuple[int, int]

_LISTED_DOMAINS = (
    "com net org edu gov int info biz name pro eu io me co app dev ai xyz online site shop blog club store tech "
    "link live news space social media cloud email page world life today art cat gal bzh wien berlin hamburg "
    "bayern koeln paris brussels vlaanderen amsterdam at be bg cy cz de dk ee es fi fr gr hr hu ie it lt lu lv mt "
    "nl pl pt ro se si sk uk gb ch li no is al ad ba by mc md mk rs sm tr ua va xk us ca mx br ar cl jp kr cn in "
    "au nz za ru tv cc ly gl gg to fm am im ws бг ευ ею ελ"
)
TOP_LEVEL_DOMAINS = frozenset(folded_words(_LISTED_DOMAINS.split()))
_PROVIDERS = (
    "gmail|googlemail|yahoo|hotmail|outlook|live|msn|icloud|aol|proton|protonmail|gmx|web|t-online|freenet|posteo"
    "|wanadoo|sfr|laposte|libero|virgilio|tiscali|wp|onet|o2|interia|seznam|centrum|azet|zoznam|abv|mail|citromail"
    "|freemail|telenet|skynet|ziggo|kpnmail|xs4all|sapo|ukr|inbox|tutanota|mailbox"
)

# ---------------------------------------------------------------------------------------------------------------- links
_URL_TAIL = r"[^\s\x00<>\"«»“”]"
_SCHEME_LINK = re.compile(
    rf"(?<![^\W_])(?:h(?:tt|xx)ps?|ftps?) ?: ?//{_URL_TAIL}++|(?<![\w.@-])www\d?\.{_URL_TAIL}++", re.IGNORECASE
)
_BARE_LINK = re.compile(rf"(?<![\w.@-])[\w-]++((?:\.[\w-]++)++)(?::\d{{2,5}}+)?+/{_URL_TAIL}*+")
_LINK_END = ".,;:!?'*)]}…"


def find_urls(text: str) -> Iterator[Place]:
    """Find links with a scheme or ``www.``, and bare hosts of known top-level domains that are followed by a path."""
    if "//" in text or "www" in text or "WWW" in text or "/ /" in text:
        for match in _SCHEME_LINK.finditer(text):
            yield match.start(), match.start() + len(match[0].rstrip(_LINK_END))


def find_bare_urls(text: str) -> Iterator[Place]:
    """Find hosts of known top-level domains that are followed by a path, such as a link to a profile."""
    for match in _BARE_LINK.finditer(text):
        if match[1].rpartition(".")[2].lower() in TOP_LEVEL_DOMAINS:
            yield match.start(), match.start() + len(match[0].rstrip(_LINK_END))


# ---------------------------------------------------------------------------------------------------------------- mails
_LOCAL = r"[\w.%+'&~!#$*=^`{|}-]"
_MAIL = re.compile(rf"(?<!{_LOCAL})(?<!(?<!\w)@)({_LOCAL}++)@([\w-]++(?:\.[\w-]++){{1,10}}+)")
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
    return "|".join(re.escape(word) for word in folded_words([word for group in groups for word in group]))


_OPEN, _CLOSE = r" {0,2}[\[({<|*_~-]{1,2} {0,2}", r" {0,2}[\])}>|*_~-]{1,2} {0,2}"
_ALL_DOTS = _words(_DOT_WORDS, _DOT_AMBIGUOUS)
_DOT = rf"(?:{_OPEN}(?:{_ALL_DOTS}|\.){_CLOSE}| {{1,3}}(?:{_ALL_DOTS}) {{1,3}}|\.)"
_LABEL = r"[^\W_](?:[^\W_]|-(?=[^\W_])){0,62}+"
_DOMAIN = re.compile(rf"({_LABEL})((?:{_DOT}{_LABEL}){{1,5}}+)", re.IGNORECASE)
_CLEAR_AT = re.compile(
    rf"{_OPEN}(?:{_words(_AT_SHORT, _AT_WORDS)}){_CLOSE}| {{1,3}}(?:{_words(_AT_WORDS)}) {{1,3}}",
    re.IGNORECASE,
)
_PLAIN_AT = re.compile(r" {1,3}(?:at|@) {1,3}|(?<=[^\W_])@ {1,2}| {1,2}@(?=[^\W_])", re.IGNORECASE)
_PLAIN_DOMAIN = re.compile(rf"{_LABEL}(?: {{1,3}}(?:{_words(_DOT_WORDS)}) {{1,3}}{_LABEL}){{1,5}}+", re.IGNORECASE)
_PROVIDER = re.compile(rf"(?:{_PROVIDERS})(?: ?\. ?[a-z]{{2,3}}){{1,2}}(?![^\W_])", re.IGNORECASE)
# The prefilter's view of the above: Rust's regex knows no look-around, and needs none to say "perhaps".
AT_HINT = rf"{_CLEAR_AT.pattern}| at {{1,3}}(?:[\w-]+ {{1,3}}(?:{_words(_DOT_WORDS)}) |(?:{_PROVIDERS}) ?\.)"
_LOCAL_LENGTH = 80
_WORDED_LOCAL = re.compile(rf"[\w%+'-]+(?:(?:{_DOT})[\w%+'-]+){{0,4}}\Z", re.IGNORECASE)
_LAST_LABEL = re.compile(r"[^\W_]+\Z")


def find_mails(text: str) -> Iterator[Place]:
    """Find e-mail addresses in their usual form, in any script (RFC 6532)."""
    if "@" not in text:
        return
    for match in _MAIL.finditer(text):
        domain = match[2]
        while (last := domain.rpartition("."))[0] and not _is_top_level(last[2]):
            domain = last[0]
        local = match[1].lstrip(".'&~!#$*=^`{|}-")
        if "." in domain and local:
            yield match.end(1) - len(local), match.start(2) + len(domain)


def find_obfuscated_mails(text: str) -> Iterator[Place]:
    """Find addresses that spell out the signs: ``anna [at] example (dot) org``, ``juan arroba ejemplo punto es``."""
    done = 0
    for start, at_end in _at_places(text):
        end = _domain_end(text, start, at_end)
        if end is None or start < done:
            continue
        local = _WORDED_LOCAL.search(text, max(done, start - _LOCAL_LENGTH), start)
        if local is not None:
            yield local.start(), end
            done = end


def _at_places(text: str) -> list[Place]:
    places = [match.span() for pattern in (_CLEAR_AT, _PLAIN_AT) for match in pattern.finditer(text)]
    return sorted(set(places))


def _domain_end(text: str, start: int, at_end: int) -> int | None:
    """Return where the domain after an "at" ends, or None where the words are ordinary speech."""
    if _CLEAR_AT.fullmatch(text, start, at_end):
        return _known_end(_DOMAIN.match(text, at_end))
    plain = _known_end(_PLAIN_DOMAIN.match(text, at_end))
    if plain is not None:
        return plain
    provider = _PROVIDER.match(text, at_end)
    return provider.end() if provider else None


def _known_end(match: re.Match[str] | None) -> int | None:
    if match is None:
        return None
    last = _LAST_LABEL.search(match[0][-_LOCAL_LENGTH:])
    return match.end() if last is not None and last[0].lower() in TOP_LEVEL_DOMAINS else None


def _is_top_level(label: str) -> bool:
    return (len(label) > 1 and label.isalpha()) or label.lower().startswith("xn--")


# -------------------------------------------------------------------------------------------------------------- handles
_HANDLE = re.compile(r"(?<!\w)@(\w++(?:[.-]\w++)*+)(?:@[\w-]++(?:\.[\w-]++)++)?+")
_MEASURE = re.compile(r"\d+(?:[.,-]\d+)*[a-z]{0,3}", re.IGNORECASE)


def find_handles(text: str) -> Iterator[Place]:
    """Find ``@name`` and ``@name@host``; a price or a time after the sign is none."""
    if "@" in text:
        for match in _HANDLE.finditer(text):
            if not _MEASURE.fullmatch(match[1]):
                yield match.span()


# --------------------------------------------------------------------------------------------------------- IP addresses
_IP_DOT = r"(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))"
_IPV4 = re.compile(rf"(?<![\w.])(?<!\d[,-])(\d{{1,3}}(?:{_IP_DOT}\d{{1,3}}){{3}}+)(?![\w]|\.\d)", re.IGNORECASE)
_IPV6 = re.compile(
    r"(?<![\w:.])[0-9a-f]{0,4}+:[0-9a-f:]{1,40}+(?:\.\d{1,3}+){0,3}+(?:%\w{1,15}+)?+(?![\w:])", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+")
_OCTET_MAXIMUM = 255
_VERSION_MAXIMUM = 99
_MINIMUM_GROUPS = 3
_GLOBAL_PREFIX = re.compile(r"(?:[23][0-9a-f]{3}|fe[89ab][0-9a-f]|f[cd][0-9a-f]{2}):", re.IGNORECASE)


def find_ip_addresses(text: str) -> Iterator[Place]:
    """Find IPv4 and IPv6 addresses; four small numbers after a word such as "version" are none."""
    for match in _IPV4.finditer(text):
        greatest = max(int(part) for part in _NUMBER.findall(match[1]))
        may_be_version = greatest <= _VERSION_MAXIMUM and nearest_cue(text, *match.span(1)) is Cue.OTHER
        if greatest <= _OCTET_MAXIMUM and not may_be_version:
            yield match.span(1)


def find_ipv6_addresses(text: str) -> Iterator[Place]:
    """Find IPv6 addresses in any of the forms of RFC 4291; short ones only under a prefix that networks use."""
    for match in _IPV6.finditer(text):
        address = match[0].partition("%")[0]
        groups = [group for group in address.split(":") if group]
        if len(groups) < _MINIMUM_GROUPS and not _GLOBAL_PREFIX.match(address):
            continue
        if any(character.isdigit() for character in address) and _is_ipv6(address):
            yield match.span()


def _is_ipv6(address: str) -> bool:
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True


PATTERNS = (
    *(_SCHEME_LINK, _BARE_LINK, _MAIL, _DOMAIN, _CLEAR_AT, _PLAIN_AT, _PLAIN_DOMAIN, _PROVIDER, _WORDED_LOCAL),
    *(_HANDLE, _MEASURE, _IPV4, _IPV6, _GLOBAL_PREFIX),
)
