"""What happened: the log, what a crash leaves behind, and the sentence about it at the next start.

One reporter for the whole window: Python's exceptions that nobody caught, Qt's messages, and signals that end
the process (faulthandler) go to the log folder of the data directory. Nothing is sent anywhere.
"""

from __future__ import annotations

import faulthandler
import logging
import sys
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

logger = logging.getLogger(__name__)

MAX_LOG_BYTES = 1 << 20
LOG_NAME = "window.log"
CRASH_NAME = "window-crash.log"
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_crash_file: TextIO | None = None


def start_reporter(log_dir: Path) -> None:
    """Write what happens into the log folder, which exists; called when the engine has made it, once counts."""
    global _crash_file
    if _crash_file is not None:
        return
    # Here, because it brings sockets and pickles, and the first paint needs neither.
    from logging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(log_dir / LOG_NAME, maxBytes=MAX_LOG_BYTES, backupCount=1, encoding="utf-8")
    (log_dir / LOG_NAME).chmod(0o600)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    # Kept open and in a global: faulthandler writes into its descriptor when the process dies.
    _crash_file = (log_dir / CRASH_NAME).open("a", encoding="utf-8")
    (log_dir / CRASH_NAME).chmod(0o600)
    faulthandler.enable(_crash_file)
    sys.excepthook = _on_exception
    qInstallMessageHandler(_on_qt_message)


def tail_of(log_dir: Path, lines: int = 200) -> str:
    """The end of the log and of what a crash left, for "What happened" and "Report a problem"."""
    parts = []
    for name in (CRASH_NAME, LOG_NAME):
        try:
            text = (log_dir / name).read_text("utf-8", "replace").splitlines()[-lines:]
        except OSError:
            continue
        if text:
            parts.append("\n".join([f"--- {name}", *text]))
    return "\n\n".join(parts)


def _on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logger.critical("nobody caught this", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _on_qt_message(kind: QtMsgType, where: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(LEVELS.get(kind, logging.WARNING), message)
