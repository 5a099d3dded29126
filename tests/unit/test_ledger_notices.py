"""The document of a `notice` entry, its root and the way from one event to it."""

import hashlib
import hmac

import pytest

from demur.ledger.leaves import LeafContentError
from demur.ledger.notices import (
    EventPath,
    commit_event,
    notice_document,
    prove_event,
    root_of_events,
    split_commitments,
    verify_event,
)
from demur.ledger.tree import ProofError

NAMES = tuple(bytes([number]) * 16 for number in range(5))
COMMITMENTS = tuple(sorted(commit_event(name, bytes([7]) * 32) for name in NAMES))


def test_the_document_is_canonical_and_holds_a_number_and_a_root():
    document = notice_document("agora.example/demur/log", events=2, root=bytes(32))
    assert document == (
        b'{"events":2,"log":"agora.example/demur/log","root":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","v":1}'
    )


def test_the_root_is_that_of_rfc_6962_over_the_commitments_in_ascending_order():
    r = bytes(range(32))
    ours = commit_event(NAMES[0], r)
    assert ours == hmac.digest(r, b"demur/v1/notice\0" + NAMES[0], "sha256")
    low, high = sorted((ours, bytes(32)))
    leaves = [hashlib.sha256(b"\0" + each).digest() for each in (low, high)]
    root = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
    assert (root_of_events([high, low]), root_of_events([low, high])) == (root, root)


@pytest.mark.parametrize("events", range(1, 6))
def test_each_event_leads_to_the_root_and_no_other_does(events):
    some = COMMITMENTS[:events]
    root = root_of_events(some)
    assert split_commitments(b"".join(some)) == some
    for commitment in some:
        found = prove_event(some, commitment)
        verify_event(commitment, found, events=events, root=root)
        for wrong, size in ((bytes(32), events), (commitment, events + 4)):
            with pytest.raises(ProofError):
                verify_event(wrong, found, events=size, root=root)
        with pytest.raises(ProofError):
            verify_event(commitment, EventPath(position=events, path=found.path), events=events, root=root)


def test_an_event_is_committed_to_under_32_random_bytes_and_no_fewer():
    with pytest.raises(LeafContentError):
        commit_event(NAMES[0], bytes(16))
