"""Recipients learn what to delete and the platform whom to confirm to: over HTTP, signed, until it was taken."""

import asyncio
import json
import shutil
import threading
import time
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from demur.cli.configuration import load_configuration
from demur.cli.telling import Telling, TellingThread, recipient_feeds
from demur.cli.workspace import Workspace
from demur.exchange.deliveries import open_delivery
from demur.exchange.documents import read_document
from demur.exchange.errors import DocumentAlteredError
from demur.exchange.removal_notice import RemovalNotice
from demur.exchange.removals import Removals
from demur.keys.notes import NoteFormatError
from demur.keys.references import reference_of
from demur.keys.subjects import subject_key
from demur.register.intake import Authentication, WithdrawalForm, withdraw
from demur.register.owed import count_owed
from demur.web.api.keys import Role, add_key
from demur.web.api.service import ApiSettings
from demur.web.door import Door

AT = datetime(2026, 1, 1, tzinfo=UTC)


class Host:
    """A host that is told things: it keeps what it took, and answers as a test wants."""

    def __init__(self):
        self.taken, self.status = [], 204
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if host.status == 204:
                    host.taken.append((self.path, dict(self.headers), body))
                self.send_response(host.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def names(self):
        return [headers["Demur-Delivery"] for _, headers, _ in self.taken]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.at = datetime.now(UTC)

    def now(self):
        return self.at

    def go_on(self, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def host():
    opened = Host()
    yield opened
    opened.close()


@pytest.fixture
def platform(built, tmp_path):
    return shutil.copytree(built, tmp_path / "platform")


@pytest.fixture
def workspace_of(platform):
    def configure(*lines):
        path = platform / "demur.toml"
        # Top-level tables may stand in any order; those of the sample stay as they are.
        path.write_text(path.read_text() + "\n" + "\n".join(lines) + "\n")
        loaded = load_configuration(path)
        return Workspace(loaded.root, loaded.configuration, Clock())

    return configure


def recipient(url=None, name="example-lab", corpus="sample"):
    told = [] if url is None else [f'url = "{url}/told"']
    return ["[[recipients]]", f'name = "{name}"', f'corpora = ["{corpus}"]', *told]


def confirmations(url):
    return ["[confirmations]", f'url = "{url}/confirm"', "since = 2026-01-01T00:00:00Z"]


def late_objectors(platform):
    return (platform / "late_objection.txt").read_text().split()


def object_late(demur, platform):
    """Object for everybody who may, and bring the corpus up to it."""
    for account in late_objectors(platform):
        assert demur(platform, "register", "object", account).status == 0
    assert demur(platform, "watch", "--once").status == 0


def owed(register, workspace, kind):
    (found,) = [one for one in count_owed(register, at=workspace.clock.now()) if one.kind == kind]
    return found.waiting, found.retried, found.dead


def test_without_anybody_to_tell_nothing_is_asked_for(demur, platform, workspace_of):
    workspace = workspace_of()
    object_late(demur, platform)
    with workspace.open_register() as register:
        assert Telling(workspace, register).go_round().done == {}
        assert [owed(register, workspace, kind) for kind in ("removal_feed", "confirmation")] == [(0, 0, 0)] * 2
    assert not workspace.feeds.exists()


def test_a_recipient_is_told_once_in_signed_notices_that_lead_to_the_rows(demur, platform, workspace_of, host):
    workspace = workspace_of(*recipient(host.url))
    assert demur(platform, "watch", "--once").status == 0
    assert host.taken == []  # nothing was removed yet
    object_late(demur, platform)
    object_late(demur, platform)
    ((path, headers, body),) = host.taken
    trust = workspace.trusted_keys.documents
    delivery = open_delivery(headers["Demur-Note"], body, url=f"{host.url}/told", verifier=trust)
    with pytest.raises(DocumentAlteredError):
        open_delivery(headers["Demur-Note"], body, url="https://elsewhere.example/told", verifier=trust)
    told = json.loads(body)
    (platform / "got.json").write_text(told["document"])
    (platform / "got.note").write_text(told["note"])
    notice = read_document(platform / "got", RemovalNotice, trust)
    (removed,) = notice.corpora
    corpus = platform / "corpora" / "sample"
    removals = read_document(corpus / "removals" / f"{removed.version:08d}", Removals, trust)
    assert (path, delivery.name, notice.number) == ("/told", "removal_feed/example-lab/1", 1)
    assert (removed.corpus, removed.corpus_id, removals.removed > 0) == ("sample", removals.corpus_id, True)
    assert json.loads(demur(platform, "status", "--json").out)["recipients"] == {
        "example-lab": {"notices": 1, "taken": 1}
    }


def test_a_host_that_fails_is_asked_again_later_and_in_the_end_it_is_dead_until_it_is_revived(
    demur, platform, workspace_of, host
):
    workspace = workspace_of(*recipient(host.url))
    object_late_without_host(demur, platform, host)
    host.status = 302  # a redirect is not followed
    with workspace.open_register() as register:
        telling = Telling(workspace, register)
        assert owed(register, workspace, "removal_feed") == (1, 1, 0)
        for _ in range(14):
            workspace.clock.go_on(3_600)
            telling.go_round()
        assert owed(register, workspace, "removal_feed") == (0, 0, 1)
    dead = json.loads(demur(platform, "register", "effects", "dead", "--json").out)["dead"]
    assert [(one["kind"], one["failure"]) for one in dead] == [("removal_feed", "delivery-failed")]
    assert demur(platform, "status").status == 1
    host.status = 204
    assert demur(platform, "register", "effects", "retry", "removal_feed").status == 0
    assert demur(platform, "watch", "--once").status == 0
    assert (host.names(), demur(platform, "status").status) == (["removal_feed/example-lab/1"], 0)


def object_late_without_host(demur, platform, host):
    host.status = 500
    object_late(demur, platform)


def test_one_recipient_whose_host_fails_stops_no_other(demur, platform, workspace_of, host):
    workspace = workspace_of(*recipient("http://127.0.0.1:9", "gone"), *recipient(host.url))
    object_late(demur, platform)
    assert host.names() == ["removal_feed/example-lab/1"]
    assert next(one.told() for one in recipient_feeds(workspace)).taken == 0


def test_a_recipient_asks_for_its_own_feed_alone(demur, platform, workspace_of):
    workspace = workspace_of(*recipient(), *recipient(name="other-lab", corpus="unknown"))
    object_late(demur, platform)
    keys = platform / "keys" / "api.json"
    mine, other, dots = (
        add_key(keys, name, (Role.RECIPIENT,), today=date(2026, 1, 1)) for name in ("example-lab", "other-lab", "..")
    )
    settings = ApiSettings(keys=keys, corpora=workspace.corpora, feeds=workspace.feeds)

    async def talk(ask):
        path = "/api/v1/recipients/removals"
        return [await ask(path, key, query) for key, query in ((mine, ""), (mine, "after=1"), (other, ""), (dots, ""))]

    first, then, others, outside = ask_door(workspace, settings, talk)
    notice = json.loads(first[1]["notices"][0]["notice"]["document"])
    assert (notice["recipient"], first[1]["last"], first[1]["is_complete"]) == ("example-lab", 1, True)
    assert (then[1]["notices"], then[1]["last"]) == ([], 1)
    assert [(status, answer["code"]) for status, answer in (others, outside)] == [(404, "nothing-served")] * 2


def test_the_platform_is_asked_to_confirm_by_reference_once_for_each_entry(demur, platform, workspace_of, host):
    workspace = workspace_of(*confirmations(host.url))
    account, *_ = late_objectors(platform)
    with workspace.open_register() as register:
        Telling(workspace, register).go_round()
    before = len(host.taken)  # what the sample's people did since the instant of the configuration
    assert demur(platform, "register", "object", account).status == 0
    subject = subject_key(workspace.keyring, account)
    with workspace.open_register() as register:
        form = WithdrawalForm(subject=subject, authenticated_by=Authentication.LOGIN, received_at=workspace.clock.now())
        withdrawn = withdraw(register, form, at=datetime.now(UTC))
        workspace.clock.go_on(60)
        for telling in (Telling(workspace, register), Telling(workspace, register)):  # as after a restart
            telling.go_round()
        assert owed(register, workspace, "confirmation") == (0, 0, 0)
    objected, ended = host.taken[before:]
    trust = workspace.trusted_keys.documents
    open_delivery(objected[1]["Demur-Note"], objected[2], url=f"{host.url}/confirm", verifier=trust)
    told, reference = [json.loads(one[2]) for one in (objected, ended)], reference_of(workspace.keyring, subject)
    assert [(one["event"], one["references"]) for one in told] == [
        ("objection", told[0]["references"]),
        ("withdrawal", [reference]),
    ]
    assert (reference in told[0]["references"], told[1]["entry"]) == (True, withdrawn.index)
    assert objected[1]["Demur-Delivery"] == f"confirmation/{told[0]['entry']}"
    sent = b"".join(body for _, _, body in host.taken)
    assert [secret for secret in (account.encode(), subject, subject.hex().encode()) if secret in sent] == []
    assert demur(platform, "portal", "reference", account).out.strip() == reference


def test_beside_the_rounds_a_thread_tells_and_says_what_it_did_or_what_ended_it(demur, platform, workspace_of, host):
    workspace = workspace_of(*confirmations(host.url), *recipient())
    account, *_ = late_objectors(platform)
    assert demur(platform, "register", "object", account).status == 0
    with workspace.open_register() as register:
        workspace.clock.go_on(60)
        with TellingThread(Telling(workspace, register), seconds_between=0.01) as beside:
            wait_until(lambda: owed(register, workspace, "confirmation") == (0, 0, 0) and host.taken)
            wait_until(lambda: beside.take().done.get("confirmation"))
            beside.check()
    assert demur(platform, "watch", "--once").status == 0
    (note,) = (workspace.feeds / "example-lab").glob("*.note")
    note.write_text("nonsense\n")
    with workspace.open_register() as register, pytest.raises(NoteFormatError):
        check_until_it_ends(TellingThread(Telling(workspace, register), seconds_between=0.01))


def check_until_it_ends(thread):
    with thread as beside:
        wait_until(beside.check)


def wait_until(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_happened_before_the_instant_of_the_configuration_is_not_confirmed(demur, platform, workspace_of, host):
    workspace = workspace_of("[confirmations]", f'url = "{host.url}/"', "since = 2999-01-01T00:00:00Z")
    object_late(demur, platform)
    with workspace.open_register() as register:
        assert owed(register, workspace, "confirmation") == (0, 0, 0)
    assert host.taken == []


def test_a_host_that_does_not_answer_keeps_confirmations_waiting_and_loses_none(demur, platform, workspace_of, host):
    workspace = workspace_of(*confirmations(host.url))
    host.status = 503
    object_late(demur, platform)
    with workspace.open_register() as register:
        waiting, retried, _ = owed(register, workspace, "confirmation")
        host.status = 204
        workspace.clock.go_on(3_600)
        worked = Telling(workspace, register).go_round()
    assert (waiting > 0, retried) == (True, waiting)
    assert (worked.done["confirmation"], len(set(host.names())) == len(host.names())) == (waiting, True)


def test_the_platform_can_ask_for_references_and_confirmations_by_itself(demur, platform, workspace_of):
    workspace = workspace_of()
    (account, *_) = late_objectors(platform)
    assert demur(platform, "register", "object", account).status == 0
    keys = platform / "keys" / "api.json"
    key = add_key(keys, "crm", (Role.PLATFORM,), today=date(2026, 1, 1))

    async def talk(ask):
        references = await ask("/api/v1/references", key, body={"accounts": [account, "nobody"]})
        all_of_them = await ask("/api/v1/confirmations", key)
        last = all_of_them[1]["last"]
        return references, all_of_them, await ask("/api/v1/confirmations", key, f"after={last}")

    references, told, rest = ask_door(workspace, ApiSettings(keys=keys), talk)
    mine, nobody = references[1]["references"]
    assert (len(mine), len(nobody), mine != nobody) == (32, 32, True)
    newest = told[1]["confirmations"][-1]
    assert (newest["event"], mine in newest["references"], told[1]["is_complete"]) == ("objection", True, True)
    assert rest[1] == {"confirmations": [], "last": told[1]["last"], "is_complete": True}


def ask_door(workspace, settings, conversation):
    async def live():
        given, is_up = asyncio.Queue(), asyncio.Event()
        door = Door(workspace.open_register, workspace.clock, settings)

        async def note(_message):
            is_up.set()

        async def ask(path, key, query="", body=None):
            sent = []
            scope = {"type": "http", "method": "POST" if body else "GET", "path": path, "client": ("192.0.2.1", 1)}
            headers = [(b"authorization", f"Bearer {key}".encode())]

            async def receive():
                return {"type": "http.request", "body": json.dumps(body).encode() if body else b""}

            async def send(message):
                sent.append(message)

            await door({**scope, "query_string": query.encode(), "headers": headers}, receive, send)
            return sent[0]["status"], json.loads(b"".join(part["body"] for part in sent[1:]))

        life = asyncio.create_task(door({"type": "lifespan"}, given.get, note))
        await given.put({})
        await is_up.wait()
        try:
            return await conversation(ask)
        finally:
            await given.put({})
            await life

    return asyncio.run(live())


@pytest.mark.parametrize(
    "lines",
    [
        recipient("http://lab.example"),
        recipient("ftp://lab.example"),
        recipient(name=".."),
        [*recipient(), *recipient()],
        ["[confirmations]", 'url = "http://crm.example/"', "since = 2026-01-01T00:00:00Z"],
        ["[confirmations]", 'url = "https://crm.example/"', "since = 2026-01-01T00:00:00"],
        ["[confirmations]", 'url = "https://crm.example/"'],
    ],
)
def test_an_address_or_a_name_that_cannot_be_used_is_refused_before_anything_is_told(demur, platform, lines):
    path = platform / "demur.toml"
    path.write_text(path.read_text() + "\n" + "\n".join(lines) + "\n")
    ended = demur(platform, "status")
    assert (ended.status, "[configuration-invalid]" in ended.err) == (3, True)
