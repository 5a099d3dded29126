"""A real mail server on the loopback address, with its queue and mailboxes in a folder of a test: Debian's Postfix.

It accepts whatever it is given and delivers to mailboxes that exist, so that a mail to one that does not comes back as
a report that Postfix wrote. It is started by root alone.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_MASTER = Path("/usr/lib/postfix/sbin/master")
_OWNER = pwd.getpwnam("nobody")
_SECONDS = 20

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mx.agora.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = people.example, agora.example
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
recipient_delimiter = +
notify_classes =
import_environment = MAIL_CONFIG
"""
_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """A server that runs: its port and where its mailboxes are."""

    port: int
    folder: Path

    def box(self, address: str) -> Path:
        """Return the Maildir of an address."""
        return self.folder / "boxes" / address

    def log(self) -> str:
        """Return what it logged, for a test that failed."""
        path = self.folder / "mail.log"
        return path.read_text("utf-8", "replace") if path.exists() else "it logged nothing"


@contextlib.contextmanager
def running_postfix(boxes: Sequence[str]) -> Iterator[Postfix]:
    """Start a server with mailboxes for some addresses; stop it when the block ends.

    Its processes drop their rights and have to pass through its folder, which those of pytest do not allow.
    """
    assert os.geteuid() == 0, "Postfix is started by root alone"
    with tempfile.TemporaryDirectory(prefix="postfix-") as name:
        Path(name).chmod(0o755)
        with _running(Path(name), boxes) as server:
            yield server


@contextlib.contextmanager
def _running(folder: Path, boxes: Sequence[str]) -> Iterator[Postfix]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _prepare(folder, boxes, port)
    configured = folder / "etc"
    subprocess.run(["/usr/sbin/postfix", "-c", configured, "check"], check=True, capture_output=True)
    with subprocess.Popen(
        [_MASTER, "-c", configured, "-d"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as master:
        try:
            server = Postfix(port, folder)
            _wait_for(server)
            yield server
        finally:
            master.terminate()
            master.wait(_SECONDS)


def _prepare(folder: Path, boxes: Sequence[str], port: int) -> None:
    for name in ("etc", "queue", "data", "boxes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "boxes", _OWNER.pw_uid, _OWNER.pw_gid)
    known = ", ".join(f"{{ {box} = {box}/ }}" for box in boxes)
    main = _MAIN.format(folder=folder, boxes=known, uid=_OWNER.pw_uid, gid=_OWNER.pw_gid)
    (folder / "etc" / "main.cf").write_text(main, "utf-8")
    (folder / "etc" / "master.cf").write_text(_SERVICES.format(port=port), "utf-8")


def _wait_for(server: Postfix) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1) as found:
            found.recv(64)
            return
        time.sleep(0.05)
    raise AssertionError(server.log())
