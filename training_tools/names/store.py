"""Writes weights as the package reads them, and reads them back as numbers.

Each tag has an array of its own, because its bytes are more alike than those of a row; the sorted hashes of words are
kept as gaps, byte by byte, for the same reason.
"""

from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.names import layout
from demur.filters.names.model import TAG_ARRAYS

_LARGEST = 96
"""The largest weight is this: with 127 the file would be a megabyte larger, and no better by what can be measured."""
Arrays: TypeAlias = dict[str, npt.NDArray[np.generic]]
Floats: TypeAlias = npt.NDArray[np.float64]


def lexicon(keys: npt.NDArray[np.uint32], values: npt.NDArray[np.uint32]) -> Arrays:
    """Return what the file holds of sorted hashes and their entries."""
    gaps = np.diff(keys, prepend=np.uint32(0)).astype("<u4")
    return {"gaps": np.ascontiguousarray(gaps.view(np.uint8).reshape(-1, 4).T), "values": values}


def write(out: Path, known: Arrays, table: npt.NDArray[np.floating], transitions: Floats) -> None:
    """Write weights in nats as whole numbers of one scale, beside what is known of words and letters."""
    scale = _LARGEST / float(np.abs(table).max())
    tags = {name: np.rint(table[:, tag] * scale).astype(np.int8) for tag, name in enumerate(TAG_ARRAYS)}
    np.savez_compressed(
        out,
        **known,
        **tags,
        transitions=np.rint(transitions * scale).astype(np.int32),
        scale=np.array([round(scale * 1000)], np.int32),
    )


def read(path: Path) -> tuple[Arrays, npt.NDArray[np.float32], Floats]:
    """Return what a file knows of words and letters, its table and its transitions in nats."""
    with np.load(path) as arrays:
        scale = int(arrays["scale"][0]) / 1000
        table = np.zeros((len(arrays[TAG_ARRAYS[0]]), layout.ROW), np.float32)
        for tag, name in enumerate(TAG_ARRAYS):
            table[:, tag] = arrays[name] / np.float32(scale)
        names = ("kinds", "lowers", "bases", "gaps", "values", "common", "vocabulary")
        return {name: arrays[name] for name in names}, table, arrays["transitions"] / scale
