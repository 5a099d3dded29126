"""Opening a source by its format: those of the distribution, and any extension of the group ``demur.sources``."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol

from demur.keys.keyring import Keyring
from demur.plugins.loading import known_plugins
from demur.sources.columns import column_names
from demur.sources.csv import open_csv
from demur.sources.errors import SourceEmptyError, SourceFormatError
from demur.sources.jsonl import open_jsonl
from demur.sources.parquet import open_parquet
from demur.sources.source import Source
from demur.sources.spec import SourceSpec

_GROUP = "demur.sources"
_COMPRESSIONS = {".gz", ".zst"}
_FORMATS_BY_ENDING = {
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
}


class SourceFactory(Protocol):
    """What an entry point of ``demur.sources`` names: it opens the source that a configuration describes."""

    def __call__(self, spec: SourceSpec, *, keyring: Keyring, root: Path) -> Source:
        """Open the source; nothing is read yet."""
        ...


_OWN_FORMATS: Mapping[str, SourceFactory] = {"csv": open_csv, "jsonl": open_jsonl, "parquet": open_parquet}


def open_source(spec: SourceSpec, *, keyring: Keyring, root: Path) -> Source:
    """Open a source; relative paths start from `root`.

    Raises:
        SourceFormatError: its format is unknown or cannot be told from the path.
        SourceColumnsError: its mapping names an unknown field.
        SourceEmptyError: no file matches its path.
    """
    column_names(spec)
    factories = known_plugins(_GROUP, _OWN_FORMATS, kind="a format", error=SourceFormatError)
    name = spec.format or _guess_format(spec)
    if name not in factories:
        message = f"source {spec.name}: format {name!r} is unknown, known are {', '.join(sorted(factories))}"
        raise SourceFormatError(message, hint="Set format under [[sources]] in demur.toml.")
    source = factories[name](spec, keyring=keyring, root=root)
    if not source.splits():
        message = f"source {spec.name}: no file matches {spec.path} in {root}"
        raise SourceEmptyError(message, hint="Correct path under [[sources]] in demur.toml.")
    return source


def _guess_format(spec: SourceSpec) -> str:
    endings = [ending for ending in PurePosixPath(spec.path).suffixes if ending not in _COMPRESSIONS]
    known = _FORMATS_BY_ENDING.get(endings[-1] if endings else "")
    if known is None:
        message = f"source {spec.name}: the path {spec.path} does not tell the format"
        raise SourceFormatError(message, hint="Set format to parquet, jsonl or csv under [[sources]] in demur.toml.")
    return known
