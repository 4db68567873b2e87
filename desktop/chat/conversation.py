"""One chat while the window shows it or while it answers: its turns, and the run that adds to them.

It knows no widget. A conversation that answers goes on when another chat is in front; what it signals then
nobody hears, and the view that comes back finds the turns as they are.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge import Job
from desktop.chat.turn import TurnData, from_turn
from desktop.context import Context
from desktop.errors import sentence_of
from desktop.operations import chat as operations
from desktop.operations.chat import Question

if TYPE_CHECKING:
    from engine.chats import Turn
    from engine.events import Event

# Turns that are fetched at once; a screen holds about ten.
PAGE = 40
# Forgetting goes over many turns one after the other: they are read again so long after the last of them.
REREAD_MS = 50


class Conversation(QObject):
    """Turns of a chat, newest at the end.

    Signals:
        reset: other turns than before; read `turns` again.
        earlier_loaded(n): n turns came in front.
        added(n): n turns came at the end.
        grew(turn, text): an answer got more text; "" is more of the thought before it.
        updated(turn): something else of a turn changed.
        started: the id of the chat is known now.
        finished(turn): an answer ended, however it did.
        withdrawn(ids): turns were taken back for a new question; `reinstate` brings them back.
    """

    reset = Signal()
    earlier_loaded = Signal(int)
    added = Signal(int)
    grew = Signal(object, str)
    updated = Signal(object)
    started = Signal()
    finished = Signal(object)
    withdrawn = Signal(list)

    def __init__(self, context: Context, chat: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.chat = chat
        self.turns: list[TurnData] = []
        self.loaded = not chat
        self.has_earlier = bool(chat)
        self._loading = self._is_stale = self._is_learning = False
        self._job: Job | None = None
        self._answer: TurnData | None = None
        self._begun_s = 0.0
        self._question: Question | None = None
        # Ids of turns that may say something else by now.
        self._touched: set[str] = set()
        self._rereading = QTimer(self, singleShot=True, interval=REREAD_MS, timeout=self._on_reread)

    # Reading

    def load(self) -> None:
        """Read the last turns."""
        if self.chat and not self._loading and self._job is None:
            self._loading = True
            self._fetch(None, self._on_loaded)

    def load_earlier(self) -> None:
        """Read the turns before the first one that is here."""
        if self.has_earlier and self.loaded and not self._loading and self.turns and self.turns[0].position > 0:
            self._loading = True
            self._fetch(self.turns[0].position, self._on_earlier)

    def load_all(self) -> None:
        """Read all turns before the first one that is here."""
        if self.has_earlier and self.loaded and not self._loading and self.turns and self.turns[0].position > 0:
            self._loading = True
            self._fetch(self.turns[0].position, self._on_earlier, limit=self.turns[0].position)

    def check(self) -> None:
        """Something of this chat changed, perhaps in another process: read it again if it is not as it is here."""
        is_open = self._context.bridge.engine is not None
        # What is read just now may be older than the change.
        self._is_stale = self._loading
        if self._is_learning:
            self._is_stale = True
        elif is_open and not self.is_answering and self.loaded and not self._loading:
            self._fetch(None, self._compare, limit=2)

    def _compare(self, turns: list[Turn]) -> None:
        kept = [turn for turn in self.turns if turn.is_kept]
        mine = [(turn.id, turn.state) for turn in kept[-len(turns) :]] if turns else []
        if self.is_answering or self._is_learning or any(not id for id, _ in mine):
            return
        if mine != [(t.id, from_turn(t).state) for t in turns] or (kept and not turns):
            self.load()

    def reread(self, turn_id: str = "") -> None:
        """A turn ("" any) was written anew: words that were forgotten for good are not shown here any longer."""
        touched = {turn.id for turn in self.turns if turn.id and turn_id in ("", turn.id)}
        if touched:
            self._touched |= touched
            self._rereading.start()

    def _on_reread(self) -> None:
        if self.is_answering or self._is_learning or self._loading or self._context.bridge.engine is None:
            # The end of that begins it again.
            return
        places = [turn.position for turn in self.turns if turn.id in self._touched and turn.position >= 0]
        self._touched.clear()
        if places:
            self._fetch(max(places) + 1, self._take_words, limit=max(places) - min(places) + 1)

    def _take_words(self, turns: list[Turn]) -> None:
        stored = {turn.id: from_turn(turn) for turn in turns}
        for turn in self.turns:
            new = stored.get(turn.id)
            if new is None or turn.is_running or new.is_running:
                continue
            if turn.text != new.text:
                # What only this window heard may say the same.
                turn.notes = []
            elif (turn.citations, turn.steps) == (new.citations, new.steps):
                continue
            turn.text, turn.citations, turn.steps = new.text, new.citations, new.steps
            self.updated.emit(turn)

    def reload(self) -> None:
        """Read the last turns again: they were changed elsewhere."""
        self.load()

    def _fetch(self, before: int | None, done: Any, limit: int = PAGE) -> None:
        operations.load_turns(self._context, self.chat, before, limit, done, failed=self._on_not_loaded, owner=self)

    def _on_loaded(self, turns: list[Turn]) -> None:
        self._loading = False
        if self.loaded and self.is_answering:
            # What was asked meanwhile is not in it; read again when it is answered.
            self._is_stale = True
            return
        self.loaded = True
        known = {turn.id: turn for turn in self.turns}
        # What could not be kept stays in sight as long as the chat is here.
        stored = {turn.id for turn in turns}
        here = [turn for turn in self.turns if not turn.is_kept or (self.is_answering and turn.id not in stored)]
        self.turns = [from_turn(turn) for turn in turns] + here
        for turn in self.turns:
            # What only this window heard.
            old = known.get(turn.id)
            if old is not None:
                turn.error = old.error or turn.error
                turn.notes, turn.was_handed_over = old.notes, old.was_handed_over
        self.has_earlier = len(turns) == PAGE
        self.reset.emit()
        if self._touched:
            self._rereading.start()
        if self._is_stale:
            self.check()

    def _on_earlier(self, turns: list[Turn]) -> None:
        self._loading = False
        self.turns[:0] = [from_turn(turn) for turn in turns]
        self.has_earlier = len(turns) >= PAGE and self.turns[0].position > 0
        self.earlier_loaded.emit(len(turns))

    def _on_not_loaded(self, error: Exception) -> None:
        self._loading = self._is_learning = False
        self._context.frame.show_error(error, self.load)

    # Asking

    @property
    def is_answering(self) -> bool:
        return self._job is not None

    @property
    def is_asking_handed_over(self) -> bool:
        """Whether it asks again by itself what the guide had handed over."""
        return self._answer is not None and self._answer.was_handed_over

    @property
    def last_question(self) -> TurnData | None:
        """The person's last turn."""
        return next((turn for turn in reversed(self.turns) if turn.role == "user"), None)

    def ask(self, question: Question) -> None:
        """Ask in this chat; a turn to withdraw goes with all after it."""
        if self.is_answering:
            return
        if question.withdraw:
            self._drop_from(question.withdraw)
        user = TurnData("user", question.text, files=question.files)
        self._answer = TurnData("assistant", state="waiting")
        self.turns += [user, self._answer]
        self._begun_s = time.monotonic()
        self._question = question
        self._job = operations.ask(
            self._context,
            question,
            self._on_event,
            taken_back=self.withdrawn.emit,
            done=lambda: None,
            failed=self._on_failed,
            owner=self,
        )
        self._job.ended.connect(self._on_ended)
        self.added.emit(2)

    def ask_again(self, answer: TurnData, *, handed_over: bool = False) -> None:
        """Ask the question before an answer once more; the old pair is taken back.

        Args:
            handed_over: because another model is there now; the answer says so.
        """
        index = self.turns.index(answer)
        if index == 0 or self.turns[index - 1].role != "user":
            return
        user = self.turns[index - 1]
        if not user.is_kept:
            # The store knows nothing of it that could be taken back.
            del self.turns[index - 1 :]
            self.reset.emit()
        self.ask(Question(user.text, self.chat, user.files, withdraw=user.id if user.is_kept else ""))
        assert self._answer is not None, "a question was asked"
        self._answer.was_handed_over = handed_over

    def stop(self) -> None:
        """Stop the answer; what was said stays."""
        if self._job is not None:
            self._job.cancel()

    def _drop_from(self, turn_id: str) -> None:
        index = next((i for i, turn in enumerate(self.turns) if turn.id == turn_id), None)
        if index is not None:
            del self.turns[index:]
            self.reset.emit()

    def _on_event(self, event: Event) -> None:
        answer = self._answer
        if answer is None:
            return
        handler = getattr(self, f"_on_{event.name}", None)
        if handler is not None:
            handler(answer, event)

    def _on_run_started(self, answer: TurnData, event: Any) -> None:
        answer.id, answer.model, answer.state = event.turn_id, event.model, "live"
        # Until its end says so for sure: this is how the guide is named everywhere.
        answer.is_guide = event.model == "guide"
        # Known from now on: the question may be edited or asked again before the chat is read anew.
        # But the turns may have been read anew meanwhile, and are others.
        at = next((i for i, turn in enumerate(self.turns) if turn is answer), 0)
        if at:
            self.turns[at - 1].id = event.user_turn_id
        if not self.chat:
            self.chat = event.chat_id
            self.started.emit()
        self.updated.emit(answer)

    def _on_tool_called(self, answer: TurnData, event: Any) -> None:
        call = {"step": event.step, "tool": event.tool, "arguments": event.arguments}
        if answer.steps and answer.steps[-1]["step"] == event.step:
            # It has been thought about already.
            answer.steps[-1].update(call)
        else:
            answer.steps.append(call)
        self.updated.emit(answer)

    def _on_tool_returned(self, answer: TurnData, event: Any) -> None:
        answer.asks.clear()
        result = {"observation": event.observation, "ok": event.ok, "took_ms": event.took_ms}
        for step in reversed(answer.steps):
            if step["step"] == event.step:
                step.update(result)
                break
        # What the model said before a call was not the answer.
        answer.text = ""
        self.updated.emit(answer)

    def _on_thought_streamed(self, answer: TurnData, event: Any) -> None:
        if not answer.steps or answer.steps[-1].get("step") != event.step:
            answer.steps.append({"step": event.step, "thought": ""})
        step = answer.steps[-1]
        step["thought"] = step.get("thought", "") + event.text
        self.grew.emit(answer, "")

    def _on_approval_requested(self, answer: TurnData, event: Any) -> None:
        answer.asks.append(event)
        self.updated.emit(answer)

    def _on_token_generated(self, answer: TurnData, event: Any) -> None:
        answer.text += event.text
        self.grew.emit(answer, event.text)

    def _on_note_added(self, answer: TurnData, event: Any) -> None:
        answer.notes.append(event.text)
        if event.kind == "unkept":
            answer.is_kept = False
            at = self.turns.index(answer) if answer in self.turns else 0
            if at:
                self.turns[at - 1].is_kept = False
        self.updated.emit(answer)

    def _on_run_finished(self, answer: TurnData, event: Any) -> None:
        answer.text, answer.citations, answer.reason = event.answer, event.citations, event.reason
        answer.model, answer.is_guide, answer.state = event.model, event.model_kind == "guide", "complete"
        answer.is_repeated = event.repeated

    def _on_run_failed(self, answer: TurnData, event: Any) -> None:
        answer.text, answer.error, answer.state = event.partial, event.sentence, "failed"
        answer.reason = event.kind

    def _on_failed(self, error: Exception) -> None:
        if self._answer is not None:
            self._answer.error, self._answer.state = sentence_of(error), "failed"
            self._answer.reason = getattr(error, "kind", "")

    def _on_ended(self) -> None:
        """The run is over: finished, failed, or stopped in the middle."""
        answer, self._answer, self._job = self._answer, None, None
        if answer is None:
            return
        if answer.is_running:
            answer.state = answer.reason = "cancelled"
        answer.asks.clear()
        answer.took_ms = (time.monotonic() - self._begun_s) * 1000
        self.updated.emit(answer)
        self.finished.emit(answer)
        # The window may be closing: then nothing is asked any more.
        if self.chat and self._context.bridge.engine is not None:
            self._is_learning = True
            self._fetch(None, self._learn, limit=2)
        self._context.bridge.changed.emit("chat", self.chat, "changed")

    def _learn(self, turns: list[Turn]) -> None:
        """Take over what only the store knows of the last turns: ids, places, times, who answered."""
        self._is_learning = False
        mine = self.turns[-2:]
        earlier = {turn.id for turn in self.turns[:-2]}
        is_theirs = [t.role for t in turns] == [t.role for t in mine] and all(
            turn.id in ("", stored.id) and stored.id not in earlier for turn, stored in zip(mine, turns, strict=True)
        )
        if is_theirs:
            self._take_over(mine, turns)
        elif not self.is_answering:
            for turn in mine:
                # A run that failed before it was told its ids, and before anything of it was stored.
                turn.is_kept &= bool(turn.id)
        if self._touched:
            self._rereading.start()
        if self._is_stale:
            self._is_stale = False
            self.check()

    def _take_over(self, mine: list[TurnData], turns: list[Turn]) -> None:
        for turn, stored in zip(mine, map(from_turn, turns), strict=True):
            turn.id, turn.position, turn.created_ms = stored.id, stored.position, stored.created_ms
            turn.source, turn.is_guide, turn.n_context = stored.source, stored.is_guide, stored.n_context
            turn.model = stored.model or turn.model
            # As it will stand there when the chat is opened again.
            turn.took_ms = stored.took_ms or turn.took_ms
            self.updated.emit(turn)
