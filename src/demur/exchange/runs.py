"""`RunRecord` and `AuditReport`: what a training run read, and what an audit of its weights found.

Both name the weights by digest: an audit of other weights does not count (REQUIREMENTS MEM-4).
"""

from typing import TypeAlias

import msgspec

from demur.exchange.documents import Document
from demur.kernel.words import DocumentKind

Setting: TypeAlias = int | str | None


class CorpusEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The corpus that a run read: its id, the digest of its manifest, its ordinals."""

    corpus_id: str
    manifest: str
    rows: int


class SegmentEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Steps that were delivered under one version of `Removals`.

    Attributes:
        attempt: counts the starts of the run; steps that a crash rolled back stand in an earlier attempt.
        delivered: rows delivered; `fingerprint` is a hash of their ordinals, 16 hexadecimal digits.
    """

    attempt: int
    epoch: int
    first_step: int
    last_step: int
    first_position: int
    version: int
    delivered: int
    fingerprint: str


class RunRecord(Document, frozen=True, kw_only=True):
    """What one training run read, step by step, and the weights that came out.

    Attributes:
        run_id: 16 bytes in hexadecimal.
        plan: the settings from which every position follows.
        tokenizer: SHA-256 of the vocabulary.
        weights: SHA-256 of each file of the model; `weights_digest` is that of their canonical list.
        canaries: digest of the sealed list of planted texts, or None.
        parent: the weights digest of the model that the run began from, or None.
        first_version: the oldest version of `Removals` that the run read under, `last_version` the newest.
    """

    KIND = DocumentKind.RUN_RECORD

    run_id: str
    corpus: CorpusEntry
    plan: dict[str, Setting]
    config: dict[str, Setting]
    tokenizer: str
    segments: list[SegmentEntry]
    weights: dict[str, str]
    weights_digest: str
    canaries: str | None
    parent: str | None
    first_version: int
    last_version: int


class ThresholdsEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gate that judged."""

    name: str
    digest: str


class MetricEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measured number with its 90 % interval, as decimals, and how many it rests on."""

    name: str
    level: str
    value: str
    low: str
    high: str
    n: int


class AttackEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attack of the EDPB's list: the metrics that try it, or the reason why none does."""

    attack: str
    metrics: list[str]
    reason: str | None


class AuditReport(Document, frozen=True, kw_only=True):
    """What an audit measured on one set of weights, and its verdict."""

    KIND = DocumentKind.AUDIT_REPORT

    run_id: str
    weights_digest: str
    canaries: str | None
    thresholds: ThresholdsEntry
    metrics: list[MetricEntry]
    attacks: list[AttackEntry]
    verdict: str
    reasons: list[str]
