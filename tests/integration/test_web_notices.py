"""The public notice: every version under a fixed address, word for word, with what anybody can check it by."""

import io
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace
from wsgiref.util import setup_testing_defaults

import pytest

from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import FixedClock
from demur.keys.keyring import create_keyring
from demur.ledger.receipt import parse_tlog_proof
from demur.notices.publication import draft_version, write_document
from demur.notices.version import Element, NoticeVersion, Texts
from demur.policy.ruleset import load_ruleset
from demur.register.mailing_versions import publish_version
from demur.register.store import open_register
from demur.web.admission.gate import AdmissionSettings, Gate
from demur.web.portal.application import make_portal
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings

AT = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
EARLIER = {"version": "2026-01", "change": "first"}
LATER = {"version": "2026-02", "change": "immaterial", "predecessor": "2026-01", "reason": "<b>A typo.</b>"}


class Page(HTMLParser):
    """What a page says, and where its links lead."""

    def __init__(self, html):
        super().__init__()
        self.words, self.links = [], []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if (tag, name) == ("a", "href")]

    def handle_data(self, data):
        self.words.append(data)


def call(portal, method, path):
    request = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}
    setup_testing_defaults(request)
    started = []
    body = b"".join(portal(request, lambda status, headers, _=None: started.append((int(status[:3]), dict(headers)))))
    ((status, headers),) = started
    content = body.decode()
    return SimpleNamespace(status=status, headers=headers, content=content, page=Page(content))


def publish(register, *, at, text, **named):
    texts = Texts(**{element.value: f"{text} {element.value}." for element in Element})
    decided_by = "Ines Example" if "reason" in named else None
    version = NoticeVersion(platform="Agora", languages={"en": texts}, decided_by=decided_by, **named)
    draft = draft_version(version, lambda _: str, spoken=["en"])
    document = write_document(draft, origin=register.keyring.log_signer.name)
    return publish_version(register, version.version, document, note="", languages=["en"], at=at)


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notices")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"notices")
    with open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log") as register:
        yield register


@pytest.fixture(scope="module")
def portal(register, tmp_path_factory):
    services = PortalServices(
        register=register,
        clock=FixedClock(AT),
        contact="privacy@agora.example",
        corpora=tmp_path_factory.mktemp("corpora"),
        ruleset=load_ruleset("eu-2025"),
        sources={},
        gate=Gate(AdmissionSettings(), register.keyring),
    )
    return make_portal(services, PortalSettings(secret_key="of a test"))


def test_the_page_shows_the_newest_version_and_every_earlier_one_under_its_address(portal, register):
    empty = call(portal, "GET", "/notice")
    assert (empty.status, "No notice was published yet." in empty.page.text) == (200, True)
    first = publish(register, at=AT, text="Something on", **EARLIER)
    second = publish(register, at=AT + timedelta(days=1), text="More on", **LATER)
    newest, named = call(portal, "GET", "/notice"), call(portal, "GET", "/notice/2026-01")
    assert ("More on purposes." in newest.page.text, "Something on purposes." in newest.page.text) == (True, False)
    assert ("Something on purposes." in named.page.text, named.page.text.count(sha256_hex(first.document))) == (True, 1)
    assert (sha256_hex(second.document) in newest.page.text, "<b>A typo" in newest.content) == (True, False)
    assert [href for href in newest.page.links if href.startswith("/notice/")] == [
        "/notice/2026-02/document.json",
        "/notice/2026-02/proof",
        "/notice/2026-02",
        "/notice/2026-01",
    ]
    assert "/object" in newest.page.links
    assert newest.page.text.index("You have the right to object.") < newest.page.text.index("More on purposes.")
    assert re.search(r'<time datetime="2026-01-06T08:30:00\+00:00">', newest.content) is not None


def test_what_anybody_checks_is_the_document_and_the_proof_of_its_digest(portal, register):
    published = publish(register, at=AT, text="Something on", **EARLIER)
    document = call(portal, "GET", "/notice/2026-01/document.json")
    assert document.content.encode() == published.document
    assert document.headers["Content-Disposition"] == 'attachment; filename="notice-2026-01.json"'
    proof = parse_tlog_proof(call(portal, "GET", "/notice/2026-01/proof").content)
    assert proof.index == published.index


@pytest.mark.parametrize("path", ["/notice/1999-01", "/notice/1999-01/document.json", "/notice/1999-01/proof"])
def test_a_version_that_was_not_published_leads_to_a_page_that_helps(portal, path):
    lost = call(portal, "GET", path)
    assert (lost.status, "privacy@agora.example" in lost.page.text) == (404, True)


def test_nothing_can_be_sent_to_the_page(portal):
    assert [call(portal, "POST", path).status for path in ("/notice", "/notice/2026-01")] == [403, 403]
