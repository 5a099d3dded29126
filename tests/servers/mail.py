"""A mail server in the process of a test: it keeps what it took, and refuses whom the test says."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller


@dataclass(slots=True)
class MailServer:
    """What the server took, and how it answers: ``gone...`` does not exist, ``norelay...`` is not taken from us."""

    port: int
    mails: list[tuple[str, str, bytes]] = field(default_factory=list)
    hangs_up: bool = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 -- aiosmtpd calls it so
        if address.startswith("gone"):
            return "550 5.1.1 no such user"
        if address.startswith("norelay"):
            return "554 5.7.1 relay access denied"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 good"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- as above
        self.mails.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.content))
        if self.hangs_up:
            server.transport.abort()
        return "250 2.0.0 taken"

    def recipients(self) -> list[str]:
        return sorted(recipient for _, recipient, _ in self.mails)

    def newest(self) -> EmailMessage:
        return message_from_bytes(self.mails[-1][2], policy=default)


@contextlib.contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """Start a server on a free port of the loopback address; stop it when the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = MailServer(free.getsockname()[1])
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
