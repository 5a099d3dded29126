"""``demur register effects``: what could not be done, and having it tried anew."""

from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common
from demur.kernel.clock import timestamp
from demur.kernel.words import EffectKind
from demur.register.outbox import revive
from demur.register.owed import list_dead

app = App(name="effects", help="What follows an entry of the log and could not be done; `demur status` counts all.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_DEAD = 1


@app.command(name="dead")
def list_dead_effects(*, common: _Common = _COMMON) -> int:
    """List the effects that failed too often, with the code of the last error; exit status 1 when there are any.

    Args:
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_log() as register:
        dead = list_dead(register)
    rows = [(one.kind.value, one.ref, one.attempts, one.failure, timestamp(one.dead_at)) for one in dead]
    columns = ("kind", "entry", "attempts", "failure", "dead_at")
    if common.json:
        print_json({"dead": [dict(zip(columns, row, strict=True)) for row in rows]})
    elif rows:
        print_table("Dead effects", columns, rows)
    else:
        print_lines("none is dead")
    return _DEAD if dead else 0


@app.command(name="retry")
def retry_dead_effects(*kinds: EffectKind, common: _Common = _COMMON) -> None:
    """Have dead effects tried anew, as if they had never been tried; `demur watch` does them.

    Remove the cause first: `demur register effects dead` names the error.

    Args:
        kinds: The kinds to try; all of them when none is named.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_log() as register:
        revived = revive(register, kinds or tuple(EffectKind), at=workspace.clock.now())
    if common.json:
        print_json({"revived": revived})
    else:
        print_lines(f"{revived:,} effects will be tried again")
