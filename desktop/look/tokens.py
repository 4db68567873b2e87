"""Every colour, size and time of the look, in one file; no view names a colour of its own.

Four palettes: light, dark, and the two that stand in for a high-contrast system in tests (a real
high-contrast system keeps its own palette, desktop/look/system.py). tests/desktop/test_contrast.py checks every pair
in `TEXT_PAIRS` at 4.5:1 and every pair in `SHAPE_PAIRS` at 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
"""

from __future__ import annotations

from typing import NamedTuple


class Tokens(NamedTuple):
    """Colours as #rrggbb.

    Attributes:
        page: behind the chat and the lists.
        surface: rail, second column, side sheet.
        raised: cards, chips, code, hovered rows.
        turn: the person's words.
        text, muted: words; words beside them that matter less.
        hairline: lines that part, without meaning of their own.
        border: outline of inputs, focusable cards, unticked boxes.
        accent, on_accent: the one accent, and words on it.
        selected, on_selected: the row that is chosen, and words on it; in high contrast nothing else stands on it.
        link: words that lead somewhere.
        mark, on_mark: a passage that is pointed at, and words on it.
        danger, warning, success: words and icons of a state.
        plots: lines of plots, in the order in which they are used.
    """

    page: str
    surface: str
    raised: str
    turn: str
    text: str
    muted: str
    hairline: str
    border: str
    accent: str
    on_accent: str
    selected: str
    on_selected: str
    link: str
    mark: str
    on_mark: str
    danger: str
    warning: str
    success: str
    plots: tuple[str, ...]


LIGHT = Tokens(
    page="#ffffff",
    surface="#f5f6f8",
    raised="#eceff2",
    turn="#e4eef9",
    text="#1d2127",
    muted="#565d67",
    hairline="#dfe3e8",
    border="#7f8894",
    accent="#2a65a8",
    on_accent="#ffffff",
    selected="#dce8f6",
    on_selected="#1d2127",
    link="#1f5c9e",
    mark="#ffe69b",
    on_mark="#1d2127",
    danger="#ad231b",
    warning="#7d5200",
    success="#1b6e42",
    # Told apart by a colour-blind eye: blue, vermilion, green, purple, ochre (after Okabe and Ito), darkened to 3:1.
    plots=("#0068ad", "#c04f00", "#00805c", "#a34c83", "#8a6d00"),
)
DARK = Tokens(
    page="#1a1c20",
    surface="#212429",
    raised="#2b2f35",
    turn="#243850",
    text="#e7e9ec",
    muted="#a9b1bc",
    hairline="#353a41",
    border="#858f9b",
    accent="#7db3ee",
    on_accent="#10202f",
    selected="#263c56",
    on_selected="#e7e9ec",
    link="#8fbff2",
    mark="#665314",
    on_mark="#fff6d8",
    danger="#f5948c",
    warning="#e4b650",
    success="#72cb9d",
    plots=("#6fb8ee", "#f08a4b", "#4cc7a0", "#d493bd", "#d9bf4d"),
)
CONTRAST_LIGHT = Tokens(
    page="#ffffff",
    surface="#ffffff",
    raised="#ffffff",
    turn="#ffffff",
    text="#000000",
    muted="#000000",
    hairline="#000000",
    border="#000000",
    accent="#0037a6",
    on_accent="#ffffff",
    selected="#0037a6",
    on_selected="#ffffff",
    link="#0037a6",
    mark="#ffee00",
    on_mark="#000000",
    danger="#9c0000",
    warning="#5c3b00",
    success="#00491f",
    plots=("#0037a6", "#9c3a00", "#00563d", "#7a1f5c", "#5c4700"),
)
CONTRAST_DARK = Tokens(
    page="#000000",
    surface="#000000",
    raised="#000000",
    turn="#000000",
    text="#ffffff",
    muted="#ffffff",
    hairline="#ffffff",
    border="#ffffff",
    accent="#8fd0ff",
    on_accent="#000000",
    selected="#8fd0ff",
    on_selected="#000000",
    link="#8fd0ff",
    mark="#ffee00",
    on_mark="#000000",
    danger="#ffb0a8",
    warning="#ffd866",
    success="#8df0b8",
    plots=("#8fd0ff", "#ffb47d", "#7df0cb", "#ffb5e1", "#ffe56b"),
)
PALETTES = {"light": LIGHT, "dark": DARK, "contrast-light": CONTRAST_LIGHT, "contrast-dark": CONTRAST_DARK}

BACKGROUNDS = ("page", "surface", "raised", "turn")
TEXT_PAIRS = (
    *(
        (text, background)
        for text in ("text", "muted", "link", "danger", "warning", "success")
        for background in BACKGROUNDS
    ),
    ("on_accent", "accent"),
    ("on_selected", "selected"),
    ("on_mark", "mark"),
)
# On a chosen row, where the palette is not one of high contrast: there all words are `on_selected`.
SELECTED_WORDS = ("text", "muted", "link", "danger", "warning", "success")
SHAPE_PAIRS = tuple((shape, background) for shape in ("border", "accent") for background in BACKGROUNDS)

# Factors of the system's application font, which is in points.
FONT_SMALL, FONT_BODY, FONT_LARGE, FONT_TITLE = 0.85, 1.0, 1.2, 1.5
# Steps of the zoom, in per cent (Ctrl + / −).
ZOOMS = (80, 90, 100, 110, 125, 150, 175, 200)

# Pixels at 100 %; multiples of the grid of 4.
GRID = 4
RADIUS = 8
RAIL_WIDTH = 72
COLUMN_WIDTH = 264
CHAT_WIDTH = 760
SHEET_WIDTH = 420
ICON = 20
TARGET = 24
TARGET_PRIMARY = 32
FOCUS_WIDTH = 2
DEFAULT_SIZE = (1120, 740)
MINIMUM_SIZE = (720, 480)

MOTION_MS = 150
UNDO_BAR_MS = 10_000
