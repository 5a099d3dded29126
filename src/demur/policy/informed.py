"""Whether people were told: which proven notices of a person are valid, since when, and what stands in for them.

A notice informs the person who held the account when it arrived (GDPR Art. 13(3)): for an account that changed hands,
notices before and after are told apart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from demur.exchange.columns import INSTANT
from demur.kernel.words import NoticeChannel
from demur.policy.lookup import find_rows
from demur.policy.settings import PeriodStart, Settings, Unreachable, accepted_versions

# A dated public page is no proof that it reached one person.
_CHANNELS_THAT_REACH = (NoticeChannel.EMAIL, NoticeChannel.IN_APP)
_ANY_LANGUAGE = "*"
_FOR_MINORS = "minor"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNotice:
    """What is proven of the dated public page.

    Attributes:
        is_published: some page was published; `is_current` also that one of them has an accepted version.
        published_since: first publication of a page that states the right apart, in an accepted version.
        valid_since: the same, when it was no marketing either.
    """

    is_published: bool
    is_current: bool
    published_since: datetime | None
    valid_since: datetime | None

    def is_enough(self, settings: Settings, at: datetime) -> bool:
        """Tell whether it stands in, at an instant, for people whom no notice reached (GDPR Art. 14(5)(b))."""
        return self.valid_since is not None and self.valid_since + timedelta(days=settings.notice_days) <= at

    def reaches_everybody(self, settings: Settings, at: datetime) -> bool:
        """Tell whether the ruleset lets it stand in for people with an account as well."""
        return settings.unreachable == Unreachable.PUBLIC_NOTICE and self.is_enough(settings, at)


def find_public_notice(notices: pl.DataFrame, settings: Settings, at: datetime) -> PublicNotice:
    """Return what is proven of the notice to everybody at an instant."""
    pages = notices.filter(
        pl.col("subject_key").is_null()
        & (pl.col("channel") == NoticeChannel.PUBLIC_PAGE.value)
        & (pl.col("proven_at") <= pl.lit(at, dtype=INSTANT))
    )
    current = pages.filter(_is_current(settings))
    stating = current.filter(pl.col("states_right"))
    apart = stating.filter(~pl.col("is_marketing").fill_null(value=False))
    return PublicNotice(
        is_published=not pages.is_empty(),
        is_current=not current.is_empty(),
        published_since=stating.select(pl.col("proven_at").min()).item(),
        valid_since=apart.select(pl.col("proven_at").min()).item(),
    )


def judge_notices(
    notices: pl.DataFrame, accounts: pl.DataFrame, settings: Settings, at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what the notices to each person prove: to the present holder of the account, and to the former one.

    Both have a ``row`` for each account that a notice reached: ``has_notice``, ``has_current_notice``, the first valid
    one (``valid_since``) and whether a valid one was displayed (``is_shown``). The plain columns are about notices that
    reached an adult, those that end in ``_any`` about all.

    Args:
        accounts: ``subject_key`` of everybody whom notices name, ``author_language``, ``adult_from``, ``held_since``.
    """
    now = pl.lit(at, dtype=INSTANT)
    reaching = notices.filter(
        pl.col("subject_key").is_not_null()
        & pl.col("channel").is_in([channel.value for channel in _CHANNELS_THAT_REACH])
        & (pl.col("proven_at") <= now)
    )
    row = find_rows(reaching["subject_key"], accounts["subject_key"])
    holders = accounts.select("author_language", "adult_from", "held_since")[row]
    is_in_language = _is_understood(reaching["language"], holders["author_language"])
    judged = reaching.with_columns(row.alias("row"), *holders, is_in_language).select(
        "row",
        "proven_at",
        _is_current(settings).alias("is_current"),
        _is_valid(settings).alias("is_valid"),
        _reached_adult().alias("is_for_adult"),
        ((pl.col("channel") == NoticeChannel.IN_APP.value) & (pl.col("shown_at") <= now))
        .fill_null(value=False)
        .alias("is_display"),
        (pl.col("proven_at") < pl.col("held_since")).fill_null(value=False).alias("is_former"),
    )
    return _sum_up(judged.filter(~pl.col("is_former"))), _sum_up(judged.filter(pl.col("is_former")))


def start_of_period(valid_since: pl.Expr, public: PublicNotice, settings: Settings) -> pl.Expr:
    """Return when the period of a person began whom a valid notice reached at an instant."""
    if settings.notice_period_from is PeriodStart.PROOF or public.published_since is None:
        return valid_since
    published = pl.lit(public.published_since, dtype=INSTANT)
    return pl.when(valid_since > published).then(published).otherwise(valid_since)


def _is_current(settings: Settings) -> pl.Expr:
    is_accepted = pl.col("version").is_in(accepted_versions(settings))
    # A relaunch after a stop needs a new notice and a new period (REQUIREMENTS SUS-4).
    begun = settings.relaunched_at
    is_new = pl.lit(value=True) if begun is None else pl.col("proven_at") >= pl.lit(begun, dtype=INSTANT)
    return (is_accepted & is_new).fill_null(value=False)


def _is_valid(settings: Settings) -> pl.Expr:
    is_apart = pl.col("states_right") & ~pl.col("is_marketing").fill_null(value=False)
    return (_is_current(settings) & is_apart & pl.col("is_understood")).fill_null(value=False)


def _is_understood(written: pl.Series, read: pl.Series) -> pl.Series:
    """Tell which notices are in the language of the account that they went to, or in any (``is_understood``)."""
    # RFC 5646 2.2.1: a notice in "fr" is in the language of an account set to "fr-CH".
    tags = pl.concat([written, read]).unique()
    language = pl.col("tag").str.to_lowercase().str.extract("^([a-z]{2,3})(?:[-_].*)?$", 1)
    primary = tags.to_frame("tag").select(language).to_series()
    written_in, read_in = (side.replace_strict(tags, primary, return_dtype=pl.String) for side in (written, read))
    same = (written_in == read_in).fill_null(value=False)
    return (same | (written == _ANY_LANGUAGE).fill_null(value=False)).alias("is_understood")


def _reached_adult() -> pl.Expr:
    # A notice that reached a minor, or was written for minors, is no notice of the adult (REQUIREMENTS MIN-8).
    is_for_adults = pl.col("variant").ne_missing(pl.lit(_FOR_MINORS))
    return is_for_adults & (pl.col("proven_at") >= pl.col("adult_from")).fill_null(value=False)


def _sum_up(judged: pl.DataFrame) -> pl.DataFrame:
    adults, everybody = pl.col("is_for_adult"), pl.lit(value=True)
    proven = judged.select("row", *_proofs(adults, suffix=""), *_proofs(everybody, suffix="_any"))
    return proven.group_by("row").agg(pl.selectors.boolean().max(), pl.selectors.datetime().min())


def _proofs(reached: pl.Expr, *, suffix: str) -> list[pl.Expr]:
    valid = reached & pl.col("is_valid")
    proofs = {
        "has_notice": reached,
        "has_current_notice": reached & pl.col("is_current"),
        "valid_since": pl.when(valid).then("proven_at"),
        "is_shown": valid & pl.col("is_display"),
    }
    return [proof.alias(f"{name}{suffix}") for name, proof in proofs.items()]
