"""Law: what was found in one text is cut in every text, however it is written there and whatever found it."""

from itertools import accumulate

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.engines.local import LocalEngine
from demur.filters.consistency import hash_secrets, join_secrets, list_secrets, mask_mentions
from demur.filters.identifiers import PLACEHOLDER_PATTERN
from demur.filters.text import cut_parts, find_parts
from demur.filters.words import words
from demur.testing.small_platform import ignore_progress, read_rows, write_small_platform

KEY = bytes(range(16))
# Where each is found, and how it may stand elsewhere.
FOUND = {
    "ring mich an: +49 (0)171 1234567": ("0171/1234567", "00491711234567", "1711234567", "0171 12 34 567"),
    "mein Konto ist DE89 3704 0044 0532 0130 00": ("de89370400440532013000", "DE89-3704-0044-0532-0130-00"),
    "carte 4111 1111 1111 1111": ("4111111111111111", "4111-1111-1111-1111"),
    "PESEL 44051401359": ("44051401359", "440514 01359"),
    "write to anna.lynx85@example.org": ("anna.lynx85", "ANNA.LYNX85", "Anna.Lynx85@Example.Org"),
    "@quiet_lynx wrote it": ("quiet_lynx", "Quiet.Lynx"),
    "the server is 192.168.1.77": ("192.168.1.77",),
    "see https://www.example.org/a/b": ("example.org/a/b", "EXAMPLE.org/a/b"),
}
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
WAYS = st.sampled_from((str, str.upper, lambda text: text.translate(WIDE), "\u200b".join, lambda text: f"«{text}»."))
FILLER = st.lists(st.sampled_from(("tide", "[PHONE]", "7", "Ωδή", "😀", "ﬁn", "lynx,", "\n")), max_size=4).map(" ".join)
MENTION = st.tuples(st.sampled_from([mention for mentions in FOUND.values() for mention in mentions]), WAYS)
TEXT = st.tuples(FILLER, MENTION, FILLER).map(
    lambda drawn: (f"{drawn[0]} {drawn[1][1](drawn[1][0])} {drawn[2]}", drawn[1][0])
)


@pytest.fixture(scope="module")
def secrets():
    return list_secrets(hashed(list(FOUND)), KEY)


def hashed(texts):
    return hash_secrets(find_parts(pl.Series("text", texts), None), KEY)


def stretches(text):
    """List the letters of all stretches of words between placeholders."""
    for piece in PLACEHOLDER_PATTERN.split(text):
        forms = [word.form for word in words(piece)]
        for first in range(len(forms)):
            yield from accumulate(forms[first:])


def letters(text):
    return "".join(word.form for word in words(text))


@given(st.lists(TEXT, max_size=5))
def test_a_mention_of_what_was_found_is_cut_however_it_is_written(secrets, drawn):
    texts = pl.Series("text", [text for text, _ in drawn], dtype=pl.String)
    masked = mask_mentions(texts, secrets)
    for text, (_, mention) in zip(masked.texts, drawn, strict=True):
        assert letters(mention) not in set(stretches(text))
    again = mask_mentions(masked.texts, secrets)
    assert (again.texts.to_list(), int(again.cuts.sum())) == (masked.texts.to_list(), 0)


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=40), TEXT.map(lambda drawn: drawn[0])), max_size=6),
    st.integers(0, 6),
)
def test_a_text_is_cut_alike_whatever_stands_beside_it(secrets, rows, place):
    texts = pl.Series("text", rows, dtype=pl.String)
    parts = pl.concat([mask_mentions(texts[:place], secrets).texts, mask_mentions(texts[place:], secrets).texts])
    assert parts.to_list() == mask_mentions(texts, secrets).texts.to_list()


def test_neither_the_order_of_texts_nor_their_partition_changes_what_is_looked_for():
    texts = [*reversed(FOUND), *FOUND]
    assert join_secrets([hashed(texts[:3]), hashed(texts[3:9]), hashed(texts[9:])]).equals(hashed(list(FOUND)))


@pytest.mark.parametrize(
    "text",
    [
        "quiet lynx, and a quietlynx",
        "Anna Lynx85 wrote",
        "192 168 1 77",
        "x4111111111111111",
        "41111111111111112",
        "[PHONE] 0171 [EMAIL] 1234567",
        "[DE89] 3704",
    ],
)
def test_what_only_resembles_a_mention_stays(secrets, text):
    assert mask_mentions(pl.Series([text]), secrets).texts.to_list() == [text]


@pytest.mark.parametrize(
    "text", ["ask @sunshine", "mail info@example.org", "my PIN is 4711, tel 110", "go to example.org"]
)
def test_a_word_of_a_language_and_a_short_value_are_looked_for_nowhere(text):
    secrets = list_secrets(hashed([text]), KEY)
    later = pl.Series(["sunshine and info", "4711 or 110", "an example org"])
    assert mask_mentions(later, secrets).texts.to_list() == later.to_list()


def test_another_key_gives_other_hashes():
    other = hash_secrets(find_parts(pl.Series("text", list(FOUND)), None), bytes(range(1, 17)))
    assert set(hashed(list(FOUND))["hash"]).isdisjoint(other["hash"])


def test_what_is_found_in_one_partition_is_cut_in_all_and_counted(tmp_path):
    platform = write_small_platform(tmp_path)
    written = pl.concat([pl.read_parquet(path)["text"] for path in sorted((tmp_path / "content").glob("*.parquet"))])
    by_itself = written.str.contains("fern_42", literal=True) & ~written.str.contains("fern_42@", literal=True)
    assert by_itself.sum() > 10
    alone = written.filter(by_itself)
    assert cut_parts(alone, find_parts(alone, None)).texts.str.contains("fern_42", literal=True).all()

    built = platform.build(platform.plan(partitions=5), LocalEngine(), progress=ignore_progress)
    texts = read_rows(built.folder)["text"]
    assert (texts.str.contains("says [EMAIL]", literal=True).sum() > 0, texts.str.contains("fern_42").any()) == (
        True,
        False,
    )
    assert built.manifest.cuts["email"] == texts.str.count_matches("[EMAIL]", literal=True).sum()
    left = [path.name for path in (tmp_path / "corpora").rglob("*") if "secrets" in path.name or "cleaned" in path.name]
    assert left == []
