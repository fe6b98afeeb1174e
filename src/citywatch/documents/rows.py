"""Streams cut into pieces: chunks, lines, rows of CSV, items of JSON arrays; each piece within a limit of bytes."""

from __future__ import annotations

import codecs
import csv
import json
import re
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from citywatch.documents.charset import decode

_CHUNK = 1 << 20
_AGAIN = 4  # times the limit of bytes that a CSV file is read again behind rows that cannot be read
_MOST_FIELD = 2**31 - 1
_SPACE = re.compile(r"[ \t\r\n]*")


def chunks_of(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream in pieces of 1 MB."""
    while chunk := stream.read(_CHUNK):
        yield chunk


def gunzipped(stream: IO[bytes]) -> Iterator[bytes]:
    """Unpacked pieces of at most one megabyte, so that a bomb never unfolds in memory.

    Raises:
        EOFError: If the file ends inside a member.
        zlib.error: If it is no sound gzip.
    """
    unpack = zlib.decompressobj(wbits=31)
    is_open = False
    for chunk in chunks_of(stream):
        rest = chunk
        while rest:
            is_open = True
            yield unpack.decompress(rest, _CHUNK)
            rest = unpack.unconsumed_tail
            if unpack.eof:
                rest, is_open = unpack.unused_data, False
                unpack = zlib.decompressobj(wbits=31)
    if is_open:
        raise EOFError("the gzip stream ends before its end")


def size_of(row: Mapping[str, Any]) -> int:
    """Bytes of the cells of a row."""
    return sum(len(str(cell).encode("utf-8", "replace")) for cell in row.values() if cell is not None)


def items_of(text: str) -> Iterator[tuple[Any, bytes]]:
    """Items of a JSON array one by one, with their bytes.

    Raises:
        ValueError: Where the text is no array any more; what stood before was given.
        RecursionError: If an item is nested too deeply.
    """
    decoder = json.JSONDecoder()
    at, mark = _after_space(text, text.index("[") + 1), ","
    while mark == ",":
        item, end = decoder.raw_decode(text, at)
        yield item, text[at:end].encode("utf-8", "replace")
        end = _after_space(text, end)
        mark, at = text[end : end + 1], _after_space(text, end + 1)
    if mark != "]" or at < len(text):
        raise ValueError("expected the end of the array")


def strings_of(value: Any) -> Iterator[str]:
    """All strings of a JSON value in their order; names are left out."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left.extend(reversed(one.values()))
        elif isinstance(one, list):
            left.extend(reversed(one))


def is_lines(payload: bytes) -> bool:
    """Whether at least every second line looks like a JSON object."""
    lines = [line.strip() for line in payload.removeprefix(codecs.BOM_UTF8).split(b"\n")]
    return 2 * sum(line.startswith(b"{") and line.endswith(b"}") for line in lines) >= sum(map(bool, lines)) > 0


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a CSV file, or what is wrong with it.

    Attributes:
        line: Line on which it begins, from 1.
        cells: Cells as text.
        trouble: Why it cannot be read; empty if it can.
        is_too_large: It is longer than the limit.
    """

    line: int
    cells: list[str] = field(default_factory=list)
    trouble: str = ""
    is_too_large: bool = False


class _TooLargeError(Exception):
    """A row is longer than the limit."""


class CsvRows:
    """Rows of a CSV file, strictly read; empty ones are left out.

    Where a row cannot be read, as behind a quote that is never closed, reading goes on at its second line. So that no file
    is read again and again, this is done for a few times the limit of bytes; then what such a row swallowed is named with it.
    """

    def __init__(self, lines: Iterator[bytes | None], limit: int) -> None:
        self._lines, self._limit, self._left = lines, limit, _AGAIN * limit
        self._back: deque[bytes | None] = deque()
        self._met: list[bytes | None] = []

    def __iter__(self) -> Iterator[_Row]:
        csv.field_size_limit(min(self._limit, _MOST_FIELD))
        first = next(self._lines, b"")
        self._back.append(first)
        rows, at = self._reader(first), 1
        while True:
            self._met = []
            try:
                cells = next(rows)
            except StopIteration:
                return
            except (csv.Error, _TooLargeError) as error:
                is_too_large, met = isinstance(error, _TooLargeError), len(self._met)
                told = "longer than the limit" if is_too_large else str(error)
                if self._is_given_back():
                    yield _Row(at, [], told, is_too_large)
                    at += 1
                else:
                    yield _Row(at, [], f"{told}; lines {at} to {at + met - 1} were not read")
                    at += met
                rows = self._reader(first)
                continue
            if any(cells):
                yield _Row(at, cells)
            at += len(self._met)

    def _reader(self, first: bytes | None) -> Iterator[list[str]]:
        return csv.reader(self._fed(), delimiter=_delimiter(first or b""), strict=True)

    def _is_given_back(self) -> bool:
        """Whether the lines behind the first of the row are read again."""
        swallowed = self._met[1:]
        size = sum(len(line or b"") for line in swallowed)
        if size > self._left:
            return False
        self._left -= size
        self._back.extendleft(reversed(swallowed))
        return True

    def _fed(self) -> Iterator[str]:
        """Lines as text; those of the row that is being read are kept."""
        size = 0
        while True:
            line = self._back.popleft() if self._back else next(self._lines, b"")
            if line == b"":
                return
            size = size + len(line or b"") if self._met else len(line or b"")
            self._met.append(line)
            if line is None or size > self._limit:
                raise _TooLargeError
            yield line.decode("utf-8-sig", "replace")


def _delimiter(first: bytes) -> str:
    if first.count(b"\t") > first.count(b","):
        return "\t"
    return ";" if b"," not in first and b";" in first else ","


class Guarded:
    """Pieces until the stream breaks; what broke it is kept."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.trouble = ""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except (EOFError, zlib.error, OSError) as error:
            self.trouble = f"read up to a break ({type(error).__name__}: {error})"
            raise StopIteration from None


class Lines:
    """Lines of a stream; one longer than the limit is streamed past, and None stands in its place."""

    def __init__(self, chunks: Guarded, limit: int) -> None:
        self._chunks, self._limit = chunks, limit
        self._lines = self._walk()

    @property
    def trouble(self) -> str:
        """What broke the stream off; empty if nothing."""
        return self._chunks.trouble

    def __iter__(self) -> Iterator[bytes | None]:
        return self

    def __next__(self) -> bytes | None:
        return next(self._lines)

    def _pieces(self) -> Iterator[bytes]:
        return self._chunks

    def _walk(self) -> Iterator[bytes | None]:
        rest, is_long = b"", False
        for chunk in self._pieces():
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield None if is_long or len(line) > self._limit else line + b"\n"
                is_long = False
            if len(rest) > self._limit:
                rest, is_long = b"", True
        if rest or is_long:
            yield None if is_long else rest


class Recoded(Lines):
    """Lines in UTF-8, whatever the charset of the stream; it is told by the first piece that is more than ASCII.

    Attributes:
        charset: As told; empty as long as all is ASCII.
    """

    charset = ""

    def _pieces(self) -> Iterator[bytes]:
        decoder = None
        for chunk in self._chunks:
            if not self.charset and not chunk.isascii():
                self.charset = _charset(chunk)
                is_same = self.charset == "utf-8"
                decoder = None if is_same else codecs.getincrementaldecoder(self.charset)("replace")
            yield decoder.decode(chunk).encode("utf-8", "replace") if decoder else chunk
        if decoder:
            yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _charset(piece: bytes) -> str:
    """Charset of a piece of a stream: UTF-8 where more of its characters than of its bytes beyond ASCII are sound."""
    cut = piece.rfind(b"\n") + 1
    found = decode(piece[:cut] if cut and not piece[:cut].isascii() else piece)[1]
    if found.startswith("utf-"):
        return found
    text = piece.decode("utf-8", "replace")
    sound = sum(not one.isascii() for one in text) - text.count("\ufffd")
    return "utf-8" if sound > text.count("\ufffd") else found
