"""The settings of a ruleset: what the law leaves open, checked when they are read."""

from enum import StrEnum
from typing import Annotated

import msgspec

from demur.kernel.words import Purpose
from demur.policy.errors import RulesetSettingError

_Whole = Annotated[int, msgspec.Meta(ge=0, le=36_500)]
_AdultAge = Annotated[int, msgspec.Meta(ge=18, le=150)]
_ChatAge = Annotated[int, msgspec.Meta(ge=0, le=150)]
_Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]


class ProcessingState(StrEnum):
    """Whether the processing goes on at all."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the law leaves open; each default is in the ruleset's file.

    Attributes:
        purpose: what the items are used for.
        processing: the state of the whole processing; anything but ``active`` keeps every item out.
        suspended_countries: countries under a stop; an author of unknown country is then held.
        notice_version: the notice that describes the present processing.
        notice_days: days between the proof of a notice and the first use.
        adult_age: years that make an author of age.
        include_posted_as_minor: whether what an adult published as a minor may be used.
        ai_chat_min_age: the age for chats with the assistant; 0 asks for no age.
        ai_chat_min_age_reason: why it is lower than `adult_age`; required when it is.
        products: products in scope; kinds: kinds in scope. Whatever is not listed is out.
        ephemeral_kinds: kinds that are meant to disappear, and are out even before they do.
        snapshot_max_age_hours: how old a register snapshot may be when a build starts.
        heartbeat_max_age_seconds: how old the heartbeat of a corpus may be when a live run reads.
    """

    purpose: Purpose
    processing: ProcessingState
    suspended_countries: tuple[_Country, ...]
    notice_version: str
    notice_days: _Whole
    adult_age: _AdultAge
    include_posted_as_minor: bool
    ai_chat_min_age: _ChatAge
    ai_chat_min_age_reason: str
    products: tuple[str, ...]
    kinds: tuple[str, ...]
    ephemeral_kinds: tuple[str, ...]
    snapshot_max_age_hours: _Whole
    heartbeat_max_age_seconds: _Whole


def check_settings(settings: Settings) -> None:
    """Refuse settings that need a recorded reason and have none (REQUIREMENTS MIN-4).

    Raises:
        RulesetSettingError: the age for chats is lower than that of adults, without a reason.
    """
    if settings.ai_chat_min_age < settings.adult_age and not settings.ai_chat_min_age_reason.strip():
        ages = f"{settings.ai_chat_min_age}, adult_age is {settings.adult_age}"
        message = f"a lower age for chats needs a reason: ai_chat_min_age is {ages}"
        hint = "Write the reason into ai_chat_min_age_reason; it becomes part of the record."
        raise RulesetSettingError(message, hint=hint)
