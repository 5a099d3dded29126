"""The hash tree of RFC 6962: roots, inclusion proofs and consistency proofs.

Proofs are made from a reader of stored hashes, ``read_hash(level, index)``, which returns the hash of the complete
subtree over the leaves ``index * 2**level`` up to ``(index + 1) * 2**level``. New leaves need no stored tree: the
frontier, one hash for each level, is enough for the new root and for the proofs of what was just added.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

from demur.kernel.errors import InputError, IntegrityError

ReadHash: TypeAlias = "Callable[[int, int], bytes]"

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class ProofError(IntegrityError):
    """A proof does not show what it claims: an entry, a history or a root is not what was signed."""

    code = "proof"


class TreeRangeError(InputError):
    """A proof was asked for that no tree of this size has."""

    code = "tree-range"


class FrontierError(IntegrityError):
    """A stored frontier does not belong to its tree size."""

    code = "frontier"


def hash_leaf(data: bytes) -> bytes:
    """Return the hash of one entry."""
    # RFC 6962 2.1: leaves and nodes hash under different prefixes, else a node could pose as a leaf.
    return hashlib.sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over all leaves, computed level by level."""
    if not leaf_hashes:
        return EMPTY_ROOT
    nodes = list(leaf_hashes)
    while len(nodes) > 1:
        nodes = _next_level(nodes)
    return nodes[0]


def read_hash_from(leaf_hashes: Sequence[bytes]) -> ReadHash:
    """Return a reader of stored hashes over leaves in memory."""
    levels = [list(leaf_hashes)]
    while len(levels[-1]) > 1:
        complete = levels[-1][: len(levels[-1]) // 2 * 2]
        levels.append(_next_level(complete))
    return lambda level, index: levels[level][index]


def inclusion_path(index: int, size: int, read_hash: ReadHash) -> tuple[bytes, ...]:
    """Return the hashes that lead from one leaf to the root, the leaf's sibling first (RFC 6962 2.1.1).

    Raises:
        TreeRangeError: there is no such leaf in a tree of this size.
    """
    if not 0 <= index < size:
        message = f"there is no entry {index} in a log of {size} entries"
        raise TreeRangeError(message)
    low, high = 0, size
    path = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_root(middle, high, read_hash))
            high = middle
        else:
            path.append(_range_root(low, middle, read_hash))
            low = middle
    return tuple(reversed(path))


def consistency_path(old_size: int, new_size: int, read_hash: ReadHash) -> tuple[bytes, ...]:
    """Return the hashes which show that the tree of one size begins with the tree of another (RFC 6962 2.1.2).

    Raises:
        TreeRangeError: the old tree is empty, or larger than the new one.
    """
    if not 0 < old_size <= new_size:
        message = f"a log of {new_size} entries has no consistency proof from {old_size} entries"
        raise TreeRangeError(message)
    low, high = 0, new_size
    path = []
    while high != old_size:
        middle = low + _split(high - low)
        if old_size <= middle:
            path.append(_range_root(middle, high, read_hash))
            high = middle
        else:
            path.append(_range_root(low, middle, read_hash))
            low = middle
    if low > 0:
        path.append(_range_root(low, high, read_hash))
    return tuple(reversed(path))


def stored_root(size: int, read_hash: ReadHash) -> bytes:
    """Return the root of the tree of a size from stored hashes."""
    return _range_root(0, size, read_hash) if size else EMPTY_ROOT


def verify_inclusion(*, leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at an index of the tree with this size and root (RFC 9162 2.1.3.2).

    Raises:
        ProofError: it does not.
    """
    _check_hashes(leaf_hash, root, *path)
    if not 0 <= index < size:
        message = f"the proof names entry {index} of a log of {size} entries"
        raise ProofError(message)
    position, last, computed = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            message = f"the inclusion proof has {len(path)} hashes, too many for entry {index} of {size}"
            raise ProofError(message)
        if position & 1 or position == last:
            computed = hash_children(sibling, computed)
            position, last = _skip_missing_siblings(position, last)
        else:
            computed = hash_children(computed, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or computed != root:
        message = f"the inclusion proof of entry {index} does not lead to the root of {size} entries"
        raise ProofError(message)


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Check that a tree only grew: the new one begins with all entries of the old one (RFC 9162 2.1.4.2).

    Raises:
        ProofError: it does not, or the old tree is empty. Nothing follows from an empty tree, and verifiers that
            accept one have been fooled by it.
    """
    _check_hashes(old_root, new_root, *path)
    if not 0 < old_size <= new_size:
        message = f"no consistency can be shown from {old_size} to {new_size} entries"
        raise ProofError(message)
    if old_size == new_size:
        is_consistent = not path and old_root == new_root
    else:
        is_consistent = _is_consistent(old_size, old_root, new_size, new_root, path)
    if not is_consistent:
        message = f"the log of {new_size} entries does not continue the log of {old_size} entries"
        raise ProofError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What appending a batch gives: the new frontier and root, and the proofs of the new leaves."""

    first_index: int
    frontier: "Frontier"
    root: bytes
    # For each level: the index of the first node held, and the nodes from there to the right edge of the tree.
    windows: tuple[tuple[int, list[bytes]], ...]

    def inclusion_path(self, index: int) -> tuple[bytes, ...]:
        """Return the inclusion path of a leaf of this batch in the new tree.

        Raises:
            TreeRangeError: the leaf is not one of this batch.
        """
        if not self.first_index <= index < self.frontier.size:
            message = f"entry {index} is not one of {self.first_index} to {self.frontier.size - 1}, which were appended"
            raise TreeRangeError(message)
        path = []
        for level, (start, nodes) in enumerate(self.windows):
            sibling = (index >> level ^ 1) - start
            # Beyond the right edge there is no sibling: the node rises a level unchanged.
            if sibling < len(nodes):
                path.append(nodes[sibling])
        return tuple(path)


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the complete subtrees that make up a tree of a size, the largest first: one for each set bit.

    Raises:
        FrontierError: the number or the length of the hashes does not belong to the size.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Check that there is one hash for each set bit of the size."""
        if len(self.hashes) != self.size.bit_count() or any(len(node) != HASH_BYTES for node in self.hashes):
            message = f"a log of {self.size} entries has {self.size.bit_count()} subtrees, found {len(self.hashes)}"
            raise FrontierError(message)

    @classmethod
    def from_bytes(cls, size: int, content: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            FrontierError: the bytes do not belong to the size.
        """
        pieces = [content[start : start + HASH_BYTES] for start in range(0, len(content), HASH_BYTES)]
        return cls(size, tuple(pieces))

    def to_bytes(self) -> bytes:
        """Return the hashes one after the other, to be stored beside the size."""
        return b"".join(self.hashes)

    def root(self) -> bytes:
        """Return the root of the tree."""
        return _fold(self.hashes) if self.hashes else EMPTY_ROOT

    def append(self, leaf_hashes: Sequence[bytes]) -> Growth:
        """Add a batch of leaves, at least one; the frontier itself does not change.

        Raises:
            TreeRangeError: the batch is empty.
        """
        if not leaf_hashes:
            message = "a batch of 0 entries cannot be appended; give at least 1"
            raise TreeRangeError(message)
        windows = self._windows(leaf_hashes)
        size = self.size + len(leaf_hashes)
        # The rightmost complete subtree of a level lies in the window, or was complete before and is in the old
        # frontier, which the window then begins with.
        hashes = [_node(windows[level], (size >> level) - 1) for level in _set_bits(size)]
        (_, (root,)) = windows[-1]
        frontier = Frontier(size, tuple(hashes))
        return Growth(first_index=self.size, frontier=frontier, root=root, windows=tuple(windows))

    def _windows(self, leaf_hashes: Sequence[bytes]) -> list[tuple[int, list[bytes]]]:
        subtrees = dict(zip(_set_bits(self.size), self.hashes, strict=True))
        nodes = list(leaf_hashes)
        windows = []
        for level in range(self.size.bit_length() + len(leaf_hashes).bit_length() + 1):
            start = self.size >> level
            if start & 1:
                # The first new node is a right child; its left sibling is a complete subtree of the old tree.
                nodes.insert(0, subtrees[level])
                start -= 1
            windows.append((start, nodes))
            if start == 0 and len(nodes) == 1:
                break
            nodes = _next_level(nodes)
        return windows


def stored_frontier(size: int, read_hash: ReadHash) -> Frontier:
    """Return the frontier of the tree of a size from stored hashes."""
    return Frontier(size, tuple(_range_subtrees(0, size, read_hash)))


def _next_level(nodes: Sequence[bytes]) -> list[bytes]:
    pairs = [hash_children(nodes[at], nodes[at + 1]) for at in range(0, len(nodes) - 1, 2)]
    # An odd node rises unchanged, which equals the recursion of RFC 6962; doubling it would not.
    return [*pairs, nodes[-1]] if len(nodes) & 1 else pairs


def _node(window: tuple[int, list[bytes]], index: int) -> bytes:
    start, nodes = window
    return nodes[index - start]


def _set_bits(size: int) -> list[int]:
    return [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]


def _split(size: int) -> int:
    """Return the largest power of two smaller than the size (RFC 6962 2.1)."""
    return 1 << (size - 1).bit_length() - 1


def _fold(subtrees: Sequence[bytes]) -> bytes:
    *rest, root = subtrees
    for left in reversed(rest):
        root = hash_children(left, root)
    return root


def _range_root(low: int, high: int, read_hash: ReadHash) -> bytes:
    """Return the root over the leaves from `low` to `high`, where `low` is a multiple of every subtree in between."""
    return _fold(_range_subtrees(low, high, read_hash))


def _range_subtrees(low: int, high: int, read_hash: ReadHash) -> list[bytes]:
    subtrees = []
    for level in _set_bits(high - low):
        subtrees.append(read_hash(level, low >> level))
        low += 1 << level
    return subtrees


def _skip_missing_siblings(position: int, last: int) -> tuple[int, int]:
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _is_consistent(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    # A complete old tree is itself the first node of the proof, which therefore leaves it out.
    nodes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not path:
        return False
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_computed = new_computed = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_computed = hash_children(sibling, old_computed)
            new_computed = hash_children(sibling, new_computed)
            position, last = _skip_missing_siblings(position, last)
        else:
            new_computed = hash_children(new_computed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_computed == old_root and new_computed == new_root


def _check_hashes(*hashes: bytes) -> None:
    for found in hashes:
        if len(found) != HASH_BYTES:
            message = f"a hash of {len(found)} bytes in a proof, expected {HASH_BYTES}"
            raise ProofError(message)
