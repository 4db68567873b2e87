"""A person at the window: looks, types, clicks, waits, and keeps a screenshot of every step.

Runs the whole application as `scrubjay` does (desktop.app), on whatever screen Qt was given. Reads the screen
by what is on it: accessible names, texts of turns, rows of lists.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from desktop import app as application
from desktop.main_window import MainWindow

LIMIT_S = 30.0
# What a person would call waiting: longer than this between looks is not needed, shorter is not seen.
LOOK_EVERY_S = 0.02


class Person:
    """One person, one window, one folder for the screenshots."""

    def __init__(self, window: MainWindow, shots: Path) -> None:
        self.window, self._shots, self._n = window, shots, 0
        shots.mkdir(parents=True, exist_ok=True)

    # Looking

    async def until(self, condition: Callable[[], Any], what: str, limit_s: float = LIMIT_S) -> float:
        """Wait until something is so; how long it took, in seconds.

        Raises:
            AssertionError: it never was.
        """
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > limit_s:
                self.shot("failed")
                raise AssertionError(f"waited {limit_s:.0f} s in vain for: {what}")
            await asyncio.sleep(LOOK_EVERY_S)
        return time.monotonic() - began

    def shot(self, name: str) -> None:
        """Keep what the window shows."""
        self._n += 1
        self.window.grab().save(str(self._shots / f"{self._n:02d}-{name}.png"))

    async def look(self, name: str) -> None:
        """Let the window paint itself, then keep what it shows."""
        await asyncio.sleep(0.2)
        self.shot(name)

    @property
    def chat(self) -> Any:
        return self.window.panels["chat"]

    @property
    def answer(self) -> Any:
        """The last turn, if Scrubjay has answered it."""
        turns = self.chat.conversation.turns
        return turns[-1] if turns and turns[-1].role == "assistant" and not turns[-1].is_running else None

    def button(self, words: str, inside: QWidget | None = None) -> QAbstractButton:
        """A visible button by its words or accessible name."""
        for button in (inside or self.window).findChildren(QAbstractButton):
            names = (button.text().replace("&", ""), button.accessibleName())
            if button.isVisible() and words in names:
                return button
        raise AssertionError(f"there is no button {words!r}")

    # Doing

    def click(self, words: str, inside: QWidget | None = None) -> None:
        """Click a button."""
        QTest.mouseClick(self.button(words, inside), Qt.MouseButton.LeftButton)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def type(self, words: str) -> None:
        """Type where the focus is."""
        QTest.keyClicks(QApplication.focusWidget() or self.window, words)

    def do(self, action: str) -> None:
        """Carry out a command of the menus."""
        self.window.actions_[action].trigger()

    async def ask(self, words: str, limit_s: float = LIMIT_S) -> float:
        """Type a question, press Enter, wait for the answer; seconds to its first text."""
        self.do("chat.composer")
        self.type(words)
        before = len(self.chat.conversation.turns)
        self.press(Qt.Key.Key_Return)
        turns = self.chat.conversation
        first = await self.until(
            lambda: len(turns.turns) >= before + 2 and (turns.turns[-1].text or not turns.turns[-1].is_running),
            f"a first word to {words!r}",
            limit_s,
        )
        await self.until(lambda: not turns.is_answering and self.answer, f"the answer to {words!r}", limit_s)
        return first

    def drag(self, *paths: Path) -> QMimeData:
        """Hold files over the middle of the window: the system tells its native window, which finds the widget."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        middle = self.window.rect().center()
        for kind in (QDragEnterEvent, QDragMoveEvent):
            QApplication.sendEvent(self.window.windowHandle(), kind(middle, Qt.DropAction.CopyAction, data, *_BUTTONS))
        return data

    def drop(self, *paths: Path) -> None:
        """Drop files on the middle of the window."""
        data, middle = self.drag(*paths), QPointF(self.window.rect().center())
        drop = QDropEvent(middle, Qt.DropAction.CopyAction, data, *_BUTTONS, QEvent.Type.Drop)
        QApplication.sendEvent(self.window.windowHandle(), drop)

    def shot_of(self, widget: QWidget, name: str) -> None:
        """Keep what another window shows."""
        self._n += 1
        widget.grab().save(str(self._shots / f"{self._n:02d}-{name}.png"))


_BUTTONS = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


def run_person(data_dir: Path, shots: Path, day: Callable[[Person], Coroutine[Any, Any, None]]) -> None:
    """Open the application on a folder and let the person do their day; ends it as Quit does."""
    app = application.create_application()
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    application.end_generators_on(loop)
    window = application.create_window(app, data_dir, rest_later=True)
    ended = asyncio.Event()
    application._surround(app, window, ended)
    window.show()
    application.QTimer.singleShot(0, lambda: application._after_first_paint(window, []))
    person = Person(window, shots)

    async def live() -> None:
        try:
            await day(person)
        finally:
            window.actions_["app.quit"].trigger()
            await asyncio.wait_for(ended.wait(), 10)

    with loop:
        loop.run_until_complete(live())
