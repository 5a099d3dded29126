"""Alter proofs by the hundred thousand and ask every verifier: `make drill-proofs`.

The last line is one object of JSON: for each verifier how many true proofs it accepted, how many altered ones it
refused, what it said of harmless changes, and how many answers were wrong. The exit status is 1 when one was wrong, or
when a verifier refused fewer altered proofs than were asked for.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import count, islice

from cases import (
    Must,
    ReceiptCase,
    alter_consistency,
    alter_inclusion,
    alter_text,
    altered_receipt,
    flip_bits,
    forged_receipts,
    true_case,
    true_consistency,
    true_inclusion,
    true_receipts,
    with_another_leaf,
)
from counting import Tally, ask_all
from programs import Case, Checker, start_all

CHUNK = 5000


def receipts(dice: random.Random) -> Iterator[ReceiptCase]:
    """Yield true receipts, every bit of every byte turned, every forgery, then one random change after the other."""
    everyone = true_receipts()
    for true in everyone:
        yield true_case(true)
        yield with_another_leaf(true)
        yield from (altered_receipt(true, content) for content in forged_receipts(true))
        yield from (altered_receipt(true, content) for content in flip_bits(true.text.encode(), range(8)))
    for _ in count():
        true = dice.choice(everyone)
        content = true.text.encode()
        for _ in range(dice.choice((1, 1, 2, 3))):
            content = alter_text(content, dice) or content
        yield altered_receipt(true, content)


def inclusions(dice: random.Random) -> Iterator[Case]:
    """Yield a true claim of inclusion and altered ones of it, without end."""
    for _ in count():
        true = true_inclusion(dice)
        yield true
        yield from (alter_inclusion(true, dice) for _ in range(20))


def consistencies(dice: random.Random) -> Iterator[Case]:
    """Yield a true claim of consistency and altered ones of it, without end."""
    for _ in count():
        true = true_consistency(dice)
        yield true
        yield from (alter_consistency(true, dice) for _ in range(20))


def until_refused(cases: Iterable[Case], wanted: int) -> Iterator[Case]:
    """Yield cases until so many must be refused by whoever is given the entry."""
    refused = 0
    for case in cases:
        yield case
        refused += (case.entry if isinstance(case, ReceiptCase) else case.must) is Must.REFUSE
        if refused >= wanted:
            return


def drill(checkers: Iterable[Checker], mutations: int, seed: int) -> dict[str, Tally]:
    """Ask every verifier about so many altered proofs of each form."""
    dice, tallies = random.Random(seed), {}
    forms = (("receipts", receipts), ("inclusions", inclusions), ("consistencies", consistencies))
    for name, form in forms:
        cases, done = until_refused(form(dice), mutations), 0
        while chunk := list(islice(cases, CHUNK)):
            ask_all(checkers, chunk, tallies)
            done += len(chunk)
            sys.stderr.write(f"{name}: {done:,} asked\n")
    return tallies


def main() -> int:
    """Run the drill and print its figures."""
    parser = argparse.ArgumentParser(description="Alter proofs and ask every verifier.")
    parser.add_argument("--mutations", type=int, default=100_000, help="altered proofs of each form")
    parser.add_argument("--seed", type=int, default=2025)
    asked = parser.parse_args()
    started = time.monotonic()
    with start_all() as checkers:
        tallies = drill(checkers, asked.mutations, asked.seed)
    wrong = sum(tally.counts["wrongly accepted"] + tally.counts["wrongly refused"] for tally in tallies.values())
    fewest = min(tally.counts["altered, refused"] for tally in tallies.values())
    for name, tally in tallies.items():
        for mistake in tally.mistakes:
            sys.stderr.write(f"{name} is wrong about {mistake}\n")
    figures = {
        "drill": "proofs",
        "seed": asked.seed,
        "seconds": round(time.monotonic() - started),
        "wrong": wrong,
        "fewest_refused": fewest,
        "verifiers": {name: dict(sorted(tally.counts.items())) for name, tally in sorted(tallies.items())},
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return int(wrong > 0 or fewest < asked.mutations)


if __name__ == "__main__":
    sys.exit(main())
