"""What the rules on content read: flags of one item each, from what detectors found and what filters left."""

import polars as pl

from demur.exchange.columns import RELATION_COLUMNS, Schema
from demur.kernel.words import Preference
from demur.policy.decide import explode_list
from demur.policy.lookup import find_rows, mark

ABOUT_AUTHOR = "author"
# What the filters say of an item.
FILTER_COLUMNS: Schema = {
    "is_picture_only": pl.Boolean,
    "is_empty": pl.Boolean,
    "is_only_objected": pl.Boolean,
    "is_duplicate": pl.Boolean,
}
CONTENT_COLUMNS: Schema = {
    **FILTER_COLUMNS,
    "has_third_party_special": pl.Boolean,
    "has_own_special": pl.Boolean,
    "names_minor": pl.Boolean,
    "has_face": pl.Boolean,
    "has_reserved_preview": pl.Boolean,
    "embed_separable": pl.Boolean,
    "embeds_objected": pl.Boolean,
    "copies_objected": pl.Boolean,
    "shows_objected_text": pl.Boolean,
    "mentions_objector": pl.Boolean,
}
# The columns of an item that say what detectors found in it.
CONTENT_SOURCES = ("item_key", "findings", "detections", "preview_preference", "embed_separable")
_FROM_RELATIONS = [name for name in CONTENT_COLUMNS if name in RELATION_COLUMNS]


# What a detector calls an identifier. Whatever else it found may be data of GDPR Art. 9(1) or 10: in doubt it is.
IDENTIFIER_KINDS = (
    "name",
    "person",
    "person_name",
    "email",
    "e_mail",
    "phone",
    "address",
    "postal_address",
    "national_id",
    "user_id",
    "handle",
    "card",
    "credit_card",
    "iban",
    "bank_account",
    "account",
    "plate",
    "ip",
    "device_id",
    "birth_date",
    "date_of_birth",
    "gps",
    "coordinates",
    "age",
    "school",
    "url",
)


def describe_content(items: pl.DataFrame, relations: pl.DataFrame, filtered: pl.DataFrame) -> pl.DataFrame:
    """Return the flags of items (`CONTENT_COLUMNS`), in their order.

    Args:
        relations: `RELATION_COLUMNS`; an item without a row stands in no relation.
        filtered: `FILTER_COLUMNS`, a row for each item.
    """
    found = _describe_findings(items)
    rows = find_rows(items["item_key"], relations["item_key"])
    return pl.concat(
        [
            filtered.select(list(FILTER_COLUMNS)),
            found,
            items.select(
                pl.col("preview_preference").eq_missing(pl.lit(Preference.DENY.value)).alias("has_reserved_preview"),
                "embed_separable",
            ),
            pl.DataFrame([relations[name].gather(rows).fill_null(value=False) for name in _FROM_RELATIONS]),
        ],
        how="horizontal",
    ).select(list(CONTENT_COLUMNS))


def _describe_findings(items: pl.DataFrame) -> pl.DataFrame:
    findings, detections = explode_list(items, "findings"), explode_list(items, "detections")
    kind = pl.col("findings").struct.field("kind")
    special = findings.filter(~kind.is_in(IDENTIFIER_KINDS).fill_null(value=False))
    # Nobody says whom it is about: then it is about somebody else.
    is_own = special["findings"].struct.field("about").eq_missing(pl.Series([ABOUT_AUTHOR]))
    named = findings.filter(pl.col("findings").struct.field("is_minor").fill_null(value=False))
    places = {
        "has_third_party_special": special["place"].filter(~is_own),
        "has_own_special": special["place"].filter(is_own),
        "names_minor": named["place"],
        "has_face": detections["place"],
    }
    return pl.DataFrame([mark(name, hits, items.height) for name, hits in places.items()])
