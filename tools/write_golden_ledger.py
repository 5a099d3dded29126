"""Write the golden files of the log's wire formats: `python tools/write_golden_ledger.py`.

A change of one of them is a decision with an ADR: receipts that people hold today must still verify. The keys and the
record are invented.
"""

from datetime import date
from pathlib import Path

from demur.kernel.words import RecordKind
from demur.keys.encoding import encode_json
from demur.keys.notes import Signer
from demur.keys.rotation import KeyRole, KeyRotation, sign_rotation
from demur.ledger.buckets import build_buckets
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.leaves import commit, digest_document, personal_leaf, public_leaf
from demur.ledger.openings import bind_subjects, encode_opening
from demur.ledger.receipt import TlogProof
from demur.ledger.tree import Frontier, hash_leaf

FOLDER = Path(__file__).parent.parent / "tests" / "golden" / "ledger"
_DAY = date(2025, 5, 27)
_LOG = "agora.example/demur/log"


def golden_files() -> dict[str, bytes]:
    """Return the content of each golden file by its name."""
    signer = Signer(_LOG, bytes(range(32)))
    proof_key, r = bytes(range(64, 96)), bytes(range(96, 128))
    record = encode_json({"v": 1, "purpose": "train_generative_models", "subjects": bind_subjects([proof_key])})
    objection = personal_leaf(RecordKind.OBJECTION, _DAY, commit(RecordKind.OBJECTION, record, r))
    register = public_leaf(RecordKind.REGISTER, _DAY, digest_document(b"an invented snapshot"))
    corpus = public_leaf(RecordKind.CORPUS, _DAY, digest_document(b"an invented manifest"))
    growth = Frontier().append([hash_leaf(leaf) for leaf in (register, objection, corpus)])
    note = sign_checkpoint(Checkpoint(origin=_LOG, size=3, root=growth.root), signer)
    extra = encode_opening(objection, record, r, [proof_key])
    receipt = TlogProof(index=1, path=growth.inclusion_path(1), checkpoint_note=note, extra=extra)
    buckets = build_buckets(bytes([number]) * 16 for number in range(64))
    return {
        "checkpoint.note": note.encode(),
        "objection.leaf": objection,
        "corpus.leaf": corpus,
        "objection.tlog-proof": receipt.encode().encode(),
        "absence.bucket-proof": buckets.prove(bytes(15) + b"\1").to_bytes(),
        "rotation.note": _rotation(signer).encode(),
    }


def write_files() -> None:
    """Write the files into the folder of the tests."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in golden_files().items():
        (FOLDER / name).write_bytes(content)


def _rotation(old: Signer) -> str:
    new = Signer(_LOG, bytes(range(32, 64)))
    rotation = KeyRotation(role=KeyRole.LOG, old_vkey=old.vkey, new_vkey=new.vkey, day=_DAY)
    return sign_rotation(rotation, old=old, new=new)


if __name__ == "__main__":
    write_files()
