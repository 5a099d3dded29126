"""``demur register``: who was told, who objected, and the state of it all at one instant."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.errors import NothingNamedError
from demur.cli.output import print_json, print_lines, print_table, tell_count
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import parse_timestamp, timestamp
from demur.kernel.files import write_whole
from demur.kernel.words import ItemKind, LinkEvent, ObjectionScope, Product, Purpose, Tie, Way
from demur.keys.subjects import SubjectKey, contact_key, group_key, subject_key
from demur.register.accesses import Reader, read_record
from demur.register.accounts import import_accounts
from demur.register.campaigns import import_objections, import_targets, import_withdrawals
from demur.register.errors import ImportColumnMissingError
from demur.register.hijacks import import_hijacks
from demur.register.intake import Authentication, Receipt, WithdrawalForm, file_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm
from demur.register.queries import count_register, read_head
from demur.register.reading import ImportSummary, read_columns
from demur.register.snapshot import take_snapshot
from demur.register.store import Register
from demur.register.suspensions import (
    ItemInstant,
    RunningSuspension,
    Suspension,
    Undertaking,
    lift,
    read_running,
    suspend,
    undertake_erasure,
)

app = App(name="register", help="Who was told, who objected, and the state of it all at one instant.")
app.command("demur.cli.accesses:list_accesses", name="accesses")
app.command("demur.cli.backing_up:back_up_register", name="backup")
app.command("demur.cli.backing_up:restore_register", name="restore")
app.command("demur.cli.cosigning:cosign", name="cosign")
app.command("demur.cli.effects:app", name="effects")
app.command("demur.cli.envelope_keys:rewrap_register", name="rewrap")
app.command("demur.cli.notices:list_notices", name="notices")
app.command("demur.cli.erasing:erase_accounts", name="erase")
app.command("demur.cli.retaining:end_retention", name="retention")
app.command("demur.cli.timestamping:timestamp_checkpoint", name="timestamp")
app.command("demur.cli.timestamping:check_timestamps", name="timestamps")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_LEFT_OUT = 1
_SHOWN_REJECTIONS = 10

_Import = Callable[[Register, Path, datetime], ImportSummary]
# The column that tells what a file holds, and who imports it.
_IMPORTS: tuple[tuple[str, str, _Import], ...] = (
    ("event", "notices", lambda register, path, at: import_notices(register, path, at=at)),
    ("page", "targets", lambda register, path, at: import_targets(register, path, at=at)),
    ("received_at", "objections", lambda register, path, at: import_objections(register, path, at=at)),
    ("withdrawn_at", "withdrawals", lambda register, path, at: import_withdrawals(register, path, at=at)),
    ("birth_date", "accounts", lambda register, path, at: import_accounts(register, path, at=at)),
    ("until", "hijacks", lambda register, path, _at: import_hijacks(register, path)),
)


@app.command(name="import")
def import_files(*files: Path, common: _Common = _COMMON) -> int:
    """Import accounts, notices, objections, withdrawals or hijacks from CSV or Parquet; the columns tell which.

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
    scope: ObjectionScope = ObjectionScope.ALL,
    in_public_role: Annotated[bool, Parameter(negative="")] = False,
    out: Path | None = None,
    key: str | None = None,
    common: _Common = _COMMON,
) -> None:
    """Record that a person objects, and give them the receipt: a proof that anyone can check offline.

    Covers every linked account, and holds from receipt on, for all content, old and new. No reason is asked.

    Args:
        account: The account's id on the platform.
        received_at: When it arrived, for a letter: an ISO 8601 instant; now when left out.
        scope: What it is about; where that is not clear, everything.
        in_public_role: It is about what others publish on the person's public role, which a human must weigh.
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
        scope=scope,
        in_public_role=in_public_role,
        way=Way.LETTER,
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
def link(
    account: str,
    centre: str,
    *,
    tie: Tie = Tie.CENTRE,
    event: LinkEvent = LinkEvent.LINKED,
    common: _Common = _COMMON,
) -> None:
    """Record that an account joins or leaves an accounts centre; joining spreads an objection, leaving undoes none.

    Args:
        account: The account's id on the platform.
        centre: The id of the accounts centre; with the tie contact, an address or number that the platform verified.
        tie: What the accounts share.
        event: Whether it joins or leaves.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    keyring = workspace.keyring
    shared = group_key(keyring, centre) if tie is Tie.CENTRE else contact_key(keyring, centre)
    change = AccountLink(subject=subject_key(keyring, account), centre=shared, event=event, tie=tie)
    with workspace.open_register() as register:
        summary = record_links(register, [change], at=workspace.clock.now())
    if common.json:
        print_json({"recorded": summary.recorded, "unchanged": summary.unchanged})
    else:
        print_lines("recorded" if summary.recorded else "unchanged: the register knew that already")


@app.command(name="suspend")
def suspend_processing(
    *,
    country: str | None = None,
    product: Product | None = None,
    kind: ItemKind | None = None,
    created_from: str | None = None,
    created_until: str | None = None,
    common: _Common = _COMMON,
) -> None:
    """Stop the use of content from the next snapshot on; without an option, of all of it.

    Objections, notices and answers go on. The number that it prints lifts the suspension again.

    Args:
        country: Two letters, ISO 3166-1; content of authors of that country.
        product: Content of this product alone.
        kind: Content of this kind alone.
        created_from: Content published at this instant or later.
        created_until: Content published before this instant.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    stops = Suspension(
        country=country and country.upper(),
        product=product,
        kind=kind,
        created_from=parse_timestamp(created_from) if created_from else None,
        created_until=parse_timestamp(created_until) if created_until else None,
    )
    with workspace.open_log() as register:
        number = suspend(register, stops, at=workspace.clock.now())
    if common.json:
        print_json({"suspension": number})
    else:
        print_lines(f"suspension {number} is in force; end it with: demur register lift {number}")


@app.command(name="lift")
def lift_suspension(number: int, *, common: _Common = _COMMON) -> None:
    """End a suspension; whoever objected before or during it stays covered.

    Args:
        number: The number that `demur register suspend` gave, and `demur register status` lists.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_log() as register:
        lift(register, number, at=workspace.clock.now())
    if common.json:
        print_json({"lifted": number})
    else:
        print_lines(f"suspension {number} is lifted")


@app.command
def undertake(
    *, since: str, until: str | None = None, field: ItemInstant | None = None, common: _Common = _COMMON
) -> None:
    """Record a window of content that was promised to be erased: nothing from it is used again.

    An undertaking is not taken back.

    Args:
        since: The first instant of the window, ISO 8601.
        until: The first instant after the window; without end when left out.
        field: Which instant of an item counts, its publication or its collection; each of them when left out.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    window = Undertaking(since=parse_timestamp(since), until=parse_timestamp(until) if until else None, field=field)
    with workspace.open_log() as register:
        is_new = undertake_erasure(register, window, at=workspace.clock.now())
    if common.json:
        print_json({"recorded": is_new})
    else:
        print_lines("recorded" if is_new else "unchanged: the register knew that already")


@app.command
def status(account: str | None = None, *, reason: str | None = None, common: _Common = _COMMON) -> None:
    """Tell what the register holds, or what holds for one account; the latter is written down as a read of its record.

    Args:
        account: An account's id on the platform; without it, counts and the head of the log.
        reason: Why you ask about the account; the person can be told. Name nobody in it.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    if account:
        _tell_account(common, workspace, account, workspace.reader("ACCOUNT", reason=reason))
        return
    with workspace.open_log() as register:
        told, running = _register_status(workspace, register), read_running(register)
    if common.json:
        print_json({**told, "suspensions": [_describe_suspension(found) for found in running]})
        return
    rows = [(name, tell_count(value) if value is None else str(value)) for name, value in told.items()]
    rows += [(f"suspension {found.number}", _name_stops(found)) for found in running]
    print_table("Register", ("what", "value"), rows)


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
    with workspace.open_log() as register:
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
    hint = "docs/reference/imports.md lists the columns of each kind of file."
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


def _tell_account(common: Common, workspace: Workspace, account: str, reader: Reader) -> None:
    with workspace.open_register() as register:
        told = _account_status(workspace, register, account, reader)
    if common.json:
        print_json(told)
    else:
        rows = [(name, value if value is None else str(value)) for name, value in told.items()]
        print_table("Account", ("what", "value"), rows)


def _account_status(workspace: Workspace, register: Register, account: str, reader: Reader) -> dict[str, object]:
    subject: SubjectKey = subject_key(workspace.keyring, account)
    found = read_record(register, subject, reader, at=workspace.clock.now())
    return {
        "known": found.is_known,
        "objection": found.basis or "none",
        "scope": found.scope,
        "covered_since": found.covered_since and timestamp(found.covered_since),
        "erased": found.is_erased,
        "objections": len(found.objections),
        "withdrawals": len(found.withdrawals),
        "linked_accounts": found.linked_accounts,
    }


def _register_status(workspace: Workspace, register: Register) -> dict[str, object]:
    head = read_head(register)
    counts = {name: workspace.shown(count) for name, count in count_register(register).items()}
    return {**counts, "log_size": head.size, "log_root": head.root.hex()}


def _describe_suspension(found: RunningSuspension) -> dict[str, object]:
    stops = found.stops
    return {
        "number": found.number,
        "since": timestamp(found.since),
        "country": stops.country,
        "product": stops.product,
        "kind": stops.kind,
        "created_from": stops.created_from and timestamp(stops.created_from),
        "created_until": stops.created_until and timestamp(stops.created_until),
    }


def _name_stops(found: RunningSuspension) -> str:
    told = _describe_suspension(found)
    named = [f"{name} {value}" for name, value in told.items() if name not in {"number", "since"} and value]
    return f"{', '.join(named) or 'everything'}; since {told['since']}"
