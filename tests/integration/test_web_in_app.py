"""The notice in a platform's app: signed, shown once, objected to in one tap, and for the platform's own pages only."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from servers.browser import AXE

from demur.exchange.documents import read_document
from demur.exchange.errors import DocumentAlteredError
from demur.exchange.in_app_notice import InAppNotice
from demur.keys.keyring import create_keyring
from demur.keys.notes import open_note
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.notice_entries import read_notice_entries
from demur.register.queries import read_head, subject_status
from demur.web import in_app
from demur.web.in_app.notice import make_notice, read_notice, sign_notice
from demur.web.links import make_link

COMPONENT = (Path(in_app.__file__).parent / "static" / "demur-notice.js").read_text()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 390, "height": 700})
    yield context.new_page()
    context.close()


def token_of(site, account):
    keyring = site.register.keyring
    return make_link(keyring, subject_key(keyring, account))


def embed(page, site, token, *, app=None):
    """Open a page of the platform's app that holds the component."""
    page.goto(f"{app or site.app}/?portal={site.origin}&token={token}")


# --------------------------------------------------------------------------------------------------------- the requests


def test_what_apps_get_is_signed_and_refused_when_it_was_altered(tmp_path):
    keyring = create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"in-app")
    sign_notice(tmp_path / "notice", make_notice(platform="agora.example", name="Agora", version="2025-04"), keyring)
    signed = read_notice(tmp_path / "notice", keyring.trusted_keys())
    texts = signed.notice.languages["en"]
    assert (signed.notice.version, texts.direction, texts.object) == ("2025-04", "ltr", "I object")
    assert texts.title == "Agora wants to train AI with your posts. You can object."
    path = tmp_path / "notice.json"
    path.write_bytes(path.read_bytes().replace(b"You can object.", b"You may object."))
    with pytest.raises(DocumentAlteredError):
        read_document(tmp_path / "notice", InAppNotice, keyring.trusted_keys().documents)


def test_an_app_learns_what_to_show_and_whoever_keeps_it_can_check_it(site, page):
    token, keyring = token_of(site, "in-app-1"), site.register.keyring
    answer = page.request.get(f"{site.origin}/in-app/{token}?lang=en", headers={"Origin": site.app})
    told = answer.json()
    assert (answer.status, told["language"], told["has_objected"], told["page"]) == (
        200,
        "en",
        False,
        f"/object/{token}",
    )
    assert answer.headers["access-control-allow-origin"] == site.app
    statement = open_note(told["note"].encode(), keyring.trusted_keys().documents)
    assert statement.splitlines() == ["demur/v1/in-app-notice", digest_of(told)]


def digest_of(told):
    """Return the digest of the notice, as whoever keeps it computes it."""
    content = json.dumps(told["notice"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(content).hexdigest()


def test_showing_it_is_recorded_once_and_looking_records_nothing(site, page):
    token = token_of(site, "in-app-2")
    size = read_head(site.register).size
    page.request.get(f"{site.origin}/in-app/{token}")
    assert read_head(site.register).size == size
    statuses = [page.request.post(f"{site.origin}/in-app/{token}/shown/2025-04?lang=en").status for _ in range(2)]
    assert (statuses, read_head(site.register).size) == ([204, 204], size + 1)
    assert read_notice_entries(site.register)[-1].events == 1


def test_objecting_in_the_app_gives_the_same_receipt_as_on_the_page(site, page):
    token, keyring = token_of(site, "in-app-3"), site.register.keyring
    first, again = (page.request.post(f"{site.origin}/in-app/{token}/object") for _ in range(2))
    told = first.json()
    assert (first.status, again.json(), told["accounts_covered"]) == (201, told, 1)
    assert verify_receipt(told["receipt"], keyring.trusted_keys().log).index == told["index"]
    assert page.request.get(f"{site.origin}/object/{token}/receipt").text() == told["receipt"]
    assert page.request.get(f"{site.origin}/in-app/{token}").json()["has_objected"] is True


def test_another_origin_may_read_nothing_and_a_wrong_token_is_told_in_json(site, page):
    token = token_of(site, "in-app-4")
    for origin in ("https://elsewhere.example", "null", f"{site.app}.elsewhere.example"):
        answer = page.request.get(f"{site.origin}/in-app/{token}", headers={"Origin": origin})
        assert ("access-control-allow-origin" in answer.headers, "Origin" in answer.headers["vary"]) == (False, True)
    lost = page.request.get(f"{site.origin}/in-app/x", headers={"Origin": site.app})
    assert (lost.status, lost.json()["code"], lost.headers["access-control-allow-origin"]) == (
        404,
        "link-invalid",
        site.app,
    )
    assert [page.request.get(f"{site.origin}/in-app/{token}/{act}").status for act in ("shown/2025-04", "object")] == [
        405,
        405,
    ]


# -------------------------------------------------------------------------------------------------------- the component


def test_the_component_is_small_and_names_no_host():
    assert len(COMPONENT.encode()) <= 3_000
    assert re.findall(r"https?://(?!PORTAL)", COMPONENT) == []


def test_one_tap_objects_and_the_showing_was_recorded(site, page):
    token, account = token_of(site, "in-app-5"), subject_key(site.register.keyring, "in-app-5")
    size = read_head(site.register).size
    with page.expect_response(lambda response: response.url.partition("?")[0].endswith("/shown/2025-04")) as shown:
        embed(page, site, token)
    assert (shown.value.status, read_head(site.register).size) == (204, size + 1)
    page.evaluate("document.addEventListener('demur-objected', event => { window.index = event.detail.index })")
    page.get_by_role("button", name="I object").click()
    status = page.get_by_role("status")
    status.get_by_text("Your objection is recorded").wait_for()
    assert page.get_by_role("button").all_inner_texts() == ["Close"]
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.getAttribute('role')") == "status"
    assert page.evaluate("window.index") == size + 1
    assert subject_status(site.register, account, at=site.at).basis == "own"
    link = page.get_by_role("link", name="Read more").get_attribute("href")
    assert link == f"{site.origin}/object/{token}?lang=en"


def test_it_speaks_the_language_of_what_is_around_it(site, page):
    embed(page, site, token_of(site, "in-app-10"))
    page.evaluate("""() => {
        const first = document.querySelector("demur-notice"), around = document.createElement("div");
        around.lang = "mt-MT";
        around.append(first.cloneNode());
        first.replaceWith(around);
    }""")
    words = make_notice(platform="agora.example", name="Agora", version="2025-04").languages["mt"]
    page.get_by_role("button", name=words.object).wait_for()
    section = page.locator("demur-notice section")
    assert (section.get_attribute("lang"), section.locator("h2").inner_text()) == ("mt", words.title)


def test_it_is_accessible_by_keyboard_in_light_and_dark_and_on_a_narrow_screen(site, page):
    page.set_viewport_size({"width": 320, "height": 600})
    embed(page, site, token_of(site, "in-app-6"))
    page.get_by_role("button", name="I object").wait_for()
    page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("async () => (await axe.run()).violations.map(found => found.id)") == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    boxes = [button.bounding_box() for button in page.get_by_role("button").all()]
    assert [(box["width"], box["height"]) for box in boxes] == [(boxes[0]["width"], boxes[0]["height"])] * 2
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Close
    assert page.locator("demur-notice").count() == 0


def test_whoever_has_objected_or_cannot_be_told_sees_nothing(site, page):
    token = token_of(site, "in-app-7")
    page.request.post(f"{site.origin}/in-app/{token}/object")
    embed(page, site, token)
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("button").count() == 0
    embed(page, site, token_of(site, "in-app-8"), app=site.other_app)
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("button").count() == 0


def test_a_failure_is_told_and_the_button_stays(site, page):
    token = token_of(site, "in-app-9")
    page.route(f"{site.origin}/in-app/{token}/object*", lambda route: route.abort())
    embed(page, site, token)
    page.get_by_role("button", name="I object").click()
    page.get_by_role("status").get_by_text("Trying again does no harm.").wait_for()
    assert page.get_by_role("button", name="I object").is_enabled()
