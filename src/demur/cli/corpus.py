"""``demur build``, ``apply``, ``purge``, ``explain`` and ``export``: corpora from building to handing out."""

from dataclasses import asdict
from datetime import timedelta
from operator import itemgetter
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.output import print_json, print_lines, print_table, show_progress
from demur.cli.reconciling import bring_up_to_date
from demur.cli.workspace import Common
from demur.corpus.build import BuildResult, build
from demur.corpus.explain import ItemHistory, explain_item
from demur.corpus.export import ExportFormat, export
from demur.corpus.gate import open_corpus
from demur.corpus.plan import BuildPlan, OnBadInput
from demur.corpus.purge import purge
from demur.engines.engine import Engine
from demur.engines.local import LocalEngine
from demur.engines.processes import ProcessEngine
from demur.kernel.clock import timestamp
from demur.keys.subjects import item_key

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_LEFT_OUT = 1


def build_corpus(
    name: str,
    *,
    snapshot: Path | None = None,
    in_flight: int = 1,
    strict: Annotated[bool, Parameter(negative="")] = False,
    common: _Common = _COMMON,
) -> int:
    """Build a corpus from the sources of the configuration and a snapshot of the register.

    A build that was stopped goes on where it was when the same command runs again, to the same bytes. Exit status 1
    means that the corpus was built and some input was left out: `rejected.jsonl` names file, line and reason.

    Args:
        name: The corpus's name; it becomes a folder below the corpora.
        snapshot: The snapshot to decide by; the newest one when none is named.
        in_flight: Partitions at work at the same time; it changes no byte of the corpus.
        strict: Stop at the first row or file that cannot be used.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    engine: Engine = ProcessEngine(in_flight) if in_flight > 1 else LocalEngine()
    plan = BuildPlan(
        name=name,
        platform=workspace.configuration.platform.name,
        root=workspace.root,
        sources=workspace.configuration.sources,
        snapshot=snapshot or workspace.newest_snapshot(),
        ruleset=workspace.ruleset,
        partitions=workspace.configuration.build.partitions,
        suppressions=workspace.suppressions(),
        on_bad_input=OnBadInput.STOP if strict else OnBadInput.REPORT,
    )
    with workspace.open_register() as register, show_progress() as report:
        result = build(
            plan,
            out=workspace.corpora,
            keyring=workspace.keyring,
            log=register,
            engine=engine,
            clock=workspace.clock,
            progress=lambda event: report(event.stage, event.done, event.total),
        )
    _print_build(common, result)
    return _LEFT_OUT if result.manifest.rows_rejected or result.rejected_splits else 0


def apply(name: str, *, snapshot: Path | None = None, common: _Common = _COMMON) -> None:
    """Bring a corpus up to the register: rows that are no longer eligible are gone for every reader at once.

    Args:
        name: The corpus.
        snapshot: A snapshot to apply; without it the register is read now.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    result = bring_up_to_date(workspace, workspace.corpus(name), snapshot)
    if common.json:
        print_json(
            {
                "corpus": name,
                "removals_version": result.version,
                "removed": result.removed,
                "reasons": result.reasons,
                "removed_in_all": result.removed_in_all,
                "log_size": result.log_size,
            }
        )
        return
    print_lines(
        f"{name}: {result.removed:,} rows taken out now, {result.removed_in_all:,} in all; "
        f"Removals version {result.version}, log size {result.log_size}"
    )
    if result.reasons:
        print_table("Why", ("reason", "rows"), sorted(result.reasons.items()))


def purge_corpus(name: str, *, common: _Common = _COMMON) -> None:
    """Rewrite the shards that hold removed rows, physically without their content, and record it.

    Args:
        name: The corpus.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_register() as register:
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
        *(f"left out: {split}" for split in result.rejected_splits),
    )
    if manifest.rows_rejected:
        print_lines(f"rejected rows, each with its reason: {result.folder / 'rejected.jsonl'}")


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
