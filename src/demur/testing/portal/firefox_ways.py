"""Ways to an objection in another engine than Chromium's: Firefox, by mouse and by keyboard."""

from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from demur.testing.portal.errors import check
from demur.testing.portal.firefox import Firefox
from demur.testing.portal.visitor import Visitor
from demur.testing.portal.world import Person, World

FirefoxWay: TypeAlias = Callable[[World, Firefox, str], None]

_TAB, _ENTER = "\ue004", "\ue007"  # W3C WebDriver 17.4.2
_MOST_TABS = 40
_LOOK = """
  const root = document.documentElement
  const hosts = performance.getEntriesByType("resource").map((one) => new URL(one.name).host)
  const receipt = document.querySelector('a[href*="/receipt"]')
  return {
    language: root.lang,
    wider: root.scrollWidth - root.clientWidth,
    others: hosts.filter((host) => host !== location.host).length,
    receipt: receipt && receipt.href,
  }
"""
_FOCUSED = """
  const focused = document.activeElement, style = getComputedStyle(focused), box = focused.getBoundingClientRect()
  const isMarked = style.outlineStyle !== "none" || style.boxShadow !== "none"
  return {tag: focused.tagName, isMarked: isMarked && box.bottom > 0 && box.top < innerHeight}
"""


def in_firefox(world: World, firefox: Firefox, language: str) -> None:
    """Object in another browser: Firefox, whose engine is not Chromium's."""
    person = world.person()
    _open(world, firefox, person, language)
    buttons = firefox.find("main button")
    check(len(buttons) == 1, f"the page has {len(buttons)} buttons")
    firefox.click(buttons[0])
    _check_recorded(world, firefox, person, language)


def in_firefox_by_keyboard(world: World, firefox: Firefox, language: str) -> None:
    """Object in Firefox with the keyboard alone, and see at each step where one is."""
    person = world.person()
    _open(world, firefox, person, language)
    for pressed in range(1, _MOST_TABS):
        firefox.press(_TAB)
        focused = firefox.run(_FOCUSED)
        check(focused["isMarked"], f"the focus is not to be seen after {pressed} steps")
        if focused["tag"] == "BUTTON":
            break
    firefox.press_and_go(_ENTER)
    _check_recorded(world, firefox, person, language)


IN_FIREFOX: dict[str, FirefoxWay] = {way.__name__: way for way in (in_firefox, in_firefox_by_keyboard)}


def _open(world: World, firefox: Firefox, person: Person, language: str) -> None:
    """Open the link of a notice, which names the language of the notice and not that of the browser."""
    firefox.open(f"http://127.0.0.1:{world.port}{person.link}?lang={language}")
    _look(firefox, language)


def _check_recorded(world: World, firefox: Firefox, person: Person, language: str) -> None:
    receipt = _look(firefox, language)
    check(world.has_objected(person), "the register knows of no objection")
    check(not firefox.cookies(), "a cookie was set")
    parts = urlsplit(receipt)
    answer = Visitor(world.port, language).look(f"{parts.path}?{parts.query}")
    world.check_receipt(answer.content.decode())


def _look(firefox: Firefox, language: str) -> str:
    """Check language and width of a page, and that it asked nobody else; return where it has a receipt, if anywhere."""
    seen = firefox.run(_LOOK)
    check(seen["language"] == language, f"the page speaks {seen['language']}")
    check(seen["wider"] <= 0, f"the page is {seen['wider']} pixels wider than the screen")
    check(not seen["others"], f"the page asked {seen['others']} other hosts")
    return str(seen["receipt"] or "")
