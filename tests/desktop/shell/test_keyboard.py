"""The main job with the keys alone: ask, read the source, remember, find the memory, come back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.find.palette import Palette
from desktop.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None, "the focus is nowhere"
    QTest.keyClick(focused, key, modifier)


def write(text: str) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClicks(focused, text)


def ask(window: MainWindow, until, question: str) -> str:
    chat = window.panels["chat"]
    before = len(chat.conversation.turns)
    press(Qt.Key.Key_L, CONTROL)
    assert QApplication.focusWidget() is chat.composer.edit
    write(question)
    press(Qt.Key.Key_Return)
    until(lambda: len(chat.conversation.turns) == before + 2 and not chat.conversation.is_answering)
    return str(chat.conversation.turns[-1].text)


def test_the_main_job_needs_no_mouse(window: MainWindow, until, run, tmp_path: Path) -> None:
    note = tmp_path / "lease.md"
    note.write_text("# Lease\n\n## Notice\n\nThe notice period is three months to the end of a quarter.\n")
    assert window.bridge.engine is not None
    run(window.bridge.engine.ingest([note]))
    window.activateWindow()
    until(window.isActiveWindow)
    window.rail.findChildren(QWidget)[0].setFocus()
    assert "three months" in ask(window, until, "How long is the notice period?")
    ask(window, until, "Remember that I park on level 2")
    press(Qt.Key.Key_2, CONTROL)
    assert window.panel == "memory"
    press(Qt.Key.Key_K, CONTROL)
    palette = window.findChild(Palette)
    assert isinstance(palette, Palette)
    write("park")
    until(lambda: any(row.kind == "memory" for row in palette.model.rows))
    while palette.model.rows[palette.list.currentIndex().row()].kind != "memory":
        press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    until(window.sheet.isVisible)
    press(Qt.Key.Key_Escape)
    assert not window.sheet.isVisible()
    press(Qt.Key.Key_1, CONTROL)
    assert window.panel == "chat"
    press(Qt.Key.Key_N, CONTROL)
    assert window.panels["chat"].conversation.turns == []
