"""Writing entries of the published log back into the register, in one transaction and at their own indices.

The way of an entry into the register is `demur.register.commit`; here the log is there already, and what belongs to its
entries is written as it was then.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes
from typing import Any

from demur.kernel.clock import parse_timestamp
from demur.kernel.words import EffectKind, LinkEvent, ObjectionScope, Purpose, RecordKind, Tie
from demur.keys.keyring import Keyring
from demur.keys.subjects import NAME_BYTES, SubjectKey
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.leaves import PERSONAL_KINDS, parse_leaf
from demur.ledger.openings import Opening
from demur.ledger.tree import Frontier, hash_leaf
from demur.register.batch import Batch, DrawBytes, idempotency_key
from demur.register.connection import StatementError, describe_failure
from demur.register.database import Database
from demur.register.effects import owe, owe_objection
from demur.register.erasing import erase_as_logged
from demur.register.errors import NothingToWithdrawError, RegisterAlteredError
from demur.register.intake import Authentication, end_suppression, own_key_of_withdrawal
from demur.register.links import find_component
from demur.register.objecting import ObjectionForm, own_key_of
from demur.register.schema import instant_of, leaf, objection, opening, target, withdrawal
from demur.register.sealing import seal_opening

_LINK_LABEL = b"demur/v1/recovered-link\0"
_INSERT_LINK = "INSERT INTO account_link (subject, centre, event, at, tie) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalEvent:
    """An objection, a withdrawal or a relink that its receipt opens.

    Attributes:
        covered: the subjects in the order of the record; None for one whom the register does not know.
        made_by: the subjects who made it; everybody who is covered, unless it is remembered who of them did.
        targets: item and page keys that it points at, those that are known.
    """

    index: int
    opening: Opening
    record: Mapping[str, Any]
    covered: tuple[SubjectKey | None, ...]
    made_by: tuple[SubjectKey, ...]
    is_remembered: bool
    targets: tuple[bytes, ...]
    has_all_targets: bool

    @property
    def instant(self) -> datetime:
        """From when it counts."""
        return parse_timestamp(self.record["received_at" if "received_at" in self.record else "linked_at"])

    @property
    def known(self) -> tuple[SubjectKey, ...]:
        """The covered subjects whom the register knows."""
        return tuple(subject for subject in self.covered if subject is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """Entries to write from an index on, what is known of the personal ones, and signed heads over them by size.

    Attributes:
        erasures: which entry each of those that tell of an erasure is about (`find_erased`).
    """

    first_index: int
    entries: tuple[bytes, ...]
    events: tuple[PersonalEvent, ...]
    checkpoints: Mapping[int, str]
    erasures: Mapping[int, int | None] = field(default_factory=dict)


def write_entries(
    database: Database, rewriting: Rewriting, *, keyring: Keyring, draw: DrawBytes = secrets.token_bytes
) -> None:
    """Write all of it, or nothing; returns when it is on disk.

    Args:
        draw: random bytes for what an erasure puts in the place of what it destroys; entries draw none.

    Raises:
        RegisterAlteredError: the head of the register has moved since.
        RegisterUnavailableError: nothing was written; try again.
    """
    connection = database.connect_writer()
    try:
        connection.begin()
        size, frontier = connection.execute("SELECT size, frontier FROM head").fetchone()
        if size != rewriting.first_index:
            message = f"the head of the log is at {size}, where {rewriting.first_index} was expected"
            raise RegisterAlteredError(message, hint="Another program writes to the register; stop it and try again.")
        batch = Batch(connection=connection, keyring=keyring, draw=draw, first_index=size)
        events = {event.index: event for event in rewriting.events}
        erased: dict[int | None, int] = {}
        for index, data in enumerate(rewriting.entries, start=size):
            tells, about = index in rewriting.erasures, rewriting.erasures.get(index)
            # Erasures of one transaction stand in a row, and none of them names an entry twice.
            if erased and (not tells or about in erased):
                erase_as_logged(batch, erased)
                erased = {}
            _write_entry(batch, index, data, events.get(index))
            batch.flush()
            if tells:
                erased[about] = index
        if erased:
            erase_as_logged(batch, erased)
        _write_head(batch, Frontier.from_bytes(size, frontier), rewriting)
        connection.commit()
    except StatementError as error:
        raise describe_failure(error) from error
    finally:
        connection.close()


def _write_entry(batch: Batch, index: int, data: bytes, event: PersonalEvent | None) -> None:
    entry = parse_leaf(data)
    if event is None:
        is_personal = entry.kind in PERSONAL_KINDS
        key = None if is_personal else idempotency_key("document", entry.kind, entry.commitment)
        _insert_leaf(batch, index, data, entry.kind, key)
        return
    key = _own_key(batch, event)
    _insert_leaf(batch, index, data, entry.kind, key)
    if None not in event.covered:
        envelope = batch.keyring.envelope_keys
        joined = b"".join(event.known)
        batch.insert(opening, seal_opening(envelope, event.opening, index=index, covered=joined, draw=token_bytes))
    instant = instant_of(event.instant)
    # What was owed is owed again: whether it was done before the loss, nobody knows, and doing it twice does no harm.
    if entry.kind is RecordKind.OBJECTION:
        owe_objection(batch, index, received_at=event.instant, at=event.instant)
        _insert_objection(batch, event, instant)
    else:
        owe(batch, EffectKind.APPLY, index, due_at=event.instant, at=event.instant)
    if entry.kind is RecordKind.WITHDRAWAL and event.made_by:
        row = (event.made_by[0], index, event.record["purpose"], instant, Authentication.LOGIN.value)
        batch.insert(withdrawal, row)
        end_suppression(batch, event.made_by[0], Purpose(event.record["purpose"]))
    _link_all(batch, event, data)


def _insert_leaf(batch: Batch, index: int, data: bytes, kind: RecordKind, key: bytes | None) -> None:
    """Insert an entry under the key that it had, or one of its own where that is not known or another entry has it."""
    usable = key if key is not None and batch.find_entry(key) is None else idempotency_key("recovered", index, data)
    batch.insert(leaf, (index, kind.value, usable, data))


def _own_key(batch: Batch, event: PersonalEvent) -> bytes | None:
    """Return the key by which the same request finds this entry again, if the register can tell it now."""
    if event.opening.kind is RecordKind.WITHDRAWAL and event.made_by:
        try:
            return own_key_of_withdrawal(batch, event.made_by[0], Purpose(event.record["purpose"]))
        except NothingToWithdrawError:
            return None
    if event.opening.kind is RecordKind.OBJECTION and (event.made_by or event.targets):
        return own_key_of(batch.connection, _form_of(event))
    return None


def _form_of(event: PersonalEvent) -> ObjectionForm:
    return ObjectionForm(
        subjects=event.made_by,
        purpose=Purpose(event.record["purpose"]),
        received_at=event.instant,
        scope=ObjectionScope(event.record.get("scope", ObjectionScope.ALL)),
        in_public_role=event.record.get("in_public_role", False),
        targets=event.targets,
    )


def _insert_objection(batch: Batch, event: PersonalEvent, instant: int) -> None:
    form = _form_of(event)
    in_role = int(form.in_public_role)
    for subject in form.subjects:
        # By which form it came is in no entry of the log, so that is lost.
        row = (subject, event.index, form.purpose.value, instant, form.scope.value, in_role, None)
        batch.insert(objection, row)
    for pointed_at in form.targets:
        batch.insert(target, (pointed_at, event.index, instant, in_role))


def _link_all(batch: Batch, event: PersonalEvent, data: bytes) -> None:
    """Link the accounts of a record that the register no longer links, by a centre of their own.

    What they shared is in no receipt; an accounts centre reaches furthest. Accounts that one person named together
    need not be linked.
    """
    is_explained = event.is_remembered and event.opening.kind is RecordKind.OBJECTION
    makers = event.made_by if is_explained else event.known[:1]
    reached = frozenset[SubjectKey]().union(*(find_component(batch.connection, subject) for subject in makers))
    if set(event.known) <= reached:
        return
    centre = hashlib.sha256(_LINK_LABEL + data).digest()[:NAME_BYTES]
    at = instant_of(event.instant)
    for subject in event.known:
        row = (subject, centre, LinkEvent.LINKED.value, at, Tie.CENTRE.value)
        batch.connection.execute(_INSERT_LINK, row)


def _write_head(batch: Batch, before: Frontier, rewriting: Rewriting) -> None:
    """Store the signed heads that are known, and sign the last one where nobody holds it yet."""
    growth = before.append([hash_leaf(data) for data in rewriting.entries])
    size = growth.frontier.size
    notes = dict(rewriting.checkpoints)
    if size not in notes:
        signer = batch.keyring.log_signer
        notes[size] = sign_checkpoint(Checkpoint(origin=signer.name, size=size, root=growth.root), signer)
    batch.connection.executemany("INSERT INTO checkpoint (size, note) VALUES (?, ?)", sorted(notes.items()))
    swap = "UPDATE head SET size = ?, frontier = ? WHERE id = 1 AND size = ?"
    batch.connection.execute(swap, (size, growth.frontier.to_bytes(), before.size))
