"""`scrubjay memory …`, run as a person runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Scrubjay

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def scrubjay(tmp_path: Path) -> Scrubjay:
    return Scrubjay(tmp_path / "data", SCRUBJAY_EMBEDDER="none")


def test_a_memory_is_changed_thrown_away_taken_back_and_forgotten(scrubjay: Scrubjay) -> None:
    (added,) = scrubjay.json("memory", "add", "Prefers metric units", "--tag", "units")
    id = added["id"]
    (edited,) = scrubjay.json("memory", "edit", id[:24], "--text", "Prefers SI units", "--tier", "long_term")
    assert (edited["text"], edited["tier"], edited["tags"]) == ("Prefers SI units", "long_term", ["units"])
    assert scrubjay.json_here("memory", "pin", id)[0]["pinned"] is True
    (change,) = scrubjay.json("memory", "trash", id)
    assert change["sentence"] == "Moved “Prefers SI units” to the trash"
    assert scrubjay.json_here("memory", "list") == []
    assert [e["id"] for e in scrubjay.json_here("memory", "list", "--trash")] == [id]
    scrubjay.json("memory", "undo")
    assert scrubjay.json_here("memory", "show", id)[0]["pinned"] is True
    told = [c["sentence"] for c in scrubjay.json_here("memory", "changes")]
    assert told[-2:] == ["Edited “Prefers SI units”", "Remembered “Prefers metric units”"]
    assert scrubjay.json("memory", "forget", id, "--yes") == [{"forgotten": id}]
    assert scrubjay.json_here("memory", "stats")[0]["total"] == 0
    scrubjay.run_here("memory", "add", "The cat is called Minka")
    (other,) = scrubjay.json_here("memory", "add", "The gate is green")
    scrubjay.run("memory", "forget", other["id"], "--yes")
    assert "cannot be taken back; this is what was done before" in scrubjay.run("memory", "undo").stderr


def test_export_and_import_elsewhere(scrubjay: Scrubjay, tmp_path: Path) -> None:
    for text in ("The boiler was replaced in March", "The cat is called Minka"):
        scrubjay.run_here("memory", "add", text)
    file = tmp_path / "out.jsonl"
    assert "2 memories" in scrubjay.run("memory", "export", file).stderr
    assert file.stat().st_mode & 0o077 == 0
    assert "--force" in scrubjay.run_here("memory", "export", file, code=2).stderr
    elsewhere = Scrubjay(tmp_path / "elsewhere", SCRUBJAY_EMBEDDER="none")
    (report,) = elsewhere.json("memory", "import", file)
    assert (report["added"], report["complete"]) == (2, True)
    assert elsewhere.json_here("memory", "import", file)[0]["known"] == 2
    assert elsewhere.json_here("memory", "recall", "boiler")[0]["text"].startswith("The boiler")
    file.write_text(file.read_text()[:400])
    assert elsewhere.json_here("memory", "import", file, code=1)[0]["complete"] is False
    assert "no export" in elsewhere.run_here("memory", "import", __file__, code=2).stderr


def test_consolidate_stats_and_suggestions_have_something_to_say(scrubjay: Scrubjay) -> None:
    (report,) = scrubjay.json("memory", "consolidate")
    assert (report["promoted"], report["merged"], report["sweep"]["believed"]) == ([], {}, True)
    assert "capacity" in scrubjay.json_here("memory", "stats")[0]["tiers"]["semantic"]
    assert "No suggestion" in scrubjay.run_here("memory", "suggestions").stderr
    assert "believed" in scrubjay.run_here("memory", "clock").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", ""), "empty"), (("add", "x", "--importance", "1.5"), "from 0 to 1"),
        (("add", "x", "--tier", "semantics"), "Did you mean 'semantic'"), (("show", "01NOSUCH"), "no memory"),
        (("edit", "01NOSUCH", "--text", "x"), "no memory"), (("edit", "01NOSUCH"), "Say what to change"),
        (("undo",), "nothing to take back"), (("undo", "01NOSUCH"), "no change"),
        (("forget", "01NOSUCH", "-y"), "no memory"),
        (("list", "--sort", "size"), "no order"), (("restore", "01NOSUCH"), "no memory"),
        (("import", "/no/such/file"), "cannot be read"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_in_one_sentence(scrubjay: Scrubjay, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in scrubjay.run_here("memory", *arguments, code=2).stderr
