"""A form's version is another one whenever its English words are, and the reference tells which words each had."""

import hashlib
import importlib.util
import re
from pathlib import Path

import pytest

from demur.policy.handling import RequestKind
from demur.register.objecting import FORM_VERSION
from demur.web.form_versions import ACCOUNT, IN_APP, LINK, OPEN_FORMS
from demur.web.in_app.notice import make_notice
from demur.web.portal.open_wording import FORMS
from demur.web.portal.settings import PortalSettings, configure_django

ROOT = Path(__file__).parents[2]
WEB = ROOT / "src" / "demur" / "web"
REFERENCE = ROOT / "docs" / "reference" / "form-versions.md"
TEMPLATES = {
    LINK: ("portal/templates/object.html", "portal/templates/limits.html"),
    ACCOUNT: ("account/templates/account/account.html",),
    **dict.fromkeys(OPEN_FORMS.values(), ("portal/templates/open.html",)),
}


@pytest.fixture(scope="module")
def words():
    """Return the English words of each form."""
    configure_django(PortalSettings(secret_key="of a test"))
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "tools" / "catalogues.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    def said(name):
        return [
            word
            for text in tool.texts_in_template((WEB / name).read_text("utf-8"))
            for word in (text.single, text.plural)
        ]

    found = {version: [word for name in names for word in said(name)] for version, names in TEMPLATES.items()}
    for kind in RequestKind:
        form = FORMS[kind]
        found[OPEN_FORMS[kind]] += [str(form.title), str(form.lead)]
    told = make_notice(platform="PLATFORM", name="PLATFORM", version="VERSION", languages=("en",)).languages["en"]
    return {**found, IN_APP: [told.title, *told.body, told.object, told.close, told.more]}


def digest_of(words):
    return hashlib.sha256("\n".join(word for word in words if word).encode()).hexdigest()[:16]


def test_the_reference_lists_the_words_of_each_form_as_they_are(words):
    """Whoever changes a word gives the form a new version, and a row of its own in the reference."""
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{16})` \|$", REFERENCE.read_text("utf-8"), re.MULTILINE)
    assert len({version for version, _ in rows}) == len(rows)
    assert {version: digest_of(said) for version, said in words.items()}.items() <= dict(rows).items()


def test_a_version_is_a_word_that_the_register_takes():
    versions = (LINK, ACCOUNT, IN_APP, *OPEN_FORMS.values())
    assert (len(set(versions)), [one for one in versions if not re.fullmatch(FORM_VERSION, one)]) == (7, [])
