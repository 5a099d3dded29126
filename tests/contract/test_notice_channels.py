"""The channels of Demur keep the contract of every channel."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from servers.mail import running_mail_server

from demur.exchange.deliveries import open_delivery
from demur.kernel.clock import SystemClock
from demur.keys.notes import Signer
from demur.notices.channel import Tools
from demur.notices.channels import open_channel
from demur.notices.errors import (
    AddressRefusedError,
    ChannelBusyError,
    ChannelUnknownError,
    HandoverUncertainError,
)
from demur.register.posting import post
from demur.testing.notice_channel_contract import NoticeChannelContract, make_test_errand

SIGNER = Signer("agora.example/demur/documents", bytes(range(32)))
SENDER = {
    "address": "privacy@agora.example",
    "name": "Agora",
    "bounces": "bounces@agora.example",
    "replies": "privacy@agora.example",
}


def post_plainly(url, body, headers):
    return post(url, body, content_type="application/json", headers=headers)[0]


TOOLS = Tools(platform="agora.example", clock=SystemClock(), signer=SIGNER, post=post_plainly)


@pytest.fixture(scope="module")
def mail_server():
    with running_mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def host():
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/notices", taken
    server.shutdown()
    server.server_close()
    thread.join()


class TestEmail(NoticeChannelContract):
    @pytest.fixture(autouse=True)
    def _remember(self, mail_server):
        self.port = mail_server.port

    def make_channel(self):
        return open_channel("email", {"sender": SENDER, "port": self.port}, tools=TOOLS)

    def make_unreachable_channel(self):
        return open_channel("email", {"sender": SENDER, "port": 9, "seconds_to_wait": 1.0}, tools=TOOLS)


class TestInApp(NoticeChannelContract):
    def make_channel(self):
        return open_channel("in_app", {}, tools=TOOLS)

    def make_unreachable_channel(self):
        return None


class TestWebhook(NoticeChannelContract):
    @pytest.fixture(autouse=True)
    def _remember(self, host):
        self.url, self.taken = host

    def make_channel(self):
        return open_channel("webhook", {"url": self.url}, tools=TOOLS)

    def make_unreachable_channel(self):
        return open_channel("webhook", {"url": "http://127.0.0.1:9/"}, tools=TOOLS)

    def test_what_arrives_is_signed_for_the_address_and_names_an_account_by_its_reference_alone(self):
        errand = make_test_errand(7)
        self.make_channel().send(errand)
        headers, body = self.taken[-1]
        delivery = open_delivery(headers["Demur-Note"], body, url=self.url, verifier=SIGNER.verifier)
        assert (delivery.name, headers["Demur-Delivery"]) == ("notice/naaaaaaaaaaaaaaaaaaaaaaaaa4",) * 2
        assert (b'"reference":"reference-7"' in body, b"ada@people.example" in body) == (True, False)


def test_a_mail_whose_answer_was_lost_is_told_as_uncertain(mail_server, monkeypatch):
    monkeypatch.setattr(mail_server, "hangs_up", True)
    channel = open_channel("email", {"sender": SENDER, "port": mail_server.port, "seconds_to_wait": 5.0}, tools=TOOLS)
    with pytest.raises(HandoverUncertainError):
        channel.send(make_test_errand())


def test_a_channel_that_nobody_has_and_settings_that_do_not_fit_are_told():
    with pytest.raises(ChannelUnknownError, match="no channel is named 'pigeon'; there are email, in_app, webhook"):
        open_channel("pigeon", {}, tools=TOOLS)
    with pytest.raises(ChannelUnknownError, match="webhook do not fit"):
        open_channel("webhook", {}, tools=TOOLS)


def test_a_server_that_refuses_us_is_not_taken_for_one_that_refuses_the_person(mail_server):
    channel = open_channel("email", {"sender": SENDER, "port": mail_server.port}, tools=TOOLS)
    with pytest.raises(AddressRefusedError):
        channel.send(make_test_errand(address="gone@people.example"))
    with pytest.raises(ChannelBusyError):
        channel.send(make_test_errand(address="norelay@people.example"))
    channel.close()
