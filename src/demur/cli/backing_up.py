"""``demur register backup`` and ``restore``: the register in one file, and back with all that its log holds."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.errors import NothingNamedError
from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import timestamp
from demur.register.backup import back_up
from demur.register.errors import DeclarationInvalidError
from demur.register.kept_receipts import KeptReceipts, read_kept_receipts
from demur.register.recovery import Declaration, RecoveryPlan, plan_recovery, recover
from demur.register.restoring import PutBack, put_back

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_SHOWN = 20


def back_up_register(path: Path, *, common: _Common = _COMMON) -> None:
    """Write a backup of the register, which may go on running, to one file.

    The file is signed, of one instant, and for your eyes only: it holds what the register holds. Back up the published
    log and the keyring as well; the keyring somewhere else.

    Args:
        path: The file to write; an earlier backup of that name is replaced when the new one is whole.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    manifest = back_up(workspace.register_url, path, keyring=workspace.keyring, at=workspace.clock.now())
    told = {
        "backup": str(path),
        "database": manifest.database.value,
        "log_size": manifest.state.log_size,
        "size_bytes": manifest.size_bytes,
        "sha256": manifest.sha256,
        "taken_at": timestamp(manifest.taken_at),
    }
    if common.json:
        print_json(told)
    else:
        print_lines(f"{path}: the register with {manifest.state.log_size:,} log entries, as of {told['taken_at']}")


def restore_register(
    path: Path | None = None,
    *,
    replace: Annotated[bool, Parameter(negative="")] = False,
    receipts: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    declare_lost: str | None = None,
    reason: str | None = None,
    common: _Common = _COMMON,
) -> None:
    """Put a backup back, and bring it up to the published log; stop whatever uses the register first.

    The backup is checked before anything is touched. What the log got after it comes back from the log (documents) and
    from receipts that people and the intake kept. While an entry is missing, it is listed, the exit status is 5, and
    no other command opens the register. Then run this again without PATH, with all receipts, or declare the rest lost:
    those entries stay in the log without their records, and the log gets the digest of the declaration.

    Imports, suspensions and undertakings are not in the log: repeat those that came after the backup.

    Args:
        path: The backup; without it, only what the log has and the register lacks is brought back.
        replace: Move a register that is there aside, and keep it beside the new one.
        receipts: A file or a folder with receipts (`.tlog-proof`, or `.jsonl` with one a line); may be repeated.
        declare_lost: The name of whoever answers for it that the entries which are still missing are lost.
        reason: Why they are lost.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    at = workspace.clock.now()
    declaration = _read_declaration(declare_lost, reason)
    # Before anything is touched, so that a file that cannot be read stops all.
    kept = read_kept_receipts(receipts, workspace.whole_keyring)
    done = _put_back(workspace, path, at, may_replace=replace)
    keyring, url, log_folder = workspace.whole_keyring, workspace.register_url, workspace.log_folder
    plan = plan_recovery(url, keyring=keyring, log_folder=log_folder, kept=kept.usable)
    if common.json:
        print_json(_describe(done, plan, kept))
    else:
        _print(done, plan, kept)
    records = workspace.snapshots.with_name("recoveries")
    declared = recover(url, plan, keyring=keyring, declaration=declaration, folder=records, at=at)
    # Opening it publishes what the log's files lack, and shows that both are one history.
    workspace.open_register().close()
    if declared is not None and not common.json:
        print_lines(f"declared lost in {declared}; the log holds its digest")


def _read_declaration(name: str | None, reason: str | None) -> Declaration | None:
    if (name is None) != (reason is None):
        message = "--declare-lost and --reason are given together"
        raise DeclarationInvalidError(message, hint='Give --declare-lost "NAME" --reason "...".')
    return None if name is None or reason is None else Declaration(name=name, reason=reason)


def _put_back(workspace: Workspace, path: Path | None, at: datetime, *, may_replace: bool) -> PutBack | None:
    if path is None and may_replace:
        message = "--replace needs the backup that is to come into the register's place"
        raise NothingNamedError(message, hint="Name it: demur register restore PATH --replace")
    if path is None:
        return None
    verifier = workspace.keyring.document_signer.verifier
    return put_back(path, url=workspace.register_url, verifier=verifier, at=at, may_replace=may_replace)


def _describe(done: PutBack | None, plan: RecoveryPlan, kept: KeptReceipts) -> dict[str, object]:
    return {
        "backup_taken_at": done and timestamp(done.manifest.taken_at),
        "kept_register": done and done.kept,
        "log_size": plan.log_size,
        "published_size": plan.published_size,
        "documents": plan.documents,
        "notices": list(plan.notices),
        "events": len(plan.events),
        "missing": [
            {"index": entry.index, "kind": entry.kind.value, "day": entry.day, "gap": entry.gap.value}
            for entry in plan.missing
        ],
        "erasures": len(plan.erasures),
        "erasures_without_entry": _count_nameless(plan),
        "is_log_gone": plan.is_log_gone,
        "unusable_receipts": [{"place": found.place, "code": found.code} for found in kept.unusable],
        "receipts_of_another_history": list(plan.strangers),
    }


def _count_nameless(plan: RecoveryPlan) -> int:
    return sum(erased is None for erased in plan.erasures.values())


def _print(done: PutBack | None, plan: RecoveryPlan, kept: KeptReceipts) -> None:
    if done is not None:
        print_lines(f"the register is that of {timestamp(done.manifest.taken_at)}, with {plan.log_size:,} log entries")
        print_lines(*[f"the earlier one is kept as {done.kept}"] * (done.kept is not None))
        print_lines("import again what was imported since, and repeat suspensions and undertakings: no log holds them")
    print_lines(
        f"entries {plan.log_size:,} to {plan.published_size:,} of the log: {plan.documents:,} documents and "
        f"{len(plan.events):,} events of people come back, {len(plan.missing):,} entries are missing"
    )
    told = len(plan.notices)
    print_lines(*[f"{told:,} of the documents tell of notices: import these again"] * bool(told))
    again, nameless = len(plan.erasures), _count_nameless(plan)
    print_lines(*[f"the log tells of {again:,} erasures, which are done again"] * bool(again))
    print_lines(*[f"of these {nameless:,} name no entry: erase again whoever was erased and had none"] * bool(nameless))
    print_lines(*(f"{found.place}: the receipt does not verify [{found.code}]" for found in kept.unusable))
    print_lines(*(f"the receipt of entry {index} is of another history" for index in plan.strangers))
    if plan.missing:
        rows = [(entry.index, entry.kind.value, entry.day, entry.gap.value) for entry in plan.missing[:_SHOWN]]
        print_table("Missing", ("index", "kind", "day", "why"), rows)
        print_lines(*[f"... and {len(plan.missing) - _SHOWN:,} more"] * (len(plan.missing) > _SHOWN))
