"""Law: a setting made stricter never adds an item, and lets no item in whole that was cut before."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from deciders import EU_2025, KEPT, decide_tables, relations_of, tables_of
from worlds import AT, DAY, batches, change

ALL_KINDS = (*EU_2025.settings.kinds, "direct_message", "group_chat_message", "derived")
CHATS = {"ai_chat_min_age_reason": "the scope of the article"}
TYPO = (change("2025-04", "2025-03"),)
# What each setting may be, from the laxest to the strictest.
STRICTER = {
    "notice_changes": [(change("2025-03", "2025-02"), *TYPO), TYPO, (change("2025-04", "2025-03", ""),)],
    "notice_days": [0, 1, 30, 43, 300],
    "notice_period_from": ["publication", "proof"],
    "dormant_days": [36_500, 730, 9, 0],
    "unreachable": ["public_notice", "hold"],
    "adult_age": [18, 21],
    "include_posted_as_minor": [True, False],
    "ai_chat_min_age": [0, 16, 18, 21],
    "products": [("social", "messenger"), ("social",), ()],
    "kinds": [ALL_KINDS, EU_2025.settings.kinds, ("post", "photo"), ()],
    "ephemeral_kinds": [(), ("story",), ("story", "photo", "ai_interaction")],
    "private_authors": ["include", "exclude"],
    "late_objection": ["later_content", "all_content"],
    "same_person_objections": [False, True],
    "others_content": ["keep", "cut"],
    "public_role": ["full_effect", "human"],
    "deceased": ["include", "exclude"],
    "own_special_categories": ["include", "exclude"],
    "faces": ["use", "blur", "exclude"],
    "child_face_score": [Decimal(1), Decimal("0.9"), Decimal("0.3"), Decimal(0)],
    "machine_signals": ["ignore", "objection"],
    "is_shared": [False, True],
    "relaunched_at": [None, AT - 300 * DAY, AT - 43 * DAY, AT],
}
# Neither way is stricter: another notice, another purpose.
OF_NO_ORDER = {"notice_version", "purpose"}
# They are about runs, releases and duties, or words for the record; no item depends on them.
OF_NO_ITEM = {
    "legal_basis": "GDPR Art. 6(1)(a)",
    "ai_chat_min_age_reason": "another reason",
    "flood_claims_per_minute": 0,
    "after_training": "retrain",
    "retrain_days": 1,
    "release_max_canary_p": Decimal(1),
    "release_min_reach": Decimal(1),
    "snapshot_max_age_hours": 0,
    "heartbeat_max_age_seconds": 0,
}
# A lower age for chats also lifts what a notice to a minor lacks, so the age of adults moves alone only without one.
ALONG = {"adult_age": {"ai_chat_min_age": 21}}


def decide_with(worlds, name, values):
    """Decide worlds once with each value of a setting."""
    along = {**worlds[0].settings, **CHATS, **ALONG.get(name, {})}
    tables = tables_of(*worlds)
    rulesets = [EU_2025.with_settings({**along, name: value}) for value in values]
    return [
        decide_tables(turned, relations_of(turned)) for turned in (replace(tables, ruleset=one) for one in rulesets)
    ]


def kept(decided, decisions=KEPT):
    return {place for place, (decision, _) in enumerate(decided) if decision in decisions}


@pytest.mark.parametrize("name", STRICTER)
def test_a_stricter_setting_takes_items_out_and_never_adds_one(name):
    has_effect = False
    for worlds in batches(f"stricter {name}", count=2, size=300):
        places = [(world, item["id"]) for world in worlds for item in world.items]
        for lax, strict in pairwise(decide_with(worlds, name, STRICTER[name])):
            added = sorted(kept(strict) - kept(lax) | kept(strict, ("include",)) - kept(lax, ("include",)))
            assert [(places[place], lax[place], strict[place]) for place in added[:1]] == []
            has_effect |= kept(strict) != kept(lax) or kept(strict, ("include",)) != kept(lax, ("include",))
    assert has_effect


@pytest.mark.parametrize("name", OF_NO_ITEM)
def test_some_settings_decide_about_no_item(name):
    (worlds,) = batches("no item", count=1)
    (usual,) = decide_with(worlds, name, [getattr(EU_2025.settings, name)])
    assert decide_with(worlds, name, [OF_NO_ITEM[name]]) == [usual]


def test_every_setting_is_in_one_of_these_tables():
    assert STRICTER.keys() | OF_NO_ORDER | OF_NO_ITEM.keys() == set(type(EU_2025.settings).__struct_fields__)
