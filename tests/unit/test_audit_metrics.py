"""The metrics against a scorer whose every answer is known."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from demur.audit.canaries import Canary, CanaryKind, CanaryKit, CanaryRole, Secret
from demur.audit.metrics import CanaryProbe, Metric, RowsProbe, ledger_leak
from demur.audit.scores import Score, Window

WINDOW = Window(prefix_tokens=2, suffix_tokens=3)


@dataclass
class KnownScorer:
    """Answers one character a token, with a loss by text; `known` texts are hit everywhere, others nowhere."""

    losses: dict[str, float] = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    def score(self, texts):
        return [self._score(text) for text in texts]

    def _score(self, text):
        tokens = len(text) + 1
        return Score(
            log_probabilities=np.full(tokens, -self.losses.get(text, 1.0)),
            hits=np.full(tokens, text in self.known),
            starts=np.array([*range(len(text)), 0]),
            stops=np.array([*range(1, len(text) + 1), 0]),
        )


def kit_of(canaries):
    references = [
        Canary(kind=kind, role=CanaryRole.REFERENCE, copies=0, text=f"{kind} reference {index}")
        for kind in dict.fromkeys(canary.kind for canary in canaries)
        for index in range(9)
    ]
    return CanaryKit(seed=0, canaries=(*canaries, *references))


def reference_losses(kit):
    """Nine references with mean 5 and standard deviation 1."""
    texts = [canary.text for canary in kit.canaries if canary.role == CanaryRole.REFERENCE]
    offsets = np.array([-4, -3, -2, -1, 0, 1, 2, 3, 4]) / np.std(range(9), ddof=1)
    return {text: 5 + float(offsets[index % 9]) for index, text in enumerate(texts)}


def text_canary(text, copies, role=CanaryRole.PLANTED):
    return Canary(kind=CanaryKind.TEXT, role=role, copies=copies, text=text)


def by_name(metrics):
    return {(metric.name, metric.level): metric for metric in metrics}


def test_z_counts_standard_deviations_below_the_never_inserted():
    kit = kit_of([text_canary("seen once", 1), text_canary("seen often", 64)])
    losses = reference_losses(kit) | {"seen once": 3.0, "seen often": 0.5}
    metrics = by_name(CanaryProbe(kit=kit, window=WINDOW).measure(KnownScorer(losses)))
    assert [round(metrics["z-text", level].value, 9) for level in ("1", "64")] == [2.0, 4.5]
    assert metrics["z", "64"].value == metrics["z-text", "64"].value


def test_exposure_is_the_rank_among_the_never_inserted_in_bits():
    kit = kit_of([text_canary("best", 1), text_canary("middle", 4), text_canary("last", 16)])
    losses = reference_losses(kit) | {"best": 0.0, "middle": 5.0, "last": 99.0}
    metrics = by_name(CanaryProbe(kit=kit, window=WINDOW).measure(KnownScorer(losses)))
    values = [metrics["exposure-text", level].value for level in ("1", "4", "16")]
    assert values == pytest.approx([np.log2(10), np.log2(10 / 6), 0.0])


def test_extraction_asks_for_every_token_of_the_suffix():
    kit = kit_of([text_canary("aaaaaa", 4), text_canary("bbbbbb", 4)])
    metrics = by_name(
        CanaryProbe(kit=kit, window=WINDOW).measure(KnownScorer(reference_losses(kit), frozenset({"aaaaaa"})))
    )
    extraction = metrics["extraction-text", "4"]
    assert (extraction.value, extraction.n) == (0.5, 2)
    assert metrics["suffix-log2-text", "4"].value == pytest.approx(-3 / np.log(2))


def test_a_text_shorter_than_the_window_is_not_measured_for_extraction():
    kit = kit_of([text_canary("abcd", 4)])
    names = {metric.name for metric in CanaryProbe(kit=kit, window=WINDOW).measure(KnownScorer(reference_losses(kit)))}
    assert names == {"z-text", "exposure-text", "z"}


def test_a_detail_is_reconstructed_when_all_its_tokens_are_hit():
    text = "call 123"
    secret = Secret(name="phone", start=5, stop=8)
    canary = Canary(kind=CanaryKind.CONTACT, role=CanaryRole.PLANTED, copies=4, text=text, secrets=(secret,))
    kit = kit_of([canary])
    for hits, expected in (([5, 6, 7], 1.0), ([0, 1, 5, 6], 0.0)):
        scorer = KnownScorer(reference_losses(kit))
        answers = {text: np.isin(np.arange(9), hits)}
        metrics = by_name(CanaryProbe(kit=kit, window=WINDOW).measure(WithHits(scorer, answers)))
        assert metrics["reconstruction-phone", "4"].value == expected


@dataclass
class WithHits:
    scorer: KnownScorer
    answers: dict[str, np.ndarray]

    def score(self, texts):
        scores = self.scorer.score(texts)
        return [
            Score(
                log_probabilities=score.log_probabilities,
                hits=self.answers.get(text, score.hits),
                starts=score.starts,
                stops=score.stops,
            )
            for text, score in zip(texts, scores, strict=True)
        ]


def test_suppressed_and_control_canaries_have_levels_of_their_own_over_both_kinds():
    canaries = [
        Canary(kind=kind, role=role, copies=copies, text=f"{kind} {role} {index}")
        for kind in CanaryKind
        for role, copies in ((CanaryRole.SUPPRESSED, 1), (CanaryRole.CONTROL, 0))
        for index in range(20)
    ]
    kit = kit_of(canaries)
    losses = reference_losses(kit)
    losses |= {canary.text: 4.0 if canary.role == CanaryRole.SUPPRESSED else 5.0 for canary in canaries}
    metrics = by_name(CanaryProbe(kit=kit, window=WINDOW).measure(KnownScorer(losses)))
    pooled = [
        (metrics["z", level].n, round(metrics["z", level].value, 6)) for level in ("suppressed", "never-inserted")
    ]
    assert pooled == [(40, 1.0), (40, 0.0)]
    # 40 values without spread: what is left is the uncertainty of the two nulls of 9 references each.
    reach = 1.644854 * (0.25 / 9 + 0.25 / 9) ** 0.5
    assert metrics["z", "suppressed"].high == pytest.approx(1.0 + reach, abs=1e-5)


def test_rows_of_the_corpus_that_are_continued_word_for_word_are_counted():
    scorer = KnownScorer(known=frozenset({"remembered"}))
    (metric,) = RowsProbe(texts=("remembered", "forgotten", "tiny"), window=WINDOW).measure(scorer)
    assert (metric.name, metric.level, metric.value, metric.n) == ("extraction-rows", "random", 0.5, 2)


def test_nothing_is_said_about_rows_that_are_all_too_short():
    assert RowsProbe(texts=("abc",), window=WINDOW).measure(KnownScorer()) == []


def test_a_ledger_leak_is_an_exact_number():
    assert ledger_leak(3, 100) == Metric(name="ledger-leak", level="run", value=3.0, low=3.0, high=3.0, n=100)
