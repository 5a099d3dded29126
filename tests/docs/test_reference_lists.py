"""The reference names every command, error code and reason code, and no other."""

import contextlib
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cyclopts import App

import demur
from demur.cli.app import make_app
from demur.kernel.errors import DemurError
from demur.kernel.words import ReasonCode
from demur.web.metric_texts import TEXTS

# Packages that a bare install does not hold; a module that needs one may be missing here.
OPTIONAL = {
    "aiosmtpd",
    "datatrove",
    "django",
    "fido2",
    "fpdf",
    "granian",
    "jwt",
    "mrml",
    "segno",
    "spacy",
    "onnxruntime",
    "presidio_analyzer",
    "psycopg",
    "ray",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
}
# A listed name is the first code span of a table row, a heading or a list item.
LISTED = re.compile(r"^(?:\||#+|[-*]) *`([^`]+)`", re.MULTILINE)


def listed_names(page: Path) -> list[str]:
    return LISTED.findall(page.read_text(encoding="utf-8"))


def import_all_modules() -> list[str]:
    """Import every module of Demur, except Alembic's scripts, which run when they are imported.

    Modules with Django's tables need its settings first.
    """
    with contextlib.suppress(ModuleNotFoundError):
        settings = importlib.import_module("demur.web.portal.settings")
        settings.configure_django(settings.PortalSettings(secret_key="of a test"))
    failed: list[str] = []
    for module in pkgutil.walk_packages(demur.__path__, "demur.", onerror=failed.append):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in OPTIONAL:
                raise
            failed.append(module.name)
    return failed


def error_classes(family: type[DemurError] = DemurError) -> Iterator[type[DemurError]]:
    for error in family.__subclasses__():
        if error.__module__.startswith("demur."):
            yield error
            yield from error_classes(error)


def command_names(command: App, words: str) -> Iterator[str]:
    """Yield every command that does something, in full words: `demur register object`."""
    for name in command:
        if not name.startswith("-"):
            yield from command_names(command[name], f"{words} {name}")
    if command.default_command is not None:
        yield words


def test_every_error_code_is_in_the_reference(root, checked):
    without = import_all_modules()
    codes = sorted({error.code for error in error_classes()})
    assert sorted(listed_names(root / "docs/reference/errors.md")) == codes
    checked(f"reference/errors.md: {len(codes)} error codes (modules not importable here: {without or 'none'})")


def test_every_error_class_has_a_code_of_its_own():
    import_all_modules()
    codes = Counter(error.__dict__.get("code", f"{error.__qualname__} has none") for error in set(error_classes()))
    assert {code: count for code, count in codes.items() if count > 1 or "none" in code} == {}


def test_every_reason_code_is_in_the_reference_in_the_order_in_which_reasons_are_tried(root, checked):
    assert listed_names(root / "docs/reference/reasons.md") == [str(reason) for reason in ReasonCode]
    checked(f"reference/reasons.md: {len(ReasonCode)} reason codes")


def test_every_metric_is_in_the_reference(root, checked):
    assert [name for name in listed_names(root / "docs/reference/metrics.md") if name.startswith("MET-")] == list(TEXTS)
    checked(f"reference/metrics.md: {len(TEXTS)} metrics")


def test_every_command_is_in_the_reference(root, checked):
    listed = sorted(name for name in listed_names(root / "docs/reference/commands.md") if name.startswith("demur"))
    commands = sorted(set(command_names(make_app(), "demur")))
    assert listed == commands
    checked(f"reference/commands.md: {len(commands)} commands")
