"""The left rail: an icon with its word below for each panel, and the settings at its foot."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from desktop.actions import Actions
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL, ICON, RAIL_WIDTH, TARGET
from desktop.panels import PANELS

BUTTON_HEIGHT = 52


class Rail(QFrame):
    """Buttons of the panels; they share the actions of the View menu.

    In a low window at a large zoom the icons give way to the words.
    """

    def __init__(self, actions: Actions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "surface")
        self.setAccessibleName(self.tr("Panels"))
        self._layout = QVBoxLayout(self)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: list[QToolButton] = []
        for spec in PANELS:
            self._add(actions[f"view.{spec.key}"], spec.icon, spec.title())
        self._layout.addStretch(1)
        self._add(actions["app.settings"], "settings", self.tr("Settings"))
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), TARGET * len(self._buttons))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _add(self, action: QAction, icon: str, word: str) -> None:
        button = QToolButton(self)
        button.setText(word)
        button.setAccessibleName(word)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme.bind_icon(button, icon)
        button.clicked.connect(action.trigger)
        if action.isCheckable():
            button.setCheckable(True)
            self._group.addButton(button)
            action.toggled.connect(button.setChecked)

        def show_keys() -> None:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            button.setToolTip(f"{word} ({keys})" if keys else word)

        action.changed.connect(show_keys)
        show_keys()
        self._buttons.append(button)
        self._layout.addWidget(button)

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        font = self._theme.font(FONT_SMALL)
        width = max(RAIL_WIDTH, px(RAIL_WIDTH))
        for button in self._buttons:
            button.setFont(font)
            width = max(width, QFontMetrics(font).horizontalAdvance(button.text()) + px(32))
        self.setFixedWidth(width)
        self._fit()

    def _fit(self) -> None:
        px = self._theme.px
        n = len(self._buttons)
        words = QFontMetrics(self._theme.font(FONT_SMALL)).height()
        is_low = self.height() < n * (words + px(ICON) + px(12)) + (n + 3) * px(4)
        margin, gap = (px(4), px(1)) if is_low else (px(8), px(4))
        self._layout.setContentsMargins(px(4), margin, px(4), margin)
        self._layout.setSpacing(gap)
        share = (self.height() - 2 * margin - (n + 1) * gap) // n
        style = Qt.ToolButtonStyle.ToolButtonTextOnly if is_low else Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        for button in self._buttons:
            button.setToolButtonStyle(style)
            button.setFixedHeight(max(TARGET, min(px(TARGET + 8) if is_low else px(BUTTON_HEIGHT), share)))
