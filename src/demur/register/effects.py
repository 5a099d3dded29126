"""What an entry of the log brings about, asked for in the transaction of the entry: both are on disk, or neither is.

So what follows an acknowledgement is never forgotten, wherever a process is killed: a transactional
outbox. `outbox` does what is asked for here.
"""

from datetime import datetime, timedelta

from demur.kernel.words import EffectKind
from demur.register.batch import Batch
from demur.register.schema import effect, instant_of

# An objection is honoured without undue delay, at the latest within a month (GDPR Art. 12(3)). A day is many times what
# it takes, and leaves nearly all of the month to whoever hears the alarm.
ALARM_AFTER = timedelta(days=1)


def owe_objection(batch: Batch, index: int, *, received_at: datetime, at: datetime) -> None:
    """Ask for what follows an objection: every corpus without what it covers, and an alarm if that takes long."""
    owe(batch, EffectKind.APPLY, index, due_at=at, at=at)
    owe(batch, EffectKind.DEADLINE, index, due_at=received_at + ALARM_AFTER, at=at)


def owe(batch: Batch, kind: EffectKind, index: int, *, due_at: datetime, at: datetime) -> None:
    """Ask for one effect of an entry that this batch adds; an entry has one of a kind at most."""
    batch.insert(effect, (kind.value, index, instant_of(at), instant_of(due_at), 0, None, None, None, None))
