"""Memories into a file and out of one, by the File menu, on a real engine."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

from PySide6.QtWidgets import QApplication, QFileDialog

from desktop.main_window import MainWindow
from desktop.operations.transfer import back_up, export_memories, import_memories, outcome
from engine.backup import restore_backup


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


def test_the_menu_writes_a_backup_of_everything_and_says_what_is_in_it(window, run, until, tmp_path: Path) -> None:
    run(window.bridge.engine.memory.add("Prefers metric units"))
    path = tmp_path / "all.scrubjay-backup"
    path.write_text("an older one")
    dialog = dialog_of(window, "file.backup")
    assert dialog.windowTitle() == "Back up everything"
    dialog.fileSelected.emit(str(path))
    until(lambda: window.foot.sentence.startswith("all.scrubjay-backup ("))
    dialog.reject()
    assert [file.name for file in tmp_path.glob("all*")] == ["all.scrubjay-backup"]
    again = tmp_path / "again"
    # How many files the store has is the matter of its server's version.
    assert restore_backup(path, again) == len([file for file in again.rglob("*") if file.is_file()])
    assert (again / "scrubjay.json").is_file()
    assert any(b"Prefers metric units" in file.read_bytes() for file in (again / "redis").rglob("*") if file.is_file())


def test_a_backup_that_is_stopped_leaves_nothing_behind(window, until, tmp_path: Path) -> None:
    job = back_up(window.context, str(tmp_path / "all.scrubjay-backup"))
    job.cancel()
    until(lambda: not window.bridge.jobs)
    until(lambda: not list(tmp_path.glob("all*")))


def test_a_backup_that_cannot_be_written_is_said(window, until, tmp_path: Path) -> None:
    back_up(window.context, str(tmp_path / "no such folder" / "all.scrubjay-backup"))
    until(lambda: "There is no folder" in window.foot.sentence)
