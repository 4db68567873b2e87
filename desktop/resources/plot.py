"""A plot of the last minute, drawn by pyqtgraph in the colours of the look.

Lines take the plot colours in a fixed order per name, so that a process keeps its colour; the words beside
the plot carry the same colour as a mark, never as the only sign: they stand in the order of the lines.
"""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QGraphicsItem, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL
from desktop.resources.history import WINDOW_S

LINE_WIDTH = 2
MARGIN_S = 3.0
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)


class Plot(QFrame):
    """One plot with its title, unit and legend.

    Args:
        floor: the value axis shows at least 0 to this.
    """

    def __init__(self, theme: Theme, title: str, unit: str, floor: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._unit, self._floor = theme, unit, floor
        self.setProperty("look", "card")
        self._title = QLabel(title, self)
        self._legend = QLabel(self)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setWordWrap(True)
        self._legend.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self._words: dict[str, str] = {}
        self._curves: dict[str, pg.PlotCurveItem] = {}
        self._plot = pg.PlotWidget(self, background=None)
        self._plot.setAccessibleName(title)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.disableAutoRange()
        # A little more than the window, so that the words at both ends have room.
        self._plot.setXRange(-WINDOW_S - MARGIN_S, MARGIN_S, padding=0)
        self._plot.setYRange(0, floor, padding=0)
        self._plot.getAxis("bottom").setTicks([[(-60, "60 s"), (-40, "40 s"), (-20, "20 s"), (0, self.tr("now"))], []])
        self._plot.getAxis("left").enableAutoSIPrefix(False)
        for side in ("left", "bottom"):
            # Painted once and kept: the words of the axes cost ten times what the lines do.
            self._plot.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._head = QHBoxLayout()
        self._head.addWidget(self._title)
        self._head.addWidget(self._legend, 1)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._head)
        self._layout.addWidget(self._plot, 1)
        self._marks = pg.PlotCurveItem()
        self._plot.addItem(self._marks, ignoreBounds=True)
        self._marked: list[float] = []
        self._top = floor
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_narrow(self, narrow: bool) -> None:
        """Narrow: the legend stands below the title."""
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._head.setDirection(down if narrow else across)
        side = Qt.AlignmentFlag.AlignLeading if narrow else Qt.AlignmentFlag.AlignTrailing
        self._legend.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def show_lines(self, lines: dict[str, tuple[list[float], list[float], str]]) -> None:
        """Show lines: seconds before now, values, and the words of the legend, by name."""
        for name, (xs, ys, _words) in lines.items():
            if name not in self._curves:
                self._add(name)
            self._curves[name].setData(np.asarray(xs), np.asarray(ys), skipFiniteCheck=True)
        for name in self._curves:
            if name not in lines:
                self._curves[name].clear()
        self._show_legend({name: words for name, (_, _, words) in lines.items()})
        highest = max((max(ys) for _, ys, _ in lines.values() if ys), default=0.0)
        top = _round_up(max(self._floor, highest * 1.1))
        if top != self._top:
            self._top = top
            self._plot.setYRange(0, top, padding=0)
            self._draw_marks()

    def show_marks(self, places: list[float]) -> None:
        """Upright lines where something happened, in seconds before now."""
        if places != self._marked:
            self._marked = places
            self._draw_marks()

    def _draw_marks(self) -> None:
        xs = np.repeat(np.asarray(self._marked, float), 2)
        self._marks.setData(xs, np.tile([0.0, self._top], len(self._marked)), connect="pairs", skipFiniteCheck=True)

    def _add(self, name: str) -> None:
        # The bare curve: what a PlotDataItem adds (down-sampling, logarithms) costs more than the painting.
        self._curves[name] = pg.PlotCurveItem()
        self._plot.addItem(self._curves[name], ignoreBounds=True)
        self._paint(name)

    def _colour(self, name: str) -> tuple[str, Qt.PenStyle]:
        number = list(self._curves).index(name)
        colours = self._theme.tokens.plots
        return colours[number % len(colours)], STYLES[number // len(colours) % len(STYLES)]

    def _paint(self, name: str) -> None:
        colour, style = self._colour(name)
        self._curves[name].setPen(pg.mkPen(colour, width=LINE_WIDTH, style=style))

    def _show_legend(self, words: dict[str, str]) -> None:
        if words == self._words:
            return
        self._words = words
        muted = self._theme.color("muted").name()
        marks = [
            f'<span style="color:{self._colour(name)[0]}">━</span>&nbsp;'
            f'<span style="color:{muted}">{escape(text).replace(" ", "&nbsp;")}</span>'
            for name, text in words.items()
        ]
        self._legend.setText(" &nbsp;".join(marks))
        self._legend.setAccessibleName(", ".join(words.values()))

    def _on_theme_changed(self) -> None:
        theme, px = self._theme, self._theme.px
        self._title.setFont(theme.font(bold=True))
        small = theme.font(FONT_SMALL)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.color("border")))
            axis.setTextPen(pg.mkPen(theme.color("muted")))
            axis.setStyle(tickFont=small, tickLength=-4, autoExpandTextSpace=True)
        self._plot.setBackground(theme.color("raised"))
        colour = theme.color("muted").name()
        self._plot.setLabel("left", self._unit, **{"color": colour, "font-size": f"{small.pointSizeF():.1f}pt"})
        self._plot.showGrid(x=False, y=True, alpha=0.25)
        self._plot.setMinimumHeight(px(120))
        self._layout.setContentsMargins(px(14), px(10), px(14), px(8))
        self._head.setSpacing(px(8))
        self._legend.setFont(small)
        self._marks.setPen(pg.mkPen(theme.color("muted"), width=1, style=Qt.PenStyle.DotLine))
        for name in self._curves:
            self._paint(name)
        words, self._words = self._words, {}
        self._show_legend(words)


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 …, so that the axis changes rarely."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if factor * step >= value:
                return factor * step
        step *= 10
