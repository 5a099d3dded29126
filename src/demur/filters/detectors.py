"""The extension point for detectors: heavier models that find what the filter of Demur does not, one text at a time.

A detector sees one text and nothing beside it: what a model answers to a batch may depend on the batch, and what is cut
out of a corpus must not. Whatever it finds is cut as well as what the filter finds, never instead.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import polars as pl

from demur.filters.cutting import replace_spans
from demur.filters.identifiers import PLACEHOLDER_PATTERN, IdentifierClass, Span
from demur.filters.text import FILTER_VERSION, Redacted, spans
from demur.kernel.errors import ConfigurationError

_LABELS: Final = frozenset(IdentifierClass)


class DetectorUnknownError(ConfigurationError):
    """No installed extension offers a detector of this name, or its settings do not fit it."""

    code = "detector-unknown"


class DetectorFailedError(ConfigurationError):
    """A detector raised an error over a text, so nobody knows what it would have found."""

    code = "detector-failed"


class DetectorSpanError(ConfigurationError):
    """A detector returned a span that is not inside the text, or of a class that there is not."""

    code = "detector-span"


class DetectorEmptyError(ConfigurationError):
    """A detector finds nothing in its own examples: its model is missing, damaged or unfit for this machine."""

    code = "detector-empty"


class Example(NamedTuple):
    """A text in which a detector must find something, and its language (ISO 639-1, or None)."""

    text: str
    language: str | None


class Detector(Protocol):
    """Finds personal data in one text.

    An implementation is pure: the same text and language give the same spans, whatever was asked before, and in any
    thread. It reads a text to its end, or raises. An entry of the entry-point group ``demur.detectors`` names a
    `DetectorFactory`.
    """

    @property
    def name(self) -> str:
        """Name the detector in manifests."""
        ...

    @property
    def version(self) -> str:
        """Change whenever the same text could give other spans: with the model, its library and the settings."""
        ...

    @property
    def examples(self) -> Sequence[Example]:
        """Return at least one text in which something must be found: a model that finds nothing there is not used."""
        ...

    def detect(self, text: str, language: str | None) -> Iterable[Span]:
        """Find spans in one text, in code points, in any order; they may overlap.

        Args:
            language: ISO 639-1, or None where it is unknown; a detector for one language finds nothing in another.
        """
        ...


class DetectorFactory(Protocol):
    """What an entry of the group names."""

    def __call__(self, settings: Mapping[str, Any], *, root: Path) -> Detector:
        """Return the detector with its settings, those of ``[filters.settings.NAME]`` in ``demur.toml``.

        Args:
            root: the folder that relative paths in the settings start from.
        """
        ...


def check_detector(detector: Detector) -> None:
    """Refuse a detector that finds nothing where it must.

    Raises:
        DetectorEmptyError: it has no example, or finds nothing in one of them.
        DetectorFailedError, DetectorSpanError: it does not keep its protocol.
    """
    hint = "Install its model anew; on another machine, compare the version of its runtime."
    if not detector.examples:
        message = f"detector {detector.name} has no example in which it must find something"
        raise DetectorEmptyError(message, hint="Give it at least one in its settings.")
    for number, (text, language) in enumerate(detector.examples, 1):
        if not _ask(detector, text, language):
            message = f"detector {detector.name} finds nothing in its example {number}"
            raise DetectorEmptyError(message, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorFilter:
    """A `Filter` that cuts what the filter of Demur finds, and what detectors find beside it.

    Spans of ours stay as they are. Of what detectors find, in their order, each span is grown to whole words, and what
    no earlier span covers of it is cut. A text is read again until nothing more is found, so cutting twice changes
    nothing.

    Attributes:
        detectors: in the order in which they are asked.
    """

    detectors: tuple[Detector, ...]
    name: str = "identifiers"

    @property
    def version(self) -> str:
        """Name the version of the filter and of every detector, as manifests record them (FIL-10)."""
        return " ".join((FILTER_VERSION, *(f"{one.name}={one.version}" for one in self.detectors)))

    def apply(self, texts: pl.Series, languages: pl.Series | None) -> Redacted:
        """Replace each identifier by the placeholder of its class.

        Raises:
            DetectorFailedError: a detector raised; nothing of the texts is returned.
            DetectorSpanError: a detector returned what cannot be cut.
        """
        return replace_spans(texts, self.find(texts, languages))

    def find(self, texts: pl.Series, languages: pl.Series | None) -> list[list[Span]]:
        """Return the spans of every row, from left to right and without overlap, in code points of the text.

        Raises:
            DetectorFailedError: a detector raised.
            DetectorSpanError: a detector returned what cannot be cut.
        """
        found: list[list[Span]] = [[] for _ in range(len(texts))]
        rows = list(range(len(texts)))
        left, known = texts, languages
        while rows:
            more = self._find_once(left, known)
            changed = [place for place, row in enumerate(more) if row]
            rows = [rows[place] for place in changed]
            further = [more[place] for place in changed]
            for row, later in zip(rows, further, strict=True):
                found[row] = _lead_back(found[row], later)
            left = replace_spans(left.gather(changed), further).texts
            known = None if known is None else known.gather(changed)
        return found

    def _find_once(self, texts: pl.Series, languages: pl.Series | None) -> list[list[Span]]:
        known = [None] * len(texts) if languages is None else languages.to_list()
        rows = zip(texts.to_list(), known, spans(texts, languages), strict=True)
        return [[] if text is None else self._find_in(text, language, ours) for text, language, ours in rows]

    def _find_in(self, text: str, language: str | None, ours: Sequence[Span]) -> list[Span]:
        return _join(text, ours, [span for one in self.detectors for span in _ask(one, text, language)])


def _ask(detector: Detector, text: str, language: str | None) -> list[Span]:
    """Return what one detector finds, in one order whatever order it answers in.

    The texts that it fails over, and what it says about them, are in no message: they are of people.
    """
    try:
        answer = [(index(start), index(end), label) for start, end, label in detector.detect(text, language)]
    except Exception as error:
        message = f"detector {detector.name} failed over a text of {len(text)} characters ({type(error).__name__})"
        hint = "Nothing was written; correct the detector, or take it out of filters.detectors."
        raise DetectorFailedError(message, hint=hint) from error
    for start, end, label in answer:
        if not 0 <= start < end <= len(text):
            message = f"detector {detector.name} found something from {start} to {end} of {len(text)} characters"
            raise DetectorSpanError(message, hint="Correct the detector: it counts code points, from 0.")
        if label not in _LABELS:
            message = f"detector {detector.name} found something of a class that there is not"
            raise DetectorSpanError(
                message, hint=f"Correct the detector; the classes are {', '.join(IdentifierClass)}."
            )
    known = (Span(start, end, IdentifierClass(label)) for start, end, label in answer)
    return sorted(known, key=lambda span: (span.start, -span.end, span.label))


def _join(text: str, ours: Sequence[Span], theirs: Sequence[Span]) -> list[Span]:
    """Add to our spans what others found beyond them; what a placeholder covers was cut already."""
    covered = bytearray(len(text))
    for placeholder in PLACEHOLDER_PATTERN.finditer(text):
        _cover(covered, *placeholder.span())
    joined = [Span(*piece, span.label) for span in ours for piece in _uncovered(covered, span.start, span.end)]
    for span in joined:
        _cover(covered, span.start, span.end)
    for span in theirs:
        # Nothing is grown that is covered: each character is looked at a few times, however many spans there are.
        if covered.find(0, span.start, span.end) < 0:
            continue
        whole = _whole_words(text, span)
        for piece in _uncovered(covered, *whole):
            start, end = _without_blanks(text, *piece)
            # What another span left over may be a comma; what nobody else found is cut whatever it is.
            if start < end and (piece == whole or _has_word(text[start:end])):
                joined.append(Span(start, end, span.label))
                _cover(covered, start, end)
    return sorted(joined)


def _cover(covered: bytearray, start: int, end: int) -> None:
    covered[start:end] = b"\x01" * (end - start)


def _uncovered(covered: bytearray, start: int, end: int) -> list[tuple[int, int]]:
    """Return the pieces of a range that nothing covers."""
    pieces: list[tuple[int, int]] = []
    while (first := covered.find(0, start, end)) >= 0:
        last = covered.find(1, first, end)
        start = end if last < 0 else last
        pieces.append((first, start))
    return pieces


def _whole_words(text: str, span: Span) -> tuple[int, int]:
    start, end = span.start, span.end
    while start > 0 and _is_of_word(text[start]) and _is_of_word(text[start - 1]):
        start -= 1
    while end < len(text) and _is_of_word(text[end - 1]) and _is_of_word(text[end]):
        end += 1
    return start, end


def _without_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _has_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def _is_of_word(character: str) -> bool:
    # An accent may be a character of its own (NFD), which is no letter.
    return character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")


def _lead_back(earlier: Sequence[Span], later: Sequence[Span]) -> list[Span]:
    """Join spans of a text with those found after they were cut, whose places are those of the cut text.

    A later span lies between two placeholders, so one shift leads each back.
    """
    joined = list(earlier)
    shift = passed = 0
    for start, end, label in sorted(later):
        while passed < len(earlier) and earlier[passed].start < start + shift:
            span = earlier[passed]
            shift += span.end - span.start - len(span.label.placeholder)
            passed += 1
        joined.append(Span(start + shift, end + shift, label))
    return sorted(joined)
