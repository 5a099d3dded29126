"""The public halves of an installation's keys: what an authority or a person gets to check notes and receipts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from demur.kernel.errors import ConfigurationError
from demur.keys.notes import Verifier
from demur.keys.rotation import follow_rotations, trace_rotations

_VERSION = 1
_MAX_FILE_BYTES = 64 * 1024
_PUBLIC_HINT = "Give public.json as the platform published it; `demur keys create` wrote it beside the keyring."


class PublicKeysError(ConfigurationError):
    """The file of public keys is missing or is not what `write_public_keys` writes."""

    code = "public-keys"


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


def encode_public_keys(trusted: TrustedKeys) -> bytes:
    """Write the file of public keys down, statements by which they replaced others included."""
    document = {
        "v": _VERSION,
        "platform": trusted.platform,
        "log": trusted.log.vkey,
        "documents": trusted.documents.vkey,
        **({"rotations": list(trusted.rotations)} if trusted.rotations else {}),
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def log_name(platform: str) -> str:
    """Return the name of a platform's log: the origin of its checkpoints."""
    return f"{platform}/demur/log"


def documents_name(platform: str) -> str:
    """Return the name of the key that signs a platform's documents."""
    return f"{platform}/demur/documents"
