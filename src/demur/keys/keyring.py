"""The files of the keyring: the secrets of one installation, apart by what they open, and who loads what (ADR-0017).

Each use has a key of its own, so that one that leaks opens one thing. Keys that name people, keys that sign and
envelope keys lie in three files, which only their owner may read. The public halves go into a fourth, which an
authority or a person gets to check notes and receipts.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from demur.kernel.errors import InputError
from demur.kernel.files import write_whole
from demur.keys.envelope import SECRET_BYTES, EnvelopeKey, EnvelopeKeyMissingError, EnvelopeKeys
from demur.keys.held_keys import KeyAbsentError, KeyOverlapError, Keyring, SigningKeys, public_halves
from demur.keys.key_files import (
    NAMING_KEYS,
    Naming,
    Seeds,
    decode_envelope,
    decode_naming,
    decode_signing,
    encode_envelope,
    encode_naming,
    encode_signing,
    envelope_path,
    is_one_file,
    is_platform,
    signing_path,
)
from demur.keys.notes import Signer, VerifierKeyError
from demur.keys.private_files import (
    KeyringDamagedError,
    create_private,
    read_private,
    refuse_existing,
    replace_private,
)
from demur.keys.public_keys import (
    PublicKeysError,
    TrustedKeys,
    documents_name,
    encode_public_keys,
    log_name,
    parse_public_keys,
    read_public_keys,
)
from demur.keys.rotation import KeyRole, trace_rotations

__all__ = [
    "KeyAbsentError",
    "KeyOverlapError",
    "Keyring",
    "PlatformNameError",
    "PublicKeysError",
    "SigningKeys",
    "TrustedKeys",
    "create_keyring",
    "documents_name",
    "load_keyring",
    "load_naming_keyring",
    "load_signing_keyring",
    "log_name",
    "parse_public_keys",
    "read_public_keys",
    "replace_keyring",
    "split_keyring",
    "write_public_keys",
]

_CREATE_HINT = "Restore it from your backup; for a new installation run `demur keys create`."


class PlatformNameError(InputError):
    """The name of the platform cannot be part of a key name."""

    code = "platform-name"


def create_keyring(path: Path, *, platform: str, seed: bytes | None = None) -> Keyring:
    """Draw new keys, write them to files that only the owner may read, and return them.

    Args:
        path: where the keys that name people go; `signing_path` and `envelope_path` say where the others do. The
            folder is made when it is missing.
        platform: a name such as ``agora.example``; it becomes part of every subject key and of the log's name.
        seed: makes the keys repeatable, for tests and demonstrations only: who knows the seed knows the keys.

    Raises:
        PlatformNameError: the name has other characters than a-z, 0-9, dot and hyphen.
        KeyringExistsError: one of the files is there already.
    """
    _check_platform(platform)
    signing = SigningKeys(
        log=Signer(log_name(platform), _draw("log_seed", seed)),
        documents=Signer(documents_name(platform), _draw("document_seed", seed)),
    )
    names = {role: _draw(role, seed) for role in NAMING_KEYS}
    envelope = EnvelopeKeys(current=EnvelopeKey(_draw("envelope_key", seed)))
    named = _make_keyring(platform, names, public_halves(platform, signing))
    keyring = replace(named, signing=signing, envelope=envelope)
    files = _encode(path, keyring)
    for file in (path, *files):
        refuse_existing(file)
    for file, content in files.items():
        create_private(file, content)
    return keyring


def replace_keyring(path: Path, keyring: Keyring) -> None:
    """Put a keyring in the place of the one it was made from, those of its parts that it holds.

    Each file holds the old keys or the new ones, whatever happens meanwhile; that of the keys which name people, which
    repeats the public halves, comes last.

    Raises:
        DiskFullError: there is no room; the old file stays.
    """
    for file, content in _encode(path, keyring).items():
        replace_private(file, content)


def load_keyring(path: Path) -> Keyring:
    """Read a whole keyring: for the process that takes objections, and for commands about people.

    Raises:
        KeyringMissingError: one of its files is missing.
        KeyringExposedError: the mode of one gives rights to the group or to others.
        KeyringDamagedError: one cannot be read, does not hold what it should, or is of another platform.
        EnvelopeKeyMissingError: it is of a version of Demur that had no envelope keys.
    """
    return _with_envelope(path, load_signing_keyring(path))


def load_opening_keyring(path: Path) -> Keyring:
    """Read a keyring without the keys that sign, for what names people and opens entries; raises as `load_keyring`."""
    return _with_envelope(path, load_naming_keyring(path))


def load_signing_keyring(path: Path) -> Keyring:
    """Read a keyring without the envelope keys, for what names people and signs; raises as `load_keyring`."""
    keyring = load_naming_keyring(path)
    content = _read(path)
    signing = _make_signing(keyring.platform, content if is_one_file(content) else _read(signing_path(path)))
    return keyring.with_signing(signing)


def load_naming_keyring(path: Path) -> Keyring:
    """Read only the keys that name people and the public halves of the others; raises as `load_keyring`."""
    content = _read(path)
    naming = decode_naming(content)
    if naming.public is None:
        public = public_halves(naming.platform, _make_signing(naming.platform, content))
    else:
        public = _read_public_halves(naming.public, naming.platform)
    return _make_keyring(naming.platform, naming.keys, public)


def _with_envelope(path: Path, keyring: Keyring) -> Keyring:
    file = envelope_path(path)
    if not file.exists() and is_one_file(_read(path)):
        message = f"the keyring at {path} has no envelope keys; an earlier version of Demur made it"
        raise EnvelopeKeyMissingError(
            message, hint="Run `demur keys split` once, and copy the new files to a safe place."
        )
    return replace(keyring, envelope=decode_envelope(_read(file), platform=keyring.platform))


def split_keyring(path: Path) -> Keyring:
    """Part a keyring of one file into its files, and give it an envelope key; a whole one stays as it is.

    Stopped half-way, the next call goes on.

    Raises:
        KeyringMissingError, KeyringExposedError, KeyringDamagedError: see `load_keyring`.
    """
    keyring = load_signing_keyring(path)
    file = envelope_path(path)
    if file.exists() or not is_one_file(_read(path)):
        envelope = decode_envelope(_read(file), platform=keyring.platform)
    else:
        envelope = EnvelopeKeys(current=EnvelopeKey(_draw("envelope_key", None)))
    whole = replace(keyring, envelope=envelope)
    replace_keyring(path, whole)
    return whole


def write_public_keys(path: Path, keyring: Keyring) -> None:
    """Write the two public keys, and how they came into the place of earlier ones, for whoever verifies."""
    write_whole(path, encode_public_keys(keyring.public))


def _make_keyring(platform: str, names: Mapping[str, bytes], public: TrustedKeys) -> Keyring:
    return Keyring(
        platform=platform,
        subject_key=names["subject_key"],
        item_key=names["item_key"],
        proof_key=names["proof_key"],
        suppression_key=names["suppression_key"],
        public=public,
    )


def _read_public_halves(content: bytes, platform: str) -> TrustedKeys:
    try:
        public = parse_public_keys(content)
    except (PublicKeysError, VerifierKeyError) as error:
        message = f"the public halves in the keyring are no public keys: {error}"
        raise KeyringDamagedError(message, hint="Restore the file from your backup.") from error
    if public.platform != platform:
        message = f"the public halves in the keyring of {platform} are of another platform"
        raise KeyringDamagedError(message, hint="Restore the file from your backup.")
    return public


def _make_signing(platform: str, content: bytes) -> SigningKeys:
    seeds = decode_signing(content, platform=platform)
    return SigningKeys(
        log=_make_signer(KeyRole.LOG, log_name(platform), seeds),
        documents=_make_signer(KeyRole.DOCUMENTS, documents_name(platform), seeds),
        rotations=seeds.rotations,
    )


def _make_signer(role: KeyRole, name: str, seeds: Seeds) -> Signer:
    now, leaving = Signer(name, seeds.current[role]), seeds.leaving.get(role)
    earlier = trace_rotations(now.verifier, seeds.rotations).earlier
    return replace(now, earlier=earlier, leaving=None if leaving is None else Signer(name, leaving))


def _encode(path: Path, keyring: Keyring) -> dict[Path, bytes]:
    """Return what the files of a keyring hold, in the order in which they are written."""
    files = {}
    if keyring.signing is not None:
        files[signing_path(path)] = encode_signing(keyring.platform, _seeds_of(keyring.signing))
    if keyring.envelope is not None:
        files[envelope_path(path)] = encode_envelope(keyring.platform, keyring.envelope)
    keys = {name: getattr(keyring, name) for name in NAMING_KEYS}
    naming = Naming(platform=keyring.platform, keys=keys, public=encode_public_keys(keyring.public))
    return {**files, path: encode_naming(naming)}


def _seeds_of(signing: SigningKeys) -> Seeds:
    signers = {role: signing.signer(role) for role in KeyRole}
    return Seeds(
        current={role: signer.seed for role, signer in signers.items()},
        leaving={role: signer.leaving.seed for role, signer in signers.items() if signer.leaving is not None},
        rotations=signing.rotations,
    )


def _read(path: Path) -> bytes:
    return read_private(path, missing_hint=_CREATE_HINT)


def _check_platform(platform: str) -> None:
    if not is_platform(platform):
        message = f"platform name {platform[:80]!r} must be 1 to 64 of a-z, 0-9, dot and hyphen, such as agora.example"
        raise PlatformNameError(message)


def _draw(role: str, seed: bytes | None) -> bytes:
    if seed is None:
        return secrets.token_bytes(SECRET_BYTES)
    return hmac.digest(seed, b"demur/v1/keyring/" + role.encode(), "sha256")
