"""Both ways between Demur and Microsoft's Presidio (extra ``presidio``).

`DemurRecognizer` brings our filter to an `AnalyzerEngine`; `PresidioDetector` brings Presidio's recognisers to our
filter. Presidio is imported here and nowhere else.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version as version_of
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import yaml
from presidio_analyzer import AnalyzerEngine, AnalyzerEngineProvider, EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine

from demur.filters.detectors import DetectorUnknownError, Example
from demur.filters.identifiers import IdentifierClass, Span
from demur.filters.text import FILTER_VERSION, spans

ENTITIES: Mapping[IdentifierClass, str] = {
    IdentifierClass.ADDRESS: "LOCATION",
    IdentifierClass.CREDIT_CARD: "CREDIT_CARD",
    IdentifierClass.DATE_OF_BIRTH: "DATE_TIME",
    IdentifierClass.EMAIL: "EMAIL_ADDRESS",
    IdentifierClass.HANDLE: "HANDLE",
    IdentifierClass.IBAN: "IBAN_CODE",
    IdentifierClass.IP: "IP_ADDRESS",
    IdentifierClass.LOCATION: "LOCATION",
    IdentifierClass.NATIONAL_ID: "NATIONAL_ID",
    IdentifierClass.OTHER: "DEVICE_ID",
    IdentifierClass.PERSON: "PERSON",
    IdentifierClass.PHONE: "PHONE_NUMBER",
    IdentifierClass.PLATE: "LICENSE_PLATE",
    IdentifierClass.URL: "URL",
}
"""What our classes are called in Presidio: its own names, and four of ours where it has none for all countries."""

_SCORE = 0.9


class DemurRecognizer(EntityRecognizer):  # type: ignore[misc]
    """A recogniser of Presidio that finds what Demur's filter finds.

    Needs no model and no context words. Make one for each language of the engine.
    """

    def __init__(self, supported_language: str = "en", *, score: float = _SCORE) -> None:
        """Take the language of the texts (ISO 639-1), and the score of every result: the filter decides yes or no."""
        self._score = score
        super().__init__(
            supported_entities=sorted(set(ENTITIES.values())),
            supported_language=supported_language,
            name="DemurRecognizer",
            version=FILTER_VERSION,
        )

    def load(self) -> None:
        """Do nothing: the filter loads its tables when it is first asked."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """Return what was found of the entities that are asked for; of all when none is named."""
        del nlp_artifacts
        (found,) = spans([text], [self.supported_language])
        wanted = set(entities or self.supported_entities)
        return [
            RecognizerResult(entity_type=ENTITIES[label], start=start, end=end, score=self._score)
            for start, end, label in found
            if ENTITIES[label] in wanted
        ]


LABELS: Mapping[str, IdentifierClass | None] = {
    **{name: label for label, name in ENTITIES.items() if label is not IdentifierClass.ADDRESS},
    "DATE_TIME": None,
    "DE_KFZ": IdentifierClass.PLATE,
    "DE_PLZ": IdentifierClass.ADDRESS,
    "NRP": None,
    "ORGANIZATION": None,
    "UK_POSTCODE": IdentifierClass.ADDRESS,
    "UK_VEHICLE_REGISTRATION": IdentifierClass.PLATE,
}
"""What entities of Presidio are here; None is not cut. Of others, those of a country (``ES_NIF``) are ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresidioDetector:
    """A `Detector` that asks an engine of Presidio, or a single recogniser that needs no model of a language.

    A text in a language that it does not know is passed over; one of unknown language is read in all that it knows.

    Attributes:
        analyzer: the engine or the recogniser.
        examples: texts in which it must find something.
        threshold: results with a lower score are passed over.
        labels: what its entities are here; None is not cut.
    """

    analyzer: AnalyzerEngine | EntityRecognizer
    examples: Sequence[Example]
    threshold: float = 0.35
    labels: Mapping[str, IdentifierClass | None] = field(default_factory=lambda: LABELS)
    name: str = "presidio"
    _one_by_one: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @property
    def version(self) -> str:
        """Name the version of Presidio, and a digest of its recognisers, of its models and of the settings."""
        asked = [f"{one.name} {one.version} {one.supported_language}" for one in self._recognizers()]
        read = repr((sorted(asked), self._models(), self.threshold, sorted(self.labels.items(), key=str)))
        return f"{version_of('presidio-analyzer')}+{hashlib.sha256(read.encode()).hexdigest()[:16]}"

    def detect(self, text: str, language: str | None) -> Iterable[Span]:
        """Return the results over the threshold whose entity is one that is cut."""
        with self._one_by_one:  # neither Presidio nor spaCy below it promises anything about threads
            results = [result for known in self._languages(language) for result in self._analyze(text, known)]
        labelled = ((result, self._label(result.entity_type)) for result in results if result.score >= self.threshold)
        return [Span(result.start, result.end, label) for result, label in labelled if label is not None]

    def _analyze(self, text: str, language: str) -> list[RecognizerResult]:
        if isinstance(self.analyzer, EntityRecognizer):
            return list(self.analyzer.analyze(text, self.analyzer.supported_entities, None))
        return list(self.analyzer.analyze(text, language))

    def _languages(self, language: str | None) -> Sequence[str]:
        known = sorted({one.supported_language for one in self._recognizers()})
        return known if language is None else [one for one in known if one == language[:2].lower()]

    def _models(self) -> list[str]:
        """Name the spaCy models of an engine; engines of other kinds say nothing of theirs but what they were given."""
        if isinstance(self.analyzer, EntityRecognizer):
            return []
        engine = self.analyzer.nlp_engine
        if isinstance(engine, SpacyNlpEngine):
            return sorted(f"{one.meta['lang']}_{one.meta['name']}-{one.meta['version']}" for one in engine.nlp.values())
        return [repr(getattr(engine, "models", None))]

    def _recognizers(self) -> Sequence[EntityRecognizer]:
        if isinstance(self.analyzer, EntityRecognizer):
            return [self.analyzer]
        return list(self.analyzer.registry.recognizers)

    def _label(self, entity: str) -> IdentifierClass | None:
        if entity in self.labels:
            return self.labels[entity]
        is_of_country = entity[2:3] == "_"
        return IdentifierClass.NATIONAL_ID if is_of_country else IdentifierClass.OTHER


class PresidioSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[filters.settings.presidio]``: an engine's configuration as Presidio reads it, and what it must find."""

    engine: str
    language: str
    examples: tuple[str, ...]
    threshold: float = 0.35


def open_presidio(settings: Mapping[str, Any], *, root: Path) -> PresidioDetector:
    """Make an engine from a configuration file of Presidio's own form (YAML); its models must be installed.

    Raises:
        DetectorUnknownError: Presidio cannot make an engine of it.
        ValidationError: the settings do not fit.
    """
    read = msgspec.convert(settings, PresidioSettings)
    path = root / read.engine
    try:
        # Presidio would take its default engine, and say nothing, where the file is missing or broken.
        yaml.safe_load(path.read_text("utf-8"))
        engine = AnalyzerEngineProvider(analyzer_engine_conf_file=path).create_engine()
    # What looks for a model and cannot download it ends the process: SystemExit.
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError, SystemExit) as error:
        message = f"Presidio can make no engine of {read.engine} ({type(error).__name__})"
        raise DetectorUnknownError(
            message, hint="Check the file, and that the models that it names are there."
        ) from error
    return PresidioDetector(
        analyzer=engine,
        examples=tuple(Example(text, read.language) for text in read.examples),
        threshold=read.threshold,
    )
