"""Laws of the evaluation of the text filter: gold spans are where the values are, a seed says all, scores agree."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from text_evaluation import scorer
from text_evaluation.generator import assemble, generate
from text_evaluation.names import Half
from text_evaluation.posts import GoldSpan, Label, Post, Value
from text_evaluation.scorer import LABELS, Count

LABEL = st.sampled_from((Label.PERSON, Label.PHONE, Label.IP))
PIECES = st.lists(
    st.one_of(
        st.text("aß😂\n", max_size=4), st.builds(Value, text=st.text("aß😂\n", min_size=1, max_size=4), label=LABEL)
    ),
    max_size=6,
)


@given(PIECES)
def test_a_span_holds_the_value_that_was_written(pieces):
    post = assemble(pieces, "en")
    values = [piece for piece in pieces if isinstance(piece, Value)]
    assert [(post.text[span.start : span.end], span.label) for span in post.spans] == [
        (v.text, v.label) for v in values
    ]


@given(st.integers(0, 1000), st.integers(1, 12))
def test_the_same_seed_gives_the_same_posts_whatever_the_count(seed, count):
    posts = generate(count, seed=seed)
    assert posts == generate(count + 2, seed=seed)[:count]
    for post in posts:
        places = [0, *(place for span in post.spans for place in (span.start, span.end)), len(post.text)]
        assert places == sorted(places)
        assert all(post.text[span.start : span.end].strip() for span in post.spans)


def test_posts_are_as_many_clean_and_hidden_as_they_claim():
    posts = generate(960, seed=7)
    clean = sum(not post.spans for post in posts) / len(posts)
    hidden = sum(any(span.hidden for span in post.spans) for post in posts) / len(posts)
    assert clean >= 0.2
    assert hidden >= 0.1
    assert {len(post.spans) for post in posts} == {0, 1, 2, 3}
    assert generate(48, seed=7, half=Half.TRAINING) != posts[:48]


def test_a_filter_that_finds_all_and_nothing_else_scores_full_marks():
    posts = generate(480, seed=3)
    found = [[(span.start, span.end, span.label.value) for span in post.spans] for post in posts]
    sums = scorer.count(posts, found).sum(axis=0)
    for share in (scorer.f1, scorer.masked, scorer.whole, scorer.hidden_whole):
        assert set(share(sums)[~np.isnan(share(sums))]) == {1.0}
    assert scorer.clean_hit(posts, found).value == 0


@st.composite
def scored(draw):
    """A post with gold spans side by side, and finds anywhere."""
    text = draw(st.text(alphabet="ab \u200b", min_size=1, max_size=12))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    gold = tuple(
        GoldSpan(start=start, end=end, label=draw(LABEL), form="plain", hidden=draw(st.booleans()))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    )
    places = st.integers(0, len(text))
    finds = draw(st.lists(st.tuples(places, places, LABEL.map(str)), max_size=4, unique=True))
    return Post(text=text, language="en", spans=gold), [find for find in finds if find[0] < find[1]]


@given(st.lists(scored(), min_size=1, max_size=5))
def test_counts_equal_those_of_a_plain_oracle(rows):
    posts, found = [post for post, _ in rows], [finds for _, finds in rows]
    sums = scorer.count(posts, found).sum(axis=0)
    for place, label in enumerate(LABELS):
        spans = [(row, span) for row, post in enumerate(posts) for span in post.spans if span.label is label]
        finds = [(row, find) for row, each in enumerate(found) for find in each if find[2] == label.value]
        equal = [row for row, span in spans if (row, (span.start, span.end, label.value)) in finds]
        masks = [
            [any(start <= at < end for start, end, _ in found[row]) for at in range(span.start, span.end)
             if posts[row].text[at] not in " \u200b"]
            for row, span in spans
        ]  # fmt: skip
        assert sums[place, [Count.EQUAL, Count.FOUND, Count.GOLD]].tolist() == [len(equal), len(finds), len(spans)]
        assert sums[place, [Count.CHARACTERS, Count.MASKED]].tolist() == [sum(map(len, masks)), sum(map(sum, masks))]
        assert sums[place, Count.WHOLE] == sum(map(all, masks))
    assert np.array_equal(sums, scorer.count(posts[::-1], found[::-1]).sum(axis=0))
