"""True proofs, altered proofs, and what every verifier must say about each.

What must be refused is defined without any verifier. An altered *receipt* is harmless only if the most lenient reading
of it gives the very same values: entry, index, hashes, signed text, and a signature line with the log's key id and its
signature. Everything else must be refused. An altered *proof* is given without a signature, so it is judged by the
recursion of RFC 6962: two sizes may share one shape of path, and then the proof still holds (in a receipt the size is
signed). What a verifier that opens the record must refuse is more: there the ``extra`` line counts too.
"""

import base64
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from demur.kernel.words import RecordKind
from demur.keys.encoding import encode_base64, encode_json
from demur.keys.notes import Signer
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.leaves import commit, personal_leaf
from demur.ledger.openings import bind_subjects, encode_opening
from demur.ledger.receipt import TlogProof
from demur.ledger.tree import consistency_path, hash_leaf, inclusion_path, read_hash_from, stored_root

GOLDEN = Path(__file__).parent.parent / "golden" / "ledger"
SIGNER = Signer("agora.example/demur/log", bytes(range(32)))
STRANGER = Signer("stranger.example/demur/log", bytes(range(1, 33)))
SIZES = (1, 2, 3, 5, 8, 11, 64, 100, 1000)
HASH_BYTES = 32


class Must(StrEnum):
    """What a verifier must say; about what is harmless it may say either."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCase:
    """A receipt as bytes, with the entry that the log holds.

    Attributes:
        entry: what a verifier must say that is given the entry and passes over the ``extra`` line.
        opening: what one must say that opens the entry by itself, from the ``extra`` line.
    """

    receipt: bytes
    leaf: bytes
    entry: Must
    opening: Must

    def line(self) -> str:
        return json.dumps({"kind": "receipt", "receipt": encode_base64(self.receipt), "leaf": encode_base64(self.leaf)})


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionCase:
    """A claim that a leaf stands at an index of the tree with this size and root."""

    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    root: bytes

    @property
    def must(self) -> Must:
        computed = root_above(hashlib.sha256(b"\0" + self.leaf).digest(), self.index, self.size, self.path)
        return Must.ACCEPT if computed == self.root else Must.REFUSE

    def line(self) -> str:
        return json.dumps(
            {
                "kind": "inclusion",
                "leaf": encode_base64(self.leaf),
                "index": str(self.index),
                "size": str(self.size),
                "path": [encode_base64(node) for node in self.path],
                "root": encode_base64(self.root),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyCase:
    """A claim that the tree of one size and root begins with the tree of another."""

    old_size: int
    old_root: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]

    @property
    def must(self) -> Must:
        computed = roots_above(self.old_size, self.size, self.path, self.old_root)
        return Must.ACCEPT if computed == (self.old_root, self.root) else Must.REFUSE

    def line(self) -> str:
        return json.dumps(
            {
                "kind": "consistency",
                "old_size": str(self.old_size),
                "old_root": encode_base64(self.old_root),
                "size": str(self.size),
                "root": encode_base64(self.root),
                "path": [encode_base64(node) for node in self.path],
            }
        )


# The recursions of RFC 6962 sections 2.1.1 and 2.1.2, turned round: from proof to root. Nothing of ours is called.
def root_above(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    if not 0 <= index < size or any(len(node) != HASH_BYTES for node in path) or bool(path) != (size > 1):
        return None
    if size == 1:
        return leaf_hash
    k = split(size)
    if index < k:
        below = root_above(leaf_hash, index, k, path[:-1])
        return None if below is None else node_hash(below, path[-1])
    below = root_above(leaf_hash, index - k, size - k, path[:-1])
    return None if below is None else node_hash(path[-1], below)


def roots_above(m: int, n: int, path: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes] | None:
    """Return the roots of both trees; where the old tree is a whole left part, its root is not in the path."""
    if not 0 < m <= n or any(len(node) != HASH_BYTES for node in (*path, old_root)):
        return None
    return _subroots(m, n, path, old_root, is_left=True)


def _subroots(m, n, path, old_root, *, is_left):
    if m == n:
        if is_left:
            return None if path else (old_root, old_root)
        return (path[0], path[0]) if len(path) == 1 else None
    if not path:
        return None
    k = split(n)
    if m <= k:
        below = _subroots(m, k, path[:-1], old_root, is_left=is_left)
        return None if below is None else (below[0], node_hash(below[1], path[-1]))
    below = _subroots(m - k, n - k, path[:-1], old_root, is_left=False)
    return None if below is None else (node_hash(path[-1], below[0]), node_hash(path[-1], below[1]))


def split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


# ------------------------------------------------------------------------------------------------------ what is true


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueReceipt:
    """A receipt that holds, with the entry that its opening gives."""

    text: str
    leaf: bytes


@cache
def true_receipts() -> tuple[TrueReceipt, ...]:
    """Return receipts of trees of many sizes, covering one, two or no account, some with a line of another key."""
    golden = (GOLDEN / "objection.tlog-proof").read_text("utf-8")
    made = [_true_receipt(size, number) for number, size in enumerate(SIZES)]
    return (TrueReceipt(text=golden, leaf=(GOLDEN / "objection.leaf").read_bytes()), *made)


def _true_receipt(size: int, number: int) -> TrueReceipt:
    dice = random.Random(size)
    kind = (RecordKind.OBJECTION, RecordKind.WITHDRAWAL, RecordKind.RELINK)[number % 3]
    keys, r, day = [dice.randbytes(32) for _ in range(number % 3)], dice.randbytes(32), date(2025, 5, 1 + number)
    record = encode_json({"v": 1, "purpose": "train_generative_models", "subjects": bind_subjects(keys)})
    leaf, index = personal_leaf(kind, day, commit(kind, record, r)), dice.randrange(size)
    hashes = [hash_leaf(b"entry %d" % at) for at in range(size)]
    hashes[index] = hash_leaf(leaf)
    read_hash = read_hash_from(hashes)
    checkpoint = Checkpoint(origin=SIGNER.name, size=size, root=stored_root(size, read_hash))
    note = sign_checkpoint(checkpoint, SIGNER)
    if number % 2:
        note += STRANGER.signature_line(checkpoint.text())
    path, extra = inclusion_path(index, size, read_hash), encode_opening(leaf, record, r, keys)
    return TrueReceipt(text=TlogProof(index=index, path=path, checkpoint_note=note, extra=extra).encode(), leaf=leaf)


def true_case(true: TrueReceipt) -> ReceiptCase:
    return ReceiptCase(receipt=true.text.encode(), leaf=true.leaf, entry=Must.ACCEPT, opening=Must.ACCEPT)


@cache
def _history(size: int):
    entries = [b"entry %d" % number for number in range(size)]
    return entries, read_hash_from([hash_leaf(one) for one in entries])


def true_inclusion(dice: random.Random, largest: int = 300) -> InclusionCase:
    size = dice.randint(1, largest)
    index = dice.randrange(size)
    entries, read_hash = _history(largest)
    path = inclusion_path(index, size, read_hash)
    return InclusionCase(leaf=entries[index], index=index, size=size, path=path, root=stored_root(size, read_hash))


def true_consistency(dice: random.Random, largest: int = 300) -> ConsistencyCase:
    size = dice.randint(1, largest)
    old_size = dice.randint(1, size)
    read_hash = _history(largest)[1]
    return ConsistencyCase(
        old_size=old_size,
        old_root=stored_root(old_size, read_hash),
        size=size,
        root=stored_root(size, read_hash),
        path=consistency_path(old_size, size, read_hash),
    )


# -------------------------------------------------------------------------------------------- what was altered in it


def altered_receipt(true: TrueReceipt, content: bytes) -> ReceiptCase:
    """Return an altered receipt with what every verifier must say about it."""
    entry = opening = Must.ACCEPT
    if content != true.text.encode():
        (before,), readings = (
            set(_readings(true.text, true.text)),
            _readings(content.decode("utf-8", "replace"), true.text),
        )
        same = [after for after in readings if after[1:] == before[1:]]
        entry = Must.EITHER if same else Must.REFUSE
        opening = Must.EITHER if before in same else Must.REFUSE
    return ReceiptCase(receipt=content, leaf=true.leaf, entry=entry, opening=opening)


def with_another_leaf(true: TrueReceipt) -> ReceiptCase:
    """Return a receipt that holds beside an entry that is not its own."""
    other = true.leaf.replace(b'"v":1', b'"v":2')
    return ReceiptCase(receipt=true.text.encode(), leaf=other, entry=Must.REFUSE, opening=Must.ACCEPT)


def flip_bits(content: bytes, bits: Sequence[int]) -> Iterator[bytes]:
    """Yield a text once for each of its bytes and each given bit of a byte, with that bit turned."""
    for at in range(len(content)):
        for bit in bits:
            yield content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


def alter_text(content: bytes, dice: random.Random) -> bytes:
    """Return a text with one change that a mail program, a careless hand or a forger could make."""
    if dice.random() < 0.5:
        return dice.choice(_BYTE_CHANGES)(content, dice.randrange(len(content)), dice)
    lines = content.split(b"\n")
    return dice.choice(_LINE_CHANGES)(lines, dice.randrange(len(lines)), dice.randrange(len(lines)), dice)


def _change_number(content: bytes, dice: random.Random) -> bytes:
    found = dice.choice([*re.finditer(rb"[0-9]+(?=\n|$)", content), re.match(b"", content)])
    number = int(found[0] or 0)
    changed = dice.choice((number + 1, abs(number - 1), number * 2, 2**63, 10**30))
    return content[: found.start()] + b"%d" % changed + content[found.end() :]


# A place in the text, and what is done there.
_BYTE_CHANGES = (
    lambda content, at, dice: content[:at] + dice.randbytes(1) + content[at + 1 :],
    lambda content, at, _dice: content[:at] + content[at + 1 :],
    lambda content, at, dice: content[:at] + dice.choice((b"\n", b" ", b"=", b"A", b"0", b"\0")) + content[at:],
    lambda content, at, _dice: content[:at] + content[at : at + 1].swapcase() + content[at + 1 :],
    lambda content, at, _dice: content[:at],
    lambda content, _at, dice: _change_number(content, dice),
    lambda content, _at, dice: content.replace(b"\n", dice.choice((b"\r\n", b"\n\n", b"\r", b" \n"))),
    lambda content, _at, dice: content + dice.choice((b"\n", b" ", b"\0", "\u2014 a.example AAAAAAAA\n".encode())),
)
# The lines of the text, and what is done with one or two of them.
_LINE_CHANGES = (
    lambda lines, one, other, _dice: _with_line(lines, one, lines[other]),
    lambda lines, one, other, _dice: _swap(lines, *sorted((one, other))),
    lambda lines, one, other, _dice: b"\n".join([*lines[:one], lines[other], *lines[one:]]),
    lambda lines, one, _other, _dice: b"\n".join([*lines[:one], *lines[one + 1 :]]),
    lambda lines, one, _other, _dice: _with_line(lines, one, lines[one][::-1]),
    lambda lines, one, _other, dice: _with_line(lines, one, lines[one].rstrip(b"=") + b"=" * dice.randrange(3)),
    lambda lines, one, _other, dice: _with_line(lines, one, base64.b64encode(dice.randbytes(HASH_BYTES))),
)


def _swap(lines: Sequence[bytes], one: int, other: int) -> bytes:
    if one == other:
        return b"\n".join(lines)
    return b"\n".join([*lines[:one], lines[other], *lines[one + 1 : other], lines[one], *lines[other + 1 :]])


def _with_line(lines: Sequence[bytes], at: int, line: bytes) -> bytes:
    return b"\n".join([*lines[:at], line, *lines[at + 1 :]])


def forged_receipts(true: TrueReceipt) -> Iterator[bytes]:
    """Yield receipts whose head says something else, signed by a stranger under the log's name, or by nobody."""
    top, _, note = true.text.partition("\n\n")
    text = note.rpartition("\n\n")[0] + "\n"
    for seed in range(8):
        forger = Signer(SIGNER.name, bytes([seed]) * 32)
        yield f"{top}\n\n{forger.sign(text)}".encode()
        # Under the log's own name and key id: only the signature itself is the stranger's.
        line = forger.signature_line(text).split(" ")
        signature = base64.b64decode(line[2])[4:]
        yield f"{top}\n\n{text}\n\u2014 {SIGNER.name} {encode_base64(SIGNER.verifier.key_id + signature)}\n".encode()
    yield f"{top}\n\n{text}\n".encode()


def alter_inclusion(case: InclusionCase, dice: random.Random) -> InclusionCase:
    """Return a claim of inclusion with one thing changed."""
    path = list(case.path)
    match dice.randrange(10):
        case 0:
            return replace(case, index=case.index + dice.choice((-1, 1, case.size, 1 << 40)))
        case 1:
            return replace(case, size=max(0, case.size + dice.choice((-1, 1, case.size, 1 << 40, -case.size))))
        case 2:
            return replace(case, leaf=dice.choice((case.leaf + b"\0", b"", case.leaf[:-1], b"another entry")))
        case 3:
            return replace(case, root=_flip(case.root, dice))
        case 4 if path:
            at = dice.randrange(len(path))
            path[at] = _flip(path[at], dice)
        case 5 if len(path) > 1:
            one, other = dice.sample(range(len(path)), 2)
            path[one], path[other] = path[other], path[one]
        case 6 if path:
            del path[dice.randrange(len(path))]
        case 7:
            path.insert(dice.randint(0, len(path)), dice.choice((dice.randbytes(HASH_BYTES), case.root, *path)))
        case 8 if path:
            # A node poses as an entry: the two hashes below it are the entry's bytes, and the path is that of the node.
            pair = (hashlib.sha256(b"\0" + case.leaf).digest(), path.pop(0))
            return replace(
                case, leaf=b"".join(pair), index=case.index // 2, size=(case.size + 1) // 2, path=tuple(path)
            )
        case _:
            other = true_inclusion(dice)
            path = list(other.path)
    return replace(case, path=tuple(path))


def alter_consistency(case: ConsistencyCase, dice: random.Random) -> ConsistencyCase:
    """Return a claim of consistency with one thing changed."""
    path = list(case.path)
    match dice.randrange(10):
        case 0:
            return replace(case, old_size=max(0, case.old_size + dice.choice((-1, 1, case.size, -case.old_size))))
        case 1:
            return replace(case, size=max(0, case.size + dice.choice((-1, 1, case.size, 1 << 40))))
        case 2:
            return replace(case, old_root=_flip(case.old_root, dice))
        case 3:
            return replace(case, root=_flip(case.root, dice))
        case 4:
            return replace(case, old_root=case.root, root=case.old_root)
        case 5 if path:
            at = dice.randrange(len(path))
            path[at] = _flip(path[at], dice)
        case 6 if len(path) > 1:
            one, other = dice.sample(range(len(path)), 2)
            path[one], path[other] = path[other], path[one]
        case 7 if path:
            del path[dice.randrange(len(path))]
        case 8:
            path.insert(dice.randint(0, len(path)), dice.choice((dice.randbytes(HASH_BYTES), case.root, *path)))
        case _:
            path = list(true_consistency(dice).path)
    return replace(case, path=tuple(path))


def _flip(node: bytes, dice: random.Random) -> bytes:
    return (int.from_bytes(node, "big") ^ 1 << dice.randrange(256)).to_bytes(len(node), "big")


# ------------------------------------------------------------------------------------------- what a receipt may mean


def _readings(text: str, true_text: str) -> list[tuple[object, ...]]:
    """Return what the most lenient readers take from a receipt: opening, index, path, signed text, log's signature.

    They forgive spaces, any spelling of base64 and of numbers, other names on signature lines, and every line of
    another key; one ends the signed text at the first empty line, another at the last. Nothing, where nobody finds a
    receipt.
    """
    top, _, note = text.partition("\n\n")
    lines = top.split("\n")
    extra = lines.pop(1) if len(lines) > 1 and lines[1].startswith("extra ") else ""
    index = re.fullmatch(r"\s*index\s+\+?0*([0-9]+)\s*", lines[1]) if len(lines) > 1 else None
    if lines[0].strip() != "c2sp.org/tlog-proof@v1" or index is None:
        return []
    path = tuple(_lenient(line) for line in lines[2:])
    return [
        (
            _lenient(extra.removeprefix("extra ")),
            int(index[1]),
            path,
            signed,
            # Some decoders stop at the first equals sign, others pass over it.
            log_signature(true_text) in map(_lenient, re.split(r"[\s=]", signatures) + re.split(r"\s", signatures)),
        )
        for signed, _, signatures in (note.partition("\n\n"), note.rpartition("\n\n"))
    ]


@cache
def log_signature(text: str) -> bytes:
    """Return key id and signature of the log, from a receipt that holds."""
    start = f"\u2014 {SIGNER.name} "
    (line,) = (one for one in text.split("\n") if one.startswith(start))
    return _lenient(line.removeprefix(start))


def _lenient(text: str) -> bytes:
    """Return what the most forgiving decoder takes from a base64 text."""
    letters = re.sub(r"[^A-Za-z0-9+/]", "", text.translate(str.maketrans("-_", "+/")))
    whole = letters[: len(letters) // 4 * 4 + (len(letters) % 4 if len(letters) % 4 > 1 else 0)]
    return base64.b64decode(whole + "=" * (-len(whole) % 4))
