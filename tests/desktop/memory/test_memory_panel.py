"""The memory panel on a real engine: what it shows, and that nothing a person does there is final by accident."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.memory.detail import MemoryDetail
from desktop.memory.model import PAGE, TEXT
from desktop.memory.panel import MemoryPanel
from desktop.widgets.side_list import COUNT


@pytest.fixture
def window(make_window, until):
    made = make_window(panel="memory")
    until(lambda: made.bridge.engine is not None)
    return made


@pytest.fixture
def panel(window, until) -> MemoryPanel:
    found = window.open_panel("memory")
    until(lambda: found._stack.currentIndex() == 1 and not found._empty_button.isHidden())
    return found


@pytest.fixture
def remembered(panel, window, run, until) -> MemoryPanel:
    async def fill() -> None:
        for text in ("Prefers metric units", "Allergic to hazelnuts", "The boiler man is called Hartmann"):
            await window.bridge.engine.memory.add(text)

    run(fill())
    until(lambda: panel.model.rowCount() == 3)
    return panel


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
    async def fill() -> None:
        for n in range(PAGE + 20):
            await window.bridge.engine.memory.add(f"number {n} of many {n * 7919}", tier="semantic")

    run(fill())
    panel.sort.setCurrentIndex(1)
    panel.model.show(sort="created")
    until(lambda: panel.model.rowCount() == PAGE + 20)
    last = panel.model.index(PAGE + 19, TEXT)
    assert last.data() == "…"
    until(lambda: last.data() == "number 0 of many 0")
