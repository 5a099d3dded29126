"""Decision cases: ours agree, a typo is an error, a leak is seen, and what a text still holds is compared as well."""

import json
from pathlib import Path

import pytest

from demur.corpus.judging import is_empty
from demur.filters.text import redact
from demur.kernel.words import ReasonCode
from demur.policy.answers import Answer
from demur.policy.case_content import TextTools
from demur.policy.cases import CaseDifference, GroupCounts, UnsupportedCase, run_cases
from demur.policy.errors import CaseInvalidError
from demur.policy.ruleset import load_ruleset

EU_2025 = load_ruleset("eu-2025")
FOLDER = Path(__file__).parents[1] / "cases"
FILES = sorted(FOLDER.glob("*.jsonl"))
CASES = {case["id"]: case for path in FILES for case in map(json.loads, path.read_text("utf-8").splitlines())}
FILTERS = TextTools(clean=lambda texts, languages: redact(texts, languages).texts, is_empty=is_empty)


def copy_of(name):
    return json.loads(json.dumps(CASES[name]))


def run(tmp_path, *cases, **options):
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(case if isinstance(case, str) else json.dumps(case) for case in cases), "utf-8")
    return run_cases([path], EU_2025, **options)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_all_our_cases_agree(path):
    report = run_cases([path], EU_2025, tools=FILTERS)
    assert (report.differ, report.unsupported) == ((), ())
    assert report.agree == tuple(case["id"] for case in map(json.loads, path.read_text("utf-8").splitlines()))


def test_our_cases_cover_every_rule():
    stated = {(rule.reason.value, rule.decision.value) for rule in EU_2025.rules}
    about_items = [case["expected"] for case in CASES.values() if case["given"]["ask"]["about"] == "item"]
    assert {(expected["reason"], expected["decision"]) for expected in about_items} == stated


def test_the_order_of_facts_and_unrelated_accounts_change_nothing(tmp_path):
    changed = []
    for name in [case["id"] for case in CASES.values() if case["group"] == "objections"]:
        case = copy_of(name)
        stranger = {**case["given"]["accounts"][0], "id": "zoe", "centre": None, "centre_log": [], "contact_key": None}
        case["given"]["accounts"] = [stranger, *reversed(case["given"]["accounts"])]
        for part in ("notices", "objections", "items"):
            case["given"][part].reverse()
        changed.append(case)
    assert run(tmp_path, *changed).agree == tuple(case["id"] for case in changed)


def test_a_difference_names_what_was_expected_and_what_came_out(tmp_path):
    case = copy_of("S09")
    case["expected"]["reason"] = "expired"
    report = run(tmp_path, case, CASES["S01"])
    (difference,) = report.differ
    got = Answer(decision="exclude", reason="deleted", in_corpus=False)
    assert difference.got.plain == got
    assert difference == CaseDifference(
        id="S09",
        group="selection",
        situation="A deleted post",
        expected=Answer(decision="exclude", reason="expired", in_corpus=False),
        got=difference.got,
    )
    assert report.leaks == ()
    assert report.agree == ("S01",)
    assert report.groups == {"selection": GroupCounts(agree=1, differ=1, unsupported=0)}
    assert [each.id for each in report.cases] == ["S09", "S01"]


def test_an_item_that_is_let_in_against_expectation_is_a_leak(tmp_path):
    case = copy_of("S01")
    case["expected"].update(decision="hold", reason=ReasonCode.NOTICE_DOUBTFUL.value, in_corpus=False)
    report = run(tmp_path, case)
    assert [leak.id for leak in report.leaks] == ["S01"]


def test_another_place_in_the_corpus_is_a_difference(tmp_path):
    case = copy_of("S01")
    case["expected"]["in_corpus"] = "redacted"
    assert [difference.id for difference in run(tmp_path, case).differ] == ["S01"]


@pytest.mark.parametrize(
    ("policy", "need"),
    [
        ({"special_categories": "include"}, "Object contains unknown field `special_categories`"),
        ({"adult_age": 13}, "Expected `int` >= 18 - at `$.adult_age`"),
        ({"faces": "keep"}, "Invalid enum value 'keep' - at `$.faces`"),
    ],
)
def test_a_case_that_asks_for_a_setting_that_is_not_allowed_is_not_supported(tmp_path, policy, need):
    case = copy_of("S01")
    case["given"]["policy"] = policy
    report = run(tmp_path, case)
    needs = (f"policy: ruleset eu-2025: {need}",)
    told = UnsupportedCase(id="S01", group="selection", situation=case["situation"], needs=needs)
    assert (report.unsupported, report.agree, report.differ) == ((told,), (), ())
    assert report.groups == {"selection": GroupCounts(agree=0, differ=0, unsupported=1)}


def test_a_case_may_change_a_setting_for_itself(tmp_path):
    case = copy_of("S01")
    case["given"]["policy"] = {"notice_days": 60}
    case["expected"].update(decision="hold", reason="notice_period_running", in_corpus=False)
    assert run(tmp_path, case).agree == ("S01",)


def case_with_text(text, **wish):
    case = copy_of("S01")
    case["given"]["items"][0]["text"] = text
    case["expected"]["must_also"] = ["cut identifiers", wish]
    return case


def test_a_text_that_still_holds_what_it_must_lose_is_a_difference(tmp_path):
    case = case_with_text("Write to fern@mail.example, please.", removed=["fern@mail.example"], kept=["please"])
    (difference,) = run(tmp_path, case).differ
    assert difference.texts == ("still there: fern@mail.example",)
    assert run(tmp_path, case, tools=FILTERS).agree == ("S01",)


def test_a_text_that_has_lost_what_it_must_keep_is_a_difference(tmp_path):
    case = case_with_text("Write to fern@mail.example, please.", kept=["fern@mail.example", "please"])
    (difference,) = run(tmp_path, case, tools=FILTERS).differ
    assert difference.texts == ("no longer there: fern@mail.example",)


def test_the_caller_says_what_is_empty_once_identifiers_are_cut(tmp_path):
    case = copy_of("S01")
    case["given"]["items"][0]["text"] = "fern@mail.example ..."
    case["expected"].update(decision="exclude", reason="nothing_left", in_corpus=False)
    assert [difference.id for difference in run(tmp_path, case).differ] == ["S01"]
    assert run(tmp_path, case, tools=FILTERS).agree == ("S01",)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (("given", "items", 0), "Object contains unknown field `visibilty` - at `$.given.items[0]`"),
        (("given", "accounts", 0), "Object contains unknown field `visibilty` - at `$.given.accounts[0]`"),
        (("given", "objections", 0), "Object contains unknown field `visibilty` - at `$.given.objections[0]`"),
        (("given",), "Object contains unknown field `visibilty` - at `$.given`"),
        (("expected",), "Object contains unknown field `visibilty` - at `$.expected`"),
        ((), "Object contains unknown field `visibilty`"),
    ],
)
def test_a_typo_is_an_error_that_names_file_line_and_field(tmp_path, path, message):
    case = copy_of("O01")
    place = case
    for step in path:
        place = place[step]
    place["visibilty"] = "public"
    with pytest.raises(CaseInvalidError) as caught:
        run(tmp_path, CASES["S01"], case)
    assert str(caught.value) == f"cases.jsonl line 2: {message}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "cases.jsonl line 1: Input data was truncated"),
        ("[]", "cases.jsonl line 1: Expected `object`, got `array`"),
        ("{}", "cases.jsonl line 1: Object missing required field `id`"),
    ],
)
def test_a_line_that_is_no_case_is_an_error(tmp_path, line, message):
    with pytest.raises(CaseInvalidError) as caught:
        run(tmp_path, line)
    assert str(caught.value) == message


def test_a_case_given_twice_is_an_error(tmp_path):
    with pytest.raises(CaseInvalidError, match="case S01 is given more than once"):
        run(tmp_path, CASES["S01"], CASES["S01"])


def test_a_question_about_an_item_that_is_not_given_is_an_error(tmp_path):
    case = copy_of("S01")
    case["given"]["ask"]["id"] = "post-9"
    with pytest.raises(CaseInvalidError, match="asks about item 'post-9', which is given 0 times"):
        run(tmp_path, case)


def test_a_birth_date_in_the_future_is_an_error_that_names_the_case(tmp_path):
    case = copy_of("S01")
    case["given"]["accounts"][0]["birth_date"] = "2031"
    with pytest.raises(CaseInvalidError, match="case S01: a birth date lies in the future"):
        run(tmp_path, case)


def test_an_instant_that_is_none_is_an_error_that_names_the_case(tmp_path):
    case = copy_of("S01")
    case["given"]["items"][0]["created_at"] = "last summer"
    with pytest.raises(CaseInvalidError, match="case S01: 'last summer' is no instant"):
        run(tmp_path, case)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CaseInvalidError, match="cannot be read"):
        run_cases([tmp_path / "nothing.jsonl"], EU_2025)
