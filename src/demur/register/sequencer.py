"""The one writer: units of work wait in a bounded queue, share a transaction, and are answered when it is on disk.

Group commit is what makes full durability affordable: one transaction, one signature and one sync for up to 1,024
requests. Several processes may run a sequencer on one register: each transaction takes the write lock when it begins
and reads the head inside, so their histories never part.
"""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from demur.kernel.errors import DemurError, IntegrityError
from demur.kernel.files import DiskFullError
from demur.keys.keyring import Keyring
from demur.ledger.checkpoint import parse_checkpoint
from demur.ledger.receipt import TlogProof
from demur.ledger.tree import Growth, hash_leaf, inclusion_path, verify_inclusion
from demur.register.batch import Committed, DrawBytes, Result, Unit, read_opening
from demur.register.commit import CommittedBatch, commit_batch
from demur.register.connection import Connection, StatementError, describe_failure
from demur.register.database import Database
from demur.register.errors import DatabaseUnreachableError, QueueFullError, RegisterUnavailableError
from demur.register.publication import Publication

MAX_BATCH = 1_024
MAX_WAITING = 8_192
_IDLE_SECONDS = 0.05
_BATCHES_BEFORE_PUBLISHING = 64
# What may be over a moment later: a full disk, a lock, a server that is started anew.
_PASSING = (StatementError, OSError, DiskFullError, RegisterUnavailableError, DatabaseUnreachableError)
_WAIT_HINT = "Wait a moment and ask again; asking twice does no harm."


@dataclass(frozen=True, slots=True)
class _Request:
    unit: Unit
    answer: "Future[Committed]" = field(default_factory=Future)


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
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._publication = publication
        self._draw = draw
        self._queue: queue.Queue[_Request | None] = queue.Queue(maxsize=waiting)  # None asks the thread to stop
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failure: DemurError | None = None
        self._connection: Connection | None = None
        self._unpublished_batches = 0
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
        request = _Request(unit)
        with self._lock:
            if self._failure is not None:
                raise self._failure
            self._put(request)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="demur-sequencer", daemon=True)
                self._thread.start()
        return request.answer

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

    def _put(self, request: _Request) -> None:
        try:
            self._queue.put_nowait(request)
        except queue.Full:
            message = f"{self._queue.maxsize} requests wait already"
            raise QueueFullError(message, hint=_WAIT_HINT) from None

    def _run(self) -> None:
        try:
            while self._step():
                pass
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
        """Settle one batch and publish when it is time to; tell whether to go on."""
        self._in_hand, is_stopping = self._drain()
        if self._in_hand:
            self._settle(self._in_hand)
        is_due = is_stopping or not self._in_hand or self._unpublished_batches >= _BATCHES_BEFORE_PUBLISHING
        if self._unpublished_batches and is_due:
            self._publish()
        return not is_stopping

    def _drain(self) -> tuple[list[_Request], bool]:
        """Take what waits, at least one request unless the publication is behind; tell whether to stop after it."""
        requests: list[_Request] = []
        try:
            request = self._queue.get(timeout=_IDLE_SECONDS if self._unpublished_batches else None)
            while request is not None:
                requests.append(request)
                if len(requests) == MAX_BATCH:
                    return requests, False
                request = self._queue.get_nowait()
        except queue.Empty:
            return requests, False
        return requests, True

    def _settle(self, requests: Sequence[_Request]) -> None:
        """Commit a batch, then answer it; an error around the commit fails the whole batch."""
        try:
            connection = self._connect()
            units = [request.unit for request in requests]
            batch = commit_batch(connection, units, keyring=self._keyring, draw=self._draw)
        except _PASSING as error:
            self._disconnect()  # what this connection believes about the file is worth nothing now
            for request in requests:
                request.answer.set_exception(describe_failure(error))
            return
        self._unpublished_batches += batch.growth is not None
        for request, result in zip(requests, batch.results, strict=True):
            self._answer(request, result, batch, connection)

    def _answer(self, request: _Request, result: Result, batch: CommittedBatch, connection: Connection) -> None:
        if isinstance(result, DemurError):
            request.answer.set_exception(result)
        elif result.index is None:
            request.answer.set_result(Committed(rows=result.rows))
        elif batch.growth is not None and result.index >= batch.growth.first_index:
            request.answer.set_result(_new_entry(result.index, result.rows, batch, batch.growth))
        else:
            self._answer_earlier(request, result.index, connection)

    def _answer_earlier(self, request: _Request, index: int, connection: Connection) -> None:
        """Give the receipt of an entry of an earlier batch, byte for byte as it was given then."""
        try:
            request.answer.set_result(self._earlier_entry(index, connection))
        except _PASSING as error:
            request.answer.set_exception(describe_failure(error))

    def _earlier_entry(self, index: int, connection: Connection) -> Committed:
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

    def _publish(self) -> None:
        try:
            self._publication.publish(self._connect())
        except _PASSING:
            self._disconnect()  # nothing acknowledged depends on it: the next call, or the next start, goes on
        else:
            self._unpublished_batches = 0

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.connect_writer()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _give_up(self, failure: DemurError) -> None:
        """Refuse what is in hand, what waits and what will come."""
        with self._lock:
            self._failure = failure
        waiting = list(self._in_hand)
        while not self._queue.empty():
            request = self._queue.get_nowait()
            waiting += [request] if request is not None else []
        for request in waiting:
            if not request.answer.done():
                request.answer.set_exception(failure)


def _new_entry(index: int, rows: int, batch: CommittedBatch, growth: Growth) -> Committed:
    opening, covered = batch.openings.get(index, (None, ()))
    proof = TlogProof(
        index=index,
        path=growth.inclusion_path(index),
        checkpoint_note=batch.note,
        extra=None if opening is None else opening.encode(),
    )
    return Committed(rows=rows, proof=proof, opening=opening, covered=covered)
