"""A window with the memory panel in front and its engine open; empty, or with three memories."""

from __future__ import annotations

import pytest

from desktop.memory.panel import MemoryPanel


@pytest.fixture
def window(make_window, until):
    made = make_window(panel="memory")
    until(lambda: made.bridge.engine is not None)
    return made


@pytest.fixture
def panel(window, until) -> MemoryPanel:
    found = window.open_panel("memory")
    until(lambda: found._stack.currentIndex() == 1 and not found._empty_button.isHidden())
    return found


@pytest.fixture
def remembered(panel, window, run, until) -> MemoryPanel:
    async def fill() -> None:
        for text in ("Prefers metric units", "Allergic to hazelnuts", "The boiler man is called Hartmann"):
            await window.bridge.engine.memory.add(text)

    run(fill())
    until(lambda: panel.model.rowCount() == 3)
    return panel
