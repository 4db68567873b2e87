"""The document that comes with Scrubjay: built from its words, true to the menus, three pages."""

from __future__ import annotations

import re

import pypdfium2
import pytest
from PySide6.QtGui import QKeySequence
from sample_document import build

from desktop.actions import declare_commands
from engine.documents.formats import load_parser
from engine.documents.formats.source import Source

WORDS = build.read_words()


def test_building_it_again_gives_the_same_bytes(tmp_path):
    build.build(tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == build.OUT.read_bytes()


def test_it_has_three_pages_and_scrubjay_reads_all_its_words_and_headings():
    source = Source(build.OUT, "pdf")
    blocks = list(load_parser("pdf")(source))
    assert source.pages == len(pypdfium2.PdfDocument(build.OUT)) == 3
    read = re.sub(r"\s+", "", "".join(block.text for block in blocks))
    for page in WORDS.pages:
        for section in page:
            assert all("".join(paragraph.split()) in read for paragraph in section.paragraphs)
    headings = {block.text for block in blocks if block.kind == "heading"}
    assert {section.heading for page in WORDS.pages for section in page} <= headings


def test_the_menu_entries_that_it_names_exist():
    entries = {re.sub(r"[&…]", "", command.text) for command in declare_commands()} | {"Undo"}
    named = re.findall(r"choose \"([^\"]+)\" in the (\w+) menu", WORDS.text)
    assert len(named) >= 5
    menus = {re.sub(r"[&…]", "", c.text): c.menu for c in declare_commands()}
    for entry, menu in named:
        assert entry in entries
        assert menus.get(entry, "edit") == menu.lower()


@pytest.mark.parametrize(
    ("keys", "id"),
    [("Ctrl+K", "edit.find_everywhere"), ("Ctrl+L", "chat.composer"), ("Ctrl+Shift+O", "file.add_folder")],
)
def test_the_shortcuts_that_it_names_are_those_of_the_program(keys, id):
    command = next(command for command in declare_commands() if command.id == id)
    assert QKeySequence(command.keys) == QKeySequence(keys)
    assert keys in WORDS.text
