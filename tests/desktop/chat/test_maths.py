r"""Formulas drawn in an answer: on the line of writing, copied as they were written, and inert."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtWidgets import QApplication

from desktop.chat import maths
from desktop.chat.body import AnswerBody
from desktop.chat.maths import draw_formula
from desktop.chat.prose import ProseView
from desktop.look.theme import Theme

pytest.importorskip("ziamath", reason="formulas are shown as they were written without it")


@pytest.fixture
def body(app: QApplication) -> AnswerBody:
    found = AnswerBody(Theme(app, forced="light"))
    found.resize(600, 400)
    yield found
    found.deleteLater()


def prose(body: AnswerBody) -> ProseView:
    view = body.views[0]
    assert isinstance(view, ProseView)
    return view


def test_a_formula_is_a_picture_that_is_copied_as_it_was_written(body: AnswerBody) -> None:
    body.show_whole(r"With $a \ne 0$ it is \(b^2\), and alone:" + "\n\n$$x = \\frac{1}{2}$$\n\nDone.")
    view = prose(body)
    assert view.toPlainText().count("\ufffc") == 3
    view.selectAll()
    copied = view.createMimeDataFromSelection().text()
    assert copied == "With $a \\ne 0$ it is \\(b^2\\), and alone:\n$$x = \\frac{1}{2}$$\nDone."


def test_a_formula_stands_on_the_line_of_writing(body: AnswerBody) -> None:
    body.show_whole(r"tall $\frac{\frac{a}{b}}{c}$ and low $x_{y_z}$")
    cursor = QTextCursor(prose(body).document())
    heights = {}
    while not cursor.atEnd():
        cursor.movePosition(QTextCursor.MoveOperation.Right)
        shape = cursor.charFormat()
        if shape.isImageFormat():
            heights[shape.property(QTextFormat.Property.ImageAltText)] = shape.toImageFormat().height()
    assert len(heights) == 2
    assert heights[r"$\frac{\frac{a}{b}}{c}$"] > heights["$x_{y_z}$"]


def test_what_cannot_be_set_is_shown_as_it_was_written(body: AnswerBody) -> None:
    body.show_whole(r"broken $\frac{1}{$ here")
    assert prose(body).toPlainText() == r"broken $\frac{1}{$ here"


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{file:///etc/passwd}{x}", r"\includegraphics{/etc/passwd}", r"\input{/etc/passwd}", "{" * 900,
        r"\text{<image href='file:///etc/passwd'/>}", r"\style{x}{y}", "x^" * 400 + "x", r"\frac" * 300, "\0\ufffe",
    ],
)  # fmt: skip
def test_nothing_that_a_formula_says_loads_anything_or_ends_the_window(latex: str) -> None:
    drawn = draw_formula(latex, 16.0, "#1d2127")
    assert drawn is None or drawn.image.width() < maths.LARGEST * maths.SCALE
