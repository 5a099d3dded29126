"""What cases show is told to a person, to a program and to a CI server, whatever characters the cases hold."""

import json
from xml.etree import ElementTree as ET

import pytest

from demur.cli.casework import junit_report, print_report, read_settings, summarise_report
from demur.policy.answers import Answer
from demur.policy.case_format import Case, Expected, Given, Question
from demur.policy.cases import CaseDifference, CaseReport, GroupCounts, UnsupportedCase
from demur.policy.errors import RulesetSettingError
from demur.policy.ruleset import load_ruleset

EU_2025 = load_ruleset("eu-2025")
OUT = Answer(decision="hold", reason="notice_missing", in_corpus=False)
CUT = Answer(
    decision="redact", reason="mentions_objector", in_corpus="redacted", duties=("a duty",), text="Hello [CUT]"
)
IN = Answer(decision="include", reason="eligible", in_corpus=True, text="Hello @ivy")


def case(name, group="house", situation="A situation"):
    given = Given(now="2025-05-27T06:00:00Z", ask=Question(about="item", id="i1"))
    expected = Expected(decision="hold", reason="notice_missing", because="It must.")
    return Case(id=name, group=group, situation=situation, given=given, expected=expected)


def differ(name, group="house", situation="A situation", *, expected=OUT, got=IN, texts=()):
    return CaseDifference(id=name, group=group, situation=situation, expected=expected, got=got, texts=texts)


LEAK = differ("H2")
CHANGED = differ("H3", expected=IN, got=CUT, texts=("still there: @ivy", "no longer there: Hello"))
WAITING = UnsupportedCase(id="N1", group="notes", situation="A situation", needs=("policy: a setting", "more"))
REPORT = CaseReport(
    agree=("H1",),
    differ=(LEAK, CHANGED),
    unsupported=(WAITING,),
    groups={
        "house": GroupCounts(agree=1, differ=2, unsupported=0),
        "notes": GroupCounts(agree=0, differ=0, unsupported=1),
    },
    cases=(case("H1"), case("N1", "notes"), case("H2"), case("H3")),
)


def test_a_report_as_json_has_its_documented_shape():
    assert json.loads(json.dumps(summarise_report(REPORT))) == {
        "agree": 1,
        "differ": [
            {
                "id": "H2",
                "expected": {"decision": "hold", "reason": "notice_missing", "in_corpus": False},
                "got": {"decision": "include", "reason": "eligible", "in_corpus": True},
                "texts": [],
            },
            {
                "id": "H3",
                "expected": {"decision": "include", "reason": "eligible", "in_corpus": True},
                "got": {"decision": "redact", "reason": "mentions_objector", "in_corpus": "redacted"},
                "texts": ["still there: @ivy", "no longer there: Hello"],
            },
        ],
        "leaks": 1,
        "unsupported": [{"id": "N1", "needs": ["policy: a setting", "more"]}],
        "by_group": {
            "house": {"agree": 1, "differ": 2, "unsupported": 0},
            "notes": {"agree": 0, "differ": 0, "unsupported": 1},
        },
    }


def test_a_person_reads_both_sides_of_a_difference_and_what_a_text_still_holds(capsys):
    print_report(REPORT)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:9] == [
        "H2 (house): A situation",
        "  - expected  hold: notice_missing, not in the corpus",
        "  + decided   include: eligible, in the corpus   LEAK: let in, and should not be",
        "",
        "H3 (house): A situation",
        "  - expected  include: eligible, in the corpus",
        "  + decided   redact: mentions_objector, in the corpus with parts cut",
        "  ! still there: @ivy",
        "  ! no longer there: Hello",
    ]
    assert lines[-1] == "1 agree, 2 differ (1 leaks), 1 not supported"
    assert [line for line in lines if "N1" in line] == ["│ notes │ N1   │ policy: a setting, more │"]


def test_what_a_case_holds_cannot_break_a_line_or_steer_the_terminal(capsys):
    odd = differ("X\n1", situation="red \x1b[31m\r\nalarm", texts=("still there: a\nb\x07",))
    print_report(CaseReport(agree=(), differ=(odd,), unsupported=(), groups={}, cases=()))
    assert capsys.readouterr().out.splitlines()[:4] == [
        "X 1 (house): red  [31m  alarm",
        "  - expected  hold: notice_missing, not in the corpus",
        "  + decided   include: eligible, in the corpus   LEAK: let in, and should not be",
        "  ! still there: a b ",
    ]


def test_junit_has_a_suite_for_each_group_and_a_test_case_for_each_case():
    root = ET.fromstring(junit_report(REPORT, EU_2025))
    assert (root.tag, root.attrib) == (
        "testsuites",
        {"name": "demur policy test", "tests": "4", "failures": "2", "errors": "0", "skipped": "1"},
    )
    assert [suite.attrib for suite in root] == [
        {"name": "house", "tests": "3", "failures": "2", "errors": "0", "skipped": "0"},
        {"name": "notes", "tests": "1", "failures": "0", "errors": "0", "skipped": "1"},
    ]
    stated = {each.get("name"): each.get("value") for each in root[0].find("properties")}
    assert stated == {"ruleset": "eu-2025", "version": EU_2025.version, "digest": EU_2025.digest()}
    told = [[(each.get("name"), [child.tag for child in each]) for each in suite.iter("testcase")] for suite in root]
    assert told == [
        [("H1: A situation", []), ("H2: A situation", ["failure"]), ("H3: A situation", ["failure"])],
        [("N1: A situation", ["skipped"])],
    ]


def test_a_failure_and_a_skip_say_why():
    root = ET.fromstring(junit_report(REPORT, EU_2025))
    leak, changed = root.iter("failure")
    assert leak.attrib == {
        "type": "leak",
        "message": "expected hold: notice_missing, not in the corpus; decided include: eligible, in the corpus",
    }
    assert changed.get("type") == "difference"
    assert changed.text.splitlines()[3:] == ["  ! still there: @ivy", "  ! no longer there: Hello", "It must."]
    assert [skipped.get("message") for skipped in root.iter("skipped")] == ["policy: a setting, more"]


@pytest.mark.parametrize(
    "odd", ["\x00\x08\x0b\x1f", "\ufffe\uffff", "\ud800", "]]>", "<&\"'>", "\U0001f600 ĝ\u202e", "\t"]
)
def test_junit_is_well_formed_whatever_a_case_holds(odd):
    found = differ(odd, group=odd, situation=odd, texts=(f"still there: {odd}",))
    groups = {odd: GroupCounts(agree=0, differ=1, unsupported=0)}
    report = CaseReport(agree=(), differ=(found,), unsupported=(), groups=groups, cases=(case(odd, odd, odd),))
    root = ET.fromstring(junit_report(report, EU_2025))
    assert [each.get("type") for each in root.iter("failure")] == ["leak"]


def test_equal_reports_are_equal_bytes():
    assert junit_report(REPORT, EU_2025) == junit_report(REPORT, EU_2025)


@pytest.mark.parametrize(
    ("word", "setting"),
    [
        ("notice_days=14", {"notice_days": 14}),
        ("include_posted_as_minor=true", {"include_posted_as_minor": True}),
        ("child_face_score = 0.5", {"child_face_score": 0.5}),
        ("unreachable=public_notice", {"unreachable": "public_notice"}),
        ('unreachable="public_notice"', {"unreachable": "public_notice"}),
        ('products=["social"]', {"products": ["social"]}),
        ("notice_version=2025-04-14", {"notice_version": "2025-04-14"}),
        ("relaunched_at=2025-06-01T00:00:00Z", {"relaunched_at": "2025-06-01T00:00:00Z"}),
        ("ai_chat_min_age_reason=we = asked", {"ai_chat_min_age_reason": "we = asked"}),
        ("ai_chat_min_age_reason=1\nkinds=[]", {"ai_chat_min_age_reason": "1\nkinds=[]"}),
        ("ai_chat_min_age_reason=", {"ai_chat_min_age_reason": ""}),
    ],
)
def test_a_setting_is_read_as_it_is_typed(word, setting):
    assert read_settings([word]) == setting


def test_of_two_values_for_one_setting_the_last_counts():
    assert read_settings(["notice_days=14", "notice_days=20"]) == {"notice_days": 20}


@pytest.mark.parametrize("word", ["notice_days", "", "=14"])
def test_a_word_that_sets_nothing_is_an_error(word):
    with pytest.raises(RulesetSettingError, match="is no setting with a value"):
        read_settings([word])
