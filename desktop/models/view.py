"""The list of models, and what stands below it while the guide is alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListView, QPushButton, QVBoxLayout, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_LARGE
from desktop.widgets.quiet_focus import QuietFocus


class ModelsView(QListView):
    """The rows.

    Signals:
        used: Enter was pressed on a model, or it was double-clicked.
    """

    used = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "list")
        QuietFocus(self)
        self.setAccessibleName(self.tr("Models on this computer"))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(lambda _: self.used.emit())
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.used.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


class AloneHint(QWidget):
    """How a larger model comes here, with the buttons that bring one."""

    def __init__(self, theme: Theme, buttons: Sequence[QPushButton], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = QLabel(self.tr("Bring a larger model for writing and general questions"), self)
        self._buttons = buttons
        self._words = QLabel(
            self.tr(
                "Ollama, LM Studio, GPT4All, Jan and the Hugging Face cache were looked through. A .gguf file that is "
                "dropped here is used where it is."
            ),
            self,
        )
        self._words.setProperty("look", "muted")
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        for label in (self._title, self._words):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        for button in buttons:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def has_buttons(self) -> bool:
        """Whether its buttons are shown, or would be."""
        return not self.isHidden() and not self._buttons[0].isHidden()

    def fit(self, width: int, height: int) -> int:
        """Show as much as has room: all, the words, the title; returns the height of it, more than there is for none.

        The buttons go first: the panel's own menu has them too.
        """
        needed = 0
        for n_parts in (3, 2, 1):
            self._words.setVisible(n_parts > 1)
            for button in self._buttons:
                button.setVisible(n_parts > 2)
            needed = self.heightForWidth(width)
            if needed <= height:
                break
        return needed

    def _on_theme_changed(self) -> None:
        self._title.setFont(self._theme.font(FONT_LARGE, bold=True))
