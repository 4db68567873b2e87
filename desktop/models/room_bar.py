"""A bar of the computer's memory: what is in use, what the model would take, what stays free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.look.theme import Theme
from desktop.models.words import size, tr

if TYPE_CHECKING:
    from engine.llm.fit import FitPlan


class RoomBar(QWidget):
    """Painted from a plan; its words are the accessible name."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._plan: FitPlan | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_plan(self, plan: FitPlan | None) -> None:
        """Show what a plan needs beside what is free; hidden without one."""
        self._plan = plan
        self.setVisible(plan is not None)
        if plan is not None:
            words = tr("Of {free} that are free the model would take {needs}.").format(
                free=size(plan.free_bytes), needs=size(plan.needed_bytes)
            )
            self.setAccessibleName(words)
            self.setToolTip(
                tr(
                    "Weights {weights}, context of {n} tokens {kv}, computing and vocabulary {rest}.\n"
                    "{kept} of what is free is kept for other programs."
                ).format(
                    weights=size(plan.weights_bytes),
                    n=self.locale().toString(plan.n_ctx),
                    kv=size(plan.kv_bytes),
                    rest=size(plan.compute_bytes + plan.other_bytes),
                    kept=size(plan.reserve_bytes),
                )
            )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(10))

    def paintEvent(self, _event: QPaintEvent) -> None:
        plan = self._plan
        if plan is None or plan.free_bytes <= 0:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        clip = QPainterPath()
        clip.addRoundedRect(whole, whole.height() / 2, whole.height() / 2)
        painter.setClipPath(clip)
        painter.fillRect(whole, self._theme.color("hairline"))
        scale = whole.width() / max(plan.free_bytes, plan.needed_bytes)
        colour = {"fits": "success", "fits_smaller": "warning", "too_large": "danger"}[plan.verdict]
        self._fill(painter, whole, 0, plan.needed_bytes * scale, colour)
        limit = (plan.free_bytes - plan.reserve_bytes) * scale
        painter.setPen(QPen(self._theme.color("text"), 1))
        painter.drawLine(self._place(whole, limit), whole.top(), self._place(whole, limit), whole.bottom())  # type: ignore[call-overload]
        painter.setClipping(False)
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.drawPath(clip)
        painter.end()

    def _fill(self, painter: QPainter, whole: QRectF, start: float, width: float, colour: str) -> None:
        left = whole.left() + start
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = whole.right() - start - width
        painter.fillRect(QRectF(left, whole.top(), max(2.0, width), whole.height()), self._theme.color(colour))

    def _place(self, whole: QRectF, offset: float) -> int:
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return round(whole.right() - offset if is_rtl else whole.left() + offset)
