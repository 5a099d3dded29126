"""What the documentation tests share: the pages, and a line for each thing that was checked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def documentation_pages() -> list[Path]:
    """Return README, the other pages of the repository's root and everything under docs/."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def pytest_generate_tests(metafunc):
    """Run a test that asks for a `page` once for each page."""
    if "page" in metafunc.fixturenames:
        pages = documentation_pages()
        metafunc.parametrize("page", pages, ids=[str(page.relative_to(ROOT)) for page in pages])


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture
def checked(record_property):
    """Return a function that notes what a test checked; `make docs` prints the notes."""
    return lambda note: record_property("checked", note)


def pytest_terminal_summary(terminalreporter) -> None:
    """Print what was checked above the closing line, when the run is verbose."""
    if terminalreporter.config.get_verbosity() < 0:
        return
    notes = list(_notes(terminalreporter.stats.get("passed", [])))
    if notes:
        terminalreporter.section("checked")
        for note in notes:
            terminalreporter.line(note)


def _notes(reports) -> Iterator[str]:
    for report in reports:
        yield from (value for name, value in report.user_properties if name == "checked")
