"""The words of the console that do not stand in a template: states, kinds, columns, and what went wrong."""

from django.utils.translation import pgettext, pgettext_lazy

from demur.kernel.words import EffectKind, ItemKind, NoticeEvent, Product, RelaunchOutcome, Verdict
from demur.register.suspensions import Suspension
from demur.web.metric_values import MetricState

STATES = {
    MetricState.MET: pgettext_lazy("console", "Met"),
    MetricState.NOT_MET: pgettext_lazy("console", "Not met"),
    MetricState.REPORTED: pgettext_lazy("console", "Reported"),
    MetricState.NOT_MEASURED: pgettext_lazy("console", "Not measured"),
}
TAGS = {
    MetricState.MET: "govuk-tag--green",
    MetricState.NOT_MET: "govuk-tag--red",
    MetricState.REPORTED: "govuk-tag--blue",
    MetricState.NOT_MEASURED: "govuk-tag--grey",
}
OWED = {
    EffectKind.APPLY: pgettext_lazy("console", "Objections to apply to corpora"),
    EffectKind.DEADLINE: pgettext_lazy("console", "Deadlines of objections"),
    EffectKind.CONFIRMATION: pgettext_lazy("console", "Confirmations to people"),
    EffectKind.REMOVAL_FEED: pgettext_lazy("console", "Notices to recipients"),
}
EVENT_NAMES = {
    NoticeEvent.SENT: pgettext_lazy("console", "Sent"),
    NoticeEvent.DELIVERED: pgettext_lazy("console", "Delivered"),
    NoticeEvent.SHOWN: pgettext_lazy("console", "Shown"),
    NoticeEvent.BOUNCED: pgettext_lazy("console", "Bounced"),
}
REACH = {
    "version": pgettext_lazy("console", "Version"),
    "channel": pgettext_lazy("console", "Channel"),
    "language": pgettext_lazy("console", "Language"),
    "country": pgettext_lazy("console", "Country"),
    "age_band": pgettext_lazy("console", "Age"),
}
VERDICTS = {
    Verdict.PASS: pgettext_lazy("console", "passed"),
    Verdict.FAIL: pgettext_lazy("console", "failed"),
    Verdict.INCONCLUSIVE: pgettext_lazy("console", "inconclusive"),
}
OUTCOMES = {
    RelaunchOutcome.CONFIRMED: pgettext_lazy("console", "confirmed"),
    RelaunchOutcome.REFUSED: pgettext_lazy("console", "refused"),
    RelaunchOutcome.TAKEN_BACK: pgettext_lazy("console", "taken back"),
}
REFUSALS = {
    "scope-invalid": pgettext_lazy("console", "A country has two letters, such as DE."),
    "suspension-missing": pgettext_lazy("console", "This stop has ended. Look at the list below."),
    "proposal-missing": pgettext_lazy("console", "There is no such proposal. Look at the list below."),
    "proposal-refused": pgettext_lazy(
        "console",
        "This proposal is over, or it is not yours to decide: whoever proposes can only take it back, and somebody "
        "else confirms or refuses.",
    ),
    "relaunch-notice": pgettext_lazy(
        "console",
        "Nobody was told anew since the stop. Send a new version of the notice, name it in the settings as "
        "notice_version, and propose again.",
    ),
}


def name_scope(stops: Suspension) -> str:
    """Return what a suspension stops, in words."""
    named = [
        str(part)
        for part in (
            stops.country,
            stops.product and stops.product.value,
            stops.kind and stops.kind.value,
            stops.created_from and pgettext("console", "from %(day)s") % {"day": f"{stops.created_from:%Y-%m-%d}"},
            stops.created_until and pgettext("console", "before %(day)s") % {"day": f"{stops.created_until:%Y-%m-%d}"},
        )
        if part
    ]
    return ", ".join(named) or pgettext("console", "Everything")


def choices() -> dict[str, list[str]]:
    """Return the products and kinds of content that a stop can name."""
    return {"products": [product.value for product in Product], "kinds": [kind.value for kind in ItemKind]}
