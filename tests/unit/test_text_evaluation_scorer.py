"""The scorer gives the figures that a hand gives, and the reader of labelled posts the right spans."""

import gzip

import numpy as np
import pytest
from text_evaluation import scorer
from text_evaluation.posts import TEN, GoldSpan, Label, Post
from text_evaluation.scorer import LABELS, Count, Resampled
from text_evaluation.tweets import read_posts


def gold(start, end, label, *, hidden=False, form="plain"):
    return GoldSpan(start=start, end=end, label=label, form=form, hidden=hidden)


# "call Ann Ox 123" and "ann [at] ox": two names, a number and a hidden address.
POSTS = [
    Post(
        text="call Ann Ox 123",
        language="en",
        spans=(gold(5, 11, Label.PERSON), gold(12, 15, Label.PHONE, form="short")),
    ),
    Post(text="ann [at] ox", language="en", spans=(gold(0, 11, Label.EMAIL, hidden=True, form="brackets"),)),
    Post(text="nothing here", language="de", spans=()),
    Post(text="nor here", language="de", spans=()),
]
# The name in two pieces; the number exactly; half of the address under another label; one clean post of two hit.
FOUND = [
    [(5, 8, "PERSON"), (9, 11, "PERSON"), (12, 15, "PHONE")],
    [(0, 3, "HANDLE")],
    [(0, 7, "PERSON")],
    [],
]


def cells(label):
    return scorer.count(POSTS, FOUND).sum(axis=0)[LABELS.index(label)].tolist()


def test_counts_are_those_of_a_hand():
    # equal, found, gold, characters, masked, whole, hidden, hidden whole
    assert cells(Label.PERSON) == [0, 3, 1, 5, 5, 1, 0, 0]
    assert cells(Label.PHONE) == [1, 1, 1, 3, 3, 1, 0, 0]
    assert cells(Label.EMAIL) == [0, 0, 1, 9, 3, 0, 1, 0]
    assert cells(Label.HANDLE) == [0, 1, 0, 0, 0, 0, 0, 0]


def test_shares_are_those_of_a_hand():
    sums = scorer.count(POSTS, FOUND).sum(axis=0).astype(float)
    by_label = {label: float(value) for label, value in zip(LABELS, scorer.f1(sums), strict=True)}
    assert by_label[Label.PERSON] == 0
    assert by_label[Label.PHONE] == 1
    assert np.isnan(by_label[Label.IBAN])
    assert float(scorer.macro(scorer.f1, (Label.PERSON, Label.PHONE, Label.IBAN))(sums)) == pytest.approx(0.5)
    assert float(scorer.macro(scorer.masked, TEN)(sums)) == pytest.approx((1 + 1 + 3 / 9) / 3)
    assert scorer.hidden_whole(sums)[LABELS.index(Label.EMAIL)] == 0


def test_two_overlapping_finds_of_one_label_count_twice_and_mask_once():
    found = [[(5, 11, "PERSON"), (5, 15, "PERSON")], [], [], []]
    sums = scorer.count(POSTS, found).sum(axis=0)
    assert sums[LABELS.index(Label.PERSON), [Count.EQUAL, Count.FOUND, Count.MASKED]].tolist() == [1, 2, 5]
    assert sums[LABELS.index(Label.PHONE), Count.WHOLE] == 1


def test_white_space_and_invisible_characters_need_no_mask():
    post = Post(text="A\u200bn n", language="en", spans=(gold(0, 5, Label.PERSON),))
    assert scorer.secret_places(post.text, post.spans[0]) == [0, 2, 4]


def test_a_label_that_nobody_knows_masks_and_is_no_find():
    sums = scorer.count(POSTS, [[(5, 11, "?")], [], [], []]).sum(axis=0)
    assert sums[..., Count.FOUND].sum() == 0
    assert sums[LABELS.index(Label.PERSON), Count.WHOLE] == 1


def test_clean_posts_hit_has_wilsons_interval():
    estimate = scorer.clean_hit(POSTS, FOUND)
    assert estimate.value == 0.5
    # Wilson, one of two at 95 %: 0.0945 to 0.9055.
    assert (estimate.low, estimate.high) == (pytest.approx(0.0945, abs=1e-4), pytest.approx(0.9055, abs=1e-4))


def test_an_interval_covers_its_value_and_shrinks_with_more_posts():
    counts = scorer.count(POSTS, [[(5, 11, "PERSON")], [], [(0, 7, "PERSON")], []])
    few = Resampled(np.repeat(counts, 5, axis=0)).estimate_label(scorer.f1, Label.PERSON)
    many = Resampled(np.repeat(counts, 500, axis=0)).estimate_label(scorer.f1, Label.PERSON)
    assert few.value == many.value == pytest.approx(2 / 3)
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low


def test_forms_are_scored_apart():
    scores = {(each.label, each.form): (each.values, each.found, each.whole) for each in scorer.by_form(POSTS, FOUND)}
    assert scores == {
        (Label.PERSON, "plain"): (1, 0, 1),
        (Label.EMAIL, "brackets"): (1, 0, 0),
        (Label.PHONE, "short"): (1, 1, 1),
    }


def test_labelled_posts_are_read_with_their_names_alone(tmp_path):
    lines = "RT\tO\nAnn\tB-PER\nOx\tI-PER\nBob\tB-person\n\nin\tO\nYork\tB-LOC\n.\tO\n\nEve\tI-PER\n"
    (tmp_path / "a.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "a.txt").write_text(lines, "utf-8")
    posts = read_posts(tmp_path / "a.gz", "en")
    assert read_posts(tmp_path / "a.txt", "en") == posts
    assert [(post.text, [post.text[s.start : s.end] for s in post.spans]) for post in posts] == [
        ("RT Ann Ox Bob", ["Ann Ox", "Bob"]),
        ("in York .", []),
        ("Eve", ["Eve"]),
    ]
