"""A platform of a few invented people that fits into a test: sources, snapshot, keyring and a log, made from a seed.

*Agora* shows every situation and takes the whole flow; this one holds what a builder must get right, in milliseconds:
every reason of the rules on authors, equal and nearly equal texts, identifiers, pictures, repeated ids and bad rows.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import polars as pl

from demur.corpus.build import BuildResult, build
from demur.corpus.plan import BuildPlan, OnBadInput
from demur.corpus.stages import Progress
from demur.engines.engine import Engine
from demur.exchange.columns import DECISION_COLUMNS, INSTANT, Facts, Schema
from demur.exchange.snapshot import write_snapshot
from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import FixedClock
from demur.kernel.words import RecordKind
from demur.keys.keyring import Keyring, create_keyring, load_keyring
from demur.keys.subjects import subject_key
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.leaves import parse_leaf, public_leaf
from demur.ledger.receipt import TlogProof
from demur.ledger.tiles import TileStore
from demur.ledger.tree import Frontier, hash_leaf
from demur.policy.ruleset import load_ruleset
from demur.sources.spec import SourceSpec
from demur.testing.facts import make_facts

PLATFORM = "small.example"
NOW = datetime(2025, 5, 27, 6, tzinfo=UTC)
AS_OF = NOW - timedelta(minutes=10)

Row: TypeAlias = dict[str, object]

_SEED = b"a keyring for tests, 32 bytes..."
_ROW_SCHEMA: Schema = {
    "item": pl.String,
    "account": pl.String,
    "kind": pl.String,
    "product": pl.String,
    "visibility": pl.String,
    "created_at": INSTANT,
    "deleted_at": INSTANT,
    "language": pl.String,
    "text": pl.String,
    "mentions": pl.List(pl.String),
    "tags": pl.List(pl.String),
    "reshare_of": pl.String,
    "quote_of": pl.String,
    "media": pl.String,
}
_WORDS = [
    "tide",
    "harbour",
    "lantern",
    "gravel",
    "orchard",
    "kettle",
    "ribbon",
    "meadow",
    "timber",
    "whistle",
    "copper",
    "basket",
    "thunder",
    "pebble",
    "velvet",
    "ladder",
    "marble",
    "saddle",
    "window",
    "garden",
    "bridge",
    "hammer",
    "candle",
    "pocket",
    "mirror",
    "engine",
    "cellar",
    "button",
    "anchor",
    "feather",
]
# What stands before the @ is no identifier by itself: it is cut because others' texts say what it belongs to.
_TAILS = (
    "",
    "",
    " so says fern_42",
    " write to fern_42@mail.example",
    " call +44 20 7946 0958",
    " see https://moss.example/a?b=c",
)


@dataclass(frozen=True, slots=True)
class FileLog:
    """A log in a folder: what `Register` does for documents, without people and without a database."""

    folder: Path
    keyring: Keyring

    def append_document(self, kind: RecordKind, digest: bytes, *, at: datetime) -> TlogProof:
        """Add a digest and publish; one that is there already gets its proof again."""
        for index, entry in enumerate(self.entries()):
            leaf = parse_leaf(entry)
            if (leaf.kind, leaf.commitment) == (kind, digest):
                return self.prove(index)
        return self.append(public_leaf(kind, at.date(), digest))

    def append(self, entry: bytes) -> TlogProof:
        """Add an entry, publish, and return its proof in the log that ends with it."""
        entries = [*self.entries(), entry]
        growth = Frontier().append([hash_leaf(data) for data in entries])
        head = Checkpoint(origin=self.keyring.log_signer.name, size=len(entries), root=growth.root)
        note = sign_checkpoint(head, self.keyring.log_signer)
        TileStore(self.folder).publish(len(entries) - 1, [entry], note)
        return TlogProof(index=len(entries) - 1, path=growth.inclusion_path(len(entries) - 1), checkpoint_note=note)

    def prove(self, index: int) -> TlogProof:
        """Return the proof of an entry, as it was given when the entry was made."""
        growth = Frontier().append([hash_leaf(data) for data in self.entries()[: index + 1]])
        head = Checkpoint(origin=self.keyring.log_signer.name, size=index + 1, root=growth.root)
        note = sign_checkpoint(head, self.keyring.log_signer)
        return TlogProof(index=index, path=growth.inclusion_path(index), checkpoint_note=note)

    def entries(self) -> list[bytes]:
        """Return every entry in order."""
        tiles = TileStore(self.folder)
        return [*tiles.read_entries(0, tiles.size())]

    def checkpoint(self) -> str:
        """Return the signed head; empty while there is no entry."""
        return TileStore(self.folder).checkpoint_note() or ""


@dataclass(frozen=True, slots=True)
class SmallPlatform:
    """The folder of a small platform; every part is where `write_small_platform` put it."""

    folder: Path

    @property
    def keyring(self) -> Keyring:
        """Load the keys."""
        return load_keyring(self.folder / "keyring.json")

    @property
    def log(self) -> FileLog:
        """Open the log."""
        return FileLog(self.folder / "log", self.keyring)

    def plan(self, *, partitions: int = 4, on_bad_input: OnBadInput = OnBadInput.REPORT) -> BuildPlan:
        """Return a plan over every file below ``content/``."""
        sources = (
            SourceSpec(name="posts", path="content/posts-*.parquet"),
            SourceSpec(name="comments", path="content/comments-*.jsonl", kind="comment"),
        )
        return BuildPlan(
            name="first",
            platform=PLATFORM,
            root=self.folder,
            sources=tuple(spec for spec in sources if any(self.folder.glob(spec.path))),
            snapshot=self.folder / "snapshot",
            ruleset=load_ruleset("eu-2025"),
            partitions=partitions,
            on_bad_input=on_bad_input,
        )

    def build(
        self, plan: BuildPlan, engine: Engine, *, progress: Callable[[Progress], None], now: datetime = NOW
    ) -> BuildResult:
        """Build a plan into ``corpora/`` at an instant."""
        return build(
            plan,
            out=self.folder / "corpora",
            keyring=self.keyring,
            log=self.log,
            engine=engine,
            clock=FixedClock(now),
            progress=progress,
        )


def write_small_platform(folder: Path, *, people: int = 40, items: int = 400, seed: int = 7) -> SmallPlatform:
    """Write a platform into an empty folder; the same arguments write the same bytes."""
    keyring = create_keyring(folder / "keyring.json", platform=PLATFORM, seed=_SEED)
    rows = make_rows(random.Random(seed), people=people, items=items)
    posts, comments = rows[: items * 2 // 3], rows[items * 2 // 3 :]
    half = len(posts) // 2
    write_parquet_split(folder / "content" / "posts-1.parquet", posts[:half])
    write_parquet_split(folder / "content" / "posts-2.parquet", posts[half:])
    write_jsonl_split(folder / "content" / "comments-1.jsonl", comments)
    facts = make_small_facts(keyring, people)
    write_snapshot(folder / "snapshot", facts, platform=PLATFORM, checkpoint="", signer=keyring.document_signer)
    return SmallPlatform(folder)


def make_rows(dice: random.Random, *, people: int, items: int) -> list[Row]:
    """Make items of all sorts; every seventh repeats an earlier text, exactly or nearly."""
    rows: list[Row] = []
    for number in range(items):
        text = " ".join(dice.choices(_WORDS, k=dice.randint(8, 30))) + dice.choice(_TAILS)
        if number % 7 == 6:  # noqa: PLR2004 -- every seventh
            text = f"{rows[dice.randrange(number)]['text'] or text}{dice.choice(('', ' indeed'))}"
        rows.append({**_make_row(dice, number, people, text), **_refer(dice, number, people)})
    return rows


def _refer(dice: random.Random, number: int, people: int) -> Row:
    """Say what an item has to do with other people and items."""
    earlier = f"i{dice.randrange(number)}" if number else None
    return {
        "tags": [f"a{dice.randrange(people)}"] if number % 19 == 3 else [],  # noqa: PLR2004 -- every 19th
        "reshare_of": earlier if number % 23 == 9 else None,  # noqa: PLR2004 -- every 23rd
        "quote_of": earlier if number % 21 == 6 else None,  # noqa: PLR2004 -- every 21st, of those that repeat a text
    }


def _make_row(dice: random.Random, number: int, people: int, text: str) -> Row:
    is_photo = number % 11 == 3  # noqa: PLR2004 -- every eleventh
    return {
        "item": f"i{number}",
        "account": None if number % 29 == 5 else f"a{dice.randrange(people)}",  # noqa: PLR2004 -- every 29th
        "kind": "photo" if is_photo else "post",
        "product": "messenger" if number % 37 == 4 else "social",  # noqa: PLR2004 -- every 37th
        "visibility": dice.choice(("public", "public", "public", "public", "friends")),
        "created_at": AS_OF - timedelta(days=dice.randrange(1, 900), seconds=dice.randrange(86_400)),
        "deleted_at": AS_OF - timedelta(hours=3) if number % 31 == 8 else None,  # noqa: PLR2004 -- every 31st
        "language": "en",
        "text": dice.choice((text, "", "fern@mail.example ...")) if is_photo else text,
        "mentions": [f"a{dice.randrange(people)}"] if number % 5 == 0 else [],
        "media": f"media/{number}.jpg" if is_photo else None,
    }


def write_parquet_split(path: Path, rows: list[Row]) -> None:
    """Write rows as one Parquet split."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, schema=_ROW_SCHEMA).write_parquet(path)


def write_jsonl_split(path: Path, rows: list[Row]) -> None:
    """Write rows as one JSONL split."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({**row, "kind": None}, default=_write_instant) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _write_instant(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError
    return value.isoformat()


def make_small_facts(keyring: Keyring, people: int) -> Facts:
    """Say what the register knows of account ``a0``, ``a1``, ...; the number decides what is the matter with one."""
    keys = [subject_key(keyring, f"a{number}") for number in range(people)]
    known = [(number, key) for number, key in enumerate(keys) if number % 17 != 16]  # noqa: PLR2004 -- the last of 17
    subjects: list[Row] = [
        {
            "subject_key": key,
            "born_from": _birth(number),
            "born_by": _birth(number),
            "country": "DE",
            "language": "en",
            "visibility": _visibility(number),
            "state": "active",
            "last_seen_at": AS_OF - timedelta(days=3),
        }
        for number, key in known
    ]
    notices: list[Row] = [
        {
            "subject_key": key,
            "version": "2025-04",
            "channel": "email",
            "language": "en",
            "states_right": True,
            "proven_at": AS_OF - timedelta(days=5 if number % 13 == 1 else 60),
        }
        for number, key in known
        if number % 13 != 2  # noqa: PLR2004 -- one of 13 had no notice
    ]
    objections: list[Row] = [
        {
            "subject_key": key,
            "basis": "own" if number % 2 else "linked",
            "scope": "all",
            "purpose": "train_generative_models",
            "effective_at": AS_OF - timedelta(days=1),
            "in_public_role": False,
        }
        for number, key in known
        if number % 10 in {3, 4}
    ]
    return make_facts({"subjects": subjects, "notices": notices, "objections": objections}, as_of=AS_OF)


def _birth(number: int) -> date | None:
    if number % 12 == 5:  # noqa: PLR2004 -- one of 12 has no known age
        return None
    return date(2010, 1, 1) if number % 12 == 6 else date(1980, 1, 1)  # noqa: PLR2004 -- one of 12 is a child


def _visibility(number: int) -> str:
    return "private" if number % 9 == 7 else "public"  # noqa: PLR2004 -- one of 9 is private


def read_tree(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder by its path: two folders of equal bytes are equal."""
    return {
        path.relative_to(folder).as_posix(): sha256_hex(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_decisions(corpus: Path) -> dict[bytes, tuple[str, str]]:
    """Return decision and reason of every item that a build read."""
    frame = pl.concat([pl.read_parquet(path) for path in sorted((corpus / "decisions").iterdir())])
    return {key: (decision, reason) for key, decision, reason in frame.select(*DECISION_COLUMNS).iter_rows()}


def read_rows(corpus: Path) -> pl.DataFrame:
    """Return every row of a corpus in order: its ordinal, text and lineage."""
    shards, lineage = (
        pl.concat([pl.read_parquet(path) for path in sorted((corpus / part).iterdir())])
        for part in ("shards", "lineage")
    )
    return shards.join(lineage, on="row", how="full", coalesce=True).sort("row")


def ignore_progress(_: Progress) -> None:
    """Watch a build without a word."""
