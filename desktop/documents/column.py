"""The list beside the documents: search, what could not be read, and the folders that were added."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop.documents.model import ALL, SINGLE, TROUBLES, DocumentsModel
from desktop.documents.words import name_of
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_LARGE
from desktop.widgets.search_field import SearchField
from desktop.widgets.side_list import Place, SideList

# Typing may go on this long before the list is searched.
TYPING_MS = 120


class DocumentsColumn(QWidget):
    """Signals: chosen(filter), typed(words)."""

    chosen = Signal(str)
    typed = Signal(str)

    def __init__(self, model: DocumentsModel, theme: Theme) -> None:
        super().__init__()
        self._model, self._theme = model, theme
        self.setProperty("look", "surface")
        self._heading = QLabel(self.tr("Documents"), self)
        self.search = SearchField(theme, self.tr("Search by name"), self, self.tr("Search documents by name"))
        self._typing = QTimer(
            self, singleShot=True, interval=TYPING_MS, timeout=lambda: self.typed.emit(self.search.text())
        )
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.list = SideList(theme, self.tr("Which documents"), self)
        self.list.currentItemChanged.connect(self._on_current)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self._heading)
        self._layout.addWidget(self.search)
        self._layout.addWidget(self.list, 1)
        model.counted.connect(self._fill)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._fill()

    def _fill(self) -> None:
        """Show the places anew if they changed, and keep the chosen one."""
        if not self.list.show_places(self._places()):
            self.chosen.emit(ALL)

    def _places(self) -> Iterator[Place]:
        model = self._model
        # As many as there are rows below: also those that could not be read.
        yield Place(ALL, self.tr("All documents"), len(model.documents) + len(model.troubles))
        if model.troubles:
            yield Place(TROUBLES, self.tr("Could not be read"), len(model.troubles))
        folders = model.folders()
        single = folders.pop("", 0)
        if folders:
            yield Place("", self.tr("Folders"))
            for path, n in folders.items():
                yield Place(path, name_of(path), n, path)
            if single:
                yield Place(SINGLE, self.tr("Added one by one"), single)

    def _on_current(self) -> None:
        if self.list.key:
            self.chosen.emit(self.list.key)

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(12), px(12), px(12), px(12))
        self._layout.setSpacing(px(8))
        self._heading.setFont(self._theme.font(FONT_LARGE, bold=True))
