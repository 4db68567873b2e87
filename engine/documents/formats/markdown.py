"""Markdown: headings, paragraphs, lists, tables, code; the words without the marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from engine.documents.formats.encoding import decode
from engine.documents.formats.html import parse_html
from engine.documents.formats.source import Headings, Source, clean_text, collapse
from engine.documents.types import Block
from engine.errors import DocumentError

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_TITLE = re.compile(r"""^title\s*:\s*["']?(.+?)["']?\s*$""", re.M | re.I)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_WITH_TEXT = frozenset({"inline", "fence", "code_block", "html_block"})
_BREAK = re.compile(r"<br\s*/?>", re.I)
# The parser's time can grow with the square of what it is given: it is given this much at a time.
_SLICE_CHARS = 40_000


def parse(source: Source) -> Iterator[Block]:
    """The blocks of a Markdown file.

    Raises:
        DocumentError: nothing but white space.
    """
    text = clean_text(decode(source.read_bytes()))
    if not text.strip():
        raise DocumentError("The file has no text in it.", "empty")
    front = _FRONT_MATTER.match(text)
    if front is not None:
        title = _TITLE.search(front.group(1))
        source.title = collapse(title.group(1)) if title else ""
        # The rest of it is for whatever renders the file, no words of the document.
        text = text[front.end() :]
    walk = _Walk(source)
    for count, part in enumerate(_slices(text), 1):
        yield from walk.blocks(part)
        source.on_page(count, None)


def _slices(text: str) -> Iterator[str]:
    """The text in parts, cut before a heading or at an empty line, never inside a fence."""
    part: list[str] = []
    size, fence = 0, ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark is not None:
            if not fence:
                fence = mark.group(1)
            elif line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif size > _SLICE_CHARS and not fence and (not line.strip() or line.startswith("#")):
            yield "\n".join(part)
            part, size = [], 0
        part.append(line)
        size += len(line) + 1
    yield "\n".join(part)


class _Walk:
    """Turns tokens into blocks; remembers headings from part to part."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        self._headings = Headings()
        self._markers: list[str] = []  # one per open list: "-", or the number of the next item
        self._marker = ""  # what the next paragraph begins with
        self._last_kind = ""
        self._rows: list[list[str]] = []

    def blocks(self, text: str) -> Iterator[Block]:
        """Blocks of one part."""
        tokens = self._parser.parse(text)
        if not any(token.type in _WITH_TEXT for token in tokens) and text.strip():
            # Nested deeper than the parser goes along: better the text with its marks than none.
            tokens = [Token("paragraph_open", "p", 1), _inline(text), Token("paragraph_close", "p", -1)]
        for token, following in pairwise([*tokens, Token("end", "", 0)]):
            self._enter(token)
            block = self._block(token, following)
            if block is not None:
                self._last_kind = block.kind
                yield block
            elif token.type == "html_block":
                for inner in parse_html(token.content, self._source):
                    if inner.kind == "heading":
                        self._headings.enter(1.0, inner.text)
                    self._last_kind = inner.kind
                    yield Block(inner.text, None, self._headings.path, inner.kind, inner.joint)

    def _enter(self, token: Token) -> None:
        if token.type == "bullet_list_open":
            self._markers.append("-")
        elif token.type == "ordered_list_open":
            self._markers.append(str(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._markers.pop()
        elif token.type == "tr_open":
            self._rows.append([])
        elif token.type == "list_item_open" and self._markers:
            number = self._markers[-1]
            self._marker = "  " * (len(self._markers) - 1) + (f"{number}. " if number.isdigit() else "- ")
            if number.isdigit():
                self._markers[-1] = str(int(number) + 1)

    def _block(self, token: Token, following: Token) -> Block | None:
        if token.type == "table_close":
            return self._table()
        if token.type == "inline" and following.type in ("th_close", "td_close"):
            self._rows[-1].append(collapse(_plain(token.children or [])))
            return None
        if token.type in ("fence", "code_block"):
            return Block(token.content.rstrip("\n"), None, self._headings.path, "code")
        if token.type != "inline" or following.type not in ("heading_close", "paragraph_close"):
            return None
        text = _plain(token.children or [])
        if following.type == "heading_close":
            path = self._headings.enter(int(following.tag[1]), text) if text.strip() else self._headings.path
            if not self._source.title:
                self._source.title = collapse(text)
            return Block(text, None, path, "heading")
        if not self._markers:
            return Block(text, None, self._headings.path)
        text, self._marker = self._marker + text, ""
        return Block(text, None, self._headings.path, "list", "\n" if self._last_kind == "list" else "\n\n")

    def _table(self) -> Block:
        rows, self._rows = self._rows, []
        text = "\n".join(" | ".join(cells) for cells in rows if any(cells))
        return Block(text, None, self._headings.path, "table")


def _inline(text: str) -> Token:
    return Token("inline", "", 0, content=text, children=[Token("text", "", 0, content=text.strip())])


def _plain(tokens: Sequence[Token]) -> str:
    """The words of a paragraph; pictures by their description."""
    parts: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type == "image":
            parts.append(_plain(token.children or []))
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak" or (token.type == "html_inline" and _BREAK.fullmatch(token.content)):
            parts.append("\n")
    return "".join(parts)
