"""Undo, redo, and the line at the foot: what they say, where they stand, and where the focus is afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop.chat.panel import ChatPanel
from desktop.main_window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def front(make_window, until) -> MainWindow:
    """A window in front, without an engine."""
    window = make_window(engine=False)
    window.activateWindow()
    until(window.isActiveWindow)
    return window


@pytest.fixture
def chat(front: MainWindow) -> ChatPanel:
    """Its chat panel, the focus in the message."""
    panel = front.panels["chat"]
    assert isinstance(panel, ChatPanel)
    panel.composer.edit.setFocus()
    return panel


def place_in(window: MainWindow, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


def test_ctrl_z_in_a_message_with_nothing_to_undo_undoes_the_last_step(front: MainWindow, chat: ChatPanel) -> None:
    undone: list[str] = []
    front.offer_undo("Forgot “Boiler”", lambda: undone.append("boiler"))
    QTest.keyClick(chat.composer.edit, Qt.Key.Key_Z, CTRL)
    assert undone == ["boiler"]
    assert front.foot.sentence == "Undone: Forgot “Boiler”"


def test_ctrl_z_undoes_typing_first_and_redo_is_there_while_there_is_something_to_redo(
    front: MainWindow, chat: ChatPanel
) -> None:
    undone: list[str] = []
    front.offer_undo("Forgot “Boiler”", lambda: undone.append("boiler"))
    menu, redo = front.menus["edit"], front.actions_["edit.redo"]
    menu.aboutToShow.emit()
    assert not redo.isEnabled()
    QTest.keyClicks(chat.composer.edit, "word")
    menu.aboutToShow.emit()
    assert front.actions_["edit.undo"].text() == "&Undo typing"
    QTest.keyClick(chat.composer.edit, Qt.Key.Key_Z, CTRL)
    assert (chat.composer.text, undone) == ("", [])
    menu.aboutToShow.emit()
    assert redo.isEnabled()
    redo.trigger()
    assert chat.composer.text == "word"


def test_there_is_nothing_to_undo_in_a_new_window(front: MainWindow, chat: ChatPanel) -> None:
    front.menus["edit"].aboutToShow.emit()
    assert not front.actions_["edit.undo"].isEnabled()
    assert not front.actions_["edit.redo"].isEnabled()


def test_undo_goes_back_step_by_step_and_redo_forward_again(front: MainWindow, chat: ChatPanel) -> None:
    done: list[str] = []
    front.offer_undo("Deleted the chat", lambda: done.append("chat back"))
    for name in ("Owl", "Jay"):
        undo, redo = (lambda name=name, what=what: done.append(f"{name} {what}") for what in ("out", "in"))
        front.offer_undo(f"{name} answers from now on", undo, redo)
    undo_action, redo_action = front.actions_["edit.undo"], front.actions_["edit.redo"]
    assert not redo_action.isEnabled()
    undo_action.trigger()
    undo_action.trigger()
    assert redo_action.text() == "&Redo: Owl answers from now on"
    redo_action.trigger()
    assert front.foot.sentence == "Owl answers from now on"
    redo_action.trigger()
    assert not redo_action.isEnabled()
    for _ in range(3):
        undo_action.trigger()
    assert done == ["Jay out", "Owl out", "Owl in", "Jay in", "Jay out", "Owl out", "chat back"]
    assert not undo_action.isEnabled()


def test_what_is_done_after_an_undo_leaves_nothing_to_redo(front: MainWindow, chat: ChatPanel) -> None:
    front.offer_undo("Owl answers from now on", lambda: None, lambda: None)
    front.actions_["edit.undo"].trigger()
    assert front.actions_["edit.redo"].isEnabled()
    front.offer_undo("Forgot “Boiler”", lambda: None)
    assert not front.actions_["edit.redo"].isEnabled()


def test_the_button_of_a_line_undoes_what_the_line_says_and_leaves_the_focus(
    front: MainWindow, chat: ChatPanel
) -> None:
    undone: list[str] = []
    QTest.keyClicks(chat.composer.edit, "a draft")
    front.offer_undo("Forgot “Boiler”", lambda: undone.append("boiler"))
    QTest.mouseClick(front.foot._button, Qt.MouseButton.LeftButton)
    assert (undone, chat.composer.text) == (["boiler"], "a draft")
    assert QApplication.focusWidget() is chat.composer.edit


def test_keys_on_the_button_of_a_line_give_the_focus_back(front: MainWindow, chat: ChatPanel) -> None:
    front.offer_undo("Forgot “Boiler”", lambda: None)
    QTest.keyClick(chat.composer.edit, Qt.Key.Key_F6)
    assert QApplication.focusWidget() is front.foot._button
    QTest.keyClick(front.foot._button, Qt.Key.Key_Space)
    assert QApplication.focusWidget() is chat.composer.edit


def test_a_line_moves_nothing_and_covers_neither_the_message_nor_the_status_line(
    front: MainWindow, chat: ChatPanel, until: Callable[[Callable[[], object]], None]
) -> None:
    parts = (chat.composer, front.stack, front.rail, front.status_line)
    before = [place_in(front, part) for part in parts]
    front.offer_undo("Replaced what was said before", lambda: None)
    QApplication.processEvents()
    assert [place_in(front, part) for part in parts] == before
    chat.composer.set_text("one\ntwo\nthree\nfour")
    until(lambda: place_in(front, chat.composer).height() > before[0].height())
    line = place_in(front, front.foot)
    assert not line.intersects(place_in(front, chat.composer))
    assert place_in(front, front.stack).contains(line)


def test_a_button_that_is_switched_off_gives_the_focus_to_the_text_and_not_to_the_next_button(
    front: MainWindow,
) -> None:
    sheet, pressed = QWidget(), []
    text, save, forget = QPlainTextEdit(), QPushButton("Save"), QPushButton("Forget")
    layout = QVBoxLayout(sheet)
    for widget in (text, save, forget):
        layout.addWidget(widget)
    save.clicked.connect(lambda: save.setEnabled(False))
    forget.clicked.connect(lambda: pressed.append("forget"))
    front.show_sheet(sheet, "A memory")
    save.setFocus()
    QTest.keyClick(save, Qt.Key.Key_Space)
    assert QApplication.focusWidget() is text
    assert pressed == []


def test_work_that_ends_gives_the_focus_of_its_stop_button_back(front: MainWindow, chat: ChatPanel) -> None:
    job = front.bridge.begin_job("Reading")
    front.status_line._stop.setFocus()
    front.bridge.end_job(job)
    assert QApplication.focusWidget() is chat.composer.edit
