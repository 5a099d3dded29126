"""Check a corpus of a pack: manifest, purges, counts, removals, authors, heartbeat and the register's state."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from demur.evidence.opened import (
    Check,
    Document,
    Pack,
    check_document,
    check_logged_document,
    check_prefix,
    expect,
    named,
    refuse,
)
from demur.kernel.clock import parse_timestamp, timestamp
from demur.kernel.words import Decision, DocumentKind, RecordKind
from demur.keys.notes import open_note
from demur.ledger.buckets import BucketTree, open_buckets
from demur.ledger.checkpoint import open_checkpoint

_LINE = re.compile(rb"(?P<key>[0-9a-f]{32}) (?P<decision>[a-z]+) (?P<reason>[a-z_]+)")
_KEPT = (Decision.INCLUDE.value, Decision.REDACT.value)
_HEARTBEAT = re.compile(
    r"demur/v1/heartbeat\n(?P<corpus_id>.+)\n(?P<version>.+)\n(?P<digest>.+)\n(?P<log_size>0|[1-9][0-9]{0,18})\n(?P<at>.+)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCorpus:
    """What holds of one corpus.

    Attributes:
        digest: SHA-256 of the build's manifest in hexadecimal.
        versions: the versions of `Removals`, oldest first.
        authors: the tree of the authors who have a row now.
        log_size: the position of the log up to which it reflects the register.
    """

    name: str
    manifest: Document
    digest: str
    versions: tuple[Document, ...]
    authors: BucketTree
    log_size: int


@dataclass(frozen=True, slots=True)
class _Decided:
    """One list of decisions: how many of each, and the items that it lets in or takes out."""

    decisions: Mapping[str, int]
    reasons: Mapping[str, int]
    kept: frozenset[bytes]
    left_out: frozenset[bytes]


def check_corpus(pack: Pack, name: str, checks: list[Check]) -> CheckedCorpus:
    """Check everything that a pack holds about one corpus, and add what was checked."""
    folder = f"corpora/{name}"
    manifest = check_logged_document(pack, f"{folder}/manifest", DocumentKind.CORPUS_MANIFEST, RecordKind.CORPUS)
    _check_manifest(pack, folder, manifest)
    newest = _check_purges(pack, folder, manifest)
    checks.append(Check(subject=name, statement=f"manifest version {newest} is signed and in the log"))
    versions = _read_versions(pack, folder, manifest)
    taken_out = _check_removals(pack, folder, versions)
    checks.append(_check_counts(pack, name, manifest, taken_out))
    told = f"{len(versions)} versions of Removals without a gap take out {len(taken_out)} rows, each once"
    checks.append(Check(subject=name, statement=told))
    authors = _check_authors(pack, folder, manifest, versions)
    told = f"{authors.count} authors have rows now; the list hashes to the signed root"
    checks.append(Check(subject=name, statement=told))
    log_size, at = _check_heartbeat(pack, folder, manifest, versions)
    checks.append(Check(subject=name, statement=f"reflects the register up to log entry {log_size}, at {at}"))
    position = _check_snapshot(pack, folder, log_size)
    checks.append(Check(subject=name, statement=f"the register's state is signed and logged, at log size {position}"))
    digest = sha256(pack.members[f"{folder}/manifest.json"]).hexdigest()
    return CheckedCorpus(
        name=name, manifest=manifest, digest=digest, versions=versions, authors=authors, log_size=log_size
    )


def _check_manifest(pack: Pack, folder: str, manifest: Document) -> None:
    where = f"{folder}/manifest.json"
    expect((manifest["version"], manifest["supersedes"]) == (1, None), where, "is not the manifest of a build")
    expect(manifest["platform"] == pack.trust.platform, where, "is of another platform")
    _check_register_digest(pack, where, manifest["snapshot"])


def _check_purges(pack: Pack, folder: str, manifest: Document) -> int:
    """Check that later manifests replace files of shards and nothing else; return the newest version."""
    number, before = 1, f"{folder}/manifest"
    while (where := f"{folder}/manifest-{number + 1:05d}") + ".json" in pack.members:
        newer = check_logged_document(pack, where, DocumentKind.CORPUS_MANIFEST, RecordKind.CORPUS)
        number += 1
        follows = (number, sha256(pack.members[f"{before}.json"]).hexdigest())
        expect((newer["version"], newer["supersedes"]) == follows, f"{where}.json", "does not follow the one before it")
        same = _without_files(newer) == _without_files(manifest)
        expect(same, f"{where}.json", "changes more than the files of shards, which a purge must not")
        before = where
    return number


def _without_files(manifest: Document) -> Document:
    shards = [{**shard, "path": shard["path"].split(".")[0], "sha256": ""} for shard in manifest["shards"]]
    return {**manifest, "version": 0, "supersedes": None, "shards": shards}


def _read_versions(pack: Pack, folder: str, manifest: Document) -> tuple[Document, ...]:
    """Check that each version of `Removals` follows the one before it, and return them."""
    versions: list[Document] = []
    previous, log_size = sha256(pack.members[f"{folder}/manifest.json"]).hexdigest(), manifest["log_size"]
    while (where := f"{folder}/removals/{len(versions) + 1:08d}") + ".json" in pack.members:
        version = check_logged_document(pack, where, DocumentKind.REMOVALS, RecordKind.REMOVALS)
        follows = (len(versions) + 1, previous, manifest["corpus_id"])
        found = (version["version"], version["previous"], version["corpus_id"])
        expect(found == follows, f"{where}.json", "does not follow the version before it")
        expect(version["log_size"] >= log_size, f"{where}.json", "goes back in the log")
        _check_register_digest(pack, f"{where}.json", version["snapshot"])
        previous, log_size = sha256(pack.members[f"{where}.json"]).hexdigest(), version["log_size"]
        versions.append(version)
    held = sum(name.startswith(f"{folder}/removals/") and name.endswith(".json") for name in pack.members)
    expect(held == len(versions), f"{where}.json", "is missing, while later versions are there")
    return tuple(versions)


def _check_removals(pack: Pack, folder: str, versions: Sequence[Document]) -> frozenset[bytes]:
    """Check the counts of each version against its decisions; return the items that are taken out."""
    taken_out: frozenset[bytes] = frozenset()
    for number, version in enumerate(versions, 1):
        where = f"{folder}/removals/{number:08d}"
        expect(version["removed_before"] == len(taken_out), f"{where}.json", "counts earlier removals otherwise")
        decided = _read_decisions(pack, f"{where}.decisions.txt", version["decisions"])
        expect(decided.reasons == version["reasons"], f"{where}.json", "counts reasons otherwise than its decisions do")
        expect(len(decided.left_out) == version["removed"], f"{where}.json", "counts its rows otherwise")
        expect(not decided.kept, f"{where}.decisions.txt", "lets items in, which Removals cannot")
        twice = decided.left_out & taken_out
        expect(not twice, f"{where}.decisions.txt", f"takes out {len(twice)} items that were out already")
        taken_out |= decided.left_out
    return taken_out


def _check_counts(pack: Pack, name: str, manifest: Document, taken_out: frozenset[bytes]) -> Check:
    folder = f"corpora/{name}"
    where = f"{folder}/manifest.json"
    decisions: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    found = 0
    for entry in manifest["decision_files"]:
        decided = _read_decisions(pack, f"{folder}/{entry['path'].removesuffix('.parquet')}.txt", entry)
        decisions.update(decided.decisions)
        reasons.update(decided.reasons)
        found += len(decided.kept & taken_out)
    expect(dict(decisions) == manifest["decisions"], where, "counts decisions otherwise than the decisions do")
    expect(dict(reasons) == manifest["reasons"], where, "counts reasons otherwise than the decisions do")
    decided_rows, rejected, sources = manifest["rows_decided"], manifest["rows_rejected"], manifest["sources"]
    read = sum(source["rows_read"] for source in sources)
    expect(sum(reasons.values()) == decided_rows, where, "does not count every item that was decided")
    expect(decided_rows + rejected == manifest["rows_read"], where, "loses rows between reading and deciding")
    expect(read == manifest["rows_read"], where, "sums the rows of its sources otherwise")
    expect(sum(s["rows_rejected"] for s in sources) == rejected, where, "sums the rejected rows otherwise")
    included = sum(decisions[kept] for kept in _KEPT)
    rows = sum(shard["rows"] for shard in manifest["shards"])
    expect(included == rows, where, "has more or fewer rows than items let in")
    expect(found == len(taken_out), f"{folder}/removals", "takes out items that were never in")
    statement = (
        f"{read} rows read = {decided_rows} decided + {rejected} rejected; {included} in; counts follow from decisions"
    )
    return Check(subject=name, statement=statement)


def _check_authors(pack: Pack, folder: str, manifest: Document, versions: Sequence[Document]) -> BucketTree:
    counts = [manifest["authors"]["count"], *(version["authors"]["count"] for version in versions)]
    expect(counts == sorted(counts, reverse=True), f"{folder}/authors-now.bin", "has authors who came back")
    newest = versions[-1]["authors"] if versions else manifest["authors"]
    before = _check_tree(pack, f"{folder}/authors.bin", manifest["authors"])
    now = _check_tree(pack, f"{folder}/authors-now.bin", newest)
    new = set(now.pseudonyms) - set(before.pseudonyms)
    expect(not new, f"{folder}/authors-now.bin", f"holds {len(new)} authors whom the build did not have")
    return now


def _check_tree(pack: Pack, where: str, signed: Document) -> BucketTree:
    content = pack.read(where)
    tree = named(where, partial(open_buckets, content))
    found = {"k": tree.bits, "count": tree.count, "root": tree.root.hex()}
    expect(found == signed, where, "does not hash to the root of the authors that was signed")
    return tree


def _check_heartbeat(pack: Pack, folder: str, manifest: Document, versions: Sequence[Document]) -> tuple[int, str]:
    where = f"{folder}/heartbeat"
    note = pack.read(where)
    found = _HEARTBEAT.fullmatch(named(where, lambda: open_note(note, pack.trust.documents)))
    last = f"removals/{len(versions):08d}" if versions else "manifest"
    tip = sha256(pack.members[f"{folder}/{last}.json"]).hexdigest()
    if found is None:
        refuse(where, "is a signed note of another kind")
    said = (found["corpus_id"], found["version"], found["digest"])
    expect(said == (manifest["corpus_id"], str(len(versions)), tip), where, "speaks of another state of the corpus")
    log_size, at = int(found["log_size"]), timestamp(named(where, lambda: parse_timestamp(found["at"])))
    newest = (versions[-1] if versions else manifest)["log_size"]
    expect(newest <= log_size, where, f"is of log size {log_size}, older than what was published at {newest}")
    expect(log_size <= len(pack.leaves), where, "claims a position that the log has not reached")
    return log_size, at


def _check_snapshot(pack: Pack, folder: str, log_size: int) -> int:
    where = f"{folder}/snapshot"
    snapshot = check_document(pack, where, DocumentKind.REGISTER_SNAPSHOT)
    position: int = snapshot["log_size"]
    if position:
        head = named(f"{where}.json", lambda: open_checkpoint(snapshot["checkpoint"], pack.trust.log))
        expect(head.size == position, f"{where}.json", f"holds a checkpoint of size {head.size}, not of {position}")
        check_prefix(pack, head, f"{where}.json")
    expect(position <= log_size, f"{where}.json", "is newer than the corpus says")
    _check_register_digest(pack, f"{where}.json", sha256(pack.members[f"{where}.json"]).hexdigest())
    return position


def _check_register_digest(pack: Pack, where: str, digest: str) -> None:
    expect(digest in pack.states, where, f"rests on a state of the register ({digest[:16]}...) that is not in the log")


def _read_decisions(pack: Pack, where: str, entry: Document) -> _Decided:
    """Read a list of decisions that was signed, each item once and in order."""
    content = pack.read(where)
    expect(sha256(content).hexdigest() == entry["listing"], where, "is not the list of decisions that was signed")
    decided = list(_parse_lines(content, where))
    expect(len(decided) == entry["rows"], where, f"has {len(decided)} decisions, {entry['rows']} were signed")
    keys = [key for key, _, _ in decided]
    ordered = all(earlier < later for earlier, later in itertools.pairwise(keys))
    expect(ordered, where, "is not sorted by item, or decides one twice")
    return _Decided(
        decisions=Counter(decision for _, decision, _ in decided),
        reasons=Counter(reason for _, _, reason in decided),
        kept=frozenset(key for key, decision, _ in decided if decision in _KEPT),
        left_out=frozenset(key for key, decision, _ in decided if decision not in _KEPT),
    )


def _parse_lines(content: bytes, where: str) -> Iterator[tuple[bytes, str, str]]:
    *lines, end = content.split(b"\n")
    expect(not end, where, "does not end with a whole line")
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found is None:
            refuse(where, f"has a line {number} that is no decision")
        yield bytes.fromhex(found["key"].decode()), found["decision"].decode(), found["reason"].decode()
