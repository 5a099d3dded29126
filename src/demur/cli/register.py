"""``demur register``: who was told, who objected, and the state of it all at one instant."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.errors import NothingNamedError
from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import parse_timestamp, timestamp
from demur.kernel.files import write_whole
from demur.kernel.words import LinkEvent, Purpose
from demur.keys.subjects import SubjectKey, group_key, subject_key
from demur.register.accounts import import_accounts
from demur.register.campaigns import import_objections, import_withdrawals
from demur.register.errors import ImportColumnMissingError
from demur.register.intake import Authentication, ObjectionForm, Receipt, WithdrawalForm, file_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.notices import import_notices
from demur.register.queries import count_register, read_head, subject_status
from demur.register.reading import ImportSummary, read_columns
from demur.register.snapshot import take_snapshot
from demur.register.store import Register

app = App(name="register", help="Who was told, who objected, and the state of it all at one instant.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_LEFT_OUT = 1
_SHOWN_REJECTIONS = 10

_Import = Callable[[Register, Path, datetime], ImportSummary]
# The column that tells what a file holds, and who imports it.
_IMPORTS: tuple[tuple[str, str, _Import], ...] = (
    ("event", "notices", lambda register, path, _at: import_notices(register, path)),
    ("received_at", "objections", lambda register, path, at: import_objections(register, path, at=at)),
    ("withdrawn_at", "withdrawals", lambda register, path, at: import_withdrawals(register, path, at=at)),
    ("birth_date", "accounts", lambda register, path, at: import_accounts(register, path, at=at)),
)


@app.command(name="import")
def import_files(*files: Path, common: _Common = _COMMON) -> int:
    """Import accounts, notices, objections or withdrawals from CSV or Parquet; the columns tell which.

    Account ids are keyed in the first step and not stored. A row that says nothing new changes nothing; a faulty row is
    reported with file and line and left out, and makes the exit status 1.

    Args:
        files: The files, in the order in which they are to be imported.
        common: Options that every command shares.
    """
    if not files:
        message = "no file to import was named"
        raise NothingNamedError(message, hint="Name at least one: demur register import accounts.csv")
    workspace = common.workspace()
    # Before the first is imported, so that a file that cannot be read stops all.
    planned = [(path, *_import_of(path)) for path in files]
    with workspace.open_register() as register:
        summaries = [(path, what, run(register, path, workspace.clock.now())) for path, what, run in planned]
    rejected = [row for _, _, summary in summaries for row in summary.rejected]
    if common.json:
        print_json({"files": [_describe(path, what, summary) for path, what, summary in summaries]})
    else:
        rows = [(path.name, what, s.rows_read, s.imported, s.unchanged, len(s.rejected)) for path, what, s in summaries]
        print_table("Imported", ("file", "holds", "rows read", "new", "unchanged", "rejected"), rows)
        print_lines(*(f"{row.split}:{row.line}: {row.message}" for row in rejected[:_SHOWN_REJECTIONS]))
        print_lines(*[f"... and {len(rejected) - _SHOWN_REJECTIONS:,} more"] * (len(rejected) > _SHOWN_REJECTIONS))
    return _LEFT_OUT if rejected else 0


@app.command(name="object")
def object_to(
    account: str,
    *,
    received_at: str | None = None,
    out: Path | None = None,
    key: str | None = None,
    common: _Common = _COMMON,
) -> None:
    """Record that a person objects, and give them the receipt: a proof that anyone can check offline.

    Covers every linked account, and holds from receipt on, for all content, old and new. No reason is asked.

    Args:
        account: The account's id on the platform.
        received_at: When it arrived, for a letter: an ISO 8601 instant; now when left out.
        out: Where to write the receipt; it is printed when left out.
        key: An idempotency key: the same request with it gets the same receipt, byte for byte.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    now = workspace.clock.now()
    form = ObjectionForm(
        subjects=(subject_key(workspace.keyring, account),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=parse_timestamp(received_at) if received_at else now,
        idempotency_key=key,
    )
    with workspace.open_register() as register:
        receipt = file_objection(register, form, at=now)
    _hand_out(common, receipt, out)


@app.command(name="withdraw")
def withdraw_objection(
    account: str, *, authenticated_by: Authentication, out: Path | None = None, common: _Common = _COMMON
) -> None:
    """Record that a person ends their objection for one account; only somebody who is logged in may.

    Linked accounts stay covered, and corpora that are built already do not change.

    Args:
        account: The account's id on the platform.
        authenticated_by: How the person showed who they are; anything but login is refused.
        out: Where to write the receipt; it is printed when left out.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    now = workspace.clock.now()
    form = WithdrawalForm(
        subject=subject_key(workspace.keyring, account), authenticated_by=authenticated_by, received_at=now
    )
    with workspace.open_register() as register:
        receipt = withdraw(register, form, at=now)
    _hand_out(common, receipt, out)


@app.command
def link(account: str, centre: str, *, event: LinkEvent = LinkEvent.LINKED, common: _Common = _COMMON) -> None:
    """Record that an account joins or leaves an accounts centre; joining spreads an objection, leaving undoes none.

    Args:
        account: The account's id on the platform.
        centre: The id of the accounts centre.
        event: Whether it joins or leaves.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    keyring = workspace.keyring
    change = AccountLink(subject=subject_key(keyring, account), centre=group_key(keyring, centre), event=event)
    with workspace.open_register() as register:
        summary = record_links(register, [change], at=workspace.clock.now())
    if common.json:
        print_json({"recorded": summary.recorded, "unchanged": summary.unchanged})
    else:
        print_lines("recorded" if summary.recorded else "unchanged: the register knew that already")


@app.command
def status(account: str | None = None, *, common: _Common = _COMMON) -> None:
    """Tell what the register holds, or what holds for one account.

    Args:
        account: An account's id on the platform; without it, counts and the head of the log.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_register() as register:
        told = _account_status(workspace, register, account) if account else _register_status(register)
    if common.json:
        print_json(told)
    else:
        print_table(
            "Account" if account else "Register",
            ("what", "value"),
            [(name, value if value is None else str(value)) for name, value in told.items()],
        )


@app.command
def snapshot(*, out: Path | None = None, common: _Common = _COMMON) -> None:
    """Write the register's state as a signed document: what a builder gets instead of the database.

    Args:
        out: The folder to write; a new one below the snapshots when left out.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    at = workspace.clock.now()
    folder = out or workspace.snapshots / at.strftime("%Y%m%dT%H%M%S.%fZ")
    with workspace.open_register() as register:
        document = take_snapshot(register, folder, at=at)
    told = {"snapshot": folder, "as_of": document.as_of, "log_size": document.log_size, **document.rows}
    if common.json:
        print_json(told)
    else:
        counts = ", ".join(f"{rows:,} {name}" for name, rows in document.rows.items())
        print_lines(f"{folder}: {counts}; log size {document.log_size}, as of {document.as_of}")


def _import_of(path: Path) -> tuple[str, _Import]:
    columns = read_columns(path)
    for column, what, run in _IMPORTS:
        if column in columns:
            return what, run
    message = f"{path.name} has none of the columns {', '.join(column for column, _, _ in _IMPORTS)}"
    hint = "docs/reference/imports.md lists the columns of accounts, notices, objections and withdrawals."
    raise ImportColumnMissingError(message, hint=hint)


def _describe(path: Path, what: str, summary: ImportSummary) -> dict[str, object]:
    rejected = [{"line": row.line, "reason": row.reason} for row in summary.rejected]
    return {
        "file": path.name,
        "holds": what,
        "rows_read": summary.rows_read,
        "imported": summary.imported,
        "unchanged": summary.unchanged,
        "rejected": rejected,
    }


def _hand_out(common: Common, receipt: Receipt, out: Path | None) -> None:
    if out is not None:
        write_whole(out, receipt.text.encode())
    if common.json:
        print_json(
            {
                "index": receipt.index,
                "received_at": timestamp(receipt.received_at),
                "covered": len(receipt.subjects),
                "receipt": str(out) if out else receipt.text,
            }
        )
        return
    accounts = "1 account" if len(receipt.subjects) == 1 else f"{len(receipt.subjects)} linked accounts"
    print_lines(f"received {timestamp(receipt.received_at)}: entry {receipt.index} of the log covers {accounts}")
    print_lines(f"receipt: {out}" if out else receipt.text)


def _account_status(workspace: Workspace, register: Register, account: str) -> dict[str, object]:
    subject: SubjectKey = subject_key(workspace.keyring, account)
    found = subject_status(register, subject, at=workspace.clock.now())
    return {
        "known": found.is_known,
        "objection": found.basis or "none",
        "covered_since": found.covered_since and timestamp(found.covered_since),
        "objections": len(found.objections),
        "withdrawals": len(found.withdrawals),
        "linked_accounts": found.linked_accounts,
    }


def _register_status(register: Register) -> dict[str, object]:
    head = read_head(register)
    return {**count_register(register), "log_size": head.size, "log_root": head.root.hex()}
