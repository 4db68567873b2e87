"""An answer on the page: what was done in one folded line, the text, notes, and who gave it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.chat import words
from desktop.chat.body import AnswerBody
from desktop.chat.cards import ApprovalCard, ErrorCard, HandOverCard
from desktop.chat.turn import STRUCK_OUT, TurnData
from desktop.chat.view_turn import ActionRow, TurnView, label
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL

if TYPE_CHECKING:
    from engine.models_face import ModelEntry, SmallerPlan

_OBSERVATION_SHOWN = 600
_REASONING = re.compile(r"\A\s*<think>(.*?)(?:</think>\s*|\Z)", re.DOTALL)


def split_reasoning(text: str) -> tuple[str, str]:
    """What a reasoning model thought aloud, and its answer."""
    found = _REASONING.match(text)
    return (found[1].strip(), text[found.end() :]) if found else ("", text)


class Fold(QWidget):
    """A line that unfolds what is below it."""

    toggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.button = QPushButton(self)
        self.button.setProperty("look", "fold")
        self.button.setCheckable(True)
        self.button.setFont(theme.font(FONT_SMALL))
        self.button.toggled.connect(self._on_toggled)
        self.content: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(4))
        self._layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self._show_icon()

    def set_line(self, line: str, *, foldable: bool = True) -> None:
        """What the line says."""
        self.button.setText(line)
        self.button.setEnabled(foldable)
        state = self.tr("unfolded") if self.button.isChecked() else self.tr("folded")
        self.button.setAccessibleName(f"{line}, {state}" if foldable else line)

    def set_content(self, content: QWidget) -> None:
        """What is shown while it is unfolded."""
        if self.content is not None:
            self._layout.removeWidget(self.content)
            self.content.deleteLater()
        self.content = content
        self._layout.addWidget(content)
        content.setVisible(self.button.isChecked())

    def _on_toggled(self, unfolded: bool) -> None:
        self._show_icon()
        self.toggled.emit(unfolded)
        if self.content is not None:
            self.content.setVisible(unfolded)
        self.set_line(self.button.text())

    def _show_icon(self) -> None:
        self._theme.bind_icon(self.button, "down" if self.button.isChecked() else "right")
        side = self._theme.px(14)
        self.button.setIconSize(QSize(side, side))


class Steps(QFrame):
    """Each step with its thought, call, result and time."""

    def __init__(self, turn: TurnData, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        grid = QGridLayout(self)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(theme.px(12))
        row = 0
        for step in turn.steps:
            row = self._add(grid, row, step, theme)

    def _add(self, grid: QGridLayout, row: int, step: dict[str, object], theme: Theme) -> int:
        if not step.get("tool"):
            # The thought before the answer has a fold of its own.
            return row
        if thought := str(step.get("thought", "")).strip():
            grid.addWidget(_words(self, theme, thought, "muted"), row, 1, 1, 2)
            row += 1
        grid.addWidget(_words(self, theme, str(step.get("step", "")), "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
        call = _words(self, theme, words.step_line(step), "")
        # As it was called, for whoever looks closely.
        call.setToolTip(words.tip(f"{step['tool']} {json.dumps(step.get('arguments', {}), ensure_ascii=False)}"))
        grid.addWidget(call, row, 1)
        if "took_ms" in step:
            took = _words(self, theme, words.seconds(float(str(step["took_ms"]))), "muted")
            took.setWordWrap(False)
            grid.addWidget(took, row, 2, Qt.AlignmentFlag.AlignTop)
        if observation := str(step.get("observation", "")).strip():
            shown = observation[:_OBSERVATION_SHOWN] + ("…" if len(observation) > _OBSERVATION_SHOWN else "")
            look = "muted" if step.get("ok", True) else "danger"
            grid.addWidget(_words(self, theme, shown, look), row + 1, 1, 1, 2)
        return row + 2


class AnswerTurn(TurnView):
    """What Scrubjay answered, or is answering.

    Signals:
        approved(id, agreed): the person decided on a tool call.
        models_wanted: a hand-over card is shown; `offer_models` fills it.
        model_picked(source): a model was picked in it.
        smaller_wanted: a model crashed too often; `offer_smaller` says what can be used instead.
        smaller_picked(source, n_ctx): one of these was picked.
    """

    approved = Signal(str, bool)
    models_wanted = Signal()
    model_picked = Signal(str)
    smaller_wanted = Signal()
    smaller_picked = Signal(str, int)

    def __init__(self, data: TurnData, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(data, theme, parent)
        self._trace = Fold(theme, self)
        self._trace.toggled.connect(self._on_trace_toggled)
        self._reasoning = Fold(theme, self)
        self._reasoning_text = label(self._reasoning, theme)
        self._reasoning.set_content(self._reasoning_text)
        self._reasoning.toggled.connect(self._show_reasoning)
        self._reasoning.hide()
        self.body = AnswerBody(theme, self)
        self.body.cite_asked.connect(self.cite_asked)
        self.body.cite_pointed.connect(self.cite_pointed)
        self.body.link_asked.connect(self.link_asked)
        self._waiting = label(self, theme)
        self._notes = label(self, theme)
        self._cards: list[QWidget] = []
        self._models: list[ModelEntry] | None = None
        self._smaller: list[SmallerPlan] | None = None
        for widget in (self._trace, self._reasoning, self.body, self._waiting, self._notes):
            self._layout.addWidget(widget)
        self.row = ActionRow(self, theme)
        self.row.add("copy", "copy", self.tr("Copy the answer"))
        self.row.add("again", "again", self.tr("Try again"))
        self.row.add("branch", "branch", self.tr("Branch from here"))
        self.row.add("memories", "memory", self.tr("What was remembered"))
        self.row.chosen.connect(self.acted)
        self._layout.addWidget(self.row)
        self._shown: tuple[object, ...] = ()
        self._fed = 0
        self.refresh()

    # Growing

    def grow(self, text: str) -> None:
        """More of the answer came."""
        if not text:
            self._show_reasoning()
            self._waiting.hide()
        if not text or self.data.is_guide or self._reasoning_is_open():
            return
        answer = split_reasoning(self.data.text)[1]
        self.body.feed(answer[self._fed :])
        if not self._fed:
            self._show_reasoning()
        self._fed = len(answer)
        self._waiting.hide()

    def _reasoning_is_open(self) -> bool:
        text = self.data.text.lstrip()
        if not text.startswith("<think>"):
            # It may still become the mark.
            return len(text) < len("<think>") and "<think>".startswith(text)
        if "</think>" in text:
            return False
        self._show_reasoning()
        return True

    def refresh(self) -> None:
        """Show the data; the text is written anew only where it is another."""
        turn = self.data
        self._show_trace()
        self._show_reasoning()
        if turn.is_running:
            if not turn.text and self._fed:
                self.body.clear()
                self._fed = 0
            if turn.text and not self._fed:
                self.grow(turn.text)
        else:
            self._show_text()
        self._show_lines()
        self._show_cards()
        self._show_giver()
        super().refresh()

    def _show_text(self) -> None:
        turn = self.data
        shown = (turn.text, turn.citations, turn.is_guide)
        if shown == self._shown:
            return
        self._shown = shown
        answer = split_reasoning(turn.text)[1]
        if turn.is_guide:
            self.body.show_lines(answer, turn.citations)
        else:
            if self._fed:
                self.body.finish()
            self.body.show_whole(answer, max((c.number for c in turn.citations), default=0))
        self.body.setVisible(bool(answer))

    def _show_reasoning(self) -> None:
        aloud, answer = split_reasoning(self.data.text)
        reasoning = self.data.thought or aloud
        self._reasoning.setVisible(bool(reasoning))
        if not reasoning:
            return
        is_thinking = self.data.is_running and not answer
        self._reasoning.set_line(self.tr("Thinking…") if is_thinking else self.tr("Thought about it"))
        # It grows by every word; nobody sees it while it is folded.
        if self._reasoning.button.isChecked():
            self._reasoning_text.setText(reasoning)

    def _show_trace(self) -> None:
        line = words.trace_line(self.data)
        self._trace.setVisible(bool(line))
        if line:
            self._trace.set_line(line)
            if self._trace.button.isChecked():
                self._trace.set_content(Steps(self.data, self._theme, self._trace))

    def _on_trace_toggled(self, unfolded: bool) -> None:
        if unfolded:
            self._trace.set_content(Steps(self.data, self._theme, self._trace))

    def _show_lines(self) -> None:
        turn = self.data
        waiting = ""
        if turn.state == "waiting":
            waiting = self.why_waiting or self.tr("Answering…")
        elif turn.state == "live" and not (turn.text or turn.thought or words.trace_line(turn)):
            waiting = self.tr("Answering…")
        self._waiting.setText(waiting)
        self._waiting.setVisible(bool(waiting))
        notes = [*turn.notes, words.ending(turn)]
        if turn.was_handed_over and turn.model and turn.state == "complete":
            notes.append(self.tr("Answered now by {name}").format(name=words.giver(turn)))
        notes = [note for note in notes if note]
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))

    @property
    def why_waiting(self) -> str:
        """Why nobody answers yet, "" when somebody does; the list tells its turns."""
        return str(self.property("waits") or "")

    def _show_cards(self) -> None:
        for card in self._cards:
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = []
        turn = self.data
        if turn.error:
            self._add_error(turn)
        if turn.reason == "handed_over" and not turn.is_running and not turn.is_followed:
            over = HandOverCard(self._theme, self)
            over.picked.connect(self.model_picked)
            self._add_card(over)
            if self._models is None:
                # Later, because whoever fills it connects after this widget was made.
                self._models = []
                QTimer.singleShot(0, self.models_wanted.emit)
            over.offer(self._models)
        for asked in turn.asks:
            card = ApprovalCard(asked, self._theme, self)
            card.decided.connect(self.approved)
            self._add_card(card)
        if turn.is_running:
            return
        if turn.state in ("interrupted", "cancelled", "failed"):
            self._add_again(self.tr("Try again"), "chip")
        elif turn.is_repeated:
            button = self._add_again(self.tr("Answered before · ask again"), "link")
            button.setToolTip(self.tr("The same question had this answer before; nothing was generated this time."))

    def _add_error(self, turn: TurnData) -> None:
        card = ErrorCard(turn.error, self._theme, self)
        card.picked.connect(self.smaller_picked)
        self._add_card(card)
        if turn.reason == STRUCK_OUT and self._smaller is None:
            # Later, as above.
            self._smaller = []
            QTimer.singleShot(0, self.smaller_wanted.emit)
        card.offer(self._smaller or [])

    def _add_again(self, words: str, look: str) -> QPushButton:
        again = QPushButton(words, self)
        again.setProperty("look", look)
        again.clicked.connect(lambda: self.acted.emit("again"))
        self._cards.append(again)
        self._layout.insertWidget(self._layout.count() - 1, again, 0, Qt.AlignmentFlag.AlignLeft)
        return again

    def offer_models(self, models: list[ModelEntry]) -> None:
        """Models that are on this computer, for the hand-over card."""
        self._models = models
        for card in self._cards:
            if isinstance(card, HandOverCard):
                card.offer(models)

    def offer_smaller(self, plans: list[SmallerPlan]) -> None:
        """What can be used instead of the model that crashed."""
        self._smaller = plans
        for card in self._cards:
            if isinstance(card, ErrorCard):
                card.offer(plans)

    def _add_card(self, card: ErrorCard | HandOverCard | ApprovalCard) -> None:
        card.acted.connect(self.acted)
        self._cards.append(card)
        self._layout.insertWidget(self._layout.count() - 1, card)

    def _show_giver(self) -> None:
        turn = self.data
        if turn.is_running:
            self.row.said.setText("")
            self.row.show_only(set())
            return
        # Who answered now stands above already.
        is_told = turn.was_handed_over and turn.model and turn.state == "complete"
        parts = ["" if is_told else words.giver(turn), words.at_time(turn.created_ms)]
        if turn.left_computer:
            parts.append(self.tr("left this computer"))
        self.row.said.setText(" · ".join(part for part in parts if part))
        names = {"copy", "again", "memories"} if turn.text else {"again"}
        self.row.show_only(names | ({"branch"} if turn.id else set()))


def _words(parent: QWidget, theme: Theme, text: str, look: str) -> QLabel:
    found = label(parent, theme, look)
    found.setText(text)
    found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return found
