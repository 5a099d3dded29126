"""Notices through the platform: a signed delivery that names the account by its reference; the platform shows or sends.

The platform answers for what it tells afterwards: its events come back by `demur register import` or the API.
"""

from http import HTTPStatus

import msgspec

from demur.exchange.deliveries import sign_delivery
from demur.kernel import words
from demur.keys.encoding import encode_json
from demur.notices.channel import Errand, Tools
from demur.notices.errors import ChannelBusyError
from demur.notices.incoming import write_id


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where notices are posted to: a host of the platform."""

    url: str


class WebhookChannel:
    """Posts each notice to a host of the platform; a `NoticeChannel`.

    A delivery carries its name, the same each time, so that a host that keeps the names takes none twice.
    """

    medium = words.NoticeChannel.IN_APP
    needs_address = False

    def __init__(self, settings: WebhookSettings, tools: Tools) -> None:
        """Remember the host."""
        self._url = settings.url
        self._tools = tools

    def send(self, errand: Errand) -> words.NoticeEvent:
        """See `NoticeChannel`: what the host took is sent."""
        name = f"notice/{write_id(errand.mailing)}"
        body = encode_json(
            {
                "version": errand.message.version,
                "language": errand.message.language,
                "reference": errand.reference,
                "subject": errand.message.subject,
                "objection": errand.addresses.objection,
                "notice": errand.addresses.notice,
                "parts": [
                    {"kind": part.kind.value, "heading": part.heading, "text": part.text}
                    for part in errand.message.parts
                ],
            }
        )
        at, signer = self._tools.clock.now(), self._tools.signer
        headers = sign_delivery(body, url=self._url, name=name, at=at, signer=signer)
        try:
            status = self._tools.post(self._url, body, headers)
        except OSError as error:
            message = f"the host of the platform did not answer ({type(error).__name__})"
            raise ChannelBusyError(message, hint="It is tried again later; look at the host.") from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            message = f"the host of the platform did not take a notice: status {status}"
            raise ChannelBusyError(message, hint="It is tried again later; look at the host.")
        return words.NoticeEvent.SENT

    def close(self) -> None:
        """See `NoticeChannel`: every delivery has a connection of its own."""
