"""Where the data lie when nobody names a folder, and the file that holds what the person chose once."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data_place import default_data_dir, keep_data_dir, kept_in
from engine.settings import Settings


@pytest.fixture(autouse=True)
def home(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCRUBJAY_DATA_DIR", raising=False)
    return own_home


def test_a_folder_that_was_kept_is_where_the_data_are_until_the_systems_own_is_kept_again(tmp_path: Path) -> None:
    system = default_data_dir()
    keep_data_dir(tmp_path / "other, with ümläuts ")
    assert default_data_dir() == Settings().data_dir == tmp_path / "other, with ümläuts "
    assert [path.name for path in kept_in().parent.iterdir()] == [kept_in().name]
    assert kept_in().stat().st_mode & 0o777 == 0o600
    keep_data_dir(system)
    assert default_data_dir() == Settings().data_dir == system
    assert not kept_in().exists()


def test_a_folder_that_is_named_comes_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_data_dir(tmp_path / "kept")
    assert Settings(data_dir=tmp_path / "told").data_dir == tmp_path / "told"
    monkeypatch.setenv("SCRUBJAY_DATA_DIR", str(tmp_path / "environment"))
    assert Settings().data_dir == tmp_path / "environment"


def test_the_settings_of_the_kept_folder_hold(tmp_path: Path) -> None:
    keep_data_dir(tmp_path)
    (tmp_path / "settings.toml").write_text('model = "owl"\n')
    assert Settings().model == "owl"


@pytest.mark.parametrize(
    "text", ["", "\n", "relative/folder\n", "/one\n/two\n", "/" + "x" * 5000, "/a\0b\n", b"/\xff\n"]
)
def test_a_file_that_names_no_folder_is_passed_over(text: str | bytes) -> None:
    system = default_data_dir()
    kept_in().parent.mkdir(parents=True)
    kept_in().write_bytes(text if isinstance(text, bytes) else text.encode())
    assert default_data_dir() == system


def test_where_nothing_can_be_kept_that_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    kept_in().mkdir(parents=True)  # a folder stands in the place of the file
    with pytest.raises(OSError, match=r"\.folder"):
        keep_data_dir(tmp_path / "other")
    assert list(kept_in().parent.iterdir()) == [kept_in()]
