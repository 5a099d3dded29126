"""The contract of a `Detector`, as a class of tests that the author of one inherits.

The author writes ``class TestMyDetector(DetectorContract)`` with the method ``make_detector``.
"""
# ruff: noqa: S101 -- a contract is a class of tests

from abc import ABC, abstractmethod

import polars as pl

from demur.filters.detectors import Detector, DetectorFilter, check_detector
from demur.filters.identifiers import IdentifierClass, Span

ODD_TEXTS = ("", " ", "\u202e👩‍👩‍👧 @lynx\x00", "ab" * 5000, "[NAME] [EMAIL]", "e\u0301 ﬁ Straße İ\r\n\t")


class DetectorContract(ABC):
    """What a `Detector` promises; inherit, and say how to make one."""

    @abstractmethod
    def make_detector(self) -> Detector:
        """Make the detector under test."""

    def test_it_finds_something_in_its_examples(self) -> None:
        """A model that is missing or damaged is found out before it is used."""
        check_detector(self.make_detector())

    def test_its_spans_are_inside_the_text_and_of_classes_that_there_are(self) -> None:
        """Places are code points of the text as it was given, whatever is in it."""
        detector = self.make_detector()
        for text, language in self._texts(detector):
            for start, end, label in detector.detect(text, language):
                assert 0 <= start < end <= len(text)
                assert label in set(IdentifierClass)

    def test_a_text_gives_the_same_spans_whatever_was_asked_before(self) -> None:
        """What is cut out of a text depends on that text alone."""
        first, second = self.make_detector(), self.make_detector()
        texts = self._texts(first)
        forward = [_sorted(first, text, language) for text, language in texts]
        backward = [_sorted(second, text, language) for text, language in reversed(texts)]
        assert forward == backward[::-1]

    def test_it_reads_a_text_to_its_end(self) -> None:
        """What stands behind a long text is found as well: a model that cuts texts short leaks what it never saw."""
        detector = self.make_detector()
        text, language = detector.examples[0]
        long = "\n".join(["- - -"] * 2000 + [text])
        assert any(end > len(long) - len(text) for _, end, _ in detector.detect(long, language))

    def test_cutting_twice_changes_nothing(self) -> None:
        """In union with the filter of Demur, what is left holds nothing to cut."""
        both = DetectorFilter(detectors=(self.make_detector(),))
        texts = pl.Series("text", [text for text, _ in self._texts(self.make_detector())])
        once = both.apply(texts, None)
        twice = both.apply(once.texts, None)
        assert (twice.texts.to_list(), twice.cuts.sum()) == (once.texts.to_list(), 0)

    def test_it_has_a_name_and_a_stable_version(self) -> None:
        """A manifest can record the detector."""
        first, second = self.make_detector(), self.make_detector()
        assert first.name
        assert first.version
        assert (first.name, first.version) == (second.name, second.version)

    @staticmethod
    def _texts(detector: Detector) -> list[tuple[str, str | None]]:
        return [*((text, language) for text, language in detector.examples), *((text, None) for text in ODD_TEXTS)]


def _sorted(detector: Detector, text: str, language: str | None) -> list[Span]:
    return sorted(Span(*span) for span in detector.detect(text, language))
