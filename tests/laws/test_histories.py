"""Law: whatever happens in whatever order, we decide as the oracle does, and only a withdrawal ends an objection.

A history happens to three people and their items, event after event, while time passes; after each event every item is
decided anew.
"""

from dataclasses import replace
from datetime import timedelta

from deciders import KEPT, decide, decide_by_oracle
from hypothesis import settings
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
NAMES = ("a", "b", "c")
people = st.sampled_from(NAMES)
roles = st.sampled_from(("mentions", "tags", "public_role_of", "other_authors"))
sources = st.sampled_from(("derived_from", "reshare_of", "quote_of"))


class Histories(RuleBasedStateMachine):
    """Facts that only ever grow, as a register's do; what changes in place is what a platform tells anew."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.barred = set()  # items that an objection took out, and nobody withdrew since

    @initialize(late=st.sampled_from(("all_content", "later_content")), born=st.sampled_from(("1980", "2007-06-20")))
    def begin(self, late, born):
        self.world = World(
            people=tuple({**usual_person(name), "born": born if name == "c" else "1980"} for name in NAMES),
            notices=tuple(usual_notice(name) for name in NAMES),
            items=tuple(usual_item(number, name) for number, name in enumerate(NAMES)),
            settings={"late_objection": late, "include_posted_as_minor": True},
            at=AT,
        )

    # --- what people do

    @rule(person=people, scope=st.sampled_from(("all", "all", "photos")), in_public_role=st.booleans())
    def object(self, person, scope, in_public_role):
        self.happens("objections", objection(person, self.world.at, scope, in_public_role=in_public_role))

    @rule(person=people)
    def withdraw(self, person):
        self.world = self.world.and_one("withdrawals", done(person, self.world.at))
        self.barred = {name for name in self.barred if person not in self.people_near(name)}

    @rule(person=people, group=st.sampled_from(GROUPS), tie=st.sampled_from(TIES))
    def share(self, person, group, tie):
        """Join an accounts centre, or verify a contact."""
        self.happens("links", link(person, group, self.world.at, tie))

    @rule(person=people, group=st.sampled_from(GROUPS), tie=st.sampled_from(TIES))
    def unlink(self, person, group, tie):
        self.happens("links", link(person, group, self.world.at, tie, "unlinked"))

    @rule(person=people)
    def hand_over(self, person):
        self.pass_time(0)
        self.happens("hand_overs", done(person, self.world.at))
        self.tell_anew("people", person, held_since=self.world.at)

    @rule(person=people)
    def rename(self, person):
        """A name is no fact that decides: keys come from ids."""
        before = decide_by_oracle(self.world)
        self.tell_anew("people", person, handle="somebody.else")
        assert decide(self.world) == before

    @rule(person=people, kind=st.sampled_from(("post", "photo", "ai_interaction")))
    def publish(self, person, kind):
        self.publish_item(person, kind)

    @rule(person=people, role=roles, named=people)
    def publish_about(self, person, role, named):
        self.publish_item(person, "photo", **{role: [named]})

    @rule(person=people, source=sources, number=st.integers(0, 9))
    def publish_from(self, person, source, number):
        taken = self.world.items[number % len(self.world.items)]["id"]
        self.publish_item(person, "reshare", **{source: taken, "embed_separable": True})

    @rule(number=st.integers(0, 9), visibility=st.sampled_from(("public", "friends")))
    def edit_visibility(self, number, visibility):
        self.tell_anew("items", f"i{number}", visibility=visibility)

    @rule(person=people, visibility=st.sampled_from(("public", "private")))
    def edit_profile(self, person, visibility):
        self.tell_anew("people", person, visibility=visibility, last_seen_at=self.world.at)

    @rule(number=st.integers(0, 9))
    def point_at(self, number):
        target = {"item": f"i{number}", "page": None, "effective_at": self.world.at, "in_public_role": False}
        self.happens("targets", target)

    # --- what the platform and its authority do

    @rule(person=people)
    def deliver(self, person):
        self.happens("notices", {**usual_notice(person), "proven_at": self.world.at})

    @rule(person=people)
    def bounce(self, person):
        self.happens("notices", {**usual_notice(person), "proven_at": None})

    @rule(country=st.sampled_from(("FR", "DE", None)))
    def suspend(self, country):
        scope = dict.fromkeys(("product", "kind", "created_from", "created_until"))
        self.happens("suspensions", {**scope, "since": self.world.at, "until": None, "country": country})

    @rule()
    def go_on(self):
        ended = tuple({**row, "until": row["until"] or self.world.at} for row in self.world.suspensions)
        self.change(suspensions=ended)

    @rule(days=st.sampled_from((0, 0, 1, 31, 800)))
    def pass_time(self, days):
        """Let time pass: periods end, people come of age, and nobody is seen for long."""
        self.change(at=self.world.at + timedelta(days=days) + MOMENT)

    # --- how

    def happens(self, table, row):
        self.world = self.world.and_one(table, row)

    def change(self, **facts):
        self.world = replace(self.world, **facts)

    def tell_anew(self, table, name, **facts):
        rows = getattr(self.world, table)
        self.change(**{table: tuple({**row, **facts} if row["id"] == name else row for row in rows)})

    def publish_item(self, person, kind, **facts):
        usual = usual_item(len(self.world.items), person)
        self.happens("items", {**usual, "kind": kind, "created_at": self.world.at, **facts})

    def people_near(self, name):
        """Return whose withdrawal may let an item in: its people, and those of what it was made from."""
        item = next(item for item in self.world.items if item["id"] == name)
        named = [item["person"], *(person for role in ("mentions", "tags", "public_role_of") for person in item[role])]
        taken = [item[source] for source in ("derived_from", "reshare_of", "quote_of") if item[source] is not None]
        return {*named, *item["other_authors"], *(person for one in taken for person in self.people_near(one))}

    @invariant()
    def we_decide_as_the_oracle_does_and_only_a_withdrawal_lets_an_item_in_again(self):
        if self.world.items:
            decided = decide(self.world)
            assert decided == decide_by_oracle(self.world)
            self.keep_barred(decided)

    def keep_barred(self, decided):
        names = [item["id"] for item in self.world.items]
        kept = {name for name, (decision, _) in zip(names, decided, strict=True) if decision in KEPT}
        assert self.barred & kept == set()
        self.barred |= {name for name, (_, reason) in zip(names, decided, strict=True) if reason in BY_OBJECTION}


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=max(8, settings().max_examples // 8), stateful_step_count=20)
