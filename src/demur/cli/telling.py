"""Tell those who are configured to be told: recipients of corpora what to delete, the platform whom to confirm to.

It runs beside the rounds that keep corpora up to date and never in them: a host that does not answer must not make a
heartbeat old. Whatever fails is tried again, later each time, and is counted as owed until it was done.
"""

import http.client
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol, Self

import msgspec

from demur.cli.configuration import RecipientSection
from demur.cli.errors import DeliveryFailedError, EffectUnfinishedError
from demur.cli.following import read_heartbeat
from demur.cli.recipients import RecipientFeed
from demur.cli.workspace import Workspace
from demur.exchange.deliveries import sign_delivery
from demur.kernel.clock import timestamp
from demur.kernel.errors import TransientError
from demur.kernel.files import DiskFullError
from demur.kernel.words import EffectKind
from demur.keys.references import reference_of
from demur.register.confirming import read_confirmable
from demur.register.effects import last_asked, owe_alike
from demur.register.mailing_reports import record_mailing_events
from demur.register.mailing_work import forget_addresses
from demur.register.outbox import PATIENCE, Effect, Handler, Worked, run_due
from demur.register.posting import post
from demur.register.store import Register

_JSON = "application/json"
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_REST = timedelta(minutes=1)
# A host may take its time to answer; whatever is cut off is told again.
_PATIENCE_SECONDS = 15.0
_NOTHING = Worked(done={}, failures=())
_encoder = msgspec.json.Encoder()


@dataclass(slots=True)
class _Host:
    """An address that is told something: how often it failed in a row, and until when it is left in peace."""

    url: str
    failures: int = 0
    rests_until: datetime = _ALWAYS

    def send(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> None:
        """Send a body; raise at once while the host is left in peace.

        Raises:
            DeliveryFailedError: it was not taken.
        """
        if at < self.rests_until:
            message = "a host did not answer a moment ago and is left in peace"
            raise DeliveryFailedError(message)
        try:
            self._post(body, headers)
        except DeliveryFailedError:
            self.failures += 1
            self.rests_until = at + min(_LONGEST_REST, PATIENCE.pause(self.failures))
            raise
        self.failures = 0

    def _post(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            status, _ = post(self.url, body, content_type=_JSON, headers=headers)
        except (OSError, http.client.HTTPException) as error:
            message = f"a host could not be told something ({type(error).__name__})"
            raise DeliveryFailedError(message, hint="`demur watch` tries it again; look at the host.") from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            message = f"a host did not take what it was told: status {status}"
            raise DeliveryFailedError(message, hint="`demur watch` tries it again; look at the host.")


@dataclass(slots=True)
class Telling:
    """Tells those whom the configuration names, and records what was learnt of notices since the last round."""

    workspace: Workspace
    register: Register
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _asked: dict[EffectKind, int] = field(default_factory=dict)

    def go_round(self) -> Worked:
        """Ask for what is owed now, write and send feeds, and do what is due.

        Raises:
            TransientError, DiskFullError, OSError: something could not be read or written now; the next round goes on.
            IntegrityError: a notice is not what was signed.
        """
        at = self.workspace.clock.now()
        record_mailing_events(self.register, at=at)
        forget_addresses(self.register, at=at)
        handlers = self._handlers()
        if not handlers:
            return _NOTHING
        for kind in handlers:
            self._ask(kind, at)
        return run_due(self.register, handlers, at=at, clock=self.workspace.clock)

    def _handlers(self) -> Mapping[EffectKind, Handler]:
        handlers: dict[EffectKind, Handler] = {}
        if self.workspace.configuration.recipients:
            handlers[EffectKind.REMOVAL_FEED] = self._feed_recipients()
        if self.workspace.configuration.confirmations is not None:
            handlers[EffectKind.CONFIRMATION] = self._confirm
        return handlers

    def _ask(self, kind: EffectKind, at: datetime) -> None:
        section = self.workspace.configuration.confirmations
        since = section.since if kind is EffectKind.CONFIRMATION and section is not None else _ALWAYS
        if kind not in self._asked:
            self._asked[kind] = self._first(kind)
        self._asked[kind] = owe_alike(self.register, kind, after=self._asked[kind], since=since, at=at)

    def _first(self, kind: EffectKind) -> int:
        asked = last_asked(self.register, kind)
        if asked >= 0 or kind is EffectKind.CONFIRMATION:
            return asked
        # A notice brings its recipient up to all that came before, so the newest entry stands for all of them.
        return last_asked(self.register, EffectKind.APPLY) - 1

    def _feed_recipients(self) -> Handler:
        """Write and send every feed, and return the handler that tells whether that was enough for an entry."""
        at = self.workspace.clock.now()
        # Read before the feeds are written: what a notice leaves out is then younger than what is claimed of it.
        beats = [
            (name, read_heartbeat(self.workspace, self.workspace.corpora / name))
            for name in self.workspace.corpus_names()
        ]
        feeds = recipient_feeds(self.workspace)
        failed: dict[str, DeliveryFailedError] = {}
        for feed in feeds:
            feed.write([(name, beat) for name, beat in beats if beat is not None], at=at)
            try:
                feed.push(lambda url, body, headers: self._host(url).send(body, headers, at=at), at=at)
            except DeliveryFailedError as error:
                failed[feed.name] = error
        given = {corpus for feed in feeds for corpus in feed.corpora}
        sizes = [beat.log_size if beat else 0 for name, beat in beats if name in given]

        def check_told(effect: Effect) -> None:
            behind = sum(size <= effect.ref for size in sizes)
            if behind:
                message = f"{behind} of {len(sizes)} corpora do not reflect entry {effect.ref} of the log yet"
                raise EffectUnfinishedError(message)
            for error in failed.values():
                raise error

        return check_told

    def _confirm(self, effect: Effect) -> None:
        """Ask the platform to tell the person; an entry that concerns nobody, or was erased, needs nothing."""
        section = self.workspace.configuration.confirmations
        found = read_confirmable(self.register, effect.ref)
        if section is None or found is None:
            return
        keyring, at = self.workspace.keyring, self.workspace.clock.now()
        body = _encoder.encode(
            {
                "event": found.kind.value,
                "entry": found.index,
                "received_at": timestamp(found.received_at),
                "references": [reference_of(keyring, subject) for subject in found.subjects],
            }
        )
        name = f"confirmation/{found.index}"
        headers = sign_delivery(body, url=section.url, name=name, at=at, signer=keyring.document_signer)
        self._host(section.url).send(body, headers, at=at)

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(url, _Host(url))


class Rounds(Protocol):
    """What is done round after round beside the corpora."""

    def go_round(self) -> Worked:
        """Do what is due."""
        ...


class TellingThread:
    """Goes round after round on a thread of its own; `check` raises what ended it."""

    def __init__(self, telling: Rounds, *, seconds_between: float) -> None:
        """Remember what to do; nothing runs yet."""
        self._telling = telling
        self._seconds_between = seconds_between
        self._is_over = threading.Event()
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._worked = _NOTHING
        self._thread = threading.Thread(target=self._run, name="demur-telling", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Finish the round that is under way, and stop."""
        self._is_over.set()
        self._thread.join(_PATIENCE_SECONDS)

    def check(self) -> None:
        """Raise what ended the thread, if something did."""
        if self._failure is not None:
            raise self._failure

    def take(self) -> Worked:
        """Return what was done since this was asked last."""
        with self._lock:
            worked, self._worked = self._worked, _NOTHING
        return worked

    def _keep(self, worked: Worked) -> None:
        with self._lock:
            done = Counter(self._worked.done) + Counter(worked.done)
            self._worked = Worked(done=dict(done), failures=(*self._worked.failures, *worked.failures))

    def _run(self) -> None:
        while not self._is_over.wait(self._seconds_between):
            try:
                self._keep(self._telling.go_round())
            except (TransientError, DiskFullError, OSError):
                continue
            except BaseException as error:  # noqa: BLE001 -- raised again where somebody hears it
                self._failure = error
                return


def recipient_feeds(workspace: Workspace) -> list[RecipientFeed]:
    """Return the feed of every recipient of the configuration."""
    return [_feed_of(workspace, section) for section in workspace.configuration.recipients]


def _feed_of(workspace: Workspace, section: RecipientSection) -> RecipientFeed:
    return RecipientFeed(
        name=section.name,
        corpora=frozenset(section.corpora),
        folder=workspace.feeds / section.name,
        url=section.url,
        signer=workspace.keyring.document_signer,
    )
