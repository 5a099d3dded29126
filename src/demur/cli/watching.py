"""``demur watch`` and ``demur status``: every corpus kept up to the register, and how the installation stands."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.following import PASSING, SECONDS_BETWEEN_ROUNDS, Following, LeftBehind, Round, follow_all
from demur.cli.output import print_json, print_lines, print_table, tell_count
from demur.cli.searching import Searching
from demur.cli.standing import Standing, metrics_of, read_standing, seconds
from demur.cli.telling import Telling, TellingThread
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import timestamp
from demur.kernel.errors import DemurError
from demur.kernel.files import write_whole
from demur.kernel.small_counts import show_count
from demur.register.outbox import Worked
from demur.register.owed import Owed, TimeToEffect
from demur.register.store import Register

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_SHORTEST_PAUSE_SECONDS = 0.1
_SECONDS_BETWEEN_SEARCHES = 30.0
_BEHIND = 1
_UNWELL = 1
_STATES = ("waiting", "leased", "retried", "overdue", "dead")


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
    to; and public texts are counted for people without an account who asked how many name them. A line is printed for
    each round that changed something; with --json an object.

    Args:
        metrics: A file that is rewritten, whole, after each round, in the text format of Prometheus.
        once: Go one round and end; exit status 1 when a corpus could not follow.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    # A confirmation names whom an entry covers, which is sealed.
    is_confirming = workspace.configuration.confirmations is not None
    with workspace.open_register() if is_confirming else workspace.open_log() as register:
        following, telling = follow_all(workspace, register), Telling(workspace, register)
        searching = Searching(workspace, register)
        if once:
            went = following.go_round()
            _tell(common, went, went.followed.left_behind, telling.go_round())
            searching.go_round()
            _export(workspace, register, metrics)
            return _BEHIND if went.followed.left_behind else 0
        with (
            TellingThread(telling, seconds_between=SECONDS_BETWEEN_ROUNDS) as told_beside,
            TellingThread(searching, seconds_between=_SECONDS_BETWEEN_SEARCHES) as searched_beside,
        ):
            _go_on(common, workspace, following, metrics, (told_beside, searched_beside))
    return 0


def status(*, common: _Common = _COMMON) -> int:
    """Tell what the register owes and to whom it was fast: effects by kind, time to effect, and how fresh corpora are.

    Exit status 1 when something is overdue or dead.

    Args:
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_log() as register:
        standing = read_standing(workspace, register)
    if not workspace.role.sees_small_counts:
        _tell_veiled(common, standing)
    elif common.json:
        print_json(_describe(standing))
    else:
        _print(standing)
    return 0 if standing.is_well else _UNWELL


def _go_on(
    common: Common,
    workspace: Workspace,
    following: Following,
    metrics: Path | None,
    beside: tuple[TellingThread, TellingThread],
) -> None:
    """Go round after round; what fails the same way again is told once.

    When the register is busy or away, or the disk is full, heartbeats grow old and readers stop, until it is over.
    """
    told: dict[str, str] = {}
    told_beside, searched_beside = beside
    while True:
        began = time.monotonic()
        told_beside.check()
        searched_beside.check()
        try:
            went = following.go_round()
            news = [one for one in went.followed.left_behind if told.get(one.corpus) != one.message]
            told |= {one.corpus: one.message for one in news}
            for one in went.followed.applied:
                told.pop(one.corpus, None)
            _tell(common, went, news, told_beside.take())
            _export(workspace, following.register, metrics)
        except PASSING as error:
            _tell_waiting(common, error)
        sys.stdout.flush()
        # From one beginning to the next: what comes during a round must not wait for the length of that as well.
        time.sleep(max(_SHORTEST_PAUSE_SECONDS, SECONDS_BETWEEN_ROUNDS - (time.monotonic() - began)))


def _tell_waiting(common: Common, error: DemurError) -> None:
    if common.json:
        print_json({"waiting": error.code})
    else:
        print_lines(f"waiting: {error} [{error.code}]")


def _tell(common: Common, went: Round, left_behind: Sequence[LeftBehind], beside: Worked) -> None:
    done = {kind.value: count for kind, count in (went.worked.done | beside.done).items() if count}
    dead = sum(failure.is_dead for failure in (*went.worked.failures, *beside.failures))
    if not (went.followed.applied or left_behind or done or dead):
        return
    if common.json:
        applied = {
            one.corpus: {
                "removed": one.result.removed,
                "removals_version": one.result.version,
                "log_size": one.result.log_size,
            }
            for one in went.followed.applied
        }
        failed = {one.corpus: {"code": one.code, "message": one.message} for one in left_behind}
        print_json({"applied": applied, "left_behind": failed, "effects_done": done, "effects_dead": dead})
        return
    print_lines(
        *(
            f"{one.corpus}: {one.result.removed:,} rows taken out; Removals version {one.result.version}, "
            f"log size {one.result.log_size}"
            for one in went.followed.applied
        ),
        *(f"{one.corpus}: left behind: {one.message} [{one.code}]" for one in left_behind),
        *(f"{count:,} effects done: {kind}" for kind, count in done.items()),
        *[f"{dead:,} effects dead: see demur register effects dead"] * (dead > 0),
    )


def _export(workspace: Workspace, register: Register, metrics: Path | None) -> None:
    if metrics is not None:
        write_whole(metrics, metrics_of(read_standing(workspace, register)).encode())


def _tell_veiled(common: Common, standing: Standing) -> None:
    """Print how the installation stands for those who must not learn of single people."""
    owed = {one.kind.value: _veil_owed(one) for one in standing.owed}
    took = _veil_times(standing.took)
    if common.json:
        print_json({**_describe(standing), "effects": owed, "time_to_effect": took})
        return
    counts = [[show_count(getattr(one, state)) for state in _STATES] for one in standing.owed]
    rows = [(one.kind.value, *map(tell_count, row)) for one, row in zip(standing.owed, counts, strict=True)]
    print_table("Owed", ("effect", *_STATES), rows)
    told = (f"{name} {'withheld' if value is None else value}" for name, value in took.items())
    print_lines(f"Time to effect, from receipt to every corpus: {', '.join(told)}", "")
    _print_corpora(standing)


def _veil_owed(one: Owed) -> dict[str, object]:
    # For how long the oldest waits is about one person, unless it waits among many.
    is_among_many = show_count(one.waiting + one.leased) is not None
    return {
        **{state: show_count(getattr(one, state)) for state in _STATES},
        "oldest_seconds": seconds(one.oldest) if is_among_many else None,
    }


def _veil_times(took: TimeToEffect) -> dict[str, object]:
    is_of_many = show_count(took.objections) is not None
    spans = {"p50_seconds": took.p50, "p99_seconds": took.p99, "max_seconds": took.longest}
    return {
        "objections": show_count(took.objections),
        **{name: seconds(span) if is_of_many else None for name, span in spans.items()},
    }


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
    _print_corpora(standing)


def _print_corpora(standing: Standing) -> None:
    fresh = [(one.corpus, one.at and timestamp(one.at), one.log_size) for one in standing.corpora]
    print_table("Corpora", ("corpus", "up to date at", "log size"), fresh)
    if standing.told:
        told = [
            (one.recipient, one.written, "asks itself" if one.taken is None else one.taken) for one in standing.told
        ]
        print_table("Recipients", ("recipient", "notices", "taken"), told)
