"""What a receipt proves by itself: no pack, no register and no network is needed.

``src/demur_verify.py`` says the same in one file that imports nothing of Demur; the tests hold the two against each
other. This module needs the standard library and ``cryptography`` alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from demur.evidence.errors import ReceiptUnreadableError
from demur.kernel.words import RecordKind
from demur.keys.cosignatures import WitnessKey, find_cosignatures
from demur.keys.encoding import decode_json
from demur.keys.notes import NoteSignature, Verifier, split_note
from demur.ledger.openings import verify_receipt
from demur.ledger.receipt import parse_tlog_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReport:
    """What the log's key signed about one record.

    Attributes:
        purpose: what the record objects to; None where the record does not say, as that of linked accounts.
        received_at: the instant that the record names; None where it names none.
        scope: what an objection is about, where it is not about everything.
        accounts: how many accounts the record covers; `targets`: how many items or pages it points at.
        size: how many entries the log had when its head, with this `root`, was signed.
        signed_by: name and id of the log's key.
        cosigned_by: each witness that was asked about and signed, and when.
        not_cosigned_by: the witnesses that were asked about and did not sign.
        not_checked: the names on signature lines of keys that were not given.
    """

    kind: RecordKind
    day: date
    purpose: str | None
    received_at: str | None
    scope: str | None
    accounts: int
    targets: int
    index: int
    size: int
    root: bytes
    log: str
    signed_by: str
    cosigned_by: tuple[tuple[str, datetime], ...]
    not_cosigned_by: tuple[str, ...]
    not_checked: tuple[str, ...]


def read_receipt(path: Path) -> str:
    """Return the text of a receipt; nothing is verified yet.

    Raises:
        ReceiptUnreadableError: there is no such file, or it is no text.
    """
    try:
        # Not `read_text`, which would forgive the line breaks that a mail program rewrote.
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read as a receipt ({type(error).__name__})"
        hint = "Give the file that the person got; its name ends in .tlog-proof."
        raise ReceiptUnreadableError(message, hint=hint) from error


def report_receipt(receipt: str, verifier: Verifier, witnesses: Sequence[WitnessKey] = ()) -> ReceiptReport:
    """Check a receipt and return what it proves.

    Raises:
        ReceiptFormatError, OpeningError: the receipt, or the opening in it, cannot be read.
        NoteFormatError, NoteSignatureError, CheckpointFormatError: the head is not one of this log, or a witness that
            is asked about signed something else.
        ProofError: the signed tree does not hold the record's entry at this index.
    """
    opened = verify_receipt(receipt, verifier)
    checkpoint, opening = opened.checkpoint, opened.opening
    note = parse_tlog_proof(receipt).checkpoint_note
    _, signatures = split_note(note)
    seen = {found.witness: found.at for found in find_cosignatures(note, witnesses)}
    checked = {(one.name, one.key_id) for one in verifier.with_earlier()}
    checked |= {(one.name, one.key_id) for one in witnesses}
    content = _read_record(opening.record)
    return ReceiptReport(
        kind=opening.kind,
        day=opening.day,
        purpose=_text(content, "purpose"),
        received_at=_text(content, "received_at"),
        scope=_text(content, "scope"),
        accounts=_count(content, "subjects"),
        targets=_count(content, "targets"),
        index=opened.index,
        size=checkpoint.size,
        root=checkpoint.root,
        log=checkpoint.origin,
        signed_by=_signed_by(verifier, signatures),
        cosigned_by=tuple((one.name, seen[one]) for one in witnesses if one in seen),
        not_cosigned_by=tuple(one.name for one in witnesses if one not in seen),
        not_checked=tuple(sorted({one.name for one in signatures if (one.name, one.key_id) not in checked})),
    )


def _signed_by(verifier: Verifier, signatures: Sequence[NoteSignature]) -> str:
    """Return the newest key that signed: the log's, or one that it replaced."""
    found = {(one.name, one.key_id) for one in signatures}
    signed = (key for key in verifier.with_earlier() if (key.name, key.key_id) in found)
    return next(f"{key.name}+{key.key_id.hex()}" for key in signed)


def _read_record(record: bytes) -> Mapping[str, object]:
    try:
        content = decode_json(record)
    except ValueError:
        return {}
    return content if isinstance(content, Mapping) else {}


def _text(content: Mapping[str, object], name: str) -> str | None:
    value = content.get(name)
    return value if isinstance(value, str) else None


def _count(content: Mapping[str, object], name: str) -> int:
    value = content.get(name)
    return len(value) if isinstance(value, list) else 0
