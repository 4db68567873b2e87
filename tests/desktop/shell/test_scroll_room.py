"""The scroll bar whose room is kept: seen where there is something to scroll, and only there."""

from __future__ import annotations

import sys

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication, QListWidget

from desktop.widgets.scroll_room import keep_scroll_room


def test_a_bar_is_seen_where_it_scrolls_and_again_when_python_lost_its_hold(
    app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[BaseException | None] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, where: errors.append(error))
    view = QListWidget()
    view.resize(200, 100)
    keep_scroll_room(view)
    view.show()
    assert view.verticalScrollBar().property("idle")
    shiboken6.invalidate(view.verticalScrollBar())
    view.addItems([str(n) for n in range(100)])
    app.processEvents()
    assert view.verticalScrollBar().maximum() > 0
    assert errors == []
    assert not view.verticalScrollBar().property("idle")
    view.close()
