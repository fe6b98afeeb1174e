"""Connections to the open web only: a name is resolved once, every address is checked, the checked one is connected to.

There is no switch that lets another address through. Tests hand :class:`Network` their own functions.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from citywatch.documents.settings import networks

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], socket.socket]


class FetchError(Exception):
    """A request that brought no answer.

    Attributes:
        reason: One word.
        detail: What happened, in words.
        is_passing: Whether another try may help.
    """

    def __init__(self, reason: str, detail: str, *, is_passing: bool = False) -> None:
        self.reason, self.detail, self.is_passing = reason, detail, is_passing
        super().__init__(f"{reason}: {detail}")


def refusal(address: str) -> str:
    """Why an address must not be connected to; empty if it lies in the open web.

    Args:
        address: IPv4 or IPv6 address as text; a zone index after ``%`` makes it link-local.
    """
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return "no IP address"
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        return "link-local (it has a zone)"
    known = networks()
    for network, bit in known.carriers.items():
        if found in network:
            found = IPv4Address((int(found) >> bit) & 0xFFFFFFFF)
    for network, use in known.special.items():
        if found in network:
            return use
    if isinstance(found, IPv6Address) and int(found) >> 125 != 0b001:
        return "outside the global unicast addresses (RFC 4291)"
    return "" if found.is_global and not found.is_multicast else "not global (IANA special-purpose registry)"


def _resolve(host: str, port: int) -> list[str]:
    """Addresses of a host as the system knows them, in its order, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to exactly this address; no name is looked up.

    Raises:
        FetchError: If the other end is not the address asked for.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.settimeout(seconds)
        found.connect((address, port))
        _prove(found, address)
    except BaseException:
        found.close()
        raise
    return found


def _prove(connected: socket.socket, address: str) -> None:
    if ip_address(str(connected.getpeername()[0])) != ip_address(address):
        raise FetchError("refused_address", "the connection leads to another address than the one checked")


@dataclass(frozen=True, slots=True)
class Network:
    """The two ways out of this machine.

    Attributes:
        resolve: Host and port to addresses. Whatever it answers is checked.
        connect: Address that passed the check, port and seconds to a connected socket.
    """

    resolve: Resolve = _resolve
    connect: Connect = _connect

    def checked(self, host: str, port: int) -> list[str]:
        """Addresses of a host, all of them in the open web.

        Raises:
            FetchError: If the host is not known, or any of its addresses is refused: a name that also points inside
                is not trusted outside.
        """
        try:
            found = list(self.resolve(host, port))
        except (OSError, UnicodeError) as error:
            is_passing = getattr(error, "errno", None) == socket.EAI_AGAIN
            raise FetchError("no_such_host", f"{host} cannot be resolved", is_passing=is_passing) from error
        if not found:
            raise FetchError("no_such_host", f"{host} has no address")
        for address in found:
            if why := refusal(address):
                raise FetchError("refused_address", f"{host} leads to {address}: {why}")
        return found


class Guard:
    """Opens the one connection of a request, and cuts it when the time is over.

    Args:
        network: Ways out.
        connect_seconds: Time for the connection.
        total_seconds: Time from the start of the request to its last byte.
    """

    def __init__(self, network: Network, connect_seconds: float, total_seconds: float) -> None:
        self.network, self.connect_seconds = network, connect_seconds
        self.is_late = False
        self.address = ""
        self._twin: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(total_seconds, self.cut)
        self._timer.daemon = True
        self._timer.start()

    def open(self, host: str, port: int) -> socket.socket:
        """A socket to a checked address of the host; the first address that answers.

        Raises:
            FetchError: If an address is refused or none answers.
        """
        trouble: OSError | None = None
        for address in self.network.checked(host, port):
            try:
                found = self.network.connect(address, port, self.connect_seconds)
            except OSError as error:
                trouble = error
                continue
            with self._lock:
                self.address = address
                self._twin = socket.socket(fileno=os.dup(found.fileno()))
            if self.is_late:
                self.cut()
            return found
        name = type(trouble).__name__
        raise FetchError("unreachable", f"{host} does not answer ({name})", is_passing=True) from trouble

    def close(self) -> None:
        """Stop the clock."""
        self._timer.cancel()
        with self._lock:
            twin, self._twin = self._twin, None
        if twin is not None:
            twin.close()

    def cut(self) -> None:
        """Shut the connection down below TLS, so that whoever reads from it wakes up."""
        self.is_late = True
        with self._lock:
            if self._twin is not None:
                with contextlib.suppress(OSError):
                    self._twin.shutdown(socket.SHUT_RDWR)


class _GuardedConnection(HTTPConnection):
    def __init__(self, *args: Any, guard: Guard, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return self._guard.open(self.host.strip("[]"), self.port or 80)


class _GuardedSecureConnection(HTTPSConnection):
    def __init__(self, *args: Any, guard: Guard, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return self._guard.open(self.host.strip("[]"), self.port or 443)


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _GuardedSecureConnection


def pool(scheme: str, host: str, port: int | None, guard: Guard) -> urllib3.HTTPConnectionPool:
    """A pool of one guarded connection. Certificates are checked against the name, not the address."""
    kind, usual = (_SecurePool, 443) if scheme == "https" else (_Pool, 80)
    # without a port the last group of an IPv6 address would be taken for one
    return kind(host, port or usual, maxsize=1, retries=False, guard=guard)
