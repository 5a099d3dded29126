"""Static files under names that hold their digests, so that a browser keeps them and never an old one."""

import hashlib
from functools import lru_cache
from pathlib import Path

_STATIC_FOLDER = Path(__file__).parent / "static"
_DIGEST_LETTERS = 12
_NAMES = ("look.css",)


@lru_cache
def static_url(name: str) -> str:
    """Return the address of a file of the look; another content is another address."""
    stem, _, ending = name.rpartition(".")
    digest = hashlib.sha256((_STATIC_FOLDER / name).read_bytes()).hexdigest()[:_DIGEST_LETTERS]
    return f"/static/{stem}.{digest}.{ending}"


def static_files() -> dict[str, Path]:
    """Return every file of the look by its address."""
    return {static_url(name): _STATIC_FOLDER / name for name in _NAMES}
