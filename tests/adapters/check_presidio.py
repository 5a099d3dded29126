"""Our filter inside Presidio, and Presidio's recognisers beside our filter; run by `make adapters`."""

import polars as pl
import pytest
import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import CryptoRecognizer

from demur.filters.detector_loading import open_detectors
from demur.filters.detectors import Detector, DetectorEmptyError, DetectorFilter, DetectorUnknownError, Example
from demur.filters.identifiers import IdentifierClass
from demur.filters.presidio import ENTITIES, DemurRecognizer, PresidioDetector
from demur.testing.detector_contract import DetectorContract

BITCOIN = "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"


class BlankEngine(SpacyNlpEngine):
    """An engine whose pipelines are blank: no model is needed."""

    def __init__(self, *languages):
        super().__init__(models=[{"lang_code": language, "model_name": "blank"} for language in languages])
        self.nlp = {language: spacy.blank(language) for language in languages}

    def is_loaded(self):
        return True


def make_engine(language, recognizer):
    registry = RecognizerRegistry(recognizers=[recognizer], supported_languages=[language])
    return AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(language), supported_languages=[language])


def test_an_engine_finds_what_our_filter_finds_under_its_own_names():
    analyzer = make_engine("de", DemurRecognizer(supported_language="de"))
    text = "Mail an ada@example.org, IBAN DE89 3704 0044 0532 0130 00, ruf an: 0171/1234567"
    found = [(one.entity_type, text[one.start : one.end]) for one in analyzer.analyze(text, "de")]
    assert sorted(found) == [
        ("EMAIL_ADDRESS", "ada@example.org"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
        ("PHONE_NUMBER", "0171/1234567"),
    ]
    only = analyzer.analyze(text, "de", entities=["PHONE_NUMBER"])
    assert [(one.entity_type, text[one.start : one.end]) for one in only] == [("PHONE_NUMBER", "0171/1234567")]
    assert set(analyzer.get_supported_entities("de")) == set(ENTITIES.values())
    assert set(ENTITIES) == set(IdentifierClass)


def test_it_joins_the_recognizers_that_an_engine_has():
    analyzer = make_engine("en", CryptoRecognizer(supported_language="en"))
    analyzer.registry.add_recognizer(DemurRecognizer(supported_language="en"))
    found = {one.entity_type for one in analyzer.analyze(f"mail bo@example.org, pay to {BITCOIN}", "en")}
    assert found == {"CRYPTO", "EMAIL_ADDRESS"}


class TestPresidioDetector(DetectorContract):
    def make_detector(self) -> Detector:
        analyzer = make_engine("en", CryptoRecognizer(supported_language="en"))
        return PresidioDetector(analyzer=analyzer, examples=(Example(f"pay to {BITCOIN}", "en"),))


class TestPresidioDetectorOfOneRecognizer(DetectorContract):
    def make_detector(self) -> Detector:
        recognizer = CryptoRecognizer(supported_language="en")
        return PresidioDetector(analyzer=recognizer, examples=(Example(f"pay to {BITCOIN}", "en"),))


def test_a_language_that_the_engine_does_not_know_is_passed_over_and_an_unknown_one_is_read():
    detector = PresidioDetector(analyzer=CryptoRecognizer(supported_language="en"), examples=())
    texts = [(f"pay to {BITCOIN}", language) for language in ("en", "EN", "de", None)]
    assert [len(detector.detect(text, language)) for text, language in texts] == [1, 1, 0, 1]


def test_results_below_the_threshold_and_entities_that_are_not_cut_are_passed_over():
    text = f"pay to {BITCOIN}"
    ways = ({}, {"threshold": 1.01}, {"labels": {"CRYPTO": None}})
    recognizer = CryptoRecognizer(supported_language="en")
    detectors = [PresidioDetector(analyzer=recognizer, examples=(), **way) for way in ways]
    found = [[tuple(span) for span in one.detect(text, "en")] for one in detectors]
    assert found == [[(7, len(text), "OTHER")], [], []]
    assert len({one.version for one in detectors}) == len(ways)


def test_a_configured_engine_that_is_not_there_is_refused(tmp_path):
    settings = {"presidio": {"engine": "gone.yaml", "language": "en", "examples": ["ada@example.org"]}}
    with pytest.raises(DetectorUnknownError, match="Presidio can make no engine"):
        open_detectors(["presidio"], settings, root=tmp_path)
    with pytest.raises(DetectorUnknownError, match="settings of detector presidio do not fit"):
        open_detectors(["presidio"], {"presidio": {"engine": "gone.yaml"}}, root=tmp_path)


def test_a_configured_engine_is_opened_and_must_find_something(tmp_path):
    spacy.blank("en").to_disk(tmp_path / "blank")
    (tmp_path / "engine.yaml").write_text(
        f"""supported_languages: [en]
nlp_configuration:
  nlp_engine_name: spacy
  models: [{{lang_code: en, model_name: {tmp_path / "blank"}}}]
recognizer_registry:
  supported_languages: [en]
  global_regex_flags: 26
  recognizers: [{{name: CryptoRecognizer, type: predefined}}]
""",
        "utf-8",
    )
    settings = {"engine": "engine.yaml", "language": "en", "examples": [f"pay to {BITCOIN}"]}
    detectors = open_detectors(["presidio"], {"presidio": settings}, root=tmp_path)
    texts = DetectorFilter(detectors=detectors).apply(pl.Series([f"to {BITCOIN}"]), None).texts
    assert texts.to_list() == ["to [OTHER]"]
    with pytest.raises(DetectorEmptyError):
        open_detectors(["presidio"], {"presidio": {**settings, "examples": ["nobody"]}}, root=tmp_path)
