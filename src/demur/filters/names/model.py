"""Reads the weights of the names tier, checks that they are the published ones, and lays them out for the kernel.

`weights.json` beside the weights is their card: SHA-256, sources, licence lines, how they were made, what was added to
OUTSIDE by language and evidence, and how sure a margin is. `network.npz` and `network.json` are the same for the small
network that reads doubtful posts once more.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from demur.filters.names import layout
from demur.filters.names.layout import LANGUAGES
from demur.filters.names.sentences import SENTENCES
from demur.kernel.errors import IntegrityError

if TYPE_CHECKING:
    from demur.filters.names.kernel import Model as KernelModel
    from demur.filters.names.network import Network as KernelNetwork

_FOLDER: Final = files("demur.filters.names")
_WEIGHTS, _CARD = "weights.npz", "weights.json"
_NETWORK, _NETWORK_CARD = "network.npz", "network.json"
TAG_ARRAYS: Final = tuple(f"tag_{tag}" for tag in range(layout.TAGS))
"""The arrays of the weights file that hold the table, one for each tag."""
_HINT = "Install Demur again; do not go on with texts that this installation calls clean."


class NamesWeightsError(IntegrityError):
    """The weights of the names tier are not the published ones."""

    code = "names-weights"


class NamesSilentError(IntegrityError):
    """The names tier finds no name at all in a language: it would pass every text as clean."""

    code = "names-silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The small network; arrays and numbers as `network.Network` of the loops describes them."""

    rows: npt.NDArray[np.int8]
    layers: npt.NDArray[np.int32]
    to_tags: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int64]
    languages: npt.NDArray[np.uint8]
    """By language id, as a row has it: `layout.Asked`."""
    words: npt.NDArray[np.uint32]
    """Hashes of words that tell the network's language where none is known."""

    @property
    def for_kernel(self) -> "KernelNetwork":
        """The arrays as the kernel takes them."""
        return self.rows, self.layers, self.to_tags, self.numbers, self.languages, self.words


def no_network() -> Network:
    """Return a network that is asked in no language."""
    width = layout.NETWORK_WIDTH
    return Network(
        rows=np.zeros((0, width), np.int8),
        layers=np.zeros((0, 3 * width + 1, width), np.int32),
        to_tags=np.zeros((layout.TAGS, width + 1), np.int32),
        numbers=np.zeros(len(layout.Number), np.int64),
        languages=np.full(1 + len(LANGUAGES), layout.Asked.NEVER, np.uint8),
        words=np.zeros(0, np.uint32),
    )


@dataclass(frozen=True, kw_only=True)
class Model:
    """All that the tagger knows; arrays as `layout` describes them."""

    kinds: npt.NDArray[np.uint8]
    lowers: npt.NDArray[np.int32]
    bases: npt.NDArray[np.int32]
    lexicon: tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]
    """Hashes of words and their entries, as `spread` lays them out."""
    common: npt.NDArray[np.uint32]
    """Bits of the words that no name of the training texts holds."""
    vocabulary: npt.NDArray[np.uint32]
    """Bits of the words of each language."""
    table: npt.NDArray[np.uint64]
    """Rows of weights: byte i of a row, from the lowest on, is 128 above the weight of tag i."""
    transitions: npt.NDArray[np.int32]
    outside: npt.NDArray[np.int32]
    surety: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]
    """For persons and places: the least margin of each score, from the lowest above 0 to 1000."""
    network: Network

    @cached_property
    def entries(self) -> dict[int, int]:
        """The lexicon by hash, as the plain reference reads it."""
        words, entries = self.lexicon
        taken = entries > 0
        return dict(zip(words[taken].tolist(), entries[taken].tolist(), strict=True))

    @cached_property
    def for_kernel(self) -> "KernelModel":
        """The arrays as the kernel takes them."""
        alphabet = (self.kinds, self.lowers, self.bases)
        weights = (self.table, self.transitions, self.outside)
        return alphabet, (*self.lexicon, self.common, self.vocabulary), weights, self.network.for_kernel


def spread(
    keys: npt.NDArray[np.uint32], values: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Lay hashes out in an open-addressed table of a power of two, at most three quarters full.

    Entry 0 marks a free place, so every value must be above 0.
    """
    from demur.filters.names.kernel import fill_lexicon  # noqa: PLC0415 -- slow import

    size = 1 << max(4, (len(keys) * 4 // 3).bit_length())
    places, entries = np.zeros(size, np.uint32), np.zeros(size, np.uint32)
    fill_lexicon(keys, values, places, entries)
    return places, entries


def read_model(content: bytes, card: Mapping[str, object], network: Network | None = None) -> Model:
    """Read weights and the card that belongs to them.

    Raises:
        NamesWeightsError: the bytes do not have the card's SHA-256.
    """
    _check_digest(content, card)
    return unpack(content, outside=card["outside"], surety=card["surety"], network=network)


def read_network(content: bytes, card: Mapping[str, object]) -> Network:
    """Read the network and the card that belongs to it.

    Raises:
        NamesWeightsError: the bytes do not have the card's SHA-256.
    """
    _check_digest(content, card)
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        read = {name: arrays[name] for name in ("rows", "layers", "to_tags", "numbers", "languages", "words")}
    return Network(**read)


def _check_digest(content: bytes, card: Mapping[str, object]) -> None:
    digest = hashlib.sha256(content).hexdigest()
    if digest != card["sha256"]:
        message = (
            f"the weights of the names tier have the SHA-256 {digest[:16]}…, their card says {card['sha256']!s:.16}…"
        )
        raise NamesWeightsError(message, hint=_HINT)


def unpack(content: bytes, *, outside: object, surety: object, network: Network | None = None) -> Model:
    """Lay unpacked weights out under what the card says of languages and margins."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        names = ("kinds", "lowers", "bases", "common", "vocabulary", "transitions")
        read = {name: arrays[name] for name in names}
        gaps = np.ascontiguousarray(arrays["gaps"].T).view("<u4").ravel()
        words = spread(np.cumsum(gaps, dtype=np.uint32), arrays["values"])
        table = _table(arrays)
    margins = np.array(surety, np.int32)
    return Model(
        **read,
        lexicon=words,
        table=table,
        outside=np.array(outside, np.int32),
        surety=(margins[0], margins[1]),
        network=network or no_network(),
    )


def _table(arrays: Mapping[str, npt.NDArray[np.int8]]) -> npt.NDArray[np.uint64]:
    """Put the arrays of all tags side by side, one after the other: the table is most of the memory."""
    rows = np.full((len(arrays[TAG_ARRAYS[0]]), layout.ROW), 0x80, np.uint8)
    for tag, name in enumerate(TAG_ARRAYS):
        rows[:, tag] ^= arrays[name].view(np.uint8)
    return rows.view("<u8").ravel().astype(np.uint64, copy=False)


def check(model: Model) -> Model:
    """Return a model that finds a person in every language.

    Raises:
        NamesSilentError: one language has two sentences with names, and nothing is found in them.
    """
    from demur.filters.names.kernel import tag  # noqa: PLC0415 -- slow import

    rows = [sentence.encode() for language in LANGUAGES for sentence in SENTENCES[language]]
    content = np.frombuffer(b"".join(rows), np.uint8)
    offsets = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64)
    ids = np.repeat(np.arange(1, len(LANGUAGES) + 1), 2).astype(np.uint8)
    found = np.zeros((len(content), 5), np.int64)
    amount = tag(content, offsets, ids, model.for_kernel, found)
    heard = {int(row) // 2 for row, label in found[:amount, (0, 3)] if label == 0}
    silent = [language for place, language in enumerate(LANGUAGES) if place not in heard]
    if silent:
        message = f"the names tier finds no name in its own sentences in {', '.join(silent)}"
        raise NamesSilentError(message, hint=_HINT)
    return model


@cache
def shared_model() -> Model:
    """Return the model of this installation, read and checked once."""
    network = read_network((_FOLDER / _NETWORK).read_bytes(), read_network_card())
    return check(read_model((_FOLDER / _WEIGHTS).read_bytes(), read_card(), network))


def read_card() -> dict[str, object]:
    """Return the card of the weights of this installation."""
    return _read_card(_CARD)


def read_network_card() -> dict[str, object]:
    """Return the card of the network of this installation."""
    return _read_card(_NETWORK_CARD)


def _read_card(name: str) -> dict[str, object]:
    card: dict[str, object] = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return card
