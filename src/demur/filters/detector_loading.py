"""Opening detectors by their names: those of Demur, and those of installed extensions (``demur.detectors``)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from demur.filters.detectors import Detector, DetectorFactory, DetectorFilter, DetectorUnknownError, check_detector
from demur.filters.trail import Trail, list_spans
from demur.plugins.loading import known_plugins

_GROUP = "demur.detectors"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorPlan:
    """Which detectors look beside the filter, as values that another process can be handed.

    Attributes:
        names: in the order in which they are asked; none is the default.
        settings: of each that needs some, by its name, as JSON.
        root: the folder that relative paths in settings start from.
    """

    names: tuple[str, ...] = ()
    settings: str = "{}"
    root: Path = Path()


NO_DETECTORS = DetectorPlan()


def cut_beside(plan: DetectorPlan, trail: Trail, languages: pl.Series | None) -> Trail:
    """Cut what detectors find in texts that the filter has read already; without detectors nothing is done.

    Raises:
        DetectorUnknownError, DetectorEmptyError, PluginError: a detector cannot be opened.
        DetectorFailedError, DetectorSpanError: one does not keep its protocol.
    """
    return trail.cut(list_spans(open_filter(plan).find(trail.texts, languages))) if plan.names else trail


@lru_cache(maxsize=1)
def open_filter(plan: DetectorPlan) -> DetectorFilter:
    """Open the detectors of a plan, once in a process: models are large.

    Raises:
        DetectorUnknownError, DetectorEmptyError, PluginError: a detector cannot be opened.
    """
    settings = msgspec.json.decode(plan.settings, type=dict[str, dict[str, Any]])
    return DetectorFilter(detectors=open_detectors(plan.names, settings, root=plan.root))


def open_detectors(
    names: Sequence[str], settings: Mapping[str, Mapping[str, Any]], *, root: Path
) -> tuple[Detector, ...]:
    """Return detectors by their names, in that order, each after it found something in its own examples.

    Args:
        settings: of each detector that needs some, by its name.
        root: the folder that relative paths in settings start from.

    Raises:
        DetectorUnknownError: there is none of a name, or its settings do not fit it.
        DetectorEmptyError: one finds nothing where it must.
        PluginError: an installed extension cannot be loaded.
    """
    known = known_plugins(_GROUP, _OWN, kind="a detector", error=DetectorUnknownError) if names else {}
    detectors = tuple(_open(name, known, settings.get(name, {}), root) for name in names)
    for detector in detectors:
        check_detector(detector)
    return detectors


def _open(name: str, known: Mapping[str, DetectorFactory], settings: Mapping[str, Any], root: Path) -> Detector:
    if name not in known:
        message = f"no detector is named {name!r}; there are {', '.join(sorted(known))}"
        raise DetectorUnknownError(message, hint="Correct filters.detectors, or install the extension.")
    try:
        return known[name](settings, root=root)
    except msgspec.ValidationError as error:
        message = f"the settings of detector {name} do not fit it: {error}"
        raise DetectorUnknownError(message, hint="docs/reference/configuration.md lists every key.") from error


def _open_spacy(settings: Mapping[str, Any], *, root: Path) -> Detector:
    from demur.filters.spacy_detector import open_spacy  # noqa: PLC0415 -- optional dependency

    return open_spacy(settings, root=root)


def _open_presidio(settings: Mapping[str, Any], *, root: Path) -> Detector:
    from demur.filters.presidio import open_presidio  # noqa: PLC0415 -- optional dependency

    return open_presidio(settings, root=root)


def _open_onnx(settings: Mapping[str, Any], *, root: Path) -> Detector:
    from demur.filters.onnx_detector import open_onnx  # noqa: PLC0415 -- optional dependency

    return open_onnx(settings, root=root)


_OWN: dict[str, DetectorFactory] = {"onnx": _open_onnx, "presidio": _open_presidio, "spacy": _open_spacy}
