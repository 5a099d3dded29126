"""Why an item is in a corpus, or out: what the build decided, what was taken out since, what would be decided now."""

from dataclasses import asdict

from demur.cli.workspace import Workspace
from demur.corpus.explain import ItemHistory, author_of, explain_item
from demur.kernel.clock import timestamp
from demur.keys.subjects import item_key
from demur.policy.explain import Explanation
from demur.register.accesses import Reader, note_access


def look_up_item(workspace: Workspace, item: str, corpus: str, reader: Reader) -> ItemHistory:
    """Return the history of one item in a corpus; it is written down as a read of its author's record.

    Raises:
        CorpusMissingError: there is no such corpus.
        ItemUnknownError: the build read no such item.
        RegisterUnavailableError: the read cannot be written down.
    """
    folder, key = workspace.corpus(corpus), item_key(workspace.keyring, item)
    sources, trust, keyring = workspace.sources(), workspace.trusted_keys, workspace.keyring
    history = explain_item(folder, key, trust=trust, ruleset=workspace.ruleset, sources=sources, keyring=keyring)
    author = author_of(folder, key, history, trust=trust, sources=sources)
    with workspace.open_log() as register:
        note_access(register, author, reader, at=workspace.clock.now())
    return history


def summarise_item(history: ItemHistory) -> dict[str, object]:
    """Return the history of one item as one JSON object."""
    now = history.now
    return {
        "decision": history.decision,
        "reason": history.reason,
        "split": history.split,
        "line": history.line,
        "row": history.row,
        "removed_by": history.removed_by,
        "removal_reason": history.removal_reason,
        "now": now and asdict(now),
    }


def tell_item(item: str, corpus: str, history: ItemHistory) -> list[str]:
    """Return the history of one item as lines for a person."""
    lines = [
        f"item {item} in corpus {corpus}",
        f"  at the build   {history.decision}: {history.reason}   ({history.split}, line {history.line})",
    ]
    if history.row is not None:
        lines.append(f"  row            {history.row}")
    if history.removed_by is not None:
        lines.append(f"  taken out by   Removals version {history.removed_by}: {history.removal_reason}")
    if history.now is None:
        return [*lines, "  now            its source cannot be read any more"]
    return [*lines, *_tell_now(history.now)]


def _tell_now(now: Explanation) -> list[str]:
    content = "" if now.is_content_known else "   (as far as facts go: its text was not looked at)"
    passed = len(now.evaluated) - 1
    return [
        f"  now            {now.decision}: {now.reason}{content}",
        f"                 {now.sentence} ({now.law})",
        f"  rules tried    {passed} did not hit, number {passed + 1} did",
        f"  log position   {now.log_size}, as of {timestamp(now.as_of)}",
        f"  ruleset        {now.ruleset} {now.version}, digest {now.digest[:16]}...",
        "  facts",
        *(f"    {name:<26} {'unknown' if value is None else value}" for name, value in now.facts.items()),
    ]
