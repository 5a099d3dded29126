"""The report is one HTML file that needs nothing from elsewhere and runs nothing."""

import dataclasses
from html.parser import HTMLParser

import pytest

from demur.cli.charts import Point
from demur.cli.report import Step, Story, render_report

VOID = {"meta", "br", "hr", "img", "link", "input"}
STORY = Story(
    subtitle="Notice to proof.",
    headline=[("40", "items read"), ("12", "let in")],
    steps=[Step(title="Keys", command="demur keys create", told=("made", "kept"), seconds=0.4)],
    notices=[("delivered or shown", 30), ("bounced", 1)],
    reasons=[("eligible", 12), ("not_public", 20)],
    effects=[("a new reader", 0.5)],
    memorisation=[("words", [Point(x="1x", y=0.1, low=-1.0, high=1.0)])],
    checks=[("the log", "is consistent")],
    trusted=("labels are true",),
    next_commands=["demur policy show"],
)
EMPTY = Story(
    subtitle="",
    headline=[],
    steps=[],
    notices=[],
    reasons=[],
    effects=[],
    memorisation=[],
    checks=[],
    trusted=(),
    next_commands=[],
)
ODD = dataclasses.replace(
    STORY,
    subtitle="<script>alert(1)</script>",
    headline=[("<b>", "&")],
    steps=[Step(title="a < b", command="echo $HOME '\"' <&>", told=("</ul>",), seconds=1)],
    checks=[("<td>", "$checks")],
    next_commands=["cat <in >out && $x"],
)


class Page(HTMLParser):
    """What a browser sees: the text, and every tag in balance."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.resources, self.texts = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.resources += [value for name, value in attrs if name in {"src", "href", "action", "data", "srcset"}]
        self.resources += [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("story", [STORY, EMPTY, ODD], ids=["a story", "an empty story", "odd letters"])
def test_a_report_is_balanced_and_loads_and_runs_nothing(story):
    html = render_report(story)
    page = Page(html)
    assert page.open == []
    assert page.resources == []
    assert {"script", "link", "iframe", "object", "img"} & set(page.tags) == set()
    # The name of SVG's vocabulary is no address that anybody opens.
    assert "http" not in html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "@import" not in html
    assert "url(" not in html


def test_a_report_without_letters_of_its_own_shows_what_it_was_told():
    told = Page(render_report(ODD)).texts
    odd = ["<script>alert(1)</script>", "<b>", "&", "echo $HOME '\"' <&>", "</ul>", "$checks", "cat <in >out && $x"]
    assert [text for text in odd if text not in told] == []


def test_every_figure_has_its_numbers_as_a_table_too():
    page = Page(render_report(STORY))
    assert page.tags.count("figure") == page.tags.count("details") == 4
    assert [text for text in ("20", "12", "0.50 s", "-1.00 to 1.00") if text not in page.texts] == []


def test_each_step_shows_the_command_that_repeats_it():
    page = Page(render_report(STORY))
    assert page.texts.count("demur keys create") == 1
