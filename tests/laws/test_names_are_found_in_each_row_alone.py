"""Laws of the names tier: what the kernel finds is what the plain reference finds, and a row's result is that row's."""

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from demur.filters.names.layout import LANGUAGES
from demur.filters.names.model import shared_model
from demur.filters.names.reference import find_reference
from demur.filters.names.tagging import find_names, language_ids

WORD = st.sampled_from(
    (
        "anna",
        "Ánna",
        "JAN",
        "Kowalski",
        "o'Brien",
        "Σοφία",
        "Иван",
        "@anna_b",
        "[NAME]",
        "[ABCDEFGHIJKLM]",
        "[",
        "https://a.b/c",
        "www.x.y",
        "漢字",
        "ß",
        "J.",
        "2024",
        "x1",
        "ǅ",
        "thanks",
        "van",
        "der",
        "é" * 70,
        "éva",
        "\ufeff",
        "❤️",
        "London",
        "said",
        "http:",
    )
)
GAP = st.sampled_from((" ", "-", "\u200b", "", "\n", "😀", "_", ", ", ". ", "\u00a0", "\x00", "! "))
TEXT = st.one_of(
    st.text(max_size=40), st.lists(st.tuples(WORD, GAP), max_size=12).map(lambda parts: "".join(map("".join, parts)))
)
ROWS = st.lists(st.tuples(TEXT, st.integers(0, len(LANGUAGES))), max_size=6)


def joined(rows):
    parts = [row.encode() for row in rows]
    return np.frombuffer(b"".join(parts), np.uint8), np.cumsum([0, *map(len, parts)]).astype(np.int64)


def found(rows, languages):
    content, offsets = joined(rows)
    names = find_names(content, offsets, languages=np.array(languages, np.uint8))
    columns = (names.row, names.start, names.end, names.label, names.score)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@given(ROWS)
def test_the_kernel_finds_what_the_reference_finds(rows):
    texts, languages = [text for text, _ in rows], [language for _, language in rows]
    content, offsets = joined(texts)
    names = find_names(content, offsets, languages=np.array(languages, np.uint8))
    spans = zip(*(column.tolist() for column in (names.row, names.start, names.end, names.label)), strict=True)
    expected = find_reference(shared_model(), texts, languages)
    assert list(spans) == [(one.row, one.start, one.end, one.label) for one in expected]


@given(ROWS, st.randoms(use_true_random=False))
def test_order_and_batches_change_nothing(rows, random):
    alone = [found([text], [language]) for text, language in rows]
    order = random.sample(range(len(rows)), len(rows))
    together = found([rows[place][0] for place in order], [rows[place][1] for place in order])
    assert together == [(row, *span[1:]) for row, place in enumerate(order) for span in alone[place]]


@given(ROWS)
def test_spans_lie_on_characters_within_their_row_and_never_overlap(rows):
    last = {}
    for row, start, end, _, score in found([text for text, _ in rows], [language for _, language in rows]):
        text = rows[row][0].encode()
        assert last.get(row, 0) <= start < end <= len(text)
        assert text[start:end].decode()
        assert 0 <= score <= 1000
        last[row] = end


def test_long_lines_take_time_by_their_length_alone():
    post = "Met Anna Kowalska in London today, she said hi.\n"
    usual = [post] * (500_000 // len(post))
    content, offsets = joined(usual)
    find_names(content, offsets)
    start = time.process_time()
    find_names(content, offsets)
    allowed = 10 * (time.process_time() - start) + 0.1
    for line in ("a" * 500_000, "😀" * 125_000, "Anna " * 100_000, "A." * 250_000, "www." * 125_000, "@a" * 250_000):
        content, offsets = joined([line])
        start = time.process_time()
        find_names(content, offsets)
        assert time.process_time() - start < allowed


def test_a_cut_in_a_long_row_falls_between_characters():
    row = "ж" * 5000 + " Иван Петров " + "я" * 5000
    spans = found([row], language_ids(["bg"]))
    assert all(row.encode()[start:end].decode() for _, start, end, _, _ in spans)
