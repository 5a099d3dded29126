"""Files with secrets in them: only their owner may read them, they are never overwritten unseen, never half there."""

import os
import stat
from pathlib import Path

from demur.kernel.errors import ConfigurationError
from demur.kernel.files import whole_file

_MAX_BYTES = 64 * 1024
_OWNER_ONLY = 0o600
_OTHERS = 0o077


class KeyringExistsError(ConfigurationError):
    """A keyring is never overwritten: the old keys would be lost, and with them every subject key."""

    code = "keyring-exists"


class KeyringMissingError(ConfigurationError):
    """There is no keyring at the configured path."""

    code = "keyring-missing"


class KeyringExposedError(ConfigurationError):
    """Others than the owner may read or write the keyring."""

    code = "keyring-exposed"


class KeyringDamagedError(ConfigurationError):
    """The keyring is not what the command that makes it writes."""

    code = "keyring-damaged"


def refuse_existing(path: Path, *, what: str = "keyring") -> None:
    """Refuse a path where something is, before the first of several files is written.

    Raises:
        KeyringExistsError: there is a file, or a link.
    """
    if os.path.lexists(path):
        raise _exists_error(path, what)


def create_private(path: Path, content: bytes, *, what: str = "keyring") -> None:
    """Write a new file that only its owner may read; it is durable when this returns.

    Raises:
        KeyringExistsError: there is a file already.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # O_EXCL also refuses a link that somebody laid at this name; the mode is set before the first byte is there.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError as error:
        raise _exists_error(path, what) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def replace_private(path: Path, content: bytes) -> None:
    """Put new content in the place of a file that only its owner may read: the old whole or the new whole.

    Raises:
        DiskFullError: there is no room; the old file stays.
    """
    # The file that a link leads to is replaced, not the link.
    with whole_file(path.resolve()) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)


def read_private(path: Path, *, missing_hint: str, what: str = "keyring") -> bytes:
    """Read a file with secrets, and refuse one that others could have read.

    Raises:
        KeyringMissingError: there is no such file.
        KeyringExposedError: its mode gives rights to the group or to others.
        KeyringDamagedError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            # The mode of the opened file, not of the name: between two look-ups the name could change its file.
            _check_owner_only(path, os.fstat(file.fileno()).st_mode, what)
            return file.read(_MAX_BYTES)
    except FileNotFoundError as error:
        message = f"there is no {what} at {path}"
        raise KeyringMissingError(message, hint=missing_hint) from error
    except OSError as error:
        message = f"the {what} at {path} cannot be read: {error.strerror}"
        raise KeyringDamagedError(message, hint="Run Demur as the user who owns the file.") from error


def _exists_error(path: Path, what: str) -> KeyringExistsError:
    message = f"a {what} exists already at {path}"
    return KeyringExistsError(message, hint="Use it, or move it away by hand if nothing was ever keyed with it.")


def _check_owner_only(path: Path, mode: int, what: str) -> None:
    found = stat.S_IMODE(mode)
    if found & _OTHERS:
        message = f"the {what} at {path} has mode {found:04o}, allowed is {_OWNER_ONLY:04o} or stricter"
        raise KeyringExposedError(message, hint=f"Run `chmod 600 {path}`, and ask who may have read it.")
