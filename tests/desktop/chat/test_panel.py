import asyncio

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from desktop.app import open_engine
from desktop.chat import words
from desktop.chat.cards import HandOverCard
from desktop.chat.model import ANSWERED, ANSWERING, MARK_ROLE
from desktop.chat.prose import ProseView
from desktop.chat.view_answer import AnswerTurn
from desktop.models.server_form import ServerForm
from desktop.operations import chat as operations
from engine.events import ApprovalRequested, Citation
from tests.desktop.walk import tab_order


def answer_view(panel) -> AnswerTurn:
    return panel.turns.view_of(panel.conversation.turns[-1])


def test_a_chip_of_the_greeting_is_asked_for_real(panel, until):
    panel.greeting.chips[2].click()
    until(lambda: not panel.conversation.is_answering)
    assert panel.stack.currentWidget() is panel.turns
    assert "I will remember" in panel.conversation.turns[-1].text


def test_what_is_remembered_is_recalled_with_its_source(panel, ask, window):
    ask("Remember that my sister's birthday is 3 May")
    ask("When is my sister's birthday?")
    turn = panel.conversation.turns[-1]
    assert turn.citations[0].kind == "memory"
    assert "3 sources" not in answer_view(panel).accessibleName()
    assert "from Guide" in answer_view(panel).accessibleName()
    panel.turn_actions.open_source(turn, turn.citations[0].number)
    assert window.sheet.isVisible()


def test_a_question_waits_until_the_engine_is_open(make_window, until):
    window = make_window(engine=False)
    panel = window.open_panel("chat")
    panel.composer.set_text("What is 3 * 14?")
    QTest.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    assert panel.conversation.is_answering
    assert "Waiting" in answer_view(panel)._waiting.text()
    open_engine(window)
    until(lambda: not panel.conversation.is_answering)
    assert "42" in panel.conversation.turns[-1].text


def test_the_guide_hands_over_and_the_question_is_asked_again_with_the_next_model(panel, ask, script, until, window):
    ask("Write me a poem about autumn")
    until(lambda: isinstance(answer_view(panel), AnswerTurn) and answer_view(panel).findChild(HandOverCard))
    until(lambda: not panel.conversation.is_answering)
    script(["Answer: Leaves fall."], name="Qwen3")
    panel.turn_actions._on_model_known(True)
    until(lambda: not panel.conversation.is_answering)
    until(lambda: all(turn.id for turn in panel.conversation.turns))
    assert [turn.role for turn in panel.conversation.turns] == ["user", "assistant"]
    assert panel.conversation.turns[-1].text == "Leaves fall."
    assert "Answered now by Qwen3" in answer_view(panel)._notes.text()
    assert "Qwen3" not in answer_view(panel).row.said.text()


def test_what_the_guide_says_beside_handing_over_is_shown(panel, ask):
    """What it keeps first, and above all where to turn to in danger."""
    ask("My accountant takes 85 an hour. Write me a poem about it")
    view = answer_view(panel)
    assert panel.conversation.turns[-1].reason == "handed_over"
    shown = "\n".join(part.toPlainText() for part in view.body.findChildren(ProseView))
    assert "85 an hour" in shown
    assert "choose a model" in shown
    assert view.body.isVisible()


def test_only_the_last_question_that_was_handed_over_offers_a_model(panel, ask, until):
    ask("Write me a poem about autumn")
    first = panel.conversation.turns[-1]
    until(lambda: panel.turns.view_of(first).findChild(HandOverCard))
    ask("What is 3 * 14?")
    until(lambda: not panel.turns.view_of(first).findChild(HandOverCard))
    assert "choose a model" in "".join(p.toPlainText() for p in panel.turns.view_of(first).body.findChildren(ProseView))
    ask("Write me a poem about winter")
    until(lambda: answer_view(panel).findChild(HandOverCard))


def test_stop_keeps_what_was_said(panel, script, until, run):
    gate = asyncio.Event()
    said = []

    async def pace() -> None:
        said.append(1)
        if len(said) > 20:
            await gate.wait()

    script(["Answer: " + "word " * 100], pace=pace)
    panel.ask("Talk")
    until(lambda: len(said) > 20)
    panel.composer._send.click()
    until(lambda: not panel.conversation.is_answering)
    turn = panel.conversation.turns[-1]
    assert turn.state == "cancelled"
    assert turn.text.startswith("word word")
    assert "Stopped" in answer_view(panel)._notes.text()
    assert any(b.text() == "Try again" for b in answer_view(panel).findChildren(QPushButton))


def test_an_error_is_said_in_place_with_a_way_on(panel, script, ask):
    script([])
    ask("Anything")
    assert panel.conversation.turns[-1].state == "failed"
    assert panel.conversation.turns[-1].error
    script(["Answer: Now."])
    panel.again()
    assert len(panel.conversation.turns) == 2


def test_the_last_message_is_edited_and_can_be_taken_back(panel, script, ask, until, window):
    script(["Answer: one", "Answer: two"])
    ask("First question")
    QTest.keyClick(panel.composer.edit, Qt.Key.Key_Up)
    assert panel.composer.text == "First question"
    panel.composer.set_text("Second question")
    QTest.keyClick(panel.composer.edit, Qt.Key.Key_Return)
    until(lambda: not panel.conversation.is_answering)
    until(lambda: all(turn.id for turn in panel.conversation.turns))
    assert [turn.text for turn in panel.conversation.turns] == ["Second question", "two"]
    QApplication.instance().focusWidget().clearFocus()
    window.actions_["edit.undo"].trigger()
    until(lambda: [turn.text for turn in panel.conversation.turns] == ["First question", "one"])


def test_escape_ends_editing_and_then_stops_but_keeps_a_draft(panel, script, ask):
    script(["Answer: one"])
    ask("Question")
    panel.writing.edit_last()
    QTest.keyClick(panel.composer.edit, Qt.Key.Key_Escape)
    assert panel.composer.text == ""
    panel.composer.set_text("a draft")
    QTest.keyClick(panel.composer.edit, Qt.Key.Key_Escape)
    assert panel.composer.text == "a draft"


def test_an_answer_goes_on_while_another_chat_is_in_front(panel, script, until, window):
    gate = asyncio.Event()

    async def pace() -> None:
        await gate.wait()

    script(["Answer: late"], pace=pace)
    panel.ask("Question")
    until(lambda: panel.conversation.chat)
    first = panel.conversation.chat
    panel.new_chat()
    assert panel.conversation.turns == []
    model, line = panel.chats.model, window.status_line
    until(lambda: model.row_of(first) >= 0)
    assert model.index(model.row_of(first)).data(MARK_ROLE) == ANSWERING
    assert line._work.text() == "Answering “Question”"
    gate.set()
    until(lambda: not panel.background.conversations)
    assert model.index(model.row_of(first)).data(MARK_ROLE) == ANSWERED
    assert not window.bridge.jobs
    panel.open_chat(first)
    until(lambda: panel.conversation.turns)
    assert panel.conversation.turns[-1].text == "late"
    assert model.index(model.row_of(first)).data(MARK_ROLE) == ""


def test_a_chat_is_renamed_found_thrown_away_and_taken_back(panel, script, ask, until, window):
    script(["Answer: The boiler is old."])
    ask("How old is it?")
    model, chat = panel.chats.model, panel.conversation.chat
    until(lambda: model.row_of(chat) >= 0)
    assert model.index(0).data() == "Today"
    model.setData(model.index(model.row_of(chat)), "Heating")
    until(lambda: panel.chats.get(chat).title == "Heating")
    panel.chats.column.search.setText("boiler")
    until(lambda: model.row_of(chat) >= 0)
    panel.chats.column.search.clear()
    panel.chats.discard(chat)
    until(lambda: model.row_of(chat) < 0)
    assert panel.conversation.chat == ""
    window.actions_["edit.undo"].trigger()
    until(lambda: model.row_of(chat) >= 0)


def test_find_counts_and_walks_the_places(panel, script, ask):
    script(["Answer: The *boiler* hums.\n\nAnother boiler hums too.", "Answer: Silence."])
    ask("Where is the boiler?")
    ask("And now?")
    panel.finder.open()
    panel.finder.bar.field.setText("boiler")
    QTest.keyClick(panel.finder.bar.field, Qt.Key.Key_Return)
    assert len(panel.finder._places) == 3
    assert panel.finder.bar.count.text() == "3 of 3"
    panel.finder.step(1)
    assert panel.finder.bar.count.text() == "1 of 3"
    assert panel.turns.current is panel.conversation.turns[0]
    QTest.keyClick(panel.finder.bar.field, Qt.Key.Key_Escape)
    assert not panel.finder.bar.isVisible()


def test_reasoning_is_folded(panel, script, ask):
    script(["Answer: <think>Let me see.</think>It is **42**."])
    ask("How much?")
    view = answer_view(panel)
    assert view._reasoning.isVisible()
    assert not view._reasoning_text.isVisible()
    assert view.body.views[0].toPlainText() == "It is 42."


@pytest.mark.parametrize(
    "said", ["<think>Let me see.</think>Answer: It is **42**.", "Thought: Let me see.\nAnswer: It is **42**."]
)
def test_what_was_thought_before_the_answer_is_folded_and_kept(panel, script, ask, until, said):
    script([said])
    ask("How much?")

    def unfolded() -> str:
        view = answer_view(panel)
        assert not view._reasoning_text.isVisible()
        assert view._reasoning.button.text() == "Thought about it"
        view._reasoning.button.click()
        assert view._reasoning_text.isVisible()
        assert view.body.views[0].toPlainText() == "It is 42."
        assert not view._trace.isVisible()
        return view._reasoning_text.text()

    assert unfolded() == "Let me see."
    chat = panel.conversation.chat
    panel.new_chat()
    panel.open_chat(chat)
    until(lambda: panel.conversation.turns)
    assert unfolded() == "Let me see."


def test_an_answer_that_is_thought_about_says_so(panel, script, until):
    gate = asyncio.Semaphore(20)
    script(["<think>" + "Let me see. " * 40 + "</think>Answer: It is 42."], pace=gate.acquire)
    panel.ask("How much?")
    until(lambda: panel.conversation.turns and panel.conversation.turns[-1].thought)
    view = answer_view(panel)
    assert view._reasoning.button.text() == "Thinking…"
    assert not view._waiting.isVisible()
    view._reasoning.button.click()
    begun = len(view._reasoning_text.text())
    for _ in range(200):
        gate.release()
    until(lambda: len(view._reasoning_text.text()) > begun)
    until(lambda: not panel.conversation.is_answering)
    assert view._reasoning.button.text() == "Thought about it"


def test_the_steps_unfold(panel, script, ask):
    script(['Thought: I look.\nAction: calculator {"expression": "3 * 14"}', "Answer: It is 42."])
    ask("How much is it?")
    view = answer_view(panel)
    assert view._trace.button.text().startswith("Calculated · 1 step · ")
    view._trace.button.click()
    assert view._trace.content.isVisible()


def test_a_tool_call_waits_for_the_person(panel, until):
    panel.ask("What is 3 * 14?")
    turn = panel.conversation.turns[-1]
    asked = ApprovalRequested("r", 1, "a1", "send_mail", {"to": "x@example.org"}, "It sends something away.")
    panel.conversation._on_approval_requested(turn, asked)
    buttons = {b.text(): b for b in answer_view(panel).findChildren(QPushButton)}
    decided = []
    answer_view(panel).approved.connect(lambda id, agreed: decided.append((id, agreed)))
    assert buttons["Refuse"].isDefault()
    buttons["Allow"].click()
    assert decided == [("a1", True)]
    until(lambda: not panel.conversation.is_answering)


def test_the_end_of_an_answer_is_announced_once(panel, script, ask, window, monkeypatch):
    said = []
    monkeypatch.setattr(window, "announce", lambda sentence, **how: said.append((sentence, how)))
    script(["Answer: " + "word " * 300])
    ask("Talk")
    assert said[0] == ("Answering", {})
    assert len(said) == 2
    assert said[1][0].startswith("word word")
    assert len(said[1][0]) <= 510


def test_a_citation_goes_to_whoever_shows_sources(panel, ask):
    ask("Remember that the boiler is from 2004")
    ask("When was the boiler made?")
    turn = panel.conversation.turns[-1]
    shown = []
    panel.source_asked.connect(lambda citations, index: shown.append((citations[index].kind, index)))
    panel.turn_actions.open_source(turn, turn.citations[0].number)
    assert shown == [("memory", 0)]


def test_turns_of_a_long_chat_are_read_by_pages(panel, window, run, until):
    from engine.chats import Turn

    chats = window.bridge.engine._service.chats
    chat = run(chats.create("Long"))
    turns = [Turn(f"t{n:04}", chat.id, "user" if n % 2 == 0 else "assistant", f"Turn {n}") for n in range(200)]
    run(chats.append(chat.id, *turns))
    panel.open_chat(chat.id)
    until(lambda: panel.conversation.turns)
    assert len(panel.conversation.turns) == 40
    panel.turns.verticalScrollBar().setValue(0)
    until(lambda: len(panel.conversation.turns) == 80)
    panel.show_turn(chat.id, "t0003")
    until(lambda: panel.turns.current is not None and panel.turns.current.id == "t0003")


def test_find_counts_what_stands_on_the_page_and_not_what_was_written(panel, script, ask):
    script(["Answer: Use `my_file_name` and **a * b** here.\n\n| one | two |\n|---|---|\n| x_y | z |"])
    ask("find my_file_name or a * b and `code` end")
    for text, places in {"my_file": 2, "a * b": 2, "`code`": 1, "`my": 0, "x_y": 1, "and a": 1}.items():
        panel.finder.search(text)
        assert len(panel.finder._places) == places, text


def test_the_time_of_an_answer_is_the_same_after_the_chat_was_left_and_opened_again(panel, ask, until):
    ask("What is 3 * 14?")
    until(lambda: panel.conversation.turns[-1].position >= 0)
    line, chat = words.trace_line(panel.conversation.turns[-1]), panel.conversation.chat
    panel.new_chat()
    panel.open_chat(chat)
    until(lambda: panel.conversation.turns)
    assert words.trace_line(panel.conversation.turns[-1]) == line != ""


def test_an_interrupted_turn_says_so(panel, window, run, until):
    from engine.chats import Turn

    chats = window.bridge.engine._service.chats
    chat = run(chats.create("Cut"))
    run(
        chats.append(
            chat.id, Turn("u", chat.id, "user", "Q"), Turn("a", chat.id, "assistant", "Ha", state="interrupted")
        )
    )
    panel.open_chat(chat.id)
    until(lambda: panel.conversation.turns)
    assert "interrupted" in answer_view(panel)._notes.text()


def test_an_answer_whose_end_was_never_saved_can_be_asked_for_again(panel, window, run, until):
    from engine.chats import Turn

    chats = window.bridge.engine._service.chats
    chat = run(chats.create("Full"))
    run(
        chats.append(chat.id, Turn("u", chat.id, "user", "Q"), Turn("a", chat.id, "assistant", "Ha", state="streaming"))
    )
    panel.open_chat(chat.id)
    until(lambda: panel.conversation.turns)
    assert not panel.conversation.turns[-1].is_running
    assert [b.text() for b in answer_view(panel)._cards if isinstance(b, QPushButton)] == ["Try again"]


def test_every_part_that_takes_the_focus_has_a_name(panel, ask):
    ask("What is 3 * 14?")
    panel.turns.step(-1)
    takes_focus = [
        w for w in panel.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    unnamed = [w for w in takes_focus if not (w.accessibleName() or getattr(w, "text", str)())]
    assert takes_focus
    assert unnamed == []


@pytest.mark.parametrize("zoom", [100, 200])
def test_the_panel_keeps_its_parts_in_a_small_window(make_window, until, zoom):
    window = make_window(zoom=zoom)
    window.resize(720, 480)
    panel = window.open_panel("chat")
    until(lambda: panel.composer.height() > 0 and panel.width() > 0)
    assert panel.rect().contains(panel.composer.geometry())
    assert panel.composer.rect().contains(panel.composer._send.geometry())


def test_questions_from_headings_replace_the_first_chips(panel):
    panel.greeting.set_suggested(["What is a heading?"])
    assert [chip.text() for chip in panel.greeting.chips] == ["What is a heading?"]
    panel.greeting.set_suggested([])
    assert len(panel.greeting.chips) == 3


def test_operations_need_no_view(window, run, until):
    found = []
    operations.list_roles(window.context, found.append, owner=window)
    until(lambda: found)
    assert "assistant" in found[0]


def test_tab_goes_from_the_current_turn_to_what_is_written(panel, ask, window, until):
    ask("What is 3 * 14?")
    window.activateWindow()
    until(window.isActiveWindow)
    view = answer_view(panel)
    order = tab_order(window, view)
    assert order[0] is view
    after = [widget for widget in order if not (widget is view or view.isAncestorOf(widget))]
    assert after[0] is panel.composer.edit
    inside = [view.isAncestorOf(widget) for widget in order]
    assert sum(inside) >= 5
    assert all(inside[: sum(inside)])


def test_tooltips_show_foreign_words_as_they_are(panel, script, ask, until):
    script(["Answer: one"])
    ask('<img src="file:///etc/passwd"> what is this?')
    model = panel.chats.model
    until(lambda: model.row_of(panel.conversation.chat) >= 0)
    index = model.index(model.row_of(panel.conversation.chat))
    assert "<img" not in index.data(Qt.ItemDataRole.ToolTipRole)
    panel.greeting.set_suggested(['<img src="file:///etc/passwd">'])
    assert "<img" not in panel.greeting.chips[0].toolTip()


def test_a_branch_begins_with_what_was_said_and_leaves_the_chat_as_it_was(panel, ask, script, until, window) -> None:
    script(["Answer: One.", "Answer: Two.", "Answer: Three."])
    ask("first")
    ask("second")
    old = panel.conversation.chat
    panel.turn_actions.act(panel.conversation.turns[1], "branch")
    until(lambda: panel.conversation.chat != old and len(panel.conversation.turns) == 2)
    assert [turn.text for turn in panel.conversation.turns] == ["first", "One."]
    ask("another way")
    assert panel.conversation.turns[-1].text == "Three."
    window.foot._button.click()
    until(lambda: panel.conversation.chat == old and len(panel.conversation.turns) == 4)


def test_the_hand_over_leads_to_a_server_and_to_the_models(panel, ask, until, window) -> None:
    ask("Write me a poem about autumn")
    until(lambda: isinstance(answer_view(panel), AnswerTurn) and answer_view(panel).findChild(HandOverCard))
    buttons = {b.text(): b for b in answer_view(panel).findChild(HandOverCard).findChildren(QPushButton)}
    buttons["Use a server…"].click()
    assert window.panel == "models"
    assert window.sheet.findChild(ServerForm) is not None
    window.open_panel("chat")
    buttons["Get a model…"].click()
    assert window.panel == "models"


def test_undo_of_another_try_shows_in_the_chat_that_was_left_and_opened_again(panel, ask, script, until, window):
    script(["Answer: one", "Answer: two"])
    ask("First question")
    chat = panel.conversation.chat
    panel.again()
    until(lambda: panel.conversation.turns and panel.conversation.turns[-1].text == "two")
    until(lambda: not panel.conversation.is_answering and panel.conversation.turns[-1].id)
    panel.new_chat()
    panel.open_chat(chat)
    until(lambda: panel.conversation.turns and panel.conversation.turns[-1].text == "two")
    window.actions_["edit.undo"].trigger()
    until(lambda: panel.conversation.turns and panel.conversation.turns[-1].text == "one")
    assert window.foot.sentence == "Undone: Replaced what was said before by “First question”"
    assert not window.actions_["edit.undo"].isEnabled()


def test_undo_while_the_new_try_is_answered_stops_it_and_brings_the_old_answer_back(panel, ask, script, until, window):
    script(["Answer: one"])
    ask("First question")
    script(["Answer: " + "much more " * 400], pace=lambda: asyncio.sleep(0.01))
    panel.again()
    until(lambda: panel.conversation.turns and panel.conversation.turns[-1].text.startswith("much more"))
    window.actions_["edit.undo"].trigger()
    until(lambda: panel.conversation.turns and panel.conversation.turns[-1].text == "one")
    assert not panel.conversation.is_answering


def test_a_citation_that_tab_reaches_shows_its_card_until_the_focus_goes_on(panel, script, ask, until, window):
    window.activateWindow()
    until(window.isActiveWindow)
    script(["Answer: It is."])
    ask("Is it so?")
    turn = panel.conversation.turns[-1]
    turn.text, turn.citations = "It is so [1].", (Citation(1, "/lease.pdf", 2, "Terms", "It is so.", "P", "document"),)
    panel.turns.refresh(turn)
    QCursor.setPos(window.mapToGlobal(QPoint(0, 0)))
    (prose,) = answer_view(panel).body.views
    until(prose.isVisible)
    prose.setFocus()
    QTest.keyClick(prose, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is prose
    until(panel.turn_actions._source.isVisible)
    QTest.keyClick(prose, Qt.Key.Key_Tab)
    until(lambda: not panel.turn_actions._source.isVisible())
    assert QApplication.focusWidget() is not prose


def test_a_message_stands_at_the_side_where_its_first_letter_begins(panel):
    def side() -> Qt.AlignmentFlag:
        return panel.composer.edit.document().defaultTextOption().alignment()

    for text, wanted in (("?! שלום", Qt.AlignmentFlag.AlignRight), ("1. Hello שלום", Qt.AlignmentFlag.AlignLeft)):
        panel.composer.set_text(text)
        assert side() == wanted


def test_the_ring_of_the_list_is_for_keys_and_not_for_a_click(panel, ask, until, window):
    window.activateWindow()
    until(window.isActiveWindow)
    ask("What is 3 * 14?")
    view = panel.chats.column.view
    until(lambda: view.model().rowCount() > 1)
    place = view.visualRect(view.model().index(1, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert view.hasFocus()
    assert view.property("clicked")
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert not view.property("clicked")
