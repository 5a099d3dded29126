"""``demur register cosign``: have the log's newest checkpoint signed by witnesses."""

import sys
import time
from typing import Annotated

from cyclopts import Parameter

from demur.cli.errors import ConfigurationInvalidError, NothingPublishedError
from demur.cli.output import print_error, print_json, print_lines
from demur.cli.workspace import Common
from demur.kernel.clock import timestamp
from demur.kernel.errors import IntegrityError, TransientError
from demur.keys.cosignatures import WitnessKey
from demur.ledger.tiles import TileStore
from demur.register.witnesses import COSIGNED, WitnessAddress, WitnessRound, seek_cosignatures

_COMMON = Common()
_SOME_MISSING = 1
_NONE_HINT = "Name them under `witnesses` in `[register]`; docs/how-to/run-a-witness.md says how."


def cosign(*, every: int | None = None, common: Annotated[Common, Parameter(name="*")] = _COMMON) -> int:
    """Ask the configured witnesses to sign the log's newest checkpoint, and publish it with their signatures.

    It stands beside the log's checkpoint as `checkpoint.cosigned` as soon as enough witnesses signed it. Exit status:
    1 enough signed, but not all; 4 not enough yet; 5 a witness has signed another history.

    Args:
        every: Ask again after so many seconds, until Ctrl-C; a witness that is down is asked again then.
        common: Options that every command shares.
    """
    while every is not None:
        try:
            _tell(common, _play_round(common))
            sys.stdout.flush()
        except (TransientError, NothingPublishedError) as error:
            print_error(error)
        time.sleep(max(1, every))
    came = _play_round(common)
    _tell(common, came)
    return _SOME_MISSING if came.failures else 0


def _play_round(common: Common) -> WitnessRound:
    """Ask everybody once; raises what stops the whole: another history, or too few signatures."""
    # Read anew each time: the keys of the log may have changed since the last round.
    workspace = common.workspace()
    section = workspace.configuration.register
    if not section.witnesses:
        message = "no witness is configured"
        raise ConfigurationInvalidError(message, hint=_NONE_HINT)
    addresses = [WitnessAddress(key=WitnessKey(one.key), url=one.url) for one in section.witnesses]
    tiles = TileStore(workspace.log_folder)
    came = seek_cosignatures(tiles, workspace.trusted_keys.log, addresses, needed=section.witnesses_needed)
    if came is None:
        message = f"nothing is published in {workspace.log_folder}"
        raise NothingPublishedError(message, hint="The log is published with its first entry.")
    failures = [failure for _, failure in came.failures]
    for failure in failures:
        if isinstance(failure, IntegrityError):
            raise failure
    if not came.is_published:
        raise failures[0]
    for failure in failures:
        print_error(failure)
    return came


def _tell(common: Common, came: WitnessRound) -> None:
    if common.json:
        signed = [{"witness": found.witness.name, "at": timestamp(found.at)} for found in came.cosignatures]
        print_json({"log_size": came.size, "cosignatures": signed, "missing": [key.name for key, _ in came.failures]})
    else:
        names = ", ".join(found.witness.name for found in came.cosignatures)
        print_lines(f"{COSIGNED}: {came.size} entries, signed by {names}")
