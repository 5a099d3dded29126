"""Bringing a version of the notice to people, one row for each: who is to get it, how, and how far it is.

A person gets a version once, however often their platform names them (`mailing_once`). The rows are the jobs: a worker
leases some, hands them over and settles them (`demur.register.mailing_work`); what comes back changes them further
(`demur.register.mailing_reports`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from demur.kernel.words import MailingState, NoticeChannel, NoticeEvent
from demur.keys.subjects import SubjectKey
from demur.register.batch import Batch, Outcome
from demur.register.errors import CampaignMissingError
from demur.register.kept import find_closed
from demur.register.mailing_addresses import Contact, seal_contact
from demur.register.schema import KEY_BYTES, account_fact, campaign, instant_of, mailing
from demur.register.store import Register

_CHUNK_ROWS = 5_000  # whoever objects waits while a transaction seals and inserts so many
_START = """
    INSERT INTO campaign (version, started_at) VALUES (?, ?) ON CONFLICT (version) DO UPDATE SET stopped_at = NULL
"""
_STOP = "UPDATE campaign SET stopped_at = ? WHERE version = ?"
_KNOWN = "SELECT subject, version FROM mailing WHERE subject {among}"
_INSERT = """
    INSERT INTO mailing (
        id, subject, version, language, plan, state, due_at, attempts, expires_at, key_id, wrapped_key, sealed
    )
    VALUES (?, ?, ?, ?, ?, 'waiting', ?, 0, ?, ?, ?, ?)
"""
NOTE_EVENT = """
    INSERT INTO mailing_event (mailing, channel, event, at) VALUES (?, ?, ?, ?)
    ON CONFLICT (mailing, channel, event) DO NOTHING
"""
_ADDRESSED = "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One way to try: a channel by its name, what its events are recorded as, and whether it needs an address."""

    channel: str
    medium: NoticeChannel
    needs_address: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingOrder:
    """One person who is to get a version: in which language, where they are reached, and by which ways in turn."""

    subject: SubjectKey
    language: str
    contact: Contact = field(repr=False)
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What came of some orders: how many are new, were there already, or are of accounts that were erased."""

    new: int
    unchanged: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingCount:
    """How many mailings of a version in one language are in one state, with the channel that is tried or was last."""

    language: str
    channel: str
    state: MailingState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStanding:
    """How far a campaign is; `stopped_at` is None while it may send."""

    version: str
    started_at: int
    stopped_at: int | None
    counts: tuple[MailingCount, ...]

    def total(self, *states: MailingState) -> int:
        """Return how many mailings are in one of some states; in all of them when none is named."""
        return sum(one.count for one in self.counts if not states or one.state in states)


def start_campaign(register: Register, version: str, *, at: datetime) -> None:
    """Let a published version be sent, from now or again; the database refuses one that was not published.

    Raises:
        RegisterUnavailableError, QueueFullError: nothing was started; try again.
    """

    def write(batch: Batch) -> Outcome:
        batch.connection.execute(_START, (version, instant_of(at)))
        return Outcome()

    register.sequencer.submit(write)


def stop_campaign(register: Register, version: str, *, at: datetime) -> None:
    """Let nothing more of a version be sent until it is started again; what is in hand is finished.

    Raises:
        CampaignMissingError: it was never started.
    """

    def write(batch: Batch) -> Outcome:
        return Outcome(rows=batch.connection.execute(_STOP, (instant_of(at), version)).rowcount)

    if not register.sequencer.submit(write).rows:
        raise _missing(version)


def queue_mailings(
    register: Register, version: str, orders: Sequence[MailingOrder], *, expires_at: datetime, at: datetime
) -> Queued:
    """Have a version brought to some people; whoever has it, or is to get it already, stays as they are.

    Args:
        orders: of one person, the first counts.
        expires_at: when the address is destroyed, whatever became of the notice.

    Raises:
        RegisterUnavailableError, QueueFullError: what was not queued yet is queued by the next call.
    """
    new = closed = 0
    for start in range(0, len(orders), _CHUNK_ROWS):
        unit = _Queue(version=version, orders=orders[start : start + _CHUNK_ROWS], expires_at=expires_at, at=at)
        new += register.sequencer.submit(unit).rows
        closed += unit.closed
    return Queued(new=new, unchanged=len(orders) - new - closed, closed=closed)


def read_languages(register: Register) -> frozenset[str]:
    """Return the language tags that accounts have, or had before."""
    with register.reading() as connection:
        found = connection.execute(sa.select(account_fact.c.language).distinct()).scalars()
        return frozenset(tag for tag in found if tag is not None)


def is_stopped(register: Register, version: str) -> bool:
    """Tell whether a campaign may not send, because it was stopped or never started."""
    running = sa.select(campaign.c.version).where(campaign.c.version == version, campaign.c.stopped_at.is_(None))
    with register.reading() as connection:
        return connection.execute(running).first() is None


def read_standing(register: Register, version: str) -> CampaignStanding:
    """Return how far a campaign is.

    Raises:
        CampaignMissingError: it was never started.
    """
    grouped = (mailing.c.language, mailing.c.plan, mailing.c.state)
    counted = sa.select(*grouped, sa.func.count()).where(mailing.c.version == version).group_by(*grouped)
    begun = sa.select(campaign.c.started_at, campaign.c.stopped_at).where(campaign.c.version == version)
    with register.reading() as connection:
        found = connection.execute(begun).first()
        rows = connection.execute(counted).all()
    if found is None:
        raise _missing(version)
    counts = (
        MailingCount(language=language, channel=first_step(plan), state=MailingState(state), count=count)
        for language, plan, state, count in rows
    )
    order = sorted(counts, key=lambda one: (one.language, one.channel, one.state))
    return CampaignStanding(version=version, started_at=found[0], stopped_at=found[1], counts=tuple(order))


def write_plan(steps: Iterable[Step]) -> str:
    """Return steps as the column `plan` holds them: ``email/email@ in_app/in_app``; ``@`` marks one with an address."""
    return " ".join(f"{step.channel}/{step.medium}{_ADDRESSED * step.needs_address}" for step in steps)


def first_step(plan: str) -> str:
    """Return the name of the channel that a plan tries now."""
    return plan.partition("/")[0]


def rest_of(plan: str) -> str:
    """Return what is left of a plan after the way that it tries now."""
    return plan.partition(" ")[2]


def needs_address(plan: str) -> bool:
    """Tell whether a plan has a way that needs an address."""
    return _ADDRESSED in plan


@dataclass(slots=True, kw_only=True)
class _Queue:
    """The unit of work that queues some orders; `closed` tells how many were of accounts that stay out."""

    version: str
    orders: Sequence[MailingOrder]
    expires_at: datetime
    at: datetime
    closed: int = 0

    def __call__(self, batch: Batch) -> Outcome:
        wanted = {order.subject: order for order in reversed(self.orders)}
        subjects = sorted(wanted)
        rows = batch.connection.select_among(_KNOWN, subjects)
        known = {bytes(subject) for subject, version in rows if version == self.version}
        closed = find_closed(batch.connection, batch.keyring, [one for one in subjects if one not in known])
        self.closed = sum(order.subject in closed for order in self.orders)
        new = [order for subject, order in wanted.items() if subject not in known and subject not in closed]
        named = [(batch.draw(KEY_BYTES), order) for order in new]
        queued, instant = NoticeEvent.QUEUED.value, instant_of(self.at)
        events = [(name, order.steps[0].medium.value, queued, instant) for name, order in named]
        batch.connection.executemany(_INSERT, [self._row(batch, order, name) for name, order in named])
        batch.connection.executemany(NOTE_EVENT, events)
        return Outcome(rows=len(new))

    def _row(self, batch: Batch, order: MailingOrder, name: bytes) -> tuple[object, ...]:
        sealed = seal_contact(batch.keyring.envelope_keys, order.contact, mailing=name, draw=batch.draw)
        due, expires = instant_of(self.at), instant_of(self.expires_at)
        return name, order.subject, self.version, order.language, write_plan(order.steps), due, expires, *sealed


def _missing(version: str) -> CampaignMissingError:
    message = f"version {version} of the notice was never sent to anybody"
    return CampaignMissingError(message, hint="Start it by `demur campaign start`.")
