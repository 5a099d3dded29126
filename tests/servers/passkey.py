"""A passkey in software: a device that signs what it is told, rightly or with one thing wrong."""

import hashlib
import json

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

CHECKED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class SoftPasskey:
    """One credential of ``localhost``."""

    def __init__(self, identifier=b"a credential of a test"):
        self.identifier, self.key = identifier, ec.generate_private_key(ec.SECP256R1())

    @property
    def stored(self):
        """Return what a server keeps of it."""
        public = ES256.from_cryptography_key(self.key.public_key())
        return bytes(AttestedCredentialData.create(bytes(16), self.identifier, public))

    def answer(
        self,
        challenge,
        *,
        origin="http://localhost:8000",
        host="localhost",
        flags=CHECKED,
        count=1,
        kind="webauthn.get",
        key=None,
    ):
        """Return what a browser sends for a challenge."""
        told = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        client = json.dumps(told).encode()
        data = AuthenticatorData.create(hashlib.sha256(host.encode()).digest(), flags, count)
        signature = (key or self.key).sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        named = websafe_encode(self.identifier)
        return json.dumps(
            {
                "id": named,
                "rawId": named,
                "type": "public-key",
                "response": {
                    "clientDataJSON": websafe_encode(client),
                    "authenticatorData": websafe_encode(data),
                    "signature": websafe_encode(signature),
                },
                "clientExtensionResults": {},
            }
        )
