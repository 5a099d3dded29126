"""Path patterns of robots.txt and tdmrep.json: a prefix, where ``*`` stands for anything and a last ``$`` for the end.

RFC 9309 sections 2.2.2 and 2.2.3. Matching takes linear time, because patterns come from strangers.
"""

import re
from urllib.parse import quote

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))


def normal_path(address: str) -> str:
    """Return the path and query of an address, in the one spelling that patterns are compared with."""
    path = _rooted(address.partition("#")[0], unless="/")
    return _normal_escapes(path).replace("*", "%2A").replace("$", "%24")


def normal_pattern(pattern: str) -> str:
    """Return a pattern in the same spelling; one that starts with neither ``/`` nor ``*`` starts at the root."""
    rooted = _normal_escapes(_rooted(pattern, unless="/*"))
    anchor = "$" if rooted.endswith("$") else ""
    return rooted.removesuffix("$").replace("$", "%24") + anchor


def is_match(pattern: str, path: str) -> bool:
    """Tell whether a normal pattern matches a normal path from its start."""
    first, *others = pattern.removesuffix("$").split("*")
    if not pattern.endswith("$"):
        return path.startswith(first) and _find_in_order(others, path, len(first)) is not None
    if not others:
        return path == first
    end = len(path) - len(others[-1])
    reached = _find_in_order(others[:-1], path, len(first)) if path.startswith(first) else None
    return reached is not None and reached <= end and path.endswith(others[-1])


def _find_in_order(pieces: list[str], path: str, start: int) -> int | None:
    for piece in pieces:
        found = path.find(piece, start)
        if found < 0:
            return None
        start = found + len(piece)
    return start


def _rooted(text: str, *, unless: str) -> str:
    local = _ADDRESS.sub("", text, count=1) if _ADDRESS.match(text) else text
    return local if local.startswith(tuple(unless)) else f"/{local}"


def _normal_escapes(text: str) -> str:
    return _ESCAPE.sub(_normal_escape, quote(text, safe=_PRINTABLE, errors="surrogatepass"))


def _normal_escape(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if character in _UNRESERVED else escape[0].upper()
