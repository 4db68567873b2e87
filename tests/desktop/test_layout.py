"""Nothing is cut: at 200 %, in the smallest window, in a longer language that is written from right to left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QToolButton, QWidget

from desktop.look.tokens import MINIMUM_SIZE, ZOOMS
from desktop.main_window import MainWindow
from desktop.panels import PANELS
from tests.desktop.pseudo import PseudoTranslator
from tests.desktop.walk import cut

DESKTOP = Path(__file__).parents[2] / "desktop"
KEYS = [spec.key for spec in PANELS if (DESKTOP / spec.key / "panel.py").exists()]
# Of roles: they come from files that people write.
NAMES = ("Assistant",)
DIALOGS = ("app.settings", "help.shortcuts", "help.setup", "help.report", "help.licences", "help.about")


@pytest.fixture
def foreign(app: QApplication) -> Iterator[None]:
    """A language from right to left, 40 % longer."""
    translator = PseudoTranslator(app)
    app.installTranslator(translator)
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    app.removeTranslator(translator)


def settle(app: QApplication) -> None:
    for _ in range(3):
        app.processEvents()


@pytest.mark.parametrize("zoom", ZOOMS)
def test_the_words_of_the_rail_are_whole_at_every_zoom(zoom: int, make_window, app: QApplication) -> None:
    window = make_window(engine=False, zoom=zoom)
    window.resize(*MINIMUM_SIZE)
    settle(app)
    buttons = window.rail.findChildren(QToolButton)
    assert len(buttons) == len(PANELS) + 1
    for button in buttons:
        assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width() - 8, button.text()
        assert button.fontMetrics().height() <= button.height(), button.text()
        assert window.rail.rect().contains(button.geometry()), button.text()


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_cut_at_200_per_cent_in_the_smallest_window(key: str, make_window, app: QApplication) -> None:
    window: MainWindow = make_window(engine=False, zoom=200)
    window.resize(*MINIMUM_SIZE)
    window.open_panel(key)
    window.offer_undo("Deleted the chat “What pressure should the boiler have?”", lambda: None)
    settle(app)
    assert window.size() == QSize(*MINIMUM_SIZE)
    assert cut(window) == []


@pytest.mark.parametrize("id", DIALOGS)
def test_no_dialog_cuts_anything_at_200_per_cent(id: str, make_window, app: QApplication) -> None:
    window = make_window(engine=False, zoom=200)
    window.actions_[id].trigger()
    dialog: QWidget = window.commands._dialogs[id]
    dialog.resize(*MINIMUM_SIZE)
    settle(app)
    assert cut(dialog) == []


@pytest.mark.parametrize("key", KEYS)
def test_a_longer_language_from_right_to_left_fits(key: str, foreign: None, make_window, app: QApplication) -> None:
    window: MainWindow = make_window(engine=False, zoom=100)
    window.resize(*MINIMUM_SIZE)
    window.open_panel(key)
    settle(app)
    assert cut(window) == []
    assert window.rail.x() > window.stack.x(), "mirrored"


@pytest.mark.parametrize("key", KEYS)
def test_every_word_of_a_panel_can_be_translated(key: str, foreign: None, make_window, app: QApplication) -> None:
    window: MainWindow = make_window(engine=False)
    window.open_panel(key)
    settle(app)
    # What the tests' own engine and the system say is not ours to translate: names of programs, paths, numbers.
    found = [
        text
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and isinstance(widget, QLabel | QAbstractButton) and (text := widget.text())
        if any(c.isalpha() for c in text) and "[" not in text and "/" not in text and text not in NAMES
    ]
    assert found == []
