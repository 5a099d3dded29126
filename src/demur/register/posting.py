"""One way to send bytes to a configured host: a POST without redirects, proxies and endless waiting."""

import http.client
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

_SECONDS_TO_WAIT = 10
_MAX_ANSWER_BYTES = 64 * 1024


def is_plain_url(url: str) -> bool:
    """Tell whether requests can be sent to an address: http or https, a host, and neither query nor fragment."""
    try:
        parsed = urlsplit(url)
        is_usable = parsed.scheme in {"http", "https"} and bool(parsed.hostname) and parsed.port != 0
    except ValueError:
        return False
    return is_usable and not parsed.query and not parsed.fragment


def post(
    url: str, body: bytes, *, content_type: str, headers: Mapping[str, str] = MappingProxyType({})
) -> tuple[int, bytes]:
    """Send a body to a plain URL and return the status and at most 64 KiB of the answer.

    Raises:
        OSError, http.client.HTTPException: the host cannot be reached, or does not speak HTTP.
    """
    parsed = urlsplit(url)
    connection = _connect(parsed)
    try:
        connection.request("POST", parsed.path or "/", body=body, headers={**headers, "Content-Type": content_type})
        response = connection.getresponse()
        return response.status, response.read(_MAX_ANSWER_BYTES)
    finally:
        connection.close()


def _connect(parsed: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parsed.scheme == "https" else http.client.HTTPConnection
    return kind(parsed.hostname or "", parsed.port, timeout=_SECONDS_TO_WAIT)
