"""Fusion with our measures: what a palette and a style sheet cannot say.

Combo boxes, spin boxes, ticks and sliders are drawn here and not by the style sheet, which would want a picture
file in each colour for every arrow and tick. They look like the fields and buttons that the style sheet draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QProxyStyle, QPushButton, QStyle, QStyleOption, QStyleOptionComplex, QWidget

from desktop.look.icons import load_pixmap
from desktop.look.tokens import FOCUS_WIDTH, ICON, RADIUS, TARGET_PRIMARY

if TYPE_CHECKING:
    from desktop.look.theme import Theme

State = QStyle.StateFlag
Sub = QStyle.SubControl
# Pixels at 100 %: room before the words of a field, of its arrow, side of a tick box, groove and knob of a slider.
FIELD_PAD, ARROW_ROOM, TICK, GROOVE, KNOB = 9, 28, 18, 4, 16
_METRICS = {
    QStyle.PixelMetric.PM_SmallIconSize: ICON,
    QStyle.PixelMetric.PM_ButtonIconSize: ICON,
    QStyle.PixelMetric.PM_IndicatorWidth: TICK,
    QStyle.PixelMetric.PM_IndicatorHeight: TICK,
    QStyle.PixelMetric.PM_CheckBoxLabelSpacing: 8,
    QStyle.PixelMetric.PM_SliderLength: KNOB,
    QStyle.PixelMetric.PM_SliderThickness: TARGET_PRIMARY,
}


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
        if metric in _METRICS:
            return self._theme.px(_METRICS[metric])
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
            found.setWidth(found.width() + self._theme.px(FIELD_PAD + 4))
        return found

    def subControlRect(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        part: QStyle.SubControl,
        widget: QWidget | None = None,
    ) -> QRect:
        px = self._theme.px
        whole = QRect(option.rect)
        kinds = QStyle.ComplexControl
        if (control, part) in (
            (kinds.CC_ComboBox, Sub.SC_ComboBoxEditField),
            (kinds.CC_SpinBox, Sub.SC_SpinBoxEditField),
        ):
            inner = whole.adjusted(px(FIELD_PAD), 2, -px(ARROW_ROOM), -2)
        elif control == kinds.CC_SpinBox and part in (Sub.SC_SpinBoxUp, Sub.SC_SpinBoxDown):
            half = whole.height() // 2
            top = whole.top() if part == Sub.SC_SpinBoxUp else whole.top() + half
            inner = QRect(whole.right() - px(ARROW_ROOM) + 1, top, px(ARROW_ROOM), half)
        else:
            return super().subControlRect(control, option, part, widget)
        return QStyle.visualRect(option.direction, whole, inner)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        kinds = QStyle.ComplexControl
        if control not in (kinds.CC_ComboBox, kinds.CC_SpinBox, kinds.CC_Slider):
            super().drawComplexControl(control, option, painter, widget)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if control == kinds.CC_Slider:
            self._draw_slider(option, painter, widget)
        else:
            self._draw_field(option, painter)
            parts = (
                ((Sub.SC_SpinBoxUp, "up"), (Sub.SC_SpinBoxDown, "down"))
                if control == kinds.CC_SpinBox
                else ((Sub.SC_ComboBoxArrow, "down"),)
            )
            for part, icon in parts:
                self._draw_arrow(control, option, part, icon, painter, widget)
        painter.restore()

    def _draw_field(self, option: QStyleOption, painter: QPainter) -> None:
        focused = bool(option.state & State.State_HasFocus)
        hovered = bool(option.state & State.State_MouseOver)
        enabled = bool(option.state & State.State_Enabled)
        width = FOCUS_WIDTH if focused else 1
        line = "accent" if enabled and (focused or hovered) else "border" if enabled else "hairline"
        painter.setPen(QPen(self._theme.color(line), width))
        painter.setBrush(self._theme.color("page"))
        half, radius = width / 2, self._theme.px(RADIUS)
        painter.drawRoundedRect(QRectF(option.rect).adjusted(half, half, -half, -half), radius, radius)

    def _draw_arrow(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        part: QStyle.SubControl,
        icon: str,
        painter: QPainter,
        widget: QWidget | None,
    ) -> None:
        place = self.subControlRect(control, option, part, widget)
        if control == QStyle.ComplexControl.CC_ComboBox:
            room = self._theme.px(ARROW_ROOM)
            place = QRect(option.rect.right() - room + 1, option.rect.top(), room, option.rect.height())
            place = QStyle.visualRect(option.direction, option.rect, place)
        side = self._theme.px(16 if control == QStyle.ComplexControl.CC_ComboBox else 12)
        token = "muted" if option.state & State.State_Enabled else "border"
        self._draw_icon(icon, token, side, QRectF(place).center(), painter)

    def _draw_icon(self, name: str, token: str, side: int, centre: QPointF, painter: QPainter) -> None:
        device = painter.device()
        scale = device.devicePixelRatio() if device is not None else 1.0
        at = QPoint(round(centre.x() - side / 2), round(centre.y() - side / 2))
        painter.drawPixmap(at, load_pixmap(name, self._theme.color(token).name(), side, scale))

    def _draw_slider(self, option: QStyleOptionComplex, painter: QPainter, widget: QWidget | None) -> None:
        """A horizontal one; the window has no other."""
        px, theme = self._theme.px, self._theme
        handle = self.subControlRect(QStyle.ComplexControl.CC_Slider, option, Sub.SC_SliderHandle, widget)
        centre = QPointF(QRectF(handle).center().x(), QRectF(option.rect).center().y())
        knob, groove = px(KNOB) / 2, px(GROOVE)
        line = QRectF(option.rect).adjusted(knob, 0, -knob, 0)
        line = QRectF(line.left(), centre.y() - groove / 2, line.width(), groove)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("border"))
        painter.drawRoundedRect(line, groove / 2, groove / 2)
        painter.setBrush(theme.color("accent"))
        done = QRectF(line)
        if option.direction == Qt.LayoutDirection.RightToLeft:
            done.setLeft(centre.x())
        else:
            done.setRight(centre.x())
        painter.drawRoundedRect(done, groove / 2, groove / 2)
        if option.state & State.State_HasFocus:
            painter.setPen(QPen(theme.color("text"), FOCUS_WIDTH))
        painter.drawEllipse(centre, knob - 1, knob - 1)

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        kinds = QStyle.PrimitiveElement
        # The arrow of a button with a menu; elsewhere Qt's own.
        is_arrow = element == kinds.PE_IndicatorArrowDown and isinstance(widget, QPushButton)
        if element not in (kinds.PE_FrameFocusRect, kinds.PE_IndicatorCheckBox) and not is_arrow:
            super().drawPrimitive(element, option, painter, widget)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if element == kinds.PE_IndicatorCheckBox:
            self._draw_tick(option, painter)
        elif is_arrow:
            token = "muted" if option.state & State.State_Enabled else "border"
            self._draw_icon("down", token, self._theme.px(12), QRectF(option.rect).center(), painter)
        else:
            painter.setPen(QPen(self._theme.color("accent"), FOCUS_WIDTH))
            inset = FOCUS_WIDTH / 2
            painter.drawRoundedRect(QRectF(option.rect).adjusted(inset, inset, -inset, -inset), RADIUS / 2, RADIUS / 2)
        painter.restore()

    def _draw_tick(self, option: QStyleOption, painter: QPainter) -> None:
        theme = self._theme
        ticked = bool(option.state & (State.State_On | State.State_NoChange))
        enabled = bool(option.state & State.State_Enabled)
        hovered = bool(option.state & State.State_MouseOver)
        line = "border" if not enabled or not (ticked or hovered) else "accent"
        painter.setPen(QPen(theme.color(line), 1))
        painter.setBrush(theme.color("page" if not ticked else "accent" if enabled else "border"))
        radius = theme.px(RADIUS) / 2
        box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, radius, radius)
        if ticked:
            icon = "minus" if option.state & State.State_NoChange else "check"
            self._draw_icon(icon, "on_accent", option.rect.width() - theme.px(4), box.center(), painter)
