"""Decisions and reasons in plain words, said to the person whose item it is.

The ruleset's own sentences speak of "the author" to whoever reads the rules; these speak to the author. Which sentence
is shown follows from the decision and its reason alone.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from demur.kernel.words import Decision, ReasonCode
from demur.web.explanations import Decided, SubjectExplanation

OUTCOMES: dict[str, object] = {
    Decision.INCLUDE: _("It is in this corpus."),
    Decision.REDACT: _("It is in this corpus, with parts of it cut out."),
    Decision.EXCLUDE: _("It was left out."),
    Decision.HOLD: _("It is not used for now."),
}

PROSPECTS: dict[str, object] = {
    Decision.INCLUDE: _("It may go into the next corpus."),
    Decision.REDACT: _("It may go into the next corpus, with parts of it cut out."),
    Decision.EXCLUDE: _("It stays out of the next corpus."),
    Decision.HOLD: _("It stays out of the next corpus for now."),
}

REASONS: dict[tuple[str, str], object] = {
    (Decision.HOLD, ReasonCode.FREEDOM_OF_INFORMATION): _(
        "Somebody objects to what is said about their public role. A person here has to weigh that first."
    ),
    (Decision.EXCLUDE, ReasonCode.THIRD_PARTY_OBJECTION): _("Somebody asked that exactly this is not used."),
    (Decision.EXCLUDE, ReasonCode.DERIVED_FROM_OBJECTED): _("It was made from something that somebody objected to."),
    (Decision.EXCLUDE, ReasonCode.OWN_OBJECTION): _("You objected."),
    (Decision.EXCLUDE, ReasonCode.LINKED_ACCOUNT_OBJECTION): _(
        "You objected with another of your accounts, and that covers all of them."
    ),
    (Decision.EXCLUDE, ReasonCode.SAME_PERSON_OBJECTION): _(
        "You objected with another account that has the same contact, and that covers all of them."
    ),
    (Decision.EXCLUDE, ReasonCode.PRODUCT_OUT_OF_SCOPE): _("This kind of content was never meant to be used."),
    (Decision.EXCLUDE, ReasonCode.DELETED): _("It was deleted."),
    (Decision.EXCLUDE, ReasonCode.ACCOUNT_DELETED): _("The account was deleted."),
    (Decision.EXCLUDE, ReasonCode.ACCOUNT_NOT_VISIBLE): _("The account cannot be seen by everybody."),
    (Decision.HOLD, ReasonCode.ACCOUNT_NOT_VISIBLE): _("The account is away for a while."),
    (Decision.EXCLUDE, ReasonCode.DECEASED): _("The account is kept in memory of somebody."),
    (Decision.EXCLUDE, ReasonCode.COMPROMISED_ACCOUNT): _("Somebody else held the account when it was published."),
    (Decision.EXCLUDE, ReasonCode.ERASURE_UNDERTAKING): _("It is of a time whose content we promised to erase."),
    (Decision.EXCLUDE, ReasonCode.NOT_PUBLIC): _("It is not public."),
    (Decision.EXCLUDE, ReasonCode.EXPIRED): _("It was meant to disappear."),
    (Decision.EXCLUDE, ReasonCode.AUTHOR_NOT_PUBLIC): _("The account is not public."),
    (Decision.EXCLUDE, ReasonCode.AGE_DOUBT): _("What we know about your age does not fit together."),
    (Decision.EXCLUDE, ReasonCode.AGE_UNKNOWN): _("We do not know for certain that you are of age."),
    (Decision.EXCLUDE, ReasonCode.AUTHOR_MINOR): _("Content of people who are not of age is not used."),
    (Decision.EXCLUDE, ReasonCode.MINOR_WHEN_POSTED): _("You were not of age when it was published."),
    (Decision.EXCLUDE, ReasonCode.DEPICTS_MINOR): _("It may show somebody who is not of age."),
    (Decision.EXCLUDE, ReasonCode.MENTIONS_OBJECTOR): _("It names somebody who objected."),
    (Decision.EXCLUDE, ReasonCode.DEPICTS_OBJECTOR): _("It shows somebody who objected."),
    (Decision.EXCLUDE, ReasonCode.RIGHTS_RESERVATION): _("It carries a mark that it is not to be used."),
    (Decision.EXCLUDE, ReasonCode.MACHINE_SIGNAL): _("A setting of the account refuses this use."),
    (Decision.HOLD, ReasonCode.COUNTRY_UNKNOWN): _(
        "Content from some countries is not used, and we do not know yours."
    ),
    (Decision.EXCLUDE, ReasonCode.COUNTRY_SUSPENDED): _("Content from your country is not used for now."),
    (Decision.EXCLUDE, ReasonCode.PROCESSING_SUSPENDED): _("No content is used for now."),
    (Decision.HOLD, ReasonCode.NOTICE_MISSING): _("We cannot prove that we told you."),
    (Decision.HOLD, ReasonCode.NOTICE_OUTDATED): _("What we told you describes an earlier plan."),
    (Decision.HOLD, ReasonCode.NOTICE_INVALID): _("What we told you was not as it has to be."),
    (Decision.HOLD, ReasonCode.NOTICE_PERIOD_RUNNING): _(
        "You were told a short while ago, and you have time to object before anything is used."
    ),
    (Decision.HOLD, ReasonCode.NOTICE_DOUBTFUL): _(
        "You have not been here for long, and we cannot be sure that what we sent reached you."
    ),
    (Decision.EXCLUDE, ReasonCode.THIRD_PARTY_SPECIAL_CATEGORY): _("It tells something sensitive about somebody else."),
    (Decision.EXCLUDE, ReasonCode.SPECIAL_CATEGORY): _("It tells something sensitive about you."),
    (Decision.EXCLUDE, ReasonCode.IMAGE_UNFILTERED): _("It is a picture, and pictures are not used."),
    (Decision.EXCLUDE, ReasonCode.NOTHING_LEFT): _("Nothing was left after names, numbers and addresses were cut out."),
    (Decision.EXCLUDE, ReasonCode.CONTAINS_OBJECTED_CONTENT): _(
        "Nothing would be left of it without the words of somebody who objected."
    ),
    (Decision.EXCLUDE, ReasonCode.DUPLICATE): _("The same text was already there."),
    (Decision.EXCLUDE, ReasonCode.UNIDENTIFIED_FACE): _("It shows faces or number plates."),
    (Decision.REDACT, ReasonCode.CONTAINS_OBJECTED_CONTENT): _("The words of somebody who objected are cut out."),
    (Decision.REDACT, ReasonCode.NAMES_MINOR): _("What it says about a child is cut out."),
    (Decision.REDACT, ReasonCode.MENTIONS_OBJECTOR): _("It names somebody who objected; that is cut out."),
    (Decision.REDACT, ReasonCode.UNIDENTIFIED_FACE): _("Faces and number plates are made unrecognisable."),
    (Decision.REDACT, ReasonCode.RIGHTS_RESERVATION): _("The preview of a page that does not want it is cut out."),
    (Decision.INCLUDE, ReasonCode.ELIGIBLE): _("Nothing stood against it."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One decision in words: what became of the item, and why."""

    outcome: object
    reason: object


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldExplanation:
    """What a page says about one corpus.

    Attributes:
        since: what changed after the build; None when nothing did.
        next_corpus: what the rules say on the facts of now, with the position and the rules that this rests on.
    """

    corpus: str
    built: Told
    since: Told | None
    next_corpus: Told | None
    log_size: int | None
    as_of: datetime | None
    ruleset: str | None


def tell_explanation(explanation: SubjectExplanation) -> ToldExplanation:
    """Put an explanation into words."""
    today = explanation.today
    has_changed = explanation.current != explanation.built
    return ToldExplanation(
        corpus=explanation.corpus,
        built=tell(explanation.built, OUTCOMES),
        since=tell(explanation.current, OUTCOMES) if has_changed else None,
        next_corpus=None if today is None else tell(today.decided, PROSPECTS),
        log_size=None if today is None else today.log_size,
        as_of=None if today is None else today.as_of,
        ruleset=None if today is None else today.ruleset,
    )


def tell(decided: Decided, outcomes: dict[str, object]) -> Told:
    """Put one decision into words; a reason without words of ours is told in those of the ruleset."""
    reason = REASONS.get((decided.decision, decided.reason), decided.sentence)
    return Told(outcome=outcomes[decided.decision], reason=reason)
