"""The parts of the documents panel around its list: the empty state, the line of progress, the bar of the chosen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.chat.words import tip
from desktop.documents.model import Row
from desktop.documents.words import n_documents, name_of, tr
from desktop.look.icons import load_pixmap
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_LARGE, FONT_SMALL
from desktop.operations.documents import Batch

# The picture of the empty state, in pixels at 100 %.
PICTURE = 48
# Widest line of its words, in pixels at 100 %.
WORDS_WIDTH = 440


class EmptyState(QScrollArea):
    """What belongs here, and the one button that starts it; scrolled where the panel is too low for it."""

    add_files_asked = Signal()
    add_folder_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        self._picture = QLabel(page)
        self._title = QLabel(tr("No documents yet"), page)
        self._words = QLabel(
            tr(
                "Add files or a folder, or drop them anywhere on this window. Then ask what stands in them. "
                "They are read where they are; nothing is copied, and nothing leaves this computer."
            ),
            page,
        )
        self._words.setWordWrap(True)
        self._words.setProperty("look", "muted")
        self.button = QPushButton(tr("Add files…"), page)
        self.button.setProperty("look", "primary")
        self.button.clicked.connect(self.add_files_asked)
        self.folder = QPushButton(tr("or add a folder"), page)
        self.folder.setProperty("look", "link")
        self.folder.clicked.connect(self.add_folder_asked)
        self._layout = QVBoxLayout(page)
        self._layout.addStretch(2)
        centre = Qt.AlignmentFlag.AlignHCenter
        for widget in (self._picture, self._title):
            widget.setAlignment(centre)
            self._layout.addWidget(widget, 0, centre)
        self._words.setAlignment(centre)
        words = QHBoxLayout()
        words.addStretch(1)
        words.addWidget(self._words, 100)
        words.addStretch(1)
        self._layout.addLayout(words)
        self._layout.addWidget(self.button, 0, centre)
        self._layout.addWidget(self.folder, 0, centre)
        self._layout.addStretch(3)
        self.setWidget(page)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def showEvent(self, event: QShowEvent) -> None:
        # A label in a scroll area gets its first font from the application when it is first shown.
        super().showEvent(event)
        self._on_theme_changed()

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), px(16), px(24), px(16))
        self._layout.setSpacing(px(12))
        self._title.setFont(self._theme.font(FONT_LARGE, bold=True))
        scale = self.devicePixelRatioF()
        self._picture.setPixmap(load_pixmap("documents", self._theme.tokens.muted, px(PICTURE), scale))
        self._words.setMaximumWidth(px(WORDS_WIDTH))


class ProgressLine(QFrame):
    """How far reading is, with a way to stop it."""

    stopped = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "card")
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._stop = QPushButton(tr("Stop"), self)
        self._stop.setAccessibleName(tr("Stop reading"))
        self._stop.clicked.connect(self.stopped)
        left = QVBoxLayout()
        left.addWidget(self._words)
        left.addWidget(self._bar)
        self._layout = QHBoxLayout(self)
        self._layout.addLayout(left, 1)
        self._layout.addWidget(self._stop)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.hide()

    def show_batches(self, batches: list[Batch]) -> None:
        """Show the first that runs; the others wait for it."""
        self.setVisible(bool(batches))
        if not batches:
            return
        batch = batches[0]
        number = QLocale().toString
        if not batch.total:
            words = tr("Looking through {name}").format(name=name_of(batch.paths[0]))
        else:
            words = tr("Reading {what}").format(what=batch.words)
        if len(batches) > 1:
            words += " · " + tr("{n} more to do").format(n=number(len(batches) - 1))
        shown = self._words.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, max(80, self._words.width()))
        self._words.setText(shown)
        self._words.setToolTip(tip(words))
        self._bar.setAccessibleName(words)
        self._bar.setRange(0, 100 * batch.total)
        self._bar.setValue(100 * batch.done + (batch.percent or 0))

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(12), px(8), px(8), px(8))
        self._layout.setSpacing(px(12))
        self._words.setFont(self._theme.font(FONT_SMALL))


class ChosenBar(QFrame):
    """What can be done with the chosen rows; `show_rows` gives the acts as (icon, words, act)."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "card")
        self.setAccessibleName(tr("What is chosen"))
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._layout = QHBoxLayout(self)
        self._layout.addWidget(self._words, 1)
        self._buttons: list[QToolButton] = []
        self._acts: list[str] = []
        self._do: dict[str, Callable[[], None]] = {}
        self.name = ""
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.hide()

    def show_rows(self, rows: list[Row], acts: list[tuple[str, str, Callable[[], None]]]) -> None:
        """Offer these acts for these rows."""
        self.name = rows[0].name if len(rows) == 1 else tr("{n} chosen").format(n=n_documents(len(rows)))
        if [words for _, words, _ in acts] != self._acts:
            for button in self._buttons:
                self._layout.removeWidget(button)
                button.deleteLater()
            self._buttons = [self._button(icon, words) for icon, words, _ in acts]
            self._acts = [words for _, words, _ in acts]
        for button, (_, _, act) in zip(self._buttons, acts, strict=True):
            self._do[button.accessibleName()] = act
        self.setVisible(bool(rows))
        self._elide()

    def _button(self, icon: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setAccessibleName(words)
        button.setToolTip(words)
        self._theme.bind_icon(button, icon)
        button.clicked.connect(lambda: self._do[words]())
        self._layout.addWidget(button)
        return button

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._elide()

    def _elide(self) -> None:
        metrics = self._words.fontMetrics()
        self._words.setText(metrics.elidedText(self.name, Qt.TextElideMode.ElideMiddle, max(40, self._words.width())))
        self._words.setToolTip(tip(self.name))

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(12), px(4), px(8), px(4))
        self._layout.setSpacing(px(4))
