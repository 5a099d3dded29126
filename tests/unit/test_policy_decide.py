"""Decisions at their edges; the laws compare whole worlds with a second decider, the cases give one example a rule."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from demur.exchange.columns import ITEM_COLUMNS, NOTICE_COLUMNS, OBJECTION_COLUMNS, SUBJECT_COLUMNS, Facts
from demur.policy.decide import DECIDING_COLUMNS, decide_content, decide_facts
from demur.policy.errors import FactsAmbiguousError
from demur.policy.ruleset import load_ruleset

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
EU_2025 = load_ruleset("eu-2025")
AUTHOR, OTHER = b"a" * 16, b"b" * 16
NO_OBJECTIONS = pl.DataFrame(schema=OBJECTION_COLUMNS)


def item(**given):
    usual = {"item_key": b"i" * 16, "subject_key": AUTHOR, "kind": "post", "product": "social", "visibility": "public"}
    row = {**dict.fromkeys(ITEM_COLUMNS), **usual, "created_at": datetime(2020, 1, 1, tzinfo=UTC), **given}
    return pl.DataFrame([row], schema=ITEM_COLUMNS)


def facts(*, subject_rows=1, objections=NO_OBJECTIONS):
    subject = {
        "subject_key": AUTHOR,
        "born_by": date(1990, 1, 1),
        "country": "FR",
        "language": "fr",
        "visibility": "public",
        "state": "active",
    }
    notice = {
        "subject_key": AUTHOR,
        "version": "2025-04",
        "channel": "email",
        "language": "fr",
        "states_right": True,
        "proven_at": datetime(2025, 4, 14, tzinfo=UTC),
    }
    return Facts(
        subjects=pl.DataFrame([subject] * subject_rows, schema=SUBJECT_COLUMNS),
        notices=pl.DataFrame([notice], schema=NOTICE_COLUMNS),
        objections=objections,
        as_of=AT,
        log_size=0,
    )


def objection(basis):
    row = {"subject_key": AUTHOR, "basis": basis, "purpose": "train_generative_models", "effective_at": AT}
    return pl.DataFrame([row], schema=OBJECTION_COLUMNS)


def decided(items, known):
    return decide_facts(items, known, EU_2025, at=AT).select("decision", "reason").row(0)


def test_an_item_of_an_adult_who_was_told_is_eligible():
    assert decided(item(), facts()) == ("include", "eligible")


@pytest.mark.parametrize("basis", ["own", None, "a basis of a later version"])
def test_an_objection_of_unknown_basis_counts_as_own(basis):
    assert decided(item(), facts(objections=objection(basis))) == ("exclude", "own_objection")


def test_an_objection_of_a_person_without_account_facts_counts():
    known = replace(facts(objections=objection("own")), subjects=pl.DataFrame(schema=SUBJECT_COLUMNS))
    assert decided(item(), known) == ("exclude", "own_objection")


def test_a_deletion_that_is_later_than_the_snapshot_counts():
    assert decided(item(deleted_at=datetime(2025, 5, 28, tzinfo=UTC)), facts()) == ("exclude", "deleted")


@pytest.mark.parametrize("author", [None, OTHER])
def test_an_item_of_unknown_author_is_out_because_no_age_is_shown(author):
    assert decided(item(subject_key=author), facts()) == ("exclude", "age_unknown")


@pytest.mark.parametrize("author", [None, OTHER])
def test_a_chat_of_unknown_author_is_held_where_no_age_is_asked(author):
    any_age = EU_2025.with_settings({"ai_chat_min_age": 0, "ai_chat_min_age_reason": "the scope of the announcement"})
    chat = item(kind="ai_interaction", visibility="direct", subject_key=author)
    decision = decide_facts(chat, facts(), any_age, at=AT).select("decision", "reason").row(0)
    assert decision == ("hold", "notice_missing")


def test_a_null_author_is_nobody_even_when_the_facts_have_a_row_without_a_key():
    known = facts()
    nobody = known.subjects.with_columns(subject_key=pl.lit(None, dtype=pl.Binary))
    assert decided(item(subject_key=None), replace(known, subjects=nobody)) == ("exclude", "age_unknown")


def test_columns_that_no_rule_reads_may_be_missing_and_others_pass_through():
    items = item().select(DECIDING_COLUMNS).with_columns(row=pl.lit(7))
    result = decide_facts(items, facts(), EU_2025, at=AT)
    assert result.columns == [*DECIDING_COLUMNS, "row", "decision", "reason"]
    assert result["reason"].to_list() == ["eligible"]


def test_no_items_and_no_facts_give_no_decisions():
    empty = Facts(
        subjects=pl.DataFrame(schema=SUBJECT_COLUMNS),
        notices=pl.DataFrame(schema=NOTICE_COLUMNS),
        objections=NO_OBJECTIONS,
        as_of=AT,
        log_size=0,
    )
    result = decide_facts(pl.DataFrame(schema=ITEM_COLUMNS), empty, EU_2025, at=AT)
    assert result.schema == pl.Schema({**ITEM_COLUMNS, "decision": pl.String, "reason": pl.String})
    assert result.height == 0


def test_two_rows_about_one_person_stop_everything():
    with pytest.raises(FactsAmbiguousError) as caught:
        decided(item(), facts(subject_rows=2))
    assert str(caught.value) == "the snapshot's table subjects has more than one row for a subject"


def test_two_objections_of_one_person_stop_everything():
    twice = pl.concat([objection("own"), objection("linked")])
    with pytest.raises(FactsAmbiguousError, match="table objections"):
        decided(item(), facts(objections=twice))


def test_content_is_decided_in_the_order_of_the_rules_and_unknown_findings_keep_out():
    findings = pl.DataFrame(
        {
            "is_picture_only": [False, True, False, False, None, False],
            "is_empty": [False, True, True, False, False, None],
            "is_duplicate": [False, True, True, True, False, False],
        }
    )
    assert decide_content(findings, EU_2025).rows() == [
        ("include", "eligible"),
        ("exclude", "image_unfiltered"),
        ("exclude", "nothing_left"),
        ("exclude", "duplicate"),
        ("exclude", "image_unfiltered"),
        ("exclude", "nothing_left"),
    ]


def test_no_findings_give_no_decisions():
    names = ("is_picture_only", "is_empty", "is_duplicate")
    assert decide_content(pl.DataFrame(schema=dict.fromkeys(names, pl.Boolean)), EU_2025).height == 0
