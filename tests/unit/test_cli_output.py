import json

import pytest

from demur.cli.output import print_error, print_json, print_lines, print_table, show_progress
from demur.kernel.errors import InputError


def test_json_is_one_object_on_one_line(capsys, tmp_path):
    print_json({"rows": 3, "text": "Grüße\nzwei", "path": tmp_path, "none": None})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"rows": 3, "text": "Grüße\nzwei", "path": str(tmp_path), "none": None}


def test_lines_end_with_a_line_feed_each(capsys):
    print_lines("a", "b")
    assert capsys.readouterr().out == "a\nb\n"


def test_no_lines_print_nothing(capsys):
    print_lines()
    assert capsys.readouterr().out == ""


def test_a_table_sets_numbers_to_the_right_and_shows_what_is_unknown(capsys):
    print_table("Why", ("reason", "items"), [("eligible", 12_345), ("deleted", 7), ("other", None)])
    assert capsys.readouterr().out.splitlines() == [
        "Why",
        "┏━━━━━━━━━━┳━━━━━━━━┓",
        "┃ reason   ┃ items  ┃",
        "┡━━━━━━━━━━╇━━━━━━━━┩",
        "│ eligible │ 12,345 │",
        "│ deleted  │ 7      │",
        "│ other    │ -      │",
        "└──────────┴────────┘",
    ]


def test_a_table_of_numbers_is_set_to_the_right(capsys):
    print_table("Why", ("reason", "items"), [("eligible", 12_345), ("deleted", 7)])
    assert capsys.readouterr().out.splitlines()[-2] == "│ deleted  │      7 │"


def test_a_table_without_rows_has_its_head(capsys):
    print_table("Nothing", ("reason",), [])
    assert capsys.readouterr().out.splitlines()[0] == "Nothing"


def test_brackets_in_a_table_are_text_and_no_markup(capsys):
    print_table("[bold]x", ("[red]a",), [("[/nonsense]",), ("[link=x]y",)])
    out = capsys.readouterr().out
    assert [word for word in ("[bold]x", "[red]a", "[/nonsense]", "[link=x]y") if word not in out] == []


@pytest.mark.parametrize(("hint", "after"), [(None, ""), ("Try this.", "  next: Try this.\n")])
def test_an_error_goes_to_standard_error(capsys, hint, after):
    print_error(InputError("wrong", hint=hint))
    assert capsys.readouterr() == ("", f"demur: wrong [input]\n{after}")


def test_progress_without_a_terminal_is_a_line_for_each_tenth(capsys):
    with show_progress() as report:
        for done in range(101):
            report("judge", done, 100)
        report("groups", 0, 0)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [*(f"judge {tenth}/100" for tenth in range(0, 101, 10)), "groups 0/0"]
