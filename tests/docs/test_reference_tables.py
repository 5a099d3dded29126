"""The reference names every setting, configuration key, import column, document field and row fault, and no other."""

import re
from itertools import chain
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from demur.cli.configuration import Configuration
from demur.cli.plans import PlanFile
from demur.cli.roles import PERMISSIONS, Role
from demur.corpus.repeats import REPEATED
from demur.exchange.in_app_notice import InAppNotice
from demur.exchange.manifest import CorpusManifest
from demur.exchange.removal_notice import RemovalNotice
from demur.exchange.removals import Removals
from demur.exchange.runs import AuditReport, RunRecord
from demur.exchange.snapshot import RegisterSnapshot
from demur.kernel.words import RecordKind
from demur.policy.settings import Settings
from demur.register.accounts import ACCOUNT_COLUMNS, OPTIONAL_ACCOUNT_COLUMNS
from demur.register.campaigns import (
    OBJECTION_COLUMNS,
    OPTIONAL_OBJECTION_COLUMNS,
    OPTIONAL_TARGET_COLUMNS,
    TARGET_COLUMNS,
    WITHDRAWAL_COLUMNS,
)
from demur.register.hijacks import HIJACK_COLUMNS
from demur.register.notices import NOTICE_COLUMNS, OPTIONAL_NOTICE_COLUMNS
from demur.register.reading import RowFault
from demur.sources.source import RejectionReason
from demur.sources.spec import FIELDS
from demur.web.api.routes import ROUTES

REFERENCE = Path("docs/reference")
DOCUMENTS = (RegisterSnapshot, CorpusManifest, Removals, RunRecord, AuditReport, RemovalNotice, InAppNotice)


def section(page: Path, title: str) -> str:
    """Return what stands below a heading, up to the next heading of the same level or a higher one."""
    text = page.read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"{page.name} has no section {title}"
    return found[2]


def first_cells(text: str) -> list[str]:
    """Return the code spans of the first cell of each table row."""
    cells = re.findall(r"^\| ([^|]*`[^|]*?) \|", text, re.MULTILINE)
    return list(chain.from_iterable(re.findall(r"`([^`]+)`", cell) for cell in cells))


def section_form(kind) -> type:
    """Return the structure of a table, of an optional one, or of each of a list of them."""
    return kind if isinstance(kind, type) and not get_args(kind) else get_args(kind)[0]


def configuration_keys() -> list[str]:
    """Return every key of `demur.toml` as ``table.key``."""
    sections = {table.name: section_form(table.type) for table in msgspec.structs.fields(Configuration)}
    return [f"{name}.{key}" for name, form in sections.items() for key in form.__struct_fields__]


def test_every_configuration_key_is_in_the_reference(root, checked):
    page = root / REFERENCE / "configuration.md"
    titles = ("Platform", "Keys", "Register", "Timestamps", "Ruleset", "Build", "Filters", "API", "Access", "Sources")
    titles += ("Admission", "Confirmations", "Login", "Mail", "Notices", "Portal", "Processing", "Recipients")
    listed = [key for title in titles for key in first_cells(section(page, title))]
    assert sorted(listed) == sorted(configuration_keys())
    checked(f"reference/configuration.md: {len(listed)} keys")


def test_every_key_of_a_plan_file_is_in_the_reference(root):
    listed = first_cells(section(root / REFERENCE / "configuration.md", "Plan file"))
    assert sorted(listed) == sorted(PlanFile.__struct_fields__)


def test_every_field_of_an_item_is_in_the_reference(root):
    assert first_cells(section(root / REFERENCE / "configuration.md", "Fields of an item")) == list(FIELDS)


def test_every_reason_for_rejecting_a_row_is_in_the_reference(root):
    listed = first_cells(section(root / REFERENCE / "configuration.md", "Rows that cannot be used"))
    assert listed == [*(reason.value for reason in RejectionReason), REPEATED]


def test_every_setting_is_in_the_reference(root, checked):
    listed = first_cells(section(root / REFERENCE / "settings.md", "Settings of the ruleset"))
    assert listed == list(Settings.__struct_fields__)
    checked(f"reference/settings.md: {len(listed)} settings")


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("Accounts", (*ACCOUNT_COLUMNS, *OPTIONAL_ACCOUNT_COLUMNS)),
        ("Notices", (*NOTICE_COLUMNS, *OPTIONAL_NOTICE_COLUMNS)),
        ("Objections", (*OBJECTION_COLUMNS, *OPTIONAL_OBJECTION_COLUMNS)),
        ("Targets", (*TARGET_COLUMNS, *OPTIONAL_TARGET_COLUMNS)),
        ("Hijacks", HIJACK_COLUMNS),
        ("Withdrawals", WITHDRAWAL_COLUMNS),
        ("Rows that are left out", tuple(fault.value for fault in RowFault)),
    ],
)
def test_every_import_column_and_fault_is_in_the_reference(root, title, columns):
    assert first_cells(section(root / REFERENCE / "imports.md", title)) == list(columns)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.__name__)
def test_every_field_of_a_document_is_in_the_reference(root, document):
    listed = first_cells(section(root / REFERENCE / "formats.md", document.__name__).split("| table |")[0])
    assert sorted({"kind", "v", *listed}) == sorted(document.__struct_fields__)


def test_every_kind_of_log_entry_is_in_the_reference(root):
    text = section(root / REFERENCE / "formats.md", "Entries of the log")
    (line,) = re.findall(r"^\| `t` \| (.*) \|$", text, re.MULTILINE)
    assert sorted(re.findall(r"`([a-z]+)`", line)) == sorted(RecordKind)


def rows(text: str) -> list[list[str]]:
    """Return the cells of the rows of a table that begin with a code span."""
    return [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]


def test_every_command_with_the_roles_that_may_ask_it_is_in_the_reference(root, checked):
    text = section(root / REFERENCE / "roles.md", "Roles of commands").partition("| command |")[2]
    listed = {cells[0].strip(" `"): [cell.strip() == "yes" for cell in cells[1:]] for cells in rows(text)}
    assert listed == {act: [role in may for role in Role] for act, may in PERMISSIONS.items()}
    checked(f"reference/roles.md: {len(listed)} commands")


def test_every_route_of_the_api_with_its_roles_is_in_the_reference(root, checked):
    text = section(root / REFERENCE / "roles.md", "Roles of API keys").partition("| role | who |")[0]
    listed = {cells[0].strip(" `"): set(re.findall(r"`(\w+)`", cells[1])) for cells in rows(text)}
    assert listed == {f"{route.method} {route.path}": {str(role) for role in route.roles} for route in ROUTES}
    checked(f"reference/roles.md: {len(listed)} routes")
