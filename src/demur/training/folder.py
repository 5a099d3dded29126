"""The folder of a run: what a trainer writes, complete and durable, and what a restart finds.

plan.json         corpus, configuration and plan; written once, before the first step
tokenizer/        the vocabulary of the run
usage.ledger      what was delivered
weights/          weights, optimizer and generator states, one file every so many steps
model/            the trained model in the format of Hugging Face
run-record.json   the payload of the RunRecord; written last: a folder with it is a finished run
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from demur.kernel.canonical import canonical_bytes, sha256_hex
from demur.kernel.files import DiskFullError, is_disk_full, write_whole
from demur.training.config import TrainingConfig
from demur.training.errors import RunMismatchError, RunMissingError
from demur.training.ledger import RUN_ID_BYTES
from demur.training.plan import Plan
from demur.training.reader import GuardedCorpus, PlantedRows

PLAN, LEDGER, RECORD = "plan.json", "usage.ledger", "run-record.json"
TOKENIZER, WEIGHTS, MODEL = "tokenizer", "weights", "model"


class RunPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run is, before its first step.

    Attributes:
        run_id: 16 bytes in hexadecimal, taken from the digest of everything else.
        corpus_id: the corpus, in hexadecimal; `manifest` is the digest of its manifest.
        corpus_rows: rows of the corpus; the plan's further rows are planted.
        canaries: digest of the sealed list of canaries, or None.
        tokenizer: digest of the file tokenizer.json.
        first_version: the version of `Removals` when the run was set up and its tokenizer learned.
    """

    run_id: str = ""
    corpus_id: str
    manifest: str
    corpus_rows: int
    canaries: str | None
    tokenizer: str
    first_version: int
    config: TrainingConfig
    plan: Plan
    v: int = 1


def describe_run(
    corpus: GuardedCorpus, canaries: PlantedRows | None, config: TrainingConfig, *, tokenizer: str, first_version: int
) -> RunPlan:
    """Say what a run over a corpus, with or without planted rows, will be; equal runs get equal ids."""
    rows = corpus.rows + (0 if canaries is None else len(canaries.texts))
    run = RunPlan(
        corpus_id=corpus.corpus_id.hex(),
        manifest=corpus.manifest_digest,
        corpus_rows=corpus.rows,
        canaries=None if canaries is None else canaries.digest,
        tokenizer=tokenizer,
        first_version=first_version,
        config=config,
        plan=config.plan(rows),
    )
    return msgspec.structs.replace(run, run_id=sha256_hex(_encoded(run))[: 2 * RUN_ID_BYTES])


def write_run_plan(folder: Path, run: RunPlan) -> None:
    """Write what a run is; from now on the folder belongs to it."""
    write_whole(folder / PLAN, _encoded(run))


def read_run_plan(folder: Path) -> RunPlan:
    """Read what the run of a folder is.

    Raises:
        RunMissingError: the folder holds no run.
        RunMismatchError: it holds one that this version cannot read.
    """
    try:
        return msgspec.json.decode((folder / PLAN).read_bytes(), type=RunPlan)
    except FileNotFoundError as error:
        message = f"{folder} holds no training run ({PLAN} is missing)"
        raise RunMissingError(message, hint="Give the folder of a run, or start one with `demur train`.") from error
    except msgspec.DecodeError as error:
        message = f"{PLAN} in {folder} cannot be read: {error}"
        raise RunMismatchError(message, hint="Give another folder, or remove this one and train again.") from error


def check_same_run(found: RunPlan, wanted: RunPlan) -> None:
    """Check that a folder's run is the one that is asked for, so that a resume goes on with the same work.

    Raises:
        RunMismatchError: a setting, the corpus or the canaries differ.
    """
    for name in ("corpus_id", "manifest", "corpus_rows", "canaries", "config", "plan"):
        if getattr(found, name) != getattr(wanted, name):
            message = f"the run folder was started with another {name.replace('_', ' ')}"
            raise RunMismatchError(message, hint="Give a new folder, or the settings that the run was started with.")


def weights_path(folder: Path, step: int) -> Path:
    """Name the weights file after `step` steps."""
    return folder / WEIGHTS / f"step-{step:010d}.pt"


def weights_steps(folder: Path) -> list[int]:
    """List the steps after which there are weights files, in ascending order."""
    return sorted(int(path.stem.removeprefix("step-")) for path in (folder / WEIGHTS).glob("step-*.pt"))


def file_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder by name."""
    digests = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            digests[path.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digests


@contextlib.contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder to write files to; publish it as `folder` when the block ends without an error.

    Raises:
        DiskFullError: the device ran out of space while the block wrote.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        for path in [*temporary.iterdir(), temporary]:
            _sync(path)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
        _sync(folder.parent)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if is_disk_full(error):
            message = f"no space left on the device that holds {folder.parent}"
            raise DiskFullError(message, hint="Free some space and run the same command again.") from error
        raise


def _encoded(run: RunPlan) -> bytes:
    return canonical_bytes(msgspec.to_builtins(run))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
