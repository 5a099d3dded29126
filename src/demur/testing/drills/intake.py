"""A program that asks much of a register, and writes down what it was told, outside of it, once it was told.

Usage: python -m demur.testing.drills.intake ROOT DATABASE KEYRING TOLD BATCHES SEED
"""

import csv
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from demur.keys.keyring import load_keyring
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.intake import enqueue_objection, receipt_of
from demur.register.store import Register
from demur.testing.drills.oracle import AT, Installation, Told, Wish, ask, form_of

_BATCHES_IN_A_SESSION = 40
_BURST = 40
_BURST_SHARE = 0.15
_FLOOD = 600  # as much as makes SQLite copy its log into the database in the middle of a session
_PAUSE_SECONDS = 0.06  # long enough for the register to publish
_PAUSE_SHARE = 0.1
_KNOWN = 400
# What is asked, and how often in a hundred times.
_WISHES = ((Wish.OBJECTION, 75), (Wish.WITHDRAWAL, 8), (Wish.LINK, 5), (Wish.DOCUMENT, 12))


def main(installation: Installation, keyring_path: Path, told_path: Path, batches: int, seed: int) -> None:
    """Ask for some batches of things, in sessions between which the register is closed and opened again."""
    keyring, draw = load_keyring(keyring_path), Random(seed)
    out = os.open(told_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    accounts = _write_accounts(told_path.with_name("accounts.csv"))

    def tell(told: Told) -> None:
        os.write(out, told.encode())

    for session, first in enumerate(range(0, batches, _BATCHES_IN_A_SESSION)):
        with installation.open(keyring) as register:
            if session == 0:
                import_accounts(register, accounts, at=AT)
            for number in range(first, min(batches, first + _BATCHES_IN_A_SESSION)):
                _ask_something(register, installation, f"{session}-{number}", draw, tell)
            _flood(register, f"flood-{session}", _FLOOD if session % 5 == 1 else 1, tell)
            tell(ask(register, Wish.SNAPSHOT, f"{session}", installation))


def _ask_something(
    register: Register, installation: Installation, name: str, draw: Random, tell: Callable[[Told], None]
) -> None:
    if draw.random() < _BURST_SHARE:
        _flood(register, name, draw.randint(2, _BURST), tell)
        return
    (wish,) = draw.choices([wish for wish, _ in _WISHES], [weight for _, weight in _WISHES])
    if wish is Wish.WITHDRAWAL:
        known = f"known-{draw.randrange(_KNOWN)}"
        tell(ask(register, Wish.OBJECTION, known, installation))
        tell(ask(register, Wish.WITHDRAWAL, known, installation))
    else:
        tell(ask(register, wish, hashlib.sha256(name.encode()).hexdigest(), installation))
    if draw.random() < _PAUSE_SHARE:
        time.sleep(_PAUSE_SECONDS)


def _flood(register: Register, name: str, count: int, tell: Callable[[Told], None]) -> None:
    """Let many object at one time, who then share transactions."""
    names = [f"{name}-{number}" for number in range(count)]
    waiting = [enqueue_objection(register, form_of(register.keyring, one), at=AT) for one in names]
    for one, answer in zip(names, waiting, strict=True):
        tell(Told(wish=Wish.OBJECTION, name=one, receipt=receipt_of(answer.result()).text))


def _write_accounts(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(ACCOUNT_COLUMNS)
        writer.writerows(_accounts())
    return path


def _accounts() -> Iterator[tuple[str, ...]]:
    for number in range(_KNOWN):
        yield (f"known-{number}", "", "1990-03-02", "DE", "de", "public", "active")


if __name__ == "__main__":
    root, database, keyring_path, told_path, batches, seed = sys.argv[1:]
    main(Installation(Path(root), database), Path(keyring_path), Path(told_path), int(batches), int(seed))
