"""What a reader asks of witnesses: a checkpoint that at least so many of those that the reader chose have signed.

One operator can show two histories to two people. Witnesses sign one history only, so whoever demands enough of them
sees the same log as everybody who does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from demur.kernel.errors import ConfigurationError, IntegrityError
from demur.keys.cosignatures import Cosignature, WitnessKey, find_cosignatures
from demur.keys.notes import Verifier, split_note, write_signature
from demur.ledger.checkpoint import Checkpoint, open_checkpoint


class WitnessPolicyError(ConfigurationError):
    """A policy asks for more witnesses than it names, for none, or names one twice."""

    code = "witness-policy"


class WitnessQuorumError(IntegrityError):
    """Too few of the chosen witnesses have signed a checkpoint."""

    code = "witness-quorum"


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessPolicy:
    """At least so many of these witnesses.

    Raises:
        WitnessPolicyError: the number is not one to the number of witnesses, or two of them have one key.
    """

    witnesses: tuple[WitnessKey, ...]
    needed: int

    def __post_init__(self) -> None:
        """Check that the policy can be fulfilled, and that nobody counts twice."""
        keys = {witness.public_key for witness in self.witnesses}
        # C2SP tlog-policy: one key under two names is one witness.
        if len(keys) != len(self.witnesses):
            message = f"a policy names {len(self.witnesses)} witnesses with {len(keys)} different keys"
            raise WitnessPolicyError(message, hint="Name each witness once.")
        if not 1 <= self.needed <= len(keys):
            message = f"a policy asks for {self.needed} of {len(keys)} witnesses"
            raise WitnessPolicyError(message, hint="Ask for at least one, and for no more than there are.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedCheckpoint:
    """A checkpoint that was verified with its cosignatures."""

    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]


def open_witnessed_checkpoint(note: str | bytes, log: Verifier, policy: WitnessPolicy) -> WitnessedCheckpoint:
    """Return the checkpoint of a note that the log and enough witnesses signed.

    Raises:
        NoteFormatError, NoteSignatureError, CheckpointFormatError: it is no checkpoint of this log, or a cosignature
            under the name of a chosen witness is wrong.
        WitnessQuorumError: fewer witnesses signed it than the policy asks for.
    """
    checkpoint = open_checkpoint(note, log)
    cosignatures = find_cosignatures(note, policy.witnesses)
    if len(cosignatures) < policy.needed:
        message = (
            f"the checkpoint of {checkpoint.size} entries is signed by {len(cosignatures)} of "
            f"{len(policy.witnesses)} witnesses, needed are {policy.needed}"
        )
        raise WitnessQuorumError(message, hint="Ask for a checkpoint that more witnesses have signed.")
    return WitnessedCheckpoint(checkpoint=checkpoint, cosignatures=cosignatures)


def keep_cosignatures(answer: str, checkpoint_note: str, witnesses: Iterable[WitnessKey]) -> str:
    """Return those lines of a witness's answer that are valid signatures of given witnesses on a checkpoint.

    Other lines are left out, whoever made them: an answer is the word of a stranger.

    Raises:
        NoteFormatError: the answer does not consist of signature lines.
    """
    text, _ = split_note(checkpoint_note)
    _, signatures = split_note(f"{text}\n{answer}")
    known = {(witness.name, witness.key_id): witness for witness in witnesses}
    kept = (
        found
        for found in signatures
        if (witness := known.get((found.name, found.key_id))) and witness.signed_at(text, found.signature)
    )
    return "".join(write_signature(found.name, found.key_id, found.signature) for found in kept)
