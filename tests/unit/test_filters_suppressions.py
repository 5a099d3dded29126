"""Suppressions: what is cut, how it is kept, and how a wrong key or a torn table is refused."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from demur.filters import suppressions as module
from demur.filters.suppressions import (
    Hit,
    SuppressionKeyError,
    Suppressions,
    SuppressionTableError,
    SuppressionTermError,
    build_suppressions,
    find,
    find_reference,
    mask,
)

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


@pytest.mark.parametrize(
    ("term", "text", "masked"),
    [
        ("Éva Mária Kovács", "hello eva-maria KOVACS!", "hello [SUPPRESSED]!"),
        ("Eva Maria Kovacs", "hello Éva\u200b Mária Kovács", "hello [SUPPRESSED]"),
        ("Łucja Ząb", "lucja zab", "[SUPPRESSED]"),
        ("Марина Рис", "Mаринa  pиc, да", "[SUPPRESSED], да"),
        ("@quiet_lynx", "see @Quiet_Lynx there", "see @[SUPPRESSED] there"),
        ("anna.lynx@example.org", "ANNA.LYNX@EXAMPLE.ORG wrote", "[SUPPRESSED] wrote"),
        ("Straße", "in der STRASSE", "in der [SUPPRESSED]"),
        ("12 Rue de la Paix 75002 Paris", "au 12, rue de la Paix, 75002 Paris.", "au [SUPPRESSED]."),
        ("Anna Lynx", "Anna Lynxova and Joanna Lynx", "Anna Lynxova and Joanna Lynx"),
        ("suppressed phone", "[SUPPRESSED] phone [PHONE]", "[SUPPRESSED] phone [PHONE]"),
    ],
)
def test_a_term_is_cut_however_it_is_spelled(term, text, masked):
    assert mask(pl.Series([text]), build_suppressions([term], KEY)).texts.to_list() == [masked]


def test_overlapping_hits_are_one_cut_and_cuts_are_counted_per_row():
    suppressions = build_suppressions(["Anna Lynx", "Lynx Agora", "Bo"], KEY)
    result = mask(pl.Series(["Anna Lynx Agora met Bo", None, "nobody"]), suppressions)
    assert result.texts.to_list() == ["[SUPPRESSED] met [SUPPRESSED]", None, "nobody"]
    assert (result.cuts.to_list(), result.cuts.dtype, result.count) == ([2, 0, 0], pl.UInt32, 2)


def test_hits_are_places_in_the_original():
    texts = pl.Series(["😀 e\u0301va!", "x"])
    suppressions = build_suppressions(["Éva"], KEY)
    assert find(texts, suppressions) == find_reference(texts, suppressions) == [(Hit(start=2, end=6),), ()]


def test_the_table_holds_no_word_and_no_key_and_survives_a_round_trip():
    suppressions = build_suppressions(["quiet lynx", "lynx"], KEY)
    content = suppressions.to_bytes()
    back = Suppressions.from_bytes(content, KEY)
    assert (b"lynx" in content, KEY in content, "\\x01" in repr(suppressions)) == (False, False, False)
    assert (back.to_bytes(), back.digest(), back.lengths) == (content, suppressions.digest(), frozenset({1, 2}))
    assert mask(pl.Series(["Quiet Lynx"]), back).texts.to_list() == ["[SUPPRESSED]"]


def test_the_order_of_terms_does_not_change_a_byte():
    assert (
        build_suppressions(["b", "a c", "a"], KEY).to_bytes() == build_suppressions(["a", "b", "a c"], KEY).to_bytes()
    )


def test_another_key_gives_other_hashes_and_is_refused():
    table = build_suppressions(["lynx"], KEY)
    assert table.digest() != build_suppressions(["lynx"], OTHER_KEY).digest()
    with pytest.raises(SuppressionKeyError, match="another key"):
        Suppressions.from_bytes(table.to_bytes(), OTHER_KEY)


def test_a_torn_table_is_refused():
    content = build_suppressions(["lynx"], KEY).to_bytes()
    for torn in (content[:-1], content[:20], b"", b"x" + content[1:]):
        with pytest.raises(SuppressionTableError, match="bytes, found"):
            Suppressions.from_bytes(torn, KEY)


def test_a_term_without_letters_or_digits_is_refused_without_being_repeated():
    with pytest.raises(SuppressionTermError, match=r"^a suppression term holds no letter and no digit$"):
        build_suppressions(["🦄"], KEY)


def test_a_short_key_is_refused():
    with pytest.raises(SuppressionKeyError, match="a suppression key has 32 bytes, found 3"):
        build_suppressions(["lynx"], b"abc")


def test_an_entry_takes_less_than_twenty_bytes_in_memory():
    table = build_suppressions(map(str, range(2_000)), KEY)
    bloom, starts = module._filter(table)  # noqa: SLF001 -- what finding keeps is part of the promise
    arrays = (table.hashes, table.checks, bloom, starts)
    assert (len(table), sum(array.nbytes for array in arrays) < 20 * 2_000) == (2_000, True)


def test_two_spans_of_one_hash_are_told_apart_by_their_checks():
    table = build_suppressions(["lynx"], KEY)
    hashes, checks = np.repeat(table.hashes, 2), np.array([0, *table.checks], dtype=np.uint64)
    twin = Suppressions(hashes=hashes, checks=checks, lengths=table.lengths, key=KEY)
    other = Suppressions(hashes=hashes, checks=np.zeros(2, np.uint64), lengths=table.lengths, key=KEY)
    texts = pl.Series(["a lynx"])
    assert (find(texts, twin), find(texts, other)) == ([(Hit(start=2, end=6),)], [()])


def test_an_empty_table_reads_nothing_and_imports_no_compiler():
    program = (
        "import sys, polars as pl\n"
        "from demur.filters.suppressions import build_suppressions, mask\n"
        f"texts = pl.Series(['a', None])\nresult = mask(texts, build_suppressions([], {KEY!r}))\n"
        "print(result.texts.to_list(), result.count, 'numba' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "['a', None] 0 False\n"
