"""Objections a second through the register, beside raw sqlite3 that does the same inserts.

The register gives each objection a receipt: commitment, tree, signature of the batch, inclusion proof. Raw sqlite3 does
the same three inserts (entry, opening, objection) into the same tables, with one durable commit a batch of as many rows
as there are submitters. Both run in turns on one disk, so that only the ratio counts.
"""

import argparse
import contextlib
import json
import secrets
import sqlite3
import statistics
import tempfile
import threading
import time
from collections import deque
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

from demur.kernel.words import Purpose
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import subject_key
from demur.register.batch import Committed
from demur.register.intake import enqueue_objection, receipt_of, receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.store import open_register

AT = datetime(2025, 5, 27, 6, 0, tzinfo=UTC)
INSERTS = (
    "INSERT INTO leaf (idx, kind, key, data) VALUES (?, 'objection', ?, ?)",
    "INSERT INTO opening (idx, record, r, covered) VALUES (?, ?, ?, ?)",
    "INSERT INTO objection (subject, idx, purpose, received_at) VALUES (?, ?, 'train_generative_models', ?)",
)


def time_threads(
    url: str, keyring: Keyring, log: Path, *, turn: int, submitters: int, count: int
) -> tuple[float, float]:
    """File objections from threads that each wait for their receipt; return seconds and CPU seconds."""
    with open_register(url, keyring=keyring, log_folder=log) as register:

        def submit(submitter: int) -> None:
            for number in range(count // submitters):
                subject = subject_key(keyring, f"{turn}-{submitter}-{number}")
                form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=AT)
                receive_objection(register, form, at=AT)

        threads = [threading.Thread(target=submit, args=(number,)) for number in range(submitters)]
        began, cpu = time.perf_counter(), time.process_time()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began, time.process_time() - cpu


def time_one_thread(
    url: str, keyring: Keyring, log: Path, *, turn: int, submitters: int, count: int
) -> tuple[float, float]:
    """Hold as many objections in flight from one thread, as an event loop does; return seconds and CPU seconds."""
    with open_register(url, keyring=keyring, log_folder=log) as register:

        def enqueue(number: int) -> Future[Committed]:
            subject = subject_key(keyring, f"loop-{turn}-{number}")
            form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=AT)
            return enqueue_objection(register, form, at=AT)

        began, cpu = time.perf_counter(), time.process_time()
        flight = deque(enqueue(number) for number in range(submitters))
        for number in range(submitters, count):
            receipt_of(flight.popleft().result())
            flight.append(enqueue(number))
        for future in flight:
            receipt_of(future.result())
        return time.perf_counter() - began, time.process_time() - cpu


def time_raw(path: Path, *, submitters: int, count: int) -> tuple[float, float]:
    """Insert the same rows with prepared values, a durable commit for each batch; return seconds and CPU seconds."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        (first,) = connection.execute("SELECT COALESCE(MAX(idx) + 1, 0) FROM leaf").fetchone()
        rows = [(index, secrets.token_bytes(16), secrets.token_bytes(32)) for index in range(first, first + count)]
        leaf, record = bytes(118), bytes(190)
        began, cpu = time.perf_counter(), time.process_time()
        for start in range(0, count, submitters):
            batch = rows[start : start + submitters]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERTS[0], [(index, key, leaf) for index, _, key in batch])
            connection.executemany(INSERTS[1], [(index, record, key, subject) for index, subject, key in batch])
            connection.executemany(INSERTS[2], [(subject, index, 0) for index, subject, _ in batch])
            connection.execute("COMMIT")
        return time.perf_counter() - began, time.process_time() - cpu


def run(*, submitters: int, count: int, turns: int) -> dict[str, float | int]:
    """Take turns and return the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keyring = create_keyring(folder / "keys.json", platform="agora.example")
        url, raw = f"sqlite:///{folder}/register.db", folder / "raw.db"
        open_register(f"sqlite:///{raw}", keyring=keyring, log_folder=folder / "raw-log").close()
        taken: dict[str, list[tuple[float, float]]] = {"threads": [], "one_thread": [], "raw_sqlite": []}
        for turn in range(turns):
            for way, measure in (("threads", time_threads), ("one_thread", time_one_thread)):
                figures = measure(url, keyring, folder / "log", turn=turn, submitters=submitters, count=count)
                taken[way].append(figures)
            taken["raw_sqlite"].append(time_raw(raw, submitters=submitters, count=count))
    result: dict[str, float | int] = {"submitters": submitters, "objections": count * turns}
    medians = {name: [statistics.median(values) for values in zip(*runs, strict=True)] for name, runs in taken.items()}
    for name, (seconds, cpu) in medians.items():
        result[f"{name}_per_second"] = round(count / seconds)
        result[f"{name}_cpu_us"] = round(cpu / count * 1e6)
    for name in ("threads", "one_thread"):
        result[f"{name}_ratio_to_raw_sqlite"] = round(medians["raw_sqlite"][0] / medians[name][0], 3)
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submitters", type=int, default=32)
    parser.add_argument("--count", type=int, default=6_400)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    print(json.dumps(run(submitters=arguments.submitters, count=arguments.count, turns=arguments.turns)))
