"""``demur policy``: read the rules, test them with cases, compare them on a corpus."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from demur.cli.errors import NothingNamedError
from demur.cli.output import print_json
from demur.cli.rulebook import (
    CONFIGURED,
    DEFAULT,
    find_ruleset,
    print_known,
    print_ruleset,
    summarise_known,
    summarise_ruleset,
)
from demur.cli.workspace import Common
from demur.kernel.files import write_whole

app = App(name="policy", help="Read the rules that decide; test them with cases; compare two rulesets on a corpus.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_DIFFERS = 1
_Json = Annotated[bool, Parameter(negative="")]


@app.command(name="list")
def list_known(*, json: _Json = False) -> None:
    """Print the rulesets that come with Demur, and in which settings each differs from eu-2025.

    Args:
        json: Print one JSON object and nothing else.
    """
    if json:
        print_json({"rulesets": summarise_known()})
    else:
        print_known()


@app.command
def show(name: str = CONFIGURED, *, common: _Common = _COMMON) -> None:
    """Print a ruleset as a person reads it: each rule in order with its source in the law, then every setting.

    An item gets the reason of the first rule that hits; one that cannot tell, because a fact is unknown, hits. Where a
    setting differs from eu-2025, both values are shown.

    Args:
        name: A ruleset of `demur policy list`; or configured, the one of the configuration with its settings.
        common: Options that every command shares.
    """
    ruleset = find_ruleset(name, common)
    if common.json:
        print_json(summarise_ruleset(ruleset))
    else:
        print_ruleset(ruleset)


@app.command(name="test")
def run_case_files(
    *files: Path,
    ruleset: str = DEFAULT,
    settings: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    junit: Path | None = None,
    common: _Common = _COMMON,
) -> int:
    """Answer decision cases by the rules and print what differs; exit status 1 when anything does.

    Identifiers are cut as in a build, so what a text must have lost, or must still hold, is compared as well. A case
    that asks for a setting that is not allowed is listed as not supported, never decided by luck.

    Args:
        files: Files of cases, one JSON object a line.
        ruleset: A ruleset of `demur policy list`; or configured, the one of the configuration with its settings.
        settings: A setting to try, as name=value; what a case sets itself wins. May be repeated.
        junit: Where to write the outcome as JUnit XML, a suite for each group of cases.
        common: Options that every command shares.
    """
    if not files:
        message = "no file of cases was named"
        raise NothingNamedError(message, hint="Name at least one: demur policy test cases.jsonl")
    # The filters take a second to load, and no other command on rules needs them.
    from demur.cli.casework import (  # noqa: PLC0415 -- slow import
        junit_report,
        print_report,
        read_settings,
        run_with_filters,
        summarise_report,
    )

    rules = find_ruleset(ruleset, common).with_settings(read_settings(settings))
    report = run_with_filters(files, rules)
    if junit is not None:
        write_whole(junit, junit_report(report, rules))
    if common.json:
        print_json(summarise_report(report))
    else:
        print_report(report)
    return _DIFFERS if report.differ else 0


@app.command
def diff(
    first: str,
    second: str,
    *,
    corpus: str,
    examples: Annotated[int, Parameter(validator=Number(gte=0))] = 3,
    common: _Common = _COMMON,
) -> None:
    """Say how many items of a corpus change decision when other rules decide, by reason, with examples.

    Both rulesets decide what the corpus was built from, on the facts that it reflects now; the corpus stays as it is.
    Examples name file, line and kind of an item, nobody's id and no text. It takes about as long as two builds.

    Args:
        first: A ruleset of `demur policy list`; or configured, the one of the configuration with its settings.
        second: The ruleset that is compared with it.
        corpus: The corpus.
        examples: How many items to name for each change.
        common: Options that every command shares.
    """
    # The stages of a build take a second to load.
    from demur.cli.comparing import (  # noqa: PLC0415 -- slow import
        compare_on_corpus,
        print_comparison,
        summarise_comparison,
    )

    workspace = common.workspace()
    rulesets = (find_ruleset(first, common), find_ruleset(second, common))
    found = compare_on_corpus(workspace, workspace.corpus(corpus), rulesets, examples=examples)
    if common.json:
        print_json(summarise_comparison(corpus, rulesets, found))
    else:
        print_comparison(corpus, rulesets, found)
