"""`make screens`: pictures of every panel and dialog, to be looked at.

Light and dark, wide and narrow (the smallest window at 200 %), empty and full, with the engine refused, and in a
language that is 40 % longer and written from right to left. Nothing here judges; eyes do.

    python -m tests.desktop.screens [FOLDER] [--only WORD]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import qasync
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app import create_application, create_window, open_engine
from desktop.main_window import MainWindow
from desktop.panels import PANELS
from tests.bench.tiny_gguf import SMALL, TINY, write_gguf
from tests.desktop.pseudo import PseudoTranslator

ROOT = Path(__file__).resolve().parents[2]
WIDE, NARROW = (1120, 740), (720, 480)
DIALOGS = ("app.settings", "help.shortcuts", "help.setup", "help.report", "help.licences", "help.about")
LIMIT_S = 30.0
# Panels read their rows in several steps; a picture is taken when nothing has moved for so long.
REST_S = 0.7
LEASE = """# Lease

## Notice period

The notice period is three months to the end of a quarter. It has to be given in writing.

## Rent

The rent is 850 euros a month, due on the first.

## Boiler

The landlord has the boiler checked once a year, in October.
"""
MEMORIES = (
    "Prefers metric units", "My sister's birthday is 3 May", "The boiler was serviced in October",
    "The wireless network at home is called Jay", "Parks on level 2", "Is allergic to peanuts",
    "The spare key is with the neighbours on the second floor, who are at home in the evening and away in August",
    "Works from home on Mondays and Fridays", "Learns Portuguese", "The tax number stands on the salary slip",
)  # fmt: skip
QUESTIONS = ("What is 850 * 12?", "What does the lease say about the boiler?", "How long is the notice period?")
# Every kind of answer that the guide gives, a chat each.
TALKS = (
    ("Who cleans the stairs?", "hello", "What's in lease.md?"),
    ("My bike is in the shed.", "Where is my bike?", "Forget that", "take it back"),
    ("My locker at the gym is 12", "My locker at work is 40", "Forget my locker"),
    ("I can't go on any more", "My dog died last night", "I got the job!"),
    ("Ring the plumber for me", "Set an alarm for 7", "My accountant takes 85 an hour. Write me a poem about it"),
    ("Write me a poem about rain", "Où est la gare ?", "Where is my data kept?", "What time is it in Lisbon?"),
    ("What does the lease say about rent?", "where does it say that?", "show me more", "read on", "are you sure?"),
    ("My flight leaves at 7:40", "no, it was moved to 9:10", "When does my flight leave?", "that's wrong"),
    ("My father fell and doesn't wake up, what do I do?", "Whose turn is it to sweep, and what does it cost?"),
)


@dataclass(frozen=True)
class Scene:
    """A window to take pictures of."""

    name: str
    palette: str
    size: tuple[int, int]
    zoom: int
    data: str
    is_foreign: bool = False


def scenes() -> Iterator[Scene]:
    """Every window, the plain ones first."""
    shapes = (("wide", WIDE, 100), ("narrow", NARROW, 200))
    for data, palette, (shape, size, zoom) in itertools.product(("full", "empty"), ("light", "dark"), shapes):
        yield Scene(f"{data}-{palette}-{shape}", palette, size, zoom, data)
    yield Scene("full-contrast-dark-wide", "contrast-dark", WIDE, 100, "full")
    yield Scene("full-contrast-light-wide", "contrast-light", WIDE, 100, "full")
    yield Scene("full-foreign-wide", "light", WIDE, 100, "full", is_foreign=True)
    yield Scene("full-foreign-narrow", "dark", NARROW, 100, "full", is_foreign=True)
    yield Scene("refused-light-wide", "light", WIDE, 100, "refused")


class Photographer:
    """One application, many windows."""

    def __init__(self, app: QApplication, folder: Path, data: Path, only: str) -> None:
        self.app, self.folder, self.data, self.only = app, folder, data, only
        self.taken = 0
        self.failed: list[str] = []

    async def visit(self, scene: Scene) -> None:
        """All pictures of a scene."""
        translator = PseudoTranslator(self.app) if scene.is_foreign else None
        if translator is not None:
            self.app.installTranslator(translator)
            self.app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        window = create_window(self.app, self.data / scene.data, forced_palette=scene.palette, zoom=scene.zoom)
        window.resize(*scene.size)
        window.show()
        open_engine(window)
        await until(lambda: window.bridge.engine is not None or scene.data == "refused")
        try:
            await self.photograph(window, scene)
        finally:
            await window.bridge.aclose()
            # It ends as it should, and the next window has nothing to tell.
            window.state.set("running", None)
            window.close_for_good()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            if translator is not None:
                self.app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
                self.app.removeTranslator(translator)

    async def photograph(self, window: MainWindow, scene: Scene) -> None:
        """Panels, then what stands over them."""
        for spec in PANELS:
            if spec.key == "resources" and scene.data == "full" and self.only in f"resources-{scene.name}":
                await self.make_busy(window)
            await self.take(f"{spec.key}-{scene.name}", lambda key=spec.key: open_panel(window, key))
        if scene.data == "full" and window.bridge.engine is not None:
            chats = await window.bridge.engine.chats.list()
            await self.take(f"answer-{scene.name}", lambda: open_chat(window, chats[0].id))
            for number, chat in enumerate(chats[len(QUESTIONS) :]):
                await self.take(f"talk-{number}-{scene.name}", lambda id=chat.id: open_chat(window, id))
            await self.take(f"source-{scene.name}", lambda: open_sources(window))
            window.close_sheet()
        await self.take(f"find-{scene.name}", lambda: find(window))
        await self.take(f"undo-{scene.name}", lambda: undo(window))
        window.foot.close_line()
        await self.take(f"guide-{scene.name}", lambda: trigger(window, "help.guide"))
        window.close_sheet()
        for id in DIALOGS:
            await self.take(f"{id}-{scene.name}", lambda id=id: trigger(window, id))
            dialog = window.commands._dialogs.get(id)
            if dialog is not None:
                dialog.close()
                QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    async def make_busy(self, window: MainWindow) -> None:
        """Something for the plots: a model reads and writes while they are looked at."""
        engine = window.bridge.engine
        entries = {entry.name: entry.source for entry in await engine.models.list()} if engine is not None else {}
        if engine is None or "Jay" not in entries:
            return
        window.open_panel("resources")
        for _ in range(3):
            async for _item in engine.models.try_prompt(entries["Jay"], "Tell me about jays. " * 20, max_tokens=200):
                pass
            await asyncio.sleep(1)

    async def take(self, name: str, show: Callable[[], QWidget]) -> None:
        """One picture; what cannot be shown is told and passed over."""
        if self.only and self.only not in name:
            return
        try:
            widget = show()
            await until(lambda: has_come(widget))
            await asyncio.sleep(REST_S)
            widget.grab().save(str(self.folder / f"{name}.png"))
            self.taken += 1
        except Exception as error:  # noqa: BLE001 (the other pictures are wanted all the same)
            self.failed.append(f"{name}: {type(error).__name__}: {error}")


def open_panel(window: MainWindow, key: str) -> QWidget:
    window.open_panel(key)
    if key == "memory" and window.panels[key].model.rowCount():
        window.panels[key].table.selectRow(1)
    return window


def open_chat(window: MainWindow, id: str) -> QWidget:
    window.open_panel("chat").open_chat(id)
    return window


def open_sources(window: MainWindow) -> QWidget:
    panel = window.panels["chat"]
    answers = [turn for turn in panel.conversation.turns if turn.citations]
    panel.source_asked.emit(list(answers[-1].citations), 0)
    return window


def find(window: MainWindow) -> QWidget:
    from desktop.find.palette import Palette

    window.open_panel("chat")
    trigger(window, "edit.find_everywhere")
    palette = window.findChild(Palette)
    assert isinstance(palette, Palette)
    palette.field.setText("boiler")
    asyncio.get_event_loop().call_later(2 * REST_S, palette.close_palette)
    return window


def undo(window: MainWindow) -> QWidget:
    window.open_panel("chat")
    window.offer_undo("Deleted the chat “How long is the notice period?”", lambda: None)
    return window


def trigger(window: MainWindow, id: str) -> QWidget:
    window.actions_[id].trigger()
    return window.commands._dialogs.get(id) or window


def has_come(widget: QWidget) -> bool:
    """Whether what is read or drawn in the background is there."""
    from desktop.dialogs.licences import LicencesDialog
    from desktop.dialogs.report import ReportDialog
    from desktop.documents.source_sheet import SourceSheet

    if isinstance(widget, LicencesDialog):
        return widget.list.count() > 1
    if isinstance(widget, ReportDialog):
        return "\n" in widget.text.toPlainText()
    sheets = [sheet for sheet in widget.findChildren(SourceSheet) if sheet.isVisible()]
    return all(sheet.stack.currentWidget() is not sheet._waiting for sheet in sheets)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so, or give up: the picture shows it."""
    end = time.monotonic() + LIMIT_S
    while not condition() and time.monotonic() < end:
        await asyncio.sleep(0.05)


async def fill(data_dir: Path, documents: Path) -> None:
    """A life: documents, memories, chats; through the real engine."""
    from engine import Engine, Settings
    from engine.events import ApprovalRequested, RunStarted

    documents.mkdir()
    (documents / "lease.md").write_text(LEASE)
    for number in range(12):
        (documents / f"minutes of meeting {number}.md").write_text(f"# Meeting {number}\n\nWe met and decided.\n")
    (documents / "empty scan.pdf").write_bytes(b"%PDF-1.4 broken")
    models = data_dir.parent / "models"
    models.mkdir()
    for name, shape in (("Owl 110M", SMALL), ("Jay", TINY)):
        write_gguf(models / f"{name}.gguf", shape, plain=True, general__name=name)
    (models / "broken.gguf").write_bytes(b"GGUF, and nothing behind it")
    async with Engine.open(Settings(data_dir=data_dir)) as engine:
        await engine.ingest([documents])
        await engine.models.add(models)
        for text in MEMORIES:
            await engine.memory.add(text)
        for talk in (*TALKS, *((question,) for question in QUESTIONS)):
            chat = None
            for question in talk:
                async for event in engine.ask(question, chat=chat):
                    chat = event.chat_id if isinstance(event, RunStarted) else chat
                    if isinstance(event, ApprovalRequested):
                        await engine.approve(event.approval_id, True)


async def everything(app: QApplication, folder: Path, only: str) -> int:
    """Take all pictures; returns how many failed."""
    home = Path(tempfile.mkdtemp(prefix="scrubjay-screens-"))
    try:
        # Nobody else's models are in the pictures.
        os.environ["HOME"] = str(home)
        await fill(home / "full", home / "documents")
        (home / "refused").mkdir()
        (home / "refused" / "somebody's.txt").write_text("not ours")
        photographer = Photographer(app, folder, home, only)
        for scene in scenes():
            if only and only not in scene.name and "-" in only:
                continue
            await photographer.visit(scene)
            print(f"{scene.name}: {photographer.taken} pictures so far")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    for line in photographer.failed:
        print(line, file=sys.stderr)
    print(f"{photographer.taken} pictures in {folder}")
    return len(photographer.failed)


def main() -> int:
    """Parse the command line and take the pictures."""
    parser = argparse.ArgumentParser(description="Pictures of every panel and dialog.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "screens")
    parser.add_argument("--only", default="", help="part of the name of a picture or a scene")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options.folder.mkdir(parents=True, exist_ok=True)
    app = create_application([])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        return 1 if loop.run_until_complete(everything(app, options.folder, options.only)) else 0


if __name__ == "__main__":
    sys.exit(main())
