"""References: opaque names of accounts, by which the platform is asked to tell people something.

A reference is derived from the subject key under a key of its own. The platform, which knows its accounts, asks once
for the reference of each and keeps it; whoever sees one in between learns no account, and cannot find the subject key
in any snapshot or corpus by it.
"""

import hmac

from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey

_LABEL = b"demur/v1/reference\0"
_BYTES = 16


def reference_of(keyring: Keyring, subject: SubjectKey) -> str:
    """Return the reference of an account: 32 hexadecimal digits, the same each time."""
    key = hmac.digest(keyring.proof_key, _LABEL, "sha256")
    return hmac.digest(key, subject, "sha256")[:_BYTES].hex()
