"""Memories into a file and out of one, by the File menu, on a real engine."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

from PySide6.QtWidgets import QApplication, QFileDialog

from desktop.main_window import MainWindow
from desktop.operations.transfer import export_memories, import_memories, outcome


def dialog_of(window: MainWindow, action: str) -> QFileDialog:
    window.actions_[action].trigger()
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()]
    assert len(found) == 1
    return found[0]


def test_the_menu_asks_for_a_file_every_time_whatever_panel_is_open(window, app) -> None:
    for panel in ("chat", "memory", "chat"):
        window.open_panel(panel)
        for action, title in (("file.export", "Export memories"), ("file.import", "Import memories")):
            dialog = dialog_of(window, action)
            assert dialog.windowTitle() == title
            assert window.panel == panel
            dialog.reject()
            app.processEvents()


def test_memories_leave_in_a_file_and_come_back_from_it(window, run, until, tmp_path: Path) -> None:
    memory = window.bridge.engine.memory

    async def fill() -> list[str]:
        return [(await memory.add(text)).id for text in ("Prefers metric units", "Allergic to hazelnuts")]

    ids = run(fill())
    path = tmp_path / "kept.jsonl"
    dialog = dialog_of(window, "file.export")
    dialog.setDirectory(str(tmp_path))
    dialog.fileSelected.emit(str(path))
    until(lambda: "2 memories are in kept.jsonl" in window.foot.sentence)
    dialog.reject()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    run(memory.trash(ids))
    run(memory.forget(ids))

    import_memories(window.context, str(path))
    until(lambda: window.foot.sentence.startswith("2 memories were added."))
    assert run(memory.list()).total == 2
    window.actions_["edit.undo"].trigger()

    async def is_taken_back() -> None:
        while (await memory.list()).total:
            await asyncio.sleep(0.01)

    run(is_taken_back())


def test_a_file_that_cannot_be_written_or_read_is_said(window, until, tmp_path: Path) -> None:
    export_memories(window.context, str(tmp_path / "no such folder" / "kept.jsonl"))
    until(lambda: "cannot be written" in window.foot.sentence)
    other = tmp_path / "other.jsonl"
    other.write_text("shopping list\n")
    import_memories(window.context, str(other))
    until(lambda: "no export of Scrubjay" in window.foot.sentence)


def test_what_became_of_a_file_is_said_in_sentences() -> None:
    report = {"added": 3, "known": 2, "damaged": 1, "complete": False, "over": 4}
    assert outcome(report) == (
        "3 memories were added. 2 were known already. 1 is damaged and was left out. "
        "4 more than fit go to the trash. The file is not whole: some of what was exported is missing."
    )
