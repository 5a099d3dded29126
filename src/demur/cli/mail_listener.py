"""Taking mails by LMTP (RFC 2033), for mail servers that hand over what arrives for a mailbox."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from demur.cli.receiving import Intake
from demur.kernel.clock import Clock
from demur.kernel.errors import DemurError
from demur.notices.incoming import MOST_BYTES
from demur.register.mailing_reports import record_mailing_events
from demur.register.store import Register

_TAKEN = "250 2.0.0 taken"
_LATER = "451 4.3.0 not stored, try again"
_SECONDS_BETWEEN_RECORDS = 5.0


class _Handler:
    """Answers each mail when what it says is on disk."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        del server, session
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        recipient = " ".join(envelope.rcpt_tos)
        try:
            await asyncio.to_thread(
                self._intake.take, content, recipient=recipient, received_at=self._intake.clock.now()
            )
        except DemurError:
            return _LATER
        return _TAKEN


class _Listener(Controller):
    def factory(self) -> SMTP:
        return LMTP(self.handler, data_size_limit=MOST_BYTES, ident="demur")


@contextmanager
def listening(register: Register, clock: Clock, *, host: str, port: int) -> Iterator[None]:
    """Take mails while the block runs, and record what they say when it ends."""
    controller = _Listener(_Handler(Intake(register, clock)), hostname=host, port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()
        record_mailing_events(register, at=clock.now())


def listen_until_interrupted(
    register: Register, clock: Clock, *, host: str, port: int, ready: Callable[[], None]
) -> None:
    """Take mails until Ctrl-C; `ready` is called once it listens."""
    is_over = threading.Event()
    with listening(register, clock, host=host, port=port), suppress(KeyboardInterrupt):
        ready()
        while not is_over.wait(_SECONDS_BETWEEN_RECORDS):
            record_mailing_events(register, at=clock.now())
