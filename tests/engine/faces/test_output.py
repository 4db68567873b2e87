"""Text that is not ours cannot play with the terminal."""

from __future__ import annotations

import pytest

from engine.faces.cli.output import one_line, printable


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("title\x1b]0;owned\x07", "title]0;owned"),
        ("back\x08\x08space", "backspace"),
        ("a\rb", "ab"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\x9b31m", "31m"),
    ],
)
def test_control_characters_are_dropped(hostile: str, harmless: str) -> None:
    assert printable(hostile) == harmless


def test_ordinary_text_of_all_scripts_stays() -> None:
    text = "Größe 5 €\tनमस्ते 你好 👩‍👩‍👧\nשלום"
    assert printable(text) == text


def test_a_name_that_is_not_valid_unicode_can_be_printed() -> None:
    assert one_line("bad\udcffname\nnext") == "bad?name next"
