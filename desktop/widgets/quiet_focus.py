"""The ring around a list: for who moves with keys. A click shows by the chosen row where it was."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QAbstractItemView

# From a menu or another window: the ring is as it was.
BACK = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class QuietFocus(QObject):
    """Sets the property `clicked` of a list while the focus is there because of a click (look/sheet.py)."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress:
            self._set(False)
        elif isinstance(event, QFocusEvent) and event.gotFocus() and event.reason() not in BACK:
            self._set(event.reason() == Qt.FocusReason.MouseFocusReason)
        return super().eventFilter(watched, event)

    def _set(self, clicked: bool) -> None:
        if clicked != bool(self._view.property("clicked")):
            self._view.setProperty("clicked", clicked)
            self._view.style().polish(self._view)
