"""What training asks of a corpus, and how a plan is read from it.

`GuardedCorpus` is the gate as a trainer sees it. A reader may run ahead by as much as it likes; what it read is judged
again by `guard` when it is delivered.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from demur.training.plan import Ordinals, Plan

Tokens: TypeAlias = NDArray[np.int64]
Encode: TypeAlias = Callable[[Sequence[str | None]], Tokens]
Batch: TypeAlias = tuple[Ordinals, Tokens]


class GuardedCorpus(Protocol):
    """A corpus behind its gate.

    Ordinals run from 0 to `rows` - 1 for ever: a removed row keeps its own. What is removed stays removed.
    """

    @property
    def corpus_id(self) -> bytes:
        """Name the corpus, 32 bytes."""

    @property
    def manifest_digest(self) -> str:
        """Name the manifest by its SHA-256 in hexadecimal."""

    @property
    def rows(self) -> int:
        """Count the rows, removed ones included."""

    @property
    def removals_version(self) -> int:
        """Tell the version of `Removals` that `removed` and `texts` speak for."""

    def refresh(self) -> int:
        """Move to the newest version of `Removals` and return it; raise when the heartbeat is too old (fail closed)."""

    def removed(self) -> NDArray[np.bool_]:
        """Tell for every ordinal whether it is removed at `removals_version`."""

    def texts(self, ordinals: Sequence[int]) -> list[str | None]:
        """Return the texts of some rows; None for a removed one."""


class PlantedRows(Protocol):
    """Rows that an auditor plants behind those of the corpus: canaries, some of whose subjects have objected."""

    @property
    def texts(self) -> Sequence[str]:
        """Return one text a row."""

    @property
    def suppressed(self) -> Sequence[bool]:
        """Tell for every row whether its subject objected before the run."""

    @property
    def digest(self) -> str:
        """Name the sealed list of canaries by its SHA-256 in hexadecimal."""


class PlantedCorpus:
    """A corpus with planted rows behind its own: ordinals from `corpus.rows` on.

    Planted rows take the same way as all others: the same plan, the same guard, the same ledger. A suppressed one is
    removed at every version, so that a model that knows it proves a hole in that way.
    """

    def __init__(self, corpus: GuardedCorpus, planted: PlantedRows) -> None:
        """Lay the planted rows behind the rows of the corpus."""
        self._corpus = corpus
        self._texts = tuple(planted.texts)
        self._suppressed = np.array(planted.suppressed, dtype=np.bool_)

    @property
    def corpus_id(self) -> bytes:
        """Name the corpus without its planted rows."""
        return self._corpus.corpus_id

    @property
    def manifest_digest(self) -> str:
        """Name the manifest of the corpus."""
        return self._corpus.manifest_digest

    @property
    def rows(self) -> int:
        """Count the rows of the corpus and the planted ones."""
        return self._corpus.rows + len(self._texts)

    @property
    def removals_version(self) -> int:
        """Tell the version of the corpus."""
        return self._corpus.removals_version

    def refresh(self) -> int:
        """Move the corpus to its newest version."""
        return self._corpus.refresh()

    def removed(self) -> NDArray[np.bool_]:
        """Tell for every row, planted ones included, whether it is removed."""
        return np.concatenate([self._corpus.removed(), self._suppressed])

    def texts(self, ordinals: Sequence[int]) -> list[str | None]:
        """Return texts in the order asked for; None for a removed or suppressed row."""
        own = [ordinal for ordinal in ordinals if ordinal < self._corpus.rows]
        of_corpus = iter(self._corpus.texts(own))
        return [
            next(of_corpus) if ordinal < self._corpus.rows else self._planted(ordinal - self._corpus.rows)
            for ordinal in ordinals
        ]

    def _planted(self, index: int) -> str | None:
        return None if self._suppressed[index] else self._texts[index]


def read_batches(corpus: GuardedCorpus, plan: Plan, encode: Encode, steps: range) -> Iterator[Batch]:
    """Yield rows and tokens of some steps, in order; a block of the plan is read and encoded at once."""
    blocks: dict[tuple[int, int], Tokens] = {}
    for step in steps:
        epoch, start, stop = plan.positions_of_step(step)
        pieces = []
        while start < stop:
            block, first = plan.block_at(epoch, start)
            if (epoch, block) not in blocks:
                blocks = {(epoch, block): encode(corpus.texts(plan.rows_of_block(epoch, block).tolist()))}
            piece = blocks[epoch, block][start - first : stop - first]
            pieces.append(piece)
            start += len(piece)
        yield plan.rows_of_step(step), np.concatenate(pieces)
