"""Write a pack: the log, the documents and the decisions behind them, signed as a whole.

Nothing in a pack tells about a person: leaves are commitments, decisions name keyed digests, authors are pseudonyms of
one corpus.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from demur.evidence.container import encode_container
from demur.evidence.opened import find_elsewhere
from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import timestamp
from demur.kernel.files import write_whole
from demur.kernel.words import DocumentKind
from demur.keys.encoding import encode_json
from demur.keys.keyring import Keyring
from demur.ledger.leaves import parse_leaf

_PROOF = ".tlog-proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackContents:
    """What goes into a pack.

    Attributes:
        checkpoint: the signed head of the log.
        leaves: the data of every entry, in order.
        corpora: for each corpus its files, as ``demur.corpus.disclosure.disclose`` gives them.
        runs: for each training run its record and, if there is one, its audit report: file name to content.
    """

    checkpoint: str
    leaves: Sequence[bytes]
    corpora: Mapping[str, Mapping[str, bytes]]
    runs: Mapping[str, Mapping[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackSummary:
    """What was packed."""

    path: Path
    members: int
    size_bytes: int
    log_size: int


def write_pack(
    target: Path, contents: PackContents, *, keyring: Keyring, public_keys: bytes, at: datetime
) -> PackSummary:
    """Write a pack, complete and signed; documents of the log that are not in it are named by their entries.

    Raises:
        LeafFormatError: an entry is no entry of the log.
        PackTooLargeError: a ZIP file cannot hold so much.
    """
    members = {"keys.json": public_keys, "log/checkpoint": contents.checkpoint.encode()}
    members["log/leaves"] = b"".join(leaf + b"\n" for leaf in contents.leaves)
    for folder, groups in (("corpora", contents.corpora), ("runs", contents.runs)):
        for name, files in groups.items():
            members |= {f"{folder}/{name}/{path}": content for path, content in files.items()}
    index = encode_json(_index(members, contents.leaves, keyring.platform, at))
    statement = f"demur/v1/{DocumentKind.EVIDENCE_PACK}\n{sha256_hex(index)}\n"
    members["pack.json"] = index
    members["pack.note"] = keyring.document_signer.sign(statement).encode()
    content = encode_container(members)
    write_whole(target, content)
    return PackSummary(path=target, members=len(members), size_bytes=len(content), log_size=len(contents.leaves))


def _index(members: Mapping[str, bytes], leaves: Sequence[bytes], platform: str, at: datetime) -> dict[str, object]:
    logged = {
        hashlib.sha256(members[path.removesuffix(_PROOF) + ".json"]).digest()
        for path in members
        if path.endswith(_PROOF)
    }
    return {
        "v": 1,
        "kind": DocumentKind.EVIDENCE_PACK.value,
        "platform": platform,
        "made_at": timestamp(at),
        "log_size": len(leaves),
        "elsewhere": find_elsewhere([parse_leaf(leaf) for leaf in leaves], logged),
        "members": [
            {"path": path, "sha256": sha256_hex(content), "size": len(content)}
            for path, content in sorted(members.items())
        ],
    }
