"""The console in a real browser, as each member of staff sees it: readable by everybody, on a narrow screen too."""

import pytest
from servers.browser import AXE, RUN_AXE
from servers.console import open_console

LANGUAGES = ("en", "el", "mt")
# Where the navigation leads, and the review, which has forms of its own; `make test-all` looks at every page.
NINE = (
    *("", "/requests", "/requests/1/review", "/notices"),
    *("/corpora", "/models", "/effectiveness", "/stops", "/acts"),
)
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    with open_console(tmp_path_factory.mktemp("console") / "platform") as opened:
        yield opened


@pytest.fixture
def log_in(browser, console):
    """Return what gives a page of the browser in which somebody is logged in; each name has one for the whole test."""
    pages = {}

    def open_as(name):
        if name not in pages:
            pages[name] = console.log_in(browser, name)
        return pages[name]

    yield open_as
    for page in pages.values():
        page.context.close()


def look_at(console, log_in, pages, language="en"):
    """Return what axe has against each of some pages; every other one is looked at in the dark."""
    axe, found = AXE.read_text(), {}
    for number, (name, path) in enumerate(pages):
        page = log_in(name)
        page.emulate_media(color_scheme="dark" if number % 2 else "light")
        console.open(page, path, language)
        page.evaluate(axe)
        found[name, path] = page.evaluate(RUN_AXE)
    return {where: faults for where, faults in found.items() if faults}


def test_axe_finds_nothing_on_the_pages_of_the_console_light_or_dark(console, log_in):
    assert look_at(console, log_in, [("ines", f"/console{path}") for path in NINE]) == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_whoever_looks_and_in_other_languages(console, log_in, language):
    assert look_at(console, log_in, console.pages[::-1], language) == {}


@pytest.mark.slow
def test_a_fault_put_into_a_page_of_the_console_is_found(console, log_in):
    page = log_in("ines")
    console.open(page, "/console")
    page.evaluate(AXE.read_text())
    page.evaluate("() => document.querySelector('main').append(document.createElement('button'))")
    assert page.evaluate(RUN_AXE) == ["button-name: <button></button>"]


@pytest.mark.slow
def test_every_page_of_the_console_fits_320_pixels(console, log_in):
    wide = {}
    for name, path in console.first_pages:
        page = log_in(name)
        page.set_viewport_size({"width": 320, "height": 256})
        console.open(page, path)
        wide[path] = page.evaluate(SIDEWAYS)
    assert {path: pixels for path, pixels in wide.items() if pixels} == {}
