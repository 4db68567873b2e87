"""The dialogs of the Help menu."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from desktop.main_window import MainWindow
from desktop.operations.help import list_licences
from tests.desktop.pseudo import PseudoTranslator, pseudo


def open_dialog(window: MainWindow, id: str) -> Any:
    window.actions_[id].trigger()
    return window.commands._dialogs[id]


def choose(dialog: Any, id: str) -> None:
    dialog.table.setCurrentCell(list(dialog.context.actions.commands).index(id), 0)


def test_a_dialog_opens_once_and_esc_closes_it(make_window, app) -> None:
    window = make_window(engine=False)
    dialog = open_dialog(window, "help.about")
    assert open_dialog(window, "help.about") is dialog
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert window.isVisible()


def test_new_keys_are_recorded_kept_and_given_back(make_window) -> None:
    window = make_window(engine=False)
    dialog = open_dialog(window, "help.shortcuts")
    choose(dialog, "memory.trash")
    QTest.keyClick(dialog.recorder, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert window.actions_["memory.trash"].shortcut() == QKeySequence("Ctrl+Alt+T")
    assert window.state.get("shortcuts") == {"memory.trash": "Ctrl+Alt+T"}
    dialog.reset.click()
    assert window.actions_["memory.trash"].shortcuts() == []
    assert window.state.get("shortcuts") is None


def test_keys_of_another_command_are_refused_and_named(make_window) -> None:
    window = make_window(engine=False)
    dialog = open_dialog(window, "help.shortcuts")
    choose(dialog, "memory.trash")
    dialog.change("Ctrl+N")
    assert "New chat" in dialog.message.text()
    assert window.actions_["memory.trash"].shortcuts() == []


def test_a_single_letter_is_no_shortcut(make_window) -> None:
    window = make_window(engine=False)
    dialog = open_dialog(window, "help.shortcuts")
    choose(dialog, "memory.trash")
    QTest.keyClick(dialog.recorder, Qt.Key.Key_T)
    QTest.keyClick(dialog.recorder, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    assert window.state.get("shortcuts") is None


def test_kept_keys_hold_at_the_next_start(make_window, tmp_path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "window.json").write_text('{"shortcuts": {"memory.trash": "Ctrl+Alt+T", "no.such": "F9"}}')
    assert make_window(engine=False).actions_["memory.trash"].shortcut() == QKeySequence("Ctrl+Alt+T")


def test_no_two_commands_have_the_same_keys_and_none_is_a_letter(make_window) -> None:
    window = make_window(engine=False)
    owners: dict[str, list[str]] = {}
    for action in window.actions_:
        for keys in action.shortcuts():
            owners.setdefault(keys.toString(), []).append(action.objectName())
    assert {keys: ids for keys, ids in owners.items() if len(ids) > 1} == {}
    assert [keys for keys in owners if len(keys) == 1] == []


def test_keys_are_read_from_left_to_right_in_every_language(make_window, app) -> None:
    window = make_window(engine=False)
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        dialog = open_dialog(window, "help.shortcuts")
        choose(dialog, "chat.new")
        assert dialog.table.item(dialog.table.currentRow(), 2).text() == "\u2068Ctrl+N\u2069"
    finally:
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_about_speaks_the_language_of_the_window(make_window, app) -> None:
    window = make_window(engine=False)
    translator = PseudoTranslator(app)
    app.installTranslator(translator)
    try:
        words = [label.text() for label in open_dialog(window, "help.about").findChildren(QLabel)]
    finally:
        app.removeTranslator(translator)
    assert pseudo("System") in words
    assert "System" not in words
    assert "Qt" in words


def test_the_report_says_what_runs_and_can_be_saved(window: MainWindow, until, tmp_path) -> None:
    dialog = open_dialog(window, "help.report")
    until(lambda: "Store" in dialog.text.toPlainText())
    report = dialog.text.toPlainText()
    for word in ("Versions", "Qt", "Store", "Log"):
        assert word in report
    told = [line.strip() for line in report.partition("\nLog\n")[0].splitlines() if line.startswith("  ")]
    assert len(told) == len(set(told))
    dialog.save_to(str(tmp_path / "report.txt"))
    assert (tmp_path / "report.txt").read_text() == report
    dialog._buttons[0].click()
    assert QGuiApplication.clipboard().text() == report


def test_every_library_comes_with_its_licence() -> None:
    licences = {licence.name.rsplit(" ", 1)[0].lower(): licence for licence in list_licences()}
    for name in ("numpy", "onnxruntime", "qasync", "pyside6_essentials", "redis", "guide"):
        found = licences.get(name) or licences.get(name.replace("_", "-"))
        assert found is not None, sorted(licences)
        assert found.licence
    assert len(licences["numpy"].text) > 1000
    # Qt's licence asks for its text, and its wheels bring none.
    qt = licences["pyside6_essentials"].text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in qt
    assert "TERMS AND CONDITIONS" in qt
    assert len(licences["pypdfium2"].text) > 1000


def test_the_assistant_walks_to_its_end_and_back(make_window) -> None:
    window = make_window(engine=False)
    dialog = open_dialog(window, "help.setup")
    for _ in range(len(dialog.steps) - 1):
        dialog.forward.click()
    assert dialog.forward.text() == "Done"
    dialog.back.click()
    assert dialog.pages.currentIndex() == len(dialog.steps) - 2
    dialog.forward.click()
    dialog.forward.click()
    assert not dialog.isVisible()
