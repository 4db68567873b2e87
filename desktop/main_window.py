"""The window: rail, second column, panel, side sheet, status line, menu bar. It knows no panel's inside."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.actions import Actions
from desktop.bridge import Bridge
from desktop.context import Context
from desktop.errors import sentence_of
from desktop.frame.announce import announce
from desktop.frame.hairline import hairline
from desktop.frame.menus import fill_menus, make_menus
from desktop.frame.place import keep_place, restore_place
from desktop.frame.rail import Rail
from desktop.frame.regions import Regions, tab_stops
from desktop.frame.sheet import SideSheet
from desktop.frame.status_line import StatusLine
from desktop.look.theme import Theme
from desktop.look.tokens import COLUMN_WIDTH, DEFAULT_SIZE, MINIMUM_SIZE, SHEET_WIDTH
from desktop.panels import PANELS, Panel
from desktop.state import WindowState

if TYPE_CHECKING:
    from desktop.frame.foot import FootBar
    from desktop.frame.space import SpaceWatch
    from desktop.frame.undo import Undo

# Pixels at 100 %: the width that a panel needs, where the list or the panel makes room if the window has less.
PANEL_MINIMUM = 300


class MainWindow(QMainWindow):
    """The frame of the panels (`desktop.context.Frame`).

    Signals:
        close_asked: the person closed the window; desktop/closing.py decides what that means.
        files_dropped(paths): files or folders were dropped that no panel took.
        noticed(title, sentence): something ended while the person looks elsewhere.
    """

    close_asked = Signal()
    files_dropped = Signal(list)
    noticed = Signal(str, str)

    def __init__(self, bridge: Bridge, theme: Theme, state: WindowState) -> None:
        super().__init__()
        self.bridge, self.theme, self.state = bridge, theme, state
        self.setWindowTitle("Scrubjay")
        self.setMinimumSize(*MINIMUM_SIZE)
        self.setAcceptDrops(True)
        self.actions_ = Actions(theme, self)
        self.addActions(list(self.actions_))
        self.panels: dict[str, Panel] = {}
        self._panel = ""
        self._may_close = self._is_list_alone = False
        self._after_notice: Callable[[], None] | None = None
        self._followed: list[QWidget] = []
        self._full = ""
        self._build()
        self.menus = make_menus(self.menuBar())
        self._connect()
        restore_place(self.state, self, self.splitter)

    # Building

    def _build(self) -> None:
        self.rail = Rail(self.actions_, self.theme, self)
        self.column = QStackedWidget(self)
        self.column.setProperty("look", "surface")
        self.stack = QStackedWidget(self)
        self.stack.setProperty("look", "page")
        self.sheet = SideSheet(self.theme, self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for widget in (self.column, self.stack, self.sheet):
            self.splitter.addWidget(widget)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([COLUMN_WIDTH, DEFAULT_SIZE[0] - COLUMN_WIDTH, SHEET_WIDTH])
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.rail)
        body.addWidget(hairline(self, vertical=True))
        body.addWidget(self.splitter, 1)
        self.status_line = StatusLine(self.bridge, self.theme, self)
        whole = QVBoxLayout()
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(body, 1)
        whole.addWidget(hairline(self))
        whole.addWidget(self.status_line)
        central = QWidget(self)
        central.setLayout(whole)
        self.setCentralWidget(central)

    @cached_property
    def foot(self) -> FootBar:
        """What appears at the foot, made when something does."""
        from desktop.frame.foot import FootBar

        foot = FootBar(self.theme, self.centralWidget())
        foot.stand_over(self._foot_area, self.stack, self.splitter)
        return foot

    def _foot_if_made(self) -> FootBar | None:
        return self.__dict__.get("foot")

    def _place_foot(self) -> None:
        foot = self._foot_if_made()
        if foot is not None:
            foot.place()

    def _connect(self) -> None:
        for spec in PANELS:
            self.actions_[f"view.{spec.key}"].triggered.connect(lambda _=False, key=spec.key: self.open_panel(key))
        column = self.actions_["view.column"]
        column.setChecked(bool(self.state.get("column", True)))
        column.toggled.connect(self._on_column_toggled)
        self.actions_["file.close"].triggered.connect(self.close)
        self.regions = Regions(
            (lambda: self.rail, self._column_in_front, self.stack.currentWidget, lambda: self.sheet,
             self._foot_if_made, lambda: self.status_line), self,
        )  # fmt: skip
        for step, name in ((1, "next"), (-1, "previous")):
            self.actions_[f"view.{name}_region"].triggered.connect(lambda _=False, step=step: self.regions.step(step))
        self.bridge.failed.connect(self.show_error)
        self.status_line.models_wanted.connect(self.actions_["view.models"].trigger)
        self.sheet.opened.connect(self._fit)
        self.sheet.closed.connect(self._fit)
        self.sheet.foot_moved.connect(self._place_foot)
        self.theme.changed.connect(self._fit)

    @property
    def context(self) -> Context:
        """What panels are given."""
        return self._context

    def set_context(self, context: Context) -> None:
        """Called once by desktop/app.py, before the first panel opens."""
        self._context = context

    def complete(self) -> None:
        """What the first picture does not show: the commands, and what was done that can be undone."""
        from desktop.frame.commands import WindowCommands
        from desktop.frame.editing import edit_focused
        from desktop.frame.undo import UndoSteps

        fill_menus(self.menus, self.actions_)
        self.commands = WindowCommands(self._context, self.panels.__contains__, self)
        for name in ("cut", "copy", "paste", "select_all"):
            self.actions_[f"edit.{name}"].triggered.connect(lambda _=False, name=name: edit_focused(name))
        self.undo_steps = UndoSteps(self.actions_, self)
        self.undo_steps.undone.connect(lambda sentence: self.say(self.tr("Undone: {what}").format(what=sentence)))
        self.undo_steps.redone.connect(self._say_done)
        self.undo_steps.dropped.connect(lambda sentence: self.foot.shows(sentence) and self.foot.close_line())
        self.bridge.changed.connect(self.undo_steps.on_changed)
        self.menus["edit"].aboutToShow.connect(self.undo_steps.show)

    # Panels

    def open_panel(self, key: str) -> Panel:
        """Bring a panel to the front; it is made when it is first shown."""
        self._is_list_alone = False
        if key not in self.panels:
            spec = next(s for s in PANELS if s.key == key)
            panel = self.panels[key] = spec.create(self._context)
            panel.setAccessibleName(spec.title())
            panel.foot_moved.connect(self._place_foot)
            self.stack.addWidget(panel)
            if panel.column is not None:
                self.column.addWidget(panel.column)
            # Fonts that were set on a widget before it got its place are taken from it by the style sheet.
            self.theme.changed.emit()
        if key != self._panel:
            if self._panel:
                # What it shows belongs to the panel that is left.
                self.close_sheet()
                self.panels[self._panel].on_hidden()
            self._panel = key
            self.state.set("panel", key)
            self.stack.setCurrentWidget(self.panels[key])
        self.actions_[f"view.{key}"].setChecked(True)
        for spec in PANELS:
            if spec.key != key:
                self.actions_[f"view.{spec.key}"].setChecked(False)
        self._show_column()
        self.panels[key].on_shown()
        return self.panels[key]

    @property
    def panel(self) -> str:
        """Key of the panel in front."""
        return self._panel

    def _column_in_front(self) -> QWidget | None:
        return self.panels[self._panel].column if self._panel else None

    def _show_column(self) -> None:
        column = self._column_in_front()
        if column is not None:
            self.column.setCurrentWidget(column)
        self._fit()

    def _on_column_toggled(self, shown: bool) -> None:
        if self._has_room_beside():
            self.state.set("column", shown)
            self._fit()
            return
        # It cannot stand beside the panel, so it takes its place for a moment.
        action = self.actions_["view.column"]
        action.blockSignals(True)
        action.setChecked(bool(self.state.get("column", True)))
        action.blockSignals(False)
        self.show_list_alone(not self._is_list_alone)

    def show_list_alone(self, alone: bool) -> None:
        """In a narrow window: show the list instead of the panel, until something is chosen in it."""
        if alone == self._is_list_alone:
            return
        self._is_list_alone = alone
        self._fit()
        column = self._column_in_front()
        if alone and column is not None:
            self._follow_choice(column)
        target = next(tab_stops(column), None) if alone and column is not None else self.panels[self._panel].home()
        if target is not None:
            target.setFocus()

    def _follow_choice(self, column: QWidget) -> None:
        """Show the panel once something is chosen in the list that stands alone."""
        from PySide6.QtWidgets import QAbstractItemView

        for view in column.findChildren(QAbstractItemView):
            if view not in self._followed:
                self._followed.append(view)
                view.clicked.connect(lambda _: self.show_list_alone(False))
                view.activated.connect(lambda _: self.show_list_alone(False))

    def _has_room_beside(self) -> bool:
        sheet = self.sheet.minimumWidth() if self.sheet.isVisibleTo(self) else 0
        needed = self.theme.px(PANEL_MINIMUM) + sheet + self.column.minimumSizeHint().width()
        return self.width() - self.rail.width() >= needed

    def _fit(self) -> None:
        """Show beside each other what the window has room for: the sheet first, then the panel, then the list."""
        has_sheet = self.sheet.isVisibleTo(self)
        wants_column = self._column_in_front() is not None and self.actions_["view.column"].isChecked()
        room = self.width() - self.rail.width() - self.theme.px(PANEL_MINIMUM)
        has_panel = not has_sheet or room >= self.sheet.minimumWidth()
        is_beside = self._has_room_beside()
        self._is_list_alone &= not is_beside and not has_sheet and self._column_in_front() is not None
        self.stack.setVisible(has_panel and not self._is_list_alone)
        self.column.setVisible(self._is_list_alone or (wants_column and has_panel and is_beside))
        self._place_foot()

    def _foot_area(self) -> QRect:
        """Where the line at the foot may stand: over the panel, above what of it must stay in sight."""
        over = self.splitter if self.stack.isHidden() else self.stack
        place = QRect(over.mapTo(self.centralWidget(), QPoint(0, 0)), over.size())
        owner = self.panels.get(self._panel) if over is self.stack else self.sheet if self.sheet.isVisible() else None
        return place.adjusted(0, 0, 0, -owner.kept_at_foot()) if owner is not None else place

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # What the panels ask of the frame

    def offer_undo(self, sentence: str, undo: Undo, redo: Undo | None = None, about: Collection[str] = ()) -> None:
        """Say what was done and offer to undo it, at the foot and in the Edit menu; then to redo it."""
        self._say_done(sentence, self.undo_steps.add(sentence, undo, redo, about))

    def _say_done(self, sentence: str, undo: Callable[[], None]) -> None:
        self.foot.show_line(sentence, self.tr("Undo"), undo)
        self.announce(sentence)

    def show_error(self, error: Exception, act: Callable[[], None] | None = None, button: str = "") -> None:
        """Put an error into words at the foot, with a button that is "Try again" if not named; it stays."""
        sentence = sentence_of(error)
        self.foot.show_line(sentence, (button or self.tr("Try again")) if act else "", act, stays=True)
        self.announce(sentence, assertive=True)
        if getattr(error, "kind", "") == "store_full":
            self._full = sentence
            self._space.start()

    @cached_property
    def _space(self) -> SpaceWatch:
        from desktop.frame.space import SpaceWatch

        def on_room() -> None:
            self.say(self.tr("There is room on the disk again: Scrubjay goes on."))

        watch = SpaceWatch(self._context.data_dir, lambda: self.foot.shows(self._full), on_room, self)
        self.bridge.changed.connect(watch.on_changed)
        return watch

    def say(self, sentence: str) -> None:
        """A line at the foot that goes by itself."""
        self.foot.show_line(sentence)
        self.announce(sentence)

    def offer(self, sentence: str, button: str, act: Callable[[], None]) -> None:
        """A line at the foot with a button; it stays until it is closed."""
        self.foot.show_line(sentence, button, act, stays=True)
        self.announce(sentence)

    def announce(self, sentence: str, *, assertive: bool = False) -> None:
        """Tell screen readers."""
        announce(self, sentence, assertive=assertive)

    def show_sheet(self, content: QWidget, title: str) -> None:
        """Show a widget beside the panel."""
        self.sheet.open_sheet(content, title)

    def close_sheet(self) -> None:
        """Close the side sheet."""
        self.sheet.close_sheet()

    def notify(self, title: str, sentence: str, opened: Callable[[], None] | None = None) -> None:
        """Tell of an end that the person does not see; nothing while the window is in front."""
        if self.isActiveWindow() or not self.state.get("notifications", True):
            return
        self._after_notice = opened
        QApplication.alert(self)
        self.noticed.emit(title, sentence)

    def open_notice(self) -> None:
        """A click on the last notification."""
        self.bring_to_front()
        after, self._after_notice = self._after_notice, None
        if after is not None:
            after()

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes through the regions in their order."""
        lost = self.focusWidget()
        if lost is not None and not (lost.isVisible() and lost.isEnabled()):
            # Nobody pressed Tab: what had the focus was hidden or switched off.
            haven = self.regions.haven(lost, self.panels.get(self._panel))
            if haven is not None:
                haven.setFocus()
            return haven is not None
        stop = self.regions.next_stop(next)
        if stop is None:
            return super().focusNextPrevChild(next)
        stop.setFocus(Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the top-most transient thing, then stops the answer; never the window, never a draft."""
        if event.key() != Qt.Key.Key_Escape:
            if not (self._panel and self.panels[self._panel].take_typed(event)):
                super().keyPressEvent(event)
        elif self.sheet.isVisible():
            self.close_sheet()
        elif (foot := self._foot_if_made()) is not None and foot.isVisible():
            foot.close_line()
        elif self._is_list_alone:
            self.show_list_alone(False)
        elif self.actions_["chat.stop"].isEnabled():
            self.actions_["chat.stop"].trigger()

    # Coming to the front, files from outside

    def bring_to_front(self) -> None:
        """Show the window, wherever it was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def take_start(self, files: list[str]) -> None:
        """Another start handed over: come to the front, read its files."""
        self.bring_to_front()
        if files:
            self.take_files(files)

    def take_files(self, files: list[str]) -> None:
        """Files that came from outside: the panel in front may take them, else the documents do."""
        if not (self._panel and self.panels[self._panel].take_files(files)):
            self.files_dropped.emit(files)

    # Place on the screen, closing

    def keep_place(self) -> None:
        """Remember size, place and splitter."""
        keep_place(self.state, self, self.splitter)

    def close_for_good(self) -> None:
        """Close without asking again."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing is decided elsewhere, because it may keep the program in the tray."""
        self.keep_place()
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.close_asked.emit()
