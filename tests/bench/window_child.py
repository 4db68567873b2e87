"""What tests/bench/bench_window.py starts and measures: windows in processes of their own. Prints one line of JSON.

python window_child.py memory DIR|stocked DIR|rested DIR|idle DIR SECONDS|gap DIR SECONDS
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60.0
BEAT_S = 0.005
TOKENS_PER_S = 100


def say(**figures: Any) -> None:
    """The result."""
    print(json.dumps(figures), flush=True)


def memory() -> dict[str, float]:
    """Memory of this process, and of all its children with it, in MB; shared pages by their share."""
    import psutil

    own = psutil.Process()
    tree = [own, *own.children(recursive=True)]
    sizes = [process.memory_full_info() for process in tree]
    return {"own_mb": sizes[0].uss / 2**20, "tree_mb": sum(s.pss for s in sizes) / 2**20, "processes": len(tree)}


def opened(data_dir: Path, work: Callable[[Any], Coroutine[Any, Any, dict[str, Any]]]) -> None:
    """Our window with its engine; `work` gives the figures."""
    from desktop.__main__ import import_app

    program = import_app()
    app = program.create_application([])
    loop = _loop(app)
    window = program.create_window(app, data_dir)
    window.show()
    program._collect_garbage_again()
    program.open_engine(window)

    async def go() -> dict[str, Any]:
        await _until(lambda: window.bridge.engine is not None)
        # What is warmed once the window is open (the guide, the embedder) belongs to what is measured.
        await asyncio.sleep(5)
        try:
            return await work(window)
        finally:
            await window.bridge.aclose()

    with loop:
        say(**loop.run_until_complete(go()))
    end(app, window)


def end(app: Any, window: Any) -> None:
    """Delete the window while there is an application: the interpreter's end would do it after that, and crash."""
    window.close_for_good()
    window.deleteLater()
    app.processEvents()


async def of_memory(window: Any) -> dict[str, Any]:
    """Memory with a chat open, before and after a question."""
    before = memory()
    async for _ in window.bridge.engine.ask("What stays on this computer?"):
        pass
    # What a run needed is given back a second after it (engine/search/embedding_onnx.py).
    await asyncio.sleep(3)
    return {**before, "answered": memory()}


async def stocked(window: Any) -> dict[str, Any]:
    """Memory with ten thousand passages read and embedded, after a question; kept for `rested`."""
    documents = window.context.data_dir.parent / "documents"
    _write_stock(documents)
    engine = window.bridge.engine
    await engine.ingest([documents])
    passages = sum(document.n_passages for document in await engine.documents.list())
    return {"passages": passages, **await of_memory(window)}


async def rested(window: Any) -> dict[str, Any]:
    """Memory of the whole tree in the tray after a question, once what is idle was released."""
    async for _ in window.bridge.engine.ask("What stays on this computer?"):
        pass
    window.hide()
    await asyncio.sleep(20)
    return memory()


def _write_stock(folder: Path, files: int = 104, sections: int = 97) -> None:
    """Documents of some ten thousand passages, each a section of its own words."""
    folder.mkdir(exist_ok=True)
    for file in range(files):
        parts = []
        for section in range(sections):
            n = file * sections + section
            lines = (
                f"Boiler {n} stands in cellar {n % 613}; line {k} of its record says {n * 7 + k} bar."
                for k in range(16)
            )
            parts.append(f"## Record {n}\n\n" + " ".join(lines))
        (folder / f"records {file}.md").write_text(f"# Records {file}\n\n" + "\n\n".join(parts))


async def idle(window: Any, seconds: float) -> dict[str, Any]:
    """Processor time and wake-ups of all processes while the window is hidden."""
    import psutil

    window.hide()
    own = psutil.Process()
    tree = await _settled(own)

    def used() -> tuple[float, int]:
        times = [p.cpu_times() for p in tree]
        return sum(t.user + t.system for t in times), sum(_switches(p.pid) for p in tree)

    before, began = used(), time.monotonic()
    await asyncio.sleep(seconds)
    took, after = time.monotonic() - began, used()
    return {
        "cpu_share": (after[0] - before[0]) / took,
        "wakeups_per_s": (after[1] - before[1]) / took,
        **memory(),
    }


async def _settled(own: Any, quiet_s: float = 5.0) -> list[Any]:
    """The processes of the tree, once none has come or gone for some seconds: what is idle has been released."""
    tree, since = [own, *own.children(recursive=True)], time.monotonic()
    end = since + LIMIT_S
    while time.monotonic() - since < quiet_s and time.monotonic() < end:
        await asyncio.sleep(0.5)
        now = [own, *own.children(recursive=True)]
        if now != tree:
            tree, since = now, time.monotonic()
    return tree


def _switches(pid: int) -> int:
    """Voluntary context switches of all threads: each is a wake-up that ended."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))
    return total


async def gap(window: Any, seconds: float) -> dict[str, Any]:
    """How late the loop comes round: at rest, then while text streams in, files are read and the chat scrolls."""
    rest = await _beats(seconds / 3)
    documents = window.context.data_dir.parent / "documents"
    _write_documents(documents)
    panel = window.open_panel("chat")
    streaming = asyncio.create_task(_stream(panel, seconds))
    reading = asyncio.create_task(window.bridge.engine.ingest([documents]))
    scrolling = asyncio.create_task(_scroll(panel, seconds))
    busy = await _beats(seconds)
    for task in (streaming, scrolling, reading):
        task.cancel()
    results = await asyncio.gather(streaming, scrolling, reading, return_exceptions=True)
    errors = [repr(r) for r in results if isinstance(r, Exception)]
    return {"rest_ms": rest, "busy_ms": busy, "errors": errors}


async def _beats(seconds: float) -> dict[str, float]:
    late: list[float] = []
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        await asyncio.sleep(BEAT_S)
        late.append((time.perf_counter() - now - BEAT_S) * 1000)
    late.sort()
    return {
        "p50": late[len(late) // 2], "p99": late[int(len(late) * 0.99)],
        "p99_9": late[int(len(late) * 0.999)], "max": late[-1],
    }  # fmt: skip


async def _stream(panel: Any, seconds: float) -> None:
    """An answer of Markdown at 100 tokens a second, through the events that a run gives."""
    from desktop.chat.turn import TurnData
    from engine.events import TokenGenerated

    words = answer_tokens()
    conversation = panel.conversation
    answer = TurnData("assistant", state="live")
    conversation.turns += [TurnData("user", "Tell me much."), answer]
    conversation._answer = answer
    conversation.added.emit(2)
    began = time.perf_counter()
    for number in range(int(seconds * TOKENS_PER_S)):
        conversation._on_event(TokenGenerated(run_id="bench", text=words[number % len(words)]))
        # By the clock: a late loop makes up for what it missed.
        await asyncio.sleep(max(0.0, began + (number + 1) / TOKENS_PER_S - time.perf_counter()))


def answer_tokens() -> list[str]:
    """The tokens of a part of an answer as models write them: a heading, paragraphs, a list, a block of code."""
    sentence = [
        "The",
        "pressure",
        "of",
        "the",
        "**boiler**",
        "should",
        "be",
        "1.5",
        "bar",
        ",",
        "and",
        "the",
        "`valve`",
        "stays",
        "closed",
        ".",
    ]
    paragraph = [f"{word} " for word in sentence * 4]
    points = ["- "] + [f"{word} " for word in sentence[:8]] + ["\n"]
    code = ["```python\n", *(f"line_{n} = measure({n})\n" for n in range(8)), "```", "\n\n"]
    return ["## Heading", "\n\n", *paragraph, "\n\n", *paragraph, "\n\n", *(points * 5), "\n\n", *code]


async def _scroll(panel: Any, seconds: float) -> None:
    bar = panel.turns.verticalScrollBar()
    for number in range(int(seconds * 20)):
        bar.setValue((number * 37) % (bar.maximum() + 1))
        await asyncio.sleep(0.05)


def _write_documents(folder: Path, pages: int = 200) -> None:
    folder.mkdir(exist_ok=True)
    for page in range(pages):
        lines = [
            f"Paragraph {n} of page {page}: the boiler, the lease and the notice period are described."
            for n in range(24)
        ]
        (folder / f"page{page}.md").write_text(f"# Page {page}\n\n" + "\n\n".join(lines))


async def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the engine did not open")
        await asyncio.sleep(0.02)


def _loop(app: Any) -> Any:
    import qasync

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    return loop


def main() -> None:
    """One measurement."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(ROOT))
    what, *rest = sys.argv[1:]
    data_dir = Path(rest[0])
    seconds = float(rest[1]) if len(rest) > 1 else 0.0
    if what == "memory":
        opened(data_dir, of_memory)
    elif what == "idle":
        opened(data_dir, lambda window: idle(window, seconds))
    elif what == "stocked":
        opened(data_dir, stocked)
    elif what == "rested":
        opened(data_dir, rested)
    else:
        opened(data_dir, lambda window: gap(window, seconds))


if __name__ == "__main__":
    main()
