"""``demur register retention``: what the register is still needed for, and the end of it once it is needed no more."""

from typing import Annotated

from cyclopts import Parameter

from demur.cli.errors import StillNeededError
from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common, Workspace
from demur.policy.retention import Keeper, Uses, decide_retention
from demur.register.retaining import count_retained, count_trained, erase_all
from demur.register.store import Register

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_IN_WORDS = {
    Keeper.PROCESSING: "processing goes on: processing.ended_on does not say that it ended",
    Keeper.CORPORA: "corpora stand in the folder of corpora",
    Keeper.RECIPIENTS: "recipients are configured, who hold copies of corpora",
    Keeper.MODELS: "the log tells of more training runs than processing.retired_runs names",
}
_AFTER = (
    "Backups and snapshots of the register hold what was erased: delete them.",
    "The log stays, and whoever holds a receipt can still show what it proves.",
)


def end_retention(*, erase: Annotated[bool, Parameter(negative="")] = False, common: _Common = _COMMON) -> None:
    """Tell what the register is still needed for and how much it holds of people; erase all of it when nothing is left.

    An entry lives while content is processed, a corpus stands, somebody holds a copy, or a model lives that could be
    used again (GDPR Art. 5(1)(e)). Without `--erase` nothing changes, and counts are shown, never people.

    Args:
        erase: Erase everything that is held of people. There is no way back; refused while anything needs it.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_register() as register:
        uses = _read_uses(workspace, register)
        found = decide_retention(uses, today=workspace.clock.now().date())
        if erase and found.keepers:
            message = f"the entries of the register are still needed: {', '.join(found.keepers)}"
            raise StillNeededError(message, hint="Ask without --erase for what keeps them.")
        held = erase_all(register, at=workspace.clock.now()) if erase else count_retained(register)
        is_swept = register.database.sweep() if erase else None
    counts = {"accounts": held.accounts, "entries": held.entries, "kept": held.kept}
    shown = {name: workspace.shown(count) for name, count in counts.items()}
    if common.json:
        decided = {"decision": found.ruling.decision, "reason": found.ruling.reason, "keepers": list(found.keepers)}
        print_json({**decided, "held": shown, "erased": erase, "is_swept": is_swept})
        return
    told = ", ".join(f"{name} {'withheld' if count is None else f'{count:,}'}" for name, count in shown.items())
    print_lines(*[f"kept: {_IN_WORDS[keeper]}" for keeper in found.keepers])
    print_lines(*(_tell_erased(told) if erase else [_tell_held(told, is_needed=bool(found.keepers))]))


def _tell_held(told: str, *, is_needed: bool) -> str:
    after = "" if is_needed else "; nothing needs it any more: demur register retention --erase"
    return f"held of people: {told}{after}"


def _tell_erased(told: str) -> list[str]:
    return [f"erased: {told}", *_AFTER]


def _read_uses(workspace: Workspace, register: Register) -> Uses:
    configuration = workspace.configuration
    corpora = sum(path.is_dir() for path in workspace.corpora.iterdir()) if workspace.corpora.is_dir() else 0
    return Uses(
        ended_on=configuration.processing.ended_on,
        corpora=corpora,
        recipients=len(configuration.recipients),
        trained=count_trained(register),
        retired=len(set(configuration.processing.retired_runs)),
    )
