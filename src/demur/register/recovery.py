"""Bringing a restored register up to its published log: no entry is lost silently.

The log holds digests and commitments alone. A document's entry comes back from the log itself; a personal event comes
back from its receipt, which opens the entry; events of notices come back by importing them again. What nothing opens is
listed, and the register stays closed until whoever answers for it declares it lost by name: then the entry stays in the
log without its record, and the log says so.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from demur.kernel.clock import timestamp
from demur.kernel.files import write_whole
from demur.kernel.words import RecordKind
from demur.keys.encoding import decode_base64, decode_json, encode_json
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, proof_key, proof_key_commitment, target_commitment
from demur.ledger.checkpoint import open_checkpoint
from demur.ledger.erasures import find_erased
from demur.ledger.leaves import PERSONAL_KINDS, parse_leaf, public_leaf
from demur.ledger.openings import Opening, OpeningError, verify_opening
from demur.ledger.tiles import LogForkError, TileStore
from demur.ledger.tree import Frontier, hash_leaf
from demur.register.batch import day_of
from demur.register.database import Database, open_database
from demur.register.envelopes import take_into_use
from demur.register.errors import DeclarationInvalidError, EntriesMissingError
from demur.register.kept_receipts import KeptReceipt
from demur.register.rewriting import PersonalEvent, Rewriting, write_entries
from demur.register.schema import (
    account_fact,
    account_link,
    head,
    hijack,
    notice,
    objection,
    target,
    withdrawal,
)
from demur.register.sealing import read_openings
from demur.register.store import check_head, claim

_DECLARATION = "demur/v1/lost-entries"
_SHOWN = 10
_FORK_HINT = "Stop, keep both, and restore a backup of the register that this log is of."


class Gap(StrEnum):
    """Why an entry of the log cannot come back as it was."""

    NO_RECEIPT = "no_receipt"
    ACCOUNT_UNKNOWN = "account_unknown"
    TARGET_UNKNOWN = "target_unknown"
    BEYOND_THE_LOG = "beyond_the_log"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingEntry:
    """An entry that cannot come back as it was; the log tells its kind and day, and nothing about a person."""

    index: int
    kind: RecordKind
    day: str
    gap: Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The word of whoever answers for it that entries are lost."""

    name: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse a declaration that nobody answers for.

        Raises:
            DeclarationInvalidError: the name or the reason is empty.
        """
        if not self.name.strip() or not self.reason.strip():
            message = "entries are declared lost by a name and with a reason; one of them is empty"
            raise DeclarationInvalidError(message, hint='Give --declare-lost "NAME" and --reason "...".')


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPlan:
    """What brings a register from the size of its log to that of the published one.

    Attributes:
        documents: how many entries of documents come back from the log itself.
        notices: those of them that tell of events of notices, which do not come back: they have to be imported again,
            and get a further entry, of the day on which they are.
        events: personal events that come back, whole or as far as they are known.
        missing: entries that cannot come back as they were.
        erasures: which entry each of those that tell of an erasure is about (`find_erased`); what it erased does not
            come back. None is an account without entries, which the log cannot name: it has to be erased anew.
        strangers: indices of receipts of ours that do not open the entry which the published log has there.
        is_log_gone: nothing is published although the register has entries: what came after them cannot be known.
    """

    log_size: int
    published_size: int
    documents: int
    notices: tuple[int, ...]
    events: tuple[PersonalEvent, ...]
    missing: tuple[MissingEntry, ...]
    erasures: Mapping[int, int | None]
    strangers: tuple[int, ...]
    is_log_gone: bool
    entries: tuple[bytes, ...]
    checkpoints: dict[int, str]

    @property
    def is_open(self) -> bool:
        """Tell whether nothing has to be declared lost."""
        return not self.missing and not self.is_log_gone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """The entries after the register's own, and signed heads over them by size."""

    entries: tuple[bytes, ...]
    checkpoints: dict[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Whom and what commitments stand for, as far as register and receipts tell."""

    subjects: dict[bytes, SubjectKey]
    targets: dict[bytes, bytes]


def plan_recovery(url: str, *, keyring: Keyring, log_folder: Path, kept: Sequence[KeptReceipt]) -> RecoveryPlan:
    """Find out what of the published log the register lacks, and what of that the receipts bring back.

    Changes nothing but what opening a database of an earlier version changes.

    Raises:
        KeyringMismatchError, RegisterAlteredError: it is not the register of this keyring, or not what was signed.
        LogForkError: log and register are not one history.
        TileMissingError, TileDamagedError: the published log is not whole; restore it first.
        EnvelopeKeyMissingError: it was sealed under a key that the keyring does not hold.
        and what `open_database` raises.
    """
    database = open_database(url)
    try:
        claim(database, keyring)
        check_head(database, keyring)
        take_into_use(database, keyring.envelope_keys)
        return _plan(database, keyring, TileStore(log_folder), kept)
    finally:
        database.close()


def recover(
    url: str, plan: RecoveryPlan, *, keyring: Keyring, declaration: Declaration | None, folder: Path, at: datetime
) -> Path | None:
    """Write what a plan brings back, in one transaction; return the signed declaration of what is lost, if there is.

    Until it is done the register stays as it was, and `open_register` refuses it as rolled back.

    Args:
        folder: where the declaration is kept; the log gets its digest.

    Raises:
        EntriesMissingError: something cannot come back and is not declared lost; nothing was written.
        RegisterAlteredError: the register is no longer what was planned for.
    """
    if not plan.is_open and declaration is None:
        raise _missing_error(plan)
    statement = None if plan.is_open or declaration is None else _declare(plan, declaration, keyring, at)
    path = folder / f"lost-entries-{plan.published_size}.note"
    if statement is not None:
        write_whole(path, statement)
    if plan.entries or statement is not None:
        database = open_database(url)
        try:
            write_entries(database, _rewriting(plan, statement, at), keyring=keyring)
        finally:
            database.close()
    return None if statement is None else path


def _plan(database: Database, keyring: Keyring, tiles: TileStore, kept: Sequence[KeptReceipt]) -> RecoveryPlan:
    with database.reading() as connection:
        size, frontier = connection.execute(sa.select(head.c.size, head.c.frontier)).one()
        own = Frontier.from_bytes(size, frontier)
        published = _read_published(tiles, own, keyring, kept)
        named = _name(connection, keyring, kept) if published.entries else _Named(subjects={}, targets={})
    opened = _match(size, published.entries, kept)
    entries = [(index, parse_leaf(data)) for index, data in enumerate(published.entries, start=size)]
    personal = [(index, entry) for index, entry in entries if entry.kind in PERSONAL_KINDS]
    events = [_read_event(opened[index], named) for index, _ in personal if index in opened]
    gaps = {event.index: gap for event in events if (gap := _gap(event)) is not None}
    gaps |= {index: Gap.NO_RECEIPT for index, _ in personal if index not in opened}
    missing = [
        MissingEntry(index=index, kind=entry.kind, day=entry.day.isoformat(), gap=gaps[index])
        for index, entry in personal
        if index in gaps
    ]
    end = size + len(published.entries)
    beyond = {receipt.index: receipt.opening for receipt in kept if receipt.index >= end}
    missing += [
        MissingEntry(index=index, kind=known.kind, day=known.day.isoformat(), gap=Gap.BEYOND_THE_LOG)
        for index, known in sorted(beyond.items())
    ]
    return RecoveryPlan(
        log_size=size,
        published_size=end,
        documents=len(entries) - len(personal),
        notices=tuple(index for index, entry in entries if entry.kind is RecordKind.NOTICE),
        events=tuple(events),
        missing=tuple(missing),
        erasures=find_erased(
            keyring.log_signer.name,
            {index: entry.commitment for index, entry in entries if entry.kind is RecordKind.ERASURE},
        ),
        strangers=tuple(sorted({receipt.index for receipt in kept if size <= receipt.index < end} - opened.keys())),
        is_log_gone=size > 0 and tiles.checkpoint_note() is None,
        entries=published.entries,
        checkpoints=published.checkpoints,
    )


def _read_published(tiles: TileStore, own: Frontier, keyring: Keyring, kept: Sequence[KeptReceipt]) -> _Published:
    """Read the entries after the register's own from the log's files, and as far as receipts go on without a gap.

    The last batches before a crash are acknowledged, and may not be published yet.
    """
    note = tiles.checkpoint_note()
    signed = None if note is None else open_checkpoint(note, keyring.public.log)
    entries: list[bytes] = []
    if signed is not None and signed.size > own.size:
        entries += tiles.read_entries(own.size, signed.size)
    beyond = {receipt.index: receipt.opening.leaf_data() for receipt in kept}
    published = own.size + len(entries)
    while own.size + len(entries) in beyond and (signed is None or signed.size >= own.size):
        entries.append(beyond[own.size + len(entries)])
    notes = {receipt.log_size: receipt.checkpoint_note for receipt in kept}
    notes |= {} if signed is None or note is None else {signed.size: note}
    checkpoints = _checked(notes, own, entries, keyring)
    if signed is not None and own.size < signed.size and signed.size not in checkpoints:
        message = f"the published log of {signed.size} entries does not go on from the register's {own.size}"
        raise LogForkError(message, hint=_FORK_HINT)
    end = max([published, *checkpoints])
    return _Published(entries=tuple(entries[: end - own.size]), checkpoints=checkpoints)


def _checked(notes: dict[int, str], own: Frontier, entries: Sequence[bytes], keyring: Keyring) -> dict[int, str]:
    """Return the signed heads that lie on this history, of those after the register's own."""
    checkpoints, grown = {}, own
    for size in sorted(size for size in notes if own.size < size <= own.size + len(entries)):
        grown = grown.append([hash_leaf(data) for data in entries[grown.size - own.size : size - own.size]]).frontier
        if open_checkpoint(notes[size], keyring.public.log).root == grown.root():
            checkpoints[size] = notes[size]
    return checkpoints


def _match(size: int, entries: Sequence[bytes], kept: Sequence[KeptReceipt]) -> dict[int, KeptReceipt]:
    """Return for each missing entry what opens it; of several receipts the one that remembers most."""
    opened: dict[int, KeptReceipt] = {}
    for receipt in sorted(kept, key=lambda receipt: (len(receipt.accounts), len(receipt.targets))):
        if size <= receipt.index < size + len(entries) and _opens(receipt.opening, entries[receipt.index - size]):
            opened[receipt.index] = receipt
    return opened


def _opens(known: Opening, data: bytes) -> bool:
    try:
        verify_opening(known, data)
    except OpeningError:
        return False
    return True


def _name(connection: sa.Connection, keyring: Keyring, kept: Sequence[KeptReceipt]) -> _Named:
    """Compute the commitments of everybody whom the register knows, which no receipt can be turned back to."""
    tables = (account_fact, account_link, hijack, notice, objection, withdrawal)
    found: set[bytes] = {subject for receipt in kept for subject in receipt.accounts}
    for table in tables:
        distinct = sa.select(table.c.subject).where(table.c.subject.is_not(None)).distinct()
        found.update(connection.execute(distinct).scalars())
    for row in read_openings(connection, keyring):
        found.update(row.covered)
    targets = set(connection.execute(sa.select(target.c.target).distinct()).scalars())
    targets.update(*(receipt.targets for receipt in kept))
    subjects = [SubjectKey(subject) for subject in found]
    return _Named(
        subjects={proof_key_commitment(proof_key(keyring, subject)): subject for subject in subjects},
        targets={target_commitment(key): key for key in targets},
    )


def _read_event(receipt: KeptReceipt, named: _Named) -> PersonalEvent:
    """Read the record of a receipt, with the keys of whoever and whatever is known."""
    record = decode_json(receipt.opening.record)
    if not isinstance(record, dict):
        message = f"the record of entry {receipt.index} is no object"
        raise OpeningError(message)
    commitments = [decode_base64(subject["proof_key_commitment"]) for subject in record["subjects"]]
    covered = tuple(named.subjects.get(commitment) for commitment in commitments)
    known = tuple(subject for subject in covered if subject is not None)
    remembered = tuple(subject for subject in known if subject in receipt.accounts)
    pointed = [named.targets.get(decode_base64(commitment)) for commitment in record.get("targets", ())]
    return PersonalEvent(
        index=receipt.index,
        opening=receipt.opening,
        record=record,
        covered=covered,
        # Who of linked accounts objected themselves is in no receipt: unless somebody remembers, all of them did.
        made_by=remembered or known,
        is_remembered=bool(remembered),
        targets=tuple(key for key in pointed if key is not None),
        has_all_targets=None not in pointed,
    )


def _gap(event: PersonalEvent) -> Gap | None:
    if None in event.covered:
        return Gap.ACCOUNT_UNKNOWN
    return None if event.has_all_targets else Gap.TARGET_UNKNOWN


def _missing_error(plan: RecoveryPlan) -> EntriesMissingError:
    if plan.is_log_gone:
        message = f"nothing of the log is published, so what came after the register's {plan.log_size} is not known"
        return EntriesMissingError(message, hint="Restore the log's files, or declare by name what came after lost.")
    shown = ", ".join(str(entry.index) for entry in plan.missing[:_SHOWN])
    more = ", ..." if len(plan.missing) > _SHOWN else ""
    message = f"{len(plan.missing)} of the entries up to {plan.published_size} cannot come back: {shown}{more}"
    return EntriesMissingError(message, hint="Give more receipts by --receipts, or declare by name that they are lost.")


def _declare(plan: RecoveryPlan, declaration: Declaration, keyring: Keyring, at: datetime) -> bytes:
    content = {
        "v": 1,
        "platform": keyring.platform,
        "declared_by": declaration.name,
        "reason": declaration.reason,
        "declared_at": timestamp(at),
        "log_size": plan.log_size,
        "published_size": plan.published_size,
        "is_log_gone": plan.is_log_gone,
        "entries": [{"index": entry.index, "gap": entry.gap.value} for entry in plan.missing],
    }
    text = f"{_DECLARATION}\n{encode_json(content).decode()}\n"
    return keyring.document_signer.sign(text).encode()


def _rewriting(plan: RecoveryPlan, statement: bytes | None, at: datetime) -> Rewriting:
    """Return what is to be written: the entries of the log, and one more for the declaration."""
    declared = () if statement is None else (_declared(statement, at),)
    return Rewriting(
        first_index=plan.log_size,
        entries=(*plan.entries, *declared),
        events=plan.events,
        checkpoints=plan.checkpoints,
        erasures=plan.erasures,
    )


def _declared(statement: bytes, at: datetime) -> bytes:
    return public_leaf(RecordKind.REGISTER, day_of(at), hashlib.sha256(statement).digest())
