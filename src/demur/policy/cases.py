"""Decision cases: does the policy decide as a person who knows the law says it must?

Each case gives all facts, asks one question, and says what should come out. The answer comes from the functions that
decide a corpus, a request, a run.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from demur.kernel.words import Decision
from demur.policy.answers import Answer
from demur.policy.case_content import TextTools, filter_items
from demur.policy.case_duties import item_duties
from demur.policy.case_format import Case, asked_item, read_cases, read_instant
from demur.policy.case_items import read_items
from demur.policy.case_people import case_instant, key_of
from demur.policy.case_questions import answer_question
from demur.policy.decide import decide_content, decide_facts
from demur.policy.errors import BirthDateError, CaseInvalidError, RulesetSettingError
from demur.policy.ruleset import Ruleset
from demur.policy.settings import MAJORITY

_ABOUT_ITEM = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDifference:
    """A case that was decided otherwise than it expects.

    Attributes:
        texts: what a text of the corpus still holds, or no longer holds, against what the case expects.
    """

    id: str
    group: str
    situation: str
    expected: Answer
    got: Answer
    texts: tuple[str, ...] = ()

    @property
    def is_leak(self) -> bool:
        """Tell whether an item was let in that should have stayed out or been cut."""
        return self.got.decision == Decision.INCLUDE and self.expected.decision != Decision.INCLUDE


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedCase:
    """A case that asks for what this version does not have, and for what: a setting, or a kind of question."""

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
        unsupported: the cases that ask for what this version does not have.
        groups: the same as counts, by group.
        cases: id, group and situation of every case, in the order in which they were read.
    """

    agree: tuple[str, ...]
    differ: tuple[CaseDifference, ...]
    unsupported: tuple[UnsupportedCase, ...]
    groups: Mapping[str, GroupCounts]
    cases: tuple[Case, ...] = field(repr=False)

    @property
    def leaks(self) -> tuple[CaseDifference, ...]:
        """Return the differences that let something in."""
        return tuple(difference for difference in self.differ if difference.is_leak)


def run_cases(paths: Sequence[Path], ruleset: Ruleset, *, tools: TextTools | None = None) -> CaseReport:
    """Answer the cases of some files and compare with what they expect.

    Raises:
        CaseInvalidError: a case is not in the format; the message names the file, the line and the field.
    """
    cases = tuple(case for path in paths for case in read_cases(path))
    _refuse_repeated(cases)
    outcomes = [(case, _run_case(case, ruleset, tools or TextTools())) for case in cases]
    differ = tuple(outcome for _, outcome in outcomes if isinstance(outcome, CaseDifference))
    unsupported = tuple(outcome for _, outcome in outcomes if isinstance(outcome, UnsupportedCase))
    return CaseReport(
        agree=tuple(case.id for case, outcome in outcomes if outcome is None),
        differ=differ,
        unsupported=unsupported,
        groups=_count_groups(cases, differ, unsupported),
        cases=cases,
    )


def _run_case(case: Case, ruleset: Ruleset, tools: TextTools) -> CaseDifference | UnsupportedCase | None:
    told = case.expected
    expected = Answer(decision=told.decision, reason=told.reason, in_corpus=told.in_corpus)
    try:
        got = decide_case(case, ruleset, tools=tools)
    except RulesetSettingError as error:
        needs = (f"policy: {error}",)
        return UnsupportedCase(id=case.id, group=case.group, situation=case.situation, needs=needs)
    texts = _compare_texts(case, got)
    if got.plain == expected and not texts:
        return None
    return CaseDifference(
        id=case.id, group=case.group, situation=case.situation, expected=expected, got=got, texts=texts
    )


def decide_case(case: Case, ruleset: Ruleset, *, tools: TextTools | None = None) -> Answer:
    """Answer the question of a case, by the functions that decide corpora, requests and runs.

    Raises:
        CaseInvalidError: a fact of the case cannot be read, or it asks about nothing that there is.
        RulesetSettingError: the case asks for a setting that is unknown or not allowed.
    """
    settled = case_settings(case, ruleset)
    try:
        if case.given.ask.about != _ABOUT_ITEM:
            return _answer_other(case, settled, tools or TextTools())
        return _answer_item(case, settled, tools or TextTools())
    except BirthDateError as error:
        message = f"case {case.id}: {error}"
        raise CaseInvalidError(message) from error


def case_settings(case: Case, ruleset: Ruleset) -> Ruleset:
    """Return the ruleset with the settings of a case.

    Raises:
        RulesetSettingError: the case asks for a setting that is not allowed.
    """
    processing, run = case.given.processing, case.given.run
    version = processing.notice_version or ruleset.settings.notice_version
    settings: dict[str, Any] = {
        "notice_version": version,
        "notice_changes": list(_changes(case, version)),
        "relaunched_at": read_instant(case, processing.relaunched_at),
        "is_shared": bool(run and run.shared_with),
        **case.given.policy,
    }
    lowered = settings.get("ai_chat_min_age")
    if isinstance(lowered, int) and lowered < MAJORITY and not settings.get("ai_chat_min_age_reason"):
        # A choice that nobody answers for does not count (REQUIREMENTS MIN-4).
        del settings["ai_chat_min_age"]
    return ruleset.with_settings(settings)


def _changes(case: Case, version: str) -> Sequence[dict[str, Any]]:
    """Return the changes of the notice; one that does not say what it changed came after the newest notice before."""
    told = {notice.version for notice in case.given.notices if notice.version is not None}
    changes: list[dict[str, Any]] = []
    for change in case.given.processing.changes:
        named = str(change.get("version", version))
        before = [earlier for earlier in told if earlier < named]
        previous = changes[-1]["version"] if changes else max(before, default="")
        changes.append(
            {
                "version": named,
                "previous": str(change.get("previous", previous)),
                "what": str(change.get("what", "")),
                "is_material": change.get("material") is not False,
                "signed_by": str(change.get("signed_by") or ""),
            }
        )
    return changes


def _answer_item(case: Case, ruleset: Ruleset, tools: TextTools) -> Answer:
    decided, texts = _decide_items(case, ruleset, tools)
    key = key_of(asked_item(case).id)
    ((place, row),) = [
        (place, row) for place, row in enumerate(decided.iter_rows(named=True)) if row["item_key"] == key
    ]
    in_corpus = "redacted" if row["decision"] == Decision.REDACT else row["decision"] == Decision.INCLUDE
    return Answer(
        decision=row["decision"],
        reason=row["reason"],
        in_corpus=in_corpus,
        duties=item_duties(case, row["decision"], row["reason"]),
        text=texts[place] if in_corpus else None,
    )


def _answer_other(case: Case, ruleset: Ruleset, tools: TextTools) -> Answer:
    def kept(of: Case) -> dict[str, bool]:
        decided, _ = _decide_items(of, ruleset, tools)
        return _by_item(of, decided["decision"].is_in((Decision.INCLUDE.value, Decision.REDACT.value)))

    def objected(of: Case) -> dict[str, bool]:
        return _by_item(of, read_items(of, ruleset).covered)

    return answer_question(case, ruleset.settings, kept=kept, objected=objected)


def _by_item(case: Case, answers: pl.Series) -> dict[str, bool]:
    # Rows of a case stand in the order of their ids.
    return dict(zip(sorted(item.id for item in case.given.items), answers, strict=True))


def _decide_items(case: Case, ruleset: Ruleset, tools: TextTools) -> tuple[pl.DataFrame, pl.Series]:
    read = read_items(case, ruleset)
    by_facts = decide_facts(read.items, read.facts, ruleset, at=case_instant(case), relations=read.relations)
    filtered = filter_items(case, read, decided=by_facts, settings=ruleset.settings, tools=tools)
    by_content = decide_content(filtered.content, ruleset)
    is_open = pl.col("decision") == Decision.INCLUDE.value
    decided = by_facts.with_columns(
        pl.when(is_open).then(by_content[column]).otherwise(pl.col(column)).alias(column)
        for column in ("decision", "reason")
    )
    return decided, filtered.texts


def _compare_texts(case: Case, got: Answer) -> tuple[str, ...]:
    """Return what the text of the corpus holds or lacks against the case; a text that is not in it holds nothing."""
    wishes = [wish for wish in case.expected.must_also if isinstance(wish, Mapping)]
    if got.in_corpus is None or not got.in_corpus:
        return ()
    text = got.text or ""
    still = [f"still there: {part}" for wish in wishes for part in wish.get("removed", ()) if part in text]
    lost = [f"no longer there: {part}" for wish in wishes for part in wish.get("kept", ()) if part not in text]
    return (*still, *lost)


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
