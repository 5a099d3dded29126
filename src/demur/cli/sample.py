"""``demur sample``: an invented platform to try everything on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.errors import FolderInUseError
from demur.cli.output import print_json, print_lines
from demur.testing.agora.platform import AgoraSummary, write_agora


def sample(
    *,
    out: Path,
    people: int = 2000,
    items: int = 40_000,
    seed: int = 2025,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write *Agora*, an invented platform: accounts, notices, objections, content and a `demur.toml`.

    Nobody in it exists. The same seed on the same day writes the same files.

    Args:
        out: The folder to write, new or empty.
        people: How many people.
        items: How many posts, photos, comments and chats.
        seed: Draws everything.
        json: Print one JSON object and nothing else.
    """
    summary = write_sample(out, people=people, items=items, seed=seed, now=datetime.now(UTC))
    if json:
        print_json({"out": out, "people": summary.people, "accounts": summary.accounts, "items": summary.items})
    else:
        print_lines(
            f"{out}: {summary.people:,} people with {summary.accounts:,} accounts, {summary.items:,} items",
            f"next: cd {out} && demur keys create && demur register import accounts.csv notices.csv objections.csv",
        )


def write_sample(out: Path, *, people: int, items: int, seed: int, now: datetime) -> AgoraSummary:
    """Write the sample platform as it is at the start of a day.

    Raises:
        FolderInUseError: the folder holds something.
    """
    if out.exists() and any(out.iterdir()):
        message = f"{out} is not empty"
        raise FolderInUseError(message, hint="Give a new folder, or remove this one.")
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return write_agora(out, people=people, items=items, seed=seed, now=today)
