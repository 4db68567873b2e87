"""The form for a model server: an address, a key for the keychain, a test that lists the server's models."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.bridge import Job
from desktop.context import Context
from desktop.errors import sentence_of
from desktop.operations import models as operations


class ServerForm(QWidget):
    """Content of the side sheet; nothing is asked before a button is pressed."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._job: Job | None = None
        intro = self._label(
            self.tr("A server runs the model; what you ask travels there. With Ollama or LM Studio here it stays here.")
        )
        intro.setProperty("look", "muted")
        self._known = QHBoxLayout()
        self.address = QLineEdit(self)
        self.address.setPlaceholderText("http://127.0.0.1:11434/v1")
        self.key = QLineEdit(self)
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setPlaceholderText(self.tr("None needed on this computer"))
        self.test = QPushButton(self.tr("Test"), self)
        self.test.clicked.connect(self._on_test)
        self.said = self._label("")
        self.names = QComboBox(self)
        self.use = QPushButton(self.tr("Use this model"), self)
        self.use.setProperty("look", "primary")
        self.use.clicked.connect(self._on_use)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(intro)
        self._layout.addLayout(self._known)
        for words, field in ((self.tr("Address"), self.address), (self.tr("Key"), self.key)):
            self._add_field(words, field)
        self._layout.addWidget(self.test, 0, Qt.AlignmentFlag.AlignLeft)
        self._layout.addWidget(self.said)
        self._models_label = self._add_field(self.tr("Model"), self.names)
        self._layout.addWidget(self.use, 0, Qt.AlignmentFlag.AlignLeft)
        self._layout.addStretch(1)
        self.address.textChanged.connect(self._on_edited)
        self.address.returnPressed.connect(self._on_test)
        self.key.returnPressed.connect(self._on_test)
        self.setFocusProxy(self.address)
        self._on_edited()
        context.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        operations.known_servers(self._show_known, context, self)

    def _label(self, words: str) -> QLabel:
        label = QLabel(words, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _add_field(self, words: str, field: QLineEdit | QComboBox) -> QLabel:
        label = self._label(words)
        label.setBuddy(field)
        field.setAccessibleName(words)
        self._layout.addWidget(label)
        self._layout.addWidget(field)
        return label

    def _show_known(self, servers: dict[str, str]) -> None:
        for name, url in servers.items():
            button = QPushButton(self.tr("Ask {name}").format(name=name), self)
            button.setProperty("look", "chip")
            button.setToolTip(self.tr("Asks {url} on this computer which models it has").format(url=url))
            button.clicked.connect(lambda _=False, url=url: self.ask(url))
            self._known.addWidget(button)
        self._known.addStretch(1)

    def ask(self, url: str) -> None:
        """Put an address in and ask it."""
        self.address.setText(url)
        self.key.clear()
        self._on_test()

    def _on_edited(self) -> None:
        self.names.clear()
        for widget in (self._models_label, self.names, self.use):
            widget.hide()
        self.test.setEnabled(bool(self.address.text().strip()))
        self._say("", "muted")

    def _on_test(self) -> None:
        url = operations.whole_address(self.address.text())
        if url != self.address.text():
            self.address.setText(url)
        if not url or (self._job is not None and self._job.is_running):
            return
        self._on_edited()
        self._say(self.tr("Asking…"), "muted")
        self._job = operations.ask_server(
            self._context, url, self.key.text().strip(), self._show_names, failed=self._show_problem, owner=self
        )

    def _show_names(self, names: list[str]) -> None:
        self.names.addItems(names)
        for widget in (self._models_label, self.names, self.use):
            widget.show()
        count = len(names)
        words = self.tr("It answers and has one model.") if count == 1 else self.tr("It answers and has {n} models.")
        self._say(words.format(n=self.locale().toString(count)), "success")
        self.names.setFocus()

    def _show_problem(self, error: Exception) -> None:
        self._say(sentence_of(error), "danger")

    def _on_use(self) -> None:
        url = self.address.text().strip()
        self.use.setEnabled(False)
        operations.use_server(
            self._context,
            url,
            self.names.currentText(),
            self.key.text().strip(),
            self._on_used,
            failed=self._on_failed,
            owner=self,
        )

    def _on_used(self, problem: str) -> None:
        if problem:
            self.use.setEnabled(True)
            self._say(problem, "danger")
            return
        name = self.names.currentText()
        self._context.frame.close_sheet()
        self._context.frame.say(self.tr("{name} answers from now on").format(name=name))

    def _on_failed(self, error: Exception) -> None:
        self.use.setEnabled(True)
        self._show_problem(error)

    def _say(self, words: str, look: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))
        self.said.setProperty("look", look)
        self.said.style().polish(self.said)
        if words:
            self._context.frame.announce(words)

    def _on_theme_changed(self) -> None:
        px = self._context.theme.px
        self._layout.setSpacing(px(8))
        self._known.setSpacing(px(8))
