"""Commands that people wait for start with what they need: `demur apply` needs no engine, a verifier no database."""

import subprocess
import sys

import pytest

HEAVY = {"alembic", "django", "numba", "phonenumbers", "ray", "rich", "stdnum", "tokenizers", "torch", "transformers"}
DATA = {"numpy", "polars", "pyroaring", "sqlalchemy", "zstandard"}
PROGRAM = """
import sys
before = set(sys.modules)
import {module}
for name in {also!r}:
    __import__(name)
print(*sorted(name for name in sys.modules if name in {forbidden!r}))
"""
RUNNING = {"sqlalchemy", "demur.register", "demur.engines"}
WORK = ("demur.register.store", "demur.policy.ruleset")  # what `apply` opens while it runs


@pytest.mark.parametrize(
    ("module", "also", "forbidden"),
    [
        ("demur.cli.app", (), HEAVY | DATA),
        ("demur.cli.keys", (), HEAVY | DATA),
        ("demur.cli.evidence", ("demur.evidence.verify",), HEAVY | DATA),
        ("demur.cli.verifying", ("demur.evidence.receipt_report",), HEAVY | DATA),
        ("demur.cli.applying", WORK, HEAVY | {"demur.filters.text", "demur.engines", "demur.corpus.build"}),
        ("demur.cli.register", WORK, HEAVY | {"demur.filters", "demur.engines", "demur.corpus.build"}),
        ("demur.cli.policy", ("demur.policy.ruleset",), HEAVY | RUNNING | {"demur.filters", "demur.corpus.build"}),
        ("demur.cli.explaining", (), HEAVY | RUNNING | {"demur.filters", "demur.training"}),
        ("demur.cli.exporting", (), HEAVY | {"sqlalchemy", "demur.filters", "demur.register"}),
    ],
)
def test_a_command_imports_nothing_that_it_does_not_need(module, also, forbidden):
    program = PROGRAM.format(module=module, also=also, forbidden=forbidden)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_heavy_import_would_be_seen():
    program = PROGRAM.format(module="demur.cli.building", also=("demur.filters.scanner",), forbidden=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["numba"]
