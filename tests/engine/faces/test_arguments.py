"""What people write on a command line: folders behind the command, empty paths, - for standard input and output."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fpdf import FPDF

from engine.faces.cli.app import main


@pytest.mark.parametrize("form", [("--data-dir", "{}"), ("--data-dir={}",)])
def test_the_data_folder_may_stand_behind_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: tuple[str, ...]
) -> None:
    folder = [part.format(tmp_path / "data") for part in form]
    assert main(["memory", "add", "the boiler is old", *folder]) == 0
    assert main([*folder, "memory", "list"]) == 0
    assert capsys.readouterr().out.count("the boiler is old") == 2


def test_words_behind_two_dashes_are_no_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data-dir", str(tmp_path / "data"), "memory", "add", "--", "--data-dir"]) == 0
    assert capsys.readouterr().out.endswith("--data-dir\n")


def test_a_data_folder_without_a_name_is_told_behind_the_command_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "list", "--data-dir"]) == 2
    assert "has no name" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [("ingest", ""), ("ingest", "README.md", " "), ("ask", "What is new?", "--file", ""), ("backup", ""),
     ("restore", ""), ("memory", "import", ""), ("memory", "export", "")],
)  # fmt: skip
def test_an_empty_path_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert main(["--data-dir", str(tmp_path / "data"), *command]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.splitlines()) == (
        "", ["A path is empty; name a file or folder, or write . for the folder you are in."]
    )  # fmt: skip
    assert os.listdir(tmp_path) == ["here"]


def test_memories_go_out_and_in_through_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--data-dir", str(tmp_path / "a"), "memory", "add", "the boiler is old"]) == 0
    capsys.readouterr()
    assert main(["--data-dir", str(tmp_path / "a"), "memory", "export", "-"]) == 0
    lines = capsys.readouterr().out
    assert len(lines.splitlines()) == 3
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    assert main(["--data-dir", str(tmp_path / "b"), "memory", "import", "-"]) == 0
    assert "Added 1, known already 0, damaged 0." in capsys.readouterr().out
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert list((tmp_path / "b" / "cache").glob("import-*")) == []


def test_the_answer_ends_before_its_places_begin_where_both_go_to_one_file(tmp_path: Path) -> None:
    """They came from two threads, and the end of the line behind the places."""
    scrubjay = [sys.executable, "-m", "desktop", "--data-dir", str(tmp_path)]
    assert main(["--data-dir", str(tmp_path), "memory", "add", "the boiler is old"]) == 0
    for _ in range(3):
        done = subprocess.run(
            [*scrubjay, "ask", "What is the boiler?", "--again"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )  # fmt: skip
        lines = done.stdout.splitlines()
        assert lines[-1].startswith("[1] memory"), done.stdout
        assert lines[-2].endswith('"the boiler is old"'), done.stdout


def test_one_page_is_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = FPDF()
    paper.add_page()
    paper.set_font("Helvetica", size=11)
    paper.cell(0, 6, "The boiler is serviced every September.")
    paper.output(str(tmp_path / "note.pdf"))
    assert main(["--data-dir", str(tmp_path / "data"), "ingest", str(tmp_path / "note.pdf")]) == 0
    assert main(["--data-dir", str(tmp_path / "data"), "documents", "list"]) == 0
    assert capsys.readouterr().out.count("1 passage, 1 page\n") == 2
