"""Colours of code, from Pygments, which is imported when the first code is complete."""

from __future__ import annotations

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from desktop.look.theme import Theme

# Longer code is shown without colours: a lexer of it would take more than a frame.
LIMIT = 20_000
# Beginnings of Pygments' token names → token of the palette, bold, italic.
_LOOKS = {
    "Token.Keyword": ("link", True, False),
    "Token.Operator.Word": ("link", True, False),
    "Token.Literal.String": ("success", False, False),
    "Token.Literal.Number": ("warning", False, False),
    "Token.Comment": ("muted", False, True),
    "Token.Name.Function": ("link", False, False),
    "Token.Name.Class": ("text", True, False),
    "Token.Name.Decorator": ("warning", False, False),
    "Token.Name.Tag": ("link", False, False),
    "Token.Generic.Deleted": ("danger", False, False),
    "Token.Generic.Inserted": ("success", False, False),
}


class Highlighter(QSyntaxHighlighter):
    """Colours a document whose text does not change any more."""

    def __init__(self, document: QTextDocument, theme: Theme, text: str, language: str) -> None:
        super().__init__(document)
        self._runs = _runs(text, language)
        self._formats = {name: _format(theme, *look) for name, look in _LOOKS.items()}
        if self._runs:
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour a line."""
        for start, length, name in self._runs.get(self.currentBlock().blockNumber(), ()):
            self.setFormat(start, length, self._formats[name])


def _format(theme: Theme, token: str, bold: bool, italic: bool) -> QTextCharFormat:
    found = QTextCharFormat()
    found.setForeground(theme.color(token))
    if bold:
        found.setFontWeight(QFont.Weight.DemiBold)
    found.setFontItalic(italic)
    return found


def _runs(text: str, language: str) -> dict[int, list[tuple[int, int, str]]]:
    """(start, length, look) by line number; positions are Qt's, which count in UTF-16."""
    if not language or len(text) > LIMIT:
        return {}
    # Here, because Pygments is large and most answers hold no code.
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return {}
    runs: dict[int, list[tuple[int, int, str]]] = {}
    line = column = 0
    for kind, value in lexer.get_tokens(text):
        name = next((n for n in _LOOKS if str(kind).startswith(n)), "")
        for i, part in enumerate(value.split("\n")):
            if i:
                line, column = line + 1, 0
            length = len(part.encode("utf-16-le")) // 2
            if name and length:
                runs.setdefault(line, []).append((column, length, name))
            column += length
    return runs
