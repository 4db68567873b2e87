"""A tool call that waits for the person, on a command line with and without one."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.faces.cli.app import main
from tests.model_server import model_server

FORGET = ('Thought: x\nAction: forget {"text": "the boiler is in the cellar"}', "Thought: done\nAnswer: That was all.")


def told_to_forget(folder: Path, url: str, *options: str) -> list[str]:
    return ["--data-dir", str(folder), "ask", "How are you?", "--model", f"{url}/v1", *options]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("as_json", [False, True])
def test_where_nobody_can_be_asked_a_call_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    assert main(["--data-dir", str(tmp_path), "memory", "add", "the boiler is in the cellar"]) == 0
    capsys.readouterr()
    with model_server("jay", says=FORGET) as url:
        assert main(told_to_forget(tmp_path, url, *(["--json"] if as_json else []))) == 0
    said = capsys.readouterr()
    if as_json:
        events = [json.loads(line) for line in said.out.splitlines()]
        [returned] = [event for event in events if event.get("event", event.get("name")) == "tool_returned"]
        assert returned["ok"] is False
    else:
        assert "Refused, because nobody is there to be asked: forget: the boiler is in the cellar" in said.err
        assert "That was all." in said.out
    assert main(["--data-dir", str(tmp_path), "memory", "list"]) == 0
    assert "boiler" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("typed", "is_kept"), [(b"y\n", False), (b"n\n", True)])
def test_on_a_terminal_the_person_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: bytes, is_kept: bool
) -> None:
    assert main(["--data-dir", str(tmp_path), "memory", "add", "the boiler is in the cellar"]) == 0
    ours, theirs = pty.openpty()
    with model_server("jay", says=FORGET) as url:
        command = [sys.executable, "-m", "desktop", *told_to_forget(tmp_path, url)]
        process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
        end = threading.Timer(60, process.kill)
        end.start()
        said = b""
        while b"[y/N]" not in said and process.poll() is None:
            if select.select([ours], [], [], 1)[0]:
                said += os.read(ours, 4096)
        os.write(ours, typed)
        assert process.wait() == 0, said
        end.cancel()
    os.close(ours)
    os.close(theirs)
    capsys.readouterr()
    main(["--data-dir", str(tmp_path), "memory", "list"])
    assert ("boiler" in capsys.readouterr().out) is is_kept
