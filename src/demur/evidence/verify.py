"""Check a pack, on a laptop, with the standard library and ``cryptography`` alone.

What is checked, in this order: the container, the signature of the whole, every member's digest, the log's root and
head, each document's signature and place in the log, the counts against the decisions, the chain of removals, the
authors' trees, the training runs, and, for a receipt, that its holder is in no corpus. The first thing that does not
hold ends the check with a sentence that says what and where. What rests on trust is said by `TRUSTED`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from demur.evidence.container import decode_container
from demur.evidence.errors import EvidenceError, PackDamagedError, PackUnreadableError, ReceiptUnfitError
from demur.kernel.errors import DemurError
from demur.kernel.words import DocumentKind, RecordKind
from demur.keys.encoding import decode_json, encode_base64
from demur.keys.keyring import TrustedKeys, parse_public_keys
from demur.keys.notes import open_note
from demur.keys.subjects import corpus_pseudonym, proof_key_commitment
from demur.ledger.buckets import BucketTree, open_buckets, verify_absence
from demur.ledger.checkpoint import Checkpoint, open_checkpoint
from demur.ledger.leaves import parse_leaf
from demur.ledger.openings import OpenedReceipt, verify_receipt
from demur.ledger.receipt import parse_tlog_proof, verify_entry
from demur.ledger.tree import hash_leaf, root_of

TRUSTED = (
    "that the keys are the platform's: compare them with a copy from another place",
    "that the platform labelled the author of each item truthfully: no cryptography shows that; decoy accounts do",
    "that there is one log for everybody: a witness that signs its checkpoints shows that",
)

Document = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked and holds."""

    subject: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReport:
    """Everything that was checked; a check that fails raises instead."""

    platform: str
    made_at: str
    log_size: int
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class _Pack:
    """A pack whose members are what was signed."""

    members: Mapping[str, bytes]
    trust: TrustedKeys
    index: Document
    leaves: tuple[bytes, ...]
    leaf_hashes: tuple[bytes, ...]
    manifests: dict[str, Document] = field(default_factory=dict)
    removals: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    trees: dict[str, BucketTree] = field(default_factory=dict)
    log_sizes: dict[str, int] = field(default_factory=dict)


def verify_pack(path: Path, *, trust: TrustedKeys | None = None, receipt: str | None = None) -> PackReport:
    """Check a pack; with `receipt`, also that none of its holder's items is in a corpus.

    Args:
        path: the pack.
        trust: the platform's public keys from another place; without it those in the pack are used.
        receipt: the text of a receipt (c2sp.org/tlog-proof@v1) that the platform gave to a person.

    Raises:
        PackUnreadableError: there is no such file.
        PackDamagedError: a byte is not what was signed.
        EvidenceError: a statement does not follow from the rest.
        ReceiptUnfitError: the receipt is of another log, or newer than the pack.
    """
    pack = _open(path, trust)
    checks = list(_run(_CHECKS, pack))
    if receipt is not None:
        checks.extend(_check_receipt(pack, receipt))
    return PackReport(
        platform=pack.index["platform"],
        made_at=pack.index["made_at"],
        log_size=len(pack.leaves),
        checks=tuple(checks),
    )


def _open(path: Path, trust: TrustedKeys | None) -> _Pack:
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise PackUnreadableError(message) from error
    members = decode_container(content)
    for name in ("pack.json", "pack.note", "keys.json", "log/checkpoint", "log/leaves"):
        if name not in members:
            message = f"the pack has no {name}"
            raise PackDamagedError(message)
    keys = trust or _named("keys.json", lambda: parse_public_keys(members["keys.json"]))
    _check_signature(members, "pack", DocumentKind.EVIDENCE_PACK, keys)
    index = _json(members, "pack.json")
    _check_members(members, index)
    leaves = tuple(members["log/leaves"].split(b"\n")[:-1])
    return _Pack(members, keys, index, leaves, tuple(hash_leaf(leaf) for leaf in leaves))


def _check_members(members: Mapping[str, bytes], index: Document) -> None:
    listed = {entry["path"]: entry["sha256"] for entry in index["members"]}
    if set(listed) != set(members) - {"pack.json", "pack.note"}:
        message = "the pack does not hold exactly the members that pack.json lists"
        raise PackDamagedError(message)
    for name, digest in listed.items():
        if sha256(members[name]).hexdigest() != digest:
            message = f"{name} was altered: its digest is not the one that pack.json lists"
            raise PackDamagedError(message)


def _run(checks: tuple[Callable[[_Pack], Iterator[Check]], ...], pack: _Pack) -> Iterator[Check]:
    yield Check(subject="pack", statement=f"{len(pack.members)} members are what {pack.trust.documents.name} signed")
    for check in checks:
        try:
            yield from check(pack)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"a signed document has an unexpected form ({type(error).__name__} in {check.__name__[1:]})"
            raise EvidenceError(message, hint="Use the version of Demur that wrote the pack.") from error


def _check_log(pack: _Pack) -> Iterator[Check]:
    note = pack.members["log/checkpoint"].decode("utf-8", "replace")
    head = _named("log/checkpoint", lambda: open_checkpoint(note, pack.trust.log))
    _expect(head.size == len(pack.leaves), "log/leaves", f"holds {len(pack.leaves)} entries, the head says {head.size}")
    _expect(root_of(pack.leaf_hashes) == head.root, "log/leaves", "does not hash to the root of the signed head")
    kinds = Counter(_named("log/leaves", partial(parse_leaf, leaf)).kind.value for leaf in pack.leaves)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    yield Check(subject="log", statement=f"{head.size} entries hash to the signed head: {told}")


def _check_corpora(pack: _Pack) -> Iterator[Check]:
    for name in _groups(pack, "corpora"):
        yield from _check_corpus(pack, name)


def _check_corpus(pack: _Pack, name: str) -> Iterator[Check]:
    folder = f"corpora/{name}"
    manifest = _logged_document(pack, f"{folder}/manifest", DocumentKind.CORPUS_MANIFEST, RecordKind.CORPUS)
    pack.manifests[name] = manifest
    newest = _check_purges(pack, folder, manifest)
    yield Check(subject=name, statement=f"manifest version {newest['version']} is signed and in the log")
    yield _check_counts(pack, folder, manifest)
    yield _check_removals(pack, name, manifest)
    yield _check_authors(pack, name, manifest)
    yield _check_heartbeat(pack, name)


def _check_purges(pack: _Pack, folder: str, manifest: Document) -> Document:
    newest, where = manifest, f"{folder}/manifest"
    while f"{folder}/manifest-{newest['version'] + 1:05d}.json" in pack.members:
        before = sha256(pack.members[f"{where}.json"]).hexdigest()
        where = f"{folder}/manifest-{newest['version'] + 1:05d}"
        newest = _logged_document(pack, where, DocumentKind.CORPUS_MANIFEST, RecordKind.CORPUS)
        _expect(newest["supersedes"] == before, f"{where}.json", "supersedes another manifest than the one before it")
        for key in ("corpus_id", "rows_decided", "reasons", "authors", "items"):
            _expect(newest[key] == manifest[key], f"{where}.json", f"changes {key}, which a purge must not")
    return newest


def _check_counts(pack: _Pack, folder: str, manifest: Document) -> Check:
    where = f"{folder}/manifest.json"
    decisions: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for entry in manifest["decision_files"]:
        path = f"{folder}/{entry['path'].removesuffix('.parquet')}.txt"
        lines = _listing(pack, path, entry)
        decisions.update(line[1] for line in lines)
        reasons.update(line[2] for line in lines)
    _expect(dict(decisions) == manifest["decisions"], where, "counts decisions otherwise than the decisions do")
    _expect(dict(reasons) == manifest["reasons"], where, "counts reasons otherwise than the decisions do")
    decided, rejected = manifest["rows_decided"], manifest["rows_rejected"]
    _expect(sum(reasons.values()) == decided, where, "does not count every item that was decided")
    _expect(decided + rejected == manifest["rows_read"], where, "loses rows between reading and deciding")
    read = sum(source["rows_read"] for source in manifest["sources"])
    _expect(read == manifest["rows_read"], where, "sums the rows of its sources otherwise")
    included = decisions["include"] + decisions["redact"]
    _expect(
        included == sum(shard["rows"] for shard in manifest["shards"]),
        where,
        "has more or fewer rows than items let in",
    )
    statement = (
        f"{read} rows read = {decided} decided + {rejected} rejected; {included} in; counts follow from decisions"
    )
    return Check(subject=folder.removeprefix("corpora/"), statement=statement)


def _check_removals(pack: _Pack, name: str, manifest: Document) -> Check:
    folder = f"corpora/{name}"
    versions: list[Document] = []
    previous, removed = sha256(pack.members[f"{folder}/manifest.json"]).hexdigest(), 0
    log_size = manifest["log_size"]
    while (where := f"{folder}/removals/{len(versions) + 1:08d}") + ".json" in pack.members:
        version = _logged_document(pack, where, DocumentKind.REMOVALS, RecordKind.REMOVALS)
        _expect(version["previous"] == previous, f"{where}.json", "does not follow the version before it")
        _expect(version["corpus_id"] == manifest["corpus_id"], f"{where}.json", "belongs to another corpus")
        _expect(version["removed_before"] == removed, f"{where}.json", "counts earlier removals otherwise")
        _expect(version["log_size"] >= log_size, f"{where}.json", "goes back in the log")
        lines = _listing(pack, f"{where}.decisions.txt", version["decisions"])
        _expect(
            dict(Counter(line[2] for line in lines)) == version["reasons"], f"{where}.json", "counts reasons otherwise"
        )
        _expect(len(lines) == version["removed"], f"{where}.json", "counts its rows otherwise")
        previous, removed, log_size = (
            sha256(pack.members[f"{where}.json"]).hexdigest(),
            removed + len(lines),
            version["log_size"],
        )
        versions.append(version)
    pack.removals[name] = tuple(versions)
    return Check(subject=name, statement=f"{len(versions)} versions of Removals without a gap take out {removed} rows")


def _check_authors(pack: _Pack, name: str, manifest: Document) -> Check:
    versions = pack.removals[name]
    newest = versions[-1]["authors"] if versions else manifest["authors"]
    for path, signed in (("authors.bin", manifest["authors"]), ("authors-now.bin", newest)):
        where = f"corpora/{name}/{path}"
        _expect(where in pack.members, where, "is missing")
        tree = _named(where, partial(open_buckets, pack.members[where]))
        found = {"k": tree.bits, "count": tree.count, "root": tree.root.hex()}
        _expect(found == signed, where, "does not hash to the root of the authors that was signed")
        pack.trees[name] = tree
    return Check(subject=name, statement=f"{newest['count']} authors have rows now; the list hashes to the signed root")


def _check_heartbeat(pack: _Pack, name: str) -> Check:
    where = f"corpora/{name}/heartbeat"
    text = _named(where, lambda: open_note(pack.members[where], pack.trust.documents))
    lines = text.split("\n")
    versions = pack.removals[name]
    last = f"removals/{len(versions):08d}" if versions else "manifest"
    tip = sha256(pack.members[f"corpora/{name}/{last}.json"]).hexdigest()
    expected = ["demur/v1/heartbeat", pack.manifests[name]["corpus_id"], str(len(versions)), tip]
    _expect(lines[:4] == expected, where, "speaks of another state of the corpus")
    pack.log_sizes[name] = int(lines[4])
    _expect(pack.log_sizes[name] <= len(pack.leaves), where, "claims a position that the log has not reached")
    return Check(subject=name, statement=f"reflects the register up to log entry {lines[4]}, at {lines[5]}")


def _check_snapshots(pack: _Pack) -> Iterator[Check]:
    for name in _groups(pack, "corpora"):
        where = f"corpora/{name}/snapshot"
        snapshot = _document(pack, where, DocumentKind.REGISTER_SNAPSHOT)
        if snapshot["log_size"]:
            head = _named(f"{where}.json", partial(open_checkpoint, snapshot["checkpoint"], pack.trust.log))
            _check_prefix(pack, head, f"{where}.json")
        _expect(snapshot["log_size"] <= pack.log_sizes[name], f"{where}.json", "is newer than the corpus says")
        yield Check(subject=name, statement=f"the register's state is signed, at log size {snapshot['log_size']}")


def _check_runs(pack: _Pack) -> Iterator[Check]:
    corpora = {
        sha256(pack.members[f"corpora/{name}/manifest.json"]).hexdigest(): name for name in _groups(pack, "corpora")
    }
    for run in _groups(pack, "runs"):
        where = f"runs/{run}/run-record"
        record = _logged_document(pack, where, DocumentKind.RUN_RECORD, RecordKind.TRAINING)
        name = corpora.get(record["corpus"]["manifest"])
        _expect(name is not None, f"{where}.json", "names a corpus that the pack does not hold")
        newest = len(pack.removals[str(name)])
        versions = [segment["version"] for segment in record["segments"]]
        _expect(bool(versions) and max(versions) <= newest, f"{where}.json", "read at removals that do not exist")
        _expect(versions == sorted(versions), f"{where}.json", "went back to older removals")
        steps = sum(segment["last_step"] - segment["first_step"] + 1 for segment in record["segments"])
        yield Check(subject=run, statement=f"{steps} steps read corpus {name} at removals {versions[0]}-{versions[-1]}")
        yield from _check_audit(pack, run, record)


def _check_audit(pack: _Pack, run: str, record: Document) -> Iterator[Check]:
    where = f"runs/{run}/audit-report"
    if f"{where}.json" not in pack.members:
        return
    report = _logged_document(pack, where, DocumentKind.AUDIT_REPORT, RecordKind.AUDIT)
    bound = report["weights_digest"] == record["weights_digest"]
    _expect(bound, f"{where}.json", "is about other weights than the run's")
    yield Check(subject=run, statement=f"the audit of exactly these weights says: {report['verdict']}")


def _check_receipt(pack: _Pack, text: str) -> Iterator[Check]:
    opened = _named("the receipt", lambda: verify_receipt(text, pack.trust.log))
    if opened.checkpoint.size > len(pack.leaves):
        message = f"the receipt is of log size {opened.checkpoint.size}, the pack ends at {len(pack.leaves)}"
        raise ReceiptUnfitError(message, hint="Ask for a newer pack.")
    _check_prefix(pack, opened.checkpoint, "the receipt")
    _expect(
        opened.opening.leaf_data() == pack.leaves[opened.index],
        "log/leaves",
        "has another entry at the receipt's index",
    )
    _check_commitments(opened)
    kind = opened.opening.kind
    yield Check(subject="receipt", statement=f"entry {opened.index} of the log is this {kind} of {opened.opening.day}")
    for name in _groups(pack, "corpora"):
        yield _check_absence(pack, name, opened)


def _check_commitments(opened: OpenedReceipt) -> None:
    record = decode_json(opened.opening.record)
    committed = record.get("subjects") if isinstance(record, dict) else None
    commitments = [encode_base64(proof_key_commitment(key)) for key in opened.opening.proof_keys]
    found = [{"proof_key_commitment": commitment} for commitment in commitments]
    _expect(bool(found) and committed == found, "the receipt", "holds proof keys that its record does not commit to")


def _check_absence(pack: _Pack, name: str, opened: OpenedReceipt) -> Check:
    reached = pack.log_sizes[name]
    late = f"was last brought up to log entry {reached}, before the objection at {opened.index}"
    _expect(opened.index < reached, f"corpora/{name}", late)
    tree, corpus_id = pack.trees[name], bytes.fromhex(pack.manifests[name]["corpus_id"])
    for key in opened.opening.proof_keys:
        pseudonym = corpus_pseudonym(key, corpus_id)
        _named(
            f"corpora/{name}/authors-now.bin",
            partial(verify_absence, tree.prove(pseudonym), pseudonym, tree.bits, tree.root),
        )
    accounts = len(opened.opening.proof_keys)
    return Check(subject=name, statement=f"none of the {accounts} accounts of the receipt has a row in it")


def _logged_document(pack: _Pack, where: str, kind: DocumentKind, record: RecordKind) -> Document:
    document = _document(pack, where, kind)
    name = f"{where}.tlog-proof"
    _expect(name in pack.members, name, "is missing")
    proof = _named(name, lambda: parse_tlog_proof(pack.members[name].decode("utf-8", "replace")))
    _expect(proof.index < len(pack.leaves), name, "names an entry beyond the end of the log")
    leaf = parse_leaf(pack.leaves[proof.index])
    digest = sha256(pack.members[f"{where}.json"]).digest()
    _expect(
        (leaf.kind, leaf.commitment) == (record, digest), name, "names an entry of the log that is not this document"
    )
    head = _named(name, lambda: verify_entry(proof, pack.leaves[proof.index], pack.trust.log))
    _check_prefix(pack, head, name)
    return document


def _document(pack: _Pack, where: str, kind: DocumentKind) -> Document:
    for suffix in (".json", ".note"):
        _expect(where + suffix in pack.members, where + suffix, "is missing")
    _check_signature(pack.members, where, kind, pack.trust)
    return _json(pack.members, f"{where}.json")


def _check_signature(members: Mapping[str, bytes], where: str, kind: DocumentKind, trust: TrustedKeys) -> None:
    text = _named(f"{where}.note", lambda: open_note(members[f"{where}.note"], trust.documents))
    digest = sha256(members[f"{where}.json"]).hexdigest()
    _expect(text == f"demur/v1/{kind}\n{digest}\n", f"{where}.json", "is not what its note signs")


def _check_prefix(pack: _Pack, head: Checkpoint, where: str) -> None:
    """Check that a head that was signed earlier is a head of this very history (RFC 6962 section 2.1.2)."""
    same = head.size <= len(pack.leaves) and root_of(pack.leaf_hashes[: head.size]) == head.root
    _expect(same, where, f"holds a checkpoint of size {head.size} that is not of this history: the log was forked")


def _listing(pack: _Pack, where: str, entry: Document) -> list[tuple[str, ...]]:
    _expect(where in pack.members, where, "is missing")
    content = pack.members[where]
    _expect(sha256(content).hexdigest() == entry["listing"], where, "is not the list of decisions that was signed")
    lines = [tuple(line.split(" ")) for line in content.decode("ascii", "replace").splitlines()]
    _expect(len(lines) == entry["rows"], where, f"has {len(lines)} decisions, {entry['rows']} were signed")
    return lines


def _groups(pack: _Pack, folder: str) -> list[str]:
    return sorted({name.split("/")[1] for name in pack.members if name.startswith(f"{folder}/")})


def _json(members: Mapping[str, bytes], where: str) -> Document:
    try:
        document = decode_json(members[where])
    except ValueError as error:
        message = f"{where} is not canonical JSON"
        raise EvidenceError(message) from error
    _expect(isinstance(document, dict), where, "is not an object")
    return document  # type: ignore[return-value]


def _named(where: str, check: Callable[[], T]) -> T:
    """Run a check and say where it failed."""
    try:
        return check()
    except DemurError as error:
        message = f"{where}: {error}"
        raise EvidenceError(message, hint=error.hint) from error


def _expect(holds: bool, where: str, otherwise: str) -> None:  # noqa: FBT001 -- reads as a claim where it is called
    if not holds:
        message = f"{where} {otherwise}"
        raise EvidenceError(message)


_CHECKS: tuple[Callable[[_Pack], Iterator[Check]], ...] = (_check_log, _check_corpora, _check_snapshots, _check_runs)
