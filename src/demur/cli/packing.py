"""Collect what goes into a pack from the log, the corpora and the runs of one installation."""

from collections.abc import Sequence
from pathlib import Path

from demur.cli.workspace import Workspace
from demur.corpus.disclosure import disclose
from demur.evidence.pack import PackContents
from demur.ledger.checkpoint import open_checkpoint
from demur.ledger.tiles import TileStore
from demur.training.record import read_run_record

_RUN_DOCUMENTS = ("run-record", "audit-report")
_SUFFIXES = (".json", ".note", ".tlog-proof")


def collect(workspace: Workspace, corpora: Sequence[str], runs: Sequence[Path]) -> PackContents:
    """Read the documents first and the log last, so that its head covers every entry that they name."""
    with workspace.open_log():
        pass  # Opening heals the published log after a crash between commit and publication.
    described = {
        workspace.corpus(name).name: disclose(workspace.corpus(name), trust=workspace.trusted_keys) for name in corpora
    }
    described_runs = {run.name: _documents(run) for run in runs}
    tiles = TileStore(workspace.log_folder)
    # One reading of the head: another process may publish a newer one at any time.
    head = tiles.checkpoint_note() or ""
    size = open_checkpoint(head, workspace.trusted_keys.log).size if head else 0
    return PackContents(
        checkpoint=head, leaves=tuple(tiles.read_entries(0, size)), corpora=described, runs=described_runs
    )


def _documents(run: Path) -> dict[str, bytes]:
    read_run_record(run)  # A run that is named and not finished is an error, not a pack without it.
    files = [run / f"{name}{suffix}" for name in _RUN_DOCUMENTS for suffix in _SUFFIXES]
    return {file.name: file.read_bytes() for file in files if file.exists()}
