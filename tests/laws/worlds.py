"""Invented worlds: people with facts near every boundary, what they did, and what they published.

One generator draws them, by whatever is handed in as `Choose`: a seeded random number generator for volume, Hypothesis
for examples that it can make smaller. A world is drawn as usual, with everything in order, and a few things in it are
then twisted: so worlds reach the late rules, and the smallest example of a failure differs from the usual in one thing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from types import SimpleNamespace

from hypothesis import settings
from hypothesis import strategies as st
from oracle import coming_of_age, latest_birth

Choose = Callable[[Sequence], object]  # picks one of some values

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
INSTANTS = (
    AT,
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC) - MOMENT,
    datetime(2025, 3, 1, 11, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
)
# A world costs some ten milliseconds: a law sees a quarter of what the profile says.
FEWER = settings(max_examples=settings().max_examples // 4)
EU_NOTICE_DAYS = 30
NAMES = tuple("abcd")
PEOPLE = (*NAMES, "stranger")  # who is not in the register may be named all the same
GROUPS = ("g", "h")
TIES = ("centre", "contact")


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that anybody knows at an instant, as plain data: dicts that name people and items by words."""

    people: tuple[dict, ...] = ()
    notices: tuple[dict, ...] = ()
    objections: tuple[dict, ...] = ()
    withdrawals: tuple[dict, ...] = ()
    links: tuple[dict, ...] = ()
    hand_overs: tuple[dict, ...] = ()
    targets: tuple[dict, ...] = ()
    hijacks: tuple[dict, ...] = ()
    suspensions: tuple[dict, ...] = ()
    undertakings: tuple[dict, ...] = ()
    items: tuple[dict, ...] = ()
    settings: dict = field(default_factory=dict)
    at: datetime = AT

    def and_one(self, table, row):
        """Return this world with one more row in one of its tables."""
        return replace(self, **{table: (*getattr(self, table), row)})

    def and_objection(self, person, at, scope="all", *, in_public_role=False):
        return self.and_one("objections", objection(person, at, scope, in_public_role=in_public_role))

    def with_settings(self, **changed):
        return replace(self, settings={**self.settings, **changed})


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all people share: settings, stops, undertakings, what was published to everybody, and the instant."""

    settings: dict
    suspensions: tuple[dict, ...]
    undertakings: tuple[dict, ...]
    publications: tuple[dict, ...]
    at: datetime


# --- what is usual


def usual_person(name, at=AT):
    return {
        "id": name,
        "born": "1980",
        "is_earliest_known": True,
        "zone": "Europe/Paris",
        "has_age_doubt": None,
        "is_for_minor": None,
        "country": "FR",
        "language": "fr",
        "visibility": "public",
        "state": "active",
        "last_seen_at": at - 9 * DAY,
        "held_since": None,
        "refuses_training": None,
        "refuses_sharing": None,
    }


def usual_notice(name, at=AT):
    return {
        "person": name,
        "version": "2025-04",
        "channel": "email",
        "language": "fr",
        "states_right": True,
        "is_marketing": None,
        "variant": None,
        "proven_at": at - 43 * DAY,
        "shown_at": None,
    }


def publication(at=AT):
    return {**usual_notice(None, at), "channel": "public_page", "language": "*"}


def usual_item(number, name, at=AT):
    return {
        "id": f"i{number}",
        "person": name,
        "kind": "post",
        "product": "social",
        "visibility": "public",
        "created_at": at - 600 * DAY,
        "deleted_at": None,
        "expires_at": None,
        "collected_at": at - 20 * DAY,
        "other_authors": [],
        "addressed_to_assistant": None,
        "mentions": [],
        "tags": [],
        "public_role_of": [],
        "reshare_of": None,
        "quote_of": None,
        "derived_from": None,
        "embed_separable": None,
        "page": None,
        "preference": None,
        "preview_preference": None,
        "findings": [],
        "detections": [],
        "is_picture_only": False,
        "is_empty": False,
        "is_only_objected": False,
        "is_duplicate": False,
        "shows_objected_text": False,
    }


def objection(person, at, scope="all", *, in_public_role=False):
    return {"person": person, "received_at": at, "scope": scope, "in_public_role": in_public_role}


def link(person, group, at, tie="centre", event="linked"):
    return {"person": person, "group": group, "tie": tie, "event": event, "at": at}


def done(person, at):
    """Say that a person did at an instant what the table is about: withdrew, or handed an account over."""
    return {"person": person, "at": at}


KNOWN = World(people=(usual_person("a"),), notices=(usual_notice("a"),), items=(usual_item(0, "a"),))
# Of these differ the items that a world begins with; most are posts.
KINDS = (
    *({},) * 5,
    {"kind": "photo"},
    {"kind": "comment"},
    {"kind": "reshare"},
    {"kind": "ai_interaction", "visibility": "private"},
    {"kind": "ai_interaction", "visibility": "private", "addressed_to_assistant": True},
    {"kind": "group_chat_message", "visibility": "group_private", "addressed_to_assistant": True},
    {"kind": "web_page", "person": None, "product": None, "page": "p1"},
)


# --- what is odd, by the name of what it is odd about


@cache
def event_times(at):
    """Return a few instants, so that what is drawn twice often falls together; the last has not come yet."""
    return (*(at - days * DAY for days in (400, 300, 200, 100, 50, 10)), at, at + MOMENT)


@cache
def birth_dates(at):
    """Return birth dates on both sides of each age that may be asked, full and partial; and some of no use."""
    around = [str(years_before(at, years) + days * DAY) for years in (18, 18, 16, 21) for days in (-2, -1, 0, 1)]
    partial = [text[:length] for text in around for length in (4, 7)]
    return (None, "", "1990-13", "2004-02-29", "2012-01-01", str(at.year), *around, *partial)


def years_before(at, years):
    day = at.date()
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year - years, 3, 1) if is_leap_day else day.replace(year=day.year - years)


# In the second to fifth place the clock skipped midnight on the day after so many years, showed it twice, or left out
# the whole day.
BIRTH_PLACES = (
    (None, None),
    ("America/Sao_Paulo", "1999-10-15"),
    ("America/Havana", "1999-11-05"),
    ("Pacific/Apia", "1993-12-30"),
    ("Asia/Beirut", "1998-03-27"),
    ("Pacific/Kiritimati", None),
    ("Etc/GMT+12", None),
    ("Europe/Nowhere", None),
    ("", None),
)


@cache
def odd_people(at):
    return {
        "born": birth_dates(at),
        "zone": tuple(zone for zone, _ in BIRTH_PLACES),
        "is_earliest_known": (False,),
        "has_age_doubt": (True, False),
        "is_for_minor": (True, False),
        "country": ("DE", "DE", "de", "fr", None, "", "D", "F1", "DEU"),
        "language": ("de", "fr-CH", "FR", None, "", "french"),
        "visibility": ("private", "friends", None, "odd"),
        "state": ("deactivated", "banned", "deleted", "memorialised", None, "odd"),
        "last_seen_at": (None, at, at - 730 * DAY, at - 730 * DAY - MOMENT, at + DAY),
        "held_since": event_times(at),
        "refuses_training": (True, False),
        "refuses_sharing": (True, False),
    }


@cache
def odd_notices(at):
    late = (at - 30 * DAY, at - 30 * DAY + MOMENT, at - DAY)
    return {
        "version": ("2025-03", "2025-03", "2025-02", None),
        "channel": ("in_app", "in_app", "in_app", "public_page", "pigeon", None),
        "language": ("FR", "fr_BE", "de", "*", None, "", "french", "f"),
        "states_right": (False, None),
        "is_marketing": (True, False),
        "variant": ("minor", "minor", "adult"),
        "proven_at": (None, *late, *late, *event_times(at)),
        "shown_at": (at - DAY, at, at + MOMENT),
        "person": NAMES,
    }


@cache
def odd_items(at):
    created = (None, *event_times(at), datetime(2010, 1, 1, tzinfo=UTC), at - DAY, at + DAY)
    words = ("deny", "deny", "allow", "odd")
    return {
        "person": (None, *PEOPLE),
        "kind": ("photo", "story", "group_post", "direct_message", "group_chat_message", "derived", None, "odd"),
        "product": ("messenger", None, "odd"),
        "visibility": ("group_public", "friends", "direct", None, "odd"),
        "created_at": (*created, *created),
        "deleted_at": (at - DAY, at + DAY),
        "expires_at": (at, at + MOMENT, at - DAY),
        "collected_at": (None, *event_times(at)),
        "other_authors": (None, *([name] for name in PEOPLE), ["a", "b"]),
        "addressed_to_assistant": (True, False),
        "mentions": (None, ["a", "b", "c", "d"]),
        "tags": (None, ["a"], ["stranger"]),
        "page": ("p1", "p2"),
        "embed_separable": (True, False),
        "preference": words,
        "preview_preference": words,
        "is_picture_only": (True, None),
        "is_empty": (True, None),
        "is_only_objected": (True, None),
        "is_duplicate": (True, None),
        "shows_objected_text": (True,),
    }


FINDINGS = tuple(
    {"kind": kind, "about": about, "is_minor": is_minor, "text": "x"}
    for kind in ("health", "union", "crime", "person_name", "person_name", "odd", None)
    for about in ("author", "other", None)
    for is_minor in (None, True, False)
)
DETECTIONS = tuple(
    {"kind": kind, "score": score}
    for kind in ("face", "plate", "child_face", "minor", None)
    for score in (0.3, 0.29, 0.9, None)
)


def change(version, previous, signed_by="A. Head", *, is_material=False):
    fact = {"version": version, "previous": previous, "what": "words", "is_material": is_material}
    return {**fact, "signed_by": signed_by}


@cache
def odd_settings(at):
    kinds = ("post", "photo", "comment", "reply", "reshare", "group_post", "story", "ai_interaction", "web_page")
    return {
        "notice_version": ("2025-03", "2026-01"),
        "notice_changes": (
            (change("2025-03", "2025-02"), change("2025-04", "2025-03")),
            (change("2025-03", "2025-02", is_material=True), change("2025-04", "2025-03")),
            (change("2025-04", "2025-03", " "),),
        ),
        "notice_days": (0, 1, 43, 300),
        "notice_period_from": ("publication",),
        "dormant_days": (0, 9, 36_500),
        "unreachable": ("public_notice",),
        "adult_age": (21,),
        "include_posted_as_minor": (True,),
        "ai_chat_min_age": (0, 0, 0, 16, 21),
        "products": (("social", "messenger"), ()),
        "kinds": (("post",), ("story", "ai_interaction"), (*kinds, "direct_message", "group_chat_message"), kinds[1:]),
        "ephemeral_kinds": ((), ("photo", "story"), ("ai_interaction",)),
        "private_authors": ("include",),
        "late_objection": ("later_content",),
        "same_person_objections": (False,),
        "others_content": ("keep",),
        "public_role": ("full_effect",),
        "deceased": ("include",),
        "own_special_categories": ("include",),
        "faces": ("exclude", "use"),
        "child_face_score": (Decimal("0.9"), Decimal(0), Decimal(1)),
        "machine_signals": ("ignore",),
        "is_shared": (True,),
        "relaunched_at": (at - 43 * DAY, at - 43 * DAY + MOMENT, at - 300 * DAY),
    }


# --- drawing


def draw_surroundings(choose: Choose) -> Surroundings:
    at = choose((AT, *INSTANTS))
    return Surroundings(
        settings=draw_settings(choose, at),
        suspensions=tuple(draw_suspension(choose, at) for _ in range(choose((0, 0, 1, 1, 2)))),
        undertakings=tuple(draw_undertaking(choose, at) for _ in range(choose((0, 0, 0, 0, 1)))),
        publications=tuple(draw_publication(choose, at) for _ in range(choose((0, 1, 1, 2)))),
        at=at,
    )


def draw_settings(choose: Choose, at) -> dict:
    odd = odd_settings(at)
    names = [choose(tuple(odd)) for _ in range(choose((0, 0, 1, 2, 4, 6, 8)))]
    drawn = {name: choose(odd[name]) for name in names}
    return {**drawn, "ai_chat_min_age_reason": "the scope"} if "ai_chat_min_age" in drawn else drawn


def draw_window(choose: Choose, at) -> dict:
    times = event_times(at)
    return {"since": choose((*times[:3], *times, None)), "until": choose((None, None, None, *times))}


def draw_suspension(choose: Choose, at) -> dict:
    created = (None, *event_times(at))
    return {
        **draw_window(choose, at),
        "country": choose(("DE", "DE", "DE", "FR", None)),
        "product": choose((None, None, "social", "messenger")),
        "kind": choose((None, None, "post", "photo", "ai_interaction", "web_page")),
        "created_from": choose(created),
        "created_until": choose(created),
    }


def draw_undertaking(choose: Choose, at) -> dict:
    return {**draw_window(choose, at), "field": choose(("created_at", "collected_at", None, "odd"))}


def draw_publication(choose: Choose, at) -> dict:
    drawn = publication(at)
    names = ("version", "states_right", "is_marketing", "proven_at", "proven_at")
    for _ in range(choose((0, 0, 1, 2))):
        name = choose(names)
        drawn[name] = choose(odd_notices(at)[name])
    return drawn


def draw_world(choose: Choose, around: Surroundings) -> World:
    draft = usual_draft(choose, around.at)
    for _ in range(choose((0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10))):
        choose(TWISTS)(draft)
    return World(
        people=tuple(draft.people),
        notices=(*around.publications, *draft.notices),
        objections=tuple(draft.objections),
        withdrawals=tuple(draft.withdrawals),
        links=tuple(draft.links),
        hand_overs=tuple(draft.hand_overs),
        targets=tuple(draft.targets),
        hijacks=tuple(draft.hijacks),
        suspensions=around.suspensions,
        undertakings=around.undertakings,
        items=tuple(draft.items),
        settings=around.settings,
        at=around.at,
    )


def usual_draft(choose: Choose, at) -> SimpleNamespace:
    """Return a world in which everything is in order, in lists that the twists change."""
    people = NAMES[: choose((1, 2, 2, 3, 3, 4))]
    items = [
        {**usual_item(number, choose(people), at), **choose(KINDS)} for number in range(choose((1, 2, 2, 3, 3, 4)))
    ]
    return SimpleNamespace(
        choose=choose,
        at=at,
        times=event_times(at),
        people=[usual_person(name, at) for name in people],
        notices=[usual_notice(name, at) for name in people],
        items=items,
        objections=[],
        withdrawals=[],
        links=[],
        hand_overs=[],
        targets=[],
        hijacks=[],
    )


def alter(draft, rows, odd):
    """Give one fact of one row a value that is not the usual one."""
    if rows:
        name = draft.choose(tuple(odd))
        draft.choose(rows)[name] = draft.choose(odd[name])


def alter_person(draft):
    alter(draft, draft.people, odd_people(draft.at))


def alter_notice(draft):
    alter(draft, draft.notices, odd_notices(draft.at))


def alter_item(draft):
    alter(draft, draft.items, odd_items(draft.at))


def add_notice(draft):
    draft.notices.append(usual_notice(draft.choose(NAMES), draft.at))
    alter(draft, draft.notices[-1:], odd_notices(draft.at))


def drop_notice(draft):
    if draft.notices:
        draft.notices.remove(draft.choose(draft.notices))


def drop_person(draft):
    if draft.people:
        draft.people.remove(draft.choose(draft.people))


def object_to_all(draft):
    choose = draft.choose
    is_about_role = choose((False, False, False, True, None))
    scope = choose(("all", "all", "all", "photos", None))
    draft.objections.append(objection(choose(NAMES), choose(draft.times), scope, in_public_role=is_about_role))


def withdraw(draft):
    draft.withdrawals.append(done(draft.choose(NAMES), draft.choose(draft.times)))


def join(draft):
    choose = draft.choose
    group, tie = choose(GROUPS), choose(TIES)
    draft.links.extend(link(choose(NAMES), group, choose(draft.times), tie) for _ in range(2))


def unlink(draft):
    if draft.links:
        draft.links.append({**draft.choose(draft.links), "event": "unlinked", "at": draft.choose(draft.times)})


def object_nearby(draft):
    """Let somebody object who shares something with an author."""
    choose = draft.choose
    author, other = choose(draft.items)["person"] or "a", choose(NAMES)
    group, tie = choose(GROUPS), choose(TIES)
    draft.links += [link(name, group, choose(draft.times), tie) for name in (author, other)]
    draft.objections.append(objection(other, choose(draft.times)))


def pick_dated(draft):
    """Pick an item, and often let it be published when something else happened, or nobody knows when."""
    item = draft.choose(draft.items)
    if draft.choose((True, True, False)):
        item["created_at"] = draft.choose((None, *draft.times))
    return item


def stir(draft):
    """Let a few people do a lot of what makes objections spread and end."""
    for _ in range(draft.choose((3, 4, 6, 8))):
        draft.choose((object_to_all, object_to_all, withdraw, join, join, unlink, hand_over))(draft)
        pick_dated(draft)


def hand_over(draft):
    at, person = draft.choose(draft.times), pick_dated(draft)["person"] or "a"
    draft.hand_overs.append(done(person, at))
    for account in draft.people:
        if account["id"] == person and draft.choose((True, False)):
            account["held_since"] = at


def point_at(draft):
    choose = draft.choose
    named = {"item": choose(draft.items)["id"], "page": None} if choose((True, False)) else {"item": None, "page": "p1"}
    when = choose((*draft.times, None))
    draft.targets.append({**named, "effective_at": when, "in_public_role": choose((False, False, True, None))})


def hijack(draft):
    held = pick_dated(draft)["person"] or draft.choose(NAMES)
    draft.hijacks.append({**draw_window(draft.choose, draft.at), "person": held})


def take_from(draft):
    """Let an item be made from another, or from one that is not there."""
    taken = draft.choose(("i0", "i0", "i1", "i1", "i2", "i3", "lost"))
    taker = pick_dated(draft)
    taker[draft.choose(("derived_from", "reshare_of", "quote_of"))] = taken
    taker["embed_separable"] = draft.choose((True, True, False, None))


def take_from_objector(draft):
    take_from(draft)
    source = pick_dated(draft)
    draft.objections.append(objection(source["person"] or "a", draft.choose(draft.times)))


def name_objector(draft):
    choose = draft.choose
    person, role = choose(NAMES), choose(("tags", "mentions", "public_role_of", "other_authors"))
    named = choose(draft.items)
    named[role] = [*(named[role] or ()), person]
    is_about_role = role == "public_role_of" or choose((False, False, True))
    draft.objections.append(objection(person, choose(draft.times), in_public_role=is_about_role))


def name_somebody(draft):
    named = draft.choose(draft.items)
    role = draft.choose(("tags", "mentions", "public_role_of", "other_authors"))
    person = draft.choose(PEOPLE)
    named[role] = [*(named[role] or ()), person]
    alter(draft, [account for account in draft.people if account["id"] == person], odd_people(draft.at))


def tell_one_holder(draft):
    """Let an account change hands when something else happens: a notice, or what was published."""
    if draft.people:
        account = draft.choose(draft.people)
        account["held_since"] = draft.choose(draft.times)
        told = {**usual_notice(account["id"], draft.at), "proven_at": draft.choose(draft.times)}
        draft.notices = draft.choose(([told], [*draft.notices, told]))
        pick_dated(draft)["person"] = account["id"]


def show_in_app(draft):
    """Let the notice be displayed, or not, to somebody who was not seen for long."""
    if draft.people:
        account = draft.choose(draft.people)
        account["last_seen_at"] = draft.choose(odd_people(draft.at)["last_seen_at"])
        shown = {"channel": draft.choose(("in_app", "in_app", "email")), "shown_at": draft.choose((draft.at, None))}
        draft.notices.append({**usual_notice(account["id"], draft.at), **shown})


def refuse(draft):
    if draft.people:
        draft.choose(draft.people)[draft.choose(("refuses_training", "refuses_sharing"))] = True


def find(draft):
    found = draft.choose(draft.items)
    found["findings"] = [*found["findings"], draft.choose(FINDINGS)]


def detect(draft):
    shown = draft.choose(draft.items)
    shown["detections"] = [*shown["detections"], draft.choose(DETECTIONS)]


def turn_of_age(draft):
    """Let something happen at the very instant at which somebody comes of age, or a moment before."""
    if not draft.people:
        return
    choose, account = draft.choose, draft.choose(draft.people)
    account["zone"], born = choose(BIRTH_PLACES)
    account["born"] = born or choose(birth_dates(draft.at))
    instant = coming_of_age(latest_birth(account), choose((18, 18, 18, 16, 21)), account["zone"])
    if instant is not None:
        rows = [(row, "created_at") for row in draft.items] + [(row, "proven_at") for row in draft.notices]
        row, name = choose(rows)
        row[name] = choose((instant, instant - MOMENT))
        row["person"] = account["id"]


def move(draft):
    if draft.people:
        draft.choose(draft.people)["country"] = draft.choose(odd_people(draft.at)["country"])


TWISTS = (
    *(alter_person,) * 6,
    *(alter_notice,) * 4,
    *(alter_item,) * 6,
    *(add_notice,) * 2,
    drop_notice,
    drop_person,
    *(object_to_all,) * 3,
    withdraw,
    join,
    unlink,
    stir,
    *(object_nearby,) * 2,
    hand_over,
    point_at,
    *(hijack,) * 2,
    *(take_from,) * 2,
    *(take_from_objector,) * 2,
    *(name_objector,) * 2,
    *(name_somebody,) * 2,
    tell_one_holder,
    show_in_app,
    refuse,
    move,
    *(find,) * 2,
    detect,
    *(turn_of_age,) * 2,
)


USUAL = Surroundings(settings={}, suspensions=(), undertakings=(), publications=(publication(),), at=AT)
BATCHES = max(1, settings().max_examples // 25)


def batches(law: str, *, count=BATCHES, size=250, **changed):
    """Draw worlds for a law, the same ones at each push; those of a batch share their surroundings.

    The first batch has usual surroundings, so that items are in, and something could let in or take out one more.

    Args:
        changed: settings that are to be so.
    """
    for number in range(count):
        random = Random(f"{law} {number}")
        around = draw_surroundings(random.choice) if number else USUAL
        around = replace(around, settings={**around.settings, **changed})
        yield tuple(random_world(random, around) for _ in range(size))


def random_world(random, around: Surroundings | None = None) -> World:
    """Draw a world by a seeded generator; fast, for volume."""
    return draw_world(random.choice, around or draw_surroundings(random.choice))


@st.composite
def worlds(draw, *, most=1):
    """Draw up to so many worlds in the same surroundings, which Hypothesis can make smaller."""

    def choose(values):
        return values[draw(st.integers(0, len(values) - 1))]

    around = draw_surroundings(choose)
    return [draw_world(choose, around) for _ in range(draw(st.integers(1, most)))]


def random_circle(random, at=AT) -> World:
    """Draw people who do a lot of what makes objections spread and end, and nothing else."""
    draft = usual_draft(random.choice, at)
    stir(draft)
    stir(draft)
    events = {name: tuple(getattr(draft, name)) for name in ("objections", "withdrawals", "links", "hand_overs")}
    return World(**events, at=at)


# --- making a world smaller

TABLES = tuple(one.name for one in fields(World) if one.name not in ("settings", "at"))


def smallest(world: World, is_wrong) -> World:
    """Take out of a world what it need not have to be wrong, and make what is left usual."""
    for name in world.settings:
        rest = {other: value for other, value in world.settings.items() if other != name}
        world = better(world, replace(world, settings=rest), is_wrong)
    for table in TABLES:
        for row in getattr(world, table):
            rest = tuple(other for other in getattr(world, table) if other is not row)
            world = better(world, replace(world, **{table: rest}), is_wrong)
    for table in ("people", "notices", "items"):
        for place in range(len(getattr(world, table))):
            world = make_usual(world, table, place, is_wrong)
    return world


def better(world, other, is_wrong):
    return other if is_wrong(other) else world


def make_usual(world, table, place, is_wrong):
    row = getattr(world, table)[place]
    for name, value in usual_like(table, row, world.at).items():
        if row[name] != value:
            rows = getattr(world, table)
            changed = (*rows[:place], {**rows[place], name: value}, *rows[place + 1 :])
            world = better(world, replace(world, **{table: changed}), is_wrong)
    return world


def usual_like(table, row, at):
    if table == "items":
        return {**usual_item(0, row["person"], at), "id": row["id"]}
    return usual_person(row["id"], at) if table == "people" else usual_notice(row["person"], at)
