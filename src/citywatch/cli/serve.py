"""``citywatch serve``: show a built site on this machine."""

from __future__ import annotations

import argparse
import errno
import functools
import http.server
from http import HTTPStatus
from pathlib import Path
from typing import Any

from citywatch.cli import settings
from citywatch.errors import InputError, OutputError, SettingError

HOST = "127.0.0.1"
DESCRIPTION = "Show a built site on 127.0.0.1. Only this machine can see it. Stop with Ctrl-C."
EPILOG = "examples:\n  citywatch serve\n  citywatch serve --dir build --port 8080\n"
HIGHEST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--dir", help="a build (default: the setting out)")
    parser.add_argument("--port", help="port (default: 8000)")


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    site = Path(settings.resolve("out", options.dir).value) / "site"
    if not (site / "index.html").is_file():
        raise InputError(f"{site}: expected a built site; found none. Run citywatch build first.")
    with open_server(site, _port(options.port)) as server:
        print(f"Citywatch on http://{HOST}:{server.server_address[1]}/ (Ctrl-C stops it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")
    return 0


def _port(flag: str | None) -> int:
    resolved = settings.resolve("port", flag)
    if not (resolved.value.isascii() and resolved.value.isdecimal()) or int(resolved.value) > HIGHEST_PORT:
        raise SettingError(f"port {resolved.value!r} ({resolved.origin}): expected a number from 0 to {HIGHEST_PORT}.")
    return int(resolved.value)


def open_server(site: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of one folder, bound to this machine.

    Args:
        site: Folder with the pages.
        port: Port; 0 for any free one.

    Raises:
        OutputError: If the port cannot be used.
    """
    try:
        return http.server.ThreadingHTTPServer((HOST, port), functools.partial(_Pages, directory=str(site)))
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            raise OutputError(
                f"port {port} on {HOST} cannot be used ({error.strerror}). Choose another --port."
            ) from error
        raise


class _Pages(http.server.SimpleHTTPRequestHandler):
    """Static pages with safe headers and without folder listings."""

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_head(self) -> Any:
        """Refuse an address that no file system can hold."""
        if "%00" in self.path or "\0" in self.path:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return None
        return super().send_head()

    def list_directory(self, _path: Any) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The site's own page where an address does not exist."""
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, _format: str, *_args: Any) -> None:
        """Say nothing: requests are nobody's business."""
