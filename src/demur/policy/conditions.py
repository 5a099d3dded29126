"""What each rule means over columns: a tuple of values, one condition a rule, in the order in which rules are tried.

A condition is true where the rule keeps an item out. Null means that the rule cannot tell, and then it keeps the item
out as well (ADR-0004). Whether an author is known at all is never null: nobody's account can be banned or private when
there is no account, so the rules on accounts pass over an item of unknown author, and ``age_unknown`` or, where no age
is asked, ``notice_missing`` keeps it out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import polars as pl

from demur.exchange.columns import INSTANT
from demur.kernel.words import AccountState, Decision, ItemKind, ReasonCode, Visibility
from demur.policy.age import is_of_age
from demur.policy.settings import ProcessingState, Settings

RuleKey: TypeAlias = tuple[ReasonCode, Decision]

_VISIBLE_TO_ALL = (Visibility.PUBLIC, Visibility.GROUP_PUBLIC)
_STATES_WITH_A_RULE = (AccountState.ACTIVE, AccountState.DEACTIVATED, AccountState.MEMORIALISED)
_COUNTRY_CODE = "^[A-Z]{2}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a condition depends on besides the columns."""

    settings: Settings
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Where one rule of the ruleset keeps an item out."""

    reason: ReasonCode
    decision: Decision
    excludes: pl.Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRule:
    """The meaning of a rule on facts: the condition that it is, given settings and instant."""

    reason: ReasonCode
    decision: Decision
    excludes: Callable[[Question], pl.Expr]


def _is_chat() -> pl.Expr:
    return pl.col("kind").eq_missing(pl.lit(ItemKind.AI_INTERACTION.value))


def _is_linked() -> pl.Expr:
    return pl.col("objection_basis").eq_missing(pl.lit("linked"))


def _is_out_of_scope(question: Question) -> pl.Expr:
    in_products = pl.col("product").is_in(list(question.settings.products))
    return ~in_products | ~pl.col("kind").is_in(list(question.settings.kinds))


def _is_in_state(state: AccountState) -> pl.Expr:
    return pl.col("author_state").eq_missing(pl.lit(state.value))


def _is_banned_or_odd(_: Question) -> pl.Expr:
    known = pl.col("author_state").is_in([state.value for state in _STATES_WITH_A_RULE])
    return pl.col("author_known") & ~known


def _is_not_public(_: Question) -> pl.Expr:
    # A chat with the assistant is private by nature; the article covers it whatever its visibility (F01).
    return ~_is_chat() & ~pl.col("visibility").is_in([visibility.value for visibility in _VISIBLE_TO_ALL])


def _is_expired(question: Question) -> pl.Expr:
    is_over = pl.col("expires_at").is_not_null() & (pl.col("expires_at") <= _instant(question.at))
    return is_over | pl.col("kind").is_in(list(question.settings.ephemeral_kinds))


def _is_author_private(_: Question) -> pl.Expr:
    return pl.col("author_known") & ~_is_chat() & (pl.col("author_visibility") != Visibility.PUBLIC.value)


def _minimum_age(settings: Settings) -> pl.Expr:
    return pl.when(_is_chat()).then(settings.ai_chat_min_age).otherwise(settings.adult_age)


def _is_age_unknown(question: Question) -> pl.Expr:
    return (_minimum_age(question.settings) > 0) & pl.col("author_born_by").is_null()


def _is_minor(question: Question) -> pl.Expr:
    years = _minimum_age(question.settings)
    return (years > 0) & ~is_of_age(pl.col("author_born_by"), years, _instant(question.at))


def _was_minor_when_posted(question: Question) -> pl.Expr:
    years = _minimum_age(question.settings)
    matters = pl.lit(not question.settings.include_posted_as_minor) & (years > 0)
    return matters & ~is_of_age(pl.col("author_born_by"), years, pl.col("created_at"))


def _some_country_is_suspended(settings: Settings) -> pl.Expr:
    return pl.lit(bool(settings.suspended_countries))


def _is_country_unknown(question: Question) -> pl.Expr:
    return _some_country_is_suspended(question.settings) & ~pl.col("author_country").str.contains(_COUNTRY_CODE)


def _is_country_suspended(question: Question) -> pl.Expr:
    suspended = pl.col("author_country").is_in(list(question.settings.suspended_countries))
    return _some_country_is_suspended(question.settings) & suspended


def _valid_since(settings: Settings) -> pl.Expr:
    # A notice that reached a minor is no notice of the adult (REQUIREMENTS MIN-8); where the ruleset lets minors chat,
    # the notice that they got is the one that counts for their chats.
    counts_for_minors = _is_chat() & pl.lit(settings.ai_chat_min_age < settings.adult_age)
    return pl.when(counts_for_minors).then(pl.col("notice_valid_since")).otherwise(pl.col("adult_notice_valid_since"))


def _is_period_running(question: Question) -> pl.Expr:
    period = timedelta(days=question.settings.notice_days)
    return _valid_since(question.settings) + period > _instant(question.at)


def _instant(at: datetime) -> pl.Expr:
    return pl.lit(at, dtype=INSTANT)


def _excludes(reason: ReasonCode, excludes: Callable[[Question], pl.Expr]) -> FactRule:
    return FactRule(reason=reason, decision=Decision.EXCLUDE, excludes=excludes)


def _holds(reason: ReasonCode, excludes: Callable[[Question], pl.Expr]) -> FactRule:
    return FactRule(reason=reason, decision=Decision.HOLD, excludes=excludes)


# Decided from the item's own columns and the facts on its author; see `demur.policy.authors` for the latter's columns.
FACT_RULES: tuple[FactRule, ...] = (
    _excludes(ReasonCode.OWN_OBJECTION, lambda _: pl.col("has_objected") & ~_is_linked()),
    _excludes(ReasonCode.LINKED_ACCOUNT_OBJECTION, lambda _: pl.col("has_objected") & _is_linked()),
    _excludes(ReasonCode.PRODUCT_OUT_OF_SCOPE, _is_out_of_scope),
    # State counts when data is read: a deletion that the snapshot is too old to know counts as well.
    _excludes(ReasonCode.DELETED, lambda _: pl.col("deleted_at").is_not_null()),
    _excludes(ReasonCode.ACCOUNT_DELETED, lambda _: _is_in_state(AccountState.DELETED)),
    _excludes(ReasonCode.ACCOUNT_NOT_VISIBLE, _is_banned_or_odd),
    _holds(ReasonCode.ACCOUNT_NOT_VISIBLE, lambda _: _is_in_state(AccountState.DEACTIVATED)),
    _excludes(ReasonCode.DECEASED, lambda _: _is_in_state(AccountState.MEMORIALISED)),
    _excludes(ReasonCode.NOT_PUBLIC, _is_not_public),
    _excludes(ReasonCode.EXPIRED, _is_expired),
    _excludes(ReasonCode.AUTHOR_NOT_PUBLIC, _is_author_private),
    _excludes(ReasonCode.AGE_UNKNOWN, _is_age_unknown),
    _excludes(ReasonCode.AUTHOR_MINOR, _is_minor),
    _excludes(ReasonCode.MINOR_WHEN_POSTED, _was_minor_when_posted),
    _holds(ReasonCode.COUNTRY_UNKNOWN, _is_country_unknown),
    _excludes(ReasonCode.COUNTRY_SUSPENDED, _is_country_suspended),
    _excludes(
        ReasonCode.PROCESSING_SUSPENDED,
        lambda question: pl.lit(question.settings.processing != ProcessingState.ACTIVE),
    ),
    _holds(ReasonCode.NOTICE_MISSING, lambda _: ~pl.col("has_notice")),
    _holds(ReasonCode.NOTICE_OUTDATED, lambda _: ~pl.col("has_current_notice")),
    _holds(ReasonCode.NOTICE_INVALID, lambda question: _valid_since(question.settings).is_null()),
    _holds(ReasonCode.NOTICE_PERIOD_RUNNING, _is_period_running),
)

# Decided from what the filters found in the item's content.
CONTENT_CONDITIONS: tuple[Condition, ...] = (
    Condition(reason=ReasonCode.IMAGE_UNFILTERED, decision=Decision.EXCLUDE, excludes=pl.col("is_picture_only")),
    Condition(reason=ReasonCode.NOTHING_LEFT, decision=Decision.EXCLUDE, excludes=pl.col("is_empty")),
    Condition(reason=ReasonCode.DUPLICATE, decision=Decision.EXCLUDE, excludes=pl.col("is_duplicate")),
)

RULE_KEYS: tuple[RuleKey, ...] = (
    *((rule.reason, rule.decision) for rule in FACT_RULES),
    *((condition.reason, condition.decision) for condition in CONTENT_CONDITIONS),
    (ReasonCode.ELIGIBLE, Decision.INCLUDE),
)


def fact_conditions(settings: Settings, at: datetime) -> tuple[Condition, ...]:
    """Return the conditions on facts for one ruleset's settings and one instant."""
    question = Question(settings=settings, at=at)
    return tuple(
        Condition(reason=rule.reason, decision=rule.decision, excludes=rule.excludes(question)) for rule in FACT_RULES
    )
