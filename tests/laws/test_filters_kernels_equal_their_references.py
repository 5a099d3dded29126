"""Laws of the kernels: what compiled code finds is what the plain reference finds, on any text."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from demur.filters import suppressions as module
from demur.filters.duplicates import band_runs, duplicate_groups, signatures, signatures_reference
from demur.filters.folding import fold_word_character, is_dropped
from demur.filters.suppressions import build_suppressions, find, find_reference, mask, mask_reference
from demur.filters.words import WORD_SEPARATOR, shared_word_table, words

KEY = bytes(range(32))
WORD = st.sampled_from(
    ("anna", "Ánna", "аnna", "lynx", "LYNX", "ß", "ss", "ﬁ", "x", "漢", "1", "①", "[PHONE]", "é" * 9)
)
GAP = st.sampled_from((" ", "-", "\u200b", "\u0301", "", "\n", "😀", "_", "½", "[", "\x00"))
TEXT = st.one_of(
    st.text(max_size=60), st.lists(st.tuples(WORD, GAP), max_size=14).map(lambda parts: "".join(map("".join, parts)))
)
TEXTS = st.lists(st.one_of(st.none(), TEXT), max_size=8).map(lambda rows: pl.Series("text", rows, dtype=pl.String))
TERMS = st.lists(TEXT.filter(words), max_size=6)


@given(TEXTS, TERMS)
def test_find_equals_its_reference(texts, terms):
    suppressions = build_suppressions(terms, KEY)
    assert find(texts, suppressions) == find_reference(texts, suppressions)
    masked, reference = mask(texts, suppressions), mask_reference(texts, suppressions)
    assert (masked.texts.to_list(), masked.cuts.to_list()) == (reference.texts.to_list(), reference.cuts.to_list())


@given(TEXT.filter(words))
def test_a_text_that_is_a_term_is_found_unless_a_placeholder_parts_it(text):
    suppressions = build_suppressions([text], KEY)
    if "[PHONE]" not in text:
        assert [len(hits) > 0 for hits in find(pl.Series([text]), suppressions)] == [True]


@given(TEXTS, TERMS)
def test_masking_twice_changes_nothing(texts, terms):
    suppressions = build_suppressions(terms, KEY)
    once = mask(texts, suppressions)
    twice = mask(once.texts, suppressions)
    assert (twice.texts.to_list(), twice.count) == (once.texts.to_list(), 0)


@given(TEXTS, TERMS)
def test_the_kernel_finds_exactly_the_rows_whose_words_hold_a_term(texts, terms):
    suppressions = build_suppressions(terms, KEY)
    plain = texts.str.replace_all("[", "(", literal=True)
    expected = [row for row, hits in enumerate(find_reference(plain, suppressions)) if hits]
    found = set(module._look_up(plain, suppressions)[:, 0].tolist()) if len(suppressions) else set()  # noqa: SLF001 -- the law is about a step
    assert sorted(found) == expected


@given(TEXTS)
def test_signatures_equal_their_reference(texts):
    assert signatures(texts).equals(signatures_reference(texts))


@given(TEXTS, st.integers(0, 8))
def test_a_signature_depends_on_the_text_alone(texts, place):
    parts = pl.concat([signatures(texts[:place]), signatures(texts[place:])])
    assert parts.equals(signatures(texts))


@given(TEXTS, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_of_items(texts, random):
    keys = pl.Series("item_key", [bytes([row]) for row in range(len(texts))], dtype=pl.Binary)
    order = random.sample(range(len(texts)), len(texts))
    straight = duplicate_groups(band_runs(keys, signatures(texts)))
    mixed = duplicate_groups(band_runs(keys.gather(order), signatures(texts.gather(order))))
    assert straight.equals(mixed)


def test_the_table_of_the_kernel_holds_the_fold_of_every_character():
    table = shared_word_table()
    content = table.folded.tobytes().decode()
    assert content
    wrong = 0
    for code in (*range(0xD800), *range(0xE000, 0x110000)):
        length, start = int(table.lengths[code]), int(table.starts[code])
        form = fold_word_character(chr(code))
        expected = len(form.encode()) or (-1 if is_dropped(chr(code)) else WORD_SEPARATOR)
        wrong += length != expected or (length > 0 and table.folded[start : start + length].tobytes().decode() != form)
    assert wrong == 0
