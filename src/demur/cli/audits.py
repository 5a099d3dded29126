"""``demur audit``: what a model remembers, with a verdict."""

from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from cyclopts import App, Parameter

from demur.audit.canaries import CanaryKit, read_canaries
from demur.audit.gate import load_thresholds, read_thresholds
from demur.audit.metrics import AuditProbe, CanaryProbe, Metric, RowsProbe, ledger_leak
from demur.audit.report import Audit, audit, check_weights
from demur.cli.following import bring_up_to_date
from demur.cli.models import CANARIES
from demur.cli.output import print_json, print_lines, print_table
from demur.cli.publishing import publish
from demur.cli.workspace import Common
from demur.corpus.gate import Corpus
from demur.exchange.runs import AuditReport
from demur.kernel.words import RecordKind, Verdict
from demur.training.folder import LEDGER, MODEL, read_run_plan
from demur.training.ledger import read_ledger
from demur.training.lineage import count_leaks, removal_versions
from demur.training.record import read_run_record

app = App(name="audit", help="What a model remembers, with a verdict.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_FAILED = 1


@app.command
def run(folder: Path, *, corpus: str, thresholds: str = "eu-2025", rows: int = 300, common: _Common = _COMMON) -> int:
    """Audit the model of a run; exit status 0 means pass, 1 fail or inconclusive.

    Args:
        folder: The folder of the run.
        corpus: The corpus that it read.
        thresholds: The gate: eu-2025 for a release, rehearsal for a sample platform, or a file that ends in `.toml`.
        rows: How many rows of the corpus to try to extract.
        common: Options that every command shares.
    """
    from demur.audit.scorer import load_scorer  # noqa: PLC0415 -- optional dependency

    workspace = common.workspace()
    record = read_run_record(folder)
    check_weights(folder / MODEL, record)
    gate = read_thresholds(Path(thresholds)) if thresholds.endswith(".toml") else load_thresholds(thresholds)
    bring_up_to_date(workspace, workspace.corpus(corpus))
    reader = workspace.open_corpus(corpus)
    kit = None if record["canaries"] is None else read_canaries(folder / CANARIES, record["canaries"])
    probes: list[AuditProbe] = [RowsProbe(texts=_sample(reader, rows), window=gate.extraction)]
    if kit is not None:
        probes.append(CanaryProbe(kit=kit, window=gate.extraction))
    known = [_leaks(folder, reader, kit)]
    result = audit(load_scorer(folder / MODEL), probes, gate, record=record, known=known)
    report = msgspec.convert(result.payload, AuditReport)
    publish(workspace, folder / "audit-report", report, RecordKind.AUDIT)
    _print(common, folder, result)
    return 0 if result.verdict is Verdict.PASS else _FAILED


def _sample(corpus: Corpus, rows: int) -> tuple[str, ...]:
    """Read some rows spread evenly over the corpus, through the gate."""
    ordinals = np.unique(np.linspace(0, corpus.rows - 1, num=min(rows, corpus.rows), dtype=np.int64))
    return tuple(text for text in corpus.texts(ordinals.tolist()) if text is not None)


def _leaks(folder: Path, corpus: Corpus, kit: CanaryKit | None) -> Metric:
    """Compare what the run delivered with what `Removals` and the sealed list allowed."""
    versions = removal_versions(corpus.removed_by(), () if kit is None else kit.planted().suppressed)
    check = count_leaks(read_run_plan(folder).plan, read_ledger(folder / LEDGER), versions)
    return ledger_leak(check.leaks, check.delivered)


def _print(common: Common, folder: Path, result: Audit) -> None:
    if common.json:
        print_json({"run": folder, **result.payload})
        return
    rows = [
        (metric.name, metric.level, f"{metric.value:.2f}", f"{metric.low:.2f} to {metric.high:.2f}", metric.n)
        for metric in result.metrics
    ]
    print_table("What the model remembers", ("metric", "of", "value", "90 % interval", "n"), rows)
    print_lines(
        *(f"{finding.verdict.value:<12} {finding.reason}" for finding in result.findings),
        f"verdict: {result.verdict.value} (residual risk, not anonymity)",
    )
