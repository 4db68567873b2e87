"""The menu bar: every command that declares a menu, in the order of its declaration."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QMenuBar

from desktop.actions import Actions


def fill_menu_bar(bar: QMenuBar, actions: Actions) -> dict[str, QMenu]:
    """Make the menus and return them by name."""
    menus: dict[str, QMenu] = {}
    for name, title in menu_titles().items():
        menu = menus[name] = bar.addMenu(title)
        part = 0
        for action_part, action in actions.in_menu(name):
            if action_part != part:
                menu.addSeparator()
                part = action_part
            menu.addAction(action)
    return menus


def menu_titles() -> dict[str, str]:
    """Names of the menus with their words, in order."""
    return {
        "file": tr("&File"),
        "edit": tr("&Edit"),
        "view": tr("&View"),
        "chat": tr("&Chat"),
        "memory": tr("&Memory"),
        "help": tr("&Help"),
    }


def tr(text: str) -> str:
    return QCoreApplication.translate("Menus", text)
