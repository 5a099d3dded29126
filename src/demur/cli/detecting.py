"""From the table ``[filters]`` of a configuration to the detectors that look beside the text filter."""

from pathlib import Path

import msgspec

from demur.cli.configuration import FiltersSection
from demur.filters.detector_loading import DetectorPlan


def plan_detectors(section: FiltersSection, root: Path) -> DetectorPlan:
    """Return which detectors a configuration asks for.

    Args:
        root: the folder of the configuration, from which relative paths in settings start.
    """
    settings = msgspec.json.encode(section.settings, order="sorted").decode()
    return DetectorPlan(names=section.detectors, settings=settings, root=root)
