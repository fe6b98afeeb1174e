"""The command line: one command per job; the only room that prints and exits."""

from citywatch.cli.main import main

__all__ = ["main"]
