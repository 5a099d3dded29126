"""Acknowledged objections a second through the real door, beside pgbench doing the same two inserts; then the waiting.

Each objection is another person's, by the token of a notice, over HTTP, and its answer is the whole proof, sent after
the commit. pgbench (`-M prepared -c32 -j2`) inserts an entry and who objected into the register's own tables, in one
statement of one durable transaction; it has neither HTTP, nor a proof, nor the record. Both take turns on one disk.
Rates say little where others work beside: of two cores, pgbench's 33 processes then get more than the door's three. So
the CPU that each spends is compared as well, its database's included (`ratio_cpu`); the load's own is in neither.
Then people come at half of the rate that the door reached, whatever it answers (an open loop), on each database.
Last, a flood: fifty times the connections that saturate the door ask without pause for bots, while one real person
comes for each hundred of their requests and asks again when told to, for a minute at most.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from intake.load import OpenLoop, arrivals, measure_open_loop, percentile, request_by_page, request_by_token, saturate
from intake.servers import Door, Server, running_door, running_server, server_cpu_seconds, write_tokens

_HERE = Path(__file__).parent / "intake"
_CLIENTS = 32
_PROCESSED = "number of transactions actually processed: "
_PORTS = count(18_555)
_FLOOD = 50
_BOT_NETWORKS = 200
_PEOPLE_PER_SECOND = 60.0  # about one for each hundred answers that the bots get


@dataclass(slots=True)
class People:
    """A file of tokens of people who have not objected yet."""

    door: Door
    path: Path
    made: int = 0

    def make(self, number: int) -> None:
        """Write the tokens of some new people."""
        write_tokens(self.door, self.path, first=self.made, count=number)
        self.made += number

    def tokens(self) -> list[str]:
        """Return those of the file."""
        return self.path.read_text(encoding="ascii").split()


def time_door(people: People, server: Server, *, seconds: int, guess: float) -> tuple[float, float]:
    """Return objections a second and the CPU seconds of door and database for each."""
    people.make(int(guess * seconds * 2) + 1_000)
    before = people.door.cpu_seconds() + server_cpu_seconds(server)
    seen = saturate(people.door.port, "objections.lua", [str(people.path)], connections=_CLIENTS, seconds=seconds)
    if seen.refused or seen.broken:
        message = f"{seen.refused} requests were refused and {seen.broken} broke"
        raise RuntimeError(message)
    after = people.door.cpu_seconds() + server_cpu_seconds(server)
    return seen.per_second, (after - before) / seen.requests


def time_pgbench(url: str, server: Server, *, seconds: int) -> tuple[float, float]:
    """Return transactions a second of the same two inserts, and the database's CPU seconds for each."""
    before = server_cpu_seconds(server)
    words = ["pgbench", "-n", "-M", "prepared", f"-c{_CLIENTS}", "-j2", f"-T{seconds}"]
    command = [*words, "-f", str(_HERE / "inserts.sql"), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 -- our words
    (rate,) = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps = ")]
    (count,) = [line.split()[5] for line in done.stdout.splitlines() if line.startswith(_PROCESSED)]
    return float(rate), (server_cpu_seconds(server) - before) / int(count)


def at_half_load(people: People, *, per_second: float, seconds: int) -> OpenLoop:
    """Let people come at a rate, and return how long each waited."""
    people.make(int(per_second * seconds * 1.2) + 100)
    schedule = zip(
        arrivals(per_second, seconds, seed=people.made), map(request_by_token, people.tokens()), strict=False
    )
    return measure_open_loop(people.door.port, schedule)


def flood(people: People, *, seconds: int) -> dict[str, float | int]:
    """Let bots and people come at once; return which share of the people had their receipt, and how long it took."""
    command = [sys.executable, __file__, "--bots", str(people.door.port), "--seconds", str(seconds)]
    bots = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 -- our words
    people.make(20_000)
    seen = measure_open_loop(people.door.port, _people(people.tokens(), seconds))
    attempts = json.loads(bots.communicate()[0])["requests"]
    came = len(seen.seconds) + seen.failed
    return {
        "flood_success": round(len(seen.seconds) / came, 4),
        "flood_people": came,
        "flood_people_share": round(came / (came + attempts), 4),
        "flood_attempts_per_second": round(attempts / seconds),
        "flood_p99_s": round(percentile(seen.seconds, 0.99), 2),
    }


def _people(tokens: list[str], seconds: int) -> Iterator[tuple[float, bytes]]:
    """Half of them have a notice; the others point at a page, each from a network of their own."""
    for number, (at, token) in enumerate(zip(arrivals(_PEOPLE_PER_SECOND, seconds - 2, seed=1), tokens, strict=False)):
        network = f"{20 + number // 65_536}.{number // 256 % 256}.{number % 256}.9"
        yield at, request_by_token(token) if number % 2 else request_by_page(f"https://x.example/{number}", network)


def run(*, seconds: int, turns: int, databases: list[str]) -> dict[str, float | int]:
    """Measure and return the figures."""
    result: dict[str, float | int] = {"clients": _CLIENTS}
    ratios, of_cpu, slowest = [], [], []
    with tempfile.TemporaryDirectory() as name, running_server() as server:
        folder = Path(name)
        inserts = prepare_pgbench(folder, server)
        for database in databases:
            url = f"sqlite:///{folder}/register.db" if database == "sqlite" else server.new_database()
            with running_door(folder / database, url, next(_PORTS)) as door:
                people = People(door, folder / "tokens")
                taken = [(0.0, 0.0, 0.0, 0.0)]
                for turn in range(-1, turns):  # the first warms everything up
                    guess = max(taken[-1][0], 4_000.0)
                    length = 2 if turn < 0 else seconds
                    mine = time_door(people, server, seconds=length, guess=guess)
                    taken.append((*mine, *time_pgbench(inserts, server, seconds=length)))
                rate, cpu, limit, limit_cpu = (statistics.median(values) for values in zip(*taken[2:], strict=True))
                ratios.append(statistics.median(mine / theirs for mine, _, theirs, _ in taken[2:]))
                of_cpu.append(statistics.median(theirs / mine for _, mine, _, theirs in taken[2:]))
                half = at_half_load(people, per_second=rate / 2, seconds=seconds * 2)
                slowest.append(percentile(half.seconds, 0.99) * 1000)
                result |= {
                    f"{database}_per_second": round(rate),
                    f"{database}_cpu_us": round(cpu * 1e6),
                    f"{database}_pgbench_tps": round(limit),
                    f"{database}_pgbench_cpu_us": round(limit_cpu * 1e6),
                    f"{database}_ratio_pgbench": round(ratios[-1], 3),
                    f"{database}_ratio_cpu": round(of_cpu[-1], 3),
                    f"{database}_p50_ms_half_load": round(percentile(half.seconds, 0.5) * 1000, 2),
                    f"{database}_p99_ms_half_load": round(slowest[-1], 2),
                }
                print(json.dumps(result), file=sys.stderr)
                if database == databases[0]:
                    result |= flood(people, seconds=seconds * 3)
    result["ratio_cpu"] = round(min(of_cpu), 3)
    return result | {"ratio_pgbench": round(min(ratios), 3), "p99_ms_half_load": round(max(slowest), 2)}


def prepare_pgbench(folder: Path, server: Server) -> str:
    """Make the register's tables in a database of their own, and what numbers the entries; return its URL."""
    url = server.new_database()
    with running_door(folder / "tables", url, next(_PORTS)):
        pass
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE entries MINVALUE 0")
        for table in ("leaf", "objection"):  # plain tables: transactions of their own would leave gaps
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
    return url


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="of each turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--bots", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bots:
        bots = saturate(
            arguments.bots,
            "junk.lua",
            [str(_BOT_NETWORKS)],
            connections=_CLIENTS * _FLOOD,
            seconds=arguments.seconds,
        )
        print(json.dumps({"requests": bots.requests}))
    else:
        print(json.dumps(run(seconds=arguments.seconds, turns=arguments.turns, databases=arguments.databases)))
