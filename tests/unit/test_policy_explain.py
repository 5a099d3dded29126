"""An explanation names the rule, its source, the facts that were read and the position of the log, and no key."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime

import polars as pl
import pytest

from demur.exchange.columns import ITEM_COLUMNS, NOTICE_COLUMNS, OBJECTION_COLUMNS, SUBJECT_COLUMNS, Facts
from demur.policy.errors import ExplanationError
from demur.policy.explain import Explanation, RuleOutcome, explain
from demur.policy.ruleset import load_ruleset

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
EU_2025 = load_ruleset("eu-2025")
AUTHOR = b"a" * 16
FACTS = Facts(
    subjects=pl.DataFrame([(AUTHOR, date(1990, 3, 2), "fr", "fr", "public", "active")], SUBJECT_COLUMNS, orient="row"),
    notices=pl.DataFrame(
        [(AUTHOR, "2025-04", "email", "fr", True, datetime(2025, 4, 14, 8, tzinfo=UTC))], NOTICE_COLUMNS, orient="row"
    ),
    objections=pl.DataFrame(schema=OBJECTION_COLUMNS),
    as_of=AT,
    log_size=41,
)


def item(**given):
    usual = {"item_key": b"i" * 16, "subject_key": AUTHOR, "kind": "post", "product": "social", "visibility": "public"}
    row = {**dict.fromkeys(ITEM_COLUMNS), **usual, "created_at": datetime(2020, 1, 1, tzinfo=UTC), **given}
    return pl.DataFrame([row], schema=ITEM_COLUMNS)


def findings(**given):
    return pl.DataFrame([{"is_picture_only": False, "is_empty": False, "is_duplicate": False, **given}])


def test_an_explanation_says_everything_that_the_decision_rests_on():
    assert explain(item(product="messenger"), FACTS, EU_2025, at=AT) == Explanation(
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
            "author_known": True,
            "author_born_by": "1990-03-02",
            "author_country": "FR",
            "author_language": "fr",
            "author_visibility": "public",
            "author_state": "active",
            "has_objected": False,
            "objection_basis": None,
            "objection_effective_at": None,
            "has_notice": True,
            "has_current_notice": True,
            "notice_valid_since": "2025-04-14T08:00:00.000000Z",
            "adult_notice_valid_since": "2025-04-14T08:00:00.000000Z",
        },
        evaluated=(
            RuleOutcome(reason="own_objection", decision="exclude", has_hit=False),
            RuleOutcome(reason="linked_account_objection", decision="exclude", has_hit=False),
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
    explained = explain(item(), FACTS, EU_2025, at=AT)
    assert (explained.decision, explained.reason, explained.is_content_known) == ("include", "eligible", False)
    assert [rule.reason for rule in explained.evaluated if rule.has_hit] == ["eligible"]


def test_with_findings_the_rules_on_content_are_tried_as_well():
    explained = explain(item(), FACTS, EU_2025, at=AT, content=findings(is_duplicate=True))
    assert (explained.decision, explained.reason, explained.is_content_known) == ("exclude", "duplicate", True)
    assert [rule.reason for rule in explained.evaluated[-3:]] == ["image_unfiltered", "nothing_left", "duplicate"]
    assert explained.facts["is_duplicate"] is True


def test_an_item_that_facts_keep_out_is_not_tried_on_content():
    explained = explain(item(visibility="friends"), FACTS, EU_2025, at=AT, content=findings(is_empty=True))
    assert explained.reason == "not_public"
    assert explained.evaluated[-1] == RuleOutcome(reason="not_public", decision="exclude", has_hit=True)


def test_an_explanation_can_be_written_as_json_and_holds_no_key():
    told = json.dumps(asdict(explain(item(), FACTS, EU_2025, at=AT)), default=str)
    assert AUTHOR.decode() not in told
    assert ("i" * 16) not in told


@pytest.mark.parametrize("count", [0, 2])
def test_an_explanation_is_about_one_item(count):
    with pytest.raises(ExplanationError) as caught:
        explain(pl.concat([item()] * 2).head(count), FACTS, EU_2025, at=AT)
    assert str(caught.value) == f"an explanation is about one item, {count} are given"
