"""The last look before a batch trains a model: removed rows become padding, whatever a reader had prefetched.

It runs in the training process, at delivery, never in a worker: a filter in a worker goes on delivering everything that
was read ahead (GDPR Art. 21(3): the data shall no longer be processed).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demur.training.errors import BatchOrderError
from demur.training.ledger import LedgerWriter
from demur.training.plan import Ordinals
from demur.training.reader import Batch, GuardedCorpus, Tokens

IGNORED_LABEL = -100  # what PyTorch's cross-entropy passes over


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One batch as a model may see it.

    Attributes:
        version: the version of `Removals` that was in force.
        rows: the ordinals that the step owns, masked ones included.
        tokens: padding where a row is masked.
        labels: the tokens, `IGNORED_LABEL` where there is padding.
        is_live: for every row, whether it has at least one label.
    """

    step: int
    version: int
    rows: Ordinals
    tokens: Tokens
    labels: Tokens
    is_live: NDArray[np.bool_]


def guard(batches: Iterable[Batch], corpus: GuardedCorpus, ledger: LedgerWriter, *, pad: int) -> Iterator[Delivery]:
    """Deliver batches of (rows, tokens) with every removed row masked, and write down what was delivered.

    Each batch is judged when it is asked for, by the `Removals` of that moment. When nothing changed that is one call
    of `refresh` and one look-up a row.

    Args:
        batches: the batches from step `ledger.step` on, in the order of the plan, from any reader.
        corpus: the gate.
        ledger: the ledger of this attempt.
        pad: the token of padding.

    Raises:
        BatchOrderError: a batch holds other rows than the plan gives to the step.
    """
    version = corpus.refresh()
    removed = corpus.removed()
    for rows, tokens in batches:
        newest = corpus.refresh()
        if newest != version:
            version, removed = newest, corpus.removed()
        _check_order(rows, tokens, ledger)
        delivery = _masked(ledger.step, version, rows, tokens, removed[rows], pad)
        ledger.record(version, rows[delivery.is_live])
        yield delivery


def _masked(
    step: int, version: int, rows: Ordinals, tokens: Tokens, is_removed: NDArray[np.bool_], pad: int
) -> Delivery:
    if is_removed.any():
        tokens = np.where(is_removed[:, None], pad, tokens)
    is_padding = tokens == pad
    return Delivery(
        step=step,
        version=version,
        rows=rows,
        tokens=tokens,
        labels=np.where(is_padding, IGNORED_LABEL, tokens),
        is_live=~is_padding.all(axis=1),
    )


def _check_order(rows: Ordinals, tokens: Tokens, ledger: LedgerWriter) -> None:
    if len(rows) != len(tokens) or not np.array_equal(rows, ledger.plan.rows_of_step(ledger.step)):
        message = f"the batch for step {ledger.step} holds other rows than the plan gives to it"
        raise BatchOrderError(
            message, hint="Read the rows of `plan.rows_of_step(step)`, in that order, without a filter."
        )
