"""Deliveries: what is sent to a configured host, signed, so that the host knows from whom, for whom and what.

The signature is a C2SP signed note like that of every document, over the address, the name of the delivery, the instant
and the digest of the body; it travels base64-encoded in one header. Whoever receives a delivery twice sees one name.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from demur.exchange.errors import DocumentAlteredError, DocumentMalformedError
from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import parse_timestamp, timestamp
from demur.keys.notes import Signer, Verifier, open_note

NAME_HEADER = "Demur-Delivery"
NOTE_HEADER = "Demur-Note"
_TITLE = "demur/v1/delivery"
_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a note of a delivery says: its name, which is the same each time it is sent, and when it was sent."""

    name: str
    sent_at: datetime


def sign_delivery(body: bytes, *, url: str, name: str, at: datetime, signer: Signer) -> dict[str, str]:
    """Return the headers that sign a body for an address."""
    text = "".join(f"{line}\n" for line in (_TITLE, url, name, timestamp(at), sha256_hex(body)))
    note = base64.b64encode(signer.sign(text).encode()).decode("ascii")
    return {NAME_HEADER: name, NOTE_HEADER: note}


def open_delivery(note: str, body: bytes, *, url: str, verifier: Verifier) -> Delivery:
    """Check the header `NOTE_HEADER` of a delivery against its body and the address that it came to.

    Raises:
        NoteFormatError, NoteSignatureError: it is not signed by the trusted key.
        DocumentMalformedError: what was signed is no delivery.
        DocumentAlteredError: it was signed for another address or another body.
    """
    try:
        text = open_note(base64.b64decode(note, validate=True), verifier)
    except binascii.Error as error:
        message = "the note of a delivery is not base64"
        raise DocumentMalformedError(message) from error
    title, *lines = text.splitlines()
    if title != _TITLE or len(lines) != _LINES - 1:
        message = "what was signed is no delivery"
        raise DocumentMalformedError(message)
    address, name, sent_at, digest = lines
    if (address, digest) != (url, sha256_hex(body)):
        message = "the delivery was signed for another address or another body"
        raise DocumentAlteredError(message, hint="Refuse it; the sender sends it again if it was its own.")
    return Delivery(name=name, sent_at=parse_timestamp(sent_at))
