import numpy as np
import pytest

from demur.testing.written_corpus import HeartbeatMissingError, remove_rows, stop_heartbeat, write_corpus
from demur.training.errors import BatchOrderError
from demur.training.guard import IGNORED_LABEL, guard
from demur.training.ledger import open_ledger, read_ledger
from demur.training.plan import Plan

PAD = 0
TOKENS = 5
PLAN = Plan(rows=6, seed=1, batch_rows=3, epochs=1, group_rows=1, block_rows=6)


def tokens_of(rows):
    """Give every row its number plus one as each token, the last place padding."""
    tokens = np.repeat(np.asarray(rows)[:, None] + 1, TOKENS, axis=1)
    tokens[:, -1] = PAD
    return tokens


def batches(plan=PLAN):
    return [(plan.rows_of_step(step), tokens_of(plan.rows_of_step(step))) for step in range(plan.steps)]


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "corpus", [f"invented text {row}" for row in range(PLAN.rows)])


def test_a_batch_without_removed_rows_is_delivered_as_it_is(corpus, tmp_path):
    with open_ledger(tmp_path / "l", plan=PLAN, run_id=bytes(16), step=0) as ledger:
        deliveries = list(guard(batches(), corpus, ledger, pad=PAD))
    for step, (delivery, (rows, tokens)) in enumerate(zip(deliveries, batches(), strict=True)):
        assert (delivery.step, delivery.version) == (step, 0)
        assert delivery.rows.tolist() == rows.tolist()
        assert delivery.tokens.tolist() == tokens.tolist()
        assert delivery.labels.tolist() == np.where(tokens == PAD, IGNORED_LABEL, tokens).tolist()
        assert delivery.is_live.tolist() == [True] * 3


def test_a_row_removed_between_two_batches_is_padding_in_the_next(corpus, tmp_path):
    second = PLAN.rows_of_step(1)
    with open_ledger(tmp_path / "l", plan=PLAN, run_id=bytes(16), step=0) as ledger:
        delivered = guard(batches(), corpus, ledger, pad=PAD)
        next(delivered)
        remove_rows(tmp_path / "corpus", [int(second[1])])
        delivery = next(delivered)
    expected = tokens_of(second)
    expected[1] = PAD
    assert delivery.version == 1
    assert delivery.tokens.tolist() == expected.tolist()
    assert delivery.labels.tolist() == np.where(expected == PAD, IGNORED_LABEL, expected).tolist()
    assert delivery.is_live.tolist() == [True, False, True]
    segments = read_ledger(tmp_path / "l").segments
    assert [(each.first_step, each.version, each.delivered) for each in segments] == [(0, 0, 3), (1, 1, 2)]


def test_the_batch_of_the_reader_is_not_written_to(corpus, tmp_path):
    remove_rows(tmp_path / "corpus", range(PLAN.rows))
    given = batches()
    with open_ledger(tmp_path / "l", plan=PLAN, run_id=bytes(16), step=0) as ledger:
        assert not any(delivery.is_live.any() for delivery in guard(given, corpus, ledger, pad=PAD))
    assert [tokens.tolist() for _, tokens in given] == [tokens.tolist() for _, tokens in batches()]


def test_delivery_stops_when_the_heartbeat_does(corpus, tmp_path):
    with open_ledger(tmp_path / "l", plan=PLAN, run_id=bytes(16), step=0) as ledger:
        delivered = guard(batches(), corpus, ledger, pad=PAD)
        next(delivered)
        stop_heartbeat(tmp_path / "corpus")
        with pytest.raises(HeartbeatMissingError):
            next(delivered)
    assert [each.last_step for each in read_ledger(tmp_path / "l").segments] == [0]


@pytest.mark.parametrize("alter", [lambda rows: rows[::-1], lambda rows: rows[:-1], lambda rows: (rows + 1) % 6])
def test_a_reader_that_filters_or_shuffles_is_refused(corpus, tmp_path, alter):
    rows = alter(PLAN.rows_of_step(0))
    with open_ledger(tmp_path / "l", plan=PLAN, run_id=bytes(16), step=0) as ledger, pytest.raises(BatchOrderError):
        next(guard([(rows, tokens_of(rows))], corpus, ledger, pad=PAD))
    assert read_ledger(tmp_path / "l").segments == ()
