"""An objection is accepted whatever is missing; it is refused only by a named human on a ground of the law."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.policy.requests import (
    CIRCUMSTANCES,
    ControllerClaim,
    Flood,
    Ground,
    Lead,
    Request,
    RequestDecision,
    Wording,
    decide_request,
    read_wording,
)
from demur.policy.ruleset import load_ruleset
from demur.policy.verdicts import RequestDecisionWord, RequestReason

SETTINGS = load_ruleset("eu-2025").settings
RECEIVED = datetime(2025, 4, 20, 12, tzinfo=UTC)
PLAIN = Request(receipts=(RECEIVED,), account="ada")
NO_LOGIN = Request(receipts=(RECEIVED,), claimed_accounts=("ada",))
REFUSAL = ControllerClaim(ground=Ground.LEGAL_CLAIMS, decided_by="Vera Example", remedies_told=True)
NO_GROUND = ControllerClaim(ground=None, decided_by="Vera Example", remedies_told=True)
FLOOD = Flood(count=SETTINGS.flood_claims_per_minute, window=timedelta(minutes=1))

# One change for each reason, from the most specific to the default.
SPECIFIC = (
    (RequestReason.FLOOD, {"flood": FLOOD, "account": None}),
    (RequestReason.CANNOT_LOCATE, {"lead": Lead.NAME, "account": None}),
    (RequestReason.NO_COMPELLING_GROUNDS, {"controller_claim": NO_GROUND}),
    (RequestReason.IDEMPOTENT, {"is_repeated": True}),
    (RequestReason.INTAKE_ALWAYS_OPEN, {"came_while_halted": True}),
    (RequestReason.OBJECTION_STANDS, {"answer_failed": True}),
    (RequestReason.JURISDICTION_WIDE, {"lives_abroad": True}),
    (RequestReason.MINOR_MAY_OBJECT, {"is_for_child": True}),
    (RequestReason.AGENT_ACCEPTED, {"is_by_agent": True}),
    (RequestReason.NO_ID_NEEDED, {"mentions_identity_papers": True}),
    (RequestReason.LOGIN_IS_ENOUGH, {"claims_beyond_login": True}),
    (RequestReason.NO_EVIDENCE_NEEDED, {"mentions_evidence": True}),
    (RequestReason.WORDING_IRRELEVANT, {"wording": Wording.OTHER_NOTION}),
    (RequestReason.ANY_CHANNEL, {"is_by_other_channel": True}),
    (RequestReason.NO_LOGIN_PROVISIONAL, {"account": None}),
    (RequestReason.NO_REASON_NEEDED, {}),
)


def objections():
    plain = {field.name: st.booleans() for field in fields(Request) if field.type in (bool, "bool")}
    return st.builds(
        Request,
        receipts=st.lists(st.datetimes(timezones=st.just(UTC)), min_size=1, max_size=3).map(tuple),
        account=st.none() | st.just("ada"),
        lead=st.sampled_from(Lead),
        flood=st.none() | st.builds(Flood, count=st.integers(0, 10_000), window=st.just(timedelta(minutes=1))),
        controller_claim=st.none()
        | st.builds(
            ControllerClaim,
            ground=st.none() | st.sampled_from(Ground),
            decided_by=st.sampled_from(["", " ", "Vera Example"]),
            remedies_told=st.booleans(),
        ),
        wording=st.sampled_from(Wording),
        **plain,
    ).filter(lambda request: request.received_at.year < 9999)


@given(objections())
def test_an_objection_is_never_refused_without_a_named_human_a_ground_and_the_remedies(request):
    decided = decide_request(request, SETTINGS)
    claim = request.controller_claim
    if decided.decision is RequestDecisionWord.REFUSE:
        assert (claim.ground is not None, claim.decided_by, claim.remedies_told) == (True, "Vera Example", True)
    else:
        assert decided.effective_at == min(request.receipts)


@given(objections(), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_later_repetition_moves_nothing(request, later):
    request = replace(request, is_repeated=True)
    repeated = replace(request, receipts=(*request.receipts, min(request.receipts) + later))
    assert decide_request(repeated, SETTINGS) == decide_request(request, SETTINGS)


@given(objections())
def test_a_question_is_asked_only_of_whoever_is_not_logged_in_and_has_effect_meanwhile(request):
    decided = decide_request(request, SETTINGS)
    if decided.decision is RequestDecisionWord.ASK:
        assert (request.account, decided.is_provisional, decided.effective_at) == (None, True, request.received_at)


@pytest.mark.parametrize(("reason", "change"), SPECIFIC)
def test_each_circumstance_gives_its_reason(reason, change):
    assert decide_request(replace(PLAIN, **change), SETTINGS).reason is reason


@pytest.mark.parametrize(("one", "other"), list(pairwise(SPECIFIC)))
def test_the_more_specific_circumstance_gives_the_reason(one, other):
    assert decide_request(replace(PLAIN, **{**other[1], **one[1]}), SETTINGS).reason is one[0]


def test_every_reason_has_a_circumstance():
    assert {circumstance.reason for circumstance in CIRCUMSTANCES} == set(RequestReason)


def test_an_objection_without_a_reason_is_accepted_from_its_receipt():
    assert decide_request(PLAIN, SETTINGS) == RequestDecision(
        decision=RequestDecisionWord.ACCEPT,
        reason=RequestReason.NO_REASON_NEEDED,
        duties=("answer by 2025-05-20",),
        is_provisional=False,
        effective_at=RECEIVED,
    )


def test_a_claim_without_login_is_accepted_at_once_and_the_account_holder_can_undo_it():
    assert decide_request(NO_LOGIN, SETTINGS) == RequestDecision(
        decision=RequestDecisionWord.ACCEPT,
        reason=RequestReason.NO_LOGIN_PROVISIONAL,
        duties=(
            "answer by 2025-05-20",
            "exclude ada provisionally",
            "message to ada with an undo that needs login",
        ),
        is_provisional=True,
        effective_at=RECEIVED,
    )


def test_a_name_alone_is_asked_about_once_and_masked_meanwhile():
    assert decide_request(Request(receipts=(RECEIVED,), lead=Lead.NAME), SETTINGS) == RequestDecision(
        decision=RequestDecisionWord.ASK,
        reason=RequestReason.CANNOT_LOCATE,
        duties=(
            "one optional question only",
            "no ID document",
            "mask the name everywhere meanwhile",
            "answer by 2025-05-20",
        ),
        is_provisional=True,
        effective_at=RECEIVED,
    )


def test_whoever_says_nothing_is_asked_unless_something_else_is_known():
    nothing = Request(receipts=(RECEIVED,), lead=Lead.NOTHING)
    assert decide_request(nothing, SETTINGS).reason is RequestReason.CANNOT_LOCATE
    assert decide_request(replace(nothing, mentions_evidence=True), SETTINGS).decision is RequestDecisionWord.ACCEPT


def test_a_mass_of_claims_has_effect_before_it_is_confirmed():
    decided = decide_request(replace(NO_LOGIN, flood=FLOOD), SETTINGS)
    assert decided == RequestDecision(
        decision=RequestDecisionWord.ASK,
        reason=RequestReason.FLOOD,
        duties=(
            "one optional question only",
            "no ID document",
            "provisional effect",
            "confirmation asked",
            "answer by 2025-05-20",
            "exclude ada provisionally",
            "message to ada with an undo that needs login",
        ),
        is_provisional=True,
        effective_at=RECEIVED,
    )


@pytest.mark.parametrize(
    ("count", "seconds", "is_flood"),
    [(600, 60, True), (599, 60, False), (10, 1, True), (9, 1, False), (6000, 600, True), (5999, 600, False)],
)
def test_a_flood_is_a_rate_and_not_a_number(count, seconds, is_flood):
    decided = decide_request(replace(NO_LOGIN, flood=Flood(count=count, window=timedelta(seconds=seconds))), SETTINGS)
    assert (decided.reason is RequestReason.FLOOD) is is_flood


def test_a_logged_in_person_is_never_part_of_a_flood():
    assert decide_request(replace(PLAIN, flood=FLOOD), SETTINGS).decision is RequestDecisionWord.ACCEPT


@pytest.mark.parametrize(
    ("change", "decision"),
    [
        ({}, RequestDecisionWord.REFUSE),
        ({"ground": None}, RequestDecisionWord.ACCEPT),
        ({"decided_by": ""}, RequestDecisionWord.ACCEPT),
        ({"decided_by": "  "}, RequestDecisionWord.ACCEPT),
        ({"remedies_told": False}, RequestDecisionWord.ACCEPT),
    ],
)
def test_a_refusal_lacks_nothing(change, decision):
    decided = decide_request(replace(PLAIN, controller_claim=replace(REFUSAL, **change)), SETTINGS)
    assert (decided.decision, decided.reason) == (decision, RequestReason.NO_COMPELLING_GROUNDS)


def test_a_refusal_for_a_public_role_says_so_and_has_no_effect():
    decided = decide_request(replace(PLAIN, controller_claim=REFUSAL, touches_public_role=True), SETTINGS)
    assert decided == RequestDecision(
        decision=RequestDecisionWord.REFUSE,
        reason=RequestReason.FREEDOM_OF_INFORMATION,
        duties=("reasons told", "complaint and court told", "signed by a named human"),
        is_provisional=False,
        effective_at=None,
    )


def test_what_goes_with_an_objection_is_said():
    asked = replace(
        PLAIN,
        language="fi",
        covered_accounts=("ada", "bento"),
        other_accounts=("clara",),
        has_attachments=True,
        mentions_identity_papers=True,
        touches_public_role=True,
    )
    assert decide_request(asked, SETTINGS).duties == (
        "no ID document",
        "answer by 2025-05-20",
        "answer in fi",
        "answer lists ada, bento",
        "answer says how to add clara",
        "attachment erased",
        "a named human weighs what is about the public role",
    )


@pytest.mark.parametrize(
    "text",
    [
        "I withdraw my consent under Art. 7",
        "Bitte löschen Sie meine Beiträge",
        "Ich widerrufe meine Einwilligung",
        "Je retire mon consentement",
        "Retiro mi consentimiento",
        "Ritiro il consenso",
        "Retiro o meu consentimento",
        "Ik trek mijn toestemming in",
        "Jeg trækker mit samtykke tilbage",
        "Jag återkallar mitt samtycke",
        "Peruutan suostumukseni",
        "Wycofuję zgodę",
        "Odvolávám svůj souhlas",
        "Odvolávam svoj súhlas",
        "Visszavonom a hozzájárulásomat",
        "Îmi retrag consimțământul",
        "Оттеглям съгласието си",
        "Ανακαλώ τη συγκατάθεσή μου",
        "Povlačim privolu",
        "Umikam soglasje",
        "Võtan nõusoleku tagasi",
        "Atsaucu savu piekrišanu",
        "Atšaukiu savo sutikimą",
        "Nirtira l-kunsens tiegħi",
        "Tarraingím siar mo thoiliú",
        "OPT-OUT",
        "Stop using my photos",
        "My right under article 17",
    ],
)
def test_another_notion_of_the_law_is_recognised_in_every_language(text):
    assert read_wording(text) is Wording.OTHER_NOTION


@pytest.mark.parametrize(
    "text",
    [
        "I object to the training",
        "Ich widerspreche",
        "Je m'oppose à cet usage",
        "Me opongo",
        "Mi oppongo: opposizione",
        "Oponho-me",
        "Ik maak bezwaar",
        "Jeg gør indsigelse",
        "Jag invänder mot detta",
        "Vastustan käsittelyä",
        "Wnoszę sprzeciw",
        "Vznáším námitku",
        "Namietam",
        "Tiltakozom",
        "Mă opun",
        "Възразявам",
        "Εναντιώνομαι",
        "Ulažem prigovor",
        "Ugovarjam",
        "Esitan vastuväite",
        "Es iebilstu",
        "Prieštarauju",
        "Noġġezzjona",
        "Agóid a dhéanaim",
        "Based on Art. 21",
    ],
)
def test_the_word_of_the_law_is_recognised_in_every_language(text):
    assert read_wording(text) is Wording.OBJECTION


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        (None, Wording.NONE),
        (" \n", Wording.NONE),
        ("Please leave my posts out of this", Wording.PLAIN),
        ("Ich möchte wissen, warum; nein danke", Wording.PLAIN),
        ("Eras un amigo", Wording.PLAIN),
        ("Zgodilo se je", Wording.PLAIN),
        ("I object, so delete it", Wording.OTHER_NOTION),
    ],
)
def test_any_other_text_is_plain(text, wording):
    assert read_wording(text) is wording


def test_plain_words_on_an_ordinary_form_are_an_objection():
    decided = decide_request(replace(PLAIN, wording=Wording.PLAIN), SETTINGS)
    assert (decided.decision, decided.reason) == (RequestDecisionWord.ACCEPT, RequestReason.WORDING_IRRELEVANT)
