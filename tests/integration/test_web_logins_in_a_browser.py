"""Logins as people see them: Chromium against `demur serve`, with a passkey, and with a real OpenID provider."""

import json
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

PROVIDER = Path(__file__).parents[2] / ".cache" / "verifiers" / "node" / "provider.mjs"
SECRET = "between us: +&%"


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def first_line(process):
    line = process.stdout.readline()
    assert line, process.wait(20)
    return line


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Set an installation up as an operator does, and serve it beside a provider of logins until the tests are over."""
    folder = tmp_path_factory.mktemp("served") / "agora"
    port, door, provider = free_ports(3)
    address, demur = f"http://localhost:{port}", [sys.executable, "-m", "demur"]
    words = (
        f"init --platform agora.example --contact privacy@agora.example --address {address} --folder {folder} --json"
    )
    made = subprocess.run([*demur, *words.split()], check=True, capture_output=True, text=True)
    (folder / "keys" / "login").write_text(f"{SECRET}\n")
    with (folder / "demur.toml").open("a") as configuration:
        configuration.write(f'[login]\nissuer = "http://127.0.0.1:{provider}"\nclient_id = "demur"\n')
        configuration.write('secret = "keys/login"\nlinked_claim = "linked"\n')
    serving = [*demur, *f"serve portal door --port {port} --door-port {door} --json".split()]
    asking = ["node", str(PROVIDER), str(provider), f"{address}/login/done", SECRET]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with (
        subprocess.Popen(asking, **quiet) as node,
        subprocess.Popen(serving, cwd=folder, **quiet) as process,
    ):
        try:
            assert json.loads(first_line(process)) == {
                "door": f"http://127.0.0.1:{door}",
                "portal": f"http://127.0.0.1:{port}",
            }
            assert first_line(node) == "ready\n"
            yield SimpleNamespace(address=address, link=json.loads(made.stdout)["link"], folder=folder)
        finally:
            process.send_signal(signal.SIGTERM)
            node.terminate()
        assert process.wait(60) == 0


@pytest.fixture
def page(browser):
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.refused = []
    page.on("console", lambda told: page.refused.append(told.text) if "Content Security Policy" in told.text else None)
    yield page
    context.close()


def add_authenticator(page):
    """Give a page a device with a passkey store that checks its person."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def test_the_link_of_init_makes_a_passkey_which_logs_in_and_a_device_that_checks_nobody_does_not(served, page):
    session, device = add_authenticator(page)
    page.goto(served.link)
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("heading", name="You are logged in").wait_for()
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Log out").click()
    login = page.get_by_role("button", name="Use a passkey")
    login.wait_for()
    assert page.get_by_text("The passkey was not used.").is_hidden()

    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    login.click()
    page.get_by_text("The passkey was not used.").wait_for()

    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.goto(f"{served.address}/console/you")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Your login").wait_for()
    values = page.locator("dd").all_inner_texts()
    cookies = {cookie["name"]: (cookie["httpOnly"], cookie["sameSite"]) for cookie in page.context.cookies()}
    assert (values, page.refused) == (["dpo", "dpo", "1", "no", "0"], [])
    assert cookies == {"csrftoken": (True, "Lax"), "sessionid": (True, "Lax")}

    page.goto(served.link)
    assert page.get_by_role("heading").first.inner_text() == "This link is not good any more"


def test_somebody_logs_in_with_their_account_and_objects_with_one_click(served, page):
    page.goto(f"{served.address}/account")
    page.get_by_role("button", name="Log in").click()
    page.locator("input[name=login]").fill("fern")
    page.locator("input[name=password]").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Your accounts").wait_for()
    page.get_by_role("button", name="I object").click()
    page.get_by_role("heading", name="Your objection is recorded").wait_for()
    assert page.get_by_text("It covers 2 linked accounts.").count() == 1
    page.get_by_role("link", name="Your account").click()
    with page.expect_download() as receiving:
        page.get_by_role("link", name="Download receipt 0").click()
    receipt = Path(receiving.value.path()).read_text()
    assert (receipt.splitlines()[0], page.get_by_text("since ").count() >= 2, page.refused) == (
        "c2sp.org/tlog-proof@v1",
        True,
        [],
    )


def test_a_visit_to_object_and_an_objection_leave_no_cookie(served, page):
    page.goto(f"{served.address}/object")
    assert page.context.cookies() == []


def test_init_writes_what_serve_reads_for_its_owner_alone(served):
    written = tomllib.loads((served.folder / "demur.toml").read_text())
    assert (written["platform"]["name"], written["portal"]["address"]) == ("agora.example", served.address)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (served.folder / "register").glob("[pr]*.db")}
    assert modes == {"portal.db": "0o600", "register.db": "0o600"}


def test_commands_add_list_and_remove_staff_while_the_portal_runs(served):
    program = """
import contextlib, sys
from demur.cli import main
for words in ("staff add p.oyelaran --role reviewer", "staff add p.oyelaran --role dpo", "staff list",
              "staff remove p.oyelaran", "staff remove p.oyelaran"):
    sys.argv = ["demur", *words.split(), "--json"]
    try:
        main()
    except SystemExit as ended:
        print(ended.code, flush=True)
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=served.folder, check=True, capture_output=True, text=True)
    added, *rest = ran.stdout.splitlines()
    assert json.loads(added)["link"].startswith(f"{served.address}/console/enrol/")
    assert [rest[at] for at in (0, 1, 3, 5, 6)] == ["0", "2", "0", "0", "2"]
    listed = {one["name"]: (one["role"], one["ways"]) for one in json.loads(rest[2])["staff"]}
    assert listed["p.oyelaran"] == ("reviewer", [])
    assert json.loads(rest[4]) == {"removed": "p.oyelaran"}
    assert ran.stderr.count("[staff-name]") == 2
