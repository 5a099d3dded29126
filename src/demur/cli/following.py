"""Follow the register with corpora: what it takes out leaves all of them within seconds of its receipt.

One corpus that cannot follow stops no other: it is told, tried again after a while, and its readers stop by themselves
when its heartbeat grows old.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from demur.cli.errors import DeadlineMissedError, EffectUnfinishedError
from demur.cli.workspace import Workspace
from demur.corpus.apply import ApplyResult, apply_register, renew_heartbeat
from demur.corpus.layout import CorpusLayout
from demur.exchange.removals import Heartbeat, open_heartbeat
from demur.kernel.clock import FixedClock
from demur.kernel.errors import DemurError, TransientError
from demur.kernel.files import DiskFullError
from demur.kernel.words import EffectKind
from demur.register.effects import owe_alarms
from demur.register.errors import DatabaseUnreachableError
from demur.register.outbox import Effect, Handler, Worked, run_due
from demur.register.owed import is_done
from demur.register.queries import read_position
from demur.register.requests_terms import erase_old_terms
from demur.register.snapshot import take_snapshot
from demur.register.store import Register

# A reader allows 60 s since the heartbeat; a second leaves room for a slow disk many times over.
SECONDS_BETWEEN_ROUNDS = 1.0
# What is over by itself: the register is busy, a disk is full, a server is started anew.
PASSING = (TransientError, DiskFullError, DatabaseUnreachableError)
# Time alone can take an item out (it expires), so everything is applied anew once in a while.
_ROUNDS_BETWEEN_FULL = 60
_LONGEST_REST_ROUNDS = 60


_Folders: TypeAlias = Mapping[str, Path]


def bring_up_to_date(workspace: Workspace, folder: Path, snapshot: Path | None = None) -> ApplyResult:
    """Apply a snapshot to a corpus; without one, the register as it is now."""
    with workspace.open_log() as register, workspace.passing_folder() as passing:
        if snapshot is None:
            take_snapshot(register, passing, at=workspace.clock.now())
        return _apply_snapshot(workspace, register, folder, snapshot or passing)


@contextlib.contextmanager
def keep_up_to_date(workspace: Workspace, folder: Path) -> Iterator[None]:
    """Keep one corpus up to the register while the block runs.

    When keeping up fails, the heartbeat grows old and every reader stops by itself; the error is raised at the end of
    the block, where somebody sees it. What is over by itself is tried again.
    """
    stop = threading.Event()
    failures: list[Exception] = []

    def follow() -> None:
        try:
            with workspace.open_log() as register:
                following = Following(workspace, register, lambda: {folder.name: folder})
                while not stop.wait(SECONDS_BETWEEN_ROUNDS):
                    with contextlib.suppress(*PASSING):
                        errors = (one.error for one in following.follow().left_behind)
                        failures.extend(error for error in errors if not isinstance(error, PASSING))
                        if failures:
                            return
        except DemurError as error:
            failures.append(error)

    thread = threading.Thread(target=follow, name="demur-reconcile", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failures:
        raise failures[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A corpus that was brought up to the register in a round."""

    corpus: str
    result: ApplyResult


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """A corpus that could not be brought up to the register, and why."""

    corpus: str
    error: Exception

    @property
    def code(self) -> str:
        """Return the code of the error, or the name of a foreign one."""
        return self.error.code if isinstance(self.error, DemurError) else type(self.error).__name__

    @property
    def message(self) -> str:
        """Return what the error says; that of a foreign one may quote a row."""
        return str(self.error) if isinstance(self.error, DemurError) else "the system or a library refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What became of the corpora in one round.

    Attributes:
        applied: those that were applied; those of which only the heartbeat was renewed are not named.
        left_behind: those that failed.
    """

    applied: tuple[Applied, ...]
    left_behind: tuple[LeftBehind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did: to the corpora, and with the effects that were due."""

    followed: Followed
    worked: Worked


@dataclass(slots=True)
class _Progress:
    """Where a corpus stands: the position of the register that it reflects, and what went wrong lately."""

    seen: tuple[int, ...] = ()
    failures: int = 0
    rest_rounds: int = 0

    def succeed(self, position: tuple[int, ...]) -> None:
        self.seen, self.failures = position, 0

    def fail(self) -> None:
        self.seen = ()
        self.rest_rounds = min(_LONGEST_REST_ROUNDS, (1 << self.failures) - 1)
        self.failures = min(self.failures + 1, _LONGEST_REST_ROUNDS)

    def takes_rest(self) -> bool:
        is_resting = self.rest_rounds > 0
        self.rest_rounds -= is_resting
        return is_resting


@dataclass(slots=True)
class Following:
    """Follows an open register with corpora.

    Attributes:
        folders: tells anew in each round which there are, by name: a corpus may be built meanwhile.
    """

    workspace: Workspace
    register: Register
    folders: Callable[[], _Folders]
    _rounds: int = 0
    _progress: dict[str, _Progress] = field(default_factory=dict)

    def go_round(self) -> Round:
        """Bring every corpus up to the register, or renew its heartbeat, then do the effects that were due before.

        Once in a while, what people without an account gave so long ago that it has served is deleted, and alarms are
        asked for of objections that nobody honoured for a day.

        Raises:
            TransientError, DatabaseUnreachableError, DiskFullError: not now; the next round goes on.
        """
        seen_at = self.workspace.clock.now()
        followed = self.follow()
        if self._rounds % _ROUNDS_BETWEEN_FULL == 1:
            erase_old_terms(self.register, at=seen_at)
            owe_alarms(self.register, at=seen_at)
        worked = run_due(self.register, self._handlers(self.folders()), at=seen_at, clock=self.workspace.clock)
        return Round(followed=followed, worked=worked)

    def follow(self) -> Followed:
        """Bring every corpus up to the register, or renew its heartbeat.

        Raises:
            TransientError, DatabaseUnreachableError, DiskFullError: not now; the next round goes on.
        """
        # Before the look: a fact that comes between the two is younger than what a heartbeat says.
        seen_at = self.workspace.clock.now()
        position = read_position(self.register)
        folders = self.folders()
        self._progress = {name: self._progress.get(name, _Progress()) for name in folders}
        if self._rounds % _ROUNDS_BETWEEN_FULL == 0:
            for progress in self._progress.values():
                progress.seen = ()
        self._rounds += 1
        awake = {name: folder for name, folder in folders.items() if not self._progress[name].takes_rest()}
        stale = {name: folder for name, folder in awake.items() if self._progress[name].seen != position}
        failed = self._renew({name: folder for name, folder in awake.items() if name not in stale}, seen_at)
        applied, left_behind = self._apply(stale, position)
        return Followed(applied=tuple(applied), left_behind=(*failed, *left_behind))

    def _renew(self, folders: _Folders, seen_at: datetime) -> list[LeftBehind]:
        failed = []
        for name, folder in folders.items():
            try:
                renew_heartbeat(folder, keyring=self.workspace.keyring, clock=FixedClock(seen_at))
            except Exception as error:  # noqa: BLE001 -- recorded: one corpus stops no other
                failed.append(self._leave_behind(name, error))
        return failed

    def _apply(self, folders: _Folders, position: tuple[int, ...]) -> tuple[list[Applied], list[LeftBehind]]:
        """Apply one snapshot to some corpora; what comes meanwhile lies beyond the position that was read before it."""
        applied: list[Applied] = []
        failed: list[LeftBehind] = []
        if not folders:
            return applied, failed
        with self.workspace.passing_folder() as passing:
            take_snapshot(self.register, passing, at=self.workspace.clock.now())
            for name, folder in folders.items():
                try:
                    result = _apply_snapshot(self.workspace, self.register, folder, passing)
                except Exception as error:  # noqa: BLE001 -- recorded: one corpus stops no other
                    failed.append(self._leave_behind(name, error))
                else:
                    self._progress[name].succeed(position)
                    applied.append(Applied(corpus=name, result=result))
        return applied, failed

    def _handlers(self, folders: _Folders) -> Mapping[EffectKind, Handler]:
        beats = {name: read_heartbeat(self.workspace, folder) for name, folder in folders.items()}
        # An entry at index n is reflected by whatever reflects more than n entries.
        sizes = {name: beat.log_size if beat else 0 for name, beat in beats.items()}

        def check_applied(effect: Effect) -> None:
            behind = sum(size <= effect.ref for size in sizes.values())
            if behind:
                message = f"{behind} of {len(sizes)} corpora do not reflect entry {effect.ref} of the log yet"
                raise EffectUnfinishedError(message)

        def check_deadline(effect: Effect) -> None:
            if not is_done(self.register, EffectKind.APPLY, effect.ref):
                message = f"entry {effect.ref} of the log is not honoured by every corpus"
                raise DeadlineMissedError(message)

        return {EffectKind.APPLY: check_applied, EffectKind.DEADLINE: check_deadline}

    def _leave_behind(self, name: str, error: Exception) -> LeftBehind:
        self._progress[name].fail()
        return LeftBehind(corpus=name, error=error)


def follow_all(workspace: Workspace, register: Register) -> Following:
    """Return what follows a register with every corpus that is finished, also those that are built meanwhile."""
    return Following(workspace, register, lambda: {name: workspace.corpora / name for name in workspace.corpus_names()})


def read_heartbeat(workspace: Workspace, folder: Path) -> Heartbeat | None:
    """Return the heartbeat of a corpus; None where there is none, or none that holds."""
    try:
        return open_heartbeat(CorpusLayout(folder).heartbeat.read_bytes(), workspace.trusted_keys.documents)
    except (OSError, DemurError):
        return None


def _apply_snapshot(workspace: Workspace, register: Register, folder: Path, snapshot: Path) -> ApplyResult:
    """Apply a snapshot of an open register to a corpus; what it takes out is entered in the register's log."""
    return apply_register(
        folder,
        snapshot=snapshot,
        ruleset=workspace.ruleset,
        keyring=workspace.keyring,
        log=register,
        clock=workspace.clock,
        suppressions=workspace.suppressions(),
    )
