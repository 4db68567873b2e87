"""The side sheet: a source, a memory, a detail beside the panel; Esc closes it and gives the focus back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_LARGE, SHEET_WIDTH
from desktop.panels import MOVING


class SideSheet(QFrame):
    """Holds one content at a time and deletes it when it is replaced or closed.

    A content with buttons at its lower edge names the widget that holds them `at_foot`.

    Signals: foot_moved: `kept_at_foot` changed.
    """

    foot_moved = Signal()
    opened = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._content: QWidget | None = None
        self._focus_before: QWidget | None = None
        self.setProperty("look", "surface")
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        close = QToolButton(self)
        close.setAccessibleName(self.tr("Close the sheet"))
        close.setToolTip(self.tr("Close (Esc)"))
        close.clicked.connect(self.close_sheet)
        theme.bind_icon(close, "close")
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(close)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(head)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.hide()

    def open_sheet(self, content: QWidget, title: str) -> None:
        """Show `content`, which the sheet now owns."""
        if not self.isVisible():
            self._focus_before = self.window().focusWidget()
        self._drop()
        self._content = content
        self._title.setText(title)
        self.setAccessibleName(title)
        self._layout.addWidget(content, 1)
        if (at_foot := self._at_foot()) is not None:
            at_foot.installEventFilter(self)
        self.show()
        self.opened.emit()
        content.setFocus()

    def close_sheet(self) -> None:
        """Close, delete the content, give the focus back."""
        if not self.isVisible():
            return
        self.hide()
        self._drop()
        self.closed.emit()
        if self._focus_before is not None and isValid(self._focus_before):
            self._focus_before.setFocus()
        self._focus_before = None

    def _at_foot(self) -> QWidget | None:
        return getattr(self._content, "at_foot", None)

    def kept_at_foot(self) -> int:
        """Pixels at the lower edge that no line at the foot may cover."""
        part = self._at_foot()
        return 0 if part is None or part.isHidden() else self.height() - part.mapTo(self, QPoint(0, 0)).y()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVING:
            self.foot_moved.emit()
        return super().eventFilter(watched, event)

    def _drop(self) -> None:
        if self._content is not None:
            self._layout.removeWidget(self._content)
            # It keeps what was written in it when it is hidden.
            self._content.hide()
            self._content.deleteLater()
            self._content = None

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._title.setFont(self._theme.font(FONT_LARGE, bold=True))
        self._layout.setContentsMargins(px(16), px(12), px(16), px(12))
        self._layout.setSpacing(px(8))
        self.setMinimumWidth(min(px(SHEET_WIDTH), 480))
