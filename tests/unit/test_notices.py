"""What a notice says: complete, honest, in typed parts, and a mail that loads nothing and cannot be broken into."""

import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP, default
from importlib import resources
from pathlib import Path

import msgspec
import pytest

from demur.notices.addresses import check_address, extend_address
from demur.notices.channel import Addresses
from demur.notices.errors import AddressRefusedError, NoticeFaultyError, NoticeUnreadableError
from demur.notices.languages import LANGUAGES, direction_of, primary_language
from demur.notices.lint import RULES, lint_message
from demur.notices.mail import Sender, compose, lint_mail, make_template
from demur.notices.message import Part, PartKind
from demur.notices.publication import draft_version, write_document
from demur.notices.published import read_texts
from demur.notices.replies import Verdict, is_away, judge_reply, own_words, text_of_html
from demur.notices.version import Element, NoticeVersion, Texts, read_version
from demur.notices.wording import ALL_TEXTS
from demur.notices.words import read_words
from demur.testing.notice_channel_contract import make_test_errand, make_test_message
from demur.web.notices.texts import translator

GOLDEN = Path(__file__).parents[1] / "golden" / "notices"
SENDER = Sender(
    address="privacy@agora.example", name="Agora", bounces="bounces@agora.example", replies="replies@agora.example"
)
MESSAGE = make_test_message()
FULL = Texts(**{element.value: f"Something on {element.value}." for element in Element})


def version(**changes):
    usual = {"version": "2026-01", "platform": "Agora", "change": "first", "languages": {"en": FULL}}
    return NoticeVersion(**{**usual, **changes})


def in_english(language):
    return str


def rules_against(message):
    return {finding.rule for finding in lint_message(message)}


def with_part(kind, text):
    parts = tuple(replace(part, text=text) if part.kind is kind else part for part in MESSAGE.parts)
    return replace(MESSAGE, parts=parts)


def without(kind):
    return replace(MESSAGE, parts=tuple(part for part in MESSAGE.parts if part.kind is not kind))


def test_the_sample_of_the_package_can_be_published():
    content = (resources.files("demur.testing.agora") / "notice.toml").read_text("utf-8")
    sample = msgspec.convert(tomllib.loads(content), NoticeVersion)
    assert draft_version(sample, in_english, spoken=LANGUAGES).findings == ()


@pytest.mark.parametrize("element", Element)
def test_a_version_without_an_element_of_the_law_cannot_be_published(element):
    lacking = msgspec.structs.replace(FULL, **{element.value: "  "})
    draft = draft_version(version(languages={"en": lacking}), in_english, spoken=["en"])
    assert (element.value in draft.findings[0].message, draft.findings[0].rule) == (True, "missing")
    with pytest.raises(NoticeFaultyError):
        write_document(draft, origin="agora.example/demur/log")


def test_a_language_without_translations_and_one_that_nobody_wrote_stand_in_the_way():
    draft = draft_version(version(languages={"en": FULL, "fr": FULL}), in_english, spoken=["en", "fr", "uk"])
    assert [(one.language, one.rule) for one in draft.findings] == [("uk", "language"), ("fr", "catalogue")]
    held = draft_version(version(held=("uk",)), in_english, spoken=["en", "uk"])
    assert held.findings == ()


def test_a_document_says_every_word_and_is_read_back_as_it_was():
    draft = draft_version(version(), in_english, spoken=["en"])
    document = write_document(draft, origin="agora.example/demur/log")
    read = read_texts(document)
    assert (read.messages, read.version, read.change) == (draft.messages, "2026-01", "first")
    assert write_document(draft, origin="agora.example/demur/log") == document


@pytest.mark.parametrize(
    "changes",
    [
        {"change": "material"},
        {"predecessor": "2025-04"},
        {"change": "immaterial", "predecessor": "2025-04"},
        {"change": "immaterial", "predecessor": "2025-04", "reason": "a typo", "decided_by": " "},
        {"change": "material", "predecessor": "2026-01"},
        {"languages": {"tlh": FULL}},
    ],
)
def test_a_version_that_contradicts_itself_or_gives_no_signed_reason_is_refused(changes):
    with pytest.raises(ValueError, match=r"predecessor|reason|languages"):
        version(**changes)


def test_a_file_that_is_none_or_has_an_unknown_field_is_refused(tmp_path):
    for name, content in (("a", "version ="), ("b", 'version = "b"\nextra = 1'), ("c", "")):
        (tmp_path / f"{name}.toml").write_text(content)
        with pytest.raises(NoticeUnreadableError):
            read_version(tmp_path / f"{name}.toml")
    with pytest.raises(NoticeUnreadableError):
        read_version(tmp_path / "missing.toml")


FAULTY = (
    (without(PartKind.RIGHT), {"right-first"}),
    (replace(MESSAGE, parts=(*MESSAGE.parts[1:], MESSAGE.parts[0])), {"right-first"}),
    (with_part(PartKind.RIGHT, "About our terms."), {"right-first"}),
    (replace(MESSAGE, subject="News from Agora"), {"subject-names"}),
    (replace(MESSAGE, subject="Discover the exciting AI: you can object"), {"no-marketing"}),
    (replace(MESSAGE, subject=MESSAGE.subject + "\r\nBcc: all@agora.example"), {"subject-line"}),
    (replace(MESSAGE, subject=MESSAGE.subject * 3), {"subject-line"}),
    *((without(kind), {"four-sentences"}) for kind in (PartKind.ACCOUNTS, PartKind.OTHERS)),
    *((with_part(kind, " "), {"four-sentences"}) for kind in (PartKind.TRAINED, PartKind.UNCHANGED)),
    (without(PartKind.BUTTON), {"button"}),
    (with_part(PartKind.INTRODUCTION, "word " * 20 + ". " + "word " * 20), {"button"}),
    (without(PartKind.CHOICE), {"equal-choices"}),
    (with_part(PartKind.CHOICE, "Are you sure? You will miss out."), {"no-marketing"}),
    (with_part(PartKind.ACCOUNTS, "See https://agora.example/terms first."), {"no-links"}),
    (with_part(PartKind.OTHERS, "<img src=x>"), {"no-links"}),
    (without(PartKind.ELEMENTS), {"elements"}),
    (without(PartKind.DETAILS), {"elements"}),
    (with_part(PartKind.TRAINED, "word " * 40), {"plain"}),
    (replace(MESSAGE, reply_words="perhaps"), {"reply"}),
)


@pytest.mark.parametrize(("message", "expected"), FAULTY)
def test_the_lint_finds_what_makes_a_notice_invalid_or_dishonest(message, expected):
    assert rules_against(message) == expected


def test_the_lint_has_nothing_against_a_good_notice_and_every_rule_was_seen_to_fail():
    assert rules_against(MESSAGE) == set()
    assert {name for name, _ in RULES} == set().union(*(expected for _, expected in FAULTY))


def test_every_language_has_words_for_the_lint_and_for_answers():
    assert sorted(read_words()) == sorted(LANGUAGES)
    empty = [
        (language, name)
        for language, words in read_words().items()
        for name in words.__struct_fields__
        if not getattr(words, name)
    ]
    assert empty == []


def test_the_mail_is_the_golden_one():
    mail = compose(make_template(MESSAGE), make_test_errand(), SENDER, at=datetime(2026, 1, 2, tzinfo=UTC))
    assert mail.as_bytes(policy=SMTP) == (GOLDEN / "notice-en.eml").read_bytes()


def test_the_mail_of_every_language_is_the_golden_one_without_a_fault_and_its_page_says_the_same_words():
    told = []
    for language in sorted(LANGUAGES):
        message = make_test_message(language, translator(language))
        template = make_template(message)
        assert (lint_message(message), lint_mail(template)) == ((), ())
        mail = compose(template, make_test_errand(), SENDER, at=datetime(2026, 1, 2, tzinfo=UTC))
        text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        told.append(f"=== {language} ===\nSubject: {mail['Subject']}\n\n{text}\n")
        # Where the text has a line with the address of the page to object on, the page has a button.
        button = text.replace(f":\n{make_test_errand().addresses.objection}", "")
        assert (text_of_html(page).split(), mail["Content-Language"]) == (button.split(), language)
    assert "".join(told) == (GOLDEN / "notices.txt").read_text("utf-8")


def test_the_mail_has_a_text_and_a_page_in_its_language_and_nothing_is_loaded():
    template = make_template(MESSAGE)
    assert lint_mail(template) == ()
    mail = compose(template, make_test_errand(), SENDER, at=datetime(2026, 1, 2, tzinfo=UTC))
    read = message_from_bytes(mail.as_bytes(policy=SMTP), policy=default)
    text, page = (read.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert read["Content-Language"] == "en"
    assert (text.count("/object/"), text.count("/notice/"), page.count('href="https://')) == (1, 1, 2)
    assert re.search(r'<html lang="en" dir="ltr"', page) is not None
    assert ("prefers-color-scheme: dark" in page, "fonts.googleapis" in page) == (True, False)
    assert text.index("You have the right to object.") == 0


@pytest.mark.parametrize(
    "planted", ['<img src="https://x.example/p.gif">', "<style>a{background:url(x)}</style>", '<a href="/x">x</a>']
)
def test_a_page_that_loads_something_or_leads_elsewhere_is_found(planted):
    template = make_template(MESSAGE)
    spoilt = replace(template, page=template.page.replace("</body>", f"{planted}</body>"))
    assert {finding.rule for finding in lint_mail(spoilt)} == {"mail"}


def test_what_a_controller_writes_is_text_in_the_page_and_a_line_in_no_header():
    hostile = Part(kind=PartKind.ELEMENTS, text="<script>alert(1)</script> & more", heading="<b>")
    template = make_template(replace(MESSAGE, parts=(*MESSAGE.parts, hostile)))
    assert ("<script>" in template.page, "&lt;script&gt;alert(1)" in template.page) == (False, True)
    broken = replace(MESSAGE, subject="x\r\nBcc: all@agora.example")
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        compose(make_template(broken), make_test_errand(), SENDER, at=datetime(2026, 1, 2, tzinfo=UTC))


def test_an_address_in_the_link_cannot_leave_its_place():
    links = Addresses(objection='https://x.example/"><script>', notice="https://x.example/n")
    text, page = make_template(MESSAGE).fill(links)
    assert ('"><script>' in page, '"><script>' in text) == (False, True)


@pytest.mark.parametrize(
    "bad",
    ["", "a", "a@", "@b.example", "a b@c.example", "a@b.example\r\nBcc: x@y.example", "a@b..example", "a@-b.example"],
)
def test_what_is_no_address_is_refused_without_repeating_it(bad):
    with pytest.raises(AddressRefusedError, match=r"^an address is no e-mail address that can be used$"):
        check_address(bad)


def test_addresses_of_international_domains_become_ascii_and_carry_a_word():
    assert check_address(" ada@münchen.example ") == "ada@xn--mnchen-3ya.example"
    assert extend_address("bounces@agora.example", "nabc") == "bounces+nabc@agora.example"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("nein", Verdict.OBJECTION),
        ("Nein, danke!", Verdict.OBJECTION),
        ("Je m’oppose à l’utilisation de mes données.", Verdict.OBJECTION),
        ("Bonjour,\nje refuse. Merci", Verdict.OBJECTION),
        ("I object", Verdict.OBJECTION),
        ("возразявам", Verdict.DOUBTFUL),  # misspelt: counts all the same, and a human looks
        ("Възразявам срещу това", Verdict.OBJECTION),
        ("I do not object", Verdict.DOUBTFUL),
        ("Why do I get this?", Verdict.DOUBTFUL),
        ("👎", Verdict.DOUBTFUL),
        ("", Verdict.DOUBTFUL),
        ("yes", Verdict.AGREEMENT),
        ("Oui.", Verdict.AGREEMENT),
        ("yes, I object", Verdict.OBJECTION),
    ],
)
def test_an_answer_is_what_its_words_say_and_doubt_is_said(words, verdict):
    assert judge_reply(words) is verdict


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_of_every_language_objects_however_it_is_written(language):
    words = read_words()[language]
    said = [*words.refuses, *words.objects]
    assert [phrase for phrase in said if judge_reply(f"{phrase.upper()}!") is not Verdict.OBJECTION] == []
    agreed = [phrase for phrase in words.agrees if judge_reply(phrase.capitalize()) is Verdict.OBJECTION]
    assert agreed == []


QUOTED = (
    "nein\n\nAm 3. März 2026 um 10:00 schrieb Agora <privacy@agora.example>:\n> You can object\n",
    "nein\n\n-----Ursprüngliche Nachricht-----\nVon: Agora\nI object\n",
    "nein\n________________________________\nVon: Agora <privacy@agora.example>\nI object\n",
    "> I object\nnein\n",
    "nein\n-- \nAda Example, I object to signatures\n",
    "nein\nOn Tue, 3 Mar 2026, Agora <privacy@agora.example>\nwrote:\n",
    "nein\nFrom: Agora <privacy@agora.example>\nSent: today\nI object\n",
)


@pytest.mark.parametrize("mail", QUOTED)
def test_what_is_quoted_is_nobodys_answer(mail):
    assert own_words(mail).splitlines()[0] == "nein"
    assert "object" not in own_words(mail)


def test_a_page_gives_its_text_without_what_it_quotes():
    page = '<html><style>x</style><p>non</p><div class="gmail_quote">I object<blockquote>I object</blockquote></div>'
    assert text_of_html(page).split() == ["non"]
    outlook = '<div>non</div><div id="divRplyFwdMsg">From</div><p>I object</p>'
    assert text_of_html(outlook).split() == ["non"]


def test_automatic_answers_are_known_by_their_subject_in_every_language():
    subjects = [words.away[0] for words in read_words().values()]
    assert [one for one in subjects if not is_away(f"Re: {one.title()}: x")] == []
    assert is_away("Re: Agora wants to train AI with your posts. You can object.") is False


def test_language_tags_lead_to_languages():
    assert [primary_language(tag) for tag in ("fr-CH", " EN_gb", "mt", "", None, "x1")] == [
        "fr",
        "en",
        "mt",
        None,
        None,
        None,
    ]
    assert {direction_of(language) for language in LANGUAGES} == {"ltr"}
    assert len(ALL_TEXTS) == len(set(ALL_TEXTS)) + 1  # the button and the words to answer with are one text
