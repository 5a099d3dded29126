"""Column schemas that more than one package reads: items as a source yields them, and the tables of a snapshot.

Keys are 16 raw bytes (see ``demur.keys.subjects``). An unknown fact is null, never a default: the rules decide what an
unknown fact means, and in doubt an item stays out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import polars as pl
from polars.datatypes import DataTypeClass

Schema: TypeAlias = dict[str, pl.DataType | DataTypeClass]

INSTANT = pl.Datetime("us", "UTC")

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
    "language": pl.String,
    "text": pl.String,
    "mentions": pl.List(pl.Binary),  # subject keys
    "reshare_of": pl.Binary,  # item keys
    "quote_of": pl.Binary,
    "reply_to": pl.Binary,
    "media": pl.String,  # path or address of a picture
}

SUBJECT_COLUMNS: Schema = {
    "subject_key": pl.Binary,
    "born_by": pl.Date,  # the latest birth date that the facts allow; null when unknown
    "country": pl.String,
    "language": pl.String,
    "visibility": pl.String,
    "state": pl.String,
}

NOTICE_COLUMNS: Schema = {
    "subject_key": pl.Binary,
    "version": pl.String,
    "channel": pl.String,
    "language": pl.String,
    "states_right": pl.Boolean,  # says the right to object apart from the rest
    "proven_at": INSTANT,  # first delivery or display
}

OBJECTION_COLUMNS: Schema = {
    "subject_key": pl.Binary,
    "basis": pl.String,  # Basis.OWN or Basis.LINKED
    "purpose": pl.String,
    "effective_at": INSTANT,
}

DECISION_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "decision": pl.String,
    "reason": pl.String,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the register knew at one position of the log, as sorted tables by subject key.

    Attributes:
        subjects: one row a subject, `SUBJECT_COLUMNS`.
        notices: proven notices, `NOTICE_COLUMNS`.
        objections: objections in force with links expanded, `OBJECTION_COLUMNS`; at most one row a subject.
        as_of: the instant of the snapshot; decisions are taken at this instant.
        log_size: number of log entries that the tables reflect.
    """

    subjects: pl.DataFrame
    notices: pl.DataFrame
    objections: pl.DataFrame
    as_of: datetime
    log_size: int
