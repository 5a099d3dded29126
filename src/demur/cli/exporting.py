"""``demur export``: the rows that may be read now, for a named recipient."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common
from demur.corpus.export import ExportFormat, export
from demur.corpus.gate import open_corpus

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


def export_corpus(
    name: str, *, to: ExportFormat, out: Path, recipient: str, max_age_seconds: int = 60, common: _Common = _COMMON
) -> None:
    """Write the rows that may be read now to one file for a named recipient.

    Args:
        name: The corpus.
        to: The form of the file.
        out: The file to write; one that exists is not overwritten.
        recipient: Who gets it; recorded beside the file.
        max_age_seconds: How long ago the corpus may have been brought up to the register.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    allowed = timedelta(seconds=max_age_seconds)
    corpus = open_corpus(workspace.corpus(name), trust=workspace.trusted_keys, max_heartbeat_age=allowed)
    result = export(corpus, out, form=to, recipient=recipient)
    if common.json:
        print_json({"rows": result.rows, "removals_version": result.removals_version, "record": result.record})
    else:
        print_lines(f"{out}: {result.rows:,} rows at Removals version {result.removals_version}; see {result.record}")
