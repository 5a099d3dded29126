"""Examples worked out by hand for the decisions in SQL, at least one for each rule and relation."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import msgspec
import polars as pl
import pytest

from demur.exchange.columns import (
    HIJACK_COLUMNS,
    ITEM_COLUMNS,
    NOTICE_COLUMNS,
    OBJECTION_COLUMNS,
    RELATION_COLUMNS,
    SUBJECT_COLUMNS,
    SUSPENSION_COLUMNS,
    TARGET_COLUMNS,
    UNDERTAKING_COLUMNS,
    Facts,
)
from demur.kernel.words import Purpose
from demur.policy.settings import (
    AfterTraining,
    Faces,
    LateObjection,
    NoticeChange,
    OthersContent,
    PeriodStart,
    PublicRole,
    Settings,
    Signals,
    Treatment,
    Unreachable,
)
from demur.testing.sql_oracle import decide_by_sql, relate_by_sql

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

SETTINGS = Settings(
    purpose=Purpose.TRAIN_GENERATIVE_MODELS,
    legal_basis="GDPR Art. 6(1)(f)",
    notice_version="v3",
    notice_changes=(
        NoticeChange(version="v2", previous="v1", what="a new purpose", is_material=True),
        NoticeChange(version="v3", previous="v2", what="a comma", is_material=False, signed_by="N. Example"),
    ),
    notice_days=30,
    notice_period_from=PeriodStart.PROOF,
    dormant_days=730,
    unreachable=Unreachable.HOLD,
    adult_age=18,
    include_posted_as_minor=False,
    ai_chat_min_age=18,
    ai_chat_min_age_reason="",
    products=("social",),
    kinds=("post", "photo", "reply", "comment", "story", "ai_interaction", "web_page"),
    ephemeral_kinds=("story",),
    private_authors=Treatment.EXCLUDE,
    late_objection=LateObjection.ALL_CONTENT,
    same_person_objections=True,
    others_content=OthersContent.CUT,
    public_role=PublicRole.HUMAN,
    deceased=Treatment.EXCLUDE,
    own_special_categories=Treatment.EXCLUDE,
    faces=Faces.BLUR,
    child_face_score=Decimal("0.3"),
    machine_signals=Signals.OBJECTION,
    is_shared=False,
    flood_claims_per_minute=60,
    after_training=AfterTraining.TEST_AND_REMEDY,
    retrain_days=180,
    release_max_canary_p=Decimal("0.001"),
    release_min_reach=Decimal("0.9"),
    snapshot_max_age_hours=24,
    heartbeat_max_age_seconds=60,
)


def key(name):
    return None if name is None else name.encode().ljust(16, b".")


def keys(*names):
    return [key(name) for name in names]


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def table(schema, *rows):
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def person(name, **changes):
    usual = {"born_by": date(1980, 1, 1), "zone": "Europe/Berlin", "country": "DE", "language": "de", "state": "active"}
    seen = {"visibility": "public", "last_seen_at": AT - DAY}
    return {"subject_key": key(name), **usual, **seen, **changes}


def told(name, **changes):
    usual = {"version": "v3", "channel": "email", "language": "de", "states_right": True, "proven_at": AT - 40 * DAY}
    return {"subject_key": key(name), **usual, **changes}


def objection(name, **changes):
    usual = {"basis": "own", "scope": "all", "effective_at": AT - DAY}
    return {"subject_key": key(name), **usual, **changes}


PEOPLE = (
    *(person(name) for name in ("ada", "own", "linked", "same", "photos", "tie", "moved", "odd", "hacked", "untold")),
    *(
        person(name)
        for name in ("old_notice", "typo", "marketing", "minor_notice", "fresh", "on_time", "subtag", "star")
    ),
    person("deleted", state="deleted"),
    person("banned", state="banned"),
    person("stateless", state=None),
    person("away", state="deactivated"),
    person("dead", state="memorialised"),
    person("private", visibility="private"),
    person("hidden", visibility=None),
    person("doubted", has_age_doubt=True),
    person("undated", born_by=None),
    person("run_for_child", is_for_minor=True, born_by=None),
    person("born_in_2007", born_from=date(2007, 1, 1), born_by=date(2007, 12, 31)),
    person("born_in_2008", born_from=date(2008, 1, 1), born_by=date(2008, 12, 31)),
    person("birthday", born_by=date(2007, 5, 27), zone="Pacific/Kiritimati"),
    person("eve", born_by=date(2007, 5, 28), zone="Pacific/Kiritimati"),
    person("zoneless", born_by=date(2006, 10, 1), zone="Berlin"),
    person("berliner", born_by=date(2006, 10, 1)),
    person("leapling", born_by=date(2004, 2, 29)),
    person("santiago", born_by=date(2006, 9, 8), zone="America/Santiago"),
    person("havana", born_by=date(2006, 11, 3), zone="America/Havana"),
    person("refuser", refuses_training=True),
    person("unshared", refuses_sharing=True),
    person("spaniard", country="es"),
    person("nowhere", country="E1"),
    person("greek", language="el"),
    person("speechless", language=None),
    person("dormant", last_seen_at=AT - 731 * DAY),
    person("dormant_shown", last_seen_at=None),
    person("seen_in_time", last_seen_at=AT - 730 * DAY),
    person("heir", held_since=instant("2025-02-01")),
)
SPECIAL_NOTICES = (
    told("old_notice", version="v1"),
    told("typo", version="v2"),
    told("marketing", is_marketing=True),
    told("minor_notice", variant="minor"),
    told("fresh", proven_at=AT - 30 * DAY + SECOND),
    told("on_time", proven_at=AT - 30 * DAY),
    told("subtag", language="DE-at"),
    told("star", language="*", channel="in_app"),
    told("speechless"),
    told("greek"),
    told("dormant_shown", channel="in_app", shown_at=AT - DAY),
    told("birthday", proven_at=AT - 40 * DAY),  # a minor then
    told("heir", proven_at=instant("2025-01-01")),  # the former holder
    told("untold", channel="public_page"),
    told("untold", proven_at=AT + SECOND),
)
NOTICES = (
    *SPECIAL_NOTICES,
    *(
        told("", subject_key=row["subject_key"])
        for row in PEOPLE
        if row["subject_key"] not in {notice["subject_key"] for notice in SPECIAL_NOTICES}
    ),
    told(None, subject_key=None, channel="public_page", language="*", proven_at=AT - 31 * DAY),
)
FACTS = Facts(
    subjects=table(SUBJECT_COLUMNS, *PEOPLE),
    notices=table(NOTICE_COLUMNS, *NOTICES),
    objections=table(
        OBJECTION_COLUMNS,
        objection("own"),
        objection("linked", basis="linked"),
        objection("same", basis="same_person"),
        objection("photos", scope="photos", in_public_role=True),
        objection("tie", effective_at=AT),
        objection("moved", covers_until=instant("2025-01-15")),
        objection("odd", basis=None, scope="everything"),
    ),
    targets=table(
        TARGET_COLUMNS,
        {"target_key": key("a target"), "effective_at": AT - DAY},
        {"target_key": key("a page"), "effective_at": AT - DAY, "in_public_role": True},
        {"target_key": key("elsewhere"), "effective_at": AT - DAY},
    ),
    hijacks=table(
        HIJACK_COLUMNS,
        {"subject_key": key("hacked"), "since": instant("2024-12-01"), "until": instant("2024-12-08")},
    ),
    suspensions=table(
        SUSPENSION_COLUMNS,
        {"since": AT - DAY, "country": "ES", "kind": "post"},
        {"since": AT - DAY, "kind": "reply", "created_from": instant("2025-02-01")},
        {"since": AT - 2 * DAY, "until": AT},
    ),
    undertakings=table(
        UNDERTAKING_COLUMNS,
        {"field": "created_at", "since": instant("2023-05-07"), "until": instant("2023-08-02")},
        {"field": "collected_at", "since": instant("2022-05-07"), "until": instant("2022-08-02")},
        {"field": "either", "since": instant("2020-01-01"), "until": instant("2020-01-02")},
    ),
    as_of=AT,
    log_size=7,
)
NOTHING_FOUND = {"is_picture_only": False, "is_empty": False, "is_only_objected": False, "is_duplicate": False}
CONTENT_COLUMNS = {"item_key": pl.Binary, **dict.fromkeys(NOTHING_FOUND, pl.Boolean)}


@dataclass(frozen=True, kw_only=True)
class Example:
    """One item, and what becomes of it by which rule; `item`, `relation` and `content` say what is unusual about it."""

    rule: int
    outcome: str
    by: str | None = "ada"
    item: dict = field(default_factory=dict)
    relation: dict = field(default_factory=dict)
    content: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)

    def item_row(self, name):
        usual = {"item_key": key(name), "subject_key": key(self.by), "kind": "post", "product": "social"}
        seen = {"visibility": "public", "created_at": instant("2025-01-15"), "collected_at": instant("2025-01-16")}
        return {**usual, **seen, **self.item}


def made(text, **item):
    return {"created_at": instant(text), **item}


CHAT = {"kind": "ai_interaction", "visibility": "direct"}
GROUP_CHAT = {"kind": "group_chat_message", "visibility": "group_private", "addressed_to_assistant": True}
# Few settings of examples, each unlike the usual ones in whatever does not touch the others' examples.
LENIENT = {
    "deceased": Treatment.INCLUDE,
    "faces": Faces.USE,
    "include_posted_as_minor": True,
    "late_objection": LateObjection.LATER_CONTENT,
    "machine_signals": Signals.IGNORE,
    "notice_period_from": PeriodStart.PUBLICATION,
    "others_content": OthersContent.KEEP,
    "own_special_categories": Treatment.INCLUDE,
    "public_role": PublicRole.FULL_EFFECT,
    "same_person_objections": False,
}
SHARED = {
    "ai_chat_min_age": 0,
    "ai_chat_min_age_reason": "the scope of the article",
    "faces": Faces.EXCLUDE,
    "is_shared": True,
}
PUBLIC_NOTICE = {"unreachable": Unreachable.PUBLIC_NOTICE}
RELAUNCH = {"relaunched_at": AT - 40 * DAY + SECOND}
PAGE = {"kind": "web_page", "product": None}
FACE = {"detections": [{"kind": "face", "score": 0.9}]}


def finding(kind, about, *, is_minor=False):
    return {"findings": [{"kind": kind, "about": about, "is_minor": is_minor, "text": "x"}]}


EXAMPLES = {
    "public role": Example(rule=1, outcome="hold", by="own", relation={"is_about_public_role": True}),
    "public role, not known": Example(rule=1, outcome="hold", relation={"is_about_public_role": None}),
    "public role counts in full": Example(
        rule=4,
        outcome="exclude",
        by="own",
        item={"created_at": None},
        relation={"is_about_public_role": True},
        settings=LENIENT,
    ),
    "a target": Example(rule=2, outcome="exclude", by="own"),
    "on a page": Example(rule=2, outcome="exclude", item={"page_key": key("a page")}),
    "on a page, later content": Example(rule=46, outcome="include", item={"page_key": key("a page")}, settings=LENIENT),
    "derived": Example(rule=3, outcome="exclude", by="own", relation={"derives_from_objected": True}),
    "own": Example(rule=4, outcome="exclude", by="own", item={"deleted_at": AT}),
    "own at this instant": Example(rule=4, outcome="exclude", by="tie"),
    "own of unknown kind": Example(rule=4, outcome="exclude", by="odd"),
    "own, before it": Example(rule=46, outcome="include", by="own", settings=LENIENT),
    "own, undated": Example(rule=4, outcome="exclude", by="own", item={"created_at": None}, settings=LENIENT),
    "photo": Example(rule=4, outcome="exclude", by="photos", item={"kind": "photo"}),
    "no photo": Example(rule=46, outcome="include", by="photos"),
    "of the former holder": Example(rule=4, outcome="exclude", by="moved", item=made("2025-01-14T23:59:59")),
    "of the next holder": Example(rule=46, outcome="include", by="moved"),
    "linked": Example(rule=5, outcome="exclude", by="linked"),
    "same": Example(rule=6, outcome="exclude", by="same"),
    "same does not count": Example(rule=46, outcome="include", by="same", settings=LENIENT),
    "second author": Example(rule=4, outcome="exclude", item={"other_authors": keys("linked", "own")}),
    "only further authors": Example(rule=5, outcome="exclude", by=None, item={"other_authors": keys("linked", "ada")}),
    "only a further author": Example(rule=46, outcome="include", by=None, item={"other_authors": keys("ada")}),
    "messenger": Example(rule=7, outcome="exclude", item={"product": "messenger", "deleted_at": AT}),
    "no product": Example(rule=7, outcome="exclude", item={"product": None}),
    "unknown kind": Example(rule=7, outcome="exclude", item={"kind": "poem"}),
    "group chat to others": Example(rule=15, outcome="exclude", item={**GROUP_CHAT, "addressed_to_assistant": None}),
    "letter": Example(rule=15, outcome="exclude", item={"kind": "direct_message"}),
    "letter of the messenger": Example(
        rule=7, outcome="exclude", item={"kind": "direct_message", "product": "messenger"}
    ),
    "letter that was deleted": Example(rule=8, outcome="exclude", item={"kind": "direct_message", "deleted_at": AT}),
    "chat to others": Example(rule=7, outcome="exclude", item={**CHAT, "addressed_to_assistant": False}),
    "deleted": Example(rule=8, outcome="exclude", by="deleted", item={"deleted_at": AT + DAY}),
    "account deleted": Example(rule=9, outcome="exclude", by="deleted"),
    "banned": Example(rule=10, outcome="exclude", by="banned"),
    "no state": Example(rule=10, outcome="exclude", by="stateless"),
    "away": Example(rule=11, outcome="hold", by="away"),
    "dead": Example(rule=12, outcome="exclude", by="dead"),
    "dead included": Example(rule=46, outcome="include", by="dead", settings=LENIENT),
    "hacked": Example(rule=13, outcome="exclude", by="hacked", item=made("2024-12-01")),
    "hacked, undated": Example(rule=13, outcome="exclude", by="hacked", item={"created_at": None}),
    "no more hacked": Example(rule=46, outcome="include", by="hacked", item=made("2024-12-08")),
    "created in window": Example(rule=14, outcome="exclude", item=made("2023-05-07")),
    "collected in window": Example(rule=14, outcome="exclude", item={"collected_at": instant("2022-06-01")}),
    "collected, created in other window": Example(rule=46, outcome="include", item=made("2022-06-01")),
    "either in window": Example(rule=14, outcome="exclude", item=made("2020-01-01T12:00:00")),
    "collected, not known when": Example(rule=14, outcome="exclude", item={"collected_at": None}),
    "friends": Example(rule=15, outcome="exclude", by="private", item={"visibility": "friends"}),
    "not known who sees it": Example(rule=15, outcome="exclude", item={"visibility": None}),
    "public group": Example(rule=46, outcome="include", item={"visibility": "group_public"}),
    "expired": Example(rule=16, outcome="exclude", item={"expires_at": AT}),
    "expires later": Example(rule=46, outcome="include", item={"expires_at": AT + SECOND}),
    "story": Example(rule=16, outcome="exclude", item={"kind": "story"}),
    "private author": Example(rule=17, outcome="exclude", by="private"),
    "author of unknown visibility": Example(rule=17, outcome="exclude", by="hidden"),
    "private author's chat": Example(rule=46, outcome="include", by="private", item=CHAT),
    "doubted": Example(rule=18, outcome="exclude", by="doubted"),
    "undated": Example(rule=19, outcome="exclude", by="undated"),
    "stranger": Example(rule=19, outcome="exclude", by="stranger"),
    "nobody": Example(rule=19, outcome="exclude", by=None),
    "minor or not": Example(rule=19, outcome="exclude", by="born_in_2007"),
    "minor anyhow": Example(rule=20, outcome="exclude", by="born_in_2008"),
    "run for a child": Example(rule=20, outcome="exclude", by="run_for_child"),
    "the day before": Example(rule=20, outcome="exclude", by="eve"),  # 27 May, 20:00 on Kiritimati
    "minor when posted": Example(rule=21, outcome="exclude", by="berliner", item=made("2024-09-30T21:59:59")),
    "undated post": Example(rule=14, outcome="exclude", item={"created_at": None}),
    "adult in Berlin": Example(rule=46, outcome="include", by="berliner", item=made("2024-09-30T22:00:00")),
    "not yet adult everywhere": Example(rule=21, outcome="exclude", by="zoneless", item=made("2024-10-01T11:59:59")),
    "adult everywhere": Example(rule=46, outcome="include", by="zoneless", item=made("2024-10-01T12:00:00")),
    "leapling, last day": Example(rule=21, outcome="exclude", by="leapling", item=made("2022-02-28T22:59:59")),
    "leapling, of age": Example(rule=46, outcome="include", by="leapling", item=made("2022-02-28T23:00:00")),
    "no midnight, before": Example(rule=21, outcome="exclude", by="santiago", item=made("2024-09-08T11:59:59")),
    "no midnight, after": Example(rule=46, outcome="include", by="santiago", item=made("2024-09-08T12:00:00")),
    "two midnights, between": Example(rule=21, outcome="exclude", by="havana", item=made("2024-11-03T04:30:00")),
    "two midnights, after": Example(rule=46, outcome="include", by="havana", item=made("2024-11-03T05:00:00")),
    "posted as a minor, included": Example(
        rule=46,
        outcome="include",
        by="berliner",
        item=made("2024-09-30T21:59:59"),
        settings=LENIENT,
    ),
    "tags a minor": Example(rule=22, outcome="exclude", relation={"tags_minor": True}),
    "child's face": Example(rule=22, outcome="exclude", item={"detections": [{"kind": "child_face", "score": 0.3}]}),
    "child's face, no score": Example(
        rule=22, outcome="exclude", item={"detections": [{"kind": "minor", "score": None}]}
    ),
    "tags an objector": Example(rule=23, outcome="exclude", relation={"tags_objector": True}),
    "tags an objector, kept": Example(rule=46, outcome="include", relation={"tags_objector": True}, settings=LENIENT),
    "denied": Example(rule=24, outcome="exclude", by="refuser", item={"preference": "deny"}),
    "refuser": Example(rule=25, outcome="exclude", by="refuser"),
    "refuser ignored": Example(rule=46, outcome="include", by="refuser", settings=LENIENT),
    "not to be shared": Example(rule=25, outcome="exclude", by="unshared", settings=SHARED),
    "not shared": Example(rule=46, outcome="include", by="unshared"),
    "country unknown": Example(rule=26, outcome="hold", by="nowhere"),
    "country unknown, nothing stopped": Example(rule=46, outcome="include", by="nowhere", item={"kind": "comment"}),
    "country stopped": Example(rule=27, outcome="exclude", by="spaniard"),
    "one country unknown": Example(rule=26, outcome="hold", by="spaniard", item={"other_authors": keys("nowhere")}),
    "stopped": Example(rule=28, outcome="exclude", by="untold", item=made("2025-02-01", kind="reply")),
    "older than what is stopped": Example(rule=46, outcome="include", item={"kind": "reply"}),
    "untold": Example(rule=29, outcome="hold", by="untold"),
    "stranger's chat": Example(rule=29, outcome="hold", by="stranger", item=CHAT, settings=SHARED),
    "new holder untold": Example(rule=29, outcome="hold", by="heir", item=made("2025-02-01")),
    "old holder told": Example(rule=46, outcome="include", by="heir"),
    "told of something else": Example(rule=30, outcome="hold", by="old_notice"),
    "told before the relaunch": Example(rule=30, outcome="hold", settings=RELAUNCH),
    "told after the relaunch": Example(rule=32, outcome="hold", by="fresh", settings=RELAUNCH),
    "page after the relaunch": Example(rule=46, outcome="include", by=None, item=PAGE, settings=RELAUNCH),
    "told before a comma": Example(rule=46, outcome="include", by="typo"),
    "told in German": Example(rule=31, outcome="hold", by="greek"),
    "language unknown": Example(rule=31, outcome="hold", by="speechless"),
    "told by an advertisement": Example(rule=31, outcome="hold", by="marketing"),
    "told as a minor": Example(rule=29, outcome="hold", by="minor_notice"),
    "told before the birthday": Example(rule=29, outcome="hold", by="birthday", settings=LENIENT),
    "told in Austrian": Example(rule=46, outcome="include", by="subtag"),
    "told in every language": Example(rule=46, outcome="include", by="star"),
    "child's chat": Example(rule=46, outcome="include", by="eve", item=GROUP_CHAT, settings=SHARED),
    "told as a minor, chat": Example(rule=46, outcome="include", by="minor_notice", item=CHAT, settings=SHARED),
    "told lately": Example(rule=32, outcome="hold", by="fresh"),
    "told in time": Example(rule=46, outcome="include", by="on_time"),
    "published in time": Example(rule=46, outcome="include", by="fresh", settings=LENIENT),
    "dormant": Example(rule=33, outcome="hold", by="dormant"),
    "dormant but shown": Example(rule=46, outcome="include", by="dormant_shown"),
    "just not dormant": Example(rule=46, outcome="include", by="seen_in_time"),
    "unreachable": Example(rule=46, outcome="include", by="untold", settings=PUBLIC_NOTICE),
    "unreachable stranger's chat": Example(
        rule=46, outcome="include", by="stranger", item=CHAT, settings={**SHARED, **PUBLIC_NOTICE}
    ),
    "unreachable stranger": Example(rule=19, outcome="exclude", by="stranger", settings=PUBLIC_NOTICE),
    "page": Example(rule=46, outcome="include", by=None, item=PAGE),
    "page of an author": Example(rule=29, outcome="hold", by="untold", item=PAGE),
    "somebody's illness": Example(
        rule=34, outcome="exclude", item=finding("health", None), content={"is_picture_only": True}
    ),
    "own illness": Example(
        rule=35, outcome="exclude", item=finding("health", "author"), content={"is_picture_only": True}
    ),
    "own illness, included": Example(
        rule=46,
        outcome="include",
        item=finding("health", "author"),
        settings=LENIENT,
    ),
    "hobby": Example(rule=34, outcome="exclude", item=finding("hobby", None)),
    "picture": Example(rule=36, outcome="exclude", content={"is_picture_only": True, "is_empty": True}),
    "content not known": Example(rule=36, outcome="exclude", content=dict.fromkeys(NOTHING_FOUND)),
    "empty": Example(rule=37, outcome="exclude", content={"is_empty": None}),
    "only others' words": Example(rule=38, outcome="exclude", content={"is_only_objected": True, "is_duplicate": True}),
    "inseparable": Example(rule=38, outcome="exclude", relation={"embeds_objected": True}),
    "screenshot": Example(rule=38, outcome="exclude", relation={"shows_objected_text": True}),
    "duplicate": Example(rule=39, outcome="exclude", item=FACE, content={"is_duplicate": True}),
    "face out": Example(rule=40, outcome="exclude", item=FACE, settings=SHARED),
    "separable": Example(rule=41, outcome="redact", item={"embed_separable": True}, relation={"embeds_objected": True}),
    "quote": Example(
        rule=41, outcome="redact", item=finding("name", None, is_minor=True), relation={"copies_objected": True}
    ),
    "child's name": Example(
        rule=42,
        outcome="redact",
        item=finding("name", None, is_minor=True),
        relation={"mentions_objector": True},
    ),
    "mention": Example(rule=43, outcome="redact", item=FACE, relation={"mentions_objector": True}),
    "face": Example(rule=44, outcome="redact", item={**FACE, "preview_preference": "deny"}),
    "face used": Example(rule=46, outcome="include", item=FACE, settings=LENIENT),
    "child's face, low score": Example(
        rule=44, outcome="redact", item={"detections": [{"kind": "child_face", "score": 0.29}]}
    ),
    "preview": Example(rule=45, outcome="redact", item={"preview_preference": "deny"}),
    "eligible": Example(rule=46, outcome="include"),
}

REASONS = (
    *("freedom_of_information", "third_party_objection", "derived_from_objected", "own_objection"),
    *("linked_account_objection", "same_person_objection", "product_out_of_scope", "deleted", "account_deleted"),
    *("account_not_visible", "account_not_visible", "deceased", "compromised_account", "erasure_undertaking"),
    *("not_public", "expired", "author_not_public", "age_doubt", "age_unknown", "author_minor", "minor_when_posted"),
    *("depicts_minor", "depicts_objector", "rights_reservation", "machine_signal", "country_unknown"),
    *("country_suspended", "processing_suspended", "notice_missing", "notice_outdated", "notice_invalid"),
    *("notice_period_running", "notice_doubtful", "third_party_special_category", "special_category"),
    *("image_unfiltered", "nothing_left", "contains_objected_content", "duplicate", "unidentified_face"),
    *("contains_objected_content", "names_minor", "mentions_objector", "unidentified_face", "rights_reservation"),
    "eligible",
)


@cache
def decisions(changes):
    """Decide all examples that share their settings at once: what costs time is to plan the queries."""
    examples = {name: example for name, example in EXAMPLES.items() if tuple(example.settings.items()) == changes}
    names = {key(name): name for name in examples}
    related = table(
        RELATION_COLUMNS,
        *({"item_key": key(n), **no_relation(), **e.relation} for n, e in examples.items() if e.relation),
    )
    content = table(CONTENT_COLUMNS, *({"item_key": key(n), **NOTHING_FOUND, **e.content} for n, e in examples.items()))
    settings = msgspec.structs.replace(SETTINGS, **dict(changes))
    items = table(ITEM_COLUMNS, *(example.item_row(name) for name, example in examples.items()))
    decided = decide_by_sql(items, FACTS, settings, related, content, at=AT)
    return {names[item]: (decision, reason) for item, decision, reason in decided.rows()}


def no_relation():
    return {name: False for name, kind in RELATION_COLUMNS.items() if kind == pl.Boolean}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_item_is_decided_by_the_first_rule_that_hits(name):
    example = EXAMPLES[name]
    expected = (example.outcome, REASONS[example.rule - 1])
    assert decisions(tuple(example.settings.items()))[name] == expected


def test_every_rule_has_an_example():
    assert {example.rule for example in EXAMPLES.values()} == set(range(1, 47))


def test_content_is_not_asked_without_findings_of_filters():
    item = EXAMPLES["somebody's illness"].item_row("ill")
    decided = decide_by_sql(table(ITEM_COLUMNS, item), FACTS, SETTINGS, table(RELATION_COLUMNS), None, at=AT)
    assert decided.rows() == [(key("ill"), "include", "eligible")]


def test_decisions_are_sorted_by_item_key_and_nothing_known_is_out_of_scope():
    items = table(ITEM_COLUMNS, *({"item_key": key(name)} for name in ("c", "a", "b")))
    decided = decide_by_sql(items, FACTS, SETTINGS, table(RELATION_COLUMNS), None, at=AT)
    assert decided.rows() == [(key(name), "exclude", "product_out_of_scope") for name in ("a", "b", "c")]


def test_no_items_give_no_decisions():
    decided = decide_by_sql(table(ITEM_COLUMNS), FACTS, SETTINGS, table(RELATION_COLUMNS), None, at=AT)
    assert decided.rows() == []


@pytest.mark.parametrize(
    ("notices", "expected"),
    [
        ([{"proven_at": AT + SECOND}, {"subject_key": key("ada")}, {"channel": "email"}], "notice_missing"),
        ([{"version": "v1"}], "notice_outdated"),
        ([{"states_right": None}, {"is_marketing": True}], "notice_invalid"),
        ([{"proven_at": AT - 30 * DAY + SECOND}], "notice_period_running"),
    ],
)
def test_a_page_of_nobodys_account_waits_for_a_public_notice(notices, expected):
    usual = told(None, subject_key=None, channel="public_page")
    facts = replace(FACTS, notices=table(NOTICE_COLUMNS, *({**usual, **changes} for changes in notices)))
    items = table(ITEM_COLUMNS, EXAMPLES["page"].item_row("page"))
    assert decide_by_sql(items, facts, SETTINGS, table(RELATION_COLUMNS), None, at=AT).rows() == [
        (key("page"), "hold", expected)
    ]


# What is related to whom: the item, and the relations that are true of it.
RELATED = {
    "translation": ({"derived_from": key("covered")}, {"derives_from_objected"}),
    "caption of it": ({"derived_from": key("translation")}, {"derives_from_objected"}),
    "of what is not here": ({"derived_from": key("elsewhere")}, set()),
    "reshare": ({"reshare_of": key("covered")}, {"embeds_objected"}),
    "reshare of a caption": ({"reshare_of": key("caption of it")}, {"embeds_objected"}),
    "caption of that": ({"derived_from": key("reshare of a caption")}, {"derives_from_objected"}),
    "quote": ({"quote_of": key("covered")}, {"copies_objected"}),
    "quote of a reshare": ({"quote_of": key("reshare")}, {"copies_objected"}),
    "reshare of a quote": ({"reshare_of": key("quote")}, {"embeds_objected"}),
    "older quote": ({"quote_of": key("covered"), **made("2025-01-14")}, set()),
    "older quote of a later one": ({"quote_of": key("quote"), **made("2025-01-14")}, set()),
    "undated quote": ({"quote_of": key("covered"), "created_at": None}, {"copies_objected"}),
    "all at once": (
        {"derived_from": key("ada"), "reshare_of": key("quote"), "quote_of": key("covered")},
        {"embeds_objected", "copies_objected"},
    ),
    "covered in a ring": ({"derived_from": key("ring"), "subject_key": key("own")}, {"derives_from_objected"}),
    "ring": ({"derived_from": key("covered in a ring")}, {"derives_from_objected"}),
    "reply": ({"reply_to": key("covered")}, set()),
    "one of a ring": ({"derived_from": key("other of a ring")}, set()),
    "other of a ring": ({"derived_from": key("one of a ring")}, set()),
    "tags an adult": ({"tags": keys("ada")}, set()),
    "tags a stranger": ({"tags": keys("ada", "stranger")}, {"tags_minor"}),
    "tags nobody known": ({"tags": keys("undated")}, {"tags_minor"}),
    "tags a doubt": ({"tags": keys("doubted")}, {"tags_minor"}),
    "tags a child's account": ({"tags": keys("run_for_child")}, {"tags_minor"}),
    "tags a minor": ({"tags": keys("eve")}, {"tags_minor"}),
    "tags an adult today": ({"tags": keys("birthday")}, set()),
    "tags an objector": ({"tags": keys("same")}, {"tags_objector"}),
    "tags a former holder": ({"tags": keys("moved")}, {"tags_objector"}),
    "mentions an objector": ({"mentions": keys("ada", "own")}, {"mentions_objector"}),
    "mentions in a post": ({"mentions": keys("photos")}, set()),
    "mentions in a photo": ({"mentions": keys("photos"), "kind": "photo"}, {"mentions_objector"}),
    "mentions a co-author": ({"mentions": keys("same"), "other_authors": keys("same")}, set()),
    "tags a minor co-author": ({"tags": keys("eve"), "other_authors": keys("eve")}, set()),
    "about a role": ({"public_role_of": keys("photos")}, {"is_about_public_role"}),
    "about no role": ({"public_role_of": keys("own")}, set()),
    "about the author": ({"public_role_of": keys("photos"), "subject_key": key("photos")}, set()),
    "page about a role": ({"public_role_of": keys("ada", "own"), "page_key": key("a page")}, {"is_about_public_role"}),
    "page about nobody": ({"page_key": key("a page")}, set()),
    "covered": ({"subject_key": key("own")}, set()),
}


def relations(**changes):
    usual = Example(rule=46, outcome="include", by="berliner")
    items = table(ITEM_COLUMNS, *({**usual.item_row(name), **item} for name, (item, _) in RELATED.items()))
    related = relate_by_sql(items, FACTS, msgspec.structs.replace(SETTINGS, **changes), at=AT)
    assert related.schema == pl.Schema(RELATION_COLUMNS)
    found = {row["item_key"]: {name for name, value in row.items() if value is True} for row in related.to_dicts()}
    return {name: found.get(key(name), set()) for name in RELATED}


def test_items_are_related_to_objectors_and_minors_elsewhere():
    assert relations() == {name: expected for name, (_, expected) in RELATED.items()}


def test_a_late_objection_to_earlier_content_relates_to_nothing():
    expected = {name: flags & {"tags_minor"} for name, (_, flags) in RELATED.items()}
    assert relations(late_objection=LateObjection.LATER_CONTENT) == expected


def test_a_same_persons_objection_counts_for_tags_only_when_set():
    expected = {name: flags for name, (_, flags) in RELATED.items()}
    assert relations(same_person_objections=False) == {**expected, "tags an objector": set()}
