"""What is written and not sent yet: keys, pastes, files and drafts in the field below the turns."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication


def test_shift_enter_breaks_the_line_and_tab_leaves(panel):
    edit = panel.composer.edit
    edit.setFocus()
    panel.composer.set_text("one")
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert edit.toPlainText() == "one\n"
    assert edit.tabChangesFocus()


def test_enter_never_sends_while_a_word_is_composed(panel):
    edit = panel.composer.edit
    panel.composer.set_text("ni")
    QApplication.sendEvent(edit, QInputMethodEvent("ha", []))
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert not panel.conversation.is_answering


def test_the_composer_grows_to_eight_lines(panel):
    panel.composer.edit.room = 10_000
    heights = []
    for lines in (1, 4, 8, 20):
        panel.composer.set_text("x\n" * (lines - 1) + "x")
        panel.composer.edit.fit()
        heights.append(panel.composer.edit.height())
    assert heights[0] < heights[1] < heights[2] == heights[3]


def test_a_paste_of_a_megabyte_stands_beside_the_text_and_becomes_a_file(panel):
    source = QMimeData()
    source.setText("word " * 200_000)
    panel.composer.edit.insertFromMimeData(source)
    assert panel.composer.edit.toPlainText() == ""
    assert len(panel.composer.text) == 1_000_000
    panel.composer._on_keep(panel.composer.attachments[0])
    path = Path(panel.composer.files[0])
    assert path.stat().st_size == 1_000_000
    assert path.stat().st_mode & 0o077 == 0


def test_five_hundred_files_take_five_rows(panel):
    panel.composer.attach([f"/tmp/file {n}.pdf" for n in range(500)])
    assert panel.composer._files.count() == 5
    assert len(panel.composer.files) == 500


def test_a_pasted_picture_is_refused_in_words(panel):
    said = []
    panel.composer.refused.connect(said.append)
    source = QMimeData()
    source.setImageData(QImage(2, 2, QImage.Format.Format_RGB32))
    assert panel.composer.edit.canInsertFromMimeData(source)
    panel.composer.edit.insertFromMimeData(source)
    assert said
    assert panel.composer.edit.toPlainText() == ""


def test_drafts_are_kept_for_each_chat(panel, script, ask):
    script(["Answer: one"])
    ask("Question")
    first = panel.conversation.chat
    panel.composer.set_text("half a thought")
    panel.new_chat()
    assert panel.composer.text == ""
    panel.open_chat(first)
    assert panel.composer.text == "half a thought"
