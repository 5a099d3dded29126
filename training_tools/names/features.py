"""Makes what the trainer reads: alphabet, lexicon, and lattices of texts under the features of the kernel."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters.names import kernel, layout
from demur.filters.names.layout import Atom, Kind
from demur.filters.names.reference import hash_word
from training_tools.names import crf
from training_tools.names.texts import Text

_BASES = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ς": "σ"}
_NEWLINES = "\n\r\v\f\x85\u2028\u2029"
_JOINERS = frozenset((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060))
_COMMON_BITS, _VOCABULARY_BITS = 21, 24
_COMMON_TIMES = 3
NO_WORDS: Final = np.zeros(1, np.uint32)
_NO_LEXICON: Final = (NO_WORDS, NO_WORDS, NO_WORDS, NO_WORDS)


def alphabet() -> kernel.Alphabet:
    """Return kind, lower case and base letter of every code point below `TABLE_END`."""
    kinds = np.zeros(layout.TABLE_END, np.uint8)
    lowers = np.arange(layout.TABLE_END, dtype=np.int32)
    bases = np.arange(layout.TABLE_END, dtype=np.int32)
    for code in range(layout.TABLE_END):
        character = chr(code)
        kinds[code] = _kind(character)
        lower = character.lower()
        lower = lower if len(lower) == 1 else character
        base = unicodedata.normalize("NFD", _BASES.get(lower, lower))[0]
        lowers[code], bases[code] = ord("σ" if lower == "ς" else lower), ord(base)
    return kinds, lowers, bases


def _kind(character: str) -> Kind:
    category = unicodedata.category(character)
    if character in _NEWLINES:
        return Kind.NEWLINE
    if category == "Zs" or character == "\t":
        return Kind.SPACE
    if ord(character) in _JOINERS or category[0] == "M":
        return Kind.MARK
    if category in {"Lu", "Lt"}:
        return Kind.UPPER
    if category == "Ll":
        return Kind.LOWER
    if category[0] == "L":
        return Kind.LETTER
    return Kind.DIGIT if category == "Nd" else Kind.SIGN


def lexicon(
    letters: kernel.Alphabet, words: Mapping[str, int]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return sorted hashes of words and their entries."""
    entries: dict[int, int] = {}
    lower = letters[1].tolist()
    for word, entry in words.items():
        hashed = hash_word(lower, word)
        lists = (entries.get(hashed, 0) | entry) & 0xFF
        entries[hashed] = (max(entries.get(hashed, 0), entry) & ~0xFF) | lists
    keys = np.array(sorted(entries), np.uint32)
    values = np.array([entries[int(key)] for key in keys], np.uint32)
    return keys, values


def _bits(hashes: npt.NDArray[np.uint32], size: int) -> npt.NDArray[np.uint32]:
    """Return 2^size bits with two set for each hash."""
    words, mask = hashes.astype(np.uint64), np.uint64((1 << size) - 1)
    second = ((words * np.uint64(0x5BD1E995)) & np.uint64(layout.MASK_32)) >> np.uint64(8)
    taken = np.zeros(1 << size, np.bool_)
    taken[(words & mask).astype(np.int64)] = True
    taken[(second & mask).astype(np.int64)] = True
    return np.packbits(taken, bitorder="little").view("<u4").astype(np.uint32)


def vocabulary(letters: kernel.Alphabet, words: Mapping[str, Sequence[str]]) -> npt.NDArray[np.uint32]:
    """Return the bits of what stands in lower case in the words of each language."""
    found = []
    for language, some in words.items():
        reader = Reader([Text(" ".join(some), (), "", "")], letters, _NO_LEXICON, np.zeros(1, np.uint8))
        atoms = reader.atoms[reader.rows()]
        lower = atoms[atoms[:, Atom.CASE] == layout.Case.LOWER, Atom.WORD].astype(np.uint64)
        number = 1 + layout.LANGUAGES.index(language)
        mixed = (lower ^ np.uint64(number * layout.GOLDEN_32)) * np.uint64(layout.FNV_PRIME)
        found.append((mixed & np.uint64(layout.MASK_32)).astype(np.uint32))
    return _bits(np.concatenate(found), _VOCABULARY_BITS)


def common_bits(words: Iterable[int]) -> npt.NDArray[np.uint32]:
    """Return the bits of common words, by their hashes."""
    return _bits(np.array(sorted(words), np.uint32), _COMMON_BITS)


class Reader:
    """Texts read into tokens and atoms, once, so that they can be hashed again with other settings."""

    def __init__(
        self,
        texts: Sequence[Text],
        letters: kernel.Alphabet,
        words: kernel.Lexicon,
        languages: npt.NDArray[np.uint8],
    ) -> None:
        """Read texts with what the lexicon says of their words; language ids are as a row has them."""
        contents = [text.content.encode() for text in texts]
        self.data = np.frombuffer(b"".join(contents), np.uint8)
        self.offsets = np.concatenate([[0], np.cumsum([len(one) for one in contents])]).astype(np.int64)
        self.texts, self.languages = texts, languages
        lines = len(texts) + sum(text.content.count(one) for text in texts for one in _NEWLINES)
        most = 1 + lines + 4 * len(self.data) // layout.SEQUENCE_BYTES
        rows = len(self.data) + 4 * most  # a token has a byte at least, a sequence four sentinels
        tokens = np.zeros((rows, 3), np.int64)
        atoms = np.zeros((rows, layout.ATOMS), np.uint32)
        sequences = np.zeros((most, 4), np.int64)
        amount = crf.read_atoms(self.data, self.offsets, letters, languages, words, (tokens, atoms, sequences))
        used = int(sequences[amount, 0])
        self.tokens, self.atoms, self.sequences = tokens[:used], atoms[: used + 4].copy(), sequences[:amount].copy()

    def rows(self) -> npt.NDArray[np.int64]:
        """Return the rows of atoms that are tokens, in order."""
        starts, counts = self.sequences[:, 0] + 2, self.sequences[:, 1]
        return np.concatenate([np.arange(start, start + count) for start, count in zip(starts, counts, strict=True)])

    def gold(self) -> npt.NDArray[np.int8]:
        """Return the tag of every token; one that crosses the border of a span is of it."""
        rows = self.rows()
        tokens = self.tokens[rows]
        tags = np.zeros(len(tokens), np.int8)
        bounds = np.searchsorted(tokens[:, 2], np.arange(len(self.texts) + 1))
        for row, text in enumerate(self.texts):
            place = bounds[row]
            for start, end, kind in text.spans:
                first = True
                while place < bounds[row + 1] and tokens[place, 1] - self.offsets[row] <= start:
                    place += 1
                while place < bounds[row + 1] and tokens[place, 0] - self.offsets[row] < end:
                    tags[place] = 2 * kind + (1 if first else 2)
                    first = False
                    place += 1
        cases = self.atoms[rows, Atom.CASE]
        tags[np.isin(cases, (layout.Case.HANDLE, layout.Case.LINK))] = 0
        return tags

    def lattice(self, *, bits: int, gold: npt.NDArray[np.int8]) -> crf.Lattice:
        """Hash the features of all tokens that are scored."""
        amount = len(self.sequences)
        scored = crf.count_scored(self.atoms, self.sequences, amount)
        places = np.empty(len(gold), np.int64)
        slots = np.empty((scored, layout.FEATURES), np.uint32)
        crf.write_slots(self.atoms, self.sequences, self.languages, places, slots, np.uint64((1 << bits) - 1))
        bounds = np.concatenate([[0], np.cumsum(self.sequences[:, 1])]).astype(np.int64)
        tags = np.where(places >= 0, gold, 0).astype(np.int8)
        weights = np.array([text.weight for text in self.texts], np.float32)[self.sequences[:, 3]]
        return crf.Lattice(slots=slots, places=places, gold=tags, bounds=bounds, weights=weights)


def common_words(reader: Reader, gold: npt.NDArray[np.int8]) -> set[int]:
    """Return the words that stand in lower case often enough and in no name."""
    rows = reader.rows()
    words, cases = reader.atoms[rows, Atom.WORD], reader.atoms[rows, Atom.CASE]
    is_person = (gold == layout.Tag.BEGIN_PERSON) | (gold == layout.Tag.IN_PERSON)
    is_place = (gold == layout.Tag.BEGIN_LOCATION) | (gold == layout.Tag.IN_LOCATION)
    lower = (cases == layout.Case.LOWER) | (cases == layout.Case.CASELESS)
    counted = Counter(words[lower & (gold == 0)].tolist())
    in_names = set(words[is_person].tolist()) | set(words[is_place & lower].tolist())
    return {word for word, times in counted.items() if times >= _COMMON_TIMES and word not in in_names}
