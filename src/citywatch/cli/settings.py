"""Settings: flag over environment over ``citywatch.toml`` over default."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from citywatch.errors import SettingError

FILE = "citywatch.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        name: Name in ``citywatch.toml``; ``CITYWATCH_<NAME>`` in the environment.
        default: Value when nothing is set.
        meaning: What it is.
    """

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("registry", "", "folder of the data package; empty: the embedded one"),
    Setting("out", "build", "folder that citywatch build writes"),
    Setting("port", "8000", "port of citywatch serve"),
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A setting in force.

    Attributes:
        value: The value.
        origin: Where it comes from.
    """

    value: str
    origin: str


def resolve(name: str, flag: str | None = None) -> Resolved:
    """The value in force and its origin.

    Raises:
        SettingError: If ``citywatch.toml`` cannot be read or holds an unknown setting.
    """
    setting = next(setting for setting in SETTINGS if setting.name == name)
    variable = f"CITYWATCH_{name.upper()}"
    if flag == "":
        raise SettingError(f"--{name}: expected a value; found an empty one. Is a variable in your shell not set?")
    if flag is not None:
        return Resolved(flag, f"flag --{name}")
    if os.environ.get(variable):
        return Resolved(os.environ[variable], f"environment {variable}")
    from_file = _from_file()
    if name in from_file:
        return Resolved(from_file[name], f"file {FILE}")
    return Resolved(setting.default, "default")


def _from_file() -> dict[str, str]:
    path = Path(FILE)
    if not path.is_file():
        return {}
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(f"{FILE}: cannot be read as TOML ({error}). Mend or remove it.") from error
    known = {setting.name for setting in SETTINGS}
    if unknown := sorted(set(raw) - known):
        raise SettingError(f"{FILE}: unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}.")
    odd = [name for name, value in raw.items() if isinstance(value, bool) or not isinstance(value, str | int)]
    if odd:
        raise SettingError(f"{FILE}: setting {odd[0]!r}: expected a text or a whole number.")
    return {name: str(value) for name, value in raw.items()}
