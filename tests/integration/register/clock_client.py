"""A process that runs for long and dates what it is asked by the clock of the machine.

Usage: clock_client.py FOLDER: each line of standard input is a verb and an account; each line of standard output tells
the index, the receipt and the instant that the clock showed.
"""

import contextlib
import json
import sys
from pathlib import Path

from demur.kernel.clock import SystemClock, timestamp
from demur.kernel.words import Purpose
from demur.keys.keyring import load_keyring
from demur.keys.subjects import subject_key
from demur.register.errors import NothingToWithdrawError
from demur.register.intake import Authentication, Receipt, WithdrawalForm, receive_objection, withdraw
from demur.register.objecting import ObjectionForm
from demur.register.store import Register, open_register


def do(register: Register, verb: str, account: str) -> dict[str, object]:
    now = SystemClock().now()
    subject = subject_key(register.keyring, account)
    receipt: Receipt | None = None
    if verb == "object":
        form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=now)
        receipt = receive_objection(register, form, at=now)
    else:
        asked = WithdrawalForm(subject=subject, authenticated_by=Authentication.LOGIN, received_at=now)
        with contextlib.suppress(NothingToWithdrawError):
            receipt = withdraw(register, asked, at=now)
    return {"index": receipt and receipt.index, "receipt": receipt and receipt.text, "now": timestamp(now)}


def main(folder: Path) -> None:
    keyring = load_keyring(folder.parent / "keys.json")
    with open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log") as register:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(do(register, *line.split())) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
