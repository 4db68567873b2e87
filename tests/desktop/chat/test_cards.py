"""What stands in a card stands below each other."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from desktop.chat.cards import HandOverCard
from desktop.main_window import MainWindow


def first_column(image: QImage, of: QWidget, card: QWidget) -> int:
    """Where something is seen of a part of a card, in pixels from the card's edge."""
    place = of.geometry()
    ground = image.pixelColor(card.width() - 8, card.height() // 2)
    rows = range(place.top() + 3, place.bottom() - 2)
    return next(
        x for x in range(max(place.left(), 3), place.right()) if any(image.pixelColor(x, y) != ground for y in rows)
    )


@pytest.mark.parametrize("zoom", [100, 200])
def test_words_buttons_and_links_of_the_guides_card_begin_at_one_edge(make_window, app, zoom: int) -> None:
    window: MainWindow = make_window(engine=False, zoom=zoom)
    card = HandOverCard(window.theme, window)
    card.resize(window.theme.px(520), card.heightForWidth(window.theme.px(520)))
    card.move(QPoint(0, 0))
    card.show()
    app.processEvents()
    image = card.grab().toImage()
    parts = [*card.findChildren(QLabel), *card.findChildren(QPushButton)]
    assert len(parts) == 4
    edges = [first_column(image, part, card) for part in parts]
    assert max(edges) - min(edges) <= window.theme.px(2), edges
