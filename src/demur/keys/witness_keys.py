"""The key of a witness, in a file that only the witness may read."""

import json
import secrets
from pathlib import Path

from demur.keys.cosignatures import Cosigner
from demur.keys.encoding import decode_base64, encode_base64
from demur.keys.private_files import KeyringDamagedError, create_private, read_private

_VERSION = 1
_SEED_BYTES = 32
_WHAT = "witness key"
_MISSING_HINT = "Restore it from your backup; for a new witness run `demur witness create`."
_RESTORE_HINT = "Restore the file from your backup; a new key makes another witness, which nobody knows yet."


def create_witness_key(path: Path, *, name: str) -> Cosigner:
    """Draw the key of a new witness and write it to a file that only its owner may read.

    Raises:
        SignerKeyError: the name is empty or has spaces, plus signs or control characters.
        KeyringExistsError: there is a file already.
    """
    cosigner = Cosigner(name, secrets.token_bytes(_SEED_BYTES))
    document = {"v": _VERSION, "name": name, "seed": encode_base64(cosigner.seed)}
    create_private(path, json.dumps(document, indent=2).encode() + b"\n", what=_WHAT)
    return cosigner


def load_witness_key(path: Path) -> Cosigner:
    """Read the key of a witness, and refuse one that others could have read.

    Raises:
        KeyringMissingError, KeyringExposedError: there is no such file, or others may read it.
        KeyringDamagedError: it does not hold what it should.
        SignerKeyError: the name or the length of the seed is not allowed.
    """
    content = read_private(path, missing_hint=_MISSING_HINT, what=_WHAT)
    try:
        document = json.loads(content)
        version, name, seed = document["v"], document["name"], decode_base64(document["seed"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        message = f"the {_WHAT} at {path} is not JSON with v, name and seed"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT) from error
    if version != _VERSION or not isinstance(name, str):
        message = f"the {_WHAT} at {path} is not of version {_VERSION}"
        raise KeyringDamagedError(message, hint=_RESTORE_HINT)
    return Cosigner(name, seed)
