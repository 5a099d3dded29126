"""Where a request comes from: only named proxies are believed, and nobody outside counts as this machine."""

import pytest

from demur.web.api.http import origin
from demur.web.errors import ProxyInvalidError
from demur.web.origins import NO_PROXY, origin_of, parse_proxies

HERE = parse_proxies(["127.0.0.1", "::1"])
CHAIN = parse_proxies(["127.0.0.1", "10.0.0.0/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.9", "", "203.0.113.0/24"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.0/24"),
        ("2001:db8:1:2ff::9", "", "2001:db8:1:200::/56"),
        ("::ffff:203.0.113.9", "", "203.0.113.0/24"),
        ("127.0.0.1", "", None),
        ("127.0.0.1", "203.0.113.9", "unknown"),
        ("::1", "", None),
        ("strange", "", "unknown"),
        (None, "", None),
        (None, "203.0.113.9", "unknown"),
    ],
)
def test_without_a_named_proxy_no_header_is_believed_and_a_forwarded_request_is_not_of_this_machine(
    peer, forwarded, network
):
    assert origin_of(peer, forwarded, NO_PROXY) == network


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "network"),
    [
        ("127.0.0.1", "203.0.113.9", HERE, "203.0.113.0/24"),
        ("::1", "203.0.113.9", HERE, "203.0.113.0/24"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", HERE, "203.0.113.0/24"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", CHAIN, "203.0.113.0/24"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", HERE, "10.1.2.0/24"),
        ("127.0.0.1", "203.0.113.9, nobody", HERE, "unknown"),
        ("127.0.0.1", "10.1.2.3", CHAIN, "unknown"),
        ("127.0.0.1", "", HERE, "unknown"),
        ("203.0.113.9", "198.51.100.1", HERE, "203.0.113.0/24"),
        ("127.0.0.2", "203.0.113.9", HERE, "unknown"),
    ],
)
def test_behind_named_proxies_the_caller_is_the_first_stranger_from_the_right(peer, forwarded, proxies, network):
    assert origin_of(peer, forwarded, proxies) == network


def test_several_headers_are_read_as_one():
    headers = [(b"x-forwarded-for", b"198.51.100.1"), (b"X-Forwarded-For", b"203.0.113.9")]
    assert origin({"client": ("127.0.0.1", 7), "headers": headers}, HERE) == "203.0.113.0/24"


@pytest.mark.parametrize("text", ["nobody", "10.0.0.1/8", ""])
def test_a_proxy_that_is_no_address_and_no_network_is_refused(text):
    with pytest.raises(ProxyInvalidError):
        parse_proxies([text])
