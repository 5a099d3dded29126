"""Entry points of installed distributions, by group: adding an extension needs no edit of a list in Demur."""

from importlib.metadata import EntryPoint, entry_points

from demur.kernel.errors import ConfigurationError


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


def _load(group: str, point: EntryPoint) -> object:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        message = f"extension {point.name!r} of {group} cannot be loaded from {point.value}: {error}"
        raise PluginError(message, hint="Reinstall or uninstall the package that offers it.") from error
