"""What the side sheet shows for the chat: what an answer had to do with memory."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.chat import words
from desktop.chat.turn import TurnData
from desktop.look.theme import Theme


class MemoriesView(QScrollArea):
    """What was recalled for an answer, and what was kept."""

    def __init__(self, turn: TurnData, theme: Theme) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(words.tr("What was remembered"))
        page = QWidget()
        page.setProperty("look", "surface")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        kept = [str(s.get("arguments", {}).get("text", "")) for s in turn.steps if s.get("tool") == "remember"]
        recalled = [f"“{' '.join(c.text.split())}”" for c in turn.citations if c.kind == "memory"]
        for title, texts in ((words.tr("Kept"), kept), (words.tr("Recalled"), recalled)):
            if texts:
                head = _label(page, title, "")
                head.setFont(theme.font(bold=True))
                layout.addWidget(head)
                for text in texts:
                    layout.addWidget(_label(page, text, ""))
        if not kept and not recalled:
            layout.addWidget(_label(page, words.tr("Nothing was kept or recalled for this answer."), "muted"))
        layout.addStretch(1)
        self.setWidget(page)


def _label(parent: QWidget, text: str, look: str) -> QLabel:
    found = QLabel(text, parent)
    found.setTextFormat(Qt.TextFormat.PlainText)
    found.setWordWrap(True)
    found.setProperty("look", look)
    found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return found
