"""Bring corpora up to the register: once, or again and again while something reads them."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from demur.cli.workspace import Workspace
from demur.corpus.apply import ApplyResult, apply_register, renew_heartbeat
from demur.kernel.clock import FixedClock
from demur.kernel.errors import DemurError, TransientError
from demur.register.queries import read_position
from demur.register.snapshot import take_snapshot
from demur.register.store import Register

# A reader of a live run allows 60 s; a second leaves room for a slow disk many times over.
_SECONDS_BETWEEN = 1.0
_PASSES_BETWEEN_FULL = 60


def bring_up_to_date(workspace: Workspace, folder: Path, snapshot: Path | None = None) -> ApplyResult:
    """Apply a snapshot to a corpus; without one, the register as it is now."""
    with workspace.open_log() as register:
        if snapshot:
            return apply_snapshot(workspace, register, folder, snapshot)
        return _apply_now(workspace, register, folder)


@contextlib.contextmanager
def keep_up_to_date(workspace: Workspace, folder: Path) -> Iterator[None]:
    """Keep a corpus up to the register while the block runs.

    When keeping up fails, the heartbeat grows old and every reader stops by itself; the error is raised at the end of
    the block, where somebody sees it.
    """
    stop = threading.Event()
    failures: list[DemurError] = []

    def follow() -> None:
        try:
            with workspace.open_log() as register:
                _follow(workspace, register, folder, stop)
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


def _follow(workspace: Workspace, register: Register, folder: Path, stop: threading.Event) -> None:
    """Apply what changed, and renew the heartbeat while nothing does; once a minute everything is applied anew.

    Time alone can take an item out (it expires), so the register standing still is not enough for long. What fails
    only for the moment is tried again; if the moment lasts, the heartbeat grows old and readers stop.
    """
    seen: tuple[int, ...] = ()
    passes = 0
    while not stop.wait(_SECONDS_BETWEEN):
        with contextlib.suppress(TransientError):
            is_full = passes % _PASSES_BETWEEN_FULL == 0
            seen = _pass(workspace, register, folder, () if is_full else seen)
            passes += 1


def _pass(workspace: Workspace, register: Register, folder: Path, seen: tuple[int, ...]) -> tuple[int, ...]:
    """Apply what came after the position that was seen, or renew the heartbeat; return the position seen now."""
    # The instant before the look: a fact that comes between the two is younger than what the heartbeat says.
    seen_at = workspace.clock.now()
    position = read_position(register)
    if position == seen:
        renew_heartbeat(folder, keyring=workspace.keyring, clock=FixedClock(seen_at))
    else:
        # What comes while this applies lies beyond the position read before, and is applied by the next pass.
        _apply_now(workspace, register, folder)
    return position


def _apply_now(workspace: Workspace, register: Register, folder: Path) -> ApplyResult:
    with workspace.passing_folder() as passing:
        take_snapshot(register, passing, at=workspace.clock.now())
        return apply_snapshot(workspace, register, folder, passing)


def apply_snapshot(workspace: Workspace, register: Register, folder: Path, snapshot: Path) -> ApplyResult:
    """Apply a snapshot of an open register to a corpus; what it takes out is entered in the register's log."""
    return apply_register(
        folder,
        snapshot=snapshot,
        ruleset=workspace.ruleset,
        keyring=workspace.keyring,
        log=register,
        clock=workspace.clock,
    )
