"""Follow the register with every corpus: what it takes out leaves all of them within seconds of its receipt.

One corpus that cannot follow stops no other: it is told, tried again after a while, and its readers stop by themselves
when its heartbeat grows old.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from demur.cli.errors import DeadlineMissedError, EffectUnfinishedError
from demur.cli.reconciling import apply_snapshot
from demur.cli.workspace import Workspace
from demur.corpus.apply import ApplyResult, renew_heartbeat
from demur.corpus.layout import CorpusLayout
from demur.exchange.removals import Heartbeat, open_heartbeat
from demur.kernel.clock import FixedClock
from demur.kernel.errors import DemurError
from demur.kernel.words import EffectKind
from demur.register.outbox import Effect, Handler, Worked, run_due
from demur.register.owed import is_done
from demur.register.queries import read_position
from demur.register.snapshot import take_snapshot
from demur.register.store import Register

# Time alone can take an item out (it expires), so everything is applied anew once in a while.
_ROUNDS_BETWEEN_FULL = 60
_LONGEST_REST_ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A corpus that was brought up to the register in a round."""

    corpus: str
    result: ApplyResult


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """A corpus that could not be brought up to the register, and why; `code` is the error's."""

    corpus: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did.

    Attributes:
        applied: corpora that were applied; those of which only the heartbeat was renewed are not named.
        left_behind: corpora that failed in this round.
        worked: what became of the effects that were due.
    """

    applied: tuple[Applied, ...]
    left_behind: tuple[LeftBehind, ...]
    worked: Worked


@dataclass(slots=True)
class _Followed:
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
    """Follows an open register with every corpus that is finished, also those that are built meanwhile."""

    workspace: Workspace
    register: Register
    _rounds: int = 0
    _followed: dict[str, _Followed] = field(default_factory=dict)

    def go_round(self) -> Round:
        """Bring every corpus up to the register, or renew its heartbeat, then do the effects that were due before.

        Raises:
            TransientError: the register could not be read or written now; the next round goes on.
        """
        # Before the look: a fact that comes between the two is younger than what a heartbeat says.
        seen_at = self.workspace.clock.now()
        position = read_position(self.register)
        names = self.workspace.corpus_names()
        self._followed = {name: self._followed.get(name, _Followed()) for name in names}
        if self._rounds % _ROUNDS_BETWEEN_FULL == 0:
            for followed in self._followed.values():
                followed.seen = ()
        self._rounds += 1
        awake = [name for name in names if not self._followed[name].takes_rest()]
        stale = [name for name in awake if self._followed[name].seen != position]
        failed = self._renew([name for name in awake if name not in stale], seen_at)
        applied, left_behind = self._apply(stale, position)
        worked = run_due(self.register, self._handlers(names), at=seen_at, clock=self.workspace.clock)
        return Round(applied=tuple(applied), left_behind=(*failed, *left_behind), worked=worked)

    def _renew(self, names: Sequence[str], seen_at: datetime) -> list[LeftBehind]:
        failed = []
        for name in names:
            try:
                renew_heartbeat(self._folder(name), keyring=self.workspace.keyring, clock=FixedClock(seen_at))
            except Exception as error:  # noqa: BLE001 -- recorded: one corpus stops no other
                failed.append(self._leave_behind(name, error))
        return failed

    def _apply(self, names: Sequence[str], position: tuple[int, ...]) -> tuple[list[Applied], list[LeftBehind]]:
        """Apply one snapshot to some corpora; what comes meanwhile lies beyond the position that was read before it."""
        applied: list[Applied] = []
        failed: list[LeftBehind] = []
        if not names:
            return applied, failed
        with self.workspace.passing_folder() as passing:
            take_snapshot(self.register, passing, at=self.workspace.clock.now())
            for name in names:
                try:
                    result = apply_snapshot(self.workspace, self.register, self._folder(name), passing)
                except Exception as error:  # noqa: BLE001 -- recorded: one corpus stops no other
                    failed.append(self._leave_behind(name, error))
                else:
                    self._followed[name].succeed(position)
                    applied.append(Applied(corpus=name, result=result))
        return applied, failed

    def _handlers(self, names: Sequence[str]) -> Mapping[EffectKind, Handler]:
        beats = {name: read_heartbeat(self.workspace, name) for name in names}
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

    def _folder(self, name: str) -> Path:
        return self.workspace.corpora / name

    def _leave_behind(self, name: str, error: Exception) -> LeftBehind:
        self._followed[name].fail()
        # The message of a foreign error may quote a row.
        told = str(error) if isinstance(error, DemurError) else "the system or a library refused"
        code = error.code if isinstance(error, DemurError) else type(error).__name__
        return LeftBehind(corpus=name, code=code, message=told)


def read_heartbeat(workspace: Workspace, name: str) -> Heartbeat | None:
    """Return the heartbeat of a corpus; None where there is none, or none that holds."""
    path = CorpusLayout(workspace.corpora / name).heartbeat
    try:
        return open_heartbeat(path.read_bytes(), workspace.trusted_keys.documents)
    except (OSError, DemurError):
        return None
