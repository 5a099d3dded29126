"""Trains the names tier and writes its weights file.

    python -m training_tools.names.train --data NER --classes classes.tsv --packages FOLDER --out F

Data: `xx/SOURCE.train.conll.gz`, one token TAB tag a line. Share-alike sources are left out, so that the weights may be
used under the licence of Demur with lines of attribution. One core, two minutes; the same seed gives the same bytes.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from demur.filters.names import layout
from demur.filters.names.layout import Atom, Known, Listed
from demur.filters.names.model import spread
from training_tools.names import (
    crf,
    features,
    insertions,
    lexicon,
    lists,
    look_alikes,
    negatives,
    packages,
    store,
    templates,
    texts,
    vocabulary,
)
from training_tools.names.texts import Text, strip_accents

BITS, EPOCHS, RATE, DROPOUT = 21, 4, 0.05, 0.5
LIST_DROPOUT = 0.25
LOOK_ALIKES = 1000
TWEETS = frozenset(("btc", "wnut17", "tweebank_ner"))
_MOST = {
    "multileg": 300,
    "europeana_news": 1000,
    "lener_br": 700,
    "mobie": 1000,
    "ronec1": 1500,
    "webbnyheter2012": 2000,
}
_WITHOUT_NAMES, _WITH_NEIGHBOURS, _UNCOMMON = 2000, 0.35, 0.4
TWEET_WEIGHT = 4.0
_INSERTED = 1000
_USUAL, _RARE, _ENGLISH = 6600, 7800, 8000


def training_texts(data: Path, folder: Path, *, withheld: bool, carriers_withheld: bool, seed: int) -> list[Text]:
    """Return real sentences, some of them in other cases, and posts from templates."""
    chooser = random.Random(seed)
    groups: dict[tuple[str, str], list[Text]] = {}
    for text in texts.corpus(data, "train", share_alike=False, seed=seed):
        groups.setdefault((text.language, text.source), []).append(text)
    found = []
    for (language, source), members in sorted(groups.items()):
        most = _MOST.get(source, len(members))
        weight = TWEET_WEIGHT if source in TWEETS else 1.0
        for text in chooser.sample(members, min(most, len(members))):
            kept = Text(text.content, text.spans, language, source, weight)
            found.append(kept)
            found += _recased(kept, chooser.random() * (0.45 if source in TWEETS else 1))
    brands = packages.brands(folder)
    if carriers_withheld:
        brands = tuple(brand for brand in brands if not lists.is_withheld(brand))
    posts = templates.training_posts(
        _USUAL, _RARE, _ENGLISH, brands, withheld=withheld, carriers_withheld=carriers_withheld, seed=seed
    )
    others = [language for language in layout.LANGUAGES if language != "en"]
    return [
        *found,
        *negatives.with_neighbours(posts, folder, seed, _WITH_NEIGHBOURS),
        *negatives.texts_without_names(_WITHOUT_NAMES, folder, seed),
        *negatives.things(folder, seed),
        *insertions.training_posts(_INSERTED, brands, folder, others, withheld=withheld, seed=seed),
        *look_alikes.training_posts(
            LOOK_ALIKES, brands, withheld=withheld, carriers_withheld=carriers_withheld, seed=seed
        ),
    ]


def _recased(text: Text, roll: float) -> list[Text]:
    if not text.spans:
        return []
    for limit, how in ((0.15, str.lower), (0.19, str.upper), (0.22, strip_accents)):
        if roll < limit:
            return [text.changed(how)]
    return []


def language_ids(chosen: list[Text], seed: int) -> npt.NDArray[np.uint8]:
    """Return ids, unknown for some real texts and most posts of templates.

    Else a language that has templates alone would be a sign that a text is one.
    """
    chooser = random.Random(seed)
    unknown = {True: 0.65, False: 0.3}
    ids = [
        0 if chooser.random() < unknown[text.source == "template"] else 1 + layout.LANGUAGES.index(text.language)
        for text in chosen
    ]
    return np.array(ids, np.uint8)


def drop_lists(atoms: npt.NDArray[np.uint32], seed: int) -> None:
    """Take lists and classes from a share of the tokens, so that a name in no list is met in training."""
    dropped = np.random.default_rng(seed).random(len(atoms)) < LIST_DROPOUT
    names = int(Listed.GIVEN | Listed.SURNAME | Listed.COMMON_GIVEN | Listed.COMMON_SURNAME)
    atoms[dropped, Atom.LISTS] &= np.uint32(layout.MASK_32 ^ names)
    atoms[dropped, Atom.COARSE_CLASS] = 0
    atoms[dropped, Atom.FINE_CLASS] = 0


def forget_common(atoms: npt.NDArray[np.uint32], seed: int) -> None:
    """Let a share of the common words pass as unknown: else every word that is scored in lower case would be a name."""
    forgotten = np.random.default_rng(seed + 1).random(len(atoms)) < _UNCOMMON
    atoms[forgotten, Atom.KNOWN] &= np.uint32(layout.MASK_32 ^ int(Known.COMMON))


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--classes", type=Path, required=True)
    parser.add_argument("--packages", type=Path, required=True, help="a folder as the module `packages` describes it")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=3, help="draws posts, samples and what is dropped")
    parser.add_argument("--withheld", action="store_true", help="leave the evaluation's half of the names out")
    parser.add_argument(
        "--carriers-withheld",
        action="store_true",
        help="leave out what development posts are made of; so does the above",
    )
    given = parser.parse_args()
    letters = features.alphabet()
    words = lexicon.entries(given.classes, given.packages, withheld=given.withheld)
    keys, values = features.lexicon(letters, words)
    listed = vocabulary.not_names(given.packages / "tessdata")
    known = features.vocabulary(
        letters, {one: [*some, *negatives.known_words(one, given.packages)] for one, some in listed.items()}
    )

    def read(seed: int, common: npt.NDArray[np.uint32]) -> features.Reader:
        chosen = training_texts(
            given.data,
            given.packages,
            withheld=given.withheld,
            carriers_withheld=given.withheld or given.carriers_withheld,
            seed=seed,
        )
        return features.Reader(chosen, letters, (*spread(keys, values), common, known), language_ids(chosen, seed))

    first = read(given.seed * EPOCHS, features.NO_WORDS)
    common = features.common_bits(features.common_words(first, first.gold()))

    def lattices() -> Iterator[crf.Lattice]:
        for epoch in range(EPOCHS):
            seed = given.seed * EPOCHS + epoch
            reader = read(seed, common)
            gold = reader.gold()
            drop_lists(reader.atoms, seed)
            forget_common(reader.atoms, seed)
            yield reader.lattice(bits=BITS, gold=gold)

    table, transitions = crf.train(lattices(), bits=BITS, rate=RATE, dropout=DROPOUT, seed=given.seed)
    arrays = {"kinds": letters[0], "lowers": letters[1], "bases": letters[2], "common": common, "vocabulary": known}
    store.write(given.out, store.lexicon(keys, values) | arrays, table, transitions)


if __name__ == "__main__":
    main()
