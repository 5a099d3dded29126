"""What goes with a decision on one item: what must happen to corpora and models that hold it already."""

from demur.kernel.words import Decision, ReasonCode
from demur.policy.case_format import Case, Item, asked_item, read_instant
from demur.policy.case_people import case_instant, objecting_accounts

_CUTS = {
    ReasonCode.NAMES_MINOR: "cut the child's name, age and school",
    ReasonCode.CONTAINS_OBJECTED_CONTENT: "cut the copy",
    ReasonCode.MENTIONS_OBJECTOR: "cut the mention",
    ReasonCode.UNIDENTIFIED_FACE: "blur faces and plates",
    ReasonCode.RIGHTS_RESERVATION: "cut the preview",
}


def item_duties(case: Case, decision: str, reason: str) -> tuple[str, ...]:
    """Return the duties that go with the decision on the item that a case asks about."""
    item = asked_item(case)
    if decision in (Decision.INCLUDE, Decision.REDACT):
        cut = [_CUTS[ReasonCode(reason)]] if decision == Decision.REDACT else []
        return (*cut, *(["strip metadata"] if item.exif else []))
    return (*_in_built_corpus(case), *_in_training(item), *_provisional(case))


def _in_built_corpus(case: Case) -> list[str]:
    run = case.given.run
    built = read_instant(case, run.corpus_built_at) if run else None
    if run is None or built is None or built > case_instant(case):
        return []
    return [f"drop from built corpus {run.id}", "log the drop", "new corpus digest"]


def _in_training(item: Item) -> list[str]:
    if item.read_by_trainer or item.epochs_read:
        return ["exposure record", "skip in later epochs"]
    return []


def _provisional(case: Case) -> list[str]:
    claimed = [
        account
        for made in case.given.objections
        if made.by.account is None
        for account in objecting_accounts(case, made)
    ]
    return [f"message to {account} with an undo that needs login" for account in dict.fromkeys(claimed)]
