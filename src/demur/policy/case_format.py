"""The format of decision cases: one JSON object a line, with every fact that may be used, and the expected decision.

An unknown key is an error, because a fact with a typo would be a fact that silently does not count. Facts that no rule
reads yet are kept as they are; `demur.policy.case_features` tells which cases need them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from demur.kernel.clock import TimestampError, parse_timestamp
from demur.policy.errors import CaseInvalidError

_DAY, _TICK = timedelta(days=1), timedelta(microseconds=1)
_Facts = Mapping[str, Any] | None
_List = Sequence[Any]
_Log = Sequence[Mapping[str, Any]]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a case; unknown keys are refused."""


class Processing(_Part, frozen=True, kw_only=True):
    """The state of the processing."""

    state: str = "active"
    since: str | None = None
    ended_at: str | None = None
    relaunched_at: str | None = None
    notice_version: str | None = None
    changes: _Log = ()
    suspended_countries: Sequence[str] = ()
    erasure_windows: _List = ()


class Run(_Part, frozen=True, kw_only=True):
    """The run that the question is about; no rule on items reads it."""

    id: str | None = None
    purpose: str | None = None
    corpus_built_at: str | None = None
    training_starts_at: str | None = None
    training_ends_at: str | None = None
    corpus_contains: _List = ()
    reconciled_with_register_at: str | None = None
    last_audit_ok: Any = None
    register_snapshot_at: str | None = None
    restored_from_backup_of: str | None = None
    uses_frozen_corpus_of: str | None = None
    shared_with: _List = ()
    weights_public: bool | None = None
    model: Any = None
    memorisation: _Facts = None
    audit: _Facts = None


class Account(_Part, frozen=True, kw_only=True):
    """One account."""

    id: str
    platform: str | None = None
    holder: str | None = None
    birth_date: str | int | None = None
    country: str | None = None
    language: str | None = None
    state: str | None = None
    visibility: str | None = None
    created_at: str | None = None
    centre: str | None = None
    contact_key: str | None = None
    last_seen_at: str | None = None
    timezone: str | None = None
    contact_verified: bool | None = None
    handle: str | None = None
    deleted_at: str | None = None
    died_at: str | None = None
    age_signal: Any = None
    managed_for_minor: Any = None
    shared_by: _List = ()
    terms_accepted_at: Any = None
    compromised: _List = ()
    signals: _Facts = None
    birth_date_log: _List = ()
    centre_log: _Log = ()
    country_log: _List = ()
    handle_log: _List = ()
    holder_log: _List = ()


class Notice(_Part, frozen=True, kw_only=True):
    """One event of one notice."""

    account: str | None
    channel: str
    event: str
    at: str
    version: str | None = None
    language: str | None = None
    states_right_to_object_separately: bool | None = None
    id: str | None = None
    mixed_with_marketing: bool | None = None
    variant: str | None = None


class Maker(_Part, frozen=True, kw_only=True):
    """Who objected, as far as an account tells."""

    account: str | None = None


class Withdrawn(_Part, frozen=True, kw_only=True):
    """How an objection was withdrawn."""

    at: str
    via: str
    accounts: Sequence[str] = ()


class Objection(_Part, frozen=True, kw_only=True):
    """One objection."""

    id: str | None = None
    by: Maker
    received_at: str
    via: str | None = None
    scope: str = "all"
    targets: _List = ()
    claims: _Facts = None
    person: Any = None
    on_behalf_of: Any = None
    mandate: Any = None
    text: str | None = None
    language: str | None = None
    reason_text: str | None = None
    evidence: Any | msgspec.UnsetType = msgspec.UNSET
    attachments: Any | msgspec.UnsetType = msgspec.UNSET
    repeats: Any = None
    client_time: str | None = None
    processed_at: str | None = None
    answer_event: Any = None
    form_version: Any = None
    extension: _Facts = None
    controller_claim: Any = None
    public_role: Any = None
    flood: _Facts = None
    withdrawn: Withdrawn | None = None


class Item(_Part, frozen=True, kw_only=True):
    """One item."""

    id: str
    account: str | None
    kind: str | None = None
    created_at: str | None = None
    visibility: str | None = None
    text: str | None = None
    visibility_log: _Log = ()
    deleted_at: str | None = None
    expires_at: str | None = None
    collected_at: str | None = None
    product: str | None = None
    addressed_to_ai: bool | None = None
    authors: _List = ()
    page: Any = None
    page_admins: _List = ()
    author_known: bool | None = None
    reply_to: str | None = None
    mentions: Sequence[str] = ()
    tags: _List = ()
    embeds: _Facts = None
    copies: _List = ()
    ocr_copies: _List = ()
    derived_from: Any = None
    derived: Any = None
    findings: _List = ()
    detections: _List = ()
    exif: _Facts = None
    signals: _Facts = None
    preview: _Facts = None
    url: str | None = None
    fetches: _List = ()
    about_public_role: Any = None
    split: str | None = None
    read_by_trainer: bool | None = None
    epochs_read: Any = None


class Question(_Part, frozen=True, kw_only=True):
    """What is asked: about which kind of thing, and which one."""

    about: str
    id: str | None = None


class Given(_Part, frozen=True, kw_only=True):
    """All facts of a case."""

    now: str
    ask: Question
    phase: str | None = None
    policy: Mapping[str, Any] = {}
    processing: Processing = Processing()
    run: Run | None = None
    accounts: Sequence[Account] = ()
    notices: Sequence[Notice] = ()
    objections: Sequence[Objection] = ()
    items: Sequence[Item] = ()
    request: _Facts = None


class Expected(_Part, frozen=True, kw_only=True):
    """What should come out."""

    decision: str
    reason: str
    in_corpus: bool | str | None = None
    law: str | None = None
    because: str | None = None
    must_also: _List = ()
    other_lawful_choice: Any = None


class Case(_Part, frozen=True, kw_only=True):
    """One decision case."""

    id: str
    group: str
    given: Given
    expected: Expected
    situation: str = ""
    source: str = ""


def read_cases(path: Path) -> Iterator[Case]:
    """Read the cases of one file, one a line; blank lines are skipped.

    Raises:
        CaseInvalidError: the file cannot be read, or a case has an unknown or missing key or a wrong type.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        message = f"{path} cannot be read ({type(error).__name__})"
        raise CaseInvalidError(message, hint="Check the path.") from error
    decoder = msgspec.json.Decoder(Case)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = f"{path.name} line {number}: {error}"
            raise CaseInvalidError(message, hint="Decision cases have a closed list of keys.") from error


def read_instant(case: Case, text: str | None) -> datetime | None:
    """Read an instant of a case; a day counts from its first instant in UTC.

    Raises:
        CaseInvalidError: it is no instant.
    """
    if text is None:
        return None
    try:
        return parse_timestamp(text if "T" in text else f"{text}T00:00:00Z").astimezone(UTC)
    except TimestampError as error:
        message = f"case {case.id}: {text!r} is no instant"
        raise CaseInvalidError(message) from error


def read_window(case: Case, window: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Read a window of a case: its first instant, and the first instant after it; null where it is open.

    Both ends are inside, and a day that ends it is inside as a whole.

    Raises:
        CaseInvalidError: an end is no instant.
    """
    end = window.get("to")
    until = read_instant(case, end)
    step = _DAY if isinstance(end, str) and "T" not in end else _TICK
    return read_instant(case, window.get("from")), None if until is None else until + step


def asked_item(case: Case) -> Item:
    """Return the item that a case asks about.

    Raises:
        CaseInvalidError: it is not among the items that are given.
    """
    found = [item for item in case.given.items if item.id == case.given.ask.id]
    if len(found) != 1:
        message = f"case {case.id} asks about item {case.given.ask.id!r}, which is given {len(found)} times"
        raise CaseInvalidError(message)
    return found[0]
