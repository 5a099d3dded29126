"""The gate before an open objection: it opens for everybody, at once or in turn."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from demur.kernel.errors import TransientError
from demur.keys.keyring import Keyring
from demur.web.admission.load import Load, LoadThreshold
from demur.web.admission.store import AdmissionStore
from demur.web.admission.tickets import MAX_TICKET_CHARACTERS, Ticket, TicketOffice
from demur.web.admission.work import Challenge, Workbench, WorkRate
from demur.web.api.limits import Limiter, Rate
from demur.web.errors import TicketRefusedError, WorkNeededError, WorkRefusedError

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRate:
    """How the slow lane moves.

    Attributes:
        wait_seconds: what everybody waits at least.
        per_second: how many turns one network gets each second, on and on; the others wait for no one but their own.
        burst: how many at once after a pause.
        longest_seconds: nobody waits longer, however many of their network wait.
    """

    wait_seconds: float = 10.0
    per_second: float = 1.0
    burst: int = 20
    longest_seconds: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionSettings:
    """When work or patience is asked for, and how much; `path` is where the processes of one machine share it."""

    path: Path | None = None
    threshold: LoadThreshold = field(default_factory=LoadThreshold)
    work: WorkRate = field(default_factory=WorkRate)
    lane: LaneRate = field(default_factory=LaneRate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a request shows at the gate: a solution, a ticket, or neither; texts as they came.

    Attributes:
        content: what was entered, for a page that has to keep it while a person waits.
    """

    solution: str = ""
    ticket: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """How somebody was let in: because the gate is `open`, by `work`, or in `turn`."""

    by: str


class Gate:
    """Lets open objections in; thread-safe."""

    def __init__(
        self, settings: AdmissionSettings, keyring: Keyring, *, seconds: Callable[[], float] = time.time
    ) -> None:
        """Open what the processes share.

        Args:
            settings: when it asks for what.
            keyring: challenges and tickets are signed and sealed under keys that are derived from it.
            seconds: tells the seconds since 1970.
        """
        self._seconds = seconds
        self._store = AdmissionStore(settings.path)
        self._lane = settings.lane
        self._turns = Limiter(
            Rate(
                per_second=settings.lane.per_second,
                burst=settings.lane.burst,
                max_delay_seconds=settings.lane.longest_seconds,
            ),
            seconds,
        )
        self._turns_lock = threading.Lock()
        self.load = Load(settings.threshold, self._store, seconds)
        self.bench = Workbench.of(keyring, settings.work)
        self.office = TicketOffice.of(keyring)

    def challenge(self) -> Challenge:
        """Return a new challenge."""
        return self.bench.challenge(now=self._seconds())

    @contextlib.contextmanager
    def admitting(self, shown: Shown, *, who: str | None, waiting: int) -> Iterator[Pass]:
        """Let one open objection in; what it spent is good again when the register could not take it now.

        Args:
            shown: what the request shows.
            who: the network that it comes from.
            waiting: how many requests wait for the sequencer.

        Raises:
            WorkNeededError: there is load, and nothing was shown, or a ticket before its turn; a ticket comes along.
            WorkRefusedError: the solution does not hold, or was used before.
            TicketRefusedError: the ticket does not open, was used before, or is too old.
            ComeAgainError: admission cannot be settled now.
        """
        key = self._admit(shown, who=who, waiting=waiting)
        try:
            yield Pass(by="open" if key is None else "work" if shown.solution else "turn")
        except TransientError:
            if key is not None:
                self._store.give_back(key)
            raise

    def close(self) -> None:
        """Close what the processes share."""
        self._store.close()

    def seal(self, who: str | None, content: bytes = b"") -> WorkNeededError:
        """Return the refusal that carries the next turn of a network, with what was entered sealed into its ticket."""
        now = self._seconds()
        with self._turns_lock:
            queued = self._turns.delay(who or _UNKNOWN)
        wait = self._lane.wait_seconds + min(queued, self._lane.longest_seconds)
        return _wait(self.office.seal(now + wait, content), wait)

    def open_ticket(self, text: str) -> Ticket:
        """Return what a ticket says; raises `TicketRefusedError`."""
        if len(text) > MAX_TICKET_CHARACTERS:
            message = f"the ticket has more than {MAX_TICKET_CHARACTERS} characters"
            raise TicketRefusedError(message, hint="Send the objection again without a ticket.")
        return self.office.open(text)

    def seconds_until(self, ticket: Ticket) -> float:
        """Return how long it is until the turn of a ticket; 0 when it has come."""
        return max(0.0, ticket.turn - self._seconds())

    def _admit(self, shown: Shown, *, who: str | None, waiting: int) -> bytes | None:
        """Return what was spent; None when nothing was asked for."""
        if not self.load.count(waiting):
            return None
        if shown.solution:
            return self._spend_work(shown.solution)
        if shown.ticket:
            return self._spend_ticket(shown.ticket)
        raise self.seal(who, shown.content)

    def _spend_work(self, solution: str) -> bytes:
        now = self._seconds()
        work = self.bench.check(solution, now=now)
        if not self._store.spend(work.key, until=work.ends, now=now):
            message = "the challenge was solved and used before"
            raise WorkRefusedError(message, hint="Get another challenge from /api/v1/challenge.")
        return work.key

    def _spend_ticket(self, text: str) -> bytes:
        now = self._seconds()
        ticket = self.open_ticket(text)
        if now < ticket.turn:
            raise _wait(text, ticket.turn - now)
        if now >= ticket.ends:
            message = "the ticket was good until an hour after its turn"
            raise TicketRefusedError(message, hint="Send the objection again without a ticket.")
        if not self._store.spend(ticket.key, until=ticket.ends, now=now):
            message = "the ticket was used before"
            raise TicketRefusedError(message, hint="Send the objection again without a ticket.")
        return ticket.key


def _wait(ticket: str, seconds: float) -> WorkNeededError:
    message = "many objections come at once, so this one has to wait its turn; it was not recorded yet"
    hint = "Send it again with this ticket after the seconds in Retry-After, or solve /api/v1/challenge first."
    return WorkNeededError(message, seconds=seconds, ticket=ticket, hint=hint)
