"""A witness (C2SP tlog-witness): signs a log's newest checkpoint when it continues everything that it signed before.

What it knows of a log is one file, the checkpoint that it signed last. The file is on disk before the signature leaves,
and one request at a time looks at it, so not even a witness that is killed and started again signs two histories.
Source: https://c2sp.org/tlog-witness
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from demur.kernel.clock import Clock
from demur.kernel.errors import IntegrityError
from demur.kernel.files import exclusive_lock, write_whole
from demur.keys.cosignatures import Cosigner, find_cosignatures
from demur.keys.notes import (
    NoteFormatError,
    NoteSignatureError,
    Verifier,
    open_note,
    split_note,
    write_signature,
)
from demur.ledger.checkpoint import Checkpoint, CheckpointFormatError, parse_checkpoint
from demur.ledger.submission import Submission, SubmissionFormatError, parse_submission
from demur.ledger.tree import EMPTY_ROOT, ProofError, verify_consistency

_PLAIN = "text/plain; charset=utf-8"
_SIZE = "text/x.tlog.size"
_FOLDER_HINT = "Stop the witness and restore its folder; with an older one it could sign a second history."


class WitnessStateError(IntegrityError):
    """What a witness stored of a log is not what it signed."""

    code = "witness-state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a witness answers: an HTTP status and a body."""

    status: HTTPStatus
    body: str
    content_type: str = _PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One witness: its key, the logs that it watches and its folder.

    Thread-safe, and several processes may share the folder.

    Attributes:
        cosigner: the key that it signs with.
        logs: for each origin the keys of that log; more than one while a log changes its key.
        folder: one file a log; whoever restores an older one lets the witness sign a second history.
        clock: dates the signatures.
    """

    cosigner: Cosigner
    logs: Mapping[str, tuple[Verifier, ...]]
    folder: Path
    clock: Clock

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer an ``add-checkpoint`` request: 200 with a signature line, or why there is none.

        400 the request cannot be read, or the old size exceeds the new one; 404 unknown log; 403 no signature of the
        log; 409 the witness knows another size, which the body names, or another root of this size; 422 the proof does
        not hold.

        Raises:
            WitnessStateError: the stored checkpoint was altered; nothing is signed.
            DiskFullError, OSError: the new checkpoint could not be stored; nothing was signed.
        """
        try:
            submission = parse_submission(body)
            text, _ = split_note(submission.checkpoint_note)
            checkpoint = parse_checkpoint(text)
        except (SubmissionFormatError, NoteFormatError, CheckpointFormatError) as error:
            return Answer(status=HTTPStatus.BAD_REQUEST, body=f"{error}\n")
        verifiers = self.logs.get(checkpoint.origin)
        if verifiers is None:
            return Answer(status=HTTPStatus.NOT_FOUND, body="this witness does not watch that log\n")
        try:
            open_note(submission.checkpoint_note, *verifiers)
        except NoteSignatureError as error:
            return Answer(status=HTTPStatus.FORBIDDEN, body=f"{error}\n")
        if submission.old_size > checkpoint.size:
            message = f"the old size {submission.old_size} exceeds the size {checkpoint.size} of the checkpoint\n"
            return Answer(status=HTTPStatus.BAD_REQUEST, body=message)
        signed = _with_own_signatures(submission.checkpoint_note, verifiers)
        with exclusive_lock(self.folder / "lock"):
            return self._advance(submission, checkpoint, signed)

    def check_state(self) -> None:
        """Check what is stored of every log, so that an operator learns of damage at the start.

        Raises:
            WitnessStateError: a stored checkpoint was altered.
        """
        for origin in self.logs:
            self._read_known(origin)

    def known_checkpoint(self, origin: str) -> str | None:
        """Return the note of the checkpoint that this witness signed last for a log, with its signature."""
        try:
            return self._path(origin).read_text("utf-8")
        except FileNotFoundError:
            return None

    def _advance(self, submission: Submission, checkpoint: Checkpoint, signed: str) -> Answer:
        """Compare with what was signed last, store what is new, then sign; nobody else does so at the same time."""
        known, signed_at = self._read_known(checkpoint.origin)
        if submission.old_size != known.size:
            return _conflict(known.size)
        if checkpoint.size == known.size and checkpoint.root != known.root:
            return _conflict(known.size)
        if not _continues(known, checkpoint, submission.path):
            message = f"the proof does not lead from {known.size} to {checkpoint.size} entries\n"
            return Answer(status=HTTPStatus.UNPROCESSABLE_ENTITY, body=message)
        # A clock that was set back must not make a larger log older than a smaller one.
        now = self.clock.now()
        line = self.cosigner.cosign(checkpoint.text(), at=max(now, signed_at) if signed_at else now)
        write_whole(self._path(checkpoint.origin), (signed + line).encode())
        return Answer(status=HTTPStatus.OK, body=line)

    def _read_known(self, origin: str) -> tuple[Checkpoint, datetime | None]:
        note = self.known_checkpoint(origin)
        if note is None:
            return Checkpoint(origin=origin, size=0, root=EMPTY_ROOT), None
        try:
            checkpoint = parse_checkpoint(split_note(note)[0])
            own = find_cosignatures(note, [self.cosigner.key])
        except (NoteFormatError, NoteSignatureError, CheckpointFormatError) as error:
            message = f"the witness's file of {origin} is damaged: {error}"
            raise WitnessStateError(message, hint=_FOLDER_HINT) from error
        if checkpoint.origin != origin or not own:
            message = f"the witness's file of {origin} holds a checkpoint that this witness did not sign for it"
            raise WitnessStateError(message, hint=_FOLDER_HINT)
        return checkpoint, own[0].at

    def _path(self, origin: str) -> Path:
        # An origin is a stranger's text: its digest is a file name that cannot leave the folder.
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.checkpoint"


def _with_own_signatures(note: str, verifiers: tuple[Verifier, ...]) -> str:
    """Return a note with the signatures of its log alone.

    What strangers add is not stored: with enough lines, or a wrong one under our name, our own file would be no note.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id) for verifier in verifiers for key in verifier.with_earlier()}
    lines = [
        write_signature(found.name, found.key_id, found.signature)
        for found in signatures
        if (found.name, found.key_id) in known
    ]
    return "\n".join([text, "".join(dict.fromkeys(lines))])


def _conflict(size: int) -> Answer:
    return Answer(status=HTTPStatus.CONFLICT, body=f"{size}\n", content_type=_SIZE)


def _continues(known: Checkpoint, new: Checkpoint, path: tuple[bytes, ...]) -> bool:
    if known.size == 0:
        # Nothing precedes a log, so nothing has to be shown; an empty log has one root only.
        return not path and (new.size > 0 or new.root == EMPTY_ROOT)
    try:
        verify_consistency(old_size=known.size, old_root=known.root, new_size=new.size, new_root=new.root, path=path)
    except ProofError:
        return False
    return True
