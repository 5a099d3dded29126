"""The one writer: units of work wait in a bounded queue, share a transaction, and are answered when it is on disk.

Group commit is what makes full durability affordable: one transaction, one signature and one sync for up to 1,024
requests. Several processes may run a sequencer on one register: each transaction takes the write lock when it begins
and reads the head inside, so their histories never part.
"""

import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from demur.kernel.errors import ConfigurationError, DemurError, IntegrityError
from demur.keys.keyring import Keyring
from demur.ledger.checkpoint import parse_checkpoint
from demur.ledger.receipt import TlogProof
from demur.ledger.tree import Growth, hash_leaf, inclusion_path, verify_inclusion
from demur.register.batch import Answered, Committed, DrawBytes, Receive, Result, Unit, Waiting, settle
from demur.register.commit import CommittedBatch, commit_batch
from demur.register.connection import PASSING, Connection, describe_failure
from demur.register.database import Database
from demur.register.errors import QueueFullError, RegisterUnavailableError
from demur.register.publication import Publication
from demur.register.publisher import Publisher
from demur.register.sealing import read_opening

MAX_BATCH = 1_024
MAX_WAITING = 8_192
# How long a batch waits for more, at most four times: much less than a commit takes, and only after a larger batch.
_GATHER_STEPS = 4
_GATHER_SECONDS = 0.0005
_WAIT_HINT = "Wait a moment and ask again; asking twice does no harm."


class _Request(NamedTuple):
    unit: Unit
    waiting: Waiting
    receive: Receive


class Sequencer:
    """Runs units of work in batches, on a thread of its own that begins with the first.

    Thread-safe. `submit` returns, and the future of `enqueue` is done, only after the work is durable. When committing
    fails, every request of the batch fails with `RegisterUnavailableError`: nothing of it was acknowledged.
    """

    def __init__(
        self,
        *,
        database: Database,
        keyring: Keyring,
        publication: Publication,
        draw: DrawBytes,
        waiting: int = MAX_WAITING,
        publishes: bool = True,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._publication = publication
        self._draw = draw
        # Of C, and its bound is kept here: a queue of Python's own costs an objection as much as its seal.
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()  # None asks the thread to stop
        self._most_waiting = waiting
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failure: DemurError | None = None
        self._connection: Connection | None = None
        self._publisher = Publisher(database, publication, on_failure=self._stop_for) if publishes else None
        self._last_batch = 1
        self._in_hand: Sequence[_Request] = ()

    def submit(self, unit: Unit) -> Committed:
        """Run a unit of work in the next batch and wait until it is on disk.

        Raises:
            QueueFullError: too many requests wait.
            RegisterUnavailableError: the register could not store it now, or is closed.
        """
        return self.enqueue(unit).result()

    def enqueue(self, unit: Unit) -> "Future[Committed]":
        """Put a unit of work into the queue; its future is done when the work is on disk.

        Raises:
            QueueFullError: too many requests wait; nothing was taken.
            RegisterUnavailableError: the register is closed.
        """
        future: Future[Committed] = Future()
        self.hand_over(unit, future, settle)
        return future

    def hand_over(self, unit: Unit, waiting: Waiting, receive: Receive) -> None:
        """Put a unit of work into the queue; `receive` is called on the sequencer's thread, and must be quick.

        Raises:
            QueueFullError: too many requests wait; nothing was taken.
            RegisterUnavailableError: the register is closed.
        """
        request = _Request(unit, waiting, receive)
        with self._lock:
            if self._failure is not None:
                raise self._failure
            self._put(request)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="demur-sequencer", daemon=True)
                self._thread.start()

    def waiting(self) -> int:
        """Return how many requests wait now, for whoever watches the intake."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish what waits, publish it, and stop; whatever comes later is refused."""
        with self._lock:
            thread, self._thread = self._thread, None
            if self._failure is None:
                message = "the register is closed"
                self._failure = RegisterUnavailableError(message)
        if thread is not None:
            self._queue.put(None)
            thread.join()
        if self._publisher is not None:
            self._publisher.close()

    def _put(self, request: _Request) -> None:
        """Put a request into the queue, unless that is full; the lock is held, so no other request comes between."""
        if self._queue.qsize() >= self._most_waiting:
            message = f"{self._most_waiting} requests wait already"
            raise QueueFullError(message, hint=_WAIT_HINT)
        self._queue.put(request)

    def _run(self) -> None:
        try:
            while self._step():
                pass
            self._refuse_waiting()
        except IntegrityError as error:
            self._give_up(error)
        except BaseException as error:
            # A state that nobody thought of is fatal: whoever waits learns it, and nothing more is accepted.
            message = f"the sequencer stopped at a {type(error).__name__}"
            self._give_up(RegisterUnavailableError(message, hint="Open the register again, and report this."))
            raise
        finally:
            self._disconnect()

    def _step(self) -> bool:
        """Settle one batch; tell whether to go on."""
        self._in_hand, is_stopping = self._drain()
        self._last_batch = len(self._in_hand)
        if self._in_hand:
            self._settle(self._in_hand)
        return not is_stopping

    def _drain(self) -> tuple[list[_Request], bool]:
        """Wait for a request and take what waits with it; tell whether to stop after it."""
        requests: list[_Request] = []
        try:
            request = self._queue.get()
            self._gather()
            while request is not None:
                requests.append(request)
                if len(requests) == MAX_BATCH:
                    return requests, False
                request = self._queue.get_nowait()
        except queue.Empty:
            return requests, False
        return requests, True

    def _gather(self) -> None:
        """Let those who got the last answers together come back together: many small commits cost more than a few."""
        seen = 0
        for _ in range(_GATHER_STEPS):
            waiting = self._queue.qsize() + 1
            if waiting >= self._last_batch or waiting == seen:
                break
            seen = waiting
            time.sleep(_GATHER_SECONDS)

    def _settle(self, requests: Sequence[_Request]) -> None:
        """Commit a batch, then answer it; an error around the commit fails the whole batch."""
        try:
            connection = self._connect()
            units = [request.unit for request in requests]
            batch = commit_batch(connection, units, keyring=self._keyring, draw=self._draw)
        except PASSING as error:
            self._disconnect()  # what this connection believes about the file is worth nothing now
            _answer(requests, [describe_failure(error) for _ in requests])
            return
        answers: list[Committed | DemurError] = []
        try:
            answers.extend(self._answer_of(result, batch, connection) for result in batch.results)
        finally:
            # Whatever is wrong with an earlier entry: what was committed now is on disk.
            _answer(requests[: len(answers)], answers)
        if batch.growth is not None and self._publisher is not None:
            self._publisher.tell()

    def _answer_of(self, result: Result, batch: CommittedBatch, connection: Connection) -> Committed | DemurError:
        if isinstance(result, DemurError):
            return result
        if result.index is None:
            return Committed(rows=result.rows, content=result.content)
        if batch.growth is not None and result.index >= batch.growth.first_index:
            return _new_entry(result.index, result.rows, batch, batch.growth)
        try:
            return self._earlier_entry(result.index, connection)
        except PASSING as error:
            return describe_failure(error)
        except ConfigurationError as error:
            return error  # the keyring lacks the key of this entry; others go on

    def _earlier_entry(self, index: int, connection: Connection) -> Committed:
        """Return the receipt of an entry of an earlier batch, byte for byte as it was given then."""
        select = "SELECT size, note FROM checkpoint WHERE size > ? ORDER BY size LIMIT 1"
        size, note = connection.execute(select, (index,)).fetchone()
        tiles = self._publication.tiles
        if tiles.size() < size:
            self._publication.publish(connection)
        path = inclusion_path(index, size, tiles.read_hash)
        (data,) = connection.execute("SELECT data FROM leaf WHERE idx = ?", (index,)).fetchone()
        head = parse_checkpoint(note.partition("\n\n")[0] + "\n")
        # A damaged file must not become a receipt that proves nothing.
        verify_inclusion(leaf_hash=hash_leaf(data), index=index, size=size, path=path, root=head.root)
        opening, covered = read_opening(connection, self._keyring, index) or (None, ())
        extra = None if opening is None else opening.encode()
        proof = TlogProof(index=index, path=path, checkpoint_note=note, extra=extra)
        return Committed(proof=proof, opening=opening, covered=covered)

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.connect_writer()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _stop_for(self, failure: DemurError) -> None:
        """Refuse what will come, and what waits once the batch in hand is settled."""
        with self._lock:
            self._failure = self._failure or failure
        self._queue.put(None)

    def _give_up(self, failure: DemurError) -> None:
        """Refuse what is in hand, what waits and what will come."""
        with self._lock:
            self._failure = failure
        _answer(self._in_hand, [failure] * len(self._in_hand))
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        """Answer what waits, once nothing more can come, with why nothing was done."""
        while not self._queue.empty():
            request = self._queue.get_nowait()
            if request is not None and self._failure is not None:
                _answer([request], [self._failure])


def _answer(requests: Sequence[_Request], answers: Sequence[Committed | DemurError]) -> None:
    """Give each request its answer, unless it has one, and all that go to one receiver at once."""
    received: dict[Receive, list[Answered]] = {}
    for request, answer in zip(requests, answers, strict=True):
        received.setdefault(request.receive, []).append((request.waiting, answer))
    for receive, answered in received.items():
        receive(answered)


def _new_entry(index: int, rows: int, batch: CommittedBatch, growth: Growth) -> Committed:
    opening, covered = batch.openings.get(index, (None, ()))
    proof = TlogProof(
        index=index,
        path=growth.inclusion_path(index),
        checkpoint_note=batch.note,
        extra=None if opening is None else opening.encode(),
    )
    return Committed(rows=rows, proof=proof, opening=opening, covered=covered)
