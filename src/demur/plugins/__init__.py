"""Load what others install beside Demur: sources, filters, engines and the other extension points."""

from demur.plugins.loading import PluginError, load_plugins

__all__ = ["PluginError", "load_plugins"]
