"""The person's settings.toml: ours is changed, theirs stays."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.settings import Settings, save_settings
from engine.settings_file import edit_toml

THEIRS = """# my settings
step_limit = 3   # few
project = '''
[not a table]
'''
from_tomorrow = ["a",
  "b",  # with a comment
]

[colours]
model = "not ours"
"""


def test_a_change_is_read_back_and_nothing_else_changes() -> None:
    edited = edit_toml(THEIRS, {"model": 'a "b"\\c.gguf', "step_limit": 5})
    assert tomllib.loads(edited) == tomllib.loads(THEIRS) | {"model": 'a "b"\\c.gguf', "step_limit": 5}
    assert edited.startswith("# my settings\nstep_limit = 5\n")
    assert edited.endswith('[colours]\nmodel = "not ours"\n')


def test_a_value_over_several_lines_is_replaced_whole() -> None:
    edited = edit_toml(THEIRS, {"project": "boiler"})
    assert tomllib.loads(edited)["project"] == "boiler"
    assert "not a table" not in edited


def test_none_takes_an_option_out() -> None:
    edited = edit_toml(THEIRS, {"project": None, "model": None})
    assert "project" not in tomllib.loads(edited)
    assert tomllib.loads(edited)["colours"] == {"model": "not ours"}


def test_a_line_without_an_end_gets_one() -> None:
    assert edit_toml("step_limit = 3", {"model": "x"}) == 'step_limit = 3\nmodel = "x"\n'


def test_a_saved_setting_is_there_at_the_next_start_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    save_settings(tmp_path, {"n_ctx": 1024, "memory": False})
    save_settings(tmp_path, {"n_ctx": 2048})
    settings = Settings(data_dir=tmp_path)
    assert (settings.n_ctx, settings.memory) == (2048, False)
    assert stat.S_IMODE((tmp_path / "settings.toml").stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize("changes", [{"no_such": 1}, {"n_ctx": 3}, {"data_dir": "/elsewhere"}])
def test_what_no_option_can_hold_is_refused_and_not_written(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"setting|n_ctx"):
        save_settings(tmp_path, changes)
    assert not (tmp_path / "settings.toml").exists()


def test_a_file_that_is_not_toml_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("this is not = = toml")
    with pytest.raises(UsageError, match="line 1"):
        save_settings(tmp_path, {"n_ctx": 1024})
    assert file.read_text() == "this is not = = toml"
