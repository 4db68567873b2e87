"""What every dialog of the window shares: not modal, measured by the zoom, closed by Esc, deleted when closed."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.look.tokens import FONT_TITLE


class Dialog(QDialog):
    """A dialog over the window with a title on its page.

    Args:
        size: wanted, in pixels at 100 %; never larger than the screen.
    """

    def __init__(self, context: Context, title: str, size: tuple[int, int]) -> None:
        super().__init__(cast(QWidget, context.frame))
        self.context = context
        self._size = size
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.heading = QLabel(title, self)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setWordWrap(True)
        self.body = QVBoxLayout(self)
        self.body.addWidget(self.heading)
        context.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._fit()

    def _fit(self) -> None:
        px = self.context.theme.px
        screen = self.screen().availableSize()
        self.setMinimumSize(min(px(320), screen.width()), min(px(240), screen.height()))
        self.resize(min(px(self._size[0]), screen.width()), min(px(self._size[1]), screen.height()))

    def _on_theme_changed(self) -> None:
        px = self.context.theme.px
        self.heading.setFont(self.context.theme.font(FONT_TITLE, bold=True))
        self.body.setContentsMargins(px(24), px(20), px(24), px(20))
        self.body.setSpacing(px(12))


def text_label(text: str, parent: QWidget, look: str = "") -> QLabel:
    """A label of plain, wrapped text that can be selected with mouse and keys."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if look:
        label.setProperty("look", look)
    return label
