"""What a log sends to a witness: the size that the witness knows, a proof from there, and the new checkpoint.

This is the body of ``add-checkpoint`` in C2SP tlog-witness; the witness reads with what the log writes with. Source: https://c2sp.org/tlog-witness
"""

import re
from dataclasses import dataclass

from demur.kernel.errors import InputError
from demur.keys.encoding import decode_base64, encode_base64
from demur.ledger.tree import HASH_BYTES

MAX_SUBMISSION_BYTES = 64 * 1024
_OLD_SIZE = re.compile(r"old (0|[1-9][0-9]{0,18})")
_MAX_HASHES = 63


class SubmissionFormatError(InputError):
    """Bytes are not the body of an ``add-checkpoint`` request."""

    code = "submission-format"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A checkpoint for a witness, with the proof that it continues what the witness knows."""

    old_size: int
    path: tuple[bytes, ...]
    checkpoint_note: str

    def encode(self) -> bytes:
        """Return the body of the request."""
        hashes = [encode_base64(node) for node in self.path]
        return "\n".join([f"old {self.old_size}", *hashes, "", self.checkpoint_note]).encode()


def parse_submission(body: bytes) -> Submission:
    """Read the body of a request; nothing is verified yet.

    Raises:
        SubmissionFormatError: the bytes are not exactly what `Submission.encode` gives.
    """
    if len(body) > MAX_SUBMISSION_BYTES:
        message = f"a submission of {len(body)} bytes; allowed are {MAX_SUBMISSION_BYTES}"
        raise SubmissionFormatError(message)
    try:
        head, blank_line, note = body.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as error:
        message = f"a submission must be UTF-8; byte {error.start} is not"
        raise SubmissionFormatError(message) from error
    first, *lines = head.split("\n")
    found = _OLD_SIZE.fullmatch(first)
    if found is None or not blank_line or len(lines) > _MAX_HASHES:
        message = f"a submission is the line `old SIZE`, at most {_MAX_HASHES} hashes, an empty line and a checkpoint"
        raise SubmissionFormatError(message)
    return Submission(old_size=int(found[1]), path=tuple(map(_decode_hash, lines)), checkpoint_note=note)


def _decode_hash(line: str) -> bytes:
    try:
        node = decode_base64(line)
    except ValueError as error:
        message = "a line of a submission's proof is not base64"
        raise SubmissionFormatError(message) from error
    if len(node) != HASH_BYTES:
        message = f"a hash of {len(node)} bytes in a submission, expected {HASH_BYTES}"
        raise SubmissionFormatError(message)
    return node
