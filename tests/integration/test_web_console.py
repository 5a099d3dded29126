"""The console: each page for its roles, nothing done by a look, the same work for one row and for three, and CSV."""

import csv
import io
import shutil
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from demur.kernel.clock import FixedClock
from demur.keys.keyring import load_keyring
from demur.policy.ruleset import load_ruleset
from demur.register.notices import NOTICE_COLUMNS, import_notices
from demur.register.proposals import list_proposals
from demur.register.store import open_register
from demur.register.suspensions import Suspension, read_running, suspend
from demur.web.admission.gate import AdmissionSettings, Gate
from demur.web.portal.application import make_portal
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings

SETTINGS = PortalSettings(secret_key="of a test")
PAGES = ("", "/notices", "/corpora", "/corpora/sample", "/models", "/effectiveness", "/stops", "/acts")
TABLES = (
    "owed",
    "given-up",
    "freshness",
    "corpora",
    "models",
    "effectiveness",
    "forms",
    "handled",
    "acts",
    "notices-country",
)
LOOKS = (*PAGES, *(f"/tables/{name}.csv" for name in TABLES))
ACTS = (
    "/stops/new",
    "/stops/1/propose",
    "/proposals/1/confirmed",
    "/proposals/1/refused",
    "/proposals/1/taken-back",
)
# What each role is answered: by a look, by an act. Whoever has no role is sent to the login as if they were nobody.
STAFF = {"nobody": None, "roleless": "", "ines": "dpo", "tomas": "dpo", "rita": "reviewer", "aud": "auditor"}
NOT_FOR_REVIEWERS = {"/stops", "/acts"}


@pytest.fixture(scope="module")
def platform(built, tmp_path_factory) -> Path:
    return Path(shutil.copytree(built, tmp_path_factory.mktemp("console") / "platform"))


@pytest.fixture(scope="module")
def services(platform):
    keyring = load_keyring(platform / "keys/keyring.json")
    url = f"sqlite:///{platform}/register/register.db"
    with open_register(url, keyring=keyring, log_folder=platform / "register/log") as register:
        yield PortalServices(
            register=register,
            clock=FixedClock(datetime.now(UTC)),
            contact="privacy@agora.example",
            corpora=platform / "corpora",
            runs=platform / "runs",
            ruleset=load_ruleset("eu-2025").with_settings({"notice_version": "2025-04"}),
            sources={},
            gate=Gate(AdmissionSettings(), keyring),
        )


@pytest.fixture(scope="module")
def staff(services):
    """Return who works in the console, each with a browser of their own in which they are logged in."""
    make_portal(services, SETTINGS)
    from django.core.management import call_command  # noqa: PLC0415 -- app ready

    call_command("migrate", verbosity=0, interactive=False)
    return {name: log_in(services, name, role) for name, role in STAFF.items()}


def log_in(services, name, role):
    from django.contrib.auth.models import Group, User  # noqa: PLC0415 -- app ready
    from django.test import Client  # noqa: PLC0415 -- app ready

    browser = Client(enforce_csrf_checks=True, headers={"host": "localhost"}, **{"demur.portal.services": services})
    if role is not None:
        user, _ = User.objects.get_or_create(username=name)
        user.groups.set([Group.objects.get_or_create(name=role)[0]] if role else [])
        browser.force_login(user)
    return browser


def look(browser, path):
    return browser.get(f"/console{path}")


def send(browser, path, **fields):
    """Send a form of a page, as a browser does that has looked at it."""
    from django.middleware.csrf import _get_new_csrf_string  # noqa: PLC0415 -- app ready

    token = _get_new_csrf_string()
    browser.cookies["csrftoken"] = token
    return browser.post(f"/console{path}", {**fields, "csrfmiddlewaretoken": token})


def test_each_look_and_each_act_is_for_its_roles_and_for_nobody_else(staff, services):
    answered = {(name, path): look(staff[name], path).status_code for name in STAFF for path in LOOKS}
    asked = {
        (name, path): send(staff[name], path).status_code
        for name in ("nobody", "roleless", "rita", "aud")
        for path in ACTS
    }
    expected = {(name, path): 200 for name in STAFF for path in LOOKS}
    expected |= {(name, path): 302 for name in ("nobody", "roleless") for path in LOOKS}
    expected |= {("rita", path): 403 for path in NOT_FOR_REVIEWERS} | {("rita", "/tables/acts.csv"): 404}
    assert answered == expected
    assert asked == {
        (name, path): 302 if name in {"nobody", "roleless"} else 403
        for name in ("nobody", "roleless", "rita", "aud")
        for path in ACTS
    }
    assert (read_running(services.register), list_proposals(services.register)) == ((), ())


def test_every_address_of_the_console_stands_in_the_matrix(staff):
    from demur.web.console.routes import urlpatterns  # noqa: PLC0415 -- app ready

    known = [f"console{path}" for path in (*LOOKS, *ACTS)]
    assert [str(page.pattern) for page in urlpatterns if not any(page.resolve(path) for path in known)] == []


def test_no_look_changes_anything_and_no_act_is_done_by_one(staff):
    assert {look(staff["ines"], path).status_code for path in ACTS} == {405}
    assert {staff["ines"].post(f"/console{path}").status_code for path in ACTS} == {403}  # without the form's token


def test_one_person_stops_at_once_and_two_go_on_after_a_new_notice(staff, services):
    ines, tomas = staff["ines"], staff["tomas"]
    assert send(ines, "/stops/new", country="Portugal").status_code == 409
    assert send(ines, "/stops/new", country="pt", kind="photo").status_code == 302
    (running,) = read_running(services.register)
    assert running.stops == Suspension(country="PT", kind="photo")
    refused = send(ines, f"/stops/{running.number}/propose")
    assert (refused.status_code, "Nobody was told anew" in refused.content.decode()) == (409, True)

    row = (None, "2026-12", "public_page", "en", "published", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "true")
    at = datetime.now(UTC) + timedelta(seconds=5)
    frame = pl.DataFrame([row], schema=dict.fromkeys(NOTICE_COLUMNS, pl.String), orient="row")
    import_notices(services.register, frame.with_columns(at=pl.lit(f"{at:%Y-%m-%dT%H:%M:%SZ}")), at=at)
    later = services_at(services, at + timedelta(hours=1), notice_version="2026-12")
    ines, tomas = log_in(later, "ines", "dpo"), log_in(later, "tomas", "dpo")
    assert send(ines, f"/stops/{running.number}/propose").status_code == 302
    number = list_proposals(services.register)[0].number
    assert send(ines, f"/proposals/{number}/confirmed").status_code == 409
    assert "Confirm: go on" not in look(ines, "/stops").content.decode()
    assert "Confirm: go on" in look(tomas, "/stops").content.decode()
    assert send(tomas, f"/proposals/{number}/confirmed").status_code == 302
    assert read_running(services.register) == ()
    log = look(staff["aud"], "/acts").content.decode()
    acts = ("stop the processing", "propose to go on", "confirmed a proposal", "not done", "relaunch-notice")
    assert [act in log for act in acts] == [True] * len(acts)


def services_at(services, at, **settings):
    from dataclasses import replace  # noqa: PLC0415 -- used here alone

    from demur.web.readings import Readings  # noqa: PLC0415 -- app ready

    ruleset = load_ruleset("eu-2025").with_settings({"notice_version": "2025-04", **settings})
    return replace(services, clock=FixedClock(at), ruleset=ruleset, readings=Readings())


@pytest.mark.parametrize("path", ["", "/corpora", "/models", "/stops", "/acts"])
def test_three_rows_ask_the_databases_as_often_as_one(staff, services, platform, path):
    one = count_questions(services, path)
    corpora = platform / "corpora"
    for name in ("second", "third"):
        if not (corpora / name).exists():
            shutil.copytree(corpora / "sample", corpora / name)
    for country in ("AT", "BE", "CY"):
        suspend(services.register, Suspension(country=country), at=services.clock.now())
    assert count_questions(services, path) == one


def count_questions(services, path):
    from django.db import connection  # noqa: PLC0415 -- app ready
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 -- app ready

    fresh = services_at(services, services.clock.now())
    browser, asked = log_in(fresh, "ines", "dpo"), []

    def count(*_: object) -> None:
        asked.append(1)

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert look(browser, path).status_code == 200
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)
    return len(asked), len(captured)


def test_a_table_that_is_taken_away_holds_no_formula_and_leaves_a_trace(staff, services):
    from demur.web.console.tables import Mark, Table, write_csv  # noqa: PLC0415 -- app ready

    cells = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "plain", -1, None, Mark.WITHHELD, 'a "b", c')
    written = write_csv(Table(name="t", caption="", columns=("=a",), rows=tuple((cell,) for cell in cells)))
    read = [row[0] for row in csv.reader(io.StringIO(written, newline=""))]
    assert read == [
        *("'=a", "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "plain"),
        *("'-1", "", "withheld", 'a "b", c'),
    ]
    sent = look(staff["rita"], "/tables/corpora.csv")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="corpora.csv"'
    assert "export a table" in look(staff["aud"], "/acts").content.decode()


def test_people_by_country_and_age_are_counted_in_tens_or_not_at_all(staff):
    rows = list(csv.reader(io.StringIO(look(staff["ines"], "/tables/notices-country.csv").content.decode())))
    cells = [cell for row in rows[1:] for cell in row[1:]]
    assert "withheld" in cells
    assert {cell for cell in cells if cell != "withheld" and int(cell) < 10} == set()


def test_pages_are_fast_and_carry_no_script_style_or_foreign_address(staff):
    for path in PAGES:
        look(staff["ines"], path)
    took = []
    for _ in range(3):
        for path in PAGES:
            began = time.process_time()
            page = look(staff["ines"], path).content.decode()
            took.append(time.process_time() - began)
            assert [
                word
                for word in ("<script", "style=", "http://", "https://")
                if word in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
            ] == []
    assert statistics.median(took) < 0.06  # four times the goal, for a machine that does something else as well


def test_everybody_reads_how_well_objecting_works_without_a_cookie(staff):
    for path in ("/effectiveness", "/.well-known/ai-training-objection"):
        answer = staff["nobody"].get(path)
        assert (answer.status_code, answer.cookies.keys() - {"csrftoken"}, staff["nobody"].post(path).status_code) == (
            200,
            set(),
            405,
        )
        assert "Set-Cookie" not in answer.headers


def test_programs_find_form_log_key_and_contact_at_the_well_known_address(staff, services):
    told = staff["nobody"].get("/.well-known/ai-training-objection").json()
    public = services.register.keyring.public
    assert told == {
        "version": 1,
        "platform": "agora",
        "purposes": ["train_generative_models"],
        "objection_form": "http://localhost/object",
        "notice": told["notice"],
        "effectiveness": "http://localhost/effectiveness",
        "languages": told["languages"],
        "log": {"origin": "agora/demur/log", "verifier_key": public.log.vkey, "size": told["log"]["size"]},
        "documents": {"verifier_key": public.documents.vkey},
        "api": "http://localhost/api/v1/openapi.json",
        "contact": "privacy@agora.example",
    }
    assert (told["log"]["size"] > 0, "en" in told["languages"]) == (True, True)


def test_a_corpus_that_cannot_be_read_is_named_and_hides_no_other(staff, services, platform):
    broken = platform / "corpora" / "broken"
    shutil.copytree(platform / "corpora" / "sample", broken)
    (broken / "manifest.json").write_bytes(
        (broken / "manifest.json").read_bytes().replace(b'"version":1', b'"version":2')
    )
    try:
        page = look(log_in(services_at(services, services.clock.now()), "ines", "dpo"), "/corpora").content.decode()
    finally:
        shutil.rmtree(broken)
    assert ("broken: <code>" in page, ">sample</a>" in page) == (True, True)


def test_a_chart_says_what_it_shows_and_takes_no_name_for_markup(staff):
    from demur.web.console.charts import Bar, draw_bars  # noqa: PLC0415 -- app ready

    drawn = draw_bars(
        "<Title>", "Beside", [Bar(label="<script>", value=0, told="0"), Bar(label="b", value=4, told="4")]
    )
    assert drawn == (
        '<svg class="app-chart" viewBox="0 0 420 62" role="img" fill="currentColor" font-size="14" '
        'font-family="inherit" xmlns="http://www.w3.org/2000/svg"><title>&lt;Title&gt;</title><desc>Beside</desc>'
        '<text x="150" y="20" text-anchor="end">&lt;script&gt;</text>'
        '<rect x="160" y="6" width="1.0" height="18" rx="2"/><text x="169.0" y="20">0</text>'
        '<text x="150" y="48" text-anchor="end">b</text>'
        '<rect x="160" y="34" width="190.0" height="18" rx="2"/><text x="358.0" y="48">4</text></svg>'
    )
