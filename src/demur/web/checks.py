"""Results of checks that are run now and then and not with each page: kept beside the log, with day and version.

A result of another version of Demur tells nothing about this one, so it counts as none.
"""

import importlib.metadata
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

from demur.kernel.files import make_folder, write_whole
from demur.register.store import Register
from demur.web.metric_texts import MetricText, gettext_noop
from demur.web.metric_values import Metric, MetricState, Taken, count, gate, share

UNCHECKED = gettext_noop("This was not checked here yet.")
_PERSISTENCE, _SAMPLE = "persistence.json", "sample.json"
MOST_WITHOUT_CAUSE = 0.001


class PersistenceCheck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which trials an objection outlived (`demur.testing.persistence`), when they were run, by which version."""

    run_on: date
    demur: str
    in_force: dict[str, bool]

    @property
    def taken(self) -> Taken:
        """Return when this was run, and by which version."""
        return Taken(on=self.run_on, version=self.demur)


def keep_persistence(register: Register, in_force: Mapping[str, bool], *, on: date) -> None:
    """Keep what the trials of a day showed, in place of earlier ones."""
    _keep(register, _PERSISTENCE, PersistenceCheck(run_on=on, demur=_version(), in_force=dict(in_force)))


def read_persistence(register: Register) -> PersistenceCheck | None:
    """Return what the last trials showed; None where this version of Demur ran none here."""
    try:
        found = msgspec.json.decode((_folder_of(register) / _PERSISTENCE).read_bytes(), type=PersistenceCheck)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.demur == _version() else None


def judge_persistence(text: MetricText, check: PersistenceCheck | None) -> Metric:
    """Tell whether objections outlived every trial."""
    if check is None:
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=UNCHECKED)
    outlived, trials = sum(check.in_force.values()), len(check.in_force)
    figures = (share("in_force", gettext_noop("Persistence"), outlived, trials, is_public=True),)
    return Metric(text=text, state=gate(is_met=outlived == trials), figures=figures, taken=check.taken)


class SampleCheck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many items that corpora left out were decided once more, and how many of them would have been let in."""

    run_on: date
    demur: str
    sampled: int
    without_cause: int

    @property
    def taken(self) -> Taken:
        """Return when this was run, and by which version."""
        return Taken(on=self.run_on, version=self.demur)


def keep_sample(register: Register, *, sampled: int, without_cause: int, on: date) -> None:
    """Keep what a second decider said on a day, in place of earlier answers."""
    _keep(register, _SAMPLE, SampleCheck(run_on=on, demur=_version(), sampled=sampled, without_cause=without_cause))


def read_sample(register: Register) -> SampleCheck | None:
    """Return what the second decider said last; None where this version of Demur asked none here."""
    try:
        found = msgspec.json.decode((_folder_of(register) / _SAMPLE).read_bytes(), type=SampleCheck)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.demur == _version() else None


def judge_sample(text: MetricText, check: SampleCheck | None) -> Metric:
    """Tell which share of the sample was left out without cause."""
    if check is None or not check.sampled:
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=UNCHECKED)
    figures = (
        share("share", gettext_noop("Left out without cause"), check.without_cause, check.sampled, is_public=True),
        count("sampled", gettext_noop("rows"), check.sampled),
    )
    is_met = check.without_cause <= check.sampled * MOST_WITHOUT_CAUSE
    return Metric(text=text, state=gate(is_met=is_met), figures=figures, people=check.sampled, taken=check.taken)


def _keep(register: Register, name: str, check: msgspec.Struct) -> None:
    path = _folder_of(register) / name
    make_folder(path.parent)
    write_whole(path, msgspec.json.format(msgspec.json.encode(check), indent=2) + b"\n")


def _folder_of(register: Register) -> Path:
    return register.tiles.folder.parent / "checks"


def _version() -> str:
    return importlib.metadata.version("demur")
