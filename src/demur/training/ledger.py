"""The usage ledger: which steps of a run were delivered under which version of `Removals`.

Rows are not logged. The plan says which rows a step owns and `Removals` which of them were masked at a version, so a
run without objections is one record an epoch and weights file. Each record also carries how many rows were delivered
and a fingerprint of them, taken from the labels that left the guard: `lineage.count_leaks` compares both with what the
plan and `Removals` allow.

A file is a header of 64 bytes and records of 64 bytes, so that no record crosses a disk sector: a record is there or
not. The ledger is on disk before a weights file is (write-ahead), and a record is never changed.
"""

import errno
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from demur.kernel.files import DiskFullError, is_disk_full, write_whole
from demur.training.errors import RunMissingError, UsageLedgerError
from demur.training.plan import Ordinals, Plan

_HEADER = struct.Struct("<8s16s36xI")  # magic, run id, CRC
_RECORD = struct.Struct("<4sIIQQQQQQI")  # magic, attempt, epoch, steps, position, version, delivered, fingerprint, CRC
_MAGIC = b"DEMURUL1"
_RECORD_MAGIC = b"DUSG"
_CRC_BYTES = 4
RUN_ID_BYTES = 16
_STEPS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Steps that follow each other in one attempt, one epoch and under one version of `Removals`.

    Attributes:
        attempt: 1 for the first start of the run, one more for each resume.
        first_step: counted through all epochs; `last_step` is included.
        first_position: where the first step begins in its epoch.
        version: the version of `Removals` that was in force.
        delivered: rows that left the guard with at least one label.
        fingerprint: sum modulo 2**64 of a mixed value of each delivered row, so order and batches do not matter.
    """

    attempt: int
    epoch: int
    first_step: int
    last_step: int
    first_position: int
    version: int
    delivered: int
    fingerprint: int

    def is_continued_by(self, other: "Segment") -> bool:
        """Tell whether another segment goes on where this one ends, under the same conditions."""
        same = (self.attempt, self.epoch, self.version) == (other.attempt, other.epoch, other.version)
        return same and other.first_step == self.last_step + 1

    def joined_with(self, other: "Segment") -> "Segment":
        """Return this segment and the one that continues it as one."""
        return replace(
            self,
            last_step=other.last_step,
            delivered=self.delivered + other.delivered,
            fingerprint=(self.fingerprint + other.fingerprint) % 2**64,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLedger:
    """What a run has written down: its id and its segments in the order of writing, joined where they continue."""

    run_id: bytes
    segments: tuple[Segment, ...]

    @property
    def attempts(self) -> int:
        """Return the number of the last attempt; 0 before the first."""
        return max((segment.attempt for segment in self.segments), default=0)


class LedgerWriter:
    """Appends what one attempt delivers; `step` is the step that comes next."""

    def __init__(self, stream: BinaryIO, *, plan: Plan, run_id: bytes, attempt: int, step: int) -> None:
        """Write to the end of a ledger; use `open_ledger`."""
        self._stream = stream
        self._run_id = run_id
        self._open: Segment | None = None
        self._delivered: list[Ordinals] = []
        self.plan = plan
        self.attempt = attempt
        self.step = step

    def record(self, version: int, delivered: Ordinals) -> None:
        """Count the next step as delivered under a version; a new segment begins when a condition changed."""
        epoch, start, _ = self.plan.positions_of_step(self.step)
        if self._open is None or (self._open.epoch, self._open.version) != (epoch, version):
            self.flush()
            self._open = Segment(
                attempt=self.attempt,
                epoch=epoch,
                first_step=self.step,
                last_step=self.step,
                first_position=start,
                version=version,
                delivered=0,
                fingerprint=0,
            )
        self._delivered.append(delivered)
        self.step += 1
        if len(self._delivered) == _STEPS_AT_ONCE:
            self._open = self._counted(self._open)

    def flush(self) -> None:
        """Bring everything recorded so far to the disk; returns when it is durable.

        Raises:
            DiskFullError: the device has no room; nothing that was durable is lost.
        """
        if self._open is None:
            return
        self._open = self._counted(self._open)
        end = self._stream.tell()
        try:
            _append(self._stream, _pack(self._open, self._run_id))
        except OSError as error:
            self._stream.truncate(end)
            self._stream.seek(end)
            if is_disk_full(error):
                message = "no space left on the device that holds the usage ledger"
                raise DiskFullError(message, hint="Free some space and start the run again: it resumes.") from error
            raise
        self._open = None

    def _counted(self, segment: Segment) -> Segment:
        """Return the open segment with the steps since the last count; fingerprints are cheaper many at a time."""
        rows = np.concatenate([np.empty(0, dtype=np.int64), *self._delivered])
        self._delivered.clear()
        return replace(
            segment,
            last_step=self.step - 1,
            delivered=segment.delivered + len(rows),
            fingerprint=(segment.fingerprint + fingerprint_of(rows)) % 2**64,
        )


@contextmanager
def open_ledger(path: Path, *, plan: Plan, run_id: bytes, step: int) -> Iterator[LedgerWriter]:
    """Open the ledger of a run for a new attempt that begins at a step; what was recorded is flushed at the end.

    A tail that a crash left half-written is cut off first: no weights can depend on it.

    Raises:
        UsageLedgerError: the ledger is corrupt, of another run, or does not cover the steps before `step`.
    """
    if not path.exists():
        write_whole(path, _header(run_id))
    ledger = read_ledger(path)
    if ledger.run_id != run_id:
        message = f"{path.name} belongs to run {ledger.run_id.hex()}, not to {run_id.hex()}"
        raise UsageLedgerError(message)
    _check_covered(ledger, step)
    whole = _whole_bytes(path.read_bytes())
    with path.open("r+b", buffering=0) as stream:
        stream.truncate(whole)
        stream.seek(whole)
        writer = LedgerWriter(stream, plan=plan, run_id=run_id, attempt=ledger.attempts + 1, step=step)
        try:
            yield writer
        finally:
            writer.flush()


def read_ledger(path: Path) -> UsageLedger:
    """Read a ledger; segments that continue each other are joined.

    A tail shorter than a record, or of zeros only, is what a crash leaves, and is passed over.

    Raises:
        RunMissingError: there is no ledger.
        UsageLedgerError: a header or record is not what was written.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        message = f"{path.name} is missing from {path.parent}"
        raise RunMissingError(message, hint="Give the folder of a training run.") from error
    run_id = _run_id(content, path.name)
    segments: list[Segment] = []
    for start in range(_HEADER.size, _whole_bytes(content), _RECORD.size):
        segment = _unpack(content[start : start + _RECORD.size], run_id, f"{path.name} at byte {start}")
        if segments and segments[-1].is_continued_by(segment):
            segments[-1] = segments[-1].joined_with(segment)
        else:
            segments.append(segment)
    return UsageLedger(run_id=run_id, segments=tuple(segments))


def fingerprint_of(rows: Ordinals) -> int:
    """Return the sum modulo 2**64 of the rows, each mixed by the finaliser of SplitMix64."""
    mixed: NDArray[np.uint64] = rows.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return int(mixed.sum(dtype=np.uint64))


def _append(stream: BinaryIO, record: bytes) -> None:
    """Write a record and wait for the disk; an unbuffered write that stops short has met a full one."""
    if stream.write(record) != len(record):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(stream.fileno())


def _header(run_id: bytes) -> bytes:
    body = _HEADER.pack(_MAGIC, run_id, 0)[:-_CRC_BYTES]
    return body + zlib.crc32(body).to_bytes(_CRC_BYTES, "little")


def _run_id(content: bytes, name: str) -> bytes:
    head = content[: _HEADER.size]
    run_id = head[len(_MAGIC) : len(_MAGIC) + RUN_ID_BYTES]
    if head != _header(run_id):
        message = f"{name} does not begin with the header of a usage ledger"
        raise UsageLedgerError(message)
    return run_id


def _pack(segment: Segment, run_id: bytes) -> bytes:
    body = _RECORD.pack(
        _RECORD_MAGIC,
        segment.attempt,
        segment.epoch,
        segment.first_step,
        segment.last_step,
        segment.first_position,
        segment.version,
        segment.delivered,
        segment.fingerprint,
        0,
    )[:-_CRC_BYTES]
    return body + _record_crc(body, run_id)


def _unpack(record: bytes, run_id: bytes, where: str) -> Segment:
    if record[-_CRC_BYTES:] != _record_crc(record[:-_CRC_BYTES], run_id):
        message = f"{where}: a record of the usage ledger is not what was written"
        raise UsageLedgerError(
            message, hint="Restore the file from a copy; what the run read cannot be proven without it."
        )
    _, attempt, epoch, first_step, last_step, position, version, delivered, fingerprint, _ = _RECORD.unpack(record)
    return Segment(
        attempt=attempt,
        epoch=epoch,
        first_step=first_step,
        last_step=last_step,
        first_position=position,
        version=version,
        delivered=delivered,
        fingerprint=fingerprint,
    )


def _record_crc(body: bytes, run_id: bytes) -> bytes:
    # Begun with the run id, so that a record copied from another run does not fit.
    return zlib.crc32(body, zlib.crc32(run_id)).to_bytes(_CRC_BYTES, "little")


def _whole_bytes(content: bytes) -> int:
    """Return the length without the tail of a crash: a cut record, or zeros that a file system filled in."""
    whole = len(content) - len(content) % _RECORD.size
    while whole > _HEADER.size and not any(content[whole - _RECORD.size : whole]):
        whole -= _RECORD.size
    return whole


def _check_covered(ledger: UsageLedger, step: int) -> None:
    """Check that every step before `step` was written down: weights never outlive their ledger."""
    covered = max((segment.last_step + 1 for segment in ledger.segments), default=0)
    if covered < step:
        message = f"the usage ledger covers {covered} steps, the weights were trained for {step}"
        raise UsageLedgerError(
            message, hint="Restore the ledger from a copy; these weights must not be used without it."
        )
