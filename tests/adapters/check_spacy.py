"""A spaCy pipeline beside our filter; run by `make adapters`."""

import polars as pl
import pytest
import spacy

from demur.filters.detector_loading import open_detectors
from demur.filters.detectors import Detector, DetectorEmptyError, DetectorFilter, DetectorUnknownError, Example
from demur.filters.spacy_detector import SpacyDetector
from demur.testing.detector_contract import DetectorContract


def make_pipeline():
    pipeline = spacy.blank("pl")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "persName", "pattern": [{"LOWER": "kot"}, {"LOWER": "bury", "OP": "?"}]},
            {"label": "placeName", "pattern": "łąka"},
            {"label": "ORG", "pattern": "sklep"},
        ]
    )
    return pipeline


class TestSpacyDetector(DetectorContract):
    def make_detector(self) -> Detector:
        return SpacyDetector(pipeline=make_pipeline(), examples=(Example("był tu kot", "pl"),))


def test_people_and_places_are_cut_and_organisations_are_not():
    both = DetectorFilter(detectors=(SpacyDetector(pipeline=make_pipeline(), examples=()),))
    text = "kot bury, łąka, sklep, pisz: ada@example.org"  # words that are names to this pipeline alone
    texts = both.apply(pl.Series([text, text]), pl.Series(["pl", "de"])).texts
    assert texts.to_list() == [
        "[NAME], [LOCATION], sklep, pisz: [EMAIL]",
        "kot bury, łąka, sklep, pisz: [EMAIL]",
    ]


def test_a_pipeline_is_opened_from_its_folder_and_must_find_something(tmp_path):
    make_pipeline().to_disk(tmp_path / "names")
    settings = {"model": "names", "examples": ["był tu kot"]}
    (detector,) = open_detectors(["spacy"], {"spacy": settings}, root=tmp_path)
    assert detector.version == f"pl_pipeline-0.0.0+spacy-{spacy.__version__}"
    with pytest.raises(DetectorEmptyError):
        open_detectors(["spacy"], {"spacy": {**settings, "examples": ["Nikogo."]}}, root=tmp_path)
    with pytest.raises(DetectorUnknownError, match="spaCy has no pipeline 'gone' that it can load"):
        open_detectors(["spacy"], {"spacy": {**settings, "model": "gone"}}, root=tmp_path)
