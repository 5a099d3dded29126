"""Cut data about people without an account: names, handles and addresses that they asked to leave out.

A term is never stored: what is kept is a keyed hash of each span of one to five words. The kernel flags the few rows
in which a hash occurs; only these are read again, word by word, and a hit counts when the keyed BLAKE2b digest of the
span agrees, so chance never cuts a text. Spelling is read in favour of the person: without case, accents, zero-width
characters and look-alike letters (GDPR Art. 21, requirement SEC-9).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters.hashing import chain_all, siphash13
from demur.filters.identifiers import PLACEHOLDER_PATTERN, SUPPRESSED
from demur.filters.words import Word, is_compiler_present, shared_word_table, text_buffer, words
from demur.kernel.errors import ConfigurationError, InputError, IntegrityError

MOST_WORDS = 5
_KEY_LENGTH = 32
_DIGEST_LENGTH = 16
_MAGIC = b"demur-suppressions-1\n"
_HEADER_LENGTH = len(_MAGIC) + 8 + 1 + 8


class SuppressionTermError(InputError):
    """A term holds no letter and no digit, so nothing can be looked for."""

    code: ClassVar[str] = "suppression-term"


class SuppressionKeyError(ConfigurationError):
    """The key has the wrong length or is not the one that the table was built with."""

    code: ClassVar[str] = "suppression-key"


class SuppressionTableError(IntegrityError):
    """The bytes are not a whole suppression table."""

    code: ClassVar[str] = "suppression-table"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Suppressions:
    """Keyed hashes of the spans to cut: sorted 64-bit hashes to find them, 128-bit digests to be sure.

    The key is needed to read texts but is no part of the table: ``to_bytes`` leaves it out.
    """

    hashes: npt.NDArray[np.uint64]
    digests: npt.NDArray[np.uint64]
    lengths: frozenset[int]
    key: bytes = field(repr=False)

    def __len__(self) -> int:
        """Count the spans."""
        return len(self.hashes)

    def to_bytes(self) -> bytes:
        """Write the table without its key."""
        lengths = sum(1 << length for length in self.lengths)
        header = _MAGIC + _key_check(self.key) + bytes([lengths]) + len(self).to_bytes(8, "little")
        return header + self.hashes.astype("<u8").tobytes() + self.digests.astype("<u8").tobytes()

    @classmethod
    def from_bytes(cls, content: bytes, key: bytes) -> Self:
        """Read a table back.

        Raises:
            SuppressionTableError: the bytes are cut short or are something else.
            SuppressionKeyError: the table was built with another key.
        """
        count = _entry_count(content)
        if content[len(_MAGIC) : len(_MAGIC) + 8] != _key_check(key):
            message = "the suppression table was built with another key than the one given"
            raise SuppressionKeyError(message, hint="Use the keyring with which the snapshot was taken.")
        body = np.frombuffer(content, dtype="<u8", offset=_HEADER_LENGTH).astype(np.uint64)
        bits = content[len(_MAGIC) + 8]
        return cls(
            hashes=body[:count],
            digests=body[count:].reshape(count, 2),
            lengths=frozenset(length for length in range(1, MOST_WORDS + 1) if bits >> length & 1),
            key=key,
        )

    def digest(self) -> str:
        """Return the SHA-256 of the table, for the manifest."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """One to five words in a row as a table holds them: how many, the 8 bytes to find them, the 16 to be sure."""

    words: int
    hash: bytes
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """Texts without the suppressed spans, how many were cut in each row, and in all."""

    texts: pl.Series
    cuts: pl.Series
    count: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Hit:
    """A suppressed piece of a text, in code points; hits that overlap are one."""

    start: int
    end: int


# ---------------------------------------------------------------------------------------------------------------- build
def build_suppressions(terms: Iterable[str], key: bytes) -> Suppressions:
    """Hash terms under a key; a term of more than five words is kept as each five words in a row.

    Raises:
        SuppressionTermError: a term has no letter and no digit.
        SuppressionKeyError: the key is not 32 bytes.
    """
    return list_spans((span for term in terms for span in hash_term(term, key)), key)


def hash_term(term: str, key: bytes) -> list[Span]:
    """Hash one term under a key; raises as `build_suppressions`."""
    sip_key, digest_key = _sip_key(key), _digest_key(key)
    return [
        Span(words=len(form), hash=_span_hash(sip_key, form).to_bytes(8, "big"), digest=_span_digest(digest_key, form))
        for form in sorted(set(_term_spans(term)))
    ]


def list_spans(spans: Iterable[Span], key: bytes) -> Suppressions:
    """Return the table of some spans that were hashed under a key."""
    listed = set(spans)
    hashes = np.array([int.from_bytes(span.hash, "big") for span in listed], dtype=np.uint64)
    halves = np.array([_halves(span.digest) for span in listed], dtype=np.uint64).reshape(len(listed), 2)
    return Suppressions(
        hashes=np.sort(hashes),
        digests=halves[np.lexsort((halves[:, 1], halves[:, 0]))],
        lengths=frozenset(span.words for span in listed),
        key=key,
    )


def join_suppressions(one: Suppressions, other: Suppressions) -> Suppressions:
    """Return the table of what stands in one table or the other; both are of one key."""
    return Suppressions(
        hashes=np.union1d(one.hashes, other.hashes),
        digests=np.unique(np.concatenate([one.digests, other.digests]), axis=0),
        lengths=one.lengths | other.lengths,
        key=one.key,
    )


def _term_spans(term: str) -> list[tuple[str, ...]]:
    forms = tuple(word.form for word in words(term))
    if not forms:
        message = "a suppression term holds no letter and no digit"
        raise SuppressionTermError(message, hint="Ask the person for a name, a handle or an address.")
    return [forms[first : first + MOST_WORDS] for first in range(max(1, len(forms) - MOST_WORDS + 1))]


# ----------------------------------------------------------------------------------------------------------------- find
def find(texts: pl.Series, suppressions: Suppressions) -> list[list[Hit]]:
    """Find the suppressed spans of every row, from left to right."""
    rows = _hits_by_row(texts, suppressions)
    return [rows.get(row, []) for row in range(len(texts))]


def find_reference(texts: pl.Series, suppressions: Suppressions) -> list[list[Hit]]:
    """Find the suppressed spans without the kernel: what `find` must equal on any text."""
    return [[] if text is None else _read_hits(text, suppressions) for text in texts.to_list()]


def mask(texts: pl.Series, suppressions: Suppressions) -> Masked:
    """Replace every suppressed span by ``[SUPPRESSED]``; a null stays null. Without entries nothing is read."""
    return _masked(texts, _hits_by_row(texts, suppressions))


def mask_reference(texts: pl.Series, suppressions: Suppressions) -> Masked:
    """Mask without the kernel: what `mask` must equal on any text."""
    return _masked(texts, {row: hits for row, hits in enumerate(find_reference(texts, suppressions)) if hits})


def _masked(texts: pl.Series, rows: dict[int, list[Hit]]) -> Masked:
    places = sorted(rows)
    amounts = np.zeros(len(texts), dtype=np.uint32)
    amounts[places] = [len(rows[place]) for place in places]
    cut = [_cut(text, rows[place]) for place, text in zip(places, texts.gather(places).to_list(), strict=True)]
    return Masked(
        texts=texts.clone().scatter(places, cut) if places else texts,
        cuts=pl.Series("cuts", amounts),
        count=int(amounts.sum()),
    )


def _cut(text: str, hits: Sequence[Hit]) -> str:
    pieces, done = [], 0
    for hit in hits:
        pieces += [text[done : hit.start], SUPPRESSED]
        done = hit.end
    return "".join([*pieces, text[done:]])


def _hits_by_row(texts: pl.Series, suppressions: Suppressions) -> dict[int, list[Hit]]:
    if not len(suppressions) or not len(texts):
        return {}
    places = _flagged(texts, suppressions) if is_compiler_present() else range(len(texts))
    originals = texts.gather(list(places)).to_list()
    found = {
        place: hits
        for place, text in zip(places, originals, strict=True)
        if text is not None and (hits := _read_hits(text, suppressions))
    }
    return dict(sorted(found.items()))


def _flagged(texts: pl.Series, suppressions: Suppressions) -> list[int]:
    """Ask the kernel which rows hold one of the hashes."""
    from demur.filters import word_kernel  # noqa: PLC0415 -- slow import

    table, buffer = shared_word_table(), text_buffer(texts)
    first, second = _sip_key(suppressions.key)
    flags = np.zeros(len(texts), dtype=np.uint8)
    word_kernel.flag_rows(
        (buffer.data, buffer.offsets),
        (table.starts, table.lengths, table.folded),
        (np.uint64(first), np.uint64(second)),
        suppressions.hashes,
        _bloom(suppressions),
        max(suppressions.lengths),
        flags,
    )
    return [int(row) for row in np.flatnonzero(flags)]


_BLOOMS: dict[int, tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]] = {}


def _bloom(suppressions: Suppressions) -> npt.NDArray[np.uint64]:
    """Make the Bloom filter of a table: sixteen bits an entry, kept for the table that was used last."""
    from demur.filters import word_kernel  # noqa: PLC0415 -- slow import

    known = _BLOOMS.get(id(suppressions.hashes))
    if known is not None and known[0] is suppressions.hashes:
        return known[1]
    size = 1 << max(4, (len(suppressions) // 4).bit_length())
    bloom = np.zeros(size, dtype=np.uint64)
    word_kernel.fill_bloom(suppressions.hashes, bloom)
    _BLOOMS.clear()
    _BLOOMS[id(suppressions.hashes)] = (suppressions.hashes, bloom)
    return bloom


def _read_hits(text: str, suppressions: Suppressions) -> list[Hit]:
    key = _digest_key(suppressions.key)
    hits: list[Hit] = []
    for run in _runs_of_words(text):
        for first in range(len(run)):
            for length in sorted(suppressions.lengths, reverse=True):
                span = run[first : first + length]
                if len(span) == length and _is_listed(suppressions, _span_digest(key, [word.form for word in span])):
                    hits.append(Hit(start=span[0].start, end=span[-1].end))
                    break
    return _joined(hits)


def _runs_of_words(text: str) -> list[list[Word]]:
    """Read the words between placeholders: nothing is looked for inside one, or across one."""
    runs, done = [], 0
    for match in PLACEHOLDER_PATTERN.finditer(text):
        runs.append(_words_within(text, done, match.start()))
        done = match.end()
    return [*runs, _words_within(text, done, len(text))]


def _words_within(text: str, start: int, end: int) -> list[Word]:
    return [Word(word.start + start, word.end + start, word.form) for word in words(text[start:end])]


def _joined(hits: Sequence[Hit]) -> list[Hit]:
    joined: list[Hit] = []
    for hit in sorted(hits):
        if joined and hit.start < joined[-1].end:
            joined[-1] = Hit(start=joined[-1].start, end=max(hit.end, joined[-1].end))
        else:
            joined.append(hit)
    return joined


def _is_listed(suppressions: Suppressions, digest: bytes) -> bool:
    high, low = _halves(digest)
    first = int(np.searchsorted(suppressions.digests[:, 0], np.uint64(high), side="left"))
    last = int(np.searchsorted(suppressions.digests[:, 0], np.uint64(high), side="right"))
    return bool((suppressions.digests[first:last, 1] == np.uint64(low)).any())


# ----------------------------------------------------------------------------------------------------------------- keys
def _derived(key: bytes, purpose: bytes, length: int) -> bytes:
    if len(key) != _KEY_LENGTH:
        message = f"a suppression key has {_KEY_LENGTH} bytes, found {len(key)}"
        raise SuppressionKeyError(message)
    return hashlib.blake2b(key=key, person=purpose, digest_size=length).digest()


@cache
def _sip_key(key: bytes) -> tuple[int, int]:
    content = _derived(key, b"demur/v1/sip", 16)
    return int.from_bytes(content[:8], "little"), int.from_bytes(content[8:], "little")


@cache
def _digest_key(key: bytes) -> bytes:
    return _derived(key, b"demur/v1/span", 32)


def _key_check(key: bytes) -> bytes:
    return _derived(key, b"demur/v1/check", 8)


def _span_hash(sip_key: tuple[int, int], forms: Sequence[str]) -> int:
    return chain_all([siphash13(sip_key, form.encode()) for form in forms])


def _span_digest(digest_key: bytes, forms: Sequence[str]) -> bytes:
    content = "\x1f".join(forms).encode()
    return hashlib.blake2b(content, key=digest_key, digest_size=_DIGEST_LENGTH).digest()


def _halves(digest: bytes) -> tuple[int, int]:
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")


def _entry_count(content: bytes) -> int:
    count = int.from_bytes(content[_HEADER_LENGTH - 8 : _HEADER_LENGTH], "little")
    expected = _HEADER_LENGTH + count * (8 + _DIGEST_LENGTH)
    if not content.startswith(_MAGIC) or len(content) != expected:
        message = f"a suppression table of {count} entries has {expected} bytes, found {len(content)}"
        raise SuppressionTableError(message, hint="Make the table again by `demur suppressions make`.")
    return count
