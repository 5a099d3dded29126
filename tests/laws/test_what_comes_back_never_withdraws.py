"""Law: whatever comes back is sorted without an error; an automatic mail never objects, and none withdraws."""

from email.message import EmailMessage

from hypothesis import given, settings
from hypothesis import strategies as st

from demur.notices.incoming import ID_BYTES, Incoming, IncomingKind, sort_mail, write_id
from demur.notices.replies import Verdict, judge_reply, own_words, text_of_html

IDS = st.binary(min_size=ID_BYTES, max_size=ID_BYTES)
WORDS = st.text(max_size=60)
HEADERS = st.sampled_from(
    [
        "From",
        "To",
        "Subject",
        "Content-Type",
        "Content-Transfer-Encoding",
        "In-Reply-To",
        "Auto-Submitted",
        "Return-Path",
    ]
)
VALUES = st.one_of(
    WORDS,
    st.sampled_from(
        [
            "multipart/report; report-type=delivery-status; boundary=b",
            "multipart/mixed",
            'text/plain; charset="no-such"',
            "text/html; charset*0*=utf-8''x; charset*2=y",
            "message/delivery-status",
            "base64",
            "=?utf-8?q?=C3?= =?x?b?!!?=",
            "MAILER-DAEMON@x",
            "<>",
            "auto-replied",
        ]
    ),
)
BODIES = st.one_of(
    WORDS,
    st.sampled_from(
        ["--b\n\nAction: failed\nStatus: 5.1.1\n--b--", "Action: delivered\nStatus: 2.0.0", "550 no", "nein"]
    ),
)


def is_whole(found: object) -> bool:
    """Tell whether a mail was sorted: an answer has a verdict, nothing else has one, and no verdict withdraws."""
    assert isinstance(found, Incoming)
    assert (found.verdict is None) == (found.kind is not IncomingKind.REPLY)
    return all(len(one) == ID_BYTES for one in found.ids)


@given(st.binary(max_size=400))
def test_any_bytes_are_sorted(content):
    assert is_whole(sort_mail(content))


@settings(max_examples=60)
@given(st.lists(st.tuples(HEADERS, VALUES), max_size=6), BODIES)
def test_any_headers_are_sorted(headers, body):
    lines = [f"{name}: {value}" for name, value in headers]
    assert is_whole(sort_mail("\n".join([*lines, "", body]).encode("utf-8", "surrogateescape")))


@given(IDS, WORDS)
def test_the_notice_is_found_by_its_id_wherever_a_mail_program_puts_it(mailing, words):
    name = write_id(mailing)
    for header in (
        f"To: bounces+{name}@agora.example",
        f"In-Reply-To: <{name}.2@agora.example>",
        f"References: <x> <{name}.1@x>",
    ):
        found = sort_mail(f"{header}\n\n{words}".encode("utf-8", "surrogateescape"))
        assert found.ids == (mailing,)
    assert sort_mail(b"\n\nnein", recipient=f"replies+{name}@agora.example").ids == (mailing,)


@given(st.sampled_from(["auto-replied", "auto-generated", "auto-notified; x=y"]), WORDS)
def test_an_automatic_answer_never_objects_whatever_it_says(marked, words):
    mail = EmailMessage()
    mail["Auto-Submitted"] = marked
    mail.set_content(f"{words.encode('utf-8', 'ignore').decode()}\nI object. nein. je m'oppose")
    assert sort_mail(bytes(mail)).kind is IncomingKind.AUTOMATIC


@given(WORDS)
def test_whatever_somebody_answers_either_objects_or_changes_nothing(words):
    assert judge_reply(words) in {Verdict.OBJECTION, Verdict.DOUBTFUL, Verdict.AGREEMENT}
    assert {verdict.value for verdict in Verdict} == {"objection", "doubtful", "agreement"}


@given(WORDS, st.sampled_from(["nein", "je m'oppose", "I object", "no", "възразявам", "εναντιώνομαι"]))
def test_clear_words_on_a_line_of_their_own_object_whatever_is_quoted_below(quoted, said):
    lines = "\n".join(f"> {line}" for line in quoted.splitlines())
    assert judge_reply(own_words(f"{said}\n\n{lines}")) is Verdict.OBJECTION


@given(st.text(alphabet="<>/=\"' abdivpq&;#!-[]", max_size=80))
def test_any_page_has_a_text(page):
    assert isinstance(text_of_html(page), str)
