"""Receipts that people and the intake kept, and what whoever kept them remembers: from these a register comes back.

A receipt opens its entry of the log, so nobody can slip in an event that never was. It does not say which account a
subject is; whoever kept it may, and that is checked against the receipt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from demur.kernel.errors import IntegrityError
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, item_key, page_key, subject_key
from demur.ledger.openings import Opening, verify_receipt
from demur.ledger.receipt import parse_tlog_proof
from demur.register.errors import ReceiptsUnreadableError

_SUFFIXES = (".tlog-proof", ".jsonl")
_FIRST_LINE = "c2sp.org/tlog-proof@v1\n"


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file with many receipts; other fields are ignored."""

    receipt: str
    accounts: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipt:
    """One receipt of this log, verified: the log once held the opened record at the index.

    Attributes:
        checkpoint_note: the signed head that it was given with.
        accounts: the accounts that made the event, as whoever kept the receipt remembers.
        targets: item and page keys that the objection pointed at, as remembered.
    """

    index: int
    opening: Opening
    log_size: int
    checkpoint_note: str
    accounts: frozenset[SubjectKey] = frozenset()
    targets: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableReceipt:
    """A receipt that proves nothing here: where it stands, and the code of what is wrong."""

    place: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipts:
    """All receipts that were found, in the order of their files."""

    usable: tuple[KeptReceipt, ...] = ()
    unusable: tuple[UnusableReceipt, ...] = ()


def read_kept_receipts(paths: Sequence[Path], keyring: Keyring) -> KeptReceipts:
    """Read receipts from files and folders: ``.tlog-proof`` holds one, ``.jsonl`` one a line.

    A line is an object with ``receipt``, and where known ``accounts``, ``items`` and ``pages``, lists of ids and
    addresses; what `demur register object --json` prints is one. A receipt that does not verify is told and left out.

    Raises:
        ReceiptsUnreadableError: a path is not there, a file is no text, or a line is no such object.
    """
    usable, unusable = [], []
    for place, line in (found for path in paths for found in _read_path(path)):
        try:
            usable.append(_verify(line, keyring))
        except IntegrityError as error:
            unusable.append(UnusableReceipt(place=place, code=error.code))
    return KeptReceipts(usable=tuple(usable), unusable=tuple(unusable))


def _read_path(path: Path) -> Iterator[tuple[str, _Line]]:
    files = sorted(found for found in path.rglob("*") if found.suffix in _SUFFIXES) if path.is_dir() else [path]
    for file in files:
        text = read_receipt(file)
        if text.startswith(_FIRST_LINE):
            yield file.name, _Line(receipt=text)
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                place = f"{file.name}:{number}"
                yield place, _parse_line(line, place)


def read_receipt(path: Path) -> str:
    """Return the text of a file that holds a receipt; raises `ReceiptsUnreadableError`."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f"the receipts in {path.name} cannot be read ({type(error).__name__})"
        raise ReceiptsUnreadableError(message, hint="Check the path; a receipt is UTF-8 text.") from error


def _parse_line(line: str, place: str) -> _Line:
    try:
        return msgspec.json.decode(line, type=_Line)
    except msgspec.DecodeError as error:
        message = f"{place} is no JSON object with a receipt"
        raise ReceiptsUnreadableError(message, hint='Write {"receipt": "...", "accounts": ["..."]}.') from error


def _verify(line: _Line, keyring: Keyring) -> KeptReceipt:
    proof = parse_tlog_proof(line.receipt)
    opened = verify_receipt(proof, keyring.public.log)
    items = [item_key(keyring, item) for item in line.items]
    pages = [page_key(keyring, page) for page in line.pages]
    return KeptReceipt(
        index=opened.index,
        opening=opened.opening,
        log_size=opened.checkpoint.size,
        checkpoint_note=proof.checkpoint_note,
        accounts=frozenset(subject_key(keyring, account) for account in line.accounts),
        targets=frozenset([*items, *pages]),
    )
