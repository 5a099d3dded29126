"""The rows of a file whose texts are to be filtered, as every form of file gives them, and those of plain text.

Whatever is not a text that was asked for passes on as it is: a row that nothing was cut from keeps its bytes. Memory is
bounded, whatever the file holds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Generic, NamedTuple, TypeAlias, TypeVar

import polars as pl

from demur.sources.errors import MissingColumnError
from demur.sources.lines import readable

TEXT_NAMES = ("text", "content", "body", "message", "post", "comment")
LANGUAGE_NAMES = ("language", "lang")
# A batch ends at whichever comes first, so that long texts take no more memory than short ones.
BATCH_ROWS = 16_384
BATCH_BYTES = 4 << 20
LINE_LIMIT_BYTES = 64 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NAMES_SHOWN = 30

Texts: TypeAlias = Mapping[str, pl.Series]
Content = TypeVar("Content")


class Fault(StrEnum):
    """Why a row cannot be read."""

    TOO_LONG = f"it has more than {LINE_LIMIT_BYTES >> 20} MiB"
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


class Line(NamedTuple):
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
        refuse_missing(name, named, [])
    for lines in group_lines(read_lines(stream, name)):
        yield _read_text_lines(lines)


def _read_text_lines(lines: Sequence[Line]) -> Rows[bytes]:
    broken: list[tuple[int, Fault]] = []
    numbers: list[int] = []
    texts: list[str] = []
    endings: list[bytes] = []
    for line in lines:
        content = line.content.rstrip(b"\r\n")
        text = None if line.is_long else decode_line(content)
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


# ---------------------------------------------------------------------------------------------------------------- lines
def read_lines(stream: IO[bytes], name: str) -> Iterator[Line]:
    """Yield every line with its line feed; of one over the limit no more is kept than whether its quotes match."""
    number = 0
    with readable(name):
        while line := stream.readline(LINE_LIMIT_BYTES):
            number += 1
            if line.endswith(b"\n") or len(line) < LINE_LIMIT_BYTES:
                yield Line(number, line)
                continue
            quotes = line.count(b'"')
            while not line.endswith(b"\n") and (line := stream.readline(LINE_LIMIT_BYTES)):
                quotes += line.count(b'"')
            yield Line(number, b'"' * (quotes % 2), is_long=True)


def group_lines(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Put lines into groups that are bounded in rows and in bytes."""
    group: list[Line] = []
    size_bytes = 0
    for line in lines:
        group.append(line)
        size_bytes += len(line.content)
        if len(group) == BATCH_ROWS or size_bytes >= BATCH_BYTES:
            yield group
            group, size_bytes = [], 0
    if group:
        yield group


def decode_line(content: bytes) -> str | None:
    """Return the text of some bytes; None when they are not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def choose_texts(name: str, found: Sequence[str]) -> tuple[str, ...]:
    """Return the column with the first of the usual names.

    Raises:
        MissingColumnError: none of them is there.
    """
    chosen = next((column for column in TEXT_NAMES if column in found), None)
    if chosen is None:
        refuse_missing(name, [" or ".join(TEXT_NAMES)], found)
    return (str(chosen),)


def refuse_missing(name: str, missing: Sequence[str], found: Sequence[str]) -> None:
    """Refuse a file that lacks columns.

    Raises:
        MissingColumnError: at least one is missing; the message names the columns that the file has.
    """
    if missing:
        shown = ", ".join(found[:_NAMES_SHOWN]) or "none"
        more = f" and {len(found) - _NAMES_SHOWN} more" if len(found) > _NAMES_SHOWN else ""
        message = f"{name}: column {', '.join(missing)} is missing; columns found: {shown}{more}"
        raise MissingColumnError(
            message, hint="Name the column of the texts by --text, that of languages by --language."
        )
