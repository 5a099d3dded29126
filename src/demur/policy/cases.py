"""Decision cases: does the policy decide as a person who knows the law says it must?

Each case gives all facts, asks about one item, and says what should come out. Cases that need a rule that does not
exist yet are listed with the facts that they need.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl

from demur.kernel.words import Decision
from demur.policy.case_facts import case_facts, case_instant, case_items, case_settings, key_of
from demur.policy.case_features import find_unsupported
from demur.policy.case_format import Case, asked_item, read_cases
from demur.policy.decide import decide_content, decide_facts
from demur.policy.errors import BirthDateError, CaseInvalidError, RulesetSettingError
from demur.policy.ruleset import Ruleset

# Texts and their languages in; for each, whether nothing is left of it once identifiers are cut.
EmptyFinder: TypeAlias = Callable[[pl.Series, pl.Series], pl.Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is decided about one item; `in_corpus` is true, false or ``redacted``."""

    decision: str
    reason: str
    in_corpus: bool | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDifference:
    """A case that was decided otherwise than it expects."""

    id: str
    group: str
    situation: str
    expected: Answer
    got: Answer

    @property
    def is_leak(self) -> bool:
        """Tell whether an item was let in that should have stayed out or been cut."""
        return self.got.decision == Decision.INCLUDE and self.expected.decision != Decision.INCLUDE


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedCase:
    """A case that no rule can decide yet, and the facts that it needs a rule for."""

    id: str
    group: str
    situation: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounts:
    """How the cases of one group came out."""

    agree: int
    differ: int
    unsupported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """What running decision cases showed.

    Attributes:
        agree: ids of the cases that came out as expected.
        differ: the cases that did not; `leaks` are those among them that let something in.
        unsupported: the cases that no rule can decide yet.
        groups: the same as counts, by group.
    """

    agree: tuple[str, ...]
    differ: tuple[CaseDifference, ...]
    unsupported: tuple[UnsupportedCase, ...]
    groups: Mapping[str, GroupCounts]

    @property
    def leaks(self) -> tuple[CaseDifference, ...]:
        """Return the differences that let something in."""
        return tuple(difference for difference in self.differ if difference.is_leak)

    @property
    def unsupported_by_group(self) -> dict[str, tuple[UnsupportedCase, ...]]:
        """Return the cases that no rule can decide yet, by group."""
        groups = dict.fromkeys(case.group for case in self.unsupported)
        return {group: tuple(case for case in self.unsupported if case.group == group) for group in groups}


def is_blank(texts: pl.Series, _languages: pl.Series) -> pl.Series:
    """Tell which texts are empty as they stand; a caller with filters cuts identifiers first."""
    return texts.fill_null("").str.strip_chars().str.len_bytes() == 0


def run_cases(paths: Sequence[Path], ruleset: Ruleset, *, find_empty: EmptyFinder = is_blank) -> CaseReport:
    """Decide the cases of some files and compare with what they expect.

    Raises:
        CaseInvalidError: a case is not in the format; the message names the file, the line and the field.
    """
    cases = [case for path in paths for case in read_cases(path)]
    _refuse_repeated(cases)
    agree: list[str] = []
    differ: list[CaseDifference] = []
    unsupported: list[UnsupportedCase] = []
    for case in cases:
        outcome = _run_case(case, ruleset, find_empty)
        if isinstance(outcome, UnsupportedCase):
            unsupported.append(outcome)
        elif outcome is not None:
            differ.append(outcome)
        else:
            agree.append(case.id)
    return CaseReport(
        agree=tuple(agree),
        differ=tuple(differ),
        unsupported=tuple(unsupported),
        groups=_count_groups(cases, differ, unsupported),
    )


def _run_case(case: Case, ruleset: Ruleset, find_empty: EmptyFinder) -> CaseDifference | UnsupportedCase | None:
    needs = find_unsupported(case)
    if not needs:
        try:
            got = decide_case(case, ruleset, find_empty=find_empty)
        except RulesetSettingError:
            needs = ("policy",)
    if needs:
        return UnsupportedCase(id=case.id, group=case.group, situation=case.situation, needs=needs)
    told = case.expected
    expected = Answer(decision=told.decision, reason=told.reason, in_corpus=told.in_corpus)
    if got == expected:
        return None
    return CaseDifference(id=case.id, group=case.group, situation=case.situation, expected=expected, got=got)


def decide_case(case: Case, ruleset: Ruleset, *, find_empty: EmptyFinder = is_blank) -> Answer:
    """Decide the item that a case asks about, by the functions that decide a corpus.

    Raises:
        CaseInvalidError: a fact of the case cannot be read.
        RulesetSettingError: the case asks for a setting that is not allowed.
    """
    settled = case_settings(case, ruleset)
    try:
        items, facts = case_items(case), case_facts(case)
    except BirthDateError as error:
        message = f"case {case.id}: {error}"
        raise CaseInvalidError(message) from error
    by_facts = decide_facts(items, facts, settled, at=case_instant(case))
    by_content = decide_content(_find_in_content(by_facts, find_empty), settled)
    is_open = pl.col("decision") == Decision.INCLUDE.value
    decided = by_facts.with_columns(
        pl.when(is_open).then(by_content[column]).otherwise(pl.col(column)).alias(column)
        for column in ("decision", "reason")
    )
    row = decided.filter(pl.col("item_key") == key_of(asked_item(case).id)).row(0, named=True)
    return Answer(decision=row["decision"], reason=row["reason"], in_corpus=_in_corpus(row["decision"]))


def _find_in_content(decided: pl.DataFrame, find_empty: EmptyFinder) -> pl.DataFrame:
    """Say what is in the items: a picture alone, nothing, or a text that an earlier eligible item has as well."""
    is_empty = find_empty(decided["text"], decided["language"])
    is_eligible = pl.col("decision") == Decision.INCLUDE.value
    copies = decided.select("item_key", "text", "created_at").filter(
        decided.select(is_eligible).to_series() & ~is_empty
    )
    later = copies.sort("created_at", "item_key").filter(~pl.col("text").is_first_distinct())
    return decided.select(
        (pl.lit(is_empty) & (pl.col("kind") == "photo")).alias("is_picture_only"),
        pl.lit(is_empty).alias("is_empty"),
        pl.col("item_key").is_in(later["item_key"].implode()).alias("is_duplicate"),
    )


def _in_corpus(decision: str) -> bool | str:
    return "redacted" if decision == Decision.REDACT else decision == Decision.INCLUDE


def _refuse_repeated(cases: Sequence[Case]) -> None:
    repeated = [name for name, times in Counter(case.id for case in cases).items() if times > 1]
    if repeated:
        message = f"case {repeated[0]} is given more than once"
        raise CaseInvalidError(message, hint="Ids are unique over all files.")


def _count_groups(
    cases: Sequence[Case], differ: Sequence[CaseDifference], unsupported: Sequence[UnsupportedCase]
) -> dict[str, GroupCounts]:
    read = Counter(case.group for case in cases)
    off = Counter(case.group for case in differ)
    open_ = Counter(case.group for case in unsupported)
    return {
        group: GroupCounts(agree=read[group] - off[group] - open_[group], differ=off[group], unsupported=open_[group])
        for group in read
    }
