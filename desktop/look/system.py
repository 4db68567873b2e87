"""The colours of a high-contrast system as our tokens: its own palette, borders instead of tone."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from desktop.look.tokens import CONTRAST_DARK, CONTRAST_LIGHT, Tokens


def tokens_of(palette: QPalette) -> Tokens:
    """What a system's palette says, in our words; what it has no word for (marks, plots) is of the nearer of ours."""
    role = QPalette.ColorRole
    page, text = palette.color(role.Window), palette.color(role.WindowText)
    ours = CONTRAST_DARK if page.lightnessF() < text.lightnessF() else CONTRAST_LIGHT
    accent = palette.color(role.Highlight)
    on_accent = palette.color(role.HighlightedText)
    # Some schemes select with a colour that a ring around a field would not be seen in.
    ring = accent if contrast(accent, page) >= 3 else text
    link = palette.color(role.Link)
    return Tokens(
        page=page.name(), surface=page.name(), raised=page.name(), turn=page.name(),
        text=text.name(), muted=text.name(), hairline=text.name(), border=text.name(),
        accent=ring.name(), on_accent=(on_accent if ring == accent else page).name(),
        selected=accent.name(), on_selected=on_accent.name(),
        link=(link if contrast(link, page) >= 4.5 else text).name(),
        mark=ours.mark, on_mark=ours.on_mark,
        danger=text.name(), warning=text.name(), success=text.name(), plots=ours.plots,
    )  # fmt: skip


def contrast(one: QColor, other: QColor) -> float:
    """The contrast of two colours, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = (float(part) for part in colour.getRgbF())
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
