"""The answer to one question, whatever it is about."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is decided, and what follows.

    Attributes:
        in_corpus: true, false or ``redacted`` for an item; None for anything else.
        duties: what must be done as well, as short sentences.
        text: how the text of an item stands in the corpus; None when it does not.
    """

    decision: str
    reason: str
    in_corpus: bool | str | None = None
    duties: tuple[str, ...] = ()
    text: str | None = None

    @property
    def plain(self) -> "Answer":
        """Return decision, reason and place alone, which is what cases are compared by."""
        return replace(self, duties=(), text=None)
