"""What a register's database holds, whichever it is, as bytes in which plain text can be found."""

import subprocess
from pathlib import Path


def dump(url: str) -> bytes:
    """Return all that a database holds, of either kind, as bytes in which plain text can be found."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    return subprocess.run(["pg_dump", url], capture_output=True, check=True).stdout
