"""``demur effectiveness``: whether the right to object works, by the figures that the console shows as well."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.output import print_json, print_lines, print_table
from demur.cli.roles import check_role
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import timestamp
from demur.register.store import Register
from demur.web.checks import keep_persistence, keep_sample
from demur.web.effectiveness import describe_effectiveness, read_effectiveness, veil
from demur.web.metric_values import Figure, Unit

_COMMON = Common()
_MISSED = 1


def effectiveness(
    *,
    battery: Annotated[bool, Parameter(negative="")] = False,
    sample: Annotated[bool, Parameter(negative="")] = False,
    common: Annotated[Common, Parameter(name="*")] = _COMMON,
) -> int:
    """Tell whether the right to object works: sixteen metrics, each with what is demanded of it and whether it is met.

    Every figure is computed from the register and the signed documents of corpora and runs; what this installation
    cannot compute says why. Exit status 1 when a demand is not met.

    Args:
        battery: First try on invented people, in a folder of its own, whether objections outlive renaming, making an
            account anew, a restore and new keys, and keep the result for MET-16; for operators.
        sample: First decide some items of each corpus that it left out once more, by other rules in SQL (DuckDB), and
            keep the result for MET-15; for operators.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    if battery:
        check_role(workspace.role, "effectiveness --battery")
    if sample:
        check_role(workspace.role, "effectiveness --sample")
    with workspace.open_log() as register:
        if battery:
            _try_persistence(register, at=workspace.clock.now())
        if sample:
            _ask_again(workspace, register)
        told = read_effectiveness(
            register,
            corpora=workspace.corpora,
            runs=workspace.runs,
            verifier=workspace.trusted_keys.documents,
            settings=workspace.ruleset.settings,
            at=workspace.clock.now(),
        )
    shown = told if workspace.role.sees_small_counts else veil(told)
    if common.json:
        print_json({"at": timestamp(shown.at), "metrics": describe_effectiveness(shown)})
    else:
        rows = [
            (
                metric.text.code,
                metric.text.name,
                metric.state.value.replace("_", " "),
                metric.text.gate,
                ", ".join(map(_tell_figure, metric.figures)),
            )
            for metric in shown.metrics
        ]
        print_table("Effectiveness of the right to object", ("metric", "name", "state", "demanded", "figures"), rows)
        print_lines(*(f"{metric.text.code}: {metric.why}" for metric in shown.metrics if metric.why))
        taken = ((metric.text.code, metric.taken) for metric in shown.metrics if metric.taken)
        print_lines(*(f"{code}: measured on {when.on}, version {when.version}" for code, when in taken))
    return 0 if told.is_met else _MISSED


def _try_persistence(register: Register, *, at: datetime) -> None:
    from demur.testing.persistence import run_battery  # noqa: PLC0415 -- slow import

    with tempfile.TemporaryDirectory(prefix="demur-battery-") as name:
        found = run_battery(Path(name), at=at - timedelta(days=7))
    keep_persistence(register, {trial.value: holds for trial, holds in found.items()}, on=at.date())


def _ask_again(workspace: Workspace, register: Register) -> None:
    from demur.testing.second_opinion import ask_again  # noqa: PLC0415 -- optional dependency

    keyring, sources = workspace.keyring, workspace.sources()
    found = [
        ask_again(workspace.corpora / name, keyring=keyring, ruleset=workspace.ruleset, sources=sources)
        for name in workspace.corpus_names()
    ]
    keep_sample(
        register,
        sampled=sum(one.sampled for one in found),
        without_cause=sum(one.without_cause for one in found),
        on=workspace.clock.now().date(),
    )


def _tell_figure(figure: Figure) -> str:
    return f"{figure.label} {_tell_value(figure)}"


def _tell_value(figure: Figure) -> str:
    value = figure.value
    if value is None:
        return "-"
    if figure.unit is Unit.SHARE:
        return f"{int(value * 1_000) / 10} %"  # down, so that what is not quite all never reads as all
    told = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
    return told + {Unit.SECONDS: " s", Unit.DAYS: " d"}.get(figure.unit, "")
