"""Daily counts: on which ways objections came, and how far people got with the forms.

They are sums from the beginning. Nothing of a single visit or objection is written down, so there is nothing to erase:
a form is counted without a cookie, an address or an instant (GDPR Art. 5(1)(c)).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from demur.kernel.words import Device, FormStep, Way
from demur.register.batch import Aside, Batch, Outcome, day_of

_MOST_KINDS = 10_000
_ADD_WAY = """
    INSERT INTO way_count (day, way, count) VALUES (?, ?, ?)
    ON CONFLICT (day, way) DO UPDATE SET count = way_count.count + excluded.count
"""
_ADD_FORM = """
    INSERT INTO form_count (day, way, step, language, device, count) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, way, step, language, device) DO UPDATE SET count = form_count.count + excluded.count
"""


class FormCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often one step of a form was taken on a day.

    Attributes:
        day: of UTC, ISO 8601.
        language: of the page, as a tag of BCP 47.
    """

    day: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    way: Way
    step: FormStep
    language: Annotated[str, msgspec.Meta(min_length=2, max_length=8)]
    device: Device
    count: Annotated[int, msgspec.Meta(ge=1, le=1 << 40)]


class CountedForms(msgspec.Struct, Aside, frozen=True, kw_only=True, tag="form_counts", forbid_unknown_fields=True):
    """The unit of work that adds counts of forms to those that are there."""

    counts: Annotated[tuple[FormCount, ...], msgspec.Meta(max_length=_MOST_KINDS)]

    def __call__(self, batch: Batch) -> Outcome:
        """Add them."""
        for one in self.counts:
            row = (one.day, one.way.value, one.step.value, one.language, one.device.value, one.count)
            batch.connection.execute(_ADD_FORM, row)
        return Outcome(rows=len(self.counts))


def count_ways(batch: Batch, recorded: Sequence[tuple[Way, datetime]]) -> None:
    """Count objections that this transaction records, by their ways and when they are recorded."""
    counts = Counter([(day_of(at).isoformat(), way) for way, at in recorded])
    batch.last_statements += [(_ADD_WAY, (day, way.value, count)) for (day, way), count in sorted(counts.items())]
