"""The keyring: the secrets of one installation, apart by what they open, and what each process loads (ADR-0017).

Each use has a key of its own, so that one that leaks opens one thing. Keys that name people, keys that sign and
envelope keys lie in three files, which only their owner may read. The public halves go into a fourth, which an
authority or a person gets to check notes and receipts.
"""

import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from demur.kernel.errors import ConfigurationError, InputError
from demur.kernel.files import write_whole
from demur.keys.envelope import SECRET_BYTES, EnvelopeKey, EnvelopeKeyMissingError, EnvelopeKeys
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
from demur.keys.notes import Signer, Verifier, VerifierKeyError
from demur.keys.private_files import (
    KeyringDamagedError,
    create_private,
    read_private,
    refuse_existing,
    replace_private,
)
from demur.keys.rotation import KeyRole, KeyRotation, follow_rotations, sign_rotation, trace_rotations

_VERSION = 1
_MAX_FILE_BYTES = 64 * 1024
_CREATE_HINT = "Restore it from your backup; for a new installation run `demur keys create`."
_PUBLIC_HINT = "Give public.json as the platform published it; `demur keys create` wrote it beside the keyring."
_ABSENT_HINT = "Leave it to a process that has them: the door's, or a command of the operator."


class KeyAbsentError(ConfigurationError):
    """A process was asked for what needs keys that it did not load."""

    code = "key-absent"


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
class SigningKeys:
    """The keys that sign: the log's and the documents', with the statements by which they replaced others."""

    log: Signer = field(repr=False)
    documents: Signer = field(repr=False)
    rotations: tuple[str, ...] = field(default=(), repr=False)

    def signer(self, role: KeyRole) -> Signer:
        """Return the signing key of a role."""
        return self.log if role is KeyRole.LOG else self.documents

    def with_signer(self, role: KeyRole, signer: Signer) -> "SigningKeys":
        """Return these keys with another one for a role."""
        return replace(self, log=signer) if role is KeyRole.LOG else replace(self, documents=signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The secrets of one platform, or those of them that a process needs; none is ever shown by ``repr``.

    Attributes:
        public: the public halves of the keys that sign; a process that checks needs no more.
        signing: the keys that sign; None where they were not loaded.
        envelope: the keys under which entries of people are sealed; None where they were not loaded.
    """

    platform: str
    subject_key: bytes = field(repr=False)
    item_key: bytes = field(repr=False)
    proof_key: bytes = field(repr=False)
    suppression_key: bytes = field(repr=False)
    public: TrustedKeys = field(repr=False)
    signing: SigningKeys | None = field(default=None, repr=False)
    envelope: EnvelopeKeys | None = field(default=None, repr=False)

    def trusted_keys(self) -> TrustedKeys:
        """Return the public halves of the two signing keys, with the keys that they replaced."""
        return self.public

    @property
    def signing_keys(self) -> SigningKeys:
        """The keys that sign; raises `KeyAbsentError` where they were not loaded."""
        if self.signing is None:
            message = "this process did not load the keys that sign"
            raise KeyAbsentError(message, hint=_ABSENT_HINT)
        return self.signing

    @property
    def envelope_keys(self) -> EnvelopeKeys:
        """The keys that seal; raises `KeyAbsentError` where they were not loaded."""
        if self.envelope is None:
            message = "this process did not load the envelope keys"
            raise KeyAbsentError(message, hint=_ABSENT_HINT)
        return self.envelope

    @property
    def log_signer(self) -> Signer:
        """The key that signs the log; raises `KeyAbsentError` where it was not loaded."""
        return self.signing_keys.log

    @property
    def document_signer(self) -> Signer:
        """The key that signs documents; raises `KeyAbsentError` where it was not loaded."""
        return self.signing_keys.documents

    def rotate(self, role: KeyRole, *, seed: bytes, day: date) -> "Keyring":
        """Return a keyring that signs with a new key, and with the one before it until `retire`.

        Args:
            role: which key is replaced.
            seed: the new key, 32 random bytes.
            day: the day that the statement names.

        Raises:
            KeyOverlapError: the key before this one still signs.
        """
        signing = self.signing_keys
        old = signing.signer(role)
        if old.leaving is not None:
            message = f"the {role} key was replaced before, and the one before it still signs"
            raise KeyOverlapError(message, hint=f"Run `demur keys retire {role}` first.")
        new = Signer(old.name, seed, (Verifier(old.vkey), *old.earlier), Signer(old.name, old.seed))
        rotation = KeyRotation(role=role, old_vkey=old.vkey, new_vkey=new.vkey, day=day)
        note = sign_rotation(rotation, old=old, new=new)
        rotated = replace(signing, rotations=(*signing.rotations, note))
        return self.with_signing(rotated.with_signer(role, new))

    def retire(self, role: KeyRole) -> "Keyring":
        """Return a keyring in which the key that was replaced signs no more; its secret is gone.

        Raises:
            KeyOverlapError: no replaced key signs.
        """
        signing = self.signing_keys
        signer = signing.signer(role)
        if signer.leaving is None:
            message = f"no replaced {role} key signs any more"
            raise KeyOverlapError(message, hint=f"`demur keys rotate {role}` replaces the key that signs.")
        return self.with_signing(signing.with_signer(role, replace(signer, leaving=None)))

    def with_signing(self, signing: SigningKeys) -> "Keyring":
        """Return a keyring with other keys that sign, and their public halves."""
        return replace(self, signing=signing, public=_public_halves(self.platform, signing))


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
    named = _make_keyring(platform, names, _public_halves(platform, signing))
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
        public = _public_halves(naming.platform, _make_signing(naming.platform, content))
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
    write_whole(path, _encode_public_keys(keyring.public))


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


def _make_keyring(platform: str, names: Mapping[str, bytes], public: TrustedKeys) -> Keyring:
    return Keyring(
        platform=platform,
        subject_key=names["subject_key"],
        item_key=names["item_key"],
        proof_key=names["proof_key"],
        suppression_key=names["suppression_key"],
        public=public,
    )


def _encode_public_keys(trusted: TrustedKeys) -> bytes:
    document = {
        "v": _VERSION,
        "platform": trusted.platform,
        "log": trusted.log.vkey,
        "documents": trusted.documents.vkey,
        **({"rotations": list(trusted.rotations)} if trusted.rotations else {}),
    }
    return json.dumps(document, indent=2).encode() + b"\n"


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


def _public_halves(platform: str, signing: SigningKeys) -> TrustedKeys:
    return TrustedKeys(
        platform=platform,
        log=signing.log.verifier,
        documents=signing.documents.verifier,
        rotations=signing.rotations,
    )


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
    naming = Naming(platform=keyring.platform, keys=keys, public=_encode_public_keys(keyring.public))
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
