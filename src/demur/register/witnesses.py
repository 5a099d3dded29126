"""Asking witnesses to sign the newest checkpoint of the log, and publishing it with their signatures.

The log itself never waits for a witness: whoever objects has a receipt at once, and the cosigned checkpoint follows. A
witness that is down is asked again in the next round; what it knows of the log, it says itself.
Source: https://c2sp.org/tlog-witness
"""

import http.client
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus

from demur.kernel.errors import ConfigurationError, DemurError, IntegrityError, TransientError
from demur.kernel.files import exclusive_lock, write_whole
from demur.kernel.urls import is_plain_url
from demur.keys.cosignatures import Cosignature, WitnessKey, find_cosignatures
from demur.keys.notes import NoteFormatError, Verifier, split_note
from demur.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from demur.ledger.submission import Submission
from demur.ledger.tiles import TileStore
from demur.ledger.tree import consistency_path
from demur.ledger.witnessing import WitnessPolicy, keep_cosignatures
from demur.register.posting import post

COSIGNED = "checkpoint.cosigned"
_LOCK = ".cosigned.lock"
# Without anything known: once to learn the size, once with the proof, and once more if another process was faster.
_ATTEMPTS = 3
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_AGAIN_HINT = "Nothing is lost: ask again later."


class WitnessAddressError(ConfigurationError):
    """The address of a witness is no URL with http or https."""

    code = "witness-address"


class WitnessRefusedError(ConfigurationError):
    """A witness does not watch this log, or knows another key of it."""

    code = "witness-refused"


class WitnessUnavailableError(TransientError):
    """A witness could not be reached, or gave no signature that counts."""

    code = "witness-unavailable"


class WitnessConflictError(IntegrityError):
    """A witness has signed another history of this log than the one that is published here."""

    code = "witness-conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessAddress:
    """Where a witness is asked, and the key that it signs with.

    Raises:
        WitnessAddressError: the address is no URL with http or https.
    """

    key: WitnessKey
    url: str

    def __post_init__(self) -> None:
        """Check that requests can be sent there."""
        if not is_plain_url(self.url):
            message = f"the address of the witness {self.key.name} is not a plain http or https URL"
            raise WitnessAddressError(message, hint="Write it as the witness published it, without add-checkpoint.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessRound:
    """What came of asking every witness once.

    Attributes:
        size: the size of the checkpoint that they were asked about.
        cosignatures: who signed it.
        failures: who did not, and why.
        is_published: enough signed it, so it stands beside the log's checkpoint now.
    """

    size: int
    cosignatures: tuple[Cosignature, ...]
    failures: tuple[tuple[WitnessKey, DemurError], ...]
    is_published: bool


def seek_cosignatures(
    tiles: TileStore, log: Verifier, addresses: Sequence[WitnessAddress], *, needed: int
) -> WitnessRound | None:
    """Ask every witness to sign the published checkpoint; publish it with their lines when enough did.

    Returns None while nothing is published. What a witness did not do is told, not raised, so that one that is down
    stops no other.

    Raises:
        WitnessPolicyError: more witnesses are needed than there are.
        NoteSignatureError, CheckpointFormatError: the published checkpoint is not one of this log.
        DiskFullError, OSError: the cosigned checkpoint cannot be written now.
    """
    policy = WitnessPolicy(witnesses=tuple(address.key for address in addresses), needed=needed)
    note = tiles.checkpoint_note()
    if note is None:
        return None
    checkpoint = open_checkpoint(note, log)
    known = _known_sizes(read_cosigned(tiles), policy.witnesses)
    with ThreadPoolExecutor(len(addresses)) as pool:
        jobs = [pool.submit(_ask, one, tiles, note, checkpoint, known.get(one.key, 0)) for one in addresses]
        answers = [job.result() for job in jobs]
    lines = "".join(answer for answer in answers if isinstance(answer, str))
    return WitnessRound(
        size=checkpoint.size,
        cosignatures=find_cosignatures(note + lines, policy.witnesses),
        failures=tuple(
            (one.key, answer) for one, answer in zip(addresses, answers, strict=True) if isinstance(answer, DemurError)
        ),
        is_published=_publish(tiles, note + lines, policy),
    )


def read_cosigned(tiles: TileStore) -> str | None:
    """Return the newest published checkpoint that enough witnesses signed; None when there is none yet."""
    try:
        return (tiles.folder / COSIGNED).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _publish(tiles: TileStore, note: str, policy: WitnessPolicy) -> bool:
    if len(find_cosignatures(note, policy.witnesses)) < policy.needed:
        return False
    with exclusive_lock(tiles.folder / _LOCK):
        published = read_cosigned(tiles)
        # Another process may have asked about a newer checkpoint in the meantime.
        if published is None or _size_of(published) <= _size_of(note):
            write_whole(tiles.folder / COSIGNED, note.encode())
    return True


def _known_sizes(cosigned: str | None, witnesses: Sequence[WitnessKey]) -> dict[WitnessKey, int]:
    """Return what each witness that signed the last published checkpoint knows; of the others nothing is known."""
    if cosigned is None:
        return {}
    return {found.witness: _size_of(cosigned) for found in find_cosignatures(cosigned, witnesses)}


def _size_of(note: str) -> int:
    return parse_checkpoint(split_note(note)[0]).size


def _ask(
    address: WitnessAddress, tiles: TileStore, note: str, checkpoint: Checkpoint, known_size: int
) -> str | DemurError:
    """Return the signature lines of one witness, or why there are none."""
    try:
        return _seek(address, tiles, note, checkpoint, known_size)
    except DemurError as error:
        return error


def _seek(address: WitnessAddress, tiles: TileStore, note: str, checkpoint: Checkpoint, known_size: int) -> str:
    old_size = known_size
    for _ in range(_ATTEMPTS):
        path = consistency_path(old_size, checkpoint.size, tiles.read_hash) if old_size else ()
        status, body = _post(address, Submission(old_size=old_size, path=path, checkpoint_note=note).encode())
        if status == HTTPStatus.OK:
            return _accept(address, body, note)
        if status != HTTPStatus.CONFLICT:
            raise _refusal(address, status, checkpoint)
        size = _read_size(address, body)
        if size > checkpoint.size and tiles.size() >= size:
            break  # another process of ours was faster; the next round asks about the newer checkpoint
        if size == old_size or size > checkpoint.size:
            raise _conflict(address, f"the witness has signed another log of {size} entries", checkpoint)
        old_size = size
    message = f"the witness {address.key.name} was asked about {checkpoint.size} entries and knows another size"
    raise WitnessUnavailableError(message, hint=_AGAIN_HINT)


def _accept(address: WitnessAddress, body: bytes, note: str) -> str:
    try:
        kept = keep_cosignatures(body.decode("utf-8", "replace"), note, [address.key])
    except NoteFormatError:
        kept = ""
    if not kept:
        message = f"the answer of the witness {address.key.name} holds no signature of its key on this checkpoint"
        raise WitnessUnavailableError(message, hint="Compare the key in the configuration with the one it publishes.")
    return kept


def _refusal(address: WitnessAddress, status: int, checkpoint: Checkpoint) -> DemurError:
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return _conflict(address, "this log does not continue the one that the witness has signed", checkpoint)
    message = f"the witness {address.key.name} answers {status}"
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
        hint = "Ask its operator to watch this log with the keys of `demur keys show`."
        return WitnessRefusedError(message, hint=hint)
    return WitnessUnavailableError(message, hint=_AGAIN_HINT)


def _conflict(address: WitnessAddress, what: str, checkpoint: Checkpoint) -> WitnessConflictError:
    message = f"{what}: {address.key.name}, asked about {checkpoint.size} entries"
    hint = "Stop writing and keep everything: the register was restored from an old copy, or two of them ran."
    return WitnessConflictError(message, hint=hint)


def _read_size(address: WitnessAddress, body: bytes) -> int:
    found = _SIZE.fullmatch(body)
    if found is None:
        message = f"the witness {address.key.name} answers 409 without the size that it knows"
        raise WitnessUnavailableError(message, hint=_AGAIN_HINT)
    return int(found[1])


def _post(address: WitnessAddress, body: bytes) -> tuple[int, bytes]:
    try:
        return post(f"{address.url.rstrip('/')}/add-checkpoint", body, content_type="text/plain; charset=utf-8")
    except (OSError, http.client.HTTPException) as error:
        message = f"the witness {address.key.name} cannot be reached ({type(error).__name__})"
        raise WitnessUnavailableError(message, hint=_AGAIN_HINT) from error
