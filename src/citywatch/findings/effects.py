"""What published studies of cameras and sensors found, pooled by class of outcome and by level."""

from __future__ import annotations

from dataclasses import dataclass

from citywatch.errors import NoDataError
from citywatch.registry import Registry
from citywatch.registry.effects import by_class_and_level, usable_effects
from citywatch.uncertainty import meta


@dataclass(frozen=True, slots=True)
class PooledClass:
    """Published effects of one class at one level.

    Attributes:
        outcome_class: Class of the outcome.
        level: ``camera_site``, ``area`` or ``city``.
        bounded: Whether errors that are bounds or assumptions were taken too.
        effects: Every effect, several per study where a study has them.
        pooled: One effect per study, pooled; None if refused.
        refused: Why it was not pooled; empty if it was.
    """

    outcome_class: str
    level: str
    bounded: bool
    effects: tuple[meta.Effect, ...]
    pooled: meta.Pooled | None
    refused: str = ""

    @property
    def studies(self) -> int:
        """Independent studies."""
        return len({effect.study for effect in self.effects})


def published_effects(registry: Registry, *, bounded: bool = False) -> tuple[PooledClass, ...]:
    """Pool one effect per study within each class and level.

    The Hartung-Knapp factor is never let below 1: with few studies of unlike precision it would narrow the interval by chance.

    Args:
        registry: The registry.
        bounded: Also take errors that are bounds or rest on an assumed count.
    """
    rows = usable_effects(registry.evaluations, bounded=bounded)
    return tuple(_pool(outcome, level, bounded, effects) for outcome, level, effects in by_class_and_level(rows))


def _pool(outcome: str, level: str, bounded: bool, effects: tuple[meta.Effect, ...]) -> PooledClass:
    try:
        pooled = meta.pool(meta.one_per_study(effects), floor=True)
    except NoDataError as error:
        return PooledClass(outcome, level, bounded, effects, None, str(error))
    return PooledClass(outcome, level, bounded, effects, pooled)
