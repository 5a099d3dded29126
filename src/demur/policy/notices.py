"""Whether one notice is one that the law would accept: proven, about the present processing, clear and apart.

Whether it is old enough is asked for each item (`demur.policy.decide`); here a notice stands or falls by itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from demur.kernel.words import NoticeEvent
from demur.policy.settings import Settings, accepted_versions
from demur.policy.verdicts import NoticeDecisionWord, NoticeReason

EVERY_LANGUAGE = "*"
_PROOFS = (NoticeEvent.DELIVERED, NoticeEvent.SHOWN)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What is known about one event of one notice.

    Attributes:
        event: what happened to it; null when it is not known to have happened by the instant of the question.
        is_public: a page for everybody, not a message to one person.
        version: what the notice is called.
        language: its language, or ``*`` for a page in all languages.
        account_language: the language of the account that it is for.
        states_right: whether it says the right to object apart from the rest (GDPR Art. 21(4)).
        is_marketing: whether it stands inside a marketing message.
        fits_age: whether it is the text for minors exactly when it reached a minor.
    """

    event: str | None
    is_public: bool
    version: str | None
    language: str | None
    account_language: str | None
    states_right: bool | None
    is_marketing: bool | None
    fits_age: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDecision:
    """Whether a notice is valid, why, and what follows."""

    decision: NoticeDecisionWord
    reason: NoticeReason
    duties: tuple[str, ...] = ()


_Check: TypeAlias = Callable[[NoticeFacts, Settings], bool]


def decide_notice(notice: NoticeFacts, settings: Settings) -> NoticeDecision:
    """Decide on one event of one notice; a fact that is not known speaks against it."""
    for reason, is_lacking, duties in _CHECKS:
        if is_lacking(notice, settings):
            return NoticeDecision(decision=NoticeDecisionWord.INVALID, reason=reason, duties=duties)
    reason = NoticeReason.PUBLIC_NOTICE if notice.is_public else NoticeReason.ELIGIBLE
    duties = ("keep a permanent page", "proof kept") if notice.is_public else ("proof kept",)
    return NoticeDecision(decision=NoticeDecisionWord.VALID, reason=reason, duties=duties)


def speaks_language(notice_language: str | None, account_language: str | None) -> bool:
    """Tell whether a notice is in the language of an account; regional forms of one language are one language."""
    if notice_language == EVERY_LANGUAGE:
        return True
    subtags = [_LANGUAGE.fullmatch(language or "") for language in (notice_language, account_language)]
    first, second = (found and found[1].lower() for found in subtags)
    return first is not None and first == second


def _is_unproven(notice: NoticeFacts, _: Settings) -> bool:
    proofs = (NoticeEvent.PUBLISHED,) if notice.is_public else _PROOFS
    return notice.event not in proofs


def _is_outdated(notice: NoticeFacts, settings: Settings) -> bool:
    return notice.version not in accepted_versions(settings)


def _is_unclear(notice: NoticeFacts, _: Settings) -> bool:
    return notice.states_right is not True or notice.is_marketing is True


def _misses_its_reader(notice: NoticeFacts, _: Settings) -> bool:
    if notice.is_public:
        return False
    return not notice.fits_age or not speaks_language(notice.language, notice.account_language)


# GDPR Art. 5(2), 13(3), 21(4), 12(1), in the order in which an item meets the same reasons.
_CHECKS: tuple[tuple[NoticeReason, _Check, tuple[str, ...]], ...] = (
    (NoticeReason.NOTICE_MISSING, _is_unproven, ("other channel", "hold until proven")),
    (NoticeReason.NOTICE_OUTDATED, _is_outdated, ("new notice", "new period")),
    (NoticeReason.NOTICE_INVALID, _is_unclear, ("new notice", "new period")),
    (NoticeReason.NOTICE_INVALID, _misses_its_reader, ("new notice", "new period")),
)
