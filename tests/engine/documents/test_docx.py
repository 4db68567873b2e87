from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.shared import Pt

from engine.errors import DocumentError

Maker = Callable[..., Path]


def test_headings_come_from_styles(make_docx: Maker, read: Callable) -> None:
    def fill(document: Any) -> None:
        document.add_heading("Lease", 0)
        document.add_heading("Duties", 1)
        document.add_heading("Heating", 2)
        document.add_paragraph("The tenant heats the flat.")
        document.add_heading("Rights", 1)
        document.add_paragraph("The tenant may keep a cat.")

    reading = read(make_docx(fill))
    assert reading.block("The tenant heats").headings == ("Lease", "Duties", "Heating")
    assert reading.block("The tenant may").headings == ("Lease", "Rights")
    assert reading.source.title == "Lease"
    assert {block.page for block in reading.blocks} == {None}


def test_headings_are_found_by_outline_level_and_by_localised_name(make_docx: Maker, read: Callable) -> None:
    def fill(document: Any) -> None:
        style = document.styles.add_style("Überschrift 1", 1)
        style.font.size = Pt(20)
        document.add_paragraph("Miete", style="Überschrift 1")
        document.add_paragraph("Die Miete beträgt 840 Euro.")
        outlined = document.add_paragraph("Kaution")
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), "1")
        outlined._p.get_or_add_pPr().append(level)
        document.add_paragraph("Die Kaution beträgt 2.520 Euro.")

    reading = read(make_docx(fill))
    assert reading.block("Die Miete").headings == ("Miete",)
    assert reading.block("Die Kaution").headings == ("Miete", "Kaution")


def test_tables_become_rows_and_lists_items(make_docx: Maker, read: Callable) -> None:
    def fill(document: Any) -> None:
        table = document.add_table(2, 3)
        for cell, text in zip(
            (c for row in table.rows for c in row.cells), ["Month", "Units", "Cost", "May", "12", "40"], strict=True
        ):
            cell.text = text
        document.add_paragraph("Close the valve", style="List Bullet")
        document.add_paragraph("Open the tap", style="List Bullet")

    reading = read(make_docx(fill))
    assert reading.text == "Month | Units | Cost\nMay | 12 | 40\n\n- Close the valve\n- Open the tap"


def test_deleted_text_is_not_read_and_tables_in_cells_are_rows_of_their_own(make_docx: Maker, read: Callable) -> None:
    def fill(document: Any) -> None:
        paragraph = document.add_paragraph("kept ")
        run = paragraph.add_run("gone")
        deleted = OxmlElement("w:del")
        paragraph._p.append(deleted)
        deleted.append(run._r)
        outer = document.add_table(1, 1).cell(0, 0)
        outer.text = "outer"
        outer.add_table(1, 1).cell(0, 0).text = "inner"

    text = read(make_docx(fill)).text
    assert "gone" not in text
    assert text == "kept\n\nouter\ninner"


def test_text_boxes_are_read_once(make_docx: Maker, read: Callable) -> None:
    inside = "<w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent>"
    box = f"""<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
      xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
      xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><mc:AlternateContent>
      <mc:Choice Requires="wps"><wps:txbx>{inside}</wps:txbx></mc:Choice><mc:Fallback>{inside}</mc:Fallback>
      </mc:AlternateContent></w:r>"""

    def fill(document: Any) -> None:
        document.add_paragraph("Around it")._p.append(parse_xml(box))

    assert read(make_docx(fill)).text == "Around it\n\nIn a box"


def test_a_document_without_text_is_empty(make_docx: Maker, read: Callable) -> None:
    with pytest.raises(DocumentError) as caught:
        read(make_docx(lambda document: None))
    assert caught.value.state == "empty"
