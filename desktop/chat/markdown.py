"""Markdown as blocks of plain data, whole or while it streams, each finished block parsed once.

Goal: the text of an answer grows thirty times a second, and the thousandth token costs what the first did.
`QTextDocument.setMarkdown` of the whole costs more with every token.

Rules:
- Text is a sequence of top-level blocks. A block is *finished* when another has begun after it on a complete
  line: in CommonMark nothing that follows can change it. (Reference definitions could; they are switched off.)
  Finished blocks are shown and never looked at again; what is left is `open`, shown as it will most likely look.
- The open text is parsed again when it has grown by an eighth, so that a long list or table costs a constant
  number of parses of its length; a fenced block is not parsed at all until its fence closes.
- `render(text)` is the same from one piece: `feed` in any pieces and `finish` give equal blocks (a test tries
  random text in random pieces).

The result is lines of styled text (desktop/chat/document.py writes them into a QTextDocument), never HTML: there is
no image and no tag in it, and no address but http, https and mailto. So nothing that a model or a document wrote
can make Qt open a file or a connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from desktop.chat.maths_syntax import PAIRS

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["CITE", "Block", "Line", "MarkdownStream", "Span", "parse", "parse_plain"]

# Address of a citation's number among our spans; followed by the number.
CITE = "cite:"
_SCHEMES = ("http://", "https://", "mailto:")
_NUMBER = re.compile(r"\[(\d{1,3})\]")
# Between a word and the number behind it: the number never begins a line.
_KEPT = "\u00a0"
_ITEM = "- "
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
# The open text is parsed again when it has grown by this part of its length.
_GROWTH = 8
_ALIGN = re.compile(r"text-align:(left|right|center)")

BlockKind = Literal["prose", "code", "table"]
Style = Literal["p", "h1", "h2", "h3", "h4", "h5", "h6", "code", "rule"]


@dataclass(frozen=True, slots=True)
class Span:
    """Words of one look; `href` is an address of http, https, mailto or `CITE`, `maths` LaTeX that `text` marks."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    strike: bool = False
    href: str = ""
    maths: str = ""
    is_display: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, heading or rule.

    Attributes:
        depth: of lists around it.
        quote: of quotes around it.
        marker: "•" or "3." where it begins an item of a list, else "".
        tight: the next line of its list stands close.
    """

    spans: tuple[Span, ...]
    style: Style = "p"
    depth: int = 0
    quote: int = 0
    marker: str = ""
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A finished top-level block.

    Attributes:
        lines: of prose.
        text, language: of code, without its fence.
        rows: of a table, the first is its head.
        aligns: left, right or center for each column.
    """

    kind: BlockKind
    lines: tuple[Line, ...] = ()
    text: str = ""
    language: str = ""
    rows: tuple[tuple[tuple[Span, ...], ...], ...] = ()
    aligns: tuple[str, ...] = ()


class MarkdownStream:
    """Blocks of a text that comes in pieces.

    Attributes:
        open: what no finished block holds yet, as it was written.
    """

    def __init__(self, n_citations: int = 0) -> None:
        self.n_citations = n_citations
        self.open = ""
        self._parsed = 0
        self._held = ""

    def feed(self, text: str) -> list[Block]:
        """Add a piece; the blocks that are finished now."""
        text = self._held + text
        # The other half of a line break may be in the next piece.
        self._held = "\r" if text.endswith("\r") else ""
        text = _plain_lines(text.removesuffix(self._held))
        self.open += text
        if len(self.open) - self._parsed < max(self._parsed // _GROWTH, 1) or "\n" not in text:
            return []
        if self.in_fence:
            return []
        self._parsed = len(self.open)
        return self._take()

    def finish(self) -> list[Block]:
        """The last blocks; `open` is empty then."""
        tokens = _parser().parse(self.open + _plain_lines(self._held))
        self.open, self._held, self._parsed = "", "", 0
        return _blocks(tokens, self.n_citations)

    @property
    def open_code(self) -> tuple[str, str] | None:
        """Language and text so far where a fenced block is open, else None."""
        match = _FENCE.match(self.open)
        if match is None or "\n" not in self.open:
            return None
        info, _, rest = self.open[match.end() :].partition("\n")
        return info.strip().split(" ")[0], rest

    @property
    def in_fence(self) -> bool:
        """Whether the open text is a fenced block whose fence has not closed."""
        match = _FENCE.match(self.open)
        if match is None:
            return False
        mark = re.escape(match[1][0]) + "{" + str(len(match[1])) + ",}"
        return re.search(rf"\n {{0,3}}{mark}[ \t]*\n", self.open) is None

    def _take(self) -> list[Block]:
        # A line that is not complete may still become anything.
        end = self.open.rfind("\n") + 1
        tokens = _parser().parse(self.open[:end])
        starts = [i for i, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
        if len(starts) < 2:
            return []
        last = starts[-1]
        assert tokens[last].map is not None
        cut = _offset_of_line(self.open, tokens[last].map[0])
        self.open = self.open[cut:]
        self._parsed = len(self.open)
        return _blocks(tokens[:last], self.n_citations)


def parse(text: str, n_citations: int = 0) -> list[Block]:
    """The blocks of a whole text; `[n]` up to `n_citations` become spans that lead to citations."""
    return _blocks(_parser().parse(_plain_lines(text)), n_citations)


def parse_plain(text: str, citations_of_lines: Sequence[Sequence[int]] = (), *, has_items: bool = False) -> list[Block]:
    """Text that is no Markdown, line by line; the numbers of citations go behind their lines.

    Args:
        has_items: a line that begins with a hyphen is an item of a list.
    """
    lines = []
    for i, line in enumerate(text.splitlines() or [""]):
        numbers = citations_of_lines[i] if i < len(citations_of_lines) else ()
        chips = (span for number in numbers for span in (Span(_KEPT), _chip(number)))
        if has_items and line.startswith(_ITEM):
            lines.append(Line((Span(line.removeprefix(_ITEM)), *chips), depth=1, marker="•", tight=True))
        else:
            lines.append(Line((Span(line), *chips)))
    return [Block("prose", tuple(lines))]


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Here, because the window is painted before anything is parsed.
    from markdown_it import MarkdownIt

    from desktop.chat.maths_syntax import add_maths

    parser = add_maths(MarkdownIt("commonmark", {"html": False, "maxNesting": 20}))
    return parser.enable(["table", "strikethrough"]).disable(["reference", "html_block", "html_inline"])


def _plain_lines(text: str) -> str:
    # As the parser does it first of all; here, because we count its lines.
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _offset_of_line(text: str, line: int) -> int:
    offset = 0
    for _ in range(line):
        offset = text.index("\n", offset) + 1
    return offset


def _blocks(tokens: Sequence[Token], n_citations: int) -> list[Block]:
    blocks = []
    for group in _top_level(tokens):
        first = group[0]
        if first.type in ("fence", "code_block"):
            blocks.append(Block("code", text=first.content, language=_language(first)))
        elif first.type == "table_open":
            blocks.append(_table(group, n_citations))
        else:
            blocks.append(Block("prose", tuple(_lines(group, n_citations))))
    return blocks


def _language(token: Token) -> str:
    return (token.info or "").strip().split(" ")[0]


def _top_level(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    group: list[Token] = []
    for token in tokens:
        group.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield group
            group = []


def _table(tokens: Sequence[Token], n_citations: int) -> Block:
    rows: list[list[tuple[Span, ...]]] = []
    aligns: list[str] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "th_open":
            align = _ALIGN.search(str(token.attrGet("style") or ""))
            aligns.append(align[1] if align else "left")
        elif token.type == "inline":
            rows[-1].append(tuple(_spans(token.children or [], n_citations)))
    return Block("table", rows=tuple(map(tuple, rows)), aligns=tuple(aligns))


@dataclass
class _List:
    number: int | None
    marker: str = ""


def _lines(tokens: Sequence[Token], n_citations: int) -> Iterator[Line]:
    lists: list[_List] = []
    quote, style, tight = 0, "p", False
    for token in tokens:
        kind = token.type
        if kind == "bullet_list_open":
            lists.append(_List(None))
        elif kind == "ordered_list_open":
            start = token.attrGet("start")
            lists.append(_List(int(start) if start is not None else 1))
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif kind == "list_item_open":
            _begin_item(lists[-1])
        elif kind in ("blockquote_open", "blockquote_close"):
            quote += token.nesting
        elif kind in ("paragraph_open", "heading_open"):
            style, tight = token.tag, token.hidden
        elif kind in ("inline", "fence", "code_block", "hr", "maths_block"):
            yield Line(_content(token, n_citations), _style(kind, style), len(lists), quote, _take(lists), tight)


def _begin_item(found: _List) -> None:
    if found.number is None:
        found.marker = "•"
    else:
        found.marker = f"{found.number}."
        found.number += 1


def _take(lists: list[_List]) -> str:
    if not lists:
        return ""
    marker, lists[-1].marker = lists[-1].marker, ""
    return marker


def _style(kind: str, style: str) -> Style:
    if kind == "hr":
        return "rule"
    if kind == "maths_block":
        return "p"
    return "code" if kind in ("fence", "code_block") else style  # type: ignore[return-value]


def _content(token: Token, n_citations: int) -> tuple[Span, ...]:
    if token.type == "inline":
        return tuple(_spans(token.children or [], n_citations))
    if token.type == "maths_block":
        return (_formula(token, Span("")),)
    return (Span(token.content.removesuffix("\n"), code=True),) if token.content else ()


def _formula(token: Token, look: Span) -> Span:
    r"""As it was written, with what is to be drawn of it; `\[` stands on a line of its own."""
    closing = PAIRS[token.markup] if token.info else ""
    text = f"{token.markup}{token.content}{closing}"
    is_display = token.markup in ("$$", "\\[")
    return replace(look, text=text, maths=token.content if token.info else "", is_display=is_display)


_MARKS = {"strong": "bold", "em": "italic", "s": "strike"}


def _spans(tokens: Sequence[Token], n_citations: int) -> Iterator[Span]:
    look, outer = Span(""), []
    for token in tokens:
        kind, _, side = token.type.rpartition("_")
        if side == "open" and (kind in _MARKS or kind == "link"):
            outer.append(look)
            look = replace(look, **({_MARKS[kind]: True} if kind in _MARKS else {"href": _address(token)}))
        elif side == "close" and (kind in _MARKS or kind == "link"):
            look = outer.pop()
        elif token.type == "maths":
            yield _formula(token, look)
        elif token.type == "text" and not look.href:
            yield from _with_chips(token.content, look, n_citations)
        elif text := _words(token):
            yield replace(look, text=text, code=token.type == "code_inline")


def _words(token: Token) -> str:
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak":
        return "\u2028"
    if token.type == "image":
        # A picture is never loaded: what it is called and where it is.
        return f"{token.content or '…'} ({token.attrGet('src') or ''})"
    return token.content


def _address(token: Token) -> str:
    address = str(token.attrGet("href") or "")
    return address if address.lower().startswith(_SCHEMES) else ""


def _with_chips(text: str, look: Span, n_citations: int) -> Iterator[Span]:
    end = 0
    for match in _NUMBER.finditer(text) if n_citations else ():
        if 1 <= int(match[1]) <= n_citations:
            if match.start() > end:
                before = text[end : match.start()]
                yield replace(look, text=before.rstrip(" ") + _KEPT if before.endswith(" ") else before)
            yield _chip(int(match[1]))
            end = match.end()
    if text[end:]:
        yield replace(look, text=text[end:])


def _chip(number: int) -> Span:
    # No-break spaces give the chip its width and keep it in one piece.
    return Span(f"\u00a0{number}\u00a0", href=f"{CITE}{number}")
