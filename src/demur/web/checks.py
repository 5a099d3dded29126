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
from demur.web.metric_values import Metric, MetricState, Taken, gate, share

UNCHECKED = gettext_noop("This was not checked here yet.")
_PERSISTENCE = "persistence.json"


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
    check = PersistenceCheck(run_on=on, demur=_version(), in_force=dict(in_force))
    path = _folder_of(register) / _PERSISTENCE
    make_folder(path.parent)
    write_whole(path, msgspec.json.format(msgspec.json.encode(check), indent=2) + b"\n")


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


def _folder_of(register: Register) -> Path:
    return register.tiles.folder.parent / "checks"


def _version() -> str:
    return importlib.metadata.version("demur")
