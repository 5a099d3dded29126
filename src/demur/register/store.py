"""The register, opened: its database, its one writer and its published log."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from demur.kernel.files import DiskFullError
from demur.kernel.words import RecordKind
from demur.keys.keyring import Keyring
from demur.keys.notes import open_note
from demur.keys.subjects import subject_key
from demur.ledger.checkpoint import parse_checkpoint
from demur.ledger.receipt import TlogProof
from demur.ledger.tiles import TileStore
from demur.ledger.tree import Frontier
from demur.register.batch import Batch, DrawBytes, Outcome, Writer, day_of, idempotency_key
from demur.register.database import Database, open_database
from demur.register.envelopes import take_into_use
from demur.register.errors import KeyringMismatchError, RegisterAlteredError
from demur.register.publication import Publication
from demur.register.schema import checkpoint, head, identity
from demur.register.sequencer import Sequencer

_CLAIM = """
    INSERT INTO identity (id, platform, origin, fingerprint) VALUES (1, :platform, :origin, :fingerprint)
    ON CONFLICT (id) DO NOTHING
"""
_BEGIN = "INSERT INTO head (id, size, frontier) VALUES (1, 0, :frontier) ON CONFLICT (id) DO NOTHING"
# Keyed like an account, though no account can have this id: it tells one keyring from another, and nothing else.
_FINGERPRINT_ID = "\0demur/v1/fingerprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """An open register. Use it as a context manager: leaving it finishes and publishes what waits.

    It is a `LogWriter`: `append_document` adds a document's digest to the log.
    """

    database: Database
    keyring: Keyring
    sequencer: Writer
    tiles: TileStore

    def append_document(self, kind: RecordKind, digest: bytes, *, at: datetime) -> TlogProof:
        """Log a document by its SHA-256 digest; the same document gets the same proof again.

        Returns only after the entry is durable.

        Raises:
            LeafContentError: the kind is that of a personal event, or the digest has no 32 bytes.
            RegisterUnavailableError, QueueFullError: nothing was stored; try again.
        """
        key = idempotency_key("document", kind, digest)

        def append(batch: Batch) -> Outcome:
            index = batch.find_entry(key)
            if index is None:
                index = batch.append_document(kind, day_of(at), digest, key=key)
            return Outcome(index=index)

        return self.sequencer.submit(append).entry()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection inside one read transaction: all that is read is of one instant."""
        with self.database.reading() as connection:
            yield connection

    def close(self) -> None:
        """Finish what waits, publish it and close the database."""
        self.sequencer.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_register(
    url: str,
    *,
    keyring: Keyring,
    log_folder: Path,
    draw: DrawBytes = secrets.token_bytes,
    publishes: bool = True,
) -> Register:
    """Open a register, making it when it is new, and finish what a crash left undone.

    Args:
        url: ``sqlite:///path/to/register.db`` or ``postgresql://role@host/database``.
        keyring: the keyring that the register was made with. Without its envelope keys the register is read, and
            documents are logged; entries of people are neither opened nor added.
        log_folder: where the log is published as static files; any web server may serve it.
        draw: where random bytes come from; tests and demonstrations give their own.
        publishes: whether what is added is published from here; if not, another process does it (`publishing`).

    Raises:
        DatabaseUnsupportedError, DatabaseUnreachableError, DatabaseNotDurableError, DatabaseDamagedError,
            DatabaseNewerError: the operator must change something; see `open_database`.
        KeyringMismatchError: the register was made with another keyring.
        RegisterAlteredError, RegisterRolledBackError, LogForkError: register and log are not one history.
        EnvelopeKeyMissingError: rows are sealed under a key that the keyring does not hold.
        RegisterUnavailableError: the disk is full, or another process holds the lock for long.
    """
    database = open_checked(url, keyring)
    publication = Publication(database=database, tiles=TileStore(log_folder))
    try:
        if keyring.envelope is not None:
            take_into_use(database, keyring.envelope)
        _heal(database, publication)
    except BaseException:
        database.close()
        raise
    sequencer = Sequencer(database=database, keyring=keyring, publication=publication, draw=draw, publishes=publishes)
    return Register(database=database, keyring=keyring, sequencer=sequencer, tiles=publication.tiles)


def open_checked(url: str, keyring: Keyring) -> Database:
    """Open the database of a register, claiming it when it is new, and check that it is this keyring's and whole."""
    database = open_database(url)
    try:
        claim(database, keyring)
        check_head(database, keyring)
    except BaseException:
        database.close()
        raise
    return database


def claim(database: Database, keyring: Keyring) -> None:
    """Write whose register this is when it is new; else check that it is ours.

    Raises:
        KeyringMismatchError: the register was made with another keyring.
    """
    mine = owner_of(keyring)
    owner = sa.select(identity.c.platform, identity.c.origin, identity.c.fingerprint)
    with database.reading() as connection:
        found = connection.execute(owner).first()
    if found is None:
        with database.writing() as connection:
            # Another process may have been first; the one row is then its.
            connection.execute(sa.text(_CLAIM), dict(zip(("platform", "origin", "fingerprint"), mine, strict=True)))
            connection.execute(sa.text(_BEGIN), {"frontier": b""})
            found = connection.execute(owner).one()
    check_owner(tuple(found), keyring)


def owner_of(keyring: Keyring) -> tuple[str, str, bytes]:
    """Return what a register holds of the keyring that it was made with: platform, origin of the log, fingerprint."""
    return keyring.platform, keyring.public.log.name, bytes(subject_key(keyring, _FINGERPRINT_ID))


def check_owner(found: tuple[str, str, bytes], keyring: Keyring) -> None:
    """Check that a register is ours.

    Raises:
        KeyringMismatchError: it was made with another keyring.
    """
    if found != owner_of(keyring):
        is_same = found[0] == keyring.platform
        whose = "the same platform with another keyring" if is_same else f"platform {found[0]}"
        message = f"this register belongs to {whose}; the keyring is of {keyring.platform}"
        raise KeyringMismatchError(message, hint="Name the keyring that the register was made with.")


def check_head(database: Database, keyring: Keyring) -> None:
    """Check that the newest signed checkpoint is that of the stored head.

    Raises:
        RegisterAlteredError: it is another one.
    """
    with database.reading() as connection:
        size, frontier = connection.execute(sa.select(head.c.size, head.c.frontier)).one()
        newest = connection.execute(sa.select(checkpoint.c.note).order_by(checkpoint.c.size.desc()).limit(1)).scalar()
    if size == 0 and newest is None:
        return
    signed = parse_checkpoint(open_note(newest or "", keyring.public.log))
    if (signed.size, signed.root) != (size, Frontier.from_bytes(size, frontier).root()):
        message = f"the head of the register at {size} is not the one signed at {signed.size}"
        raise RegisterAlteredError(message, hint="Keep the file as it is and restore the register from a copy.")


def _heal(database: Database, publication: Publication) -> None:
    """Publish what a crash left unpublished; a full disk may wait, since nothing acknowledged depends on it."""
    connection = database.connect_writer()
    try:
        with contextlib.suppress(OSError, DiskFullError):
            publication.publish(connection)
    finally:
        connection.close()
