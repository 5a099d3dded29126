"""``demur explain``: why an item is in a corpus or out, what holds for an account, whether a run may start."""

from pathlib import Path
from typing import Annotated

from cyclopts import ArgumentCollection, Group, Parameter

from demur.cli.errors import NothingNamedError
from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


def _check_one_is_named(named: ArgumentCollection) -> None:
    if len(named.filter_by(value_set=True)) != 1:
        message = "Name one thing to explain: ITEM with --corpus, --objection ACCOUNT, or --run FOLDER."
        raise ValueError(message)


_Asked = Parameter(group=Group("What to explain", validator=_check_one_is_named))


def explain(
    item: Annotated[str | None, _Asked] = None,
    *,
    objection: Annotated[str | None, _Asked] = None,
    run: Annotated[Path | None, _Asked] = None,
    corpus: str | None = None,
    reason: str | None = None,
    common: _Common = _COMMON,
) -> None:
    """Say why an item is in a corpus, or out, with the facts, the log position and the rules.

    Or say what the register knows of an account: whether an objection covers it, what was decided on it and why, and by
    which day it is answered. Or say whether a training run might start as its corpus stands now, and if not, what has
    to be done first.

    The first two are written down as reads of a person's record, before they are answered.

    Args:
        item: An item's id on the platform; --corpus names the corpus.
        objection: An account's id on the platform.
        run: The folder of a training run, finished or not.
        corpus: The corpus of the item; for a run, where it is not among the corpora of the configuration.
        reason: Why you ask about an item or an account; its person can be told. Name nobody in it.
        common: Options that every command shares.
    """
    if item is not None:
        _explain_item(item, corpus, common, reason)
    elif objection is not None:
        _explain_objection(objection, common, reason)
    elif run is not None:
        _explain_run(run, corpus, common)


def _explain_objection(account: str, common: Common, reason: str | None) -> None:
    from demur.cli import explaining_objections as objections  # noqa: PLC0415 -- command dispatch

    workspace = common.workspace()
    found = objections.look_up_objection(workspace, account, workspace.reader("--objection", reason=reason))
    if common.json:
        print_json(objections.summarise_objection(found))
    else:
        print_lines(*objections.tell_objection(found))


def _explain_run(run: Path, corpus: str | None, common: Common) -> None:
    from demur.cli import explaining_runs as runs  # noqa: PLC0415 -- command dispatch

    workspace = common.workspace()
    found = runs.look_up_run(workspace, run, corpus)
    # When the newest objection came is about one person, and so are few rows that left.
    told = found if workspace.role.sees_small_counts else runs.veil(found)
    if common.json:
        print_json(runs.summarise_run(told))
    else:
        print_lines(*runs.tell_run(told))


def _explain_item(item: str, corpus: str | None, common: Common, reason: str | None) -> None:
    from demur.cli import explaining_items as items  # noqa: PLC0415 -- command dispatch

    if corpus is None:
        message = "no corpus was named"
        raise NothingNamedError(message, hint="Name the one that the item is in, or out of: --corpus NAME")
    workspace = common.workspace()
    found = items.look_up_item(workspace, item, corpus, workspace.reader("ITEM", reason=reason))
    if common.json:
        print_json(items.summarise_item(found))
    else:
        print_lines(*items.tell_item(item, corpus, found))
