"""The look at run time: palette, fonts, zoom, icons. One `Theme`, handed to every view.

Light and dark follow the system while it runs unless the person chose; a high-contrast system keeps its
own palette. Everything is said through QPalette first; the one application style sheet says only what a
palette cannot (radii, hairlines, chips).
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from shiboken6 import isValid

from desktop.look.icons import load_icon, load_pixmap
from desktop.look.sheet import build_sheet
from desktop.look.tokens import ICON, MOTION_MS, PALETTES, ZOOMS, Tokens

Mode = Literal["system", "light", "dark"]


class Theme(QObject):
    """What everything looks like now; `changed` when any of it does."""

    changed = Signal()

    def __init__(
        self, app: QApplication, mode: Mode = "system", zoom: int = 100, forced: str = "", *, later: bool = False
    ) -> None:
        """Args:
        forced: name of a palette of the tokens, for tests and screenshots.
        later: `put_sheet` is called when the window is made, so that each widget looks at the sheet once and not
            whenever it gets its place; `complete` when it is painted, since what that adds is not seen before.
        """
        super().__init__(app)
        self._app = app
        # Not app.font(), which a theme before this one may have zoomed.
        self._base_font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        self._system_tokens = PALETTES["light"]
        self._mode: Mode = mode
        self._zoom = zoom
        self._forced = forced
        self._has_sheet = not later
        # Kept both: PySide forgets the second with the first.
        self._style_hints = QGuiApplication.styleHints()
        self._hints = self._style_hints.accessibility()
        self._icons: list[tuple[QAbstractButton | QLabel, str, str]] = []
        # The system asked for less motion (desktop/platform/motion.py).
        self.is_still = False
        # Until then it is the plain Fusion of `create_application`.
        if not later:
            self._put_style()
        if mode != "system":
            self._tell_system()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self._hints.contrastPreferenceChanged.connect(self._on_scheme_changed)
        self.apply()

    def put_sheet(self) -> None:
        """Put the application's style sheet in place, where it was left for later."""
        self._has_sheet = True
        self._app.setStyleSheet(build_sheet(self.tokens, self.px))
        self.changed.emit()

    def complete(self) -> None:
        """Put our own style over Fusion: focus rings and sizes of what is not in the first paint."""
        self._put_style()
        # A new style takes their fonts from widgets.
        self.changed.emit()

    def _put_style(self) -> None:
        # Here, because the classes behind it take a tenth of the time to the first paint.
        from desktop.look.style import ScrubjayStyle

        self._app.setStyle(ScrubjayStyle(self))

    @property
    def name(self) -> str:
        """Name of the palette in use."""
        if self._forced:
            return self._forced
        if self._hints.contrastPreference() == Qt.ContrastPreference.HighContrast:
            return "contrast-system"
        hints = QGuiApplication.styleHints()
        dark = hints.colorScheme() == Qt.ColorScheme.Dark if self._mode == "system" else self._mode == "dark"
        return "dark" if dark else "light"

    @property
    def is_dark(self) -> bool:
        return QColor(self.tokens.page).lightnessF() < 0.5

    @property
    def is_contrast(self) -> bool:
        """High contrast: words on a chosen row are all of one colour, and tone says nothing."""
        return self.name.startswith("contrast")

    @property
    def tokens(self) -> Tokens:
        return PALETTES.get(self.name) or self._system_tokens

    def word_color(self, token: str, selected: bool) -> QColor:
        """The colour of words in a row of a list."""
        return self.color("on_selected" if selected and self.is_contrast else token)

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def zoom(self) -> int:
        """Per cent."""
        return self._zoom

    @property
    def motion_ms(self) -> int:
        """How long a movement takes; 0 where the system asks for less motion."""
        return 0 if self.is_still else MOTION_MS

    def set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._tell_system()
        self.apply()

    def set_zoom(self, zoom: int) -> None:
        self._zoom = min(max(zoom, ZOOMS[0]), ZOOMS[-1])
        self.apply()

    def step_zoom(self, step: int) -> None:
        """The next larger (1) or smaller (-1) step; 0 is 100 %."""
        if not step:
            self.set_zoom(100)
            return
        further = [z for z in ZOOMS if (z - self._zoom) * step > 0]
        if further:
            self.set_zoom(min(further, key=lambda z: abs(z - self._zoom)))

    def color(self, token: str) -> QColor:
        """A token of the palette in use, by its name."""
        return QColor(getattr(self.tokens, token))

    def font(self, factor: float = 1.0, *, bold: bool = False, fixed: bool = False) -> QFont:
        """The system's font at a factor of its size, zoomed; `bold` is semi-bold."""
        font = QFont(self._base_font)
        if fixed:
            font.setFamilies(["Cascadia Mono", "SF Mono", "Menlo", "DejaVu Sans Mono", "monospace"])
            font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSizeF(max(self._base_font.pointSizeF(), 9.0) * factor * self._zoom / 100)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def px(self, pixels: float) -> int:
        """Pixels at 100 % as pixels at the zoom in use."""
        return round(pixels * self._zoom / 100)

    def icon(self, name: str, token: str = "muted") -> QIcon:
        """A line icon (resources/icons/NAME.svg) in a colour of the palette; accent when checked."""
        return load_icon(name, getattr(self.tokens, token), self.tokens.accent, self.tokens.border)

    def bind_icon(self, widget: QAbstractButton | QLabel, name: str, token: str = "muted") -> None:
        """Give a button or label an icon that follows palette and zoom."""
        self._icons = [entry for entry in self._icons if entry[0] is not widget]
        self._icons.append((widget, name, token))
        self._paint_icon(widget, name, token)

    def apply(self) -> None:
        """Put palette, font and sheet in place and tell everybody."""
        self._put_palette()
        self._app.setFont(self.font())
        if self._has_sheet:
            self._app.setStyleSheet(build_sheet(self.tokens, self.px))
        self._icons = [entry for entry in self._icons if isValid(entry[0])]
        for entry in self._icons:
            self._paint_icon(*entry)
        self.changed.emit()

    def _put_palette(self) -> None:
        if self.name != "contrast-system":
            self._app.setPalette(build_palette(self.tokens))
            self._app.setPalette(build_menu_palette(self.tokens), "QMenu")
            return
        from desktop.look.system import tokens_of

        # Without colours of its own the application has those of the system.
        self._app.setPalette(QPalette())
        self._system_tokens = tokens_of(self._app.palette())

    def _paint_icon(self, widget: QWidget, name: str, token: str) -> None:
        side = self.px(ICON)
        if isinstance(widget, QAbstractButton):
            widget.setIcon(self.icon(name, token))
            widget.setIconSize(QSize(side, side))
        elif isinstance(widget, QLabel):
            widget.setPixmap(load_pixmap(name, getattr(self.tokens, token), side, widget.devicePixelRatioF()))

    def _tell_system(self) -> None:
        """Title bars, file dialogs and menus of the platform take the same colours."""
        hints = QGuiApplication.styleHints()
        if self._mode == "system":
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if self._mode == "dark" else Qt.ColorScheme.Light)

    def _on_scheme_changed(self) -> None:
        if not self._forced:
            self.apply()


def build_menu_palette(tokens: Tokens) -> QPalette:
    """That of menus: a row that is reached looks like a chosen one of a list, on which its icon can be seen."""
    palette = build_palette(tokens)
    palette.setColor(QPalette.ColorRole.Highlight, QColor(tokens.selected))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor(tokens.on_selected))
    return palette


def build_palette(tokens: Tokens) -> QPalette:
    """The QPalette that says what the tokens say."""
    palette = QPalette()
    role = QPalette.ColorRole
    for colour_role, token in (
        (role.Window, tokens.page),
        (role.Base, tokens.page),
        (role.AlternateBase, tokens.surface),
        (role.WindowText, tokens.text),
        (role.Text, tokens.text),
        (role.ButtonText, tokens.text),
        (role.Button, tokens.raised),
        (role.ToolTipBase, tokens.raised),
        (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.Accent, tokens.accent),
        (role.Link, tokens.link),
        (role.LinkVisited, tokens.link),
        (role.Light, tokens.raised),
        (role.Midlight, tokens.hairline),
        (role.Mid, tokens.hairline),
        (role.Dark, tokens.border),
        (role.Shadow, tokens.border),
        (role.BrightText, tokens.danger),
    ):
        palette.setColor(colour_role, QColor(token))
    for colour_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, colour_role, QColor(tokens.border))
    return palette
