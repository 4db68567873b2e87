"""The memory panel: what Scrubjay remembers, by tier, searchable, and the trash."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.context import Context
from desktop.errors import sentence_of
from desktop.look.tokens import FONT_LARGE, FONT_TITLE
from desktop.memory.add_dialog import RememberDialog
from desktop.memory.detail import TIERS, MemoryDetail
from desktop.memory.model import ENTRY, IMPORTANCE, PAGE, TEXT, TIER, USED, MemoryModel, tier_hint, tier_name
from desktop.memory.small_tools import SmallTools
from desktop.memory.table import MemoryTable
from desktop.operations import memory as operations
from desktop.panels import Panel
from desktop.widgets.search_field import SearchField
from desktop.widgets.side_list import Place, SideList

# Typing may go on this long before the list is searched.
TYPING_MS = 120
# Changes come in swarms (an import, a sweep); the list is read again at most so often.
REFRESH_MS = 150
# Pixels at 100 % under which the panel counts as narrow.
NARROW = 460
SORTS = ("used", "created", "importance")


class MemoryPanel(Panel):
    """Tiers in the column, entries in the main area, one entry in the side sheet."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.model = MemoryModel(context, self)
        self.column = self._build_column()
        self._build()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS, timeout=self._on_typed)
        self._refreshing = QTimer(self, singleShot=True, interval=REFRESH_MS, timeout=self._refresh)
        self._kept: set[str] = set()
        self._hints: dict[str, str] = {}
        self.model.modelAboutToBeReset.connect(lambda: setattr(self, "_kept", set(self.selected_ids())))
        self.model.loaded.connect(self._on_loaded)
        self.model.load_failed.connect(self._on_load_failed)
        context.bridge.changed.connect(self._on_changed)
        context.bridge.open_failed.connect(self._on_load_failed)
        context.theme.changed.connect(self._on_theme_changed)
        for id, slot in (
            ("memory.add", self.add),
            ("memory.undo", lambda: operations.undo_last(context)),
            ("memory.trash", self.show_trash),
        ):
            context.actions[id].triggered.connect(slot)
        self._on_theme_changed()
        self._show_waiting()
        self._refresh()

    # Building

    def _build_column(self) -> QWidget:
        column = QWidget()
        column.setProperty("look", "surface")
        self._filters = SideList(self.context.theme, self.tr("Which memories"), column)
        self._filters.show_places(Place(key, words) for key, words in self._places())
        self._filters.currentRowChanged.connect(self._on_filter)
        self._heading = QLabel(self.tr("Memory"), column)
        self._column_layout = QVBoxLayout(column)
        self._column_layout.addWidget(self._heading)
        self._column_layout.addWidget(self._filters, 1)
        return column

    def _places(self) -> tuple[tuple[str, str], ...]:
        return (
            ("all", self.tr("Remembered")),
            ("pinned", self.tr("Pinned")),
            ("suggested", self.tr("Suggestions")),
            ("", self.tr("Tiers, with notes from chats")),
            *((tier, tier_name(tier)) for tier in TIERS),
            ("trash", self.tr("Trash")),
        )

    def _build(self) -> None:
        self.search = SearchField(self.context.theme, self.tr("Search memories"), self)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.sort = QComboBox(self)
        self.sort.setAccessibleName(self.tr("Order"))
        for key, words in zip(
            SORTS, (self.tr("Last used first"), self.tr("Newest first"), self.tr("Most important first")), strict=True
        ):
            self.sort.addItem(words, key)
        self.sort.activated.connect(lambda: self.model.show(sort=self.sort.currentData()))
        self._add = QPushButton(self.tr("Remember…"), self)
        self._add.clicked.connect(self.add)
        self._small = SmallTools(self.context.theme, self.sort, self._add, self)
        self._top = QHBoxLayout()
        self._top.addWidget(self.search, 1)
        for widget in (self.sort, self._add, self._small):
            self._top.addWidget(widget)
        self._count = QLabel(self)
        self._count.setProperty("look", "muted")
        self._count.setWordWrap(True)
        self.table = self._build_table()
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._build_empty())
        self._bar = self._build_bar()
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._top)
        self._layout.addWidget(self._count)
        self._layout.addWidget(self._stack, 1)
        self._layout.addWidget(self._bar)
        self.keep_at_foot(self._bar)

    def _build_table(self) -> MemoryTable:
        table = MemoryTable(self.context.theme, self)
        table.setModel(self.model)
        head = table.horizontalHeader()
        head.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        for section in (TIER, IMPORTANCE, USED):
            head.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        head.setResizeContentsPrecision(0)
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.forget_asked.connect(self.forget_selected)
        table.open_asked.connect(self.open_index)
        table.activated.connect(self.open_index)
        table.clicked.connect(self.open_index)
        table.customContextMenuRequested.connect(self._on_menu)
        table.selectionModel().selectionChanged.connect(lambda *_: self._show_bar())
        return table

    def _build_empty(self) -> QWidget:
        page = QWidget(self)
        page.setProperty("look", "page")
        self._empty_title, self._empty_words = QLabel(page), QLabel(page)
        self._empty_words.setProperty("look", "muted")
        self._empty_words.setWordWrap(True)
        self._empty_title.setWordWrap(True)
        self._empty_button = QPushButton(self.tr("Remember something"), page)
        self._empty_button.setProperty("look", "primary")
        self._empty_button.clicked.connect(self.add)
        layout = QVBoxLayout(page)
        layout.addStretch(2)
        for widget in (self._empty_title, self._empty_words, self._empty_button):
            if isinstance(widget, QLabel):
                widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
                layout.addWidget(widget)
            else:
                layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        return area

    def _build_bar(self) -> QFrame:
        bar = QFrame(self)
        self._chosen = QLabel(bar)
        self._pin = QPushButton(self.tr("Pin"), bar)
        self._pin.clicked.connect(self._on_pin)
        self._forget = QPushButton(self.tr("Forget"), bar)
        self._forget.clicked.connect(self.forget_selected)
        self._restore = QPushButton(self.tr("Put back"), bar)
        self._restore.clicked.connect(lambda: operations.restore(self.context, self.selected_ids()))
        self._delete = QPushButton(self.tr("Delete for good"), bar)
        self._delete.setProperty("look", "danger")
        self._delete.clicked.connect(lambda: operations.forget(self.context, self.selected_ids()))
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._chosen, 1)
        for button in (self._pin, self._forget, self._restore, self._delete):
            layout.addWidget(button)
        bar.hide()
        return bar

    # What the person does

    def add(self) -> None:
        """Ask for a text and remember it."""
        self.context.frame.open_panel("memory")
        dialog = RememberDialog(self.context)
        dialog.given.connect(lambda text: operations.add(self.context, text))
        dialog.open()

    def show_trash(self) -> None:
        """Show what was forgotten."""
        self.context.frame.open_panel("memory")
        self._filters.choose("trash")

    def open_index(self, index: QModelIndex) -> None:
        """Show one entry in the side sheet."""
        entry = index.data(ENTRY) if index.isValid() else None
        if entry is not None and not self.model.is_trash:
            self.open_entry(entry.id)

    def open_entry(self, id: str) -> None:
        """Show the entry of an id in the side sheet."""
        self.context.frame.show_sheet(MemoryDetail(self.context, id), self.tr("Memory"))

    def forget_selected(self) -> None:
        """Put the selected entries into the trash; in the trash, nothing happens by a key."""
        ids = self.selected_ids()
        if ids and not self.model.is_trash:
            first = self.table.selectionModel().selectedRows()[0].data(ENTRY)
            operations.trash(self.context, ids, first.text)

    def selected_ids(self) -> list[str]:
        """Ids of the selected entries."""
        entries = [index.data(ENTRY) for index in self.table.selectionModel().selectedRows()]
        return [entry.id for entry in entries if entry is not None]

    # Showing

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow: what stands beside the search is small, and the rows show the words alone."""
        super().resizeEvent(event)
        narrow = self.width() < self.context.theme.px(NARROW)
        self._small.setVisible(narrow)
        for widget in (self.sort, self._add):
            widget.setHidden(narrow)
        for section in (TIER, IMPORTANCE, USED):
            self.table.setColumnHidden(section, narrow)

    def on_shown(self) -> None:
        self.search.setFocus()
        self._refreshing.start()

    def _on_typed(self) -> None:
        self.model.show(query=self.search.text().strip())

    def _on_filter(self, row: int) -> None:
        key = self._filters.key
        self.table.clearSelection()
        self.model.show(
            trashed=key == "trash",
            tier=key if key in TIERS else None,
            pinned=True if key == "pinned" else None,
            trust="suggested" if key == "suggested" else None,
        )

    def _refresh(self) -> None:
        self.model.refresh()
        operations.load_stats(self.context, self._show_stats, self)

    def _show_stats(self, stats: dict[str, Any]) -> None:
        tiers = stats["tiers"]
        counts = {
            "all": stats["listed"],
            "pinned": sum(tier["pinned"] for tier in tiers.values()),
            "suggested": sum(tier["suggested"] for tier in tiers.values()),
            "trash": stats["trash"],
            **{name: tier["count"] for name, tier in tiers.items()},
        }
        self._hints = {key: tier_hint(key, tier["capacity"], tier["ttl_s"]) for key, tier in tiers.items()}
        self._show_count()
        hints = self._hints | {
            "all": self.tr("What you said or wrote here, and what proved important; questions and quotations not."),
            "suggested": self.tr("What a model proposes to remember."),
        }
        self._filters.show_places(
            Place(key, words, counts.get(key, 0), hints.get(key, "")) for key, words in self._places()
        )

    def _on_loaded(self, total: int) -> None:
        self._show_count()
        self._stack.setCurrentIndex(0 if total else 1)
        self._select(self._kept)
        self._show_bar()
        searched = bool(self.search.text().strip())
        key = self._filters.key
        title, words = self._empty_texts("search" if searched else key)
        self._empty_title.setText(title)
        self._empty_words.setText(words)
        self._empty_button.setVisible(not searched and key in ("all", "semantic"))

    def _show_count(self) -> None:
        """How many there are, and what a tier is for."""
        total = self.model.rowCount()
        words = self.tr("%n memories", "", total) if total != 1 else self.tr("1 memory")
        hint = self._hints.get(self._filters.key, "")
        self._count.setText(f"{words} · {hint}" if hint else words)
        self._count.setVisible(total > 0)

    def _select(self, ids: set[str]) -> None:
        """Select rows of the first page by their ids, after the list was read again."""
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in range(min(self.model.rowCount(), PAGE)) if ids else ():
            entry = self.model.entry(row)
            if entry is not None and entry.id in ids:
                index = self.model.index(row, TEXT)
                self.table.selectionModel().select(index, flags)
                self.table.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _empty_texts(self, key: str) -> tuple[str, str]:
        return {
            "search": (self.tr("Nothing fits"), self.tr("No memory holds all of these words.")),
            "pinned": (self.tr("Nothing is pinned"), self.tr("What is pinned is never forgotten by itself.")),
            "suggested": (
                self.tr("No suggestions"),
                self.tr("What a model proposes to remember waits here until you say yes or no."),
            ),
            "trash": (self.tr("The trash is empty"), self.tr("What is forgotten stays here for 30 days.")),
        }.get(
            key,
            (
                self.tr("Nothing remembered yet"),
                self.tr("Say “Remember that …” in a chat, or write it here. It stays on this computer."),
            ),
        )

    def _show_waiting(self) -> None:
        """The engine is not open yet, or did not open."""
        self._empty_button.hide()
        self._empty_title.setText(self.tr("Opening…"))
        self._stack.setCurrentIndex(1)
        if self.context.bridge.problem is not None:
            self._on_load_failed(self.context.bridge.problem)

    def _on_load_failed(self, error: Exception) -> None:
        self._stack.setCurrentIndex(1)
        self._empty_button.hide()
        self._empty_title.setText(self.tr("The memories cannot be read"))
        self._empty_words.setText(sentence_of(error))

    def _show_bar(self) -> None:
        ids = self.selected_ids()
        trash = self.model.is_trash
        self._bar.setVisible(bool(ids) and (trash or len(ids) > 1))
        self._chosen.setText(self.tr("%n chosen", "", len(ids)))
        for button in (self._pin, self._forget):
            button.setVisible(not trash)
        for button in (self._restore, self._delete):
            button.setVisible(trash)

    def _on_pin(self) -> None:
        operations.pin(self.context, self.selected_ids(), True)

    def _on_menu(self, place: Any) -> None:
        ids = self.selected_ids()
        if not ids:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, slot in self._menu_items(ids):
            action = QAction(words, menu)
            action.triggered.connect(slot)
            menu.addAction(action)
        menu.popup(self.table.viewport().mapToGlobal(place))

    def _menu_items(self, ids: list[str]) -> list[tuple[str, Any]]:
        if self.model.is_trash:
            return [
                (self.tr("Put back"), lambda: operations.restore(self.context, ids)),
                (self.tr("Delete for good"), lambda: operations.forget(self.context, ids)),
            ]
        entries = [index.data(ENTRY) for index in self.table.selectionModel().selectedRows()]
        pinned = all(entry.pinned for entry in entries if entry is not None)
        return [
            (self.tr("Open"), lambda: self.open_entry(ids[0])),
            (self.tr("Unpin") if pinned else self.tr("Pin"), lambda: operations.pin(self.context, ids, not pinned)),
            (self.tr("Forget"), self.forget_selected),
        ]

    def _on_changed(self, kind: str, id: str, what: str) -> None:
        if kind in ("memory", "trash", "all") and not self._refreshing.isActive():
            self._refreshing.start()

    def _on_theme_changed(self) -> None:
        theme = self.context.theme
        self._heading.setFont(theme.font(FONT_LARGE, bold=True))
        self._empty_title.setFont(theme.font(FONT_TITLE, bold=True))
        self._layout.setContentsMargins(*[theme.px(16)] * 4)
        self._layout.setSpacing(theme.px(12))
        self._column_layout.setContentsMargins(*[theme.px(12)] * 4)
        self._column_layout.setSpacing(theme.px(8))
        self.table.verticalHeader().setDefaultSectionSize(theme.px(36))
        self.table.setIconSize(QSize(theme.px(16), theme.px(16)))
