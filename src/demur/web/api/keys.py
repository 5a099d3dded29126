"""Who may ask the door for more than an objection: API keys with roles, and the public keys of agents.

One file that the operator's commands write. It holds the SHA-256 of each key and never the key: a key is 256 random
bits, so that its plain hash cannot be guessed. Whoever may read the file cannot call the API by it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from demur.kernel.files import exclusive_lock, write_whole
from demur.keys.encoding import decode_base64
from demur.web.errors import (
    AgentKeyError,
    ApiKeyNameError,
    ApiKeyRefusedError,
    ApiKeysUnreadableError,
    ApiRolesError,
)

_PREFIX = "demur_"
_KEY_BYTES = 32
_SCHEME = "bearer"
_NAME_PATTERN = r"^[A-Za-z0-9_.-]{1,64}$"
_Name = Annotated[str, msgspec.Meta(pattern=_NAME_PATTERN)]
_Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class Role(StrEnum):
    """What the holder of a key may do."""

    PLATFORM = "platform"
    BUILDER = "builder"
    RECIPIENT = "recipient"
    METRICS = "metrics"


# The roles of those who build and train; nobody has one of them and another role as well, or the small counts of the
# metrics and the accounts of the feeds would be theirs too.
DATA_ROLES = frozenset({Role.BUILDER, Role.RECIPIENT})


class ApiKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key, by its hash in hexadecimal."""

    name: _Name
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1)]
    sha256: _Hex
    since: date


class Agent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authorised agent: its Ed25519 public key in base64, as the directory of the Data Rights Protocol has it."""

    name: _Name
    key: str
    since: date

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the agent signed a message."""
        try:
            Ed25519PublicKey.from_public_bytes(decode_base64(self.key)).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class ApiKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    keys: tuple[ApiKey, ...] = ()
    agents: tuple[Agent, ...] = ()

    def find_agent(self, name: str) -> Agent | None:
        """Return the agent of a name."""
        return next((agent for agent in self.agents if agent.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose key a request carried, and what it may do."""

    name: str
    roles: frozenset[Role]


@dataclass(slots=True)
class KeyBook:
    """The keys as the file has them now: a key that was revoked is refused from the next request on.

    Attributes:
        path: the file; None, or a file that is not there, means that nobody has a key.
    """

    path: Path | None
    _seen: tuple[int, int] | None = field(default=None, init=False)
    _keys: ApiKeys = field(default_factory=ApiKeys, init=False)

    def current(self) -> ApiKeys:
        """Return the keys in force.

        Raises:
            ApiKeysUnreadableError: the file cannot be read; nobody is let in by what it said before.
        """
        try:
            state = None if self.path is None else self.path.stat()
        except FileNotFoundError:
            state = None
        if self.path is None or state is None:
            self._seen, self._keys = None, ApiKeys()
        elif self._seen != (state.st_mtime_ns, state.st_ino):
            self._keys = load_api_keys(self.path)
            self._seen = (state.st_mtime_ns, state.st_ino)
        return self._keys

    def identify(self, authorization: str) -> Caller | None:
        """Return whose key a header ``Authorization: Bearer KEY`` carries; None without a header.

        Raises:
            ApiKeyRefusedError: it carries no key that is in force; the message is the same whatever is wrong.
            ApiKeysUnreadableError: as `current`.
        """
        if not authorization:
            return None
        scheme, _, key = authorization.partition(" ")
        digest = _digest(key.strip())
        # Each is compared in constant time, and all of them: neither a prefix nor a position shows in the time.
        found = [known for known in self.current().keys if hmac.compare_digest(known.sha256, digest)]
        if scheme.lower() != _SCHEME or not found:
            message = "the key is not in force"
            raise ApiKeyRefusedError(message, hint="Send `Authorization: Bearer` and a key of `demur keys api add`.")
        return Caller(name=found[0].name, roles=frozenset(found[0].roles))


def load_api_keys(path: Path) -> ApiKeys:
    """Read the file; one that is not there holds no key.

    Raises:
        ApiKeysUnreadableError: it cannot be read, or is not what `demur keys api` writes.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=ApiKeys)
    except FileNotFoundError:
        return ApiKeys()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"{path.name} holds no API keys that can be read ({type(error).__name__})"
        raise ApiKeysUnreadableError(message, hint="Restore it from a copy, or write new keys.") from error


def add_key(
    path: Path,
    name: str,
    roles: tuple[Role, ...],
    *,
    today: date,
    draw: Callable[[int], str] = secrets.token_urlsafe,
) -> str:
    """Make a key, store its hash, and return the key: nobody can read it again.

    Raises:
        ApiKeyNameError: the name is taken, or has other characters than letters, digits, dot, dash and underscore.
        ApiRolesError: it would have a role of those who build and train, and another one.
        ApiKeysUnreadableError: as `load_api_keys`.
    """
    if DATA_ROLES & set(roles) and not set(roles) <= DATA_ROLES:
        message = f"a key with the role {' or '.join(sorted(DATA_ROLES))} has no other role"
        raise ApiRolesError(message, hint="Make a key for each; docs/reference/roles.md says why.")
    key = _PREFIX + draw(_KEY_BYTES)
    _add(path, ApiKey(name=name, roles=roles, sha256=_digest(key), since=today))
    return key


def add_agent(path: Path, name: str, key: str, *, today: date) -> None:
    """Register an agent by its public key.

    Raises:
        AgentKeyError: the key is no Ed25519 public key of 32 bytes in base64.
        ApiKeyNameError, ApiKeysUnreadableError: as `add_key`.
    """
    try:
        Ed25519PublicKey.from_public_bytes(decode_base64(key))
    except ValueError as error:
        message = "the key is no Ed25519 public key of 32 bytes in base64"
        raise AgentKeyError(message, hint="Ask the agent for the key that it publishes.") from error
    _add(path, Agent(name=name, key=key, since=today))


def revoke(path: Path, name: str) -> None:
    """Forget a key or an agent.

    Raises:
        ApiKeyNameError: nobody has this name.
        ApiKeysUnreadableError: as `load_api_keys`.
    """
    with exclusive_lock(_lock_of(path)):
        known = load_api_keys(path)
        kept = ApiKeys(
            keys=tuple(key for key in known.keys if key.name != name),
            agents=tuple(agent for agent in known.agents if agent.name != name),
        )
        if kept == known:
            message = f"no key and no agent is called {name}"
            raise ApiKeyNameError(message, hint="`demur keys api list` names them.")
        _write(path, kept)


def _add(path: Path, entry: ApiKey | Agent) -> None:
    with exclusive_lock(_lock_of(path)):
        known = load_api_keys(path)
        taken: list[ApiKey | Agent] = [*known.keys, *known.agents]
        if any(entry.name == other.name for other in taken):
            message = f"the name {entry.name} is taken"
            raise ApiKeyNameError(message, hint="Choose another name, or revoke the old key first.")
        if isinstance(entry, ApiKey):
            changed = msgspec.structs.replace(known, keys=(*known.keys, entry))
        else:
            changed = msgspec.structs.replace(known, agents=(*known.agents, entry))
        _write(path, changed)


def _write(path: Path, keys: ApiKeys) -> None:
    content = msgspec.json.encode(keys)
    try:
        msgspec.json.decode(content, type=ApiKeys)  # a name that could not be read again would lock everybody out
    except msgspec.ValidationError as error:
        message = "a name has 1 to 64 letters, digits, dots, dashes and underscores, and a key has a role"
        raise ApiKeyNameError(message, hint="Choose another name.") from error
    write_whole(path, msgspec.json.format(content, indent=2) + b"\n")


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
