"""Load on the door: as fast as it answers (wrk), or at a rate of our own whatever it answers (an open loop).

In an open loop people come when they come, so that a slow answer makes the next ones wait, and is counted in full: the
time of each is from the instant at which it was due.
"""

import asyncio
import json
import random
import subprocess
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_HERE = Path(__file__).parent
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n{more}\r\n"
)
_CREATED = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What wrk saw."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def saturate(port: int, script: str, arguments: list[str], *, connections: int, seconds: int) -> Answered:
    """Let each of some connections ask anew as soon as it was answered."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(_HERE / script)]
    words = [*command, f"http://127.0.0.1:{port}", "--", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 -- our words
    return Answered(**json.loads(done.stdout.splitlines()[-1]))


def request_by_token(token: str) -> bytes:
    """Return the objection of whom a notice with this token went to."""
    return _request("/api/objections", {"link": token})


def request_by_page(page: str, network: str) -> bytes:
    """Return the objection of somebody without an account, from a network, as a proxy on this machine passes it on."""
    return _request("/api/v1/objections", {"pages": [page]}, f"X-Forwarded-For: {network}\r\n")


def _request(path: str, body: dict[str, object], more: str = "") -> bytes:
    content = json.dumps(body)
    return (_HEAD.format(path=path, length=len(content), more=more) + content).encode("ascii")


def arrivals(per_second: float, seconds: float, seed: int) -> Iterator[float]:
    """Yield the instants at which people come, independently of each other (a Poisson process)."""
    chance = random.Random(seed)
    at = chance.expovariate(per_second)
    while at < seconds:
        yield at
        at += chance.expovariate(per_second)


@dataclass(slots=True)
class OpenLoop:
    """Sends requests when they are due, over connections that are kept, and notes how long each took."""

    port: int
    patience_seconds: float = 60.0
    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    _idle: "deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]]" = field(default_factory=deque)

    async def run(self, schedule: Iterator[tuple[float, bytes]]) -> None:
        """Send every request of a schedule, each at its instant, and wait until all are answered or given up."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        on_their_way: set[asyncio.Task[None]] = set()
        for at, request in schedule:
            pause = began + at - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            task = loop.create_task(self._insist(request, due=began + at))
            on_their_way.add(task)
            task.add_done_callback(on_their_way.discard)
        await asyncio.gather(*on_their_way)
        for _, writer in self._idle:
            writer.close()

    async def _insist(self, request: bytes, *, due: float) -> None:
        """Ask until it is recorded, as a page without a script does: when the server says, with the ticket it gave."""
        loop = asyncio.get_running_loop()
        head, _, body = request.partition(b"\r\n\r\n")
        ticket = b""
        while loop.time() - due < self.patience_seconds:
            status, pause, given = await self._ask(head + ticket + b"\r\n\r\n" + body)
            if status == _CREATED:
                self.seconds.append(loop.time() - due)
                return
            ticket = b"\r\nDemur-Ticket: " + given if given else ticket
            await asyncio.sleep(pause)
        self.failed += 1

    async def _ask(self, request: bytes) -> tuple[int, float, bytes]:
        """Return the status, 0 without an answer, the seconds until one may ask again, and a ticket if there is one."""
        try:
            async with asyncio.timeout(self.patience_seconds):
                pair = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self.port)
                reader, writer = pair
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = int(head.partition("content-length: ")[2].partition("\r")[0])
                content = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            return 0, 1.0, b""
        self._idle.append(pair)
        retry_after = head.partition("retry-after: ")[2].partition("\r")[0]
        status = int(head.split(" ", 2)[1])
        ticket = "" if status == _CREATED else json.loads(content).get("ticket") or ""
        return status, float(retry_after or 1), ticket.encode("ascii")


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of all values does not exceed (the nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure_open_loop(port: int, schedule: Iterator[tuple[float, bytes]]) -> OpenLoop:
    """Run one schedule in this process."""
    loop = OpenLoop(port)
    asyncio.run(loop.run(schedule))
    return loop
