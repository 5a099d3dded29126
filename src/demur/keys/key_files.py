"""The files of a keyring, as bytes: what names people, what signs, and what seals.

Version 1 was one file without envelope keys; it is read, and never written again.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demur.keys.encoding import decode_base64, encode_base64
from demur.keys.envelope import SECRET_BYTES, EnvelopeKey, EnvelopeKeys
from demur.keys.private_files import KeyringDamagedError
from demur.keys.rotation import KeyRole

NAMING_KEYS = ("subject_key", "item_key", "proof_key", "suppression_key")

_PLATFORM = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")
_VERSION = 2
_ONE_FILE = 1
_SEEDS = {KeyRole.LOG: "log_seed", KeyRole.DOCUMENTS: "document_seed"}
# Only in the file of keys that were replaced.
_AFTER_ROTATION = frozenset({"rotations", "overlap"})
_RESTORE_HINT = "Restore the file from your backup; a new keyring would give every person another key."


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The keys that name people, by their names, and the file of public keys; None in a keyring of one file."""

    platform: str
    keys: Mapping[str, bytes] = field(repr=False)
    public: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """The seeds of the keys that sign, of those that still sign beside them, and the statements of their rotations."""

    current: Mapping[KeyRole, bytes] = field(repr=False)
    leaving: Mapping[KeyRole, bytes] = field(repr=False)
    rotations: tuple[str, ...] = field(repr=False)


def is_platform(name: str) -> bool:
    """Tell whether a platform may have this name: 1 to 64 of a-z, 0-9, dot and hyphen."""
    return _PLATFORM.fullmatch(name) is not None


def signing_path(path: Path) -> Path:
    """Return where the keys that sign are: ``keys.signing.json`` beside ``keys.json``."""
    return path.with_name(f"{path.stem}.signing{path.suffix}")


def envelope_path(path: Path) -> Path:
    """Return where the envelope keys are: ``keys.envelope.json`` beside ``keys.json``."""
    return path.with_name(f"{path.stem}.envelope{path.suffix}")


def is_one_file(content: bytes) -> bool:
    """Tell whether a file holds all keys of a keyring of version 1."""
    return _parse(content).get("v") == _ONE_FILE


def encode_naming(naming: Naming) -> bytes:
    """Return the file of the keys that name people, with the public halves of those that sign."""
    keys = {name: encode_base64(naming.keys[name]) for name in NAMING_KEYS}
    return _encode({"platform": naming.platform, **keys, "public": json.loads(naming.public or b"{}")})


def decode_naming(content: bytes) -> Naming:
    """Read the file of the keys that name people, or one of version 1.

    Raises:
        KeyringDamagedError: it does not hold what it should.
    """
    document = _parse(content)
    if document.get("v") == _ONE_FILE:
        _check_names(document, {"retired", *NAMING_KEYS, *_SEEDS.values()}, _AFTER_ROTATION)
        _read_texts("retired", document["retired"])
        public = None
    else:
        _check_names(document, {"public", *NAMING_KEYS})
        public = json.dumps(document["public"]).encode()
    keys = {name: _decode_secret(name, document[name]) for name in NAMING_KEYS}
    return Naming(platform=_read_platform(document), keys=keys, public=public)


def encode_signing(platform: str, seeds: Seeds) -> bytes:
    """Return the file of the keys that sign."""
    overlap = {_SEEDS[role]: encode_base64(seed) for role, seed in seeds.leaving.items()}
    return _encode(
        {
            "platform": platform,
            **{name: encode_base64(seeds.current[role]) for role, name in _SEEDS.items()},
            **({"rotations": list(seeds.rotations)} if seeds.rotations else {}),
            **({"overlap": overlap} if overlap else {}),
        }
    )


def decode_signing(content: bytes, *, platform: str) -> Seeds:
    """Read the file of the keys that sign, or one of version 1.

    Raises:
        KeyringDamagedError: it does not hold what it should, or is of another platform.
    """
    document = _parse(content)
    is_one = document.get("v") == _ONE_FILE
    _check_names(document, {*_SEEDS.values(), *(("retired", *NAMING_KEYS) if is_one else ())}, _AFTER_ROTATION)
    _check_same(document, platform)
    overlap = document.get("overlap", {})
    if not isinstance(overlap, Mapping) or not set(overlap) <= set(_SEEDS.values()):
        message = "the keyring's keys that still sign are not those of its signing roles"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return Seeds(
        current={role: _decode_secret(name, document[name]) for role, name in _SEEDS.items()},
        leaving={role: _decode_secret(name, overlap[name]) for role, name in _SEEDS.items() if name in overlap},
        rotations=_read_texts("rotations", document.get("rotations", [])),
    )


def encode_envelope(platform: str, envelope: EnvelopeKeys) -> bytes:
    """Return the file of the envelope keys."""
    earlier = [encode_base64(key.secret) for key in envelope.earlier]
    return _encode({"platform": platform, "current": encode_base64(envelope.current.secret), "earlier": earlier})


def decode_envelope(content: bytes, *, platform: str) -> EnvelopeKeys:
    """Read the file of the envelope keys.

    Raises:
        KeyringDamagedError: it does not hold what it should, or is of another platform.
    """
    document = _parse(content)
    _check_names(document, {"current", "earlier"})
    _check_same(document, platform)
    return EnvelopeKeys(
        current=EnvelopeKey(_decode_secret("current", document["current"])),
        earlier=tuple(
            EnvelopeKey(_decode_secret("earlier", key)) for key in _read_texts("earlier", document["earlier"])
        ),
    )


def _encode(document: Mapping[str, object]) -> bytes:
    return json.dumps({"v": _VERSION, **document}, indent=2).encode() + b"\n"


def _parse(content: bytes) -> dict[str, object]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = "the keyring is not JSON"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT) from error
    if not isinstance(document, dict):
        message = f"the keyring holds a {type(document).__name__}, expected an object"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return document


def _check_names(document: Mapping[str, object], needed: set[str], optional: frozenset[str] = frozenset()) -> None:
    if document.keys() - optional != {"v", "platform", *needed} or document["v"] not in {_ONE_FILE, _VERSION}:
        message = f"the keyring is not of version {_VERSION} with {', '.join(sorted(needed))}"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)


def _read_platform(document: Mapping[str, object]) -> str:
    platform = document["platform"]
    if not isinstance(platform, str) or not is_platform(platform):
        message = "the keyring names no platform"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return platform


def _check_same(document: Mapping[str, object], platform: str) -> None:
    if _read_platform(document) != platform:
        message = f"a file of the keyring of {platform} is of another platform"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)


def _decode_secret(role: str, encoded: object) -> bytes:
    try:
        secret = decode_base64(encoded) if isinstance(encoded, str) else b""
    except ValueError as error:
        message = f"{role} in the keyring is not base64"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT) from error
    if len(secret) != SECRET_BYTES:
        message = f"{role} in the keyring has {len(secret)} bytes, expected {SECRET_BYTES}"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return secret


def _read_texts(name: str, found: object) -> tuple[str, ...]:
    texts = tuple(text for text in found if isinstance(text, str)) if isinstance(found, list) else None
    if texts is None or list(texts) != found:
        message = f"{name} in the keyring is not a list of texts"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return texts
