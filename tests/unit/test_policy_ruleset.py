"""A ruleset is data: complete, in the order of the reasons, its settings are checked and a digest names it."""

from importlib import resources

import pytest

from demur.kernel.words import Decision, ReasonCode
from demur.policy.conditions import RULE_KEYS
from demur.policy.errors import RulesetInvalidError, RulesetSettingError, RulesetUnknownError
from demur.policy.ruleset import load_ruleset, parse_ruleset

TEXT = (resources.files("demur.policy") / "rulesets" / "eu-2025.toml").read_text("utf-8")
HEAD = TEXT[: TEXT.index("[[rules]]")]
RULES = ["[[rules]]" + rule for rule in TEXT[TEXT.index("[[rules]]") :].split("[[rules]]")[1:]]


def test_the_rules_stand_in_the_order_of_the_reasons():
    order = list(ReasonCode)
    places = [order.index(rule.reason) for rule in load_ruleset("eu-2025").rules]
    assert places == sorted(places)


def test_every_rule_has_a_condition_and_every_condition_a_rule():
    assert tuple((rule.reason, rule.decision) for rule in load_ruleset("eu-2025").rules) == RULE_KEYS


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
    assert str(caught.value) == "ruleset 'eu-1995' is unknown, known are eu-2025"


def test_an_empty_ruleset_is_refused():
    with pytest.raises(RulesetInvalidError, match="the ruleset is empty"):
        parse_ruleset(HEAD + RULES[-1])


def test_a_ruleset_without_rules_is_refused():
    with pytest.raises(RulesetInvalidError, match="malformed"):
        parse_ruleset(HEAD)


def test_a_ruleset_out_of_order_is_refused():
    with pytest.raises(RulesetInvalidError) as caught:
        parse_ruleset(HEAD + "".join([RULES[1], RULES[0], *RULES[2:]]))
    expected = "rule own_objection stands after linked_account_objection; rules follow the order of the reasons"
    assert str(caught.value) == expected


def test_a_ruleset_that_leaves_a_rule_out_is_refused():
    with pytest.raises(RulesetInvalidError) as caught:
        parse_ruleset(HEAD + "".join(RULES[1:]))
    expected = "the ruleset and the conditions of this version differ in own_objection (exclude)"
    assert str(caught.value) == expected


def test_a_rule_without_a_condition_is_refused():
    odd = RULES[0].replace("own_objection", "third_party_objection")
    with pytest.raises(RulesetInvalidError, match=r"differ in third_party_objection \(exclude\)"):
        parse_ruleset(HEAD + odd + "".join(RULES))


def test_a_rule_that_lets_in_is_refused():
    odd = RULES[0].replace('decision = "exclude"', 'decision = "include"')
    with pytest.raises(RulesetInvalidError, match=r"own_objection \(exclude\), own_objection \(include\)"):
        parse_ruleset(HEAD + odd + "".join(RULES[1:]))


def test_settings_change_and_so_does_the_digest():
    ruleset = load_ruleset("eu-2025")
    changed = ruleset.with_settings({"notice_days": 43, "suspended_countries": ["DE", "IT"]})
    assert (changed.settings.notice_days, changed.settings.suspended_countries) == (43, ("DE", "IT"))
    assert ruleset.settings.notice_days == 30
    assert changed.digest() != ruleset.digest()
    assert changed.with_settings({"notice_days": 30, "suspended_countries": []}).digest() == ruleset.digest()


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
        {"processing": "paused"},
        {"suspended_countries": ["Germany"]},
        {"include_posted_as_minor": "yes"},
    ],
)
def test_a_wrong_setting_is_refused(settings):
    with pytest.raises(RulesetSettingError) as caught:
        load_ruleset("eu-2025").with_settings(settings)
    assert next(iter(settings)) in str(caught.value)


def test_a_lower_age_for_chats_needs_a_reason():
    with pytest.raises(RulesetSettingError, match="ai_chat_min_age is 0, adult_age is 18"):
        load_ruleset("eu-2025").with_settings({"ai_chat_min_age": 0})
    lowered = load_ruleset("eu-2025").with_settings({"ai_chat_min_age": 0, "ai_chat_min_age_reason": "as announced"})
    assert lowered.settings.ai_chat_min_age == 0


def test_only_the_last_rule_includes():
    rules = load_ruleset("eu-2025").rules
    assert [rule.reason for rule in rules if rule.decision == Decision.INCLUDE] == [ReasonCode.ELIGIBLE]
