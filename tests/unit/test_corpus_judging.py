"""What the partition function finds in texts, and how facts and findings become one decision."""

import unicodedata

import polars as pl
import pytest

from demur.corpus.judging import (
    FINDING_COLUMNS,
    decide_findings,
    describe_told,
    is_empty,
    item_pseudonym,
    item_pseudonyms,
)
from demur.policy.ruleset import load_ruleset

RULESET = load_ruleset("eu-2025")
CORPUS_ID = bytes(range(32))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, True),
        ("", True),
        ("  \n\t ", True),
        ("[EMAIL]", True),
        ("[EMAIL], [PHONE]!!! [SUPPRESSED]", True),
        ("...", True),
        ("\u200b\u00a0", True),
        ("[EMAIL] hi", False),
        ("[email]", False),
        ("7", False),
        ("😀", False),
        ("ναι", False),
    ],
)
def test_nothing_is_left_of_placeholders_space_and_punctuation(text, expected):
    assert is_empty(pl.Series([text], dtype=pl.String)).to_list() == [expected]


def test_an_item_pseudonym_is_the_same_for_equal_text_however_its_accents_are_stored():
    texts = pl.Series(["Grüße", unicodedata.normalize("NFD", "Grüße"), None])
    name = item_pseudonym("Grüße".encode(), CORPUS_ID)
    assert item_pseudonyms(texts, CORPUS_ID).to_list() == [name, name, None]
    assert len(name) == 16


def test_an_item_pseudonym_differs_in_every_corpus():
    assert item_pseudonym(b"text", CORPUS_ID) != item_pseudonym(b"text", bytes(32))


def candidates(*rows):
    """Make candidates of what was found in each."""
    found = [{**dict.fromkeys(FINDING_COLUMNS, False), **row} for row in rows]
    return pl.DataFrame(found, schema=FINDING_COLUMNS)


def test_content_decides_what_the_facts_let_in_in_the_order_of_the_rules():
    rows = candidates(
        {},
        {"is_picture_only": True, "is_empty": True},
        {"is_empty": True},
        {"mentions_objector": True},
        {"mentions_objector": True},
        {"is_picture_only": None},
    )
    is_duplicate = pl.Series([False, True, True, True, False, False])
    assert decide_findings(rows, is_duplicate, RULESET).rows() == [
        ("include", "eligible"),
        ("exclude", "image_unfiltered"),
        ("exclude", "nothing_left"),
        ("exclude", "duplicate"),
        ("redact", "mentions_objector"),
        ("exclude", "image_unfiltered"),
    ]


def test_what_a_text_tells_decides_without_any_detector():
    texts = ("My colleague has HIV", "I have diabetes", "my son Tim is 7", "Diabetes research costs money")
    told = describe_told(pl.Series(texts), pl.Series(["en"] * len(texts)))
    nothing_repeats = pl.repeat(value=False, n=len(texts), eager=True)
    assert decide_findings(candidates(*told.to_dicts()), nothing_repeats, RULESET).rows() == [
        ("exclude", "third_party_special_category"),
        ("exclude", "special_category"),
        ("redact", "names_minor"),
        ("include", "eligible"),
    ]
