"""The notice as a mail that a real server has taken: people read its plain text, and the server may be down.

The campaign is a real one: a version published in every language, mailings queued in the register, handed over by the
channel that speaks SMTP. Only its worker is shorter than the command's: it takes what is due, once.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import SystemClock
from demur.kernel.words import MailingState
from demur.keys.references import reference_of
from demur.notices.channel import Addresses, Errand, Tools
from demur.notices.errors import ChannelBusyError
from demur.notices.languages import LANGUAGES
from demur.notices.mail import Sender
from demur.notices.message import NoticeMessage
from demur.notices.publication import draft_version, write_document
from demur.notices.published import read_texts
from demur.notices.smtp import SmtpChannel, SmtpSettings
from demur.notices.version import Element, NoticeVersion, Texts
from demur.register.mailing import MailingOrder, Step, queue_mailings, read_standing, start_campaign
from demur.register.mailing_addresses import Contact
from demur.register.mailing_versions import publish_version
from demur.register.mailing_work import HandedOver, NotHandedOver, Settled, TakenMailing, take_next
from demur.register.store import Register
from demur.testing.portal.errors import DeadEndError
from demur.testing.portal.world import Person, World
from demur.web.links import make_link
from demur.web.notices.texts import translator

VERSION = "2026-01"
_SENDER = Sender(
    address="privacy@agora.example", name="Agora", bounces="bounces@agora.example", replies="replies@agora.example"
)
_KEPT = timedelta(days=14)


class _Taker:
    """Takes every mail."""

    def __init__(self, mails: dict[str, bytes]) -> None:
        self._mails = mails

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        del server, session
        self._mails[envelope.rcpt_tos[0]] = envelope.content if isinstance(envelope.content, bytes) else b""
        return "250 2.0.0 taken"


@dataclass(slots=True)
class MailServer:
    """A mail server on the loopback address, and the last mail that it took for each address."""

    port: int
    mails: dict[str, bytes] = field(default_factory=dict)
    _running: Controller | None = None

    def start(self) -> None:
        """Let it take mails."""
        self._running = Controller(_Taker(self.mails), hostname="127.0.0.1", port=self.port)
        self._running.start()

    def stop(self) -> None:
        """Let nobody answer at its port."""
        if self._running is not None:
            self._running.stop()
            self._running = None


@dataclass(slots=True, kw_only=True)
class Post:
    """The campaign of a world, and the mail server that it goes through."""

    world: World
    server: MailServer
    _register: Register
    _messages: dict[str, NoticeMessage]
    _channel: SmtpChannel

    def send(self, person: Person, language: str) -> None:
        """Have the notice brought to somebody, and try at once."""
        way = Step(channel="email", medium=SmtpChannel.medium, needs_address=True)
        contact, now = Contact(address=self._address(person)), datetime.now(tz=UTC)
        order = MailingOrder(subject=person.subject, language=language, contact=contact, steps=(way,))
        queue_mailings(self._register, VERSION, [order], expires_at=now + _KEPT, at=now)
        self._send_due(now)

    def send_later(self) -> None:
        """Try what is still waiting, as if some time had gone by."""
        self._send_due(datetime.now(tz=UTC) + timedelta(minutes=1))

    def waiting(self) -> int:
        """Return how many notices no channel has taken yet."""
        return read_standing(self._register, VERSION).total(MailingState.WAITING, MailingState.SENDING)

    def mail_to(self, person: Person) -> EmailMessage:
        """Return what the server took for somebody.

        Raises:
            DeadEndError: nothing.
        """
        content = self.server.mails.get(self._address(person))
        if content is None:
            message = "no mail has come"
            raise DeadEndError(message)
        return message_from_bytes(content, policy=default)

    def _send_due(self, at: datetime) -> None:
        settled: list[Settled] = []
        while taken := take_next(self._register, VERSION, settled, most=10, at=at):
            settled = [self._hand_over(one) for one in taken]
        self._channel.close()

    def _hand_over(self, taken: TakenMailing) -> Settled:
        name, attempts, channel, medium = taken.id, taken.attempts, taken.channel, SmtpChannel.medium
        try:
            event = self._channel.send(self._errand(taken))
        except ChannelBusyError as error:
            return NotHandedOver(
                id=name, attempts=attempts, channel=channel, medium=medium, code=error.code, is_final=False
            )
        return HandedOver(id=name, attempts=attempts, channel=channel, medium=medium, event=event)

    def _errand(self, taken: TakenMailing) -> Errand:
        base, language = f"http://127.0.0.1:{self.world.port}", taken.language
        token = make_link(self.world.keyring, taken.subject)
        return Errand(
            mailing=taken.id,
            message=self._messages[language],
            addresses=Addresses(
                objection=f"{base}/object/{token}?lang={language}", notice=f"{base}/notice/{VERSION}?lang={language}"
            ),
            reference=reference_of(self.world.keyring, taken.subject),
            address=taken.contact.address,
            attempt=taken.attempts,
        )

    def _address(self, person: Person) -> str:
        return f"{person.account}@people.example"


@contextmanager
def open_post(world: World) -> Iterator[Post]:
    """Publish a version in every language, begin its campaign and start a mail server; stop it at the end."""
    with ExitStack() as stack:
        register = stack.enter_context(world.installation.open_register(publishes=False))
        messages = _publish(register)
        with socket.create_server(("127.0.0.1", 0)) as free:
            server = MailServer(free.getsockname()[1])
        server.start()
        stack.callback(server.stop)
        tools = Tools(platform="Agora", clock=SystemClock(), signer=world.keyring.document_signer, post=_post_nothing)
        channel = SmtpChannel(SmtpSettings(sender=_SENDER, port=server.port), tools)
        yield Post(world=world, server=server, _register=register, _messages=messages, _channel=channel)


def _publish(register: Register) -> dict[str, NoticeMessage]:
    texts = Texts(**{element.value: f"({element.value})" for element in Element})
    languages = dict.fromkeys(LANGUAGES, texts)
    version = NoticeVersion(version=VERSION, platform="Agora", change="first", languages=languages)
    keyring, now = register.keyring, datetime.now(tz=UTC)
    document = write_document(draft_version(version, translator, spoken=()), origin=keyring.log_signer.name)
    note = keyring.document_signer.sign(f"demur/v1/notice\n{VERSION}\n{sha256_hex(document)}\n")
    publish_version(register, VERSION, document, note=note, languages=sorted(languages), at=now)
    start_campaign(register, VERSION, at=now)
    return dict(read_texts(document).messages)


def _post_nothing(url: str, body: bytes, headers: object) -> int:
    del url, body, headers
    raise OSError
