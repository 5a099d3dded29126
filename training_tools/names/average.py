"""Averages weights that were trained from different seeds: steadier than each, and no larger.

    python -m training_tools.names.average --out weights.npz seed-3.npz seed-4.npz seed-5.npz seed-6.npz

Scores are sums of weights, so the average scores what the trainings score on average. Lexicon and common words are
those of the first.
"""

import argparse
from pathlib import Path

import numpy as np


def main() -> None:
    """Average and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("weights", type=Path, nargs="+", help="files that the training wrote, of the same lexicon")
    given = parser.parse_args()
    table, transitions = np.zeros(1), np.zeros(1)
    for path in given.weights:
        with np.load(path) as arrays:
            scale = int(arrays["scale"][0]) / 1000 * len(given.weights)
            table = table + arrays["table"].astype(np.float32) / np.float32(scale)
            transitions = transitions + arrays["transitions"] / scale
    scale = 127 / float(np.abs(table).max())
    with np.load(given.weights[0]) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    kept |= {
        "table": np.rint(table * scale).astype(np.int8),
        "transitions": np.rint(transitions * scale).astype(np.int32),
        "scale": np.array([round(scale * 1000)], np.int32),
    }
    np.savez_compressed(given.out, **kept)


if __name__ == "__main__":
    main()
