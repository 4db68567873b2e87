"""Writes resources/sample/Welcome to Scrubjay.pdf: three pages that are the same bytes on every computer.

The words are in welcome.md: a title, a line below it, sections with headings, `---` between pages. Sentences are
short and complete, because one of them is what the guide quotes; names of menus are those of desktop/actions.py.

    python packaging/sample_document/build.py [OUT.pdf]

The fonts are those that every PDF reader has, nothing is compressed (what a compressor makes differs from
version to version), and the date is fixed. A test builds it again and compares.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

WORDS = Path(__file__).parent / "welcome.md"
OUT = Path(__file__).resolve().parents[2] / "resources" / "sample" / "Welcome to Scrubjay.pdf"
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
# Millimetres of an A4 page.
MARGIN, TOP, BAND = 24.0, 22.0, 46.0
BODY_PT, HEADING_PT, LEADING = 11.5, 14.5, 5.9
INK, BLUE, GREY, PALE = (29, 33, 39), (42, 101, 168), (86, 93, 103), (228, 238, 249)


@dataclass(frozen=True)
class Section:
    """A heading and the paragraphs below it."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """What the document says, page by page."""

    title: str
    subtitle: str
    pages: tuple[tuple[Section, ...], ...]

    @property
    def text(self) -> str:
        """All paragraphs, one after the other."""
        return " ".join(words for page in self.pages for section in page for words in section.paragraphs)


def read_words(path: Path = WORDS) -> Words:
    """The words as the file has them; a paragraph is what stands between two empty lines."""
    first, *rest = path.read_text("utf-8").split("\n## ")
    title, subtitle = (" ".join(part.split()) for part in first.removeprefix("# ").split("\n\n", 1))
    pages: list[list[Section]] = [[]]
    for part in rest:
        body, *following = part.split("\n---\n")
        heading, *paragraphs = (" ".join(words.split()) for words in body.strip().split("\n\n"))
        pages[-1].append(Section(heading, tuple(paragraphs)))
        pages += [[] for _ in following]
    return Words(title, subtitle, tuple(map(tuple, pages)))


def build(out: Path) -> None:
    """Write the document."""
    words = read_words()
    pdf = FPDF(format="A4")
    pdf.set_compression(False)
    pdf.set_creation_date(WRITTEN)
    pdf.set_title(words.title)
    pdf.set_author("Scrubjay")
    pdf.set_lang("en")
    pdf.set_auto_page_break(False)
    pdf.set_margins(MARGIN, TOP, MARGIN)
    pdf.c_margin = 0
    for number, sections in enumerate(words.pages, 1):
        pdf.add_page()
        if number == 1:
            _write_title(pdf, words)
        for section in sections:
            _write_section(pdf, section)
        if pdf.get_y() > 275:
            raise SystemExit(f"Page {number} is too full; it ends at {pdf.get_y():.0f} mm.")
        _write_foot(pdf, words.title, f"Page {number} of {len(words.pages)}")
    pdf.output(str(out))


def _write_title(pdf: FPDF, words: Words) -> None:
    pdf.set_fill_color(*PALE)
    pdf.rect(0, 0, pdf.w, BAND, style="F")
    pdf.set_fill_color(*BLUE)
    pdf.rect(0, BAND, pdf.w, 1.2, style="F")
    pdf.set_y(15)
    pdf.set_text_color(*BLUE)
    pdf.set_font("helvetica", "B", 25)
    pdf.cell(0, 11, words.title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(*GREY)
    pdf.set_font("helvetica", size=BODY_PT)
    pdf.multi_cell(0, LEADING, words.subtitle, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(BAND + 9)


def _write_section(pdf: FPDF, section: Section) -> None:
    pdf.start_section(section.heading)
    pdf.set_text_color(*BLUE)
    pdf.set_font("helvetica", "B", HEADING_PT)
    pdf.cell(0, 8, section.heading, new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(*INK)
    pdf.set_font("helvetica", size=BODY_PT)
    for paragraph in section.paragraphs:
        pdf.multi_cell(0, LEADING, paragraph, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1.6)
    pdf.ln(3.2)


def _write_foot(pdf: FPDF, title: str, place: str) -> None:
    pdf.set_font("helvetica", size=8.5)
    pdf.set_text_color(*GREY)
    pdf.text(MARGIN, 286, title)
    pdf.text(pdf.w - MARGIN - pdf.get_string_width(place), 286, place)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    target.parent.mkdir(parents=True, exist_ok=True)
    build(target)
