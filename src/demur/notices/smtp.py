"""Notices by mail: one connection to the platform's own mail server, which takes each mail once.

What SMTP allows (RFC 5321 6.1): until the answer to the last line is read, a mail may have been taken or not. A mail
whose answer was lost is therefore never given again; whoever it was for is told in another way.
"""

import re
import smtplib
import ssl
from contextlib import suppress
from email.policy import SMTP
from typing import Literal

import msgspec

from demur.kernel import words
from demur.notices.channel import Errand, Tools
from demur.notices.errors import AddressRefusedError, ChannelBusyError, HandoverUncertainError
from demur.notices.incoming import write_id
from demur.notices.mail import MailTemplate, Sender, bounce_address, compose, make_template

_OK, _FORWARDED = 250, 251
_PERMANENT = 500
_NO_SUCH_BOX = frozenset({550, 551, 553})  # RFC 5321 4.2.3
_ENHANCED = re.compile(rb"\s*5\.(\d{1,3})\.\d{1,3}")
_DATA = 354
_BUSY_HINT = "It is tried again later; look at the mail server if this goes on."


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where mails are given to the platform's mail server.

    Attributes:
        tls: ``starttls`` or ``tls``; ``none`` is for a server on the same machine.
        user, password: where the server asks for them.
        seconds_to_wait: for each answer; shorter than a worker holds a notice.
    """

    sender: Sender
    host: str = "127.0.0.1"
    port: int = 25
    tls: Literal["none", "starttls", "tls"] = "none"
    user: str | None = None
    password: str | None = None
    seconds_to_wait: float = 20.0


class SmtpChannel:
    """Gives mails to a server; a `NoticeChannel`."""

    medium = words.NoticeChannel.EMAIL
    needs_address = True

    def __init__(self, settings: SmtpSettings, tools: Tools) -> None:
        """Remember the server; nothing is opened yet."""
        self._settings = settings
        self._clock = tools.clock
        self._server: smtplib.SMTP | None = None
        self._templates: dict[tuple[str, str], MailTemplate] = {}

    def send(self, errand: Errand) -> words.NoticeEvent:
        """See `NoticeChannel`: a mail that the server took is sent, and proves nothing yet."""
        mail = compose(self._template(errand), errand, self._settings.sender, at=self._clock.now())
        try:
            self._offer(errand, str(mail["To"].addresses[0].addr_spec))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            message = f"the mail server did not take a mail ({type(error).__name__})"
            raise ChannelBusyError(message, hint=_BUSY_HINT) from error
        self._give(mail.as_bytes(policy=SMTP))
        return words.NoticeEvent.SENT

    def close(self) -> None:
        """See `NoticeChannel`."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()

    def _template(self, errand: Errand) -> MailTemplate:
        key = errand.message.version, errand.message.language
        if key not in self._templates:
            self._templates[key] = make_template(errand.message)
        return self._templates[key]

    def _offer(self, errand: Errand, address: str) -> None:
        """Name sender and recipient; nothing is taken before the mail itself."""
        server = self._opened()
        name, can_report = write_id(errand.mailing), server.has_extn("dsn")
        # RFC 3461: the report names the notice, has no text of the mail, and tells of a delivery too: the only proof.
        options = ("RET=HDRS", f"ENVID={name}") if can_report else ()
        code, _ = server.mail(bounce_address(self._settings.sender, errand.mailing), options)
        if code != _OK:
            self._reset()
            message = f"the mail server refuses the sender with {code}"
            raise ChannelBusyError(message, hint=_BUSY_HINT)
        code, told = server.rcpt(address, ("NOTIFY=SUCCESS,FAILURE",) if can_report else ())
        if code in {_OK, _FORWARDED}:
            return
        self._reset()
        if _is_about_address(code, told):
            message = f"the mail server refuses an address with {code}"
            raise AddressRefusedError(message)
        message = f"the mail server answered {code} to an address"
        raise ChannelBusyError(message, hint=_BUSY_HINT)

    def _give(self, content: bytes) -> None:
        server = self._opened()
        try:
            server.putcmd("data")
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            message = f"the mail server hung up before a mail ({type(error).__name__})"
            raise ChannelBusyError(message, hint=_BUSY_HINT) from error
        if code != _DATA:
            self._reset()
            message = f"the mail server did not want a mail: {code}"
            raise ChannelBusyError(message, hint=_BUSY_HINT)
        try:
            server.send(_stuff(content))
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            message = f"whether the mail server took a mail is not known ({type(error).__name__})"
            raise HandoverUncertainError(message) from error
        if code != _OK:
            self._reset()
            message = f"the mail server refused a mail with {code}"
            # A refusal of the content says nothing of the address: somebody has to look, and it is tried again.
            raise ChannelBusyError(message, hint=_BUSY_HINT)

    def _opened(self) -> smtplib.SMTP:
        if self._server is None:
            self._server = self._open()
        return self._server

    def _open(self) -> smtplib.SMTP:
        chosen = self._settings
        context = ssl.create_default_context()
        if chosen.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                chosen.host, chosen.port, timeout=chosen.seconds_to_wait, context=context
            )
        else:
            server = smtplib.SMTP(chosen.host, chosen.port, timeout=chosen.seconds_to_wait)
        try:
            if chosen.tls == "starttls":
                server.starttls(context=context)
            if chosen.user is not None:
                server.login(chosen.user, chosen.password or "")
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _reset(self) -> None:
        if self._server is not None:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self.close()


def _is_about_address(code: int, told: bytes) -> bool:
    """Tell whether a refusal is about the address (RFC 3463: class 5, subject 1 or 2), and not about us.

    A server that relays nothing for us would otherwise take everybody's mail for undeliverable.
    """
    found = _ENHANCED.match(told)
    return code in _NO_SUCH_BOX if found is None else code >= _PERMANENT and found.group(1) in {b"1", b"2"}


def _stuff(content: bytes) -> bytes:
    """Return a mail as it travels after DATA: lines that begin with a dot get one more (RFC 5321 4.5.2)."""
    body = content.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    end = b"" if body.endswith(b"\r\n") else b"\r\n"
    return body + end + b".\r\n"
