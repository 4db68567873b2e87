"""What the window remembers between starts: place, panel, drafts, answers to "ask once".

One JSON file in the data directory, written whole and renamed into place, read before the engine is there.
It holds nothing that lasts: deleting it loses the place of the window and the drafts.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

FILE_NAME = "window.json"


class WindowState:
    """Values by name; `set` writes the file."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME
        self._values = _read(self._path)
        self._may_write = False

    def allow_writing(self) -> None:
        """Write from now on; called when the engine has made the directory ours, never before."""
        self._may_write = True
        self._write()

    @property
    def may_write(self) -> bool:
        """Whether the directory is ours: now, or at an earlier start."""
        return self._may_write or self._path.exists()

    def get(self, name: str, default: Any = None) -> Any:
        """A value as JSON knows it."""
        return self._values.get(name, default)

    def set(self, name: str, value: Any) -> None:
        """Keep a value that JSON can hold; None forgets it."""
        if self._values.get(name) == value:
            return
        if value is None:
            self._values.pop(name, None)
        else:
            self._values[name] = value
        self._write()

    def _write(self) -> None:
        if not self._may_write:
            return
        fresh = self._path.with_suffix(".new")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self._values, file, ensure_ascii=False, indent=1)
            fresh.replace(self._path)
        except OSError as error:
            logger.warning("the window's state was not kept: %s", error)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
