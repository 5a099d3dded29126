"""One language on every page and at every step, chosen without a cookie, and no word of another one."""

import importlib.util
import io
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from wsgiref.util import setup_testing_defaults

import pytest

from demur.kernel.clock import FixedClock
from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.policy.ruleset import load_ruleset
from demur.register.store import open_register
from demur.web import languages
from demur.web.admission.gate import AdmissionSettings, Gate
from demur.web.languages import COMPLETE, SOURCE, is_signed
from demur.web.links import make_link
from demur.web.look import context, language_choice
from demur.web.look.accent import Accent
from demur.web.look.page import Page
from demur.web.portal.application import make_portal
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
TOOL = Path(__file__).parents[2] / "tools" / "catalogues.py"
LONG = 12  # letters of a text that cannot stand on a page of another language by chance


@pytest.fixture
def open_pages(tmp_path):
    keyring = create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"languages")
    with open_register(f"sqlite:///{tmp_path}/r.db", keyring=keyring, log_folder=tmp_path / "log") as register:

        def open_with(page):
            services = PortalServices(
                register=register,
                clock=FixedClock(AT),
                contact="privacy@agora.example",
                corpora=tmp_path / "corpora",
                ruleset=load_ruleset("eu-2025"),
                sources={},
                gate=Gate(AdmissionSettings(), keyring),
                page=page,
            )
            return make_portal(services, PortalSettings(secret_key="of a test"))

        yield SimpleNamespace(open=open_with, token=make_link(keyring, subject_key(keyring, "a1")))


def ask(portal, path, method="GET", accept=""):
    path, _, query = path.partition("?")
    request = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_ACCEPT_LANGUAGE": accept}
    setup_testing_defaults(request)
    request |= {"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}
    started = []
    content = b"".join(portal(request, lambda *given: started.append(given))).decode()
    (language,) = re.findall('<html lang="([^"]+)"', content) or [None]
    return SimpleNamespace(headers=dict(started[0][1]), content=content, language=language)


def pages_of(token):
    """Return every page that there is without a corpus, by method and path."""
    mine = (f"/object/{token}", f"/object/{token}/before", f"/object/{token}/receipt", f"/why/{token}/i1")
    return (*(("GET", path) for path in (*mine, "/object", "/x")), ("POST", f"/object/{token}"), ("POST", "/object"))


@pytest.fixture
def three_languages(monkeypatch):
    """Offer French and Maltese as well, whatever is complete: Django has French words of its own, and no Maltese."""
    for module in (languages, context, language_choice):
        monkeypatch.setattr(module, "COMPLETE", ("en", "fr", "mt"))


def test_the_language_of_the_address_is_that_of_every_page_and_of_every_link_on_it(open_pages, three_languages):
    portal = open_pages.open(Page())
    for method, path in pages_of(open_pages.token):
        shown = ask(portal, f"{path}?lang=mt", method, accept="fr")
        ours = re.findall(r'<(?:a|form)\b[^>]*?(?:href|action)="(/[^"]*)"', shown.content)
        others = re.findall(r'href="[^"]*lang=(?:en|fr)"[^>]*hreflang="(en|fr)"', shown.content)
        kept = [address for address in ours if re.search(r"[?&;]lang=mt(?:$|#)", address)]
        assert (path, shown.language, shown.headers["Content-Language"], others) == (path, "mt", "mt", ["en", "fr"])
        assert (path, kept) == (path, ours)


def test_without_one_in_the_address_the_browsers_is_taken_then_the_platforms_and_no_link_changes(
    open_pages, three_languages
):
    path = f"/object/{open_pages.token}"
    chosen = [
        ask(open_pages.open(Page(language=own)), path, accept=accept)
        for own, accept in (("mt", "fr-BE, en;q=0.5"), ("mt", "ja"), ("xx", ""))
    ]
    assert [shown.language for shown in chosen] == ["fr", "mt", "en"]
    assert all(f'action="{path}"' in shown.content for shown in chosen)
    assert {shown.headers["Vary"] for shown in chosen} == {"Accept-Language"}


def test_languages_are_named_by_their_own_names_in_their_own_language(open_pages, three_languages):
    shown = ask(open_pages.open(Page()), f"/object/{open_pages.token}?lang=fr")
    named = re.findall(r'<(?:a|strong)[^>]* lang="([a-z]+)"[^>]*>([^<]+)<', shown.content)
    assert named == [("en", "English"), ("fr", "français"), ("mt", "Malti")]


def test_a_hostile_language_is_passed_over_and_shown_nowhere(open_pages, three_languages):
    for hostile in ("%22%3E%3Cscript%3E", "../../etc", "en%0d%0aX:1", "a" * 5_000):
        shown = ask(open_pages.open(Page()), f"/object/{open_pages.token}?lang={hostile}")
        assert (shown.language, "<script" in shown.content, "X" in shown.headers) == ("en", False, False)


def test_a_language_that_nobody_signed_says_so_on_its_pages(open_pages, three_languages, monkeypatch):
    path, note = f"/object/{open_pages.token}", 'class="demur-machine'
    monkeypatch.setattr(context, "is_signed", lambda code: code != "mt")
    notes = [note in ask(open_pages.open(Page()), f"{path}?lang={code}").content for code in ("en", "fr", "mt")]
    assert (notes, is_signed("en"), is_signed("xx")) == ([False, False, True], True, False)


def test_the_platforms_name_and_colours_are_on_its_pages(open_pages):
    accent = Accent(light="#7a1f5c", dark="#f0a8d8")
    portal = open_pages.open(Page(name="Agora & friends", accent=accent))
    shown = ask(portal, f"/object/{open_pages.token}")
    (address,) = re.findall('href="(/look/accent[^"]+)"', shown.content)
    sheet = ask(portal, address)
    assert (shown.content.count("Agora &amp; friends"), sheet.content, sheet.headers["Content-Type"]) == (
        3,
        accent.style,
        "text/css; charset=utf-8",
    )
    assert "immutable" in sheet.headers["Cache-Control"]


@pytest.fixture(scope="module")
def texts():
    """Return the pieces of all English texts that are long enough to be told from names and numbers."""
    spec = importlib.util.spec_from_file_location("catalogues", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    pieces = {piece.strip() for text in tool.find_texts() for piece in re.split(r"%\([a-z_]+\)[sd]", text.single)}
    return {piece for piece in pieces if len(piece) > LONG}


def test_no_page_of_another_language_holds_an_english_text(open_pages, texts):
    portal, left = open_pages.open(Page()), {}
    for code in COMPLETE:
        words = " ".join(
            re.sub(r"<[^>]*>", " ", unescape(ask(portal, f"{path}?lang={code}", method).content))
            for method, path in pages_of(open_pages.token)
        )
        left[code] = {text for text in texts if text in " ".join(words.split())}
    assert len(left.pop(SOURCE)) > 25  # on the English pages they are found
    assert {code: found for code, found in left.items() if found} == {}
