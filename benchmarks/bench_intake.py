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
from datetime import UTC, datetime
from pathlib import Path

from demur.kernel.words import Purpose
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import subject_key
from demur.register.intake import ObjectionForm, receive_objection
from demur.register.store import open_register

AT = datetime(2025, 5, 27, 6, 0, tzinfo=UTC)
INSERTS = (
    "INSERT INTO leaf (idx, kind, key, data) VALUES (?, 'objection', ?, ?)",
    "INSERT INTO opening (idx, record, r, covered) VALUES (?, ?, ?, ?)",
    "INSERT INTO objection (subject, idx, purpose, received_at) VALUES (?, ?, 'train_generative_models', ?)",
)


def time_register(
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
        ours, bare = [], []
        for turn in range(turns):
            ours.append(time_register(url, keyring, folder / "log", turn=turn, submitters=submitters, count=count))
            bare.append(time_raw(raw, submitters=submitters, count=count))
    seconds, cpu = (statistics.median(values) for values in zip(*ours, strict=True))
    raw_seconds, raw_cpu = (statistics.median(values) for values in zip(*bare, strict=True))
    return {
        "submitters": submitters,
        "objections": count * turns,
        "objections_per_second": round(count / seconds),
        "cpu_us_per_objection": round(cpu / count * 1e6),
        "raw_sqlite_per_second": round(count / raw_seconds),
        "raw_sqlite_cpu_us": round(raw_cpu / count * 1e6),
        "ratio_to_raw_sqlite": round(raw_seconds / seconds, 3),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submitters", type=int, default=32)
    parser.add_argument("--count", type=int, default=6_400)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    print(json.dumps(run(submitters=arguments.submitters, count=arguments.count, turns=arguments.turns)))
