"""Cards among the turns: an error, the guide's hand-over, a tool call that waits for the person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.chat import words
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL

if TYPE_CHECKING:
    from engine.models_face import ModelEntry, SmallerPlan

# Pixels at 100 %: from the edge of a button without an outline to what is seen of its icon.
LINK_INSET = 8


class Card(QFrame):
    """A raised block of words and buttons.

    Signals:
        acted(name): as in `TurnView`.
    """

    acted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "card")
        self._layout = QVBoxLayout(self)
        px = theme.px
        self._layout.setContentsMargins(px(16), px(12), px(16), px(12))
        self._layout.setSpacing(px(8))

    def add_words(self, text: str, look: str = "", *, small: bool = False) -> QLabel:
        """A sentence."""
        found = QLabel(text, self)
        found.setTextFormat(Qt.TextFormat.PlainText)
        found.setWordWrap(True)
        found.setProperty("look", look)
        found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if small:
            found.setFont(self._theme.font(FONT_SMALL))
        self._layout.addWidget(found)
        return found

    def add_buttons(self, *buttons: QPushButton) -> None:
        """Buttons side by side."""
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(8))
        for button in buttons:
            row.addWidget(button)
        row.addStretch(1)
        self._layout.addLayout(row)

    def add_link(self, link: QPushButton) -> None:
        """A button without an outline: its icon stands below the words, the room for its focus ring beside them."""
        row = QHBoxLayout()
        row.addSpacing(-self._theme.px(LINK_INSET))
        row.addWidget(link)
        row.addStretch(1)
        self._layout.addLayout(row)

    def button(self, text: str, action: str, look: str = "") -> QPushButton:
        """A button that emits `acted(action)`."""
        found = QPushButton(text, self)
        found.setProperty("look", look)
        found.clicked.connect(lambda: self.acted.emit(action))
        return found


class ErrorCard(Card):
    """What went wrong, in the words of desktop/errors.py, and what can be used instead.

    Signals:
        picked(source, n_ctx): a model was picked, with so many tokens of context (0: as in the settings).
    """

    picked = Signal(str, int)

    def __init__(self, sentence: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.add_words(sentence, "danger")

    def offer(self, plans: Sequence[SmallerPlan]) -> None:
        """Ways to go on with less."""
        for plan in plans:
            label = (
                self.tr("Use {n} tokens of context").format(n=QLocale().toString(plan.n_ctx))
                if plan.n_ctx
                else self.tr("Use {name} instead").format(name=plan.name)
            )
            button = QPushButton(label, self)
            button.setToolTip(words.tip(plan.sentence))
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, plan=plan: self.picked.emit(plan.source, plan.n_ctx))
            self._layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)


class HandOverCard(Card):
    """What to do where the guide handed over, which its own words above it say; the question is kept.

    Signals:
        picked(source): a model that is on this computer was picked.
    """

    picked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._offered: set[str] = set()
        self._found = QVBoxLayout()
        self._found.setSpacing(theme.px(6))
        self._layout.addLayout(self._found)
        self.add_buttons(self.button(self.tr("Choose a model"), "model", "primary"))
        for text, action, icon in (
            (self.tr("Use a server…"), "server", "server"),
            (self.tr("Get a model…"), "model", "download"),
        ):
            link = self.button(text, action, "link")
            link.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            theme.bind_icon(link, icon)
            self.add_link(link)
        self.add_words(
            self.tr("Your question is kept and asked again by itself when you have chosen one."), "muted", small=True
        )

    def offer(self, models: Sequence[ModelEntry]) -> None:
        """Models that are on this computer and fit."""
        for model in models:
            if model.source in self._offered or model.plan is None:
                continue
            self._offered.add(model.source)
            size = QLocale().formattedDataSize(model.size_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
            button = QPushButton(self.tr("Use {name} ({size})").format(name=model.name, size=size), self)
            button.setToolTip(words.tip(model.plan.sentence))
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, source=model.source: self.picked.emit(source))
            self._found.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)


class ApprovalCard(Card):
    """A tool call that waits; to refuse is the default.

    Signals:
        decided(id, agreed): what the person chose.
    """

    decided = Signal(str, bool)

    def __init__(self, asked: Any, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName(self.tr("{tool} asks for your permission").format(tool=asked.tool))
        self.add_words(self.tr("May Scrubjay do this?"))
        self.add_words(asked.why, "muted")
        exact = self.add_words(f"{asked.tool} {json.dumps(asked.arguments, ensure_ascii=False, indent=2)}")
        exact.setFont(theme.font(FONT_SMALL, fixed=True))
        refuse, allow = QPushButton(self.tr("Refuse"), self), QPushButton(self.tr("Allow"), self)
        refuse.setDefault(True)
        refuse.clicked.connect(lambda: self.decided.emit(asked.approval_id, False))
        allow.clicked.connect(lambda: self.decided.emit(asked.approval_id, True))
        self.add_buttons(refuse, allow)
