"""A person's first ten minutes with the window, step by step; `python ten_minutes.py DATA_DIR SHOTS_DIR`.

Each step is a function that says in its name what the person does; each leaves a screenshot. How long things
took goes into times.json beside the screenshots: the bench judges times, this script judges what is on the
screen.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from fpdf import FPDF
from papers import HALL, write_hall
from person import Person, run_person
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.closing import CloseQuestion
from desktop.documents.source_sheet import SourceSheet
from desktop.memory.detail import MemoryDetail
from desktop.models.server_form import ServerForm
from desktop.operations import chat as operations
from desktop.operations.sources import open_source
from tests.bench.tiny_gguf import TINY, write_gguf
from tests.model_server import model_server


def rows_of(panel: Any) -> list[Any]:
    """The rows of the documents panel."""
    return [panel.model.row(panel.model.index(row)) for row in range(panel.model.rowCount())]


class FirstTenMinutes:
    """The steps, in order; `times` are seconds."""

    def __init__(self, person: Person, papers: Path) -> None:
        self.person, self.papers = person, papers
        self.times: dict[str, float] = {}

    async def live(self) -> None:
        """All steps."""
        for step in (
            self.types_before_anything_is_ready,
            self.clicks_the_three_chips,
            self.drops_a_pdf_and_asks,
            self.looks_at_the_source,
            self.remembers_and_looks_at_the_memory,
            self.asks_what_the_guide_cannot_do,
            self.chooses_a_server_and_is_answered,
            self.drops_a_model,
            self.changes_and_repeats_messages,
            self.finds_renames_deletes_and_takes_back,
            self.changes_the_look_and_opens_the_settings,
            self.looks_at_models_and_resources,
            self.starts_it_a_second_time_with_a_file,
            self.closes_the_window,
        ):
            await step()

    async def types_before_anything_is_ready(self) -> None:
        person = self.person
        assert person.window.bridge.engine is None
        await person.until(QApplication.focusWidget, "the first paint")
        person.do("chat.composer")
        person.type("Where do I")
        person.shot("typed-before-ready")
        assert person.chat.composer.text == "Where do I"
        self.times["engine open"] = await person.until(lambda: person.window.bridge.engine, "the engine")
        person.chat.composer.clear()
        await person.until(lambda: person.window.state.get("sample_read"), "the sample document")
        await person.look("greeting")

    async def clicks_the_three_chips(self) -> None:
        person = self.person
        chips = [chip.text() for chip in person.chat.greeting.chips][:3]
        assert len(chips) == 3
        for n, words in enumerate(chips):
            if n:
                person.do("chat.new")
            person.click(words, person.chat.greeting)
            self.times[f"chip {n + 1}"] = await person.until(lambda: person.answer, f"an answer to the chip {words!r}")
            assert person.answer.reason == "answered", (words, person.answer)
            await person.look(f"chip-{n + 1}")
        person.do("chat.new")
        await person.ask("How do I make a backup?")
        assert "copy its data folder" in person.answer.text, person.answer.text

    async def drops_a_pdf_and_asks(self) -> None:
        person = self.person
        person.do("chat.new")
        hall = write_hall(self.papers / "Village hall rules.pdf")
        person.drag(hall)
        await person.look("dragged")
        person.drop(hall)
        await person.until(lambda: person.window.bridge.jobs, "the reading")
        person.shot("reading")
        await person.until(lambda: not person.window.bridge.jobs, "the end of reading")
        await person.until(self._chips_are_from_the_hall, "three questions from its headings", 90)
        await person.look("dropped")
        for question, fact, page in (
            ("What does a whole day cost?", "140 euros", 3),
            ("When does the music have to end?", "one in the morning", 11),
            ("What happens if a key is lost?", "75 euros", 17),
        ):
            self.times[question] = await person.ask(question)
            answer = person.answer
            assert fact in answer.text, (question, answer.text)
            assert answer.citations[0].page == page, (question, answer.citations)
        await person.look("three-answers")
        await self.drops_a_scan_and_a_folder()

    def _chips_are_from_the_hall(self) -> bool:
        asked = [chip.text().casefold() for chip in self.person.chat.greeting.chips]
        return len(asked) == 3 and all(any(heading.casefold() in words for heading, _ in HALL) for words in asked)

    async def drops_a_scan_and_a_folder(self) -> None:
        person = self.person
        scan = FPDF()
        scan.add_page()
        scan.rect(20, 20, 170, 240, style="F")
        scan.output(str(self.papers / "Letter.pdf"))
        panel = person.window.open_panel("documents")
        person.drop(self.papers / "Letter.pdf")
        await person.until(
            lambda: any("looks like a scan" in row.details for row in rows_of(panel)), "that the letter is a scan"
        )
        await person.look("a-scan")
        folder = self.papers / "Recipes"
        folder.mkdir()
        for name in ("Soup", "Bread"):
            (folder / f"{name}.md").write_text(f"# {name}\n\nTakes an hour.\n")
        person.drag(folder)
        await person.look("folder-dragged")
        person.drop(folder)
        await person.until(lambda: "Added once · keep in step later" in person.window.foot.sentence, "that it is once")
        await person.look("a-folder")
        person.window.open_panel("chat")

    async def looks_at_the_source(self) -> None:
        person = self.person
        person.chat.source_asked.emit(list(person.answer.citations), 0)
        await person.until(lambda: person.window.sheet.isVisible(), "the source beside the chat")
        await self._see_marks()
        await person.look("source")
        person.press(Qt.Key.Key_Escape)
        await person.until(lambda: not person.window.sheet.isVisible(), "the sheet closes with Esc")
        # From source to source: the two places that say most about keys.
        hits = await person.window.bridge.engine.search("keys of the hall", k=2, sources=("documents",))
        open_source(person.window.context, hits, 0)
        await self._see_marks()
        person.press(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        await person.until(lambda: person.window.sheet.findChild(SourceSheet).index == 1, "the next source by its key")
        await self._see_marks()
        await person.look("next-source")
        person.press(Qt.Key.Key_Escape)

    async def _see_marks(self) -> None:
        def page() -> Any:
            sheet = self.person.window.sheet.findChild(SourceSheet)
            return sheet is not None and sheet.area.page.has_page and sheet.area.page.marks

        await self.person.until(page, "the page with the passage marked")

    async def remembers_and_looks_at_the_memory(self) -> None:
        person = self.person
        await person.ask("Remember that the caretaker likes dahlias")
        panel = person.window.open_panel("memory")
        model = panel.model
        await person.until(
            lambda: any("dahlias" in (model.index(r, 0).data() or "") for r in range(model.rowCount())), "the memory"
        )
        await person.look("memory")
        await self.finds_edits_and_pins_it(panel)
        row = next(r for r in range(model.rowCount()) if "dahlias" in (model.index(r, 0).data() or ""))
        before = model.rowCount()
        panel.table.setFocus()
        panel.table.selectRow(row)
        person.press(Qt.Key.Key_Delete)
        await person.until(lambda: model.rowCount() < before, "the memory is gone")
        await person.look("forgotten")
        person.do("edit.undo")
        await person.until(lambda: model.rowCount() == before, "the memory is back")

    async def finds_edits_and_pins_it(self, panel: Any) -> None:
        person, model = self.person, panel.model
        panel.search.setFocus()
        person.type("dahlias")
        await person.until(lambda: model.rowCount() == 1, "the memory, searched for")
        panel.table.selectRow(0)
        panel.open_index(model.index(0, 0))
        detail = person.window.sheet.findChild(MemoryDetail)
        await person.until(lambda: "dahlias" in detail._text.toPlainText(), "its words")
        await person.look("memory-open")
        detail._text.setPlainText("the caretaker likes white dahlias")
        person.click("Save", detail)
        await person.until(lambda: "white" in (model.index(0, 0).data() or ""), "the change")
        # A click on the middle of a wide tick box is beside its words.
        person.button("Pinned", detail).click()
        await person.until(lambda: (entry := model.entry(0)) and entry.pinned, "the pin")
        await person.look("edited-and-pinned")
        person.window.close_sheet()
        panel.search.clear()
        await person.until(lambda: model.rowCount() > 1, "all memories")

    async def asks_what_the_guide_cannot_do(self) -> None:
        person = self.person
        person.do("chat.new")
        await person.ask("Write me a poem about autumn leaves")
        assert person.answer.reason == "handed_over", person.answer
        await person.look("hand-over")

    async def chooses_a_server_and_is_answered(self) -> None:
        person = self.person
        with model_server("Magpie 4B") as address:
            person.click("Use a server…")
            form = person.window.sheet.findChild(ServerForm)
            form.address.setFocus()
            person.type(f"{address}/v1")
            person.click("Test", form)
            await person.until(lambda: form.names.count() == 1, "the server's model")
            await person.look("server")
            person.click("Use this model", form)
            person.window.open_panel("chat")
            # The question was kept, and nobody asks it again but Scrubjay itself.
            await person.until(
                lambda: person.answer and person.answer.reason == "answered", "the kept question's answer"
            )
            assert "leaves" in person.answer.text, person.answer
            await person.look("answered-now")
            await self.stops_an_answer()
        operations.use_model(person.window.context, "guide")
        await person.until(lambda: person.window.status_line.model.text().startswith("Guide"), "the guide again")

    async def stops_an_answer(self) -> None:
        person = self.person
        person.do("chat.composer")
        person.type("Now count them slowly")
        person.press(Qt.Key.Key_Return)
        conversation = person.chat.conversation
        await person.until(lambda: "leaf leaf" in conversation.turns[-1].text, "a few words")
        person.click("Stop answering")
        await person.until(lambda: not conversation.is_answering, "the end")
        assert conversation.turns[-1].state == "cancelled"
        assert "leaf" in conversation.turns[-1].text
        await person.look("stopped")

    async def drops_a_model(self) -> None:
        person = self.person
        person.drop(write_gguf(self.papers / "wren.gguf", TINY, general__name="Wren"))
        panel = person.window.panels["models"]
        await person.until(
            lambda: "Wren" in [panel.model.index(row).data() for row in range(panel.model.rowCount())], "the model"
        )
        await person.look("model-dropped")
        person.do("edit.undo")

    async def changes_and_repeats_messages(self) -> None:
        person = self.person
        person.do("chat.new")
        await person.ask("What is 12 * 12?")
        assert "144" in person.answer.text
        person.do("chat.again")
        await person.until(lambda: not person.chat.conversation.is_answering and person.answer, "the same again")
        person.do("chat.edit_last")
        await person.look("editing")
        person.chat.composer.edit.selectAll()
        person.type("What is 13 * 13?")
        person.press(Qt.Key.Key_Return)
        await person.until(lambda: person.answer and "169" in person.answer.text, "the edited question's answer")
        n = len(person.chat.conversation.turns)
        assert n == 2, [turn.text for turn in person.chat.conversation.turns]
        person.chat.turns.go_to(person.answer, focus=True)
        person.do("edit.copy_markdown")
        assert "169" in QApplication.clipboard().text()
        await person.look("edited")

    async def finds_renames_deletes_and_takes_back(self) -> None:
        person = self.person
        person.do("edit.find")
        person.type("169")
        await person.look("find-in-chat")
        person.press(Qt.Key.Key_Escape)
        person.do("edit.find_everywhere")
        person.type("caretaker")
        await asyncio.sleep(0.8)
        await person.look("find-everywhere")
        person.press(Qt.Key.Key_Escape)
        chat, engine = person.chat.conversation.chat, person.window.bridge.engine
        person.do("chat.rename")
        person.type("Sums")
        person.press(Qt.Key.Key_Return)
        for _ in range(100):
            if [found.title for found in await engine.chats.list(limit=1)] == ["Sums"]:
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("the chat has its old title")
        await person.look("renamed")
        person.do("chat.delete")
        gone = False
        for _ in range(100):
            gone = chat not in [found.id for found in await engine.chats.list()]
            if gone:
                break
            await asyncio.sleep(0.05)
        assert gone, "the chat is still in the list"
        await person.look("deleted")
        person.do("edit.undo")
        for _ in range(100):
            if chat in [found.id for found in await engine.chats.list()]:
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("the chat did not come back")

    async def changes_the_look_and_opens_the_settings(self) -> None:
        person = self.person
        person.do("view.theme_dark")
        person.do("view.zoom_in")
        await person.look("dark-and-larger")
        assert person.window.theme.is_dark
        person.do("view.zoom_reset")
        person.do("view.theme_light")
        for id in ("app.settings", "help.shortcuts", "help.about", "help.licences", "help.report"):
            person.do(id)
            await asyncio.sleep(0.5)
            dialog = person.window.commands._dialogs[id]
            person.shot_of(dialog, id.rpartition(".")[2])
            dialog.close()

    async def looks_at_models_and_resources(self) -> None:
        person = self.person
        for key in ("models", "resources", "documents"):
            person.window.open_panel(key)
            await asyncio.sleep(1.5)
            await person.look(key)
        assert "GPU" in person.window.panels["resources"]._gpu.text()
        person.window.open_panel("chat")

    async def starts_it_a_second_time_with_a_file(self) -> None:
        person = self.person
        (self.papers / "Late.md").write_text("# Late\n\nIt came with the second start.\n")
        arguments = ("--data-dir", str(person.window.context.data_dir), str(self.papers / "Late.md"))
        second = await asyncio.create_subprocess_exec(sys.executable, "-m", "desktop", *arguments)
        assert await asyncio.wait_for(second.wait(), 30) == 0
        await person.until(lambda: "Late.md" in person.window.foot.sentence, "the file of the second start")
        await person.look("second-start")

    async def closes_the_window(self) -> None:
        person = self.person
        person.window.close()
        await person.until(
            lambda: person.window.findChild(CloseQuestion) is not None, "the question of the first close"
        )
        question = person.window.findChild(CloseQuestion)
        await asyncio.sleep(0.3)
        person.shot_of(question, "closing")
        assert person.window.isVisible()
        question.close()


def main(data_dir: Path, shots: Path) -> None:
    """Live the ten minutes and write down how long things took."""
    papers = data_dir.parent / "papers"
    papers.mkdir(parents=True, exist_ok=True)

    async def day(person: Person) -> None:
        minutes = FirstTenMinutes(person, papers)
        try:
            await minutes.live()
        finally:
            text = json.dumps({what: round(seconds, 3) for what, seconds in minutes.times.items()}, indent=1)
            (shots / "times.json").write_text(text)

    run_person(data_dir, shots, day)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
