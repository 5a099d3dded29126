"""Signals of an item and of the page that it previews, from a file's JSON to texts that are kept and a preference.

What a signal says about training is decided in `demur.policy.signals`.
"""

from typing import Any

import msgspec
import polars as pl

from demur.exchange.columns import Schema
from demur.policy.signals.errors import SignalUnknownError
from demur.policy.signals.items import read_item_signals
from demur.policy.signals.preference import as_kept, combine
from demur.sources.columns import fault_column
from demur.sources.nested import read_once
from demur.sources.source import RejectionReason

_READ: Schema = {"kept": pl.List(pl.String), "preference": pl.String, "is_wrong": pl.Boolean}
_WHOLE_ADDRESS = r"^\s*[A-Za-z][A-Za-z0-9+.-]*://"
_DECODER: msgspec.json.Decoder[dict[str, Any] | None] = msgspec.json.Decoder(dict[str, Any] | None)


def read_signals(texts: pl.Series, addresses: pl.Series) -> list[pl.Series]:
    """Return ``signals``, ``preference`` and where the signals cannot be read; the address says which paths count."""
    read = _read_rows(texts, addresses)
    return [read["kept"].alias("signals"), read["preference"], _wrong(read, "signals")]


def read_preview_signals(texts: pl.Series) -> list[pl.Series]:
    """Return ``preview_preference`` and where the signals cannot be read; nobody knows the path, so any path counts."""
    read = _read_rows(texts, pl.repeat(None, len(texts), dtype=pl.String, eager=True))
    return [read["preference"].alias("preview_preference"), _wrong(read, "preview_signals")]


def _wrong(read: pl.DataFrame, field: str) -> pl.Series:
    return read["is_wrong"].alias(fault_column(field, RejectionReason.WRONG_TYPE))


def _read_rows(texts: pl.Series, addresses: pl.Series) -> pl.DataFrame:
    # Only a robots.txt asks for the path. Without a scheme nobody can tell host from path, and then any path counts.
    asks_path = pl.col("text").str.contains("robots", literal=True) & pl.col("path").str.contains(_WHOLE_ADDRESS)
    rows = pl.DataFrame({"text": texts, "path": addresses}).with_columns(
        pl.when(asks_path).then(pl.col("path").str.strip_chars())
    )
    return read_once(rows, _read_distinct)


def _read_distinct(rows: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame([_read(text, path) for text, path in rows.iter_rows()], schema=_READ, orient="row")


def _read(text: str | None, path: str | None) -> tuple[list[str] | None, str | None, bool]:
    try:
        given = (_DECODER.decode(text) if text else None) or {}
        # A column of structs cannot leave a key out; null says nothing, whatever its key.
        signals = read_item_signals({key: value for key, value in given.items() if value is not None}, path=path)
    except (msgspec.DecodeError, RecursionError, SignalUnknownError):
        return None, None, True
    return [as_kept(signal) for signal in signals] or None, combine(signals), False
