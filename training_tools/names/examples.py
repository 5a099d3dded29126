"""Reads the English training texts, variants of them and more posts into one file that the network is trained on.

    python -m training_tools.names.examples --data NER --packages FOLDER \
        --vectors MODEL/vocab --weights weights.npz --out examples.npz

The same sources as the tagger's, none of them share-alike. Texts are read through the lexicon of the given weights, and
words have the classes that they have there. The file is all that the training reads, so that a machine with a GPU needs
no more than torch.
"""

import argparse
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.compiling import outer
from demur.filters.names import kernel, layout
from demur.filters.names import network as loops
from demur.filters.names.model import unpack
from demur.filters.names.reference import hash_word
from training_tools.names import classes, features, negatives, templates, texts, train, variants
from training_tools.names.texts import Text, strip_accents

SEED: Final = 1
FOLDS: Final = 3
LETTERS: Final = 16
"""How many bytes of a token the teachers see."""
CLASS_SIZE, VECTOR_SIZE = 64, 96
_POSTS, _WITHOUT_NAMES, _VARIANT_WEIGHT = 6000, 1000, 0.5
_UNTOLD = 0.2
"""The share of the texts whose language the network is not told."""
_MORE_SEEDS: Final = (11, 12, 13)
_PERSON_SLOT: Final = re.compile(r"\{(?:[a-z]:)?[nfl][:}]")
_LARGE = 6
"""What vectors of length 1 are multiplied by, so that their numbers are as large as those of the other tables."""
_STARTS: Final = np.cumsum([0, *layout.NETWORK_SECTIONS])[:-1]
Inputs: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Example:
    """A text, how much it counts, and in which part it is held back from some of the teachers."""

    text: Text
    weight: float
    fold: int


@outer
def _inputs(atoms: npt.NDArray[np.uint32], sequences: npt.NDArray[np.int64], found: Inputs) -> None:
    place = 0
    for index in range(len(sequences)):
        for row in range(sequences[index, 0] + 2, sequences[index, 0] + 2 + sequences[index, 1]):
            loops.write_inputs(atoms[row], sequences[index, 2], found[place])
            place += 1


def fine_classes(rows: Iterable[str], letters: kernel.Alphabet, entries: Mapping[int, int]) -> dict[str, int]:
    """Return the fine class of each word that has a vector, as the lexicon of the weights has it."""
    lowers, found = letters[1].tolist(), {}
    for word in dict.fromkeys(word.lower() for word in rows if word.isalpha()):
        fine = entries.get(hash_word(lowers, word), 0) >> layout.FINE_PLACE & (layout.NETWORK_CLASSES - 1)
        if fine:
            found[word] = fine
    return found


def chosen(data: Path, folder: Path, fine: Mapping[str, int]) -> list[Example]:
    """Return what is trained on: the tagger's English texts, variants of the real ones, and more posts."""
    every = train.training_texts(data, folder, withheld=False, carriers_withheld=False, seed=SEED)
    found = [Example(text, text.weight, _fold(text)) for text in every if text.language == "en"]
    real = texts.corpus(data, "train", share_alike=False, seed=SEED)
    named = variants.others(real)
    english = [text for text in real if text.language == "en" and text.source != "multileg"]
    writer = variants.Writer(fine, english, named, SEED)
    for text in english:
        is_tweet = text.source in train.TWEETS
        weight = _VARIANT_WEIGHT * (train.TWEET_WEIGHT if is_tweet else 1)
        found += [Example(one, weight, _fold(text)) for one in writer.variants(text, lower=is_tweet)]
    return found + [Example(text, 1.0, _fold(text)) for text in _more_posts(writer, folder)]


def _more_posts(writer: variants.Writer, folder: Path) -> list[Text]:
    """Return posts from templates, most of them without a person but with what looks like one."""
    carriers = templates.carriers()["en"]
    without = [carrier for carrier in carriers if not _PERSON_SLOT.search(carrier)]
    posts = writer.maker.posts(carriers, _POSTS) + writer.maker.posts(without, _POSTS)
    found = [writer.with_other_names(post) for post in posts]
    for seed in _MORE_SEEDS:
        without_names = negatives.texts_without_names(_WITHOUT_NAMES, folder, seed)
        both = negatives.things(folder, seed) + without_names
        found += [text for text in both if text.language == "en"]
    return found


def _fold(text: Text) -> int:
    """Return the same part for a text and its copies in other cases."""
    return zlib.crc32(strip_accents(text.content.lower()).encode()) % FOLDS


def read(
    examples: list[Example], letters: kernel.Alphabet, words: kernel.Lexicon, rows: dict[str, int]
) -> dict[str, npt.NDArray[np.generic]]:
    """Read texts as the tagger does: for each token its inputs, tag, bytes and the row of its vector."""
    untold = np.random.default_rng(SEED).random(len(examples)) < _UNTOLD
    languages = np.where(untold, 0, 1 + layout.LANGUAGES.index("en")).astype(np.uint8)
    reader = features.Reader([one.text for one in examples], letters, words, languages)
    gold = reader.gold()
    inputs = np.zeros((len(gold), layout.NETWORK_INPUTS), np.int64)
    _inputs(reader.atoms, reader.sequences, inputs)
    data = reader.data.tobytes()
    spelled = np.zeros((len(gold), LETTERS), np.uint8)
    vectors = np.zeros(len(gold), np.int16)
    for place, (start, end, _) in enumerate(reader.tokens[reader.rows()].tolist()):
        letters_of = data[start : min(end, start + LETTERS)]
        spelled[place, : len(letters_of)] = np.frombuffer(letters_of, np.uint8)
        word = data[start:end].decode(errors="replace")
        vectors[place] = 1 + rows.get(word, rows.get(word.lower(), -1))
    chosen_rows = reader.sequences[:, 3].tolist()
    return {
        "inputs": (inputs - _STARTS).astype(np.int16),
        "gold": gold,
        "spelled": spelled,
        "rows": vectors,
        "bounds": np.concatenate([[0], np.cumsum(reader.sequences[:, 1])]).astype(np.int64),
        "weights": np.array([examples[row].weight for row in chosen_rows], np.float32),
        "folds": np.array([examples[row].fold for row in chosen_rows], np.int8),
    }


def centroids(
    rows: dict[str, int], unit: npt.NDArray[np.float32], axes: npt.NDArray[np.float64], fine: Mapping[str, int]
) -> npt.NDArray[np.float32]:
    """Return the middle of the vectors of each fine class, along their main axes; row 0 is no class."""
    lower: dict[str, int] = {}
    for word, row in rows.items():
        lower.setdefault(word.lower(), row)
    sums = np.zeros((layout.NETWORK_CLASSES, unit.shape[1]), np.float64)
    for word, place in fine.items():
        sums[place] += unit[lower[word]]
    middle = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return (middle @ axes[:CLASS_SIZE].T * _LARGE).astype(np.float32)


def main() -> None:
    """Read and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--packages", type=Path, required=True, help="a folder as the module `packages` describes it")
    parser.add_argument("--vectors", type=Path, required=True, help="folder `vocab` of en_core_web_md 3.8")
    parser.add_argument("--weights", type=Path, required=True, help="weights of the tagger")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    model = unpack(given.weights.read_bytes(), outside=(), surety=((), ()))
    letters, words, _, _ = model.for_kernel
    entries = model.entries
    rows, table = classes.read_vectors(given.vectors)
    unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    unit -= unit.mean(axis=0)
    axes = np.linalg.svd(unit[::4].astype(np.float64), full_matrices=False)[2]
    fine = fine_classes(rows, letters, entries)
    examples = chosen(given.data, given.packages, fine)
    found = read(examples, letters, words, rows)
    print(f"{len(found['weights'])} sequences, {len(found['gold'])} tokens")
    vectors = np.concatenate([np.zeros((1, VECTOR_SIZE)), unit @ axes[:VECTOR_SIZE].T * _LARGE])
    np.savez_compressed(
        given.out, **found, middle=centroids(rows, unit, axes, fine), vectors=vectors.astype(np.float16)
    )


if __name__ == "__main__":
    main()
