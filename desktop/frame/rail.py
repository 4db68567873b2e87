"""The left rail: an icon with its word below for each panel, and the settings at its foot."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from desktop.actions import Actions
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL, RAIL_WIDTH
from desktop.panels import PANELS


class Rail(QFrame):
    """Buttons of the panels; they share the actions of the View menu."""

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

    def _add(self, action: QAction, icon: str, word: str) -> None:
        button = QToolButton(self)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setText(word)
        button.setAccessibleName(word)
        keys = action.shortcut().toString()
        button.setToolTip(f"{word} ({keys})" if keys else word)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme.bind_icon(button, icon)
        button.clicked.connect(action.trigger)
        if action.isCheckable():
            button.setCheckable(True)
            self._group.addButton(button)
            action.toggled.connect(button.setChecked)
        self._buttons.append(button)
        self._layout.addWidget(button)

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(4), px(8), px(4), px(8))
        self._layout.setSpacing(px(4))
        font = self._theme.font(FONT_SMALL)
        width = max(RAIL_WIDTH, px(RAIL_WIDTH))
        for button in self._buttons:
            button.setFont(font)
            button.setFixedHeight(px(52))
            width = max(width, QFontMetrics(font).horizontalAdvance(button.text()) + px(32))
        self.setFixedWidth(width)
