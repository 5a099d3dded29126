"""What pages say: every rule has words for the person, in a page that loads nothing and can be read by everybody."""

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demur.kernel.words import Decision, ReasonCode
from demur.policy.ruleset import load_ruleset
from demur.web import look, portal
from demur.web.explanations import Decided, RulesToday, SubjectExplanation
from demur.web.look.accent import Accent, contrast
from demur.web.portal.settings import PortalSettings, configure_django
from demur.web.portal.wording import OUTCOMES, PROSPECTS, REASONS, tell_explanation

FOLDER = Path(portal.__file__).parent
LOOK = Path(look.__file__).parent
CSS = (LOOK / "static" / "look.css").read_text()
AS_OF = datetime(2025, 5, 27, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def django():
    configure_django(PortalSettings(secret_key="of a test"))


def colours(css):
    found = re.findall(r"--(?:govuk|demur)-([a-z-]+): ?#([0-9a-f]{3}|[0-9a-f]{6})[;}]", css)
    return {
        name: "#" + (value if len(value) == 6 else "".join(2 * letter for letter in value)) for name, value in found
    }


def test_every_rule_has_a_sentence_for_the_person_and_no_sentence_is_without_a_rule():
    decided = {(rule.decision, rule.reason) for rule in load_ruleset("eu-2025").rules}
    # A name is cut by a build; an item of a corpus that is built already goes as a whole.
    assert decided | {(Decision.EXCLUDE, ReasonCode.MENTIONS_OBJECTOR)} == set(REASONS)


def test_every_decision_has_an_outcome_and_a_prospect():
    assert (set(OUTCOMES), set(PROSPECTS)) == (set(Decision), set(Decision))


def test_a_change_since_the_build_is_told_apart_from_the_build_and_from_the_future():
    built = Decided(decision="include", reason="eligible", sentence="")
    gone = Decided(decision="exclude", reason="own_objection", sentence="")
    today = RulesToday(decided=gone, log_size=7, as_of=AS_OF, ruleset="eu-2025 2025.1")
    told = tell_explanation(SubjectExplanation(corpus="june", built=built, current=gone, today=today))
    assert [(str(one.outcome), str(one.reason)) for one in (told.built, told.since, told.next_corpus)] == [
        ("It is in this corpus.", "Nothing stood against it."),
        ("It was left out.", "You objected."),
        ("It stays out of the next corpus.", "You objected."),
    ]
    assert (told.corpus, told.log_size, told.as_of, told.ruleset) == ("june", 7, AS_OF, "eu-2025 2025.1")


def test_nothing_is_said_of_a_change_or_of_the_future_where_there_is_none():
    built = Decided(decision="hold", reason="notice_missing", sentence="")
    told = tell_explanation(SubjectExplanation(corpus="june", built=built, current=built, today=None))
    assert (str(told.built.reason), told.since, told.next_corpus) == ("We cannot prove that we told you.", None, None)


def test_a_reason_without_words_of_ours_is_told_in_those_of_the_ruleset():
    built = Decided(decision="exclude", reason="a_later_reason", sentence="It names a child.")
    told = tell_explanation(SubjectExplanation(corpus="june", built=built, current=built, today=None))
    assert (told.built.outcome, told.built.reason) == (OUTCOMES["exclude"], "It names a child.")


PAPERS = ("body-background-colour", "template-background-colour", "surface-background-colour")
LETTERS = ("text-colour", "secondary-text-colour", "link-colour")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_links_and_buttons_have_the_contrast_of_level_aaa_and_all_else_that_of_level_aa(scheme):
    light, _, dark = CSS.partition("@media screen and (prefers-color-scheme: dark)")
    colour = colours(light) if scheme == "light" else colours(dark)
    best = [("button-text", "button"), *((letter, paper) for letter in LETTERS for paper in PAPERS)]
    good = [
        *(("button-text", "button-hover"), ("danger-text", "danger"), ("text-colour", "quiet"), ("warn-text", "warn")),
        *(("tint-text", "tint"), ("alarm-text", "alarm"), ("focus-text-colour", "focus-colour")),
        *((name, "body-background-colour") for name in ("link-visited-colour", "link-hover-colour", "error-colour")),
        *((name, "body-background-colour") for name in ("brand-colour", "success-colour", "input-border-colour")),
    ]
    assert [pair for pair in best if contrast(colour[pair[0]], colour[pair[1]]) < 7] == []
    assert [pair for pair in good if contrast(colour[pair[0]], colour[pair[1]]) < 4.5] == []


def test_the_stylesheet_loads_nothing_and_names_no_font_of_others():
    assert re.findall(r"url\(|@import|@font-face|GDS", CSS) == []


def test_the_stylesheet_leaves_right_and_left_to_the_direction_of_the_page():
    assert re.findall(r"[{;](?:(?:margin|padding|border)-)?(?:left|right)(?:-[a-z]+)?:", CSS) == []


def test_the_packed_stylesheet_is_the_same():
    assert gzip.decompress((LOOK / "static" / "look.css.gz").read_bytes()).decode() == CSS


def test_the_platforms_own_accent_must_be_readable_on_light_and_on_dark_screens():
    assert Accent(light="#7a1f5c", dark="#f0a8d8").style.count("#7a1f5c") == 3
    for light, dark in (("#7a1fc", "#f0a8d8"), ("#ffbbaa", "#f0a8d8"), ("#7a1f5c", "#7a1f5c"), ("red", "#f0a8d8")):
        with pytest.raises(ValueError, match=r"contrast|no colour"):
            Accent(light=light, dark=dark)


def test_every_text_of_a_template_can_be_translated():
    pages = [*(FOLDER / "templates").glob("*.html"), *(FOLDER.parent / "console/templates/console").glob("re*.html")]
    for template in pages:
        content = template.read_text()
        for block in (
            r"{% block layout %}.*?{% endblock %}",
            r"{% blocktranslate.*?{% endblocktranslate %}",
            r"{%.*?%}",
            r"{{.*?}}",
            r"<[^>]*>",
        ):
            content = re.sub(block, "", content, flags=re.DOTALL)
        left = re.sub(r"[\s\-]", "", content)
        assert (template.name, left) == (template.name, "")
