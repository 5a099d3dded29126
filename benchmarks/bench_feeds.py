"""How much memory a feed of notices takes at the door: of ten times the rows it must not take ten times as much.

Each size runs in a process of its own, over the door as a server calls it, into a new register. The figures are what a
process grew by while it took the feed: its peak, less what it held before. The last line is JSON.

    python benchmarks/bench_feeds.py --rows 1000000
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from demur.kernel.clock import SystemClock
from demur.keys.keyring import create_keyring
from demur.register.store import open_register
from demur.web.api.keys import Role, add_key
from demur.web.api.routes import ROUTES
from demur.web.api.service import ApiSettings
from demur.web.door import Door

_HEADER = b"account,version,channel,language,event,at,states_right\n"
_PATH = "/api/v1/feeds/notices"
_PIECE_ROWS = 2_000
_SHARE = 10
_MIB = 1024


def main() -> None:
    """Measure a tenth of the rows and all of them, and print both."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--one", action="store_true")
    asked = arguments.parse_args()
    if asked.one:
        print(json.dumps(_measure(asked.rows)))
        return
    few, many = (_measure_apart(rows) for rows in (asked.rows // _SHARE, asked.rows))
    print(json.dumps({"few": few, "many": many, "growth": round(many["grew_mib"] / few["grew_mib"], 2)}))


def _measure_apart(rows: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", "--rows", str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- ourselves
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _measure(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"bench")
        key = add_key(folder / "api.json", "crm", (Role.PLATFORM,), today=date(2026, 1, 1))
        for route in ROUTES:  # before feeds were taken block by block, no feed of this length was taken
            object.__setattr__(route, "max_body_bytes", 1 << 33)
        door = Door(
            lambda: open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log"),
            SystemClock(),
            ApiSettings(keys=folder / "api.json"),
        )
        return asyncio.run(_feed(door, key, rows))


async def _feed(door: Door, key: str, rows: int) -> dict[str, Any]:
    await _send(door, key, 1_000)  # what is loaded once for all feeds
    before, began = _peak_mib(), time.perf_counter()
    answer = await _send(door, key, rows)
    seconds = time.perf_counter() - began
    return {
        "rows": rows,
        "read": answer["rows_read"],
        "grew_mib": round(_peak_mib() - before, 1),
        "seconds": round(seconds, 1),
    }


async def _send(door: Door, key: str, rows: int) -> dict[str, Any]:
    given: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    sent: list[Any] = []
    body = _pieces(rows)
    is_up = asyncio.Event()

    async def note(_message: Any) -> None:  # noqa: ANN401 -- the messages of ASGI
        is_up.set()

    async def receive() -> dict[str, Any]:
        piece = next(body, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def keep(message: Any) -> None:  # noqa: ANN401 -- the messages of ASGI
        sent.append(message)

    life = asyncio.create_task(door({"type": "lifespan"}, given.get, note))  # type: ignore[arg-type]
    await given.put({})
    await is_up.wait()
    headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"text/csv")]
    scope = {"type": "http", "method": "POST", "path": _PATH, "headers": headers, "client": ("192.0.2.1", 1)}
    await door(scope, receive, keep)
    await given.put({})
    await life
    answer: dict[str, Any] = json.loads(b"".join(part["body"] for part in sent[1:]))
    return answer


def _pieces(rows: int) -> Iterator[bytes]:
    yield _HEADER
    for start in range(0, rows, _PIECE_ROWS):
        numbers = range(start, min(rows, start + _PIECE_ROWS))
        yield "".join(
            f"u{number:08d},2025-04,email,de,delivered,2025-04-20T06:00:00Z,true\n" for number in numbers
        ).encode()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB


if __name__ == "__main__":
    main()
