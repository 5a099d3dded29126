"""Whether a run may start now: the facts that the gate at the start asks for, from the corpus and the register."""

from datetime import datetime

import polars as pl

from demur.cli.errors import RunStoppedError
from demur.cli.workspace import Workspace
from demur.corpus.apply import current_snapshot
from demur.corpus.layout import CorpusLayout
from demur.exchange.removals import open_heartbeat
from demur.exchange.snapshot import read_snapshot
from demur.keys.notes import Verifier
from demur.policy.runs import RunStart, decide_run
from demur.policy.settings import Settings
from demur.policy.verdicts import GateDecisionWord
from demur.register.queries import read_objections
from demur.register.suspensions import Suspension, read_running


def refuse_stopped(workspace: Workspace, layout: CorpusLayout, run_id: str) -> None:
    """Refuse to start a run that the rules stop.

    Raises:
        RunStoppedError: with the reason, and what has to be done first.
    """
    decision = decide_run(gather_start(workspace, layout, run_id), workspace.ruleset.settings)
    if decision.decision is GateDecisionWord.STOP:
        message = f"the run may not start: {decision.reason}"
        raise RunStoppedError(message, hint=f"What this asks for: {'; '.join(decision.duties)}.")


def gather_start(workspace: Workspace, layout: CorpusLayout, run_id: str) -> RunStart:
    """Return what the gate at the start asks about a run on a corpus."""
    settings = workspace.ruleset.settings
    _, facts = read_snapshot(current_snapshot(layout), workspace.trusted_keys.documents)
    with workspace.open_log() as register:
        running = read_running(register)
        with register.reading() as connection:
            newest = read_objections(connection)["received_at"].max()
    return RunStart(
        run=run_id,
        now=workspace.clock.now(),
        is_processing_active=all(stop.stops != Suspension() for stop in running),
        is_relaunch=settings.relaunched_at is not None,
        proven_versions=_proven_versions(facts.notices, settings),
        reconciled_at=_reconciled_at(layout, workspace.trusted_keys.documents),
        snapshot_at=facts.as_of,
        newest_objection_at=newest if isinstance(newest, datetime) else None,
    )


def _proven_versions(notices: pl.DataFrame, settings: Settings) -> frozenset[str]:
    since = settings.relaunched_at
    counted = notices if since is None else notices.filter(pl.col("proven_at") >= since)
    return frozenset(counted["version"].drop_nulls())


def _reconciled_at(layout: CorpusLayout, verifier: Verifier) -> datetime | None:
    try:
        return open_heartbeat(layout.heartbeat.read_bytes(), verifier).at
    except FileNotFoundError:
        return None
