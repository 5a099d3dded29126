"""Every page of the portal at an address, with invented people: for tests in a browser, and for pictures of them."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from playwright.sync_api import Page as PlaywrightPage
from servers.browser import serving

from demur.engines.local import LocalEngine
from demur.kernel.clock import FixedClock
from demur.kernel.words import Decision, LinkEvent
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, group_key, item_key, subject_key
from demur.policy.ruleset import load_ruleset
from demur.register.links import AccountLink, record_links
from demur.register.store import Register, open_register
from demur.sources.open import open_source
from demur.sources.source import Source
from demur.testing.small_platform import ignore_progress, read_decisions, write_small_platform
from demur.web.admission.gate import AdmissionSettings, Gate, LaneRate
from demur.web.admission.load import LoadThreshold, WorkPolicy
from demur.web.in_app.notice import InAppNotices, make_notice, sign_notices
from demur.web.links import make_link
from demur.web.look.page import Page
from demur.web.origins import parse_proxies
from demur.web.portal.application import make_portal
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
SETTINGS = PortalSettings(secret_key="of a test")
_ITEMS = 140
_ELSEWHERE = "203.0.113.7"
_APP = """<!doctype html><html lang="en"><head><title>Agora</title><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><script src="{portal}/in-app/demur-notice.js" defer></script></head>
<body><main><h1>Home</h1><demur-notice src="{portal}/in-app/{token}"></demur-notice></main></body></html>"""
_SEND = """fields => {
    const form = Object.assign(document.createElement("form"), { method: "post", hidden: true });
    for (const [name, value] of Object.entries(fields))
        form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(form);
    form.submit();
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page to look at: what is asked for, or sent, to get there; `is_busy` asks the portal that is under load."""

    name: str
    path: str
    posts: Mapping[str, str] | None = None
    is_busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A portal with everything in it.

    Attributes:
        busy: the origin of another one, of the same register, that is always under load.
        app: the origin of the platform's own pages, which show what a test asks for; `other_app` is no origin of ours.
        token: of somebody who has not objected.
    """

    origin: str
    busy: str
    app: str
    other_app: str
    visits: tuple[Visit, ...]
    token: str
    register: Register
    at: datetime = AT

    def open(self, page: PlaywrightPage, visit: Visit, language: str = "en") -> None:
        """Bring a page of a browser to a page of the site, by an address or by sending a form."""
        origin = self.busy if visit.is_busy else self.origin
        # Nobody on this machine waits for a turn, so under load somebody comes from elsewhere.
        page.set_extra_http_headers({"X-Forwarded-For": _ELSEWHERE} if visit.is_busy else {})
        page.goto(f"{origin}{visit.path}?lang={language}")
        if visit.posts is not None:
            with page.expect_navigation():
                page.evaluate(_SEND, dict(visit.posts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A small platform with a corpus, and an open register beside it."""

    keyring: Keyring
    corpus: Path
    sources: Mapping[str, Source]
    register: Register


@contextlib.contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    """Build a small platform with a corpus and serve its pages while the block runs."""
    with _building(folder) as built:
        _link(built)
        path = folder / "in-app"
        sign_notices(path, make_notice(platform="agora.example", name="Agora", version="2025-04"), (), built.keyring)
        with contextlib.ExitStack() as stack:
            app, other_app = (stack.enter_context(serving(_show_app, host="localhost")) for _ in range(2))
            origin, busy = (
                stack.enter_context(serving(make_portal(_services(built, path, policy, frozenset({app})), SETTINGS)))
                for policy in (WorkPolicy.NEVER, WorkPolicy.ALWAYS)
            )
            yield Site(
                origin=origin,
                busy=busy,
                app=app,
                other_app=other_app,
                visits=_visits(built),
                token=make_link(built.keyring, subject_key(built.keyring, "a3")),
                register=built.register,
            )


@contextlib.contextmanager
def _building(folder: Path) -> Iterator[Built]:
    platform = write_small_platform(folder, people=20, items=_ITEMS)
    corpus = platform.build(platform.plan(partitions=2), LocalEngine(), progress=ignore_progress).folder
    specs, keyring = platform.plan().sources, platform.keyring
    sources = {spec.name: open_source(spec, keyring=keyring, root=platform.folder) for spec in specs}
    url = f"sqlite:///{platform.folder}/web.db"
    with open_register(url, keyring=keyring, log_folder=platform.folder / "web-log") as register:
        yield Built(keyring=keyring, corpus=corpus, sources=sources, register=register)


def _show_app(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
    """Answer with a page of the platform's app that holds the component: `/?portal=ORIGIN&token=TOKEN`."""
    asked = dict(parse_qsl(environ["QUERY_STRING"]))
    portal, token = (asked.get(name, "") for name in ("portal", "token"))  # a browser asks for a picture as well
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [_APP.format(portal=portal, token=token).encode()]


def _link(built: Built) -> None:
    centre = group_key(built.keyring, "centre")
    both = [subject_key(built.keyring, account) for account in ("a1", "a2")]
    links = [AccountLink(subject=subject, centre=centre, event=LinkEvent.LINKED) for subject in both]
    record_links(built.register, links, at=AT - timedelta(days=1))


def _services(built: Built, in_app: Path, policy: WorkPolicy, origins: frozenset[str]) -> PortalServices:
    admission = AdmissionSettings(threshold=LoadThreshold(policy=policy), lane=LaneRate(wait_seconds=3_600))
    return PortalServices(
        register=built.register,
        clock=FixedClock(AT),
        contact="privacy@agora.example",
        corpora=built.corpus.parent,
        ruleset=load_ruleset("eu-2025"),
        sources=built.sources,
        gate=Gate(admission, built.keyring),
        proxies=parse_proxies(("127.0.0.1",)),
        page=Page(name="Agora"),
        in_app=InAppNotices(folder=in_app, trust=built.keyring.trusted_keys()),
        in_app_origins=origins,
    )


def _visits(built: Built) -> tuple[Visit, ...]:
    author, item = _author_and_item(built)
    told = make_link(built.keyring, author)
    first, other, new = (make_link(built.keyring, subject_key(built.keyring, one)) for one in ("a1", "a2", "a3"))
    page = "https://agora.example/p/7"
    return (
        Visit(name="object", path=f"/object/{new}"),
        Visit(name="receipt", path=f"/object/{first}", posts={}),
        Visit(name="objected", path=f"/object/{first}"),
        Visit(name="covered", path=f"/object/{other}"),
        Visit(name="before", path=f"/object/{told}/before"),
        Visit(name="why", path=f"/why/{told}/{item}"),
        Visit(name="no-item", path=f"/why/{told}/no-such-item"),
        Visit(name="no-receipt", path=f"/object/{new}/receipt"),
        Visit(name="lost", path="/object/x"),
        Visit(name="open", path="/object"),
        Visit(name="open-fault", path="/object", posts={"entered": ""}),
        Visit(name="open-receipt", path="/object", posts={"entered": page}),
        Visit(name="open-name", path="/object/for-child", posts={"entered": "Fern Moro"}),
        Visit(name="for-deceased", path="/object/for-deceased"),
        Visit(name="by-agent", path="/object/by-agent"),
        Visit(name="answer", path="/object/answer"),
        Visit(name="no-answer", path="/object/answer", posts={"code": "AAAA-AAAA-AAAA"}),
        Visit(name="search", path="/search"),
        Visit(name="searching", path="/search", posts={"entered": "Fern Moro"}),
        Visit(name="search-fault", path="/search", posts={"entered": ""}),
        Visit(name="notice", path="/notice"),
        Visit(name="account", path="/account"),
        Visit(name="wait", path="/object", posts={"entered": page}, is_busy=True),
    )


def _author_and_item(built: Built) -> tuple[SubjectKey, str]:
    """Return somebody of whom something is in the corpus, and the id of that item."""
    decisions = read_decisions(built.corpus)
    ids = {item_key(built.keyring, f"i{number}"): f"i{number}" for number in range(_ITEMS)}
    for source in built.sources.values():
        for split in source.splits():
            for batch in source.batches(split):
                for key, subject in batch.frame.select("item_key", "subject_key").iter_rows():
                    if subject is not None and decisions[key][0] == Decision.INCLUDE:
                        return SubjectKey(subject), ids[key]
    message = "nothing is in the corpus"
    raise LookupError(message)
