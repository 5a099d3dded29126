"""Laws of trails: whatever filters cut after one another, the spans say which pieces of the published text are gone."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.filters.trail import PLACEHOLDERS, SPAN_COLUMNS, Trail, join_spans

TEXTS = st.lists(st.one_of(st.none(), st.text("ab é🙂[]", max_size=12)), max_size=4)


def table(spans):
    return pl.DataFrame(spans, schema=SPAN_COLUMNS, orient="row")


@st.composite
def found_in(draw, characters):
    """Draw what a filter finds in rows, each a list of characters and placeholders that it does not part."""
    spans, cut = [], []
    for place, row in enumerate(characters):
        edges = sorted(draw(st.lists(st.integers(0, len(row)), max_size=6, unique=True)))
        left, done = [], 0
        starts = [0, *(len(word) for word, _ in row)]
        offsets = [sum(starts[: number + 1]) for number in range(len(starts))]
        for start, end in list(pairwise(edges))[::2]:
            label = draw(st.sampled_from(sorted(PLACEHOLDERS)))
            spans.append((place, offsets[start], offsets[end], label))
            piece = (row[start][1][0], row[end - 1][1][1], label)
            left += [*row[done:start], (PLACEHOLDERS[label], piece)]
            done = end
        cut.append([*left, *row[done:]])
    return table(spans), cut


@given(data=st.data(), texts=TEXTS, filters=st.integers(1, 4))
def test_spans_are_the_pieces_that_the_placeholders_of_all_filters_stand_for(data, texts, filters):
    trail = Trail.begin(pl.Series(texts, dtype=pl.String))
    rows = [[(one, (at, at + 1, None)) for at, one in enumerate(text or "")] for text in texts]
    for _ in range(filters):
        found, rows = data.draw(found_in(rows))
        trail = trail.cut(found)
    assert trail.texts.to_list() == [
        None if text is None else "".join(word for word, _ in row) for text, row in zip(texts, rows, strict=True)
    ]
    pieces = [(place, *piece) for place, row in enumerate(rows) for _, piece in row if piece[2] is not None]
    assert trail.spans.rows() == pieces
    assert trail.count().to_list() == [sum(piece[0] == place for piece in pieces) for place in range(len(texts))]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(1, 8)), max_size=12), st.integers(0, 12))
def test_joined_spans_cover_the_same_characters_and_do_not_overlap(drawn, split):
    spans = [(place, start, start + size, "cut") for place, start, size in drawn]
    joined = join_spans(table(spans[:split]), table(spans[split:])).rows()
    covered = {(place, at) for place, start, end, _ in spans for at in range(start, end)}
    assert {(place, at) for place, start, end, _ in joined for at in range(start, end)} == covered
    assert sum(end - start for _, start, end, _ in joined) == len(covered)
    assert joined == sorted(joined)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([(0, 0, 2, "person")], [(0, 7, 8, "phone")], [(0, 0, 2, "person"), (0, 3, 4, "phone")]),
        ([(0, 2, 4, "person")], [(0, 0, 2, "phone")], [(0, 0, 2, "phone"), (0, 2, 4, "person")]),
        ([(0, 2, 4, "person")], [(0, 0, 10, "url")], [(0, 0, 6, "url")]),
        ([(1, 0, 1, "email")], [(0, 0, 1, "cut")], [(0, 0, 1, "cut"), (1, 0, 1, "email")]),
    ],
)
def test_a_later_span_beside_or_around_a_placeholder(first, second, expected):
    trail = Trail.begin(pl.Series(["abcdefgh", "xyz"])).cut(table(first)).cut(table(second))
    assert trail.spans.rows() == expected
