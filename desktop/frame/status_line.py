"""The thin line at the foot of the window: model, context, where the answer comes from, work in the background."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QWidget

from desktop.bridge import Bridge, Job
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL

# Pixels at 100 %: the bar of the work, and its words at most.
BAR, WORK = 120, 320


class StatusLine(QFrame):
    """Chips that others write into: `set_model`, `set_context`, `set_place`; the work shows itself.

    Signals: models_wanted: the model chip was clicked.
    """

    models_wanted = Signal()

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._bridge = theme, bridge
        self._job: Job | None = None
        self._tell_problem: Callable[[], None] | None = None
        # What each says in full; shown is what has room.
        self._full: dict[QPushButton | QLabel, str] = {}
        self.setProperty("look", "surface")
        self.setAccessibleName(self.tr("Status"))
        self.model = QPushButton(self)
        self.model.setProperty("look", "link")
        self.model.clicked.connect(self._on_model)
        self.context = QLabel(self)
        self.place = QLabel(self)
        for label in (self.context, self.place):
            label.setProperty("look", "muted")
        self._work = QLabel(self)
        for label in (self.context, self.place, self._work):
            # They name files, models and servers: Qt would load the pictures of one that is called `<img src=…>`.
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._stop = QToolButton(self)
        self._stop.setAccessibleName(self.tr("Stop the work in the background"))
        self._stop.setToolTip(self.tr("Stop"))
        self._stop.clicked.connect(self._on_stop)
        theme.bind_icon(self._stop, "stop")
        layout = QHBoxLayout(self)
        layout.addWidget(self.model)
        layout.addWidget(self.context)
        layout.addStretch(1)
        layout.addWidget(self._work, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._progress)
        layout.addWidget(self._stop)
        layout.addWidget(self.place)
        self._layout = layout
        bridge.jobs_changed.connect(self._on_jobs_changed)
        theme.changed.connect(self._on_theme_changed)
        self._full = {self.model: self.tr("Guide · finds and quotes · choose a model"), self.context: "",
                      self._work: "", self.place: self.tr("On this computer")}  # fmt: skip
        self._on_theme_changed()
        self._on_jobs_changed()

    def set_model(self, words: str) -> None:
        """What the model chip says: name and state."""
        self._tell_problem = None
        self._full[self.model] = words
        self._fit()

    def set_problem(self, words: str, tell: Callable[[], None]) -> None:
        """Instead of the model: nothing answers; a click tells why once more."""
        self.set_model(words)
        self.model.setToolTip("")
        self._tell_problem = tell

    def set_context(self, words: str) -> None:
        """How much of the context is in use; empty hides it."""
        self._full[self.context] = words
        self._fit()

    def set_place(self, words: str) -> None:
        """ "On this computer", or the server that is asked."""
        self._full[self.place] = words
        self._fit()

    def _on_jobs_changed(self) -> None:
        if self._job is not None:
            self._job.progressed.disconnect(self._on_progress)
        self._job = self._bridge.jobs[-1] if self._bridge.jobs else None
        self._progress.setVisible(self._job is not None)
        self._stop.setVisible(self._job is not None)
        if self._job is not None:
            self._job.progressed.connect(self._on_progress)
            self._on_progress()
        self._fit()

    def _on_progress(self) -> None:
        if self._job is None:
            return
        self._progress.setRange(0, self._job.total)
        self._progress.setValue(self._job.done)
        words = f"{self._job.title} · {self._job.detail}" if self._job.detail else self._job.title
        self._full[self._work] = words
        self._progress.setAccessibleName(words)
        self._progress.setToolTip(words)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where the line is short, the words of the work go first, then its bar is short, then the model is cut."""
        px, busy = self._theme.px, self._job is not None
        # Two more than the words, whose width is rounded.
        wide = {widget: widget.fontMetrics().horizontalAdvance(words) + 2 for widget, words in self._full.items()}
        margins = self._layout.contentsMargins()
        taken = margins.left() + margins.right() + 6 * self._layout.spacing() + wide[self.context]
        left = self.width() - taken - (self._stop.sizeHint().width() if busy else 0)
        place = min(wide[self.place], max(2 * left // 5, px(48)))
        left -= place
        bar = 0 if not busy else px(BAR) if left - wide[self.model] >= px(BAR) else px(BAR) // 3
        work = min(wide[self._work], px(WORK), left - bar - wide[self.model]) if busy else 0
        work = work if work >= min(px(BAR), wide[self._work]) else 0
        self._work.setVisible(work > 0)
        if bar:
            # Never a few pixels: Qt divides by the width of a bar that only says that something runs.
            self._progress.setFixedWidth(bar)
        room = {self.model: max(left - bar - work, px(48)), self._work: work, self.place: place}
        for widget, width in room.items():
            words = self._full[widget]
            widget.setText(widget.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, width))
            widget.setAccessibleName(words)
        self.context.setText(self._full[self.context])

    def _on_model(self) -> None:
        if self._tell_problem is not None:
            self._tell_problem()
        else:
            self.models_wanted.emit()

    def _on_stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(8), px(2), px(12), px(2))
        self._layout.setSpacing(px(12))
        font = self._theme.font(FONT_SMALL)
        for widget in (self.model, self.context, self.place, self._work):
            widget.setFont(font)
        self._progress.setFixedSize(px(BAR), px(8))
        # As high with work as without.
        self._stop.ensurePolished()
        margins = self._layout.contentsMargins()
        self.setMinimumHeight(self._stop.sizeHint().height() + margins.top() + margins.bottom())
        self._fit()
