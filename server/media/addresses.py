"""The addresses of this host, as others reach it."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

# no packet is sent: a connected UDP socket only asks the routing table
_FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def own_addresses() -> list[str]:
    """Of the default routes first, then those of the host's name; loopback and link-local ones left out."""
    found: dict[str, None] = {}
    for family, far in _FAR:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            found[probe.getsockname()[0]] = None
    with suppress(OSError):
        for _, _, _, _, address in socket.getaddrinfo(socket.gethostname(), None):
            found[str(address[0]).partition("%")[0]] = None
    return [text for text in found if not (ip_address(text).is_loopback or ip_address(text).is_link_local)]


def announced(host: str) -> tuple[str, ...]:
    """What clients are told when the operator says nothing; `host` is where the web is served.

    IPv4 first, IPv6 where this host has it. Loopback is for browsers on this machine, and last: some of them
    do not use it."""
    own = tuple(sorted(own_addresses(), key=lambda text: ip_address(text).version))
    with suppress(ValueError):
        served = ip_address(host)
        if not served.is_unspecified and not served.is_loopback:
            return (host,)
        if not served.is_loopback:
            return own or ("127.0.0.1",)
    return (*own, "127.0.0.1")


def listening(told: Iterable[str]) -> str:
    """Where a port is opened at which clients reach what they are told: for IPv6 too if any of it is."""
    return "::" if any(address.count(":") > 1 for address in told) else "0.0.0.0"
