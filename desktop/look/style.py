"""Fusion with our measures: what a palette and a style sheet cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QWidget

from desktop.look.tokens import FOCUS_WIDTH, ICON, RADIUS, TARGET_PRIMARY

if TYPE_CHECKING:
    from desktop.look.theme import Theme


class ScrubjayStyle(QProxyStyle):
    """Draws focus as a ring of two pixels that is always visible, and keeps icons at our size.

    Hints are left to the style sheet: Qt asks for them a thousand times while a window is built.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__("fusion")
        self._theme = theme

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric in (QStyle.PixelMetric.PM_SmallIconSize, QStyle.PixelMetric.PM_ButtonIconSize):
            return self._theme.px(ICON)
        if metric == QStyle.PixelMetric.PM_FocusFrameVMargin:
            return 2
        return super().pixelMetric(metric, option, widget)

    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        found = super().sizeFromContents(kind, option, size, widget)
        if kind in (QStyle.ContentsType.CT_ComboBox, QStyle.ContentsType.CT_SpinBox):
            # As high as the fields and buttons beside them, which the style sheet draws.
            found.setHeight(max(found.height(), self._theme.px(TARGET_PRIMARY)))
        return found

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        if element != QStyle.PrimitiveElement.PE_FrameFocusRect:
            super().drawPrimitive(element, option, painter, widget)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("accent"), FOCUS_WIDTH))
        inset = FOCUS_WIDTH / 2
        painter.drawRoundedRect(QRectF(option.rect).adjusted(inset, inset, -inset, -inset), RADIUS / 2, RADIUS / 2)
        painter.restore()
