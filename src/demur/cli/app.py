"""The commands of ``demur`` and the one place where errors become exit statuses.

Each command is imported when it is called, so that ``demur --help`` and short commands start fast.
"""

import os
import sys
import traceback
from pathlib import Path

from cyclopts import App, Group

from demur import __version__
from demur.cli.errors import ExtraMissingError, FileRefusedError
from demur.cli.output import print_error
from demur.cli.roles import asking
from demur.kernel.errors import DemurError

# Interrupted by Ctrl-C: 128 + SIGINT, as shells expect.
_INTERRUPTED = 130
# EX_SOFTWARE of sysexits.h: nobody but us can act. 1, what Python would say, means that the command is done.
_FAULT = 70

_SET_UP = Group.create_ordered("Set up")
_PEOPLE = Group.create_ordered("People: notices and objections")
_CORPORA = Group.create_ordered("Corpora")
_MODELS = Group.create_ordered("Models")
_PROOF = Group.create_ordered("Rules and proof")

_EPILOGUE = (
    "Exit status: 0 done; 1 done, but something differs, was left out or failed its check; 2 input; 3 configuration; "
    "4 try again; 5 integrity; 70 a fault of Demur itself; 130 interrupted. DEMUR_DEBUG=1 adds the traceback."
)

COMMANDS: tuple[tuple[str, str, Group, str], ...] = (
    ("demo", "demur.cli.demo:demo", _SET_UP, "Play the whole flow on an invented platform and write a report."),
    ("sample", "demur.cli.sample:sample", _SET_UP, "Write an invented platform to try everything on."),
    ("init", "demur.cli.init:init", _SET_UP, "Set up an installation: configuration, keys, folders, the first login."),
    ("serve", "demur.cli.serving:serve_parts", _SET_UP, "Serve everything: pages, door, log, and what keeps corpora."),
    ("staff", "demur.cli.staff:app", _SET_UP, "Who may log in to the console."),
    ("keys", "demur.cli.keys:app", _SET_UP, "Make the keyring; show its public half."),
    ("register", "demur.cli.register:app", _PEOPLE, "Who was told, who objected, and the state of it all."),
    ("portal", "demur.cli.portal:app", _PEOPLE, "Make links for notices, and references of accounts."),
    ("notice", "demur.cli.notice:app", _PEOPLE, "Versions of the notice: check, publish, show; read what comes back."),
    ("campaign", "demur.cli.campaigns:app", _PEOPLE, "Bring a version of the notice to people: start, stop, resume."),
    (
        "suppressions",
        "demur.cli.suppressions:app",
        _PEOPLE,
        "What people without an account asked to leave out, as keyed hashes.",
    ),
    ("filter", "demur.cli.filtering:filter_texts", _CORPORA, "Put placeholders where a file of texts has identifiers."),
    ("build", "demur.cli.building:build_corpus", _CORPORA, "Build a corpus, with a reason for each item left out."),
    ("apply", "demur.cli.applying:apply", _CORPORA, "Bring a corpus up to the register."),
    (
        "watch",
        "demur.cli.watching:watch",
        _CORPORA,
        "Keep every corpus up to the register, within seconds of a receipt.",
    ),
    (
        "status",
        "demur.cli.watching:status",
        _CORPORA,
        "What is owed, how fast objections are honoured, how fresh corpora are.",
    ),
    ("purge", "demur.cli.purging:purge_corpus", _CORPORA, "Rewrite shards physically without removed rows."),
    (
        "explain",
        "demur.cli.explaining:explain",
        _CORPORA,
        "Say why an item is in or out; explain an objection or a run.",
    ),
    ("export", "demur.cli.exporting:export_corpus", _CORPORA, "Write the rows that may be read, for a recipient."),
    ("train", "demur.cli.models:train", _MODELS, "Train a small language model; objections hold at once."),
    ("model", "demur.cli.models:app", _MODELS, "Say what a model read."),
    ("audit", "demur.cli.audits:app", _MODELS, "Measure what a model remembers, with a verdict."),
    ("policy", "demur.cli.policy:app", _PROOF, "Read the rules that decide; test them with cases."),
    ("verify", "demur.cli.verifying:verify_receipt", _PROOF, "Check a receipt, and say in plain words what it proves."),
    ("witness", "demur.cli.witness:app", _PROOF, "Sign the checkpoints of other people's logs: one history, no other."),
    (
        "effectiveness",
        "demur.cli.effectiveness:effectiveness",
        _PROOF,
        "Whether the right to object works: metrics with what is demanded of each.",
    ),
    ("evidence", "demur.cli.evidence:app", _PROOF, "Pack what an authority needs; check a pack anywhere."),
)

_EXTRAS = {
    "torch": "train",
    "transformers": "train",
    "tokenizers": "train",
    "safetensors": "train",
    "django": "web",
    "fido2": "web",
    "jwt": "web",
    "granian": "web",
    "whitenoise": "web",
    "fpdf": "web",
    "segno": "web",
    "mrml": "mail",
    "aiosmtpd": "mail",
    "duckdb": "check",
    "presidio_analyzer": "presidio",
    "spacy": "spacy",
}


def make_app(asked: str = "") -> App:
    """Return the command tree; the command that is asked for speaks for itself, the others by their summary.

    Args:
        asked: the first word of the command line. It alone is imported, so it alone has its whole help text.
    """
    app = App(
        name="demur",
        help="Lawful and provable training data: notice, objection, eligibility, corpus, training, audit, proof.",
        help_epilogue=_EPILOGUE,
        version=__version__,
        result_action="return_int_as_exit_code_else_zero",
        suppress_keyboard_interrupt=False,  # `main` says it and knows the exit status
    )
    for name, target, group, summary in COMMANDS:
        app.command(target, name=name, group=group, help=None if name == asked else summary)
    return app


def _extra_of(error: ImportError) -> ExtraMissingError | None:
    """Tell which optional part of Demur brings the module whose import failed; None when none does."""
    chain: BaseException | None = error
    while chain is not None:
        name = (getattr(chain, "name", None) or "").partition(".")[0]
        if name in _EXTRAS:
            message = f"this command needs {name}, which the bare install does not have"
            return ExtraMissingError(message, hint=f"pip install 'demur[{_EXTRAS[name]}]'")
        chain = chain.__cause__ or chain.__context__
    return None


def main() -> None:
    """Run the command line; every error ends with the exit status of its family, and says one line."""
    try:
        words = sys.argv[1:]
        app = make_app(words[0] if words else "")
        named, _, _ = app.parse_commands(words)
        with asking(" ".join(named)):
            status = app(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output went away, for example `demur explain ... | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except KeyboardInterrupt:
        sys.stderr.write("demur: interrupted\n")
        status = _INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the outermost place: what is not told here, nobody hears
        status = _tell(error)
    sys.exit(status)


def _tell(error: Exception) -> int:
    """Print what went wrong and return the exit status; a traceback only to those who ask for it.

    The message of a foreign error may quote a row, so it is not printed.
    """
    told = _deliberate(error)
    if told is not None:
        print_error(told)
    else:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        sys.stderr.write(f"demur: a fault of Demur itself: {type(error).__name__} in {where}\n")
        sys.stderr.write(
            "  next: Run it again with DEMUR_DEBUG=1 and report the traceback; read it first, it may quote data.\n"
        )
    if os.environ.get("DEMUR_DEBUG"):
        traceback.print_exception(error)
    return told.exit_status if told else _FAULT


def _deliberate(error: Exception) -> DemurError | None:
    """Return the error that says it in our words; None when nobody expected it."""
    if isinstance(error, DemurError):
        return error
    if isinstance(error, ImportError):
        return _extra_of(error)
    if isinstance(error, OSError):
        named = error.filename2 or error.filename
        place = f" {named}" if named else ""
        message = f"the system refuses{place}: {error.strerror or type(error).__name__}"
        return FileRefusedError(message, hint="Check the path, its rights and the disk, then run it again.")
    return None
