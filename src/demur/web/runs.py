"""Trained models at a glance, from their signed documents and those of their corpora: audits, exposures, retraining.

A run's documents tell which versions of Removals it read under, not which rows; so what it read before an objection is
counted from above: every row that an objection took out after the run had begun (REQUIREMENTS TIM-5, TIM-10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from demur.corpus.overview import CorpusOverview
from demur.exchange.documents import read_document
from demur.exchange.removals import Removals
from demur.exchange.runs import AuditReport, RunRecord
from demur.kernel.clock import parse_timestamp
from demur.kernel.errors import DemurError
from demur.kernel.words import ReasonCode, Verdict
from demur.keys.notes import Verifier
from demur.policy.models import TrainedModel, decide_model, overdue_records
from demur.policy.settings import Settings

# The reasons by which an objection, and nothing else, takes a row out.
OBJECTED = frozenset(
    {
        ReasonCode.FREEDOM_OF_INFORMATION,
        ReasonCode.THIRD_PARTY_OBJECTION,
        ReasonCode.DERIVED_FROM_OBJECTED,
        ReasonCode.OWN_OBJECTION,
        ReasonCode.LINKED_ACCOUNT_OBJECTION,
        ReasonCode.SAME_PERSON_OBJECTION,
        ReasonCode.DEPICTS_OBJECTOR,
        ReasonCode.CONTAINS_OBJECTED_CONTENT,
        ReasonCode.MENTIONS_OBJECTOR,
    }
)
RECORD, _REPORT = "run-record", "audit-report"
_LEAK = "ledger-leak"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOverview:
    """One finished run.

    Attributes:
        name: its folder.
        corpus: the name of the corpus that it read; None when that is not among the corpora here.
        verdict: of the audit of exactly these weights; None without one.
        leaks: rows that the ledger shows delivered after they were taken out, as that audit counted them.
        exposed: rows that it may have read and that an objection took out afterwards; None when the corpus is not here.
        retrain_by: the day by which it is retrained or retired without them; None while there are none.
        is_overdue: that day is over, and no later run read a corpus without those rows.
    """

    name: str
    record: RunRecord
    corpus: str | None
    verdict: Verdict | None
    leaks: int | None
    exposed: int | None
    retrain_by: date | None
    is_overdue: bool


def run_folders(runs: Path) -> list[Path]:
    """Return the folders of all finished runs below one, by name."""
    return sorted(path.parent for path in runs.glob(f"*/{RECORD}.note"))


def look_over_runs(
    folders: Sequence[Path],
    corpora: Mapping[str, CorpusOverview],
    verifier: Verifier,
    settings: Settings,
    *,
    at: datetime,
) -> tuple[tuple[RunOverview, ...], tuple[tuple[str, DemurError | OSError], ...]]:
    """Read runs at a glance; return also those that cannot be read, by their folders, with the errors.

    Args:
        corpora: those that are here, by the digest of their first manifest.
    """
    read: list[tuple[str, RunRecord, AuditReport | None]] = []
    failed: list[tuple[str, DemurError | OSError]] = []
    for folder in folders:
        try:
            record = read_document(folder / RECORD, RunRecord, verifier)
            read.append((folder.name, record, _read_report(folder, record, verifier)))
        except (DemurError, OSError) as error:  # recorded: whoever asks shows it, and nothing goes on with the run
            failed.append((folder.name, error))
    every = [record for _, record, _ in read]
    seen = (
        _look_over(name, record, report, every, corpora, settings, today=at.date()) for name, record, report in read
    )
    return tuple(seen), tuple(failed)


def _look_over(
    name: str,
    record: RunRecord,
    report: AuditReport | None,
    every: Sequence[RunRecord],
    corpora: Mapping[str, CorpusOverview],
    settings: Settings,
    *,
    today: date,
) -> RunOverview:
    corpus = corpora.get(record.corpus.manifest)
    later = [] if corpus is None else [each for each in corpus.removals if _is_exposing(each, record)]
    trained = TrainedModel(
        model=name, objected={f"removals {each.version}": parse_timestamp(each.as_of) for each in later}
    )
    records = decide_model(trained, settings).records
    is_replaced = bool(later) and any(_has_left_out(other, later[-1], corpora) for other in every)
    return RunOverview(
        name=name,
        record=record,
        corpus=None if corpus is None else corpus.name,
        verdict=None if report is None else Verdict(report.verdict),
        leaks=None if report is None else _leaks(report),
        exposed=None if corpus is None else sum(map(_objected_rows, later)),
        retrain_by=min((each.retrain_by for each in records), default=None),
        is_overdue=bool(overdue_records(records, today=today)) and not is_replaced,
    )


def _read_report(folder: Path, record: RunRecord, verifier: Verifier) -> AuditReport | None:
    """Return the audit of exactly these weights; that of others does not count (REQUIREMENTS MEM-4)."""
    if not (folder / _REPORT).with_suffix(".note").exists():
        return None
    report = read_document(folder / _REPORT, AuditReport, verifier)
    return report if report.weights_digest == record.weights_digest else None


def _leaks(report: AuditReport) -> int | None:
    counted = [int(float(metric.value)) for metric in report.metrics if metric.name == _LEAK]
    return counted[0] if counted else None


def _objected_rows(version: Removals) -> int:
    return sum(rows for reason, rows in version.reasons.items() if reason in OBJECTED)


def _is_exposing(version: Removals, record: RunRecord) -> bool:
    return version.version > record.first_version and _objected_rows(version) > 0


def _has_left_out(other: RunRecord, version: Removals, corpora: Mapping[str, CorpusOverview]) -> bool:
    """Tell whether a run began when a version of Removals held, or read a corpus that was built after it."""
    if other.corpus.corpus_id == version.corpus_id:
        return other.first_version >= version.version
    corpus = corpora.get(other.corpus.manifest)
    return corpus is not None and corpus.manifest.log_size >= version.log_size
