"""A real window that shows every payload everywhere; tests/behaviour/test_inert.py traces its system calls.

python inert_child.py DATA_DIR DOCUMENTS CANARY NET: prints how often it showed what.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import qasync
from inert_payloads import payloads
from PySide6.QtCore import QMimeData, QPoint, QRect, QUrl
from PySide6.QtWidgets import QLabel, QPushButton, QToolTip, QWidget

from desktop.app import create_application, create_window, open_engine
from desktop.chat.turn import TurnData
from engine.errors import EngineError, UsageError
from engine.events import ApprovalRequested, Citation

LIMIT_S = 60.0
# A longer payload says nothing new in a stream.
LONG = 1500
shown: Counter[str] = Counter()
# Labels that showed a payload as anything but plain text.
rich: set[str] = set()


async def settle() -> None:
    """Let everything be laid out and painted: the loop comes round twice."""
    await asyncio.sleep(0)
    await asyncio.sleep(0.001)


def look_at_tips(window: QWidget) -> None:
    """Show each tooltip of the window as Qt would."""
    for widget in window.findChildren(QWidget):
        if widget.toolTip():
            QToolTip.showText(QPoint(9, 9), widget.toolTip(), widget)
            QToolTip.hideText()
            shown["tooltips"] += 1


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(0.01)


def turns_of(text: str) -> tuple[TurnData, TurnData]:
    """A question and an answer in which every part that can hold foreign text holds this one."""
    citation = Citation(1, f"/nowhere/{text}", None, text, text, "p1")
    step = {"tool": text, "arguments": {"query": text}, "observation": text, "thought": text, "ok": True, "took_ms": 1}
    ask = ApprovalRequested(run_id="r", step=1, approval_id="a", tool=text, arguments={text: text}, why=text)
    question = TurnData("user", text, files=(f"/nowhere/{text}",))
    answer = TurnData(
        "assistant", f"{text}\n\n[1] {text}", citations=(citation,), steps=[step], notes=[text], error=text, asks=[ask],
        state="failed", model=text, source=f"http://{text}", took_ms=9,
    )  # fmt: skip
    return question, answer


async def show_chat(window: Any, text: str) -> None:
    """A text as a whole, unfolded, pointed at, and as it streams in."""
    panel = window.open_panel("chat")
    question, answer = turns_of(text)
    panel.conversation.turns[:] = [question, answer]
    panel.stack.setCurrentWidget(panel.turns)
    panel.turns.set_turns([question, answer])
    view = panel.turns.view_of(answer)
    for button in view.findChildren(QPushButton):
        if button.isCheckable() and not button.isChecked():
            button.click()
    panel.turn_actions.point(answer, 1, QRect(9, 9, 9, 9))
    panel.turn_actions._link.show_link(text)
    if len(text) < LONG:
        panel.turn_actions.show_memories(answer)
    await settle()
    window.close_sheet()
    panel.turn_actions._source.hide()
    panel.turn_actions._link.hide()
    if len(text) < LONG and "://canary.invalid:" not in text:
        # Of two that differ in the address alone, the one with a file.
        await show_growing(window, text)
    shown["answers"] += 1


async def show_growing(window: Any, text: str) -> None:
    """A text as it streams in."""
    panel = window.open_panel("chat")
    growing = TurnData("assistant", state="live")
    panel.turns.add([growing])
    view = panel.turns.view_of(growing)
    for at in range(0, min(len(text), 400), 80):
        growing.text += text[at : at + 80]
        view.grow(growing.text)
    growing.state = "complete"
    panel.turns.refresh(growing)
    await settle()


async def show_frame(window: Any, text: str) -> None:
    """A text in the lines at the foot, in the status line, in what is pasted and dropped."""
    window.offer_undo(text, lambda: None)
    window.show_error(EngineError(text))
    job = window.bridge.begin_job(text[:200])
    mime = QMimeData()
    mime.setHtml(text)
    mime.setText(text)
    mime.setData("image/svg+xml", text.encode())
    composer = window.open_panel("chat").composer
    composer.edit.insertFromMimeData(mime)
    await settle()
    rich.update(foreign_labels(window, text))
    composer.clear()
    window.bridge.end_job(job)
    shown["lines"] += 1


async def show_titles(window: Any, texts: list[str]) -> None:
    """Texts as titles of a chat and as hits of the search."""
    engine, panel = window.bridge.engine, window.open_panel("chat")
    async for _ in engine.ask("What is 2 + 2?"):
        pass
    chat = (await engine.chats.list())[0].id
    panel.open_chat(chat)
    for text in texts:
        title = " ".join(text.split())[:150] or "x"
        await engine.chats.rename(chat, title)
        panel.chats.load()
        kept = (await engine.chats.list())[0].title
        await until(lambda kept=kept: getattr(panel.chats.get(chat), "title", "") == kept)
        await settle()
        shown["titles"] += 1


async def show_memories(window: Any, texts: list[str]) -> None:
    """Texts as memories, each opened."""
    from desktop.memory.detail import MemoryDetail

    engine = window.bridge.engine
    ids = []
    for text in texts:
        # What is no text, and what is too long, the memory refuses.
        with suppress(UsageError):
            ids.append((await engine.memory.add(text, tier="semantic")).id)
    panel = window.open_panel("memory")
    await until(lambda: panel.model.rowCount() >= len(ids))
    for row in range(panel.model.rowCount()):
        panel.table.scrollTo(panel.model.index(row, 0))
        await settle()
        for column in range(panel.model.columnCount()):
            tip = panel.model.index(row, column).data(3)
            if tip:
                QToolTip.showText(QPoint(9, 9), tip, panel.table)
    QToolTip.hideText()
    for id in ids:
        detail = MemoryDetail(window.context, id)
        window.show_sheet(detail, "Memory")
        # What it shows comes from the store.
        await asyncio.sleep(0)
        await settle()
        shown["memories"] += 1
    window.close_sheet()


async def show_sources(window: Any, documents: Path, texts: list[str]) -> None:
    """Texts as passages of a document, as names of files and as quotes, in the side sheet."""
    from desktop.operations.sources import open_source

    engine = window.bridge.engine
    await engine.ingest([documents])
    listed = await engine.documents.list()
    panel = window.open_panel("documents")
    await until(lambda: panel.model.rowCount() >= len(listed))
    await settle()
    main = next(d.path for d in listed if d.path.endswith("payloads.md"))
    for number, text in enumerate(texts):
        citation = Citation(1, main, None, f"Payloads › {number}", text, "")
        open_source(window.context, [citation])
        await settle()
        await asyncio.sleep(0)
        shown["sources"] += 1
    for document in listed:
        open_source(window.context, [Citation(1, document.path, None, "", "x", "")])
        sheet = window.sheet
        await until(lambda sheet=sheet: sheet.isVisible())
        await asyncio.sleep(0.02)
        await settle()
        shown["names"] += 1
    window.close_sheet()


def foreign_labels(window: QWidget, text: str) -> Iterator[str]:
    """Labels that show a payload as anything but plain text."""
    for label in window.findChildren(QLabel):
        if text[:30] in label.text() and label.textFormat() != label.textFormat().PlainText:
            yield f"{type(label.parent()).__name__}: {label.text()[:80]!r}"


async def show_all(window: Any, documents: Path, texts: list[str]) -> None:
    await until(lambda: window.bridge.engine is not None)
    for text in texts:
        await show_chat(window, text)
        await show_frame(window, text)
    look_at_tips(window)
    await show_titles(window, texts)
    await show_memories(window, texts)
    await show_sources(window, documents, texts)
    look_at_tips(window)


def main() -> None:
    data_dir, documents, canary, net = sys.argv[1:]
    app = create_application([])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    window = create_window(app, Path(data_dir), forced_palette="light")
    window.state.set("sample_read", True)
    window.show()
    open_engine(window)
    texts = list(payloads(canary, net))
    # Opened now, so that what Qt keeps open for addresses is in the trace whether or not a payload asks for it.
    QUrl(net)
    with loop:
        loop.run_until_complete(show_all(window, Path(documents), texts))
        loop.run_until_complete(window.bridge.aclose())
    print(json.dumps({"shown": shown, "rich": sorted(rich)}))


if __name__ == "__main__":
    main()
