"""Which column of a file holds which field, and what happens when a file lacks one or has it in a foreign type."""

from collections.abc import Iterable
from typing import NoReturn

import polars as pl

from demur.sources.errors import ColumnTypeError, MissingColumnError, SourceColumnsError
from demur.sources.source import RejectionReason
from demur.sources.spec import FIELDS, REQUIRED_FIELDS, SourceSpec

_NAMES_SHOWN = 30


def column_names(spec: SourceSpec) -> dict[str, str]:
    """Return the column of each field: the mapped name, else the field's own name unless another field took it.

    Raises:
        SourceColumnsError: the mapping names an unknown field, or gives one column to two fields.
    """
    unknown = sorted(set(spec.columns) - set(FIELDS))
    if unknown:
        message = f"source {spec.name}: columns maps unknown fields {', '.join(unknown)}"
        raise SourceColumnsError(message, hint="Fields are: " + ", ".join(FIELDS))
    taken = list(spec.columns.values())
    twice = sorted({column for column in taken if taken.count(column) > 1})
    if twice:
        message = f"source {spec.name}: columns gives {', '.join(twice)} to more than one field"
        raise SourceColumnsError(message)
    own = {field: field for field in FIELDS if field not in spec.columns and field not in taken}
    return {field: {**own, **spec.columns}[field] for field in FIELDS if field in own or field in spec.columns}


def needed_fields(spec: SourceSpec) -> set[str]:
    """Return the fields that a file must have: the required ones, and those that the configuration maps.

    A mapped column that is not there is an error also where the field is optional: with a typo in the name of the
    column of deletions, deleted items would look as if they had never been deleted.
    """
    return {*REQUIRED_FIELDS, *spec.columns}


def refuse_missing(split: str, missing: Iterable[str], found: Iterable[str], spec: SourceSpec) -> None:
    """Raise when a file lacks columns.

    Raises:
        MissingColumnError: at least one field is missing; the message names the columns that the file has.
    """
    names = column_names(spec)
    lacking = [names.get(field, field) for field in sorted(missing)]
    if lacking:
        has = list(found)
        shown = ", ".join(has[:_NAMES_SHOWN]) or "none"
        more = f" and {len(has) - _NAMES_SHOWN} more" if len(has) > _NAMES_SHOWN else ""
        message = f"{split}: column {', '.join(lacking)} is missing; columns found: {shown}{more}"
        hint = f"Map the field to a column that is there, under columns of source {spec.name} in demur.toml."
        raise MissingColumnError(message, hint=hint)


def fault_column(field: str, reason: RejectionReason) -> str:
    """Name the column that says which rows have this fault in this field."""
    return f"{field} {reason}"


def read_text(column: pl.Series, split: str) -> pl.Series:
    """Return a column as text; what is empty is unknown.

    Raises:
        ColumnTypeError: the column holds neither text nor whole numbers.
    """
    kind = column.dtype
    if kind.is_integer() or isinstance(kind, pl.Null | pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    elif kind != pl.String:
        refuse_type(column, split, "text")
    known = pl.DataFrame(column).select(
        pl.when(pl.col(column.name).str.len_bytes() > 0).then(pl.col(column.name)).alias(column.name)
    )
    return known[column.name]


def refuse_type(column: pl.Series, split: str, expected: str) -> NoReturn:
    """Raise because a column has a type that its field cannot be read from.

    Raises:
        ColumnTypeError: always; the message names the type that was found.
    """
    message = f"{split}: the column of {column.name} is {column.dtype}, expected {expected}"
    raise ColumnTypeError(message, hint="Convert the column, or map the field to another one under columns.")
