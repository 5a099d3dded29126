"""``demur apply``: a corpus brought up to the register; a module of its own, because it is to start at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.following import bring_up_to_date
from demur.cli.output import print_json, print_lines, print_table, tell_total
from demur.cli.workspace import Common, Workspace
from demur.kernel.small_counts import ShownCounts
from demur.kernel.words import ReasonCode

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


def apply(name: str, *, snapshot: Path | None = None, common: _Common = _COMMON) -> None:
    """Bring a corpus up to the register: rows that are no longer eligible are gone for every reader at once.

    Args:
        name: The corpus.
        snapshot: A snapshot to apply; without it the register is read now.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    result = bring_up_to_date(workspace, workspace.corpus(name), snapshot)
    why = _shown(workspace, result.reasons)
    # Two running totals differ by what was taken out between them, which may be a small count.
    in_all = result.removed_in_all if workspace.role.sees_small_counts else None
    if common.json:
        print_json(
            {
                "corpus": name,
                "removals_version": result.version,
                "removed": why.total,
                "reasons": why.counts,
                "removed_in_all": in_all,
                "log_size": result.log_size,
            }
        )
        return
    print_lines(
        f"{name}: {tell_total(why.total)} rows taken out now, {tell_total(in_all)} in all; "
        f"Removals version {result.version}, log size {result.log_size}"
    )
    shown = sorted((reason, count) for reason, count in why.counts.items() if count is not None)
    if shown:
        print_table("Why", ("reason", "rows"), shown)


def _shown(workspace: Workspace, reasons: Mapping[str, int]) -> ShownCounts:
    """Return the reasons as whoever asks may see them; where some are withheld all are named: absence would tell."""
    if workspace.role.sees_small_counts:
        return workspace.shown_counts(reasons)
    named = {reason.value: reasons.get(reason, 0) for reason in ReasonCode if reason is not ReasonCode.ELIGIBLE}
    return workspace.shown_counts(named)
