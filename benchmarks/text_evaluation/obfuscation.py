"""The ways in which people hide an identifier from programs and leave it readable for people.

Each takes a value and writes it anew, or returns None where it would change nothing. What comes out is still the
identifier: the gold span covers all of it, and its value carries the name of the way and `hidden`.
"""

import random
from collections.abc import Callable
from dataclasses import replace

from text_evaluation.carriers import Words
from text_evaluation.posts import Label, Value

Hiding = Callable[[random.Random, Words, str], str | None]

_LATIN_TO_CYRILLIC = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
_CYRILLIC_TO_LATIN = str.maketrans("асеорхуАВСЕНКМОРТХ", "aceopxyABCEHKMOPTX")
_GREEK_TO_LATIN = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονυ", "ABEZHIKMNOPTYXovu")
_ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\u00ad")
_BRACKETS = ("[{}]", "({})", "{{{}}}", "<{}>", "*{}*")


def _at_words(draw: random.Random, words: Words, text: str) -> str:
    at, dot = f" {draw.choice(words.at)} ", f" {draw.choice(words.dot)} "
    local, _, domain = text.partition("@")
    return f"{local.replace('.', dot) if draw.random() < 0.5 else local}{at}{domain.replace('.', dot)}"


def _at_in_brackets(draw: random.Random, words: Words, text: str) -> str:
    bracket, blank = draw.choice(_BRACKETS), draw.choice(("", " "))
    at = f"{blank}{bracket.format(draw.choice((*words.at, 'at', 'AT', '@', 'ät')))}{blank}"
    dot = f"{blank}{bracket.format(draw.choice((*words.dot, 'dot', '.')))}{blank}" if draw.random() < 0.6 else "."
    local, _, domain = text.partition("@")
    return f"{local}{at}{domain.replace('.', dot)}"


def _spaced_signs(_draw: random.Random, _words: Words, text: str) -> str:
    return text.replace("@", " @ ").replace(".", " . ")


def _full_width(_draw: random.Random, _words: Words, text: str) -> str:
    """Write ASCII in the full-width forms of the block U+FF00; a space stays."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def _zero_width(draw: random.Random, _words: Words, text: str) -> str:
    sign = draw.choice(_ZERO_WIDTH)
    places = set(draw.sample(range(1, len(text)), min(len(text) - 1, draw.randint(1, 4))))
    return "".join(sign + letter if place in places else letter for place, letter in enumerate(text))


def _look_alike_letters(draw: random.Random, _words: Words, text: str) -> str:
    for table in (_CYRILLIC_TO_LATIN, _GREEK_TO_LATIN, _LATIN_TO_CYRILLIC):
        changed = [place for place, letter in enumerate(text) if letter.translate(table) != letter]
        if changed and (table is not _LATIN_TO_CYRILLIC or text.isascii() or len(changed) > 1):
            chosen = set(draw.sample(changed, min(len(changed), draw.randint(1, 3))))
            return "".join(letter.translate(table) if place in chosen else letter for place, letter in enumerate(text))
    return text


def _keycaps(_draw: random.Random, _words: Words, text: str) -> str:
    return "".join(f"{sign}\ufe0f\u20e3" if sign in "0123456789" else sign for sign in text)


def _spaced_out(_draw: random.Random, _words: Words, text: str) -> str:
    return " ".join(sign for sign in text if not sign.isspace() and sign not in "-./()")


def _spelt_out(_draw: random.Random, words: Words, text: str) -> str:
    return " ".join(words.digits[int(sign)] for sign in text if sign in "0123456789")


def _dotted(_draw: random.Random, _words: Words, text: str) -> str:
    return text.replace(" ", ".").replace("-", ".")


def _wide_gaps(draw: random.Random, _words: Words, text: str) -> str:
    return text.replace(" ", draw.choice(("  ", " - ", "\u00a0", "_"))).replace("-", " - " if " " not in text else "-")


def _letter_o(_draw: random.Random, _words: Words, text: str) -> str:
    return text.replace("0", "O")


def _lower(_draw: random.Random, _words: Words, text: str) -> str:
    return text.lower()


def _lower_solid(_draw: random.Random, _words: Words, text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _defanged(draw: random.Random, _words: Words, text: str) -> str:
    sign = draw.choice(("[.]", "(.)", "[dot]"))
    if draw.random() < 0.3:
        return sign.join(text.rsplit(".", 1))
    return text.replace(".", sign)


def _defanged_url(draw: random.Random, words: Words, text: str) -> str:
    scheme, mark, rest = text.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.replace('tt', 'xx')}{mark}{_defanged(draw, words, host)}{slash}{path}"


WAYS: dict[Label, dict[str, Hiding]] = {
    Label.EMAIL: {
        "words": _at_words, "brackets": _at_in_brackets, "spaced signs": _spaced_signs, "full-width": _full_width,
        "zero-width": _zero_width, "look-alike": _look_alike_letters,
    },
    Label.PHONE: {
        "keycaps": _keycaps, "spaced out": _spaced_out, "number words": _spelt_out, "full-width": _full_width,
        "zero-width": _zero_width, "letter O": _letter_o, "wide gaps": _wide_gaps,
    },
    Label.CREDIT_CARD: {
        "keycaps": _keycaps, "spaced out": _spaced_out, "full-width": _full_width, "zero-width": _zero_width,
        "dots": _dotted, "wide gaps": _wide_gaps,
    },
    Label.IBAN: {
        "lower case": _lower, "dots": _dotted, "zero-width": _zero_width, "full-width": _full_width,
        "wide gaps": _wide_gaps, "look-alike": _look_alike_letters, "spaced out": _spaced_out,
    },
    Label.NATIONAL_ID: {
        "lower case": _lower, "spaced out": _spaced_out, "full-width": _full_width, "zero-width": _zero_width,
        "keycaps": _keycaps,
    },
    Label.PLATE: {
        "lower case": _lower, "lower, solid": _lower_solid, "dots": _dotted, "wide gaps": _wide_gaps,
        "full-width": _full_width, "look-alike": _look_alike_letters,
    },
    Label.IP: {"defanged": _defanged, "full-width": _full_width, "zero-width": _zero_width},
    Label.URL: {"defanged": _defanged_url, "zero-width": _zero_width},
    Label.HANDLE: {"full-width": _full_width, "zero-width": _zero_width},
    Label.PERSON: {"zero-width": _zero_width, "look-alike": _look_alike_letters},
    Label.ADDRESS: {"zero-width": _zero_width, "full-width": _full_width},
    Label.DATE_OF_BIRTH: {"full-width": _full_width, "zero-width": _zero_width},
}  # fmt: skip


def hide(draw: random.Random, words: Words, value: Value) -> Value:
    """Write a value in one of the ways that hide its label; a label or a text without a way stays as it is."""
    ways = list(WAYS.get(value.label, {}).items())
    draw.shuffle(ways)
    for name, way in ways:
        text = way(draw, words, value.text)
        if text and text != value.text:
            return replace(value, text=text, form=name, hidden=True)
    return value
