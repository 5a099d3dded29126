"""Mails that come back, as mail systems really write them: each is what it is, and names its notice."""

import pytest

from demur.notices.incoming import IncomingKind, sort_mail, write_id
from demur.notices.replies import Verdict

MAILING = bytes(range(16))
NAME = write_id(MAILING)
TO = f"To: bounces+{NAME}@agora.example\n"
REPLY = f"To: replies+{NAME}@agora.example\nFrom: Ada <ada@people.example>\nSubject: Re: x\n"


def report(action, status, *, extra=""):
    return (
        f"From: MAILER-DAEMON@mx.example (Mail Delivery System)\n{TO}Auto-Submitted: auto-replied\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is the mail system.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; ada@people.example\n{action}{status}{extra}\n"
        "--b\nContent-Type: text/rfc822-headers\n\nSubject: You can object. I object\n\n--b--\n"
    )


REPORTS = {
    "failed": (report("Action: failed\n", "Status: 5.1.1\n"), IncomingKind.BOUNCED),
    "failed for now and given up": (report("Action: FAILED\n", "Status: 4.4.7\n"), IncomingKind.BOUNCED),
    "a status alone": (report("", "Status: 5.2.2\n"), IncomingKind.BOUNCED),
    "delivered": (report("Action: delivered\n", "Status: 2.0.0\n"), IncomingKind.DELIVERED),
    "handed on, which proves nothing": (report("Action: relayed\n", "Status: 2.0.0\n"), IncomingKind.DELAYED),
    "given to a list": (report("Action: expanded\n", "Status: 2.0.0\n"), IncomingKind.DELAYED),
    "delayed": (report("Action: delayed\n", "Status: 4.4.1\n"), IncomingKind.DELAYED),
    "delivered to one, failed for another": (
        report(
            "Action: delivered\n",
            "Status: 2.0.0\n",
            extra="\nFinal-Recipient: rfc822; x\nAction: failed\nStatus: 5.1.1\n",
        ),
        IncomingKind.BOUNCED,
    ),
    "qmail": (
        (
            f"From: MAILER-DAEMON@mx.example\n{TO}Subject: failure notice\n\nHi. This is the qmail-send program."
            "\n<ada@people.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
        ),
        IncomingKind.BOUNCED,
    ),
    "exim": (
        (
            f"From: Mail Delivery System <Mailer-Daemon@mx.example>\n{TO}X-Failed-Recipients: ada@people.example\n"
            "Subject: Mail delivery failed: returning message to sender\n\nUnrouteable address\n"
        ),
        IncomingKind.BOUNCED,
    ),
    "a code of SMTP in the text": (
        f"From: postmaster@mx.example\n{TO}Subject: Undeliverable\n\nRemote host said: 550 5.1.1 User unknown\n",
        IncomingKind.BOUNCED,
    ),
}
AUTOMATIC = {
    "RFC 3834": f"{REPLY}Auto-Submitted: auto-replied (vacation)\n\nI object\n",
    "an older program": f"{REPLY}X-Autoreply: yes\n\nnein\n",
    "precedence": f"{REPLY}Precedence: bulk\n\nnein\n",
    "nobody to answer": f"{REPLY}Return-Path: <>\n\nnein\n",
    "a subject line": f"To: replies+{NAME}@agora.example\nSubject: Abwesenheit: Re: x\n\nnein, ich widerspreche\n",
    "a receipt of reading": (
        f"{REPLY}Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n"
        "Content-Type: text/plain\n\nnein\n--b--\n"
    ),
}
REPLIES = {
    "plain": (f"{REPLY}\nNein.\n\n> I object\n", Verdict.OBJECTION),
    "a page alone": (
        f"{REPLY}Content-Type: text/html; charset=utf-8\n\n<p>je m&#39;oppose</p><blockquote>x</blockquote>\n",
        Verdict.OBJECTION,
    ),
    "encoded": (
        (
            f"{REPLY}Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\n"
            "Ich m=F6chte nicht.\n"
        ),
        Verdict.OBJECTION,
    ),
    "a charset that nobody knows": (f"{REPLY}Content-Type: text/plain; charset=x-unknown\n\nnein\n", Verdict.OBJECTION),
    "an attachment is nobody's word": (
        (
            f"{REPLY}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nOui.\n"
            "--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nnein\n--b--\n"
        ),
        Verdict.AGREEMENT,
    ),
    "a subject of its own": (
        f"To: replies+{NAME}@agora.example\nSubject: =?utf-8?q?Je_m=27oppose?=\n\n",
        Verdict.OBJECTION,
    ),
    "what is quoted alone": (f"{REPLY}\n> I object\n", Verdict.DOUBTFUL),
    "marked as no automatic one": (f"{REPLY}Auto-Submitted: no\n\nnein\n", Verdict.OBJECTION),
}


@pytest.mark.parametrize(("mail", "kind"), REPORTS.values(), ids=REPORTS)
def test_a_report_is_read_and_proves_a_delivery_only_where_it_says_so(mail, kind):
    found = sort_mail(mail.encode())
    assert (found.kind, found.ids, found.verdict) == (kind, (MAILING,), None)


@pytest.mark.parametrize("mail", AUTOMATIC.values(), ids=AUTOMATIC)
def test_an_automatic_answer_is_nobodys_will(mail):
    found = sort_mail(mail.encode())
    assert (found.kind, found.ids) == (IncomingKind.AUTOMATIC, (MAILING,))


@pytest.mark.parametrize(("mail", "verdict"), REPLIES.values(), ids=REPLIES)
def test_an_answer_is_read_without_what_it_quotes_or_attaches(mail, verdict):
    found = sort_mail(mail.encode())
    assert (found.kind, found.ids, found.verdict) == (IncomingKind.REPLY, (MAILING,), verdict)


def test_a_report_without_the_address_names_its_notice_by_what_it_returns():
    mail = report("Action: failed\n", "Status: 5.1.1\n").replace(TO, "To: bounces@agora.example\n")
    returned = mail.replace(
        "Subject: You can object.", f"Message-ID: <{NAME}.1@agora.example>\nSubject: You can object."
    )
    assert (sort_mail(mail.encode()).ids, sort_mail(returned.encode()).ids) == ((), (MAILING,))
    assert len(NAME) == 27
