"""The rows of a file whose texts are to be filtered: plain text, JSON lines, CSV and Parquet, in bounded memory.

Whatever is not a text that was asked for passes on as it is: a row that nothing was cut from keeps its bytes.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec
import polars as pl
from msgspec import UNSET, UnsetType

from demur.sources.errors import ColumnTypeError, MissingColumnError, SplitUnreadableError
from demur.sources.lines import readable

TEXT_NAMES = ("text", "content", "body", "message", "post", "comment")
LANGUAGE_NAMES = ("language", "lang")
# A batch ends at whichever comes first, so that long texts take no more memory than short ones.
_BATCH_ROWS = 16_384
_BATCH_BYTES = 4 << 20
_LINE_LIMIT_BYTES = 64 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WHITE_SPACE = b" \t\r\n"
_DELIMITERS = (",", ";", "\t")
_NAMES_SHOWN = 30

Texts: TypeAlias = Mapping[str, pl.Series]
Content = TypeVar("Content")


class Fault(StrEnum):
    """Why a row cannot be read."""

    TOO_LONG = f"it has more than {_LINE_LIMIT_BYTES >> 20} MiB"
    NOT_UTF8 = "it is not UTF-8"
    NOT_JSON = "it is no JSON object"
    NOT_TEXT = "a column that is to be filtered holds something else than a text"
    QUOTES = "its quotation marks do not match"
    WIDTH = "it has another number of columns than the header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The columns to filter and the one that names the language; none is the first of the usual names that is there."""

    texts: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Generic[Content]):
    """Some rows of a file.

    Attributes:
        numbers: which row of the file each is, from 1; one that cannot be read is counted too.
        texts: the columns to filter.
        languages: the language of each row, where a column names it.
        broken: the lines of rows that cannot be read, each with the reason; they are left out.
        rebuild: returns the rows with other texts, in the form of the file.
    """

    numbers: Sequence[int]
    texts: Texts
    languages: pl.Series | None
    broken: Sequence[tuple[int, Fault]]
    rebuild: Callable[[Texts], Content]


class _Line(NamedTuple):
    """A line with its line feed, its number and whether it is too long to be kept."""

    number: int
    content: bytes
    is_long: bool = False


# ----------------------------------------------------------------------------------------------------------- plain text
def read_text(stream: IO[bytes], wanted: Wanted, name: str) -> Iterator[Rows[bytes]]:
    """Yield the lines of a text as rows of one column, ``text``.

    Raises:
        MissingColumnError: a column was named, and plain text has none.
    """
    named = [*wanted.texts, *filter(None, [wanted.language])]
    if named:
        _refuse_missing(name, named, [])
    for lines in _groups(_lines(stream, name)):
        yield _read_text_lines(lines)


def _read_text_lines(lines: Sequence[_Line]) -> Rows[bytes]:
    broken: list[tuple[int, Fault]] = []
    numbers: list[int] = []
    texts: list[str] = []
    endings: list[bytes] = []
    for line in lines:
        content = line.content.rstrip(b"\r\n")
        text = None if line.is_long else _decode(content)
        if text is None:
            broken.append((line.number, Fault.TOO_LONG if line.is_long else Fault.NOT_UTF8))
            continue
        numbers.append(line.number)
        texts.append(text)
        endings.append(line.content[len(content) :])

    def rebuild(others: Texts) -> bytes:
        rows = zip(others["text"].to_list(), endings, strict=True)
        return b"".join(piece for text, ending in rows for piece in (text.encode(), ending))

    column = pl.Series("text", texts, dtype=pl.String)
    return Rows(numbers=numbers, texts={"text": column}, languages=None, broken=broken, rebuild=rebuild)


# ----------------------------------------------------------------------------------------------------------- JSON lines
_Object: TypeAlias = dict[str, msgspec.Raw]
_Value: TypeAlias = str | UnsetType | None
# Whoever writes a plain name with an escape needs one of these; other names can be written in more ways.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_UNICODE_ESCAPE = b"\\u"


def read_jsonl(stream: IO[bytes], wanted: Wanted, name: str) -> Iterator[Rows[bytes]]:
    """Yield the objects of JSON lines; a key that a line lacks is a null, and blank lines pass on.

    Raises:
        MissingColumnError: a column that was named is in no line, or the first object has no text under a usual name.
    """
    reader = _JsonReader(wanted, name)
    for lines in _groups(_lines(stream, name)):
        yield reader.read(lines)
    reader.refuse_unseen()


class _JsonReader:
    """Reads lines into columns, and keeps in mind which rows there were and which keys none of them had."""

    def __init__(self, wanted: Wanted, name: str) -> None:
        self._name = name
        self._wanted = wanted
        self._texts: tuple[str, ...] = ()
        self._languages: tuple[str, ...] = (wanted.language,) if wanted.language else LANGUAGE_NAMES
        self._unseen = {*wanted.texts, *filter(None, [wanted.language])}
        self._seen: list[str] = []
        self._rows = 0
        self._decoder: msgspec.json.Decoder[msgspec.Struct] | None = None

    def read(self, lines: Sequence[_Line]) -> Rows[bytes]:
        """Read some lines."""
        broken: list[tuple[int, Fault]] = []
        numbers: list[int] = []
        kept: list[bytes | None] = []
        rows: list[tuple[_Value, ...]] = []
        for line in lines:
            if not line.is_long and line.content.isspace():
                kept.append(line.content)
                continue
            self._rows += 1
            read = Fault.TOO_LONG if line.is_long else self._decode(line.content)
            if isinstance(read, Fault):
                broken.append((line.number, read))
                continue
            numbers.append(self._rows)
            kept.append(None)
            kept.append(line.content)
            rows.append(msgspec.structs.astuple(read))
        return self._make_rows(numbers, rows, broken, kept)

    def _make_rows(
        self,
        numbers: Sequence[int],
        rows: Sequence[tuple[Any, ...]],
        broken: Sequence[tuple[int, Fault]],
        kept: Sequence[bytes | None],
    ) -> Rows[bytes]:
        names = (*self._texts, *self._languages)
        columns = dict(zip(names, zip(*rows, strict=True) if rows else ((),) * len(names), strict=False))
        self._unseen = {one for one in self._unseen if all(value is UNSET for value in columns.get(one, ()))}
        texts = {
            one: pl.Series(one, [None if value is UNSET else value for value in columns[one]], dtype=pl.String)
            for one in self._texts
        }
        known = [_first_text(values) for values in zip(*(columns[one] for one in self._languages), strict=True)]
        languages = pl.Series("language", known, dtype=pl.String) if self._languages else None
        return Rows(
            numbers=numbers,
            texts=texts,
            languages=languages,
            broken=broken,
            rebuild=partial(_rebuild_objects, kept, texts),
        )

    def refuse_unseen(self) -> None:
        """Refuse a file without the columns that were named."""
        if self._rows and self._unseen:
            _refuse_missing(self._name, sorted(self._unseen), self._seen)

    def _decode(self, line: bytes) -> msgspec.Struct | Fault:
        if not line.isascii() and _decode(line) is None:
            return Fault.NOT_UTF8
        line = line.removeprefix(_BYTE_ORDER_MARK)
        try:
            return (self._decoder or self._make_decoder(line)).decode(line)
        except msgspec.ValidationError as error:
            # The path of a value inside the object follows "at"; without one the line itself is no object.
            return Fault.NOT_TEXT if " - at `$" in str(error) else Fault.NOT_JSON
        except (msgspec.DecodeError, RecursionError):
            return Fault.NOT_JSON

    def _make_decoder(self, line: bytes) -> msgspec.json.Decoder[msgspec.Struct]:
        """Choose the columns by the first object."""
        self._seen = list(msgspec.json.decode(line, type=_Object))
        self._texts = self._wanted.texts or _choose_texts(self._name, self._seen)
        self._languages = tuple(one for one in self._languages if one not in self._texts)
        read = [*((one, _Value) for one in self._texts), *((one, msgspec.Raw | UnsetType) for one in self._languages)]
        fields = [(f"field_{place}", form, UNSET) for place, (_, form) in enumerate(read)]
        names = {f"field_{place}": one for place, (one, _) in enumerate(read)}
        self._decoder = msgspec.json.Decoder(msgspec.defstruct("Row", fields, rename=names, gc=False))
        return self._decoder


def _first_text(values: Sequence[msgspec.Raw | UnsetType]) -> str | None:
    """Return the first of some values that is a text."""
    for value in values:
        if isinstance(value, msgspec.Raw):
            with contextlib.suppress(msgspec.DecodeError):
                return msgspec.json.decode(value, type=str)
    return None


def _rebuild_objects(kept: Sequence[bytes | None], texts: Texts, others: Texts) -> bytes:
    """Write lines again; before each that is a row stands None."""
    names = list(texts)
    unchanged = pl.DataFrame({one: texts[one].eq_missing(others[one]) for one in names})
    is_same = unchanged.select(pl.all_horizontal(pl.all())).to_series().to_list() if names else []
    may_repeat = _repeats(names)
    pieces: list[bytes] = []
    row = -1
    is_row = False
    for piece in kept:
        if piece is None:
            row += 1
            is_row = True
            continue
        if is_row and not (is_same[row] and not may_repeat(piece)):
            piece = _rebuild_object(piece, {one: others[one][row] for one in names})  # noqa: PLW2901 -- the same line
        is_row = False
        pieces.append(piece)
    return b"".join(pieces)


def _repeats(names: Sequence[str]) -> Callable[[bytes], bool]:
    """Return a function that tells whether a line could have one of some keys twice: only the last one was read."""
    written = [msgspec.json.encode(name) for name in names]
    are_plain = all(_PLAIN_NAME.fullmatch(name) for name in names)
    return lambda line: not are_plain or _UNICODE_ESCAPE in line or any(line.count(name) > 1 for name in written)


def _rebuild_object(line: bytes, texts: Mapping[str, str | None]) -> bytes:
    row = msgspec.json.decode(line.removeprefix(_BYTE_ORDER_MARK), type=_Object)
    for name, text in texts.items():
        if name in row and msgspec.json.decode(row[name], type=str | None) != text:
            row[name] = msgspec.Raw(msgspec.json.encode(text))
    written = msgspec.json.encode(row)
    # A line that differs from what was read of it in more than blanks has a key twice, of which one was never read.
    if written.translate(None, _WHITE_SPACE) == line.translate(None, _WHITE_SPACE):
        return line
    return written + line[len(line.rstrip(b"\r\n")) :]


# ------------------------------------------------------------------------------------------------------------------ CSV
def read_csv(stream: IO[bytes], wanted: Wanted, name: str) -> Iterator[Rows[bytes]]:
    """Yield the records of CSV (RFC 4180: comma, semicolon or tab, with a header); blank lines pass on.

    A line is never read out of a record whose quotes do not match: it could be a row that somebody made up.

    Raises:
        MissingColumnError: a column that was named is not in the header, or no usual name is.
        SplitUnreadableError: a quoted field never ends, or the header cannot be read.
    """
    records = _join_records(_lines(stream, name), name)
    header = next(records, None)
    if header is None:
        return
    reader = _CsvReader(header, wanted, name)
    yield Rows(numbers=(), texts=reader.no_texts(), languages=None, broken=(), rebuild=lambda _: header.content)
    for group in _groups(records):
        yield reader.read(group)


def _join_records(lines: Iterator[_Line], name: str) -> Iterator[_Line]:
    """Join the lines of each record: a line feed between an odd and an even quotation mark belongs to a field."""
    parts: list[bytes] = []
    first = quotes = size_bytes = 0
    is_long = False
    for line in lines:
        first = first or line.number
        quotes += line.content.count(b'"')
        size_bytes += len(line.content)
        is_long = is_long or line.is_long or size_bytes > _LINE_LIMIT_BYTES
        parts.append(line.content)
        if is_long:
            parts.clear()
        if quotes % 2 == 0:
            yield _Line(first, b"".join(parts), is_long)
            parts, first, quotes, size_bytes, is_long = [], 0, 0, 0, False
    if first:
        message = f"{name}: the quoted field that opens at line {first} never ends"
        raise SplitUnreadableError(message, hint="The file is truncated, or quotation marks in it are not doubled.")


class _CsvReader:
    """Reads records by the header: where the texts stand, and where the language does."""

    def __init__(self, header: _Line, wanted: Wanted, name: str) -> None:
        text = _decode(header.content.removeprefix(_BYTE_ORDER_MARK).rstrip(b"\r\n"))
        self._delimiter = max(_DELIMITERS, key=(text or "").count)
        bounds = _field_bounds(text, self._delimiter) if text else None
        if text is None or bounds is None:
            message = f"{name}: the header is not CSV in UTF-8"
            raise SplitUnreadableError(message, hint="The first line names the columns.")
        found = [_field(text, one) for one in bounds]
        self._width = len(found)
        names = wanted.texts or _choose_texts(name, found)
        language = wanted.language or next((one for one in LANGUAGE_NAMES if one in found), None)
        needed = [*names, *filter(None, [language])]
        _refuse_missing(name, [column for column in needed if column not in found], found)
        twice = sorted({column for column in needed if found.count(column) > 1})
        if twice:
            message = f"{name}: the header names {', '.join(twice)} more than once"
            raise SplitUnreadableError(message, hint="Give every column a name of its own.")
        self._places = {column: found.index(column) for column in names}
        self._language = None if language is None else found.index(language)
        self._rows = 0

    def no_texts(self) -> Texts:
        """Return the columns without a row."""
        return {name: pl.Series(name, [], dtype=pl.String) for name in self._places}

    def read(self, records: Sequence[_Line]) -> Rows[bytes]:
        """Read some records."""
        broken: list[tuple[int, Fault]] = []
        numbers: list[int] = []
        kept: list[bytes | str] = []
        rows: list[list[str]] = []
        for record in records:
            if not record.is_long and record.content.isspace():
                kept.append(record.content)
                continue
            self._rows += 1
            read = Fault.TOO_LONG if record.is_long else self._read(record.content)
            if isinstance(read, Fault):
                broken.append((record.number, read))
                continue
            numbers.append(self._rows)
            kept.append(read[0])
            rows.append(read[1])
        texts = {
            name: pl.Series(name, [row[place] for row in rows], dtype=pl.String) for name, place in self._places.items()
        }
        known = None if self._language is None else [row[self._language] or None for row in rows]
        return Rows(
            numbers=numbers,
            texts=texts,
            languages=None if known is None else pl.Series("language", known, dtype=pl.String),
            broken=broken,
            rebuild=partial(self._rebuild, kept, texts),
        )

    def _read(self, content: bytes) -> tuple[str, list[str]] | Fault:
        text = _decode(content)
        if text is None:
            return Fault.NOT_UTF8
        line = text.rstrip("\r\n")
        if '"' not in line:
            fields = line.split(self._delimiter)
        elif (bounds := _field_bounds(line, self._delimiter)) is None:
            return Fault.QUOTES
        else:
            fields = [_field(line, one) for one in bounds]
        return (text, fields) if len(fields) == self._width else Fault.WIDTH

    def _rebuild(self, kept: Sequence[bytes | str], texts: Texts, others: Texts) -> bytes:
        # From right to left, so that the bounds of what is still to come hold.
        columns = [
            (place, texts[name].to_list(), others[name].to_list())
            for name, place in sorted(self._places.items(), key=itemgetter(1), reverse=True)
        ]
        pieces: list[bytes] = []
        row = -1
        for piece in kept:
            if isinstance(piece, bytes):
                pieces.append(piece)
                continue
            row += 1
            record = piece
            for place, before, after in columns:
                if before[row] != after[row]:
                    bounds = _field_bounds(record.rstrip("\r\n"), self._delimiter) or []
                    record = _with_field(record, bounds[place], after[row])
            pieces.append(record.encode())
        return b"".join(pieces)


def _field_bounds(record: str, delimiter: str) -> list[tuple[int, int]] | None:
    """Return where each field stands, quotes included; None when quotation marks do not match (RFC 4180, section 2)."""
    separator = re.escape(delimiter)
    # Possessive, so that a hostile text cannot make the search go back and forth.
    field = re.compile(rf'("[^"]*+(?:""[^"]*+)*+"|[^"{separator}]*+)(?:{separator}|\Z)')
    bounds: list[tuple[int, int]] = []
    place = 0
    while found := field.match(record, place):
        bounds.append(found.span(1))
        if found.end(1) == len(record):
            return bounds
        place = found.end()
    return None


def _field(record: str, bounds: tuple[int, int]) -> str:
    field = record[slice(*bounds)]
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def _with_field(record: str, bounds: tuple[int, int], value: str) -> str:
    start, end = bounds
    # A field without quotes needs none: a placeholder brings neither a delimiter, nor a quote, nor a line feed.
    written = '"' + value.replace('"', '""') + '"' if record.startswith('"', start) else value
    return record[:start] + written + record[end:]


# -------------------------------------------------------------------------------------------------------------- Parquet
@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetFile:
    """A Parquet file to filter: its rows, the types of its columns and what its writer noted."""

    scan: pl.LazyFrame
    rows: int
    schema: pl.Schema
    notes: dict[str, str]
    texts: tuple[str, ...]
    language: str | None
    rows_at_once: int


def open_parquet(path: Path, wanted: Wanted) -> ParquetFile:
    """Look into a Parquet file.

    Raises:
        SplitUnreadableError: the file is missing, truncated or no Parquet.
        MissingColumnError: a column that was named is not in it, or no usual name is.
        ColumnTypeError: a column to filter holds no texts.
    """
    with _readable_parquet(path.name):
        scan = pl.scan_parquet(path, glob=False)
        schema = scan.collect_schema()
        rows = scan.select(pl.len()).collect(engine="in-memory").item()
        notes = pl.read_parquet_metadata(path)
        size_bytes = path.stat().st_size
    found = schema.names()
    texts = wanted.texts or _choose_texts(path.name, found)
    language = wanted.language or next((one for one in LANGUAGE_NAMES if one in found), None)
    _refuse_missing(path.name, [one for one in (*texts, *filter(None, [language])) if one not in found], found)
    for column in (*texts, *filter(None, [language])):
        if schema[column] not in {pl.String, pl.Null, pl.Categorical}:
            message = f"{path.name}: column {column} is {schema[column]}, expected text"
            raise ColumnTypeError(message, hint="Convert the column, or name another one by --text or --language.")
    return ParquetFile(
        scan=scan,
        rows=rows,
        schema=schema,
        notes={key: value for key, value in notes.items() if key != "ARROW:schema"},
        texts=texts,
        language=language,
        rows_at_once=min(_BATCH_ROWS * 4, max(1, 4 * _BATCH_BYTES * rows // max(1, size_bytes))),
    )


def read_parquet(file: ParquetFile, name: str) -> Iterator[Rows[pl.DataFrame]]:
    """Yield the rows of a Parquet file.

    Raises:
        SplitUnreadableError: the file is damaged.
    """
    for start in range(0, file.rows, file.rows_at_once):
        with _readable_parquet(name):
            frame = file.scan.slice(start, file.rows_at_once).collect(engine="in-memory")
        yield Rows(
            numbers=range(start + 1, start + 1 + frame.height),
            texts={column: frame[column].cast(pl.String) for column in file.texts},
            languages=frame[file.language].cast(pl.String) if file.language else None,
            broken=(),
            rebuild=partial(_rebuild_frame, frame),
        )


def _rebuild_frame(frame: pl.DataFrame, others: Texts) -> pl.DataFrame:
    return frame.with_columns(others[name].cast(frame.schema[name]).alias(name) for name in others)


@contextlib.contextmanager
def _readable_parquet(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        message = f"{name} cannot be read as Parquet ({type(error).__name__})"
        raise SplitUnreadableError(message, hint="The file is missing, truncated or damaged.") from error


# ---------------------------------------------------------------------------------------------------------------- lines
def _lines(stream: IO[bytes], name: str) -> Iterator[_Line]:
    """Yield every line with its line feed; of one over the limit no more is kept than whether its quotes match."""
    number = 0
    with readable(name):
        while line := stream.readline(_LINE_LIMIT_BYTES):
            number += 1
            if line.endswith(b"\n") or len(line) < _LINE_LIMIT_BYTES:
                yield _Line(number, line)
                continue
            quotes = line.count(b'"')
            while not line.endswith(b"\n") and (line := stream.readline(_LINE_LIMIT_BYTES)):
                quotes += line.count(b'"')
            yield _Line(number, b'"' * (quotes % 2), is_long=True)


def _groups(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    """Put lines into groups that are bounded in rows and in bytes."""
    group: list[_Line] = []
    size_bytes = 0
    for line in lines:
        group.append(line)
        size_bytes += len(line.content)
        if len(group) == _BATCH_ROWS or size_bytes >= _BATCH_BYTES:
            yield group
            group, size_bytes = [], 0
    if group:
        yield group


def _decode(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _choose_texts(name: str, found: Sequence[str]) -> tuple[str, ...]:
    chosen = next((column for column in TEXT_NAMES if column in found), None)
    if chosen is None:
        _refuse_missing(name, [" or ".join(TEXT_NAMES)], found)
    return (str(chosen),)


def _refuse_missing(name: str, missing: Sequence[str], found: Sequence[str]) -> None:
    if missing:
        shown = ", ".join(found[:_NAMES_SHOWN]) or "none"
        more = f" and {len(found) - _NAMES_SHOWN} more" if len(found) > _NAMES_SHOWN else ""
        message = f"{name}: column {', '.join(missing)} is missing; columns found: {shown}{more}"
        raise MissingColumnError(
            message, hint="Name the column of the texts by --text, that of languages by --language."
        )
