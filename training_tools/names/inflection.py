"""Puts names into the cases that posts use, by their endings: rough, and right for most names."""

from typing import Final

Rules = tuple[tuple[str, str], ...]
"""Endings and what takes their place; the first that fits counts, and "" fits every name."""

_POLISH: Final[dict[str, Rules]] = {
    "g": (
        ("ska", "skiej"),
        ("cka", "ckiej"),
        ("ski", "skiego"),
        ("cki", "ckiego"),
        ("ka", "ki"),
        ("ga", "gi"),
        ("ia", "ii"),
        ("ja", "ji"),
        ("a", "y"),
        ("ek", "ka"),
        ("eł", "ła"),
        ("y", "ego"),
        ("i", "iego"),
        ("o", "o"),
        ("e", "e"),
        ("", "a"),
    ),
    "d": (
        ("ska", "skiej"),
        ("cka", "ckiej"),
        ("ski", "skiemu"),
        ("cki", "ckiemu"),
        ("ka", "ce"),
        ("ia", "ii"),
        ("ja", "ji"),
        ("ta", "cie"),
        ("ra", "rze"),
        ("a", "ie"),
        ("ek", "kowi"),
        ("y", "emu"),
        ("i", "iemu"),
        ("o", "o"),
        ("e", "e"),
        ("", "owi"),
    ),
    "a": (
        ("ska", "ską"),
        ("cka", "cką"),
        ("ski", "skiego"),
        ("cki", "ckiego"),
        ("a", "ę"),
        ("ek", "ka"),
        ("y", "ego"),
        ("i", "iego"),
        ("o", "o"),
        ("e", "e"),
        ("", "a"),
    ),
    "i": (
        ("ska", "ską"),
        ("cka", "cką"),
        ("ski", "skim"),
        ("cki", "ckim"),
        ("a", "ą"),
        ("ek", "kiem"),
        ("k", "kiem"),
        ("g", "giem"),
        ("y", "ym"),
        ("i", "im"),
        ("o", "o"),
        ("e", "e"),
        ("", "em"),
    ),
    "v": (
        ("ska", "ska"),
        ("ski", "ski"),
        ("ia", "iu"),
        ("a", "o"),
        ("ek", "ku"),
        ("k", "ku"),
        ("sz", "szu"),
        ("rz", "rzu"),
        ("o", "o"),
        ("y", "y"),
        ("i", "i"),
        ("e", "e"),
        ("r", "rze"),
        ("t", "cie"),
        ("", "ie"),
    ),
}
_CZECH: Final[dict[str, Rules]] = {
    "g": (
        ("ová", "ové"),
        ("á", "é"),
        ("ý", "ého"),
        ("ie", "ie"),
        ("ka", "ky"),
        ("a", "y"),
        ("e", "e"),
        ("ek", "ka"),
        ("í", "ího"),
        ("", "a"),
    ),
    "d": (
        ("ová", "ové"),
        ("á", "é"),
        ("ý", "ému"),
        ("ie", "ii"),
        ("ka", "ce"),
        ("ra", "ře"),
        ("a", "ě"),
        ("e", "i"),
        ("ek", "kovi"),
        ("í", "ímu"),
        ("", "ovi"),
    ),
    "a": (
        ("ová", "ovou"),
        ("á", "ou"),
        ("ý", "ého"),
        ("ie", "ii"),
        ("a", "u"),
        ("e", "i"),
        ("ek", "ka"),
        ("í", "ího"),
        ("", "a"),
    ),
    "i": (
        ("ová", "ovou"),
        ("á", "ou"),
        ("ý", "ým"),
        ("ie", "ií"),
        ("a", "ou"),
        ("e", "í"),
        ("ek", "kem"),
        ("í", "ím"),
        ("", "em"),
    ),
    "v": (
        ("ová", "ová"),
        ("á", "á"),
        ("ý", "ý"),
        ("ie", "ie"),
        ("a", "o"),
        ("e", "e"),
        ("ek", "ku"),
        ("k", "ku"),
        ("š", "ši"),
        ("í", "í"),
        ("r", "re"),
        ("", "e"),
    ),
}
_SLOVAK: Final[dict[str, Rules]] = {
    "g": (("ová", "ovej"), ("á", "ej"), ("ý", "ého"), ("ia", "ie"), ("a", "y"), ("o", "a"), ("ek", "ka"), ("", "a")),
    "d": (
        ("ová", "ovej"),
        ("á", "ej"),
        ("ý", "ému"),
        ("ia", "ii"),
        ("a", "e"),
        ("o", "ovi"),
        ("ek", "kovi"),
        ("", "ovi"),
    ),
    "a": (("ová", "ovú"), ("á", "ú"), ("ý", "ého"), ("ia", "iu"), ("a", "u"), ("o", "a"), ("ek", "ka"), ("", "a")),
    "i": (("ová", "ovou"), ("á", "ou"), ("ý", "ým"), ("a", "ou"), ("o", "om"), ("ek", "kom"), ("", "om")),
}
_SLOVENE: Final[dict[str, Rules]] = {
    "g": (("a", "e"), ("o", "a"), ("ec", "ca"), ("", "a")),
    "a": (("a", "o"), ("o", "a"), ("ec", "ca"), ("", "a")),
    "d": (("a", "i"), ("o", "u"), ("ec", "cu"), ("", "u")),
    "l": (("a", "i"), ("o", "u"), ("ec", "cu"), ("", "u")),
    "i": (("a", "o"), ("o", "om"), ("ec", "cem"), ("č", "čem"), ("", "om")),
}
_CROATIAN: Final[dict[str, Rules]] = {
    "g": (("a", "e"), ("o", "e"), ("", "a")),
    "a": (("a", "u"), ("o", "u"), ("", "a")),
    "d": (("a", "i"), ("o", "i"), ("", "u")),
    "i": (("a", "om"), ("o", "om"), ("ć", "ćem"), ("", "om")),
    "v": (("ca", "ce"), ("a", "a"), ("o", "o"), ("ić", "iću"), ("n", "ne"), ("p", "pe"), ("", "e")),
}
_GREEK: Final[dict[str, Rules]] = {
    "g": (
        ("ος", "ου"),
        ("ός", "ού"),
        ("ης", "η"),
        ("ής", "ή"),
        ("ας", "α"),
        ("άς", "ά"),
        ("α", "ας"),
        ("ά", "άς"),
        ("η", "ης"),
        ("ή", "ής"),
        ("ω", "ως"),
        ("", ""),
    ),
    "a": (("ος", "ο"), ("ός", "ό"), ("ης", "η"), ("ής", "ή"), ("ας", "α"), ("άς", "ά"), ("", "")),
    "v": (("ος", "ε"), ("ός", "έ"), ("ης", "η"), ("ής", "ή"), ("ας", "α"), ("άς", "ά"), ("", "")),
}
_BULGARIAN: Final[dict[str, Rules]] = {
    "v": (
        ("ка", "ке"),
        ("ия", "ийо"),
        ("а", "о"),
        ("я", "ьо"),
        ("й", "ю"),
        ("о", "о"),
        ("ев", "ев"),
        ("ов", "ов"),
        ("", "е"),
    ),
}
_LITHUANIAN: Final[dict[str, Rules]] = {
    "g": (("as", "o"), ("is", "io"), ("ys", "io"), ("us", "aus"), ("ė", "ės"), ("a", "os"), ("", "")),
    "d": (("as", "ui"), ("is", "iui"), ("ys", "iui"), ("us", "ui"), ("ė", "ei"), ("a", "ai"), ("", "")),
    "a": (("as", "ą"), ("is", "į"), ("ys", "į"), ("us", "ų"), ("ė", "ę"), ("a", "ą"), ("", "")),
    "i": (("as", "u"), ("is", "iu"), ("ys", "iu"), ("us", "umi"), ("ė", "e"), ("a", "a"), ("", "")),
    "v": (("as", "ai"), ("is", "i"), ("ys", "y"), ("us", "au"), ("ė", "e"), ("a", "a"), ("", "")),
}
_LATVIAN: Final[dict[str, Rules]] = {
    "g": (("iņš", "iņa"), ("is", "ja"), ("us", "us"), ("s", "a"), ("š", "a"), ("a", "as"), ("e", "es"), ("", "")),
    "d": (("iņš", "iņam"), ("is", "im"), ("us", "um"), ("s", "am"), ("š", "am"), ("a", "ai"), ("e", "ei"), ("", "")),
    "a": (("iņš", "iņu"), ("is", "i"), ("us", "u"), ("s", "u"), ("š", "u"), ("a", "u"), ("e", "i"), ("", "")),
    "v": (("iņš", "iņ"), ("is", "i"), ("us", "u"), ("s", ""), ("š", ""), ("", "")),
}
_ESTONIAN: Final[dict[str, Rules]] = {
    "g": (("s", "se"), ("n", "ni"), ("r", "ri"), ("l", "li"), ("k", "ki"), ("t", "ti"), ("", "")),
    "d": (("s", "sele"), ("n", "nile"), ("r", "rile"), ("l", "lile"), ("k", "kile"), ("t", "tile"), ("", "le")),
    "a": (("s", "st"), ("n", "ni"), ("r", "ri"), ("l", "li"), ("k", "ki"), ("t", "ti"), ("", "t")),
    "i": (("s", "sega"), ("n", "niga"), ("r", "riga"), ("l", "liga"), ("k", "kiga"), ("t", "tiga"), ("", "ga")),
}
RULES: Final[dict[str, dict[str, Rules]]] = {
    "pl": _POLISH,
    "cs": _CZECH,
    "sk": _SLOVAK,
    "sl": _SLOVENE,
    "hr": _CROATIAN,
    "el": _GREEK,
    "bg": _BULGARIAN,
    "lt": _LITHUANIAN,
    "lv": _LATVIAN,
    "et": _ESTONIAN,
}
_FINNISH: Final = {"g": "n", "d": "lle", "a": "a", "l": "lla", "i": "n"}
_BACK, _FRONT = frozenset("aáoóuúAÁOÓUÚ"), frozenset("eéiíöőüűEÉIÍÖŐÜŰ")
_LENITED: Final = frozenset("BCDFGMPST")
_UNLENITED_BEFORE: Final = frozenset("cmptkfl")


def inflect(language: str, case: str, name: str) -> str:
    """Return a name in a case: g, d, a, i, l and v are genitive to locative and vocative."""
    if not case or len(name) <= 2:
        return name
    if language == "fi":
        return _finnish(case, name)
    if language == "hu":
        return _hungarian(case, name)
    if language == "ga" and case == "v":
        return _lenited(name)
    for ending, instead in RULES.get(language, {}).get(case, ()):
        if name.endswith(ending):
            return name[: len(name) - len(ending)] + instead
    return name


def _finnish(case: str, name: str) -> str:
    if name.endswith("nen"):
        stem = name[:-3] + "se"
        return name[:-3] + "sta" if case == "a" else stem + _FINNISH[case]
    link = "" if name[-1] in "aeiouyäö" else "i"
    if case == "a":
        front = not set(name) & set("aouAOU")
        return name + link + ("ä" if front else "a")
    return name + link + _FINNISH[case]


def _hungarian(case: str, name: str) -> str:
    vowels = [letter for letter in name if letter in _BACK or letter in _FRONT]
    back = any(letter in _BACK for letter in vowels)
    stem = {"a": "á", "e": "é"}.get(name[-1])
    stem = name[:-1] + stem if stem else name
    ends_in_vowel = stem[-1] in _BACK or stem[-1] in _FRONT
    if case == "d":
        return stem + ("nak" if back else "nek")
    if case == "a":
        return stem + ("t" if ends_in_vowel else "ot" if back else "et")
    if case == "i":
        tail = "al" if back else "el"
        return stem + ("v" + tail if ends_in_vowel else stem[-1] + tail)
    return stem + ("nál" if back else "nél")


def _lenited(name: str) -> str:
    if name[0] not in _LENITED or name[1] == "h" or (name[0] == "S" and name[1] in _UNLENITED_BEFORE):
        return name
    return name[0] + "h" + name[1:]
