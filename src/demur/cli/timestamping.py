"""``demur register timestamp`` and ``timestamps``: an outside date for the log."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.errors import ConfigurationInvalidError, NothingPublishedError
from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import timestamp
from demur.ledger.checkpoint import open_checkpoint
from demur.ledger.tiles import TileStore
from demur.register.timestamps import (
    Authority,
    Timestamp,
    command_authority,
    stamp_checkpoint,
    stored_days,
    url_authority,
    verify_stored,
)

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_HINT = "docs/reference/configuration.md lists the keys of `[timestamps]`."


def timestamp_checkpoint(*, common: _Common = _COMMON) -> None:
    """Have the log's checkpoint time-stamped (RFC 3161), once a day: run it daily.

    The stamp is verified and stored beside the log, in `timestamps`. A day that has one keeps it.

    Args:
        common: Options that every command shares.
    """
    workspace = common.workspace()
    tiles = TileStore(workspace.log_folder)
    day = workspace.clock.now().date()
    found = stamp_checkpoint(tiles, _authority(workspace), roots=_roots(workspace), day=day)
    if found is None:
        message = f"nothing is published in {workspace.log_folder}"
        raise NothingPublishedError(message, hint="The log is published with its first entry.")
    told = _describe(workspace, found)
    if common.json:
        print_json(told)
    else:
        print_lines(f"{told['day']}: {told['log_size']} entries, stamped at {told['at']}")


def check_timestamps(*, common: _Common = _COMMON) -> None:
    """Verify every stored time stamp against its checkpoint, and list them; exit status 5 when one does not hold.

    Args:
        common: Options that every command shares.
    """
    workspace = common.workspace()
    tiles, roots = TileStore(workspace.log_folder), _roots(workspace)
    told = [_describe(workspace, verify_stored(tiles, day, roots=roots)) for day in stored_days(tiles)]
    if common.json:
        print_json({"timestamps": told})
    else:
        rows = [(found["day"], found["log_size"], found["at"]) for found in told]
        print_table("Time stamps", ("day", "log size", "stamped at"), rows)


def _describe(workspace: Workspace, found: Timestamp) -> dict[str, str | int]:
    # What was stamped must be a checkpoint of this log, not just any text.
    size = open_checkpoint(found.checkpoint_note, workspace.trusted_keys.log).size
    return {"day": found.day.isoformat(), "log_size": size, "at": timestamp(found.at)}


def _authority(workspace: Workspace) -> Authority:
    section = workspace.configuration.timestamps
    if (section.authority is None) == (not section.command):
        message = "`[timestamps]` must name either an `authority` or a `command`"
        raise ConfigurationInvalidError(message, hint=_HINT)
    return command_authority(section.command) if section.authority is None else url_authority(section.authority)


def _roots(workspace: Workspace) -> Path:
    if workspace.configuration.timestamps.roots is None:
        message = "`[timestamps]` names no `roots`, so no stamp could be verified"
        raise ConfigurationInvalidError(message, hint=_HINT)
    return workspace.root / workspace.configuration.timestamps.roots
