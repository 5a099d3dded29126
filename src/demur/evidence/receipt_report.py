"""What a receipt proves by itself: no pack, no register and no network is needed.

``src/demur_verify.py`` says the same in one file that imports nothing of Demur; the tests hold the two against each
other. This module needs the standard library and ``cryptography`` alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from demur.evidence.errors import ReceiptUnreadableError
from demur.kernel.words import RecordKind
from demur.keys.encoding import decode_base64, decode_json, encode_base64
from demur.keys.notes import NoteSignatureError, Verifier, VerifierKeyError
from demur.ledger.openings import verify_receipt
from demur.ledger.receipt import parse_tlog_proof

_LOG_ALGORITHM, _WITNESS_ALGORITHM = b"\x01", b"\x04"
_KEY_ID_BYTES = 4
_TIME_BYTES = 8
# Later years have no datetime in Python.
_LATEST_TIME = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """The public key of somebody independent who signs heads of logs (c2sp.org/tlog-cosignature, Ed25519)."""

    name: str
    key_id: bytes
    key: Verifier


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


def parse_witness(vkey: str) -> Witness:
    """Take the public key of a witness from its text ``name+id+key``.

    Raises:
        VerifierKeyError: the text is no such key of a witness that signs with Ed25519.
    """
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        content = decode_base64(encoded)
    except ValueError:
        content = b""
    if content[:1] != _WITNESS_ALGORITHM or _key_id(name, content).hex() != key_id:
        message = f"{vkey[:80]!r} is no key of a witness, name+id+key with Ed25519 cosignatures"
        raise VerifierKeyError(message, hint="Copy the whole key as the witness publishes it.")
    # The same key as a log's: what signs is the same, only what is signed and how the key is named differ.
    plain = _LOG_ALGORITHM + content[1:]
    key = Verifier(f"{name}+{_key_id(name, plain).hex()}+{encode_base64(plain)}")
    return Witness(name=name, key_id=_key_id(name, content), key=key)


def report_receipt(receipt: str, verifier: Verifier, witnesses: Sequence[Witness] = ()) -> ReceiptReport:
    """Check a receipt and return what it proves.

    Raises:
        ReceiptFormatError, OpeningError: the receipt, or the opening in it, cannot be read.
        NoteFormatError, NoteSignatureError, CheckpointFormatError: the head is not one of this log, or a witness that
            is asked about signed something else.
        ProofError: the signed tree does not hold the record's entry at this index.
    """
    opened = verify_receipt(receipt, verifier)
    checkpoint, opening = opened.checkpoint, opened.opening
    signatures = _signatures(parse_tlog_proof(receipt).checkpoint_note)
    cosigned = [(witness.name, _cosigned_at(witness, checkpoint.text(), signatures)) for witness in witnesses]
    checked = {(verifier.name, verifier.key_id), *((witness.name, witness.key_id) for witness in witnesses)}
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
        signed_by=f"{verifier.name}+{verifier.key_id.hex()}",
        cosigned_by=tuple((name, at) for name, at in cosigned if at is not None),
        not_cosigned_by=tuple(name for name, at in cosigned if at is None),
        not_checked=tuple(sorted({name for name, key_id, _ in signatures if (name, key_id) not in checked})),
    )


def _signatures(note: str) -> list[tuple[str, bytes, bytes]]:
    """Return name, key id and signature of each signature line of a note that was opened, so its form is right."""
    lines = note.rpartition("\n\n")[2].removesuffix("\n").split("\n")
    found = []
    for line in lines:
        _dash, name, encoded = line.split(" ")
        content = decode_base64(encoded)
        found.append((name, content[:_KEY_ID_BYTES], content[_KEY_ID_BYTES:]))
    return found


def _cosigned_at(witness: Witness, text: str, signatures: Sequence[tuple[str, bytes, bytes]]) -> datetime | None:
    newest = None
    for name, key_id, signature in signatures:
        if (name, key_id) != (witness.name, witness.key_id):
            continue
        time = int.from_bytes(signature[:_TIME_BYTES], "big")
        signed = f"cosignature/v1\ntime {time}\n{text}".encode()
        if time > _LATEST_TIME or not witness.key.verify(signed, signature[_TIME_BYTES:]):
            message = f"the signature of the witness {name}+{key_id.hex()} does not belong to this head of the log"
            raise NoteSignatureError(message)
        at = datetime.fromtimestamp(time, UTC)
        newest = at if newest is None else max(newest, at)
    return newest


def _key_id(name: str, typed_key: bytes) -> bytes:
    return sha256(name.encode("utf-8", "replace") + b"\n" + typed_key).digest()[:_KEY_ID_BYTES]


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
