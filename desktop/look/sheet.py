"""The one application style sheet: radii, hairlines and chips, from the tokens.

Views ask for a look by a dynamic property, `widget.setProperty("look", "card")`, never by a colour.
"""

from __future__ import annotations

from collections.abc import Callable

from desktop.look.tokens import FOCUS_WIDTH, RADIUS, TARGET, TARGET_PRIMARY, Tokens

Pixels = Callable[[float], int]


def build_sheet(t: Tokens, px: Pixels) -> str:
    """The sheet for a palette at a zoom (`px` turns pixels at 100 % into pixels)."""
    parts = (_frames, _words, _buttons, _tool_buttons, _fields, _lists, _scroll_bars, _the_rest)
    return "".join(part(t, px) for part in parts)


def _focus(t: Tokens) -> str:
    return f"border: {FOCUS_WIDTH}px solid {t.accent};"


def _frames(t: Tokens, px: Pixels) -> str:
    """What holds others: surfaces, cards, the turns of a chat."""
    radius = px(RADIUS)
    return f"""
    QWidget[look="surface"] {{ background: {t.surface}; }}
    QWidget[look="page"] {{ background: {t.page}; }}
    QFrame[look="card"] {{ background: {t.raised}; border: 1px solid {t.hairline}; border-radius: {radius}px; }}
    QFrame[look="card"]:focus {{ {_focus(t)} }}
    QFrame[look="turn"] {{ background: {t.turn}; border: 1px solid {t.hairline if t.turn == t.page else t.turn};
        border-radius: {radius}px; }}
    QFrame[look="code"], QFrame[look="attachment"] {{ background: {t.raised}; border: 1px solid {t.hairline};
        border-radius: {radius}px; }}
    QFrame[look="bar"] {{ background: {t.surface}; border: none; border-bottom: 1px solid {t.hairline}; }}
    QFrame[look="popover"] {{ background: {t.page}; border: 1px solid {t.border}; border-radius: {radius}px; }}
    QFrame[look="turn-region"] {{ background: transparent; border: {FOCUS_WIDTH}px solid transparent;
        border-radius: {radius}px; }}
    QFrame[look="turn-region"][ring="true"]:focus {{ {_focus(t)} }}
    QFrame[look="composer"] {{ background: {t.page}; border: 1px solid {t.border}; border-radius: {px(14)}px;
        padding: {FOCUS_WIDTH - 1}px; }}
    QFrame[look="composer"][focused="true"] {{ {_focus(t)} padding: 0; }}
    QFrame[look="notice"] {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: {radius}px; }}
    QFrame[look="palette"] {{ background: {t.page}; border: 1px solid {t.border}; border-radius: {radius}px; }}
    QFrame[look="hairline"] {{ background: {t.hairline}; border: none; }}
    """


def _words(t: Tokens, px: Pixels) -> str:
    return f"""
    QTextBrowser[look="prose"], QPlainTextEdit[look="message"], QPlainTextEdit[look="plain"] {{
        background: transparent; border: none; color: {t.text}; selection-background-color: {t.accent};
        selection-color: {t.on_accent}; placeholder-text-color: {t.muted}; }}
    QLabel[look="muted"], QCheckBox[look="muted"] {{ color: {t.muted}; }}
    QLabel[look="danger"] {{ color: {t.danger}; }}
    QLabel[look="warning"] {{ color: {t.warning}; }}
    QLabel[look="success"] {{ color: {t.success}; }}
    """


def _buttons(t: Tokens, px: Pixels) -> str:
    radius, small = px(RADIUS), px(4)
    return f"""
    QPushButton {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; border-radius: {radius}px;
        padding: {small}px {px(12)}px; min-height: {px(TARGET)}px; outline: none; }}
    QPushButton:hover {{ border-color: {t.accent}; }}
    QPushButton:pressed {{ background: {t.hairline}; }}
    QPushButton:focus {{ {_focus(t)} padding: {small - 1}px {px(12) - 1}px; }}
    QPushButton:disabled {{ color: {t.border}; border-color: {t.hairline}; }}
    QPushButton[look="primary"] {{ background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent};
        min-height: {px(TARGET_PRIMARY) - 2 * small}px; font-weight: 600; }}
    QPushButton[look="primary"]:focus {{ border: {FOCUS_WIDTH}px solid {t.text}; }}
    QPushButton[look="primary"]:disabled {{ background: {t.raised}; color: {t.muted}; border-color: {t.hairline}; }}
    QPushButton[look="chip"] {{ background: {t.page}; border: 1px solid {t.border}; border-radius: {px(14)}px;
        padding: {small}px {px(12)}px; min-height: {px(20)}px; text-align: left; }}
    QPushButton[look="chip"]:hover {{ background: {t.raised}; }}
    QPushButton[look="chip"]:focus {{ {_focus(t)} }}
    QPushButton[look="link"] {{ background: transparent; border: {FOCUS_WIDTH}px solid transparent; color: {t.link};
        padding: 0 {small}px; text-align: left; }}
    QPushButton[look="link"]:hover {{ text-decoration: underline; }}
    QPushButton[look="link"]:focus {{ {_focus(t)} }}
    QPushButton[look="fold"] {{ background: transparent; border: {FOCUS_WIDTH}px solid transparent; color: {t.muted};
        padding: 0 {small}px 0 0; text-align: left; min-height: {px(TARGET) - 2 * FOCUS_WIDTH}px; }}
    QPushButton[look="fold"]:hover {{ color: {t.text}; }}
    QPushButton[look="fold"]:focus {{ {_focus(t)} }}
    QPushButton[look="danger"] {{ color: {t.danger}; }}
    """


def _tool_buttons(t: Tokens, px: Pixels) -> str:
    radius, small = px(RADIUS), px(4)
    return f"""
    QToolButton {{ background: transparent; border: {FOCUS_WIDTH}px solid transparent; border-radius: {radius}px;
        padding: {small - 1}px; min-width: {px(TARGET) - 4}px; min-height: {px(TARGET) - 4}px; color: {t.muted}; }}
    QToolButton:hover {{ background: {t.raised}; color: {t.text}; }}
    QToolButton:focus {{ {_focus(t)} }}
    QToolButton:checked {{ color: {t.accent}; background: {t.raised}; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    QToolButton[look="send"] {{ background: {t.accent}; color: {t.on_accent}; min-width: {px(TARGET_PRIMARY) - 4}px;
        min-height: {px(TARGET_PRIMARY) - 4}px; }}
    QToolButton[look="send"]:focus {{ border: {FOCUS_WIDTH}px solid {t.text}; }}
    QToolButton[look="send"]:disabled {{ background: {t.raised}; }}
    """


def _fields(t: Tokens, px: Pixels) -> str:
    radius, pad, small = px(RADIUS), px(8), px(4)
    return f"""
    QLineEdit, QPlainTextEdit[look="input"], QTextEdit[look="input"] {{
        background: {t.page}; color: {t.text}; border: 1px solid {t.border}; border-radius: {radius}px;
        padding: {small}px {pad}px; min-height: {px(TARGET) - 4}px; selection-background-color: {t.accent};
        selection-color: {t.on_accent}; placeholder-text-color: {t.muted}; }}
    QLineEdit:focus, QPlainTextEdit[look="input"]:focus,
    QTextEdit[look="input"]:focus {{ {_focus(t)} padding: {small - 1}px {pad - 1}px; }}
    QLineEdit[look="inline"], QLineEdit[look="inline"]:focus {{ padding: 0 {small}px; min-height: 0; }}
    QLineEdit > QToolButton, QLineEdit > QToolButton:hover {{ border: none; background: transparent; padding: 0;
        min-width: 0; min-height: 0; }}
    QAbstractSpinBox > QLineEdit, QComboBox > QLineEdit, QComboBox > QLineEdit:focus {{
        border: none; background: transparent; padding: 0; min-height: 0; }}
    QComboBox QAbstractItemView {{ background: {t.page}; border: 1px solid {t.border}; }}
    """


def _lists(t: Tokens, px: Pixels) -> str:
    radius, pad, small = px(RADIUS), px(8), px(4)
    return f"""
    QAbstractItemView {{ border: none; outline: none; background: transparent; }}
    QAbstractItemView[look="list"] {{ border: {FOCUS_WIDTH}px solid transparent; border-radius: {radius}px; }}
    QAbstractItemView[look="list"]:focus {{ {_focus(t)} }}
    QAbstractItemView[look="list"][clicked="true"]:focus {{ border-color: transparent; }}
    QAbstractItemView[look="list"]::item {{ padding: {small}px {pad}px; border-radius: {radius}px; color: {t.text}; }}
    QTableView[look="list"]::item {{ border-radius: 0; }}
    QAbstractItemView[look="list"]::item:hover {{ background: {t.raised}; }}
    QAbstractItemView[look="list"]::item:selected {{ background: {t.selected}; color: {t.on_selected}; }}
    QHeaderView::section {{ background: {t.page}; color: {t.muted}; border: none;
        border-bottom: 1px solid {t.hairline}; padding: {small}px {pad + 3}px; }}
    QTableView {{ gridline-color: {t.hairline}; }}
    """


def _scroll_bars(t: Tokens, px: Pixels) -> str:
    return f"""
    QScrollBar {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ width: {px(12)}px; }}
    QScrollBar:horizontal {{ height: {px(12)}px; }}
    QScrollBar::handle {{ background: {t.border}; border-radius: {px(3)}px; margin: {px(3)}px; }}
    QScrollBar::handle:vertical {{ min-height: {px(32)}px; }}
    QScrollBar::handle:horizontal {{ min-width: {px(32)}px; }}
    QScrollBar::handle:hover {{ background: {t.accent}; }}
    QScrollBar[idle="true"]::handle {{ background: transparent; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


def _the_rest(t: Tokens, px: Pixels) -> str:
    """What Qt adds: menus, tooltips, splitters, progress."""
    small = px(4)
    return f"""
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QMenuBar {{ background: {t.surface}; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: {small}px; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ border: none; }}
    QSplitter::handle {{ background: {t.hairline}; }}
    QProgressBar {{ background: {t.raised}; border: none; border-radius: {px(2)}px; max-height: {px(4)}px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: {px(2)}px; }}
    """
