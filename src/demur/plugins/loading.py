"""Entry points of installed distributions, by group: adding an extension needs no edit of a list in Demur."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar, cast

from demur.kernel.errors import ConfigurationError, DemurError

T = TypeVar("T")


class PluginError(ConfigurationError):
    """An installed extension cannot be loaded, or two extensions claim one name."""

    code = "plugin"


def load_plugins(group: str) -> dict[str, object]:
    """Return every extension of a group (such as ``demur.sources``) by name, in the order of the names.

    Raises:
        PluginError: two distributions offer one name, or an extension cannot be imported.
    """
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        earlier = found.setdefault(point.name, point)
        # Installed twice (a checkout beside its wheel) is one extension; two targets are a conflict.
        if earlier.value != point.value:
            message = f"two installed extensions of {group} are named {point.name!r}: {earlier.value} and {point.value}"
            raise PluginError(message, hint="Uninstall one of the two packages.")
    return {name: _load(group, found[name]) for name in sorted(found)}


def known_plugins(group: str, own: Mapping[str, T], *, kind: str, error: type[DemurError]) -> dict[str, T]:
    """Return what Demur has of a kind by name, and what installed extensions of a group add to it.

    Args:
        group: the entry-point group; that each entry is a `T` is the promise of whoever offers it.
        own: what Demur has; an extension may name the same thing again, but nothing else by its name.
        kind: what they are, for people: "a channel".
        error: what to raise.

    Raises:
        PluginError: as `load_plugins`.
        DemurError: an extension takes a name of Demur.
    """
    installed = cast("dict[str, T]", load_plugins(group))
    taken = sorted(name for name, one in own.items() if installed.get(name, one) is not one)
    if taken:
        message = f"an installed extension of {group} takes the name of {kind} of Demur: {', '.join(taken)}"
        raise error(message, hint="Uninstall the extension, or have it renamed.")
    return {**installed, **own}


def _load(group: str, point: EntryPoint) -> object:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        message = f"extension {point.name!r} of {group} cannot be loaded from {point.value}: {error}"
        raise PluginError(message, hint="Reinstall or uninstall the package that offers it.") from error
