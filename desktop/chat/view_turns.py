"""The page of turns: widgets for what is seen, heights for the rest.

Goal: a chat of 2,000 turns opens and scrolls like one of ten. Rules:
- Every turn that is loaded has a height: measured once its widget was there, estimated from its length before.
- Widgets exist for the turns in view and a little above and below; those further than `KEEP` views away are
  deleted, unless they have the focus or still grow.
- What the person looks at does not move: when a height above the top edge changes (measured instead of estimated,
  earlier turns loaded), the scroll position changes by the same.
- The page follows the end while it is at the end; else "to the latest" is offered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QWidget

from desktop.chat.turn import TurnData
from desktop.look.theme import Theme
from desktop.look.tokens import CHAT_WIDTH

if TYPE_CHECKING:
    from desktop.chat.view_turn import TurnView

# Widgets are made for so many views above and below the one that is seen, and let go further away than `KEEP`.
AHEAD, KEEP = 0.5, 4
# Pixels at 100 % from the end that still count as the end.
_NEAR_END = 24
# Below the last turn: a line at the foot has room there.
_AFTER_LAST = 56
# Estimate of a turn that was never shown: a line of so many characters, in pixels at 100 %.
_LINE_CHARACTERS, _LINE_PX, _FRAME_PX = 90, 22, 64


@dataclass(eq=False)
class _Item:
    data: TurnData
    height: int
    measured: bool = False
    view: TurnView | None = None


class TurnList(QScrollArea):
    """Turns below one another, the newest at the end.

    Signals:
        made(view): a widget was made for a turn; connect to it.
        earlier_wanted: the person came near the first turn.
        current_changed(turn): another turn has the focus.
    """

    made = Signal(object)
    earlier_wanted = Signal()
    current_changed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._items: list[_Item] = []
        self._tops: list[int] = [0]
        self._current: TurnData | None = None
        self._following = True
        self._placing = False
        self._horizon = 0
        self.why_waiting: Callable[[], str] = str
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Turns of this chat"))
        self._page = QWidget()
        self._page.setProperty("look", "page")
        self.setWidget(self._page)
        self.to_latest = QPushButton(self.tr("To the latest"), self)
        self.to_latest.setProperty("look", "chip")
        theme.bind_icon(self.to_latest, "down")
        self.to_latest.clicked.connect(self.follow)
        self.to_latest.hide()
        self._timer = QTimer(self, singleShot=True, interval=0, timeout=self._place)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    # What is shown

    def set_turns(self, turns: list[TurnData]) -> None:
        """Show these turns from their end."""
        for item in self._items:
            self._drop(item)
        for turn in turns:
            turn.is_followed = turn is not turns[-1]
        self._items = [_Item(turn, self._estimate(turn)) for turn in turns]
        self._current = turns[-1] if turns else None
        self._following = True
        self._place()

    def add_earlier(self, turns: list[TurnData]) -> None:
        """Put turns in front; what is seen stays where it is."""
        anchor = self._anchor()
        for turn in turns:
            turn.is_followed = True
        self._items[:0] = [_Item(turn, self._estimate(turn)) for turn in turns]
        self._place(anchor)

    def add(self, turns: list[TurnData]) -> None:
        """Put turns at the end and go there."""
        for item in self._items[-1:]:
            item.data.is_followed = True
            self.refresh(item.data)
        self._items += [_Item(turn, self._estimate(turn)) for turn in turns]
        self._set_current(turns[-1])
        self._following = True
        self._place()

    def view_of(self, turn: TurnData) -> TurnView | None:
        """The widget of a turn, if it has one now."""
        return next((item.view for item in self._items if item.data is turn), None)

    def refresh(self, turn: TurnData) -> None:
        """Something of a turn changed."""
        for item in self._items:
            if item.data is turn:
                if item.view is None:
                    item.height, item.measured = self._estimate(turn), False
                else:
                    self._tell_waiting(item.view)
                    item.view.refresh()
                self._later()

    def set_horizon(self, position: int) -> None:
        """From this position on the model sees the chat; a line says so above that turn."""
        before = self._horizon
        self._horizon = position
        for item in self._items if before != position else ():
            if item.view is not None and item.data.position in (before, position):
                self._show_horizon(item.view)

    def _show_horizon(self, view: TurnView) -> None:
        view.show_horizon(self._horizon > 0 and view.data.position == self._horizon)

    def rebuild(self) -> None:
        """Make all widgets anew: another theme or size of text."""
        if not self._items:
            return
        for item in self._items:
            self._drop(item)
            item.height, item.measured = self._estimate(item.data), False
        self._place()

    @property
    def turns(self) -> list[TurnData]:
        return [item.data for item in self._items]

    @property
    def views(self) -> list[TurnView]:
        """The widgets that exist now."""
        return [item.view for item in self._items if item.view is not None]

    # Moving

    @property
    def current(self) -> TurnData | None:
        """The turn that has, or last had, the focus."""
        return self._current

    def step(self, by: int) -> None:
        """Give the focus to the turn before (-1) or after (1) the current one."""
        if not self._items:
            return
        index = next((i for i, item in enumerate(self._items) if item.data is self._current), len(self._items))
        focused = any(view.hasFocus() or view.isAncestorOf(self.focusWidget() or self) for view in self.views)
        index = index + by if focused else (index if index < len(self._items) else index - 1)
        if index < 0:
            self.earlier_wanted.emit()
        self.go_to(self._items[min(max(index, 0), len(self._items) - 1)].data, focus=True)

    def go_to(self, turn: TurnData, *, focus: bool = False) -> TurnView | None:
        """Bring a turn into view."""
        index = next((i for i, item in enumerate(self._items) if item.data is turn), None)
        if index is None:
            return None
        self._following = False
        self._set_current(turn)
        bar = self.verticalScrollBar()
        for _ in range(2):
            # Twice, because the first placing may put a measured height in place of an estimate.
            top, height = self._tops[index], self._items[index].height
            view_top, view_height = bar.value(), self.viewport().height()
            if top < view_top or height > view_height:
                bar.setValue(top - self._theme.px(8))
            elif top + height > view_top + view_height:
                bar.setValue(top + height - view_height + self._theme.px(8))
            self._place()
        view = self._items[index].view
        if focus and view is not None:
            view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return view

    def show_rect(self, view: TurnView, rect: QRect) -> None:
        """Bring a part of a turn (in its own coordinates) into view."""
        self._following = False
        top = view.y() + rect.top()
        bar, margin = self.verticalScrollBar(), self._theme.px(48)
        if not bar.value() + margin <= top <= bar.value() + self.viewport().height() - margin - rect.height():
            bar.setValue(top - self.viewport().height() // 3)

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._following = True
        self._place()

    @property
    def is_at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - self._theme.px(_NEAR_END)

    # Placing

    def _later(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _estimate(self, turn: TurnData) -> int:
        lines = sum(1 + len(line) // _LINE_CHARACTERS for line in turn.text[:20_000].splitlines()) or 1
        return self._theme.px(_FRAME_PX + _LINE_PX * lines)

    def _width(self) -> int:
        # Room for the scroll bar is kept, so that its coming does not wrap the text anew.
        bar = self.verticalScrollBar().sizeHint().width()
        room = self.maximumViewportSize().width() - 2 * max(bar, self._theme.px(8))
        return max(min(room, self._theme.px(CHAT_WIDTH)), 1)

    def _anchor(self) -> tuple[_Item, int] | None:
        """The first turn in view, and how far its top is from the top of the view."""
        value = self.verticalScrollBar().value()
        if not self._items or len(self._tops) <= len(self._items):
            return None
        index = min(bisect_right(self._tops, value) - 1, len(self._items) - 1)
        return self._items[index], self._tops[index] - value

    def _place(self, anchor: tuple[_Item, int] | None = None) -> None:
        """Give every turn in view a widget, measure it, and put all in their places."""
        if self._placing:
            return
        if not self._items:
            self._sum()
            self.to_latest.hide()
            return
        self._placing = True
        try:
            anchor = anchor or self._anchor()
            for _ in range(4):
                # Measuring changes what is in view; it settles at once but where estimates were far off.
                self._sum()
                self._scroll(anchor)
                if not self._measure():
                    break
            self._move()
            self._let_go()
        finally:
            self._placing = False
        self.to_latest.setVisible(not self._following and not self.is_at_end)
        self._put_button()

    def _sum(self) -> None:
        top = self._theme.px(16)
        self._tops = [top, *(top + height for height in accumulate(item.height for item in self._items))]
        size = self.maximumViewportSize()
        height = max(self._tops[-1] + self._theme.px(_AFTER_LAST), 1)
        width = size.width() - (self.verticalScrollBar().sizeHint().width() if height > size.height() else 0)
        if (self._page.width(), self._page.height()) != (width, height):
            self._page.resize(max(width, 1), height)

    def _scroll(self, anchor: tuple[_Item, int] | None) -> None:
        bar = self.verticalScrollBar()
        if self._following:
            bar.setValue(bar.maximum())
        elif anchor is not None and anchor[0] in self._items:
            bar.setValue(self._tops[self._items.index(anchor[0])] - anchor[1])

    def _range(self, views: float) -> range:
        height = self.viewport().height()
        value = self.verticalScrollBar().value()
        first = bisect_right(self._tops, value - views * height) - 1
        last = bisect_right(self._tops, value + (1 + views) * height)
        return range(max(first, 0), min(last, len(self._items)))

    def _measure(self) -> bool:
        """Make and measure the widgets in and around the view; whether a height changed."""
        changed, width = False, self._width()
        for index in self._range(AHEAD):
            item = self._items[index]
            if item.view is None:
                item.view = self._make(item.data)
            height = item.view.height_for(width)
            changed |= height != item.height
            item.height, item.measured = height, True
        return changed

    def _move(self) -> None:
        width = self._width()
        # In the middle of the panel, not of what the scroll bar leaves.
        left = (self.maximumViewportSize().width() - width) // 2
        for item, top in zip(self._items, self._tops, strict=False):
            if item.view is not None:
                item.view.setGeometry(left, top, width, item.height)
                item.view.show()

    def _make(self, data: TurnData) -> TurnView:
        # Late: at the first paint there is no turn.
        from desktop.chat.view_answer import AnswerTurn
        from desktop.chat.view_turn import PersonTurn

        kind = PersonTurn if data.role == "user" else AnswerTurn
        view = kind(data, self._theme, self._page)
        self._tell_waiting(view)
        view.refresh()
        view.set_current(data is self._current)
        self._show_horizon(view)
        view.resized.connect(self._later)
        view.entered.connect(lambda: self._set_current(data))
        self.made.emit(view)
        return view

    def _tell_waiting(self, view: TurnView) -> None:
        view.setProperty("waits", self.why_waiting())

    def _let_go(self) -> None:
        kept = self._range(KEEP)
        for index, item in enumerate(self._items):
            if item.view is not None and index not in kept and not self._is_needed(item):
                self._drop(item)

    def _is_needed(self, item: _Item) -> bool:
        focused = self.window().focusWidget()
        return item.data.is_running or (item.view is not None and focused is not None and (
            focused is item.view or item.view.isAncestorOf(focused)
        ))  # fmt: skip

    def _drop(self, item: _Item) -> None:
        if item.view is not None:
            item.view.hide()
            item.view.deleteLater()
            item.view = None

    def _set_current(self, turn: TurnData) -> None:
        if turn is self._current:
            return
        self._current = turn
        for item in self._items:
            if item.view is not None:
                item.view.set_current(item.data is turn)
        self.current_changed.emit(turn)

    # Events

    def _on_scrolled(self, value: int) -> None:
        if self._placing:
            return
        self._following = self.is_at_end
        self._place()
        if value < self.viewport().height():
            self.earlier_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All widths change; those out of view are measured when they come."""
        anchor = self._anchor()
        super().resizeEvent(event)
        self._place(anchor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling up ends the following at once."""
        if event.angleDelta().y() > 0:
            self._following = False
        super().wheelEvent(event)

    def _put_button(self) -> None:
        words = self.tr("To the latest")
        # Where the page is low, the words would hide what is read.
        self.to_latest.setText(words if self.viewport().height() > self._theme.px(260) else "")
        self.to_latest.setAccessibleName(words)
        self.to_latest.setToolTip(words)
        size = self.to_latest.sizeHint()
        x = (self.viewport().width() - size.width()) // 2
        self.to_latest.setGeometry(
            QRect(x, self.height() - size.height() - self._theme.px(8), size.width(), size.height())
        )
