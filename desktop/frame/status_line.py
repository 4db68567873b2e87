"""The thin line at the foot of the window: model, context, where the answer comes from, work in the background."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QWidget

from desktop.bridge import Bridge, Job
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL


class StatusLine(QFrame):
    """Chips that others write into: `set_model`, `set_context`, `set_place`; the work shows itself."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._bridge = theme, bridge
        self._job: Job | None = None
        self.setProperty("look", "surface")
        self.setAccessibleName(self.tr("Status"))
        self.model = QPushButton(self.tr("Guide · finds and quotes · choose a model"), self)
        self.model.setProperty("look", "link")
        self.context = QLabel(self)
        self.place = QLabel(self.tr("On this computer"), self)
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
        self._on_theme_changed()
        self._on_jobs_changed()

    def set_model(self, words: str) -> None:
        """What the model chip says: name and state."""
        self.model.setText(words)
        self.model.setAccessibleName(words)

    def set_context(self, words: str) -> None:
        """How much of the context is in use; empty hides it."""
        self.context.setText(words)

    def set_place(self, words: str) -> None:
        """ "On this computer", or the server that is asked."""
        self.place.setText(words)

    def _on_jobs_changed(self) -> None:
        if self._job is not None:
            self._job.progressed.disconnect(self._on_progress)
        self._job = self._bridge.jobs[-1] if self._bridge.jobs else None
        for widget in (self._work, self._progress, self._stop):
            widget.setVisible(self._job is not None)
        if self._job is not None:
            self._job.progressed.connect(self._on_progress)
            self._on_progress()

    def _on_progress(self) -> None:
        if self._job is None:
            return
        self._progress.setRange(0, self._job.total)
        self._progress.setValue(self._job.done)
        words = f"{self._job.title} · {self._job.detail}" if self._job.detail else self._job.title
        metrics = self._work.fontMetrics()
        self._work.setText(metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, self._theme.px(320)))
        self._progress.setAccessibleName(words)

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
        self._progress.setFixedSize(px(120), px(8))
        self._stop.setFixedHeight(self.model.sizeHint().height())
