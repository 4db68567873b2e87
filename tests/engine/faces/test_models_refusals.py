"""`scrubjay models`: a model that does not fit is refused with the sum, the option that goes on, and what fits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.faces.cli.app import main
from tests.bench.shaped_gguf import Made, write_shaped
from tests.bench.tiny_gguf import TINY, Shape, write_gguf
from tests.model_server import model_server


@pytest.fixture(autouse=True)
def home(own_home: Path) -> Path:
    """One model that fits everywhere and one that fits nowhere."""
    folder = own_home / ".lmstudio/models/a/b"
    folder.mkdir(parents=True)
    write_gguf(folder / "jay.gguf", TINY, general__name="Jay")
    giant = Made(Shape(16384, 126, 128, 128, 53248, 32768, 131072))
    write_shaped(folder / "condor.gguf", giant, hollow=True, general__name="Condor")
    return own_home


def test_a_refusal_has_the_sum_the_option_and_what_fits(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = ("--data-dir", str(home / "data"), "models")
    assert main((*models, "use", "condor")) == 1
    said = capsys.readouterr().err
    for words in ("Condor was not chosen", "needs ", "are free", "--anyway", 'What fits: "Jay".'):
        assert words in said
    assert main((*models, "use", "condor", "--json")) == 1
    assert json.loads(capsys.readouterr().err)["error"]["kind"] == "model_too_large"
    assert main((*models, "use", "condor", "--anyway", "--json")) == 0
    used = json.loads(capsys.readouterr().out)
    assert used["plan"]["verdict"] == "too_large"
    assert main((*models, "plan", "condor", "--json")) == 0
    plan = json.loads(capsys.readouterr().out)
    parts = sum(plan[name] for name in ("weights_bytes", "kv_bytes", "compute_bytes", "other_bytes"))
    assert plan["needed_bytes"] == parts
    assert plan["tokens_per_s"] > 0


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".gguf", "~nobody99/x.gguf", "/" + "y" * 5000])
def test_a_name_that_no_file_can_have_is_a_sentence(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ("--data-dir", str(home / "data"))
    asked = [
        *[("models", what, name) for what in ("plan", "use", "show", "unload", "add")],
        ("ask", "hi", "--model", name),
    ]
    for command in asked:
        assert main((*told, *command)) in (1, 2)
        assert "There is no" in capsys.readouterr().err
    monkeypatch.setenv("SCRUBJAY_MODEL", name)
    assert main((*told, "ask", "hi")) in (1, 2)
    assert "There is no" in capsys.readouterr().err
    assert main((*told, "models", "list")) == 0


def test_the_guide_is_found_however_its_name_is_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = ("--data-dir", str(home / "data"), "models")
    for name in ("Guide", "GUIDE"):
        assert main((*models, "use", name)) == 0
        assert main((*models, "plan", name)) == 0
        assert main((*models, "show", name)) == 0
        assert "It chooses, it does not write" in capsys.readouterr().out


def test_a_server_takes_no_memory_and_an_address_with_a_space_is_none(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = ("--data-dir", str(home / "data"), "models")
    assert main((*models, "plan", "http://127.0.0.1:9/v1#owl")) == 0
    assert "takes no memory of this computer" in capsys.readouterr().out
    assert main((*models, "plan", "http://127.0.0.1:9", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "fits"
    assert main((*models, "plan", "https://x y")) == 2
    assert "address of a model server" in capsys.readouterr().err


def test_a_name_of_a_server_with_a_line_break_stays_on_its_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with model_server("a\nb") as address:
        assert main(("--data-dir", str(home / "data"), "ask", "hi", "--model", address)) == 0
    assert capsys.readouterr().err.startswith("a b · chat ")


def test_a_thought_ends_its_line_before_the_answer(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with model_server("m", says=["<think>It is an oak</think>Answer: An oak."]) as address:
        assert main(("--data-dir", str(home / "data"), "ask", "Which tree?", "--model", address)) == 0
    said = capsys.readouterr()
    assert "It is an oak\n" in said.err
    assert said.out == "An oak.\n"
