"""The words of the special-category filter as tables: compiled once, when a word is changed, not in every process.

``python -m demur.filters.special_tables`` compiles `special_words.toml` and writes the file that is part of the
package. The file names the words it was made of by a digest, so that a stale one is refused.
"""

import hashlib
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.automata import DEAD, START, TABLE, Automaton
from demur.filters.identifiers import PLACEHOLDERS, SUPPRESSED, IdentifierClass
from demur.filters.special_places import (
    CAPITAL,
    CLASS_MASK,
    CODES_EACH,
    FIRST,
    GOES_MASK,
    GOES_SHIFT,
    KIND_SHIFT,
    LANGUAGES,
    MARKED,
    PLAIN,
    STEM,
    THING,
    WHOSE_SHIFT,
    WORD_KINDS,
    Goes,
    Kind,
    Whose,
    Word,
)
from demur.filters.symbols import CAPITALS, KINDS, alphabet_source, symbols
from demur.filters.tables import TablesStaleError
from demur.kernel.errors import InputError

FILE: Final = "special.npz"
WORDS: Final = "special_words.toml"
# What a list of a language holds, by its name: verbs by person and by what they go with, everything else by class.
_VERBS: Final = {
    "am": (Whose.FIRST, Goes.BE),
    "is": (Whose.THIRD, Goes.BE),
    "be": (Whose.ANY, Goes.BE),
    "i_have": (Whose.FIRST, Goes.HAVE),
    "has": (Whose.THIRD, Goes.HAVE),
    "have": (Whose.ANY, Goes.HAVE),
    "i_join": (Whose.FIRST, Goes.JOIN),
    "joins": (Whose.THIRD, Goes.JOIN),
    "join": (Whose.ANY, Goes.JOIN),
}
_TERMS: Final = {
    "is": (Whose.ANY, Goes.BE),
    "has": (Whose.ANY, Goes.HAVE),
    "in": (Whose.ANY, Goes.JOIN),
    "does": (Whose.ANY, Goes.ALONE),
    "i_do": (Whose.FIRST, Goes.ALONE),
    "they_do": (Whose.THIRD, Goes.ALONE),
}
_CLASSES: Final = ("self", "mine", "person", "they", "theirs", "nobody", "topic", "child", "school", "years", "named")
# How verbs of the first person end, in the languages that leave the pronoun out: they need no other sign of the author.
_FIRST_PERSON: Final = {
    "bg": r".*(?:ам|ям|[^ия]я|их|ах|ях|ох)",
    "cs": r".*(?:ím|ám|uji|uju)|jsem|držím",
    "el": r".*(?:ω|μαι|ηκα|ανα|ψα|ασα|αλα)",
    "es": r".*(?:[^di]o|é|í)",
    "et": r".*n",
    "fi": r".*n",
    "hr": r".*(?:im|em|am)",
    "hu": r".*(?:ok|ek|ök|tam|tem|ttam|ttem)",
    "it": r"vado|faccio|credo|prego|porto|prendo|voto|ho|digiuno|sono",
    "lt": r".*(?:[^ių]u|iu|iuosi|ausi)",
    "lv": r".*(?:[^ā]ju|nu|ju|šos|jos|cu|ku)",
    "mt": r"immur|nitlob|nemmen|nilbes|insum|inħallas|għamilt|kelli|dħalt|ħriġt|rqadt|nieħu|vvutajt|nivvota|tlift",
    "pl": r".*(?:ę|łem|łam)",
    "pt": r".*(?:[^du]o|ei|i)",
    "ro": r"merg|fac|cred|am|țin|port|iau|plătesc|intru|postesc",
    "sk": r".*(?:ím|ám|ujem|iem|em)|som",
    "sl": r".*(?:im|em|am)|sem",
}
_NEVER: Final = r"$^"
_VERB_PLACES: Final = 2
# A name that was cut is a person in every language.
_CUT_PERSONS: Final = (IdentifierClass.PERSON.placeholder, IdentifierClass.HANDLE.placeholder, SUPPRESSED)
_CHOOSING_A_CHILD: Final = (Word.CHILD, Word.SCHOOL)


class WordListError(InputError):
    """A list of words of the special-category filter cannot be compiled."""

    code = "word-list-unreadable"


def build_table() -> npt.NDArray[np.int32]:
    """Compile all languages into the one array that the loops read (`Part`)."""
    lists = tomllib.loads(_source())
    listed = [codes_by_word(language, lists[language]) for language in LANGUAGES]
    parts = [*_choosers(listed)]
    for words in listed:
        parts += _language(words)
    places = FIRST + np.cumsum([0, *(part.size for part in parts)])
    directory = np.zeros(WORD_KINDS, dtype=np.int64)
    directory[: len(parts)] = places[:-1]
    return np.concatenate([directory, KINDS, *parts]).astype(np.int32)


@cache
def load_table() -> npt.NDArray[np.int32]:
    """Read the compiled table of the package."""
    return read_table(resources.files("demur.filters").joinpath(FILE).read_bytes())


def read_table(content: bytes) -> npt.NDArray[np.int32]:
    """Read a compiled table.

    Raises:
        TablesStaleError: it was made of other words than the ones installed.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        made_of, table = bytes(file["digest"]).decode(), file["table"]
    if made_of != (wanted := source_digest()):
        message = f"the table of special categories was made of words {made_of[:12]}, installed are {wanted[:12]}"
        raise TablesStaleError(message, hint="Install Demur anew; after a change to the words, run `make tables`.")
    return np.asarray(table, dtype=np.int32)


@cache
def source_digest() -> str:
    """Digest everything that the table is made of."""
    return hashlib.sha256(repr((_source(), alphabet_source(), LANGUAGES)).encode()).hexdigest()


def write_table(path: Path) -> None:
    """Compile everything and write it to a file, in numpy's format."""
    digest = np.frombuffer(source_digest().encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, digest=digest, table=build_table())


# ---------------------------------------------------------------------------------------------------------------- words
def _source() -> str:
    return resources.files("demur.filters").joinpath(WORDS).read_text(encoding="utf-8")


Codes: TypeAlias = dict[bytes, tuple[int, ...]]
"""The codes of words, as `demur.filters.special_places` defines them."""


def codes_by_word(language: str, lists: Mapping[str, Any]) -> Codes:
    """Return the codes of every word in the lists of a language, by its symbols in small letters.

    Raises:
        WordListError: a word has more meanings than a place holds.
    """
    found: dict[bytes, dict[int, int]] = {}
    for word, code in _listed(lists, _FIRST_PERSON.get(language, _NEVER)):
        # Codes that differ in what they go with alone are one.
        goes, rest = code & GOES_MASK << GOES_SHIFT, code & ~(GOES_MASK << GOES_SHIFT)
        meanings = found.setdefault(word, {})
        meanings[rest] = meanings.get(rest, 0) | goes
    codes = {word: tuple(rest | goes for rest, goes in meanings.items()) for word, meanings in found.items()}
    for word, several in codes.items():
        if len(several) > CODES_EACH:
            message = f"the word {word!r} of {language} has {len(several)} meanings, {CODES_EACH} are allowed"
            raise WordListError(message, hint="Take the word out of the list where it matters least.")
    return codes


def _listed(lists: Mapping[str, Any], first_person: str) -> Iterator[tuple[bytes, int]]:
    for name in _CLASSES:
        yield from _entries(lists[name], int(Word[name.upper()]))
    for name, (whose, goes) in _VERBS.items():
        yield from _entries(lists[name], Word.LINK | whose << WHOSE_SHIFT | goes << GOES_SHIFT)
    for kind in Kind:
        for name, (whose, goes) in _TERMS.items():
            code = Word.TERM | whose << WHOSE_SHIFT | (goes | _also(kind, goes)) << GOES_SHIFT | kind << KIND_SHIFT
            own = first_person if name == "does" else _NEVER
            for one in _split(lists[kind.name.lower()].get(name, "")):
                is_own = any(re.fullmatch(own, word) for word in one.split()[:_VERB_PLACES])
                yield _entry(one, code | (Whose.FIRST << WHOSE_SHIFT if is_own else 0))
    for placeholder in PLACEHOLDERS:
        yield symbols(placeholder.lower()), STEM | (Word.PERSON if placeholder in _CUT_PERSONS else Word.CUT)


def _also(kind: Kind, goes: Goes) -> Goes:
    """Return what else a term goes with: one has a bipolar disorder and is bipolar, joins a church and is of it."""
    if (kind, goes) == (Kind.HEALTH, Goes.BE):
        return Goes.HAVE
    return Goes.BE if (kind, goes) == (Kind.RELIGION, Goes.JOIN) else Goes(0)


def _entries(words: str, code: int) -> Iterator[tuple[bytes, int]]:
    return (_entry(written, code) for written in _split(words))


def _split(words: str) -> Iterator[str]:
    return filter(None, map(str.strip, words.replace("\n", ",").split(",")))


def _entry(written: str, code: int) -> tuple[bytes, int]:
    """Return the symbols of a word as it is written in a list, and its code with what the signs around it say."""
    word = written.lstrip("~^").removesuffix("*")
    marks = (STEM if written.endswith("*") else 0) | (THING if "~" in written else 0)
    marks |= CAPITAL if "^" in written else 0
    folded = symbols(word.lower())
    if len(folded) == 1 and word.isalpha():
        marks |= PLAIN if word.isascii() else MARKED
    return folded, code | marks


# --------------------------------------------------------------------------------------------------------------- tables
def _language(codes: Codes) -> tuple[Automaton, npt.NDArray[np.int64]]:
    """Compile the words of a language: an automaton that ends in numbers of sets of codes, and these sets."""
    sets = {several: number for number, several in enumerate(sorted(set(codes.values())))}
    listed = [code for several in sets for code in (*several, *[0] * (CODES_EACH - len(several)))]
    return _automaton({word: sets[several] for word, several in codes.items()}), np.array(listed)


def _choosers(listed: Iterable[Codes]) -> Iterator[npt.NDArray[Any]]:
    """Compile the words by which a row is chosen: an automaton, and by its numbers the languages, as bits (`Part`)."""
    bits: dict[bytes, list[int]] = {}
    for language, codes in enumerate(listed):
        for word, several in codes.items():
            for code in filter(_is_choosing, several):
                bits.setdefault(word, [0, 0, 0, 0])[_chooser_column(code)] |= 1 << language
    sets = {several: number for number, several in enumerate(sorted(set(map(tuple, bits.values()))))}
    yield _automaton({word: sets[tuple(several)] for word, several in bits.items()})
    yield from np.array(list(sets), dtype=np.int64).T


def _is_choosing(code: int) -> bool:
    return code & CLASS_MASK in (Word.TERM, *_CHOOSING_A_CHILD)


def _chooser_column(code: int) -> int:
    """Return which of the four lists of languages (`Part`) a word belongs to."""
    is_of_child, is_whole = code & CLASS_MASK != Word.TERM, code & STEM == 0
    return 2 * is_of_child + is_whole


class _Node(dict[int, "_Node"]):
    """What may follow, by column; `number` is that of the words that end here."""

    number: int | None = None


class _Net:
    """The states of an automaton as they are written down: what follows by column, and the number that ends there."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[list[int]] = [[], []]
        self.ends: list[int | None] = [None, None]
        self.known: dict[tuple[int | None, tuple[int, ...]], int] = {}
        self.rows[DEAD] = [DEAD] * width

    def row_of(self, node: _Node) -> list[int]:
        """Give everything that follows a node its state; return what follows by column."""
        row = [DEAD] * self.width
        for column, after in node.items():
            row[column] = self.state_of(after)
        return row

    def state_of(self, node: _Node) -> int:
        """Return the state of a node, the same for nodes that nothing tells apart."""
        row = self.row_of(node)
        state = self.known.setdefault((node.number, tuple(row)), len(self.rows))
        if state == len(self.rows):
            self.rows.append(row)
            self.ends.append(node.number)
        return state


def _automaton(numbers: Mapping[bytes, int]) -> Automaton:
    """Write words down as the smallest automaton that tells their numbers, in the form of `automata`.

    A small letter stands for either case, a space for a hyphen too.
    """
    columns = _columns(numbers)
    root = _Node()
    for word, number in numbers.items():
        node = root
        for symbol in word:
            node = node.setdefault(int(columns[symbol]), _Node())
        node.number = number
    net = _Net(int(columns.max()) + 1)
    net.rows[START] = net.row_of(root)
    places = np.cumsum([0, *(end is not None for end in net.ends)])
    begin = TABLE + len(net.rows) * net.width
    flat = [target for row in net.rows for target in row]
    ended = [end for end in net.ends if end is not None]
    return np.concatenate([columns, [net.width, begin, begin + len(places)], flat, places, ended]).astype(np.int32)


def _columns(words: Iterable[bytes]) -> npt.NDArray[np.int64]:
    columns = np.zeros(256, dtype=np.int64)
    used = sorted(set(b"".join(words)) | {ord(" ")})
    columns[used] = np.arange(1, len(used) + 1)
    columns[ord("-")] = columns[ord(" ")]
    for small, capital in CAPITALS.items():
        columns[capital] = columns[small]
    return columns


if __name__ == "__main__":
    write_table(Path(__file__).with_name(FILE))
