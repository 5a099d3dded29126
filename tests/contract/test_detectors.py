"""The contract of detectors, on a detector of a test."""

import re
from dataclasses import dataclass

from demur.filters.detectors import Detector, DetectorFilter, Example
from demur.filters.filter import Filter
from demur.filters.identifiers import IdentifierClass, Span
from demur.testing.detector_contract import DetectorContract
from demur.testing.filter_contract import FilterContract


@dataclass(frozen=True, slots=True)
class CallSigns:
    """Finds call signs of radio amateurs, which name a person."""

    name: str = "call-signs"
    version: str = "1"
    examples: tuple[Example, ...] = (Example("73 de DL1ABC", None),)

    def detect(self, text, language):
        return [Span(*found.span(), IdentifierClass.HANDLE) for found in re.finditer(r"\b[A-Z]{2}\d[A-Z]{3}\b", text)]


class TestCallSigns(DetectorContract):
    def make_detector(self) -> Detector:
        return CallSigns()


class TestDetectorFilter(FilterContract):
    def make_filter(self) -> Filter:
        return DetectorFilter(detectors=(CallSigns(),))
