"""The payload of a `RunRecord`: which corpus a run read, under which versions of `Removals`, and what came out."""

import json
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from demur.kernel.canonical import canonical_bytes, sha256_hex
from demur.kernel.words import DocumentKind
from demur.training.errors import RunMismatchError, RunMissingError
from demur.training.folder import LEDGER, MODEL, RECORD, file_digests, read_run_plan
from demur.training.ledger import Segment, read_ledger

Payload: TypeAlias = dict[str, Any]


def run_record(folder: Path, *, parent: str | None = None) -> Payload:
    """Describe the finished run of a folder as the payload of a document; it holds no floating-point number.

    Args:
        folder: the run folder, with its model.
        parent: the weights digest of the model that the run began from; None when it began from nothing.
    """
    run = read_run_plan(folder)
    segments = read_ledger(folder / LEDGER).segments
    weights = file_digests(folder / MODEL)
    return {
        "v": 1,
        "kind": DocumentKind.RUN_RECORD.value,
        "run_id": run.run_id,
        "corpus": {"corpus_id": run.corpus_id, "manifest": run.manifest, "rows": run.corpus_rows},
        "plan": msgspec.to_builtins(run.plan),
        "config": msgspec.to_builtins(run.config),
        "tokenizer": run.tokenizer,
        "segments": [_described(segment) for segment in segments],
        "weights": weights,
        "weights_digest": sha256_hex(canonical_bytes(weights)),
        "canaries": run.canaries,
        "parent": parent,
        "first_version": min([run.first_version, *(segment.version for segment in segments)]),
        "last_version": max([run.first_version, *(segment.version for segment in segments)]),
    }


def read_run_record(folder: Path) -> Payload:
    """Read the record of a finished run.

    Raises:
        RunMissingError: the run is not finished.
        RunMismatchError: its record cannot be read.
    """
    try:
        record: Payload = json.loads((folder / RECORD).read_bytes())
    except FileNotFoundError as error:
        message = f"{folder} holds no finished run ({RECORD} is missing)"
        raise RunMissingError(message, hint="Start the same training again: it resumes.") from error
    except ValueError as error:
        message = f"{RECORD} in {folder} is not JSON"
        raise RunMismatchError(
            message, hint="Restore the record from a copy, or train again in a new folder."
        ) from error
    return record


def _described(segment: Segment) -> Payload:
    return {
        "attempt": segment.attempt,
        "epoch": segment.epoch,
        "first_step": segment.first_step,
        "last_step": segment.last_step,
        "first_position": segment.first_position,
        "version": segment.version,
        "delivered": segment.delivered,
        "fingerprint": f"{segment.fingerprint:016x}",
    }
