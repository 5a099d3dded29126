"""The console's pages on requests: the filter, the bulk step, the review with its decisions, who may what."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import polars as pl
import pytest
import sqlalchemy as sa

from demur.exchange.columns import ITEM_COLUMNS
from demur.kernel.clock import FixedClock
from demur.keys.keyring import create_keyring
from demur.keys.subjects import SubjectKey, item_key
from demur.policy.handling import RequestKind, RequestState, TermKind
from demur.policy.ruleset import load_ruleset
from demur.register.accesses import Reader, read_accesses
from demur.register.queries import read_head
from demur.register.requests import RequestForm, make_code, receive_request
from demur.register.requests_reading import read_request
from demur.register.requests_terms import Given, Term
from demur.register.snapshot import read_facts
from demur.register.store import open_register
from demur.sources.source import SourceBatch
from demur.web.admission.gate import AdmissionSettings, Gate
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings, configure_django

AT = datetime(2025, 1, 31, 23, 30, tzinfo=UTC)
ROLES = ("dpo", "reviewer", "auditor")
NAME = "<b>Änne</b> Ferreira"


class Letters:
    """A source of four invented posts, of which one is not public."""

    name = "letters"

    def __init__(self, keyring):
        texts = [
            "Yesterday ANNE Ferreira won.",
            "Nobody is named.",
            "From Änne ferreira, with love",
            "A secret of Anne Ferreira",
        ]
        rows = [
            {
                **dict.fromkeys(ITEM_COLUMNS),
                "item_key": item_key(keyring, str(n)),
                "source": "letters",
                "text": text,
                "visibility": "friends" if "secret" in text else "public",
            }
            for n, text in enumerate(texts)
        ]
        self.frame = pl.DataFrame(rows, schema=ITEM_COLUMNS)

    def splits(self):
        return ["one"]

    def batches(self, split):
        del split
        yield SourceBatch(frame=self.frame, rows_read=4, rejected=())


@pytest.fixture(scope="session")
def django():
    configure_django(PortalSettings(secret_key="of a test"))
    from django.core.management import call_command  # noqa: PLC0415 -- app ready

    call_command("migrate", verbosity=0)


@pytest.fixture
def register(tmp_path):
    keyring = create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"console")
    with open_register(f"sqlite:///{tmp_path}/r.db", keyring=keyring, log_folder=tmp_path / "log") as opened:
        yield opened


@pytest.fixture
def services(register, tmp_path):
    return PortalServices(
        register=register,
        clock=FixedClock(AT),
        contact="privacy@agora.example",
        corpora=tmp_path / "corpora",
        ruleset=load_ruleset("eu-2025"),
        sources={"letters": Letters(register.keyring)},
        gate=Gate(AdmissionSettings(), register.keyring),
    )


@pytest.fixture
def staff(django, services):
    """Return what logs a member of staff in, or nobody, and gives their browser."""
    from django.contrib.auth.models import Group, User  # noqa: PLC0415 -- app ready
    from django.test import Client  # noqa: PLC0415 -- app ready

    def log_in(role=None, at=AT):
        moved = replace(services, clock=FixedClock(at))
        client = Client(HTTP_HOST="127.0.0.1", **{"demur.portal.services": moved})
        if role:
            user, _ = User.objects.get_or_create(username=f"ines-{role}")
            user.groups.add(Group.objects.get_or_create(name=role)[0])
            client.force_login(user)
        return client

    return log_in


@pytest.fixture
def filed(register, services):
    """Return what files requests, some at once, and tells their numbers."""

    def file(*kinds, at=AT, terms=((TermKind.NAME, NAME),), hint=None, language="mt"):
        for kind in kinds:
            once = f"{read_head(register).size}"
            form = RequestForm(
                code=make_code(register.keyring, once, b""),
                kind=kind,
                given=Given(terms=tuple(Term(kind=one, text=text) for one, text in terms), hint=hint),
                language=language,
                received_at=at,
            )
            receive_request(register, form, at=at, settings=services.ruleset.settings)

    return file


def numbers_in(page):
    return [int(number) for number in re.findall(r'href="/console/requests/(\d+)"', page.content.decode())]


def test_a_list_is_filtered_by_state_kind_language_and_due_day(staff, filed):
    filed(RequestKind.CHILD, RequestKind.AGENT)
    filed(RequestKind.CHILD, hint="the baker", language="ga", at=AT - timedelta(days=40))
    auditor = staff("auditor")
    asked = {
        "": [1, 2, 3],
        "state=asked": [1, 2],
        "kind=child": [1, 3],
        "language=ga": [3],
        "due=overdue": [3],
        "due=week": [3],
        "kind=child&state=asked&language=mt": [1],
        "state=nonsense": [1, 2, 3],
    }
    assert {query: numbers_in(auditor.get(f"/console/requests?{query}")) for query in asked} == asked
    assert auditor.get("/console/requests?after=2").content.decode().count("govuk-tag--red") == 2


@pytest.mark.parametrize("path", ["/console/requests", "/console/requests.csv"])
def test_one_and_three_rows_take_equally_many_queries(staff, filed, register, path):
    counted = []

    @sa.event.listens_for(register.database.reader, "before_cursor_execute")
    def count(*_):
        counted.append(1)

    auditor, seen = staff("auditor"), []
    for more in (1, 2):
        filed(*[RequestKind.CHILD] * more)
        counted.clear()
        auditor.get(path)
        seen.append(len(counted))
    assert (seen[0], seen[0]) == (seen[1], seen[1])
    assert seen[0] > 0


def test_a_step_with_all_is_taken_with_as_many_as_the_page_said(staff, filed, register):
    filed(*[RequestKind.CHILD] * 3, RequestKind.AGENT)
    dpo = staff("dpo")
    wrong = dpo.post("/console/requests/all", {"kind": "child", "act": "cut", "count": "2"})
    assert (wrong.status_code, read_request(register, 1).listed.state) == (400, RequestState.ASKED)
    assert dpo.post("/console/requests/all", {"kind": "child", "act": "refuse", "count": "3"}).status_code == 400
    right = dpo.post("/console/requests/all", {"kind": "child", "act": "cut", "count": "3"})
    states = [read_request(register, number).listed.state.value for number in (1, 2, 3, 4)]
    assert (right.status_code, states) == (302, ["cut", "cut", "cut", "asked"])


def test_an_answer_is_put_off_once_within_the_first_month(staff, filed, register):
    filed(RequestKind.CHILD)
    first = read_request(register, 1).listed.due_at
    late = staff("dpo", at=first).post("/console/requests/1/step", {"act": "extend_number"})
    in_time = staff("dpo", at=first - timedelta(seconds=1)).post("/console/requests/1/step", {"act": "extend_number"})
    again = staff("dpo").post("/console/requests/1/step", {"act": "extend_complexity"})
    assert [late.status_code, in_time.status_code, again.status_code] == [409, 302, 409]
    assert [first, read_request(register, 1).listed.due_at] == [
        datetime(2025, 3, 1, tzinfo=UTC),
        datetime(2025, 5, 1, tzinfo=UTC),
    ]


def test_a_review_shows_what_was_given_beside_where_it_stands_and_writes_down_who_looked(staff, filed, register):
    filed(RequestKind.ABOUT_ME, hint="the baker")
    page = staff("reviewer").get("/console/requests/1/review").content.decode()
    assert "&lt;b&gt;Änne&lt;/b&gt; Ferreira" in page
    assert "<b>Änne" not in page
    found = [unescape(piece) for piece in re.findall(r"<mark>(.*?)</mark>", page)]
    assert found == []  # the name has four words: b, Anne, b, Ferreira
    reference = SubjectKey(read_request(register, 1).reference)
    reads = read_accesses(register, reference, Reader(role="test", name="test", act="test"), at=AT)
    assert [(read.reader.role, read.reader.name, read.reader.act) for read in reads[:-1]] == [
        ("reviewer", "ines-reviewer", "GET console_review")
    ]


def test_candidates_stand_side_by_side_and_whole_items_can_be_left_out(staff, filed, register):
    filed(RequestKind.ABOUT_ME, terms=((TermKind.NAME, "Anne Ferreira"),), hint="the baker")
    reviewer = staff("reviewer")
    page = unescape(reviewer.get("/console/requests/1/review").content.decode())
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["ANNE Ferreira", "Änne ferreira"]
    assert [page.count(text) for text in ("Yesterday [SUPPRESSED] won.", "Nobody is named")] == [1, 0]
    (first, _) = re.findall(r'name="item" value="([0-9a-f]{32})"', page)
    decided = reviewer.post("/console/requests/1/decide", {"act": "accept", "item": [first, "zz", "00"]})
    with register.reading() as connection:
        facts, _ = read_facts(connection, at=AT)
    assert (decided.status_code, bytes.fromhex(first) in facts.targets["target_key"].to_list()) == (302, True)
    after = read_request(register, 1)
    assert (after.listed.state, after.terms, after.spans, facts.terms.height) == (RequestState.ACCEPTED, 0, 1, 1)


@pytest.mark.parametrize(
    "said", [{}, {"ground": "legal_claims"}, {"remedies": "told"}, {"ground": "model_quality", "remedies": "told"}]
)
def test_a_refusal_without_ground_or_what_the_person_is_told_decides_nothing(staff, filed, register, said):
    filed(RequestKind.ABOUT_ME)
    refused = staff("dpo").post("/console/requests/1/decide", {"act": "refuse", **said})
    assert (refused.status_code, read_request(register, 1).listed.state) == (409, RequestState.ASKED)


def test_a_refusal_names_who_answers_for_it_and_why_and_can_be_thought_better_of(staff, filed, register):
    filed(RequestKind.ABOUT_ME)
    dpo = staff("dpo")
    dpo.post("/console/requests/1/decide", {"act": "refuse", "ground": "legal_claims", "remedies": "told"})
    last = read_request(register, 1).steps[-1]
    with register.reading() as connection:
        assert read_facts(connection, at=AT)[0].terms.is_empty()
    assert (last.decided_by, last.ground.value, last.remedies_told) == ("ines-dpo", "legal_claims", True)
    assert dpo.post("/console/requests/1/decide", {"act": "refuse", "ground": "legal_claims"}).status_code == 409
    assert dpo.post("/console/requests/1/decide", {"act": "cut"}).status_code == 302
    with register.reading() as connection:
        assert read_facts(connection, at=AT)[0].terms.height == 1


def test_an_export_holds_no_formula(staff, filed):
    filed(RequestKind.CHILD, language="=1+1")
    content = staff("auditor").get("/console/requests.csv").content.decode()
    assert content.splitlines()[1:] == [
        "1,child,'=1+1,2025-01-31T23:30:00.000000Z,asked,2025-03-01T00:00:00.000000Z,no,no,"
    ]


PAGES = {
    ("GET", "/console/requests"): (200, 200, 200),
    ("GET", "/console/requests.csv"): (200, 200, 200),
    ("GET", "/console/requests/1"): (200, 200, 200),
    ("GET", "/console/requests/1/review"): (200, 200, 403),
    ("POST", "/console/requests/all"): (400, 400, 403),
    ("POST", "/console/requests/1/step"): (409, 409, 403),
    ("POST", "/console/requests/1/decide"): (409, 409, 403),
}


def test_each_page_is_for_its_roles_and_for_nobody_who_is_not_logged_in(staff, filed):
    from demur.web.console.requests_routes import urlpatterns  # noqa: PLC0415 -- app ready

    filed(RequestKind.CHILD)
    browsers = [staff(role) for role in ROLES]
    answers = {
        (method, path): tuple(browser.generic(method, path).status_code for browser in browsers)
        for method, path in PAGES
    }
    nobody = staff()
    sent = {nobody.generic(method, path).url.partition("?")[0] for method, path in PAGES}
    assert (answers, sent, len(PAGES)) == (PAGES, {"/console/login"}, len(urlpatterns))


def test_a_look_changes_nothing_and_a_number_that_is_none_is_no_failure(staff, filed, register):
    filed(RequestKind.CHILD)
    size, dpo = read_head(register).size, staff("dpo")
    paths = ("/console/requests/2", f"/console/requests/{1 << 70}", "/console/requests/2/review")
    assert [dpo.get(path).status_code for path in paths] == [404, 404, 404]
    assert [dpo.get(path).status_code for path in ("/console/requests/all", "/console/requests/1/decide")] == [405, 405]
    assert (read_head(register).size, len(read_request(register, 1).steps)) == (size, 1)


def test_a_form_from_elsewhere_is_refused(staff, filed, register):
    filed(RequestKind.CHILD)
    dpo = staff("dpo")
    dpo.handler.enforce_csrf_checks = True
    assert dpo.post("/console/requests/1/decide", {"act": "accept"}).status_code == 403
    assert read_request(register, 1).listed.state is RequestState.ASKED


def test_what_staff_do_is_written_down(staff, filed):
    from demur.web.staff.models import StaffAct  # noqa: PLC0415 -- app ready

    StaffAct.objects.all().count()
    before = SimpleNamespace(count=StaffAct.objects.count())
    filed(RequestKind.CHILD)
    staff("dpo").post("/console/requests/1/step", {"act": "accept"})
    acts = list(StaffAct.objects.values_list("who", "role", "act", "about"))[before.count :]
    assert acts == [("ines-dpo", "dpo", "accept request", "1")]
