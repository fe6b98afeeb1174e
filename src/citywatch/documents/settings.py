"""How pages are fetched and captures scored, read from ``data/documents/``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Manners:
    """How live pages are fetched; the comments of ``collect.yml`` say what each is. Times in seconds, sizes in bytes."""

    agent: str
    workers: int
    pause_seconds: float
    longest_pause_seconds: float
    tries: int
    backoff_seconds: float
    longest_wait_seconds: float
    redirects: int
    connect_seconds: float
    read_seconds: float
    total_seconds: float
    max_bytes: int
    robots_bytes: int
    retry_statuses: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks that hold no page of the open web.

    Attributes:
        special: What each is for, by network.
        carriers: Networks whose addresses carry an IPv4 address, with the bit it begins at, counted from the right.
    """

    special: Mapping[IPv4Network | IPv6Network, str]
    carriers: Mapping[IPv4Network | IPv6Network, int]


@cache
def manners() -> Manners:
    """The manners in force."""
    raw = read_data("collect.yml")
    fields = {name: raw[name] for name in Manners.__dataclass_fields__}
    return Manners(**fields | {"retry_statuses": tuple(raw["retry_statuses"])})


@cache
def networks() -> Networks:
    """The networks in force."""
    raw = read_data("collect.yml")
    return Networks(
        {ip_network(name): use for name, use in raw["special_networks"].items()},
        {ip_network(name): int(bit) for name, bit in raw["carriers"].items()},
    )


def read_data(name: str) -> Any:
    """One YAML file of the room."""
    return yaml.safe_load((files("citywatch") / "data" / "documents" / name).read_text(encoding="utf-8"))
