"""The portal: one click from the notice to the receipt, for everybody, and nothing happens without it."""

import gzip
import io
import logging
import re
import shutil
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from wsgiref.util import setup_testing_defaults

import polars as pl
import pytest

from demur.engines.local import LocalEngine
from demur.kernel.clock import FixedClock
from demur.kernel.words import LinkEvent
from demur.keys.keyring import create_keyring
from demur.keys.subjects import SubjectKey, group_key, item_key, subject_key
from demur.ledger.openings import verify_receipt
from demur.policy.ruleset import load_ruleset
from demur.register.accesses import Reader, read_accesses
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.intake import Authentication, WithdrawalForm, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.queries import read_head, subject_status
from demur.register.store import open_register
from demur.sources.open import open_source
from demur.testing.small_platform import ignore_progress, read_decisions, write_small_platform
from demur.web import look
from demur.web.admission.gate import AdmissionSettings, Gate
from demur.web.errors import PortalSettingsError
from demur.web.finished_runs import RunReader
from demur.web.links import make_link
from demur.web.look.files import static_url
from demur.web.portal.application import make_portal
from demur.web.portal.headers import POLICY
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings, configure_django
from demur.web.presence import CorpusReader
from demur.web.receipt_page import draw_code

PACKED_SHEET = Path(look.__file__).parent / "static" / "look.css.gz"
AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
CLOCK = FixedClock(AT)
SETTINGS = PortalSettings(secret_key="of a test")
PLAIN = {"lang": "en", "dir": "ltr", "class": "govuk-template"}
TYPED = {"input", "textarea", "select"}
LOADING = {"script", "img", "iframe", "object", "embed", "audio", "video", "source", "style", "font"}


class Page(HTMLParser):
    """What a page holds: its elements, its words and its language."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def count(self, *tags):
        return sum(tag in tags for tag, _ in self.elements)

    def values(self, attribute):
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def call(portal, method, path, **environ):
    """Call a WSGI application as a server would; a POST sends an empty body."""
    status, headers, body = fetch(portal, method, path, **environ)
    content = body.decode()
    return SimpleNamespace(status=status, headers=headers, content=content, page=Page(content))


def fetch(portal, method, path, **environ):
    request = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": "0", **environ}
    setup_testing_defaults(request)
    request["wsgi.input"] = io.BytesIO()
    started = []

    def start_response(status, headers, exc_info=None):
        started.append((int(status.split()[0]), dict(headers)))

    body = b"".join(portal(request, start_response))
    ((status, headers),) = started
    return status, headers, body


@pytest.fixture
def keyring(tmp_path):
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"portal")


@pytest.fixture
def register(tmp_path, keyring):
    with open_register(f"sqlite:///{tmp_path}/r.db", keyring=keyring, log_folder=tmp_path / "log") as register:
        yield register


def portal_of(register, corpora, sources=(), clock=CLOCK):
    services = PortalServices(
        register=register,
        clock=clock,
        contact="privacy@agora.example",
        corpora=corpora,
        ruleset=load_ruleset("eu-2025"),
        sources=dict(sources),
        gate=Gate(AdmissionSettings(), register.keyring),
    )
    return make_portal(services, SETTINGS)


@pytest.fixture
def portal(register, tmp_path):
    return portal_of(register, tmp_path / "corpora")


@pytest.fixture
def token(keyring):
    return make_link(keyring, subject_key(keyring, "a1"))


def test_the_page_of_the_notice_has_one_button_and_nothing_to_type(portal, token):
    shown = call(portal, "GET", f"/object/{token}")
    assert (shown.status, shown.page.count("button"), shown.page.count(*TYPED), shown.page.count("h1")) == (
        200,
        1,
        0,
        1,
    )
    assert ("form", {"method": "post", "action": f"/object/{token}"}) in shown.page.elements


def test_looking_records_nothing_however_often_and_by_whatever_method(portal, token, register):
    statuses = [
        call(portal, method, path).status
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
        for path in (f"/object/{token}", f"/object/{token}/before", f"/object/{token}/receipt", f"/why/{token}/i1")
    ]
    assert statuses == [200, 200, 404, 404] * 2 + [405] * 12
    assert read_head(register).size == 0


def test_pressing_the_button_records_the_objection_and_shows_its_receipt(portal, token, register, keyring):
    pressed = call(portal, "POST", f"/object/{token}")
    file = call(portal, "GET", f"/object/{token}/receipt")
    opened = verify_receipt(file.content, keyring.trusted_keys().log)
    status = subject_status(register, subject_key(keyring, "a1"), at=AT)
    assert (pressed.status, opened.index, status.basis, status.covered_since) == (200, 0, "own", AT)
    assert "".join(file.content.split()) in "".join(pressed.page.words).replace("\n", "").replace(" ", "")
    assert pressed.page.text.count("It counts since 27 May 2025, 06:00 UTC. It covers 1 account.") == 1
    assert f"/object/{token}/receipt" in pressed.page.values("href")
    assert file.headers["Content-Disposition"] == 'attachment; filename="objection-0.tlog-proof"'


def test_the_receipt_is_also_a_code_and_a_page_that_hold_it_and_nothing_else_is_recorded(portal, token, register):
    assert [call(portal, "GET", f"/object/{token}/receipt.{form}").status for form in ("svg", "pdf")] == [404, 404]
    pressed = call(portal, "POST", f"/object/{token}")
    links = pressed.page.values("href")
    assert {f"/object/{token}/receipt.svg", f"/object/{token}/receipt.pdf"} <= set(links)
    text = call(portal, "GET", f"/object/{token}/receipt").content
    code = call(portal, "GET", f"/object/{token}/receipt.svg")
    assert (code.status, code.headers["Content-Type"], code.content) == (200, "image/svg+xml", draw_code(text).svg)
    status, headers, page = fetch(portal, "GET", f"/object/{token}/receipt.pdf")
    assert (status, headers["Content-Type"], text.encode() in page) == (200, "application/pdf", True)
    assert headers["Content-Disposition"] == 'attachment; filename="objection-0.pdf"'
    assert read_head(register).size == 1


def test_pressing_it_again_with_any_link_of_the_person_shows_the_same_receipt(portal, token, register, keyring):
    other = make_link(keyring, subject_key(keyring, "a1"))
    shown = [call(portal, "POST", f"/object/{link}").content.replace(link, "") for link in (token, token, other)]
    assert shown == [shown[0]] * 3
    assert read_head(register).size == 1


def test_somebody_who_has_objected_sees_that_and_the_way_to_the_receipt(portal, token):
    call(portal, "POST", f"/object/{token}")
    shown = call(portal, "GET", f"/object/{token}")
    assert (shown.page.count("button"), f"/object/{token}/receipt" in shown.page.values("href")) == (0, True)
    assert (
        shown.page.text.count("You have objected It counts since 27 May 2025, 06:00 UTC. There is nothing more to do.")
        == 1
    )


def test_all_linked_accounts_are_covered_and_each_may_still_object_itself(portal, token, register, keyring):
    centre = group_key(keyring, "centre")
    both = [subject_key(keyring, account) for account in ("a1", "a2")]
    links = [AccountLink(subject=subject, centre=centre, event=LinkEvent.LINKED) for subject in both]
    record_links(register, links, at=AT - timedelta(days=1))
    pressed = call(portal, "POST", f"/object/{token}")
    other = call(portal, "GET", f"/object/{make_link(keyring, both[1])}")
    assert pressed.page.text.count("It covers 2 linked accounts.") == 1
    assert pressed.page.text.count("This account 1 other account that is linked with it") == 1
    assert (
        other.page.count("button"),
        other.page.text.count("This account is covered already, since 27 May 2025"),
    ) == (
        1,
        1,
    )


def test_somebody_who_withdrew_can_object_anew_and_keeps_the_receipt_until_then(portal, token, register, keyring):
    import_accounts(register, pl.DataFrame([dict.fromkeys(ACCOUNT_COLUMNS, "") | {"account": "a1"}]), at=AT)
    call(portal, "POST", f"/object/{token}")
    first = call(portal, "GET", f"/object/{token}/receipt").content
    form = WithdrawalForm(
        subject=subject_key(keyring, "a1"), authenticated_by=Authentication.LOGIN, received_at=AT + timedelta(hours=1)
    )
    withdraw(register, form, at=AT + timedelta(hours=1))
    assert call(portal, "GET", f"/object/{token}/receipt").content == first
    call(portal, "POST", f"/object/{token}")
    assert (call(portal, "GET", f"/object/{token}/receipt").content == first, read_head(register).size) == (False, 3)


@pytest.mark.parametrize(
    "path", ["/object/{0}x", "/object/{0}/", "/object/x", "/why/x/i1", "/object/x/receipt", "/", "/é"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_does_not_open_leads_to_a_page_with_a_next_step(portal, token, register, method, path):
    shown = call(portal, method, path.format(token))
    if shown.status == 405:  # a POST to a page that only shows something
        assert method == "POST"
        return
    assert (shown.status, read_head(register).size) == (404, 0)
    assert shown.page.text.count("You can also object without it: write to privacy@agora.example") == 1


def test_a_register_that_cannot_store_is_answered_by_a_page_that_asks_to_try_again(portal, token, register):
    register.sequencer.close()
    shown = call(portal, "POST", f"/object/{token}")
    assert (shown.status, shown.headers["Retry-After"], shown.page.count("button")) == (503, "5", 1)
    assert shown.page.text.count("Nothing was recorded and nothing is lost.") == 1


def test_what_was_done_before_is_not_shown_while_the_look_cannot_be_noted_and_the_button_is(portal, token, register):
    call(portal, "POST", f"/object/{token}")
    before = call(portal, "GET", f"/object/{token}")
    register.sequencer.close()
    shown = call(portal, "GET", f"/object/{token}")
    receipts = [call(portal, "GET", f"/object/{token}/receipt{kind}").status for kind in ("", ".svg", ".pdf")]
    why = call(portal, "GET", f"/why/{token}/i1").status
    assert (before.page.text.count("You have objected"), before.page.count("button")) == (1, 0)
    assert (shown.status, shown.page.text.count("You have objected"), shown.page.count("button")) == (200, 0, 1)
    assert (receipts, why) == ([503] * 3, 503)


def test_a_person_can_be_told_of_each_look_at_their_pages_and_objecting_is_none(portal, token, register, keyring):
    call(portal, "POST", f"/object/{token}")
    for path in ("", "/before", "/receipt", "/receipt.svg", "/receipt.pdf"):
        fetch(portal, "GET", f"/object/{token}{path}")
    fetch(portal, "GET", f"/why/{token}/i1")
    me = Reader(role="dpo", name="ines", act="a test")
    *looks, _ = read_accesses(register, subject_key(keyring, "a1"), me, at=AT)
    receipts = (f"/object/TOKEN/receipt{kind}" for kind in ("", ".svg", ".pdf"))
    paths = ("/object/TOKEN", "/object/TOKEN/before", *receipts, "/why/TOKEN/ITEM")
    assert [(look.reader.role, look.reader.act) for look in looks] == [("link", f"GET {path}") for path in paths]


class BrokenClock:
    """A clock that fails with a message that nobody may read."""

    def now(self):
        message = "account a1"
        raise RuntimeError(message)


@pytest.fixture
def log():
    """Collect what a log of everything would hold."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_failure_is_answered_by_a_page_and_noted_without_address_and_message(register, token, tmp_path, log):
    broken = portal_of(register, tmp_path, clock=BrokenClock())
    shown = call(broken, "GET", f"/object/{token}")
    noted = log.getvalue()
    assert (
        shown.status,
        shown.page.text.count("You can object without this page: write to privacy@agora.example"),
    ) == (500, 1)
    assert noted.startswith("a page failed with RuntimeError\n")
    assert (token in noted, "account a1" in noted, "in now" in noted) == (False, False, True)


def test_no_line_of_the_log_names_a_token(portal, token, log):
    assert [call(portal, "GET", f"/object/{token}x").status, call(portal, "PUT", f"/object/{token}").status] == [
        404,
        405,
    ]
    assert log.getvalue() == ""


@pytest.fixture
def pages(portal, token):
    """Every page that there is, by its name."""
    before = {
        "object": call(portal, "GET", f"/object/{token}"),
        "before": call(portal, "GET", f"/object/{token}/before"),
        "no receipt": call(portal, "GET", f"/object/{token}/receipt"),
    }
    after = {"receipt": call(portal, "POST", f"/object/{token}"), "objected": call(portal, "GET", f"/object/{token}")}
    lost = {"lost": call(portal, "GET", "/object/x"), "no item": call(portal, "GET", f"/why/{token}/i1")}
    return {**before, **after, **lost}


def test_no_page_loads_runs_or_asks_for_anything_from_elsewhere(pages):
    for name, shown in pages.items():
        assert (name, shown.page.count(*LOADING, *TYPED), shown.page.values("style"), shown.page.values("src")) == (
            name,
            0,
            [],
            [],
        )
        assert [link for link in shown.page.values("href") + shown.page.values("action") if link[:1] not in "/#?"] == []
        assert [attribute for _, given in shown.page.elements for attribute in given if attribute[:2] == "on"] == []


def test_every_page_is_guarded_by_its_headers_and_sets_no_cookie(pages):
    guards = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
    }
    for shown in pages.values():
        assert {name: shown.headers[name] for name in guards} == guards
        assert "Set-Cookie" not in shown.headers


def test_every_page_says_its_language_its_title_and_fits_a_narrow_screen(pages):
    for shown in pages.values():
        elements = shown.page.elements
        assert (elements[0], shown.page.count("title"), shown.page.count("h1")) == (("html", PLAIN), 1, 1)
        assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in elements
        levels = [int(tag[1]) for tag, _ in elements if re.fullmatch(r"h\d", tag)]
        assert levels == sorted(levels)
        packed = len(gzip.compress(shown.content.encode())) + len(PACKED_SHEET.read_bytes())
        assert packed < 25_000


def test_the_stylesheet_is_ours_and_every_page_names_it(portal, pages):
    address = static_url("look.css")
    sheet = call(portal, "GET", address)
    assert (sheet.status, sheet.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert sheet.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert "Access-Control-Allow-Origin" not in sheet.headers
    assert {(address,)} == {
        tuple(given["href"] for tag, given in shown.page.elements if tag == "link") for shown in pages.values()
    }


def test_a_request_for_another_host_is_refused(portal, token):
    assert call(portal, "GET", f"/object/{token}", HTTP_HOST="elsewhere.example").status == 400


def test_a_second_portal_with_other_settings_is_refused_in_one_process():
    configure_django(SETTINGS)
    with pytest.raises(PortalSettingsError):
        configure_django(PortalSettings(secret_key="another"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a corpus of a small platform and open what the portal reads."""
    platform = write_small_platform(tmp_path_factory.mktemp("platform"), people=20, items=140)
    corpus = platform.build(platform.plan(partitions=2), LocalEngine(), progress=ignore_progress).folder
    specs = platform.plan().sources
    sources = {spec.name: open_source(spec, keyring=platform.keyring, root=platform.folder) for spec in specs}
    url = f"sqlite:///{platform.folder}/r.db"
    with open_register(url, keyring=platform.keyring, log_folder=platform.folder / "web-log") as register:
        yield SimpleNamespace(keyring=platform.keyring, corpus=corpus, sources=sources, register=register)


def author_and_item(built, reason):
    """Return the subject and the id of an item that the build decided for this reason."""
    decisions = read_decisions(built.corpus)
    ids = {item_key(built.keyring, f"i{number}"): f"i{number}" for number in range(140)}
    batches = [
        batch for source in built.sources.values() for split in source.splits() for batch in source.batches(split)
    ]
    rows = [row for batch in batches for row in batch.frame.select("item_key", "subject_key").iter_rows()]
    return next((subject, ids[key]) for key, subject in rows if subject is not None and decisions[key][1] == reason)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("eligible", "It is in this corpus. Nothing stood against it. From now on It may go into the next corpus."),
        ("own_objection", "It was left out. You objected. From now on It stays out of the next corpus. You objected."),
        ("notice_missing", "It is not used for now. We cannot prove that we told you. From now on It stays out"),
        ("duplicate", "It was left out. The same text was already there. From now on It stays out"),
    ],
)
def test_the_author_learns_what_became_of_an_item(built, reason, told):
    portal = portal_of(built.register, built.corpus.parent, built.sources)
    subject, item = author_and_item(built, reason)
    shown = call(portal, "GET", f"/why/{make_link(built.keyring, subject)}/{item}")
    assert (shown.status, shown.page.text.count(f"Corpus first When it was built {told}")) == (200, 1)
    assert (
        shown.page.text.count("As of 27 May 2025, 05:50 UTC, position 0 of the public log, rules eu-2025 2025.2.") == 1
    )


def test_a_person_sees_what_each_corpus_holds_of_them_and_what_was_taken_out(built):
    index = pl.read_parquet(built.corpus / "index" / "subjects.parquet")
    own = index.filter("is_author").group_by("subject_key").len().sort("len", "subject_key", descending=True)
    trust = built.keyring.trusted_keys()
    runs = RunReader(folder=built.corpus.parent / "runs", trust=trust, logged_on=lambda _: None)
    reader = CorpusReader(built.corpus.parent, trust, runs)
    for key, count in own.rows():
        (found,) = reader.find_presence([SubjectKey(key)])
        assert (found.corpus, found.rows, found.removed, found.left) == ("first", count, 0, count)
    (nothing,) = reader.find_presence([subject_key(built.keyring, "a stranger")])
    assert (nothing.rows, nothing.as_of) == (0, datetime(2025, 5, 27, 5, 50, tzinfo=UTC))
    portal = portal_of(built.register, built.corpus.parent, built.sources)
    author, count = own.row(0)
    shown = call(portal, "GET", f"/object/{make_link(built.keyring, SubjectKey(author))}/before")
    assert (shown.status, shown.page.text.count(f"first 27 May 2025 {count} pieces of yours are in use.")) == (200, 1)


def test_a_corpus_that_was_altered_is_named_and_hides_no_other(built, tmp_path, caplog):
    for name in ("altered", "first"):
        shutil.copytree(built.corpus, tmp_path / name)
    portal = portal_of(built.register, tmp_path, built.sources)
    token = make_link(built.keyring, subject_key(built.keyring, "a stranger"))
    before = call(portal, "GET", f"/object/{token}/before")
    (tmp_path / "altered" / "manifest.json").write_bytes(b"{}")
    fresh = portal_of(built.register, tmp_path, built.sources)
    shown = call(fresh, "GET", f"/object/{token}/before")
    told = "altered Something went wrong The mistake is ours, and it was noted. first 27 May 2025 Nothing of yours"
    assert (before.page.text.count("Nothing of yours is in it."), told in shown.page.text) == (2, True)
    assert caplog.messages == ["corpus altered cannot be told of: DocumentAlteredError"]


def test_somebody_elses_item_is_answered_as_one_that_nobody_has(built):
    portal = portal_of(built.register, built.corpus.parent, built.sources)
    _, item = author_and_item(built, "eligible")
    token = make_link(built.keyring, subject_key(built.keyring, "a stranger"))
    theirs, nobodys = (call(portal, "GET", f"/why/{token}/{one}") for one in (item, "no-such-item"))
    # A page leads to itself in other languages.
    assert (theirs.status, theirs.content.replace(f"/{item}?", "/no-such-item?")) == (404, nobodys.content)


def test_without_the_sources_an_item_of_the_corpus_is_still_explained(built):
    portal = portal_of(built.register, built.corpus.parent)
    subject, item = author_and_item(built, "eligible")
    shown = call(portal, "GET", f"/why/{make_link(built.keyring, subject)}/{item}")
    assert (shown.status, shown.page.text.count("It is in this corpus."), shown.page.text.count("From now on")) == (
        200,
        1,
        0,
    )


def test_an_item_whose_author_cannot_be_shown_is_not_explained(built):
    portal = portal_of(built.register, built.corpus.parent)
    subject, item = author_and_item(built, "own_objection")
    assert call(portal, "GET", f"/why/{make_link(built.keyring, subject)}/{item}").status == 404


def test_a_hostile_item_id_is_shown_as_text_only(built):
    portal = portal_of(built.register, built.corpus.parent, built.sources)
    subject, _ = author_and_item(built, "eligible")
    shown = call(portal, "GET", f"/why/{make_link(built.keyring, subject)}/<script>alert(1)</script>")
    assert (shown.status, shown.page.count("script")) == (404, 0)
