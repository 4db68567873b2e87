"""A page of a PDF as a picture, with the places of quoted sentences on it.

Runs in the document worker only: a PDF is a program of strangers, and its renderer the part that has had
the most holes. What crosses to the window is a bitmap and numbers.

A mark is as high as its line's letters with their ascenders and descenders, as wide as the words. The box
that PDFium calls loose gives that, except for fonts that claim absurd heights; it is therefore cut to what
the size of the font allows, measured from the base line. Marks are fractions of the page as it is seen:
PDFium's own mapping is asked, which knows of rotation, of cropping and of user units.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from engine.documents.formats.pdf import open_pdf
from engine.documents.quotes import Key, create_key, find_quote
from engine.documents.types import Box, RenderedPage
from engine.errors import DocumentError, UsageError

# A picture of more pixels than this would not fit into one message (three bytes a pixel, 16 MB).
MAX_PIXELS = 5_000_000
MAX_SIDE = 12_000
MIN_WIDTH = 16
# Characters of a page that are looked at; a page of a phone book has 15,000.
MAX_CHARS = 200_000
# How far a letter may reach above and below its base line, in sizes of its font.
_ASCENT, _DESCENT = 1.05, 0.35
# Letters further apart than this, in heights of their line, are no run of words: cells of a table.
_CELL_GAP = 3.0
# PDFium gives whole device pixels; on a device this large a pixel is a millionth of the page.
_FINE = 1_000_000


def render_page(path: Path, page: int, width_px: int, quotes: Sequence[str] = (), before: str = "") -> RenderedPage:
    """A page, as wide as asked for unless that is too many pixels.

    Args:
        page: from 1.
        before: what stands before the first quote in its passage; decides between equal sentences.

    Raises:
        DocumentError: the file or this page cannot be read.
        UsageError: there is no such page.
    """
    document = open_pdf(path)
    try:
        pages = len(document)
        if not 1 <= page <= pages:
            raise UsageError(f"There is no page {page}; this PDF has {pages}.")
        try:
            opened = document[page - 1]
        except pypdfium2.PdfiumError as exc:
            raise DocumentError(f"Page {page} of this PDF is damaged and cannot be shown.") from exc
        try:
            width_pt, height_pt = opened.get_size()
            marks = _find_marks(opened, quotes, before)
            width, height, stride, pixels = _paint(opened, width_px)
        finally:
            opened.close()
    finally:
        document.close()
    return RenderedPage(page, pages, width, height, stride, pixels, marks, width_pt, height_pt)


def _paint(page: pypdfium2.PdfPage, width_px: int) -> tuple[int, int, int, bytes]:
    width_pt, height_pt = page.get_size()
    if not (0 < width_pt < math.inf and 0 < height_pt < math.inf):
        raise DocumentError("This page has no size and cannot be shown.")
    width, height = _fitting(width_px, height_pt / width_pt)
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGR)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
        return width, height, bitmap.stride, bytes(bitmap.buffer)
    finally:
        bitmap.close()


def _fitting(width: float, ratio: float) -> tuple[int, int]:
    """Width and height in pixels within the limits; `ratio` is height by width."""
    width = max(float(MIN_WIDTH), float(width))
    width = min(width, MAX_SIDE, MAX_SIDE / ratio, math.sqrt(MAX_PIXELS / ratio))
    return max(1, int(width)), max(1, min(MAX_SIDE, int(width * ratio)))


def _find_marks(page: pypdfium2.PdfPage, quotes: Sequence[str], before: str) -> tuple[tuple[Box, ...], ...]:
    if not quotes:
        return ()
    text_page = page.get_textpage()
    try:
        count = min(pdfium.FPDFText_CountChars(text_page), MAX_CHARS)
        characters = [_character(text_page, index) for index in range(count)]
        key = create_key(characters)
        return tuple(
            tuple(_quote_boxes(page, text_page, quote, characters, key, "" if number else before))
            for number, quote in enumerate(quotes)
        )
    finally:
        text_page.close()


def _character(text_page: pypdfium2.PdfTextPage, index: int) -> str:
    code = pdfium.FPDFText_GetUnicode(text_page, index)
    return chr(code) if code < 0x110000 else "\ufffd"


def _quote_boxes(
    page: pypdfium2.PdfPage,
    text_page: pypdfium2.PdfTextPage,
    quote: str,
    characters: Sequence[str],
    key: Key,
    before: str,
) -> Iterator[Box]:
    for first, end in find_quote(quote, characters, key, before=before):
        for run in _lines(text_page, characters, first, end):
            yield _as_seen(page, run.box)


@dataclass(slots=True)
class _Run:
    """Letters of one line beside each other; the box is left, bottom, right, top in points of the page."""

    box: Box
    angle: int

    def takes(self, box: Box, angle: int) -> bool:
        """True if a letter goes on with this line."""
        if angle != self.angle or angle < 0:
            return False
        along, across = (0, 1) if angle % 2 == 0 else (1, 0)
        height = min(self.box[across + 2] - self.box[across], box[across + 2] - box[across])
        overlap = min(self.box[across + 2], box[across + 2]) - max(self.box[across], box[across])
        gap = max(box[along] - self.box[along + 2], self.box[along] - box[along + 2])
        return overlap >= 0.5 * height and gap <= _CELL_GAP * height

    def add(self, box: Box) -> None:
        a = self.box
        self.box = (min(a[0], box[0]), min(a[1], box[1]), max(a[2], box[2]), max(a[3], box[3]))


def _lines(text_page: pypdfium2.PdfTextPage, characters: Sequence[str], first: int, end: int) -> Iterator[_Run]:
    current: _Run | None = None
    for index in range(first, end):
        if not _is_seen(text_page, characters[index], index):
            continue
        box, angle = _letter_box(text_page, index), _quarter(text_page, index)
        if box is None:
            continue
        if current is not None and current.takes(box, angle):
            current.add(box)
            continue
        if current is not None:
            yield current
        current = _Run(box, angle)
    if current is not None:
        yield current


def _is_seen(text_page: pypdfium2.PdfTextPage, character: str, index: int) -> bool:
    # PDFium gives the hyphen at the end of a line as a control character.
    return not character.isspace() and (character >= " " or pdfium.FPDFText_IsHyphen(text_page, index) == 1)


def _quarter(text_page: pypdfium2.PdfTextPage, index: int) -> int:
    """In quarters of a turn how a letter stands; -1 for one that stands aslant."""
    quarters = pdfium.FPDFText_GetCharAngle(text_page, index) / (math.pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.05 else -1


def _letter_box(text_page: pypdfium2.PdfTextPage, index: int) -> Box | None:
    """Left, bottom, right, top of a letter's place in its line."""
    rect = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(text_page, index, rect):
        return None
    box = (rect.left, min(rect.bottom, rect.top), rect.right, max(rect.bottom, rect.top))
    if box[2] - box[0] <= 0 or box[3] - box[1] <= 0:
        box = _tight_box(text_page, index)
    return _within_reach(text_page, index, box)


def _tight_box(text_page: pypdfium2.PdfTextPage, index: int) -> Box:
    sides = [ctypes.c_double() for _ in range(4)]
    pdfium.FPDFText_GetCharBox(text_page, index, *sides)
    left, right, bottom, top = (side.value for side in sides)
    return left, bottom, right, top


def _within_reach(text_page: pypdfium2.PdfTextPage, index: int, box: Box) -> Box:
    """The box cut to what a letter of this size can take, across the line."""
    x, y, matrix = ctypes.c_double(), ctypes.c_double(), pdfium.FS_MATRIX()
    found = pdfium.FPDFText_GetCharOrigin(text_page, index, x, y)
    if not found or not pdfium.FPDFText_GetMatrix(text_page, index, matrix):
        return box
    size = pdfium.FPDFText_GetFontSize(text_page, index) * math.hypot(matrix.c, matrix.d)
    angle = _quarter(text_page, index)
    if size <= 0 or angle < 0:
        return box
    left, bottom, right, top = box
    up, down = _ASCENT * size, _DESCENT * size
    if angle == 0:
        return left, max(bottom, y.value - down), right, min(top, y.value + up)
    if angle == 2:
        return left, max(bottom, y.value - up), right, min(top, y.value + down)
    # A quarter turn: the line runs up or down the page, so its height is measured along x.
    to_left, to_right = (down, up) if angle == 1 else (up, down)
    return max(left, x.value - to_left), bottom, min(right, x.value + to_right), top


def _as_seen(page: pypdfium2.PdfPage, box: Box) -> Box:
    """Left, top, right, bottom as fractions of the page as it is shown."""
    corners = [_device(page, x, y) for x, y in ((box[0], box[1]), (box[2], box[3]))]
    xs, ys = sorted(c[0] for c in corners), sorted(c[1] for c in corners)
    return _part(xs[0]), _part(ys[0]), _part(xs[1]), _part(ys[1])


def _device(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[int, int]:
    to_x, to_y = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, x, y, to_x, to_y)
    return to_x.value, to_y.value


def _part(value: int) -> float:
    return min(1.0, max(0.0, value / _FINE))
