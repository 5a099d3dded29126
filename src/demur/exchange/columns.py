"""Column schemas that more than one package reads: items as a source yields them, and the tables of a snapshot.

Keys are 16 raw bytes (see ``demur.keys.subjects``). An unknown fact is null, never a default: the rules decide what an
unknown fact means, and in doubt an item stays out.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import polars as pl
from polars.datatypes import DataTypeClass

Schema: TypeAlias = dict[str, pl.DataType | DataTypeClass]

INSTANT = pl.Datetime("us", "UTC")

FINDING = pl.Struct({"kind": pl.String, "about": pl.String, "is_minor": pl.Boolean, "text": pl.String})
DETECTION = pl.Struct({"kind": pl.String, "score": pl.Float64})

ITEM_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "subject_key": pl.Binary,  # the author; null when unknown
    "source": pl.String,  # name of the [[sources]] entry
    "split": pl.String,  # file, relative to the configuration
    "line": pl.UInt64,  # 1-based row or line in the split
    "kind": pl.String,
    "product": pl.String,
    "visibility": pl.String,
    "created_at": INSTANT,
    "deleted_at": INSTANT,
    "expires_at": INSTANT,
    "collected_at": INSTANT,  # when the platform, or its crawler, took it
    "language": pl.String,
    "text": pl.String,
    "other_authors": pl.List(pl.Binary),  # co-authors, and everybody else who may have written it
    "addressed_to_assistant": pl.Boolean,
    "mentions": pl.List(pl.Binary),  # subject keys of people named by handle in the text
    "tags": pl.List(pl.Binary),  # subject keys of people shown
    "public_role_of": pl.List(pl.Binary),  # subject keys of people whose public role it is about
    "reshare_of": pl.Binary,  # item keys
    "quote_of": pl.Binary,
    "reply_to": pl.Binary,
    "derived_from": pl.Binary,  # translation, caption, embedding: made from this item
    "embed_separable": pl.Boolean,  # what is reshared can be taken out of the item
    "page_key": pl.Binary,  # keyed digest of the item's own web address
    "media": pl.String,  # path or address of a picture
    "preference": pl.String,  # Preference: what all signals on the item say together
    "signals": pl.List(pl.String),  # the signals as they were read, "protocol: value"
    "preview_text": pl.String,  # text of a linked page that the platform put into the item
    "preview_preference": pl.String,
    "findings": pl.List(FINDING),  # what a detector found in the text
    "detections": pl.List(DETECTION),  # what a detector found in the picture
}

SUBJECT_COLUMNS: Schema = {
    "subject_key": pl.Binary,
    "born_from": pl.Date,  # the earliest birth date that the facts allow; null when unknown
    "born_by": pl.Date,  # the latest one
    "zone": pl.String,  # IANA time zone; null when unknown
    "has_age_doubt": pl.Boolean,  # facts about the age contradict each other
    "is_for_minor": pl.Boolean,  # run by an adult for a child
    "country": pl.String,
    "language": pl.String,
    "visibility": pl.String,
    "state": pl.String,
    "last_seen_at": INSTANT,
    "held_since": INSTANT,  # since when the present holder has the account; null when it never changed hands
    "refuses_training": pl.Boolean,  # a machine-readable signal of the account says "no training"
    "refuses_sharing": pl.Boolean,  # a machine-readable signal of the account says "do not share"
}

NOTICE_COLUMNS: Schema = {
    "subject_key": pl.Binary,  # null for a notice to the public
    "version": pl.String,
    "channel": pl.String,
    "language": pl.String,
    "states_right": pl.Boolean,  # says the right to object apart from the rest
    "is_marketing": pl.Boolean,  # stood inside a marketing message
    "variant": pl.String,  # "minor" for the notice written for minors
    "proven_at": INSTANT,  # first delivery or display; for the public page its publication
    "shown_at": INSTANT,  # first display; null when it was only delivered
}

OBJECTION_COLUMNS: Schema = {
    "subject_key": pl.Binary,
    "basis": pl.String,  # Basis
    "scope": pl.String,  # ObjectionScope
    "purpose": pl.String,
    "effective_at": INSTANT,
    "covers_until": INSTANT,  # items created before it; null when the account never changed hands afterwards
    "in_public_role": pl.Boolean,  # the person objects about a public role
}

TARGET_COLUMNS: Schema = {
    "target_key": pl.Binary,  # an item key or a page key
    "effective_at": INSTANT,
    "in_public_role": pl.Boolean,
}

HIJACK_COLUMNS: Schema = {
    "subject_key": pl.Binary,
    "since": INSTANT,
    "until": INSTANT,  # null while it lasts
}

SUSPENSION_COLUMNS: Schema = {  # null in a column of scope is everything
    "since": INSTANT,
    "until": INSTANT,  # null while it lasts
    "country": pl.String,
    "product": pl.String,
    "kind": pl.String,
    "created_from": INSTANT,
    "created_until": INSTANT,
}

UNDERTAKING_COLUMNS: Schema = {
    "field": pl.String,  # "created_at" or "collected_at"; anything else is both
    "since": INSTANT,
    "until": INSTANT,  # the first instant after the window
}

# Accounts that were erased and stay out. No instant is kept: what they objected to, they always did.
ERASED_COLUMNS: Schema = {
    "name": pl.Binary,  # `suppression_names` of the subject key
    "basis": pl.String,  # Basis
    "scope": pl.String,  # ObjectionScope
    "purpose": pl.String,
    "covers_until": INSTANT,  # as in `OBJECTION_COLUMNS`
    "in_public_role": pl.Boolean,
}

# What people without an account gave to be looked for in texts, as keyed hashes (`demur.filters.suppressions`).
TERM_COLUMNS: Schema = {
    "digest": pl.Binary,  # 16 bytes
    "hash": pl.Binary,  # 8 bytes, most significant first
    "words": pl.UInt8,
    "is_decided": pl.Boolean,  # a human has accepted it; before that it is in force provisionally
}

DECISION_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "decision": pl.String,
    "reason": pl.String,
}


# What an item has to do with people and items elsewhere; a builder finds it out before it decides, because the facts on
# those people lie in other partitions.
RELATION_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "others_place": pl.UInt8,  # the first rule that hits for another author of the item, by its place in the ruleset
    "derives_from_objected": pl.Boolean,
    "embeds_objected": pl.Boolean,
    "copies_objected": pl.Boolean,  # a copy stands in the text or the picture
    "shows_objected_text": pl.Boolean,  # a picture shows an objector's text
    "tags_minor": pl.Boolean,
    "tags_objector": pl.Boolean,
    "mentions_objector": pl.Boolean,
    "is_about_public_role": pl.Boolean,  # of somebody who objects about that role
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the register knew at one position of the log, as sorted tables.

    Attributes:
        subjects: one row a subject, `SUBJECT_COLUMNS`.
        notices: proven notices, `NOTICE_COLUMNS`; those to the public have no subject.
        objections: objections in force with links expanded, `OBJECTION_COLUMNS`; one row a subject, basis and scope.
        targets: items and pages that somebody pointed at, `TARGET_COLUMNS`.
        hijacks: when somebody else held an account, `HIJACK_COLUMNS`.
        suspensions: what is under a stop, `SUSPENSION_COLUMNS`.
        undertakings: windows that the controller undertook to erase, `UNDERTAKING_COLUMNS`.
        as_of: the instant of the snapshot; decisions are taken at this instant.
        log_size: number of log entries that the tables reflect.
        erased: accounts that were erased and stay out, `ERASED_COLUMNS`; `demur.policy.erased` resolves them.
        terms: what texts are searched for, `TERM_COLUMNS`.
    """

    subjects: pl.DataFrame
    notices: pl.DataFrame
    objections: pl.DataFrame
    targets: pl.DataFrame
    hijacks: pl.DataFrame
    suspensions: pl.DataFrame
    undertakings: pl.DataFrame
    as_of: datetime
    log_size: int
    erased: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ERASED_COLUMNS))
    terms: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TERM_COLUMNS))
