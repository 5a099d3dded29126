"""The settings of a ruleset: what the law leaves open, checked when they are read."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec

from demur.kernel.words import Purpose
from demur.policy.errors import RulesetSettingError

_Whole = Annotated[int, msgspec.Meta(ge=0, le=36_500)]
_AdultAge = Annotated[int, msgspec.Meta(ge=18, le=150)]
_ChatAge = Annotated[int, msgspec.Meta(ge=0, le=150)]


MAJORITY = 18
_SHARES = ("child_face_score", "release_max_canary_p", "release_min_reach")


class ProcessingState(StrEnum):
    """Whether the processing goes on at all."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class LateObjection(StrEnum):
    """What an objection covers: everything of its maker, or only what is published after its receipt."""

    ALL_CONTENT = "all_content"
    LATER_CONTENT = "later_content"


class PeriodStart(StrEnum):
    """From when the notice period runs: the proof that it reached the person, or its publication to everybody."""

    PROOF = "proof"
    PUBLICATION = "publication"


class Unreachable(StrEnum):
    """What becomes of people whom no notice is proven to have reached, or who gave no sign of life since."""

    HOLD = "hold"
    PUBLIC_NOTICE = "public_notice"


class Treatment(StrEnum):
    """What becomes of a kind of content."""

    EXCLUDE = "exclude"
    INCLUDE = "include"


class OthersContent(StrEnum):
    """Whether an objection reaches what others publish about its maker: copies, mentions, tags."""

    CUT = "cut"
    KEEP = "keep"


class Faces(StrEnum):
    """What becomes of faces and plates that belong to nobody known."""

    BLUR = "blur"
    EXCLUDE = "exclude"
    USE = "use"


class Signals(StrEnum):
    """What a machine-readable refusal on an account means."""

    OBJECTION = "objection"
    IGNORE = "ignore"


class PublicRole(StrEnum):
    """Who weighs an objection against content about a public role."""

    HUMAN = "human"
    FULL_EFFECT = "full_effect"


class AfterTraining(StrEnum):
    """What follows when the model has read something that was objected to later."""

    TEST_AND_REMEDY = "test_and_remedy"
    RETRAIN = "retrain"


class NoticeChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of the notice, in the order in which changes were made.

    Attributes:
        version: what the changed notice is called; `previous` is what it was changed from.
        what: the change in words.
        is_material: whether it changes what people need to know; a typing error does not.
        signed_by: the named human who answers for calling it immaterial; empty for none.
    """

    version: str
    previous: str
    what: str
    is_material: bool
    signed_by: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the law leaves open; each default is in the ruleset's file.

    Attributes:
        purpose: what the items are used for.
        legal_basis: the legal basis that documents name; no rule reads it.
        notice_version: the notice that describes the present processing.
        notice_changes: the changes that led to it; people who were told before a signed immaterial one count as told.
        notice_days: days between the start of the period and the first use.
        notice_period_from: what starts the period.
        dormant_days: after so long without a sign of life, only a display in the app proves that a notice arrived.
        unreachable: whether a dated public page may stand in for people who cannot be reached.
        adult_age: years that make an author of age.
        include_posted_as_minor: whether what an adult published as a minor may be used.
        ai_chat_min_age: the age for chats with the assistant; 0 asks for no age.
        ai_chat_min_age_reason: why it is lower than `adult_age`; required when it is.
        products: products in scope; kinds: kinds in scope. Whatever is not listed is out.
        ephemeral_kinds: kinds that are meant to disappear, and are out even before they do.
        private_authors: public items of authors whose account is private.
        late_objection: what an objection covers.
        same_person_objections: whether it covers accounts that share a verified contact.
        others_content: whether it reaches copies, mentions and tags in what others publish.
        public_role: who weighs an objection against content about a public role.
        deceased: what becomes of items whose author has died.
        own_special_categories: what authors say about their own health, religion and the like.
        faces: what becomes of faces and plates that belong to nobody known.
        child_face_score: from which score on a detection counts as a child.
        machine_signals: what a machine-readable refusal on an account means.
        is_shared: whether the corpus goes to others, so that a signal against sharing counts.
        flood_claims_per_minute: from how many unproven claims a minute on their senders are asked to confirm.
        after_training: what follows for a model that has read what was objected to later.
        relaunched_at: when the processing was announced anew after a stop; earlier notices and periods do not count.
        retrain_days: within how many days an exposed model is retrained or retired.
        release_max_canary_p: below this chance of so strong a result on texts that were never there, a release stops.
        release_min_reach: the share of items' authors to whom the notice was displayed, below which a release stops.
        snapshot_max_age_hours: how old a register snapshot may be when a build or a run starts.
        heartbeat_max_age_seconds: how old the heartbeat of a corpus may be when a live run reads.
    """

    purpose: Purpose
    legal_basis: str
    notice_version: str
    notice_changes: tuple[NoticeChange, ...]
    notice_days: _Whole
    notice_period_from: PeriodStart
    dormant_days: _Whole
    unreachable: Unreachable
    adult_age: _AdultAge
    include_posted_as_minor: bool
    ai_chat_min_age: _ChatAge
    ai_chat_min_age_reason: str
    products: tuple[str, ...]
    kinds: tuple[str, ...]
    ephemeral_kinds: tuple[str, ...]
    private_authors: Treatment
    late_objection: LateObjection
    same_person_objections: bool
    others_content: OthersContent
    public_role: PublicRole
    deceased: Treatment
    own_special_categories: Treatment
    faces: Faces
    child_face_score: Decimal
    machine_signals: Signals
    is_shared: bool
    flood_claims_per_minute: _Whole
    after_training: AfterTraining
    retrain_days: _Whole
    release_max_canary_p: Decimal
    release_min_reach: Decimal
    snapshot_max_age_hours: _Whole
    heartbeat_max_age_seconds: _Whole
    relaunched_at: datetime | None = None


def check_settings(settings: Settings) -> None:
    """Refuse shares that are none, and settings that need a recorded reason and have none (REQUIREMENTS MIN-4).

    Raises:
        RulesetSettingError: the age for chats is lower than that of adults, without a reason; a share is not in 0 to 1.
    """
    for name in _SHARES:
        value = getattr(settings, name)
        if not 0 <= value <= 1:
            message = f"{name} is {value}, allowed are 0 to 1"
            raise RulesetSettingError(message, hint="Write the share as a decimal number, such as 0.3.")
    if settings.ai_chat_min_age < MAJORITY and not settings.ai_chat_min_age_reason.strip():
        message = f"a lower age for chats needs a reason: ai_chat_min_age is {settings.ai_chat_min_age}"
        hint = "Write the reason into ai_chat_min_age_reason; it becomes part of the record."
        raise RulesetSettingError(message, hint=hint)


def accepted_versions(settings: Settings) -> tuple[str, ...]:
    """Return the versions of the notice that describe the present processing, the present one first.

    An earlier version still does when only immaterial changes, each signed by a named human, lie between (NOT-8).
    """
    accepted = [settings.notice_version]
    for change in reversed(settings.notice_changes):
        if change.version == accepted[-1] and not change.is_material and change.signed_by.strip():
            accepted.append(change.previous)
    return tuple(accepted)
