"""The data section beside its options: where everything is, how large it is, keys of servers."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.operations import settings as operations
from desktop.settings.row import Row


class FolderRow(Row):
    """Where the data is."""

    def __init__(self, context: Context) -> None:
        super().__init__(self.tr("Everything of yours is in this folder"), str(context.data_dir), context.theme)
        self._context = context
        button = QPushButton(self.tr("Open folder"), self)
        button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(context.data_dir))))
        self.add_side(button)
        operations.measure_folder(context, self._on_measured, self)

    def _on_measured(self, size_bytes: int) -> None:
        words = QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
        self.say(self.tr("{size} on the disk.").format(size=words), "muted")


class BackupRow(Row):
    """A backup of everything, and how one comes back."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            self.tr("Backup"),
            self.tr(
                "One file with your chats, memories, the text of your documents and the settings; not the documents "
                "themselves, the models or the keys. To go back to it: scrubjay --data-dir NEW-FOLDER restore FILE on "
                "the command line, then start Scrubjay with that folder."
            ),
            context.theme,
        )
        button = QPushButton(self.tr("Back up everything…"), self)
        button.clicked.connect(context.actions["file.backup"].trigger)
        self.add_side(button)


class KeysRow(QFrame):
    """Keys of model servers in the computer's keychain: which there are, one more, one less."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._where = self.tr("They are in the keychain of this computer and nowhere else.")
        self._head = Row(
            self.tr("Keys of model servers"),
            self._where,
            context.theme,
            self,
        )
        self.words = self._head.words
        self._list = QVBoxLayout()
        self._form = QWidget(self)
        self._server = _line(self.tr("Address of the server"), "https://…", self._form)
        self._key = _line(self.tr("Key"), self.tr("Key"), self._form)
        self._key.setEchoMode(QLineEdit.EchoMode.Password)
        self._add = QPushButton(self.tr("Keep key"), self._form)
        self._add.setEnabled(False)
        self._add.clicked.connect(self._on_add)
        for line in (self._server, self._key):
            line.textChanged.connect(self._on_typed)
            line.returnPressed.connect(self._add.click)
        form = QHBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addWidget(self._server, 2)
        form.addWidget(self._key, 1)
        form.addWidget(self._add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._head)
        layout.addLayout(self._list)
        layout.addWidget(self._form)
        self.refresh()

    def fits(self, words: str) -> bool:
        """Whether every word of a search occurs in it."""
        return self._head.fits(words)

    def refresh(self) -> None:
        """Read the keychain again."""
        operations.list_keys(self._context, self._on_listed, self)

    def _on_listed(self, found: tuple[str, list[str]]) -> None:
        problem, servers = found
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._head.say(problem)
        self._head.describe("" if problem else self._where)
        self._form.setVisible(not problem)
        for server in servers:
            row = Row(server, "", self._context.theme, self)
            row.add_side(self._delete_button(server, row))
            self._list.addWidget(row)

    def _delete_button(self, server: str, parent: QWidget) -> QToolButton:
        button = QToolButton(parent)
        button.setAccessibleName(self.tr("Delete the key of {server}").format(server=server))
        button.setToolTip(self.tr("Delete the key"))
        self._context.theme.bind_icon(button, "trash")
        button.clicked.connect(lambda: operations.forget_key(self._context, server, self._on_changed, self))
        return button

    def _on_typed(self) -> None:
        self._add.setEnabled("://" in self._server.text() and bool(self._key.text().strip()))

    def _on_add(self) -> None:
        if self._add.isEnabled():
            operations.keep_key(
                self._context, self._server.text().strip(), self._key.text().strip(), self._on_changed, self
            )

    def _on_changed(self, problem: str) -> None:
        if problem:
            self._head.say(problem)
            return
        self._key.clear()
        self._server.clear()
        self.refresh()


def _line(name: str, placeholder: str, parent: QWidget) -> QLineEdit:
    line = QLineEdit(parent)
    line.setAccessibleName(name)
    line.setPlaceholderText(placeholder)
    return line
