"""Check receipts and proofs of Demur with sigstore, the verifier of PyPI.

Usage: verify.py VKEY < cases > answers. A case is a line of JSON; its answer is the line "accepted" or "refused: why".
What is ours here is the reading of c2sp.org/tlog-proof and of the key; hashes, signatures and the shape of proofs are
theirs. Consistency is not asked: the package has no such proof. It runs in an environment of its own.
"""

import base64
import json
import re
import sys
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring
from sigstore.errors import VerificationError
from sigstore_models.common import v1 as common
from sigstore_models.rekor.v1 import InclusionProof

NUMBER = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)


def decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def read_key(vkey: str) -> tuple[bytes, Keyring]:
    _name, key_id, encoded = vkey.split("+", 2)
    key = Ed25519PublicKey.from_public_bytes(decode(encoded)[1:])
    public = common.PublicKey(
        raw_bytes=base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        key_details=common.PublicKeyDetails.PKIX_ED25519,
    )
    return bytes.fromhex(key_id), Keyring([public])


def entry(leaf: bytes, proof: InclusionProof, **more: object) -> SimpleNamespace:
    """Return what sigstore's functions read of an entry of its own log."""
    return SimpleNamespace(_inner=SimpleNamespace(canonicalized_body=leaf, inclusion_proof=proof, **more))


def check_receipt(receipt: str, leaf: bytes, key_id: bytes, keyring: Keyring) -> None:
    top, _, note = receipt.partition("\n\n")
    header, *lines = top.split("\n")
    if lines and lines[0].startswith("extra "):
        lines.pop(0)
    index = lines.pop(0).removeprefix("index ") if lines and lines[0].startswith("index ") else ""
    if header != "c2sp.org/tlog-proof@v1" or NUMBER.fullmatch(index) is None:
        message = "no tlog-proof"
        raise ValueError(message)
    head = SignedCheckpoint.from_text(note).checkpoint
    proof = InclusionProof(
        log_index=index,
        tree_size=str(head.log_size),
        hashes=[base64.b64encode(decode(line)) for line in lines],
        root_hash=base64.b64encode(bytes.fromhex(head.log_hash)),
        checkpoint={"envelope": note},
    )
    one = entry(leaf, proof, log_id=SimpleNamespace(key_id=key_id))
    verify_checkpoint(keyring, one)
    verify_merkle_inclusion(one)


def check_inclusion(case: dict[str, object]) -> None:
    # Their model of a proof checks that the index lies within the tree; their function relies on it.
    proof = InclusionProof(log_index=case["index"], tree_size=case["size"], hashes=case["path"], root_hash=case["root"])
    verify_merkle_inclusion(entry(decode(case["leaf"]), proof))


def check(case: dict[str, object], key_id: bytes, keyring: Keyring) -> None:
    if case["kind"] == "receipt":
        check_receipt(decode(case["receipt"]).decode("utf-8"), decode(case["leaf"]), key_id, keyring)
    elif case["kind"] == "inclusion":
        check_inclusion(case)
    else:
        message = f"unknown kind {case['kind']}"
        raise TypeError(message)


def main() -> None:
    key_id, keyring = read_key(sys.argv[1])
    for line in sys.stdin:
        try:
            check(json.loads(line), key_id, keyring)
            answer = "accepted"
        except (VerificationError, ValueError) as error:
            answer = f"refused: {' '.join(str(error)[:200].split())}"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
