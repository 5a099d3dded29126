"""Draw posts for the evaluation: a quarter clean, the others with one to three values, hard and hidden forms as well.

Post number n of a seed is always the same, whatever the count: each post has a generator of its own. Spans are exact by
construction, because a post is a list of pieces and every change of case or spelling happens to a piece.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from text_evaluation import dates, names, numbering, online
from text_evaluation.addresses import STYLES, draw_address
from text_evaluation.carriers import LANGUAGES, SLOT, Carriers, carriers_of
from text_evaluation.look_alikes import LOOK_ALIKES, TAILS
from text_evaluation.names import Half
from text_evaluation.obfuscation import hide
from text_evaluation.plates import draw_plate
from text_evaluation.posts import GoldSpan, Label, Post, Value

Piece: TypeAlias = str | Value

HOMES = {
    "bg": ("BG",), "cs": ("CZ",), "da": ("DK",), "de": ("DE", "DE", "AT"), "el": ("GR", "GR", "CY"), "en": ("IE", "MT"),
    "es": ("ES",), "et": ("EE",), "fi": ("FI",), "fr": ("FR", "FR", "BE", "LU"), "ga": ("IE",), "hr": ("HR",),
    "hu": ("HU",), "it": ("IT",), "lt": ("LT",), "lv": ("LV",), "mt": ("MT",), "nl": ("NL",), "pl": ("PL",),
    "pt": ("PT",), "ro": ("RO",), "sk": ("SK",), "sl": ("SI",), "sv": ("SE",),
}  # fmt: skip
"""Where the people who write a language live; one in five of their phones, accounts and plates is of another state."""
WORDLESS = (
    *("{PERSON}, {PHONE}, {EMAIL}", "📍 {ADDRESS}", "☎️ {PHONE}", "✉️ {EMAIL}", "{PHONE}", "{EMAIL}", "RT {HANDLE}: 😂"),
    *(
        "cc {HANDLE} {HANDLE}",
        "{PERSON} <{EMAIL}>",
        "{URL} via {HANDLE}",
        "{IBAN}",
        "{CARD} 04/28 CVV",
        "{IP} - - GET /",
    ),
    *("{PERSON} | {ADDRESS}", "{PERSON}: 10/10", "{HANDLE} > {HANDLE}", "Tel. {PHONE} / {EMAIL}", "({PERSON})"),
)
"""Carriers of no language: what stands in a signature, on a poster, in a log."""
PHONE_REGIONS = (*STYLES, "GB", "CH", "NO")

_CLEAN, _HIDDEN, _TWO_CARRIERS, _FOREIGN = 0.25, 0.25, 0.35, 0.2
# Names, addresses and birthdays are seldom disguised on purpose: so many of those to be hidden are.
_SELDOM_HIDDEN, _SELDOM = frozenset((Label.PERSON, Label.ADDRESS, Label.DATE_OF_BIRTH)), 0.25
_MOST_SPANS, _NO_WORDS = 3, 0.08
_EMOJI = ("😂", "🙏", "❤️", "🔥", "😭", "👍🏽", "✨", "🚲", "🇪🇺", "👩‍👧", "🎉", "🙈")
_JOINS = (" ", "\n", ". ", " / ", " … ", "! ")
_CASED = frozenset((Label.PERSON, Label.ADDRESS, Label.PLATE, Label.IBAN, Label.NATIONAL_ID, Label.DATE_OF_BIRTH))
_HIDES_IN_LOWER_CASE = frozenset((Label.PLATE, Label.IBAN, Label.NATIONAL_ID))
_DEVICE_CUES = {
    "mac": ("MAC ", "MAC: ", ""),
    "imei": ("IMEI ", "imei: "),
    "advertising id": ("IDFA ", "GAID: ", "ad id "),
}


def generate(count: int, *, seed: int, half: Half = Half.EVALUATION) -> list[Post]:
    """Draw posts, the languages in turn; names of the half to evaluate with, of the other one only to compare."""
    return [_draw_post(seed, number, half) for number in range(count)]


def _draw_post(seed: int, number: int, half: Half) -> Post:
    draw = random.Random(f"{seed}:{number}")
    language = LANGUAGES[number % len(LANGUAGES)]
    home = draw.choice(HOMES[language])
    is_clean = draw.random() < _CLEAN
    pieces = _clean_pieces(draw, language, home) if is_clean else _personal_pieces(draw, language, home, half)
    return assemble(_add_noise(draw, pieces), language)


def assemble(pieces: list[Piece], language: str) -> Post:
    """Join pieces into a post; each value becomes a span."""
    text, spans = "", []
    for piece in pieces:
        written = piece if isinstance(piece, str) else piece.text
        if isinstance(piece, Value):
            place = {"start": len(text), "end": len(text) + len(written)}
            spans.append(GoldSpan(**place, label=piece.label, form=piece.form, hidden=piece.hidden))
        text += written
    return Post(text=text, language=language, spans=tuple(spans))


# --------------------------------------------------------------------------------------------------------------- pieces
def _clean_pieces(draw: random.Random, language: str, home: str) -> list[Piece]:
    clean = carriers_of(language).clean
    sentences = draw.sample(clean, 2 if draw.random() < _TWO_CARRIERS else 1)
    filled = [SLOT.sub(lambda slot: LOOK_ALIKES[slot[1]](draw, language, home), sentence) for sentence in sentences]
    if draw.random() < 0.2:
        filled.append(draw.choice(TAILS))
    return [draw.choice(_JOINS).join(filled)]


def _personal_pieces(draw: random.Random, language: str, home: str, half: Half) -> list[Piece]:
    carriers = carriers_of(language)
    sentences = draw.sample(carriers.personal, 2 if draw.random() < _TWO_CARRIERS else 1)
    if draw.random() < _NO_WORDS:
        sentences = [draw.choice(WORDLESS)]
    if sum(len(SLOT.findall(sentence)) for sentence in sentences) > _MOST_SPANS:
        sentences = sentences[:1]
    pieces: list[Piece] = []
    for sentence in sentences:
        pieces += [draw.choice(_JOINS)] if pieces else []
        pieces += _fill(draw, sentence, language, home, half)
    if draw.random() < _HIDDEN:
        return [_hide_some(draw, carriers, piece) for piece in pieces]
    return pieces


def _hide_some(draw: random.Random, carriers: Carriers, piece: Piece) -> Piece:
    if isinstance(piece, str) or (piece.label in _SELDOM_HIDDEN and draw.random() > _SELDOM):
        return piece
    return hide(draw, carriers.words, piece)


def _fill(draw: random.Random, sentence: str, language: str, home: str, half: Half) -> list[Piece]:
    """Cut a carrier at its slots and draw a value for each."""
    pieces: list[Piece] = []
    cue, number = numbering.draw_national_id(draw, home)
    # Literals and slots take turns, because the pattern of a slot has one group.
    for place, part in enumerate(SLOT.split(sentence)):
        if place % 2 == 0:
            pieces += [part] if part else []
        elif part == "IDCUE":
            pieces.append(cue)
        elif part == "ID":
            pieces.append(number)
        elif part == "DEVICE":
            device = online.draw_device(draw)
            pieces += [draw.choice(_DEVICE_CUES[device.form]), device]
        elif part == "HANDLE" and "insta" in sentence and draw.random() < 0.3:
            handle = online.draw_handle(draw, language, half)
            pieces.append(replace(handle, text=handle.text.lstrip("@"), form="bare"))
        else:
            pieces.append(_VALUES[part](draw, language, home, half))
    return pieces


def _abroad(draw: random.Random, home: str, countries: tuple[str, ...]) -> str:
    return draw.choice(countries) if draw.random() < _FOREIGN else home


def _draw_phone(draw: random.Random, _language: str, home: str, _half: Half) -> Value:
    region = _abroad(draw, home, PHONE_REGIONS)
    return numbering.draw_phone(draw, region, at_home=region == home)


_VALUES: dict[str, Callable[[random.Random, str, str, Half], Value]] = {
    "ADDRESS": lambda draw, _language, home, _half: draw_address(draw, home),
    "BORN": lambda draw, language, _home, _half: dates.draw_birthday(draw, language),
    "CARD": lambda draw, _language, _home, _half: numbering.draw_card(draw),
    "EMAIL": lambda draw, language, _home, half: online.draw_email(draw, language, half),
    "FIRST": lambda draw, language, _home, half: names.draw_given(draw, language, half),
    "HANDLE": lambda draw, language, _home, half: online.draw_handle(draw, language, half),
    "IBAN": lambda draw, _language, home, _half: numbering.draw_iban(draw, _abroad(draw, home, tuple(STYLES))),
    "IP": lambda draw, _language, _home, _half: online.draw_ip(draw),
    "LAST": lambda draw, language, _home, half: names.draw_family(draw, language, half),
    "PERSON": lambda draw, language, _home, half: names.draw_person(draw, language, half),
    "PERSON~": lambda draw, language, _home, half: names.draw_inflected(draw, language, half),
    "PERSON~m": lambda draw, language, _home, half: names.draw_inflected(draw, language, half, men_only=True),
    "PHONE": _draw_phone,
    "PLACE": lambda draw, _language, _home, _half: online.draw_place(draw),
    "PLATE": lambda draw, _language, home, _half: draw_plate(draw, _abroad(draw, home, tuple(STYLES))),
    "URL": lambda draw, language, _home, half: online.draw_url(draw, language, half),
}


# ---------------------------------------------------------------------------------------------------------------- noise
def _add_noise(draw: random.Random, pieces: list[Piece]) -> list[Piece]:
    """Write a post as somebody in a hurry does: case, punctuation, typing errors, hashtags, emoji."""
    case = draw.random()
    if case < 0.2:
        pieces = [_in_lower_case(piece) for piece in pieces]
    elif case < 0.25:
        pieces = [_in_capitals(piece) for piece in pieces]
    if draw.random() < 0.2:
        pieces = [re.sub(r"[,.!?:;]+(?= |$)", "", piece) if isinstance(piece, str) else piece for piece in pieces]
    if draw.random() < 0.15:
        pieces = _mistype(draw, pieces)
    if draw.random() < 0.12:
        words = [word for piece in pieces if isinstance(piece, str) for word in re.findall(r"[^\W\d_]{5,}", piece)]
        pieces = [*pieces, f" #{draw.choice(words)}"] if words else pieces
    if draw.random() < 0.25:
        emoji = draw.choice(_EMOJI) * draw.randint(1, 3)
        pieces = [*pieces, f"{draw.choice(('', ' '))}{emoji}"] if draw.random() < 0.7 else [f"{emoji} ", *pieces]
    return pieces


def _in_lower_case(piece: Piece) -> Piece:
    if isinstance(piece, str):
        return piece.lower()
    if piece.label not in _CASED or piece.text == piece.text.lower():
        return piece
    form = piece.form if piece.hidden else "lower case"
    return replace(
        piece, text=piece.text.lower(), form=form, hidden=piece.hidden or piece.label in _HIDES_IN_LOWER_CASE
    )


def _in_capitals(piece: Piece) -> Piece:
    if isinstance(piece, str):
        return piece.upper()
    if piece.label not in _CASED or piece.text == piece.text.upper():
        return piece
    return replace(piece, text=piece.text.upper(), form=piece.form if piece.hidden else "capitals")


def _mistype(draw: random.Random, pieces: list[Piece]) -> list[Piece]:
    """Swap two letters inside a long word of a carrier."""
    places = [
        (number, match.start() + offset)
        for number, piece in enumerate(pieces)
        if isinstance(piece, str)
        for match in re.finditer(r"[^\W\d_]{6,}", piece)
        for offset in range(1, len(match[0]) - 2)
    ]
    if not places:
        return pieces
    number, at = draw.choice(places)
    text = str(pieces[number])
    return [*pieces[:number], f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}", *pieces[number + 1 :]]
