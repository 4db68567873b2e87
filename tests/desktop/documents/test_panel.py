"""What the documents panel shows of files that go in, and of those that do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from desktop.documents.details import DetailsView, depth_of
from desktop.documents.model import Row
from desktop.frame.drop_overlay import DropTarget, read_mime, take_mime, words_for
from desktop.main_window import MainWindow
from desktop.operations import documents as operations
from desktop.operations.documents import Batch, reading_of
from desktop.widgets.side_list import COUNT
from engine.documents.types import Trouble
from tests.desktop.documents.conftest import panel_of


def rows(window: MainWindow) -> list[Row]:
    model = panel_of(window).model
    return [row for n in range(model.rowCount()) if (row := model.row(model.index(n))) is not None]


def names(window: MainWindow) -> list[str]:
    return [row.name for row in rows(window)]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_an_empty_library_says_what_belongs_here_and_has_one_button(library: MainWindow) -> None:
    panel = panel_of(library)
    assert panel.stack.currentWidget() is panel.empty
    assert panel.empty.button.isVisible()
    assert not panel.add_button.isVisible()


def test_a_dropped_file_is_read_and_stands_in_the_list(library: MainWindow, lease: Path, add, until) -> None:
    add(library, lease)
    until(lambda: names(library) == ["lease.pdf"])
    (row,) = rows(library)
    assert row.document is not None
    assert (row.state, row.document.pages) == ("Ready", 3)
    assert "3 pages" in row.details
    assert library.foot.sentence.startswith("lease.pdf is read: 3 pages")


def test_while_a_file_is_read_the_panel_says_how_far_it_is_and_can_stop(library: MainWindow, tmp_path, until) -> None:
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    for number in range(400):
        pdf.add_page()
        for line in range(35):  # to break lines takes fpdf longer than everything else here
            pdf.text(10, 15 + 7 * line, f"Sentence {number} tells of the boiler. " * 2)
    pdf.output(str(tmp_path / "book.pdf"))
    panel = panel_of(library)
    panel.add([str(tmp_path / "book.pdf")])
    until(lambda: any(row.is_reading and row.percent for row in rows(library)))
    assert panel.progress.isVisible()
    assert [job.title for job in library.bridge.jobs] == ["Reading documents"]
    panel.progress.stopped.emit()
    until(lambda: not reading_of(library.context).batches)
    assert not panel.progress.isVisible()
    assert library.foot.sentence.startswith("Stopped.")


def scan(folder: Path) -> Path:
    image = QImage(200, 280, QImage.Format.Format_RGB32)
    image.fill(0xFFEEDD)
    image.save(str(folder / "page.png"))
    pdf = FPDF()
    pdf.add_page()
    pdf.image(str(folder / "page.png"), 0, 0, 200)
    pdf.output(str(folder / "scan.pdf"))
    return folder / "scan.pdf"


def locked(folder: Path) -> Path:
    pdf = FPDF()
    pdf.set_encryption(owner_password="x", user_password="x")
    pdf.add_page()
    pdf.output(str(folder / "locked.pdf"))
    return folder / "locked.pdf"


BAD = {
    "scan": (scan, "A scan", "looks like a scan"),
    "locked": (locked, "Locked", "password"),
    "broken": (lambda folder: write(folder, "broken.pdf", b"%PDF-1.7 broken"), "Not read", "damaged"),
    "empty": (lambda folder: write(folder, "empty.txt", b""), "Empty", "empty"),
    "blank": (lambda folder: write(folder, "blank.txt", b" \n \n"), "Empty", "no text"),
    "binary": (lambda folder: write(folder, "program.exe", bytes(range(256)) * 64), "Not readable", ""),
    "missing": (lambda folder: folder / "gone.pdf", "Not read", "no file or folder"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_cannot_be_read_says_in_its_row_why_and_what_to_do(
    kind: str, library: MainWindow, tmp_path: Path, add, until
) -> None:
    make, state, why = BAD[kind]
    path = make(tmp_path)
    add(library, path)
    until(lambda: len(rows(library)) == 1)
    (row,) = rows(library)
    assert row.trouble is not None
    assert row.state == state
    assert why in row.details
    assert row.details.endswith(".")
    panel = panel_of(library)
    panel.list.setCurrentIndex(panel.model.index(0))
    assert next(b.accessibleName() for b in panel.bar.findChildren(QToolButton) if b.isVisible()) == "Try again"


def test_a_failure_can_be_tried_again_after_it_was_mended(library: MainWindow, tmp_path, add, until) -> None:
    path = write(tmp_path, "letter.txt", b"")
    add(library, path)
    until(lambda: len(rows(library)) == 1)
    trouble = rows(library)[0].trouble
    assert trouble is not None
    write(tmp_path, "letter.txt", "The boiler is cold since Monday.")
    operations.retry(library.context, [trouble])
    until(lambda: [row.trouble for row in rows(library)] == [None] and not rows(library)[0].is_reading)


def test_a_failure_can_be_dismissed(library: MainWindow, tmp_path, add, until) -> None:
    add(library, write(tmp_path, "empty.txt", b""))
    until(lambda: len(rows(library)) == 1)
    panel = panel_of(library)
    panel.list.selectAll()
    panel.discard_chosen()
    until(lambda: not rows(library))
    until(lambda: panel.stack.currentWidget() is panel.empty)


def test_five_hundred_files_go_in_and_the_list_keeps_its_place(library: MainWindow, tmp_path, add, until) -> None:
    folder = tmp_path / "letters"
    for number in range(500):
        write(folder, f"letter {number:03}.txt", f"Letter {number} tells of boiler number {number}.")
    resets: list[object] = []
    panel_of(library).model.modelReset.connect(lambda: resets.append(1))
    add(library, *sorted(folder.iterdir()))
    until(lambda: len(rows(library)) == 500)
    assert not resets, "rows came in by insertion: place and choice stay"
    assert library.foot.sentence == "500 files read."


def test_a_dropped_folder_says_that_it_is_added_once(library: MainWindow, tmp_path, add, until) -> None:
    write(tmp_path / "Papers", "a.txt", "The boiler is cold.")
    write(tmp_path / "Papers" / "deep", "b.txt", "The valve is closed.")
    add(library, tmp_path / "Papers")
    until(lambda: len(rows(library)) == 2)
    assert library.foot.sentence == "Papers: 2 files read. Added once · keep in step later."
    column = panel_of(library).column
    items = [(item.text(), item.data(COUNT)) for n in range(column.list.count()) if (item := column.list.item(n))]
    assert items == [("All documents", 2), ("Folders", 0), ("Papers", 2)]


def test_search_and_folder_choose_what_is_shown(library: MainWindow, tmp_path, lease, add, until) -> None:
    write(tmp_path / "Papers", "boiler.txt", "The boiler is cold.")
    add(library, tmp_path / "Papers", lease)
    until(lambda: len(rows(library)) == 2)
    panel = panel_of(library)
    panel.column.search.setText("LEA")
    until(lambda: names(library) == ["lease.pdf"])
    panel.column.search.setText("nothing like it")
    until(lambda: not rows(library))
    assert panel.stack.currentWidget() is panel._nothing
    panel.column.search.clear()
    until(lambda: len(rows(library)) == 2)
    panel.column.list.setCurrentRow(2)
    assert names(library) == ["boiler.txt"]


def test_a_document_taken_out_comes_back_with_undo(library: MainWindow, lease, add, until) -> None:
    add(library, lease)
    until(lambda: len(rows(library)) == 1)
    panel = panel_of(library)
    panel.list.setCurrentIndex(panel.model.index(0))
    panel.discard_chosen()
    until(lambda: not rows(library))
    assert library.foot.sentence == "Took out “lease.pdf”"
    library.setFocus()
    library.actions_["edit.undo"].trigger()
    until(lambda: names(library) == ["lease.pdf"])
    assert lease.exists()


def test_details_show_facts_path_and_headings(library: MainWindow, tmp_path, add, until) -> None:
    add(library, write(tmp_path, "notes.md", "# Boiler\n\nIt is cold.\n\n## Valve\n\nIt is closed."))
    until(lambda: len(rows(library)) == 1)
    panel_of(library).open_document(rows(library)[0].key)
    details = library.sheet.findChild(DetailsView)
    assert details is not None
    until(lambda: "Valve" in [label.text() for label in details.findChildren(QLabel)])
    words = [label.text().replace("\u200b", "") for label in details.findChildren(QLabel)]
    assert {"Markdown", "1 passage", str(tmp_path / "notes.md"), "Boiler"} <= set(words)


def test_the_list_follows_what_another_face_does(library: MainWindow, lease, run, until) -> None:
    engine = library.bridge.engine
    assert engine is not None
    run(engine.ingest([lease]))
    until(lambda: names(library) == ["lease.pdf"])
    run(engine.documents.remove(str(lease)))
    until(lambda: not rows(library))


# Drops and pastes


def mime(**parts: object) -> QMimeData:
    made = QMimeData()
    if "urls" in parts:
        made.setUrls([QUrl(str(url)) for url in parts["urls"]])  # type: ignore[attr-defined]
    if "text" in parts:
        made.setText(str(parts["text"]))
    if "image" in parts:
        made.setImageData(QImage(2, 2, QImage.Format.Format_RGB32))
    return made


def test_a_drop_is_known_for_what_it_is(tmp_path: Path) -> None:
    file = QUrl.fromLocalFile(str(tmp_path / "a.pdf")).toString()
    model = QUrl.fromLocalFile(str(tmp_path / "a.GGUF")).toString()
    assert read_mime(mime(urls=[file])).paths == (str(tmp_path / "a.pdf"),)
    assert read_mime(mime(urls=[model])).kind == "models"
    assert read_mime(mime(urls=[file, model])).kind == "files"
    assert read_mime(mime(urls=["https://example.org"], text="https://example.org")).kind == "link"
    assert read_mime(mime(text="www.example.org")).kind == "link"
    assert read_mime(mime(text="see www.example.org")).kind == "text"
    assert read_mime(mime(image=True)).kind == "image"
    assert read_mime(mime()).kind == "nothing"


def test_the_overlay_says_what_letting_go_will_do(library: MainWindow, tmp_path: Path) -> None:
    overlay = library.findChild(DropTarget).overlay
    (tmp_path / "Papers").mkdir()
    paths = [tmp_path / "Papers", tmp_path / "a.pdf", tmp_path / "b.pdf"]
    urls = [QUrl.fromLocalFile(str(path)).toString() for path in paths]
    for parts, title in (
        ({"urls": urls[:1]}, "Add the folder “Papers”"),
        ({"urls": urls[1:2]}, "Add “a.pdf”"),
        ({"urls": urls[1:]}, "Add 2 files"),
        ({"urls": urls}, "Add 3 files and folders"),
        ({"text": "some words"}, "Put this text into your message"),
        ({"urls": ["https://example.org"]}, "A link cannot be added"),
        ({"image": True}, "This cannot be added"),
    ):
        overlay.tell(read_mime(mime(**parts)))
        assert overlay.title == title
    assert words_for(read_mime(mime(urls=urls[:1])))[2] == "Added once · keep in step later"


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [({"urls": ["https://example.org"]}, "opens no web pages"), ({"image": True}, "reads text, not pictures")],
)
def test_what_cannot_be_added_is_answered_with_a_sentence(parts, sentence, library: MainWindow) -> None:
    take_mime(library.context, mime(**parts))
    assert sentence in library.foot.sentence
    assert not reading_of(library.context).batches


def test_dropped_text_goes_into_the_message(library: MainWindow) -> None:
    take_mime(library.context, mime(text="How long is the notice period?"))
    assert library.panel == "chat"
    assert library.panels["chat"].composer.edit.toPlainText() == "How long is the notice period?"


def test_a_pasted_file_is_added(library: MainWindow, lease, until) -> None:
    QApplication.clipboard().setMimeData(mime(urls=[QUrl.fromLocalFile(str(lease)).toString()]))
    panel_of(library).list.paste()
    until(lambda: names(library) == ["lease.pdf"] and not rows(library)[0].is_reading)


def test_ten_thousand_documents_are_searched_and_scrolled(library: MainWindow, until) -> None:
    from engine.documents.types import Document

    panel = panel_of(library)
    documents = [
        Document(f"d{n}", f"/papers/paper {n}.pdf", "/papers", f"paper {n}.pdf", "", "pdf", 1000, 0, "", n, 3, 9)
        for n in range(10_000)
    ]
    panel.model._take_documents(documents)
    assert panel.model.rowCount() == 10_000
    panel.list.scrollToBottom()
    QTest.qWait(0)
    panel.model.show(words="paper 9999")
    assert names(library) == ["paper 9999.pdf"]


def test_before_the_engine_is_open_the_panel_says_so(make_window) -> None:
    window = make_window(engine=False, panel="documents")
    assert panel_of(window)._nothing.text() == "Opening…"


def test_a_list_that_fits_shows_no_scroll_bar(library, add, tmp_path: Path, until) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n\nThe boiler was serviced.\n")
    add(library, tmp_path / "notes.md")
    panel = panel_of(library)
    until(lambda: len(rows(library)) == 1)
    bar = panel.list.verticalScrollBar()

    def colours() -> set[str]:
        image = bar.grab().toImage()
        return {image.pixelColor(image.width() // 2, y).name() for y in range(image.height())}

    assert bar.maximum() == bar.minimum()
    assert len(colours()) == 1, "a handle is painted"


def test_all_documents_counts_the_rows_that_could_not_be_read_too(library: MainWindow, tmp_path, add, until) -> None:
    write(tmp_path, "a.txt", "The boiler is cold.")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    add(library, tmp_path / "a.txt", tmp_path / "broken.pdf")
    until(lambda: len(rows(library)) == 2)
    column = panel_of(library).column
    counts = {(item := column.list.item(n)).text(): item.data(COUNT) for n in range(column.list.count())}
    assert counts["All documents"] == 2
    assert counts["Could not be read"] == 1


@pytest.mark.parametrize(
    ("heading", "depth"),
    [("Scope", 0), ("Lease › Scope", 1), ("3 Ports › 4 Drivers", 0), ("1 Use › 1.2 Start", 1), ("1.1 A › 1.2 B", 0)],
)
def test_headings_are_set_in_by_their_numbers_where_they_have_some(heading: str, depth: int) -> None:
    assert depth_of(heading) == depth


def test_one_percentage_is_said_while_files_are_read() -> None:
    alone = Batch(["a.pdf"], [], total=1, file="/docs/a.pdf", percent=42)
    assert alone.words == "a.pdf, 42 %"
    many = Batch(["docs"], ["docs"], done=2, total=104, file="/docs/a.pdf", percent=42)
    assert many.words == "3 of 104 files · a.pdf"


def test_an_answer_that_was_overtaken_does_not_hide_what_failed_since(
    library: MainWindow, tmp_path: Path, monkeypatch
) -> None:
    """What was asked first comes last: it knows of no failure yet."""
    asked: list[Callable[[list[Trouble]], None]] = []
    model = panel_of(library).model
    with monkeypatch.context() as patch:
        patch.setattr(operations, "load_troubles", lambda _, done, owner: asked.append(done))
        model._load_troubles()
        model._load_troubles()
    first, second = asked
    second([Trouble("T", str(tmp_path / "bad.pdf"), "failed", "It cannot be read.", 0)])
    first([])
    assert [row.name for row in rows(library)] == ["bad.pdf"]
