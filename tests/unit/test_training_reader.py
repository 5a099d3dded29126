from dataclasses import dataclass

import numpy as np

from demur.testing.written_corpus import remove_rows, write_corpus
from demur.training.plan import Plan
from demur.training.reader import PlantedCorpus, read_batches


@dataclass(frozen=True)
class Planted:
    texts: tuple[str, ...]
    suppressed: tuple[bool, ...]
    digest: str


PLANTED = Planted(("10", "11", "12"), (False, True, False), "00")


def encode(texts):
    return np.array([[-1 if text is None else int(text)] for text in texts])


def test_a_seek_reads_what_reading_from_the_start_would(tmp_path):
    corpus = write_corpus(tmp_path, [str(row) for row in range(30)])
    plan = Plan(rows=30, seed=2, batch_rows=7, epochs=2, group_rows=2, block_rows=8)
    whole = [(rows.tolist(), tokens.ravel().tolist()) for rows, tokens in read_batches(corpus, plan, encode, range(10))]
    assert whole == [(rows, rows) for rows, _ in whole]
    for first in range(10):
        rest = read_batches(corpus, plan, encode, range(first, 10))
        assert [(rows.tolist(), tokens.ravel().tolist()) for rows, tokens in rest] == whole[first:]


def test_planted_rows_stand_behind_the_corpus_and_suppressed_ones_are_removed(tmp_path):
    corpus = write_corpus(tmp_path, [str(row) for row in range(10)])
    planted = PlantedCorpus(corpus, PLANTED)
    assert (planted.rows, planted.corpus_id, planted.manifest_digest) == (13, corpus.corpus_id, corpus.manifest_digest)
    assert planted.texts([12, 3, 11, 10, 0]) == ["12", "3", None, "10", "0"]
    assert np.flatnonzero(planted.removed()).tolist() == [11]


def test_planted_rows_follow_the_removals_of_the_corpus(tmp_path):
    planted = PlantedCorpus(write_corpus(tmp_path, [str(row) for row in range(10)]), PLANTED)
    remove_rows(tmp_path, [4])
    assert (planted.refresh(), planted.removals_version) == (1, 1)
    assert np.flatnonzero(planted.removed()).tolist() == [4, 11]
    assert planted.texts([4, 5]) == [None, "5"]
