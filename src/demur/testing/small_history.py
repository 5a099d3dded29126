"""A small platform whose register moves: objections with receipts, snapshots that the log holds, one corpus.

What takes the command line minutes on *Agora* takes half a second here, and everything ends in plain files.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from demur.corpus.apply import ApplyResult, apply_register
from demur.corpus.disclosure import disclose
from demur.corpus.gate import Corpus, open_corpus
from demur.corpus.purge import PurgeResult, purge
from demur.engines.local import LocalEngine
from demur.evidence.pack import PackContents, PackSummary, write_pack
from demur.exchange.columns import OBJECTION_COLUMNS, Facts
from demur.exchange.documents import document_digest
from demur.exchange.snapshot import read_snapshot, write_snapshot
from demur.kernel.canonical import canonical_bytes
from demur.kernel.clock import FixedClock, timestamp
from demur.kernel.words import Basis, ObjectionScope, RecordKind
from demur.keys.keyring import Keyring, write_public_keys
from demur.keys.subjects import proof_key, subject_key
from demur.ledger.leaves import commit, personal_leaf
from demur.ledger.openings import bind_subjects, encode_opening
from demur.ledger.receipt import TlogProof
from demur.testing.facts import make_table
from demur.testing.small_platform import (
    NOW,
    PLATFORM,
    FileLog,
    SmallPlatform,
    ignore_progress,
    write_small_platform,
)

_PURPOSE = "train_generative_models"
_BLINDING = b"invented, and the same each time"


@dataclass(slots=True, kw_only=True)
class SmallHistory:
    """One platform, its log and its corpus; `objected` are the accounts that objected since the build."""

    folder: Path
    keyring: Keyring
    log: FileLog
    objected: list[str] = field(default_factory=list)

    @property
    def platform(self) -> SmallPlatform:
        """Return the platform below all this."""
        return SmallPlatform(self.folder)

    @property
    def corpus(self) -> Path:
        """Tell where the corpus is."""
        return self.folder / "corpora" / "first"

    @property
    def public_keys(self) -> Path:
        """Tell where the public keys are."""
        return self.folder / "public.json"

    def accounts_with_rows(self) -> list[str]:
        """Return the accounts that have a row in the corpus, removed or not, those with the most rows first."""
        index = pl.read_parquet(self.corpus / "index" / "subjects.parquet").filter("is_author")
        rows = dict(index.group_by("subject_key").len().iter_rows())
        accounts = {f"a{number}": subject_key(self.keyring, f"a{number}") for number in range(1_000)}
        found = [(rows[key], account) for account, key in accounts.items() if key in rows]
        return [account for _, account in sorted(found, key=lambda pair: (-pair[0], pair[1]))]

    def rows_of(self, account: str) -> list[int]:
        """Return the ordinals of an account's rows."""
        index = pl.read_parquet(self.corpus / "index" / "subjects.parquet").filter("is_author")
        return sorted(index.filter(pl.col("subject_key") == subject_key(self.keyring, account))["row"])

    def file_objection(self, account: str, *, at: datetime = NOW) -> str:
        """Log an objection and return the receipt."""
        key = proof_key(self.keyring, subject_key(self.keyring, account))
        record = canonical_bytes(
            {"v": 1, "purpose": _PURPOSE, "received_at": timestamp(at), "subjects": bind_subjects([key])}
        )
        entry = personal_leaf(RecordKind.OBJECTION, at.date(), commit(RecordKind.OBJECTION, record, _BLINDING))
        proof: TlogProof = replace(self.log.append(entry), extra=encode_opening(entry, record, _BLINDING, [key]))
        self.objected.append(account)
        return proof.encode()

    def facts(self) -> Facts:
        """Return what the register knew at the build."""
        return read_snapshot(self.folder / "snapshot", self.keyring.document_signer.verifier)[1]

    def take_snapshot(self, *, at: datetime = NOW) -> Path:
        """Write and log the state of the register: that of the build, and every objection since."""
        facts = self.facts()
        made = [own_objection(subject_key(self.keyring, account), at) for account in sorted(set(self.objected))]
        added = make_table(made, OBJECTION_COLUMNS)
        return self.write_state(replace(facts, objections=pl.concat([facts.objections, added])), at=at)

    def write_state(self, facts: Facts, *, at: datetime = NOW) -> Path:
        """Write and log any state of the register, at the present position of the log."""
        log_size = len(self.log.entries())
        folder = self.folder / f"snapshot-{log_size}-{at:%H%M%S}"
        snapshot = write_snapshot(
            folder,
            replace(facts, objections=facts.objections.sort(list(OBJECTION_COLUMNS)), as_of=at, log_size=log_size),
            platform=PLATFORM,
            checkpoint=self.log.checkpoint(),
            signer=self.keyring.document_signer,
        )
        self.log.append_document(RecordKind.REGISTER, document_digest(snapshot), at=at)
        return folder

    def copy(self, folder: Path) -> "SmallHistory":
        """Copy everything into another folder, where it may go on otherwise."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return SmallHistory(
            folder=folder, keyring=self.keyring, log=FileLog(folder / "log", self.keyring), objected=[*self.objected]
        )

    def apply(self, snapshot: Path | None = None, *, at: datetime = NOW) -> ApplyResult:
        """Bring the corpus up to a snapshot; without one, up to the register as it is."""
        return apply_register(
            self.corpus,
            snapshot=snapshot or self.take_snapshot(at=at),
            ruleset=self.platform.plan().ruleset,
            keyring=self.keyring,
            log=self.log,
            clock=FixedClock(at),
        )

    def purge(self) -> PurgeResult:
        """Rewrite the shards without the texts of removed rows."""
        return purge(self.corpus, keyring=self.keyring, log=self.log, clock=FixedClock(NOW))

    def open(self, *, at: datetime = NOW) -> Corpus:
        """Open the corpus through the gate at an instant."""
        return open_corpus(
            self.corpus,
            trust=self.keyring.trusted_keys(),
            clock=FixedClock(at),
            max_heartbeat_age=timedelta(seconds=60),
        )

    def pack(self, target: Path, *, runs: Sequence[Path] = ()) -> PackSummary:
        """Write the evidence: the log, the corpus and some training runs."""
        return write_pack(target, self.contents(runs=runs), keyring=self.keyring, public_keys=self._public(), at=NOW)

    def contents(self, *, runs: Sequence[Path] = ()) -> PackContents:
        """Return what goes into a pack."""
        return PackContents(
            checkpoint=self.log.checkpoint(),
            leaves=self.log.entries(),
            corpora={"first": disclose(self.corpus, trust=self.keyring.trusted_keys())},
            runs={run.name: {file.name: file.read_bytes() for file in sorted(run.iterdir())} for run in runs},
        )

    def _public(self) -> bytes:
        return self.public_keys.read_bytes()


def own_objection(subject: bytes, at: datetime) -> dict[str, object]:
    """Return the row of a subject's own objection to everything."""
    return {
        "subject_key": subject,
        "basis": Basis.OWN.value,
        "scope": ObjectionScope.ALL.value,
        "purpose": _PURPOSE,
        "effective_at": at,
        "in_public_role": False,
    }


def write_small_history(folder: Path, *, people: int = 24, items: int = 160, partitions: int = 2) -> SmallHistory:
    """Write a platform, log the register's state and build the corpus; the same arguments write the same bytes."""
    return begin_history(write_small_platform(folder, people=people, items=items), partitions=partitions)


def begin_history(platform: SmallPlatform, *, partitions: int = 2) -> SmallHistory:
    """Log the state of a platform's register and build the corpus from what its folder holds."""
    history = SmallHistory(folder=platform.folder, keyring=platform.keyring, log=platform.log)
    write_public_keys(history.public_keys, history.keyring)
    snapshot, _ = read_snapshot(platform.folder / "snapshot", history.keyring.document_signer.verifier)
    history.log.append_document(RecordKind.REGISTER, document_digest(snapshot), at=NOW)
    platform.build(platform.plan(partitions=partitions), LocalEngine(), progress=ignore_progress)
    return history
