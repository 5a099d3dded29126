"""Notices in the app: nothing is sent, the notice waits for the person's next visit."""

from demur.kernel import words
from demur.notices.channel import Errand


class InAppChannel:
    """Lets a notice wait in the register until the app shows it; a `NoticeChannel`."""

    medium = words.NoticeChannel.IN_APP
    needs_address = False

    def send(self, errand: Errand) -> words.NoticeEvent:
        """See `NoticeChannel`: whoever opens the app is shown it, which is the proof."""
        del errand
        return words.NoticeEvent.QUEUED

    def close(self) -> None:
        """See `NoticeChannel`."""
