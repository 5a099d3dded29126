"""A ruleset is shown whole: every rule in order, every setting with what it means, and where it differs."""

import msgspec
import pytest

from demur.cli.rulebook import (
    describe_settings,
    print_known,
    print_ruleset,
    read_choices,
    read_meanings,
    summarise_known,
    summarise_ruleset,
    tell_value,
)
from demur.policy.ruleset import list_rulesets, load_ruleset
from demur.policy.settings import Settings

EU_2025, ANNOUNCED = load_ruleset("eu-2025"), load_ruleset("announced-2025")


def test_every_setting_has_a_meaning_of_its_own():
    meanings = read_meanings()
    assert list(meanings) == list(Settings.__struct_fields__)
    assert {name: text for name, text in meanings.items() if len(text) < 15 or not text.endswith(".")} == {}
    assert len(set(meanings.values())) == len(meanings)


def test_two_settings_on_one_line_of_the_docstring_have_a_meaning_each():
    meanings = read_meanings()
    assert meanings["products"] == "Products in scope."
    assert meanings["kinds"] == "Kinds in scope. Whatever is not listed is out."


def test_a_closed_list_has_its_members_as_choices_and_the_first_ruleset_chooses_one():
    choices = read_choices()
    values = msgspec.to_builtins(EU_2025.settings)
    assert choices["faces"] == ("blur", "exclude", "use")
    assert {name for name, members in choices.items() if values[name] not in members} == set()
    assert {name for name in choices if not isinstance(values[name], str)} == set()


def test_a_setting_is_changed_where_its_value_is_not_that_of_eu_2025():
    changed = {setting.name: (setting.value, setting.default) for setting in describe_settings(ANNOUNCED)}
    assert changed["faces"] == ("use", "blur")
    assert [setting.name for setting in describe_settings(EU_2025) if setting.is_changed] == []
    dated = EU_2025.with_settings({"relaunched_at": "2025-06-01T00:00:00Z"})
    assert [setting.name for setting in describe_settings(dated) if setting.is_changed] == ["relaunched_at"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        ("", "none"),
        (None, "none"),
        ([], "none"),
        (["post", "photo"], "post, photo"),
        ([{"version": "2025-05", "previous": "2025-04", "signed_by": "Somebody"}], "2025-04 to 2025-05"),
    ],
)
def test_a_value_is_told_in_words_and_names_nobody(value, told):
    assert tell_value(value) == told


def test_a_ruleset_as_json_has_rules_with_their_settings_and_choices():
    told = summarise_ruleset(ANNOUNCED)
    assert sorted(told) == ["choices", "digest", "name", "rules", "settings", "version"]
    assert told["rules"] == [msgspec.to_builtins(rule) for rule in ANNOUNCED.rules]
    assert told["rules"][5]["settings"] == ("same_person_objections", "late_objection")
    assert told["choices"] == read_choices()
    assert told["digest"] == ANNOUNCED.digest()


def told_lines(capsys, ruleset):
    print_ruleset(ruleset)
    return capsys.readouterr().out


def test_nothing_of_a_ruleset_is_cut_off_in_a_terminal_of_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = told_lines(capsys, ANNOUNCED)
    words = set(out.split())
    assert "…" not in out
    assert {rule.reason.value for rule in ANNOUNCED.rules} - words == set()
    assert set(Settings.__struct_fields__) - words == set()


def test_a_ruleset_tells_rule_law_settings_and_what_differs(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    lines = [" ".join(line.strip("│").split()) for line in told_lines(capsys, ANNOUNCED).splitlines()]
    start = lines.index("linked_account_objection │ An account of the same accounts centre objected, and the objection "
                        "covers all of them.")  # fmt: skip
    assert lines[start + 1 : start + 3] == [
        "5: exclude │ GDPR Art. 21(1); CNIL, 27 May 2025",
        "│ late_objection = later_content",
    ]
    assert "notice_days │ 43 (eu-2025: 30)" in lines
    assert "dormant_days │ 730" in lines
    assert "│ Choices: blur, exclude, use." in lines
    assert "Settings: 14 differ from eu-2025" in lines


def test_the_rulesets_of_the_package_are_listed_with_what_differs(capsys):
    known = summarise_known()
    assert tuple(each["name"] for each in known) == list_rulesets()
    assert {each["name"]: sorted(each["differs"]) for each in known}["eu-2025"] == []
    assert known[0]["differs"]["late_objection"] == "later_content"
    print_known()
    out = capsys.readouterr().out
    assert [name for name in list_rulesets() if name not in out] == []
