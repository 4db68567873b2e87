"""Licences of every library and model that comes with Scrubjay, each with its text."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.dialogs.base import Dialog, text_label
from desktop.dialogs.rewrap import join_lines
from desktop.operations.help import Licence, load_licences
from desktop.widgets.search_field import SearchField

TEXT = Qt.ItemDataRole.UserRole


class LicencesDialog(Dialog):
    """The names on one side, the text of the chosen one on the other."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, QCoreApplication.translate("LicencesDialog", "Licences"), (820, 600))
        self.intro = text_label(
            self.tr("Scrubjay is free software under the MIT licence and is built on the work of others."),
            self,
            "muted",
        )
        self.body.addWidget(self.intro)
        self.search = SearchField(context.theme, self.tr("Search libraries"), self)
        self.search.textChanged.connect(self._on_search)
        self.list = QListWidget(self)
        self.list.setProperty("look", "list")
        self.list.setAccessibleName(self.tr("Libraries and models"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._on_chosen)
        self.text = QPlainTextEdit(self)
        self.text.setProperty("look", "input")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Text of the licence"))
        left = QWidget(self)
        column = QVBoxLayout()
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        # A space and not a margin: it changes its side with the direction of the language.
        row = QHBoxLayout(left)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(column)
        row.addSpacing(context.theme.px(12))
        splitter = QSplitter(self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self.text)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([280, 500])
        self.body.addWidget(splitter, 1)
        splitter.setHandleWidth(0)
        self.list.addItem(self.tr("Reading…"))
        load_licences(context, self._on_loaded, self)

    def _on_loaded(self, licences: list[Licence]) -> None:
        self.list.clear()
        for licence in licences:
            item = QListWidgetItem(f"{licence.name}  ·  {licence.licence}", self.list)
            item.setData(TEXT, licence.text)
            item.setToolTip(item.text())
        self.list.setCurrentRow(0)

    def _on_chosen(self, item: QListWidgetItem | None, _before: object = None) -> None:
        self.text.setPlainText(join_lines(str(item.data(TEXT) or "")) if item is not None else "")

    def _on_search(self, words: str) -> None:
        for index in range(self.list.count()):
            item = self.list.item(index)
            item.setHidden(words.casefold() not in item.text().casefold())
        shown = [self.list.item(i) for i in range(self.list.count()) if not self.list.item(i).isHidden()]
        if not shown:
            self.list.setCurrentItem(None)
            self.text.setPlainText(self.tr("No library has these words in its name."))
        elif self.list.currentItem() not in shown:
            self.list.setCurrentItem(shown[0])
