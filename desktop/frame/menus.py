"""The menu bar: every command that declares a menu, in the order of its declaration."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QMenuBar

from desktop.actions import Actions


def make_menus(bar: QMenuBar) -> dict[str, QMenu]:
    """The menus by name, empty."""
    return {name: bar.addMenu(title) for name, title in menu_titles().items()}


def fill_menus(menus: dict[str, QMenu], actions: Actions) -> None:
    """Put the commands in."""
    for name, menu in menus.items():
        part = 0
        for action_part, action in actions.in_menu(name):
            if action_part != part:
                menu.addSeparator()
                part = action_part
            menu.addAction(action)


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
