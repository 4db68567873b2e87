"""One option in the dialog: title, sentence, control, "reset to default"; beside each other where there is room."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL
from desktop.settings.controls import Control, create_control
from desktop.settings.options import Option
from desktop.settings.values import SettingValues

# Pixels at 100 %: the control stands beside the words in a row at least this wide, and is so wide there.
WIDE = 480
CONTROL_WIDTH = 220


class Row(QFrame):
    """Words on one side, something to do on the other."""

    def __init__(self, title: str, description: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.words = f"{title} {description}"
        self._title = _label(title, self)
        self._description = _label(description, self, look="muted")
        self._description.setVisible(bool(description))
        self.note = _label("", self, look="warning")
        self.note.hide()
        self._texts = QVBoxLayout()
        self._texts.setSpacing(2)
        for label in (self._title, self._description, self.note):
            self._texts.addWidget(label)
        self._side = QHBoxLayout()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.addLayout(self._texts, 1)
        self._box.addLayout(self._side)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def add_side(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget on the side of the control."""
        self._side.addWidget(widget, stretch, Qt.AlignmentFlag.AlignVCenter)

    def describe(self, description: str) -> None:
        """Another sentence below the title; empty takes it away."""
        self._description.setText(description)
        self._description.setVisible(bool(description))

    def say(self, sentence: str, look: str = "warning") -> None:
        """A sentence of its own below the others; empty takes it away."""
        self.note.setProperty("look", look)
        self.note.style().polish(self.note)
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def fits(self, words: str) -> bool:
        """Whether every word of a search occurs in it."""
        return all(word in self.words.casefold() for word in words.casefold().split())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= self._theme.px(WIDE)
        direction = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        if self._box.direction() != direction:
            self._box.setDirection(direction)

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._box.setContentsMargins(0, px(10), 0, px(10))
        self._box.setSpacing(px(8))
        for label in (self._description, self.note):
            label.setFont(self._theme.font(FONT_SMALL))


class OptionRow(Row):
    """The row of one option."""

    def __init__(self, option: Option, values: SettingValues, theme: Theme, open_file: Callable[[], None]) -> None:
        super().__init__(option.title, option.description, theme)
        self.option, self._values = option, values
        self.control: Control | None = create_control(option, theme)
        self.reset = QToolButton(self)
        self.reset.setAccessibleName(self.tr("Reset to default: {what}").format(what=option.title))
        self.reset.setToolTip(self.tr("Reset to default"))
        theme.bind_icon(self.reset, "undo")
        # Keeps its place when it is hidden, so that controls stand below each other.
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.reset.clicked.connect(lambda: self._set(option.default))
        self.add_side(self.reset)
        if self.control is not None:
            self.add_side(self.control, 1)
            self.control.value_changed.connect(self._set)
        else:
            button = QPushButton(self.tr("Open the settings file"), self)
            button.setAccessibleName(self.tr("Open the settings file to set: {what}").format(what=option.title))
            button.clicked.connect(open_file)
            self.add_side(button)
        self._fit_control()
        self.show_value()

    def show_value(self) -> None:
        """Show what holds now."""
        source = self._values.overridden.get(self.option.id, "") if self.option.of_engine else ""
        if self.control is not None:
            self.control.show_value(self._values.get(self.option))
            self.control.setEnabled(not source)
        self.reset.setVisible(not source and not self._values.is_default(self.option))
        if source:
            self.say(self.tr("Set outside Scrubjay ({source}), so it cannot be changed here.").format(source=source))

    def fits(self, words: str) -> bool:
        return self.option.fits(words)

    def _set(self, value: object) -> None:
        problem = self._values.set(self.option, value)
        self.say(self.tr("Not kept: {why}").format(why=problem) if problem else "", "danger")
        if not problem:
            self.show_value()
            if self.control is not None and self.reset is self.focusWidget():
                self.control.field.setFocus()

    def _fit_control(self) -> None:
        if self.control is not None:
            self.control.setMinimumWidth(self._theme.px(CONTROL_WIDTH))

    def _on_theme_changed(self) -> None:
        super()._on_theme_changed()
        if hasattr(self, "control"):
            self._fit_control()
            self.show_value()


def _label(text: str, parent: QWidget, look: str = "") -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if look:
        label.setProperty("look", look)
    return label
