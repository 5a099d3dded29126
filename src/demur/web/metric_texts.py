"""What each metric of effectiveness is, in plain words: English here, and translated where a page shows it."""

from dataclasses import dataclass


def gettext_noop(text: str) -> str:
    """Mark a text for translation, which happens where a page shows it."""
    return text


def pgettext_noop(context: str, text: str) -> str:
    """Mark a text that one part of the pages alone shows for translation, in its context."""
    del context
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricText:
    """What a metric is: its name, how it is counted, what is demanded of it, and where the numbers come from."""

    code: str
    name: str
    definition: str
    gate: str
    source: str


TEXTS: dict[str, MetricText] = {
    text.code: text
    for text in (
        MetricText(
            code="MET-1",
            name=gettext_noop("Leaks"),
            definition=gettext_noop("Rows that a training run got after they were taken out."),
            gate=gettext_noop("none"),
            source=gettext_noop("the audit of each run, which compares its ledger with what was taken out"),
        ),
        MetricText(
            code="MET-2",
            name=gettext_noop("Time to effect"),
            definition=gettext_noop("From recording an objection until every corpus honours it."),
            gate=gettext_noop("at most 60 seconds"),
            source=gettext_noop("the register: when each objection was recorded and when it was honoured"),
        ),
        MetricText(
            code="MET-3",
            name=gettext_noop("Time to removal"),
            definition=gettext_noop("From receipt of an objection until every corpus is signed anew without it."),
            gate=gettext_noop("99 of 100 within 24 hours"),
            source=gettext_noop("the register and the signed records of the corpora"),
        ),
        MetricText(
            code="MET-4",
            name=gettext_noop("Time to answer"),
            definition=gettext_noop("From receipt of an objection until it was answered."),
            gate=gettext_noop("none is overdue"),
            source=gettext_noop("the register; the last day is that of GDPR Art. 12(3)"),
        ),
        MetricText(
            code="MET-5",
            name=gettext_noop("Refused, asked about, undone"),
            definition=gettext_noop("Objections that were refused, asked about, or taken back."),
            gate=gettext_noop("every refusal is named"),
            source=gettext_noop("the register"),
        ),
        MetricText(
            code="MET-6",
            name=gettext_noop("Abandoned forms"),
            definition=gettext_noop("Forms that were opened and led to no objection."),
            gate=gettext_noop("alarm on change"),
            source=gettext_noop("daily counts of the forms, without a cookie"),
        ),
        MetricText(
            code="MET-7",
            name=gettext_noop("Effort"),
            definition=gettext_noop("Actions from the notice to the receipt, and fields that must be filled in."),
            gate=gettext_noop("at most two actions and one field"),
            source=gettext_noop("a benchmark of each release, not this installation"),
        ),
        MetricText(
            code="MET-8",
            name=gettext_noop("Delivery of the notice"),
            definition=gettext_noop("Authors of content in use whom a valid notice is proven to have reached."),
            gate=gettext_noop("all of them"),
            source=gettext_noop("the events of notices in the register, and the authors in the corpora"),
        ),
        MetricText(
            code="MET-9",
            name=gettext_noop("Time to decide"),
            definition=gettext_noop("Days from the proven notice to an author until their content was first built in."),
            gate=gettext_noop("at least the days that the rules give"),
            source=gettext_noop("the events of notices in the register, and the dates of the corpora"),
        ),
        MetricText(
            code="MET-10",
            name=gettext_noop("Ways to object"),
            definition=gettext_noop("Objections by the way on which they came."),
            gate=gettext_noop("reported"),
            source=gettext_noop("the register"),
        ),
        MetricText(
            code="MET-11",
            name=gettext_noop("Reach of an objection"),
            definition=gettext_noop("Accounts that objections cover now, by why they do."),
            gate=gettext_noop("reported"),
            source=gettext_noop("the register, by the rule of the snapshots"),
        ),
        MetricText(
            code="MET-12",
            name=gettext_noop("Objections without an account"),
            definition=gettext_noop("Objections without an account, and whether they found anything."),
            gate=gettext_noop("reported"),
            source=gettext_noop("the register and the signed records of the corpora"),
        ),
        MetricText(
            code="MET-13",
            name=gettext_noop("Exposures"),
            definition=gettext_noop("Rows that a model may have read before an objection took them out."),
            gate=gettext_noop("none is memorised and left so"),
            source=gettext_noop("the signed records of runs, audits and corpora"),
        ),
        MetricText(
            code="MET-14",
            name=gettext_noop("Recipients told"),
            definition=gettext_noop("What recipients of corpora still have to be told to delete."),
            gate=gettext_noop("none is overdue"),
            source=gettext_noop("the register: what it owes for each objection"),
        ),
        MetricText(
            code="MET-15",
            name=gettext_noop("Left out without cause"),
            definition=gettext_noop("Eligible items that were left out, in a sample checked by another decider."),
            gate=gettext_noop("at most 1 in 1,000"),
            source=gettext_noop("a sample of each corpus, decided once more"),
        ),
        MetricText(
            code="MET-16",
            name=gettext_noop("Persistence"),
            definition=gettext_noop("Objections in force after renaming, restoring, and replacing keys."),
            gate=gettext_noop("all of them"),
            source=gettext_noop("a test on invented people, in a copy"),
        ),
    )
}
