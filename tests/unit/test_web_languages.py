"""The languages of the pages: complete catalogues, the right plural forms, and dates as their speakers write them."""

import gettext
import importlib.util
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel import Locale
from django.template import Context, Engine
from django.utils.translation import trans_real

from demur.web.formats import format_day, format_instant, format_number, plural_categories, plural_header
from demur.web.languages import COMPLETE, OFFICIAL, SOURCE, choose_language, language_of
from demur.web.portal.settings import PortalSettings, configure_django

TOOL = Path(__file__).parents[2] / "tools" / "catalogues.py"
AT = datetime(2025, 5, 27, 6, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def django():
    configure_django(PortalSettings(secret_key="of a test"))


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("catalogues", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def texts(tool):
    return tool.find_texts()


# ---------------------------------------------------------------------------------------- the catalogues that are there


def test_every_language_that_is_offered_says_everything(tool, texts):
    assert [fault for code in COMPLETE for fault in tool.find_faults(code, texts)] == []


def test_every_compiled_catalogue_is_its_text(tool):
    different = []
    for code in COMPLETE:
        path = tool.catalogue_path(code, "mo")
        if code != SOURCE and path.read_bytes() != tool.pack(tool.read_catalogue(code)):
            different.append(code)
    assert different == []


def test_the_languages_are_the_24_of_the_union_and_those_offered_are_among_them():
    assert (len(OFFICIAL), len(set(OFFICIAL)), set(COMPLETE) <= {*OFFICIAL}, SOURCE in COMPLETE) == (24, 24, True, True)
    assert {code: language_of(code).name for code in OFFICIAL} == {
        code: Locale.parse(code).get_language_name(code) for code in OFFICIAL
    }
    assert (language_of("mt").direction, language_of("ar").direction) == ("ltr", "rtl")


# --------------------------------------------------------------------------------------------- texts and their tests

TEMPLATE = """{% load i18n %}
{% translate "100% of it" %} {% translate "Notes" context "console" %}
{% blocktranslate trimmed with name=who %}
  Dear {{ name }}, 5% of
  it
{% endblocktranslate %}
{% blocktranslate count n=n context "console" %}{{ n }} thing{% plural %}{{ n }} things{% endblocktranslate %}
{{ _("In a tag") }}"""
CODE = b"""
_("One"); gettext("in two " "parts"); ngettext("%(n)d a", "%(n)d b", n); pgettext("console", "Notes")
npgettext("console", "one", "many", n); other("no text"); gettext(name)
"""


class Recorder(gettext.NullTranslations):
    """A language that remembers what was looked up in it."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def gettext(self, message):
        context, _, single = message.rpartition("\x04")
        self.asked.append((context, single, ""))
        return single

    def ngettext(self, single, plural, number):
        context, _, words = single.rpartition("\x04")
        self.asked.append((context, words, plural.rpartition("\x04")[2]))
        return words


def test_the_texts_of_a_template_are_those_that_django_looks_up(tool, monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(trans_real._active, "value", recorder, raising=False)  # noqa: SLF001 -- Django offers no other way in
    libraries = {"i18n": "django.templatetags.i18n"}
    Engine(libraries=libraries).from_string(TEMPLATE).render(Context({"who": "x", "n": 2}))
    found = [(text.context, text.single, text.plural) for text in tool.texts_in_template(TEMPLATE)]
    assert sorted(found) == sorted(recorder.asked)
    assert len(found) == 5


def test_the_texts_of_code_are_those_of_its_calls_of_gettext(tool):
    assert list(tool.texts_in_code(CODE)) == [
        tool.Text("", "One"),
        tool.Text("", "in two parts"),
        tool.Text("", "%(n)d a", "%(n)d b"),
        tool.Text("console", "Notes"),
        tool.Text("console", "one", "many"),
    ]


def test_a_text_that_is_missing_or_wrong_is_named(tool):
    plain, many = tool.Text("", "Hello %(name)s"), tool.Text("", "%(n)s day", "%(n)s days")
    wrong = {
        "0 forms instead of 1": (plain, ()),
        "not translated": (plain, (" ",)),
        "other placeholders or tags than in the English text": (plain, ("Bonjour %(nom)s",)),
        "other line breaks": (plain, ("Bonjour\n%(name)s",)),
        "2 forms instead of 4": (many, ("%(n)s dan", "%(n)s dni")),
    }
    for fault, (text, forms) in wrong.items():
        assert tool.faults_of(tool.Catalogue(code="sl", forms={text: forms}), text) == [fault]
    right = {plain: ("Bonjour %(name)s",), many: ("%(n)s dan", "%(n)s dneva", "%(n)s dnevi", "%(n)s dni")}
    assert [tool.faults_of(tool.Catalogue(code="sl", forms=right), text) for text in right] == [[], []]


def test_translations_are_taken_in_by_the_ids_of_their_texts_and_wrong_ones_refused(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "LOCALE_FOLDER", tmp_path)
    plain, many, noted = tool.Text("", 'Say "%(it)s"'), tool.Text("", "a day", "days"), tool.Text("console", "Notes")
    texts = (plain, many, noted)
    empty = tool.merged(tool.read_catalogue("mt"), texts)
    given = {plain.id: 'Għid "%(it)s"', many.id: ["jum", "jumejn"], noted.id: "Noti", "00000000": "x"}
    filled, faults = tool.fill(empty, {text.id: text for text in texts}, given)
    assert faults == [
        f"mt: 2 forms instead of 5: {many.id} 'a day'",
        "mt: no text has the id 00000000",
    ]
    tool.write_catalogue(filled)
    written = tool.catalogue_path("mt").read_bytes()
    tool.write_catalogue(tool.merged(tool.read_catalogue("mt"), texts))
    assert tool.catalogue_path("mt").read_bytes() == written
    packed = gettext.GNUTranslations(io.BytesIO(tool.pack(tool.read_catalogue("mt"))))
    assert packed.gettext(plain.single) == 'Għid "%(it)s"'
    assert (packed.pgettext("console", "Notes"), packed.gettext("Notes"), packed.ngettext("a day", "days", 2)) == (
        "Noti",
        "Notes",
        "days",
    )


def test_a_text_that_the_code_has_no_more_and_one_that_is_fuzzy_are_faults(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "LOCALE_FOLDER", tmp_path)
    kept, gone = tool.Text("", "Kept"), tool.Text("", "Gone")
    tool.write_catalogue(tool.Catalogue(code="fr", signer="Ines Roux", forms={kept: ("Gardé",), gone: ("Parti",)}))
    assert tool.find_faults("fr", (kept,)) == ["fr: not in the code any more: 'Gone'"]
    assert tool.read_catalogue("fr").signer == "Ines Roux"
    path = tool.catalogue_path("fr")
    path.write_text(path.read_text().replace('msgid "Kept"', '#, fuzzy\nmsgid "Kept"'))
    assert tool.find_faults("fr", (kept, gone)) == ["fr: marked as fuzzy: 'Kept'"]


# ----------------------------------------------------------------------------------- plurals, dates, the choice of one


@pytest.mark.parametrize("code", [code for code in OFFICIAL if code != SOURCE])
def test_a_catalogue_chooses_the_form_that_cldr_chooses(code):
    count, _, formula = plural_header(code).partition("; plural=")
    form = gettext.c2py(formula.rstrip(";"))
    categories = plural_categories(code)
    rule = Locale.parse("pt_PT" if code == "pt" else code).plural_form
    assert count == f"nplurals={len(categories)}"
    assert [categories[form(number)] for number in range(300)] == [rule(number) for number in range(300)]


@pytest.mark.parametrize(
    ("code", "instant", "number"),
    [
        ("en", "27 May 2025, 06:00", "1,234,567"),
        ("bg", "27 май 2025 г., 6:00", "1 234 567"),
        ("et", "27. mai 2025 06:00", "1 234 567"),
        ("fi", "27. toukokuuta 2025 6.00", "1 234 567"),
        ("ga", "27 Bealtaine 2025 06:00", "1,234,567"),
        ("mt", "27 ta’ Mejju 2025 06:00", "1,234,567"),
        ("pt", "27 de maio de 2025, 06:00", "1 234 567"),
    ],
)
def test_dates_and_numbers_are_written_as_the_language_writes_them(code, instant, number):
    written = [format_instant(AT, code), format_number(1_234_567, code), format_day(AT.date(), code)]
    # CLDR keeps parts together with spaces that do not break.
    at, grouped, day = (words.replace("\u202f", " ").replace("\xa0", " ") for words in written)
    assert (at, grouped, instant.startswith(day)) == (instant, number, True)


@pytest.mark.parametrize(
    ("asked", "accepted", "default", "chosen"),
    [
        ("mt", "fr", "en", "mt"),
        ("xx", "fr", "en", "fr"),
        ("", "de-AT,fr;q=0.9,mt;q=0.95", "en", "mt"),
        ("", "pt-BR", "en", "pt"),
        ("", "fr;q=0, *;q=0.5", "mt", "mt"),
        ("", "fr;q=much, ,;;", "pt", "pt"),
        ("", "", "xx", "en"),
    ],
)
def test_what_was_asked_for_goes_before_the_browser_and_the_browser_before_the_platform(
    asked, accepted, default, chosen
):
    assert choose_language(asked, accepted, default, known=("en", "fr", "mt", "pt")) == chosen
