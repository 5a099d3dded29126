"""The index of objected texts: enough to find copies of them, and not the texts.

What is kept of a text are hashes: of its beginning up to every word, and of the window after every word
(`demur.filters.letters`). Texts lie in the order of their age. A window that many texts share leads to the oldest of
them only, so that a common phrase costs no more than a rare one; each text keeps at least its rarest window.
"""

import hashlib
import mmap
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters import letters
from demur.filters.words import is_compiler_present, text_buffer
from demur.kernel.errors import IntegrityError

MIN_WORDS: Final = 4
"""Texts of fewer different words, or of fewer letters than a window, are common sayings and are not indexed."""
MOST_TEXTS: Final = 8
"""A window leads to the oldest texts that have it, as many as this."""
SHINGLE_WORDS: Final = 4
IS_SEED, IS_FIRST = 1, 2

_MOST_EQUALS, _LANDMARK = 2, 32
_MOST_SHINGLE, _LOW_32 = 0xFF, 0xFFFFFFFF
"""Four words of twelve letters of four bytes are fewer bytes than this."""

_MAGIC = b"demur-fingerprints-1\n\0\0\0"
_COUNTS = 4
_HEADER_LENGTH = len(_MAGIC) + 8 * _COUNTS
_CHECK_LENGTH = hashlib.sha256().digest_size


class FingerprintsError(IntegrityError):
    """The bytes are not a whole index of objected texts."""

    code: ClassVar[str] = "fingerprints"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fingerprints:
    """Objected texts as hashes, oldest first; nothing in it can be written to.

    A seed is a window and the shingle of four words that begins where it begins. Seeds lie in buckets by the high bits
    of their window's hash.

    Attributes:
        bloom: one word of 64 bits for each bucket, with three bits for each window in it.
        starts: where the seeds of each bucket begin, and the end of all.
        keys: the low bits of the hash of each seed's window.
        checks: the low byte is the length of each seed's shingle, the others are of its hash.
        key_anchors: the anchor at which each seed begins; of equal windows the oldest texts first.
        numbers: the number of each text.
        firsts: where the anchors of each text begin, and the end of all.
        landmarks: the text of every 32nd anchor.
        offsets: the letters of the text before each anchor, in bytes.
        prefixes: the hash of these letters.
        flags: 1 where a seed begins, 2 where a text begins.
    """

    bloom: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.uint32]
    keys: npt.NDArray[np.uint32]
    checks: npt.NDArray[np.uint32]
    key_anchors: npt.NDArray[np.uint32]
    numbers: npt.NDArray[np.uint32]
    firsts: npt.NDArray[np.uint32]
    landmarks: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.uint32]
    prefixes: npt.NDArray[np.uint32]
    flags: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        """Close the arrays for writing."""
        for array in self._arrays():
            array.setflags(write=False)

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.numbers)

    @property
    def bucket_depth(self) -> int:
        """Tell how many high bits of a window's hash are the number of its bucket."""
        return len(self.bloom).bit_length() - 1

    @property
    def word_counts(self) -> npt.NDArray[np.int64]:
        """Count the words of each text."""
        firsts = self.firsts.astype(np.int64)
        return firsts[1:] - firsts[:-1] - 1

    def to_bytes(self) -> bytes:
        """Write the index; the same texts give the same bytes."""
        return b"".join([self._header(), *(array.tobytes() for array in self._arrays()), self._check()])

    @classmethod
    def from_bytes(cls, content: bytes | memoryview | mmap.mmap) -> Self:
        """Read an index back without copying: the arrays are views of `content`, which may be a memory map.

        Raises:
            FingerprintsError: the bytes are cut short, changed or something else.
        """
        whole = memoryview(content)
        arrays, place = {}, _HEADER_LENGTH
        for name, (kind, count) in _layout(whole).items():
            arrays[name] = np.frombuffer(whole, dtype=kind, count=count, offset=place)
            place += arrays[name].nbytes
        index = cls(**arrays)
        if index._check() != bytes(whole[place:]):
            message = "an index of objected texts does not have the digest that stands at its end"
            raise FingerprintsError(message, hint="Build the index again.")
        return index

    def digest(self) -> str:
        """Return the SHA-256 of the index, for the manifest; it also stands at the end of its bytes."""
        return self._check().hex()

    def _arrays(self) -> list[npt.NDArray[np.unsignedinteger]]:
        return [getattr(self, field.name) for field in fields(self)]

    def _header(self) -> bytes:
        counts = (len(self.bloom), len(self.keys), len(self.numbers), len(self.offsets))
        return _MAGIC + b"".join(count.to_bytes(8, "little") for count in counts)

    def _check(self) -> bytes:
        check = hashlib.sha256(self._header())
        for array in self._arrays():
            check.update(array.data)
        return check.digest()


def _layout(content: memoryview) -> dict[str, tuple[str, int]]:
    """Read from the header what kind of numbers each array has and how many."""
    header = bytes(content[:_HEADER_LENGTH])
    buckets, keys, texts, anchors = (
        int.from_bytes(header[place : place + 8], "little") for place in range(len(_MAGIC), _HEADER_LENGTH, 8)
    )
    layout = {
        "bloom": ("<u8", buckets),
        "starts": ("<u4", buckets + 1),
        "keys": ("<u4", keys),
        "checks": ("<u4", keys),
        "key_anchors": ("<u4", keys),
        "numbers": ("<u4", texts),
        "firsts": ("<u4", texts + 1),
        "landmarks": ("<u4", -(-anchors // _LANDMARK)),
        "offsets": ("<u4", anchors),
        "prefixes": ("<u4", anchors),
        "flags": ("u1", anchors),
    }
    expected = _HEADER_LENGTH + _CHECK_LENGTH + sum(np.dtype(kind).itemsize * count for kind, count in layout.values())
    if not header.startswith(_MAGIC) or len(content) != expected:
        message = f"an index of {texts} objected texts has {expected} bytes, found {len(content)}"
        raise FingerprintsError(message, hint="Build the index again.")
    return layout


# ---------------------------------------------------------------------------------------------------------------- build
@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchors:
    """The anchors of all texts in a row; and of each text how many, how many different words, and one hash of all."""

    counts: npt.NDArray[np.int64]
    different: npt.NDArray[np.int64]
    wholes: npt.NDArray[np.uint64]
    offsets: npt.NDArray[np.uint32]
    prefixes: npt.NDArray[np.uint32]
    windows: npt.NDArray[np.uint64]
    has_window: npt.NDArray[np.bool_]


def index_texts(texts: pl.Series, numbers: pl.Series, published: pl.Series) -> Fingerprints:
    """Index objected texts; the order of the rows does not matter.

    Of texts with equal letters the two oldest are kept: where these do not count, no younger one does. A text without
    a date is older than all others, since nothing can be shown to be older than it.

    Args:
        texts: the texts; a null is no text.
        numbers: a number for each, unique.
        published: when each was published; null where that is unknown.
    """
    ordered = _ordered(texts, numbers, published)
    read = _read_anchors if len(ordered) and is_compiler_present() else _read_anchors_plainly
    return _index(read(ordered["text"]), ordered["number"].to_numpy())


def index_texts_reference(texts: pl.Series, numbers: pl.Series, published: pl.Series) -> Fingerprints:
    """Index without the kernel: what `index_texts` must equal on any texts."""
    ordered = _ordered(texts, numbers, published)
    return _index(_read_anchors_plainly(ordered["text"]), ordered["number"].to_numpy())


def _ordered(texts: pl.Series, numbers: pl.Series, published: pl.Series) -> pl.DataFrame:
    columns = {"text": texts.cast(pl.String), "number": numbers.cast(pl.UInt32), "published": published}
    return pl.DataFrame(columns).sort("published", "number", nulls_last=False)


def _read_anchors(texts: pl.Series) -> _Anchors:
    from demur.filters import letter_kernel  # noqa: PLC0415 -- slow import

    buffer = text_buffer(texts)
    text, reading = (buffer.data, buffer.offsets), letters.reading(letters.TEXT_MARK)
    counts, wholes = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.uint64)
    letter_kernel.count_anchors(text, reading, counts)
    amount = int(counts.sum())
    read = _Anchors(
        counts=counts,
        different=np.zeros(len(texts), dtype=np.int64),
        wholes=wholes,
        offsets=np.zeros(amount, dtype=np.uint32),
        prefixes=np.zeros(amount, dtype=np.uint32),
        windows=np.zeros(amount, dtype=np.uint64),
        has_window=np.zeros(amount, dtype=np.bool_),
    )
    anchors = (read.offsets, read.prefixes, read.windows, read.has_window)
    letter_kernel.write_anchors(text, reading, anchors, wholes, read.different)
    return read


def _read_anchors_plainly(texts: pl.Series) -> _Anchors:
    read = [letters.anchors(text or "") for text in texts.to_list()]
    anchors = [anchor for found, _, _ in read for anchor in found]
    return _Anchors(
        counts=np.array([len(found) for found, _, _ in read], dtype=np.int64),
        different=np.array([different for _, _, different in read], dtype=np.int64),
        wholes=np.array([whole for _, whole, _ in read], dtype=np.uint64),
        offsets=np.array([anchor.offset for anchor in anchors], dtype=np.uint32),
        prefixes=np.array([anchor.prefix for anchor in anchors], dtype=np.uint32),
        windows=np.array([anchor.window or 0 for anchor in anchors], dtype=np.uint64),
        has_window=np.array([anchor.window is not None for anchor in anchors], dtype=np.bool_),
    )


def _index(read: _Anchors, numbers: npt.NDArray[np.uint32]) -> Fingerprints:
    is_kept = _is_indexed(read)
    is_within = np.repeat(is_kept, read.counts)
    counts, offsets, prefixes = read.counts[is_kept], read.offsets[is_within], read.prefixes[is_within]
    firsts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    owners = np.repeat(np.arange(len(counts)), counts)
    has_shingle = np.arange(len(owners)) + SHINGLE_WORDS < firsts[owners + 1]
    anchors = np.flatnonzero(read.has_window[is_within] & has_shingle)
    windows, seeds = _seeds(read.windows[is_within][anchors], anchors, owners)
    flags = np.zeros(len(owners), dtype=np.uint8)
    flags[seeds] = IS_SEED
    flags[firsts[:-1]] |= IS_FIRST
    bloom, starts = _buckets(windows)
    return Fingerprints(
        bloom=bloom,
        starts=starts,
        keys=windows.astype(np.uint32),
        checks=_checks(seeds, offsets, prefixes),
        key_anchors=seeds.astype(np.uint32),
        numbers=numbers[is_kept],
        firsts=firsts.astype(np.uint32),
        landmarks=owners[::_LANDMARK].astype(np.uint32),
        offsets=offsets,
        prefixes=prefixes,
        flags=flags,
    )


def _is_indexed(read: _Anchors) -> npt.NDArray[np.bool_]:
    """Leave out short texts, and those that have two older equals."""
    firsts = np.cumsum(read.counts) - read.counts
    is_long: npt.NDArray[np.bool_] = (read.different >= MIN_WORDS) & read.has_window[firsts]
    equals = pl.DataFrame({"whole": read.wholes[is_long]}).select(pl.int_range(pl.len()).over("whole"))
    is_long[is_long] = equals.to_series().to_numpy() < _MOST_EQUALS
    return is_long


def _seeds(
    windows: npt.NDArray[np.uint64], anchors: npt.NDArray[np.int64], texts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Sort windows with their anchors: of each window the oldest texts, of each text at least the rarest window.

    A window that occurs again in the same text counts where it occurs first.
    """
    order = np.argsort(windows, kind="stable")
    is_again = _is_equal_to_last(windows[order]) & _is_equal_to_last(texts[anchors[order]])
    order = order[~is_again]
    keys, sorted_anchors = windows[order], anchors[order]
    owners, is_other = texts[sorted_anchors], ~_is_equal_to_last(keys)
    firsts, group = np.flatnonzero(is_other), np.cumsum(is_other) - 1
    is_kept = np.arange(len(keys)) - firsts[group] < MOST_TEXTS
    has_seed = np.zeros(int(texts.max(initial=-1)) + 1, dtype=np.bool_)
    has_seed[owners[is_kept]] = True
    orphans = np.flatnonzero(~has_seed[owners])
    sizes = np.bincount(group, minlength=len(firsts))[group[orphans]]
    orphans = orphans[np.lexsort((sorted_anchors[orphans], sizes, owners[orphans]))]
    is_kept[orphans[~_is_equal_to_last(owners[orphans])]] = True
    return keys[is_kept], sorted_anchors[is_kept]


def _is_equal_to_last(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    is_equal = np.zeros(len(values), dtype=np.bool_)
    is_equal[1:] = values[1:] == values[:-1]
    return is_equal


def _checks(
    anchors: npt.NDArray[np.int64], offsets: npt.NDArray[np.uint32], prefixes: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint32]:
    ends = anchors + SHINGLE_WORDS
    sizes = offsets[ends] - offsets[anchors]
    powers = letters.base_powers(_MOST_SHINGLE).astype(np.uint32)
    hashes: npt.NDArray[np.uint32] = prefixes[ends] - prefixes[anchors] * powers[sizes]
    return hashes & np.uint32(_LOW_32 ^ _MOST_SHINGLE) | sizes


def _buckets(windows: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
    """Make buckets of two to four seeds: a word with three bits for each seed, and where the seeds begin."""
    depth = max(4, (len(windows) // 4).bit_length())
    bloom, one, most = np.zeros(1 << depth, dtype=np.uint64), np.uint64(1), np.uint64(63)
    numbers = (windows >> np.uint64(64 - depth)).astype(np.int64)
    low, middle, high = (one << (windows >> np.uint64(shift) & most) for shift in (0, 6, 12))
    np.bitwise_or.at(bloom, numbers, low | middle | high)
    return bloom, np.searchsorted(numbers, np.arange((1 << depth) + 1)).astype(np.uint32)
