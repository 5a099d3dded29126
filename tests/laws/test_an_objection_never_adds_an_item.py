"""Law: an objection never adds an item, and takes out every item of its maker (GDPR Art. 21(1))."""

from hypothesis import given
from hypothesis import strategies as st
from worlds import AT, FEWER, PEOPLE, TIMES, decide, included, objections_in_force, worlds


@FEWER
@given(worlds(), st.sampled_from(PEOPLE), st.sampled_from(TIMES))
def test_an_objection_never_adds_an_item(world, person, at):
    assert included(world.and_objection(person, at)) <= included(world)


@FEWER
@given(worlds(), st.sampled_from(PEOPLE))
def test_a_new_objection_takes_out_every_item_of_its_maker_and_says_so(world, person):
    decided = decide(world.and_objection(person, AT))
    own = [decision for decision, item in zip(decided, world.items, strict=True) if item["person"] == person]
    assert own == [("exclude", "own_objection")] * len(own)


@FEWER
@given(worlds(), st.sampled_from(PEOPLE), st.sampled_from(TIMES))
def test_an_objection_ends_no_other_objection(world, person, at):
    before = set(objections_in_force(world)["subject_key"])
    assert before <= set(objections_in_force(world.and_objection(person, at))["subject_key"])


@FEWER
@given(worlds(), st.sampled_from(PEOPLE), st.sampled_from(TIMES))
def test_making_the_same_objection_twice_changes_nothing(world, person, at):
    once = world.and_objection(person, at)
    assert objections_in_force(once).equals(objections_in_force(once.and_objection(person, at)))
