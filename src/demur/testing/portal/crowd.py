"""Many people at the portal at once: each opens the page of their link, thinks, presses the button, and the next comes.

Written without a browser and without threads, so that the crowd takes little of the machine that it shares with the
portal. What is timed is the whole answer, from the first byte sent to the last one received, on a connection of its own
each time, as people's browsers have.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter

_PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Waits:
    """How long people waited, in seconds, for the page and for the receipt; and answers that were neither."""

    pages: list[float] = field(default_factory=list)
    receipts: list[float] = field(default_factory=list)
    refused: int = 0


def gather_crowd(port: int, links: Sequence[str], *, people: int, think_seconds: float, seed: int) -> Waits:
    """Let people come, so many at once, until every link was used.

    Args:
        port: where the portal listens on this machine.
        links: paths of links, each of another person.
        people: how many are there at once.
        think_seconds: how long each looks at the page, on average (exponential).
        seed: for the thinking.
    """
    waits, chance = Waits(), random.Random(seed)
    thoughts = [chance.expovariate(1 / think_seconds) for _ in links]
    visits = iter(zip(links, thoughts, strict=True))
    # In a thread of its own: whoever drives a browser has an event loop in theirs already.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _come(port, visits, waits, people)).result()
    return waits


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return the smallest wait that a share of all waits, above 0 and up to 1, does not exceed."""
    ordered = sorted(seconds)
    return ordered[max(0, -(-len(ordered) * int(share * 1_000) // 1_000) - 1)]


async def _come(port: int, visits: Iterator[tuple[str, float]], waits: Waits, people: int) -> None:
    async def visit_one_after_another() -> None:
        for link, thought in visits:
            await _visit(port, link, thought, waits)

    await asyncio.gather(*(visit_one_after_another() for _ in range(people)))


async def _visit(port: int, link: str, thought: float, waits: Waits) -> None:
    # A person is there before they ask: else all would press in the same instant at the start.
    await asyncio.sleep(thought / 2)
    for method, kept in (("GET", waits.pages), ("POST", waits.receipts)):
        start = perf_counter()
        status = await asyncio.wait_for(_ask(port, method, link), _PATIENCE_SECONDS)
        if status == b"200":
            kept.append(perf_counter() - start)
        else:
            waits.refused += 1
        await asyncio.sleep(thought)


async def _ask(port: int, method: str, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    length = "Content-Length: 0\r\n" if method == "POST" else ""
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}Connection: close\r\n\r\n".encode())
    try:
        await writer.drain()
        answer = await reader.read()
    finally:
        writer.close()
    return answer[9:12]
