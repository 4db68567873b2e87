"""Drags as the system delivers them: to the native window, which finds the widget that they are for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from desktop.frame.drop_overlay import DropOverlay
from desktop.main_window import MainWindow
from desktop.operations.documents import reading_of
from tests.desktop.documents.conftest import panel_of

COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Drag:
    """Something that is dragged over the window; kept until it is let go, as a file manager does."""

    def __init__(self, window: MainWindow, paths: Sequence[Path]) -> None:
        self._window = window
        self.mime = QMimeData()
        self.mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])

    def over(self, place: QPoint) -> bool:
        """Come in and move; whether it would be taken."""
        native = self._window.windowHandle()
        QApplication.sendEvent(native, QDragEnterEvent(place, COPY, self.mime, LEFT, NONE))
        move = QDragMoveEvent(place, COPY, self.mime, LEFT, NONE)
        QApplication.sendEvent(native, move)
        return move.isAccepted()

    def leave(self) -> None:
        QApplication.sendEvent(self._window.windowHandle(), QDragLeaveEvent())

    def drop(self, place: QPoint) -> None:
        """Come in and let go."""
        assert self.over(place)
        event = QDropEvent(QPointF(place), COPY, self.mime, LEFT, NONE, QEvent.Type.Drop)
        QApplication.sendEvent(self._window.windowHandle(), event)


def settled(window: MainWindow, until, n: int) -> None:
    until(lambda: not reading_of(window.context).batches and panel_of(window).model.rowCount() == n)


def test_files_are_announced_while_they_are_dragged_and_read_when_they_are_let_go(
    library: MainWindow, lease: Path, tmp_path: Path, until
) -> None:
    (tmp_path / "boiler.txt").write_text("The boiler is cold.")
    overlay = library.findChild(DropOverlay)
    drag, middle = Drag(library, [lease, tmp_path / "boiler.txt"]), library.rect().center()
    assert drag.over(middle)
    assert overlay.isVisible()
    assert overlay.title == "Add 2 files"
    drag.leave()
    assert not overlay.isVisible()
    drag.drop(middle)
    assert not overlay.isVisible()
    settled(library, until, 2)
    assert library.foot.sentence == "2 files read."


def test_a_folder_is_said_to_be_added_once(library: MainWindow, tmp_path: Path, until) -> None:
    folder = tmp_path / "Papers"
    folder.mkdir()
    (folder / "a.txt").write_text("The valve is closed.")
    drag, middle = Drag(library, [folder]), library.rect().center()
    drag.over(middle)
    assert library.findChild(DropOverlay)._words.text() == "Added once · keep in step later"
    drag.drop(middle)
    settled(library, until, 1)
    assert library.foot.sentence.endswith("Added once · keep in step later.")


def test_a_scan_is_said_to_be_one(library: MainWindow, tmp_path: Path, until) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(20, 20, 120, 160, style="F")
    pdf.output(str(tmp_path / "letter.pdf"))
    Drag(library, [tmp_path / "letter.pdf"]).drop(library.rect().center())
    settled(library, until, 1)
    row = panel_of(library).model.row(panel_of(library).model.index(0))
    assert row.state == "A scan"
    assert "looks like a scan" in row.details


def test_a_file_on_the_message_goes_with_the_message(library: MainWindow, lease: Path) -> None:
    chat = library.open_panel("chat")
    edit = chat.composer.edit
    Drag(library, [lease]).drop(edit.mapTo(library, edit.rect().center()))
    assert chat.composer.files == (str(lease),)
    assert not reading_of(library.context).batches, "it is read when it is sent"
