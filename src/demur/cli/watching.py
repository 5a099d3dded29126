"""``demur watch`` and ``demur status``: every corpus kept up to the register, and how the installation stands."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.following import Following, LeftBehind, Round
from demur.cli.output import print_json, print_lines, print_table
from demur.cli.standing import Standing, metrics_of, read_standing, seconds
from demur.cli.telling import Telling, TellingThread
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import timestamp
from demur.kernel.errors import DemurError, TransientError
from demur.kernel.files import DiskFullError, write_whole
from demur.register.outbox import Worked
from demur.register.store import Register

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
# A reader allows 60 s since the heartbeat; a second leaves room for a slow disk many times over.
_SECONDS_BETWEEN = 1.0
_BEHIND = 1
_UNWELL = 1


def watch(
    *,
    metrics: Path | None = None,
    once: Annotated[bool, Parameter(negative="")] = False,
    common: _Common = _COMMON,
) -> int:
    """Keep every corpus up to the register until Ctrl-C: what an objection covers is out within seconds of its receipt.

    Each second it looks for what changed, takes it out of every finished corpus, also of those that are built
    meanwhile, and renews their heartbeats. A corpus that cannot follow is told and tried again, and stops no other.
    Whoever the configuration names is told beside: recipients of corpora what to delete, the platform whom to confirm
    to. A line is printed for each round that changed something; with --json an object.

    Args:
        metrics: A file that is rewritten, whole, after each round, in the text format of Prometheus.
        once: Go one round and end; exit status 1 when a corpus could not follow.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_register() as register:
        following, telling = Following(workspace, register), Telling(workspace, register)
        if once:
            went = following.go_round()
            _tell(common, went, went.left_behind, telling.go_round())
            _export(workspace, register, metrics)
            return _BEHIND if went.left_behind else 0
        with TellingThread(telling, seconds_between=_SECONDS_BETWEEN) as told_beside:
            _go_on(common, workspace, following, metrics, told_beside)
    return 0


def status(*, common: _Common = _COMMON) -> int:
    """Tell what the register owes and to whom it was fast: effects by kind, time to effect, and how fresh corpora are.

    Exit status 1 when something is overdue or dead.

    Args:
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_register() as register:
        standing = read_standing(workspace, register)
    if common.json:
        print_json(_describe(standing))
    else:
        _print(standing)
    return 0 if standing.is_well else _UNWELL


def _go_on(
    common: Common, workspace: Workspace, following: Following, metrics: Path | None, told_beside: TellingThread
) -> None:
    """Go round after round; what fails the same way again is told once.

    When the register is busy or the disk is full, heartbeats grow old and readers stop, until it is over.
    """
    told: dict[str, str] = {}
    while True:
        told_beside.check()
        try:
            went = following.go_round()
            news = [one for one in went.left_behind if told.get(one.corpus) != one.message]
            told |= {one.corpus: one.message for one in news}
            for one in went.applied:
                told.pop(one.corpus, None)
            _tell(common, went, news, told_beside.take())
            _export(workspace, following.register, metrics)
        except (TransientError, DiskFullError) as error:
            _tell_waiting(common, error)
        sys.stdout.flush()
        time.sleep(_SECONDS_BETWEEN)


def _tell_waiting(common: Common, error: DemurError) -> None:
    if common.json:
        print_json({"waiting": error.code})
    else:
        print_lines(f"waiting: {error} [{error.code}]")


def _tell(common: Common, went: Round, left_behind: Sequence[LeftBehind], beside: Worked) -> None:
    done = {kind.value: count for kind, count in (went.worked.done | beside.done).items() if count}
    dead = sum(failure.is_dead for failure in (*went.worked.failures, *beside.failures))
    if not (went.applied or left_behind or done or dead):
        return
    if common.json:
        applied = {
            one.corpus: {
                "removed": one.result.removed,
                "removals_version": one.result.version,
                "log_size": one.result.log_size,
            }
            for one in went.applied
        }
        failed = {one.corpus: {"code": one.code, "message": one.message} for one in left_behind}
        print_json({"applied": applied, "left_behind": failed, "effects_done": done, "effects_dead": dead})
        return
    print_lines(
        *(
            f"{one.corpus}: {one.result.removed:,} rows taken out; Removals version {one.result.version}, "
            f"log size {one.result.log_size}"
            for one in went.applied
        ),
        *(f"{one.corpus}: left behind: {one.message} [{one.code}]" for one in left_behind),
        *(f"{count:,} effects done: {kind}" for kind, count in done.items()),
        *[f"{dead:,} effects dead: see demur register effects dead"] * (dead > 0),
    )


def _export(workspace: Workspace, register: Register, metrics: Path | None) -> None:
    if metrics is not None:
        write_whole(metrics, metrics_of(read_standing(workspace, register)).encode())


def _describe(standing: Standing) -> dict[str, object]:
    took = standing.took
    return {
        "at": timestamp(standing.at),
        "effects": {
            one.kind.value: {
                "waiting": one.waiting,
                "leased": one.leased,
                "retried": one.retried,
                "overdue": one.overdue,
                "dead": one.dead,
                "oldest_seconds": seconds(one.oldest),
            }
            for one in standing.owed
        },
        "time_to_effect": {
            "objections": took.objections,
            "p50_seconds": seconds(took.p50),
            "p99_seconds": seconds(took.p99),
            "max_seconds": seconds(took.longest),
        },
        "corpora": {
            one.corpus: {"up_to_date_at": one.at and timestamp(one.at), "log_size": one.log_size}
            for one in standing.corpora
        },
        "recipients": {one.recipient: {"notices": one.written, "taken": one.taken} for one in standing.told},
    }


def _print(standing: Standing) -> None:
    columns = ("effect", "waiting", "leased", "retried", "overdue", "dead", "oldest")
    owed = [
        (one.kind.value, one.waiting, one.leased, one.retried, one.overdue, one.dead, one.oldest)
        for one in standing.owed
    ]
    print_table("Owed", columns, owed)
    took = standing.took
    print_table(
        "Time to effect, from receipt to every corpus",
        ("objections", "p50", "p99", "max"),
        [(took.objections, took.p50, took.p99, took.longest)],
    )
    fresh = [(one.corpus, one.at and timestamp(one.at), one.log_size) for one in standing.corpora]
    print_table("Corpora", ("corpus", "up to date at", "log size"), fresh)
    if standing.told:
        told = [
            (one.recipient, one.written, "asks itself" if one.taken is None else one.taken) for one in standing.told
        ]
        print_table("Recipients", ("recipient", "notices", "taken"), told)
