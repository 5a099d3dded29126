"""Every requirement that decides something is named by a decision case or by a test."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a case cannot express is named by the test that shows it.
GROUPS = {
    "SEL": 8,
    "MIN": 8,
    "NOT": 11,
    "OBJ": 16,
    "SCO": 13,
    "TIM": 10,
    "WDR": 4,
    "SUS": 5,
    "SIG": 4,
}
# Texts, pages and documents that later parts of Demur bring: no decision depends on them.
NOT_DECIDED = {"NOT-1", "NOT-3", "OBJ-13", "OBJ-14", "OBJ-15"}
SHOWN_ELSEWHERE = {
    "SEL-7": "tests/laws/test_sharding_order_and_engine_do_not_change_a_byte.py",
    "NOT-11": "tests/unit/test_policy_runs.py",
    "TIM-3": "tests/integration/test_purge.py",
    "SIG-4": "tests/unit/test_sources_fields.py",
}


def named_by_cases() -> set[str]:
    lines = (
        line for path in sorted((ROOT / "tests" / "cases").glob("*.jsonl")) for line in path.open(encoding="utf-8")
    )
    cases = [json.loads(line) for line in lines if line.strip()]
    return {
        name for case in cases for name in re.findall(r"\b[A-Z]{3}-\d+\b", f"{case['id']} {case.get('source', '')}")
    }


def test_every_requirement_is_named_by_a_case_or_shown_by_a_test():
    required = {f"{group}-{number}" for group, count in GROUPS.items() for number in range(1, count + 1)}
    assert sorted(required - named_by_cases() - NOT_DECIDED - set(SHOWN_ELSEWHERE)) == []
    assert [path for path in SHOWN_ELSEWHERE.values() if not (ROOT / path).is_file()] == []


def test_there_are_at_least_150_cases_beside_those_of_the_first_version():
    paths = (ROOT / "tests" / "cases").glob("requirements-*.jsonl")
    assert sum(line.strip() != "" for path in paths for line in path.open(encoding="utf-8")) >= 150
