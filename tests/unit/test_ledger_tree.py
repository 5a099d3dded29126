import pytest

from demur.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    FrontierError,
    ProofError,
    TreeRangeError,
    consistency_path,
    hash_children,
    hash_leaf,
    inclusion_path,
    read_hash_from,
    root_of,
    stored_frontier,
    stored_root,
    verify_consistency,
    verify_inclusion,
)

# Seven invented entries; the shapes below are the example of RFC 6962 section 2.1.3.
LEAVES = [hash_leaf(b"%d" % number) for number in range(7)]
A, B, C, D, E, F, J = LEAVES
AB, CD, EF = hash_children(A, B), hash_children(C, D), hash_children(E, F)
ABCD, EFJ = hash_children(AB, CD), hash_children(EF, J)
ROOT = hash_children(ABCD, EFJ)
READ = read_hash_from(LEAVES)


def test_the_empty_tree_has_the_root_of_the_rfc():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (root_of([]), stored_root(0, READ), Frontier().root()) == (EMPTY_ROOT, EMPTY_ROOT, EMPTY_ROOT)


def test_a_leaf_and_a_node_hash_under_different_prefixes():
    # The first is the published hash of the empty leaf in Certificate Transparency.
    assert hash_leaf(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert hash_leaf(A + B) != hash_children(A, B)


def test_the_root_is_that_of_the_rfc_example():
    assert (root_of(LEAVES), stored_root(7, READ)) == (ROOT, ROOT)


@pytest.mark.parametrize(("index", "path"), [(0, (B, CD, EFJ)), (3, (C, AB, EFJ)), (4, (F, J, ABCD)), (6, (EF, ABCD))])
def test_inclusion_paths_are_those_of_the_rfc_example(index, path):
    assert inclusion_path(index, 7, READ) == path


@pytest.mark.parametrize(("old_size", "path"), [(3, (C, D, AB, EFJ)), (4, (EFJ,)), (6, (EF, J, ABCD)), (7, ())])
def test_consistency_paths_are_those_of_the_rfc_example(old_size, path):
    assert consistency_path(old_size, 7, READ) == path


@pytest.mark.parametrize(("index", "size"), [(7, 7), (-1, 7), (0, 0)])
def test_no_path_to_an_entry_that_is_not_there(index, size):
    with pytest.raises(TreeRangeError):
        inclusion_path(index, size, READ)


@pytest.mark.parametrize(("old_size", "new_size"), [(0, 7), (5, 4), (-1, 7), (0, 0)])
def test_no_consistency_from_an_empty_or_a_larger_tree(old_size, new_size):
    with pytest.raises(TreeRangeError):
        consistency_path(old_size, new_size, READ)
    with pytest.raises(ProofError, match="no consistency can be shown"):
        verify_consistency(old_size=old_size, old_root=ROOT, new_size=new_size, new_root=ROOT, path=())


@pytest.mark.parametrize(("index", "size"), [(7, 7), (-1, 7), (0, 0), (1, 1)])
def test_an_inclusion_proof_outside_the_tree_is_refused(index, size):
    with pytest.raises(ProofError, match="the proof names entry"):
        verify_inclusion(leaf_hash=A, index=index, size=size, path=(), root=A)


def test_a_node_cannot_be_passed_off_as_a_leaf():
    with pytest.raises(ProofError):
        verify_inclusion(leaf_hash=AB, index=0, size=7, path=(CD, EFJ), root=ROOT)


def test_a_hash_of_another_length_is_refused():
    with pytest.raises(ProofError, match="a hash of 31 bytes in a proof, expected 32"):
        verify_inclusion(leaf_hash=A, index=0, size=2, path=(B[:31],), root=AB)


def test_equal_trees_need_no_path_and_allow_none():
    verify_consistency(old_size=7, old_root=ROOT, new_size=7, new_root=ROOT, path=())
    for path, root in (((A,), ROOT), ((), ABCD)):
        with pytest.raises(ProofError):
            verify_consistency(old_size=7, old_root=ROOT, new_size=7, new_root=root, path=path)


def test_a_growth_gives_paths_of_its_own_entries_only():
    growth = Frontier().append(LEAVES[:3]).frontier.append(LEAVES[3:])
    for index in (2, 7):
        with pytest.raises(TreeRangeError, match=f"entry {index} is not one of 3 to 6"):
            growth.inclusion_path(index)


def test_an_empty_batch_is_refused():
    with pytest.raises(TreeRangeError):
        Frontier().append([])


def test_a_frontier_comes_back_and_equals_the_stored_tree():
    frontier = Frontier().append(LEAVES).frontier
    assert frontier == Frontier(7, (ABCD, EF, J))
    assert Frontier.from_bytes(7, frontier.to_bytes()) == frontier
    assert stored_frontier(7, READ) == frontier


@pytest.mark.parametrize(
    ("size", "content"), [(7, ABCD + EF), (0, ABCD), (4, ABCD + EF), (4, ABCD[:31]), (4, ABCD + b"x")]
)
def test_a_frontier_of_another_size_is_refused(size, content):
    with pytest.raises(FrontierError):
        Frontier.from_bytes(size, content)
