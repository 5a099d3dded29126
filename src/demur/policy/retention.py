"""How long the register keeps what keeps people out: while something is left that could use their content.

An entry has one purpose, and none is left once nothing is built, delivered or trained any more and no model is left
that could be used again (GDPR Art. 5(1)(e); REQUIREMENTS SEC-6). In doubt something is left.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from demur.policy.registers import RegisterDecision, RegisterRequest, RegisterRequestKind, decide_register


class Keeper(StrEnum):
    """What keeps every entry; a closed list."""

    PROCESSING = "processing"  # nobody has said that it ended, or it ends later
    CORPORA = "corpora"
    RECIPIENTS = "recipients"
    MODELS = "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """What an installation has left of its processing.

    Attributes:
        ended_on: the day on which the platform says that it ended; None while it goes on.
        corpora: how many corpora stand.
        recipients: how many recipients hold copies of corpora.
        trained: how many training runs the log tells of.
        retired: of how many runs the platform says that nobody anywhere has the weights any more.
    """

    ended_on: date | None
    corpora: int
    recipients: int
    trained: int
    retired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Whether entries are kept, and by what."""

    keepers: tuple[Keeper, ...]
    ruling: RegisterDecision


def decide_retention(uses: Uses, *, today: date) -> Retention:
    """Decide whether the register still needs its entries."""
    lives = {
        Keeper.PROCESSING: uses.ended_on is None or uses.ended_on > today,
        Keeper.CORPORA: uses.corpora > 0,
        Keeper.RECIPIENTS: uses.recipients > 0,
        Keeper.MODELS: uses.trained > uses.retired,
    }
    keepers = tuple(keeper for keeper in Keeper if lives[keeper])
    asked = RegisterRequest(kind=RegisterRequestKind.RETENTION_CHECK, has_purpose_left=bool(keepers))
    return Retention(keepers=keepers, ruling=decide_register(asked))
