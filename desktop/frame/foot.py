"""What appears at the foot of the main area, over it: the undo bar and plain lines; one at a time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QToolButton, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL, UNDO_BAR_MS
from desktop.panels import MOVING

# Pixels at 100 %: words want this width beside a button; in a lower window they are small. The bar is no wider than
# this, and stands so far from the edges of its area.
NARROW, LOW, WIDEST, MARGIN = 260, 320, 640, 8


class FootBar(QFrame):
    """A sentence with at most one button; it goes after ten seconds, later while pointer or focus is on it.

    It lies over what is shown and moves nothing: a click that was meant for something else still hits that. For the
    same reason it takes no focus by a click.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._act: Callable[[], None] | None = None
        self._area: Callable[[], QRect] = QRect
        self.setProperty("look", "notice")
        self._words = QLabel(self)
        # Sentences name chats and files: never read as markup.
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._button = QPushButton(self)
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.clicked.connect(self._on_act)
        self._close = QToolButton(self)
        self._close.setAccessibleName(self.tr("Close this line"))
        self._close.setToolTip(self.tr("Close this line"))
        self._close.clicked.connect(self.close_line)
        theme.bind_icon(self._close, "close")
        self._grid = QGridLayout(self)
        self._grid.setColumnStretch(0, 1)
        self._is_narrow: bool | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.hide()

    @property
    def sentence(self) -> str:
        """What it says."""
        return self._words.text()

    def shows(self, sentence: str) -> bool:
        """Whether it is there and says this."""
        return not self.isHidden() and self.sentence == sentence

    def stand_over(self, area: Callable[[], QRect], *watched: QWidget) -> None:
        """Stand at the foot of an area (in the parent's coordinates), which changes when one of `watched` does."""
        self._area = area
        for widget in watched:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVING:
            self.place()
        return super().eventFilter(watched, event)

    def show_line(
        self, sentence: str, button: str = "", act: Callable[[], None] | None = None, *, stays: bool = False
    ) -> None:
        """Show a sentence; `stays` keeps it until it is closed (errors)."""
        self._act = act
        self._words.setText(sentence)
        self.setAccessibleName(sentence)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self.show()
        self.raise_()
        self.place()
        self._timer.stop()
        if not stays:
            self._timer.start(UNDO_BAR_MS)

    def close_line(self) -> None:
        """Take it away."""
        self._timer.stop()
        self.hide()

    def place(self) -> None:
        """Take the place at the foot of the area: as wide as the words, as tall as they need."""
        if self.isHidden():
            return
        area, margin = self._area(), self._theme.px(MARGIN)
        self._words.setFont(self._theme.font(FONT_SMALL if self.window().height() < self._theme.px(LOW) else 1.0))
        room = min(area.width() - 2 * margin, self._theme.px(WIDEST))
        width = min(self._natural_width(), room)
        self._arrange(width)
        height = self._grid.totalHeightForWidth(width)
        self.setGeometry(area.center().x() - width // 2, area.bottom() + 1 - margin - height, width, height)

    def _natural_width(self) -> int:
        """All in one line."""
        shown = [widget for widget in (self._button, self._close) if not widget.isHidden()]
        margins = self._grid.contentsMargins()
        words = self._words.fontMetrics().horizontalAdvance(self._words.text())
        room = sum(widget.sizeHint().width() + self._grid.horizontalSpacing() for widget in shown)
        return words + room + margins.left() + margins.right() + self._theme.px(MARGIN)

    def _arrange(self, width: int) -> None:
        """The button beside the words; where that leaves them too little room, below."""
        beside = self._button.sizeHint().width() if not self._button.isHidden() else 0
        narrow = beside > 0 and width < self._natural_width() and width - beside < self._theme.px(NARROW)
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        for widget in (self._words, self._button, self._close):
            self._grid.removeWidget(widget)
        top, left = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignLeft
        if narrow:
            self._grid.addWidget(self._words, 0, 0)
            self._grid.addWidget(self._close, 0, 1, top)
            self._grid.addWidget(self._button, 1, 0, 1, 2, left)
        else:
            self._grid.addWidget(self._words, 0, 0)
            self._grid.addWidget(self._button, 0, 1)
            self._grid.addWidget(self._close, 0, 2)

    def _on_act(self) -> None:
        self.close_line()
        if self._act is not None:
            self._act()

    def _on_timeout(self) -> None:
        focused = self.window().focusWidget()
        if self.underMouse() or (focused is not None and self.isAncestorOf(focused)):
            self._timer.start(UNDO_BAR_MS)
        else:
            self.hide()

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._grid.setContentsMargins(px(12), px(6), px(8), px(6))
        self._grid.setHorizontalSpacing(px(8))
        self._grid.setVerticalSpacing(px(2))
        self.place()
