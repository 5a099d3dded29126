"""Lines of text files, plain or compressed, in bounded memory whatever the file holds."""

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import zstandard

from demur.sources.errors import SplitUnreadableError
from demur.sources.rows import LINE_LIMIT_BYTES

_BLOCK_BYTES = 1 << 20
# zstd may blow four bytes up to 128 KiB, so the input is fed in small pieces: at most 64 MiB come out of one.
_ZSTD_BLOCK_BYTES = 2048
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line over the limit, whose content was not kept; `quotes` is the number of quotation marks in it."""

    quotes: int


def read_lines(path: Path, split: str) -> Iterator[bytes | LongLine]:
    """Yield every line of a file without its line feed; what ends with .gz or .zst is decompressed.

    Raises:
        SplitUnreadableError: the file is missing, truncated or not compressed as its name says.
    """
    with readable(split), path.open("rb") as file:
        yield from _split_lines(_blocks(file, path.suffix))


@contextlib.contextmanager
def readable(split: str) -> Iterator[None]:
    """Turn the errors of reading and decompressing a file into one that names the split."""
    try:
        yield
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        message = f"{split} cannot be read ({type(error).__name__})"
        raise SplitUnreadableError(message, hint="The file is missing, truncated or damaged.") from error


def _blocks(file: IO[bytes], suffix: str) -> Iterator[bytes]:
    if suffix == ".zst":
        yield from decompress_zstd(file)
        return
    content = gzip.GzipFile(fileobj=file) if suffix == ".gz" else file
    while block := content.read(_BLOCK_BYTES):
        yield block


def decompress_zstd(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what a file of Zstandard frames holds.

    Raises:
        EOFError: the last frame is cut off.
    """
    # `ZstdDecompressor.stream_reader` ends in silence when a file is cut off, hence frame by frame.
    decompressor = zstandard.ZstdDecompressor()
    frame = decompressor.decompressobj()
    is_within = False
    while block := file.read(_ZSTD_BLOCK_BYTES):
        while block:
            is_within = True
            yield frame.decompress(block)
            block = frame.unused_data if frame.eof else b""
            if frame.eof:
                frame = decompressor.decompressobj()
                is_within = False
    if is_within:
        message = "the last frame is cut off"
        raise EOFError(message)


def _split_lines(blocks: Iterator[bytes]) -> Iterator[bytes | LongLine]:
    rest = b""
    long: LongLine | None = None
    is_first = True
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            content = _finish(line, long)
            long = None
            yield _without_mark(content) if is_first else content
            is_first = False
        if len(rest) > LINE_LIMIT_BYTES or long is not None:
            long = LongLine(rest.count(b'"') + (long.quotes if long else 0))
            rest = b""
    if rest or long is not None:
        content = _finish(rest, long)
        yield _without_mark(content) if is_first else content


def _finish(line: bytes, long: LongLine | None) -> bytes | LongLine:
    if long is not None:
        return LongLine(long.quotes + line.count(b'"'))
    return LongLine(line.count(b'"')) if len(line) > LINE_LIMIT_BYTES else line


def _without_mark(line: bytes | LongLine) -> bytes | LongLine:
    return line.removeprefix(_BYTE_ORDER_MARK) if isinstance(line, bytes) else line
