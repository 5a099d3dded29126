"""The pages of the console at an address, with members of staff who are logged in: for tests in a browser."""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
from django.http import HttpRequest
from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import Page as PlaywrightPage
from servers.browser import serving

from demur.kernel.clock import FixedClock
from demur.kernel.words import ItemKind, Purpose
from demur.keys.subjects import subject_key
from demur.policy.handling import RequestKind, TermKind
from demur.policy.ruleset import load_ruleset
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.intake import receive_objection
from demur.register.notices import NOTICE_COLUMNS, import_notices
from demur.register.objecting import ObjectionForm
from demur.register.proposals import propose_relaunch
from demur.register.requests import RequestForm, make_code, receive_request
from demur.register.requests_terms import Given, Term
from demur.register.store import Register, open_register
from demur.register.suspensions import Suspension, suspend
from demur.sources.open import open_source
from demur.sources.source import Source
from demur.testing.small_history import SmallHistory, write_small_history
from demur.testing.small_platform import NOW
from demur.testing.small_runs import write_run
from demur.web.account.provider import mask_handle
from demur.web.admission.gate import AdmissionSettings, Gate
from demur.web.form_versions import ACCOUNT
from demur.web.look.page import Page
from demur.web.portal.application import make_portal
from demur.web.portal.database import migrate_database
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings
from demur.web.staff.keeping import add_staff
from demur.web.staff.roles import StaffRole

SETTINGS = PortalSettings(secret_key="of a test")
_PEOPLE = 24
_VERSION, _NEWER = "2025-04", "2025-05"
_STAFF = {"ines": StaffRole.DPO, "rita": StaffRole.REVIEWER, "aud": StaffRole.AUDITOR}
_READ = ("", "/notices", "/corpora", "/corpora/first", "/models", "/effectiveness", "/requests", "/requests/1", "/you")
_STOPS = ("/stops", "/acts")
_REFUSED = ("rita", "/console/acts")  # which is not for reviewers, and says so
_HOLDER, _OWN = "somebody", "/account"  # somebody who logged in with their own account, and no member of staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """A console with something on every page.

    Attributes:
        pages: as who to look at what; nobody is logged in where there is no name.
        sessions: the session cookie of each member of staff, and of somebody who logged in with their own account.
    """

    origin: str
    pages: tuple[tuple[str, str], ...]
    sessions: Mapping[str, str]

    @property
    def first_pages(self) -> tuple[tuple[str, str], ...]:
        """Return each page once, as the first who sees it."""
        firsts = {path: (name, path) for name, path in reversed(self.pages)}
        return (*firsts.values(), _REFUSED)

    def log_in(self, browser: PlaywrightBrowser, name: str) -> PlaywrightPage:
        """Open a page in a profile of its own, in which somebody is logged in."""
        context = browser.new_context(viewport={"width": 1_280, "height": 900}, color_scheme="light")
        if name:
            context.add_cookies([{"name": "sessionid", "value": self.sessions[name], "url": self.origin}])
        return context.new_page()

    def open(self, page: PlaywrightPage, path: str, language: str = "en") -> None:
        """Bring a page of a browser to a page of the console."""
        answer = page.goto(f"{self.origin}{path}?lang={language}")
        assert answer is not None
        assert "/console/login" not in answer.url or path == "/console/login", f"{path} asks for a login"


@contextlib.contextmanager
def open_console(folder: Path) -> Iterator[Console]:
    """Build a small platform with a corpus and a training run, fill its register, and serve its pages."""
    history = write_small_history(folder, people=_PEOPLE, items=60)
    history.file_objection(history.accounts_with_rows()[0])
    history.apply()
    write_run(history, folder / "runs" / "first")
    _break_copy(history.corpus)
    url = f"sqlite:///{folder}/web.db"
    with (
        open_register(url, keyring=history.keyring, log_folder=folder / "web-log") as register,
        # Tables in memory are of one thread, and Django refuses one in which Playwright has its loop.
        ThreadPoolExecutor(1) as pool,
    ):
        services = _services(history, register)
        _fill(services)
        portal = make_portal(services, SETTINGS)
        sessions, link = pool.submit(_log_everybody_in, services).result()
        with serving(_in_one_thread(portal, pool)) as origin:
            yield Console(origin=origin, pages=_pages(link), sessions=sessions)


def _break_copy(corpus: Path) -> None:
    """Leave a corpus that cannot be read beside a good one: pages say so."""
    broken = Path(shutil.copytree(corpus, corpus.with_name("broken")))
    (broken / "manifest.json").write_bytes(b"{}")


def _services(history: SmallHistory, register: Register) -> PortalServices:
    specs = history.platform.plan().sources
    return PortalServices(
        register=register,
        clock=FixedClock(NOW),
        contact="privacy@agora.example",
        corpora=history.corpus.parent,
        runs=history.folder / "runs",
        ruleset=load_ruleset("eu-2025").with_settings({"notice_version": _NEWER}),
        sources={spec.name: open_source(spec, keyring=history.keyring, root=history.folder) for spec in specs},
        gate=Gate(AdmissionSettings(), history.keyring),
        page=Page(name="Agora"),
    )


def _fill(services: PortalServices) -> None:
    """Let people be told, ask for something, and the processing be stopped and proposed to go on."""
    register, settings = services.register, services.ruleset.settings
    begun = NOW - timedelta(days=40)
    people = [{"account": f"a{number}", "country": "DE", "language": "en"} for number in range(_PEOPLE)]
    import_accounts(register, _rows(ACCOUNT_COLUMNS, people), at=begun)
    told = [
        {"version": version, "channel": "email", "event": "delivered", "at": at.isoformat(), "states_right": "true"}
        for version, at in ((_VERSION, begun), (_NEWER, NOW - timedelta(days=1)))
    ]
    rows = [{"account": person["account"], "language": "en", **notice} for person in people for notice in told]
    import_notices(register, _rows(NOTICE_COLUMNS, rows), at=NOW)
    name = Term(kind=TermKind.NAME, text=_two_words(services.sources.values()))
    for kind, at in ((RequestKind.ABOUT_ME, NOW), (RequestKind.CHILD, begun), (RequestKind.AGENT, NOW)):
        form = RequestForm(
            code=make_code(register.keyring, kind.value, b""),
            kind=kind,
            given=Given(terms=(name,), hint="the baker"),
            language="en",
            received_at=at,
        )
        receive_request(register, form, at=at, settings=settings)
    number = suspend(register, Suspension(country="PT", kind=ItemKind.PHOTO), at=begun)
    suspend(register, Suspension(country="MT"), at=begun)
    propose_relaunch(register, number, notice_version=_NEWER, by="tomas", at=NOW)


def _rows(columns: tuple[str, ...], rows: list[dict[str, str]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(columns) | row for row in rows], schema=dict.fromkeys(columns, pl.String))


def _two_words(sources: Iterable[Source]) -> str:
    """Return a name that stands in a text, so that the review has something to show."""
    source = next(iter(sources))
    batch = next(iter(source.batches(source.splits()[0])))
    text = batch.frame.filter(pl.col("visibility") == "public")["text"].drop_nulls().to_list()[0]
    return " ".join(text.split()[:2])


def _log_everybody_in(services: PortalServices) -> tuple[dict[str, str], str]:
    """Return the session of each member of staff, and the path of a link by which another enrols."""
    from django.contrib.auth.models import Group, User  # noqa: PLC0415 -- app ready
    from django.test import Client  # noqa: PLC0415 -- app ready

    migrate_database()
    sessions = {}
    for name, role in _STAFF.items():
        user, _ = User.objects.get_or_create(username=name)
        user.groups.set([Group.objects.get_or_create(name=role.value)[0]])
        client = Client(headers={"host": "localhost"}, **{"demur.portal.services": services})
        client.force_login(user)
        client.get("/console/tables/corpora.csv")  # which is written down, so that the list of acts has a row
        sessions[name] = client.cookies["sessionid"].value
    sessions[_HOLDER] = _log_holder_in(services)
    return sessions, f"/console/enrol/{add_staff('kelp', StaffRole.REVIEWER, by='root', at=NOW)}"


def _log_holder_in(services: PortalServices) -> str:
    """Return the session of somebody with two accounts, who objected with both."""
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415 -- app ready

    from demur.web.account.sessions import begin_session  # noqa: PLC0415 -- app ready

    subjects = [subject_key(services.register.keyring, account) for account in ("a1", "a2")]
    form = ObjectionForm(
        subjects=tuple(subjects),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=NOW - timedelta(days=2),
        form_version=ACCOUNT,
    )
    receive_objection(services.register, form, at=NOW)
    request = HttpRequest()
    request.session = SessionStore()
    begin_session(request, subjects, {subjects[0]: mask_handle("fern.moro"), subjects[1]: mask_handle("moro-two")})
    request.session.save()
    return request.session.session_key or ""


def _in_one_thread(application: Callable[..., Any], pool: ThreadPoolExecutor) -> Callable[..., list[bytes]]:
    def answer(environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
        return pool.submit(lambda: [b"".join(application(environ, start_response))]).result()

    return answer


def _pages(link: str) -> tuple[tuple[str, str], ...]:
    seen = {
        "ines": (*_READ, *_STOPS, "/requests/1/review"),
        "rita": (*_READ, "/requests/1/review"),
        "aud": (*_READ, *_STOPS),
    }
    staff = [(name, f"/console{path}") for name, paths in seen.items() for path in paths]
    return (
        *staff,
        (_HOLDER, _OWN),
        _REFUSED,
        ("", "/console/login"),
        ("", link),
        ("", "/console/enrol/over"),
        ("", "/effectiveness"),
    )
