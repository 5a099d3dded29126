"""Staff of the console: who may log in, how, to what, and what is written down; nobody else gets a cookie."""

import hashlib
import io
import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.urls import clear_url_caches, path
from fido2.webauthn import AuthenticatorData
from servers.pages import Browser, Session, User, forget_everybody, pages_of
from servers.passkey import SoftPasskey

from demur.kernel.clock import FixedClock
from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.register.store import open_register
from demur.web.errors import StaffNameError
from demur.web.links import make_link
from demur.web.portal import routes
from demur.web.portal.database import describe_database
from demur.web.staff import totp
from demur.web.staff.attempts import StaffAttempts
from demur.web.staff.keeping import ENROLMENT_TIME, add_staff, list_staff, remove_staff
from demur.web.staff.models import Passkey, StaffAct
from demur.web.staff.permission import for_roles
from demur.web.staff.roles import StaffRole

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PASSWORD = "kelp-and-heather-4711"
SECRET = re.compile(r"<code>([A-Z2-7]{32})</code>")
CODES = re.compile(r"<code>((?:[A-Z2-7]{4}-){3}[A-Z2-7]{4})</code>")


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staff")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"staff")
    with open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log") as register:
        yield register


@pytest.fixture
def portal(register, tmp_path):
    forget_everybody()
    return pages_of(register, tmp_path, clock=FixedClock(NOW))


@pytest.fixture
def browser(portal):
    return Browser(portal)


def acts():
    return list(StaffAct.objects.values_list("who", "role", "act", "about"))


def enrol(browser, name="d.lindqvist", role=StaffRole.DPO):
    """Enrol somebody with a password and an app; return the app and their recovery codes."""
    link = f"/console/enrol/{add_staff(name, role, by='root', at=NOW)}"
    app = pyotp.TOTP(SECRET.search(browser.get(link).content)[1])
    kept = browser.post(link, password=PASSWORD, code=app.at(NOW))
    assert kept.status == 200, kept.content
    return app, CODES.findall(kept.content)


def later(app, steps=1):
    """Return a code that was not used yet and is near enough."""
    return app.at(NOW + timedelta(seconds=30 * steps))


def with_passkey(name="d.lindqvist", role=StaffRole.DPO, device=None):
    """Add a member of staff with a passkey, which signed five times so far; return it."""
    add_staff(name, role, by="root", at=NOW)
    device = device or SoftPasskey(name.encode())
    kept = {"credential_id": device.identifier, "credential": device.stored, "sign_count": 5, "made_at": NOW}
    Passkey.objects.create(user=User.objects.get(username=name), **kept)
    return device


@pytest.fixture
def device(portal):
    return with_passkey()


def arrive(browser, device, **fields):
    """Log in by a passkey."""
    count = Passkey.objects.get(credential_id=device.identifier).sign_count + 1
    return show_passkey(browser, device.answer(challenge_of(browser), count=count), **fields)


def challenge_of(browser):
    return re.search(r"challenge&quot;: &quot;([\w-]+)&quot;", browser.get("/console/login").content)[1]


def show_passkey(browser, answer, **fields):
    token = browser.cookies["csrftoken"]
    return browser.forge("/console/login", credential=answer, csrfmiddlewaretoken=token, **fields)


def log_in(browser, **fields):
    return browser.post("/console/login", **fields)


def test_codes_are_those_of_rfc_6238_and_of_another_program():
    secret = b"12345678901234567890"
    told = {59: "287082", 1_111_111_109: "081804", 1_234_567_890: "005924", 20_000_000_000: "353130"}
    assert {at: totp.code_at(secret, at // 30) for at in told} == told
    assert totp.code_at(secret, 7) == pyotp.TOTP(totp.spell(secret)).at(7 * 30)
    address = totp.describe(secret, issuer="agora.example", name="d.lindqvist")
    read = pyotp.parse_uri(address)
    assert (read.secret, read.issuer, read.name) == (totp.spell(secret), "agora.example", "d.lindqvist")


def test_a_code_counts_for_a_step_before_and_after_and_no_longer():
    secret, counter = b"x" * 20, int(NOW.timestamp()) // 30
    found = [totp.counter_of(secret, totp.code_at(secret, counter + step), at=NOW) for step in (-2, -1, 0, 1, 2)]
    assert found == [None, counter - 1, counter, counter + 1, None]


def test_a_link_enrols_once_and_what_it_gave_logs_in(browser, portal):
    link = f"/console/enrol/{add_staff('d.lindqvist', StaffRole.DPO, by='root', at=NOW)}"
    app = pyotp.TOTP(SECRET.search(browser.get(link).content)[1])
    assert browser.post(link, password="short", code="000000").status == 400
    assert browser.get("/console/you").status == 302
    kept = browser.post(link, password=PASSWORD, code=app.at(NOW))
    assert (kept.status, len(CODES.findall(kept.content))) == (200, 10)
    assert (browser.get("/console/you").status, browser.get(link).status, browser.forge(link).status) == (200, 404, 403)
    other = Browser(portal)
    answer = log_in(other, name="d.lindqvist", password=PASSWORD, code=later(app))
    assert (answer.status, answer.headers["Location"], other.get("/console/you").status) == (302, "/console", 200)
    assert list_staff()[0].ways == ("password and code",)


def test_a_link_is_over_after_three_days(browser):
    token = add_staff("late", StaffRole.DPO, by="root", at=NOW - ENROLMENT_TIME)
    assert browser.get(f"/console/enrol/{token}").status == 404


def test_a_password_alone_a_code_alone_and_a_used_code_log_nobody_in(browser, portal):
    app, codes = enrol(browser)
    other = Browser(portal)
    tries = (
        {"password": PASSWORD, "code": ""},
        {"password": "wrong", "code": later(app)},
        {"password": PASSWORD, "code": app.at(NOW)},  # of the enrolment
        {"password": PASSWORD, "code": "aaaa-bbbb-cccc-dddd"},
    )
    assert [log_in(other, name="d.lindqvist", **one).status for one in tries] == [403] * 4
    assert other.get("/console/you").status == 302
    used = [log_in(Browser(portal), name="d.lindqvist", password=PASSWORD, code=codes[0].lower()) for _ in range(2)]
    assert [one.status for one in used] == [302, 403]


def plain(response):
    """Return a page without what is drawn anew for each."""
    drawn = re.compile(r'csrfmiddlewaretoken" value="\w+"|challenge&quot;: &quot;[\w-]+')
    headers = [(name, "" if name == "Set-Cookie" else value) for name, value in response.all_headers]
    return response.status, headers, drawn.sub("", response.content)


def test_known_and_unknown_names_get_equal_bytes_and_as_much_work(browser, portal, monkeypatch):
    enrol(browser)
    hashed = []
    real = hashlib.scrypt
    monkeypatch.setattr(hashlib, "scrypt", lambda *args, **rest: hashed.append(1) or real(*args, **rest))
    answers, work = [], []
    log_in(Browser(portal), name="first", password="x", code="x")  # makes nobody's password
    for name in ("d.lindqvist", "nobody"):
        hashed.clear()
        answers.append(plain(log_in(Browser(portal), name=name, password="wrong", code="123456")))
        work.append(len(hashed))
    assert answers[0] == answers[1]
    assert work == [1, 1]


def test_too_many_tries_for_a_name_or_from_a_network_wait_and_others_do_not(register, tmp_path):
    forget_everybody()
    attempts = StaffAttempts()
    waits = [attempts.seconds_until("198.51.100.0/24", "somebody") for _ in range(8)]
    browser = Browser(pages_of(register, tmp_path, clock=FixedClock(NOW), staff_attempts=attempts))
    waiting = log_in(browser, name="SOMEBODY ", password="x", code="x")
    assert (waits, waiting.status, 0 < int(waiting.headers["Retry-After"]) <= 20) == ([0.0] * 8, 429, True)
    assert log_in(browser, name="another", password="x", code="x").status == 403
    assert [attempts.seconds_until("192.0.2.0/24") > 0 for _ in range(31)] == [False] * 30 + [True]


def test_nobody_has_to_remember_or_copy_anything_to_log_in(browser, portal):
    """WCAG 2.2, 3.3.8: a passkey needs no memory, and a password manager knows every field and may paste into it."""
    link = f"/console/enrol/{add_staff('d.lindqvist', StaffRole.DPO, by='root', at=NOW)}"
    found = {}
    for place in (link, "/console/login"):
        page = browser.get(place).content
        fields = [dict(re.findall(r'([\w-]+)="([^"]*)"', field)) for field in re.findall("<input[^>]*>", page)]
        found[place] = {field["name"]: field.get("autocomplete") for field in fields if field["type"] != "hidden"}
        assert ("passkey" in page, "onpaste" in page, "<img" in page) == (True, False, False)
    assert found == {
        link: {"code": "one-time-code", "password": "new-password"},
        "/console/login": {"name": "username", "password": "current-password", "code": "one-time-code"},
    }


def test_a_session_from_before_the_login_is_not_logged_in(portal, device):
    victim = Browser(portal)
    victim.get("/console/login")
    fixed = victim.cookies["sessionid"]
    arrive(victim, device)
    thief = Browser(portal)
    thief.cookies["sessionid"] = fixed
    states = [one.get("/console/you").status for one in (victim, thief)]
    assert (victim.cookies["sessionid"] != fixed, states) == (True, [200, 302])


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/console/you", "/console/you"),
        ("//evil.example/console/", "/console"),
        ("https://evil.example", "/console"),
        ("/console/\\evil", "/console/\\evil"),
        ("/object", "/console"),
        ("/consoles", "/console"),
    ],
)
def test_a_login_leads_back_into_the_console_and_nowhere_else(browser, device, wanted, place):
    answer = arrive(browser, device, next=wanted)
    assert answer.headers["Location"].replace("%5C", "\\") == place


def test_a_session_ends_with_log_out_with_removal_and_after_eight_hours(browser, device, monkeypatch):
    arrive(browser, device)
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began + 8 * 3600 - 60)
    assert browser.get("/console/you").status in {200, 302}
    monkeypatch.setattr(time, "time", lambda: began + 8 * 3600 + 60)
    assert browser.get("/console/you").status == 302
    monkeypatch.undo()
    assert browser.get("/console/you").status == 200
    assert browser.post("/console/logout", page="/console/you").status == 302
    assert browser.get("/console/you").status == 302
    remove_staff("d.lindqvist", by="root", at=NOW)
    arrive(browser, with_passkey("p.oyelaran"))
    assert browser.get("/console/you").status == 200
    remove_staff("p.oyelaran", by="root", at=NOW)
    assert browser.get("/console/you").status == 302


def test_posts_of_staff_need_the_token_of_their_page(browser, device):
    arrive(browser, device)
    forged = [browser.forge(place).status for place in ("/console/login", "/console/logout", "/console/you/codes")]
    assert (forged, browser.get("/console/you").status) == ([403] * 3, 200)


def test_who_may_open_what(browser, portal, monkeypatch):
    def answer(request):
        return HttpResponse("open")

    pages = {
        "dpo": for_roles(StaffRole.DPO)(answer),
        "requests": for_roles(StaffRole.DPO, StaffRole.REVIEWER)(answer),
        "all": for_roles(*StaffRole)(answer),
    }
    extra = [path(f"console/try/{name}", view) for name, view in pages.items()]
    monkeypatch.setattr(routes, "urlpatterns", [*routes.urlpatterns, *extra])
    clear_url_caches()
    found = {}
    for role in StaffRole:
        staff = Browser(portal)
        arrive(staff, with_passkey(f"of-{role}", role))
        found[role.value] = [
            (staff.get(f"/console/try/{name}").status, staff.post(f"/console/try/{name}", page="/console/you").status)
            for name in pages
        ]
    monkeypatch.undo()
    clear_url_caches()
    assert found == {
        "dpo": [(200, 200)] * 3,
        "reviewer": [(403, 403), (200, 200), (200, 200)],
        "auditor": [(403, 403), (403, 403), (200, 403)],
    }


def test_an_auditor_makes_new_recovery_codes_and_the_old_ones_are_good_no_more(browser, portal):
    _, codes = enrol(browser, name="a.okafor", role=StaffRole.AUDITOR)
    assert "Make new recovery codes" in browser.get("/console/you").content
    renewed = CODES.findall(browser.post("/console/you/codes", page="/console/you").content)
    assert (len(renewed), set(renewed) & set(codes)) == (len(codes), set())
    tried = [
        log_in(Browser(portal), name="a.okafor", password=PASSWORD, code=code).status for code in (codes[0], renewed[0])
    ]
    assert tried == [403, 302]
    assert ("a.okafor", "auditor", "renew recovery codes", "") in acts()


def test_every_act_is_written_down_and_what_is_written_stays(browser, portal):
    begin = len(acts())
    app, codes = enrol(browser)
    browser.post("/console/you/codes", page="/console/you")
    browser.post("/console/logout", page="/console/you")
    log_in(Browser(portal), name="nobody@agora.example", password="x", code="x")
    log_in(Browser(portal), name="d.lindqvist", password=PASSWORD, code="x")
    log_in(browser, name="d.lindqvist", password=PASSWORD, code=later(app))
    remove_staff("d.lindqvist", by="root", at=NOW)
    assert acts()[begin:] == [
        ("root", "operator", "add staff as dpo", "d.lindqvist"),
        ("d.lindqvist", "dpo", "enrol", ""),
        ("d.lindqvist", "dpo", "renew recovery codes", ""),
        ("d.lindqvist", "dpo", "log out", ""),
        ("", "", "fail to log in", ""),
        ("d.lindqvist", "", "fail to log in", ""),
        ("d.lindqvist", "dpo", "log in", ""),
        ("root", "operator", "remove staff", "d.lindqvist"),
    ]
    for change in (lambda: StaffAct.objects.all().delete(), lambda: StaffAct.objects.update(who="nobody")):
        with pytest.raises(DatabaseError, match="kept as they were written"), transaction.atomic():
            change()
    assert codes != []


def test_a_passkey_logs_in_once_for_each_challenge(browser, device):
    answer = device.answer(challenge_of(browser), count=6)
    assert (show_passkey(browser, answer).status, browser.get("/console/you").status) == (302, 200)
    browser.post("/console/logout", page="/console/you")
    browser.get("/console/login")
    assert show_passkey(browser, answer).status == 403
    assert Passkey.objects.get().sign_count == 6


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8001"},
        {"host": "evil.example"},
        {"flags": AuthenticatorData.FLAG.UP},
        {"count": 5},
        {"count": 0},
        {"kind": "webauthn.create"},
        {"key": ec.generate_private_key(ec.SECP256R1())},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_passkey_of_elsewhere_unchecked_copied_or_forged_logs_nobody_in(browser, device, wrong):
    answer = device.answer(challenge_of(browser), **{"count": 6, **wrong})
    assert (show_passkey(browser, answer).status, browser.get("/console/you").status) == (403, 302)


def test_what_is_no_answer_of_a_passkey_is_refused_and_breaks_nothing(browser, device):
    right = json.loads(device.answer("x", count=6))
    cut = [{**right, "response": {**right["response"], name: ""}} for name in right["response"]]
    short = {**right, "response": {**right["response"], "authenticatorData": "AAAA"}}
    no_answers = ["{", "[]", "7", "null", "{}", "x" * 30_000, json.dumps(short), *map(json.dumps, cut)]
    statuses = []
    for answer in no_answers:
        browser.get("/console/login")
        statuses.append(show_passkey(browser, answer).status)
    assert statuses == [403] * len(no_answers)


def test_sessions_that_ended_are_gone_with_the_next_login(browser, device, portal):
    for _ in range(3):
        Browser(portal).get("/console/login")
    Session.objects.update(expire_date=NOW - timedelta(days=1000))
    arrive(browser, device)
    assert Session.objects.count() == 1


def test_names_are_taken_once_and_have_a_form():
    add_staff("taken", StaffRole.DPO, by="root", at=NOW)
    for name in ("taken", "", "A", "a b", "x" * 65, "-x"):
        with pytest.raises(StaffNameError):
            add_staff(name, StaffRole.REVIEWER, by="root", at=NOW)
    with pytest.raises(StaffNameError):
        remove_staff("unknown", by="root", at=NOW)


def test_pages_for_objecting_set_no_cookie_and_read_none(browser, device, register):
    link = f"/object/{make_link(register.keyring, subject_key(register.keyring, 'fern'))}"
    arrive(browser, device)
    for place in ("/object", link, f"{link}/receipt", "/consoles", "/static/none.css"):
        shown = browser.get(place)
        told = {name.lower(): value for name, value in shown.all_headers}
        assert ("set-cookie" in told, "cookie" in told.get("vary", "").lower(), place) == (False, False, place)
    fresh = Browser(browser.application)
    assert (fresh.forge(link).status, fresh.cookies) == (200, {})
    assert set(browser.cookies) == {"csrftoken", "sessionid"}


def test_only_pages_with_a_passkey_run_a_script_and_only_ours(browser):
    policies = {place: browser.get(place).headers["Content-Security-Policy"] for place in ("/console/login", "/object")}
    assert ["script-src 'self'" in policy for policy in policies.values()] == [True, False]
    assert "<script>" not in browser.get("/console/login").content


def test_the_tables_are_those_of_the_models():
    told = io.StringIO()
    call_command("makemigrations", "--check", stdout=told)
    assert told.getvalue() == "No changes detected\n"


def test_a_database_on_postgresql_has_a_schema_of_its_own():
    told = describe_database("postgresql://demur:geheim%20nis@db.agora.example:5433/register?sslmode=require")
    assert told == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "register",
        "USER": "demur",
        "PASSWORD": "geheim nis",
        "HOST": "db.agora.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require", "options": "-c search_path=demur_portal"},
    }


HTTPS = """
import io, sys
from django.core.management import call_command
from types import SimpleNamespace
from demur.web.look.page import Page
from demur.web.portal.application import make_portal
from demur.web.portal.database import migrate_database
from demur.web.portal.settings import PortalSettings
from django.conf import settings
from wsgiref.util import setup_testing_defaults

chosen = PortalSettings(
    secret_key="0123456789abcdef" * 4, address="https://objections.agora.example", database=sys.argv[1]
)
portal = make_portal(SimpleNamespace(page=Page()), chosen)
call_command("check", deploy=True, fail_level="INFO")
migrate_database()
migrate_database()
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.ALLOWED_HOSTS)
environ = {"PATH_INFO": "/login/nowhere", "HTTP_HOST": "evil.example"}
setup_testing_defaults(environ)
b"".join(portal(environ, lambda status, headers, _=None: print(status[:3], dict(headers)["Strict-Transport-Security"])))
from django.db import connection
with connection.cursor() as cursor:
    print(len(connection.introspection.table_names(cursor)))
"""


def test_behind_https_the_checks_of_django_are_clean_cookies_are_secure_and_other_hosts_refused(tmp_path):
    words = [sys.executable, "-c", HTTPS, f"sqlite:///{tmp_path}/portal.db"]
    ran = subprocess.run(words, check=False, capture_output=True, text=True)
    assert ran.stdout.splitlines() == [
        "System check identified no issues (2 silenced).",
        "True True ['127.0.0.1', 'localhost', 'objections.agora.example']",
        "400 max-age=31536000",
        "14",
    ], ran.stderr
