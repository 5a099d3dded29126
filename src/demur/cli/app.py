"""The commands of ``demur`` and the one place where errors become exit statuses.

Each command is imported when it is called, so that ``demur --help`` and short commands start fast.
"""

import os
import sys
import traceback

from cyclopts import App, Group

from demur import __version__
from demur.cli.errors import ExtraMissingError
from demur.cli.output import print_error
from demur.kernel.errors import DemurError

# Interrupted by Ctrl-C: 128 + SIGINT, as shells expect.
_INTERRUPTED = 130

_SET_UP = Group.create_ordered("Set up")
_PEOPLE = Group.create_ordered("People: notices and objections")
_CORPORA = Group.create_ordered("Corpora")
_MODELS = Group.create_ordered("Models")
_PROOF = Group.create_ordered("Rules and proof")

_EPILOGUE = (
    "Exit status: 0 done; 1 done, but something differs, was left out or failed its check; 2 input; 3 configuration; "
    "4 try again; 5 integrity. DEMUR_DEBUG=1 adds the traceback of an error."
)

COMMANDS: tuple[tuple[str, str, Group, str], ...] = (
    ("demo", "demur.cli.demo:demo", _SET_UP, "Play the whole flow on an invented platform and write a report."),
    ("sample", "demur.cli.sample:sample", _SET_UP, "Write an invented platform to try everything on."),
    ("keys", "demur.cli.keys:app", _SET_UP, "Make the keyring; show its public half."),
    ("register", "demur.cli.register:app", _PEOPLE, "Who was told, who objected, and the state of it all."),
    (
        "suppressions",
        "demur.cli.suppressions:app",
        _PEOPLE,
        "What people without an account asked to leave out, as keyed hashes.",
    ),
    ("build", "demur.cli.corpus:build_corpus", _CORPORA, "Build a corpus, with a reason for each item left out."),
    ("apply", "demur.cli.corpus:apply", _CORPORA, "Bring a corpus up to the register."),
    ("purge", "demur.cli.corpus:purge_corpus", _CORPORA, "Rewrite shards physically without removed rows."),
    ("explain", "demur.cli.corpus:explain", _CORPORA, "Say why an item is in a corpus, or out."),
    ("export", "demur.cli.corpus:export_corpus", _CORPORA, "Write the rows that may be read, for a recipient."),
    ("train", "demur.cli.models:train", _MODELS, "Train a small language model; objections hold at once."),
    ("model", "demur.cli.models:app", _MODELS, "Say what a model read."),
    ("audit", "demur.cli.audits:app", _MODELS, "Measure what a model remembers, with a verdict."),
    ("policy", "demur.cli.policy:app", _PROOF, "Read the rules that decide; test them with cases."),
    ("evidence", "demur.cli.evidence:app", _PROOF, "Pack what an authority needs; check a pack anywhere."),
)

_EXTRAS = {
    "torch": "train",
    "transformers": "train",
    "tokenizers": "train",
    "safetensors": "train",
    "django": "web",
    "granian": "web",
    "whitenoise": "web",
}


def make_app() -> App:
    """Return the command tree."""
    app = App(
        name="demur",
        help="Lawful and provable training data: notice, objection, eligibility, corpus, training, audit, proof.",
        help_epilogue=_EPILOGUE,
        version=__version__,
        result_action="return_int_as_exit_code_else_zero",
    )
    for name, target, group, summary in COMMANDS:
        app.command(target, name=name, group=group, help=summary)
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
    """Run the command line; every deliberate error ends with its own exit status."""
    try:
        status = make_app()()
    except DemurError as error:
        print_error(error)
        if os.environ.get("DEMUR_DEBUG"):
            traceback.print_exception(error)
        status = error.exit_status
    except ImportError as error:
        missing = _extra_of(error)
        if missing is None:
            raise
        print_error(missing)
        status = missing.exit_status
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away, for example `demur explain ... | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)
