"""Posts with a name where none belongs: a name, a brand or a town anywhere in a sentence of the pages.

In such a sentence nothing around the name tells that it is one; what tells it is how it is written, which lists hold it
and that the words of the language do not. So the tagger learns to find names in sentences unlike its own.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from training_tools.names import negatives
from training_tools.names.templates import Maker
from training_tools.names.texts import Text

_PERSONS, _BRANDS = 0.5, 0.8
_MOST_WORDS = 14


def training_posts(
    count: int, brands: Sequence[str], folder: Path, languages: Sequence[str], *, withheld: bool, seed: int
) -> list[Text]:
    """Make so many posts in each language."""
    found = []
    for language in languages:
        chooser = random.Random(f"{language}-inserted-{seed}")
        maker = Maker(language, brands, withheld=withheld, seed=seed + 5)
        sentences = negatives.catalogue(language, folder)
        for _ in range(count):
            words = chooser.choice(sentences).split(" ")[:_MOST_WORDS]
            place, roll = chooser.randint(0, len(words)), chooser.random()
            filled, kind = maker.fill("n" if roll < _PERSONS else "o" if roll < _BRANDS else "c")
            before, after = "".join(word + " " for word in words[:place]), "".join(" " + word for word in words[place:])
            start = len(before.encode())
            spans = ((start, start + len(filled.encode()), kind),)
            found.append(maker.noisy(Text(before + filled + after, spans, language, "template")))
    return found
