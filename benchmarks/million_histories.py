"""A million invented histories through three deciders that share no code: do they agree on every item?

The columns that decide a corpus, a scalar oracle in plain Python, and an oracle in SQL, which is asked twice: with our
relations, and with its own. Worlds and oracles are those of tests/laws. A leak is an item that we let in, whole or in
part, and the scalar oracle does not. Ends with one line of JSON; fails when anybody disagrees.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from random import Random

BATCH = 2000  # worlds that share settings, stops and publications, and go through tables together
LAWS = Path(__file__).parents[1] / "tests" / "laws"


@dataclass(kw_only=True)
class Count:
    """What was found so far; counts of several batches add up."""

    histories: int = 0
    items: int = 0
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    disagreements: Counter[str] = field(default_factory=Counter)
    leaks: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, other: "Count") -> None:
        """Take over what another count found; of examples, the first few will do."""
        self.histories += other.histories
        self.items += other.items
        self.rules += other.rules
        self.disagreements += other.disagreements
        self.leaks += other.leaks
        self.examples = (self.examples + other.examples)[:3]


def decide_batch(seed: str, size: int) -> Count:
    """Draw worlds in the same surroundings, decide them in every way and count."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    sys.path.insert(0, str(LAWS))
    worlds, deciders = import_module("worlds"), import_module("deciders")
    random = Random(seed)
    around = worlds.draw_surroundings(random.choice)
    drawn = [worlds.random_world(random, around) for _ in range(size)]
    ways = deciders.decide_in_every_way(drawn)
    found = deciders.disagreements(drawn, ways)
    return Count(
        histories=size,
        items=len(ways["oracle"]),
        rules=Counter(ways["oracle"]),
        disagreements=Counter(one.decider for one in found),
        leaks=sum(one.is_leak for one in found if one.decider == "columns"),
        examples=[f"{seed}: {deciders.make_smaller(one)}" for one in found[:1]],
    )


def batches(seed: str, count: int) -> Iterator[tuple[str, int]]:
    """Name the batches of a run; a name and a size give the same worlds on every machine."""
    for number, begin in enumerate(range(0, count, BATCH)):
        yield f"{seed} {number}", min(BATCH, count - begin)


def run(seed: str, count: int, *, processes: int) -> Count:
    """Decide all batches, and say how far it got."""
    total, began = Count(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=processes, mp_context=context) as pool:
        waiting = [pool.submit(decide_batch, name, size) for name, size in batches(seed, count)]
        for done in as_completed(waiting):
            total.add(done.result())
            seconds = time.monotonic() - began
            parted = total.disagreements.total()
            print(f"{total.histories:>9} histories, {parted} disagreements, {seconds:.0f} s", file=sys.stderr)
    return total


def main() -> None:
    """Run as many histories as asked, from a seed that makes them the same ones again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000_000)
    parser.add_argument("--seed", default="demur")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    began = time.monotonic()
    total = run(asked.seed, asked.histories, processes=asked.processes)
    for example in total.examples:
        print(example, file=sys.stderr)
    report = {
        "seed": asked.seed,
        "histories": total.histories,
        "items": total.items,
        "rules_reached": len(total.rules),
        "rarest_rule": min(total.rules.values()),
        "disagreements": total.disagreements.total(),
        "by_decider": dict(total.disagreements),
        "leaks": total.leaks,
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(report))
    sys.exit(bool(total.disagreements))


if __name__ == "__main__":
    main()
