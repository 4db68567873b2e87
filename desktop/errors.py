"""The one place that turns an error into words: what happened, what it means, what to do.

An `EngineError` carries its own sentence. Anything else is a fault of ours: the log has the traceback, the
person gets a sentence that says so and where to report it.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def sentence_of(error: Exception) -> str:
    """The sentence to show."""
    # Late, because the window is painted before the engine is imported.
    from engine.errors import DataDirError, EngineError

    if isinstance(error, DataDirError):
        return error.in_window
    if isinstance(error, EngineError):
        return str(error)
    return QCoreApplication.translate(
        "Errors",
        "Something in Scrubjay went wrong ({kind}). Nothing of yours is lost; Help → Report a problem has the details.",
    ).format(kind=type(error).__name__)
