"""The sender of a campaign: takes mailings that are due, hands them to their channels, and says what became of each.

It may be killed at any instant and started again, here or elsewhere: what a channel has surely not taken is sent, what
it may have taken goes to the next channel, and nobody is left out.
"""

import http.client
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta

from demur.cli.configuration import MailSection, NoticesSection
from demur.cli.errors import ConfigurationInvalidError
from demur.cli.workspace import Workspace
from demur.kernel.errors import DemurError, TransientError
from demur.kernel.words import MailingState
from demur.keys.references import reference_of
from demur.keys.subjects import SubjectKey
from demur.notices.addresses import check_address
from demur.notices.channel import Addresses, Errand, NoticeChannel, Tools
from demur.notices.channels import open_channel
from demur.notices.errors import AddressRefusedError, HandoverUncertainError
from demur.notices.message import NoticeMessage
from demur.notices.published import PublishedTexts
from demur.register.mailing import Step, is_stopped, read_standing
from demur.register.mailing_reports import record_mailing_events
from demur.register.mailing_work import (
    EXPIRED,
    HandedOver,
    NotHandedOver,
    Settled,
    TakenMailing,
    forget_addresses,
    next_due,
    take_next,
)
from demur.register.outbox import Patience
from demur.register.posting import post
from demur.register.store import Register
from demur.web.links import make_link

Report = Callable[[str, int, int], None]
_JSON = "application/json"
# What waits longer than this after a failure is left to the next run.
_LONGEST_WAIT = timedelta(seconds=90)
_SHORTEST_REST, _LONGEST_REST = 0.02, 1.0
_LONG_PAUSE_SECONDS = 0.05
_STORE_AGAIN_SECONDS = 1.0
_STORE_ATTEMPTS = 20
_RECORD_AFTER = 5_000


@dataclass(slots=True, kw_only=True)
class Channels:
    """The channels of an installation, opened by their names; each worker has its own."""

    workspace: Workspace
    section: NoticesSection

    def open(self) -> dict[str, NoticeChannel]:
        """Return a channel for each name of the configuration.

        Raises:
            ChannelUnknownError: there is none of a name, or its settings do not fit it.
            ConfigurationInvalidError: mails are to be sent, and there is no section for them.
        """
        keyring = self.workspace.keyring
        tools = Tools(platform=keyring.platform, clock=self.workspace.clock, signer=keyring.document_signer, post=_post)
        return {name: open_channel(name, self._settings(name), tools=tools) for name in self.section.channels}

    def steps(self) -> tuple[Step, ...]:
        """Return the ways that are tried for a person, in their order."""
        return tuple(
            Step(channel=name, medium=channel.medium, needs_address=channel.needs_address)
            for name, channel in self.open().items()
        )

    def _settings(self, name: str) -> Mapping[str, object]:
        if name != "email":
            return self.section.settings.get(name, {})
        mail = self.workspace.configuration.mail
        if mail is None:
            message = "notices go out by email, and there is no section [mail]"
            raise ConfigurationInvalidError(message, hint="docs/reference/configuration.md lists its keys.")
        return _mail_settings(mail, self.workspace)


@dataclass(slots=True, kw_only=True)
class Sending:
    """Sends what is due of one version.

    Attributes:
        wait: pauses for some seconds; tests give their own.
    """

    workspace: Workspace
    register: Register
    section: NoticesSection
    texts: PublishedTexts
    channels: Channels
    wait: Callable[[float], None] = time.sleep
    _lanes: list[dict[str, NoticeChannel]] = field(default_factory=list)

    @property
    def patience(self) -> Patience:
        """Return how long a worker holds a mailing, and how often what fails is tried."""
        return Patience(lease=timedelta(seconds=self.section.lease_seconds))

    def run(self, report: Report) -> None:
        """Send until nothing is due any more, or the campaign is stopped.

        Raises:
            RegisterUnavailableError, QueueFullError: what was handed over could not be written down for long; what was
                in hand then counts as uncertain.
        """
        self._lanes = [self.channels.open() for _ in range(self.section.connections)]
        settled: list[Settled] = []
        try:
            with ThreadPoolExecutor(self.section.connections) as pool:
                self._send_all(pool, settled, report)
        finally:
            # Interrupted too: what is done is done.
            self._take(settled, most=0)
            record_mailing_events(self.register, at=self.workspace.clock.now())
            for channel in (channel for lane in self._lanes for channel in lane.values()):
                channel.close()

    def _send_all(self, pool: ThreadPoolExecutor, settled: list[Settled], report: Report) -> None:
        count, free_at = 0, time.monotonic()
        total, done = self._progress()
        while True:
            taken = self._take(settled, most=self._most())
            settled.clear()
            if not taken:
                if not self._rest():
                    return
                continue
            self._hand_over_all(pool, taken, settled)
            count += len(taken)
            report("send", min(done + count, total), total)
            if count % _RECORD_AFTER < len(taken):
                record_mailing_events(self.register, at=self.workspace.clock.now())
                forget_addresses(self.register, at=self.workspace.clock.now())
            free_at = max(free_at, time.monotonic()) + len(taken) / self.section.per_second
            if free_at - time.monotonic() > _LONG_PAUSE_SECONDS:
                # What is done is not left in doubt meanwhile.
                self._take(settled, most=0)
                settled.clear()
            self.wait(max(0.0, free_at - time.monotonic()))

    def _hand_over_all(self, pool: ThreadPoolExecutor, taken: Sequence[TakenMailing], settled: list[Settled]) -> None:
        handed = [pool.submit(self._hand_over, one, lane) for one, lane in zip(taken, self._lanes, strict=False)]
        try:
            wait(handed)
        finally:
            # Ctrl-C comes in between: what is on its way arrives, and is written down.
            settled += [one.result() for one in handed]

    def _most(self) -> int:
        """Return how many are taken at once: no more than may be sent in a second, so that the rate is even."""
        return max(1, min(self.section.connections, int(self.section.per_second)))

    def _take(self, settled: Sequence[Settled], *, most: int) -> list[TakenMailing]:
        for attempt in range(_STORE_ATTEMPTS):
            try:
                return take_next(
                    self.register,
                    self.texts.version,
                    tuple(settled),
                    most=most,
                    at=self.workspace.clock.now(),
                    patience=self.patience,
                )
            except TransientError:
                if attempt + 1 == _STORE_ATTEMPTS:
                    raise
                self.wait(_STORE_AGAIN_SECONDS)
        return []

    def _progress(self) -> tuple[int, int]:
        standing = read_standing(self.register, self.texts.version)
        total = standing.total()
        return total, total - standing.total(MailingState.WAITING, MailingState.SENDING)

    def _rest(self) -> bool:
        """Wait until something is due again, and tell whether that is soon; a campaign that is stopped has no soon."""
        if is_stopped(self.register, self.texts.version):
            return False
        due, now = next_due(self.register, self.texts.version), self.workspace.clock.now()
        if due is None or due - now > _LONGEST_WAIT:
            return False
        self.wait(min(_LONGEST_REST, max(_SHORTEST_REST, (due - now).total_seconds())))
        return True

    def _hand_over(self, taken: TakenMailing, lane: Mapping[str, NoticeChannel]) -> Settled:
        channel = lane.get(taken.channel)
        if channel is None:
            # The configuration has lost it: the next way is tried.
            return self._failed(taken, next(iter(lane.values())), "channel-unknown", is_final=True)
        if channel.needs_address and taken.contact.address is None:
            return self._failed(taken, channel, EXPIRED, is_final=True)
        try:
            event = channel.send(self._errand(taken))
        except AddressRefusedError as error:
            return self._failed(taken, channel, error.code, is_final=True, is_refused=True)
        except HandoverUncertainError as error:
            return self._failed(taken, channel, error.code, is_final=True)
        except DemurError as error:
            return self._failed(taken, channel, error.code, is_final=False)
        return HandedOver(
            id=taken.id, attempts=taken.attempts, channel=taken.channel, medium=channel.medium, event=event
        )

    def _failed(
        self, taken: TakenMailing, channel: NoticeChannel, code: str, *, is_final: bool, is_refused: bool = False
    ) -> NotHandedOver:
        return NotHandedOver(
            id=taken.id,
            attempts=taken.attempts,
            channel=taken.channel,
            medium=channel.medium,
            code=code,
            is_final=is_final,
            is_refused=is_refused,
        )

    def _errand(self, taken: TakenMailing) -> Errand:
        keyring = self.workspace.keyring
        return Errand(
            mailing=taken.id,
            message=self._message(taken.language),
            addresses=self._addresses(taken.subject, taken.language),
            reference=reference_of(keyring, taken.subject),
            address=taken.contact.address,
            attempt=taken.attempts,
        )

    def _message(self, language: str) -> NoticeMessage:
        return self.texts.messages[language]

    def _addresses(self, subject: SubjectKey, language: str) -> Addresses:
        base = self.section.address.rstrip("/")
        token = make_link(self.workspace.keyring, subject)
        # In the language of the notice at every further step, whatever the browser prefers.
        return Addresses(
            objection=f"{base}/object/{token}?lang={language}",
            notice=f"{base}/notice/{self.texts.version}?lang={language}",
        )


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    try:
        status, _ = post(url, body, content_type=_JSON, headers=headers)
    except http.client.HTTPException as error:
        raise OSError(None, type(error).__name__) from error
    return status


def _mail_settings(mail: MailSection, workspace: Workspace) -> Mapping[str, object]:
    addresses = {"sender": mail.sender, "bounces": mail.bounces, "replies": mail.replies or mail.sender}
    try:
        checked = {name: check_address(address) for name, address in addresses.items()}
    except AddressRefusedError as error:
        message = "an address of section [mail] is none that mails can be sent from"
        raise ConfigurationInvalidError(message, hint="Correct sender, bounces and replies.") from error
    return {
        "sender": {
            "address": checked["sender"],
            "name": mail.name,
            "bounces": checked["bounces"],
            "replies": checked["replies"],
        },
        "host": mail.host,
        "port": mail.port,
        "tls": mail.tls,
        "user": mail.user,
        "password": _read_password(mail, workspace),
        "seconds_to_wait": mail.seconds_to_wait,
    }


def _read_password(mail: MailSection, workspace: Workspace) -> str | None:
    if mail.password_file is None:
        return None
    path = workspace.root / mail.password_file
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        message = f"the password of the mail server at {path} cannot be read ({error.strerror})"
        raise ConfigurationInvalidError(message, hint="Correct mail.password_file.") from error
