"""A pack that was opened: its members are what was signed, and every look at one is remembered.

A member that no check looked at proves nothing and could hide something, so `unread` names it at the end. This module
and all that it imports need the standard library and ``cryptography`` only.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar

from demur.evidence.container import decode_container
from demur.evidence.errors import EvidenceError, PackDamagedError, PackUnreadableError
from demur.kernel.errors import DemurError
from demur.kernel.words import DocumentKind, RecordKind
from demur.keys.encoding import decode_json
from demur.keys.keyring import TrustedKeys, parse_public_keys
from demur.keys.notes import open_note
from demur.ledger.checkpoint import Checkpoint, open_checkpoint
from demur.ledger.leaves import Leaf, parse_leaf
from demur.ledger.receipt import parse_tlog_proof, verify_entry
from demur.ledger.tree import ReadHash, hash_leaf, read_hash_from, stored_root

Document: TypeAlias = Mapping[str, Any]
T = TypeVar("T")

INDEX = "pack"
KEYS = "keys.json"
CHECKPOINT = "log/checkpoint"
LEAVES = "log/leaves"
# Whoever leaves a document of these kinds out of a pack must say so under its signature.
DISCLOSED_KINDS = frozenset({RecordKind.CORPUS, RecordKind.REMOVALS, RecordKind.TRAINING, RecordKind.AUDIT})
_NEWER_HINT = "Use the version of Demur that wrote the pack."


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked and holds."""

    subject: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The members, the keys and the log of a pack.

    Attributes:
        index: the content of ``pack.json``.
        leaf_data: the bytes of every entry of the log; `leaves` are the entries themselves.
        read_hash: reads the stored hashes of the log's tree.
        states: the digests, in hexadecimal, of the register's states that the log holds.
        logged: the digests of documents whose place in the log was checked.
    """

    members: Mapping[str, bytes]
    trust: TrustedKeys
    index: Document
    leaf_data: tuple[bytes, ...]
    leaves: tuple[Leaf, ...]
    read_hash: ReadHash
    states: frozenset[str]
    logged: set[bytes] = field(default_factory=set)
    _read: dict[str, None] = field(default_factory=dict)

    def read(self, where: str) -> bytes:
        """Return a member; whatever goes wrong next is about it."""
        expect(where in self.members, where, "is missing")
        self._read.pop(where, None)
        self._read[where] = None
        return self.members[where]

    def last_read(self) -> str:
        """Return the member that was looked at last."""
        return next(reversed(self._read), f"{INDEX}.json")

    def unread(self) -> list[str]:
        """Return the members that nobody looked at."""
        return sorted(set(self.members) - set(self._read) - {f"{INDEX}.json", f"{INDEX}.note", KEYS, LEAVES})

    def groups(self, folder: str) -> list[str]:
        """Return the names below a folder: corpora or runs."""
        return sorted({name.split("/")[1] for name in self.members if name.startswith(f"{folder}/")})


def open_pack(path: Path, trust: TrustedKeys | None) -> Pack:
    """Open a pack and check its container, its signature and the digest of every member.

    Raises:
        PackUnreadableError: there is no such file.
        PackDamagedError: a byte is not what was signed.
        EvidenceError: what was signed is no index of a pack, or no log.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise PackUnreadableError(message, hint="Check the path.") from error
    members = decode_container(content)
    for name in (f"{INDEX}.json", f"{INDEX}.note", KEYS, CHECKPOINT, LEAVES):
        if name not in members:
            message = f"the pack has no {name}"
            raise PackDamagedError(message)
    inside = named(KEYS, lambda: parse_public_keys(members[KEYS]))
    # Keys that were replaced since they were pinned, or since the pack was made, are followed by signed statements.
    keys = inside if trust is None else named(KEYS, lambda: trust.follow(inside.rotations))
    index = _check_document(members, INDEX, DocumentKind.EVIDENCE_PACK, keys)
    with signed_form(lambda: f"{INDEX}.json"):
        _check_members(members, index)
        expect(keys.include(inside), KEYS, "holds other keys than those that you trust")
        expect(index["platform"] == keys.platform, f"{INDEX}.json", "is of another platform than its keys")
        expect(isinstance(index["made_at"], str), f"{INDEX}.json", "does not say when it was made")
    *lines, end = members[LEAVES].split(b"\n")
    expect(not end, LEAVES, "does not end with a whole entry")
    leaves = named(LEAVES, lambda: tuple(parse_leaf(line) for line in lines))
    return Pack(
        members=members,
        trust=keys,
        index=index,
        leaf_data=tuple(lines),
        leaves=leaves,
        read_hash=read_hash_from([hash_leaf(line) for line in lines]),
        states=frozenset(leaf.commitment.hex() for leaf in leaves if leaf.kind is RecordKind.REGISTER),
    )


def _check_members(members: Mapping[str, bytes], index: Document) -> None:
    listed = {entry["path"]: entry for entry in index["members"]}
    if set(listed) != set(members) - {f"{INDEX}.json", f"{INDEX}.note"} or len(listed) != len(index["members"]):
        message = "the pack does not hold exactly the members that pack.json lists"
        raise PackDamagedError(message)
    for name, entry in listed.items():
        if (sha256(members[name]).hexdigest(), len(members[name])) != (entry["sha256"], entry["size"]):
            message = f"{name} was altered: its digest is not the one that pack.json lists"
            raise PackDamagedError(message)


def check_document(pack: Pack, where: str, kind: DocumentKind) -> Document:
    """Check the signature of a document and return it; `where` has no suffix."""
    pack.read(f"{where}.note")
    pack.read(f"{where}.json")
    return _check_document(pack.members, where, kind, pack.trust)


def _check_document(members: Mapping[str, bytes], where: str, kind: DocumentKind, trust: TrustedKeys) -> Document:
    text = named(f"{where}.note", lambda: open_note(members[f"{where}.note"], trust.documents))
    digest = sha256(members[f"{where}.json"]).hexdigest()
    expect(text == f"demur/v1/{kind}\n{digest}\n", f"{where}.json", f"is not the {kind} that its note signs")
    try:
        document = decode_json(members[f"{where}.json"])
    except ValueError as error:
        message = f"{where}.json is not canonical JSON"
        raise EvidenceError(message) from error
    if not isinstance(document, dict) or (document.get("v"), document.get("kind")) != (1, kind.value):
        message = f"{where}.json is not a {kind} of version 1"
        raise EvidenceError(message, hint=_NEWER_HINT)
    return document


def check_logged_document(pack: Pack, where: str, kind: DocumentKind, record: RecordKind) -> Document:
    """Check the signature of a document and its place in the log, and return it."""
    document = check_document(pack, where, kind)
    name = f"{where}.tlog-proof"
    content = pack.read(name)
    proof = named(name, lambda: parse_tlog_proof(content.decode("utf-8", "replace")))
    expect(proof.index < len(pack.leaves), name, "names an entry beyond the end of the log")
    leaf, digest = pack.leaves[proof.index], sha256(pack.members[f"{where}.json"]).digest()
    expect(
        (leaf.kind, leaf.commitment) == (record, digest), name, "names an entry of the log that is not this document"
    )
    check_prefix(pack, named(name, lambda: verify_entry(proof, pack.leaf_data[proof.index], pack.trust.log)), name)
    claimed = document.get("log_size", 0)
    expect(claimed <= proof.index, f"{where}.json", f"speaks of log size {claimed}, but is entry {proof.index} itself")
    pack.logged.add(digest)
    return document


def check_head(pack: Pack) -> Checkpoint:
    """Check that the entries are those of the signed head of the log, and return it."""
    note = pack.read(CHECKPOINT)
    head = named(CHECKPOINT, lambda: open_checkpoint(note, pack.trust.log))
    expect(head.size == len(pack.leaves), LEAVES, f"holds {len(pack.leaves)} entries, the head says {head.size}")
    expect(stored_root(head.size, pack.read_hash) == head.root, LEAVES, "does not hash to the root of the signed head")
    return head


def check_prefix(pack: Pack, head: Checkpoint, where: str) -> None:
    """Check that a head that was signed earlier is a head of this very history (RFC 6962 section 2.1.2)."""
    same = head.size <= len(pack.leaves) and stored_root(head.size, pack.read_hash) == head.root
    expect(same, where, f"holds a checkpoint of size {head.size} that is not of this history: the log was forked")


def find_elsewhere(leaves: Sequence[Leaf], inside: Collection[bytes]) -> list[int]:
    """Return the entries of documents about corpora and runs that are not among those with the digests given."""
    return [
        index for index, leaf in enumerate(leaves) if leaf.kind in DISCLOSED_KINDS and leaf.commitment not in inside
    ]


@contextmanager
def signed_form(where: Callable[[], str]) -> Iterator[None]:
    """Say where a signed document has not the form that it must have, instead of failing with it."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        message = f"{where()} is signed, but has an unexpected form ({type(error).__name__})"
        raise EvidenceError(message, hint=_NEWER_HINT) from error


def named(where: str, check: Callable[[], T]) -> T:
    """Run a check and say where it failed."""
    try:
        return check()
    except DemurError as error:
        message = f"{where}: {error}"
        raise EvidenceError(message, hint=error.hint) from error


def expect(holds: bool, where: str, otherwise: str) -> None:  # noqa: FBT001 -- reads as a claim where it is called
    """Go on if a claim holds; else say where it does not."""
    if not holds:
        refuse(where, otherwise)


def refuse(where: str, otherwise: str) -> NoReturn:
    """Say where a claim does not hold."""
    message = f"{where} {otherwise}"
    raise EvidenceError(message)
