"""Debian's Chromium, driven by Playwright; every walk starts with a new profile, which nobody is logged in with."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, Request, sync_playwright

from demur.testing.portal.errors import DeadEndError

# The browser asks for nothing but what a page asks it for.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MILLISECONDS = 30_000
_ROUND_TRIP_MILLISECONDS = 400  # "Slow 3G" of Chromium's developer tools
_SLOW_BYTES_PER_SECOND = 400 * 1024 // 8


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium, and stop it at the end.

    Raises:
        DeadEndError: Chromium is not installed.
    """
    path = shutil.which("chromium")
    if path is None:
        message = "no program chromium is installed"
        raise DeadEndError(message)
    with sync_playwright() as playwright:
        browser = launch(playwright, path)
        try:
            yield browser
        finally:
            browser.close()


def launch(playwright: Playwright, path: str) -> Browser:
    """Start the browser at a path."""
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))


@dataclass(frozen=True, slots=True)
class Walk:
    """One page open in the browser, and the hosts that it asked for anything."""

    page: Page
    hosts: set[str] = field(default_factory=set)


@contextmanager
def walking(browser: Browser, language: str, **profile: Any) -> Iterator[Walk]:  # noqa: ANN401 -- Playwright's own
    """Open a page in a new profile, and close it at the end; what Playwright says becomes a dead end.

    Args:
        browser: where.
        language: what the browser asks for.
        profile: further arguments of Playwright's `new_context`.
    """
    context: BrowserContext = browser.new_context(locale=language, **profile)
    context.set_default_timeout(_PATIENCE_MILLISECONDS)
    try:
        walk = Walk(page=context.new_page())

        def note_host(request: Request) -> None:
            walk.hosts.add(urlsplit(request.url).netloc)

        walk.page.on("request", note_host)
        yield walk
    except Error as error:
        raise DeadEndError(error.message.splitlines()[0]) from error
    finally:
        context.close()


def slow_down(page: Page) -> None:
    """Make the page's network as slow as a bad connection on the road."""
    session = page.context.new_cdp_session(page)
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": _ROUND_TRIP_MILLISECONDS,
            "downloadThroughput": _SLOW_BYTES_PER_SECOND,
            "uploadThroughput": _SLOW_BYTES_PER_SECOND,
        },
    )
