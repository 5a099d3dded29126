"""A `demur` that begins at once: one process imports all of Demur, and each command is a fork of it.

The pages of the documentation run some hundred commands, and a command spends most of its time on imports. The `demur`
that a page's shell finds is a small client: it hands its words, folder, environment and open files over, passes signals
on, and ends as the command ends. If it is killed, so is the command, before any other begins.
"""

import atexit
import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

# What commands import when they are well under way.
LATE = (
    "demur.audit.scorer",
    "demur.corpus.build",
    "demur.evidence.pack",
    "demur.filters.copy_kernel",
    "demur.filters.letter_kernel",
    "demur.register.store",
    "demur.testing.agora.platform",
    "demur.training.loop",
    "rich.progress",
)
MOST_BYTES = 1 << 18
CLIENT = """\
#!{python} -IS
import json, os, signal, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
    server.connect({path!r})
    asked = [sys.argv[1:], os.getcwd(), dict(os.environ)]
    socket.send_fds(server, [json.dumps(asked).encode("utf-8", "surrogateescape")], [0, 1, 2])
    command = int(server.recv(64))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: os.kill(command, number))
    status = int(server.recv(64))
if status < 0:
    signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
sys.exit(status)
"""


class Command(NamedTuple):
    """A command that runs: who asked for it, and the process, by its number and as a file that tells its end."""

    client: socket.socket
    process: int
    end: int


@contextlib.contextmanager
def prepared_demur(folder: Path) -> Iterator[Path]:
    """Yield a folder with a `demur` to put into a PATH, for as long as what it asks is there."""
    path = folder / "socket"
    commands = folder / "bin"
    commands.mkdir()
    (commands / "demur").write_text(CLIENT.format(python=sys.executable, path=str(path)), "utf-8")
    (commands / "demur").chmod(0o755)
    with subprocess.Popen([sys.executable, __file__, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout.readline() == b"ready\n"
        yield commands
        server.stdin.close()


def serve(path: str) -> None:
    """Fork a command for whoever connects, until standard input ends."""
    _import_everything()
    running: list[Command] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening, selectors.DefaultSelector() as waiting:
        listening.bind(path)
        listening.listen(64)
        for awaited in (listening, sys.stdin):
            waiting.register(awaited, selectors.EVENT_READ)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            ready = {key.fileobj for key, _ in waiting.select()}
            # First those that ended or lost their client: what a shell starts next must not meet them.
            for command in [command for command in running if not ready.isdisjoint((command.client, command.end))]:
                running.remove(command)
                _end(command, waiting)
            if sys.stdin in ready:
                break
            if listening in ready:
                running.append(_begin(listening.accept()[0]))
                for awaited in (running[-1].client, running[-1].end):
                    waiting.register(awaited, selectors.EVENT_READ)
        for command in running:
            _end(command, waiting)


def _import_everything() -> None:
    from demur.cli.app import COMMANDS  # noqa: PLC0415 -- slow import, which the client's side has no need of
    from demur.filters.words import shared_word_table  # noqa: PLC0415 -- slow import

    for name in (*(target.partition(":")[0] for _, target, _, _ in COMMANDS), *LATE):
        import_module(name)
    shared_word_table()
    gc.freeze()  # or the first collection of each fork would copy every page of this process
    # A fork goes on with one thread. Those that allocate and multiply start anew; those that compute would be missed.
    threads = {thread.joinpath("comm").read_text("utf-8").strip() for thread in Path("/proc/self/task").iterdir()}
    assert "polars-0" not in threads, "an import has begun to compute"


def _begin(client: socket.socket) -> Command:
    content, files, _, _ = socket.recv_fds(client, MOST_BYTES, 3)
    process = os.fork()
    if process == 0:
        _become(*json.loads(content), files)
    for file in files:
        os.close(file)
    with contextlib.suppress(OSError):  # a client that is gone meanwhile is noticed by its end
        client.send(b"%d" % process)
    return Command(client, process, os.pidfd_open(process))


def _become(words: list[str], folder: str, environment: dict[str, str], files: list[int]) -> None:
    from demur.cli import main  # noqa: PLC0415 -- imported long ago

    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["demur", *words]
    status = 70
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0
    finally:
        # What an interpreter does at its end, but for clearing away all that was imported: that would copy every page.
        threading._shutdown()  # noqa: SLF001 -- nothing public waits for the threads
        atexit._run_exitfuncs()  # noqa: SLF001 -- and nothing public runs these
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def _end(command: Command, waiting: selectors.BaseSelector) -> None:
    """Let a command that still runs run no longer, and tell its client how it ended."""
    for awaited in (command.client, command.end):
        waiting.unregister(awaited)
    signal.pidfd_send_signal(command.end, signal.SIGKILL)
    _, status = os.waitpid(command.process, 0)
    with contextlib.suppress(OSError), command.client:
        command.client.send(b"%d" % os.waitstatus_to_exitcode(status))
    os.close(command.end)


if __name__ == "__main__":
    serve(sys.argv[1])
