import random

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication

from desktop.chat.body import AnswerBody, citations_of_lines
from desktop.chat.prose import CodeView, ProseView
from desktop.look.theme import Theme
from engine.events import Citation

TEXT = """# Title

Some *words* and `code` [1].

- one
- two
  1. deep

> quoted

| a | b |
|---|--:|
| 1 | 2 |

```python
def f():
    return "x"  # why
```

***

The end, and [a link](https://example.org).
"""


@pytest.fixture
def theme(app: QApplication) -> Theme:
    return Theme(app, forced="light")


def test_a_text_that_grew_looks_as_if_it_had_been_shown_at_once(theme):
    whole, grown = AnswerBody(theme), AnswerBody(theme)
    whole.show_whole(TEXT)
    dice, at = random.Random(3), 0
    while at < len(TEXT):
        size = dice.randint(1, 9)
        grown.feed(TEXT[at : at + size])
        grown.flush()
        at += size
    grown.finish()
    assert grown.to_html() == whole.to_html()
    assert grown.blocks == whole.blocks


def test_a_finished_block_is_not_written_again(theme):
    body = AnswerBody(theme)
    body.feed("first\n\nsecond\n\nthird\n\nfourth")
    body.flush()
    view = body.views[0]
    shown = view.toPlainText()
    body.feed(" and more")
    body.flush()
    assert body.views[0] is view
    assert view.toPlainText() == shown == "first\nsecond"
    assert body.views[-1].toPlainText() == "third\nfourth and more"


def test_code_is_shown_as_code_while_it_grows(theme):
    body = AnswerBody(theme)
    body.feed("```python\nprint(1)\nprint(")
    body.flush()
    assert isinstance(body.views[0], CodeView)
    assert body.views[0].text() == "print(1)\nprint("


def test_pieces_wait_for_the_next_repaint(theme):
    body = AnswerBody(theme)
    for _ in range(100):
        body.feed("word ")
    assert body.views == []
    body.flush()
    assert body.views[0].toPlainText().count("word") == 100


def test_nothing_is_ever_loaded(theme):
    view = ProseView(theme)
    for address in ("file:///etc/passwd", "http://example.org/x.png", "qrc:/x"):
        found = view.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl(address))
        assert isinstance(found, QImage)
        assert (found.width(), found.height()) == (1, 1)


def test_copied_code_is_the_code(theme):
    view = CodeView(theme, "python")
    view.set_code("a = 1\n\tb = 2\n", complete=True)
    view._on_copy()
    assert QApplication.clipboard().text() == "a = 1\n\tb = 2"


def test_a_language_that_nobody_knows_is_plain_code(theme):
    view = CodeView(theme, "klingon")
    view.set_code("qapla", complete=True)
    assert view.text() == "qapla"


def test_quoted_lines_get_the_numbers_of_their_citations():
    quoted = [("a.pdf", "one two"), ("a.pdf", "four"), ("b.pdf", "three")]
    citations = [Citation(n, path, 1, "", text) for n, (path, text) in enumerate(quoted, 1)]
    text = 'The nearest places are:\na.pdf, page 1: "one two" … "four"\nb.pdf, page 1: "three"'
    assert citations_of_lines(text, citations) == [[], [1, 2], [3]]


@pytest.mark.parametrize("is_guide", [True, False])
def test_the_number_of_a_citation_never_begins_a_line(theme, is_guide):
    body, words = AnswerBody(theme), 'mime.pdf, page 10: "It holds the magic file format."'
    if is_guide:
        body.show_lines(words, [Citation(1, "mime.pdf", 10, "", "It holds the magic file format.")])
    else:
        body.show_whole(f"{words} [1]", 1)
    (view,) = body.views
    (mark,) = view.writer.marks
    for width in range(60, 420, 3):
        view.heightForWidth(width)
        layout = view.document().firstBlock().layout()
        assert layout.lineForTextPosition(mark.start).textStart() < mark.start, width
