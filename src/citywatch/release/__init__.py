"""A release: one frozen state of the data, its exports and its reader."""

from citywatch.release.folder import BUILD_MANIFEST, output_folder, refuse_foreign
from citywatch.release.freeze import Inputs, freeze
from citywatch.release.reader import Release

__all__ = ["BUILD_MANIFEST", "Inputs", "Release", "freeze", "output_folder", "refuse_foreign"]
