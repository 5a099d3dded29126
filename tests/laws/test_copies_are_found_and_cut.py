"""Laws of copies: however a copy is written it is found and cut, nothing of it is left, and nothing else is touched."""

import unicodedata

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from demur.filters.copies import (
    Fingerprints,
    drop_older,
    find_copies,
    find_copies_reference,
    index_texts,
    index_texts_reference,
    quoted_spans,
)
from demur.filters.trail import Trail
from demur.filters.words import words

# Two vocabularies that share no word: what is objected to, and what stands around it.
OBJECTED = (
    *("quiet", "lynx", "étang", "walked", "straße", "über", "зимой", "вечером", "λίμνη", "snow", "valley", "frozen"),
    *("łódź", "don't", "ten", "naïve", "漢字", "7", "a", "of"),
)
AROUND = ("bread", "train", "music", "garden", "paper", "orange", "seven", "doctor", "кино", "σπίτι")
EMOJI = ("😀", "👩‍👩‍👧", "❤️", "🇪🇺")
LOOK_ALIKES = str.maketrans("aeopcxy", "аеорсху")

SENTENCE = (
    st.lists(st.sampled_from(OBJECTED), min_size=6, max_size=24)
    .map(" ".join)
    .filter(lambda text: len(_letters(text)) >= 24 and len(set(text.split())) >= 4)
)
FILLER = st.lists(st.sampled_from(AROUND), max_size=6).map(" ".join)


def cut_copies(texts, matches):
    """Cut copies out of published texts."""
    return Trail.begin(texts).cut(quoted_spans(texts, matches)).texts


def _letters(text):
    return "".join(word.form for word in words(text))


def _between(gap):
    return lambda text: text.replace(" ", gap)


def _in_the_middle(mark):
    return lambda text: text[: len(text) // 2] + mark + text[len(text) // 2 :]


def _without_accents(text):
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _mathematical(text):
    return "".join(chr(ord(letter) + 0x1D3BF) if "A" <= letter <= "Z" else letter for letter in text.upper())


MUTATIONS = {
    "upper case": str.upper,
    "capital letters": str.title,
    "spaces": _between(" \u00a0\n\t"),
    "no spaces": _between(""),
    "signs": _between(", -- "),
    "signs alone": _between("..."),
    **{f"{emoji} between": _between(f" {emoji} ") for emoji in EMOJI},
    "emoji alone": _between("😀"),
    "spaced letters": " ".join,
    "zero-width": _in_the_middle("\u200b"),
    "soft hyphen": _in_the_middle("\u00ad"),
    "sign in a word": _in_the_middle("'"),
    "mark on a letter": _in_the_middle("\u0308"),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "no accents": _without_accents,
    "look-alikes": lambda text: text.translate(LOOK_ALIKES),
    "mathematical": _mathematical,
}
MUTATION = st.lists(st.sampled_from(sorted(MUTATIONS)), max_size=2, unique=True)


def _mutated(text, mutations):
    for name in mutations:
        text = MUTATIONS[name](text)
    return text


def _index(texts, published=None):
    dates = [None] * len(texts) if published is None else published
    return index_texts(*_columns(texts, dates))


def _columns(texts, dates):
    moment = pl.Series(dates, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    return pl.Series(texts, dtype=pl.String), pl.Series(range(len(texts)), dtype=pl.UInt32), moment


# -------------------------------------------------------------------------------------------------------- found and cut
@given(SENTENCE, FILLER, FILLER, MUTATION)
def test_a_changed_copy_is_found_whole_and_cut_to_one_placeholder(text, before, after, mutations):
    copy = _mutated(text, mutations)
    items = pl.Series([f"{before} : {copy} ; {after}"])
    matches = find_copies(items, _index([text]))
    assert matches.filter("is_whole")["number"].to_list() == [0]
    assert cut_copies(items, matches).to_list() == [f"{before} : [QUOTED] ; {after}"]


EXCERPTS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=5)


@given(SENTENCE, SENTENCE, FILLER, EXCERPTS)
def test_after_the_cut_no_shingle_of_a_text_that_counts_is_left(text, other, filler, excerpts):
    pieces = f"{text} {filler} {other}".split()
    drawn = (" ".join(pieces[start : start + length]) for start, length in excerpts)
    items = pl.Series([" , ".join([*drawn, text, *pieces[::2]])])
    matches = find_copies(items, _index([text, other]))
    left = [_shingles(piece) for piece in cut_copies(items, matches)[0].split("[QUOTED]")]
    counted = [[text, other][number] for number in matches["number"].unique()]
    assert text in counted
    assert [shingle for one in counted for shingle in _shingles(one) if any(shingle in piece for piece in left)] == []


def _shingles(text):
    forms = [word.form for word in words(text)]
    spans = (tuple(forms[first : first + 4]) for first in range(len(forms) - 3))
    return {span for span in spans if len("".join(span)) >= 16}


@given(st.lists(SENTENCE, max_size=4), st.lists(st.one_of(st.none(), FILLER, st.text(max_size=60)), max_size=6))
def test_texts_without_a_copy_are_returned_as_they_are(texts, items):
    column = pl.Series("text", items, dtype=pl.String)
    matches = find_copies(column, _index(texts))
    assert matches.rows() == []
    assert cut_copies(column, matches).equals(column, null_equal=True)


@given(st.lists(SENTENCE, min_size=1, max_size=3), FILLER, st.randoms(use_true_random=False))
def test_cutting_twice_changes_nothing(texts, filler, random):
    pieces = [*texts, *texts, filler, *texts[0].split()[:9]]
    random.shuffle(pieces)
    items = pl.Series([" ".join(pieces), random.choice(["; ", ""]).join(pieces)])
    index = _index(texts)
    once = cut_copies(items, find_copies(items, index))
    assert cut_copies(once, find_copies(once, index)).to_list() == once.to_list()


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), max_size=4))
def test_any_spans_are_cut_between_characters_and_the_rest_stays(text, spans):
    content = text.encode()
    inside = [(start, min(start + length, len(content))) for start, length in spans if start < len(content)]
    frame = pl.DataFrame([(0, *span) for span in inside], schema=["place", "start", "end"], orient="row")
    left = cut_copies(pl.Series([text]), frame)[0].split("[QUOTED]")
    place = 0
    for piece in left:
        place = text.index(piece, place) + len(piece)
    assert (text.startswith(left[0]), text.endswith(left[-1]), len(left) <= len(inside) + 1) == (True, True, True)


# --------------------------------------------------------------------------------------------------------------- oracle
# Words of five letters of which no two joined hold a third: with them letters agree where words do.
FIVE = [f"{first}{second}{first}xz" for first in "abcdefghij" for second in "klmn"]


@given(
    st.lists(st.lists(st.sampled_from(FIVE), min_size=4, max_size=26, unique=True), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 26), st.integers(1, 26)), max_size=5),
)
def test_what_counts_is_what_a_plain_search_for_words_says(texts, excerpts):
    item = [
        word for text, first, length in excerpts for word in ["-", *texts[text % len(texts)][first : first + length]]
    ]
    matches = find_copies(pl.Series([" ".join(item)]), _index([" ".join(text) for text in texts]))
    expected = {number: share for number, text in enumerate(texts) if (share := _plain_share(text, item)) is not None}
    assert dict(matches.select("number", "share").unique().rows()) == _of_the_oldest_equals(texts, expected)


def _plain_share(text, item):
    """Look for every run of words of a text; an item's dash is no word."""
    spoken = [word for word in item if word != "-"]

    def holds(first, length):
        run = text[first : first + length]
        return len(run) == length and any(spoken[place : place + length] == run for place in range(len(spoken)))

    found = [first for first in range(len(text)) if holds(first, 4)]
    covered = {first + word for first in found for word in range(4)}
    is_long = any(holds(first, min(12, len(text))) for first in range(len(text)))
    share = len(found) / (len(text) - 3)
    return share if is_long or (share >= 0.5 and len(covered) >= 8) else None


def _of_the_oldest_equals(texts, shares):
    return {number: share for number, share in shares.items() if texts[:number].count(texts[number]) < 2}


# -------------------------------------------------------------------------------------------------------------- kernels
WORD = st.sampled_from(
    (*OBJECTED, *AROUND, "ﬁ", "½", "①", "[QUOTED]", "[QUOTED", "[PHONE]", "ไทย", "e" * 30, "हिन्दी", "\ufdfa", "한국어")
)
GAP = st.sampled_from((" ", "", "-", "\u200b", "\u0301", "\n", "😀", "_", "[", "\x00", "'"))
TEXT = st.one_of(
    st.text(max_size=80), st.lists(st.tuples(WORD, GAP), max_size=30).map(lambda parts: "".join(map("".join, parts)))
)
TEXTS = st.lists(st.one_of(st.none(), TEXT), max_size=8)
DATES = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=8, max_size=8)


@given(TEXTS, DATES)
def test_an_index_equals_its_reference_and_survives_a_round_trip(texts, dates):
    columns = _columns(texts, dates[: len(texts)])
    index = index_texts(*columns)
    content = index.to_bytes()
    assert content == index_texts_reference(*columns).to_bytes()
    assert Fingerprints.from_bytes(content).to_bytes() == content


@given(TEXTS, DATES, st.randoms(use_true_random=False))
def test_the_order_of_texts_does_not_change_a_byte_of_the_index(texts, dates, random):
    columns = _columns(texts, dates[: len(texts)])
    order = random.sample(range(len(texts)), len(texts))
    mixed = index_texts(*(column.gather(order) for column in columns))
    assert mixed.to_bytes() == index_texts(*columns).to_bytes()


@given(TEXTS, TEXTS, st.data())
def test_copies_equal_their_reference(texts, others, data):
    known = [text for text in texts if text]
    part = st.tuples(st.sampled_from(known), st.integers(0, 40), st.integers(10, 200)) if known else st.nothing()
    cut = part.map(lambda drawn: drawn[0][drawn[1] : drawn[1] + drawn[2]])
    joined = data.draw(st.lists(st.lists(st.one_of(cut, GAP), max_size=4).map("".join), max_size=4))
    items = pl.Series([*others, *texts, *joined], dtype=pl.String)
    index = _index(texts)
    assert find_copies(items, index).equals(find_copies_reference(items, index))


@given(TEXTS, st.integers(0, 16))
def test_a_result_depends_on_the_text_alone(texts, place):
    items, index = pl.Series([*texts, *texts], dtype=pl.String), _index(texts)
    parts = [find_copies(items[:place], index), find_copies(items[place:], index)]
    moved = parts[1].with_columns(pl.col("place") + min(place, len(items)))
    assert pl.concat([parts[0], moved]).equals(find_copies(items, index))


DATE = st.one_of(st.none(), st.integers(0, 9))


@given(SENTENCE, st.lists(st.tuples(DATE, st.one_of(st.none(), st.booleans())), max_size=5), DATE)
def test_a_text_is_dropped_exactly_if_somebody_else_had_it_before(text, items, written):
    moment = pl.Datetime("us", "UTC")
    matches = find_copies(pl.Series([text] * len(items), dtype=pl.String), _index([text]))
    published = pl.Series([at for at, _ in items], dtype=pl.Int64).cast(moment)
    covered = pl.Series([is_covered for _, is_covered in items], dtype=pl.Boolean)
    older = [at for at, is_covered in items if is_covered is False and None not in {at, written} and at < written]
    dropped = drop_older(matches, published, pl.Series([written], dtype=pl.Int64).cast(moment), covered)
    assert dropped == (frozenset({0}) if older else frozenset())
