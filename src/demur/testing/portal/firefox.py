"""Debian's Firefox, another engine than Chromium's, driven through its own remote protocol, which takes a socket only.

Marionette is the half of WebDriver that is built into Firefox: each message is its length, a colon and a JSON array.
What is clicked is scrolled to and must not be covered, and a click waits for the page that it leads to.
"""

import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeAlias

from demur.testing.portal.errors import DeadEndError

_START_SECONDS, _PATIENCE_SECONDS, _SOON_SECONDS = 60.0, 60.0, 0.05
# W3C WebDriver 12.2: by this name an element is told from a string.
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_COMMAND, _ANSWER = 0, 1
# A free port, which Firefox writes into its profile. It settles itself what a driven browser must not ask the network.
_SETTINGS = 'user_pref("marionette.port", 0);\n'

Element: TypeAlias = Mapping[str, str]


@dataclass(slots=True)
class Firefox:
    """One window of a Firefox in whose profile nobody is logged in."""

    _connection: socket.socket
    _unread: bytes
    _numbers: Iterator[int]

    @classmethod
    def begin(cls, connection: socket.socket) -> "Firefox":
        """Return the window of a Firefox that has just taken a connection."""
        firefox = cls(connection, b"", count(1))
        firefox._read()  # it says first what it speaks
        firefox._ask("WebDriver:NewSession")
        return firefox

    def open(self, address: str) -> None:
        """Go to an address, and return when its page is there."""
        self._ask("WebDriver:Navigate", url=address)

    def find(self, selector: str) -> list[Element]:
        """Return the elements that a CSS selector finds."""
        found: list[Element] = self._ask("WebDriver:FindElements", using="css selector", value=selector)
        return found

    def click(self, element: Element) -> None:
        """Click an element as with a mouse, and return when the page that it leads to is there."""
        self._ask("WebDriver:ElementClick", id=element[_ELEMENT])

    def press(self, key: str) -> None:
        """Press and release a key."""
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._ask("WebDriver:PerformActions", actions=[{"type": "key", "id": "keys", "actions": keys}])

    def press_and_go(self, key: str) -> None:
        """Press a key that leads to another page, and return when that is there."""
        left = "return performance.timeOrigin"
        before, ends = self.run(left), monotonic() + _PATIENCE_SECONDS
        self.press(key)
        while monotonic() < ends:
            with suppress(DeadEndError):  # between two pages no script runs
                if self.run("return document.readyState") == "complete" and self.run(left) != before:
                    return
            sleep(_SOON_SECONDS)
        message = "no page follows the key"
        raise DeadEndError(message)

    def run(self, script: str) -> Any:  # noqa: ANN401 -- whatever the script returns
        """Return what a script, the body of a function, returns in the page."""
        return self._ask("WebDriver:ExecuteScript", script=script, args=[], sandbox="default")["value"]

    def cookies(self) -> list[Mapping[str, Any]]:
        """Return the cookies that the page has set."""
        kept: list[Mapping[str, Any]] = self._ask("WebDriver:GetCookies")
        return kept

    def _ask(self, command: str, **told: object) -> Any:  # noqa: ANN401 -- as each command answers
        """Give a command and return the answer.

        Raises:
            DeadEndError: Firefox cannot do it, or does not answer.
        """
        number = next(self._numbers)
        asked = json.dumps([_COMMAND, number, command, told]).encode()
        try:
            self._connection.sendall(b"%d:%b" % (len(asked), asked))
            kind, answered, error, result = self._read()
        except (OSError, ValueError) as failure:
            message = f"Firefox does not answer {command}: {type(failure).__name__}"
            raise DeadEndError(message) from failure
        if error is not None or (kind, answered) != (_ANSWER, number):
            message = f"Firefox cannot do {command}: {error and error['message'].splitlines()[0]}"
            raise DeadEndError(message)
        return result

    def _read(self) -> Any:  # noqa: ANN401 -- JSON
        while b":" not in self._unread:
            self._receive()
        told, _, rest = self._unread.partition(b":")
        self._unread = rest
        while len(self._unread) < int(told):
            self._receive()
        message, self._unread = self._unread[: int(told)], self._unread[int(told) :]
        return json.loads(message)

    def _receive(self) -> None:
        received = self._connection.recv(1 << 16)
        if not received:
            raise ConnectionResetError
        self._unread += received


@contextmanager
def open_firefox() -> Iterator[Firefox]:
    """Start Firefox with a new profile and no screen, and stop it at the end.

    Raises:
        DeadEndError: Firefox is not installed, or does not start.
    """
    path = shutil.which("firefox-esr")
    if path is None:
        message = "no program firefox-esr is installed"
        raise DeadEndError(message)
    with tempfile.TemporaryDirectory(prefix="demur-firefox-", ignore_cleanup_errors=True) as name:
        profile = Path(name)
        (profile / "user.js").write_text(_SETTINGS, "utf-8")
        command = [path, "--headless", "--marionette", "--profile", name]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:  # noqa: S603 -- a program of Debian
            try:
                port = _port_of(profile, process)
                with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
                    yield Firefox.begin(connection)
            finally:
                process.terminate()


def _port_of(profile: Path, process: subprocess.Popen[bytes]) -> int:
    """Wait until Firefox has written where it listens."""
    ends, written = monotonic() + _START_SECONDS, profile / "MarionetteActivePort"
    while monotonic() < ends and process.poll() is None:
        if written.exists() and written.read_text("utf-8").strip():
            return int(written.read_text("utf-8"))
        sleep(_SOON_SECONDS)
    message = "Firefox does not start"
    raise DeadEndError(message)
