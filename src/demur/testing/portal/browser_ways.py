"""Ways to an objection in a real browser: small screens, large letters, no mouse, a slow network, a screen reader."""

from collections.abc import Callable
from typing import TypeAlias

from playwright.sync_api import Browser, Page, ViewportSize

from demur.testing.portal.browser import Walk, slow_down, walking
from demur.testing.portal.errors import DeadEndError
from demur.testing.portal.world import Person, World

BrowserWay: TypeAlias = Callable[[World, Browser, str], None]

_PHONE = ViewportSize(width=320, height=568)
# WCAG 2.2 SC 1.4.10: 1280 by 1024 CSS pixels at 400 % are 320 by 256.
_ZOOMED = ViewportSize(width=320, height=256)
_MOST_TABS = 40


def without_script_and_cookies(world: World, browser: Browser, language: str) -> None:
    """Object where scripts are switched off and no cookie is kept."""
    person = world.person()
    with walking(browser, language, java_script_enabled=False) as walk:
        _press(world, walk, person, language)
        if walk.page.context.cookies():
            message = "a cookie was set"
            raise DeadEndError(message)


def on_a_phone(world: World, browser: Browser, language: str) -> None:
    """Object on a screen of 320 pixels, touching."""
    person = world.person()
    with walking(browser, language, viewport=_PHONE, has_touch=True, is_mobile=True) as walk:
        _press(world, walk, person, language)


def at_400_percent(world: World, browser: Browser, language: str) -> None:
    """Object with the page enlarged to 400 %."""
    person = world.person()
    with walking(browser, language, viewport=_ZOOMED, device_scale_factor=4) as walk:
        _press(world, walk, person, language)


def by_keyboard(world: World, browser: Browser, language: str) -> None:
    """Object with the keyboard alone, and see at each step where one is."""
    person = world.person()
    with walking(browser, language) as walk:
        page = _open(world, walk, person, language)
        for pressed in range(1, _MOST_TABS):
            page.keyboard.press("Tab")
            focused = page.evaluate(_FOCUSED)
            if not focused["is_marked"]:
                message = f"the focus is not to be seen after {pressed} steps"
                raise DeadEndError(message)
            if focused["tag"] == "BUTTON":
                break
        with page.expect_navigation():
            page.keyboard.press("Enter")
        _check_recorded(world, walk, person, language)


def on_a_slow_network(world: World, browser: Browser, language: str) -> None:
    """Object over a network that takes 400 ms for each answer."""
    person = world.person()
    with walking(browser, language) as walk:
        slow_down(walk.page)
        _press(world, walk, person, language)


def by_screen_reader(world: World, browser: Browser, language: str) -> None:
    """Object by what a screen reader is told: one main part, one heading of the first level, one named button."""
    person = world.person()
    with walking(browser, language) as walk:
        page = _open(world, walk, person, language)
        for role, options in (("main", {}), ("heading", {"level": 1}), ("button", {})):
            found = page.get_by_role(role, **options).count()  # type: ignore[arg-type]
            if found != 1:
                message = f"the page has {found} of {role}"
                raise DeadEndError(message)
        button = page.get_by_role("button")
        if not button.inner_text().strip():
            message = "the button has no name"
            raise DeadEndError(message)
        with page.expect_navigation():
            button.press("Enter")
        _check_recorded(world, walk, person, language)


IN_A_BROWSER: dict[str, BrowserWay] = {
    way.__name__: way
    for way in (
        without_script_and_cookies,
        on_a_phone,
        at_400_percent,
        by_keyboard,
        on_a_slow_network,
        by_screen_reader,
    )
}

# What has the focus, and whether that is to be seen: by an outline, a shadow or another background than before.
_FOCUSED = """() => {
  const focused = document.activeElement
  const style = getComputedStyle(focused)
  const box = focused.getBoundingClientRect()
  const is_marked = style.outlineStyle !== "none" || style.boxShadow !== "none"
  const is_in_view = box.bottom > 0 && box.top < innerHeight
  return {tag: focused.tagName, is_marked: is_marked && is_in_view}
}"""


def _open(world: World, walk: Walk, person: Person, language: str) -> Page:
    walk.page.goto(f"http://127.0.0.1:{world.port}{person.link}")
    _check_page(walk, language)
    return walk.page


def _press(world: World, walk: Walk, person: Person, language: str) -> None:
    page = _open(world, walk, person, language)
    with page.expect_navigation():
        page.get_by_role("button").click()
    _check_recorded(world, walk, person, language)


def _check_recorded(world: World, walk: Walk, person: Person, language: str) -> None:
    _check_page(walk, language)
    if not world.has_objected(person):
        message = "the register knows of no objection"
        raise DeadEndError(message)
    link = walk.page.locator('a[href*="/receipt"]').first.get_attribute("href") or ""
    answer = walk.page.request.get(f"http://127.0.0.1:{world.port}{link}")
    world.check_receipt(answer.text())


def _check_page(walk: Walk, language: str) -> None:
    """Check language and width of a page, and that it asked nobody else."""
    said = walk.page.locator("html").get_attribute("lang")
    wide = walk.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if said != language:
        message = f"the page speaks {said}"
        raise DeadEndError(message)
    if wide > 0:
        message = f"the page is {wide} pixels wider than the screen"
        raise DeadEndError(message)
    others = [host for host in walk.hosts if not host.startswith("127.0.0.1:")]
    if others:
        message = f"the page asked {len(others)} other hosts"
        raise DeadEndError(message)
