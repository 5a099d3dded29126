"""Check a pack, on a laptop, with the standard library and ``cryptography`` alone.

What is checked, in this order: the container, the signature of the whole, every member's digest, the log's root and
head, and that what it tells of erasures is about people's entries; of each corpus its documents' signatures and places
in the log, the chain of removals, the counts against the decisions, the authors' trees, the heartbeat; the training
runs; that nothing else is in the pack and nothing of the log is missing from it; and, for a receipt, that its holder
is in no corpus. The first thing that does not hold ends the
check with a sentence that says what and where. What rests on trust is said by `TRUSTED`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from demur.evidence.corpora import check_corpus
from demur.evidence.opened import (
    INDEX,
    KEYS,
    LEAVES,
    Check,
    Pack,
    check_head,
    expect,
    find_elsewhere,
    named,
    open_pack,
    refuse,
    signed_form,
)
from demur.evidence.receipts import check_receipt
from demur.evidence.runs import check_runs
from demur.kernel.words import RecordKind
from demur.keys.keyring import TrustedKeys, parse_public_keys
from demur.keys.rotation import read_rotation
from demur.ledger.erasures import find_erased
from demur.ledger.leaves import PERSONAL_KINDS

TRUSTED = (
    "that the keys are the platform's: compare them with a copy from another place",
    "that the platform labelled the author of each item truthfully: no cryptography shows that; decoy accounts do",
    "that there is one log for everybody: a witness that signs its checkpoints shows that",
)
_TOLD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReport:
    """Everything that was checked; a check that fails raises instead."""

    platform: str
    made_at: str
    log_size: int
    checks: tuple[Check, ...]


def verify_pack(path: Path, *, trust: TrustedKeys | None = None, receipt: str | None = None) -> PackReport:
    """Check a pack; with `receipt`, also that none of its holder's items is in a corpus.

    Args:
        path: the pack.
        trust: the platform's public keys from another place; without it those in the pack are used.
        receipt: the text of a receipt (c2sp.org/tlog-proof@v1) that the platform gave to a person.

    Raises:
        PackUnreadableError: there is no such file.
        PackDamagedError: a byte is not what was signed.
        EvidenceError: a statement does not follow from the rest.
        ReceiptUnfitError: the receipt is newer than the pack.
    """
    pack = open_pack(path, trust)
    with signed_form(pack.last_read):
        checks = tuple(_check_everything(pack, receipt))
    return PackReport(
        platform=pack.trust.platform, made_at=pack.index["made_at"], log_size=len(pack.leaves), checks=checks
    )


def _check_everything(pack: Pack, receipt: str | None) -> Iterator[Check]:
    yield Check(subject="pack", statement=f"{len(pack.members)} members are what {pack.trust.documents.name} signed")
    head = check_head(pack)
    kinds = Counter(leaf.kind.value for leaf in pack.leaves)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    yield Check(subject="log", statement=f"{head.size} entries hash to the signed head: {told}")
    yield from _check_erasures(pack)
    yield from _check_rotations(pack)
    corpora = []
    for name in pack.groups("corpora"):
        checks: list[Check] = []
        corpora.append(check_corpus(pack, name, checks))
        yield from checks
    yield from check_runs(pack, corpora)
    yield _check_completeness(pack)
    if receipt is not None:
        yield from check_receipt(pack, corpora, receipt)


def _check_erasures(pack: Pack) -> Iterator[Check]:
    """Check that each entry which tells of an erasure is about an earlier event of a person."""
    told = {index: leaf.commitment for index, leaf in enumerate(pack.leaves) if leaf.kind is RecordKind.ERASURE}
    erased = set(named(LEAVES, lambda: find_erased(pack.trust.log.name, told)).values()) - {None}
    for index in sorted(index for index in erased if index is not None):
        is_personal = pack.leaves[index].kind in PERSONAL_KINDS
        expect(is_personal, LEAVES, f"tells that entry {index} was erased, which is no event of a person")
    if told:
        entries = _some(sorted(index for index in erased if index is not None)) or "none"
        statement = f"entries {_some(sorted(told))} tell of erasures; entries that only a receipt opens now: {entries}"
        yield Check(subject="log", statement=statement)


def _check_rotations(pack: Pack) -> Iterator[Check]:
    """Check that each replacement of a key has its entry in the log, so that it was not made up for one reader."""
    entries = {leaf.commitment: index for index, leaf in enumerate(pack.leaves) if leaf.kind is RecordKind.KEY}
    for note in parse_public_keys(pack.members[KEYS]).rotations:
        index = entries.get(sha256(note.encode()).digest())
        expect(index is not None, KEYS, "tells of a replaced key that the log does not know")
        role = read_rotation(note).role
        yield Check(subject="keys", statement=f"the {role} key was replaced at entry {index}, signed by old and new")


def _check_completeness(pack: Pack) -> Check:
    """Check that every member took part, and that a document of the log is in the pack or said to be elsewhere."""
    for name in pack.unread():
        refuse(name, "belongs to nothing that the pack tells about")
    elsewhere = find_elsewhere(pack.leaves, pack.logged)
    missing = sorted(set(elsewhere).symmetric_difference(pack.index["elsewhere"]))
    expect(not missing, f"{INDEX}.json", f"does not account for the documents of log entries {_some(missing)}")
    if not elsewhere:
        return Check(subject="pack", statement="every corpus, removal, run and audit of the log is in the pack")
    told = f"{len(elsewhere)} documents of the log are not in the pack: entries {_some(elsewhere)}"
    return Check(subject="pack", statement=told)


def _some(indices: Sequence[int]) -> str:
    told = ", ".join(map(str, indices[:_TOLD]))
    return f"{told} and {len(indices) - _TOLD} more" if len(indices) > _TOLD else told
