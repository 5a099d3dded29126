"""Laws of the identifier filter: spans lie in the text, twice is once, neighbours do not matter, nothing crashes."""

import time

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demur.filters.text import redact, spans

PIECES = st.sampled_from(
    (
        *(
            "anna@example.org",
            "anna [at] example (dot) org",
            " at ",
            " dot ",
            "@lynx",
            "@",
            "https://example.org/a",
            "www.",
        ),
        *("+49 171 1234567", "0171/1234567", "06 12 34 56 78", "tel. ", "order ", "PESEL ", "44051401359", "IBAN "),
        *("Hauptstraße 5", "rue de la Paix ", "12 ", ", 75001 Paris", " Street", "utca 3.", "ul. ", "Postfach 12"),
        *("DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111", "192.168.1.77", "fe80::1", "54362315K", "12.05.2024"),
        *(
            "[PHONE]",
            "[ID]",
            "[",
            "]",
            "(",
            ")",
            " ",
            "\n",
            "-",
            ".",
            ",",
            "/",
            "€",
            "x",
            "1",
            "22",
            "123456789",
            "0",
            "+",
        ),
        *(
            "😀",
            "\u200b",
            "\u0301",
            "\x00",
            "½",
            "ﬁ",
            "\u202e",
            "０１７１",
            "1️⃣",
            "ѕ",
            "№",
            "𝟙",
            "é",
            "\ufdfa",
            "⒈",
            "٣",
        ),
    ),
)
TEXT = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map("".join))
LANGUAGE = st.sampled_from((None, "de", "fr", "en", "da", "xx", ""))
ROWS = st.lists(st.tuples(st.one_of(st.none(), TEXT), LANGUAGE), max_size=6)


def _columns(rows):
    texts = pl.Series("text", [text for text, _ in rows], dtype=pl.String)
    return texts, pl.Series("language", [language for _, language in rows], dtype=pl.String)


@given(ROWS)
@example([("a@b.deﷺ@lynx0171/1234567½@example.org", "de"), ("@lynx", None)])
def test_spans_lie_in_the_text_and_never_overlap(rows):
    texts, languages = _columns(rows)
    for text, found in zip(texts, spans(texts, languages), strict=True):
        ends = [0, *(place for span in found for place in (span.start, span.end)), len(text or "")]
        assert ends == sorted(ends)
        assert all(span.start < span.end for span in found)


@given(ROWS)
@example([("0171234567@lynx", "de"), ("123456 eur@example.org", "da"), ("½@a.de ﬁ@b.org", None)])
def test_redacting_twice_changes_nothing(rows):
    texts, languages = _columns(rows)
    once = redact(texts, languages)
    twice = redact(once.texts, languages)
    assert (twice.texts.to_list(), int(twice.cuts.sum())) == (once.texts.to_list(), 0)


@given(ROWS, st.integers(0, 6))
def test_a_split_into_batches_never_changes_a_result(rows, place):
    texts, languages = _columns(rows)
    whole = redact(texts, languages)
    parts = [redact(texts[:place], languages[:place]), redact(texts[place:], languages[place:])]
    assert [text for part in parts for text in part.texts] == whole.texts.to_list()
    assert [cut for part in parts for cut in part.cuts] == whole.cuts.to_list()
    assert {name: sum(part.counts[name] for part in parts) for name in whole.counts} == whole.counts


@given(ROWS)
def test_what_remains_is_the_text_around_the_spans(rows):
    texts, languages = _columns(rows)
    redacted = redact(texts, languages)
    for text, found, cut in zip(texts, spans(texts, languages), redacted.texts, strict=True):
        if text is not None:
            starts = [0, *(span.end for span in found)]
            ends = [*(span.start for span in found), len(text)]
            kept = [text[start:end] for start, end in zip(starts, ends, strict=True)]
            labels = [span.label.placeholder for span in found]
            assert cut == "".join(piece + label for piece, label in zip(kept, [*labels, ""], strict=True))


LONGEST = {"digits": "1", "at signs": "@", "emoji": "😀", "labels": "a."}
LONG = {
    "local parts": "a@",
    "families": "👩‍👩‍👧",
    "domains": "@a.a",
    "spelled digits": "1 ",
    "phones": "0612345678 ",
    "accounts": "DE89 ",
    "spaces": " ",
    "brackets": "[at]",
    "words": "a at b dot ",
    "schemes": "://",
    "colons": "1:",
    "marks": "e\u0301",
    "pairs": "12 ",
    "addresses": "a@b.org ",
    "octets": "1.1.1.",
    "streets": "rue de la Paix ",
    "houses": "12, ",
    "streets and houses": "Hauptstraße 5, 10115 Berlin ",
}


def _seconds(piece, length):
    texts = pl.Series([piece * (length // len(piece))])
    began = time.process_time()
    redact(texts)
    return time.process_time() - began


# A backtracking pattern stalled 64 s on one line of emoji (dolma issue 123); a quadratic one takes hours here.
@pytest.mark.parametrize("name", LONGEST)
def test_a_line_of_a_million_characters_takes_seconds(name):
    assert _seconds(LONGEST[name], 1_000_000) < 20


@pytest.mark.parametrize("name", LONG)
def test_a_long_line_of_one_piece_takes_seconds(name):
    assert _seconds(LONG[name], 100_000) < 10
