"""Averages weights that were trained from different seeds: steadier than each, and no larger.

    python -m training_tools.names.average --out weights.npz seed-3.npz seed-4.npz seed-5.npz seed-6.npz

Scores are sums of weights, so the average scores what the trainings score on average. Lexicon and common words are
those of the first.
"""

import argparse
from pathlib import Path

import numpy as np

from training_tools.names import store


def main() -> None:
    """Average and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("weights", type=Path, nargs="+", help="files that the training wrote, of the same lexicon")
    given = parser.parse_args()
    known, table, transitions = store.read(given.weights[0])
    for path in given.weights[1:]:
        _, others, moves = store.read(path)
        table += others
        transitions = transitions + moves
    count = len(given.weights)
    store.write(given.out, known, table / np.float32(count), transitions / count)


if __name__ == "__main__":
    main()
