"""Time stamps (RFC 3161) of the log's checkpoint: somebody else's word that the log had this head on that day.

The index orders entries, and only the platform's clock dates them. A stamp a day by an authority that courts know
bounds them from outside. Requests, answers and verification are those of the program ``openssl ts``, which whoever
checks has too (ADR-0014). Source: https://www.rfc-editor.org/rfc/rfc3161
"""

import hashlib
import http.client
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias

from demur.kernel.errors import ConfigurationError, IntegrityError, TransientError
from demur.kernel.files import write_whole
from demur.kernel.urls import is_plain_url
from demur.ledger.tiles import TileStore
from demur.register.posting import post

FOLDER = "timestamps"
_PROGRAM = "openssl"
_SECONDS_TO_WAIT = 30
_GRANTED = re.compile(r"^Status: Granted", re.MULTILINE)
_STAMPED_AT = re.compile(r"^Time stamp: (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d{4}) GMT$", re.MULTILINE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOOL_HINT = "Install OpenSSL (Debian: openssl), and name the roots of the authority as a PEM file."
_AGAIN_HINT = "Nothing was stored; ask again later."

Authority: TypeAlias = "Callable[[bytes], bytes]"
"""Answers a request (TimeStampReq) with a TimeStampResp, both in DER; raises `TimestampUnavailableError`."""


class TimestampToolError(ConfigurationError):
    """The program ``openssl``, the configured authority or the file of its roots cannot be used."""

    code = "timestamp-tool"


class TimestampUnavailableError(TransientError):
    """The authority could not be reached, or did not grant a stamp."""

    code = "timestamp-unavailable"


class TimestampInvalidError(IntegrityError):
    """A stamp is not one of the checkpoint beside it, or not of an authority under the trusted roots."""

    code = "timestamp-invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """A verified stamp: the log had the head of this checkpoint at this instant, or before.

    Attributes:
        day: the day that its files are named after.
        at: the instant that the authority states, to the second.
        checkpoint_note: the note that was stamped.
    """

    day: date
    at: datetime
    checkpoint_note: str


def url_authority(url: str) -> Authority:
    """Return the authority at an address (RFC 3161 section 3.4).

    Raises:
        TimestampToolError: the address is no plain http or https URL.
    """
    if not is_plain_url(url):
        message = "the address of the time-stamping authority is no plain http or https URL"
        raise TimestampToolError(message, hint="Write it as the authority published it.")

    def ask(request: bytes) -> bytes:
        try:
            status, answer = post(url, request, content_type="application/timestamp-query")
        except (OSError, http.client.HTTPException) as error:
            message = f"the time-stamping authority cannot be reached ({type(error).__name__})"
            raise TimestampUnavailableError(message, hint=_AGAIN_HINT) from error
        if status != HTTPStatus.OK:
            message = f"the time-stamping authority answers {status}"
            raise TimestampUnavailableError(message, hint=_AGAIN_HINT)
        return answer

    return ask


def command_authority(command: Sequence[str]) -> Authority:
    """Return the authority that a program reaches: the request on its standard input, the answer on its output.

    Raises:
        TimestampToolError: no program is named.
    """
    if not command:
        message = "the command that reaches the time-stamping authority is empty"
        raise TimestampToolError(message, hint="Name a program and its arguments.")

    def ask(request: bytes) -> bytes:
        done = _run(command, given=request)
        if done.returncode:
            message = f"the command that reaches the time-stamping authority ended with {done.returncode}"
            raise TimestampUnavailableError(message, hint=_AGAIN_HINT)
        return done.stdout

    return ask


def stamp_checkpoint(tiles: TileStore, ask: Authority, *, roots: Path, day: date) -> Timestamp | None:
    """Have the published checkpoint stamped, verify the answer and store both beside the log; once a day.

    Returns None while nothing is published. A day that has its stamp keeps it, and nobody is asked.

    Raises:
        TimestampToolError: ``openssl`` or the roots cannot be used.
        TimestampUnavailableError: the authority gave no stamp.
        TimestampInvalidError: the answer, or the stamp that the day has, does not hold.
        DiskFullError, OSError: the files cannot be written now.
    """
    stored = tiles.folder / FOLDER / f"{day.isoformat()}.tsr"
    if stored.exists():
        return verify_stored(tiles, day, roots=roots)
    note = tiles.checkpoint_note()
    if note is None:
        return None
    request = _openssl("ts", "-query", "-digest", _digest(note.encode()), "-sha256", "-cert").stdout
    answer = ask(request)
    write_whole(stored.with_suffix(".checkpoint"), note.encode())
    with_request = stored.with_suffix(".tsq")
    write_whole(with_request, request)
    waiting = stored.with_suffix(".answer")
    write_whole(waiting, answer)
    try:
        at = _granted_at(waiting)
        _verify(waiting, ("-queryfile", str(with_request)), roots=roots, at=at)
        # Last: a day without its .tsr has no stamp.
        write_whole(stored, answer)
    finally:
        waiting.unlink()
        with_request.unlink()
    return Timestamp(day=day, at=at, checkpoint_note=note)


def stored_days(tiles: TileStore) -> list[date]:
    """Return the days that have a stamp, the first one first."""
    return sorted(date.fromisoformat(path.stem) for path in (tiles.folder / FOLDER).glob("????-??-??.tsr"))


def verify_stored(tiles: TileStore, day: date, *, roots: Path) -> Timestamp:
    """Verify the stamp of a day against the checkpoint beside it.

    The authority's certificate must have been valid when it stamped: what expired since then stays good.

    Raises:
        TimestampToolError: ``openssl`` or the roots cannot be used.
        TimestampInvalidError: the stamp does not hold.
    """
    stored = tiles.folder / FOLDER / f"{day.isoformat()}.tsr"
    try:
        note = stored.with_suffix(".checkpoint").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the checkpoint that was stamped on {day} cannot be read"
        raise TimestampInvalidError(message, hint="Restore the folder from a copy.") from error
    try:
        at = _granted_at(stored)
    except TimestampUnavailableError as error:
        message = f"the file of {day} is no time stamp"
        raise TimestampInvalidError(message, hint="Restore the folder from a copy.") from error
    _verify(stored, ("-digest", _digest(note.encode())), roots=roots, at=at)
    return Timestamp(day=day, at=at, checkpoint_note=note)


def _granted_at(answer: Path) -> datetime:
    """Return the instant of an answer that grants a stamp; it is not verified yet."""
    text = _openssl("ts", "-reply", "-in", str(answer), "-text").stdout.decode("utf-8", "replace")
    found = _STAMPED_AT.search(text)
    if not _GRANTED.search(text) or found is None or found[1] not in _MONTHS:
        message = "the time-stamping authority did not grant a stamp"
        raise TimestampUnavailableError(message, hint=_AGAIN_HINT)
    day, hour, minute, second, year = (int(digits) for digits in found.groups()[1:])
    return datetime(year, _MONTHS.index(found[1]) + 1, day, hour, minute, second, tzinfo=UTC)


def _verify(answer: Path, about: tuple[str, str], *, roots: Path, at: datetime) -> None:
    if not roots.is_file():
        message = f"the roots of the time-stamping authority cannot be read at {roots}"
        raise TimestampToolError(message, hint=_TOOL_HINT)
    seconds = str(int(at.timestamp()))
    done = _openssl("ts", "-verify", "-in", str(answer), *about, "-CAfile", str(roots), "-attime", seconds)
    if done.returncode:
        message = "a time stamp does not belong to its checkpoint, or to an authority under the trusted roots"
        hint = "Keep both files; compare the roots with those that the authority published."
        raise TimestampInvalidError(message, hint=hint)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _openssl(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return _run((_PROGRAM, *arguments), given=b"")


def _run(command: Sequence[str], *, given: bytes) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(  # noqa: S603 -- openssl with arguments of ours, or what the operator configured
            command,
            input=given,
            capture_output=True,
            timeout=_SECONDS_TO_WAIT,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError as error:
        message = f"the program {command[0]} cannot be run: {error.strerror}"
        raise TimestampToolError(message, hint=_TOOL_HINT) from error
    except subprocess.TimeoutExpired as error:
        message = f"the program {command[0]} did not end within {_SECONDS_TO_WAIT} seconds"
        raise TimestampUnavailableError(message, hint=_AGAIN_HINT) from error
