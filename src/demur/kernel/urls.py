"""Addresses that requests can be sent to."""

from urllib.parse import urlsplit


def is_plain_url(url: str) -> bool:
    """Tell whether requests can be sent to an address: http or https, a host, and neither query nor fragment."""
    try:
        parsed = urlsplit(url)
        is_usable = parsed.scheme in {"http", "https"} and bool(parsed.hostname) and parsed.port != 0
    except ValueError:
        return False
    return is_usable and not parsed.query and not parsed.fragment
