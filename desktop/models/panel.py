"""The models panel: what is on this computer, whether it fits, which one answers; more from folders and servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.context import Context
from desktop.errors import sentence_of
from desktop.look.tokens import FONT_LARGE, FONT_TITLE
from desktop.models.compare import CompareDialog
from desktop.models.delegate import ModelDelegate
from desktop.models.detail import ModelDetail
from desktop.models.model import ENTRY, ModelsModel, rank
from desktop.models.server_form import ServerForm
from desktop.models.view import AloneHint, ModelsView
from desktop.models.words import how_many, place_name, size
from desktop.operations import models as operations
from desktop.panels import Panel
from desktop.widgets.search_field import SearchField
from desktop.widgets.side_list import Place, SideList

if TYPE_CHECKING:
    from engine.models_face import ModelEntry, ModelStates

# Typing may go on this long before the list is searched; changes come in swarms.
TYPING_MS, REFRESH_MS = 120, 250
# Pixels at 100 % under which the panel counts as narrow, or as too low for the card below the list.
NARROW, LOW = 520, 430
# A place needs a key.
ALL = "all"


class ModelsPanel(Panel):
    """Places in the column, models in the main area, the selected one in full below."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.model = ModelsModel(self)
        self.column = self._build_column()
        self._build()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS, timeout=self._on_typed)
        self._refreshing = QTimer(self, singleShot=True, interval=REFRESH_MS, timeout=self._refresh)
        self._asked = ""
        self._alone: QWidget | None = None
        context.bridge.changed.connect(self._on_changed)
        context.bridge.opened.connect(self._refresh)
        context.bridge.open_failed.connect(self._show_stack)
        context.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._show_filters()
        self._show_stack()

    # Building

    def _build_column(self) -> QWidget:
        column = QWidget()
        column.setProperty("look", "surface")
        self._heading = QLabel(self.tr("Models"), column)
        self._filters = SideList(self.context.theme, self.tr("Which models"), column)
        self._filters.currentItemChanged.connect(lambda *_: self._on_filter())
        self._buttons = [self._button(column, words, icon, slot) for words, icon, slot in self._ways()]
        self._column_layout = QVBoxLayout(column)
        self._column_layout.addWidget(self._heading)
        self._column_layout.addWidget(self._filters, 1)
        for button in self._buttons:
            self._column_layout.addWidget(button)
        return column

    def _button(self, parent: QWidget, words: str, icon: str, slot: object) -> QPushButton:
        button = QPushButton(words, parent)
        button.setProperty("look", "link")
        self.context.theme.bind_icon(button, icon)
        button.clicked.connect(slot)
        return button

    def _build(self) -> None:
        self.search = SearchField(self.context.theme, self.tr("Search models"), self)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self._add = QPushButton(self.tr("Add"), self)
        self._add.setToolTip(self.tr("Take a model file or look through a folder; models stay where they are."))
        self._add.setMenu(self._build_menu())
        self._top = QHBoxLayout()
        self._top.addWidget(self.search, 1)
        self._top.addWidget(self._add)
        self._summary = QLabel(self)
        self._summary.setProperty("look", "muted")
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self._summary.setWordWrap(True)
        self.list = ModelsView(self)
        self.list.setModel(self.model)
        self.list.setItemDelegate(ModelDelegate(self.context.theme, self.list))
        self.list.used.connect(lambda: self.use_selected())
        self.list.selectionModel().currentChanged.connect(lambda current, _: self._show_detail(current))
        self.model.modelReset.connect(self._on_reset)
        self.model.dataChanged.connect(lambda *_: self._show_detail(self.list.currentIndex()))
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._build_list())
        self._stack.addWidget(self._build_empty())
        self.list.clicked.connect(lambda _: self._open_detail())
        self.detail = ModelDetail(self.context, self)
        self.detail.compare_asked.connect(self.compare)
        # Else Qt gives the focus of a button that is switched off to the next one.
        self.detail.use.clicked.connect(self.list.setFocus)
        self._foot = QScrollArea(self)
        self._foot.setWidgetResizable(True)
        self._foot.setWidget(self.detail)
        self._foot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._top)
        self._layout.addWidget(self._summary)
        self._layout.addWidget(self._stack, 1)
        self._layout.addWidget(self._foot)
        # The buttons of the card are never covered.
        self.keep_at_foot(self._foot)

    def _build_list(self) -> QWidget:
        page = QWidget(self)
        buttons = [self._button(page, *way) for way in self._ways()]
        self._hint = AloneHint(self.context.theme, buttons, page)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._hint, 4)
        return page

    def _build_menu(self) -> QMenu:
        menu = QMenu(self)
        for words, icon, slot in self._ways():
            menu.addAction(self.context.theme.icon(icon), words, slot)
        return menu

    def _ways(self) -> tuple[tuple[str, str, Callable[[], object]], ...]:
        """How models come into the list."""
        return (
            (self.tr("Add a model file…"), "file", self.ask_file),
            (self.tr("Add a folder…"), "folder", self.ask_folder),
            (self.tr("Model server…"), "server", self.open_server_form),
        )

    def _build_empty(self) -> QWidget:
        page = QWidget(self)
        self._empty_title, self._empty_words = QLabel(page), QLabel(page)
        self._empty_words.setProperty("look", "muted")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(2)
        for label in (self._empty_title, self._empty_words):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        layout.addStretch(3)
        return page

    # What the person does

    def use_selected(self, anyway: bool = False) -> None:
        """Have questions go to the selected model, if it can be used and does not already."""
        self.detail.use_shown(anyway=anyway)

    def compare(self, source: str) -> CompareDialog:
        """Ask a model and another one the same, side by side."""
        self.context.frame.close_sheet()
        writers = [e for e in self.model.entries if e.source != "guide" and (not e.problem or e.place == "server")]
        dialog = CompareDialog(self.context, writers, source)
        dialog.open()
        return dialog

    def ask_file(self) -> None:
        """Take a model file where it is."""
        dialog = QFileDialog(self, self.tr("Add a model file"), str(Path.home()), self.tr("Models (*.gguf)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._open(dialog)

    def ask_folder(self) -> None:
        """Look through a folder for models from now on."""
        dialog = QFileDialog(self, self.tr("Add a folder of models"), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._open(dialog)

    def _open(self, dialog: QFileDialog) -> None:
        # open, not exec: a loop inside the loop would break other tasks.
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._add_paths)
        dialog.open()

    def take_files(self, paths: list[str]) -> bool:
        """GGUF files and folders that are dropped here are models."""
        models = [p for p in paths if p.lower().endswith(".gguf") or Path(p).is_dir()]
        self._add_paths(models)
        return bool(models) and len(models) == len(paths)

    def _add_paths(self, paths: list[str]) -> None:
        for path in paths:
            self._asked = path
            operations.add_path(self.context, path, lambda: self._refreshing.start(), failed=self._on_failed)

    def open_server_form(self) -> ServerForm:
        """Ask for a model server in the side sheet."""
        form = ServerForm(self.context)
        self.context.frame.show_sheet(form, self.tr("Model server"))
        return form

    def _on_failed(self, error: Exception) -> None:
        self.context.frame.show_error(error)

    def _selected(self) -> ModelEntry | None:
        entry: ModelEntry | None = self.list.currentIndex().data(ENTRY)
        return entry

    def _open_detail(self) -> None:
        """Where there is no room for the card below the list, a click opens it in the side sheet."""
        entry = self._selected()
        if entry is None or not self._foot.isHidden():
            return
        detail = ModelDetail(self.context, self)
        detail.compare_asked.connect(self.compare)
        detail.set_narrow(True)
        detail.show_entry(entry)
        self.model.dataChanged.connect(lambda *_: self._follow(detail, entry.source))
        page = QScrollArea(widgetResizable=True)
        page.setAccessibleName(entry.name)
        page.setWidget(detail)
        self.context.frame.show_sheet(page, entry.name)
        self._alone = page

    def _follow(self, detail: ModelDetail, source: str) -> None:
        row = self.model.row_of(source)
        if isValid(detail) and row >= 0:
            detail.show_entry(self.model.index(row).data(ENTRY))

    # Showing

    def on_shown(self) -> None:
        self.search.setFocus()
        self._refresh()

    def _on_changed(self, what: str, id: str, how: str) -> None:
        if what not in ("model", "all") or not self.isVisible():
            return
        if how in ("loading", "thinking", "ready"):
            operations.read_states(self.context, lambda states: self._on_states(id, how, states), owner=self)
        if how != "loading":
            self._refreshing.start()

    def _on_states(self, source: str, how: str, states: ModelStates) -> None:
        is_chosen = states.source == source
        self.model.set_state(source, states.state if is_chosen else how, states.loaded_share if is_chosen else 0.0)

    def _refresh(self) -> None:
        operations.list_models(self.context, self._show_entries, failed=self._show_problem, owner=self)

    def _show_entries(self, entries: list[ModelEntry]) -> None:
        self.model.show(sorted(entries, key=rank))
        self._show_filters()
        self._show_stack()
        self._select()
        self._show_summary()

    def _show_summary(self) -> None:
        plans = [entry.plan for entry in self.model.entries if entry.plan is not None]
        if not plans:
            return
        free = self.tr("{free} of memory are free.").format(free=size(plans[0].free_bytes))
        self._summary.setText(f"{how_many(self.model.entries)} {free}")

    def _select(self) -> None:
        """Keep the selection; without one, what was asked for last, the model that answers, the first."""
        if self.list.currentIndex().isValid() and not self._asked:
            return
        chosen = next((entry.source for entry in self.model.entries if entry.chosen), "")
        asked = next((e.source for e in self.model.entries if self._asked and e.source.startswith(self._asked)), "")
        row = max(self.model.row_of(asked or chosen), 0)
        self._asked = ""
        if self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(row))

    def _on_reset(self) -> None:
        self._select()
        self._show_stack()
        self._show_detail(self.list.currentIndex())

    def _show_detail(self, index: QModelIndex) -> None:
        entry: ModelEntry | None = index.data(ENTRY) if index.isValid() else None
        self.detail.show_entry(entry)
        self._fit()

    def _show_problem(self, error: Exception) -> None:
        self._empty_title.setText(self.tr("The models cannot be listed"))
        self._empty_words.setText(sentence_of(error))
        self._empty_words.show()
        self._stack.setCurrentIndex(1)

    def _show_stack(self) -> None:
        self._stack.setCurrentIndex(0 if self.model.rowCount() else 1)
        self._fit()
        problem = self.context.bridge.problem
        if problem is not None:
            title, words = self.tr("The models cannot be listed"), sentence_of(problem)
        elif self.context.bridge.engine is None:
            title, words = self.tr("Opening…"), ""
        elif not self.model.entries:
            title, words = self.tr("Looking for models…"), ""
        else:
            title = self.tr("Nothing fits")
            words = self.tr("No model here has these words. A .gguf file dropped on this window is taken in place.")
        self._empty_title.setText(title)
        self._empty_words.setText(words)
        self._empty_words.setVisible(bool(words))

    def _show_filters(self) -> None:
        """All, what can be used, and each place that has models, with how many."""
        entries = self.model.entries
        bad = sum(bool(e.problem or (e.plan is not None and e.plan.verdict == "too_large")) for e in entries)
        rows = [
            Place(ALL, self.tr("All models"), len(entries)),
            Place("usable", self.tr("Fit this computer"), len(entries) - bad),
        ]
        rows += [Place(place, place_name(place), n) for place, n in self.model.places().items() if place != "guide"]
        if not self._filters.show_places(rows):
            self._on_filter()

    def _on_filter(self) -> None:
        self.model.show(place=self._filters.key.removeprefix(ALL))
        self._show_stack()

    def _on_typed(self) -> None:
        self.model.show(words=self.search.text())
        self._show_stack()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self.context.theme.px(NARROW)
        self.detail.set_narrow(narrow)
        self._fit()

    def _is_low(self) -> bool:
        return self.height() < self.context.theme.px(LOW)

    def _fit(self) -> None:
        """The card takes what it needs, at most half of the panel; then it scrolls. The hint goes before it."""
        low = self._is_low()
        self._summary.setVisible(not low)
        wanted = self.detail.heightForWidth(max(1, self._foot.viewport().width()))
        card = min(wanted + 2, max(self.context.theme.px(120), self.height() // 2))
        self._foot.setFixedHeight(card)
        spare = self._spare() if [entry.source for entry in self.model.entries] == ["guide"] else -1
        self._hint.setVisible(spare >= 0)
        for button in self._buttons:
            button.setHidden(self._hint.has_buttons)
        self._foot.setVisible(not low and self._selected() is not None and not 0 <= spare < card)
        if not self._foot.isHidden() and self._alone is not None and isValid(self._alone):
            # There is room for the card below the list again.
            self._alone = None
            self.context.frame.close_sheet()

    def _spare(self) -> int:
        """The height that the row of the guide and the hint leave; negative where they do not fit themselves."""
        margins, gap = self._layout.contentsMargins(), self._layout.spacing()
        width = self.width() - margins.left() - margins.right()
        summary = 0 if self._summary.isHidden() else self._summary.heightForWidth(width) + gap
        taken = margins.top() + margins.bottom() + self._top.sizeHint().height() + 2 * gap + summary
        row = self.list.sizeHintForRow(0) + self.context.theme.px(8)
        self.list.setMinimumHeight(row)
        left = self.height() - taken - row
        return left - self._hint.fit(width, left)

    def _on_theme_changed(self) -> None:
        theme = self.context.theme
        px = theme.px
        self._heading.setFont(theme.font(FONT_LARGE, bold=True))
        self._empty_title.setFont(theme.font(FONT_TITLE, bold=True))
        self._column_layout.setContentsMargins(px(12), px(16), px(12), px(12))
        self._column_layout.setSpacing(px(4))
        self._layout.setContentsMargins(px(20), px(16), px(20), px(16))
        self._layout.setSpacing(px(10))
        self._top.setSpacing(px(8))
        self.list.scheduleDelayedItemsLayout()
        self._fit()
