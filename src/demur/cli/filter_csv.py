"""The rows of CSV whose texts are to be filtered."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import IO

import polars as pl

from demur.cli.filter_rows import (
    BYTE_ORDER_MARK,
    LANGUAGE_NAMES,
    LINE_LIMIT_BYTES,
    Fault,
    Line,
    Rows,
    Texts,
    Wanted,
    choose_texts,
    decode_line,
    group_lines,
    read_lines,
    refuse_missing,
)
from demur.sources.errors import SplitUnreadableError

_DELIMITERS = (",", ";", "\t")


def read_csv(stream: IO[bytes], wanted: Wanted, name: str) -> Iterator[Rows[bytes]]:
    """Yield the records of CSV (RFC 4180: comma, semicolon or tab, with a header); blank lines pass on.

    A line is never read out of a record whose quotes do not match: it could be a row that somebody made up.

    Raises:
        MissingColumnError: a column that was named is not in the header, or no usual name is.
        SplitUnreadableError: a quoted field never ends, or the header cannot be read.
    """
    records = _join_records(read_lines(stream, name), name)
    header = next(records, None)
    if header is None:
        return
    reader = _CsvReader(header, wanted, name)
    yield Rows(numbers=(), texts=reader.no_texts(), languages=None, broken=(), rebuild=lambda _: header.content)
    for group in group_lines(records):
        yield reader.read(group)


def _join_records(lines: Iterator[Line], name: str) -> Iterator[Line]:
    """Join the lines of each record: a line feed between an odd and an even quotation mark belongs to a field."""
    parts: list[bytes] = []
    first = quotes = size_bytes = 0
    is_long = False
    for line in lines:
        first = first or line.number
        quotes += line.content.count(b'"')
        size_bytes += len(line.content)
        is_long = is_long or line.is_long or size_bytes > LINE_LIMIT_BYTES
        parts.append(line.content)
        if is_long:
            parts.clear()
        if quotes % 2 == 0:
            yield Line(first, b"".join(parts), is_long)
            parts, first, quotes, size_bytes, is_long = [], 0, 0, 0, False
    if first:
        message = f"{name}: the quoted field that opens at line {first} never ends"
        raise SplitUnreadableError(message, hint="The file is truncated, or quotation marks in it are not doubled.")


class _CsvReader:
    """Reads records by the header: where the texts stand, and where the language does."""

    def __init__(self, header: Line, wanted: Wanted, name: str) -> None:
        text = decode_line(header.content.removeprefix(BYTE_ORDER_MARK).rstrip(b"\r\n"))
        self._delimiter = max(_DELIMITERS, key=(text or "").count)
        bounds = _field_bounds(text, self._delimiter) if text else None
        if text is None or bounds is None:
            message = f"{name}: the header is not CSV in UTF-8"
            raise SplitUnreadableError(message, hint="The first line names the columns.")
        found = [_field(text, one) for one in bounds]
        self._width = len(found)
        names = wanted.texts or choose_texts(name, found)
        language = wanted.language or next((one for one in LANGUAGE_NAMES if one in found), None)
        needed = [*names, *filter(None, [language])]
        refuse_missing(name, [column for column in needed if column not in found], found)
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

    def read(self, records: Sequence[Line]) -> Rows[bytes]:
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
        text = decode_line(content)
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
