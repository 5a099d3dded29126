"""The words of the forms without an account, and of the page on which a request is answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from demur.policy.handling import ExtensionReason, NextStep, RequestKind, RequestState, TermKind
from demur.policy.requests import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWords:
    """What one form says of itself, and the name of its address."""

    address: str
    title: object
    lead: object
    link: object


FORMS: Mapping[RequestKind, FormWords] = {
    RequestKind.ABOUT_ME: FormWords(
        address="open_objection",
        title=_("Object without an account"),
        lead=_("You can say that what others publish about you must not be used."),
        link=_("It is about me"),
    ),
    RequestKind.CHILD: FormWords(
        address="open_for_child",
        title=_("Object for a child"),
        lead=_(
            "You can say that what is published about a child must not be used. It stays so when the child grows up."
        ),
        link=_("It is about a child"),
    ),
    RequestKind.DECEASED: FormWords(
        address="open_for_deceased",
        title=_("Object for somebody who died"),
        lead=_("You can say that what is published about somebody who died must not be used."),
        link=_("It is about somebody who died"),
    ),
    RequestKind.AGENT: FormWords(
        address="open_by_agent",
        title=_("Object for somebody who asked you to"),
        lead=_("You can say that what is published about the person who asked you must not be used."),
        link=_("Somebody asked me to do it for them"),
    ),
}

_KINDS: Mapping[TermKind, object] = {
    TermKind.NAME: _("We read it as a name. It is cut out of every text, whoever is meant by it."),
    TermKind.HANDLE: _(
        "We read it as the name of an account. What that account published is left out, and the name is cut out of "
        "every text. Whoever has the account can undo this by logging in."
    ),
    TermKind.ADDRESS: _("We read it as an address or a telephone number. It is cut out of every text."),
    TermKind.LINK: _("We read it as the address of a page. What is on that page is left out. We do not open it."),
    TermKind.ITEM: _("We read it as the number of a post. The post is left out."),
}

STATES: Mapping[RequestState, object] = {
    RequestState.PROVISIONAL: _("It is in force. A person here will still look at it."),
    RequestState.ASKED: _("It is in force. We have one question. You need not answer it."),
    RequestState.ACCEPTED: _("It is accepted."),
    RequestState.CUT: _("It is accepted. What you named is cut out of texts, and the rest of them may be used."),
    RequestState.REFUSED: _("It is refused."),
}

NEXT_STEPS: Mapping[NextStep, object] = {
    NextStep.WE_DECIDE: _("We look at it and write the answer on this page. You need to do nothing."),
    NextStep.ANSWER_OR_WAIT: _("You can answer below. We decide in any case, and write it on this page."),
    NextStep.NOTHING: _("There is nothing more to do."),
    NextStep.COMPLAIN: _(
        "You can complain to a data protection authority, and you can go to court. "
        "You can also write to us, and we look at it again."
    ),
}

GROUNDS: Mapping[Ground, object] = {
    Ground.COMPELLING_GROUNDS: _("There are compelling legitimate grounds that weigh more than your interests."),
    Ground.LEGAL_CLAIMS: _("It is needed to establish, exercise or defend legal claims."),
}

EXTENSIONS: Mapping[ExtensionReason, object] = {
    ExtensionReason.COMPLEXITY: _("The answer takes two months longer, because the request is complex."),
    ExtensionReason.NUMBER: _("The answer takes two months longer, because there are very many requests."),
}


def tell_kind(kind: TermKind) -> object:
    """Say how a line was read, and what follows from it."""
    return _KINDS[kind]
