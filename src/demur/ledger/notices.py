"""What a `notice` entry says: how many events of notices were recorded together, and the root over them.

Each event is committed to under random bytes of its own, which are stored with it and go with it when its person is
erased. So the document is known to everybody and tells nobody anything; whoever is given the random bytes of one event,
and its path to the root, sees that it was recorded by that day, and learns nothing of the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from demur.kernel.words import RecordKind
from demur.keys.encoding import encode_base64, encode_json
from demur.ledger.leaves import COMMITMENT_BYTES, commit
from demur.ledger.tree import hash_leaf, inclusion_path, read_hash_from, root_of, verify_inclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPath:
    """Where the commitment to an event stands among those of its entry, from 0, and its path to their root."""

    position: int
    path: tuple[bytes, ...]


def commit_event(name: bytes, r: bytes) -> bytes:
    """Return the commitment to an event, by its name (16 bytes) and 32 random bytes drawn for it alone.

    Raises:
        LeafContentError: the random bytes have another length.
    """
    return commit(RecordKind.NOTICE, name, r)


def root_of_events(commitments: Sequence[bytes]) -> bytes:
    """Return the root (RFC 6962) over the commitments to some events, in ascending order: the order tells nothing."""
    return root_of([hash_leaf(commitment) for commitment in sorted(commitments)])


def notice_document(origin: str, *, events: int, root: bytes) -> bytes:
    """Return the document that a `notice` entry is the digest of, in canonical JSON.

    Args:
        origin: the origin of the log.
        events: how many events were recorded together.
        root: the root over the commitments to them (`root_of_events`).
    """
    return encode_json({"v": 1, "log": origin, "events": events, "root": encode_base64(root)})


def prove_event(commitments: Sequence[bytes], commitment: bytes) -> EventPath:
    """Return the path (RFC 6962 2.1.1) of one of the commitments that stand in ascending order.

    Raises:
        ValueError: it is none of them.
    """
    position = commitments.index(commitment)
    hashes = read_hash_from([hash_leaf(each) for each in commitments])
    return EventPath(position=position, path=inclusion_path(position, len(commitments), hashes))


def verify_event(commitment: bytes, found: EventPath, *, events: int, root: bytes) -> None:
    """Check that an event is one of those that a document (`notice_document`) tells of.

    Raises:
        ProofError: it is not.
    """
    verify_inclusion(leaf_hash=hash_leaf(commitment), index=found.position, size=events, path=found.path, root=root)


def split_commitments(joined: bytes) -> tuple[bytes, ...]:
    """Return the commitments that stand one after the other."""
    return tuple(joined[start : start + COMMITMENT_BYTES] for start in range(0, len(joined), COMMITMENT_BYTES))
