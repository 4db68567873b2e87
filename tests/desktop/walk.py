"""Walks a window as a screen reader and the Tab key do."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

CONTROLS = (QLabel, QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox)
# Tab comes round after fewer stops than this, or it is a trap.
MOST_STOPS = 300


def interfaces(root: QWidget) -> Iterator[QAccessibleInterface]:
    """Everything below a widget that a screen reader sees; rows of lists are left out."""
    waiting = [QAccessible.queryAccessibleInterface(root)]
    while waiting:
        found = waiting.pop()
        if found is None or not found.isValid() or found.state().invisible:
            continue
        yield found
        if not isinstance(found.object(), QAbstractScrollArea) or isinstance(found.object(), QScrollArea):
            waiting += [found.child(i) for i in range(found.childCount())]


def unnamed(root: QWidget) -> list[str]:
    """What can take the focus and has no name."""
    found = []
    for each in interfaces(root):
        widget = each.object()
        if not isinstance(widget, QWidget) or not widget.isVisible() or not widget.isEnabled():
            continue
        reached = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
        if reached and not each.text(QAccessible.Text.Name).strip():
            parents = []
            above: QWidget | None = widget
            while above is not None and len(parents) < 4:
                parents.append(type(above).__name__ + (f"#{above.objectName()}" if above.objectName() else ""))
                above = above.parentWidget()
            found.append(" < ".join(parents))
    return found


def tab_order(window: QWidget, start: QWidget) -> list[QWidget]:
    """The widgets that Tab reaches from `start` until it comes round.

    Raises:
        AssertionError: Tab stays where it is, or never comes back.
    """
    start.setFocus(Qt.FocusReason.TabFocusReason)
    order: list[QWidget] = []
    for _ in range(MOST_STOPS):
        focused = QApplication.focusWidget()
        assert focused is not None, "the focus is nowhere"
        if focused in order:
            assert focused is order[0], f"Tab goes round without {order[0]}: back at {describe(focused)}"
            return order
        order.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is not focused or len(order) == 1, f"Tab stays in {describe(focused)}"
    raise AssertionError("Tab never comes round")


def describe(widget: QWidget) -> str:
    """A widget in words, for messages."""
    return f"{type(widget).__name__} “{widget.accessibleName() or getattr(widget, 'text', lambda: '')()}”"


def cut(window: QWidget) -> list[str]:
    """Labels, buttons and whole widgets that are shown and not whole: outside, over each other, or their text cut."""
    widgets = window.findChildren(QWidget)
    return [words for widget in widgets if (words := _why_cut(window, widget) or _why_covered(widget))]


def _why_covered(widget: QWidget) -> str:
    parent = widget.parentWidget()
    if not isinstance(widget, CONTROLS) or parent is None or parent.layout() is None or not widget.isVisible():
        return ""
    for other in parent.children():
        if isinstance(other, CONTROLS) and other is not widget and other.isVisible():
            common = other.geometry().intersected(widget.geometry())
            if common.width() > 1 and common.height() > 1:
                return f"{describe(widget)} and {describe(other)} lie over each other"
    return ""


def _why_cut(window: QWidget, widget: QWidget) -> str:
    if not widget.isVisible() or not widget.width() or _scrolls(widget):
        return ""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    if not window.rect().contains(place):
        return f"{describe(widget)} lies outside: {place.getRect()} in {window.size().toTuple()}"
    if isinstance(widget, QLabel) and widget.text() and not widget.wordWrap() and not _elides(widget):
        needed = widget.fontMetrics().horizontalAdvance(widget.text())
        if needed > widget.width() + 1:
            return f"{describe(widget)} needs {needed} of {widget.width()}"
    if isinstance(widget, QLabel) and widget.text() and widget.wordWrap():
        needed = widget.heightForWidth(widget.width())
        if needed > widget.height() + 2:
            return f"{describe(widget)} needs a height of {needed}, has {widget.height()}"
    if isinstance(widget, QAbstractButton) and widget.text() and "…" not in widget.text()[-1:]:
        lines = widget.text().replace("&", "").splitlines()
        needed = max(QFontMetrics(widget.font()).horizontalAdvance(line) for line in lines)
        if needed > widget.width() and widget.toolTip() == "":
            return f"{describe(widget)} needs {needed} of {widget.width()}"
    return ""


def _elides(label: QLabel) -> bool:
    # A long title elides and has a tooltip.
    return "…" in label.text() or bool(label.toolTip())


def _scrolls(widget: QWidget) -> bool:
    """Whether it is within something that scrolls: there nothing is cut, only further away."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QAbstractScrollArea):
            return True
        above = above.parentWidget()
    return False
