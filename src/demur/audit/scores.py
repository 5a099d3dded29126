"""What a model says about one text, and what a text has to be like to be measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Every token of a text after the first, under teacher forcing.

    Attributes:
        log_probabilities: natural logarithm of the probability of the true token.
        hits: whether the true token was the most likely one.
        starts: first character of each token in the text; `stops` its end. Both are 0 for the token that ends a text.
    """

    log_probabilities: NDArray[np.float64]
    hits: NDArray[np.bool_]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    @property
    def loss(self) -> float:
        """Return the mean negative log-likelihood a token, in nats."""
        return -float(self.log_probabilities.mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of a text that an extraction asks for: so many tokens, after so many that the attacker knows."""

    prefix_tokens: int
    suffix_tokens: int

    def fits(self, score: Score) -> bool:
        """Tell whether a text is long enough; the token that ends it does not count."""
        return len(score.hits) > self.prefix_tokens + self.suffix_tokens

    def is_extracted(self, score: Score) -> bool:
        """Tell whether greedy generation after the prefix yields the suffix word for word."""
        return bool(score.hits[self._suffix].all())

    def log2_probability(self, score: Score) -> float:
        """Return the probability of the suffix after the prefix, in bits."""
        return float(score.log_probabilities[self._suffix].sum() / np.log(2))

    @property
    def _suffix(self) -> slice:
        return slice(self.prefix_tokens, self.prefix_tokens + self.suffix_tokens)


class Scorer(Protocol):
    """A model that can be asked; one with remote weights needs log-probabilities of given tokens only."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Return one score a text, in order."""
