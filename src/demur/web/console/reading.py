"""What the pages of the console show, read in one place: from the register, the corpora and the log of staff's acts."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from demur.corpus.overview import CorpusOverview, read_heartbeat
from demur.kernel.small_counts import show_counts
from demur.kernel.words import NoticeEvent
from demur.register.effectiveness import REACH_BY, read_reach
from demur.register.owed import DeadEffect, Owed, TimeToEffect, count_owed, list_dead, time_to_effect
from demur.register.proposals import RelaunchProposal, list_proposals
from demur.register.queries import read_head
from demur.register.suspensions import RunningSuspension, read_running
from demur.web.console.tables import Mark
from demur.web.effectiveness import Built, Effectiveness, look_over_all, read_effectiveness
from demur.web.portal.services import PortalServices
from demur.web.staff.models import StaffAct

# What somebody is known by; a version and a channel tell of nobody.
_PERSONAL = frozenset({"language", "country", "age_band"})
EVENTS = (NoticeEvent.SENT, NoticeEvent.DELIVERED, NoticeEvent.SHOWN, NoticeEvent.BOUNCED)
Reach: TypeAlias = "dict[str, list[tuple[str, dict[str, int | Mark]]]]"
ACTS_A_PAGE = 100
_SHOWN_DEAD = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How fresh a corpus is; a reader stops when the heartbeat is older than the rules allow.

    Attributes:
        at: None where no heartbeat holds.
    """

    corpus: str
    at: datetime | None
    log_size: int | None
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """How things stand now.

    Attributes:
        log_size: entries of the register's log; `published` how many of them the public files hold.
        suspensions: how many are in force.
    """

    owed: tuple[Owed, ...]
    dead: tuple[DeadEffect, ...]
    took: TimeToEffect
    beats: tuple[Beat, ...]
    log_size: int
    published: int
    suspensions: int
    built: Built

    @property
    def oldest(self) -> timedelta | None:
        """Return for how long the oldest thing that is due was asked for."""
        return max((one.oldest for one in self.owed if one.oldest is not None), default=None)

    @property
    def overdue(self) -> int:
        """Return how much is overdue."""
        return sum(one.overdue for one in self.owed)

    @property
    def failed(self) -> int:
        """Return how much was given up."""
        return sum(one.dead for one in self.owed)

    @property
    def is_well(self) -> bool:
        """Tell whether nothing asks for a person."""
        is_fresh = all(beat.is_fresh for beat in self.beats)
        return is_fresh and not (self.overdue or self.failed or self.built.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """The suspensions in force, and the proposals to go on, the newest first."""

    running: tuple[RunningSuspension, ...]
    proposals: tuple[RelaunchProposal, ...]

    def open_for(self, number: int, *, at: datetime) -> RelaunchProposal | None:
        """Return the proposal about a suspension that can be decided now."""
        found = (one for one in self.proposals if one.suspension == number and one.is_open(at=at))
        return next(found, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one version of a corpus differs in from the version before: rows taken out, by reason."""

    version: int
    as_of: str
    removed: int
    reasons: dict[str, int]


def read_today(services: PortalServices) -> Today:
    """Read how things stand."""
    register, at = services.register, services.clock.now()
    built = read_built(services)
    allowed = timedelta(seconds=services.ruleset.settings.heartbeat_max_age_seconds)
    return Today(
        owed=count_owed(register, at=at),
        dead=list_dead(register)[:_SHOWN_DEAD],
        took=time_to_effect(register),
        beats=tuple(_beat(corpus, at=at, allowed=allowed) for corpus in built.corpora),
        log_size=read_head(register).size,
        published=register.tiles.size(),
        suspensions=len(read_running(register)),
        built=built,
    )


def read_built(services: PortalServices) -> Built:
    """Read every corpus and run at a glance, at most a minute old; the heartbeats are those of now."""
    verifier = services.register.keyring.trusted_keys().documents
    settings, at = services.ruleset.settings, services.clock.now()
    built = services.readings.read(
        "built", lambda: look_over_all(services.corpora, services.runs, verifier, settings, at=at)
    )
    corpora = (
        replace(corpus, heartbeat=read_heartbeat(services.corpora / corpus.name, verifier)) for corpus in built.corpora
    )
    return replace(built, corpora=tuple(corpora))


def read_metrics(services: PortalServices) -> Effectiveness:
    """Return the metrics of effectiveness, at most a minute old."""
    services.visits.hand_over()
    return services.readings.read(
        "effectiveness",
        lambda: read_effectiveness(
            services.register,
            corpora=services.corpora,
            runs=services.runs,
            verifier=services.register.keyring.trusted_keys().documents,
            settings=services.ruleset.settings,
            at=services.clock.now(),
        ),
    )


def read_notices(services: PortalServices) -> Reach:
    """Return how many people each event of a notice reached, by each of `REACH_BY`, at most a minute old.

    By language, country and age band, counts below ten are withheld, and further ones so that none of these is the rest
    of a sum (SEC-7): a count of one would tell of one person.
    """
    return services.readings.read("notices", lambda: {by: _read_reach(services, by) for by in REACH_BY})


def read_stops(services: PortalServices) -> Stops:
    """Read what is suspended and what is proposed."""
    return Stops(running=read_running(services.register), proposals=list_proposals(services.register))


def read_acts(*, before: int | None = None, limit: int = ACTS_A_PAGE) -> list[StaffAct]:
    """Return acts of staff, the newest first; `before` is the number of the last one that was seen."""
    acts = StaffAct.objects.order_by("-id")
    return list((acts if before is None else acts.filter(id__lt=before))[:limit])


def reasons_of(corpus: CorpusOverview) -> list[tuple[str, int, int]]:
    """Return for each reason how many items it decided at the build, and how many rows it took out since."""
    since = Counter(corpus.removed_by_reason())
    names = {**corpus.manifest.reasons, **since}
    found = [(name, corpus.manifest.reasons.get(name, 0), since[name]) for name in names]
    return sorted(found, key=lambda row: (-row[1] - row[2], row[0]))


def changes_of(corpus: CorpusOverview) -> list[Change]:
    """Return what each version of Removals changed, the newest first."""
    return [
        Change(version=one.version, as_of=one.as_of, removed=one.removed, reasons=one.reasons)
        for one in reversed(corpus.removals)
    ]


def _beat(corpus: CorpusOverview, *, at: datetime, allowed: timedelta) -> Beat:
    beat = corpus.heartbeat
    return Beat(
        corpus=corpus.name,
        at=None if beat is None else beat.at,
        log_size=None if beat is None else beat.log_size,
        is_fresh=beat is not None and at - beat.at <= allowed,
    )


def _read_reach(services: PortalServices, by: str) -> list[tuple[str, dict[str, int | Mark]]]:
    counted = read_reach(services.register, by, at=services.clock.now())
    if by not in _PERSONAL:
        return [(name, {event.value: row[event] for event in EVENTS}) for name, row in counted]
    shown = {event: show_counts({name: row[event] for name, row in counted}).counts for event in EVENTS}

    def cell(name: str, event: NoticeEvent) -> int | Mark:
        count = shown[event][name]
        return Mark.WITHHELD if count is None else count

    return [(name, {event.value: cell(name, event) for event in EVENTS}) for name, _ in counted]
