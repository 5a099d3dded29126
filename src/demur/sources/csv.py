"""CSV (RFC 4180): comma, semicolon or tab, with a header, plain, .gz or .zst; an empty field is an unknown fact.

Whoever wrote a text could have put quotes and line feeds into it. So a line is never read out of a record whose quotes
do not match: it could be a row that somebody made up.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from demur.keys.keyring import Keyring
from demur.sources.columns import column_names, needed_fields, refuse_missing
from demur.sources.errors import SplitUnreadableError
from demur.sources.lines import LongLine, read_lines
from demur.sources.rows import BATCH_BYTES, BATCH_ROWS, LINE_LIMIT_BYTES, RawRows
from demur.sources.source import RejectionReason, Source
from demur.sources.spec import SourceSpec
from demur.sources.tabular import TabularSource

_DELIMITERS = (",", ";", "\t")


def open_csv(spec: SourceSpec, *, keyring: Keyring, root: Path) -> Source:
    """Open files of comma-separated values."""
    return TabularSource(spec=spec, keyring=keyring, root=root, read_rows=read_csv)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One record of the file: its lines, and its bytes unless it is over the limit."""

    first: int
    last: int
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What the first record says: how fields are separated, and where each field stands."""

    delimiter: str
    width: int
    places: dict[str, int]


def read_csv(path: Path, split: str, spec: SourceSpec) -> Iterator[RawRows]:
    """Yield the rows of one file; a row that cannot be read is reported, and blank lines are no rows.

    Raises:
        SplitUnreadableError: the file is missing, truncated or damaged, or a quoted field never ends.
        MissingColumnError: a needed column is not in the header.
    """
    records = _join_records(read_lines(path, split), split)
    header = _read_header(next(records, None), split, spec)
    group: list[_Record] = []
    size_bytes = 0
    for record in records:
        group.append(record)
        size_bytes += len(record.content or b"")
        if len(group) == BATCH_ROWS or size_bytes >= BATCH_BYTES:
            yield _read_records(group, header)
            group, size_bytes = [], 0
    if group:
        yield _read_records(group, header)


def _join_records(lines: Iterator[bytes | LongLine], split: str) -> Iterator[_Record]:
    """Join the lines of each record: a line feed between an odd and an even quotation mark belongs to a field."""
    parts: list[bytes] = []
    first = quotes = size_bytes = 0
    for number, line in enumerate(lines, 1):
        first = first or number
        if isinstance(line, LongLine):
            quotes += line.quotes
            size_bytes += LINE_LIMIT_BYTES + 1
        else:
            quotes += line.count(b'"')
            size_bytes += len(line)
            parts.append(line)
        if size_bytes > LINE_LIMIT_BYTES:
            parts.clear()
        if quotes % 2:
            continue
        content = b"\n".join(parts).removesuffix(b"\r") if size_bytes <= LINE_LIMIT_BYTES else None
        if content is None or content.strip():
            yield _Record(first=first, last=number, content=content)
        parts = []
        first = quotes = size_bytes = 0
    if first:
        message = f"{split}: the quoted field that opens at line {first} never ends"
        raise SplitUnreadableError(message, hint="The file is truncated, or quotation marks in it are not doubled.")


def _read_header(record: _Record | None, split: str, spec: SourceSpec) -> _Header:
    content = record.content or b"" if record else b""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{split}: the header is not UTF-8"
        raise SplitUnreadableError(message, hint="Convert the file to UTF-8.") from error
    delimiter = max(_DELIMITERS, key=text.count)
    found = split_fields(text, delimiter) or []
    names = column_names(spec)
    refuse_missing(split, [name for name in needed_fields(spec) if names.get(name) not in found], found, spec)
    twice = sorted({column for column in names.values() if found.count(column) > 1})
    if twice:
        message = f"{split}: the header names {', '.join(twice)} more than once"
        raise SplitUnreadableError(message)
    places = {name: found.index(column) for name, column in names.items() if column in found}
    return _Header(delimiter=delimiter, width=len(found), places=places)


def _read_records(records: Sequence[_Record], header: _Header) -> RawRows:
    rejected: list[tuple[int, RejectionReason]] = []
    numbers: list[int] = []
    rows: list[list[str]] = []
    for record in records:
        fields = _read_fields(record, header)
        if isinstance(fields, RejectionReason):
            lines = range(record.first, record.last + 1) if fields == RejectionReason.MALFORMED_CSV else [record.first]
            rejected.extend((line, fields) for line in lines)
        else:
            numbers.append(record.first)
            rows.append(fields)
    series = [pl.Series("line", numbers, dtype=pl.UInt64)]
    for name, place in header.places.items():
        series.append(pl.Series(name, [row[place] or None for row in rows], dtype=pl.String))
    return RawRows(frame=pl.DataFrame(series), rejected=rejected)


def _read_fields(record: _Record, header: _Header) -> list[str] | RejectionReason:
    if record.content is None:
        return RejectionReason.TEXT_TOO_LARGE
    try:
        text = record.content.decode("utf-8")
    except UnicodeDecodeError:
        return RejectionReason.INVALID_UTF8
    fields = split_fields(text, header.delimiter)
    if fields is None:
        return RejectionReason.MALFORMED_CSV
    return fields if len(fields) == header.width else RejectionReason.WRONG_COLUMN_COUNT


def split_fields(record: str, delimiter: str) -> list[str] | None:
    """Return the fields of one record, or None when its quotation marks do not match (RFC 4180, section 2)."""
    if '"' not in record:
        return record.split(delimiter)
    separator = re.escape(delimiter)
    # Possessive, so that a hostile text cannot make the search go back and forth.
    field = re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"|([^"{separator}]*+))(?:{separator}|\Z)')
    fields: list[str] = []
    place = 0
    while place <= len(record):
        found = field.match(record, place)
        if found is None:
            return None
        quoted, plain = found.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        if found.end() == len(record) and not found[0].endswith(delimiter):
            return fields
        place = found.end()
    return fields
