"""What a screen reader and the Tab key find in every panel and dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QToolButton, QWidget

from desktop.main_window import MainWindow
from desktop.panels import PANELS
from tests.desktop.walk import describe, tab_order, unnamed

DESKTOP = Path(__file__).parents[2] / "desktop"
KEYS = [spec.key for spec in PANELS if (DESKTOP / spec.key / "panel.py").exists()]
DIALOGS = ("app.settings", "help.shortcuts", "help.setup", "help.report", "help.licences", "help.about")


def open_dialog(window: MainWindow, id: str) -> QWidget:
    window.actions_[id].trigger()
    return window.commands._dialogs[id]


def region_of(window: MainWindow, widget: QWidget) -> int:
    regions = (window.rail, window.column, window.stack, window.sheet, window.foot, window.status_line)
    return next(i for i, region in enumerate(regions) if region.isAncestorOf(widget))


@pytest.mark.parametrize("key", KEYS)
def test_all_that_takes_the_focus_in_a_panel_has_a_name(key: str, window: MainWindow, until) -> None:
    window.open_panel(key)
    window.offer_undo("Deleted something", lambda: None)
    assert unnamed(window) == []


@pytest.mark.parametrize("key", KEYS)
def test_tab_goes_round_a_panel_region_by_region(key: str, window: MainWindow, until) -> None:
    window.open_panel(key)
    window.activateWindow()
    until(window.isActiveWindow)
    order = tab_order(window, window.rail.findChildren(QWidget)[0])
    regions = [region_of(window, widget) for widget in order]
    assert regions == sorted(regions), [describe(w) for w in order]
    assert {0, 2, 5} <= set(regions), "rail, panel and status line are reached"


@pytest.mark.parametrize("id", DIALOGS)
def test_all_that_takes_the_focus_in_a_dialog_has_a_name_and_tab_goes_round(id: str, make_window, until) -> None:
    dialog = open_dialog(make_window(engine=False), id)
    dialog.activateWindow()
    until(dialog.isActiveWindow)
    assert unnamed(dialog) == []
    first = dialog.focusWidget() or dialog.nextInFocusChain()
    assert first is not None
    tab_order(dialog, first)


def test_icon_buttons_say_in_a_tooltip_what_they_are_called(window: MainWindow) -> None:
    for key in KEYS:
        window.open_panel(key)
    silent = [describe(b) for b in window.findChildren(QToolButton) if not b.text() and not b.toolTip()]
    # Buttons that Qt puts into fields and bars itself.
    assert [name for name in silent if "“”" not in name] == []
