"""The rows of JSON lines whose texts are to be filtered."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import IO, Any, TypeAlias

import msgspec
import polars as pl
from msgspec import UNSET, UnsetType

from demur.cli.filter_rows import (
    BYTE_ORDER_MARK,
    LANGUAGE_NAMES,
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

_WHITE_SPACE = b" \t\r\n"
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
    for lines in group_lines(read_lines(stream, name)):
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

    def read(self, lines: Sequence[Line]) -> Rows[bytes]:
        """Read some lines."""
        broken: list[tuple[int, Fault]] = []
        numbers: list[int] = []
        kept: list[tuple[bytes, bool]] = []
        rows: list[tuple[_Value, ...]] = []
        for line in lines:
            if not line.is_long and line.content.isspace():
                kept.append((line.content, False))
                continue
            self._rows += 1
            read = Fault.TOO_LONG if line.is_long else self._decode(line.content)
            if isinstance(read, Fault):
                broken.append((line.number, read))
                continue
            numbers.append(self._rows)
            kept.append((line.content, True))
            rows.append(msgspec.structs.astuple(read))
        return self._make_rows(numbers, rows, broken, kept)

    def _make_rows(
        self,
        numbers: Sequence[int],
        rows: Sequence[tuple[Any, ...]],
        broken: Sequence[tuple[int, Fault]],
        kept: Sequence[tuple[bytes, bool]],
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
            refuse_missing(self._name, sorted(self._unseen), self._seen)

    def _decode(self, line: bytes) -> msgspec.Struct | Fault:
        if not line.isascii() and decode_line(line) is None:
            return Fault.NOT_UTF8
        line = line.removeprefix(BYTE_ORDER_MARK)
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
        self._texts = self._wanted.texts or choose_texts(self._name, self._seen)
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


def _rebuild_objects(kept: Sequence[tuple[bytes, bool]], texts: Texts, others: Texts) -> bytes:
    """Write lines again, each of which is a row or blank."""
    names = list(texts)
    same = pl.DataFrame({one: texts[one].eq_missing(others[one]) for one in names})
    is_same = iter(same.select(pl.all_horizontal(pl.all())).to_series().to_list() if names else [])
    may_repeat = _repeats(names)
    pieces: list[bytes] = []
    row = 0
    for line, is_row in kept:
        if not is_row:
            pieces.append(line)
            continue
        is_kept = next(is_same) and not may_repeat(line)
        pieces.append(line if is_kept else _rebuild_object(line, {one: others[one][row] for one in names}))
        row += 1
    return b"".join(pieces)


def _repeats(names: Sequence[str]) -> Callable[[bytes], bool]:
    """Return a function that tells whether a line could have one of some keys twice: only the last one was read."""
    written = [msgspec.json.encode(name) for name in names]
    are_plain = all(_PLAIN_NAME.fullmatch(name) for name in names)
    return lambda line: not are_plain or _UNICODE_ESCAPE in line or any(line.count(name) > 1 for name in written)


def _rebuild_object(line: bytes, texts: Mapping[str, str | None]) -> bytes:
    row = msgspec.json.decode(line.removeprefix(BYTE_ORDER_MARK), type=_Object)
    for name, text in texts.items():
        if name in row and msgspec.json.decode(row[name], type=str | None) != text:
            row[name] = msgspec.Raw(msgspec.json.encode(text))
    written = msgspec.json.encode(row)
    # A line that differs from what was read of it in more than blanks has a key twice, of which one was never read.
    if written.translate(None, _WHITE_SPACE) == line.translate(None, _WHITE_SPACE):
        return line
    return written + line[len(line.rstrip(b"\r\n")) :]
