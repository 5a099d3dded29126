"""Putting a backup back: into an empty place, checked first, and never over a register by accident.

What the log got after the backup comes back by `demur.register.recovery`.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from demur.kernel.files import make_folder, whole_file
from demur.keys.notes import Verifier
from demur.register.backup import BackupManifest, DatabaseKind, kind_of, open_payload, private_file, read_backup
from demur.register.database import parse_url
from demur.register.errors import RegisterPresentError
from demur.register.sqlite import path_of

# The main file between the others: stopped half-way, what is left is still seen, and is never taken for the new file's.
_FILES = ("-shm", "-journal", "", "-wal")


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """A backup that was put back, and where the register that was there before is kept, if there was one."""

    manifest: BackupManifest
    kept: str | None


def put_back(path: Path, *, url: str, verifier: Verifier, at: datetime, may_replace: bool) -> PutBack:
    """Put the database of a backup where a URL says, all of it or nothing. Stop whatever uses the register first.

    Args:
        verifier: the key of the platform's documents.
        may_replace: whether a register that is there may be moved aside; it is kept beside the new one.

    Raises:
        BackupInvalidError, DatabaseNewerError: nothing was touched.
        RegisterPresentError: there is a register, and it may not be replaced.
        DatabaseUnsupportedError, DatabaseUnreachableError, DatabaseToolError, DiskFullError: it cannot be put there.
    """
    parsed = parse_url(url)
    manifest = read_backup(path, verifier, database=kind_of(parsed))
    if manifest.database is DatabaseKind.SQLITE:
        return PutBack(manifest=manifest, kept=_put_file(path, path_of(parsed), at if may_replace else None))
    return PutBack(manifest=manifest, kept=_put_dump(path, parsed, at if may_replace else None))


def _put_file(path: Path, target: Path, replaced_at: datetime | None) -> str | None:
    """Put the file in place. The write-ahead log of another one beside it would be taken for its own."""
    make_folder(target.parent)
    there = [ending for ending in _FILES if _is_filled(target, ending)]
    if there and replaced_at is None:
        message = f"there is a register at {target}"
        raise RegisterPresentError(message, hint="Name an empty place, or give --replace, which keeps the old one.")
    kept = target.with_name(f"{target.name}.replaced-{replaced_at:%Y%m%dT%H%M%SZ}") if there else None
    with whole_file(target) as temporary, open_payload(path) as (_, payload):
        with private_file(temporary) as stream:
            shutil.copyfileobj(payload, stream)
        for ending in there:
            # The new file is written; from here on only names change.
            target.with_name(target.name + ending).rename(f"{kept}{ending}")
    return None if kept is None else str(kept)


def _is_filled(target: Path, ending: str) -> bool:
    found = target.with_name(target.name + ending)
    return found.exists() and found.stat().st_size > 0


def _put_dump(path: Path, url: sa.URL, replaced_at: datetime | None) -> str | None:
    from demur.register.postgres_backup import restore_database  # noqa: PLC0415 -- optional dependency

    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as name:
        dump = Path(name) / "register"
        with open_payload(path) as (_, payload), dump.open("wb") as stream:
            shutil.copyfileobj(payload, stream)
        return restore_database(url, dump, replaced_at=replaced_at)
