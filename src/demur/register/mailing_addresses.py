"""Addresses of people while a notice is on its way to them: sealed row by row like openings, and destroyed after.

This is the one place where they are sealed and opened. A copy of the database holds none in clear, and the register
keeps none for longer than a channel needs it (REQUIREMENTS SEC-1).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from demur.keys.envelope import NONCE_BYTES, SECRET_BYTES, EnvelopeKeys, seal, unseal

_LABEL = b"demur/v1/mailing\0"
SealedAddress: TypeAlias = tuple[bytes | None, bytes | None, bytes | None]
NO_ADDRESS: SealedAddress = (None, None, None)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where a person is reached; None is not known."""

    address: str | None = field(default=None, repr=False)


_decoder = msgspec.json.Decoder(Contact)


def seal_contact(
    envelope: EnvelopeKeys, contact: Contact, *, mailing: bytes, draw: Callable[[int], bytes]
) -> SealedAddress:
    """Return key id, wrapped key and sealed content for a row of `mailing`; nothing where there is no address.

    Args:
        mailing: the id of the row; the content opens in no other.
        draw: gives random bytes for the key of the row; the same bytes must never come twice.
    """
    if contact.address is None:
        return NO_ADDRESS
    drawn = draw(SECRET_BYTES + NONCE_BYTES)
    key, nonce = drawn[:SECRET_BYTES], drawn[SECRET_BYTES:]
    context = context_of_mailing(mailing)
    current = envelope.current
    sealed = seal(key, _encoder.encode(contact), context=context)
    return current.key_id, current.wrap(key, nonce=nonce, context=context), sealed


def open_contact(envelope: EnvelopeKeys, row: SealedAddress, *, mailing: bytes) -> Contact:
    """Return what `seal_contact` sealed.

    Raises:
        EnvelopeKeyMissingError: the keyring does not hold the key that it was sealed under.
        SealBrokenError: it is not what was sealed, or stands in the row of another mailing.
    """
    key_id, wrapped_key, sealed = row
    if key_id is None or wrapped_key is None or sealed is None:
        return Contact()
    context = context_of_mailing(mailing)
    key = envelope.find(key_id).unwrap(wrapped_key, context=context)
    return _decoder.decode(unseal(key, sealed, context=context))


def context_of_mailing(mailing: bytes) -> bytes:
    """Return what binds the seal of an address to its row."""
    return _LABEL + mailing
