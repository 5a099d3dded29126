"""``demur filter``: identifiers out of a file of texts, for whoever wants this and nothing else of Demur."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter, validators

from demur.cli.errors import (
    BrokenRowError,
    ConfigurationInvalidError,
    FileFormError,
    LabelUnknownError,
    OutputRefusedError,
)
from demur.cli.filter_rows import Fault, Wanted
from demur.cli.output import print_json, print_lines, print_table, show_progress
from demur.filters.identifiers import IdentifierClass

if TYPE_CHECKING:
    import polars as pl

    from demur.cli.filter_run import Cutter, Errand, Told
    from demur.filters.detectors import DetectorFilter
    from demur.filters.identifiers import Span
    from demur.filters.text import Redacted

_LEFT_OUT = 1
_COMPRESSED = (".gz", ".zst")
_FORMS = {
    ".txt": "text",
    ".text": "text",
    ".log": "text",
    ".md": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_STANDARD = Path("-")
_Flag = Annotated[bool, Parameter(negative="")]
_Names = Annotated[tuple[str, ...], Parameter(negative="")]
_Broken: TypeAlias = Sequence[tuple[int, Fault]]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the file is read."""

    text: _Names = ()
    """A column of texts; may be repeated. Without it `text`, `content`, `body`, `message`, `post` or `comment`."""

    language: str | None = None
    """The column of languages (ISO 639-1); without it `language` or `lang`, and none where neither is there."""

    form: Annotated[str | None, Parameter(name="--format")] = None
    """What the file holds: text, jsonl, csv or parquet; without it, what its name says."""

    strict: _Flag = False
    """Stop at the first row that cannot be read, and write nothing."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Cutting:
    """What is cut, and how."""

    only: str | None = None
    """The classes to cut, such as `EMAIL,PHONE`; without it all of them."""

    detectors: Path | None = None
    """A file with a table `[filters]`, such as `demur.toml`: what its detectors find is cut as well."""

    threads: Annotated[int | None, Parameter(validator=validators.Number(gte=1, lte=1024))] = None
    """How many threads work; without it, one for each core. It changes nothing in the result."""


_READING = Reading()
_CUTTING = Cutting()


def filter_texts(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    *,
    out: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    spans: Path | None = None,
    reading: Annotated[Reading, Parameter(name="*")] = _READING,
    cutting: Annotated[Cutting, Parameter(name="*")] = _CUTTING,
    json: _Flag = False,
) -> int:
    """Put placeholders such as `[NAME]` and `[EMAIL]` where a file of texts has identifiers.

    Reads plain text (a text a line), JSON lines, CSV and Parquet; all but Parquet also as `.gz` or `.zst`. Needs no
    configuration and no register. All other columns pass on unchanged. The result is there whole or not at all, and
    nothing is ever overwritten. Exit status 1 means that it is there, and rows that cannot be read were left out.

    Args:
        file: What to filter; `-` is standard input, as plain text unless `--format` says otherwise.
        out: Where the result goes; beside the file, `posts.redacted.csv` for `posts.csv`, and standard output for
            standard input, unless it is named; `-` is standard output.
        spans: Also write where the spans were, a line of JSON each: row, column, start, end, label; never what stood
            there.
        reading: How the file is read.
        cutting: What is cut.
        json: Print one JSON object and nothing else.
    """
    from demur.cli.filter_run import filter_file  # noqa: PLC0415 -- slow import

    whole = _open_filter(cutting.detectors)
    errand = _make_errand(file, out, spans, reading, cutting, whole)
    if json and errand.target is None:
        message = "--json and the result would both go to standard output"
        raise OutputRefusedError(message, hint="Name a file for the result by --out.")
    began = time.perf_counter()
    with show_progress() as report:
        told = filter_file(
            errand,
            on_broken=_stop_at(file) if reading.strict else lambda _: None,
            progress=lambda done, total: report("filter", done, total),
        )
    seconds = time.perf_counter() - began
    if json:
        print_json(_describe(errand, told, seconds, whole.version))
    else:
        _print(errand, told, seconds, whole.version)
    return _LEFT_OUT if told.left_out else 0


def _make_errand(
    file: Path,
    out: Path | None,
    spans: Path | None,
    reading: Reading,
    cutting: Cutting,
    whole: "DetectorFilter",
) -> "Errand":
    from demur.cli.filter_run import Errand, FileForm  # noqa: PLC0415 -- slow import

    source = None if file == _STANDARD else file
    form = FileForm(_choose_form(source, reading.form))
    target = _choose_target(source, out)
    if form is FileForm.PARQUET and (source is None or target is None):
        message = "Parquet is read from a file and written to a file, not by standard input or output"
        raise FileFormError(message, hint="Name a file, and another one by --out.")
    _refuse_outputs(source, target, spans)
    return Errand(
        form=form,
        source=source,
        target=target,
        spans=spans,
        wanted=Wanted(texts=tuple(dict.fromkeys(reading.text)), language=reading.language),
        cutter=_make_cutter(cutting.only, whole, is_told=spans is not None),
        threads=cutting.threads or len(os.sched_getaffinity(0)),
    )


def _choose_form(source: Path | None, named: str | None) -> str:
    if named is None and source is None:
        return "text"
    name = Path(source.stem) if source is not None and source.suffix in _COMPRESSED else source
    form = named or _FORMS.get(name.suffix.lower() if name else "", "")
    if form not in _FORMS.values():
        given = f"the format {named}" if named else f"the ending of {source}"
        message = f"{given} is not known; there are {', '.join(sorted(set(_FORMS.values())))}"
        raise FileFormError(message, hint="Name what the file holds by --format.")
    return form


def _choose_target(source: Path | None, out: Path | None) -> Path | None:
    if out == _STANDARD or (out is None and source is None):
        return None
    if out is not None or source is None:
        return out
    stem, dot, rest = source.name.partition(".")
    return source.with_name(f"{stem}.redacted{dot}{rest}")


def _refuse_outputs(source: Path | None, target: Path | None, spans: Path | None) -> None:
    """Refuse to write over anything, the file that is read first of all."""
    outputs = [path for path in (target, spans) if path is not None]
    if len({path.absolute() for path in outputs}) < len(outputs):
        message = f"the result and its spans would both go to {target}"
        raise OutputRefusedError(message, hint="Name two files.")
    for path in outputs:
        if source is not None and path.exists() and source.exists() and path.samefile(source):
            message = f"{path} is the file that is to be filtered; it is never written over"
            raise OutputRefusedError(message, hint="Name another file by --out.")
        if path.exists():
            message = f"{path} is there already"
            raise OutputRefusedError(message, hint="Remove it, or name another file; nothing is overwritten.")


def _open_filter(path: Path | None) -> "DetectorFilter":
    from demur.cli.configuration import load_filters  # noqa: PLC0415 -- slow import
    from demur.cli.detecting import plan_detectors  # noqa: PLC0415 -- slow import
    from demur.filters.detector_loading import NO_DETECTORS, open_filter  # noqa: PLC0415 -- slow import

    if path is None:
        return open_filter(NO_DETECTORS)
    plan = plan_detectors(load_filters(path), path.resolve().parent)
    if not plan.names:
        message = f"{path} names no detector under [filters]"
        raise ConfigurationInvalidError(message, hint='Name one: detectors = ["spacy"], or leave out --detectors.')
    return open_filter(plan)


def _make_cutter(only: str | None, whole: "DetectorFilter", *, is_told: bool) -> "Cutter":
    """Choose the shortest way: the spans of texts take a Python object each, and are made where they are asked for."""
    from demur.filters.cutting import replace_spans  # noqa: PLC0415 -- slow import
    from demur.filters.text import redact, spans  # noqa: PLC0415 -- slow import

    labels = _read_labels(only)
    if labels is None and not is_told and not whole.detectors:
        return lambda texts, languages: (redact(texts, languages), None)
    find = whole.find if whole.detectors else spans

    def cut(texts: "pl.Series", languages: "pl.Series | None") -> "tuple[Redacted, list[list[Span]]]":
        found = find(texts, languages)
        kept = found if labels is None else [[span for span in row if span.label in labels] for row in found]
        return replace_spans(texts, kept), kept

    return cut


def _read_labels(only: str | None) -> frozenset[IdentifierClass] | None:
    if only is None:
        return None
    named = [name.strip().upper() for name in only.split(",") if name.strip()]
    unknown = [name for name in named if name not in set(IdentifierClass)]
    if unknown or not named:
        message = f"--only names {', '.join(unknown) or 'no class'}; there are {', '.join(IdentifierClass)}"
        raise LabelUnknownError(message, hint="Name classes with commas between them, such as EMAIL,PHONE.")
    return frozenset(IdentifierClass(name) for name in named)


def _stop_at(file: Path) -> Callable[[_Broken], None]:
    def stop(broken: _Broken) -> None:
        line, fault = broken[0]
        message = f"{file}, line {line}: {fault}"
        raise BrokenRowError(message, hint="Repair the line, or leave out --strict: then such rows are left out.")

    return stop


def _describe(errand: "Errand", told: "Told", seconds: float, version: str) -> dict[str, object]:
    return {
        "out": errand.target,
        "columns": list(told.columns),
        "rows": told.rows,
        "cut_rows": told.cut_rows,
        "left_out": told.left_out,
        "broken": [{"line": line, "reason": fault} for line, fault in told.broken],
        "counts": dict(sorted(told.counts.items())),
        "megabytes": round(told.text_bytes / 1e6, 3),
        "megabytes_per_second": round(told.text_bytes / 1e6 / max(seconds, 1e-9), 3),
        "filter": version,
    }


def _print(errand: "Errand", told: "Told", seconds: float, version: str) -> None:
    """Print what came of it: to standard output, or to standard error where the result itself went there."""
    megabytes = told.text_bytes / 1e6
    lines = (
        f"{told.rows:,} rows, {told.cut_rows:,} of them cut, in {', '.join(told.columns) or 'no column'}",
        f"{megabytes:,.1f} MB in {seconds:,.1f} s, {megabytes / max(seconds, 1e-9):,.1f} MB/s; filter {version}",
        *(f"left out: line {line}: {fault}" for line, fault in told.broken),
        *([f"left out: {told.left_out - len(told.broken):,} rows more"] if told.left_out > len(told.broken) else []),
    )
    if errand.target is None:
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        return
    found = [(name, count) for name, count in sorted(told.counts.items()) if count]
    print_table(f"{errand.target}: what was cut", ("class", "spans"), found)
    print_lines(*lines)
