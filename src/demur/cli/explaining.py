"""``demur explain``: why an item is in a corpus, or out."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common
from demur.corpus.explain import ItemHistory, explain_item
from demur.kernel.clock import timestamp
from demur.keys.subjects import item_key

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


def explain(item: str, *, corpus: str, common: _Common = _COMMON) -> None:
    """Say why an item is in a corpus, or out, with the facts, the log position and the rules.

    Args:
        item: The item's id on the platform.
        corpus: The corpus.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    history = explain_item(
        workspace.corpus(corpus),
        item_key(workspace.keyring, item),
        trust=workspace.trusted_keys,
        ruleset=workspace.ruleset,
        sources=workspace.sources(),
    )
    if common.json:
        print_json(_describe(history))
    else:
        print_lines(*_tell(item, corpus, history))


def _describe(history: ItemHistory) -> dict[str, object]:
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


def _tell(item: str, corpus: str, history: ItemHistory) -> list[str]:
    lines = [
        f"item {item} in corpus {corpus}",
        f"  at the build   {history.decision}: {history.reason}   ({history.split}, line {history.line})",
    ]
    if history.row is not None:
        lines.append(f"  row            {history.row}")
    if history.removed_by is not None:
        lines.append(f"  taken out by   Removals version {history.removed_by}: {history.removal_reason}")
    now = history.now
    if now is None:
        return [*lines, "  now            its source cannot be read any more"]
    content = "" if now.is_content_known else "   (as far as facts go: its text was not looked at)"
    return [
        *lines,
        f"  now            {now.decision}: {now.reason}{content}",
        f"                 {now.sentence} ({now.law})",
        f"  log position   {now.log_size}, as of {timestamp(now.as_of)}",
        f"  ruleset        {now.ruleset} {now.version}, digest {now.digest[:16]}...",
        "  facts",
        *(f"    {name:<22} {'unknown' if value is None else value}" for name, value in now.facts.items()),
    ]
