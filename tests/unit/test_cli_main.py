"""Errors at the outermost place: one line, a next step, and the exit status of the family."""

import subprocess
import sys

import pytest
from cyclopts import Group

from demur.cli import app
from demur.cli.errors import ConfigurationMissingError
from demur.corpus.reading_errors import RemovalsBrokenError, StaleRemovalsError
from demur.kernel.errors import ConfigurationError, InputError, IntegrityError, TransientError
from demur.register.errors import UnknownAccountError

GROUP = Group.create_ordered("Failing")
MODULE = """
import sys
{imports}

def fail():
    \"\"\"Fail.\"\"\"
    {statement}
"""


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Return what the command line makes of a command that ends with a statement."""

    def run_command(statement, imports=""):
        name = f"failing_{abs(hash((statement, imports)))}"
        (tmp_path / f"{name}.py").write_text(MODULE.format(imports=imports, statement=statement), "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(app, "COMMANDS", (("fail", f"{name}:fail", GROUP, "Fail."),))
        monkeypatch.setattr(sys, "argv", ["demur", "fail"])
        with pytest.raises(SystemExit) as ended:
            app.main()
        return ended.value.code, *capsys.readouterr()

    return run_command


def raised(error):
    return f"raise {error.__name__}('3 rows found, 4 allowed', hint='Count again.')", (
        f"from {error.__module__} import {error.__name__}"
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownAccountError, 2),
        (ConfigurationMissingError, 3),
        (StaleRemovalsError, 4),
        (RemovalsBrokenError, 5),
    ],
)
def test_a_deliberate_error_is_one_line_a_next_step_and_the_exit_status_of_its_family(run, error, status):
    said = f"demur: 3 rows found, 4 allowed [{error.code}]\n  next: Count again.\n"
    assert run(*raised(error)) == (status, "", said)


def test_an_error_without_a_next_step_is_one_line(run):
    statement, imports = "raise InputError('nothing found')", "from demur.kernel.errors import InputError"
    assert run(statement, imports) == (2, "", "demur: nothing found [input]\n")


def test_each_family_has_an_exit_status_of_its_own():
    families = (InputError, ConfigurationError, TransientError, IntegrityError)
    assert [family.exit_status for family in families] == [2, 3, 4, 5]


def test_a_command_that_returns_a_number_ends_with_it(run):
    assert run("return 1") == (1, "", "")


def test_a_command_that_returns_nothing_ends_with_zero(run):
    assert run("return None") == (0, "", "")


def test_an_interrupted_command_says_so(run):
    assert run("raise KeyboardInterrupt") == (130, "", "demur: interrupted\n")


def test_a_module_of_an_extra_that_is_missing_names_the_extra(run):
    status, out, err = run("raise ModuleNotFoundError('No module named torch', name='torch')")
    assert (status, out) == (3, "")
    assert err == (
        "demur: this command needs torch, which the bare install does not have [extra-missing]\n"
        "  next: pip install 'demur[train]'\n"
    )


def test_a_file_that_the_system_refuses_is_named(run):
    status, out, err = run("open('/proc/nothing/here', 'w')")
    assert (status, out) == (3, "")
    assert err == (
        "demur: the system refuses /proc/nothing/here: No such file or directory [file-refused]\n"
        "  next: Check the path, its rights and the disk, then run it again.\n"
    )


def test_a_fault_of_ours_quotes_nothing_and_has_a_status_of_its_own(run):
    status, out, err = run("raise ValueError('Sofia wrote this')")
    told, step = err.splitlines()
    assert (status, out) == (70, "")
    assert told.startswith("demur: a fault of Demur itself: ValueError in failing_")
    assert step.startswith("  next: Run it again with DEMUR_DEBUG=1 and report the traceback")
    assert "Sofia" not in err


def test_a_traceback_is_shown_to_whoever_asks_for_it(run, monkeypatch):
    monkeypatch.setenv("DEMUR_DEBUG", "1")
    _, _, err = run(*raised(UnknownAccountError))
    assert "Traceback (most recent call last)" in err
    assert err.startswith("demur: 3 rows found")


def test_an_unknown_command_and_an_unknown_option_are_refused_as_input():
    for words in (["frobnicate"], ["apply", "sample", "--frobnicate"], ["apply"]):
        done = subprocess.run([sys.executable, "-m", "demur", *words], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    (tmp_path / "none.jsonl").write_text("")
    command = f"{sys.executable} -m demur policy test none.jsonl | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
