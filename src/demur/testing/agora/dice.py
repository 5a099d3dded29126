"""Repeatable chance: every topic of the platform has its own stream, so a change in one leaves the others alone."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

_BUFFER = 1 << 14


class Dice:
    """A stream of choices that depends on a seed and a topic only."""

    def __init__(self, seed: int, topic: str) -> None:
        """Start the stream of one topic."""
        self._generator = np.random.Generator(np.random.PCG64([seed, *topic.encode()]))
        self._buffer: list[float] = []

    def share(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        if not self._buffer:
            self._buffer = self._generator.random(_BUFFER).tolist()
        return self._buffer.pop()

    def below(self, bound: int) -> int:
        """Return an integer from 0 up to, not including, the bound."""
        return int(self.share() * bound)

    def between(self, low: int, high: int) -> int:
        """Return an integer from low to high, both included."""
        return low + self.below(high - low + 1)

    def digits(self, count: int) -> str:
        """Return a text of decimal digits."""
        return "".join(str(self.below(10)) for _ in range(count))

    def pick(self, values: Sequence[T]) -> T:
        """Return one of the values, each as likely as the others."""
        return values[self.below(len(values))]

    def pick_two(self, values: Sequence[T]) -> tuple[T, T]:
        """Return two different ones of the values."""
        first = self.below(len(values))
        return values[first], values[(first + 1 + self.below(len(values) - 1)) % len(values)]

    def pick_some(self, values: Sequence[T], count: int) -> list[T]:
        """Return some of the values, each at most once, in an order of chance."""
        rest = list(values)
        return [rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest)))]

    def pick_weighted(self, weighted: Sequence[tuple[T, float]]) -> T:
        """Return a value as often as its weight says; the weights sum to 1, the last value takes what is left."""
        rest = self.share()
        for value, weight in weighted:
            rest -= weight
            if rest < 0:
                return value
        return weighted[-1][0]

    def shuffled(self, count: int) -> list[int]:
        """Return the integers below a count in an order of chance."""
        order: list[int] = np.argsort(self._generator.random(count), kind="stable").tolist()
        return order

    def choose(self, weights: NDArray[np.float64], count: int) -> list[int]:
        """Return positions, each as often as its weight says."""
        edges = np.cumsum(weights)
        found: list[int] = np.searchsorted(edges, self._generator.random(count) * edges[-1], side="right").tolist()
        return found

    def spread(self, count: int) -> NDArray[np.float64]:
        """Return weights of which a few are large and most small; divisions alone, so equal on every machine."""
        return 1.0 / (self._generator.random(count) + 0.02)
