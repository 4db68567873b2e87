"""What an answer costs in the window, and how soon it and an old chat are there; prints one line of JSON.

python answer_child.py DIR      → {"first_token_s": …, "bare_s": …, "open_chat_ms": …, "streamed_share": …}
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.window_child import _until, answer_tokens, opened  # noqa: E402

TURNS, TOKENS, ROUNDS = 2_000, 4_000, 5
QUESTION = "What is 12 * {n}?"


async def fill(data_dir: Path) -> None:
    """A chat of many turns."""
    from engine import Engine, Settings
    from engine.chats import Turn
    from engine.ids import create_id

    async with Engine.open(Settings(data_dir=data_dir)) as engine:
        chats = engine._service.chats
        chat = await chats.create("An old chat")
        text = "".join(answer_tokens()[:60])
        for _ in range(TURNS // 2):
            said = Turn(create_id(), chat.id, "user", "How is it?"), Turn(create_id(), chat.id, "assistant", text)
            await chats.append(chat.id, *said)


async def work(window: Any) -> dict[str, Any]:
    """The three figures, the quickest first."""
    return {**await first_token(window), **await long_chat(window), **streamed(window)}


async def first_token(window: Any) -> dict[str, float]:
    """Seconds from the key that sends to the first text that is shown, and of the engine alone, warm; medians."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from engine.events import TokenGenerated

    panel, shown, bare = window.open_panel("chat"), [], []
    for number in range(ROUNDS + 1):
        panel.new_chat()
        panel.composer.set_text(QUESTION.format(n=number + 3))
        began = time.perf_counter()
        QTest.keyClick(panel.composer.edit, Qt.Key.Key_Return)
        await _until(lambda: len(panel.conversation.turns) == 2 and bool(panel.conversation.turns[1].text))
        shown.append(time.perf_counter() - began)
        await _until(lambda: not panel.conversation.is_answering)
        began = time.perf_counter()
        async for event in window.bridge.engine.ask(QUESTION.format(n=number + 43)):
            if isinstance(event, TokenGenerated):
                bare.append(time.perf_counter() - began)
    return {"first_token_s": statistics.median(shown[1:]), "bare_s": statistics.median(bare[1:])}


async def long_chat(window: Any) -> dict[str, float]:
    """Milliseconds until the end of a chat of many turns is painted; the median of some openings."""
    panel, taken = window.open_panel("chat"), []
    chat = next(chat for chat in await window.bridge.engine.chats.list() if chat.title == "An old chat")
    for _ in range(ROUNDS):
        panel.new_chat()
        await asyncio.sleep(0.2)
        began = time.perf_counter()
        panel.open_chat(chat.id)
        await _until(lambda: bool(panel.conversation.turns))
        window.grab()
        taken.append((time.perf_counter() - began) * 1000)
    return {"open_chat_ms": statistics.median(taken), "turns": float(TURNS)}


def streamed(window: Any) -> dict[str, float]:
    """The cost of a token in the last tenth of an answer, as a share of `setMarkdown` of the whole."""
    from PySide6.QtGui import QTextDocument

    from desktop.chat.body import AnswerBody

    tokens = (answer_tokens() * (TOKENS // len(answer_tokens()) + 1))[:TOKENS]
    whole = min(_whole_s(QTextDocument(), "".join(tokens)) for _ in range(3))
    body = AnswerBody(window.theme)
    body.resize(760, 100)
    body.show()
    costs, due = [], 0.0
    for number, token in enumerate(tokens):  # a hundred a second
        began = time.process_time()
        body._pending += token
        if number / 100 >= due:
            body.flush()
            due = number / 100 + body._timer.interval() / 1000
        costs.append(time.process_time() - began)
    body.finish()
    last = costs[-TOKENS // 10 :]
    return {"streamed_share": statistics.mean(last) / whole, "token_ms": statistics.mean(last) * 1000}


def _whole_s(document: Any, text: str) -> float:
    began = time.process_time()
    document.setMarkdown(text)
    document.setTextWidth(760)
    document.size()
    return time.process_time() - began


if __name__ == "__main__":
    asyncio.run(fill(Path(sys.argv[1])))
    opened(Path(sys.argv[1]), work)
