"""Why is one item in, or out? The same conditions as the builder's, one by one, with the facts that they read."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from demur.exchange.columns import Facts
from demur.kernel.clock import timestamp
from demur.kernel.words import Decision, ReasonCode
from demur.policy.authors import describe_authors, join_authors
from demur.policy.conditions import CONTENT_CONDITIONS, Condition, fact_conditions
from demur.policy.decide import DECIDING_COLUMNS, decide_content, decide_facts, in_order
from demur.policy.errors import ExplanationError
from demur.policy.ruleset import Ruleset


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """One rule that was tried: what it would decide, and whether it hit."""

    reason: str
    decision: str
    has_hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision with everything that it rests on.

    Attributes:
        decision: what becomes of the item; `reason` is the slug of the rule that hit.
        sentence: the rule in one plain sentence; `law` is where it comes from.
        facts: what the rules read, by name; an unknown fact is None.
        evaluated: the rules in the order in which they were tried, up to the one that hit.
        is_content_known: whether the rules on content could be tried; without, ``eligible`` is as far as facts go.
        log_size: the position of the register's log that the facts reflect; `as_of` is the instant of the decision.
        ruleset: name of the ruleset; `version` and `digest` say which one exactly, settings included.
    """

    decision: str
    reason: str
    sentence: str
    law: str
    facts: dict[str, str | bool | None]
    evaluated: tuple[RuleOutcome, ...]
    is_content_known: bool
    log_size: int
    as_of: datetime
    ruleset: str
    version: str
    digest: str


def explain(
    item: pl.DataFrame, facts: Facts, ruleset: Ruleset, *, at: datetime, content: pl.DataFrame | None = None
) -> Explanation:
    """Explain the decision on one item, given as a frame of one row.

    Args:
        content: what the filters found in it, as `decide_content` takes it; None when that is not known.

    Raises:
        ExplanationError: not exactly one item is given.
    """
    if item.height != 1 or (content is not None and content.height != 1):
        message = f"an explanation is about one item, {item.height} are given"
        raise ExplanationError(message)
    joined = join_authors(item.select(DECIDING_COLUMNS), describe_authors(facts, ruleset.settings))
    outcomes = _try_rules(joined, in_order(fact_conditions(ruleset.settings, at), ruleset))
    decided = decide_facts(item, facts, ruleset, at=at)
    if content is not None and decided["decision"].item() == Decision.INCLUDE:
        outcomes += _try_rules(content, in_order(CONTENT_CONDITIONS, ruleset))
        decided = decide_content(content, ruleset)
    decision, reason = decided["decision"].item(), decided["reason"].item()
    (rule,) = (rule for rule in ruleset.rules if (rule.reason, rule.decision) == (reason, decision))
    return Explanation(
        decision=decision,
        reason=reason,
        sentence=rule.sentence,
        law=rule.law,
        facts=_list_facts(joined, content),
        evaluated=_up_to_hit(outcomes),
        is_content_known=content is not None,
        log_size=facts.log_size,
        as_of=at,
        ruleset=ruleset.name,
        version=ruleset.version,
        digest=ruleset.digest(),
    )


def _try_rules(row: pl.DataFrame, conditions: list[Condition]) -> list[RuleOutcome]:
    hits = row.select(
        condition.excludes.fill_null(value=True).alias(str(number)) for number, condition in enumerate(conditions)
    ).row(0)
    return [
        RuleOutcome(reason=condition.reason.value, decision=condition.decision.value, has_hit=hit)
        for condition, hit in zip(conditions, hits, strict=True)
    ]


def _up_to_hit(outcomes: list[RuleOutcome]) -> tuple[RuleOutcome, ...]:
    for place, outcome in enumerate(outcomes, 1):
        if outcome.has_hit:
            return tuple(outcomes[:place])
    eligible = RuleOutcome(reason=ReasonCode.ELIGIBLE.value, decision=Decision.INCLUDE.value, has_hit=True)
    return (*outcomes, eligible)


def _list_facts(joined: pl.DataFrame, content: pl.DataFrame | None) -> dict[str, str | bool | None]:
    # Keys of people and items stay out: an explanation is read by officers and shown in the portal.
    found = {
        **joined.drop("subject_key").row(0, named=True),
        **(content.row(0, named=True) if content is not None else {}),
    }
    return {name: _write(value) for name, value in found.items()}


def _write(value: object) -> str | bool | None:
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool) or value is None else str(value)
