"""``demur apply``: a corpus brought up to the register; a module of its own, because it is to start at once."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.following import bring_up_to_date
from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common

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
    if common.json:
        print_json(
            {
                "corpus": name,
                "removals_version": result.version,
                "removed": result.removed,
                "reasons": result.reasons,
                "removed_in_all": result.removed_in_all,
                "log_size": result.log_size,
            }
        )
        return
    print_lines(
        f"{name}: {result.removed:,} rows taken out now, {result.removed_in_all:,} in all; "
        f"Removals version {result.version}, log size {result.log_size}"
    )
    if result.reasons:
        print_table("Why", ("reason", "rows"), sorted(result.reasons.items()))
