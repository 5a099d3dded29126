"""From publication on, no removed row is delivered, however far a reader has run ahead."""

from collections import deque
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.testing.written_corpus import WrittenCorpus, remove_rows, write_corpus
from demur.training.guard import guard
from demur.training.ledger import open_ledger, read_ledger
from demur.training.lineage import count_leaks, removal_versions, used
from demur.training.plan import Plan
from demur.training.reader import read_batches

PAD = 0
ROWS = 40
PLAN = Plan(rows=ROWS, seed=5, batch_rows=4, epochs=2, group_rows=4, block_rows=16)


def encode(texts):
    """Write a row's number into each of its tokens; a missing text is padding."""
    return np.array([[PAD] * 3 if text is None else [int(text) + 1] * 3 for text in texts])


def read_ahead(batches, depth):
    """Hold `depth` batches ready, as the workers of a loader do."""
    source = iter(batches)
    ready = deque(islice(source, depth))
    while ready:
        yield ready.popleft()
        ready.extend(islice(source, 1))


HISTORIES = st.dictionaries(st.integers(0, PLAN.steps - 1), st.sets(st.integers(0, ROWS - 1)), max_size=6)


@settings(deadline=None, max_examples=30)
@given(HISTORIES, st.integers(1, 30))
def test_no_objected_row_is_delivered_at_any_depth(history, depth):
    with TemporaryDirectory() as folder:
        write_corpus(Path(folder) / "corpus", [str(row) for row in range(ROWS)])
        corpus = WrittenCorpus(Path(folder) / "corpus")
        batches = read_ahead(read_batches(corpus, PLAN, encode, range(PLAN.steps)), depth)
        delivered, objected = {row: [] for row in range(ROWS)}, set()
        with open_ledger(Path(folder) / "ledger", plan=PLAN, run_id=bytes(16), step=0) as ledger:
            guarded = guard(batches, corpus, ledger, pad=PAD)
            for step in range(PLAN.steps):
                if step in history:
                    remove_rows(Path(folder) / "corpus", history[step])
                    objected |= history[step]
                tokens = next(guarded).tokens
                seen = set((tokens[tokens != PAD] - 1).tolist())
                assert seen == set(PLAN.rows_of_step(step).tolist()) - objected
                for row in seen:
                    delivered[row].append(step)
        usage, versions = read_ledger(Path(folder) / "ledger"), removal_versions(corpus.removed_by())
        assert count_leaks(PLAN, usage, versions).leaks == 0
        answers = {row: [use.step for use in used(PLAN, usage, row, int(versions[row]))] for row in range(ROWS)}
        assert answers == delivered


def test_a_filter_in_the_reader_would_deliver_all_that_was_read_ahead():
    # The absence above means something only because the same queue does hold objected rows.
    depth, objected = 6, np.ones(ROWS, dtype=bool)
    is_removed = np.zeros(ROWS, dtype=bool)
    filtered = ((rows, encode([str(row) for row in rows]) * ~is_removed[rows][:, None]) for rows in steps())
    queue = read_ahead(filtered, depth)
    next(queue)
    is_removed |= objected
    late = [rows for rows, tokens in islice(queue, depth + 3) if tokens.any()]
    assert len(late) == depth - 1


def steps():
    return (PLAN.rows_of_step(step) for step in range(PLAN.steps))
