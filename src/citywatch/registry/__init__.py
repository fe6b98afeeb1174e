"""The registry: agreements, their sources, evidence and events, claims and official figures."""

from citywatch.registry.schema import SCHEMA_VERSION, TABLES
from citywatch.registry.store import Registry, check, embedded_folder, load, save, vocabulary_sets

__all__ = ["SCHEMA_VERSION", "TABLES", "Registry", "check", "embedded_folder", "load", "save", "vocabulary_sets"]
