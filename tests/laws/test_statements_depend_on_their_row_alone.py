"""The special-category filter reads any text, each row for itself, in time that grows with its length."""

import time

from hypothesis import given
from hypothesis import strategies as st

from demur.filters.special import child_spans, cut_children, statements

PIECES = ("I have ", "hiv", "my son Tim", ", 7, ", "diabetes", ". ", "[NAME]", "my brother ", "is gay", "School ", "🙂")
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=12).map("".join)
LANGUAGES = st.sampled_from(("en", "de", "xx", None))
MEGABYTE = 1_000_000
MOST_SECONDS = 5


@given(st.lists(st.tuples(TEXTS | st.none(), LANGUAGES), min_size=1, max_size=4))
def test_a_row_is_read_as_if_it_were_alone(rows):
    texts, languages = [text for text, _ in rows], [language for _, language in rows]
    together, last = statements(texts, languages), statements(texts[-1:], languages[-1:])
    assert (together.own[-1].to_list(), together.others[-1].to_list()) == (
        last.own[0].to_list(),
        last.others[0].to_list(),
    )


@given(TEXTS, LANGUAGES)
def test_spans_of_children_lie_in_the_text_in_order_and_cutting_twice_changes_nothing(text, language):
    (spans,) = child_spans([text], [language])
    bounds = [place for span in spans for place in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    cut = cut_children([text], [language]).texts
    assert cut_children(cut, [language]).texts.to_list() == cut.to_list()


def test_a_long_line_takes_time_in_proportion():
    line = "my son has hiv and is gay 7 " * (MEGABYTE // 28)
    began = time.process_time()
    statements([line], ["en"])
    child_spans([line], ["en"])
    assert time.process_time() - began < MOST_SECONDS
