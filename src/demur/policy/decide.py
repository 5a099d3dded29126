"""The one decision function: columns in, a decision and its reason out, first reason wins.

Pure: no clock, no I/O, no order of its own. The result for an item depends on its row, the facts and the ruleset alone,
so batches, partitions and engines cannot change it.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from demur.exchange.columns import Facts
from demur.kernel.words import Decision, ReasonCode
from demur.policy.authors import describe_authors, join_authors
from demur.policy.conditions import CONTENT_CONDITIONS, Condition, fact_conditions
from demur.policy.ruleset import Ruleset

# The columns of an item that the rules on facts read; all others pass through.
DECIDING_COLUMNS = ("subject_key", "kind", "product", "visibility", "created_at", "deleted_at", "expires_at")


def decide_facts(items: pl.DataFrame, facts: Facts, ruleset: Ruleset, *, at: datetime) -> pl.DataFrame:
    """Return the items, in their order, with the columns ``decision`` and ``reason`` by all rules that need no content.

    An item that these rules let pass is ``include``, ``eligible``: what is in it has yet to be looked at.
    """
    joined = join_authors(items.select(DECIDING_COLUMNS), describe_authors(facts, ruleset.settings))
    conditions = in_order(fact_conditions(ruleset.settings, at), ruleset)
    return items.with_columns(_first_hit(joined, conditions))


def decide_content(findings: pl.DataFrame, ruleset: Ruleset) -> pl.DataFrame:
    """Return ``decision`` and ``reason`` for each row of findings, in their order, by the rules on content.

    Findings have the columns ``is_picture_only``, ``is_empty`` and ``is_duplicate``; null keeps an item out.
    """
    return pl.DataFrame(_first_hit(findings, in_order(CONTENT_CONDITIONS, ruleset)))


def in_order(conditions: Sequence[Condition], ruleset: Ruleset) -> list[Condition]:
    """Return the conditions in the order in which the ruleset states their rules."""
    found = {(condition.reason, condition.decision): condition for condition in conditions}
    keys = [(rule.reason, rule.decision) for rule in ruleset.rules]
    return [found[key] for key in keys if key in found]


def _first_hit(rows: pl.DataFrame, conditions: Sequence[Condition]) -> tuple[pl.Series, pl.Series]:
    place = pl.lit(len(conditions), dtype=pl.UInt8)
    for number, condition in reversed(list(enumerate(conditions))):
        # A rule that cannot tell excludes: in doubt, an item stays out (ADR-0004).
        hits = condition.excludes.fill_null(value=True)
        place = pl.when(hits).then(pl.lit(number, dtype=pl.UInt8)).otherwise(place)
    places = rows.select(place.alias("place"))["place"]
    decisions = [*(condition.decision.value for condition in conditions), Decision.INCLUDE.value]
    reasons = [*(condition.reason.value for condition in conditions), ReasonCode.ELIGIBLE.value]
    return (
        pl.Series("decision", decisions, dtype=pl.String).gather(places),
        pl.Series("reason", reasons, dtype=pl.String).gather(places),
    )
