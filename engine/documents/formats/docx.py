"""Word documents (.docx): headings by style, lists, tables, text boxes, footnotes.

Word does not store pages (they depend on fonts and printer), so passages have headings and no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml

from engine.documents.formats.archive import check_zip
from engine.documents.formats.source import Headings, Source, clean_text, collapse
from engine.documents.types import Block
from engine.errors import DocumentError

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_P, _TBL, _TR, _TC, _T, _PPR = (f"{_W}{name}" for name in ("p", "tbl", "tr", "tc", "t", "pPr"))
_BOX = f"{_W}txbxContent"
# Content of these is shown elsewhere or not at all: deleted text, the second form of a drawing, text boxes.
_ELSEWHERE = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback", _BOX, f"{_W}rPr", _PPR})
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
# What the heading styles are called; Word writes the English name, other programs their own language's.
_HEADING_NAME = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|заголовок|başlık|标题|標題|見出し)\s*([1-9])",
    re.I,
)
_TITLE_NAMES = frozenset({"title", "titel", "titre", "título", "titolo"})
_STRIDE = 100
_MAX_HEADING_CHARS = 300


@dataclass(frozen=True, slots=True)
class _Style:
    level: int | None  # 0 is the title, 1 the outermost heading
    is_list: bool


def parse(source: Source) -> Iterator[Block]:
    """The blocks of a Word document.

    Raises:
        DocumentError: damaged, not safe to unpack, or without text.
    """
    check_zip(source.path)
    document = docx.Document(str(source.path))
    source.title = collapse(document.core_properties.title or "")[:300]
    walk = _Walk(_styles(document))
    found = False
    for count, block in enumerate(walk.blocks(document.element.body), 1):
        found = True
        if not source.title and block.kind == "heading":
            source.title = block.headings[-1]
        if count % _STRIDE == 0:
            source.on_page(count, None)
        yield block
    for block in walk.footnotes(document):
        found = True
        yield block
    if not found:
        raise DocumentError("The document has no text in it; what it shows may be pictures.", "empty")


def _styles(document: Any) -> dict[str, _Style]:
    """Styles by id, with what they inherit."""
    raw = {element.get(qn("w:styleId")): element for element in document.styles.element.iterchildren(qn("w:style"))}
    return {style_id: _Style(_style_level(style_id, raw), _style_is_list(style_id, raw)) for style_id in raw}


def _chain(style_id: str, raw: dict[str, Any]) -> Iterator[Any]:
    seen: set[str] = set()
    while style_id in raw and style_id not in seen:
        seen.add(style_id)
        yield raw[style_id]
        based_on = raw[style_id].find(qn("w:basedOn"))
        style_id = based_on.get(qn("w:val")) if based_on is not None else ""


def _style_level(style_id: str, raw: dict[str, Any]) -> int | None:
    for element in _chain(style_id, raw):
        name = element.find(qn("w:name"))
        text = (name.get(qn("w:val")) if name is not None else style_id) or ""
        if text.lower() in _TITLE_NAMES:
            return 0
        numbered = _HEADING_NAME.match(text)
        if numbered is not None:
            return int(numbered.group(1))
        level = _outline_level(element.find(_PPR))
        if level is not None:
            return level
    return None


def _style_is_list(style_id: str, raw: dict[str, Any]) -> bool:
    for element in _chain(style_id, raw):
        properties = element.find(_PPR)
        if properties is not None and properties.find(qn("w:numPr")) is not None:
            return True
    return style_id.lower().startswith("list")


def _outline_level(properties: Any) -> int | None:
    """1…9 from a paragraph's outline level; Word's tenth is body text."""
    outline = properties.find(qn("w:outlineLvl")) if properties is not None else None
    value = outline.get(qn("w:val"), "9") if outline is not None else "9"
    return int(value) + 1 if value.isdigit() and int(value) < 9 else None


class _Walk:
    """Goes through the body; remembers the headings."""

    def __init__(self, styles: dict[str, _Style]) -> None:
        self._styles = styles
        self._headings = Headings()
        self._last_kind = ""

    def blocks(self, body: Any) -> Iterator[Block]:
        """Paragraphs and tables below an element, content controls opened."""
        for element in body.iterchildren():
            if element.tag == _P:
                yield from self._paragraph(element)
            elif element.tag == _TBL:
                yield from self._table(element)
            elif element.tag not in _ELSEWHERE and isinstance(element.tag, str):
                yield from self.blocks(element)

    def footnotes(self, document: Any) -> Iterator[Block]:
        """Notes at the end, under no heading of the text."""
        for kind in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES):
            related = [r for r in document.part.rels.values() if r.reltype == kind and not r.is_external]
            for relation in related[:1]:
                self._headings = Headings()
                for note in parse_xml(relation.target_part.blob).iterchildren():
                    text = collapse(clean_text(" ".join(_text(p) for p in note.iter(_P))))
                    if text:
                        yield self._made(text, "list")

    def _paragraph(self, element: Any) -> Iterator[Block]:
        text = clean_text(_text(element)).strip()
        properties = element.find(_PPR)
        style = self._style(properties)
        level = _outline_level(properties) or style.level
        if text and level is not None and len(text) <= _MAX_HEADING_CHARS:
            self._headings.enter(level, text)
            yield self._made(collapse(text), "heading")
        elif text and (style.is_list or (properties is not None and properties.find(qn("w:numPr")) is not None)):
            yield self._made(f"- {text}", "list")
        elif text:
            yield self._made(text, "text")
        for box in _boxes(element):
            yield from self.blocks(box)

    def _style(self, properties: Any) -> _Style:
        named = properties.find(qn("w:pStyle")) if properties is not None else None
        return self._styles.get(named.get(qn("w:val")) if named is not None else "", _Style(None, False))

    def _table(self, element: Any) -> Iterator[Block]:
        rows = []
        for row in element.iter(_TR):
            cells = [_cell(cell) for cell in row.iter(_TC) if _row_of(cell) is row]
            if any(cells):
                rows.append(" | ".join(cells))
        if rows:
            yield self._made("\n".join(rows), "table")

    def _made(self, text: str, kind: str) -> Block:
        joint = "\n" if kind == "list" and self._last_kind == "list" else "\n\n"
        self._last_kind = kind
        return Block(text, None, self._headings.path, kind, joint)


def _text(element: Any) -> str:
    """The words of a paragraph as shown: no deleted text, no text boxes."""
    parts: list[str] = []
    stack = list(reversed(element))
    while stack:
        node = stack.pop()
        if node.tag in _ELSEWHERE:
            continue
        if node.tag == _T:
            parts.append(node.text or "")
        elif node.tag in _BREAKS:
            parts.append(_BREAKS[node.tag])
        else:
            stack.extend(reversed(node))
    return "".join(parts)


def _boxes(element: Any) -> Iterator[Any]:
    for box in element.iter(_BOX):
        if not any(parent.tag == f"{_MC}Fallback" for parent in box.iterancestors()):
            yield box


def _row_of(cell: Any) -> Any:
    """The row that a cell stands in; a table within a cell has rows of its own."""
    parent = cell.getparent()
    while parent is not None and parent.tag != _TR:
        parent = parent.getparent()
    return parent


def _cell(cell: Any) -> str:
    inner = [p for p in cell.iter(_P) if _row_of(p) is _row_of(cell)]
    return collapse(clean_text(" ".join(_text(p) for p in inner)))
