"""The cross in a search field is of our look: in the middle of its line, in the colour of the palette."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleFactory, QToolButton

from desktop.chat.panel import ChatPanel
from desktop.look.tokens import PALETTES
from desktop.widgets.search_field import SearchField


@pytest.mark.parametrize("zoom", [100, 200])
def test_the_cross_stands_in_the_middle_of_its_line_and_clears_it(make_window, app, zoom: int) -> None:
    panel = make_window(engine=False, zoom=zoom).panels["chat"]
    assert isinstance(panel, ChatPanel)
    field = panel.chats.column.search
    QTest.keyClicks(field, "boiler")
    app.processEvents()
    (cross,) = field.findChildren(QToolButton)
    assert field.rect().contains(cross.geometry())
    assert abs(cross.geometry().center().y() - field.rect().center().y()) <= 1
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert field.text() == ""


def colours(field: SearchField) -> set[str]:
    """What is painted in full."""
    assert field.cross is not None
    image = field.cross.icon().pixmap(40, 40).toImage()
    pixels = [image.pixelColor(x, y) for x in range(40) for y in range(40)]
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


def test_the_cross_is_painted_in_the_colours_of_the_palette_also_when_that_changes(make_window, until) -> None:
    window = make_window(engine=False, palette="")
    field = window.findChild(SearchField)
    for mode in ("dark", "light", "dark"):
        window.theme.set_mode(mode)
        until(lambda mode=mode: window.theme.name == mode)
        assert colours(field) == {PALETTES[mode].muted}
        window.theme.complete()
        assert colours(field) == {PALETTES[mode].muted}
        # Another style, and nobody told of it.
        field.setStyle(QStyleFactory.create("fusion"))
        assert colours(field) == {PALETTES[mode].muted}
    window.theme.set_mode("system")
