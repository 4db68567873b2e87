"""What tests/bench/highlight.py starts: a window whose side sheet shows the quoted pages one after the other.

python highlight_child.py DIR      prints one line of JSON: boxes found and milliseconds by page
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bench")]

from highlight import QuotedPage, write_quoted_pages  # noqa: E402
from window_child import end  # noqa: E402

LIMIT_S = 60.0


def main(folder: Path) -> None:
    """Open the window on an empty data directory, read the pages in, show each and print what was found."""
    import qasync
    from PySide6.QtWidgets import QApplication

    from desktop.app import create_application, create_window, open_engine

    pages = write_quoted_pages(folder / "quoted.pdf")
    app: QApplication = create_application([])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    window = create_window(app, folder / "data")
    window.state.set("sample_read", True)
    window.show()
    open_engine(window)

    async def go() -> None:
        await _until(lambda: window.bridge.engine is not None)
        try:
            print(json.dumps(await _show_all(window, folder / "quoted.pdf", pages)), flush=True)
        finally:
            await window.bridge.aclose()

    with loop:
        loop.run_until_complete(go())
    end(app, window)


async def _show_all(window: Any, path: Path, pages: list[QuotedPage]) -> dict[str, Any]:
    engine = window.bridge.engine
    await engine.ingest([path])
    (document,) = await engine.documents.list()
    passages = await engine.documents.text(document.id, reach=500)
    found = [await _show(window, document, passages, page) for page in (pages[0], *pages)]
    return {"first_ms": found[0][1], "boxes": [boxes for boxes, _ in found[1:]], "ms": [ms for _, ms in found[1:]]}


async def _show(window: Any, document: Any, passages: Any, page: QuotedPage) -> tuple[list[Any], float]:
    """The boxes marked, and the time from the click on the citation until the page is painted with its mark."""
    from PySide6.QtWidgets import QApplication

    from desktop.operations.sources import open_source
    from engine.events import Citation

    passage = next(p for p in passages if page.number in (p.page, *(place[1] for place in p.places)))
    citation = Citation(1, document.path, page.number, "", page.quote, passage.id)
    painted: list[float] = []
    begun = time.perf_counter()
    open_source(window.context, [citation], 0)
    sheet = window.sheet._content
    view = sheet.area.page
    paint = view.paintEvent

    def note(event: Any) -> None:
        paint(event)
        if view.has_page and not painted:
            painted.append(time.perf_counter())

    view.paintEvent = note
    await _until(lambda: bool(painted))
    boxes = [list(box) for box in view.marks]
    window.close_sheet()
    QApplication.processEvents()
    return boxes, 1000 * (painted[0] - begun)


async def _until(condition: Callable[[], object]) -> None:
    ends = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("The page was not painted.")
        await asyncio.sleep(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
