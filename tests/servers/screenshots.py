"""Take pictures of every page: `python tests/servers/screenshots.py --out FOLDER`, by `make screenshots`."""

import argparse
import itertools
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parent.parent))

from servers.console import open_console
from servers.site import open_site

from demur.testing.portal.browser import open_browser
from demur.web.languages import COMPLETE, SOURCE

WIDTHS = {"phone": 390, "desktop": 1_280}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    """Write a picture of each page, width and scheme of colours, in English and, but for the console, another language.

    Pages of people are written from right to left as well.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    folder = parser.parse_args().out
    with tempfile.TemporaryDirectory() as work, open_browser() as browser:
        take_portal(browser, Path(work), folder)
    with tempfile.TemporaryDirectory() as work, open_browser() as browser:
        take_console(browser, Path(work), folder)
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")


def take_portal(browser: Browser, work: Path, folder: Path) -> None:
    """Take pictures of what people see who are not logged in."""
    with open_site(work / "site") as site:
        for device, scheme in itertools.product(WIDTHS, SCHEMES):
            with _screen(browser.new_context(color_scheme=scheme).new_page(), device) as page:
                for language, visit in itertools.product(dict.fromkeys((SOURCE, COMPLETE[-1])), site.visits):
                    site.open(page, visit, language)
                    _take(page, folder, f"{visit.name}-{language}-{device}-{scheme}")
        with _screen(browser.new_context().new_page(), "phone") as page:
            for visit in site.visits:
                site.open(page, visit)
                page.evaluate("() => document.documentElement.dir = 'rtl'")
                _take(page, folder, f"{visit.name}-{SOURCE}-phone-right-to-left")


def take_console(browser: Browser, work: Path, folder: Path) -> None:
    """Take pictures of what members of staff see, and somebody who is logged in with their own account."""
    with open_console(work / "site") as console:
        for (device, scheme), (who, path) in itertools.product(itertools.product(WIDTHS, SCHEMES), console.first_pages):
            with _screen(console.log_in(browser, who), device) as page:
                page.emulate_media(color_scheme=scheme)
                console.open(page, path)
                _take(page, folder, f"{_name_of(who, path)}-{SOURCE}-{device}-{scheme}")


@contextmanager
def _screen(page: Page, device: str) -> Iterator[Page]:
    page.set_viewport_size({"width": WIDTHS[device], "height": 800})
    yield page
    page.context.close()


def _take(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def _name_of(who: str, path: str) -> str:
    """Name a page after its address, without the token of a link."""
    if path.startswith("/console/enrol/"):
        return f"console-enrol-{'over' if path.endswith('/over') else 'link'}"
    return "-".join(part for part in (*path.split("/"), who) if part)


if __name__ == "__main__":
    main()
