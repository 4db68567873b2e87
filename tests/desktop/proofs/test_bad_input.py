"""What goes wrong on a person's computer, through the real window: each is a sentence, and the rest goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from desktop.app import open_engine
from desktop.chat import words
from desktop.main_window import MainWindow
from desktop.operations.documents import reading_of

N = 500


def drop(window: MainWindow, mime: QMimeData) -> None:
    """Let something fall on the middle of the window."""
    at = window.rect().center()
    action, button, modifier = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(at, action, mime, button, modifier)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(window, QDropEvent(at.toPointF(), action, mime, button, modifier))


def files_of(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


@pytest.mark.timeout(180)
def test_five_hundred_files_at_once_are_read_and_the_broken_among_them_named(
    window: MainWindow, until, run, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    paths = [folder / f"note {n}.md" for n in range(N)]
    for n, path in enumerate(paths):
        path.write_bytes(b"%PDF-1.7 broken" if n % 100 == 0 else f"# Note {n}\n\nThe number is {n}.\n".encode())
    for path in paths[::100]:
        path.rename(path.with_suffix(".pdf"))
    reading = reading_of(window.context)
    window.take_files([str(path) for path in sorted(folder.iterdir())])
    assert reading.batches
    # The window goes on meanwhile: a question is answered before the last file is read.
    panel = window.open_panel("chat")
    panel.ask("What is 3 * 14?")
    until(lambda: not panel.conversation.is_answering)
    assert "42" in panel.conversation.turns[-1].text
    for _ in range(5):
        # Each wait has the limit of one; five hundred files may take longer where little else is free.
        if reading.batches:
            run_quietly(until, lambda: not reading.batches)
    documents = run(window.bridge.engine.documents.list())
    assert sum(d.path.endswith(".md") for d in documents) == N - 5
    assert "5" in window.foot.sentence


def run_quietly(until: Callable[[Callable[[], object]], None], condition: Callable[[], object]) -> None:
    """One wait that may end without its condition."""
    try:
        until(condition)
    except TimeoutError:
        return


@contextmanager
def nobody() -> Iterator[None]:
    """The superuser, who may look everywhere, is nobody meanwhile."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="the rights of POSIX")
def test_a_folder_without_permission_says_so(make_window, until, tmp_path: Path) -> None:
    window = make_window(engine=False)
    window.state.set("sample_read", True)
    open_engine(window)
    until(lambda: window.bridge.engine is not None)
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "a.md").write_text("# A\n\nText.\n")
    closed.chmod(0)
    reading = reading_of(window.context)
    with nobody():
        drop(window, files_of(closed))
        until(lambda: not reading.batches and window.foot.sentence)
    assert "closed" in window.foot.sentence, window.foot.sentence
    closed.chmod(0o700)


def test_a_link_a_text_and_a_picture_that_fall_on_the_window(window: MainWindow) -> None:
    link = QMimeData()
    link.setUrls([QUrl("https://example.org/a.pdf")])
    drop(window, link)
    assert "opens no web pages" in window.foot.sentence
    picture = QMimeData()
    picture.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
    drop(window, picture)
    assert "not pictures" in window.foot.sentence
    text = QMimeData()
    text.setText("How long is the notice period?")
    drop(window, text)
    assert "notice period" in window.open_panel("chat").composer.text
    assert not reading_of(window.context).batches


def test_a_window_whose_screen_is_gone_comes_back_onto_one_that_is_there(make_window, app: QApplication) -> None:
    window = make_window(engine=False)
    window.move(6000, 5000)
    window.keep_place()
    again = make_window(engine=False)
    assert any(screen.availableGeometry().intersects(again.frameGeometry()) for screen in app.screens())


def test_without_a_keychain_everything_but_a_kept_key_goes_on(
    make_window, until, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    window = make_window()
    until(lambda: window.bridge.engine is not None)
    panel = window.open_panel("chat")
    panel.ask("What is 3 * 14?")
    until(lambda: not panel.conversation.is_answering)
    assert "42" in panel.conversation.turns[-1].text
    window.actions_["app.settings"].trigger()
    window.open_panel("models")
    keyring.set_keyring(before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB; skips where none may be mounted."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path)]
    try:
        done = subprocess.run(mount, capture_output=True, timeout=10, check=False)
    except OSError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {done.stderr.decode().strip()}")
    yield path
    subprocess.run(["umount", "-l", str(path)], capture_output=True, timeout=10, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a small tmpfs")
def test_a_disk_that_is_full_while_chatting_is_said_and_the_chat_goes_on_when_there_is_room(
    small_disk: Path, make_window, until, unexpected_errors_fail
) -> None:
    window = make_window(data_dir=small_disk / "data")
    until(lambda: window.bridge.engine is not None)
    panel = window.open_panel("chat")
    panel.ask("What is 3 * 14?")
    until(lambda: not panel.conversation.is_answering)
    ballast = small_disk / "ballast"
    # Without a buffer: closing would write what is left in it, and fail again.
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    panel.ask("What is 5 * 5? " + "x" * 20_000)
    until(lambda: not panel.conversation.is_answering)
    turn = panel.conversation.turns[-1]
    assert "space" in (turn.error + window.foot.sentence + " ".join(turn.notes)).lower(), turn
    assert window.isVisible()
    for question in ("What is 7 * 7?", "What is 8 * 8?"):
        panel.ask(question)
        until(lambda: not panel.conversation.is_answering)
        until(lambda: not panel.conversation._is_learning and not panel.conversation._loading)
    panel.conversation.check()
    until(lambda: not panel.conversation._loading)
    asked = [turn.text[:14] for turn in panel.conversation.turns if turn.role == "user"]
    assert asked == ["What is 3 * 14", "What is 5 * 5?", "What is 7 * 7?", "What is 8 * 8?"]
    assert "not kept" in " ".join(panel.conversation.turns[-1].notes)
    assert not any("interrupted" in words.ending(turn) for turn in panel.conversation.turns[-4:])
    panel.again()
    until(lambda: not panel.conversation.is_answering)
    assert [turn.text[:14] for turn in panel.conversation.turns if turn.role == "user"] == asked
    ballast.unlink()

    def answered() -> bool:
        if not panel.conversation.is_answering:
            if "36" in panel.conversation.turns[-1].text:
                return True
            panel.ask("What is 6 * 6?")
        return False

    until(answered)
