"""A notice is valid when it is proven, describes the present processing, and says the right clearly and apart."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as change

from demur.policy.notices import NoticeDecision, NoticeFacts, decide_notice, speaks_language
from demur.policy.ruleset import load_ruleset
from demur.policy.settings import NoticeChange
from demur.policy.verdicts import NoticeDecisionWord, NoticeReason

SETTINGS = change(load_ruleset("eu-2025").settings, notice_version="2025-04", notice_changes=())
GOOD = NoticeFacts(
    event="delivered",
    is_public=False,
    version="2025-04",
    language="fi",
    account_language="fi",
    states_right=True,
    is_marketing=None,
    fits_age=True,
)
PAGE = replace(GOOD, event="published", is_public=True, language="*", account_language=None, fits_age=False)
VALID = NoticeDecision(decision=NoticeDecisionWord.VALID, reason=NoticeReason.ELIGIBLE, duties=("proof kept",))
VALID_PAGE = NoticeDecision(
    decision=NoticeDecisionWord.VALID,
    reason=NoticeReason.PUBLIC_NOTICE,
    duties=("keep a permanent page", "proof kept"),
)
DUTIES = {NoticeReason.NOTICE_MISSING: ("other channel", "hold until proven")}


def invalid(reason):
    duties = DUTIES.get(reason, ("new notice", "new period"))
    return NoticeDecision(decision=NoticeDecisionWord.INVALID, reason=reason, duties=duties)


@pytest.mark.parametrize(
    "facts", [{}, {"event": "shown"}, {"language": "fi-FI"}, {"language": "*"}, {"is_marketing": False}]
)
def test_a_notice_without_a_fault_is_valid(facts):
    assert decide_notice(replace(GOOD, **facts), SETTINGS) == VALID


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"event": "queued"}, NoticeReason.NOTICE_MISSING),
        ({"event": "sent"}, NoticeReason.NOTICE_MISSING),
        ({"event": "bounced"}, NoticeReason.NOTICE_MISSING),
        ({"event": "published"}, NoticeReason.NOTICE_MISSING),
        ({"event": None}, NoticeReason.NOTICE_MISSING),
        ({"version": "2024-06"}, NoticeReason.NOTICE_OUTDATED),
        ({"version": None}, NoticeReason.NOTICE_OUTDATED),
        ({"states_right": False}, NoticeReason.NOTICE_INVALID),
        ({"states_right": None}, NoticeReason.NOTICE_INVALID),
        ({"is_marketing": True}, NoticeReason.NOTICE_INVALID),
        ({"language": "en"}, NoticeReason.NOTICE_INVALID),
        ({"language": None}, NoticeReason.NOTICE_INVALID),
        ({"account_language": None}, NoticeReason.NOTICE_INVALID),
        ({"fits_age": False}, NoticeReason.NOTICE_INVALID),
        ({"event": "sent", "version": "2024-06", "states_right": False}, NoticeReason.NOTICE_MISSING),
        ({"version": "2024-06", "states_right": False}, NoticeReason.NOTICE_OUTDATED),
    ],
)
def test_a_notice_with_a_fault_is_invalid_for_the_first_of_them(facts, reason):
    assert decide_notice(replace(GOOD, **facts), SETTINGS) == invalid(reason)


def test_a_published_page_in_force_is_the_way_for_people_who_cannot_be_reached():
    assert decide_notice(PAGE, SETTINGS) == VALID_PAGE


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"event": None}, NoticeReason.NOTICE_MISSING),
        ({"event": "queued"}, NoticeReason.NOTICE_MISSING),
        ({"event": "shown"}, NoticeReason.NOTICE_MISSING),
        ({"version": "2024-06"}, NoticeReason.NOTICE_OUTDATED),
        ({"states_right": False}, NoticeReason.NOTICE_INVALID),
        ({"is_marketing": True}, NoticeReason.NOTICE_INVALID),
    ],
)
def test_a_page_with_a_fault_is_invalid(facts, reason):
    assert decide_notice(replace(PAGE, **facts), SETTINGS) == invalid(reason)


@pytest.mark.parametrize(
    ("is_material", "signed_by", "expected"),
    [
        (False, "Vera Example", VALID),
        (False, "", invalid(NoticeReason.NOTICE_OUTDATED)),
        (True, "Vera Example", invalid(NoticeReason.NOTICE_OUTDATED)),
    ],
)
def test_only_a_signed_immaterial_change_leaves_the_earlier_notice_valid(is_material, signed_by, expected):
    made = NoticeChange(
        version="2025-05", previous="2025-04", what="a typing error", is_material=is_material, signed_by=signed_by
    )
    settings = change(SETTINGS, notice_version="2025-05", notice_changes=(made,))
    assert decide_notice(GOOD, settings) == expected


@pytest.mark.parametrize(
    ("notice", "account", "is_spoken"),
    [
        ("pt", "pt", True),
        ("pt-BR", "PT_pt", True),
        ("*", None, True),
        ("pt", "fr", False),
        ("p", "p", False),
        ("portuguese", "portuguese", False),
        ("", "", False),
        (None, None, False),
        ("pt", "*", False),
    ],
)
def test_regional_forms_of_one_language_are_one_language(notice, account, is_spoken):
    assert speaks_language(notice, account) is is_spoken
