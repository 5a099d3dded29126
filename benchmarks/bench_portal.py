"""What objecting costs a person, where it ends, and how long the portal takes: walked and timed for real.

Every way to an objection is walked in every language to a receipt that verifies (`demur.testing.portal`): by plain
requests, from a mail, and in Debian's Chromium and Firefox. The effort is modelled from what was clicked, typed and
read. Every page, those of the console as each member of staff sees them, is looked at by axe-core and weighed. Last,
people come at once, each of whom looks at the page for a while before the button is pressed, and the answers are timed;
then some come alone.
"""

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page

from demur.testing.portal import effort
from demur.testing.portal.browser import open_browser
from demur.testing.portal.crowd import gather_crowd, percentile
from demur.testing.portal.matrix import Cell, open_worlds, walk, write_report
from demur.testing.portal.world import open_world
from demur.web.languages import COMPLETE, OFFICIAL

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from servers.browser import AXE, RUN_AXE
from servers.console import open_console
from servers.site import open_site

_ENTERED = "https://pages.example/somebody/42"
_AXE_LANGUAGES = ("en", "el", "mt")
# People who come one after another, and how long each pauses: what a page takes while nobody else is there.
_ALONE, _BREATH_SECONDS = 200, 0.001


def main(arguments: Sequence[str]) -> int:
    """Measure, and print the figures as JSON in the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, help="write the matrix of dead ends to this file (Markdown)")
    parser.add_argument(
        "--languages", nargs="+", default=COMPLETE, choices=COMPLETE, help="in which to walk; all by default"
    )
    parser.add_argument("--people", type=int, default=200, help="how many are there at once")
    parser.add_argument("--think-seconds", type=float, default=5.0, help="how long each looks at the page, on average")
    parser.add_argument("--visits", type=int, default=5, help="how many come one after another for each of them")
    chosen = parser.parse_args(arguments)

    with open_worlds() as worlds, open_browser() as browser:
        cells = list(_told(walk(worlds, browser, chosen.languages)))
        if chosen.report is not None:
            chosen.report.write_text(write_report(cells), "utf-8")
        dead_ends = sum(bool(cell.dead_end) for cell in cells)
        by_link = effort.by_link(worlds.usual, browser)
        third_party = effort.without_an_account(worlds.usual, browser, _ENTERED)
        looked = look_at_pages(browser, [code for code in _AXE_LANGUAGES if code in chosen.languages])
    with tempfile.TemporaryDirectory(prefix="demur-portal-") as name, open_world(Path(name)) as world:
        links = [world.person().link for _ in range(chosen.people * chosen.visits)]
        waits = gather_crowd(world.port, links, people=chosen.people, think_seconds=chosen.think_seconds, seed=2025)
        links = [world.person().link for _ in range(_ALONE)]
        alone = gather_crowd(world.port, links, people=1, think_seconds=_BREATH_SECONDS, seed=2025)
    for fault in looked.violations:
        sys.stdout.write(f"axe: {fault}\n")
    share = dead_ends / len(cells)
    figures = {
        "clicks": by_link.clicks_after_arrival,
        "typed_fields": by_link.fields,
        "effort_s": round(by_link.seconds(dead_ends=share), 1),
        "effort_acting_s": round(by_link.acting_seconds, 1),
        "effort_words": by_link.words,
        "third_party_required_fields": third_party.required_fields,
        "third_party_effort_s": round(third_party.seconds(dead_ends=share), 1),
        "dead_ends": dead_ends,
        "cells": len(cells),
        "axe_violations": len(looked.violations),
        "axe_pages": looked.pages,
        "languages_complete": len(COMPLETE),
        "languages": len(OFFICIAL),
        "page_kb_max": round(looked.largest_bytes / 1_000, 1),
        "people": chosen.people,
        "refused": waits.refused,
        "page_alone_p50_ms": round(percentile(alone.pages, 0.5) * 1_000, 1),
        "receipt_alone_p50_ms": round(percentile(alone.receipts, 0.5) * 1_000, 1),
        "page_p50_ms": round(percentile(waits.pages, 0.5) * 1_000, 1),
        "receipt_p50_ms": round(percentile(waits.receipts, 0.5) * 1_000, 1),
        "receipt_p99_ms": round(percentile(waits.receipts, 0.99) * 1_000, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


@dataclass(slots=True)
class Looked:
    """What was seen of all pages: how many, the most bytes of one with its stylesheet, and what axe complains of."""

    pages: int = 0
    largest_bytes: int = 0
    violations: list[str] = field(default_factory=list)


def look_at_pages(browser: Browser, languages: Sequence[str]) -> Looked:
    """Open every page in some languages, those of the console as each member of staff.

    What a browser fetches for a page is weighed, compressed, and axe looks at it.
    """
    looked = Looked()
    with tempfile.TemporaryDirectory(prefix="demur-portal-") as name, open_site(Path(name) / "site") as site:
        page = browser.new_context(viewport={"width": 1_280, "height": 900}).new_page()
        for language in languages:
            for visit in site.visits:
                site.open(page, visit, language)
                _look_at(page, f"{visit.name} in {language}", looked)
        page.context.close()
    with tempfile.TemporaryDirectory(prefix="demur-console-") as name, open_console(Path(name) / "site") as console:
        for who in dict.fromkeys(who for who, _ in console.pages):
            page = console.log_in(browser, who)
            for language in languages:
                for path in (path for asked, path in console.pages if asked == who):
                    console.open(page, path, language)
                    _look_at(page, f"{path} in {language}", looked)
            page.context.close()
    return looked


def _look_at(page: Page, name: str, looked: Looked) -> None:
    looked.pages += 1
    sheets = page.evaluate("[...document.styleSheets].map((sheet) => sheet.href)")
    content = [page.content().encode(), *(page.request.get(address).body() for address in sheets)]
    looked.largest_bytes = max(looked.largest_bytes, sum(len(gzip.compress(one)) for one in content))
    page.evaluate(AXE.read_text("utf-8"))
    looked.violations += [f"{name}: {found}" for found in page.evaluate(RUN_AXE)]


def _told(cells: Iterator[Cell]) -> Iterator[Cell]:
    for cell in cells:
        if cell.dead_end:
            sys.stdout.write(f"dead end: {cell.way} in {cell.language}: {cell.dead_end}\n")
            sys.stdout.flush()
        yield cell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
