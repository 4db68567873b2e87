r"""Formulas as pictures.

ziamath (MIT, pure Python, 1.3 MB with its font) sets LaTeX as lines and curves of STIX Two; Qt paints them. Beside it:
matplotlib's mathtext knows less of LaTeX (no matrices) and brings 30 MB; a translation into Unicode has no fractions.

What is drawn was written by a model: only elements that draw are let through, so that no picture is ever loaded, and
what cannot be set is shown as it was written.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

logger = logging.getLogger(__name__)

# Sharp on screens of up to this many pixels a pixel.
SCALE = 3
# Wider or higher than this, in pixels, nothing is drawn: the picture alone would take hundreds of megabytes.
LARGEST = 4_000
_TAGS = re.compile(r"<\s*([A-Za-z:]+)")
_DRAWN = {"svg", "g", "path", "rect", "line", "polyline", "polygon"}


@dataclass(frozen=True, slots=True)
class Formula:
    """A picture of `SCALE` times its size; `ascent` is what of its height stands above the line of writing."""

    image: QImage
    width: float
    height: float
    ascent: float


@lru_cache(maxsize=256)
def draw_formula(latex: str, size: float, colour: str, *, is_display: bool = False) -> Formula | None:
    """A formula with letters of `size` pixels; None where it cannot be drawn."""
    try:
        svg, width, height, descent = _set(latex, size, colour, is_display)
    except Exception as error:  # noqa: BLE001 (whatever a model wrote: the setter was not made for it)
        logger.debug("a formula is shown as it was written: %s", error)
        return None
    if set(_TAGS.findall(svg)) - _DRAWN or not (0 < width < LARGEST and 0 < height < LARGEST):
        return None
    image = QImage(round(width * SCALE), round(height * SCALE), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    return Formula(image, width, height, height - descent) if renderer.isValid() else None


def _set(latex: str, size: float, colour: str, is_display: bool) -> tuple[str, float, float, float]:
    # Here: it takes half a second, and most answers have no formula.
    import ziamath

    # Shapes where they are used, which every SVG reader draws.
    ziamath.config.svg2 = False
    formula = ziamath.Latex(latex, size=size, color=colour, inline=not is_display)
    svg = formula.svg()
    _, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())  # type: ignore[index]
    return svg, width, height, top + height
