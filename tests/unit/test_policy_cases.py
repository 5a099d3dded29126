"""Decision cases: ours agree, a typo is an error, a leak is seen, and what no rule reads is listed, never guessed."""

import json
from pathlib import Path

import pytest

from demur.kernel.words import ReasonCode
from demur.policy.cases import Answer, CaseDifference, GroupCounts, UnsupportedCase, run_cases
from demur.policy.errors import CaseInvalidError
from demur.policy.ruleset import load_ruleset

EU_2025 = load_ruleset("eu-2025")
FILES = sorted((Path(__file__).parents[1] / "cases").glob("*.jsonl"))
CASES = {case["id"]: case for path in FILES for case in map(json.loads, path.read_text("utf-8").splitlines())}


def copy_of(name):
    return json.loads(json.dumps(CASES[name]))


def run(tmp_path, *cases, **options):
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(case if isinstance(case, str) else json.dumps(case) for case in cases), "utf-8")
    return run_cases([path], EU_2025, **options)


def test_all_our_cases_agree():
    report = run_cases(FILES, EU_2025)
    assert report.differ == ()
    assert report.unsupported == ()
    assert sorted(report.agree) == sorted(CASES)


def test_our_cases_cover_every_rule():
    stated = {(rule.reason.value, rule.decision.value) for rule in EU_2025.rules}
    expected = {(case["expected"]["reason"], case["expected"]["decision"]) for case in CASES.values()}
    assert expected == stated


def test_the_order_of_facts_and_unrelated_accounts_change_nothing(tmp_path):
    changed = []
    for name in CASES:
        case = copy_of(name)
        stranger = {**case["given"]["accounts"][0], "id": "zoe", "centre": None, "centre_log": []}
        case["given"]["accounts"] = [stranger, *reversed(case["given"]["accounts"])]
        for part in ("notices", "objections", "items"):
            case["given"][part].reverse()
        changed.append(case)
    assert sorted(run(tmp_path, *changed).agree) == sorted(CASES)


def test_a_difference_names_what_was_expected_and_what_came_out(tmp_path):
    case = copy_of("S09")
    case["expected"]["reason"] = "expired"
    report = run(tmp_path, case, CASES["S01"])
    assert report.differ == (
        CaseDifference(
            id="S09",
            group="selection",
            situation="A deleted post",
            expected=Answer(decision="exclude", reason="expired", in_corpus=False),
            got=Answer(decision="exclude", reason="deleted", in_corpus=False),
        ),
    )
    assert report.leaks == ()
    assert report.agree == ("S01",)
    assert report.groups == {"selection": GroupCounts(agree=1, differ=1, unsupported=0)}


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
    ("path", "value", "need"),
    [
        (("ask", "about"), "run", "ask.about=run"),
        (("items", 0, "tags"), ["bento"], "items.tags"),
        (("items", 0, "findings"), [{"class": "union", "about": "third_party"}], "items.findings"),
        (("items", 0, "detections"), [{"class": "face", "score": 0.9}], "items.detections"),
        (("items", 0, "copies"), [{"item": "post-0", "span": "x"}], "items.copies"),
        (("items", 0, "derived_from"), "post-0", "items.derived_from"),
        (("items", 0, "embeds"), {"item": "post-0", "separable": True}, "items.embeds"),
        (("items", 0, "exif"), {"gps": "38.7,-9.1"}, "items.exif"),
        (("items", 0, "signals"), {"plus:DataMining": "DMI-PROHIBITED"}, "items.signals"),
        (("accounts", 0, "signals"), {"Sec-GPC": "1"}, "accounts.signals"),
        (("accounts", 0, "age_signal"), {"range": [13, 15], "confidence": 0.9}, "accounts.age_signal"),
        (("accounts", 0, "compromised"), [{"from": "2021-01-01", "to": "2022-01-01"}], "accounts.compromised"),
        (("accounts", 0, "last_seen_at"), "2020-01-01T00:00:00Z", None),
        (("accounts", 0, "handle"), "@ada", None),
        (("notices", 0, "mixed_with_marketing"), True, "notices.mixed_with_marketing"),
        (
            ("processing", "erasure_windows"),
            [{"from": "2024", "to": "2025", "field": "x"}],
            "processing.erasure_windows",
        ),
        (("processing", "relaunched_at"), "2025-01-01T00:00:00Z", "processing.relaunched_at"),
        (("processing", "changes"), [{"version": "2025-04", "material": True}], None),
        (("processing", "changes"), [{"version": "2025-05", "material": False}], "processing.changes"),
        (("policy", "special_categories"), "include", "policy.special_categories"),
        (("policy", "ai_chat_min_age"), 0, "policy"),
    ],
)
def test_a_fact_that_no_rule_reads_makes_a_case_unsupported(tmp_path, path, value, need):
    case = copy_of("S01")
    place = case["given"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    report = run(tmp_path, case)
    expected = UnsupportedCase(id="S01", group="selection", situation=case["situation"], needs=(need,))
    assert report.unsupported == ((expected,) if need else ())
    assert report.unsupported_by_group == ({"selection": (expected,)} if need else {})
    assert report.agree == (() if need else ("S01",))


def test_a_mention_is_only_unsupported_when_it_names_an_objector(tmp_path):
    case = copy_of("O12")
    case["given"]["items"][0]["mentions"] = ["ada"]
    assert run(tmp_path, case).agree == ("O12",)
    case["given"]["items"][0]["mentions"] = ["bento"]
    assert [found.needs for found in run(tmp_path, case).unsupported] == [("items.mentions",)]


def test_a_verified_contact_is_only_unsupported_when_two_accounts_share_it(tmp_path):
    case = copy_of("O12")
    ada, bento = case["given"]["accounts"]
    ada.update(contact_key="mail-1", contact_verified=True)
    bento.update(contact_key="mail-1", contact_verified=False)
    assert run(tmp_path, case).agree == ("O12",)
    bento.update(contact_verified=True)
    assert [found.needs for found in run(tmp_path, case).unsupported] == [("accounts.contact_verified",)]


def test_a_dormant_account_is_unsupported_unless_the_notice_was_shown(tmp_path):
    case = copy_of("S01")
    case["given"]["accounts"][0]["last_seen_at"] = "2020-01-01T00:00:00Z"
    case["given"]["notices"][0].update(channel="email", event="delivered")
    assert [found.needs for found in run(tmp_path, case).unsupported] == [("accounts.last_seen_at",)]


def test_the_caller_can_say_what_is_empty_once_identifiers_are_cut(tmp_path):
    case = copy_of("S01")
    case["expected"].update(decision="exclude", reason="nothing_left", in_corpus=False)
    assert run(tmp_path, case, find_empty=lambda texts, _: texts.str.contains("elétrico")).agree == ("S01",)


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
