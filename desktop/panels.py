"""The panels of the window: one line each here, all else in their own folder.

A panel is made when it is first shown, so that the first paint pays for the chat only; heavy libraries
(pyqtgraph, pygments) are imported by the panel's own module, hence the imports inside the functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop.context import Context

# A widget has another place, or is there or not.
MOVING = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


class Panel(QWidget):
    """A panel: the main area is the widget itself, `column` is the list beside it.

    Attributes:
        column: goes into the second column while the panel is in front; None leaves the column empty and hidden.

    Signals: foot_moved: `kept_at_foot` changed.
    """

    foot_moved = Signal()
    column: QWidget | None = None

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._at_foot: QWidget | None = None

    def on_shown(self) -> None:
        """The panel came to the front."""

    def on_hidden(self) -> None:
        """Another panel came to the front; stop timers and repaints."""

    def home(self) -> QWidget | None:
        """Where the focus goes when what had it goes away; None: to what is read or written nearby."""
        return None

    def keep_at_foot(self, widget: QWidget) -> None:
        """Let no line at the foot cover this part of the panel, nor what is below it, while it is shown."""
        self._at_foot = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._at_foot and event.type() in MOVING:
            self.foot_moved.emit()
        return super().eventFilter(watched, event)

    def kept_at_foot(self) -> int:
        """Pixels at the lower edge that no line at the foot may cover."""
        part = self._at_foot
        return 0 if part is None or part.isHidden() else self.height() - part.mapTo(self, QPoint(0, 0)).y()

    def take_typed(self, event: QKeyEvent) -> bool:
        """A key that nothing in the window wanted; True if the panel has a field that it belongs to."""
        return False

    def take_files(self, paths: list[str]) -> bool:
        """Files were dropped while this panel is in front; False leaves them to the documents panel."""
        return False


class PanelSpec(NamedTuple):
    """How a panel is found: `key` is also the id of its action, `view.KEY`."""

    key: str
    title: Callable[[], str]
    icon: str
    create: Callable[[Context], Panel]


def _chat(context: Context) -> Panel:
    from desktop.chat.panel import ChatPanel

    return ChatPanel(context)


def _memory(context: Context) -> Panel:
    from desktop.memory.panel import MemoryPanel

    return MemoryPanel(context)


def _documents(context: Context) -> Panel:
    from desktop.documents.panel import DocumentsPanel

    return DocumentsPanel(context)


def _models(context: Context) -> Panel:
    from desktop.models.panel import ModelsPanel

    return ModelsPanel(context)


def _resources(context: Context) -> Panel:
    from desktop.resources.panel import ResourcesPanel

    return ResourcesPanel(context)


def tr(text: str) -> str:
    return QCoreApplication.translate("Panels", text)


PANELS = (
    PanelSpec("chat", lambda: tr("Chat"), "chat", _chat),
    PanelSpec("memory", lambda: tr("Memory"), "memory", _memory),
    PanelSpec("documents", lambda: tr("Documents"), "documents", _documents),
    PanelSpec("models", lambda: tr("Models"), "models", _models),
    PanelSpec("resources", lambda: tr("Resources"), "resources", _resources),
)
