"""A campaign, a mail, one click, a receipt, and the person sees that nothing of theirs is in use: all of it served."""

import csv
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from servers.mail import running_mail_server

import demur
from demur.kernel.words import RecordKind
from demur.keys.keyring import load_keyring
from demur.ledger.openings import verify_receipt
from demur.testing.portal.browser import open_browser, walking

LINK = re.compile(r"https://demur\.agora\.example(/object/\S+)")
PATIENCE_SECONDS = 90.0


def run(folder: Path, command: str) -> dict[str, object]:
    words = [sys.executable, "-m", "demur", *command.split(), "--json"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    assert (command, done.returncode) == (command, 0), done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def mail_server():
    with running_mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def platform(tmp_path_factory, mail_server):
    """Return a platform with a corpus, a published notice, and a file with one recipient, who is in the corpus."""
    above = tmp_path_factory.mktemp("story")
    run(above, "sample --out agora --people 60 --items 600 --seed 7")
    folder = above / "agora"
    for command in ("keys create", "register import accounts.csv notices.csv objections.csv", "register snapshot"):
        run(folder, command)
    run(folder, "build sample")
    settings = folder / "demur.toml"
    text = settings.read_text("utf-8").replace("port = 8026", f"port = {mail_server.port}")
    text = text.replace('address = "http://127.0.0.1:8000"', 'address = "https://demur.agora.example"')
    settings.write_text(text, "utf-8")
    with (folder / "people.csv").open("w", newline="") as stream:
        rows = (("account", "language", "email"), (objector(folder), "en", "somebody@people.example"))
        csv.writer(stream).writerows(rows)
    run(folder, "notice publish 2026-01")
    return folder


def objector(folder: Path) -> str:
    return (folder / "training_objection.txt").read_text("utf-8").strip()


@pytest.fixture(scope="module")
def portal(platform):
    """Yield the origin of the pages while everything is served, and stop it as an operator does."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [free.getsockname()[1] for free in (one, other)]
    options = f"--port {ports[0]} --door-port {ports[1]} --contact privacy@agora.example --json"
    words = [sys.executable, "-m", "demur", "serve", *options.split()]
    with subprocess.Popen(words, cwd=platform, stdout=subprocess.PIPE, text=True) as served:
        try:
            # `demur watch` speaks as well, and may be the first.
            yield next(told["portal"] for told in map(json.loads, served.stdout) if "portal" in told)
        finally:
            # What `demur watch` tells in the meantime is read, so that no pipe is full.
            threading.Thread(target=served.stdout.read, daemon=True).start()
            served.send_signal(signal.SIGINT)
            assert served.wait(60) == 0


@pytest.fixture(scope="module")
def mail(platform, portal, mail_server):
    """Return the mail that the campaign brought, once everything is served."""
    assert portal
    started = run(platform, "campaign start 2026-01 people.csv")
    (mail,) = mail_server.mails
    assert started
    return message_from_bytes(mail[2], policy=default)


def counts(text: str) -> tuple[int, int]:
    """Return how many pieces a page says are in use, and were taken out."""
    in_use, taken_out = (re.search(rf"(\d+) pieces? of yours {verb}", text) for verb in ("(?:is|are) in", "w[ae]"))
    return tuple(0 if found is None else int(found[1]) for found in (in_use, taken_out))


def rows_in_use(platform: Path) -> int:
    """Return the rows of the corpus that its one reader hands out."""
    keyring = load_keyring(platform / "keys/keyring.json")
    corpus = demur.open_corpus(platform / "corpora/sample", trust=keyring.trusted_keys())
    return sum(batch.height for batch in corpus.batches())


@pytest.mark.story
@pytest.mark.timeout(300)
def test_from_the_mail_to_the_person_who_sees_that_it_holds(platform, portal, mail):
    assert "object" in mail["Subject"].lower()
    plain = mail.get_body(("plain",)).get_content()
    link = LINK.search(plain)[1]
    keyring = load_keyring(platform / "keys/keyring.json")
    before = rows_in_use(platform)
    with open_browser() as browser, walking(browser, "en", viewport={"width": 390, "height": 844}) as walk:
        page = walk.page
        page.goto(f"{portal}{link}")
        page.get_by_role("link", name="See what was read before").click()
        in_use, taken_out = counts(page.locator("main").inner_text())
        assert in_use > 0
        assert taken_out == 0
        page.get_by_role("link", name="Back").click()
        page.get_by_role("button", name="I object").click()
        address = page.get_by_role("link", name="Download your receipt").get_attribute("href")
        receipt = page.request.get(f"{portal}{address}").text()
        assert verify_receipt(receipt, keyring.trusted_keys().log).opening.kind == RecordKind.OBJECTION
        # `demur watch` is at work beside the pages: soon nothing is left.
        page.goto(f"{portal}{link.replace('?', '/before?') if '?' in link else link + '/before'}")
        ends = time.monotonic() + PATIENCE_SECONDS
        while counts(page.locator("main").inner_text()) != (0, in_use) and time.monotonic() < ends:
            page.wait_for_timeout(500)
            page.reload()
        assert counts(page.locator("main").inner_text()) == (0, in_use)
        assert [host for host in walk.hosts if not host.startswith("127.0.0.1")] == []
    assert before - rows_in_use(platform) >= in_use
