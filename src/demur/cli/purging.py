"""``demur purge``: shards rewritten, physically without what was removed."""

from typing import Annotated

from cyclopts import Parameter

from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common
from demur.corpus.purge import purge

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


def purge_corpus(name: str, *, common: _Common = _COMMON) -> None:
    """Rewrite the shards that hold removed rows, physically without their content, and record it.

    Args:
        name: The corpus.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_log() as register:
        result = purge(workspace.corpus(name), keyring=workspace.keyring, log=register, clock=workspace.clock)
    if common.json:
        print_json(
            {
                "corpus": name,
                "manifest_version": result.manifest_version,
                "rows_purged": result.rows_purged,
                "shards_rewritten": result.shards_rewritten,
            }
        )
    else:
        print_lines(
            f"{name}: {result.rows_purged:,} rows blanked in {result.shards_rewritten} shards; "
            f"manifest version {result.manifest_version}"
        )
