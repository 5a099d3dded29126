"""The keyring: every secret of one installation in one file that only its owner may read.

Each use has a key of its own, so that one that leaks opens one thing. The public halves go into a second file, which an
authority or a person gets to check notes and receipts.
"""

import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from demur.kernel.errors import ConfigurationError, InputError
from demur.kernel.files import write_whole
from demur.keys.encoding import decode_base64, encode_base64
from demur.keys.notes import Signer, Verifier
from demur.keys.private_files import KeyringDamagedError, create_private, read_private, replace_private
from demur.keys.rotation import KeyRole, KeyRotation, follow_rotations, sign_rotation, trace_rotations

_VERSION = 1
_SECRET_BYTES = 32
_MAX_FILE_BYTES = 64 * 1024
_PLATFORM = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")
_SECRETS = ("subject_key", "item_key", "proof_key", "suppression_key", "log_seed", "document_seed")
_SEEDS = {KeyRole.LOG: "log_seed", KeyRole.DOCUMENTS: "document_seed"}
# Only in the file of a keyring whose keys were replaced: a keyring that never was is the file that it always was.
_AFTER_ROTATION = frozenset({"rotations", "overlap"})
_CREATE_HINT = "Restore it from your backup; for a new installation run `demur keys create`."
_PUBLIC_HINT = "Give public.json as the platform published it; `demur keys create` wrote it beside the keyring."
_RESTORE_HINT = "Restore the file from your backup; a new keyring would give every person another key."


class PlatformNameError(InputError):
    """The name of the platform cannot be part of a key name."""

    code = "platform-name"


class PublicKeysError(ConfigurationError):
    """The file of public keys is missing or is not what `write_public_keys` writes."""

    code = "public-keys"


class KeyOverlapError(InputError):
    """A key is to be replaced while the one before it still signs, or to stop signing when none does."""

    code = "key-overlap"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKeys:
    """The public halves: what a verifier must be given by a way that it trusts.

    Attributes:
        rotations: the signed statements by which keys were replaced, oldest first; the verifiers follow from them.
    """

    platform: str
    log: Verifier
    documents: Verifier
    rotations: tuple[str, ...] = ()

    def follow(self, rotations: Sequence[str]) -> "TrustedKeys":
        """Return the newest keys that statements from anywhere lead to from these.

        Raises:
            RotationError, NoteFormatError, NoteSignatureError: a statement that replaces one of these keys does not
                hold, for example because the old key did not sign it.
        """
        log, documents = (follow_rotations(key, rotations) for key in (self.log, self.documents))
        return replace(self, log=log, documents=documents)

    def include(self, other: "TrustedKeys") -> bool:
        """Tell whether the keys of another file are these, or keys that these replaced."""
        pairs = ((self.log, other.log), (self.documents, other.documents))
        is_known = all(theirs.vkey in {key.vkey for key in ours.with_earlier()} for ours, theirs in pairs)
        return is_known and self.platform == other.platform


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
    rotations: tuple[str, ...] = field(default=(), repr=False)

    def trusted_keys(self) -> TrustedKeys:
        """Return the public halves of the two signing keys, with the keys that they replaced."""
        return TrustedKeys(
            platform=self.platform,
            log=self.log_signer.verifier,
            documents=self.document_signer.verifier,
            rotations=self.rotations,
        )

    def signer(self, role: KeyRole) -> Signer:
        """Return the signing key of a role."""
        return self.log_signer if role is KeyRole.LOG else self.document_signer

    def rotate(self, role: KeyRole, *, seed: bytes, day: date) -> "Keyring":
        """Return a keyring that signs with a new key, and with the one before it until `retire`.

        Args:
            role: which key is replaced.
            seed: the new key, 32 random bytes.
            day: the day that the statement names.

        Raises:
            KeyOverlapError: the key before this one still signs.
        """
        old = self.signer(role)
        if old.leaving is not None:
            message = f"the {role} key was replaced before, and the one before it still signs"
            raise KeyOverlapError(message, hint=f"Run `demur keys retire {role}` first.")
        new = Signer(old.name, seed, (Verifier(old.vkey), *old.earlier), Signer(old.name, old.seed))
        rotation = KeyRotation(role=role, old_vkey=old.vkey, new_vkey=new.vkey, day=day)
        note = sign_rotation(rotation, old=old, new=new)
        rotated = replace(self, retired=(*self.retired, old.vkey), rotations=(*self.rotations, note))
        return rotated.with_signer(role, new)

    def retire(self, role: KeyRole) -> "Keyring":
        """Return a keyring in which the key that was replaced signs no more; its secret is gone.

        Raises:
            KeyOverlapError: no replaced key signs.
        """
        signer = self.signer(role)
        if signer.leaving is None:
            message = f"no replaced {role} key signs any more"
            raise KeyOverlapError(message, hint=f"`demur keys rotate {role}` replaces the key that signs.")
        return self.with_signer(role, replace(signer, leaving=None))

    def with_signer(self, role: KeyRole, signer: Signer) -> "Keyring":
        """Return a keyring with another signing key for a role."""
        return replace(self, log_signer=signer) if role is KeyRole.LOG else replace(self, document_signer=signer)


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
    keyring = _make_keyring(platform, drawn, {"retired": []})
    create_private(path, _encode_keyring(keyring))
    return keyring


def replace_keyring(path: Path, keyring: Keyring) -> None:
    """Put a keyring in the place of the one it was made from by `Keyring.rotate` or `Keyring.retire`.

    The file holds the old keyring or the new one, whatever happens meanwhile.

    Raises:
        DiskFullError: there is no room; the old file stays.
    """
    replace_private(path, _encode_keyring(keyring))


def load_keyring(path: Path) -> Keyring:
    """Read a keyring, and refuse one that others could have read.

    Raises:
        KeyringMissingError: there is no such file.
        KeyringExposedError: its mode gives rights to the group or to others.
        KeyringDamagedError: it cannot be read, or does not hold what it should.
    """
    document = _parse_document(read_private(path, missing_hint=_CREATE_HINT))
    if document.keys() - _AFTER_ROTATION != {"v", "platform", "retired", *_SECRETS} or document["v"] != _VERSION:
        message = f"the keyring is not of version {_VERSION} with its {len(_SECRETS)} keys"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    platform = document["platform"]
    if not isinstance(platform, str) or _PLATFORM.fullmatch(platform) is None:
        message = "the keyring names no platform"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    drawn = {role: _decode_secret(role, document[role]) for role in _SECRETS}
    return _make_keyring(platform, drawn, document)


def write_public_keys(path: Path, keyring: Keyring) -> None:
    """Write the two public keys, and how they came into the place of earlier ones, for whoever verifies."""
    trusted = keyring.trusted_keys()
    document = {
        "v": _VERSION,
        "platform": trusted.platform,
        "log": trusted.log.vkey,
        "documents": trusted.documents.vkey,
        **({"rotations": list(trusted.rotations)} if trusted.rotations else {}),
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
        rotations = tuple(document.get("rotations", ()))
        is_known = document["v"] == _VERSION and all(isinstance(text, str) for text in (*texts, *rotations))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        message = "the file of public keys is not JSON with v, platform, log and documents"
        raise PublicKeysError(message, hint=_PUBLIC_HINT) from error
    platform, log, documents = texts
    if not is_known:
        message = f"the file of public keys is not of version {_VERSION}"
        raise PublicKeysError(message, hint=_PUBLIC_HINT)
    trusted = TrustedKeys(
        platform=platform,
        log=trace_rotations(Verifier(log), rotations),
        documents=trace_rotations(Verifier(documents), rotations),
        rotations=rotations,
    )
    if (trusted.log.name, trusted.documents.name) != (log_name(platform), documents_name(platform)):
        message = f"the public keys are not named {log_name(platform)} and {documents_name(platform)}"
        raise PublicKeysError(message, hint=_PUBLIC_HINT)
    if len(trusted.log.earlier) + len(trusted.documents.earlier) != len(rotations):
        message = f"not each of the {len(rotations)} rotations leads to one of the public keys"
        raise PublicKeysError(message, hint=_PUBLIC_HINT)
    return trusted


def log_name(platform: str) -> str:
    """Return the name of a platform's log: the origin of its checkpoints."""
    return f"{platform}/demur/log"


def documents_name(platform: str) -> str:
    """Return the name of the key that signs a platform's documents."""
    return f"{platform}/demur/documents"


def _make_keyring(platform: str, drawn: Mapping[str, bytes], document: Mapping[str, Any]) -> Keyring:
    """Make a keyring of its secrets and of what the file says about keys that were replaced."""
    retired = _read_texts("retired", document["retired"])
    overlap = document.get("overlap", {})
    if not isinstance(overlap, Mapping) or not set(overlap) <= set(_SEEDS.values()):
        message = "the keyring's keys that still sign are not those of its signing roles"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)

    def make_signer(role: KeyRole, name: str) -> Signer:
        seed = _SEEDS[role]
        leaving = Signer(name, _decode_secret(seed, overlap[seed])) if seed in overlap else None
        earlier = tuple(Verifier(vkey) for vkey in reversed(retired) if vkey.startswith(f"{name}+"))
        return Signer(name, drawn[seed], earlier, leaving)

    return Keyring(
        platform=platform,
        subject_key=drawn["subject_key"],
        item_key=drawn["item_key"],
        proof_key=drawn["proof_key"],
        suppression_key=drawn["suppression_key"],
        log_signer=make_signer(KeyRole.LOG, log_name(platform)),
        document_signer=make_signer(KeyRole.DOCUMENTS, documents_name(platform)),
        retired=retired,
        rotations=_read_texts("rotations", document.get("rotations", [])),
    )


def _encode_keyring(keyring: Keyring) -> bytes:
    signers = {seed: keyring.signer(role) for role, seed in _SEEDS.items()}
    keys = {name: getattr(keyring, name) for name in _SECRETS if name not in signers}
    overlap = {seed: encode_base64(one.leaving.seed) for seed, one in signers.items() if one.leaving is not None}
    document: dict[str, object] = {
        "v": _VERSION,
        "platform": keyring.platform,
        "retired": list(keyring.retired),
        **{name: encode_base64(key) for name, key in keys.items()},
        **{seed: encode_base64(one.seed) for seed, one in signers.items()},
        **({"rotations": list(keyring.rotations)} if keyring.rotations else {}),
        **({"overlap": overlap} if overlap else {}),
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def _check_platform(platform: str) -> None:
    if _PLATFORM.fullmatch(platform) is None:
        message = f"platform name {platform[:80]!r} must be 1 to 64 of a-z, 0-9, dot and hyphen, such as agora.example"
        raise PlatformNameError(message)


def _draw(role: str, seed: bytes | None) -> bytes:
    if seed is None:
        return secrets.token_bytes(_SECRET_BYTES)
    return hmac.digest(seed, b"demur/v1/keyring/" + role.encode(), "sha256")


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


def _read_texts(name: str, found: object) -> tuple[str, ...]:
    texts = tuple(text for text in found if isinstance(text, str)) if isinstance(found, list) else None
    if texts is None or list(texts) != found:
        message = f"{name} in the keyring is not a list of texts"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return texts


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
