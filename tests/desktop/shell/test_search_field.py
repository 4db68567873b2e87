"""The cross in a search field is of our look: in the middle of its line, in the colour of the palette."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

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


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_the_cross_is_painted_in_the_colours_of_the_palette(make_window, palette: str) -> None:
    field = make_window(engine=False, palette=palette).findChild(SearchField)
    assert field is not None
    image = field.clear_action.icon().pixmap(40, 40).toImage()
    pixels = [image.pixelColor(x, y) for x in range(40) for y in range(40)]
    assert {pixel.name() for pixel in pixels if pixel.alpha() == 255} == {PALETTES[palette].muted}
