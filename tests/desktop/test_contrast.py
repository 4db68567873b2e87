"""Every pair of colours that stands on the screen, in every palette, against WCAG 2.2."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QPalette

from desktop.look.system import tokens_of
from desktop.look.tokens import PALETTES, SELECTED_WORDS, SHAPE_PAIRS, TEXT_PAIRS

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


# Window, its words, what is chosen, its words, links: as the four schemes of Windows 11 have them, and one that
# chooses with a colour that is hardly seen on the page.
SCHEMES = (
    ("#202020", "#ffffff", "#8ee3f0", "#263b50", "#75e9fc"),
    ("#2d3236", "#ffffff", "#a1bfde", "#212d3b", "#70ebde"),
    ("#000000", "#ffffff", "#d6b4fd", "#2b2b2b", "#8080ff"),
    ("#fffaef", "#3d3d3d", "#903909", "#fff5e3", "#00009f"),
    ("#ffffff", "#000000", "#ffff80", "#000000", "#c0c0ff"),
)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_high_contrast_system_keeps_its_colours_and_all_stands_out(scheme: tuple[str, ...]) -> None:
    palette, role = QPalette(), QPalette.ColorRole
    roles = (role.Window, role.WindowText, role.Highlight, role.HighlightedText, role.Link)
    for each, colour in zip(roles, scheme, strict=True):
        palette.setColor(each, QColor(colour))
    tokens = tokens_of(palette)
    assert (tokens.page, tokens.text, tokens.selected) == scheme[:3]
    for bar, pairs in ((4.5, TEXT_PAIRS), (3, SHAPE_PAIRS)):
        assert [p for p in pairs if contrast(getattr(tokens, p[0]), getattr(tokens, p[1])) < bar] == []


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_words_on_a_chosen_row_stand_out(palette: str) -> None:
    tokens = PALETTES[palette]
    assert [word for word in SELECTED_WORDS if contrast(getattr(tokens, word), tokens.selected) < 4.5] == []
