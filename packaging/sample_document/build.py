"""Writes resources/sample/Welcome to Scrubjay.pdf: three pages that are the same bytes on every computer.

    python packaging/sample_document/build.py [OUT.pdf]

The fonts are those that every PDF reader has, nothing is compressed (what a compressor makes differs from
version to version), and the date is fixed. A test builds it again and compares.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

sys.path.insert(0, str(Path(__file__).parent))

from text import PAGES, SUBTITLE, TITLE

OUT = Path(__file__).resolve().parents[2] / "resources" / "sample" / "Welcome to Scrubjay.pdf"
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
# Millimetres of an A4 page.
MARGIN, TOP, BAND = 24.0, 22.0, 46.0
BODY_PT, HEADING_PT, LEADING = 10.5, 13.5, 5.3
INK, BLUE, GREY, PALE = (29, 33, 39), (42, 101, 168), (86, 93, 103), (228, 238, 249)


def build(out: Path) -> None:
    """Write the document."""
    pdf = FPDF(format="A4")
    pdf.set_compression(False)
    pdf.set_creation_date(WRITTEN)
    pdf.set_title(TITLE)
    pdf.set_author("Scrubjay")
    pdf.set_lang("en")
    pdf.set_auto_page_break(False)
    pdf.set_margins(MARGIN, TOP, MARGIN)
    for number, sections in enumerate(PAGES, 1):
        pdf.add_page()
        if number == 1:
            _write_title(pdf)
        for heading, paragraphs in sections:
            _write_section(pdf, heading, paragraphs)
        if pdf.get_y() > 275:
            raise SystemExit(f"Page {number} is too full; it ends at {pdf.get_y():.0f} mm.")
        _write_foot(pdf, number)
    pdf.output(str(out))


def _write_title(pdf: FPDF) -> None:
    pdf.set_fill_color(*PALE)
    pdf.rect(0, 0, pdf.w, BAND, style="F")
    pdf.set_fill_color(*BLUE)
    pdf.rect(0, BAND, pdf.w, 1.2, style="F")
    pdf.set_y(15)
    pdf.set_text_color(*BLUE)
    pdf.set_font("helvetica", "B", 25)
    pdf.cell(0, 11, TITLE, new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(*GREY)
    pdf.set_font("helvetica", size=BODY_PT)
    pdf.multi_cell(0, LEADING, SUBTITLE, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(BAND + 9)


def _write_section(pdf: FPDF, heading: str, paragraphs: tuple[str, ...]) -> None:
    pdf.start_section(heading)
    pdf.set_text_color(*BLUE)
    pdf.set_font("helvetica", "B", HEADING_PT)
    pdf.cell(0, 8, heading, new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(*INK)
    pdf.set_font("helvetica", size=BODY_PT)
    for paragraph in paragraphs:
        pdf.multi_cell(0, LEADING, paragraph, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1.6)
    pdf.ln(3.2)


def _write_foot(pdf: FPDF, number: int) -> None:
    pdf.set_font("helvetica", size=8.5)
    pdf.set_text_color(*GREY)
    pdf.text(MARGIN, 286, TITLE)
    words = f"Page {number} of {len(PAGES)}"
    pdf.text(pdf.w - MARGIN - pdf.get_string_width(words), 286, words)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    target.parent.mkdir(parents=True, exist_ok=True)
    build(target)
