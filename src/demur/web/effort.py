"""What objecting costs a person: figures that a benchmark measured in a real browser, shipped with their forms.

`make effort` writes them. They name the digest of the forms, so that figures of other forms are never
shown as those of these.
"""

import hashlib
from datetime import date
from pathlib import Path

import msgspec

from demur.web.metric_values import Taken

EFFORT_FILE = Path(__file__).parent / "effort.json"
VERSION = 1
_HERE = Path(__file__).parent
# What a person sees from the first page to the receipt.
_FORMS = ("object.html", "receipt.html", "receipt_links.html", "open.html", "open_receipt.html")
_LETTERS = 12


class WayEffort(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The effort of one way.

    Attributes:
        actions: clicks from the notice, or from the form's address, to the receipt.
        seconds: modelled from what was clicked, typed and read (`demur.testing.portal.effort`).
    """

    actions: int
    required_fields: int
    seconds: float


class Effort(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The effort of both ways, when it was measured, and the digest of the forms."""

    version: int
    measured_on: date
    forms: str
    by_link: WayEffort
    by_form: WayEffort

    @property
    def taken(self) -> Taken:
        """Return when this was measured and on which forms."""
        return Taken(on=self.measured_on, version=self.forms)


def digest_forms() -> str:
    """Return what names the forms as they are: the first letters of a SHA-256 over their templates."""
    content = b"".join((_HERE / "portal" / "templates" / name).read_bytes() for name in _FORMS)
    return hashlib.sha256(content).hexdigest()[:_LETTERS]


def read_effort(path: Path = EFFORT_FILE) -> Effort | None:
    """Return the figures; None where there are none of the forms as they are."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Effort)
    except FileNotFoundError:
        return None
    return found if (found.version, found.forms) == (VERSION, digest_forms()) else None


def write_effort(path: Path, effort: Effort) -> None:
    """Write figures that were just measured."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(effort), indent=2) + b"\n")
