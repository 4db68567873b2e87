"""What happened: the log, what a crash leaves behind, and the sentence about it at the next start.

One reporter for the whole window: Python's exceptions that nobody caught, Qt's messages, and signals that end
the process (faulthandler) go to the log folder of the data directory. Nothing is sent anywhere.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

logger = logging.getLogger(__name__)

MAX_LOG_BYTES = 1 << 20
LOG_NAME = "window.log"
CRASH_NAME = "window-crash.log"
# What an earlier run left; the file above is always of the run that writes it.
OLD_CRASH_NAME = "window-crash.1.log"
BEGAN = "the window began"
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_crash_file: TextIO | None = None
_is_started = False


@dataclass(frozen=True)
class LastRun:
    """What the run before this one wrote.

    Attributes:
        began: date and time, "" where that is not known.
        crash: what Python wrote when a fault ended it; "" where no fault did.
        log: its lines.
    """

    began: str = ""
    crash: str = ""
    log: tuple[str, ...] = ()


_last_run = LastRun()


def last_run() -> LastRun:
    """What was there when `start_reporter` was called."""
    return _last_run


def read_last_run(log_dir: Path) -> LastRun:
    """As long as this run has written nothing."""
    lines = _lines_of(log_dir / LOG_NAME)
    begun = [i for i, line in enumerate(lines) if line.endswith(BEGAN)]
    began = " ".join(lines[begun[-1]].split(",")[0].split()) if begun else ""
    return LastRun(began, "\n".join(_lines_of(log_dir / CRASH_NAME)), tuple(lines[begun[-1] + 1 :] if begun else lines))


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def start_reporter(log_dir: Path) -> None:
    """Write what happens into the log folder, which exists; called when the engine has made it, once counts."""
    global _crash_file, _last_run, _is_started
    if _is_started:
        return
    _is_started = True
    # Here, because it brings sockets and pickles, and the first paint needs neither.
    from engine.log_file import LogFile

    _last_run = read_last_run(log_dir)
    logging.getLogger().addHandler(LogFile(log_dir / LOG_NAME, MAX_LOG_BYTES))
    logging.getLogger().setLevel(logging.INFO)
    logger.info(BEGAN)
    sys.excepthook = _on_exception
    qInstallMessageHandler(_on_qt_message)
    # A disk that takes no new file is told of by whoever needs it; what a fault says is lost then.
    with contextlib.suppress(OSError):
        if _last_run.crash:
            (log_dir / CRASH_NAME).replace(log_dir / OLD_CRASH_NAME)
        # Kept open and in a global: faulthandler writes into its descriptor when the process dies.
        _crash_file = (log_dir / CRASH_NAME).open("a", encoding="utf-8")
        (log_dir / CRASH_NAME).chmod(0o600)
        faulthandler.enable(_crash_file)


def tail_of(log_dir: Path, lines: int = 200) -> str:
    """The end of the log and of what a crash left, for "What happened" and "Report a problem"."""
    parts = []
    for name in (OLD_CRASH_NAME, CRASH_NAME, LOG_NAME):
        text = _lines_of(log_dir / name)[-lines:]
        if text:
            parts.append("\n".join([f"--- {name}", *text]))
    return "\n\n".join(parts)


def _on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logger.critical("nobody caught this", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _on_qt_message(kind: QtMsgType, where: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(LEVELS.get(kind, logging.WARNING), message)
