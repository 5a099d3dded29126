"""Running decision cases with the filters of the builder, and telling what differs to a person or a program.

A case is invented by whoever wrote it, so what its texts still hold may be printed.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree as ET

import polars as pl

from demur.cli.output import print_lines, print_table
from demur.corpus.judging import is_empty
from demur.filters.text import redact
from demur.policy.answers import Answer
from demur.policy.case_content import TextTools
from demur.policy.case_format import Case
from demur.policy.cases import CaseDifference, CaseReport, UnsupportedCase, run_cases
from demur.policy.errors import RulesetSettingError
from demur.policy.ruleset import Ruleset

# XML 1.0 section 2.2: no other character may stand in a document, not even as a reference.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_Outcome: TypeAlias = CaseDifference | UnsupportedCase | None
_PLACES = {True: "in the corpus", False: "not in the corpus", "redacted": "in the corpus with parts cut"}


def run_with_filters(files: Sequence[Path], ruleset: Ruleset) -> CaseReport:
    """Answer the cases of some files with the filters that cut identifiers in a build.

    Raises:
        CaseInvalidError: a case is not in the format; the message names the file, the line and the field.
    """
    return run_cases(files, ruleset, tools=TextTools(clean=_clean, is_empty=is_empty))


def _clean(texts: pl.Series, languages: pl.Series) -> pl.Series:
    return redact(texts, languages).texts


def read_settings(words: Iterable[str]) -> dict[str, object]:
    """Read settings as they are typed, ``name=value``; a value that is none in TOML is text.

    Raises:
        RulesetSettingError: there is no name, or no value.
    """
    return dict(map(_read_setting, words))


def _read_setting(word: str) -> tuple[str, object]:
    name, equals, text = word.partition("=")
    if not name.strip() or not equals:
        message = f"{word!r} is no setting with a value"
        raise RulesetSettingError(message, hint="Write name=value, for example --set notice_days=14.")
    return name.strip(), _read_value(text.strip())


def _read_value(text: str) -> object:
    try:
        table = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    value = table.pop("value")
    # What TOML takes for a day is the name of a notice, such as 2025-04-14.
    is_value = not table and isinstance(value, bool | int | float | str | list)
    return value if is_value else text


def summarise_report(report: CaseReport) -> dict[str, object]:
    """Return what running cases showed as one JSON object."""
    return {
        "agree": len(report.agree),
        "differ": [_summarise(case) for case in report.differ],
        "leaks": len(report.leaks),
        "unsupported": [{"id": case.id, "needs": list(case.needs)} for case in report.unsupported],
        "by_group": {
            name: {"agree": group.agree, "differ": group.differ, "unsupported": group.unsupported}
            for name, group in report.groups.items()
        },
    }


def _summarise(case: CaseDifference) -> dict[str, object]:
    answers = {"expected": case.expected, "got": case.got}
    told = {
        side: {"decision": answer.decision, "reason": answer.reason, "in_corpus": answer.in_corpus}
        for side, answer in answers.items()
    }
    return {"id": case.id, **told, "texts": list(case.texts)}


def print_report(report: CaseReport) -> None:
    """Print what differs as a person reads it, then the counts."""
    for case in report.differ:
        print_lines(*_tell_difference(case), "")
    groups = [(name, g.agree, g.differ, g.unsupported) for name, g in report.groups.items()]
    print_table("Cases by group", ("group", "agree", "differ", "not supported"), groups)
    if report.unsupported:
        waiting = [(case.group, case.id, ", ".join(case.needs)) for case in report.unsupported]
        print_table("Not supported", ("group", "case", "needs"), sorted(waiting))
    print_lines(
        f"{len(report.agree)} agree, {len(report.differ)} differ ({len(report.leaks)} leaks), "
        f"{len(report.unsupported)} not supported"
    )


def _tell_difference(case: CaseDifference) -> list[str]:
    leak = "   LEAK: let in, and should not be" if case.is_leak else ""
    return [
        _on_one_line(f"{case.id} ({case.group}): {case.situation}"),
        f"  - expected  {_tell(case.expected)}",
        f"  + decided   {_tell(case.got)}{leak}",
        *(f"  ! {_on_one_line(text)}" for text in case.texts),
    ]


def _tell(answer: Answer) -> str:
    place = "" if answer.in_corpus is None else f", {_PLACES.get(answer.in_corpus, answer.in_corpus)}"
    return _on_one_line(f"{answer.decision}: {answer.reason}{place}")


def _on_one_line(text: str) -> str:
    """Return a text of a case without what would break the line or steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def junit_report(report: CaseReport, ruleset: Ruleset) -> bytes:
    """Return what running cases showed as JUnit XML: a suite for each group, a test case for each case.

    The same cases and rules give the same bytes: it holds no clock and no host.
    """
    root = ET.Element("testsuites", {"name": "demur policy test", **_count(_outcomes(report))})
    for group in report.groups:
        outcomes = [(case, outcome) for case, outcome in _outcomes(report) if case.group == group]
        suite = ET.SubElement(root, "testsuite", {"name": _printable(group), **_count(outcomes)})
        _add_properties(suite, ruleset)
        for case, outcome in outcomes:
            _add_case(suite, case, outcome)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _outcomes(report: CaseReport) -> Iterator[tuple[Case, _Outcome]]:
    """Yield every case beside what is odd about it, in the order in which they were read."""
    odd: dict[str, _Outcome] = {case.id: case for case in report.differ}
    odd |= {case.id: case for case in report.unsupported}
    return ((case, odd.get(case.id)) for case in report.cases)


def _count(outcomes: Iterable[tuple[Case, _Outcome]]) -> dict[str, str]:
    found = [outcome for _, outcome in outcomes]
    return {
        "tests": str(len(found)),
        "failures": str(sum(isinstance(outcome, CaseDifference) for outcome in found)),
        "errors": "0",
        "skipped": str(sum(isinstance(outcome, UnsupportedCase) for outcome in found)),
    }


def _add_properties(suite: ET.Element, ruleset: Ruleset) -> None:
    properties = ET.SubElement(suite, "properties")
    stated = (("ruleset", ruleset.name), ("version", ruleset.version), ("digest", ruleset.digest()))
    for name, value in stated:
        ET.SubElement(properties, "property", {"name": name, "value": _printable(value)})


def _add_case(suite: ET.Element, case: Case, outcome: _Outcome) -> None:
    name = f"{case.id}: {case.situation}" if case.situation else case.id
    element = ET.SubElement(suite, "testcase", {"classname": _printable(case.group), "name": _printable(name)})
    if isinstance(outcome, CaseDifference):
        message = f"expected {_tell(outcome.expected)}; decided {_tell(outcome.got)}"
        kind = "leak" if outcome.is_leak else "difference"
        failure = ET.SubElement(element, "failure", {"type": kind, "message": _printable(message)})
        failure.text = _printable("\n".join([*_tell_difference(outcome), case.expected.because or ""]).strip())
    elif isinstance(outcome, UnsupportedCase):
        ET.SubElement(element, "skipped", {"message": _printable(", ".join(outcome.needs))})


def _printable(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
