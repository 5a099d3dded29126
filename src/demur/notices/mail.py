"""A notice as a mail: text and page side by side, readable anywhere, with nothing that is loaded from elsewhere.

The page is written in MJML and compiled by mrml once for each language; only the two addresses in it differ from
person to person.
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from html.parser import HTMLParser
from typing import TypeAlias

import mrml

from demur.notices.addresses import check_address, extend_address
from demur.notices.channel import Addresses, Errand
from demur.notices.incoming import write_id
from demur.notices.languages import direction_of
from demur.notices.lint import Finding
from demur.notices.message import NoticeMessage, Part, PartKind

_OBJECTION, _NOTICE = "@@objection@@", "@@notice@@"
_FONT = "Arial, Helvetica, sans-serif"  # without it mrml asks a font server
_WIDTH = 76
_LOADING = frozenset({"img", "script", "link", "iframe", "object", "embed", "video", "audio", "source", "form", "base"})
_LOADING_ATTRIBUTES = frozenset({"src", "srcset", "background", "poster", "data", "action", "ping"})
_LOADING_STYLES = ("url(", "@import", "expression(")
_DARK = (
    "@media (prefers-color-scheme: dark) { body, .page, .page > table { background: #121212 !important; } "
    ".said div { color: #f0f0f0 !important; } "
    ".go a, .go td { background: #ffffff !important; color: #111111 !important; } }"
)

Attributes: TypeAlias = "list[tuple[str, str | None]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTemplate:
    """The mail of one language; the two addresses are still to be put in."""

    message: NoticeMessage
    text: str
    page: str

    def fill(self, addresses: Addresses) -> tuple[str, str]:
        """Return text and page for one person."""
        return (
            self.text.replace(_OBJECTION, addresses.objection).replace(_NOTICE, addresses.notice),
            self.page.replace(_OBJECTION, escape(addresses.objection)).replace(_NOTICE, escape(addresses.notice)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a mail is from: the address and name that people see, and where bounces and answers go.

    Bounces and answers go to addresses that carry the id of the notice: ``bounces+ID@...``.
    """

    address: str
    name: str
    bounces: str
    replies: str

    @property
    def domain(self) -> str:
        """Return the domain of the sender, which Message-IDs end with."""
        return self.address.rpartition("@")[2]


def make_template(message: NoticeMessage) -> MailTemplate:
    """Return the mail of a message, compiled."""
    return MailTemplate(message=message, text=_write_text(message), page=_write_page(message))


def compose(template: MailTemplate, errand: Errand, sender: Sender, *, at: datetime) -> EmailMessage:
    """Return the mail for one person; no header of it can hold more than its value.

    Raises:
        AddressRefusedError: the errand has no address that a mail can go to.
    """
    text, page = template.fill(errand.addresses)
    mail = EmailMessage(policy=SMTP)
    name = write_id(errand.mailing)
    mail["From"] = _address(sender.name, sender.address)
    mail["To"] = _address("", check_address(errand.address or ""))
    mail["Reply-To"] = _address("", extend_address(sender.replies, name))
    mail["Subject"] = template.message.subject
    mail["Date"] = at
    mail["Message-ID"] = f"<{name}.{errand.attempt}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answer, please
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(page, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = template.message.language
    mail.set_boundary(f"=_{name}")  # the same errand is the same bytes
    return mail


def bounce_address(sender: Sender, mailing: bytes) -> str:
    """Return the address that the mail system reports to, which carries the id of the notice."""
    return extend_address(sender.bounces, write_id(mailing))


def lint_mail(template: MailTemplate) -> tuple[Finding, ...]:
    """Return what is wrong with a compiled mail: whatever is loaded, or leads elsewhere than to the two addresses."""
    reader = _Loads()
    reader.feed(template.page)
    reader.close()
    found = [f"the page of the mail loads something by {what}" for what in reader.loads]
    found += [f"the page of the mail has {count} links to {what}, not 1" for what, count in reader.wrong_links()]
    found += ["the page of the mail does not say its language"] * (reader.language != template.message.language)
    parts = (template.message.subject, *(part.text for part in template.message.parts))
    if any(placeholder in part for part in parts for placeholder in (_OBJECTION, _NOTICE)):
        found.append("a text holds a placeholder")
    return tuple(Finding(language=template.message.language, rule="mail", message=one) for one in found)


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _write_text(message: NoticeMessage) -> str:
    blocks = [_text_of(part) for part in message.parts]
    return "\n\n".join(blocks) + "\n"


def _text_of(part: Part) -> str:
    if part.kind is PartKind.BUTTON:
        return f"{part.text}:\n{_OBJECTION}"
    if part.kind is PartKind.DETAILS:
        return f"{part.text}\n{_NOTICE}"
    return f"{part.heading}\n{part.text}" if part.heading else part.text


def _write_page(message: NoticeMessage) -> str:
    direction = direction_of(message.language)
    written = f"""
<mjml lang="{message.language}" dir="{direction}"><mj-head>
<mj-title>{escape(message.subject)}</mj-title>
<mj-attributes><mj-all font-family="{_FONT}" />
<mj-text font-size="16px" line-height="24px" color="#111111" align="{"right" if direction == "rtl" else "left"}" />
<mj-button font-size="18px" font-weight="bold" background-color="#111111" color="#ffffff" inner-padding="16px 28px"
 align="{"right" if direction == "rtl" else "left"}" border-radius="4px" /></mj-attributes>
<mj-style>{_DARK}</mj-style>
<mj-raw><meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark"></mj-raw>
</mj-head><mj-body css-class="page" background-color="#ffffff"><mj-section><mj-column>
{"".join(map(_page_of, message.parts))}
</mj-column></mj-section></mj-body></mjml>"""
    return str(mrml.to_html(written).content)


def _page_of(part: Part) -> str:
    text = escape(part.text).replace("\n", "<br />")
    if part.kind is PartKind.RIGHT:
        return f'<mj-text css-class="said"><h1 style="font-size:24px;line-height:32px;margin:0">{text}</h1></mj-text>'
    if part.kind is PartKind.BUTTON:
        return f'<mj-button css-class="go" href="{_OBJECTION}">{text}</mj-button>'
    if part.kind is PartKind.DETAILS:
        return f'<mj-text css-class="said">{text} <a href="{_NOTICE}">{_NOTICE}</a></mj-text>'
    heading = "" if part.heading is None else f"<strong>{escape(part.heading)}</strong><br />"
    return f'<mj-text css-class="said">{heading}{text}</mj-text>'


class _Loads(HTMLParser):
    """Finds what a page loads, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.language = ""
        self._is_style = False

    def wrong_links(self) -> list[tuple[str, int]]:
        """Return the addresses that are linked and should not be, and those that are not linked once."""
        others = sorted(set(self.links) - {_OBJECTION, _NOTICE})
        counts = [(wanted, self.links.count(wanted)) for wanted in (_OBJECTION, _NOTICE)]
        return [(other, self.links.count(other)) for other in others] + [(w, n) for w, n in counts if n != 1]

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self._is_style = tag == "style"
        if tag == "html":
            self.language = dict(attrs).get("lang") or ""
        if tag in _LOADING:
            self.loads.append(tag)
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in _LOADING_ATTRIBUTES:
                self.loads.append(name)
            elif name == "style":
                self._read_style(value or "")

    def handle_data(self, data: str) -> None:
        if self._is_style:
            self._read_style(data)

    def handle_comment(self, data: str) -> None:
        # Programs of one maker read what stands in its conditional comments.
        self.loads += [word for word in ("<img", "<link", "<script", "src=", "@import", "url(") if word in data.lower()]

    def _read_style(self, style: str) -> None:
        self.loads += [word for word in _LOADING_STYLES if word in style.lower()]
