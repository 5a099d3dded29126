"""Cut data about people without an account: names, handles and addresses that they asked to leave out.

A term is never stored: what is kept are two keyed hashes of each span of one to five words, 64 bits each and under
different keys. The first one finds a span, the second one is asked only then: that chance cuts a text once takes some
10**38 pairs of a span and an entry. Spelling is read in favour of the person: without case, accents, zero-width
characters and look-alike letters (GDPR Art. 21, requirement SEC-9).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import ClassVar, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters.hashing import chain_all, siphash13
from demur.filters.identifiers import PLACEHOLDER_PATTERN, SUPPRESSED
from demur.filters.trail import SPAN_COLUMNS
from demur.filters.words import Word, is_compiler_present, shared_word_table, text_buffer, words
from demur.kernel.errors import ConfigurationError, InputError, IntegrityError

MOST_WORDS = 5
_KEY_LENGTH = 32
_DIGEST_LENGTH, _CHECK_LENGTH = 16, 8
# A Bloom filter of ten bits and buckets of eight entries: small enough to lie near a core, and the few that it lets
# through by chance (2 %) cost less than a larger one.
_BLOOM_BITS, _BUCKET_ENTRIES = 10, 8
_MAGIC = b"demur-suppressions-2\n"
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
    """Keyed hashes of the spans to cut: sorted 64-bit hashes to find them, and beside each 64 bits to be sure.

    With what finding needs that is less than 18 bytes an entry. The key is needed to read texts but is no part of the
    table: ``to_bytes`` leaves it out.
    """

    hashes: npt.NDArray[np.uint64]
    checks: npt.NDArray[np.uint64]
    lengths: frozenset[int]
    key: bytes = field(repr=False)

    def __len__(self) -> int:
        """Count the spans."""
        return len(self.hashes)

    def to_bytes(self) -> bytes:
        """Write the table without its key."""
        lengths = sum(1 << length for length in self.lengths)
        header = _MAGIC + _key_check(self.key) + bytes([lengths]) + len(self).to_bytes(8, "little")
        return header + self.hashes.astype("<u8").tobytes() + self.checks.astype("<u8").tobytes()

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
            checks=body[count:],
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


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Hit:
    """A suppressed piece of a text, in code points; hits that overlap are one."""

    start: int
    end: int


Hits: TypeAlias = tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """Texts without the suppressed spans, how many were cut in each row, and in all, and where, by row."""

    texts: pl.Series
    cuts: pl.Series
    count: int
    hits: Mapping[int, Hits]

    @property
    def spans(self) -> pl.DataFrame:
        """The hits as a table (`demur.filters.trail.SPAN_COLUMNS`)."""
        listed = [(row, hit.start, hit.end, "suppressed") for row in sorted(self.hits) for hit in self.hits[row]]
        return pl.DataFrame(listed, schema=SPAN_COLUMNS, orient="row")


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
    listed = list(spans)
    hashes = b"".join(span.hash for span in listed)
    checks = b"".join(span.digest[:_CHECK_LENGTH] for span in listed)
    return list_hashes(hashes, checks, frozenset(span.words for span in listed), key)


def list_hashes(hashes: bytes, checks: bytes, lengths: frozenset[int], key: bytes) -> Suppressions:
    """Return the table of spans whose hashes, and first eight bytes of whose digests, lie one after the other."""
    both = np.column_stack([np.frombuffer(part, dtype=">u8").astype(np.uint64) for part in (hashes, checks)])
    return _sorted_table(both, lengths, key)


def join_suppressions(one: Suppressions, other: Suppressions) -> Suppressions:
    """Return the table of what stands in one table or the other; both are of one key."""
    both = np.column_stack([np.concatenate([one.hashes, other.hashes]), np.concatenate([one.checks, other.checks])])
    return _sorted_table(both, one.lengths | other.lengths, one.key)


def _sorted_table(both: npt.NDArray[np.uint64], lengths: frozenset[int], key: bytes) -> Suppressions:
    ordered = both[np.argsort(both[:, 0], kind="stable")]
    if (ordered[1:, 0] == ordered[:-1, 0]).any():
        ordered = np.unique(ordered, axis=0)
    hashes, checks = ordered.T.copy()
    return Suppressions(hashes=hashes, checks=checks, lengths=lengths, key=key)


def _term_spans(term: str) -> list[tuple[str, ...]]:
    forms = tuple(word.form for word in words(term))
    if not forms:
        message = "a suppression term holds no letter and no digit"
        raise SuppressionTermError(message, hint="Ask the person for a name, a handle or an address.")
    return [forms[first : first + MOST_WORDS] for first in range(max(1, len(forms) - MOST_WORDS + 1))]


# ----------------------------------------------------------------------------------------------------------------- find
def find(texts: pl.Series, suppressions: Suppressions) -> list[Hits]:
    """Find the suppressed spans of every row, from left to right."""
    # One empty tuple for all rows without a hit: as many lists would cost more than finding.
    found: list[Hits] = [()] * len(texts)
    for row, hits in _hits_by_row(texts, suppressions).items():
        found[row] = hits
    return found


def find_reference(texts: pl.Series, suppressions: Suppressions) -> list[Hits]:
    """Find the suppressed spans without the kernel: what `find` must equal on any text."""
    return [() if text is None else _read_hits(text, suppressions) for text in texts.to_list()]


def mask(texts: pl.Series, suppressions: Suppressions) -> Masked:
    """Replace every suppressed span by ``[SUPPRESSED]``; a null stays null. Without entries nothing is read."""
    return _masked(texts, _hits_by_row(texts, suppressions))


def mask_reference(texts: pl.Series, suppressions: Suppressions) -> Masked:
    """Mask without the kernel: what `mask` must equal on any text."""
    return _masked(texts, {row: hits for row, hits in enumerate(find_reference(texts, suppressions)) if hits})


def _masked(texts: pl.Series, rows: dict[int, Hits]) -> Masked:
    places = sorted(rows)
    amounts = np.zeros(len(texts), dtype=np.uint32)
    amounts[places] = [len(rows[place]) for place in places]
    cut = [_cut(text, rows[place]) for place, text in zip(places, texts.gather(places).to_list(), strict=True)]
    return Masked(
        texts=texts.clone().scatter(places, cut) if places else texts,
        cuts=pl.Series("cuts", amounts),
        count=int(amounts.sum()),
        hits=rows,
    )


def _cut(text: str, hits: Sequence[Hit]) -> str:
    pieces, done = [], 0
    for hit in hits:
        pieces += [text[done : hit.start], SUPPRESSED]
        done = hit.end
    return "".join([*pieces, text[done:]])


def _hits_by_row(texts: pl.Series, suppressions: Suppressions) -> dict[int, Hits]:
    if not len(suppressions) or not len(texts):
        return {}
    if not is_compiler_present():
        return {row: hits for row, hits in enumerate(find_reference(texts, suppressions)) if hits}
    found = _look_up(texts, suppressions)
    places = np.unique(found[:, 0])
    originals = dict(zip(places.tolist(), texts.gather(places).to_list(), strict=True))
    rows = dict[int, Hits]()
    for place, spans in groupby(found.tolist(), key=itemgetter(0)):
        text = originals[place]
        hits = _sure_hits(words(text), _placeholder_places(text), [span[1:] for span in spans], suppressions)
        if hits:
            rows[place] = hits
    return rows


def _look_up(texts: pl.Series, suppressions: Suppressions) -> npt.NDArray[np.int64]:
    """Ask the kernel where spans lie whose first hash is listed (`lookup_kernel.Found`)."""
    from demur.filters import lookup_kernel  # noqa: PLC0415 -- slow import

    table, buffer = shared_word_table(), text_buffer(texts)
    first, second = _sip_key(suppressions.key)
    lengths = np.array([length in suppressions.lengths for length in range(max(suppressions.lengths) + 1)])
    found: npt.NDArray[np.int64] = lookup_kernel.find_spans(
        (buffer.data, buffer.offsets),
        (table.starts, table.lengths, table.folded),
        (np.uint64(first), np.uint64(second)),
        (suppressions.hashes, *_filter(suppressions)),
        lengths,
    )
    return found


_Filter: TypeAlias = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]
_FILTERS: dict[int, tuple[npt.NDArray[np.uint64], _Filter]] = {}


def _filter(suppressions: Suppressions) -> _Filter:
    """Make the Bloom filter and the buckets of a table, kept for the table that was used last."""
    from demur.filters import lookup_kernel  # noqa: PLC0415 -- slow import

    known = _FILTERS.get(id(suppressions.hashes))
    if known is not None and known[0] is suppressions.hashes:
        return known[1]
    bloom = np.zeros(len(suppressions) * _BLOOM_BITS // 64 + 1, dtype=np.uint64)
    starts = np.zeros(len(suppressions) // _BUCKET_ENTRIES + 2, dtype=np.uint32)
    lookup_kernel.fill_filter(suppressions.hashes, bloom, starts)
    _FILTERS.clear()
    _FILTERS[id(suppressions.hashes)] = (suppressions.hashes, (bloom, starts))
    return bloom, starts


def _read_hits(text: str, suppressions: Suppressions) -> Hits:
    key, read = _sip_key(suppressions.key), words(text)
    hashes = [siphash13(key, word.form.encode()) for word in read]
    spans = []
    for first in range(len(read)):
        for length in sorted(suppressions.lengths):
            place = _place_of(suppressions, chain_all(hashes[first : first + length]))
            if first + length <= len(read) and place is not None:
                spans.append([first, length, place])
    return _sure_hits(read, _placeholder_places(text), spans, suppressions)


def _place_of(suppressions: Suppressions, found: int) -> int | None:
    place = int(np.searchsorted(suppressions.hashes, np.uint64(found)))
    return place if place < len(suppressions) and suppressions.hashes[place] == found else None


def _sure_hits(
    read: Sequence[Word],
    placeholders: Sequence[tuple[int, int]],
    spans: Sequence[Sequence[int]],
    suppressions: Suppressions,
) -> Hits:
    """Keep the spans whose check agrees too: nothing is looked for inside a placeholder, or across one.

    Args:
        read: the words of a text.
        placeholders: where placeholders begin and end in it.
        spans: first word, number of words, and first place of the hash in the table.
        suppressions: the table.
    """
    key = _digest_key(suppressions.key)
    hits = []
    for first, length, place in spans:
        span = read[first : first + length]
        start, end = span[0].start, span[-1].end
        if not any(start < after and before < end for before, after in placeholders) and _is_listed(
            suppressions, place, _span_digest(key, [word.form for word in span])
        ):
            hits.append(Hit(start=start, end=end))
    return _joined(hits)


def _placeholder_places(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in PLACEHOLDER_PATTERN.finditer(text)] if "[" in text else []


def _joined(hits: Sequence[Hit]) -> Hits:
    joined: list[Hit] = []
    for hit in sorted(hits):
        if joined and hit.start < joined[-1].end:
            joined[-1] = Hit(start=joined[-1].start, end=max(hit.end, joined[-1].end))
        else:
            joined.append(hit)
    return tuple(joined)


def _is_listed(suppressions: Suppressions, place: int, digest: bytes) -> bool:
    """Tell whether one of the entries with the hash at a place has this digest."""
    check = int.from_bytes(digest[:_CHECK_LENGTH], "big")
    found = suppressions.hashes[place]
    while place < len(suppressions) and suppressions.hashes[place] == found:
        if suppressions.checks[place] == check:
            return True
        place += 1
    return False


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


def _entry_count(content: bytes) -> int:
    count = int.from_bytes(content[_HEADER_LENGTH - 8 : _HEADER_LENGTH], "little")
    expected = _HEADER_LENGTH + count * 2 * _CHECK_LENGTH
    if not content.startswith(_MAGIC) or len(content) != expected:
        message = f"a suppression table of {count} entries has {expected} bytes, found {len(content)}"
        raise SuppressionTableError(message, hint="Make the table again by `demur suppressions make`.")
    return count
