"""``demur policy diff``: what a change of the rules would do to a corpus, in counts and places, never with texts."""

from pathlib import Path

from demur.cli.detecting import plan_detectors
from demur.cli.output import print_lines, print_table, show_progress
from demur.cli.workspace import Workspace
from demur.corpus.compare import Change, Comparison, ComparisonPlan, Outcome, compare_rulesets
from demur.engines.local import LocalEngine
from demur.kernel.clock import timestamp
from demur.policy.ruleset import Ruleset

_DUPLICATES = "not compared: near duplicates; an item that only repeats another one counts as let in"


def compare_on_corpus(
    workspace: Workspace, corpus: Path, rulesets: tuple[Ruleset, Ruleset], *, examples: int
) -> Comparison:
    """Decide what a corpus was built from by two rulesets, with a bar for each stage."""
    first, second = rulesets
    plan = ComparisonPlan(
        corpus=corpus,
        first=first,
        second=second,
        root=workspace.root,
        sources=workspace.configuration.sources,
        suppressions=workspace.suppressions(),
        detectors=plan_detectors(workspace.configuration.filters, workspace.root),
        examples=examples,
    )
    with show_progress() as report:
        return compare_rulesets(
            plan,
            keyring=workspace.keyring,
            engine=LocalEngine(),
            progress=lambda event: report(event.stage, event.done, event.total),
        )


def summarise_comparison(corpus: str, rulesets: tuple[Ruleset, Ruleset], found: Comparison) -> dict[str, object]:
    """Return a comparison as one JSON object."""
    named = ({"name": each.name, "version": each.version, "digest": each.digest()} for each in rulesets)
    return {
        "corpus": corpus,
        **dict(zip(("a", "b"), named, strict=True)),
        "as_of": timestamp(found.as_of),
        "log_size": found.log_size,
        "items": found.items,
        "changed": found.changed,
        "let_in_by_b": found.let_in,
        "let_in_by_a": found.kept_out,
        "other_reason": found.other_reason,
        "changes": [_summarise(change) for change in found.changes],
        "left_out": list(found.left_out),
        "duplicates_compared": False,
    }


def _summarise(change: Change) -> dict[str, object]:
    sides = {"a": change.first, "b": change.second}
    told = {side: {"decision": of.decision, "reason": of.reason} for side, of in sides.items()}
    examples = [{"split": each.split, "line": each.line, "kind": each.kind} for each in change.examples]
    return {**told, "items": change.items, "examples": examples}


def print_comparison(corpus: str, rulesets: tuple[Ruleset, Ruleset], found: Comparison) -> None:
    """Print what changes, the most frequent change first."""
    first, second = rulesets
    print_lines(
        f"corpus {corpus}: {found.items:,} items on the facts of {timestamp(found.as_of)}, log size {found.log_size}",
        f"  A  {first.name} {first.version}, digest {first.digest()[:16]}...",
        f"  B  {second.name} {second.version}, digest {second.digest()[:16]}...",
        "",
    )
    if found.changes:
        rows = [(change.items, _tell(change.first), _tell(change.second)) for change in found.changes]
        print_table("What changes", ("items", "by A", "by B"), rows)
    examples = [line for change in found.changes if change.examples for line in _tell_examples(change)]
    if examples:
        print_lines("for example", *examples, "")
    print_lines(*_tell_counts(found), *_tell_limits(found))


def _tell(outcome: Outcome) -> str:
    return f"{outcome.decision}: {outcome.reason}"


def _tell_examples(change: Change) -> list[str]:
    places = (f"    {each.split}:{each.line}   {each.kind}" for each in change.examples)
    return [f"  {_tell(change.first)} -> {_tell(change.second)}", *places]


def _tell_counts(found: Comparison) -> list[str]:
    rest = found.changed - found.let_in - found.kept_out
    same = found.items - found.changed - found.other_reason
    ways = f"{found.let_in:,} are let in by B alone, {found.kept_out:,} by A alone, {rest:,} change in another way"
    return [
        f"{found.changed:,} items change decision: {ways}",
        f"{found.other_reason:,} keep their decision for another reason; {same:,} do not change",
    ]


def _tell_limits(found: Comparison) -> list[str]:
    gone = (f"left out, because it is gone or changed since the build: {split}" for split in found.left_out)
    return [_DUPLICATES, *gone]
