"""A ruleset is data: complete, in the order of the reasons, its settings are checked and a digest names it."""

from importlib import resources

import pytest

from demur.kernel.words import Decision, ReasonCode
from demur.policy.conditions import (
    AUTHOR_CONDITIONS,
    COMPROMISED,
    CONTENT_CONDITIONS,
    DEPICTS_MINOR,
    ELIGIBLE,
    ITEM_CONDITIONS,
    PAIR_CONDITIONS,
    RELATION_CONDITIONS,
    RULE_ORDER,
)
from demur.policy.errors import RulesetInvalidError, RulesetSettingError, RulesetUnknownError
from demur.policy.ruleset import load_ruleset, parse_ruleset
from demur.policy.settings import Settings, accepted_versions

TEXT = (resources.files("demur.policy") / "rulesets" / "eu-2025.toml").read_text("utf-8")
HEAD = TEXT[: TEXT.index("[[rules]]")]
RULES = ["[[rules]]" + rule for rule in TEXT[TEXT.index("[[rules]]") :].split("[[rules]]")[1:]]


@pytest.mark.parametrize("name", ["eu-2025", "announced-2025"])
def test_every_rule_has_a_condition_and_every_condition_a_rule(name):
    conditions = (*ITEM_CONDITIONS, *AUTHOR_CONDITIONS, *PAIR_CONDITIONS, *RELATION_CONDITIONS, *CONTENT_CONDITIONS)
    by_joins = {COMPROMISED, DEPICTS_MINOR, ELIGIBLE}
    rules = [(rule.reason, rule.decision) for rule in load_ruleset(name).rules]
    assert tuple(rules) == RULE_ORDER
    assert set(rules) == {condition.key for condition in conditions} | by_joins


def test_what_keeps_an_item_out_stands_before_what_is_cut_and_otherwise_in_the_order_of_the_reasons():
    order = list(ReasonCode)
    rules = load_ruleset("eu-2025").rules
    cutting = [rule for rule in rules if rule.decision is Decision.REDACT]
    assert list(rules[-1 - len(cutting) : -1]) == cutting
    places = [order.index(rule.reason) for rule in rules if rule.decision in (Decision.EXCLUDE, Decision.HOLD)]
    assert places == sorted(places)


def test_every_rule_names_settings_that_there_are_and_every_choice_has_a_rule_or_a_reader():
    named = {name for rule in load_ruleset("eu-2025").rules for name in rule.settings}
    assert named <= set(Settings.__struct_fields__)


def test_every_rule_says_why_in_one_sentence_and_where_it_comes_from():
    rules = load_ruleset("eu-2025").rules
    assert [rule.reason for rule in rules if not rule.sentence.endswith(".") or rule.sentence.count(". ")] == []
    assert [rule.reason for rule in rules if not rule.law] == []


def test_the_defaults_are_those_of_the_requirements():
    settings = load_ruleset("eu-2025").settings
    defaults = (settings.notice_days, settings.adult_age, settings.ai_chat_min_age, settings.include_posted_as_minor)
    assert defaults == (30, 18, 18, False)
    assert settings.products == ("social",)


def test_an_unknown_ruleset_is_refused_with_the_known_ones():
    with pytest.raises(RulesetUnknownError) as caught:
        load_ruleset("eu-1995")
    assert str(caught.value) == "ruleset 'eu-1995' is unknown, known are announced-2025, eu-2025"


def test_an_empty_ruleset_is_refused():
    with pytest.raises(RulesetInvalidError, match="the ruleset is empty"):
        parse_ruleset(HEAD + RULES[-1])


def test_a_ruleset_without_rules_is_refused():
    with pytest.raises(RulesetInvalidError, match="malformed"):
        parse_ruleset(HEAD)


def test_a_ruleset_out_of_order_is_refused():
    with pytest.raises(RulesetInvalidError) as caught:
        parse_ruleset(HEAD + "".join([RULES[1], RULES[0], *RULES[2:]]))
    assert str(caught.value) == "the ruleset and the conditions of this version differ in their order"


def test_a_ruleset_that_leaves_a_rule_out_is_refused():
    with pytest.raises(RulesetInvalidError) as caught:
        parse_ruleset(HEAD + "".join(RULES[1:]))
    expected = "the ruleset and the conditions of this version differ in freedom_of_information (hold)"
    assert str(caught.value) == expected


def test_a_rule_without_a_condition_is_refused():
    odd = RULES[3].replace("own_objection", "notice_doubtful")
    with pytest.raises(RulesetInvalidError, match=r"differ in notice_doubtful \(exclude\)"):
        parse_ruleset(HEAD + odd + "".join(RULES))


def test_a_rule_that_lets_in_is_refused():
    odd = RULES[3].replace('decision = "exclude"', 'decision = "include"')
    with pytest.raises(RulesetInvalidError, match=r"own_objection \(exclude\), own_objection \(include\)"):
        parse_ruleset(HEAD + "".join([*RULES[:3], odd, *RULES[4:]]))


def test_a_ruleset_may_differ_from_another_in_settings_alone():
    text = 'name = "ours"\nversion = "1"\nextends = "eu-2025"\n[settings]\nnotice_days = 60\n'
    ours, base = parse_ruleset(text), load_ruleset("eu-2025")
    assert (ours.name, ours.version, ours.rules) == ("ours", "1", base.rules)
    assert ours.settings == base.with_settings({"notice_days": 60}).settings
    with pytest.raises(RulesetSettingError, match="notice_day"):
        parse_ruleset(text.replace("notice_days", "notice_day"))


def test_settings_change_and_so_does_the_digest():
    ruleset = load_ruleset("eu-2025")
    changed = ruleset.with_settings({"notice_days": 43, "child_face_score": 0.5})
    assert (changed.settings.notice_days, str(changed.settings.child_face_score)) == (43, "0.5")
    assert ruleset.settings.notice_days == 30
    assert changed.digest() != ruleset.digest()
    assert changed.with_settings({"notice_days": 30, "child_face_score": 0.3}).digest() == ruleset.digest()


def test_the_digest_covers_the_rules():
    assert parse_ruleset(TEXT).digest() == load_ruleset("eu-2025").digest()
    assert parse_ruleset(TEXT.replace("The item was deleted.", "Gone.")).digest() != load_ruleset("eu-2025").digest()


@pytest.mark.parametrize(
    "settings",
    [
        {"notice_day": 30},
        {"notice_days": -1},
        {"notice_days": "30"},
        {"adult_age": 16},
        {"late_objection": "never"},
        {"child_face_score": 1.5},
        {"notice_changes": [{"version": "2025-05"}]},
        {"include_posted_as_minor": "yes"},
    ],
)
def test_a_wrong_setting_is_refused(settings):
    with pytest.raises(RulesetSettingError) as caught:
        load_ruleset("eu-2025").with_settings(settings)
    assert next(iter(settings)) in str(caught.value)


def test_a_lower_age_for_chats_needs_a_reason():
    with pytest.raises(RulesetSettingError, match="ai_chat_min_age is 0"):
        load_ruleset("eu-2025").with_settings({"ai_chat_min_age": 0})
    lowered = load_ruleset("eu-2025").with_settings({"ai_chat_min_age": 0, "ai_chat_min_age_reason": "as announced"})
    assert lowered.settings.ai_chat_min_age == 0


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ([], ("c",)),
        ([("a", "b", False, "Ada Moreau"), ("b", "c", False, "Ada Moreau")], ("c", "b", "a")),
        ([("a", "b", False, "Ada Moreau"), ("b", "c", True, "Ada Moreau")], ("c",)),
        ([("a", "b", True, ""), ("b", "c", False, "Ada Moreau")], ("c", "b")),
        ([("b", "c", False, " ")], ("c",)),
        ([("a", "b", False, "Ada Moreau")], ("c",)),
    ],
)
def test_an_earlier_notice_counts_when_only_signed_immaterial_changes_lie_between(changes, accepted):
    listed = [
        {"previous": before, "version": after, "what": "a typing error", "is_material": material, "signed_by": by}
        for before, after, material, by in changes
    ]
    settings = load_ruleset("eu-2025").with_settings({"notice_version": "c", "notice_changes": listed}).settings
    assert accepted_versions(settings) == accepted


def test_only_the_last_rule_includes():
    rules = load_ruleset("eu-2025").rules
    assert [rule.reason for rule in rules if rule.decision == Decision.INCLUDE] == [ReasonCode.ELIGIBLE]
