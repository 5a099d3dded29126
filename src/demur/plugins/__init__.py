"""Load what others install beside Demur: sources, filters, engines and the other extension points."""

from demur.plugins.loading import PluginError, known_plugins, load_plugins

__all__ = ["PluginError", "known_plugins", "load_plugins"]
