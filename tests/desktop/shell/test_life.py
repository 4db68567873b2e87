"""From the first paint to the end: closing, the tray, later starts, a crash before, opening again."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from desktop.__main__ import main, missing_file, window_arguments
from desktop.app import Application
from desktop.closing import CloseQuestion, Closing
from desktop.dialogs.elsewhere import keep_folder
from desktop.instance import Claim, InstanceServer, claim_or_hand_over, hand_over
from desktop.main_window import MainWindow
from desktop.operations.help import shorten_home
from desktop.platform import autostart
from desktop.tray import Tray
from engine.data_place import default_data_dir, kept_in
from engine.errors import StoreFullError

FORBIDDEN = ("numpy", "redis", "onnxruntime", "llama_cpp", "pyqtgraph", "torch", "engine.engine", "PySide6.QtDBus")
FIRST_PAINT = """
import asyncio, sys, pathlib
import qasync
from PySide6.QtCore import QTimer
from desktop.app import create_application, create_window
app = create_application([])
loop = qasync.QEventLoop(app)
asyncio.set_event_loop(loop)
window = create_window(app, pathlib.Path(sys.argv[1]))
window.show()
app.processEvents()
print(",".join(sorted(sys.modules)))
"""


def with_closing(window: MainWindow) -> Closing:
    tray = Tray(window.bridge, window.actions_["chat.new"], window.actions_["app.quit"], window)
    return Closing(window, tray)


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT, str(tmp_path / "data")],
        capture_output=True, text=True, timeout=40, check=True, env=_offscreen(),
    )  # fmt: skip
    loaded = set(done.stdout.strip().split(","))
    assert loaded & set(FORBIDDEN) == set()
    assert not (tmp_path / "data").exists(), "the directory is made by the engine, once it is ours"


def _offscreen() -> dict[str, str]:
    import os

    return {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


def test_the_first_close_asks_once_and_remembers(make_window, until) -> None:
    window = make_window(engine=False)
    closing = with_closing(window)
    window.close()
    window.close()
    questions = window.findChildren(CloseQuestion)
    assert len(questions) == 1
    assert window.isVisible()
    questions[0].remember.setChecked(True)
    questions[0].keep.click()
    # There is no tray on this platform: to keep running is to be minimised, and nothing spoke of a tray.
    assert "tray" not in questions[0].text()
    assert window.isMinimized()
    assert window.state.get("when_closed") == "keep"
    window.showNormal()
    window.close()
    assert window.isMinimized()
    assert closing is not None


def test_esc_on_the_question_of_the_close_changes_nothing(make_window) -> None:
    window = make_window(engine=False)
    with_closing(window)
    window.close()
    window.findChildren(CloseQuestion)[0].reject()
    assert window.isVisible()
    assert not window.isMinimized()
    assert window.state.get("when_closed") is None


def test_quit_closes_the_engine_and_says_that_it_ended_properly(window: MainWindow, until) -> None:
    closing = with_closing(window)
    ended: list[bool] = []
    closing.ended.connect(lambda: ended.append(True))
    until(lambda: window.state.get("running"))
    window.actions_["app.quit"].trigger()
    window.actions_["app.quit"].trigger()
    until(lambda: ended)
    assert ended == [True]
    assert window.bridge.engine is None
    kept = json.loads((window.context.data_dir / "window.json").read_text())
    assert "running" not in kept


def test_a_start_after_a_crash_says_so_in_one_line_with_what_happened(make_window, until, run) -> None:
    crashed = make_window()
    until(lambda: crashed.state.get("running"))
    run(crashed.bridge.aclose())
    window = make_window()
    until(lambda: window.foot.isVisible())
    assert "did not end properly" in window.foot.sentence
    window.foot._button.click()
    report = window.commands._dialogs["help.report"]
    until(lambda: "Versions" in report.text.toPlainText())
    assert report.text.toPlainText().startswith("What happened\n")


def test_a_later_start_hands_over_its_files(make_window, until, tmp_path: Path, run) -> None:
    window = make_window(engine=False)
    server = InstanceServer(tmp_path / "data", window)
    asked: list[list[str]] = []
    server.asked.connect(asked.append)
    code = "import sys; from desktop.instance import hand_over; from pathlib import Path\n"
    code += "from PySide6.QtCore import QCoreApplication; app = QCoreApplication([])\n"
    code += "print(hand_over(Path(sys.argv[1]), sys.argv[2:]))"

    async def other_start() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, str(tmp_path / "data"), "a.pdf", stdout=asyncio.subprocess.PIPE
        )
        return (await process.communicate())[0].decode().strip()

    assert run(other_start()) == "True"
    until(lambda: asked)
    assert asked == [[str(Path("a.pdf").absolute())]]
    server.close()


OTHER_START = """
import sys
from pathlib import Path
from desktop.instance import claim_or_hand_over
print("begun", flush=True)
print(claim_or_hand_over(Path(sys.argv[1]), sys.argv[2:]) is None)
"""


def test_a_start_while_another_opens_its_window_waits_until_that_one_listens(
    make_window, until, tmp_path: Path, run
) -> None:
    claim = claim_or_hand_over(tmp_path / "data", [])
    assert claim is not None
    asked: list[list[str]] = []

    async def other_start() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", OTHER_START, str(tmp_path / "data"), "a.pdf", stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"begun\n"
        # It has found the lock taken, or will; only now is there somebody who listens.
        server = InstanceServer(tmp_path / "data", make_window(engine=False))
        server.asked.connect(asked.append)
        said = (await process.communicate())[0].decode().strip()
        server.close()
        return said

    assert run(other_start()) == "True"
    until(lambda: asked)
    assert asked == [[str(Path("a.pdf").absolute())]]
    claim.release()


def test_a_start_while_another_ends_opens_a_window_when_it_has(tmp_path: Path, run) -> None:
    ending = Claim(tmp_path / "data")
    assert ending.take()
    assert not Claim(tmp_path / "data").take()

    async def other_start() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", OTHER_START, str(tmp_path / "data"), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"begun\n"
        ending.release()
        return (await process.communicate())[0].decode().strip()

    assert run(other_start()) == "False"


def test_where_no_window_is_open_nothing_is_handed_over(app: QApplication, tmp_path: Path) -> None:
    assert not hand_over(tmp_path / "nobody", [])


def test_what_another_program_writes_into_the_socket_does_no_harm(make_window, until, tmp_path: Path) -> None:
    from PySide6.QtNetwork import QLocalSocket

    from desktop.instance import socket_name

    window = make_window(engine=False)
    server = InstanceServer(tmp_path / "data", window)
    asked: list[list[str]] = []
    server.asked.connect(asked.append)
    for nonsense in (b"\xff\xfe\n", b"[1, 2]\n", b'{"files": [1, null, "x"], "token": 5}\n', b"{}\n"):
        socket = QLocalSocket()
        socket.connectToServer(socket_name(tmp_path / "data"))
        assert socket.waitForConnected(2000)
        socket.write(nonsense)
        socket.flush()
        before = len(asked)
        until(lambda before=before: len(asked) > before)
    assert asked == [[], [], ["x"], []]
    server.close()


def test_a_file_that_the_system_opens_with_us_reaches_the_window(app: Application) -> None:
    opened: list[list[str]] = []
    app.file_opened.connect(opened.append)
    QApplication.sendEvent(app, QFileOpenEvent(QUrl.fromLocalFile("/somewhere/lease.pdf")))
    app.file_opened.disconnect(opened.append)
    assert opened == [["/somewhere/lease.pdf"]]


def test_work_that_waits_for_the_engine_outlives_its_opening_again(window: MainWindow, until) -> None:
    bridge = window.bridge
    before = bridge.engine
    stopped: list[bool] = []
    answered: list[object] = []

    async def forever(engine: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(True)

    bridge.run(forever, title="Something long")
    until(lambda: any(task.get_name() == "Something long" for task in bridge._users))
    bridge.reopen()
    until(lambda: bridge.engine is None)
    bridge.run(lambda engine: engine.memory.stats(), answered.append)
    until(lambda: answered)
    assert stopped == [True]
    assert bridge.engine is not None
    assert bridge.engine is not before
    assert bridge.jobs == []


@pytest.mark.parametrize("data_dir", [None, Path("/data with spaces/100 %")])
def test_start_at_login_is_written_and_taken_back(
    data_dir: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("the desktop file is Linux's")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert not autostart.is_at_login()
    autostart.set_at_login(True, data_dir)
    assert autostart.is_at_login()
    text = (tmp_path / "autostart" / f"{autostart.APP_ID}.desktop").read_text()
    command = next(line for line in text.splitlines() if line.startswith("Exec="))
    assert command.endswith('"--tray"')
    if data_dir is not None:
        assert '"/data with spaces/100 %%"' in command
    autostart.set_at_login(False)
    assert not autostart.is_at_login()


def test_the_command_that_starts_at_login_opens_the_window() -> None:
    arguments = autostart.start_command(Path("/somewhere"))
    own = arguments[arguments.index("--data-dir") :]
    assert window_arguments([a for a in own if a != autostart.IN_TRAY]) == (Path("/somewhere"), [])


def test_a_report_does_not_name_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert shorten_home("data: /home/ada/.local/share") == "data: ~/.local/share"


def test_a_folder_of_somebody_else_is_said_in_words_of_the_window_and_another_one_is_a_click_away(
    make_window, until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.docx").write_text("mine")
    window = make_window()
    until(lambda: window.foot.isVisible())
    assert "not Scrubjay's" in window.foot.sentence
    assert "--" not in window.foot.sentence
    # The same folder is tried again.
    (tmp_path / "data" / "thesis.docx").rename(tmp_path / "thesis.docx")
    window.foot._button.click()
    window.findChild(QFileDialog).fileSelected.emit(str(tmp_path / "data"))
    until(lambda: window.bridge.engine is not None)


def test_another_folder_for_the_data_gets_a_window_of_its_own(
    make_window, until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.docx").write_text("mine")
    window = make_window()
    quits: list[bool] = []
    window.actions_["app.quit"].triggered.connect(lambda *_: quits.append(True))
    start = [sys.executable, "-c", "import pathlib, sys; pathlib.Path(sys.argv[1], 'started').touch()"]
    monkeypatch.setattr("desktop.dialogs.elsewhere.start_command", lambda folder: [*start, str(folder), "--tray"])
    until(lambda: window.foot.isVisible())
    window.foot._button.click()
    (tmp_path / "other").mkdir()
    window.findChild(QFileDialog).fileSelected.emit(str(tmp_path / "other"))
    until(lambda: (tmp_path / "other" / "started").exists())
    assert len(quits) == 1


@pytest.mark.parametrize(("named", "told"), [(False, ["--keep-folder"]), (True, [])])
def test_the_folder_that_stands_in_for_the_usual_one_is_to_be_kept_and_no_other(
    make_window, until, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, named: bool, told: list[str]
) -> None:
    monkeypatch.delenv("SCRUBJAY_DATA_DIR", raising=False)
    folder = tmp_path / "named" if named else default_data_dir()
    folder.mkdir(parents=True)
    (folder / "thesis.docx").write_text("mine")
    window = make_window(data_dir=folder)
    write = "import pathlib, sys; pathlib.Path(sys.argv[1], 'told').write_text(' '.join(sys.argv[2:]))"
    start = [sys.executable, "-c", write]
    monkeypatch.setattr("desktop.dialogs.elsewhere.start_command", lambda folder: [*start, str(folder), "--tray"])
    until(lambda: window.foot.isVisible())
    window.foot._button.click()
    (tmp_path / "other").mkdir()
    window.findChild(QFileDialog).fileSelected.emit(str(tmp_path / "other"))
    until(lambda: (tmp_path / "other" / "told").exists())
    until(lambda: (tmp_path / "other" / "told").read_text().split() == told)


def test_a_folder_that_cannot_be_kept_is_said(window, own_home: Path, tmp_path: Path) -> None:
    keep_folder(window)
    assert default_data_dir() == tmp_path / "data"
    kept_in().unlink()
    kept_in().mkdir()
    keep_folder(window)
    assert window.foot.sentence.startswith("The next start will ask for the folder again: ")
    assert window.foot.isVisible()


def test_a_file_that_is_not_there_is_named_and_a_command_stays_one(tmp_path: Path, capsys) -> None:
    here = tmp_path / "lease.pdf"
    here.touch()
    assert missing_file([str(here), "/missing"]) == "/missing"
    assert missing_file(["--data-dir", str(tmp_path), "lost.pdf"]) == "lost.pdf"
    for arguments in ([], ["ask", "What is 2 + 2?"], ["documents", "add", "/missing"], [str(here)], ["--version"]):
        assert missing_file(arguments) == ""
    assert main([str(here), "/missing"]) == 1
    assert capsys.readouterr().err == "There is no file or folder /missing.\n"


def test_the_line_about_a_full_disk_goes_when_something_can_be_written_again(window, until, run) -> None:
    window.show_error(StoreFullError("No space is left on the disk; free some and it goes on."))
    window._space._early.stop()
    window._space._timer.stop()
    window._space._timer.start(60_000)
    run(window.bridge.engine.memory.add("There is room again"))
    until(lambda: window.foot.sentence == "There is room on the disk again: Scrubjay goes on.")
    assert not window._space._timer.isActive()


def test_the_line_about_a_full_disk_goes_when_there_is_room_and_no_other_does(window, until) -> None:
    window.show_error(StoreFullError("The disk is full."))
    window._space._look()
    assert window.foot.sentence.startswith("There is room")
    window.show_error(StoreFullError("The disk is full."))
    window.say("Something else")
    window._space._look()
    assert window.foot.sentence == "Something else"
