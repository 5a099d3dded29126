"""Decisions at their edges; the laws compare whole worlds with a second decider, the cases give one example a rule."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from demur.exchange.columns import ITEM_COLUMNS, RELATION_COLUMNS, SUBJECT_COLUMNS
from demur.policy.content import CONTENT_COLUMNS
from demur.policy.decide import DECIDING_COLUMNS, decide_content, decide_facts
from demur.policy.errors import FactsAmbiguousError
from demur.policy.ruleset import load_ruleset
from demur.testing.facts import make_facts, make_table

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
EU_2025 = load_ruleset("eu-2025")
AUTHOR, OTHER = b"a" * 16, b"b" * 16
NO_RELATIONS = pl.DataFrame(schema=RELATION_COLUMNS)


def item(**given):
    usual = {"item_key": b"i" * 16, "subject_key": AUTHOR, "kind": "post", "product": "social", "visibility": "public"}
    row = {**dict.fromkeys(ITEM_COLUMNS), **usual, "created_at": datetime(2020, 1, 1, tzinfo=UTC), **given}
    return pl.DataFrame([row], schema=ITEM_COLUMNS)


def facts(*, subject_rows=1, objections=(), **tables):
    subject = {
        "subject_key": AUTHOR,
        "born_by": date(1990, 1, 1),
        "country": "FR",
        "language": "fr",
        "visibility": "public",
        "state": "active",
        "last_seen_at": datetime(2025, 5, 20, tzinfo=UTC),
    }
    notice = {
        "subject_key": AUTHOR,
        "version": "2025-04",
        "channel": "email",
        "language": "fr",
        "states_right": True,
        "proven_at": datetime(2025, 4, 14, tzinfo=UTC),
    }
    known = {"subjects": [subject] * subject_rows, "notices": [notice], "objections": objections}
    return make_facts({**known, **tables}, as_of=AT)


def objection(basis, **given):
    usual = {"scope": "all", "purpose": "train_generative_models", "effective_at": AT, "in_public_role": False}
    return {"subject_key": AUTHOR, "basis": basis, **usual, **given}


def others(reason, decision):
    """Return the relations of the item when this rule hits for another of its authors."""
    row = {**dict.fromkeys(RELATION_COLUMNS, False), "item_key": b"i" * 16}
    return make_table([{**row, "others_place": EU_2025.places[reason, decision]}], RELATION_COLUMNS)


def decided(items, known, ruleset=EU_2025, relations=NO_RELATIONS):
    return decide_facts(items, known, ruleset, at=AT, relations=relations).select("decision", "reason").row(0)


def test_an_item_of_an_adult_who_was_told_is_eligible():
    assert decided(item(), facts()) == ("include", "eligible")


@pytest.mark.parametrize("basis", ["own", None, "a basis of a later version"])
def test_an_objection_of_unknown_basis_counts_as_own(basis):
    assert decided(item(), facts(objections=[objection(basis)])) == ("exclude", "own_objection")


def test_an_objection_of_a_person_without_account_facts_counts():
    known = replace(facts(objections=[objection("own")]), subjects=pl.DataFrame(schema=SUBJECT_COLUMNS))
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
    assert decided(chat, facts(), any_age) == ("hold", "notice_missing")


def test_a_null_author_is_nobody_even_when_the_facts_have_a_row_without_a_key():
    known = facts()
    nobody = known.subjects.with_columns(subject_key=pl.lit(None, dtype=pl.Binary))
    assert decided(item(subject_key=None), replace(known, subjects=nobody)) == ("exclude", "age_unknown")


def test_columns_that_no_rule_reads_may_be_missing_and_others_pass_through():
    items = item().select(DECIDING_COLUMNS).with_columns(row=pl.lit(7))
    result = decide_facts(items, facts(), EU_2025, at=AT, relations=NO_RELATIONS)
    assert result.columns == [*DECIDING_COLUMNS, "row", "decision", "reason"]
    assert result["reason"].to_list() == ["eligible"]


def test_no_items_and_no_facts_give_no_decisions():
    empty = make_facts({}, as_of=AT)
    result = decide_facts(pl.DataFrame(schema=ITEM_COLUMNS), empty, EU_2025, at=AT, relations=NO_RELATIONS)
    assert result.schema == pl.Schema({**ITEM_COLUMNS, "decision": pl.String, "reason": pl.String})
    assert result.height == 0


def test_two_rows_about_one_person_stop_everything():
    with pytest.raises(FactsAmbiguousError) as caught:
        decided(item(), facts(subject_rows=2))
    assert str(caught.value) == "the snapshot's table subjects has more than one row for a subject"


def test_two_objections_of_one_person_both_count():
    photos, role = objection("linked", scope="photos"), objection("own", in_public_role=True)
    assert decided(item(), facts(objections=[photos])) == ("include", "eligible")
    assert decided(item(kind="photo"), facts(objections=[photos])) == ("exclude", "linked_account_objection")
    assert decided(item(kind="photo"), facts(objections=[photos, role])) == ("exclude", "own_objection")


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        (datetime(2024, 12, 31, tzinfo=UTC), "own_objection"),
        (datetime(2025, 1, 1, tzinfo=UTC), "notice_missing"),
        (None, "own_objection"),
    ],
)
def test_what_a_former_holder_objected_to_stays_out_and_what_the_next_one_publishes_does_not(created_at, expected):
    handed_over = datetime(2025, 1, 1, tzinfo=UTC)
    known = facts(objections=[objection("own", covers_until=handed_over)])
    subjects = known.subjects.with_columns(
        held_since=pl.lit(datetime(2025, 5, 1, tzinfo=UTC), known.notices["proven_at"].dtype)
    )
    # The present holder was not told: the notice of April reached the one before.
    known = replace(known, subjects=subjects)
    assert decided(item(created_at=created_at), known)[1] == (expected if expected == "own_objection" else "eligible")
    later = item(created_at=datetime(2025, 5, 2, tzinfo=UTC))
    assert decided(later, known) == ("hold", "notice_missing")


def test_the_first_reason_of_any_author_decides():
    known = facts(objections=[{**objection("own"), "subject_key": OTHER}])
    relations = others("own_objection", "exclude")
    assert decided(item(other_authors=[OTHER]), known, relations=relations) == ("exclude", "own_objection")


def test_an_item_whose_author_is_one_of_several_people_is_not_of_nobody():
    relations = others("eligible", "include")
    page_post = item(subject_key=None, other_authors=[AUTHOR])
    assert decided(page_post, facts(), relations=relations) == ("include", "eligible")


def test_a_web_page_of_nobody_needs_a_public_notice():
    page = item(subject_key=None, kind="web_page", product=None)
    notice = {"version": "2025-04", "channel": "public_page", "language": "*", "states_right": True}
    published = [{**notice, "proven_at": datetime(2025, 4, 14, tzinfo=UTC)}]
    assert decided(page, facts()) == ("hold", "notice_missing")
    assert decided(page, facts(notices=published)) == ("include", "eligible")


def findings(**given):
    flags = pl.DataFrame({name: [False] for name in CONTENT_COLUMNS}, schema=CONTENT_COLUMNS)
    return flags.with_columns(pl.lit(value, dtype=pl.Boolean).alias(name) for name, value in given.items())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("include", "eligible")),
        ({"is_picture_only": True, "is_empty": True}, ("exclude", "image_unfiltered")),
        ({"is_empty": True, "is_duplicate": True}, ("exclude", "nothing_left")),
        ({"is_duplicate": True}, ("exclude", "duplicate")),
        ({"is_picture_only": None}, ("exclude", "image_unfiltered")),
        ({"is_empty": None}, ("exclude", "nothing_left")),
        ({"embeds_objected": True}, ("exclude", "contains_objected_content")),
        ({"embeds_objected": True, "embed_separable": True}, ("redact", "contains_objected_content")),
        ({"copies_objected": True, "is_duplicate": True}, ("exclude", "duplicate")),
        ({"names_minor": True, "has_face": True}, ("redact", "names_minor")),
        ({"has_reserved_preview": True}, ("redact", "rights_reservation")),
    ],
)
def test_content_is_decided_in_the_order_of_the_rules_and_unknown_findings_keep_out(given, expected):
    assert decide_content(findings(**given), EU_2025).row(0) == expected


def test_no_findings_give_no_decisions():
    assert decide_content(pl.DataFrame(schema=CONTENT_COLUMNS), EU_2025).height == 0
