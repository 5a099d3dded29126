"""Where a request comes from: a network, or this machine itself; a proxy is believed only where it is named.

The header ``X-Forwarded-For`` is written by proxies and by liars alike. It counts where the request comes from a proxy
that the operator named, and then from its right end: each named proxy appended what it saw, and the first address that
is no named proxy is the caller's. What stands before it is the caller's own claim.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from demur.web.errors import ProxyInvalidError

UNKNOWN = "unknown"
# A network of a household or a company: what one person can take many addresses from.
_PREFIX_BITS = {4: 24, 6: 56}

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that stand in front, by address or network; nobody's header counts without one."""

    networks: tuple[_Network, ...] = ()

    def __contains__(self, address: _Address) -> bool:
        """Tell whether an address is that of a named proxy."""
        return any(address.version == network.version and address in network for network in self.networks)


NO_PROXY = Proxies()


def parse_proxies(texts: Sequence[str]) -> Proxies:
    """Read addresses and networks, such as ``127.0.0.1`` and ``10.0.0.0/8``.

    Raises:
        ProxyInvalidError: one is neither.
    """
    try:
        return Proxies(tuple(ipaddress.ip_network(text) for text in texts))
    except ValueError as error:
        message = f"a proxy is no address and no network: {error}"
        raise ProxyInvalidError(message, hint="Name it like 127.0.0.1, ::1 or 10.0.0.0/8.") from error


def origin_of(peer: str | None, forwarded: str, proxies: Proxies) -> str | None:
    """Return the network that a request comes from; None when this machine itself asks, with no proxy in between.

    What cannot be told is `UNKNOWN`, one network for all: never this machine, to which more is allowed.

    Args:
        peer: the address at the other end of the connection; None when there is none.
        forwarded: the whole ``X-Forwarded-For``, several headers joined by commas; empty without one.
        proxies: who is believed.
    """
    address = _address(peer or "")
    if address is None:
        return UNKNOWN if peer or forwarded else None
    if address in proxies:
        return _first_stranger(forwarded, proxies)
    if address.is_loopback:
        # Somebody's proxy wrote the header and nobody named it: this is no request of the machine itself.
        return UNKNOWN if forwarded else None
    return _network(address)


def _first_stranger(forwarded: str, proxies: Proxies) -> str:
    for text in reversed(forwarded.split(",")):
        address = _address(text.strip())
        if address is None:
            return UNKNOWN
        if address not in proxies:
            return _network(address)
    return UNKNOWN


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _network(address: _Address) -> str:
    return str(ipaddress.ip_network(f"{address}/{_PREFIX_BITS[address.version]}", strict=False))
