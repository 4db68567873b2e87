"""One control per kind of option; each has `value_changed`, `show_value` and the words of a screen reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from desktop.look.theme import Theme
from desktop.settings.options import Option

# Bounds of options that declare none.
LARGEST = 2_000_000_000


class Control(QWidget):
    """Shows a value and tells when the person chose another.

    Signals:
        value_changed(value): by the person, not by `show_value`.

    Attributes:
        field: what takes the focus.
    """

    value_changed = Signal(object)
    field: QWidget

    def show_value(self, value: Any) -> None:
        """Show a value without telling of it."""
        raise NotImplementedError

    def _take(self, field: QWidget, option: Option) -> None:
        self.field = field
        field.setAccessibleName(option.title)
        field.setAccessibleDescription(option.description)
        self.setFocusProxy(field)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(field, 1)


class Choice(Control):
    """A list to choose from."""

    def __init__(self, option: Option, theme: Theme) -> None:
        super().__init__()
        self._values = [value for value, _ in option.choices]
        self._box = _QuietComboBox()
        for _, label in option.choices:
            self._box.addItem(label)
        self._take(self._box, option)
        self._box.activated.connect(lambda index: self.value_changed.emit(self._values[index]))

    def show_value(self, value: Any) -> None:
        if value in self._values:
            self._box.setCurrentIndex(self._values.index(value))


class Switch(Control):
    """On or off."""

    def __init__(self, option: Option, theme: Theme) -> None:
        super().__init__()
        self._box = QCheckBox()
        self._take(self._box, option)
        self._box.clicked.connect(lambda is_on: self.value_changed.emit(bool(is_on)))
        self._box.toggled.connect(self._say)
        self._say(False)

    def show_value(self, value: Any) -> None:
        self._box.setChecked(bool(value))

    def _say(self, is_on: bool) -> None:
        self._box.setText(self.tr("On") if is_on else self.tr("Off"))


class Number(Control):
    """A whole number, or one with decimals."""

    def __init__(self, option: Option, theme: Theme) -> None:
        super().__init__()
        box: QSpinBox | QDoubleSpinBox = _QuietSpinBox() if option.kind == "integer" else _QuietDoubleSpinBox()
        low, high = option.minimum, option.maximum
        if isinstance(box, QSpinBox):
            box.setRange(int(low if low is not None else -LARGEST), int(high if high is not None else LARGEST))
        else:
            box.setDecimals(1 if option.unit else 2)
            box.setSingleStep(1 if option.unit else 0.1)
            box.setRange(low if low is not None else -LARGEST, high if high is not None else LARGEST)
        box.setGroupSeparatorShown(True)
        # Written once, when the person is done typing, not after each digit.
        box.setKeyboardTracking(False)
        if option.unit:
            # A thin space before the unit.
            box.setSuffix(f"\u2009{option.unit}")
        self._box = box
        self._take(box, option)
        box.valueChanged.connect(lambda value: self.value_changed.emit(value))

    def show_value(self, value: Any) -> None:
        self._box.blockSignals(True)
        self._box.setValue(value)
        self._box.blockSignals(False)


class Text(Control):
    """A line of text."""

    def __init__(self, option: Option, theme: Theme) -> None:
        super().__init__()
        self._line = QLineEdit()
        self._line.setPlaceholderText(str(option.default or ""))
        self._shown = ""
        self._take(self._line, option)
        self._line.editingFinished.connect(self._on_finished)

    def show_value(self, value: Any) -> None:
        self._shown = "" if value is None else str(value)
        self._line.setText(self._shown)
        self._line.setCursorPosition(0)

    def _on_finished(self) -> None:
        text = self._line.text().strip()
        if text != self._shown:
            self._shown = text
            self.value_changed.emit(self._value(text))

    def _value(self, text: str) -> Any:
        return text


class PathField(Text):
    """A file, typed or chosen."""

    def __init__(self, option: Option, theme: Theme) -> None:
        super().__init__(option, theme)
        choose = QPushButton(self.tr("Choose…"))
        choose.setAccessibleName(self.tr("Choose: {what}").format(what=option.title))
        choose.clicked.connect(self._choose)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(choose)

    def _choose(self) -> None:
        dialog = QFileDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.open()

    def _on_chosen(self, path: str) -> None:
        self._line.setText(path)
        self._on_finished()

    def _value(self, text: str) -> Any:
        return Path(text).expanduser() if text else None


class Lines(Control):
    """Texts, one a line."""

    def __init__(self, option: Option, theme: Theme) -> None:
        super().__init__()
        self._shown: list[str] = []
        self._edit = _Lines()
        self._edit.setProperty("look", "input")
        self._edit.setTabChangesFocus(True)
        self._edit.setFixedHeight(theme.px(80))
        self._edit.left.connect(self._on_finished)
        self._take(self._edit, option)

    def show_value(self, value: Any) -> None:
        self._shown = [str(path) for path in value or ()]
        self._edit.setPlainText("\n".join(self._shown))

    def _lines(self) -> list[str]:
        return [line.strip() for line in self._edit.toPlainText().splitlines() if line.strip()]

    def _on_finished(self) -> None:
        lines = self._lines()
        if lines != self._shown:
            self._shown = lines
            self.value_changed.emit(lines)


class Paths(Lines):
    """Folders, one a line, typed or chosen."""

    def __init__(self, option: Option, theme: Theme) -> None:
        super().__init__(option, theme)
        add = QPushButton(self.tr("Add folder…"))
        add.setAccessibleName(self.tr("Add a folder: {what}").format(what=option.title))
        add.clicked.connect(self._choose)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(add)

    def _choose(self) -> None:
        dialog = QFileDialog(self)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.open()

    def _on_chosen(self, path: str) -> None:
        self._edit.setPlainText("\n".join([*self._lines(), path]))
        self._on_finished()


CONTROLS: dict[str, type[Control]] = {
    "choice": Choice,
    "switch": Switch,
    "integer": Number,
    "number": Number,
    "text": Text,
    "path": PathField,
    "paths": Paths,
    "lines": Lines,
}


def create_control(option: Option, theme: Theme) -> Control | None:
    """The control of an option; None where only the settings file can hold it."""
    kind = CONTROLS.get(option.kind)
    return None if kind is None else kind(option, theme)  # type: ignore[call-arg]


class _Lines(QPlainTextEdit):
    left = Signal()

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.left.emit()


def _pass_wheel(box: QAbstractSpinBox | QComboBox, event: QWheelEvent) -> bool:
    """Whether the wheel belongs to the page: scrolling past a control must not change it."""
    if box.hasFocus():
        return False
    event.ignore()
    return True


class _QuietComboBox(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if not _pass_wheel(self, event):
            super().wheelEvent(event)


class _QuietSpinBox(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if not _pass_wheel(self, event):
            super().wheelEvent(event)


class _QuietDoubleSpinBox(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if not _pass_wheel(self, event):
            super().wheelEvent(event)
