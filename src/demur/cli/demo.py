"""``demur demo``: the whole story on a sample platform, each step by the command that a newcomer would type.

Every step runs as a process of its own, as it would in an installation; the demo only reads what the commands print.
"""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl

from demur.cli.charts import Point
from demur.cli.errors import DemoStepError
from demur.cli.output import print_lines, print_table
from demur.cli.report import Step, Story, render_report
from demur.cli.sample import write_sample
from demur.evidence.verify import TRUSTED
from demur.kernel.clock import parse_timestamp
from demur.kernel.files import write_whole
from demur.testing.agora.platform import AgoraSummary

Answer = dict[str, Any]
_TRAINED_BEFORE_OBJECTION = 0.3
_PROVING = ("delivered", "shown")
_LEVELS = {"suppressed": "objected", "never-inserted": "never in"}


@dataclass(kw_only=True)
class _Stage:
    """The folder that the story plays in, and what was told so far."""

    out: Path
    steps: list[Step] = field(default_factory=list)

    def run(self, title: str, *words: str, told: Sequence[str] = (), accept: Sequence[int] = (0,)) -> Answer:
        """Run one command with ``--json`` and return what it printed."""
        began = time.monotonic()
        command = f"demur {shlex.join(words)}"
        print_lines(f"$ {command}")
        done = subprocess.run(_argv((*words, "--json")), cwd=self.out, capture_output=True, text=True, check=False)  # noqa: S603 -- our own command
        _check(words, done.returncode, done.stderr, accept)
        answer: Answer = json.loads(done.stdout)
        self.tell(title, command, told, time.monotonic() - began)
        return answer

    def tell(self, title: str, command: str, told: Sequence[str], seconds: float) -> None:
        """Add a step to the story."""
        self.steps.append(Step(title=title, command=command, told=told, seconds=seconds))

    def add(self, *told: str) -> None:
        """Say what the last step showed."""
        last = self.steps.pop()
        self.steps.append(Step(title=last.title, command=last.command, told=(*last.told, *told), seconds=last.seconds))
        print_lines(*(f"  {line}" for line in told))


def demo(
    *, out: Path = Path("demo"), people: int = 2000, items: int = 40_000, seed: int = 2025, steps: int | None = None
) -> None:
    """Play the whole flow on an invented platform and write a report: notice to proof in a few minutes.

    Args:
        out: The folder to play in; it must be new or empty.
        people: People of the sample platform.
        items: Their posts, photos, comments and chats.
        seed: Draws the platform.
        steps: End the training run early after so many steps.
    """
    began = time.monotonic()
    sample = write_sample(out, people=people, items=items, seed=seed, now=datetime.now(UTC))
    stage = _Stage(out=out)
    stage.tell(
        "An invented platform",
        f"demur sample --out {out} --people {people} --items {items}",
        (),
        time.monotonic() - began,
    )
    stage.add(f"{sample.people:,} people with {sample.accounts:,} accounts wrote {sample.items:,} items; nobody exists")
    _tell_notices_and_objections(stage, sample)
    built = _build(stage)
    applied, late_seconds = _object_late(stage, sample)
    trained, live_seconds = _train(stage, sample, steps)
    audited = _audit(stage)
    verified = _prove(stage)
    story = Story(
        subtitle=_subtitle(sample, time.monotonic() - began),
        headline=_headline(sample, built, applied, audited),
        steps=stage.steps,
        notices=_count_notices(out),
        reasons=sorted(built["reasons"].items()),
        effects=[("a new reader of the corpus", late_seconds), ("the training that was running", live_seconds)],
        memorisation=_memorisation(audited),
        checks=[(check["subject"], check["statement"]) for check in verified["checks"]],
        trusted=TRUSTED,
        next_commands=_next_commands(out, sample.late_objection, trained),
    )
    write_whole(out / "report.html", render_report(story).encode())
    _sum_up(out, story)


def _tell_notices_and_objections(stage: _Stage, sample: AgoraSummary) -> None:
    stage.run("Keys", "keys", "create", told=("one keyring for its owner alone; its public half is for everybody",))
    stage.run(
        "The register learns the accounts and who was told",
        "register",
        "import",
        "accounts.csv",
        "notices.csv",
    )
    told = dict(_count_notices(stage.out))
    stage.add(
        f"{told.get('delivered or shown', 0):,} accounts have a proven notice",
        f"{told.get('bounced', 0):,} notices bounced, {told.get('sent, not proven', 0):,} were sent without proof, "
        f"{told.get('never told', 0):,} accounts were never told: their items stay out",
    )
    stage.run("People object; a few withdraw", "register", "import", "objections.csv", "withdrawals.csv")
    stage.add(
        f"{len(sample.objecting_accounts):,} accounts objected and got a receipt each; "
        f"{len(sample.withdrawing_accounts):,} withdrew later, logged in"
    )
    taken = stage.run("A signed snapshot of the register", "register", "snapshot")
    stage.add(
        f"{taken['objections']:,} accounts are covered by an objection, linked ones included",
        f"the snapshot names position {taken['log_size']:,} of the log",
    )


def _build(stage: _Stage) -> Answer:
    built = stage.run("The corpus, with a reason for each item left out", "build", "sample", accept=(0, 1))
    stage.add(
        f"{built['rows_read']:,} items read = {built['rows_decided']:,} decided + {built['rows_rejected']:,} rejected",
        f"{built['decisions']['include']:,} are in; {sum(built['cuts'].values()):,} identifiers were cut from them; "
        f"{built['pictures_left_out']:,} pictures stay out until there is an image filter",
    )
    return built


def _object_late(stage: _Stage, sample: AgoraSummary) -> tuple[Answer, float]:
    account = sample.late_objection
    receipt = stage.run(
        "A late objection",
        "register",
        "object",
        account,
        "--out",
        "late.tlog-proof",
        told=("received means: on disk, in the log, and in the person's hands as a proof",),
    )
    applied = stage.run("The corpus obeys", "apply", "sample")
    seconds = (datetime.now(UTC) - parse_timestamp(receipt["received_at"])).total_seconds()
    stage.add(
        f"{applied['removed']:,} rows are gone for every reader, of every account that is linked",
        "no shard was rewritten: one small signed file says what is gone",
    )
    return applied, seconds


def _train(stage: _Stage, sample: AgoraSummary, steps: int | None) -> tuple[Answer, float]:
    limit = () if steps is None else ("--max-steps", str(steps))
    words = ("train", "sample", "--out", "runs/first", "--context", "128", "--batch-rows", "16", *limit)
    began = time.monotonic()
    print_lines(f"$ demur {shlex.join(words)} &")
    with _started(stage.out, words) as training:
        _wait_for_share(training, words)
        objected = stage.run(
            "An objection while a model trains",
            "register",
            "object",
            sample.training_objection,
            "--out",
            "live.tlog-proof",
        )
        printed, complaint = training.communicate()
    _check(words, training.returncode, complaint, (0,))
    trained: Answer = json.loads(printed)
    effects = [json.loads(line) for line in (stage.out / "runs/first/effects.jsonl").read_text("utf-8").splitlines()]
    seconds = (parse_timestamp(effects[0]["at"]) - parse_timestamp(objected["received_at"])).total_seconds()
    stage.tell("The training goes on, without them", f"demur {shlex.join(words)}", (), time.monotonic() - began)
    stage.add(
        f"{trained['steps']:,} steps; from step {effects[0]['step']:,} on, {seconds:.1f} s after the receipt, "
        "no batch held a row of the objector",
    )
    return trained, seconds


@contextmanager
def _started(folder: Path, words: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen(_argv((*words, "--json")), cwd=folder, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603 -- our own command
        try:
            yield process
        finally:
            process.kill()


def _wait_for_share(training: "subprocess.Popen[str]", words: Sequence[str]) -> None:
    """Wait until a share of the steps is done, as the command itself reports it."""
    heard: list[str] = []
    for line in training.stderr or ():
        heard.append(line)
        if line.startswith("training "):
            done, total = line.removeprefix("training ").split("/")
            if int(done) >= _TRAINED_BEFORE_OBJECTION * int(total):
                return
    _check(words, training.wait(), "".join(heard), ())


def _audit(stage: _Stage) -> Answer:
    audited = stage.run(
        "What the model remembers",
        "audit",
        "run",
        "runs/first",
        "--corpus",
        "sample",
        "--thresholds",
        "rehearsal",
        accept=(0, 1),
    )
    stage.add(f"verdict: {audited['verdict']}", *audited["reasons"])
    return audited


def _prove(stage: _Stage) -> Answer:
    packed = stage.run(
        "One file for the authority", "evidence", "pack", "sample", "--run", "runs/first", "--out", "pack.zip"
    )
    stage.add(f"{packed['members']:,} members, {packed['bytes']:,} bytes, no subject key in it")
    verified = stage.run(
        "Checked without a network, for the late objector too",
        "evidence",
        "verify",
        "pack.zip",
        "--receipt",
        "late.tlog-proof",
    )
    stage.add(f"{len(verified['checks'])} checks hold")
    return verified


def _subtitle(sample: AgoraSummary, seconds: float) -> str:
    return f"Notice to proof on an invented platform of {sample.people:,} people, in {seconds:.0f} seconds."


def _count_notices(out: Path) -> list[tuple[str, int]]:
    """Count accounts by the best that is known about their notice."""
    accounts = pl.read_csv(out / "accounts.csv", columns=["account"], schema_overrides={"account": pl.String})
    events = pl.read_csv(out / "notices.csv", columns=["account", "event"], schema_overrides={"account": pl.String})
    best = events.group_by("account").agg(
        pl.when(pl.col("event").is_in(_PROVING).any())
        .then(pl.lit("delivered or shown"))
        .when((pl.col("event") == "bounced").any())
        .then(pl.lit("bounced"))
        .otherwise(pl.lit("sent, not proven"))
        .alias("state")
    )
    known = accounts.join(best, on="account", how="left").with_columns(pl.col("state").fill_null("never told"))
    return list(known.group_by("state").len().sort("state").iter_rows())


def _memorisation(audited: Answer) -> list[tuple[str, list[Point]]]:
    names = {"z-text": "random words", "z-contact": "contact details"}
    series = []
    for metric, name in names.items():
        points = [
            Point(
                x=_LEVELS.get(m["level"], f"{m['level']}x"),
                y=float(m["value"]),
                low=float(m["low"]),
                high=float(m["high"]),
                is_joined=m["level"] not in _LEVELS,
            )
            for m in audited["metrics"]
            if m["name"] == metric
        ]
        series.append((name, points))
    return series


def _headline(sample: AgoraSummary, built: Answer, applied: Answer, audited: Answer) -> list[tuple[str, str]]:
    return [
        (f"{sample.items:,}", "items read, each with a decision"),
        (f"{built['decisions']['include']:,}", "let in"),
        (f"{len(sample.objecting_accounts):,}", "accounts that objected"),
        (f"{applied['removed']:,}", "rows gone by one late objection"),
        (audited["verdict"], "verdict of the audit"),
    ]


def _post_of(out: Path, account: str) -> str:
    """Return a public post of an account, for somebody who wants to see why it is out."""
    posts = pl.scan_parquet(out / "content" / "posts-*.parquet")
    theirs = posts.filter((pl.col("author_id") == account) & (pl.col("audience") == "public"))
    return str(theirs.select("id").sort("id").collect().item(0, 0))


def _next_commands(out: Path, late: str, trained: Answer) -> list[str]:
    return [
        f"cd {out}",
        f"demur explain {_post_of(out, late)} --corpus sample      # why is this item in, or out?",
        "demur register status                       # what the register holds",
        "demur export sample --to jsonl --out view.jsonl --recipient 'Example Lab'",
        "demur purge sample                          # rewrite shards without what was removed",
        "demur policy show                           # the rules, with their sources in the law",
        f"python -c \"from transformers import AutoModelForCausalLM as M; M.from_pretrained('{trained['model']}')\"",
    ]


def _sum_up(out: Path, story: Story) -> None:
    print_table("Why items are in or out", ("reason", "items"), sorted(story.reasons, key=itemgetter(1), reverse=True))
    print_table(
        "Time from receipt to effect",
        ("reader", "seconds"),
        [(name, f"{seconds:.2f}") for name, seconds in story.effects],
    )
    print_table("Checked by the verifier", ("about", "holds"), list(story.checks))
    print_lines("", f"The report: {out / 'report.html'}", "Try next:", *(f"  {line}" for line in story.next_commands))


def _argv(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "demur", *words]


def _check(words: Sequence[str], status: int, complaint: str, accept: Sequence[int]) -> None:
    if status not in accept:
        message = f"`demur {shlex.join(words)}` ended with exit status {status}"
        raise DemoStepError(message, hint=complaint.strip().splitlines()[-1] if complaint.strip() else None)
