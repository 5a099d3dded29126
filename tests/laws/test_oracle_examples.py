"""The second decider against examples worked out by hand: each rule, and what lies on both sides of its boundary.

Everybody in them is invented. The unchanged example is an adult's public post, noticed in time, that nothing stands
against; every example says what differs from it.
"""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from oracle import accepted_versions, birth_span, coming_of_age, covering, cuts, decide_item

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
INCLUDE = ("include", "eligible")

PERSON = {
    "id": "ada",
    "born": "1990",
    "is_earliest_known": True,
    "zone": "Europe/Paris",
    "has_age_doubt": None,
    "is_for_minor": None,
    "country": "FR",
    "language": "fr",
    "visibility": "public",
    "state": "active",
    "last_seen_at": datetime(2025, 5, 18, 9, tzinfo=UTC),
    "held_since": None,
    "refuses_training": None,
    "refuses_sharing": None,
}
ITEM = {
    "id": "i1",
    "person": "ada",
    "kind": "post",
    "product": "social",
    "visibility": "public",
    "created_at": datetime(2023, 1, 10, 10, tzinfo=UTC),
    "deleted_at": None,
    "expires_at": None,
    "collected_at": datetime(2025, 5, 1, tzinfo=UTC),
    "language": "fr",
    "text": "Le marché était superbe.",
    "other_authors": [],
    "addressed_to_assistant": None,
    "mentions": [],
    "tags": [],
    "public_role_of": [],
    "reshare_of": None,
    "quote_of": None,
    "reply_to": None,
    "derived_from": None,
    "embed_separable": None,
    "page": None,
    "media": None,
    "preference": None,
    "signals": [],
    "preview_text": None,
    "preview_preference": None,
    "findings": [],
    "detections": [],
    "is_picture_only": False,
    "is_empty": False,
    "is_only_objected": False,
    "is_duplicate": False,
    "shows_objected_text": False,
}
NOTICE = {
    "person": "ada",
    "version": "2025-04",
    "channel": "email",
    "language": "fr",
    "states_right": True,
    "is_marketing": None,
    "variant": None,
    "proven_at": datetime(2025, 4, 14, 8, tzinfo=UTC),
    "shown_at": None,
}
PUBLIC = {"person": None, "channel": "public_page", "language": "*"}
FACE = {"kind": "face", "score": 0.9}
WEB = {"kind": "web_page", "person": None, "product": None, "page": "p1"}
CHAT = {"kind": "ai_interaction", "visibility": "private"}
ANY_AGE = {"ai_chat_min_age": 0}


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def world(**facts):
    empty = dict.fromkeys(
        ("objections", "withdrawals", "links", "hand_overs", "targets", "hijacks", "suspensions", "undertakings"), ()
    )
    usual = {"people": [PERSON], "notices": [NOTICE], "items": [], "settings": {}, "at": AT}
    return SimpleNamespace(**{**empty, **usual, **facts})


def person(name="ada", **facts):
    return {**PERSON, "id": name, **facts}


def item(**facts):
    return {**ITEM, **facts}


def notice(**facts):
    return {**NOTICE, **facts}


def objection(name="ada", at="2025-04-20", scope="all", *, in_public_role=False):
    return {"person": name, "received_at": day(at), "scope": scope, "in_public_role": in_public_role}


def target(name="i1", at="2025-04-20", *, in_public_role=False):
    return {"item": name, "effective_at": day(at), "in_public_role": in_public_role}


def event(name, at):
    return {"person": name, "at": day(at)}


def link(name, group, at, tie="centre", change="linked"):
    return {"person": name, "group": group, "tie": tie, "event": change, "at": day(at)}


def joined(*names, tie="centre"):
    return [link(name, "g", "2024-01-01", tie) for name in names]


def window(since, until=None, **facts):
    return {"since": day(since), "until": until and day(until), **facts}


def suspension(since="2025-05-01", until=None, **scope):
    columns = ("country", "product", "kind", "created_from", "created_until")
    return window(since, until, **{**dict.fromkeys(columns), **scope})


def finding(**facts):
    return {"kind": "person_name", "about": None, "is_minor": None, "text": "x", **facts}


def row(basis, effective_at, scope="all", *, covers_until=None, in_public_role=False):
    return {
        "basis": basis,
        "scope": scope,
        "effective_at": day(effective_at),
        "covers_until": covers_until and day(covers_until),
        "in_public_role": in_public_role,
    }


def check(of_item, of_world, expected):
    decided = item(**of_item)
    asked = world(**of_world)
    asked.items = [*asked.items, decided]
    assert decide_item(asked, decided) == expected


def examples(*rows):
    return pytest.mark.parametrize(
        ("of_item", "of_world", "expected"), [pytest.param(*facts, id=claim) for claim, *facts in rows]
    )


def test_an_adults_noticed_public_post_is_in():
    check({}, {}, INCLUDE)


BEN = person("ben")
BENS = item(id="i0", person="ben", created_at=day("2023-01-01"))
BEN_OBJECTS = {"people": [PERSON, BEN], "objections": [objection("ben")], "items": [BENS]}
ABOUT_ROLE = {"public_role_of": ["ben"]}
ROLE_OBJECTION = {"objections": [objection("ben", in_public_role=True)]}
OWN = ("exclude", "own_objection")
LINKED = ("exclude", "linked_account_objection")
THIRD_PARTY = ("exclude", "third_party_objection")
DERIVED = ("exclude", "derived_from_objected")
LATER = {"late_objection": "later_content"}


@examples(
    (
        "an objection about a public role waits for a human",
        ABOUT_ROLE,
        ROLE_OBJECTION,
        ("hold", "freedom_of_information"),
    ),
    ("an objection about everything else does not", ABOUT_ROLE, {"objections": [objection("ben")]}, INCLUDE),
    (
        "by setting it has full effect",
        ABOUT_ROLE,
        {**ROLE_OBJECTION, "settings": {"public_role": "full_effect"}},
        INCLUDE,
    ),
    (
        "so does a pointer about a public role",
        ABOUT_ROLE,
        {"targets": [target(in_public_role=True)]},
        ("hold", "freedom_of_information"),
    ),
    (
        "an author's own role is nothing to weigh",
        {"public_role_of": ["ada"]},
        {"objections": [objection(in_public_role=True)]},
        OWN,
    ),
    ("somebody pointed at the item", {}, {"targets": [target()]}, THIRD_PARTY),
    ("somebody pointed at its page", WEB, {"targets": [{**target(None), "page": "p1"}]}, THIRD_PARTY),
    ("somebody will point at it", {}, {"targets": [target(at="2025-06-01")]}, INCLUDE),
    ("somebody pointed at it, nobody knows when", {}, {"targets": [{**target(), "effective_at": None}]}, THIRD_PARTY),
    ("by setting old items stay", {}, {"targets": [target()], "settings": LATER}, INCLUDE),
    ("the item is a translation of an objector's", {"derived_from": "i0"}, BEN_OBJECTS, DERIVED),
    (
        "of a translation",
        {"derived_from": "i2"},
        {**BEN_OBJECTS, "items": [BENS, item(id="i2", derived_from="i0")]},
        DERIVED,
    ),
    (
        "of something that holds a quote of it",
        {"derived_from": "i2"},
        {**BEN_OBJECTS, "items": [BENS, item(id="i2", quote_of="i0", created_at=day("2022-01-01"))]},
        DERIVED,
    ),
    ("two items made from each other", {"derived_from": "i2"}, {"items": [item(id="i2", derived_from="i1")]}, INCLUDE),
    ("of an item that nobody has", {"derived_from": "lost"}, {}, INCLUDE),
    ("of somebody else's", {"derived_from": "i0"}, {"items": [BENS]}, INCLUDE),
)
def test_objections_against_the_item(of_item, of_world, expected):
    check(of_item, of_world, expected)


@examples(
    ("the author objected", {}, {"objections": [objection()]}, OWN),
    ("at this very instant", {}, {"objections": [{**objection(), "received_at": AT}]}, OWN),
    ("a moment later", {}, {"objections": [{**objection(), "received_at": AT + MOMENT}]}, INCLUDE),
    ("one of two authors objected", {"other_authors": ["ben"]}, BEN_OBJECTS, OWN),
    ("to photos, and it is none", {}, {"objections": [objection(scope="photos")]}, INCLUDE),
    ("to photos, and it is one", {"kind": "photo"}, {"objections": [objection(scope="photos")]}, OWN),
    ("to nobody knows what", {}, {"objections": [objection(scope=None)]}, OWN),
    ("old content stays by setting", {}, {"objections": [objection()], "settings": LATER}, INCLUDE),
    (
        "content of the same instant does not",
        {"created_at": day("2025-04-20")},
        {"objections": [objection()], "settings": LATER},
        OWN,
    ),
    ("withdrawn", {}, {"objections": [objection()], "withdrawals": [event("ada", "2025-04-21")]}, INCLUDE),
    (
        "withdrawn in the same instant",
        {},
        {"objections": [objection()], "withdrawals": [event("ada", "2025-04-20")]},
        OWN,
    ),
    (
        "the account changed hands after the item",
        {},
        {"objections": [objection(at="2024-01-01")], "hand_overs": [event("ada", "2024-06-01")]},
        OWN,
    ),
    (
        "the account changed hands before the item",
        {"created_at": day("2024-06-01")},
        {"objections": [objection(at="2024-01-01")], "hand_overs": [event("ada", "2024-06-01")]},
        INCLUDE,
    ),
    ("a linked account objected", {}, {"objections": [objection("ben")], "links": joined("ada", "ben")}, LINKED),
    (
        "an account with the same contact objected",
        {},
        {"objections": [objection("ben")], "links": joined("ada", "ben", tie="contact")},
        ("exclude", "same_person_objection"),
    ),
    (
        "by setting that does not count",
        {},
        {
            "objections": [objection("ben")],
            "links": joined("ada", "ben", tie="contact"),
            "settings": {"same_person_objections": False},
        },
        INCLUDE,
    ),
)
def test_objections_of_authors(of_item, of_world, expected):
    check(of_item, of_world, expected)


EVERYBODY = notice(**PUBLIC)
GROUP = {"kind": "group_chat_message", "visibility": "group_private"}
OUT_OF_SCOPE = ("exclude", "product_out_of_scope")
NOT_PUBLIC = ("exclude", "not_public")
GONE = ("exclude", "account_not_visible")
DEAD = {"people": [person(state="memorialised")]}
HIJACKED = ("exclude", "compromised_account")
HIJACK = {"hijacks": [window("2023-01-10T10:00", "2023-01-11", person="ada")]}
ERASURE = ("exclude", "erasure_undertaking")
UNDERTAKING = {"undertakings": [window("2023-01-01", "2023-01-10T10:00", field="created_at")]}


def with_state(state):
    return {"people": [person(state=state)]}


@examples(
    ("another product", {"product": "messenger"}, {}, OUT_OF_SCOPE),
    ("an unknown kind", {"kind": "poll"}, {}, OUT_OF_SCOPE),
    ("a chat in private is in", CHAT, {}, INCLUDE),
    ("but not one that was not for the assistant", {**CHAT, "addressed_to_assistant": False}, {}, OUT_OF_SCOPE),
    ("in a group, what was for the assistant", {**GROUP, "addressed_to_assistant": True}, {}, INCLUDE),
    ("in a group, what nobody knows for whom", GROUP, {}, NOT_PUBLIC),
    ("a message between two, whoever can see it", {"kind": "direct_message"}, {}, NOT_PUBLIC),
    ("a message in another product", {"kind": "direct_message", "product": "messenger"}, {}, OUT_OF_SCOPE),
    ("a web page of no product", WEB, {"notices": [EVERYBODY]}, INCLUDE),
    ("deleted, even if only tomorrow", {"deleted_at": AT + timedelta(days=1)}, {}, ("exclude", "deleted")),
    ("the account was deleted", {}, with_state("deleted"), ("exclude", "account_deleted")),
    ("the account is banned", {}, with_state("banned"), GONE),
    ("the account's state is not known", {}, with_state(None), GONE),
    ("the account is away", {}, with_state("deactivated"), ("hold", "account_not_visible")),
    (
        "banned wins over away, whoever comes first",
        {"other_authors": ["ben"]},
        {"people": [person(state="deactivated"), person("ben", state="banned")]},
        GONE,
    ),
    ("the author died", {}, DEAD, ("exclude", "deceased")),
    ("by setting that does not matter", {}, {**DEAD, "settings": {"deceased": "include"}}, INCLUDE),
    ("published in the first instant of a hijack", {}, HIJACK, HIJACKED),
    ("published in the first instant after it", {"created_at": day("2023-01-11")}, HIJACK, INCLUDE),
    ("published nobody knows when", {"created_at": None}, HIJACK, HIJACKED),
    ("created when the window was over", {}, UNDERTAKING, INCLUDE),
    ("created in the window", {"created_at": day("2023-01-10T09:59")}, UNDERTAKING, ERASURE),
    (
        "collected in a window without a field",
        {},
        {"undertakings": [window("2025-05-01", "2025-05-02", field=None)]},
        ERASURE,
    ),
)
def test_scope_and_existence(of_item, of_world, expected):
    check(of_item, of_world, expected)


EXPIRED = ("exclude", "expired")
PRIVATE = {"people": [person(visibility="private")]}


@examples(
    ("for friends", {"visibility": "friends"}, {}, NOT_PUBLIC),
    ("in a public group", {"visibility": "group_public"}, {}, INCLUDE),
    ("expires now", {"expires_at": AT}, {}, EXPIRED),
    ("expires in a moment", {"expires_at": AT + MOMENT}, {}, INCLUDE),
    ("a story, even before it ends", {"kind": "story"}, {}, EXPIRED),
    ("a private account's public comment", {"kind": "comment"}, PRIVATE, ("exclude", "author_not_public")),
    ("a private account's chat", CHAT, PRIVATE, INCLUDE),
    (
        "by setting its comment too",
        {"kind": "comment"},
        {**PRIVATE, "settings": {"private_authors": "include"}},
        INCLUDE,
    ),
)
def test_visibility(of_item, of_world, expected):
    check(of_item, of_world, expected)


MINOR = ("exclude", "author_minor")
MINOR_THEN = ("exclude", "minor_when_posted")
LEAP = {"people": [person(born="2004-02-29", zone=None)]}
SUMMER = {"people": [person(born="2000-06-15")]}
SKIPPED = {"people": [person(born="1999-10-15", zone="America/Sao_Paulo")]}
TWICE = {"people": [person(born="1999-11-05", zone="America/Havana")]}
YOUNG = person(born="2007-05-27")
POSTED_AS_MINOR = {"include_posted_as_minor": True}
UNKNOWN_AGE = ("exclude", "age_unknown")


@examples(
    (
        "facts about the age contradict each other",
        {},
        {"people": [person(has_age_doubt=True)]},
        ("exclude", "age_doubt"),
    ),
    ("no birth date", {}, {"people": [person(born=None)]}, UNKNOWN_AGE),
    ("an unreadable birth date", {}, {"people": [person(born="1990-13")]}, UNKNOWN_AGE),
    ("not in the register", {}, {"people": []}, UNKNOWN_AGE),
    ("nobody knows who wrote it", {"person": None}, {}, UNKNOWN_AGE),
    ("run for a child", {}, {"people": [person(is_for_minor=True)]}, MINOR),
    ("run for a child without a birth date", {}, {"people": [person(is_for_minor=True, born=None)]}, MINOR),
    ("a year in which one half comes of age", {}, {"people": [person(born="2007")]}, UNKNOWN_AGE),
    ("a month whose first day is a day too late", {}, {"people": [person(born="2007-06")]}, MINOR),
    (
        "a year of which only the last day is known",
        {},
        {"people": [person(born="2007", is_earliest_known=False)]},
        MINOR,
    ),
    ("a child's account in such a year", {}, {"people": [person(born="2007", is_for_minor=True)]}, MINOR),
    ("of age tomorrow", {}, {"people": [person(born="2007-05-28")]}, MINOR),
    # 06:00 UTC is 08:00 in Paris, and still the day before at UTC-12.
    ("of age today, and nobody knows where", {}, {"people": [{**YOUNG, "zone": None}]}, MINOR),
    ("of age today, in a zone that does not exist", {}, {"people": [{**YOUNG, "zone": "Europe/Nowhere"}]}, MINOR),
    ("of age today in Paris, posted before", {}, {"people": [YOUNG]}, MINOR_THEN),
    (
        "the notice reached a minor",
        {},
        {"people": [YOUNG], "settings": POSTED_AS_MINOR},
        ("hold", "notice_missing"),
    ),
    (
        "the notice reached an adult of less than a month",
        {},
        {
            "people": [person(born="2007-05-01")],
            "notices": [notice(), notice(proven_at=day("2025-04-30T22:00"))],
            "settings": POSTED_AS_MINOR,
        },
        ("hold", "notice_period_running"),
    ),
    ("posted nobody knows when", {"created_at": None}, {}, MINOR_THEN),
    # Paris is at UTC+2 in June: 15 June 2018 began at 22:00 UTC of the day before.
    ("before midnight in Paris", {"created_at": day("2018-06-14T22:00") - MOMENT}, SUMMER, MINOR_THEN),
    ("at midnight in Paris", {"created_at": day("2018-06-14T22:00")}, SUMMER, INCLUDE),
    # 2022 has no 29 February: of age on 1 March, which begins at 12:00 UTC where it begins last.
    ("born on a leap day, a moment early", {"created_at": day("2022-03-01T12:00") - MOMENT}, LEAP, MINOR_THEN),
    ("born on a leap day", {"created_at": day("2022-03-01T12:00")}, LEAP, INCLUDE),
    # São Paulo went from 23:59 on 14 October 2017 to 01:00: no midnight, so the day begins at 12:00 UTC.
    ("a midnight that was skipped, early", {"created_at": day("2017-10-15T12:00") - MOMENT}, SKIPPED, MINOR_THEN),
    ("a midnight that was skipped", {"created_at": day("2017-10-15T12:00")}, SKIPPED, INCLUDE),
    # Havana had 00:00 on 5 November 2017 at 04:00 and again at 05:00 UTC.
    ("a midnight that came twice, the first", {"created_at": day("2017-11-05T05:00") - MOMENT}, TWICE, MINOR_THEN),
    ("a midnight that came twice, the second", {"created_at": day("2017-11-05T05:00")}, TWICE, INCLUDE),
    ("a minor's chat", CHAT, {"people": [YOUNG]}, MINOR_THEN),
    ("a minor's chat where any age will do", CHAT, {"people": [person(born="2012")], "settings": ANY_AGE}, INCLUDE),
    ("a minor's post all the same", {}, {"people": [person(born="2012")], "settings": ANY_AGE}, MINOR),
)
def test_age(of_item, of_world, expected):
    check(of_item, of_world, expected)


PHOTO = {"kind": "photo"}
TAGGED = {**PHOTO, "tags": ["ben"]}
A_CHILDS_CHAT = {"people": [person(born="2012")], "settings": ANY_AGE}
DEPICTS_MINOR = ("exclude", "depicts_minor")
RESERVED = ("exclude", "rights_reservation")
SIGNAL = ("exclude", "machine_signal")
REFUSES = {"people": [person(refuses_training=True)]}
NOT_SHARED = {"people": [person(refuses_sharing=True)]}


def detected(kind, score):
    return {**PHOTO, "detections": [{"kind": kind, "score": score}]}


@examples(
    ("a minor is tagged", TAGGED, {"people": [PERSON, person("ben", born="2011-02-02")]}, DEPICTS_MINOR),
    ("somebody unknown is tagged", TAGGED, {}, DEPICTS_MINOR),
    ("an adult is tagged", TAGGED, {"people": [PERSON, BEN]}, INCLUDE),
    ("a minor tags a photo of an own chat", {**CHAT, "tags": ["ada"]}, A_CHILDS_CHAT, INCLUDE),
    ("a child's face at the threshold", detected("child_face", 0.3), {}, DEPICTS_MINOR),
    ("a child's face of unknown score", detected("child_face", None), {}, DEPICTS_MINOR),
    ("a child's face below the threshold is a face", detected("child_face", 0.29), {}, ("redact", "unidentified_face")),
    ("an objector is tagged", TAGGED, BEN_OBJECTS, ("exclude", "depicts_objector")),
    ("by setting that is kept", TAGGED, {**BEN_OBJECTS, "settings": {"others_content": "keep"}}, INCLUDE),
    (
        "who objected to photos",
        TAGGED,
        {"people": [PERSON, BEN], "objections": [objection("ben", scope="photos")]},
        ("exclude", "depicts_objector"),
    ),
    ("the work is reserved", {"preference": "deny"}, {}, RESERVED),
    ("the account refuses training", {}, REFUSES, SIGNAL),
    ("by setting that is ignored", {}, {**REFUSES, "settings": {"machine_signals": "ignore"}}, INCLUDE),
    ("the account refuses sharing, nothing is shared", {}, NOT_SHARED, INCLUDE),
    ("the account refuses sharing, the corpus is shared", {}, {**NOT_SHARED, "settings": {"is_shared": True}}, SIGNAL),
)
def test_people_shown_and_signals(of_item, of_world, expected):
    check(of_item, of_world, expected)


GERMANY = suspension(country="DE")
COUNTRY_UNKNOWN = ("hold", "country_unknown")
SUSPENDED = ("exclude", "processing_suspended")


@examples(
    ("a stop elsewhere", {}, {"suspensions": [GERMANY]}, INCLUDE),
    (
        "a stop in the author's country",
        {},
        {"people": [person(country="de")], "suspensions": [GERMANY]},
        ("exclude", "country_suspended"),
    ),
    ("nobody knows where", {}, {"people": [person(country="")], "suspensions": [GERMANY]}, COUNTRY_UNKNOWN),
    ("nobody knows who", {**CHAT, "person": None}, {"suspensions": [GERMANY], "settings": ANY_AGE}, COUNTRY_UNKNOWN),
    ("everything is stopped", {}, {"suspensions": [suspension()]}, SUSPENDED),
    ("the stop ends now", {}, {"suspensions": [suspension(until="2025-05-27T06:00")]}, INCLUDE),
    ("another kind is stopped", {}, {"suspensions": [suspension(kind="photo")]}, INCLUDE),
    ("this product is stopped", {}, {"suspensions": [suspension(product="social")]}, SUSPENDED),
    ("the stop is for newer content", {}, {"suspensions": [suspension(created_from=day("2023-01-11"))]}, INCLUDE),
    (
        "the stop is for content before this instant",
        {},
        {"suspensions": [suspension(created_until=day("2023-01-10T10:00"))]},
        INCLUDE,
    ),
)
def test_suspensions(of_item, of_world, expected):
    check(of_item, of_world, expected)


MISSING = ("hold", "notice_missing")
OUTDATED = ("hold", "notice_outdated")
INVALID = ("hold", "notice_invalid")
RUNNING = ("hold", "notice_period_running")
DOUBTFUL = ("hold", "notice_doubtful")
MONTH = AT - timedelta(days=30)
TYPO = {
    "version": "2025-04",
    "previous": "2025-03",
    "what": "typing error",
    "is_material": False,
    "signed_by": "A. Head",
}
EARLIER = {"notices": [notice(version="2025-03")]}
DORMANT = {"people": [person(last_seen_at=AT - timedelta(days=730) - MOMENT)]}
HANDED_OVER = {"people": [person(held_since=day("2024-01-01"))]}
PAGE_FOR_ALL = {"unreachable": "public_notice"}


def told(**facts):
    return {"notices": [notice(**facts)]}


@examples(
    ("never told", {}, {"notices": []}, MISSING),
    ("told, but not proven", {}, told(proven_at=None), MISSING),
    ("told on a page only", {}, {"notices": [EVERYBODY]}, MISSING),
    ("nobody knows whom to tell", {**CHAT, "person": None}, {"settings": ANY_AGE}, MISSING),
    ("the former holder was told, not the present one", {"created_at": day("2024-02-01")}, HANDED_OVER, INCLUDE),
    ("the present holder was told, not the former one", {}, HANDED_OVER, MISSING),
    ("told another version", {}, EARLIER, OUTDATED),
    ("an earlier one, but for a signed typing error", {}, {**EARLIER, "settings": {"notice_changes": [TYPO]}}, INCLUDE),
    (
        "that nobody signed",
        {},
        {**EARLIER, "settings": {"notice_changes": [{**TYPO, "signed_by": " "}]}},
        OUTDATED,
    ),
    (
        "an earlier one, and the change was material",
        {},
        {**EARLIER, "settings": {"notice_changes": [{**TYPO, "is_material": True}]}},
        OUTDATED,
    ),
    ("the right is not stated apart", {}, told(states_right=None), INVALID),
    ("in a marketing mail", {}, told(is_marketing=True), INVALID),
    ("in another language", {}, told(language="en"), INVALID),
    ("in the language of the region", {}, told(language="FR-ch"), INCLUDE),
    ("in every language", {}, {**told(language="*"), "people": [person(language=None)]}, INCLUDE),
    ("the notice for minors", {}, told(variant="minor"), MISSING),
    ("told before a stop, and not after it", {}, {"settings": {"relaunched_at": day("2025-04-15")}}, OUTDATED),
    ("told in the instant after a stop", {}, {"settings": {"relaunched_at": NOTICE["proven_at"]}}, INCLUDE),
    (
        "the notice for minors, in chats of any age",
        CHAT,
        {**told(variant="minor"), "people": [person(born="2012")], "settings": ANY_AGE},
        INCLUDE,
    ),
    ("told thirty days ago to the moment", {}, told(proven_at=MONTH), INCLUDE),
    ("a moment less", {}, told(proven_at=MONTH + MOMENT), RUNNING),
    (
        "published before it was proven, by setting",
        {},
        {
            "notices": [notice(proven_at=AT - timedelta(days=1)), EVERYBODY],
            "settings": {"notice_period_from": "publication"},
        },
        INCLUDE,
    ),
    ("no sign of life for more than two years", {}, DORMANT, DOUBTFUL),
    ("but seen in the app", {}, {**DORMANT, **told(channel="in_app", shown_at=AT)}, INCLUDE),
    ("delivered in the app, never seen", {}, {**DORMANT, **told(channel="in_app")}, DOUBTFUL),
    ("a page for those who cannot be reached", {}, {"notices": [EVERYBODY], "settings": PAGE_FOR_ALL}, INCLUDE),
    (
        "a page that is too young for that",
        {},
        {"notices": [notice(**PUBLIC, proven_at=MONTH + MOMENT)], "settings": PAGE_FOR_ALL},
        MISSING,
    ),
    (
        "a page for whoever wrote it",
        {**CHAT, "person": None},
        {"notices": [EVERYBODY], "settings": {**PAGE_FOR_ALL, **ANY_AGE}},
        INCLUDE,
    ),
    ("a web page, told to everybody", WEB, {"notices": [EVERYBODY]}, INCLUDE),
    ("a web page, told to somebody", WEB, {}, MISSING),
    (
        "a web page, told another version",
        WEB,
        {
            "notices": [notice(**PUBLIC, version="2024-01")],
        },
        OUTDATED,
    ),
    (
        "a web page, the right not stated apart",
        WEB,
        {
            "notices": [notice(**PUBLIC, states_right=False)],
        },
        INVALID,
    ),
    (
        "a web page, told too late",
        WEB,
        {
            "notices": [notice(**PUBLIC, proven_at=MONTH + MOMENT)],
        },
        RUNNING,
    ),
    ("one of two authors was told", {"other_authors": ["ben"]}, {"people": [PERSON, BEN]}, MISSING),
)
def test_notice(of_item, of_world, expected):
    check(of_item, of_world, expected)


CONTAINS = ("exclude", "contains_objected_content")
CONTAINS_CUT = ("redact", "contains_objected_content")
RESHARE = {"kind": "reshare", "reshare_of": "i0"}


@examples(
    (
        "a colleague's union membership",
        {"findings": [finding(kind="union", about="other")]},
        {},
        ("exclude", "third_party_special_category"),
    ),
    (
        "nobody knows whose illness",
        {"findings": [finding(kind="health")]},
        {},
        ("exclude", "third_party_special_category"),
    ),
    (
        "the author's own illness",
        {"findings": [finding(kind="health", about="author")]},
        {},
        ("exclude", "special_category"),
    ),
    (
        "by setting that is in",
        {"findings": [finding(kind="health", about="author")]},
        {"settings": {"own_special_categories": "include"}},
        INCLUDE,
    ),
    ("a picture without a filter", {"is_picture_only": True}, {}, ("exclude", "image_unfiltered")),
    ("nothing is left", {"is_empty": True}, {}, ("exclude", "nothing_left")),
    ("nobody knows whether anything is left", {"is_empty": None}, {}, ("exclude", "nothing_left")),
    ("a bare reshare of an objector", {**RESHARE, "is_only_objected": True}, BEN_OBJECTS, CONTAINS),
    ("a reshare that cannot be taken out", RESHARE, BEN_OBJECTS, CONTAINS),
    ("a reshare that can", {**RESHARE, "embed_separable": True}, BEN_OBJECTS, CONTAINS_CUT),
    (
        "a reshare of a reshare",
        {"reshare_of": "i2", "embed_separable": True},
        {**BEN_OBJECTS, "items": [BENS, item(id="i2", reshare_of="i0")]},
        CONTAINS_CUT,
    ),
    ("a picture of an objector's text", {"shows_objected_text": True}, {}, CONTAINS),
    ("a copy of an objector's sentence", {"quote_of": "i0"}, BEN_OBJECTS, CONTAINS_CUT),
    ("a saying that is older", {"quote_of": "i0", "created_at": BENS["created_at"] - MOMENT}, BEN_OBJECTS, INCLUDE),
    ("by setting copies stay", {"quote_of": "i0"}, {**BEN_OBJECTS, "settings": {"others_content": "keep"}}, INCLUDE),
    ("a duplicate", {"is_duplicate": True}, {}, ("exclude", "duplicate")),
    (
        "faces, out by setting",
        {"detections": [FACE]},
        {"settings": {"faces": "exclude"}},
        ("exclude", "unidentified_face"),
    ),
    ("a child's school", {"findings": [finding(is_minor=True)]}, {}, ("redact", "names_minor")),
    ("a mention of an objector", {"mentions": ["ben"]}, BEN_OBJECTS, ("redact", "mentions_objector")),
    (
        "who objected to photos only",
        {"mentions": ["ben"]},
        {"objections": [objection("ben", scope="photos")]},
        INCLUDE,
    ),
    ("faces are blurred", {"detections": [FACE]}, {}, ("redact", "unidentified_face")),
    ("faces are used by setting", {"detections": [FACE]}, {"settings": {"faces": "use"}}, INCLUDE),
    ("a preview of a reserved page", {"preview_preference": "deny"}, {}, ("redact", "rights_reservation")),
)
def test_content(of_item, of_world, expected):
    check(of_item, of_world, expected)


def test_the_first_rule_names_the_reason_and_every_part_is_cut():
    holder = {"quote_of": "i0", "mentions": ["ben"], "detections": [FACE], "preview_preference": "deny"}
    decided = item(**holder, reshare_of="i0", embed_separable=True, findings=[finding(is_minor=True)])
    asked = world(**BEN_OBJECTS)
    assert decide_item(asked, decided) == CONTAINS_CUT
    assert cuts(asked, decided) == {"copy", "embed", "minor", "mention", "face", "preview"}
    assert cuts(asked, item()) == set()


def test_each_kind_of_objection_counts_from_its_first_receipt():
    made = [
        objection(at="2025-03-01", scope="photos"),
        objection(at="2025-04-01"),
        objection(at="2025-02-01", scope="photos"),
        objection(at="2025-04-01", in_public_role=True),
    ]
    assert covering(world(objections=made), "ada") == [
        row("own", "2025-04-01"),
        row("own", "2025-04-01", in_public_role=True),
        row("own", "2025-02-01", "photos"),
    ]


def test_a_withdrawal_ends_every_scope_and_an_objection_after_it_counts():
    asked = world(
        objections=[objection(at="2025-01-01"), objection(at="2025-01-01", scope="photos"), objection(at="2025-03-01")],
        withdrawals=[event("ada", "2025-02-01"), event("ada", "2025-06-01")],
    )
    assert covering(asked, "ada") == [row("own", "2025-03-01")]


def test_only_an_own_objection_ends_where_the_account_changed_hands():
    asked = world(
        objections=[objection(at="2024-01-01")],
        links=joined("ada", "ben"),
        hand_overs=[event("ada", at) for at in ("2024-01-01", "2024-09-01", "2024-03-01")],
    )
    assert covering(asked, "ada") == [row("own", "2024-01-01", covers_until="2024-03-01")]
    assert covering(asked, "ben") == [row("linked", "2024-01-01")]


def test_several_own_objections_end_with_the_last_hand_over_or_never():
    made = [objection(at=at) for at in ("2024-01-01", "2024-05-01")]
    hand_overs = [event("ada", at) for at in ("2024-03-01", "2024-09-01")]
    assert covering(world(objections=made, hand_overs=hand_overs), "ada") == [
        row("own", "2024-01-01", covers_until="2024-09-01")
    ]
    assert covering(world(objections=made, hand_overs=hand_overs[:1]), "ada") == [row("own", "2024-01-01")]


def test_an_own_objection_that_ends_does_not_stand_before_a_link():
    asked = world(
        objections=[objection(at="2024-01-01"), objection("ben", "2024-06-01")],
        links=joined("ada", "ben"),
        hand_overs=[event("ada", "2024-03-01")],
    )
    assert covering(asked, "ada") == [
        row("own", "2024-01-01", covers_until="2024-03-01"),
        row("linked", "2024-06-01"),
    ]
    asked.hand_overs = []
    assert covering(asked, "ada") == [row("own", "2024-01-01")]


def test_links_spread_through_chains_and_unlinking_does_not_undo():
    links = [
        link("ada", "g", "2024-01-01"),
        link("ben", "g", "2024-01-01"),
        link("ben", "g", "2024-02-01", change="unlinked"),
        link("ben", "h", "2024-03-01"),
        link("cleo", "h", "2024-03-01"),
        link("dora", "h", "2024-03-01", tie="contact"),
        link("cleo", "h", "2024-03-01", tie="contact"),
        link("emil", "g", "2025-06-01"),
    ]
    asked = world(objections=[objection("ada", "2025-01-01")], links=links)
    assert covering(asked, "cleo") == [row("linked", "2025-01-01")]
    assert covering(asked, "dora") == [row("same_person", "2025-01-01")]
    assert covering(asked, "emil") == []


def test_a_group_and_a_contact_of_one_name_are_two():
    links = [link("ada", "g", "2024-01-01"), link("ben", "g", "2024-01-01", tie="contact")]
    assert covering(world(objections=[objection("ada")], links=links), "ben") == []


def test_a_withdrawal_frees_the_account_that_it_names_and_no_other():
    asked = world(
        objections=[objection("ada", "2025-01-01")],
        withdrawals=[event("ada", "2025-02-01")],
        links=joined("ada", "ben"),
    )
    assert covering(asked, "ada") == []
    assert covering(asked, "ben") == [row("linked", "2025-01-01")]


def test_a_withdrawn_objection_reaches_nobody_who_is_linked_later():
    links = [link("ada", "g", "2024-01-01"), link("ben", "g", "2025-02-02")]
    asked = world(objections=[objection("ada", "2025-01-01")], withdrawals=[event("ada", "2025-02-01")], links=links)
    assert covering(asked, "ben") == []


def test_who_withdrew_is_covered_again_by_a_later_objection_or_a_later_link():
    asked = world(
        objections=[objection("ben", "2025-01-01")],
        withdrawals=[event("ada", "2025-02-01")],
        links=joined("ada", "ben"),
    )
    assert covering(asked, "ada") == []
    asked.links = [*asked.links, link("cleo", "g", "2025-04-01")]
    assert covering(asked, "ada") == [row("linked", "2025-04-01")]
    asked.links = [*asked.links, link("dora", "g", "2025-05-01")]
    assert covering(asked, "ada") == [row("linked", "2025-04-01")]
    asked.objections = [*asked.objections, objection("ben", "2025-02-01")]
    assert covering(asked, "ada") == [row("linked", "2025-02-01")]


def test_who_is_covered_again_stays_so_when_the_maker_withdraws_afterwards():
    asked = world(
        objections=[objection("ben", "2025-01-01")],
        withdrawals=[event("ada", "2025-02-01"), event("ben", "2025-04-01")],
        links=[*joined("ada", "ben"), link("cleo", "g", "2025-04-01")],
    )
    assert covering(asked, "ada") == [row("linked", "2025-04-01")]
    asked.links = [*joined("ada", "ben"), link("cleo", "g", "2025-04-02")]
    assert covering(asked, "ada") == []


def test_a_next_holder_cannot_withdraw_what_the_former_one_asked():
    asked = world(
        objections=[objection(at="2024-01-01"), objection(at="2024-07-01")],
        links=joined("ada", "ben"),
        hand_overs=[event("ada", "2024-06-01")],
        withdrawals=[event("ada", "2024-08-01")],
    )
    assert covering(asked, "ada") == [row("own", "2024-01-01", covers_until="2024-06-01")]
    assert covering(asked, "ben") == [row("linked", "2024-01-01")]
    asked.hand_overs = [event("ada", "2024-08-02")]
    assert covering(asked, "ada") == []


def test_a_nearer_objection_does_not_stand_before_an_earlier_one():
    links = [*joined("ada", "ben"), *joined("ada", "cleo", tie="contact")]
    made = [objection("cleo", "2024-02-01"), objection("ben", "2024-03-01"), objection("ada", "2024-04-01")]
    assert covering(world(objections=made, links=links), "ada") == [
        row("own", "2024-04-01"),
        row("linked", "2024-03-01"),
        row("same_person", "2024-02-01"),
    ]
    assert covering(world(objections=[*made, objection("ada", "2024-02-01")], links=links), "ada") == [
        row("own", "2024-02-01")
    ]


def test_an_objection_to_photos_spreads_on_its_own():
    asked = world(
        objections=[objection("ada", scope="photos"), objection("ben")], links=joined("ada", "ben", tie="contact")
    )
    assert covering(asked, "ada") == [row("same_person", "2025-04-20"), row("own", "2025-04-20", "photos")]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1990", "1990-01-01", "1990-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("1990-03-02", "1990-03-02", "1990-03-02"),
    ],
)
def test_a_partial_birth_date_is_a_span_of_days(text, first, last):
    assert birth_span(text) == (day(first).date(), day(last).date())


@pytest.mark.parametrize("text", ["1990-00", "1990-02-30", "0000", "90", "", None])
def test_what_is_no_date_of_birth_is_unknown(text):
    assert birth_span(text) is None


def test_nobody_comes_of_age_after_the_last_year():
    assert coming_of_age(date(9990, 1, 1), 18, "Europe/Paris") is None
    assert coming_of_age(date(1990, 3, 2), 18, "Europe/Paris") == day("2008-03-01T23:00")


def test_immaterial_changes_reach_back_to_the_last_material_one():
    changes = [
        {**TYPO, "version": "b", "previous": "a", "is_material": True},
        {**TYPO, "version": "c", "previous": "b"},
        {**TYPO, "version": "d", "previous": "c"},
    ]
    assert accepted_versions(world(settings={"notice_version": "d", "notice_changes": changes})) == ["d", "c", "b"]
