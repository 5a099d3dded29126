"""Passkeys (WebAuthn): made and used with the device's own check of the person, so one of them is two factors.

The ceremonies are those of `fido2`; here are our origin, the rows, and the check that a device was not copied.
"""

import json
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from demur.web.staff.models import Passkey

_CHECKED = UserVerificationRequirement.REQUIRED
MAX_RESPONSE_LETTERS = 20_000


def offer_making(user: User, challenge: bytes) -> dict[str, Any]:
    """Return what a browser needs to make a passkey for somebody."""
    entity = PublicKeyCredentialUserEntity(
        id=str(user.pk).encode(), name=user.get_username(), display_name=user.get_username()
    )
    offered, _ = _server().register_begin(
        entity,
        [_stored(one) for one in user.passkeys.all()],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_CHECKED,
        challenge=challenge,
    )
    return dict(offered)


def keep_made(user: User, response: str, challenge: bytes, *, at: datetime) -> bool:
    """Keep the passkey that a browser made; False when it is not one that was made for this challenge, here."""
    state = {"challenge": websafe_encode(challenge), "user_verification": _CHECKED}
    try:
        made = _server().register_complete(state, RegistrationResponse.from_dict(_read(response)))
    except _UNREADABLE:
        return False
    credential = made.credential_data
    if credential is None or Passkey.objects.filter(credential_id=credential.credential_id).exists():
        return False
    Passkey.objects.create(
        user=user,
        credential_id=credential.credential_id,
        credential=bytes(credential),
        sign_count=made.counter,
        made_at=at,
    )
    return True


def offer_use() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a browser needs to use a passkey, and the state to keep for `find_user`; neither names anybody."""
    offered, state = _server().authenticate_begin(user_verification=_CHECKED)
    return dict(offered), dict(state)


def find_user(response: str, state: Mapping[str, Any]) -> User | None:
    """Return whose passkey answered; None when it is nobody's, when the answer is to something else, or was copied."""
    try:
        answer = AuthenticationResponse.from_dict(_read(response))
        found = Passkey.objects.select_related("user").filter(credential_id=answer.raw_id).first()
        if found is None or not found.user.is_active:
            return None
        _server().authenticate_complete(dict(state), [_stored(found)], answer)
    except _UNREADABLE:
        return None
    count = answer.response.authenticator_data.counter
    # WebAuthn 2 section 7.2 step 21: a count that does not grow is a copied device; zero for ever is no count.
    grows = Q(sign_count__lt=count) if count else Q(sign_count=0)
    if not Passkey.objects.filter(grows, pk=found.pk).update(sign_count=count):
        return None
    user: User = found.user
    return user


# What `fido2` raises for bytes of strangers: they are no answer, whatever is wrong with them.
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error, InvalidSignature)


def _server() -> Fido2Server:
    address = settings.DEMUR_PORTAL.address
    host = urlsplit(address).hostname or ""
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=host, name=host), verify_origin=lambda origin: bool(origin == address)
    )


def _stored(one: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(one.credential))


def _read(response: str) -> dict[str, Any]:
    if len(response) > MAX_RESPONSE_LETTERS:
        message = "longer than an answer can be"
        raise ValueError(message)
    read = json.loads(response)
    if not isinstance(read, dict):
        message = "no object"
        raise TypeError(message)
    return read
