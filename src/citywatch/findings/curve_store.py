"""A curve on disk: its points, the answer, the hashes of what went in, and the draws of the joint test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch import __version__
from citywatch.errors import OutputError
from citywatch.findings.curve import Curve
from citywatch.findings.curve_fit import Point
from citywatch.findings.curve_test import JointTest
from citywatch.findings.facts import read
from citywatch.indicators import Indicators
from citywatch.registry import Registry

ANSWER, POINTS, JOINT, STEPS = "citywatch-curve.json", "points.parquet", "joint.json", "joint"
FACTS = ("curves.yml", "scenarios.yml", "rules.yml", "settings.yml")
Matrix = NDArray[np.float64]


def input_hashes(registry: Registry, indicators: Indicators) -> dict[str, str]:
    """SHA-256 of everything a curve is made from: tables, declarations and the version of the program.

    Args:
        registry: The registry.
        indicators: The indicators.
    """
    folder = files("citywatch") / "data" / "findings"
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FACTS}
    for name in ("agreements", "evidence", "sources", "vendors"):
        hashes[f"registry/{name}"] = _frame_hash(getattr(registry, name))
    for name in ("freedom", "income", "regions", "population", "eligible"):
        hashes[f"indicators/{name}"] = _frame_hash(getattr(indicators, name))
    return {**hashes, "citywatch": __version__}


def _frame_hash(frame: pd.DataFrame) -> str:
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


class Folder:
    """The folder of one curve.

    Args:
        path: The folder; made where it is not there.
        name: Word of the question.
        hashes: Hashes of what goes in.

    Raises:
        OutputError: If the folder holds anything that ``citywatch curve`` did not write for this question.
    """

    def __init__(self, path: Path, name: str, hashes: dict[str, str]) -> None:
        self.path, self.name, self.hashes = path, name, hashes
        self._refuse_strange()
        self.is_current = self._stored() == hashes
        if not self.is_current:
            self._clear()
        try:
            (path / STEPS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{path}: cannot be written ({error.strerror}). Check the path and its permissions."
            ) from error

    def write(self, found: Curve) -> None:
        """Keep the points and the answer; the same curve gives the same bytes."""
        frame = points_frame(found.points)
        frame.to_parquet(self.path / POINTS, index=False, compression="zstd")
        content = {"question": self.name, "input_sha256": self.hashes, **found.to_dict()}
        self._write(ANSWER, content)

    def write_test(self, test: JointTest) -> None:
        """Keep the result of the joint test."""
        self._write(JOINT, {"input_sha256": self.hashes, **test.to_dict()})

    def steps(self) -> tuple[Callable[[int], dict[str, Matrix] | None], Callable[[int, dict[str, Matrix]], None]]:
        """How steps of the joint test are found and kept."""
        return self._known, self._keep

    def _known(self, first: int) -> dict[str, Matrix] | None:
        path = self._step(first)
        if not path.is_file():
            return None
        frame = pd.read_parquet(path)
        return {str(name): frame[name].to_numpy("float64") for name in frame.columns}

    def _keep(self, first: int, values: dict[str, Matrix]) -> None:
        path = self._step(first)
        part = path.with_suffix(".part")
        pd.DataFrame(values).to_parquet(part, index=False)
        part.replace(path)

    def _step(self, first: int) -> Path:
        return self.path / STEPS / f"{first:07d}-{read('curves')['chunk']}.parquet"

    def _write(self, name: str, content: dict[str, Any]) -> None:
        part = self.path / f"{name}.part"
        part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        part.replace(self.path / name)

    def _stored(self) -> dict[str, str] | None:
        try:
            content = json.loads((self.path / ANSWER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise OutputError(f"{self.path / ANSWER}: cannot be read ({error}). Remove the folder.") from error
        return dict(content["input_sha256"])

    def _refuse_strange(self) -> None:
        text = read("curves")["common"]["refusals"]["folder"].format(folder=self.path, name=self.name)
        if self.path.is_file():
            raise OutputError(text)
        if not self.path.is_dir() or not any(self.path.iterdir()):
            return
        try:
            content = json.loads((self.path / ANSWER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise OutputError(text) from None
        if content.get("question") != self.name:
            raise OutputError(text)

    def _clear(self) -> None:
        """Remove what an older input gave: only the files that this class writes."""
        for path in (*self.path.glob(f"{STEPS}/*.parquet"), self.path / POINTS, self.path / JOINT):
            path.unlink(missing_ok=True)


def points_frame(points: Iterable[Point]) -> pd.DataFrame:
    """One row per specification: id, the choices, the number, its sizes, and why it was refused.

    Args:
        points: The specifications.
    """
    return pd.DataFrame(
        [
            {
                "id": point.spec.id,
                **point.spec.chosen,
                "is_aside": point.spec.is_aside,
                "ratio": float(f"{point.ratio:.10g}"),
                "low": float(f"{point.low:.10g}"),
                "high": float(f"{point.high:.10g}"),
                "agreements": point.agreements,
                "countries": point.countries,
                "adopting": point.adopting,
                "refused": point.refused,
            }
            for point in points
        ]
    )
