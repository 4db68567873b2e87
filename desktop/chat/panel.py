"""The chat panel: the turns of one chat, the field below them, the list of chats beside them.

The panel joins the parts and knows no engine: a `Conversation` holds the turns and runs the answer, `Writing` keeps
what is not sent yet, `TurnActions` does what is chosen on a turn, operations/chat.py asks the engine.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.chat import words
from desktop.chat.background import Background
from desktop.chat.chat_list import ChatList
from desktop.chat.composer import Composer
from desktop.chat.conversation import Conversation
from desktop.chat.greeting import Greeting
from desktop.chat.role_menu import RoleMenu
from desktop.chat.suggested import SuggestedQuestions
from desktop.chat.turn import TurnData
from desktop.chat.turn_actions import TurnActions
from desktop.chat.view_turns import TurnList
from desktop.chat.writing import Writing
from desktop.context import Context
from desktop.look.tokens import CHAT_WIDTH
from desktop.operations import chat as operations
from desktop.operations.chat import Question
from desktop.panels import Panel

if TYPE_CHECKING:
    from desktop.chat.find import Finder

# Pixels at 100 %: in a lower panel the message is one row.
LOW = 240


class ChatPanel(Panel):
    """Signals: source_asked(citations, index): a citation was clicked; the documents' side sheet shows it."""

    source_asked = Signal(list, int)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.chats = ChatList(context, self)
        self.column = self.chats.column
        self.background = Background(context, self.chats.model, self)
        self._build()
        self.turn_actions = TurnActions(self)
        self.writing = Writing(self)
        self.suggested = SuggestedQuestions(context, self.greeting, self)
        if context.state.get("chip_remembered"):
            self.greeting.set_remembered()
        self._connect()
        self._take_conversation(self._create())
        last = context.state.get("chat", "")
        if last:
            self.open_chat(last)

    # Building

    @cached_property
    def finder(self) -> Finder:
        """Find in this chat."""
        from desktop.chat.find import Finder  # Late: the first paint needs none.

        return Finder(self)

    def _find_again(self) -> None:
        if "finder" in self.__dict__:
            self.finder.again()

    def _build(self) -> None:
        theme = self.context.theme
        self.turns = TurnList(theme, self)
        self.turns.why_waiting = self._why_waiting
        self.greeting = Greeting(theme, self)
        self.stack = QStackedWidget(self)
        # The turns give way where the panel is low, what is written does not.
        self.stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.stack.addWidget(self.greeting)
        self.stack.addWidget(self.turns)
        self.composer = Composer(theme, self._keep_pasted, self)
        self.role = RoleMenu(self.context, self.composer.role)
        self._foot_row = QHBoxLayout()
        self._foot_row.addStretch(1)
        self._foot_row.addWidget(self.composer, 100)
        self._foot_row.addStretch(1)
        self.top = QVBoxLayout()
        layout = QVBoxLayout(self, spacing=0)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self.top)
        layout.addWidget(self.stack, 1)
        layout.addLayout(self._foot_row)
        self._on_theme_changed()

    def _connect(self) -> None:
        context, composer = self.context, self.composer
        composer.sent.connect(self.send)
        composer.stopped.connect(self.stop)
        composer.resized.connect(self.foot_moved)
        self.greeting.asked.connect(self._on_chip)
        self.turns.made.connect(self.turn_actions.listen)
        self.source_asked.connect(self.turn_actions.show_sources)
        self.composer.refused.connect(context.frame.say)
        self.turns.earlier_wanted.connect(lambda: self.conversation.load_earlier())
        self.chats.opened.connect(self.open_chat)
        self.chats.discarded.connect(self._on_discarded)
        self.chats.read.connect(self._show_horizon)
        context.bridge.opened.connect(self._on_opened)
        context.bridge.open_failed.connect(self._refresh_waiting)
        context.bridge.changed.connect(self._on_changed)
        context.theme.changed.connect(self._on_theme_changed)
        for id, act in {
            "chat.new": self.new_chat,
            "chat.composer": self.composer.edit.setFocus,
            "chat.attach": self.composer.choose_files,
            "chat.stop": self.stop,
            "chat.again": self.again,
            "chat.edit_last": self.writing.edit_last,
            "chat.rename": self.chats.rename,
            "chat.delete": lambda: self.chats.discard(self.chats.marked),
            "edit.copy_markdown": self.turn_actions.copy_markdown,
            "edit.find": lambda: self.finder.open(),
        }.items():
            context.actions[id].triggered.connect(lambda _=False, act=act: self._act(act))
        for keys, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step: self.turns.step(step))

    def _act(self, act: Any) -> None:
        """A command of the menus: bring the chat to the front first."""
        self.context.frame.open_panel("chat")
        act()

    # Which chat is in front

    def new_chat(self) -> None:
        """Begin a new chat."""
        self.writing.keep()
        self._take_conversation(self._create())
        self.composer.edit.setFocus()

    def open_chat(self, chat: str) -> None:
        """Bring a chat to the front."""
        if chat == self.conversation.chat:
            return
        self.writing.keep()
        found = self.background.get(chat) or self._create(chat)
        self._take_conversation(found)
        found.load()

    def show_turn(self, chat: str, turn: str) -> None:
        """Bring a turn of a chat to the front (search, notifications)."""
        self.open_chat(chat)
        self.turn_actions.show_when_loaded(turn)

    def _create(self, chat: str = "") -> Conversation:
        conversation = Conversation(self.context, chat, self)
        conversation.withdrawn.connect(lambda ids: self.turn_actions.offer_taking_back(conversation, ids))
        return conversation

    def _take_conversation(self, conversation: Conversation) -> None:
        old = getattr(self, "conversation", None)
        if old is not None:
            for signal in (old.reset, old.earlier_loaded, old.added, old.grew, old.updated, old.started, old.finished):
                signal.disconnect()
            if old.is_answering:
                self.background.keep(old)
            else:
                old.deleteLater()
        self.conversation = conversation
        self.background.give_back(conversation)
        self._listen(conversation)
        self.writing.end_editing()
        self._show_all()
        self.writing.restore()
        self.context.state.set("chat", conversation.chat or None)
        self.chats.show_current(conversation.chat)

    def _listen(self, conversation: Conversation) -> None:
        conversation.reset.connect(self._show_all)
        conversation.earlier_loaded.connect(self._on_earlier)
        conversation.added.connect(self._on_added)
        conversation.grew.connect(self._on_grew)
        conversation.updated.connect(self.turns.refresh)
        conversation.started.connect(self._on_started)
        conversation.finished.connect(self._on_finished)

    def _show_all(self) -> None:
        turns = self.conversation.turns
        self.turns.set_turns(turns)
        self.stack.setCurrentWidget(self.turns if turns or not self.conversation.loaded else self.greeting)
        self._show_state()
        if not turns:
            self.suggested.make_soon()
        self.turn_actions.show_wanted()
        self._find_again()

    # Asking

    def ask(self, text: str) -> None:
        """Ask in the chat that is in front."""
        self.suggested.stop()
        self.conversation.ask(Question(text, self.conversation.chat, (), self.role.role, self.role.memory))

    def _on_chip(self, question: str) -> None:
        if question == self.greeting.to_remember:
            self.context.state.set("chip_remembered", True)
            self.greeting.set_remembered()
        self.ask(question)
        # The chip is gone: what is typed next goes on here.
        self.composer.edit.setFocus()

    def send(self) -> None:
        """Send what is in the composer."""
        if self.conversation.is_answering:
            return
        self.suggested.stop()
        text, files, withdraw = self.composer.text, self.composer.files, self.writing.edited
        self.composer.clear()
        self.writing.end_editing()
        question = Question(text, self.conversation.chat, files, self.role.role, self.role.memory, withdraw)
        self.conversation.ask(question)
        self.writing.keep()

    def stop(self) -> None:
        """Stop the answer."""
        self.conversation.stop()

    def when_quiet(self, chat: str, act: Callable[[], None]) -> None:
        """Stop the answer of a chat, be it in front or not, and do something once it has ended."""
        found = (each for each in (self.conversation, *self.background.conversations) if each.chat == chat)
        conversation = next((each for each in found if each.is_answering), None)
        if conversation is None:
            act()
        else:
            conversation.finished.connect(lambda _: act(), Qt.ConnectionType.SingleShotConnection)
            conversation.stop()

    def again(self) -> None:
        """Ask the last question once more."""
        last = self.conversation.turns[-1] if self.conversation.turns else None
        if last is not None and last.role == "assistant":
            self.conversation.ask_again(last)

    # What happens

    def _on_earlier(self, n: int) -> None:
        self.turns.add_earlier(self.conversation.turns[:n])
        self.turn_actions.show_wanted()
        self._find_again()

    def _on_added(self, n: int) -> None:
        self.stack.setCurrentWidget(self.turns)
        self.turns.add(self.conversation.turns[-n:])
        self._show_state()
        self.context.frame.announce(self.tr("Answering"))

    def _on_grew(self, turn: TurnData, text: str) -> None:
        view = self.turns.view_of(turn)
        if view is not None:
            view.grow(text)

    def _on_started(self) -> None:
        self.context.state.set("chat", self.conversation.chat)
        self.chats.show_current(self.conversation.chat)
        self.chats.load_soon()

    def _on_finished(self, turn: TurnData) -> None:
        self._show_state()
        self.suggested.make_owed()
        if turn.error:
            self.context.frame.announce(turn.error, assertive=True)
        else:
            self.context.frame.announce(words.spoken(turn) or words.ending(turn))

    def _order_tabs(self) -> None:
        """Tab goes from the current turn to what is written, as they stand."""
        view = self.turns.view_of(self.turns.current) if self.turns.current is not None else None
        if view is not None:
            last: QWidget = view
            part = view.nextInFocusChain()
            while part is not view:
                # Qt leaves the order as it is behind what takes no focus.
                if part.focusPolicy() & Qt.FocusPolicy.TabFocus and view.isAncestorOf(part):
                    last = part
                part = part.nextInFocusChain()
            for widget in self.composer.tab_stops:
                QWidget.setTabOrder(last, widget)
                last = widget

    def _show_state(self) -> None:
        answering = self.conversation.is_answering
        self.composer.set_answering(answering)
        self.context.actions["chat.stop"].setEnabled(answering)
        self.context.actions["chat.again"].setEnabled(bool(self.conversation.turns) and not answering)

    def _why_waiting(self) -> str:
        bridge = self.context.bridge
        if bridge.problem is not None:
            return self.tr("This waits until Scrubjay can be opened.")
        is_ready = bridge.engine is not None and bridge.prepared.is_set()
        return "" if is_ready else self.tr("Waiting until Scrubjay is ready…")

    def _refresh_waiting(self) -> None:
        for turn in self.conversation.turns:
            if turn.is_running:
                self.turns.refresh(turn)

    def _on_opened(self) -> None:
        self._refresh_waiting()
        self.role.load()
        # What a turn is shown with: late, at the first paint there was none.
        importlib.import_module("desktop.chat.view_answer")
        self.suggested.make_soon()

    def _on_changed(self, what: str, id: str, how: str) -> None:
        if what == "chat" and id == self.conversation.chat:
            self.conversation.check()
        elif what in ("turn", "all") and how == "put":
            for each in (self.conversation, *self.background.conversations):
                each.reread(id)
        elif what == "document":
            self.suggested.make_soon()
        elif what == "model":
            self.turn_actions.ask_handed_over()

    def _on_discarded(self, chat: str, following: str) -> None:
        if chat == self.conversation.chat:
            if following and following != chat:
                self.open_chat(following)
            else:
                self.new_chat()

    def _show_horizon(self) -> None:
        """Say from where on the model sees this chat."""
        chat = self.chats.get(self.conversation.chat)
        self.turns.set_horizon(chat.visible_from if chat is not None else 0)

    def _keep_pasted(self, text: str) -> str:
        return operations.keep_pasted(self.context, text)

    # The frame

    def home(self) -> QWidget:
        """What is typed next goes on in the message."""
        return self.composer.edit

    def take_typed(self, event: QKeyEvent) -> bool:
        """Who types while the focus is on an answer or a row goes on writing."""
        return self.composer.take_typed(event)

    def kept_at_foot(self) -> int:
        """The message is never covered."""
        return self.height() - self.composer.y()

    def on_shown(self) -> None:
        """The panel came to the front: one may type at once."""
        if self.context.state.get("panel") == "chat" and not self.isAncestorOf(self.focusWidget() or self.window()):
            self.composer.edit.setFocus()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab: the parts of a turn come and go, so the order is made when it is asked for."""
        self._order_tabs()
        return super().focusNextPrevChild(forward)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is written takes a third of the panel at most."""
        super().resizeEvent(event)
        self.composer.set_low(self.height() < self.context.theme.px(LOW))
        self.composer.edit.room = self.height() // 3
        self.composer.edit.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc: first what is transient, then the answer; never the draft."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif "finder" in self.__dict__ and self.finder.bar.isVisible():
            self.finder.close()
        elif self.writing.edited:
            self.writing.end_editing()
            self.composer.clear()
        elif self.conversation.is_answering:
            self.stop()
        else:
            event.ignore()

    def _on_theme_changed(self) -> None:
        px = self.context.theme.px
        self.composer.setMaximumWidth(px(CHAT_WIDTH))
        self._foot_row.setContentsMargins(px(16), px(4), px(16), px(14))
        self.turns.rebuild()
