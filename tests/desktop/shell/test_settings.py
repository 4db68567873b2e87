"""The settings dialog: made from the declarations, kept, taken back, overridden, applied."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QWidget

from desktop.main_window import MainWindow
from desktop.settings.dialog import SettingsDialog
from desktop.settings.options import declared_options, kind_of
from engine.settings import Settings, save_settings
from tests.bench.tiny_gguf import TINY, write_gguf


def open_settings(window: MainWindow) -> SettingsDialog:
    window.actions_["app.settings"].trigger()
    dialog = window.commands._dialogs["app.settings"]
    assert isinstance(dialog, SettingsDialog)
    return dialog


def kept(window: MainWindow) -> dict[str, Any]:
    path = window.context.data_dir / "settings.toml"
    return tomllib.loads(path.read_text()) if path.exists() else {}


@pytest.fixture
def ours(tmp_path: Path) -> None:
    """A data directory in which a window was open before."""
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "window.json").write_text("{}")


def test_every_declared_option_has_a_row_with_a_control() -> None:
    options = {option.id: option for option in declared_options()}
    assert set(Settings.model_fields) - {"data_dir"} <= set(options)
    assert [o.id for o in options.values() if o.kind == "file"] == ["model_contexts", "memory_tiers"]
    for option in options.values():
        assert option.title, option.id
        assert option.description.endswith("."), option.id


@pytest.mark.parametrize(
    ("annotation", "kind"), [(bool, "switch"), (int, "integer"), (float, "number"), (str, "text"), (list[str], "paths")]
)
def test_a_type_has_its_control(annotation: Any, kind: str) -> None:
    assert kind_of(annotation) == kind


def test_folders_are_chosen_and_addresses_of_servers_written(make_window) -> None:
    rows = open_settings(make_window(engine=False)).rows
    buttons = {id: rows[id].control.findChildren(QPushButton) for id in ("model_folders", "model_servers")}
    assert [button.text() for button in buttons["model_folders"]] == ["Add folder…"]
    assert buttons["model_servers"] == []


def test_an_option_of_the_window_takes_effect_at_once_and_goes_back(make_window) -> None:
    window = make_window(engine=False)
    row = open_settings(window).rows["zoom"]
    assert row.control is not None
    row.control.value_changed.emit(150)
    assert window.theme.zoom == 150
    row.reset.click()
    assert window.theme.zoom == 100
    assert row.reset.isHidden()


def test_an_option_of_the_engine_is_kept_in_the_file_and_the_default_leaves_it(ours: None, make_window) -> None:
    window = make_window(engine=False)
    row = open_settings(window).rows["step_limit"]
    assert row.control is not None
    row.control.value_changed.emit(3)
    assert kept(window) == {"step_limit": 3}
    row.reset.click()
    assert kept(window) == {}


def test_times_are_shown_in_minutes_and_kept_in_seconds(ours: None, make_window) -> None:
    window = make_window(engine=False)
    rows = open_settings(window).rows
    boxes = {id: rows[id].control.field for id in ("run_limit_s", "idle_unload_s", "consolidation_interval_s")}
    assert [box.text() for box in boxes.values()] == ["15\u2009min", "10\u2009min", "5\u2009min"]
    boxes["run_limit_s"].setValue(1.5)
    boxes["idle_unload_s"].setValue(0)
    assert kept(window) == {"run_limit_s": 90.0, "idle_unload_s": 0.0}
    assert boxes["run_limit_s"].text() == "1.50\u2009min"
    assert boxes["idle_unload_s"].text() == "Never"
    assert boxes["consolidation_interval_s"].minimum() > 0
    rows["run_limit_s"].reset.click()
    assert kept(window) == {"idle_unload_s": 0.0}


def test_what_0_and_a_number_mean_stands_in_the_field(make_window) -> None:
    rows = open_settings(make_window(engine=False)).rows
    texts = {id: rows[id].control.field.text() for id in ("n_threads", "embed_threads", "n_ctx", "max_tokens")}
    assert texts == {
        "n_threads": "All but one core",
        "embed_threads": "All cores",
        "n_ctx": "4,096\u2009tokens",
        "max_tokens": "2,048\u2009tokens",
    }


def test_no_row_speaks_of_seconds_or_of_names_of_the_file(make_window) -> None:
    for id, row in open_settings(make_window(engine=False)).rows.items():
        words = [row.option.description, *(button.text() for button in row.findChildren(QPushButton))]
        assert not re.search(r"in seconds|_s\b|\.toml|debugger", " ".join(words)), id


def test_the_model_is_chosen_from_those_that_are_here_or_typed(window: MainWindow, own_home: Path, until) -> None:
    path = own_home / ".lmstudio/models/a/b/owl.gguf"
    path.parent.mkdir(parents=True)
    write_gguf(path, TINY, general__name="Owl")
    row = open_settings(window).rows["model"]
    box = row.control.field
    assert isinstance(box, QComboBox)
    until(lambda: box.findText("Owl") >= 0)
    assert box.currentText() == box.itemText(0) == "Guide"
    box.activated.emit(box.findText("Owl"))
    assert kept(window) == {"model": str(path)}
    assert box.currentText() == "Owl"
    box.setEditText("http://127.0.0.1:8080/v1#jay")
    QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    assert kept(window) == {"model": "http://127.0.0.1:8080/v1#jay"}
    row.control.offer([("guide", "Guide"), ("http://127.0.0.1:8080/v1#jay", "jay")])
    assert box.currentText() == "jay"
    box.setEditText("guide")
    QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    assert kept(window) == {}


def test_the_role_is_chosen_and_one_that_is_unknown_is_shown(ours: None, make_window, tmp_path: Path) -> None:
    save_settings(tmp_path / "data", {"role": "pirate"})
    window = make_window(engine=False)
    row = open_settings(window).rows["role"]
    box = row.control.field
    assert isinstance(box, QComboBox)
    assert (box.currentText(), box.itemText(0)) == ("pirate", "Assistant")
    box.activated.emit(0)
    assert kept(window) == {}


def test_a_value_that_no_option_can_have_is_refused_in_place(ours: None, make_window) -> None:
    window = make_window(engine=False)
    row = open_settings(window).rows["space"]
    assert row.control is not None
    row.control.value_changed.emit("Not A Space")
    assert row.note.isVisibleTo(row)
    assert kept(window) == {}


def test_nothing_is_written_into_a_directory_that_is_not_ours_yet(make_window) -> None:
    window = make_window(engine=False)
    row = open_settings(window).rows["step_limit"]
    assert row.control is not None
    row.control.value_changed.emit(3)
    assert not window.context.data_dir.exists()
    assert "still opening" in row.note.text()


def test_what_the_environment_decides_says_so_and_cannot_be_changed(
    make_window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRUBJAY_STEP_LIMIT", "5")
    row = open_settings(make_window(engine=False)).rows["step_limit"]
    assert row.control is not None
    assert not row.control.isEnabled()
    assert "environment" in row.note.text()
    assert row.reset.isHidden()


def test_the_search_leaves_the_rows_that_fit(make_window) -> None:
    dialog = open_settings(make_window(engine=False))
    dialog.search.setText("context window")
    assert [id for id, row in dialog.rows.items() if row.isVisibleTo(dialog)] == ["n_ctx"]
    dialog.search.setText("nothing is called this")
    assert dialog._nothing.isVisibleTo(dialog)


def test_the_list_of_sections_follows_the_page(make_window, until) -> None:
    dialog = open_settings(make_window(engine=False))
    bar = dialog.scroll.verticalScrollBar()
    until(lambda: bar.maximum() > 0)
    assert dialog.list.key == "window"
    bar.setValue(dialog.sections["models"].y() + 20)
    assert dialog.list.key == "models"
    bar.setValue(0)
    assert dialog.list.key == "window"
    dialog.list.choose("answers")
    until(lambda: bar.value() == dialog.sections["answers"].y())
    assert dialog.list.key == "answers"
    dialog.list.choose("data")
    until(lambda: bar.value() == bar.maximum())
    assert dialog.list.key == "data"


def test_applying_opens_the_engine_again_with_what_was_chosen(window: MainWindow, until) -> None:
    dialog = open_settings(window)
    row = dialog.rows["step_limit"]
    before = window.bridge.engine
    assert before is not None
    assert row.control is not None
    assert not dialog.bar.isVisible()
    row.control.value_changed.emit(3)
    assert dialog.bar.isVisible()
    dialog.apply.click()
    until(lambda: window.bridge.engine is not None and window.bridge.engine is not before)
    assert window.bridge.engine.settings.step_limit == 3
    until(lambda: not dialog.bar.isVisible())


def test_what_holds_at_once_waits_for_no_start(window: MainWindow, tmp_path: Path) -> None:
    # As the models panel does when a model is added, taken out again or used.
    save_settings(window.context.data_dir, {"model_folders": [str(tmp_path)], "load_anyway": True})
    dialog = open_settings(window)
    assert not dialog.bar.isVisible()
    row = dialog.rows["model_by_content"]
    assert row.control is not None
    row.control.value_changed.emit(True)
    assert kept(window)["model_by_content"]
    assert not dialog.bar.isVisible()


def test_the_bar_names_what_waits(window: MainWindow) -> None:
    dialog = open_settings(window)
    for id in ("step_limit", "n_ctx"):
        row = dialog.rows[id]
        assert row.control is not None
        row.control.value_changed.emit(512 if id == "n_ctx" else 3)
    words = dialog._bar_words.text()
    assert words.startswith("Context window")
    assert "Steps of an answer" in words


def test_the_settings_open_when_the_file_is_broken(make_window, tmp_path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.toml").write_text("step_limit = 99999\n")
    dialog = open_settings(make_window(engine=False))
    assert dialog.values.problem
    assert dialog.rows["step_limit"].option.default == 8


def test_all_controls_are_reached_with_tab_and_named(make_window, until) -> None:
    window = make_window(engine=False)
    dialog = open_settings(window)
    dialog.activateWindow()
    until(dialog.isActiveWindow)
    seen: list[QWidget] = []
    for _ in range(200):
        QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert dialog.isAncestorOf(focused)
        if seen and focused is seen[0]:
            break
        seen.append(focused)
    else:
        raise AssertionError("Tab does not come round")
    names = [w.accessibleName() or getattr(w, "text", lambda: "")() for w in seen]
    assert all(names), [type(w).__name__ for w, name in zip(seen, names, strict=True) if not name]
    controls = [r.control.field for r in dialog.rows.values() if r.control is not None and r.control.isEnabled()]
    assert [c for c in controls if c not in seen] == []
