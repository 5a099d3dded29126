"""The metrics of what became of objections and requests: refusals and questions, ways, and what they found."""

from collections.abc import Mapping

from demur.kernel.words import Way
from demur.register.effectiveness import Paths
from demur.register.requests_counting import CountedOutcomes, Ending
from demur.web.metric_texts import MetricText, gettext_noop, pgettext_noop
from demur.web.metric_values import Figure, Metric, MetricState, count, gate, share

WAYS = {
    Way.LINK: pgettext_noop("console", "By the link of a notice"),
    Way.IN_APP: pgettext_noop("console", "In the app"),
    Way.LOGIN: pgettext_noop("console", "After a login"),
    Way.FORM: pgettext_noop("console", "By the form without a login"),
    Way.AGENT: pgettext_noop("console", "By an agent"),
    Way.REPLY: pgettext_noop("console", "By an answer to a mail"),
    Way.LETTER: pgettext_noop("console", "Entered by staff, such as a letter"),
    Way.API: pgettext_noop("console", "By a program"),
}
ENDINGS = {
    Ending.NOTHING_FOUND: pgettext_noop("console", "In force, nothing found yet"),
    Ending.TAKEN_BACK: pgettext_noop("console", "Taken back"),
    Ending.COMPELLING_GROUNDS: pgettext_noop("console", "Refused on compelling grounds"),
    Ending.LEGAL_CLAIMS: pgettext_noop("console", "Refused because of legal claims"),
}
_ASKED = pgettext_noop("console", "Asked a question")


def judge_refusals(text: MetricText, outcomes: CountedOutcomes, *, made: int, undone: int) -> Metric:
    """Tell what was refused and on which ground, asked about, and undone.

    Args:
        made: how many accounts objected themselves, of which `undone` took it back.
    """
    figures = (
        count("undone", gettext_noop("accounts"), undone),
        share("share", gettext_noop("of the accounts that objected"), undone, made),
        count("requests", pgettext_noop("console", "Requests"), outcomes.requests),
        count("asked", _ASKED, outcomes.asked),
        count("refused", pgettext_noop("console", "Refused"), outcomes.refused),
        *(
            count(f"refused_{ground.value}", ENDINGS[Ending(ground.value)], number)
            for ground, number in outcomes.grounds.items()
        ),
        count("taken_back", ENDINGS[Ending.TAKEN_BACK], outcomes.undone),
    )
    why = gettext_noop("No verb of the register refuses an objection to one's own content, so none is refused.")
    is_met = outcomes.refused == sum(outcomes.grounds.values())
    return Metric(text=text, state=gate(is_met=is_met), figures=figures, people=made + outcomes.requests, why=why)


def judge_ways(text: MetricText, ways: Mapping[Way, int], paths: Paths) -> Metric:
    """Tell by which ways objections came, and how many were recorded late."""
    total = sum(ways.values())
    by_way: list[Figure] = []
    for way, number in ways.items():
        by_way.append(share(way.value, WAYS[way], number, total))
    figures = (
        count("objections", gettext_noop("objections"), total),
        *by_way,
        share("without_account", gettext_noop("named no account"), paths.without_account, paths.objections),
        share("recorded_late", gettext_noop("recorded more than a day later"), paths.recorded_late, paths.objections),
    )
    return Metric(text=text, state=MetricState.REPORTED, figures=figures, people=total)


def judge_finds(text: MetricText, outcomes: CountedOutcomes, *, pointed: int, left_out: int) -> Metric:
    """Tell what objections without an account found, and why the others took nothing out.

    Args:
        pointed: how many objections named no account; requests are among them.
        left_out: items that corpora left out for them.
    """
    figures = (
        count("objections", gettext_noop("objections"), pointed),
        count("items", gettext_noop("items left out for them"), left_out),
        count("located", pgettext_noop("console", "Found an item, at least"), outcomes.located),
        count("asked", _ASKED, outcomes.asked),
        count("waiting", gettext_noop("waiting now"), outcomes.waiting),
        *(count(ending.value, ENDINGS[ending], number) for ending, number in outcomes.endings.items()),
    )
    return Metric(text=text, state=MetricState.REPORTED, figures=figures, people=pointed)
