"""Weights as the training writes them are the weights that the tagger reads."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from training_tools.names import store

from demur.filters.names.layout import ROW, TAGS
from demur.filters.names.model import unpack

ROWS = 64


def written(path, seed, words):
    """Write weights of random numbers; return them as they were meant."""
    numbers = np.random.default_rng(seed)
    table, moves = numbers.normal(size=(ROWS, ROW)).astype(np.float32), numbers.normal(size=(ROW, ROW))
    keys = np.array(sorted(words), np.uint32)
    values = np.arange(1, len(keys) + 1, dtype=np.uint32)
    small = np.zeros(4, np.uint32)
    letters = {"kinds": small.astype(np.uint8), "lowers": small.astype(np.int32), "bases": small.astype(np.int32)}
    known = store.lexicon(keys, values) | letters | {"common": small + 5, "vocabulary": small + 7}
    store.write(path, known, table, moves)
    return table, moves, dict(zip(keys.tolist(), values.tolist(), strict=True))


@given(st.integers(0, 99), st.sets(st.integers(0, 2**32 - 1), min_size=1, max_size=50))
def test_what_is_written_is_read_to_half_a_step(tmp_path_factory, seed, words):
    path = tmp_path_factory.mktemp("weights") / "weights.npz"
    table, moves, entries = written(path, seed, words)
    known, again, moves_again = store.read(path)
    with np.load(path) as arrays:
        step = 1000 / int(arrays["scale"][0])
    assert np.abs(again[:, :TAGS] - table[:, :TAGS]).max() <= step / 2 * 1.01
    assert np.abs(moves_again - moves).max() <= step / 2 * 1.01
    assert known["common"].tolist() == [5] * 4
    model = unpack(path.read_bytes(), outside=[], surety=([], []))
    assert model.entries == entries
    assert model.vocabulary.tolist() == [7] * 4


@given(st.integers(0, 99))
def test_each_byte_of_a_row_is_the_weight_of_a_tag(tmp_path_factory, seed):
    path = tmp_path_factory.mktemp("weights") / "weights.npz"
    written(path, seed, {1})
    _, again, _ = store.read(path)
    with np.load(path) as arrays:
        scale = int(arrays["scale"][0]) / 1000
    rows = unpack(path.read_bytes(), outside=[], surety=([], [])).table.tolist()
    for row, weights in zip(rows, again.tolist(), strict=True):
        assert [(row >> 8 * tag & 0xFF) - 128 for tag in range(TAGS)] == [round(one * scale) for one in weights[:TAGS]]
        assert row >> 8 * TAGS == 128  # the place that no tag has
