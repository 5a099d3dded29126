"""Checkpoints (C2SP tlog-checkpoint): the log's name, its size and its root, signed as a note.

Who holds one checkpoint can check every later one against it: the log can no longer be rewritten unseen.
Source: https://c2sp.org/tlog-checkpoint
"""

import re
from dataclasses import dataclass

from demur.kernel.errors import InputError, IntegrityError
from demur.keys.encoding import decode_base64, encode_base64
from demur.keys.notes import Signer, Verifier, open_note
from demur.ledger.tree import HASH_BYTES

# No leading zeros, and no digits of other scripts: one number, one text.
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


class CheckpointFormatError(IntegrityError):
    """A text is not a checkpoint of the expected log."""

    code = "checkpoint-format"


class CheckpointOriginError(InputError):
    """A checkpoint of one log was to be signed with the key of another."""

    code = "checkpoint-origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of a log: its name, the number of its entries and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the signed note of a checkpoint.

    Raises:
        CheckpointOriginError: the signer carries another name than the log.
    """
    if checkpoint.origin != signer.name:
        message = f"a checkpoint of {checkpoint.origin} cannot be signed by {signer.name}"
        raise CheckpointOriginError(message)
    return signer.sign(checkpoint.text())


def parse_checkpoint(text: str) -> Checkpoint:
    """Take a checkpoint from the text of a note.

    Raises:
        CheckpointFormatError: the text is not exactly origin, size and root. Extension lines are refused: our logs
            write none, and no monitor could audit them.
    """
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines.pop() != "" or not lines[0]:
        message = "a checkpoint has three lines: origin, size, root"
        raise CheckpointFormatError(message)
    origin, size, encoded = lines
    try:
        root = decode_base64(encoded)
    except ValueError as error:
        message = "the root of a checkpoint is not base64"
        raise CheckpointFormatError(message) from error
    if _NUMBER.fullmatch(size) is None or len(root) != HASH_BYTES:
        message = f"a checkpoint needs a decimal size and a root of {HASH_BYTES} bytes, found {len(root)}"
        raise CheckpointFormatError(message)
    return Checkpoint(origin=origin, size=int(size), root=root)


def open_checkpoint(note: str | bytes, verifier: Verifier) -> Checkpoint:
    """Return the checkpoint of a note that the log's key signed.

    Raises:
        NoteFormatError: it is no signed note.
        NoteSignatureError: the log's key did not sign it.
        CheckpointFormatError: the text is no checkpoint, or one of another log.
    """
    checkpoint = parse_checkpoint(open_note(note, verifier))
    if checkpoint.origin != verifier.name:
        message = f"the checkpoint is of log {checkpoint.origin}, expected {verifier.name}"
        raise CheckpointFormatError(message)
    return checkpoint
