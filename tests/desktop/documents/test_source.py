"""The side sheet behind a citation: the page with the mark, the text, and what is said where a file is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.documents.page_view import ZOOMS, paper_tokens, printed_part
from desktop.documents.source_sheet import SourceSheet
from desktop.look.tokens import PALETTES
from desktop.main_window import MainWindow
from desktop.operations.sources import open_file_in_sheet, open_source
from engine.events import Citation
from resources import resource_path
from tests.desktop.test_contrast import contrast

NOTICE = "The notice period is three months to the end of a quarter."
RENT = "The rent is 640 euros a month."


@pytest.fixture
def cite(library: MainWindow, run):
    """A citation of a sentence that is in."""

    def make(sentence: str, number: int = 1) -> Citation:
        engine = library.bridge.engine
        assert engine is not None
        hits = run(engine.search(sentence, k=5, sources=["documents"]))
        hit = next(hit for hit in hits if sentence in hit.text)
        page = hit.page
        for place in run(engine.documents.source(hit.id)).passage.places:
            if place[0] <= hit.text.index(sentence):
                page = place[1]
        return Citation(number, hit.path, page, hit.heading, sentence, hit.id)

    return make


def sheet_of(window: MainWindow) -> SourceSheet:
    sheet = window.sheet._content
    assert isinstance(sheet, SourceSheet)
    return sheet


def wait_for_page(window: MainWindow, until, page: int) -> SourceSheet:
    sheet = sheet_of(window)
    words = f"Page {page} of "
    until(lambda: sheet.stack.currentWidget() is sheet.area and sheet.area.accessibleName().startswith(words))
    return sheet


def test_a_citation_opens_the_page_with_its_sentence_marked(library, lease, add, cite, until) -> None:
    add(library, lease)
    open_source(library.context, [cite(NOTICE)], 0)
    sheet = wait_for_page(library, until, 2)
    until(lambda: sheet.area.page.marks)
    ((left, top, right, bottom),) = sheet.area.page.marks
    assert 0 < left < right < 1
    assert top < bottom < 0.2
    assert sheet.area.accessibleName() == "Page 2 of 3 of lease.pdf"
    assert NOTICE in sheet.area.accessibleDescription()
    view, mark = sheet.area.viewport().rect(), sheet.area.page.mark_path().boundingRect()
    assert view.translated(-sheet.area.page.pos()).contains(mark.center().toPoint())


def test_keys_go_from_source_to_source_and_from_page_to_page(library, lease, add, cite, until) -> None:
    add(library, lease)
    open_source(library.context, [cite(RENT, 1), cite(NOTICE, 2)], 0)
    library.activateWindow()
    sheet = wait_for_page(library, until, 1)
    sheet.area.setFocus()
    QTest.keyClick(sheet.area, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    wait_for_page(library, until, 2)
    assert sheet.cited.text == NOTICE
    assert not sheet.next_source.isEnabled()
    QTest.keyClick(sheet.area, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    wait_for_page(library, until, 3)
    assert not sheet.next_page.isEnabled()
    QTest.keyClick(sheet.area, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    wait_for_page(library, until, 1)


def test_a_larger_page_is_painted_sharper(library, lease, add, cite, until) -> None:
    add(library, lease)
    open_source(library.context, [cite(NOTICE)], 0)
    sheet = wait_for_page(library, until, 2)
    before = sheet._rendered_width
    sheet.area.set_zoom(ZOOMS[-1])
    until(lambda: sheet._rendered_width > before * 1.2)
    QTest.keyClick(sheet.area, Qt.Key.Key_Minus)
    assert sheet.area.zoom == ZOOMS[-2]


def lines_are_whole_and_the_mark_is_seen(area) -> bool:
    view, page = area.viewport().rect(), area.page
    left, right = (edge * page.width() + page.x() for edge in page.printed)
    mark = page.mark_path().boundingRect().toRect().translated(page.pos())
    return left >= 0 and right <= view.width() and view.contains(mark)


def test_a_window_of_another_size_fits_the_page_again_and_keeps_the_mark_in_sight(
    library, tmp_path: Path, add, cite, until
) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    pdf.multi_cell(0, 7, "The house has a garden with old trees in it. " * 45 + NOTICE)
    pdf.output(str(tmp_path / "full.pdf"))
    add(library, tmp_path / "full.pdf")
    library.resize(1120, 740)
    open_source(library.context, [cite(NOTICE)], 0)
    sheet = wait_for_page(library, until, 1)
    until(lambda: sheet.area.page.marks)
    for width, height in ((720, 700), (1120, 740), (900, 480), (720, 700)):
        library.resize(width, height)
        until(lambda: not sheet._sharpen.isActive() and lines_are_whole_and_the_mark_is_seen(sheet.area))


def test_who_scrolled_away_from_the_mark_stays_there_when_the_window_changes(library, lease, add, cite, until) -> None:
    add(library, lease)
    open_source(library.context, [cite(NOTICE)], 0)
    sheet = wait_for_page(library, until, 2)
    bar = sheet.area.verticalScrollBar()
    until(lambda: bar.maximum() > 0)
    bar.triggerAction(bar.SliderAction.SliderToMaximum)
    library.resize(760, 600)
    until(lambda: not sheet._sharpen.isActive())
    assert bar.value() > bar.maximum() // 2


def test_a_line_at_the_foot_leaves_the_buttons_of_a_narrow_sheet_free(library, lease, add, cite, until) -> None:
    add(library, lease)
    library.resize(720, 700)
    open_source(library.context, [cite(NOTICE)], 0)
    sheet = wait_for_page(library, until, 2)
    library.offer("The model could not be loaded.", "Show", lambda: None)
    until(lambda: sheet.open_button.isVisible() and sheet.copy_button.isVisible())

    def is_free(button: QWidget) -> bool:
        return library.childAt(button.mapTo(library, button.rect().center())) is button

    until(lambda: library.foot.isVisible() and is_free(sheet.open_button) and is_free(sheet.copy_button))
    library.close_sheet()
    library.resize(1120, 740)
    QApplication.processEvents()
    place = QRect(library.stack.mapTo(library, QPoint(0, 0)), library.stack.size())
    assert place.contains(QRect(library.foot.mapTo(library, QPoint(0, 0)), library.foot.size()))


def test_the_quote_is_copied_with_its_place(library, lease, add, cite, until) -> None:
    add(library, lease)
    open_source(library.context, [cite(NOTICE)], 0)
    wait_for_page(library, until, 2).copy_quote()
    assert QApplication.clipboard().text() == f"“{NOTICE}” (lease.pdf, page 2)"


def test_a_text_shows_the_passage_with_its_sentence_marked(library, tmp_path: Path, add, cite, until) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"# Lease 🏠\n\nIt is 🙂 signed. {NOTICE} <img src='file:///etc/hostname'> **Not bold.**\n")
    add(library, path)
    open_source(library.context, [cite(NOTICE)], 0)
    sheet = sheet_of(library)
    until(lambda: sheet.text.toPlainText())
    assert sheet.text.marked == NOTICE
    assert sheet.text.accessibleDescription() == NOTICE


def test_a_file_that_is_gone_leaves_its_text_and_a_sentence(library, lease, add, cite, until) -> None:
    add(library, lease)
    citation = cite(NOTICE)
    lease.unlink()
    open_source(library.context, [citation], 0)
    sheet = sheet_of(library)
    until(lambda: sheet.text.toPlainText())
    assert sheet.text.marked == NOTICE
    assert "not where it was" in sheet._notice.text()
    assert not sheet.open_button.isVisible()


def test_a_file_that_changed_is_shown_with_a_warning(library, lease, add, cite, until) -> None:
    add(library, lease)
    citation = cite(NOTICE)
    lease.write_bytes(lease.read_bytes() + b"\n% changed")
    open_source(library.context, [citation], 0)
    sheet = wait_for_page(library, until, 2)
    assert "has changed" in sheet._notice.text()


def test_a_file_that_is_no_pdf_any_more_leaves_its_text(library, lease, add, cite, until) -> None:
    add(library, lease)
    citation = cite(NOTICE)
    lease.write_bytes(b"no PDF at all")
    open_source(library.context, [citation], 0)
    sheet = sheet_of(library)
    until(lambda: sheet.text.toPlainText())
    assert sheet.text.marked == NOTICE
    assert "damaged" in sheet._notice.text()


def test_a_document_that_was_taken_out_still_shows_what_was_quoted(library, lease, add, cite, run, until) -> None:
    add(library, lease)
    citation = cite(NOTICE)
    run(library.bridge.engine.documents.discard(str(lease)))
    open_source(library.context, [citation], 0)
    sheet = sheet_of(library)
    until(lambda: sheet.text.toPlainText())
    assert NOTICE in sheet.text.toPlainText()
    assert "no longer in Scrubjay" in sheet._notice.text()


def test_a_memory_is_shown_in_its_words(library, run, until) -> None:
    entry = run(library.bridge.engine.memory.add("Prefers metric units"))
    open_source(library.context, [Citation(1, "", None, "", "Prefers metric units", entry.id, "memory")], 0)
    sheet = sheet_of(library)
    until(lambda: sheet.text.toPlainText() == "Prefers metric units")
    assert not sheet.open_button.isVisible()


def test_the_guide_to_scrubjay_opens_although_it_was_never_added(library, until) -> None:
    open_file_in_sheet(library.context, str(resource_path("sample", "Welcome to Scrubjay.pdf")))
    sheet = wait_for_page(library, until, 1)
    assert sheet.pages == 3


def test_the_sheet_may_be_closed_while_a_page_is_on_its_way(library, lease, add, cite, until) -> None:
    add(library, lease)
    open_source(library.context, [cite(NOTICE)], 0)
    library.close_sheet()
    open_source(library.context, [cite(RENT)], 0)
    wait_for_page(library, until, 1)


@pytest.mark.parametrize("palette", PALETTES)
def test_the_outline_of_a_mark_stands_out_from_paper_and_words_from_the_mark(palette, make_window) -> None:
    tokens = paper_tokens(make_window(engine=False, palette=palette).theme)
    assert contrast(tokens.warning, "#ffffff") >= 3
    assert contrast(tokens.warning, tokens.mark) >= 3
    assert contrast("#000000", tokens.mark) >= 4.5


def test_a_page_opens_with_no_line_cut_at_the_side(library, lease, add, cite, until) -> None:
    add(library, lease)
    open_source(library.context, [cite(NOTICE)], 0)
    area = wait_for_page(library, until, 2).area
    begin, end = (edge * area.page.width() for edge in area.page.printed)
    first = area.horizontalScrollBar().value()
    assert first <= begin < end <= first + area.viewport().width()
    assert not area.horizontalScrollBar().isVisible()
    # The margins make room: letters are as large as the sheet allows.
    assert area.zoom > 1.0


def test_what_is_printed_on_a_page_is_found() -> None:
    page = QImage(800, 1000, QImage.Format.Format_RGB32)
    page.fill(Qt.GlobalColor.white)
    assert printed_part(page) == (0.0, 1.0)
    painter = QPainter(page)
    painter.fillRect(200, 100, 400, 300, Qt.GlobalColor.black)
    painter.end()
    begin, end = printed_part(page)
    assert abs(begin - 0.25) < 0.01
    assert abs(end - 0.75) < 0.01
