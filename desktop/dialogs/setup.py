"""The set-up assistant: the steps of the first launch, one a page, each with the button that does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.context import Context
from desktop.dialogs.base import Dialog, text_label
from desktop.look.tokens import FONT_LARGE


@dataclass(frozen=True)
class Step:
    """A page.

    Attributes:
        acts: words of the buttons with what they do; the assistant stays open beside it.
    """

    icon: str
    title: str
    text: str
    acts: tuple[tuple[str, Callable[[], object]], ...]


class SetupDialog(Dialog):
    """Walks the steps; every step can be passed over, and nothing is asked twice."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, QCoreApplication.translate("SetupDialog", "Set-up assistant"), (560, 360))
        self.steps = self._declare_steps()
        self.pages = QStackedWidget(self)
        self._titles: list[QLabel] = []
        self._icons: list[QLabel] = []
        for step in self.steps:
            self.pages.addWidget(self._build_page(step))
        self.body.addWidget(self.pages, 1)
        self._where = text_label("", self, look="muted")
        self.back = QPushButton(self.tr("Back"), self)
        self.back.clicked.connect(lambda: self.go_to(self.pages.currentIndex() - 1))
        self.forward = QPushButton(self)
        self.forward.setProperty("look", "primary")
        self.forward.clicked.connect(lambda: self.go_to(self.pages.currentIndex() + 1))
        row = QHBoxLayout()
        row.addWidget(self._where, 1)
        row.addWidget(self.back)
        row.addWidget(self.forward)
        self.body.addLayout(row)
        self.go_to(0)
        self._on_theme_changed()

    def _declare_steps(self) -> tuple[Step, ...]:
        do = self.context.actions
        theme = self.context.theme
        return (
            Step(
                "chat", self.tr("Ask"),
                self.tr(
                    "Write a question in plain words. Every answer says where it stands: a number leads to the page "
                    "and the sentence. The guide that comes with Scrubjay finds and quotes; it writes nothing itself."
                ),
                ((self.tr("Write a message"), do["chat.composer"].trigger),),
            ),
            Step(
                "documents", self.tr("Give it your documents"),
                self.tr(
                    "PDF, Word, Markdown, web pages, text and code. Drop files or folders anywhere on the window. "
                    "They are read on this computer and stay where they are."
                ),
                (
                    (self.tr("Add folder…"), do["file.add_folder"].trigger),
                    (self.tr("Open file…"), do["file.open"].trigger),
                ),
            ),
            Step(
                "models", self.tr("Choose a model"),
                self.tr(
                    "For writing, summing up and general questions Scrubjay needs a larger model: one that is already "
                    "on this computer, a GGUF file, or a server. Each says beforehand whether it fits."
                ),
                ((self.tr("Show models"), do["view.models"].trigger),),
            ),
            Step(
                "memory", self.tr("Let it remember"),
                self.tr(
                    "Say “Remember that …” in a chat, or write a memory yourself. You see, change and forget "
                    "everything it knows."
                ),
                (
                    (self.tr("Remember something…"), do["memory.add"].trigger),
                    (self.tr("Show memories"), do["view.memory"].trigger),
                ),
            ),
            Step(
                "settings", self.tr("Make it yours"),
                self.tr("Light or dark, larger or smaller, and what happens when the window is closed."),
                (
                    (self.tr("Light"), lambda: theme.set_mode("light")),
                    (self.tr("Dark"), lambda: theme.set_mode("dark")),
                    (self.tr("As the system"), lambda: theme.set_mode("system")),
                    (self.tr("All settings…"), do["app.settings"].trigger),
                ),
            ),
        )  # fmt: skip

    def _build_page(self, step: Step) -> QWidget:
        page = QWidget(self)
        icon = QLabel(page)
        self.context.theme.bind_icon(icon, step.icon, "accent")
        title = text_label(step.title, page)
        self._titles.append(title)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(icon)
        column.addWidget(title)
        column.addWidget(text_label(step.text, page))
        column.addSpacing(8)
        for words, act in step.acts:
            button = QPushButton(words, page)
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, act=act: act())
            column.addWidget(button)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        return area

    def go_to(self, index: int) -> None:
        """Show a step; past the last one the assistant closes."""
        if index >= len(self.steps):
            self.close()
            return
        self.pages.setCurrentIndex(max(index, 0))
        self.back.setEnabled(index > 0)
        self.forward.setText(self.tr("Done") if index == len(self.steps) - 1 else self.tr("Next"))
        self._where.setText(self.tr("Step {n} of {total}").format(n=index + 1, total=len(self.steps)))
        self.context.frame.announce(f"{self._where.text()}: {self.steps[index].title}")

    def _on_theme_changed(self) -> None:
        super()._on_theme_changed()
        for title in getattr(self, "_titles", ()):
            title.setFont(self.context.theme.font(FONT_LARGE, bold=True))
