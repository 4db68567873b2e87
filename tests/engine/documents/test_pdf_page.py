"""A page as a picture, and the boxes of sentences on it."""

from __future__ import annotations

import sys
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF

from engine.documents.formats.pdf_page import MAX_PIXELS, render_page
from engine.errors import DocumentError, UsageError

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))

from highlight import KINDS, overlap, write_quoted_pages


def test_marks_lie_on_the_sentences_of_columns_tables_and_turned_pages(tmp_path):
    pages = write_quoted_pages(tmp_path / "quoted.pdf")
    for page in pages:
        found = render_page(tmp_path / "quoted.pdf", page.number, 200, [page.quote]).marks[0]
        assert overlap(found, page.true_parts()) >= 0.9, page
    assert {page.kind for page in pages} == set(KINDS)


def test_the_picture_has_the_words_where_the_mark_is(make_pdf):
    path = make_pdf([["Nothing to see here.", "The boiler was serviced in March."]])
    page = render_page(path, 1, 800, ["The boiler was serviced in March."])
    ((left, top, right, bottom),) = page.marks[0]
    rows = [page.pixels[y * page.stride : y * page.stride + 3 * page.width] for y in range(page.height)]
    inside = [
        row[3 * round(left * page.width) : 3 * round(right * page.width)]
        for row in rows[round(top * page.height) : round(bottom * page.height)]
    ]
    assert min(min(row) for row in inside) < 80
    assert set(rows[0]) == {255}
    assert (page.page, page.pages, page.width) == (1, 1, 800)


def test_a_quote_that_is_not_on_the_page_has_no_mark(make_pdf):
    page = render_page(make_pdf([["The boiler."], ["The valve."]]), 2, 100, ["The boiler.", "The valve."])
    assert page.marks[0] == ()
    assert len(page.marks[1]) == 1


def test_a_page_as_large_as_a_wall_stays_within_the_limit(tmp_path):
    for size in ((14_000, 14_000), (14_000, 20), (20, 14_000), (3, 3)):
        pdf = FPDF(unit="pt", format=size)
        pdf.add_page()
        pdf.output(str(tmp_path / "wall.pdf"))
        page = render_page(tmp_path / "wall.pdf", 1, 100_000)
        assert page.width * page.height <= MAX_PIXELS
        assert len(page.pixels) == page.stride * page.height < 16_000_000


def test_a_page_that_is_not_there_is_said_to_be_none(make_pdf):
    path = make_pdf([["One."]])
    for number in (0, 2, -1, 10**9):
        with pytest.raises(UsageError, match="has 1"):
            render_page(path, number, 100)


def test_a_damaged_or_locked_file_is_refused_in_words(make_pdf, tmp_path):
    whole = make_pdf([["One."]])
    (tmp_path / "cut.pdf").write_bytes(whole.read_bytes()[:200])
    with pytest.raises(DocumentError, match="damaged"):
        render_page(tmp_path / "cut.pdf", 1, 100)
    with pytest.raises(DocumentError, match="password"):
        render_page(make_pdf([["Secret."]], "locked.pdf", password="x"), 1, 100)


def test_a_mark_on_a_turned_page_lies_where_it_is_seen(make_pdf):
    path = make_pdf([["The boiler was serviced in March."]])
    upright = render_page(path, 1, 100, ["boiler"]).marks[0][0]
    document = pypdfium2.PdfDocument(path.read_bytes())
    document[0].set_rotation(90)
    document.save(str(path))
    document.close()
    turned = render_page(path, 1, 100, ["boiler"]).marks[0][0]
    assert turned == pytest.approx((1 - upright[3], upright[0], 1 - upright[1], upright[2]), abs=0.001)
