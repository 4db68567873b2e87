"""Foreign words in a row of a list: each keeps the direction of its first strong letter."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStyledItemDelegate

# Unicode's "first strong isolate" and the end of it.
_BEGIN, _END = "\u2068", "\u2069"


def begins_at_right(text: str) -> bool:
    """Whether the first strong letter of a text is one of a script that is written from right to left.

    Without one it is as the window is.
    """
    from unicodedata import bidirectional  # Late: nobody wrote anything before the first paint.

    kinds = (bidirectional(letter) for letter in text)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "")
    return first in ("R", "AL") if first else QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft


def isolated(text: str) -> str:
    """A title for a row that is written from right to left: its full stop and its ellipsis stay at its own end."""
    is_mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    return f"{_BEGIN}{text}{_END}" if is_mirrored and text else text


class WordsDelegate(QStyledItemDelegate):
    """Draws what people wrote."""

    def displayText(self, value: Any, locale: QLocale | QLocale.Language) -> str:
        return isolated(super().displayText(value, locale))
