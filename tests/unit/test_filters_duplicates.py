"""Duplicates: which texts share a signature, how groups form, and who stays."""

import polars as pl
import pytest

from demur.filters.duplicates import (
    BAND_COLUMNS,
    band_runs,
    duplicate_groups,
    keepers,
    signatures,
    signatures_reference,
)

GOLDEN = [
    (8739451714849365258, 10697583979719521127, None),
    (12166372794645307538, 16152716101287437834, 2874128881940259300),
]
LONG = "the quiet lynx sat on the old stone wall and watched the snow fall over the valley all night long "


def _keys(count):
    return pl.Series("item_key", [bytes([number]) * 16 for number in range(count)])


def _groups(texts):
    return duplicate_groups(band_runs(_keys(len(texts)), signatures(pl.Series(texts))))


def _partition(texts):
    groups = _groups(texts)
    return [[key[0], group[0]] for key, group in groups.iter_rows()]


def test_equal_words_are_one_group_whatever_the_case_and_the_signs():
    assert _partition(["Good morning!", "good  MORNING", "good evening"]) == [[0, 0], [1, 0], [2, 2]]


def test_a_text_with_a_changed_end_is_a_near_duplicate():
    texts = [LONG * 3, LONG * 3 + "indeed", "another story about another animal in another place entirely"]
    assert _partition(texts) == [[0, 0], [1, 0], [2, 2]]


def test_short_texts_match_only_their_equals():
    assert _partition(["happy birthday to you", "happy birthday to me", "happy birthday to you"]) == [
        [0, 0],
        [1, 1],
        [2, 0],
    ]


def test_texts_without_words_match_only_their_equals():
    assert _partition(["❤️❤️", "😀", "❤️❤️"]) == [[0, 0], [1, 1], [2, 0]]


def test_a_null_and_an_empty_text_have_no_signature():
    signed = signatures(pl.Series([None, ""], dtype=pl.String))
    assert signed.null_count().row(0) == (2,) * (len(BAND_COLUMNS) + 1)
    assert band_runs(_keys(2), signed).rows() == []


def test_signatures_are_fixed_by_the_text():
    # A change here is a change of what counts as a duplicate: raise DUPLICATES_VERSION.
    signed = signatures(pl.Series(["Good morning!", LONG]))
    assert signed.select("exact", "band_00", "band_13").rows() == GOLDEN


def test_groups_are_connected_components_named_by_their_smallest_key():
    keys = _keys(6)
    runs = pl.DataFrame(
        {"band_hash": [1, 1, 2, 2, 3, 4, 4], "item_key": [keys[index] for index in (5, 3, 3, 2, 1, 4, 0)]},
        schema={"band_hash": pl.UInt64, "item_key": pl.Binary},
    )
    expected = [(keys[0], keys[0]), (keys[1], keys[1]), (keys[2], keys[2]), (keys[3], keys[2])]
    expected += [(keys[4], keys[0]), (keys[5], keys[2])]
    assert duplicate_groups(runs).rows() == duplicate_groups(runs.reverse()).rows() == expected
    assert keepers(duplicate_groups(runs))["item_key"].to_list() == [keys[0], keys[1], keys[2]]


def test_no_runs_give_no_groups():
    runs = band_runs(_keys(0), signatures(pl.Series([], dtype=pl.String)))
    assert duplicate_groups(runs).rows() == []


@pytest.mark.parametrize("text", [LONG, "a b c d e", "a b c d", "", "ﬁn ½ e\u0301 \u200b 漢字 𝐉𝐨e ΑΣ ας"])
def test_the_kernel_equals_the_reference(text):
    texts = pl.Series([text, text * 7])
    assert signatures(texts).equals(signatures_reference(texts))
