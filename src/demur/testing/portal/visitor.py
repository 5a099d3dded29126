"""A visitor without a script, a cookie or a memory: every page is asked for anew, as from a text browser.

What a page offers is read from its HTML alone, so a way that needs anything else ends here.
"""

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from demur.testing.portal.errors import DeadEndError

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_UNREAD = frozenset({"script", "style", "template", "title"})
_PATIENCE_SECONDS = 30.0
# RFC 5737: an address for documentation. The portal believes this visitor, who comes from the machine itself.
_NETWORK = "203.0.113.7"
_MAX_TURNS = 5


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, what it carries along and what a person may or must enter."""

    action: str
    method: str
    carried: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """What a visitor sees of an answer.

    Attributes:
        address: path and query that it was asked for by.
        headers: names in lower case.
        language: what ``lang`` of the page says; `direction` is its ``dir``.
        links: addresses of links in the order of the page.
        words: the words of the page without its title, in their order.
        preformatted: the texts of its `pre` elements, line by line as they stand.
    """

    status: int
    address: str
    headers: dict[str, str]
    content: bytes
    language: str = ""
    direction: str = ""
    title: str = ""
    links: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    preformatted: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Reads links, forms and words of one page."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "pre":
            self._page.preformatted.append("")
        if tag == "html":
            self._page.language, self._page.direction = told.get("lang", ""), told.get("dir", "")
        elif tag == "a" and "href" in told:
            self._page.links.append(told["href"])
        elif tag == "form":
            self._page.forms.append(Form(action=told.get("action", ""), method=told.get("method", "get").lower()))
        elif tag in {"input", "textarea", "select"} and self._page.forms and "form" in self._open:
            self._read_field(tag, told)

    def _read_field(self, tag: str, told: dict[str, str]) -> None:
        form, name = self._page.forms[-1], told.get("name", "")
        if tag == "input" and told.get("type") == "hidden":
            form.carried[name] = told.get("value", "")
        elif name:
            form.fields.append(name)
            form.required += [name] if "required" in told else []

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title":
            self._page.title += data
        elif not _UNREAD.intersection(self._open):
            self._page.words += data.split()
            if "pre" in self._open:
                self._page.preformatted[-1] += data


@dataclass(slots=True)
class Visitor:
    """Asks one portal for pages.

    Attributes:
        port: where it listens on this machine.
        language: what the visitor's browser asks for.
    """

    port: int
    language: str

    def look(self, address: str, *, method: str = "GET") -> Page:
        """Ask for a page.

        Raises:
            DeadEndError: nothing answers, or a page needs a cookie.
        """
        return self._ask(method, address, b"")

    def send(self, page: Page, form: Form, **entered: str) -> Page:
        """Send a form of a page with what was entered, as a browser does.

        Raises:
            DeadEndError: as `look`; or something that must be entered was not.
        """
        missing = set(form.required) - set(entered)
        if missing:
            message = f"{page.address} asks for {', '.join(sorted(missing))}"
            raise DeadEndError(message)
        address = self.follow(page, form.action or page.address)
        return self._ask(form.method.upper(), address, urlencode({**form.carried, **entered}).encode())

    def follow(self, page: Page, link: str) -> str:
        """Return the address that a link of a page leads to."""
        parts = urlsplit(urljoin(page.address, link))
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _ask(self, method: str, address: str, body: bytes) -> Page:
        for _ in range(_MAX_TURNS):
            page = self._ask_once(method, address, body)
            if page.status not in {301, 302, 303, 307, 308}:
                return page
            address = self.follow(page, page.headers.get("location", ""))
            method, body = ("GET", b"") if page.status == http.client.SEE_OTHER else (method, body)
        message = f"{address} leads in a circle"
        raise DeadEndError(message)

    def _ask_once(self, method: str, address: str, body: bytes) -> Page:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_SECONDS)
        headers = {"Accept-Language": self.language, "Accept": "text/html", "X-Forwarded-For": _NETWORK}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            connection.request(method, address, body=body or None, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            message = f"{address} does not answer: {type(error).__name__}"
            raise DeadEndError(message) from error
        finally:
            connection.close()
        told = {name.lower(): value for name, value in answer.getheaders()}
        page = Page(status=answer.status, address=address, headers=told, content=content)
        if "set-cookie" in told:
            message = f"{address} sets a cookie"
            raise DeadEndError(message)
        if told.get("content-type", "").startswith("text/html"):
            _Reader(page).feed(content.decode())
        return page
