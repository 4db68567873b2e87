"""HTML: the main content of a page, without scripts, styles, navigation and what is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from engine.documents.formats.encoding import decode
from engine.documents.formats.source import Headings, Source, clean_text, collapse
from engine.documents.types import Block
from engine.errors import DocumentError

_SKIPPED_WORDS = """
    script style nav noscript template svg iframe object embed canvas audio video button select input textarea
    datalist head map math dialog -comment !doctype _comment
"""
_SKIPPED = frozenset(_SKIPPED_WORDS.split())
_BLOCKS_WORDS = """
    p div section article main aside header footer address blockquote figure figcaption details summary fieldset
    form legend ul ol dl dt dd li table caption thead tbody tfoot tr td th h1 h2 h3 h4 h5 h6 pre hr center body
    html menu hgroup
"""
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "complementary"})
_NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|navheader|navfooter|sidebar|sphinxsidebar|breadcrumbs?|menu|headerlink|toctree-wrapper|"
    r"skip-?link|cookie\w*|pagination|pager|edit-?link|related|sr-only|visually-hidden|mw-editsection)(?:$|[\s_-])",
    re.I,
)
_MAIN = (
    "main",
    "[role=main]",
    "article",
    "#mw-content-text",
    "#content",
    "#main-content",
    "#main",
    "div.body",
    "div.document",
    "div.content",
)
# The main part counts as such if it holds this share of the page's text.
_MAIN_SHARE = 0.3
# What is named like navigation is text all the same if it has no links, or is this long and less than this share of it
# is links.
_PROSE_CHARS, _LINK_SHARE = 200, 0.3
# A table with any of these, or a cell longer than this, is how a page was laid out, not a table.
_LAYOUT = "table table, h1, h2, h3, pre, hr"
_MAX_CELL_CHARS = 800
_STRIDE = 200
# Stands for <br>, until the line feeds of the source, which mean nothing, are gone.
_BR = "\ue000"


def parse(source: Source) -> Iterator[Block]:
    """The blocks of a page.

    Raises:
        DocumentError: a page without words.
    """
    text = decode(source.read_bytes(), markup=True)
    found = False
    for count, block in enumerate(parse_html(text, source), 1):
        found = True
        if count % _STRIDE == 0:
            source.on_page(count, None)
        yield block
    if not found:
        raise DocumentError("The page has no text in it; it may need a browser to fill it.", "empty")


def parse_html(text: str, source: Source) -> Iterator[Block]:
    """Blocks of a page or of a piece of HTML; the page's title goes into the source."""
    tree = LexborHTMLParser(text.replace("\x00", ""))
    if not source.title and tree.head is not None:
        title = tree.head.css_first("title")
        source.title = collapse(clean_text(title.text())) if title is not None else ""
    if tree.body is not None:
        yield from _Walk().blocks(_main(tree.body))


def _main(body: LexborNode) -> LexborNode:
    whole = len(body.text() or "")
    for selector in _MAIN:
        found = body.css(selector)
        if len(found) == 1 and len(found[0].text() or "") >= _MAIN_SHARE * whole:
            return found[0]
    return body


def _is_prose(node: LexborNode) -> bool:
    """Whether a part that is named like navigation holds sentences: books call boxes in the text sidebars, too."""
    whole = len(collapse(node.text() or ""))
    linked = sum(len(collapse(a.text() or "")) for a in node.css("a"))
    return not linked or (whole >= _PROSE_CHARS and linked < _LINK_SHARE * whole)


class _Walk:
    """Goes through the tree without recursion (pages nest a million deep if they want to)."""

    def __init__(self) -> None:
        self._headings = Headings()
        self._inline: list[str] = []
        self._in_table = False
        self._cells: list[str] = []
        self._rows: list[str] = []
        self._pre = 0
        self._lists = 0
        self._item: str | None = None  # the mark of the list item whose first paragraph comes next
        self._last_kind = ""

    def blocks(self, root: LexborNode) -> Iterator[Block]:
        """Blocks below a node, in order."""
        node: LexborNode | None = root
        entered = True
        while node is not None:
            if entered and not self._skip(node):
                yield from self._enter(node)
                if node.first_child is not None:
                    node = node.first_child
                    continue
                yield from self._leave(node)
            elif not entered:
                yield from self._leave(node)
            if node.mem_id == root.mem_id:
                break
            entered = node.next is not None
            node = node.next or node.parent
        yield from self._flush("text")

    def _skip(self, node: LexborNode) -> bool:
        tag = node.tag or ""
        if tag in _SKIPPED:
            return True
        if tag == "-text" or not tag[:1].isalpha():
            return False
        attributes = node.attributes
        if not attributes:
            return tag in ("header", "footer") and node.parent is not None and node.parent.tag == "body"
        hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
        style = (attributes.get("style") or "").replace(" ", "").lower()
        if hidden or "display:none" in style or attributes.get("role") in _ROLES:
            return True
        named = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        if tag in ("body", "html", "main", "article") or not _NAVIGATION.search(named):
            return False
        return not _is_prose(node)

    def _enter(self, node: LexborNode) -> Iterator[Block]:
        tag = node.tag or ""
        if tag == "-text":
            self._inline.append(node.text_content or "")
        elif tag == "br":
            self._inline.append(_BR)
        elif tag == "img":
            self._inline.append(f" {node.attributes.get('alt') or ''} ")
        elif tag in ("td", "th") and self._in_table:
            self._inline = []
        elif tag in _BLOCKS and not self._in_table:
            yield from self._flush("text")
            self._open(tag, node)
        elif tag in ("p", "div", "li"):
            self._inline.append(" ")

    def _open(self, tag: str, node: LexborNode) -> None:
        self._pre += tag == "pre"
        self._lists += tag in ("ul", "ol", "menu")
        if tag in ("li", "dt", "dd"):
            self._item = "" if tag == "dt" else "- "
        if tag == "table" and _is_data(node):
            self._in_table, self._rows = True, []

    def _leave(self, node: LexborNode) -> Iterator[Block]:
        tag = node.tag or ""
        if self._in_table:
            yield from self._leave_in_table(tag)
        elif tag in _HEADINGS:
            yield from self._heading(_HEADINGS[tag])
        elif tag == "pre":
            yield from self._flush("code")
            self._pre = max(0, self._pre - 1)
        elif tag in _BLOCKS:
            yield from self._flush("text")
            self._lists = max(0, self._lists - (tag in ("ul", "ol", "menu")))
            self._item = None if tag in ("li", "dt", "dd") else self._item

    def _leave_in_table(self, tag: str) -> Iterator[Block]:
        if tag in ("td", "th", "caption"):
            self._cells.append(collapse(clean_text("".join(self._inline).replace(_BR, " "))))
            self._inline = []
        if tag in ("tr", "caption") and any(self._cells):
            self._rows.append(" | ".join(self._cells))
        if tag in ("tr", "caption"):
            self._cells = []
        if tag == "table":
            self._in_table, text = False, "\n".join(self._rows)
            if text:
                yield self._made(text, "table")

    def _heading(self, level: int) -> Iterator[Block]:
        text = collapse(clean_text("".join(self._inline).replace(_BR, " "))).rstrip("¶#§🔗 ")
        self._inline = []
        if text:
            self._headings.enter(level, text)
            yield self._made(text, "heading")

    def _flush(self, kind: str) -> Iterator[Block]:
        raw, self._inline = clean_text("".join(self._inline)), []
        if kind == "code" or self._pre:
            text, kind = raw.replace(_BR, "\n").strip("\n").rstrip(), "code"
        else:
            text = "\n".join(filter(None, map(collapse, raw.split(_BR))))
        if not text.strip():
            return
        if self._item is not None and kind == "text":
            text, kind, self._item = f"{'  ' * max(0, self._lists - 1)}{self._item}{text}", "list", None
        yield self._made(text, kind)

    def _made(self, text: str, kind: str) -> Block:
        joint = "\n" if kind == "list" and self._last_kind == "list" else "\n\n"
        self._last_kind = kind
        return Block(text, None, self._headings.path, kind, joint)


def _is_data(table: LexborNode) -> bool:
    if table.css_first(_LAYOUT) is not None:
        return False
    return all(len(cell.text() or "") <= _MAX_CELL_CHARS for cell in table.css("td"))
