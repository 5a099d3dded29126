"""A detector from any spaCy pipeline: what its entities say of people and places (extra ``spacy``)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import spacy
from spacy.language import Language

from demur.filters.detectors import DetectorUnknownError, Example
from demur.filters.identifiers import IdentifierClass, Span

LABELS: Mapping[str, IdentifierClass] = {
    "PER": IdentifierClass.PERSON,
    "PERSON": IdentifierClass.PERSON,
    "PERS": IdentifierClass.PERSON,
    "persName": IdentifierClass.PERSON,
    "PRS": IdentifierClass.PERSON,
    "LOC": IdentifierClass.LOCATION,
    "GPE": IdentifierClass.LOCATION,
    "GPE_LOC": IdentifierClass.LOCATION,
    "placeName": IdentifierClass.LOCATION,
}
"""What labels of spaCy's models are here; of others (organisations, dates, amounts) nothing is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacyDetector:
    """A `Detector` that asks a spaCy pipeline, one text at a time.

    spaCy's name finders differ by language, and one that reads another language finds nonsense: texts in a language
    that is not the pipeline's are passed over. A text of unknown language is read, in doubt.

    Attributes:
        pipeline: as `spacy.load` returns it. It refuses a text over its `max_length`, which stops the run.
        examples: texts in which it must find something.
        labels: which of its labels are cut, and as what.
    """

    pipeline: Language
    examples: Sequence[Example]
    labels: Mapping[str, IdentifierClass] = field(default_factory=lambda: LABELS)
    name: str = "spacy"
    _one_by_one: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @property
    def version(self) -> str:
        """Name the model, its version and that of spaCy."""
        about = self.pipeline.meta
        return f"{about['lang']}_{about['name']}-{about['version']}+spacy-{spacy.__version__}"

    def detect(self, text: str, language: str | None) -> Iterable[Span]:
        """Return the entities whose label is one of `labels`."""
        if language is not None and language[:2].lower() != self.pipeline.lang:
            return []
        with self._one_by_one:  # spaCy promises nothing about threads
            found = self.pipeline(text).ents
        return [
            Span(one.start_char, one.end_char, self.labels[one.label_]) for one in found if one.label_ in self.labels
        ]


class SpacySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[filters.settings.spacy]``: the installed package or the folder of a pipeline, and what it must find."""

    model: str
    examples: tuple[str, ...]
    labels: dict[str, IdentifierClass] = {}


def open_spacy(settings: Mapping[str, Any], *, root: Path) -> SpacyDetector:
    """Load a pipeline by the name of its package, or from its folder; nothing is downloaded.

    Raises:
        DetectorUnknownError: it is not installed.
        ValidationError: the settings do not fit.
    """
    read = msgspec.convert(settings, SpacySettings)
    try:
        folder = root / read.model
        pipeline = spacy.load(folder if folder.is_dir() else read.model)
    except (OSError, ValueError) as error:
        message = f"spaCy has no pipeline {read.model!r} that it can load ({type(error).__name__})"
        raise DetectorUnknownError(message, hint="Install its package, or name its folder.") from error
    return SpacyDetector(
        pipeline=pipeline,
        examples=tuple(Example(text, pipeline.lang) for text in read.examples),
        labels=read.labels or LABELS,
    )
