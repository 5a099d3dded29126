"""What objecting costs a person, walked in a real browser, for `MET-7`.

`make effort` writes it into the package, beside the forms that it is of; run that when a form has changed.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from demur.testing.portal import effort as measured
from demur.testing.portal.browser import open_browser
from demur.testing.portal.world import open_world
from demur.web.effort import VERSION, Effort, WayEffort, digest_forms, write_effort

_ENTERED = "https://pages.example/somebody/42"


def main(arguments: Sequence[str]) -> int:
    """Walk both ways once, and write what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this file as well")
    chosen = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="demur-effort-") as name,
        open_world(Path(name)) as world,
        open_browser() as browser,
    ):
        by_link = measured.by_link(world, browser)
        by_form = measured.without_an_account(world, browser, _ENTERED)
    found = Effort(
        version=VERSION,
        measured_on=datetime.now(UTC).date(),
        forms=digest_forms(),
        by_link=_tell(by_link),
        by_form=_tell(by_form),
    )
    if chosen.out is not None:
        write_effort(chosen.out, found)
    sys.stdout.write(f"{msgspec.json.encode(found).decode()}\n")
    return 0


def _tell(walked: measured.Effort) -> WayEffort:
    return WayEffort(actions=walked.clicks, required_fields=walked.required_fields, seconds=round(walked.seconds(), 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
