"""Questions of cases about anything but an item are answered by the facts that are given, whatever their order."""

import json
from copy import deepcopy

import msgspec
import pytest

from demur.policy.case_format import Case
from demur.policy.case_questions import Answer, answer_question
from demur.policy.errors import CaseInvalidError
from demur.policy.ruleset import load_ruleset
from demur.policy.runs import Attack

RULESET = load_ruleset("eu-2025")
ADA = {
    "id": "ada",
    "holder": "p-ada",
    "birth_date": "1984-11-20",
    "country": "PT",
    "language": "pt",
    "contact_key": "k-ada",
    "timezone": "Europe/Lisbon",
    "handle": "@ada.l",
}
STRANGER = {"id": "zoe", "holder": "p-zoe", "birth_date": "2012", "country": "US", "language": "en", "centre": "c-9"}
MADE = {"id": "o1", "by": {"account": "ada"}, "received_at": "2025-05-10T12:00:00Z", "via": "form"}
SENT = {
    "id": "n1",
    "account": "ada",
    "channel": "email",
    "event": "delivered",
    "at": "2025-04-14T08:00:00Z",
    "version": "2025-04",
    "language": "pt",
    "states_right_to_object_separately": True,
}
POST = {"id": "i1", "account": "ada", "kind": "post", "created_at": "2021-08-14T15:00:00Z", "visibility": "public"}
RUN = {
    "id": "r1",
    "corpus_built_at": "2025-05-01T00:00:00Z",
    "training_starts_at": "2025-05-27T06:00:00Z",
    "model": "m1",
}
ATTACKS = [attack.value for attack in Attack]
AUDIT = {"canary_exposure_p": 0.4, "attacks_run": ATTACKS}


def case_of(about, name, **given):
    world = {
        "now": "2025-05-27T06:00:00Z",
        "processing": {"state": "active", "notice_version": "2025-04"},
        "run": RUN,
        "accounts": [ADA],
        "notices": [SENT],
        "objections": [MADE],
        "items": [POST],
        "ask": {"about": about, "id": name},
        **given,
    }
    return {"id": "Q1", "group": "g", "given": world, "expected": {"decision": "", "reason": ""}}


def is_objected(case):
    makers = {made.by.account for made in case.given.objections}
    return {item.id: item.account in makers for item in case.given.items}


def is_kept(case):
    return {item: not objected for item, objected in is_objected(case).items()}


def answer(raw, **settings):
    case = msgspec.json.decode(json.dumps(raw), type=Case)
    settled = RULESET.with_settings({"notice_version": "2025-04", **settings}).settings
    return answer_question(case, settled, kept=is_kept, objected=is_objected)


def answer_all(raw, **settings):
    """Answer a case, and see that neither the order of facts nor strangers change the answer."""
    turned = deepcopy(raw)
    for part in ("accounts", "notices", "objections", "items"):
        turned["given"][part] = [*turned["given"][part][::-1]]
    turned["given"]["accounts"].insert(0, STRANGER)
    first = answer(raw, **settings)
    assert answer(turned, **settings) == first
    return first


def short(raw, **settings):
    found = answer_all(raw, **settings)
    return found.decision, found.reason


def ask_about(change, *, world=None):
    return answer_all(case_of("request", "o1", objections=[{**MADE, **change}], **(world or {})))


NO_LOGIN = {"by": {"account": None}, "via": "form_no_account"}
CLAIM = {**NO_LOGIN, "claims": {"handle": "ADA.L"}}
PAUSED = {"processing": {"state": "suspended", "since": "2025-05-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("change", "decision", "reason"),
    [
        ({}, "accept", "no_reason_needed"),
        ({"reason_text": "Because I say so"}, "accept", "no_reason_needed"),
        ({"text": "Oponho-me"}, "accept", "no_reason_needed"),
        ({"text": "Não usem as minhas fotos"}, "accept", "wording_irrelevant"),
        ({"text": "Retiro o meu consentimento", "via": "support_chat"}, "accept", "wording_irrelevant"),
        ({"text": "Ik maak bezwaar", "language": "nl", "via": "support_chat"}, "accept", "any_channel"),
        ({"language": "nl"}, "accept", "any_channel"),
        ({"language": "pt-BR"}, "accept", "no_reason_needed"),
        ({"via": "letter"}, "accept", "any_channel"),
        ({"form_version": "2024"}, "accept", "no_reason_needed"),
        (CLAIM, "accept", "no_login_provisional"),
        ({**NO_LOGIN, "claims": {"email": "nobody@example.org"}}, "accept", "no_login_provisional"),
        ({**NO_LOGIN, "targets": [{"url": "https://blog.example/ada"}]}, "accept", "no_login_provisional"),
        ({**NO_LOGIN, "targets": [{"name": "Rui Costa"}]}, "ask", "cannot_locate"),
        ({**NO_LOGIN, "claims": {"name": "Rui Costa", "place": "Faro"}}, "ask", "cannot_locate"),
        (NO_LOGIN, "ask", "cannot_locate"),
        ({**NO_LOGIN, "evidence": None}, "accept", "no_evidence_needed"),
        ({**CLAIM, "evidence": None}, "accept", "no_evidence_needed"),
        ({**CLAIM, "attachments": ["screenshot.png"]}, "accept", "no_evidence_needed"),
        ({**CLAIM, "attachments": ["id_card.jpg"]}, "accept", "no_id_needed"),
        ({**CLAIM, "attachments": [{"kind": "passport"}], "evidence": None}, "accept", "no_id_needed"),
        ({**CLAIM, "attachments": []}, "accept", "no_id_needed"),
        ({"claims": {"email": "other@example.org"}}, "accept", "login_is_enough"),
        ({"via": "agent"}, "accept", "agent_accepted"),
        ({"via": "agent", "by": {"account": None}, "on_behalf_of": "p-ada"}, "accept", "agent_accepted"),
        ({"mandate": "We declare that we act for her", "via": "letter"}, "accept", "agent_accepted"),
        ({**NO_LOGIN, "on_behalf_of": "child", "targets": [{"item": "i1"}]}, "accept", "minor_may_object"),
        ({**CLAIM, "on_behalf_of": {"age": 9}}, "accept", "minor_may_object"),
        ({**CLAIM, "on_behalf_of": {"birth_date": "2012"}}, "accept", "minor_may_object"),
        ({**CLAIM, "on_behalf_of": {"is_minor": True}}, "accept", "minor_may_object"),
        ({**CLAIM, "on_behalf_of": {"is_minor": False}}, "accept", "agent_accepted"),
        ({"answer_event": "bounced", "via": "letter"}, "accept", "objection_stands"),
        ({"answer_event": {"event": "failed"}}, "accept", "objection_stands"),
        ({"answer_event": "delivered"}, "accept", "no_reason_needed"),
        ({"repeats": ["2025-05-12T12:00:00Z"]}, "accept", "idempotent"),
        ({"controller_claim": "model quality"}, "accept", "no_compelling_grounds"),
        ({"controller_claim": {"ground": "model quality", "decided_by": "V", "remedies": True}}, "accept", None),
        ({"controller_claim": {"ground": "legal_claims", "decided_by": "V", "remedies": True}}, "refuse", None),
        ({"controller_claim": {"ground": "legal_claims", "remedies": True}}, "accept", None),
        ({**CLAIM, "flood": {"count": 5000, "window_s": 60}}, "ask", "flood"),
        ({**CLAIM, "flood": {"count": 50, "window_s": 60}}, "accept", "no_login_provisional"),
        ({"flood": {"count": 5000, "window_s": 60}}, "accept", "no_reason_needed"),
        ({"public_role": "minister"}, "accept", "no_reason_needed"),
    ],
)
def test_the_circumstances_of_an_objection_are_read(change, decision, reason):
    found = ask_about(change)
    assert (found.decision, found.reason) == (decision, reason or "no_compelling_grounds")


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ({"birth_date": "2010-01-01"}, "minor_may_object"),
        ({"birth_date": "2007"}, "minor_may_object"),
        ({"birth_date": "2007-05-10"}, "no_reason_needed"),
        ({"birth_date": "2007-05-11"}, "minor_may_object"),
        ({"birth_date": None}, "no_reason_needed"),
        ({"managed_for_minor": True}, "minor_may_object"),
        ({"country": "BR"}, "jurisdiction_wide"),
        ({"country": "CH"}, "jurisdiction_wide"),
        ({"country": "no"}, "no_reason_needed"),
        ({"country": None}, "no_reason_needed"),
        ({"country_log": [{"at": "2025-05-01T00:00:00Z", "country": "BR"}]}, "jurisdiction_wide"),
        ({"country_log": [{"at": "2025-06-01T00:00:00Z", "country": "BR"}]}, "no_reason_needed"),
    ],
)
def test_who_objects_is_read_from_the_account(account, reason):
    assert ask_about({}, world={"accounts": [{**ADA, **account}]}).reason == reason


@pytest.mark.parametrize(
    ("processing", "received", "reason"),
    [
        ({"state": "suspended", "since": "2025-05-01T00:00:00Z"}, "2025-05-10T12:00:00Z", "intake_always_open"),
        ({"state": "suspended", "since": "2025-05-10T12:00:00Z"}, "2025-05-10T12:00:00Z", "intake_always_open"),
        ({"state": "suspended", "since": "2025-05-20T00:00:00Z"}, "2025-05-10T12:00:00Z", "no_reason_needed"),
        ({"state": "suspended"}, "2025-05-10T12:00:00Z", "intake_always_open"),
        ({"state": "ended", "ended_at": "2025-05-02T00:00:00Z"}, "2025-05-10T12:00:00Z", "intake_always_open"),
        ({"state": "ended", "ended_at": "2025-05-12T00:00:00Z"}, "2025-05-10T12:00:00Z", "no_reason_needed"),
        (
            {"state": "active", "since": "2025-05-01T00:00:00Z", "relaunched_at": "2025-05-20T00:00:00Z"},
            "2025-05-10T12:00:00Z",
            "intake_always_open",
        ),
    ],
)
def test_an_objection_during_a_pause_is_known_by_its_receipt(processing, received, reason):
    assert ask_about({"received_at": received}, world={"processing": processing}).reason == reason


def test_an_objection_without_login_finds_the_account_also_by_a_former_handle():
    renamed = {**ADA, "handle": "@new", "handle_log": [{"at": "2024-01-01T00:00:00Z", "handle": "@ada.l"}]}
    assert ask_about(CLAIM, world={"accounts": [renamed]}) == Answer(
        decision="accept",
        reason="no_login_provisional",
        duties=("answer by 2025-06-10", "exclude ada provisionally", "message to ada with an undo that needs login"),
    )


def test_what_is_pointed_at_is_out_provisionally_and_no_address_is_repeated():
    targets = [{"item": "i2"}, {"item": "i1"}, {"url": "https://blog.example/ada"}, {"name": "Rui Costa"}]
    assert ask_about({**NO_LOGIN, "targets": targets}).duties == (
        "answer by 2025-06-10",
        "exclude i1 provisionally",
        "exclude i2 provisionally",
        "exclude the page at the address given provisionally",
    )


def test_an_unasked_attachment_is_erased():
    assert ask_about({**CLAIM, "attachments": ["passport.pdf"]}).duties == (
        "no ID document",
        "answer by 2025-06-10",
        "exclude ada provisionally",
        "message to ada with an undo that needs login",
        "attachment erased",
    )


def test_the_answer_lists_the_accounts_covered_and_says_how_to_add_others():
    accounts = [
        {**ADA, "centre": "c-1", "contact_verified": True},
        {"id": "ada-2", "holder": "p-ada", "centre_log": [{"at": "2024-01-01T00:00:00Z", "centre": "c-1"}]},
        {"id": "ada-3", "holder": "p-ada", "contact_key": "k-ada", "contact_verified": True},
        {"id": "ada-4", "holder": "p-ada", "contact_key": "k-ada"},
        {"id": "ada-5", "holder": "p-ada", "centre_log": [{"at": "2026-01-01T00:00:00Z", "centre": "c-1"}]},
    ]
    assert ask_about({}, world={"accounts": accounts}).duties == (
        "answer by 2025-06-10",
        "answer lists ada, ada-2, ada-3",
        "answer says how to add ada-4, ada-5",
    )


WEEK = [
    MADE,
    {**MADE, "id": "o2", "received_at": "2025-05-12T12:00:00Z"},
    {**MADE, "id": "o3", "received_at": "2025-05-14T12:00:00Z", "via": "letter"},
]


@pytest.mark.parametrize("name", ["o1", "o2", "o3"])
def test_three_objections_in_a_week_are_one_from_the_first(name):
    assert answer_all(case_of("request", name, objections=WEEK)) == Answer(
        decision="accept",
        reason="idempotent",
        duties=("one entry", "earliest time kept", "answer by 2025-06-10", "answer lists ada"),
    )
    assert short(case_of("deadline", name, objections=WEEK)) == ("due:2025-06-10", "one_month")


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ({"withdrawn": {"at": "2025-05-11T00:00:00Z", "via": "login"}}, "no_reason_needed"),
        ({"withdrawn": {"at": "2025-05-11T00:00:00Z", "via": "form_no_account"}}, "idempotent"),
        ({"withdrawn": {"at": "2025-05-13T00:00:00Z", "via": "login"}}, "idempotent"),
        ({"withdrawn": {"at": "2025-05-11T00:00:00Z", "via": "login", "accounts": ["bea"]}}, "idempotent"),
        ({"scope": "photos"}, "no_reason_needed"),
        ({"by": {"account": "bea"}}, "no_reason_needed"),
        ({"by": {"account": None}, "person": "p-ada"}, "no_reason_needed"),
        ({"received_at": "2025-06-10T00:00:00Z"}, "no_reason_needed"),
    ],
)
def test_only_what_says_the_same_while_the_earlier_is_in_force_is_a_repetition(first, reason):
    objections = [{**MADE, **first}, WEEK[1]]
    assert short(case_of("request", "o2", objections=objections)) == ("accept", reason)


def test_a_claim_without_login_that_says_the_same_twice_is_one():
    claims = [{**MADE, **CLAIM}, {**WEEK[1], **CLAIM}, {**WEEK[2], **NO_LOGIN, "claims": {"handle": "@zoe"}}]
    assert short(case_of("request", "o2", objections=claims)) == ("accept", "idempotent")
    assert short(case_of("request", "o3", objections=claims)) == ("accept", "no_login_provisional")


def test_the_server_time_counts_and_the_earliest_of_it():
    moved = {
        "client_time": "2025-01-01T00:00:00Z",
        "processed_at": "2025-05-11T12:00:00Z",
        "repeats": ["2025-05-09T12:00:00Z", {"received_at": "2025-05-08T12:00:00Z"}, "o0"],
    }
    earlier = {**MADE, "id": "o0", "by": {"account": "bea"}, "received_at": "2025-05-07T12:00:00Z"}
    assert short(case_of("deadline", "o1", objections=[{**MADE, **moved}])) == ("due:2025-06-08", "one_month")
    both = [{**MADE, **moved}, earlier]
    assert short(case_of("deadline", "o1", objections=both)) == ("due:2025-06-07", "one_month")
    recorded = {**MADE, "processed_at": "2025-05-06T12:00:00Z"}
    assert short(case_of("deadline", "o1", objections=[recorded])) == ("due:2025-06-06", "one_month")


@pytest.mark.parametrize(
    ("change", "zone", "expected"),
    [
        ({"received_at": "2025-01-31T10:00:00Z"}, "Europe/Paris", ("due:2025-02-28", "one_month")),
        ({"received_at": "2025-03-31T22:30:00Z"}, "Europe/Paris", ("due:2025-05-01", "one_month")),
        ({"received_at": "2025-03-31T22:30:00Z"}, None, ("due:2025-04-30", "one_month")),
        ({"extension": {"announced_at": "2025-06-10T22:59:00Z"}}, "Europe/Lisbon", ("due:2025-08-10", "one_month")),
        ({"extension": {"announced_at": "2025-06-10T23:00:00Z"}}, "Europe/Lisbon", ("invalid", "extension_late")),
        ({"extension": {}}, "Europe/Lisbon", ("invalid", "extension_late")),
    ],
)
def test_deadlines_count_from_the_persons_day_and_extensions_from_their_announcement(change, zone, expected):
    raw = case_of("deadline", "o1", objections=[{**MADE, **change}], accounts=[{**ADA, "timezone": zone}])
    assert short(raw) == expected


FRESH = {**RUN, "reconciled_with_register_at": "2025-05-27T05:00:00Z"}


@pytest.mark.parametrize(
    ("run", "world", "expected"),
    [
        (FRESH, {}, ("go", "reconciled")),
        ({**FRESH, "register_snapshot_at": "2025-05-27T04:59:00Z"}, {}, ("go", "reconciled")),
        ({**FRESH, "register_snapshot_at": "2025-05-10T12:00:00Z"}, {}, ("stop", "corpus_not_reconciled")),
        ({**FRESH, "corpus_contains": ["i2"]}, {"items": [{**POST, "id": "i2", "account": "bea"}]}, ("go", None)),
        ({**FRESH, "corpus_contains": ["i1"]}, {}, ("stop", "corpus_not_reconciled")),
        ({**FRESH, "corpus_contains": ["i9"]}, {}, ("stop", "corpus_not_reconciled")),
        (RUN, {}, ("stop", "corpus_not_reconciled")),
        (FRESH, {"objections": [{**MADE, "received_at": "2025-05-27T05:00:00Z"}]}, ("stop", "corpus_not_reconciled")),
        (FRESH, {"objections": [{**MADE, "received_at": "2025-05-28T05:00:00Z"}]}, ("go", "reconciled")),
        ({**FRESH, "last_audit_ok": False}, {}, ("stop", "corpus_not_reconciled")),
        ({**FRESH, "last_audit_ok": True}, {}, ("go", "reconciled")),
        ({**FRESH, "restored_from_backup_of": "2025-05-09T00:00:00Z"}, {}, ("go", "reconciled")),
        ({**FRESH, "restored_from_backup_of": "2025-05-27T05:30:00Z"}, {}, ("stop", "corpus_not_reconciled")),
        ({**FRESH, "restored_from_backup_of": "tape-7"}, {}, ("go", "reconciled")),
        ({**FRESH, "uses_frozen_corpus_of": "r0"}, {}, ("go", "reconciled")),
        ({**RUN, "uses_frozen_corpus_of": "r0"}, {}, ("stop", "corpus_not_reconciled")),
        (
            {**FRESH, "uses_frozen_corpus_of": "r0", "corpus_built_at": "2025-05-27T05:00:00Z"},
            {},
            ("stop", "corpus_not_reconciled"),
        ),
        (FRESH, PAUSED, ("stop", "processing_suspended")),
        (FRESH, {"processing": {"state": "ended"}}, ("stop", "processing_suspended")),
        (FRESH, {"processing": {"state": "pause"}}, ("stop", "processing_suspended")),
    ],
)
def test_what_is_known_of_a_run_is_read(run, world, expected):
    assert short(case_of("run", "r1", run=run, **world)) == (expected[0], expected[1] or "reconciled")


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        ({"at": "2025-05-20T00:00:00Z"}, ("go", "reconciled")),
        ({"at": "2025-05-21T00:00:00Z"}, ("go", "reconciled")),
        ({}, ("stop", "notice_outdated")),
        ({"at": "2025-05-21T00:00:00Z", "version": "2024-06"}, ("stop", "notice_outdated")),
        ({"at": "2025-05-21T00:00:00Z", "event": "sent"}, ("stop", "notice_outdated")),
        ({"at": "2025-06-14T08:00:00Z"}, ("stop", "notice_outdated")),
    ],
)
def test_a_relaunch_needs_a_notice_proven_since_then(notice, expected):
    processing = {"state": "active", "relaunched_at": "2025-05-20T00:00:00Z"}
    raw = case_of("run", "r1", run=FRESH, processing=processing, notices=[{**SENT, **notice}])
    assert short(raw) == expected


@pytest.mark.parametrize(
    ("run", "name", "reason"),
    [
        ({"audit": AUDIT}, "m1", "exposed_not_memorised"),
        ({"audit": AUDIT}, "m2", "audit_missing"),
        ({"audit": {**AUDIT, "model": "m0"}}, "m1", "audit_missing"),
        ({"audit": None}, "m1", "audit_missing"),
        ({}, "m1", "audit_missing"),
        ({"audit": {**AUDIT, "attacks_run": ATTACKS[1:]}}, "m1", "audit_missing"),
        ({"audit": {"attacks_run": ATTACKS}}, "m1", "audit_missing"),
        ({"audit": {**AUDIT, "canary_exposure_p": 0.001}}, "m1", "memorisation_failed"),
        ({"audit": AUDIT, "memorisation": {"i1": "verbatim"}}, "m1", "memorisation_failed"),
        ({"audit": AUDIT, "memorisation": {"i1": "negative"}}, "m1", "exposed_not_memorised"),
        ({"audit": AUDIT, "memorisation": {"i1": "perhaps"}}, "m1", "audit_missing"),
    ],
)
def test_what_is_known_of_a_release_is_read(run, name, reason):
    decision = "go" if reason == "exposed_not_memorised" else "stop"
    assert short(case_of("release", name, run={**RUN, **run})) == (decision, reason)


@pytest.mark.parametrize(
    ("event", "run", "expected"),
    [
        ("shown", {}, ("go", "exposed_not_memorised")),
        ("shown", {"corpus_contains": ["i1", "i2"]}, ("stop", "notice_missing")),
        ("delivered", {}, ("stop", "notice_missing")),
    ],
)
def test_the_reach_of_a_notice_is_the_share_of_authors_who_were_shown_it(event, run, expected):
    items = [POST, {**POST, "id": "i2", "account": "bea"}] if run else [POST]
    raw = case_of("release", "m1", run={**RUN, "audit": AUDIT, **run}, notices=[{**SENT, "event": event}], items=items)
    assert short(raw, release_min_reach=0.6) == expected


def test_a_reach_that_cannot_be_measured_is_none():
    raw = case_of("release", "m1", run={**RUN, "audit": AUDIT}, items=[])
    assert short(raw, release_min_reach=0.6) == ("stop", "notice_missing")


@pytest.mark.parametrize(
    ("run", "item", "expected"),
    [
        ({"memorisation": {"i1": "verbatim"}}, {}, ("remedy", "memorised")),
        ({"memorisation": {"i1": "negative"}}, {}, ("keep_with_remedy", "exposed_not_memorised")),
        ({"memorisation": {"i1": "negative"}, "model": "m0"}, {}, ("remedy", "audit_missing")),
        ({"memorisation": {"i2": "negative"}}, {}, ("remedy", "audit_missing")),
        ({}, {}, ("remedy", "audit_missing")),
        ({}, {"read_by_trainer": False}, ("keep_with_remedy", "reconciled")),
        ({}, {"read_by_trainer": False, "epochs_read": 1}, ("remedy", "audit_missing")),
        ({"corpus_contains": ["i2"]}, {}, ("keep_with_remedy", "reconciled")),
        ({"corpus_built_at": "2025-05-11T00:00:00Z"}, {}, ("keep_with_remedy", "reconciled")),
        ({"corpus_built_at": "2025-05-11T00:00:00Z"}, {"read_by_trainer": True}, ("remedy", "audit_missing")),
        ({}, {"account": "bea"}, ("keep_with_remedy", "reconciled")),
    ],
)
def test_what_a_model_has_read_of_an_objector_is_found(run, item, expected):
    assert short(case_of("model", "m1", run={**RUN, **run}, items=[{**POST, **item}])) == expected


def test_the_date_of_retraining_counts_from_the_objection():
    raw = case_of("model", "m1", run={**RUN, "memorisation": {"i1": "negative"}})
    assert answer_all(raw, retrain_days=30) == Answer(
        decision="keep_with_remedy",
        reason="exposed_not_memorised",
        duties=(
            "tell the person what was done",
            "exclude from next corpus",
            "exposure record",
            "retrain by 2025-06-09",
        ),
    )


@pytest.mark.parametrize(
    ("run", "objections", "expected"),
    [
        ({"shared_with": ["b", "a"]}, [MADE], ("remedy", "recipients_to_tell")),
        ({"weights_public": True}, [MADE], ("remedy", "recipients_to_tell")),
        ({}, [MADE], ("keep_with_remedy", "reconciled")),
        ({"shared_with": ["b", "a"]}, [], ("keep_with_remedy", "reconciled")),
    ],
)
def test_recipients_are_read(run, objections, expected):
    assert short(case_of("recipients", "r1", run={**RUN, **run}, objections=objections)) == expected


ENDED = {"processing": {"state": "ended", "ended_at": "2025-05-01T00:00:00Z"}}
NO_MODEL = {"run": {**RUN, "model": None}}


@pytest.mark.parametrize(
    ("request_", "world", "expected"),
    [
        ({"type": "access", "of": "ada", "by": "p-ada"}, {}, ("answer", "access")),
        ({"type": "access"}, {}, ("answer", "access")),
        ({"type": "access", "of": "ada", "by": "bea"}, {}, ("refuse", "purpose_limit")),
        ({"type": "erasure", "of": "ada"}, {}, ("keep_minimum", "suppression_record")),
        ({"type": "erasure", "by": "p-ada"}, {}, ("keep_minimum", "suppression_record")),
        ({"type": "erasure", "of": "bea"}, {}, ("erase", "retention_over")),
        ({"type": "erasure"}, {}, ("keep_minimum", "suppression_record")),
        ({"type": "erasure"}, {"objections": []}, ("erase", "retention_over")),
        ({"type": "export", "by": "data_scientist"}, {}, ("refuse", "purpose_limit")),
        ({"type": "export", "of": "counts", "values": [12, 10]}, {}, ("answer", "access")),
        ({"type": "export", "of": "counts", "values": [12, 3]}, {}, ("refuse", "purpose_limit")),
        ({"type": "export", "op": "count", "value": 11}, {}, ("answer", "access")),
        ({"type": "export", "of": "counts"}, {}, ("refuse", "purpose_limit")),
        ({"type": "probe", "values": ["a@example.org"]}, {}, ("same_answer", "no_oracle")),
        ({"type": "offline_guess", "value": "a@example.org"}, {}, ("no", "keyed_hash")),
        ({"type": "rotate_key"}, {}, ("yes", "rotation_safe")),
        ({"type": "tamper", "op": "delete"}, {}, ("detected", "tamper_evident")),
        ({"type": "retention_check", "of": "o1"}, {**ENDED, **NO_MODEL}, ("erase", "retention_over")),
        ({"type": "retention_check", "of": "o1"}, {**ENDED, "run": None}, ("erase", "retention_over")),
        ({"type": "retention_check", "of": "o1"}, ENDED, ("keep_minimum", "suppression_record")),
        ({"type": "retention_check", "of": "o1"}, NO_MODEL, ("keep_minimum", "suppression_record")),
        (
            {"type": "retention_check"},
            {"processing": {"state": "ended", "ended_at": "2026-05-01T00:00:00Z"}, **NO_MODEL},
            ("keep_minimum", "suppression_record"),
        ),
    ],
)
def test_what_is_asked_of_the_register_is_read(request_, world, expected):
    accounts = [ADA, {**ADA, "id": "bea", "holder": "p-bea", "handle": "@bea", "contact_key": None}]
    assert short(case_of("register", "o1", **{"accounts": accounts, **world, "request": request_})) == expected


def test_an_objector_is_told_each_use_of_their_own_items_only():
    run = {**RUN, "shared_with": ["partner-1"], "corpus_contains": ["i1"]}
    told = ("tell which items, corpora, models and recipients", "tell r1", "tell m1", "tell partner-1")
    asked = {"type": "access", "of": "ada"}
    assert answer_all(case_of("register", "o1", run=run, request=asked)).duties == told
    others = {**run, "corpus_contains": ["i2"]}
    assert answer_all(case_of("register", "o1", run=others, request=asked)).duties == told[:1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("valid", "eligible")),
        ({"event": "sent"}, ("invalid", "notice_missing")),
        ({"at": "2025-06-14T08:00:00Z"}, ("invalid", "notice_missing")),
        ({"version": "2024-06"}, ("invalid", "notice_outdated")),
        ({"language": "en"}, ("invalid", "notice_invalid")),
        ({"mixed_with_marketing": True}, ("invalid", "notice_invalid")),
        ({"states_right_to_object_separately": False}, ("invalid", "notice_invalid")),
        ({"variant": "minor"}, ("invalid", "notice_invalid")),
        ({"account": None, "channel": "public_page", "event": "published"}, ("valid", "public_notice")),
        ({"account": "nobody"}, ("invalid", "notice_invalid")),
    ],
)
def test_what_is_known_of_a_notice_is_read(change, expected):
    assert short(case_of("notice", "n1", notices=[{**SENT, **change}])) == expected


@pytest.mark.parametrize(
    ("variant", "expected"), [("minor", ("valid", "eligible")), (None, ("invalid", "notice_invalid"))]
)
def test_a_minor_needs_the_notice_for_minors(variant, expected):
    world = {"accounts": [{**ADA, "birth_date": "2010"}], "notices": [{**SENT, "variant": variant}]}
    assert short(case_of("notice", "n1", **world)) == expected


def test_a_notice_is_judged_by_the_event_that_proves_it():
    events = [{**SENT, "event": event} for event in ("queued", "sent", "delivered")]
    assert short(case_of("notice", "n1", notices=events)) == ("valid", "eligible")
    assert short(case_of("notice", "n1", notices=events[:2])) == ("invalid", "notice_missing")


def test_a_notice_without_an_id_is_asked_about_by_its_account():
    events = [{**SENT, "id": None, "event": event} for event in ("bounced", "shown")]
    assert short(case_of("notice", "ada", notices=events)) == ("valid", "eligible")
    assert short(case_of("notice", "ada", notices=events[:1])) == ("invalid", "notice_missing")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (case_of("weather", "o1"), "case Q1 asks about 'weather'; known are notice, request, deadline, run, release,"),
        (case_of("request", "o9"), "case Q1 asks about the objection 'o9', which is not given once"),
        (case_of("deadline", "o1", objections=[MADE, MADE]), "the objection 'o1', which is not given once"),
        (case_of("notice", "n9"), "case Q1 asks about the notice 'n9', which is not given once"),
        (case_of("model", None), "case Q1 asks about the model None, which is not given once"),
        (case_of("run", "r1", run=None), "case Q1 asks about the run 'r1', which is not given once"),
        (
            case_of("register", "o1", request={"type": "gossip"}),
            "case Q1: request 'gossip' is unknown, known are access",
        ),
        (case_of("register", "o1"), "case Q1: request None is unknown"),
        (case_of("request", "o1", objections=[{**MADE, "received_at": "soon"}]), "case Q1: 'soon' is no instant"),
        (
            case_of("request", "o1", accounts=[{**ADA, "birth_date": "2031"}]),
            "case Q1: a birth date lies in the future",
        ),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_case(raw, message):
    with pytest.raises(CaseInvalidError) as caught:
        answer(raw)
    assert message in str(caught.value)
