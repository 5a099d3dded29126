"""Law: without withdrawals an objection covers the accounts that a chain of links joins, past or present, no other."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from oracle import linked_with
from worlds import AT, FEWER, GROUPS, PEOPLE, TIMES, decide, key, objections_in_force, worlds

LINK = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(GROUPS), st.just("linked"), st.sampled_from(TIMES))


def covered(world):
    return set(objections_in_force(world)["subject_key"])


@FEWER
@given(worlds())
def test_linked_accounts_are_closed_under_objection(world):
    world = replace(world, withdrawals=())
    makers = {name for name, _ in world.objections}
    assert covered(world) == {key(name) for maker in makers for name in linked_with(world, maker)}


@FEWER
@given(worlds(), LINK)
def test_linking_only_spreads(world, link):
    assert covered(world) <= covered(replace(world, links=(*world.links, link)))


@FEWER
@given(worlds(), st.sampled_from(PEOPLE), st.sampled_from(GROUPS))
def test_unlinking_never_undoes(world, person, group):
    unlinked = replace(world, links=(*world.links, (person, group, "unlinked", AT)))
    assert covered(world) <= covered(unlinked)


@FEWER
@given(worlds(), st.sampled_from(PEOPLE))
def test_a_withdrawal_frees_nobody_but_the_account_that_it_names(world, person):
    withdrawn = replace(world, withdrawals=(*world.withdrawals, (person, AT)))
    assert covered(world) - covered(withdrawn) <= {key(person)}
    assert key(person) not in covered(withdrawn)


@FEWER
@given(worlds(), st.sampled_from(PEOPLE))
def test_an_item_of_a_linked_account_is_out_and_the_reason_says_so(world, person):
    world = replace(world, objections=((person, AT),), withdrawals=())
    others = linked_with(world, person) - {person}
    decided = zip(decide(world), world.items, strict=True)
    linked = [decision for decision, item in decided if item["person"] in others]
    assert linked == [("exclude", "linked_account_objection")] * len(linked)


@FEWER
@given(worlds())
def test_the_bases_and_times_are_those_of_the_objections(world):
    made = {(key(name), at) for name, at in world.objections}
    own = objections_in_force(world).filter(basis="own")
    assert set(own.select("subject_key", "effective_at").iter_rows()) <= made
