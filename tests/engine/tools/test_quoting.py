from __future__ import annotations

import pytest

from engine.events import Citation
from engine.tools.quoting import file_name, place, plain, quoted, shorten, used_numbers
from engine.tools.tool import CitationBook


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/eva/lease.pdf", "lease.pdf"),
        ("C:\\Users\\eva\\lease.pdf", "lease.pdf"),
        ("/tmp/a\nb\u202egnp.exe", "a bgnp.exe"),
        ("/home/eva/caf\\xe9.txt", "caf\\xe9.txt"),
        ("", "a document"),
        ("/tmp/\x1b[31mred.txt", "[31mred.txt"),
    ],
)
def test_a_file_name_is_safe_to_show(path: str, name: str) -> None:
    assert file_name(path) == name


def test_a_place_is_the_page_or_the_last_heading() -> None:
    assert place("/a/lease.pdf", 4, "Terms") == "lease.pdf, page 4"
    assert place("/a/notes.md", None, "House › Boiler") == "notes.md, “Boiler”"
    assert place("/a/notes.txt", None, "") == "notes.txt"


def test_a_quote_is_verbatim_in_one_line() -> None:
    assert quoted("three\nmonths") == '"three months"'
    assert quoted('he said "no"') == '“he said "no"”'


def test_plain_text_keeps_letters_of_all_scripts() -> None:
    assert plain("naïve 日本語 \u200cمی‌خواهم") == "naïve 日本語 \u200cمی‌خواهم"


def test_shortening_cuts_at_a_word() -> None:
    assert shorten("one two three", 9) == "one two …"


def test_numbers_are_found_in_order_once() -> None:
    assert used_numbers("a [2], b [1, 3] and [2] but not [x] or [1234]") == [2, 1, 3]


def test_numbers_go_on_through_a_chat_and_the_same_place_keeps_its_own() -> None:
    first = Citation(4, "a.pdf", 1, "", "text", "P1")
    book = CitationBook((first,))
    assert book.add(Citation(0, "a.pdf", 1, "", "text", "P1")).number == 4
    assert book.add(Citation(0, "a.pdf", 1, "", "other", "P1")).number == 5
    assert book.get(9) is None
