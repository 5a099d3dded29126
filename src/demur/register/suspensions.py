"""The verbs of whoever may stop the processing: suspend, lift, and undertake to erase a window of data.

A stop holds from the next snapshot on. Intake, notices and answers go on meanwhile (REQUIREMENTS SUS-1 to SUS-5).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
import sqlalchemy as sa

from demur.kernel.clock import timestamp
from demur.kernel.words import ItemKind, Product
from demur.register.batch import Batch, Outcome
from demur.register.errors import ScopeInvalidError, SuspensionMissingError
from demur.register.schema import datetime_of, instant_of, lifting, suspension
from demur.register.store import Register

# One without a time zone cannot be compared with those of the register.
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_COUNTRY = re.compile("[A-Z]{2}", re.ASCII)

_SAME_SCOPE = """
    s.country IS NOT DISTINCT FROM :country AND s.product IS NOT DISTINCT FROM :product
    AND s.kind IS NOT DISTINCT FROM :kind
    AND s.created_from IS NOT DISTINCT FROM :created_from AND s.created_until IS NOT DISTINCT FROM :created_until
"""
_FIND_SAME = f"""
    SELECT number FROM suspension AS s WHERE {_SAME_SCOPE}
    AND NOT EXISTS (SELECT 1 FROM lifting AS l WHERE l.number = s.number)
"""  # noqa: S608 -- no value in it
_FIND_LAST = f"SELECT MAX(number) FROM suspension AS s WHERE {_SAME_SCOPE}"  # noqa: S608 -- no value in it
_START = """
    INSERT INTO suspension (country, product, kind, created_from, created_until, since)
    VALUES (:country, :product, :kind, :created_from, :created_until, :at) RETURNING number
"""
_LIFT = """
    INSERT INTO lifting (number, at) SELECT number, CAST(:at AS BIGINT) FROM suspension WHERE number = :number
    ON CONFLICT (number) DO NOTHING
"""
_UNDERTAKE = """
    INSERT INTO undertaking (field, since, until, at)
    SELECT CAST(:field AS TEXT), CAST(:since AS BIGINT), CAST(:until AS BIGINT), CAST(:at AS BIGINT)
    WHERE NOT EXISTS (
        SELECT 1 FROM undertaking
        WHERE field IS NOT DISTINCT FROM :field AND since = :since AND until IS NOT DISTINCT FROM :until
    )
"""


class ItemInstant(StrEnum):
    """The instant of an item that a window of an undertaking is about."""

    CREATED_AT = "created_at"
    COLLECTED_AT = "collected_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """What is stopped; None in a field means everything, so one without any field stops it all.

    Attributes:
        country: two letters A-Z; items of authors of that country.
        created_from: items from this instant on, `created_until` items before that one.
    """

    country: str | None = None
    product: Product | None = None
    kind: ItemKind | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undertaking:
    """A window of data that the controller undertook to erase, from `since` on and before `until`.

    Attributes:
        until: None for a window without end.
        field: which instant of an item the window is about; None for each of them.
    """

    since: datetime
    until: datetime | None = None
    field: ItemInstant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSuspension:
    """A suspension that was not lifted: its number, by which it is lifted, what it stops, and since when."""

    number: int
    stops: Suspension
    since: datetime


class AskedSuspension(msgspec.Struct, frozen=True, kw_only=True, tag="suspension", forbid_unknown_fields=True):
    """The unit of work that stops something from an instant on; what is stopped already is not stopped twice."""

    country: str | None
    product: Product | None
    kind: ItemKind | None
    created_from: Instant | None
    created_until: Instant | None
    at: Instant

    def __call__(self, batch: Batch) -> Outcome:
        """Write it; raises `ScopeInvalidError`."""
        _check_country(self.country)
        _check_window(self.created_from, self.created_until)
        asked = _asked(self)
        if batch.connection.execute(_FIND_SAME, asked).fetchone() is not None:
            return Outcome(rows=0)
        batch.connection.execute(_START, {**asked, "at": instant_of(self.at)})
        return Outcome(rows=1)


def suspend(register: Register, stops: Suspension, *, at: datetime) -> int:
    """Stop the processing of what is named, and return the number of the suspension.

    What is suspended already stays so under its first number. Returns only after it is on disk. One person is enough:
    a stop must never wait (ADR-0024).

    Raises:
        ScopeInvalidError: the country is no code of two letters, or the window is empty.
        RegisterUnavailableError, QueueFullError: nothing was stopped; try again.
    """
    unit = AskedSuspension(
        country=stops.country,
        product=stops.product,
        kind=stops.kind,
        created_from=stops.created_from,
        created_until=stops.created_until,
        at=at,
    )
    register.sequencer.submit(unit)
    with register.reading() as connection:
        return int(connection.execute(sa.text(_FIND_LAST), _asked(unit)).scalar_one())


def lift(register: Register, number: int, *, at: datetime) -> None:
    """End a suspension; one that was lifted before keeps the instant of the first time.

    Raises:
        SuspensionMissingError: there is no suspension with this number.
        RegisterUnavailableError, QueueFullError: nothing was stored; try again.
    """

    def write(batch: Batch) -> Outcome:
        known = batch.connection.execute("SELECT 1 FROM suspension WHERE number = ?", (number,)).fetchone()
        if known is None:
            message = f"there is no suspension {number}"
            raise SuspensionMissingError(message, hint="Run `demur register status`: it lists those in force.")
        write_lifting(batch, number, at=at)
        return Outcome()

    register.sequencer.submit(write)


def write_lifting(batch: Batch, number: int, *, at: datetime) -> None:
    """Write in an open batch that a suspension, which is there, ends; one that has ended keeps its end."""
    batch.connection.execute(_LIFT, {"number": number, "at": instant_of(at)})


def undertake_erasure(register: Register, undertaking: Undertaking, *, at: datetime) -> bool:
    """Record a window of data that is to be erased and never used; tell whether it is a new one.

    An undertaking is not taken back. Returns only after it is on disk.

    Raises:
        ScopeInvalidError: the window is empty.
        RegisterUnavailableError, QueueFullError: nothing was stored; try again.
    """
    _check_window(undertaking.since, undertaking.until)
    row = {
        "field": undertaking.field and undertaking.field.value,
        "since": instant_of(undertaking.since),
        "until": undertaking.until and instant_of(undertaking.until),
        "at": instant_of(at),
    }

    def write(batch: Batch) -> Outcome:
        return Outcome(rows=batch.connection.execute(_UNDERTAKE, row).rowcount)

    return register.sequencer.submit(write).rows > 0


def read_running(register: Register) -> tuple[RunningSuspension, ...]:
    """Return the suspensions that nobody has lifted, in the order of their numbers."""
    stop = suspension.c
    rows = sa.select(suspension).where(stop.number.not_in(sa.select(lifting.c.number))).order_by(stop.number)
    with register.reading() as connection:
        return tuple(_running(row) for row in connection.execute(rows))


def _asked(unit: AskedSuspension) -> dict[str, str | int | None]:
    return {
        "country": unit.country,
        "product": unit.product and unit.product.value,
        "kind": unit.kind and unit.kind.value,
        "created_from": None if unit.created_from is None else instant_of(unit.created_from),
        "created_until": None if unit.created_until is None else instant_of(unit.created_until),
    }


def _running(row: sa.Row[tuple[object, ...]]) -> RunningSuspension:
    stops = Suspension(
        country=row.country,
        product=row.product and Product(row.product),
        kind=row.kind and ItemKind(row.kind),
        created_from=None if row.created_from is None else datetime_of(row.created_from),
        created_until=None if row.created_until is None else datetime_of(row.created_until),
    )
    return RunningSuspension(number=row.number, stops=stops, since=datetime_of(row.since))


def _check_country(country: str | None) -> None:
    if country is not None and _COUNTRY.fullmatch(country) is None:
        message = f"the country {country!r} is no code of two letters A-Z"
        raise ScopeInvalidError(message, hint="Write the code of ISO 3166-1, such as DE.")


def _check_window(since: datetime | None, until: datetime | None) -> None:
    if since is not None and until is not None and until <= since:
        message = f"the window ends at {timestamp(until)}, not later than it begins, {timestamp(since)}"
        raise ScopeInvalidError(message, hint="The end is the first instant after the window.")
