"""The reference names every entry-point group of the code and the packaging, and no other, and every contract test."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

PAGE = "docs/reference/extension-points.md"
LISTED_GROUP = re.compile(r"^\| `(demur\.[a-z_]+)`", re.MULTILINE)
# How a docstring announces a group: "extension point ``demur.audit_probes``", "entry-point group (``demur.sources``)".
ANNOUNCED = re.compile(r"(?:extension point|entry-point group|extensions? of the group) \(?``(demur\.[a-z_]+)``")
NAMED_OBJECT = re.compile(r"`(demur(?:\.[a-z_]+)+)\.([A-Z]\w+)`")


def declared_groups(pyproject: str) -> set[str]:
    """Return the groups of entry points that a distribution offers to Demur."""
    groups = tomllib.loads(pyproject)["project"].get("entry-points", {})
    return {group for group in groups if group.startswith("demur.")}


def groups_in_code(source: str) -> Iterator[str]:
    """Yield the groups that a module loads, as text or by a name of the module, and those that its docstrings name."""
    yield from ANNOUNCED.findall(re.sub(r"\s+", " ", source))
    tree = ast.parse(source)
    names = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "load_plugins" and node.args:
            (argument, *_) = node.args
            group = argument.value if isinstance(argument, ast.Constant) else names.get(getattr(argument, "id", ""))
            if isinstance(group, str):
                yield group


def used_groups(root: Path) -> set[str]:
    modules = (root / "src" / "demur").rglob("*.py")
    found = {group for module in modules for group in groups_in_code(module.read_text(encoding="utf-8"))}
    return found | declared_groups((root / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_entry_point_group_is_in_the_reference(root, checked):
    groups = used_groups(root)
    assert sorted(LISTED_GROUP.findall((root / PAGE).read_text(encoding="utf-8"))) == sorted(groups)
    checked(f"reference/extension-points.md: {len(groups)} entry-point groups")


def test_every_contract_test_is_in_the_reference(root):
    contracts = {f"demur.testing.{path.stem}" for path in (root / "src" / "demur" / "testing").glob("*_contract.py")}
    text = (root / PAGE).read_text(encoding="utf-8")
    assert {module for module, _ in NAMED_OBJECT.findall(text) if module.endswith("_contract")} == contracts


def test_every_protocol_and_contract_that_the_reference_names_is_there(root):
    named = NAMED_OBJECT.findall((root / PAGE).read_text(encoding="utf-8"))
    missing = [f"{module}.{name}" for module, name in named if not hasattr(importlib.import_module(module), name)]
    assert (len(named) > 0, missing) == (True, [])


CODE = '''
"""Measures one kind; extension point ``demur.probes``."""

_GROUP = "demur.sinks"

load_plugins(_GROUP)
load_plugins("demur.doors")
'''


def test_groups_are_found_by_text_by_name_and_in_docstrings():
    assert sorted(groups_in_code(CODE)) == ["demur.doors", "demur.probes", "demur.sinks"]


def test_groups_are_found_in_the_packaging():
    assert declared_groups('[project.entry-points."demur.sinks"]\na = "b:c"\n') == {"demur.sinks"}
