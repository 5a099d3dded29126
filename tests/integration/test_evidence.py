"""What a pack proves, what it refuses, and that the platform itself cannot forge one: it has the keys, not the log.

A forger here holds every secret of the platform, signs whatever is wanted and makes any ZIP file. What is out of reach
is a log entry that somebody saw before: so the forgeries that log a lie must fail by their own contradictions, and
those that do not log it fail by the log.
"""

import contextlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import polars as pl
import pytest

from demur.evidence.container import decode_container, encode_container
from demur.evidence.errors import (
    EvidenceError,
    PackDamagedError,
    PackTooLargeError,
    PackUnreadableError,
    ReceiptUnfitError,
)
from demur.evidence.opened import find_elsewhere
from demur.evidence.verify import PackReport, verify_pack
from demur.kernel.errors import DemurError
from demur.kernel.words import RecordKind
from demur.keys.encoding import decode_json, encode_json
from demur.keys.keyring import create_keyring
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.leaves import parse_leaf, public_leaf
from demur.ledger.openings import parse_opening
from demur.ledger.receipt import TlogProof, parse_tlog_proof
from demur.ledger.tree import Frontier, hash_leaf
from demur.testing.small_history import SmallHistory, write_small_history
from demur.testing.small_platform import NOW
from demur.testing.small_runs import write_run

DOCUMENTS = {
    "corpora/first/manifest": ("corpus-manifest", RecordKind.CORPUS),
    "corpora/first/removals/00000001": ("removals", RecordKind.REMOVALS),
    "corpora/first/removals/00000002": ("removals", RecordKind.REMOVALS),
    "corpora/first/snapshot": ("register-snapshot", RecordKind.REGISTER),
    "runs/run/run-record": ("run-record", RecordKind.TRAINING),
    "runs/run/audit-report": ("audit-report", RecordKind.AUDIT),
}
LACKING = object()  # instead of a value: the document lacks it


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> SmallHistory:
    """Build a corpus that was never touched, and let a run read it."""
    history = write_small_history(tmp_path_factory.mktemp("fresh"), items=80, partitions=1)
    history.apply()
    history.pack(history.folder / "pack.zip", runs=[write_run(history, history.folder / "run")])
    return history


@pytest.fixture(scope="module")
def receipts() -> dict[str, str]:
    """Collect what the people of `moved` were given."""
    return {}


@pytest.fixture(scope="module")
def moved(tmp_path_factory, receipts) -> SmallHistory:
    """Build a corpus and take two people out of it, one after the other; a third objects and is still in."""
    history = write_small_history(tmp_path_factory.mktemp("moved"), items=80, partitions=1)
    accounts = iter(history.accounts_with_rows())
    for name in ("first", "second"):
        receipts[name] = history.file_objection(next(accounts))
        history.apply()
    receipts["waiting"] = history.file_objection(next(accounts))
    history.pack(history.folder / "pack.zip", runs=[write_run(history, history.folder / "run")])
    receipts["late"] = history.file_objection(next(accounts))
    return history


@dataclass
class Forger:
    """Changes a pack and signs what the platform would have signed."""

    history: SmallHistory
    members: dict[str, bytes]
    leaves: list[bytes]

    def sign(self, where: str, document: Mapping[str, object], kind: str) -> None:
        content = encode_json(document)
        note = self.history.keyring.document_signer.sign(f"demur/v1/{kind}\n{sha256(content).hexdigest()}\n")
        self.members |= {f"{where}.json": content, f"{where}.note": note.encode()}

    def read(self, where: str) -> dict[str, object]:
        return decode_json(self.members[f"{where}.json"])

    def change(self, where: str, **changes: object) -> None:
        """Change a document and sign it; the log stays as it is. A function makes the new value from the old."""
        before = self.read(where)
        after = {name: new(before[name]) if callable(new) else new for name, new in changes.items()}
        changed = {name: value for name, value in {**before, **after}.items() if value is not LACKING}
        self.sign(where, changed, DOCUMENTS[where][0])

    def change_and_log(self, where: str, **changes: object) -> None:
        """Change a document, and make up a log that always held it so."""
        _, record = DOCUMENTS[where]
        before = sha256(self.members[f"{where}.json"]).digest()
        self.change(where, **changes)
        after = sha256(self.members[f"{where}.json"]).digest()
        old, new = (public_leaf(record, NOW.date(), digest) for digest in (before, after))
        self.leaves = [new if leaf == old else leaf for leaf in self.leaves]

    def sign_heartbeat(self, **changes: object) -> None:
        """Say what is true of the members, or something else."""
        versions = len(
            [name for name in self.members if name.startswith("corpora/first/removals/") and name.endswith("json")]
        )
        last = f"removals/{versions:08d}" if versions else "manifest"
        lines = self.members["corpora/first/heartbeat"].decode().split("\n")[:6]
        said = {
            "corpus_id": lines[1],
            "version": versions,
            "digest": sha256(self.members[f"corpora/first/{last}.json"]).hexdigest(),
            "log_size": lines[4],
            "at": lines[5],
        } | changes
        text = "".join(f"{line}\n" for line in ("demur/v1/heartbeat", *said.values()))
        self.members["corpora/first/heartbeat"] = self.history.keyring.document_signer.sign(text).encode()

    def prove_again(self) -> None:
        """Make head, entries and every proof follow from the made-up log."""
        growth = Frontier().append([hash_leaf(leaf) for leaf in self.leaves])
        signer = self.history.keyring.log_signer
        note = sign_checkpoint(Checkpoint(origin=signer.name, size=len(self.leaves), root=growth.root), signer)
        self.members |= {"log/leaves": b"".join(leaf + b"\n" for leaf in self.leaves), "log/checkpoint": note.encode()}
        for name in [name for name in self.members if name.endswith(".tlog-proof")]:
            document = self.members[name.replace(".tlog-proof", ".json")]
            record = DOCUMENTS[name.removesuffix(".tlog-proof")][1]
            index = self.leaves.index(public_leaf(record, NOW.date(), sha256(document).digest()))
            proof = TlogProof(index=index, path=growth.inclusion_path(index), checkpoint_note=note)
            self.members[name] = proof.encode().encode()

    def verify(self, *, receipt: str | None = None, **index: object) -> PackReport:
        """Sign the whole as the platform would, and verify it."""
        path = self.history.folder / "forged.zip"
        path.write_bytes(self.encode(**index))
        return verify_pack(path, receipt=receipt)

    def encode(self, **index: object) -> bytes:
        listed = {name: content for name, content in self.members.items() if name not in {"pack.json", "pack.note"}}
        entries = [
            {"path": path, "sha256": sha256(content).hexdigest(), "size": len(content)}
            for path, content in sorted(listed.items())
        ]
        self.sign("pack", {**self.read("pack"), "members": entries, **index}, "evidence-pack")
        return encode_container(self.members)


def forger_of(history: SmallHistory) -> Forger:
    members = decode_container((history.folder / "pack.zip").read_bytes())
    return Forger(history, members, members["log/leaves"].split(b"\n")[:-1])


@pytest.fixture
def forger(fresh) -> Forger:
    return forger_of(fresh)


@pytest.fixture
def mover(moved) -> Forger:
    return forger_of(moved)


# ------------------------------------------------------------------------------------------------------- what it proves


def test_a_pack_that_nobody_touched_holds(moved):
    report = verify_pack(moved.folder / "pack.zip", trust=moved.keyring.trusted_keys())
    gone = sum(len(moved.rows_of(account)) for account in moved.objected[:2])
    read = 80
    rows = moved.open().rows
    assert [check.statement for check in report.checks] == [
        "28 members are what small.example/demur/documents signed",
        "11 entries hash to the signed head: 1 audit, 1 corpus, 3 objection, 3 register, 2 removals, 1 training",
        "manifest version 1 is signed and in the log",
        f"{read} rows read = {read} decided + 0 rejected; {rows} in; counts follow from decisions",
        f"2 versions of Removals without a gap take out {gone} rows, each once",
        f"{len(moved.accounts_with_rows()) - 2} authors have rows now; the list hashes to the signed root",
        "reflects the register up to log entry 6, at 2025-05-27T06:00:00.000000Z",
        "the register's state is signed and logged, at log size 6",
        "3 steps read corpus first at removals 2-2",
        "the audit of exactly these weights says: inconclusive",
        "every corpus, removal, run and audit of the log is in the pack",
    ]


def test_the_forger_forges_nothing_as_long_as_nothing_is_changed(mover, forger):
    for one in (mover, forger):
        expected = verify_pack(one.history.folder / "pack.zip").checks
        one.sign_heartbeat()
        assert one.verify().checks == expected


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_receipt_proves_that_its_holder_is_in_no_corpus(moved, receipts, name):
    opened = parse_tlog_proof(receipts[name])
    checks = verify_pack(moved.folder / "pack.zip", receipt=receipts[name]).checks
    assert [check.statement for check in checks[-2:]] == [
        f"entry {opened.index} of the log is this objection of 2025-05-27",
        "none of the 1 accounts of the receipt has a row in it",
    ]


def test_a_purged_corpus_is_proven_as_well(moved, receipts, tmp_path):
    history = moved.copy(tmp_path)
    history.purge()
    history.pack(tmp_path / "pack.zip")
    report = verify_pack(tmp_path / "pack.zip", receipt=receipts["first"])
    assert "manifest version 2 is signed and in the log" in {check.statement for check in report.checks}


# ------------------------------------------------------------------------------------------------- unfit receipts, keys


def test_a_receipt_whose_holder_still_has_rows_fails(moved, receipts, tmp_path):
    history = moved.copy(tmp_path)
    history.objected.remove(history.objected[2])
    history.apply()  # says that it is up to the register, and leaves somebody in
    history.pack(tmp_path / "pack.zip")
    with pytest.raises(
        EvidenceError, match=r"^corpora/first/authors-now\.bin: somebody whom the receipt covers has rows"
    ):
        verify_pack(tmp_path / "pack.zip", receipt=receipts["waiting"])


def test_a_receipt_that_is_newer_than_the_corpus_fails(moved, receipts):
    with pytest.raises(
        EvidenceError, match=r"^corpora/first was last brought up to log entry 6, before the objection at 8"
    ):
        verify_pack(moved.folder / "pack.zip", receipt=receipts["waiting"])


def test_a_receipt_that_is_newer_than_the_pack_fails(moved, receipts):
    with pytest.raises(ReceiptUnfitError, match=r"^the receipt is of log size 12, the pack ends at 11$"):
        verify_pack(moved.folder / "pack.zip", receipt=receipts["late"])


def test_a_receipt_of_another_platform_fails(moved, receipts, tmp_path):
    stranger = create_keyring(tmp_path / "keyring.json", platform="other.example", seed=bytes(32))
    proof = parse_tlog_proof(receipts["first"])
    signer = stranger.log_signer
    lines = proof.checkpoint_note.split("\n")
    foreign = signer.sign("\n".join([signer.name, *lines[1:3], ""]))
    with pytest.raises(EvidenceError, match=r"^the receipt: the note carries no signature of the trusted key"):
        verify_pack(moved.folder / "pack.zip", receipt=replace(proof, checkpoint_note=foreign).encode())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:0],
        lambda text: text[1:],
        lambda text: text.replace("index 2", "index 3"),
        lambda text: text.replace("extra ", "extra A"),
        lambda text: "\n".join(line for line in text.split("\n") if not line.startswith("extra ")),
    ],
)
def test_a_receipt_that_is_none_fails(moved, receipts, spoil):
    with pytest.raises(EvidenceError, match=r"^the receipt: "):
        verify_pack(moved.folder / "pack.zip", receipt=spoil(receipts["first"]))


def test_a_receipt_without_proof_keys_shows_nothing(moved, receipts):
    proof = parse_tlog_proof(receipts["first"])
    opening = parse_opening(proof.extra)
    empty = replace(proof, extra=replace(opening, proof_keys=()).encode())
    with pytest.raises(EvidenceError, match=r"^the receipt holds no proof key"):
        verify_pack(moved.folder / "pack.zip", receipt=empty.encode())


def test_a_proof_key_that_the_record_does_not_name_fails(moved, receipts):
    proof = parse_tlog_proof(receipts["first"])
    opening = parse_opening(proof.extra)
    other = replace(proof, extra=replace(opening, proof_keys=(bytes(32),)).encode())
    with pytest.raises(EvidenceError, match=r"^the receipt: the record does not commit to the 1 proof keys"):
        verify_pack(moved.folder / "pack.zip", receipt=other.encode())


def test_keys_from_another_place_that_differ_from_those_in_the_pack_fail(moved, tmp_path):
    stranger = create_keyring(tmp_path / "keyring.json", platform="small.example", seed=bytes(32))
    with pytest.raises(EvidenceError, match=r"^pack\.note: the note carries no signature of the trusted key"):
        verify_pack(moved.folder / "pack.zip", trust=stranger.trusted_keys())


@pytest.mark.parametrize(
    "content", [None, b"", b"PK", b"no pack at all", encode_container({}), encode_container({"a": b""})]
)
def test_a_file_that_is_no_pack_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "pack.zip").write_bytes(content)
    with pytest.raises(PackUnreadableError if content is None else PackDamagedError):
        verify_pack(tmp_path / "pack.zip")


def test_a_container_holds_no_more_members_than_its_format_counts():
    with pytest.raises(PackTooLargeError, match="a pack of 65535 members"):
        encode_container(dict.fromkeys(map(str, range(65_535)), b""))


# ------------------------------------------------------------------------------- forgeries that leave the log as it was


@pytest.mark.parametrize("where", [where for where in DOCUMENTS if not where.endswith("snapshot")])
def test_a_document_that_was_signed_again_is_not_the_one_in_the_log(mover, where):
    mover.change(where, reasons={"own_objection": 1})
    with pytest.raises(
        EvidenceError, match=rf"^{where}\.tlog-proof names an entry of the log that is not this document$"
    ):
        mover.verify()


def test_a_state_of_the_register_that_was_signed_again_is_not_in_the_log(mover):
    mover.change("corpora/first/snapshot", as_of="2025-05-27T07:00:00.000000Z")
    with pytest.raises(
        EvidenceError, match=r"^corpora/first/snapshot\.json rests on a state of the register .* not in the log$"
    ):
        mover.verify()


@pytest.mark.parametrize(
    "where", ["corpora/first/decisions/00000.txt", "corpora/first/removals/00000001.decisions.txt"]
)
def test_another_list_of_decisions_is_not_the_one_that_was_signed(mover, where):
    mover.members[where] = mover.members[where].replace(b"own_objection", b"deleted")
    with pytest.raises(EvidenceError, match=rf"^{where} is not the list of decisions that was signed$"):
        mover.verify()


def test_another_list_of_authors_is_not_the_one_that_was_signed(mover):
    mover.members["corpora/first/authors-now.bin"] = mover.members["corpora/first/authors-now.bin"][16:]
    with pytest.raises(EvidenceError, match=r"^corpora/first/authors-now\.bin does not hash to the root"):
        mover.verify()


def drop_version(forger: Forger, number: int) -> None:
    for name in [name for name in forger.members if f"removals/{number:08d}" in name]:
        del forger.members[name]


def test_a_removal_that_is_left_out_in_the_middle_is_noticed(mover):
    drop_version(mover, 1)
    with pytest.raises(EvidenceError, match=r"^corpora/first/removals/00000001"):
        mover.verify()


def test_the_newest_removal_cannot_be_left_out(mover):
    drop_version(mover, 2)
    with pytest.raises(EvidenceError, match=r"^corpora/first/authors-now\.bin"):
        mover.verify()


def left_without_the_newest_removal(moved: SmallHistory) -> Forger:
    """Show the state before the newest removal, as true as it once was, with a heartbeat of today."""
    forger = forger_of(moved)
    drop_version(forger, 2)
    for name in [name for name in forger.members if name.startswith("runs/")]:
        del forger.members[name]
    forger.members["corpora/first/authors-now.bin"] = (moved.corpus / "proof" / "authors-00000001.bin").read_bytes()
    forger.sign_heartbeat()
    return forger


def test_the_newest_removal_cannot_be_left_out_with_everything_that_speaks_of_it(moved):
    with pytest.raises(EvidenceError, match=r"^pack\.json does not account for the documents of log entries 7, 9, 10$"):
        left_without_the_newest_removal(moved).verify()


def test_who_leaves_documents_out_must_say_so_and_whose_receipt_it_is_sees_it(moved, receipts):
    forger = left_without_the_newest_removal(moved)
    said = forger.verify(elsewhere=[7, 9, 10]).checks[-1].statement
    assert said == "3 documents of the log are not in the pack: entries 7, 9, 10"
    with pytest.raises(EvidenceError, match=r"somebody whom the receipt covers has rows"):
        forger.verify(elsewhere=[7, 9, 10], receipt=receipts["second"])


@pytest.mark.parametrize("declared", [[1], [7], [99], [-1]])
def test_nobody_may_say_that_a_document_is_elsewhere_which_is_here(moved, declared):
    with pytest.raises(EvidenceError, match=r"^pack\.json does not account for the documents of log entries"):
        forger_of(moved).verify(elsewhere=declared)


def test_a_member_that_nothing_speaks_of_is_refused(mover):
    mover.members["corpora/first/removals/00000009.decisions.txt"] = b""
    with pytest.raises(EvidenceError, match=r"^corpora/first/removals/00000009\.decisions\.txt belongs to nothing"):
        mover.verify()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"version": 1}, "speaks of another state of the corpus"),
        ({"digest": "ab" * 32}, "speaks of another state of the corpus"),
        ({"corpus_id": "ab" * 32}, "speaks of another state of the corpus"),
        ({"log_size": 99}, "claims a position that the log has not reached"),
        ({"log_size": 5}, "is of log size 5, older than what was published at 6"),
        ({"log_size": "six"}, "is a signed note of another kind"),
        ({"log_size": "06"}, "is a signed note of another kind"),
        ({"at": "today"}, ": this is no instant"),
    ],
)
def test_a_heartbeat_that_says_something_else_is_refused(mover, changes, says):
    mover.sign_heartbeat(**changes)
    with pytest.raises(EvidenceError, match=rf"^corpora/first/heartbeat ?{says}"):
        mover.verify()


def test_a_log_that_was_forked_before_a_receipt_is_noticed_by_its_holder(moved, receipts):
    forger = forger_of(moved)
    own = parse_tlog_proof(receipts["waiting"]).index
    other = public_leaf(RecordKind.KEY, NOW.date(), bytes(32))
    forger.leaves[own] = other  # the objection never happened
    forger.prove_again()
    forger.verify()
    with pytest.raises(
        EvidenceError, match=r"^the receipt holds a checkpoint of size 9 that is not of this history: the log was"
    ):
        forger.verify(receipt=receipts["waiting"])


def test_a_log_that_was_forked_before_a_document_is_noticed(moved):
    forger = forger_of(moved)
    before = {name: content for name, content in forger.members.items() if name.endswith(".tlog-proof")}
    forger.leaves[2] = public_leaf(RecordKind.KEY, NOW.date(), bytes(32))
    forger.prove_again()
    forger.members |= {
        "corpora/first/removals/00000001.tlog-proof": before["corpora/first/removals/00000001.tlog-proof"]
    }
    with pytest.raises(EvidenceError, match=r"00000001\.tlog-proof.* not of this history: the log was forked$"):
        forger.verify()


@pytest.mark.parametrize(
    "change", [lambda leaves: leaves[:-1], lambda leaves: [*leaves, leaves[0]], lambda leaves: leaves[::-1]]
)
def test_entries_that_are_not_those_of_the_head_are_refused(mover, change):
    mover.members["log/leaves"] = b"".join(leaf + b"\n" for leaf in change(mover.leaves))
    with pytest.raises(EvidenceError, match=r"^log/leaves (holds|does not hash)"):
        mover.verify()


def test_an_entry_that_is_none_and_bytes_after_the_last_one_are_refused(mover):
    leaves = mover.members["log/leaves"]
    for content in (leaves + b"x", leaves.replace(b'"v":1', b'"v":2', 1)):
        mover.members["log/leaves"] = content
        with pytest.raises(EvidenceError, match=r"^log/leaves"):
            mover.verify()


# ---------------------------------------------------------------------------------- forgeries that make up the log, too


def lie(forger: Forger, where: str, **changes: object) -> None:
    """Let the platform log a lie from the start: every signature and every proof is right."""
    forger.change_and_log(where, **changes)
    forger.sign_heartbeat()
    forger.prove_again()


MANIFEST = "corpora/first/manifest"


def one_more(counts: Mapping[str, int]) -> Mapping[str, int]:
    """Count one more of the first."""
    first = min(counts)
    return {**counts, first: counts[first] + 1}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"decisions": one_more}, "counts decisions otherwise than the decisions do"),
        ({"reasons": one_more}, "counts reasons otherwise than the decisions do"),
        ({"reasons": lambda reasons: {**reasons, "more": 0}}, "counts reasons otherwise than the decisions do"),
        ({"rows_decided": 79}, "does not count every item that was decided"),
        ({"rows_read": 81}, "loses rows between reading and deciding"),
        ({"rows_read": 81, "rows_rejected": 1}, "sums the rows of its sources otherwise"),
        (
            {
                "rows_read": 81,
                "rows_rejected": 1,
                "sources": lambda sources: [{**sources[0], "rows_read": sources[0]["rows_read"] + 1}, *sources[1:]],
            },
            "sums the rejected rows otherwise",
        ),
        ({"shards": []}, "has more or fewer rows than items let in"),
        ({"version": 2}, "is not the manifest of a build"),
        ({"supersedes": "ab" * 32}, "is not the manifest of a build"),
        ({"platform": "other.example"}, "is of another platform"),
        ({"snapshot": "ab" * 32}, "rests on a state of the register .* that is not in the log"),
        ({"log_size": 2}, "speaks of log size 2, but is entry 1 itself"),
        ({"v": 2}, "is not a corpus-manifest of version 1"),
        ({"kind": "removals"}, "is not a corpus-manifest of version 1"),
    ],
)
def test_a_manifest_that_contradicts_what_it_names_fails(forger, changes, says):
    lie(forger, MANIFEST, **changes)
    with pytest.raises(EvidenceError, match=rf"^corpora/first/manifest\.json {says}"):
        forger.verify()


def with_listing(forger: Forger, content: bytes) -> None:
    forger.members["corpora/first/decisions/00000.txt"] = content
    manifest = forger.read(MANIFEST)
    entry = {**manifest["decision_files"][0], "listing": sha256(content).hexdigest(), "rows": content.count(b"\n")}
    lie(forger, MANIFEST, decision_files=[entry])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda lines: [*lines, lines[-1]], "is not sorted by item, or decides one twice"),
        (lambda lines: lines[::-1], "is not sorted by item, or decides one twice"),
        (lambda lines: [b"deleted", *lines[1:]], "has a line 1 that is no decision"),
        (lambda lines: [lines[0] + b" more", *lines[1:]], "has a line 1 that is no decision"),
        (lambda lines: [lines[0].upper(), *lines[1:]], "has a line 1 that is no decision"),
    ],
)
def test_a_list_of_decisions_in_another_form_fails(forger, spoil, says):
    lines = forger.members["corpora/first/decisions/00000.txt"].split(b"\n")[:-1]
    with_listing(forger, b"".join(line + b"\n" for line in spoil(lines)))
    with pytest.raises(EvidenceError, match=rf"^corpora/first/decisions/00000\.txt {says}"):
        forger.verify()


def test_a_list_of_decisions_without_its_last_newline_fails(forger):
    with_listing(forger, forger.members["corpora/first/decisions/00000.txt"][:-1])
    with pytest.raises(EvidenceError, match=r"^corpora/first/decisions/00000\.txt does not end with a whole line$"):
        forger.verify()


REMOVALS = "corpora/first/removals/00000002"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"removed": lambda removed: removed + 1}, "counts its rows otherwise"),
        ({"removed_before": 0}, "counts earlier removals otherwise"),
        ({"reasons": one_more}, "counts reasons otherwise than its decisions do"),
        ({"log_size": 1}, "goes back in the log"),
        ({"log_size": 8}, "speaks of log size 8, but is entry 7 itself"),
        ({"previous": "ab" * 32}, "does not follow the version before it"),
        ({"version": 3}, "does not follow the version before it"),
        ({"corpus_id": "ab" * 32}, "does not follow the version before it"),
        ({"snapshot": "ab" * 32}, "rests on a state of the register .* that is not in the log"),
    ],
)
def test_a_removal_that_contradicts_what_it_names_fails(mover, changes, says):
    lie(mover, REMOVALS, **changes)
    with pytest.raises(EvidenceError, match=rf"^{REMOVALS}\.json {says}"):
        mover.verify()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: content.replace(b"exclude", b"include", 1), r"00000002\.json counts its rows otherwise"),
        (lambda content: b"00" + content[2:], "removals takes out items that were never in"),
    ],
)
def test_a_removal_of_what_cannot_be_removed_fails(mover, spoil, says):
    where = f"{REMOVALS}.decisions.txt"
    content = spoil(mover.members[where])
    mover.members[where] = content
    entry = {**mover.read(REMOVALS)["decisions"], "listing": sha256(content).hexdigest()}
    lie(mover, REMOVALS, decisions=entry)
    with pytest.raises(EvidenceError, match=says):
        mover.verify()


def test_a_removal_that_counts_the_same_items_again_fails(mover):
    first = mover.members["corpora/first/removals/00000001.decisions.txt"]
    mover.members[f"{REMOVALS}.decisions.txt"] = first
    rows = first.count(b"\n")
    entry = {**mover.read(REMOVALS)["decisions"], "listing": sha256(first).hexdigest(), "rows": rows}
    lie(mover, REMOVALS, decisions=entry, removed=rows, reasons={"own_objection": rows})
    with pytest.raises(
        EvidenceError, match=rf"^{REMOVALS}\.decisions\.txt takes out {rows} items that were out already$"
    ):
        mover.verify()


def test_authors_who_come_back_fail(mover):
    before = mover.members["corpora/first/authors.bin"]
    mover.members["corpora/first/authors-now.bin"] = before
    lie(mover, REMOVALS, authors=mover.read(MANIFEST)["authors"])
    with pytest.raises(EvidenceError, match=r"^corpora/first/authors-now\.bin has authors who came back$"):
        mover.verify()


RECORD, REPORT = "runs/run/run-record", "runs/run/audit-report"


def of_corpus(**changes: object) -> Callable[[Mapping[str, object]], Mapping[str, object]]:
    """Describe the corpus of a run otherwise."""
    return lambda corpus: {**corpus, **changes}


def at_versions(*versions: tuple[int, ...]) -> Callable[[list[Mapping[str, object]]], list[Mapping[str, object]]]:
    """Read a segment at each version; a second number is the segment's first step."""
    return lambda before: [
        {**before[0], "version": version, "first_step": [*steps, 0][0]} for version, *steps in versions
    ]


@pytest.mark.parametrize(
    ("where", "changes", "says"),
    [
        (RECORD, {"corpus": of_corpus(manifest="ab" * 32)}, "names a corpus that the pack does not hold"),
        (RECORD, {"corpus": of_corpus(rows=1)}, "describes another corpus than the one that it names"),
        (RECORD, {"corpus": of_corpus(corpus_id="")}, "describes another corpus than the one that it names"),
        (RECORD, {"segments": []}, "read nothing"),
        (RECORD, {"segments": at_versions((2,), (1,))}, "went back to older removals"),
        (RECORD, {"segments": at_versions((3,)), "last_version": 3}, "read at removals that do not exist"),
        (RECORD, {"segments": at_versions((1,))}, "names other removals than its segments do"),
        (RECORD, {"first_version": 3}, "names other removals than its segments do"),
        (RECORD, {"segments": at_versions((2, 9))}, "has a segment that ends before it begins"),
        (RECORD, {"weights_digest": "ab" * 32}, "names a digest that is not that of its weights"),
        (RECORD, {"weights": {}}, "names a digest that is not that of its weights"),
        (REPORT, {"weights_digest": "ab" * 32}, "is about other weights than the run's"),
        (REPORT, {"run_id": "ab" * 16}, "is about another run"),
        (REPORT, {"canaries": "ab" * 32}, "rests on other canaries than the run's"),
    ],
)
def test_a_run_or_an_audit_that_contradicts_what_it_names_fails(mover, where, changes, says):
    lie(mover, where, **changes)
    with pytest.raises(EvidenceError, match=rf"^{where}\.json {says}"):
        mover.verify()


def test_a_run_without_an_audit_is_no_lie_as_long_as_no_audit_was_logged(mover):
    for suffix in (".json", ".note", ".tlog-proof"):
        del mover.members[f"{REPORT}{suffix}"]
    with pytest.raises(EvidenceError, match=r"^pack\.json does not account for the documents of log entries 10$"):
        mover.verify()


# ------------------------------------------------------------------------------------------------- signed and malformed

ODD_VALUES = (None, [], {}, "x", -1, [None], {"x": None}, 2**70)


def test_no_signed_document_of_another_form_fails_with_an_error_that_is_not_ours(mover):
    before = dict(mover.members), list(mover.leaves)
    for where in (MANIFEST, REMOVALS, RECORD, REPORT):
        document = mover.read(where)
        for name, value in itertools.product(document, ODD_VALUES):
            mover.members, mover.leaves = dict(before[0]), list(before[1])
            lie(mover, where, **{name: value})
            expect_ours(mover.verify)


def test_no_document_that_lacks_a_field_fails_with_an_error_that_is_not_ours(mover):
    before = dict(mover.members), list(mover.leaves)
    for where in (MANIFEST, REMOVALS, RECORD, REPORT):
        for name in mover.read(where):
            mover.members, mover.leaves = dict(before[0]), list(before[1])
            rest = {key: value for key, value in mover.read(where).items() if key != name}
            lacking = mover.read
            mover.read = lambda asked, where=where, rest=rest, lacking=lacking: (
                rest if asked == where else lacking(asked)
            )
            lie(mover, where)
            del mover.read
            expect_ours(mover.verify)


@pytest.mark.parametrize("name", ["platform", "made_at", "members", "elsewhere", "log_size", "v", "kind"])
def test_no_index_of_another_form_fails_with_an_error_that_is_not_ours(mover, name):
    for value in ODD_VALUES:
        expect_ours(lambda value=value: mover.verify(**{name: value}))


def test_no_state_of_the_register_of_another_form_fails_with_an_error_that_is_not_ours(mover):
    before = dict(mover.members)
    for name, value in itertools.product(mover.read("corpora/first/snapshot"), ODD_VALUES):
        mover.members = dict(before)
        lie(mover, "corpora/first/snapshot", **{name: value})
        expect_ours(mover.verify)


def expect_ours(verify: Callable[[], object]) -> None:
    """Let a check hold or fail, but fail only with an error that is ours."""
    with contextlib.suppress(DemurError):
        verify()


# -------------------------------------------------------------------------------------------------------------- writing


def test_a_pack_says_which_documents_of_the_log_it_does_not_hold(moved, tmp_path):
    moved.pack(tmp_path / "pack.zip")
    index = decode_json(decode_container((tmp_path / "pack.zip").read_bytes())["pack.json"])
    leaves = [parse_leaf(leaf) for leaf in moved.log.entries()]
    assert index["elsewhere"] == [9, 10]
    assert index["elsewhere"] == [
        number
        for number in find_elsewhere(leaves, set())
        if leaves[number].kind in {RecordKind.TRAINING, RecordKind.AUDIT}
    ]
    assert (
        verify_pack(tmp_path / "pack.zip").checks[-1].statement.startswith("2 documents of the log are not in the pack")
    )


def test_equal_contents_are_equal_bytes(moved, tmp_path):
    for name in ("one.zip", "two.zip"):
        moved.pack(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_pack_holds_no_subject_key(moved):
    keys = pl.read_parquet(moved.corpus / "index" / "subjects.parquet")["subject_key"].unique().to_list()
    content = (moved.folder / "pack.zip").read_bytes()
    lineage = b"".join(path.read_bytes() for path in (moved.folder / "snapshot").iterdir())
    found = {name: sum(key in holder for key in keys) for name, holder in (("pack", content), ("snapshot", lineage))}
    assert (found["pack"], found["snapshot"] > 0) == (0, True)
    assert [key.hex().encode() in content for key in keys] == [False] * len(keys)
