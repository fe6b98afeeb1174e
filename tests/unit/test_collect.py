"""Collecting live pages from a loopback server that stands for the open web. Nothing here leaves this machine."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import socket
import threading
import time
import tracemalloc
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from protego import Protego
from urllib3.exceptions import HTTPError

from citywatch.cli import collect as command
from citywatch.cli.main import _parser
from citywatch.documents import Document, Reader, collecting, expand
from citywatch.documents.archive import info_record
from citywatch.documents.capture import read_capture, unpacked
from citywatch.documents.collecting import PageStore, read_addresses
from citywatch.documents.fetch import Clock, Fetcher, clean_address
from citywatch.documents.network import FetchError, Network, pool, refusal
from citywatch.documents.settings import manners
from citywatch.errors import InputError, OutputError, SettingError
from citywatch.foreign import ForeignError

PUBLIC = "93.184.216.34"
STORY = "The city signed a contract with the company to install 1,800 cameras and a command centre. " * 20
NAMES = ("story", "captcha", "consent", "gone", "2019/moved", "empty", "real-404", "picture")
CAPTURED = tuple(f"http://a.example/{name}" for name in NAMES)
Answer = Callable[["_Handler"], None]


def page(text: str, title: str = "A contract") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title></head><body><article><p>{text}</p></article></body></html>".encode()


class _Handler(BaseHTTPRequestHandler):
    web: Web
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        host = self.headers["Host"].split(":")[0]
        self.web.asked.append((host, self.path))
        self.web.agents.append(self.headers["User-Agent"])
        answer = self.web.pages.get((host, self.path))
        if answer is None:
            self.give(b"nothing here", status=404)
        else:
            answer(self)

    def give(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        named = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
        for name, text in (named | {name.replace("_", "-"): text for name, text in headers.items()}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Web:
    """A server on loopback, and a network in which every name leads to it."""

    port: int
    pages: dict[tuple[str, str], Answer] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def put(self, address: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.answer(address, lambda handler: handler.give(body, status, **headers))

    def answer(self, address: str, answer: Answer) -> None:
        host, _, path = address.removeprefix("http://").partition("/")
        self.pages[host, f"/{path}"] = answer

    def pages_asked(self) -> list[str]:
        return [path for _, path in self.asked if path != "/robots.txt"]

    @property
    def network(self) -> Network:
        def resolve(host: str, _port: int) -> list[str]:
            self.resolved.append(host)
            return self.names.get(host, [PUBLIC])

        def connect(address: str, _port: int, seconds: float) -> socket.socket:
            self.connected.append(address)
            return socket.create_connection(("127.0.0.1", self.port), seconds)

        return Network(resolve, connect)


@pytest.fixture
def web() -> Iterator[Web]:
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    found = Web(server.server_address[1])
    handler.web = found  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


class QuickClock(Clock):
    """Waits without waiting, and remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

    def seconds(self) -> float:
        return self.passed

    def wait(self, seconds: float) -> None:
        super().wait(0)
        self.waits.append(round(seconds, 3))
        self.passed += seconds


def fetcher(web: Web, **changes: Any) -> Fetcher:
    return Fetcher(replace(manners(), **changes), web.network, QuickClock(), version="1")


def waits(fetcher: Fetcher) -> list[float]:
    assert isinstance(fetcher.clock, QuickClock)
    return fetcher.clock.waits


def gather(web: Web, addresses: list[str], tmp_path: Path, **changes: Any) -> dict[str, dict[str, Any]]:
    store = PageStore(tmp_path / "out", "0" * 12)
    rows: list[dict[str, Any]] = []
    collecting.collect(addresses, fetcher(web, **changes), store, read_capture, is_resumed=False, done=rows.append)
    (tmp_path / "out").mkdir()
    store.finish(tmp_path / "out")
    return {row["asked"]: row for row in rows}


# addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "192.0.0.8", "::1", "::",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::",
        "2001::1",
        "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "2606:4700::1111%1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1",
        "4000::1", "", "localhost", "127.1",
    ],
)  # fmt: skip
def test_addresses_inside_are_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "172.32.0.1", "100.128.0.1", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_addresses_of_the_open_web_pass(address: str) -> None:
    assert refusal(address) == ""


@pytest.mark.parametrize(
    "text",
    [
        "ftp://a.example/", "file:///etc/passwd", "a.example/x", "http://", "http:///x", "http://user@a.example/", "http://a.example@10.0.0.1/",
        "http://a.example/a b", "http://a.example/\r\nX: y", "javascript:alert(1)", "http://a.example\\@10.0.0.1/",
        "http://a/" + 5000 * "x",
        "",
        "http://a.example:99999/", "http://[::1/",
    ],
)  # fmt: skip
def test_odd_addresses_are_named(text: str) -> None:
    with pytest.raises(FetchError, match="bad_address"):
        clean_address(text)


def test_addresses_are_cleaned() -> None:
    assert (
        clean_address("HTTP://Bücher.Example/ä?q=平安#part")
        == "http://xn--bcher-kva.example/%C3%A4?q=%E5%B9%B3%E5%AE%89"
    )
    assert clean_address("https://a.example") == "https://a.example/"


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:192.168.0.1"])
def test_a_name_that_leads_inside_is_never_connected_to(web: Web, inside: str) -> None:
    web.names["trap.example"] = [inside]
    found = fetcher(web).fetch("http://trap.example/secret")
    assert (found.reason, found.exchanges) == ("refused_address", ())
    assert inside in found.detail
    assert web.connected == []


def test_one_bad_address_among_good_ones_is_enough(web: Web) -> None:
    web.names["mixed.example"] = [PUBLIC, "10.0.0.1"]
    assert fetcher(web).fetch("http://mixed.example/").reason == "refused_address"
    assert web.connected == []


def test_the_real_network_refuses_loopback_and_its_spellings(web: Web) -> None:
    plain = Fetcher(manners(), clock=QuickClock())
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]"):
        assert plain.fetch(f"http://{host}:{web.port}/").reason == "refused_address", host
    assert web.asked == []


def test_no_environment_opens_the_network(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{web.port}")
    monkeypatch.setenv("no_proxy", "")
    assert Fetcher(manners(), clock=QuickClock()).fetch(f"http://localhost:{web.port}/").reason == "refused_address"
    assert web.asked == []


def test_a_redirect_inside_is_refused(web: Web, tmp_path: Path) -> None:
    web.names["inside.example"] = ["192.168.0.1"]
    web.put("http://a.example/named", status=302, Location="http://inside.example/admin")
    web.put("http://a.example/bare", status=301, Location="http://169.254.169.254/latest/meta-data/")
    web.names["169.254.169.254"] = ["169.254.169.254"]
    rows = gather(web, ["http://a.example/named", "http://a.example/bare"], tmp_path)
    for row in rows.values():
        assert (row["outcome"], row["reason"]) == ("set_aside", "refused_address")
    assert set(web.connected) == {PUBLIC}


def test_a_name_that_changes_between_check_and_connection_gains_nothing(web: Web) -> None:
    answers = iter([[PUBLIC], [PUBLIC], ["127.0.0.1"]])
    inner = web.network
    web.put("http://rebind.example/", page(STORY))

    def resolve(host: str, _port: int) -> list[str]:
        web.resolved.append(host)
        return next(answers)

    network = Network(resolve, inner.connect)
    found = Fetcher(manners(), network, QuickClock()).fetch("http://rebind.example/")
    assert found.reason == ""
    assert len(web.resolved) == len(web.connected) == 2  # robots.txt and the page: one look-up for each connection
    assert Fetcher(manners(), network, QuickClock()).fetch("http://rebind.example/").reason == "refused_address"
    assert web.connected == [PUBLIC, PUBLIC]


# limits


def test_huge_bodies_stated_or_not(web: Web) -> None:
    sent = 0

    def endless(handler: _Handler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        try:
            for _ in range(2000):
                handler.wfile.write(b"x" * 65_536)
                sent += 65_536
        except OSError:
            pass
        handler.close_connection = True

    def lying(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()

    web.answer("http://a.example/endless", endless)
    web.answer("http://a.example/lying", lying)
    one = fetcher(web, max_bytes=200_000)
    assert one.fetch("http://a.example/endless").reason == "too_large"
    assert sent < 20_000_000
    assert one.fetch("http://a.example/lying").reason == "too_large"


def test_a_bomb_is_not_unfolded(web: Web, tmp_path: Path) -> None:
    web.put("http://a.example/bomb", gzip.compress(b"\0" * 5_000_000), Content_Encoding="gzip")
    web.put("http://a.example/fine", gzip.compress(page(STORY)), Content_Encoding="gzip")
    rows = gather(web, ["http://a.example/bomb", "http://a.example/fine"], tmp_path, max_bytes=1_000_000)
    assert rows["http://a.example/bomb"]["reason"] == "too_large"
    assert rows["http://a.example/fine"]["capture"] == "article"
    assert rows["http://a.example/fine"]["sha256"] == hashlib.sha256(page(STORY)).hexdigest()


def test_unpacking_never_holds_more_than_the_limit() -> None:
    pack = zlib.compressobj(wbits=31)
    bomb = b"".join(pack.compress(b"\0" * 1_000_000) for _ in range(100)) + pack.flush()
    tracemalloc.start()
    try:
        with pytest.raises(ForeignError, match="larger"):
            unpacked(bomb, "gzip", 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert unpacked(zlib.compress(b"text"), "deflate", 10) == b"text"
    with pytest.raises(ForeignError, match="broken"):
        unpacked(b"no gzip", "gzip", 10)
    with pytest.raises(ForeignError, match="did not ask"):
        unpacked(b"x", "br", 10)


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_host_that_drips_is_cut(web: Web, part: str) -> None:
    def drip(handler: _Handler) -> None:
        try:
            handler.wfile.write(
                b"HTTP/1.1 200 OK\r\nX-Slow: " if part == "head" else b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
            )
            for _ in range(200):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass
        handler.close_connection = True

    web.answer("http://a.example/slow", drip)
    started = time.monotonic()
    found = fetcher(web, total_seconds=0.6).fetch("http://a.example/slow")
    assert found.reason == "too_slow"
    assert found.tries == 1
    assert time.monotonic() - started < 5


def test_a_silent_host_is_tried_again_and_given_up(web: Web) -> None:
    def silent(handler: _Handler) -> None:
        time.sleep(0.6)
        handler.close_connection = True

    web.answer("http://a.example/silent", silent)
    found = fetcher(web, read_seconds=0.2, tries=2).fetch("http://a.example/silent")
    assert (found.reason, found.tries) == ("too_slow", 2)


def test_a_body_that_breaks_off_is_no_page(web: Web) -> None:
    def cut(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"<p>half")
        handler.close_connection = True

    web.answer("http://a.example/cut", cut)
    found = fetcher(web).fetch("http://a.example/cut")
    assert (found.reason, found.tries) == ("broken_answer", 3)


def test_endless_redirects_end(web: Web) -> None:
    for step in range(50):
        web.put(f"http://a.example/{step}", status=302, Location=f"/{step + 1}")
    found = fetcher(web).fetch("http://a.example/0")
    assert found.reason == "too_many_redirects"
    assert web.pages_asked() == [f"/{step}" for step in range(manners().redirects + 1)]


# manners


def test_robots_are_obeyed_on_each_hop(web: Web) -> None:
    web.put("http://a.example/robots.txt", b"User-agent: citywatch\nDisallow: /private\n\nUser-agent: *\nDisallow:\n")
    web.put("http://b.example/to-private", status=302, Location="http://a.example/private/x")
    web.put("http://a.example/open", page(STORY))
    one = fetcher(web)
    assert one.fetch("http://a.example/private/x").reason == "robots"
    assert one.fetch("http://b.example/to-private").reason == "robots"
    assert one.fetch("http://a.example/open").reason == ""
    assert ("a.example", "/private/x") not in web.asked
    assert web.asked.count(("a.example", "/robots.txt")) == 1
    assert all(agent.startswith("Citywatch/1 (") for agent in web.agents)


def test_robots_that_cannot_be_had_close_the_host(web: Web) -> None:
    web.put("http://a.example/robots.txt", b"", status=503)
    web.put("http://a.example/x", page(STORY))
    assert fetcher(web).fetch("http://a.example/x").reason == "robots_unavailable"
    assert web.pages_asked() == []


def test_robots_with_an_endless_file_and_redirects(web: Web) -> None:
    web.put("http://a.example/robots.txt", status=301, Location="http://b.example/robots.txt")
    rules = b"User-agent: *\nDisallow: /x\n" + b"#" * 2_000_000
    web.put("http://b.example/robots.txt", rules, Content_Type="text/plain")
    assert fetcher(web).fetch("http://a.example/x").reason == "robots"


def test_pauses_per_host_and_those_a_host_asks_for(web: Web) -> None:
    for host in ("a.example", "b.example"):
        for name in "12":
            web.put(f"http://{host}/{name}", page(STORY))
    web.put("http://b.example/robots.txt", b"User-agent: *\nCrawl-delay: 7\n")
    web.put("http://c.example/robots.txt", b"User-agent: *\nCrawl-delay: 900\n")
    one = fetcher(web, pause_seconds=2)
    for path in "12":
        assert one.fetch(f"http://a.example/{path}").reason == ""
    assert waits(one) == [0, 2, 2]
    two = fetcher(web, pause_seconds=2)
    for path in "12":
        assert two.fetch(f"http://b.example/{path}").reason == ""
    assert waits(two) == [0, 2, 7]
    assert two.fetch("http://c.example/1").reason == "robots"


def test_429_waits_as_long_as_it_is_asked_to(web: Web) -> None:
    left = [429, 429]

    def busy(handler: _Handler) -> None:
        if left:
            handler.give(b"", left.pop(), Retry_After="17")
        else:
            handler.give(page(STORY))

    web.answer("http://a.example/busy", busy)
    one = fetcher(web, pause_seconds=1)
    found = one.fetch("http://a.example/busy")
    assert (found.reason, found.tries) == ("", 3)
    assert waits(one) == [0, 1, 17, 17]


def test_retry_after_may_be_a_date_and_may_be_too_long(web: Web) -> None:
    moment = format_datetime(datetime(2026, 11, 24, 10, 0, 33, tzinfo=UTC), usegmt=True)
    web.put("http://a.example/date", b"", 503, Retry_After=moment)
    web.put("http://b.example/long", b"", 429, Retry_After="86400")
    one = fetcher(web, pause_seconds=1)
    found = one.fetch("http://a.example/date")
    assert (found.reason, found.detail, found.tries) == ("http_status", "the host answers 503", 3)
    assert waits(one) == [0, 1, 33, 33]
    assert fetcher(web).fetch("http://b.example/long").reason == "told_to_wait"
    assert web.pages_asked().count("/long") == 1


# captures, archive, resuming


def captures(web: Web, tmp_path: Path) -> dict[str, dict[str, Any]]:
    site = "http://a.example"
    web.put(f"{site}/story", page(STORY))
    web.put(f"{site}/captcha", page("Checking your browser before accessing. Ray ID: 8f", "Just a moment..."))
    web.put(
        f"{site}/consent",
        page("We value your privacy. We and our 842 partners store cookies. Accept all. Reject all."),
    )
    web.put(f"{site}/gone", page("Sorry, the page you are looking for is no longer here.", "Page not found"))
    web.put(f"{site}/2019/moved", status=302, Location="/")
    web.put(f"{site}/", page("Latest news from the region. " * 40, "Daily"))
    web.put(f"{site}/empty", page(""))
    web.put(f"{site}/real-404", page(STORY), status=404)
    web.put(f"{site}/picture", b"\x89PNG", Content_Type="image/png")
    return gather(web, list(CAPTURED), tmp_path)


def test_captures_are_scored_with_reasons(web: Web, tmp_path: Path) -> None:
    rows = {name.removeprefix("http://a.example/"): row for name, row in captures(web, tmp_path).items()}
    kinds = {name: row["capture"] or row["reason"] for name, row in rows.items()}
    assert kinds == {
        "story": "article",
        "captcha": "captcha",
        "consent": "consent_wall",
        "gone": "soft_404",
        "2019/moved": "soft_404",
        "empty": "empty",
        "real-404": "http_status",
        "picture": "unknown_kind",
    }
    assert rows["story"]["score"] == 1
    assert all(row["score"] < 0.4 for name, row in rows.items() if row["capture"] and name != "story")
    assert "captcha-title" in rows["captcha"]["because"]
    assert "sent-home" in rows["2019/moved"]["because"]
    assert rows["2019/moved"]["hops"] == "http://a.example/2019/moved"


def test_the_archive_holds_every_answer_with_its_digest(web: Web, tmp_path: Path) -> None:
    rows = captures(web, tmp_path)
    seen: dict[str, list[str]] = defaultdict(list)
    with (tmp_path / "out" / "pages.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False):
            block = record.reader.read()
            assert record.headers["WARC-Block-Digest"] == f"sha256:{hashlib.sha256(block).hexdigest()}"
            if record.record_type == WarcRecordType.response:
                payload = block.split(b"\r\n\r\n", 1)[1]
                assert record.headers["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(payload).hexdigest()}"
                assert record.headers["WARC-IP-Address"] == PUBLIC
                seen[record.headers["WARC-Target-URI"]].append(hashlib.sha256(payload).hexdigest())
    assert seen["http://a.example/story"] == [rows["http://a.example/story"]["sha256"]]
    assert set(seen) == {*rows, "http://a.example/"}
    reader = Reader()
    documents = [one for source in expand([str(tmp_path / "out" / "pages.warc.gz")]) for one in reader.read(source)]
    reader.close()
    ids = {one.address: one.id for one in documents if isinstance(one, Document)}
    assert ids["http://a.example/story"] == rows["http://a.example/story"]["sha256"]
    assert "http://a.example/real-404" not in ids
    with (tmp_path / "out" / "captures.csv").open(encoding="utf-8") as lines:
        assert [row["asked"] for row in csv.DictReader(lines)] == list(CAPTURED)


@pytest.mark.parametrize("torn", ["archive", "journal", "both"])
def test_resuming_after_a_kill_fetches_nothing_twice_and_loses_nothing(web: Web, tmp_path: Path, torn: str) -> None:
    addresses = [f"http://a.example/{number}" for number in range(6)]
    for address in addresses:
        web.put(address, page(STORY + address))
    store = PageStore(tmp_path / "out", "0" * 12)

    class KilledError(Exception):
        pass

    finished: list[str] = []

    def die(row: dict[str, Any]) -> None:
        finished.append(row["asked"])
        if len(finished) == 3:
            raise KilledError

    with pytest.raises(KilledError):
        collecting.collect(addresses, fetcher(web), store, read_capture, is_resumed=False, done=die)
    if torn in ("archive", "both"):
        with (store.folder / "pages.warc.gz.part").open("ab") as stream:
            stream.write(b"\x1f\x8b\x08 half a record")
    if torn in ("journal", "both"):
        with (store.folder / "journal.jsonl").open("ab") as stream:
            stream.write(b'{"end": 99999999, "row": {"posi')
    web.asked.clear()
    rows: list[dict[str, Any]] = []
    collecting.collect(addresses, fetcher(web), store, read_capture, is_resumed=True, done=rows.append)
    assert sorted(row["asked"] for row in rows) == addresses
    assert not {f"http://a.example{path}" for path in web.pages_asked()} & set(finished)
    (tmp_path / "out").mkdir()
    store.finish(tmp_path / "out")
    with (tmp_path / "out" / "pages.warc.gz").open("rb") as archive:
        named = [
            record.headers["WARC-Target-URI"]
            for record in ArchiveIterator(archive, record_types=WarcRecordType.response)
        ]
    assert sorted(named) == addresses
    with (tmp_path / "out" / "captures.csv").open(encoding="utf-8") as lines:
        assert [row["asked"] for row in csv.DictReader(lines)] == addresses


def test_an_interrupted_run_ends_at_once(web: Web, tmp_path: Path) -> None:
    """A page that drips for a minute and a host that waits for its turn hold nobody up."""
    started = threading.Event()

    def drip(handler: _Handler) -> None:
        started.set()
        try:
            for _ in range(600):
                handler.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            pass
        handler.close_connection = True

    web.answer("http://a.example/slow", drip)
    web.put("http://b.example/1", page(STORY))
    slow = Fetcher(replace(manners(), pause_seconds=60), web.network, version="1")
    slow._robots = {f"http://{host}.example": Protego.parse("") for host in "ab"}

    def interrupt(_: dict[str, Any]) -> None:
        started.wait(5)
        raise KeyboardInterrupt

    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        collecting.collect(
            ["http://a.example/slow", "http://b.example/1", "http://b.example/2"], slow, PageStore(tmp_path / "out", "0" * 12),
            read_capture, is_resumed=False, done=interrupt,
        )  # fmt: skip
    assert time.monotonic() - before < 20


def test_finished_pages_are_kept_unless_they_are_removed_and_a_foreign_folder_is_refused(
    web: Web, tmp_path: Path
) -> None:
    web.put("http://a.example/x", page(STORY))
    store = PageStore(tmp_path / "out", "0" * 12)

    def run() -> None:
        collecting.collect(
            ["http://a.example/x"], fetcher(web), store, read_capture, is_resumed=False, done=lambda _: None
        )

    run()
    with pytest.raises(OutputError, match=r"an interrupted run finished \(pages: 1\).*--resume"):
        run()
    assert web.pages_asked() == ["/x"]
    store.remove()
    run()
    assert web.pages_asked() == ["/x", "/x"]
    store.remove()
    store.folder.mkdir()
    (store.folder / "mine.txt").touch()
    with pytest.raises(OutputError, match="another folder"):
        store.open(info_record(datetime.now(UTC), "1", "x", name="x"), is_resumed=False)


def test_the_list(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(
        "\ufeffhttp://a.example/1\n# no\n\nHTTP://A.example/1#part\nhttp://b.example/\n", encoding="utf-8"
    )
    assert read_addresses([f"@{tmp_path}/list.txt", "-"], ["http://c.example/\n"]) == [
        "http://a.example/1",
        "http://b.example/",
        "http://c.example/",
    ]
    assert read_addresses(["http://a.example/\udcff"], []) == [r"http://a.example/\udcff"]
    with pytest.raises(InputError, match="nothing to collect"):
        read_addresses(["-"], ["\n"])


def run(arguments: list[str], network: Network | None = None) -> int:
    options = _parser(["collect", *arguments]).parse_args(["collect", *arguments])
    return command.run(options, network)


def test_the_command(web: Web, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    web.put("http://a.example/x", page(STORY))
    web.names["inside.example"] = ["10.0.0.1"]
    out = tmp_path / "pages"
    arguments = [
        "http://a.example/x",
        "http://inside.example/",
        "nonsense",
        "--out",
        str(out),
        "--pause",
        "0.5",
        "--json",
    ]
    assert run(arguments, web.network) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["counts"] == {"article": 1, "set_aside: bad_address": 1, "set_aside: refused_address": 1}
    assert json.loads((out / "run.json").read_text())["counts"] == facts["counts"]
    assert {path.name for path in out.iterdir()} == {
        "pages.warc.gz",
        "captures.csv",
        "run.json",
        "citywatch-build.json",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["pages"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--pause", "0"],
        ["--workers", "0"],
        ["--contact", "a\r\nX: y"],
        ["--max-bytes", "-1"],
        ["--seconds", "inf"],
        ["--pause", "nan"],
    ],
)
def test_the_command_refuses_nonsense(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SettingError):
        run(["http://a.example/", "--out", str(tmp_path / "out"), *wrong])


def test_https_that_is_none_is_named(web: Web) -> None:
    found = fetcher(web).fetch("https://a.example/x")
    assert (found.reason, found.exchanges) == ("robots_unavailable", ())
    assert "(tls" in found.detail
    assert web.asked == []


@pytest.mark.parametrize(
    ("scheme", "port", "expected"), [("http", None, 80), ("https", None, 443), ("http", 8080, 8080)]
)
def test_an_ipv6_address_keeps_its_last_group(scheme: str, port: int | None, expected: int) -> None:
    asked = []

    class Told:
        def open(self, host: str, port: int) -> socket.socket:
            asked.append((host, port))
            raise OSError("enough")

    with pytest.raises((OSError, HTTPError)):
        pool(scheme, "2001:db8::1:8081", port, Told()).urlopen("GET", "/")  # type: ignore[arg-type]
    assert asked == [("2001:db8::1:8081", expected)]
