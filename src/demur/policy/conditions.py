"""What each rule means over columns: one condition a rule, in tables by what they read.

A condition is true where the rule keeps an item out, or cuts a part of it. Null means that the rule cannot tell, and
then it hits as well (ADR-0004). Whether an author is known at all is never null: nobody's account can be banned or
private when there is no account, so the rules on accounts pass over an item of unknown author, and ``age_unknown`` or,
where no age is asked, ``notice_missing`` keeps it out.
"""

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeAlias, TypeVar

import polars as pl

from demur.exchange.columns import INSTANT, Facts
from demur.kernel.words import AccountState, Basis, Decision, ItemKind, Preference, ReasonCode, Visibility
from demur.policy.informed import PublicNotice, find_public_notice, start_of_period
from demur.policy.objections import PLAIN_FLAGS
from demur.policy.settings import Faces, OthersContent, PublicRole, Settings, Signals, Treatment

RuleKey: TypeAlias = tuple[ReasonCode, Decision]
Row: TypeAlias = dict[str, Any]
Asked = TypeVar("Asked")

_VISIBLE_TO_ALL = (Visibility.PUBLIC, Visibility.GROUP_PUBLIC)
_PRIVATE_KINDS = (ItemKind.DIRECT_MESSAGE.value, ItemKind.GROUP_CHAT_MESSAGE.value)
_COUNTRY_CODE = "^[A-Z]{2}$"
_FEW = 4
_FIELDS = ("created_at", "collected_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a condition depends on besides the columns.

    Attributes:
        public: what is proven of the notice to everybody.
        suspensions: the stops that are active at the instant; `undertakings` are windows to be erased.
        is_chat: whether the question is about chats with the assistant; only conditions on authors read it.
    """

    settings: Settings
    at: datetime
    public: PublicNotice
    suspensions: tuple[Row, ...]
    undertakings: tuple[Row, ...]
    is_chat: bool = False

    @property
    def years(self) -> int:
        """Tell the age that is asked; 0 asks for none."""
        return self.settings.ai_chat_min_age if self.is_chat else self.settings.adult_age


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Generic[Asked]):
    """Where one rule of the ruleset hits, given what it depends on besides the columns."""

    reason: ReasonCode
    decision: Decision
    hits: Callable[[Asked], pl.Expr]

    @property
    def key(self) -> RuleKey:
        """Tell which rule this is the meaning of."""
        return self.reason, self.decision


def ask(facts: Facts, settings: Settings, at: datetime) -> Question:
    """Return the question that some facts and settings put at an instant."""
    now = pl.lit(at, dtype=INSTANT)
    is_over = (pl.col("until") <= now).fill_null(value=False)
    has_begun = (pl.col("since") <= now).fill_null(value=True)
    return Question(
        settings=settings,
        at=at,
        public=find_public_notice(facts.notices, settings, at),
        suspensions=tuple(facts.suspensions.filter(has_begun & ~is_over).rows(named=True)),
        undertakings=tuple(facts.undertakings.rows(named=True)),
    )


def _excludes(reason: ReasonCode, hits: Callable[[Asked], pl.Expr]) -> Condition[Asked]:
    return Condition(reason=reason, decision=Decision.EXCLUDE, hits=hits)


def _holds(reason: ReasonCode, hits: Callable[[Asked], pl.Expr]) -> Condition[Asked]:
    return Condition(reason=reason, decision=Decision.HOLD, hits=hits)


def _redacts(reason: ReasonCode, hits: Callable[[Asked], pl.Expr]) -> Condition[Asked]:
    return Condition(reason=reason, decision=Decision.REDACT, hits=hits)


def _when(*, applies: bool, condition: pl.Expr) -> pl.Expr:
    return condition if applies else pl.lit(value=False)


def _column(name: str) -> Callable[[object], pl.Expr]:
    return lambda _: pl.col(name)


def _is_one_of(column: str, values: Sequence[str]) -> pl.Expr:
    """Tell which values are listed: a few are compared one by one, which is several times faster than a look-up."""
    if len(values) > _FEW:
        return pl.col(column).is_in(list(values))
    return functools.reduce(operator.or_, (pl.col(column) == value for value in values), pl.lit(value=False))


# --------------------------------------------------------------------------------------------------- the item by itself


def _is_out_of_scope(question: Question) -> pl.Expr:
    in_products = _is_one_of("product", question.settings.products)
    # A page of the web belongs to no product of the platform.
    has_product = in_products | (pl.col("kind") == ItemKind.WEB_PAGE.value)
    is_in = has_product & _is_one_of("counts_as", question.settings.kinds)
    is_other_talk = (pl.col("kind") == ItemKind.AI_INTERACTION.value) & ~pl.col("is_chat")
    # Private talk is out because it is private (`_is_not_public`), not because its kind is not listed.
    is_private_talk = in_products & _is_one_of("kind", _PRIVATE_KINDS) & ~pl.col("is_chat")
    return (~is_in & ~is_private_talk.fill_null(value=False)) | is_other_talk


def _is_under_undertaking(question: Question) -> pl.Expr:
    return pl.any_horizontal(pl.lit(value=False), *(_is_in_window(row) for row in question.undertakings))


def _is_in_window(row: Row) -> pl.Expr:
    fields = (row["field"],) if row["field"] in _FIELDS else _FIELDS
    inside = (
        _is_within(pl.col(field), since=row["since"], until=row["until"]).fill_null(value=True) for field in fields
    )
    return pl.any_horizontal(*inside)


def _is_within(instant: pl.Expr, *, since: datetime | None, until: datetime | None) -> pl.Expr:
    """Tell whether an instant lies in a window that is open where it has no end; unknown where the instant is."""
    begun = pl.lit(value=True) if since is None else instant >= pl.lit(since, dtype=INSTANT)
    going = pl.lit(value=True) if until is None else instant < pl.lit(until, dtype=INSTANT)
    return pl.when(instant.is_not_null()).then(begun & going)


def _is_not_public(_: Question) -> pl.Expr:
    # A chat with the assistant is private by nature; the article covers it whatever its visibility (F01).
    is_visible = _is_one_of("visibility", [visibility.value for visibility in _VISIBLE_TO_ALL])
    return ~pl.col("is_chat") & (~is_visible | _is_one_of("kind", _PRIVATE_KINDS))


def _is_expired(question: Question) -> pl.Expr:
    is_over = pl.col("expires_at").is_not_null() & (pl.col("expires_at") <= _now(question))
    return is_over | _is_one_of("counts_as", question.settings.ephemeral_kinds)


def _is_suspended(question: Question) -> pl.Expr:
    rows = [row for row in question.suspensions if row["country"] is None]
    return pl.any_horizontal(pl.lit(value=False), *(_is_in_suspension(row) for row in rows))


def _is_in_suspension(row: Row) -> pl.Expr:
    """Tell whether a stop holds the item, whatever the author's country; what is not known is in it."""
    product = pl.lit(value=True) if row["product"] is None else pl.col("product") == row["product"]
    kind = pl.lit(value=True) if row["kind"] is None else pl.col("counts_as") == row["kind"]
    created = pl.col("created_at")
    begun = pl.lit(value=True) if row["created_from"] is None else created >= _instant(row["created_from"])
    going = pl.lit(value=True) if row["created_until"] is None else created < _instant(row["created_until"])
    return pl.all_horizontal(part.fill_null(value=True) for part in (product, kind, begun, going))


# Decided from the item's own columns and those of `demur.policy.decide.describe_items`.
ITEM_CONDITIONS: tuple[Condition[Question], ...] = (
    _excludes(ReasonCode.THIRD_PARTY_OBJECTION, _column("is_target")),
    _excludes(ReasonCode.PRODUCT_OUT_OF_SCOPE, _is_out_of_scope),
    # State counts when data is read: a deletion that the snapshot is too old to know counts as well.
    _excludes(ReasonCode.DELETED, lambda _: pl.col("deleted_at").is_not_null()),
    _excludes(ReasonCode.ERASURE_UNDERTAKING, _is_under_undertaking),
    _excludes(ReasonCode.NOT_PUBLIC, _is_not_public),
    _excludes(ReasonCode.EXPIRED, _is_expired),
    _excludes(ReasonCode.RIGHTS_RESERVATION, lambda _: pl.col("preference").eq_missing(pl.lit(Preference.DENY.value))),
    _excludes(ReasonCode.PROCESSING_SUSPENDED, _is_suspended),
)


# ----------------------------------------------------------------------------------------------------------- its author


def _is_in_state(state: AccountState) -> pl.Expr:
    return pl.col("author_state").eq_missing(pl.lit(state.value))


def _is_banned_or_odd(_: Question) -> pl.Expr:
    others = [state.value for state in AccountState if state is not AccountState.BANNED]
    return pl.col("author_known") & ~pl.col("author_state").is_in(others)


def _is_private(question: Question) -> pl.Expr:
    asks = question.settings.private_authors is Treatment.EXCLUDE and not question.is_chat
    is_closed = pl.col("author_known") & (pl.col("author_visibility") != Visibility.PUBLIC.value)
    return _when(applies=asks, condition=is_closed)


def _of_age_from(question: Question) -> pl.Expr:
    return pl.col("chat_from" if question.is_chat else "adult_from")


def _may_be_of_age_from(question: Question) -> pl.Expr:
    return pl.col("chat_possible_from" if question.is_chat else "adult_possible_from")


def _is_age_unknown(question: Question) -> pl.Expr:
    """Tell where the facts leave open whether the author is of age: no birth date, or one that is too vague."""
    now = _now(question)
    is_open = (_of_age_from(question) > now) & (_may_be_of_age_from(question) <= now)
    return _when(applies=question.years > 0, condition=is_open.fill_null(value=True) & ~pl.col("is_for_minor"))


def _is_minor(question: Question) -> pl.Expr:
    is_young = pl.col("is_for_minor") | (_may_be_of_age_from(question) > _now(question))
    return _when(applies=question.years > 0, condition=is_young)


def _refuses_by_machine(question: Question) -> pl.Expr:
    is_objection = question.settings.machine_signals is Signals.OBJECTION
    refuses = _when(applies=is_objection, condition=pl.col("refuses_training"))
    return refuses | _when(applies=question.settings.is_shared, condition=pl.col("refuses_sharing"))


def _told(column: str, question: Question) -> pl.Expr:
    # Where the ruleset lets minors chat, the notice that they got is the one that counts for their chats.
    counts_for_minors = question.is_chat and question.settings.ai_chat_min_age < question.settings.adult_age
    return pl.col(f"{column}_any" if counts_for_minors else column)


def _untold(question: Question, condition: pl.Expr) -> pl.Expr:
    is_told_anyway = question.public.reaches_everybody(question.settings, question.at)
    return _when(applies=not is_told_anyway, condition=condition)


def _is_period_running(question: Question) -> pl.Expr:
    begin = start_of_period(_told("valid_since", question), question.public, question.settings)
    return begin + timedelta(days=question.settings.notice_days) > _now(question)


def _is_told_in_doubt(question: Question) -> pl.Expr:
    last_sign = pl.col("last_seen_at") + timedelta(days=question.settings.dormant_days)
    is_away = (last_sign < _now(question)).fill_null(value=True)
    return is_away & ~_told("is_shown", question)


# Decided for each author from the columns of `demur.policy.authors`, once for posts and once for chats.
AUTHOR_CONDITIONS: tuple[Condition[Question], ...] = (
    _excludes(ReasonCode.OWN_OBJECTION, _column(PLAIN_FLAGS[Basis.OWN])),
    _excludes(ReasonCode.LINKED_ACCOUNT_OBJECTION, _column(PLAIN_FLAGS[Basis.LINKED])),
    _excludes(ReasonCode.SAME_PERSON_OBJECTION, _column(PLAIN_FLAGS[Basis.SAME_PERSON])),
    _excludes(ReasonCode.ACCOUNT_DELETED, lambda _: _is_in_state(AccountState.DELETED)),
    _excludes(ReasonCode.ACCOUNT_NOT_VISIBLE, _is_banned_or_odd),
    _holds(ReasonCode.ACCOUNT_NOT_VISIBLE, lambda _: _is_in_state(AccountState.DEACTIVATED)),
    _excludes(
        ReasonCode.DECEASED,
        lambda question: _when(
            applies=question.settings.deceased is Treatment.EXCLUDE, condition=_is_in_state(AccountState.MEMORIALISED)
        ),
    ),
    _excludes(ReasonCode.AUTHOR_NOT_PUBLIC, _is_private),
    _excludes(
        ReasonCode.AGE_DOUBT, lambda question: _when(applies=question.years > 0, condition=pl.col("has_age_doubt"))
    ),
    _excludes(ReasonCode.AGE_UNKNOWN, _is_age_unknown),
    _excludes(ReasonCode.AUTHOR_MINOR, _is_minor),
    _excludes(ReasonCode.MACHINE_SIGNAL, _refuses_by_machine),
    _holds(ReasonCode.NOTICE_MISSING, lambda question: _untold(question, ~_told("has_notice", question))),
    _holds(ReasonCode.NOTICE_OUTDATED, lambda question: _untold(question, ~_told("has_current_notice", question))),
    _holds(
        ReasonCode.NOTICE_INVALID,
        lambda question: _untold(question, _told("valid_since", question).is_null()),
    ),
    _holds(ReasonCode.NOTICE_PERIOD_RUNNING, lambda question: _untold(question, _is_period_running(question))),
    _holds(ReasonCode.NOTICE_DOUBTFUL, lambda question: _untold(question, _is_told_in_doubt(question))),
)


# ------------------------------------------------------------------------------------------- the item beside its author


def _was_minor_when_posted(question: Question) -> pl.Expr:
    settings = question.settings
    asks_post, asks_chat = (years > 0 for years in (settings.adult_age, settings.ai_chat_min_age))
    years_matter = pl.when(pl.col("is_chat")).then(pl.lit(asks_chat)).otherwise(pl.lit(asks_post))
    of_age_from = pl.when(pl.col("is_chat")).then("chat_from").otherwise("adult_from")
    is_early = ~(pl.col("created_at") >= of_age_from).fill_null(value=False)
    return _when(applies=not settings.include_posted_as_minor, condition=years_matter & is_early)


def _country_stops(question: Question) -> list[Row]:
    return [row for row in question.suspensions if row["country"] is not None]


def _is_country_unknown(question: Question) -> pl.Expr:
    is_unknown = ~pl.col("author_country").str.contains(_COUNTRY_CODE).fill_null(value=False)
    stops = [_is_in_suspension(row) & is_unknown for row in _country_stops(question)]
    return pl.any_horizontal(pl.lit(value=False), *stops)


def _is_country_suspended(question: Question) -> pl.Expr:
    stops = [
        _is_in_suspension(row) & pl.col("author_country").eq_missing(pl.lit(row["country"].upper()))
        for row in _country_stops(question)
    ]
    return pl.any_horizontal(pl.lit(value=False), *stops)


# Decided from an item and one of its authors together.
PAIR_CONDITIONS: tuple[Condition[Question], ...] = (
    _excludes(ReasonCode.MINOR_WHEN_POSTED, _was_minor_when_posted),
    _holds(ReasonCode.COUNTRY_UNKNOWN, _is_country_unknown),
    _excludes(ReasonCode.COUNTRY_SUSPENDED, _is_country_suspended),
)


# -------------------------------------------------------------------------------------------- people shown, and lineage


def _reaches_others(settings: Settings, condition: pl.Expr) -> pl.Expr:
    return _when(applies=settings.others_content is OthersContent.CUT, condition=condition)


# Decided from `RELATION_COLUMNS`; rows that stand in no relation are not asked.
RELATION_CONDITIONS: tuple[Condition[Settings], ...] = (
    _holds(
        ReasonCode.FREEDOM_OF_INFORMATION,
        lambda settings: _when(
            applies=settings.public_role is PublicRole.HUMAN, condition=pl.col("is_about_public_role")
        ),
    ),
    _excludes(ReasonCode.DERIVED_FROM_OBJECTED, _column("derives_from_objected")),
    _excludes(ReasonCode.DEPICTS_MINOR, _column("tags_minor")),
    _excludes(ReasonCode.DEPICTS_OBJECTOR, lambda settings: _reaches_others(settings, pl.col("tags_objector"))),
)

# These are decided by joins (`demur.policy.decide`), because an item meets a list there: windows in which somebody else
# held the account, and detections in a picture.
COMPROMISED: RuleKey = (ReasonCode.COMPROMISED_ACCOUNT, Decision.EXCLUDE)
DEPICTS_MINOR: RuleKey = (ReasonCode.DEPICTS_MINOR, Decision.EXCLUDE)


# -------------------------------------------------------------------------------------------------------------- content


def _is_inseparable() -> pl.Expr:
    return pl.col("embeds_objected") & ~pl.col("embed_separable").fill_null(value=False)


# Decided from what the filters found in the item's content (`CONTENT_COLUMNS`). What keeps an item out stands before
# what is cut out of it, so that a cut never lets in what a later rule keeps out.
CONTENT_CONDITIONS: tuple[Condition[Settings], ...] = (
    _excludes(ReasonCode.THIRD_PARTY_SPECIAL_CATEGORY, _column("has_third_party_special")),
    _excludes(
        ReasonCode.SPECIAL_CATEGORY,
        lambda settings: _when(
            applies=settings.own_special_categories is Treatment.EXCLUDE,
            condition=pl.col("has_own_special"),
        ),
    ),
    _excludes(ReasonCode.IMAGE_UNFILTERED, _column("is_picture_only")),
    _excludes(ReasonCode.NOTHING_LEFT, _column("is_empty")),
    _excludes(
        ReasonCode.CONTAINS_OBJECTED_CONTENT,
        lambda settings: _reaches_others(
            settings, pl.col("is_only_objected") | _is_inseparable() | pl.col("shows_objected_text")
        ),
    ),
    _excludes(ReasonCode.DUPLICATE, _column("is_duplicate")),
    _excludes(
        ReasonCode.UNIDENTIFIED_FACE,
        lambda settings: _when(applies=settings.faces is Faces.EXCLUDE, condition=pl.col("has_face")),
    ),
    _redacts(
        ReasonCode.CONTAINS_OBJECTED_CONTENT,
        lambda settings: _reaches_others(settings, pl.col("copies_objected") | pl.col("embeds_objected")),
    ),
    _redacts(ReasonCode.NAMES_MINOR, _column("names_minor")),
    _redacts(ReasonCode.MENTIONS_OBJECTOR, lambda settings: _reaches_others(settings, pl.col("mentions_objector"))),
    _redacts(
        ReasonCode.UNIDENTIFIED_FACE,
        lambda settings: _when(applies=settings.faces is Faces.BLUR, condition=pl.col("has_face")),
    ),
    _redacts(ReasonCode.RIGHTS_RESERVATION, _column("has_reserved_preview")),
)


def _now(question: Question) -> pl.Expr:
    return _instant(question.at)


def _instant(at: datetime) -> pl.Expr:
    return pl.lit(at, dtype=INSTANT)


ELIGIBLE: RuleKey = (ReasonCode.ELIGIBLE, Decision.INCLUDE)

# The documented order, in which the first rule that hits wins (REQUIREMENTS section 2).
FACT_ORDER: tuple[RuleKey, ...] = (
    (ReasonCode.FREEDOM_OF_INFORMATION, Decision.HOLD),
    (ReasonCode.THIRD_PARTY_OBJECTION, Decision.EXCLUDE),
    (ReasonCode.DERIVED_FROM_OBJECTED, Decision.EXCLUDE),
    (ReasonCode.OWN_OBJECTION, Decision.EXCLUDE),
    (ReasonCode.LINKED_ACCOUNT_OBJECTION, Decision.EXCLUDE),
    (ReasonCode.SAME_PERSON_OBJECTION, Decision.EXCLUDE),
    (ReasonCode.PRODUCT_OUT_OF_SCOPE, Decision.EXCLUDE),
    (ReasonCode.DELETED, Decision.EXCLUDE),
    (ReasonCode.ACCOUNT_DELETED, Decision.EXCLUDE),
    (ReasonCode.ACCOUNT_NOT_VISIBLE, Decision.EXCLUDE),
    (ReasonCode.ACCOUNT_NOT_VISIBLE, Decision.HOLD),
    (ReasonCode.DECEASED, Decision.EXCLUDE),
    COMPROMISED,
    (ReasonCode.ERASURE_UNDERTAKING, Decision.EXCLUDE),
    (ReasonCode.NOT_PUBLIC, Decision.EXCLUDE),
    (ReasonCode.EXPIRED, Decision.EXCLUDE),
    (ReasonCode.AUTHOR_NOT_PUBLIC, Decision.EXCLUDE),
    (ReasonCode.AGE_DOUBT, Decision.EXCLUDE),
    (ReasonCode.AGE_UNKNOWN, Decision.EXCLUDE),
    (ReasonCode.AUTHOR_MINOR, Decision.EXCLUDE),
    (ReasonCode.MINOR_WHEN_POSTED, Decision.EXCLUDE),
    DEPICTS_MINOR,
    (ReasonCode.DEPICTS_OBJECTOR, Decision.EXCLUDE),
    (ReasonCode.RIGHTS_RESERVATION, Decision.EXCLUDE),
    (ReasonCode.MACHINE_SIGNAL, Decision.EXCLUDE),
    (ReasonCode.COUNTRY_UNKNOWN, Decision.HOLD),
    (ReasonCode.COUNTRY_SUSPENDED, Decision.EXCLUDE),
    (ReasonCode.PROCESSING_SUSPENDED, Decision.EXCLUDE),
    (ReasonCode.NOTICE_MISSING, Decision.HOLD),
    (ReasonCode.NOTICE_OUTDATED, Decision.HOLD),
    (ReasonCode.NOTICE_INVALID, Decision.HOLD),
    (ReasonCode.NOTICE_PERIOD_RUNNING, Decision.HOLD),
    (ReasonCode.NOTICE_DOUBTFUL, Decision.HOLD),
)
RULE_ORDER: tuple[RuleKey, ...] = (
    *FACT_ORDER,
    *(condition.key for condition in CONTENT_CONDITIONS),
    ELIGIBLE,
)
