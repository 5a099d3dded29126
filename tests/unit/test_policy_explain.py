"""An explanation names the rule, its source, the facts that were read and the position of the log, and no key."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime

import polars as pl
import pytest

from demur.exchange.columns import ITEM_COLUMNS, RELATION_COLUMNS
from demur.policy.content import CONTENT_COLUMNS
from demur.policy.errors import ExplanationError
from demur.policy.explain import Explanation, RuleOutcome, explain
from demur.policy.ruleset import load_ruleset
from demur.testing.facts import make_facts

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
EU_2025 = load_ruleset("eu-2025")
AUTHOR = b"a" * 16
FACTS = make_facts(
    {
        "subjects": [
            {
                "subject_key": AUTHOR,
                "born_by": date(1990, 3, 2),
                "zone": "Europe/Paris",
                "country": "fr",
                "language": "fr",
                "visibility": "public",
                "state": "active",
                "last_seen_at": datetime(2025, 5, 1, tzinfo=UTC),
            }
        ],
        "notices": [
            {
                "subject_key": AUTHOR,
                "version": "2025-04",
                "channel": "email",
                "language": "fr",
                "states_right": True,
                "proven_at": datetime(2025, 4, 14, 8, tzinfo=UTC),
            }
        ],
    },
    as_of=AT,
    log_size=41,
)
NO_RELATIONS = pl.DataFrame(schema=RELATION_COLUMNS)


def item(**given):
    usual = {"item_key": b"i" * 16, "subject_key": AUTHOR, "kind": "post", "product": "social", "visibility": "public"}
    row = {**dict.fromkeys(ITEM_COLUMNS), **usual, "created_at": datetime(2020, 1, 1, tzinfo=UTC), **given}
    return pl.DataFrame([row], schema=ITEM_COLUMNS)


def findings(**given):
    flags = dict.fromkeys(CONTENT_COLUMNS, False)
    return pl.DataFrame([{**flags, **given}], schema=CONTENT_COLUMNS)


def told(item, **given):
    return explain(item, FACTS, EU_2025, at=AT, relations=NO_RELATIONS, **given)


def test_an_explanation_says_everything_that_the_decision_rests_on():
    assert told(item(product="messenger")) == Explanation(
        decision="exclude",
        reason="product_out_of_scope",
        sentence="The product or the kind of content is not among those that were announced.",
        law="GDPR Art. 5(1)(b); CNIL, 27 May 2025",
        facts={
            "kind": "post",
            "product": "messenger",
            "visibility": "public",
            "created_at": "2020-01-01T00:00:00.000000Z",
            "deleted_at": None,
            "expires_at": None,
            "collected_at": None,
            "addressed_to_assistant": None,
            "preference": None,
            "counts_as": "post",
            "is_chat": False,
            "is_page": False,
            "is_target": False,
            "author_known": True,
            "has_age_doubt": False,
            "is_for_minor": False,
            "adult_from": "2008-03-01T23:00:00.000000Z",
            "adult_possible_from": "2008-03-01T23:00:00.000000Z",
            "chat_from": "2008-03-01T23:00:00.000000Z",
            "chat_possible_from": "2008-03-01T23:00:00.000000Z",
            "author_country": "FR",
            "author_language": "fr",
            "author_visibility": "public",
            "author_state": "active",
            "last_seen_at": "2025-05-01T00:00:00.000000Z",
            "held_since": None,
            "refuses_training": False,
            "refuses_sharing": False,
            "has_own_objection": False,
            "has_linked_objection": False,
            "has_same_person_objection": False,
            "has_partial_objection": False,
            "has_hijack": False,
            "has_notice": True,
            "has_current_notice": True,
            "valid_since": "2025-04-14T08:00:00.000000Z",
            "is_shown": False,
            "has_notice_any": True,
            "has_current_notice_any": True,
            "valid_since_any": "2025-04-14T08:00:00.000000Z",
            "is_shown_any": False,
            "derives_from_objected": None,
            "embeds_objected": None,
            "copies_objected": None,
            "shows_objected_text": None,
            "tags_minor": None,
            "tags_objector": None,
            "mentions_objector": None,
            "is_about_public_role": None,
        },
        evaluated=(
            RuleOutcome(reason="freedom_of_information", decision="hold", has_hit=False),
            RuleOutcome(reason="third_party_objection", decision="exclude", has_hit=False),
            RuleOutcome(reason="derived_from_objected", decision="exclude", has_hit=False),
            RuleOutcome(reason="own_objection", decision="exclude", has_hit=False),
            RuleOutcome(reason="linked_account_objection", decision="exclude", has_hit=False),
            RuleOutcome(reason="same_person_objection", decision="exclude", has_hit=False),
            RuleOutcome(reason="product_out_of_scope", decision="exclude", has_hit=True),
        ),
        is_content_known=False,
        log_size=41,
        as_of=AT,
        ruleset="eu-2025",
        version=EU_2025.version,
        digest=EU_2025.digest(),
    )


def test_an_item_that_passes_lists_every_rule_on_facts_and_ends_with_eligible():
    explained = told(item())
    assert (explained.decision, explained.reason, explained.is_content_known) == ("include", "eligible", False)
    assert [rule.reason for rule in explained.evaluated if rule.has_hit] == ["eligible"]


def test_with_findings_the_rules_on_content_are_tried_as_well():
    explained = told(item(), content=findings(is_duplicate=True))
    assert (explained.decision, explained.reason, explained.is_content_known) == ("exclude", "duplicate", True)
    assert [rule.reason for rule in explained.evaluated[-3:]] == [
        "nothing_left",
        "contains_objected_content",
        "duplicate",
    ]
    assert explained.facts["is_duplicate"] is True


def test_an_item_that_facts_keep_out_is_not_tried_on_content():
    explained = told(item(visibility="friends"), content=findings(is_empty=True))
    assert explained.reason == "not_public"
    assert explained.evaluated[-1] == RuleOutcome(reason="not_public", decision="exclude", has_hit=True)


def test_an_explanation_can_be_written_as_json_and_holds_no_key():
    text = json.dumps(asdict(told(item())), default=str)
    assert AUTHOR.decode() not in text
    assert ("i" * 16) not in text


@pytest.mark.parametrize("count", [0, 2])
def test_an_explanation_is_about_one_item(count):
    with pytest.raises(ExplanationError) as caught:
        told(pl.concat([item()] * 2).head(count))
    assert str(caught.value) == f"an explanation is about one item, {count} are given"
