"""The form without a link: everybody reaches a receipt, without scripts, under load, and losing nothing."""

import io
import re
from datetime import UTC, datetime
from html import unescape
from types import SimpleNamespace
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import pytest

from demur.kernel.clock import FixedClock
from demur.keys.keyring import create_keyring
from demur.ledger.openings import verify_receipt
from demur.policy.ruleset import load_ruleset
from demur.register.queries import read_head
from demur.register.store import open_register
from demur.web.admission.gate import AdmissionSettings, Gate, LaneRate
from demur.web.admission.load import LoadThreshold, WorkPolicy
from demur.web.portal.application import make_portal
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
ENTERED = "https://agora.example/p/7\n  https://agora.example/p/8  \n\n<b>9</b>"
LOADED = LoadThreshold(policy=WorkPolicy.ALWAYS)
LANE = LaneRate(wait_seconds=5, per_second=1, burst=5)


class Browser:
    """A browser without scripts and cookies, in front of a portal."""

    def __init__(self, portal):
        self.portal = portal

    def ask(self, method, path, fields=None, client="203.0.113.7"):
        body = urlencode(fields or {}).encode()
        request = {"REQUEST_METHOD": method, "PATH_INFO": path, "REMOTE_ADDR": client}
        setup_testing_defaults(request)
        request |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded"}
        request["wsgi.input"] = io.BytesIO(body)
        started = []
        content = b"".join(self.portal(request, lambda *given: started.append(given))).decode()
        return SimpleNamespace(status=int(started[0][0].split()[0]), headers=dict(started[0][1]), content=content)

    def send(self, entered, **more):
        return self.ask("POST", "/object", {"entered": entered, **more})


@pytest.fixture
def register(tmp_path):
    keyring = create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"portal")
    with open_register(f"sqlite:///{tmp_path}/r.db", keyring=keyring, log_folder=tmp_path / "log") as opened:
        yield opened


@pytest.fixture
def seconds():
    return [1_000_000.0]


@pytest.fixture
def browser_at(register, tmp_path, seconds):
    def open_one(threshold):
        gate = Gate(AdmissionSettings(threshold=threshold, lane=LANE), register.keyring, seconds=lambda: seconds[0])
        services = PortalServices(
            register=register,
            clock=FixedClock(AT),
            contact="privacy@agora.example",
            corpora=tmp_path / "corpora",
            ruleset=load_ruleset("eu-2025"),
            sources={},
            gate=gate,
        )
        return Browser(make_portal(services, PortalSettings(secret_key="of a test")))

    return open_one


def receipt_in(page, register):
    (text,) = re.findall('<pre class="demur-receipt">(.*?)</pre>', page.content, re.DOTALL)
    return verify_receipt(unescape(text), register.keyring.trusted_keys().log)


def wait_of(page):
    (seconds,) = re.findall("You can go on in ([0-9]+) seconds?", page.content)
    (address,) = re.findall('<a class="govuk-button" href="([^"]+)"', page.content)
    return int(seconds), address


def test_without_load_the_form_leads_to_a_receipt_at_once(browser_at, register):
    browser = browser_at(LoadThreshold())
    form, page = browser.ask("GET", "/object"), browser.send(ENTERED)
    assert (form.status, form.content.count("<textarea"), page.status) == (200, 1, 200)
    assert (receipt_in(page, register).index, read_head(register).size) == (0, 1)
    assert [word for word in ("script", "Set-Cookie") if word in form.content or word in form.headers] == []


def test_under_load_somebody_without_scripts_waits_loses_nothing_and_reaches_a_receipt(browser_at, register, seconds):
    browser = browser_at(LOADED)
    waiting = browser.send(ENTERED)
    wait, address = wait_of(waiting)
    assert (waiting.status, waiting.headers["Retry-After"], wait) == (503, "5", 5)
    assert "&lt;b&gt;9&lt;/b&gt;" in waiting.content
    seconds[0] += 2
    assert wait_of(browser.ask("GET", address)) == (3, address)
    seconds[0] += 3
    turn = browser.ask("GET", address)
    assert (turn.status, "&lt;b&gt;9&lt;/b&gt;" in turn.content, read_head(register).size) == (200, True, 0)
    (ticket,) = re.findall('name="ticket" value="([^"]+)"', turn.content)
    page = browser.ask("POST", "/object", {"ticket": ticket})
    assert (page.status, receipt_in(page, register).index, read_head(register).size) == (200, 0, 1)


def test_a_ticket_that_was_used_or_comes_early_waits_again_with_what_was_entered(browser_at, register, seconds):
    browser = browser_at(LOADED)
    _, address = wait_of(browser.send(ENTERED))
    ticket = address.rpartition("/")[2]
    early = browser.ask("POST", "/object", {"ticket": ticket})
    seconds[0] += 5
    assert browser.ask("POST", "/object", {"ticket": ticket}).status == 200
    again = browser.ask("POST", "/object", {"ticket": ticket})
    assert (early.status, wait_of(early)) == (503, (5, address))
    assert (again.status, wait_of(again)[1] != address, "p/8" in again.content) == (503, True, True)
    assert read_head(register).size == 1


def test_the_address_of_the_waiting_page_tells_nothing_of_what_was_entered(browser_at):
    one, other = (wait_of(browser_at(LOADED).send(ENTERED))[1] for _ in range(2))
    assert one != other
    assert [word for word in ("agora", "p/7") if word in one] == []


@pytest.mark.parametrize("entered", ["", " \n ", "x\n" * 101, "x" * 3_001])
def test_what_cannot_be_an_objection_is_shown_again_with_what_to_do(browser_at, register, entered):
    page = browser_at(LoadThreshold()).send(entered)
    assert (page.status, page.content.count('role="alert"'), read_head(register).size) == (400, 1, 0)


@pytest.mark.parametrize(("method", "path"), [("GET", "/object/wait/x"), ("POST", "/object")])
def test_a_ticket_that_does_not_open_leads_back_to_the_form(browser_at, register, method, path):
    page = browser_at(LOADED).ask(method, path, {"ticket": "x"})
    assert (page.status, page.content.count("<textarea"), read_head(register).size) == (400, 1, 0)


def test_looking_records_nothing(browser_at, register):
    browser = browser_at(LoadThreshold())
    for path in ("/object", "/object/wait/x"):
        browser.ask("HEAD", path)
        browser.ask("GET", path)
    assert read_head(register).size == 0


def test_a_register_that_cannot_store_loses_nothing_that_was_entered(browser_at, register):
    browser = browser_at(LoadThreshold())
    register.sequencer.close()
    waiting = browser.send(ENTERED)
    _, address = wait_of(waiting)
    assert (waiting.status, "p/8" in waiting.content, "p/8" in browser.ask("GET", address).content) == (503, True, True)


def test_when_the_load_is_over_nobody_waits_for_a_turn_any_more(browser_at, register):
    ticket = wait_of(browser_at(LOADED).send(ENTERED))[1].rpartition("/")[2]
    browser = browser_at(LoadThreshold())
    assert browser.ask("GET", f"/object/wait/{ticket}").status == 200
    assert receipt_in(browser.ask("POST", "/object", {"ticket": ticket}), register).index == 0
