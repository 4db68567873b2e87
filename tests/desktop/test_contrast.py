"""Every pair of colours that stands on the screen, in every palette, against WCAG 2.2."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor

from desktop.look.tokens import PALETTES, SHAPE_PAIRS, TEXT_PAIRS

ROOT = Path(__file__).parents[2]


def luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = colour.getRgbF()
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(QColor(one)), luminance(QColor(other))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", PALETTES)
def test_words_stand_out_from_what_is_behind_them(palette: str) -> None:
    tokens = PALETTES[palette]
    weak = {(a, b): round(contrast(getattr(tokens, a), getattr(tokens, b)), 2) for a, b in TEXT_PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("palette", PALETTES)
def test_shapes_stand_out_from_what_is_behind_them(palette: str) -> None:
    tokens = PALETTES[palette]
    weak = {(a, b): round(contrast(getattr(tokens, a), getattr(tokens, b)), 2) for a, b in SHAPE_PAIRS}
    weak |= {(line, "page"): round(contrast(line, tokens.page), 2) for line in tokens.plots}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_no_view_names_a_colour() -> None:
    named = re.compile(r"#[0-9a-fA-F]{6}\b|QColor\(\s*[\"'\d]|rgba?\(")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "desktop").rglob("*.py")
        if path.name != "tokens.py"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if named.search(line)
    ]
    assert found == []
