"""Where letters go that are typed beside the message, and which chat a command is about."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton

from desktop.chat.panel import ChatPanel
from desktop.chat.view_list import ChatsView
from desktop.main_window import MainWindow
from engine.events import Citation


@pytest.fixture
def chats(panel: ChatPanel, ask, until, window: MainWindow) -> tuple[str, str]:
    """Two chats, the second one open; the window is in front."""
    window.activateWindow()
    until(window.isActiveWindow)
    ask("What is 3 * 14?")
    first = panel.conversation.chat
    panel.new_chat()
    ask("What is 6 * 9?")
    until(lambda: panel.chats.model.row_of(first) >= 0 and panel.chats.model.row_of(panel.conversation.chat) >= 0)
    return first, panel.conversation.chat


def view_of(panel: ChatPanel) -> ChatsView:
    return panel.chats.column.view


def open_menu(panel: ChatPanel, chat: str, until) -> QMenu:
    """Right click on a chat."""
    view = view_of(panel)
    place = view.visualRect(panel.chats.model.index(panel.chats.model.row_of(chat))).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=place)
    panel.chats.column._on_menu(place)
    until(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_letters_typed_on_an_answer_a_row_or_a_button_go_into_the_message(panel: ChatPanel, chats, window) -> None:
    answer = panel.turns.view_of(panel.conversation.turns[-1])
    button = next(b for b in answer.findChildren(QPushButton) if b.isVisible())
    for widget in (answer, answer.body.views[0], view_of(panel), button, window.rail):
        panel.composer.clear()
        widget.setFocus()
        QTest.keyClicks(widget, "A")
        assert QApplication.focusWidget() is panel.composer.edit, widget
        QTest.keyClicks(panel.composer.edit, "nd now?")
        assert panel.composer.text == "And now?", widget


def test_letters_go_on_behind_a_draft_and_neither_space_nor_a_command_does(panel: ChatPanel, chats) -> None:
    panel.composer.set_text("Draft")
    answer = panel.turns.view_of(panel.conversation.turns[-1])
    answer.setFocus()
    QTest.keyClick(answer, Qt.Key.Key_Space)
    QTest.keyClick(answer, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    assert panel.composer.text == "Draft"
    answer.setFocus()
    QTest.keyClicks(answer, "s")
    assert panel.composer.text == "Drafts"


def test_letters_typed_over_an_open_source_go_into_the_message(panel: ChatPanel, ask, chats, window, until) -> None:
    ask("Remember that my sister's birthday is 3 May")
    ask("When is my sister's birthday?")
    turn = panel.conversation.turns[-1]
    assert isinstance(turn.citations[0], Citation)
    panel.turn_actions.open_source(turn, turn.citations[0].number)
    until(window.sheet.isVisible)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not window.sheet.isVisible()
    QTest.keyClicks(window.focusWidget(), "x")
    assert panel.composer.text == "x"


def test_a_letter_in_a_field_stays_there(panel: ChatPanel, chats) -> None:
    field = panel.chats.column.search
    field.setFocus()
    QTest.keyClicks(field, "three")
    assert (field.text(), panel.composer.text) == ("three", "")


def test_a_menu_that_is_closed_leaves_the_open_chat_marked(panel: ChatPanel, chats, until) -> None:
    first, second = chats
    menu = open_menu(panel, first, until)
    assert panel.chats.marked == first
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert panel.chats.marked == second == panel.conversation.chat


def test_the_commands_of_the_menu_are_about_the_chat_that_was_clicked(panel: ChatPanel, chats, until, window) -> None:
    first, second = chats
    menu = open_menu(panel, first, until)
    menu.close()
    next(action for action in menu.actions() if action.text() == "Delete").trigger()
    until(lambda: panel.chats.model.row_of(first) < 0)
    assert panel.conversation.chat == second
    assert panel.chats.column.view.currentIndex().row() == panel.chats.model.row_of(second)


def test_what_the_keys_delete_is_the_marked_chat(panel: ChatPanel, chats, until, window: MainWindow) -> None:
    first, second = chats
    view_of(panel).setFocus()
    QTest.keyClick(view_of(panel), Qt.Key.Key_Down)
    assert panel.chats.marked == first
    window.actions_["chat.delete"].trigger()
    until(lambda: panel.chats.model.row_of(first) < 0)
    assert panel.conversation.chat == second
    assert panel.chats.marked == second


def test_f2_renames_the_marked_chat(panel: ChatPanel, chats, until, window: MainWindow) -> None:
    first, second = chats
    view_of(panel).setFocus()
    QTest.keyClick(view_of(panel), Qt.Key.Key_Down)
    window.actions_["chat.rename"].trigger()
    QTest.keyClicks(QApplication.focusWidget(), "Sums")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    until(lambda: panel.chats.get(first).title == "Sums")
    assert panel.chats.get(second).title != "Sums"


def test_the_mark_goes_back_to_the_open_chat_with_the_focus(panel: ChatPanel, chats) -> None:
    view_of(panel).setFocus()
    QTest.keyClick(view_of(panel), Qt.Key.Key_Down)
    assert panel.chats.marked == chats[0]
    panel.composer.edit.setFocus()
    assert panel.chats.marked == chats[1]


def test_undo_of_a_deleted_chat_opens_it_again_where_it_stood_in_front(panel: ChatPanel, chats, until, window) -> None:
    first, second = chats
    panel.composer.edit.setFocus()
    window.actions_["chat.delete"].trigger()
    until(lambda: panel.conversation.chat == first)
    window.actions_["edit.undo"].trigger()
    until(lambda: panel.conversation.chat == second and panel.chats.marked == second)
    window.actions_["edit.redo"].trigger()
    until(lambda: panel.conversation.chat == first)


def test_the_field_of_a_new_title_stands_on_its_row_alone(panel: ChatPanel, chats, until, window: MainWindow) -> None:
    view = view_of(panel)
    window.actions_["chat.rename"].trigger()
    field = view.findChild(QLineEdit)
    assert field is not None
    assert field.geometry() == view.visualRect(view.currentIndex())
    QTest.keyClick(field, Qt.Key.Key_Escape)


def test_a_caret_stands_in_an_answer_only_for_who_moves_with_keys(panel: ChatPanel, chats) -> None:
    prose = panel.turns.view_of(panel.conversation.turns[-1]).body.views[0]
    prose.setFocus(Qt.FocusReason.OtherFocusReason)
    assert prose.cursorWidth() == 0
    QTest.keyClick(prose, Qt.Key.Key_Right)
    assert prose.cursorWidth() == 1
    panel.composer.edit.setFocus()
    prose.setFocus(Qt.FocusReason.MouseFocusReason)
    assert prose.cursorWidth() == 0
    panel.composer.edit.setFocus()
    prose.setFocus(Qt.FocusReason.TabFocusReason)
    assert prose.cursorWidth() == 1
