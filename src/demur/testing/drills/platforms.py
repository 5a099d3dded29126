"""Sample platforms for the drills, on either database: made by the commands that people use, and copied whole."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import polars as pl

from demur.cli.following import follow_all
from demur.cli.workspace import Common, Workspace
from demur.corpus.gate import open_corpus
from demur.kernel.clock import FixedClock
from demur.kernel.words import EffectKind
from demur.keys.subjects import subject_key
from demur.register.owed import count_owed
from demur.testing.drills.oracle import Findings, Installation
from demur.testing.drills.postgres import Server

CORPUS = "sample"
_DATABASE = re.compile(r'^url = ".*"$', re.MULTILINE)
# By then every lease has run out, and the pause after every attempt that failed is over.
_MUCH_LATER = timedelta(minutes=30)
_LONGEST_WAIT = timedelta(hours=1)


def installation_of(platform: Path) -> Installation:
    """Return where a platform has its register and its log."""
    return Installation(platform, database=workspace_of(platform).register_url, log="register/log")


def workspace_of(platform: Path) -> Workspace:
    """Return the parts of a platform."""
    return Common(config=platform / "demur.toml").workspace()


def write_platform(folder: Path, server: Server | None = None) -> Path:
    """Make a platform whose register is filled and whose corpus is built and followed; with a server, on that."""
    _run(folder.parent, f"sample --out {folder} --people 60 --items 400 --seed 11")
    if server is not None:
        name_database(folder, server.new_database())
    steps = ("keys create", "register import accounts.csv notices.csv", "register snapshot", f"build {CORPUS}")
    for step in (*steps, f"apply {CORPUS}"):
        _run(folder, step)
    return folder


def copy_platform(platform: Path, folder: Path, server: Server | None = None) -> Path:
    """Copy a platform, and its database on a server with it; nobody may use the platform meanwhile."""
    shutil.copytree(platform, folder)
    if server is not None:
        name_database(folder, server.new_database(like=workspace_of(platform).register_url))
    return folder


@contextmanager
def copied_platform(platform: Path, server: Server | None = None) -> Iterator[Path]:
    """Yield a copy of a platform that is gone afterwards, with its database."""
    with tempfile.TemporaryDirectory(prefix="demur-drill-") as name:
        copied = copy_platform(platform, Path(name) / "platform", server)
        yield copied
        if server is not None:
            server.drop_database(workspace_of(copied).register_url)


def name_database(platform: Path, url: str) -> None:
    """Write the URL of its register's database into a platform's configuration."""
    path = platform / "demur.toml"
    path.write_text(_DATABASE.sub(f'url = "{url}"', path.read_text("utf-8"), count=1), "utf-8")


def _run(folder: Path, words: str) -> None:
    subprocess.run([sys.executable, "-m", "demur", *words.split()], cwd=folder, capture_output=True, check=True)  # noqa: S603 -- ours


@dataclass(slots=True)
class Leavers:
    """People who leave the corpus of a platform by objecting, one after the other, and what must follow from that."""

    platform: Path
    rows: dict[str, list[int]] = field(init=False)
    staying: list[str] = field(init=False)
    left: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find out who has rows in the corpus."""
        self.rows = _rows_by_account(self.platform)
        self.staying = sorted(self.rows)

    def choose(self, most: int) -> list[str]:
        """Return some who leave now; none when all have left."""
        leaving = [self.staying.pop() for _ in range(min(most, len(self.staying)))]
        self.left += leaving
        return leaving

    def take_back(self, leaving: list[str]) -> None:
        """Count some as staying after all: the process that they asked died before it told them anything."""
        self.left = [account for account in self.left if account not in leaving]
        self.staying += leaving

    def check_rows(self, findings: Findings) -> None:
        """Check that a reader of the signed corpus, which was brought up to the register, finds nothing of theirs."""
        workspace = workspace_of(self.platform)
        # A busy machine may take longer to get here than the ruleset allows a reader: what is asked is who is in.
        removed = open_corpus(
            workspace.corpus(CORPUS), trust=workspace.trusted_keys, max_heartbeat_age=_LONGEST_WAIT
        ).removed()
        there = [row for account in self.left for row in self.rows[account] if not removed[row]]
        findings.lose(len(there), f"{len(there)} rows of people who objected are in the corpus")

    def check_effects(self, findings: Findings) -> None:
        """Check, as the last thing, that whatever an entry asked for is done once nothing stops it any more."""
        workspace = workspace_of(self.platform)
        workspace.clock = FixedClock(workspace.clock.now() + _MUCH_LATER)
        with workspace.open_register() as register:
            follow_all(workspace, register).go_round()
            owed = count_owed(register, at=workspace.clock.now())
        open_ones = sum(one.waiting + one.leased + one.dead for one in owed if one.kind is EffectKind.APPLY)
        findings.lose(open_ones, f"{open_ones} effects of entries are not done, or are not marked")


def _rows_by_account(platform: Path) -> dict[str, list[int]]:
    keyring = workspace_of(platform).whole_keyring
    index = pl.read_parquet(platform / "corpora" / CORPUS / "index" / "subjects.parquet").filter("is_author")
    rows = dict(index.group_by("subject_key").agg("row").iter_rows())
    accounts = pl.read_csv(platform / "accounts.csv", infer_schema=False)["account"]
    keyed = {account: subject_key(keyring, account) for account in accounts}
    return {account: rows[key] for account, key in keyed.items() if key in rows}
