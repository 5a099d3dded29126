"""``demur register notices``: what the log tells of notices, and what shows that one person's were recorded by then."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import timestamp
from demur.kernel.files import write_whole
from demur.keys.encoding import encode_base64
from demur.keys.subjects import subject_key
from demur.register.accesses import Reader
from demur.register.notice_entries import (
    NoticeEntry,
    ShownEvent,
    prove_notice_entry,
    read_notice_entries,
    show_events,
)

_COMMON = Common()


def list_notices(
    account: str | None = None,
    *,
    out: Path | None = None,
    reason: str | None = None,
    common: Annotated[Common, Parameter(name="*")] = _COMMON,
) -> None:
    """List the entries of the log that tell of notices, or show what happened to the notices of one account.

    An entry tells how many events were recorded together, and nothing of anybody. For one account `--json` gives
    everything that shows by which day each of its events was recorded; that is a read of its record, written down
    first, and for whoever may see the record: it names the account by its subject key.

    Args:
        account: The account's id on the platform; without it, the entries of the log.
        out: A folder for the documents of the entries that are told, to publish.
        reason: Why you ask about the account; the person can be told. Name nobody in it.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    if account:
        _tell_events(common, workspace, account, workspace.reader("ACCOUNT", reason=reason), out)
        return
    with workspace.open_log() as register:
        entries = read_notice_entries(register)
    if out is not None:
        _write_documents(out, entries)
    if common.json:
        print_json({"entries": [_describe(entry) for entry in entries]})
        return
    rows = [(entry.index, entry.day.isoformat(), entry.events, entry.version) for entry in entries]
    print_table("Entries of the log that tell of notices", ("index", "day", "events", "version"), rows)
    lost = sum(entry.document is None for entry in entries)
    print_lines(*[f"of {lost:,} the events are lost: import them again"] * bool(lost))


def _tell_events(common: Common, workspace: Workspace, account: str, reader: Reader, out: Path | None) -> None:
    subject = subject_key(workspace.keyring, account)
    with workspace.open_log() as register:
        shown = show_events(register, subject, reader, at=workspace.clock.now())
        told = {each.entry.index: each.entry for each in shown if each.entry is not None}
        proofs = {index: prove_notice_entry(register, entry) for index, entry in told.items()} if common.json else {}
    if out is not None:
        _write_documents(out, tuple(told.values()))
    if common.json:
        events = [_describe_event(each) for each in shown]
        entries = [{**_describe(entry), "proof": proofs[index]} for index, entry in sorted(told.items())]
        print_json({"subject": encode_base64(subject), "events": events, "entries": entries})
        return
    rows = [
        (timestamp(each.at), each.version, each.channel, each.event, each.entry and each.entry.index) for each in shown
    ]
    print_table("Notices of the account", ("at", "version", "channel", "event", "entry"), rows)


def _write_documents(folder: Path, entries: tuple[NoticeEntry, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for entry in entries:
        if entry.document is not None:
            write_whole(folder / f"notice-{entry.index}.json", entry.document)


def _describe(entry: NoticeEntry) -> dict[str, object]:
    document = entry.document and entry.document.decode()
    told = {"index": entry.index, "day": entry.day.isoformat(), "events": entry.events, "document": document}
    return told if entry.version is None else {**told, "version": entry.version}


def _describe_event(shown: ShownEvent) -> dict[str, object]:
    return {
        "version": shown.version,
        "channel": shown.channel,
        "language": shown.language,
        "event": shown.event,
        "at": timestamp(shown.at),
        "states_right": shown.states_right,
        "is_marketing": shown.is_marketing,
        "variant": shown.variant,
        "name": encode_base64(shown.name),
        "entry": shown.entry and shown.entry.index,
        "r": shown.r and encode_base64(shown.r),
        "position": shown.path and shown.path.position,
        "path": shown.path and [encode_base64(node) for node in shown.path.path],
    }
