"""Where texts were cut since they were published, through filters of which each reads what the one before left.

A filter finds spans in the texts that it is given, where earlier filters have put placeholders already. A trail leads
these spans back to the published texts: so whoever builds a corpus can tell which piece of an item each placeholder
stands for, and nobody can who has the corpus alone (requirement FIL-11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters.identifiers import CUT, QUOTED, SUPPRESSED, IdentifierClass, Span

PLACEHOLDERS: Final = {
    **{label.counted_as: label.placeholder for label in IdentifierClass},
    "suppressed": SUPPRESSED,
    "quoted": QUOTED,
    "cut": CUT,
}
"""What stands in the place of a span, by the label of the span; a corpus counts its cuts under these labels."""
SPAN_COLUMNS: Final = {"place": pl.UInt32, "start": pl.UInt32, "end": pl.UInt32, "label": pl.String}
"""The row of a column, and a piece of its text from `start` up to and without `end`, in code points."""
_SIZES: Final = {label: len(placeholder) for label, placeholder in PLACEHOLDERS.items()}
_PLACE_SHIFT: Final = 32

_Numbers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trail:
    """Texts as they are by now, and which pieces of the published texts are placeholders in them.

    Attributes:
        texts: a column; a null stays null.
        spans: `SPAN_COLUMNS`, in the order of the published texts and without overlap.
    """

    texts: pl.Series
    spans: pl.DataFrame

    @classmethod
    def begin(cls, published: pl.Series) -> Self:
        """Begin with texts as they were published."""
        return cls(texts=published, spans=pl.DataFrame(schema=SPAN_COLUMNS))

    def cut(self, found: pl.DataFrame) -> Self:
        """Put placeholders where spans were found in the texts as they are by now (`SPAN_COLUMNS`, in their order)."""
        return self.follow(_replace(self.texts, found), found)

    def count(self) -> pl.Series:
        """Count the pieces that were cut out of each text."""
        amounts = np.bincount(self.spans["place"].to_numpy(), minlength=len(self.texts))
        return pl.Series("cuts", amounts, dtype=pl.UInt32)

    def follow(self, texts: pl.Series, found: pl.DataFrame) -> Self:
        """Go on with the texts that a filter left, which found these spans in the texts as they are by now.

        A span that holds earlier placeholders stands for what they stand for as well; none parts a placeholder.
        """
        return type(self)(texts=texts, spans=_lead_back(self.spans, found))


def list_spans(rows: Sequence[Sequence[Span]]) -> pl.DataFrame:
    """Return the spans of every row as a table (`SPAN_COLUMNS`)."""
    listed = [(place, start, end, label.counted_as) for place, row in enumerate(rows) for start, end, label in row]
    return pl.DataFrame(listed, schema=SPAN_COLUMNS, orient="row")


def join_spans(*tables: pl.DataFrame) -> pl.DataFrame:
    """Return the spans of several tables as one: those that overlap are one span, under the label of the first."""
    ordered = pl.concat([pl.DataFrame(schema=SPAN_COLUMNS), *tables]).sort(
        "place", "start", "end", descending=[False, False, True]
    )
    reached = pl.col("end").cum_max().shift(1, fill_value=0).over("place")
    number = (pl.col("start") >= reached).cum_sum().over("place").alias("number")
    joined = ordered.with_columns(number).group_by("place", "number", maintain_order=True)
    return joined.agg(pl.col("start").first(), pl.col("end").max(), pl.col("label").first()).select(*SPAN_COLUMNS)


def _replace(texts: pl.Series, found: pl.DataFrame) -> pl.Series:
    rows = found.group_by("place", maintain_order=True).agg("start", "end", "label")
    if rows.is_empty():
        return texts
    places = rows["place"]
    cut = [
        _write(*row) for row in zip(texts.gather(places).to_list(), *rows.drop("place").to_dict().values(), strict=True)
    ]
    return texts.clone().scatter(places, cut)


def _write(text: str, starts: Sequence[int], ends: Sequence[int], labels: Sequence[str]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, label in zip(starts, ends, labels, strict=True):
        pieces += (text[done:start], PLACEHOLDERS[label])
        done = end
    return "".join((*pieces, text[done:]))


def _lead_back(earlier: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """Join spans with those that were found in texts which hold placeholders for them (both and the result ordered)."""
    if earlier.is_empty() or later.is_empty():
        return later if earlier.is_empty() else earlier
    place, start, end = _numbers(earlier)
    growth = earlier["label"].replace_strict(_SIZES, return_dtype=pl.Int64).to_numpy() - (end - start)
    before = np.cumsum(growth) - growth
    before -= before[np.searchsorted(place, place)]  # what the spans before it in its own row have added
    written = _keys(place, start + before)
    written_end = written + (end - start) + growth

    def lead(places: _Numbers, points: _Numbers, edges: _Numbers, side: str) -> _Numbers:
        last = np.searchsorted(written, _keys(places, points), side="right" if side == "start" else "left") - 1
        is_after = (last >= 0) & (place[last] == places)
        is_inside = is_after & (_keys(places, points) < written_end[last])
        return np.where(is_inside, edges[last], points - np.where(is_after, (before + growth)[last], 0))

    places, starts, ends = _numbers(later)
    starts, ends = lead(places, starts, start, "start"), lead(places, ends, end, "end")
    last = np.searchsorted(_keys(places, starts), _keys(place, start), side="right") - 1
    is_swallowed = (last >= 0) & (places[last] == place) & (end <= ends[last])
    led = later.with_columns(start=pl.Series(starts, dtype=pl.UInt32), end=pl.Series(ends, dtype=pl.UInt32))
    return pl.concat([earlier.filter(~pl.Series(is_swallowed)), led]).sort("place", "start")


def _numbers(spans: pl.DataFrame) -> tuple[_Numbers, _Numbers, _Numbers]:
    place, start, end = (spans[name].to_numpy().astype(np.int64) for name in ("place", "start", "end"))
    return place, start, end


def _keys(places: _Numbers, points: _Numbers) -> _Numbers:
    """Return numbers in the order of rows, and of places within them."""
    return (places << _PLACE_SHIFT) + points
