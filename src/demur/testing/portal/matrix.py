"""The matrix of dead ends: every way to an objection, in every language, walked for real.

A cell fails when its way raises; the report says which and why. Nothing is retried: a way that works the second time
is a dead end for whoever came first.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from playwright.sync_api import Browser

from demur.testing.portal.browser_ways import IN_A_BROWSER, BrowserWay
from demur.testing.portal.errors import DeadEndError
from demur.testing.portal.firefox import Firefox, open_firefox
from demur.testing.portal.firefox_ways import IN_FIREFOX, FirefoxWay
from demur.testing.portal.mail import Post, open_post
from demur.testing.portal.mail_ways import BY_MAIL, MailWay
from demur.testing.portal.ways import UNDER_LOAD, WITHOUT_A_BROWSER, Way
from demur.testing.portal.world import World, open_world
from demur.web.admission.gate import AdmissionSettings, LaneRate
from demur.web.admission.load import LoadThreshold, WorkPolicy

AnyWay: TypeAlias = Way | MailWay | BrowserWay | FirefoxWay


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way in one language, and why it ended; empty when it led to a receipt."""

    way: str
    says: str
    language: str
    dead_end: str = ""


def walk(worlds: "Worlds", browser: Browser, languages: Sequence[str]) -> Iterator[Cell]:
    """Walk every way in every language, and yield each cell when it is done; nothing is tried twice.

    Args:
        worlds: where.
        browser: for the ways that need one.
        languages: ISO 639-1 codes.
    """
    for way, go in _all_ways(worlds, browser):
        yield from (_walk_one(way, go, language) for language in languages)


def _all_ways(worlds: "Worlds", browser: Browser) -> Iterator[tuple[AnyWay, Callable[[str], None]]]:
    """Yield every way that can be gone in these worlds, and what goes it in a language."""
    for way in WITHOUT_A_BROWSER.values():
        yield way, partial(way, worlds.usual)
    if worlds.crowded is not None:
        for way in UNDER_LOAD.values():
            yield way, partial(way, worlds.crowded)
    if worlds.post is not None:
        for mailed in BY_MAIL.values():
            yield mailed, partial(mailed, worlds.post)
    for browsed in IN_A_BROWSER.values():
        yield browsed, partial(browsed, worlds.usual, browser)
    if worlds.firefox is not None:
        for other in IN_FIREFOX.values():
            yield other, partial(other, worlds.usual, worlds.firefox)


def _walk_one(way: AnyWay, go: Callable[[str], None], language: str) -> Cell:
    says = (way.__doc__ or "").strip().splitlines()[0]
    try:
        go(language)
    except DeadEndError as error:
        return Cell(way=way.__name__, says=says, language=language, dead_end=str(error))
    return Cell(way=way.__name__, says=says, language=language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worlds:
    """Where ways are gone; those that need what is not there are left out.

    Attributes:
        usual: an installation as it is delivered.
        crowded: one under load, with a queue.
        post: the campaign of the usual one.
        firefox: a browser of another engine.
    """

    usual: World
    crowded: World | None = None
    post: Post | None = None
    firefox: Firefox | None = None


@contextmanager
def open_worlds() -> Iterator[Worlds]:
    """Start both installations in temporary folders, a mail server and Firefox, and stop them at the end."""
    always = LoadThreshold(policy=WorkPolicy.ALWAYS)
    lane = LaneRate(wait_seconds=1.0, per_second=100.0)
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="demur-portal-"))) for _ in range(2)]
        usual = stack.enter_context(open_world(folders[0]))
        admission = AdmissionSettings(path=folders[1] / "admission.db", threshold=always, lane=lane)
        yield Worlds(
            usual=usual,
            crowded=stack.enter_context(open_world(folders[1], admission)),
            post=stack.enter_context(open_post(usual)),
            firefox=stack.enter_context(open_firefox()),
        )


def write_report(cells: Sequence[Cell]) -> str:
    """Return the report as Markdown: one row for each way, and each dead end with its reason."""
    ways = dict.fromkeys(cell.way for cell in cells)
    dead = [cell for cell in cells if cell.dead_end]
    lines = [
        "# Dead ends of the portal",
        "",
        "Written by `python benchmarks/bench_portal.py --report docs/reference/dead-ends.md`:",
        "every way was walked in every language to a receipt that verifies.",
        "",
        f"{len(cells)} cells, {len(dead)} dead ends.",
        "",
        "| way | what it is | languages | dead ends |",
        "|---|---|---|---|",
    ]
    for way in ways:
        mine = [cell for cell in cells if cell.way == way]
        ended = sum(bool(cell.dead_end) for cell in mine)
        lines.append(f"| `{way}` | {mine[0].says} | {len(mine)} | {ended} |")
    lines += ["", *(f"- `{cell.way}`, {cell.language}: {cell.dead_end}" for cell in dead)] if dead else []
    return "\n".join(lines) + "\n"
