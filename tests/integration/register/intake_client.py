"""A process that files objections, and tells each receipt on standard output only once it has it.

Usage: intake_client.py FOLDER NAME THREADS COUNT [SHARED]: each thread files COUNT objections of accounts of its own
and, every tenth time, one of an account that all processes name.
"""

import base64
import json
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from demur.kernel.words import Purpose
from demur.keys.keyring import load_keyring
from demur.keys.subjects import subject_key
from demur.register.intake import receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.store import Register, open_register

RECEIVED_AT = datetime(2025, 5, 27, 6, 0, tzinfo=UTC)


def file_all(register: Register, name: str, thread: int, count: int) -> None:
    for number in range(count):
        account = f"shared-{number}" if number % 10 == 0 else f"{name}-{thread}-{number}"
        subject = subject_key(register.keyring, account)
        form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=RECEIVED_AT)
        receipt = receive_objection(register, form, at=RECEIVED_AT)
        told = {"index": receipt.index, "subject": base64.b64encode(subject).decode(), "text": receipt.text}
        os.write(1, json.dumps(told).encode() + b"\n")  # one write of less than a pipe's unit is never torn


def main(folder: Path, name: str, threads: int, count: int) -> None:
    keyring = load_keyring(folder / "keys.json")
    with open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log") as register:
        workers = [threading.Thread(target=file_all, args=(register, name, number, count)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
