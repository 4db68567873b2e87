"""The frame: regions, Esc, room, undo, notifications."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from desktop.main_window import MainWindow
from tests.desktop.test_contrast import contrast
from tests.desktop.walk import cut


def region_of(window: MainWindow) -> QWidget | None:
    focused = QApplication.focusWidget()
    regions = (window.rail, window.column, window.stack, window.sheet, window.foot, window.status_line)
    return next((r for r in regions if focused is not None and r.isAncestorOf(focused)), None)


def front(window: MainWindow, until: Callable[[Callable[[], object]], None]) -> None:
    window.activateWindow()
    until(window.isActiveWindow)


def test_f6_walks_every_region_that_is_shown_and_shift_f6_walks_back(make_window, until) -> None:
    window = make_window(engine=False)
    front(window, until)
    window.rail.findChildren(QWidget)[0].setFocus()
    seen = []
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_F6)
        seen.append(region_of(window))
    assert seen == [window.column, window.stack, window.status_line, window.rail]
    QTest.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert region_of(window) is window.status_line


def test_f6_comes_back_to_where_the_focus_was_in_a_region(make_window, until) -> None:
    window = make_window(engine=False)
    front(window, until)
    composer = window.panels["chat"].composer.edit
    composer.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert region_of(window) is window.column
    QTest.keyClick(window, Qt.Key.Key_F6)
    assert QApplication.focusWidget() is composer


def test_esc_closes_the_sheet_then_the_line_at_the_foot_and_never_the_window(make_window, until) -> None:
    window = make_window(engine=False)
    front(window, until)
    window.say("A line")
    window.show_sheet(QLineEdit(), "A source")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert (window.sheet.isVisible(), window.foot.isVisible()) == (False, True)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.foot.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.isVisible()


def test_closing_the_sheet_gives_the_focus_back(make_window, until) -> None:
    window = make_window(engine=False)
    front(window, until)
    composer = window.panels["chat"].composer.edit
    composer.setFocus()
    window.show_sheet(QLineEdit(), "A source")
    assert region_of(window) is window.sheet
    window.close_sheet()
    assert QApplication.focusWidget() is composer


def test_a_narrow_window_shows_the_sheet_alone_and_then_the_panel_again(make_window) -> None:
    window = make_window(engine=False, zoom=200)
    window.resize(720, 480)
    window.show_sheet(QLineEdit(), "A source")
    assert (window.stack.isVisible(), window.column.isVisible()) == (False, False)
    window.close_sheet()
    assert window.stack.isVisible()
    window.resize(1600, 900)
    assert window.column.isVisible()


def test_ctrl_b_hides_the_list_and_the_choice_is_kept(make_window) -> None:
    window = make_window(engine=False)
    assert window.column.isVisible()
    window.actions_["view.column"].trigger()
    assert not window.column.isVisible()
    assert window.state.get("column") is False


def test_ctrl_b_in_a_narrow_window_shows_the_list_instead_of_the_panel_until_esc(make_window, until) -> None:
    window = make_window(engine=False, zoom=200)
    window.resize(720, 480)
    front(window, until)
    assert (window.stack.isVisible(), window.column.isVisible()) == (True, False)
    window.actions_["view.column"].trigger()
    assert (window.stack.isVisible(), window.column.isVisible()) == (False, True)
    assert region_of(window) is window.column
    QApplication.processEvents()
    assert cut(window.column) == []
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert (window.stack.isVisible(), window.column.isVisible()) == (True, False)
    assert QApplication.focusWidget() is window.panels["chat"].composer.edit
    assert window.actions_["view.column"].isChecked()


def test_theme_and_zoom_are_kept_and_the_menu_shows_them(make_window) -> None:
    window = make_window(engine=False)
    window.actions_["view.theme_dark"].trigger()
    window.actions_["view.zoom_in"].trigger()
    assert (window.state.get("theme"), window.state.get("zoom")) == ("dark", 110)
    checked = [mode for mode in ("system", "light", "dark") if window.actions_[f"view.theme_{mode}"].isChecked()]
    assert checked == ["dark"]
    window.actions_["view.theme_system"].trigger()


def test_foreign_words_at_the_foot_and_in_the_sheet_are_not_read_as_markup(make_window) -> None:
    window = make_window(engine=False)
    window.say("<b>Deleted</b> <img src='file:///etc/passwd'>")
    assert window.foot._words.textFormat() == Qt.TextFormat.PlainText
    assert window.sheet._title.textFormat() == Qt.TextFormat.PlainText


def test_undo_names_what_it_undoes_and_does_it_once(make_window) -> None:
    window = make_window(engine=False)
    undone: list[str] = []
    window.offer_undo("Deleted the chat “Boiler”", lambda: undone.append("boiler"))
    assert "Boiler" in window.actions_["edit.undo"].text()
    window.foot._button.click()
    assert undone == ["boiler"]
    assert window.foot.sentence == "Undone: Deleted the chat “Boiler”"
    assert window.foot._button.isHidden()
    assert not window.actions_["edit.undo"].isEnabled()


def test_a_notification_is_given_only_while_the_window_is_not_in_front(make_window, until) -> None:
    window = make_window(engine=False)
    told: list[tuple[str, str]] = []
    opened: list[str] = []
    window.noticed.connect(lambda title, sentence: told.append((title, sentence)))
    front(window, until)
    window.notify("Scrubjay", "The answer is ready.")
    assert told == []
    window.hide()
    window.notify("Scrubjay", "The answer is ready.", lambda: opened.append("turn"))
    assert told == [("Scrubjay", "The answer is ready.")]
    window.open_notice()
    assert window.isVisible()
    assert opened == ["turn"]


def test_a_command_of_a_panel_that_was_never_opened_opens_it(make_window) -> None:
    window = make_window(engine=False)
    assert "memory" not in window.panels
    window.actions_["memory.trash"].trigger()
    assert window.panel == "memory"


def test_the_status_line_is_as_high_with_work_as_without_and_its_bar_moves(make_window) -> None:
    window = make_window(engine=False)
    line = window.status_line
    before = (line.height(), line.y())
    job = window.bridge.begin_job("Reading documents")
    job.report(94, 100, "mime.pdf, 94 %")
    QApplication.processEvents()
    assert (line.height(), line.y()) == before
    assert (line._progress.value(), line._progress.maximum()) == (94, 100)
    assert line._work.text() == "Reading documents · mime.pdf, 94 %"


def test_work_in_a_narrow_window_leaves_the_status_line_whole(make_window) -> None:
    window = make_window(engine=False, zoom=200)
    window.resize(720, 480)
    window.bridge.begin_job("Reading documents").report(1, 2, "A document with a long name.pdf")
    QApplication.processEvents()
    assert cut(window.status_line) == []
    assert "A document with a long name.pdf" in window.status_line._progress.toolTip()


def test_a_problem_in_the_status_line_is_told_again_after_its_line_was_closed(
    make_window, until, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.docx").write_text("mine")
    window = make_window()
    until(lambda: window.foot.isVisible())
    sentence = window.foot.sentence
    panel = window.panels["chat"]
    panel.ask("What is 3 * 14?")
    assert panel.turns.views[-1]._waiting.text() == "This waits until Scrubjay can be opened."
    window.foot.close_line()
    window.status_line.model.click()
    assert (window.foot.isVisible(), window.foot.sentence) == (True, sentence)
    assert window.panel == "chat"


def test_the_colours_are_one_choice_of_three(make_window) -> None:
    window = make_window(engine=False)
    modes = [window.actions_[f"view.theme_{mode}"] for mode in ("system", "light", "dark")]
    group = modes[0].actionGroup()
    assert group is not None
    assert group.isExclusive()
    assert group.actions() == modes
    modes[2].trigger()
    assert [mode.isChecked() for mode in modes] == [False, False, True]
    modes[0].trigger()


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_an_icon_is_seen_on_the_row_of_a_menu_that_is_reached(make_window, app, palette: str) -> None:
    window = make_window(engine=False, palette=palette)
    menus = app.palette("QMenu")
    ground, words = menus.color(menus.ColorRole.Highlight).name(), menus.color(menus.ColorRole.HighlightedText).name()
    assert contrast(window.theme.color("muted").name(), ground) >= 3
    assert contrast(words, ground) >= 4.5
