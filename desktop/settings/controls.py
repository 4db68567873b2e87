"""One control per kind of option; each has `value_changed`, `show_value` and the words of a screen reader."""

from __future__ import annotations

from collections.abc import Iterable
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
        if value not in self._values:
            # Written by hand: shown as it is.
            self._values.append(value)
            self._box.addItem(str(value))
        self._box.setCurrentIndex(self._values.index(value))


class Offer(Control):
    """A list to choose from, in which other things may be typed; what it offers may come later."""

    def __init__(self, option: Option, theme: Theme) -> None:
        super().__init__()
        self._value: Any = option.default
        self._values: list[Any] = []
        self._box = _QuietComboBox()
        self._box.setEditable(True)
        self._box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        # Half a name is not the first that begins with it.
        self._box.setCompleter(None)  # type: ignore[arg-type]
        self._take(self._box, option)
        self.offer(option.choices or ((option.default, str(option.default)),))
        self._box.activated.connect(lambda index: self._choose(self._values[index]))
        line = self._box.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._on_typed)

    def offer(self, choices: Iterable[tuple[Any, str]]) -> None:
        """What can be chosen: values with their words."""
        self._box.clear()
        self._values = []
        for value, label in choices:
            self._values.append(value)
            self._box.addItem(label)
        self.show_value(self._value)

    def show_value(self, value: Any) -> None:
        self._value = value
        self._box.setCurrentIndex(self._values.index(value) if value in self._values else -1)
        if value not in self._values:
            self._box.setEditText("" if value is None else str(value))

    def _on_typed(self) -> None:
        text = self._box.currentText().strip()
        index = self._box.findText(text, Qt.MatchFlag.MatchFixedString)
        self._choose(self._values[index] if index >= 0 else text)

    def _choose(self, value: Any) -> None:
        if value != self._value:
            self._value = value
            self.value_changed.emit(value)


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
            box.setSingleStep(0.1)
            box.setRange(low if low is not None else -LARGEST, high if high is not None else LARGEST)
        self._set_up(box, option, option.unit)

    def _set_up(self, box: QSpinBox | QDoubleSpinBox, option: Option, unit: str) -> None:
        box.setGroupSeparatorShown(True)
        # Written once, when the person is done typing, not after each digit.
        box.setKeyboardTracking(False)
        # Shown at the least value, which is 0 where 0 has a meaning.
        box.setSpecialValueText(option.zero)
        if unit:
            # A thin space before the unit.
            box.setSuffix(f"\u2009{unit}")
        self._box = box
        self._take(box, option)
        box.valueChanged.connect(lambda value: self.value_changed.emit(self._to_kept(value)))

    def show_value(self, value: Any) -> None:
        self._box.blockSignals(True)
        self._box.setValue(self._to_shown(value))
        self._box.blockSignals(False)

    def _to_kept(self, shown: Any) -> Any:
        return shown

    def _to_shown(self, kept: Any) -> Any:
        return kept


class Duration(Number):
    """A time, kept in seconds and shown in minutes."""

    def __init__(self, option: Option, theme: Theme) -> None:
        Control.__init__(self)
        box = _Minutes()
        low, high = option.minimum or 0.0, option.maximum
        # Without a meaning of its own no time at all is no choice.
        box.setRange(low / 60 if option.zero else max(low / 60, 0.02), LARGEST if high is None else high / 60)
        self._set_up(box, option, self.tr("min"))

    def _to_kept(self, shown: Any) -> Any:
        return round(shown * 60, 1)

    def _to_shown(self, kept: Any) -> Any:
        return kept / 60


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
    "duration": Duration,
    "offer": Offer,
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


class _Minutes(_QuietDoubleSpinBox):
    """Whole minutes stand without decimals."""

    def textFromValue(self, value: float) -> str:
        whole = round(value)
        return self.locale().toString(whole) if abs(value - whole) < 0.005 else super().textFromValue(value)
