"""Line icons: one family, 24 × 24 with strokes of 1.75 in `currentColor`, painted in a palette's colour."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from resources import resource_path


@lru_cache(maxsize=512)
def load_pixmap(name: str, colour: str, side: int, scale: float = 1.0) -> QPixmap:
    """The icon as a pixmap of `side` × `side` device-independent pixels."""
    svg = resource_path("icons", f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    pixels = round(side * scale)
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


class LineIconEngine(QIconEngine):
    """Paints a line icon when it is asked for, in the colour of its state: most are never seen in most states."""

    def __init__(self, name: str, colour: str, checked: str, disabled: str) -> None:
        super().__init__()
        self._name, self._colour, self._checked, self._disabled = name, colour, checked, disabled

    def clone(self) -> QIconEngine:
        return LineIconEngine(self._name, self._colour, self._checked, self._disabled)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if mode == QIcon.Mode.Disabled:
            shade = self._disabled
        else:
            shade = self._checked if state == QIcon.State.On else self._colour
        return load_pixmap(self._name, shade, min(size.width(), size.height()))

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        # Not the device's own ratio: to ask for the device brings every class of widget before the first paint.
        scale = painter.deviceTransform().m11()
        painter.drawPixmap(rect, self.pixmap(rect.size() * scale, mode, state))


@lru_cache(maxsize=256)
def load_icon(name: str, colour: str, checked: str, disabled: str) -> QIcon:
    """The icon in its states, sharp on every screen."""
    return QIcon(LineIconEngine(name, colour, checked, disabled))
