"""A log file that nobody has to read about: where it cannot be written, lines are dropped and it is tried again.

Python's own handlers print a traceback to stderr for every line that a full disk refuses, among what a person
reads there. What went wrong with the disk is said where somebody asked for something; here it is noted when
lines can be written again.
"""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

__all__ = ["LogFile"]

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LogFile(RotatingFileHandler):
    """Writes a log that only its owner may read; opened with its first line.

    Args:
        max_bytes: a larger one is set aside; one older file is kept.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        super().__init__(path, maxBytes=max_bytes, backupCount=1, encoding="utf-8", delay=True)
        self.setFormatter(logging.Formatter(_FORMAT))
        self._trouble = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, and after the first one behind a trouble what that was."""
        before, self._trouble = self._trouble, ""
        super().emit(record)
        if before and not self._trouble:
            words = f"lines are missing before the last one: {before}"
            super().emit(logging.LogRecord(__name__, logging.WARNING, __file__, 0, words, None, None))

    def handleError(self, record: logging.LogRecord) -> None:
        """Called where a line could not be written: a disk's refusal is kept for later, a fault of ours is printed."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self._trouble = error.strerror or type(error).__name__
        else:
            super().handleError(record)

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        os.chmod(self.baseFilename, 0o600)
        return stream
