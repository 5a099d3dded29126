"""What two rulesets decide otherwise is told in counts and places; nothing in it names a person."""

from datetime import UTC, datetime

import pytest

from demur.cli.comparing import print_comparison, summarise_comparison
from demur.corpus.compare import Change, Comparison, Example, Outcome
from demur.policy.ruleset import load_ruleset

RULESETS = (load_ruleset("eu-2025"), load_ruleset("announced-2025"))
PLACE = Example(source="posts", split="content/posts-1.parquet", line=12, kind="post")


def change(first, second, items, *examples):
    outcomes = (Outcome(decision=decision, reason=reason) for decision, reason in (first, second))
    return Change(**dict(zip(("first", "second"), outcomes, strict=True)), items=items, examples=examples)


FOUND = Comparison(
    as_of=datetime(2025, 5, 27, 6, tzinfo=UTC),
    log_size=7,
    items=1000,
    changes=(
        change(("exclude", "own_objection"), ("include", "eligible"), 30, PLACE),
        change(("include", "eligible"), ("hold", "notice_period_running"), 20),
        change(("redact", "mentions_objector"), ("include", "eligible"), 5),
        change(("hold", "notice_missing"), ("exclude", "not_public"), 2),
        change(("exclude", "own_objection"), ("exclude", "not_public"), 9),
    ),
    left_out=("content/photos.csv",),
)


def test_counts_tell_apart_who_lets_items_in_and_what_changes_otherwise():
    assert (FOUND.changed, FOUND.let_in, FOUND.kept_out, FOUND.other_reason) == (57, 30, 20, 9)


def test_a_comparison_as_json_has_its_documented_shape():
    told = summarise_comparison("spring", RULESETS, FOUND)
    assert told.pop("changes")[:2] == [
        {
            "a": {"decision": "exclude", "reason": "own_objection"},
            "b": {"decision": "include", "reason": "eligible"},
            "items": 30,
            "examples": [{"split": "content/posts-1.parquet", "line": 12, "kind": "post"}],
        },
        {
            "a": {"decision": "include", "reason": "eligible"},
            "b": {"decision": "hold", "reason": "notice_period_running"},
            "items": 20,
            "examples": [],
        },
    ]
    assert told == {
        "corpus": "spring",
        "a": {"name": "eu-2025", "version": RULESETS[0].version, "digest": RULESETS[0].digest()},
        "b": {"name": "announced-2025", "version": RULESETS[1].version, "digest": RULESETS[1].digest()},
        "as_of": "2025-05-27T06:00:00.000000Z",
        "log_size": 7,
        "items": 1000,
        "changed": 57,
        "let_in_by_a": 20,
        "let_in_by_b": 30,
        "other_reason": 9,
        "left_out": ["content/photos.csv"],
        "duplicates_compared": False,
    }


def test_a_person_reads_counts_examples_and_what_was_not_compared(capsys):
    print_comparison("spring", RULESETS, FOUND)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "corpus spring: 1,000 items on the facts of 2025-05-27T06:00:00.000000Z, log size 7"
    assert lines[lines.index("for example") :] == [
        "for example",
        "  exclude: own_objection -> include: eligible",
        "    content/posts-1.parquet:12   post",
        "",
        "57 items change decision: 30 are let in by B alone, 20 by A alone, 7 change in another way",
        "9 keep their decision for another reason; 934 do not change",
        "not compared: near duplicates; an item that only repeats another one counts as let in",
        "left out, because it is gone or changed since the build: content/photos.csv",
    ]


@pytest.mark.parametrize("columns", ["80", "200"])
def test_no_reason_is_cut_off(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    longest = max((rule.reason.value for rule in RULESETS[0].rules), key=len)
    wide = change(("exclude", longest), ("exclude", longest[::-1]), 12_345_678)
    found = Comparison(as_of=FOUND.as_of, log_size=1, items=12_345_678, changes=(wide,), left_out=())
    print_comparison("spring", RULESETS, found)
    assert capsys.readouterr().out.count(longest) == 1


def test_when_nothing_changes_no_table_is_printed(capsys):
    same = Comparison(as_of=FOUND.as_of, log_size=1, items=3, changes=(), left_out=())
    print_comparison("spring", RULESETS, same)
    assert capsys.readouterr().out.splitlines()[4:] == [
        "0 items change decision: 0 are let in by B alone, 0 by A alone, 0 change in another way",
        "0 keep their decision for another reason; 3 do not change",
        "not compared: near duplicates; an item that only repeats another one counts as let in",
    ]
