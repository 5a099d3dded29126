"""The two trees by which absence is proven: over the authors' pseudonyms and over keyed digests of the texts.

The names come in ranges, one range after the other in order, so that a tree over any number of them is made within
bounded memory; only the hashes of its leaves are held.
"""

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from demur.corpus.spool import read_slot
from demur.exchange.columns import Schema
from demur.exchange.manifest import TreeEntry
from demur.kernel.files import whole_file
from demur.ledger.buckets import PSEUDONYM_BYTES, choose_bits
from demur.ledger.tree import hash_leaf, root_of

PSEUDONYM_COLUMNS: Schema = {"pseudonym": pl.Binary}
_PREFIX_BYTES = 8
_PREFIX_BITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeTask:
    """One tree to make from spools of pseudonyms."""

    target: Path
    spools: tuple[Path, ...]
    slots: int


def write_tree(task: TreeTask) -> TreeEntry:
    """Write the sorted, unique pseudonyms of all slots, one after the other, and return the tree over them."""
    with whole_file(task.target) as temporary:
        with temporary.open("wb") as stream:
            for slot in range(task.slots):
                names = read_slot(task.spools, slot, PSEUDONYM_COLUMNS)["pseudonym"].unique().sort()
                stream.write(b"".join(names))
        return tree_over(temporary)


def tree_over(path: Path) -> TreeEntry:
    """Return the prefix-bucket tree over a file of sorted pseudonyms: what `build_buckets` makes of a list."""
    count = path.stat().st_size // PSEUDONYM_BYTES
    bits = choose_bits(count)
    leaves = [hash_leaf(bucket) for bucket in _buckets(path, count, bits)]
    return TreeEntry(k=bits, count=count, root=root_of(leaves).hex())


def without_names(content: bytes, lost: Iterable[bytes]) -> bytes:
    """Return sorted pseudonyms, one after the other, without some of them."""
    pieces, start = [], 0
    names = range(len(content) // PSEUDONYM_BYTES)
    for name in sorted(lost):
        place = bisect.bisect_left(names, name, key=lambda number: _name_at(content, number))
        if _name_at(content, place) == name:
            pieces.append(content[start : place * PSEUDONYM_BYTES])
            start = (place + 1) * PSEUDONYM_BYTES
    return b"".join([*pieces, content[start:]])


def _name_at(content: bytes, number: int) -> bytes:
    return content[number * PSEUDONYM_BYTES : (number + 1) * PSEUDONYM_BYTES]


def _buckets(path: Path, count: int, bits: int) -> Iterator[bytes]:
    """Yield the bytes of each of the ``2**bits`` buckets in order."""
    names = np.memmap(path, dtype=np.uint8, mode="r") if count else np.empty(0, dtype=np.uint8)
    whole = names[: count * PSEUDONYM_BYTES].reshape(count, PSEUDONYM_BYTES)
    edges = _edges(whole, bits) * PSEUDONYM_BYTES
    for start, end in pairwise(edges.tolist()):
        yield names[start:end].tobytes()


def _edges(names: NDArray[np.uint8], bits: int) -> NDArray[np.int64]:
    """Return where each bucket begins, and where the last one ends."""
    if not bits:
        return np.array([0, names.shape[0]], dtype=np.int64)
    prefixes = np.ascontiguousarray(names[:, :_PREFIX_BYTES]).view(">u8").reshape(-1) >> np.uint64(_PREFIX_BITS - bits)
    return np.searchsorted(prefixes, np.arange((1 << bits) + 1, dtype=np.uint64)).astype(np.int64)
