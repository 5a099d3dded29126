"""Tickets of the slow lane: from when on it is somebody's turn, and what they entered, sealed.

AES-256-GCM under a key of its own: whoever holds a ticket can neither read, alter nor make one, and it may stand in the
address of a page. A ticket is good once, and for an hour from its turn on, because a person may have gone to make tea.
"""

import base64
import hmac
import re
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from demur.keys.keyring import Keyring
from demur.web.errors import TicketRefusedError

MAX_TICKET_CHARACTERS = 8_192
GOOD_FOR_SECONDS = 3_600.0
_LABEL = b"demur/v1/lane-ticket\0"
_NONCE_BYTES = 12
_TURN = struct.Struct(">Q")  # milliseconds since 1970
_TICKET = re.compile(r"[A-Za-z0-9_-]{48,8192}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A turn in the slow lane.

    Attributes:
        turn: from when on it is good, in seconds since 1970.
        content: what the person entered; empty over the API, where it comes again with the ticket.
        key: what names it, for spending.
    """

    turn: float
    content: bytes
    key: bytes

    @property
    def ends(self) -> float:
        """Until when it is good."""
        return self.turn + GOOD_FOR_SECONDS


@dataclass(frozen=True, slots=True)
class TicketOffice:
    """Seals and opens tickets of one installation; every process of it derives the same key."""

    _cipher: AESGCM
    _bound_to: bytes

    @classmethod
    def of(cls, keyring: Keyring) -> "TicketOffice":
        """Return the office of an installation."""
        return cls(AESGCM(hmac.digest(keyring.proof_key, _LABEL, "sha256")), _LABEL + keyring.platform.encode())

    def seal(self, turn: float, content: bytes = b"", *, draw: Callable[[int], bytes] = secrets.token_bytes) -> str:
        """Return a new ticket as text."""
        nonce = draw(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, _TURN.pack(int(turn * 1000)) + content, self._bound_to)
        return base64.urlsafe_b64encode(nonce + sealed).decode("ascii").rstrip("=")

    def open(self, text: str) -> Ticket:
        """Return what a ticket says.

        Raises:
            TicketRefusedError: it does not open; the message is the same whatever is wrong with it.
        """
        written = text if _TICKET.fullmatch(text) else ""  # the decoder would skip foreign letters
        try:
            raw = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
            nonce, sealed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            opened = self._cipher.decrypt(nonce, sealed, self._bound_to)
        except (ValueError, InvalidTag) as error:
            message = "the ticket does not open"
            raise TicketRefusedError(message, hint="Send the objection again without a ticket.") from error
        (turn,) = _TURN.unpack_from(opened)
        return Ticket(turn=turn / 1000, content=opened[_TURN.size :], key=nonce)
