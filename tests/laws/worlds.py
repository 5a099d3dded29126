"""Invented worlds: a few people with facts near every boundary, what they objected to, and items; and their tables."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st

from demur.exchange.columns import INSTANT, ITEM_COLUMNS, NOTICE_COLUMNS, SUBJECT_COLUMNS, Facts
from demur.policy.age import latest_birth_date
from demur.policy.decide import decide_facts
from demur.policy.ruleset import load_ruleset
from demur.policy.scope import spread_objections

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
# A world costs some ten milliseconds: the oracle sees as many as the profile says, every other law a quarter.
FEWER = settings(max_examples=settings().max_examples // 4)
EU_2025 = load_ruleset("eu-2025")
_TRUTHS = (True, False, None)
PEOPLE = tuple("abcdef")
GROUPS = ("g", "h", "i")
PURPOSE = "train_generative_models"
TIMES = tuple(AT - timedelta(days=days) for days in (400, 300, 200, 100, 50, 10))
PROOFS = (
    AT - timedelta(days=30),
    AT - timedelta(days=30) + timedelta(microseconds=1),
    AT - timedelta(days=300),
    AT - timedelta(days=1),
)
BORN = (None, "1990", "2004-02-29", "2007", "2007-05", "2007-05-26", "2007-05-27", "2007-05-28", "2012-01-01")
CREATED = (
    None,
    datetime(2010, 1, 1, tzinfo=UTC),
    datetime(2022, 3, 1, 11, 59, tzinfo=UTC),
    datetime(2022, 3, 1, 12, tzinfo=UTC),
    AT - timedelta(days=1),
)


@dataclass(frozen=True, kw_only=True)
class World:
    """All facts; people, notices, items and settings are dicts, events are tuples."""

    people: tuple[dict, ...] = ()
    notices: tuple[dict, ...] = ()
    objections: tuple[tuple[str, datetime], ...] = ()
    links: tuple[tuple[str, str, str, datetime], ...] = ()
    withdrawals: tuple[tuple[str, datetime], ...] = ()
    items: tuple[dict, ...] = ()
    settings: dict = field(default_factory=dict)

    def and_objection(self, person: str, at: datetime):
        return replace(self, objections=(*self.objections, (person, at)))


def key(name: str | None) -> bytes | None:
    return None if name is None else hashlib.blake2b(name.encode(), digest_size=16).digest()


def mostly(usual, *odd):
    """Draw the usual value four times in five, so that worlds reach the later rules."""
    return st.integers(0, 4).flatmap(lambda roll: st.sampled_from(odd) if roll == 4 else st.just(usual))


def person(name):
    return st.fixed_dictionaries(
        {
            "id": st.just(name),
            "born": st.one_of(st.just("1990"), st.sampled_from(BORN)),
            "country": mostly("FR", "DE", None, "", "fr"),
            "language": mostly("fr", "de", "fr-CH", None),
            "visibility": mostly("public", "private", None, "odd"),
            "state": mostly("active", "deactivated", "banned", "deleted", "memorialised", None, "odd"),
        }
    )


NOTICES = st.fixed_dictionaries(
    {
        "person": st.sampled_from(PEOPLE),
        "version": mostly("2025-04", "2024-01", None),
        "channel": mostly("email", "in_app", "public_page", "pigeon", None),
        "language": mostly("fr", "FR", "de", None),
        "states_right": mostly(*_TRUTHS),
        "proven_at": st.one_of(st.just(PROOFS[2]), st.sampled_from((*PROOFS, None))),
    }
)
ITEMS = st.fixed_dictionaries(
    {
        "person": st.one_of(st.sampled_from(PEOPLE), st.sampled_from((None, "stranger"))),
        "kind": mostly("post", "ai_interaction", "photo", "story", "group_post", "direct_message", None, "odd"),
        "product": mostly("social", "messenger", None, "odd"),
        "visibility": mostly("public", "group_public", "friends", "direct", None, "odd"),
        "created_at": st.sampled_from(CREATED),
        "deleted_at": mostly(None, AT - timedelta(days=1), AT + timedelta(days=1)),
        "expires_at": mostly(None, AT, AT + timedelta(microseconds=1), AT - timedelta(days=1)),
    }
)
SETTINGS = st.one_of(
    st.just({}),
    st.sampled_from(
        (
            {"suspended_countries": ["DE"]},
            {"processing": "suspended"},
            {"ai_chat_min_age": 0, "ai_chat_min_age_reason": "the scope of the article"},
            {"include_posted_as_minor": True},
            {"notice_version": "2026-01"},
            {"notice_days": 0, "kinds": ["story", "ai_interaction"], "ephemeral_kinds": []},
        )
    ),
)
OBJECTIONS = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(TIMES)), max_size=4).map(tuple)
WITHDRAWALS = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(TIMES)), max_size=3).map(tuple)
LINKS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(GROUPS),
        st.sampled_from(("linked", "unlinked")),
        st.sampled_from(TIMES),
    ),
    max_size=7,
).map(tuple)


KNOWN = World(
    people=({"id": "a", "born": "1990", "country": "FR", "language": "fr", "visibility": "public", "state": "active"},),
    notices=(
        {
            "person": "a",
            "version": "2025-04",
            "channel": "email",
            "language": "fr",
            "states_right": True,
            "proven_at": PROOFS[0],
        },
    ),
    items=(
        {
            "person": "a",
            "kind": "post",
            "product": "social",
            "visibility": "public",
            "created_at": CREATED[1],
            "deleted_at": None,
            "expires_at": None,
        },
    ),
)


@st.composite
def worlds(draw):
    """Draw a world; at times a person is not in the register at all."""
    known = draw(st.lists(st.sampled_from(PEOPLE), unique=True, min_size=3))
    return World(
        people=tuple(draw(person(name)) for name in sorted(known)),
        notices=tuple(draw(st.lists(NOTICES, max_size=10))),
        objections=draw(OBJECTIONS),
        links=draw(LINKS),
        withdrawals=draw(WITHDRAWALS),
        items=tuple(draw(st.lists(ITEMS, min_size=1, max_size=8))),
        settings=draw(SETTINGS),
    )


def objections_in_force(world: World) -> pl.DataFrame:
    return spread_objections(
        pl.DataFrame(
            [(key(name), PURPOSE, at) for name, at in world.objections],
            schema={"subject_key": pl.Binary, "purpose": pl.String, "received_at": INSTANT},
            orient="row",
        ),
        pl.DataFrame(
            [(key(name), key(group), event, at) for name, group, event, at in world.links],
            schema={"subject_key": pl.Binary, "group_key": pl.Binary, "event": pl.String, "at": INSTANT},
            orient="row",
        ),
        pl.DataFrame(
            [(key(name), at) for name, at in world.withdrawals],
            schema={"subject_key": pl.Binary, "received_at": INSTANT},
            orient="row",
        ),
    )


def facts_of(world: World) -> Facts:
    subjects = [
        {**person, "subject_key": key(person["id"]), "born_by": latest_birth_date(person["born"], today=AT.date())}
        for person in world.people
    ]
    notices = [{**notice, "subject_key": key(notice["person"])} for notice in world.notices]
    return Facts(
        subjects=pl.DataFrame([pick(row, SUBJECT_COLUMNS) for row in subjects], schema=SUBJECT_COLUMNS),
        notices=pl.DataFrame([pick(row, NOTICE_COLUMNS) for row in notices], schema=NOTICE_COLUMNS),
        objections=objections_in_force(world),
        as_of=AT,
        log_size=7,
    )


def items_of(world: World) -> pl.DataFrame:
    rows = [
        {**dict.fromkeys(ITEM_COLUMNS), **pick(item, ITEM_COLUMNS), "subject_key": key(item["person"]), "line": line}
        for line, item in enumerate(world.items, 1)
    ]
    return pl.DataFrame(rows, schema=ITEM_COLUMNS)


def pick(row: dict, columns) -> dict:
    return {name: value for name, value in row.items() if name in columns}


def decide(world: World) -> list[tuple[str, str]]:
    """Decide the items of a world by the function that decides a corpus."""
    ruleset = EU_2025.with_settings(world.settings)
    decided = decide_facts(items_of(world), facts_of(world), ruleset, at=AT)
    return decided.select("decision", "reason").rows()


def included(world: World) -> set[int]:
    return {place for place, (decision, _) in enumerate(decide(world)) if decision == "include"}
