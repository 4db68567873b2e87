"""What is said of models whose chat template cannot be used; known when a model was loaded once, kept in a cache file.

The template itself is only ever tried in the model's worker; a list of models reads headers.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

__all__ = ["NO_TEMPLATE_NOTE", "TemplateNotes"]

NO_TEMPLATE_NOTE = "This model's file has no chat template; a common one is used, and its answers may suffer."
_FILE = "template_notes.json"


class TemplateNotes:
    """The notes of model files as they are now.

    Args:
        folder: of caches.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._notes = _load(self._path)

    def find(self, model: Path) -> str | None:
        """The note on a file, "" where its own template is used; None where nobody loaded it."""
        return self._notes.get(_key(model))

    def keep(self, model: Path, note: str) -> None:
        """Remember what loading showed; blocking where it is new."""
        key = _key(model)
        if not key or self._notes.get(key) == note:
            return
        # Another process may have loaded another model meanwhile.
        self._notes = {**_load(self._path), key: note}
        with contextlib.suppress(OSError):
            self._path.touch(mode=0o600)
            self._path.write_text(json.dumps(self._notes), "utf-8")


def _key(model: Path) -> str:
    try:
        stat = model.stat()
    except OSError:
        return ""
    return f"{model}|{stat.st_size}|{stat.st_mtime_ns}"


def _load(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
