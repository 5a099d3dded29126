"""Every command explains itself in the terminal: a summary, and a sentence for each argument and option."""

import io
import itertools

import pytest
from rich.console import Console

from demur.cli.app import COMMANDS, make_app


def commands(app, words=()):
    """Yield the words of every command that does something."""
    for name in app:
        if not name.startswith("-"):
            yield from commands(app[name], (*words, name))
    if app.default_command is not None and words:
        yield words


EVERY_COMMAND = sorted(commands(make_app()))


def told(*words):
    console = Console(file=io.StringIO(), width=120, force_terminal=False)
    make_app(*words[:1]).help_print(list(words), console=console)
    return console.file.getvalue()


def parameters(words):
    app = make_app(words[0])
    for word in words:
        app = app[word]
    every = app.assemble_argument_collection(parse_docstring=True)
    return {argument.name: argument.parameter.help for argument in every if argument.show}


def test_the_commands_of_the_first_tutorial_are_there():
    names = {" ".join(words) for words in EVERY_COMMAND}
    assert names >= {"keys create", "register object", "build", "apply", "explain", "train", "evidence verify"}
    assert {words[0] for words in EVERY_COMMAND} == {name for name, *_ in COMMANDS}


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
def test_a_command_says_what_it_does_and_what_each_option_means(words):
    lines = told(*words).splitlines()
    assert lines[0].startswith(f"Usage: demur {' '.join(words)}")
    summary = " ".join(itertools.takewhile(str.strip, lines[2:])).strip()
    assert summary.endswith(".")
    assert {name: text for name, text in parameters(words).items() if not text or not text.endswith(".")} == {}


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
def test_a_command_has_no_option_that_only_negates_another(words):
    assert [line for line in told(*words).splitlines() if "--no-" in line or "--empty-" in line] == []


def test_the_list_of_commands_has_a_summary_for_each_and_says_what_exit_statuses_mean():
    listed = told()
    # A summary that is long goes on in the next line.
    assert [name for name, _, _, summary in COMMANDS if f"{name} " not in listed or summary[:40] not in listed] == []
    assert "5 integrity" in listed


def test_a_command_that_is_asked_for_tells_more_than_its_summary():
    assert "goes on where it was" in " ".join(told("build").split())
    assert "goes on where it was" not in " ".join(told().split())
