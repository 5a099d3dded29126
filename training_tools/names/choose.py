"""Chooses one of the small networks on the development parts of tweets, and writes its file beside the weights.

    python -m training_tools.names.choose --networks networks.npz --data NER --weights weights.npz --out network.npz

It adds to the scores of the tagger whose weights are given, and reads words through that tagger's lexicon: new weights
ask for a new network.
"""

import argparse
import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.names import layout
from demur.filters.names.model import Model, Network, unpack
from demur.filters.names.reference import hash_word
from training_tools.names import evaluate, texts, train
from training_tools.names.network import CEILING
from training_tools.names.texts import Text

ENGLISH: Final = (
    *("the", "and", "you", "your", "this", "that", "with", "they", "from", "what", "when", "about", "would"),
    *("could", "should", "because", "their", "these", "who", "how", "know", "there", "today"),
)
"""Common words of English; most are in no other of the 24 languages."""
RATIO, OUTSIDE, DOUBT = 0.7, 0.7, 2.0
_BUNDLED_BITS: Final = 127
_SECTIONS: Final = layout.NETWORK_SECTIONS
_HASHED: Final = len(layout.NETWORK_HASHED)
Numbers: TypeAlias = dict[str, npt.NDArray[np.float64]]


def one_of(numbers: Numbers, place: int) -> Numbers:
    """Return the numbers of one of the networks that were trained side by side."""
    count = len(numbers["mix"])
    return {
        name: table if name == "middle" else table.reshape(count, -1, table.shape[-1])[place]
        for name, table in numbers.items()
    }


def whole(numbers: Numbers, scale: float) -> Network:
    """Return a network in whole numbers, on the scale of a tagger whose weights are `scale` for each nat."""
    hashes = np.split(numbers["hashes"], _HASHED)
    others = np.split(numbers["others"], np.cumsum(_SECTIONS[1 + _HASHED :])[:-1])
    tables = [numbers["middle"], *hashes, *others]
    bounds = np.cumsum([0, *(table.shape[1] for table in tables)])
    parts = [table @ numbers["mix"][first:end] for table, first, end in zip(tables, bounds, bounds[1:], strict=False)]
    parts[-1] = parts[-1] + numbers["mix_bias"]
    rows, tags, tag_bias = np.concatenate(parts), numbers["tags"].T, numbers["tag_bias"][0].copy()
    tag_bias[layout.Tag.OUTSIDE] -= OUTSIDE
    unit = layout.NETWORK_TOP / CEILING
    found = np.zeros(len(layout.Number), np.int64)
    row_scale = _BUNDLED_BITS / np.abs(rows).max()
    found[layout.Number.INPUT] = round((1 << layout.NETWORK_SHIFT) * unit / row_scale)
    layers = np.zeros((len(layout.NETWORK_STEPS), 3 * layout.NETWORK_WIDTH + 1, layout.NETWORK_WIDTH), np.int32)
    for place in range(len(layers)):
        weights, bias = numbers[f"layer_{place}"], numbers[f"bias_{place}"][0]
        layer_scale = _BUNDLED_BITS / np.abs(weights).max()
        layers[place, :-1] = np.rint(weights * layer_scale)
        layers[place, -1] = np.rint(bias * layer_scale * unit)
        found[layout.Number.FIRST_LAYER + place] = round((1 << layout.NETWORK_SHIFT) / layer_scale)
    tag_scale = _BUNDLED_BITS / np.abs(tags).max()
    to_tags = np.concatenate([np.rint(tags * tag_scale), np.rint(tag_bias * tag_scale * unit)[:, None]], axis=1)
    found[layout.Number.TAGS] = round((1 << layout.NETWORK_SHIFT) * RATIO * scale / tag_scale / unit)
    found[layout.Number.DOUBT] = round(DOUBT * scale)
    languages = np.zeros(1 + len(layout.LANGUAGES), np.uint8)
    languages[1 + layout.LANGUAGES.index("en")] = layout.Asked.ALWAYS
    languages[0] = layout.Asked.WITH_WORD
    return Network(
        rows=np.rint(rows * row_scale).astype(np.int8),
        layers=layers,
        to_tags=to_tags.astype(np.int32),
        numbers=found,
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


def merit(figures: dict[str, list[float]]) -> float:
    """Weigh the F1 with what is masked, and with the texts that are hit for nothing, over all sources alike."""
    scores = [f1 + evaluate.MASKED * masked - evaluate.HIT_TWEET * hit for f1, masked, hit in figures.values()]
    return float(np.mean(scores))


def tweets(data: Path) -> dict[str, list[Text]]:
    """Return the development parts of the tweets, by source."""
    dev: dict[str, list[Text]] = {}
    for text in texts.corpus(data, "dev", share_alike=False, seed=2):
        if text.source in train.TWEETS and text.language == "en":
            dev.setdefault(text.source, []).append(text)
    return dev


def main() -> None:
    """Measure, choose and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=Path, required=True, help="what `training_tools.names.network` wrote")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--weights", type=Path, required=True, help="weights of the tagger, with their card beside them"
    )
    parser.add_argument("--out", type=Path, required=True, help="network.npz; its card is written beside it")
    given = parser.parse_args()
    content = given.weights.read_bytes()
    card = json.loads(given.weights.with_suffix(".json").read_text(encoding="utf-8"))
    with np.load(given.weights) as arrays:
        scale = int(arrays["scale"][0]) / 1000
    with np.load(given.networks) as arrays:
        numbers = {name: arrays[name].astype(np.float64) for name in arrays.files}
    dev = tweets(given.data)

    def figures(network: Network | None) -> dict[str, list[float]]:
        return measured(unpack(content, outside=card["outside"], surety=card["surety"], network=network), dev)

    networks = [whole(one_of(numbers, place), scale) for place in range(len(numbers["mix"]))]
    found = [figures(network) for network in networks]
    for one in found:
        print(f"{merit(one):.2f}", json.dumps(one))
    best = max(range(len(found)), key=lambda place: merit(found[place]))
    network = networks[best]
    np.savez_compressed(given.out, **{field.name: getattr(network, field.name) for field in fields(network)})
    means = np.mean([list(one.values()) for one in found], axis=0).round(2)
    about = json.loads(Path(__file__).with_name("network_card.json").read_text(encoding="utf-8"))
    about |= {
        "sha256": hashlib.sha256(given.out.read_bytes()).hexdigest(),
        "size_bytes": given.out.stat().st_size,
        "weights_sha256": hashlib.sha256(content).hexdigest(),
        "figures": {
            "columns": ["strict F1 of persons", "share of their bytes masked", "texts without a person that were hit"],
            "tagger alone": figures(None),
            "with the network": found[best],
            f"mean of {len(found)} networks, of which it was chosen": dict(zip(dev, means.tolist(), strict=True)),
        },
    }
    given.out.with_suffix(".json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(about["figures"], indent=1))


if __name__ == "__main__":
    main()
