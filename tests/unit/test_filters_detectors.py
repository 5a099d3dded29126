"""What detectors find is cut beside what the filter finds: whole words, one order, and nothing in silence."""

import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import pytest

from demur.filters.cutting import replace_spans
from demur.filters.detector_loading import open_detectors
from demur.filters.detectors import (
    DetectorEmptyError,
    DetectorFailedError,
    DetectorFilter,
    DetectorSpanError,
    DetectorUnknownError,
    Example,
    check_detector,
)
from demur.filters.identifiers import IdentifierClass, Span
from demur.filters.text import FILTER_VERSION, redact, spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Finds what a pattern matches: a detector of a test."""

    pattern: str
    label: str = "PERSON"
    name: str = "finder"
    version: str = "1"
    examples: Sequence[Example] = ()

    def detect(self, text, language):
        return [(found.start(), found.end(), self.label) for found in re.finditer(self.pattern, text)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed(Finder):
    """Gives one answer to every text."""

    pattern: str = ""
    answer: object

    def detect(self, text, language):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def cut(text, *detectors):
    both = DetectorFilter(detectors=detectors)
    redacted = both.apply(pl.Series("text", [text]), None)
    (found,) = both.find(pl.Series("text", [text]), None)
    assert replace_spans(pl.Series("text", [text]), [found]).texts.to_list() == redacted.texts.to_list()
    return redacted.texts[0]


@pytest.mark.parametrize(
    ("text", "detectors", "expected"),
    [
        ("seen: quillfeather!", [Finder(pattern="quillfeather")], "seen: [NAME]!"),
        ("seen: quillfeathers!", [Finder(pattern="illfea")], "seen: [NAME]!"),
        ("e\u0301lodie\u0301x went", [Finder(pattern="lod")], "[NAME] went"),
        ("mail bo@example.org now", [Finder(pattern="bo")], "mail [EMAIL] now"),
        ("quill bo@example.org now", [Finder(pattern="quill bo@example")], "[NAME] [EMAIL] now"),
        ("quill -- bo@example.org", [Finder(pattern=" -- bo@")], "quill -- [EMAIL]"),
        ("ab cd ef", [Finder(pattern="ab cd"), Finder(pattern="cd ef", label="LOCATION")], "[NAME] [LOCATION]"),
        ("ab cd ef", [Finder(pattern="cd ef", label="LOCATION"), Finder(pattern="ab cd")], "[NAME] [LOCATION]"),
        ("ab cd ef", [Finder(pattern="ab cd ef"), Finder(pattern="cd", label="LOCATION")], "[NAME]"),
        ("[NAME] and [EMAIL]", [Finder(pattern=r"\w+")], "[NAME] [NAME] [EMAIL]"),
        ("xa xb xc", [Finder(pattern=r"^x.|(?<=\] )x.")], "[NAME] [NAME] [NAME]"),
        ("clean", [Finder(pattern="nobody")], "clean"),
        ("by ★★ and bo@example.org, ★", [Finder(pattern="★★|^ | $|, ★")], "by [NAME] and [EMAIL][NAME]"),
    ],
)
def test_what_detectors_find_is_cut_beside_what_the_filter_finds(text, detectors, expected):
    assert cut(text, *detectors) == expected
    assert cut(expected, *detectors) == expected


def test_spans_that_come_to_light_later_lead_back_to_the_text_as_it_was():
    text = "xa xbb, mail bo@example.org xccc"
    both = DetectorFilter(detectors=(Finder(pattern=r"^x\w+|(?<=\] )x\w+"),))
    (found,) = both.find(pl.Series("text", [text]), None)
    assert [text[one.start : one.end] for one in found] == ["xa", "xbb", "bo@example.org", "xccc"]


def test_time_grows_with_the_length_of_a_text_and_not_with_its_spans_as_well():
    text = "x" * 20_000 + " y" * 20_000
    both = DetectorFilter(detectors=(Finder(pattern=r"[xy]", label="OTHER"),))
    began = time.process_time()
    (found,) = both.find(pl.Series("text", [text]), None)
    assert len(found) == 20_001
    assert time.process_time() - began < 10


def test_the_order_in_which_a_detector_answers_changes_nothing():
    answer = [(0, 5, "PERSON"), (3, 9, "LOCATION"), (0, 2, "OTHER")]
    texts = [cut("ab cd efg", Fixed(answer=order)) for order in (answer, answer[::-1])]
    assert texts == ["[NAME] [LOCATION]", "[NAME] [LOCATION]"]


def test_without_a_detector_the_filter_is_the_one_of_demur_and_the_version_names_each():
    texts = pl.Series("text", ["mail bo@example.org", None, "+49 30 123456", ""])
    alone, none = redact(texts), DetectorFilter(detectors=()).apply(texts, None)
    assert (none.texts.to_list(), none.counts, none.cuts.to_list()) == (
        alone.texts.to_list(),
        alone.counts,
        alone.cuts.to_list(),
    )
    assert DetectorFilter(detectors=()).version == FILTER_VERSION
    both = DetectorFilter(detectors=(Finder(pattern="x"), Finder(pattern="x", name="other", version="2.0")))
    assert both.version == f"{FILTER_VERSION} finder=1 other=2.0"


def test_replacing_all_spans_is_redacting():
    texts = ["mail bo@example.org, 192.168.1.77", "👩‍👩‍👧 @lynx", "nothing", "IBAN DE89 3704 0044 0532 0130 00"]
    column = pl.Series("text", texts)
    whole, replaced = redact(column), replace_spans(column, spans(column))
    assert (replaced.texts.to_list(), replaced.counts, replaced.cuts.to_list()) == (
        whole.texts.to_list(),
        whole.counts,
        whole.cuts.to_list(),
    )


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ([(0, 99, "PERSON")], DetectorSpanError, "detector finder found something from 0 to 99 of 9 characters"),
        ([(-1, 2, "PERSON")], DetectorSpanError, "detector finder found something from -1 to 2 of 9 characters"),
        ([(2, 2, "PERSON")], DetectorSpanError, "detector finder found something from 2 to 2 of 9 characters"),
        ([(0, 2, "anna")], DetectorSpanError, "detector finder found something of a class that there is not"),
        ([(0.0, 2, "PERSON")], DetectorFailedError, "detector finder failed over a text of 9 characters (TypeError)"),
        (None, DetectorFailedError, "detector finder failed over a text of 9 characters (TypeError)"),
        (ValueError("anna"), DetectorFailedError, "detector finder failed over a text of 9 characters (ValueError)"),
    ],
)
def test_a_detector_that_fails_stops_the_filter_and_its_error_quotes_nothing(answer, error, message):
    with pytest.raises(error) as raised:
        cut("anna lynx", Fixed(answer=answer))
    assert str(raised.value) == message


def test_a_detector_that_finds_nothing_in_its_examples_is_refused():
    check_detector(Finder(pattern="quill", examples=(Example("ask quill", "en"),)))
    with pytest.raises(DetectorEmptyError, match="detector finder finds nothing in its example 2"):
        check_detector(Finder(pattern="quill", examples=(Example("ask quill", "en"), Example("nobody", None))))
    with pytest.raises(DetectorEmptyError, match="detector finder has no example"):
        check_detector(Finder(pattern="quill"))


def open_finder(settings, *, root):
    return Finder(pattern=settings["pattern"], version=str(root), examples=(Example("ask quill", "en"),))


def test_detectors_are_opened_by_name_with_their_settings(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    folder = tmp_path / "invented-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: invented\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[demur.detectors]\nfinder = invented_finder:open_finder\n")
    monkeypatch.setitem(sys.modules, "invented_finder", sys.modules[__name__])
    (one,) = open_detectors(["finder"], {"finder": {"pattern": "quill"}}, root=tmp_path)
    assert (one.pattern, one.version) == ("quill", str(tmp_path))
    with pytest.raises(DetectorEmptyError):
        open_detectors(["finder"], {"finder": {"pattern": "nobody"}}, root=tmp_path)
    with pytest.raises(
        DetectorUnknownError, match="no detector is named 'gone'; there are finder, onnx, presidio, spacy"
    ):
        open_detectors(["gone"], {}, root=tmp_path)
    assert open_detectors([], {}, root=tmp_path) == ()


def test_spans_are_of_classes_that_there_are():
    (found,) = DetectorFilter(detectors=(Finder(pattern="quill"),)).find(pl.Series("text", ["ask quill"]), None)
    assert found == [Span(4, 9, IdentifierClass.PERSON)]
    assert isinstance(found[0].label, IdentifierClass)
