"""What an objection costs a person: a keystroke-level model over what was done and read in a real browser.

The constants are those of the effort model of this project: 1.3 s a click, 0.28 s a character, 1.35 s a decision, 1 s a
page, 1.5 s a scroll and 5 s to change from one program to another (the last three assumed), after Card, Moran and
Newell, "The keystroke-level model" (1980); reading at 238 words a minute, after Brysbaert, "How many words do we read
per minute?" (2019). Words are those from the head of the main part to the button, and those of the answer up to its
first link: what comes later need not be read.
"""

import math
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, ViewportSize

from demur.testing.portal.browser import walking
from demur.testing.portal.world import World

CLICK, CHARACTER, DECISION, PAGE, SCROLL, SWITCH = 1.3, 0.28, 1.35, 1.0, 1.5, 5.0
WORDS_PER_SECOND = 238 / 60
SCREEN = ViewportSize(width=390, height=844)

# The words of the main part up to and with an element, in the order of the page; hidden and folded ones are not read.
_WORDS_UP_TO = """(selector) => {
  const main = document.querySelector("main")
  const last = main.querySelector(selector)
  const range = document.createRange()
  range.setStart(main, 0)
  if (last) range.setEndAfter(last); else range.setEndAfter(main.lastChild)
  const held = document.createElement("div")
  held.append(range.cloneContents())
  held.querySelectorAll("details:not([open]) > :not(summary)").forEach((one) => one.remove())
  held.querySelectorAll("[hidden], input, script, style").forEach((one) => one.remove())
  return held.textContent.trim().split(/\\s+/).filter(Boolean).length
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """One way as it was walked.

    Attributes:
        clicks: with the one in the mail or the app that leads to the portal.
        clicks_after_arrival: of these, those on the portal's pages.
        fields: how many were filled in, of which `required_fields` had to be.
        switches: from one program to another.
    """

    clicks: int
    clicks_after_arrival: int
    characters: int
    fields: int
    required_fields: int
    decisions: int
    pages: int
    scrolls: int
    switches: int
    words: int

    @property
    def acting_seconds(self) -> float:
        """Return the seconds of doing."""
        return (
            CLICK * self.clicks
            + CHARACTER * self.characters
            + DECISION * self.decisions
            + PAGE * self.pages
            + SCROLL * self.scrolls
            + SWITCH * self.switches
        )

    @property
    def reading_seconds(self) -> float:
        """Return the seconds of reading."""
        return self.words / WORDS_PER_SECOND

    def seconds(self, *, dead_ends: float = 0.0) -> float:
        """Return the seconds for each objection that succeeds, where a share of all ways are dead ends."""
        return (self.acting_seconds + self.reading_seconds) / (1 - dead_ends)


def by_link(world: World, browser: Browser) -> Effort:
    """Walk from the mail to the receipt, on a phone."""
    with walking(browser, "en", viewport=SCREEN) as walk:
        page = walk.page
        page.goto(f"http://127.0.0.1:{world.port}{world.person().link}")
        scrolls, words = _scrolls_to_button(page), _words_up_to(page, "button")
        with page.expect_navigation():
            page.get_by_role("button").click()
        words += _words_up_to(page, "a")
        return Effort(
            clicks=2,
            clicks_after_arrival=1,
            characters=0,
            fields=0,
            required_fields=0,
            decisions=1,
            pages=2,
            scrolls=scrolls,
            switches=1,
            words=words,
        )


def without_an_account(world: World, browser: Browser, entered: str) -> Effort:
    """Walk from the address of the form to the receipt, with one thing entered, on a phone."""
    with walking(browser, "en", viewport=SCREEN) as walk:
        page = walk.page
        page.goto(f"http://127.0.0.1:{world.port}/object")
        required = page.locator("main form [required]").count()
        field = page.locator("main form").get_by_role("textbox").first
        field.click()
        field.press_sequentially(entered)
        scrolls, words = _scrolls_to_button(page), _words_up_to(page, "button")
        with page.expect_navigation():
            page.get_by_role("button").click()
        words += _words_up_to(page, "a")
        return Effort(
            clicks=3,
            clicks_after_arrival=2,
            characters=len(entered),
            fields=1,
            required_fields=required,
            decisions=1,
            pages=2,
            scrolls=scrolls,
            switches=0,
            words=words,
        )


def _words_up_to(page: Page, selector: str) -> int:
    return int(page.evaluate(_WORDS_UP_TO, selector))


def _scrolls_to_button(page: Page) -> int:
    """Return how often somebody scrolls, each time by most of the screen, until the button is to be seen."""
    box = page.get_by_role("button").bounding_box()
    below = 0.0 if box is None else box["y"] + box["height"] - SCREEN["height"]
    return max(0, math.ceil(below / (0.8 * SCREEN["height"])))
