"""The order in which a run reads a corpus, as a formula: no index file, nothing to lose.

Step k owns the positions [k * B, (k + 1) * B) of a seeded order that can be inverted. A removed row leaves a hole; it
never moves another row. So a run resumes where it stopped, a ledger of a few records says which steps read a row, and a
run rewound and replayed with a row masked equals, bit for bit, one that never saw it.

The order: rows lie in groups of neighbours; an epoch permutes the groups, then the rows inside blocks of groups, so
that a reader holds one block in memory and reads whole groups from disk.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from demur.training.errors import PlanPositionError, TrainingPlanError

Ordinals: TypeAlias = NDArray[np.int64]

_LARGEST_SEED = 2**53 - 1  # documents hold integers up to this (RFC 8785)
_LARGEST_EPOCH = 2**31  # an epoch is the upper half of a Philox key


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The positions of every row in every epoch of one run.

    Attributes:
        rows: ordinals 0 to rows - 1, removed ones included: a removed row keeps its position for ever.
        seed: draws the order.
        batch_rows: rows of one step; the last step of an epoch may be shorter.
        epochs: how often each row has a position.
        group_rows: neighbours that stay in one block.
        block_rows: rows that are mixed with each other and held in memory together; a multiple of `group_rows`.
    """

    rows: int
    seed: int
    batch_rows: int
    epochs: int = 1
    group_rows: int = 64
    block_rows: int = 4096

    def __post_init__(self) -> None:
        sizes = {name: getattr(self, name) for name in ("rows", "batch_rows", "epochs", "group_rows", "block_rows")}
        for name, value in sizes.items():
            if value < 1:
                message = f"{name} is {value}, the least is 1"
                raise TrainingPlanError(message)
        if self.block_rows % self.group_rows:
            message = f"block_rows is {self.block_rows}, it must be a multiple of group_rows ({self.group_rows})"
            raise TrainingPlanError(message)
        if not 0 <= self.seed <= _LARGEST_SEED or self.epochs > _LARGEST_EPOCH:
            message = f"seed is {self.seed} and epochs {self.epochs}; allowed are 0..2**53 - 1 and 1..2**31"
            raise TrainingPlanError(message)

    @property
    def steps_per_epoch(self) -> int:
        """Count the steps of one epoch."""
        return -(-self.rows // self.batch_rows)

    @property
    def steps(self) -> int:
        """Count the steps of all epochs."""
        return self.epochs * self.steps_per_epoch

    def position(self, epoch: int, row: int) -> int:
        """Return the position of a row in an epoch; the inverse of `row`."""
        self._check_epoch(epoch)
        self._check_inside(row, "row")
        group, offset = divmod(row, self.group_rows)
        place = int(_group_places(self, epoch)[group])
        block = place // self.block_groups
        first = _block_start(self, epoch, block)
        inside = _group_start(self, epoch, place) - first + offset
        return first + int(_block_inverse(self, epoch, block)[inside])

    def row(self, epoch: int, position: int) -> int:
        """Return the row at a position of an epoch; the inverse of `position`."""
        block, first = self.block_at(epoch, position)
        return int(self.rows_of_block(epoch, block)[position - first])

    def rows_between(self, epoch: int, start: int, stop: int) -> Ordinals:
        """Return the rows at positions `start` to `stop` - 1 of an epoch."""
        pieces = []
        while start < stop:
            block, first = self.block_at(epoch, start)
            piece = self.rows_of_block(epoch, block)[start - first : stop - first]
            pieces.append(piece)
            start += len(piece)
        return np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)

    def rows_of_step(self, step: int) -> Ordinals:
        """Return the rows that a step owns, in their order; steps count through all epochs."""
        epoch, start, stop = self.positions_of_step(step)
        return self.rows_between(epoch, start, stop)

    def positions_of_step(self, step: int) -> tuple[int, int, int]:
        """Return epoch, first position and end of the positions that a step owns."""
        if not 0 <= step < self.steps:
            message = f"step {step} is outside the plan (0 to {self.steps - 1})"
            raise PlanPositionError(message)
        epoch, inside = divmod(step, self.steps_per_epoch)
        start = inside * self.batch_rows
        return epoch, start, min(start + self.batch_rows, self.rows)

    def step_of(self, epoch: int, row: int) -> int:
        """Return the step that owns a row in an epoch."""
        return epoch * self.steps_per_epoch + self.position(epoch, row) // self.batch_rows

    def block_at(self, epoch: int, position: int) -> tuple[int, int]:
        """Return the block that holds a position, and the first position of that block."""
        self._check_epoch(epoch)
        self._check_inside(position, "position")
        # One group may be short, so a block begins at most that much before a multiple of block_rows.
        block = min(position // self.block_rows, self.blocks - 1)
        if block + 1 < self.blocks and position >= _block_start(self, epoch, block + 1):
            block += 1
        return block, _block_start(self, epoch, block)

    def rows_of_block(self, epoch: int, block: int) -> Ordinals:
        """Return the rows of a block by position; the array is shared and cannot be written to."""
        return _block_order(self, epoch, block)

    @property
    def groups(self) -> int:
        """Count the groups; only the last one may be short."""
        return -(-self.rows // self.group_rows)

    @property
    def block_groups(self) -> int:
        """Count the groups of a block."""
        return self.block_rows // self.group_rows

    @property
    def blocks(self) -> int:
        """Count the blocks of an epoch."""
        return -(-self.groups // self.block_groups)

    def _check_inside(self, value: int, name: str) -> None:
        if not 0 <= value < self.rows:
            message = f"{name} {value} is outside the plan (0 to {self.rows - 1})"
            raise PlanPositionError(message)

    def _check_epoch(self, epoch: int) -> None:
        if not 0 <= epoch < self.epochs:
            message = f"epoch {epoch} is outside the plan (0 to {self.epochs - 1})"
            raise PlanPositionError(message)


def _permutation(seed: int, stream: int, size: int) -> Ordinals:
    """Permute 0..size - 1 by sorting raw Philox words.

    Not `Generator.permutation`: NumPy promises the raw words of a bit generator for ever, the shuffle only per version
    (NEP 19), and "was this row used?" is asked years later.
    """
    words = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64)).random_raw(size)
    return np.argsort(words, kind="stable").astype(np.int64)


@lru_cache(maxsize=4)
def _group_order(plan: Plan, epoch: int) -> Ordinals:
    return _frozen(_permutation(plan.seed, epoch << 32, plan.groups))


@lru_cache(maxsize=4)
def _group_places(plan: Plan, epoch: int) -> Ordinals:
    return _inverse(_group_order(plan, epoch))


def _group_start(plan: Plan, epoch: int, place: int) -> int:
    """Return the first position of the group at a place of the epoch's order; only the last group may be short."""
    short = plan.groups * plan.group_rows - plan.rows
    is_behind = int(_group_places(plan, epoch)[-1]) < place
    return place * plan.group_rows - (short if is_behind else 0)


def _block_start(plan: Plan, epoch: int, block: int) -> int:
    return _group_start(plan, epoch, block * plan.block_groups)


def _block_permutation(plan: Plan, epoch: int, block: int, size: int) -> Ordinals:
    # Stream 0 of an epoch belongs to its groups.
    return _permutation(plan.seed, epoch << 32 | block + 1, size)


@lru_cache(maxsize=32)
def _block_order(plan: Plan, epoch: int, block: int) -> Ordinals:
    first = block * plan.block_groups
    groups = _group_order(plan, epoch)[first : first + plan.block_groups]
    rows = (groups[:, None] * plan.group_rows + np.arange(plan.group_rows)).ravel()
    rows = rows[rows < plan.rows]
    return _frozen(rows[_block_permutation(plan, epoch, block, len(rows))])


@lru_cache(maxsize=32)
def _block_inverse(plan: Plan, epoch: int, block: int) -> Ordinals:
    size = len(_block_order(plan, epoch, block))
    return _inverse(_block_permutation(plan, epoch, block, size))


def _inverse(order: Ordinals) -> Ordinals:
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return _frozen(places)


def _frozen(values: Ordinals) -> Ordinals:
    values.setflags(write=False)
    return values
