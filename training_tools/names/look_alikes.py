"""Posts that name nobody and look as if they did: trades, dishes, currencies, countries, towns, brands and things.

Phrases are cut in two halves as names are: the evaluation's half is for development posts, and weights that are trained
without that half never see it. They are of Faker and mimesis (MIT), of CLDR by Babel (Unicode licence), of GeoNames and
of lists of our own. The evaluation in `benchmarks` has others.
"""

import importlib
import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Final

from babel import Locale

from demur.filters.names.layout import LANGUAGES
from training_tools.names import lists, templates
from training_tools.names.templates import Maker
from training_tools.names.texts import Text

_TRADES: Final = {
    "cs": ".cs_CZ", "da": ".da_DK", "de": ".de_AT", "el": ".el_GR", "en": "", "es": ".es", "fi": ".fi_FI",
    "fr": ".fr_FR", "hr": ".hr_HR", "hu": ".hu_HU", "pl": ".pl_PL", "pt": ".pt_PT", "ro": ".ro_RO", "sk": ".sk_SK",
}  # fmt: skip
_FOOD: Final = ("dishes", "drinks", "fruits", "spices", "vegetables")
_SLOT: Final = re.compile(r"\{([^}]*)\}")
_NAMES_SOMEBODY: Final = re.compile(r"\{(?:[^}:]*:)?[nfl][:}]|\{[nagsh][:}]")
_OWN_KINDS: Final = {"o": 2, "c": 1}
_SHORTEST, _LONGEST = 3, 40
_MOST_OF_A_KIND = 1000
_BARE, _MOST_BARE, _OF_TWO = 0.3, 4, 0.25
_AS_IT_IS, _ONE_CAPITAL = 0.35, 0.75
_GAPS: Final = (", ", " / ", " & ", " - ", ". ", "! ", ": ", "\n", " + ", " … ")


def phrases(language: str, towns: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return by kind what is no person in one language, as its sources write it."""
    locale = Locale.parse(language)
    wide = [form["wide"].values() for names in (locale.months, locale.days) for form in names.values()]
    found = {
        "trade": {*_trades(language), *_of_mimesis(language, "person", ("occupation", "nationality"))},
        "food": set(_of_mimesis(language, "food", _FOOD)),
        "money": set(locale.currencies.values()),
        "country or script": {*locale.territories.values(), *locale.scripts.values()},
        "calendar": {name for names in wide for name in names},
        "town": set(towns),
        "thing": set(templates.things()),
    }
    return {kind: tuple(sorted(filter(_is_plain, some))) for kind, some in found.items()}


def _is_plain(phrase: str) -> bool:
    return _SHORTEST <= len(phrase) <= _LONGEST and not any(one in "()/{}0123456789" for one in phrase)


def _trades(language: str) -> Sequence[str]:
    if language not in _TRADES:
        return ()
    jobs: Sequence[str] = importlib.import_module(f"faker.providers.job{_TRADES[language]}").Provider.jobs
    return jobs


def _of_mimesis(language: str, file: str, keys: Sequence[str]) -> list[str]:
    path = lists.folder("mimesis") / "datasets" / language / f"{file}.json"
    if not path.is_file():
        return []
    content = json.loads(path.read_text(encoding="utf-8"))
    return [one for key in keys for one in _strings(content.get(key, []))]


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [one for part in value.values() for one in _strings(part)]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


class LookAlikes:
    """Makes posts of one language that name nobody, from the maker's random numbers."""

    def __init__(self, maker: Maker, keep: Callable[[str], bool]) -> None:
        """Take those phrases that are to be kept; streets are named by the maker."""
        self.maker, self.random = maker, maker.random
        kinds = phrases(maker.language, maker.towns) | {"brand": maker.brands}
        kept = {kind: tuple(filter(keep, some)) for kind, some in kinds.items()}
        self.kinds = [some for some in kept.values() if some]
        # Some languages have few of a kind, and there are many brands.
        self.weights = [math.sqrt(min(len(some), _MOST_OF_A_KIND)) for some in self.kinds]

    def posts(self, carriers: Sequence[str], count: int) -> list[Text]:
        """Return so many posts, some of them of two, with the noise of real ones."""
        found = []
        for _ in range(count):
            text = self._post(carriers)
            if self.random.random() < _OF_TWO:
                text = templates.joined(text, self.random.choice((" ", ". ", "\n", "! ")), self._post(carriers))
            found.append(self.maker.noisy(text))
        return found

    def _post(self, carriers: Sequence[str]) -> Text:
        """Put phrases into the slots of a carrier, or one beside the other."""
        if self.random.random() < _BARE:
            amount = self.random.randint(1, _MOST_BARE)
            content = self.random.choice(_GAPS).join(self._phrase() for _ in range(amount))
            return Text(content, (), self.maker.language, "template")
        carrier = self.random.choice(carriers)
        content, spans, place = "", [], 0
        for slot in _SLOT.finditer(carrier):
            content += carrier[place : slot.start()]
            start = len(content.encode())
            content += self._phrase() if slot[1] in {"o", "w", "W"} else self.maker.fill(slot[1])[0]
            if slot[1] in _OWN_KINDS:
                spans.append((start, len(content.encode()), _OWN_KINDS[slot[1]]))
            place = slot.end()
        return Text(content + carrier[place:], tuple(spans), self.maker.language, "template")

    def _phrase(self) -> str:
        """Return a phrase of any kind, as it is, with a capital at first or at every word."""
        phrase = self.random.choice(self.random.choices(self.kinds, self.weights)[0])
        roll = self.random.random()
        if roll < _AS_IT_IS:
            return phrase
        if roll < _ONE_CAPITAL:
            return phrase[:1].upper() + phrase[1:]
        return " ".join(word[:1].upper() + word[1:] for word in phrase.split(" "))


def training_posts(
    count: int, brands: Sequence[str], *, withheld: bool, carriers_withheld: bool, seed: int
) -> list[Text]:
    """Make posts in all languages; with every fifth carrier the evaluation's half of the phrases is withheld."""
    keep: Callable[[str], bool] = (
        (lambda phrase: not lists.is_withheld(phrase)) if carriers_withheld else (lambda _: True)
    )
    found = []
    for language in LANGUAGES:
        maker = Maker(language, brands, withheld=withheld, seed=seed + 9)
        chosen = _carriers(language, lambda fifth: not (carriers_withheld and fifth))
        found += LookAlikes(maker, keep).posts(chosen, count)
    return found


def development_posts(count: int, seed: int) -> dict[str, list[Text]]:
    """Make posts from every fifth carrier and the phrases that were withheld."""
    return {
        language: LookAlikes(
            Maker(language, withheld=False, only_withheld=True, seed=seed + 9), lists.is_withheld
        ).posts(_carriers(language, lambda fifth: fifth), count)
        for language in LANGUAGES
    }


def _carriers(language: str, keep: Callable[[bool], bool]) -> list[str]:
    """Return the carriers that name nobody, where `keep` says so of every fifth or of the others."""
    chosen = [one for index, one in enumerate(templates.carriers()[language]) if keep(index % 5 == 4)]
    return [one for one in chosen if not _NAMES_SOMEBODY.search(one)]
