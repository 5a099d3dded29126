"""A worker that does effects and dies while it does: killed by itself between doing one and marking it.

Usage: effects_client.py URL FOLDER SURVIVED: it does SURVIVED effects, then one more, and is gone.

Doing an effect makes a file of its name, if nobody made it before, and adds a line to a journal.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demur.kernel.clock import SystemClock
from demur.kernel.words import EffectKind
from demur.keys.keyring import load_keyring
from demur.register.outbox import Effect, Patience, run_due
from demur.register.store import open_register


def main(url: str, folder: Path, survived: int) -> None:
    left = survived

    def handle(effect: Effect) -> None:
        nonlocal left
        (folder / "done" / f"{effect.kind}-{effect.ref}").touch()
        descriptor = os.open(folder / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{effect.kind}-{effect.ref}\n".encode())
        os.close(descriptor)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    keyring = load_keyring(folder / "keys.json")
    with open_register(url, keyring=keyring, log_folder=folder / "log") as register:
        patience = Patience(lease=timedelta(milliseconds=50), attempts=1_000)
        run_due(register, {EffectKind.APPLY: handle}, at=datetime.now(UTC), clock=SystemClock(), patience=patience)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
