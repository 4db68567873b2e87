"""Model files of our own that were deleted, kept for a day so that it can be undone; then their space is free.

Only files in the models folder of our own data are ever deleted: what other programs keep is theirs. All parts of
a model in several files go and come together. The trash lies in the same folder, so that moving costs nothing.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from engine.errors import ModelError, ModelNotFoundError, UsageError
from engine.llm.discovery import parts_of

__all__ = ["ModelTrash"]

# A model is gigabytes: what is thrown away is wanted back soon or never.
KEPT_S = 24 * 3600
_FOLDER = ".trash"


class ModelTrash:
    """Deletes and restores models in a folder; blocking.

    Args:
        folder: of our own models.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trash = folder / _FOLDER

    def owns(self, path: Path) -> bool:
        """Whether a model is ours to delete: a real file or folder in our folder, not a link out of it."""
        real = Path(os.path.realpath(path))
        return real.is_relative_to(os.path.realpath(self._folder)) and not path.is_symlink()

    def delete(self, path: Path) -> str:
        """Move a model into the trash; the ticket that `restore` takes.

        Raises:
            UsageError: it is not ours.
            ModelNotFoundError: it is not there any more.
            ModelError: the disk refuses.
        """
        if not self.owns(path):
            raise UsageError(f"{path.name} belongs to another program or folder; delete it there.")
        if not path.exists():
            raise ModelNotFoundError(f"There is no model file {path}; it was deleted already.")
        self.purge()
        ticket = f"{time.time_ns()}-{path.name}"
        try:
            for part in [path] if path.is_dir() else [p for p in parts_of(path)[0] if p.exists()]:
                target = self._trash / ticket / part.relative_to(self._folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                part.rename(target)
        except OSError as exc:
            raise ModelError(f"{path.name} could not be deleted ({exc.strerror}).") from exc
        return ticket

    def restore(self, ticket: str) -> None:
        """Put a model back where it was.

        Raises:
            ModelNotFoundError: its time is over, or another file has its place.
        """
        place = self._trash / Path(ticket).name
        found = [path for path in place.rglob("*") if path.is_file()] if ticket else []
        if not found:
            raise ModelNotFoundError("It is not in the trash any more.")
        for path in found:
            target = self._folder / path.relative_to(place)
            if target.exists():
                raise ModelNotFoundError(f"Another file is named {target.name} now; it stays in the trash.")
        for path in found:
            target = self._folder / path.relative_to(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        shutil.rmtree(place, ignore_errors=True)

    def purge(self, now: float | None = None) -> None:
        """Delete for good what has been in the trash for longer than a day."""
        before = ((time.time() if now is None else now) - KEPT_S) * 1e9
        for place in self._trash.glob("*-*") if self._trash.is_dir() else ():
            began = place.name.split("-", 1)[0]
            if began.isdigit() and int(began) <= before:
                shutil.rmtree(place, ignore_errors=True)
