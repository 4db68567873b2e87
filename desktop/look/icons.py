"""Line icons: one family, 24 × 24 with strokes of 1.75 in `currentColor`, painted in a palette's colour."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from resources import resource_path

# Pixels painted for each icon: once, twice and three times the 20 of the look; Qt scales down between them.
SIDES = (20, 40, 60)


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


@lru_cache(maxsize=256)
def load_icon(name: str, colour: str, checked: str, disabled: str) -> QIcon:
    """The icon in its states, for screens of one to three device pixels per pixel."""
    icon = QIcon()
    for mode, state, shade in (
        (QIcon.Mode.Normal, QIcon.State.Off, colour),
        (QIcon.Mode.Normal, QIcon.State.On, checked),
        (QIcon.Mode.Disabled, QIcon.State.Off, disabled),
    ):
        for side in SIDES:
            icon.addPixmap(load_pixmap(name, shade, side), mode, state)
    return icon
