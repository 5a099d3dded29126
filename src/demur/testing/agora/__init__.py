"""Agora: an invented platform with people, notices, content and objections, made deterministically from a seed.

Nobody in it exists: names are syllables, identifiers come from ranges that are reserved for tests and examples or were
never issued to anybody alive, places and titles are made up. The same seed writes the same bytes.
"""

from demur.testing.agora.errors import AgoraTooSmallError
from demur.testing.agora.platform import AgoraSummary, write_agora

__all__ = ["AgoraSummary", "AgoraTooSmallError", "write_agora"]
