"""What the side sheet says of a document, or of a file that could not be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFormLayout, QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.documents.model import Row
from desktop.documents.words import kind_of, n_pages, n_passages, size, tr, when
from desktop.look.tokens import FONT_SMALL
from desktop.operations import documents as operations

# Headings shown; a book has thousands.
MAX_HEADINGS = 200

_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3})*)[.)]?\s")


class DetailsView(QScrollArea):
    """Facts, path, headings and what can be done."""

    def __init__(self, context: Context, row: Row) -> None:
        super().__init__()
        self._context, self._row = context, row
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("About {name}").format(name=row.name))
        page = QWidget()
        page.setProperty("look", "surface")
        self._layout = QVBoxLayout(page)
        self._layout.setContentsMargins(0, 0, context.theme.px(8), 0)
        self._layout.setSpacing(context.theme.px(12))
        note = row.trouble.error if row.trouble is not None else row.document.note if row.document else ""
        if note:
            self._label(note, "warning")
        self._form()
        self._buttons()
        self._headings = QVBoxLayout()
        self._headings.setSpacing(context.theme.px(4))
        self._layout.addLayout(self._headings)
        self._layout.addStretch(1)
        self.setWidget(page)
        if row.document is not None:
            operations.load_headings(context, row.document, self._show_headings, owner=self)

    def _form(self) -> None:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setHorizontalSpacing(self._context.theme.px(16))
        form.setVerticalSpacing(self._context.theme.px(6))
        for name, value in self._facts():
            label = QLabel(name)
            label.setProperty("look", "muted")
            words = _plain(value)
            words.setAccessibleName(f"{name}: {value}")
            form.addRow(label, words)
        self._layout.addLayout(form)

    def _facts(self) -> Sequence[tuple[str, str]]:
        row, document = self._row, self._row.document
        where = _breakable(row.path)
        if document is None:
            at_ms = row.trouble.at_ms if row.trouble is not None else 0
            return [(tr("Tried"), when(at_ms)), (tr("Place"), where)] if at_ms else [(tr("Place"), where)]
        facts = [(tr("Kind"), kind_of(document))]
        if document.title and document.title != row.name.rpartition(".")[0]:
            facts.append((tr("Title"), document.title))
        if document.pages:
            facts.append((tr("Length"), n_pages(document.pages)))
        by_words = tr("{n}; found by their words only so far")
        passages = n_passages(document.n_passages)
        facts += [
            (tr("Passages"), passages if document.embedded_with else by_words.format(n=passages)),
            (tr("Size"), size(document.size_bytes)),
            (tr("Added"), when(document.added_ms)),
            (tr("Changed"), when(document.modified_ms)),
            (tr("Place"), where),
        ]
        facts += [(tr("Also as"), _breakable(path)) for path in document.aliases[:5]]
        return facts

    def _buttons(self) -> None:
        context, path = self._context, self._row.path
        acts: list[tuple[str, Callable[[], None]]] = []
        if self._row.trouble is not None:
            trouble = self._row.trouble
            acts.append((tr("Try again"), lambda: operations.retry(context, [trouble])))
        if self._row.document is not None:
            acts.append((tr("Ask about it"), lambda: operations.ask_about(context, [path])))
        acts.append((tr("Open file"), lambda: operations.open_file(context, path)))
        acts.append((tr("Show in folder"), lambda: operations.show_in_folder(context, path)))
        self._acts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._acts.setSpacing(context.theme.px(8))
        for words, act in acts:
            button = QPushButton(words)
            button.clicked.connect(lambda _=False, act=act: act())
            self._acts.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._acts.addStretch(1)
        self._layout.addLayout(self._acts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        buttons = [item.widget() for i in range(self._acts.count()) if (item := self._acts.itemAt(i)).widget()]
        needed = sum(button.sizeHint().width() + self._acts.spacing() for button in buttons)
        narrow = needed > self.viewport().width()
        direction = QBoxLayout.Direction
        self._acts.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)

    def _show_headings(self, headings: list[str]) -> None:
        if not headings:
            return
        title = QLabel(tr("Headings"))
        title.setFont(self._context.theme.font(bold=True))
        self._headings.addWidget(title)
        for heading in headings[:MAX_HEADINGS]:
            depth = depth_of(heading)
            label = _plain(heading.split(" › ")[-1])
            label.setFont(self._context.theme.font(FONT_SMALL))
            label.setIndent(self._context.theme.px(12) * min(depth, 4))
            self._headings.addWidget(label)
        if len(headings) > MAX_HEADINGS:
            more = tr("and {n} more").format(n=QLocale().toString(len(headings) - MAX_HEADINGS))
            self._headings.addWidget(_plain(more))

    def _label(self, text: str, look: str) -> None:
        label = _plain(text)
        label.setProperty("look", look)
        self._layout.addWidget(label)


def depth_of(heading: str) -> int:
    """How far a heading is set in: of "A › B" one step.

    Where they are numbered the numbers say it: "3 … › 4 …" are of one level, however large their letters are.
    """
    *above, last = heading.split(" › ")
    own = _numbers_of(last)
    return sum(not own or not _numbers_of(part) or _numbers_of(part) < own for part in above)


def _numbers_of(heading: str) -> int:
    """How many numbers it begins with: two for "1.2 Scope", none for words."""
    match = _NUMBERED.match(heading)
    return match[1].count(".") + 1 if match else 0


def _plain(text: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    if "\u200b" not in text:  # what is copied must be the path itself
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _breakable(path: str) -> str:
    """The path with places at which a line may break that nobody sees."""
    return path.replace("/", "/\u200b").replace("\\", "\\\u200b").replace("_", "_\u200b")
