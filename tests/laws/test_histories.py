"""Law: whatever happens in whatever order, we decide as the oracle does, and only a withdrawal ends an objection.

A history happens to three people and their items, event after event, while time passes; after each event every item is
decided anew. Hypothesis looks for a short history that breaks the law; many others go on side by side, for volume.
"""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from deciders import KEPT, decide, decide_by_oracle
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from worlds import (
    AT,
    GROUPS,
    MOMENT,
    TIES,
    World,
    done,
    link,
    objection,
    usual_item,
    usual_notice,
    usual_person,
)

BY_OBJECTION = {
    "freedom_of_information",
    "third_party_objection",
    "derived_from_objected",
    "own_objection",
    "linked_account_objection",
    "same_person_objection",
    "depicts_objector",
}
SOURCES = ("derived_from", "reshare_of", "quote_of")
NAMED = ("mentions", "tags", "public_role_of")
LATE = ("all_content", "later_content")
BORN = ("1980", "2007-06-20")
NAMES = ("a", "b", "c")
PERSON = {"person": NAMES}
LINK = {"person": NAMES, "group": GROUPS, "tie": TIES}
# What may happen to somebody, and what happens to all; each with what it may be about.
TO_SOMEBODY = {
    "object": {**PERSON, "scope": ("all", "all", "photos"), "in_public_role": (False, False, True)},
    "withdraw": PERSON,
    "share": LINK,
    "unlink": LINK,
    "hand_over": PERSON,
    "rename": PERSON,
    "publish": {**PERSON, "kind": ("post", "photo", "ai_interaction")},
    "publish_about": {**PERSON, "role": (*NAMED, "other_authors"), "named": NAMES},
    "publish_from": {**PERSON, "source": SOURCES, "number": range(10)},
    "edit_visibility": {"number": range(10), "visibility": ("public", "friends")},
    "edit_profile": {**PERSON, "visibility": ("public", "private")},
    "point_at": {"number": range(10)},
    "deliver": PERSON,
    "bounce": PERSON,
}
TO_ALL = {
    "suspend": {"country": ("FR", "DE", None)},
    "go_on": {},
    "pass_time": {"days": (1, 31, 800)},
}


def about(event):
    return {name: st.sampled_from(values) for name, values in {**TO_SOMEBODY, **TO_ALL}[event].items()}


class Histories(RuleBasedStateMachine):
    """Facts that only ever grow, as a register's do; what changes in place is what a platform tells anew."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.barred = set()  # items that an objection took out, and nobody withdrew since

    @initialize(late=st.sampled_from(LATE), born=st.sampled_from(BORN))
    def begin(self, late, born):
        self.world = World(
            people=tuple({**usual_person(name), "born": born if name == "c" else BORN[0]} for name in NAMES),
            notices=tuple(usual_notice(name) for name in NAMES),
            items=tuple(usual_item(number, name) for number, name in enumerate(NAMES)),
            settings={"late_objection": late, "include_posted_as_minor": True},
            at=AT,
        )

    # --- what people do

    @rule(**about("object"))
    def object(self, person, scope, in_public_role):
        at = self.tick()
        self.happens("objections", objection(person, at, scope, in_public_role=in_public_role))

    @rule(**about("withdraw"))
    def withdraw(self, person):
        """Withdraw, logged in: there is no other way."""
        self.happens("withdrawals", done(person, self.tick()))
        self.barred = {name for name in self.barred if person not in self.people_near(name)}

    @rule(**about("share"))
    def share(self, person, group, tie):
        """Join an accounts centre, or verify a contact."""
        self.happens("links", link(person, group, self.tick(), tie))

    @rule(**about("unlink"))
    def unlink(self, person, group, tie):
        self.happens("links", link(person, group, self.tick(), tie, "unlinked"))

    @rule(**about("hand_over"))
    def hand_over(self, person):
        self.happens("hand_overs", done(person, self.tick()))
        self.tell_anew("people", person, held_since=self.world.at)

    @rule(**about("rename"))
    def rename(self, person):
        """Take another name, which decides nothing: keys come from ids."""
        self.tick()
        before = decide_by_oracle(self.world)
        self.tell_anew("people", person, handle="somebody.else")
        assert decide_by_oracle(self.world) == before

    @rule(**about("publish"))
    def publish(self, person, kind):
        self.publish_item(person, kind)

    @rule(**about("publish_about"))
    def publish_about(self, person, role, named):
        self.publish_item(person, "photo", **{role: [named]})

    @rule(**about("publish_from"))
    def publish_from(self, person, source, number):
        taken = self.world.items[number % len(self.world.items)]["id"]
        self.publish_item(person, "reshare", **{source: taken, "embed_separable": True})

    @rule(**about("edit_visibility"))
    def edit_visibility(self, number, visibility):
        self.tick()
        self.tell_anew("items", f"i{number}", visibility=visibility)

    @rule(**about("edit_profile"))
    def edit_profile(self, person, visibility):
        self.tell_anew("people", person, visibility=visibility, last_seen_at=self.tick())

    @rule(**about("point_at"))
    def point_at(self, number):
        target = {"item": f"i{number}", "page": None, "effective_at": self.tick(), "in_public_role": False}
        self.happens("targets", target)

    # --- what the platform and its authority do

    @rule(**about("deliver"))
    def deliver(self, person):
        self.happens("notices", {**usual_notice(person), "proven_at": self.tick()})

    @rule(**about("bounce"))
    def bounce(self, person):
        self.tick()
        self.happens("notices", {**usual_notice(person), "proven_at": None})

    @rule(**about("suspend"))
    def suspend(self, country):
        scope = dict.fromkeys(("product", "kind", "created_from", "created_until"))
        self.happens("suspensions", {**scope, "since": self.tick(), "until": None, "country": country})

    @rule(**about("go_on"))
    def go_on(self):
        at = self.tick()
        self.change(suspensions=tuple({**row, "until": row["until"] or at} for row in self.world.suspensions))

    @rule(**about("pass_time"))
    def pass_time(self, days):
        """Let time pass: periods end, people come of age, and nobody is seen for long."""
        self.change(at=self.world.at + timedelta(days=days))

    # --- how

    def tick(self):
        self.change(at=self.world.at + MOMENT)
        return self.world.at

    def happens(self, table, row):
        self.world = self.world.and_one(table, row)

    def change(self, **facts):
        self.world = replace(self.world, **facts)

    def tell_anew(self, table, name, **facts):
        rows = getattr(self.world, table)
        self.change(**{table: tuple({**row, **facts} if row["id"] == name else row for row in rows)})

    def publish_item(self, person, kind, **facts):
        usual = usual_item(len(self.world.items), person)
        self.happens("items", {**usual, "kind": kind, "created_at": self.tick(), **facts})

    def people_near(self, name):
        """Return whose withdrawal may let an item in: its people, and those of what it was made from."""
        item = next(item for item in self.world.items if item["id"] == name)
        named = [person for role in (*NAMED, "other_authors") for person in item[role]]
        taken = [self.people_near(item[source]) for source in SOURCES if item[source] is not None]
        return {item["person"], *named}.union(*taken)

    @invariant()
    def we_decide_as_the_oracle_does_and_only_a_withdrawal_lets_an_item_in_again(self):
        if self.world.items:
            decided = decide(self.world)
            assert decided == decide_by_oracle(self.world)
            self.check_barred(decided)

    def check_barred(self, decided):
        names = [item["id"] for item in self.world.items]
        kept = {name for name, (decision, _) in zip(names, decided, strict=True) if decision in KEPT}
        assert (self.world, self.barred & kept) == (self.world, set())
        self.barred |= {name for name, (_, reason) in zip(names, decided, strict=True) if reason in BY_OBJECTION}


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=max(8, settings().max_examples // 10),
    stateful_step_count=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a step takes a tenth of a second: no shrinking
)

SIDE_BY_SIDE, STEPS = 60, 20


def let_happen(histories, events, random):
    """Let one event happen to all histories: of its kind the same, or each its own."""
    event = random.choice(tuple(events))
    given = {name: random.choice(values) for name, values in events[event].items()}
    for history in histories:
        getattr(history, event)(**given)


def begin(late, random):
    history = Histories()
    history.begin(late, random.choice(BORN))
    return history


@pytest.mark.parametrize("late", LATE)
def test_histories_side_by_side_keep_the_law(late):
    random = Random(late)
    histories = [begin(late, random) for _ in range(SIDE_BY_SIDE)]
    for step in range(STEPS):
        if step % 4 == 3:
            let_happen(histories, TO_ALL, random)
        for history in histories:
            let_happen([history], TO_SOMEBODY, random)
        worlds = [history.world for history in histories]
        decided = decide(*worlds)
        assert decided == decide_by_oracle(*worlds)
        places = iter(decided)
        for history in histories:
            history.check_barred([next(places) for _ in history.world.items])
    assert sum(len(history.barred) for history in histories) > SIDE_BY_SIDE / 2
