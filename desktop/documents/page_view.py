"""A page of a PDF as a picture, with the quoted sentence marked on it.

The page is paper in every palette: it is shown as it was made. So the mark has the colours of a light palette
too, laid over the page as a felt pen does (multiplied: the letters stay as black as they were), with an
outline that stands out from paper by more than 3:1 for who does not see the tint.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollArea, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import CONTRAST_LIGHT, FOCUS_WIDTH, LIGHT, Tokens
from desktop.widgets.scroll_room import keep_scroll_room

Box = tuple[float, float, float, float]
# Steps of the page's width, in widths of the view.
ZOOMS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
# What is printed on a page fills so much of the view when it opens: its margins may go, its lines are never cut.
FILLED = 0.94
# To find what is printed the page is looked at so large, and what is darker than this (of 255) counts.
LOOK, PAPER = (160, 200), 245
# Pixels at 100 % that a mark is larger than its words, and the radius of its corners.
GROWN, RADIUS = 1.5, 3


def paper_tokens(theme: Theme) -> Tokens:
    """The colours of what is painted on paper, which is white whatever the window is."""
    return CONTRAST_LIGHT if theme.is_contrast else LIGHT


def printed_part(image: QImage) -> tuple[float, float]:
    """Where what is printed on a page begins and ends from side to side, as fractions; 0 and 1 where it is empty."""
    ignore, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    small = image.scaled(*LOOK, ignore, smooth).convertToFormat(QImage.Format.Format_Grayscale8)
    pixels, stride = bytes(small.constBits()), small.bytesPerLine()
    inked = [x for x in range(small.width()) if min(pixels[x::stride], default=255) < PAPER]
    return (inked[0] / LOOK[0], (inked[-1] + 1) / LOOK[0]) if inked else (0.0, 1.0)


class PageView(QWidget):
    """The page itself; as large as its picture is wanted."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image = QImage()
        self.marks: tuple[Box, ...] = ()
        self.printed = (0.0, 1.0)
        self._ratio = 1.414

    def show_page(self, image: QImage, marks: Sequence[Box]) -> None:
        """Show a page; the marks are fractions of it."""
        self._image, self.marks = image, tuple(marks)
        if image.width():
            self._ratio = image.height() / image.width()
            self.printed = printed_part(image)
        self.update()

    @property
    def has_page(self) -> bool:
        return not self._image.isNull()

    def set_width(self, width: int) -> None:
        """Show the page so wide; a sharper picture may come later."""
        self.setFixedSize(QSize(width, max(1, round(width * self._ratio))))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        page = QRectF(self.rect())
        tokens = paper_tokens(self._theme)
        painter.fillRect(page, QColor(tokens.page))
        if not self._image.isNull():
            painter.drawImage(page, self._image)
            self._paint_marks(painter, tokens)
        painter.setPen(QPen(self._theme.color("hairline"), 1))
        painter.drawRect(page.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_marks(self, painter: QPainter, tokens: Tokens) -> None:
        if not self.marks:
            return
        path = self.mark_path()
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.fillPath(path, QColor(tokens.mark))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(QPen(QColor(tokens.warning), 1.5))
        painter.drawPath(path)

    def mark_path(self) -> QPainterPath:
        """The outline of all marks together: lines below each other are one shape."""
        whole = QPainterPath()
        grown, radius = self._theme.px(GROWN), self._theme.px(RADIUS)
        for left, top, right, bottom in self.marks:
            rect = QRectF(left * self.width(), top * self.height(), 0, 0)
            rect.setBottomRight(QPointF(right * self.width(), bottom * self.height()))
            part = QPainterPath()
            part.addRoundedRect(rect.adjusted(-grown, -grown, grown, grown), radius, radius)
            whole = whole.united(part)
        return whole.simplified()


class PageArea(QScrollArea):
    """The page in its frame: scrolled, zoomed, with the mark brought into view.

    Signals:
        resized: the width of the view or the zoom changed; a picture of `wanted_width` is wanted.
        page_asked(step): the next (1) or previous (-1) page.
    """

    resized = Signal()
    page_asked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.page = PageView(theme, self)
        self.setWidget(self.page)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        keep_scroll_room(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("look", "source")
        self.zoom = 1.0
        self._fits = True
        # Until the person scrolls or chooses a size, the mark stays in view whatever the size of the view.
        self._follows_mark = True
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.actionTriggered.connect(self._on_scrolled)
        # The width at which the letters of the page are as large as those of the window; set with each page.
        self.comfortable_width = 0.0

    @property
    def wanted_width(self) -> int:
        """Width of the page in pixels of the screen."""
        return max(80, round(self.viewport().width() * self.zoom * self.devicePixelRatioF()))

    def show_page(self, image: QImage, marks: Sequence[Box], *, fresh: bool) -> None:
        """Show a page; `fresh` brings its mark, or its top, into view."""
        self.page.show_page(image, marks)
        if fresh and self._fits:
            self._fit()
        self._lay_out()
        if fresh:
            self.show_mark()

    def set_zoom(self, zoom: float) -> None:
        """Show the page at this many widths of the view; the middle stays in the middle."""
        self._fits = self._follows_mark = False
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        centre = self._centre(self.viewport().size())
        self.zoom = min(max(zoom, ZOOMS[0]), ZOOMS[-1])
        self._lay_out()
        self._go_to(centre)
        self.resized.emit()

    def step_zoom(self, step: int) -> None:
        """The next larger (1) or smaller (-1) step."""
        further = [z for z in ZOOMS if (z - self.zoom) * step > 0.01]
        if further:
            self.set_zoom(min(further, key=lambda z: abs(z - self.zoom)))

    def show_mark(self) -> None:
        """Bring the mark into view, at a third of the height; without one the top of the page."""
        self._follows_mark = True
        view, page = self.viewport(), self.page
        if page.marks:
            rect = page.mark_path().boundingRect()
            top = rect.top() - max(self._theme.px(12), (view.height() - rect.height()) / 3)
        else:
            rect, top = QRectF(), 0
        self.verticalScrollBar().setValue(round(top))
        begin, end = (edge * page.width() for edge in page.printed)
        if rect.isValid() and end - begin > view.width():
            begin, end = rect.left(), rect.right()
        self.horizontalScrollBar().setValue(round((begin + end - view.width()) / 2))

    def _fit(self) -> None:
        """As large as its lines fit into the view whole: letters of a page in a narrow sheet are small."""
        begin, end = self.page.printed
        most = min(2.0, self.comfortable_width / max(1, self.viewport().width()))
        self.zoom = max(1.0, min(FILLED / (end - begin), most))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _lay_out(self) -> None:
        self.page.set_width(round(self.viewport().width() * self.zoom))

    def _centre(self, view: QSize) -> tuple[float, float]:
        page = self.page
        x = (self.horizontalScrollBar().value() + view.width() / 2) / max(1, page.width())
        y = (self.verticalScrollBar().value() + view.height() / 2) / max(1, page.height())
        return x, y

    def _go_to(self, centre: tuple[float, float]) -> None:
        view, page = self.viewport(), self.page
        self.horizontalScrollBar().setValue(round(centre[0] * page.width() - view.width() / 2))
        self.verticalScrollBar().setValue(round(centre[1] * page.height() - view.height() / 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        centre = self._centre(event.oldSize())
        super().resizeEvent(event)
        if self._fits and self.page.has_page:
            self._fit()
        self._lay_out()
        if self._follows_mark:
            self.show_mark()
        else:
            self._go_to(centre)
        self.resized.emit()

    def _on_scrolled(self) -> None:
        self._follows_mark = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.step_zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}.get(Qt.Key(event.key()))
        turn = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}.get(Qt.Key(event.key()))
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turn:
            self.page_asked.emit(turn)
        elif step and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.step_zoom(step)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(QPen(self._theme.color("accent"), FOCUS_WIDTH))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.viewport().update()

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.viewport().update()
