"""The start after a kill -9: what was remembered is there, and one line says what happened."""

from __future__ import annotations

import sys
from pathlib import Path

from person import Person, run_person


async def day(person: Person) -> None:
    """Look for the line and for the memory."""
    window = person.window
    await person.until(
        lambda: window.foot.isVisible() and "did not end properly" in window.foot.accessibleName(), "a line"
    )
    found = await window.bridge.engine.memory.list(query="flower pot")
    assert len(found) == 1, found
    await person.look("after-a-crash")
    window.foot._button.click()
    report = window.commands._dialogs["help.report"].text
    await person.until(lambda: report.toPlainText() != "Looking…", "the report")
    first, began, why = report.toPlainText().split("\n")[:3]
    assert first == "What happened"
    assert began.startswith("  Scrubjay began at 20"), began
    assert "No fault of its own" in why, why
    report.window().grab().save(str(Path(sys.argv[2]) / "what-happened.png"))


if __name__ == "__main__":
    run_person(Path(sys.argv[1]), Path(sys.argv[2]), day)
