"""Every command of the window once: text, icon, shortcut, menu; menus, buttons and Ctrl+K share the QAction.

`Actions` makes the QActions; whoever carries a command out connects to it:
`context.actions["chat.new"].triggered.connect(…)`. Shortcuts live here and nowhere else; none is a single
letter without a modifier, and the person may change them (`set_shortcut`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence

from desktop.look.theme import Theme

Key = QKeySequence.StandardKey
Role = QAction.MenuRole


class Command(NamedTuple):
    """A declared command.

    Attributes:
        menu: file, edit, view, chat, memory or help; empty for none.
        keys: standard key or portable text; empty for none.
        part: commands of a menu with the same part stand together between separators.
    """

    id: str
    text: str
    menu: str = ""
    part: int = 0
    keys: QKeySequence.StandardKey | str = ""
    icon: str = ""
    checkable: bool = False
    role: QAction.MenuRole = Role.NoRole


def tr(text: str) -> str:
    return QCoreApplication.translate("Actions", text)


def declare_commands() -> tuple[Command, ...]:
    """All commands, in the order of the menus; a function, because their texts depend on the language."""
    return (
        Command("chat.new", tr("&New chat"), "file", 0, Key.New, "plus"),
        Command("file.open", tr("&Open file…"), "file", 1, Key.Open, "file"),
        Command("file.add_folder", tr("Add &folder…"), "file", 1, "Ctrl+Shift+O", "folder"),
        Command("file.import", tr("&Import memories…"), "file", 2),
        Command("file.export", tr("&Export memories…"), "file", 2),
        Command("file.backup", tr("&Back up everything…"), "file", 2),
        Command("file.close", tr("&Close window"), "file", 3, Key.Close),
        Command("app.quit", tr("&Quit"), "file", 3, Key.Quit, role=Role.QuitRole),
        Command("edit.undo", tr("&Undo"), "edit", 0, Key.Undo),
        Command("edit.redo", tr("&Redo"), "edit", 0, Key.Redo),
        Command("edit.cut", tr("Cu&t"), "edit", 1, Key.Cut),
        Command("edit.copy", tr("&Copy"), "edit", 1, Key.Copy, "copy"),
        Command("edit.copy_markdown", tr("Copy as &Markdown"), "edit", 1, "Ctrl+Shift+C"),
        Command("edit.paste", tr("&Paste"), "edit", 1, Key.Paste),
        Command("edit.select_all", tr("Select &all"), "edit", 1, Key.SelectAll),
        Command("edit.find", tr("&Find in chat"), "edit", 2, Key.Find, "search"),
        Command("edit.find_everywhere", tr("Find &everywhere"), "edit", 2, "Ctrl+K", "search"),
        Command("app.settings", tr("&Settings…"), "edit", 3, Key.Preferences, "settings", role=Role.PreferencesRole),
        Command("view.chat", tr("&Chat"), "view", 0, "Ctrl+1", "chat", True),
        Command("view.memory", tr("&Memory"), "view", 0, "Ctrl+2", "memory", True),
        Command("view.documents", tr("&Documents"), "view", 0, "Ctrl+3", "documents", True),
        Command("view.models", tr("M&odels"), "view", 0, "Ctrl+4", "models", True),
        Command("view.resources", tr("&Resources"), "view", 0, "Ctrl+5", "resources", True),
        Command("view.column", tr("&List beside the panel"), "view", 1, "Ctrl+B", "column", True),
        Command("view.next_region", tr("Next &part of the window"), "view", 1, "F6"),
        Command("view.previous_region", tr("Pre&vious part of the window"), "view", 1, "Shift+F6"),
        Command("view.zoom_in", tr("Zoom &in"), "view", 2, Key.ZoomIn),
        Command("view.zoom_out", tr("Zoom o&ut"), "view", 2, Key.ZoomOut),
        Command("view.zoom_reset", tr("Actual &size"), "view", 2, "Ctrl+0"),
        Command("view.theme_system", tr("Colours of the s&ystem"), "view", 3, "", "", True),
        Command("view.theme_light", tr("Li&ght"), "view", 3, "", "", True),
        Command("view.theme_dark", tr("Dar&k"), "view", 3, "", "", True),
        Command("chat.composer", tr("&Write a message"), "chat", 0, "Ctrl+L"),
        Command("chat.attach", tr("&Attach file…"), "chat", 0, "Ctrl+Shift+A", "attach"),
        Command("chat.stop", tr("&Stop answering"), "chat", 1, "Ctrl+.", "stop"),
        Command("chat.again", tr("&Try again"), "chat", 1, "Ctrl+R", "again"),
        Command("chat.edit_last", tr("&Edit my last message"), "chat", 1, "Ctrl+Shift+E", "edit"),
        Command("chat.rename", tr("&Rename chat…"), "chat", 2, "F2", "edit"),
        Command("chat.delete", tr("&Delete chat"), "chat", 2, "Ctrl+Shift+Del", "trash"),
        Command("memory.add", tr("&Remember something…"), "memory", 0, "Ctrl+Shift+M", "plus"),
        Command("memory.undo", tr("&Undo last change of memory"), "memory", 1),
        Command("memory.trash", tr("&Trash"), "memory", 1, "", "trash"),
        Command("help.guide", tr("&Guide to Scrubjay"), "help", 0, Key.HelpContents, "help"),
        Command("help.shortcuts", tr("&Keyboard shortcuts"), "help", 0, "Ctrl+/"),
        Command("help.setup", tr("&Set-up assistant"), "help", 0),
        Command("help.report", tr("Report a &problem…"), "help", 1),
        Command("help.licences", tr("&Licences"), "help", 1),
        Command("help.about", tr("&About Scrubjay"), "help", 1, role=Role.AboutRole),
    )


class Actions(QObject):
    """The QActions by id."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.commands = {c.id: c for c in declare_commands()}
        self._actions = {id: self._make(command) for id, command in self.commands.items()}
        self._tokens = theme.tokens
        theme.changed.connect(self._on_theme_changed)

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def in_menu(self, menu: str) -> list[tuple[int, QAction]]:
        """The actions of a menu in order, each with its part."""
        return [(c.part, self._actions[c.id]) for c in self.commands.values() if c.menu == menu]

    def set_shortcut(self, id: str, keys: str) -> None:
        """Give a command other keys (portable text); empty gives back its own."""
        self._actions[id].setShortcuts([QKeySequence(keys)] if keys else self._own_keys(self.commands[id]))

    def owner_of(self, keys: str, besides: str = "") -> str:
        """Id of the command that has these keys (portable text); "" when they are free."""
        wanted = QKeySequence(keys)
        return next((id for id, a in self._actions.items() if id != besides and wanted in a.shortcuts()), "")

    def _make(self, command: Command) -> QAction:
        action = QAction(command.text, self)
        action.setObjectName(command.id)
        action.setCheckable(command.checkable)
        action.setMenuRole(command.role)
        action.setShortcuts(self._own_keys(command))
        if command.icon:
            action.setIcon(self._theme.icon(command.icon))
        return action

    @staticmethod
    def _own_keys(command: Command) -> list[QKeySequence]:
        if not isinstance(command.keys, str):
            return QKeySequence.keyBindings(command.keys) or _fallback_keys(command.keys)
        return [QKeySequence(command.keys)] if command.keys else []

    def _on_theme_changed(self) -> None:
        if self._theme.tokens is self._tokens:
            return
        self._tokens = self._theme.tokens
        for command in self.commands.values():
            if command.icon:
                self._actions[command.id].setIcon(self._theme.icon(command.icon))


def plain_text(text: str) -> str:
    """A menu text without the mark of its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _fallback_keys(key: QKeySequence.StandardKey) -> list[QKeySequence]:
    # Platforms without a binding of their own for a standard key.
    return {Key.Quit: [QKeySequence("Ctrl+Q")], Key.Preferences: [QKeySequence("Ctrl+,")]}.get(key, [])
