"""The words of the console's pages on requests."""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import pgettext_lazy

from demur.policy.handling import ExtensionReason, RequestKind, RequestState, TermKind
from demur.policy.requests import Ground


class Act(StrEnum):
    """What staff may do with a request."""

    ASK = "ask"
    ACCEPT = "accept"
    CUT = "cut"
    EXTEND_COMPLEXITY = "extend_complexity"
    EXTEND_NUMBER = "extend_number"
    REFUSE = "refuse"


class Due(StrEnum):
    """By when an answer is due, as a filter."""

    OVERDUE = "overdue"
    WEEK = "week"


KINDS: Mapping[RequestKind, object] = {
    RequestKind.ABOUT_ME: pgettext_lazy("console", "About the sender"),
    RequestKind.CHILD: pgettext_lazy("console", "For a child"),
    RequestKind.DECEASED: pgettext_lazy("console", "For somebody who died"),
    RequestKind.AGENT: pgettext_lazy("console", "By an agent"),
}
STATES: Mapping[RequestState, object] = {
    RequestState.PROVISIONAL: pgettext_lazy("console", "In force, to be decided"),
    RequestState.ASKED: pgettext_lazy("console", "In force, asked for a hint"),
    RequestState.ACCEPTED: pgettext_lazy("console", "Accepted"),
    RequestState.CUT: pgettext_lazy("console", "Cut out of texts"),
    RequestState.REFUSED: pgettext_lazy("console", "Refused"),
}
DUES: Mapping[Due, object] = {
    Due.OVERDUE: pgettext_lazy("console", "Overdue"),
    Due.WEEK: pgettext_lazy("console", "Within seven days"),
}
TERMS: Mapping[TermKind, object] = {
    TermKind.NAME: pgettext_lazy("console", "Name"),
    TermKind.HANDLE: pgettext_lazy("console", "Name of an account"),
    TermKind.ADDRESS: pgettext_lazy("console", "Address or telephone number"),
    TermKind.LINK: pgettext_lazy("console", "Address of a page"),
    TermKind.ITEM: pgettext_lazy("console", "Number of a post"),
}
ACTS: Mapping[Act, object] = {
    Act.ASK: pgettext_lazy("console", "Ask for one hint"),
    Act.ACCEPT: pgettext_lazy("console", "Accept"),
    Act.CUT: pgettext_lazy("console", "Cut out of texts"),
    Act.EXTEND_COMPLEXITY: pgettext_lazy("console", "Answer two months later: it is complex"),
    Act.EXTEND_NUMBER: pgettext_lazy("console", "Answer two months later: there are very many"),
    Act.REFUSE: pgettext_lazy("console", "Refuse"),
}
GROUNDS: Mapping[Ground, object] = {
    Ground.COMPELLING_GROUNDS: pgettext_lazy("console", "Compelling legitimate grounds override (Art. 21(1))"),
    Ground.LEGAL_CLAIMS: pgettext_lazy("console", "Legal claims (Art. 21(1))"),
}
# What may be done with all that a filter means, and with one. Refusing is done one by one, after looking.
ON_ALL = (Act.ACCEPT, Act.CUT, Act.EXTEND_COMPLEXITY, Act.EXTEND_NUMBER)
ON_ONE = (Act.ASK, *ON_ALL)
EXTENSIONS: Mapping[Act, ExtensionReason] = {
    Act.EXTEND_COMPLEXITY: ExtensionReason.COMPLEXITY,
    Act.EXTEND_NUMBER: ExtensionReason.NUMBER,
}
EXTENDED: Mapping[ExtensionReason, object] = {reason: ACTS[act] for act, reason in EXTENSIONS.items()}
