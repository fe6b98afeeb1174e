"""What readers hand on: a document, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from citywatch.errors import InputError
from citywatch.tables import PartialDate


class Reason(StrEnum):
    """Why something was set aside, or what is odd about a document that was read."""

    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    TOO_MUCH_OUTPUT = "too_much_output"
    PARSER_FAILED = "parser_failed"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    BROKEN = "broken"
    ENCRYPTED = "encrypted"
    NO_TEXT = "no_text"
    UNKNOWN_KIND = "unknown_kind"
    UNREADABLE = "unreadable"
    KILLED = "killed"  # the process that read it died, and died again
    BAD_ROW = "bad_row"
    UNDECODABLE_BYTES = "undecodable_bytes"  # read, with replacement characters
    FULL_TEXT = "full_text"  # read, but the main content could not be told from the rest of the page


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bytes came from.

    Attributes:
        path: File or remote path as the user would write it.
        record: Place inside the file (``row 17``, ``offset 1024``); empty if the file is one document.
        kind: ``html``, ``pdf``, ``text``, ``json``, ``csv``, ``parquet``, ``warc`` or ``wet``.
        charset: Charset the bytes were decoded with; empty where the format fixes it.
    """

    path: str
    record: str = ""
    kind: str = ""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One text to be screened.

    Attributes:
        id: SHA-256 of the content as received, hex. The same bytes are the same document.
        address: http(s) address, or empty.
        title: One line, or empty.
        language: ISO 639-1 of the text as detected; empty if it could not be told.
        published: ISO date as partial as it is known (its length is its precision), or empty.
        text: The title on a line of its own (unless the text opens with it), then the text.
        origin: Where it came from.
        flags: What is odd about it.
    """

    id: str
    address: str
    title: str
    language: str
    published: str
    text: str
    origin: Origin
    flags: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        if len(self.id) != 64 or set(self.id) - set("0123456789abcdef"):
            raise InputError(f"document {self.id!r}: expected a SHA-256 in lower-case hex digits")
        if not self.text.strip():
            raise InputError(f"document {self.id}: expected a text; found an empty one")
        if self.published:
            PartialDate.parse(self.published)

    @property
    def published_precision(self) -> str:
        """``day``, ``month``, ``year`` or the empty string."""
        return PartialDate.parse(self.published).precision if self.published else ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something that could not be read.

    Attributes:
        origin: Where it came from.
        reason: One word.
        detail: What happened, in words; never document text.
        address: http(s) address, or empty.
        sha256: Digest of the content, hex; empty where it was not read to its end.
    """

    origin: Origin
    reason: Reason
    detail: str
    address: str = ""
    sha256: str = ""
