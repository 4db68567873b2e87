"""The list beside the documents: search, what could not be read, and the folders that were added."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.documents.model import ALL, SINGLE, TROUBLES, DocumentsModel
from desktop.documents.words import name_of
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_LARGE, FONT_SMALL

# Typing may go on this long before the list is searched.
TYPING_MS = 120
FILTER = Qt.ItemDataRole.UserRole


class DocumentsColumn(QWidget):
    """Signals: chosen(filter), typed(words)."""

    chosen = Signal(str)
    typed = Signal(str)

    def __init__(self, model: DocumentsModel, theme: Theme) -> None:
        super().__init__()
        self._model, self._theme = model, theme
        self.setProperty("look", "surface")
        self._heading = QLabel(self.tr("Documents"), self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search by name"))
        self.search.setAccessibleName(self.tr("Search documents by name"))
        self.search.setClearButtonEnabled(True)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(lambda: self.typed.emit(self.search.text()))
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.list = QListWidget(self)
        self.list.setProperty("look", "list")
        self.list.setAccessibleName(self.tr("Which documents"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._on_current)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self._heading)
        self._layout.addWidget(self.search)
        self._layout.addWidget(self.list, 1)
        self._entries: list[tuple[str, str, str]] = []
        model.counted.connect(self._fill)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._fill()

    def _fill(self) -> None:
        """Show the filters anew if they changed, and keep the chosen one."""
        entries = list(self._wanted())
        if entries == self._entries:
            return
        self._entries = entries
        current = self.list.currentItem()
        chosen = current.data(FILTER) if current is not None else ALL
        self.list.blockSignals(True)
        self.list.clear()
        for key, words, hint in entries:
            item = QListWidgetItem(words, self.list)
            item.setData(FILTER, key)
            item.setToolTip(hint)
            if not key:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                item.setFont(self._theme.font(FONT_SMALL))
        keys = [key for key, _, _ in entries]
        self.list.setCurrentRow(keys.index(chosen) if chosen in keys else 0)
        self.list.blockSignals(False)
        if chosen not in keys:
            self.chosen.emit(ALL)

    def _wanted(self) -> list[tuple[str, str, str]]:
        number = QLocale().toString
        found = [(ALL, self.tr("All documents ({n})").format(n=number(len(self._model.documents))), "")]
        if self._model.troubles:
            words = self.tr("Could not be read ({n})").format(n=number(len(self._model.troubles)))
            found.append((TROUBLES, words, ""))
        folders = self._model.folders()
        single = folders.pop("", 0)
        if folders:
            found.append(("", self.tr("Folders"), ""))
            found += [(path, f"{name_of(path)} ({number(n)})", path) for path, n in folders.items()]
            if single:
                found.append((SINGLE, self.tr("Added one by one ({n})").format(n=number(single)), ""))
        return found

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(FILTER):
            self.chosen.emit(item.data(FILTER))

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(12), px(12), px(12), px(12))
        self._layout.setSpacing(px(8))
        self._heading.setFont(self._theme.font(FONT_LARGE, bold=True))
