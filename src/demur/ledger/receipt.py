"""The receipt (C2SP tlog-proof): everything that shows one entry of the log, in one text that works offline.

Source: https://c2sp.org/tlog-proof
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from demur.kernel.errors import IntegrityError
from demur.keys.encoding import decode_base64, encode_base64
from demur.keys.notes import Verifier
from demur.ledger.checkpoint import Checkpoint, open_checkpoint
from demur.ledger.tree import HASH_BYTES, hash_leaf, verify_inclusion

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_EXTRA = "extra "
_MAX_HASHES = 63
_MAX_CHARACTERS = 2_000_000
# The receipts of a batch share most of their hashes, and so do those of batches that follow one another.
_HASHES_KEPT = 4_096


class ReceiptFormatError(IntegrityError):
    """A text is not a proof in the form c2sp.org/tlog-proof@v1."""

    code = "receipt-format"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """One entry's place in the log: index, inclusion path, the signed checkpoint, and what opens the entry.

    `extra` is not authenticated by itself: check it against the leaf (``demur.ledger.openings``) before use.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint_note: str
    extra: bytes | None = None

    def encode(self) -> str:
        """Return the text of the proof, for a file that ends in ``.tlog-proof``."""
        extra = [] if self.extra is None else [_EXTRA + encode_base64(self.extra)]
        hashes = [_encode_hash(node) for node in self.path]
        return "\n".join([_HEADER, *extra, f"index {self.index}", *hashes, "", self.checkpoint_note])


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a proof; nothing is verified yet.

    Raises:
        ReceiptFormatError: the text is not exactly what `TlogProof.encode` gives.
    """
    head, blank_line, note = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != _HEADER or not blank_line or len(text) > _MAX_CHARACTERS:
        message = f"a receipt begins with the line {_HEADER} and holds a checkpoint after an empty line"
        raise ReceiptFormatError(message)
    extra = _decode(lines.pop(0).removeprefix(_EXTRA)) if lines and lines[0].startswith(_EXTRA) else None
    found = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if found is None or len(lines) > _MAX_HASHES:
        message = f"a receipt names its index, then at most {_MAX_HASHES} hashes"
        raise ReceiptFormatError(message)
    path = tuple(_decode(line) for line in lines)
    if any(len(node) != HASH_BYTES for node in path):
        message = f"each hash of a receipt has {HASH_BYTES} bytes"
        raise ReceiptFormatError(message)
    return TlogProof(index=int(found[1]), path=path, checkpoint_note=note, extra=extra)


def verify_entry(proof: TlogProof, leaf_data: bytes, verifier: Verifier) -> Checkpoint:
    """Check that the log holds this entry at the proof's index, and return the signed head that shows it.

    Raises:
        NoteFormatError, NoteSignatureError, CheckpointFormatError: the checkpoint is not one of this log.
        ProofError: the entry is not at this index of the signed tree.
    """
    checkpoint = open_checkpoint(proof.checkpoint_note, verifier)
    verify_inclusion(
        leaf_hash=hash_leaf(leaf_data),
        index=proof.index,
        size=checkpoint.size,
        path=proof.path,
        root=checkpoint.root,
    )
    return checkpoint


@lru_cache(maxsize=_HASHES_KEPT)
def _encode_hash(node: bytes) -> str:
    return encode_base64(node)


def _decode(encoded: str) -> bytes:
    try:
        return decode_base64(encoded)
    except ValueError as error:
        message = "a line of the receipt is not base64"
        raise ReceiptFormatError(message) from error
