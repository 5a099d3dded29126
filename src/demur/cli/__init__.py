"""The command ``demur``: commands translate and delegate, they decide nothing."""

from demur.cli.app import main

__all__ = ["main"]
