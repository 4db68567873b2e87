"""The documents panel: what was read, what is being read, and what could not be."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLocale, QMimeData, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QLabel, QPushButton, QStackedWidget, QVBoxLayout

from desktop.chat.words import tip
from desktop.context import Context
from desktop.documents.column import DocumentsColumn
from desktop.documents.details import DetailsView
from desktop.documents.list import DocumentList
from desktop.documents.model import ALL, TROUBLES, DocumentsModel, Row
from desktop.documents.parts import ChosenBar, EmptyState, ProgressLine
from desktop.documents.words import n_documents, n_pages, size
from desktop.errors import sentence_of
from desktop.look.tokens import FONT_SMALL, FONT_TITLE
from desktop.operations import documents as operations
from desktop.panels import Panel

# Narrower than this, in pixels at 100 %, the buttons go below the title.
NARROW = 480
# Lower than this the title, which the rail says as well, makes room for the list.
LOW = 260
MARGINS, LOW_MARGINS = (20, 16, 12, 12), (8, 8, 8, 4)
Act = tuple[str, str, Callable[[], None]]


class DocumentsPanel(Panel):
    """The list in the main area, search and folders beside it, one document in the side sheet."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.model = DocumentsModel(context, self)
        self.column = DocumentsColumn(self.model, context.theme)
        self.reading = operations.reading_of(context)
        self._wanted = ""
        self._build()
        self._connect()
        self._on_theme_changed()
        self._show_state()

    # Building

    def _build(self) -> None:
        theme = self.context.theme
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._summary = QLabel(self)
        self._summary.setProperty("look", "muted")
        self._summary.setWordWrap(True)
        self.add_button = QPushButton(self.tr("Add files…"), self)
        self.add_button.setProperty("look", "primary")
        self.folder_button = QPushButton(self.tr("Add folder…"), self)
        self.progress = ProgressLine(theme, self)
        self.list = DocumentList(self.context, self.model, self)
        self.empty = EmptyState(theme, self)
        self._nothing = QLabel(self)
        self._nothing.setWordWrap(True)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setProperty("look", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = QStackedWidget(self)
        for widget in (self.list, self.empty, self._nothing):
            self.stack.addWidget(widget)
        self.bar = ChosenBar(theme, self)
        words = QVBoxLayout()
        words.addWidget(self._title)
        words.addWidget(self._summary)
        self._buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._buttons.addWidget(self.folder_button)
        self._buttons.addWidget(self.add_button)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.addLayout(words, 1)
        self._head.addLayout(self._buttons)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._head)
        self._layout.addWidget(self.progress)
        self._layout.addWidget(self.stack, 1)
        self._layout.addWidget(self.bar)

    def _connect(self) -> None:
        context = self.context
        for source in (self.add_button.clicked, self.empty.add_files_asked, context.actions["file.open"].triggered):
            source.connect(lambda *_: self.choose_files())
        for source in (
            self.folder_button.clicked,
            self.empty.add_folder_asked,
            context.actions["file.add_folder"].triggered,
        ):
            source.connect(lambda *_: self.choose_folder())
        self.column.chosen.connect(self._on_place)
        self.column.typed.connect(lambda words: self.model.show(words=words))
        self.model.counted.connect(self._show_state)
        self.model.loaded.connect(self._on_loaded)
        self.model.load_failed.connect(self._on_load_failed)
        self.reading.changed.connect(self._show_progress)
        self.progress.stopped.connect(self.reading.stop)
        self.list.opened.connect(self.show_details)
        self.list.discard_asked.connect(self.discard_chosen)
        self.list.pasted.connect(self._on_pasted)
        self.list.customContextMenuRequested.connect(self._on_menu)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._show_chosen())
        self.model.modelReset.connect(self._show_chosen)
        self.model.rowsRemoved.connect(lambda *_: self._show_chosen())
        context.bridge.open_failed.connect(self._on_load_failed)
        context.theme.changed.connect(self._on_theme_changed)

    # What it shows

    def _on_place(self, key: str) -> None:
        self.model.show(filter=key)
        self._show_title()

    def _show_title(self) -> None:
        """The name of the place that is chosen, as much of it as there is room for."""
        item = self.column.list.currentItem()
        words = item.text() if item is not None else ""
        room = self.width() - self.context.theme.px(2 * MARGINS[0])
        if self._head.direction() == QBoxLayout.Direction.LeftToRight:
            room -= self._buttons.sizeHint().width() + self._head.spacing()
        metrics = self._title.fontMetrics()
        self._title.setText(metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, max(room, 80)))
        self._title.setToolTip(tip(words) if self._title.text() != words else "")

    def _show_state(self) -> None:
        """The list, or why there is none."""
        n_known = len(self.model.documents) + len(self.model.troubles)
        has_rows = self.model.rowCount() > 0
        if has_rows:
            self.stack.setCurrentWidget(self.list)
        elif not self.model.is_loaded:
            problem = self.context.bridge.problem
            words = self.tr("Opening…") if problem is None else self.tr("The documents could not be opened.")
            self._nothing.setText(words)
            self.stack.setCurrentWidget(self._nothing)
        elif n_known or self.reading.batches:
            self._nothing.setText(self.tr("No document fits the search.") if n_known else self.tr("Reading…"))
            self.stack.setCurrentWidget(self._nothing)
        else:
            self.stack.setCurrentWidget(self.empty)
        for button in (self.add_button, self.folder_button):
            button.setVisible(self.stack.currentWidget() is not self.empty)
        self._summary.setText(self._summary_words())
        self._arrange()

    def _summary_words(self) -> str:
        documents = [row.document for row in self.model.documents.values() if row.document is not None]
        if not documents:
            return ""
        pages = sum(document.pages or 0 for document in documents)
        parts = [n_documents(len(documents)), *([n_pages(pages)] if pages else [])]
        parts.append(size(sum(document.size_bytes for document in documents)))
        if self.model.troubles:
            number = QLocale().toString(len(self.model.troubles))
            parts.append(self.tr("{n} could not be read").format(n=number))
        return " · ".join(parts)

    def _show_progress(self) -> None:
        self.progress.show_batches(self.reading.batches)
        if not self.model.rowCount():
            self._show_state()

    def _show_chosen(self) -> None:
        rows = [row for row in self.list.rows() if not row.is_reading]
        if rows:
            self.bar.show_rows(rows, self._acts(rows))
        else:
            self.bar.hide()

    def _acts(self, rows: list[Row]) -> list[Act]:
        """What can be done with these rows: (icon, words, act)."""
        context = self.context
        documents = [row.document for row in rows if row.document is not None]
        troubles = [row.trouble for row in rows if row.trouble is not None]
        acts: list[Act] = []
        if documents:
            paths = [document.path for document in documents]
            acts.append(("chat", self.tr("Ask about it"), lambda: operations.ask_about(context, paths)))
        if troubles:
            acts.append(("again", self.tr("Try again"), lambda: operations.retry(context, troubles)))
        if len(rows) == 1:
            row = rows[0]
            acts += [
                ("open", self.tr("Open file"), lambda: operations.open_file(context, row.path)),
                ("folder", self.tr("Show in folder"), lambda: operations.show_in_folder(context, row.path)),
                ("info", self.tr("Details"), lambda: self.show_details(row)),
            ]
        if documents:
            acts.append(("trash", self.tr("Take out of Scrubjay"), self.discard_chosen))
        if troubles and not documents:
            acts.append(("close", self.tr("Dismiss"), lambda: operations.dismiss(context, troubles)))
        return acts

    # What the person does

    def choose_files(self) -> None:
        """Ask for files, without blocking."""
        dialog = self._dialog(self.tr("Add files"), QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.add)
        dialog.open()

    def choose_folder(self) -> None:
        """Ask for a folder, without blocking."""
        dialog = self._dialog(self.tr("Add a folder"), QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(self.add)
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title, str(self.context.state.get("document_folder", "")))
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.directoryEntered.connect(lambda folder: self.context.state.set("document_folder", folder))
        return dialog

    def add(self, paths: list[str]) -> None:
        """Read files and folders."""
        operations.add(self.context, paths)

    def take_files(self, paths: list[str]) -> bool:
        """Files that were dropped while this panel is in front."""
        self.add(paths)
        return True

    def discard_chosen(self) -> None:
        """Take the chosen documents out, dismiss the chosen failures; both without a question."""
        rows = self.list.rows()
        documents = [row.document for row in rows if row.document is not None]
        troubles = [row.trouble for row in rows if row.trouble is not None]
        if documents:
            operations.discard(self.context, documents)
        if troubles:
            operations.dismiss(self.context, troubles)

    def show_details(self, row: Row | None) -> None:
        """Show what is known of a document in the side sheet."""
        if row is not None and not row.is_reading:
            self.context.frame.show_sheet(DetailsView(self.context, row), row.name)

    def open_document(self, id: str) -> None:
        """Bring a document into view, choose it and show its details; waits until the list is there."""
        self._wanted = id
        if self.model.is_loaded:
            self._on_loaded()

    def show_troubles(self) -> None:
        """Show what could not be read only."""
        self.model.show(filter=TROUBLES)

    def on_shown(self) -> None:
        """Show how far reading is."""
        self._show_progress()

    def _on_loaded(self) -> None:
        self._show_state()
        if not self._wanted:
            return
        index = self.model.index_of(self._wanted)
        if not index.isValid():
            self.column.search.clear()
            self.model.show(filter=ALL, words="")
            index = self.model.index_of(self._wanted)
        if index.isValid():
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)
            self.show_details(self.model.row(index))
        self._wanted = ""

    def _on_load_failed(self, error: Exception) -> None:
        self._nothing.setText(sentence_of(error))
        self.stack.setCurrentWidget(self._nothing)

    def _on_pasted(self, mime: QMimeData) -> None:
        from desktop.frame.drop_overlay import take_mime

        take_mime(self.context, mime, pasted=True)

    def _on_menu(self, at: QPoint) -> None:
        rows = [row for row in self.list.rows() if not row.is_reading]
        if rows:
            self.list.show_menu(at, [(words, act) for _, words, act in self._acts(rows)])

    # Look

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < self.context.theme.px(NARROW)
        direction = QBoxLayout.Direction
        self._head.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)
        needed = self.add_button.sizeHint().width() + self.folder_button.sizeHint().width()
        very = self.width() < needed + self.context.theme.px(48)
        self._buttons.setDirection(direction.TopToBottom if very else direction.LeftToRight)
        low = self.height() < self.context.theme.px(LOW)
        self._title.setVisible(not low)
        self._summary.setVisible(not low and bool(self._summary.text()))
        self._layout.setContentsMargins(*(self.context.theme.px(n) for n in (LOW_MARGINS if low else MARGINS)))
        self._show_title()

    def _on_theme_changed(self) -> None:
        theme, px = self.context.theme, self.context.theme.px
        self._layout.setSpacing(px(10))
        self._head.setSpacing(px(10))
        self._buttons.setSpacing(px(8))
        self._title.setFont(theme.font(FONT_TITLE, bold=True))
        self._summary.setFont(theme.font(FONT_SMALL))
        self._arrange()
