"""Documents: bytes of any kind become texts that can be screened, or are set aside by name."""

from citywatch.documents.charset import decode
from citywatch.documents.document import Document, Origin, Reason, SetAside
from citywatch.documents.language import detect_language
from citywatch.documents.readers import Enter, Keep, Read, Reader, ReadOptions, Tally, parse_worker, with_title
from citywatch.documents.sources import Source, digest, expand, without_output

__all__ = [
    "Document",
    "Enter",
    "Keep",
    "Origin",
    "Read",
    "ReadOptions",
    "Reader",
    "Reason",
    "SetAside",
    "Source",
    "Tally",
    "decode",
    "detect_language",
    "digest",
    "expand",
    "parse_worker",
    "with_title",
    "without_output",
]
