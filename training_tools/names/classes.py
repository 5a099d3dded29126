"""Word classes: clusters of the word vectors that Explosion published as CC0 (inside the package of a spaCy model).

Only the number of a word's cluster goes into the weights file, under a hash of the word.

    python -m training_tools.names.classes --vectors MODEL/vocab --out classes.tsv
"""

import argparse
import json
import struct
from pathlib import Path
from typing import Final

import msgpack
import numpy as np
import numpy.typing as npt

_M: Final = 0xC6A4A7935BD1E995
_MASK: Final = (1 << 64) - 1
_SEED: Final = 7
_SHORTEST, _LONGEST = 2, 15


def string_id(text: str) -> int:
    """Return the id that spaCy gives a string: MurmurHash64A with seed 1."""
    content = text.encode()
    state = (1 ^ len(content) * _M) & _MASK
    whole = len(content) // 8 * 8
    for (block,) in struct.iter_unpack("<Q", content[:whole]):
        mixed = block * _M & _MASK
        mixed = (mixed ^ mixed >> 47) * _M & _MASK
        state = (state ^ mixed) * _M & _MASK
    if len(content) > whole:
        state = (state ^ int.from_bytes(content[whole:], "little")) * _M & _MASK
    state = (state ^ state >> 47) * _M & _MASK
    return state ^ state >> 47


def read_vectors(folder: Path) -> tuple[dict[str, int], npt.NDArray[np.float32]]:
    """Read the folder `vocab` of a spaCy model: the row of each word, and the rows."""
    rows = msgpack.unpackb((folder / "key2row").read_bytes(), strict_map_key=False)
    words = {}
    for text in json.loads((folder / "strings.json").read_text(encoding="utf-8")):
        row = rows.get(string_id(text))
        if row is not None:
            words[text] = row
    return words, np.load(folder / "vectors")


def cluster(
    vectors: npt.NDArray[np.float32], weights: npt.NDArray[np.float64], count: int, *, rounds: int, seed: int
) -> npt.NDArray[np.int64]:
    """Cluster rows by spherical k-means; number the clusters so that neighbours are alike."""
    chooser = np.random.default_rng(seed)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    centres = unit[chooser.choice(len(unit), count, replace=False, p=weights / weights.sum())]
    members = np.zeros(len(unit), np.int64)
    for _ in range(rounds):
        members = (unit @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, members, unit * weights[:, None].astype(np.float32))
        sizes = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(sizes > 0, sums / np.maximum(sizes, 1e-9), centres)
    place = np.empty(count, np.int64)
    place[_order(centres, np.arange(count))] = np.arange(count)
    return place[members] + 1


def _order(centres: npt.NDArray[np.float32], members: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Order clusters by halving them along their first axis, again and again."""
    if len(members) <= 2:
        return members
    part = centres[members] - centres[members].mean(axis=0)
    axis = np.linalg.svd(part, full_matrices=False)[2][0]
    axis = axis * np.sign(axis[np.abs(axis).argmax()])
    ranked = members[np.argsort(part @ axis, kind="stable")]
    half = len(ranked) // 2
    return np.concatenate([_order(centres, ranked[:half]), _order(centres, ranked[half:])])


def main() -> None:
    """Write every word with its two classes, one a line, tabs between."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--vectors", type=Path, required=True, help="folder `vocab` of en_core_web_md 3.8")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    words, vectors = read_vectors(given.vectors)
    sizes = np.bincount(list(words.values()), minlength=len(vectors)).astype(np.float64)
    weights = np.sqrt(sizes + 1e-3)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    unit = (unit - (unit * weights[:, None]).sum(axis=0) / weights.sum()).astype(np.float32)
    coarse = cluster(unit, weights, 511, rounds=25, seed=_SEED)
    fine = cluster(unit, weights, 4095, rounds=8, seed=_SEED + 1)
    lines: dict[str, str] = {}
    for word, row in words.items():
        lower = word.lower()
        if _SHORTEST <= len(lower) <= _LONGEST and lower.isalpha():
            lines.setdefault(lower, f"{lower}\t{coarse[row]}\t{fine[row]}\n")
    given.out.write_text("".join(lines.values()), encoding="utf-8")


if __name__ == "__main__":
    main()
