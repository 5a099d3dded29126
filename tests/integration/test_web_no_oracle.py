"""Known or unknown, link or item: a thousand answers of each cannot be told apart by their bytes or their times.

The light version, which every run makes, is in `test_web_api`.
"""

import asyncio
import json
import math
import random
import time

import polars as pl
import pytest

from demur.kernel.clock import SystemClock
from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.store import open_register
from demur.web.door import Door
from demur.web.links import make_link

EACH = 1_000
SIGNIFICANT = 0.01


def kolmogorov_smirnov(one, other):
    """Return the probability that two samples of one distribution lie so far apart (asymptotic, two-sided)."""
    n, m = len(one), len(other)
    joined = sorted([(value, 1 / n) for value in one] + [(value, -1 / m) for value in other])
    apart, farthest = 0.0, 0.0
    for position, (value, step) in enumerate(joined):
        apart += step
        if position + 1 == len(joined) or joined[position + 1][0] != value:
            farthest = max(farthest, abs(apart))
    root = math.sqrt(n * m / (n + m))
    scaled = (root + 0.12 + 0.11 / root) * farthest
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return min(1.0, max(0.0, sum(terms))) if scaled > 0.2 else 1.0


def test_the_two_sample_test_agrees_with_its_table_and_sees_a_fifth_of_the_spread():
    draw = random.Random(7)
    apart = [draw.gauss(0, 1) for _ in range(EACH)], [draw.gauss(0.2, 1) for _ in range(EACH)]
    same = [draw.gauss(0, 1) for _ in range(EACH)], [draw.gauss(0, 1) for _ in range(EACH)]
    assert (kolmogorov_smirnov(*apart) < SIGNIFICANT, kolmogorov_smirnov(*same) > SIGNIFICANT) == (True, True)
    # D = 1.358 sqrt(2/n) is the critical value of 5 % for two large samples of n each.
    shifted = round(1.358 * math.sqrt(2 * EACH))
    steps = list(range(EACH)), list(range(shifted, EACH + shifted))
    assert kolmogorov_smirnov(*steps) == pytest.approx(0.05, abs=0.005)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["link", "item"])
def test_a_thousand_known_and_a_thousand_unknown_are_answered_alike_and_as_fast(tmp_path, kind):
    keyring = create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"oracle")
    names = [(f"{state}-{number:04d}", state) for number in range(EACH) for state in ("known", "blank")]
    random.Random(11).shuffle(names)
    opened = open_register(f"sqlite:///{tmp_path}/r.db", keyring=keyring, log_folder=tmp_path / "log")
    known = [name for name, state in names if state == "known"]
    import_known(opened, known)
    asked = [(body_of(keyring, kind, name), state) for name, state in names]
    seconds, shapes = asyncio.run(ask_all(opened, PATHS[kind], asked))
    # Index, proof and checkpoint grow with the log, so their lengths are compared as samples and not one by one.
    assert len({shape[0] for shape in shapes["known"] + shapes["blank"]}) == 1
    sizes = [[shape[1] for shape in shapes[state]] for state in ("known", "blank")]
    times = [seconds[state] for state in ("known", "blank")]
    assert [kolmogorov_smirnov(*pair) > SIGNIFICANT for pair in (sizes, times)] == [True, True]


PATHS = {"link": "/api/objections", "item": "/api/v1/objections"}


def import_known(register, names):
    rows = [{"account": name, "country": "DE", "language": "de", "visibility": "public"} for name in names]
    frame = pl.DataFrame([{**dict.fromkeys(ACCOUNT_COLUMNS), **row} for row in rows])
    import_accounts(register, frame.cast(pl.String), at=SystemClock().now())


def body_of(keyring, kind, name):
    if kind == "link":
        return json.dumps({"link": make_link(keyring, subject_key(keyring, name))}).encode()
    return json.dumps({"items": [name]}).encode()


async def ask_all(register, path, asked):
    """Ask one after the other; return the seconds of each, and the shape and size of its answer, by state."""
    given, is_up = asyncio.Queue(), asyncio.Event()
    door = Door(lambda: register, SystemClock())
    seconds = {"known": [], "blank": []}
    shapes = {"known": [], "blank": []}

    async def note(_message):
        is_up.set()

    life = asyncio.create_task(door({"type": "lifespan"}, given.get, note))
    await given.put({})
    await is_up.wait()
    for body, state in asked:
        sent = []

        async def receive(body=body):
            return {"type": "http.request", "body": body}

        async def send(message, sent=sent):
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": path, "headers": [], "client": ("127.0.0.1", 1)}
        began = time.perf_counter()
        await door(scope, receive, send)
        seconds[state].append(time.perf_counter() - began)
        content = b"".join(part["body"] for part in sent[1:])
        headers = tuple(name for name, _ in sent[0]["headers"])
        shapes[state].append(((sent[0]["status"], headers, tuple(json.loads(content))), len(content)))
    await given.put({})
    await life
    return seconds, shapes
