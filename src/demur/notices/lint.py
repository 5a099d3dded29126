"""The lint of notices: what makes one invalid or dishonest is found before anybody gets it (REQUIREMENTS NOT-1 to -9).

It looks at what the parts of a message are, so it holds in every language; a few rules need words of the language
(`words.toml`). What it finds is named, never mended.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from demur.notices.message import HONEST, NoticeMessage, Part, PartKind
from demur.notices.replies import Verdict, judge_reply
from demur.notices.words import beginnings, normalise, read_words

# What fits on the first screen of a phone beside the button, and a sentence that can be read at once.
MOST_WORDS_BEFORE_BUTTON = 40
MOST_WORDS_IN_SENTENCE = 25
LONGEST_SUBJECT = 90
# The button, and the one on the page that it leads to: then the receipt is there.
ACTIONS_TO_RECEIPT = 2

_ADDRESS = re.compile(r"(?:https?:|www\.|//)\S", re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}]|@@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SENTENCE = re.compile(r"[.!?:;\u037e]+(?:\s+|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a message: in which language, against which rule, and where."""

    language: str
    rule: str
    message: str


Rule: TypeAlias = Callable[[NoticeMessage], Iterator[str]]


def lint_message(message: NoticeMessage) -> tuple[Finding, ...]:
    """Return everything that is wrong with a message, in the order of the rules."""
    return tuple(
        Finding(language=message.language, rule=name, message=found) for name, rule in RULES for found in rule(message)
    )


def _right_first(message: NoticeMessage) -> Iterator[str]:
    """GDPR Art. 21(4): the right is told clearly and apart from everything else."""
    kinds = [part.kind for part in message.parts]
    if kinds.count(PartKind.RIGHT) != 1:
        yield f"the right to object is told {kinds.count(PartKind.RIGHT)} times, not once"
    elif kinds[0] is not PartKind.RIGHT:
        yield f"the first part is {kinds[0].value}, not the right to object"
    if _words(message.language, "right", message.text_of(PartKind.RIGHT)) is None:
        yield "the first part names no right to object"


def _subject_names(message: NoticeMessage) -> Iterator[str]:
    for what in ("purpose", "right"):
        if _words(message.language, what, message.subject) is None:
            yield f"the subject line does not name the {what}"


def _subject_is_one_line(message: NoticeMessage) -> Iterator[str]:
    if _CONTROL.search(message.subject):
        yield "the subject line holds a control character or a line break"
    if not 0 < len(message.subject) <= LONGEST_SUBJECT:
        yield f"the subject line has {len(message.subject)} characters, 1 to {LONGEST_SUBJECT} are allowed"
    if message.subject.isupper() or "!" in message.subject:
        yield "the subject line shouts"


def _says_honestly(message: NoticeMessage) -> Iterator[str]:
    """Find which of the four sentences is missing: which accounts, others' content, trained models, nothing else."""
    for kind in HONEST:
        said = [part for part in message.parts if part.kind is kind and part.text.strip()]
        if len(said) != 1:
            yield f"the sentence on {kind.value} stands there {len(said)} times, not once"


def _one_prominent_button(message: NoticeMessage) -> Iterator[str]:
    kinds = [part.kind for part in message.parts]
    if kinds.count(PartKind.BUTTON) != 1:
        yield f"there are {kinds.count(PartKind.BUTTON)} buttons, not 1: {ACTIONS_TO_RECEIPT} actions to the receipt"
        return
    before = message.parts[: kinds.index(PartKind.BUTTON)]
    words = sum(len(part.text.split()) for part in before)
    if words > MOST_WORDS_BEFORE_BUTTON:
        yield f"{words} words stand before the button, at most {MOST_WORDS_BEFORE_BUTTON} fit on the first screen"
    if not message.text_of(PartKind.BUTTON).strip():
        yield "the button says nothing"


def _choices_are_equal(message: NoticeMessage) -> Iterator[str]:
    """Require that what doing nothing means is told once, directly after the button: neither choice is put before."""
    kinds = [part.kind for part in message.parts]
    told = kinds.count(PartKind.CHOICE)
    if told != 1:
        yield f"what happens to whoever does nothing is told {told} times, not once"
    elif PartKind.BUTTON in kinds and kinds[kinds.index(PartKind.CHOICE) - 1] is not PartKind.BUTTON:
        yield "what happens to whoever does nothing does not follow the button"


def _no_foreign_words(message: NoticeMessage) -> Iterator[str]:
    for what, told in (("praise", "marketing"), ("guilt", "pressure")):
        texts = [("subject", message.subject), *((part.kind.value, part.text) for part in _short_parts(message))]
        for where, text in texts:
            found = _words(message.language, what, text)
            if found is not None:
                yield f"{found!r} in {where} is {told}"


def _no_links_and_markup(message: NoticeMessage) -> Iterator[str]:
    """Let the button be the only way on in the first screen; addresses that have to be named are elements."""
    for part in message.parts:
        where = part.kind.value
        if _MARKUP.search(part.text) or _MARKUP.search(part.heading or ""):
            yield f"{where} holds markup"
        if _CONTROL.search(part.text.replace("\n", " ")):
            yield f"{where} holds control characters"
        if part.kind is not PartKind.ELEMENTS and _ADDRESS.search(part.text):
            yield f"{where} holds a link beside the button"
    if _MARKUP.search(message.subject) or _ADDRESS.search(message.subject):
        yield "the subject line holds a link or markup"


def _elements_are_told(message: NoticeMessage) -> Iterator[str]:
    if not any(part.kind is PartKind.ELEMENTS for part in message.parts):
        yield "the elements of GDPR Art. 13 and 14 are left out of the message"
    if sum(part.kind is PartKind.DETAILS for part in message.parts) != 1:
        yield "the address of the public page is not told once"


def _is_plain(message: NoticeMessage) -> Iterator[str]:
    for part in _short_parts(message):
        longest = max((len(sentence.split()) for sentence in _SENTENCE.split(part.text)), default=0)
        if longest > MOST_WORDS_IN_SENTENCE:
            yield f"a sentence of {part.kind.value} has {longest} words, at most {MOST_WORDS_IN_SENTENCE} are plain"
        if part.text.isupper():
            yield f"{part.kind.value} shouts"


def _reply_is_understood(message: NoticeMessage) -> Iterator[str]:
    """Require that what people are told to answer with objects when it comes back."""
    if message.reply_words not in message.text_of(PartKind.REPLY):
        yield "nobody is told what to answer with"
    if judge_reply(message.reply_words) is not Verdict.OBJECTION:
        yield f"an answer of {message.reply_words!r} would not be understood as an objection"


RULES: tuple[tuple[str, Rule], ...] = (
    ("right-first", _right_first),
    ("subject-names", _subject_names),
    ("subject-line", _subject_is_one_line),
    ("four-sentences", _says_honestly),
    ("button", _one_prominent_button),
    ("equal-choices", _choices_are_equal),
    ("no-marketing", _no_foreign_words),
    ("no-links", _no_links_and_markup),
    ("elements", _elements_are_told),
    ("plain", _is_plain),
    ("reply", _reply_is_understood),
)


def _short_parts(message: NoticeMessage) -> list[Part]:
    """Return all parts but the elements, in which the law's own words may have to stand."""
    return [part for part in message.parts if part.kind is not PartKind.ELEMENTS]


def _words(language: str, what: str, text: str) -> str | None:
    """Return the first word of a list that a text has, or None."""
    listed: tuple[str, ...] = getattr(read_words()[language], what)
    found = beginnings(listed).search(normalise(text))
    return found.group() if found else None
