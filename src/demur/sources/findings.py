"""What detectors found in an item: findings in its text, detections in its picture."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
import polars as pl

from demur.exchange.columns import DETECTION, FINDING
from demur.policy.content import ABOUT_AUTHOR
from demur.sources.accounts import make_lists
from demur.sources.columns import fault_column
from demur.sources.nested import read_once
from demur.sources.source import RejectionReason

_ABOUT_OTHERS = "third_party"


# A key with a typo would be a fact that silently does not count.
class _Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str | None = None
    about: str | None = None
    is_minor: bool | None = None
    text: str | None = None


class _Detection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str | None = None
    score: float | None = None


_Found: TypeAlias = _Finding | _Detection
_FINDINGS = msgspec.json.Decoder(list[_Finding] | None)
_DETECTIONS = msgspec.json.Decoder(list[_Detection] | None)


def read_findings(texts: pl.Series) -> list[pl.Series]:
    """Return ``findings`` and where they cannot be read; whom they are about is the author or somebody, no name."""
    return _read_column(texts, _FINDINGS, FINDING)


def read_detections(texts: pl.Series) -> list[pl.Series]:
    """Return ``detections`` and where they cannot be read."""
    return _read_column(texts, _DETECTIONS, DETECTION)


def _read_column(texts: pl.Series, decoder: msgspec.json.Decoder[Any], found: pl.Struct) -> list[pl.Series]:
    fault = fault_column(texts.name, RejectionReason.WRONG_TYPE)

    def read(distinct: pl.DataFrame) -> pl.DataFrame:
        lists = [_read(decoder, text) for text in distinct["json"].to_list()]
        is_wrong = pl.Series(fault, [one is None for one in lists], dtype=pl.Boolean)
        return pl.DataFrame([_make_column(texts.name, lists, found), is_wrong])

    return read_once(texts.alias("json").to_frame(), read).get_columns()


def _read(decoder: msgspec.json.Decoder[Any], text: str | None) -> list[_Found] | None:
    """Return what was found, or None when it cannot be read."""
    try:
        found: list[_Found] | None = decoder.decode(text) if text else None
    except (msgspec.DecodeError, RecursionError):
        return None
    return found or []


def _make_column(name: str, lists: Sequence[list[_Found] | None], found: pl.Struct) -> pl.Series:
    # Polars takes columns many times faster than lists of dictionaries.
    places = [place for place, one in enumerate(lists) for _ in one or ()]
    rows = [msgspec.structs.astuple(row) for one in lists for row in one or ()]
    members = pl.DataFrame(rows, schema={field.name: field.dtype for field in found.fields}, orient="row")
    return make_lists(name, places, _hide_names(members).to_struct(), len(lists))


def _hide_names(members: pl.DataFrame) -> pl.DataFrame:
    # A detector may name the person whom a finding is about, and beyond the source nobody needs the name.
    about = pl.col("about")
    hidden = pl.when(about == ABOUT_AUTHOR).then(about).when(about.is_not_null()).then(pl.lit(_ABOUT_OTHERS))
    return members.with_columns(hidden.alias("about")) if "about" in members.columns else members
