"""Remember something without a chat."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton

from desktop.context import Context
from desktop.dialogs.base import Dialog, text_label


class RememberDialog(Dialog):
    """A field and a button; Ctrl+Enter remembers.

    Signals:
        given(text): what shall be remembered.
    """

    given = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__(context, QCoreApplication.translate("RememberDialog", "Remember"), (480, 260))
        self.text = QPlainTextEdit(self)
        self.text.setProperty("look", "input")
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("What Scrubjay shall remember"))
        self.text.setPlaceholderText(self.tr("Prefers metric units"))
        self.text.textChanged.connect(self._on_typed)
        self.remember = QPushButton(self.tr("Remember"), self)
        self.remember.setProperty("look", "primary")
        self.remember.setEnabled(False)
        self.remember.clicked.connect(self._on_remember)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.clicked.connect(self.reject)
        shortcut = QShortcut(QKeySequence("Ctrl+Return"), self)
        shortcut.activated.connect(self.remember.click)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.remember)
        self.body.addWidget(text_label(self.tr("It is kept as you write it, until you forget it."), self, look="muted"))
        self.body.addWidget(self.text, 1)
        self.body.addLayout(buttons)
        self.text.setFocus()

    def _on_typed(self) -> None:
        self.remember.setEnabled(bool(self.text.toPlainText().strip()))

    def _on_remember(self) -> None:
        self.given.emit(self.text.toPlainText().strip())
        self.accept()
