"""Why is my post in, or out? The answer for a person, from what the builder wrote and the function that it decided by.

Nothing is decided here: the decision of the build and those of `Removals` are read from the corpus, and what the rules
say on the facts of now comes from `demur.policy`. A person is told about their own items only; whether an id is
somebody else's, or nobody's, gets one answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from demur.corpus.explain import ItemHistory, author_of, explain_item
from demur.corpus.layout import CorpusLayout
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS
from demur.corpus.reading_errors import CorpusMissingError, ItemUnknownError
from demur.exchange.tables import read_table
from demur.keys.keyring import Keyring, TrustedKeys
from demur.keys.subjects import ItemKey, SubjectKey
from demur.policy.ruleset import Ruleset
from demur.sources.source import Source
from demur.web.errors import ItemNotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision with its reason, as the builder writes them, and the ruleset's sentence for it."""

    decision: str
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesToday:
    """What the rules say on the facts that the corpus reflects now; it decides for the next corpus, not for this one.

    Attributes:
        log_size: the position of the register's log that the facts reflect; `as_of` is their instant.
        ruleset: name and version of the rules.
    """

    decided: Decided
    log_size: int
    as_of: datetime
    ruleset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectExplanation:
    """What became of one item of one person in one corpus.

    Attributes:
        corpus: the name of the corpus.
        built: the decision of the build.
        current: what holds in this corpus now: as built, unless the item was taken out since. Nothing ever comes back.
        today: the rules on the facts of now; None when the item cannot be read from its source any more.
    """

    corpus: str
    built: Decided
    current: Decided
    today: RulesToday | None


def explain_to_subject(
    folder: Path,
    item_key: ItemKey,
    *,
    subject: SubjectKey,
    trust: TrustedKeys,
    ruleset: Ruleset,
    sources: Mapping[str, Source],
    keyring: Keyring | None = None,
) -> SubjectExplanation:
    """Tell a person what became of one of their items in a corpus.

    Raises:
        ItemNotFoundError: the build read no such item, or it cannot be shown to be this person's.
        CorpusMissingError: the folder holds no finished corpus.
    """
    try:
        history = explain_item(folder, item_key, trust=trust, ruleset=ruleset, sources=sources, keyring=keyring)
    except ItemUnknownError as error:
        raise _not_found() from error
    if subject not in author_of(folder, item_key, history, trust=trust, sources=sources):
        raise _not_found()
    built = _decided(history.decision, history.reason, ruleset)
    return SubjectExplanation(
        corpus=folder.name,
        built=built,
        current=built if history.removed_by is None else _removed(folder, history.removed_by, item_key, ruleset),
        today=_today(history),
    )


def explain_everywhere(
    corpora: Path,
    item_key: ItemKey,
    *,
    subject: SubjectKey,
    trust: TrustedKeys,
    ruleset: Ruleset,
    sources: Mapping[str, Source],
    keyring: Keyring | None = None,
) -> tuple[SubjectExplanation, ...]:
    """Tell a person what became of one of their items in every finished corpus that read it, in the order of names.

    Raises:
        ItemNotFoundError: no corpus read an item of this person with that id.
    """
    found = []
    for folder in sorted(path for path in corpora.glob("*") if path.is_dir()):
        try:
            found.append(
                explain_to_subject(
                    folder,
                    item_key,
                    subject=subject,
                    trust=trust,
                    ruleset=ruleset,
                    sources=sources,
                    keyring=keyring,
                )
            )
        except (ItemNotFoundError, CorpusMissingError):
            continue
    if not found:
        raise _not_found()
    return tuple(found)


def _removed(folder: Path, version: int, item_key: ItemKey, ruleset: Ruleset) -> Decided:
    """Read how a version of `Removals` decided: one reason may exclude or hold."""
    path = CorpusLayout(folder).removals_decisions(version)
    row = read_table(path, REMOVAL_DECISION_COLUMNS).filter(pl.col("item_key") == item_key)
    return _decided(row["decision"].item(), row["reason"].item(), ruleset)


def _today(history: ItemHistory) -> RulesToday | None:
    now = history.now
    if now is None:
        return None
    decided = Decided(decision=now.decision, reason=now.reason, sentence=now.sentence)
    ruleset = f"{now.ruleset} {now.version}"
    return RulesToday(decided=decided, log_size=now.log_size, as_of=now.as_of, ruleset=ruleset)


def _decided(decision: str, reason: str, ruleset: Ruleset) -> Decided:
    sentences = (rule.sentence for rule in ruleset.rules if (rule.decision, rule.reason) == (decision, reason))
    return Decided(decision=decision, reason=reason, sentence=next(sentences, ""))


def _not_found() -> ItemNotFoundError:
    message = "no item of yours with this id was read"
    return ItemNotFoundError(message, hint="Check the id; items published after a build are in the next corpus.")
