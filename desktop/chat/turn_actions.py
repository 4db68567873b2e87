"""What is chosen on a turn: copy, edit, try again, sources, links, memories, the menu."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from desktop.chat import words
from desktop.chat.turn import TurnData
from desktop.operations import chat as operations
from desktop.operations.memory import short

if TYPE_CHECKING:
    from desktop.chat.conversation import Conversation
    from desktop.chat.panel import ChatPanel
    from desktop.chat.popover import LinkCard, SourceCard
    from desktop.chat.view_turn import TurnView
    from desktop.models.panel import ModelsPanel
    from engine.chats import Chat
    from engine.events import Citation


class TurnActions(QObject):
    """Listens to the widgets of turns; what they open is made when it is asked for, after the first paint."""

    def __init__(self, panel: ChatPanel) -> None:
        super().__init__(panel)
        self._panel, self._context = panel, panel.context
        self._wanted = ""

    @cached_property
    def _source(self) -> SourceCard:
        from desktop.chat.popover import SourceCard

        return SourceCard(self._context.theme, self._panel)

    @cached_property
    def _link(self) -> LinkCard:
        from desktop.chat.popover import LinkCard

        return LinkCard(self._context.theme, self._panel)

    def listen(self, view: TurnView) -> None:
        """A widget was made for a turn."""
        from desktop.chat.view_answer import AnswerTurn

        view.acted.connect(lambda name: self.act(view.data, name))
        view.cite_asked.connect(lambda number: self.open_source(view.data, number))
        view.cite_pointed.connect(lambda number, rect: self.point(view.data, number, rect))
        view.link_asked.connect(lambda address: self._link.show_link(address))
        if isinstance(view, AnswerTurn):
            view.model_picked.connect(lambda source: operations.use_model(self._context, source))
            view.models_wanted.connect(lambda: operations.list_models(self._context, view.offer_models, owner=view))
            view.smaller_wanted.connect(lambda: operations.list_smaller(self._context, view.offer_smaller, owner=view))
            view.smaller_picked.connect(lambda source, n_ctx: self._use_smaller(view.data, source, n_ctx))
            view.approved.connect(lambda id, agreed: operations.approve(self._context, id, agreed))

    def act(self, turn: TurnData, name: str) -> None:
        """Do what was chosen."""
        match name:
            case "copy":
                QGuiApplication.clipboard().setText(turn.text)
                self._context.frame.say(self.tr("Copied."))
            case "copy_markdown":
                QGuiApplication.clipboard().setText(words.to_markdown([turn]))
                self._context.frame.say(self.tr("Copied."))
            case "edit":
                self._panel.writing.edit(turn)
            case "again":
                self._panel.conversation.ask_again(turn)
            case "branch":
                self.branch(turn)
            case "memories":
                self.show_memories(turn)
            case "model":
                self._context.frame.open_panel("models")
            case "server":
                self._models_panel().open_server_form()
            case "menu":
                self.show_menu(turn)

    def _models_panel(self) -> ModelsPanel:
        # The panel is of this class, which is not imported before it is shown.
        return cast("ModelsPanel", self._context.frame.open_panel("models"))

    def show_menu(self, turn: TurnData) -> None:
        """The actions of a turn as a menu, at the turn."""
        view = self._panel.turns.view_of(turn)
        if view is None:
            return
        menu = QMenu(view)
        menu.aboutToHide.connect(menu.deleteLater)
        entries = {"copy": self.tr("Copy"), "copy_markdown": self.tr("Copy as Markdown")}
        if turn.role == "user":
            entries["edit"] = self.tr("Edit and ask again")
        else:
            entries |= {"again": self.tr("Try again"), "memories": self.tr("What was remembered")}
        if turn.id and not turn.is_running:
            entries["branch"] = self.tr("Branch from here")
        for name, text in entries.items():
            menu.addAction(text, lambda name=name: self.act(turn, name))
        menu.popup(view.mapToGlobal(view.rect().topLeft() + view.rect().center() / 8))

    def branch(self, turn: TurnData) -> None:
        """Go on from a turn in a new chat; this one stays as it is."""
        chat = self._panel.conversation.chat

        def show(made: Chat) -> None:
            self._panel.open_chat(made.id)
            self._context.frame.offer(
                self.tr("This is a branch; the chat it came from is unchanged."),
                self.tr("Back to it"),
                lambda: self._panel.open_chat(chat),
            )

        operations.branch_chat(self._context, chat, turn.id, show)

    def copy_markdown(self) -> None:
        """Copy the whole chat as Markdown."""
        QGuiApplication.clipboard().setText(words.to_markdown(self._panel.conversation.turns))
        self._context.frame.say(self.tr("Copied the chat as Markdown."))

    # Sources, links, memories

    def open_source(self, turn: TurnData, number: int) -> None:
        """Show a citation in the side sheet."""
        index = next((i for i, c in enumerate(turn.citations) if c.number == number), None)
        if index is None:
            return
        self._source.hide()
        self._panel.source_asked.emit(list(turn.citations), index)

    def show_sources(self, citations: list[Citation], index: int) -> None:
        """Show citations in the side sheet, beginning with one of them."""
        # Late, because a source is shown long after the first paint.
        from desktop.operations.sources import open_source

        open_source(self._context, citations, index)

    def point(self, turn: TurnData, number: int, rect: QRect) -> None:
        """The pointer or the focus is on a citation; 0: it left."""
        citation = next((c for c in turn.citations if c.number == number), None)
        if citation is None:
            self._source.leave()
        else:
            # Late, because a source is shown long after the first paint.
            from desktop.operations.sources import warm

            warm(self._context)
            self._source.show_source(citation, rect)

    def show_memories(self, turn: TurnData) -> None:
        """What an answer recalled, and what was kept because of it."""
        from desktop.chat.sources import MemoriesView

        self._context.frame.show_sheet(MemoriesView(turn, self._context.theme), self.tr("What was remembered"))

    # Undo, hand-over

    def offer_taking_back(self, conversation: Conversation, ids: list[str]) -> None:
        """Turns were taken back for another try: they can be brought back."""
        chat, question = conversation.chat, conversation.last_question
        if conversation.is_asking_handed_over:
            self._say_asked_again(chat)
            return

        def undo() -> None:
            self._panel.when_quiet(chat, lambda: operations.reinstate_turns(self._context, chat, ids))

        sentence = self.tr("Replaced what was said before by “{question}”")
        self._context.frame.offer_undo(sentence.format(question=short(question.text if question else "")), undo)

    def _say_asked_again(self, chat: str) -> None:
        """Nobody clicked on this question: say that it is being answered, and where."""
        question = self._panel.conversation.last_question
        if question is None or getattr(self._context.frame, "panel", "") == "chat":
            return

        def show() -> None:
            self._context.frame.open_panel("chat")
            self._panel.open_chat(chat)

        sentence = self.tr("Your question is asked again: “{question}”").format(question=short(question.text))
        self._context.frame.offer(sentence, self.tr("Show"), show)

    def ask_handed_over(self) -> None:
        """Another model is there: the question that the guide handed over is asked again."""
        turns = self._panel.conversation.turns
        if turns and turns[-1].reason == "handed_over":
            operations.ask_which_model(self._context, self._on_model_known, owner=self)

    def _on_model_known(self, is_other: bool) -> None:
        conversation = self._panel.conversation
        last = conversation.turns[-1] if conversation.turns else None
        if is_other and last is not None and last.reason == "handed_over" and not conversation.is_answering:
            conversation.ask_again(last, handed_over=True)

    def _use_smaller(self, turn: TurnData, source: str, n_ctx: int) -> None:
        """Have questions go to less than what crashed, and ask the one that got no answer again."""
        conversation = self._panel.conversation

        def ask() -> None:
            if turn in conversation.turns and not conversation.is_answering:
                conversation.ask_again(turn)

        operations.use_smaller(self._context, source, n_ctx, ask)

    # Places

    def show_when_loaded(self, turn: str) -> None:
        """Go to a turn, now or when it has been read."""
        self._wanted = turn
        self.show_wanted()

    def show_wanted(self) -> None:
        """Go to the turn that is waited for, reading what is before until it is there."""
        conversation = self._panel.conversation
        if not self._wanted or not conversation.loaded:
            return
        found = next((turn for turn in conversation.turns if turn.id == self._wanted), None)
        if found is not None:
            self._wanted = ""
            self._panel.turns.go_to(found, focus=True)
        elif conversation.has_earlier:
            conversation.load_all()
        else:
            self._wanted = ""
