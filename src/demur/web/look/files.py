"""Static files under names that hold their digests, so that a browser keeps them and never an old one."""

import hashlib
from functools import lru_cache
from pathlib import Path

_WEB = Path(__file__).parent.parent
_DIGEST_LETTERS = 12
_FILES = {
    path.name: path
    for path in (
        _WEB / "look" / "static" / "look.css",
        _WEB / "console" / "static" / "console.css",
        _WEB / "staff" / "static" / "passkey.js",
    )
}


@lru_cache
def static_url(name: str) -> str:
    """Return the address of a file by its name; another content is another address."""
    stem, _, ending = name.rpartition(".")
    digest = hashlib.sha256(_FILES[name].read_bytes()).hexdigest()[:_DIGEST_LETTERS]
    return f"/static/{stem}.{digest}.{ending}"


def static_files() -> dict[str, Path]:
    """Return every file by its address."""
    return {static_url(name): path for name, path in _FILES.items()}
