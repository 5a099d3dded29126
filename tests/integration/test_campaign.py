"""A notice reaches people: published first, each once, by the next way where one fails, and answers count."""

import csv
import io
import json
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from servers.mail import running_mail_server
from servers.pages import Browser, pages_of
from servers.postfix import running_postfix

from demur.cli.mail_listener import listening
from demur.cli.receiving import Intake
from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import SystemClock
from demur.keys.keyring import load_keyring
from demur.keys.notes import open_note
from demur.keys.subjects import subject_key
from demur.ledger.leaves import digest_document
from demur.register.accesses import Reader
from demur.register.batch import AskAgain
from demur.register.mailing_replies import list_checks
from demur.register.mailing_reports import find_due_notice, record_mailing_events
from demur.register.mailing_versions import find_version
from demur.register.notice_entries import show_events
from demur.register.queries import subject_status
from demur.register.store import open_register
from demur.web.in_app.notice import InAppNotices, make_notice, sign_notice
from demur.web.links import make_link

PEOPLE = {
    "ada": "ada@people.example",
    "bo": "gone-bo@people.example",
    "cy": "",
    "di": "no address",
    "ed": "ed@people.example",
}
READER = Reader(role="test", name="test", act="test")
LATE = datetime(2100, 1, 1, tzinfo=UTC)


def configure(folder: Path, port: int, *further: str) -> None:
    """Point the sample's sections at a mail server of the test."""
    path = folder / "demur.toml"
    text = path.read_text("utf-8").replace("port = 8026", f"port = {port}")
    added = "\n".join(('address = "https://demur.agora.example"', "per_second = 1000", "lease_seconds = 1", *further))
    path.write_text(text.replace('address = "http://127.0.0.1:8000"', added), "utf-8")


def write_people(folder: Path, people: dict[str, str], name: str = "people.csv") -> None:
    with (folder / name).open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("account", "language", "email"))
        writer.writerows((account, "en-GB", address) for account, address in people.items())


def opened(folder: Path):
    keyring = load_keyring(folder / "keys/keyring.json")
    return open_register(
        f"sqlite:///{folder}/register/register.db", keyring=keyring, log_folder=folder / "register/log"
    )


def events_of(register, account):
    return [(one.channel, one.event) for one in all_events_of(register, account) if one.version == "2026-01"]


def all_events_of(register, account):
    return show_events(register, subject_key(register.keyring, account), READER, at=LATE)


def app_of(register, platform):
    """Return a browser of the platform's app; whoever is in no campaign is shown the version of an earlier year."""
    folder, keyring = platform / "register/in-app", register.keyring
    sign_notice(folder / "notice", make_notice(platform="agora.example", name="Agora", version="2025-04"), keyring)
    notices = InAppNotices(folder=folder, trust=keyring.trusted_keys())
    return Browser(pages_of(register, platform / "corpora", clock=SystemClock(), in_app=notices))


@pytest.fixture(scope="module")
def mail_server():
    with running_mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def published(registered, demur, tmp_path_factory, mail_server):
    """Return a platform that published the notice of the sample."""
    folder = Path(shutil.copytree(registered, tmp_path_factory.mktemp("published") / "platform"))
    configure(folder, mail_server.port)
    ended = demur(folder, "notice", "publish", "2026-01", "--out", "told")
    assert ended.status == 0, ended.err
    return folder


@pytest.fixture
def platform(published, tmp_path, mail_server):
    mail_server.mails.clear()
    mail_server.hangs_up = False
    folder = Path(shutil.copytree(published, tmp_path / "platform"))
    write_people(folder, PEOPLE)
    return folder


def test_what_was_published_is_in_the_log_before_anybody_is_told_and_never_changes(demur, published, tmp_path):
    document = (published / "told/notice-2026-01.json").read_bytes()
    with opened(published) as register:
        version = find_version(register, "2026-01")
        leaf = register.sequencer.submit(AskAgain(version.index)).entry()
        assert (version.document, leaf.index, sha256_hex(document) in version.note) == (document, version.index, True)
        assert digest_document(document).hex() == sha256_hex(document)
    again = json.loads(demur(published, "notice", "publish", "2026-01", "--json").out)
    assert again["index"] == version.index
    folder = Path(shutil.copytree(published, tmp_path / "platform"))
    changed = folder / "notices/2026-01.toml"
    changed.write_text(changed.read_text("utf-8").replace("24 months", "25 months"), "utf-8")
    assert "[version-published]" in demur(folder, "notice", "publish", "2026-01").err
    assert "[version-unknown]" in demur(folder, "campaign", "start", "2025-04").err


def test_a_version_is_not_published_while_a_language_that_accounts_speak_is_missing(demur, platform):
    path = platform / "notices/2026-01.toml"
    path.write_text(path.read_text("utf-8").replace('"de", ', "").replace("2026-01", "2026-02"), "utf-8")
    path.rename(platform / "notices/2026-02.toml")
    found = json.loads(demur(platform, "notice", "check", "2026-02", "--json").out)["findings"]
    assert [(one["language"], one["rule"]) for one in found] == [("de", "language")]
    refused = demur(platform, "notice", "publish", "2026-02")
    assert (refused.status, "[notice-faulty]" in refused.err) == (2, True)


def test_each_person_gets_it_once_by_the_first_way_that_reaches_them_and_no_address_stays(demur, platform, mail_server):
    ended = demur(platform, "campaign", "start", "2026-01", "people.csv", "people.csv", "--json")
    told = json.loads(ended.out)
    states = {state: count for state, count in told["states"].items() if count}
    assert (ended.status, states, told["queued"]) == (0, {"sent": 2, "due": 3}, 5), ended.err
    assert mail_server.recipients() == ["ada@people.example", "ed@people.example"]
    mail = mail_server.newest()
    assert (mail["Subject"], mail["List-Unsubscribe"]) == (
        "Agora wants to train AI with your posts. You can object.",
        None,
    )
    assert mail_server.mails[-1][0].split("+")[0] == "bounces"
    with opened(platform) as register:
        assert [events_of(register, account) for account in ("ada", "bo", "cy")] == [
            [("email", "queued"), ("email", "sent")],
            [("email", "queued"), ("email", "bounced"), ("in_app", "queued")],
            [("in_app", "queued")],
        ]
        content = b"".join(path.read_bytes() for path in (platform / "register").glob("register.db*"))
    assert [address for address in PEOPLE.values() if address and address.encode() in content] == []
    with sqlite3.connect(platform / "register/register.db") as connection:
        assert connection.execute("SELECT COUNT(*) FROM mailing WHERE sealed IS NOT NULL").fetchone() == (0,)
    assert demur(platform, "campaign", "start", "2026-01", "people.csv").status == 0
    assert len(mail_server.mails) == 2


def test_a_bounce_leads_to_the_app_where_the_next_visit_informs(demur, platform, mail_server):
    demur(platform, "campaign", "start", "2026-01", "people.csv")
    bounced_to = {recipient: mail_from for mail_from, recipient, _ in mail_server.mails}["ada@people.example"]
    report = (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {bounced_to}\r\nContent-Type: multipart/report; "
        'report-type=delivery-status; boundary="b"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n'
        "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ada@people.example\r\nAction: failed\r\n"
        "Status: 5.1.1\r\n\r\n--b--\r\n"
    )
    with opened(platform) as register:
        ada = subject_key(register.keyring, "ada")
        assert find_due_notice(register, subject_key(register.keyring, "nobody")) is None
        intake = Intake(register, SystemClock())
        assert intake.take(report.encode(), recipient="", received_at=LATE) == "bounced"
        due = find_due_notice(register, ada)
        assert (due.version, due.language) == ("2026-01", "en")
        app, link = app_of(register, platform), f"/in-app/{make_link(register.keyring, ada)}"
        told = json.loads(app.get(f"{link}?lang=de").content)
        assert (told["notice"]["version"], told["language"]) == ("2026-01", "en")
        assert open_note(told["note"].encode(), register.keyring.trusted_keys().documents)
        shown = [app.forge(f"{link}/shown/{version}").status for version in ("2026-01", "2026-01", "2027-09", "\0")]
        assert shown == [204, 204, 404, 404]
        record_mailing_events(register, at=SystemClock().now())
        assert find_due_notice(register, ada) is None
        assert events_of(register, "ada")[-2:] == [("email", "bounced"), ("in_app", "shown")]
        assert json.loads(app.get(link).content)["notice"]["version"] == "2025-04"
        assert [event.version for event in all_events_of(register, "ada") if event.event == "shown"] == ["2026-01"]
    told = json.loads(demur(platform, "campaign", "status", "2026-01", "--json").out)
    assert told["states"]["informed"] == 1


def test_an_answer_that_says_no_objects_at_once_and_no_answer_ever_withdraws(demur, platform, mail_server):
    demur(platform, "campaign", "start", "2026-01", "people.csv")
    ids = {recipient: content for _, recipient, content in mail_server.mails}

    def answer(recipient, words, *headers):
        name = ids[recipient].split(b"Message-ID: <")[1].split(b">")[0].decode()
        lines = ("From: somebody@people.example", f"In-Reply-To: <{name}>", "Subject: Re: x", *headers, "", words)
        return "\r\n".join(lines).encode()

    with opened(platform) as register:
        intake, now = Intake(register, SystemClock()), SystemClock().now()
        ada, ed = (subject_key(register.keyring, account) for account in ("ada", "ed"))
        took = [
            intake.take(
                answer("ada@people.example", "Away.", "Auto-Submitted: auto-replied"), recipient="", received_at=now
            ),
            intake.take(answer("ada@people.example", "Yes please"), recipient="", received_at=now),
        ]
        assert (took, subject_status(register, ada, at=LATE).basis) == (["automatic", "agreement"], None)
        took = [
            intake.take(answer("ada@people.example", "Je m'oppose à cela"), recipient="", received_at=now),
            intake.take(answer("ed@people.example", "Wat is dit?"), recipient="", received_at=now),
            intake.take(answer("ada@people.example", "I withdraw my objection, yes"), recipient="", received_at=now),
            intake.take(b"Subject: nein\r\n\r\nnein", recipient="", received_at=now),
        ]
        assert took == ["objection", "doubtful", "objection", "unmatched"]
        objected = [subject_status(register, subject, at=LATE) for subject in (ada, ed)]
        assert [(one.basis, len(one.objections), len(one.withdrawals)) for one in objected] == [("own", 1, 0)] * 2
        assert {entry.form_version for one in objected for entry in one.objections} == {"notice-2026-01"}
        waiting = [(one.verdict, one.entry is None) for one in list_checks(register)]
        assert waiting == [("agreement", True), ("doubtful", False), ("unmatched", True)]
    first = json.loads(demur(platform, "notice", "replies", "--json").out)["replies"][0]["number"]
    assert len(json.loads(demur(platform, "notice", "replies", "--done", str(first), "--json").out)["replies"]) == 2
    assert "[check-missing]" in demur(platform, "notice", "replies", "--done", str(first)).err


def test_a_mail_is_taken_by_pipe_and_by_lmtp_and_kept_by_the_mail_server_while_it_cannot_be_stored(
    demur, platform, mail_server, monkeypatch
):
    demur(platform, "campaign", "start", "2026-01", "people.csv")
    sent_to = {recipient: sender.partition("@")[0].partition("+")[2] for sender, recipient, _ in mail_server.mails}
    mails = {account: f"replies+{sent_to[f'{account}@people.example']}@agora.example" for account in ("ada", "ed")}
    no = b"Subject: Re: x\r\n\r\nNein.\r\n"

    def pipe(*words):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(no)))
        return demur(platform, "notice", "receive", "--recipient", mails["ada"], *words)

    assert (pipe("--config", "missing.toml").status, pipe("--json").out) == (3, '{"read": 1}\n')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with opened(platform) as register:
        with listening(register, SystemClock(), host="127.0.0.1", port=port), smtplib.LMTP("127.0.0.1", port) as client:
            client.sendmail("somebody@people.example", [mails["ed"]], no)
        objected = [subject_status(register, subject_key(register.keyring, account), at=LATE) for account in mails]
        assert [one.basis for one in objected] == ["own", "own"]
    (platform / "register/register.db").rename(platform / "register/gone.db")
    (platform / "register/register.db").mkdir()
    assert pipe().status == 75


def test_an_erased_person_gets_no_notice_and_nothing_of_theirs_stays(demur, platform):
    demur(platform, "campaign", "start", "2026-01", "people.csv")
    erased = json.loads(demur(platform, "register", "erase", "cy", "--json").out)
    assert erased["erased"][0]["held"]["mailings"] == 1


def test_a_sender_that_is_killed_loses_nobody_and_sends_no_mail_twice(demur, platform, mail_server):
    people = {f"p{number}": f"p{number}@people.example" for number in range(40)}
    write_people(platform, people, "many.csv")
    text = (platform / "demur.toml").read_text("utf-8")
    (platform / "demur.toml").write_text(text.replace("per_second = 1000", "per_second = 50"), "utf-8")
    command = [sys.executable, "-m", "demur", "campaign", "start", "2026-01", "many.csv"]
    with subprocess.Popen(command, cwd=platform, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sender:
        until = time.monotonic() + 60
        while len(mail_server.mails) < 7 and time.monotonic() < until:
            time.sleep(0.005)
        sender.send_signal(signal.SIGKILL)
    before = len(mail_server.mails)
    assert 7 <= before < 40
    ended = demur(platform, "campaign", "resume", "2026-01", "--json")
    states = {state: count for state, count in json.loads(ended.out)["states"].items() if count}
    # Those that were in hand are told in the app, whether or not their mail was taken; everybody else got one mail.
    assert sum(states.values()) == 40
    assert set(states) <= {"sent", "due"}
    assert states.get("due", 0) <= 4
    recipients = mail_server.recipients()
    assert (len(recipients), len(set(recipients))) == (len(set(recipients)), len(recipients))
    assert len(recipients) >= states["sent"]
    names = [content.split(b"Message-ID: ")[1].split(b"\r\n")[0] for *_, content in mail_server.mails]
    assert len(set(names)) == len(names)


def test_a_stopped_campaign_sends_nothing_until_it_is_resumed(demur, platform, mail_server):
    demur(platform, "campaign", "start", "2026-01")
    stopped = json.loads(demur(platform, "campaign", "stop", "2026-01", "--json").out)
    assert (stopped["is_stopped"], "[campaign-missing]" in demur(platform, "campaign", "stop", "9").err) == (True, True)
    assert demur(platform, "campaign", "resume", "2026-01").status == 0
    assert json.loads(demur(platform, "campaign", "status", "2026-01", "--json").out)["is_stopped"] is False
    assert mail_server.mails == []


@pytest.fixture(scope="module")
def postfix():
    with running_postfix(["ada@people.example", "bounces@agora.example"]) as server:
        yield server


def test_a_real_mail_server_delivers_and_bounces_and_both_reports_are_understood(demur, published, tmp_path, postfix):
    folder = Path(shutil.copytree(published, tmp_path / "platform"))
    path = folder / "demur.toml"
    port = path.read_text("utf-8").split("port = ")[1].split("\n")[0]
    path.write_text(path.read_text("utf-8").replace(f"port = {port}", f"port = {postfix.port}"), "utf-8")
    write_people(folder, {"ada": "ada@people.example", "bo": "nobody@people.example"})
    assert demur(folder, "campaign", "start", "2026-01", "people.csv").status == 0
    box = postfix.box("bounces@agora.example")
    until = time.monotonic() + 30
    while len(list((box / "new").glob("*"))) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    read = json.loads(demur(folder, "notice", "receive", "--maildir", str(box), "--json").out)
    assert read == {"read": 2, "bounced": 1, "delivered": 1}, postfix.log()
    assert [path.name[-4:] for path in (box / "cur").iterdir()] == [":2,S"] * 2
    with opened(folder) as register:
        assert events_of(register, "ada")[-1] == ("email", "delivered")
        assert events_of(register, "bo")[-1] == ("email", "bounced")
        assert find_due_notice(register, subject_key(register.keyring, "bo")).version == "2026-01"
    (mail,) = (postfix.box("ada@people.example") / "new").iterdir()
    content = mail.read_bytes()
    assert (b"Auto-Submitted: auto-generated" in content, content.count(b"https://demur.agora.example/object/")) == (
        True,
        2,
    )
