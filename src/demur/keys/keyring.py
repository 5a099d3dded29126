"""The keyring: every secret of one installation in one file that only its owner may read.

Each use has a key of its own, so that one that leaks opens one thing. The public halves go into a second file, which an
authority or a person gets to check notes and receipts.
"""

import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from demur.kernel.errors import ConfigurationError, InputError
from demur.kernel.files import write_whole
from demur.keys.encoding import decode_base64, encode_base64
from demur.keys.notes import Signer, Verifier
from demur.keys.private_files import KeyringDamagedError, create_private, read_private

_VERSION = 1
_SECRET_BYTES = 32
_MAX_FILE_BYTES = 64 * 1024
_PLATFORM = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")
_SECRETS = ("subject_key", "item_key", "proof_key", "suppression_key", "log_seed", "document_seed")
_CREATE_HINT = "Restore it from your backup; for a new installation run `demur keys create`."
_PUBLIC_HINT = "Give public.json as the platform published it; `demur keys create` wrote it beside the keyring."
_RESTORE_HINT = "Restore the file from your backup; a new keyring would give every person another key."


class PlatformNameError(InputError):
    """The name of the platform cannot be part of a key name."""

    code = "platform-name"


class PublicKeysError(ConfigurationError):
    """The file of public keys is missing or is not what `write_public_keys` writes."""

    code = "public-keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKeys:
    """The public halves: what a verifier must be given by a way that it trusts."""

    platform: str
    log: Verifier
    documents: Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The secrets of one platform; none of them is ever shown by ``repr``."""

    platform: str
    subject_key: bytes = field(repr=False)
    item_key: bytes = field(repr=False)
    proof_key: bytes = field(repr=False)
    suppression_key: bytes = field(repr=False)
    log_signer: Signer = field(repr=False)
    document_signer: Signer = field(repr=False)
    retired: tuple[str, ...] = ()

    def trusted_keys(self) -> TrustedKeys:
        """Return the public halves of the two signing keys."""
        return TrustedKeys(
            platform=self.platform, log=self.log_signer.verifier, documents=self.document_signer.verifier
        )


def create_keyring(path: Path, *, platform: str, seed: bytes | None = None) -> Keyring:
    """Draw new keys, write them to a file that only the owner may read, and return them.

    Args:
        path: where the file goes; its folder is made when it is missing.
        platform: a name such as ``agora.example``; it becomes part of every subject key and of the log's name.
        seed: makes the keys repeatable, for tests and demonstrations only: who knows the seed knows the keys.

    Raises:
        PlatformNameError: the name has other characters than a-z, 0-9, dot and hyphen.
        KeyringExistsError: there is a file already.
    """
    _check_platform(platform)
    drawn = {role: _draw(role, seed) for role in _SECRETS}
    document = {"v": _VERSION, "platform": platform, "retired": [], **_encode(drawn)}
    create_private(path, json.dumps(document, indent=2).encode() + b"\n")
    return _make_keyring(platform, drawn, ())


def load_keyring(path: Path) -> Keyring:
    """Read a keyring, and refuse one that others could have read.

    Raises:
        KeyringMissingError: there is no such file.
        KeyringExposedError: its mode gives rights to the group or to others.
        KeyringDamagedError: it cannot be read, or does not hold what it should.
    """
    document = _parse_document(read_private(path, missing_hint=_CREATE_HINT))
    if document.keys() != {"v", "platform", "retired", *_SECRETS} or document["v"] != _VERSION:
        message = f"the keyring is not of version {_VERSION} with its {len(_SECRETS)} keys"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    platform = document["platform"]
    if not isinstance(platform, str) or _PLATFORM.fullmatch(platform) is None:
        message = "the keyring names no platform"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    drawn = {role: _decode_secret(role, document[role]) for role in _SECRETS}
    return _make_keyring(platform, drawn, _read_retired(document["retired"]))


def write_public_keys(path: Path, keyring: Keyring) -> None:
    """Write the two public keys as a small JSON file for whoever verifies."""
    trusted = keyring.trusted_keys()
    document = {
        "v": _VERSION,
        "platform": trusted.platform,
        "log": trusted.log.vkey,
        "documents": trusted.documents.vkey,
    }
    write_whole(path, json.dumps(document, indent=2).encode() + b"\n")


def read_public_keys(path: Path) -> TrustedKeys:
    """Read the two public keys, and check that each carries its platform's name.

    Raises:
        PublicKeysError: the file is missing or is not a file of public keys.
        VerifierKeyError: one of the keys is no verifier key.
    """
    try:
        return parse_public_keys(path.read_bytes())
    except OSError as error:
        message = f"the file of public keys cannot be read: {error.strerror}: {path}"
        raise PublicKeysError(message, hint=_PUBLIC_HINT) from error


def parse_public_keys(content: bytes) -> TrustedKeys:
    """Take the two public keys from the bytes of their file.

    Raises:
        PublicKeysError: the bytes are not a file of public keys.
        VerifierKeyError: one of the keys is no verifier key.
    """
    try:
        document = json.loads(content[:_MAX_FILE_BYTES])
        texts = [document[name] for name in ("platform", "log", "documents")]
        is_known = document["v"] == _VERSION and all(isinstance(text, str) for text in texts)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        message = "the file of public keys is not JSON with v, platform, log and documents"
        raise PublicKeysError(message, hint=_PUBLIC_HINT) from error
    platform, log, documents = texts
    if not is_known:
        message = f"the file of public keys is not of version {_VERSION}"
        raise PublicKeysError(message, hint=_PUBLIC_HINT)
    trusted = TrustedKeys(platform=platform, log=Verifier(log), documents=Verifier(documents))
    if (trusted.log.name, trusted.documents.name) != (log_name(platform), documents_name(platform)):
        message = f"the public keys are not named {log_name(platform)} and {documents_name(platform)}"
        raise PublicKeysError(message, hint=_PUBLIC_HINT)
    return trusted


def log_name(platform: str) -> str:
    """Return the name of a platform's log: the origin of its checkpoints."""
    return f"{platform}/demur/log"


def documents_name(platform: str) -> str:
    """Return the name of the key that signs a platform's documents."""
    return f"{platform}/demur/documents"


def _make_keyring(platform: str, drawn: dict[str, bytes], retired: tuple[str, ...]) -> Keyring:
    return Keyring(
        platform=platform,
        subject_key=drawn["subject_key"],
        item_key=drawn["item_key"],
        proof_key=drawn["proof_key"],
        suppression_key=drawn["suppression_key"],
        log_signer=Signer(log_name(platform), drawn["log_seed"]),
        document_signer=Signer(documents_name(platform), drawn["document_seed"]),
        retired=retired,
    )


def _check_platform(platform: str) -> None:
    if _PLATFORM.fullmatch(platform) is None:
        message = f"platform name {platform[:80]!r} must be 1 to 64 of a-z, 0-9, dot and hyphen, such as agora.example"
        raise PlatformNameError(message)


def _draw(role: str, seed: bytes | None) -> bytes:
    if seed is None:
        return secrets.token_bytes(_SECRET_BYTES)
    return hmac.digest(seed, b"demur/v1/keyring/" + role.encode(), "sha256")


def _encode(drawn: dict[str, bytes]) -> dict[str, str]:
    return {role: encode_base64(secret) for role, secret in drawn.items()}


def _decode_secret(role: str, encoded: object) -> bytes:
    try:
        secret = decode_base64(encoded) if isinstance(encoded, str) else b""
    except ValueError as error:
        message = f"{role} in the keyring is not base64"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT) from error
    if len(secret) != _SECRET_BYTES:
        message = f"{role} in the keyring has {len(secret)} bytes, expected {_SECRET_BYTES}"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return secret


def _read_retired(retired: object) -> tuple[str, ...]:
    vkeys = tuple(vkey for vkey in retired if isinstance(vkey, str)) if isinstance(retired, list) else None
    if vkeys is None or list(vkeys) != retired:
        message = "the keyring's list of retired keys is not a list of verifier keys"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return vkeys


def _parse_document(content: bytes) -> dict[str, object]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = "the keyring is not JSON"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT) from error
    if not isinstance(document, dict):
        message = f"the keyring holds a {type(document).__name__}, expected an object"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return document
