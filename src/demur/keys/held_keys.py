"""The keys of one installation as a process holds them: all of them, or those that it loaded (ADR-0017)."""

from dataclasses import dataclass, field, replace
from datetime import date

from demur.kernel.errors import ConfigurationError, InputError
from demur.keys.envelope import EnvelopeKeys
from demur.keys.notes import Signer, Verifier
from demur.keys.public_keys import TrustedKeys
from demur.keys.rotation import KeyRole, KeyRotation, sign_rotation

_ABSENT_HINT = "Leave it to a process that has them: the door's, or a command of the operator."


class KeyAbsentError(ConfigurationError):
    """A process was asked for what needs keys that it did not load."""

    code = "key-absent"


class KeyOverlapError(InputError):
    """A key is to be replaced while the one before it still signs, or to stop signing when none does."""

    code = "key-overlap"


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
        return replace(self, signing=signing, public=public_halves(self.platform, signing))


def public_halves(platform: str, signing: SigningKeys) -> TrustedKeys:
    """Return the public halves of the keys that sign."""
    return TrustedKeys(
        platform=platform,
        log=signing.log.verifier,
        documents=signing.documents.verifier,
        rotations=signing.rotations,
    )
