"""``demur campaign``: bring a published version of the notice to people, and see how far it is."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.configuration import NoticesSection
from demur.cli.errors import ConfigurationInvalidError
from demur.cli.output import print_json, print_lines, print_table, show_progress, tell_count
from demur.cli.sending import Channels, Sending
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import timestamp
from demur.kernel.words import MailingState
from demur.keys.subjects import SubjectKey, subject_keys
from demur.notices.addresses import check_address
from demur.notices.errors import AddressRefusedError
from demur.notices.languages import primary_language
from demur.notices.published import PublishedTexts, read_texts
from demur.register.mailing import (
    CampaignStanding,
    MailingOrder,
    Queued,
    Step,
    queue_mailings,
    read_standing,
    start_campaign,
    stop_campaign,
)
from demur.register.mailing_addresses import Contact
from demur.register.mailing_versions import find_version
from demur.register.reading import read_text_rows
from demur.register.schema import datetime_of
from demur.register.store import Register

app = App(name="campaign", help="Bring a version of the notice to people: start, stop, resume.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_LEFT = 1
COLUMNS = ("account", "language")
OPTIONAL_COLUMNS = ("email",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The orders of a file, and how many rows lead to none, by why."""

    orders: tuple[MailingOrder, ...]
    left_out: Counter[str]


@app.command(name="start")
def start(version: str, *recipients: Path, common: _Common = _COMMON) -> int:
    """Bring a published version to the people of some files, by mail first and in the app where that fails.

    A person gets a version once, whatever files name them. Addresses are kept sealed, and only until they are no longer
    needed. Stopped or killed at any point, `demur campaign resume` goes on. Exit status 1 when somebody is not reached
    yet whom a later run can still try.

    Args:
        version: A version that was published.
        recipients: CSV or Parquet files with the columns account and language, and email where it is known.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    section = _section(workspace)
    with workspace.open_register() as register:
        texts = read_texts(find_version(register, version).document)
        channels = Channels(workspace=workspace, section=section)
        wanted = _read_files(workspace, recipients, texts, channels.steps())
        at = workspace.clock.now()
        start_campaign(register, version, at=at)
        expires_at = at + timedelta(days=section.keep_days)
        queued = queue_mailings(register, version, wanted.orders, expires_at=expires_at, at=at)
        standing = _send(workspace, register, section, texts, channels)
    left_out = wanted.left_out + Counter(unchanged=queued.unchanged, erased=queued.closed)
    return _tell(common, workspace, standing, queued=queued, left_out=+left_out)


@app.command(name="resume")
def resume(version: str, *, common: _Common = _COMMON) -> int:
    """Go on with a campaign that was stopped, was killed, or has notices that could not be brought before.

    Args:
        version: The version that is being sent.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    section = _section(workspace)
    with workspace.open_register() as register:
        read_standing(register, version)  # only what was started can go on
        texts = read_texts(find_version(register, version).document)
        start_campaign(register, version, at=workspace.clock.now())
        standing = _send(workspace, register, section, texts, Channels(workspace=workspace, section=section))
    return _tell(common, workspace, standing)


@app.command(name="stop")
def stop(version: str, *, common: _Common = _COMMON) -> None:
    """Stop a campaign: a sender that runs, here or elsewhere, finishes what it has in hand and ends.

    Args:
        version: The version that is being sent.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_log() as register:
        stop_campaign(register, version, at=workspace.clock.now())
        standing = read_standing(register, version)
    _tell(common, workspace, standing)


@app.command(name="status")
def status(version: str, *, common: _Common = _COMMON) -> int:
    """Tell how far a campaign is: by language, channel and state.

    Only `informed` is proven: a report of delivery, or a display in the app. `sent` proves nothing and lets nothing
    into a corpus.

    Args:
        version: The version that is being sent.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with workspace.open_log() as register:
        standing = read_standing(register, version)
    return _tell(common, workspace, standing)


def _section(workspace: Workspace) -> NoticesSection:
    section = workspace.configuration.notices
    if section is None:
        message = "there is no section [notices]"
        raise ConfigurationInvalidError(message, hint="docs/how-to/run-a-notice-campaign.md shows one.")
    return section


def _send(
    workspace: Workspace, register: Register, section: NoticesSection, texts: PublishedTexts, channels: Channels
) -> CampaignStanding:
    sending = Sending(workspace=workspace, register=register, section=section, texts=texts, channels=channels)
    with show_progress() as report:
        sending.run(report)
    return read_standing(register, texts.version)


def _read_files(
    workspace: Workspace, files: tuple[Path, ...], texts: PublishedTexts, steps: tuple[Step, ...]
) -> _Wanted:
    orders: list[MailingOrder] = []
    left_out: Counter[str] = Counter()
    for path in files:
        frame = read_text_rows(path, COLUMNS, OPTIONAL_COLUMNS).frame
        subjects = subject_keys(workspace.keyring, frame["account"].to_list())
        for subject, row in zip(subjects, frame.iter_rows(named=True), strict=True):
            ordered = "account missing" if subject is None else _order(SubjectKey(subject), row, texts, steps)
            if isinstance(ordered, str):
                left_out[ordered] += 1
            else:
                orders.append(ordered)
    return _Wanted(orders=tuple(orders), left_out=left_out)


def _order(
    subject: SubjectKey, row: dict[str, str | None], texts: PublishedTexts, steps: tuple[Step, ...]
) -> MailingOrder | str:
    """Return the order of a row, or why there is none: then the account stays held (REQUIREMENTS NOT-6, NOT-7)."""
    language = primary_language(row["language"])
    if language is None or language not in texts.messages:
        return "language not spoken"
    address = _address(row["email"])
    ways = tuple(step for step in steps if address is not None or not step.needs_address)
    if not ways:
        return "no way to reach"
    return MailingOrder(subject=subject, language=language, contact=Contact(address=address), steps=ways)


def _address(text: str | None) -> str | None:
    """Return an address that a mail can go to; None for every other one: then the person is told in the app."""
    try:
        return None if text is None else check_address(text)
    except AddressRefusedError:
        return None


def _tell(
    common: Common,
    workspace: Workspace,
    standing: CampaignStanding,
    *,
    queued: Queued | None = None,
    left_out: Counter[str] | None = None,
) -> int:
    waiting = standing.total(MailingState.WAITING, MailingState.SENDING)
    by_state = {state.value: standing.total(state) for state in MailingState}
    shown = {state: workspace.shown(count) for state, count in by_state.items()}
    counts = [(one.language, one.channel, one.state.value, workspace.shown(one.count)) for one in standing.counts]
    if common.json:
        columns = ("language", "channel", "state", "count")
        told: dict[str, object] = {
            "version": standing.version,
            "started_at": timestamp(datetime_of(standing.started_at)),
            "is_stopped": standing.stopped_at is not None,
            "states": shown,
            "counts": [dict(zip(columns, row, strict=True)) for row in counts],
        }
        if queued is not None:
            told |= {"queued": workspace.shown(queued.new), "left_out": dict(left_out or {})}
        print_json(told)
    else:
        rows = [(language, channel, state, tell_count(count)) for language, channel, state, count in counts]
        print_table(f"Version {standing.version}", ("language", "channel", "state", "people"), rows)
        print_lines(*(f"{count:,} rows led to nothing new: {why}" for why, count in sorted((left_out or {}).items())))
        print_lines(*["the campaign is stopped"] * (standing.stopped_at is not None))
        print_lines(*["some wait for a later run of `demur campaign resume`"] * bool(waiting))
    return _LEFT if waiting else 0
