"""The plan of a build as a file, for builds that are repeated or reviewed before they run."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from demur.cli.errors import ConfigurationInvalidError, ConfigurationMissingError, SourceUnknownError
from demur.sources.spec import SourceSpec


class PlanFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be built; what it leaves out comes from the configuration.

    Attributes:
        name: the corpus's name.
        sources: names of ``[[sources]]`` entries; all when empty.
        snapshot: folder of the snapshot, relative to the file; the newest one when left out.
        partitions: how many pieces the content is cut into by author.
        strict: whether the first row or file that cannot be used stops the build.
    """

    name: str
    sources: tuple[str, ...] = ()
    snapshot: str | None = None
    partitions: Annotated[int, msgspec.Meta(ge=1, le=65_536)] | None = None
    strict: bool = False


def read_plan(path: Path) -> PlanFile:
    """Read a plan file.

    Raises:
        ConfigurationMissingError: there is no such file.
        ConfigurationInvalidError: not TOML, or a key is unknown, missing or of another type.
    """
    try:
        plan = msgspec.convert(tomllib.loads(path.read_text("utf-8")), PlanFile)
    except FileNotFoundError as error:
        message = f"no plan at {path}"
        raise ConfigurationMissingError(
            message, hint="Name a plan file, or a corpus for a build of all sources."
        ) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise ConfigurationInvalidError(message, hint="docs/reference/configuration.md lists every key.") from error
    if plan.snapshot is None:
        return plan
    return msgspec.structs.replace(plan, snapshot=str(path.resolve().parent / plan.snapshot))


def choose_sources(configured: tuple[SourceSpec, ...], names: tuple[str, ...]) -> tuple[SourceSpec, ...]:
    """Return the sources with some names, or all when none is named.

    Raises:
        SourceUnknownError: a name is not configured.
    """
    known = {spec.name: spec for spec in configured}
    unknown = sorted(set(names) - set(known))
    if unknown:
        message = f"no source is called {unknown[0]!r}; the configuration has {', '.join(sorted(known))}"
        raise SourceUnknownError(message, hint="Name one that is under [[sources]] in demur.toml.")
    return tuple(known[name] for name in dict.fromkeys(names)) if names else configured
