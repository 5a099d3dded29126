"""The oracle of the drills: what the register has told its clients, kept outside it, and what must follow from that.

After any fault: each acknowledged entry is at its index; each proof verifies and lies on the one history; the indices
have no gap; a size has one root; whoever asks again gets the first receipt, byte for byte; and the published files are
those of the register. Nothing but the register's public functions is used.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from random import Random

from demur.exchange.snapshot import read_snapshot
from demur.kernel.errors import DemurError
from demur.kernel.words import LinkEvent, Purpose, RecordKind
from demur.keys.keyring import Keyring
from demur.keys.subjects import group_key, subject_key
from demur.ledger.checkpoint import open_checkpoint
from demur.ledger.leaves import public_leaf
from demur.ledger.openings import verify_receipt
from demur.ledger.receipt import parse_tlog_proof, verify_entry
from demur.ledger.tree import EMPTY_ROOT, Frontier, hash_leaf
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head
from demur.register.snapshot import PROOF_NAME, take_snapshot
from demur.register.store import Register, open_register

AT = datetime(2025, 5, 27, 6, 0, tzinfo=UTC)
PLATFORM = "agora.example"
_ASKED_AGAIN = 3  # receipts of each kind that every check asks for once more
_PROBE = "somebody who objects after fault"


class Wish(StrEnum):
    """What a client of a drill asks of the register."""

    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"
    LINK = "link"
    DOCUMENT = "document"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a client was told: the wish is granted. `name` is an account, a document's digest or a snapshot's folder."""

    wish: Wish
    name: str
    receipt: str = ""

    def encode(self) -> bytes:
        """Return the line of a client's log."""
        return json.dumps(asdict(self)).encode() + b"\n"


def parse_told(line: bytes) -> Told:
    """Read one line of a client's log."""
    told = json.loads(line)
    return Told(wish=Wish(told["wish"]), name=told["name"], receipt=told["receipt"])


@dataclass(frozen=True, slots=True)
class Installation:
    """The files of one register, all below one root; `database` is a path there, or the URL of one on a server."""

    root: Path
    database: str = "register.db"
    log: str = "log"

    def open(self, keyring: Keyring) -> Register:
        """Open the register, making it when it is new."""
        return open_register(self.url, keyring=keyring, log_folder=self.log_folder)

    @property
    def url(self) -> str:
        """Tell the URL of the register's database."""
        return self.database if "://" in self.database else f"sqlite:///{self.root / self.database}"

    @property
    def log_folder(self) -> Path:
        """Tell where the log is published."""
        return self.root / self.log

    def snapshot(self, name: str) -> Path:
        """Tell the folder of a snapshot."""
        return self.root / "snapshots" / name


def form_of(keyring: Keyring, account: str) -> ObjectionForm:
    """Return the objection of an account; asked with it again, the register gives the first receipt."""
    return ObjectionForm(
        subjects=(subject_key(keyring, account),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=AT,
        idempotency_key=account,
    )


def link_of(keyring: Keyring, account: str) -> AccountLink:
    """Return the link of an account with the one accounts centre of the drills."""
    centre = group_key(keyring, "the one centre")
    return AccountLink(subject=subject_key(keyring, account), centre=centre, event=LinkEvent.LINKED)


def ask(register: Register, wish: Wish, name: str, installation: Installation) -> Told:
    """Ask one thing of the register, and return what it told."""
    keyring = register.keyring
    receipt = ""
    if wish is Wish.OBJECTION:
        receipt = receive_objection(register, form_of(keyring, name), at=AT).text
    elif wish is Wish.WITHDRAWAL:
        form = WithdrawalForm(
            subject=subject_key(keyring, name),
            authenticated_by=Authentication.LOGIN,
            received_at=AT,
            idempotency_key=name,
        )
        receipt = withdraw(register, form, at=AT).text
    elif wish is Wish.LINK:
        record_links(register, [link_of(keyring, name)], at=AT)
    elif wish is Wish.DOCUMENT:
        receipt = register.append_document(RecordKind.AUDIT, bytes.fromhex(name), at=AT).encode()
    else:
        take_snapshot(register, installation.snapshot(name), at=AT)
        receipt = (installation.snapshot(name) / PROOF_NAME).read_text()
    return Told(wish=wish, name=name, receipt=receipt)


@dataclass(slots=True, kw_only=True)
class Findings:
    """What the checks found: acknowledgements lost, forks of the log, processes that did not go on; each in words."""

    lost: int = 0
    forks: int = 0
    stalled: int = 0
    complaints: list[str] = field(default_factory=list)

    def lose(self, count: int, complaint: str) -> None:
        """Count acknowledgements that are lost."""
        if count:
            self.lost += count
            self.complaints.append(complaint)

    def stall(self, complaint: str) -> None:
        """Count a process that ended by itself, or did not get on in the time that it had."""
        self.stalled += 1
        self.complaints.append(complaint)

    def fork(self, complaint: str) -> None:
        """Count a second history."""
        self.forks += 1
        self.complaints.append(complaint)


class Oracle:
    """All that one register has told, and what it said of its log by that."""

    def __init__(self, keyring: Keyring, findings: Findings | None = None) -> None:
        """Begin with a register that has told nothing; what checks find goes into the findings."""
        self.keyring = keyring
        self.findings = findings or Findings()
        self.acknowledged = 0
        self._checks = 0
        self._verifier = keyring.log_signer.verifier
        self._entries: dict[int, bytes] = {}
        self._roots: dict[int, bytes] = {}
        self._last: dict[Wish, list[Told]] = {wish: [] for wish in Wish}
        self._history = _History()

    @property
    def batches(self) -> int:
        """Tell how many transactions the acknowledged entries came in."""
        return len(self._roots)

    def hear(self, told: Told) -> None:
        """Take in what a client was told, after a check of its proof.

        Raises:
            IntegrityError: the proof does not verify.
        """
        self.acknowledged += 1
        self._last[told.wish] = [*self._last[told.wish][1 - _ASKED_AGAIN :], told]
        if told.wish in {Wish.OBJECTION, Wish.WITHDRAWAL}:
            opened = verify_receipt(told.receipt, self._verifier)
            self._note(opened.index, opened.opening.leaf_data(), opened.checkpoint.size, opened.checkpoint.root)
        elif told.wish is Wish.DOCUMENT:
            self.hear_document(RecordKind.AUDIT, bytes.fromhex(told.name), told.receipt)

    def hear_document(self, kind: RecordKind, digest: bytes, receipt: str) -> None:
        """Take in the proof of a public document.

        Raises:
            IntegrityError: the proof does not verify.
        """
        proof, leaf = parse_tlog_proof(receipt), public_leaf(kind, AT, digest)
        head = verify_entry(proof, leaf, self._verifier)
        self._note(proof.index, leaf, head.size, head.root)

    def _note(self, index: int, leaf: bytes, size: int, root: bytes) -> None:
        if self._entries.setdefault(index, leaf) != leaf:
            self.findings.fork(f"two entries were told to be at {index}")
        if self._roots.setdefault(size, root) != root:
            self.findings.fork(f"two roots were told for the size {size}")

    def check(self, installation: Installation, draw: Random) -> None:
        """Open the register after a fault and check all that it has told."""
        try:
            with installation.open(self.keyring) as register:
                self._check_log(register)
                self._check_answers(register, installation, draw)
            self._check_snapshots(installation)
        except DemurError as error:
            self.findings.lose(max(1, self.acknowledged), f"the register does not work: {error} [{error.code}]")

    def _check_log(self, register: Register) -> None:
        head, note = read_head(register), register.tiles.checkpoint_note()
        if (note or "") != head.checkpoint_note or register.tiles.size() != head.size:
            self.findings.fork(f"published are {register.tiles.size()} entries, the register has {head.size}")
            return
        entries = list(register.tiles.read_entries(0, head.size))
        missing = [index for index, leaf in self._entries.items() if entries[index : index + 1] != [leaf]]
        self.findings.lose(len(missing), f"not at their index: {sorted(missing)[:5]} of {len(entries)} entries")
        signed = {size: root for size, root in self._roots.items() if size <= head.size}
        if signed != self._history.roots_at(entries, signed):
            self.findings.fork(f"a root that was signed is not that of the history of {head.size} entries")
        roots = [head.root, open_checkpoint(note, self._verifier).root] if note else [head.root]
        if set(roots) != {self._history.root_of(entries)}:
            self.findings.fork(f"the log of {head.size} entries has another root than its checkpoint")

    def _check_answers(self, register: Register, installation: Installation, draw: Random) -> None:
        """Ask again for the last receipt and for one of those before, and once for a new one."""
        others = [*self._last[Wish.OBJECTION][:-1], *self._last[Wish.WITHDRAWAL], *self._last[Wish.DOCUMENT]]
        for told in (*self._last[Wish.OBJECTION][-1:], *draw.sample(others, min(1, len(others)))):
            is_same = ask(register, told.wish, told.name, installation) == told
            self.findings.lose(not is_same, f"the {told.wish} of {told.name[:20]} got another receipt the second time")
        for told in self._last[Wish.LINK][-1:]:
            is_new = record_links(register, [link_of(self.keyring, told.name)], at=AT).recorded
            self.findings.lose(is_new, f"the link of {told.name} is gone")
        size = read_head(register).size
        self._checks += 1
        probe = ask(register, Wish.OBJECTION, f"{_PROBE} {self._checks}", installation)
        new = verify_receipt(probe.receipt, self._verifier)
        if new.index != size or new.index in self._entries:
            self.findings.fork(f"after {size} entries the next one is at {new.index}, which may be told already")

    def _check_snapshots(self, installation: Installation) -> None:
        for told in self._last[Wish.SNAPSHOT]:
            folder = installation.snapshot(told.name)
            read_snapshot(folder, self.keyring.document_signer.verifier)
            is_same = (folder / PROOF_NAME).read_text() == told.receipt
            self.findings.lose(not is_same, f"the proof of snapshot {told.name} is another one")


class _History:
    """The roots of one history; what has been acknowledged of it is not hashed again at the next check."""

    def __init__(self) -> None:
        self._acknowledged: list[bytes] = []
        self._frontier = Frontier()
        self._roots = {0: EMPTY_ROOT}

    def roots_at(self, entries: Sequence[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
        """Return the root over the first entries for each of the sizes that were acknowledged."""
        if entries[: len(self._acknowledged)] != self._acknowledged:
            return _History().roots_at(entries, sizes)
        for size in sorted(sizes):
            if size not in self._roots:
                added = entries[self._frontier.size : size]
                self._frontier = _extend(self._frontier, added)
                self._acknowledged += added
                self._roots[size] = self._frontier.root()
        return {size: self._roots[size] for size in sizes}

    def root_of(self, entries: Sequence[bytes]) -> bytes:
        """Return the root over all of some entries."""
        if entries[: len(self._acknowledged)] != self._acknowledged:
            return _extend(Frontier(), entries).root()
        return _extend(self._frontier, entries[self._frontier.size :]).root()


def _extend(frontier: Frontier, entries: Sequence[bytes]) -> Frontier:
    return frontier.append([hash_leaf(entry) for entry in entries]).frontier if entries else frontier
