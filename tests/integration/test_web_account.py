"""The account page: who gets in, what it tells, and that objecting and withdrawing are one button each."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from servers.openid import CLIENT, SECRET, openid_provider
from servers.pages import Browser, Session, User, forget_everybody, pages_of

from demur.engines.local import LocalEngine
from demur.kernel.clock import FixedClock
from demur.kernel.words import LinkEvent
from demur.keys.keyring import create_keyring
from demur.keys.subjects import group_key, subject_key
from demur.ledger.openings import verify_receipt
from demur.register.accesses import Reader, read_accesses
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.links import AccountLink, record_links
from demur.register.queries import read_head, subject_status
from demur.register.store import open_register
from demur.testing.small_platform import ignore_progress, write_small_platform
from demur.web.account.provider import Provider, mask_handle
from demur.web.account.settings import LoginSettings

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DPO = Reader(role="dpo", name="of a test", act="test")


@pytest.fixture(scope="module")
def provider():
    with openid_provider() as provider:
        yield provider


@pytest.fixture
def told(provider):
    """Return the provider as an honest one, which says that fern logs in."""
    provider.claims, provider.lies, provider.is_away = {"sub": "fern"}, {}, False
    return provider


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("account")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"account")
    with open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log") as register:
        yield register


def settings_of(told, **others):
    return LoginSettings(issuer=told.issuer, client_id=CLIENT, secret=SECRET, **others)


@pytest.fixture
def portal(register, told, tmp_path):
    forget_everybody()
    login = Provider(settings_of(told, linked_claim="linked"))
    return pages_of(register, tmp_path, clock=FixedClock(NOW), login=login)


@pytest.fixture
def browser(portal):
    return Browser(portal)


def begin(browser):
    """Go to the platform's login; return what it is asked."""
    sent = browser.get("/login").headers["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}


def log_in(browser, told, account, linked=()):
    told.claims = {"sub": account, "linked": list(linked), "name": "Fern Ødegård", "email": "fern@example.org"}
    asked = begin(browser)
    return browser.get(f"/login/done?code={asked['nonce']}&state={asked['state']}&iss={told.issuer}")


def import_account(register, account):
    row = dict.fromkeys(ACCOUNT_COLUMNS, "") | {"account": account}
    import_accounts(register, pl.DataFrame([row]), at=NOW - timedelta(days=1))


def test_the_login_is_the_code_flow_with_pkce_and_leads_to_the_account_page(browser, told):
    asked = begin(browser)
    told.asked.clear()
    answer = browser.get(f"/login/done?code={asked['nonce']}&state={asked['state']}")
    (form,) = told.asked
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
    assert (answer.status, answer.headers["Location"], browser.get("/account").status) == (302, "/account", 200)
    assert (asked["code_challenge"], asked["code_challenge_method"], asked["scope"]) == (challenge, "S256", "openid")
    assert (form["redirect_uri"], asked["redirect_uri"]) == ("http://localhost:8000/login/done",) * 2
    assert form["authorization"] == "Basic " + base64.b64encode(b"demur:between%20us%3A%20%2B%26%25").decode()


@pytest.mark.parametrize(
    "lie",
    [
        {"is_unsigned": True},
        {"is_of_a_stranger": True},
        {"refuses": True},
        {"claims": {"nonce": "of another login"}},
        {"claims": {"nonce": None}},
        {"claims": {"aud": "somebody else"}},
        {"claims": {"aud": [CLIENT, "somebody else"], "azp": "somebody else"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": 1_000_000_000}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": 7}},
        {"claims": {"linked": "moss"}},
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_logs_nobody_in(browser, told, lie):
    told.lies = lie
    answer = log_in(browser, told, "fern")
    assert (answer.status, browser.get("/account").status) == (403, 403)


def test_an_answer_that_was_not_asked_for_logs_nobody_in(browser, told, portal):
    asked = begin(browser)
    address = f"/login/done?code={asked['nonce']}&state={asked['state']}"
    stranger = Browser(portal)
    answers = [
        stranger.get(address),  # without the session in which it began
        browser.get(f"/login/done?code={asked['nonce']}&state=other"),
        browser.get(address),  # the state was used up
    ]
    begin(browser)
    answers.append(browser.get("/login/done?error=access_denied&state=x"))
    asked = begin(browser)
    mixed = f"/login/done?code={asked['nonce']}&state={asked['state']}&iss=https%3A%2F%2Fevil.example"
    answers.append(browser.get(mixed))
    assert [one.status for one in answers] == [403] * 5


def test_a_provider_that_is_away_is_no_dead_end(register, told, tmp_path):
    told.is_away = True
    fresh = Provider(settings_of(told))  # which remembers no document
    answer = Browser(pages_of(register, tmp_path, clock=FixedClock(NOW), login=fresh)).get("/login")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


def test_a_session_from_before_the_login_is_not_logged_in(browser, told, portal):
    begin(browser)
    fixed = browser.cookies["sessionid"]
    log_in(browser, told, "fern")
    thief = Browser(portal)
    thief.cookies["sessionid"] = fixed
    assert (browser.get("/account").status, thief.get("/account").status) == (200, 403)


def test_no_name_no_address_and_no_id_of_a_person_is_in_the_portals_database(browser, told, register):
    log_in(browser, told, "fern", ["moss"])
    kept = str([session.get_decoded() for session in Session.objects.all()])
    keys = [subject_key(register.keyring, account).hex() for account in ("fern", "moss")]
    assert [key in kept for key in keys] == [True, True]
    assert [word for word in ("fern", "moss", "Ødegård", "example.org") if word in kept.lower()] == []
    assert User.objects.count() == 0


def test_objecting_is_one_button_covers_every_account_and_gives_the_receipt(browser, told, register):
    log_in(browser, told, "heather", ["heather-two"])
    link = [subject_key(register.keyring, account) for account in ("heather", "heather-two")]
    before = browser.get("/account").content
    assert ("I object" in before, "I withdraw my objection" in before) == (True, False)
    done = browser.post("/account/object", page="/account")
    receipt = re.search(r"<pre>(.*)</pre>", done.content, re.DOTALL)[1]
    index = verify_receipt(receipt, register.keyring.trusted_keys().log).index
    assert [subject_status(register, one, at=NOW).basis for one in link] == ["own", "own"]
    assert browser.get(f"/account/receipt/{index}").content == receipt
    after = browser.get("/account").content
    assert ("I object" in after, "I withdraw my objection" in after) == (False, True)


def test_withdrawing_takes_as_many_steps_and_ends_it_for_the_named_account_alone(browser, told, register, tmp_path):
    keyring = register.keyring
    centre = group_key(keyring, "thistles")
    for account in ("thistle", "thistle-two"):
        import_account(register, account)
        one = AccountLink(subject=subject_key(keyring, account), centre=centre, event=LinkEvent.LINKED)
        record_links(register, [one], at=NOW - timedelta(days=1))
    log_in(browser, told, "thistle")
    browser.post("/account/object", page="/account")
    shown = browser.get("/account").content
    assert shown.count("Objection: since 25 November 2026, 12:00 UTC") == 2
    done = browser.post("/account/withdraw", page="/account")
    assert (done.status, "Your withdrawal is recorded" in done.content) == (200, True)
    hour = NOW + timedelta(hours=1)
    both = [subject_key(keyring, account) for account in ("thistle", "thistle-two")]
    assert [subject_status(register, one, at=hour).basis is None for one in both] == [True, False]
    later = Browser(pages_of(register, tmp_path, clock=FixedClock(hour)))
    later.cookies = browser.cookies
    again = later.get("/account").content
    assert ("I object" in again, again.count("Download receipt")) == (True, 2)


def test_nobody_withdraws_without_a_login_or_by_a_forged_form(browser, told, register, portal):
    import_account(register, "sorrel")
    log_in(browser, told, "sorrel")
    browser.post("/account/object", page="/account")
    size = read_head(register).size
    forged = [browser.forge(f"/account/{act}").status for act in ("withdraw", "object", "logout")]
    got = [browser.get(f"/account/{act}").status for act in ("withdraw", "object", "logout")]
    stranger = Browser(portal)
    stranger.get("/console/login")
    assert (forged, got, stranger.forge("/account/withdraw").status) == ([403] * 3, [405] * 3, 403)
    assert read_head(register).size == size


def test_an_account_that_the_register_does_not_know_is_sent_to_a_human(browser, told):
    log_in(browser, told, "unknown-to-the-register")
    browser.post("/account/object", page="/account")
    assert browser.post("/account/withdraw", page="/account").status == 409


def test_accounts_are_named_by_what_their_holder_knows_and_a_bystander_cannot_read(register, told, tmp_path):
    forget_everybody()
    login = Provider(settings_of(told, linked_claim="linked", handles_claim="names"))
    browser = Browser(pages_of(register, tmp_path, clock=FixedClock(NOW), login=login))
    names = {"rowan": "@rowan.berry", "rowan-two": "<b>", "rowan-three": 7, "thistle": "not.theirs"}
    told.lies = {"claims": {"names": names}}
    log_in(browser, told, "rowan", linked=["rowan-two", "rowan-three", "rowan-four"])
    shown = browser.get("/account").content
    assert re.findall("<bdi>(.*?)</bdi>", shown) == ["r•••y", "b•••"]
    kept = str([session.get_decoded() for session in Session.objects.all()])
    assert [word in kept for word in ("'handles'", "rowan", "berry", "•••", "\\u2022")] == [True, *[False] * 4]
    told.lies = {"claims": {"names": "rowan.berry"}}
    log_in(browser, told, "rowan")
    assert (browser.get("/account").status, "<bdi>" in browser.get("/account").content) == (200, False)


@pytest.mark.parametrize(
    ("handle", "masked"),
    [
        ("fern.moro", "f•••o"),
        ("ann", "a•••"),
        ("анна", "а•••а"),
        ("e\u0301mile\u0301", "é•••é"),
        ("_x_", "x•••"),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_masked_handle_shows_two_letters_at_most(handle, masked):
    assert mask_handle(handle) == masked


def test_a_receipt_of_somebody_else_is_not_given(browser, told, portal):
    log_in(browser, told, "yarrow")
    done = browser.post("/account/object", page="/account")
    index = int(re.search(r"\nindex (\d+)\n", done.content)[1])
    other = Browser(portal)
    log_in(other, told, "nettle")
    assert (browser.get(f"/account/receipt/{index}").status, other.get(f"/account/receipt/{index}").status) == (
        200,
        404,
    )


def test_the_data_key_is_the_subject_key_with_what_it_is_for(browser, told, register):
    log_in(browser, told, "fern", ["moss"])
    lines = browser.get("/account/data-key").content.splitlines()
    keys = [subject_key(register.keyring, account).hex() for account in ("fern", "moss")]
    assert [line for line in lines if re.fullmatch("[0-9a-f]{32}", line)] == keys


def test_every_look_is_written_down_for_the_person(browser, told, register):
    log_in(browser, told, "clover", ["clover-two"])
    for place in ("/account", "/account/receipt/0", "/account/data-key"):
        browser.get(place)
    read = {
        account: [
            (one.reader.role, one.reader.act)
            for one in read_accesses(register, subject_key(register.keyring, account), DPO, at=NOW)
        ][:-1]
        for account in ("clover", "clover-two")
    }
    assert read == {
        "clover": [("login", f"GET /account{rest}") for rest in ("", "/receipt", "/data-key")],
        "clover-two": [("login", "GET /account"), ("login", "GET /account/data-key")],
    }


def test_without_a_provider_the_page_says_how_to_object_all_the_same(register, tmp_path):
    browser = Browser(pages_of(register, tmp_path, clock=FixedClock(NOW)))
    shown = browser.get("/account")
    assert (shown.status, 'href="/object"' in shown.content, browser.get("/login").status) == (403, True, 404)


def test_the_page_counts_items_of_all_accounts_by_corpus_as_the_lineage_does(told, tmp_path):
    platform = write_small_platform(tmp_path, people=12, items=80)
    corpus = platform.build(platform.plan(partitions=2), LocalEngine(), progress=ignore_progress).folder
    lineage = pl.concat([pl.read_parquet(path) for path in sorted((corpus / "lineage").glob("*.parquet"))])
    rows = dict(lineage["subject_key"].value_counts().iter_rows())
    names = {f"a{number}": subject_key(platform.keyring, f"a{number}") for number in range(12)}
    first, second = sorted(names, key=lambda account: rows.get(names[account], 0))[-2:]
    url = f"sqlite:///{tmp_path}/own.db"
    with open_register(url, keyring=platform.keyring, log_folder=tmp_path / "own-log") as register:
        login = Provider(settings_of(told, linked_claim="linked"))
        own = Browser(pages_of(register, corpus.parent, clock=FixedClock(NOW), login=login))
        log_in(own, told, first, [second])
        assert f"{rows[names[first]] + rows[names[second]]} pieces of yours are in use." in own.get("/account").content
