"""One page: addresses, pace, robots.txt, tries, redirects and limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import urllib3
from protego import Protego
from urllib3.util import Timeout, Url, parse_url

from citywatch.documents.network import FetchError, Guard, Network, pool
from citywatch.documents.settings import Manners

_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 1 << 16
_LONGEST_ADDRESS = 4_000


class Clock:
    """Time of day, seconds that never run back, and waiting. Tests hand in their own.

    Args:
        stop: Ends every wait when set.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self.stop = stop or threading.Event()

    def now(self) -> datetime:
        """Time of day in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Seconds since some moment; they never run back."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            FetchError: If everything is to stop.
        """
        if self.stop.wait(max(0.0, seconds)):
            raise FetchError("stopped", "the run was stopped")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer.

    Attributes:
        address: What was asked for.
        ip: Address that was connected to.
        at: When the request began, UTC.
        request: Head of the request as sent in substance (HTTP/1.1).
        status: Status code.
        head: Head of the answer, ending in an empty line; a transfer encoding that was undone carries the prefix
            ``X-Crawler-``.
        body: Content as sent, still in its content encoding.
        content_type: Lower-case media type without parameters; empty if none was named.
        charset: Charset as the header named it, or empty.
        encoding: Content encoding, or empty.
        location: Where it redirects to, or empty.
        retry_after: Seconds that the answer asks to wait; 0 if it asks nothing.
    """

    address: str
    ip: str
    at: datetime
    request: bytes
    status: int
    head: bytes
    body: bytes
    content_type: str = ""
    charset: str = ""
    encoding: str = ""
    location: str = ""
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one address.

    Attributes:
        asked: Address as asked for.
        exchanges: Answers in order: redirects, then the last one. Empty if none came.
        reason: Why there is no page, one word; empty if there is one.
        detail: What happened, in words; empty if there is a page.
        tries: Requests for pages made, those for robots.txt not counted.
    """

    asked: str
    exchanges: tuple[Exchange, ...] = ()
    reason: str = ""
    detail: str = ""
    tries: int = 0


def clean_address(text: str) -> str:
    """An address as it is asked for: http or https, a host in ASCII, no user, no fragment, everything else escaped.

    Raises:
        FetchError: If it is no such address.
    """
    text = text.strip()
    if len(text) > _LONGEST_ADDRESS or any(ord(one) < 33 for one in text):
        raise FetchError("bad_address", "expected an http(s) address without spaces, of at most 4,000 characters")
    try:
        scheme, mark, rest = text.partition("://")
        end = min((at for at in (rest.find(one) for one in "/?#") if at >= 0), default=len(rest))
        host = rest[:end]
        if not host.isascii():
            name, colon, port = host.partition(":")
            host = name.encode("idna").decode("ascii") + colon + port
        url: Url = parse_url(f"{scheme}{mark}{host}{rest[end:]}")
    except (ValueError, UnicodeError, urllib3.exceptions.HTTPError) as error:
        raise FetchError("bad_address", "expected an http(s) address") from error
    if url.scheme not in ("http", "https") or not url.host or "\\" in text.split("?", maxsplit=1)[0]:
        raise FetchError("bad_address", "expected an http(s) address")
    if url.auth is not None:
        raise FetchError("bad_address", "expected an address without a user name")
    return Url(url.scheme, None, url.host, url.port, url.path or "/", url.query).url


class Pacer:
    """Least time between the starts of two requests to one host.

    Args:
        clock: Tells the time and waits.
        pause: Seconds.
    """

    def __init__(self, clock: Clock, pause: float) -> None:
        self._clock, self._pause = clock, pause
        self._free: dict[str, float] = {}
        self._own: dict[str, float] = {}
        self._lock = threading.Lock()

    def slow_down(self, host: str, pause: float) -> None:
        """A host asks for a longer pause."""
        with self._lock:
            self._own[host] = max(pause, self._own.get(host, 0.0))

    def hold(self, host: str, seconds: float) -> None:
        """A host asks not to be met for some seconds."""
        with self._lock:
            self._free[host] = max(self._free.get(host, 0.0), self._clock.seconds() + seconds)

    def wait(self, host: str) -> None:
        """Wait for the turn of a host; turns are given in the order in which they are asked for."""
        with self._lock:
            now = self._clock.seconds()
            turn = max(now, self._free.get(host, 0.0))
            self._free[host] = turn + max(self._pause, self._own.get(host, 0.0))
        self._clock.wait(turn - now)


@dataclass(slots=True)
class Fetcher:
    """Fetches pages; may be shared between threads.

    Args:
        manners: How.
        network: Ways out of this machine.
        clock: Tells the time and waits.
        contact: Where the operators of a host can ask about us; goes into the name of the agent. May be empty.
        version: Version of Citywatch.
    """

    manners: Manners
    network: Network = field(default_factory=Network)
    clock: Clock = field(default_factory=Clock)
    contact: str = ""
    version: str = ""
    pacer: Pacer = field(init=False)
    _robots: dict[str, Protego | FetchError] = field(init=False, default_factory=dict)
    _locks: dict[str, threading.Lock] = field(init=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _open: set[Guard] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.pacer = Pacer(self.clock, self.manners.pause_seconds)

    @property
    def agent(self) -> str:
        """The name we go by."""
        contact = f"; {self.contact}" if self.contact else ""
        return f"{self.manners.agent}/{self.version or '0'} (research on public procurement{contact})"

    def stop(self) -> None:
        """End every wait and cut every connection."""
        self.clock.stop.set()
        with self._lock:
            guards = list(self._open)
        for guard in guards:
            guard.cut()

    def fetch(self, asked: str) -> Fetched:
        """Fetch one page; whatever goes wrong is told, not raised."""
        done: list[Exchange] = []
        count = _Count()
        try:
            address = clean_address(asked)
            for _ in range(self.manners.redirects + 1):
                self._ask_robots(address)
                exchange = self._patiently(address, count, self.manners.max_bytes)
                done.append(exchange)
                if exchange.status not in _REDIRECTS or not exchange.location:
                    return _told(asked, done, count)
                address = clean_address(urljoin(address, exchange.location))
        except FetchError as error:
            return Fetched(asked, tuple(done), error.reason, error.detail, count.tries)
        detail = f"more than {self.manners.redirects} redirects"
        return Fetched(asked, tuple(done), "too_many_redirects", detail, count.tries)

    # one address

    def _patiently(self, address: str, count: _Count, max_bytes: int, *, is_cut: bool = False) -> Exchange:
        """An answer, after as many tries as the manners allow; arguments as for one request.

        Raises:
            FetchError: If none came.
        """
        host = parse_url(address).host or ""
        pause = self.manners.backoff_seconds
        for left in range(self.manners.tries - 1, -1, -1):
            count.tries += 1
            try:
                exchange = self._once(address, max_bytes, is_cut=is_cut)
            except FetchError as error:
                if not error.is_passing or not left:
                    raise
                self.pacer.hold(host, pause)
            else:
                if exchange.status not in self.manners.retry_statuses:
                    return exchange
                if exchange.retry_after > self.manners.longest_wait_seconds:
                    self.pacer.hold(host, self.manners.longest_wait_seconds)
                    raise FetchError("told_to_wait", f"{host} asks to wait {exchange.retry_after:,.0f} seconds")
                self.pacer.hold(host, max(pause, exchange.retry_after))
                if not left:
                    return exchange
            pause *= 2
        raise FetchError("unreachable", "no try was allowed")

    def _once(self, address: str, max_bytes: int, *, is_cut: bool = False) -> Exchange:
        """One request.

        Args:
            address: Clean address.
            max_bytes: Largest body.
            is_cut: Take the beginning of a larger body instead of refusing it.

        Raises:
            FetchError: If no whole answer came.
        """
        url = parse_url(address)
        host = url.host or ""
        self.pacer.wait(host)
        at = self.clock.now()
        guard = Guard(self.network, self.manners.connect_seconds, self.manners.total_seconds)
        with self._lock:
            self._open.add(guard)
        connections = pool(url.scheme or "http", host, url.port, guard)
        headers = {
            "Host": url.netloc or host,
            "User-Agent": self.agent,
            "Accept": "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.8,*/*;q=0.1",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        try:
            with _translated(guard, self.manners):
                answer = connections.urlopen(
                    "GET", url.request_uri, headers=headers, redirect=False, retries=False, preload_content=False,
                    decode_content=False, timeout=Timeout(connect=self.manners.connect_seconds, read=self.manners.read_seconds),
                )  # fmt: skip
                with closing(answer):
                    body = _body(answer, max_bytes, is_cut=is_cut)
            if guard.is_late:
                raise FetchError("too_slow", f"it took more than {self.manners.total_seconds:g} seconds")
        finally:
            guard.close()
            connections.close()
            with self._lock:
                self._open.discard(guard)
        request = f"GET {url.request_uri} HTTP/1.1\r\n" + "".join(
            f"{name}: {text}\r\n" for name, text in headers.items()
        )
        return _exchange(address, guard.address, at, f"{request}\r\n".encode("latin-1", "replace"), answer, body)

    # robots.txt

    def _ask_robots(self, address: str) -> None:
        """Whether the host lets us read the page.

        Raises:
            FetchError: If it does not, if its robots.txt cannot be had, or if it asks for pauses that are too long.
        """
        url = parse_url(address)
        origin = Url(url.scheme, None, url.host, url.port).url
        with self._lock:
            lock = self._locks.setdefault(origin, threading.Lock())
        with lock:
            if origin not in self._robots:
                self._robots[origin] = self._read_robots(origin)
        rules = self._robots[origin]
        if isinstance(rules, FetchError):
            raise FetchError(rules.reason, rules.detail)
        if not rules.can_fetch(address, self.manners.agent):
            raise FetchError("robots", "robots.txt of the host asks us not to read it")
        pause = _asked_pause(rules, self.manners.agent)
        if pause > self.manners.longest_pause_seconds:
            raise FetchError("robots", f"robots.txt asks for pauses of {pause:,.0f} seconds")
        self.pacer.slow_down(url.host or "", pause)

    def _read_robots(self, origin: str) -> Protego | FetchError:
        """Rules of a host (RFC 9309): none where it has no file, all refused where the file cannot be had."""
        address = f"{origin}/robots.txt"
        try:
            for _ in range(self.manners.redirects):
                exchange = self._patiently(address, _Count(), self.manners.robots_bytes, is_cut=True)
                if exchange.status in _REDIRECTS and exchange.location:
                    address = clean_address(urljoin(address, exchange.location))
                    continue
                if exchange.status >= 500 or exchange.status == 429:
                    return FetchError("robots_unavailable", f"robots.txt answers {exchange.status}; reading is put off")
                if 200 <= exchange.status < 300 and not exchange.encoding:
                    return Protego.parse(exchange.body.decode("utf-8", "replace").removeprefix("\ufeff"))
                return Protego.parse("")
        except FetchError as error:
            if error.reason in ("refused_address", "no_such_host", "bad_address", "stopped"):
                return error
            return FetchError("robots_unavailable", f"robots.txt cannot be had ({error.reason}: {error.detail})")
        return Protego.parse("")


@dataclass(slots=True)
class _Count:
    tries: int = 0


@contextmanager
def _translated(guard: Guard, manners: Manners) -> Iterator[None]:
    """What urllib3 and the system raise, in our words."""
    late = FetchError("too_slow", f"it took more than {manners.total_seconds:g} seconds")
    try:
        yield
    except FetchError:
        if guard.is_late:
            raise late from None
        raise
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        if guard.is_late:
            raise late from error
        if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
            detail = f"silent for more than {manners.read_seconds:g} seconds"
            raise FetchError("too_slow", detail, is_passing=True) from error
        if isinstance(error, urllib3.exceptions.SSLError):
            raise FetchError("tls", "no secure connection: its certificate or protocol is not accepted") from error
        raise FetchError("broken_answer", f"no whole answer ({type(error).__name__})", is_passing=True) from error


def _body(answer: Any, max_bytes: int, *, is_cut: bool) -> bytes:
    """The content, never more than the limit in memory.

    Raises:
        FetchError: If it is larger.
    """
    large = FetchError("too_large", f"larger than {max_bytes:,} bytes")
    stated = answer.headers.get("Content-Length", "")
    if stated.isdecimal() and int(stated) > max_bytes and not is_cut:
        raise large
    parts, size = [], 0
    while size <= max_bytes and (some := answer.read(_CHUNK, decode_content=False)):
        parts.append(some)
        size += len(some)
    if size > max_bytes and not is_cut:
        raise large
    return b"".join(parts)[:max_bytes]


def _exchange(address: str, ip: str, at: datetime, request: bytes, answer: Any, body: bytes) -> Exchange:
    names = {"transfer-encoding": "X-Crawler-Transfer-Encoding"}
    lines = [f"{names.get(name.lower(), name)}: {text}" for name, text in answer.headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {answer.status} {answer.reason or ''}".rstrip(), *lines, "", ""])
    content, _, parameters = answer.headers.get("Content-Type", "").partition(";")
    charset = parameters.lower().partition("charset=")[2].split(";", maxsplit=1)[0].strip(" \"'")
    return Exchange(
        address=address,
        ip=ip,
        at=at,
        request=request,
        status=int(answer.status),
        head=head.encode("latin-1", "replace"),
        body=body,
        content_type=content.strip().lower(),
        charset=charset,
        encoding=answer.headers.get("Content-Encoding", "").strip().lower().replace("identity", ""),
        location=_location(answer.headers.get("Location", "")),
        retry_after=_retry_after(answer.headers.get("Retry-After", ""), at),
    )


def _location(text: str) -> str:
    """Where a redirect leads; servers send bytes beyond ASCII, which Python reads as Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8").strip()
    except UnicodeError:
        return text.strip()


def _retry_after(text: str, at: datetime) -> float:
    """Seconds that an answer asks to wait; 0 if it asks nothing that can be read."""
    text = text.strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - at).total_seconds())


def _asked_pause(rules: Protego, agent: str) -> float:
    rate = rules.request_rate(agent)
    of_rate = rate.seconds / rate.requests if rate is not None and rate.requests else 0.0
    return max(float(rules.crawl_delay(agent) or 0.0), float(of_rate))


def _told(asked: str, done: list[Exchange], count: _Count) -> Fetched:
    status = done[-1].status
    if 200 <= status < 300:
        return Fetched(asked, tuple(done), tries=count.tries)
    return Fetched(asked, tuple(done), "http_status", f"the host answers {status}", count.tries)


Fetch = Callable[[str], Fetched]
