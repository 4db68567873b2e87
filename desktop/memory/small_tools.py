"""What stands beside the search where the panel is narrow: the same two things as in a wide one, as icons."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from desktop.look.theme import Theme


class SmallTools(QWidget):
    """The order as a menu, and the button that remembers something."""

    def __init__(self, theme: Theme, sort: QComboBox, add: QPushButton, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._sort = theme, sort
        self.order = self._button("filter", sort.accessibleName())
        self.order.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.order)
        self.menu.aboutToShow.connect(self._fill)
        self._fill()
        self.order.setMenu(self.menu)
        self.add = self._button("plus", add.text())
        self.add.clicked.connect(add.click)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for button in (self.order, self.add):
            layout.addWidget(button)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.hide()

    def _button(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setAccessibleName(name)
        button.setToolTip(name)
        self._theme.bind_icon(button, icon)
        return button

    def _fill(self) -> None:
        """The orders as they stand in the list of the wide panel, the one that is used marked."""
        self.menu.clear()
        group = QActionGroup(self.menu)
        for row in range(self._sort.count()):
            action = self.menu.addAction(self._sort.itemText(row), lambda row=row: self._choose(row))
            action.setCheckable(True)
            action.setChecked(row == self._sort.currentIndex())
            group.addAction(action)

    def _choose(self, row: int) -> None:
        self._sort.setCurrentIndex(row)
        self._sort.activated.emit(row)

    def _on_theme_changed(self) -> None:
        side = self._theme.px(20)
        for button in (self.order, self.add):
            button.setIconSize(QSize(side, side))
        self.layout().setSpacing(self._theme.px(4))
