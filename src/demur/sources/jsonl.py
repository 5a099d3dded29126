"""JSON lines: one object a line, plain, .gz or .zst; a key that a line leaves out is an unknown fact."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from msgspec import UNSET, UnsetType

from demur.keys.keyring import Keyring
from demur.sources.accounts import make_lists, split_ids
from demur.sources.columns import column_names, needed_fields, refuse_missing
from demur.sources.lines import LongLine, read_lines
from demur.sources.rows import BATCH_BYTES, BATCH_ROWS, RawRows
from demur.sources.source import RejectionReason, Source
from demur.sources.spec import ACCOUNT_LIST_FIELDS, FLAG_FIELDS, ID_FIELDS, NESTED_FIELDS, SourceSpec
from demur.sources.tabular import TabularSource

_Text = str | UnsetType | None
_Id = str | int | UnsetType | None
_Ids = list[str | int | None] | str | UnsetType | None
_Flag = bool | int | str | UnsetType | None
_FORMS: Mapping[str, Any] = {
    **dict.fromkeys(ID_FIELDS, _Id),
    **dict.fromkeys(ACCOUNT_LIST_FIELDS, _Ids),
    **dict.fromkeys(FLAG_FIELDS, _Flag),
    **dict.fromkeys(NESTED_FIELDS, msgspec.Raw),
}

_ROWS_AT_ONCE = 1024


def open_jsonl(spec: SourceSpec, *, keyring: Keyring, root: Path) -> Source:
    """Open files of JSON lines."""
    return TabularSource(spec=spec, keyring=keyring, root=root, read_rows=read_jsonl)


def read_jsonl(path: Path, split: str, spec: SourceSpec) -> Iterator[RawRows]:
    """Yield the rows of one file; a line that is no usable object is reported, and blank lines are no rows.

    Raises:
        SplitUnreadableError: the file is missing, truncated or damaged.
        MissingColumnError: a needed key is in no line of the file.
    """
    reader = _Reader(spec)
    for lines in _group(read_lines(path, split)):
        yield reader.read(lines)
    if reader.sample is not None:
        refuse_missing(split, reader.unseen, msgspec.json.decode(reader.sample), spec)


def _group(lines: Iterator[bytes | LongLine]) -> Iterator[list[tuple[int, bytes | LongLine]]]:
    """Put lines with their numbers into groups that are bounded in rows and in bytes."""
    group: list[tuple[int, bytes | LongLine]] = []
    size_bytes = 0
    for number, line in enumerate(lines, 1):
        if isinstance(line, bytes) and not line.strip():
            continue
        group.append((number, line))
        size_bytes += len(line) if isinstance(line, bytes) else 0
        if len(group) == BATCH_ROWS or size_bytes >= BATCH_BYTES:
            yield group
            group, size_bytes = [], 0
    if group:
        yield group


class _Reader:
    """Decodes lines into columns, and keeps in mind which needed keys no line has had yet."""

    def __init__(self, spec: SourceSpec) -> None:
        names = column_names(spec)
        self.unseen = needed_fields(spec)
        members = [(name, _FORMS.get(name, _Text), UNSET if name in self.unseen else None) for name in names]
        self._decoder: msgspec.json.Decoder[msgspec.Struct] = msgspec.json.Decoder(
            msgspec.defstruct("Row", members, rename=names, gc=False)  # a row from JSON holds no cycle
        )
        self._fields = tuple(names)
        self.sample: bytes | None = None

    def read(self, lines: Sequence[tuple[int, bytes | LongLine]]) -> RawRows:
        """Decode some lines."""
        rejected: list[tuple[int, RejectionReason]] = []
        numbers: list[int] = []
        rows: list[msgspec.Struct] = []
        for number, line in lines:
            read = self._decode(line)
            if isinstance(read, RejectionReason):
                rejected.append((number, read))
                continue
            if self.sample is None and isinstance(line, bytes):
                self.sample = line
            numbers.append(number)
            rows.append(read)
        columns = _turn(rows, self._fields)
        self.unseen = {name for name in self.unseen if all(value is UNSET for value in columns.get(name, ()))}
        return RawRows(frame=_make_frame(numbers, columns), rejected=rejected)

    def _decode(self, line: bytes | LongLine) -> msgspec.Struct | RejectionReason:
        if isinstance(line, LongLine):
            return RejectionReason.TEXT_TOO_LARGE
        if not (line.isascii() or _is_utf8(line)):
            return RejectionReason.INVALID_UTF8
        try:
            return self._decoder.decode(line)
        except msgspec.ValidationError as error:
            # The path of a value inside the object follows "at"; without one the line itself is no object.
            return RejectionReason.WRONG_TYPE if " - at `$" in str(error) else RejectionReason.NOT_AN_OBJECT
        except (msgspec.DecodeError, RecursionError):
            return RejectionReason.MALFORMED_JSON


def _turn(rows: Sequence[msgspec.Struct], fields: Sequence[str]) -> dict[str, list[Any]]:
    """Turn rows into columns, a few rows at a time, which stay in the processor's cache meanwhile."""
    columns: dict[str, list[Any]] = {name: [] for name in fields}
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        few = map(msgspec.structs.astuple, rows[start : start + _ROWS_AT_ONCE])
        for column, values in zip(columns.values(), zip(*few, strict=True), strict=True):
            column.extend(values)
    return columns


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _make_frame(numbers: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> pl.DataFrame:
    series = [pl.Series("line", numbers, dtype=pl.UInt64)]
    # Most files have few of the fields, and counting is much cheaper than reading a column that holds nothing.
    found = {name: values for name, values in columns.items() if values.count(None) < len(values)}
    for name, values in found.items():
        if name in ACCOUNT_LIST_FIELDS:
            series.append(_read_accounts(name, values))
        elif name in _WRITERS:
            series.append(pl.Series(name, [_WRITERS[name](value) for value in values], dtype=pl.String))
        else:
            known = [None if value is UNSET else value for value in values]
            series.append(pl.Series(name, known, dtype=pl.String))
    return pl.DataFrame(series)


def _write_id(value: str | int | UnsetType | None) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else None


def _write_flag(value: bool | int | str | UnsetType | None) -> str | None:  # noqa: FBT001 -- a value of a column
    return None if value is None or value is UNSET else str(value)


def _write_nested(value: msgspec.Raw | UnsetType | None) -> str | None:
    """Return the JSON of a value, or the text that it is: both may hold the same."""
    if not isinstance(value, msgspec.Raw):
        return None
    content = bytes(value)
    return msgspec.json.decode(content, type=str) if content.startswith(b'"') else content.decode("utf-8")


_WRITERS: Mapping[str, Callable[[Any], str | None]] = {
    **dict.fromkeys(ID_FIELDS, _write_id),
    **dict.fromkeys(FLAG_FIELDS, _write_flag),
    **dict.fromkeys(NESTED_FIELDS, _write_nested),
}


def _read_accounts(name: str, values: Sequence[Any]) -> pl.Series:
    places: list[int] = []
    accounts: list[str | None] = []
    for place, value in enumerate(values):
        if value:
            ids = split_ids(value) if isinstance(value, str) else [_write_id(account) for account in value]
            places.extend([place] * len(ids))
            accounts.extend(ids)
    return make_lists(name, places, pl.Series(accounts, dtype=pl.String), len(values))
