"""Measures weights on development data alone, chooses what is added to OUTSIDE, and writes the card.

    python -m training_tools.names.evaluate --data NER --withheld held.npz --listed listed.npz --weights weights.npz \
        --card weights.json

Settings are chosen on two others: weights that never saw the withheld half of the names, and weights that know it and
not the carriers and phrases of the development posts. The network is chosen beside weights that have a card, so this
runs twice: without `--network`, and with the one that was chosen.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.names import layout
from demur.filters.names.kernel import tag
from demur.filters.names.layout import LANGUAGES, Evidence
from demur.filters.names.model import Model, Network, no_network, read_network, unpack
from training_tools.names import look_alikes, templates, texts
from training_tools.names.texts import Text
from training_tools.names.train import TWEETS

Bias: TypeAlias = tuple[float, ...]
"""What is taken from OUTSIDE, in nats, by `layout.Evidence`."""
BIASES: Final = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
STEPS, STEP = 50, 20
_POSTS, _MOST_SENTENCES, _SEED = 120, 500, 77
_TO_CHOOSE = 600
"""Posts of either kind for each language, to choose on."""
MASKED, _HIT_POST, HIT_TWEET = 0.25, 0.6, 2.0
"""What a percent of the names' bytes is worth, and what a percent of clean texts that were hit costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Strict F1, precision and recall of persons, and the share of their bytes under any span, in percent."""

    f1: float
    precision: float
    recall: float
    masked: float
    clean_hit: float
    names: int


def model_at(weights: Path, bias: Sequence[Bias]) -> Model:
    """Read weights with what is taken from OUTSIDE for unknown and for each language."""
    model, scale = _unpacked(weights)
    return replace(model, outside=np.array([[-round(one * scale) for one in kinds] for kinds in bias], np.int32))


@cache
def _unpacked(weights: Path) -> tuple[Model, float]:
    """Return weights that nothing is taken from, and their scale."""
    with np.load(weights) as arrays:
        scale = int(arrays["scale"][0]) / 1000
    nothing = [0] * STEPS
    return unpack(weights.read_bytes(), outside=(), surety=(nothing, nothing)), scale


def predict(model: Model, chosen: Sequence[Text], languages: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return the spans that the kernel finds."""
    rows = [text.content.encode() for text in chosen]
    content = np.frombuffer(b"".join(rows), np.uint8)
    offsets = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64)
    found = np.zeros((len(content) // 2 + 8, 5), np.int64)
    return found[: tag(content, offsets, languages, model.for_kernel, found)]


def ids(chosen: Sequence[Text], *, known: bool) -> npt.NDArray[np.uint8]:
    """Return language ids, all unknown where they are not `known`."""
    return np.array(
        [1 + LANGUAGES.index(text.language) if known and text.language in LANGUAGES else 0 for text in chosen], np.uint8
    )


def figures(found: npt.NDArray[np.int64], chosen: Sequence[Text]) -> Figures:
    """Compare spans of persons to the annotated ones."""
    rows: dict[int, list[tuple[int, int, int]]] = {}
    for row, start, end, label, _ in found.tolist():
        rows.setdefault(row, []).append((start, end, label))
    right = guessed = names = covered = size = clean = hit = 0
    for row, text in enumerate(chosen):
        gold = {(start, end) for start, end, kind in text.spans if kind == 0}
        spans = rows.get(row, [])
        persons = {(start, end) for start, end, label in spans if label == 0}
        right, guessed, names = right + len(gold & persons), guessed + len(persons), names + len(gold)
        for start, end in gold:
            size += end - start
            covered += sum(max(0, min(end, last) - max(start, first)) for first, last, _ in spans)
        clean, hit = clean + (not gold), hit + (not gold and bool(persons))
    precision, recall = right / max(1, guessed), right / max(1, names)
    return Figures(
        f1=round(200 * precision * recall / max(1e-9, precision + recall), 1),
        precision=round(100 * precision, 1),
        recall=round(100 * recall, 1),
        masked=round(100 * covered / max(1, size), 1),
        clean_hit=round(100 * hit / max(1, clean), 2),
        names=names,
    )


def best_bias(
    unlisted: Path, listed: Path, shipped: Path, tweets: Sequence[list[Text]], network: Network
) -> list[Bias]:
    """Choose what is taken from OUTSIDE: for unknown, for English on real posts as well, for the others together.

    Posts are of withheld names, which the weights of `unlisted` do not know and those of `listed` do; beside them stand
    posts that name nobody and look as if they did. What is best on average counts. A language by itself has too few
    carriers to choose on: what is hit in them are a handful of words. In English the network has its say as well.
    """
    posts = templates.development_posts(_TO_CHOOSE, _SEED + 100)
    clean = look_alikes.development_posts(_TO_CHOOSE, _SEED + 100)
    groups = {language: [*posts[language], *clean[language]] for language in LANGUAGES}
    others = [groups[language] for language in LANGUAGES if language != "en"]

    def merit(bias: Bias) -> float:
        models = [_everywhere(weights, bias) for weights in (unlisted, listed)]
        return sum(_mean_merit(model, others, known=True) for model in models)

    def merit_in_english(bias: Bias) -> float:
        models = [replace(_everywhere(weights, bias), network=network) for weights in (unlisted, listed, shipped)]
        on_posts = [_mean_merit(model, [groups["en"]], known=True) for model in models[:2]]
        on_tweets = [_merit(_figures(models[2], source, known=True), HIT_TWEET) for source in tweets]
        return float(np.mean(on_tweets)) + sum(on_posts) / 2

    usual, english = _climbed(merit), _climbed(merit_in_english)
    known = [english if language == "en" else usual for language in LANGUAGES]

    def merit_unknown(bias: Bias) -> float:
        models = [replace(model_at(weights, [bias, *known]), network=network) for weights in (unlisted, listed)]
        return sum(_mean_merit(model, list(groups.values()), known=False) for model in models)

    return [_climbed(merit_unknown), *known]


def _climbed(merit: Callable[[Bias], float]) -> Bias:
    """Choose one number after the other, until none is better."""
    known: dict[Bias, float] = {}

    def remembered(bias: Bias) -> float:
        if bias not in known:
            known[bias] = merit(bias)
        return known[bias]

    best: Bias = (0.0,) * len(Evidence)
    while True:
        before = best
        for place in range(len(best)):
            ways = ((*best[:place], one, *best[place + 1 :]) for one in sorted(BIASES, key=abs))
            best = max(ways, key=remembered)  # the first of equals, so that what decides nothing stays 0
        if best == before:
            return best


def _everywhere(weights: Path, bias: Bias) -> Model:
    return model_at(weights, [bias] * (1 + len(LANGUAGES)))


def _mean_merit(model: Model, groups: Sequence[list[Text]], *, known: bool) -> float:
    return float(np.mean([_merit(_figures(model, group, known=known), _HIT_POST) for group in groups]))


def _figures(model: Model, chosen: Sequence[Text], *, known: bool) -> Figures:
    return figures(predict(model, chosen, ids(chosen, known=known)), chosen)


def _merit(found: Figures, hit: float) -> float:
    """Weigh the F1 with what is masked, and with the texts that are hit for nothing."""
    return found.f1 + MASKED * found.masked - hit * found.clean_hit


def surety(model: Model, chosen: Sequence[Text], label: int) -> list[int]:
    """Return the least margin from which on so many of a thousand spans were right, in steps of 20.

    What lists alone decide has one margin and says nothing about the others. Of equal margins the right ones come
    first, so that they are pooled with the wrong ones.
    """
    found = predict(model, chosen, ids(chosen, known=True))
    gold = {(row, start, end) for row, text in enumerate(chosen) for start, end, kind in text.spans if kind == label}
    margins = [
        (margin, (row, start, end) in gold)
        for row, start, end, kind, margin in found.tolist()
        if kind == label and margin < layout.CERTAIN
    ]
    margins.sort(key=lambda one: (one[0], not one[1]))
    values = np.array([margin for margin, _ in margins], np.int64)
    hits = np.array([right for _, right in margins], np.float64)
    fitted = _isotonic(hits)
    steps = np.searchsorted(fitted, np.arange(1, STEPS + 1) * STEP / 1000, side="left")
    return [int(values[place]) if place < len(values) else (1 << 30) for place in steps]


def _isotonic(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Fit a rising line of steps (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for value in values.tolist():
        blocks.append([value, 1.0])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            value_b, size_b = blocks.pop()
            blocks[-1] = [
                (blocks[-1][0] * blocks[-1][1] + value_b * size_b) / (blocks[-1][1] + size_b),
                blocks[-1][1] + size_b,
            ]
    return np.array([value for value, size in blocks for _ in range(int(size))])


def speed(model: Model, chosen: Sequence[Text]) -> float:
    """Return megabytes a second of one core."""
    predict(model, chosen[:10], ids(chosen[:10], known=True))
    rows = [text.content.encode() for text in chosen]
    content = np.frombuffer(b"".join(rows), np.uint8)
    offsets = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64)
    found, known = np.zeros((len(content) // 2 + 8, 5), np.int64), ids(chosen, known=True)
    start = time.process_time()
    tag(content, offsets, known, model.for_kernel, found)
    return round(len(content) / 1e6 / (time.process_time() - start), 2)


def measured(
    model: Model, dev: dict[str, list[Text]], posts: dict[str, list[Text]]
) -> dict[str, dict[str, list[float]]]:
    """Return F1, masked share and clean posts hit by source and by language."""
    found: dict[str, dict[str, list[float]]] = {"annotated": {}, "posts": {}}
    for part, groups in (("annotated", dev), ("posts", posts)):
        for name, chosen in groups.items():
            one = figures(predict(model, chosen, ids(chosen, known=True)), chosen)
            found[part][name] = [one.f1, one.masked, one.clean_hit]
    return found


def main() -> None:
    """Measure, choose and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--withheld", type=Path, required=True, help="weights that were trained so")
    parser.add_argument("--listed", type=Path, required=True, help="weights that were trained with --carriers-withheld")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument(
        "--network", type=Path, help="what `training_tools.names.choose` wrote, for the choice in English"
    )
    given = parser.parse_args()
    dev: dict[str, list[Text]] = {}
    for text in texts.corpus(given.data, "dev", share_alike=True, seed=2):
        group = dev.setdefault(f"{text.language} {text.source}", [])
        if text.source in TWEETS or len(group) < _MOST_SENTENCES:
            group.append(text)
    posts = templates.development_posts(_POSTS, _SEED)
    tweets = [group for name, group in dev.items() if name.split()[1] in TWEETS]
    everything = [text for group in (*tweets, *posts.values()) for text in group]
    network = no_network()
    if given.network:
        network = read_network(
            given.network.read_bytes(), json.loads(given.network.with_suffix(".json").read_text("utf-8"))
        )
    bias = best_bias(given.withheld, given.listed, given.weights, tweets, network)
    held = model_at(given.withheld, bias)
    shipped = model_at(given.weights, bias)
    card = json.loads((Path(__file__).with_name("card.json")).read_text(encoding="utf-8"))
    content = given.weights.read_bytes()
    card |= {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "outside": shipped.outside.tolist(),
        "surety": [surety(shipped, everything, label) for label in (0, 1)],
        "bias": bias,
        "figures": {
            "columns": ["strict F1 of persons", "share of their bytes masked", "texts without a person that were hit"],
            "withheld half of the names never seen": measured(held, dev, posts),
            "shipped": measured(shipped, dev, posts),
            "megabytes_a_second": speed(shipped, everything),
        },
    }
    given.card.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for name, value in card["figures"].items():
        print(name, json.dumps(value, ensure_ascii=False))
    print("bias", bias)


if __name__ == "__main__":
    main()
