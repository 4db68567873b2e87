"""What an empty chat shows: a line of greeting, and questions that can be asked with a click."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.chat import words
from desktop.look.theme import Theme
from desktop.look.tokens import CHAT_WIDTH, FONT_TITLE

# Pixels at 100 %: around all of it, beside the words of a chip; a lower panel stands closer.
MARGIN, CHIP_PAD, LOW = 16, 32, 320


class Greeting(QScrollArea):
    """Signals: asked(question): a chip was clicked."""

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget(self)
        page.setProperty("look", "page")
        self._questions: list[str] = []
        self._suggested: list[str] = []
        self._is_remembered = False
        self._title = QLabel(self.tr("What would you like to find or remember?"), self)
        self._title.setWordWrap(True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._chips = QVBoxLayout()
        self._drop = QLabel(self.tr("Drop files or folders here, and ask about them."), self)
        self._drop.setWordWrap(True)
        self._drop.setProperty("look", "muted")
        self._drop.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        box = QFrame(page)
        box.setMaximumWidth(CHAT_WIDTH)
        inside = QVBoxLayout(box)
        inside.addWidget(self._title)
        inside.addLayout(self._chips)
        inside.addWidget(self._drop)
        self._inside = inside
        layout = QVBoxLayout(page)
        layout.addStretch(2)
        layout.addWidget(box)
        layout.addStretch(3)
        self.setWidget(page)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.set_suggested([])

    def set_suggested(self, questions: list[str]) -> None:
        """Questions from the headings of what was read last; without them the three that always work."""
        self._suggested = questions
        if (questions or self._own()) == self._questions:
            return
        self._questions = questions or self._own()
        while self._chips.count():
            found = self._chips.takeAt(0).widget()
            if found is not None:
                found.hide()
                found.deleteLater()
        for question in self._questions:
            self._chips.addWidget(self._chip(question), 0, Qt.AlignmentFlag.AlignHCenter)

    def set_remembered(self) -> None:
        """What the last of the three asks to remember was remembered: from now on it is asked for."""
        self._is_remembered = True
        self.set_suggested(self._suggested)

    @property
    def to_remember(self) -> str:
        """The question that asks to remember something."""
        return self.tr("Remember that my sister's birthday is 3 May")

    def _own(self) -> list[str]:
        last = self.tr("When is my sister's birthday?") if self._is_remembered else self.to_remember
        return [self.tr("What stays on this computer?"), self.tr("Where did I read about backups?"), last]

    def is_pointed_at(self) -> bool:
        """Whether the pointer or the focus is on one of the questions."""
        return self.isVisible() and any(chip.underMouse() or chip.hasFocus() for chip in self.chips)

    @property
    def chips(self) -> list[QPushButton]:
        """The buttons, in order."""
        found = (self._chips.itemAt(i).widget() for i in range(self._chips.count()))
        return [widget for widget in found if isinstance(widget, QPushButton)]

    def _chip(self, question: str) -> QPushButton:
        chip = QPushButton(self._wrapped(question), self)
        chip.setProperty("look", "chip")
        chip.setAccessibleName(self.tr("Ask: {question}").format(question=question))
        chip.setToolTip(words.tip(question))
        chip.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        chip.clicked.connect(lambda: self.asked.emit(question))
        return chip

    def _wrapped(self, question: str) -> str:
        """A question in lines that are no wider than there is room: a button breaks none by itself."""
        px = self._theme.px
        # Not the viewport's own width: to ask for it brings every class of widget before the first paint.
        bar = self.verticalScrollBar()
        width = self.maximumViewportSize().width() - (bar.sizeHint().width() if bar.isVisible() else 0)
        room = min(width, px(CHAT_WIDTH)) - px(2 * MARGIN + CHIP_PAD)
        metrics, lines = self.fontMetrics(), [""]
        for word in question.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and metrics.horizontalAdvance(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        shown = (metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, max(room, 40)) for line in lines)
        # An ampersand of a heading is no shortcut.
        return "\n".join(shown).replace("&", "&&")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._inside.setSpacing(self._theme.px(12 if self.height() < self._theme.px(LOW) else 28))
        for chip, question in zip(self.chips, self._questions, strict=True):
            chip.setText(self._wrapped(question))

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._title.setFont(self._theme.font(FONT_TITLE, bold=True))
        self._chips.setSpacing(px(10))
        self._inside.setContentsMargins(*[px(MARGIN)] * 4)
        self._fit()
