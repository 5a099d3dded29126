"""The plan of a build: everything that decides what is in a corpus, and nothing else.

A build is a function of its plan. The plan's digest covers every input that can change a byte of the corpus, so it
names the corpus, and tells an unfinished build whether it may go on.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
import polars as pl

from demur.corpus.errors import NothingToReadError, PlanInvalidError, PlatformMismatchError, StaleSnapshotError
from demur.corpus.terms import with_terms
from demur.exchange.columns import Facts
from demur.exchange.documents import document_digest
from demur.exchange.snapshot import RegisterSnapshot, read_snapshot
from demur.filters import consistency
from demur.filters import copies as copy_filter
from demur.filters import duplicates as duplicate_filter
from demur.filters import special as special_filter
from demur.filters.detector_loading import NO_DETECTORS, DetectorPlan, open_filter
from demur.filters.suppressions import Suppressions
from demur.kernel.canonical import Json, canonical_bytes
from demur.kernel.clock import Clock, parse_timestamp
from demur.keys.keyring import Keyring
from demur.policy.ruleset import Ruleset
from demur.sources.open import open_source
from demur.sources.spec import SourceSpec

MAX_PARTITIONS = 65_536
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CORPUS_ID_LABEL = b"demur/v1/corpus\0"
_SECRETS_LABEL = b"demur/v1/secrets\0"
_WORK_LABEL = b"demur/v1/work\0"


class OnBadInput(StrEnum):
    """What a build does about a row or a file that cannot be used."""

    REPORT = "report"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPlan:
    """What is to be built.

    Attributes:
        name: the corpus's name and folder.
        platform: whose content and register this is.
        root: the folder that the sources' paths are relative to.
        sources: where the content is; their order does not matter.
        snapshot: the folder of a `RegisterSnapshot`.
        ruleset: the rules that decide.
        partitions: how many pieces the content is cut into by author; more pieces, less memory.
        suppressions: terms that are cut from every text, beside those of the snapshot.
        detectors: what looks for identifiers beside the text filter.
        on_bad_input: whether a bad row or file is reported, or stops the build.

    Raises:
        PlanInvalidError: the name, the number of partitions or the sources' names cannot be.
    """

    name: str
    platform: str
    root: Path
    sources: tuple[SourceSpec, ...]
    snapshot: Path
    ruleset: Ruleset
    partitions: int = 8
    suppressions: Suppressions | None = None
    detectors: DetectorPlan = NO_DETECTORS
    on_bad_input: OnBadInput = OnBadInput.REPORT

    def __post_init__(self) -> None:
        """Refuse a plan that cannot be."""
        names = [spec.name for spec in self.sources]
        if not _NAME.fullmatch(self.name):
            message = f"a corpus cannot be called {self.name!r}; allowed are 1 to 64 letters, digits, '.', '_' and '-'"
            raise PlanInvalidError(message, hint="Choose another name for the corpus.")
        if not 1 <= self.partitions <= MAX_PARTITIONS:
            message = f"{self.partitions} partitions; allowed are 1 to {MAX_PARTITIONS}"
            raise PlanInvalidError(message, hint="Correct partitions under [build] in demur.toml.")
        if len(set(names)) < len(names):
            message = f"two sources have one name; the names are {sorted(names)}"
            raise PlanInvalidError(message, hint="Give every [[sources]] entry a name of its own.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSplit:
    """One file that a build reads; `sha256` is its digest when the build began."""

    spec: SourceSpec
    split: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPlan:
    """A plan whose inputs exist, belong together and are fresh.

    Attributes:
        snapshot: the snapshot's document, verified; `facts` are its tables.
        splits: every file, sorted by source and path.
        corpus_id: 32 bytes that only the platform can derive from the plan.
        secrets_key: 16 bytes that only the platform can derive from the plan; not to be written down anywhere.
        work_id: names the unfinished work: also covers the keys and the versions of the libraries that write files.
    """

    plan: BuildPlan
    snapshot: RegisterSnapshot
    facts: Facts
    splits: tuple[PlannedSplit, ...]
    corpus_id: bytes
    secrets_key: bytes = field(repr=False)
    work_id: str

    @property
    def as_of(self) -> datetime:
        """Return the instant of every decision."""
        return parse_timestamp(self.snapshot.as_of)


def check_plan(plan: BuildPlan, *, keyring: Keyring, clock: Clock) -> CheckedPlan:
    """Read and verify everything that a plan names.

    Raises:
        PlatformMismatchError: keyring or snapshot belong to another platform.
        StaleSnapshotError: the snapshot is older than the ruleset allows, or from the future.
        NothingToReadError: the sources name no file.
    """
    snapshot, facts = read_snapshot(plan.snapshot, keyring.document_signer.verifier)
    _check_platform(plan, snapshot, keyring)
    _check_age(snapshot, plan.ruleset, clock.now())
    plan = replace(plan, suppressions=with_terms(plan.suppressions, facts.terms, keyring))
    splits = _list_splits(plan, keyring)
    digest = _plan_digest(plan, snapshot, splits)
    return CheckedPlan(
        plan=plan,
        snapshot=snapshot,
        facts=facts,
        splits=splits,
        corpus_id=hmac.digest(keyring.proof_key, _CORPUS_ID_LABEL + digest, "sha256"),
        secrets_key=hmac.digest(keyring.suppression_key, _SECRETS_LABEL + digest, "sha256")[:16],
        work_id=_work_id(digest, keyring),
    )


def _check_platform(plan: BuildPlan, snapshot: RegisterSnapshot, keyring: Keyring) -> None:
    platforms = (plan.platform, keyring.platform, snapshot.platform)
    if len(set(platforms)) > 1:
        message = f"the plan is for {platforms[0]}, the keyring of {platforms[1]}, the snapshot of {platforms[2]}"
        raise PlatformMismatchError(message, hint="Bring configuration, keyring and snapshot of one platform together.")


def _check_age(snapshot: RegisterSnapshot, ruleset: Ruleset, now: datetime) -> None:
    age = now - parse_timestamp(snapshot.as_of)
    max_age = timedelta(hours=ruleset.settings.snapshot_max_age_hours)
    if not timedelta() <= age <= max_age:
        message = f"the register snapshot is {age} old, the ruleset allows {max_age}"
        raise StaleSnapshotError(message, hint="Run `demur register snapshot` and build again.")


def _list_splits(plan: BuildPlan, keyring: Keyring) -> tuple[PlannedSplit, ...]:
    splits = []
    for spec in sorted(plan.sources, key=lambda spec: spec.name):
        source = open_source(spec, keyring=keyring, root=plan.root)
        splits += [
            PlannedSplit(spec=spec, split=split, sha256=source.digest(split)) for split in sorted(source.splits())
        ]
    if not splits:
        message = f"{len(plan.sources)} sources name no file"
        raise NothingToReadError(message, hint="Check the paths of the [[sources]] entries.")
    return tuple(splits)


def _plan_digest(plan: BuildPlan, snapshot: RegisterSnapshot, splits: tuple[PlannedSplit, ...]) -> bytes:
    """Digest everything that decides a byte of the corpus; no clock, no path of a machine, no number of workers."""
    content: Json = {
        "name": plan.name,
        "platform": plan.platform,
        "snapshot": document_digest(snapshot).hex(),
        "ruleset": plan.ruleset.digest(),
        "filters": filter_versions(plan),
        "partitions": plan.partitions,
        "sources": [msgspec.to_builtins(spec) for spec in sorted(plan.sources, key=lambda spec: spec.name)],
        "splits": [[split.spec.name, split.split, split.sha256] for split in splits],
    }
    return hashlib.sha256(canonical_bytes(content)).digest()


def filter_versions(plan: BuildPlan) -> dict[str, str]:
    """Return what the filters are called in a manifest: versions, detectors' too, and the digest of the suppressions.

    Raises:
        DetectorUnknownError, DetectorEmptyError, PluginError: a detector cannot be opened.
    """
    suppressions = plan.suppressions
    ours, *detectors = open_filter(plan.detectors).version.split(" ")
    ours += f"+{consistency.CONSISTENCY_VERSION}+{special_filter.FILTER_VERSION}"
    return {
        "text": " ".join((ours, *detectors)),
        "duplicates": duplicate_filter.DUPLICATES_VERSION,
        "copies": copy_filter.COPIES_VERSION,
        "suppressions": suppressions.digest() if suppressions else "",
    }


def _work_id(digest: bytes, keyring: Keyring) -> str:
    keys = keyring.subject_key + keyring.item_key + keyring.proof_key + keyring.suppression_key
    return hmac.digest(keys, _WORK_LABEL + digest + pl.__version__.encode(), "sha256").hex()
