"""Counts about people, as somebody may see them who must not learn about a single one (SEC-7; GDPR Art. 32(4)).

A count below ten is withheld, zero included: that nobody objected is as little their business as that one did. Where
counts add up to a total, further ones are withheld with it, so that no withheld count is the rest of a sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SMALLEST_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCounts:
    """Counts that add up to a total; None stands for a count, or the total, that is withheld.

    A withheld count is below ten, or it protects one that is; which of the two is not told.
    """

    counts: dict[str, int | None]
    total: int | None


def show_count(count: int) -> int | None:
    """Return a count that belongs to no sum; None when it is below ten."""
    return count if count >= SMALLEST_SHOWN else None


def show_counts(counts: Mapping[str, int]) -> ShownCounts:
    """Return counts and their total, so that none that is withheld can be computed, whoever knows this function.

    Which further counts are withheld follows from the order of names and from what is shown, never from how large a
    withheld count is: else the choice itself would tell it. Where no choice protects them, all is withheld.
    """
    small = {name for name, count in counts.items() if count < SMALLEST_SHOWN}
    total = sum(counts.values())
    withheld = set(small)
    for name in sorted(counts.keys() - small) if small else ():
        withheld.add(name)
        if _is_enough(sum(counts[each] for each in withheld), small=len(small), others=len(withheld - small)):
            break
    else:
        # Nothing was small, or too little is left that could hide what is.
        return ShownCounts(counts=dict.fromkeys(counts) if small else dict(counts), total=None if small else total)
    shown = {name: None if name in withheld else count for name, count in counts.items()}
    return ShownCounts(counts=shown, total=total)


def _is_enough(rest: int, *, small: int, others: int) -> bool:
    """Tell whether the withheld counts, whose sum anybody computes, leave each small one open from 1 to 9.

    The others have ten each at least; and each of the small ones may be known to be one at least, where a count that
    is zero would not be named.
    """
    return rest >= SMALLEST_SHOWN * others + small + SMALLEST_SHOWN - 1
