"""Lines of styled text written into a QTextDocument, one after the other; what stays is never written again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QFontInfo,
    QFontMetricsF,
    QImage,
    QPainter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextImageFormat,
    QTextListFormat,
    QTextTableFormat,
)

from desktop.chat.markdown import CITE, Block, Line, Span
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_LARGE, FONT_SMALL

# Sizes of headings beside the text; an answer is no book, they stay close.
_HEADINGS = {"h1": 1.3, "h2": FONT_LARGE, "h3": 1.08, "h4": 1.0, "h5": 1.0, "h6": 1.0}
_LINE_HEIGHT = 140.0
# What stands for a picture in the text of a document.
_PICTURE = "\ufffc"
# As in desktop/chat/maths.py, which is imported late.
SCALE = 3
_PROPORTIONAL = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn behind the text: a citation's chip, the bar beside a quote, or a rule.

    Attributes:
        start, end: positions in the document.
        number: of a citation, else 0.
    """

    kind: Literal["chip", "quote", "rule"]
    start: int
    end: int
    number: int = 0


class DocumentWriter:
    """Writes blocks at the end of a document, in the look of a theme.

    Attributes:
        marks: what is drawn behind the text.
    """

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        self._document, self._theme = document, theme
        self.marks: list[Mark] = []
        self._formulas: list[str] = []
        self._is_new = True
        # Lines of `rewrite`, each with where it begins.
        self._rewritten: list[tuple[Line, int]] = []
        document.setDocumentMargin(0)
        document.setIndentWidth(theme.px(24))

    def clear(self) -> None:
        """Begin again."""
        self._document.clear()
        self.marks.clear()
        self._formulas.clear()
        self._rewritten.clear()
        self._is_new = True
        self._document.setDocumentMargin(0)
        self._document.setIndentWidth(self._theme.px(24))

    def append(self, block: Block) -> None:
        """Write prose or a table."""
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        if block.kind == "table":
            self._write_table(cursor, block)
        for line in block.lines:
            self._write_line(cursor, line)
        cursor.endEditBlock()

    def rewrite(self, lines: Sequence[Line]) -> None:
        """Make these the lines of the document, which has no others: those that it begins with stay as they are."""
        old = self._rewritten
        same = next((i for i, line in enumerate(lines) if i >= len(old) or old[i][0] != line), len(lines))
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        if same == len(old) - 1 == len(lines) - 1 and self._grow(cursor, old[-1][0], lines[-1]):
            old[-1] = (lines[-1], old[-1][1])
            same += 1
        elif same < len(old):
            self._cut(cursor, same)
        for line in lines[same:]:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            start = cursor.position()
            self._write_line(cursor, line)
            old.append((line, start))
        cursor.endEditBlock()

    def _grow(self, cursor: QTextCursor, old: Line, new: Line) -> bool:
        """Add to the last line what it has more than before; False where something else is different."""
        n = len(old.spans)
        if (
            not 0 < n <= len(new.spans)
            or old.quote
            or replace(old, spans=new.spans) != new
            or new.spans[: n - 1] != old.spans[:-1]
        ):
            return False
        was, grown = old.spans[-1], new.spans[n - 1]
        if was.maths or was.href or replace(was, text=grown.text) != grown or not grown.text.startswith(was.text):
            return False
        cursor.movePosition(QTextCursor.MoveOperation.End)
        base = self._line_format(new)
        for span in (replace(grown, text=grown.text[len(was.text) :]), *new.spans[n:]):
            if span.text:
                self._write_span(cursor, span, base)
        return True

    def _cut(self, cursor: QTextCursor, first: int) -> None:
        """Take the lines from one on away."""
        start = self._rewritten[first][1]
        del self._rewritten[first:]
        self.marks = [mark for mark in self.marks if mark.end <= start]
        if not first:
            self.clear()
            return
        cursor.setPosition(start)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()

    def append_text(self, text: str) -> None:
        """Write plain text behind what is there."""
        cursor = QTextCursor(self._document)
        if self._is_new:
            cursor.setBlockFormat(self._block_format(Line(())))
            self._is_new = False
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)

    def close_lines(self) -> None:
        """Let the lines stand close together, as a person typed them."""
        cursor = QTextCursor(self._document)
        cursor.select(QTextCursor.SelectionType.Document)
        close = QTextBlockFormat()
        close.setBottomMargin(0)
        cursor.mergeBlockFormat(close)

    def _write_line(self, cursor: QTextCursor, line: Line) -> None:
        block_format, char_format = self._block_format(line), self._line_format(line)
        if self._is_new:
            self._is_new = False
            block_format.setTopMargin(0)
            cursor.setBlockFormat(block_format)
            cursor.setBlockCharFormat(char_format)
        else:
            # A block after an item would belong to its list.
            cursor.insertBlock(block_format, char_format)
        if line.marker:
            cursor.createList(self._list_format(line))
        start = cursor.position()
        for span in line.spans:
            self._write_span(cursor, span, char_format)
        if line.quote:
            self.marks.append(Mark("quote", start, cursor.position()))
        if line.style == "rule":
            self.marks.append(Mark("rule", start, cursor.position()))

    def _write_span(self, cursor: QTextCursor, span: Span, base: QTextCharFormat) -> None:
        start = cursor.position()
        if not (span.maths and self._write_formula(cursor, span, base)):
            cursor.insertText(span.text, self._span_format(replace(span, code=span.code or bool(span.maths)), base))
        if span.href.startswith(CITE):
            self.marks.append(Mark("chip", start, cursor.position(), int(span.href.removeprefix(CITE))))

    def _write_formula(self, cursor: QTextCursor, span: Span, base: QTextCharFormat) -> bool:
        """A formula as a picture that stands on the line of writing; False where it cannot be drawn."""
        # Late: most answers have none.
        from desktop.chat.maths import draw_formula

        font = base.font() if base.hasProperty(QTextFormat.Property.FontPointSize) else self._theme.font()
        size, colour = QFontInfo(font).pixelSize() * 1.1, self._theme.color("text").name()
        drawn = draw_formula(span.maths, size, colour, is_display=span.is_display)
        if drawn is None:
            return False
        # Qt centres a picture on half the height of an x: it is padded until its own line is there.
        half_x = QFontMetricsF(font).xHeight() / 2
        height = max(2 * drawn.ascent - half_x, 2 * (drawn.height - drawn.ascent) + half_x)
        image = QImage(drawn.image.width(), max(round(height * SCALE), 1), drawn.image.format())
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.drawImage(0, round(((height + half_x) / 2 - drawn.ascent) * SCALE), drawn.image)
        painter.end()
        name = f"maths:{len(self._formulas)}"
        self._formulas.append(span.text)
        self._document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
        shape = QTextImageFormat()
        shape.setName(name)
        shape.setWidth(drawn.width)
        shape.setHeight(height)
        shape.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        shape.setProperty(QTextFormat.Property.ImageAltText, span.text)
        cursor.insertImage(shape)
        return True

    def plain(self, cursor: QTextCursor) -> str:
        """What is selected, formulas as they were written."""
        text, place = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n"), QTextCursor(cursor)
        parts = []
        for offset, letter in enumerate(text):
            if letter == _PICTURE:
                place.setPosition(cursor.selectionStart() + offset + 1)
                letter = str(place.charFormat().property(QTextFormat.Property.ImageAltText) or "")
            parts.append(letter)
        return "".join(parts)

    def _block_format(self, line: Line) -> QTextBlockFormat:
        px, found = self._theme.px, QTextBlockFormat()
        found.setLineHeight(_LINE_HEIGHT, _PROPORTIONAL)
        heading = line.style in _HEADINGS
        found.setTopMargin(px(14 if heading else 0))
        found.setBottomMargin(px(6 if heading else 3 if line.tight else 10))
        found.setLeftMargin(px(16) * line.quote)
        found.setIndent(0 if line.marker else line.depth)
        if line.style == "code":
            found.setNonBreakableLines(False)
            found.setBackground(self._theme.color("raised"))
        return found

    def _list_format(self, line: Line) -> QTextListFormat:
        found = QTextListFormat()
        found.setIndent(line.depth)
        if line.marker == "•":
            found.setStyle(QTextListFormat.Style.ListDisc)
        else:
            found.setStyle(QTextListFormat.Style.ListDecimal)
            found.setStart(int(line.marker.rstrip(".")))
        return found

    def _line_format(self, line: Line) -> QTextCharFormat:
        found = QTextCharFormat()
        if line.style in _HEADINGS:
            found.setFont(self._theme.font(_HEADINGS[line.style], bold=True))
        if line.quote:
            found.setForeground(self._theme.color("muted"))
        return found

    def _span_format(self, span: Span, base: QTextCharFormat) -> QTextCharFormat:
        found = QTextCharFormat(base)
        if span.bold:
            found.setFontWeight(QFont.Weight.DemiBold)
        if span.italic:
            found.setFontItalic(True)
        if span.strike:
            found.setFontStrikeOut(True)
        if span.code:
            found.setFont(self._theme.font(0.92, fixed=True))
            found.setBackground(self._theme.color("raised"))
        if span.href:
            found.setAnchor(True)
            found.setAnchorHref(span.href)
            found.setForeground(self._theme.color("link"))
            found.setFontUnderline(not span.href.startswith(CITE))
        if span.href.startswith(CITE):
            found.setFont(self._theme.font(FONT_SMALL, bold=True))
        return found

    def _write_table(self, cursor: QTextCursor, block: Block) -> None:
        columns = max(map(len, block.rows), default=1)
        table = cursor.insertTable(max(len(block.rows), 1), max(columns, 1), self._table_format())
        for i, row in enumerate(block.rows):
            for j, spans in enumerate(row):
                cell = table.cellAt(i, j).firstCursorPosition()
                cell.setBlockFormat(_cell_format(block.aligns[j] if j < len(block.aligns) else "left"))
                base = QTextCharFormat()
                if i == 0:
                    base.setFontWeight(QFont.Weight.DemiBold)
                for span in spans:
                    self._write_span(cell, span, base)

    def _table_format(self) -> QTextTableFormat:
        found = QTextTableFormat()
        found.setHeaderRowCount(1)
        found.setCellPadding(self._theme.px(6))
        found.setCellSpacing(0)
        found.setBorder(1)
        found.setBorderCollapse(True)
        found.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        found.setBorderBrush(self._theme.color("hairline"))
        return found


def _cell_format(align: str) -> QTextBlockFormat:
    found = QTextBlockFormat()
    found.setAlignment(
        {"left": Qt.AlignmentFlag.AlignLeft, "right": Qt.AlignmentFlag.AlignRight}.get(
            align, Qt.AlignmentFlag.AlignHCenter
        )
    )
    return found
