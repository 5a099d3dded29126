"""Tables of the console, as a page shows them and as CSV takes them away: the same rows."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TypeAlias

from django.utils.formats import date_format, number_format
from django.utils.translation import pgettext

from demur.kernel.clock import timestamp
from demur.web.metric_values import Figure, Unit

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NOTHING = "\N{EN DASH}"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Mark(Enum):
    """What stands where a number does not: it is about few people, or would tell one that is."""

    WITHHELD = "withheld"


Cell: TypeAlias = str | int | float | datetime | date | timedelta | Figure | Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under named columns.

    Attributes:
        name: what its CSV file is called, and its address ends in.
        caption: what it is, in a few words.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def headers(self) -> list[tuple[str, bool]]:
        """Return each column, and whether it holds numbers, which are set to the right."""
        return [(name, any(is_number(row[at]) for row in self.rows)) for at, name in enumerate(self.columns)]

    def shown(self) -> list[list[tuple[str, bool]]]:
        """Return each cell as a page shows it, and whether it is set to the right, as its column is."""
        to_the_right = [holds_numbers for _, holds_numbers in self.headers()]
        return [[(show_cell(cell), right) for cell, right in zip(row, to_the_right, strict=True)] for row in self.rows]


def write_csv(table: Table) -> str:
    """Return the table as CSV (RFC 4180) in which no cell is a formula to a spreadsheet."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(map(_defuse, table.columns))
    writer.writerows([_defuse(_plain(cell)) for cell in row] for row in table.rows)
    return stream.getvalue()


def show_cell(cell: Cell) -> str:
    """Return a cell in the language of the request."""
    if cell is None or isinstance(cell, Mark):
        return _NOTHING if cell is None else str(pgettext("console", "withheld"))
    if isinstance(cell, Figure):
        return show_figure(cell)
    if isinstance(cell, datetime):
        return f"{date_format(cell, 'DATE_FORMAT')}, {cell:%H:%M} UTC"
    if isinstance(cell, date):
        return str(date_format(cell, "DATE_FORMAT"))
    if isinstance(cell, timedelta):
        return show_seconds(cell.total_seconds())
    return _number(cell) if isinstance(cell, int | float) else cell


def show_figure(figure: Figure) -> str:
    """Return the number of a figure with its unit."""
    value = figure.value
    if value is None:
        return _NOTHING
    if figure.unit is Unit.SECONDS:
        return show_seconds(value)
    if figure.unit is Unit.SHARE:
        # Down, so that what is not quite all never reads as all.
        return f"{number_format(int(value * 1_000) / 10, decimal_pos=1, use_l10n=True)} %"
    if figure.unit is Unit.DAYS:
        days = number_format(int(value * 10) / 10, decimal_pos=1, use_l10n=True)
        return str(pgettext("console", "%(days)s days") % {"days": days})
    if isinstance(value, float):
        return str(number_format(value, decimal_pos=2, use_l10n=True))
    return _number(value)


def show_seconds(seconds: float) -> str:
    """Return a span in the largest unit that it fills; the symbols are those of the SI."""
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= 2 * size:
            return f"{number_format(seconds / size, decimal_pos=1, use_l10n=True)} {unit}"
    return f"{number_format(seconds, decimal_pos=1, use_l10n=True)} s"


def is_number(cell: Cell) -> bool:
    """Tell whether a cell is set to the right."""
    return isinstance(cell, int | float | timedelta | Figure | Mark)


def _number(value: float) -> str:
    return str(number_format(value, use_l10n=True, force_grouping=True))


def _plain(cell: Cell) -> str:
    """Return a cell as another program reads it: seconds, instants of ISO 8601, a point in fractions."""
    if cell is None:
        return ""
    if isinstance(cell, Mark):
        return str(cell.value)
    if isinstance(cell, Figure):
        return "" if cell.value is None else str(cell.value)
    if isinstance(cell, datetime):
        return timestamp(cell)
    return str(cell.total_seconds()) if isinstance(cell, timedelta) else str(cell)


def _defuse(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
