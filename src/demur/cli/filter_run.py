"""Filter one file into another: in batches, on several threads, in the order of the file, whole or not at all."""

import contextlib
import gzip
import io
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import IO, Generic, Protocol, TypeAlias, TypeVar

import msgspec
import polars as pl
import zstandard
from polars.io.plugins import register_io_source

from demur.cli.filter_csv import read_csv
from demur.cli.filter_jsonl import read_jsonl
from demur.cli.filter_parquet import ParquetFile, open_parquet, read_parquet
from demur.cli.filter_rows import Content, Fault, Rows, Wanted, read_text
from demur.filters.identifiers import Span
from demur.filters.text import Redacted
from demur.kernel.files import whole_file
from demur.sources.lines import decompress_zstd

# Of the rows that are left out so many are named; there may be as many as the file has lines.
BROKEN_NAMED = 100
_ROW_GROUP = 65_536
Item = TypeVar("Item")
Result = TypeVar("Result")


class FileForm(StrEnum):
    """What a file holds."""

    TEXT = "text"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Cutter(Protocol):
    """Cuts texts, and says where the spans were if it was made to."""

    def __call__(
        self, texts: pl.Series, languages: pl.Series | None
    ) -> tuple[Redacted, Sequence[Sequence[Span]] | None]:
        """Return the texts without identifiers; the spans, row by row, or None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be filtered, how, and where it goes; without a path it is standard input, or standard output."""

    form: FileForm
    source: Path | None
    target: Path | None
    spans: Path | None
    wanted: Wanted
    cutter: Cutter
    threads: int


@dataclass(slots=True, kw_only=True)
class Told:
    """What came of it: rows, those in which something was cut, those left out (the first by line), spans by class."""

    rows: int = 0
    cut_rows: int = 0
    text_bytes: int = 0
    columns: tuple[str, ...] = ()
    left_out: int = 0
    broken: list[tuple[int, Fault]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filtered(Generic[Content]):
    """One batch when it is done."""

    content: Content
    rows: int
    cut_rows: int
    text_bytes: int
    columns: tuple[str, ...]
    counts: Mapping[str, int]
    spans: bytes
    broken: Sequence[tuple[int, Fault]]


OnBroken: TypeAlias = Callable[[Sequence[tuple[int, Fault]]], None]
Progress: TypeAlias = Callable[[int, int], None]


def filter_file(errand: Errand, *, on_broken: OnBroken, progress: Progress) -> Told:
    """Filter a file; the result is under its name whole, or not at all.

    Args:
        on_broken: hears of rows that cannot be read, batch by batch, and may raise to stop.
        progress: hears how much of how much is read.

    Raises:
        SplitUnreadableError: the file is missing or damaged.
        MissingColumnError: it lacks a column.
        ColumnTypeError: a column holds no texts.
        DiskFullError: there is no room for the result.
    """
    told = Told()
    filter_form = _filter_parquet if errand.form is FileForm.PARQUET else _filter_lines
    filter_form(errand, partial(_note, told, on_broken), progress)
    return told


def _note(told: Told, on_broken: OnBroken, done: _Filtered[Content]) -> None:
    if done.broken:
        on_broken(done.broken)
    told.rows += done.rows
    told.cut_rows += done.cut_rows
    told.text_bytes += done.text_bytes
    told.columns = done.columns or told.columns
    told.left_out += len(done.broken)
    told.broken += done.broken[: BROKEN_NAMED - len(told.broken)]
    told.counts.update(done.counts)


def _filter_lines(errand: Errand, note: Callable[[_Filtered[bytes]], None], progress: Progress) -> None:
    reader = {FileForm.TEXT: read_text, FileForm.JSONL: read_jsonl, FileForm.CSV: read_csv}[errand.form]
    name = errand.source.name if errand.source else "standard input"
    with (
        _opened_source(errand.source) as (stream, read),
        _opened_target(errand.target) as out,
        # The last one opened is the first one published: no result is without the spans that belong to it.
        _opened_spans(errand.spans) as spans,
    ):
        size = errand.source.stat().st_size if errand.source else 0
        batches = reader(stream, errand.wanted, name)
        for done in _in_order(partial(_filter_rows, errand), batches, errand.threads):
            note(done)
            out.write(done.content)
            spans.write(done.spans)
            if size:
                progress(read(), size)


def _filter_parquet(errand: Errand, note: Callable[[_Filtered[pl.DataFrame]], None], progress: Progress) -> None:
    if errand.source is None or errand.target is None:
        return
    source = open_parquet(errand.source, errand.wanted)
    with whole_file(errand.target) as temporary, _opened_spans(errand.spans) as spans:
        batches = _frames(errand, source, note, progress, spans)
        # Unless the order is asked for, Polars' streaming engine gives other bytes each time.
        frames = register_io_source(lambda *_: batches, schema=source.schema)
        frames.sink_parquet(
            temporary,
            compression="zstd",
            row_group_size=_ROW_GROUP,
            maintain_order=True,
            metadata=source.notes,
            engine="streaming",
        )


def _frames(
    errand: Errand,
    source: ParquetFile,
    note: Callable[[_Filtered[pl.DataFrame]], None],
    progress: Progress,
    spans: IO[bytes],
) -> Iterator[pl.DataFrame]:
    name = errand.source.name if errand.source else ""
    read = 0
    for done in _in_order(partial(_filter_rows, errand), read_parquet(source, name), errand.threads):
        note(done)
        spans.write(done.spans)
        read += done.content.height
        progress(read, source.rows)
        yield done.content


def _filter_rows(errand: Errand, rows: Rows[Content]) -> _Filtered[Content]:
    others: dict[str, pl.Series] = {}
    counts: Counter[str] = Counter()
    is_cut = pl.repeat(value=False, n=len(rows.numbers), dtype=pl.Boolean, eager=True)
    places: dict[str, Sequence[Sequence[Span]]] = {}
    for name, texts in rows.texts.items():
        redacted, spans = errand.cutter(texts, rows.languages)
        others[name] = redacted.texts
        counts.update(redacted.counts)
        is_cut |= redacted.cuts > 0
        if errand.spans is not None and spans is not None:
            places[name] = spans
    return _Filtered(
        content=rows.rebuild(others),
        rows=len(rows.numbers),
        cut_rows=int(is_cut.sum()),
        text_bytes=sum(int(texts.str.len_bytes().sum()) for texts in rows.texts.values()),
        columns=tuple(rows.texts),
        counts=counts,
        spans=b"".join(_write_spans(rows.numbers, places)),
        broken=rows.broken,
    )


def _write_spans(numbers: Sequence[int], found: Mapping[str, Sequence[Sequence[Span]]]) -> Iterator[bytes]:
    """Yield a line of JSON for each span: where it is and what it is, and nothing of what stood there.

    Row by row, whatever rows are read together.
    """
    for place, number in enumerate(numbers):
        for column, rows in found.items():
            for start, end, label in rows[place]:
                told = {"row": number, "column": column, "start": start, "end": end, "label": label}
                yield msgspec.json.encode(told) + b"\n"


def _in_order(function: Callable[[Item], Result], items: Iterator[Item], threads: int) -> Iterator[Result]:
    """Yield the result of each item in their order; few more than there are threads are in memory at once."""
    if threads == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


# -------------------------------------------------------------------------------------------------------------- streams
class _Zstandard(io.RawIOBase):
    """What a Zstandard file holds, as a stream; one that is cut off is an error, not the end."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._blocks = decompress_zstd(file)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


@contextlib.contextmanager
def _opened_source(path: Path | None) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
    """Open what is read, decompressed; and a function that tells how many bytes of the file were read."""
    if path is None:
        yield sys.stdin.buffer, lambda: 0
        return
    with path.open("rb") as file:
        yield _decompressed(file, path.suffix), file.tell


def _decompressed(file: IO[bytes], suffix: str) -> IO[bytes]:
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    return io.BufferedReader(_Zstandard(file)) if suffix == ".zst" else file


@contextlib.contextmanager
def _opened_target(path: Path | None) -> Iterator[IO[bytes]]:
    """Open where the result goes; a file is there whole or not at all, and compressed as its name says."""
    if path is None:
        yield sys.stdout.buffer
        return
    with whole_file(path) as temporary, temporary.open("wb") as file, _compressed(file, path.suffix) as stream:
        yield stream


@contextlib.contextmanager
def _compressed(file: IO[bytes], suffix: str) -> Iterator[IO[bytes]]:
    if suffix == ".gz":
        # Neither a time nor a name in its head: the same input gives the same bytes.
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as stream:
            yield stream  # type: ignore[misc]
    elif suffix == ".zst":
        with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as stream:
            yield stream
    else:
        yield file


@contextlib.contextmanager
def _opened_spans(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        yield io.BytesIO()
        return
    with whole_file(path) as temporary, temporary.open("wb") as file:
        yield file
