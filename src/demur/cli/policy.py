"""``demur policy``: read the rules, test them with cases."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import polars as pl
from cyclopts import App, Parameter

from demur.cli.errors import NothingNamedError
from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common
from demur.corpus.judging import is_empty
from demur.filters.text import redact
from demur.policy.cases import Answer, CaseReport, run_cases
from demur.policy.ruleset import load_ruleset

app = App(name="policy", help="Read the rules that decide; test them with cases.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_DIFFERS = 1
_Json = Annotated[bool, Parameter(negative="")]


@app.command
def show(*, common: _Common = _COMMON) -> None:
    """Print the ruleset as a person reads it: each rule in order, with its reason and its source in the law."""
    ruleset = common.workspace().ruleset
    settings = msgspec.to_builtins(ruleset.settings)
    if common.json:
        print_json(
            {
                "name": ruleset.name,
                "version": ruleset.version,
                "digest": ruleset.digest(),
                "settings": settings,
                "rules": [msgspec.to_builtins(rule) for rule in ruleset.rules],
            }
        )
        return
    rows = [(rule.reason.value, rule.decision.value, rule.sentence, rule.law) for rule in ruleset.rules]
    print_table(
        f"{ruleset.name} {ruleset.version}: the first rule that hits wins", ("reason", "decision", "when", "law"), rows
    )
    print_table("Settings", ("setting", "value"), [(name, str(value)) for name, value in settings.items()])


@app.command(name="test")
def run_case_files(*files: Path, ruleset: str = "eu-2025", json: _Json = False) -> int:
    """Run decision cases and print what differs; exit status 1 when anything does.

    Cases whose question or facts are not supported yet are listed by group, never skipped in silence.

    Args:
        files: Files of cases, one JSON object a line.
        ruleset: The ruleset to test.
        json: Print one JSON object and nothing else.
    """
    if not files:
        message = "no file of cases was named"
        raise NothingNamedError(message, hint="Name at least one: demur policy test cases.jsonl")
    report = run_cases(files, load_ruleset(ruleset), find_empty=_find_empty)
    if json:
        print_json(_summarise(report))
    else:
        _print_report(report)
    return _DIFFERS if report.differ else 0


def _find_empty(texts: pl.Series, languages: pl.Series) -> pl.Series:
    """Tell which texts the builder would find empty once identifiers are cut."""
    return is_empty(redact(texts, languages).texts)


def _summarise(report: CaseReport) -> dict[str, object]:
    return {
        "agree": len(report.agree),
        "differ": [
            {"id": case.id, "expected": asdict(case.expected), "got": asdict(case.got)} for case in report.differ
        ],
        "leaks": len(report.leaks),
        "unsupported": [{"id": case.id, "needs": list(case.needs)} for case in report.unsupported],
        "by_group": {name: asdict(counts) for name, counts in report.groups.items()},
    }


def _print_report(report: CaseReport) -> None:
    if report.differ:
        rows = [(case.id, case.group, _told(case.expected), _told(case.got)) for case in report.differ]
        print_table("Cases that differ", ("case", "group", "expected", "decided"), rows)
    groups = [(name, g.agree, g.differ, g.unsupported) for name, g in report.groups.items()]
    print_table("Cases by group", ("group", "agree", "differ", "not yet supported"), groups)
    if report.unsupported:
        waiting = [(case.group, case.id, ", ".join(case.needs)) for case in report.unsupported]
        print_table("Not yet supported", ("group", "case", "needs a rule for"), sorted(waiting))
    print_lines(
        f"{len(report.agree)} agree, {len(report.differ)} differ ({len(report.leaks)} leaks), "
        f"{len(report.unsupported)} not yet supported"
    )


def _told(answer: Answer) -> str:
    return f"{answer.decision}: {answer.reason}"
