"""The form without a link: everybody reaches a receipt, without scripts, under load, and losing nothing."""

import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import polars as pl
import pytest

from demur.kernel.clock import FixedClock
from demur.kernel.words import Purpose
from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.policy.requests import ControllerClaim, Ground
from demur.policy.ruleset import load_ruleset
from demur.register.accesses import Reader
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.effectiveness import read_forms
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head
from demur.register.requests import refuse_request
from demur.register.requests_searching import due_searches, finish_searches
from demur.register.requests_terms import read_terms
from demur.register.snapshot import read_facts
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

    def __init__(self, portal, services):
        self.portal, self.services = portal, services

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
    def open_one(threshold, at=AT):
        gate = Gate(AdmissionSettings(threshold=threshold, lane=LANE), register.keyring, seconds=lambda: seconds[0])
        services = PortalServices(
            register=register,
            clock=FixedClock(at),
            contact="privacy@agora.example",
            corpora=tmp_path / "corpora",
            ruleset=load_ruleset("eu-2025"),
            sources={},
            gate=gate,
        )
        return Browser(make_portal(services, PortalSettings(secret_key="of a test")), services)

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


def test_steps_of_the_form_are_counted_by_day_and_nothing_else_of_a_visit(browser_at, register):
    browser, later = browser_at(LoadThreshold()), browser_at(LoadThreshold(), at=AT + timedelta(seconds=9))
    browser.ask("HEAD", "/object")
    for _ in range(2):
        browser.ask("GET", "/object")
    browser.ask("GET", "/object/by-agent")
    browser.send("")  # which is sent, and led to no objection
    browser.send(ENTERED, once="1")
    later.send(ENTERED, once="1")  # the same form once more
    browser.services.visits.finish()
    later.services.visits.finish()
    counted = read_forms(register, since=AT.date(), until=AT.date() + timedelta(days=1))
    assert [(one.way, one.step, one.language, one.device, one.count) for one in counted] == [
        ("agent", "opened", "en", "other", 1),
        ("form", "opened", "en", "other", 2),
        ("form", "recorded", "en", "other", 1),
        ("form", "sent", "en", "other", 3),
    ]
    browser.services.visits.finish()  # nothing is added twice
    assert read_forms(register, since=AT.date(), until=AT.date() + timedelta(days=1)) == counted


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


def import_one(register, account, centre=None):
    row = {**dict.fromkeys(ACCOUNT_COLUMNS), "account": account, "visibility": "public", "centre": centre}
    import_accounts(register, pl.DataFrame([row], schema=dict.fromkeys(row, pl.String)), at=AT)


FORMS = ("/object", "/object/for-child", "/object/for-deceased", "/object/by-agent")
# One invented name in each of 24 scripts.
SCRIPTS = (
    *(
        "Änne Fereira",
        "Ελένη Μάρα",
        "Лена Морозова",
        "Լենա Մարոյան",
        "ლენა მარელი",
        "לנה מרון",
        "لينا مراد",
        "लीना मारू",
    ),
    *("লীনা মারু", "ਲੀਨਾ ਮਾਰੂ", "લીના મારુ", "ଲୀନା ମାରୁ", "லீனா மாரு", "లీనా మారు", "ಲೀನಾ ಮಾರು", "ലീനാ മാരു"),
    *("ලීනා මාරු", "ลีนา มารุ", "ລີນາ ມາລຸ", "လီနာ မာရု", "លីណា ម៉ារុ", "李娜", "レナ マル", "레나 마루"),
)


def code_in(page):
    (code,) = re.findall(r"<strong[^>]*>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</strong>", page.content)
    return code


def facts_of(register):
    with register.reading() as connection:
        return read_facts(connection, at=AT)[0]


@pytest.mark.parametrize("path", FORMS)
def test_every_form_asks_for_two_things_at_most_and_for_no_evidence(browser_at, path):
    form = browser_at(LoadThreshold()).ask("GET", path)
    fields = re.findall(r"<(?:input|textarea|select)[^>]*>", form.content)
    required = [field for field in fields if " required" in field]
    assert (form.status, len(required), 'type="file"' in form.content) == (200, 2 if "agent" in path else 1, False)
    assert re.findall(r'name="([a-z]+)"', " ".join(required)) == ["entered", "mandate"][: len(required)]
    assert [f'href="{other}"' in form.content for other in FORMS if other != path] == [True] * 3


@pytest.mark.parametrize("path", FORMS)
def test_every_form_leads_to_a_code_and_the_code_to_an_answer_by_a_day(browser_at, register, path):
    browser = browser_at(LoadThreshold())
    page = browser.ask("POST", path, {"entered": "Änne Ferreira", "hint": "the baker", "mandate": "1"})
    answer = browser.ask("POST", "/object/answer", {"code": f" {code_in(page).lower().replace('-', ' ')} "})
    receipt = browser.ask("POST", "/object/answer/receipt", {"code": code_in(page)})
    assert (page.status, answer.status, receipt.status) == (200, 200, 200)
    told = ("With it you see the answer, by 27 June 2025 at the latest.", "You get an answer by 27 June 2025.")
    assert [page.content.count(told[0]), answer.content.count(told[1])] == [1, 1]
    assert receipt.content == unescape(re.findall('<pre class="demur-receipt">(.*?)</pre>', page.content, re.DOTALL)[0])
    assert receipt.headers["Content-Disposition"] == 'attachment; filename="objection-0.tlog-proof"'
    assert "Ferreira" not in answer.content


def test_an_agent_says_that_the_person_asked_them(browser_at, register):
    page = browser_at(LoadThreshold()).ask("POST", "/object/by-agent", {"entered": "Änne Ferreira"})
    assert (page.status, page.content.count('role="alert"'), read_head(register).size) == (400, 1, 0)


def test_names_in_24_scripts_are_looked_for_and_shown_as_they_were_entered(browser_at, register):
    page = browser_at(LoadThreshold()).send("\n".join(SCRIPTS))
    assert [name for name in SCRIPTS if name not in page.content] == []
    assert (page.content.count("We read it as a name."), len(set(facts_of(register).terms["digest"]))) == (24, 24)


def test_look_alike_letters_and_invisible_ones_are_one_name(browser_at, register):
    browser_at(LoadThreshold()).send("Ada Moro\nАdа Mоrо\nADA  MORO\nA\u200bda Moro")
    assert facts_of(register).terms.height == 1


@pytest.mark.parametrize(
    ("entered", "told"),
    [
        ("ada_moro", "the name of an account"),
        ("@ada", "the name of an account"),
        ("ada.moro", "the name of an account"),
        ("ada@mail.example", "an address or a telephone number"),
        ("+353 1 555 0100", "an address or a telephone number"),
        ("Cherry Lane 7, Cork", "an address or a telephone number"),
        ("www.agora.example/p/7", "the address of a page"),
        ("agora.example/p/7", "the address of a page"),
        ("https://agora.example/", "the address of a page"),
        ("70081234", "the number of a post"),
        ("Ada <script>alert()</script>", "a name"),
    ],
)
def test_a_line_is_read_for_what_it_is(browser_at, register, entered, told):
    page = browser_at(LoadThreshold()).send(entered)
    assert (page.status, page.content.count(f"We read it as {told}"), "<script" in page.content) == (200, 1, False)


def test_what_is_sent_twice_is_one_request_and_other_words_are_another(browser_at, register):
    browser = browser_at(LoadThreshold())
    first, again, other = (browser.send(text, once="f00d") for text in ("Ada Moro", "Ada Moro", "Ada Morand"))
    assert (first.content == again.content, code_in(other) != code_in(first), read_head(register).size) == (
        True,
        True,
        2,
    )


def test_a_name_alone_is_in_force_at_once_and_one_hint_is_asked_for_once(browser_at, register):
    browser = browser_at(LoadThreshold())
    code = code_in(browser.send("Ada Moro"))
    asked = browser.ask("POST", "/object/answer", {"code": code})
    answered = browser.ask("POST", "/object/answer", {"code": code, "hint": "the baker"})
    again = browser.ask("POST", "/object/answer", {"code": code, "hint": "of Cork"})
    assert ["We have one question." in page.content for page in (asked, answered, again)] == [True, True, True]
    assert [page.content.count('name="hint"') for page in (asked, answered, again)] == [1, 0, 0]
    assert (facts_of(register).terms.height, facts_of(register).objections.height) == (1, 0)
    given = read_terms(register, 1, Reader(role="test", name="test", act="test"), at=AT)
    assert [each.hint for each in given] == [None, "the baker"]


def test_a_refusal_is_told_with_its_ground_and_where_to_complain(browser_at, register):
    browser = browser_at(LoadThreshold())
    code = code_in(browser.send("Ada Moro"))
    claim = ControllerClaim(ground=Ground.LEGAL_CLAIMS, decided_by="Ines Sol", remedies_told=True)
    refuse_request(register, 1, claim, at=AT)
    answer = browser.ask("POST", "/object/answer", {"code": code})
    told = ("It is refused.", "legal claims", "Decided by: Ines Sol", "data protection authority", "go to court")
    assert [words for words in told if words not in answer.content] == []


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "<b>", "A\r\nSet-Cookie: x=1", "\x00"])
def test_a_code_that_opens_nothing_leads_back_to_the_field(browser_at, register, code):
    browser = browser_at(LoadThreshold())
    for path in ("/object/answer", "/object/answer/receipt"):
        page = browser.ask("POST", path, {"code": code})
        assert (page.status, page.content.count('role="alert"'), page.content.count('name="code"')) == (400, 1, 1)
        assert [name for name in page.headers if name.lower() == "set-cookie"] == []


def test_a_claimed_account_is_out_until_its_holder_undoes_it(browser_at, register):
    browser_at(LoadThreshold()).send("@ada99")
    ada = subject_key(register.keyring, "ada99")
    assert (facts_of(register).objections["subject_key"].to_list(), facts_of(register).terms.height) == ([ada], 1)
    undone = WithdrawalForm(subject=ada, authenticated_by=Authentication.LOGIN, received_at=AT)
    import_one(register, "ada99")
    withdraw(register, undone, at=AT)
    with register.reading() as connection:
        facts, _ = read_facts(connection, at=AT + timedelta(seconds=1))
    assert (facts.objections.height, facts.terms.height) == (0, 0)


def test_whether_an_account_is_known_linked_or_has_objected_shows_nowhere(browser_at, register):
    import_one(register, "known1", centre="north")
    import_one(register, "other1", centre="north")
    import_one(register, "objects1")
    form = ObjectionForm(
        subjects=(subject_key(register.keyring, "objects1"),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=AT,
    )
    receive_objection(register, form, at=AT)
    browser, shapes = browser_at(LoadThreshold()), []
    for name in ("known1", "objects1", "nobody1"):
        before = read_head(register).size
        page = browser.send(f"@{name}", once="f00d")
        (text,) = re.findall('<pre class="demur-receipt">(.*?)</pre>', page.content, re.DOTALL)
        receipt = verify_receipt(unescape(text), register.keyring.trusted_keys().log)
        page_alike = page.content.replace(text, "").replace(name, "NAME").replace(code_in(page), "CODE")
        page_alike = re.sub("entry [0-9]+", "", page_alike)
        added = read_head(register).size - before
        shapes.append((page.status, page_alike, receipt.opening.proof_keys, added))
    assert shapes == [shapes[0]] * 3
    assert shapes[0][3] == 2


def test_somebody_learns_how_many_texts_name_them_and_never_of_fewer_than_ten(browser_at, register):
    browser = browser_at(LoadThreshold())
    form, asked = browser.ask("GET", "/search"), browser.ask("POST", "/search", {"entered": "Änne Ferreira"})
    code = code_in(asked)
    waiting = browser.ask("POST", "/search/found", {"code": code})
    (due,) = due_searches(register)
    finish_searches(register, {due.reference: {"posts": 12, "photos": 9, "groups": 0}}, at=AT)
    found = browser.ask("POST", "/search/found", {"code": code})
    assert [page.status for page in (form, asked, waiting, found)] == [200] * 4
    assert code in waiting.content
    told = re.findall(r"<dt[^>]*>(.*?)</dt><dd[^>]*>(.*?)</dd>", found.content)
    few = "Fewer than 10 public texts, or none"
    assert told == [("groups", few), ("photos", few), ("posts", "12 public texts")]
    assert (due_searches(register), read_head(register).size) == ((), 0)


@pytest.mark.parametrize("entered", ["", "a", "https://agora.example/p/7", "Ada Moro\nBo Moro", "7", "x" * 201])
def test_a_search_for_nothing_or_for_a_page_leads_back_to_the_field(browser_at, register, entered):
    page = browser_at(LoadThreshold()).ask("POST", "/search", {"entered": entered})
    assert (page.status, page.content.count('role="alert"'), due_searches(register)) == (400, 1, ())


def test_under_load_nobody_searches_and_a_code_that_opens_nothing_leads_back(browser_at, register):
    page = browser_at(LOADED).ask("POST", "/search", {"entered": "Ada Moro"})
    lost = browser_at(LoadThreshold()).ask("POST", "/search/found", {"code": "AAAA"})
    assert (page.status, lost.status, due_searches(register)) == (400, 400, ())
