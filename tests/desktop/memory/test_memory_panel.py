"""The memory panel on a real engine: what it shows, and that nothing a person does there is final by accident."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget

from desktop.chat.model import ID_ROLE
from desktop.look.tokens import FONT_SMALL
from desktop.memory.add_dialog import RememberDialog
from desktop.memory.detail import MemoryDetail
from desktop.memory.model import PAGE, TEXT, MemoryModel
from desktop.memory.panel import MemoryPanel
from desktop.operations.memory import forget
from desktop.widgets.side_list import COUNT, KEY


def texts(panel: MemoryPanel) -> list[str]:
    return [panel.model.index(row, TEXT).data() for row in range(panel.model.rowCount())]


def test_an_empty_panel_says_what_belongs_here(panel) -> None:
    assert panel._empty_title.text() == "Nothing remembered yet"
    assert panel._empty_button.isVisibleTo(panel)


def test_what_another_process_remembers_appears_by_itself(remembered) -> None:
    assert set(texts(remembered)) == {
        "Prefers metric units", "Allergic to hazelnuts", "The boiler man is called Hartmann",
    }  # fmt: skip


def test_typing_searches_and_says_when_nothing_fits(remembered, until) -> None:
    QTest.keyClicks(remembered.search, "hazel")
    until(lambda: texts(remembered) == ["Allergic to hazelnuts"])
    QTest.keyClicks(remembered.search, " xyz")
    until(lambda: remembered._stack.currentIndex() == 1)
    assert remembered._empty_title.text() == "Nothing fits"


def test_delete_forgets_and_undo_brings_it_back(remembered, window, until) -> None:
    remembered.table.selectRow(texts(remembered).index("Allergic to hazelnuts"))
    QTest.keyClick(remembered.table, Qt.Key.Key_Delete)
    until(lambda: remembered.model.rowCount() == 2 and window.foot.isVisible())
    window.actions_["edit.undo"].trigger()
    until(lambda: "Allergic to hazelnuts" in texts(remembered))
    until(lambda: window.foot.sentence == "Remembered again: “Allergic to hazelnuts”")


def test_the_trash_gives_back_what_was_forgotten(remembered, window, until) -> None:
    remembered.table.selectRow(0)
    QTest.keyClick(remembered.table, Qt.Key.Key_Delete)
    until(lambda: remembered.model.rowCount() == 2)
    remembered.show_trash()
    until(lambda: remembered.model.is_trash and remembered.model.rowCount() == 1)
    remembered.table.selectRow(0)
    QTest.mouseClick(remembered._restore, Qt.MouseButton.LeftButton)
    until(lambda: remembered.model.rowCount() == 0)
    remembered._filters.setCurrentRow(0)
    until(lambda: remembered.model.rowCount() == 3)


def test_a_line_at_the_foot_leaves_the_buttons_of_the_trash_free(remembered, window, until) -> None:
    window.resize(1120, 740)
    remembered.table.selectRow(0)
    QTest.keyClick(remembered.table, Qt.Key.Key_Delete)
    until(lambda: remembered.model.rowCount() == 2 and window.foot.isVisible())
    remembered.show_trash()
    until(lambda: remembered.model.is_trash and remembered.model.rowCount() == 1)
    remembered.table.selectRow(0)

    def is_free(button: QWidget) -> bool:
        middle = button.mapTo(window, button.rect().center())
        return button.isVisible() and window.childAt(middle) is button

    until(lambda: window.foot.isVisible() and is_free(remembered._restore) and is_free(remembered._delete))
    foot = QRect(window.foot.mapTo(window, QPoint(0, 0)), window.foot.size())
    assert not foot.intersects(QRect(remembered._bar.mapTo(window, QPoint(0, 0)), remembered._bar.size()))


def test_an_edit_in_the_sheet_is_kept_and_can_be_undone(remembered, window, until, run) -> None:
    row = texts(remembered).index("Prefers metric units")
    remembered.table.setCurrentIndex(remembered.model.index(row, TEXT))
    QTest.keyClick(remembered.table, Qt.Key.Key_Return)
    detail = window.findChild(MemoryDetail)
    until(lambda: detail._text.toPlainText() == "Prefers metric units")
    detail._text.setPlainText("Prefers kilometres")
    QTest.mouseClick(detail._save, Qt.MouseButton.LeftButton)
    until(lambda: "Prefers kilometres" in texts(remembered))
    window.close_sheet()
    window.actions_["edit.undo"].trigger()
    until(lambda: "Prefers metric units" in texts(remembered))


def test_an_empty_text_cannot_be_saved(remembered, window, until) -> None:
    remembered.open_index(remembered.model.index(0, TEXT))
    detail = window.findChild(MemoryDetail)
    until(lambda: detail._text.toPlainText() != "")
    detail._text.setPlainText("   ")
    assert not detail._save.isEnabled()


def test_pinned_memories_are_found_under_pinned(remembered, window, run, until) -> None:
    remembered.table.selectRow(0)
    text = texts(remembered)[0]
    remembered._on_pin()
    until(lambda: remembered._filters.item(1).data(COUNT) == 1)
    remembered._filters.choose("pinned")
    until(lambda: texts(remembered) == [text])


def test_far_rows_are_loaded_when_they_are_looked_at(panel, window, run, until) -> None:
    memory, began = window.bridge.engine.memory, int(time.time() * 1000) - 10_000

    async def fill() -> None:
        for n in range(PAGE + 20):
            await memory.add(f"number {n} of many {n * 7919}", tier="semantic", created_at=began + n)

    run(fill())
    panel.sort.setCurrentIndex(1)
    panel.model.show(sort="created")
    until(lambda: panel.model.rowCount() == PAGE + 20)
    last = panel.model.index(PAGE + 19, TEXT)
    assert last.data() == "…"
    until(lambda: last.data() == "number 0 of many 0")


def test_a_far_row_is_asked_for_again_when_the_first_page_came_behind_it(window, run, until) -> None:
    memory, began = window.bridge.engine.memory, int(time.time() * 1000) - 10_000

    async def fill() -> None:
        for n in range(PAGE + 1):
            await memory.add(f"number {n} of many {n * 7919}", tier="semantic", created_at=began + n)

    run(fill())
    model = MemoryModel(window.context, window)
    model.show(sort="created")
    until(lambda: model.rowCount() == PAGE + 1)
    last = model.index(PAGE, TEXT)
    until(lambda: last.data() == "number 0 of many 0")
    model._take(0, run(memory.list(sort="created", limit=PAGE)))
    until(lambda: last.data() == "number 0 of many 0")


def write_in_sheet(panel: MemoryPanel, window, until, row: int, text: str) -> MemoryDetail:
    panel.open_index(panel.model.index(row, TEXT))
    detail = window.sheet._content
    assert isinstance(detail, MemoryDetail)
    until(lambda: detail._text.toPlainText() != "")
    detail._text.setPlainText(text)
    assert detail._save.isEnabled()
    return detail


def test_escape_keeps_what_was_written_and_can_be_undone(remembered, window, until) -> None:
    row = texts(remembered).index("Prefers metric units")
    write_in_sheet(remembered, window, until, row, "Prefers kilometres")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.sheet.isVisible()
    until(lambda: "Prefers kilometres" in texts(remembered) and "Prefers kilometres" in window.foot.sentence)
    window.actions_["edit.undo"].trigger()
    until(lambda: "Prefers metric units" in texts(remembered))


def test_another_memory_and_another_panel_keep_what_was_written(remembered, window, until) -> None:
    row = texts(remembered).index("Prefers metric units")
    write_in_sheet(remembered, window, until, row, "Prefers kilometres")
    remembered.open_index(remembered.model.index(texts(remembered).index("Allergic to hazelnuts"), TEXT))
    until(lambda: "Prefers kilometres" in texts(remembered))
    write_in_sheet(remembered, window, until, texts(remembered).index("Allergic to hazelnuts"), "Allergic to walnuts")
    window.open_panel("chat")
    assert not window.sheet.isVisible()
    window.open_panel("memory")
    until(lambda: "Allergic to walnuts" in texts(remembered))


def test_what_cannot_be_kept_comes_back_into_the_sheet(remembered, window, until) -> None:
    no_text = "Prefers \x07 metric units"
    write_in_sheet(remembered, window, until, 0, no_text)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    until(lambda: window.foot.isVisible() and window.foot._button.text() == "Back to the text")
    QTest.mouseClick(window.foot._button, Qt.MouseButton.LeftButton)
    detail = window.sheet._content
    until(lambda: detail._text.toPlainText() == no_text)


def test_saving_gives_the_focus_to_the_text_not_to_forget(remembered, window, until) -> None:
    row = texts(remembered).index("Prefers metric units")
    detail = write_in_sheet(remembered, window, until, row, "Prefers kilometres")
    detail._save.setFocus()
    QTest.mouseClick(detail._save, Qt.MouseButton.LeftButton)
    until(lambda: not detail._save.isEnabled())
    assert window.focusWidget() is detail._text


def test_the_counts_tell_memories_from_notes_of_chats(remembered, window, run, until) -> None:
    async def ask() -> None:
        async for _ in window.bridge.engine.ask("What is 12 * 12?"):
            pass

    run(ask())
    counts = lambda: {item.text(): item for item in map(remembered._filters.item, range(remembered._filters.count()))}  # noqa: E731
    until(lambda: counts()["Short-term"].data(COUNT))
    assert counts()["Remembered"].data(COUNT) == counts()["Semantic"].data(COUNT) == 3
    remembered._filters.choose("short_term")
    until(lambda: remembered.model.rowCount() == counts()["Short-term"].data(COUNT))
    assert "last questions and answers of all chats" in remembered._count.text()
    assert "not used for 1 h leaves" in counts()["Short-term"].toolTip()
    heading = counts()["Tiers, with notes from chats"]
    assert not heading.flags() & Qt.ItemFlag.ItemIsSelectable


def test_a_memory_offers_to_be_pinned_or_unpinned_not_both(remembered, until) -> None:
    remembered.table.selectRow(0)
    words = [words for words, _ in remembered._menu_items(remembered.selected_ids())]
    assert "Pin" in words
    assert "Unpin" not in words
    remembered._on_pin()
    until(lambda: remembered._filters.item(1).data(COUNT) == 1)
    words = [words for words, _ in remembered._menu_items(remembered.selected_ids())]
    assert "Unpin" in words
    assert "Pin" not in words


def test_remember_is_off_while_empty_and_stands_over_the_window(remembered, window, until) -> None:
    window.actions_["memory.add"].trigger()
    dialog = window.findChild(RememberDialog)
    assert isinstance(dialog, RememberDialog)
    assert not dialog.remember.isEnabled()
    away = dialog.frameGeometry().center() - window.frameGeometry().center()
    assert away.manhattanLength() < 20
    QTest.keyClicks(dialog.text, "Takes the train at eight")
    QTest.mouseClick(dialog.remember, Qt.MouseButton.LeftButton)
    until(lambda: "Takes the train at eight" in texts(remembered))


@pytest.mark.parametrize("size", [(1120, 740), (720, 480)])
def test_at_200_per_cent_one_can_still_remember_and_order(make_window, app, size) -> None:
    window = make_window(engine=False, zoom=200, panel="memory")
    window.resize(*size)
    app.processEvents()
    panel = window.panels["memory"]
    names = {b.accessibleName(): b for b in panel.findChildren(QToolButton) if b.isVisible()}
    assert all(window.rect().contains(QRect(b.mapTo(window, b.rect().topLeft()), b.size())) for b in names.values())
    panel.sort.setCurrentIndex(1)
    menu = names["Order"].menu()
    menu.aboutToShow.emit()
    assert [a.text() for a in menu.actions() if a.isChecked()] == ["Newest first"]
    menu.actions()[2].trigger()
    assert panel.sort.currentData() == "importance"
    names["Remember…"].click()
    dialog = window.findChild(RememberDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.close()


def test_the_words_of_the_column_are_whole_at_200_per_cent(make_window, app) -> None:
    window = make_window(engine=False, zoom=200, panel="memory")
    window.resize(1120, 740)
    app.processEvents()
    places = window.panels["memory"]._filters
    assert places.isVisible()
    font, room = window.theme.font(), places.viewport().width() - 2 * window.theme.px(10)
    for row in range(places.count()):
        if places.item(row).data(KEY):
            assert QFontMetrics(font).horizontalAdvance(places.item(row).text()) <= room, places.item(row).text()
    heading = next(row for row in range(places.count()) if not places.item(row).data(KEY))
    small = QFontMetrics(window.theme.font(FONT_SMALL, bold=True))
    lines = -(-small.horizontalAdvance(places.item(heading).text()) // room)
    assert places.visualItemRect(places.item(heading)).height() >= lines * small.height()


def test_a_longer_history_moves_nothing_in_the_sheet(remembered, window, until, app) -> None:
    entry = remembered.model.entry(0)
    remembered.open_entry(entry.id)
    sheet = window.sheet.findChild(MemoryDetail)
    until(lambda: sheet._history.text())

    def places() -> list[int]:
        app.processEvents()
        return [w.mapTo(sheet, w.rect().topLeft()).y() for w in (sheet._save, sheet._tier, sheet._pinned)]

    before, n_lines = places(), len(sheet._history.text().splitlines())
    for _ in range(2):
        sheet._pinned.click()
        until(lambda n=n_lines: len(sheet._history.text().splitlines()) > n)
        n_lines = len(sheet._history.text().splitlines())
    assert places() == before


def test_what_is_deleted_for_good_and_still_said_in_a_chat_can_be_looked_at(remembered, window, until, run) -> None:
    engine = window.bridge.engine

    async def say_it() -> None:
        async for _ in engine.ask("Hartmann is on holiday until Monday, what is 2 + 2?", memory=False):
            pass

    run(say_it())
    row = texts(remembered).index("The boiler man is called Hartmann")
    remembered.table.selectRow(row)
    forget(window.context, remembered.selected_ids())
    until(lambda: window.foot.sentence.startswith("Deleted for good. One message in a chat still has a word of it"))
    assert "“Hartmann”" in window.foot.sentence
    window.foot._button.click()
    chats = window.open_panel("chat").chats
    assert chats.column.search.text() == "Hartmann"
    until(lambda: any(chats.model.index(i).data(ID_ROLE) for i in range(chats.model.rowCount())))


def test_letters_find_a_row_of_the_list(remembered) -> None:
    remembered.table.setFocus()
    QTest.keyClicks(remembered.table, "the")
    assert remembered.table.currentIndex().siblingAtColumn(TEXT).data().startswith("The boiler man")
