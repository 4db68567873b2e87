from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from engine.errors import DocumentError

Maker = Callable[..., Path]


def paragraph(page: int) -> str:
    return (
        f"On page {page} the meter showed {page * 37} units. The plumber wrote it down and went on with his work. " * 3
    )


def test_paragraphs_have_the_page_they_stand_on(make_pdf: Maker, read: Callable) -> None:
    reading = read(make_pdf([[paragraph(n)] for n in range(1, 6)]))
    assert reading.source.pages == 5
    for n in range(1, 6):
        assert reading.block(f"On page {n} ").page == n


def test_lines_of_a_paragraph_are_joined(make_pdf: Maker, read: Callable) -> None:
    reading = read(make_pdf([[paragraph(1)]]))
    assert len(reading.blocks) == 1
    assert "The plumber wrote it down and went on with his work." in reading.blocks[0].text


def test_running_heads_and_page_numbers_are_left_out(make_pdf: Maker, read: Callable) -> None:
    reading = read(make_pdf([[paragraph(n)] for n in range(1, 9)], header="House book, second edition"))
    assert "House book" not in reading.text
    assert all(not block.text.isdigit() for block in reading.blocks)


def test_chapters_that_begin_pages_are_no_running_heads(make_pdf: Maker, read: Callable) -> None:
    reading = read(make_pdf([[(f"Chapter {n}", 18, True), paragraph(n)] for n in range(1, 7)]))
    assert reading.headings == [(f"Chapter {n}",) for n in range(1, 7)]


def test_larger_lines_are_headings_and_sizes_give_their_levels(make_pdf: Maker, read: Callable) -> None:
    reading = read(
        make_pdf(
            [[("The house", 22, True), ("The boiler", 15, True), paragraph(1), ("The roof", 15, True), paragraph(2)]]
        )
    )
    assert reading.block("On page 1").headings == ("The house", "The boiler")
    assert reading.block("On page 2").headings == ("The house", "The roof")


def test_bookmarks_name_headings(make_pdf: Maker, read: Callable) -> None:
    reading = read(
        make_pdf([[("Deposit", 12, False), paragraph(1)], [("Rent", 12, False), paragraph(2)]], outline=True)
    )
    assert reading.block("On page 2").headings == ("Rent",)


def test_words_cut_at_line_ends_are_whole_again(tmp_path: Path, read: Callable) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    for y, line in enumerate(
        ["The tenant pays a de-", "posit before the first of the", "month and gets a well-", "known receipt."]
    ):
        pdf.text(20, 40 + 6 * y, line)
    pdf.output(str(tmp_path / "cut.pdf"))
    text = read(tmp_path / "cut.pdf").text
    assert "pays a deposit before the first of the month" in text


def test_columns_whose_lines_were_painted_in_disorder_are_read_one_after_the_other(
    tmp_path: Path, read: Callable
) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    left = [f"left line {i} of the first column" for i in range(30)]
    right = [f"right line {i} of the second column" for i in range(30)]
    for i in reversed(range(30)):
        pdf.text(115, 30 + 6 * i, right[i])
        pdf.text(15, 33 + 6 * i, left[i])
    pdf.output(str(tmp_path / "columns.pdf"))
    text = " ".join(read(tmp_path / "columns.pdf").text.split())
    assert text.index("left line 29") < text.index("right line 0")


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_turned_page_reads_like_a_straight_one(tmp_path: Path, read: Callable, angle: int) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=11)
    with pdf.rotation(angle, x=105, y=148):
        for i in range(12):
            pdf.text(40, 100 + 6 * i, f"Line {i} of the turned page goes on to the edge")
    pdf.output(str(tmp_path / "turned.pdf"))
    text = " ".join(read(tmp_path / "turned.pdf").text.split())
    assert all(f"Line {i} of the turned page goes on to the edge" in text for i in range(12))
    assert text.index("Line 0 ") < text.index("Line 5 ") < text.index("Line 11 ")


# A word processor of Qt writes its files so; PDFium takes a short line and the heading below it for one line.
WRITE_WITH_QT = """
import sys
from PySide6.QtGui import QGuiApplication, QPageSize, QPdfWriter, QTextDocument
application = QGuiApplication([])
text = QTextDocument()
text.setHtml(sys.argv[2])
writer = QPdfWriter(sys.argv[1])
writer.setPageSize(QPageSize(QPageSize.A4))
text.print_(writer)
"""


def test_a_short_last_line_does_not_run_into_the_heading_below(tmp_path: Path, read: Callable) -> None:
    begin = "Illness must be reported before 9 am on the first day. A certificate is required from the third "
    html = f"<h2>5. Illness</h2><p>{begin * 2} day onward.</p><h2>6. Notice</h2><p>{begin * 2} Six weeks.</p>"
    subprocess.run(
        [sys.executable, "-c", WRITE_WITH_QT, str(tmp_path / "qt.pdf"), html],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=True,
        timeout=60,
    )
    reading = read(tmp_path / "qt.pdf")
    assert reading.headings == [("5. Illness",), ("6. Notice",)]
    assert reading.block("Illness must").text.endswith("from the third day onward.")
    assert reading.block("Illness must").headings == ("5. Illness",)


def test_a_number_alone_is_no_page_number_unless_it_may_be_one(make_pdf: Maker, read: Callable) -> None:
    reading = read(make_pdf([["The gate code is", "4412", paragraph(1)], [paragraph(2), "The cellar has", "9931"]]))
    assert "4412" in reading.text
    assert "9931" in reading.text


def picture_pdf(path: Path, pages: int, *, text_on: int = 0) -> Path:
    pdf = FPDF()
    for number in range(1, pages + 1):
        pdf.add_page()
        if number == text_on:
            pdf.set_font("helvetica", size=11)
            pdf.multi_cell(0, 6, paragraph(number))
        else:
            pdf.image(Image.new("L", (200, 300), 200), 10, 10, 180)
    pdf.output(str(path))
    return path


def test_a_pdf_without_text_looks_like_a_scan(tmp_path: Path, read: Callable) -> None:
    with pytest.raises(DocumentError, match="looks like a scan") as caught:
        read(picture_pdf(tmp_path / "scan.pdf", 3))
    assert caught.value.state == "scan"


def test_a_pdf_with_some_scanned_pages_goes_in_with_a_note(tmp_path: Path, read: Callable) -> None:
    reading = read(picture_pdf(tmp_path / "mixed.pdf", 3, text_on=2))
    assert reading.block("On page 2").page == 2
    assert reading.source.notes == ["Pages 1, 3 of 3 are without text, which looks like a scan."]


def test_a_locked_pdf_says_so(make_pdf: Maker, read: Callable) -> None:
    with pytest.raises(DocumentError, match="password") as caught:
        read(make_pdf([["secret"]], password="owl"))
    assert caught.value.state == "encrypted"


def test_a_pdf_cut_short_is_read_or_refused_with_a_sentence(make_pdf: Maker, read: Callable, write: Callable) -> None:
    whole = make_pdf([[paragraph(n)] for n in range(1, 9)]).read_bytes()
    for share in (0.1, 0.4, 0.7, 0.95):
        path = write("cut.pdf", whole[: int(len(whole) * share)])
        try:
            assert read(path).chunks
        except DocumentError as exc:
            assert str(exc).endswith(".")  # noqa: PT017 - either outcome is right
