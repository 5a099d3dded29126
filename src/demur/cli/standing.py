"""How an installation stands: what it owes, how fast objections were honoured, how fresh each corpus is.

`demur status` prints it, `demur watch` exports it for Prometheus.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from demur.cli.following import read_heartbeat
from demur.cli.recipients import Told
from demur.cli.telling import recipient_feeds
from demur.cli.workspace import Workspace
from demur.register.owed import Owed, TimeToEffect, count_owed, time_to_effect
from demur.register.store import Register

_STATES = ("waiting", "leased", "retried", "overdue", "dead")
_LABEL = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Up to which instant and which size of the log a corpus is known to reflect the register; None when it is not."""

    corpus: str
    at: datetime | None
    log_size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An installation at an instant."""

    at: datetime
    owed: tuple[Owed, ...]
    took: TimeToEffect
    corpora: tuple[Freshness, ...]
    told: tuple[Told, ...] = ()

    @property
    def is_well(self) -> bool:
        """Tell whether nothing is overdue and nothing is dead."""
        return not any(one.overdue or one.dead for one in self.owed)


def read_standing(workspace: Workspace, register: Register) -> Standing:
    """Read how an installation stands now."""
    at = workspace.clock.now()
    beats = [(name, read_heartbeat(workspace, workspace.corpora / name)) for name in workspace.corpus_names()]
    corpora = [
        Freshness(corpus=name, at=beat.at if beat else None, log_size=beat.log_size if beat else None)
        for name, beat in beats
    ]
    return Standing(
        at=at,
        owed=count_owed(register, at=at),
        took=time_to_effect(register),
        corpora=tuple(corpora),
        told=tuple(feed.told() for feed in recipient_feeds(workspace)),
    )


def seconds(span: timedelta | None) -> float | None:
    """Return a span in seconds, to the microsecond."""
    return None if span is None else span.total_seconds()


def metrics_of(standing: Standing) -> str:
    """Return it in the text format of Prometheus (version 0.0.4); what is unknown is left out."""
    took = standing.took
    quantiles = (("0.5", took.p50), ("0.99", took.p99), ("1", took.longest))
    families = (
        (
            "demur_time_to_effect_seconds",
            "From acknowledging an objection until every corpus honours it: quantiles of the last thousand.",
            [(f'quantile="{quantile}"', seconds(span)) for quantile, span in quantiles],
        ),
        ("demur_time_to_effect_objections", "How many objections the quantiles are of.", [("", took.objections)]),
        (
            "demur_effects",
            "What the register owes, by kind and state.",
            [(f'kind="{one.kind}",state="{state}"', getattr(one, state)) for one in standing.owed for state in _STATES],
        ),
        (
            "demur_effects_oldest_seconds",
            "For how long the oldest effect that is due was asked for.",
            [(f'kind="{one.kind}"', seconds(one.oldest) or 0) for one in standing.owed],
        ),
        (
            "demur_corpus_heartbeat_age_seconds",
            "How long ago a corpus was known to reflect the register.",
            [
                (f'corpus="{one.corpus.translate(_LABEL)}"', seconds(standing.at - one.at if one.at else None))
                for one in standing.corpora
            ],
        ),
        ("demur_watched_timestamp_seconds", "When this was written.", [("", standing.at.timestamp())]),
    )
    return "".join(_family(*family) for family in families)


def _family(name: str, told: str, samples: list[tuple[str, float | int | None]]) -> str:
    lines = [f"# HELP {name} {told}", f"# TYPE {name} gauge"]
    lines += [f"{name}{f'{{{labels}}}' if labels else ''} {value}" for labels, value in samples if value is not None]
    return "\n".join(lines) + "\n"
