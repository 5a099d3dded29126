"""``demur witness``: be a witness of somebody's log."""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.errors import NothingNamedError
from demur.cli.output import print_json, print_lines
from demur.kernel.clock import SystemClock
from demur.keys.keyring import read_public_keys
from demur.keys.notes import Verifier
from demur.keys.witness_keys import create_witness_key, load_witness_key
from demur.ledger.witness import Witness
from demur.web.witness import serve_witness

app = App(name="witness", help="Sign the checkpoints of other people's logs: one history, and no other.")

_KEY_FILE = "witness.key"
_Json = Annotated[bool, Parameter(negative="")]


@app.command
def create(folder: Path, *, name: str, json: _Json = False) -> None:
    """Make the key of a new witness and print its public half; publish that, and give it to the operators of logs.

    Args:
        folder: Where the key and what the witness knows of logs are kept; nobody else may read it.
        name: What the witness is called: an address without scheme, such as `authority.example/witness`.
        json: Print one JSON object and nothing else.
    """
    vkey = create_witness_key(folder / _KEY_FILE, name=name).key.vkey
    if json:
        print_json({"witness": vkey})
    else:
        print_lines(vkey)


@app.command
def serve(
    folder: Path,
    *,
    log: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    port: int = 8100,
    host: str = "127.0.0.1",
    json: _Json = False,
) -> None:
    """Sign checkpoints that logs send to `/add-checkpoint`, until Ctrl-C; each must continue all that was signed.

    Needs no configuration and no register. Put a web server with TLS and a limit of requests in front. Never restore
    the folder from an old copy: the witness would sign a second history.

    Args:
        folder: What `demur witness create` made.
        log: A log to watch: its verifier key, or the `public.json` of its platform; may be repeated, also for one log.
        port: Where to listen; 0 takes a free port.
        host: The address to listen on.
        json: Print one JSON object and nothing else.
    """
    witness = Witness(
        cosigner=load_witness_key(folder / _KEY_FILE), logs=_read_logs(log), folder=folder, clock=SystemClock()
    )
    witness.check_state()

    def tell(taken: int) -> None:
        if json:
            print_json({"witness": witness.cosigner.key.vkey, "url": f"http://{host}:{taken}"})
        else:
            print_lines(f"{witness.cosigner.name} on http://{host}:{taken}, {len(witness.logs)} logs; Ctrl-C ends it")
        sys.stdout.flush()

    serve_witness(witness, host=host, port=port, ready=tell)


def _read_logs(named: tuple[str, ...]) -> dict[str, tuple[Verifier, ...]]:
    if not named:
        message = "no log to watch was named"
        raise NothingNamedError(message, hint="Name one: demur witness serve FOLDER --log public.json")
    logs: dict[str, tuple[Verifier, ...]] = defaultdict(tuple)
    for text in named:
        verifier = Verifier(text) if "+" in text else read_public_keys(Path(text)).log
        logs[verifier.name] += (verifier,)
    return dict(logs)
