"""What somebody answered to a notice: what they wrote themselves, and whether it objects.

Whoever says no by mail has objected (GDPR Art. 12(2), 21(5)): clear words count at once, and in doubt the answer counts
as an objection too, which a human then looks at. No answer ever ends an objection.
"""

import re
from enum import StrEnum
from functools import cache
from html.parser import HTMLParser
from itertools import chain

from demur.notices.words import normalise, phrases, read_words

# Longer answers are read to here; what follows changes no verdict from "objects" to "does not".
MOST_LETTERS = 20_000
_WORDS_BETWEEN = 2  # "I do not want to object": so many words may stand between what turns a phrase and the phrase

_RULE = re.compile(r"^\s*(?:[-_=*]{5,}.*|-{2,}\s*[^\s-].*-{2,})\s*$")
_SIGNATURE = re.compile(r"^-- ?$")
# "On Monday, 3 March 2026 at 10:00, Agora wrote:" in any language: a date or an address, and a colon at the end.
_ATTRIBUTION = re.compile(r"^(?=.*(?:\d{1,4}|@)).{8,240}[:\uff1a]\s*$")
# The block of headers with which some programs begin what they quote: From, Von, De, Od, Från, ...
_HEADER = re.compile(r"^\s*\*?[^\W\d_]{1,12}\*?\s?:\*?\s.*@")
_EDGES = " \t\r\n.,;:!?…\"'«»“”„()[]*_-\u2013\u2014"
_SKIPPED = frozenset({"blockquote", "style", "script", "head", "title", "template"})
_QUOTING = re.compile(
    r"gmail_quote|moz-cite-prefix|divrplyfwdmsg|appendonsend|yahoo_quoted|protonmail_quote|ms-outlook"
)
_BREAKING = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote", "hr", "td"})
_VOID = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "embed", "source", "wbr"})


class Verdict(StrEnum):
    """What an answer is."""

    OBJECTION = "objection"  # clear words
    DOUBTFUL = "doubtful"  # counts as an objection until a human has looked
    AGREEMENT = "agreement"  # objects to nothing, and ends nothing either


def judge_reply(text: str) -> Verdict:
    """Tell what the words of a person are, without what they quote (`own_words`); any language may answer any notice.

    An answer without a word is in doubt: it may be a thumb that points down.
    """
    said = normalise(text[:MOST_LETTERS]).strip(_EDGES)
    answer = " ".join(re.sub(r"[^\w'\s]+", " ", said).split())
    if answer in _whole("refuses"):
        return Verdict.OBJECTION
    if answer in _whole("agrees"):
        return Verdict.AGREEMENT
    found = [match for match in _phrases().finditer(said) if not _is_turned(said[: match.start()])]
    return Verdict.OBJECTION if found else Verdict.DOUBTFUL


def own_words(text: str) -> str:
    """Return what somebody wrote above what they quote: without quoted lines, headers of them and a signature."""
    own: list[str] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _SIGNATURE.match(line) or _RULE.match(line) or _begins_quote(lines, number):
            break
        if not line.lstrip().startswith((">", "|")):
            own.append(line)
    return "\n".join(own).strip()


def text_of_html(html: str) -> str:
    """Return the text of a page without what it quotes; never raises, whatever the page is."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.words)


def is_away(subject: str) -> bool:
    """Tell whether a subject line is that of an automatic answer, for programs that mark theirs in no other way."""
    said = normalise(subject).strip(_EDGES)
    said = re.sub(r"^(?:re|aw|sv|vs|ant|odp|ynt|r)\s*:\s*", "", said)
    return said.startswith(_away())


def _begins_quote(lines: list[str], number: int) -> bool:
    line = lines[number]
    following = next((later for later in lines[number + 1 : number + 4] if later.strip()), "")
    if _HEADER.match(line):
        return True
    return bool(_ATTRIBUTION.match(line)) and (following.lstrip().startswith(">") or "@" in line or "<" in line)


@cache
def _away() -> tuple[str, ...]:
    return tuple(normalise(word) for words in read_words().values() for word in words.away)


@cache
def _whole(what: str) -> frozenset[str]:
    listed = chain.from_iterable(getattr(words, what) for words in read_words().values())
    return frozenset(normalise(word) for word in listed)


@cache
def _phrases() -> re.Pattern[str]:
    return phrases(tuple(chain.from_iterable(words.objects for words in read_words().values())))


def _is_turned(before: str) -> bool:
    """Tell whether a word shortly before a phrase turns it, as in "I do not object": then a human looks."""
    last = re.findall(r"[\w']+", before[-60:])[-_WORDS_BETWEEN - 1 :]
    return not _turning().isdisjoint(last)


@cache
def _turning() -> frozenset[str]:
    return frozenset(normalise(word) for words in read_words().values() for word in words.negates)


class _Text(HTMLParser):
    """Collects the text of a page, and nothing of what stands inside a quotation."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._inside: list[tuple[str, bool]] = []
        self._is_over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = " ".join(value or "" for name, value in attrs if name in {"class", "id"}).lower()
        is_quoting = _QUOTING.search(named) is not None
        # What follows an empty marker of a quotation, as Outlook writes it, is quoted to the end.
        self._is_over = self._is_over or (is_quoting and "divrplyfwdmsg" in named) or "appendonsend" in named
        if tag in _BREAKING:
            self.words.append("\n")
        if tag not in _VOID:
            self._inside.append((tag, is_quoting or tag in _SKIPPED))

    def handle_endtag(self, tag: str) -> None:
        if any(tag == open_tag for open_tag, _ in self._inside):
            while self._inside and self._inside.pop()[0] != tag:
                continue
        if tag in _BREAKING:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._is_over and not any(is_skipped for _, is_skipped in self._inside):
            self.words.append(data)
