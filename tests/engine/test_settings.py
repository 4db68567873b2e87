"""Every option says what it is for, is read somewhere, and stands in the README."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.errors import UsageError
from engine.faces.cli.output import Invocation
from engine.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def _table() -> str:
    rows = ["| option | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory else field.default
        shown = "" if default in ("", None) else f"`{default}`"
        rows.append(f"| `{name}` | {shown} | {field.description} |")
    return "\n".join(rows)


def test_every_option_has_one_plain_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_every_option_has_a_reader() -> None:
    source = "\n".join(p.read_text() for p in (ROOT / "engine").rglob("*.py") if p.name != "settings.py")
    for name in Settings.model_fields:
        assert re.search(rf"\.{name}\b", source), f"nobody reads the option {name}"


def test_readme_lists_the_options_as_declared() -> None:
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split("<!-- settings:", 1)
    marker, after = rest.split("-->", 1)
    wanted = f"{before}<!-- settings:{marker}-->\n{_table()}\n<!-- /settings -->{after.split('<!-- /settings -->')[1]}"
    if os.environ.get("SCRUBJAY_WRITE_README"):
        readme.write_text(wanted)
    assert readme.read_text() == wanted, "run the tests once with SCRUBJAY_WRITE_README=1"


def test_environment_beats_settings_file_and_arguments_beat_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text('model = "file.gguf"\nstep_limit = 3\n')
    monkeypatch.setenv("SCRUBJAY_MODEL", "env.gguf")
    settings = Settings(data_dir=tmp_path, n_ctx=512)
    assert (settings.model, settings.step_limit, settings.n_ctx) == ("env.gguf", 3, 512)
    assert Settings(data_dir=tmp_path, model="given.gguf").model == "given.gguf"


def test_the_fields_own_name_for_redis_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://localhost:6379/0")
    assert Settings(data_dir=tmp_path).redis_url == "redis://localhost:6379/0"


@pytest.mark.parametrize("content", [b"model = \n[[[", b"model = \xff\xfe"])
def test_settings_that_are_not_toml_are_told_with_their_place(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings.toml").write_bytes(content)
    with pytest.raises(UsageError, match=r"The settings in .*settings\.toml cannot be read"):
        Settings(data_dir=tmp_path)


def test_an_empty_data_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be the current folder."""
    monkeypatch.setenv("SCRUBJAY_DATA_DIR", "")
    with pytest.raises(UsageError, match="is empty"):
        Settings()


def test_a_list_in_the_environment_is_written_like_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRUBJAY_MODEL_FOLDERS", os.pathsep.join(["/a b", "/c"]))
    monkeypatch.setenv("SCRUBJAY_MODEL_SERVERS", "http://127.0.0.1:1/v1 https://b.example/v1#name")
    settings = Settings(data_dir=tmp_path)
    assert settings.model_folders == ["/a b", "/c"]
    assert settings.model_servers == ["http://127.0.0.1:1/v1", "https://b.example/v1#name"]
    monkeypatch.setenv("SCRUBJAY_MODEL_FOLDERS", '["/d"]')
    assert Settings(data_dir=tmp_path).model_folders == ["/d"]
    monkeypatch.setenv("SCRUBJAY_MODEL_FOLDERS", "[broken")
    with pytest.raises(ValidationError, match="is no list"):
        Settings(data_dir=tmp_path)


@pytest.mark.parametrize("name", ["memory_tiers", "model_contexts"])
@pytest.mark.parametrize("written", ["x", "[1]", "{", '"text"', '{"semantic": 3'])
def test_a_table_in_the_environment_that_is_no_json_is_told_with_an_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(f"SCRUBJAY_{name.upper()}", written)
    with pytest.raises(UsageError, match=rf"^The setting {name} cannot be used: .* is no JSON object, like {{.*}}\.$"):
        Invocation(data_dir=tmp_path).settings()


def test_a_table_in_the_environment_is_written_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRUBJAY_MEMORY_TIERS", '{"semantic": {"capacity": 20000}}')
    monkeypatch.setenv("SCRUBJAY_MODEL_CONTEXTS", "")
    settings = Settings(data_dir=tmp_path)
    assert settings.memory_tiers == {"semantic": {"capacity": 20000}}
    assert settings.model_contexts == {}


def test_the_key_of_one_server_is_for_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRUBJAY_MODEL", "https://paid.example/v1")
    monkeypatch.setenv("SCRUBJAY_KEY_FILE", "/key")
    command = Invocation(data_dir=tmp_path)
    assert command.settings().key_file == Path("/key")
    assert command.settings(model="https://paid.example/v1#large").key_file == Path("/key")
    assert command.settings(model="http://127.0.0.1:11434/v1").key_file is None
    assert command.settings(model="http://127.0.0.1:11434/v1", key_file=Path("/other")).key_file == Path("/other")
