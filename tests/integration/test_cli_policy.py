"""The rules at the command line: shown, tested with cases, compared on a corpus; nobody is named."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest

CASES = Path(__file__).parents[1] / "cases" / "selection.jsonl"


@pytest.fixture(scope="module")
def platform(built, tmp_path_factory):
    """Return a platform with a corpus that no test here changes."""
    return Path(shutil.copytree(built, tmp_path_factory.mktemp("policy") / "platform"))


@pytest.fixture
def bare(tmp_path):
    """Return a folder without a configuration, with two cases and one that differs from what it expects."""
    first, second, third = CASES.read_text("utf-8").splitlines()[:3]
    wrong = json.loads(third)
    wrong["expected"].update(decision="include", reason="eligible", in_corpus=True)
    (tmp_path / "right.jsonl").write_text(f"{first}\n{second}\n", "utf-8")
    (tmp_path / "wrong.jsonl").write_text(f"{first}\n{json.dumps(wrong)}\n", "utf-8")
    return tmp_path


def test_the_rulesets_of_the_package_need_no_configuration(demur, bare):
    listed = json.loads(demur(bare, "policy", "list", "--json").out)["rulesets"]
    for each in listed:
        shown = json.loads(demur(bare, "policy", "show", each["name"], "--json").out)
        assert (shown["version"], shown["digest"]) == (each["version"], each["digest"])


def test_the_configured_ruleset_is_shown_without_a_name_and_with_its_settings(demur, platform):
    told = json.loads(demur(platform, "policy", "show", "--json").out)
    named = json.loads(demur(platform, "policy", "show", "configured", "--json").out)
    assert (told, told["settings"]["notice_version"]) == (named, "2025-04")
    assert demur(platform, "policy", "show").out.startswith("eu-2025 ")


def test_a_ruleset_that_there_is_not_is_an_error_that_names_those_there_are(demur, bare):
    ended = demur(bare, "policy", "show", "eu-2031")
    known = ", ".join(each["name"] for each in json.loads(demur(bare, "policy", "list", "--json").out)["rulesets"])
    assert (ended.status, ended.err.splitlines()[0]) == (
        3,
        f"demur: ruleset 'eu-2031' is unknown, known are {known} [ruleset-unknown]",
    )


def test_cases_that_agree_end_with_0_and_one_that_differs_ends_with_1(demur, bare):
    assert demur(bare, "policy", "test", "right.jsonl").status == 0
    ended = demur(bare, "policy", "test", "wrong.jsonl")
    assert ended.status == 1
    assert ended.out.splitlines()[:3] == [
        "S03 (selection): The group turned private in May",
        "  - expected  include: eligible, in the corpus",
        "  + decided   exclude: not_public, not in the corpus",
    ]
    assert ended.out.splitlines()[-1] == "1 agree, 1 differ (0 leaks), 0 not supported"


def test_a_setting_that_is_tried_changes_what_cases_get(demur, bare):
    ended = demur(
        bare, "policy", "test", "right.jsonl", "--set", "notice_days=60", "--set", "unreachable=hold", "--json"
    )
    told = json.loads(ended.out)
    assert (ended.status, [case["got"]["reason"] for case in told["differ"]]) == (1, ["notice_period_running"] * 2)


def test_a_setting_that_is_unknown_is_an_error_that_names_it(demur, bare):
    ended = demur(bare, "policy", "test", "right.jsonl", "--set", "notice_dyas=60")
    assert (ended.status, ended.err.splitlines()[0]) == (
        3,
        "demur: ruleset eu-2025: Object contains unknown field `notice_dyas` [ruleset-setting]",
    )


def test_identifiers_are_cut_before_texts_are_compared(demur, bare):
    case = json.loads(CASES.read_text("utf-8").splitlines()[0])
    case["given"]["items"][0]["text"] = "Write to fern@mail.example, please."
    case["expected"]["must_also"] = [{"removed": ["fern@mail.example"], "kept": ["please"]}]
    (bare / "cut.jsonl").write_text(json.dumps(case), "utf-8")
    assert demur(bare, "policy", "test", "cut.jsonl").status == 0
    case["expected"]["must_also"] = [{"kept": ["fern@mail.example"]}]
    (bare / "cut.jsonl").write_text(json.dumps(case), "utf-8")
    ended = demur(bare, "policy", "test", "cut.jsonl")
    assert (ended.status, ended.out.splitlines()[3]) == (1, "  ! no longer there: fern@mail.example")


def test_a_typo_in_a_field_of_a_case_is_an_error_that_names_file_line_and_field(demur, bare):
    lines = (bare / "right.jsonl").read_text("utf-8").replace('"visibility"', '"visibilty"', 1)
    (bare / "typo.jsonl").write_text(lines, "utf-8")
    ended = demur(bare, "policy", "test", "right.jsonl", "typo.jsonl", "--junit", "report.xml")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.splitlines()[0] == (
        "demur: typo.jsonl line 1: Object contains unknown field `visibilty` - at `$.given.accounts[0]` [case-invalid]"
    )
    assert not (bare / "report.xml").exists()


def test_junit_is_written_beside_what_is_printed(demur, bare):
    ended = demur(bare, "policy", "test", "wrong.jsonl", "--junit", "reports/cases.xml", "--json")
    root = ET.parse(bare / "reports" / "cases.xml").getroot()
    assert (ended.status, ended.out.count("\n")) == (1, 1)
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["2", "1", "0", "0"]


def test_two_rulesets_are_compared_on_a_corpus(demur, platform):
    before = sorted(path.name for path in (platform / "corpora").iterdir())
    words = ("policy", "diff", "eu-2025", "announced-2025", "--corpus", "sample", "--examples", "1")
    ended = demur(platform, *words, "--json")
    told = json.loads(ended.out)
    manifest = json.loads((platform / "corpora/sample/manifest.json").read_text("utf-8"))
    assert (ended.status, told["items"], told["left_out"]) == (0, manifest["rows_decided"], [])
    assert told["changed"] + told["other_reason"] == sum(change["items"] for change in told["changes"]) > 0
    after = sorted(path.name for path in (platform / "corpora").iterdir())
    assert set(after) - set(before) == {".sample.comparing.lock"}


def test_a_comparison_names_nobody_and_quotes_nothing(demur, platform):
    ended = demur(platform, "policy", "diff", "configured", "announced-2025", "--corpus", "sample", "--examples", "400")
    accounts = pl.read_csv(platform / "accounts.csv", infer_schema=False)["account"].to_list()
    photos = pl.read_csv(platform / "content/photos.csv", infer_schema=False)
    words = [*accounts, *photos["photo_id"], *(text[:20] for text in photos["caption"].drop_nulls() if len(text) > 20)]
    assert "content/photos.csv:" in ended.out
    assert [word for word in words if word in ended.out + ended.err] == []


def test_a_corpus_that_is_not_there_cannot_be_compared_on(demur, platform):
    ended = demur(platform, "policy", "diff", "eu-2025", "announced-2025", "--corpus", "other")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("demur: no corpus other in ")
