"""Why is one item in, or out? The same conditions as the builder's, one by one, with the facts that they read."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from demur.exchange.columns import RELATION_COLUMNS, Facts
from demur.kernel.clock import timestamp
from demur.kernel.words import Decision
from demur.policy.decide import DECIDING_COLUMNS, Judge, decide_content, decide_facts, describe_items, prepare
from demur.policy.errors import ExplanationError
from demur.policy.ruleset import Ruleset

_UNSHOWN = ("subject_key", "item_key", "page_key", "other_authors", "others_place", "detections")


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
    item: pl.DataFrame,
    facts: Facts,
    ruleset: Ruleset,
    *,
    at: datetime,
    relations: pl.DataFrame,
    content: pl.DataFrame | None = None,
) -> Explanation:
    """Explain the decision on one item, given as a frame of one row.

    Args:
        relations: as `decide_facts` takes them.
        content: what was found in it, as `decide_content` takes it; None when that is not known.

    Raises:
        ExplanationError: not exactly one item is given.
    """
    if item.height != 1 or (content is not None and content.height != 1):
        message = f"an explanation is about one item, {item.height} are given"
        raise ExplanationError(message)
    decided = decide_facts(item, facts, ruleset, at=at, relations=relations)
    if content is not None and decided["decision"].item() == Decision.INCLUDE:
        decided = decide_content(content, ruleset)
    place = ruleset.places[decided["reason"].item(), decided["decision"].item()]
    rule = ruleset.rules[place]
    return Explanation(
        decision=rule.decision.value,
        reason=rule.reason.value,
        sentence=rule.sentence,
        law=rule.law,
        facts=_list_facts(item, relations, content, prepare(facts, ruleset, at=at)),
        evaluated=_up_to(place, ruleset),
        is_content_known=content is not None,
        log_size=facts.log_size,
        as_of=at,
        ruleset=ruleset.name,
        version=ruleset.version,
        digest=ruleset.digest(),
    )


def _up_to(place: int, ruleset: Ruleset) -> tuple[RuleOutcome, ...]:
    """Return the rules that were tried: none before the one that hit has hit, or it would have decided."""
    return tuple(
        RuleOutcome(reason=rule.reason.value, decision=rule.decision.value, has_hit=number == place)
        for number, rule in enumerate(ruleset.rules[: place + 1])
    )


def _list_facts(
    item: pl.DataFrame, relations: pl.DataFrame, content: pl.DataFrame | None, judge: Judge
) -> dict[str, str | bool | None]:
    described = describe_items(item.select(DECIDING_COLUMNS), judge)
    author = described.join(judge.authors.present, on="subject_key", how="left")
    related = described.select("item_key").join(relations, on="item_key", how="left").select(*RELATION_COLUMNS)
    frames = [author, related, *([] if content is None else [content])]
    found = {name: value for frame in frames for name, value in frame.row(0, named=True).items()}
    # Keys of people and items stay out: an explanation is read by officers and shown in the portal.
    return {name: _write(value) for name, value in found.items() if name not in _UNSHOWN}


def _write(value: object) -> str | bool | None:
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool) or value is None else str(value)
