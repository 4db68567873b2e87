"""The models panel in a real window with a real engine: what is here, what fits, which one answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.main_window import MainWindow
from desktop.models.model import ENTRY, describe
from desktop.models.panel import ModelsPanel
from desktop.models.words import how_many, short_verdict
from desktop.operations.models import state_words, use_model, whole_address
from desktop.widgets.side_list import COUNT
from engine.settings import Settings
from engine.system.memory import SystemMemory
from tests.bench.tiny_gguf import TINY, write_gguf
from tests.desktop.walk import cut
from tests.model_server import model_server

Until = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True)
def home(own_home: Path) -> Path:
    """A home with two models of other programs, and nobody else's."""
    for path, name in ((".lmstudio/models/a/b/owl.gguf", "Owl"), (".local/share/nomic.ai/GPT4All/jay.gguf", "Jay")):
        (own_home / path).parent.mkdir(parents=True)
        write_gguf(own_home / path, TINY, general__name=name)
    return own_home


@pytest.fixture
def panel(window: MainWindow, until: Until) -> ModelsPanel:
    """The panel, with its list read."""
    opened = window.open_panel("models")
    assert isinstance(opened, ModelsPanel)
    until(lambda: opened.model.rowCount() >= 3)
    return opened


def _names(panel: ModelsPanel) -> list[str]:
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


def _select(panel: ModelsPanel, name: str) -> None:
    panel.list.setCurrentIndex(panel.model.index(_names(panel).index(name)))


def test_models_of_other_programs_are_listed_with_their_verdicts(panel: ModelsPanel) -> None:
    assert _names(panel) == ["Guide", "Jay", "Owl"]
    words = describe(panel.model.index(2).data(ENTRY))
    assert words == "Owl, LM Studio, Fits"
    _select(panel, "Owl")
    assert panel.detail._words.text().startswith("Fits: needs ")
    assert panel.detail.use.isVisible()
    assert not panel.detail.unload.isVisible()


def test_the_card_says_that_a_model_has_no_chat_template(
    home: Path, window: MainWindow, panel: ModelsPanel, until: Until
) -> None:
    _select(panel, "Owl")
    assert not panel.detail._note.isVisible()
    wren = write_gguf(home / "wren.gguf", TINY, general__name="Wren", tokenizer__chat_template="")
    use_model(window.context, str(wren))
    until(lambda: "Wren" in _names(panel))
    _select(panel, "Wren")
    assert panel.detail._note.text().startswith("This model's file has no chat template")
    assert panel.detail._note.isVisible()


def test_use_keeps_the_choice_loads_it_says_so_in_the_status_line_and_can_be_undone(
    window: MainWindow, panel: ModelsPanel, until: Until
) -> None:
    _select(panel, "Owl")
    panel.detail.use.click()
    until(lambda: window.status_line.model.text() == "Owl · ready")
    until(lambda: panel.detail.unload.isVisible())
    assert Settings(data_dir=window.context.data_dir).model.endswith("owl.gguf")
    assert not panel.detail.use.isEnabled()
    panel.detail.unload.click()
    until(lambda: window.status_line.model.text() == "Owl · asleep")
    assert "Owl answers from now on" in window.actions_["edit.undo"].text()
    panel.list.setFocus()
    window.actions_["edit.undo"].trigger()
    until(lambda: window.status_line.model.text().startswith("Guide"))
    assert Settings(data_dir=window.context.data_dir).model == "guide"


def test_undo_of_a_choice_is_no_new_step_and_redo_chooses_again(
    window: MainWindow, panel: ModelsPanel, until: Until
) -> None:
    def chosen() -> str:
        return Path(Settings(data_dir=window.context.data_dir).model).stem

    undone: list[str] = []
    window.offer_undo("Forgot “Boiler”", lambda: undone.append("boiler"))
    for name in ("Owl", "Jay"):
        _select(panel, name)
        panel.detail.use.click()
        until(lambda name=name: window.status_line.model.text() == f"{name} · ready")
    panel.list.setFocus()
    for name in ("owl", "guide"):
        window.actions_["edit.undo"].trigger()
        until(lambda name=name: chosen() == name)
    window.actions_["edit.redo"].trigger()
    until(lambda: chosen() == "owl")
    window.actions_["edit.undo"].trigger()
    until(lambda: chosen() == "guide")
    until(lambda: not window.bridge.jobs)
    window.actions_["edit.undo"].trigger()
    assert undone == ["boiler"]
    assert not window.actions_["edit.undo"].isEnabled()


def test_enter_uses_the_model(window: MainWindow, panel: ModelsPanel, until: Until) -> None:
    _select(panel, "Jay")
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    until(lambda: window.status_line.model.text().startswith("Jay"))


def test_a_model_that_does_not_fit_says_why_and_may_be_used_anyway(
    window: MainWindow, panel: ModelsPanel, until: Until
) -> None:
    window.bridge.engine._service.pool._memory = lambda: SystemMemory(4 << 30, 850 << 20)
    panel._refresh()
    _select(panel, "Owl")
    until(lambda: panel.detail.anyway.isVisible())
    assert "Does not fit: needs" in panel.detail._words.text()
    assert not panel.detail.use.isVisible()
    panel.detail.anyway.click()
    # Ready, or asleep again: with so little memory it may be released at once.
    until(lambda: window.status_line.model.text() in ("Owl · ready", "Owl · asleep"))


def test_a_file_that_is_dropped_is_taken_in_place_and_can_be_taken_out(
    window: MainWindow, panel: ModelsPanel, until: Until, tmp_path: Path
) -> None:
    model = write_gguf(tmp_path / "wren.gguf", TINY, general__name="Wren")
    assert panel.take_files([str(model)])
    until(lambda: "Wren" in _names(panel))
    assert panel.list.currentIndex().data() == "Wren"
    assert not panel.take_files([str(tmp_path / "letter.pdf")])
    window.actions_["edit.undo"].trigger()
    until(lambda: "Wren" not in _names(panel))
    assert model.exists()


def test_a_broken_file_is_refused_with_a_sentence(
    window: MainWindow, panel: ModelsPanel, until: Until, tmp_path
) -> None:
    (tmp_path / "half.gguf").write_bytes(b"GGUF")
    panel.take_files([str(tmp_path / "half.gguf")])
    until(lambda: window.foot.isVisible())
    assert len(_names(panel)) == 3


def test_a_broken_model_among_others_is_listed_with_its_reason(panel: ModelsPanel, until: Until, home: Path) -> None:
    (home / ".lmstudio/models/a/b/torn.gguf").write_bytes(b"GGUF" + bytes(50))
    panel._refresh()
    until(lambda: "torn" in _names(panel))
    assert _names(panel)[-1] == "torn"
    _select(panel, "torn")
    assert "not a whole model file" in panel.detail._words.text()
    assert not panel.detail.use.isVisible()


def test_the_list_is_searched_and_filtered_by_place(panel: ModelsPanel, until: Until) -> None:
    panel.search.setText("lm owl")
    until(lambda: _names(panel) == ["Owl"])
    panel.search.setText("nothing like it")
    until(lambda: not panel.model.rowCount())
    assert panel._empty_title.text() == "Nothing fits"
    panel.search.clear()
    until(lambda: panel.model.rowCount() == 3)
    items = [panel._filters.item(row) for row in range(panel._filters.count())]
    places = [(item.text(), item.data(COUNT)) for item in items]
    assert places == [("All models", 3), ("Fit this computer", 3), ("GPT4All", 1), ("LM Studio", 1)]
    panel._filters.setCurrentRow(2)
    assert _names(panel) == ["Jay"]


@pytest.fixture
def server() -> Iterator[str]:
    with model_server("qwen3:4b", "gemma3:1b") as address:
        yield address


def test_a_server_is_asked_by_a_click_and_one_of_its_models_used(
    window: MainWindow, panel: ModelsPanel, until: Until, server: str
) -> None:
    form = panel.open_server_form()
    assert not form.test.isEnabled()
    form.address.setText(f"{server}/v1")
    form.test.click()
    until(lambda: form.names.count() == 2)
    assert form.said.text() == "It answers and has 2 models."
    form.names.setCurrentIndex(1)
    form.use.click()
    until(lambda: window.status_line.model.text().startswith("gemma3:1b"))
    assert window.status_line.place.text().startswith("Asked at 127.0.0.1")
    until(lambda: "gemma3:1b" in _names(panel))
    assert not window.sheet.isVisible()


def test_a_server_that_has_died_is_said_not_to_answer_until_it_does(
    window: MainWindow, panel: ModelsPanel, until: Until
) -> None:
    chat = window.panels["chat"]

    def ask(question: str) -> str:
        chat.ask(question)
        until(lambda: not chat.conversation.is_answering)
        return chat.conversation.turns[-1].state

    with model_server("owl") as address:
        source = f"{address}/v1#owl"
        use_model(window.context, source)
        until(lambda: window.status_line.model.text() == "owl · ready")
        assert ask("Write a poem about trees") == "complete"
    assert ask("Write a poem about rain") == "failed"
    until(lambda: window.status_line.model.text() == "owl · does not answer")
    assert "No model server answers" in window.status_line.model.toolTip()
    told = "owl, Model server, does not answer"
    until(lambda: [describe(entry) for entry in panel.model.entries if entry.source == source] == [told])
    resources = window.open_panel("resources")
    until(lambda: "does not answer" in resources.cards["model"].accessibleName())
    with model_server("owl", port=int(address.rsplit(":", 1)[1])):
        assert ask("Write a poem about snow") == "complete"
        until(lambda: window.status_line.model.text() == "owl · ready")


def test_a_server_that_does_not_answer_when_it_is_chosen_is_said_to_do_so(
    window: MainWindow, panel: ModelsPanel, until: Until
) -> None:
    with model_server("owl") as address:
        use_model(window.context, f"{address}/v1#owl")
        until(lambda: window.status_line.model.text() == "owl · ready")
        until(lambda: "owl" in _names(panel))
        _select(panel, "owl")
        until(lambda: panel.detail.use.text() == "Answers now")
        assert panel.detail._words.text() == "A server on this computer runs it; what you ask stays here."
        assert short_verdict(panel.list.currentIndex().data(ENTRY))[0] == "Stays on this computer"
        assert not panel.detail.remove.isEnabled()
    _select(panel, "Guide")
    panel.detail.use.click()
    until(lambda: window.status_line.model.text().startswith("Guide"))
    _select(panel, "owl")
    until(lambda: panel.detail.use.isEnabled() and panel.detail.remove.isEnabled())
    panel.detail.use.click()
    until(lambda: window.status_line.model.text() == "owl · does not answer")
    until(lambda: "No model server answers" in panel.detail._words.text())
    until(lambda: panel.detail.use.text() == "Chosen")
    assert not panel.detail.use.isEnabled()
    assert "No model server answers" in window.foot.sentence


def test_models_at_servers_count_as_models(panel: ModelsPanel) -> None:
    guide, owl = panel.model.entries[0], panel.model.entries[-1]
    assert how_many([guide]) == "No model besides the guide yet."
    assert how_many([guide, replace(owl, place="server")]) == "One model at a server."
    assert how_many([guide, owl, replace(owl, place="server")]) == "One model on this computer."


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("localhost:8431", "http://localhost:8431"),
        (" 127.0.0.1:1234/v1 ", "http://127.0.0.1:1234/v1"),
        ("192.168.1.9:8080", "http://192.168.1.9:8080"),
        ("printer.local:8080", "http://printer.local:8080"),
        ("models.example.org/v1", "https://models.example.org/v1"),
        ("https://models.example.org", "https://models.example.org"),
        ("", ""),
    ],
)
def test_an_address_is_completed(typed: str, whole: str) -> None:
    assert whole_address(typed) == whole


def test_an_address_without_http_is_asked(panel: ModelsPanel, until: Until, server: str) -> None:
    form = panel.open_server_form()
    form.address.setText(server.removeprefix("http://"))
    form.test.click()
    until(lambda: form.names.count() == 2)
    assert form.address.text() == server


def test_a_card_that_opened_in_the_sheet_closes_when_there_is_room_below_the_list(
    make_window, until: Until, app
) -> None:
    window = make_window()
    window.resize(720, 480)
    panel = window.open_panel("models")
    until(lambda: panel.model.rowCount() == 3)
    panel.list.setCurrentIndex(panel.model.index(1))
    panel.list.clicked.emit(panel.model.index(1))
    assert window.sheet.isVisible()
    window.resize(1120, 740)
    until(lambda: panel._foot.isVisible())
    until(lambda: not window.sheet.isVisible())


def test_the_line_at_the_foot_covers_no_button_of_the_card(window: MainWindow, panel: ModelsPanel, app) -> None:
    _select(panel, "Owl")
    app.processEvents()
    assert panel._foot.isVisible()
    window.offer("Your question is asked again", "Show", lambda: None)
    app.processEvents()
    top = panel._foot.mapTo(window, panel._foot.rect().topLeft()).y()
    assert window.foot.mapTo(window, window.foot.rect().bottomLeft()).y() <= top


def test_a_server_that_is_not_there_says_so_in_the_form(panel: ModelsPanel, until: Until) -> None:
    form = panel.open_server_form()
    form.ask("http://127.0.0.1:9")
    until(lambda: "No model server answers" in form.said.text())
    assert not form.use.isVisible()


def test_the_guides_card_opens_in_the_side_sheet(window: MainWindow, panel: ModelsPanel, until: Until) -> None:
    _select(panel, "Guide")
    assert "writes nothing of its own" in panel.detail._words.text()
    panel.detail.more.click()
    until(lambda: window.sheet.isVisible())


def test_before_the_engine_is_open_the_panel_says_so(make_window) -> None:
    panel = make_window(engine=False).open_panel("models")
    assert panel._empty_title.text() == "Opening…"
    assert not panel.detail.isVisible()


@pytest.mark.parametrize("zoom", [100, 200])
def test_nothing_is_cut_in_the_smallest_window(make_window, until: Until, zoom: int) -> None:
    window = make_window(zoom=zoom)
    window.resize(720, 480)
    panel = window.open_panel("models")
    until(lambda: panel.model.rowCount() == 3)
    assert panel.minimumSizeHint().width() <= panel.width()
    assert panel.list.viewport().height() >= panel.list.sizeHintForRow(0)
    panel.list.setCurrentIndex(panel.model.index(1))
    panel.list.clicked.emit(panel.model.index(1))
    assert window.sheet.isVisible()


def test_while_the_guide_is_alone_the_panel_says_how_to_bring_another(
    window: MainWindow, panel: ModelsPanel, until: Until, home: Path
) -> None:
    assert not panel._hint.isVisible()
    for model in home.rglob("*.gguf"):
        model.unlink()
    panel._refresh()
    until(lambda: panel._hint.isVisible())
    assert _names(panel) == ["Guide"]


def test_a_model_is_loaded_without_being_chosen_and_says_the_sum(panel: ModelsPanel, until: Until) -> None:
    _select(panel, "Owl")
    assert panel.detail._sum.text().startswith("Weights ")
    assert panel.detail.load.isVisible()
    assert not panel.detail.delete.isVisible()
    panel.detail.load.click()
    until(lambda: panel.detail.unload.isVisible())
    assert not panel.detail.load.isVisible()
    assert panel.detail.use.isEnabled()


def test_a_model_of_ours_is_deleted_and_comes_back_with_undo(
    window: MainWindow, panel: ModelsPanel, until: Until
) -> None:
    path = window.context.data_dir / "models" / "wren.gguf"
    path.parent.mkdir(exist_ok=True)
    write_gguf(path, TINY, general__name="Wren")
    panel._refresh()
    until(lambda: "Wren" in _names(panel))
    _select(panel, "Wren")
    assert panel.detail.delete.isVisible()
    panel.detail.use.click()
    until(lambda: window.status_line.model.text().startswith("Wren"))
    until(lambda: panel.detail.unload.isVisible())
    panel.detail.delete.click()
    until(lambda: "Wren" not in _names(panel))
    assert not path.exists()
    until(lambda: window.status_line.model.text().startswith("Guide"))
    window.actions_["edit.undo"].trigger()
    until(lambda: "Wren" in _names(panel))
    assert path.exists()
    until(lambda: window.status_line.model.text().startswith("Wren"))


@pytest.mark.parametrize("is_small", [False, True])
def test_two_models_answer_one_question_side_by_side_or_one_after_the_other(
    window: MainWindow, panel: ModelsPanel, until: Until, is_small: bool
) -> None:
    pool = window.bridge.engine._service.pool
    if is_small:
        needed = panel.model.index(_names(panel).index("Owl")).data(ENTRY).plan.needed_bytes
        pool._memory = lambda: SystemMemory(16 << 30, (1 << 30) + int(1.5 * needed))
    dialog = panel.compare(panel.model.index(_names(panel).index("Owl")).data(ENTRY).source)
    until(lambda: dialog._plan.text())
    assert dialog._plan.text().startswith("They answer one after the other" if is_small else "Both fit into memory")
    assert [answer.model.currentText() for answer in dialog.answers] == ["Owl", "Jay"]
    assert not dialog.run.isEnabled()
    dialog.prompt.setPlainText("hello")
    dialog.run.click()
    assert dialog.run.text() == "Stop"
    until(lambda: all("tok/s" in answer.said.text() for answer in dialog.answers))
    until(lambda: dialog.run.text() == "Ask both")
    assert all(answer.text.toPlainText() for answer in dialog.answers)
    if is_small:
        assert "Owl" not in [b.name for b in pool.loaded]
    dialog.close()


@pytest.mark.parametrize("zoom", [100, 200])
@pytest.mark.parametrize("size", [(1120, 740), (720, 600), (720, 480)])
def test_the_words_for_who_has_only_the_guide_are_never_squashed(
    size: tuple[int, int], zoom: int, home: Path, make_window, until: Until, app
) -> None:
    for file in home.rglob("*.gguf"):
        file.unlink()
    window = make_window(zoom=zoom)
    window.resize(*size)
    panel = window.open_panel("models")
    until(lambda: panel.model.rowCount() == 1 and panel.list.currentIndex().isValid())
    app.processEvents()
    assert cut(panel) == []
    assert panel.list.verticalScrollBar().maximum() == 0, "the row of the guide is whole"
    if size == (1120, 740) or zoom == 100:
        assert panel._hint.isVisible()


def test_a_long_prompt_that_is_read_is_told_with_how_far() -> None:
    assert state_words("thinking", 0.26) == "reading 26 %"
    assert state_words("thinking", 0.0) == "thinking"
