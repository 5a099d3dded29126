"""One way to send bytes to a configured host: a POST without redirects, proxies and endless waiting."""

import http.client
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

_SECONDS_TO_WAIT = 10
_MAX_ANSWER_BYTES = 64 * 1024


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
