"""Write the lock files from what is installed: `make lock`.

A lock names every distribution that the bare install (core.lock) or a developer (dev.lock) needs, with the version that
is installed in this environment and therefore was tested. To move a version: install it with pip, `make test`, `make
lock`. Versions are written without the part that names a local build (torch 2.13.0+cpu is torch 2.13.0), so that every
machine takes its own build.
"""

import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
DEVELOPER_EXTRAS = ("train", "web", "mail", "postgres", "dev")
HEADER = "# Written by `make lock` from the installed versions; {use}.\n"


def read_requirements(extras: Iterable[str]) -> list[Requirement]:
    """Return what pyproject.toml asks for: the core and the extras that are named."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return [Requirement(line) for line in lines]


def close_over(wanted: Iterable[Requirement]) -> dict[str, str]:
    """Return name and public version of every distribution that the requirements pull in, as installed here."""
    pinned: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(wanted)
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        distribution = metadata.distribution(requirement.name)
        pinned[key[0]] = Version(distribution.version).public
        waiting.extend(needed_by(distribution, requirement.extras))
    return pinned


def needed_by(distribution: metadata.Distribution, extras: Iterable[str]) -> list[Requirement]:
    """Return the requirements of one distribution that hold on this machine, with the extras that were asked for."""
    environments = [{"extra": extra} for extra in ("", *extras)]
    declared = [Requirement(line) for line in distribution.requires or ()]
    return [
        requirement
        for requirement in declared
        if requirement.marker is None or any(requirement.marker.evaluate(one) for one in environments)
    ]


def write_lock(path: Path, pinned: dict[str, str], *, use: str) -> None:
    """Write one lock file, sorted by name."""
    lines = [f"{name}=={version}\n" for name, version in sorted(pinned.items())]
    path.write_text(HEADER.format(use=use) + "".join(lines), encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {len(lines)} distributions")


def main() -> None:
    """Write requirements/core.lock and requirements/dev.lock."""
    folder = ROOT / "requirements"
    folder.mkdir(exist_ok=True)
    write_lock(folder / "core.lock", close_over(read_requirements(())), use="the bare install")
    everything = close_over(read_requirements(DEVELOPER_EXTRAS))
    write_lock(folder / "dev.lock", everything, use="everything to develop and test; `make dev` installs it")


if __name__ == "__main__":
    main()
