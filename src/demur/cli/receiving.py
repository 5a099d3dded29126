"""Taking in what comes back after a notice: each mail is sorted, and what it says is on disk before it is let go.

A mail that cannot be stored now stays where it was. Nothing of its words is kept, and no error tells them.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demur.kernel.clock import Clock
from demur.kernel.words import NoticeEvent
from demur.notices.incoming import Incoming, IncomingKind, sort_mail
from demur.notices.replies import Verdict
from demur.register.mailing_replies import UNMATCHED, ask_for_check, find_recipient, object_by_reply
from demur.register.mailing_reports import note_report, record_mailing_events
from demur.register.store import Register

_REPORTS = {IncomingKind.DELIVERED: NoticeEvent.DELIVERED, IncomingKind.BOUNCED: NoticeEvent.BOUNCED}
_SEEN, _FLAGGED = "S", "FS"


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes mails into a register."""

    register: Register
    clock: Clock

    def take(self, content: bytes, *, recipient: str, received_at: datetime) -> str:
        """Do what a mail says; return what it was: a kind of mail, or the verdict on an answer.

        Raises:
            RegisterUnavailableError, QueueFullError: nothing was stored; take the same mail again.
        """
        found = sort_mail(content, recipient=recipient)
        if found.kind in _REPORTS:
            return self._report(found)
        if found.kind is not IncomingKind.REPLY or found.verdict is None:
            return found.kind.value
        return self._answer(found, found.verdict, received_at)

    def _report(self, found: Incoming) -> str:
        at, event = self.clock.now(), _REPORTS[found.kind]
        is_ours = any(note_report(self.register, mailing, event, at=at) for mailing in found.ids)
        return found.kind.value if is_ours else UNMATCHED

    def _answer(self, found: Incoming, verdict: Verdict, received_at: datetime) -> str:
        at = self.clock.now()
        named = ((mailing, find_recipient(self.register, mailing)) for mailing in found.ids)
        mailing, recipient = next(((one, whom) for one, whom in named if whom is not None), (None, None))
        if recipient is None:
            ask_for_check(self.register, None, UNMATCHED, entry=None, at=at)
            return UNMATCHED
        entry = None
        if verdict is not Verdict.AGREEMENT:
            entry = object_by_reply(self.register, recipient, received_at=received_at, at=at).index
        if verdict is not Verdict.OBJECTION:
            ask_for_check(self.register, mailing, verdict.value, entry=entry, at=at)
        return verdict.value


def read_maildir(folder: Path, intake: Intake) -> Counter[str]:
    """Read every new mail of a Maildir; return how many there were of each kind.

    A mail moves to `cur` once what it says is on disk; killed in between, it is read again, which changes nothing. Its
    day of receipt is that of the file, which the mail server wrote.

    Raises:
        RegisterUnavailableError, QueueFullError: this mail and those after it stay in `new`.
    """
    counts: Counter[str] = Counter()
    for path in sorted((folder / "new").iterdir()):
        received_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        kind = intake.take(path.read_bytes(), recipient="", received_at=received_at)
        is_clear = kind in {*IncomingKind, Verdict.OBJECTION}
        (folder / "cur").mkdir(exist_ok=True)
        path.rename(folder / "cur" / f"{path.name.partition(':')[0]}:2,{_SEEN if is_clear else _FLAGGED}")
        counts[kind] += 1
    record_mailing_events(intake.register, at=intake.clock.now())
    return counts
