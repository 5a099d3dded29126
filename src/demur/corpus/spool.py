"""Spools: how rows get from one task to another by key, within bounded memory.

A spool is one file of many small frames, each in a numbered slot. The tasks of one stage write one spool each; a task
of the next stage reads its own slot from all of them. So a shuffle of N inputs to P outputs makes N files, not N x P,
and no task holds more than one buffer or one slot. Spools live in the work folder of a build and never in a corpus.
"""

import io
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec
import polars as pl

from demur.corpus.errors import WorkDamagedError
from demur.exchange.columns import Schema
from demur.kernel.files import whole_file

_MAGIC = b"demurSP1"
_TAIL = struct.Struct(">Q8s")  # length of the table of contents, magic

Slots = dict[int, list[tuple[int, int]]]


class SpoolWriter:
    """Appends frames to the slots of one spool."""

    def __init__(self, stream: BinaryIO) -> None:
        """Use `open_spool`."""
        self._stream = stream
        self._slots: Slots = {}

    def append(self, slot: int, frame: pl.DataFrame) -> None:
        """Add a frame behind what the slot holds."""
        if frame.is_empty():
            return
        packed = io.BytesIO()
        frame.write_ipc_stream(packed, compression="lz4")
        self._slots.setdefault(slot, []).append((self._stream.tell(), packed.tell()))
        self._stream.write(packed.getbuffer())

    def scatter(self, frame: pl.DataFrame, slot_column: str) -> None:
        """Add each row of a frame to the slot that a column names; the column itself is not kept."""
        parts = frame.partition_by(slot_column, as_dict=True, include_key=False, maintain_order=True)
        for (slot,), part in sorted(parts.items()):
            self.append(int(slot), part)

    def close(self) -> None:
        """Write the table of contents, without which the file is no spool."""
        contents = msgspec.json.encode(self._slots)
        self._stream.write(contents + _TAIL.pack(len(contents), _MAGIC))


@contextmanager
def open_spool(path: Path) -> Iterator[SpoolWriter]:
    """Yield a writer; the spool appears under its name, complete and durable, when the block ends."""
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        writer = SpoolWriter(stream)
        yield writer
        writer.close()


def read_slot(paths: Iterable[Path], slot: int, schema: Schema) -> pl.DataFrame:
    """Read one slot from many spools, in the order of the paths and of writing.

    Raises:
        WorkDamagedError: a spool is missing, truncated or damaged.
    """
    frames = [pl.DataFrame(schema=schema)]
    for path in paths:
        try:
            frames.extend(_read_frames(path, slot))
        except (OSError, struct.error, ValueError, pl.exceptions.PolarsError) as error:
            message = f"{path.name} of an unfinished build is missing or damaged ({type(error).__name__})"
            raise WorkDamagedError(message, hint=f"Delete {path.parent.parent} and build again.") from error
    return pl.concat(frames)


def _read_frames(path: Path, slot: int) -> Iterator[pl.DataFrame]:
    with path.open("rb") as stream:
        for offset, length in _read_contents(stream).get(slot, []):
            stream.seek(offset)
            yield pl.read_ipc_stream(stream.read(length))


def _read_contents(stream: BinaryIO) -> Slots:
    end = stream.seek(-_TAIL.size, io.SEEK_END)
    length, magic = _TAIL.unpack(stream.read(_TAIL.size))
    if magic != _MAGIC or length > end:
        message = "the end of the file is not that of a spool"
        raise ValueError(message)
    stream.seek(end - length)
    return msgspec.json.decode(stream.read(length), type=Slots)
