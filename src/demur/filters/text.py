"""Cut identifiers out of texts: whole columns in, whole columns out.

A prefilter of Polars expressions leaves the rows that cannot hold an identifier untouched. The others are folded
(`folding`), joined into buffers with a barrier between rows, and read by the finders in a fixed order. What was found
becomes a barrier, and rows with a find are read again until nothing more is found: so a text that was redacted holds
nothing for a second pass, and no row ever sees its neighbours.
"""

import hashlib
import importlib.metadata
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters import cues, national_ids, numbers, online
from demur.filters.cues import BARRIER
from demur.filters.folding import fold, look_alike_pairs, look_alike_table, origins
from demur.filters.identifiers import PLACEHOLDER_PATTERN, IdentifierClass, Span

Found: TypeAlias = tuple[int, int, IdentifierClass]
Rows: TypeAlias = dict[int, list[Span]]

_BUFFER_LENGTH = 1 << 20
_MOST_ROUNDS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """Texts without identifiers, how many spans of each class were cut, and how many were cut in each row."""

    texts: pl.Series
    counts: dict[str, int]
    cuts: pl.Series


def redact(texts: pl.Series, languages: pl.Series | None = None) -> Redacted:
    """Replace every identifier by the placeholder of its class; a null stays null.

    The result of a row depends on its text and its language alone. Redacting twice changes nothing.
    """
    rows = _spans_by_row(texts, languages)
    places = sorted(rows)
    originals = texts.gather(places).to_list()
    cut = [_cut(text, rows[place]) for place, text in zip(places, originals, strict=True)]
    counted = Counter(span.label.value for spans_of_row in rows.values() for span in spans_of_row)
    amounts = np.zeros(len(texts), dtype=np.uint32)
    amounts[places] = [len(rows[place]) for place in places]
    return Redacted(
        texts=texts.clone().scatter(places, cut) if places else texts,
        counts={label.value: counted[label.value] for label in sorted(IdentifierClass)},
        cuts=pl.Series("cuts", amounts),
    )


def spans(texts: pl.Series, languages: pl.Series | None = None) -> list[list[Span]]:
    """Find the identifiers of every row, from left to right and without overlap."""
    rows = _spans_by_row(texts, languages)
    return [rows.get(place, []) for place in range(len(texts))]


def _cut(text: str, found: Sequence[Span]) -> str:
    pieces, done = [], 0
    for span in found:
        pieces += [text[done : span.start], span.label.placeholder]
        done = span.end
    return "".join([*pieces, text[done:]])


# ------------------------------------------------------------------------------------------------------------ prefilter
_FOUR_NUMBERS = r"\p{N}(?:[^\p{N}\s]{1,5}\p{N}{1,3}){2}[^\p{N}\s]{1,5}\p{N}"
_HINTS = (
    "@",
    r"\p{N}(?:\P{N}{0,9}\p{N}){4}",
    _FOUR_NUMBERS,
    ":[0-9a-f]{0,4}:",
    r": ?//|www\d?\.",
    r"\.[\w-]+(?::\d+)?/",
    online.AT_HINT,
)
_CANDIDATE = "|".join(_HINTS)


def may_hold_identifier(texts: pl.Series) -> pl.Series:
    """Tell cheaply which rows could hold an identifier: all that do, and some that do not."""
    pattern = f"(?i){_CANDIDATE}"
    found = texts.str.contains(pattern).fill_null(value=False)
    # Folding is the dear part: only where another script or a look-alike could hide something.
    hidden = (~found & (texts.str.len_bytes() != texts.str.len_chars())).fill_null(value=False).arg_true()
    plain = (
        texts.gather(hidden)
        .str.normalize("NFKD")
        .str.replace_all(r"[\p{Mn}\p{Me}\p{Cf}]", "")
        .str.replace_all(r"[\p{Zs}\t]", " ")
        .str.replace_many(*look_alike_pairs())
    )
    return found.scatter(hidden, plain.str.contains(pattern)) if len(hidden) else found


def _candidates(texts: pl.Series, languages: pl.Series | None) -> Iterator[tuple[str | None, list[int], list[str]]]:
    """Group the rows that could hold an identifier by language, in buffers of bounded size."""
    whole = texts.cast(pl.String)
    language = pl.lit(None, dtype=pl.String) if languages is None else pl.lit(languages.cast(pl.String))
    frame = (
        pl.DataFrame({"text": whole})
        .with_row_index("row")
        .with_columns(language=language.str.to_lowercase().str.slice(0, 2))
        .filter(may_hold_identifier(whole))
        .with_columns(buffer=pl.col("text").str.len_chars().cum_sum().over("language") // _BUFFER_LENGTH)
    )
    for part in frame.partition_by("language", "buffer", maintain_order=True):
        yield part["language"][0], part["row"].to_list(), part["text"].to_list()


# ----------------------------------------------------------------------------------------------------------------- scan
_ONLINE: tuple[tuple[IdentifierClass, Callable[[str], Iterator[online.Place]]], ...] = (
    (IdentifierClass.URL, online.find_urls),
    (IdentifierClass.EMAIL, online.find_mails),
    (IdentifierClass.EMAIL, online.find_obfuscated_mails),
    (IdentifierClass.URL, online.find_bare_urls),
    (IdentifierClass.HANDLE, online.find_handles),
    (IdentifierClass.IP, online.find_ipv6_addresses),
)
_NUMERIC: tuple[tuple[IdentifierClass, Callable[[str], Iterator[online.Place]]], ...] = (
    (IdentifierClass.IBAN, numbers.find_ibans),
    (IdentifierClass.IP, online.find_ip_addresses),
)
_FOUR_DIGITS = re.compile(r"\d(?:\D{0,9}+\d){3}")


def _spans_by_row(texts: pl.Series, languages: pl.Series | None) -> Rows:
    rows: Rows = {}
    for language, places, originals in _candidates(texts, languages):
        for index, found in _find_in_rows(originals, language).items():
            rows[places[index]] = found
    return rows


def _find_in_rows(originals: Sequence[str], language: str | None) -> Rows:
    """Read rows until nothing more is found; each round reads only the rows in which the last one found something."""
    folded = dict(enumerate(map(_fold_row, originals)))
    maps: dict[int, npt.NDArray[np.int64]] = {}
    found: dict[int, list[Found]] = {}
    pending = list(folded)
    for _ in range(_MOST_ROUNDS):
        hits = _scan_rows([folded[row] for row in pending], language)
        pending = [pending[index] for index in hits]
        for row, places in zip(pending, hits.values(), strict=True):
            if not originals[row].isascii():
                maps.setdefault(row, origins(originals[row]))
            whole = [(*_whole_characters(maps.get(row), start, end), label) for start, end, label in places]
            folded[row] = _blank(folded[row], whole)
            found.setdefault(row, []).extend(whole)
        if not pending:
            break
    return {row: _in_original(maps.get(row), places) for row, places in found.items()}


def _fold_row(text: str) -> str:
    return (text if text.isascii() else fold(text)).replace(BARRIER, "\x01")


def _scan_rows(rows: Sequence[str], language: str | None) -> dict[int, list[Found]]:
    """Read rows, joined with barriers between them, and give each its finds; numbers only where there are digits."""
    hits = _by_row(rows, _scan_online(_hide_placeholders(BARRIER.join(rows))))
    left = {
        row: blanked for row, text in enumerate(rows) if _FOUR_DIGITS.search(blanked := _blank(text, hits.get(row, ())))
    }
    numeric = list(left.values())
    places = list(left)
    for index, found in _by_row(numeric, _scan_numeric(_hide_placeholders(BARRIER.join(numeric)), language)).items():
        row = places[index]
        hits[row] = sorted([*hits.get(row, ()), *found])
    return dict(sorted(hits.items()))


def _by_row(rows: Sequence[str], found: Sequence[Found]) -> dict[int, list[Found]]:
    starts = list(accumulate((len(row) + 1 for row in rows), initial=0))
    hits: dict[int, list[Found]] = {}
    for start, end, label in sorted(found):
        row = bisect_right(starts, start) - 1
        hits.setdefault(row, []).append((start - starts[row], end - starts[row], label))
    return hits


def _scan_online(text: str) -> list[Found]:
    found: list[Found] = []
    for label, finder in _ONLINE:
        places = [(start, end, label) for start, end in finder(text)]
        text = _blank(text, places)
        found += places
    return found


def _scan_numeric(text: str, language: str | None) -> list[Found]:
    found: list[Found] = []
    for label, finder in _NUMERIC:
        places = [(start, end, label) for start, end in finder(text)]
        text = _blank(text, places)
        found += places
    lettered = [(start, end, IdentifierClass.NATIONAL_ID) for start, end in numbers.find_lettered_ids(text, language)]
    return [*found, *lettered, *numbers.find_numbers(_blank(text, lettered), language)]


def _hide_placeholders(text: str) -> str:
    return PLACEHOLDER_PATTERN.sub(lambda match: BARRIER * len(match[0]), text) if "[" in text else text


def _blank(text: str, places: Sequence[Found]) -> str:
    pieces, done = [], 0
    for start, end, _ in places:
        # Finds in one ligature overlap once they are widened to whole characters.
        pieces += [text[done:start], BARRIER * (end - max(start, done))]
        done = max(end, done)
    return "".join([*pieces, text[done:]]) if places else text


def _whole_characters(places: npt.NDArray[np.int64] | None, start: int, end: int) -> tuple[int, int]:
    """Widen a find to whole characters of the original: half a ligature cannot be cut."""
    if places is None:
        return start, end
    first = int(np.searchsorted(places, places[start], side="left"))
    return first, int(np.searchsorted(places, places[end - 1], side="right"))


def _in_original(places: npt.NDArray[np.int64] | None, found: Sequence[Found]) -> list[Span]:
    """Lead finds back to the original text; marks and zero-width characters behind a find go with it."""
    if places is None:
        return [Span(start=start, end=end, label=label) for start, end, label in sorted(found)]
    result: list[Span] = []
    for start, end, label in sorted(found):
        first = max(int(places[start]), result[-1].end if result else 0)
        last = int(places[end])
        if last > first:
            result.append(Span(start=first, end=last, label=label))
    return result


def _version() -> str:
    patterns = (*cues.CUE_PATTERNS, *online.PATTERNS, *national_ids.PATTERNS, *numbers.PATTERNS)
    parts = (
        *((pattern.pattern, pattern.flags) for pattern in patterns),
        *(_CANDIDATE, look_alike_table(), numbers.IBAN_LENGTHS, sorted(online.TOP_LEVEL_DOMAINS)),
        *(importlib.metadata.version(name) for name in ("phonenumbers", "python-stdnum")),
    )
    return f"identifiers-1+{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


FILTER_VERSION: str = _version()
"""Changes whenever a pattern, a table or a library that decides what is cut changes; manifests record it (FIL-10)."""
