"""``demur build``: a corpus from the sources of the configuration and a snapshot of the register."""

from contextlib import AbstractContextManager, nullcontext
from operator import itemgetter
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.detecting import plan_detectors
from demur.cli.output import print_json, print_lines, print_table, show_progress, tell_count, tell_total
from demur.cli.plans import PlanFile, choose_sources, read_plan
from demur.cli.workspace import Common, Workspace
from demur.corpus.build import BuildResult, build
from demur.corpus.plan import BuildPlan, OnBadInput
from demur.engines.engine import Engine
from demur.engines.local import LocalEngine
from demur.engines.processes import ProcessEngine
from demur.kernel.small_counts import show_count, show_counts
from demur.kernel.words import Decision, ReasonCode

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_LEFT_OUT = 1


def build_corpus(
    plan: str,
    *,
    source: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    snapshot: Path | None = None,
    in_flight: int = 1,
    strict: Annotated[bool, Parameter(negative="")] = False,
    common: _Common = _COMMON,
) -> int:
    """Build a corpus from the sources of the configuration and a snapshot of the register.

    A build that was stopped goes on where it was when the same command runs again, to the same bytes. Exit status 1
    means that the corpus was built and some input was left out: `rejected.jsonl` names file, line and reason.

    Args:
        plan: The corpus's name, which becomes a folder below the corpora; or a plan file that ends in `.toml`.
        source: Names of sources to read; all of the plan, or of the configuration, when none is named.
        snapshot: The snapshot to decide by; the newest one when none is named.
        in_flight: Partitions at work at the same time; it changes no byte of the corpus.
        strict: Stop at the first row or file that cannot be used.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    wanted = read_plan(Path(plan)) if plan.endswith(".toml") else PlanFile(name=plan)
    checked = BuildPlan(
        name=wanted.name,
        platform=workspace.configuration.platform.name,
        root=workspace.root,
        sources=choose_sources(workspace.configuration.sources, source or wanted.sources),
        snapshot=_choose_snapshot(workspace, snapshot, wanted),
        ruleset=workspace.ruleset,
        partitions=wanted.partitions or workspace.configuration.build.partitions,
        suppressions=workspace.suppressions(),
        detectors=plan_detectors(workspace.configuration.filters, workspace.root),
        on_bad_input=OnBadInput.STOP if strict or wanted.strict else OnBadInput.REPORT,
    )
    with _engine(in_flight) as engine, workspace.open_log() as register, show_progress() as report:
        result = build(
            checked,
            out=workspace.corpora,
            keyring=workspace.keyring,
            log=register,
            engine=engine,
            clock=workspace.clock,
            progress=lambda event: report(event.stage, event.done, event.total),
        )
    if workspace.role.sees_small_counts:
        _print_build(common, result)
    else:
        _print_veiled(common, result)
    return _LEFT_OUT if result.manifest.rows_rejected or result.rejected_splits else 0


def _engine(in_flight: int) -> AbstractContextManager[Engine]:
    return ProcessEngine(in_flight) if in_flight > 1 else nullcontext(LocalEngine())


def _choose_snapshot(workspace: Workspace, named: Path | None, plan: PlanFile) -> Path:
    if named is None and plan.snapshot is None:
        return workspace.newest_snapshot()
    return named or Path(plan.snapshot or "")


def _print_build(common: Common, result: BuildResult) -> None:
    manifest = result.manifest
    if common.json:
        print_json(
            {
                "corpus": manifest.name,
                "rows_read": manifest.rows_read,
                "rows_decided": manifest.rows_decided,
                "rows_rejected": manifest.rows_rejected,
                "rejected_splits": len(result.rejected_splits),
                "decisions": manifest.decisions,
                "reasons": manifest.reasons,
                "cuts": manifest.cuts,
                "pictures_left_out": manifest.pictures_left_out,
                "shards": len(manifest.shards),
                "manifest": result.digest.hex(),
                "log_size": manifest.log_size,
            }
        )
        return
    print_table(
        f"Corpus {manifest.name}: why items are in or out",
        ("reason", "items"),
        sorted(manifest.reasons.items(), key=itemgetter(1), reverse=True),
    )
    print_lines(
        f"{manifest.rows_read:,} rows read = {manifest.rows_decided:,} decided + {manifest.rows_rejected:,} rejected",
        f"{manifest.decisions.get('include', 0):,} in {len(manifest.shards)} shards; "
        f"{sum(manifest.cuts.values()):,} identifiers cut; {manifest.pictures_left_out:,} pictures left out",
        f"{result.folder}: manifest {result.digest.hex()[:16]}..., log size {manifest.log_size}",
        *(f"left out: {split.message} [{split.code}]" for split in result.rejected_splits),
    )
    if manifest.rows_rejected:
        print_lines(f"rejected rows, each with its reason: {result.folder / 'rejected.jsonl'}")


def _print_veiled(common: Common, result: BuildResult) -> None:
    """Print a build for those who must not learn of single people: no small count, and no sum to subtract from.

    How many items are in, shards and exports show anyhow; how many were eligible unchanged is withheld with the small
    counts, because the two together would tell how many were cut for a reason.
    """
    manifest = result.manifest
    let_in = sum(manifest.decisions.get(decision, 0) for decision in (Decision.INCLUDE, Decision.REDACT))
    reasons = {
        reason.value: show_count(manifest.reasons.get(reason, 0))
        for reason in ReasonCode
        if reason is not ReasonCode.ELIGIBLE
    }
    cuts = show_counts(manifest.cuts)
    if common.json:
        print_json(
            {
                "corpus": manifest.name,
                "rows_read": None,
                "rows_decided": None,
                "rows_rejected": manifest.rows_rejected,
                "rejected_splits": len(result.rejected_splits),
                "decisions": {"let_in": let_in},
                "reasons": reasons,
                "cuts": cuts.counts,
                "pictures_left_out": show_count(manifest.pictures_left_out),
                "shards": len(manifest.shards),
                "manifest": result.digest.hex(),
                "log_size": manifest.log_size,
            }
        )
        return
    shown = [(reason, count) for reason, count in reasons.items() if count is not None]
    print_table(f"Corpus {manifest.name}: why items are out, or cut", ("reason", "items"), shown)
    print_lines(
        "every other reason: fewer than 10 items",
        f"{let_in:,} in {len(manifest.shards)} shards; {manifest.rows_rejected:,} rows rejected; "
        f"{tell_total(cuts.total)} identifiers cut; {tell_count(show_count(manifest.pictures_left_out))} pictures left "
        "out",
        f"{result.folder}: manifest {result.digest.hex()[:16]}..., log size {manifest.log_size}",
        *(f"left out: {split.message} [{split.code}]" for split in result.rejected_splits),
    )
