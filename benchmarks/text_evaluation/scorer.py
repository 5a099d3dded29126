"""Score what a filter found against gold spans: strict F1, masked characters, clean posts hit, with 95 % intervals.

A span counts as found when start, end and label are equal. A character is masked when any span covers it, whatever its
label, because that is what redaction removes; white space and zero-width characters are no secret and do not count. A
value is masked whole when all its other characters are masked. Intervals are of the bootstrap over posts.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from text_evaluation.posts import GoldSpan, Label, Post

Found = tuple[int, int, str]
"""A span that a filter found: start, end, label."""
Counts = npt.NDArray[np.int64]
LABELS = tuple(Label)
_RESAMPLES, _SEED = 400, 20261126


class Count(IntEnum):
    """What is counted for each post and label."""

    EQUAL = 0
    FOUND = 1
    GOLD = 2
    CHARACTERS = 3
    MASKED = 4
    WHOLE = 5
    HIDDEN = 6
    HIDDEN_WHOLE = 7


def count(posts: Sequence[Post], found: Sequence[Iterable[Found]]) -> Counts:
    """Count, for each post and label, what was found and masked: an array of posts x labels x `Count`.

    Labels of the filter that are none of ours count as found of nothing, but mask.
    """
    counts = np.zeros((len(posts), len(LABELS), len(Count)), dtype=np.int64)
    places = {label.value: place for place, label in enumerate(LABELS)}
    for row, (post, finds) in enumerate(zip(posts, found, strict=True)):
        finds_of_row = set(finds)
        covered = {place for start, end, _ in finds_of_row for place in range(start, end)}
        for _, _, label in finds_of_row:
            if label in places:
                counts[row, places[label], Count.FOUND] += 1
        for span in post.spans:
            cells = counts[row, places[span.label]]
            secret = secret_places(post.text, span)
            masked = sum(place in covered for place in secret)
            cells[Count.EQUAL] += (span.start, span.end, span.label.value) in finds_of_row
            cells[Count.GOLD] += 1
            cells[Count.CHARACTERS] += len(secret)
            cells[Count.MASKED] += masked
            cells[Count.WHOLE] += masked == len(secret)
            cells[Count.HIDDEN] += span.hidden
            cells[Count.HIDDEN_WHOLE] += span.hidden and masked == len(secret)
    return counts


def secret_places(text: str, span: GoldSpan) -> list[int]:
    """List the places of a span that must be masked: all but white space and invisible characters."""
    return [
        place
        for place in range(span.start, span.end)
        if not text[place].isspace() and unicodedata.category(text[place]) != "Cf"
    ]


# ----------------------------------------------------------------------------------------------------------- statistics
# Each takes sums over posts, of shape (..., labels, Count), and returns (..., ) or (..., labels); nothing to divide by
# gives nan, which averages leave out.
def f1(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Strict F1 of each label."""
    return _ratio(2 * sums[..., Count.EQUAL], sums[..., Count.FOUND] + sums[..., Count.GOLD])


def recall(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of the gold spans of each label that were found exactly."""
    return _ratio(sums[..., Count.EQUAL], sums[..., Count.GOLD])


def precision(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of the found spans of each label that are exact."""
    return _ratio(sums[..., Count.EQUAL], sums[..., Count.FOUND])


def masked(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of the secret characters of each label that are masked."""
    return _ratio(sums[..., Count.MASKED], sums[..., Count.CHARACTERS])


def whole(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of the values of each label that are masked whole."""
    return _ratio(sums[..., Count.WHOLE], sums[..., Count.GOLD])


def hidden_whole(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of the hidden values of each label that are masked whole."""
    return _ratio(sums[..., Count.HIDDEN_WHOLE], sums[..., Count.HIDDEN])


def macro(
    statistic: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]], labels: Sequence[Label]
) -> Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    """Return the mean of a statistic over labels; a label that does not occur is left out."""
    chosen = [LABELS.index(label) for label in labels]

    def mean(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        values = statistic(sums)[..., chosen]
        known = ~np.isnan(values)
        return _ratio(np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1))

    return mean


def _ratio(part: npt.NDArray[np.float64], total: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(total > 0, part / np.maximum(total, 1), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share with its 95 % interval; nan where there was nothing to measure."""

    value: float
    low: float
    high: float


class Resampled:
    """The sums of some posts, as they are and in bootstrap samples of the same posts."""

    def __init__(self, counts: Counts) -> None:
        posts = len(counts)
        self.sums: npt.NDArray[np.float64] = counts.sum(axis=0).astype(np.float64)
        draw = np.random.default_rng(_SEED)
        weights = draw.multinomial(posts, np.full(posts, 1 / posts), size=_RESAMPLES).astype(np.float64)
        self._resampled = (weights @ counts.reshape(posts, -1)).reshape(_RESAMPLES, *counts.shape[1:])

    def estimate(self, statistic: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> Estimate:
        """Estimate a statistic that is one number."""
        samples = statistic(self._resampled)
        known = samples[~np.isnan(samples)]
        low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (np.nan, np.nan)
        return Estimate(value=float(statistic(self.sums)), low=float(low), high=float(high))

    def estimate_label(
        self, statistic: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]], label: Label
    ) -> Estimate:
        """Estimate a statistic of one label."""
        place = LABELS.index(label)
        return self.estimate(lambda sums: statistic(sums)[..., place])


def clean_hit(posts: Sequence[Post], found: Sequence[Sequence[Found]]) -> Estimate:
    """Estimate the share of clean posts in which anything was found; the interval is Wilson's."""
    hits = [bool(finds) for post, finds in zip(posts, found, strict=True) if not post.spans]
    total, hit = len(hits), sum(hits)
    if not total:
        return Estimate(value=np.nan, low=np.nan, high=np.nan)
    share, z = hit / total, 1.959964
    middle, width = share + z * z / (2 * total), z * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return Estimate(
        value=share, low=max(0.0, (middle - width) / (1 + z * z / total)), high=(middle + width) / (1 + z * z / total)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormScore:
    """How the values of one label that were written in one form fared."""

    label: Label
    form: str
    values: int
    found: float
    whole: float


def by_form(posts: Sequence[Post], found: Sequence[Sequence[Found]]) -> list[FormScore]:
    """Score each form of each label by itself: share found exactly, share masked whole."""
    sums: dict[tuple[Label, str], list[int]] = {}
    for post, finds in zip(posts, found, strict=True):
        finds_of_row = set(finds)
        covered = {place for start, end, _ in finds_of_row for place in range(start, end)}
        for span in post.spans:
            cells = sums.setdefault((span.label, span.form), [0, 0, 0])
            cells[0] += 1
            cells[1] += (span.start, span.end, span.label.value) in finds_of_row
            cells[2] += covered.issuperset(secret_places(post.text, span))
    return [
        FormScore(label=label, form=form, values=values, found=equal / values, whole=complete / values)
        for (label, form), (values, equal, complete) in sorted(
            sums.items(), key=lambda item: (LABELS.index(item[0][0]), item[0][1])
        )
    ]
