"""The resource panel: what Scrubjay takes of this computer now, and how fast it is.

Figures are asked once a second while the panel is in front and the window is on the screen, and never else; at
rest every four seconds, until a model says that it does something.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QLocale, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.bridge import Job
from desktop.context import Context
from desktop.errors import sentence_of
from desktop.look.tokens import FONT_TITLE
from desktop.models.words import number, size, speed
from desktop.operations import models as model_operations
from desktop.operations.models import state_words
from desktop.operations.resources import read_figures
from desktop.panels import Panel
from desktop.resources.cards import FigureCard
from desktop.resources.events import Lately
from desktop.resources.history import WINDOW_S, History, add_figures
from desktop.resources.latencies import LatencyTable
from desktop.resources.plot import Plot
from desktop.resources.words import line_name, saved_words

POLL_MS = 1000
# While nothing runs, lines are flat: they are asked for and painted more rarely, so that looking costs nothing.
REST_MS = 4000
# Below this part of a core all processes of Scrubjay together are at rest.
REST_CORES = 0.05
# Percentiles move slowly; the table is read again at most so often.
REPORT_EVERY = 3
# Pixels at 100 % that a card wants; plots want twice that.
CARD_WIDTH = 200


def model_in_front(models: list[dict[str, Any]], chosen: dict[str, Any] | None) -> dict[str, Any] | None:
    """The model to tell of: one that works now, else the one that answers; None before it was ever asked."""
    busy = [m for m in models if m["state"] in ("thinking", "loading")]
    if busy or chosen is None:
        return (busy or [m for m in models if m["state"] == "ready"] or models or [None])[-1]
    return next((m for m in models if m["source"] == chosen["source"]), None)


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


class ResourcesPanel(Panel):
    """Cards, plots, latencies."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.history = History()
        self.n_read = 0
        self._job: Job | None = None
        self._columns = 0
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        context.bridge.changed.connect(self._on_changed)
        context.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # Building

    def _build(self) -> None:
        page = QWidget(self)
        page.setProperty("look", "page")
        self._heading = QLabel(self.tr("Resources"), page)
        self._unload = QPushButton(self.tr("Unload now"), page)
        self._unload.setToolTip(self.tr("Give the memory of models back now; the next question loads what it needs."))
        self._unload.clicked.connect(lambda: model_operations.unload_model(self.context, ""))
        self._problem = QLabel(page)
        self._problem.setProperty("look", "danger")
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._gpu = QLabel(page)
        self._gpu.setProperty("look", "muted")
        self._gpu.setWordWrap(True)
        self.cards = self._build_cards(page)
        theme = self.context.theme
        self.plots = {
            "cpu": Plot(theme, self.tr("Processor"), self.tr("% of a core"), 100, page),
            "memory": Plot(theme, self.tr("Memory"), "MB", 200, page),
            "tokens": Plot(theme, self.tr("Tokens written"), "tok/s", 10, page),
            "prompt": Plot(theme, self.tr("Prompts"), "tok/s", 100, page),
            "gpu": Plot(theme, self.tr("GPU"), "%", 100, page),
        }
        self.plots["gpu"].hide()
        self.latencies = LatencyTable(theme, page)
        self.lately = Lately(theme, page)
        self._top = QHBoxLayout()
        self._top.addWidget(self._heading, 1)
        self._top.addWidget(self._unload)
        self._grid, self._plot_grid = QGridLayout(), QGridLayout()
        self._layout = QVBoxLayout(page)
        self._layout.addLayout(self._top)
        for widget in (self._problem, self._gpu):
            self._layout.addWidget(widget)
        self._layout.addLayout(self._grid)
        self._layout.addLayout(self._plot_grid)
        self._layout.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName(self.tr("Figures"))
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)

    def _build_cards(self, page: QWidget) -> dict[str, FigureCard]:
        texts = {
            "cpu": (self.tr("Processor"), self.tr("Of all processes of Scrubjay, in per cent of one core.")),
            "memory": (
                self.tr("Memory"),
                self.tr("Of all processes of Scrubjay; what they share is counted once (PSS) where the system tells."),
            ),
            "model": (self.tr("Model"), self.tr("The model that answers, what runs it, and what it does now.")),
            "speed": (
                self.tr("Speed"),
                self.tr(
                    "Tokens per second of the last answer. Each token reads all active weights once, so the memory's "
                    "bandwidth is a limit that no program passes."
                ),
            ),
            "prompt": (
                self.tr("Prompt read"),
                self.tr(
                    "Tokens of prompts that the model had read before and kept (KV cache), against those that it had "
                    "to read. The more is kept, the sooner the first word comes."
                ),
            ),
            "context": (
                self.tr("Context"),
                self.tr("How much of what the model can see at once the last prompt and answer took."),
            ),
            "store": (
                self.tr("Store"),
                self.tr("The server that keeps what lasts: its memory, and its append-only file on the disk (AOF)."),
            ),
            "caches": (
                self.tr("Work saved"),
                self.tr(
                    "How much of the work was not done again because its result was kept: whole answers, memories "
                    "that were looked up, texts whose meaning was worked out."
                ),
            ),
        }
        return {key: FigureCard(self.context.theme, *words, page) for key, words in texts.items()}

    # Asking

    def on_shown(self) -> None:
        self._start()

    def on_hidden(self) -> None:
        self._timer.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.window().installEventFilter(self)
        # A scroll area gives its page a new parent, and with it labels outside of cards their plain font.
        self._heading.setFont(self.context.theme.font(FONT_TITLE, bold=True))
        self._start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """A minimised window is not painted and asks for nothing."""
        if event.type() == QEvent.Type.WindowStateChange:
            if self.window().isMinimized():
                self._timer.stop()
            elif self.isVisible():
                self._start()
        return False

    def _start(self) -> None:
        if not self._timer.isActive() and not self.window().isMinimized():
            self._timer.start()
            self._poll()

    def _poll(self) -> None:
        if self.context.bridge.engine is None:
            self._say(self.tr("Opening…"))
            return
        if self._job is None or not self._job.is_running:
            self._job = read_figures(
                self.context,
                self.show_figures,
                with_report=self.n_read % REPORT_EVERY == 0,
                failed=lambda error: self._say(sentence_of(error)),
                owner=self,
            )

    def _on_changed(self, what: str, _id: str, _how: str) -> None:
        if what == "model" and self._timer.isActive() and self._timer.interval() != POLL_MS:
            self._timer.start(POLL_MS)
            self._poll()

    def _pace(self, figures: dict[str, Any], cores: float) -> None:
        """Ask often while something runs."""
        is_busy = cores > REST_CORES or any(m["state"] in ("thinking", "loading") for m in figures["models"])
        wanted = POLL_MS if is_busy or self.n_read < 3 else REST_MS
        if self._timer.isActive() and self._timer.interval() != wanted:
            self._timer.start(wanted)

    def _say(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))

    # Showing

    def show_figures(self, figures: dict[str, Any]) -> None:
        """Show one reading."""
        self.n_read += 1
        self._say("")
        rates = add_figures(self.history, figures)
        scan = figures["memory_scan"]
        words = self.tr("Texts are compared with {scan}.") if scan != "numpy" else self.tr("Texts are compared slowly.")
        self._gpu.setText(f"{figures['gpu']} {words.format(scan=scan)}")
        self._pace(figures, rates["cores"])
        self._show_processes(figures, rates["cores"])
        self._show_model(figures["models"], figures.get("chosen"))
        self._show_store(figures)
        events = figures.get("events", [])
        marks = [e["at_s"] - figures["at_s"] for e in events if figures["at_s"] - e["at_s"] < WINDOW_S]
        for kind, plot in self.plots.items():
            names = self.history.names(f"{kind}/")
            if kind == "gpu" and bool(names) == plot.isHidden():
                plot.setVisible(bool(names))
                self._columns = 0
                self._arrange()
            plot.show_lines({name: (*self.history.line(name), line_name(name)) for name in names})
            plot.show_marks(marks)
        self.lately.show_events(events, figures["at_s"])
        if "report" in figures:
            self.latencies.show_report(figures["report"])

    def _show_processes(self, figures: dict[str, Any], cores: float) -> None:
        rows = figures["processes"]
        total = sum(row["memory_bytes"] for row in rows)
        used = self.tr("{percent} %").format(percent=number(cores * 100, 1 if cores < 0.1 else 0))
        count = self.tr("{n} processes on {cores} cores").format(n=len(rows), cores=figures["cores"])
        self.cards["cpu"].show_figure(used if self.n_read > 1 else "–", count)
        free = self.tr("{free} of {total} are free").format(
            free=size(figures["memory"]["available"]), total=size(figures["memory"]["total"])
        )
        self.cards["memory"].show_figure(size(total), free)

    def _show_model(self, models: list[dict[str, Any]], chosen: dict[str, Any] | None) -> None:
        model = model_in_front(models, chosen)
        ready = [m for m in models if m["state"] == "ready"]
        self._unload.setEnabled(bool(ready))
        others = [m["name"] for m in ready if m is not model]
        also = self.tr("Also in memory: {names}").format(names=QLocale().createSeparatedList(others)) if others else ""
        if model is None:
            name = chosen["name"] if chosen is not None else self.tr("None yet")
            self.cards["model"].show_figure(name, _lines(self.tr("Loads with the next question"), also))
            for key in ("speed", "prompt", "context"):
                self.cards[key].show_figure("–", self.tr("It was not asked yet"))
            return
        note = state_words(model["state"], model.get("read_share", 0.0), is_server="://" in model.get("source", ""))
        runs = f"{model['backend']} · {note}" if model["backend"] else note
        self.cards["model"].show_figure(model["name"], _lines(runs, also))
        self._show_speed(model)
        read, kept = model["n_prefilled"], model["n_reused"]
        share = kept / (read + kept) * 100 if read + kept else 0.0
        self.cards["prompt"].show_figure(
            self.tr("{percent} % kept").format(percent=number(share)),
            self.tr("{kept} tokens kept, {read} read").format(kept=number(kept), read=number(read)),
        )
        if model["n_ctx"]:
            self.cards["context"].show_figure(
                self.tr("{percent} %").format(percent=number(model["n_context"] / model["n_ctx"] * 100)),
                self.tr("{n} of {all} tokens").format(n=number(model["n_context"]), all=number(model["n_ctx"])),
            )
        else:
            self.cards["context"].show_figure("–", self.tr("Not loaded"))

    def _show_speed(self, model: dict[str, Any]) -> None:
        rate, limit = model["tokens_per_s"], model["limit_per_s"]
        note = self.tr("of the last answer") if rate else self.tr("Nothing was written yet")
        if rate and limit and limit < 1000:
            note = self.tr("memory allows {limit} at most").format(limit=speed(limit))
        elif rate and model["prefill_per_s"]:
            note = self.tr("reads {speed}").format(speed=speed(model["prefill_per_s"]))
        self.cards["speed"].show_figure(speed(rate) if rate else "–", note)

    def _show_store(self, figures: dict[str, Any]) -> None:
        store = figures["store"]
        if "problem" in store:
            self.cards["store"].show_figure(self.tr("Not reached"), store["problem"])
        elif store:
            self.cards["store"].show_figure(
                self.tr("{size} on disk").format(size=size(store["disk_bytes"])),
                self.tr("{server}, {size} in memory").format(server=store["server"], size=size(store["memory_bytes"])),
            )
        self._show_caches(figures.get("caches", {}))

    def _show_caches(self, caches: dict[str, tuple[int, int]]) -> None:
        asked = sum(pair[0] for pair in caches.values())
        if not asked:
            self.cards["caches"].show_figure("–", self.tr("Nothing was asked yet"))
            return
        known = sum(pair[1] for pair in caches.values())
        what = saved_words({name: pair[1] for name, pair in caches.items()})
        self.cards["caches"].show_figure(
            self.tr("{percent} %").format(percent=number(known / asked * 100)),
            self.tr("Not done again: {what}").format(what=what) if what else self.tr("Nothing came up twice yet"),
        )

    # Fitting

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """As many cards beside each other as have room, plots half as many."""
        px = self.context.theme.px
        columns = min(4, max(1, (self.width() - px(32)) // px(CARD_WIDTH)))
        columns = 2 if columns == 3 else columns
        if columns == self._columns:
            return
        self._columns = columns
        for place, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, place // columns, place % columns)
        across = max(1, columns // 2)
        for part in (*self.plots.values(), self.latencies):
            part.set_narrow(columns == 1)
        parts = [plot for plot in self.plots.values() if not plot.isHidden()]
        for place, part in enumerate([*parts, self.latencies, self.lately]):
            self._plot_grid.addWidget(part, place // across, place % across)
        for grid, used, most in ((self._grid, columns, 4), (self._plot_grid, across, 2)):
            for column in range(most):
                grid.setColumnStretch(column, 1 if column < used else 0)

    def _on_theme_changed(self) -> None:
        px = self.context.theme.px
        self._heading.setFont(self.context.theme.font(FONT_TITLE, bold=True))
        self._layout.setContentsMargins(px(20), px(16), px(20), px(20))
        self._layout.setSpacing(px(12))
        self._grid.setSpacing(px(12))
        self._plot_grid.setSpacing(px(12))
        self._arrange()
