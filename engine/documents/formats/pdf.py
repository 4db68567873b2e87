"""PDF, page by page.

A PDF says where to paint glyphs, nothing about lines, paragraphs or headings. PDFium gives the text of a
page in the order in which it is painted, split into lines; for each line two or three questions about its
first and last character give its place, size and weight. The rest is `layout`: what order, which lines are
running heads, which are headings, where a paragraph ends.

Asking for every character would be simpler, and costs 3 ms per passage against 0.2: as much as embedding it.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from engine.documents.formats.layout import Layout, Line, Page
from engine.documents.formats.source import Source, collapse
from engine.documents.types import Block
from engine.errors import DocumentError

# PDFium puts this where a hyphen at the end of a line was and the word goes on in the next.
_HYPHEN = "\ufffe"
_BREAK = re.compile(f"\r\n|[\r\n]|(?<={_HYPHEN})")
# Fewer visible characters than this on a page: it is a picture, perhaps with a number stamped on it.
_SCAN_CHARS = 12
# A line is no higher than this, in sizes of its font; letters of one line share more than this of their height.
_MOST_HEIGHT, _OVERLAP = 1.8, 0.2
_FIXED_PITCH = 1  # bit of the font descriptor's flags
_BOLD = 600
# Fonts that are bold without saying so in their weight; "bx" is TeX's bold extended.
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|-medi\b|(?:cm|sf|ec|lm)\w?bx")


def parse(source: Source) -> Iterator[Block]:
    """The paragraphs of a PDF with their pages.

    Raises:
        DocumentError: encrypted, damaged, or without any text ("looks like a scan").
    """
    document = open_pdf(source.path)
    try:
        source.pages = len(document)
        source.title = _title(document)
        yield from _blocks(document, source)
    finally:
        document.close()


def open_pdf(path: Path) -> pypdfium2.PdfDocument:
    """The document; the caller closes it.

    Raises:
        DocumentError: locked, damaged, or no PDF.
    """
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as exc:
        if getattr(exc, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise DocumentError(
                "This PDF is locked with a password; save a copy without one and add that.", "encrypted"
            ) from exc
        if getattr(exc, "err_code", None) == pdfium.FPDF_ERR_SECURITY:
            raise DocumentError(
                "This PDF is locked in a way that Scrubjay does not know; print it to a new PDF.", "encrypted"
            ) from exc
        raise DocumentError(
            "This PDF is damaged or cut short and cannot be opened; fetch or export it once more."
        ) from exc


def _title(document: pypdfium2.PdfDocument) -> str:
    title = collapse(document.get_metadata_value("Title"))
    # What word processors and TeX leave behind when nobody chose a title.
    junk = re.search(r"\.(docx?|tex|dvi|indd|qxd|p65|pages)$|^(untitled|microsoft word|document\d*$)", title, re.I)
    return "" if junk else title[:300]


def _blocks(document: pypdfium2.PdfDocument, source: Source) -> Iterator[Block]:
    layout = Layout(_outline(document))
    n_chars = 0
    scans: list[int] = []
    broken: list[int] = []
    for index in range(len(document)):
        try:
            page = _read_page(document, index)
        except pypdfium2.PdfiumError:
            broken.append(index + 1)
            page = Page(index + 1, 1.0, [])
        if page.is_picture:
            scans.append(page.number)
        n_chars += sum(len(line.text) for line in page.lines)
        yield from layout.feed(page)
        source.on_page(page.number, source.pages)
    yield from layout.finish()
    _judge(source, n_chars, scans, broken)


def _judge(source: Source, n_chars: int, scans: list[int], broken: list[int]) -> None:
    pages = source.pages or 0
    if pages == len(broken):
        raise DocumentError("No page of this PDF can be read; it is damaged. Fetch or export it once more.")
    if not n_chars:
        raise DocumentError(
            "This PDF looks like a scan: its pages are pictures without text. Run it through a text recogniser "
            "(OCR) and add the result.",
            "scan",
        )
    if scans:
        source.notes.append(f"{_pages(scans, pages)} without text, which looks like a scan.")
    if broken:
        source.notes.append(f"{_pages(broken, pages)} damaged and left out.")


def _pages(numbers: list[int], total: int) -> str:
    listed = ", ".join(map(str, numbers[:5])) + (", …" if len(numbers) > 5 else "")
    return f"Page {listed} of {total} is" if len(numbers) == 1 else f"Pages {listed} of {total} are"


def _outline(document: pypdfium2.PdfDocument) -> dict[int, dict[str, int]]:
    """Levels of the bookmarks by page number and title; a bookmark is how the author names a section."""
    found: dict[int, dict[str, int]] = {}
    try:
        for mark in document.get_toc(max_depth=6):
            destination = mark.get_dest()
            index = destination.get_index() if destination is not None else None
            if index is not None:
                title = "".join(mark.get_title().lower().split())
                found.setdefault(index + 1, {})[title] = mark.level
    except (pypdfium2.PdfiumError, RecursionError):
        return {}
    return found


def _read_page(document: pypdfium2.PdfDocument, index: int) -> Page:
    page = document[index]
    try:
        _, height = page.get_size()
        text_page = page.get_textpage()
        try:
            lines = list(_lines(text_page))
        finally:
            text_page.close()
        bare = sum(len(line.text) for line in lines) < _SCAN_CHARS
        return Page(index + 1, height, lines, is_picture=bare and _has_picture(page))
    finally:
        page.close()


def _has_picture(page: pypdfium2.PdfPage) -> bool:
    """True if a page without text shows a picture, rather than nothing."""
    return any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def _lines(text_page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    text = text_page.get_text_range()
    if not text:
        return
    # Positions in the text count UTF-16 units, positions in a str characters; they differ only beyond U+FFFF.
    wide = max(text) > "\uffff"
    start = 0
    for part in _BREAK.split(text):
        at = text.index(part, start) if part else start
        start = at + len(part)
        stripped = part.strip().rstrip(_HYPHEN)
        if not stripped:
            continue
        first = at + len(part) - len(part.lstrip())
        places = range(first, first + len(stripped))
        units = [_utf16_index(text, i) for i in places] if wide else places
        for begin, end in _painted_lines(text_page, units):
            line = _measure(text_page, units[begin], units[end - 1])
            if line is not None:
                line.text = stripped[begin:end].strip().replace(_HYPHEN, "")
                line.hyphen = _HYPHEN in part and end == len(stripped)
                yield line


def _painted_lines(text_page: pypdfium2.PdfTextPage, units: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where the lines are in what PDFium takes for one: it runs a short last line into the heading below it.

    Only text that reaches from its first to its last character over more than a line is looked at letter by letter.

    Args:
        units: positions in the text of the page, one a character.
    """
    whole = _measure(text_page, units[0], units[-1])
    if whole is None or whole.bottom - whole.top <= _MOST_HEIGHT * whole.size:
        yield 0, len(units)
        return
    begin, line = 0, None
    for n, unit in enumerate(units):
        letter = _measure(text_page, unit, unit)
        # The spaces that PDFium adds are nowhere.
        if letter is None or letter.right <= letter.left:
            continue
        if line is not None and letter.top < line.bottom - _OVERLAP * letter.size:
            line.top, line.bottom = min(line.top, letter.top), max(line.bottom, letter.bottom)
            continue
        if line is not None:
            yield begin, n
            begin = n
        line = letter
    yield begin, len(units)


def _utf16_index(text: str, index: int) -> int:
    return index + sum(1 for c in text[:index] if ord(c) > 0xFFFF)


def _measure(text_page: pypdfium2.PdfTextPage, first: int, last: int) -> Line | None:
    """Where a line is and how it looks, from its first and last character."""
    start = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, first)
    end = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, last)
    if start < 0 or end < 0:
        return None
    box, other = _box(text_page, start), _box(text_page, end)
    angle = round(pdfium.FPDFText_GetCharAngle(text_page, start) / (math.pi / 2)) % 4
    left, top, right, bottom = _upright(box, other, angle)
    bold = min(pdfium.FPDFText_GetFontWeight(text_page, i) for i in (start, end)) >= _BOLD
    middle = (start + end) // 2
    fixed = _is_fixed(text_page, start) and (_is_fixed(text_page, middle) or _is_fixed(text_page, end))
    return Line(
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        size=_font_size(text_page, start) or bottom - top,
        bold=bold or bool(_BOLD_NAME.search(_font(text_page, start)[0])),
        fixed=fixed,
        angle=angle,
    )


def _box(text_page: pypdfium2.PdfTextPage, index: int) -> tuple[float, float, float, float]:
    rect = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(text_page, index, rect):
        return 0.0, 0.0, 0.0, 0.0
    return rect.left, rect.top, rect.right, rect.bottom


def _upright(
    first: tuple[float, float, float, float], last: tuple[float, float, float, float], angle: int
) -> tuple[float, float, float, float]:
    """Left, top, right, bottom as a reader sees them who has turned the page; y grows downwards."""
    left, top = min(first[0], last[0]), max(first[1], last[1])
    right, bottom = max(first[2], last[2]), min(first[3], last[3])
    if angle == 1:  # the text runs downwards
        return -top, -right, -bottom, -left
    if angle == 2:
        return -right, bottom, -left, top
    if angle == 3:  # the text runs upwards
        return bottom, left, top, right
    return left, -top, right, -bottom


def _font_size(text_page: pypdfium2.PdfTextPage, index: int) -> float:
    """Size as painted: the font's size scaled by the text's matrix."""
    matrix = pdfium.FS_MATRIX()
    size = pdfium.FPDFText_GetFontSize(text_page, index)
    if not pdfium.FPDFText_GetMatrix(text_page, index, matrix):
        return 0.0
    return round(float(size) * math.hypot(matrix.c, matrix.d), 1)


def _is_fixed(text_page: pypdfium2.PdfTextPage, index: int) -> bool:
    name, flags = _font(text_page, index)
    return bool(flags & _FIXED_PITCH) or "mono" in name or "courier" in name


_NAME_BUFFER = ctypes.create_string_buffer(128)


def _font(text_page: pypdfium2.PdfTextPage, index: int) -> tuple[str, int]:
    flags = ctypes.c_int(0)
    n_bytes = pdfium.FPDFText_GetFontInfo(text_page, index, _NAME_BUFFER, len(_NAME_BUFFER), flags)
    name = _NAME_BUFFER.raw[: max(0, min(n_bytes, len(_NAME_BUFFER)) - 1)].decode("utf-8", "replace").lower()
    return name, max(0, flags.value)
