"""Every page in a real browser: readable by everybody, on any screen, by keyboard, in any direction."""

from pathlib import Path

import pytest
from servers.browser import AXE, RUN_AXE

# One with long words and other letters than the source's; `make bench-portal` lets axe look at three.
LANGUAGES = ("el",)
SMALLEST = {"width": 320, "height": 256}  # 1,280 by 1,024 at 400 % (WCAG 2.2, 1.4.10)

# WCAG 2.2, 1.4.12.
SPACE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important }
        * { word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
    document.adoptedStyleSheets = [sheet];
}"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter(one =>
    getComputedStyle(one).overflow === "hidden" && one.scrollHeight > one.clientHeight + 1
    && !one.classList.contains("govuk-visually-hidden") && !one.closest(".govuk-skip-link"))
    .map(one => one.outerHTML)"""
# WCAG 2.2, 2.5.8: 24 by 24 pixels, but for links within a sentence and what is not shown.
SMALL = """() => [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), textarea, select")]
    .filter(one => {
        const { width, height } = one.getBoundingClientRect();
        const others = one.parentElement.textContent.replace(one.textContent, "").trim();
        return one.checkVisibility() && !one.classList.contains("govuk-skip-link") && width > 0
            && (width < 24 || height < 24) && !(one.tagName === "A" && others);
    }).map(one => one.outerHTML)"""
# WCAG 2.2, 2.4.7 and 2.4.11: what has the focus can be seen, and says so.
FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
    const left = box.left + Math.min(box.width, innerWidth) / 2, top = box.top + Math.min(box.height, innerHeight) / 2;
    const found = document.elementFromPoint(Math.max(left, 1), Math.max(top, 1));
    const isSeen = !!found && (one.contains(found) || found.contains(one));
    const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
    return [one === document.body, one.id || one.textContent.trim(), isSeen, marked];
}"""


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_page_light_or_dark_and_none_asks_another_host(site, page, language):
    axe, found, asked = AXE.read_text(), {}, []
    page.on("request", lambda request: asked.append(request.url))
    for number, visit in enumerate(site.visits):
        site.open(page, visit, language)
        page.evaluate(axe)
        # Pages share their parts, so the colours of every other one are those of all.
        dark = () if number % 2 else (("dark", ["color-contrast", "link-in-text-block"]),)
        for scheme, only in (("light", None), *dark):
            page.emulate_media(color_scheme=scheme)
            found[visit.name, scheme] = page.evaluate(RUN_AXE, only)
        assert page.locator("html").get_attribute("lang") == language
    assert {where: faults for where, faults in found.items() if faults} == {}
    assert [url for url in asked if not url.startswith((site.origin, site.busy))] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_320_pixels_with_wide_spaces_in_both_directions_and_its_targets_are_large(site, page, language):
    page.set_viewport_size(SMALLEST)
    faults = {}
    for visit in site.visits:
        site.open(page, visit, language)
        small = page.evaluate(SMALL)
        widths = [page.evaluate(SIDEWAYS)]
        page.evaluate(SPACE)
        widths.append(page.evaluate(SIDEWAYS))
        page.evaluate("() => document.documentElement.dir = 'rtl'")
        widths.append(page.evaluate(SIDEWAYS))
        faults[visit.name] = (widths, page.evaluate(CUT_OFF), small)
    assert {name: fault for name, fault in faults.items() if fault != ([0, 0, 0], [], [])} == {}


@pytest.mark.slow
def test_by_keyboard_everything_is_reached_and_what_has_the_focus_is_seen(site, page):
    page.set_viewport_size(SMALLEST)
    for visit in site.visits[::2]:
        site.open(page, visit)
        reached = []
        while len(reached) < 30:
            page.keyboard.press("Tab")
            is_over, name, is_seen, is_marked = page.evaluate(FOCUSED)
            if is_over or name in reached[:1]:
                break
            reached.append(name)
            assert (visit.name, name, is_seen, is_marked) == (visit.name, name, True, True)
        expected = page.locator(
            "a[href]:visible, summary:visible, button:visible, textarea:visible, main input:not([type=hidden]):visible"
        ).count()
        assert (visit.name, reached[0], len(reached)) == (visit.name, "Skip to the content", expected)


def test_the_button_comes_within_the_first_screenful_and_three_tabs(site, page):
    page.set_viewport_size({"width": 360, "height": 640})
    site.open(page, site.visits[0])
    box = page.locator("main button").bounding_box()
    assert box["y"] + box["height"] < 640
    tabs = 0
    while page.evaluate("document.activeElement.tagName") != "BUTTON":
        page.keyboard.press("Tab")
        tabs += 1
    assert tabs <= 3


def test_a_page_on_paper_leaves_out_what_only_a_screen_needs(site, page):
    page.emulate_media(media="print")
    site.open(page, site.visits[1])
    hidden = [page.locator(name).first.is_hidden() for name in (".demur-actions", ".govuk-skip-link")]
    assert (hidden, page.locator(".govuk-panel").is_visible()) == ([True, True], True)


def test_without_scripts_a_click_leads_to_the_receipt_and_the_language_stays(site, browser):
    context = browser.new_context(java_script_enabled=False, locale="en-IE")
    page = context.new_page()
    page.goto(f"{site.origin}/object/{site.token}?lang=en")
    page.get_by_role("button", name="I object").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Your objection is recorded"
    assert page.url == f"{site.origin}/object/{site.token}?lang=en"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download your receipt").click()
    assert Path(download.value.path()).read_text().startswith("c2sp.org/tlog-proof@v1")
    assert context.cookies() == []
    context.close()
