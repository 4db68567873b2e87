"""What is done to memories is undone step by step, and what was forgotten for good leaves no step behind."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.chat.prose import ProseView
from desktop.memory.detail import MemoryDetail
from desktop.memory.model import TEXT
from desktop.memory.panel import MemoryPanel
from desktop.operations.memory import edit, pin


def texts(panel: MemoryPanel) -> list[str]:
    return [panel.model.index(row, TEXT).data() for row in range(panel.model.rowCount())]


def test_a_pin_is_undone_first_and_then_the_edit_before_it(remembered, window, until, run) -> None:
    engine, undo = window.bridge.engine, window.actions_["edit.undo"]
    remembered.open_index(remembered.model.index(texts(remembered).index("Prefers metric units"), TEXT))
    detail = window.findChild(MemoryDetail)
    until(lambda: detail._text.toPlainText() == "Prefers metric units")
    detail._text.setPlainText("Prefers kilometres")
    QTest.mouseClick(detail._save, Qt.MouseButton.LeftButton)
    until(lambda: "Prefers kilometres" in texts(remembered) and "Changed" in undo.text())
    detail._pinned.click()
    until(lambda: undo.text() == "&Undo: Pinned “Prefers kilometres”")
    window.close_sheet()
    undo.trigger()
    until(lambda: window.foot.sentence.startswith("Undid a change"))
    assert [e.text for e in run(engine.memory.list()) if e.pinned] == []
    assert "Prefers kilometres" in texts(remembered)
    undo.trigger()
    until(lambda: "Prefers metric units" in texts(remembered))
    assert not undo.isEnabled()


def test_what_is_pinned_already_is_no_step_of_undo(remembered, window, until, run) -> None:
    entry = run(window.bridge.engine.memory.list())[0]
    run(window.bridge.engine.memory.pin([entry.id]))
    pin(window.context, [entry.id], True)
    pin(window.context, [entry.id], False)
    undo = window.actions_["edit.undo"]
    until(lambda: undo.text().startswith("&Undo: Unpinned"))
    undo.trigger()
    assert not undo.isEnabled()


def test_an_undo_that_fails_keeps_its_step_while_it_can_still_be_undone(remembered, window, until, run) -> None:
    engine, undo = window.bridge.engine, window.actions_["edit.undo"]
    entry = next(e for e in run(engine.memory.list()) if e.text == "Prefers metric units")
    edit(window.context, entry.id, text="Prefers kilometres")
    until(lambda: undo.isEnabled())
    # As another process does it: no step of this window.
    run(engine.memory.pin([entry.id]))
    undo.trigger()
    until(lambda: "take those back first" in window.foot.sentence and undo.isEnabled())
    run(engine.memory.undo())
    undo.trigger()
    until(lambda: "Prefers metric units" in texts(remembered))
    assert not undo.isEnabled()


def test_what_was_undone_elsewhere_leaves_no_step_behind(remembered, window, until, run) -> None:
    engine, undo = window.bridge.engine, window.actions_["edit.undo"]
    entry = next(e for e in run(engine.memory.list()) if e.text == "Prefers metric units")
    edit(window.context, entry.id, text="Prefers kilometres")
    until(lambda: undo.isEnabled())
    window.actions_["memory.undo"].trigger()
    until(lambda: not undo.isEnabled())
    edit(window.context, entry.id, text="Prefers miles")
    until(lambda: undo.isEnabled())
    run(engine.memory.undo())
    undo.trigger()
    until(lambda: "cannot be taken back" in window.foot.sentence)
    assert not undo.isEnabled()


def test_what_is_deleted_for_good_is_shown_nowhere_any_more(panel, window, until) -> None:
    chat = window.open_panel("chat")
    for question in ("Remember that the boiler is serviced in May", "Remember that my locker code is 7731"):
        chat.ask(question)
        until(lambda: not chat.conversation.is_answering and all(turn.id for turn in chat.conversation.turns))
    window.open_panel("memory")
    until(lambda: "my locker code is 7731" in texts(panel))
    panel.table.selectRow(texts(panel).index("my locker code is 7731"))
    panel.forget_selected()
    until(lambda: "7731" in window.actions_["edit.undo"].text())
    panel.show_trash()
    until(lambda: panel.model.is_trash and panel.model.rowCount() == 1)
    panel.table.selectRow(0)
    QTest.mouseClick(panel._delete, Qt.MouseButton.LeftButton)
    until(lambda: window.foot.sentence.startswith("Deleted for good"))
    until(lambda: not any("7731" in turn.text for turn in chat.conversation.turns))
    window.open_panel("chat")
    until(lambda: len(chat.turns.findChildren(ProseView)) >= 4)
    shown = " ".join(view.toPlainText() for view in chat.turns.findChildren(ProseView))
    assert "7731" not in shown
    assert "serviced in May" in shown
    assert "7731" not in window.actions_["edit.undo"].text()
    assert not window.actions_["edit.undo"].isEnabled()
