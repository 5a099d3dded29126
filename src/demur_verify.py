"""Check a receipt of Demur by yourself, offline, with one file that you can read in ten minutes.

    python3 demur_verify.py receipt.tlog-proof --key "agora.example/demur/log+963f60ce+AQOhB7/z..."

You need Python 3.11 or later and nothing else. If the package ``cryptography`` is installed, it checks signatures; if
not, the last part of this file does. The key is the public key of the platform's log: take it from a place that you
trust, not from whoever gave you the receipt. The whole argument has five steps, and `check_receipt` takes them:

1. The receipt holds a *record* (what was received) and 32 random bytes. They give exactly one *entry* of the log.
2. The receipt holds hashes. Entry, place and hashes give exactly one *root* of the log's tree (RFC 6962).
3. The receipt holds the *head* of the log: its name, its number of entries, its root. This root must be that root.
4. The platform's key must have signed the head. Now the platform cannot deny that its log holds this record.
5. Witnesses that you name by ``--witness`` should have signed the head too: they saw that the log only ever grew.

Exit status: 0 it holds; 1 it holds, but a witness that you named did not sign; 2 the file cannot be read; 3 a key is no
key; 5 it does not hold. Formats: c2sp.org/tlog-proof, /tlog-checkpoint, /signed-note, /tlog-cosignature.
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # type: ignore[assignment,misc]

LOG_KEY, WITNESS_KEY = b"\x01", b"\x04"  # the first byte of a public key says what it is for
KINDS = {
    "objection": "an objection",
    "withdrawal": "the withdrawal of an objection",
    "relink": "that accounts were linked while one of them objected",
}
PURPOSES = {"train_generative_models": "training generative AI models"}
NOT_PROVED = """
It does not prove:
  - That the key is the platform's: compare it with a copy from another place.
  - That everybody sees the same log: witnesses show that.
  - That the date is right: places in the log have an order, dates are the platform's word.
  - That the platform obeyed: for that, an evidence pack is checked together with this receipt."""


class RefusedError(Exception):
    """The receipt does not hold; the message says why."""


class KeyTextError(Exception):
    """A text is no public key."""


class Key(NamedTuple):
    """A public key: whose it is, the four bytes by which signature lines name it, and the key itself."""

    name: str
    key_id: bytes
    public: bytes


class Head(NamedTuple):
    """The head of a log: the text that is signed, the three lines of it, and the signatures (name, key id, bytes)."""

    text: str
    log: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]


def main(words: Sequence[str] | None = None) -> int:
    """Read the command line, check the receipt, say what it proves; return the exit status."""
    parser = argparse.ArgumentParser(prog="demur-verify", description="Check a receipt of Demur offline.")
    parser.add_argument("receipt", type=Path, help="the file that you got; its name ends in .tlog-proof")
    parser.add_argument("--key", required=True, metavar="VKEY", help="the public key of the platform's log")
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY", help="a witness that should sign")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    asked = parser.parse_args(words)
    try:
        witnesses = [read_key(text, WITNESS_KEY) for text in asked.witness]
        found = check_receipt(asked.receipt.read_bytes().decode("utf-8"), read_key(asked.key, LOG_KEY), witnesses)
    except (OSError, UnicodeDecodeError) as error:
        status, sentence = 2, f"{asked.receipt} cannot be read ({type(error).__name__})"
    except KeyTextError as error:
        status, sentence = 3, str(error)
    except RefusedError as error:
        status, sentence = 5, f"{asked.receipt} DOES NOT HOLD: {error}"
    else:
        text = "\n".join([f"{asked.receipt} holds.", *in_words(found), NOT_PROVED])
        print(json.dumps(found) if asked.json else printable(text))
        return 1 if found["not_cosigned_by"] else 0
    print(f"demur-verify: {printable(sentence)}", file=sys.stderr)
    return status


def check_receipt(receipt: str, key: Key, witnesses: Sequence[Key] = ()) -> dict[str, Any]:
    """Check a receipt against the public key of the log, and return what it proves."""
    opening, index, hashes, note = split_receipt(receipt)
    opened, says, entry = open_record(opening)
    head = read_head(note)
    root = climb(hashlib.sha256(b"\x00" + entry).digest(), index, head.size, hashes)
    require(root == head.root, "the log that was signed does not hold this record at this place")
    require(head.log == key.name, f"it is of the log {head.log}, and the key is that of {key.name}")
    signatures = signatures_by(key, head)
    require(bool(signatures), f"the key {key.name}+{key.key_id.hex()} did not sign it")
    are_right = all(is_signed(key, head.text.encode(), signature) for signature in signatures)
    require(are_right, f"the signature of {key.name} is of something else")
    cosigned = [(witness.name, cosigned_at(witness, head)) for witness in witnesses]
    checked = {(one.name, one.key_id) for one in (key, *witnesses)}
    return {
        "holds": True,
        "kind": opened["t"],
        "day": opened["d"],
        **summarise(says),
        "index": index,
        "size": head.size,
        "root": base64.b64encode(head.root).decode(),
        "log": head.log,
        "signed_by": f"{key.name}+{key.key_id.hex()}",
        "cosigned_by": [{"witness": name, "at": at} for name, at in cosigned if at],
        "not_cosigned_by": [name for name, at in cosigned if not at],
        "not_checked": sorted({name for name, key_id, _ in head.signatures if (name, key_id) not in checked}),
    }


def split_receipt(receipt: str) -> tuple[bytes, int, list[bytes], str]:
    """Take a receipt apart: what opens the entry, the entry's place, the hashes on the way up, the signed head."""
    top, _, note = receipt.partition("\n\n")
    lines = top.split("\n")
    is_whole = lines[0] == "c2sp.org/tlog-proof@v1" and 3 <= len(lines) <= 3 + 63 and len(receipt) <= 2_000_000
    require(is_whole, "it has not the form c2sp.org/tlog-proof@v1")
    require(lines[1].startswith("extra "), "it does not hold the record of a person's objection")
    require(lines[2].startswith("index "), "it does not name a place in the log")
    hashes = [decode_base64(line) for line in lines[3:]]
    require(all(len(one) == 32 for one in hashes), "a hash has not 32 bytes")
    return decode_base64(lines[1].removeprefix("extra ")), read_number(lines[2].removeprefix("index ")), hashes, note


def open_record(opening: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Return the opening, what the record in it says, and the one entry of the log that it opens."""
    opened = read_json(opening)
    form = {"v": int, "t": str, "d": str, "record": str, "r": str, "proof_keys": list}
    is_known = isinstance(opened, dict) and {name: type(value) for name, value in opened.items()} == form
    require(is_known and opened["v"] == 1 and opened["t"] in KINDS, "its record has a form that is not known here")
    try:
        is_day = date.fromisoformat(opened["d"]).isoformat() == opened["d"]
    except ValueError:
        is_day = False
    record, random = decode_base64(opened["record"]), decode_base64(opened["r"])
    require(is_day and len(random) == 32, "its day or its random bytes are malformed")
    # The receipt holds a proof key for each account that is covered, and the record names the hash of each.
    keyed = [hashlib.sha256(b"demur/v1/proof-key-commitment\0" + decode_base64(one)) for one in opened["proof_keys"]]
    subjects = [{"proof_key_commitment": base64.b64encode(one.digest()).decode()} for one in keyed]
    content = read_json(record)
    says = content if isinstance(content, dict) else {}
    require(not subjects or says.get("subjects") == subjects, "its proof keys are not those that the record names")
    # Without the random bytes nobody can test whether an entry is about somebody: they are the key of this hash.
    commitment = hmac.digest(random, b"demur/v1/" + opened["t"].encode() + b"\0" + record, "sha256")
    entry = {"v": 1, "t": opened["t"], "d": opened["d"], "c": base64.b64encode(commitment).decode()}
    return opened, says, write_json(entry)


def climb(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """Return the root of a tree that has this leaf at this index and these hashes beside the way up to the root.

    RFC 6962 section 2.1: the left half of a tree holds the largest power of two that is smaller than the tree's size.
    """
    require(0 <= index < size, "it names a place that the log does not have")
    require(bool(hashes) == (size > 1), "it holds too few or too many hashes")
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        left, right = climb(leaf, index, half, hashes[:-1]), hashes[-1]
    else:
        left, right = hashes[-1], climb(leaf, index - half, size - half, hashes[:-1])
    return hashlib.sha256(b"\x01" + left + right).digest()


def read_head(note: str) -> Head:
    """Read the signed head: three lines (name, size, root), an empty line, and a line for each signature."""
    text, blank, below = note.rpartition("\n\n")
    lines, signatures = text.split("\n"), below.split("\n")
    is_note = blank and signatures.pop() == "" and 1 <= len(signatures) <= 64 and len(note) <= 1_000_000
    is_plain = not any(letter < " " and letter != "\n" for letter in note)
    require(bool(is_note) and is_plain and len(lines) == 3 and lines[0] != "", "its head is no signed head of a log")
    root = decode_base64(lines[2])
    require(len(root) == 32, "its root has not 32 bytes")
    return Head(text + "\n", lines[0], read_number(lines[1]), root, [read_signature(line) for line in signatures])


def read_signature(line: str) -> tuple[str, bytes, bytes]:
    """Read a signature line: a dash, a name, and the base64 of key id (4 bytes) and signature."""
    parts = line.split(" ")
    is_whole = len(parts) == 3 and parts[0] == "\u2014" and is_name(parts[1])
    content = decode_base64(parts[2]) if is_whole else b""
    require(len(content) > 4, "a signature line of its head is malformed")
    return parts[1], content[:4], content[4:]


def signatures_by(key: Key, head: Head) -> list[bytes]:
    """Return the signatures that are said to be of a key."""
    return [signature for name, key_id, signature in head.signatures if (name, key_id) == (key.name, key.key_id)]


def cosigned_at(witness: Key, head: Head) -> str | None:
    """Return when a witness signed, None when it did not; a wrong signature under its name refuses the receipt."""
    found = [(int.from_bytes(one[:8], "big"), one[8:]) for one in signatures_by(witness, head)]
    for seconds, signature in found:
        signed = f"cosignature/v1\ntime {seconds}\n{head.text}".encode()
        is_right = seconds <= 253_402_300_799 and is_signed(witness, signed, signature)  # the end of the year 9999
        require(is_right, f"the signature of the witness {witness.name} is of something else")
    return datetime.fromtimestamp(max(found)[0], UTC).isoformat() if found else None


def read_key(text: str, algorithm: bytes) -> Key:
    """Read a public key ``name+id+base64``; the id is a hash of the rest, so that a mistyped letter is seen."""
    otherwise = f"{text[:100]!r} is no public key of a {'log' if algorithm == LOG_KEY else 'witness'}: name+id+base64"
    name, key_id, encoded = [*text.split("+", 2), "", ""][:3]
    content = decode_base64(encoded, otherwise, KeyTextError)
    expected = hashlib.sha256(name.encode("utf-8", "replace") + b"\n" + content).digest()[:4]
    is_key = content[:1] == algorithm and len(content) == 33 and is_name(name) and key_id == expected.hex()
    require(is_key, otherwise, KeyTextError)
    return Key(name, expected, content[1:])


def summarise(says: dict[str, Any]) -> dict[str, Any]:
    """Return what a record says about itself; None for what it does not say."""
    texts = {name: says.get(name) for name in ("purpose", "received_at", "scope")}
    told = {name: text if isinstance(text, str) else None for name, text in texts.items()}
    counts = {name: len(says[name]) if isinstance(says.get(name), list) else 0 for name in ("subjects", "targets")}
    return {**told, "accounts": counts["subjects"], "targets": counts["targets"]}


def in_words(found: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each thing that a receipt proves."""
    purpose = PURPOSES.get(found["purpose"], found["purpose"])
    what = KINDS[found["kind"]] + (f" to {purpose}" if purpose else "")
    only = f", for {found['scope']} only" if found["scope"] else ""
    index, size, log, key = found["index"], found["size"], found["log"], found["signed_by"]
    yield f"\nIt proves:\n  - The platform recorded {what}{only}; its date is {found['received_at'] or found['day']}."
    yield f"  - Accounts that it covers: {found['accounts']}; items or pages that it points at: {found['targets']}."
    yield f"  - It is entry {index} of the log {log}, which had {size} entries when it was signed."
    yield f"  - The key {key} signed that: whoever has the key cannot deny it."
    for one in found["cosigned_by"]:
        yield f"  - The witness {one['witness']} saw this log at {one['at']} and signed it."
    yield from (f"  - NOT SHOWN: the witness {name} did not sign it." for name in found["not_cosigned_by"])
    unknown = "Not checked, because its key was not given: a signature of"
    yield from (f"  - {unknown} {name}." for name in found["not_checked"])


# -------------------------------------------------------------------------- small things: one value has only one text


def require(holds: bool, otherwise: str, error: type[Exception] = RefusedError) -> None:
    """Go on if a claim holds."""
    if not holds:
        raise error(otherwise)


def decode_base64(text: object, why: str = "a part is not base64", error: type[Exception] = RefusedError) -> bytes:
    """Return the bytes of a base64 text, and refuse a second text for the same bytes."""
    try:
        content = base64.b64decode(str(text), validate=True)
    except ValueError:
        content = b""
    require(base64.b64encode(content).decode() == text, why, error)
    return content


def read_json(content: bytes) -> Any:
    """Return the value of JSON; None for a second text for the same value, and for numbers that are no integers."""
    try:
        value = json.loads(content, parse_float=str, parse_constant=str)
        return value if write_json(value) == content else None
    except (ValueError, RecursionError):
        return None


def write_json(value: object) -> bytes:
    """Return the canonical JSON of a value (RFC 8785)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def read_number(text: str) -> int:
    """Return a number that is written without leading zeros."""
    require(text.isascii() and text.isdigit() and len(text) < 20 and text == str(int(text)), "a number is malformed")
    return int(text)


def printable(text: str) -> str:
    """Return a text that cannot steer a terminal: much of it comes from the receipt."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def is_name(text: str) -> bool:
    """Tell whether a text may name a key: it is not empty and has no space, no plus sign and no control character."""
    return text != "" and not any(letter.isspace() or letter == "+" or letter < " " for letter in text)


# ------------------------------------------------------------------------------ Ed25519 (RFC 8032), verification only

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
Point = tuple[int, int, int, int]  # a point (x/z, y/z) of the curve as x, y, z and x*y/z


def is_signed(key: Key, message: bytes, signature: bytes) -> bool:
    """Tell whether a key made a signature over a message."""
    if Ed25519PublicKey is None:
        return is_signed_in_pure_python(key.public, message, signature)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed_in_pure_python(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell the same by RFC 8032 section 5.1.7: the signature is r and s, and r must be s * base - k * public."""
    r, s, negated = signature[:32], int.from_bytes(signature[32:], "little"), decode_point(public, negate=True)
    if negated is None or len(signature) != 64 or s >= ORDER:  # with a larger s there would be a second signature
        return False
    k = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % ORDER
    return encode_point(add(multiply(s, BASE), multiply(k, negated))) == r


def decode_point(encoded: bytes, *, negate: bool = False) -> Point | None:
    """Return a point or its negative (section 5.1.3); None for bytes that are no point, or a second name of one."""
    y, is_odd = int.from_bytes(encoded, "little") & (1 << 255) - 1, encoded[31] >> 7
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if y >= PRIME or x * x % PRIME != square or (x == 0 and is_odd):
        return None
    x = x if (x & 1 == is_odd) != negate else -x % PRIME
    return x, y, 1, x * y % PRIME


def encode_point(point: Point) -> bytes:
    """Return the 32 bytes of a point (section 5.1.2)."""
    x, y, z, _ = point
    inverse = pow(z, -1, PRIME)
    return (y * inverse % PRIME | (x * inverse % PRIME & 1) << 255).to_bytes(32, "little")


def add(one: Point, other: Point) -> Point:
    """Return the sum of two points (section 5.1.4)."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]), (one[1] + one[0]) * (other[1] + other[0])
    c, d = 2 * one[3] * other[3] * CURVE, 2 * one[2] * other[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def multiply(times: int, point: Point) -> Point:
    """Return a point added to itself so many times."""
    if times == 0:
        return 0, 1, 1, 0
    even = multiply(times >> 1, add(point, point))
    return add(even, point) if times & 1 else even


# The base point: its y is 4/5, its x is even.
BASE: Point = decode_point((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little")) or (0, 1, 1, 0)

if __name__ == "__main__":
    sys.exit(main())
