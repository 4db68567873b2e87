"""Texts of licences break where the window does, and no word of them is lost."""

from __future__ import annotations

from desktop.dialogs.rewrap import join_lines
from desktop.operations.help import list_licences

BROKEN = """\
  2. Redistributions in binary form must reproduce the above copyright notice,
     this list of conditions and the following disclaimer in the documentation
     and/or other materials provided with the distribution.
  3. Neither the name of the copyright holder nor the names of its contributors
     may be used to endorse products.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES ARE DISCLAIMED."""


def test_a_paragraph_is_one_line_and_an_item_begins_one() -> None:
    items, paragraph = join_lines(BROKEN).split("\n\n")
    assert [line.split()[0] for line in items.split("\n")] == ["2.", "3."]
    assert items.startswith("  2. ")
    assert "\n" not in paragraph
    assert paragraph.endswith('"AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES ARE DISCLAIMED.')


def test_lines_that_the_writer_ended_stay_lines() -> None:
    holders = "Copyright (c) 2001-2020 The people who wrote this library, all of them\nCopyright (c) 2021 One more"
    address = "Written by somebody who lives in a street with a long name\nat a place\nfar away"
    for text in (holders, address, "", "\n\n\nMIT\n", "x" * 300 + "\nshort"):
        assert join_lines(text) == text


def test_titles_in_the_middle_of_a_page_stand_at_its_side() -> None:
    title = " " * 33 + "Apache License\n" + " " * 24 + "http://www.apache.org/licenses/"
    assert join_lines(title) == "Apache License\nhttp://www.apache.org/licenses/"


def test_no_word_of_any_licence_is_lost() -> None:
    for licence in list_licences():
        assert join_lines(licence.text).split() == licence.text.split(), licence.name
