"""Demur: lawful and provable training data from what people post.

``demur.open_corpus`` is the one reader of a corpus; everything else has its own module. It is loaded when it is asked
for, so that a verifier needs neither Polars nor NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demur.corpus.gate import open_corpus

__all__ = ["__version__", "open_corpus"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "open_corpus":
        return import_module("demur.corpus.gate").open_corpus
    message = f"module 'demur' has no attribute '{name}'"
    raise AttributeError(message)
