"""The model chip of the status line: which model answers, what it does now, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from desktop.chat.words import tip
from desktop.context import Context
from desktop.frame.status_line import StatusLine
from desktop.operations.models import read_states, state_words

if TYPE_CHECKING:
    from engine.models_face import ModelStates

# Changes come in swarms while a model loads; the chip asks at most so often.
REFRESH_MS = 100


class ModelChip(QObject):
    """Writes into the status line; asks the engine only when something changed."""

    def __init__(self, context: Context, line: StatusLine) -> None:
        super().__init__(line)
        self._context, self._line = context, line
        self._due = QTimer(self, singleShot=True, interval=REFRESH_MS, timeout=self._refresh)
        context.bridge.opened.connect(self._refresh)
        context.bridge.changed.connect(self._on_changed)

    def _on_changed(self, what: str, _id: str, _how: str) -> None:
        if what in ("model", "all") and not self._due.isActive():
            self._due.start()

    def _refresh(self) -> None:
        read_states(self._context, self._show, owner=self)

    def _show(self, states: ModelStates) -> None:
        words = state_words(states.state, states.loaded_share, is_server=bool(states.server))
        if states.source == "guide" and states.state in ("ready", "asleep"):
            self._line.set_model(self.tr("Guide · finds and quotes · choose a model"))
        else:
            metrics = self._line.model.fontMetrics()
            name = metrics.elidedText(states.name, Qt.TextElideMode.ElideMiddle, self._context.theme.px(220))
            self._line.set_model(f"{name} · {words}")
        hint = states.problem or self.tr("{name}: {state}. Click for all models.").format(name=states.name, state=words)
        self._line.model.setToolTip(tip(hint))
        self._line.set_place(
            self.tr("Asked at {server}").format(server=states.server) if states.server else self.tr("On this computer")
        )
