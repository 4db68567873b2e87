"""Find everywhere: what it finds, in which order, and that it opens it; with the keys alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.find.palette import Palette
from desktop.find.results import Found, best_fits, in_sections, snippet
from desktop.main_window import MainWindow


def command(title: str) -> Found:
    return Found("command", title, "", lambda: None)


def open_palette(window: MainWindow, until: Callable[[Callable[[], object]], None]) -> Palette:
    window.activateWindow()
    until(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.findChild(Palette)
    assert isinstance(palette, Palette)
    return palette


def test_titles_that_begin_with_the_words_come_first() -> None:
    found = best_fits("set", [command("Reset zoom"), command("A set of things"), command("Settings…"), command("Quit")])
    assert [f.title for f in found] == ["Settings…", "A set of things", "Reset zoom"]


def test_sections_keep_their_order_and_their_size() -> None:
    rows = in_sections([*(Found("memory", str(n), "", lambda: None) for n in range(9)), command("Quit")])
    assert [r.kind for r in rows] == ["command"] + ["memory"] * 5


def test_a_snippet_shows_the_word_that_was_looked_for() -> None:
    text = "nothing " * 100 + "the boiler is here " + "nothing " * 100
    assert "boiler" in snippet(text, "boiler")
    assert len(snippet(text, "boiler")) <= 122
    assert snippet("short\n text", "x") == "short text"


def test_keys_alone_find_and_open_a_command(make_window, until) -> None:
    window = make_window(engine=False)
    palette = open_palette(window, until)
    assert palette.field.hasFocus()
    QTest.keyClicks(palette.field, "memory trash")
    QTest.keyClicks(palette.field, "")
    palette.field.setText("Dark")
    assert palette.model.rows[0].title == "Dark"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.theme.mode == "dark"
    window.theme.set_mode("system")


def test_arrows_choose_tab_stays_within_and_esc_gives_the_focus_back(make_window, until) -> None:
    window = make_window(engine=False)
    composer = window.panels["chat"].composer.edit
    composer.setFocus()
    palette = open_palette(window, until)
    palette.field.setText("co")
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Tab)
    assert palette.list.hasFocus()
    QTest.keyClick(palette.list, Qt.Key.Key_Tab)
    assert palette.field.hasFocus()
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is composer


def test_what_is_in_the_engine_is_found_and_a_memory_opens(window: MainWindow, until, run, tmp_path: Path) -> None:
    engine = window.bridge.engine
    assert engine is not None
    note = tmp_path / "boiler.md"
    note.write_text("# Boiler\n\nThe pressure of the boiler should be 1.5 bar.\n")
    run(engine.ingest([note]))
    entry = run(engine.memory.add("The boiler was serviced in October"))
    palette = open_palette(window, until)
    palette.field.setText("boiler")
    until(lambda: {"document", "memory", "passage", "ask"} <= {row.kind for row in palette.model.rows})
    kinds = [row.kind for row in palette.model.rows]
    palette.open_row(kinds.index("memory"))
    assert window.panel == "memory"
    until(lambda: window.sheet.isVisible())
    assert entry.id


def test_results_that_come_later_do_not_move_what_is_chosen(window: MainWindow, until, run) -> None:
    engine = window.bridge.engine
    assert engine is not None
    run(engine.memory.add("Show the chat list on the left"))
    palette = open_palette(window, until)
    palette.field.setText("chat")
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    chosen = palette.model.rows[palette.list.currentIndex().row()].title
    until(lambda: palette._hits_for == "chat")
    assert palette.model.rows[palette.list.currentIndex().row()].title == chosen
