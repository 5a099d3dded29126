"""Statements about health, belief and the like are told from near misses, and children's data is cut."""

import io

import numpy as np
import polars as pl
import pytest

from demur.filters.identifiers import IdentifierClass, Span
from demur.filters.special import KINDS, child_spans, cut_children, statements
from demur.filters.special_places import LANGUAGES, WORD_KINDS, Kind, Part
from demur.filters.special_tables import WordListError, build_table, codes_by_word, load_table, read_table
from demur.filters.tables import TablesStaleError

TOLD = (
    ("en", "I have diabetes", ["health"], []),
    ("en", "my brother has HIV", [], ["health"]),
    ("en", "My neighbour is gay and nobody knows", [], ["sexuality"]),
    ("en", "[NAME] is a muslim", [], ["religion"]),
    ("en", "I joined the union. Our boss voted for Brexit", ["union"], ["politics"]),
    ("de", "Ich bin schwul", ["sexuality"], []),
    ("de", "Meine Schwester hat Krebs", [], ["health"]),
    ("fr", "je suis diabétique", ["health"], []),
    ("es", "Mi hermano está en la cárcel", [], ["crime"]),
    ("pl", "Mój brat ma depresję", [], ["health"]),
    ("bg", "Аз съм мюсюлманин", ["religion"], []),
    ("el", "Η μητέρα μου έχει καρκίνο", [], ["health"]),
    ("fi", "Olen muslimi", ["religion"], []),
)
NEAR_MISSES = (
    ("en", "Diabetes research is funded by the city"),
    ("en", "People with cancer need better care"),
    ("en", "My dog has cancer"),
    ("en", "Are you gay?"),
    ("en", "The green door is new"),
    ("de", "Der Krebs ist ein Sternzeichen"),
    ("fr", "Le musée de l'islam est fermé"),
)
LISTS = (
    *("self", "mine", "person", "they", "theirs", "nobody", "topic", "child", "school", "years", "named"),
    *("am", "is", "be", "i_have", "has", "have", "i_join", "joins", "join"),
)


@pytest.mark.parametrize(("language", "text", "own", "others"), TOLD)
def test_a_statement_tells_its_kind_and_of_whom(language, text, own, others):
    found = statements([text], [language])
    assert (found.own.to_list(), found.others.to_list()) == ([own], [others])


@pytest.mark.parametrize(("language", "text"), NEAR_MISSES)
def test_a_term_without_a_person_tells_nothing(language, text):
    found = statements([text], [language])
    assert (found.own.to_list(), found.others.to_list()) == ([[]], [[]])


def test_a_row_without_a_language_is_read_in_all():
    texts = ["Meine Schwester hat Krebs", "my brother has HIV", None]
    assert statements(texts).others.to_list() == [["health"], ["health"], []]
    assert statements(texts, ["xx", None, None]).others.to_list() == [["health"], ["health"], []]


def test_a_child_loses_its_name_age_and_school():
    cut = cut_children(["my daughter Anna, 7, goes to Hill Primary School now"], ["en"])
    assert cut.texts.to_list() == ["my daughter [NAME], [OTHER], goes to [OTHER] now"]
    assert cut.counts == {"other": 2, "person": 1}
    assert cut.cuts.to_list() == [3]


def test_spans_of_children_count_code_points():
    assert child_spans(["🙂 mein Sohn Jörg ist da", "nothing here"], ["de", "en"]) == [
        [Span(12, 16, IdentifierClass.PERSON)],
        [],
    ]


def test_adults_keep_their_names_and_ages():
    texts = ["my wife Anna is 34 years old", "the kids love school", "my son is 25"]
    assert cut_children(texts, ["en"] * 3).texts.to_list() == texts


def test_kinds_are_named_as_detectors_name_them():
    assert tuple(kind.name.lower() for kind in Kind) == KINDS


def test_the_places_of_all_parts_fit():
    assert Part.FIRST_LANGUAGE + 2 * len(LANGUAGES) <= WORD_KINDS


@pytest.mark.slow
def test_the_table_of_the_package_is_what_its_words_compile_to():
    assert np.array_equal(build_table(), load_table())


def test_a_table_of_other_words_is_refused():
    content = io.BytesIO()
    np.savez(content, digest=np.frombuffer(b"0" * 64, dtype=np.uint8), table=load_table())
    with pytest.raises(TablesStaleError, match="made of words 000000000000"):
        read_table(content.getvalue())


def test_a_word_with_too_many_meanings_is_refused():
    lists = {**dict.fromkeys(LISTS, ""), **{kind.name.lower(): {} for kind in Kind}}
    assert b"twin" in codes_by_word("xx", lists | dict.fromkeys(LISTS[:3], "twin"))
    with pytest.raises(WordListError, match="has 4 meanings, 3 are allowed"):
        codes_by_word("xx", lists | dict.fromkeys(LISTS[:4], "twin"))


def test_a_column_keeps_its_nulls():
    assert cut_children(pl.Series([None, ""], dtype=pl.String)).texts.to_list() == [None, ""]


def test_a_cut_leaves_the_column_that_it_was_given_and_is_counted_whatever_number_of_readings_it_takes():
    given = pl.Series(["nothing", "frisör Tim my son Tim½@Bob friskola"])
    cut = cut_children(given, ["sv", "sv"])
    assert given.to_list() == ["nothing", "frisör Tim my son Tim½@Bob friskola"]
    assert cut_children(cut.texts, ["sv", "sv"]).texts.to_list() == cut.texts.to_list()
    assert cut.cuts.to_list() == [0, sum(cut.counts.values())]
